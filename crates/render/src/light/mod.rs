//! Where light comes from, how to aim at it, and with which density.
//!
//! A light is chosen by about how much it would bring to the point: exactly so among up to [`tree::CUT`] of them, by a hierarchy where there are more, so that ten million
//! cost little more than ten. The choice never depends on the surface at the point, only on where it is: the same densities serve the place where
//! light leaves skin and the one where it enters.
mod check;
mod curve;
mod emitter;
mod octahedral;
mod portal;
mod sky;
mod sun;
mod tree;

use crate::{
    error::RenderError, geometry::uv_at, sampling::luminance, settings::Threads, shading,
    texture::alpha_at,
};
use emitter::{Emitter, Glow, Mark, Panel};
use glam::{Vec3, Vec3A};
use portal::Portals;
use scene::{Scene, camera::Band, light::Backdrop};
use sky::Sky;
use std::f32::consts::PI;
use sun::Sun;
use tree::{CUT, Tree};

/// How far before a glowing surface a ray towards it ends, as a share of the distance.
const BEFORE: f32 = 1.0 - 2e-4;

/// A direction aimed at a light.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aimed {
    pub(crate) direction: Vec3A,
    pub(crate) distance: f32,
    /// About the luminance that comes from there.
    pub(crate) brightness: f32,
    /// Density by solid angle, the choice of the light included; the chance of the choice alone for a light without size.
    pub(crate) density: f32,
    /// Whether scattering cannot find the light, so that aiming has to bring all of it.
    pub(crate) exclusive: bool,
    shine: Shine,
}

#[derive(Debug, Clone, Copy)]
enum Shine {
    /// Looked up when it is needed.
    Sky,
    Known(Vec3A),
    /// On a glowing triangle, with the weights of its second and third corner.
    Glow(u32, [f32; 2]),
}

/// How much each light, or group of lights, may matter at a point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prospect {
    point: Vec3A,
    sky: f32,
    sun: f32,
    groups: [f32; CUT],
    /// Of all.
    sum: f32,
}

/// All lights of a scene.
#[derive(Debug)]
pub(crate) struct Lights<'s> {
    scene: &'s Scene,
    sky: Option<Sky>,
    portals: Portals,
    sun: Option<Sun>,
    emitters: Vec<Emitter>,
    /// Over more than [`CUT`] emitters.
    tree: Option<Tree>,
    /// Emitters that are panels, where there are few emitters.
    panels: Vec<u32>,
    /// Whether any emitter is a panel.
    has_panels: bool,
    /// The emitter of each object's first triangle; `None` where it does not glow.
    glowing: Vec<Option<u32>>,
}

/// What a path meets behind everything, or between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Met {
    pub(crate) radiance: Vec3A,
    /// Density with which [`Lights::aim`] would have given the direction.
    pub(crate) density: f32,
}

impl<'s> Lights<'s> {
    /// Of a scene whose meshes are sound.
    pub(crate) fn new(scene: &'s Scene, threads: Threads) -> Result<Self, RenderError> {
        let sky = scene.environment.as_ref().map(Sky::new).transpose()?;
        let portals = match &scene.environment {
            Some(environment) => Portals::new(&environment.portals)?,
            None => Portals::default(),
        };
        if let Some(sun) = &scene.sun {
            check::sun(sun)?;
        }
        let sun = scene.sun.as_ref().map(Sun::new);
        check::count(scene.area_lights.len() + scene.point_lights.len())?;
        let mut emitters = Vec::with_capacity(scene.area_lights.len() + scene.point_lights.len());
        let mut has_panels = false;
        for (index, light) in scene.area_lights.iter().enumerate() {
            check::area_light(index, light)?;
            // A panel without area emits nothing.
            if light.edge_u.cross(light.edge_v) != Vec3::ZERO && light.radiance != Vec3::ZERO {
                emitters.push(Emitter::Panel(Panel::new(light)));
                has_panels = true;
            }
        }
        for (index, light) in scene.point_lights.iter().enumerate() {
            check::point_light(index, light)?;
            let intensity = match scene.camera.band {
                Band::Visible => light.intensity,
                Band::NearInfrared => Vec3::splat(light.near_infrared_intensity),
            };
            if intensity != Vec3::ZERO {
                let bulb = emitter::Bulb::new(light, index as u32, intensity);
                emitters.push(Emitter::Bulb(bulb));
            }
        }
        let glowing = add_glowing(scene, &mut emitters);
        check::count(emitters.len())?;
        let mut lights = Self {
            scene,
            sky,
            portals,
            sun,
            emitters,
            tree: None,
            panels: Vec::new(),
            has_panels,
            glowing,
        };
        if lights.emitters.len() > CUT {
            let extents = (0..)
                .zip(&lights.emitters)
                .map(|(index, emitter)| emitter.extent(index, &scene.point_lights))
                .collect();
            lights.tree = Some(Tree::new(extents, threads));
        } else {
            lights.panels = (0..lights.emitters.len() as u32)
                .filter(|&index| matches!(lights.emitters[index as usize], Emitter::Panel(_)))
                .collect();
        }
        Ok(lights)
    }

