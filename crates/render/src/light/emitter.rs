//! Lights of finite size: how much they may matter at a point, and how to aim at them.
use crate::sampling::{Basis, disk, luminance};
use glam::{Vec3, Vec3A};
use scene::{
    AreaLight,
    light::{Beam, PointLight},
};
use std::f32::consts::PI;

/// One light.
#[derive(Debug, Clone, Copy)]
pub(super) enum Emitter {
    Panel(Panel),
    Bulb(Bulb),
    Glow(Glow),
}

/// A rectangle (or parallelogram) that emits from its front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    corner: Vec3,
    edge_u: Vec3,
    edge_v: Vec3,
    radiance: Vec3,
    pub(crate) visible: bool,
}

/// A glowing ball with a beam, or a point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bulb {
    position: Vec3,
    radius: f32,
    intensity: Vec3,
    /// Index of the scene's point light, for its beam.
    index: u32,
}

/// A triangle of a mesh that glows on both sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glow {
    corners: [Vec3; 3],
    /// Luminance, averaged over the emission's texture.
    brightness: f32,
    pub(super) object: u32,
    pub(super) triangle: u32,
}

/// Where a light was aimed at, without the choice of the light.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) direction: Vec3A,
    pub(super) distance: f32,
    pub(super) radiance: Vec3A,
    /// By solid angle; 1 for a point, whose `radiance` is the irradiance on what faces it.
    pub(super) density: f32,
}

/// What a part of a hierarchy needs to know of a light.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) low: Vec3,
    pub(super) high: Vec3,
    pub(super) axis: Vec3,
    /// Half angle of the cone of axes, and of how far light leaves from an axis, radians.
    pub(super) spread: f32,
    pub(super) reach: f32,
    pub(super) power: f32,
    /// Which light it is.
    pub(super) index: u32,
}

impl Extent {
    #[inline]
    pub(super) fn middle(&self) -> Vec3 {
        0.5 * (self.low + self.high)
    }
}

impl Panel {
    pub(super) fn new(light: &AreaLight) -> Self {
        Self {
            corner: light.corner,
            edge_u: light.edge_u,
            edge_v: light.edge_v,
            radiance: light.radiance,
            visible: light.visible,
        }
    }

    /// Its length is the area.
    #[inline]
    fn cross(&self) -> Vec3A {
        Vec3A::from(self.edge_u).cross(self.edge_v.into())
    }

    pub(crate) fn radiance(&self) -> Vec3A {
        self.radiance.into()
    }

    /// Of a point: area × cosine × distance, the vector to the middle and half the size squared.
    pub(super) fn facing(&self, point: Vec3A) -> (f32, Vec3A, f32) {
        let (u, v) = (Vec3A::from(self.edge_u), Vec3A::from(self.edge_v));
        let to = Vec3A::from(self.corner) + 0.5 * (u + v) - point;
        let size = 0.25 * (u.length_squared() + v.length_squared());
        (-self.cross().dot(to), to, size)
    }

    pub(super) fn sample(&self, point: Vec3A, u: [f32; 2]) -> Option<Mark> {
        let to = Vec3A::from(self.corner + self.edge_u * u[0] + self.edge_v * u[1]) - point;
        let squared = to.length_squared();
        let distance = squared.sqrt();
        let facing = -self.cross().dot(to);
        // Density by area is 1/|cross|; by solid angle distance²/(area·cos).
        (facing > 0.0).then(|| Mark {
            direction: to / distance,
            distance,
            radiance: self.radiance(),
            density: squared * distance / facing,
        })
    }

    /// Distance at which a ray meets the front of the panel, if it does.
    pub(crate) fn hit(&self, origin: Vec3A, direction: Vec3A) -> Option<f32> {
        let cross = self.cross();
        let facing = -cross.dot(direction);
        if facing <= 0.0 {
            return None;
        }
        let (corner, edge_u, edge_v) = (
            Vec3A::from(self.corner),
            Vec3A::from(self.edge_u),
            Vec3A::from(self.edge_v),
        );
        let t = cross.dot(origin - corner) / facing;
        if t <= 0.0 {
            return None;
        }
        let p = origin + direction * t - corner;
        let squared = cross.length_squared();
        let u = p.cross(edge_v).dot(cross) / squared;
        let v = edge_u.cross(p).dot(cross) / squared;
        ((0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v)).then_some(t)
    }
}

