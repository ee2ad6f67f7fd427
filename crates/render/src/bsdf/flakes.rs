//! Metal flakes in paint: small mirrors, each with a tilt of its own.
//!
//! A flake fills one cell of a grid in space, so that it is the same one from every side and on every ray. Its tilt is drawn from GGX, so that many flakes together
//! look like metal of that roughness (Atanasov & Koylazov 2016, "A Practical Stochastic Algorithm for Rendering Mirror-Like Flakes"). A flake reflects by a
//! narrow GGX lobe around its own normal; where it leans out of the surface, cosines are the smaller of those to the flake and to the
//! surface, which keeps it reciprocal and lossy, never brighter than a mirror.
use super::ggx::{self, schlick};
use crate::sampling::{Basis, mix, unit};
use glam::{Vec2, Vec3A};
use std::f32::consts::TAU;

/// Width of a single flake's lobe: it is nearly flat.
const ALPHA: f32 = 0.03;
/// Flakes lean no farther than to this cosine: they lie in a film.
const LEAST_COSINE: f32 = 0.5;

/// A flake seen from one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flake {
    /// Around the flake's normal, in the surface's frame.
    pub(super) basis: Basis,
    o: Vec3A,
    /// Cosine to the flake ÷ to the surface, at most 1.
    seen: f32,
    color: Vec3A,
}

impl Flake {
    /// The flake at a point (world, metres) of an object, if there is one; `o` in the surface's frame, `o.z > 0`.
    pub(crate) fn at(
        flakes: &scene::material::Flakes,
        point: Vec3A,
        object: u32,
        o: Vec3A,
    ) -> Option<Self> {
        let key = cell(point / flakes.size_m, object);
        if unit(key) >= flakes.coverage {
            return None;
        }
        let (u, v) = (unit(mix(key ^ 0x68bc_21eb)), unit(mix(key ^ 0x02e5_be93)));
        let alpha = flakes.roughness * flakes.roughness;
        // GGX's own distribution of tilts.
        let tangent = alpha * (u / (1.0 - u)).sqrt();
        let cosine = (1.0 / (1.0 + tangent * tangent).sqrt()).max(LEAST_COSINE);
        let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
        let (sin, cos) = (TAU * v).sin_cos();
        let basis = Basis::around(Vec3A::new(sine * cos, sine * sin, cosine));
        let seen_from = basis.local(o);
        Some(Self {
            basis,
            o: seen_from,
            seen: (seen_from.z / o.z).clamp(0.0, 1.0),
            color: Vec3A::from(flakes.color),
        })
    }

    /// Value × cosine, and density; `i.z > 0`.
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        let to = self.basis.local(i);
        if self.o.z <= 0.0 || to.z <= 0.0 {
            return (Vec3A::ZERO, 0.0);
        }
        let (lobe, density, cosine) = ggx::evaluate(self.o, to, Vec2::splat(ALPHA));
        let edge = schlick(cosine);
        let fresnel = self.color * (1.0 - edge) + Vec3A::splat(edge);
        (
            fresnel * (lobe * self.seen * (i.z / to.z).min(1.0)),
            density,
        )
    }

    pub(crate) fn direction(&self, u: [f32; 2]) -> Option<Vec3A> {
        if self.o.z <= 0.0 {
            return None;
        }
        let to = ggx::sample(self.o, Vec2::splat(ALPHA), u)?;
        Some(self.basis.world(to))
    }
}

/// A hash of the cell around a point, in units of the cells' width. The grid is turned and shifted, so that no wall of a scene runs along its planes.
fn cell(p: Vec3A, object: u32) -> u32 {
    const AXES: [Vec3A; 3] = [
        Vec3A::new(0.657_1, 0.408_2, -0.633_7),
        Vec3A::new(-0.125_3, 0.889_2, 0.443_0),
        Vec3A::new(0.743_4, -0.211_7, 0.634_4),
    ];
    let mut key = mix(object ^ 0x9e37_79b9);
    for axis in AXES {
        key = mix(key ^ (p.dot(axis) + 0.371).floor().to_bits());
    }
    key
}
