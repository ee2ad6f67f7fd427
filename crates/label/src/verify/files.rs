//! Reads the files of a sample; whatever cannot be read or has the wrong size is a fault of its own.

use scene::read::{Raster, ReadError};
use scene::{Camera, read};

use super::Faults;
use crate::annotations::{self, SampleLabels};
use crate::kind::LabelKind;
use crate::layout;
use crate::vehicle::Repair;
use scene::annotation::VEHICLE_KEYPOINTS;

/// One file of a sample.
#[derive(Debug, Clone)]
pub struct File {
    /// Its folder: [`layout::DEPTH`], …
    pub folder: String,
    /// Below the data set's folder, for messages: `depth/000000017.exr`.
    pub path: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A picture, with the name of the file it came from.
#[derive(Debug)]
pub(crate) struct Picture<T> {
    pub(crate) path: String,
    pub(crate) pixels: Vec<T>,
}

/// What a sample's files hold. A picture that was not asked for, or could not be read, is absent.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) labels: SampleLabels,
    /// The annotations file.
    pub(crate) path: String,
    pub(crate) camera: Option<Camera>,
    pub(crate) parsing: Option<Picture<u8>>,
    pub(crate) parts: Option<Picture<u8>>,
    pub(crate) eye_parsing: Option<Picture<u8>>,
    pub(crate) instances: Option<Picture<u16>>,
    pub(crate) depth: Option<Picture<f32>>,
    pub(crate) normals: Option<Picture<[u16; 3]>>,
    /// A bit for each person.
    pub(crate) amodal: Option<Picture<u16>>,
    /// Id of the damage seen.
    pub(crate) damage: Option<Picture<u8>>,
    /// A bit for each damage.
    pub(crate) damage_amodal: Option<Picture<u16>>,
    /// What a workshop is told.
    pub(crate) repair: Option<Vec<Repair>>,
    /// To the right, down, and whether it is still seen.
    pub(crate) flow: Option<Picture<[f32; 3]>>,
}

impl Loaded {
    /// `None` when there are no annotations to compare with.
    pub(crate) fn read(sample: u64, files: &[File], faults: &mut Faults) -> Option<Self> {
        let Some(file) = files.iter().find(|f| f.folder == layout::ANNOTATIONS) else {
            faults.add(
                layout::ANNOTATIONS,
                "no file",
                "every sample has annotations",
            );
            return None;
        };
        let labels = match annotations::read(&file.bytes) {
            Ok(labels) => labels,
            Err(error) => {
                faults.add(&file.path, error.to_string(), "annotations were expected");
                return None;
            }
        };
        if labels.sample != sample {
            faults.add(
                &file.path,
                format!("labels of sample {}", labels.sample),
                format!("the file belongs to sample {sample}"),
            );
        }
        let mut pictures = Pictures {
            files,
            faults,
            labels: &labels,
        };
        pictures.open(None, layout::IMAGES, |bytes| {
            read::png_rgb8(bytes).map(|r| triples(&r))
        });
        let parsing = pictures.open(
            Some(LabelKind::FaceParsing),
            layout::PARSING,
            read::png_grey8,
        );
        let parts = pictures.open(Some(LabelKind::Parts), layout::PARTS, read::png_grey8);
        let eye_parsing = pictures.open(
            Some(LabelKind::EyeParsing),
            layout::EYE_PARSING,
            read::png_grey8,
        );
        let instances = pictures.open(
            Some(LabelKind::Instances),
            layout::INSTANCES,
            read::png_grey16,
        );
        let depth = pictures.open(Some(LabelKind::Depth), layout::DEPTH, |b| {
            read::exr_channel(b, layout::DEPTH_CHANNEL)
        });
        let normals = pictures.open(Some(LabelKind::Normals), layout::NORMALS, |b| {
            read::png_rgb16(b).map(|r| triples(&r))
        });
        pictures.open(Some(LabelKind::Albedo), layout::ALBEDO, |b| {
            read::png_rgb8(b).map(|r| triples(&r))
        });
        for channel in layout::UV_CHANNELS {
            pictures.open(Some(LabelKind::Uv), layout::UV, |b| {
                read::exr_channel(b, channel)
            });
        }
        let amodal = pictures.open(Some(LabelKind::Amodal), layout::AMODAL, read::png_grey16);
        let damage = pictures.open(Some(LabelKind::Damage), layout::DAMAGE, read::png_grey8);
        let damage_amodal = pictures.open(
            Some(LabelKind::Damage),
            layout::DAMAGE_AMODAL,
            read::png_grey16,
        );
        // Flow goes to the next frame: single pictures have none.
        let flow = labels.moment.and_then(|_| {
            let [dx, dy, seen] = layout::FLOW_CHANNELS.map(|channel| {
                pictures.open(Some(LabelKind::Flow), layout::FLOW, |b| {
                    read::exr_channel(b, channel)
                })
            });
            let (dx, dy, seen) = (dx?, dy?, seen?);
            let pixels = dx.pixels.iter().zip(&dy.pixels).zip(&seen.pixels);
            Some(Picture {
                pixels: pixels.map(|((dx, dy), seen)| [*dx, *dy, *seen]).collect(),
                path: dx.path,
            })
        });
        let camera = labels
            .camera
            .as_ref()
            .map(|c| c.to_camera(labels.width_px, labels.height_px));
        if camera.is_none() && wants(&labels, LabelKind::Camera) {
            faults.add(&file.path, "no camera", "`camera` is among the labels");
        }
        for vehicle in &labels.vehicles {
            let kinds = [
                (LabelKind::Boxes, vehicle.boxes.is_some()),
                (LabelKind::VehiclePose, vehicle.pose.is_some()),
                (
                    LabelKind::Keypoints,
                    vehicle
                        .keypoints
                        .as_ref()
                        .is_some_and(|points| points.len() == VEHICLE_KEYPOINTS.len()),
                ),
                (LabelKind::PartBoxes, vehicle.parts.is_some()),
                (LabelKind::Damage, vehicle.damages.is_some()),
                (LabelKind::Amodal, vehicle.visible_share.is_some()),
            ];
            for (kind, there) in kinds {
                if wants(&labels, kind) && !there {
                    faults.add(
                        &file.path,
                        format!("vehicle {} lacks `{}`", vehicle.instance, kind.name()),
                        "it is among the labels, with 16 key points",
                    );
                }
            }
        }
        let repair = repair(&labels, files, faults);
        for person in &labels.people {
            let kinds = [
                (LabelKind::Boxes, person.boxes.is_some()),
                (
                    LabelKind::Landmarks,
                    person.landmarks.as_ref().is_some_and(|l| l.len() == 70),
                ),
                (
                    LabelKind::ContourLandmarks,
                    person
                        .contour_landmarks
                        .as_ref()
                        .is_some_and(|l| l.len() == 68),
                ),
                (LabelKind::HeadPose, person.head_pose.is_some()),
                (LabelKind::Gaze, person.gaze.is_some()),
                (LabelKind::Eyelids, person.eyelids.is_some()),
                (LabelKind::Action, person.action.is_some()),
                (LabelKind::Amodal, person.visible_share.is_some()),
                (LabelKind::Eyes, person.eyes.is_some()),
            ];
            for (kind, there) in kinds {
                if wants(&labels, kind) && !there {
                    faults.add(
                        &file.path,
                        format!("person {} lacks `{}`", person.instance, kind.name()),
                        "it is among the labels, with 70 landmarks and 68 contour landmarks",
                    );
                }
            }
        }
        Some(Self {
            path: file.path.clone(),
            camera,
            parsing,
            parts,
            eye_parsing,
            instances,
            depth,
            normals,
            amodal,
            damage,
            damage_amodal,
            repair,
            flow,
            labels,
        })
    }

