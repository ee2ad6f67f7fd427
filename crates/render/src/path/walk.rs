//! Paths that enter a turbid body and leave it elsewhere.
use super::{Path, vertex};
use crate::{
    bsdf::{
        Lobe, Vertex,
        layered::{Coat, Entry, Layered},
        walk::Turbid,
    },
    geometry::Spot,
    ray::{Ray, offset_origin},
    sampling::{Basis, cosine_hemisphere},
    shading::Facing,
    world::World,
};
use scene::material::Interior;

/// Highlights are a small share of skin's light but bright: they are looked for at least this often where the camera sees them.
const LEAST_REFLECTED: f32 = 0.25;

impl World<'_> {
    /// Whether two objects are one body: a head and a trunk painted apart are.
    fn is_same_body(&self, entered: u32, other: u32) -> bool {
        entered == other
            || self.geometry.thing(entered).instance == self.geometry.thing(other).instance
                && matches!(self.material(other).interior, Interior::RandomWalk { .. })
    }

    /// The surface reflects, or lets in what wanders below it; `false` when the path ends.
    pub(super) fn meet_turbid(
        &self,
        path: &mut Path<'_>,
        spot: &Spot,
        facing: &Facing,
        coat: &Coat,
        turbid: &Turbid,
    ) -> bool {
        let o = facing.basis.local(-path.ray.direction);
        let entry = Entry::new(coat);
        let through = entry.through(o.z) * (1.0 - coat.metallic);
        let least = if path.bounces == 0 {
            LEAST_REFLECTED
        } else {
            0.0
        };
        let p_reflect = if coat.specular > 0.0 || coat.metallic > 0.0 {
            (1.0 - through).clamp(least, 1.0)
        } else {
            0.0
        };
        let u = path.points.next();
        if u[3] < p_reflect {
            path.throughput /= p_reflect;
            let layered = Layered::new(coat, o).reflection_only();
            return self.turn(path, &vertex(spot, facing, Lobe::Layered(layered)), None);
        }
        path.throughput *= through / (1.0 - p_reflect);
        // Light below forgets the relief.
        let inward = Basis::around(-spot.smooth).world(cosine_hemisphere([u[0], u[1]]));
        let mut dice = path.points.dice();
        let emerged = turbid.walk(
            offset_origin(spot.position, -spot.face),
            inward,
            &mut dice,
            |step| self.leaves(step, spot.object),
        );
        let Some(emerged) = emerged else {
            return false;
        };
        path.throughput *= emerged.weight;
        let exit = emerged.exit.as_ref().unwrap_or(spot);
        let vertex = Vertex {
            point: exit.position,
            start: exit.start(exit.face),
            face: exit.face,
            basis: Basis::around(exit.smooth),
            lobe: Lobe::Entry(entry),
        };
        self.turn(path, &vertex, None)
    }

    /// Where a step below the surface of a body crosses it.
    fn leaves(&self, step: &Ray, object: u32) -> Option<(f32, Spot)> {
        let crossing = self.geometry.bvh.closest(step, |crossing| {
            self.is_same_body(object, self.geometry.source(crossing.id).0)
        })?;
        Some((crossing.t, self.geometry.spot(&crossing)))
    }
}
