//! The two routes side by side: whether they agree, and what they say together.
//!
//! What a learned population gets wrong about a shift is not in its ensemble's spread. It can be measured where reweighting is exact enough: on groups of the data of the same
//! effective size as the population asked for (`controls`). The mean square of what the routes differ by there, E[D²], is the learned route's bias and both routes' errors together; with the reweighted
//! route's own variance `v` and the covariance `c` of the two (both from the bootstrap samples of the ensemble), the best mixture goes the part `(v − c) / E[D²]` of the way from the first route to the
//! second: composite estimation for small areas (Fay & Herriot 1979; Rao & Molina 2015, section 3.3), with the data's own groups as areas.
//!
//! The mixture's mean squared error is `v − (v − c)² / E[D²]` by the same theory; intervals as narrow as that held the truth 89 times of 100 where it is known (`examples/coverage.rs`), so the mixture keeps the first route's error.
//! And a population may be one that is learned worse than others of its size: where the routes differ by more than controls do, their own difference stands in the denominator (limited translation, Efron & Morris
//! 1971), and the mixture never goes more than half of the way.

use check::student_quantile;
use population::stream::{Seed, Streams};
use tables::Table;

use crate::learned::{Data, Learned, Said};
use crate::metric::Metric;
use crate::regress::{Binned, binned};
use crate::tilt::Weights;
use crate::weigh::{Estimate, reweighed};

/// Groups that the routes are compared on, at most, and at least.
const CONTROLS: usize = 60;
const FEWEST_CONTROLS: usize = 12;
/// Groups that are tried for them.
const TRIED: u64 = 2_000;
/// Rows of a member's pool that a group must have.
const FEWEST_DRAWN: usize = 25;
/// The most that the figure leans on the learned route: a group's own rows count for half at least.
const MOST_LEANING: f64 = 0.5;

/// What the routes do on groups that can be tested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Controls {
    /// How many groups.
    pub groups: usize,
    /// The mean square of what the routes differ by.
    pub difference: f64,
    /// The mean variance of the first route.
    pub variance: f64,
    /// The mean covariance of the routes.
    pub covariance: f64,
    /// The mean variance of the second route, its bias left out.
    pub learned: f64,
}

impl Controls {
    /// The mean square of the learned route's bias.
    pub fn bias(&self) -> f64 {
        (self.difference - self.variance - self.learned + 2.0 * self.covariance).max(0.0)
    }
}

/// What both routes say of a population.
#[derive(Debug, Clone, PartialEq)]
pub struct Both {
    /// The first route.
    pub reweighted: Estimate,
    /// The second, learned or of pictures that were made; none where it has nothing to say, with the reason.
    pub learned: Result<Estimate, String>,
    /// Both together.
    pub combined: Estimate,
    /// The part of the combined figure that is the second route's.
    pub leaning: f64,
    /// Whether they agree; none where there is one route.
    pub agree: Option<bool>,
    /// What the learned populations said, member by member.
    pub said: Option<Said>,
    /// What was found on groups that can be tested; none where there are too few.
    pub controls: Option<Controls>,
}

/// Random groups of the data, by one column or two, with about as many rows as are effective in the population asked for, and what the routes say of them. One column is always of those that the
/// population is `spoken` of: what the loss has nothing to do with is learned well, and would make the learned route look better than it is where it matters.
pub(crate) fn controls(
    data: &Data<'_>,
    metric: Metric,
    learned: &Learned<'_>,
    columns: &[usize],
    spoken: &[usize],
    effective: f64,
    seed: Seed,
) -> Option<Controls> {
    let (data, judged) = (data.table, data.judged);
    let whole: Vec<(usize, Binned)> = columns
        .iter()
        .filter_map(|&column| Some((column, binned(data, column, 8)?)))
        .collect();
    let about: Vec<usize> = (0..whole.len())
        .filter(|&place| spoken.contains(&whole[place].0))
        .collect();
    if about.is_empty() {
        return None;
    }
    let mut stream = Streams::new(seed, 0).stream("shift/controls");
    let of_data = judged.evaluate(metric, &vec![1.0; data.rows])?.value;
    let mut found: Vec<[f64; 4]> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..TRIED {
        if found.len() == CONTROLS {
            break;
        }
        // A range of bins of one column, and perhaps of another.
        let mut pick = |among: Option<&[usize]>| {
            let place = match among {
                Some(among) => among[stream.below(among.len() as u64) as usize],
                None => stream.below(whole.len() as u64) as usize,
            };
            let count = whole[place].1.count as u64;
            let (a, b) = (stream.below(count) as u8, stream.below(count) as u8);
            if whole[place].1.ordered {
                (place, a.min(b), a.max(b))
            } else {
                (place, a, a)
            }
        };
        let first = pick(Some(&about));
        let second = pick(None);
        let pair = if stream.below(2) == 0 {
            [first, first]
        } else {
            [first, second]
        };
        if !seen.insert(pair) {
            continue;
        }
        let inside: Vec<bool> = (0..data.rows)
            .map(|row| {
                pair.iter()
                    .all(|&(place, low, high)| (low..=high).contains(&whole[place].1.bins[row]))
            })
            .collect();
        let rows = inside.iter().filter(|inside| **inside).count() as f64;
        if rows < 0.5 * effective || rows > 2.0 * effective || rows > 0.9 * data.rows as f64 {
            continue;
        }
        let in_table = |table: &Table| {
            let bins: Vec<Vec<u8>> = pair
                .iter()
                .map(|&(place, ..)| whole[place].1.like(table, whole[place].0))
                .collect();
            (0..table.rows)
                .map(|row| {
                    pair.iter()
                        .zip(&bins)
                        .all(|(&(_, low, high), bins)| (low..=high).contains(&bins[row]))
                })
                .collect()
        };
        let Some(members) = learned.of_group(metric, &in_table, &inside, FEWEST_DRAWN) else {
            continue;
        };
        let weights = Weights {
            values: inside
                .iter()
                .map(|inside| f64::from(u8::from(*inside)) * data.rows as f64 / rows)
                .collect(),
        };
        let Some(direct) = reweighed(judged, metric, &weights, None, None) else {
            continue;
        };
        let n = members.len() as f64;
        let mean = |of: &dyn Fn(&[f64; 4]) -> f64| members.iter().map(of).sum::<f64>() / n;
        let said = |m: &[f64; 4]| m[0] - m[1] + m[2];
        let moved = mean(&|m| m[0] - m[1]);
        let (a, b) = (mean(&|m| m[3]), mean(&said));
        let covariance = mean(&|m| (m[3] - a) * (said(m) - b)) * n / (n - 1.0).max(1.0);
        let spread = mean(&|m| (said(m) - b) * (said(m) - b)) * n / (n - 1.0).max(1.0);
        let difference = of_data + moved - direct.value;
        // Groups without a wrong answer would claim to have no variance: one row more of either kind.
        let variance = if metric.is_share() {
            let p = (direct.value * rows + 1.0) / (rows + 2.0);
            p * (1.0 - p) / rows
        } else {
            direct.error * direct.error
        };
        found.push([difference * difference, variance, covariance, spread]);
    }
    if found.len() < FEWEST_CONTROLS {
        return None;
    }
    let n = found.len() as f64;
    let mean = |place: usize| found.iter().map(|group| group[place]).sum::<f64>() / n;
    Some(Controls {
        groups: found.len(),
        difference: mean(0),
        variance: mean(1),
        covariance: mean(2),
        learned: mean(3),
    })
}

