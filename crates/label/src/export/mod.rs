//! Writers of the field's exchange formats, from a data set on disk to a folder.
//!
//! | format | writes |
//! |---|---|
//! | [`Format::Coco`] | `images/`, `annotations/person_keypoints.json`: boxes, masks as run lengths, COCO-17 as far as a head has them |
//! | [`Format::WholeBody`] | the same, `annotations/wholebody.json` with the 133 points' fields: 68 face points |
//! | [`Format::ImageFolder`] | `train/`, `train/metadata.jsonl`: everything that is not a picture |
//! | [`Format::WebDataset`] | `000000.tar`, …: every file of every sample |
//! | [`Format::Mot`] | `populace-000000/img1/`, `gt/gt.txt`, `seqinfo.ini`, …: boxes of people in sequences |
//! | [`Format::CarDd`] | `images/`, `annotations/damages.json`, `annotations/parts.json`: damages and parts of cars as COCO instances |
//! | [`Format::YoloSeg`] | `images/train/`, `labels/train/`, `data.yaml`: damages as polygons |
//! | [`Format::Kitti`] | `training/image_2/`, `label_2/`, `calib/`: 2D and 3D boxes of vehicles |
//! | [`Format::MvTec`] | `car/train/good/`, `car/test/…/`, `car/ground_truth/…/`, or a product's name for `car`: defects and their masks |
//! | [`Format::FaceSynthetics`] | `000000.png`, `000000_seg.png`, `000000_ldmks.txt` |
//!
//! Every export returns a [`Report`] of what its format could not hold. Samples stream: memory does not grow with their number.
//!
//! # Determinism
//! The same data set gives the same bytes; files carry no time and no owner.

mod car_dd;
mod coco;
mod face_synthetics;
mod image_folder;
mod kitti;
mod mot;
mod mvtec;
mod outline;
mod output;
mod report;
mod run_length;
mod web_dataset;
mod yolo;

use std::path::Path;

use dataset::{Progress, Reader, Step};

pub use output::ExportError;
pub use report::{Loss, Report};
pub use run_length::RunLength;
pub use web_dataset::SAMPLES_PER_SHARD;

use crate::annotations::{self, SampleLabels};
use crate::layout;
use output::Output;

/// An exchange format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// COCO person key points (Lin et al. 2014).
    Coco,
    /// COCO-WholeBody 1.0 (Jin et al. 2020).
    WholeBody,
    /// Hugging Face `imagefolder`.
    ImageFolder,
    /// `WebDataset` shards.
    WebDataset,
    /// `FaceSynthetics` (Wood et al. 2021).
    FaceSynthetics,
    /// `MOTChallenge` (Leal-Taixé et al. 2015).
    Mot,
    /// `CarDD`'s COCO files (Wang, Li & Wu 2023).
    CarDd,
    /// YOLO segmentation.
    YoloSeg,
    /// KITTI object detection (Geiger et al. 2012).
    Kitti,
    /// `MVTec` AD (Bergmann et al. 2019).
    MvTec,
}

impl Format {
    /// All formats, as lists show them.
    pub const ALL: [Self; 10] = [
        Self::Coco,
        Self::WholeBody,
        Self::ImageFolder,
        Self::WebDataset,
        Self::FaceSynthetics,
        Self::Mot,
        Self::CarDd,
        Self::YoloSeg,
        Self::Kitti,
        Self::MvTec,
    ];

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coco => "coco",
            Self::WholeBody => "wholebody",
            Self::ImageFolder => "imagefolder",
            Self::WebDataset => "webdataset",
            Self::FaceSynthetics => "facesynthetics",
            Self::Mot => "mot",
            Self::CarDd => "cardd",
            Self::YoloSeg => "yolo-seg",
            Self::Kitti => "kitti",
            Self::MvTec => "mvtec",
        }
    }

    /// The format with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// One sample while it is exported.
struct Item<'a> {
    /// Number of the sample among the exported ones.
    position: u64,
    record: &'a dataset::SampleRecord,
    labels: SampleLabels,
}

impl Item<'_> {
    /// The bytes of one of the sample's files.
    fn file(&self, folder: &str) -> Result<Vec<u8>, ExportError> {
        read(self.record, folder)
    }
}

fn read(record: &dataset::SampleRecord, folder: &str) -> Result<Vec<u8>, ExportError> {
    let path = record.path(folder)?;
    std::fs::read(&path).map_err(|source| ExportError::disk("read", &path, source))
}

/// What a format does with samples. Formats are a closed set; this is how they share one loop.
trait Writer {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError>;
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}

/// Writes a data set in another format into `directory`, which must be empty or not exist.
///
/// An unfinished data set is exported as far as it goes. Pictures are copied, never compressed again.
///
/// # Errors
/// [`ExportError`]: the folder is not empty, a file cannot be read or written, or a label the format cannot do without was not made.
pub fn export(
    reader: &Reader,
    format: Format,
    directory: &Path,
    progress: &dyn Progress,
) -> Result<Report, ExportError> {
    let output = Output::create(directory)?;
    let mut report = Report::new(format);
    let mut writer: Option<Box<dyn Writer + '_>> = None;
    for record in reader.samples()? {
        let record = record?;
        let sample = record.index()?;
        let text = read(&record, layout::ANNOTATIONS)?;
        let labels = annotations::read(&text).map_err(|error| ExportError::Annotations {
            sample,
            reason: error.to_string(),
        })?;
        if writer.is_none() {
            report.needs(format, &labels)?;
            writer = Some(match format {
                Format::Coco => Box::new(coco::Coco::create(&output, coco::Flavour::KeyPoints)?),
                Format::WholeBody => {
                    Box::new(coco::Coco::create(&output, coco::Flavour::WholeBody)?)
                }
                Format::ImageFolder => Box::new(image_folder::ImageFolder::create(&output)?),
                Format::WebDataset => {
                    let files = reader
                        .artefacts()
                        .map(|(folder, extension)| (folder.to_owned(), extension.to_owned()))
                        .collect();
                    Box::new(web_dataset::WebDataset::create(&output, files))
                }
                Format::Mot => Box::new(mot::Mot::create(&output)),
                Format::CarDd => {
                    let has_parts = ["parts", "part_boxes"]
                        .iter()
                        .all(|kind| labels.labels.iter().any(|name| name == kind));
                    Box::new(car_dd::CarDd::create(&output, has_parts)?)
                }
                Format::YoloSeg => Box::new(yolo::Yolo::create(&output)?),
                Format::Kitti => Box::new(kitti::Kitti::create(&output)?),
                Format::MvTec => Box::new(mvtec::MvTec::create(&output)),
                Format::FaceSynthetics => {
                    Box::new(face_synthetics::FaceSynthetics { output: &output })
                }
            });
        }
        report.seen(&labels);
        if let Some(writer) = &mut writer {
            writer.sample(&Item {
                position: report.samples - 1,
                record: &record,
                labels,
            })?;
        }
        progress.update(Step::Joining, report.samples, reader.len(), output.bytes());
        if progress.cancelled() {
            return Err(ExportError::Cancelled {
                written: report.samples,
            });
        }
    }
    if let Some(writer) = writer {
        writer.finish()?;
    }
    report.files = output.files();
    report.bytes = output.bytes();
    Ok(report)
}
