//! From pigments to albedo: one person's skin at a tone.
use super::atlas::COARSE;
use super::pigment::{HAEMOGLOBIN, MELANIN, SHADE};
use super::{Atlas, Pigments, srgb_from_linear, tone};
use crate::face_map::Region;
use glam::{Mat3, Vec2, Vec3};
use scene::Texture;
use scene::texture::Texels;

/// What one person's skin is like, beyond the painted skins it is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Complexion {
    /// Monk tone, `[1, 10]`, continuous: the mean albedo of the face.
    pub tone: f64,
    /// Share of freckled skin, `[0, 1]`; visible on light skin only.
    pub freckles: f32,
    /// Moles on head and neck, a handful.
    pub moles: u32,
    /// Blood in cheeks, nose, ears: 0 pale, 0.5 usual, 1 flushed.
    pub flush: f32,
    /// Redness of the lips: 0 pale, 0.5 usual, 1 strong (or painted).
    pub lip_red: f32,
    /// Dark rings: 0 none, 1 strong.
    pub under_eye: f32,
    /// Unevenness, `[0, 1]`: small in children, larger with age and sun.
    pub unevenness: f32,
}

impl Default for Complexion {
    /// An adult of tone 4 with nothing remarkable.
    fn default() -> Self {
        Self {
            tone: 4.0,
            freckles: 0.0,
            moles: 2,
            flush: 0.5,
            lip_red: 0.5,
            under_eye: 0.2,
            unevenness: 0.4,
        }
    }
}

/// Hair too short to be geometry: dots in the skin and the shade of roots under it, per zone `[0, 1]` (1 a dense growth).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HairShadow {
    /// Shaved or covered scalp; 0 is truly bald.
    pub scalp: f32,
    /// Under the brows' strands.
    pub brow: f32,
    /// Between nose and lip.
    pub moustache: f32,
    /// Chin and corners of the mouth.
    pub chin: f32,
    /// Cheeks and jaw.
    pub cheek: f32,
    /// Under the jaw.
    pub under_jaw: f32,
    /// In front of the ears.
    pub sideburn: f32,
    /// Linear Rec. 709 albedo of the hair; see [`crate::hair_colour`].
    pub colour: Vec3,
}

