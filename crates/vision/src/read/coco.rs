//! COCO's files of key points (Lin et al. 2014): `images`, `annotations` with `keypoints` of x, y and visibility, `categories` with their names.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Picture, around, bounded, bytes, cut_all, in_shares, measure_of, mirror_of};
use crate::error::VisionError;
use crate::examples::{Examples, Landmarks, Truth};

#[derive(Deserialize)]
struct File {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Image {
    id: u64,
    file_name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: u64,
    #[serde(default)]
    category_id: u64,
    #[serde(default)]
    keypoints: Vec<f64>,
}

#[derive(Deserialize)]
struct Category {
    #[serde(default)]
    id: u64,
    #[serde(default)]
    keypoints: Vec<String>,
}

/// Landmarks from a COCO file; each annotation with a known point is an example, and one picture may have several. `images` is the folder that file names
/// start from. Points that are not labelled (visibility 0) are unknown; hidden ones count.
///
/// # Errors
/// A file that is no such JSON, names and points that differ in number, an annotation of no picture, pictures that cannot be read.
pub fn coco(file: &Path, images: &Path, side: usize) -> Result<Examples, VisionError> {
    const HINT: &str = "see cocodataset.org for the format of key points";
    let fault = |what: String| VisionError::new(format!("{}: {what}", file.display()), HINT);
    let of: File = serde_json::from_slice(&bytes(file)?)
        .map_err(|e| fault(format!("no COCO file of key points: {e}")))?;
    let pictures: BTreeMap<u64, &str> = of
        .images
        .iter()
        .map(|image| (image.id, image.file_name.as_str()))
        .collect();
    let mut found: Vec<(&str, Vec<[f32; 2]>)> = Vec::new();
    let mut numbers: Option<(usize, u64)> = None;
    for (at, annotation) in of.annotations.iter().enumerate() {
        let (triples, rest) = annotation.keypoints.as_chunks::<3>();
        if !rest.is_empty() {
            return Err(fault(format!(
                "the key points of annotation {at} are no triples"
            )));
        }
        let points: Vec<[f32; 2]> = triples
            .iter()
            .map(|&[x, y, seen]| {
                if seen > 0.0 {
                    [x as f32, y as f32]
                } else {
                    [f32::NAN; 2]
                }
            })
            .collect();
        if around(&points).is_none() {
            continue;
        }
        let count = numbers
            .get_or_insert((points.len(), annotation.category_id))
            .0;
        if count != points.len() {
            return Err(fault(format!(
                "annotation {at} has {} key points, others {count}",
                points.len()
            )));
        }
        let Some(picture) = pictures.get(&annotation.image_id) else {
            return Err(fault(format!("annotation {at} is of no picture")));
        };
        found.push((picture, points));
    }
    bounded(found.len(), side, file)?;
    let (count, category) = numbers.unwrap_or_default();
    let names = of
        .categories
        .into_iter()
        .find(|c| c.id == category && !c.keypoints.is_empty());
    let names = names.map_or_else(
        || (0..count).map(|p| p.to_string()).collect(),
        |c| c.keypoints,
    );
    if names.len() != count {
        return Err(fault(format!(
            "its category names {} key points, but annotations have {count}",
            names.len()
        )));
    }
    landmarks(
        &found,
        |(picture, points)| Ok((Picture::open(&images.join(picture))?, points.clone())),
        names,
        side,
    )
}

/// Examples of points, which are in the pixels of their pictures; not finite where unknown.
pub(super) fn landmarks<S: Sync>(
    of: &[S],
    open: impl Fn(&S) -> Result<(Picture, Vec<[f32; 2]>), VisionError> + Sync + Send,
    names: Vec<String>,
    side: usize,
) -> Result<Examples, VisionError> {
    let (pixels, frames, points) = cut_all(of, |one| {
        let (picture, points) = open(one)?;
        let frame = around(&points).unwrap_or_else(|| picture.whole());
        Ok((picture.cut(frame, side), in_shares(&points, frame)))
    })?;
    Ok(Examples {
        side,
        pixels,
        frames,
        truth: Truth::Landmarks(Landmarks {
            of: points.concat(),
            mirror: mirror_of(&names),
            measure: measure_of(&names),
            names,
        }),
    })
}
