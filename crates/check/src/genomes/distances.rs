//! How far haplotypes are apart, counted in sites at which they differ (Hamming 1950): nearest neighbours as an adversary sees them, and all distances.
//!
//! *Adversarial accuracy* (Yale et al. 2020; AATS): of real haplotypes, how many are nearer to another real one than to any synthetic one (AA_truth), and of synthetic ones, how many are nearer to another
//! synthetic one (AA_syn). One half each where both are draws of one population; more where the sets are apart, less where one was copied from the other. Unlike there ties count
//! one half, so that this holds for distances that are whole numbers, too.

use rayon::prelude::*;

use super::Sets;
use super::counts::groups;
use super::haplotypes::Haplotypes;
use crate::finding::{
    Chart, Direction, Finding, Interval, Number, Series, Standing, Table, Unit, percent,
};
use crate::statistics::{GROUPS, around, jackknife, jackknife_error};

/// Pieces that distances are counted in, at most.
const PIECES: usize = 4_096;
/// An accuracy that is surely so far from that of fresh haplotypes is to be looked at; one that is surely as far as the second is bad.
const OFF: [f64; 2] = [0.02, 0.06];
/// The same of distances, in standard deviations of the real ones.
const FAR: [f64; 2] = [0.05, 0.15];

/// Distances of all haplotypes of one set to all of another, jackknife group by jackknife group.
#[derive(Debug)]
pub(super) struct Between {
    /// Of each haplotype the distance to the nearest of each group.
    nearest: Vec<[u32; GROUPS]>,
    /// Its own group.
    groups: Vec<usize>,
    /// How often which distance is there, between each group of one and of the other set.
    often: Vec<Vec<u32>>,
    /// Sites that one piece of distances spans.
    piece: usize,
}

impl Between {
    /// From each of `from` to all of `to`, but for itself where both are the same.
    pub(super) fn new(from: &Haplotypes, to: &Haplotypes, same: bool) -> Self {
        let piece = (from.sites + 1).div_ceil(PIECES);
        let pieces = from.sites / piece + 1;
        let (own, others) = (groups(from), groups(to));
        let of_group = |&(start, end): &(usize, usize)| {
            let mut often = vec![vec![0_u32; pieces]; GROUPS];
            let nearest: Vec<[u32; GROUPS]> = (start..end)
                .map(|query| {
                    let mut nearest = [u32::MAX; GROUPS];
                    for (group, &(start, end)) in others.iter().enumerate() {
                        for candidate in (start..end).filter(|at| !same || *at != query) {
                            let distance = from.distance(query, to, candidate);
                            nearest[group] = nearest[group].min(distance);
                            often[group][distance as usize / piece] += 1;
                        }
                    }
                    nearest
                })
                .collect();
            (nearest, often)
        };
        let parts: Vec<_> = own.par_iter().map(of_group).collect();
        let (nearest, often): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let groups = nearest.iter().enumerate();
        Self {
            groups: groups
                .flat_map(|(group, all): (usize, &Vec<[u32; GROUPS]>)| vec![group; all.len()])
                .collect(),
            nearest: nearest.concat(),
            often: often.concat(),
            piece,
        }
    }

    /// Of each haplotype, or of each outside one group, the distance to the nearest, or to the nearest outside that group.
    fn reach(&self, without: Option<usize>) -> impl Iterator<Item = u32> {
        let kept = self.nearest.iter().zip(&self.groups);
        kept.filter(move |(_, group)| Some(**group) != without)
            .map(move |(nearest, _)| {
                let groups = nearest.iter().enumerate();
                let kept = groups.filter(|(group, _)| Some(*group) != without);
                kept.map(|(_, distance)| *distance)
                    .min()
                    .unwrap_or(u32::MAX)
            })
    }

    /// The share of pairs at each distance, without the haplotypes of one group of either set.
    fn spread(&self, without: Option<usize>) -> Vec<f64> {
        let pieces = self.often[0].len();
        let mut counts = vec![0_u64; pieces];
        for (place, often) in self.often.iter().enumerate() {
            let (own, other) = (place / GROUPS, place % GROUPS);
            if without.is_none_or(|group| own != group && other != group) {
                for (sum, count) in counts.iter_mut().zip(often) {
                    *sum += u64::from(*count);
                }
            }
        }
        let all = counts.iter().sum::<u64>().max(1) as f64;
        counts.into_iter().map(|count| count as f64 / all).collect()
    }

