//! Hugging Face `imagefolder`: pictures beside a `metadata.jsonl` *inside* the split folder (at the root it is silently ignored).

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::output::{Growing, Output};
use super::{ExportError, Item, Writer};
use crate::annotations::{Landmark, PersonLabels};
use crate::layout;

pub(super) struct ImageFolder<'a> {
    output: &'a Output,
    metadata: Growing,
}

/// Columns in their order; `file_name` comes first, as the loader's documentation has it.
struct Row(Vec<(String, Value)>);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'a> ImageFolder<'a> {
    pub(super) fn create(output: &'a Output) -> Result<Self, ExportError> {
        output.folder("train")?;
        Ok(Self {
            output,
            metadata: output.open("train/metadata.jsonl")?,
        })
    }
}

impl Writer for ImageFolder<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        let labels = &item.labels;
        let name = format!("{:09}.png", labels.sample);
        self.output
            .write(&format!("train/{name}"), &item.file(layout::IMAGES)?)?;
        let broken = |error: serde_json::Error| ExportError::Annotations {
            sample: labels.sample,
            reason: error.to_string(),
        };
        let mut row = Row(vec![
            ("file_name".to_owned(), name.into()),
            ("sample".to_owned(), labels.sample.into()),
            ("origin".to_owned(), labels.origin.into()),
        ]);
        for (attribute, value) in &labels.attributes.0 {
            row.0.push((
                attribute.clone(),
                serde_json::to_value(value).map_err(broken)?,
            ));
        }
        let people = &labels.people;
        if let Some(moment) = &labels.moment {
            row.0.push((
                "moment".to_owned(),
                serde_json::to_value(moment).map_err(broken)?,
            ));
        }
        if let Some(camera) = &labels.camera {
            row.0.push((
                "camera".to_owned(),
                serde_json::to_value(camera).map_err(broken)?,
            ));
        }
        row.0.push(("objects".to_owned(), objects(people)));
        // Each label is a list with one entry a person, so that every row has the same columns.
        let mut list =
            |key: &str, of: &dyn Fn(&PersonLabels) -> Result<Option<Value>, serde_json::Error>| {
                let values: Vec<Value> = people
                    .iter()
                    .filter_map(|p| of(p).transpose())
                    .collect::<Result<_, _>>()
                    .map_err(broken)?;
                if !values.is_empty() {
                    row.0.push((key.to_owned(), Value::Array(values)));
                }
                Ok::<(), ExportError>(())
            };
        list("landmarks", &|p| Ok(p.landmarks.as_deref().map(points)))?;
        list("contour_landmarks", &|p| {
            Ok(p.contour_landmarks.as_deref().map(points))
        })?;
        list("keypoints", &|p| Ok(p.keypoints.as_deref().map(points)))?;
        list("hands", &|p| {
            p.hands.as_ref().map(serde_json::to_value).transpose()
        })?;
        list("action", &|p| {
            p.action.as_ref().map(serde_json::to_value).transpose()
        })?;
        list("visible_share", &|p| Ok(p.visible_share.map(Value::from)))?;
        list("boxes", &|p| p.boxes.map(serde_json::to_value).transpose())?;
        list("head_pose", &|p| {
            p.head_pose.map(serde_json::to_value).transpose()
        })?;
        list("gaze", &|p| p.gaze.map(serde_json::to_value).transpose())?;
        list("eyes", &|p| {
            p.eyes.as_ref().map(serde_json::to_value).transpose()
        })?;
        list("eyelids", &|p| {
            p.eyelids.map(serde_json::to_value).transpose()
        })?;
        list("measured", &|p| serde_json::to_value(&p.measured).map(Some))?;
        let line = serde_json::to_string(&row).map_err(broken)?;
        self.metadata.write(format!("{line}\n").as_bytes())
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        self.output.close(self.metadata)
    }
}

fn objects(people: &[PersonLabels]) -> Value {
    let (mut boxes, mut categories) = (Vec::new(), Vec::new());
    for all in people.iter().filter_map(|p| p.boxes) {
        for (category, one) in [all.face, all.head, all.person].into_iter().enumerate() {
            if let Some(one) = one {
                boxes.push(one.0);
                categories.push(category);
            }
        }
    }
    json!({"bbox": boxes, "categories": categories})
}

/// Columns of numbers, which load as arrays; a point behind the camera is `null`.
fn points(all: &[Landmark]) -> Value {
    json!({
        "camera_m": all.iter().map(|p| p.camera_m).collect::<Vec<_>>(),
        "inside": all.iter().map(|p| p.inside).collect::<Vec<_>>(),
        "px": all.iter().map(|p| p.px).collect::<Vec<_>>(),
        "visible": all.iter().map(|p| p.visible).collect::<Vec<_>>(),
        "world_m": all.iter().map(|p| p.world_m).collect::<Vec<_>>(),
    })
}
