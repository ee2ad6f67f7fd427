//! What is fixed to the skin: mirrors, door handles, blank plates, wipers, the exhaust's end.

use glam::{Vec2, Vec3};

use crate::curve::smooth_min;
use crate::panels::{Lines, Piece};
use crate::part::CarPart;
use crate::shell::Shell;
use crate::skin::Skin;
use crate::solid::{rod, rounded_box, sheet, turned};
use crate::surface::{Body, Grid, surface};

/// A plate of the European size, metres.
const PLATE_M: [f32; 2] = [0.52, 0.114];

pub(crate) fn pieces(skin: &Skin, lines: &Lines<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mirror, glass) = mirror(skin, lines);
    for (part, shell) in [
        (CarPart::LeftMirror, mirror.mirrored()),
        (CarPart::RightMirror, mirror),
        (CarPart::MirrorGlass, glass.mirrored()),
        (CarPart::MirrorGlass, glass),
    ] {
        pieces.push(Piece { part, shell });
    }
    for side in [-1.0, 1.0] {
        let doors: &[f32] = if skin.sheet.side_doors < 4 {
            &lines.pillars[..1]
        } else {
            &lines.pillars
        };
        for &end in doors {
            let at = Vec3::new(end - 0.16, side, skin.sheet.shoulder_m - 0.15);
            pieces.push(Piece {
                part: CarPart::Handle,
                shell: handle(skin, at),
            });
        }
    }
    pieces.push(Piece {
        part: CarPart::Interior,
        shell: wipers(skin),
    });
    pieces.push(Piece {
        part: CarPart::Underbody,
        shell: exhaust(skin),
    });
    let high = skin.level(skin.look.plate);
    pieces.push(Piece {
        part: CarPart::FrontPlate,
        shell: plate(skin, 0.43, true),
    });
    pieces.push(Piece {
        part: CarPart::RearPlate,
        shell: plate(skin, high, false),
    });
    pieces
}

/// How far outside an ellipsoid, about.
fn ellipsoid(at: Vec3, centre: Vec3, half: Vec3) -> f32 {
    let scaled = (at - centre) / half;
    let length = scaled.length();
    length * (length - 1.0) / (scaled / half).length().max(1e-4)
}

/// The right one's housing, and the glass at its back.
fn mirror(skin: &Skin, lines: &Lines<'_>) -> (Shell, Shell) {
    let sheet = &skin.sheet;
    let z = sheet.shoulder_m + skin.look.mirror_rise_m;
    let x = lines.mirror_x();
    let half = 0.5 * sheet.width_m;
    // The arm is forward of the cut.
    let foot = skin.met(
        Vec3::new(x - 0.02, half + 0.2, sheet.shoulder_m + 0.03),
        Vec3::new(x - 0.02, 0.0, sheet.shoulder_m + 0.03),
    );
    let centre = Vec3::new(x - 0.01, half + 0.075, z);
    let size = Vec3::from(skin.look.mirror_half_m);
    let body = |at: Vec3| {
        let housing = ellipsoid(at, centre, size);
        let along = centre - foot;
        let t = ((at - foot).dot(along) / along.length_squared()).clamp(0.0, 1.0);
        let arm = (at - foot - along * t).length() - 0.022;
        smooth_min(housing, arm, 0.03)
    };
    let reach = Vec3::new(0.12, 0.0, 0.2);
    let shell = surface(
        &body,
        &Grid::even(
            Vec3::new(x, foot.y - 0.04, z) - reach,
            Vec3::new(x, half + 0.21, z) + reach,
            0.013,
        ),
    );
    // Cut flat towards the driver's eye, with the glass a little inside.
    let back = centre.x + 0.3 * size.x;
    let (housing, _) = shell.split(&|at| at.x - back, 0.0);
    let (wide, high) = (0.93 * size.y, 0.93 * size.z);
    let glass = turned(&[Vec2::ZERO, Vec2::X], 32, |_, _| 0.0)
        .placed(|v| Vec3::new(-v.y, v.x, v.z), Vec3::ZERO);
    let at = |v: &Vec3| Vec3::new(back - 0.004, centre.y + wide * v.y, centre.z + high * v.z);
    let glass = Shell {
        positions: glass.positions.iter().map(at).collect(),
        ..glass
    };
    (housing.flanged(0.012, 0.002), glass)
}

