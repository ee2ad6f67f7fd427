//! YOLO segmentation: a text file a picture, a polygon a line, positions as shares of the picture's sides.

use std::fmt::Write as _;

use scene::annotation::DamageKind;
use scene::read;

use super::outline::outlines;
use super::output::Output;
use super::{ExportError, Item, Writer};
use crate::layout;

pub(super) struct Yolo<'a> {
    pub(super) output: &'a Output,
}

impl<'a> Yolo<'a> {
    pub(super) fn create(output: &'a Output) -> Result<Self, ExportError> {
        output.folder("images/train")?;
        output.folder("labels/train")?;
        Ok(Self { output })
    }
}

impl Writer for Yolo<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        let labels = &item.labels;
        let name = format!("{:09}", labels.sample);
        self.output.write(
            &format!("images/train/{name}.png"),
            &item.file(layout::IMAGES)?,
        )?;
        let mask =
            read::png_grey8(&item.file(layout::DAMAGE)?).map_err(|error| ExportError::Picture {
                sample: labels.sample,
                reason: error.to_string(),
            })?;
        let (width, height) = (labels.width_px as usize, labels.height_px as usize);
        let mut text = String::new();
        for damage in labels.damages() {
            let class = DamageKind::ALL
                .iter()
                .position(|kind| kind.name() == damage.kind);
            for polygon in outlines(width, height, |i| mask.samples.get(i) == Some(&damage.id)) {
                // A line is a region of its own there; holes have no place.
                if !is_outer(&polygon) {
                    continue;
                }
                text.push_str(&class.unwrap_or(0).to_string());
                for [x, y] in polygon {
                    let (x, y) = (f64::from(x) / width as f64, f64::from(y) / height as f64);
                    // Writing to a string does not fail.
                    let _ = write!(text, " {x:.6} {y:.6}");
                }
                text.push('\n');
            }
        }
        self.output
            .write(&format!("labels/train/{name}.txt"), text.as_bytes())
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        let mut text = "path: .\ntrain: images/train\nval: images/train\nnames:\n".to_owned();
        for (k, kind) in DamageKind::ALL.iter().enumerate() {
            let _ = writeln!(text, "  {k}: {}", kind.name());
        }
        self.output.write("data.yaml", text.as_bytes())
    }
}

/// Whether a polygon goes around pixels, not around a hole.
fn is_outer(polygon: &[[u32; 2]]) -> bool {
    let n = polygon.len();
    let doubled: i64 = (0..n)
        .map(|k| {
            let ([x0, y0], [x1, y1]) = (polygon[k], polygon[(k + 1) % n]);
            i64::from(x0) * i64::from(y1) - i64::from(x1) * i64::from(y0)
        })
        .sum();
    doubled > 0
}
