//! Windows through which the sky is aimed at.
use super::{
    emitter::{Panel, flat, panel_density},
    sky::Sky,
};
use crate::error::RenderError;
use glam::{Vec3, Vec3A};
use scene::{AreaLight, light::Portal};

/// Share of the sky's samples that do not care for portals: they need not cover every opening.
const ANYWHERE: f32 = 0.2;

/// The portals of an environment.
#[derive(Debug, Default)]
pub(super) struct Portals {
    /// Their fronts look into the room; none emits.
    windows: Vec<Panel>,
}

impl Portals {
    pub(super) fn new(portals: &[Portal]) -> Result<Self, RenderError> {
        let mut windows = Vec::with_capacity(portals.len());
        for (index, portal) in portals.iter().enumerate() {
            let cross = portal.edge_u.cross(portal.edge_v);
            let sound = portal.corner.is_finite() && cross.is_finite() && cross != Vec3::ZERO;
            if !sound {
                return Err(RenderError::Light {
                    light: format!("portal {index}"),
                    found: format!(
                        "its corner is {} and its edges are {} and {}, not finite with an area",
                        portal.corner, portal.edge_u, portal.edge_v
                    ),
                });
            }
            windows.push(Panel::new(&AreaLight {
                corner: portal.corner,
                edge_u: portal.edge_u,
                edge_v: portal.edge_v,
                radiance: Vec3::ZERO,
                visible: false,
            }));
        }
        Ok(Self { windows })
    }

    fn importance(window: &Panel, point: Vec3A) -> f32 {
        let (facing, to, size) = window.facing(point);
        flat(facing, to, size)
    }

    /// Sum over all windows; 0 for a point that none looks at.
    fn importances(&self, point: Vec3A) -> f32 {
        self.windows
            .iter()
            .map(|window| Self::importance(window, point))
            .sum()
    }

    /// A direction to the sky from a point, and its density.
    pub(super) fn sample(&self, sky: &Sky, point: Vec3A, u: [f32; 2]) -> Option<(Vec3A, f32)> {
        let sum = self.importances(point);
        if sum <= 0.0 {
            return sky.sample(u);
        }
        let direction = if u[0] < ANYWHERE {
            sky.sample([u[0] / ANYWHERE, u[1]])?.0
        } else {
            let mut left = (u[0] - ANYWHERE) / (1.0 - ANYWHERE) * sum;
            let last = self.windows.len() - 1;
            let mut chosen = 0;
            let mut share = Self::importance(&self.windows[0], point);
            while chosen < last && left >= share {
                left -= share;
                chosen += 1;
                share = Self::importance(&self.windows[chosen], point);
            }
            if share <= 0.0 {
                return None;
            }
            let place = [(left / share).clamp(0.0, 1.0), u[1]];
            self.windows[chosen].sample(point, place)?.direction
        };
        Some((direction, self.density(sky, point, direction)))
    }

    /// Mean luminance around a direction that [`Portals::sample`] gave with a density.
    pub(super) fn brightness(&self, sky: &Sky, direction: Vec3A, density: f32) -> f32 {
        if self.windows.is_empty() {
            sky.brightness(density)
        } else {
            sky.brightness(sky.density(direction))
        }
    }

    /// Density by solid angle with which [`Portals::sample`] gives a direction.
    pub(super) fn density(&self, sky: &Sky, point: Vec3A, direction: Vec3A) -> f32 {
        let sum = self.importances(point);
        let anywhere = sky.density(direction);
        if sum <= 0.0 {
            return anywhere;
        }
        let through: f32 = self
            .windows
            .iter()
            .filter_map(|window| {
                let distance = window.hit(point, direction)?;
                Some(
                    Self::importance(window, point) / sum
                        * panel_density(window, direction, distance),
                )
            })
            .sum();
        ANYWHERE * anywhere + (1.0 - ANYWHERE) * through
    }
}
