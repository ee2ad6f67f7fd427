//! The principled surface: Lambert under a GGX dielectric, or GGX metal, or a blend of the two.
//!
//! What facets lose to each other comes back evenly: a lobe with Fresnel mean `F̄ = F₀ + (F₉₀ − F₀)/21` and directional albedo `E(μ)` for `F = 1` regains
//! `(1 − E(μ_o)) (1 − E(μ_i)) / (π (1 − Ē))` times `F̄² Ē / (1 − F̄ (1 − Ē))` (Kulla & Conty 2017, "Revisiting Physically Based Shading at Imageworks").
//! With `R(μ)` all that the dielectric reflects, this included, and `R̄` its cosine-weighted mean, the base is
//! `base/π · (1 − R(μ_o)) (1 − R(μ_i)) / (1 − R̄)` (Kelemen & Szirmay-Kalos 2001; Ashikhmin & Shirley 2000): reciprocal, and for `base = 1` the surface
//! reflects exactly all light.
use super::{
    Scattered,
    ggx::{self, Reflected, schlick},
};
use crate::sampling::{cosine_hemisphere, luminance};
use glam::{Vec2, Vec3A};
use std::f32::consts::{FRAC_1_PI, PI};

/// What a material says about a point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coat {
    pub(crate) base: Vec3A,
    /// GGX alpha.
    pub(crate) alpha: f32,
    pub(crate) anisotropy: f32,
    pub(crate) metallic: f32,
    /// Dielectric's reflectance head-on and weight.
    pub(crate) f0: f32,
    pub(crate) specular: f32,
}

/// A GGX layer that reflects some light and lets the rest pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dielectric {
    reflected: Reflected,
    /// Fresnel's two ends, times the layer's weight.
    f0: f32,
    f90: f32,
    /// What multiply reflected light is multiplied by.
    again: f32,
}

impl Dielectric {
    pub(crate) fn new(reflected: Reflected, f0: f32, weight: f32) -> Self {
        let (f0, f90) = (weight * f0, weight);
        let mean = reflected.mean().full;
        let average = f0 + (f90 - f0) / 21.0;
        Self {
            reflected,
            f0,
            f90,
            again: average * average * mean / (1.0 - average * (1.0 - mean)),
        }
    }

    fn passes(&self, albedo: ggx::Albedo) -> f32 {
        1.0 - albedo.with(self.f0, self.f90) - self.again * (1.0 - albedo.full)
    }

    /// Fraction of light at a cosine to the normal that is not reflected.
    #[inline]
    pub(crate) fn through_at(&self, cosine: f32) -> f32 {
        self.passes(self.reflected.at(cosine))
    }

    fn through_mean(&self) -> f32 {
        self.passes(self.reflected.mean())
    }
}

/// A surface seen from one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layered {
    dielectric: Dielectric,
    o: Vec3A,
    alpha: Vec2,
    /// Fresnel's two ends for the reflecting lobe, metal included.
    f0: Vec3A,
    f90: f32,
    /// Diffuse colour × what the dielectric lets out towards `o` ÷ (1 − R̄)π.
    base: Vec3A,
    /// Colour of multiply reflected light × (1 − E(μ_o)) ÷ (1 − Ē)π.
    again: Vec3A,
    /// About how much the reflecting lobe and the even ones reflect.
    shares: [f32; 2],
    /// Chance to sample the reflecting lobe.
    p_reflect: f32,
}

impl Layered {
    /// `o.z > 0`.
    pub(crate) fn new(coat: &Coat, o: Vec3A) -> Self {
        let reflected = Reflected::new(coat.alpha, coat.anisotropy);
        let dielectric = Dielectric::new(reflected, coat.f0, coat.specular);
        let (here, mean) = (reflected.of(o), reflected.mean());
        let through_mean = dielectric.through_mean();
        let plain = 1.0 - coat.metallic;
        let f0 = coat.base * coat.metallic + Vec3A::splat(plain * dielectric.f0);
        let f90 = coat.metallic + plain * dielectric.f90;
        let base = coat.base * (plain * dielectric.passes(here) / (through_mean * PI));
        let lost = 1.0 - mean.full;
        let mut again = Vec3A::splat(plain * dielectric.again);
        if coat.metallic > 0.0 {
            let average = coat.base + (Vec3A::ONE - coat.base) / 21.0;
            let colour = average * average * mean.full / (Vec3A::ONE - average * lost);
            again += colour * coat.metallic;
        }
        again *= (1.0 - here.full) / (lost.max(1e-6) * PI);
        let shares = [
            luminance(f0) * (here.full - here.edge) + f90 * here.edge,
            PI * (luminance(base) * through_mean + luminance(again) * lost),
        ];
        let p_reflect = if shares[1] <= 0.0 {
            1.0
        } else if shares[0] <= 0.0 {
            0.0
        } else {
            (shares[0] / (shares[0] + shares[1])).clamp(0.1, 0.9)
        };
        Self {
            dielectric,
            o,
            alpha: if coat.anisotropy > 0.0 {
                ggx::stretched(coat.alpha, coat.anisotropy)
            } else {
                Vec2::splat(coat.alpha)
            },
            f0,
            f90,
            base,
            again,
            shares,
            p_reflect,
        }
    }