impl Bulb {
    pub(super) fn new(light: &PointLight, index: u32, intensity: Vec3) -> Self {
        Self {
            position: light.position,
            radius: light.radius_m,
            intensity,
            index,
        }
    }

    /// Intensity towards a point, per channel, and the vector from the point to the middle.
    fn towards(&self, point: Vec3A, lights: &[PointLight]) -> (Vec3A, Vec3A) {
        let to = Vec3A::from(self.position) - point;
        let beam = &lights[self.index as usize].beam;
        let relative = match beam {
            Beam::Uniform => 1.0,
            Beam::Spot { .. } | Beam::Diode { .. } | Beam::Measured { .. } => to
                .try_normalize()
                .map_or(0.0, |direction| beam.towards(Vec3::from(-direction))),
        };
        (Vec3A::from(self.intensity) * relative, to)
    }

    /// The ball's radiance is the same all over: intensity ÷ πr² towards the point, as if it were far away.
    fn sample(&self, point: Vec3A, u: [f32; 2], lights: &[PointLight]) -> Option<Mark> {
        let (intensity, to) = self.towards(point, lights);
        let squared = to.length_squared();
        let axis = to.try_normalize()?;
        if intensity == Vec3A::ZERO {
            return None;
        }
        if self.radius <= 0.0 {
            return Some(Mark {
                direction: axis,
                distance: squared.sqrt(),
                radiance: intensity / squared,
                density: 1.0,
            });
        }
        let area = PI * self.radius * self.radius;
        let (direction, solid_angle) = cone(axis, self.radius * self.radius / squared, u);
        // To the near side; from within, to the far one.
        let along = to.dot(direction);
        let half = (self.radius * self.radius - (to - direction * along).length_squared())
            .max(0.0)
            .sqrt();
        let near = along - half;
        Some(Mark {
            direction,
            distance: if near > 0.0 { near } else { 0.0 },
            radiance: intensity / area,
            density: 1.0 / solid_angle,
        })
    }
}

/// A direction in a cone around a unit axis, all equally likely, and its solid angle; `sine²` of its half angle, a half space where it is above 1.
pub(super) fn cone(axis: Vec3A, sine_squared: f32, u: [f32; 2]) -> (Vec3A, f32) {
    let sine_squared = sine_squared.min(1.0);
    // 1 − cos without cancellation.
    let height = sine_squared / (1.0 + (1.0 - sine_squared).sqrt());
    let d = disk(u);
    let depth = d.length_squared() * height;
    let across = d * (height * (2.0 - depth)).max(0.0).sqrt();
    let local = Vec3A::new(across.x, across.y, 1.0 - depth);
    (Basis::around(axis).world(local), 2.0 * PI * height)
}

impl Glow {
    pub(super) fn new(corners: [Vec3; 3], brightness: f32, object: u32, triangle: u32) -> Self {
        Self {
            corners,
            brightness,
            object,
            triangle,
        }
    }

    /// Mean luminance of its emission.
    pub(super) fn brightness(&self) -> f32 {
        self.brightness
    }

    /// Its length is twice the area.
    fn cross(&self) -> Vec3A {
        let [a, b, c] = self.corners.map(Vec3A::from);
        (b - a).cross(c - a)
    }

    /// Direction, distance, density by solid angle and the weights of the second and third corner.
    pub(super) fn sample(&self, point: Vec3A, u: [f32; 2]) -> Option<(Vec3A, f32, f32, [f32; 2])> {
        let root = u[0].sqrt();
        let weights = [root * (1.0 - u[1]), root * u[1]];
        let [a, b, c] = self.corners.map(Vec3A::from);
        let to = a + (b - a) * weights[0] + (c - a) * weights[1] - point;
        let squared = to.length_squared();
        let distance = squared.sqrt();
        let density = self.density(to / distance, distance);
        (density > 0.0 && density.is_finite()).then_some((
            to / distance,
            distance,
            density,
            weights,
        ))
    }

