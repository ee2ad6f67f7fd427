//! Hats that follow the skull: beanie, cap, hard hat, bandana.
//!
//! Each is a dome of rays from the middle of the skull, from the crown down to a hem whose height is given around the head, taut over skin and pressed hair.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::mesh::Part;

use super::head::{Head, Radii};
use super::obstacle::Obstacle;
use super::sheet::{Edges, STRETCHED, Sheet, taut};

/// Rows from the crown to the hem; columns around, the last on the first.
const ROWS: usize = 49;
const COLUMNS: usize = 97;

/// A hat by its make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    Beanie,
    Cap,
    HardHat,
    Bandana,
}

/// Direction at a polar angle from the crown, at an azimuth to the left from forward.
fn direction(azimuth: f32, polar: f32) -> Vec3 {
    Vec3::new(
        azimuth.sin() * polar.sin(),
        polar.cos(),
        azimuth.cos() * polar.sin(),
    )
}

fn azimuth(column: usize) -> f32 {
    (column % (COLUMNS - 1)) as f32 / (COLUMNS - 1) as f32 * TAU
}

/// Blends three heights, at the front, the sides and the back, smoothly around the head.
fn around(azimuth: f32, front: f32, side: f32, back: f32) -> f32 {
    let c = azimuth.cos();
    let end = if c > 0.0 { front } else { back };
    side + (end - side) * c * c
}

struct Dome {
    centre: Vec3,
    /// Polar angle of the hem, one a column.
    hem: Vec<f32>,
    radius: Vec<f32>,
}

impl Dome {
    /// Rays down to where what they meet, `clearance_m` further out, comes to the hem's height.
    fn new(head: &Head, skin: &Obstacle, clearance_m: f32, hem_y: &dyn Fn(f32) -> f32) -> Self {
        let centre = head.skull;
        let radii = Radii {
            obstacle: skin,
            centre,
            reach_m: 0.22,
        };
        let hem: Vec<f32> = (0..COLUMNS)
            .map(|column| {
                let a = azimuth(column);
                let wanted = hem_y(a) - centre.y;
                let mut last = head.half.y;
                let steps = 140;
                for step in 0..=steps {
                    let polar = 0.5 + (2.5 - 0.5) * step as f32 / steps as f32;
                    last = radii.along(direction(a, polar)).unwrap_or(last);
                    if (last + clearance_m) * polar.cos() <= wanted {
                        return polar;
                    }
                }
                2.5
            })
            .collect();
        let mut heights = Vec::with_capacity(ROWS * COLUMNS);
        let mut last = head.half.y;
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let polar = hem[column] * row as f32 / (ROWS - 1) as f32;
                last = radii
                    .along(direction(azimuth(column), polar))
                    .unwrap_or(last);
                heights.push(last + clearance_m);
            }
        }
        let radius = taut(&heights, ROWS, COLUMNS, Edges::Cap, STRETCHED);
        Self {
            centre,
            hem,
            radius,
        }
    }

    /// The surface with `lift(azimuth, share of the way down)` added.
    fn sheet(&self, lift: &dyn Fn(f32, f32) -> f32, uv: &dyn Fn(f32, f32) -> Vec2) -> Sheet {
        let mut points = Vec::with_capacity(ROWS * COLUMNS);
        let mut uvs = Vec::with_capacity(ROWS * COLUMNS);
        for row in 0..ROWS {
            let down = row as f32 / (ROWS - 1) as f32;
            for column in 0..COLUMNS {
                let a = azimuth(column);
                let r = self.radius[row * COLUMNS + column] + lift(a, down);
                points.push(self.centre + direction(a, self.hem[column] * down) * r);
                uvs.push(uv(column as f32 / (COLUMNS - 1) as f32, down));
            }
        }
        Sheet {
            rows: ROWS,
            columns: COLUMNS,
            is_round: true,
            has_pole: true,
            points,
            uvs,
        }
    }
}

fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// How a hat sits: hair below it, and two numbers of its own in `[0, 1)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sit {
    /// Room for pressed hair, metres.
    pub(crate) hair_m: f32,
    /// How low it is pulled, and how full it is.
    pub(crate) low: f32,
    pub(crate) full: f32,
}

