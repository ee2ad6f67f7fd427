//! Iris and sclera, painted for one person: fibres, crypts and furrows of the iris, vessels of the sclera, and the limbus in which they meet.
use glam::{Vec2, Vec3};
use population::stream::Stream;
use scene::Texture;
use scene::texture::Texels;

use super::globe::SCLERA_REACH;
use crate::iris::{EyeColour, Sclera};
use crate::skin::noise::{octaves, value};
use crate::skin::srgb8_of;

/// Texels of an iris, around and outwards: 0.03 mm each.
const IRIS: (usize, usize) = (1280, 192);
/// Texels of a sclera, both ways: 0.05 mm each.
const SCLERA: usize = 1024;
/// Height of the iris' relief, metres.
pub(crate) const RELIEF_M: f32 = 0.16e-3;
/// Mean albedo of a sclera under its film of tears.
const SCLERA_ALBEDO: f32 = 0.55;

/// What is painted and what stands out, of the same texels.
pub(crate) struct Painted {
    /// Colour, or reflectance in the near infrared.
    pub(crate) colour: Texture,
    /// Height, 1 is [`RELIEF_M`].
    pub(crate) relief: Texture,
}

impl Painted {
    /// Of so many texels across and down.
    fn new((width, height): (usize, usize), colour: Texels, heights: Vec<u8>) -> Self {
        let texture = |texels| Texture {
            width: width as u32,
            height: height as u32,
            texels,
        };
        Self {
            colour: texture(colour),
            relief: texture(Texels::Linear8(heights)),
        }
    }
}

fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// One iris' own pattern.
struct Pattern {
    layer: u32,
    /// Share of the width at which the collarette lies.
    collarette: f32,
    crypts: f32,
    furrows: f32,
}

/// What the pattern is at a place.
struct Tissue {
    /// Against the mean: natural logarithm.
    brightness: f32,
    /// `[0, 1]`.
    height: f32,
    /// 0 at the pupil's zone, 1 at the ciliary zone.
    zone: f32,
}

impl Pattern {
    fn new(own: &mut Stream) -> Self {
        Self {
            layer: own.next_u64() as u32,
            collarette: own.range(0.24, 0.38) as f32,
            crypts: own.range(0.2, 1.0) as f32,
            furrows: own.range(0.2, 1.0) as f32,
        }
    }

    /// `v` runs from the rim of the pupil, 0, to the root, 1.
    fn at(&self, direction: Vec2, v: f32) -> Tissue {
        let around = |cells: f32, height: f32| {
            Vec3::new(direction.x, direction.y, 0.0) * (cells / std::f32::consts::TAU)
                + Vec3::Z * height
        };
        let wavy = 0.05 * octaves(around(14.0, 0.0), 3, self.layer);
        let collarette = self.collarette + wavy;
        let zone = smooth(collarette - 0.04, collarette + 0.04, v);
        // Fibres run outwards, straight near the pupil, in waves and twos further out.
        let bend = 0.10 * octaves(around(9.0, 2.2 * v), 3, self.layer ^ 0x51) * (0.3 + v);
        let (sine, cosine) = bend.sin_cos();
        let bent = Vec2::new(
            direction.x * cosine - direction.y * sine,
            direction.x * sine + direction.y * cosine,
        );
        let strand = |cells: f32, along: f32, layer: u32| {
            let at = Vec3::new(bent.x, bent.y, 0.0) * (cells / std::f32::consts::TAU)
                + Vec3::Z * (along * v);
            1.0 - 2.0 * value(at, self.layer ^ layer).abs().min(1.0)
        };
        let inner = 0.6 * strand(150.0, 2.0, 0x77) + 0.4 * strand(260.0, 3.0, 0x78);
        let outer = 0.55 * strand(90.0, 1.6, 0x79) + 0.45 * strand(190.0, 3.0, 0x7a);
        let fibres = inner + (outer - inner) * zone;
        // Crypts: gaps between fibres beside the collarette.
        let gap = value(around(44.0, 4.5 * v), self.layer ^ 0x1234)
            + 0.4 * octaves(around(90.0, 10.0 * v), 2, self.layer ^ 0x1235);
        let near = (-((v - collarette - 0.10) / 0.16).powi(2)).exp();
        let crypt = self.crypts * near * smooth(0.15, 0.75, gap);
        // Furrows run around, where the iris folds when it opens.
        let fold = (v * 26.0 + 2.0 * octaves(around(8.0, 0.0), 2, self.layer ^ 0x99)).sin();
        let furrow = self.furrows
            * smooth(0.5, 0.7, v)
            * (1.0 - smooth(0.90, 0.99, v))
            * smooth(0.75, 1.0, fold)
            * smooth(
                -0.3,
                0.4,
                octaves(around(6.0, 3.0 * v), 2, self.layer ^ 0x9a),
            );
        let ridge = (-((v - collarette) / 0.05).powi(2)).exp();
        let mottle = octaves(around(18.0, 4.0 * v), 3, self.layer ^ 0xabc);
        Tissue {
            brightness: 0.42 * fibres + 0.22 * mottle + 0.22 * ridge - 0.9 * crypt - 0.35 * furrow,
            height: (0.5 + 0.28 * fibres + 0.22 * ridge - 0.45 * crypt - 0.3 * furrow)
                .clamp(0.0, 1.0),
            zone,
        }
    }
}

