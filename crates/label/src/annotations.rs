//! The typed labels of one sample, and the JSON file `annotations/*.json` they are kept in.
//!
//! Reading order: [`SampleLabels`], [`PersonLabels`], then what a person has. Pixels are measured from the outer corner of the top-left
//! pixel, pixel centres lie at ½; camera space is x right, y down, z forward; world is y up; metres. Left and right are the person's,
//! and in every pair the right one comes first. A kind of label that was not asked for is absent from the file.
//!
//! # Determinism
//! Numbers are rounded when a label is made (see [`px`], [`metres`], [`degrees`], [`unit()`]), so that a file read and written again has
//! the same bytes and platforms whose last bits differ write the same file.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use crate::eyes::EyeLabel;
pub use crate::product::ProductLabels;
pub use crate::vehicle::{DamageLabel, VehicleLabels};

pub use crate::camera::{BandLabel, CameraLabel, DistortionLabel, ShutterLabel};

/// The format's version, written to every file. A reader refuses other versions.
pub const VERSION: u32 = 1;

/// All labels of one sample that are not pictures, with the row it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleLabels {
    /// [`VERSION`].
    pub version: u32,
    /// Index of the sample in its data set.
    pub sample: u64,
    /// Index of the person it shows: samples of one counterfactual pair share it.
    pub origin: u64,
    /// Size of every picture of the sample, px.
    pub width_px: u32,
    /// See `width_px`.
    pub height_px: u32,
    /// Names of the kinds of labels that were asked for, pictures included.
    pub labels: Vec<String>,
    /// The row.
    pub attributes: Attributes,
    /// Where the sample lies in its sequence; absent from single pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment: Option<Moment>,
    /// Who looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraLabel>,
    /// In the scene's order.
    pub people: Vec<PersonLabels>,
    /// In the scene's order; absent from pictures of people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vehicles: Vec<VehicleLabels>,
    /// In the scene's order; absent from pictures of people and vehicles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductLabels>,
}

impl SampleLabels {
    /// Damages of vehicles, then of products.
    pub fn damages(&self) -> impl Iterator<Item = &DamageLabel> {
        let vehicles = self
            .vehicles
            .iter()
            .flat_map(|one| one.damages.iter().flatten());
        let products = self
            .products
            .iter()
            .flat_map(|one| one.damages.iter().flatten());
        vehicles.chain(products)
    }
}

/// The row's attributes by name, in schema order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attributes(pub Vec<(String, Attribute)>);

/// One attribute's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Attribute {
    /// A whole number.
    Integer(i64),
    /// A real number.
    Number(f64),
    /// A word of a closed list.
    Category(String),
    /// Weights that sum to 1, in the order of the schema's components.
    Mix(Vec<f64>),
}

/// A frame's place in its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Number of the sequence in its data set, from 0.
    pub sequence: u64,
    /// From 0.
    pub frame: u64,
    /// How many frames the sequence has.
    pub frames: u64,
    /// Seconds since it began.
    pub time_s: f64,
    /// Frames a second.
    pub fps: f64,
}

/// What somebody is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Such as `drinking`: the attribute `pose.posture`.
    pub name: String,
    /// Which part of it; absent where the action has none, and between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
}

/// A part of an action with its beginning and end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Such as `lift`.
    pub name: String,
    /// Seconds on the sequence's clock, below 0 when it began before; in a single picture, against the picture's moment.
    pub from_s: f64,
    /// Its end.
    pub to_s: f64,
}

/// A rotation from the rows a file keeps.
pub fn rotation(rows: [[f64; 3]; 3]) -> glam::DMat3 {
    glam::DMat3::from_cols_array_2d(&rows).transpose()
}

