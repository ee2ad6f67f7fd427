//! What a skin texture says about melanin, blood and light, apart from each other.
//!
//! Absorption multiplies, so in log reflectance a colour is a sum: `−ln albedo = m·M + h·H + s·1`, with M and H the absorption of
//! melanin and haemoglobin in the three channels (Tsumura et al. 2003, "Image-based skin color and texture analysis/synthesis by
//! extracting hemoglobin and melanin information in the skin") and 1 the grey axis that holds painted shadow and gloss. Melanin
//! absorbs as λ^−3.33 (Jacques 2013), haemoglobin around 550 nm and in the blue; both are integrated over sRGB primaries by their centres.
use super::{Reference, SkinError, Window};
use crate::face_map::Region;
use glam::{Mat3, Vec2, Vec3};
use scene::Texture;
use scene::texture::Texels;

/// Absorption of melanin in red, green, blue, unit length.
pub(super) const MELANIN: Vec3 = Vec3::new(0.335, 0.476, 0.813);
/// Absorption of haemoglobin in red, green, blue, unit length.
pub(super) const HAEMOGLOBIN: Vec3 = Vec3::new(0.166, 0.745, 0.646);
/// Shadow: all channels alike.
pub(super) const SHADE: Vec3 = Vec3::splat(0.577_350_3);

/// How much brighter than the mean face a texel may be by light alone, in units of [`SHADE`].
const GLOSS: f32 = 0.15;

/// Texels by which islands are shrunk before their paint is believed: two that [`Reference::positions`] adds, and two of the pack's.
const RIM: usize = 4;
/// Where hands and feet lie in the body's UV.
const HANDS_AND_FEET: Window = Window {
    low: Vec2::new(0.0, 0.0),
    high: Vec2::new(0.75, 0.21),
};

/// A skin, decomposed; at the source's resolution (the pack's textures: 512 × 512), relative to its own mean face.
#[derive(Debug, Clone)]
pub struct Pigments {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Per texel melanin, haemoglobin, shade, as excess over the mean face.
    pub(super) excess: Vec<Vec3>,
    /// Per texel linear albedo as painted, for what is no skin.
    pub(super) painted: Vec<Vec3>,
    /// Texel indices tone is measured on.
    pub(super) face: Vec<u32>,
}

