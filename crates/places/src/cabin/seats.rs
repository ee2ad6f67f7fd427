//! Seats: a front seat where the driver sits, its neighbour, the bench behind, and belts that nobody wears.

use glam::{Vec2, Vec3};
use population::stream::Stream;

use super::layout::Layout;
use super::trim::Trim;
use super::{Setting, block};
use crate::Place;
use crate::loft::Ends;
use crate::solid::Solid;

/// How far flesh and foam give way to each other, metres.
const GIVES_M: f32 = 0.02;

/// One slab of a seat: from a place along a direction, its soft side along `up`.
struct Slab {
    from: Vec3,
    along: Vec3,
    up: Vec3,
    length: f32,
    /// Half the width at the beginning, in the middle and at the end.
    half: [f32; 3],
    /// How far the sides stand above the middle.
    bolster: f32,
    thick: f32,
}

impl Slab {
    /// Half the width at a share of the length.
    fn half_at(&self, t: f32) -> f32 {
        let [a, b, c] = self.half;
        let (low, high) = if t < 0.5 { (a, b) } else { (b, c) };
        let s = if t < 0.5 { 2.0 * t } else { 2.0 * t - 1.0 };
        low + (high - low) * s * s * (3.0 - 2.0 * s)
    }

    /// How far the soft side is above the slab's plane, across.
    fn rise(&self, u: f32) -> f32 {
        let s = ((u.abs() - 0.5) / 0.38).clamp(0.0, 1.0);
        self.bolster * s * s * (3.0 - 2.0 * s)
    }

    fn solid(&self) -> Solid {
        const AROUND: usize = 44;
        let side = self.along.cross(self.up);
        let rings: Vec<Vec<Vec3>> = (0..=14)
            .map(|i| {
                let t = i as f32 / 14.0;
                // Both ends are rounded off.
                let end = (2.0 * t - 1.0).abs().powi(8);
                let half = self.half_at(t) * (1.0 - 0.12 * end);
                let sink = 0.035 * end;
                let fade = 1.0 - (2.0 * t - 1.0).abs().powi(6);
                (0..AROUND)
                    .map(|k| {
                        let (sin, cos) =
                            (std::f32::consts::TAU * k as f32 / AROUND as f32).sin_cos();
                        let part = |x: f32| x.signum() * x.abs().powf(0.45);
                        let (u, v) = (part(cos), part(sin));
                        let high = if v > 0.0 {
                            v * (self.thick - sink + self.rise(u) * fade)
                        } else {
                            v * (self.thick - sink)
                        };
                        self.from
                            + self.along * (self.length * t)
                            + side * (half * u)
                            + self.up * (high - self.thick)
                    })
                    .collect()
            })
            .collect();
        Solid::default().loft(&rings, Ends::Capped).finer(4.0)
    }

    /// The middle, in another cloth: a blanket on the soft side.
    fn insert(&self) -> Solid {
        let side = self.along.cross(self.up);
        let rows: Vec<Vec<Vec3>> = (0..=12)
            .map(|i| {
                let t = 0.08 + 0.84 * i as f32 / 12.0;
                let end = (2.0 * t - 1.0).abs().powi(8);
                (0..=10)
                    .map(|k| {
                        let u = 0.56 * (k as f32 / 5.0 - 1.0);
                        let border = (1.0 - (u / 0.56).powi(8))
                            * (1.0 - (2.0 * i as f32 / 12.0 - 1.0).powi(12));
                        self.from
                            + self.along * (self.length * t)
                            + side * (self.half_at(t) * u)
                            + self.up * (0.006 * border - 0.002 - 0.035 * end + self.rise(u))
                    })
                    .collect()
            })
            .collect();
        Solid::default().sheet(&rows).finer(4.0)
    }
}

