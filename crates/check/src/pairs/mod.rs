//! Counterfactual pairs: what one attribute alone does to a user's model.
//!
//! In a data set of a recipe with `pair:` every draw is there several times, with one attribute changed and nothing else. So the difference of a model's answers within a draw is the effect of that
//! attribute, person by person, and its mean the average causal effect on the data set's population: nothing has to be adjusted for (Pearl 2009, section 7.1). Frames of one draw are averaged first:
//! what is counted are draws.

mod read;

use std::collections::BTreeMap;

use population::stream::normal::normal_quantile;

use crate::finding::{
    Chart, Direction, Finding, Interval, Number, Series, Standing, Table, Unit, percent,
};
use crate::images::Attribute;
use crate::report::Section;
use crate::statistics::{ALARM, exact, lower_bound, student_quantile};

pub use read::{Pairs, printed_answers};

/// The fewest draws of which a mean is told.
const FEWEST: usize = 30;
/// An effect of as much of the predictions' standard deviation is small; beyond so much it is large (Cohen 1988 calls 0.2 small).
const SMALL: f64 = 0.02;
const LARGE: f64 = 0.1;

impl Pairs {
    /// Attributes of which groups can be made.
    pub fn attributes(&self) -> Vec<String> {
        let names = self
            .attributes
            .keys()
            .filter(|name| **name != self.change && !["sample", "origin"].contains(&name.as_str()));
        names.cloned().collect()
    }

    /// The answers to the variants of each draw, the mean over its frames, in the order of [`Pairs::to`]; draws that are not whole are left out.
    pub fn by_draw(&self, predictions: &[f64]) -> Vec<Vec<f64>> {
        let mut draws: BTreeMap<u64, Vec<(f64, u32)>> = BTreeMap::new();
        for (sample, &prediction) in predictions.iter().enumerate() {
            let draw = draws
                .entry(self.origins[sample])
                .or_insert_with(|| vec![(0.0, 0); self.to.len()]);
            let sum = &mut draw[self.variants[sample]];
            sum.0 += prediction;
            sum.1 += 1;
        }
        draws
            .into_values()
            .filter(|draw| draw.iter().all(|(_, count)| *count > 0))
            .map(|draw| {
                let means = draw.into_iter();
                means.map(|(sum, count)| sum / f64::from(count)).collect()
            })
            .collect()
    }

    /// The effect of each variant beside the first, on predictions of all samples in order and on the decision whether they are at least `threshold`; also by groups of `protect`.
    pub fn judge(&self, predictions: &[f64], threshold: f64, protect: &[String]) -> Section {
        // Frames of a draw are averaged: draw → mean of each variant, and one of its samples.
        let mut draws: BTreeMap<u64, (usize, Vec<(f64, u32)>)> = BTreeMap::new();
        for (sample, &prediction) in predictions.iter().enumerate() {
            let draw = draws
                .entry(self.origins[sample])
                .or_insert_with(|| (sample, vec![(0.0, 0); self.to.len()]));
            let sum = &mut draw.1[self.variants[sample]];
            sum.0 += prediction;
            sum.1 += 1;
        }
        let n = predictions.len() as f64;
        let mean = predictions.iter().sum::<f64>() / n;
        let squares: f64 = predictions.iter().map(|p| (p - mean) * (p - mean)).sum();
        let spread = (squares / (n - 1.0).max(1.0)).sqrt();
        let mut findings = Vec::new();
        let mut verdict = Vec::new();
        for other in 1..self.to.len() {
            let pairs: Vec<Pair> = draws
                .values()
                .filter_map(|(sample, sums)| {
                    let of = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
                    Some(Pair {
                        before: of(sums[0])?,
                        after: of(sums[other])?,
                        sample: *sample,
                    })
                })
                .collect();
            let (effect, sentence) = self.effect(other, &pairs, spread);
            verdict.push(sentence);
            findings.push(effect);
            findings.push(self.flips(other, &pairs, threshold));
            for name in protect {
                findings.push(self.by_group(other, &pairs, spread, name));
            }
        }
        let worst = [Standing::Bad, Standing::Attention, Standing::Good]
            .into_iter()
            .find(|standing| findings.iter().any(|finding| finding.standing == *standing));
        Section {
            id: "pairs".to_owned(),
            title: format!("Does the model answer for `{}`?", self.change),
            verdict,
            standing: worst.unwrap_or(Standing::NotComputed),
            findings,
        }
    }

