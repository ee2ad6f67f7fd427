//! Writes known frames of the reference body as BVH, with somebody's names, rest pose, unit and upright axis.
use std::fmt::Write;

use glam::{EulerRot, Quat, Vec3};
use motion::{Frame, Joint, Side, Skeleton};

/// How the skeleton is where nothing turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Zero {
    /// Arms raised sideways by so many degrees.
    Upright(f32),
    /// All bones along x.
    Heap,
}

/// A family of names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    pub(crate) trunk: [&'static str; 6],
    /// `{}` is the side.
    pub(crate) limbs: [&'static str; 8],
    pub(crate) sides: [&'static str; 2],
}

pub(crate) const MOTION_BUILDER: Names = Names {
    trunk: ["Hips", "Spine", "Spine1", "Spine2", "Neck", "Head"],
    limbs: [
        "{}Shoulder",
        "{}Arm",
        "{}ForeArm",
        "{}Hand",
        "{}UpLeg",
        "{}Leg",
        "{}Foot",
        "{}ToeBase",
    ],
    sides: ["Right", "Left"],
};
pub(crate) const MIXAMO: Names = Names {
    trunk: [
        "mixamorig:Hips",
        "mixamorig:Spine",
        "mixamorig:Spine1",
        "mixamorig:Spine2",
        "mixamorig:Neck",
        "mixamorig:Head",
    ],
    limbs: [
        "mixamorig:{}Shoulder",
        "mixamorig:{}Arm",
        "mixamorig:{}ForeArm",
        "mixamorig:{}Hand",
        "mixamorig:{}UpLeg",
        "mixamorig:{}Leg",
        "mixamorig:{}Foot",
        "mixamorig:{}ToeBase",
    ],
    sides: ["Right", "Left"],
};
pub(crate) const BIOVISION: Names = Names {
    trunk: ["Hips", "Abdomen", "Middle", "Chest", "Neck", "Head"],
    limbs: [
        "{}Collar",
        "{}Shoulder",
        "{}Elbow",
        "{}Wrist",
        "{}Hip",
        "{}Knee",
        "{}Ankle",
        "{}Toe",
    ],
    sides: ["Right", "Left"],
};
pub(crate) const ACCLAIM: Names = Names {
    trunk: [
        "root",
        "lowerback",
        "upperback",
        "thorax",
        "lowerneck",
        "head",
    ],
    limbs: [
        "{}clavicle",
        "{}humerus",
        "{}radius",
        "{}hand",
        "{}femur",
        "{}tibia",
        "{}foot",
        "{}toes",
    ],
    sides: ["r", "l"],
};
pub(crate) const BLENDER: Names = Names {
    trunk: ["pelvis", "spine.01", "spine.02", "spine.03", "neck", "head"],
    limbs: [
        "clavicle.{}",
        "upper_arm.{}",
        "forearm.{}",
        "hand.{}",
        "thigh.{}",
        "shin.{}",
        "foot.{}",
        "toe.{}",
    ],
    sides: ["R", "L"],
};
pub(crate) const STRANGE: Names = Names {
    trunk: ["a", "b", "c", "d", "e", "f"],
    limbs: ["g{}", "h{}", "i{}", "j{}", "k{}", "m{}", "n{}", "o{}"],
    sides: ["9", "8"],
};

type Limb = fn(Side) -> Joint;

/// One joint of the written skeleton.
struct Node {
    name: String,
    joint: Joint,
    parent: Option<usize>,
    /// The turn of ours that it has: a second spine joint turns with the first.
    turn: Joint,
}

fn nodes(names: &Names) -> Vec<Node> {
    let mut all: Vec<Node> = Vec::new();
    let mut add = |name: String, joint: Joint, turn: Joint, parent: Option<usize>| {
        all.push(Node {
            name,
            joint,
            parent,
            turn,
        });
        all.len() - 1
    };
    let trunk = |i: usize| names.trunk[i].to_owned();
    let hips = add(trunk(0), Joint::Hips, Joint::Hips, None);
    let spine = add(trunk(1), Joint::Abdomen, Joint::Abdomen, Some(hips));
    let middle = add(trunk(2), Joint::Abdomen, Joint::Abdomen, Some(spine));
    let chest = add(trunk(3), Joint::Chest, Joint::Chest, Some(middle));
    let neck = add(trunk(4), Joint::Neck, Joint::Neck, Some(chest));
    add(trunk(5), Joint::Head, Joint::Head, Some(neck));
    for side in Side::BOTH {
        let limb = |i: usize| names.limbs[i].replace("{}", names.sides[side as usize]);
        let parts: [(Limb, usize); 8] = [
            (Joint::Clavicle, chest),
            (Joint::UpperArm, 0),
            (Joint::LowerArm, 0),
            (Joint::Hand, 0),
            (Joint::UpperLeg, hips),
            (Joint::LowerLeg, 0),
            (Joint::Foot, 0),
            (Joint::Toes, 0),
        ];
        let mut last = 0;
        for (i, (joint, parent)) in parts.into_iter().enumerate() {
            let parent = if parent == 0 && i != 4 { last } else { parent };
            last = add(limb(i), joint(side), joint(side), Some(parent));
        }
    }
    all
}

/// The frame whose stance is the zero pose of an upright skeleton.
pub(crate) fn spread(degrees: f32) -> Frame {
    let mut frame = Frame::default();
    for side in Side::BOTH {
        let turn = Quat::from_rotation_z(side.sign() * degrees.to_radians());
        frame.set(Joint::UpperArm(side), turn);
    }
    frame
}

/// From a joint's own axes to those that the written skeleton gives it.
fn own_axes(zero: Zero, joint: Joint) -> Quat {
    match zero {
        Zero::Upright(degrees) => spread(degrees).world()[joint.index()].inverse(),
        Zero::Heap => match joint {
            Joint::Hips | Joint::Abdomen | Joint::Neck => Quat::from_rotation_arc(Vec3::X, Vec3::Y),
            Joint::Chest | Joint::Head => {
                Quat::from_rotation_y(0.7) * Quat::from_rotation_arc(Vec3::X, Vec3::Y)
            }
            Joint::Foot(_) | Joint::Toes(_) => Quat::from_rotation_arc(Vec3::X, Vec3::Z),
            _ => Quat::from_rotation_y(1.1) * Quat::from_rotation_arc(Vec3::X, Vec3::NEG_Y),
        },
    }
}

/// The text of a BVH file. `world` turns the file's world; `unit` is how many of the file's units a metre has.
pub(crate) fn bvh(
    names: &Names,
    zero: Zero,
    unit: f32,
    world: Quat,
    fps: f32,
    frames: &[Frame],
) -> String {
    let body = Skeleton::reference();
    let nodes = nodes(names);
    let base = match zero {
        Zero::Upright(degrees) => spread(degrees),
        Zero::Heap => Frame::default(),
    };
    let turns = base.world();
    let stance = body.stand(&base);
    let place = |node: &Node| match node.joint {
        // The spine's second joint lies above its first.
        Joint::Abdomen if node.name == names.trunk[2] => stance
            .place(Joint::Abdomen)
            .lerp(stance.place(Joint::Chest), 0.5),
        joint => stance.place(joint),
    };
    // From the written joint's axes to the world of the base frame.
    let axes = |joint: Joint| match zero {
        Zero::Upright(_) => Quat::IDENTITY,
        Zero::Heap => world * turns[joint.index()] * own_axes(zero, joint),
    };
    let offset = |index: usize| {
        let node = &nodes[index];
        let Some(parent) = node.parent else {
            return Vec3::ZERO;
        };
        let parent = &nodes[parent];
        axes(parent.turn).inverse() * (world * (place(node) - place(parent))) * unit
    };
    let mut text = String::from("HIERARCHY\n");
    write_node(&mut text, &nodes, 0, 0, &offset);
    writeln!(
        text,
        "MOTION\nFrames: {}\nFrame Time: {}",
        frames.len(),
        1.0 / fps
    )
    .expect("text");
    for frame in frames {
        let turned = frame.world();
        let to = |joint: Joint| {
            world
                * turned[joint.index()]
                * own_axes(zero, joint)
                * match zero {
                    Zero::Upright(_) => world.inverse(),
                    Zero::Heap => Quat::IDENTITY,
                }
        };
        let stance = body.stand(frame);
        for index in order(&nodes) {
            let node = &nodes[index];
            let local = match node.parent {
                None => to(node.turn),
                Some(parent) => to(nodes[parent].turn).inverse() * to(node.turn),
            };
            if node.parent.is_none() {
                let p = world * stance.place(Joint::Hips) * unit;
                write!(text, "{} {} {} ", p.x, p.y, p.z).expect("text");
            }
            let (z, x, y) = local.to_euler(EulerRot::ZXY);
            write!(
                text,
                "{} {} {} ",
                z.to_degrees(),
                x.to_degrees(),
                y.to_degrees()
            )
            .expect("text");
        }
        text.push('\n');
    }
    text
}

fn children(nodes: &[Node], of: usize) -> impl Iterator<Item = usize> + '_ {
    (0..nodes.len()).filter(move |&i| nodes[i].parent == Some(of))
}

