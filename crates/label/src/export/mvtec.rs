//! `MVTec` AD's tree (Bergmann et al. 2019): good pictures to learn from, pictures of each defect to be tested on, with masks.

use std::collections::BTreeSet;

use scene::{read, write};

use super::output::Output;
use super::{ExportError, Item, Writer};
use crate::layout;

/// The one class of objects.
const OBJECT: &str = "car";
/// Each so many-th good picture is one to be tested on.
const TESTED: u64 = 5;

pub(super) struct MvTec<'a> {
    output: &'a Output,
    folders: BTreeSet<String>,
    good: u64,
}

impl<'a> MvTec<'a> {
    pub(super) fn create(output: &'a Output) -> Result<Self, ExportError> {
        output.folder(&format!("{OBJECT}/train/good"))?;
        output.folder(&format!("{OBJECT}/test/good"))?;
        Ok(Self {
            output,
            folders: BTreeSet::new(),
            good: 0,
        })
    }
}

impl Writer for MvTec<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        let labels = &item.labels;
        let name = format!("{:09}", labels.sample);
        let mask =
            read::png_grey8(&item.file(layout::DAMAGE)?).map_err(|error| ExportError::Picture {
                sample: labels.sample,
                reason: error.to_string(),
            })?;
        let picture = item.file(layout::IMAGES)?;
        // What most of the mask is.
        let damages = labels
            .vehicles
            .iter()
            .flat_map(|v| v.damages.iter().flatten());
        let Some(most) = damages.filter(|d| d.pixels > 0).max_by_key(|d| d.pixels) else {
            let folder = if self.good % TESTED == TESTED - 1 {
                "test"
            } else {
                "train"
            };
            self.good += 1;
            return self
                .output
                .write(&format!("{OBJECT}/{folder}/good/{name}.png"), &picture);
        };
        for folder in ["test", "ground_truth"] {
            let folder = format!("{OBJECT}/{folder}/{}", most.kind);
            if self.folders.insert(folder.clone()) {
                self.output.folder(&folder)?;
            }
        }
        self.output
            .write(&format!("{OBJECT}/test/{}/{name}.png", most.kind), &picture)?;
        let white: Vec<u8> = mask
            .samples
            .iter()
            .map(|id| if *id > 0 { 255 } else { 0 })
            .collect();
        self.output.write(
            &format!("{OBJECT}/ground_truth/{}/{name}_mask.png", most.kind),
            &write::png_grey8(labels.width_px, labels.height_px, &white),
        )
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        Ok(())
    }
}