    /// Mean and standard deviation of a distance, in sites.
    fn moments(&self) -> (f64, f64) {
        let shares = self.spread(None);
        let at = |place: usize| (place * self.piece) as f64;
        let mean: f64 = shares
            .iter()
            .enumerate()
            .map(|(place, share)| at(place) * share)
            .sum();
        let squares = shares.iter().enumerate();
        let variance: f64 = squares
            .map(|(place, share)| (at(place) - mean) * (at(place) - mean) * share)
            .sum();
        (mean, variance.sqrt())
    }
}

/// Wasserstein's distance of order one between two distributions over the same places.
fn moved(a: &[f64], b: &[f64], step: usize) -> f64 {
    let mut ahead = 0.0;
    let steps = a.iter().zip(b).map(|(a, b)| {
        ahead += a - b;
        f64::abs(ahead)
    });
    steps.sum::<f64>() * step as f64
}

/// The share of haplotypes that are nearer to another one of their own set.
fn adversary(own: &Between, other: &Between, without: Option<usize>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for (own, other) in own.reach(without).zip(other.reach(without)) {
        n += 1.0;
        sum += match other.cmp(&own) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
    }
    sum / f64::max(n, 1.0)
}

/// Distances of as many haplotypes of each set.
#[derive(Debug)]
pub(super) struct Distances {
    /// Among haplotypes of each set.
    within: Sets<Between>,
    /// From training to synthetic, and to fresh ones.
    from_train: (Between, Option<Between>),
    /// From synthetic and from fresh ones to training ones.
    to_train: (Between, Option<Between>),
    /// From synthetic to fresh ones, and back.
    fresh: Option<(Between, Between)>,
}

impl Distances {
    pub(super) fn new(sets: &Sets<Haplotypes>) -> Self {
        let fresh = sets.fresh.as_ref();
        let cross = |from: &Haplotypes, to: &Haplotypes| Between::new(from, to, false);
        Self {
            within: sets.map(|set| Between::new(set, set, true)),
            from_train: (
                cross(&sets.train, &sets.made),
                fresh.map(|fresh| cross(&sets.train, fresh)),
            ),
            to_train: (
                cross(&sets.made, &sets.train),
                fresh.map(|fresh| cross(fresh, &sets.train)),
            ),
            fresh: fresh.map(|fresh| (cross(&sets.made, fresh), cross(fresh, &sets.made))),
        }
    }

    /// AA_truth and AA_syn of synthetic beside training haplotypes.
    fn halves(&self, without: Option<usize>) -> [f64; 2] {
        [
            adversary(&self.within.train, &self.from_train.0, without),
            adversary(&self.within.made, &self.to_train.0, without),
        ]
    }

    /// The same of fresh beside training ones.
    fn fresh_halves(&self) -> Option<[f64; 2]> {
        let within = self.within.fresh.as_ref()?;
        let (from, to) = (self.from_train.1.as_ref()?, self.to_train.1.as_ref()?);
        Some([
            adversary(&self.within.train, from, None),
            adversary(within, to, None),
        ])
    }

    /// The same of synthetic beside fresh ones.
    fn beside_fresh(&self) -> Option<[f64; 2]> {
        let within = self.within.fresh.as_ref()?;
        let (from_made, to_made) = self.fresh.as_ref()?;
        Some([
            adversary(within, to_made, None),
            adversary(&self.within.made, from_made, None),
        ])
    }

