//! `CarDD`'s COCO files (Wang, Li & Wu 2023): damages as instances with masks, and the car's parts beside them.

use scene::mesh::Part;
use scene::read;
use serde_json::{Value, json};

use super::output::{Growing, Output};
use super::{ExportError, Item, RunLength, Writer};
use crate::annotations::BoxPx;
use crate::layout;
use scene::annotation::DamageKind;

/// One COCO file that grows: images first, annotations beside them.
struct Sheet {
    images: Growing,
    annotations: Growing,
    next: u64,
}

impl Sheet {
    fn create(output: &Output, name: &str, categories: &[Value]) -> Result<Self, ExportError> {
        let mut images = output.open(&format!("annotations/{name}.json"))?;
        let info =
            json!({"description": "Cars that never existed, made by populace", "version": "1.0"});
        let categories = Value::from(categories);
        images.write(
            format!("{{\"info\":{info},\"licenses\":[],\"categories\":{categories},\"images\":[")
                .as_bytes(),
        )?;
        Ok(Self {
            images,
            annotations: output.open(&format!("annotations/{name}.list"))?,
            next: 1,
        })
    }

    fn image(&mut self, position: u64, image: &Value) -> Result<(), ExportError> {
        let comma = if position == 0 { "" } else { "," };
        self.images.write(format!("{comma}\n{image}").as_bytes())
    }

    /// Adds an annotation whose `id` is the next one.
    fn annotation(&mut self, mut annotation: Value) -> Result<(), ExportError> {
        annotation["id"] = self.next.into();
        let comma = if self.next == 1 { "" } else { "," };
        self.next += 1;
        self.annotations
            .write(format!("{comma}\n{annotation}").as_bytes())
    }

    fn close(mut self, output: &Output) -> Result<(), ExportError> {
        self.images.write(b"\n],\"annotations\":[")?;
        self.images.append(self.annotations)?;
        self.images.write(b"\n]}\n")?;
        output.close(self.images)
    }
}

pub(super) struct CarDd<'a> {
    output: &'a Output,
    damages: Sheet,
    parts: Option<Sheet>,
}

impl<'a> CarDd<'a> {
    pub(super) fn create(output: &'a Output, has_parts: bool) -> Result<Self, ExportError> {
        output.folder("images")?;
        output.folder("annotations")?;
        let kinds: Vec<Value> = DamageKind::ALL
            .iter()
            .zip(1..)
            // CarDD writes blanks.
            .map(|(kind, id)| json!({"id": id, "name": kind.name().replace('_', " "), "supercategory": "damage"}))
            .collect();
        let parts: Vec<Value> = Part::ALL
            .iter()
            .filter(|part| part.is_vehicle())
            .map(|part| json!({"id": *part as u8, "name": part.name(), "supercategory": "car"}))
            .collect();
        Ok(Self {
            output,
            damages: Sheet::create(output, "damages", &kinds)?,
            parts: has_parts
                .then(|| Sheet::create(output, "parts", &parts))
                .transpose()?,
        })
    }
}

impl Writer for CarDd<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        let labels = &item.labels;
        let (width, height) = (labels.width_px, labels.height_px);
        let name = format!("{:09}.png", labels.sample);
        self.output
            .write(&format!("images/{name}"), &item.file(layout::IMAGES)?)?;
        let image =
            json!({"file_name": name, "height": height, "id": labels.sample, "width": width});
        let picture = |error: read::ReadError| ExportError::Picture {
            sample: labels.sample,
            reason: error.to_string(),
        };
        self.damages.image(item.position, &image)?;
        let mask = read::png_grey8(&item.file(layout::DAMAGE)?).map_err(picture)?;
        for damage in labels.damages() {
            let Some(BoxPx(bbox)) = damage.r#box else {
                continue;
            };
            let runs =
                RunLength::encode(width, height, |i| mask.samples.get(i) == Some(&damage.id));
            let category = DamageKind::ALL
                .iter()
                .position(|kind| kind.name() == damage.kind)
                .map_or(0, |k| k + 1);
            self.damages.annotation(json!({
                "area": runs.area(), "bbox": bbox, "category_id": category, "id": 0, "image_id": labels.sample, "iscrowd": 0,
                "segmentation": runs,
                "attributes": {"part": damage.part, "cause": damage.cause, "severity": damage.severity, "depth_mm": damage.depth_mm,
                    "area_cm2": damage.area_cm2, "length_mm": damage.length_mm, "width_mm": damage.width_mm},
            }))?;
        }
        let Some(sheet) = &mut self.parts else {
            return Ok(());
        };
        sheet.image(item.position, &image)?;
        let mask = read::png_grey8(&item.file(layout::PARTS)?).map_err(picture)?;
        for part in labels
            .vehicles
            .iter()
            .flat_map(|v| v.parts.iter().flatten())
        {
            let runs =
                RunLength::encode(width, height, |i| mask.samples.get(i) == Some(&part.number));
            sheet.annotation(json!({
                "area": runs.area(), "bbox": part.r#box.0, "category_id": part.number, "id": 0, "image_id": labels.sample,
                "iscrowd": 0, "segmentation": runs,
            }))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        self.damages.close(self.output)?;
        self.parts.map_or(Ok(()), |parts| parts.close(self.output))
    }
}
