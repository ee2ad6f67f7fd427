//! Lashes as single hairs: two to three rows on the upper lid, curved up, one on the lower, curved down.
use std::sync::Arc;

use glam::Vec3;
use population::stream::Stream;
use scene::fibre::Strands;

use super::edge::Edges;
use super::form::Globe;

/// Control points of a lash.
const POINTS: usize = 7;
/// Lashes on the upper and lower lid (Na et al. 2006, "Ethnic characteristics of eyelashes": 90 to 160, and 75 to 80).
const UPPER: u32 = 115;
const LOWER: u32 = 70;
/// Radius at the root, metres, upper and lower.
const THICK_M: [f64; 2] = [58e-6, 38e-6];

/// How one lid's lashes grow.
struct Growth {
    count: u32,
    /// Length in the middle of the lid, metres.
    length: f64,
    radius: f64,
    /// How far the root's direction leans away from the opening, and what the curl adds at the tip.
    lean: f64,
    curl: f64,
}

/// The lashes of one eye; `longer` multiplies their length.
pub(super) fn of(globe: &Globe, edges: &Edges, longer: f64, own: &mut Stream) -> Arc<Strands> {
    let mut strands = Strands {
        first: vec![0],
        ..Strands::default()
    };
    let lids = [
        (
            true,
            Growth {
                count: UPPER,
                length: 7.0e-3 * longer,
                radius: THICK_M[0],
                lean: -0.05,
                curl: 0.62,
            },
        ),
        (
            false,
            Growth {
                count: LOWER,
                length: 4.0e-3 * longer,
                radius: THICK_M[1],
                lean: 0.3,
                curl: 0.35,
            },
        ),
    ];
    for (is_upper, growth) in &lids {
        let mut clump = 0.0;
        for k in 0..growth.count {
            // Neighbours stick together.
            if k % 3 == 0 {
                clump = own.range(-1.0, 1.0);
            }
            // Draws come first and in order, whatever becomes of the hair.
            let mut draws: [f64; 6] = std::array::from_fn(|_| own.range(-1.0, 1.0));
            draws[1] = 0.75 * clump + 0.25 * draws[1];
            let t = (f64::from(k) + 0.5 + 0.7 * draws[0]) / f64::from(growth.count);
            // None in the inner corner, where tears drain.
            let t = 0.02 + 0.88 * t.clamp(0.0, 1.0);
            grow(&mut strands, globe, edges, *is_upper, growth, t, draws);
        }
    }
    Arc::new(strands)
}

fn grow(
    strands: &mut Strands,
    globe: &Globe,
    edges: &Edges,
    is_upper: bool,
    growth: &Growth,
    t: f64,
    draws: [f64; 6],
) {
    let (here, there) = if is_upper {
        (edges.upper(t), edges.lower(t))
    } else {
        (edges.lower(t), edges.upper(t))
    };
    let (before, after) = if is_upper {
        (edges.upper(t - 0.02), edges.upper(t + 0.02))
    } else {
        (edges.lower(t - 0.02), edges.lower(t + 0.02))
    };
    let out = (here - globe.centre).normalize_or_zero();
    let inwards = (after - before).normalize_or_zero();
    // Away from the opening, along the skin; lids that touch know their way by the rim.
    let up = globe.straight_ahead.cross(inwards).normalize_or_zero();
    let up = if up.dot(globe.world_from_eye.y_axis) < 0.0 {
        -up
    } else {
        up
    };
    let away = if is_upper { up } else { -up };
    let forward = (out * 0.55 + globe.straight_ahead * 0.45).normalize_or_zero();
    // They spread like a fan, the outer ones to the outside.
    let fan = (0.45 - t) * 0.95 + 0.23 * draws[1];
    let side = -inwards * fan;
    // Shorter towards both ends, most towards the nose.
    let profile = (0.55 + 0.45 * (std::f64::consts::PI * (0.12 + 0.80 * (1.0 - t))).sin()).min(1.0);
    let length = growth.length * profile * (1.0 + 0.22 * draws[2]);
    let lean = growth.lean + 0.12 * draws[3];
    let curl = growth.curl * (1.0 + 0.3 * draws[4]);
    // Rows lie one behind the other on the rim.
    let row = 0.25e-3 * (1.0 + draws[5]);
    let root = here + away * (0.15e-3 + row) + (here - there).normalize_or_zero() * 0.05e-3;
    for k in 0..POINTS {
        let s = k as f64 / (POINTS - 1) as f64;
        let along = forward * (s - 0.22 * s * s) + away * (lean * s + curl * s * s) + side * s;
        strands.points.push((root + along * length).as_vec3());
        strands
            .radii_m
            .push((growth.radius * (1.0 - 0.85 * s * s)) as f32);
    }
    strands.first.push(strands.points.len() as u32);
    strands.tints.push(Vec3::ONE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eye::form::Form;
    use glam::{DMat3, DVec3};
    use population::stream::{Seed, Streams};

    #[test]
    fn upper_lashes_rise_lower_ones_fall_and_all_leave_the_eye() {
        let globe = Globe {
            centre: DVec3::ZERO,
            world_from_eye: DMat3::IDENTITY,
            straight_ahead: DVec3::Z,
            side: 1,
            kappa_deg: [5.0, 1.5],
            form: Form::new(12.5e-3, 5.9e-3, 2e-3, 7.8e-3),
        };
        // Lids of a left eye: the outer corner on the person's left.
        let rim = |height: f64| {
            (0..10)
                .map(|k| {
                    let x = 0.9 - 1.8 * f64::from(k) / 9.0;
                    let y = height * (1.0 - x * x / 0.81);
                    DVec3::new(x, y, 1.0).normalize() * 12.7e-3
                })
                .collect()
        };
        let edges = Edges::of(rim(0.4), rim(-0.35));
        let strands = of(
            &globe,
            &edges,
            1.0,
            &mut Streams::new(Seed(1), 0).stream("test"),
        );
        assert_eq!(strands.first.len() as u32, UPPER + LOWER + 1);
        let mut rises = [0.0_f32; 2];
        for (k, ends) in strands.first.windows(2).enumerate() {
            let (root, tip) = (
                strands.points[ends[0] as usize],
                strands.points[ends[1] as usize - 1],
            );
            assert!(tip.z > root.z, "{root} {tip}");
            rises[usize::from(k as u32 >= UPPER)] += tip.y - root.y;
        }
        // On average; those in the outer corner lie nearly level.
        let [upper, lower] = [rises[0] / UPPER as f32, rises[1] / LOWER as f32];
        assert!(upper > 1e-3 && lower < -0.5e-3, "{upper} {lower}");
    }
}
