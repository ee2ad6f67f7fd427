//! Textures as PNG pictures, each written once.
use std::sync::Arc;

use serde_json::{Value, json};

use super::buffers::Buffers;
use crate::Texture;
use crate::texture::Texels;
use crate::write;

/// What a picture is made of. Textures are told apart by identity.
#[derive(Debug, Clone, PartialEq)]
enum Made {
    /// sRGB colour, with the alpha of this or another texture.
    Colour(*const Texture, Option<*const Texture>),
    /// Roughness in green, metal in blue.
    MetallicRoughness(Option<*const Texture>, Option<*const Texture>),
    /// Linear numbers.
    Data(*const Texture),
}

/// Pictures on their way.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    made: Vec<Made>,
    pub(super) images: Vec<Value>,
    pub(super) textures: Vec<Value>,
    /// Whether a texture had more than eight bits to give.
    pub(super) rounded: bool,
}

impl Pictures {
    /// A colour and, where one is given, an alpha.
    pub(super) fn colour(
        &mut self,
        colour: &Arc<Texture>,
        alpha: Option<&Arc<Texture>>,
        buffers: &mut Buffers,
    ) -> usize {
        let made = Made::Colour(Arc::as_ptr(colour), alpha.map(Arc::as_ptr));
        self.rounded |= !matches!(colour.texels, Texels::Srgba8(_));
        self.once(made, buffers, || {
            let (width, height) = common_size(Some(colour), alpha);
            let texels = (0..width * height).flat_map(|k| {
                let [r, g, b, a] = stored(colour, k % width, k / width, width, height);
                let a = alpha.map_or(255, |alpha| {
                    if Arc::ptr_eq(alpha, colour) {
                        a
                    } else {
                        stored_alpha(alpha, k % width, k / width, width, height)
                    }
                });
                [r, g, b, a]
            });
            let texels: Vec<u8> = texels.collect();
            if alpha.is_some() {
                write::png_rgba8(width, height, &texels)
            } else {
                let opaque: Vec<u8> = texels
                    .chunks_exact(4)
                    .flat_map(|t| [t[0], t[1], t[2]])
                    .collect();
                write::png_rgb8(width, height, &opaque)
            }
        })
    }

    /// White with an alpha, for surfaces that have no colour texture.
    pub(super) fn alpha(&mut self, alpha: &Arc<Texture>, buffers: &mut Buffers) -> usize {
        let white = Arc::new(Texture {
            width: 1,
            height: 1,
            texels: Texels::Srgba8(vec![[255; 4]]),
        });
        // The white texture is new every time: it is known by its alpha.
        let made = Made::Colour(std::ptr::null(), Some(Arc::as_ptr(alpha)));
        self.once(made, buffers, || {
            let (width, height) = common_size(Some(&white), Some(alpha));
            let texels: Vec<u8> = (0..width * height)
                .flat_map(|k| {
                    [
                        255,
                        255,
                        255,
                        stored_alpha(alpha, k % width, k / width, width, height),
                    ]
                })
                .collect();
            write::png_rgba8(width, height, &texels)
        })
    }

    pub(super) fn metallic_roughness(
        &mut self,
        metallic: Option<&Arc<Texture>>,
        roughness: Option<&Arc<Texture>>,
        buffers: &mut Buffers,
    ) -> usize {
        let made = Made::MetallicRoughness(metallic.map(Arc::as_ptr), roughness.map(Arc::as_ptr));
        self.once(made, buffers, || {
            let (width, height) = common_size(metallic, roughness);
            let value = |texture: Option<&Arc<Texture>>, k: u32| {
                texture.map_or(255, |texture| {
                    linear_byte(nearest(texture, k % width, k / width, width, height)[0])
                })
            };
            let texels: Vec<u8> = (0..width * height)
                .flat_map(|k| [255, value(roughness, k), value(metallic, k)])
                .collect();
            write::png_rgb8(width, height, &texels)
        })
    }

    /// Linear numbers, three of a texel.
    pub(super) fn data(&mut self, texture: &Arc<Texture>, buffers: &mut Buffers) -> usize {
        self.once(Made::Data(Arc::as_ptr(texture)), buffers, || {
            let texels: Vec<u8> = (0..texture.width * texture.height)
                .flat_map(|k| {
                    let [r, g, b, _] = texture.texel(k % texture.width, k / texture.width);
                    [r, g, b].map(linear_byte)
                })
                .collect();
            write::png_rgb8(texture.width, texture.height, &texels)
        })
    }

    fn once(&mut self, made: Made, buffers: &mut Buffers, png: impl FnOnce() -> Vec<u8>) -> usize {
        if let Some(index) = self.made.iter().position(|other| *other == made) {
            return index;
        }
        let view = buffers.picture(&png());
        self.images
            .push(json!({"bufferView": view, "mimeType": "image/png"}));
        self.textures
            .push(json!({"source": self.images.len() - 1, "sampler": 0}));
        self.made.push(made);
        self.made.len() - 1
    }
}

/// The larger of two sizes in each direction.
fn common_size(a: Option<&Arc<Texture>>, b: Option<&Arc<Texture>>) -> (u32, u32) {
    let size = |texture: Option<&Arc<Texture>>| texture.map_or((1, 1), |t| (t.width, t.height));
    let ((w, h), (v, g)) = (size(a), size(b));
    (w.max(v), h.max(g))
}

/// The texel that lies under texel (x, y) of a picture of another size.
fn place(texture: &Texture, x: u32, y: u32, width: u32, height: u32) -> (u32, u32) {
    let scale =
        |at: u32, from: u32, to: u32| (u64::from(at) * u64::from(to) / u64::from(from)) as u32;
    (
        scale(x, width, texture.width),
        scale(y, height, texture.height),
    )
}

fn nearest(texture: &Texture, x: u32, y: u32, width: u32, height: u32) -> [f32; 4] {
    let (x, y) = place(texture, x, y, width, height);
    texture.texel(x, y)
}

fn stored_alpha(texture: &Texture, x: u32, y: u32, width: u32, height: u32) -> u8 {
    linear_byte(nearest(texture, x, y, width, height)[3])
}

/// As sRGB bytes; those that are stored so come out unchanged.
fn stored(texture: &Texture, x: u32, y: u32, width: u32, height: u32) -> [u8; 4] {
    let (x, y) = place(texture, x, y, width, height);
    if let Texels::Srgba8(texels) = &texture.texels {
        return texels[(y * texture.width + x) as usize];
    }
    let [r, g, b, a] = texture.texel(x, y);
    [srgb_byte(r), srgb_byte(g), srgb_byte(b), linear_byte(a)]
}

fn linear_byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// IEC 61966-2-1.
fn srgb_byte(linear: f32) -> u8 {
    let x = linear.clamp(0.0, 1.0);
    let encoded = if x <= 0.003_130_8 {
        12.92 * x
    } else {
        1.055 * x.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0 + 0.5) as u8
}
