//! `MVTec` AD's tree (Bergmann et al. 2019): good pictures to learn from, pictures of each defect to be tested on, with masks.

use std::collections::{BTreeMap, BTreeSet};

use scene::{read, write};

use super::output::Output;
use super::{ExportError, Item, Writer};
use crate::layout;

/// The class of all vehicles; products are classes of their own.
const CAR: &str = "car";
/// Each so many-th good picture is one to be tested on.
const TESTED: u64 = 5;

pub(super) struct MvTec<'a> {
    output: &'a Output,
    folders: BTreeSet<String>,
    /// Good pictures of each class so far.
    good: BTreeMap<String, u64>,
}

impl<'a> MvTec<'a> {
    pub(super) fn create(output: &'a Output) -> Self {
        Self {
            output,
            folders: BTreeSet::new(),
            good: BTreeMap::new(),
        }
    }

    fn folder(&mut self, folder: &str) -> Result<(), ExportError> {
        if self.folders.insert(folder.to_owned()) {
            self.output.folder(folder)?;
        }
        Ok(())
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
        let product = labels.products.first();
        let class = product.map_or(CAR, |product| product.model.as_str());
        for folder in ["train", "test"] {
            self.folder(&format!("{class}/{folder}/good"))?;
        }
        // What most of the mask is.
        let seen = labels.damages().filter(|damage| damage.pixels > 0);
        let Some(most) = seen.max_by_key(|damage| damage.pixels) else {
            let good = self.good.entry(class.to_owned()).or_default();
            let folder = if *good % TESTED == TESTED - 1 {
                "test"
            } else {
                "train"
            };
            *good += 1;
            return self
                .output
                .write(&format!("{class}/{folder}/good/{name}.png"), &picture);
        };
        for folder in ["test", "ground_truth"] {
            self.folder(&format!("{class}/{folder}/{}", most.kind))?;
        }
        self.output
            .write(&format!("{class}/test/{}/{name}.png", most.kind), &picture)?;
        let white: Vec<u8> = mask
            .samples
            .iter()
            .map(|id| if *id > 0 { 255 } else { 0 })
            .collect();
        self.output.write(
            &format!("{class}/ground_truth/{}/{name}_mask.png", most.kind),
            &write::png_grey8(labels.width_px, labels.height_px, &white),
        )
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        Ok(())
    }
}
