//! Gloss and fine relief: pores, grooves of the lips, beads of sweat, and the lines that age and expressions draw.
use super::sweat::{BEAD_M, Sweat};
use super::tension::{Pull, Tension, folds};
use super::{Atlas, Cover, noise};
use crate::face_map::{MID_V, Region};
use glam::{Vec2, Vec3};
use scene::Texture;
use scene::texture::Texels;
use std::ops::Range;

/// Height in metres between texel values 0 and 255 of [`relief`]'s texture: `scene::material::Bump::scale_m`.
pub const RELIEF_SCALE_M: f32 = 0.0012;

/// A line that age and expressions deepen, in `(|v − MID_V|, u)`, on both sides of the face.
struct Line {
    points: &'static [[f32; 2]],
    /// Half width in UV; about metres, the island being near life size.
    width: f32,
    /// Depth in metres at 80 years.
    depth_m: f32,
    /// Age at which it begins to show in a face at rest.
    from_years: f32,
    pull: Pull,
}

const fn line(
    points: &'static [[f32; 2]],
    width: f32,
    depth_m: f32,
    from_years: f32,
    pull: Pull,
) -> Line {
    Line {
        points,
        width,
        depth_m,
        from_years,
        pull,
    }
}

const LINES: [Line; 20] = [
    // Forehead, with the frontalis; open at the centre so that both halves join.
    line(
        &[
            [0.0, 0.7795],
            [0.02, 0.7785],
            [0.042, 0.7805],
            [0.055, 0.784],
        ],
        0.0011,
        0.00034,
        38.0,
        Pull::Forehead,
    ),
    line(
        &[
            [0.0, 0.788],
            [0.022, 0.7865],
            [0.044, 0.788],
            [0.058, 0.792],
        ],
        0.0012,
        0.00042,
        32.0,
        Pull::Forehead,
    ),
    line(
        &[[0.0, 0.7965], [0.02, 0.795], [0.043, 0.796], [0.058, 0.801]],
        0.0012,
        0.00042,
        35.0,
        Pull::Forehead,
    ),
    line(
        &[[0.006, 0.8045], [0.022, 0.803], [0.043, 0.804]],
        0.0011,
        0.00032,
        42.0,
        Pull::Forehead,
    ),
    // Between the brows.
    line(
        &[[0.0065, 0.812], [0.0055, 0.819], [0.007, 0.826]],
        0.0010,
        0.00040,
        35.0,
        Pull::Frown,
    ),
    line(
        &[[0.0, 0.836], [0.006, 0.8365], [0.010, 0.838]],
        0.0009,
        0.00030,
        45.0,
        Pull::Nose,
    ),
    // Crow's feet.
    line(
        &[[0.0475, 0.8355], [0.056, 0.829], [0.064, 0.8255]],
        0.0009,
        0.00034,
        35.0,
        Pull::Eye,
    ),
    line(
        &[[0.0485, 0.838], [0.058, 0.8355], [0.067, 0.834]],
        0.0009,
        0.00036,
        32.0,
        Pull::Eye,
    ),
    line(
        &[[0.0485, 0.8405], [0.058, 0.8415], [0.066, 0.843]],
        0.0009,
        0.00036,
        34.0,
        Pull::Eye,
    ),
    line(
        &[[0.0475, 0.843], [0.055, 0.8475], [0.062, 0.8525]],
        0.0009,
        0.00032,
        40.0,
        Pull::Eye,
    ),
    // Under the eye.
    line(
        &[
            [0.024, 0.848],
            [0.031, 0.8505],
            [0.040, 0.8495],
            [0.047, 0.8455],
        ],
        0.0010,
        0.00030,
        30.0,
        Pull::Eye,
    ),
    line(
        &[[0.020, 0.8495], [0.026, 0.8555], [0.036, 0.8575]],
        0.0012,
        0.00026,
        45.0,
        Pull::Eye,
    ),
    // From the nose to the corners of the mouth, and below.
    line(
        &[
            [0.0165, 0.873],
            [0.0205, 0.882],
            [0.0245, 0.892],
            [0.0265, 0.902],
        ],
        0.0016,
        0.00050,
        30.0,
        Pull::Cheek,
    ),
    line(
        &[[0.0235, 0.911], [0.0255, 0.920], [0.0265, 0.929]],
        0.0013,
        0.00038,
        45.0,
        Pull::MouthDown,
    ),
    line(
        &[[0.0, 0.9335], [0.008, 0.9335], [0.014, 0.932]],
        0.0014,
        0.00026,
        40.0,
        Pull::Chin,
    ),
    // Around the lips.
    line(
        &[[0.0045, 0.889], [0.005, 0.8935]],
        0.0006,
        0.00022,
        55.0,
        Pull::Lips,
    ),
    line(
        &[[0.0090, 0.889], [0.0097, 0.895]],
        0.0006,
        0.00024,
        52.0,
        Pull::Lips,
    ),
    line(
        &[[0.0135, 0.891], [0.0145, 0.898]],
        0.0006,
        0.00022,
        55.0,
        Pull::Lips,
    ),
    line(
        &[[0.0105, 0.9245], [0.0115, 0.929]],
        0.0006,
        0.00020,
        60.0,
        Pull::Lips,
    ),
    line(
        &[[0.0155, 0.921], [0.0175, 0.925]],
        0.0006,
        0.00020,
        60.0,
        Pull::Lips,
    ),
];

