//! References beside the owner's: which row of the other table a row goes with.
//!
//! A row draws with its other columns a few features that the other row is to have: those of its columns that tell most about the row, and whether both agree
//! where they could. A row of the other table draws how often it is referred to. Rows then get partners whose features fit, each as often as it drew; where none
//! is left that fits entirely, the least telling feature is given up first.

use std::collections::HashMap;

use population::Seed;
use population::stream::{Stream, Streams};
use serde::{Deserialize, Serialize};

use super::keys::NOBODY;
use crate::model::Binned;
use crate::model::bins::RARE;
use crate::model::coded::CodedColumn;
use crate::model::refine::coarse;
use crate::model::shuffle;
use crate::table::{Cells, Kind, MISSING_LEVEL};

/// Bins of a feature.
const BINS: usize = 16;
/// Features of a reference, beside agreements.
const FEATURES: usize = 3;
/// Agreements of a reference.
const AGREEMENTS: usize = 3;
/// The most features of a reference.
pub(crate) const MOST_FEATURES: usize = FEATURES + AGREEMENTS;
/// Nats that a feature must tell about the row, beyond chance.
const TELLING: f64 = 0.01;
/// No particular value is wanted.
pub(crate) const ANY: u32 = u32::MAX;

/// How the rows of a reference are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Matching {
    /// The column of this table that refers.
    pub column: u16,
    /// The hidden column of the other table that says how often a row is referred to.
    pub counts: u16,
    /// The most telling first.
    pub features: Vec<Feature>,
    /// Whether no owner has two rows that refer to the same.
    pub distinct: bool,
    /// Whether a row of a table that refers to itself, if it refers to no other, refers to itself.
    pub to_itself: bool,
}

/// Something that the row of the other table is to have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Feature {
    /// The hidden column of this table in which it is drawn.
    pub hidden: u16,
    /// The column of the other table.
    pub target: u16,
    pub wanted: Wanted,
}

/// What of the other row's column is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Wanted {
    /// Its bin; for each code of the column, its bin.
    Bin(Vec<u8>),
    /// The value that this table's (`false`) or its owner's (`true`) column has, if they agree; for each code of that column, the code of the other's.
    Same(bool, u16, Vec<u32>),
}

/// What is drawn for a feature: hidden cells, and how the feature is read.
pub(crate) struct Drafted {
    pub name: String,
    pub cells: Cells,
    pub target: u16,
    pub wanted: Wanted,
}

/// A column beside the other table's, by whose codes features are judged.
pub(crate) struct Beside<'a> {
    pub codes: Vec<u32>,
    /// Where it is: in the owner's table, and its place; `None` for what can only be asked about.
    pub place: Option<(bool, u16)>,
    /// The levels, where values of both tables may be compared: what both refer to, or the column's name.
    pub comparable: Option<(String, &'a [String], &'a [u32])>,
}

/// Chooses the features of a reference: `links` are places in the other table, `names` says what of its columns can be compared.
pub(crate) fn draft(
    links: &[u32],
    target: &Binned,
    names: &[Option<String>],
    beside: &[Beside<'_>],
    levels: &dyn Fn(usize) -> Vec<String>,
) -> Vec<Drafted> {
    let mut found = agreements(links, target, names, beside, levels);
    found.truncate(AGREEMENTS);
    let mut telling: Vec<(f64, usize, Vec<u8>)> = Vec::new();
    for (column, binning) in target.binnings.iter().enumerate() {
        let bins = coarse(binning, BINS);
        if binning.people.iter().filter(|&&people| people > 0).count() < 2 {
            continue;
        }
        let there = bins_there(links, &target.coded.columns[column], &bins);
        let most = beside.iter().map(|other| information(&there, &other.codes));
        let most = most.fold(0.0, f64::max);
        if most > TELLING {
            telling.push((most, column, bins));
        }
    }
    telling.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, column, bins) in telling.into_iter().take(FEATURES) {
        found.push(Drafted {
            name: format!("column {column} of what is referred to"),
            cells: Cells::Levels {
                codes: bins_there(links, &target.coded.columns[column], &bins),
                levels: (0..BINS).map(|bin| format!("{bin:02}")).collect(),
            },
            target: column as u16,
            wanted: Wanted::Bin(bins),
        });
    }
    found
}

