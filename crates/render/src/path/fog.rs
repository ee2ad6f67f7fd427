//! Paths through fog.
use super::Path;
use crate::{
    bsdf::{
        Lobe, Vertex,
        phase::{MOST_FORWARD, Phase},
    },
    error::RenderError,
    ray::Ray,
    sampling::Basis,
    world::World,
};
use glam::Vec3A;
use scene::light;

/// Evenly thick fog in a box. Nothing scatters outside; bodies of glass hold none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fog {
    /// m⁻¹.
    extinction: f32,
    albedo: Vec3A,
    phase: Phase,
    low: Vec3A,
    high: Vec3A,
}

impl Fog {
    /// `None` where there is nothing to scatter.
    pub(crate) fn new(fog: &light::Fog) -> Result<Option<Self>, RenderError> {
        let fault = |found: String| {
            Err(RenderError::Light {
                light: "fog".to_owned(),
                found,
            })
        };
        let [low, high] = fog.bounds;
        if !(fog.extinction_per_m.is_finite() && fog.extinction_per_m >= 0.0) {
            return fault(format!(
                "its extinction is {} per metre, not finite and at least 0",
                fog.extinction_per_m
            ));
        }
        let albedo = fog.albedo;
        if !(albedo.is_finite() && albedo.min_element() >= 0.0 && albedo.max_element() <= 1.0) {
            return fault(format!("its albedo is {albedo}, not within 0 to 1"));
        }
        if !(-MOST_FORWARD..=MOST_FORWARD).contains(&fog.forward) {
            return fault(format!(
                "its mean cosine is {}, not within ±{MOST_FORWARD}",
                fog.forward
            ));
        }
        if !(low.is_finite() && high.is_finite() && low.cmple(high).all()) {
            return fault(format!(
                "its box runs from {low} to {high}, not from low to high and finite"
            ));
        }
        Ok((fog.extinction_per_m > 0.0).then(|| Self {
            extinction: fog.extinction_per_m,
            albedo: albedo.into(),
            phase: Phase {
                forward: fog.forward,
            },
            low: low.into(),
            high: high.into(),
        }))
    }

    /// Where a ray is in the fog before `reach`: distances, the first one at least 0.
    fn span(&self, ray: &Ray, reach: f32) -> Option<(f32, f32)> {
        let inverse = ray.direction.recip();
        let (a, b) = (
            (self.low - ray.origin) * inverse,
            (self.high - ray.origin) * inverse,
        );
        // `min` and `max` of numbers ignore NaN from 0 × ∞.
        let near = a.x.min(b.x).max(a.y.min(b.y)).max(a.z.min(b.z)).max(0.0);
        let far = a.x.max(b.x).min(a.y.max(b.y)).min(a.z.max(b.z)).min(reach);
        (near < far).then_some((near, far))
    }

    /// Fraction of light left along a ray (Beer–Lambert).
    pub(super) fn through(&self, ray: &Ray) -> f32 {
        self.span(ray, ray.t_max)
            .map_or(1.0, |(near, far)| (-self.extinction * (far - near)).exp())
    }

    /// Distance at which a ray is scattered before `reach`, as often as it would be; `None` when it gets through.
    pub(super) fn scatters(&self, ray: &Ray, reach: f32, u: f32) -> Option<f32> {
        let (near, far) = self.span(ray, reach)?;
        let distance = near - (1.0 - u).ln() / self.extinction;
        (distance < far).then_some(distance)
    }
}

impl World<'_> {
    /// A path turns in the fog, `distance` ahead; `false` when it ends.
    pub(super) fn meet_fog(&self, path: &mut Path<'_>, fog: &Fog, distance: f32) -> bool {
        if path.bounces >= path.limits.max_bounces {
            return false;
        }
        path.throughput *= fog.albedo;
        let ahead = path.ray.direction;
        let point = path.ray.origin + ahead * distance;
        let vertex = Vertex {
            point,
            start: point,
            face: ahead,
            basis: Basis::around(ahead),
            lobe: Lobe::Phase(fog.phase),
        };
        self.turn(path, &vertex, None)
    }
}
