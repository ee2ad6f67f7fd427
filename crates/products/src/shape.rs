//! Things that ship: a bottle, a mug, a bracket, a gear and a box, each in parts of which some can be missing.

use glam::{Vec2, Vec3};
use scene::Mesh;

use crate::solid::{bar, block, plate, turned};

/// Names and meanings, as recipes write them.
pub(crate) const MODELS: [(&str, &str); 5] = [
    ("bottle", "a bottle with a screw cap, 23 cm"),
    ("mug", "a mug with a handle, 9.5 cm"),
    ("bracket", "an angle bracket with four screws, 9 cm"),
    ("gear", "a spur gear of 24 teeth, 12 cm"),
    ("box", "a flat case with a label and two feet, 14 cm"),
];

/// What a part is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stuff {
    /// The row's material.
    Own,
    /// Dark plastic: caps, feet.
    Dark,
    /// Printed paper.
    Paper,
    /// Zinc.
    Zinc,
    /// What lies in the dark below a part that can be missing.
    Hollow,
    /// As its file has it: the number of the material.
    File(usize),
}

/// A part of a thing.
#[derive(Debug, Clone)]
pub(crate) struct ShapePart {
    pub(crate) mesh: Mesh,
    pub(crate) stuff: Stuff,
    /// Whether a thing without it is still one.
    pub(crate) removable: bool,
}

fn part(mesh: Mesh, stuff: Stuff, removable: bool) -> ShapePart {
    ShapePart {
        mesh,
        stuff,
        removable,
    }
}

/// The parts of a thing of this name, standing on y = 0 around the origin, metres.
pub(crate) fn parts(model: &str) -> Vec<ShapePart> {
    match model {
        "bottle" => bottle(),
        "mug" => mug(),
        "bracket" => bracket(),
        "gear" => gear(),
        _ => case(),
    }
}

/// Places on a circle's arc around `(x, y)`, between two angles.
fn arc(x: f32, y: f32, radius: f32, from_deg: f32, to_deg: f32, steps: usize) -> Vec<Vec2> {
    (0..=steps)
        .map(|k| {
            let turn = (from_deg + (to_deg - from_deg) * k as f32 / steps as f32).to_radians();
            Vec2::new(x, y) + radius * Vec2::from_angle(turn)
        })
        .collect()
}

fn bottle() -> Vec<ShapePart> {
    let mut outline = vec![Vec2::ZERO];
    outline.extend(arc(0.03, 0.005, 0.005, -90.0, 0.0, 5));
    outline.extend(arc(0.013, 0.135, 0.022, 0.0, 78.0, 10));
    outline.extend(arc(0.0225, 0.178, 0.0105, 256.0, 180.0, 8));
    outline.extend(
        [
            (0.012, 0.208),
            (0.0105, 0.208),
            (0.0105, 0.196),
            (0.0, 0.196),
        ]
        .map(Vec2::from),
    );
    let mut cap = vec![Vec2::new(0.0125, 0.189), Vec2::new(0.0155, 0.189)];
    cap.extend(arc(0.0135, 0.214, 0.002, 0.0, 90.0, 5));
    cap.push(Vec2::new(0.0, 0.216));
    vec![
        part(turned(&outline), Stuff::Own, false),
        part(turned(&cap), Stuff::Dark, true),
    ]
}

fn mug() -> Vec<ShapePart> {
    let mut outline = vec![Vec2::ZERO];
    outline.extend(arc(0.034, 0.006, 0.006, -90.0, 0.0, 5));
    outline.extend(arc(0.038, 0.0935, 0.002, 0.0, 180.0, 8));
    outline.extend(arc(0.03, 0.012, 0.006, 0.0, -90.0, 5));
    outline.push(Vec2::new(0.0, 0.006));
    let handle: Vec<Vec3> = (0..=40)
        .map(|k| {
            let turn = (-78.0 + 156.0 * k as f32 / 40.0_f32).to_radians();
            Vec3::new(0.0345 + 0.03 * turn.cos(), 0.05 + 0.031 * turn.sin(), 0.0)
        })
        .collect();
    vec![
        part(turned(&outline), Stuff::Own, false),
        part(bar(&handle, Vec3::Z, 0.0052), Stuff::Own, true),
    ]
}

