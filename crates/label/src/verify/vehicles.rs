//! Vehicles and products: boxes and parts from the masks, pose and key points from the camera, damages from their masks and the list for workshops.

use glam::{DMat3, DVec3};
use scene::annotation::DamageKind;

use super::Faults;
use super::files::Loaded;
use super::masks::{at, show};
use crate::annotations::{DamageLabel, VehicleLabels, degrees, rotation};
use crate::boxes::tight;
use crate::class;
use crate::vehicle::{corners, kitti_angles, repairs, seen_parts};

/// Rounding of poses seen through the longest lens is below this, px.
const PIXEL_TOLERANCE: f64 = 0.05;

pub(super) fn check(loaded: &Loaded, faults: &mut Faults) {
    for vehicle in &loaded.labels.vehicles {
        masks(loaded, vehicle, faults);
        projections(loaded, vehicle, faults);
        if let Some(found) = &vehicle.damages {
            damages(loaded, vehicle.instance, found, faults);
        }
    }
    for product in &loaded.labels.products {
        if let (Some(instances), Some(boxes)) = (&loaded.instances, product.boxes) {
            let own = instances.pixels.iter().map(|id| *id == product.instance);
            let expected = tight(loaded.width(), own);
            if boxes.product != expected {
                faults.add(
                    &loaded.path,
                    format!(
                        "product {}: the box is {}",
                        product.instance,
                        show(boxes.product)
                    ),
                    format!("the tight box of its pixels is {}", show(expected)),
                );
            }
        }
        if let Some(found) = &product.damages {
            damages(loaded, product.instance, found, faults);
        }
    }
}

