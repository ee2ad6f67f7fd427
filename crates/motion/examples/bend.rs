//! What becomes of elbows, knees, wrists and shoulders: `cargo run --release -p populace-motion --example bend -- [FILE.png]`.
//!
//! A grown woman and man, joints bent or twisted by some degrees; the skin follows linearly, by dual quaternions (Kavan et al. 2008, written here for comparison) and
//! as the model does it. Printed are the volume of the skin around the joint against the rest pose, and how far the skin comes nearer to and goes farther from the bones than
//! there, 2nd and 98th percentile. The file is a picture of the last angles.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#[path = "support/mesh.rs"]
mod mesh;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use body::BodyModel;
use body::rig::{Pose, Posed};
use glam::{Affine3A, Quat, Vec3};
use mesh::{Sheet, model, shaped};

/// A joint, its bones from the trunk outwards, and what is done to it.
struct Case {
    name: &'static str,
    /// The bone that is turned, and those whose ends the skin is measured against.
    turned: &'static str,
    along: &'static [&'static str],
    /// How far around the joint the skin is looked at, metres.
    reach_m: f32,
    /// Where the outer limb goes; none for a twist.
    towards: Option<Vec3>,
    angles_deg: &'static [f32],
    view: Quat,
    /// How far around the joint it is drawn.
    drawn_m: f32,
}

fn cases() -> [Case; 5] {
    let arm = &[
        "upperarm01.L",
        "upperarm02.L",
        "lowerarm01.L",
        "lowerarm02.L",
    ];
    let leg = &[
        "upperleg01.L",
        "upperleg02.L",
        "lowerleg01.L",
        "lowerleg02.L",
    ];
    [
        Case {
            name: "elbow, bent",
            turned: "lowerarm01.L",
            along: arm,
            reach_m: 0.11,
            towards: Some(Vec3::Z),
            angles_deg: &[60.0, 90.0, 120.0],
            view: Quat::from_rotation_x(0.7) * Quat::from_rotation_y(-0.2),
            drawn_m: 0.26,
        },
        Case {
            name: "knee, bent",
            turned: "lowerleg01.L",
            along: leg,
            reach_m: 0.17,
            towards: Some(Vec3::NEG_Z),
            angles_deg: &[60.0, 90.0, 130.0],
            view: Quat::from_rotation_y(-1.2),
            drawn_m: 0.36,
        },
        Case {
            name: "wrist, twisted",
            turned: "wrist.L",
            along: &["lowerarm01.L", "lowerarm02.L", "wrist.L"],
            reach_m: 0.09,
            towards: None,
            angles_deg: &[45.0, 90.0, 150.0],
            view: Quat::IDENTITY,
            drawn_m: 0.25,
        },
        Case {
            name: "forearm, twisted",
            turned: "lowerarm02.L",
            along: arm,
            reach_m: 0.12,
            towards: None,
            angles_deg: &[45.0, 90.0, 150.0],
            view: Quat::IDENTITY,
            drawn_m: 0.25,
        },
        Case {
            name: "arm, raised",
            turned: "upperarm01.L",
            along: &["clavicle.L", "shoulder01.L", "upperarm01.L", "upperarm02.L"],
            reach_m: 0.17,
            towards: Some(Vec3::Y),
            angles_deg: &[45.0, 75.0, 110.0],
            view: Quat::IDENTITY,
            drawn_m: 0.16,
        },
    ]
}

/// Skinning by dual quaternions: turns and half translations are blended and normalised together.
fn dual(model: &BodyModel, posed: &Posed, rest: &[Vec3]) -> Vec<Vec3> {
    let frames: Vec<Affine3A> = (model.rig.names().iter())
        .map(|name| model.rig.frame(posed, name).unwrap_or_default())
        .collect();
    let quats: Vec<(Quat, Quat)> = frames
        .iter()
        .map(|frame| {
            let turn = Quat::from_mat3a(&frame.matrix3).normalize();
            let t = frame.translation;
            (turn, Quat::from_xyzw(t.x, t.y, t.z, 0.0) * turn * 0.5)
        })
        .collect();
    let zero = Quat::from_xyzw(0.0, 0.0, 0.0, 0.0);
    rest.iter()
        .zip(0..)
        .map(|(&p, v)| {
            let influences = model.rig.influences(v);
            let Some(&(first, _)) = influences.first() else {
                return p;
            };
            let (mut real, mut half) = (zero, zero);
            for &(bone, weight) in influences {
                let (turn, translation) = quats[bone as usize];
                let weight = weight * turn.dot(quats[first as usize].0).signum();
                real += turn * weight;
                half += translation * weight;
            }
            let length = real.length();
            let (real, half) = (real * (1.0 / length), half * (1.0 / length));
            let t = half * real.conjugate() * 2.0;
            real * p + Vec3::new(t.x, t.y, t.z)
        })
        .collect()
}