    fn suffix(&self, other: usize) -> String {
        if self.to.len() == 2 {
            String::new()
        } else {
            format!(".{}", self.to[other])
        }
    }

    fn words(&self, other: usize) -> String {
        format!(
            "`{}` from {} to {}",
            self.change, self.to[0], self.to[other]
        )
    }

    fn effect(&self, other: usize, pairs: &[Pair], spread: f64) -> (Finding, String) {
        let id = format!("pairs.effect{}", self.suffix(other));
        let title = format!("Effect of {}", self.words(other));
        let Some(paired) = Paired::of(pairs) else {
            let why = format!(
                "there are {} whole pairs, and a mean needs {FEWEST}",
                pairs.len()
            );
            let sentence = format!("Nothing can be said of {}: {why}.", self.words(other));
            return (Finding::not_computed(id, title, why), sentence);
        };
        let (up, down) = paired.signs;
        let moved = up + down;
        let mut table = Table::of(["", "pairs"]);
        table.push(["the answer rose".to_owned(), up.to_string()]);
        table.push(["it fell".to_owned(), down.to_string()]);
        table.push([
            "it stayed the same".to_owned(),
            (pairs.len() as u64 - moved).to_string(),
        ]);
        let bounds = exact(up, moved.max(1));
        table.push([
            "share that rose of those that moved (95 % interval)".to_owned(),
            if moved == 0 {
                "none moved".to_owned()
            } else {
                format!(
                    "{} ({} to {})",
                    percent(up as f64 / moved as f64),
                    percent(bounds.low),
                    percent(bounds.high)
                )
            },
        ]);
        table.push([
            "standard deviation of all answers".to_owned(),
            format!("{spread:.4}"),
        ]);
        let sentence = format!(
            "Changing {} and nothing else moves the answer by {:+.4} on average ({:+.4} to {:+.4}), which is {:.2} of the standard deviation of all answers; it rises in {up} of {} pairs and falls in {down}.",
            self.words(other),
            paired.mean,
            paired.interval.low,
            paired.interval.high,
            if spread > 0.0 {
                paired.mean.abs() / spread
            } else {
                0.0
            },
            pairs.len()
        );
        let finding = Finding::new(id, title, paired.number(), sentence.clone())
            .standing(paired.standing(spread))
            .with("How many moved", Some(paired.chart()), table);
        (finding, sentence)
    }