fn order(nodes: &[Node]) -> Vec<usize> {
    let mut all = Vec::new();
    let mut open = vec![0];
    while let Some(next) = open.pop() {
        all.push(next);
        let mut below: Vec<usize> = children(nodes, next).collect();
        below.reverse();
        open.extend(below);
    }
    all
}

fn write_node(
    text: &mut String,
    nodes: &[Node],
    index: usize,
    depth: usize,
    offset: &dyn Fn(usize) -> Vec3,
) {
    let node = &nodes[index];
    let o = offset(index);
    let (word, channels) = if index == 0 {
        ("ROOT", "6 Xposition Yposition Zposition")
    } else {
        ("JOINT", "3")
    };
    let pad = "  ".repeat(depth);
    writeln!(
        text,
        "{pad}{word} {}\n{pad}{{\n{pad}  OFFSET {} {} {}\n{pad}  CHANNELS {channels} Zrotation Xrotation Yrotation",
        node.name, o.x, o.y, o.z
    )
    .expect("text");
    let below: Vec<usize> = children(nodes, index).collect();
    if below.is_empty() {
        writeln!(
            text,
            "{pad}  End Site\n{pad}  {{\n{pad}    OFFSET 0 0 0\n{pad}  }}"
        )
        .expect("text");
    }
    for child in below {
        write_node(text, nodes, child, depth + 1, offset);
    }
    writeln!(text, "{pad}}}").expect("text");
}

