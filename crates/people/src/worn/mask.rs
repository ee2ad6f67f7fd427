//! Face masks: surgical, FFP2 and cloth, over nose and mouth, under the nose or under the chin.
//!
//! A mask is a patch of rays from within the head between two curves that landmarks give, taut over the face, with what its make adds: pleats, a fold down the
//! middle, seams; two cords go around the ears.

use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::mesh::Part;

use super::head::{Head, Radii};
use super::obstacle::Obstacle;
use super::sheet::{Edges, STRETCHED, Sheet, cord, taut};

/// What a mask is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    Surgical,
    Ffp2,
    Cloth,
}

/// How it is worn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wear {
    Right,
    BelowNose,
    UnderChin,
}

/// Rows from top to bottom and columns from the person's right to left.
const ROWS: usize = 45;
const COLUMNS: usize = 61;

/// The cloth and the cords, in the head's axes.
pub(crate) struct Mask {
    pub(crate) cloth: Mesh,
    pub(crate) cords: Mesh,
}

/// Direction of a point from the centre: azimuth to the left from forward, elevation.
fn angles(p: Vec3) -> Vec2 {
    Vec2::new(p.x.atan2(p.z), p.y.atan2(p.x.hypot(p.z)))
}

fn direction(azimuth: f32, elevation: f32) -> Vec3 {
    Vec3::new(
        azimuth.sin() * elevation.cos(),
        elevation.sin(),
        azimuth.cos() * elevation.cos(),
    )
}

pub(crate) fn build(head: &Head, skin: &Obstacle, make: Make, wear: Wear) -> Mask {
    let s = head.scale;
    let [right, left] = head.ears;
    let centre = Vec3::new(
        0.0,
        0.5 * (head.point(33).y + head.point(8).y),
        0.5 * (right.root.z + left.root.z) + 0.012 * s,
    );
    let radii = Radii {
        obstacle: skin,
        centre,
        // Not as far as the chest.
        reach_m: 0.14 * s,
    };
    let seen = |p: Vec3| angles(p - centre);
    let bridge = head.point(28).lerp(head.point(29), 0.25);
    let chin = seen(head.point(8)).y;
    let mouth_side = 0.5 * (head.point(48).y + head.point(54).y);
    let side_z = centre.z + 0.035 * s;
    let side = |y: f32| seen(Vec3::new(0.066 * s, y, side_z)).y;
    let nose_y = head.point(33).y;
    // Elevations of the upper and the lower edge, in the middle and at the sides.
    let (top, bottom, width) = match wear {
        Wear::Right => (
            [seen(bridge).y, side(nose_y + 0.010 * s)],
            [chin - 0.26, side(mouth_side - 0.022 * s)],
            1.10,
        ),
        Wear::BelowNose => (
            [seen(head.point(33)).y - 0.02, side(mouth_side + 0.012 * s)],
            [chin - 0.30, side(mouth_side - 0.030 * s)],
            1.10,
        ),
        Wear::UnderChin => (
            [
                seen(head.point(57).lerp(head.point(8), 0.55)).y,
                side(mouth_side - 0.024 * s),
            ],
            [chin - 0.46, side(mouth_side - 0.048 * s)],
            1.10,
        ),
    };
    let azimuth = |column: usize| (2.0 * column as f32 / (COLUMNS - 1) as f32 - 1.0) * width;
    let elevation = |row: usize, column: usize| {
        let w = (azimuth(column) / width).abs();
        // The nose lifts the upper edge to a point; the lower one is round under the chin.
        let upper = top[1] + (top[0] - top[1]) * (1.0 - w).powf(1.35);
        let lower = bottom[1] + (bottom[0] - bottom[1]) * (w * std::f32::consts::FRAC_PI_2).cos();
        upper + (lower - upper) * row as f32 / (ROWS - 1) as f32
    };
    let mut heights = Vec::with_capacity(ROWS * COLUMNS);
    let mut last = 0.09 * s;
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let ray = direction(azimuth(column), elevation(row, column));
            last = radii.along(ray).unwrap_or(last);
            heights.push(last);
        }
    }
    // Rays that pass under the chin meet neck and chest further out; the cloth does not reach for them.
    for column in 0..COLUMNS {
        for row in 1..ROWS {
            let at = row * COLUMNS + column;
            if elevation(row, column) < chin + 0.03 {
                heights[at] = heights[at].min(heights[at - COLUMNS] * 1.012);
            }
        }
    }
    let edge = |row: usize, column: usize| {
        let (r, c) = (
            row as f32 / (ROWS - 1) as f32,
            column as f32 / (COLUMNS - 1) as f32,
        );
        (4.0 * r * (1.0 - r))
            .min(4.0 * c * (1.0 - c))
            .clamp(0.0, 1.0)
    };
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            // Against pores, hairs and corners between rays.
            heights[row * COLUMNS + column] += 0.0012 + 0.0008 * edge(row, column).min(0.5);
        }
    }
    let limit = heights[0..ROWS * COLUMNS]
        .iter()
        .copied()
        .fold(0.0, f32::max);
    let mut radius = taut(&heights, ROWS, COLUMNS, Edges::Patch, STRETCHED);
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let at = row * COLUMNS + column;
            let a = azimuth(column) / width;
            let r = row as f32 / (ROWS - 1) as f32;
            let inside = edge(row, column);
            let lift = match make {
                // Pleats stand off a little, each overlapping the next one below.
                Make::Surgical => {
                    let pleat = (r * 4.0).fract();
                    inside.sqrt()
                        * s
                        * (0.002 + 0.0012 * (1.0 - pleat) * f32::from(u8::from(r > 0.2 && r < 0.8)))
                }
                // Two stiff halves meet in a fold down the middle, furthest before the mouth.
                Make::Ffp2 => {
                    let tent = (1.0 - a.abs() * 1.25).max(0.0);
                    let profile = (r.powf(1.25) * std::f32::consts::PI)
                        .sin()
                        .max(0.0)
                        .powf(1.2);
                    0.018 * s * tent * profile * if wear == Wear::Right { 1.0 } else { 0.55 }
                }
                Make::Cloth => inside.sqrt() * 0.0015 * s,
            };
            radius[at] = (radius[at] + lift).min(limit + 0.02 * s);
        }
    }
    let points: Vec<Vec3> = (0..ROWS * COLUMNS)
        .map(|at| {
            let (row, column) = (at / COLUMNS, at % COLUMNS);
            centre + direction(azimuth(column), elevation(row, column)) * radius[at]
        })
        .collect();
    let sheet = Sheet {
        rows: ROWS,
        columns: COLUMNS,
        is_round: false,
        has_pole: false,
        uvs: (0..ROWS * COLUMNS)
            .map(|at| {
                Vec2::new(
                    (at % COLUMNS) as f32 / (COLUMNS - 1) as f32,
                    1.0 - (at / COLUMNS) as f32 / (ROWS - 1) as f32,
                )
            })
            .collect(),
        points,
    };
    let thickness = match make {
        Make::Surgical => 0.0006,
        Make::Ffp2 => 0.0012,
        Make::Cloth => 0.0010,
    };
    let cloth = sheet.mesh(thickness, centre, Part::Facewear, |_, _| true);
    let mut cords = Mesh::default();
    for (ear, column, sign) in [(right, 0, -1.0f32), (left, COLUMNS - 1, 1.0)] {
        // Sewn on a little within the corners.
        let upper = sheet.at(2, column);
        let lower = sheet.at(ROWS - 3, column);
        loop_around(head, &radii, &ear, [upper, lower], sign, &mut cords);
    }
    Mask { cloth, cords }
}