    /// What is reflected without entering.
    pub(crate) fn reflection_only(mut self) -> Self {
        self.base = Vec3A::ZERO;
        let again = PI * luminance(self.again) * (1.0 - self.dielectric.reflected.mean().full);
        self.shares[1] = again;
        self.p_reflect = if self.shares[0] > 0.0 {
            (self.shares[0] / (self.shares[0] + again)).max(0.1)
        } else {
            0.0
        };
        self
    }

    /// About the fraction of light that is reflected, by luminance.
    pub(crate) fn reflects(&self) -> f32 {
        self.shares[0] + self.shares[1]
    }

    /// Mean of `top · (1 − R)` ÷ mean of `1 − R` over the hemisphere, cosine-weighted: what is left of the base's even light below another layer
    /// that lets `top` of a cosine through.
    pub(crate) fn mean_under(&self, top: impl Fn(f32) -> f32) -> f32 {
        // Gauss and Legendre with four points; the cosine weighs the hard part at grazing angles down.
        const NODES: [(f32, f32); 4] = [
            (0.069_431_84, 0.173_927_42),
            (0.330_009_5, 0.326_072_58),
            (0.669_990_54, 0.326_072_58),
            (0.930_568_16, 0.173_927_42),
        ];
        let (mut both, mut below) = (0.0, 0.0);
        for (cosine, weight) in NODES {
            let through = weight * cosine * self.dielectric.through_at(cosine);
            below += through;
            both += through * top(cosine);
        }
        both / below
    }

    /// Value × cosine of the reflecting lobe and of the even ones, and density.
    #[inline]
    pub(crate) fn parts(&self, i: Vec3A) -> (Vec3A, Vec3A, f32) {
        if i.z <= 0.0 {
            return (Vec3A::ZERO, Vec3A::ZERO, 0.0);
        }
        let (mut sharp, mut even) = (Vec3A::ZERO, Vec3A::ZERO);
        let mut density = (1.0 - self.p_reflect) * i.z * FRAC_1_PI;
        if self.p_reflect > 0.0 {
            let (lobe, lobe_density, cosine) = ggx::evaluate(self.o, i, self.alpha);
            let edge = schlick(cosine);
            sharp = (self.f0 * (1.0 - edge) + Vec3A::splat(self.f90 * edge)) * lobe;
            density += self.p_reflect * lobe_density;
        }
        if self.p_reflect < 1.0 {
            let there = self.dielectric.reflected.of(i);
            even =
                (self.base * self.dielectric.passes(there) + self.again * (1.0 - there.full)) * i.z;
        }
        (sharp, even, density)
    }

    /// Value × cosine, and density.
    #[inline]
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        let (sharp, even, density) = self.parts(i);
        (sharp + even, density)
    }

    /// A direction by the mixture of both lobes; `u[2]` chooses the lobe.
    #[inline]
    pub(crate) fn direction(&self, u: [f32; 3]) -> Option<Vec3A> {
        if u[2] < self.p_reflect {
            ggx::sample(self.o, self.alpha, [u[0], u[1]])
        } else {
            Some(cosine_hemisphere([u[0], u[1]]))
        }
    }

    /// The same with its weight.
    pub(crate) fn sample(&self, u: [f32; 3]) -> Option<Scattered> {
        let i = self.direction(u)?;
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
    dielectric: Dielectric,
    /// 1 ÷ (1 − R̄)π.
    scale: f32,
}

impl Entry {
    pub(crate) fn new(coat: &Coat) -> Self {
        // Light below is even around the normal: the stretch of highlights matters little to it.
        let dielectric = Dielectric::new(Reflected::new(coat.alpha, 0.0), coat.f0, coat.specular);
        Self {
            dielectric,
            scale: FRAC_1_PI / dielectric.through_mean(),
        }
    }

    /// Fraction of the light below that gets out towards a direction (or in from it).
    pub(crate) fn through(&self, cosine: f32) -> f32 {
        self.dielectric.through_at(cosine)
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