/// Labels of one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonLabels {
    /// The number that `instances/*.png` carries where this person is.
    pub instance: u16,
    /// Boxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxes: Option<Boxes>,
    /// 70 points: iBUG-68, then the centres of the right and the left pupil (the order of `FaceSynthetics`). Each of the 68 rides on a
    /// fixed place of the face, whether it can be seen or not (x-ray).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landmarks: Option<Vec<Landmark>>,
    /// 68 points as people annotate them: jaw points 0–16 that the face itself hides lie on its visible contour; the others are equal
    /// to the x-ray points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contour_landmarks: Option<Vec<Landmark>>,
    /// COCO-WholeBody's 133 points in its order: 17 of the body, 6 of the feet, 68 of the face (as `contour_landmarks`), 21 of the left
    /// hand, 21 of the right. Joints lie inside the body: they count as visible when nothing but the body around them is in front.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keypoints: Option<Vec<Landmark>>,
    /// Right hand, left hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hands: Option<[Hand; 2]>,
    /// Pose of the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_pose: Option<HeadPose>,
    /// Right eye, left eye.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gaze: Option<[Gaze; 2]>,
    /// Right eye, left eye.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eyelids: Option<[Eyelids; 2]>,
    /// Share of the person's pixels that nothing hides, `0..=1`, of those within the picture; absent where amodal masks were not asked for, 0
    /// where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible_share: Option<f64>,
    /// Share of the last minute in which the eyes were at least four fifths shut, `0..=1`; absent from single pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perclos: Option<f64>,
    /// What the person is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Right eye, left eye, as gaze trackers see them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eyes: Option<[EyeLabel; 2]>,
    /// Measured on the finished body: `height_cm`, `bmi_kg_m2`, …
    pub measured: Attributes,
}

/// Box in px: `x`, `y` of the top-left corner, then width and height, as COCO has it. A box around pixels covers them whole: one pixel
/// in the corner of the image is `[0, 0, 1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoxPx(pub [f64; 4]);

impl BoxPx {
    /// Smallest box around corners `low` and `high`.
    pub fn between(low: [f64; 2], high: [f64; 2]) -> Self {
        Self([low[0], low[1], high[0] - low[0], high[1] - low[1]])
    }

    /// Right and bottom edge.
    pub fn high(&self) -> [f64; 2] {
        [self.0[0] + self.0[2], self.0[1] + self.0[3]]
    }

    /// Square pixels.
    pub fn area(&self) -> f64 {
        self.0[2] * self.0[3]
    }
}

/// Boxes of one person. The first three are tight around pixels that can be seen; `null` where there is none. The amodal ones bound
/// the projected geometry, hidden or outside the picture, and are not clipped; `null` where some of it lies behind the camera.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boxes {
    /// Face parsing classes 1–11 and 14 without the scalp, see [`crate::class::in_face_box`].
    pub face: Option<BoxPx>,
    /// The face, scalp, hair, beard, glasses, headwear and facewear, see [`crate::class::in_head_box`].
    pub head: Option<BoxPx>,
    /// Every pixel of the instance.
    pub person: Option<BoxPx>,
    /// The face's own surface between ears, hair line and jaw.
    pub face_amodal: Option<BoxPx>,
    /// All surfaces that the head box may cover.
    pub head_amodal: Option<BoxPx>,
    /// All surfaces of the person.
    pub person_amodal: Option<BoxPx>,
}

/// One point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Landmark {
    /// May lie outside the picture; `null` where the lens draws nothing, as at or behind the camera plane.
    pub px: Option<[f64; 2]>,
    /// Camera space (of a moving camera: at the middle of the picture's exposure), m.
    pub camera_m: [f64; 3],
    /// World, m.
    pub world_m: [f64; 3],
    /// A ray from the camera reaches the point, its surface faces the camera, and it is inside the picture. Clear lenses and lashes
    /// hide nothing.
    pub visible: bool,
    /// `px` lies within the picture.
    pub inside: bool,
    /// How far below the skin the point lies, m; absent for points on a surface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inset_m: Option<f64>,
}

/// One hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hand {
    /// Tight around the hand's pixels; `null` where none is seen.
    pub r#box: Option<BoxPx>,
    /// Share of the hand's 21 joints that can be seen.
    pub visible_share: f64,
    /// Wrist, then thumb, index, middle, ring and little finger, each from palm to tip (OpenPose's order).
    pub joints: Vec<Landmark>,
}

/// Pose of the head. The head's axes are x to the person's left, y up, z forward; its origin is the midpoint of the eye centres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadPose {
    /// Rotation, by rows: `x_camera = camera_from_head · x_head + translation_m`.
    pub camera_from_head: [[f64; 3]; 3],
    /// The origin in camera space, m.
    pub translation_m: [f64; 3],
    /// Rotation, by rows.
    pub world_from_head: [[f64; 3]; 3],
    /// The origin in the world, m.
    pub origin_world_m: [f64; 3],
    /// Relative to a head that looks against the camera's axis (towards the picture plane, upright): positive turns the face to the
    /// person's left, which is the picture's right. Applied last (outermost), about the vertical.
    pub yaw_deg: f64,
    /// Positive looks down; applied after roll.
    pub pitch_deg: f64,
    /// Positive tilts the head towards the person's right shoulder (the picture's left); applied first, about the face's own axis.
    pub roll_deg: f64,
}

