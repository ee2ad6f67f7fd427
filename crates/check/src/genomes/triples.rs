//! Correlations of three sites beyond those of their pairs: the mean of (x − p)(y − q)(z − s), triple by triple (Yelmen et al. 2021).

use std::collections::BTreeSet;

use population::stream::{Seed, Streams};
use rayon::prelude::*;

use super::Sets;
use super::counts::{ByGroup, Counts, correlation, total};
use super::linkage::{FEWEST, common};
use crate::fidelity::marginal;
use crate::finding::{Direction, Finding, Number, Table, Unit};
use crate::statistics::{GROUPS, jackknife};

/// Steps between the three sites of a triple, among the common sites.
const STEPS: [usize; 5] = [1, 4, 16, 64, 256];
/// Triples of each step, at most.
const TRIPLES: usize = 2_000;

/// The correlation, over triples, of what three sites have in common in training and in synthetic haplotypes.
pub(super) fn finding(sets: &Sets<Counts>, seed: Seed) -> Finding {
    let (id, title) = ("fidelity.triples", "Correlations of three sites");
    let sites = common(&sets.train);
    let mut stream = Streams::new(seed, 0).stream("check/genomes/triples");
    let mut triples: Vec<(usize, [usize; 3])> = Vec::new();
    for (number, &step) in STEPS.iter().enumerate() {
        let starts = sites.len().saturating_sub(2 * step);
        let all: Vec<usize> = if starts <= TRIPLES {
            (0..starts).collect()
        } else {
            let drawn: BTreeSet<usize> = (0..TRIPLES)
                .map(|_| stream.below(starts as u64) as usize)
                .collect();
            drawn.into_iter().collect()
        };
        triples.extend(
            all.into_iter()
                .map(|at| (number, [sites[at], sites[at + step], sites[at + 2 * step]])),
        );
    }
    if triples.len() < FEWEST {
        return Finding::not_computed(
            id,
            title,
            "it needs more sites whose rarer allele one training haplotype in twenty has",
        );
    }
    // Of each triple the counts of its three pairs and of all together.
    let counted = sets.map(|counts| -> Vec<[ByGroup; 4]> {
        triples
            .par_iter()
            .map(|&(_, [a, b, c])| {
                [
                    counts.both(a, b),
                    counts.both(a, c),
                    counts.both(b, c),
                    counts.all(a, b, c),
                ]
            })
            .collect()
    });
    let moments = |counts: &Counts, counted: &[[ByGroup; 4]], without: Option<usize>| -> Vec<f64> {
        let n = total(&counts.haplotypes, without);
        let all = triples.iter().zip(counted);
        all.map(|(&(_, [a, b, c]), [ab, ac, bc, abc])| {
            let [p, q, s] = [a, b, c].map(|site| total(counts.ones(site), without) / n);
            let [pq, ps, qs, all] = [ab, ac, bc, abc].map(|count| total(count, without) / n);
            all - p * qs - q * ps - s * pq + 2.0 * p * q * s
        })
        .collect()
    };
    let alike = |a: &[f64], b: &[f64], step: Option<usize>| {
        let pairs = a.iter().zip(b).zip(&triples);
        let own = pairs.filter(|(_, triple)| step.is_none_or(|step| triple.0 == step));
        correlation(own.map(|((a, b), _)| (*a, *b)))
    };
    let real = moments(&sets.train, &counted.train, None);
    let made = moments(&sets.made, &counted.made, None);
    let fresh = sets.fresh.as_ref().zip(counted.fresh.as_ref());
    let fresh = fresh.map(|(counts, counted)| moments(counts, counted, None));
    let Some(value) = alike(&real, &made, None) else {
        return Finding::not_computed(id, title, "one of the sets has no such correlations");
    };
    let leave_out: Vec<f64> = (0..GROUPS)
        .into_par_iter()
        .map(|group| {
            let real = moments(&sets.train, &counted.train, Some(group));
            let made = moments(&sets.made, &counted.made, Some(group));
            alike(&real, &made, None).unwrap_or(0.0)
        })
        .collect();
    let number = Number {
        value,
        interval: Some(jackknife(value, &leave_out)),
        best_reachable: fresh.as_ref().and_then(|fresh| alike(&real, fresh, None)),
        direction: Direction::Higher,
        unit: Unit::Plain,
        n: triples.len() as u64,
    };
    let mut table = Table::of(["sites between", "triples", "synthetic", "fresh"]);
    let written = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |r| format!("{r:.3}"));
    for (number, step) in STEPS.iter().enumerate() {
        let count = triples.iter().filter(|triple| triple.0 == number).count();
        if count >= FEWEST {
            table.push([
                (step - 1).to_string(),
                count.to_string(),
                written(alike(&real, &made, Some(number))),
                written(
                    fresh
                        .as_ref()
                        .and_then(|fresh| alike(&real, fresh, Some(number))),
                ),
            ]);
        }
    }
    Finding::new(
        id,
        title,
        number,
        format!(
            "What three sites have in common beyond their pairs correlates by {value:.3} over {} triples; a generator that knows pairs alone gives 0.",
            triples.len()
        ),
    )
    .standing(marginal::standing(&number))
    .with("By the number of common sites between", None, table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genomes::haplotypes::Haplotypes;

    #[test]
    fn parity_of_three_sites_is_seen_where_pairs_tell_nothing() {
        // Each third site is the parity of the two before it, or, in the second set, drawn as well: pairs are independent in both.
        let drawn = |name: &str, parity: bool| {
            let mut stream = Streams::new(Seed(6), 0).stream(name);
            let rows: Vec<Vec<bool>> = (0..2_000)
                .map(|_| {
                    let mut row = Vec::new();
                    for _ in 0..20 {
                        let (a, b, c) = (
                            stream.uniform() < 0.5,
                            stream.uniform() < 0.5,
                            stream.uniform() < 0.5,
                        );
                        row.extend([a, b, if parity { a ^ b } else { c }]);
                    }
                    row
                })
                .collect();
            Counts::new(&Haplotypes::of_alleles(&rows))
        };
        let beside = |parity: bool| {
            let sets = Sets {
                train: drawn("train", true),
                made: drawn("made", parity),
                fresh: None,
            };
            finding(&sets, Seed(0)).number().map(|number| number.value)
        };
        // A third of the triples of neighbours have a moment of −1/8, all others 0 with an error of 0.003.
        assert!(beside(true).is_some_and(|value| value > 0.95));
        assert!(beside(false).is_some_and(|value| value.abs() < 0.3));
    }
}
