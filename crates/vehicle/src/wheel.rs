//! Wheels: a tyre with tread, a rim with spokes, a brake disc.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};

use crate::shell::Shell;
use crate::solid::{sheet, turned};

/// Wheel nuts, and how far they are from the axle, metres.
const NUTS: usize = 5;
const NUT_CIRCLE_M: f32 = 0.055;
/// Radius of the hub's face.
const HUB_M: f32 = 0.075;

/// What a wheel is built of, about the origin: the axle runs along y, and the outside looks to −y.
#[derive(Debug)]
pub(crate) struct Wheel {
    pub(crate) tyre: Shell,
    pub(crate) rim: Shell,
    pub(crate) brake: Shell,
}

impl Wheel {
    /// Radii and width in metres; `around` flat pieces around the tyre.
    pub(crate) fn new(
        radius: f32,
        width: f32,
        rim_radius: f32,
        spokes: usize,
        around: usize,
    ) -> Self {
        Self {
            tyre: tyre(radius, width, rim_radius, around),
            rim: rim(rim_radius, width, spokes, around),
            brake: disc(0.62 * rim_radius, 0.012, -0.02),
        }
    }
}

fn tyre(radius: f32, width: f32, rim: f32, around: usize) -> Shell {
    let half = 0.5 * width;
    let bead = rim - 0.006;
    let wall = radius - rim;
    let mut profile = vec![
        Vec2::new(bead, 0.86 * half),
        Vec2::new(rim + 0.004, 0.93 * half),
    ];
    for t in [0.25_f32, 0.45, 0.65, 0.8] {
        let bulge = (t * PI).sin().powf(0.7);
        profile.push(Vec2::new(rim + wall * t, half * (0.93 + 0.085 * bulge)));
    }
    profile.extend([
        Vec2::new(radius - 0.018, 0.97 * half),
        Vec2::new(radius - 0.007, 0.91 * half),
    ]);
    let wall: Vec<Vec2> = profile.iter().rev().copied().collect();
    // Hardly anybody sees the inner one.
    profile.drain(2..5);
    // Grooves around: four of 8 mm.
    let grooves = 4;
    let tread = 0.82 * half;
    for k in 0..grooves {
        let middle = tread - 2.0 * tread * (k as f32 + 0.9) / (grooves as f32 + 0.8);
        for (dy, down) in [
            (0.0045, 0.0),
            (0.004, 0.007),
            (-0.004, 0.007),
            (-0.0045, 0.0),
        ] {
            profile.push(Vec2::new(radius - down, middle + dy));
        }
    }
    let shoulder = wall.len();
    profile.extend(wall.into_iter().map(|p| Vec2::new(p.x, -p.y)));
    // From the outer wall to the inner one, so that the outside lies to the right.
    profile.reverse();
    let count = profile.len();
    // Blocks of the shoulders: a third of them is gaps.
    turned(&profile, around - around % 3, move |k, j| {
        let (outer, inner) = (j + 1, count - j + 3);
        let on_edge = [outer, inner]
            .iter()
            .any(|&k| k == shoulder || k + 1 == shoulder);
        if on_edge && k % 3 == 0 { 0.005 } else { 0.0 }
    })
}

/// How far out the spokes' faces lie at a radius: a dish that is deepest at the hub.
fn dish(r: f32, radius: f32, half: f32) -> f32 {
    let inwards = 1.0 - r / radius;
    -0.80 * half + 0.10 * half * inwards + 0.03 * inwards * inwards
}

