//! Labels of vehicles: boxes, pose, 3D box, key points, parts, and what is wrong with them.

use std::collections::BTreeMap;

use glam::{DMat3, DVec3};
use render::{Layers, Tracer};
use scene::annotation::{self, Damage, VEHICLE_KEYPOINTS};
use scene::mesh::Part;
use scene::{Camera, Scene};
use serde::{Deserialize, Serialize};

use crate::annotations::{BoxPx, degrees, metres, px, unit};
use crate::boxes;
use crate::damage::DamageMasks;
use crate::kind::{LabelKind, LabelSet};

/// How far before a key point something else may lie that does not hide it, metres: key points lie on parts that others cover thinly.
const HIDES_M: f64 = 0.06;

/// Labels of one vehicle. Left and right are the driver's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleLabels {
    /// The number that `instances/*.png` carries where this vehicle is.
    pub instance: u16,
    /// Whose dimensions it has: `volkswagen-golf`.
    pub model: String,
    /// `hatchback`.
    pub style: String,
    /// Tight around its pixels; `null` where none is in the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxes: Option<VehicleBoxes>,
    /// Pose and 3D box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pose: Option<VehiclePose>,
    /// In the order of [`VEHICLE_KEYPOINTS`]; `null` where the vehicle has no such part, or nobody found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keypoints: Option<Vec<Option<VehiclePoint>>>,
    /// Parts of which something is seen, by their numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<PartLabel>>,
    /// Damages, seen or not, by their ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damages: Option<Vec<DamageLabel>>,
    /// Share of the vehicle's pixels within the picture that nothing hides; absent where amodal masks were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible_share: Option<f64>,
}

/// Boxes of a vehicle, px.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleBoxes {
    /// Every pixel of the instance.
    pub vehicle: Option<BoxPx>,
    /// All surfaces of it, hidden or outside the picture; `null` where some of it lies behind the camera.
    pub vehicle_amodal: Option<BoxPx>,
}

/// Where a vehicle is. Its axes: x to the driver's left, y up, z ahead; its origin lies on the ground, half-way between the axles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehiclePose {
    /// Rotation, by rows: `x_camera = camera_from_vehicle · x_vehicle + translation_m`.
    pub camera_from_vehicle: [[f64; 3]; 3],
    /// The origin in camera space, m.
    pub translation_m: [f64; 3],
    /// Low corner of the undamaged vehicle's box (mirrors included) in its own axes, m.
    pub low_m: [f64; 3],
    /// High corner.
    pub high_m: [f64; 3],
    /// Turn about the camera's y axis as KITTI has it (`rotation_y`): 0 when the vehicle faces the camera's right.
    pub rotation_y_deg: f64,
    /// The same, less the direction in which its middle is seen (KITTI's `alpha`).
    pub alpha_deg: f64,
    /// The box's corners in the picture, px, bottom before top, each from the right front on counter-clockwise from above; `null` behind the camera.
    pub corners_px: [Option<[f64; 2]>; 8],
}

/// A key point of a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehiclePoint {
    /// May lie outside the picture; `null` behind the camera.
    pub px: Option<[f64; 2]>,
    /// World, m.
    pub world_m: [f64; 3],
    /// In the picture, and nothing lies more than 6 cm before it.
    pub visible: bool,
}

/// A part of which something is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartLabel {
    /// `left_front_door`.
    pub name: String,
    /// What `parts/*.png` holds there.
    pub number: u8,
    /// How many pixels.
    pub pixels: u64,
    /// Tight around them.
    pub r#box: BoxPx,
}

/// One damage. Measures are those of the geometry, not of the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DamageLabel {
    /// The number that `damage/*.png` carries where it is seen.
    pub id: u8,
    /// `CarDD`'s class: `dent`, `scratch`, `crack`, `glass_shatter`, `lamp_broken`, `tire_flat`, or one of `rust`, `chips`, `missing_part`, `misaligned`, of products also `stain` and `colour_deviation`.
    pub kind: String,
    /// What did it: `pole`, `hail`, `keys`.
    pub cause: String,
    /// The part that has most of it.
    pub part: String,
    /// Between the least and the most its cause does, `0..=1`.
    pub severity: f64,
    /// Largest displacement of the surface, mm; 0 where only paint is touched.
    pub depth_mm: f64,
    /// Surface that is changed, cm².
    pub area_cm2: f64,
    /// The same, percent of the part's surface.
    pub part_percent: f64,
    /// What dents take from the inside, cm³.
    pub volume_cm3: f64,
    /// Of the longest mark, mm; 0 where there is none.
    pub length_mm: f64,
    /// Mean width of the marks: area over length, mm.
    pub width_mm: f64,
    /// How deep paint is open, µm: 8 to 60 in the clear coat, to 110 down to primer, beyond to metal or plastic.
    pub paint_depth_um: f64,
    /// What struck.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<ImpactLabel>,
    /// Pixels of it that are seen.
    pub pixels: u64,
    /// Tight around them; `null` where none is.
    pub r#box: Option<BoxPx>,
    /// Pixels of it that are seen or hidden by the vehicle itself, of the first 16 damages.
    pub amodal_pixels: u64,
}

