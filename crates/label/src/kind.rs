//! The kinds of labels a recipe may ask for.

use population::attribute::Choice;

/// One kind of label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum LabelKind {
    /// Face, head and person boxes.
    Boxes,
    /// iBUG-68 x-ray landmarks and two pupils.
    Landmarks,
    /// iBUG-68 with the jaw on the visible contour.
    ContourLandmarks,
    /// `FaceSynthetics` class of every pixel.
    FaceParsing,
    /// Fine surface part of every pixel.
    Parts,
    /// Person of every pixel.
    Instances,
    /// Rotation and position of the head.
    HeadPose,
    /// Optical axis of each eye.
    Gaze,
    /// Opening of each eye.
    Eyelids,
    /// Distance of every pixel.
    Depth,
    /// Surface direction of every pixel.
    Normals,
    /// Surface colour of every pixel.
    Albedo,
    /// Texture coordinates of every pixel.
    Uv,
    /// Intrinsics and extrinsics.
    Camera,
    /// COCO-WholeBody's points.
    Keypoints,
    /// Joints and box of each hand.
    Hands,
    /// What each person is doing.
    Action,
    /// Where every pixel's surface is in the next frame.
    Flow,
    /// Where each person would be seen if nothing hid them.
    Amodal,
    /// Ellipses, glints and line of sight of each eye.
    Eyes,
    /// `OpenEDS` class of every pixel.
    EyeParsing,
    /// Pose and 3D box of vehicles.
    VehiclePose,
    /// Boxes of a vehicle's parts.
    PartBoxes,
    /// What is wrong with vehicles, and where.
    Damage,
}

impl LabelKind {
    /// Every kind, in the order in which files and schemas list them.
    pub const ALL: [Self; 24] = [
        Self::Boxes,
        Self::Landmarks,
        Self::ContourLandmarks,
        Self::FaceParsing,
        Self::Parts,
        Self::Instances,
        Self::HeadPose,
        Self::Gaze,
        Self::Eyelids,
        Self::Depth,
        Self::Normals,
        Self::Albedo,
        Self::Uv,
        Self::Camera,
        Self::Keypoints,
        Self::Hands,
        Self::Action,
        Self::Flow,
        Self::Amodal,
        Self::Eyes,
        Self::EyeParsing,
        Self::VehiclePose,
        Self::PartBoxes,
        Self::Damage,
    ];

