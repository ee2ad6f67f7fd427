//! MST: a maximum spanning tree of pairs, chosen and counted in one go (McKenna, Miklau & Sheldon 2021, arXiv 2108.04978).
//!
//! A third of the budget counts every attribute alone, a third chooses a tree of pairs that are far from independent, a third counts them. Fast, since nothing is fitted in between; what goes through more
//! than pairs is not seen.

use privacy::{Account, Candidate, Codes, PrivacyError, Private};

use std::collections::BTreeMap;

use crate::aim::{Learned, Settings, Tallies, again, measure, pairs, unknown};
use crate::fit::{Estimate, Measured, people};

/// Learns the joint distribution of attributes with so many values each, from what the account has left.
///
/// `known` are noisy counts that were paid for before; attributes that were counted alone are not again. *Privacy*: all of the budget that is left is spent, and never more. Not deterministic: noise is the operating system's.
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
    let attributes = sizes.len();
    let whole = account.left();
    let edges = attributes.saturating_sub(1);
    let alone = unknown(known, attributes);
    let share = if edges == 0 { whole } else { whole / 3.0 } / attributes as f64;
    for attribute in alone {
        measure(&mut tallies, account, &mut measured, &[attribute], share)?;
    }
    let mut estimate = Estimate::default();
    let total = people(&measured);
    let beliefs = estimate.improve(&measured, total, sizes, settings.steps.1);
    let pairs = pairs(sizes, settings);
    tallies.make(&pairs);
    // Beliefs do not change while the tree is chosen, so they are worked out once.
    let believed: BTreeMap<&[usize], Vec<f64>> = pairs
        .iter()
        .map(|pair| {
            let (a, b) = (beliefs.marginal(&pair[..1]), beliefs.marginal(&pair[1..]));
            let both = a.iter().flat_map(|a| b.iter().map(move |b| a * b * total));
            (&pair[..], both.collect())
        })
        .collect();
    // Which part of the tree each attribute is in.
    let mut part: Vec<usize> = (0..attributes).collect();
    let mut tree: Vec<Vec<usize>> = Vec::new();
    for _ in 0..edges {
        let open: Vec<&Vec<usize>> = pairs
            .iter()
            .filter(|pair| part[pair[0]] != part[pair[1]])
            .collect();
        if open.is_empty() {
            break;
        }
        let offered: Vec<Candidate<'_>> = open
            .iter()
            .filter_map(|pair| {
                Some(Candidate {
                    tally: tallies.made(pair)?,
                    believed: believed.get(&pair[..])?,
                    weight: 1,
                    penalty: 0,
                })
            })
            .collect();
        let place = account.select(
            "which columns to count together",
            whole / 3.0 / edges as f64,
            &offered,
        )?;
        let chosen = open[place].clone();
        let (to, from) = (part[chosen[0]], part[chosen[1]]);
        part.iter_mut()
            .filter(|p| **p == from)
            .for_each(|p| *p = to);
        tree.push(chosen);
    }
    for (place, pair) in tree.iter().enumerate() {
        let share = account.left() / (tree.len() - place) as f64;
        measure(&mut tallies, account, &mut measured, pair, share)?;
    }
    if tree.is_empty() {
        again(&mut tallies, account, &mut measured)?;
    }
    let total = people(&measured);
    let beliefs = estimate.improve(&measured, total, sizes, settings.steps.1);
    Ok(Learned {
        beliefs,
        people: total,
        measured,
    })
}