    /// How often the decision turns.
    fn flips(&self, other: usize, pairs: &[Pair], threshold: f64) -> Finding {
        let id = format!("pairs.flips{}", self.suffix(other));
        let title = format!("Decisions that turn with {}", self.words(other));
        if pairs.len() < FEWEST {
            return Finding::not_computed(
                id,
                title,
                format!(
                    "there are {} whole pairs, and a share needs {FEWEST}",
                    pairs.len()
                ),
            );
        }
        let yes = |value: f64| value >= threshold;
        let turned = |from: bool| {
            let turned = pairs
                .iter()
                .filter(|pair| yes(pair.before) == from && yes(pair.after) != from);
            turned.count() as u64
        };
        let (to_yes, to_no) = (turned(false), turned(true));
        let (n, both) = (pairs.len() as u64, to_yes + to_no);
        let number = Number {
            interval: Some(exact(both, n)),
            best_reachable: Some(0.0),
            ..Number::share(both as f64 / n as f64, Direction::Lower, n)
        };
        let mut table = Table::of(["the decision", "pairs"]);
        table.push(["turned from no to yes".to_owned(), to_yes.to_string()]);
        table.push(["turned from yes to no".to_owned(), to_no.to_string()]);
        table.push(["stayed".to_owned(), (n - both).to_string()]);
        // McNemar's (1947) exact test of whether one way is as frequent as the other.
        let one_way = both > 0
            && crate::statistics::binomial_at_least(to_yes.max(to_no), both, 0.5) * 2.0 < ALARM;
        let surely = lower_bound(both, n, ALARM);
        let standing = match (surely, one_way) {
            (share, _) if share > 0.05 => Standing::Bad,
            (share, true) if share > 0.01 => Standing::Bad,
            (share, _) if share > 0.01 => Standing::Attention,
            (_, true) => Standing::Attention,
            _ => Standing::Good,
        };
        let sentence = format!(
            "With a threshold of {threshold} the decision about {both} of {n} people turns when nothing but {} changes: {to_yes} to yes and {to_no} to no.",
            self.words(other)
        );
        Finding::new(id, title, number, sentence)
            .standing(standing)
            .with("Decisions", None, table)
    }

    /// The effect within groups.
    fn by_group(&self, other: usize, pairs: &[Pair], spread: f64, name: &str) -> Finding {
        let id = format!("pairs.effect{}.{name}", self.suffix(other));
        let title = format!("Effect of {} by `{name}`", self.words(other));
        let mut groups: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
        let quarters = match self.attributes.get(name) {
            Some(Attribute::Numbers(values)) => {
                let mut sorted: Vec<f64> = pairs.iter().map(|pair| values[pair.sample]).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                let cuts = (1..4).filter_map(|q| sorted.get(q * sorted.len() / 4).copied());
                cuts.collect()
            }
            _ => Vec::new(),
        };
        for pair in pairs {
            let group = match self.attributes.get(name) {
                Some(Attribute::Words(words)) => words[pair.sample].clone().unwrap_or_default(),
                Some(Attribute::Numbers(values)) => {
                    let below = quarters.partition_point(|cut| *cut <= values[pair.sample]);
                    ["1 lowest", "2 second", "3 third", "4 highest"][below].to_owned() + " quarter"
                }
                None => String::new(),
            };
            groups.entry(group).or_default().push(*pair);
        }
        let mut table = Table::of([
            "group",
            "pairs",
            "effect (95 % interval)",
            "share that rose",
        ]);
        let mut told: Vec<(Paired, String)> = Vec::new();
        for (group, pairs) in groups {
            match Paired::of(&pairs) {
                None => table.push([
                    group,
                    pairs.len().to_string(),
                    format!("not computed: it needs {FEWEST} pairs"),
                    String::new(),
                ]),
                Some(paired) => {
                    let moved = paired.signs.0 + paired.signs.1;
                    table.push([
                        group.clone(),
                        pairs.len().to_string(),
                        format!(
                            "{:+.4} ({:+.4} to {:+.4})",
                            paired.mean, paired.interval.low, paired.interval.high
                        ),
                        if moved == 0 {
                            "none moved".to_owned()
                        } else {
                            percent(paired.signs.0 as f64 / moved as f64)
                        },
                    ]);
                    told.push((paired, group));
                }
            }
        }
        told.sort_by(|a, b| a.0.mean.total_cmp(&b.0.mean));
        let (Some(least), Some(most)) = (told.first(), told.last()) else {
            return Finding::not_computed(id, title, format!("no group has {FEWEST} pairs")).with(
                "Each group",
                None,
                table,
            );
        };
        if told.len() < 2 {
            return Finding::not_computed(id, title, format!("one group only has {FEWEST} pairs"))
                .with("Each group", None, table);
        }
        let gap = most.0.mean - least.0.mean;
        let error = libm::hypot(most.0.error, least.0.error);
        // Any two of the groups might have been furthest apart.
        let comparisons = (told.len() * (told.len() - 1) / 2) as f64;
        let z = normal_quantile(1.0 - ALARM / comparisons);
        let sure = (gap - z * error).max(0.0);
        let number = Number {
            value: gap,
            interval: Some(Interval {
                low: (gap - 1.959_964 * error).max(0.0),
                high: gap + 1.959_964 * error,
            }),
            best_reachable: Some(0.0),
            direction: Direction::Lower,
            unit: Unit::Plain,
            n: pairs.len() as u64,
        };
        let sentence = format!(
            "The effect is {:+.4} for {} and {:+.4} for {}.",
            least.0.mean, least.1, most.0.mean, most.1
        );
        Finding::new(id, title, number, sentence)
            .standing(by_size(sure, spread))
            .with("Each group", None, table)
    }
}