/// The hat in the head's axes; texture coordinates repeat every stitch, or run over the hat once where its cloth is not knitted.
pub(crate) fn build(head: &Head, skin: &Obstacle, make: Make, sit: Sit) -> Mesh {
    match make {
        Make::Beanie => beanie(head, skin, sit),
        Make::Cap => cap(head, skin, sit),
        Make::HardHat => hard_hat(head, skin, sit),
        Make::Bandana => bandana(head, skin, sit),
    }
}

/// Width and height of a pair of knitted stitches, metres.
const STITCH_M: Vec2 = Vec2::new(0.0056, 0.0044);

fn beanie(head: &Head, skin: &Obstacle, sit: Sit) -> Mesh {
    let s = head.scale;
    let forehead = head.crown_y - head.brow_y;
    let root_y = 0.5 * (head.ears[0].root.y + head.ears[1].root.y);
    let front = head.brow_y + (0.16 + 0.16 * (1.0 - sit.low)) * forehead;
    let side = root_y + (0.004 - 0.006 * sit.low) * s;
    let back = root_y - (0.012 + 0.025 * sit.low) * s;
    let clearance = 0.0035 + sit.hair_m;
    let dome = Dome::new(head, skin, clearance, &|a| around(a, front, side, back));
    let girth = TAU * 0.088 * s;
    let stitches = (girth / STITCH_M.x).round();
    let courses = 0.2 * s / STITCH_M.y;
    let full = (0.006 + 0.022 * sit.full) * s;
    // The folded rim is a third of the way up and twice as thick.
    let lift = |a: f32, down: f32| {
        let cuff = 0.0042 * smooth(0.695, 0.705, down) * (1.0 - 0.3 * smooth(0.97, 1.0, down));
        let loose = full
            * (1.0 - smooth(0.0, 0.66, down))
            * (1.0 - 0.35 * a.cos() * smooth(0.0, 0.5, down));
        cuff + loose
    };
    let sheet = dome.sheet(&lift, &|u, down| {
        Vec2::new(u * stitches, (1.0 - down) * courses)
    });
    sheet.mesh(0.0028, dome.centre, Part::Headwear, |_, _| true)
}

fn cap(head: &Head, skin: &Obstacle, sit: Sit) -> Mesh {
    let s = head.scale;
    let forehead = head.crown_y - head.brow_y;
    let root_y = 0.5 * (head.ears[0].root.y + head.ears[1].root.y);
    let front = head.brow_y + (0.20 + 0.14 * (1.0 - sit.low)) * forehead;
    let side = root_y + (0.010 + 0.006 * (1.0 - sit.low)) * s;
    let back = root_y - 0.004 * s;
    let dome = Dome::new(head, skin, 0.0025 + sit.hair_m, &|a| {
        around(a, front, side, back)
    });
    let high = (0.008 + 0.012 * sit.full) * s;
    // Six panels; the two in front are stiff and stand up.
    let lift = |a: f32, down: f32| {
        // One height at the crown, where all azimuths meet.
        let stiff = 0.25 + ((0.5 + 0.5 * a.cos()).powi(2) - 0.25) * smooth(0.0, 0.5, down);
        let panel = (a / (TAU / 6.0)).fract() - 0.5;
        let seam = 0.0009 * (-(panel / 0.035).powi(2)).exp() * smooth(0.02, 0.12, down);
        high * (0.35 + 0.65 * stiff) * (1.0 - smooth(0.30, 1.0, down)) - seam
    };
    // A stitch of the twill is a fraction of a millimetre: once around is 140 tiles of 4 mm.
    let crown = dome.sheet(&lift, &|u, down| Vec2::new(u * 140.0, (1.0 - down) * 45.0));
    let mut out = crown.mesh(0.0018, dome.centre, Part::Headwear, |_, _| true);
    brim(&crown, s, &mut out);
    button(&crown, s, &mut out);
    out
}