/// Paints the albedo of `atlas`' window. `uniform` draws from `[0, 1)` and places freckles, moles and the balance of patches.
///
/// The mean linear albedo over the face (before freckles, rings and hair) is [`tone::albedo`]; local contrast of blood and
/// melanin shrinks as melanin hides it. Lining of mouth and eye sockets stays as painted. At 2048² about 0.2 s on one core.
pub fn paint(
    atlas: &Atlas,
    pigments: &Pigments,
    complexion: &Complexion,
    hair: &HairShadow,
    uniform: &mut dyn FnMut() -> f64,
) -> Texture {
    let depth = ((complexion.tone.clamp(tone::LIGHTEST, tone::DARKEST) - 1.0) / 9.0) as f32;
    let axes = Mat3::from_cols(MELANIN, HAEMOGLOBIN, SHADE);
    let contrast = Vec3::new(1.0 - 0.3 * depth, 1.0 - 0.45 * depth, 0.7);
    let density: Vec<Vec3> = pigments
        .excess
        .iter()
        .map(|excess| axes * (*excess * contrast))
        .collect();
    let face_base = base(&density, &pigments.face, tone::albedo(complexion.tone));
    // Palms and soles tan little: up to tone 3 they follow, then they lag.
    let palm_tone = if complexion.tone > 3.0 {
        3.0 + 0.35 * (complexion.tone - 3.0)
    } else {
        complexion.tone
    };
    let palm_shift = (tone::albedo(complexion.tone) / tone::albedo(palm_tone)).map(f32::ln);

    let balance = Vec2::new(uniform() as f32 * 2.0 - 1.0, uniform() as f32 * 2.0 - 1.0);
    let spots = spots(atlas, complexion, uniform);
    let uneven = complexion.unevenness;
    let light = 1.0 - 0.75 * depth;
    // Per unit of noise, in log reflectance.
    let mottle = (MELANIN * (0.10 * balance.x) + HAEMOGLOBIN * (0.10 + 0.05 * balance.y))
        * uneven
        * (0.4 + 0.6 * light)
        / 127.0;
    let speckle =
        (MELANIN * 0.05 + HAEMOGLOBIN * 0.08 * balance.y + SHADE * 0.03) * (0.35 + uneven) / 127.0;
    let flush =
        HAEMOGLOBIN * (0.36 * (complexion.flush - 0.5) + 0.06) * (0.3 + 0.7 * light) / 255.0;
    let lips = (HAEMOGLOBIN * (0.16 + 0.5 * (complexion.lip_red - 0.5)) * (0.55 + 0.45 * light)
        + MELANIN * 0.18 * depth)
        / 255.0;
    let lid_margin = (HAEMOGLOBIN * 0.35 + SHADE * 0.10) / 255.0;
    let rings = (MELANIN * 0.12 + HAEMOGLOBIN * 0.10 + SHADE * 0.12) * complexion.under_eye / 255.0;
    let roots = SHADE * 0.30 * (1.0 - hair.colour.max_element()).clamp(0.0, 1.0);
    let zones = [
        (Region::Scalp, hair.scalp),
        (Region::Brow, hair.brow),
        (Region::Moustache, hair.moustache),
        (Region::Chin, hair.chin),
        (Region::Cheek, hair.cheek),
        (Region::UnderJaw, hair.under_jaw),
        (Region::Sideburn, hair.sideburn),
    ]
    .into_iter()
    .filter(|(_, amount)| *amount > 0.0)
    .map(|(region, amount)| (atlas.region(region), amount.min(1.0)))
    .collect::<Vec<_>>();

    let densest = zones.iter().map(|(_, amount)| *amount).fold(0.0, f32::max);
    let tables = Tables::new();
    let columns: Vec<Taps> = (0..atlas.width)
        .map(|x| Taps::new(source_u(atlas, x) * pigments.width as f32, pigments.width))
        .collect();
    let mut rows = RowCache {
        width: pigments.width,
        density: &density,
        columns: &columns,
        rows: vec![(usize::MAX, Vec::new()); 8],
    };
    let mut texels = vec![[0u8; 4]; atlas.width * atlas.height];
    for y in 0..atlas.height {
        let taps = Taps::new(
            source_row(atlas, y) * pigments.height as f32,
            pigments.height,
        );
        let line = rows.blend(&taps);
        for (x, smooth) in line.iter().enumerate() {
            let i = y * atlas.width + x;
            let mut d = face_base
                + *smooth
                + mottle * f32::from(atlas.mottle[i])
                + speckle * f32::from(atlas.speckle[i])
                + MELANIN * spots[i];
            for (map, amount) in [
                (atlas.region(Region::Flush), flush),
                (atlas.region(Region::Lips), lips),
                (atlas.region(Region::LidMargin), lid_margin),
                (atlas.region(Region::EyeSurround), rings),
                (atlas.region(Region::Palm), palm_shift / 255.0),
            ] {
                if map[i] != 0 {
                    d += amount * f32::from(map[i]);
                }
            }
            // Zones fade into each other, so their sum, not the larger, has no gap between them.
            let growth = zones
                .iter()
                .map(|(map, amount)| f32::from(map[i]) / 255.0 * amount)
                .sum::<f32>()
                .min(densest);
            let mut albedo;
            if growth > 0.0 {
                albedo = tables.reflectance(d + roots * growth);
                // More growth is more hairs, and denser ones until they merge.
                let dot = f32::from(atlas.follicles[i]) / 255.0;
                let cover = growth * (0.62 * growth + 1.3 * (dot - 0.35 * (1.0 - growth)).max(0.0));
                albedo = albedo.lerp(hair.colour, cover.min(0.92));
            } else {
                albedo = tables.reflectance(d);
            }
            let lining = atlas.region(Region::Mucosa)[i];
            if lining != 0 {
                let source = (source_row(atlas, y) * pigments.height as f32) as usize
                    * pigments.width
                    + (source_u(atlas, x) * pigments.width as f32) as usize;
                albedo = albedo.lerp(
                    pigments.painted[source.min(pigments.painted.len() - 1)],
                    f32::from(lining) / 255.0,
                );
            }
            texels[i] = tables.encode(albedo);
        }
    }
    Texture {
        width: atlas.width as u32,
        height: atlas.height as u32,
        texels: Texels::Srgba8(texels),
    }
}