/// The iris of a person: u around, v from the pupil's rim to the root. `near_infrared` paints what a camera sees around 850 to 940 nm, where melanin absorbs
/// little and brown irises are nearly as bright as blue ones (Daugman 2004, "How iris recognition works").
pub(crate) fn iris(colour: EyeColour, own: &mut Stream, near_infrared: bool) -> Painted {
    let pattern = Pattern::new(own);
    let [stroma, collarette] = [colour.stroma(), colour.collarette()];
    let luminance = stroma.dot(Vec3::new(0.2126, 0.7152, 0.0722));
    // A brown stroma of 2 % and a blue one of 17 % become 16 and 25 %.
    let infrared = 0.07 + 0.32 * luminance.powf(0.33);
    let mut colours = Vec::with_capacity(IRIS.0 * IRIS.1);
    let mut greys = Vec::with_capacity(IRIS.0 * IRIS.1);
    let mut heights = Vec::with_capacity(IRIS.0 * IRIS.1);
    let directions: Vec<Vec2> = (0..IRIS.0)
        .map(|x| Vec2::from_angle((x as f32 + 0.5) / IRIS.0 as f32 * std::f32::consts::TAU))
        .collect();
    for row in 0..IRIS.1 {
        // Rows run down, v runs up.
        let v = 1.0 - (row as f32 + 0.5) / IRIS.1 as f32;
        for direction in &directions {
            let tissue = pattern.at(*direction, v);
            // The ruff: a dark frill of pigment at the pupil; the limbus: a dark edge blurred by the sclera over it.
            let ruff = smooth(
                0.0,
                0.045,
                v + 0.012
                    * value(
                        Vec3::new(direction.x * 12.0, direction.y * 12.0, 0.5),
                        pattern.layer,
                    ),
            );
            let limbus = 1.0 - 0.6 * smooth(0.78, 0.99, v);
            if near_infrared {
                let value = infrared
                    * (0.75 * tissue.brightness).exp()
                    * (0.45 + 0.55 * ruff)
                    * (1.0 - 0.42 * smooth(0.78, 0.99, v));
                greys.push((value.min(0.8) * 255.0 + 0.5) as u8);
            } else {
                let hue = collarette.lerp(
                    stroma,
                    smooth(0.1, 0.9, 0.55 * tissue.zone + 0.45 * smooth(0.1, 0.6, v)),
                );
                let albedo = hue * tissue.brightness.exp() * (0.25 + 0.75 * ruff) * limbus;
                let [r, g, b] = albedo.min(Vec3::splat(0.85)).to_array().map(srgb8_of);
                colours.push([r, g, b, 255]);
            }
            heights.push((tissue.height * 255.0 + 0.5) as u8);
        }
    }
    let seen = if near_infrared {
        Texels::Linear8(greys)
    } else {
        Texels::Srgba8(colours)
    };
    Painted::new(IRIS, seen, heights)
}

/// A vessel on its way to the limbus.
struct Vessel {
    /// Angle around the axis and from it, radians.
    at: Vec2,
    heading: f32,
    width_mm: f32,
    depth: f32,
    steps: u32,
}

