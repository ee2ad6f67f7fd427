//! The principled surface: Lambert under a GGX dielectric, or GGX metal, or a blend of the two.
//!
//! With `E(μ)` the dielectric's directional albedo and `Ē` its cosine-weighted mean, the base is
//! `base/π · (1 − E(μ_o)) (1 − E(μ_i)) / (1 − Ē)` (Kelemen & Szirmay-Kalos 2001; Ashikhmin & Shirley 2000): reciprocal, and for `base = 1` the surface
//! reflects exactly all light. Metal regains the light its facets lose to each other by `(1 − E(μ_o)) (1 − E(μ_i)) / (π (1 − Ē))` times
//! `F̄² Ē / (1 − F̄ (1 − Ē))` (Kulla & Conty 2017), `F̄ = F₀ + (1 − F₀)/21`.
use super::{
    Scattered,
    ggx::{self, AlbedoTable, schlick},
};
use crate::sampling::{cosine_hemisphere, luminance};
use glam::Vec3A;
use std::f32::consts::{FRAC_1_PI, PI};

/// What a material says about a point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coat {
    pub(crate) base: Vec3A,
    /// GGX alpha.
    pub(crate) alpha: f32,
    pub(crate) metallic: f32,
    /// Dielectric's reflectance head-on and weight.
    pub(crate) f0: f32,
    pub(crate) specular: f32,
}

/// A surface seen from one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layered {
    table: &'static AlbedoTable,
    o: Vec3A,
    alpha: f32,
    /// Fresnel's two ends for the reflecting lobe, metal included.
    f0: Vec3A,
    f90: f32,
    dielectric: [f32; 2],
    /// Diffuse colour × what the dielectric lets out towards `o` ÷ (1 − Ē)π.
    base: Vec3A,
    /// Colour of the metal's multiply-reflected light × (1 − E(μ_o)) ÷ (1 − Ē)π.
    again: Vec3A,
    /// Chance to sample the reflecting lobe.
    p_reflect: f32,
}

impl Layered {
    /// `o.z > 0`.
    pub(crate) fn new(coat: &Coat, o: Vec3A) -> Self {
        let table = AlbedoTable::get();
        let alpha = coat.alpha;
        let (here, mean) = (table.directional(o.z, alpha), table.mean(alpha));
        let dielectric = [coat.specular * coat.f0, coat.specular];
        let through = 1.0 - here.with(dielectric[0], dielectric[1]);
        let through_mean = 1.0 - mean.with(dielectric[0], dielectric[1]);
        let f0 = coat.base * coat.metallic + Vec3A::splat((1.0 - coat.metallic) * dielectric[0]);
        let f90 = coat.metallic + (1.0 - coat.metallic) * dielectric[1];
        let base = coat.base * ((1.0 - coat.metallic) * through / (through_mean * PI));
        let again = if coat.metallic > 0.0 {
            let average = coat.base + (Vec3A::ONE - coat.base) / 21.0;
            let lost = 1.0 - mean.full;
            let colour = average * average * mean.full / (Vec3A::ONE - average * lost);
            colour * (coat.metallic * (1.0 - here.full) / (lost.max(1e-6) * PI))
        } else {
            Vec3A::ZERO
        };
        let reflected = luminance(f0) * (here.full - here.edge) + f90 * here.edge;
        let rest = PI * (luminance(base) * through_mean + luminance(again) * (1.0 - mean.full));
        let p_reflect = if rest <= 0.0 {
            1.0
        } else if reflected <= 0.0 {
            0.0
        } else {
            (reflected / (reflected + rest)).clamp(0.1, 0.9)
        };
        Self {
            table,
            o,
            alpha,
            f0,
            f90,
            dielectric,
            base,
            again,
            p_reflect,
        }
    }

    /// The reflecting lobe without the base.
    pub(crate) fn reflection_only(mut self) -> Self {
        self.base = Vec3A::ZERO;
        if self.again == Vec3A::ZERO {
            self.p_reflect = 1.0;
        }
        self
    }

    /// Value × cosine, and density.
    #[inline]
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        if i.z <= 0.0 {
            return (Vec3A::ZERO, 0.0);
        }
        let mut value = Vec3A::ZERO;
        let mut density = (1.0 - self.p_reflect) * i.z * FRAC_1_PI;
        if self.p_reflect > 0.0 {
            let (lobe, lobe_density, cosine) = ggx::evaluate(self.o, i, self.alpha);
            let edge = schlick(cosine);
            value += (self.f0 * (1.0 - edge) + Vec3A::splat(self.f90 * edge)) * lobe;
            density += self.p_reflect * lobe_density;
        }
        if self.p_reflect < 1.0 {
            let there = self.table.directional(i.z, self.alpha);
            let through = 1.0 - there.with(self.dielectric[0], self.dielectric[1]);
            value += (self.base * through + self.again * (1.0 - there.full)) * i.z;
        }
        (value, density)
    }

    /// One direction by the mixture of both lobes; `u[2]` chooses the lobe.
    pub(crate) fn sample(&self, u: [f32; 3]) -> Option<Scattered> {
        let i = if u[2] < self.p_reflect {
            ggx::sample(self.o, self.alpha, [u[0], u[1]])?
        } else {
            cosine_hemisphere([u[0], u[1]])
        };
        let (value, density) = self.evaluate(i);
        (density > 0.0).then(|| Scattered {
            direction: i,
            weight: value / density,
            density,
        })
    }
}

/// The base of a layered surface where light enters it: what the dielectric lets in, evenly in all directions below.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    table: &'static AlbedoTable,
    alpha: f32,
    dielectric: [f32; 2],
    /// 1 ÷ (1 − Ē)π.
    scale: f32,
}

impl Entry {
    pub(crate) fn new(coat: &Coat) -> Self {
        let table = AlbedoTable::get();
        let dielectric = [coat.specular * coat.f0, coat.specular];
        let mean = table.mean(coat.alpha).with(dielectric[0], dielectric[1]);
        Self {
            table,
            alpha: coat.alpha,
            dielectric,
            scale: FRAC_1_PI / (1.0 - mean),
        }
    }

    /// Fraction of the light below that gets out towards a direction (or in from it).
    pub(crate) fn through(&self, cosine: f32) -> f32 {
        1.0 - self
            .table
            .directional(cosine, self.alpha)
            .with(self.dielectric[0], self.dielectric[1])
    }

    /// Value × cosine, and density.
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        if i.z <= 0.0 {
            return (Vec3A::ZERO, 0.0);
        }
        (
            Vec3A::splat(self.through(i.z) * self.scale * i.z),
            i.z * FRAC_1_PI,
        )
    }

    pub(crate) fn sample(&self, u: [f32; 2]) -> Option<Scattered> {
        let direction = cosine_hemisphere(u);
        let (value, density) = self.evaluate(direction);
        (density > 0.0).then(|| Scattered {
            direction,
            weight: value / density,
            density,
        })
    }
}
