//! Lamps, surroundings, and the exposure a light meter would choose.

use std::sync::Arc;

use glam::{DVec3, Quat, Vec3};
use places::Place;
use population::row::{Row, RowError};
use scene::camera::Band;
use scene::light::Backdrop;
use scene::texture::Texels;
use scene::{AreaLight, Camera, Environment, Texture};

use crate::headset;

/// Rec. 709 luminance weights.
const LUMINANCE: Vec3 = Vec3::new(0.2126, 0.7152, 0.0722);
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
    let through = place
        .filter(|place| place.by_daylight)
        .map(|place| surroundings.through_windows(rotation, head.as_vec3(), towards_camera, place));
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

/// How much of the light's colour cast a camera's automatic white balance takes out: most, as people expect of pictures, but not all.
const WHITE_BALANCE: f32 = 0.8;
/// Columns of the coarse picture that light is metered on; half as many rows.
const COARSE: usize = 64;

/// An environment, and the coarse picture of it that a light meter needs.
#[derive(Debug)]
pub(crate) struct Surroundings {
    width: u32,
    height: u32,
    /// Radiance, row by row from the top.
    texels: Vec<Vec3>,
    /// `[COARSE / 2][COARSE]`: radiance summed over solid angle, so that a sun of one texel counts for what it is.
    coarse: Vec<Vec3>,
}

/// Files made for wider gamuts hold colours Rec. 709 cannot: a channel below this share of the luminance is lifted, or blue skies light
/// skin violet.
const LEAST_CHANNEL: f32 = 0.3;

/// The nearest colour on the way to grey whose channels all reach [`LEAST_CHANNEL`].
fn within_gamut(colour: Vec3) -> Vec3 {
    let grey = colour.dot(LUMINANCE);
    let least = colour.min_element();
    let floor = LEAST_CHANNEL * grey;
    if grey <= 0.0 || least >= floor {
        colour
    } else {
        colour.lerp(Vec3::splat(grey), (floor - least) / (grey - least))
    }
}

impl Surroundings {
    pub(crate) fn new(picture: &Texture) -> Self {
        let texels: Vec<Vec3> = (0..picture.height)
            .flat_map(|y| (0..picture.width).map(move |x| (x, y)))
            .map(|(x, y)| {
                let [r, g, b, _] = picture.texel(x, y);
                within_gamut(Vec3::new(r, g, b))
            })
            .collect();
        let mut coarse = vec![Vec3::ZERO; COARSE * COARSE / 2];
        let (width, height) = (picture.width as usize, picture.height as usize);
        for y in 0..height {
            let solid_angle = polar(y, height).sin()
                * (std::f32::consts::PI / height as f32)
                * (std::f32::consts::TAU / width as f32);
            for x in 0..width {
                coarse[(y * COARSE / 2 / height) * COARSE + x * COARSE / width] +=
                    texels[y * width + x] * solid_angle;
            }
        }
        Self {
            width: picture.width,
            height: picture.height,
            texels,
            coarse,
        }
    }

    /// Light on a surface facing `normal`, W/m² per channel, from the surroundings turned by `world_from_environment`.
    fn irradiance(&self, world_from_environment: Quat, normal: Vec3) -> Vec3 {
        let normal = world_from_environment.inverse() * normal;
        let mut sum = Vec3::ZERO;
        for (index, radiance) in self.coarse.iter().enumerate() {
            sum += *radiance * direction(index).dot(normal).max(0.0);
        }
        sum
    }

    /// The same of what comes in through a place's windows, and about what its linings send on: W/m² at `head` on a surface that faces `normal`. Never less
    /// than a twentieth of what would be there without walls.
    fn through_windows(
        &self,
        world_from_environment: Quat,
        head: Vec3,
        normal: Vec3,
        place: &Place,
    ) -> Vec3 {
        /// Share of all light that comes in which linings scatter to the face.
        const SCATTERED: f32 = 0.08;
        let is_open = |way: Vec3| {
            place.windows.iter().any(|window| {
                let across = window.edge_u.cross(window.edge_v);
                let t = (window.corner - head).dot(across) / way.dot(across);
                let at = head + way * t - window.corner;
                let (u, v) = (window.edge_u, window.edge_v);
                let (uu, vv, uv) = (u.dot(u), v.dot(v), u.dot(v));
                let (a, b, whole) = (at.dot(u), at.dot(v), uu * vv - uv * uv);
                let (s, r) = ((a * vv - b * uv) / whole, (b * uu - a * uv) / whole);
                t > 0.0 && (0.0..=1.0).contains(&s) && (0.0..=1.0).contains(&r)
            })
        };
        let mut sum = Vec3::ZERO;
        for (index, radiance) in self.coarse.iter().enumerate() {
            let way = world_from_environment * direction(index);
            if is_open(way) {
                sum += *radiance * (way.dot(normal).max(0.0) + SCATTERED);
            }
        }
        sum.max(self.irradiance(world_from_environment, normal) * 0.05)
    }