fn rim(radius: f32, width: f32, spokes: usize, around: usize) -> Shell {
    let half = 0.5 * width;
    // The barrel as it is seen from the axle, and the flange that holds the tyre.
    let mut rim = turned(
        &[
            Vec2::new(radius - 0.018, 0.88 * half),
            Vec2::new(radius - 0.018, -0.70 * half),
            Vec2::new(radius - 0.014, -0.80 * half),
            Vec2::new(radius - 0.010, -0.89 * half),
            Vec2::new(radius - 0.006, -0.945 * half),
            Vec2::new(radius - 0.001, -0.965 * half),
            Vec2::new(radius + 0.005, -0.955 * half),
            Vec2::new(radius + 0.008, -0.92 * half),
        ],
        around,
        |_, _| 0.0,
    );
    let spoke = spoke(radius, half);
    for k in 0..spokes {
        // As the first nut stands between two spokes.
        let (sin, cos) = (TAU * (k as f32 + 0.5) / spokes as f32).sin_cos();
        let turn = |v: Vec3| Vec3::new(v.x * cos + v.z * sin, v.y, v.z * cos - v.x * sin);
        rim.append(&spoke.placed(turn, Vec3::ZERO));
    }
    // The hub with its cap.
    let face = dish(0.05, radius, half);
    rim.append(&turned(
        &[
            Vec2::new(0.0, face - 0.016),
            Vec2::new(0.020, face - 0.015),
            Vec2::new(0.0275, face - 0.012),
            Vec2::new(0.029, face - 0.006),
            Vec2::new(0.031, face - 0.006),
            Vec2::new(0.033, face - 0.009),
            Vec2::new(HUB_M - 0.010, face - 0.0095),
            Vec2::new(HUB_M - 0.003, face - 0.006),
            Vec2::new(HUB_M, face + 0.001),
            Vec2::new(HUB_M, face + 0.03),
        ],
        around / 3,
        |_, _| 0.0,
    ));
    let nut = turned(
        &[
            Vec2::new(0.0, -0.006),
            Vec2::new(0.007, -0.006),
            Vec2::new(0.009, -0.003),
            Vec2::new(0.009, 0.004),
        ],
        12,
        |_, _| 0.0,
    );
    for k in 0..NUTS {
        let (sin, cos) = (TAU * k as f32 / NUTS as f32).sin_cos();
        let at = Vec3::new(NUT_CIRCLE_M * sin, face - 0.0095, NUT_CIRCLE_M * cos);
        rim.append(&nut.placed(|v| v, at));
    }
    rim
}

/// A spoke along z: face and flanks, open at the back; wider at both ends.
fn spoke(radius: f32, half: f32) -> Shell {
    let (from, to) = (HUB_M - 0.022, radius - 0.013);
    let rows: Vec<Vec<Vec3>> = (0..=10)
        .map(|step| {
            // Closer together at the ends, where the fillets are.
            let t = 0.5 - 0.5 * (PI * step as f32 / 10.0).cos();
            let r = from + (to - from) * t;
            let fillet = |away: f32| 0.022 * (1.0 - away / 0.05).max(0.0).powi(3);
            let wide =
                0.030 + 0.016 * (r / radius).powi(2) + fillet(r - HUB_M + 0.022) + fillet(to - r);
            let face = dish(r, radius, half);
            [
                (1.0, 0.030),
                (1.0, 0.012),
                (0.985, 0.004),
                (0.93, 0.0),
                (0.84, -0.003),
                (0.45, -0.0015),
                (0.0, -0.0005),
            ]
            .into_iter()
            .flat_map(|(side, depth)| [(-side, depth), (side, depth)])
            .map(|(side, depth)| Vec3::new(side * wide, face + depth, r))
            .collect()
        })
        .map(|row: Vec<Vec3>| {
            // From one flank over the face to the other; the middle is there once.
            let left = row.iter().step_by(2).copied();
            let right = row.iter().skip(1).step_by(2).rev().skip(1).copied();
            left.chain(right).collect()
        })
        .collect();
    // Outwards from a line inside the spoke.
    sheet(&rows, |at| {
        Vec3::new(at.x, at.y - dish(at.z, radius, half) - 0.025, 0.0)
    })
}

fn disc(radius: f32, half: f32, y: f32) -> Shell {
    turned(
        &[
            Vec2::new(0.05, y - half),
            Vec2::new(radius - 0.003, y - half),
            Vec2::new(radius, y - half + 0.003),
            Vec2::new(radius, y + half),
        ],
        48,
        |_, _| 0.0,
    )
}