    /// The word a recipe uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boxes => "boxes",
            Self::Landmarks => "landmarks",
            Self::ContourLandmarks => "contour_landmarks",
            Self::FaceParsing => "face_parsing",
            Self::Parts => "parts",
            Self::Instances => "instances",
            Self::HeadPose => "head_pose",
            Self::Gaze => "gaze",
            Self::Eyelids => "eyelids",
            Self::Depth => "depth",
            Self::Normals => "normals",
            Self::Albedo => "albedo",
            Self::Uv => "uv",
            Self::Camera => "camera",
            Self::Keypoints => "keypoints",
            Self::Hands => "hands",
            Self::Action => "action",
            Self::Flow => "flow",
            Self::Amodal => "amodal",
            Self::Eyes => "eyes",
            Self::EyeParsing => "eye_parsing",
            Self::VehiclePose => "vehicle_pose",
            Self::PartBoxes => "part_boxes",
            Self::Damage => "damage",
        }
    }

    /// One sentence for the schema, the docs and the card.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Boxes => {
                "boxes of face, head and person in px, tight around their pixels, and amodal ones from the geometry"
            }
            Self::Landmarks => {
                "iBUG-68 points riding on fixed places of the face (x-ray) and both pupil centres, in px, camera and world m, with visibility proven by ray"
            }
            Self::ContourLandmarks => {
                "iBUG-68 points as people annotate them: the jaw follows the visible contour of the face"
            }
            Self::FaceParsing => "FaceSynthetics class of every pixel, 8-bit grey PNG in parsing/",
            Self::Parts => {
                "fine surface part of every pixel (iris, pupil, teeth, lashes, scalp, …), 8-bit grey PNG in parts/"
            }
            Self::Instances => {
                "person every pixel belongs to, 0 is scenery, 16-bit grey PNG in instances/"
            }
            Self::HeadPose => {
                "rotation, yaw, pitch and roll of the head relative to the camera, and its position"
            }
            Self::Gaze => "optical axis of each eye in world, camera and head frames",
            Self::Eyelids => "opening of each eye, lid gap, and radii of iris and pupil",
            Self::Depth => {
                "distance of every pixel along the camera's axis in m, 0 where nothing is, 32-bit float EXR in depth/"
            }
            Self::Normals => {
                "unfiltered surface direction of every pixel in camera space, 16-bit RGB PNG in normals/"
            }
            Self::Albedo => {
                "surface colour of every pixel without light, 8-bit sRGB PNG in albedo/"
            }
            Self::Uv => {
                "texture coordinates of every pixel, 32-bit float EXR with channels U and V in uv/"
            }
            Self::Camera => "intrinsics and extrinsics of the camera",
            Self::Keypoints => {
                "COCO-WholeBody's 133 points: 17 of the body, 6 of the feet, 68 of the face, 21 of each hand, in px, camera and world m, with visibility"
            }
            Self::Hands => "21 joints and the box of each hand, right then left",
            Self::Action => {
                "what each person is doing, and which part of it with its beginning and end"
            }
            Self::Flow => {
                "in sequences: how far every pixel's surface moves until the next frame, in px, and whether it is still seen, 32-bit float EXR with channels DX, DY and SEEN in flow/"
            }
            Self::Amodal => {
                "where each person would be seen if nothing hid them, 16-bit grey PNG in amodal/ with a bit for each person, and the share that is seen"
            }
            Self::Eyes => {
                "ellipses of pupil, iris and limbus as seen through the cornea, the glint of each diode of a headset, and the line of sight (visual axis) of each eye"
            }
            Self::EyeParsing => {
                "OpenEDS class of every pixel as seen through the cornea (0 background, 1 sclera, 2 iris, 3 pupil), lashes looked through, 8-bit grey PNG in eye_parsing/"
            }
            Self::VehiclePose => {
                "rotation and place of each vehicle relative to the camera, its 3D box with the corners in px, and KITTI's angles"
            }
            Self::PartBoxes => "box and number of pixels of each part of a vehicle that is seen",
            Self::Damage => {
                "every damage with its class, cause, part, depth in mm, area in cm², length and width in mm; its id at every pixel, 8-bit grey PNG in damage/; where it is behind the vehicle itself, bits of a 16-bit grey PNG in damage_amodal/; a list for workshops, JSON in repair/"
            }
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u16
    }
}

/// The label kinds of people with one sentence each, as their stage's schema lists them.
pub fn kinds() -> Vec<Choice> {
    LabelKind::ALL
        .iter()
        .filter(|kind| (**kind as u8) < LabelKind::VehiclePose as u8)
        .map(|kind| Choice::new(kind.name(), kind.meaning()))
        .collect()
}

/// The label kinds of vehicles, as their stage's schema lists them.
pub fn vehicle_kinds() -> Vec<Choice> {
    [
        (
            LabelKind::Boxes,
            "box of each vehicle in px, tight around its pixels, and an amodal one from the geometry",
        ),
        (
            LabelKind::Parts,
            "part of every pixel (left_front_door, windscreen, tyre, …), 8-bit grey PNG in parts/",
        ),
        (
            LabelKind::Instances,
            "vehicle every pixel belongs to, 0 is scenery, 16-bit grey PNG in instances/",
        ),
        (
            LabelKind::Keypoints,
            "16 points: wheels, lamps, mirrors, plates and the windscreen's corners, in px and world m, with visibility",
        ),
        (
            LabelKind::Amodal,
            "where each vehicle would be seen if nothing hid it, 16-bit grey PNG in amodal/, and the share that is seen",
        ),
        (LabelKind::VehiclePose, LabelKind::VehiclePose.meaning()),
        (LabelKind::PartBoxes, LabelKind::PartBoxes.meaning()),
        (LabelKind::Damage, LabelKind::Damage.meaning()),
        (LabelKind::Depth, LabelKind::Depth.meaning()),
        (LabelKind::Normals, LabelKind::Normals.meaning()),
        (LabelKind::Albedo, LabelKind::Albedo.meaning()),
        (LabelKind::Uv, LabelKind::Uv.meaning()),
        (LabelKind::Camera, LabelKind::Camera.meaning()),
    ]
    .into_iter()
    .map(|(kind, meaning)| Choice::new(kind.name(), meaning))
    .collect()
}