/// How strongly vessels cover each texel of a sclera, `[0, 1]`.
fn vessels(own: &mut Stream, limbus: f32, radius_mm: f32) -> Vec<f32> {
    let mut cover = vec![0.0_f32; SCLERA * SCLERA];
    let texel_mm = 2.0 * SCLERA_REACH as f32 * radius_mm / SCLERA as f32;
    let mut open: Vec<Vessel> = (0..26)
        .map(|k| {
            // Most come from the corners of the eye, along the horizontal.
            let side = if k % 2 == 0 {
                0.0
            } else {
                std::f32::consts::PI
            };
            let around = side + own.normal_within(0.0, 0.55, -1.5, 1.5) as f32;
            Vessel {
                at: Vec2::from_angle(around) * (limbus + own.range(0.45, 1.0) as f32),
                heading: around + std::f32::consts::PI + own.range(-0.5, 0.5) as f32,
                width_mm: own.range(0.05, 0.17) as f32,
                depth: own.range(0.35, 1.0) as f32,
                steps: 0,
            }
        })
        .collect();
    let mut drawn = 0;
    while let Some(mut vessel) = open.pop() {
        drawn += 1;
        // Enough for a bloodshot eye; branches of branches are thin.
        if drawn > 240 {
            break;
        }
        let step = 0.6 * texel_mm / radius_mm;
        while vessel.steps < 700 {
            vessel.steps += 1;
            stamp(&mut cover, &vessel, texel_mm);
            // Winding, but drawn to the limbus.
            let inwards = (-vessel.at).to_angle();
            let off = (inwards - vessel.heading + std::f32::consts::PI)
                .rem_euclid(std::f32::consts::TAU)
                - std::f32::consts::PI;
            vessel.heading += 0.006 * off + 0.16 * own.normal() as f32 * (1.0 - 0.5 * vessel.depth);
            vessel.at += Vec2::from_angle(vessel.heading) * step;
            vessel.width_mm *= 0.9985;
            let from_limbus = vessel.at.length() - limbus;
            if from_limbus < 0.02
                || vessel.width_mm < 0.016
                || vessel.at.length() > SCLERA_REACH as f32
            {
                break;
            }
            if vessel.width_mm > 0.03 && own.uniform() < 0.011 {
                let turn =
                    own.range(0.3, 0.8) as f32 * if own.uniform() < 0.5 { -1.0 } else { 1.0 };
                open.push(Vessel {
                    heading: vessel.heading + turn,
                    width_mm: vessel.width_mm * own.range(0.45, 0.75) as f32,
                    depth: vessel.depth * own.range(0.5, 0.9) as f32,
                    steps: vessel.steps,
                    ..vessel
                });
                vessel.heading -= 0.3 * turn;
            }
        }
    }
    cover
}

fn stamp(cover: &mut [f32], vessel: &Vessel, texel_mm: f32) {
    let centre = (vessel.at / SCLERA_REACH as f32 * 0.5 + 0.5) * SCLERA as f32;
    let radius = 0.5 * vessel.width_mm / texel_mm;
    let reach = (radius + 1.0).ceil() as i32;
    // What is thinner than a texel is fainter instead.
    let strength = vessel.depth * (2.0 * radius).min(1.0);
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let (x, y) = (centre.x as i32 + dx, centre.y as i32 + dy);
            if !(0..SCLERA as i32).contains(&x) || !(0..SCLERA as i32).contains(&y) {
                continue;
            }
            let away = Vec2::new(x as f32 + 0.5, y as f32 + 0.5).distance(centre);
            let here = strength * (1.0 - smooth(radius - 0.5, radius + 0.8, away));
            let texel = &mut cover[y as usize * SCLERA + x as usize];
            *texel = texel.max(here);
        }
    }
}

