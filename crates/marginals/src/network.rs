//! Attributes drawn one after the other, each given one or two others that are known by then: a Bayesian network learned as PrivBayes learns it (Zhang et al. 2017, doi:10.1145/3134428).
//!
//! For records that stand beside others, such as rows beside those of their owner: what stands beside them is given and never drawn, so a joint distribution of everything is more than it takes.
//! For each attribute the one it depends on most is chosen, by the distance of their counts from what independence would make them; then, where counts of three together still stand out of the noise, a second; then these are counted.

use privacy::{Account, Candidate, Codes, PrivacyError, Private};

use crate::aim::{Tallies, measure};
use crate::beliefs::Conditional;
use crate::fit::Measured;
use crate::layout::cells;

/// An attribute that is drawn, and what may be known by then.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The attribute.
    pub attribute: usize,
    /// Attributes that it may depend on.
    pub known: Vec<usize>,
}

/// The most cells of counts that are made together.
const MOST_CELLS: usize = 20_000;
/// Shares of what an attribute has: for each choice of what it depends on; the rest counts.
const CHOOSING: f64 = 0.05;
/// Share of the whole for counts of single attributes that are not known yet.
const SINGLES: f64 = 0.15;
/// A second attribute is taken where, on average, the records of one cell of both are so many times the noise on their sum.
const CLEAR: f64 = 2.0;

/// What was learned.
#[derive(Debug, Clone)]
pub struct Network {
    /// How each attribute is drawn, in the order in which they were asked for.
    pub conditionals: Vec<Conditional>,
    /// What was counted, in turn.
    pub measured: Vec<Measured>,
}

/// Learns how attributes with so many values each are drawn, for a share of the budget.
///
/// `known` are noisy counts of single attributes that were paid for before; `people` are about how many records there are. *Privacy*: `share` of the budget is spent and no more. Not deterministic: noise is the operating system's.
///
/// # Errors
///
/// A budget that does not suffice, or noise that cannot be had.
pub fn learn(
    data: &Private<Codes>,
    sizes: &[usize],
    drawn: &[Drawn],
    known: &[Measured],
    people: f64,
    account: &mut Account,
    share: f64,
) -> Result<Network, PrivacyError> {
    let mut tallies = Tallies::new(data, sizes);
    let mut measured = known.to_vec();
    let asked: Vec<usize> = (0..sizes.len())
        .filter(|&a| {
            let wanted = |d: &Drawn| d.attribute == a || d.known.contains(&a);
            drawn.iter().any(wanted) && !known.iter().any(|m| m.attributes == [a])
        })
        .collect();
    for &attribute in &asked {
        let share = SINGLES * share / asked.len() as f64;
        measure(&mut tallies, account, &mut measured, &[attribute], share)?;
    }
    let shares: Vec<Vec<f64>> = (0..sizes.len())
        .map(|attribute| {
            let own = measured.iter().find(|m| m.attributes == [attribute]);
            let counts = own.map_or_else(|| vec![1.0; sizes[attribute]], |m| m.counts.clone());
            distribution(&counts)
        })
        .collect();
    let rest = if asked.is_empty() { 1.0 } else { 1.0 - SINGLES };
    let each = rest * share / drawn.len().max(1) as f64;
    let most = data.unit().most_rows();
    let mut conditionals = Vec::new();
    for one in drawn {
        let sd = account.sd((1.0 - 2.0 * CHOOSING) * each, most);
        let mut given: Vec<usize> = Vec::new();
        let mut left = each;
        for _ in 0..2 {
            let fits = |&&other: &&usize| {
                let mut all = vec![one.attribute, other];
                all.extend(&given);
                let contexts = (cells(&all, sizes) / sizes[one.attribute]) as f64;
                let noise = sd * (sizes[one.attribute] as f64).sqrt();
                other != one.attribute
                    && !given.contains(&other)
                    && cells(&all, sizes) <= MOST_CELLS
                    && (given.is_empty() || people / contexts > CLEAR * noise)
            };
            let others: Vec<usize> = one.known.iter().filter(fits).copied().collect();
            if others.is_empty() {
                break;
            }
            let chosen = chosen(
                &mut tallies,
                account,
                one.attribute,
                &others,
                &shares,
                people,
                (CHOOSING * each, sd),
            )?;
            left -= CHOOSING * each;
            given.push(chosen);
        }
        let mut marginal = given.clone();
        marginal.push(one.attribute);
        marginal.sort_unstable();
        measure(&mut tallies, account, &mut measured, &marginal, left)?;
        let counted = &measured[measured.len() - 1];
        conditionals.push(conditional(counted, one.attribute, &given, sizes, &shares));
    }
    Ok(Network {
        conditionals,
        measured,
    })
}