fn bracket() -> Vec<ShapePart> {
    let mut parts = vec![
        part(
            block(
                Vec3::new(0.0, 0.002, 0.02),
                Vec3::new(0.09, 0.004, 0.08),
                0.001,
            ),
            Stuff::Own,
            false,
        ),
        part(
            block(
                Vec3::new(0.0, 0.036, -0.018),
                Vec3::new(0.09, 0.072, 0.004),
                0.001,
            ),
            Stuff::Own,
            false,
        ),
        part(
            block(
                Vec3::new(0.0, 0.015, -0.004),
                Vec3::new(0.004, 0.026, 0.026),
                0.001,
            ),
            Stuff::Own,
            false,
        ),
    ];
    let six: Vec<Vec2> = (0..6)
        .map(|k| 0.006 * Vec2::from_angle(std::f32::consts::TAU * (k as f32 + 0.25) / 6.0))
        .collect();
    let hole: Vec<Vec2> = (0..24)
        .map(|k| 0.0042 * Vec2::from_angle(std::f32::consts::TAU * k as f32 / 24.0))
        .collect();
    for x in [-0.03_f32, 0.03] {
        for upright in [false, true] {
            let placed = |mesh: Mesh| {
                let turn = |v: Vec3| {
                    if upright {
                        Vec3::new(v.x, -v.z, v.y)
                    } else {
                        v
                    }
                };
                let to = if upright {
                    Vec3::new(x, 0.05, -0.016)
                } else {
                    Vec3::new(x, 0.004, 0.035)
                };
                Mesh {
                    positions: mesh.positions.iter().map(|at| turn(*at) + to).collect(),
                    normals: mesh.normals.iter().map(|normal| turn(*normal)).collect(),
                    ..mesh
                }
            };
            let ring: Vec<Vec2> = hole.iter().map(|at| *at * 1.9).collect();
            let mut screw = plate(&ring, Vec2::ZERO, 0.0002, 0.0012);
            screw.append(&plate(&six, Vec2::ZERO, 0.0012, 0.0055));
            parts.push(part(placed(screw), Stuff::Zinc, true));
            parts.push(part(
                placed(plate(&hole, Vec2::ZERO, -0.0005, 0.0001)),
                Stuff::Hollow,
                false,
            ));
        }
    }
    parts
}

fn gear() -> Vec<ShapePart> {
    const TEETH: usize = 24;
    let (root, tip, high) = (0.052, 0.06, 0.014);
    let circle = |radius: f32, count: usize| -> Vec<Vec2> {
        (0..count)
            .map(|k| radius * Vec2::from_angle(std::f32::consts::TAU * k as f32 / count as f32))
            .collect()
    };
    let mut hub = plate(&circle(0.016, 48), Vec2::ZERO, high, 0.022);
    hub.append(&plate(&circle(root, 96), Vec2::ZERO, 0.0, high));
    let mut parts = vec![
        part(hub, Stuff::Own, false),
        part(
            plate(&circle(0.008, 36), Vec2::ZERO, 0.022, 0.0221),
            Stuff::Hollow,
            false,
        ),
    ];
    for k in 0..TEETH {
        let turn = std::f32::consts::TAU * k as f32 / TEETH as f32;
        // Flanks that lean like an involute's chord.
        let flank = [
            (root - 0.001, -0.062),
            (root + 0.004, -0.05),
            (tip, -0.026),
            (tip, 0.026),
            (root + 0.004, 0.05),
            (root - 0.001, 0.062),
        ];
        let outline: Vec<Vec2> = flank
            .iter()
            .map(|(radius, angle)| *radius * Vec2::from_angle(turn + angle))
            .collect();
        let centre = 0.5 * (root + tip) * Vec2::from_angle(turn);
        parts.push(part(plate(&outline, centre, 0.0, high), Stuff::Own, true));
    }
    parts
}

fn case() -> Vec<ShapePart> {
    let mut body = block(
        Vec3::new(0.0, 0.023, 0.0),
        Vec3::new(0.14, 0.034, 0.095),
        0.005,
    );
    body.append(&block(
        Vec3::new(0.0, 0.0425, 0.0),
        Vec3::new(0.134, 0.006, 0.089),
        0.002,
    ));
    let mut parts = vec![
        part(body, Stuff::Own, false),
        part(
            block(
                Vec3::new(-0.028, 0.0457, 0.0),
                Vec3::new(0.05, 0.0006, 0.034),
                0.0002,
            ),
            Stuff::Paper,
            true,
        ),
    ];
    let round: Vec<Vec2> = (0..32)
        .map(|k| 0.007 * Vec2::from_angle(std::f32::consts::TAU * k as f32 / 32.0))
        .collect();
    for (x, z) in [
        (0.03_f32, 0.022_f32),
        (0.03, -0.022),
        (0.052, 0.022),
        (0.052, -0.022),
    ] {
        let mut knob = plate(&round, Vec2::ZERO, 0.0455, 0.0525);
        for at in &mut knob.positions {
            *at += Vec3::new(x, 0.0, z);
        }
        parts.push(part(knob, Stuff::Dark, true));
    }
    for x in [-0.05_f32, 0.05] {
        parts.push(part(
            block(
                Vec3::new(x, 0.004, 0.0),
                Vec3::new(0.02, 0.008, 0.07),
                0.001,
            ),
            Stuff::Dark,
            false,
        ));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_on_the_ground_is_as_large_as_it_says_and_can_lack_something() {
        for ((model, _), size) in MODELS.iter().zip([0.216, 0.1, 0.09, 0.12, 0.14]) {
            let parts = parts(model);
            let all = || parts.iter().flat_map(|part| &part.mesh.positions).copied();
            let (low, high) = (
                all().fold(Vec3::INFINITY, Vec3::min),
                all().fold(Vec3::NEG_INFINITY, Vec3::max),
            );
            assert!(low.y.abs() < 1e-3, "{model} stands at {}", low.y);
            assert!(
                ((high - low).max_element() - size).abs() < 0.012,
                "{model}: {}",
                high - low
            );
            assert!(parts.iter().any(|part| part.removable));
            for part in &parts {
                assert!(
                    part.mesh
                        .normals
                        .iter()
                        .all(|n| (n.length() - 1.0).abs() < 1e-3),
                    "{model}"
                );
                assert_eq!(part.mesh.triangles.len(), part.mesh.parts.len());
            }
        }
    }
}