impl Pigments {
    /// Blends skins in linear light by `weights` (any positive sum) and takes the blend apart.
    ///
    /// Painted head hair, open eyes and what clothes always cover are filled in from the skin around them, and slow changes of
    /// colour over the body are mostly evened out.
    ///
    /// # Errors
    /// [`SkinError`] if there is no texture, they differ in size, one is not sRGB, or the weights are negative or sum to nothing.
    pub fn new(reference: &Reference, skins: &[(&Texture, f32)]) -> Result<Self, SkinError> {
        let Some((first, _)) = skins.first() else {
            return Err(SkinError::NoTexture);
        };
        let (width, height) = (first.width as usize, first.height as usize);
        let total: f32 = skins.iter().map(|(_, weight)| *weight).sum();
        if skins
            .iter()
            .any(|(_, weight)| !weight.is_finite() || *weight < 0.0)
            || total <= 0.0
        {
            return Err(SkinError::Weights);
        }
        let decode: [f32; 256] = std::array::from_fn(|i| super::linear_from_srgb(i as f32 / 255.0));
        let mut painted = vec![Vec3::ZERO; width * height];
        for (skin, weight) in skins {
            let Texels::Srgba8(texels) = &skin.texels else {
                return Err(SkinError::NotColour);
            };
            if (skin.width as usize, skin.height as usize) != (width, height)
                || texels.len() != width * height
            {
                return Err(SkinError::Sizes {
                    first: (first.width, first.height),
                    other: (skin.width, skin.height),
                });
            }
            for (sum, texel) in painted.iter_mut().zip(texels) {
                *sum += *weight / total
                    * Vec3::new(
                        decode[texel[0] as usize],
                        decode[texel[1] as usize],
                        decode[texel[2] as usize],
                    );
            }
        }

        let uv_at = |i: usize| {
            Vec2::new(
                (i % width) as f32 + 0.5,
                (height - 1 - i / width) as f32 + 0.5,
            ) / Vec2::new(width as f32, height as f32)
        };
        let from_rgb = Mat3::from_cols(MELANIN, HAEMOGLOBIN, SHADE).inverse();
        let mut excess: Vec<Vec3> = painted
            .iter()
            .map(|c| from_rgb * c.max(Vec3::splat(1e-3)).map(|x| -x.ln()))
            .collect();

        let positions = reference.positions(Window::WHOLE, width, height);
        let covered: Vec<bool> = positions.iter().map(Option::is_some).collect();
        let inner = shrunk(&covered, width, height, RIM);
        let mut keep: Vec<f32> = (0..width * height)
            .map(|i| {
                // Painters let islands end in a dark line; fingers and toes are too thin to lose theirs.
                if !inner[i] && !HANDS_AND_FEET.contains(uv_at(i)) {
                    return 0.0;
                }
                let hidden = [
                    Region::PaintedHair,
                    Region::LidMargin,
                    Region::Covered,
                    Region::Mucosa,
                ]
                .into_iter()
                .map(|r| r.weight(uv_at(i)))
                .fold(0.0, f32::max);
                // Any doubt counts as hair: a fading edge would leave a dark rim.
                (1.0 - 4.0 * hidden).max(0.0)
            })
            .collect();
        fill(&mut excess, &keep, width, height);

        let face: Vec<u32> = (0..width * height)
            .filter(|i| Region::Face.weight(uv_at(*i)) > 0.5)
            .map(|i| i as u32)
            .collect();
        if face.is_empty() {
            return Err(SkinError::TooSmall {
                width: first.width,
                height: first.height,
            });
        }
        for (i, weight) in keep.iter_mut().enumerate() {
            let special = [
                Region::Lips,
                Region::Nostril,
                Region::EyeSurround,
                Region::Palm,
                Region::Mucosa,
            ]
            .into_iter();
            *weight = special.fold(1.0, |rest, r| rest * (1.0 - r.weight(uv_at(i))));
        }
        even_out(&mut excess, &keep, &positions);
        // Beyond the islands' edges too, or smooth enlargement would draw their outline.
        let inside: Vec<f32> = covered
            .iter()
            .map(|covered| f32::from(u8::from(*covered)))
            .collect();
        fill(&mut excess, &inside, width, height);

        // In dark skin a step of one in 255 is a large ratio, and the painter's hues jump accordingly.
        let brightness = face
            .iter()
            .map(|i| painted[*i as usize].dot(Vec3::new(0.2126, 0.7152, 0.0722)))
            .sum::<f32>()
            / face.len() as f32;
        let trust = (0.45 + 1.6 * brightness).min(1.0);
        let after = face
            .iter()
            .fold(Vec3::ZERO, |sum, i| sum + excess[*i as usize])
            / face.len() as f32;
        for (i, value) in excess.iter_mut().enumerate() {
            *value = (*value - after) * Vec3::new(trust, trust, 1.0);
            // Painted gloss would shine from every side: what is brighter than the face by light alone is pressed towards it.
            if value.z < 0.0 {
                value.z = -GLOSS * (1.0 - (value.z / GLOSS).exp());
            }
            // Painted eye shadow and rims are make-up and light, not pigment.
            *value *= 1.0 - 0.45 * Region::EyeSurround.weight(uv_at(i));
            // Lips follow the complexion, with the painted lips for their detail only.
            let lips = Region::Lips.weight(uv_at(i));
            if lips > 0.0 {
                *value = value.lerp(
                    Vec3::new(0.35 * value.x, 0.36 + 0.35 * value.y, 0.12 + 0.5 * value.z),
                    lips,
                );
            }
        }
        Ok(Self {
            width,
            height,
            excess,
            painted,
            face,
        })
    }
}

/// `mask` without a border of `radius` texels; beyond the texture's edges counts as set.
fn shrunk(mask: &[bool], width: usize, height: usize, radius: usize) -> Vec<bool> {
    let span = |at: usize, size: usize| at.saturating_sub(radius)..=(at + radius).min(size - 1);
    let across: Vec<bool> = (0..mask.len())
        .map(|i| span(i % width, width).all(|x| mask[i / width * width + x]))
        .collect();
    (0..mask.len())
        .map(|i| span(i / width, height).all(|y| across[y * width + i % width]))
        .collect()
}

