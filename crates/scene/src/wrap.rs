//! Vinyl film on a car: stripes, bands, chequers, the livery of a firm that does not exist, the camouflage of prototypes.
//!
//! [`Wrap`] says which film lies where, as a pure function of a place in the world and its normal; it belongs to a car that stands on y = 0 and faces +z, and lies below scratches and dirt.
use std::sync::Arc;

use glam::{Vec2, Vec3};

use crate::Material;
use crate::noise::{hashed, noise};

/// What is cut out of film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Two stripes along the middle, from bumper to bumper, with a thin line beside each.
    Stripes,
    /// A band along both sides with a thin line above it.
    Band,
    /// Rows of squares along both sides, as of taxis and rescue services.
    Chequers,
    /// A swung field over the tail, an emblem and signs that spell nothing.
    Livery,
    /// Whirls all over, that hide edges.
    Camouflage,
}

impl Pattern {
    /// All patterns.
    pub const ALL: [Self; 5] = [
        Self::Stripes,
        Self::Band,
        Self::Chequers,
        Self::Livery,
        Self::Camouflage,
    ];

    /// As recipes call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripes => "stripes",
            Self::Band => "band",
            Self::Chequers => "chequers",
            Self::Livery => "livery",
            Self::Camouflage => "camouflage",
        }
    }

    /// The pattern of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pattern| pattern.name() == name)
    }
}

/// Which film lies where on a car.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wrap {
    /// What is cut out.
    pub pattern: Pattern,
    /// From the ground, metres.
    pub height_m: f32,
    /// Where the tail and the nose are, metres of z.
    pub ends: [f32; 2],
    /// Of widths, heights and signs.
    pub seed: u32,
}

/// A surface with film on it.
#[derive(Debug, Clone)]
pub struct Wrapped {
    /// Which film lies where.
    pub wrap: Wrap,
    /// The main colour, and the other one.
    pub films: Arc<[Material; 2]>,
}

impl Wrapped {
    /// The film at a place of the surface, if one lies there.
    pub fn over(&self, at: Vec3, normal: Vec3) -> Option<&Material> {
        self.wrap
            .film(at, normal)
            .map(|film| &self.films[usize::from(film)])
    }
}

/// Least share of a normal that points sideways on the flanks.
const FLANK: f32 = 0.5;

impl Wrap {
    /// `false` for the main film, `true` for the other one, `None` where paint shows.
    pub fn film(&self, at: Vec3, normal: Vec3) -> Option<bool> {
        let flank = normal.x.abs() > FLANK;
        match self.pattern {
            Pattern::Stripes if !flank => self.stripes(at.x.abs()),
            Pattern::Band if flank => self.band(at),
            Pattern::Chequers if flank => self.chequers(at),
            Pattern::Livery => self.livery(at, flank),
            Pattern::Camouflage => Some(self.whirl(at)),
            _ => None,
        }
    }

    /// A number of this car, `low` to `high`.
    fn draw(&self, number: u32, low: f32, high: f32) -> f32 {
        low + (high - low) * hashed(Vec3::splat(number as f32), self.seed ^ 0x77)
    }

    fn stripes(&self, off: f32) -> Option<bool> {
        let from = self.draw(0, 0.02, 0.07);
        let to = from + self.draw(1, 0.12, 0.24);
        let line = to + self.draw(2, 0.02, 0.04);
        if (from..to).contains(&off) {
            Some(false)
        } else if (line..line + 0.014).contains(&off) {
            Some(true)
        } else {
            None
        }
    }

    fn band(&self, at: Vec3) -> Option<bool> {
        // It rises a little towards the tail.
        let up = at.y + self.draw(3, 0.0, 0.05) * at.z;
        let from = self.height_m * self.draw(4, 0.28, 0.44);
        let to = from + self.draw(5, 0.05, 0.16);
        let line = to + self.draw(6, 0.015, 0.03);
        if (from..to).contains(&up) {
            Some(false)
        } else if (line..line + 0.01).contains(&up) {
            Some(true)
        } else {
            None
        }
    }

    fn chequers(&self, at: Vec3) -> Option<bool> {
        let side = self.draw(7, 0.05, 0.09);
        let rows = self.draw(8, 2.0, 3.99).floor();
        let row = ((at.y - self.height_m * self.draw(9, 0.33, 0.46)) / side).floor();
        let column = (at.z / side).floor();
        (0.0..rows)
            .contains(&row)
            .then(|| (row + column).rem_euclid(2.0) > 0.5)
    }

