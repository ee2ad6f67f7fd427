//! Where the camera stands.

use glam::{DMat3, DVec3};
use population::row::{Row, RowError};
use scene::Camera;

use crate::car::Car;

/// A place on the car that a close-up looks at: where, and the surface's normal; world.
pub(crate) type Spot = (DVec3, DVec3);

/// What the camera is pointed at, and what its place turns with: the car, or a surface's normal.
pub(crate) fn aim(
    row: &Row,
    car: &Car<'_>,
    spot: Option<Spot>,
) -> Result<(DVec3, DMat3), RowError> {
    let middle = 0.5 * (car.frame.low + car.frame.high).as_dvec3();
    if row.category("camera.rig")? != "close_up" {
        let target = DVec3::new(0.0, 0.9 * middle.y, middle.z);
        return Ok((target, DMat3::IDENTITY));
    }
    let (at, normal) = spot.unwrap_or((
        DVec3::new(f64::from(car.frame.high.x) - 0.1, middle.y, 0.2),
        DVec3::X,
    ));
    // Upright, however steep the surface is.
    let ahead = DVec3::new(normal.x, 0.0, normal.z)
        .try_normalize()
        .unwrap_or(DVec3::Z);
    let left = DVec3::Y.cross(ahead);
    Ok((at, DMat3::from_cols(left, DVec3::Y, ahead)))
}

/// No lens is held lower, metres.
const LOWEST_M: f64 = 0.2;

/// The row's camera. One that would stand in the ground is raised until it is just above.
pub(crate) fn camera(row: &Row, car: &Car<'_>, spot: Option<Spot>) -> Result<Camera, RowError> {
    let (target, mount) = aim(row, car, spot)?;
    let lens = photography::camera::lens_position(row, target, mount)?;
    if lens.y >= LOWEST_M {
        return photography::camera::place(row, target, mount);
    }
    // From just above the ground it looks up, or less down than was asked for.
    let rise = (LOWEST_M - target.y) / row.number("camera.distance_m")?;
    let pitch = rise.clamp(-1.0, 1.0).asin().to_degrees();
    let above = row.clone().with("camera.pitch_deg", pitch);
    photography::camera::place(&above, target, mount)
}