/// A motion with bent elbows and knees, a turning head, raised arms, and feet on the floor.
pub(crate) fn gymnastics(count: usize) -> Vec<Frame> {
    let body = Skeleton::reference();
    (0..count)
        .map(|i| {
            let t = i as f32 / 20.0;
            let mut frame = Frame::default();
            let lean = Quat::from_rotation_x(0.15 * t.sin());
            frame.set(Joint::Abdomen, lean);
            frame.set(
                Joint::Chest,
                lean * Quat::from_rotation_y(0.3 * (1.3 * t).sin()),
            );
            frame.set(Joint::Neck, Quat::from_rotation_y(0.2 * t.cos()));
            frame.set(Joint::Head, Quat::from_rotation_y(0.2 * t.cos()));
            let knee = 0.5 + 0.4 * t.sin();
            for side in Side::BOTH {
                let s = side.sign();
                let raise = 0.7 + 0.5 * (t + s).sin();
                frame.set(
                    Joint::UpperArm(side),
                    Quat::from_rotation_z(s * raise) * Quat::from_rotation_x(-0.4),
                );
                frame.set(
                    Joint::LowerArm(side),
                    Quat::from_rotation_x(-0.9 - 0.5 * t.cos()),
                );
                frame.set(Joint::Hand(side), Quat::from_rotation_y(0.3 * t.sin()));
                frame.set(Joint::UpperLeg(side), Quat::from_rotation_x(-knee / 2.0));
                frame.set(Joint::LowerLeg(side), Quat::from_rotation_x(knee));
                frame.set(Joint::Foot(side), Quat::from_rotation_x(-knee / 2.0));
                for joint in
                    Joint::all().filter(|j| matches!(j, Joint::Finger(of, ..) if *of == side))
                {
                    let parent = joint.parent().expect("a finger has a hand");
                    frame.set(joint, body.rest(parent).inverse() * body.rest(joint));
                }
            }
            let stance = body.stand(&frame);
            let lowest = stance.place(Joint::Foot(Side::Right)).y - body.ankle_height_m();
            frame.root.y -= lowest / body.hip_height_m();
            frame
        })
        .collect()
}
