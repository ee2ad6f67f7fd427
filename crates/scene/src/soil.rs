//! What weather and roads leave on a thing at rest: dust, mud, snow and drops, place by place.
//!
//! [`Soil`] says how much lies where, as a pure function of a place in the world and its normal; [`Soiled`] is what a surface looks like under it. It lies on top of the surface and of what the
//! surface is laid open to: geometry and wear stay as they are.
use std::sync::Arc;

use glam::Vec3;

use crate::Material;
use crate::noise::{cloudy, hashed, noise, smooth};

/// Steps of a film between nothing and all.
pub const STEPS: usize = 12;

/// How much of what lies on a car that stands on y = 0 and faces +z.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Soil {
    /// Fine and dry, most on what faces the sky and at the rear, `[0, 1]`.
    pub dust: f32,
    /// Thrown up by the wheels: low, behind them and along the sills, `[0, 1]`.
    pub mud: f32,
    /// Drops and runs, `[0, 1]`.
    pub rain: f32,
    /// Fallen: on what faces the sky, `[0, 1]`.
    pub snow: f32,
    /// Where the front and the rear axle are, metres of z.
    pub axles: [f32; 2],
    /// Where the tail ends, metres of z.
    pub rear: f32,
    /// Of all that is uneven.
    pub seed: u32,
}

/// A surface with what lies on it.
#[derive(Debug, Clone)]
pub struct Soiled {
    /// How much lies where.
    pub soil: Soil,
    /// The surface under [`STEPS`] thicker and thicker films, or one film alone; where it is clear or laid open, or the film is one, the last covers it grain by grain.
    pub films: Arc<[Material]>,
    /// Clods of mud.
    pub mud: Arc<Material>,
    /// Snow.
    pub snow: Arc<Material>,
}

impl Soiled {
    /// What shows at a place of the surface, if something lies there that hides or dulls it; `whole` where the surface is neither clear nor laid open.
    pub fn over(&self, whole: bool, at: Vec3, normal: Vec3) -> Option<&Material> {
        let soil = &self.soil;
        if soil.snow > 0.0 && soil.snow_lies(at, normal) {
            return Some(&self.snow);
        }
        if soil.mud > 0.0 && soil.clod_lies(at, normal) {
            return Some(&self.mud);
        }
        let film = soil.film(at, normal);
        if film <= 0.0 {
            return None;
        }
        let grain = hashed(at * 2500.0, soil.seed ^ 0x07);
        if whole && self.films.len() == STEPS {
            let step = (film * STEPS as f32 + grain) as usize;
            return step
                .checked_sub(1)
                .and_then(|step| self.films.get(step.min(STEPS - 1)));
        }
        (grain < film).then(|| self.films.last()).flatten()
    }
}

impl Soil {
    /// Nothing lies anywhere.
    pub fn is_clean(&self) -> bool {
        self.dust <= 0.0 && self.mud <= 0.0 && self.rain <= 0.0 && self.snow <= 0.0
    }

    /// Share of a place that dust and dried spray cover, `[0, 1]`.
    pub fn film(&self, at: Vec3, normal: Vec3) -> f32 {
        let mut film = 0.0;
        if self.dust > 0.0 {
            let up = normal.y.max(0.0);
            // What the tail's whirl carries back settles on it.
            let tail = (-normal.z).max(0.0) * smooth(self.rear + 1.2, self.rear, at.z);
            let lies = (0.22 + 0.62 * up * up + 0.5 * tail).min(1.0);
            let uneven = 0.55
                + 0.6 * cloudy(at * 3.5, self.seed)
                + 0.3 * (noise(at * 45.0, self.seed ^ 0x02) - 0.5);
            film = self.dust * lies * uneven;
        }
        if self.mud > 0.0 {
            let uneven = 0.5 + 0.8 * cloudy(at * 5.0, self.seed ^ 0x03);
            film = film.max(0.95 * self.spray(at, normal) * uneven);
        }
        // Rain washes it down.
        (film * (1.0 - 0.75 * self.rain)).clamp(0.0, 0.92)
    }

