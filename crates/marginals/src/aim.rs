//! AIM: an adaptive and iterative mechanism (McKenna, Mullins, Sheldon & Miklau 2022, arXiv 2201.12677).
//!
//! Every attribute is counted alone; then, round after round, of all pairs and of some triples of attributes the one is counted of which the model is most wrong, as far as that shows
//! above the noise to come, and the model is fitted anew. A round that found nothing new makes the following ones four times as expensive, so that rounds end when the
//! budget does. Triples are candidates once their pairs are known, and no candidate may make the junction tree larger than a limit that grows with what was
//! spent.

use privacy::{Account, Candidate, Codes, PrivacyError, Private, Tally};
use rayon::prelude::*;
use std::collections::BTreeMap;

use crate::beliefs::Beliefs;
use crate::fit::{Estimate, Measured, people};
use crate::junction::JunctionTree;
use crate::layout::{cells, contains, union};

/// How the rounds go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The most cells of all cliques of the junction tree; memory is some 50 bytes for each.
    pub most_cells: usize,
    /// The most cells of a marginal that is counted.
    pub most_cells_of_marginal: usize,
    /// Steps of the fit after each round, and at the end.
    pub steps: (usize, usize),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            most_cells: 150_000,
            most_cells_of_marginal: 20_000,
            steps: (10, 80),
        }
    }
}

/// What was learned.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The joint distribution.
    pub beliefs: Beliefs,
    /// How many records there are, about.
    pub people: f64,
    /// What was counted, in turn.
    pub measured: Vec<Measured>,
}

/// Rounds for each attribute, were none of them to become more expensive.
const ROUNDS: f64 = 16.0;
/// Share of a round that counting gets; the rest chooses.
const COUNTING: f64 = 0.9;

/// Counts of marginals, each made once and sealed.
pub(crate) struct Tallies<'d> {
    data: &'d Private<Codes>,
    sizes: &'d [usize],
    made: BTreeMap<Vec<usize>, Tally>,
}

impl<'d> Tallies<'d> {
    pub(crate) fn new(data: &'d Private<Codes>, sizes: &'d [usize]) -> Self {
        Self {
            data,
            sizes,
            made: BTreeMap::new(),
        }
    }

    /// Sees to it that these are there.
    pub(crate) fn make(&mut self, marginals: &[Vec<usize>]) {
        let new: Vec<&Vec<usize>> = marginals
            .iter()
            .filter(|m| !self.made.contains_key(*m))
            .collect();
        let tallies: Vec<Tally> = new
            .par_iter()
            .map(|m| tally(self.data, m, self.sizes))
            .collect();
        self.made.extend(new.into_iter().cloned().zip(tallies));
    }

    /// One that was made.
    pub(crate) fn made(&self, marginal: &[usize]) -> Option<&Tally> {
        self.made.get(marginal)
    }

    pub(crate) fn get(&mut self, marginal: &[usize]) -> &Tally {
        self.made
            .entry(marginal.to_vec())
            .or_insert_with(|| tally(self.data, marginal, self.sizes))
    }
}

fn tally(data: &Private<Codes>, marginal: &[usize], sizes: &[usize]) -> Tally {
    let strides: Vec<(usize, usize)> = marginal
        .iter()
        .enumerate()
        .map(|(place, &attribute)| (attribute, cells(&marginal[place + 1..], sizes)))
        .collect();
    data.tally(cells(marginal, sizes), |record| {
        Some(
            strides
                .iter()
                .map(|&(attribute, stride)| usize::from(record[attribute]) * stride)
                .sum(),
        )
    })
}

/// Counts a marginal with noise and adds it to what was measured.
pub(crate) fn measure(
    tallies: &mut Tallies<'_>,
    account: &mut Account,
    measured: &mut Vec<Measured>,
    marginal: &[usize],
    share: f64,
) -> Result<(), PrivacyError> {
    let purpose = match marginal.len() {
        1 => "counts of one column",
        2 => "counts of two columns together",
        _ => "counts of three columns together",
    };
    let noisy = tallies.get(marginal).release(account, purpose, share)?;
    measured.push(Measured {
        attributes: marginal.to_vec(),
        counts: noisy.counts.iter().map(|&count| count as f64).collect(),
        sd: noisy.sd,
    });
    Ok(())
}

