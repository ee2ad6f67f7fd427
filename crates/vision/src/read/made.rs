//! Data sets of ours: pictures, `annotations/*.json`, layers of classes, and rows.

use std::path::{Path, PathBuf};

use arrow_schema::DataType;
use dataset::{Reader, SampleRecord};
use label::annotations::{self, Landmark, SampleLabels};
use label::layout;

use super::coco::landmarks;
use super::folders::{segments, table};
use super::list::of_words;
use super::{Picture, bounded, bytes, cut_all};
use crate::error::VisionError;
use crate::examples::{Examples, Truth};

/// What is to be told from a made data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// Points of each person.
    Landmarks(Points),
    /// A class: an attribute or a label of the rows.
    Class(String),
    /// Numbers: attributes or labels of the rows.
    Numbers(Vec<String>),
    /// A layer's classes, grouped: each class's name and the layer's numbers that are of it; others are unknown.
    Segments(Layer, Vec<(String, Vec<u8>)>),
}

/// Which points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    /// iBUG's 68, each on its place of the face, seen or not.
    Face,
    /// iBUG's 68, the jaw where its contour is seen, as people annotate it.
    FaceContour,
    /// COCO's 17 of the body.
    Body,
    /// 21 of the right hand, where at least 60 % of them can be seen.
    RightHand,
}

/// Which layer of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// `FaceSynthetics` classes.
    Parsing,
    /// `OpenEDS` classes.
    EyeParsing,
    /// Fine parts.
    Parts,
}

/// Least share of a hand's joints that can be seen.
const SEEN: f64 = 0.6;

const HINT: &str = "make the data set with the labels that are asked for";

fn wrong(error: &dyn std::fmt::Display) -> VisionError {
    VisionError::new(error.to_string(), HINT)
}

/// Examples from a data set's folder, finished or not, in the order of its samples. With landmarks each person whose points are all told is an
/// example.
///
/// # Errors
/// A folder that is no data set or lacks what is asked for, files that cannot be read.
pub fn made(folder: &Path, want: &Want, side: usize) -> Result<Examples, VisionError> {
    made_where(folder, want, side, &|_| true)
}

/// The same of the samples whose places, from 0, are chosen.
///
/// # Errors
/// As [`made`].
pub fn made_where(
    folder: &Path,
    want: &Want,
    side: usize,
    chosen: &dyn Fn(usize) -> bool,
) -> Result<Examples, VisionError> {
    let reader = Reader::open(folder).map_err(|e| wrong(&e))?;
    let samples = reader.samples().map_err(|e| wrong(&e))?.enumerate();
    let samples: Result<Vec<SampleRecord>, _> = samples
        .filter(|(place, _)| chosen(*place))
        .map(|(_, sample)| sample)
        .collect();
    let samples = samples.map_err(|e| wrong(&e))?;
    bounded(samples.len(), side, folder)?;
    let path = |sample: &SampleRecord, layer: &str| sample.path(layer).map_err(|e| wrong(&e));
    match want {
        Want::Landmarks(points) => {
            let mut found: Vec<(PathBuf, Vec<[f32; 2]>)> = Vec::new();
            for sample in &samples {
                let file = path(sample, layout::ANNOTATIONS)?;
                let labels = annotations::read(&bytes(&file)?)
                    .map_err(|e| wrong(&format!("{}: {e}", file.display())))?;
                let picture = path(sample, layout::IMAGES)?;
                found.extend(points.of(&labels).into_iter().map(|p| (picture.clone(), p)));
            }
            if found.is_empty() {
                return Err(VisionError::new(
                    format!(
                        "{}: no person has the points that are asked for",
                        folder.display()
                    ),
                    HINT,
                ));
            }
            bounded(found.len(), side, folder)?;
            let open = |(picture, points): &(PathBuf, Vec<[f32; 2]>)| {
                Ok((Picture::open(picture)?, points.clone()))
            };
            landmarks(&found, open, points.names(), side)
        }
        Want::Segments(layer, groups) => {
            let table = table(groups)?;
            let files = |sample: &SampleRecord| {
                Ok((path(sample, layout::IMAGES)?, path(sample, layer.folder())?))
            };
            segments(&samples, files, groups, &table, side)
        }
        Want::Class(name) => {
            let words: Result<Vec<String>, _> = samples.iter().map(|s| word(s, name)).collect();
            whole(&samples, of_words(&words?), side)
        }
        Want::Numbers(names) => {
            let mut of = Vec::new();
            for sample in &samples {
                for name in names {
                    of.push(number(sample, name)?);
                }
            }
            let names = names.clone();
            whole(&samples, Truth::Numbers { names, of }, side)
        }
    }
}

