//! What a skin texture says about melanin, blood and light, apart from each other.
//!
//! Absorption multiplies, so in log reflectance a colour is a sum: `−ln albedo = m·M + h·H + s·1`, with M and H the absorption of
//! melanin and haemoglobin in the three channels (Tsumura et al. 2003, "Image-based skin color and texture analysis/synthesis by
//! extracting hemoglobin and melanin information in the skin") and 1 the grey axis that holds painted shadow and gloss. Melanin
//! absorbs as λ^−3.33 (Jacques 2013), haemoglobin around 550 nm and in the blue; both are integrated over sRGB primaries by their centres.
use super::{SkinError, SkinLayout};
use glam::{Mat3, Vec3};
use scene::Texture;
use scene::texture::{LINEAR_FROM_SRGB8, Texels};
use std::sync::Arc;

/// Absorption of melanin in red, green, blue, unit length.
pub(super) const MELANIN: Vec3 = Vec3::new(0.335, 0.476, 0.813);
/// Absorption of haemoglobin in red, green, blue, unit length.
pub(super) const HAEMOGLOBIN: Vec3 = Vec3::new(0.166, 0.745, 0.646);
/// Shadow: all channels alike.
pub(super) const SHADE: Vec3 = Vec3::splat(0.577_350_3);

/// How much brighter than the mean face a texel may be by light alone, in units of [`SHADE`].
const GLOSS: f32 = 0.15;

/// Steps per unit of optical density that are kept: sixteen bits hold densities to ±16, a step being a twentieth of what eight bits show.
const STEPS: f32 = 2048.0;

/// A skin, decomposed; at the source's resolution (the pack's textures: 512 × 512), relative to its own mean face.
pub struct Pigments {
    layout: Arc<SkinLayout>,
    /// Melanin, haemoglobin and shade in steps of 1 / [`STEPS`], as excess over the mean face, one per texel.
    excess: [Vec<i16>; 3],
    /// As painted, for what is no skin.
    painted: Arc<Texture>,
}

impl std::fmt::Debug for Pigments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Pigments({} × {})",
            self.layout.width, self.layout.height
        )
    }
}

impl Pigments {
    /// Takes a skin apart.
    ///
    /// Painted head hair, open eyes and what clothes always cover are filled in from the skin around them, and slow changes of
    /// colour over the body are mostly evened out.
    ///
    /// # Errors
    /// [`SkinError`] if the texture is not sRGB, has another size than `layout`, or is too small to have a face.
    pub fn new(layout: &Arc<SkinLayout>, skin: &Arc<Texture>) -> Result<Self, SkinError> {
        let (width, height) = (layout.width, layout.height);
        let Texels::Srgba8(texels) = &skin.texels else {
            return Err(SkinError::NotColour);
        };
        if (skin.width as usize, skin.height as usize) != (width, height)
            || texels.len() != width * height
        {
            return Err(SkinError::Sizes {
                first: (width as u32, height as u32),
                other: (skin.width, skin.height),
            });
        }
        if layout.face.is_empty() {
            return Err(SkinError::TooSmall {
                width: skin.width,
                height: skin.height,
            });
        }
        let face_mean = |of: &dyn Fn(usize) -> Vec3| {
            let sum = layout.face.iter().map(|i| of(*i as usize)).sum::<Vec3>();
            sum / layout.face.len() as f32
        };
        let from_rgb = Mat3::from_cols(MELANIN, HAEMOGLOBIN, SHADE).inverse();
        let mut excess: Vec<Vec3> = texels
            .iter()
            .map(|t| from_rgb * linear(*t).max(Vec3::splat(1e-3)).map(|x| -x.ln()))
            .collect();
        fill(&mut excess, &layout.believed, width, height);
        even_out(&mut excess, &layout.even, &layout.positions);
        // Beyond the islands' edges too, or smooth enlargement would draw their outline.
        fill(&mut excess, &layout.inside, width, height);

        // In dark skin a step of one in 255 is a large ratio, and the painter's hues jump accordingly.
        let brightness = face_mean(&|i| linear(texels[i])).dot(Vec3::new(0.2126, 0.7152, 0.0722));
        let trust = (0.45 + 1.6 * brightness).min(1.0);
        let after = face_mean(&|i| excess[i]);
        for (value, [surround, lips]) in excess.iter_mut().zip(&layout.eyes_and_lips) {
            *value = (*value - after) * Vec3::new(trust, trust, 1.0);
            // Painted gloss would shine from every side: what is brighter than the face by light alone is pressed towards it.
            if value.z < 0.0 {
                value.z = -GLOSS * (1.0 - (value.z / GLOSS).exp());
            }
            // Painted eye shadow and rims are make-up and light, not pigment.
            *value *= 1.0 - 0.45 * surround;
            // Lips follow the complexion, with the painted lips for their detail only.
            if *lips > 0.0 {
                *value = value.lerp(
                    Vec3::new(0.35 * value.x, 0.36 + 0.35 * value.y, 0.12 + 0.5 * value.z),
                    *lips,
                );
            }
        }
        let plane = |axis: usize| {
            excess
                .iter()
                .map(|value| (value[axis] * STEPS).round() as i16)
                .collect()
        };
        Ok(Self {
            excess: [plane(0), plane(1), plane(2)],
            layout: Arc::clone(layout),
            painted: Arc::clone(skin),
        })
    }

