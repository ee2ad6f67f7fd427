//! What stores sell: boxes, cans, jars, bottles and bags with labels of their own.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};
use population::stream::Stream;
use scene::Material;

use crate::loft::{Ends, ring};
use crate::solid::Solid;
use crate::surface;

/// How a product is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Carton,
    Can,
    Bottle,
    Bag,
}

/// One product: all of its pieces are alike.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) packing: Packing,
    /// Width, height, depth, metres.
    pub(super) size: Vec3,
    pub(super) material: Material,
}

/// What one store sells.
#[derive(Debug)]
pub(super) struct Assortment {
    pub(super) products: Vec<Product>,
}

/// How many different products there are.
const KINDS: usize = 44;

impl Assortment {
    pub(super) fn draw(stream: &mut Stream) -> Self {
        let products = (0..KINDS).map(|_| Product::draw(stream)).collect();
        Self { products }
    }
}

impl Product {
    fn draw(stream: &mut Stream) -> Self {
        let kind = stream.uniform();
        let mut range = |a: f64, b: f64| stream.range(a, b) as f32;
        let (packing, size) = if kind < 0.45 {
            (
                Packing::Carton,
                Vec3::new(range(0.06, 0.2), range(0.09, 0.28), range(0.04, 0.12)),
            )
        } else if kind < 0.65 {
            let wide = range(0.065, 0.1);
            (Packing::Can, Vec3::new(wide, range(0.08, 0.16), wide))
        } else if kind < 0.87 {
            let wide = range(0.06, 0.095);
            (Packing::Bottle, Vec3::new(wide, range(0.18, 0.3), wide))
        } else {
            (
                Packing::Bag,
                Vec3::new(range(0.12, 0.2), range(0.16, 0.26), range(0.05, 0.09)),
            )
        };
        let mut material = surface::label("label", stream);
        material.roughness = match packing {
            Packing::Carton => 0.55,
            Packing::Can | Packing::Bottle => 0.25,
            Packing::Bag => 0.35,
        };
        Self {
            packing,
            size,
            material,
        }
    }

    /// One piece, its foot's middle at a place, its front towards `front` (along z); lids where they can be seen.
    pub(super) fn piece(&self, foot: Vec3, front: f32) -> Solid {
        let half = self.size * 0.5;
        match self.packing {
            Packing::Carton => {
                // Its own axes: x to the right of who looks at the front, z towards them.
                let (right, ahead) = (Vec3::X * front, Vec3::Z * front);
                let at = |x: f32, y: f32, z: f32| {
                    foot + right * (x * half.x) + Vec3::Y * (y * self.size.y) + ahead * (z * half.z)
                };
                let side = |from: [f32; 2], to: [f32; 2]| {
                    [
                        at(from[0], 0.0, from[1]),
                        at(to[0], 0.0, to[1]),
                        at(to[0], 1.0, to[1]),
                        at(from[0], 1.0, from[1]),
                    ]
                };
                Solid::default()
                    .card(side([-1.0, 1.0], [1.0, 1.0]))
                    .card(side([1.0, 1.0], [1.0, -1.0]))
                    .card(side([1.0, -1.0], [-1.0, -1.0]))
                    .card(side([-1.0, -1.0], [-1.0, 1.0]))
                    .card([
                        at(-1.0, 1.0, 1.0),
                        at(1.0, 1.0, 1.0),
                        at(1.0, 1.0, -1.0),
                        at(-1.0, 1.0, -1.0),
                    ])
                    .card([
                        at(-1.0, 0.0, -1.0),
                        at(1.0, 0.0, -1.0),
                        at(1.0, 0.0, 1.0),
                        at(-1.0, 0.0, 1.0),
                    ])
            }
            Packing::Can => {
                self.turned_on_a_lathe(foot, &[(0.0, 0.97), (0.02, 1.0), (0.97, 1.0), (1.0, 0.93)])
            }
            Packing::Bottle => self.turned_on_a_lathe(
                foot,
                &[
                    (0.0, 0.95),
                    (0.03, 1.0),
                    (0.62, 1.0),
                    (0.74, 0.72),
                    (0.84, 0.36),
                    (0.93, 0.33),
                    (0.935, 0.4),
                    (1.0, 0.4),
                ],
            ),
            Packing::Bag => {
                let rings: Vec<Vec<Vec3>> = [
                    (0.0, 0.8),
                    (0.08, 1.0),
                    (0.5, 1.0),
                    (0.85, 0.6),
                    (0.97, 0.08),
                    (1.0, 0.06),
                ]
                .iter()
                .map(|(t, deep)| {
                    let centre = foot + Vec3::Y * (self.size.y * t);
                    ring(
                        centre,
                        Vec3::X * half.x * (0.93 + 0.07 * deep),
                        Vec3::Z * half.z * *deep,
                        3.0,
                        14,
                    )
                })
                .collect();
                once_around(Solid::default().loft(&rings, Ends::Capped), foot, self.size)
            }
        }
    }

    fn turned_on_a_lathe(&self, foot: Vec3, profile: &[(f32, f32)]) -> Solid {
        let radius = 0.5 * self.size.x;
        let rings: Vec<Vec<Vec3>> = profile
            .iter()
            .map(|(t, share)| {
                let centre = foot + Vec3::Y * (self.size.y * t);
                ring(
                    centre,
                    Vec3::X * radius * *share,
                    Vec3::NEG_Z * radius * *share,
                    2.0,
                    12,
                )
            })
            .collect();
        once_around(Solid::default().loft(&rings, Ends::Capped), foot, self.size)
    }
}

/// Texture coordinates that put a label once around a product.
fn once_around(mut solid: Solid, foot: Vec3, size: Vec3) -> Solid {
    for (uv, p) in solid.uvs.iter_mut().zip(&solid.positions) {
        let off = *p - foot;
        let around = off.x.atan2(-off.z) / TAU;
        *uv = Vec2::new(2.0 * around + 0.5, off.y / size.y);
    }
    solid
}