/// The brim, from the hem's front forwards: flat in the middle and bent down at the sides.
fn brim(crown: &Sheet, s: f32, out: &mut Mesh) {
    const ACROSS: usize = 41;
    const OUT: usize = 15;
    let widest = 1.12;
    let hem = |a: f32| {
        let column = (a.rem_euclid(TAU) / TAU) * (COLUMNS - 1) as f32;
        let (low, t) = (column.floor() as usize % (COLUMNS - 1), column.fract());
        crown.at(ROWS - 1, low).lerp(crown.at(ROWS - 1, low + 1), t)
    };
    let middle = hem(0.0);
    let length = 0.074 * s;
    let mut points = Vec::new();
    let mut uvs = Vec::new();
    for row in 0..OUT {
        let t = row as f32 / (OUT - 1) as f32;
        for column in 0..ACROSS {
            let u = 2.0 * column as f32 / (ACROSS - 1) as f32 - 1.0;
            let root = hem(u * widest);
            // Longest in the middle, none at the ends.
            let reach = length * (1.0 - u.abs().powf(2.6)).max(0.0).powf(0.6);
            let forward =
                Vec3::new(0.25 * root.x.signum() * u.abs(), 0.0, 1.0).normalize_or(Vec3::Z);
            let droop = 0.20 * reach * t + 0.030 * s * u * u * t * (reach / length);
            // Half-way into the hem, so that nothing shines through between them.
            let start = root - forward * 0.002 + Vec3::Y * 0.0015;
            points.push(start + forward * (reach * t) - Vec3::Y * droop);
            uvs.push(Vec2::new(u * 20.0, t * 16.0));
        }
    }
    let sheet = Sheet {
        rows: OUT,
        columns: ACROSS,
        is_round: false,
        has_pole: false,
        points,
        uvs,
    };
    let below = Vec3::new(0.0, middle.y - 0.2, middle.z);
    append(out, &sheet.mesh(0.0028, below, Part::Headwear, |_, _| true));
}

fn button(crown: &Sheet, s: f32, out: &mut Mesh) {
    let top = crown.at(0, 0);
    append(
        out,
        &ball(top, Vec3::new(0.006, 0.0035, 0.006) * s, Part::Headwear),
    );
}

fn hard_hat(head: &Head, skin: &Obstacle, sit: Sit) -> Mesh {
    let s = head.scale;
    let forehead = head.crown_y - head.brow_y;
    let root_y = 0.5 * (head.ears[0].root.y + head.ears[1].root.y);
    let front = head.brow_y + (0.26 + 0.12 * (1.0 - sit.low)) * forehead;
    let back = root_y + 0.010 * s;
    let side = 0.5 * (front + back) + 0.002 * s;
    // The shell stands off the cradle: 15 mm at the sides, 30 above.
    let clearance = 0.014 * s + 0.5 * sit.hair_m;
    let dome = Dome::new(head, skin, clearance, &|a| around(a, front, side, back));
    let lift = |a: f32, down: f32| {
        let above = 0.018 * s * (1.0 - smooth(0.0, 0.9, down));
        // Three ribs along the crown.
        let across = a.sin() * (down * 1.6).min(1.0);
        let rib = |at: f32| (-((across - at) / 0.07).powi(2)).exp();
        let ribs = 0.0035
            * s
            * (rib(0.0) + 0.8 * rib(0.42) + 0.8 * rib(-0.42))
            * (1.0 - smooth(0.55, 0.8, down));
        // The edge turns outwards into a short brim, longer in front.
        let front = (0.5 + 0.5 * a.cos()).powi(3);
        let flare = (0.010 + 0.030 * front) * s * smooth(0.86, 1.0, down).powi(2);
        above + ribs + flare
    };
    let sheet = dome.sheet(&lift, &|u, down| Vec2::new(u, down));
    let mut out = sheet.mesh(0.0025, dome.centre, Part::Headwear, |_, _| true);
    // The band of the cradle, seen from below between shell and head.
    let band = Dome::new(head, skin, 0.002 + 0.5 * sit.hair_m, &|a| {
        around(a, front, side, back) - 0.002
    });
    let strap = band.sheet(&|_, _| 0.0, &|u, down| Vec2::new(u, down));
    append(
        &mut out,
        &strap.mesh(0.0015, band.centre, Part::Headwear, |row, _| {
            row > ROWS - 10
        }),
    );
    out
}