    /// How much the wheels throw at a place, `[0, 1]`.
    pub fn spray(&self, at: Vec3, normal: Vec3) -> f32 {
        if normal.y > 0.75 {
            return 0.0;
        }
        let low = smooth(
            1.0,
            0.18,
            at.y + 0.12 * (cloudy(at * 2.2, self.seed ^ 0x04) - 0.5),
        );
        let mut behind: f32 = 0.0;
        for axle in self.axles {
            let back = axle - at.z;
            // Thrown back and up, and less far forward.
            let reach = if back > 0.0 {
                (-back / 0.95).exp()
            } else {
                (back / 0.28).exp()
            };
            behind = behind.max(reach);
        }
        let tail = (-normal.z).max(0.0) * smooth(self.rear + 0.8, self.rear, at.z);
        let here = low * (0.42 + 0.58 * behind) + 0.45 * tail * smooth(1.4, 0.4, at.y);
        (self.mud * 1.15 * here).min(1.0)
    }

    /// Whether a clod of mud is here.
    fn clod_lies(&self, at: Vec3, normal: Vec3) -> bool {
        let spray = self.spray(at, normal);
        if spray < 0.05 {
            return false;
        }
        let speck = 0.5 * noise(at * 26.0, self.seed ^ 0x0b)
            + 0.3 * noise(at * 75.0, self.seed ^ 0x0c)
            + 0.2 * noise(at * 210.0, self.seed ^ 0x0d);
        speck > 0.86 - 0.48 * spray * (0.4 + 0.6 * spray)
    }

    /// Whether snow is here.
    fn snow_lies(&self, at: Vec3, normal: Vec3) -> bool {
        let rough = 0.55 * cloudy(at * 6.0, self.seed ^ 0x15)
            + 0.3 * noise(at * 40.0, self.seed ^ 0x16)
            + 0.15 * noise(at * 160.0, self.seed ^ 0x17);
        let settles = smooth(0.15, 0.8, normal.y + 0.25 * (rough - 0.5));
        // Flakes that the wind blew against the sides.
        let blown = 0.1 * self.snow;
        rough
            < (1.25 * self.snow * settles)
                .max(blown + 0.12 * self.snow * f32::from(u8::from(at.y < 0.5)))
    }

    /// Slope of the water's surface at a place, world, along the surface; `None` where it is bare.
    pub fn drop(&self, at: Vec3, normal: Vec3) -> Option<Vec3> {
        if self.rain <= 0.0 || normal.y < -0.3 {
            return None;
        }
        // Seen along the axis that the normal is nearest to.
        let around = if normal.y.abs() > 0.6 {
            Vec3::Y
        } else if normal.x.abs() > normal.z.abs() {
            Vec3::X
        } else {
            Vec3::Z
        };
        let (u, v) = if around == Vec3::Y {
            (Vec3::X, Vec3::Z)
        } else {
            (Vec3::Y.cross(around), Vec3::Y)
        };
        let flat = [at.dot(u), at.dot(v)];
        if around != Vec3::Y
            && let Some(slope) = self.run(flat)
        {
            return Some(u * slope);
        }
        for (cell_m, salt, share) in [(0.017, 31, 0.35), (0.009, 32, 0.6), (0.0045, 33, 0.5)] {
            let cell = [(flat[0] / cell_m).floor(), (flat[1] / cell_m).floor()];
            let key = Vec3::new(cell[0], cell[1], salt as f32);
            let draw = |k: u32| hashed(key, self.seed ^ (salt * 16 + k));
            if draw(0) > share * (0.25 + 0.75 * self.rain) {
                continue;
            }
            let radius = cell_m * (0.2 + 0.2 * draw(1));
            let centre = [0.4 + 0.2 * draw(2), 0.4 + 0.2 * draw(3)];
            let away = [
                flat[0] - (cell[0] + centre[0]) * cell_m,
                flat[1] - (cell[1] + centre[1]) * cell_m,
            ];
            let out = (away[0] * away[0] + away[1] * away[1]).sqrt() / radius;
            if out < 1.0 {
                return Some((u * away[0] + v * away[1]) * (0.9 / radius));
            }
        }
        None
    }

