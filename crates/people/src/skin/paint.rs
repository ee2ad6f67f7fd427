//! From pigments to albedo: one person's skin at a tone.
use super::atlas::COARSE;
use super::enlarge::Enlarged;
use super::pigment::{HAEMOGLOBIN, MELANIN, SHADE};
use super::{Atlas, Blend, Cover, srgb8_of, tone};
use crate::face_map::Region;
use glam::{Mat3, Vec2, Vec3};
use scene::Texture;
use scene::texture::{LINEAR_FROM_SRGB8, Texels};
use std::sync::LazyLock;

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

/// Paints the albedo of `atlas`' window where `cover` shows it; elsewhere is plain skin. `uniform` draws from `[0, 1)` and places freckles,
/// moles and the balance of patches.
///
/// The mean linear albedo over the face (before freckles, rings and hair) is [`tone::albedo`]; local contrast of blood and
/// melanin shrinks as melanin hides it. Lining of mouth and eye sockets stays as painted. A texel takes about 10 ns.
pub fn paint(
    atlas: &Atlas,
    cover: &Cover,
    skins: &Blend,
    complexion: &Complexion,
    hair: &HairShadow,
    uniform: &mut dyn FnMut() -> f64,
) -> Texture {
    let depth = ((complexion.tone.clamp(tone::LIGHTEST, tone::DARKEST) - 1.0) / 9.0) as f32;
    let contrast = Vec3::new(1.0 - 0.3 * depth, 1.0 - 0.45 * depth, 0.7);
    let density_of_excess =
        Mat3::from_cols(MELANIN, HAEMOGLOBIN, SHADE) * Mat3::from_diagonal(contrast);
    let face_base = base(skins, density_of_excess, tone::albedo(complexion.tone));
    let brush = Brush::new(atlas, face_base, complexion, hair, uniform);

    let plain = encode(Tables::get().reflectance(face_base));
    let mut texels = vec![plain; atlas.width * atlas.height];
    let mut enlarged = Enlarged::new(atlas, cover, skins, density_of_excess);
    let mut row = Row::default();
    for (y, out) in texels.chunks_exact_mut(atlas.width).enumerate() {
        let Some(lines) = cover.row(y).next().map(|_| enlarged.rows(y)) else {
            continue;
        };
        for span in cover.row(y) {
            row.resize(span.len());
            lines.blend(span.clone(), &mut row.density);
            let texel = y * atlas.width + span.start;
            brush.add(texel, &mut row);
            brush.finish(texel, &row, &mut out[span.clone()]);
        }
        line_with_painting(atlas, skins, y, out);
    }
    Texture {
        width: atlas.width as u32,
        height: atlas.height as u32,
        texels: Texels::Srgba8(texels),
    }
}

/// Optical densities and hair growth of some neighbouring texels, red, green and blue apart: the compiler works on several at once.
#[derive(Default)]
struct Row {
    density: [Vec<f32>; 3],
    growth: Vec<f32>,
}

impl Row {
    fn resize(&mut self, length: usize) {
        for channel in &mut self.density {
            channel.resize(length, 0.0);
        }
        self.growth.resize(length, 0.0);
    }
}

/// What is laid over the enlarged skins of one person.
struct Brush<'a> {
    atlas: &'a Atlas,
    face_base: Vec3,
    /// Density per step of [`Atlas::mottle`] and [`Atlas::speckle`].
    mottle: Vec3,
    speckle: Vec3,
    /// Density per step of a region's map.
    regions: [(Region, Vec3); 5],
    /// Extra melanin of freckles and moles: texel and amount, by texel.
    spots: Vec<(u32, f32)>,
    /// Where hair grows in the skin, and how much at weight 255.
    zones: Vec<(Region, f32)>,
    /// No texel grows more.
    densest: f32,
    /// Density that roots add at full growth.
    roots: Vec3,
    hair: Vec3,
}

