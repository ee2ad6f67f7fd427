//! What is seen through windows and gaps: the body's inner side, seats, dashboard, steering wheel, wheel housings.

use glam::{Vec2, Vec3};

use crate::curve::{smooth_max, smooth_min};
use crate::panels::{Lines, Piece};
use crate::part::CarPart;
use crate::shell::{Body, Shell, surface};
use crate::skin::Skin;
use crate::specification::BodyStyle;

/// How far the inner shell lies below the skin, metres.
const BELOW: f32 = 0.042;
/// How far it reaches under the rim of the glass: the dark border of glued windows.
const BORDER: f32 = 0.028;

/// Flat pieces of a wheel housing.
const HOUSING_STEPS: usize = 28;

/// The inner shell and the furniture.
pub(crate) fn pieces(skin: &Skin, lines: &Lines<'_>) -> Vec<Piece> {
    let sheet = &skin.sheet;
    let half = 0.5 * sheet.width_m;
    let inner = |at: Vec3| skin.value(at) + BELOW;
    let shell = surface(
        &inner,
        Vec3::new(-0.1, -half - 0.1, 0.0),
        Vec3::new(sheet.length_m + 0.1, half + 0.1, sheet.height_m + 0.1),
        0.032,
    );
    let (_, shell) = shell.split(&|at| lines.glass(at) + BORDER, 0.0);
    let (_, shell) = shell.split(&|at| in_arches(skin, at), 0.0);
    let mut pieces = vec![Piece {
        part: CarPart::Underbody,
        shell,
    }];
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
            shell
                .positions
                .push(centre + out * r + Vec3::Y * (side * y));
            shell
                .normals
                .push(if r > 0.0 { -out } else { Vec3::Y * side });
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

/// A box with round edges about a centre, leaning back.
fn cushion(at: Vec3, centre: Vec3, half: Vec3, lean: f32, round: f32) -> f32 {
    let (sin, cos) = lean.sin_cos();
    let d = at - centre;
    let d = Vec3::new(d.x * cos - d.z * sin, d.y, d.x * sin + d.z * cos);
    let q = d.abs() - half + round;
    q.max(Vec3::ZERO).length() + q.max_element().min(0.0) - round
}

fn furniture(skin: &Skin, lines: &Lines<'_>) -> Shell {
    let sheet = &skin.sheet;
    let half = 0.5 * sheet.width_m;
    let foot = skin.windscreen[0];
    let floor = sheet.ground_clearance_m + 0.12;
    let high = (sheet.height_m - 0.98).clamp(floor + 0.12, floor + 0.75);
    // The driver's hips are so far behind the windscreen's foot.
    let hips = foot.x + 1.0;
    let rows: Vec<f32> = match sheet.style {
        BodyStyle::Van => vec![hips - 0.15],
        BodyStyle::Minibus => vec![hips - 0.15, hips + 0.85, hips + 1.7, hips + 2.5],
        BodyStyle::Coupe => vec![hips, hips + 0.75],
        _ => vec![hips, (hips + 0.86).min(lines.pillars[1] + 0.1)],
    };
    let wheel_centre = Vec3::new(hips - 0.58, -0.36, high + 0.36);
    let body = |at: Vec3| {
        let mut nearest = f32::INFINITY;
        for (row, &x) in rows.iter().enumerate() {
            let seats: &[f32] = if row == 0 {
                &[-0.37, 0.37]
            } else {
                &[-0.42, 0.0, 0.42]
            };
            for &y in seats {
                let wide = if row == 0 { 0.25 } else { 0.21 };
                let seat = cushion(
                    at,
                    Vec3::new(x - 0.18, y, high - 0.02),
                    Vec3::new(0.27, wide, 0.08),
                    0.12,
                    0.06,
                );
                let back = cushion(
                    at,
                    Vec3::new(x + 0.17, y, high + 0.3),
                    Vec3::new(0.07, wide - 0.01, 0.33),
                    0.32,
                    0.06,
                );
                let head = cushion(
                    at,
                    Vec3::new(x + 0.3, y, high + 0.68),
                    Vec3::new(0.05, 0.13, 0.09),
                    0.25,
                    0.045,
                );
                nearest = nearest.min(smooth_min(seat, back, 0.05)).min(head);
            }
        }
        let board = cushion(
            at,
            Vec3::new(foot.x + 0.12, 0.0, foot.y - 0.12),
            Vec3::new(0.3, half - 0.15, 0.11),
            0.1,
            0.09,
        );
        let d = at - wheel_centre;
        let (sin, cos) = 0.42_f32.sin_cos();
        let d = Vec3::new(d.x * cos - d.z * sin, d.y, d.x * sin + d.z * cos);
        let ring = Vec2::new(Vec2::new(d.y, d.z).length() - 0.18, d.x).length() - 0.016;
        let spoke = smooth_max(d.z.abs() - 0.02, Vec2::new(d.y, d.z).length() - 0.18, 0.01)
            .max(d.x.abs() - 0.015);
        nearest.min(board).min(ring).min(spoke)
    };
    // Nothing stands out of the car.
    let within = |at: Vec3| smooth_max(body(at), skin.value(at) + BELOW + 0.012, 0.02);
    let last = rows.last().copied().unwrap_or(hips) + 0.7;
    surface(
        &within,
        Vec3::new(foot.x - 0.45, -half, floor),
        Vec3::new(last.min(sheet.length_m), half, sheet.height_m),
        0.024,
    )
}