    fn painted(&self, texel: usize) -> Vec3 {
        match &self.painted.texels {
            Texels::Srgba8(texels) => linear(texels[texel]),
            // Refused when it was taken apart.
            Texels::Linear8(_) | Texels::Rgb32(_) => Vec3::ZERO,
        }
    }
}

fn linear([r, g, b, _]: [u8; 4]) -> Vec3 {
    Vec3::from([r, g, b].map(|c| LINEAR_FROM_SRGB8[c as usize]))
}

/// Skins mixed into one: pigments add up, each by its weight.
#[derive(Debug)]
pub struct Blend(Vec<(Arc<Pigments>, f32)>);

impl Blend {
    /// Mixes skins by weights of any positive sum.
    ///
    /// # Errors
    /// [`SkinError`] if there is no skin, they differ in size, or the weights are negative or sum to nothing.
    pub fn new(skins: Vec<(Arc<Pigments>, f32)>) -> Result<Self, SkinError> {
        let Some((first, _)) = skins.first() else {
            return Err(SkinError::NoTexture);
        };
        let total: f32 = skins.iter().map(|(_, weight)| *weight).sum();
        if skins
            .iter()
            .any(|(_, weight)| !weight.is_finite() || *weight < 0.0)
            || total <= 0.0
        {
            return Err(SkinError::Weights);
        }
        let size = |skin: &Pigments| (skin.layout.width as u32, skin.layout.height as u32);
        let first = size(first);
        if let Some((odd, _)) = skins.iter().find(|(skin, _)| size(skin) != first) {
            return Err(SkinError::Sizes {
                first,
                other: size(odd),
            });
        }
        Ok(Self(
            skins
                .into_iter()
                .map(|(skin, weight)| (skin, weight / total))
                .collect(),
        ))
    }

    /// Texels across and down.
    pub(super) fn size(&self) -> (usize, usize) {
        self.0
            .first()
            .map_or((0, 0), |(skin, _)| (skin.layout.width, skin.layout.height))
    }

    /// Texel indices tone is measured on.
    pub(super) fn face(&self) -> &[u32] {
        self.0.first().map_or(&[], |(skin, _)| &skin.layout.face)
    }

    /// Melanin, haemoglobin and shade of one texel, as excess over the mean face.
    pub(super) fn excess(&self, texel: usize) -> Vec3 {
        let mut sum = Vec3::ZERO;
        for (skin, weight) in &self.0 {
            sum += Vec3::from(skin.excess.each_ref().map(|plane| f32::from(plane[texel])))
                * (*weight / STEPS);
        }
        sum
    }

    /// [`Blend::excess`] of neighbouring texels, from the `first` one on.
    pub(super) fn excess_row(&self, first: usize, out: &mut [Vec<f32>; 3]) {
        for (axis, out) in out.iter_mut().enumerate() {
            out.fill(0.0);
            for (skin, weight) in &self.0 {
                let plane = &skin.excess[axis][first..first + out.len()];
                let weight = *weight / STEPS;
                for (sum, value) in out.iter_mut().zip(plane) {
                    *sum += f32::from(*value) * weight;
                }
            }
        }
    }

    /// Linear albedo of one texel as painted.
    pub(super) fn painted(&self, texel: usize) -> Vec3 {
        self.0
            .iter()
            .map(|(skin, weight)| skin.painted(texel) * *weight)
            .sum()
    }
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
