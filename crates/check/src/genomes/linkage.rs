//! What alleles have to do with each other: linkage disequilibrium of pairs by distance, its sign and size pair by pair.
//!
//! r² = (p₁₁ − p₁ p₂)² / (p₁ (1 − p₁) p₂ (1 − p₂)) (Hill & Robertson 1968). Of n haplotypes it is 1/n too large on average, in all sets alike, since as many of each are counted. Pairs are
//! of sites whose rarer allele a twentieth of the training haplotypes have; a site that no longer varies is linked to none.

use std::collections::BTreeSet;

use population::stream::{Seed, Streams};
use rayon::prelude::*;

use super::Sets;
use super::counts::{ByGroup, Counts, correlation, total};
use super::legend::Site;
use crate::fidelity::marginal;
use crate::finding::{Chart, Direction, Finding, Number, Panel, PanelPoint, Standing, Table, Unit};
use crate::statistics::{GROUPS, jackknife, jackknife_error};

/// The rarer allele is at least as frequent at sites whose linkage is told.
const COMMON: f64 = 0.05;
/// Distances are parted so finely, each piece some 1.6 to 4 times as far as the one before.
const PIECES: usize = 10;
/// Pairs of each piece, at most.
const PAIRS: usize = 2_000;
/// The fewest pairs of a piece, and triples.
pub(super) const FEWEST: usize = 20;
/// What of the real curve may be missed, beyond what fresh haplotypes miss: still good, and to be looked at.
const MISSED: [f64; 2] = [0.05, 0.15];

/// Two sites, and the piece of distances that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    piece: usize,
    sites: (usize, usize),
}

/// Pairs of sites by distance.
#[derive(Debug)]
pub(super) struct Pairs {
    all: Vec<Pair>,
    /// Where each piece begins, and both of its ends: `1.2 kb`, `1.2 kb to 3.1 kb`.
    ticks: Vec<String>,
    spans: Vec<String>,
    by_position: bool,
}

/// The sites whose linkage is told.
pub(super) fn common(train: &Counts) -> Vec<usize> {
    let frequent = |site: &usize| {
        let p = train.frequency(*site, None);
        p.min(1.0 - p) >= COMMON
    };
    (0..train.sites).filter(frequent).collect()
}

impl Pairs {
    /// Random pairs of every piece of distances: in bases where places are known, else in sites.
    pub(super) fn drawn(train: &Counts, places: Option<&[Site]>, seed: Seed) -> Option<Self> {
        // Chromosome after chromosome, by position.
        let mut chromosomes: Vec<&str> = places
            .iter()
            .flat_map(|places| places.iter().map(|site| site.chromosome.as_str()))
            .collect();
        chromosomes.sort_unstable();
        chromosomes.dedup();
        let place = |site: usize| match places {
            None => (0, site as u64),
            Some(places) => {
                let own = &places[site];
                let chromosome = chromosomes.binary_search(&own.chromosome.as_str());
                (chromosome.unwrap_or(0), own.position)
            }
        };
        let mut order: Vec<(usize, u64, usize)> = common(train)
            .into_iter()
            .map(|site| (place(site).0, place(site).1, site))
            .collect();
        order.sort_unstable();
        let gaps = order
            .windows(2)
            .filter(|two| two[0].0 == two[1].0)
            .map(|two| two[1].1 - two[0].1)
            .filter(|gap| *gap > 0);
        let nearest = gaps.min()?;
        let furthest = order
            .chunk_by(|a, b| a.0 == b.0)
            .map(|all| all[all.len() - 1].1 - all[0].1)
            .max()?;
        let edge = |piece: usize| {
            let share = piece as f64 / PIECES as f64;
            let ratio = libm::log(furthest as f64 / nearest as f64);
            (nearest as f64 * libm::exp(ratio * share)).round() as u64
        };
        let mut stream = Streams::new(seed, 0).stream("check/genomes/pairs");
        let mut drawn = BTreeSet::new();
        let (mut ticks, mut spans) = (Vec::new(), Vec::new());
        for piece in 0..PIECES {
            let (low, mut high) = (edge(piece), edge(piece + 1));
            if piece + 1 == PIECES {
                high = furthest + 1;
            }
            if high <= low {
                continue;
            }
            let mut own = BTreeSet::new();
            for _ in 0..PAIRS * 5 {
                let first = stream.below(order.len() as u64) as usize;
                let (chromosome, from, a) = order[first];
                let at = |distance: u64| {
                    order
                        .partition_point(|other| (other.0, other.1) < (chromosome, from + distance))
                };
                let (start, end) = (at(low), at(high));
                if start < end {
                    let second = start + stream.below((end - start) as u64) as usize;
                    own.insert((a, order[second].2));
                }
                if own.len() == PAIRS {
                    break;
                }
            }
            if own.len() < FEWEST {
                continue;
            }
            let piece = ticks.len();
            drawn.extend(own.into_iter().map(|sites| Pair { piece, sites }));
            let written = |distance: u64| {
                if places.is_some() {
                    bases(distance)
                } else {
                    distance.to_string()
                }
            };
            ticks.push(written(low));
            spans.push(if high - low == 1 {
                written(low)
            } else {
                format!("{} to {}", written(low), written(high - 1))
            });
        }
        (!drawn.is_empty()).then(|| Self {
            all: drawn.into_iter().collect(),
            ticks,
            spans,
            by_position: places.is_some(),
        })
    }
}