impl<'a> Brush<'a> {
    fn new(
        atlas: &'a Atlas,
        face_base: Vec3,
        complexion: &Complexion,
        hair: &HairShadow,
        uniform: &mut dyn FnMut() -> f64,
    ) -> Self {
        let depth = ((complexion.tone.clamp(tone::LIGHTEST, tone::DARKEST) - 1.0) / 9.0) as f32;
        // Palms and soles tan little: up to tone 3 they follow, then they lag.
        let palm_tone = if complexion.tone > 3.0 {
            3.0 + 0.45 * (complexion.tone - 3.0)
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
        let speckle = (MELANIN * 0.05 + HAEMOGLOBIN * 0.08 * balance.y + SHADE * 0.03)
            * (0.35 + uneven)
            / 127.0;
        let flush =
            HAEMOGLOBIN * (0.36 * (complexion.flush - 0.5) + 0.06) * (0.3 + 0.7 * light) / 255.0;
        let lips =
            (HAEMOGLOBIN * (0.16 + 0.5 * (complexion.lip_red - 0.5)) * (0.55 + 0.45 * light)
                + MELANIN * 0.18 * depth)
                / 255.0;
        let lid_margin = (HAEMOGLOBIN * 0.35 + SHADE * 0.10) / 255.0;
        let rings =
            (MELANIN * 0.12 + HAEMOGLOBIN * 0.10 + SHADE * 0.12) * complexion.under_eye / 255.0;
        let zones: Vec<(Region, f32)> = [
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
        .map(|(region, amount)| (region, amount.min(1.0)))
        .collect();
        Self {
            atlas,
            face_base,
            mottle,
            speckle,
            regions: [
                (Region::Flush, flush),
                (Region::Lips, lips),
                (Region::LidMargin, lid_margin),
                (Region::EyeSurround, rings),
                (Region::Palm, palm_shift / 255.0),
            ],
            spots,
            densest: zones.iter().map(|(_, amount)| *amount).fold(0.0, f32::max),
            zones,
            roots: SHADE * 0.30 * (1.0 - hair.colour.max_element()).clamp(0.0, 1.0),
            hair: hair.colour,
        }
    }

    /// Adds all that is no hair to the densities of the texels from `first` on, and says how much hair grows there.
    fn add(&self, first: usize, row: &mut Row) {
        let end = first + row.growth.len();
        let (mottle, speckle) = (
            &self.atlas.mottle[first..end],
            &self.atlas.speckle[first..end],
        );
        for (channel, density) in row.density.iter_mut().enumerate() {
            let (base, by_mottle, by_speckle) = (
                self.face_base[channel],
                self.mottle[channel],
                self.speckle[channel],
            );
            for ((density, mottle), speckle) in density.iter_mut().zip(mottle).zip(speckle) {
                *density +=
                    base + by_mottle * f32::from(*mottle) + by_speckle * f32::from(*speckle);
            }
        }
        let from = self.spots.partition_point(|(i, _)| (*i as usize) < first);
        for (i, amount) in &self.spots[from..] {
            if *i as usize >= end {
                break;
            }
            for (channel, density) in row.density.iter_mut().enumerate() {
                density[*i as usize - first] += MELANIN[channel] * amount;
            }
        }
        for (region, amount) in &self.regions {
            let Some((inside, weights)) = self.atlas.region_within(*region, first..end) else {
                continue;
            };
            for (channel, density) in row.density.iter_mut().enumerate() {
                let amount = amount[channel];
                for (density, weight) in density[inside.clone()].iter_mut().zip(weights) {
                    *density += amount * f32::from(*weight);
                }
            }
        }
        row.growth.fill(0.0);
        // Zones fade into each other, so their sum, not the larger, has no gap between them.
        for (region, amount) in &self.zones {
            let Some((inside, weights)) = self.atlas.region_within(*region, first..end) else {
                continue;
            };
            let amount = amount / 255.0;
            for (growth, weight) in row.growth[inside].iter_mut().zip(weights) {
                *growth += amount * f32::from(*weight);
            }
        }
    }

    /// From densities and growth to texels.
    fn finish(&self, first: usize, row: &Row, out: &mut [[u8; 4]]) {
        let tables = Tables::get();
        let follicles = &self.atlas.follicles[first..first + out.len()];
        let [red, green, blue] = &row.density;
        let channels = red.iter().zip(green).zip(blue);
        for (((texel, ((r, g), b)), growth), dot) in
            out.iter_mut().zip(channels).zip(&row.growth).zip(follicles)
        {
            *texel = if *growth > 0.0 {
                let growth = growth.min(self.densest);
                let density = Vec3::new(*r, *g, *b) + self.roots * growth;
                // More growth is more hairs, and denser ones until they merge.
                let dot = f32::from(*dot) / 255.0;
                let cover = growth * (0.62 * growth + 1.3 * (dot - 0.35 * (1.0 - growth)).max(0.0));
                encode(tables.reflectance(density).lerp(self.hair, cover.min(0.92)))
            } else {
                [tables.byte(*r), tables.byte(*g), tables.byte(*b), 255]
            };
        }
    }
}

/// Lining of mouth and eye sockets is no skin: it keeps its painted colour.
fn line_with_painting(atlas: &Atlas, skins: &Blend, y: usize, out: &mut [[u8; 4]]) {
    let first = y * atlas.width;
    let Some((inside, weights)) = atlas.region_within(Region::Mucosa, first..first + atlas.width)
    else {
        return;
    };
    let (width, height) = skins.size();
    for (x, weight) in inside.zip(weights).filter(|(_, weight)| **weight != 0) {
        let source = (source_row(atlas, y) * height as f32) as usize * width
            + (source_u(atlas, x) * width as f32) as usize;
        let painted = skins.painted(source.min(width * height - 1));
        let [r, g, b, _] = out[x];
        let skin = Vec3::from([r, g, b].map(|c| LINEAR_FROM_SRGB8[c as usize]));
        out[x] = encode(skin.lerp(painted, f32::from(*weight) / 255.0));
    }
}

/// The density to add so that the mean albedo over the face is `target`, per channel.
fn base(skins: &Blend, density_of_excess: Mat3, target: Vec3) -> Vec3 {
    let face = skins.face();
    let mean = face.iter().fold(Vec3::ZERO, |sum, i| {
        sum + (density_of_excess * skins.excess(*i as usize)).map(|d| (-d).exp())
    }) / face.len() as f32;
    (mean / target).map(f32::ln)
}

/// Where texel column `x` lies in UV, `[0, 1]`.
pub(super) fn source_u(atlas: &Atlas, x: usize) -> f32 {
    atlas.window.low.x
        + (x as f32 + 0.5) / atlas.width as f32 * (atlas.window.high.x - atlas.window.low.x)
}

/// Where texel row `y` lies in a whole texture, from the top, `[0, 1]`.
pub(super) fn source_row(atlas: &Atlas, y: usize) -> f32 {
    1.0 - atlas.window.high.y
        + (y as f32 + 0.5) / atlas.height as f32 * (atlas.window.high.y - atlas.window.low.y)
}

/// Extra melanin of freckles and moles, by texel; where two overlap, the darker one counts.
fn spots(
    atlas: &Atlas,
    complexion: &Complexion,
    uniform: &mut dyn FnMut() -> f64,
) -> Vec<(u32, f32)> {
    let mut out = Vec::new();
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
    out.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    out.dedup_by_key(|(texel, _)| *texel);
    out
}

/// Adds one round spot of `radius_mm` around a UV.
fn spot(out: &mut Vec<(u32, f32)>, atlas: &Atlas, uv: Vec2, radius_mm: f32, strength: f32) {
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
            if fall > 0.0 {
                out.push(((y * atlas.width + x) as u32, strength * fall * fall));
            }
        }
    }
}