    /// How much each light may matter at a point.
    pub(crate) fn prospect(&self, point: Vec3A) -> Prospect {
        let sky = self
            .sky
            .as_ref()
            .map_or(0.0, |sky| PI * sky.mean_luminance());
        let sun = self.sun.as_ref().map_or(0.0, Sun::importance);
        let mut groups = [0.0; CUT];
        match &self.tree {
            Some(tree) => {
                for (importance, &node) in groups.iter_mut().zip(&tree.cut) {
                    *importance = tree.importance(node, point);
                }
            }
            None => {
                for (importance, emitter) in groups.iter_mut().zip(&self.emitters) {
                    *importance = emitter.importance(point, &self.scene.point_lights);
                }
            }
        }
        let sum = sky + sun + groups.iter().sum::<f32>();
        Prospect {
            point,
            sky,
            sun,
            groups,
            sum,
        }
    }

    /// Chooses a light by importance and aims at it; `None` when there is nothing to aim at. `u[2]` chooses.
    pub(crate) fn aim(&self, prospect: &Prospect, u: [f32; 3]) -> Option<Aimed> {
        let sum = prospect.sum;
        if !(sum > 0.0 && sum.is_finite()) {
            return None;
        }
        let place = [u[0], u[1]];
        let mut left = u[2] * sum;
        if left < prospect.sky
            && let Some(sky) = &self.sky
        {
            let (direction, density) = self.portals.sample(sky, prospect.point, place)?;
            return Some(Aimed {
                direction,
                distance: f32::INFINITY,
                brightness: self.portals.brightness(sky, direction, density),
                density: density * prospect.sky / sum,
                exclusive: false,
                shine: Shine::Sky,
            });
        }
        left -= prospect.sky;
        if left < prospect.sun
            && let Some(sun) = &self.sun
        {
            let mark = sun.sample(place);
            return Some(aimed(mark, prospect.sun / sum, !sun.is_disk()));
        }
        left -= prospect.sun;
        let last = prospect.groups.iter().rposition(|&share| share > 0.0)?;
        let mut chosen = 0;
        while chosen < last && left >= prospect.groups[chosen] {
            left -= prospect.groups[chosen];
            chosen += 1;
        }
        let importance = prospect.groups[chosen];
        let chance = importance / sum;
        match &self.tree {
            None => self.aim_at(chosen as u32, chance, prospect.point, place),
            Some(tree) => {
                let again = (left / importance).clamp(0.0, 1.0 - f32::EPSILON);
                let (light, deeper) = tree.descend(tree.cut[chosen], prospect.point, again)?;
                self.aim_at(light, chance * deeper, prospect.point, place)
            }
        }
    }

    fn aim_at(&self, index: u32, chance: f32, point: Vec3A, u: [f32; 2]) -> Option<Aimed> {
        if chance <= 0.0 {
            return None;
        }
        let emitter = &self.emitters[index as usize];
        if let Emitter::Glow(glow) = emitter {
            let (direction, distance, density, weights) = glow.sample(point, u)?;
            return Some(Aimed {
                direction,
                distance: distance * BEFORE,
                brightness: glow.brightness(),
                density: density * chance,
                exclusive: false,
                shine: Shine::Glow(index, weights),
            });
        }
        let mark = emitter.sample(point, u, &self.scene.point_lights)?;
        let exclusive = matches!(emitter, Emitter::Bulb(_));
        Some(aimed(mark, chance, exclusive))
    }

    /// What shines from where a light was aimed at.
    pub(crate) fn radiance(&self, aimed: &Aimed) -> Vec3A {
        match aimed.shine {
            Shine::Known(radiance) => radiance,
            Shine::Sky => self
                .sky
                .as_ref()
                .map_or(Vec3A::ZERO, |sky| sky.radiance(aimed.direction)),
            Shine::Glow(index, weights) => match &self.emitters[index as usize] {
                Emitter::Glow(glow) => self.glow(glow, weights),
                Emitter::Panel(_) | Emitter::Bulb(_) => Vec3A::ZERO,
            },
        }
    }

    /// Radiance of a glowing triangle at a place, less what is cut out.
    fn glow(&self, glow: &Glow, weights: [f32; 2]) -> Vec3A {
        let object = &self.scene.objects[glow.object as usize];
        let material = &self.scene.materials[object.material.0 as usize];
        let uv = uv_at(object, glow.triangle, weights);
        let alpha = material
            .alpha
            .as_ref()
            .map_or(1.0, |texture| alpha_at(texture, uv).clamp(0.0, 1.0));
        shading::emission(material, uv) * (alpha * material.opacity)
    }

