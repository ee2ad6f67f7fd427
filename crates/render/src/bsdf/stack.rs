//! What lies on a layered surface: flakes in the paint, a clear coat over them, fuzz on top.
//!
//! What a layer does not reflect reaches those below. With `T(μ)` the fraction that all upper layers let pass, sharp lobes below are multiplied by
//! `min(T(μ_o), T(μ_i))`, and even ones by `T(μ_o) T(μ_i)` over `T`'s mean on the even light (as in [`super::layered`]): both are reciprocal, the first never gives
//! light away, the second gives back all.
use super::{
    Scattered,
    flakes::Flake,
    ggx::{self, ALPHA_MIN, Reflected, f0_of, schlick},
    layered::Layered,
    sheen::Fuzz,
};
use glam::{Vec2, Vec3A};
use scene::material::ClearCoat;

/// Least share of samples for a lobe that is there at all, about.
const LEAST: f32 = 0.1;

/// A clear coat seen from one direction.
#[derive(Debug, Clone, Copy)]
struct Varnish {
    o: Vec3A,
    alpha: f32,
    f0: f32,
    weight: f32,
    reflected: Reflected,
}

impl Varnish {
    fn new(coat: &ClearCoat, o: Vec3A) -> Self {
        let alpha = (coat.roughness * coat.roughness).clamp(ALPHA_MIN, 1.0);
        Self {
            o,
            alpha,
            f0: f0_of(coat.ior),
            weight: coat.weight,
            reflected: Reflected::new(alpha, 0.0),
        }
    }

    fn through(&self, cosine: f32) -> f32 {
        1.0 - self.weight * self.reflected.at(cosine).with(self.f0, 1.0)
    }

    fn evaluate(&self, i: Vec3A) -> (f32, f32) {
        let (lobe, density, cosine) = ggx::evaluate(self.o, i, Vec2::splat(self.alpha));
        let edge = schlick(cosine);
        (
            self.weight * (self.f0 + (1.0 - self.f0) * edge) * lobe,
            density,
        )
    }
}

/// What is under the clear coat at a point.
#[derive(Debug, Clone, Copy)]
enum Ground {
    Paint(Layered),
    Flake(Flake),
}

/// A surface with something on it, seen from one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stack {
    fuzz: Option<Fuzz>,
    varnish: Option<Varnish>,
    ground: Ground,
    /// What fuzz lets pass towards `o`, and what all upper layers do.
    fuzz_o: f32,
    top_o: f32,
    /// `top_o` ÷ mean of `T` over even light.
    even: f32,
    /// Chances to sample fuzz, varnish and ground.
    chances: [f32; 3],
}

impl Stack {
    /// `o.z > 0`; `flake` is the one at this point, if there is one.
    pub(crate) fn new(
        paint: Layered,
        flake: Option<Flake>,
        clear_coat: Option<&ClearCoat>,
        sheen: Option<&scene::material::Sheen>,
        o: Vec3A,
    ) -> Self {
        let fuzz = sheen.map(|sheen| Fuzz::new(sheen, o));
        let varnish = clear_coat.map(|coat| Varnish::new(coat, o));
        let fuzz_o = fuzz.map_or(1.0, |fuzz| fuzz.through(o.z));
        let varnish_o = varnish.map_or(1.0, |varnish| varnish.through(o.z));
        let mut stack = Self {
            fuzz,
            varnish,
            ground: flake.map_or(Ground::Paint(paint), Ground::Flake),
            fuzz_o,
            top_o: fuzz_o * varnish_o,
            even: 0.0,
            chances: [0.0; 3],
        };
        stack.even = stack.top_o / paint.mean_under(|cosine| stack.top(cosine));
        let below = if flake.is_some() {
            1.0
        } else {
            paint.reflects()
        };
        let shares = [
            fuzz.map_or(0.0, |fuzz| fuzz.reflects().max(LEAST)),
            varnish.map_or(0.0, |_| (fuzz_o * (1.0 - varnish_o)).max(LEAST)),
            (stack.top_o * below).max(LEAST),
        ];
        stack.chances = shares.map(|share| share / shares.iter().sum::<f32>());
        stack
    }

    fn top(&self, cosine: f32) -> f32 {
        self.fuzz.map_or(1.0, |fuzz| fuzz.through(cosine))
            * self.varnish.map_or(1.0, |varnish| varnish.through(cosine))
    }

    /// Value × cosine, and density.
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        if i.z <= 0.0 {
            return (Vec3A::ZERO, 0.0);
        }
        let (mut value, mut density) = (Vec3A::ZERO, 0.0);
        let mut top_i = 1.0;
        if let Some(fuzz) = &self.fuzz {
            let (lobe, lobe_density) = fuzz.evaluate(i);
            value += lobe;
            density += self.chances[0] * lobe_density;
            top_i = fuzz.through(i.z);
        }
        if let Some(varnish) = &self.varnish {
            let (lobe, lobe_density) = varnish.evaluate(i);
            value += lobe * self.fuzz_o.min(top_i);
            density += self.chances[1] * lobe_density;
            top_i *= varnish.through(i.z);
        }
        let (sharp, even, lobe_density) = match &self.ground {
            Ground::Paint(paint) => paint.parts(i),
            Ground::Flake(flake) => {
                let (sharp, density) = flake.evaluate(i);
                (sharp, Vec3A::ZERO, density)
            }
        };
        value += sharp * self.top_o.min(top_i) + even * (self.even * top_i);
        density += self.chances[2] * lobe_density;
        (value, density)
    }

    /// One direction by the mixture of all lobes; `u[3]` chooses the layer.
    pub(crate) fn sample(&self, u: [f32; 4]) -> Option<Scattered> {
        let i = if u[3] < self.chances[0] {
            Fuzz::direction([u[0], u[1]])
        } else if let Some(varnish) = self
            .varnish
            .filter(|_| u[3] < self.chances[0] + self.chances[1])
        {
            ggx::sample(varnish.o, Vec2::splat(varnish.alpha), [u[0], u[1]])?
        } else {
            match &self.ground {
                Ground::Paint(paint) => paint.direction([u[0], u[1], u[2]])?,
                Ground::Flake(flake) => flake.direction([u[0], u[1]])?,
            }
        };
        let (value, density) = self.evaluate(i);
        (density > 0.0).then(|| Scattered {
            direction: i,
            weight: value / density,
            density,
        })
    }
}

#[cfg(test)]
mod tests;
