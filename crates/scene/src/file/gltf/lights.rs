//! Lights and cameras: what a node points with.
use std::sync::Arc;

use glam::{DMat3, DMat4, DVec2, DVec3, Quat, Vec3};

use super::extras::{OfCamera, OfLight};
use super::json::{Light, Root};
use super::nodes::{self, Nodes};
use crate::Camera;
use crate::file::error::quoted;
use crate::file::model::LONGER_SIDE_PX;
use crate::file::{FileError, Model, Viewpoint};
use crate::light::{Beam, Photometry, PointLight, Sun};

/// Half of the angle under which the sun is seen from Earth, radians.
const SUN_RADIUS: f32 = 0.00465;

/// `KHR_lights_punctual`.
pub(super) fn lights(root: &Root, nodes: &Nodes, model: &mut Model) -> Result<(), FileError> {
    let lights = &root.extensions.punctual.lights;
    for &index in &nodes.drawn {
        let Some(reference) = &root.nodes[index].extensions.punctual else {
            continue;
        };
        let light = lights.get(reference.light).ok_or_else(|| {
            FileError::new(
                nodes::name(root, index),
                format!(
                    "names light {}, but there are {}",
                    reference.light,
                    lights.len()
                ),
            )
        })?;
        let place = if light.name.is_empty() {
            format!("light {}", reference.light)
        } else {
            format!("light {} ({})", reference.light, quoted(&light.name))
        };
        let world = nodes.world[index];
        let strength = strength(&place, light)?;
        let axis = || {
            world
                .transform_vector3(DVec3::NEG_Z)
                .try_normalize()
                .map(glam::DVec3::as_vec3)
                .ok_or_else(|| {
                    FileError::new(
                        nodes::name(root, index),
                        "is flattened, so that its light has no direction",
                    )
                })
        };
        let extras = root.nodes[index]
            .extras
            .0
            .as_ref()
            .and_then(|extras| extras.light.as_ref());
        let beam = match light.kind.as_str() {
            "point" => Beam::Uniform,
            "spot" => {
                let (inner, outer) = light
                    .spot
                    .as_ref()
                    .map_or((0.0, std::f32::consts::FRAC_PI_4), |spot| {
                        (spot.inner_cone_angle, spot.outer_cone_angle)
                    });
                if !(0.0 <= inner && inner < outer && outer <= std::f32::consts::FRAC_PI_2) {
                    return Err(FileError::new(
                        place,
                        format!(
                            "its cones are {inner} and {outer} rad wide; 0 ≤ inner < outer ≤ π/2"
                        ),
                    ));
                }
                Beam::Spot {
                    axis: axis()?,
                    inner,
                    outer,
                }
            }
            "directional" => {
                let sun = Sun {
                    direction: -axis()?,
                    irradiance: strength,
                    angular_radius: extras
                        .and_then(|extras| extras.angular_radius)
                        .unwrap_or(SUN_RADIUS),
                };
                let brighter = model
                    .sun
                    .is_none_or(|other| other.irradiance.element_sum() < strength.element_sum());
                if model.sun.is_some() {
                    model.note("of several directional lights the brightest is kept");
                }
                if brighter {
                    model.sun = Some(sun);
                }
                continue;
            }
            kind => {
                return Err(FileError::new(
                    place,
                    format!(
                        "type {} is none of directional, point and spot",
                        quoted(kind)
                    ),
                ));
            }
        };
        model.point_lights.push(PointLight {
            position: world.transform_point3(DVec3::ZERO).as_vec3(),
            radius_m: extras.map_or(0.0, |extras| extras.radius_m),
            intensity: strength,
            near_infrared_intensity: extras
                .map_or(strength.x, |extras| extras.near_infrared_intensity),
            beam: extras.map_or(beam.clone(), |extras| of_ours(beam, extras)),
        });
    }
    Ok(())
}

/// The beam of a light of ours that glTF has a rougher word for.
fn of_ours(beam: Beam, extras: &OfLight) -> Beam {
    if let (Beam::Spot { axis, .. }, Some(half_angle)) = (&beam, extras.half_angle) {
        return Beam::Diode {
            axis: *axis,
            half_angle,
        };
    }
    match &extras.measured {
        Some(measured) => Beam::Measured {
            profile: Arc::new(Photometry {
                vertical_deg: measured.vertical_deg.clone(),
                horizontal_deg: measured.horizontal_deg.clone(),
                relative: measured.relative.clone(),
            }),
            world_from_light: Quat::from_array(measured.world_from_light),
        },
        None => beam,
    }
}