/// The density to add so that the mean albedo over `texels` is `target`, per channel.
fn base(density: &[Vec3], texels: &[u32], target: Vec3) -> Vec3 {
    let mean = texels.iter().fold(Vec3::ZERO, |sum, i| {
        sum + density[*i as usize].map(|d| (-d).exp())
    }) / texels.len() as f32;
    (mean / target).map(f32::ln)
}

/// Where texel column `x` lies in UV, `[0, 1]`.
fn source_u(atlas: &Atlas, x: usize) -> f32 {
    atlas.window.low.x
        + (x as f32 + 0.5) / atlas.width as f32 * (atlas.window.high.x - atlas.window.low.x)
}

/// Where texel row `y` lies in a whole texture, from the top, `[0, 1]`.
fn source_row(atlas: &Atlas, y: usize) -> f32 {
    1.0 - atlas.window.high.y
        + (y as f32 + 0.5) / atlas.height as f32 * (atlas.window.high.y - atlas.window.low.y)
}

/// Extra melanin per texel of freckles and moles.
fn spots(atlas: &Atlas, complexion: &Complexion, uniform: &mut dyn FnMut() -> f64) -> Vec<f32> {
    let mut out = vec![0.0f32; atlas.width * atlas.height];
    let freckles = (complexion.freckles.clamp(0.0, 1.0) * 1400.0) as usize;
    // Freckles fade into dark skin; moles stay.
    let freckle_strength = 0.55 * (1.0 - (complexion.tone as f32 - 1.0) / 7.0).clamp(0.05, 1.0);
    for _ in 0..freckles {
        // Twice-folded draws gather on nose and cheeks.
        let across = (uniform() + uniform() - 1.0) as f32 * 0.085;
        let down = 0.862 + (uniform() + uniform() + uniform() - 1.5) as f32 * 0.05;
        let (size, strength) = (
            0.5 + 1.0 * uniform() as f32,
            freckle_strength * (0.3 + 0.7 * uniform() as f32),
        );
        spot(
            &mut out,
            atlas,
            Vec2::new(down, crate::face_map::MID_V + across),
            size,
            strength,
        );
    }
    for _ in 0..complexion.moles {
        let across = (uniform() * 2.0 - 1.0) as f32 * 0.13;
        let down = 0.79 + 0.18 * uniform() as f32;
        let (size, strength) = (0.7 + 1.1 * uniform() as f32, 0.9 + 0.8 * uniform() as f32);
        let uv = Vec2::new(down, crate::face_map::MID_V + across);
        // Never on lips or lids, where a dot reads as a fault of the picture.
        if Region::Face.weight(uv) > 0.9 {
            spot(&mut out, atlas, uv, size, strength);
        }
    }
    out
}

/// Adds one round spot of `radius_mm` around a UV.
fn spot(out: &mut [f32], atlas: &Atlas, uv: Vec2, radius_mm: f32, strength: f32) {
    let unit = atlas.window.rescale(uv);
    let centre =
        Vec2::new(unit.x, 1.0 - unit.y) * Vec2::new(atlas.width as f32, atlas.height as f32);
    if centre.cmplt(Vec2::ZERO).any()
        || centre.x >= atlas.width as f32
        || centre.y >= atlas.height as f32
    {
        return;
    }
    let block =
        centre.y as usize / COARSE * atlas.width.div_ceil(COARSE) + centre.x as usize / COARSE;
    let scale = atlas.texel_mm[block];
    if scale.x <= 0.0 || scale.y <= 0.0 {
        return;
    }
    let reach = (Vec2::splat(radius_mm * 1.5) / scale).min(Vec2::splat(64.0));
    for y in (centre.y - reach.y).max(0.0) as usize
        ..=((centre.y + reach.y) as usize).min(atlas.height - 1)
    {
        for x in (centre.x - reach.x).max(0.0) as usize
            ..=((centre.x + reach.x) as usize).min(atlas.width - 1)
        {
            let offset = (Vec2::new(x as f32 + 0.5, y as f32 + 0.5) - centre) * scale / radius_mm;
            let fall = (1.0 - offset.length_squared() / 2.25).max(0.0);
            let i = y * atlas.width + x;
            out[i] = out[i].max(strength * fall * fall);
        }
    }
}