/// The height map of a person's skin, [`RELIEF_SCALE_M`] metres high, where `cover` shows it. Pores and net coarsen with age, lines deepen with age and
/// `tension`, `sweat` (`[0, 1]`) beads; `uniform` draws from `[0, 1)` and makes each line a little its own.
pub fn relief(
    atlas: &Atlas,
    cover: &Cover,
    age_years: f64,
    tension: &Tension,
    sweat: &Sweat,
    uniform: &mut dyn FnMut() -> f64,
) -> Texture {
    let age = age_years as f32;
    // Metres of relief at full scale: fine in children, coarser after fifty.
    let pores_m = 0.00006
        + 0.00005 * ((age - 10.0) / 20.0).clamp(0.0, 1.0)
        + 0.00006 * ((age - 45.0) / 35.0).clamp(0.0, 1.0);
    let folds_at = folds(age);
    let mut folds = Vec::new();
    for line in &LINES {
        let grown = ((age - line.from_years) / (80.0 - line.from_years)).clamp(0.0, 1.2);
        let own = (0.5 + uniform()) as f32;
        let shift = Vec2::new(uniform() as f32 - 0.5, uniform() as f32 - 0.5) * 0.0022;
        for (half, side) in [-1.0, 1.0].into_iter().enumerate() {
            let deep = grown + folds_at * tension.along(line.pull, half);
            if deep > 0.0 {
                folds.push(Fold::new(line, side, shift, own, deep));
            }
        }
    }
    let gain = pores_m / RELIEF_SCALE_M;
    let height = |fine: u8, valley_m: f32| {
        let height = 0.85 + gain * (f32::from(fine) - 160.0) / 128.0 - valley_m / RELIEF_SCALE_M;
        (height.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
    };
    let smooth: [u8; 256] = std::array::from_fn(|fine| height(fine as u8, 0.0));
    let mut texels = vec![smooth[160]; atlas.width * atlas.height];
    for (y, out) in texels.chunks_exact_mut(atlas.width).enumerate() {
        let fine = &atlas.relief[y * atlas.width..][..atlas.width];
        for span in cover.row(y) {
            for (out, fine) in out[span.clone()].iter_mut().zip(&fine[span]) {
                *out = smooth[usize::from(*fine)];
            }
        }
    }
    // Where lines cross, the deeper one counts.
    let mut valleys = Valleys::around(atlas, &folds);
    for fold in &folds {
        fold.carve(atlas, &mut valleys);
    }
    for (y, valleys_m) in valleys.rows() {
        let first = y * atlas.width + valleys.x.start;
        for (i, valley_m) in (first..).zip(valleys_m) {
            if *valley_m > 0.0 {
                texels[i] = height(atlas.relief[i], *valley_m);
            }
        }
    }
    for bead in &sweat.beads {
        bead.each(atlas, |texel, dome| {
            let raised =
                texels[texel].saturating_add((BEAD_M / RELIEF_SCALE_M * 255.0 * dome) as u8);
            texels[texel] = raised.max(texels[texel]);
        });
    }
    Texture {
        width: atlas.width as u32,
        height: atlas.height as u32,
        texels: Texels::Linear8(texels),
    }
}

/// Depth of folds over a rectangle of the atlas.
struct Valleys {
    x: Range<usize>,
    y: Range<usize>,
    depth_m: Vec<f32>,
}

impl Valleys {
    fn around(atlas: &Atlas, folds: &[Fold]) -> Self {
        let (mut low, mut high) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
        for fold in folds {
            low = low.min(fold.low);
            high = high.max(fold.high);
        }
        if folds.is_empty() {
            return Self {
                x: 0..0,
                y: 0..0,
                depth_m: Vec::new(),
            };
        }
        let [x, y] = texels_between(atlas, low, high);
        Self {
            depth_m: vec![0.0; x.len() * y.len()],
            x,
            y,
        }
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.y
            .clone()
            .zip(self.depth_m.chunks_exact(self.x.len().max(1)))
    }
}

/// Columns and rows of the texels between two corners of the body's UV.
pub(super) fn texels_between(atlas: &Atlas, low: Vec2, high: Vec2) -> [Range<usize>; 2] {
    let size = Vec2::new(atlas.width as f32, atlas.height as f32);
    let to_texel = |uv: Vec2| {
        let unit = atlas.window.rescale(uv);
        (Vec2::new(unit.x, 1.0 - unit.y) * size).clamp(Vec2::ZERO, size - 1.0)
    };
    let (from, to) = (
        to_texel(Vec2::new(low.x, high.y)),
        to_texel(Vec2::new(high.x, low.y)),
    );
    [
        from.x as usize..to.x as usize + 1,
        from.y as usize..to.y as usize + 1,
    ]
}

/// One [`Line`] on one side of one person's face.
struct Fold {
    points: Vec<Vec2>,
    lengths: Vec<f32>,
    /// Half width in UV.
    width: f32,
    depth_m: f32,
    /// Starts on the mid-line.
    open: bool,
    /// Corners of the UV it reaches.
    low: Vec2,
    high: Vec2,
    wander: Wander,
}

impl Fold {
    fn new(line: &Line, side: f32, shift: Vec2, own: f32, grown: f32) -> Self {
        let points: Vec<Vec2> = line
            .points
            .iter()
            .map(|p| {
                Vec2::new(
                    p[1] + shift.x,
                    MID_V + side * (p[0] + if p[0] == 0.0 { 0.0 } else { shift.y }),
                )
            })
            .collect();
        let reach = Vec2::splat(line.width * 4.0);
        let low = points.iter().fold(Vec2::INFINITY, |a, b| a.min(*b)) - reach;
        let high = points.iter().fold(Vec2::NEG_INFINITY, |a, b| a.max(*b)) + reach;
        Self {
            lengths: points.windows(2).map(|w| w[0].distance(w[1])).collect(),
            points,
            width: line.width,
            depth_m: line.depth_m * grown * own,
            open: line.points[0][0] == 0.0,
            low,
            high,
            wander: Wander::new(low, high, side, own),
        }
    }

    /// Deepens `out` along the line by a smooth valley that thins out towards the line's ends.
    fn carve(&self, atlas: &Atlas, out: &mut Valleys) {
        let span = atlas.window.high - atlas.window.low;
        let total: f32 = self.lengths.iter().sum();
        let [columns, rows] = texels_between(atlas, self.low, self.high);
        for y in rows {
            let v = atlas.window.low.y + (1.0 - (y as f32 + 0.5) / atlas.height as f32) * span.y;
            let row = (y - out.y.start) * out.x.len();
            for x in columns.clone() {
                let u = atlas.window.low.x + (x as f32 + 0.5) / atlas.width as f32 * span.x;
                let [bend, broken] = self.wander.at(Vec2::new(u, v));
                let uv = Vec2::new(u + 0.0016 * bend, v + 0.0010 * bend);
                let (mut nearest, mut along, mut walked) = (f32::INFINITY, 0.0, 0.0);
                for (pair, length) in self.points.windows(2).zip(&self.lengths) {
                    let edge = pair[1] - pair[0];
                    let t = ((uv - pair[0]).dot(edge) / edge.length_squared()).clamp(0.0, 1.0);
                    let distance = uv.distance_squared(pair[0] + edge * t);
                    if distance < nearest {
                        (nearest, along) = (distance, (walked + t * length) / total);
                    }
                    walked += length;
                }
                // Lines that start on the mid-line continue into their mirror image; only their outer end thins out.
                let taper = if self.open {
                    (4.0 * (1.0 - along)).min(1.0)
                } else {
                    (4.0 * along.min(1.0 - along)).min(1.0)
                };
                let near = (-nearest / (1.5 * self.width).powi(2)).exp();
                let depth = self.depth_m * broken * taper * (0.5 * near + 0.5 * near.powi(4));
                let deepest = &mut out.depth_m[row + x - out.x.start];
                *deepest = deepest.max(depth);
            }
        }
    }
}

/// Skin folds where it is weakest: no line is straight or equally deep. Noise that bends a line sideways (about `[-1, 1]`) and a factor on its
/// depth, between the knots of a grid over the line's UV.
struct Wander {
    low: Vec2,
    columns: usize,
    knots: Vec<[f32; 2]>,
}

/// Knots per unit of UV; the noise varies over a hundredth.
const KNOTS: f32 = 400.0;

impl Wander {
    fn new(low: Vec2, high: Vec2, side: f32, own: f32) -> Self {
        let cells = ((high - low) * KNOTS).ceil().as_uvec2() + 1;
        let knots = (0..=cells.y)
            .flat_map(|y| (0..=cells.x).map(move |x| (x, y)))
            .map(|(x, y)| {
                let uv = low + Vec2::new(x as f32, y as f32) / KNOTS;
                let bend =
                    noise::octaves(Vec3::new(uv.x * 55.0, uv.y * 55.0, side + own * 7.0), 2, 71);
                let broken =
                    0.65 + 0.6 * noise::value(Vec3::new(uv.x * 90.0, uv.y * 90.0, own * 5.0), 73);
                [bend, broken]
            })
            .collect();
        Self {
            low,
            columns: cells.x as usize + 1,
            knots,
        }
    }

    fn at(&self, uv: Vec2) -> [f32; 2] {
        let place = ((uv - self.low) * KNOTS).max(Vec2::ZERO);
        let f = place.fract();
        let at = (place.y as usize * self.columns + place.x as usize)
            .min(self.knots.len() - self.columns - 2);
        let knot = |i: usize| Vec2::from(self.knots[at + i]);
        let upper = knot(0).lerp(knot(1), f.x);
        let lower = knot(self.columns).lerp(knot(self.columns + 1), f.x);
        upper.lerp(lower, f.y).to_array()
    }
}

/// The factor on a skin material's roughness, half the atlas' resolution: 1 on dry skin, lower where `oiliness` `[0, 1]`, `sweat` and region make it
/// shine. Where `cover` shows nothing it is plain.
pub fn roughness(atlas: &Atlas, cover: &Cover, oiliness: f32, sweat: &Sweat) -> Texture {
    let (width, height) = (atlas.width / 2, atlas.height / 2);
    let oil = oiliness.clamp(0.0, 1.0);
    let (oily, lips, lids) = (
        atlas.region(Region::Oily),
        atlas.region(Region::Lips),
        atlas.region(Region::LidMargin),
    );
    let byte = |shine: f32, patch: f32| ((1.0 - shine + patch).clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    let mut texels = vec![byte((0.10 * oil).max(0.30 * sweat.amount), 0.0); width * height];
    for (y, row) in texels.chunks_exact_mut(width).enumerate() {
        for span in cover.row(2 * y) {
            for x in span.start / 2..span.end.div_ceil(2).min(width) {
                let at = 2 * y * atlas.width + 2 * x;
                let part = |map: &[u8]| f32::from(map[at]) / 255.0;
                let patch = f32::from(atlas.mottle[at]) / 127.0 * 0.04;
                let wet = sweat.amount * (0.30 + 0.12 * part(oily));
                let shine = (0.10 * oil + (0.08 + 0.16 * oil) * part(oily))
                    .max(wet)
                    .max(0.28 * part(lips))
                    .max(0.5 * part(lids));
                row[x] = byte(shine, patch);
            }
        }
    }
    for bead in &sweat.beads {
        // Water is smooth.
        bead.each(atlas, |texel, _| {
            let (x, y) = (texel % atlas.width / 2, texel / atlas.width / 2);
            if x < width && y < height {
                texels[y * width + x] = byte(0.85, 0.0);
            }
        });
    }
    Texture {
        width: width as u32,
        height: height as u32,
        texels: Texels::Linear8(texels),
    }
}