pub(super) fn add(
    place: &mut Place,
    setting: &Setting,
    at: &Layout,
    trim: &Trim,
    stream: &mut Stream,
) {
    let mut range = |a: f64, b: f64| stream.range(a, b) as f32;
    let driver = &setting.driver;
    let ahead = Vec3::new(0.0, -at.back.z, at.back.y);
    let half = (at.half_hips + 0.06).max(0.25) + range(0.0, 0.02);
    let rise = driver.neck.distance(driver.hips);
    // The seat's plane touches the back's skin.
    let face = driver.hips + ahead * (at.behind + GIVES_M);
    let back = Slab {
        from: face - at.back * (driver.hips.y - at.under + 0.02),
        along: at.back,
        up: ahead,
        length: rise * 0.99 + (driver.hips.y - at.under),
        half: [half, half * 0.98, half * 0.72],
        bolster: range(0.03, 0.07),
        thick: 0.06,
    };
    let knee = (driver.knees[0] + driver.knees[1]) * 0.5;
    // As steep as the thighs are, and a little less.
    let fold = Vec3::new(0.0, at.under + GIVES_M, driver.hips.z - 0.05);
    let slope = ((knee.y - 0.085 - fold.y) / (knee.z - fold.z).max(0.2)).clamp(0.05, 0.32) * 0.8;
    let along = Vec3::new(0.0, slope, 1.0).normalize();
    let up = Vec3::new(0.0, along.z, -along.y);
    let start = fold - along * 0.12;
    let cushion = Slab {
        from: start,
        along,
        up,
        length: (0.12 + 0.8 * (knee.z - fold.z)).clamp(0.4, 0.56),
        half: [half * 0.94, half, half * 0.98],
        bolster: range(0.02, 0.05),
        thick: 0.075,
    };
    let neighbour = Vec3::X * (2.0 * at.middle) - Vec3::Z * range(0.0, 0.12);
    let head_rest = |solid: &mut Solid, posts: &mut Solid, by: Vec3| {
        let top = back.from + back.along * back.length;
        let skull = driver.head[0].z;
        // Before the seat's line or behind the head, whichever is further back.
        let wide = (driver.eyes.y - 0.015 - top.y).max(0.09);
        let middle = Vec3::new(0.0, top.y + wide, (top.z + 0.02).min(skull - 0.075));
        let lean = Vec3::new(0.0, at.back.y, at.back.z * 0.7).normalize();
        let before = Vec3::new(0.0, -lean.z, lean.y);
        *solid = std::mem::take(solid).pillow(
            middle + by,
            [Vec3::X * 0.135, lean * 0.098, before * 0.052],
            3.2,
        );
        for x in [-0.065, 0.065] {
            let path = [
                top - at.back * 0.05 + ahead * -0.05 + Vec3::X * x + by,
                middle - lean * 0.03 + Vec3::X * x + by,
            ];
            *posts = std::mem::take(posts).pipe(&path, Vec2::splat(0.0065), Vec3::Z, Ends::Capped);
        }
    };
    let mut posts = Solid::default();
    let mut covers = Solid::default();
    let mut inserts = Solid::default();
    for by in [Vec3::ZERO, neighbour] {
        for slab in [&back, &cushion] {
            let to = glam::Affine3A::from_translation(by);
            covers = covers.and(slab.solid().moved(to));
            inserts = inserts.and(slab.insert().moved(to));
        }
        head_rest(&mut covers, &mut posts, by);
        // The base that the cushion slides on.
        let low = Vec3::new(-half * 0.8, 0.03, start.z + 0.06) + by;
        let high = Vec3::new(half * 0.8, (start.y - 0.1).max(0.06), start.z + 0.42) + by;
        posts = posts.and(Solid::default().cuboid(low, high));
    }
    bench(
        &mut covers,
        &mut inserts,
        at,
        driver.hips,
        range(0.0, 1.0) < 0.6,
    );
    place.add("cabin/seats", covers, trim.seat.clone());
    place.add("cabin/seat_inserts", inserts, trim.insert.clone());
    place.add("cabin/seat_posts", posts, trim.metal.clone());
}

/// The bench behind, for two or three.
fn bench(covers: &mut Solid, inserts: &mut Solid, at: &Layout, hips: Vec3, of_three: bool) {
    let back = Vec3::new(0.0, 0.94, -0.34).normalize();
    let ahead = Vec3::new(0.0, -back.z, back.y);
    let width = at.door - at.far_door() - 0.04;
    let foot = Vec3::new(0.0, at.under - 0.02, at.c_pillar + 0.24);
    let length = (at.sill - at.under + 0.03).clamp(0.45, 0.7);
    let middle = Vec3::X * at.middle;
    for way in [-1.0, 1.0] {
        let from = foot + middle + Vec3::X * (way * width * 0.25);
        let slab = Slab {
            from,
            along: back,
            up: ahead,
            length,
            half: [width * 0.25, width * 0.25, width * 0.235],
            bolster: 0.015,
            thick: 0.06,
        };
        *covers = std::mem::take(covers).and(slab.solid());
        *inserts = std::mem::take(inserts).and(slab.insert());
    }
    let seat = block(
        [at.far_door() + 0.01, 0.05, foot.z - 0.1],
        [at.door - 0.01, at.under - 0.01, hips.z.min(foot.z + 0.48)],
    );
    *covers = std::mem::take(covers).and(seat);
    let places: &[f32] = if of_three {
        &[-0.34, 0.0, 0.34]
    } else {
        &[-0.3, 0.3]
    };
    for aside in places {
        let top = foot + back * (length + 0.055) + middle + Vec3::X * (aside * width);
        let size = if *aside == 0.0 { 0.09 } else { 0.13 };
        *covers =
            std::mem::take(covers).pillow(top, [Vec3::X * size, back * 0.075, ahead * 0.045], 3.2);
    }
}