/// Side of the cells over which [`even_out`] averages, in metres.
const CELL_M: f32 = 0.03;
/// Share of slow variation that [`even_out`] takes away, for melanin, haemoglobin and shade.
const EVENED: Vec3 = Vec3::new(0.75, 0.7, 0.7);

/// Takes out most of what varies over more than some centimetres: studio light, a painter's make-up, necks of another hue. Averages
/// are taken in space, not in the texture, so that both sides of a UV seam change alike. `weight` 0 does not count towards them.
fn even_out(excess: &mut [Vec3], weight: &[f32], positions: &[Option<Vec3>]) {
    let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for position in positions.iter().flatten() {
        low = low.min(*position);
        high = high.max(*position);
    }
    if low.cmpgt(high).any() {
        return;
    }
    let size = ((high - low) / CELL_M).ceil().as_uvec3() + 2;
    let cells = |position: Vec3| {
        let at = (position - low) / CELL_M;
        let (base, f) = (at.floor().as_uvec3(), at.fract());
        (0..8u32).map(move |corner| {
            let pick = |axis: u32, value: f32| {
                if corner >> axis & 1 == 1 {
                    value
                } else {
                    1.0 - value
                }
            };
            let cell = base + glam::UVec3::new(corner & 1, corner >> 1 & 1, corner >> 2);
            (
                ((cell.z * size.y + cell.y) * size.x + cell.x) as usize,
                pick(0, f.x) * pick(1, f.y) * pick(2, f.z),
            )
        })
    };
    let mut sums = vec![glam::Vec4::ZERO; (size.x * size.y * size.z) as usize];
    for ((value, weight), position) in excess.iter().zip(weight).zip(positions) {
        if let Some(position) = position.filter(|_| *weight > 0.0) {
            for (cell, share) in cells(position) {
                sums[cell] += value.extend(1.0) * (share * weight);
            }
        }
    }
    for (value, position) in excess.iter_mut().zip(positions) {
        let Some(position) = position else { continue };
        let sum = cells(*position).fold(glam::Vec4::ZERO, |sum, (cell, share)| {
            sum + sums[cell] * share
        });
        if sum.w > 0.0 {
            *value -= EVENED * sum.truncate() / sum.w;
        }
    }
}

/// Replaces values where `keep` is 0 by a smooth continuation of those where it is 1 (push–pull: average to ever coarser grids,
/// then refill from coarse to fine).
fn fill(values: &mut [Vec3], keep: &[f32], width: usize, height: usize) {
    if width <= 1 && height <= 1 {
        return;
    }
    let (half_w, half_h) = (width.div_ceil(2), height.div_ceil(2));
    let mut sums = vec![Vec3::ZERO; half_w * half_h];
    let mut weights = vec![0.0f32; half_w * half_h];
    for y in 0..height {
        for x in 0..width {
            let (i, j) = (y * width + x, y / 2 * half_w + x / 2);
            sums[j] += values[i] * keep[i];
            weights[j] += keep[i];
        }
    }
    for (sum, weight) in sums.iter_mut().zip(&mut weights) {
        if *weight > 0.0 {
            *sum /= *weight;
        }
        *weight = weight.min(1.0);
    }
    fill(&mut sums, &weights, half_w, half_h);
    for y in 0..height {
        for x in 0..width {
            let i = y * width + x;
            if keep[i] < 1.0 {
                let coarse = bilinear(
                    &sums,
                    half_w,
                    half_h,
                    0.5 * x as f32 - 0.25,
                    0.5 * y as f32 - 0.25,
                );
                values[i] = coarse.lerp(values[i], keep[i]);
            }
        }
    }
}

fn bilinear(values: &[Vec3], width: usize, height: usize, x: f32, y: f32) -> Vec3 {
    let (x, y) = (
        x.clamp(0.0, (width - 1) as f32),
        y.clamp(0.0, (height - 1) as f32),
    );
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
    let row = |y: usize| values[y * width + x0].lerp(values[y * width + x1], x.fract());
    row(y0).lerp(row(y1), y.fract())
}
