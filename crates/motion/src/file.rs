//! A clip as one file (`.motion`): a line of text that names it, a version, a SHA-256, and the clip in `postcard`'s format.
//!
//! Turns are kept as four 16-bit numbers, to 0.004°. Reading refuses a file that was cut short, changed or written by another version, and a clip
//! whose parts do not fit together, with one sentence; no bytes make it panic or take more memory than a small multiple of their number.

use glam::{Quat, Vec3};
use privacy::Ledger;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clip::{Clip, Contact, Sole, Source};
use crate::error::MotionError;
use crate::frame::Frame;
use crate::joint::{JOINTS, Side};

/// The version of the file format that this program reads and writes.
pub const VERSION: u32 = 1;
const NAME: &[u8; 24] = b"populace motion clip\n\0\0\0";
const HEADER: usize = NAME.len() + 4 + 8 + 32;
/// How many steps a number of a turn has on either side of 0.
const STEPS: f32 = 32767.0;

#[derive(Serialize, Deserialize)]
struct Saved {
    name: String,
    tags: Vec<String>,
    fps: f32,
    looped: bool,
    source: Source,
    ledger: Ledger,
    roots: Vec<[f32; 3]>,
    /// `[frames × joints]`.
    turns: Vec<[i16; 4]>,
    contacts: Vec<SavedContact>,
}

#[derive(Serialize, Deserialize)]
struct SavedContact {
    left: bool,
    sole: Sole,
    from_s: f32,
    to_s: f32,
    place: [f32; 3],
}

/// Hexadecimal SHA-256, as sources name files.
pub fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

impl Clip {
    /// The bytes of a `.motion` file; the same clip gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let saved = Saved {
            name: self.name.clone(),
            tags: self.tags.clone(),
            fps: self.fps,
            looped: self.looped,
            source: self.source.clone(),
            ledger: self.ledger.clone(),
            roots: self.frames.iter().map(|f| f.root.to_array()).collect(),
            turns: self
                .frames
                .iter()
                .flat_map(|frame| {
                    frame
                        .turns
                        .map(|turn| turn.to_array().map(|v| (v * STEPS).round() as i16))
                })
                .collect(),
            contacts: self
                .contacts
                .iter()
                .map(|c| SavedContact {
                    left: c.side == Side::Left,
                    sole: c.sole,
                    from_s: c.from_s,
                    to_s: c.to_s,
                    place: c.place.to_array(),
                })
                .collect(),
        };
        // Only a writer that is full can fail here, and a vector is none.
        let content = postcard::to_allocvec(&saved).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER + content.len());
        bytes.extend_from_slice(NAME);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&Sha256::digest(&content));
        bytes.extend_from_slice(&content);
        bytes
    }

    /// Reads a `.motion` file.
    ///
    /// # Errors
    /// One sentence: it is none, of another version, cut short, changed, or contradicts itself.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MotionError> {
        const AGAIN: &str = "copy the file again, or learn the clip again";
        let none = || {
            MotionError::new(
                "this is not a motion",
                "name a file that `populace learn --as motion` wrote",
            )
        };
        let (name, rest) = bytes.split_first_chunk::<24>().ok_or_else(none)?;
        if name != NAME {
            return Err(none());
        }
        let cut = |expected: u64| {
            MotionError::new(
                format!(
                    "this motion has {} bytes where its header says {expected}",
                    bytes.len()
                ),
                AGAIN,
            )
        };
        let (version, rest) = rest
            .split_first_chunk::<4>()
            .ok_or_else(|| cut(HEADER as u64))?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(MotionError::new(
                format!(
                    "this motion is of version {version} of the format; this program reads version {VERSION}"
                ),
                "learn the clip again, or use the program that wrote it",
            ));
        }
        let (length, rest) = rest
            .split_first_chunk::<8>()
            .ok_or_else(|| cut(HEADER as u64))?;
        let (digest, content) = rest
            .split_first_chunk::<32>()
            .ok_or_else(|| cut(HEADER as u64))?;
        let length = u64::from_le_bytes(*length);
        if content.len() as u64 != length {
            return Err(cut(length.saturating_add(HEADER as u64)));
        }
        if Sha256::digest(content).as_slice() != digest {
            return Err(MotionError::new(
                "this motion is not as it was written: its SHA-256 does not match",
                AGAIN,
            ));
        }
        let saved: Saved = postcard::from_bytes(content).map_err(|_| inconsistent("frames"))?;
        saved.into_clip()
    }
}

fn inconsistent(part: &str) -> MotionError {
    MotionError::new(
        format!("this motion contradicts itself in its {part}"),
        "it was not written by this program; learn the clip again",
    )
}

impl Saved {
    fn into_clip(self) -> Result<Clip, MotionError> {
        if self.roots.is_empty() || self.turns.len() != self.roots.len() * JOINTS {
            return Err(inconsistent("frames"));
        }
        if !(0.01..=1e6).contains(&self.fps) {
            return Err(inconsistent("frame rate"));
        }
        let finite = |p: &[f32; 3]| p.iter().all(|v| v.is_finite());
        if !self.roots.iter().all(finite) {
            return Err(inconsistent("path"));
        }
        let (turns, _) = self.turns.as_chunks::<JOINTS>();
        let mut frames = Vec::with_capacity(self.roots.len());
        for (root, turns) in self.roots.iter().zip(turns) {
            let mut frame = Frame {
                root: Vec3::from_array(*root),
                ..Frame::default()
            };
            for (turn, saved) in frame.turns.iter_mut().zip(turns) {
                let read = Quat::from_array(saved.map(|v| f32::from(v) / STEPS));
                if (read.length() - 1.0).abs() > 1e-3 {
                    return Err(inconsistent("turns"));
                }
                // Not made unit again: what is written again is the same bytes.
                *turn = read;
            }
            frames.push(frame);
        }
        let contacts = self.contacts.iter().map(|c| {
            let sound = finite(&c.place) && c.from_s.is_finite() && c.to_s >= c.from_s;
            sound
                .then_some(Contact {
                    side: if c.left { Side::Left } else { Side::Right },
                    sole: c.sole,
                    from_s: c.from_s,
                    to_s: c.to_s,
                    place: Vec3::from_array(c.place),
                })
                .ok_or_else(|| inconsistent("contacts"))
        });
        let contacts = contacts.collect::<Result<_, _>>()?;
        Ok(Clip {
            name: self.name,
            tags: self.tags,
            fps: self.fps,
            frames,
            contacts,
            looped: self.looped,
            source: self.source,
            ledger: self.ledger,
        })
    }
}