/// The bin of the other table's column at each link; [`MISSING_LEVEL`] where there is none.
fn bins_there(links: &[u32], codes: &CodedColumn, bins: &[u8]) -> Vec<u32> {
    links
        .iter()
        .map(|&link| match codes.get(link as usize) {
            Some(code) if code != RARE => u32::from(bins[code as usize]),
            _ => MISSING_LEVEL,
        })
        .collect()
}

/// Columns of which both tables have the same, more often than by chance.
fn agreements(
    links: &[u32],
    target: &Binned,
    names: &[Option<String>],
    beside: &[Beside<'_>],
    levels: &dyn Fn(usize) -> Vec<String>,
) -> Vec<Drafted> {
    let mut found = Vec::new();
    for (column, name) in names.iter().enumerate() {
        let Some(name) = name else { continue };
        let theirs = levels(column);
        for other in beside {
            let (Some((from_owner, place)), Some((comparable, ours, level_of_code))) =
                (other.place, &other.comparable)
            else {
                continue;
            };
            if comparable != name {
                continue;
            }
            // For each code here the code there: by the text of its level.
            let codes_there: HashMap<&str, u32> = target
                .level_codes(column)
                .into_iter()
                .filter_map(|(code, level)| Some((theirs.get(level)?.as_str(), code)))
                .collect();
            let table: Vec<u32> = level_of_code
                .iter()
                .map(|&level| {
                    let text = ours.get(level as usize).map(String::as_str);
                    text.and_then(|text| codes_there.get(text).copied())
                        .unwrap_or(ANY)
                })
                .collect();
            let there = &target.coded.columns[column];
            let mut agree = 0_usize;
            let mut known = 0_usize;
            let codes: Vec<u32> = links
                .iter()
                .zip(&other.codes)
                .map(|(&link, &here)| {
                    let wanted = table.get(here as usize).copied().unwrap_or(ANY);
                    match there.get(link as usize) {
                        Some(code) if wanted != ANY && code != RARE => {
                            known += 1;
                            agree += usize::from(code == wanted);
                            u32::from(code == wanted)
                        }
                        _ => MISSING_LEVEL,
                    }
                })
                .collect();
            if agree * 2 > known && known > 0 {
                found.push(Drafted {
                    name: format!("agrees in {name}"),
                    cells: Cells::Levels {
                        codes,
                        levels: vec!["no".to_owned(), "yes".to_owned()],
                    },
                    target: column as u16,
                    wanted: Wanted::Same(from_owner, place, table),
                });
                break;
            }
        }
    }
    found
}

/// What one column surely tells about another, in nats: mutual information less Miller and Madow's bias and four standard errors.
fn information(a: &[u32], b: &[u32]) -> f64 {
    let pairs = a.iter().zip(b).filter(|&(&a, &b)| a != RARE && b != RARE);
    let (mut wide_a, mut wide_b, mut total) = (0, 0, 0_u32);
    for (&a, &b) in pairs.clone() {
        wide_a = wide_a.max(a as usize + 1);
        wide_b = wide_b.max(b as usize + 1);
        total += 1;
    }
    if total == 0 || wide_a * wide_b > 1 << 22 {
        return 0.0;
    }
    let mut both = vec![0_u32; wide_a * wide_b];
    let (mut alone_a, mut alone_b) = (vec![0_u32; wide_a], vec![0_u32; wide_b]);
    for (&a, &b) in pairs {
        both[a as usize * wide_b + b as usize] += 1;
        alone_a[a as usize] += 1;
        alone_b[b as usize] += 1;
    }
    let n = f64::from(total);
    let (mut sum, mut cells) = (0.0, 0_i64);
    for (cell, &count) in both.iter().enumerate() {
        if count > 0 {
            let expected =
                f64::from(alone_a[cell / wide_b]) * f64::from(alone_b[cell % wide_b]) / n;
            sum += f64::from(count) / n * libm::log(f64::from(count) / expected);
            cells += 1;
        }
    }
    let filled = |alone: &[u32]| alone.iter().filter(|&&count| count > 0).count() as i64;
    let (a, b) = (filled(&alone_a), filled(&alone_b));
    let bias = (cells - a - b + 1) as f64 / (2.0 * n);
    // Independent columns seem to tell so much in one of 30,000 pairs: twice n times the information is distributed as chi squared.
    let chance = 4.0 * (2.0 * ((a - 1) * (b - 1)) as f64).sqrt() / (2.0 * n);
    sum - bias - chance
}

/// What kind of column can be compared between tables, and under which name.
pub(crate) fn comparable(name: &str, kind: &Kind, public: Option<usize>) -> Option<String> {
    match (kind, public) {
        (_, Some(table)) => Some(format!("table {table}")),
        (Kind::Category | Kind::Boolean { .. }, None) => Some(name.to_owned()),
        _ => None,
    }
}

/// Rows that want a partner.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    /// For each row whether it refers to somebody.
    pub present: Vec<bool>,
    /// Row-major: what is wanted of each feature, or [`ANY`].
    pub features: Vec<u32>,
    /// Rows of the same owner share a number; ascending.
    pub owners: Vec<u64>,
}

