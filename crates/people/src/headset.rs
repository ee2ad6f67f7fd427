//! A headset before the eyes: cameras a few centimetres away, a ring of diodes around the eyepiece, and foam that keeps the room's light out.
use std::sync::Arc;

use glam::{DVec3, Vec3};
use population::row::{Row, RowError};
use scene::light::Backdrop;
use scene::{AreaLight, Environment, Texture};

use crate::framing::Stance;

/// Diodes stand this far before the centre of the eye: 3 cm before the cornea, where an eyepiece is.
const EYEPIECE_M: f64 = 0.047;
/// Side of a diode's square, metres.
const DIODE_M: f32 = 0.0012;
/// Share of the room's light that passes the foam around a face.
const LEAK: f32 = 0.01;

/// Whether the camera sits in a headset, and turns with the head.
pub(crate) fn is_worn(row: &Row) -> Result<bool, RowError> {
    Ok(row.category("camera.rig")?.starts_with("headset/"))
}

/// Where the diodes of the ring are, world, metres; none where the row has no ring. Number 0 is above the eye, the others follow clockwise as the eye sees
/// them.
pub(crate) fn diodes(row: &Row, stance: &Stance<'_>) -> Result<Vec<DVec3>, RowError> {
    if row.category("light.rig")? != "headset/led_ring" {
        return Ok(Vec::new());
    }
    let head = stance.mount(row)?;
    let [right, left] = stance.eyes();
    let eye = match row.category("camera.target")? {
        "left_eye" => left,
        _ => right,
    };
    let middle = eye + head.z_axis * EYEPIECE_M;
    let radius = row.number("light.ring_radius_mm")? / 1000.0;
    let count = row.integer("light.leds")?.max(1);
    Ok((0..count)
        .map(|k| {
            // The eye's right is the head's −x.
            let angle = std::f64::consts::TAU * k as f64 / count as f64;
            middle + (head.y_axis * angle.cos() - head.x_axis * angle.sin()) * radius
        })
        .collect())
}

/// The light in a headset: the diodes, `on_eye` W/m² together, and what leaks in.
pub(crate) fn light(
    diodes: &[DVec3],
    eye: DVec3,
    on_eye: f32,
    sky: Texture,
    sky_scale: f32,
) -> (Environment, Vec<AreaLight>) {
    let each = on_eye / diodes.len().max(1) as f32;
    let lamps = diodes
        .iter()
        .map(|place| photography::meter::lamp(*place, eye, DIODE_M, DIODE_M, each, Vec3::ONE))
        .collect();
    let environment = Environment {
        scale: sky_scale * LEAK,
        backdrop: Backdrop::Colour(Vec3::ZERO),
        ..Environment::new(Arc::new(sky))
    };
    (environment, lamps)
}
