//! KITTI object detection (Geiger et al. 2012): `image_2/`, `label_2/`, `calib/`.

use std::fmt::Write as _;

use glam::DVec3;

use super::output::Output;
use super::{ExportError, Item, Writer};
use crate::annotations::{VehicleLabels, rotation};
use crate::layout;

pub(super) struct Kitti<'a> {
    output: &'a Output,
}

impl<'a> Kitti<'a> {
    pub(super) fn create(output: &'a Output) -> Result<Self, ExportError> {
        for folder in ["image_2", "label_2", "calib"] {
            output.folder(&format!("training/{folder}"))?;
        }
        Ok(Self { output })
    }
}

impl Writer for Kitti<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        let labels = &item.labels;
        let name = format!("{:06}", item.position);
        self.output.write(
            &format!("training/image_2/{name}.png"),
            &item.file(layout::IMAGES)?,
        )?;
        let size = [f64::from(labels.width_px), f64::from(labels.height_px)];
        let mut text = String::new();
        for vehicle in &labels.vehicles {
            if let Some(line) = line(vehicle, size) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        self.output
            .write(&format!("training/label_2/{name}.txt"), text.as_bytes())?;
        let mut calibration = String::new();
        if let Some(camera) = &labels.camera {
            let camera = camera.to_camera(labels.width_px, labels.height_px);
            let (f, c) = (camera.focal_px, camera.principal_px);
            for number in 0..4 {
                // Writing to a string does not fail.
                let _ = writeln!(
                    calibration,
                    "P{number}: {:.9e} 0 {:.9e} 0 0 {:.9e} {:.9e} 0 0 0 1 0",
                    f.x, c.x, f.y, c.y
                );
            }
            calibration.push_str("R0_rect: 1 0 0 0 1 0 0 0 1\n");
        }
        self.output.write(
            &format!("training/calib/{name}.txt"),
            calibration.as_bytes(),
        )
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        Ok(())
    }
}

/// `type truncated occluded alpha left top right bottom height width length x y z rotation_y`; `None` where nothing is seen.
fn line(vehicle: &VehicleLabels, size: [f64; 2]) -> Option<String> {
    let boxes = vehicle.boxes?;
    let (seen, pose) = (boxes.vehicle?, vehicle.pose?);
    let kind = match vehicle.style.as_str() {
        "van" | "minibus" => "Van",
        "pickup" => "Truck",
        _ => "Car",
    };
    // How much of the whole box is outside of the picture.
    let truncated = boxes.vehicle_amodal.map_or(1.0, |whole| {
        let side = |axis: usize| {
            let (low, high) = (whole.0[axis], whole.high()[axis]);
            (high.min(size[axis]) - low.max(0.0)).max(0.0) / (high - low).max(1e-9)
        };
        1.0 - side(0) * side(1)
    });
    let occluded = match vehicle.visible_share {
        None => 3,
        Some(share) if share > 0.99 => 0,
        Some(share) if share > 0.5 => 1,
        Some(_) => 2,
    };
    let (low, high) = (DVec3::from(pose.low_m), DVec3::from(pose.high_m));
    let dimensions = high - low;
    // The middle of the box's floor.
    let middle = DVec3::new(0.5 * (low.x + high.x), low.y, 0.5 * (low.z + high.z));
    let at = rotation(pose.camera_from_vehicle) * middle + DVec3::from(pose.translation_m);
    let radians = |degrees: f64| degrees.to_radians();
    Some(format!(
        "{kind} {truncated:.2} {occluded} {:.4} {:.2} {:.2} {:.2} {:.2} {:.3} {:.3} {:.3} {:.4} {:.4} {:.4} {:.4}",
        radians(pose.alpha_deg),
        seen.0[0],
        seen.0[1],
        seen.high()[0],
        seen.high()[1],
        dimensions.y,
        dimensions.x,
        dimensions.z,
        at.x,
        at.y,
        at.z,
        radians(pose.rotation_y_deg),
    ))
}