/// A distance in bases, with a unit of its size.
fn bases(count: u64) -> String {
    let (value, unit) = match count {
        ..1_000 => return format!("{count} b"),
        1_000..1_000_000 => (count as f64 / 1e3, "kb"),
        _ => (count as f64 / 1e6, "Mb"),
    };
    if value < 10.0 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

/// Counts of pairs in one set.
struct Linked<'a> {
    counts: &'a Counts,
    pairs: &'a Pairs,
    both: Vec<ByGroup>,
}

impl<'a> Linked<'a> {
    fn new(counts: &'a Counts, pairs: &'a Pairs) -> Self {
        let both = pairs.all.par_iter();
        Self {
            counts,
            pairs,
            both: both
                .map(|pair| counts.both(pair.sites.0, pair.sites.1))
                .collect(),
        }
    }

    /// The correlation of each pair, with its sign; 0 where a site does not vary.
    fn correlations(&self, without: Option<usize>) -> Vec<f64> {
        let n = total(&self.counts.haplotypes, without);
        let share: Vec<f64> = (0..self.counts.sites)
            .map(|site| total(self.counts.ones(site), without) / n)
            .collect();
        let pairs = self.pairs.all.iter().zip(&self.both);
        pairs
            .map(|(pair, both)| {
                let (p, q) = (share[pair.sites.0], share[pair.sites.1]);
                let spread = p * (1.0 - p) * q * (1.0 - q);
                if spread > 0.0 {
                    (total(both, without) / n - p * q) / spread.sqrt()
                } else {
                    0.0
                }
            })
            .collect()
    }

    /// The mean r² of each piece.
    fn curve(&self, without: Option<usize>) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); self.pairs.ticks.len()];
        for (pair, r) in self.pairs.all.iter().zip(self.correlations(without)) {
            let sum = &mut sums[pair.piece];
            sum.0 += r * r;
            sum.1 += 1.0;
        }
        sums.into_iter().map(|(sum, n)| sum / n).collect()
    }
}

/// How far curves are apart, on average over the pieces.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    let gaps = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    gaps.sum::<f64>() / a.len() as f64
}

/// The curve of r² over distance, and r pair by pair.
pub(super) fn of_pairs(sets: &Sets<Counts>, places: Option<&[Site]>, seed: Seed) -> [Finding; 2] {
    let names = [
        ("fidelity.linkage", "Decay of linkage"),
        ("fidelity.linkage_pairs", "Linkage of pairs of sites"),
    ];
    let Some(pairs) = Pairs::drawn(&sets.train, places, seed) else {
        let why = "it needs pairs of sites whose rarer allele one training haplotype in twenty has";
        return names.map(|(id, title)| Finding::not_computed(id, title, why));
    };
    let linked = sets.map(|counts| Linked::new(counts, &pairs));
    let leave_out = |linked: &Linked<'_>| -> Vec<Vec<f64>> {
        let groups = (0..GROUPS).into_par_iter();
        groups
            .map(|group| linked.correlations(Some(group)))
            .collect()
    };
    let without = linked.map(leave_out);
    [
        decay(names[0], &linked, &pairs),
        pairwise(
            names[1],
            &linked.map(|set| set.correlations(None)),
            &without,
        ),
    ]
}