/// Four neighbouring source texels and their weights: Mitchell–Netravali (1/3, 1/3), which neither rings at lips nor shows texels.
#[derive(Debug, Clone, Copy)]
struct Taps {
    index: [usize; 4],
    weight: [f32; 4],
}

impl Taps {
    fn new(position: f32, size: usize) -> Self {
        let centre = position - 0.5;
        let floor = centre.floor();
        let kernel = |x: f32| {
            let x = x.abs();
            if x < 1.0 {
                (7.0 * x * x * x - 12.0 * x * x + 16.0 / 3.0) / 6.0
            } else {
                (-7.0 / 3.0 * x * x * x + 12.0 * x * x - 20.0 * x + 32.0 / 3.0) / 6.0
            }
        };
        Self {
            // Edges repeat; a float keeps the sign that an index would lose.
            index: std::array::from_fn(|k| {
                (floor + k as f32 - 1.0).clamp(0.0, (size - 1) as f32) as usize
            }),
            weight: std::array::from_fn(|k| kernel(centre - floor + 1.0 - k as f32)),
        }
    }
}

/// Source rows already stretched to the atlas' width; the four that a target row needs are shared with its neighbours.
struct RowCache<'a> {
    width: usize,
    density: &'a [Vec3],
    columns: &'a [Taps],
    rows: Vec<(usize, Vec<Vec3>)>,
}

impl RowCache<'_> {
    fn blend(&mut self, taps: &Taps) -> Vec<Vec3> {
        for row in taps.index {
            let slot = row % self.rows.len();
            if self.rows[slot].0 != row {
                let source = &self.density[row * self.width..(row + 1) * self.width];
                let stretched = self
                    .columns
                    .iter()
                    .map(|t| (0..4).map(|k| source[t.index[k]] * t.weight[k]).sum())
                    .collect();
                self.rows[slot] = (row, stretched);
            }
        }
        let line = |k: usize| &self.rows[taps.index[k] % self.rows.len()].1;
        let [a, b, c, d] = [line(0), line(1), line(2), line(3)];
        let w = taps.weight;
        (0..self.columns.len())
            .map(|x| a[x] * w[0] + b[x] * w[1] + c[x] * w[2] + d[x] * w[3])
            .collect()
    }
}

/// `exp` and the sRGB curve as tables: a texture has millions of texels and only 256 outcomes.
struct Tables {
    reflectance: Vec<f32>,
    srgb: Vec<u8>,
}

impl Tables {
    const STEPS_PER_UNIT: f32 = 1024.0;
    const MAX_DENSITY: f32 = 8.0;

    fn new() -> Self {
        Self {
            reflectance: (0..=(Self::STEPS_PER_UNIT * Self::MAX_DENSITY) as usize)
                .map(|i| (-(i as f32) / Self::STEPS_PER_UNIT).exp())
                .collect(),
            srgb: (0..=u16::MAX)
                .map(|i| {
                    (srgb_from_linear(f32::from(i) / f32::from(u16::MAX)) * 255.0).round() as u8
                })
                .collect(),
        }
    }

    /// Albedo of an optical density; never above 0.9, so that no texel returns more light than skin can.
    fn reflectance(&self, density: Vec3) -> Vec3 {
        density.map(|d| {
            self.reflectance
                [(d.clamp(0.105, Self::MAX_DENSITY) * Self::STEPS_PER_UNIT + 0.5) as usize]
        })
    }

    fn encode(&self, albedo: Vec3) -> [u8; 4] {
        let byte = |c: f32| self.srgb[(c.clamp(0.0, 1.0) * f32::from(u16::MAX) + 0.5) as usize];
        [byte(albedo.x), byte(albedo.y), byte(albedo.z), 255]
    }
}

#[cfg(test)]
mod tests;