/// Rows that may be partners.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// How often each row is to be referred to.
    pub counts: Vec<u32>,
    /// Row-major: the value of each feature.
    pub features: Vec<u32>,
}

/// Finds a partner for every row that wants one; [`NOBODY`] for the others, and where there is no row at all.
///
/// Deterministic in its arguments. Memory: some 30 bytes for each row of both tables.
pub(crate) fn partners(
    wants: &Wants,
    offers: &Offers,
    features: usize,
    distinct: bool,
    seed: Seed,
    number: u64,
) -> Vec<u32> {
    let mut stream = Streams::new(seed, number).stream("linked/partners");
    let mut found = vec![NOBODY; wants.present.len()];
    let mut waiting: Vec<u32> = (0..wants.present.len() as u32)
        .filter(|&row| wants.present[row as usize])
        .collect();
    shuffle(&mut waiting, &mut stream);
    if offers.counts.is_empty() {
        return found;
    }
    // Whoever is to be referred to is, before anybody is more often than drawn.
    for turn in 0.. {
        let mut slots: Vec<u32> = Vec::new();
        for (row, &count) in offers.counts.iter().enumerate() {
            let times = if turn < 2 { count } else { 1 };
            slots.extend(std::iter::repeat_n(row as u32, times as usize));
        }
        shuffle(&mut slots, &mut stream);
        let mut used = vec![false; slots.len()];
        for known in (0..=features).rev() {
            let rule = Rule {
                wants,
                offers,
                features,
                known,
                // Better somebody twice than nobody, in the end.
                distinct: distinct && turn < 4,
            };
            rule.serve(&mut waiting, &slots, &mut used, &mut found);
        }
        if waiting.is_empty() {
            break;
        }
    }
    found
}

/// The values of features; 0 where none is cared for.
type Values = [u32; MOST_FEATURES];

/// One round: partners that fit in the first `known` features.
struct Rule<'a> {
    wants: &'a Wants,
    offers: &'a Offers,
    features: usize,
    known: usize,
    distinct: bool,
}

