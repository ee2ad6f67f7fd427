//! Who wins, and by how much on what nobody looked at.

use super::{Comparison, Config, Field, Study, Trial};
use crate::gain::Gain;
use crate::knob::Setting;
use crate::plan::PlanError;
use crate::work::{Half, Scored};

/// The first number of draws for the final comparison: no draw of the search is seen again.
const COMPARISON: u32 = 100;
/// Settings that are trained anew before a winner is chosen.
pub(super) const FINALISTS: usize = 3;
/// Trainings of each of them beside the search's.
pub(super) const AGAIN: u32 = 2;

impl Study<'_> {
    /// The settings that stand best, and the base, trained anew: the best of them by the mean of all its trainings, and the mean that the search saw first.
    pub(super) fn finalists(
        &mut self,
        base: &Trial,
        configs: &[Config],
    ) -> Result<Option<(Setting, f64)>, PlanError> {
        let top = self.plan.search.rungs.count as usize;
        let mut whole: Vec<&Config> = configs
            .iter()
            .filter(|config| config.losses.len() == top)
            .collect();
        whole.sort_by(|a, b| a.losses[top - 1].total_cmp(&b.losses[top - 1]));
        let mean = |trainings: &[Scored], first: f64| {
            let sum: f64 = trainings.iter().map(Scored::mean).sum::<f64>() + first;
            sum / (trainings.len() + 1) as f64
        };
        let again = self.trainings(&base.setting, Half::Search, 1..1 + AGAIN)?;
        let mut best = (None, mean(&again, base.losses[0]), 0.0);
        for config in whole.into_iter().take(FINALISTS) {
            let setting = &config.point.setting;
            let again = self.trainings(setting, Half::Search, 1..1 + AGAIN)?;
            let first = config.losses[top - 1];
            let found = mean(&again, first);
            if found < best.1 {
                best = (Some(setting.clone()), found, base.losses[0] - first);
            }
        }
        Ok(best.0.map(|setting| (setting, best.2)))
    }

    /// Base, winner and the middle of the field on the half that nobody looked at.
    pub(super) fn compare(
        &mut self,
        winner: &Setting,
        promised: f64,
        configs: &[Config],
    ) -> Result<Option<Comparison>, PlanError> {
        (self.tell)("comparing the winner with the base on the other half of the hold-out");
        let draws = COMPARISON..COMPARISON + self.plan.repeats;
        let base = self.trainings(&self.plan.base, Half::Confirm, draws.clone())?;
        let middle = middle(configs).filter(|middle| *middle != winner).cloned();
        let winner = self.trainings(winner, Half::Confirm, draws.clone())?;
        let Some(gain) = gained(&base, &winner) else {
            self.notes.push(
                "the final comparison could not be made: fewer than two trainings of the base or of the winner worked"
                    .to_owned(),
            );
            return Ok(None);
        };
        let field = match middle {
            None => None,
            Some(setting) => {
                let middle = self.trainings(&setting, Half::Confirm, draws)?;
                gained(&middle, &winner).map(|gain| Field {
                    setting,
                    gain,
                    middle,
                })
            }
        };
        Ok(Some(Comparison {
            gain,
            promised,
            base,
            winner,
            field,
        }))
    }
}

/// What the second trainings gain over the first.
fn gained(before: &[Scored], after: &[Scored]) -> Option<Gain> {
    Gain::of(
        &before.iter().collect::<Vec<_>>(),
        &after.iter().collect::<Vec<_>>(),
    )
}

/// The middle one of the leaderboard: of those that went on longest first, then by loss; of two in the middle the better. None where fewer than three worked.
fn middle(configs: &[Config]) -> Option<&Setting> {
    let mut field: Vec<&Config> = configs
        .iter()
        .filter(|config| config.fault.is_none() && !config.losses.is_empty())
        .collect();
    field.sort_by(|a, b| {
        let last = |config: &Config| config.losses.last().copied().unwrap_or(f64::INFINITY);
        let gone = b.losses.len().cmp(&a.losses.len());
        gone.then_with(|| last(a).total_cmp(&last(b)))
    });
    let place = field.len().checked_sub(1)? / 2;
    (field.len() >= 3).then(|| &field[place].point.setting)
}
