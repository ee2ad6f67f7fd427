//! A population of pictures, and its file: a line of text that names it, a version, a SHA-256, and the model in `postcard`'s format.

use std::path::{Component, Path};

use neural::{Dense, Head};
use population::stream::{Purpose, Seed, Streams};
use privacy::Ledger;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::PictureError;
use crate::source::MOST_PIXELS;

/// The version of the file format that this program reads and writes.
pub const VERSION: u32 = 1;
const NAME: &[u8; 24] = b"populace picture model\n\0";
/// More pictures were never learned from.
const MOST_PICTURES: f64 = 1e10;
const HEADER: usize = NAME.len() + 4 + 8 + 32;

/// A population of small grey pictures, each of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureModel {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) classes: Vec<String>,
    /// How many pictures each class had, about.
    pub(crate) shares: Vec<f64>,
    pub(crate) generator: Dense,
    pub(crate) ledger: Ledger,
}

impl PictureModel {
    /// Pixels from left to right and from top to bottom.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// About how many pictures it was learned from.
    pub fn pictures(&self) -> f64 {
        self.shares.iter().sum()
    }

    /// Every read of real data that it stands on.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Picture `index` of this seed: its class and its brightnesses, row after row from the top. A pure function of both; the same bytes on every machine.
    pub fn picture(&self, seed: Seed, index: u64) -> (usize, Vec<u8>) {
        let streams = Streams::new(seed, index);
        let mut stream = streams.stream_for(&Purpose::new("pictures/class"));
        let all = self.pictures();
        let mut at = stream.uniform() * all;
        let last = self.classes.len() - 1;
        let class = self
            .shares
            .iter()
            .position(|&share| {
                at -= share;
                at < 0.0
            })
            .unwrap_or(last);
        let mut stream = streams.stream_for(&Purpose::new("pictures/latent"));
        let latent: Vec<f32> = (0..self.generator.latent)
            .map(|_| stream.normal() as f32)
            .collect();
        let pixels = self.generator.make(&latent, class);
        let pixels = pixels
            .into_iter()
            .map(|v| ((v + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8)
            .collect();
        (class, pixels)
    }

    /// A picture as a PNG.
    pub fn png(&self, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Grayscale);
        // Writing to memory fails only if pixels and size do not fit, and a model is checked for that.
        let written = encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(pixels));
        debug_assert!(written.is_ok());
        bytes
    }

    /// The bytes of the model's file.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Only a writer that is full can fail here, and a vector is none.
        let content = postcard::to_allocvec(self).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER + content.len());
        bytes.extend_from_slice(NAME);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&Sha256::digest(&content));
        bytes.extend_from_slice(&content);
        bytes
    }

    /// Whether a file that begins with these bytes (24 or more) says that it is a model of pictures.
    pub fn recognises(start: &[u8]) -> bool {
        start.starts_with(NAME)
    }

    /// Reads a model from the bytes of its file.
    ///
    /// # Errors
    ///
    /// When they are no model of pictures, one of another version, cut short, changed, or inconsistent.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PictureError> {
        const AGAIN: &str = "copy the file again, or learn the pictures again";
        if !Self::recognises(bytes) {
            return Err(PictureError::new(
                "this is no model of pictures",
                "name a file that `populace learn --as pictures` wrote",
            ));
        }
        let Some((header, content)) = bytes.split_at_checked(HEADER) else {
            return Err(PictureError::new(
                "this model of pictures is cut short",
                AGAIN,
            ));
        };
        if header[24..28] != VERSION.to_le_bytes() {
            return Err(PictureError::new(
                format!(
                    "this model of pictures is of another version of the format; this program reads version {VERSION}"
                ),
                "learn the pictures again, or use the program that wrote it",
            ));
        }
        if header[28..36] != (content.len() as u64).to_le_bytes() {
            return Err(PictureError::new(
                "this model of pictures has another length than its header says",
                AGAIN,
            ));
        }
        if Sha256::digest(content)[..] != header[36..68] {
            return Err(PictureError::new(
                "this model of pictures is not as it was written: its SHA-256 does not match",
                AGAIN,
            ));
        }
        let model: Self = postcard::from_bytes(content)
            .ok()
            .filter(Self::is_consistent)
            .ok_or_else(|| {
                PictureError::new(
                    "this model of pictures contradicts itself",
                    "it was not written by this program; learn the pictures again",
                )
            })?;
        Ok(model)
    }

    fn is_consistent(&self) -> bool {
        let pixels = self.width.saturating_mul(self.height);
        pixels <= MOST_PIXELS
            && self.generator.head == Head::Brightness(pixels)
            && self.generator.is_consistent()
            && self.generator.classes == self.classes.len()
            && self.shares.len() == self.classes.len()
            && self.classes.iter().all(|class| is_folder(class))
            && (1..self.classes.len()).all(|n| !self.classes[..n].contains(&self.classes[n]))
            && self
                .shares
                .iter()
                .all(|share| share.is_finite() && *share >= 0.0)
            && self.pictures() > 0.0
            && self.pictures() < MOST_PICTURES
    }
}

/// Whether a class's name can be that of its folder: one step down, and nowhere else.
pub(crate) fn is_folder(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!(parts.next(), Some(Component::Normal(part)) if part == name)
        && parts.next().is_none()
        && !matches!(name, "labels.csv" | "card.json")
        && !name.contains(['\\', ',', '"', '\n', '\r'])
}
