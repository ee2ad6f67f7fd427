//! Pictures of a scene file as textures, each decoded once.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::FileError;
use super::limits::Budget;
use crate::Texture;
use crate::read::{self, Meaning};
use crate::texture::Texels;

/// Decodes a picture with its four channels of eight bits, counted against the limits. HDR pictures stay what they are.
pub(crate) fn decode(
    place: &str,
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<Arc<Texture>, FileError> {
    let texture = read::texture_from_bytes(bytes, Meaning::Colour).map_err(|error| {
        FileError::new(place, error.to_string())
            .with_hint("textures are PNG, JPEG, OpenEXR or Radiance .hdr files")
    })?;
    count(place, &texture, budget)?;
    Ok(Arc::new(texture))
}

fn count(place: &str, texture: &Texture, budget: &mut Budget) -> Result<(), FileError> {
    let texels = texture.width as usize * texture.height as usize;
    let bytes = match texture.texels {
        Texels::Srgba8(_) => 4 * texels,
        Texels::Linear8(_) => texels,
        Texels::Rgb32(_) => 12 * texels,
    };
    budget.texture_bytes(place, bytes)
}

/// Textures made from decoded pictures: single channels, normals, cut-outs. `K` says which picture and what was made of it.
#[derive(Debug)]
pub(crate) struct Derived<K> {
    made: BTreeMap<K, Arc<Texture>>,
}

impl<K: Ord> Default for Derived<K> {
    fn default() -> Self {
        Self {
            made: BTreeMap::new(),
        }
    }
}

impl<K: Ord> Derived<K> {
    /// What was made under this key before, or what `make` makes now.
    pub(crate) fn get(
        &mut self,
        key: K,
        place: &str,
        budget: &mut Budget,
        make: impl FnOnce() -> Texture,
    ) -> Result<Arc<Texture>, FileError> {
        if let Some(texture) = self.made.get(&key) {
            return Ok(Arc::clone(texture));
        }
        let texture = make();
        count(place, &texture, budget)?;
        let texture = Arc::new(texture);
        self.made.insert(key, Arc::clone(&texture));
        Ok(texture)
    }
}

/// One channel of a picture as linear data: bytes as they are stored, without the sRGB curve.
pub(crate) fn channel(texture: &Texture, channel: usize) -> Texture {
    mapped(texture, |texel| texel[channel])
}

/// Opaque where the stored alpha times `factor` reaches `cutoff`, and gone elsewhere.
pub(crate) fn cut_out(texture: &Texture, factor: f32, cutoff: f32) -> Texture {
    mapped(texture, |texel| {
        if f32::from(texel[3]) / 255.0 * factor >= cutoff {
            255
        } else {
            0
        }
    })
}

fn mapped(texture: &Texture, value: impl Fn([u8; 4]) -> u8) -> Texture {
    let byte = |linear: f32| (linear.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    let texels = match &texture.texels {
        Texels::Srgba8(texels) => texels.iter().map(|&texel| value(texel)).collect(),
        Texels::Linear8(texels) => texels.iter().map(|&texel| value([texel; 4])).collect(),
        Texels::Rgb32(texels) => texels
            .iter()
            .map(|&[r, g, b]| value([byte(r), byte(g), byte(b), 255]))
            .collect(),
    };
    Texture {
        width: texture.width,
        height: texture.height,
        texels: Texels::Linear8(texels),
    }
}

/// Stored bytes as numbers from 0 to 1, without the sRGB curve: what normal maps mean.
pub(crate) fn linear(texture: &Texture) -> Texture {
    let texels = match &texture.texels {
        Texels::Srgba8(texels) => texels
            .iter()
            .map(|&[r, g, b, _]| [r, g, b].map(|byte| f32::from(byte) / 255.0))
            .collect(),
        Texels::Linear8(texels) => texels
            .iter()
            .map(|&byte| [f32::from(byte) / 255.0; 3])
            .collect(),
        Texels::Rgb32(texels) => texels.clone(),
    };
    Texture {
        width: texture.width,
        height: texture.height,
        texels: Texels::Rgb32(texels),
    }
}

/// Whether all texels have this value in one of the four stored channels.
pub(crate) fn is_uniform(texture: &Texture, channel: usize, value: u8) -> bool {
    match &texture.texels {
        Texels::Srgba8(texels) => texels.iter().all(|texel| texel[channel] == value),
        Texels::Linear8(texels) => texels.iter().all(|&texel| texel == value),
        Texels::Rgb32(_) => channel == 3 && value == 255,
    }
}

/// Mean of the linear channels, for where a material can hold one value only.
pub(crate) fn mean(texture: &Texture) -> [f32; 4] {
    let mut sums = [0.0_f64; 4];
    for y in 0..texture.height {
        for x in 0..texture.width {
            for (sum, value) in sums.iter_mut().zip(texture.texel(x, y)) {
                *sum += f64::from(value);
            }
        }
    }
    let texels = f64::from(texture.width) * f64::from(texture.height);
    sums.map(|sum| (sum / texels) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Limits;

    fn picture() -> Texture {
        Texture {
            width: 2,
            height: 1,
            texels: Texels::Srgba8(vec![[0, 128, 255, 100], [255, 128, 0, 200]]),
        }
    }

    #[test]
    fn channels_are_taken_as_stored() {
        let Texels::Linear8(green) = channel(&picture(), 1).texels else {
            panic!("data")
        };
        assert_eq!(green, [128, 128]);
        assert!(is_uniform(&picture(), 1, 128) && !is_uniform(&picture(), 0, 0));
        let Texels::Rgb32(all) = linear(&picture()).texels else {
            panic!("numbers")
        };
        assert_eq!(all[0], [0.0, 128.0 / 255.0, 1.0]);
    }

    #[test]
    fn a_cut_out_is_there_or_not() {
        let Texels::Linear8(cut) = cut_out(&picture(), 1.0, 0.5).texels else {
            panic!("data")
        };
        assert_eq!(cut, [0, 255]);
        let Texels::Linear8(cut) = cut_out(&picture(), 0.5, 0.5).texels else {
            panic!("data")
        };
        assert_eq!(cut, [0, 0]);
    }

    #[test]
    fn means_are_taken_in_linear_light() {
        assert_eq!(mean(&picture())[0], 0.5);
        assert!((mean(&picture())[3] - 150.0 / 255.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_made_twice_is_counted_once() {
        let mut budget = Budget::new(Limits {
            texture_bytes: 2,
            ..Limits::default()
        });
        let mut derived = Derived::default();
        for _ in 0..3 {
            derived
                .get(1, "image 0", &mut budget, || channel(&picture(), 0))
                .expect("fits");
        }
        let error = derived
            .get(2, "image 0", &mut budget, || channel(&picture(), 1))
            .expect_err("too much");
        assert!(
            error.to_string().starts_with("image 0: textures pass"),
            "{error}"
        );
    }
}