fn decay((id, title): (&str, &str), linked: &Sets<Linked<'_>>, pairs: &Pairs) -> Finding {
    let curves = linked.map(|set| set.curve(None));
    let without = linked
        .map(|set| -> Vec<Vec<f64>> { (0..GROUPS).map(|group| set.curve(Some(group))).collect() });
    let value = apart(&curves.train, &curves.made);
    let leave_out = without.train.iter().zip(&without.made);
    let leave_out: Vec<f64> = leave_out.map(|(real, made)| apart(real, made)).collect();
    let mean = curves.train.iter().sum::<f64>() / curves.train.len() as f64;
    let number = Number {
        value,
        interval: Some(jackknife(value, &leave_out)),
        best_reachable: curves
            .fresh
            .as_ref()
            .map(|fresh| apart(&curves.train, fresh)),
        direction: Direction::Lower,
        unit: Unit::Plain,
        n: pairs.all.len() as u64,
    };
    let low = number.interval.map_or(value, |interval| interval.low);
    let standing = match number.best_reachable {
        None => Standing::Neutral,
        Some(best) if low - best <= MISSED[0] * mean => Standing::Good,
        Some(best) if low - best <= MISSED[1] * mean => Standing::Attention,
        Some(_) => Standing::Bad,
    };
    let mut table = Table::of([
        "distance",
        "pairs",
        "training",
        "synthetic",
        "synthetic less training, with its 95 % interval",
        "fresh",
    ]);
    let around = |set: &[Vec<f64>], piece: usize| {
        jackknife_error(&set.iter().map(|curve| curve[piece]).collect::<Vec<f64>>())
    };
    for (piece, span) in pairs.spans.iter().enumerate() {
        let gaps: Vec<f64> = without
            .made
            .iter()
            .zip(&without.train)
            .map(|(made, real)| made[piece] - real[piece])
            .collect();
        let gap = curves.made[piece] - curves.train[piece];
        let error = jackknife_error(&gaps);
        table.push([
            span.clone(),
            pairs
                .all
                .iter()
                .filter(|pair| pair.piece == piece)
                .count()
                .to_string(),
            format!("{:.4}", curves.train[piece]),
            format!("{:.4}", curves.made[piece]),
            format!("{gap:+.4} ({:+.4} to {:+.4})", gap - error, gap + error),
            curves
                .fresh
                .as_ref()
                .map_or_else(|| "–".to_owned(), |fresh| format!("{:.4}", fresh[piece])),
        ]);
    }
    let panels: Vec<Panel> = curves
        .named()
        .zip(without.named())
        .map(|((name, curve), (_, without))| Panel {
            name: name.to_owned(),
            points: curve
                .iter()
                .enumerate()
                .map(|(tick, &value)| {
                    let error = around(without, tick);
                    PanelPoint {
                        tick,
                        value,
                        low: (value - error).max(0.0),
                        high: value + error,
                    }
                })
                .collect(),
            reference: None,
        })
        .collect();
    let points = panels.iter().flat_map(|panel| &panel.points);
    let most = points.map(|point| point.high).fold(0.0, f64::max);
    let chart = Chart::Panels {
        x: if pairs.by_position {
            "distance in bases, from".to_owned()
        } else {
            "distance in sites, from".to_owned()
        },
        ticks: pairs.ticks.clone(),
        range: (0.0, most),
        panels,
    };
    Finding::new(
        id,
        title,
        number,
        format!(
            "How linkage (r²) falls with distance: the curves of synthetic and training haplotypes are {value:.4} apart on average, where that of training ones has a mean of {mean:.4}.{}",
            if pairs.by_position {
                ""
            } else {
                " Distances are counted in sites; `--legend` says where sites lie."
            }
        ),
    )
    .standing(standing)
    .with("Mean r² by distance", Some(chart), table)
}

