//! Where light comes from, how to aim at it, and with which density.
mod curve;
mod octahedral;
mod sky;

use crate::{error::RenderError, sampling::luminance};
use glam::Vec3A;
use scene::{AreaLight, Scene};
use sky::Sky;
use std::f32::consts::PI;

/// A direction aimed at a light.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aimed {
    pub(crate) direction: Vec3A,
    pub(crate) distance: f32,
    /// About the luminance that comes from there.
    pub(crate) brightness: f32,
    /// Density by solid angle, the choice of the light included.
    pub(crate) density: f32,
    /// Index of the panel; `None` is the sky.
    panel: Option<usize>,
}

/// All lights of a scene.
#[derive(Debug)]
pub(crate) struct Lights {
    pub(crate) sky: Option<Sky>,
    pub(crate) panels: Vec<Panel>,
}

/// A rectangle (or parallelogram) that emits from its front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    corner: Vec3A,
    edge_u: Vec3A,
    edge_v: Vec3A,
    /// `edge_u × edge_v`; its length is the area.
    cross: Vec3A,
    pub(crate) radiance: Vec3A,
    pub(crate) visible: bool,
}

impl Panel {
    fn new(light: &AreaLight) -> Self {
        let (edge_u, edge_v) = (Vec3A::from(light.edge_u), Vec3A::from(light.edge_v));
        Self {
            corner: Vec3A::from(light.corner),
            edge_u,
            edge_v,
            cross: edge_u.cross(edge_v),
            radiance: Vec3A::from(light.radiance),
            visible: light.visible,
        }
    }

    /// Rough irradiance at a point that faces it; zero exactly where the panel shows its back.
    fn importance(&self, point: Vec3A) -> f32 {
        let to = self.corner + 0.5 * (self.edge_u + self.edge_v) - point;
        let facing = -self.cross.dot(to);
        if facing <= 0.0 {
            return 0.0;
        }
        let squared = to.length_squared()
            + 0.25 * (self.edge_u.length_squared() + self.edge_v.length_squared());
        luminance(self.radiance) * facing / (squared * squared.sqrt())
    }

    fn sample(&self, point: Vec3A, u: [f32; 2]) -> Option<(Vec3A, f32, f32)> {
        let to = self.corner + self.edge_u * u[0] + self.edge_v * u[1] - point;
        let squared = to.length_squared();
        let distance = squared.sqrt();
        let facing = -self.cross.dot(to);
        // Density by area is 1/|cross|; by solid angle distance²/(area·cos).
        (facing > 0.0).then(|| (to / distance, distance, squared * distance / facing))
    }

    /// Distance at which a ray meets the front of the panel, if it does.
    pub(crate) fn hit(&self, origin: Vec3A, direction: Vec3A) -> Option<f32> {
        let facing = -self.cross.dot(direction);
        if facing <= 0.0 {
            return None;
        }
        let t = self.cross.dot(origin - self.corner) / facing;
        if t <= 0.0 {
            return None;
        }
        let p = origin + direction * t - self.corner;
        let squared = self.cross.length_squared();
        let u = p.cross(self.edge_v).dot(self.cross) / squared;
        let v = self.edge_u.cross(p).dot(self.cross) / squared;
        ((0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v)).then_some(t)
    }

    /// Density by solid angle of a hit seen from `point` along unit `direction`, `distance` away.
    fn density(&self, direction: Vec3A, distance: f32) -> f32 {
        let facing = -self.cross.dot(direction);
        if facing <= 0.0 {
            0.0
        } else {
            distance * distance / facing
        }
    }
}

impl Lights {
    pub(crate) fn new(scene: &Scene) -> Result<Self, RenderError> {
        let sky = scene.environment.as_ref().map(Sky::new).transpose()?;
        let mut panels = Vec::new();
        for (index, light) in scene.area_lights.iter().enumerate() {
            let finite = [light.corner, light.edge_u, light.edge_v, light.radiance]
                .iter()
                .all(|v| v.is_finite());
            if !finite || light.radiance.min_element() < 0.0 {
                return Err(RenderError::Light {
                    light: format!("area light {index}"),
                    found: "corner, edges or radiance are not finite, or radiance is negative"
                        .to_owned(),
                });
            }
            let panel = Panel::new(light);
            // A panel without area emits nothing.
            if panel.cross.length_squared() > 0.0 && light.radiance.max_element() > 0.0 {
                panels.push(panel);
            }
        }
        Ok(Self { sky, panels })
    }

    /// How much each light may matter at a point: (sky, sum of all).
    fn importances(&self, point: Vec3A) -> (f32, f32) {
        let sky = self
            .sky
            .as_ref()
            .map_or(0.0, |sky| PI * sky.mean_luminance());
        let panels: f32 = self
            .panels
            .iter()
            .map(|panel| panel.importance(point))
            .sum();
        (sky, sky + panels)
    }

    /// Chooses a light by importance and aims at it; `None` when there is nothing to aim at. `u[2]` chooses.
    pub(crate) fn aim(&self, point: Vec3A, u: [f32; 3]) -> Option<Aimed> {
        let (sky_importance, sum) = self.importances(point);
        if sum <= 0.0 {
            return None;
        }
        let mut left = u[2] * sum;
        if let Some(sky) = &self.sky {
            if left < sky_importance {
                let (direction, density) = sky.sample([u[0], u[1]])?;
                return Some(Aimed {
                    direction,
                    distance: f32::INFINITY,
                    brightness: sky.brightness(density),
                    density: density * sky_importance / sum,
                    panel: None,
                });
            }
            left -= sky_importance;
        }
        let last = self.panels.len().checked_sub(1)?;
        for (index, panel) in self.panels.iter().enumerate() {
            let importance = panel.importance(point);
            if left < importance || index == last {
                let (direction, distance, density) = panel.sample(point, [u[0], u[1]])?;
                return (importance > 0.0).then_some(Aimed {
                    direction,
                    distance,
                    brightness: luminance(panel.radiance),
                    density: density * importance / sum,
                    panel: Some(index),
                });
            }
            left -= importance;
        }
        None
    }

    /// What shines from where a light was aimed at.
    pub(crate) fn radiance(&self, aimed: &Aimed) -> Vec3A {
        match aimed.panel {
            Some(index) => self.panels[index].radiance,
            None => self
                .sky
                .as_ref()
                .map_or(Vec3A::ZERO, |sky| sky.radiance(aimed.direction)),
        }
    }

    /// Density with which [`Lights::aim`] from `point` gives a direction to the sky.
    pub(crate) fn sky_density(&self, point: Vec3A, direction: Vec3A) -> f32 {
        let (importance, sum) = self.importances(point);
        match &self.sky {
            Some(sky) if sum > 0.0 => sky.density(direction) * importance / sum,
            _ => 0.0,
        }
    }

    /// Density with which [`Lights::aim`] from `point` gives a point on a panel.
    pub(crate) fn panel_density(
        &self,
        panel: &Panel,
        point: Vec3A,
        direction: Vec3A,
        distance: f32,
    ) -> f32 {
        let (_, sum) = self.importances(point);
        if sum > 0.0 {
            panel.density(direction, distance) * panel.importance(point) / sum
        } else {
            0.0
        }
    }
}