/// Learns the joint distribution of attributes with so many values each, from what the account has left.
///
/// `known` are noisy counts that were paid for before. *Privacy*: all of the budget that is left is spent, and never more. Not deterministic: noise is the operating system's.
///
/// # Errors
///
/// A budget that does not suffice, or noise that cannot be had.
pub fn learn(
    data: &Private<Codes>,
    sizes: &[usize],
    account: &mut Account,
    known: &[Measured],
    settings: &Settings,
) -> Result<Learned, PrivacyError> {
    let mut tallies = Tallies::new(data, sizes);
    let mut measured = known.to_vec();
    let whole = account.left();
    let attributes = sizes.len();
    let mut round = whole / (ROUNDS * attributes as f64).max(1.0);
    for attribute in unknown(known, attributes) {
        measure(
            &mut tallies,
            account,
            &mut measured,
            &[attribute],
            COUNTING * round,
        )?;
    }
    let pairs = pairs(sizes, settings);
    tallies.make(&pairs);
    let mut estimate = Estimate::default();
    let most = data.unit().most_rows();
    let mut total = people(&measured);
    let mut beliefs = estimate.improve(&measured, total, sizes, settings.steps.0);
    while account.left() > 1e-6 * whole {
        if account.left() < 2.0 * round {
            // What would be left is too little for a round of its own.
            round = account.left();
        }
        let spent = 1.0 - (account.left() - round) / whole;
        let candidates = candidates(&pairs, &measured, sizes, settings, spent);
        if candidates.is_empty() {
            // All that fits was counted: what is left makes those counts better.
            again(&mut tallies, account, &mut measured)?;
            total = people(&measured);
            break;
        }
        // No more rounds can come than there is something left to count.
        round = round.max(account.left() / candidates.len() as f64);
        tallies.make(&candidates);
        let sd = account.sd(COUNTING * round, most);
        let chosen = {
            let believed: Vec<Vec<f64>> = candidates
                .par_iter()
                .map(|marginal| {
                    beliefs
                        .marginal(marginal)
                        .iter()
                        .map(|p| p * total)
                        .collect()
                })
                .collect();
            let offered: Vec<Candidate<'_>> = candidates
                .iter()
                .zip(&believed)
                .filter_map(|(marginal, believed)| {
                    let cells = believed.len() as f64;
                    Some(Candidate {
                        tally: tallies.made(marginal)?,
                        believed,
                        weight: weight(marginal.len(), attributes),
                        // What noise of this size would come to, were nothing wrong.
                        penalty: ((2.0 / std::f64::consts::PI).sqrt() * sd * cells) as i64,
                    })
                })
                .collect();
            let place = account.select(
                "which columns to count together",
                (1.0 - COUNTING) * round,
                &offered,
            )?;
            candidates[place].clone()
        };
        let before = beliefs.marginal(&chosen);
        // The last reading takes what rounding of shares left.
        let share = (COUNTING * round).min(account.left());
        measure(&mut tallies, account, &mut measured, &chosen, share)?;
        total = people(&measured);
        beliefs = estimate.improve(&measured, total, sizes, settings.steps.0);
        let after = beliefs.marginal(&chosen);
        let moved: f64 = before
            .iter()
            .zip(&after)
            .map(|(a, b)| (a - b).abs() * total)
            .sum();
        if moved <= (2.0 / std::f64::consts::PI).sqrt() * sd * before.len() as f64 {
            round *= 4.0;
        }
    }
    beliefs = estimate.improve(&measured, total, sizes, settings.steps.1);
    Ok(Learned {
        beliefs,
        people: total,
        measured,
    })
}

/// Spends all that is left on counting once more what is part of nothing else that was counted.
pub(crate) fn again(
    tallies: &mut Tallies<'_>,
    account: &mut Account,
    measured: &mut Vec<Measured>,
) -> Result<(), PrivacyError> {
    let counted: Vec<&[usize]> = measured.iter().map(|m| &m.attributes[..]).collect();
    let marginals = maximal(&counted);
    for (place, marginal) in marginals.iter().enumerate() {
        let share = account.left() / (marginals.len() - place) as f64;
        if share > 0.0 {
            measure(tallies, account, measured, marginal, share)?;
        }
    }
    Ok(())
}