fn pairwise(
    (id, title): (&str, &str),
    whole: &Sets<Vec<f64>>,
    without: &Sets<Vec<Vec<f64>>>,
) -> Finding {
    let alike = |a: &[f64], b: &[f64]| correlation(a.iter().copied().zip(b.iter().copied()));
    let Some(value) = alike(&whole.train, &whole.made) else {
        return Finding::not_computed(id, title, "no two sites are linked in one of the sets")
            .standing(Standing::NotComputed);
    };
    let leave_out = without.train.iter().zip(&without.made);
    let leave_out: Vec<f64> = leave_out
        .map(|(real, made)| alike(real, made).unwrap_or(0.0))
        .collect();
    let number = Number {
        value,
        interval: Some(jackknife(value, &leave_out)),
        best_reachable: whole
            .fresh
            .as_ref()
            .and_then(|fresh| alike(&whole.train, fresh)),
        direction: Direction::Higher,
        unit: Unit::Plain,
        n: whole.train.len() as u64,
    };
    Finding::new(
        id,
        title,
        number,
        format!(
            "Pair by pair, sign included, linkage in synthetic and training haplotypes correlates by {value:.3}. Weak linkage is mostly chance, which fresh haplotypes do not share either."
        ),
    )
    .standing(marginal::standing(&number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genomes::haplotypes::Haplotypes;

    /// Site 1 follows site 0 in all but one haplotype of eight, site 2 is the parity of both halves: p₁₁, r² and the third moment follow by hand.
    fn by_hand() -> Counts {
        let rows = [
            [1, 1, 0],
            [1, 1, 0],
            [1, 1, 1],
            [1, 0, 1],
            [0, 0, 1],
            [0, 0, 0],
            [0, 0, 0],
            [0, 0, 1],
        ];
        let alleles: Vec<Vec<bool>> = (0..40)
            .flat_map(|_| {
                rows.iter()
                    .map(|row| row.iter().map(|one| *one == 1).collect())
            })
            .collect();
        Counts::new(&Haplotypes::of_alleles(&alleles))
    }

    #[test]
    fn r_and_the_third_moment_are_those_of_arithmetic() {
        let counts = by_hand();
        let pairs = Pairs {
            all: vec![
                Pair {
                    piece: 0,
                    sites: (0, 1),
                },
                Pair {
                    piece: 1,
                    sites: (0, 2),
                },
            ],
            ticks: vec!["1".to_owned(), "2".to_owned()],
            spans: vec!["1".to_owned(), "2".to_owned()],
            by_position: false,
        };
        let linked = Linked::new(&counts, &pairs);
        // p = 1/2, q = 3/8, p₁₁ = 3/8: D = 3/16, r = D / √(1/4 · 15/64).
        let r = 0.1875 / libm::sqrt(0.25 * 15.0 / 64.0);
        let found = linked.correlations(None);
        assert!((found[0] - r).abs() < 1e-12, "{found:?}");
        assert!(
            found[1].abs() < 1e-12,
            "p = s = 1/2 and p₁₁ = 1/4: {found:?}"
        );
        let curve = linked.curve(None);
        assert!((curve[0] - r * r).abs() < 1e-12 && curve[1].abs() < 1e-12);
        // Every group is the same eight haplotypes twice over, so leaving one out changes nothing.
        for group in 0..GROUPS {
            assert!((linked.correlations(Some(group))[0] - r).abs() < 1e-12);
        }
    }

    #[test]
    fn pairs_lie_as_far_apart_as_their_piece_says_and_on_one_chromosome() {
        let mut stream = Streams::new(Seed(1), 0).stream("test");
        let alleles: Vec<Vec<bool>> = (0..100)
            .map(|_| (0..120).map(|_| stream.uniform() < 0.5).collect())
            .collect();
        let counts = Counts::new(&Haplotypes::of_alleles(&alleles));
        let places: Vec<Site> = (0..120)
            .map(|site| Site {
                name: format!("s{site}"),
                chromosome: if site < 60 { "1" } else { "2" }.to_owned(),
                // Backwards, so that order in the file and along the chromosome differ.
                position: 100_000 - 1_000 * (site % 60),
            })
            .collect();
        let pairs = Pairs::drawn(&counts, Some(&places), Seed(0)).expect("pairs");
        assert!(pairs.all.len() > 500);
        let mut furthest = vec![0; pairs.ticks.len()];
        let mut nearest = vec![u64::MAX; pairs.ticks.len()];
        for pair in &pairs.all {
            let (a, b) = (&places[pair.sites.0], &places[pair.sites.1]);
            assert_eq!(a.chromosome, b.chromosome);
            let distance = a.position.abs_diff(b.position);
            furthest[pair.piece] = furthest[pair.piece].max(distance);
            nearest[pair.piece] = nearest[pair.piece].min(distance);
        }
        for piece in 1..pairs.ticks.len() {
            assert!(
                nearest[piece] > furthest[piece - 1],
                "{nearest:?} {furthest:?}"
            );
        }
        assert_eq!(furthest[pairs.ticks.len() - 1], 59_000);
        let by_sites = Pairs::drawn(&counts, None, Seed(0)).expect("pairs");
        assert_eq!(by_sites.ticks[0], "1");
    }
}
