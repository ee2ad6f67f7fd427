//! What labels are made from: points, frames and axes on a scene's people, in world space, before anything is rendered.
use std::sync::Arc;

use crate::cornea::Cornea;
use crate::mesh::{Mesh, Part};
use glam::{DMat3, DVec3};

/// All annotations of a scene.
#[derive(Debug, Clone, Default)]
pub struct Annotations {
    /// In the order of their instance ids.
    pub people: Vec<Person>,
    /// Small lamps that corneas mirror, such as a headset's diodes, in the order of their numbers; world, metres.
    pub diodes: Vec<DVec3>,
    /// In the order of their instance ids.
    pub vehicles: Vec<Vehicle>,
    /// In the order of their instance ids.
    pub products: Vec<Product>,
}

/// Something that damage is looked for on.
#[derive(Debug, Clone, Copy)]
pub struct Damaged<'a> {
    /// The instance id its objects carry.
    pub instance: u16,
    /// In the order of their ids.
    pub damages: &'a [Damage],
    /// What is not as it was, by growing object.
    pub surfaces: &'a [DamagedSurface],
}

impl Annotations {
    /// Vehicles, then products.
    pub fn damaged(&self) -> impl Iterator<Item = Damaged<'_>> {
        let vehicles = self.vehicles.iter().map(|one| Damaged {
            instance: one.instance,
            damages: &one.damages,
            surfaces: &one.surfaces,
        });
        let products = self.products.iter().map(|one| Damaged {
            instance: one.instance,
            damages: &one.damages,
            surfaces: &one.surfaces,
        });
        vehicles.chain(products)
    }
}

/// One manufactured thing under inspection.
#[derive(Debug, Clone)]
pub struct Product {
    /// The instance id its objects carry.
    pub instance: u16,
    /// Such as `bottle`.
    pub model: String,
    /// Such as `plastic`.
    pub material: String,
    /// In the order of their ids.
    pub damages: Vec<Damage>,
    /// What is not as it was, by growing object.
    pub surfaces: Vec<DamagedSurface>,
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

/// One vehicle.
#[derive(Debug, Clone)]
pub struct Vehicle {
    /// The instance id its objects carry.
    pub instance: u16,
    /// Such as `volkswagen-golf`.
    pub model: String,
    /// Such as `hatchback`.
    pub style: String,
    /// Columns: the vehicle's x (the driver's left), y (up), z (ahead) in world space.
    pub world_from_vehicle: DMat3,
    /// Between the axles on the ground, world, metres.
    pub origin: DVec3,
    /// Low and high corner of the undamaged vehicle's box in its own axes, mirrors included, metres.
    pub low: DVec3,
    /// See `low`.
    pub high: DVec3,
    /// By name, in the order of [`VEHICLE_KEYPOINTS`]; `None` of what the vehicle does not have, or nobody found on it.
    pub keypoints: Vec<Option<Keypoint>>,
    /// In the order of their ids.
    pub damages: Vec<Damage>,
    /// What is not as it was, by growing object.
    pub surfaces: Vec<DamagedSurface>,
}

/// Names of [`Vehicle::keypoints`]: the middles of wheels, lamps, mirrors and plates, and the corners of the roof.
pub const VEHICLE_KEYPOINTS: [&str; 16] = [
    "right_front_wheel",
    "left_front_wheel",
    "right_rear_wheel",
    "left_rear_wheel",
    "right_headlamp",
    "left_headlamp",
    "right_tail_lamp",
    "left_tail_lamp",
    "right_mirror",
    "left_mirror",
    "front_plate",
    "rear_plate",
    "right_windscreen_head",
    "left_windscreen_head",
    "right_windscreen_foot",
    "left_windscreen_foot",
];

/// What is wrong with a vehicle or product: the classes of `CarDD` (Wang, Li & Wu 2023), four that it lacks, and two of products alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DamageKind {
    /// Sheet pressed in.
    Dent,
    /// Paint scraped off along lines.
    Scratch,
    /// A gap through plastic or paint.
    Crack,
    /// A cracked or crazed pane.
    GlassShatter,
    /// A cracked lamp.
    LampBroken,
    /// A tyre without air.
    TireFlat,
    /// Corrosion through the paint.
    Rust,
    /// Chips by stones.
    Chips,
    /// A part that is not there.
    MissingPart,
    /// A part that is not where it belongs.
    Misaligned,
    /// Something foreign that dried on a surface or soaked in.
    Stain,
    /// Another colour than the rest of the surface has.
    ColourDeviation,
}

