//! Light that wanders below a surface, step by step.
//!
//! Chiang, Kutz & Burley 2016, "Practical and Controllable Subsurface Scattering for Production Path Tracing": a volume that scatters alike in all directions,
//! chosen so that the surface shows the colour it was given. A half space whose single-scattering albedo is `1 − s²` returns
//! `(1 − s)(1 − 0.139 s) / (1 + 1.17 s)` of diffuse light (van de Hulst 1980); solved for `s`, this keeps white exactly white, which the paper's
//! own fit does not. The mean free path follows from the diffuse one through the profile of [`super::diffusion`]: `d` as there, `ℓ = d (1.9 − A + 3.5 (A − 0.8)²)`
//! (Christensen & Burley 2015, eq. 6). Channels share each step: one is chosen by what the walker still carries, and the others are weighed by
//! the balance heuristic (hero wavelengths: Wilkie et al. 2014).
use super::diffusion::shape;
use crate::{ray::Ray, sampling::Dice};
use glam::Vec3A;
use std::f32::consts::{PI, TAU};

/// Steps before a walker is put back to where it entered, dimmed by what it would lose on its way (see [`tail`]). It has by then gone so far that where it
/// leaves is hardly seen.
const MAX_STEPS: u32 = 512;
/// Steps before Russian roulette begins.
const SURE_STEPS: u32 = 8;

/// What is below a surface, per channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turbid {
    /// Steps per metre.
    density: Vec3A,
    /// Share of light that goes on at each step.
    albedo: Vec3A,
}

/// How a walk ended.
#[derive(Debug)]
pub(crate) struct Emerged<E> {
    /// Where the boundary was reached; `None` where the walker entered.
    pub(crate) exit: Option<E>,
    /// What is left of the light, ÷ density.
    pub(crate) weight: Vec3A,
}

/// Single-scattering albedo of a half space that shows a colour.
fn single_albedo(colour: f32) -> f32 {
    let a = colour.clamp(0.0, 1.0);
    // 0.139 s² − (1.139 + 1.17 a) s + (1 − a) = 0, its smaller root in the form that loses no digits.
    let b = 1.139 + 1.17 * a;
    let s = 2.0 * (1.0 - a) / (b + (b * b - 4.0 * 0.139 * (1.0 - a)).sqrt());
    1.0 - s * s
}

impl Turbid {
    /// `None` when light does not wander at all. `mean_free_path`: the diffuse one, metres.
    pub(crate) fn new(colour: Vec3A, mean_free_path: Vec3A) -> Option<Self> {
        /// Shorter than any pixel sees, and in relation to the widest channel.
        const LEAST_M: f32 = 1e-6;
        const LEAST_SHARE: f32 = 0.01;
        let widest = mean_free_path.max_element();
        if widest <= LEAST_M {
            return None;
        }
        let off = colour - 0.8;
        let d = shape(
            colour,
            mean_free_path.max(Vec3A::splat(LEAST_M.max(LEAST_SHARE * widest))),
        );
        Some(Self {
            density: 1.0 / (d * (1.9 - colour + 3.5 * off * off)),
            albedo: Vec3A::from_array(colour.to_array().map(single_albedo)),
        })
    }

    /// Walks from a point of the surface in a direction below it until `boundary` finds that a step (a ray with an end) crosses it, and at which
    /// distance. `None` when the light is absorbed.
    pub(crate) fn walk<E>(
        &self,
        origin: Vec3A,
        direction: Vec3A,
        dice: &mut Dice,
        mut boundary: impl FnMut(&Ray) -> Option<(f32, E)>,
    ) -> Option<Emerged<E>> {
        let (mut origin, mut direction) = (origin, direction);
        let mut weight = Vec3A::ONE;
        for step in 0..MAX_STEPS {
            let carried = weight * self.albedo + Vec3A::splat(1e-12);
            let chance = carried / carried.element_sum();
            let u = dice.next();
            let channel = usize::from(u >= chance.x) + usize::from(u >= chance.x + chance.y);
            let t_max = -(1.0 - dice.next()).ln() / self.density[channel];
            let ray = Ray {
                origin,
                direction,
                t_max,
            };
            let left = |t: f32| Vec3A::from_array((self.density * -t).to_array().map(f32::exp));
            if let Some((t, exit)) = boundary(&ray) {
                let left = left(t);
                weight *= left / chance.dot(left).max(1e-30);
                return Some(Emerged {
                    exit: Some(exit),
                    weight,
                });
            }
            let arrives = self.density * left(t_max);
            weight *= self.albedo * arrives / chance.dot(arrives).max(1e-30);
            if step >= SURE_STEPS {
                let survive = weight.max_element().min(1.0);
                if dice.next() >= survive {
                    return None;
                }
                weight /= survive;
            }
            origin += direction * t_max;
            direction = sphere(dice.next(), dice.next());
        }
        Some(Emerged {
            exit: None,
            weight: weight * Vec3A::from_array(self.albedo.to_array().map(tail)),
        })
    }
}