/// Brings both routes together.
pub(crate) fn together(
    metric: Metric,
    of_data: f64,
    reweighted: Estimate,
    said: Result<Said, String>,
    controls: Option<Controls>,
) -> Both {
    let said = match said {
        Ok(said) => said,
        Err(why) => {
            return Both {
                combined: reweighted,
                reweighted,
                learned: Err(why),
                leaning: 0.0,
                agree: None,
                said: None,
                controls,
            };
        }
    };
    let value = said.value(of_data);
    let spread = said.spread();
    let members = said.members.len() as f64;
    let v1 = reweighted.error * reweighted.error;
    // Without controls nothing is known of the bias: it may be as large as the first route can tell.
    let bias = controls.map_or(v1, |controls| controls.bias());
    let v2 = spread * spread + bias;
    let freedom = members - 1.0 + controls.map_or(0.0, |controls| controls.groups as f64 / 2.0);
    let learned = Estimate::student(metric, value, v2.sqrt(), freedom);
    let apart = learned.value - reweighted.value;
    // As though the routes were independent: that they share rows makes this the wider.
    let error = (v1 + v2).sqrt();
    let t = student_quantile(0.975, reweighted.freedom.min(freedom).max(2.0));
    let agree = apart.abs() <= t * error;
    // The best mixture, by what controls of this size show; the first route's variance is the population's own.
    let leaning = controls.map_or(0.0, |controls| {
        let gain = (controls.variance - controls.covariance).max(0.0);
        (gain / controls.difference.max(apart * apart).max(1e-300)).min(MOST_LEANING)
    });
    let mixed = reweighted.value + leaning * apart;
    let mut combined = Estimate::new(metric, mixed, reweighted.error, reweighted.freedom);
    if !agree {
        // Where they disagree nothing is narrowed: from the lower of the lower ends to the higher of the higher.
        combined.low = reweighted.low.min(learned.low);
        combined.high = reweighted.high.max(learned.high);
    }
    Both {
        reweighted,
        learned: Ok(learned),
        combined,
        leaning,
        agree: Some(agree),
        said: Some(said),
        controls,
    }
}

/// Pictures that are there, under weights, and others that were made for the population: independent samples of the same, so each counts by its precision.
pub(crate) fn of_pictures(
    metric: Metric,
    reweighted: Estimate,
    made: Result<Estimate, String>,
) -> Both {
    let both = |combined, leaning, agree, learned| Both {
        reweighted,
        learned,
        combined,
        leaning,
        agree,
        said: None,
        controls: None,
    };
    let other = match made {
        Ok(other) => other,
        Err(why) => return both(reweighted, 0.0, None, Err(why)),
    };
    let (v1, v2) = (
        reweighted.error * reweighted.error,
        other.error * other.error,
    );
    let apart = other.value - reweighted.value;
    let freedom = reweighted.freedom + other.freedom;
    // Losses that are all alike differ by roundings.
    let rounding = 1e-9 * (reweighted.value.abs() + 1.0);
    let t = student_quantile(0.975, freedom.max(2.0));
    let agree = apart.abs() <= t * (v1 + v2).sqrt() + rounding;
    let leaning = if v1 + v2 > 0.0 { v1 / (v1 + v2) } else { 0.5 };
    let error = if v1 + v2 > 0.0 {
        (v1 * v2 / (v1 + v2)).sqrt()
    } else {
        0.0
    };
    let mut combined = Estimate::new(metric, reweighted.value + leaning * apart, error, freedom);
    if !agree {
        combined.low = reweighted.low.min(other.low);
        combined.high = reweighted.high.max(other.high);
    }
    both(combined, leaning, Some(agree), Ok(other))
}
