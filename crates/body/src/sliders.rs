//! A body by its sliders instead of by its measurements: what [`crate::figure`] solves for, set by hand.

use crate::phenotype::{Phenotype, WEIGHTS, weight_corners};

/// How far the weight slider may leave MakeHuman's own range, as in [`crate::figure`].
pub const WEIGHT_RANGE: (f64, f64) = (-0.15, 1.35);

/// Names and weights of all macro targets of a body: `weight` in [`WEIGHT_RANGE`] (½ average), `height` in `-1..=1` (0 average).
///
/// Their sum on the base mesh is the body that [`crate::figure::solve`] finds at these sliders, before it scales. Some names have no target in
/// the pack (a baby's proportions): they mean "no change".
pub fn targets(phenotype: &Phenotype, weight: f64, height: f64) -> Vec<(String, f32)> {
    let mut list = phenotype.ancestry_targets();
    let (proportion, share) = phenotype.proportion();
    let side = if height > 0.0 {
        "maxheight"
    } else {
        "minheight"
    };
    for (name, corner) in WEIGHTS.iter().zip(weight_corners(weight)) {
        if corner == 0.0 {
            continue;
        }
        for (build, w) in phenotype.build_corners(name) {
            let w = w * corner as f32;
            list.push((format!("macrodetails/universal-{build}"), w));
            if share != 0.0 {
                list.push((
                    format!("macrodetails/proportions/{build}-{proportion}"),
                    w * share,
                ));
            }
            if height != 0.0 {
                list.push((
                    format!("macrodetails/height/{build}-{side}"),
                    w * height.abs() as f32,
                ));
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_each_kind_sum_to_one_everywhere() {
        let phenotype = Phenotype {
            age_years: 33.0,
            masculinity: 0.3,
            ancestry: [0.2, 0.5, 0.3],
            muscle: 0.6,
            proportions: 0.7,
        };
        for weight in [-0.15, 0.0, 0.4, 1.0, 1.35] {
            let list = targets(&phenotype, weight, -0.5);
            let sum = |folder: &str| -> f32 {
                list.iter()
                    .filter(|(name, _)| name.starts_with(folder))
                    .map(|(_, w)| w)
                    .sum()
            };
            assert!((sum("macrodetails/universal-") - 1.0).abs() < 1e-5);
            assert!((sum("macrodetails/height/") - 0.5).abs() < 1e-5);
            assert!((sum("macrodetails/proportions/") - 0.4).abs() < 1e-5);
        }
    }
}