/// A square of cloth folded to a triangle, tied at the back of the head with two short ends.
fn bandana(head: &Head, skin: &Obstacle, sit: Sit) -> Mesh {
    let s = head.scale;
    let forehead = head.crown_y - head.brow_y;
    let root_y = 0.5 * (head.ears[0].root.y + head.ears[1].root.y);
    let front = head.brow_y + (0.24 + 0.16 * (1.0 - sit.low)) * forehead;
    let side = root_y + 0.010 * s;
    let back = root_y - 0.030 * s;
    let dome = Dome::new(head, skin, 0.002 + sit.hair_m, &|a| {
        around(a, front, side, back)
    });
    let phase = sit.full * TAU;
    // Cloth that is gathered towards the knot creases along its way there.
    let lift = |a: f32, down: f32| {
        let towards = (0.5 - 0.5 * a.cos()).powi(2) * smooth(0.15, 1.0, down);
        let crease = (11.0 * (a.abs() - PI).abs() + 5.0 * down + phase)
            .sin()
            .max(0.0);
        let hem = 0.0012 * smooth(0.93, 0.95, down) * (1.0 - smooth(0.985, 1.0, down));
        0.0025 * s * crease * towards + 0.003 * s * sit.full * (1.0 - smooth(0.2, 0.9, down)) + hem
    };
    let sheet = dome.sheet(&lift, &|u, down| Vec2::new(u * 2.0, (1.0 - down) * 1.0));
    let mut out = sheet.mesh(0.0012, dome.centre, Part::Headwear, |_, _| true);
    let column = (COLUMNS - 1) / 2;
    let hem = sheet.at(ROWS - 3, column);
    let knot = hem + Vec3::new(0.0, 0.0, -0.007 * s);
    append(
        &mut out,
        &ball(knot, Vec3::new(0.011, 0.008, 0.008) * s, Part::Headwear),
    );
    for sign in [-1.0f32, 1.0] {
        let tip = knot + Vec3::new(sign * (0.022 + 0.012 * sit.low), -0.060, -0.006) * s;
        append(&mut out, &tail(knot, tip, sign, s));
    }
    out
}

/// One end of a knot: a tapering strip that hangs.
fn tail(knot: Vec3, tip: Vec3, sign: f32, s: f32) -> Mesh {
    const ALONG: usize = 13;
    const ACROSS: usize = 7;
    let mut points = Vec::new();
    let mut uvs = Vec::new();
    for row in 0..ALONG {
        let t = row as f32 / (ALONG - 1) as f32;
        let middle =
            knot.lerp(tip, t) + Vec3::new(0.0, 0.010 * (PI * t).sin(), -0.008 * (PI * t).sin()) * s;
        let wide = (0.004 + 0.013 * (PI * (0.15 + 0.75 * t)).sin()) * s;
        for column in 0..ACROSS {
            let u = 2.0 * column as f32 / (ACROSS - 1) as f32 - 1.0;
            let curl = -0.004 * s * (2.5 * u + sign * 2.0 * t).cos();
            points.push(middle + Vec3::new(wide * u, 0.3 * sign * wide * u, curl));
            uvs.push(Vec2::new(0.15 * u, 0.4 * t));
        }
    }
    let sheet = Sheet {
        rows: ALONG,
        columns: ACROSS,
        is_round: false,
        has_pole: false,
        points,
        uvs,
    };
    sheet.mesh(0.0010, knot + Vec3::Z * 0.1, Part::Headwear, |_, _| true)
}

/// Adds `other` to `out`.
pub(crate) fn append(out: &mut Mesh, other: &Mesh) {
    let first = out.positions.len() as u32;
    out.positions.extend(&other.positions);
    out.normals.extend(&other.normals);
    out.uvs.extend(&other.uvs);
    out.triangles
        .extend(other.triangles.iter().map(|t| t.map(|v| v + first)));
    out.parts.extend(&other.parts);
}

/// An ellipsoid.
pub(crate) fn ball(centre: Vec3, half: Vec3, part: Part) -> Mesh {
    const RINGS: usize = 12;
    const AROUND: usize = 20;
    let mut mesh = Mesh::default();
    for ring in 0..=RINGS {
        let polar = PI * ring as f32 / RINGS as f32;
        for k in 0..=AROUND {
            let a = TAU * k as f32 / AROUND as f32;
            let n = Vec3::new(polar.sin() * a.sin(), polar.cos(), polar.sin() * a.cos());
            mesh.positions.push(centre + n * half);
            mesh.normals.push((n / half).normalize_or(n));
            mesh.uvs.push(Vec2::new(
                k as f32 / AROUND as f32,
                1.0 - ring as f32 / RINGS as f32,
            ));
        }
    }
    let width = AROUND as u32 + 1;
    for ring in 0..RINGS as u32 {
        for k in 0..AROUND as u32 {
            let a = ring * width + k;
            let (b, c, d) = (a + width, a + width + 1, a + 1);
            if ring + 1 < RINGS as u32 {
                mesh.triangles.push([a, b, c]);
            }
            if ring > 0 {
                mesh.triangles.push([a, c, d]);
            }
        }
    }
    mesh.parts = vec![part; mesh.triangles.len()];
    mesh
}