    pub(crate) fn width(&self) -> usize {
        self.labels.width_px as usize
    }

    pub(crate) fn height(&self) -> usize {
        self.labels.height_px as usize
    }

    /// Indices of the pixels within `radius` columns and rows of the pixel that holds `px`, inside the picture, row by row.
    pub(crate) fn around(
        &self,
        px: [f64; 2],
        radius: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let (width, height) = (self.width(), self.height());
        let span = |at: f64, end: usize| {
            let centre = (at.max(0.0) as usize).min(end.saturating_sub(1));
            centre.saturating_sub(radius)..(centre + radius + 1).min(end)
        };
        let columns = span(px[0], width);
        span(px[1], height).flat_map(move |y| columns.clone().map(move |x| y * width + x))
    }
}

/// The list for workshops, where damages were asked for.
fn repair(labels: &SampleLabels, files: &[File], faults: &mut Faults) -> Option<Vec<Repair>> {
    if !wants(labels, LabelKind::Damage) {
        return None;
    }
    let Some(file) = files.iter().find(|f| f.folder == layout::REPAIR) else {
        faults.add(layout::REPAIR, "no file", "`damage` is among the labels");
        return None;
    };
    match serde_json::from_slice(&file.bytes) {
        Ok(list) => Some(list),
        Err(error) => {
            faults.add(
                &file.path,
                error.to_string(),
                "a list of repairs was expected",
            );
            None
        }
    }
}

fn wants(labels: &SampleLabels, kind: LabelKind) -> bool {
    labels.labels.iter().any(|name| name == kind.name())
}

struct Pictures<'a> {
    files: &'a [File],
    faults: &'a mut Faults,
    labels: &'a SampleLabels,
}

impl Pictures<'_> {
    /// Reads one picture; `kind` is `None` for a picture that every sample has.
    fn open<T>(
        &mut self,
        kind: Option<LabelKind>,
        folder: &str,
        decode: impl Fn(&[u8]) -> Result<Raster<T>, ReadError>,
    ) -> Option<Picture<T>> {
        if kind.is_some_and(|kind| !wants(self.labels, kind)) {
            return None;
        }
        let Some(file) = self.files.iter().find(|f| f.folder == folder) else {
            let reason = kind.map_or("every sample has one".to_owned(), |kind| {
                format!("`{}` is among the labels", kind.name())
            });
            self.faults.add(folder, "no file", reason);
            return None;
        };
        let (width, height) = (self.labels.width_px, self.labels.height_px);
        match decode(&file.bytes) {
            Ok(raster) if (raster.width, raster.height) == (width, height) => Some(Picture {
                path: file.path.clone(),
                pixels: raster.samples,
            }),
            Ok(raster) => {
                let found = format!("{} × {} pixels", raster.width, raster.height);
                self.faults.add(
                    &file.path,
                    found,
                    format!("the annotations say {width} × {height}"),
                );
                None
            }
            Err(error) => {
                self.faults
                    .add(&file.path, error.to_string(), "the picture should open");
                None
            }
        }
    }
}

/// Interleaved RGB as one value a pixel.
fn triples<T: Copy>(raster: &Raster<T>) -> Raster<[T; 3]> {
    let samples = raster
        .samples
        .chunks_exact(3)
        .map(|c| [c[0], c[1], c[2]])
        .collect();
    Raster {
        width: raster.width,
        height: raster.height,
        samples,
    }
}