/// What struck a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImpactLabel {
    /// Where it touched first, in the vehicle's axes, m.
    pub at_m: [f64; 3],
    /// Where it went, in the vehicle's axes, unit.
    pub direction: [f64; 3],
    /// What the sheets took up, J.
    pub energy_j: f64,
    /// kg; 0 where many struck.
    pub mass_kg: f64,
    /// Speed of that mass with that energy.
    pub speed_m_per_s: f64,
}

/// What a workshop is told: `repair/*.json` is a list of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repair {
    /// `left_front_door`.
    pub panel: String,
    /// As [`DamageLabel::kind`].
    pub damage: String,
    /// `0..=1`.
    pub severity: f64,
    /// cm².
    pub area_cm2: f64,
    /// mm.
    pub depth_mm: f64,
}

/// Labels of one vehicle.
pub(crate) fn of(
    scene: &Scene,
    layers: &Layers,
    tracer: &Tracer<'_>,
    one: &annotation::Vehicle,
    damages: Option<&DamageMasks>,
    wanted: LabelSet,
) -> VehicleLabels {
    let camera = &scene.camera;
    let width = camera.width_px as usize;
    VehicleLabels {
        instance: one.instance,
        model: one.model.clone(),
        style: one.style.clone(),
        boxes: wanted.has(LabelKind::Boxes).then(|| VehicleBoxes {
            vehicle: boxes::tight(
                width,
                layers.instance.iter().map(|found| *found == one.instance),
            ),
            vehicle_amodal: boxes::instance(scene, one.instance),
        }),
        pose: wanted
            .has(LabelKind::VehiclePose)
            .then(|| pose(camera, one)),
        keypoints: wanted
            .has(LabelKind::Keypoints)
            .then(|| keypoints(camera, tracer, one)),
        parts: wanted
            .has(LabelKind::PartBoxes)
            .then(|| parts(width, layers, one.instance)),
        damages: damages.map(|masks| {
            one.damages
                .iter()
                .map(|d| damage(width, (one.world_from_vehicle, one.origin), d, masks))
                .collect()
        }),
        visible_share: None,
    }
}

/// The eight corners of a box, bottom before top, each from the right front on counter-clockwise from above.
pub(crate) fn corners(low: DVec3, high: DVec3) -> [DVec3; 8] {
    let ring = |y: f64| {
        [
            DVec3::new(low.x, y, high.z),
            DVec3::new(high.x, y, high.z),
            DVec3::new(high.x, y, low.z),
            DVec3::new(low.x, y, low.z),
        ]
    };
    let [a, b, c, d] = ring(low.y);
    let [e, f, g, h] = ring(high.y);
    [a, b, c, d, e, f, g, h]
}

fn pose(camera: &Camera, one: &annotation::Vehicle) -> VehiclePose {
    let rotation = camera.camera_from_world * one.world_from_vehicle;
    let translation = camera.to_camera(one.origin);
    let [rotation_y, alpha] = kitti_angles(rotation, translation);
    VehiclePose {
        camera_from_vehicle: rows(rotation),
        translation_m: translation.to_array().map(metres),
        low_m: one.low.to_array().map(metres),
        high_m: one.high.to_array().map(metres),
        rotation_y_deg: degrees(rotation_y.to_degrees()),
        alpha_deg: degrees(alpha.to_degrees()),
        corners_px: corners(one.low, one.high).map(|corner| {
            let world = one.origin + one.world_from_vehicle * corner;
            camera.project(world).map(|(at, _)| [px(at.x), px(at.y)])
        }),
    }
}

/// `rotation_y` and `alpha` of KITTI's object labels (Geiger et al. 2012), radians, of a rotation from vehicle to camera axes and the vehicle's place.
pub(crate) fn kitti_angles(camera_from_vehicle: DMat3, translation: DVec3) -> [f64; 2] {
    let ahead = camera_from_vehicle.z_axis;
    let rotation_y = (-ahead.z).atan2(ahead.x);
    let alpha = rotation_y - translation.x.atan2(translation.z);
    let turn = std::f64::consts::TAU;
    [rotation_y, alpha - turn * (alpha / turn).round()]
}

fn rows(of: DMat3) -> [[f64; 3]; 3] {
    of.transpose().to_cols_array_2d().map(|row| row.map(unit))
}