/// A bow over the hand's hollow, its ends rounded.
fn handle(skin: &Skin, at: Vec3) -> Shell {
    const HALF_M: f32 = 0.085;
    const RADIUS_M: f32 = 0.0145;
    let half = 0.5 * skin.sheet.width_m;
    let side = at.y.signum();
    let centre = skin.met(
        Vec3::new(at.x, side * (half + 0.1), at.z),
        Vec3::new(at.x, 0.0, at.z),
    ) + Vec3::Y * (side * 0.012);
    // Stations from end to end: where, and how thick as a share.
    let stations: Vec<(f32, f32)> = (0..=12)
        .map(|k| {
            let turn = std::f32::consts::PI * k as f32 / 12.0;
            let along = -turn.cos();
            (
                HALF_M * along + RADIUS_M * along,
                turn.sin().max(0.0).powf(0.25).max(0.1),
            )
        })
        .collect();
    let middle = |along: f32| {
        let share = (along / HALF_M).clamp(-1.0, 1.0);
        Vec3::new(along, side * (0.008 - 0.012 * share * share), 0.0)
    };
    let rows: Vec<Vec<Vec3>> = stations
        .iter()
        .map(|&(along, thick)| {
            (0..=12)
                .map(|k| {
                    let (sin, cos) = (std::f32::consts::TAU * k as f32 / 12.0).sin_cos();
                    centre + middle(along) + Vec3::new(0.0, cos / 1.4, sin) * (RADIUS_M * thick)
                })
                .collect()
        })
        .collect();
    sheet(&rows, |at| at - centre - middle(at.x - centre.x))
}

/// Both wipers at rest along the windscreen's foot: they turn about the driver's end and the middle, and point to the passenger's side.
pub(crate) fn wipers(skin: &Skin) -> Shell {
    let half = 0.5 * skin.sheet.width_m;
    let [foot, head] = skin.windscreen;
    // A place above the windscreen's foot, so far outside.
    let on_glass = |y: f32, above: f32, out: f32| {
        let z = foot.y + 0.035 - 0.03 * (y / 0.7).powi(2) + above;
        let at = skin.met(Vec3::new(foot.x - 0.5, y, z), Vec3::new(head.x + 0.3, y, z));
        let (_, normal) = skin.value_and_gradient(at);
        at + normal.normalize_or(Vec3::Z) * out
    };
    let path = |from: [f32; 2], to: [f32; 2], out: f32| -> Vec<Vec3> {
        (0..=8)
            .map(|k| {
                let t = k as f32 / 8.0;
                let between = |a: f32, b: f32| a + (b - a) * t;
                on_glass(between(from[0], to[0]), between(from[1], to[1]), out)
            })
            .collect()
    };
    let mut wipers = Shell::default();
    for (from, to) in [(-0.62, 0.02), (-0.02, 0.56)] {
        let (from, to) = (from * half, to * half);
        wipers.append(&rod(&path([from, 0.01], [to, 0.024], 0.004), 0.0065));
        let middle = 0.5 * (from + to);
        wipers.append(&rod(&path([from, -0.02], [middle, 0.017], 0.014), 0.006));
    }
    wipers
}

/// The end of the exhaust below the rear bumper, on the right.
fn exhaust(skin: &Skin) -> Shell {
    let sheet = &skin.sheet;
    let at = |before: f32| {
        Vec3::new(
            sheet.length_m - before,
            0.5 * sheet.width_m - 0.42,
            sheet.ground_clearance_m + 0.05,
        )
    };
    rod(&[at(0.5), at(0.3), at(0.1)], 0.03)
}

/// A blank plate, flat, on the middle of the front or the rear.
fn plate(skin: &Skin, z: f32, front: bool) -> Shell {
    let (out, length) = (if front { -1.0 } else { 1.0 }, skin.sheet.length_m);
    let x = if front { -0.1 } else { length + 0.1 };
    let at = |z: f32| skin.met(Vec3::new(x, 0.0, z), Vec3::new(0.5 * length, 0.0, z));
    let [width, height] = PLATE_M;
    let (low, high) = (at(z - 0.5 * height), at(z + 0.5 * height));
    let up = (high - low).normalize_or(Vec3::Z);
    let right = Vec3::Y * -out;
    let normal = right.cross(up);
    let normal = if normal.x * out < 0.0 {
        -normal
    } else {
        normal
    };
    let centre = 0.5 * (low + high) + normal * 0.006;
    let side = up.cross(normal);
    rounded_box(Vec3::new(0.5 * width, 0.5 * height, 0.004), 0.003, 1)
        .placed(|v| side * v.x + up * v.y + normal * v.z, centre)
}
