//! The files of `FaceSynthetics` (Wood et al. 2021): `000000.png`, `000000_seg.png`, `000000_ldmks.txt`.

use super::output::Output;
use super::{ExportError, Item, Writer};
use crate::layout;

pub(super) struct FaceSynthetics<'a> {
    pub(super) output: &'a Output,
}

impl Writer for FaceSynthetics<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        let name = format!("{:06}", item.labels.sample);
        self.output
            .write(&format!("{name}.png"), &item.file(layout::IMAGES)?)?;
        self.output
            .write(&format!("{name}_seg.png"), &item.file(layout::PARSING)?)?;
        let points = item
            .labels
            .people
            .first()
            .and_then(|p| p.landmarks.as_deref())
            .unwrap_or_default();
        let rows: String = points
            .iter()
            .map(|p| match p.px {
                Some([x, y]) => format!("{x:.4} {y:.4}\n"),
                // `numpy.loadtxt` reads it as a missing number; no position would be true.
                None => "nan nan\n".to_owned(),
            })
            .collect();
        self.output
            .write(&format!("{name}_ldmks.txt"), rows.as_bytes())
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        Ok(())
    }
}