fn encode(albedo: Vec3) -> [u8; 4] {
    let [r, g, b] = albedo.to_array().map(srgb8_of);
    [r, g, b, 255]
}

/// `exp` and the sRGB curve as tables: a texture has millions of texels and only 256 outcomes.
struct Tables {
    reflectance: Vec<f32>,
    /// The above as sRGB.
    bytes: Vec<u8>,
}

impl Tables {
    const STEPS_PER_UNIT: f32 = 1024.0;
    const MAX_DENSITY: f32 = 8.0;
    /// Albedo is never above 0.9, so that no texel returns more light than skin can.
    const MIN_DENSITY: f32 = 0.105;

    fn get() -> &'static Self {
        static TABLES: LazyLock<Tables> = LazyLock::new(|| {
            let reflectance: Vec<f32> = (0..=(Tables::STEPS_PER_UNIT * Tables::MAX_DENSITY)
                as usize)
                .map(|i| (-(i as f32) / Tables::STEPS_PER_UNIT).exp())
                .collect();
            Tables {
                bytes: reflectance.iter().map(|r| srgb8_of(*r)).collect(),
                reflectance,
            }
        });
        &TABLES
    }

    #[inline]
    fn index(density: f32) -> usize {
        (density.clamp(Self::MIN_DENSITY, Self::MAX_DENSITY) * Self::STEPS_PER_UNIT + 0.5) as usize
    }

    /// Albedo of an optical density.
    #[inline]
    fn reflectance(&self, density: Vec3) -> Vec3 {
        density.map(|d| self.reflectance[Self::index(d)])
    }

    /// One channel's albedo as an sRGB byte.
    #[inline]
    fn byte(&self, density: f32) -> u8 {
        self.bytes[Self::index(density)]
    }
}

#[cfg(test)]
mod tests;