/// A cord from the mask's upper corner over the ear's root, down behind it and back to the lower corner.
fn loop_around(
    head: &Head,
    radii: &Radii<'_>,
    ear: &super::head::Ear,
    corners: [Vec3; 2],
    sign: f32,
    out: &mut Mesh,
) {
    let s = head.scale;
    let [upper, lower] = corners;
    let over = ear.root + Vec3::new(sign * 0.0015, 0.0015, 0.001);
    let behind = [
        ear.root + Vec3::new(sign * -0.001, -0.006 * s, -0.012 * s),
        ear.root + Vec3::new(sign * -0.005, -0.026 * s, -0.020 * s),
        Vec3::new(
            ear.lobe.x - sign * 0.005,
            ear.lobe.y + 0.006 * s,
            ear.lobe.z - 0.008 * s,
        ),
    ];
    let under = Vec3::new(ear.lobe.x - sign * 0.004, ear.lobe.y - 0.001, ear.lobe.z);
    let clear = |p: Vec3| {
        // Over cheek and jaw the cord lies on the skin.
        let ray = (p - radii.centre).normalize_or(Vec3::X * sign);
        match radii.along(ray) {
            Some(r) if (p - radii.centre).length() < r + 0.0012 => {
                radii.centre + ray * (r + 0.0012)
            }
            _ => p,
        }
    };
    let mut line = vec![upper];
    for k in 1..6 {
        line.push(clear(upper.lerp(over, k as f32 / 6.0)));
    }
    line.push(over);
    line.extend(behind);
    line.push(under);
    for k in 1..6 {
        line.push(clear(under.lerp(lower, k as f32 / 6.0)));
    }
    line.push(lower);
    let path = crate::eyewear::curve(&line);
    cord(&path, 0.0011, Vec3::X, Part::Facewear, out);
}