    fn livery(&self, at: Vec3, flank: bool) -> Option<bool> {
        let [tail, nose] = self.ends;
        let length = nose - tail;
        let high = at.y / self.height_m;
        // The field swings forward towards the sills.
        let edge = tail
            + length * (self.draw(10, 0.16, 0.3) + self.draw(11, 0.1, 0.4) * (1.0 - high).powi(2));
        if at.z < edge {
            return Some(false);
        }
        if at.z < edge + 0.045 {
            return Some(true);
        }
        if !flank {
            return None;
        }
        let middle = Vec2::new(
            tail + length * self.draw(12, 0.5, 0.58),
            self.height_m * self.draw(13, 0.44, 0.5),
        );
        let from = Vec2::new(at.z, at.y) - middle;
        let radius = self.draw(14, 0.1, 0.17);
        let away = from.length() / radius;
        if away < 1.0 {
            return Some(if away > 0.86 {
                false
            } else {
                let wedges = self.draw(15, 3.0, 7.99).floor();
                let turn = from.y.atan2(from.x) / std::f32::consts::TAU + 0.25;
                away < self.draw(16, 0.15, 0.4)
                    || (turn * wedges + 2.0 * away).rem_euclid(1.0) < 0.5
            });
        }
        self.sign(at, middle, radius)
    }

    /// Letters of nobody's alphabet beside the emblem, read along the side that is looked at.
    fn sign(&self, at: Vec3, emblem: Vec2, radius: f32) -> Option<bool> {
        const CELL_M: f32 = 0.017;
        // From the left as one stands before the car's left (x > 0) or right side.
        let along = if at.x > 0.0 {
            emblem.x - at.z
        } else {
            at.z - emblem.x
        };
        let cell = Vec2::new(
            (along - radius - 0.06) / CELL_M,
            (at.y - emblem.y) / CELL_M + 3.5,
        )
        .floor();
        let letters = self.draw(17, 4.0, 8.99).floor();
        let (letter, column) = ((cell.x / 6.0).floor(), cell.x.rem_euclid(6.0));
        if !(0.0..letters).contains(&letter) || !(0.0..7.0).contains(&cell.y) || column > 4.5 {
            return None;
        }
        // Mirrored halves look like letters.
        let half = (column - 2.0).abs();
        let stroke = hashed(
            Vec3::new(letter, half, (cell.y / 1.4).floor()),
            self.seed ^ 0x5a,
        );
        (stroke < 0.55).then_some(false)
    }

    fn whirl(&self, at: Vec3) -> bool {
        let bent = at
            + 0.12
                * Vec3::new(
                    noise(at * 4.0, self.seed ^ 0x61),
                    noise(at * 4.0, self.seed ^ 0x62),
                    noise(at * 4.0, self.seed ^ 0x63),
                );
        let level = noise(bent * self.draw(18, 4.0, 7.0), self.seed ^ 0x64) * 9.0;
        level.rem_euclid(2.0) < 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(pattern: Pattern, seed: u32) -> Wrap {
        Wrap {
            pattern,
            height_m: 1.5,
            ends: [-2.2, 2.2],
            seed,
        }
    }

    /// Share of places with film among many of a flank, or of what faces the sky.
    fn share(wrap: &Wrap, flank: bool) -> f32 {
        let places = (0..40_000).map(|k| {
            let (u, v) = ((k % 200) as f32 / 200.0, (k / 200) as f32 / 200.0);
            let z = -2.2 + 4.4 * u;
            if flank {
                (Vec3::new(0.9, 0.2 + 0.9 * v, z), Vec3::X)
            } else {
                (Vec3::new(-0.8 + 1.6 * v, 1.4, z), Vec3::Y)
            }
        });
        let lies = places.filter(|(at, normal)| wrap.film(*at, *normal).is_some());
        lies.count() as f32 / 40_000.0
    }

    #[test]
    fn each_pattern_covers_what_it_says_and_leaves_the_rest_in_paint() {
        for seed in 0..20 {
            let of = |pattern, flank| share(&wrap(pattern, seed), flank);
            assert_eq!(of(Pattern::Stripes, true), 0.0);
            assert!((0.1..0.5).contains(&of(Pattern::Stripes, false)));
            assert!((0.03..0.3).contains(&of(Pattern::Band, true)));
            assert_eq!(of(Pattern::Band, false), 0.0);
            assert!((0.08..0.4).contains(&of(Pattern::Chequers, true)));
            assert!((0.15..0.7).contains(&of(Pattern::Livery, true)));
            assert_eq!(of(Pattern::Camouflage, true), 1.0);
        }
    }

    #[test]
    fn both_films_are_used_and_other_seeds_give_other_cars() {
        for pattern in Pattern::ALL {
            let of = |seed: u32| -> Vec<Option<bool>> {
                let wrap = wrap(pattern, seed);
                let places = (0..40_000).map(|k| {
                    let (u, v) = ((k % 200) as f32 / 200.0, (k / 200) as f32 / 200.0);
                    let at = Vec3::new(0.9 - 1.8 * v, 0.2 + v, -2.2 + 4.4 * u);
                    wrap.film(
                        at,
                        if pattern == Pattern::Stripes {
                            Vec3::Y
                        } else {
                            Vec3::X
                        },
                    )
                });
                places.collect()
            };
            let first = of(1);
            for film in [Some(false), Some(true)] {
                let count = first.iter().filter(|one| **one == film).count();
                assert!(count > 200, "{}: {film:?} {count}", pattern.name());
            }
            assert_ne!(first, of(2), "{}", pattern.name());
            assert_eq!(Pattern::named(pattern.name()), Some(pattern));
        }
    }
}