    /// Adversarial accuracy and both of its halves.
    pub(super) fn adversarial(&self) -> [Finding; 3] {
        let value = self.halves(None);
        let without: Vec<[f64; 2]> = (0..GROUPS)
            .into_par_iter()
            .map(|group| self.halves(Some(group)))
            .collect();
        let (best, beside) = (self.fresh_halves(), self.beside_fresh());
        let n = self.within.train.nearest.len() as u64;
        let mean = |halves: [f64; 2]| f64::midpoint(halves[0], halves[1]);
        let number = |of: &dyn Fn([f64; 2]) -> f64| {
            let leave_out: Vec<f64> = without.iter().map(|halves| of(*halves)).collect();
            Number {
                value: of(value),
                interval: Some(jackknife(of(value), &leave_out)),
                best_reachable: Some(best.map_or(0.5, of)),
                direction: Direction::Reference,
                unit: Unit::Share,
                n,
            }
        };
        let mut table = Table::of([
            "",
            "AA_truth: real ones nearer to real ones",
            "AA_syn: the others nearer to their own",
            "AATS: their mean",
        ]);
        let mut push = |name: &str, halves: [f64; 2]| {
            table.push([
                name.to_owned(),
                percent(halves[0]),
                percent(halves[1]),
                percent(mean(halves)),
            ]);
        };
        push("synthetic beside training", value);
        if let (Some(best), Some(beside)) = (best, beside) {
            push("fresh beside training", best);
            push("synthetic beside fresh", beside);
            let loss = mean(beside) - mean(value);
            table.push([
                "privacy loss of Yale et al.: the mean beside fresh less that beside training ones"
                    .to_owned(),
                String::new(),
                String::new(),
                percent(loss),
            ]);
        }
        let whole = number(&mean);
        let (truth, made) = (number(&|halves| halves[0]), number(&|halves| halves[1]));
        let finding = |id: &str, title: &str, number: Number, sentence: String| {
            Finding::new(id, title, number, sentence).standing(standing(&number))
        };
        [
            finding(
                "fidelity.aats",
                "Nearest-neighbour adversarial accuracy (AATS)",
                whole,
                format!(
                    "Somebody who calls a haplotype real if its nearest neighbour is so is right of {} of training and synthetic ones; half is what draws of one population give, more means that they are apart, less that one was copied from the other.",
                    percent(whole.value)
                ),
            )
            .with("Both halves", None, table),
            finding(
                "fidelity.aats.truth",
                "AATS: its half of real haplotypes (AA_truth)",
                truth,
                format!(
                    "{} of training haplotypes are nearer to another training one than to any synthetic one. {}",
                    percent(truth.value),
                    if truth.value > 0.5 {
                        "Above one half there are real kinds that are not made."
                    } else {
                        "Below one half synthetic ones lie too near to training ones."
                    }
                ),
            ),
            finding(
                "fidelity.aats.synthetic",
                "AATS: its half of synthetic haplotypes (AA_syn)",
                made,
                format!(
                    "{} of synthetic haplotypes are nearer to another synthetic one than to any training one. {}",
                    percent(made.value),
                    if made.value > 0.5 {
                        "Above one half they are too much like one another, or unlike real ones."
                    } else {
                        "Below one half they are more like training ones than like one another."
                    }
                ),
            ),
        ]
    }

    /// Distances among synthetic haplotypes, and to real ones, beside those among real ones.
    pub(super) fn pairwise(&self, sites: usize) -> [Finding; 2] {
        let real = &self.within.train;
        let (mean, deviation) = real.moments();
        let names = [
            (
                "fidelity.distances.within",
                "Distances among synthetic haplotypes",
            ),
            (
                "fidelity.distances.between",
                "Distances from synthetic to real haplotypes",
            ),
        ];
        if deviation <= 0.0 {
            let why = "training haplotypes are all equally far apart";
            return names.map(|(id, title)| Finding::not_computed(id, title, why));
        }
        let finding = |(id, title): (&str, &str), made: &Between, fresh: Option<&Between>| {
            let of = |set: &Between, without: Option<usize>| {
                moved(&real.spread(without), &set.spread(without), real.piece) / deviation
            };
            let value = of(made, None);
            let leave_out: Vec<f64> = (0..GROUPS)
                .into_par_iter()
                .map(|group| of(made, Some(group)))
                .collect();
            let number = Number {
                value,
                interval: Some(around(
                    value,
                    jackknife_error(&leave_out),
                    0.0,
                    f64::INFINITY,
                )),
                best_reachable: fresh.map(|fresh| of(fresh, None)),
                direction: Direction::Lower,
                unit: Unit::Plain,
                n: made.nearest.len() as u64,
            };
            let mut table = Table::of(["distances", "mean, in sites", "standard deviation"]);
            let mut push = |name: &str, set: &Between| {
                let (mean, deviation) = set.moments();
                table.push([
                    name.to_owned(),
                    format!("{mean:.1}"),
                    format!("{deviation:.1}"),
                ]);
            };
            push("among training haplotypes", real);
            push("of synthetic ones", made);
            if let Some(fresh) = fresh {
                push("of fresh ones", fresh);
            }
            let series = [
                ("among training haplotypes", Some(real)),
                ("of synthetic ones", Some(made)),
                ("of fresh ones", fresh),
            ];
            let series = series
                .into_iter()
                .filter_map(|(name, set)| Some(curve(name, set?, sites)));
            Finding::new(
                id,
                title,
                number,
                format!(
                    "They have a mean of {:.1} sites, those among training haplotypes of {mean:.1} with a standard deviation of {deviation:.1}; on average they would have to be moved by {value:.3} standard deviations (Wasserstein) to be alike.",
                    made.moments().0
                ),
            )
            .standing(far(&number))
            .with(
                "How far haplotypes are apart",
                Some(Chart::Lines {
                    x: "share of sites that differ".to_owned(),
                    y: "share of pairs that are at most so far apart".to_owned(),
                    series: series.collect(),
                }),
                table,
            )
        };
        [
            finding(names[0], &self.within.made, self.within.fresh.as_ref()),
            finding(names[1], &self.to_train.0, self.to_train.1.as_ref()),
        ]
    }
}