    /// Slope across a run of water down a steep surface.
    fn run(&self, flat: [f32; 2]) -> Option<f32> {
        const APART_M: f32 = 0.045;
        let bent = flat[0]
            + 0.012
                * (noise(
                    Vec3::new(flat[1] * 14.0, 0.0, (flat[0] / 0.2).floor()),
                    self.seed ^ 0x29,
                ) - 0.5);
        let column = (bent / APART_M).floor();
        let key = Vec3::new(column, 0.0, 5.0);
        if hashed(key, self.seed ^ 0x2a) > 0.55 * self.rain {
            return None;
        }
        let from = hashed(key, self.seed ^ 0x2b) * 1.6;
        if flat[1] > from || flat[1] < from - 0.12 - 0.5 * hashed(key, self.seed ^ 0x2c) {
            return None;
        }
        let half = 0.0016 + 0.0014 * hashed(key, self.seed ^ 0x2d);
        let away = (bent - (column + 0.2 + 0.6 * hashed(key, self.seed ^ 0x2e)) * APART_M) / half;
        (away.abs() < 1.0).then_some(0.8 * away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soil() -> Soil {
        Soil {
            dust: 0.0,
            mud: 0.0,
            rain: 0.0,
            snow: 0.0,
            axles: [1.3, -1.3],
            rear: -2.2,
            seed: 5,
        }
    }

    /// Mean over a patch of 20 cm.
    fn mean(of: impl Fn(Vec3) -> f32, middle: Vec3) -> f32 {
        let places = (0..400).map(|k| {
            let (u, v) = ((k % 20) as f32 * 0.01, (k / 20) as f32 * 0.01);
            of(middle + Vec3::new(0.0, u - 0.1, v - 0.1))
        });
        places.sum::<f32>() / 400.0
    }

    #[test]
    fn mud_lies_low_behind_the_wheels_and_dust_on_top_and_at_the_rear() {
        let mud = Soil { mud: 0.9, ..soil() };
        let clods = |at: Vec3| f32::from(u8::from(mud.clod_lies(at, Vec3::X)));
        let [behind, between, high] = [
            Vec3::new(0.9, 0.35, 0.9),
            Vec3::new(0.9, 0.35, -0.6),
            Vec3::new(0.9, 1.2, 0.9),
        ];
        assert!(mean(clods, behind) > 0.15, "{}", mean(clods, behind));
        assert!(mean(clods, behind) > mean(clods, between));
        assert_eq!(mean(clods, high), 0.0);

        let dust = Soil {
            dust: 0.9,
            ..soil()
        };
        let film = |normal: Vec3| move |at: Vec3| dust.film(at, normal);
        let side = mean(film(Vec3::X), Vec3::new(0.9, 0.7, 0.0));
        assert!(mean(film(Vec3::Y), Vec3::new(0.0, 1.4, 0.0)) > 2.0 * side);
        assert!(mean(film(Vec3::NEG_Z), Vec3::new(0.0, 0.8, -2.2)) > 2.0 * side);
        // Seen from beside, low behind a wheel, mud covers more than as much dust does.
        assert!(mean(|at| mud.film(at, Vec3::X), behind) > 2.0 * mean(film(Vec3::X), behind));
    }

    #[test]
    fn snow_lies_on_what_faces_the_sky_and_drops_do_not_hang_upside_down() {
        let snow = Soil {
            snow: 0.8,
            ..soil()
        };
        let lies = |normal: Vec3| move |at: Vec3| f32::from(u8::from(snow.snow_lies(at, normal)));
        let at = Vec3::new(0.4, 1.4, 0.2);
        assert!(mean(lies(Vec3::Y), at) > 0.9);
        assert!(mean(lies(Vec3::X), at) < 0.2);
        let rain = Soil {
            rain: 0.8,
            ..soil()
        };
        let wet =
            |normal: Vec3| move |at: Vec3| f32::from(u8::from(rain.drop(at, normal).is_some()));
        assert!(mean(wet(Vec3::X), at) > 0.1);
        assert_eq!(mean(wet(Vec3::NEG_Y), at), 0.0);
    }

    #[test]
    fn more_covers_more_and_nothing_covers_nothing() {
        assert!(soil().is_clean());
        let at = Vec3::new(0.9, 0.3, 1.0);
        let mut last = 0.0;
        for amount in [0.0, 0.25, 0.5, 1.0] {
            let soil = Soil {
                mud: amount,
                ..soil()
            };
            let covered = mean(|at| f32::from(u8::from(soil.clod_lies(at, Vec3::X))), at);
            assert!(covered >= last && (amount > 0.0 || covered == 0.0));
            last = covered;
        }
        assert!(last > 0.5);
    }
}