/// The attribute that another depends on most: `cost` is the share that choosing costs, and the noise that counting will have.
fn chosen(
    tallies: &mut Tallies<'_>,
    account: &mut Account,
    attribute: usize,
    others: &[usize],
    shares: &[Vec<f64>],
    people: f64,
    cost: (f64, f64),
) -> Result<usize, PrivacyError> {
    let pairs: Vec<Vec<usize>> = others
        .iter()
        .map(|&other| vec![attribute.min(other), attribute.max(other)])
        .collect();
    tallies.make(&pairs);
    let believed: Vec<Vec<f64>> = pairs
        .iter()
        .map(|pair| {
            let second = &shares[pair[1]];
            let cells = shares[pair[0]]
                .iter()
                .flat_map(|a| second.iter().map(move |b| people * a * b));
            cells.collect()
        })
        .collect();
    let (share, sd) = cost;
    let candidates: Vec<Candidate<'_>> = pairs
        .iter()
        .zip(&believed)
        .filter_map(|(pair, believed)| {
            let noise = (2.0 / std::f64::consts::PI).sqrt() * sd * believed.len() as f64;
            Some(Candidate {
                tally: tallies.made(pair)?,
                believed,
                weight: 1,
                penalty: noise as i64,
            })
        })
        .collect();
    let place = account.select("which columns to count together", share, &candidates)?;
    Ok(others[place])
}

