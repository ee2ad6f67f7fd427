//! Light that leaves skin a little away from where it entered.
use crate::{
    bsdf::diffusion::Profile,
    geometry::Spot,
    ray::Ray,
    sampling::{Basis, Points, mix, unit},
    world::World,
};
use glam::{Vec3, Vec3A};
use scene::material::Interior;
use std::f32::consts::TAU;

/// Share of probes along the normal; the two tangents have half of the rest each.
const ALONG_NORMAL: f32 = 0.8;
/// Largest weight; larger ones are cut. Diffusion moves light and is estimated as a difference: cutting moves a little less at sharp creases, and
/// loses none.
const MOST: f32 = 3.0;
/// Softened terminators are reached by diffusion on a surface of this radius: that of nose, lips and cheeks.
const FEATURE_RADIUS_M: f32 = 0.02;

/// Diffuse mean free path of a material, metres; `None` where light leaves where it came in.
///
/// [`Interior::SoftSkin`] asks for a terminator softened by an angle. On a feature of radius 2 cm that is light wandering `wrap × 2 cm`.
pub(crate) fn mean_free_path(interior: Interior) -> Option<Vec3> {
    match interior {
        Interior::Skin { radius_m } => Some(radius_m),
        Interior::SoftSkin { wrap } => Some(wrap * FEATURE_RADIUS_M),
        Interior::Opaque
        | Interior::RandomWalk { .. }
        | Interior::ThinClear { .. }
        | Interior::Glass { .. }
        | Interior::Hair { .. }
        | Interior::Fibre => None,
    }
}

impl World<'_> {
    /// Whether light may wander from one object into the other: a head and a body painted apart are one skin, or a dark line would run
    /// along their seam.
    fn is_same_skin(&self, entered: u32, left: u32) -> bool {
        entered == left
            || self.geometry.thing(entered).instance == self.geometry.thing(left).instance
                && mean_free_path(self.material(entered).interior).is_some()
    }

    /// A place where light that leaves at `exit` entered, with its weight per channel (profile ÷ density); `None` when the probe misses the skin.
    ///
    /// The weight's mean is 1 on a plane; on curved or thin skin it is what the profile gives for straight distances.
    pub(crate) fn entry(
        &self,
        exit: &Spot,
        normal: Vec3A,
        profile: &Profile,
        points: &mut Points,
    ) -> Option<(Spot, Vec3A)> {
        let u = points.next();
        let frame = Basis::around(normal);
        let axes = [
            (frame.z, frame.x, frame.y, ALONG_NORMAL),
            (frame.x, frame.y, frame.z, 0.5 - 0.5 * ALONG_NORMAL),
            (frame.y, frame.z, frame.x, 0.5 - 0.5 * ALONG_NORMAL),
        ];
        let (axis, a, b, _) = axes[if u[2] < ALONG_NORMAL {
            0
        } else {
            1 + usize::from(u[2] >= 0.5 + 0.5 * ALONG_NORMAL)
        }];
        let (r, end) = profile.sample(profile.channel(u[3]), u[0]);
        let (sin, cos) = (TAU * u[1]).sin_cos();
        let half = (end * end - r * r).max(0.0).sqrt();
        let origin = exit.position + (a * cos + b * sin) * r + axis * half;
        let probe = Ray {
            origin,
            direction: -axis,
            t_max: 2.0 * half,
        };
        let weigh = |spot: &Spot| {
            let between = spot.position - exit.position;
            let range = between.length();
            let mut density = 0.0;
            for (axis, a, b, share) in axes {
                let across = (between.dot(a).powi(2) + between.dot(b).powi(2)).sqrt();
                density += share * spot.face.dot(axis).abs() * profile.density(across, range);
            }
            if density > 0.0 {
                profile.value(range, range) / density
            } else {
                Vec3A::ZERO
            }
        };
        // Of several crossings, one is kept by its weight: lids and lips have an inside.
        let key = points.key();
        let mut sum = 0.0;
        let mut kept = None;
        self.geometry.bvh.visit(&probe, |crossing, t_max| {
            if self.is_same_skin(self.geometry.source(crossing.id).0, exit.object) {
                let spot = self.geometry.spot(crossing);
                let weight = weigh(&spot);
                let size = weight.element_sum();
                sum += size;
                if size > 0.0 && unit(mix(key ^ crossing.id)) * sum < size {
                    kept = Some((spot, weight / size));
                }
            }
            t_max
        });
        kept.map(|(spot, colour)| (spot, (colour * sum).min(Vec3A::splat(MOST))))
    }
}