fn strength(place: &str, light: &Light) -> Result<Vec3, FileError> {
    let strength = Vec3::from_array(light.color) * light.intensity;
    if strength.is_finite() && strength.min_element() >= 0.0 {
        Ok(strength)
    } else {
        Err(FileError::new(
            place,
            format!("its light is {strength}, which is not finite and at least 0"),
        ))
    }
}

/// Cameras with perspective.
pub(super) fn viewpoints(root: &Root, nodes: &Nodes, model: &mut Model) -> Result<(), FileError> {
    for &index in &nodes.drawn {
        let Some(number) = root.nodes[index].camera else {
            continue;
        };
        let camera = root.cameras.get(number).ok_or_else(|| {
            FileError::new(
                nodes::name(root, index),
                format!(
                    "names camera {number}, but there are {}",
                    root.cameras.len()
                ),
            )
        })?;
        let place = format!("camera {number}");
        let Some(perspective) = &camera.perspective else {
            model.note(format!("{place}: has no perspective and is left out"));
            continue;
        };
        if !(perspective.yfov > 1e-4 && perspective.yfov < 3.13) {
            return Err(FileError::new(
                place,
                format!(
                    "sees {} rad from top to bottom; more than 0.0001 and less than 3.13 can be drawn",
                    perspective.yfov
                ),
            ));
        }
        let aspect = perspective.aspect_ratio.unwrap_or(1.0);
        if !(0.01..=100.0).contains(&aspect) {
            return Err(FileError::new(
                place,
                format!("its picture is {aspect} times as wide as high; 0.01 to 100 can be drawn"),
            ));
        }
        let longer = f64::from(LONGER_SIDE_PX);
        let side = |share: f64| (longer * share).round().max(1.0) as u32;
        let (width_px, height_px) = (side(aspect.min(1.0)), side(1.0 / aspect.max(1.0)));
        let node_name = nodes::name(root, index);
        let (position, camera_from_world) = pose(&node_name, nodes.world[index])?;
        let level = Camera::look_at(
            DVec3::ZERO,
            DVec3::NEG_Z,
            DVec3::Y,
            perspective.yfov,
            width_px,
            height_px,
        );
        let name = if camera.name.is_empty() {
            &root.nodes[index].name
        } else {
            &camera.name
        };
        let ours = camera.extras.0.as_deref();
        let (camera, exposed) = match ours.and_then(|ours| restored(ours, perspective.yfov)) {
            Some(camera) => (camera, true),
            None => (level, false),
        };
        model.viewpoints.push(Viewpoint {
            name: name.clone(),
            camera: Camera {
                position,
                camera_from_world,
                ..camera
            },
            exposed,
        });
    }
    Ok(())
}

/// A camera of ours, unless its angle was changed since.
fn restored(ours: &OfCamera, yfov: f64) -> Option<Camera> {
    let [focal_px, principal_px] = [ours.focal_px, ours.principal_px].map(DVec2::from_array);
    let angle = 2.0 * (0.5 * f64::from(ours.height_px) / focal_px.y).atan();
    ((angle - yfov).abs() < 1e-6 && ours.width_px > 0).then(|| Camera {
        focal_px,
        principal_px,
        aperture_radius_m: ours.aperture_radius_m,
        focus_distance_m: ours.focus_distance_m,
        exposure_ev: ours.exposure_ev,
        ..Camera::look_at(
            DVec3::ZERO,
            DVec3::NEG_Z,
            DVec3::Y,
            yfov,
            ours.width_px,
            ours.height_px,
        )
    })
}

/// Position and rotation of a camera's node; scale does not matter to a camera, but it must have a direction.
fn pose(place: &str, world: DMat4) -> Result<(DVec3, DMat3), FileError> {
    let flat = || {
        FileError::new(place, "is flattened, so that its camera has no direction")
            .with_hint("give the camera's node a scale other than 0")
    };
    let forward = world
        .transform_vector3(DVec3::NEG_Z)
        .try_normalize()
        .ok_or_else(flat)?;
    let up = world.transform_vector3(DVec3::Y);
    let right = forward.cross(up).try_normalize().ok_or_else(flat)?;
    let down = forward.cross(right);
    Ok((
        world.transform_point3(DVec3::ZERO),
        DMat3::from_cols(right, down, forward).transpose(),
    ))
}