/// The white of a person's eye, the optical axis in the middle of the texture, `limbus` (radians from the axis) where it begins.
pub(crate) fn sclera(
    white: Sclera,
    limbus: f32,
    radius_m: f64,
    own: &mut Stream,
    near_infrared: bool,
) -> Painted {
    let layer = own.next_u64() as u32;
    let cover = vessels(own, limbus, radius_m as f32 * 1e3);
    let yellow = Vec3::new(
        1.0,
        1.0 - 0.05 * white.yellowness,
        1.0 - 0.22 * white.yellowness,
    );
    let mut colours = Vec::with_capacity(SCLERA * SCLERA);
    let mut greys = Vec::with_capacity(SCLERA * SCLERA);
    let mut heights = Vec::with_capacity(SCLERA * SCLERA);
    for row in 0..SCLERA {
        for column in 0..SCLERA {
            // Rows run down, v runs up.
            let uv =
                Vec2::new(column as f32 + 0.5, SCLERA as f32 - row as f32 - 0.5) / SCLERA as f32;
            let at = (uv - 0.5) * (2.0 * SCLERA_REACH as f32);
            let angle = at.length();
            let place = Vec3::new(at.x, at.y, 0.0);
            let mottle = octaves(place * 6.0, 4, layer);
            let fine = octaves(place * 40.0, 2, layer ^ 7);
            let vessel = cover[(SCLERA - 1 - row) * SCLERA + column];
            // Episcleral flush towards the corners.
            let flush = smooth(limbus + 0.15, limbus + 0.75, angle) * (0.5 + 0.5 * mottle);
            // Sclera over iris: half a millimetre of blur.
            let edge = smooth(-0.012, 0.062, angle - limbus + 0.008 * mottle);
            let film = 1.0 + 0.05 * mottle + 0.02 * fine;
            if near_infrared {
                let blood = 1.0 - (0.16 + 0.18 * white.redness) * vessel;
                let value = 0.40 * film * blood * (1.0 - 0.08 * flush) * (0.40 + 0.60 * edge);
                greys.push((value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
            } else {
                let red = (0.35 + 0.65 * white.redness) * vessel;
                let blood = Vec3::ONE - Vec3::new(0.22, 0.72, 0.70) * red;
                let flush =
                    Vec3::ONE - Vec3::new(0.04, 0.24, 0.22) * (flush * (0.3 + white.redness));
                // Thin sclera lets the blue of the uvea through near the iris.
                let dark = Vec3::new(0.34, 0.40, 0.48);
                let albedo =
                    yellow * blood * flush * (SCLERA_ALBEDO * film) * dark.lerp(Vec3::ONE, edge);
                let [r, g, b] = albedo
                    .clamp(Vec3::ZERO, Vec3::splat(0.8))
                    .to_array()
                    .map(srgb8_of);
                colours.push([r, g, b, 255]);
            }
            let height = 0.5 + 0.18 * mottle + 0.12 * fine + 0.25 * vessel;
            heights.push((height.clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
        }
    }
    let seen = if near_infrared {
        Texels::Linear8(greys)
    } else {
        Texels::Srgba8(colours)
    };
    Painted::new((SCLERA, SCLERA), seen, heights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    fn stream(seed: u64) -> Stream {
        Streams::new(Seed(seed), 0).stream("test")
    }

    fn greys(texture: &Texture) -> &[u8] {
        let Texels::Linear8(greys) = &texture.texels else {
            panic!("grey")
        };
        greys
    }

    fn mean(values: impl Iterator<Item = u8>) -> f64 {
        let (sum, count) = values.fold((0.0, 0.0), |(s, n), v| (s + f64::from(v), n + 1.0));
        sum / count
    }

    #[test]
    fn an_iris_is_one_persons_and_has_no_seam() {
        let first = iris(EyeColour::Brown, &mut stream(1), true);
        let again = iris(EyeColour::Brown, &mut stream(1), true);
        let other = iris(EyeColour::Brown, &mut stream(2), true);
        assert_eq!(greys(&first.colour), greys(&again.colour));
        assert_ne!(greys(&first.colour), greys(&other.colour));
        // Across the seam texels differ as little as neighbours elsewhere.
        let row = |y: usize| &greys(&first.colour)[y * IRIS.0..(y + 1) * IRIS.0];
        let step = |a: u8, b: u8| f64::from(a.abs_diff(b));
        let seam = (0..IRIS.1)
            .map(|y| step(row(y)[0], row(y)[IRIS.0 - 1]))
            .sum::<f64>();
        let inside = (0..IRIS.1)
            .map(|y| step(row(y)[400], row(y)[401]))
            .sum::<f64>();
        assert!(seam < 2.0 * inside + 64.0, "{seam} {inside}");
    }

    #[test]
    fn brown_and_blue_irises_are_nearly_alike_in_the_near_infrared_and_not_in_daylight() {
        let infrared = [EyeColour::Brown, EyeColour::LightBlue].map(|colour| {
            mean(
                greys(&iris(colour, &mut stream(3), true).colour)
                    .iter()
                    .copied(),
            )
        });
        assert!(infrared[1] / infrared[0] < 2.0, "{infrared:?}");
        let visible = [EyeColour::Brown, EyeColour::LightBlue].map(|colour| {
            let painted = iris(colour, &mut stream(3), false).colour;
            (0..painted.width)
                .map(|x| painted.texel(x, painted.height / 3)[1])
                .sum::<f32>()
        });
        assert!(visible[1] / visible[0] > 4.0, "{visible:?}");
    }

    #[test]
    fn a_sclera_is_dark_at_the_limbus_and_has_vessels_beyond_it() {
        let white = Sclera {
            redness: 0.4,
            yellowness: 0.2,
        };
        let limbus = 0.5;
        let painted = sclera(white, limbus, 12e-3, &mut stream(4), true);
        let ring = |from: f32, to: f32| {
            let inside = move |i: &usize| {
                let at = Vec2::new((i % SCLERA) as f32, (i / SCLERA) as f32) / SCLERA as f32 - 0.5;
                (from..to).contains(&(at.length() * 2.0 * SCLERA_REACH as f32))
            };
            mean(
                (0..SCLERA * SCLERA)
                    .filter(inside)
                    .map(|i| greys(&painted.colour)[i]),
            )
        };
        assert!(ring(0.49, 0.51) < 0.75 * ring(0.65, 0.8));
        let covered = vessels(&mut stream(4), limbus, 12.0)
            .iter()
            .filter(|c| **c > 0.2)
            .count();
        let share = covered as f64 / (SCLERA * SCLERA) as f64;
        assert!((0.002..0.1).contains(&share), "{share}");
    }
}
