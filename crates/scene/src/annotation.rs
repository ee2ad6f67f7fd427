//! What labels are made from: points, frames and axes on a scene's people, in world space, before anything is rendered.
use crate::cornea::Cornea;
use glam::{DMat3, DVec3};

/// All annotations of a scene.
#[derive(Debug, Clone, Default)]
pub struct Annotations {
    /// In the order of their instance ids.
    pub people: Vec<Person>,
    /// Small lamps that corneas mirror, such as a headset's diodes, in the order of their numbers; world, metres.
    pub diodes: Vec<DVec3>,
}

/// One person.
#[derive(Debug, Clone)]
pub struct Person {
    /// The instance id its objects carry.
    pub instance: u16,
    /// The rigid frame that head pose is measured in.
    pub head: Head,
    /// Person's right, then left.
    pub eyes: [Eye; 2],
    /// iBUG-68, each riding on a fixed place of the base mesh (x-ray landmarks).
    pub landmarks_68: Vec<SurfacePoint>,
    /// The face's own surface between ears, hair line and jaw (no neck, no ears), for contours: object id and its triangles.
    pub face_region: Region,
    /// COCO-WholeBody's points without the face's 68: 17 of the body, 6 of the feet, 21 of the left hand, 21 of the right.
    pub keypoints: Vec<Keypoint>,
    /// Skeleton joints in rest-to-pose order, by the pack's names (`head`, `neck01`, `jaw`, …).
    pub joints: Vec<Joint>,
    /// What the person is doing.
    pub action: Action,
    /// Share of the last minute in which the eyes were shut, `0..=1`; `None` where no time passes.
    pub perclos: Option<f64>,
    /// Scalars measured on the finished body: `height_cm`, `bmi_kg_m2`, `mass_kg`, …; written to rows.parquet as `body.<name>`.
    pub measured: Vec<(&'static str, f64)>,
}

/// What somebody is doing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Action {
    /// Such as `drinking`.
    pub name: String,
    /// Which part of it; `None` where the action has no parts, and between them.
    pub phase: Option<Phase>,
}

/// A part of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// Such as `lift`.
    pub name: String,
    /// Its beginning on the sequence's clock, seconds; below 0 when it began before. In a single picture the clock is at the picture's moment.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
}

/// A point that rides on an object's surface.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfacePoint {
    /// World, metres.
    pub position: DVec3,
    /// Unit outward normal, world.
    pub normal: DVec3,
}

/// A joint inside a body, or a point on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keypoint {
    /// World, metres.
    pub position: DVec3,
    /// How far below the skin it lies, metres; 0 on the skin.
    pub inset_m: f64,
}

/// A set of triangles of one object.
#[derive(Debug, Clone, Default)]
pub struct Region {
    /// Index into [`crate::Scene::objects`].
    pub object: u32,
    /// Indices into that object's triangles.
    pub triangles: Vec<u32>,
}

/// Rigid frame of the head.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Midpoint between the eye centres, world, metres.
    pub origin: DVec3,
    /// Columns: the head's x (its left), y (up), z (forward) in world space.
    pub world_from_head: DMat3,
    /// Bounding box of the bare head (skin, no hair) in head coordinates, metres: low and high corner.
    pub low: DVec3,
    /// High corner of the same box.
    pub high: DVec3,
}

/// One eye.
#[derive(Debug, Clone, Copy)]
pub struct Eye {
    /// Centre of rotation, world, metres.
    pub centre: DVec3,
    /// Unit, world, out of the pupil.
    pub optical_axis: DVec3,
    /// Centre of the pupil, world: the middle of its rim.
    pub pupil: DVec3,
    /// Outer radius of the iris, metres.
    pub iris_radius_m: f64,
    /// Metres; smaller than the iris.
    pub pupil_radius_m: f64,
    /// Mid-point of the upper lid margin, world.
    pub upper_lid: DVec3,
    /// Mid-point of the lower lid margin, world.
    pub lower_lid: DVec3,
    /// Corner by the nose, world.
    pub inner_corner: DVec3,
    /// Corner by the temple, world.
    pub outer_corner: DVec3,
    /// `0` closed … `1` as open as this person's neutral face; may exceed 1 when wide.
    pub opening: f64,
    /// What lies between the camera and iris and pupil.
    pub cornea: Cornea,
    /// Where the limbus lies, the circle in which sclera and cornea meet, square to the optical axis: world, and its radius, metres.
    pub limbus: DVec3,
    /// See `limbus`.
    pub limbus_radius_m: f64,
    /// Where the iris' outer circle lies, square to the optical axis, world; its radius is `iris_radius_m`.
    pub iris: DVec3,
    /// Unit, world: the line of sight from the fovea through the pupil's centre, a few degrees nasal of the optical axis.
    pub visual_axis: DVec3,
}

/// A skeleton joint.
#[derive(Debug, Clone)]
pub struct Joint {
    /// The pack's name for it.
    pub name: String,
    /// World, metres.
    pub position: DVec3,
}

/// Names of [`Person::keypoints`] in COCO-WholeBody's order (Jin et al. 2020): body, feet, left hand, right hand; the hands in OpenPose's order (wrist, then thumb to little finger,
/// each from palm to tip).
pub const KEYPOINT_NAMES: [&str; 65] = [
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_big_toe",
    "left_small_toe",
    "left_heel",
    "right_big_toe",
    "right_small_toe",
    "right_heel",
    "left_hand_wrist",
    "left_thumb_cmc",
    "left_thumb_mcp",
    "left_thumb_ip",
    "left_thumb_tip",
    "left_index_mcp",
    "left_index_pip",
    "left_index_dip",
    "left_index_tip",
    "left_middle_mcp",
    "left_middle_pip",
    "left_middle_dip",
    "left_middle_tip",
    "left_ring_mcp",
    "left_ring_pip",
    "left_ring_dip",
    "left_ring_tip",
    "left_little_mcp",
    "left_little_pip",
    "left_little_dip",
    "left_little_tip",
    "right_hand_wrist",
    "right_thumb_cmc",
    "right_thumb_mcp",
    "right_thumb_ip",
    "right_thumb_tip",
    "right_index_mcp",
    "right_index_pip",
    "right_index_dip",
    "right_index_tip",
    "right_middle_mcp",
    "right_middle_pip",
    "right_middle_dip",
    "right_middle_tip",
    "right_ring_mcp",
    "right_ring_pip",
    "right_ring_dip",
    "right_ring_tip",
    "right_little_mcp",
    "right_little_pip",
    "right_little_dip",
    "right_little_tip",
];

#[cfg(test)]
mod tests {
    use super::KEYPOINT_NAMES;

    #[test]
    fn names_are_unique_and_each_side_has_its_mirror() {
        let mut sorted = KEYPOINT_NAMES.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), KEYPOINT_NAMES.len());
        for name in KEYPOINT_NAMES {
            let other = name.replace("left_", "right_");
            assert!(KEYPOINT_NAMES.contains(&other.as_str()), "{other}");
        }
        let place = |name| KEYPOINT_NAMES.iter().position(|n| *n == name);
        assert_eq!(place("left_hand_wrist"), Some(23));
        assert_eq!(place("right_hand_wrist"), Some(44));
    }
}
