//! What is fixed to the skin: mirrors, door handles, blank plates.

use glam::Vec3;

use crate::curve::smooth_min;
use crate::panels::{Lines, Piece};
use crate::part::CarPart;
use crate::shell::{Shell, surface};
use crate::skin::Skin;
use crate::specification::BodyStyle;

/// A plate of the European size, metres.
const PLATE_M: [f32; 2] = [0.52, 0.114];

pub(crate) fn pieces(skin: &Skin, lines: &Lines<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for side in [-1.0, 1.0] {
        let (mirror, glass) = mirror(skin, lines, side);
        let part = if side < 0.0 {
            CarPart::LeftMirror
        } else {
            CarPart::RightMirror
        };
        pieces.push(Piece {
            part,
            shell: mirror,
        });
        pieces.push(Piece {
            part: CarPart::MirrorGlass,
            shell: glass,
        });
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
    let sheet = &skin.sheet;
    let high = match sheet.style {
        BodyStyle::Sedan | BodyStyle::Coupe => sheet.shoulder_m - 0.17,
        BodyStyle::Pickup => 0.55,
        _ => 0.8,
    };
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

/// The housing, and the glass at its back.
fn mirror(skin: &Skin, lines: &Lines<'_>, side: f32) -> (Shell, Shell) {
    let sheet = &skin.sheet;
    let boxy = matches!(
        sheet.style,
        BodyStyle::Van | BodyStyle::Minibus | BodyStyle::Pickup
    );
    let z = sheet.shoulder_m + if boxy { 0.16 } else { 0.115 };
    let x = lines.mirror_x();
    let half = 0.5 * sheet.width_m;
    let foot = skin.met(
        Vec3::new(x, side * (half + 0.2), sheet.shoulder_m + 0.03),
        Vec3::new(x, 0.0, sheet.shoulder_m + 0.03),
    );
    let centre = Vec3::new(x - 0.01, side * (half + 0.075), z);
    let size = if boxy {
        Vec3::new(0.075, 0.10, 0.13)
    } else {
        Vec3::new(0.085, 0.115, 0.078)
    };
    let body = |at: Vec3| {
        // Cut flat towards the driver's eye.
        let housing = ellipsoid(at, centre, size).max(at.x - centre.x - 0.3 * size.x);
        let along = centre - foot;
        let t = ((at - foot).dot(along) / along.length_squared()).clamp(0.0, 1.0);
        let arm = (at - foot - along * t).length() - 0.022;
        smooth_min(housing, arm, 0.03)
    };
    let reach = Vec3::new(0.12, 0.0, 0.2);
    let (near, far) = (foot.y.abs() - 0.04, half + 0.21);
    let (low, high) = if side < 0.0 {
        (-far, -near)
    } else {
        (near, far)
    };
    let shell = surface(
        &body,
        Vec3::new(x, low, z) - reach,
        Vec3::new(x, high, z) + reach,
        0.008,
    );
    let glass = |at: Vec3| {
        let away = at - centre;
        let rim = (away.y / size.y).powi(2) + (away.z / size.z).powi(2);
        (rim.sqrt() - 0.82).max((centre.x + 0.28 * size.x - at.x) / size.x)
    };
    let (glass, housing) = shell.split(&glass, 0.0);
    (housing, glass)
}

fn handle(skin: &Skin, at: Vec3) -> Shell {
    let half = 0.5 * skin.sheet.width_m;
    let side = at.y.signum();
    let centre = skin.met(
        Vec3::new(at.x, side * (half + 0.1), at.z),
        Vec3::new(at.x, 0.0, at.z),
    ) + Vec3::Y * (side * 0.012);
    let body = |at: Vec3| {
        let d = at - centre;
        let along = d.x.clamp(-0.085, 0.085);
        // A bow over the hand's hollow.
        let bow = side * 0.012 * (1.0 - (along / 0.085).powi(2)) - side * 0.004;
        Vec3::new(d.x - along, (d.y - bow) * 1.4, d.z).length() - 0.0145
    };
    let reach = Vec3::new(0.13, 0.05, 0.04);
    surface(&body, centre - reach, centre + reach, 0.006)
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
    let body = |at: Vec3| {
        let d = at - centre;
        let d = Vec3::new(d.dot(right), d.dot(up), d.dot(normal));
        let q = d.abs() - Vec3::new(0.5 * width, 0.5 * height, 0.004) + 0.003;
        q.max(Vec3::ZERO).length() + q.max_element().min(0.0) - 0.003
    };
    let reach = Vec3::new(0.05, 0.5 * width + 0.02, 0.5 * height + 0.02);
    surface(&body, centre - reach, centre + reach, 0.007)
}
