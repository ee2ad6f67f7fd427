//! Was this person's genome in the training data?

use rayon::prelude::*;

use super::attack::{Near, Pool};
use crate::attack::membership::{Scores, Scoring};
use crate::ground::{Ground, Rows};

/// People of each kind, at most.
const TARGETS: usize = 4_000;
/// The fewest of each kind.
const FEWEST: usize = 50;
/// Neighbours of a density estimate.
const NEIGHBOURS: usize = 5;

/// Scores every person by three attackers.
pub(super) struct Membership<'a>(pub(super) &'a Pool);

impl Scoring for Membership<'_> {
    fn knowledge(&self) -> String {
        "Somebody who knows both haplotypes of a person, the synthetic ones, and a sample of people in general, and asks whether the person was in the training data: by the nearest haplotype, by how near the nearest are beside those of people in general, and by how likely the alleles are at the frequencies of either (Homer et al. 2008, as a likelihood ratio by Sankararaman et al. 2009). The threshold of each is set on one half of the targets and judged on the other.".to_owned()
    }

    fn scores(
        &self,
        _ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: &Rows,
    ) -> Result<Scores, String> {
        let pool = self.0;
        let others = pool.people(strangers).count();
        // Half of the strangers are who might have been in; the other half is what the attacker knows of people in general.
        let half = others / 2;
        let targets = half.min(pool.people(members).count()).min(TARGETS);
        if targets < FEWEST || released.count < FEWEST {
            return Err(format!(
                "it needs {FEWEST} training people, {FEWEST} synthetic haplotypes and {} fresh people, and there are {}, {} and {others}",
                2 * FEWEST,
                pool.people(members).count(),
                released.count
            ));
        }
        let asked: Vec<&[u32]> = pool
            .people(members)
            .take(targets)
            .chain(pool.people(strangers).take(targets))
            .collect();
        let known: Vec<u32> = pool
            .people(strangers)
            .skip(half)
            .flatten()
            .copied()
            .collect();
        let released = released.values[0].codes();
        let same = released.len().min(known.len());
        let haplotypes: Vec<u32> = asked.iter().copied().flatten().copied().collect();
        let to_all = pool.nearest::<1>(&haplotypes, released);
        let to_some = pool.nearest::<NEIGHBOURS>(&haplotypes, &released[..same]);
        let to_known = pool.nearest::<NEIGHBOURS>(&haplotypes, &known[..same]);
        let mean = |near: &[Near; NEIGHBOURS]| {
            let there = near.iter().filter(|near| near.distance < u32::MAX);
            there.map(|near| near.distance as f32).sum::<f32>()
        };
        let (of_released, of_known) = (frequencies(pool, released), frequencies(pool, &known));
        let weights: Vec<[f64; 2]> = of_released
            .iter()
            .zip(&of_known)
            .map(|(own, other)| {
                let ratio = |a: f64, b: f64| libm::log(a / b);
                [ratio(1.0 - own, 1.0 - other), ratio(*own, *other)]
            })
            .collect();
        // A person is as suspect as the more suspect of both haplotypes; likelihoods of both are multiplied.
        let mut at = 0;
        let mut scored: [Vec<f32>; 3] = Default::default();
        for own in &asked {
            let places = at..at + own.len();
            at += own.len();
            let most = |of: &dyn Fn(usize) -> f32| {
                places.clone().map(of).fold(f32::NEG_INFINITY, f32::max)
            };
            scored[0].push(most(&|place| -(to_all[place][0].distance as f32)));
            scored[1].push(most(&|place| {
                (mean(&to_known[place]) + 1.0) / (mean(&to_some[place]) + 1.0)
            }));
        }
        scored[2] = asked
            .par_iter()
            .map(|own| {
                own.iter()
                    .map(|&place| likelihood(pool, place, &weights))
                    .sum::<f64>() as f32
            })
            .collect();
        let names = [
            "nearest synthetic haplotype",
            "density ratio of neighbours",
            "likelihood ratio of allele frequencies",
        ];
        let attackers = names.into_iter().zip(scored).map(|(name, mut scores)| {
            let strangers = scores.split_off(targets);
            (name, scores, strangers)
        });
        Ok(Scores {
            attackers: attackers.collect(),
            targets,
        })
    }
}

/// How often the allele 1 is there at each site, with half a haplotype of either added.
fn frequencies(pool: &Pool, places: &[u32]) -> Vec<f64> {
    let mut counts = vec![0.5; pool.sites];
    for &place in places {
        for (word, bits) in pool.bits(place).iter().enumerate() {
            let mut left = *bits;
            while left != 0 {
                counts[word * 64 + left.trailing_zeros() as usize] += 1.0;
                left &= left - 1;
            }
        }
    }
    let n = places.len() as f64 + 1.0;
    counts.into_iter().map(|count| count / n).collect()
}

/// The log of how much likelier alleles are at the frequencies of the released haplotypes than at those of people in general.
fn likelihood(pool: &Pool, place: u32, weights: &[[f64; 2]]) -> f64 {
    let bits = pool.bits(place);
    let sites = weights.iter().enumerate();
    sites
        .map(|(site, weights)| weights[(bits[site / 64] >> (site % 64) & 1) as usize])
        .sum()
}