/// One draw's answers before and after the change.
#[derive(Debug, Clone, Copy)]
struct Pair {
    before: f64,
    after: f64,
    sample: usize,
}

/// Differences within pairs.
struct Paired {
    mean: f64,
    error: f64,
    interval: Interval,
    /// Rose, fell.
    signs: (u64, u64),
    sorted: Vec<f64>,
}

impl Paired {
    fn of(pairs: &[Pair]) -> Option<Self> {
        if pairs.len() < FEWEST {
            return None;
        }
        let mut sorted: Vec<f64> = pairs.iter().map(|pair| pair.after - pair.before).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / n;
        let squares: f64 = sorted.iter().map(|d| (d - mean) * (d - mean)).sum();
        let error = (squares / (n - 1.0) / n).sqrt();
        let reach = student_quantile(0.975, n - 1.0) * error;
        let rose = sorted.iter().filter(|d| **d > 0.0).count() as u64;
        let fell = sorted.iter().filter(|d| **d < 0.0).count() as u64;
        Some(Self {
            mean,
            error,
            interval: Interval {
                low: mean - reach,
                high: mean + reach,
            },
            signs: (rose, fell),
            sorted,
        })
    }

    /// The size of the effect, without its sign.
    fn number(&self) -> Number {
        let (low, high) = (self.interval.low, self.interval.high);
        let nearest = if low > 0.0 {
            low
        } else if high < 0.0 {
            -high
        } else {
            0.0
        };
        Number {
            value: self.mean.abs(),
            interval: Some(Interval {
                low: nearest,
                high: low.abs().max(high.abs()),
            }),
            best_reachable: Some(0.0),
            direction: Direction::Lower,
            unit: Unit::Plain,
            n: self.sorted.len() as u64,
        }
    }

    fn standing(&self, spread: f64) -> Standing {
        let n = self.sorted.len() as f64;
        let sure = self.mean.abs() - student_quantile(1.0 - ALARM / 2.0, n - 1.0) * self.error;
        by_size(sure.max(0.0), spread)
    }

    /// How large differences are.
    fn chart(&self) -> Chart {
        let most = self.sorted.len() - 1;
        let at = |share: f64| self.sorted[(most as f64 * share) as usize];
        let size = |sign: f64| Series {
            name: if sign > 0.0 { "rose" } else { "fell" }.to_owned(),
            points: (0..=50)
                .map(|step| {
                    let reach = f64::from(step) / 50.0 * at(0.0).abs().max(at(1.0).abs());
                    let beyond = self.sorted.iter().filter(|d| **d * sign > reach).count();
                    (reach, beyond as f64 / self.sorted.len() as f64)
                })
                .collect(),
        };
        Chart::Lines {
            x: "by more than".to_owned(),
            y: "share of pairs".to_owned(),
            series: vec![size(1.0), size(-1.0)],
        }
    }
}

fn by_size(sure: f64, spread: f64) -> Standing {
    if sure <= SMALL * spread {
        Standing::Good
    } else if sure <= LARGE * spread {
        Standing::Attention
    } else {
        Standing::Bad
    }
}
