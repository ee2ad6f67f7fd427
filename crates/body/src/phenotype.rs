//! From years, sex, ancestry, muscle and proportions to weights of MakeHuman's macro targets.
//!
//! MakeHuman's targets are corners of a grid (sex × age × muscle × weight, and ancestry × sex × age); a body is the multilinear
//! interpolation between the corners around it, as in MakeHuman's own `humanmodifier.py` and in Anny (Brégier et al. 2025, §3).

/// What decides the shape of a body apart from height, weight and local features.
#[derive(Debug, Clone, PartialEq)]
pub struct Phenotype {
    /// `0..=90`; MakeHuman's axis runs baby (1) – child (10) – young (25) – old (90).
    pub age_years: f64,
    /// 0 female … 1 male.
    pub masculinity: f64,
    /// Weights of African, Asian, European; sum 1.
    pub ancestry: [f64; 3],
    /// `0..=1`; ½ is average.
    pub muscle: f64,
    /// `0..=1`: 0 uncommon, ½ plain, 1 ideal.
    pub proportions: f64,
}

pub(crate) const SEXES: [&str; 2] = ["female", "male"];
pub(crate) const AGES: [&str; 4] = ["baby", "child", "young", "old"];
pub(crate) const MUSCLES: [&str; 3] = ["minmuscle", "averagemuscle", "maxmuscle"];
/// The three corners of MakeHuman's weight axis.
pub const WEIGHTS: [&str; 3] = ["minweight", "averageweight", "maxweight"];
pub(crate) const ANCESTRIES: [&str; 3] = ["african", "asian", "caucasian"];
const AGE_KNOTS: [f64; 4] = [1.0, 10.0, 25.0, 90.0];

/// Barycentric weights of `x` on a line of increasing `knots`; clamped at both ends.
pub fn on_line<const N: usize>(x: f64, knots: [f64; N]) -> [f64; N] {
    let mut weights = [0.0; N];
    let segment = (1..N - 1).find(|&i| x < knots[i]).unwrap_or(N - 1);
    let t = ((x - knots[segment - 1]) / (knots[segment] - knots[segment - 1])).clamp(0.0, 1.0);
    weights[segment - 1] = 1.0 - t;
    weights[segment] = t;
    weights
}

/// Corner weights of the weight slider, continued linearly a little beyond both ends.
pub(crate) fn weight_corners(slider: f64) -> [f64; 3] {
    if slider < 0.0 {
        [1.0 - 2.0 * slider, 2.0 * slider, 0.0]
    } else if slider > 1.0 {
        [0.0, 2.0 - 2.0 * slider, 2.0 * slider - 1.0]
    } else {
        on_line(slider, [0.0, 0.5, 1.0])
    }
}

impl Phenotype {
    /// Weights of baby, child, young, old.
    pub fn ages(&self) -> [f64; 4] {
        on_line(self.age_years, AGE_KNOTS)
    }

    /// Weights of female, male.
    pub(crate) fn sexes(&self) -> [f64; 2] {
        [1.0 - self.masculinity, self.masculinity]
    }

    /// Weights of least, average, most muscle.
    pub(crate) fn muscles(&self) -> [f64; 3] {
        on_line(self.muscle, [0.0, 0.5, 1.0])
    }

    /// Targets that depend on neither height nor weight: ancestry × sex × age.
    pub fn ancestry_targets(&self) -> Vec<(String, f32)> {
        let mut list = Vec::new();
        for (ancestry, a) in ANCESTRIES.iter().zip(self.ancestry) {
            for (sex, s) in SEXES.iter().zip(self.sexes()) {
                for (age, y) in AGES.iter().zip(self.ages()) {
                    push(
                        &mut list,
                        format!("macrodetails/{ancestry}-{sex}-{age}"),
                        a * s * y,
                    );
                }
            }
        }
        list
    }

    /// For one corner of the weight axis: sex × age × muscle, as `(prefix, weight)` where the prefix lacks folder and ending.
    pub fn build_corners(&self, weight: &str) -> Vec<(String, f32)> {
        let mut list = Vec::new();
        for (sex, s) in SEXES.iter().zip(self.sexes()) {
            for (age, y) in AGES.iter().zip(self.ages()) {
                for (muscle, m) in MUSCLES.iter().zip(self.muscles()) {
                    push(
                        &mut list,
                        format!("{sex}-{age}-{muscle}-{weight}"),
                        s * y * m,
                    );
                }
            }
        }
        list
    }

    /// Name ending and weight of the proportions targets.
    pub fn proportion(&self) -> (&'static str, f32) {
        if self.proportions < 0.5 {
            ("uncommonproportions", (1.0 - 2.0 * self.proportions) as f32)
        } else {
            ("idealproportions", (2.0 * self.proportions - 1.0) as f32)
        }
    }
}

fn push(list: &mut Vec<(String, f32)>, name: String, weight: f64) {
    if weight > 0.0 {
        list.push((name, weight as f32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_on_a_line_sum_to_one_and_hit_the_knots() {
        for step in 0..=1000 {
            let x = f64::from(step) * 0.1 - 2.0;
            let weights = on_line(x, AGE_KNOTS);
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(weights.iter().all(|w| (0.0..=1.0).contains(w)));
        }
        assert_eq!(on_line(10.0, AGE_KNOTS), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(on_line(90.0, AGE_KNOTS), [0.0, 0.0, 0.0, 1.0]);
    }
}
