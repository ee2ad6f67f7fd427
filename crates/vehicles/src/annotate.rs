//! What labels are made from: where the car is, its box, its key points, and what happened to it.

use glam::{DMat3, DVec3, Vec3};
use population::row::{Row, RowError};
use scene::annotation::{DamagedSurface, Keypoint, VEHICLE_KEYPOINTS, Vehicle};
use vehicle::CarPart;

use crate::car::Car;
use crate::wear::Wear;

/// The car's instance id.
pub(crate) const INSTANCE: u16 = 1;

/// The row's car for labels.
pub(crate) fn vehicle(
    row: &Row,
    wear: &Wear<'_>,
    surfaces: Vec<DamagedSurface>,
) -> Result<Vehicle, RowError> {
    let car = &wear.car;
    Ok(Vehicle {
        instance: INSTANCE,
        model: row.category("vehicle.model")?.to_owned(),
        style: row.category("vehicle.style")?.to_owned(),
        world_from_vehicle: DMat3::IDENTITY,
        origin: DVec3::ZERO,
        low: car.frame.low.as_dvec3(),
        high: car.frame.high.as_dvec3(),
        keypoints: keypoints(car),
        damages: wear.damages.clone(),
        surfaces,
    })
}

/// Places on parts as they were before anything happened; `None` of parts that the car does not have.
fn keypoints(car: &Car<'_>) -> Vec<Option<Keypoint>> {
    // Sides: −1 right, +1 left; ends: +1 front, −1 rear.
    let wheel = |side: f32, end: f32| {
        let hub = extreme(
            car,
            |part| part == CarPart::Rim,
            |at| {
                // The hub's outermost place.
                let axle = 0.5 * car.frame.wheelbase_m * end;
                let radius = car.frame.tyre_radius_m;
                let away = Vec3::new(0.0, at.y - radius, at.z - axle).length();
                at.x * side - 4.0 * away
            },
        );
        hub.or_else(|| solid_wheel(car, side, end))
    };
    let lamp = |part: CarPart| middle(car, part);
    let screen = |side: f32, up: f32| {
        extreme(
            car,
            |part| part == CarPart::Windscreen,
            |at| at.x * side + 2.0 * at.y * up,
        )
    };
    let found = [
        wheel(-1.0, 1.0),
        wheel(1.0, 1.0),
        wheel(-1.0, -1.0),
        wheel(1.0, -1.0),
        lamp(CarPart::RightHeadlamp),
        lamp(CarPart::LeftHeadlamp),
        lamp(CarPart::RightTailLamp),
        lamp(CarPart::LeftTailLamp),
        lamp(CarPart::RightMirror),
        lamp(CarPart::LeftMirror),
        lamp(CarPart::FrontPlate),
        lamp(CarPart::RearPlate),
        screen(-1.0, 1.0),
        screen(1.0, 1.0),
        screen(-1.0, -1.0),
        screen(1.0, -1.0),
    ];
    debug_assert_eq!(found.len(), VEHICLE_KEYPOINTS.len());
    found
        .into_iter()
        .map(|position| {
            Some(Keypoint {
                position: position?.as_dvec3(),
                inset_m: 0.0,
            })
        })
        .collect()
}

/// The outer middle of a wheel without a rim.
fn solid_wheel(car: &Car<'_>, side: f32, end: f32) -> Option<Vec3> {
    let tyres = car
        .tags
        .iter()
        .zip(&car.pieces)
        .filter(|(tag, _)| tag.part == CarPart::Tyre);
    let own = tyres
        .flat_map(|(_, piece)| &piece.before)
        .filter(|at| at.x * side > 0.0 && at.z * end > 0.0);
    let (low, high) = own.fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), at| {
        (low.min(*at), high.max(*at))
    });
    let outside = if side > 0.0 { high.x } else { low.x };
    let middle = 0.5 * (low + high);
    low.is_finite()
        .then(|| Vec3::new(outside, middle.y, middle.z))
}

/// The vertex of some parts that is furthest by a measure.
fn extreme(car: &Car<'_>, of: impl Fn(CarPart) -> bool, by: impl Fn(Vec3) -> f32) -> Option<Vec3> {
    let own = car
        .tags
        .iter()
        .zip(&car.pieces)
        .filter(|(tag, _)| of(tag.part));
    let all = own.flat_map(|(_, piece)| &piece.before).copied();
    all.max_by(|a, b| by(*a).total_cmp(&by(*b)))
}

/// The vertex nearest to the middle of a part.
fn middle(car: &Car<'_>, part: CarPart) -> Option<Vec3> {
    let own = || {
        car.tags
            .iter()
            .zip(&car.pieces)
            .filter(|(tag, _)| tag.part == part)
    };
    let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for (_, piece) in own() {
        for at in &piece.before {
            low = low.min(*at);
            high = high.max(*at);
        }
    }
    let centre = 0.5 * (low + high);
    extreme(car, |other| other == part, |at| -at.distance(centre))
}
