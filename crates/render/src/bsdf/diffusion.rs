//! How far from where light enters skin it leaves again.
//!
//! Normalised diffusion (Christensen & Burley 2015, "Approximate Reflectance Profiles for Efficient Subsurface Scattering"):
//! `R(r) = A (e^(−r/d) + e^(−r/3d)) / (8π d r)` per channel, whose integral over a plane is the albedo `A`. `d = ℓ / (3.5 + 100 (A − 0.33)⁴)` with the
//! diffuse mean free path `ℓ` (their eq. 8). Places are found by probe rays along three axes, combined over axes and channels by
//! multiple importance sampling (King et al. 2013, "BSSRDF Importance Sampling"). The albedo is taken where light leaves: painted skin
//! textures already show the result of diffusion, and detail stays as sharp as painted.
use glam::Vec3A;
use std::f32::consts::PI;

/// Profiles end here, in units of `d`; less than 0.4 % of the light would go farther, and is kept by renormalising.
const REACH: f32 = 16.0;

/// Three profiles, one per colour channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    /// Shape parameters, metres, positive.
    d: Vec3A,
    /// Fraction of each profile within [`REACH`].
    kept: f32,
}

/// The profiles' shape parameter by albedo and diffuse mean free path, metres (their eq. 8).
pub(super) fn shape(albedo: Vec3A, mean_free_path: Vec3A) -> Vec3A {
    let off = albedo - 0.33;
    let squared = off * off;
    mean_free_path / (Vec3A::splat(3.5) + 100.0 * squared * squared)
}

impl Profile {
    /// `None` when light does not wander at all. `mean_free_path` in metres.
    pub(crate) fn new(albedo: Vec3A, mean_free_path: Vec3A) -> Option<Self> {
        /// Shorter than any pixel sees.
        const LEAST_M: f32 = 1e-6;
        if mean_free_path.max_element() <= LEAST_M {
            return None;
        }
        Some(Self {
            d: shape(albedo, mean_free_path.max(Vec3A::splat(LEAST_M))),
            kept: 1.0 - 0.25 * (-REACH).exp() - 0.75 * (-REACH / 3.0).exp(),
        })
    }

    /// Light per area that leaves at a distance, per channel, for albedo 1; zero where `range` is beyond a channel's end.
    ///
    /// A probe sees `r` foreshortened and reaches as far as its channel's profile: `range` is the whole distance.
    pub(crate) fn value(&self, r: f32, range: f32) -> Vec3A {
        let r = r.max(1e-7);
        let per_channel = |d: f32| {
            if range > REACH * d {
                return 0.0;
            }
            let e = (-r / (3.0 * d)).exp();
            (e * e * e + e) / (8.0 * PI * d * r * self.kept)
        };
        Vec3A::new(
            per_channel(self.d.x),
            per_channel(self.d.y),
            per_channel(self.d.z),
        )
    }

    /// Share of a plane's light that leaves within a distance, per channel.
    #[cfg(test)]
    pub(super) fn within(&self, r: f32) -> Vec3A {
        let per_channel = |d: f32| {
            let x = (r / d).min(REACH);
            (1.0 - 0.25 * (-x).exp() - 0.75 * (-x / 3.0).exp()) / self.kept
        };
        Vec3A::from_array(self.d.to_array().map(per_channel))
    }

    /// Chance of each channel to be drawn from: half evenly, half by width, for only the widest reaches far.
    fn chances(&self) -> Vec3A {
        Vec3A::splat(0.5 / 3.0) + self.d * (0.5 / self.d.element_sum())
    }

    /// Chooses a channel.
    pub(crate) fn channel(&self, u: f32) -> usize {
        let chances = self.chances();
        if u < chances.x {
            0
        } else {
            1 + usize::from(u >= chances.x + chances.y)
        }
    }

    /// Density by area of distances drawn from a chosen channel, for a probe that sees `r` and reaches as far as its channel's profile.
    pub(crate) fn density(&self, r: f32, range: f32) -> f32 {
        self.chances().dot(self.value(r, range))
    }

    /// A distance drawn from one channel's profile, and that profile's end.
    pub(crate) fn sample(&self, channel: usize, u: f32) -> (f32, f32) {
        let d = self.d[channel];
        // A quarter of the light follows the short exponential, the rest the long one, each cut at the end.
        let truncated =
            |scale: f32, u: f32| -scale * (1.0 - u * (1.0 - (-REACH * d / scale).exp())).ln();
        // The shares within the reach differ slightly from ¼ and ¾.
        let short = 0.25 * (1.0 - (-REACH).exp()) / self.kept;
        let r = if u < short {
            truncated(d, u / short)
        } else {
            truncated(3.0 * d, ((u - short) / (1.0 - short)).min(0.999_999_9))
        };
        (r.min(REACH * d), REACH * d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_gives_back_all_light_of_a_plane() {
        let profile = Profile::new(
            Vec3A::new(0.8, 0.3, 0.05),
            Vec3A::new(3.7e-3, 1.4e-3, 0.7e-3),
        )
        .expect("wanders");
        let mut sum = Vec3A::ZERO;
        let steps = 200_000;
        let end = profile.d.max_element() * REACH;
        for k in 0..steps {
            let r = (k as f32 + 0.5) / steps as f32 * end;
            sum += profile.value(r, r) * (2.0 * PI * r * end / steps as f32);
        }
        assert!((sum - Vec3A::ONE).abs().max_element() < 1e-3, "{sum}");
    }

    #[test]
    fn drawn_distances_follow_the_profile() {
        // Kolmogorov-Smirnov against the closed form with 10,000 stratified numbers: they leave no random error to allow for.
        let profile = Profile::new(Vec3A::splat(0.5), Vec3A::splat(1e-3)).expect("wanders");
        let n = 10_000;
        let mut distances: Vec<f32> = (0..n)
            .map(|k| profile.sample(1, (k as f32 + 0.5) / n as f32).0 / profile.d.y)
            .collect();
        distances.sort_by(f32::total_cmp);
        for (k, x) in distances.iter().enumerate() {
            let cumulative = profile.within(x * profile.d.y).y;
            assert!((cumulative - (k as f32 + 0.5) / n as f32).abs() < 1e-3);
        }
    }
}