fn keypoints(
    camera: &Camera,
    tracer: &Tracer<'_>,
    one: &annotation::Vehicle,
) -> Vec<Option<VehiclePoint>> {
    debug_assert_eq!(one.keypoints.len(), VEHICLE_KEYPOINTS.len());
    let point = |point: &annotation::Keypoint| {
        let world = point.position;
        let at = camera.project(world).map(|(at, _)| [px(at.x), px(at.y)]);
        let inside = at.is_some_and(|[x, y]| {
            (0.0..f64::from(camera.width_px)).contains(&x)
                && (0.0..f64::from(camera.height_px)).contains(&y)
        });
        VehiclePoint {
            px: at,
            world_m: world.to_array().map(metres),
            visible: inside && tracer.sees(camera.position, world, HIDES_M),
        }
    };
    let points = one.keypoints.iter();
    points.map(|found| found.as_ref().map(point)).collect()
}

/// Parts of an instance that are seen.
pub(crate) fn seen_parts(
    width: usize,
    pixels: &(impl Iterator<Item = Option<Part>> + Clone),
) -> Vec<PartLabel> {
    let mut counts: BTreeMap<Part, u64> = BTreeMap::new();
    for part in pixels.clone().flatten() {
        *counts.entry(part).or_default() += 1;
    }
    counts
        .into_iter()
        .filter_map(|(part, count)| {
            Some(PartLabel {
                name: part.name(),
                number: part as u8,
                pixels: count,
                r#box: boxes::tight(width, pixels.clone().map(|of| of == Some(part)))?,
            })
        })
        .collect()
}

fn parts(width: usize, layers: &Layers, instance: u16) -> Vec<PartLabel> {
    let pixels = layers.part.iter().zip(&layers.instance);
    seen_parts(
        width,
        &pixels.map(|(part, of)| (*of == instance).then_some(*part)),
    )
}

/// One damage of a thing whose axes and origin in the world are `world_from_thing`.
pub(crate) fn damage(
    width: usize,
    world_from_thing: (DMat3, DVec3),
    one: &Damage,
    masks: &DamageMasks,
) -> DamageLabel {
    let bit = 1_u16.checked_shl(u32::from(one.id) - 1).unwrap_or(0);
    let (into, origin) = (world_from_thing.0.transpose(), world_from_thing.1);
    DamageLabel {
        id: one.id,
        kind: one.kind.name().to_owned(),
        cause: one.cause.to_owned(),
        part: one.part.name(),
        severity: unit(one.severity),
        depth_mm: degrees(one.depth_m * 1e3),
        area_cm2: degrees(one.area_m2 * 1e4),
        part_percent: degrees(one.part_share * 100.0),
        volume_cm3: degrees(one.volume_m3 * 1e6),
        length_mm: degrees(one.length_m * 1e3),
        width_mm: degrees(one.width_m * 1e3),
        paint_depth_um: degrees(one.paint_depth_m * 1e6),
        impact: one.impact.map(|impact| ImpactLabel {
            at_m: (into * (impact.at - origin)).to_array().map(metres),
            direction: (into * impact.way).to_array().map(unit),
            energy_j: degrees(impact.energy_j),
            mass_kg: degrees(impact.mass_kg),
            speed_m_per_s: degrees(impact.speed_m_per_s),
        }),
        pixels: masks.seen.iter().map(|id| u64::from(*id == one.id)).sum(),
        r#box: boxes::tight(width, masks.seen.iter().map(|id| *id == one.id)),
        amodal_pixels: masks.there.iter().filter(|bits| **bits & bit != 0).count() as u64,
    }
}

/// What a workshop is told of the damages.
pub fn repairs(damages: &[DamageLabel]) -> Vec<Repair> {
    damages
        .iter()
        .map(|one| Repair {
            panel: one.part.clone(),
            damage: one.kind.clone(),
            severity: one.severity,
            area_cm2: one.area_cm2,
            depth_mm: one.depth_mm,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_those_of_kitti() {
        // A vehicle that drives away from the camera, straight ahead of it: −90°.
        let away = DMat3::from_cols(DVec3::NEG_X, DVec3::NEG_Y, DVec3::Z);
        let [rotation_y, alpha] = kitti_angles(away, DVec3::new(0.0, 1.6, 12.0));
        assert!((rotation_y.to_degrees() + 90.0).abs() < 1e-9);
        assert!((alpha - rotation_y).abs() < 1e-12);
        // One to the right that drives to the right.
        let right = DMat3::from_cols(DVec3::Z, DVec3::NEG_Y, DVec3::X);
        let [rotation_y, alpha] = kitti_angles(right, DVec3::new(5.0, 1.6, 5.0));
        assert!(rotation_y.abs() < 1e-12);
        assert!((alpha.to_degrees() + 45.0).abs() < 1e-9);
    }
}
