//! Light transport: unidirectional paths with next-event estimation.
//!
//! At each surface one light is aimed at and one direction is scattered into; the two estimates of direct light are combined by the power heuristic
//! (Veach 1997). From the third surface on, paths end by Russian roulette. Clear sheets do not bend rays: what they do not reflect goes straight on, both
//! for paths and for rays to lights, so that nothing behind a lens or a cornea is lit by chance hits only. Solid glass bends them (`glass`). The first surface of skin is diffused
//! (`skin`) in direct light; indirect light is even enough to be taken as not wandering.
pub(crate) mod fog;
mod glass;
mod walk;

use crate::{
    bsdf::{
        Lobe, Vertex,
        diffusion::Profile,
        fibre::Fibre,
        layered::{Coat, Entry, Layered},
        walk::Turbid,
    },
    geometry::Spot,
    light::{Aimed, Met, Prospect},
    media::Media,
    ray::{Ray, offset_origin},
    sampling::{Basis, Points, luminance, power_heuristic},
    shading::{self, Facing},
    skin,
    world::{World, beyond_sheet, sheet_passes, sheet_tint},
};
use glam::{Vec3, Vec3A};
use scene::{Material, material::Interior};

/// Clear sheets and boundaries of glass before Russian roulette among them begins: many a path goes round in glass, and few for long.
const SURE_SHEETS: u32 = 32;
/// Share of paths that pass each further one.
const PASS_SHARE: f32 = 0.99;
/// Lights aimed at for each shadow ray, at the first surface and later.
const FIRST_CANDIDATES: u32 = 2;
const LATER_CANDIDATES: u32 = 1;
/// Spreads the candidates' second coordinate evenly whatever their number.
const GOLDEN: f32 = 0.618_034;
/// Light that brings less is nothing: its reciprocal could leave the range of f32.
const LEAST: f32 = 1e-30;
/// Surfaces before Russian roulette begins.
const SURE_BOUNCES: u32 = 2;

/// How far a path goes and what it may bring home.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_bounces: u32,
    pub(crate) indirect_clamp: Option<f32>,
    pub(crate) estimator: Estimator,
}

/// Which estimates of direct light are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Estimator {
    /// Aimed and scattered, combined.
    Both,
    /// Aimed at lights only.
    #[cfg(test)]
    Aimed,
    /// Found by scattering only.
    #[cfg(test)]
    Scattered,
}

impl Estimator {
    fn weight_aimed(self, aimed: &Aimed, scattered: f32) -> f32 {
        match self {
            _ if aimed.exclusive => 1.0,
            Self::Both => power_heuristic(aimed.density, scattered),
            #[cfg(test)]
            Self::Aimed => 1.0,
            #[cfg(test)]
            Self::Scattered => 0.0,
        }
    }

    fn weight_scattered(self, scattered: f32, aimed: f32) -> f32 {
        match self {
            Self::Both => power_heuristic(scattered, aimed),
            #[cfg(test)]
            Self::Aimed => 0.0,
            #[cfg(test)]
            Self::Scattered => 1.0,
        }
    }
}

/// What a camera ray saw behind clear sheets: guides for the denoiser.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct First {
    /// `None` where it saw the backdrop, or a light.
    pub(crate) surface: Option<FirstSurface>,
}

/// A surface as the denoiser knows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstSurface {
    pub(crate) albedo: Vec3A,
    /// Unit, with relief.
    pub(crate) normal: Vec3A,
    /// Metres from the camera.
    pub(crate) range_m: f32,
    pub(crate) hair: bool,
}

/// A path on its way.
#[derive(Debug)]
struct Path<'p> {
    limits: &'p Limits,
    points: &'p mut Points,
    ray: Ray,
    /// Radiance brought home so far.
    total: Vec3A,
    throughput: Vec3A,
    /// Where the last turn was, and the density of the direction taken; infinite at the camera.
    source: Vec3A,
    density: f32,
    /// Lights as seen from there.
    prospect: Prospect,
    /// Turns taken.
    bounces: u32,
    /// Clear sheets and boundaries of glass passed.
    sheets: u32,
    /// Bodies of glass around the ray.
    media: Media,
    /// What radiance regains when the ray has left them: the square of the index of refraction.
    spread: f32,
}