/// Volume inside triangles whose holes are closed by fans.
fn volume(points: &[Vec3], triangles: &[[u32; 3]]) -> f32 {
    let mut open: BTreeMap<u32, u32> = BTreeMap::new();
    let edges: std::collections::BTreeSet<(u32, u32)> = triangles
        .iter()
        .flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)])
        .collect();
    for &(a, b) in &edges {
        if !edges.contains(&(b, a)) {
            open.insert(b, a);
        }
    }
    let at = |v: u32| points[v as usize];
    let origin = at(triangles[0][0]);
    let six = |a: Vec3, b: Vec3, c: Vec3| (a - origin).dot((b - origin).cross(c - origin));
    let mut sum: f32 = triangles
        .iter()
        .map(|t| six(at(t[0]), at(t[1]), at(t[2])))
        .sum();
    while let Some((&start, _)) = open.first_key_value() {
        let mut ring = vec![start];
        let mut now = start;
        while let Some(next) = open.remove(&now) {
            ring.push(next);
            now = next;
        }
        let middle = ring.iter().map(|&v| at(v)).sum::<Vec3>() / ring.len() as f32;
        for two in ring.windows(2) {
            sum += six(at(two[0]), at(two[1]), middle);
        }
    }
    sum / 6.0
}

fn to_line(p: Vec3, [a, b]: [Vec3; 2]) -> f32 {
    let along = b - a;
    let t = ((p - a).dot(along) / along.length_squared().max(1e-9)).clamp(0.0, 1.0);
    p.distance(a + along * t)
}

fn main() -> Result<(), Box<dyn Error>> {
    let model = model()?;
    let people = [
        ("woman", shaped(&model, 30.0, 0.05, 166.0, 22.0)),
        ("man", shaped(&model, 45.0, 0.95, 178.0, 29.0)),
    ];
    let cases = cases();
    let mut sheet = Sheet::new(320, 3 * people.len(), cases.len());
    println!("| joint | angle | | linear | dual quaternions | centred |");
    println!("|---|---|---|---|---|---|");
    for (row, case) in cases.iter().enumerate() {
        for (who, (person, rest)) in people.iter().enumerate() {
            let joint = model.rig.joint(case.turned, rest).ok_or("no such bone")?;
            let tail = model.rig.tail(case.turned, rest).ok_or("no such bone")?;
            let along = (tail - joint).normalize();
            let within = |far_m: f32| -> Vec<[u32; 3]> {
                let is_near = |v: &u32| rest[*v as usize].distance(joint) < far_m;
                let all = model.skin_triangles.iter().copied();
                all.filter(|t| t.iter().all(is_near)).collect()
            };
            // No whole bodies: people are shown in clothes, which are not here.
            let (near, drawn) = (within(case.reach_m), within(case.drawn_m));
            let mut vertices: Vec<u32> = near.iter().flatten().copied().collect();
            vertices.sort_unstable();
            vertices.dedup();
            let whole = volume(rest, &near);
            let lines = |posed: Option<&Posed>| -> Vec<[Vec3; 2]> {
                case.along
                    .iter()
                    .filter_map(|bone| {
                        let ends = [model.rig.joint(bone, rest)?, model.rig.tail(bone, rest)?];
                        let frame = match posed {
                            Some(posed) => model.rig.frame(posed, bone)?,
                            None => Affine3A::IDENTITY,
                        };
                        Some(ends.map(|p| frame.transform_point3(p)))
                    })
                    .collect()
            };
            let nearest = |p: Vec3, lines: &[[Vec3; 2]]| {
                lines
                    .iter()
                    .map(|&l| to_line(p, l))
                    .fold(f32::MAX, f32::min)
            };
            let before = lines(None);
            for (i, &angle_deg) in case.angles_deg.iter().enumerate() {
                let axis = case.towards.map_or(along, |to| along.cross(to).normalize());
                let mut pose = Pose::default();
                pose.rotate(
                    case.turned,
                    Quat::from_axis_angle(axis, angle_deg.to_radians()),
                );
                let posed = model.rig.pose(rest, &pose);
                let after = lines(Some(&posed));
                let ways = [
                    model.rig.skin_linearly(&posed, rest),
                    dual(&model, &posed, rest),
                    model.rig.skin(&posed, rest),
                ];
                let mut cells = Vec::new();
                for (column, skin) in ways.iter().enumerate() {
                    let mut moved: Vec<f32> = vertices
                        .iter()
                        .map(|&v| {
                            let v = v as usize;
                            (nearest(skin[v], &after) - nearest(rest[v], &before)) * 1e3
                        })
                        .collect();
                    moved.sort_by(f32::total_cmp);
                    let at = |share: f32| moved[(share * (moved.len() - 1) as f32) as usize];
                    cells.push(format!(
                        "{:+.1} %, {:+.0} … {:+.0} mm",
                        (volume(skin, &near) / whole - 1.0) * 100.0,
                        at(0.02),
                        at(0.98)
                    ));
                    if i + 1 == case.angles_deg.len() {
                        let frame = model.rig.frame(&posed, case.turned).unwrap_or_default();
                        let middle = frame.transform_point3(joint);
                        sheet.mesh(
                            (3 * who + column, row),
                            skin,
                            &drawn,
                            (case.view, middle, 2.4 * case.drawn_m),
                            [0.95, 0.75, 0.65],
                        );
                    }
                }
                println!(
                    "| {} | {angle_deg}° | {person} | {} |",
                    case.name,
                    cells.join(" | ")
                );
            }
        }
    }
    if let Some(file) = std::env::args().nth(1) {
        sheet.save(Path::new(&file))?;
    }
    Ok(())
}