    /// What a camera ray sees that leaves the scene.
    pub(crate) fn backdrop(&self, direction: Vec3A) -> Vec3A {
        let behind = self
            .sky
            .as_ref()
            .map_or(Vec3A::ZERO, |sky| sky.backdrop(direction));
        let painted = self
            .scene
            .environment
            .as_ref()
            .is_some_and(|environment| matches!(environment.backdrop, Backdrop::Colour(_)));
        match &self.sun {
            Some(sun) if !painted => {
                behind + sun.meet(direction).map_or(Vec3A::ZERO, |(disk, _)| disk)
            }
            _ => behind,
        }
    }

    /// Calls `meet` for the sky and for the sun where a scattered ray that leaves the scene finds them.
    pub(crate) fn beyond(&self, prospect: &Prospect, direction: Vec3A, mut meet: impl FnMut(Met)) {
        let share = |importance: f32| {
            if prospect.sum > 0.0 {
                importance / prospect.sum
            } else {
                0.0
            }
        };
        if let Some(sky) = &self.sky {
            meet(Met {
                radiance: sky.radiance(direction),
                density: self.portals.density(sky, prospect.point, direction) * share(prospect.sky),
            });
        }
        if let Some((radiance, density)) = self.sun.as_ref().and_then(|sun| sun.meet(direction)) {
            meet(Met {
                radiance,
                density: density * share(prospect.sun),
            });
        }
    }

    /// Calls `meet` with number, panel and distance of each panel that a ray meets before `reach`.
    pub(crate) fn panels_along(
        &self,
        origin: Vec3A,
        direction: Vec3A,
        reach: f32,
        mut meet: impl FnMut(u32, &Panel, f32),
    ) {
        if !self.has_panels {
            return;
        }
        let mut try_one = |index: u32| {
            if let Emitter::Panel(panel) = &self.emitters[index as usize]
                && let Some(t) = panel.hit(origin, direction).filter(|&t| t < reach)
            {
                meet(index, panel, t);
            }
        };
        match &self.tree {
            None => self.panels.iter().copied().for_each(try_one),
            Some(tree) => tree.along(origin, direction, reach, &mut try_one),
        }
    }

    /// Chance that [`Lights::aim`] chooses an emitter.
    fn chance(&self, prospect: &Prospect, index: u32) -> f32 {
        if prospect.sum <= 0.0 {
            return 0.0;
        }
        match &self.tree {
            None => prospect.groups[index as usize] / prospect.sum,
            Some(tree) => {
                let (group, deeper) = tree.chance(index, prospect.point);
                prospect.groups[group] * deeper / prospect.sum
            }
        }
    }

    /// Density with which [`Lights::aim`] gives a point on a panel.
    pub(crate) fn panel_density(
        &self,
        prospect: &Prospect,
        index: u32,
        panel: &Panel,
        direction: Vec3A,
        distance: f32,
    ) -> f32 {
        emitter::panel_density(panel, direction, distance) * self.chance(prospect, index)
    }

    /// Density with which [`Lights::aim`] gives a point on a triangle of an object; 0 where it does not glow.
    pub(crate) fn glow_density(
        &self,
        prospect: &Prospect,
        (object, triangle): (u32, u32),
        direction: Vec3A,
        distance: f32,
    ) -> f32 {
        let Some(first) = self.glowing.get(object as usize).copied().flatten() else {
            return 0.0;
        };
        let index = first + triangle;
        match &self.emitters[index as usize] {
            Emitter::Glow(glow) => glow.density(direction, distance) * self.chance(prospect, index),
            Emitter::Panel(_) | Emitter::Bulb(_) => 0.0,
        }
    }
}

impl Prospect {
    /// Of a path that has not turned yet: nothing was aimed at.
    pub(crate) const NOWHERE: Self = Self {
        point: Vec3A::ZERO,
        sky: 0.0,
        sun: 0.0,
        groups: [0.0; CUT],
        sum: 0.0,
    };
}

fn aimed(mark: Mark, chance: f32, exclusive: bool) -> Aimed {
    Aimed {
        direction: mark.direction,
        distance: mark.distance,
        brightness: luminance(mark.radiance),
        density: mark.density * chance,
        exclusive,
        shine: Shine::Known(mark.radiance),
    }
}

/// Adds the triangles of meshes that glow; where each object's begin.
fn add_glowing(scene: &Scene, emitters: &mut Vec<Emitter>) -> Vec<Option<u32>> {
    let mut glowing = Vec::with_capacity(scene.objects.len());
    for (number, object) in scene.objects.iter().enumerate() {
        let material = &scene.materials[object.material.0 as usize];
        let brightness = luminance(shading::mean_emission(material));
        if brightness <= 0.0 {
            glowing.push(None);
            continue;
        }
        glowing.push(Some(emitters.len() as u32));
        for (triangle, corners) in object.mesh.triangles.iter().enumerate() {
            let corners = corners.map(|corner| object.mesh.positions[corner as usize]);
            emitters.push(Emitter::Glow(Glow::new(
                corners,
                brightness,
                number as u32,
                triangle as u32,
            )));
        }
    }
    glowing
}

#[cfg(test)]
mod tests;
