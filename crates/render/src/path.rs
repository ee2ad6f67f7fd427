//! Light transport: unidirectional paths with next-event estimation.
//!
//! At each surface one light is aimed at and one direction is scattered into; the two estimates of direct light are combined by the power heuristic
//! (Veach 1997). From the fourth surface on, paths end by Russian roulette. Clear sheets do not bend rays: what they do not reflect goes straight on, both
//! for paths and for rays to lights, so that nothing behind a lens or a cornea is lit by chance hits only.
use crate::{
    bsdf::{ggx::AlbedoTable, layered::Layered},
    bvh::Crossing,
    geometry::{CLEAR_MATERIAL, CUT_OUT, Geometry},
    lens::Lens,
    light::Lights,
    ray::{Ray, offset_origin},
    sampling::{Points, luminance, mix, power_heuristic, unit},
    shading::{self, Facing},
};
use glam::Vec3A;
use scene::{Material, Scene, material::Interior};

/// Clear sheets a path may pass.
const MAX_SHEETS: u32 = 32;
/// Surfaces before Russian roulette begins.
const SURE_BOUNCES: u32 = 3;

/// What paths need of a scene.
#[derive(Debug)]
pub(crate) struct World<'s> {
    pub(crate) scene: &'s Scene,
    pub(crate) geometry: Geometry<'s>,
    pub(crate) lights: Lights,
    pub(crate) lens: Lens,
}

/// How far a path goes and what it may bring home.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_bounces: u32,
    pub(crate) indirect_clamp: Option<f32>,
    pub(crate) estimator: Estimator,
}

/// Which estimates of direct light are used; anything but [`Estimator::Both`] is for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Estimator {
    /// Aimed and scattered, combined.
    Both,
    /// Aimed at lights only.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the tests compare the estimators")
    )]
    Aimed,
    /// Found by scattering only.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the tests compare the estimators")
    )]
    Scattered,
}

impl Estimator {
    fn weight_aimed(self, aimed: f32, scattered: f32) -> f32 {
        match self {
            Self::Both => power_heuristic(aimed, scattered),
            Self::Aimed => 1.0,
            Self::Scattered => 0.0,
        }
    }

    fn weight_scattered(self, scattered: f32, aimed: f32) -> f32 {
        match self {
            Self::Both => power_heuristic(scattered, aimed),
            Self::Aimed => 0.0,
            Self::Scattered => 1.0,
        }
    }
}

/// What the first surface that is not a clear sheet looks like: guides for the denoiser.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct First {
    pub(crate) albedo: Vec3A,
    pub(crate) normal: Vec3A,
    pub(crate) depth: f32,
}

/// Where the last scattering happened.
#[derive(Debug, Clone, Copy)]
struct Source {
    point: Vec3A,
    /// Density of the direction taken; infinite for the camera.
    density: f32,
}

