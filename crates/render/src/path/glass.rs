//! Paths through solid bodies of glass.
//!
//! Smooth boundaries turn nothing at random but the choice to reflect: what is seen through them counts as seen directly, as behind clear sheets.
//! Rays to lights end at solid glass; light behind it is found by scattering only.
use super::{FirstSurface, Path, vertex};
use crate::{
    bsdf::{Lobe, glass::Glass},
    geometry::Spot,
    media::Medium,
    ray::Ray,
    shading::{self, Facing},
    world::World,
};
use glam::Vec3A;
use scene::Material;

/// What a body of a material is filled with.
fn filling(material: &Material, object: u32, absorption: Vec3A) -> Medium {
    Medium {
        object,
        ior: material.ior,
        absorption,
    }
}

impl World<'_> {
    /// The boundary of a body with an absorption (m⁻¹) reflects or lets pass; `false` when the path ends.
    pub(super) fn meet_glass(
        &self,
        path: &mut Path<'_>,
        spot: &Spot,
        material: &Material,
        facing: &Facing,
        absorption: Vec3A,
    ) -> bool {
        let body = filling(material, spot.object, absorption);
        let (near, far) = if spot.face.dot(facing.face) > 0.0 {
            let mut far = path.media;
            far.enter(body);
            (path.media.ior(), far)
        } else {
            if path.media.is_empty() {
                // The camera is inside.
                let distance = (spot.position - path.ray.origin).length();
                path.throughput *= body.through(distance);
            }
            (body.ior, path.media.without(spot.object))
        };
        let eta = far.ior() / near;
        let o = facing.basis.local(-path.ray.direction);
        let glass = Glass::new(shading::coat(material, spot.uv).alpha, eta, o);
        let vertex = vertex(spot, facing, Lobe::Glass(glass));
        let goes_on = if glass.is_smooth() {
            if !path.passes() {
                return false;
            }
            let u = path.points.next();
            let Some(scattered) = vertex.sample(u) else {
                return false;
            };
            if vertex.is_beyond(scattered.direction) {
                // The first surface seen is the one behind.
                if path.bounces > 0 {
                    path.source = vertex.point;
                }
            } else {
                if path.bounces >= path.limits.max_bounces {
                    return false;
                }
                path.bounces += 1;
                path.source = vertex.point;
            }
            path.throughput *= scattered.weight;
            path.density = scattered.density;
            path.ray = Ray::new(vertex.origin(scattered.direction), scattered.direction);
            true
        } else {
            path.bounces < path.limits.max_bounces && self.turn(path, &vertex, None)
        };
        if goes_on && vertex.is_beyond(path.ray.direction) {
            path.media = far;
            path.spread *= eta * eta;
        }
        goes_on
    }
}

/// What a denoiser is told of glass with nothing behind it.
pub(super) fn clear_surface(facing: &Facing, range_m: f32) -> FirstSurface {
    FirstSurface {
        albedo: Vec3A::ONE,
        normal: facing.basis.z,
        range_m,
        hair: false,
    }
}
