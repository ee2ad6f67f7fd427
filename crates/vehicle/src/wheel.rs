//! Wheels: a tyre with tread, a rim with spokes, a brake disc.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};

use crate::curve::{smooth_max, smooth_min};
use crate::shell::{Shell, surface};

/// What a wheel is built of, about the origin: the axle runs along y, and the outside looks to −y.
#[derive(Debug)]
pub(crate) struct Wheel {
    pub(crate) tyre: Shell,
    pub(crate) rim: Shell,
    pub(crate) brake: Shell,
}

impl Wheel {
    /// Radii and width in metres.
    pub(crate) fn new(radius: f32, width: f32, rim_radius: f32, spokes: u32) -> Self {
        Self {
            tyre: tyre(radius, width, rim_radius),
            rim: rim(rim_radius, width, spokes),
            brake: disc(0.62 * rim_radius, 0.012, -0.02),
        }
    }
}

/// A profile turned about y: points are `(radius, y)`, from the inside of the rim over the tread to the outside.
fn turned(profile: &[Vec2], around: usize, radius_at: impl Fn(usize, usize) -> f32) -> Shell {
    let mut shell = Shell::default();
    let count = profile.len();
    for k in 0..=around {
        let (sin, cos) = (TAU * k as f32 / around as f32).sin_cos();
        for (j, p) in profile.iter().enumerate() {
            let radius = p.x + radius_at(k, j);
            shell
                .positions
                .push(Vec3::new(radius * sin, p.y, radius * cos));
            let before = profile[j.saturating_sub(1)];
            let after = profile[(j + 1).min(count - 1)];
            let along = (after - before).normalize_or_zero();
            // To the right of the profile's way lies the outside.
            let out = Vec2::new(-along.y, along.x) * -1.0;
            shell
                .normals
                .push(Vec3::new(out.x * sin, out.y, out.x * cos).normalize_or(Vec3::Y));
        }
    }
    for k in 0..around as u32 {
        for j in 0..count as u32 - 1 {
            let at = |k: u32, j: u32| k * count as u32 + j;
            let [a, b, c, d] = [at(k, j), at(k + 1, j), at(k + 1, j + 1), at(k, j + 1)];
            shell.triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    // Winding follows the normals.
    for triangle in &mut shell.triangles {
        let [a, b, c] = triangle.map(|k| shell.positions[k as usize]);
        let normal: Vec3 = triangle.iter().map(|&k| shell.normals[k as usize]).sum();
        if (b - a).cross(c - a).dot(normal) < 0.0 {
            triangle.swap(1, 2);
        }
    }
    shell
}

fn tyre(radius: f32, width: f32, rim: f32) -> Shell {
    let half = 0.5 * width;
    let bead = rim - 0.006;
    let wall = radius - rim;
    let mut profile = vec![
        Vec2::new(bead, 0.86 * half),
        Vec2::new(rim + 0.004, 0.93 * half),
    ];
    for t in [0.25_f32, 0.45, 0.65, 0.8] {
        let bulge = (t * std::f32::consts::PI).sin().powf(0.7);
        profile.push(Vec2::new(rim + wall * t, half * (0.93 + 0.085 * bulge)));
    }
    profile.extend([
        Vec2::new(radius - 0.018, 0.97 * half),
        Vec2::new(radius - 0.007, 0.91 * half),
    ]);
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
    let mirrored: Vec<Vec2> = profile[..8]
        .iter()
        .rev()
        .map(|p| Vec2::new(p.x, -p.y))
        .collect();
    let shoulder = 8;
    profile.extend(mirrored);
    let count = profile.len();
    turned(&profile, 120, move |k, j| {
        // Blocks of the shoulders.
        let on_edge = j == shoulder - 1
            || j == shoulder - 2
            || j + shoulder == count
            || j + shoulder == count + 1;
        if on_edge && k % 3 == 0 { -0.005 } else { 0.0 }
    })
}

fn rim(radius: f32, width: f32, spokes: u32) -> Shell {
    let half = 0.5 * width;
    let body = |at: Vec3| {
        let r = Vec2::new(at.x, at.z).length();
        // Barrel with a flange at the outside.
        let barrel = ((r - radius + 0.012).abs() - 0.006).max(at.y.abs() - 0.88 * half);
        let flange = smooth_max(
            (r - radius + 0.004).abs() - 0.012,
            (at.y + 0.86 * half).abs() - 0.006,
            0.006,
        );
        // Spokes on a dish that is deepest at the hub.
        let dish =
            -0.80 * half + 0.10 * half * (1.0 - r / radius) + 0.03 * (1.0 - r / radius).powi(2);
        let angle = at.x.atan2(at.z);
        let turn = TAU / spokes as f32;
        let off = (angle.rem_euclid(turn) - 0.5 * turn).abs() * r;
        let wide = 0.018 + 0.016 * (r / radius).powi(2) + if spokes <= 6 { 0.014 } else { 0.0 };
        let spoke = smooth_max(
            smooth_max(off - wide, (at.y - dish - 0.012).abs() - 0.016, 0.012),
            r - radius + 0.006,
            0.004,
        );
        let hub = smooth_max(r - 0.075, (at.y - dish - 0.014).abs() - 0.026, 0.012);
        let bolts = (0..5)
            .map(|k| {
                let (sin, cos) = (TAU * k as f32 / 5.0).sin_cos();
                let away = Vec2::new(at.x - 0.055 * sin, at.z - 0.055 * cos).length();
                (away - 0.009).max((at.y - dish + 0.008).abs() - 0.012)
            })
            .fold(f32::INFINITY, f32::min);
        smooth_min(smooth_min(barrel.min(flange), spoke, 0.012), hub, 0.015).max(-bolts)
    };
    let reach = radius + 0.03;
    surface(
        &body,
        Vec3::new(-reach, -half - 0.02, -reach),
        Vec3::new(reach, half + 0.02, reach),
        0.008,
    )
}

fn disc(radius: f32, half: f32, y: f32) -> Shell {
    turned(
        &[
            Vec2::new(0.05, y + half),
            Vec2::new(radius, y + half),
            Vec2::new(radius, y - half),
            Vec2::new(0.05, y - half),
        ],
        48,
        |_, _| 0.0,
    )
}
