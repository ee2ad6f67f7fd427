//! Sweat on a face: a film that shines, and beads.

use glam::Vec2;

use super::Atlas;
use super::relief::texels_between;
use crate::face_map::Region;

/// Height of a bead of sweat, metres.
pub(super) const BEAD_M: f32 = 0.00016;
/// Beads on a face that drips.
const BEADS: f32 = 900.0;

/// Sweat on a face: a film, and beads where it gathers.
#[derive(Debug, Clone, Default)]
pub struct Sweat {
    pub(super) amount: f32,
    pub(super) beads: Vec<Bead>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Bead {
    /// On the body's UV.
    at: Vec2,
    /// In UV, about metres.
    radius: f32,
}

impl Sweat {
    /// `amount` of it, 0 dry, 1 dripping; `uniform` draws from `[0, 1)` where beads stand: forehead, nose, upper lip, chin, temples and cheeks first.
    pub fn new(amount: f32, uniform: &mut dyn FnMut() -> f64) -> Self {
        let amount = amount.clamp(0.0, 1.0);
        let mut beads = Vec::new();
        if amount > 0.0 {
            let (low, high) = Region::Face.bounds();
            // More tries than beads: most of the rectangle is no face.
            for _ in 0..(BEADS * 4.0 * amount) as usize {
                let [x, y, keep, size] = [0; 4].map(|_| uniform() as f32);
                let at = low + (high - low) * Vec2::new(x, y);
                let likely = Region::Face.weight(at)
                    * (0.25 + 0.75 * Region::Oily.weight(at).max(Region::Moustache.weight(at)));
                if keep < likely {
                    let radius = 0.0005 + 0.0009 * size * size;
                    beads.push(Bead { at, radius });
                }
            }
        }
        Self { amount, beads }
    }
}

impl Bead {
    /// Calls `paint(texel, height of the dome from 0 to 1)` for the texels below it.
    pub(super) fn each(&self, atlas: &Atlas, mut paint: impl FnMut(usize, f32)) {
        let span = atlas.window.high - atlas.window.low;
        let reach = Vec2::splat(self.radius);
        if !atlas.window.contains(self.at) {
            return;
        }
        let [columns, rows] = texels_between(atlas, self.at - reach, self.at + reach);
        for y in rows {
            let v = atlas.window.low.y + (1.0 - (y as f32 + 0.5) / atlas.height as f32) * span.y;
            for x in columns.clone() {
                let u = atlas.window.low.x + (x as f32 + 0.5) / atlas.width as f32 * span.x;
                let r2 = Vec2::new(u, v).distance_squared(self.at) / (self.radius * self.radius);
                if r2 < 1.0 {
                    paint(y * atlas.width + x, (1.0 - r2).sqrt());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beads_stand_on_the_face_and_more_sweat_has_more_of_them() {
        let beads = |amount: f32| {
            let mut state = 1_u64;
            let mut draw = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(9);
                (state >> 11) as f64 / (1_u64 << 53) as f64
            };
            Sweat::new(amount, &mut draw).beads
        };
        let [none, some, many] = [0.0, 0.4, 1.0].map(beads);
        assert!(none.is_empty() && some.len() > 40 && many.len() > 2 * some.len());
        for bead in many {
            assert!(Region::Face.weight(bead.at) > 0.0);
            assert!((0.0004..0.0015).contains(&bead.radius));
        }
    }
}
