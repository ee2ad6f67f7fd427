//! How light is scattered where a path meets a surface.
//!
//! All directions point away from the surface and are local: z is the shading normal (the strand for [`fibre`] and [`hair`]). `value`s already contain the cosine of
//! the incident direction; a sample's `weight` is value ÷ density.
pub(crate) mod diffusion;
pub(crate) mod fibre;
pub(crate) mod flakes;
pub(crate) mod ggx;
pub(crate) mod glass;
pub(crate) mod hair;
pub(crate) mod layered;
pub(crate) mod phase;
mod sheen;
pub(crate) mod stack;
mod strand;
mod stretch;
pub(crate) mod walk;

use crate::{ray::offset_origin, sampling::Basis};
use fibre::Fibre;
use glam::Vec3A;
use glass::Glass;
use hair::Hair;
use layered::{Entry, Layered};
use phase::Phase;
use stack::Stack;

/// A direction drawn from a lobe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scattered {
    pub(crate) direction: Vec3A,
    /// Value × cosine ÷ density.
    pub(crate) weight: Vec3A,
    /// Density by solid angle.
    pub(crate) density: f32,
}

/// One of the ways a surface scatters.
#[derive(Debug, Clone)]
pub(crate) enum Lobe {
    /// Surfaces that light does not pass.
    Layered(Layered),
    /// The same below a clear coat, flakes or fuzz. In a box, so that plain surfaces stay small.
    Stack(Box<Stack>),
    /// Skin where light enters it.
    Entry(Entry),
    /// Boundaries of solid glass.
    Glass(Glass),
    /// Cards of hair.
    Fibre(Fibre),
    /// A single hair.
    Hair(Hair),
    /// A droplet in fog; z is where light goes on to.
    Phase(Phase),
}

/// A place where a path may turn.
#[derive(Debug, Clone)]
pub(crate) struct Vertex {
    /// Where the surface is.
    pub(crate) point: Vec3A,
    /// Where rays to the side of `face` start, before they are lifted off.
    pub(crate) start: Vec3A,
    /// Geometric normal on the viewer's side.
    pub(crate) face: Vec3A,
    pub(crate) basis: Basis,
    pub(crate) lobe: Lobe,
}

impl Vertex {
    /// Value × cosine for light from a world direction, and density.
    #[inline]
    pub(crate) fn evaluate(&self, direction: Vec3A) -> (Vec3A, f32) {
        let local = self.basis.local(direction);
        match &self.lobe {
            Lobe::Layered(layered) => layered.evaluate(local),
            Lobe::Stack(stack) => stack.evaluate(local),
            Lobe::Entry(entry) => entry.evaluate(local),
            Lobe::Glass(glass) => glass.evaluate(local),
            Lobe::Fibre(fibre) => fibre.evaluate(local),
            Lobe::Hair(hair) => hair.evaluate(local),
            Lobe::Phase(phase) => phase.evaluate(local),
        }
    }

    /// A world direction to go on in.
    pub(crate) fn sample(&self, u: [f32; 4]) -> Option<Scattered> {
        let scattered = match &self.lobe {
            Lobe::Layered(layered) => layered.sample([u[0], u[1], u[2]]),
            Lobe::Stack(stack) => stack.sample(u),
            Lobe::Entry(entry) => entry.sample([u[0], u[1]]),
            Lobe::Glass(glass) => glass.sample([u[0], u[1], u[2]]),
            Lobe::Fibre(fibre) => fibre.sample(u),
            Lobe::Hair(hair) => hair.sample(u),
            Lobe::Phase(phase) => Some(phase.sample([u[0], u[1]])),
        }?;
        Some(Scattered {
            direction: self.basis.world(scattered.direction).normalize(),
            ..scattered
        })
    }

    /// Whether a direction leads through the boundary of glass to its far side.
    pub(crate) fn is_beyond(&self, direction: Vec3A) -> bool {
        matches!(self.lobe, Lobe::Glass(_)) && self.basis.z.dot(direction) < 0.0
    }

    /// Where a ray in a direction starts so that it does not meet the surface it leaves.
    pub(crate) fn origin(&self, direction: Vec3A) -> Vec3A {
        match &self.lobe {
            Lobe::Hair(hair) if self.point != self.start => {
                let out = hair.way_out(self.basis.local(direction), self.basis.local(self.face));
                let normal = self.basis.world(out);
                let middle = 0.5 * (self.start + self.point);
                offset_origin(middle + normal * self.start.distance(middle), normal)
            }
            // Through a fibre, to the other side of its card.
            Lobe::Fibre(_) | Lobe::Hair(_) if self.face.dot(direction) < 0.0 => {
                offset_origin(self.point, -self.face)
            }
            Lobe::Glass(_) if self.is_beyond(direction) => offset_origin(self.point, -self.face),
            Lobe::Phase(_) => self.point,
            _ => offset_origin(self.start, self.face),
        }
    }
}

#[cfg(test)]
mod tests;