/// Where an eye looks: its optical axis (through the pupil's centre, not the line of sight through the fovea).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gaze {
    /// Centre of rotation, camera space, m.
    pub centre_camera_m: [f64; 3],
    /// Centre of rotation, world, m.
    pub centre_world_m: [f64; 3],
    /// Centre of the pupil, world, m.
    pub pupil_world_m: [f64; 3],
    /// Unit vector out of the pupil, world.
    pub axis_world: [f64; 3],
    /// Unit vector out of the pupil, camera space.
    pub axis_camera: [f64; 3],
    /// Unit vector out of the pupil, head axes.
    pub axis_head: [f64; 3],
    /// Relative to the camera, as [`HeadPose::yaw_deg`]: 0, 0 looks against the camera's axis; positive to the person's left.
    pub yaw_camera_deg: f64,
    /// Positive down.
    pub pitch_camera_deg: f64,
    /// Relative to the head: 0, 0 looks straight ahead; positive to the person's left.
    pub yaw_head_deg: f64,
    /// Positive down.
    pub pitch_head_deg: f64,
}

/// Lids, iris and pupil of one eye.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eyelids {
    /// 0 closed, 1 as open as this person's neutral face; may exceed 1 when wide.
    pub opening: f64,
    /// Between the mid-points of the lid margins, mm.
    pub gap_mm: f64,
    /// Between inner and outer corner, mm.
    pub width_mm: f64,
    /// Mid-point of the upper lid's margin, world, m.
    pub upper_world_m: [f64; 3],
    /// Mid-point of the lower lid's margin, world, m.
    pub lower_world_m: [f64; 3],
    /// Corner at the nose, world, m.
    pub inner_corner_world_m: [f64; 3],
    /// Corner at the temple, world, m.
    pub outer_corner_world_m: [f64; 3],
    /// mm.
    pub iris_radius_mm: f64,
    /// mm.
    pub pupil_radius_mm: f64,
}

/// Why an annotations file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnotationsError(String);

impl AnnotationsError {
    pub(crate) fn new(message: String) -> Self {
        Self(message)
    }
}

impl std::fmt::Display for AnnotationsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AnnotationsError {}