impl Path<'_> {
    /// Adds light that reaches the path's last turn.
    fn add(&mut self, light: Vec3A) {
        // Indirect light is what was scattered at least twice on its way.
        self.total += match self.limits.indirect_clamp {
            Some(limit) if self.bounces > 1 => {
                let largest = light.max_element();
                if largest > limit {
                    light * (limit / largest)
                } else {
                    light
                }
            }
            _ => light,
        };
    }
}

impl Path<'_> {
    /// Counts a clear sheet or a boundary of glass; `false` where the path ends there.
    fn passes(&mut self) -> bool {
        self.sheets += 1;
        if self.sheets <= SURE_SHEETS {
            return true;
        }
        self.throughput /= PASS_SHARE;
        self.points.next()[0] < PASS_SHARE
    }

    /// Adds light that scattering found, and that might have been aimed at.
    fn meet(&mut self, met: Met) {
        let weight = self
            .limits
            .estimator
            .weight_scattered(self.density, met.density);
        self.add(self.throughput * met.radiance * weight);
    }
}

impl World<'_> {
    /// Radiance that arrives along a camera ray.
    pub(crate) fn radiance(
        &self,
        ray: Ray,
        points: &mut Points,
        limits: &Limits,
        first: &mut First,
    ) -> Vec3A {
        let source = ray.origin;
        let mut path = Path {
            limits,
            points,
            ray,
            total: Vec3A::ZERO,
            throughput: Vec3A::ONE,
            source,
            density: f32::INFINITY,
            prospect: Prospect::NOWHERE,
            bounces: 0,
            sheets: 0,
            media: Media::default(),
            spread: 1.0,
        };
        while self.advance(&mut path, first) {}
        path.total
    }

    /// One leg of a path; `false` at its end.
    fn advance(&self, path: &mut Path<'_>, first: &mut First) -> bool {
        let hit = self.nearest(&path.ray, path.points.key());
        let reach = hit.as_ref().map_or(f32::INFINITY, |crossing| crossing.t);
        let scattered = match &self.fog {
            Some(fog) if path.media.is_empty() => {
                let u = path.points.next();
                fog.scatters(&path.ray, reach, u[0])
                    .map(|distance| (fog, distance))
            }
            _ => None,
        };
        let clear = scattered.map_or(reach, |(_, distance)| distance);
        if self.meet_panels(path, clear) {
            return false;
        }
        if let Some((fog, distance)) = scattered {
            return self.meet_fog(path, fog, distance);
        }
        let Some(crossing) = hit else {
            self.meet_sky(path);
            return false;
        };
        if !path.media.is_empty() {
            path.throughput *= path.media.through(crossing.t);
        }
        let spot = self.geometry.spot(&crossing);
        let whole = self.material(spot.object);
        let material = shading::shown(whole, &spot);
        let o = -path.ray.direction;
        let range_m = if path.bounces == 0 {
            (spot.position - path.source).length()
        } else {
            0.0
        };
        let wet = shading::wet(whole, &spot);
        let pixel_m = range_m * self.lens.pixel_width();
        let facing = shading::facing(&spot, material, o, pixel_m, wet);
        let emission = shading::emission(material, spot.uv);
        if emission != Vec3A::ZERO {
            self.meet_glow(path, &spot, emission);
        }
        if matches!(material.interior, Interior::ThinClear { .. }) {
            return self.meet_sheet(path, &spot, material, &facing, wet);
        }
        if let Interior::Glass { absorption_per_m } = material.interior {
            if path.bounces == 0 {
                first.surface = Some(glass::clear_surface(&facing, range_m));
            }
            return self.meet_glass(path, &spot, material, &facing, absorption_per_m.into());
        }
        if path.bounces == 0 {
            first.surface = Some(FirstSurface {
                albedo: shading::base_colour(material, spot.uv) * spot.tint,
                normal: facing.basis.z,
                range_m,
                hair: matches!(material.interior, Interior::Fibre | Interior::Hair { .. }),
            });
        }
        if path.bounces >= path.limits.max_bounces {
            return false;
        }
        if let Some((basis, hair)) = shading::hair(material, &spot, o) {
            return self.turn(
                path,
                &Vertex {
                    point: spot.far_side(),
                    start: spot.position,
                    face: facing.face,
                    basis,
                    lobe: Lobe::Hair(hair),
                },
                None,
            );
        }
        if matches!(material.interior, Interior::Fibre) {
            let basis = Basis::around(shading::strand(&spot));
            let mut coat = shading::coat(material, spot.uv);
            coat.base *= spot.tint;
            let fibre = Fibre::new(basis.local(o), coat.base, coat.alpha.sqrt(), material.ior);
            return self.turn(
                path,
                &Vertex {
                    point: spot.far_side(),
                    start: spot.position,
                    face: facing.face,
                    basis,
                    lobe: Lobe::Fibre(fibre),
                },
                None,
            );
        }
        let mut coat = shading::coat(material, spot.uv);
        coat.base *= spot.tint;
        if let Interior::RandomWalk { radius_m } = material.interior
            && spot.face.dot(facing.face) > 0.0
            && let Some(turbid) = Turbid::new(coat.base, radius_m.into())
        {
            return self.meet_turbid(path, &spot, &facing, &coat, &turbid);
        }
        let lobe = shading::lobe(material, &coat, &spot, facing.basis.local(o));
        let nearby = self.nearby(path, &spot, &facing, &coat);
        self.turn(path, &vertex(&spot, &facing, lobe), nearby.as_ref())
    }

    /// Light of panels on the way; `true` when the camera sees one.
    fn meet_panels(&self, path: &mut Path<'_>, reach: f32) -> bool {
        let ray = path.ray;
        if path.bounces == 0 {
            let mut seen = None;
            let mut nearest = reach;
            self.lights
                .panels_along(ray.origin, ray.direction, reach, |_, panel, t| {
                    if panel.visible && t < nearest {
                        nearest = t;
                        seen = Some(panel.radiance() * path.media.through(t));
                    }
                });
            if let Some(radiance) = seen {
                path.total += path.throughput * radiance;
            }
            return seen.is_some();
        }
        // Sheets passed since do not bend the ray: the panel was aimed at from the last turn.
        let passed = (ray.origin - path.source).dot(ray.direction);
        self.lights
            .panels_along(ray.origin, ray.direction, reach, |index, panel, t| {
                let density = self.lights.panel_density(
                    &path.prospect,
                    index,
                    panel,
                    ray.direction,
                    t + passed,
                );
                path.meet(Met {
                    radiance: panel.radiance() * path.media.through(t),
                    density,
                });
            });
        false
    }

    /// Light of a surface that glows.
    fn meet_glow(&self, path: &mut Path<'_>, spot: &Spot, emission: Vec3A) {
        if path.bounces == 0 {
            path.total += path.throughput * emission;
            return;
        }
        let density = self.lights.glow_density(
            &path.prospect,
            (spot.object, spot.triangle),
            path.ray.direction,
            (spot.position - path.source).length(),
        );
        path.meet(Met {
            radiance: emission,
            density,
        });
    }

    fn meet_sky(&self, path: &mut Path<'_>) {
        let direction = path.ray.direction;
        if path.bounces == 0 {
            path.total += path.throughput * self.lights.backdrop(direction);
            return;
        }
        let prospect = path.prospect;
        self.lights
            .beyond(&prospect, direction, |met| path.meet(met));
    }

    /// A clear sheet reflects or lets pass.
    fn meet_sheet(
        &self,
        path: &mut Path<'_>,
        spot: &Spot,
        material: &Material,
        facing: &Facing,
        wet: Option<Vec3>,
    ) -> bool {
        if !path.passes() {
            return false;
        }
        let o = facing.basis.local(-path.ray.direction);
        let passes = sheet_passes(material, spot, o.z);
        // Reflections in eyes and glasses are a small share but bright: look for them more often.
        let p_reflect = match path.bounces {
            bounces if bounces >= path.limits.max_bounces => 0.0,
            0 => (1.0 - passes).clamp(0.2, 0.8),
            _ => 1.0 - passes,
        };
        let u = path.points.next();
        if u[3] >= p_reflect {
            path.throughput *= sheet_tint(material) * (passes / (1.0 - p_reflect));
            // Only what is seen directly is bent: light that is aimed at lamps goes straight, and light found by scattering must go the same way.
            let direction = if path.bounces == 0 {
                match (
                    wet,
                    beyond_sheet(material, spot, facing, path.ray.direction),
                ) {
                    // A drop is a small lens.
                    (Some(slope), Some(direction)) => {
                        (direction - 0.33 * Vec3A::from(slope)).normalize_or(path.ray.direction)
                    }
                    (None, Some(direction)) => direction,
                    (_, None) => return false,
                }
            } else {
                path.ray.direction
            };
            path.ray = Ray::new(offset_origin(spot.position, -facing.face), direction);
            return path.throughput.max_element() > 0.0;
        }
        path.throughput /= p_reflect;
        let layered = Layered::new(&shading::coat(material, spot.uv), o).reflection_only();
        self.turn(path, &vertex(spot, facing, Lobe::Layered(layered)), None)
    }

    /// Where light that leaves a spot of skin may have entered instead; `None` where the surface is not skin, or the probe finds nothing.
    fn nearby(
        &self,
        path: &mut Path<'_>,
        spot: &Spot,
        facing: &Facing,
        coat: &Coat,
    ) -> Option<Nearby> {
        // Later surfaces are seen by nobody; back sides have no inside.
        if path.bounces > 0 || spot.face.dot(facing.face) < 0.0 {
            return None;
        }
        let free = skin::mean_free_path(self.material(spot.object).interior)?;
        let profile = Profile::new(coat.base, Vec3A::from(free))?;
        let entry = Entry::new(coat);
        let through = entry.through(facing.basis.z.dot(-path.ray.direction));
        let (place, weight) = self.entry(spot, facing.basis.z, &profile, path.points)?;
        // Diffusion forgets the relief: light enters through the smooth surface, from outside.
        let enters = |place: &Spot| Vertex {
            point: place.position,
            start: place.start(place.face),
            face: place.face,
            basis: Basis::around(place.smooth),
            lobe: Lobe::Entry(entry),
        };
        Some(Nearby {
            here: enters(spot),
            there: enters(&place),
            base: coat.base * through,
            weight,
        })
    }

    /// Direct light at a vertex, then a new direction; `false` when the path ends.
    fn turn(&self, path: &mut Path<'_>, vertex: &Vertex, nearby: Option<&Nearby>) -> bool {
        path.bounces += 1;
        self.aim(path, vertex, nearby);
        let u = path.points.next();
        let Some(scattered) = vertex.sample(u) else {
            return false;
        };
        path.throughput *= scattered.weight;
        let largest = path.throughput.max_element();
        if largest <= 0.0 {
            return false;
        }
        if path.bounces > SURE_BOUNCES {
            let survive = (largest * path.spread).min(0.95);
            if path.points.next()[0] >= survive {
                return false;
            }
            path.throughput /= survive;
        }
        path.source = vertex.point;
        path.density = scattered.density;
        path.ray = Ray::new(vertex.origin(scattered.direction), scattered.direction);
        true
    }

    /// Light that comes straight from a light.
    ///
    /// A few candidates are aimed, one is kept by about what it would bring if nothing were in the way, and only that one costs a ray (resampled importance sampling,
    /// Talbot et al. 2005). The candidates are stratified. Weights against scattering use the densities of single candidates: any weights that
    /// sum to one are right.
    ///
    /// With a nearby entry, what diffusion changes is added: the light that enters there instead of here, estimated by the same sample for both places, so
    /// that evenly lit skin is as free of noise as a matte wall. A light is taken to lie in the same direction from both.
    fn aim(&self, path: &mut Path<'_>, vertex: &Vertex, nearby: Option<&Nearby>) {
        let candidates = if path.bounces == 1 {
            FIRST_CANDIDATES
        } else {
            LATER_CANDIDATES
        };
        path.prospect = self.lights.prospect(vertex.point);
        let u = path.points.next();
        let mut coin = u[3];
        let mut sum = 0.0;
        let mut kept = None;
        for k in 0..candidates {
            let share = k as f32 / candidates as f32;
            let numbers = [
                share + u[0] / candidates as f32,
                (u[1] + k as f32 * GOLDEN).fract(),
                (u[2] + share).fract(),
            ];
            let Some(aimed) = self.lights.aim(&path.prospect, numbers) else {
                continue;
            };
            let (value, density) = vertex.evaluate(aimed.direction);
            let mut chosen = Chosen {
                value: value * path.limits.estimator.weight_aimed(&aimed, density),
                lost: Vec3A::ZERO,
                gained: Vec3A::ZERO,
                scale: 0.0,
                aimed,
            };
            let mut matters = chosen.value;
            if let Some(nearby) = nearby {
                let lost = nearby.base * nearby.here.evaluate(aimed.direction).0;
                let gained = nearby.base * nearby.there.evaluate(aimed.direction).0;
                matters += lost + gained;
                chosen.lost = lost * nearby.weight;
                chosen.gained = gained * nearby.weight;
            }
            let brings = luminance(path.throughput * matters) * aimed.brightness / aimed.density;
            if !(brings > LEAST && brings.is_finite()) {
                continue;
            }
            chosen.scale = 1.0 / (brings * chosen.aimed.density);
            sum += brings;
            let chance = brings / sum;
            if coin < chance {
                coin /= chance;
                kept = Some(chosen);
            } else {
                coin = (coin - chance) / (1.0 - chance);
            }
        }
        let Some(chosen) = kept else { return };
        let aimed = &chosen.aimed;
        let point = vertex.point;
        let through = |vertex: &Vertex, value: Vec3A| {
            if value == Vec3A::ZERO {
                return Vec3A::ZERO;
            }
            let origin = vertex.origin(aimed.direction);
            let ray = Ray {
                origin,
                direction: aimed.direction,
                // The light was aimed at from the vertex, not from where the ray starts.
                t_max: aimed.distance - (origin - point).dot(aimed.direction),
            };
            let fog = self.fog.as_ref().filter(|_| path.media.is_empty());
            value * self.transmittance(&ray) * fog.map_or(1.0, |fog| fog.through(&ray))
        };
        let mut value = through(vertex, chosen.value - chosen.lost);
        if !path.media.is_empty() && !vertex.is_beyond(aimed.direction) {
            value *= path.media.through(aimed.distance);
        }
        if let Some(nearby) = nearby {
            value += through(&nearby.there, chosen.gained);
        }
        if value != Vec3A::ZERO {
            path.add(
                path.throughput
                    * value
                    * self.lights.radiance(aimed)
                    * (chosen.scale * sum / candidates as f32),
            );
        }
    }
}

/// A place where light may enter instead of where it leaves.
#[derive(Debug)]
struct Nearby {
    here: Vertex,
    there: Vertex,
    /// What entered light is multiplied by on its way out.
    base: Vec3A,
    /// Profile ÷ density; 1 on average on a plane.
    weight: Vec3A,
}

/// The candidate that gets a ray.
#[derive(Debug)]
struct Chosen {
    aimed: Aimed,
    /// What its light is multiplied by at the vertex, without diffusion.
    value: Vec3A,
    /// What of that diffusion takes away, and what it adds from nearby.
    lost: Vec3A,
    gained: Vec3A,
    /// What all three are to be multiplied by.
    scale: f32,
}

fn vertex(spot: &Spot, facing: &Facing, lobe: Lobe) -> Vertex {
    Vertex {
        point: spot.position,
        start: spot.start(facing.face),
        face: facing.face,
        basis: facing.basis,
        lobe,
    }
}

#[cfg(test)]
mod tests;
