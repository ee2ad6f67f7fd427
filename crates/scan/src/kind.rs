//! What of a person a scan shows.

use body::BodyModel;
use glam::Vec3;
use scene::mesh::Part;
use serde::{Deserialize, Serialize};

/// What of a person a scan shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Head to foot, dressed or not.
    Body,
    /// A head, with or without neck and shoulders.
    Head,
    /// The front of a face, a mask.
    Face,
    /// The person's right hand, with or without lower arm.
    RightHand,
    /// The person's left hand.
    LeftHand,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Body,
        Self::Head,
        Self::Face,
        Self::RightHand,
        Self::LeftHand,
    ];

    /// As people say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Head => "head",
            Self::Face => "face",
            Self::RightHand => "right hand",
            Self::LeftHand => "left hand",
        }
    }

    /// Shortest and longest side, metres, that the box around such a scan may have.
    pub fn plausible_m(self) -> (f32, f32) {
        match self {
            Self::Body => (0.5, 2.4),
            Self::Head => (0.16, 0.62),
            Self::Face => (0.1, 0.32),
            Self::RightHand | Self::LeftHand => (0.08, 0.5),
        }
    }

    /// Into how many patches, each wrong as a whole, the body model's error falls apart on such a scan.
    pub(crate) fn patches(self) -> f32 {
        match self {
            Self::Body => 6000.0,
            Self::Head => 3000.0,
            Self::Face | Self::RightHand | Self::LeftHand => 1500.0,
        }
    }

    /// Which skin vertices may be seen in such a scan.
    pub(crate) fn region(self, model: &BodyModel) -> Vec<bool> {
        let joint = |name: &str| model.rig.joint(name, &model.base).unwrap_or(Vec3::ZERO);
        let outside = outside(model);
        let hand = |side: &str| -> Vec<bool> {
            let (elbow, wrist) = (
                joint(&format!("lowerarm01.{side}")),
                joint(&format!("wrist.{side}")),
            );
            let along = (wrist - elbow).normalize_or_zero();
            // From the middle of the lower arm on.
            let start = (wrist - elbow).length() * 0.35;
            let sign = elbow.x.signum();
            (0..model.skin_vertices)
                .map(|v| {
                    let p = model.base[v];
                    p.x * sign > elbow.x.abs()
                        && (p - elbow).dot(along) > start
                        && (p - wrist).length() < 0.3
                })
                .collect()
        };
        match self {
            Self::Body => outside,
            Self::Head | Self::Face => {
                let low = joint("upperarm01.L").y - 0.14;
                (0..model.skin_vertices)
                    .map(|v| {
                        let p = model.base[v];
                        outside[v] && p.y > low && p.x.abs() < 0.26
                    })
                    .collect()
            }
            Self::RightHand => hand("R"),
            Self::LeftHand => hand("L"),
        }
    }
}

/// Skin vertices that can be seen from outside: not those of the mouth.
fn outside(model: &BodyModel) -> Vec<bool> {
    let mut inside = vec![false; model.skin_vertices];
    let mut seen = vec![false; model.skin_vertices];
    for (quad, (part, _)) in model.quads.iter().zip(body::tables::FACES.iter()) {
        let of = if *part == Part::MouthInterior {
            &mut inside
        } else {
            &mut seen
        };
        for &v in &quad[..4] {
            of[v as usize] = true;
        }
    }
    (0..model.skin_vertices)
        .map(|v| seen[v] && !inside[v])
        .collect()
}

/// Skin vertices on the front of the face.
pub(crate) fn front_of_face(model: &BodyModel) -> Vec<bool> {
    let mut front = vec![false; model.skin_vertices];
    for (quad, (_, is_front)) in model.quads.iter().zip(body::tables::FACES.iter()) {
        if *is_front {
            for &v in &quad[..4] {
                front[v as usize] = true;
            }
        }
    }
    front
}

/// Skin vertices where hair of the head grows.
pub(crate) fn scalp(model: &BodyModel) -> Vec<bool> {
    let mut scalp = vec![false; model.skin_vertices];
    for (quad, (part, _)) in model.quads.iter().zip(body::tables::FACES.iter()) {
        if *part == Part::Scalp {
            for &v in &quad[..4] {
                scalp[v as usize] = true;
            }
        }
    }
    scalp
}

/// Skin vertices of head and neck.
pub(crate) fn head_and_neck(model: &BodyModel) -> Vec<bool> {
    let mut neck = vec![false; model.skin_vertices];
    for (quad, (part, _)) in model.quads.iter().zip(body::tables::FACES.iter()) {
        if *part != Part::BodySkin {
            for &v in &quad[..4] {
                neck[v as usize] = true;
            }
        }
    }
    neck
}
