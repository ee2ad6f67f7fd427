//! COCO and COCO-WholeBody: one JSON file with images and annotations.

use scene::annotation::KEYPOINT_NAMES;
use scene::read;
use serde::Serialize;
use serde_json::json;

use super::output::{Growing, Output};
use super::{ExportError, Item, RunLength, Writer};
use crate::annotations::{BoxPx, Landmark, PersonLabels};
use crate::landmark::{FACE, HAND};
use crate::layout;

/// The 17 points of the body, COCO's own.
const BODY: usize = 17;
/// COCO's limbs, by numbers of points from 1.
const SKELETON: [[u8; 2]; 19] = [
    [16, 14],
    [14, 12],
    [17, 15],
    [15, 13],
    [12, 13],
    [6, 12],
    [7, 13],
    [6, 7],
    [6, 8],
    [7, 9],
    [8, 10],
    [9, 11],
    [2, 3],
    [1, 2],
    [1, 3],
    [2, 4],
    [3, 5],
    [4, 6],
    [5, 7],
];
const NOSE_TIP: usize = 30;
const RIGHT_PUPIL: usize = 68;
const LEFT_PUPIL: usize = 69;
const RIGHT_EAR_CLASS: u8 = 7;
const LEFT_EAR_CLASS: u8 = 8;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    KeyPoints,
    WholeBody,
}

pub(super) struct Coco<'a> {
    output: &'a Output,
    flavour: Flavour,
    /// The file up to the list of images, which grows; annotations grow beside it, since they come after all images.
    images: Growing,
    annotations: Growing,
    next_annotation: u64,
}

#[derive(Serialize)]
struct Annotation {
    id: u64,
    image_id: u64,
    category_id: u32,
    bbox: [f64; 4],
    area: f64,
    iscrowd: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    segmentation: Option<RunLength>,
    num_keypoints: usize,
    /// `x, y, v` in turn.
    keypoints: Vec<f64>,
    #[serde(flatten)]
    whole_body: Option<WholeBody>,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the format's own fields")]
struct WholeBody {
    face_box: [f64; 4],
    lefthand_box: [f64; 4],
    righthand_box: [f64; 4],
    face_valid: bool,
    lefthand_valid: bool,
    righthand_valid: bool,
    foot_valid: bool,
    face_kpts: Vec<f64>,
    lefthand_kpts: Vec<f64>,
    righthand_kpts: Vec<f64>,
    foot_kpts: Vec<f64>,
}

impl<'a> Coco<'a> {
    pub(super) fn create(output: &'a Output, flavour: Flavour) -> Result<Self, ExportError> {
        output.folder("images")?;
        output.folder("annotations")?;
        let name = match flavour {
            Flavour::KeyPoints => "annotations/person_keypoints.json",
            Flavour::WholeBody => "annotations/wholebody.json",
        };
        let mut images = output.open(name)?;
        let info =
            json!({"description": "People who never existed, made by populace", "version": "1.0"});
        let category = json!({
            "id": 1,
            "keypoints": KEYPOINT_NAMES[..BODY],
            "name": "person",
            "skeleton": SKELETON,
            "supercategory": "person",
        });
        images.write(
            format!("{{\"info\":{info},\"licenses\":[],\"categories\":[{category}],\"images\":[")
                .as_bytes(),
        )?;
        let annotations = output.open("annotations/annotations.list")?;
        Ok(Self {
            output,
            flavour,
            images,
            annotations,
            next_annotation: 1,
        })
    }
}

impl Writer for Coco<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        let labels = &item.labels;
        let name = format!("{:09}.png", labels.sample);
        self.output
            .write(&format!("images/{name}"), &item.file(layout::IMAGES)?)?;
        let image = json!({
            "file_name": name,
            "height": labels.height_px,
            "id": labels.sample,
            "width": labels.width_px,
        });
        let comma = if item.position == 0 { "" } else { "," };
        self.images.write(format!("{comma}\n{image}").as_bytes())?;