impl Rule<'_> {
    fn serve(&self, waiting: &mut Vec<u32>, slots: &[u32], used: &mut [bool], found: &mut [u32]) {
        // Rows that care for the same features share an index.
        let mut masks: Vec<u64> = waiting.iter().map(|&row| self.mask(row)).collect();
        masks.sort_unstable();
        masks.dedup();
        // Those that care for most come first.
        masks.sort_by_key(|mask| std::cmp::Reverse((mask.count_ones(), *mask)));
        for mask in masks {
            let mut index: Vec<(Values, u32)> = (0..slots.len() as u32)
                .filter(|&slot| !used[slot as usize])
                .map(|slot| {
                    (
                        self.key(&self.offers.features, slots[slot as usize], mask),
                        slot,
                    )
                })
                .collect();
            index.sort_unstable();
            // Where in the index the next slot of each key may be.
            let mut next: HashMap<Values, usize> = HashMap::new();
            waiting.retain(|&row| {
                if self.mask(row) != mask {
                    return true;
                }
                let key = self.key(&self.wants.features, row, mask);
                let start = *next
                    .entry(key)
                    .or_insert_with(|| index.partition_point(|(other, _)| *other < key));
                let mut at = start;
                while at < index.len() && index[at].0 == key {
                    let slot = index[at].1 as usize;
                    if used[slot] {
                        if at == next[&key] {
                            next.insert(key, at + 1);
                        }
                    } else if !(self.distinct && self.taken(row, slots[slot], found)) {
                        used[slot] = true;
                        found[row as usize] = slots[slot];
                        return false;
                    }
                    at += 1;
                    // Few siblings are in the way; where many are, another round is cheaper.
                    if at > start + 200 {
                        break;
                    }
                }
                true
            });
        }
    }

    /// Which of the features a row cares for.
    fn mask(&self, row: u32) -> u64 {
        (0..self.known).fold(0, |mask, feature| {
            let any = self.wants.features[row as usize * self.features + feature] == ANY;
            mask | u64::from(!any) << feature
        })
    }

    fn key(&self, all: &[u32], row: u32, mask: u64) -> Values {
        let own = &all[row as usize * self.features..][..self.features];
        let mut key = [0; MOST_FEATURES];
        for (feature, (slot, &value)) in key.iter_mut().zip(own).enumerate() {
            if mask >> feature & 1 == 1 {
                *slot = value;
            }
        }
        key
    }

    /// Whether a sibling has this partner.
    fn taken(&self, row: u32, partner: u32, found: &[u32]) -> bool {
        let owner = self.wants.owners[row as usize];
        let first = self.wants.owners.partition_point(|&other| other < owner);
        found[first..]
            .iter()
            .zip(&self.wants.owners[first..])
            .take_while(|&(_, &other)| other == owner)
            .any(|(&found, _)| found == partner)
    }
}

/// Finds for the rows of a table that refers to itself partners among the rows before them, so that nobody ends up above himself. The first row has none.
pub(crate) fn elders(
    wants: &Wants,
    offers: &Offers,
    features: usize,
    seed: Seed,
    number: u64,
) -> Vec<u32> {
    let mut stream = Streams::new(seed, number).stream("linked/elders");
    let mut left = offers.counts.clone();
    // For each number of features that fit, the rows that may be chosen.
    let mut fitting: Vec<HashMap<&[u32], Vec<u32>>> = vec![HashMap::new(); features + 1];
    let mut found = vec![NOBODY; wants.present.len()];
    for row in 0..wants.present.len() {
        if wants.present[row] && row > 0 {
            let key = &wants.features[row * features..][..features];
            let partner = (0..=features)
                .rev()
                .find_map(|known| draw(fitting[known].get_mut(&key[..known])?, &left, &mut stream))
                .unwrap_or_else(|| (stream.uniform() * row as f64) as u32);
            left[partner as usize] = left[partner as usize].saturating_sub(1);
            found[row] = partner;
        }
        if left[row] > 0 {
            let key = &offers.features[row * features..][..features];
            for (known, rows) in fitting.iter_mut().enumerate() {
                rows.entry(&key[..known]).or_default().push(row as u32);
            }
        }
    }
    found
}

/// One of the rows that have something left; rows that have not are removed on the way.
fn draw(rows: &mut Vec<u32>, left: &[u32], stream: &mut Stream) -> Option<u32> {
    while !rows.is_empty() {
        let place = (stream.uniform() * rows.len() as f64) as usize;
        let row = rows[place];
        if left[row as usize] > 0 {
            return Some(row);
        }
        rows.swap_remove(place);
    }
    None
}
