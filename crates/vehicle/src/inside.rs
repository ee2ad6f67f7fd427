//! What is seen through windows and gaps: the body's inner side, seats, dashboard, steering wheel, wheel housings.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};

use crate::panels::{Lines, Piece};
use crate::part::CarPart;
use crate::shell::Shell;
use crate::skin::Skin;
use crate::solid::{rounded_box, turned};
use crate::surface::{Body, Grid, planes, surface};

/// How far the inner shell lies below the skin, metres.
const BELOW: f32 = 0.042;
/// How far it reaches under the rim of the glass: the dark border of glued windows.
const BORDER: f32 = 0.028;

/// Flat pieces of a wheel housing.
const HOUSING_STEPS: usize = 28;

/// The inner shell, the floor and the furniture, on cells of `cell` metres.
pub(crate) fn pieces(skin: &Skin, lines: &Lines<'_>, cell: f32) -> Vec<Piece> {
    let sheet = &skin.sheet;
    let grid = |low: f32, high: f32| {
        Grid::halved(
            planes(-0.1, sheet.length_m + 0.1, |_| cell),
            planes(0.0, 0.5 * sheet.width_m + 0.1, |_| cell),
            planes(low, high, |_| cell),
        )
    };
    let low = lines.floor_z();
    let inner = surface(
        &|at: Vec3| skin.value(at) + BELOW,
        &grid(low, sheet.height_m + 0.1),
    );
    let (_, inner) = inner.split(&|at| lines.glass(at) + BORDER, 0.0);
    let (_, inner) = inner.split(&|at| in_arches(skin, at), 0.0);
    let floor = surface(skin, &grid(sheet.ground_clearance_m - 0.1, low + cell));
    let (_, floor) = floor.split(&|at| lines.arches(at), 0.0);
    let (floor, _) = floor.split(&|at| at.z - low, 0.0);
    let mut pieces = vec![
        Piece {
            part: CarPart::Underbody,
            shell: inner,
        },
        Piece {
            part: CarPart::Underbody,
            shell: floor,
        },
    ];
    for axle in sheet.axles() {
        for side in [-1.0, 1.0] {
            pieces.push(Piece {
                part: CarPart::Underbody,
                shell: housing(skin, axle, side),
            });
        }
    }
    pieces.push(Piece {
        part: CarPart::Interior,
        shell: furniture(skin, lines),
    });
    pieces
}

fn in_arches(skin: &Skin, at: Vec3) -> f32 {
    let outside = 0.5 * skin.sheet.width_m - 0.4 - at.y.abs();
    skin.sheet
        .axles()
        .into_iter()
        .map(|axle| {
            let centre = Vec2::new(axle, skin.sheet.tyre_radius_m());
            (Vec2::new(at.x, at.z).distance(centre) - skin.arch_m - 0.004).max(outside)
        })
        .fold(f32::INFINITY, f32::min)
}

/// A half drum around a wheel, open to the outside and below.
fn housing(skin: &Skin, axle: f32, side: f32) -> Shell {
    let radius = skin.arch_m + 0.006;
    let (outer, inner) = (
        0.5 * skin.sheet.width_m - 0.03,
        0.5 * skin.sheet.width_m - 0.4,
    );
    let centre = Vec3::new(axle, 0.0, skin.sheet.tyre_radius_m());
    let mut shell = Shell::default();
    for k in 0..=HOUSING_STEPS {
        let angle = -0.45 + (std::f32::consts::PI + 0.9) * k as f32 / HOUSING_STEPS as f32;
        let (sin, cos) = angle.sin_cos();
        let out = Vec3::new(cos, 0.0, sin);
        for (r, y) in [(radius, outer), (radius, inner), (0.0, inner)] {
            shell.push(
                centre + out * r + Vec3::Y * (side * y),
                if r > 0.0 { -out } else { Vec3::Y * side },
            );
        }
    }
    for k in 0..HOUSING_STEPS as u32 {
        for j in 0..2 {
            let [a, b] = [3 * k + j, 3 * k + j + 1];
            let [c, d] = [a + 3, b + 3];
            // Seen from within, and from without through gaps.
            shell.triangles.extend([[a, b, c], [b, d, c]]);
        }
    }
    shell
}

/// A cushion about a centre, leaning back by so many radians.
fn cushion(centre: Vec3, half: Vec3, lean: f32, round: f32) -> Shell {
    rounded_box(half, round, 2).placed(leaning(lean), centre)
}

/// Turned about the way across: tops move rearwards.
fn leaning(lean: f32) -> impl Fn(Vec3) -> Vec3 {
    let (sin, cos) = lean.sin_cos();
    move |d| Vec3::new(d.x * cos + d.z * sin, d.y, d.z * cos - d.x * sin)
}

fn furniture(skin: &Skin, lines: &Lines<'_>) -> Shell {
    let sheet = &skin.sheet;
    let half = 0.5 * sheet.width_m;
    let foot = skin.windscreen[0];
    let floor = sheet.ground_clearance_m + 0.12;
    let high = (sheet.height_m - 0.98).clamp(floor + 0.12, floor + 0.75);
    // The driver's hips are so far behind the windscreen's foot.
    let hips = foot.x + 1.0;
    // Nobody sits farther back in a second row than its doors reach.
    let rows = skin.look.seat_rows_m.iter().enumerate().map(|(row, by)| {
        let most = if row == 1 {
            lines.pillars[1] + 0.1
        } else {
            f32::INFINITY
        };
        (hips + by).min(most)
    });
    let mut all = Shell::default();
    for (row, x) in rows.enumerate() {
        let (wide, seats): (f32, &[f32]) = if row == 0 {
            (0.25, &[-0.37, 0.37])
        } else {
            (0.21, &[-0.42, 0.0, 0.42])
        };
        let at = |dx: f32, dz: f32| Vec3::new(x + dx, 0.0, high + dz);
        let mut seat = cushion(at(-0.18, -0.02), Vec3::new(0.27, wide, 0.08), 0.12, 0.06);
        let back = Vec3::new(0.07, wide - 0.01, 0.33);
        seat.append(&cushion(at(0.17, 0.3), back, 0.32, 0.06));
        let head = Vec3::new(0.05, 0.13, 0.09);
        seat.append(&cushion(at(0.3, 0.68), head, 0.25, 0.045));
        for &y in seats {
            all.append(&seat.placed(|v| v, Vec3::Y * y));
        }
    }
    all.append(&cushion(
        Vec3::new(foot.x + 0.12, 0.0, foot.y - 0.12),
        Vec3::new(0.3, half - 0.15, 0.11),
        0.1,
        0.09,
    ));
    all.append(&steering_wheel().placed(leaning(0.42), Vec3::new(hips - 0.58, -0.36, high + 0.36)));
    // Nothing stands out of the car.
    all.split(&|at| skin.value(at) + BELOW + 0.012, 0.0).0
}

/// About the origin, across x.
fn steering_wheel() -> Shell {
    let ring: Vec<Vec2> = (0..=8)
        .map(|k| {
            let (sin, cos) = (TAU * k as f32 / 8.0).sin_cos();
            Vec2::new(0.18 + 0.016 * cos, 0.016 * sin)
        })
        .collect();
    let upright = |v: Vec3| Vec3::new(v.y, v.z, v.x);
    let mut wheel = turned(&ring, 28, |_, _| 0.0).placed(upright, Vec3::ZERO);
    wheel.append(&rounded_box(Vec3::new(0.012, 0.17, 0.02), 0.008, 1));
    wheel.append(&rounded_box(Vec3::new(0.02, 0.07, 0.05), 0.015, 1));
    wheel
}
