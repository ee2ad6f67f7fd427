//! Settings that are being tried on more and more data: which go on, and what the search learns of those that do not.

use super::Trial;
use crate::search::Point;

/// A setting that is being tried.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) point: Point,
    /// What it came to on each rung that it reached.
    pub(super) losses: Vec<f64>,
    pub(super) fault: Option<String>,
    pub(super) trained_on: u64,
}

impl Config {
    pub(super) fn trial(&self) -> Trial {
        Trial {
            setting: self.point.setting.clone(),
            losses: self.losses.clone(),
            fault: self.fault.clone(),
            trained_on: self.trained_on,
            blind: self.point.blind,
        }
    }

    pub(super) fn told(&self, at: usize, words: &str) -> String {
        let what = crate::knob::difference(&self.point.setting);
        match (&self.fault, self.losses.last()) {
            (Some(why), _) => format!("{}: {what}: {why}", at + 1),
            (None, Some(loss)) => {
                format!(
                    "{}: {what}: {words} {loss:.4} ({} samples)",
                    at + 1,
                    self.trained_on
                )
            }
            (None, None) => format!("{}: {what}", at + 1),
        }
    }
}

/// What a proposer is shown: every setting with a result by its place among all, those that went further first, since losses of different rungs cannot be compared. Losers are shown, too:
/// a search that sees those alone that went on takes the places where none of them lies for unexplored.
pub(super) fn ranked(configs: &[Config]) -> Vec<(&Point, f64)> {
    let mut tried: Vec<&Config> = configs.iter().filter(|c| !c.losses.is_empty()).collect();
    let last = |config: &Config| config.losses.last().copied().unwrap_or(f64::INFINITY);
    tried.sort_by(|a, b| {
        let further = b.losses.len().cmp(&a.losses.len());
        further.then(last(a).total_cmp(&last(b)))
    });
    tried
        .into_iter()
        .enumerate()
        .map(|(place, config)| (&config.point, place as f64))
        .collect()
}

/// Whether a setting is among the best of all that reached a rung.
pub(super) fn promoted(configs: &[Config], at: usize, rung: u32, keep: u32) -> bool {
    let rung = rung as usize;
    let Some(&own) = configs[at].losses.get(rung) else {
        return false;
    };
    let there: Vec<f64> = configs
        .iter()
        .filter_map(|config| config.losses.get(rung).copied())
        .collect();
    let better = there.iter().filter(|&&other| other < own).count();
    better < there.len().div_ceil(keep as usize)
}
