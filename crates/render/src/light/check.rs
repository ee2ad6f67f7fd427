//! Refuses lights that would put NaN or energy from nowhere into the picture.
use crate::error::RenderError;
use glam::Vec3;
use scene::{AreaLight, light};

/// More lights than this are refused.
pub(super) const MOST_LIGHTS: usize = 1 << 24;
/// As for meshes: beyond this, squares of squares leave the range of f32.
const FAR_M: f32 = 1e6;

fn fault(light: String, found: String) -> RenderError {
    RenderError::Light { light, found }
}

fn shines(name: &str, value: Vec3) -> Option<String> {
    (!(value.is_finite() && value.min_element() >= 0.0))
        .then(|| format!("its {name} is {value}, not finite and at least 0"))
}

fn near(name: &str, value: Vec3) -> Option<String> {
    (!(value.is_finite() && value.abs().max_element() <= FAR_M))
        .then(|| format!("its {name} is {value}, not finite and within {FAR_M} m"))
}

fn refuse(light: impl FnOnce() -> String, found: Option<String>) -> Result<(), RenderError> {
    found.map_or(Ok(()), |found| Err(fault(light(), found)))
}

pub(super) fn area_light(index: usize, light: &AreaLight) -> Result<(), RenderError> {
    refuse(
        || format!("area light {index}"),
        near("corner", light.corner)
            .or_else(|| near("first edge", light.edge_u))
            .or_else(|| near("second edge", light.edge_v))
            .or_else(|| shines("radiance", light.radiance)),
    )
}

pub(super) fn point_light(index: usize, light: &light::PointLight) -> Result<(), RenderError> {
    let infrared = light.near_infrared_intensity;
    refuse(
        || format!("point light {index}"),
        near("position", light.position)
            .or_else(|| {
                (!(0.0..=FAR_M).contains(&light.radius_m))
                    .then(|| format!("its radius is {} m, not 0 to {FAR_M} m", light.radius_m))
            })
            .or_else(|| shines("intensity", light.intensity))
            .or_else(|| {
                (!(infrared.is_finite() && infrared >= 0.0)).then(|| {
                    format!("its near-infrared intensity is {infrared}, not finite and at least 0")
                })
            })
            .or_else(|| light.beam.fault()),
    )
}

pub(super) fn sun(sun: &light::Sun) -> Result<(), RenderError> {
    let unit = (sun.direction.length_squared() - 1.0).abs() < 1e-3;
    let radius = sun.angular_radius;
    refuse(
        || "sun".to_owned(),
        (!(sun.direction.is_finite() && unit))
            .then(|| format!("its direction is {}, not a unit vector", sun.direction))
            .or_else(|| shines("irradiance", sun.irradiance))
            .or_else(|| {
                (!(0.0..=1.57).contains(&radius))
                    .then(|| format!("its angular radius is {radius} rad, not 0 to π/2"))
            }),
    )
}

pub(super) fn count(found: usize) -> Result<(), RenderError> {
    if found > MOST_LIGHTS {
        return Err(RenderError::TooManyLights {
            found,
            most: MOST_LIGHTS,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_million_lights_are_allowed_and_more_than_the_limit_refused() {
        assert!(count(10_000_000).is_ok());
        let found = count(MOST_LIGHTS + 1).expect_err("refused").to_string();
        assert!(found.contains("16777217"), "{found}");
    }
}