fn masks(loaded: &Loaded, vehicle: &VehicleLabels, faults: &mut Faults) {
    let Some(instances) = &loaded.instances else {
        return;
    };
    let own = |i: usize| instances.pixels[i] == vehicle.instance;
    let all = 0..instances.pixels.len();
    if let Some(boxes) = vehicle.boxes {
        let expected = tight(loaded.width(), all.clone().map(own));
        if boxes.vehicle != expected {
            faults.add(
                &loaded.path,
                format!(
                    "vehicle {}: the box is {}",
                    vehicle.instance,
                    show(boxes.vehicle)
                ),
                format!("the tight box of its pixels is {}", show(expected)),
            );
        }
    }
    if let (Some(found), Some(parts)) = (&vehicle.parts, &loaded.parts) {
        let pixels = all.map(|i| own(i).then(|| class::part(parts.pixels[i])).flatten());
        let expected = seen_parts(loaded.width(), &pixels);
        let wrong = found
            .iter()
            .filter(|part| !expected.contains(part))
            .map(|part| {
                (
                    format!(
                        "part `{}` has {} pixels in {}",
                        part.name,
                        part.pixels,
                        show(Some(part.r#box))
                    ),
                    "the mask of parts shows it otherwise".to_owned(),
                )
            })
            .chain(
                expected
                    .iter()
                    .filter(|part| !found.iter().any(|own| own.number == part.number))
                    .map(|part| {
                        (
                            format!("part `{}` is not listed", part.name),
                            format!("{} of its pixels are seen", part.pixels),
                        )
                    }),
            );
        faults.add_first(&loaded.path, wrong);
    }
}

fn projections(loaded: &Loaded, vehicle: &VehicleLabels, faults: &mut Faults) {
    let Some(camera) = &loaded.camera else {
        return;
    };
    let seen_at = |world: DVec3| camera.project(world).map(|(at, _)| at.to_array());
    let agrees = |found: Option<[f64; 2]>, expected: Option<[f64; 2]>| match (found, expected) {
        (Some(a), Some(b)) => {
            (0..2).all(|k| (a[k] - b[k]).abs() < PIXEL_TOLERANCE * (1.0 + a[k].abs() * 1e-4))
        }
        (None, None) => true,
        _ => false,
    };
    let words = |at: Option<[f64; 2]>| {
        at.map_or("behind the camera".to_owned(), |[x, y]| {
            format!("at ({x:.2}, {y:.2})")
        })
    };
    if let Some(pose) = &vehicle.pose {
        let turn = rotation(pose.camera_from_vehicle);
        let square = turn * turn.transpose() - DMat3::IDENTITY;
        if square.to_cols_array().iter().any(|v| v.abs() > 1e-6) || turn.determinant() < 0.0 {
            faults.add(
                &loaded.path,
                format!("vehicle {}: the pose is no rotation", vehicle.instance),
                "a rotation is orthonormal and keeps its hand",
            );
        }
        let place = DVec3::from(pose.translation_m);
        let angles = kitti_angles(turn, place).map(|angle| degrees(angle.to_degrees()));
        for (name, found, expected) in [
            ("rotation_y", pose.rotation_y_deg, angles[0]),
            ("alpha", pose.alpha_deg, angles[1]),
        ] {
            // 180° and −180° are one direction.
            let apart = (found - expected).rem_euclid(360.0);
            if apart.min(360.0 - apart) > 1e-3 {
                faults.add(
                    &loaded.path,
                    format!("vehicle {}: {name} is {found}°", vehicle.instance),
                    format!("its pose makes it {expected}°"),
                );
            }
        }
        let box_corners = corners(pose.low_m.into(), pose.high_m.into());
        let wrong = box_corners
            .iter()
            .zip(pose.corners_px)
            .enumerate()
            .filter_map(|(k, (corner, found))| {
                let expected = seen_at(camera.to_world(turn * *corner + place));
                (!agrees(found, expected)).then(|| {
                    (
                        format!(
                            "corner {k} of vehicle {} is {}",
                            vehicle.instance,
                            words(found)
                        ),
                        format!("pose and camera put it {}", words(expected)),
                    )
                })
            });
        faults.add_first(&loaded.path, wrong);
    }
    let points = vehicle.keypoints.iter().flatten().enumerate();
    let wrong = points.filter_map(|(k, point)| {
        let point = point.as_ref()?;
        let expected = seen_at(point.world_m.into());
        (!agrees(point.px, expected)).then(|| {
            (
                format!(
                    "key point {k} of vehicle {} is {}",
                    vehicle.instance,
                    words(point.px)
                ),
                format!("the camera sees it {}", words(expected)),
            )
        })
    });
    faults.add_first(&loaded.path, wrong);
}

fn damages(loaded: &Loaded, instance: u16, found: &[DamageLabel], faults: &mut Faults) {
    for (damage, id) in found.iter().zip(1..) {
        let name = format!("damage {}", damage.id);
        if damage.id != id {
            faults.add(
                &loaded.path,
                format!("{name} stands at place {id}"),
                "ids count from 1",
            );
        }
        if !DamageKind::ALL
            .iter()
            .any(|kind| kind.name() == damage.kind)
        {
            faults.add(
                &loaded.path,
                format!("{name} is a `{}`", damage.kind),
                "there is no such kind",
            );
        }
        let measures = [
            damage.depth_mm,
            damage.area_cm2,
            damage.length_mm,
            damage.width_mm,
            damage.paint_depth_um,
            damage.part_percent,
        ];
        if measures.iter().any(|value| *value < 0.0) {
            faults.add(
                &loaded.path,
                format!("{name} has a negative measure"),
                "measures begin at 0",
            );
        }
    }
    if let Some(repair) = &loaded.repair
        && *repair != repairs(found)
    {
        faults.add(
            "repair",
            "the list for workshops",
            "the annotations list other damages",
        );
    }
    let Some(seen) = &loaded.damage else {
        return;
    };
    let ids = seen.pixels.iter().enumerate().filter(|(_, id)| **id > 0);
    let unknown = ids
        .clone()
        .filter(|(_, id)| usize::from(**id) > found.len());
    faults.add_first(
        &seen.path,
        unknown.map(|(i, id)| {
            (
                format!("{} has damage {id}", at(loaded, i)),
                "no such damage is annotated".to_owned(),
            )
        }),
    );
    for damage in found {
        let expected = tight(
            loaded.width(),
            seen.pixels.iter().map(|id| *id == damage.id),
        );
        let count: u64 = seen
            .pixels
            .iter()
            .map(|id| u64::from(*id == damage.id))
            .sum();
        if damage.r#box != expected || damage.pixels != count {
            faults.add(
                &loaded.path,
                format!(
                    "damage {} has {} pixels in {}",
                    damage.id,
                    damage.pixels,
                    show(damage.r#box)
                ),
                format!("the mask has {count} in {}", show(expected)),
            );
        }
    }
    if let Some(there) = &loaded.damage_amodal {
        let hidden = ids
            .clone()
            .filter(|(i, id)| **id <= 16 && there.pixels[*i] >> (**id - 1) & 1 == 0);
        faults.add_first(
            &there.path,
            hidden.map(|(i, id)| {
                (
                    format!("{} lacks damage {id}", at(loaded, i)),
                    "it is seen there".to_owned(),
                )
            }),
        );
    }
    if let Some(instances) = &loaded.instances {
        // A scratch narrower than a pixel may be seen beside the vehicle's silhouette: its pixel's centre is no longer the vehicle's.
        let near = |i: usize| {
            let (x, y) = (i % loaded.width(), i / loaded.width());
            loaded
                .around([x as f64 + 0.5, y as f64 + 0.5], 1)
                .any(|j| instances.pixels[j] == instance)
        };
        // What is missing is seen where nothing of the thing is.
        let missing = DamageKind::MissingPart.name();
        let is_missing = |id: u8| found.iter().any(|one| one.id == id && one.kind == missing);
        let outside = ids.filter(|(i, id)| !near(*i) && !is_missing(**id));
        faults.add_first(
            &seen.path,
            outside.map(|(i, id)| {
                (
                    format!("{} has damage {id}", at(loaded, i)),
                    format!("nothing of instance {instance} is near it"),
                )
            }),
        );
    }
}