fn curve(name: &str, set: &Between, sites: usize) -> Series {
    let mut upto = 0.0;
    let all = set.spread(None);
    let every = all.len().div_ceil(200);
    let points = all.iter().enumerate().filter_map(|(place, share)| {
        upto += share;
        (place % every == 0).then(|| ((place * set.piece) as f64 / sites as f64, upto))
    });
    Series {
        name: name.to_owned(),
        points: points.take_while(|(_, upto)| *upto < 1.0).collect(),
    }
}

/// How an accuracy stands that should be what fresh haplotypes have.
fn standing(number: &Number) -> Standing {
    let best = number.best_reachable.unwrap_or(0.5);
    let interval = number.interval.unwrap_or(Interval {
        low: number.value,
        high: number.value,
    });
    let off = (interval.low - best).max(best - interval.high);
    if off <= OFF[0] {
        Standing::Good
    } else if off <= OFF[1] {
        Standing::Attention
    } else {
        Standing::Bad
    }
}

/// How a distance in standard deviations stands beside that of fresh haplotypes.
pub(super) fn far(number: &Number) -> Standing {
    let low = number
        .interval
        .map_or(number.value, |interval| interval.low);
    match number.best_reachable {
        None => Standing::Neutral,
        Some(best) if low - best <= FAR[0] => Standing::Good,
        Some(best) if low - best <= FAR[1] => Standing::Attention,
        Some(_) => Standing::Bad,
    }
}

#[cfg(test)]
mod tests {
    use population::stream::{Seed, Streams};

    use super::*;

    fn drawn(name: &str, count: usize, sites: usize) -> Vec<Vec<bool>> {
        let mut stream = Streams::new(Seed(5), 0).stream(name);
        (0..count)
            .map(|_| (0..sites).map(|_| stream.uniform() < 0.3).collect())
            .collect()
    }

    fn apart(a: &[bool], b: &[bool]) -> u32 {
        a.iter().zip(b).filter(|(a, b)| a != b).count() as u32
    }

    /// AA by definition: each haplotype against all others.
    fn slow(own: &[Vec<bool>], other: &[Vec<bool>]) -> f64 {
        let each = own.iter().enumerate().map(|(at, one)| {
            let others = own.iter().enumerate().filter(|(place, _)| *place != at);
            let near = others.map(|(_, two)| apart(one, two)).min();
            let cross = other.iter().map(|two| apart(one, two)).min();
            match cross.cmp(&near) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            }
        });
        each.sum::<f64>() / own.len() as f64
    }

    #[test]
    fn adversarial_accuracy_and_distances_are_those_of_their_definitions() {
        let (train, mut made) = (drawn("train", 80, 90), drawn("made", 80, 90));
        made[..20].clone_from_slice(&train[10..30]);
        let sets = Sets {
            train: Haplotypes::of_alleles(&train),
            made: Haplotypes::of_alleles(&made),
            fresh: None,
        };
        let distances = Distances::new(&sets);
        let [truth, synthetic] = distances.halves(None);
        assert!((truth - slow(&train, &made)).abs() < 1e-12);
        assert!((synthetic - slow(&made, &train)).abs() < 1e-12);
        // Leaving out the third group is having been without it.
        let (from, to) = groups(&sets.train)[2];
        let left = |all: &[Vec<bool>]| -> Vec<Vec<bool>> { [&all[..from], &all[to..]].concat() };
        let [truth, _] = distances.halves(Some(2));
        assert!((truth - slow(&left(&train), &left(&made))).abs() < 1e-12);
        let mut all: Vec<u32> = Vec::new();
        for one in &made {
            all.extend(train.iter().map(|two| apart(one, two)));
        }
        let mean = all.iter().map(|&d| f64::from(d)).sum::<f64>() / all.len() as f64;
        assert!((distances.to_train.0.moments().0 - mean).abs() < 1e-9);
    }

    #[test]
    fn wassersteins_distance_is_how_far_mass_moves() {
        assert!((moved(&[1.0, 0.0, 0.0, 0.0], &[0.0, 0.0, 0.0, 1.0], 1) - 3.0).abs() < 1e-12);
        assert!((moved(&[0.5, 0.5, 0.0], &[0.0, 0.5, 0.5], 2) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn copies_of_everything_give_an_accuracy_of_zero() {
        let train = drawn("train", 60, 80);
        let sets = Sets {
            train: Haplotypes::of_alleles(&train),
            made: Haplotypes::of_alleles(&train),
            fresh: None,
        };
        assert_eq!(Distances::new(&sets).halves(None), [0.0, 0.0]);
    }
}
