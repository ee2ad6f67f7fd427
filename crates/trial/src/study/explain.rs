//! Why the winner wins: knobs turned back, smaller amounts, slices left out.

use population::stream::{Seed, Streams};

use super::{Ablation, Comparison, Config, Findings, GroupLoss, SliceWorth, Study};
use crate::curve::CurvePoint;
use crate::gain::Gain;
use crate::importance::{Importance, importances};
use crate::knob::Setting;
use crate::plan::PlanError;
use crate::work::{Half, Scored, Task};

/// Trainings of each amount, and of groups on the search's half.
const DRAWS: u32 = 3;
/// The first number of their draws.
const FIRST: u32 = 200;
/// Parts of the amount that the curve is drawn through.
const SHARES: [f64; 4] = [0.125, 0.25, 0.5, 1.0];
/// Up to so many slices every subset is tried.
const EXACT: usize = 4;
/// Beyond, each slice is tried with so many random sets of the others.
const SETS: usize = 4;
/// Samples of a group under which no gain is told.
const FEWEST: u64 = 25;
/// More slices would cost more than they tell.
const MOST_SLICES: usize = 12;

impl Study<'_> {
    /// Of each knob, by the first results of the settings that were chosen without a look at any.
    pub(super) fn importances(&self, configs: &[Config]) -> Vec<Importance> {
        let blind: Vec<&Config> = configs
            .iter()
            .filter(|config| config.point.blind && !config.losses.is_empty())
            .collect();
        let places: Vec<Vec<f64>> = blind.iter().map(|c| c.point.places.clone()).collect();
        let losses: Vec<f64> = blind.iter().map(|c| c.losses[0]).collect();
        let levels: Vec<Option<usize>> = self
            .plan
            .knobs
            .iter()
            .map(|knob| knob.reach.count())
            .collect();
        importances(&places, &levels, &losses, Seed(self.plan.seed))
    }

    /// What can still be explained in the time that is left.
    pub(super) fn explain(&mut self, findings: &mut Findings) -> Result<(), PlanError> {
        let about = findings
            .winner
            .clone()
            .unwrap_or_else(|| self.plan.base.clone());
        if let Some(winner) = &findings.winner {
            findings.ablations = self.ablations(winner)?;
        }
        findings.groups = self.groups(&about, findings.comparison.as_ref())?;
        if self.over(SHARES.len() as u32 * DRAWS) {
            self.notes.push(
                "no learning curve was drawn and no slice left out: the minutes of the plan were used up".to_owned(),
            );
            return Ok(());
        }
        findings.curve = self.curve(&about)?;
        findings.slices = self.slices(&about)?;
        Ok(())
    }

    fn ablations(&mut self, winner: &Setting) -> Result<Vec<Ablation>, PlanError> {
        let turned: Vec<String> = self
            .plan
            .knobs
            .iter()
            .map(|knob| knob.name.clone())
            .filter(|name| winner.get(name) != self.plan.base.get(name))
            .collect();
        let repeats = self.plan.repeats;
        let draws = FIRST..FIRST + repeats;
        let whole = self.trainings(winner, Half::Search, draws.clone())?;
        let mut ablations = Vec::new();
        for knob in turned {
            if self.over(repeats) {
                self.notes.push(format!(
                    "`{knob}` was not turned back: the minutes of the plan were used up"
                ));
                continue;
            }
            let mut back = winner.clone();
            match self.plan.base.get(&knob) {
                Some(value) => back.insert(knob.clone(), value.clone()),
                None => back.remove(&knob),
            };
            let without = self.trainings(&back, Half::Search, draws.clone())?;
            ablations.push(Ablation {
                knob,
                gain: Gain::of(
                    &without.iter().collect::<Vec<_>>(),
                    &whole.iter().collect::<Vec<_>>(),
                ),
            });
        }
        Ok(ablations)
    }

    /// Groups on both halves: the other half's losses are those of the final comparison.
    fn groups(
        &mut self,
        about: &Setting,
        comparison: Option<&Comparison>,
    ) -> Result<Vec<GroupLoss>, PlanError> {
        let seen = self.work.groups(Half::Search);
        if seen.is_empty() {
            return Ok(Vec::new());
        }
        let unseen = self.work.groups(Half::Confirm);
        let trained = self.trainings(about, Half::Search, FIRST..FIRST + DRAWS)?;
        let mut groups = Vec::new();
        for grouping in &seen {
            for (at, name) in grouping.names.iter().enumerate() {
                let Some((search_loss, searched)) = mean_of(&trained, &grouping.of, at) else {
                    continue;
                };
                // Levels are named alike in both halves, in whatever order.
                let other = unseen
                    .iter()
                    .find(|other| other.column == grouping.column)
                    .and_then(|other| {
                        let at = other.names.iter().position(|own| own == name)?;
                        Some((other, at))
                    });
                let of = |which: &[Scored]| {
                    let (other, at) = other?;
                    mean_of(which, &other.of, at)
                };
                let found = comparison.and_then(|c| Some((of(&c.base)?, of(&c.winner)?)));
                let within = |which: &[Scored]| -> Vec<Scored> {
                    let Some((other, at)) = other else {
                        return Vec::new();
                    };
                    which
                        .iter()
                        .map(|scored| Scored {
                            losses: scored
                                .losses
                                .iter()
                                .zip(&other.of)
                                .filter(|(_, of)| **of == Some(at))
                                .map(|(loss, _)| *loss)
                                .collect(),
                            trained_on: scored.trained_on,
                        })
                        .collect()
                };
                let n = found.map_or(0, |((_, n), _)| n);
                let gain = comparison.filter(|_| n >= FEWEST).and_then(|comparison| {
                    let (base, winner) = (within(&comparison.base), within(&comparison.winner));
                    Gain::of(
                        &base.iter().collect::<Vec<_>>(),
                        &winner.iter().collect::<Vec<_>>(),
                    )
                });
                groups.push(GroupLoss {
                    column: grouping.column.clone(),
                    name: name.clone(),
                    n,
                    base: found.map(|((loss, _), _)| loss),
                    winner: found.map(|(_, (loss, _))| loss),
                    gain,
                    searched,
                    search_loss,
                });
            }
        }
        Ok(groups)
    }

    fn curve(&mut self, about: &Setting) -> Result<Vec<CurvePoint>, PlanError> {
        let mut curve = Vec::new();
        for share in SHARES {
            let tasks: Vec<Task> = (FIRST..FIRST + DRAWS)
                .map(|repeat| Task {
                    setting: about.clone(),
                    share,
                    repeat,
                    half: Half::Search,
                    slices: None,
                })
                .collect();
            let scored: Vec<Scored> = self.all(&tasks)?.into_iter().flatten().collect();
            let means: Vec<f64> = scored.iter().map(Scored::mean).collect();
            let n = means.len() as f64;
            if means.len() < 2 {
                continue;
            }
            let loss = means.iter().sum::<f64>() / n;
            let squares: f64 = means.iter().map(|m| (m - loss) * (m - loss)).sum();
            curve.push(CurvePoint {
                amount: scored.iter().map(|s| s.trained_on as f64).sum::<f64>() / n,
                loss,
                error: (squares / (n - 1.0) / n).sqrt(),
            });
        }
        Ok(curve)
    }

    /// What each slice adds to sets of the others: its mean marginal value over sizes of these, as Shapley (1953) weighs them, the empty set aside, on which nothing can be trained.
    fn slices(&mut self, about: &Setting) -> Result<Vec<SliceWorth>, PlanError> {
        let names = self.work.slices();
        let count = names.len();
        if count < 2 {
            return Ok(Vec::new());
        }
        if count > MOST_SLICES {
            self.notes.push(format!(
                "slices were not weighed: there are {count}, and {MOST_SLICES} is the most"
            ));
            return Ok(Vec::new());
        }
        // For each slice the sets of others that it is added to.
        let sets: Vec<Vec<Vec<usize>>> = (0..count)
            .map(|slice| {
                let others: Vec<usize> = (0..count).filter(|&other| other != slice).collect();
                if count <= EXACT {
                    (1..1_usize << others.len())
                        .map(|mask| {
                            let in_mask = |at: &usize| mask >> at & 1 == 1;
                            (0..others.len())
                                .filter(in_mask)
                                .map(|at| others[at])
                                .collect()
                        })
                        .collect()
                } else {
                    (0..SETS)
                        .map(|set| {
                            let mut stream = Streams::new(Seed(self.plan.seed), slice as u64)
                                .stream(&format!("trial/slices/{set}"));
                            let size = 1 + stream.below(others.len() as u64) as usize;
                            let mut left = others.clone();
                            let mut taken: Vec<usize> = (0..size)
                                .map(|_| left.swap_remove(stream.below(left.len() as u64) as usize))
                                .collect();
                            taken.sort_unstable();
                            taken
                        })
                        .collect()
                }
            })
            .collect();
        let task = |slices: Vec<usize>| Task {
            setting: about.clone(),
            share: 1.0,
            repeat: FIRST,
            half: Half::Search,
            slices: Some(slices),
        };
        let mut worth = Vec::new();
        for (slice, sets) in sets.iter().enumerate() {
            if self.over(sets.len() as u32) {
                self.notes.push(
                    "not every slice was weighed: the minutes of the plan were used up".to_owned(),
                );
                break;
            }
            // By the size of the set: the mean within a size, then over sizes.
            let mut by_size: Vec<Vec<f64>> = vec![Vec::new(); count];
            for set in sets {
                let mut with = set.clone();
                with.push(slice);
                with.sort_unstable();
                let outcomes = self.all(&[task(set.clone()), task(with)])?;
                if let [Ok(without), Ok(with)] = &outcomes[..] {
                    by_size[set.len()].push(without.mean() - with.mean());
                }
            }
            let sizes: Vec<(f64, f64)> = by_size
                .iter()
                .filter(|all| !all.is_empty())
                .map(|all| {
                    let n = all.len() as f64;
                    let mean = all.iter().sum::<f64>() / n;
                    let squares: f64 = all.iter().map(|v| (v - mean) * (v - mean)).sum();
                    (
                        mean,
                        if n > 1.0 {
                            squares / (n - 1.0) / n
                        } else {
                            0.0
                        },
                    )
                })
                .collect();
            if sizes.is_empty() {
                continue;
            }
            let n = sizes.len() as f64;
            worth.push(SliceWorth {
                name: names[slice].clone(),
                value: sizes.iter().map(|(mean, _)| mean).sum::<f64>() / n,
                error: sizes
                    .iter()
                    .map(|(_, variance)| variance)
                    .sum::<f64>()
                    .sqrt()
                    / n,
            });
        }
        worth.sort_by(|a, b| b.value.total_cmp(&a.value));
        Ok(worth)
    }
}

/// The mean loss of a group over trainings, and its samples; none where there are none, or losses are not one for each sample.
fn mean_of(trainings: &[Scored], of: &[Option<usize>], group: usize) -> Option<(f64, u64)> {
    let n = of.iter().filter(|of| **of == Some(group)).count();
    if n == 0 || trainings.is_empty() || trainings.iter().any(|s| s.losses.len() != of.len()) {
        return None;
    }
    let sum: f64 = trainings
        .iter()
        .flat_map(|scored| scored.losses.iter().zip(of))
        .filter(|(_, of)| **of == Some(group))
        .map(|(loss, _)| f64::from(*loss))
        .sum();
    Some((sum / (n * trainings.len()) as f64, n as u64))
}