/// How an attribute is drawn by counts of it together with `given`, the one it depends on most first.
fn conditional(
    counted: &Measured,
    attribute: usize,
    given: &[usize],
    sizes: &[usize],
    shares: &[Vec<f64>],
) -> Conditional {
    let mut ascending = given.to_vec();
    ascending.sort_unstable();
    let classes = sizes[attribute];
    // Counts by the cell of what is given, then the attribute.
    let contexts = cells(&ascending, sizes);
    let mut table = vec![0.0; contexts * classes];
    let mut firsts = vec![0; contexts];
    let mut values = vec![0; counted.attributes.len()];
    for &count in &counted.counts {
        let mut context = 0;
        let mut class = 0;
        let mut first = 0;
        for (&value, &of) in values.iter().zip(&counted.attributes) {
            if of == attribute {
                class = value;
            } else {
                context = context * sizes[of] + value;
            }
            if Some(&of) == given.first() {
                first = value;
            }
        }
        table[context * classes + class] = count;
        firsts[context] = first;
        for (value, &of) in values.iter_mut().zip(&counted.attributes).rev() {
            *value += 1;
            if *value < sizes[of] {
                break;
            }
            *value = 0;
        }
    }
    // First by the one it depends on most, from all records; then by both, from that.
    let groups = given.first().map_or(1, |&first| sizes[first]);
    let mut sums = vec![0.0; groups * classes];
    for (context, counts) in table.chunks_exact(classes).enumerate() {
        for (sum, count) in sums[firsts[context] * classes..].iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let sd = counted.sd * (contexts as f64 / groups as f64).sqrt();
    let by_first: Vec<Vec<f64>> = sums
        .chunks_exact(classes)
        .map(|counts| drawn_towards(counts, sd, &shares[attribute]))
        .collect();
    let shares = table
        .chunks_exact(classes)
        .zip(&firsts)
        .flat_map(|(counts, &first)| {
            if given.len() < 2 {
                by_first[first].clone()
            } else {
                drawn_towards(counts, counted.sd, &by_first[first])
            }
        });
    Conditional {
        attribute,
        given: ascending,
        shares: shares.collect(),
    }
}

/// The distribution that noisy counts speak of, as far as they stand out of their noise; for the rest what is usual.
fn drawn_towards(counts: &[f64], sd: f64, usual: &[f64]) -> Vec<f64> {
    let sum = counts.iter().sum::<f64>().max(0.0);
    // By the share of what is not noise in the squared sum (James & Stein).
    let noise = sd * sd * counts.len() as f64;
    let trust = sum * sum / (sum * sum + noise).max(f64::MIN_POSITIVE);
    let own = distribution(counts);
    own.iter()
        .zip(usual)
        .map(|(own, usual)| trust * own + (1.0 - trust) * usual)
        .collect()
}

/// The distribution nearest to noisy counts: their projection onto the simplex of their sum (Duchi et al. 2008), as shares; even where there is nothing.
fn distribution(counts: &[f64]) -> Vec<f64> {
    let sum: f64 = counts.iter().sum();
    if sum <= 0.0 {
        return vec![1.0 / counts.len().max(1) as f64; counts.len()];
    }
    let mut sorted = counts.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut total, mut off) = (0.0, 0.0);
    for (place, &count) in sorted.iter().enumerate() {
        total += count;
        let candidate = (total - sum) / (place as f64 + 1.0);
        if count > candidate {
            off = candidate;
        }
    }
    counts.iter().map(|c| (c - off).max(0.0) / sum).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use privacy::Unit;

    #[test]
    fn noisy_counts_become_the_nearest_distribution() {
        assert_eq!(distribution(&[3.0, 1.0]), [0.75, 0.25]);
        let found = distribution(&[10.0, -2.0, 4.0]);
        // Of (10 − o) + (4 − o) = 12 comes o = 1.
        assert_eq!(found, [9.0 / 12.0, 0.0, 3.0 / 12.0]);
        assert_eq!(distribution(&[-1.0, -1.0]), [0.5, 0.5]);
    }

    /// Records (a, b, c, d) of which c is a in three of four cases, and d is a xor b; e is a coin.
    fn records(count: usize) -> Vec<u8> {
        let mut codes = Vec::new();
        for place in 0..count {
            let (a, b) = ((place % 2) as u8, (place / 2 % 2) as u8);
            let c = if place / 4 % 4 == 0 { 1 - a } else { a };
            codes.extend([a, b, c, a ^ b, (place / 16 % 2) as u8]);
        }
        codes
    }

    #[test]
    fn what_depends_on_what_is_found_for_no_more_than_its_share() {
        let sizes = [2, 2, 2, 2, 2];
        let data = Private::new(Codes::new(records(40_000), 5), "test");
        let mut account = Account::open("test", Unit::Row, 2.0, 1e-9).unwrap();
        let drawn = [
            Drawn {
                attribute: 2,
                known: vec![0, 1, 4],
            },
            Drawn {
                attribute: 4,
                known: vec![0, 1, 2],
            },
        ];
        let found = learn(&data, &sizes, &drawn, &[], 40_000.0, &mut account, 0.5).unwrap();
        assert!((account.left() - 0.5).abs() < 1e-6, "{}", account.left());
        let of_c = &found.conditionals[0];
        assert!(of_c.given.contains(&0), "{:?}", of_c.given);
        // Whatever stands beside a, c is a in three of four cases; and the coin stays one.
        let a = of_c.given.iter().position(|&g| g == 0).unwrap();
        for (cell, shares) in of_c.shares.chunks(2).enumerate() {
            let value = (cell >> (of_c.given.len() - 1 - a)) & 1;
            assert!((shares[value] - 0.75).abs() < 0.05, "{of_c:?}");
        }
        for shares in found.conditionals[1].shares.chunks(2) {
            assert!((shares[0] - 0.5).abs() < 0.05);
        }
    }

    #[test]
    fn cells_of_what_is_given_are_where_conditionals_have_them() {
        // d = a xor b, counted without noise to speak of.
        let data = Private::new(Codes::new(records(4_000), 5), "test");
        let mut account = Account::open("test", Unit::Row, 1e4, 1e-9).unwrap();
        let drawn = [Drawn {
            attribute: 3,
            known: vec![0, 1],
        }];
        let found = learn(&data, &[2; 5], &drawn, &[], 4_000.0, &mut account, 1.0).unwrap();
        let of_d = &found.conditionals[0];
        assert_eq!(of_d.given, [0, 1]);
        let ones: Vec<f64> = of_d.shares.chunks(2).map(|s| s[1].round()).collect();
        assert_eq!(ones, [0.0, 1.0, 1.0, 0.0]);
    }
}