    /// Density by solid angle of a place on it seen along a unit direction.
    pub(super) fn density(&self, direction: Vec3A, distance: f32) -> f32 {
        let facing = 0.5 * self.cross().dot(direction).abs();
        if facing > 0.0 {
            distance * distance / facing
        } else {
            0.0
        }
    }
}

/// Rough irradiance at a point that faces a flat light: area × cosine ÷ distance², tamed nearby.
pub(super) fn flat(facing: f32, to: Vec3A, size_squared: f32) -> f32 {
    if facing <= 0.0 {
        return 0.0;
    }
    let squared = to.length_squared() + size_squared;
    facing / (squared * squared.sqrt())
}

impl Emitter {
    /// Rough irradiance at a point that faces it; zero exactly where none of its light goes.
    pub(super) fn importance(&self, point: Vec3A, lights: &[PointLight]) -> f32 {
        match self {
            Self::Panel(panel) => {
                let (facing, to, size) = panel.facing(point);
                luminance(panel.radiance()) * flat(facing, to, size)
            }
            Self::Bulb(bulb) => {
                let (intensity, to) = bulb.towards(point, lights);
                let squared = to.length_squared() + bulb.radius * bulb.radius;
                if squared > 0.0 {
                    luminance(intensity) / squared
                } else {
                    0.0
                }
            }
            Self::Glow(glow) => {
                let cross = glow.cross();
                let [a, b, c] = glow.corners.map(Vec3A::from);
                let to = (a + b + c) / 3.0 - point;
                glow.brightness * flat(0.5 * cross.dot(to).abs(), to, 0.5 * cross.length())
            }
        }
    }

    /// Aims at a panel or a bulb; what glows has radiance from its material (see [`Glow::sample`]).
    pub(super) fn sample(&self, point: Vec3A, u: [f32; 2], lights: &[PointLight]) -> Option<Mark> {
        match self {
            Self::Panel(panel) => panel.sample(point, u),
            Self::Bulb(bulb) => bulb.sample(point, u, lights),
            Self::Glow(_) => None,
        }
    }

    pub(super) fn extent(&self, index: u32, lights: &[PointLight]) -> Extent {
        let around = |corners: &[Vec3]| {
            corners.iter().fold(
                (Vec3::INFINITY, Vec3::NEG_INFINITY),
                |(low, high), corner| (low.min(*corner), high.max(*corner)),
            )
        };
        match self {
            Self::Panel(panel) => {
                let opposite = panel.corner + panel.edge_u + panel.edge_v;
                let (low, high) = around(&[
                    panel.corner,
                    panel.corner + panel.edge_u,
                    panel.corner + panel.edge_v,
                    opposite,
                ]);
                let cross = Vec3::from(panel.cross());
                Extent {
                    low,
                    high,
                    axis: cross.normalize_or(Vec3::Y),
                    spread: 0.0,
                    reach: 0.5 * PI,
                    power: luminance(panel.radiance()) * cross.length(),
                    index,
                }
            }
            Self::Bulb(bulb) => {
                let (axis, spread, reach) = match &lights[bulb.index as usize].beam {
                    Beam::Uniform | Beam::Measured { .. } => (Vec3::Y, PI, 0.5 * PI),
                    Beam::Spot { axis, outer, .. } => (*axis, 0.0, outer.min(0.5 * PI)),
                    Beam::Diode { axis, .. } => (*axis, 0.0, 0.5 * PI),
                };
                Extent {
                    low: bulb.position,
                    high: bulb.position,
                    axis: axis.normalize_or(Vec3::Y),
                    spread,
                    reach,
                    power: luminance(bulb.intensity.into()),
                    index,
                }
            }
            Self::Glow(glow) => {
                let (low, high) = around(&glow.corners);
                Extent {
                    low,
                    high,
                    axis: Vec3::Y,
                    spread: PI,
                    reach: 0.5 * PI,
                    power: 0.5 * glow.brightness * glow.cross().length(),
                    index,
                }
            }
        }
    }
}

/// Density by solid angle of a hit on a panel's front along a unit direction.
pub(super) fn panel_density(panel: &Panel, direction: Vec3A, distance: f32) -> f32 {
    let facing = -panel.cross().dot(direction);
    if facing > 0.0 {
        distance * distance / facing
    } else {
        0.0
    }
}
