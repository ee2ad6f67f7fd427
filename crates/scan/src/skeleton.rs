//! Which joints a fit may turn, about which axes, and how far they usually turn.

use body::BodyModel;
use glam::{Mat3, Quat, Vec3};

use crate::kind::Kind;

/// When a joint starts to move in a fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Limbs: the pose one sees from afar.
    Limbs,
    /// Everything but fingers and toes.
    Body,
    /// Fingers and toes.
    Fingers,
}

/// A joint with its own axes in the rest pose: bend, twist along the bone, sideways.
#[derive(Debug, Clone)]
pub(crate) struct Joint {
    pub(crate) bone: usize,
    pub(crate) name: String,
    pub(crate) axes: Mat3,
    /// Standard deviation about each axis, radians.
    pub(crate) sd: Vec3,
    /// Where the joint usually is.
    pub(crate) mean: Vec3,
    pub(crate) level: Level,
}

impl Joint {
    /// Rotation vector in the joint's own axes.
    pub(crate) fn angles(&self, turn: Quat) -> Vec3 {
        self.axes.transpose() * turn.to_scaled_axis()
    }
}

enum Axes {
    /// Of the world: x bend, y twist, z sideways.
    World,
    /// Along the bone towards another one; bending brings it forwards (arms) or, in the second form, backwards (knees).
    Forwards(&'static str),
    Backwards(&'static str),
    /// Of a finger: bending closes the hand.
    Palm(&'static str),
}

/// A joint of either side: name, axes, standard deviations, usual bend, level.
type Entry = (&'static str, Axes, [f32; 3], f32, Level);

const MIDDLE: [Entry; 9] = [
    ("spine05", Axes::World, [0.25, 0.2, 0.2], 0.0, Level::Limbs),
    ("spine04", Axes::World, [0.1, 0.1, 0.1], 0.0, Level::Body),
    ("spine03", Axes::World, [0.2, 0.2, 0.15], 0.0, Level::Limbs),
    ("spine02", Axes::World, [0.1, 0.1, 0.1], 0.0, Level::Body),
    ("spine01", Axes::World, [0.2, 0.2, 0.15], 0.0, Level::Limbs),
    ("neck01", Axes::World, [0.25, 0.3, 0.2], 0.0, Level::Limbs),
    ("neck02", Axes::World, [0.15, 0.15, 0.1], 0.0, Level::Body),
    ("neck03", Axes::World, [0.15, 0.15, 0.1], 0.0, Level::Body),
    ("head", Axes::World, [0.3, 0.3, 0.2], 0.0, Level::Limbs),
];

const SIDED: [Entry; 12] = [
    (
        "clavicle",
        Axes::World,
        [0.12, 0.12, 0.15],
        0.0,
        Level::Body,
    ),
    (
        "shoulder01",
        Axes::World,
        [0.15, 0.15, 0.2],
        0.0,
        Level::Body,
    ),
    (
        "upperarm01",
        Axes::Forwards("lowerarm01"),
        [0.8, 0.5, 0.8],
        0.0,
        Level::Limbs,
    ),
    (
        "upperarm02",
        Axes::Forwards("lowerarm01"),
        [0.03, 0.3, 0.03],
        0.0,
        Level::Body,
    ),
    (
        "lowerarm01",
        Axes::Forwards("wrist"),
        [0.6, 0.2, 0.1],
        0.4,
        Level::Limbs,
    ),
    (
        "lowerarm02",
        Axes::Forwards("wrist"),
        [0.03, 0.5, 0.03],
        0.0,
        Level::Body,
    ),
    (
        "wrist",
        Axes::Palm("metacarpal3"),
        [0.4, 0.2, 0.3],
        0.0,
        Level::Body,
    ),
    (
        "upperleg01",
        Axes::World,
        [0.6, 0.3, 0.35],
        0.0,
        Level::Limbs,
    ),
    (
        "upperleg02",
        Axes::Backwards("lowerleg01"),
        [0.03, 0.2, 0.03],
        0.0,
        Level::Body,
    ),
    (
        "lowerleg01",
        Axes::Backwards("foot"),
        [0.6, 0.1, 0.08],
        0.2,
        Level::Limbs,
    ),
    (
        "lowerleg02",
        Axes::Backwards("foot"),
        [0.03, 0.15, 0.03],
        0.0,
        Level::Body,
    ),
    ("foot", Axes::World, [0.35, 0.2, 0.2], 0.0, Level::Body),
];

const DIGITS: [(&str, &str, [f32; 3], f32); 19] = [
    ("finger1-1", "finger1-2", [0.35, 0.3, 0.35], 0.0),
    ("finger1-2", "finger1-3", [0.35, 0.06, 0.08], 0.1),
    ("finger1-3", "finger1-3", [0.35, 0.06, 0.06], 0.1),
    ("metacarpal2", "finger2-1", [0.06, 0.03, 0.04], 0.0),
    ("metacarpal3", "finger3-1", [0.06, 0.03, 0.04], 0.0),
    ("metacarpal4", "finger4-1", [0.08, 0.03, 0.04], 0.0),
    ("metacarpal5", "finger5-1", [0.1, 0.03, 0.04], 0.0),
    ("finger2-1", "finger2-2", [0.45, 0.08, 0.15], 0.1),
    ("finger2-2", "finger2-3", [0.45, 0.03, 0.04], 0.1),
    ("finger2-3", "finger2-3", [0.3, 0.03, 0.04], 0.1),
    ("finger3-1", "finger3-2", [0.45, 0.08, 0.12], 0.1),
    ("finger3-2", "finger3-3", [0.45, 0.03, 0.04], 0.1),
    ("finger3-3", "finger3-3", [0.3, 0.03, 0.04], 0.1),
    ("finger4-1", "finger4-2", [0.45, 0.08, 0.12], 0.1),
    ("finger4-2", "finger4-3", [0.45, 0.03, 0.04], 0.1),
    ("finger4-3", "finger4-3", [0.3, 0.03, 0.04], 0.1),
    ("finger5-1", "finger5-2", [0.45, 0.08, 0.15], 0.1),
    ("finger5-2", "finger5-3", [0.45, 0.03, 0.04], 0.1),
    ("finger5-3", "finger5-3", [0.3, 0.03, 0.04], 0.1),
];

/// All joints that any fit turns, parents before children.
pub(crate) fn joints(model: &BodyModel) -> Vec<Joint> {
    let mut list = Vec::new();
    let mut push = |name: String, toward: Option<String>, axes: &Axes, sd, bend, level| {
        let Some(bone) = model.rig.bone(&name) else {
            return;
        };
        list.push(Joint {
            axes: frame(model, &name, toward.as_deref(), axes),
            bone,
            name,
            sd: Vec3::from_array(sd),
            mean: Vec3::X * bend,
            level,
        });
    };
    for (name, axes, sd, bend, level) in &MIDDLE {
        push((*name).to_owned(), None, axes, *sd, *bend, *level);
    }
    for side in ["R", "L"] {
        for (name, axes, sd, bend, level) in &SIDED {
            let toward = match axes {
                Axes::World => None,
                Axes::Forwards(to) | Axes::Backwards(to) | Axes::Palm(to) => {
                    Some(format!("{to}.{side}"))
                }
            };
            push(format!("{name}.{side}"), toward, axes, *sd, *bend, *level);
        }
        for (name, to, sd, bend) in &DIGITS {
            let toward = Some(format!("{to}.{side}"));
            push(
                format!("{name}.{side}"),
                toward,
                &Axes::Palm(to),
                *sd,
                *bend,
                Level::Fingers,
            );
        }
        for digit in 1..=5 {
            let sd = [0.25, 0.05, 0.08];
            let name = format!("toe{digit}-1.{side}");
            push(name, None, &Axes::World, sd, 0.0, Level::Fingers);
        }
    }
    list.sort_by_key(|joint| joint.bone);
    list
}

fn frame(model: &BodyModel, name: &str, toward: Option<&str>, axes: &Axes) -> Mat3 {
    let at = |bone: &str| model.rig.joint(bone, &model.base).unwrap_or(Vec3::ZERO);
    let mut along = toward.map_or(Vec3::Y, |to| at(to) - at(name));
    if along.length() < 1e-5 {
        // The last bone of a finger goes on as the one before.
        along = model
            .rig
            .bone(name)
            .and_then(|bone| model.rig.parent(bone))
            .map_or(Vec3::Y, |p| {
                let vertices = model.rig.joint_vertices(p);
                let mean = vertices
                    .iter()
                    .map(|&v| model.base[v as usize])
                    .sum::<Vec3>()
                    / vertices.len().max(1) as f32;
                at(name) - mean
            });
    }
    let along = along.try_normalize().unwrap_or(Vec3::Y);
    let bend = match axes {
        Axes::World => return Mat3::IDENTITY,
        // Turning about `along × forwards` brings the bone's end forwards.
        Axes::Forwards(_) => along.cross(Vec3::Z),
        Axes::Backwards(_) => along.cross(Vec3::NEG_Z),
        Axes::Palm(_) => {
            let side = &name[name.len() - 1..];
            let wrist = at(&format!("wrist.{side}"));
            let (index, little) = (
                at(&format!("finger2-1.{side}")) - wrist,
                at(&format!("finger5-1.{side}")) - wrist,
            );
            // Out of the palm, on either side.
            let palm = if side == "L" {
                little.cross(index)
            } else {
                index.cross(little)
            };
            along.cross(palm)
        }
    };
    let bend = bend.try_normalize().unwrap_or(Vec3::X);
    Mat3::from_cols(bend, along, bend.cross(along))
}

/// Whether a scan of that kind shows a joint's turning.
pub(crate) fn shows(joint: &Joint, kind: Kind) -> bool {
    let name = joint.name.as_str();
    let hand = |side: &str| {
        name.ends_with(side)
            && ["finger", "metacarpal", "wrist", "lowerarm02"]
                .iter()
                .any(|start| name.starts_with(start))
    };
    match kind {
        Kind::Body => true,
        Kind::Head | Kind::Face => ["neck", "head", "clavicle", "shoulder", "spine01"]
            .iter()
            .any(|start| name.starts_with(start)),
        Kind::RightHand => hand(".R"),
        Kind::LeftHand => hand(".L"),
    }
}
