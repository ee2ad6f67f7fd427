//! What a format could not hold.

use std::fmt;

use super::{ExportError, Format};
use crate::annotations::SampleLabels;
use crate::kind::LabelKind;

/// Labels that were left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// A kind of label by its name, or `attributes`, `measured`, `people`.
    pub what: &'static str,
    /// Why, in one sentence.
    pub why: &'static str,
}

/// What an export wrote and what it left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The format's name.
    pub format: &'static str,
    /// Samples written.
    pub samples: u64,
    /// Files written.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Only what the data set has and the format has no place for.
    pub losses: Vec<Loss>,
    /// What a reader of the files should know.
    pub notes: Vec<&'static str>,
}

impl Report {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format: format.name(),
            samples: 0,
            files: 0,
            bytes: 0,
            losses: Vec::new(),
            notes: notes(format).to_vec(),
        }
    }

    /// Checks that the labels are there that the format needs, and lists those it cannot hold.
    pub(super) fn needs(
        &mut self,
        format: Format,
        labels: &SampleLabels,
    ) -> Result<(), ExportError> {
        let has = |kind: LabelKind| labels.labels.iter().any(|name| name == kind.name());
        let people_only = matches!(
            format,
            Format::Coco | Format::WholeBody | Format::Mot | Format::FaceSynthetics
        );
        let has_things = !labels.vehicles.is_empty() || !labels.products.is_empty();
        if people_only && labels.people.is_empty() && has_things {
            return Err(ExportError::Subject {
                format: self.format,
            });
        }
        let lacking: Vec<LabelKind> = needed(format)
            .iter()
            .copied()
            .filter(|kind| !has(*kind))
            // Whole bodies have a face of their own.
            .filter(|kind| {
                !(format == Format::WholeBody
                    && *kind == LabelKind::Landmarks
                    && has(LabelKind::Keypoints))
            })
            .collect();
        if !lacking.is_empty() {
            return Err(ExportError::Lacks {
                format: self.format,
                kinds: lacking,
            });
        }
        for kind in LabelKind::ALL.into_iter().filter(|kind| has(*kind)) {
            self.losses.extend(loss(format, kind).map(|why| Loss {
                what: kind.name(),
                why,
            }));
        }
        if matches!(
            format,
            Format::Coco | Format::WholeBody | Format::FaceSynthetics
        ) {
            self.losses.push(Loss {
                what: "attributes",
                why: "the format has no place for a row",
            });
            self.losses.push(Loss {
                what: "measured",
                why: "the format has no place for body measurements",
            });
        }
        Ok(())
    }

    pub(super) fn seen(&mut self, labels: &SampleLabels) {
        self.samples += 1;
        let many = Loss {
            what: "people",
            why: "the format has one person a picture: only the first was kept",
        };
        if self.format == Format::FaceSynthetics.name()
            && labels.people.len() > 1
            && !self.losses.contains(&many)
        {
            self.losses.push(many);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} samples in {} files",
            self.format, self.samples, self.files
        )?;
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        if self.losses.is_empty() {
            return writeln!(f, "  nothing was left behind");
        }
        for loss in &self.losses {
            writeln!(f, "  left behind `{}`: {}", loss.what, loss.why)?;
        }
        Ok(())
    }
}

const fn needed(format: Format) -> &'static [LabelKind] {
    match format {
        Format::Coco | Format::Mot => &[LabelKind::Boxes],
        Format::WholeBody => &[LabelKind::Boxes, LabelKind::Landmarks],
        Format::FaceSynthetics => &[LabelKind::Landmarks, LabelKind::FaceParsing],
        Format::CarDd | Format::YoloSeg | Format::MvTec => &[LabelKind::Damage],
        Format::Kitti => &[LabelKind::Boxes, LabelKind::VehiclePose],
        Format::ImageFolder | Format::WebDataset => &[],
    }
}

const fn notes(format: Format) -> &'static [&'static str] {
    match format {
        Format::Coco | Format::WholeBody => &[
            "pixels are measured from the outer corner of the top-left pixel",
            "with `keypoints`, joints have v = 2 when only their own flesh and clothes lie in front of them; without, ears are the centres of what is seen of them, and shoulders and below have v = 0",
        ],
        Format::Mot => &[
            "boxes are amodal: they reach behind what hides people and out of the picture; without `amodal` among the labels, all visibilities are 1",
        ],
        Format::CarDd => &[
            "categories 1 to 6 are CarDD's, 7 to 10 are rust, chips, missing part and misaligned; masks are uncompressed run lengths; measures are in `attributes`",
        ],
        Format::YoloSeg => &["a damage in several pieces is several lines; holes are filled"],
        Format::Kitti => &[
            "occlusion is 3 (unknown) without `amodal` among the labels; boxes include the mirrors",
        ],
        Format::MvTec => &[
            "a picture with several kinds of damage lies with the one that covers most; every fifth good picture is among those to be tested on",
        ],
        Format::ImageFolder => &["`objects.categories`: 0 face, 1 head, 2 person"],
        Format::WebDataset => &[
            "fields of a sample: `png` is the picture, `json` the annotations, others are named by their folder",
        ],
        Format::FaceSynthetics => {
            &["landmarks are the x-ray points, right pupil before left; pixel centres lie at ½"]
        }
    }
}

