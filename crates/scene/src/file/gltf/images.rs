//! Textures of a glTF file: which picture each is, decoded once, and what is made of it.
use std::borrow::Cow;
use std::sync::Arc;

use super::accessor::Accessors;
use super::container::resource;
use super::json::{Root, TextureUse};
use crate::Texture;
use crate::file::limits::Budget;
use crate::file::textures::{self, Derived};
use crate::file::{Beside, FileError};

/// What is made of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    Channel(usize),
    Linear,
    /// Bits of factor and cutoff.
    CutOut(u32, u32),
}

/// All pictures of a file.
#[derive(Debug)]
pub(super) struct Images<'f> {
    root: &'f Root,
    accessors: &'f Accessors<'f>,
    beside: Beside<'f>,
    decoded: Vec<Option<Arc<Texture>>>,
    derived: Derived<(usize, Made)>,
}

impl<'f> Images<'f> {
    pub(super) fn new(root: &'f Root, accessors: &'f Accessors<'f>, beside: Beside<'f>) -> Self {
        Self {
            root,
            accessors,
            beside,
            decoded: vec![None; root.images.len()],
            derived: Derived::default(),
        }
    }

    /// As colours with alpha.
    pub(super) fn colour(
        &mut self,
        place: &str,
        wanted: &TextureUse,
        budget: &mut Budget,
    ) -> Result<Arc<Texture>, FileError> {
        let image = self.image_of(place, wanted)?;
        self.decode(image, budget)
    }

    /// One stored channel as data.
    pub(super) fn channel(
        &mut self,
        place: &str,
        wanted: &TextureUse,
        channel: usize,
        budget: &mut Budget,
    ) -> Result<Arc<Texture>, FileError> {
        self.made(place, wanted, Made::Channel(channel), budget)
    }

    /// Stored numbers, as normal maps mean them.
    pub(super) fn linear(
        &mut self,
        place: &str,
        wanted: &TextureUse,
        budget: &mut Budget,
    ) -> Result<Arc<Texture>, FileError> {
        self.made(place, wanted, Made::Linear, budget)
    }

    /// Alpha as there or not there.
    pub(super) fn cut_out(
        &mut self,
        place: &str,
        wanted: &TextureUse,
        (factor, cutoff): (f32, f32),
        budget: &mut Budget,
    ) -> Result<Arc<Texture>, FileError> {
        self.made(
            place,
            wanted,
            Made::CutOut(factor.to_bits(), cutoff.to_bits()),
            budget,
        )
    }

    /// Wrapping modes along u and v by their codes.
    pub(super) fn wraps(&self, wanted: &TextureUse) -> [u32; 2] {
        let sampler = self
            .root
            .textures
            .get(wanted.index)
            .and_then(|texture| self.root.samplers.get(texture.sampler?));
        sampler.map_or([super::REPEAT; 2], |sampler| {
            [sampler.wrap_s, sampler.wrap_t]
        })
    }

    fn made(
        &mut self,
        place: &str,
        wanted: &TextureUse,
        made: Made,
        budget: &mut Budget,
    ) -> Result<Arc<Texture>, FileError> {
        let image = self.image_of(place, wanted)?;
        let decoded = self.decode(image, budget)?;
        self.derived
            .get((image, made), &name(image), budget, || match made {
                Made::Channel(channel) => textures::channel(&decoded, channel),
                Made::Linear => textures::linear(&decoded),
                Made::CutOut(factor, cutoff) => {
                    textures::cut_out(&decoded, f32::from_bits(factor), f32::from_bits(cutoff))
                }
            })
    }

    fn image_of(&self, place: &str, wanted: &TextureUse) -> Result<usize, FileError> {
        let textures = &self.root.textures;
        let texture = textures.get(wanted.index).ok_or_else(|| {
            FileError::new(
                place,
                format!(
                    "names texture {}, but there are {}",
                    wanted.index,
                    textures.len()
                ),
            )
        })?;
        let place = format!("texture {}", wanted.index);
        let source = texture.source.ok_or_else(|| {
            FileError::new(&place, "has no picture that glTF 2.0 knows (PNG or JPEG)")
                .with_hint("export with PNG or JPEG textures")
        })?;
        if source < self.root.images.len() {
            Ok(source)
        } else {
            Err(FileError::new(
                place,
                format!(
                    "names image {source}, but there are {}",
                    self.root.images.len()
                ),
            ))
        }
    }

    fn decode(&mut self, index: usize, budget: &mut Budget) -> Result<Arc<Texture>, FileError> {
        if let Some(texture) = &self.decoded[index] {
            return Ok(Arc::clone(texture));
        }
        let place = name(index);
        let image = &self.root.images[index];
        let bytes: Cow<'_, [u8]> = match (&image.uri, image.buffer_view) {
            (Some(uri), _) => resource(&place, uri, self.beside)?,
            (None, Some(view)) => Cow::Borrowed(self.accessors.view(&place, view)?),
            (None, None) => {
                return Err(FileError::new(
                    place,
                    "has neither a `uri` nor a `bufferView`",
                ));
            }
        };
        let texture = textures::decode(&place, &bytes, budget)?;
        self.decoded[index] = Some(Arc::clone(&texture));
        Ok(texture)
    }
}

fn name(image: usize) -> String {
    format!("image {image}")
}