impl World<'_> {
    fn material(&self, object: u32) -> &Material {
        &self.scene.materials[self.geometry.object(object).material.0 as usize]
    }

    /// Nearest surface that is not cut out. `key` decides half-transparent texels.
    fn nearest(&self, ray: &Ray, key: u32) -> Option<Crossing> {
        let mut nearest = None;
        self.geometry.bvh.visit(ray, |crossing, t_max| {
            if crossing.flags & CUT_OUT != 0
                && unit(mix(key ^ mix(crossing.id))) >= self.geometry.alpha(crossing)
            {
                return t_max;
            }
            nearest = Some(*crossing);
            crossing.t
        });
        nearest
    }

    /// Fraction of light that comes through along a ray, per channel.
    fn transmittance(&self, ray: &Ray) -> Vec3A {
        let mut through = Vec3A::ONE;
        self.geometry.bvh.visit(ray, |crossing, t_max| {
            let mut here = Vec3A::ZERO;
            if crossing.flags & CLEAR_MATERIAL != 0 {
                let spot = self.geometry.spot(crossing);
                let material = self.material(spot.object);
                let facing = shading::facing(&spot, material, -ray.direction, 0.0);
                here = sheet_transmittance(material, &spot, facing.basis.z.dot(-ray.direction));
            }
            if crossing.flags & CUT_OUT != 0 {
                let alpha = self.geometry.alpha(crossing).clamp(0.0, 1.0);
                here = Vec3A::splat(1.0 - alpha) + here * alpha;
            }
            through *= here;
            if through == Vec3A::ZERO { -1.0 } else { t_max }
        });
        through
    }

    /// Radiance that arrives along a camera ray.
    pub(crate) fn radiance(
        &self,
        mut ray: Ray,
        points: &mut Points,
        limits: &Limits,
        first: &mut First,
    ) -> Vec3A {
        let mut total = Vec3A::ZERO;
        let mut throughput = Vec3A::ONE;
        let mut source = Source {
            point: ray.origin,
            density: f32::INFINITY,
        };
        let mut bounces = 0;
        let mut sheets = 0;
        let mut travelled = 0.0;
        let camera_origin = ray.origin;
        loop {
            let hit = self.nearest(&ray, points.key());
            // Panels never block anything but the camera's view.
            let reach = hit.as_ref().map_or(f32::INFINITY, |crossing| crossing.t);
            for panel in &self.lights.panels {
                let Some(t) = panel.hit(ray.origin, ray.direction) else {
                    continue;
                };
                if t >= reach {
                    continue;
                }
                if bounces == 0 {
                    if panel.visible {
                        return total + throughput * panel.radiance;
                    }
                    continue;
                }
                // Sheets in between do not bend the ray: the panel was aimed at from the last scattering.
                let distance = t + (ray.origin - source.point).dot(ray.direction);
                let aimed = self
                    .lights
                    .panel_density(panel, source.point, ray.direction, distance);
                let weight = limits.estimator.weight_scattered(source.density, aimed);
                total += limits.clamp(throughput * panel.radiance * weight, bounces);
            }
            let Some(crossing) = hit else {
                if let Some(sky) = &self.lights.sky {
                    if bounces == 0 {
                        let seen = sky.backdrop(ray.direction);
                        if sheets == 0 {
                            first.albedo = Vec3A::ONE;
                        }
                        return total + throughput * seen;
                    }
                    let aimed = self.lights.sky_density(source.point, ray.direction);
                    let weight = limits.estimator.weight_scattered(source.density, aimed);
                    total +=
                        limits.clamp(throughput * sky.radiance(ray.direction) * weight, bounces);
                }
                return total;
            };
            let spot = self.geometry.spot(&crossing);
            let material = self.material(spot.object);
            let o = -ray.direction;
            travelled += crossing.t;
            let pixel_m = if bounces == 0 {
                travelled * self.lens.pixel_width()
            } else {
                0.0
            };
            let facing = shading::facing(&spot, material, o, pixel_m);
            let emission = Vec3A::from(material.emission);
            if emission != Vec3A::ZERO {
                total += limits.clamp(throughput * emission, bounces);
            }
            let local_o = facing.basis.local(o);
            let u = points.next();
            if let Interior::ThinClear { .. } = material.interior {
                sheets += 1;
                if sheets > MAX_SHEETS {
                    return total;
                }
                let straight = sheet_transmittance(material, &spot, local_o.z);
                let reflected = 1.0 - straight_fraction(material, &spot, local_o.z);
                // Reflections are rare but bright: look for them more often than their share.
                let p_reflect = if bounces == 0 {
                    reflected.clamp(0.2, 0.8)
                } else {
                    reflected
                };
                if u[3] >= p_reflect {
                    throughput *= straight / (1.0 - p_reflect);
                    ray = Ray::new(offset_origin(spot.position, -facing.face), ray.direction);
                    continue;
                }
                throughput /= p_reflect;
            } else if bounces == 0 {
                *first = First {
                    albedo: shading::base_colour(material, spot.uv),
                    normal: facing.basis.z,
                    depth: (spot.position - camera_origin).length(),
                };
            }
            if bounces >= limits.max_bounces {
                return total;
            }
            bounces += 1;
            let mut layered = Layered::new(&shading::coat(material, spot.uv), local_o);
            if let Interior::ThinClear { .. } = material.interior {
                layered = layered.reflection_only();
            }
            let origin = offset_origin(spot.start(facing.face), facing.face);
            total += self.direct(
                &layered, &facing, origin, throughput, points, limits, bounces,
            );
            let Some(scattered) = layered.sample([u[0], u[1], u[2]]) else {
                return total;
            };
            throughput *= scattered.weight;
            if bounces > SURE_BOUNCES {
                let survive = throughput.max_element().min(0.95);
                if u[3] >= survive {
                    return total;
                }
                throughput /= survive;
            }
            if throughput.max_element() <= 0.0 {
                return total;
            }
            source = Source {
                point: origin,
                density: scattered.density,
            };
            ray = Ray::new(origin, facing.basis.world(scattered.direction).normalize());
        }
    }

    /// Light that comes straight from a light.
    #[expect(
        clippy::too_many_arguments,
        reason = "all of a path's state; a struct for one call would only rename it"
    )]
    fn direct(
        &self,
        lobe: &Layered,
        facing: &Facing,
        origin: Vec3A,
        throughput: Vec3A,
        points: &mut Points,
        limits: &Limits,
        bounces: u32,
    ) -> Vec3A {
        let u = points.next();
        let Some(aimed) = self.lights.aim(origin, [u[0], u[1], u[2]]) else {
            return Vec3A::ZERO;
        };
        let (value, density) = lobe.evaluate(facing.basis.local(aimed.direction));
        if value == Vec3A::ZERO || aimed.density <= 0.0 {
            return Vec3A::ZERO;
        }
        let weight = limits.estimator.weight_aimed(aimed.density, density);
        let light = throughput * value * aimed.radiance * (weight / aimed.density);
        if luminance(light) <= 0.0 {
            return Vec3A::ZERO;
        }
        let through = self.transmittance(&Ray {
            origin,
            direction: aimed.direction,
            t_max: aimed.distance,
        });
        limits.clamp(light * through, bounces)
    }
}

impl Limits {
    /// Indirect light is what was scattered at least twice on its way.
    fn clamp(&self, light: Vec3A, bounces: u32) -> Vec3A {
        match self.indirect_clamp {
            Some(limit) if bounces > 1 => {
                let largest = light.max_element();
                if largest > limit {
                    light * (limit / largest)
                } else {
                    light
                }
            }
            _ => light,
        }
    }
}

/// What a clear sheet lets through, before its tint.
fn straight_fraction(material: &Material, spot: &crate::geometry::Spot, cosine: f32) -> f32 {
    let coat = shading::coat(material, spot.uv);
    1.0 - AlbedoTable::get()
        .directional(cosine, coat.alpha)
        .with(coat.specular * coat.f0, coat.specular)
}

fn sheet_transmittance(material: &Material, spot: &crate::geometry::Spot, cosine: f32) -> Vec3A {
    match material.interior {
        Interior::ThinClear { tint } => {
            Vec3A::from(tint) * straight_fraction(material, spot, cosine)
        }
        _ => Vec3A::ZERO,
    }
}