        let picture = |error: read::ReadError| ExportError::Picture {
            sample: labels.sample,
            reason: error.to_string(),
        };
        let open = |kind: &str, folder: &str| {
            labels
                .labels
                .iter()
                .any(|l| l == kind)
                .then(|| item.file(folder))
                .transpose()
        };
        let instances = open("instances", layout::INSTANCES)?
            .map(|b| read::png_grey16(&b).map_err(picture))
            .transpose()?;
        let parsing = open("face_parsing", layout::PARSING)?
            .map(|b| read::png_grey8(&b).map_err(picture))
            .transpose()?;
        for person in &labels.people {
            // A person of whom nothing is seen has no annotation, as in the original.
            let Some(BoxPx(bbox)) = person.boxes.and_then(|b| b.person) else {
                continue;
            };
            let is_own = |i: usize| {
                instances
                    .as_ref()
                    .is_none_or(|all| all.samples.get(i) == Some(&person.instance))
            };
            let segmentation = instances
                .as_ref()
                .map(|_| RunLength::encode(labels.width_px, labels.height_px, is_own));
            let ear = |class: u8| {
                let mask = parsing.as_ref()?;
                let pixels =
                    (0..mask.samples.len()).filter(|i| mask.samples[*i] == class && is_own(*i));
                centre(pixels, labels.width_px as usize)
            };
            let key_points = key_points(person, [ear(LEFT_EAR_CLASS), ear(RIGHT_EAR_CLASS)]);
            let annotation = Annotation {
                id: self.next_annotation,
                image_id: labels.sample,
                category_id: 1,
                bbox,
                area: segmentation
                    .as_ref()
                    .map_or(bbox[2] * bbox[3], |s| s.area() as f64),
                iscrowd: 0,
                segmentation,
                num_keypoints: key_points
                    .iter()
                    .skip(2)
                    .step_by(3)
                    .filter(|v| **v > 0.0)
                    .count(),
                keypoints: key_points,
                whole_body: (self.flavour == Flavour::WholeBody).then(|| whole_body(person)),
            };
            let text =
                serde_json::to_string(&annotation).map_err(|error| ExportError::Annotations {
                    sample: labels.sample,
                    reason: error.to_string(),
                })?;
            let comma = if self.next_annotation == 1 { "" } else { "," };
            self.annotations
                .write(format!("{comma}\n{text}").as_bytes())?;
            self.next_annotation += 1;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        let Self {
            output,
            mut images,
            annotations,
            ..
        } = *self;
        images.write(b"\n],\"annotations\":[")?;
        images.append(annotations)?;
        images.write(b"\n]}\n")?;
        output.close(images)
    }
}

/// Mean of pixel centres; `None` when there are none.
fn centre(pixels: impl Iterator<Item = usize>, width: usize) -> Option<[f64; 2]> {
    let (mut sum, mut count) = ([0.0; 2], 0_u32);
    for i in pixels {
        sum[0] += (i % width) as f64 + 0.5;
        sum[1] += (i / width) as f64 + 0.5;
        count += 1;
    }
    (count > 0).then(|| sum.map(|s| s / f64::from(count)))
}

/// COCO's visibility: 2 visible, 1 hidden but in the picture, 0 (and no position) otherwise.
fn point(landmark: Option<&Landmark>) -> [f64; 3] {
    match landmark {
        Some(Landmark {
            px: Some([x, y]),
            visible: true,
            ..
        }) => [*x, *y, 2.0],
        Some(Landmark {
            px: Some([x, y]),
            inside: true,
            ..
        }) => [*x, *y, 1.0],
        _ => [0.0; 3],
    }
}

/// `x, y, v` of each point in turn.
fn flat<'a>(points: impl Iterator<Item = &'a Landmark>) -> Vec<f64> {
    points.flat_map(|p| point(Some(p))).collect()
}

fn key_points(person: &PersonLabels, ears: [Option<[f64; 2]>; 2]) -> Vec<f64> {
    if let Some(points) = &person.keypoints {
        return flat(points.iter().take(BODY));
    }
    let at = |i: usize| point(person.landmarks.as_ref().and_then(|points| points.get(i)));
    let mut all = Vec::with_capacity(3 * BODY);
    all.extend([at(NOSE_TIP), at(LEFT_PUPIL), at(RIGHT_PUPIL)].concat());
    for ear in ears {
        all.extend(ear.map_or([0.0; 3], |[x, y]| [x, y, 2.0]));
    }
    all.resize(3 * BODY, 0.0);
    all
}

fn whole_body(person: &PersonLabels) -> WholeBody {
    // As annotators mark them, where the data set has both.
    let points = person
        .contour_landmarks
        .as_ref()
        .or(person.landmarks.as_ref());
    let face = flat(points.iter().flat_map(|p| p.iter()).take(FACE.len()));
    // Of the 133: feet, face, left hand, right hand.
    let part = |range: std::ops::Range<usize>| {
        let points = person
            .keypoints
            .as_deref()
            .and_then(|all| all.get(range.clone()));
        points.map_or_else(|| vec![0.0; 3 * range.len()], |points| flat(points.iter()))
    };
    let face = if face.is_empty() { part(FACE) } else { face };
    let hand_box = |side: usize| person.hands.as_ref().and_then(|hands| hands[side].r#box);
    let any = |values: &[f64]| values.iter().skip(2).step_by(3).any(|v| *v > 0.0);
    let (feet, left, right) = (
        part(BODY..FACE.start),
        part(FACE.end..FACE.end + HAND),
        part(FACE.end + HAND..FACE.end + 2 * HAND),
    );
    let face_box = person.boxes.and_then(|b| b.face);
    WholeBody {
        face_valid: face_box.is_some() && any(&face),
        face_box: face_box.map_or([0.0; 4], |b| b.0),
        lefthand_box: hand_box(1).map_or([0.0; 4], |b| b.0),
        righthand_box: hand_box(0).map_or([0.0; 4], |b| b.0),
        lefthand_valid: hand_box(1).is_some() && any(&left),
        righthand_valid: hand_box(0).is_some() && any(&right),
        foot_valid: any(&feet),
        face_kpts: face,
        lefthand_kpts: left,
        righthand_kpts: right,
        foot_kpts: feet,
    }
}
