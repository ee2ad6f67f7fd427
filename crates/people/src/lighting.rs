//! Lamps, surroundings, and the exposure a light meter would choose.

use std::sync::Arc;

use glam::{DVec3, Quat, Vec3};
use photography::meter::{LUMINANCE, Surroundings, lamp, white_balance};
use places::Place;
use population::row::{Row, RowError};
use scene::camera::Band;
use scene::light::Backdrop;
use scene::{AreaLight, Camera, Environment, Texture};

use crate::headset;

/// Radiance that a mid-toned face (albedo 0.35) is exposed to, before the view transform.
const FACE_KEY: f32 = 0.28;

/// Light of a scene.
pub(crate) struct Lighting {
    pub(crate) environment: Environment,
    pub(crate) area_lights: Vec<AreaLight>,
    /// Stops to add to the camera's exposure.
    pub(crate) metered_ev: f64,
}

/// Sets up the row's light around a head, metered and white balanced for the camera. `diodes` are those of a headset's ring, none outside of one.
pub(crate) fn set_up(
    row: &Row,
    surroundings: &Surroundings,
    camera: &Camera,
    head: DVec3,
    diodes: &[DVec3],
    place: Option<&Place>,
) -> Result<Lighting, RowError> {
    let rotation = Quat::from_rotation_y((row.number("light.rotation_deg")? as f32).to_radians());
    let towards_camera = (camera.position - head).normalize().as_vec3();
    // The meter stands at the face and looks at the lens.
    let metered = surroundings.irradiance(rotation, towards_camera);
    let ambient = metered.dot(LUMINANCE).max(1e-4);
    let backdrop = match row.category("light.backdrop")? {
        "grey" => Backdrop::Colour(Vec3::splat(0.18 * ambient / std::f32::consts::PI)),
        _ => Backdrop::Environment,
    };
    // Lamps are set against the surroundings: the environment keeps `share` of the face's light.
    let (share, lamps) = match row.category("light.rig")? {
        "three_point" => (0.3, three_point(head, towards_camera, ambient)),
        "cabin/led_pair" => (0.25, led_pair(camera, head, ambient)),
        _ => (1.0, Vec::new()),
    };
    let balance = white_balance(metered);
    if !diodes.is_empty() {
        let sky = surroundings.balanced(balance);
        return in_headset(row, camera, head, sky, (metered * balance).x, diodes);
    }
    let through = place.filter(|place| place.by_daylight).map(|place| {
        surroundings.through_windows(rotation, head.as_vec3(), towards_camera, &place.windows)
    });
    if camera.band == Band::NearInfrared {
        let sky = surroundings.balanced(balance);
        let unscaled = (through.unwrap_or(metered) * balance).x;
        let mut light = near_infrared(row, camera, head, sky, unscaled)?;
        if let (Some(place), Some(_)) = (place, through) {
            light.environment.portals.clone_from(&place.windows);
        }
        return Ok(light);
    }
    if let (Some(place), Some(through)) = (place, through) {
        let is_night = row.category("light.environment")? == "night";
        return Ok(by_daylight(
            place,
            surroundings,
            rotation,
            through,
            is_night,
        ));
    }
    // Lamps of today shine in no near infrared: there a place has what comes through its windows, and the camera's diodes.
    if let Some(place) = place {
        return Ok(indoors(place, surroundings, rotation, metered));
    }
    let radiance = ambient * 0.35 / std::f32::consts::PI;
    Ok(Lighting {
        environment: Environment {
            radiance: Arc::new(surroundings.balanced(balance)),
            scale: share,
            world_from_environment: rotation,
            backdrop,
            portals: Vec::new(),
        },
        area_lights: lamps,
        metered_ev: f64::from((FACE_KEY / radiance).log2()),
    })
}

/// How much brighter than the room the world outside its windows is.
const OUTSIDE: f32 = 2.0;
/// Irradiance on a face in a place, W/m²: bright enough that the renderer's bound on single paths cuts fireflies off.
const LEVEL: f32 = 10.0;

/// The light of a place: its own lamps, and the surroundings outside its windows or, without walls, as a weak fill.
fn indoors(place: &Place, surroundings: &Surroundings, rotation: Quat, metered: Vec3) -> Lighting {
    let ambient = metered.dot(LUMINANCE).max(1e-4);
    let sky = if place.enclosed { OUTSIDE } else { 0.35 };
    let on_face = LEVEL * if place.enclosed { 1.2 } else { 1.0 + sky };
    let mut lamps = place.lamps.clone();
    for lamp in &mut lamps {
        lamp.radiance *= LEVEL;
    }
    Lighting {
        environment: Environment {
            radiance: Arc::new(surroundings.balanced(white_balance(metered))),
            scale: LEVEL * sky / ambient,
            world_from_environment: rotation,
            backdrop: Backdrop::Environment,
            portals: place.windows.clone(),
        },
        area_lights: lamps,
        metered_ev: f64::from((FACE_KEY / (on_face * 0.35 / std::f32::consts::PI)).log2()),
    }
}

/// Light of displays on a driver's face, as a share of what comes in through the windows: by day, and by night with the exposure that cameras take
/// back at night, stops.
const GLOW: [f32; 2] = [0.02, 0.5];
const NIGHT_EV: f64 = -1.2;