/// The file's bytes: compact JSON with a line's end.
///
/// # Errors
/// A number that is not finite, which JSON cannot hold.
pub fn write(labels: &SampleLabels) -> Result<Vec<u8>, AnnotationsError> {
    if let Some(name) = not_finite(labels) {
        return Err(AnnotationsError(format!(
            "sample {}: {name} is not a finite number",
            labels.sample
        )));
    }
    let mut bytes = serde_json::to_vec(labels).map_err(|e| AnnotationsError(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a file's bytes.
///
/// # Errors
/// No JSON, another version, a missing or unknown field; the message carries line and column.
pub fn read(bytes: &[u8]) -> Result<SampleLabels, AnnotationsError> {
    #[derive(Deserialize)]
    struct Head {
        version: u32,
    }
    let head: Head = serde_json::from_slice(bytes)
        .map_err(|e| AnnotationsError(format!("no annotations file: {e}")))?;
    if head.version != VERSION {
        return Err(AnnotationsError(format!(
            "version {}, but this program reads version {VERSION}",
            head.version
        )));
    }
    serde_json::from_slice(bytes).map_err(|e| AnnotationsError(e.to_string()))
}

/// The first number JSON would turn into `null`, by name.
fn not_finite(labels: &SampleLabels) -> Option<String> {
    let bad = |values: &[f64]| values.iter().any(|v| !v.is_finite());
    for attribute in labels
        .people
        .iter()
        .flat_map(|p| &p.measured.0)
        .chain(&labels.attributes.0)
    {
        let wrong = match &attribute.1 {
            Attribute::Number(value) => !value.is_finite(),
            Attribute::Mix(values) => bad(values),
            Attribute::Integer(_) | Attribute::Category(_) => false,
        };
        if wrong {
            return Some(format!("`{}`", attribute.0));
        }
    }
    for person in &labels.people {
        let points = person
            .landmarks
            .iter()
            .chain(&person.contour_landmarks)
            .flatten();
        if let Some(i) = points
            .clone()
            .position(|p| bad(&p.world_m) || bad(&p.camera_m) || p.px.is_some_and(|px| bad(&px)))
        {
            return Some(format!("landmark {i}"));
        }
        if person
            .head_pose
            .is_some_and(|h| bad(&h.camera_from_head.concat()) || bad(&h.translation_m))
        {
            return Some("the head's pose".to_owned());
        }
        if person
            .gaze
            .iter()
            .flatten()
            .any(|g| bad(&g.axis_world) || bad(&g.centre_world_m) || bad(&g.pupil_world_m))
        {
            return Some("a gaze".to_owned());
        }
        if person.eyelids.iter().flatten().any(|e| {
            bad(&[
                e.opening,
                e.gap_mm,
                e.width_mm,
                e.iris_radius_mm,
                e.pupil_radius_mm,
            ])
        }) {
            return Some("an eyelid".to_owned());
        }
    }
    None
}

/// Rounds to 1e-4 px.
pub fn px(value: f64) -> f64 {
    rounded(value, 1e4)
}

/// Rounds to 0.1 µm.
pub fn metres(value: f64) -> f64 {
    rounded(value, 1e7)
}

/// Rounds to a microsecond.
pub fn seconds(value: f64) -> f64 {
    rounded(value, 1e6)
}

/// Rounds to 1e-4°; also millimetres.
pub fn degrees(value: f64) -> f64 {
    rounded(value, 1e4)
}

/// Rounds a component of a unit vector or rotation to 1e-9.
pub fn unit(value: f64) -> f64 {
    rounded(value, 1e9)
}

/// `+ 0.0` turns −0 into 0, which would print differently.
fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit + 0.0
}

impl Attributes {
    /// The value with this name.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = Attributes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("attributes by name")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Attributes, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Attributes(all))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> SampleLabels {
        let landmark = Landmark {
            px: Some([px(1.0 / 3.0), px(-2.0 / 3.0)]),
            camera_m: [metres(0.1), metres(-0.2), metres(1.0 / 7.0)],
            world_m: [0.0, 1.6, 0.1],
            visible: false,
            inside: false,
            inset_m: None,
        };
        SampleLabels {
            version: VERSION,
            sample: 17,
            origin: 8,
            width_px: 64,
            height_px: 48,
            labels: vec!["landmarks".to_owned()],
            attributes: Attributes(vec![
                ("zeta".to_owned(), Attribute::Number(0.1 + 0.2)),
                ("age_years".to_owned(), Attribute::Integer(30)),
                ("sex".to_owned(), Attribute::Category("female".to_owned())),
                ("ancestry".to_owned(), Attribute::Mix(vec![0.25, 0.75])),
            ]),
            moment: None,
            camera: None,
            people: vec![PersonLabels {
                instance: 1,
                boxes: None,
                landmarks: Some(vec![
                    landmark,
                    Landmark {
                        px: None,
                        ..landmark
                    },
                ]),
                contour_landmarks: None,
                keypoints: None,
                hands: None,
                head_pose: None,
                gaze: None,
                eyelids: None,
                visible_share: None,
                perclos: None,
                action: Some(Action {
                    name: "waving".to_owned(),
                    phase: None,
                }),
                eyes: None,
                measured: Attributes(vec![("height_cm".to_owned(), Attribute::Number(172.5))]),
            }],
            vehicles: Vec::new(),
            products: Vec::new(),
        }
    }

    #[test]
    fn reading_gives_back_what_was_written_in_the_rows_order() {
        let written = write(&labels()).expect("finite");
        let back = read(&written).expect("own file");
        assert_eq!(back, labels());
        assert_eq!(write(&back).expect("finite"), written);
    }

    #[test]
    fn another_version_and_an_unknown_field_are_refused() {
        let text = String::from_utf8(write(&labels()).expect("finite")).expect("utf-8");
        let newer = text.replacen("\"version\":1", "\"version\":9", 1);
        assert_eq!(
            read(newer.as_bytes()).expect_err("version 9").to_string(),
            "version 9, but this program reads version 1"
        );
        let extra = text.replacen("\"sample\":", "\"smaple\":1,\"sample\":", 1);
        assert!(
            read(extra.as_bytes())
                .expect_err("unknown field")
                .to_string()
                .contains("smaple")
        );
        assert!(
            read(b"{")
                .expect_err("truncated")
                .to_string()
                .starts_with("no annotations file: ")
        );
    }

    #[test]
    fn a_number_json_cannot_hold_is_an_error_not_a_null() {
        let mut bad = labels();
        bad.people[0].measured.0[0].1 = Attribute::Number(f64::NAN);
        assert_eq!(
            write(&bad).expect_err("NaN").to_string(),
            "sample 17: `height_cm` is not a finite number"
        );
    }

    #[test]
    fn minus_zero_is_rounded_to_zero() {
        assert_eq!(px(-1e-9).to_bits(), 0.0_f64.to_bits());
    }
}