/// The label kinds of products, as their stage's schema lists them.
pub fn product_kinds() -> Vec<Choice> {
    [
        (
            LabelKind::Boxes,
            "box of each product in px, tight around its pixels",
        ),
        (
            LabelKind::Instances,
            "product every pixel belongs to, 0 is scenery, 16-bit grey PNG in instances/",
        ),
        (
            LabelKind::Damage,
            "every defect with its class, cause, depth in mm, area in cm², length and width in mm; its id at every pixel, 8-bit grey PNG in damage/; also where the product itself hides it, bits of a 16-bit grey PNG in damage_amodal/; a list for workshops, JSON in repair/",
        ),
        (LabelKind::Depth, LabelKind::Depth.meaning()),
        (LabelKind::Normals, LabelKind::Normals.meaning()),
        (LabelKind::Albedo, LabelKind::Albedo.meaning()),
        (LabelKind::Uv, LabelKind::Uv.meaning()),
        (LabelKind::Camera, LabelKind::Camera.meaning()),
    ]
    .into_iter()
    .map(|(kind, meaning)| Choice::new(kind.name(), meaning))
    .collect()
}

/// A name that is no label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLabel {
    /// As the user wrote it.
    pub name: String,
}

impl std::fmt::Display for UnknownLabel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is no label; labels are ", self.name)?;
        for (i, kind) in LabelKind::ALL.iter().enumerate() {
            write!(f, "{}`{}`", if i == 0 { "" } else { ", " }, kind.name())?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownLabel {}

/// A set of label kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelSet(u32);

impl LabelSet {
    /// Every kind.
    pub fn all() -> Self {
        LabelKind::ALL.iter().copied().collect()
    }

    /// The kinds with these names, in any order.
    ///
    /// # Errors
    /// [`UnknownLabel`] with the first name that is none.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Result<Self, UnknownLabel> {
        names
            .iter()
            .map(|name| {
                LabelKind::ALL
                    .into_iter()
                    .find(|kind| kind.name() == name.as_ref())
                    .ok_or_else(|| UnknownLabel {
                        name: name.as_ref().to_owned(),
                    })
            })
            .collect()
    }

    /// Whether `kind` is in the set.
    pub fn has(self, kind: LabelKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// The same set without `kind`.
    pub fn without(self, kind: LabelKind) -> Self {
        Self(self.0 & !kind.bit())
    }

    /// The kinds in the set, in [`LabelKind::ALL`]'s order.
    pub fn iter(self) -> impl Iterator<Item = LabelKind> {
        LabelKind::ALL
            .into_iter()
            .filter(move |kind| self.has(*kind))
    }
}

impl FromIterator<LabelKind> for LabelSet {
    fn from_iter<I: IntoIterator<Item = LabelKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | kind.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_exactly_what_it_was_given() {
        let set = LabelSet::from_names(&["depth", "boxes"]).expect("known names");
        assert_eq!(
            set.iter().map(LabelKind::name).collect::<Vec<_>>(),
            ["boxes", "depth"]
        );
        assert_eq!(LabelSet::all().iter().count(), LabelKind::ALL.len());
        let both: std::collections::BTreeSet<String> = kinds()
            .into_iter()
            .chain(vehicle_kinds())
            .map(|kind| kind.name)
            .collect();
        assert_eq!(both.len(), LabelKind::ALL.len());
        assert!(!LabelSet::all().without(LabelKind::Uv).has(LabelKind::Uv));
    }

    #[test]
    fn an_unknown_name_is_told_with_the_known_ones() {
        let message = LabelSet::from_names(&["box"])
            .expect_err("no such label")
            .to_string();
        assert!(
            message.starts_with("`box` is no label; labels are `boxes`, "),
            "{message}"
        );
    }
}