/// What a column says of the samples of a data set.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    /// A number of each; none where it has none.
    Numbers(Vec<Option<f64>>),
    /// A word of each.
    Words(Vec<String>),
}

/// An attribute of all samples of a data set's folder, in their order.
///
/// # Errors
/// A folder that is no data set, a column that it does not have.
pub fn attribute(folder: &Path, name: &str) -> Result<Attribute, VisionError> {
    let reader = Reader::open(folder).map_err(|e| wrong(&e))?;
    let samples: Result<Vec<SampleRecord>, _> = reader.samples().map_err(|e| wrong(&e))?.collect();
    let samples = samples.map_err(|e| wrong(&e))?;
    let numbers = samples.first().is_some_and(|sample| {
        matches!(
            kind(sample, name),
            Some(DataType::Int64 | DataType::Float64)
        )
    });
    if numbers {
        let of = samples.iter().map(|sample| match kind(sample, name) {
            Some(DataType::Int64) => sample.integer(name).map(|n| Some(n as f64)),
            _ => sample.number(name),
        });
        let of: Result<_, _> = of.collect();
        return of.map(Attribute::Numbers).map_err(|e| wrong(&e));
    }
    let of: Result<_, _> = samples.iter().map(|sample| word(sample, name)).collect();
    of.map(Attribute::Words)
}

/// Whole pictures with their truth.
fn whole(samples: &[SampleRecord], truth: Truth, side: usize) -> Result<Examples, VisionError> {
    let (pixels, frames, _) = cut_all(samples, |sample| {
        let path = sample.path(layout::IMAGES).map_err(|e| wrong(&e))?;
        let picture = Picture::open(&path)?;
        Ok((picture.cut(picture.whole(), side), ()))
    })?;
    Ok(Examples {
        side,
        pixels,
        frames,
        truth,
    })
}

fn kind(sample: &SampleRecord, name: &str) -> Option<DataType> {
    let schema = sample.schema();
    schema
        .field_with_name(name)
        .ok()
        .map(|f| f.data_type().clone())
}

/// A column's value as a word.
fn word(sample: &SampleRecord, name: &str) -> Result<String, VisionError> {
    match kind(sample, name) {
        Some(DataType::Int64) => sample.integer(name).map(|n| n.to_string()),
        Some(DataType::Boolean) => sample.flag(name).map(|yes| yes.to_string()),
        _ => sample.text(name).map(str::to_owned),
    }
    .map_err(|e| wrong(&e))
}

/// A column's value as a number; not finite where it is missing.
fn number(sample: &SampleRecord, name: &str) -> Result<f32, VisionError> {
    match kind(sample, name) {
        Some(DataType::Int64) => sample.integer(name).map(|n| n as f32),
        _ => sample
            .number(name)
            .map(|n| n.map_or(f32::NAN, |n| n as f32)),
    }
    .map_err(|e| wrong(&e))
}

impl Points {
    fn names(self) -> Vec<String> {
        let numbered = |count: usize| (0..count).map(|p| p.to_string()).collect();
        match self {
            Self::Face | Self::FaceContour => numbered(68),
            Self::Body => scene::annotation::KEYPOINT_NAMES[..17]
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            Self::RightHand => numbered(21),
        }
    }

    /// The points of each person who has them all, in the picture's pixels.
    fn of(self, labels: &SampleLabels) -> Vec<Vec<[f32; 2]>> {
        let people = labels.people.iter();
        let points = people.filter_map(|person| match self {
            Self::Face => person.landmarks.as_ref().and_then(|l| l.get(..68)),
            Self::FaceContour => person.contour_landmarks.as_ref().and_then(|l| l.get(..68)),
            Self::Body => person.keypoints.as_ref().and_then(|k| k.get(..17)),
            Self::RightHand => {
                let [right, _] = person.hands.as_ref()?;
                (right.visible_share >= SEEN).then_some(right.joints.as_slice())
            }
        });
        let place = |point: &Landmark| point.px.map(|px| px.map(|c| c as f32));
        points
            .filter_map(|points| points.iter().map(place).collect())
            .collect()
    }
}

impl Layer {
    fn folder(self) -> &'static str {
        match self {
            Self::Parsing => layout::PARSING,
            Self::EyeParsing => layout::EYE_PARSING,
            Self::Parts => layout::PARTS,
        }
    }
}