/// The light of a cabin: the surroundings through its windows, metered at the face, and the glow of its displays.
fn by_daylight(
    place: &Place,
    surroundings: &Surroundings,
    rotation: Quat,
    through: Vec3,
    is_night: bool,
) -> Lighting {
    let on_face = through.dot(LUMINANCE).max(1e-4);
    let mut lamps = place.lamps.clone();
    for lamp in &mut lamps {
        lamp.radiance *= LEVEL * GLOW[usize::from(is_night)];
    }
    Lighting {
        environment: Environment {
            radiance: Arc::new(surroundings.balanced(white_balance(through))),
            scale: LEVEL / on_face,
            world_from_environment: rotation,
            backdrop: Backdrop::Environment,
            portals: place.windows.clone(),
        },
        area_lights: lamps,
        metered_ev: f64::from((FACE_KEY / (LEVEL * 0.35 / std::f32::consts::PI)).log2())
            + if is_night { NIGHT_EV } else { 0.0 },
    }
}

/// Reflectance of a face in the near infrared, for the light meter.
const FACE_NEAR_INFRARED: f32 = 0.55;
/// Side of the square that an illuminator's diodes fill, metres.
const DIODES_M: f32 = 0.008;

/// Light for a camera in the near infrared: what the surroundings have there, and diodes beside the lens; other lamps have none. The diodes stand off the axis, so
/// that pupils stay dark.
fn near_infrared(
    row: &Row,
    camera: &Camera,
    head: DVec3,
    sky: Texture,
    unscaled: f32,
) -> Result<Lighting, RowError> {
    let ambient = row.number("light.near_infrared_w_per_m2")? as f32;
    let illuminator = row.number("light.illuminator_w_per_sr")? as f32;
    let right = camera.camera_from_world.row(0);
    let distance = camera.position.distance(head) as f32;
    let places: &[f64] = match row.category("light.rig")? {
        "cabin/led_pair" => &[-0.06, 0.06],
        _ => &[0.03],
    };
    let on_face = illuminator / (distance * distance);
    let each = on_face / places.len() as f32;
    let lamps = if illuminator > 0.0 {
        places
            .iter()
            .map(|side| {
                let place = camera.position + right * *side;
                lamp(place, head, DIODES_M, DIODES_M, each, Vec3::ONE)
            })
            .collect()
    } else {
        Vec::new()
    };
    let total = (ambient + on_face).max(1e-4);
    let backdrop = match row.category("light.backdrop")? {
        "grey" => Backdrop::Colour(Vec3::splat(0.18 * total / std::f32::consts::PI)),
        _ => Backdrop::Environment,
    };
    let radiance = total * FACE_NEAR_INFRARED / std::f32::consts::PI;
    Ok(Lighting {
        environment: Environment {
            radiance: Arc::new(sky),
            scale: ambient / unscaled.max(1e-4),
            world_from_environment: Quat::from_rotation_y(
                (row.number("light.rotation_deg")? as f32).to_radians(),
            ),
            backdrop,
            portals: Vec::new(),
        },
        area_lights: lamps,
        metered_ev: f64::from((FACE_KEY / radiance).log2()),
    })
}

/// Light of a headset's diodes, white ones for a camera that sees colours.
fn in_headset(
    row: &Row,
    camera: &Camera,
    eye: DVec3,
    sky: Texture,
    unscaled: f32,
    diodes: &[DVec3],
) -> Result<Lighting, RowError> {
    let illuminator = row.number("light.illuminator_w_per_sr")? as f32;
    let distance = diodes.first().map_or(1.0, |diode| diode.distance(eye)) as f32;
    let on_eye = (illuminator / (distance * distance)).max(1e-4);
    let (room, reflectance) = match camera.band {
        Band::NearInfrared => (
            row.number("light.near_infrared_w_per_m2")? as f32,
            FACE_NEAR_INFRARED,
        ),
        // As bright as what the diodes are set against.
        Band::Visible => (on_eye, 0.35),
    };
    let (environment, area_lights) =
        headset::light(diodes, eye, on_eye, sky, room / unscaled.max(1e-4));
    Ok(Lighting {
        environment,
        area_lights,
        metered_ev: f64::from((FACE_KEY / (on_eye * reflectance / std::f32::consts::PI)).log2()),
    })
}

fn three_point(head: DVec3, towards_camera: Vec3, ambient: f32) -> Vec<AreaLight> {
    let forward = DVec3::new(
        f64::from(towards_camera.x),
        0.0,
        f64::from(towards_camera.z),
    )
    .normalize_or(DVec3::Z);
    let side = DVec3::Y.cross(forward);
    let warm = Vec3::new(1.08, 1.0, 0.9);
    vec![
        lamp(
            head + forward * 1.1 + side * 0.9 + DVec3::Y * 0.7,
            head,
            0.6,
            0.8,
            ambient * 0.75,
            warm,
        ),
        lamp(
            head + forward * 1.0 - side * 1.1 + DVec3::Y * 0.1,
            head,
            0.8,
            0.8,
            ambient * 0.22,
            Vec3::new(0.94, 1.0, 1.08),
        ),
        lamp(
            head - forward * 1.2 - side * 0.5 + DVec3::Y * 1.0,
            head,
            0.4,
            0.6,
            ambient * 0.6,
            Vec3::ONE,
        ),
    ]
}

fn led_pair(camera: &Camera, head: DVec3, ambient: f32) -> Vec<AreaLight> {
    let right = camera.camera_from_world.row(0);
    [-1.0, 1.0]
        .map(|side| {
            lamp(
                camera.position + right * 0.06 * side,
                head,
                0.02,
                0.02,
                ambient * 0.375,
                Vec3::ONE,
            )
        })
        .to_vec()
}