/// Why a format cannot hold a kind of label; `None` when it can.
const fn loss(format: Format, kind: LabelKind) -> Option<&'static str> {
    match format {
        Format::WebDataset => None,
        Format::ImageFolder => match kind {
            LabelKind::FaceParsing
            | LabelKind::Parts
            | LabelKind::Instances
            | LabelKind::Depth
            | LabelKind::Normals
            | LabelKind::Albedo
            | LabelKind::Flow
            | LabelKind::Amodal
            | LabelKind::EyeParsing
            | LabelKind::Uv => Some("one picture a row: per-pixel labels have no place beside it"),
            LabelKind::Boxes
            | LabelKind::Landmarks
            | LabelKind::ContourLandmarks
            | LabelKind::HeadPose
            | LabelKind::Gaze
            | LabelKind::Eyelids
            | LabelKind::Keypoints
            | LabelKind::Hands
            | LabelKind::Action
            | LabelKind::Eyes
            | LabelKind::VehiclePose
            | LabelKind::PartBoxes
            | LabelKind::Camera => None,
            LabelKind::Damage => Some("one picture a row: masks have no place beside it"),
        },
        Format::Coco | Format::WholeBody => match kind {
            LabelKind::Instances => None,
            LabelKind::Boxes => match format {
                Format::WholeBody => Some(
                    "one box a person and one of the face: head and amodal boxes were left out",
                ),
                _ => Some("one box a person: face, head and amodal boxes were left out"),
            },
            LabelKind::Landmarks => match format {
                Format::WholeBody => Some(
                    "one set of face points, as annotators mark them: x-ray jaw points, 3D positions and pupils were left out",
                ),
                _ => Some("COCO-17 has the nose and the eyes only, without 3D positions"),
            },
            LabelKind::ContourLandmarks => match format {
                Format::WholeBody => Some("face points in 2D only: 3D positions were left out"),
                _ => Some("COCO-17 has no contour"),
            },
            LabelKind::FaceParsing | LabelKind::Parts | LabelKind::EyeParsing => {
                Some("one mask a person: classes within it have no place")
            }
            LabelKind::HeadPose | LabelKind::Gaze | LabelKind::Eyelids | LabelKind::Eyes => {
                Some("the format has no place for poses")
            }
            LabelKind::Depth
            | LabelKind::Normals
            | LabelKind::Albedo
            | LabelKind::Flow
            | LabelKind::Amodal
            | LabelKind::Uv => Some("the format has no place for per-pixel values"),
            LabelKind::Action => Some("the format has no place for actions"),
            LabelKind::Keypoints => match format {
                Format::WholeBody => Some("points in 2D only: 3D positions were left out"),
                _ => Some(
                    "17 points of the body in 2D: feet, face, hands and 3D positions were left out",
                ),
            },
            LabelKind::Hands => match format {
                Format::WholeBody => Some("boxes of hands only: joints are those of `keypoints`"),
                _ => Some("COCO-17 has no hands"),
            },
            LabelKind::Camera => Some("the format has no place for a camera"),
            LabelKind::VehiclePose | LabelKind::PartBoxes | LabelKind::Damage => {
                Some("the format has people only")
            }
        },
        Format::CarDd => match kind {
            LabelKind::Damage => Some(
                "what is seen only: amodal masks, impacts and the workshop's list were left out",
            ),
            LabelKind::Parts | LabelKind::PartBoxes => None,
            _ => Some("the format has damages and parts only"),
        },
        Format::YoloSeg => Some(match kind {
            LabelKind::Damage => "classes and polygons only: measures were left out",
            _ => "the format has polygons only",
        }),
        Format::Kitti => match kind {
            LabelKind::Boxes | LabelKind::VehiclePose => None,
            LabelKind::Camera => Some("the projection only: lenses and shutters were left out"),
            LabelKind::Amodal => Some("a class of occlusion only: masks were left out"),
            _ => Some("the format has boxes in 2D and 3D only"),
        },
        Format::MvTec => Some(match kind {
            LabelKind::Damage => {
                "one mask a picture: classes beside the first and measures were left out"
            }
            _ => "the format has pictures and masks only",
        }),
        Format::Mot => match kind {
            LabelKind::Boxes => Some("one box a person: face and head boxes were left out"),
            LabelKind::Amodal => Some("shares of what is seen only: masks were left out"),
            _ => Some("the format has boxes and who they belong to only"),
        },
        Format::FaceSynthetics => match kind {
            LabelKind::FaceParsing => None,
            LabelKind::Landmarks => {
                Some("2D positions only: 3D positions and visibility were left out")
            }
            LabelKind::ContourLandmarks => Some("one set of points, the x-ray ones"),
            LabelKind::Boxes
            | LabelKind::Parts
            | LabelKind::Instances
            | LabelKind::HeadPose
            | LabelKind::Gaze
            | LabelKind::Eyelids
            | LabelKind::Keypoints
            | LabelKind::Hands
            | LabelKind::Eyes
            | LabelKind::EyeParsing
            | LabelKind::Depth
            | LabelKind::Normals
            | LabelKind::Albedo
            | LabelKind::Uv
            | LabelKind::Action
            | LabelKind::Flow
            | LabelKind::Amodal
            | LabelKind::VehiclePose
            | LabelKind::PartBoxes
            | LabelKind::Damage
            | LabelKind::Camera => Some("the format has pictures, classes and landmarks only"),
        },
    }
}