impl DamageKind {
    /// Every kind, `CarDD`'s six first, in its order.
    pub const ALL: [Self; 12] = [
        Self::Dent,
        Self::Scratch,
        Self::Crack,
        Self::GlassShatter,
        Self::LampBroken,
        Self::TireFlat,
        Self::Rust,
        Self::Chips,
        Self::MissingPart,
        Self::Misaligned,
        Self::Stain,
        Self::ColourDeviation,
    ];

    /// How many of them happen to vehicles: the first.
    pub const OF_VEHICLES: usize = 10;

    /// As files name it; of the first six, `CarDD`'s words with `_` for blanks.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dent => "dent",
            Self::Scratch => "scratch",
            Self::Crack => "crack",
            Self::GlassShatter => "glass_shatter",
            Self::LampBroken => "lamp_broken",
            Self::TireFlat => "tire_flat",
            Self::Rust => "rust",
            Self::Chips => "chips",
            Self::MissingPart => "missing_part",
            Self::Misaligned => "misaligned",
            Self::Stain => "stain",
            Self::ColourDeviation => "colour_deviation",
        }
    }
}

/// One instance of damage. Measures are those of the geometry, in SI.
#[derive(Debug, Clone)]
pub struct Damage {
    /// 1, 2, … in [`DamagedSurface::owners`].
    pub id: u8,
    /// What it is.
    pub kind: DamageKind,
    /// What it was done by, such as `pole`.
    pub cause: &'static str,
    /// The part that has most of it.
    pub part: Part,
    /// `[0, 1]` of what its cause can do.
    pub severity: f64,
    /// Largest displacement of the surface, m; 0 where only paint is touched.
    pub depth_m: f64,
    /// Surface that is changed, m².
    pub area_m2: f64,
    /// The same as a share of the part's surface.
    pub part_share: f64,
    /// What dents take from the vehicle's inside, m³.
    pub volume_m3: f64,
    /// Along the longest mark, m; 0 for what has no length.
    pub length_m: f64,
    /// Of the marks, m; 0 for what has no width.
    pub width_m: f64,
    /// How deep paint is open, m; 0 where it is not.
    pub paint_depth_m: f64,
    /// What struck; `None` where nothing did.
    pub impact: Option<Impact>,
    /// Balls around it, world, metres, where the surface was: displaced surface within is its.
    pub reach: Vec<(DVec3, f64)>,
    /// What is no longer there, where it was, world, metres: it is marked where it would be seen.
    pub gone: Option<Arc<Mesh>>,
}

/// What struck a vehicle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impact {
    /// Where it touched, world, metres.
    pub at: DVec3,
    /// Where it went, world, unit.
    pub way: DVec3,
    /// Energy that the sheets took up, J.
    pub energy_j: f64,
    /// Mass of what struck, kg, and its speed with that energy, m/s.
    pub mass_kg: f64,
    /// See `mass_kg`.
    pub speed_m_per_s: f64,
}

/// An object whose surface is not where or what it was.
#[derive(Debug, Clone)]
pub struct DamagedSurface {
    /// Index into [`crate::Scene::objects`].
    pub object: u32,
    /// How far each vertex was moved along the normal that the surface had there, metres; empty where none was.
    pub moved_m: Arc<[f32]>,
    /// The damage that opened the surface at each texel of its worn material: side in texels, and ids row by row from the top.
    pub owners: Option<(u32, Arc<[u8]>)>,
    /// All of it is this damage's, as a flat tyre's rubber or a bumper that hangs; 0 where it is not so.
    pub whole: u8,
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
