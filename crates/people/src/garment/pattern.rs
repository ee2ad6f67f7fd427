//! Fabrics: how much of the second colour there is at a place on the cloth, and how its threads stand out.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};

use crate::skin::noise;

/// Cloth as the pack painted it, or made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weave {
    Painted,
    Plain,
    Knit,
    Denim,
    Stripes,
    Bands,
    Checks,
    Dots,
}

/// A fabric with its colours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fabric {
    pub(crate) weave: Weave,
    /// Linear Rec. 709.
    pub(crate) ground: Vec3,
    pub(crate) second: Vec3,
    /// From one stripe, check, dot or rib to the next, metres.
    pub(crate) repeat_m: f32,
}

/// A step from 0 to 1 at `edge`, as wide as a texel.
fn step(edge: f32, x: f32, width: f32) -> f32 {
    ((x - edge) / width.max(1e-6) + 0.5).clamp(0.0, 1.0)
}

/// 1 within the first `share` of each repeat, 0 else; `texel` in repeats.
fn bar(x: f32, share: f32, texel: f32) -> f32 {
    let from_middle = (x - x.floor() - 0.5).abs();
    1.0 - step(0.5 * share, from_middle, texel)
}

impl Fabric {
    /// Colour at a place on the cloth (metres across and up), for texels of `texel_m`.
    pub(crate) fn colour(&self, place: Vec2, texel_m: f32) -> Vec3 {
        let p = place / self.repeat_m;
        let texel = texel_m / self.repeat_m;
        let share = match self.weave {
            Weave::Painted | Weave::Plain | Weave::Knit | Weave::Denim => 0.0,
            Weave::Stripes => bar(p.x, 0.35, texel),
            Weave::Bands => bar(p.y, 0.45, texel),
            // Where stripes of both directions cross the second colour is full, along one of them half.
            Weave::Checks => 0.5 * (bar(p.x, 0.5, texel) + bar(p.y, 0.5, texel)),
            Weave::Dots => {
                let dot = |q: Vec2| 1.0 - step(0.19, (q - q.floor() - 0.5).length(), texel);
                dot(p).max(dot(p + 0.5))
            }
        };
        let colour = self.ground.lerp(self.second, share);
        // Yarn is never even; denim's white weft shows through along the warp.
        let uneven = match self.weave {
            Weave::Denim => {
                let slub = noise::value(Vec3::new(place.x * 420.0, place.y * 45.0, 0.0), 31);
                let worn = noise::octaves((place * 9.0).extend(0.0), 3, 32);
                let white = (0.10 * slub + 0.22 * (worn - 0.45).max(0.0)).clamp(0.0, 0.4);
                return colour.lerp(Vec3::splat(0.55), white);
            }
            Weave::Knit => 0.05,
            _ => 0.03,
        };
        let grain = noise::octaves((place * 130.0).extend(0.0), 2, 33);
        colour * (1.0 + uneven * (grain - 0.5) * 2.0)
    }

    /// Height of the threads at a place, `[0, 1]` of [`Fabric::RELIEF_M`].
    pub(crate) fn height(&self, place: Vec2) -> f32 {
        match self.weave {
            Weave::Knit => {
                let rib = 0.5 - 0.5 * (TAU * place.x / self.repeat_m.clamp(0.006, 0.014)).cos();
                let stitch = 0.5 + 0.5 * (TAU * place.y / 0.006).cos();
                rib * (0.7 + 0.3 * stitch)
            }
            Weave::Denim => {
                0.25 * noise::value(Vec3::new(place.x * 500.0, place.y * 60.0, 0.0), 34)
            }
            Weave::Painted => 0.0,
            _ => 0.15 * noise::value((place * 450.0).extend(0.0), 35),
        }
    }

    /// How high threads stand at most, metres.
    pub(crate) const RELIEF_M: f32 = 0.0016;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fabric(weave: Weave) -> Fabric {
        Fabric {
            weave,
            ground: Vec3::new(0.0, 0.0, 0.4),
            second: Vec3::new(0.8, 0.0, 0.0),
            repeat_m: 0.02,
        }
    }

    /// Mean share of the second colour over a whole number of repeats.
    fn mean_red(weave: Weave, texel_m: f32) -> f32 {
        let fabric = fabric(weave);
        let count = 200;
        let mut sum = 0.0;
        for row in 0..count {
            for column in 0..count {
                let at = (Vec2::new(column as f32, row as f32) + 0.5) * (0.08 / count as f32);
                sum += fabric.colour(at, texel_m).x;
            }
        }
        sum / (count * count) as f32
    }

    #[test]
    fn patterns_have_the_shares_they_are_named_for_at_any_sharpness() {
        // Grain moves a mean by well under 5 per cent.
        for (weave, share) in [
            (Weave::Stripes, 0.35),
            (Weave::Bands, 0.45),
            (Weave::Checks, 0.5),
            (Weave::Dots, 2.0 * std::f32::consts::PI * 0.19 * 0.19),
        ] {
            for texel_m in [0.0002, 0.002] {
                let mean = mean_red(weave, texel_m);
                assert!((mean - 0.8 * share).abs() < 0.04 * 0.8, "{weave:?}: {mean}");
            }
        }
        assert_eq!(mean_red(Weave::Plain, 0.001), 0.0);
    }

    #[test]
    fn stripes_run_up_and_bands_across() {
        let apart = |weave, by: Vec2| {
            let fabric = fabric(weave);
            (0..40)
                .map(|k| {
                    let at = Vec2::new(0.0013, 0.0017) * k as f32;
                    (fabric.colour(at, 0.0005) - fabric.colour(at + by, 0.0005))
                        .x
                        .abs()
                })
                .fold(0.0, f32::max)
        };
        let (x, y) = (Vec2::new(0.010, 0.0), Vec2::new(0.0, 0.010));
        // Grain differs by a tenth at most.
        assert!(apart(Weave::Stripes, y) < 0.12 && apart(Weave::Stripes, x) > 0.6);
        assert!(apart(Weave::Bands, x) < 0.12 && apart(Weave::Bands, y) > 0.6);
    }
}