    /// The picture with each channel multiplied by `gain`.
    fn balanced(&self, gain: Vec3) -> Texture {
        let texels = self.texels.iter().map(|texel| (*texel * gain).to_array());
        Texture {
            width: self.width,
            height: self.height,
            texels: Texels::Rgb32(texels.collect()),
        }
    }
}

/// Unit, of a cell of the coarse picture, in the environment's axes.
fn direction(index: usize) -> Vec3 {
    let theta = polar(index / COARSE, COARSE / 2);
    let phi = ((index % COARSE) as f32 + 0.5) / COARSE as f32 * std::f32::consts::TAU
        - std::f32::consts::PI;
    Vec3::new(
        phi.sin() * theta.sin(),
        theta.cos(),
        -phi.cos() * theta.sin(),
    )
}

/// Angle from the zenith of row `y`'s middle.
fn polar(y: usize, rows: usize) -> f32 {
    (y as f32 + 0.5) / rows as f32 * std::f32::consts::PI
}

/// Channel gains that bring `light` near grey at the same luminance.
fn white_balance(light: Vec3) -> Vec3 {
    let grey = light.dot(LUMINANCE).max(1e-6);
    let gain = (Vec3::splat(grey) / light.max(Vec3::splat(1e-6)))
        .map(|g| g.clamp(0.1, 10.0).powf(WHITE_BALANCE));
    gain * (grey / (light * gain).dot(LUMINANCE).max(1e-6))
}

/// A rectangle of `width` × `height` metres at `position` facing `target` that gives `irradiance` (W/m²) there.
pub(crate) fn lamp(
    position: DVec3,
    target: DVec3,
    width: f32,
    height: f32,
    irradiance: f32,
    tint: Vec3,
) -> AreaLight {
    let axis = (target - position).as_vec3();
    let distance = axis.length();
    let forward = axis / distance;
    let right = forward.cross(Vec3::Y).normalize_or(Vec3::X);
    let up = right.cross(forward);
    // Small source: E = L·A/d².
    let radiance = tint * (irradiance * distance * distance / (width * height));
    // edge_u × edge_v must point forward, at the target.
    let (edge_u, edge_v) = (up * height, right * width);
    AreaLight {
        corner: position.as_vec3() - (edge_u + edge_v) * 0.5,
        edge_u,
        edge_v,
        radiance,
        visible: false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_light_of_one_gives_pi_on_every_side() {
        let white = Surroundings::new(&Texture {
            width: 256,
            height: 128,
            texels: Texels::Rgb32(vec![[1.0; 3]; 256 * 128]),
        });
        for normal in [Vec3::X, Vec3::Y, Vec3::NEG_Z, Vec3::new(0.6, 0.0, 0.8)] {
            let found = white.irradiance(Quat::from_rotation_y(1.0), normal);
            assert!(
                (found / std::f32::consts::PI - 1.0).abs().max_element() < 0.01,
                "{found}"
            );
        }
    }

    #[test]
    fn colours_outside_the_gamut_keep_their_luminance_and_lose_their_excess() {
        let violet = within_gamut(Vec3::new(0.3, 0.0, 2.0));
        assert!((violet.dot(LUMINANCE) - Vec3::new(0.3, 0.0, 2.0).dot(LUMINANCE)).abs() < 1e-6);
        assert!(violet.min_element() >= LEAST_CHANNEL * violet.dot(LUMINANCE) - 1e-6);
        let skin = Vec3::new(0.6, 0.4, 0.3);
        assert_eq!(within_gamut(skin), skin);
    }

    #[test]
    fn white_balance_takes_most_of_a_cast_and_no_light() {
        let blue = Vec3::new(0.5, 1.0, 2.0);
        let seen = blue * white_balance(blue);
        assert!(
            seen.z / seen.x < 1.5,
            "the cast was 4, now {}",
            seen.z / seen.x
        );
        assert!((seen.dot(LUMINANCE) / blue.dot(LUMINANCE) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_lamp_faces_its_target() {
        let light = lamp(
            DVec3::new(1.0, 1.0, 1.0),
            DVec3::ZERO,
            0.1,
            0.2,
            1.0,
            Vec3::ONE,
        );
        let normal = light.edge_u.cross(light.edge_v);
        assert!(normal.dot(Vec3::splat(-1.0)) > 0.0);
        assert!((normal.length() - 0.02).abs() < 1e-6);
    }
}
