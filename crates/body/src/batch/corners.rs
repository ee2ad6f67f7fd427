//! Which macro targets a body lies between, by number instead of by name.

use std::collections::BTreeMap;

use super::TargetId;
use crate::phenotype::{AGES, ANCESTRIES, MUSCLES, Phenotype, SEXES, WEIGHTS, weight_corners};

/// Weights of MakeHuman's corners on each of its axes. A macro target counts with the product of its corners' weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corners {
    /// Female, male.
    pub sex: [f64; 2],
    /// Baby, child, young, old.
    pub age: [f64; 4],
    /// Least, average, most.
    pub muscle: [f64; 3],
    /// Least, average, most.
    pub weight: [f64; 3],
    /// Shortest, tallest.
    pub height: [f64; 2],
    /// Uncommon, ideal.
    pub proportions: [f64; 2],
    /// African, Asian, European.
    pub ancestry: [f64; 3],
}

impl Corners {
    /// Of the body that [`crate::sliders::targets`] describes: `weight` in [`crate::sliders::WEIGHT_RANGE`], `height` in `-1..=1`.
    pub fn new(phenotype: &Phenotype, weight: f64, height: f64) -> Self {
        let (ending, share) = phenotype.proportion();
        let share = f64::from(share);
        Self {
            sex: phenotype.sexes(),
            age: phenotype.ages(),
            muscle: phenotype.muscles(),
            weight: weight_corners(weight),
            height: [(-height).max(0.0), height.max(0.0)],
            proportions: if ending.starts_with("uncommon") {
                [share, 0.0]
            } else {
                [0.0, share]
            },
            ancestry: phenotype.ancestry,
        }
    }
}

/// The macro targets by their corners; `None` means that a corner changes nothing (a baby's proportions).
#[derive(Debug)]
pub(super) struct Grid {
    /// Sex, age, muscle, weight: the build itself, then shortest, tallest, uncommon, ideal.
    builds: Vec<[Option<TargetId>; 5]>,
    /// Ancestry, sex, age.
    ancestries: Vec<Option<TargetId>>,
}

impl Grid {
    pub(super) fn new(by_name: &BTreeMap<String, TargetId>) -> Self {
        let find = |name: String| by_name.get(&format!("macrodetails/{name}")).copied();
        let mut builds = Vec::new();
        let mut ancestries = Vec::new();
        for sex in SEXES {
            for age in AGES {
                for muscle in MUSCLES {
                    for weight in WEIGHTS {
                        let build = format!("{sex}-{age}-{muscle}-{weight}");
                        builds.push([
                            find(format!("universal-{build}")),
                            find(format!("height/{build}-minheight")),
                            find(format!("height/{build}-maxheight")),
                            find(format!("proportions/{build}-uncommonproportions")),
                            find(format!("proportions/{build}-idealproportions")),
                        ]);
                    }
                }
            }
        }
        for ancestry in ANCESTRIES {
            for sex in SEXES {
                for age in AGES {
                    ancestries.push(find(format!("{ancestry}-{sex}-{age}")));
                }
            }
        }
        Self { builds, ancestries }
    }

    pub(super) fn push(&self, corners: &Corners, weights: &mut Vec<(TargetId, f32)>) {
        let mut put = |target: Option<TargetId>, weight: f64| {
            if let Some(target) = target
                && weight != 0.0
            {
                weights.push((target, weight as f32));
            }
        };
        let [short, tall] = corners.height;
        let [uncommon, ideal] = corners.proportions;
        let mut builds = self.builds.iter();
        for sex in corners.sex {
            for age in corners.age {
                for muscle in corners.muscle {
                    for (weight, build) in corners.weight.iter().zip(builds.by_ref()) {
                        let corner = sex * age * muscle * weight;
                        if corner != 0.0 {
                            for (target, share) in
                                build.iter().zip([1.0, short, tall, uncommon, ideal])
                            {
                                put(*target, corner * share);
                            }
                        }
                    }
                }
            }
        }
        let mut ancestries = self.ancestries.iter();
        for ancestry in corners.ancestry {
            for sex in corners.sex {
                for (age, target) in corners.age.iter().zip(ancestries.by_ref()) {
                    put(*target, ancestry * sex * age);
                }
            }
        }
    }
}