/// Attributes that were not counted alone.
pub(crate) fn unknown(known: &[Measured], attributes: usize) -> Vec<usize> {
    let counted = |attribute: &usize| known.iter().any(|m| m.attributes == [*attribute]);
    (0..attributes)
        .filter(|attribute| !counted(attribute))
        .collect()
}

/// Every pair that is not too large.
pub(crate) fn pairs(sizes: &[usize], settings: &Settings) -> Vec<Vec<usize>> {
    let count = sizes.len();
    let all = (0..count).flat_map(|a| (a + 1..count).map(move |b| vec![a, b]));
    all.filter(|pair| cells(pair, sizes) <= settings.most_cells_of_marginal)
        .collect()
}

/// What may be counted next: what was not counted yet and leaves the tree small enough.
fn candidates(
    pairs: &[Vec<usize>],
    measured: &[Measured],
    sizes: &[usize],
    settings: &Settings,
    spent: f64,
) -> Vec<Vec<usize>> {
    let counted: Vec<&[usize]> = measured.iter().map(|m| &m.attributes[..]).collect();
    let known: Vec<&[usize]> = counted.iter().copied().filter(|m| m.len() == 2).collect();
    let mut triples: Vec<Vec<usize>> = Vec::new();
    for (place, a) in known.iter().enumerate() {
        for b in &known[place + 1..] {
            let both = union(a, b);
            if both.len() == 3
                && cells(&both, sizes) <= settings.most_cells_of_marginal
                && !triples.contains(&both)
            {
                triples.push(both);
            }
        }
    }
    let base: Vec<Vec<usize>> = maximal(&counted);
    // The tree may always grow by something: what it has, and a few pairs.
    let present = JunctionTree::cells_of(&base, sizes);
    let smallest = pairs.iter().map(|pair| cells(pair, sizes)).min();
    let limit = ((settings.most_cells as f64 * spent) as usize)
        .max(present.saturating_add(4 * smallest.unwrap_or(0)))
        .min(settings.most_cells);
    let fits = |marginal: &Vec<usize>| {
        if base.iter().any(|known| contains(known, marginal)) {
            return true;
        }
        let mut all = base.clone();
        all.push(marginal.clone());
        JunctionTree::cells_of(&all, sizes) <= limit
    };
    pairs
        .par_iter()
        .chain(&triples)
        .filter(|marginal| !counted.contains(&&marginal[..]) && fits(marginal))
        .cloned()
        .collect()
}

/// Marginals that are part of no other.
fn maximal(marginals: &[&[usize]]) -> Vec<Vec<usize>> {
    let mut kept: Vec<Vec<usize>> = Vec::new();
    for marginal in marginals {
        if !marginals
            .iter()
            .any(|m| m.len() > marginal.len() && contains(m, marginal))
            && !kept.iter().any(|m| m == marginal)
        {
            kept.push(marginal.to_vec());
        }
    }
    kept
}

/// How much an error in a marginal matters to all marginals of three attributes: Σ of how many attributes each shares with it, in sixteenths of a pair's.
fn weight(ways: usize, attributes: usize) -> u32 {
    let choose = |n: usize, k: usize| -> usize {
        (0..k).fold(1, |product, i| product * n.saturating_sub(i) / (i + 1))
    };
    let worth = |ways: usize| -> usize {
        (1..=ways.min(3))
            .map(|k| k * choose(ways, k) * choose(attributes - ways.min(attributes), 3 - k))
            .sum()
    };
    ((16 * worth(ways) + worth(2) / 2) / worth(2).max(1)).max(1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_count_shared_attributes() {
        // Of the four triples of four attributes a pair shares two attributes with two and one with two: 6; a triple 3 + 2 + 2 + 2 = 9.
        assert_eq!(weight(2, 4), 16);
        assert_eq!(weight(3, 4), 24);
    }
}