/// What is left on average of a walk after [`MAX_STEPS`] when it ends.
///
/// Walks in a half space end after more than n steps with a chance that falls as `1/√n`; with `x = n (1 − albedo)`, the mean of `albedo^steps` relative to
/// that at `n` is `1 − √(π x) eˣ erfc √x`.
fn tail(albedo: f32) -> f32 {
    let y = (MAX_STEPS as f32 * (1.0 - albedo)).max(0.0).sqrt();
    // e^(y²) erfc y: Abramowitz & Stegun 1964, 7.1.26.
    let t = 1.0 / (1.0 + 0.327_591_1 * y);
    let scaled = t
        * (0.254_829_6
            + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    (1.0 - PI.sqrt() * y * scaled).max(0.0)
}

fn sphere(u: f32, v: f32) -> Vec3A {
    let z = 2.0 * u - 1.0;
    let radius = (1.0 - z * z).max(0.0).sqrt();
    let (sin, cos) = (TAU * v).sin_cos();
    Vec3A::new(radius * cos, radius * sin, z)
}

#[cfg(test)]
mod tests {
    use super::super::diffusion::Profile;
    use super::*;
    use crate::sampling::cosine_hemisphere;

    fn downwards(dice: &mut Dice) -> Vec3A {
        -cosine_hemisphere([dice.next(), dice.next()])
    }

    /// Where a step leaves the half space below `z = 0`.
    fn half_space(ray: &Ray) -> Option<(f32, Vec3A)> {
        let t = -ray.origin.z / ray.direction.z;
        (ray.direction.z > 0.0 && t <= ray.t_max).then(|| (t, ray.origin + ray.direction * t))
    }

    /// Mean returned light of a half space.
    fn returned(colour: Vec3A, mean_free_path: Vec3A, count: u32) -> Vec3A {
        let turbid = Turbid::new(colour, mean_free_path).expect("wanders");
        let mut dice = Dice::new(3);
        (0..count)
            .filter_map(|_| {
                let direction = downwards(&mut dice);
                turbid.walk(Vec3A::ZERO, direction, &mut dice, half_space)
            })
            .map(|emerged| emerged.weight)
            .sum::<Vec3A>()
            / count as f32
    }

    #[test]
    fn a_half_space_shows_the_colour_it_was_given() {
        // Standard error below 0.4 %.
        for colour in [0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0] {
            let found = returned(Vec3A::splat(colour), Vec3A::splat(1e-3), 20_000).x;
            assert!(
                (found - colour).abs() < 0.01 + 0.01 * colour,
                "{found} for {colour}"
            );
        }
    }

    #[test]
    fn each_channel_keeps_its_own_colour_and_width() {
        let colour = Vec3A::new(0.8, 0.4, 0.15);
        let found = returned(colour, Vec3A::new(3.7e-3, 1.4e-3, 0.7e-3), 60_000);
        assert!(
            ((found - colour) / colour).abs().max_element() < 0.03,
            "{found} for {colour}"
        );
    }

    #[test]
    fn a_white_ball_gives_back_all_light_and_a_thin_sheet_lets_some_through() {
        let turbid = Turbid::new(Vec3A::ONE, Vec3A::splat(0.05)).expect("wanders");
        let mut dice = Dice::new(4);
        let ball = |ray: &Ray| {
            // Inside the unit ball around (0, 0, −1).
            let from = ray.origin + Vec3A::Z;
            let b = from.dot(ray.direction);
            let t = -b + (b * b - from.length_squared() + 1.0).max(0.0).sqrt();
            (t <= ray.t_max).then_some((t, ()))
        };
        let count = 3000;
        let mut sum = Vec3A::ZERO;
        for _ in 0..count {
            let direction = downwards(&mut dice);
            if let Some(emerged) = turbid.walk(Vec3A::NEG_Z * 1e-6, direction, &mut dice, ball) {
                sum += emerged.weight;
            }
        }
        assert!((sum.y / count as f32 - 1.0).abs() < 1e-3, "{sum}");
        // A lossless sheet: what does not come back goes through.
        let (mut back, mut through) = (0, 0);
        for _ in 0..count {
            let direction = downwards(&mut dice);
            let sheet = |ray: &Ray| {
                let wall = if ray.direction.z > 0.0 { 0.0 } else { -0.01 };
                let t = (wall - ray.origin.z) / ray.direction.z;
                (t <= ray.t_max).then_some((t, wall < 0.0))
            };
            match turbid.walk(Vec3A::ZERO, direction, &mut dice, sheet) {
                Some(Emerged {
                    exit: Some(true), ..
                }) => through += 1,
                Some(_) => back += 1,
                None => panic!("light was lost"),
            }
        }
        assert_eq!(back + through, count);
        assert!(through > count / 20, "{through} of {count}");
    }

    #[test]
    fn walks_and_the_diffusion_profile_agree_on_how_far_light_goes() {
        // The fast mode (Interior::Skin) against this one, on a plane. Its authors fitted it to within some percent of such walks.
        for (colour, allowed) in [(0.3_f32, 0.08), (0.6, 0.08), (0.8, 0.08), (0.95, 0.12)] {
            let (colour, free) = (Vec3A::splat(colour), Vec3A::splat(1e-3));
            let turbid = Turbid::new(colour, free).expect("wanders");
            let profile = Profile::new(colour, free).expect("wanders");
            let mut dice = Dice::new(9);
            let mut exits: Vec<(f32, f32)> = (0..30_000)
                .filter_map(|_| {
                    let direction = downwards(&mut dice);
                    let emerged = turbid.walk(Vec3A::ZERO, direction, &mut dice, half_space)?;
                    let exit = emerged.exit.unwrap_or(Vec3A::ZERO);
                    Some((exit.truncate().length(), emerged.weight.x))
                })
                .collect();
            exits.sort_by(|a, b| a.0.total_cmp(&b.0));
            let total: f32 = exits.iter().map(|exit| exit.1).sum();
            let (mut below, mut worst) = (0.0, 0.0_f32);
            for (radius, weight) in exits {
                below += weight;
                worst = worst.max((below / total - profile.within(radius).x).abs());
            }
            assert!(
                worst < allowed,
                "colour {}: distributions of distance differ by {worst}",
                colour.x
            );
        }
    }
}
