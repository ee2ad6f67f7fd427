//! Parts of data by one column: levels, or ranges of as many values each.

use std::collections::BTreeMap;

/// A column's own slices; the rest is one more.
const MOST: usize = 11;

/// A part of the data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Slice {
    Level(String),
    /// From the lower end on, below the upper.
    Between(f64, f64),
    /// What no other slice has.
    Rest,
}

impl Slice {
    pub(crate) fn named(&self, column: &str) -> String {
        match self {
            Self::Level(level) => format!("{column} = {level}"),
            Self::Between(low, high) if low.is_infinite() => format!("{column} < {high}"),
            Self::Between(low, high) if high.is_infinite() => format!("{column} ≥ {low}"),
            Self::Between(low, high) => format!("{column} from {low} to {high}"),
            Self::Rest => format!("{column}: the rest"),
        }
    }
}

/// `parts` ranges with about as many of the values each; and the rest, where some are missing.
pub(crate) fn of_numbers(values: impl Iterator<Item = Option<f64>>, parts: usize) -> Vec<Slice> {
    let (mut sorted, mut rest) = (Vec::new(), false);
    for value in values {
        match value {
            Some(value) => sorted.push(value),
            None => rest = true,
        }
    }
    sorted.sort_unstable_by(f64::total_cmp);
    let mut ends = vec![f64::NEG_INFINITY];
    ends.extend((1..parts).filter_map(|part| sorted.get(part * sorted.len() / parts).copied()));
    ends.push(f64::INFINITY);
    ends.dedup();
    ends.windows(2)
        .map(|ends| Slice::Between(ends[0], ends[1]))
        .chain(rest.then_some(Slice::Rest))
        .collect()
}

/// The most frequent levels; and the rest, where there is one.
pub(crate) fn of_levels<'a>(levels: impl Iterator<Item = Option<&'a str>>) -> Vec<Slice> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut missing = false;
    for level in levels {
        match level {
            Some(level) => *counts.entry(level).or_default() += 1,
            None => missing = true,
        }
    }
    let mut order: Vec<(&str, u64)> = counts.into_iter().collect();
    order.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let rest = missing || order.len() > MOST;
    order
        .into_iter()
        .take(MOST)
        .map(|(level, _)| Slice::Level(level.to_owned()))
        .chain(rest.then_some(Slice::Rest))
        .collect()
}

/// Where the rest is; beyond all slices where there is none.
pub(crate) fn rest(slices: &[Slice]) -> usize {
    slices
        .iter()
        .position(|slice| *slice == Slice::Rest)
        .unwrap_or(slices.len())
}

/// The slice of a number.
pub(crate) fn place_of_number(slices: &[Slice], value: f64) -> usize {
    let of = |slice: &Slice| matches!(slice, Slice::Between(low, high) if *low <= value && value < *high);
    slices.iter().position(of).unwrap_or_else(|| rest(slices))
}

/// The slice of a level.
pub(crate) fn place_of_level(slices: &[Slice], level: &str) -> usize {
    let of = |slice: &Slice| matches!(slice, Slice::Level(own) if own == level);
    slices.iter().position(of).unwrap_or_else(|| rest(slices))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_slice_and_ranges_hold_as_many() {
        let values: Vec<f64> = (0..90).map(|i| f64::from(i * 37 % 90)).collect();
        let slices = of_numbers(values.iter().copied().map(Some), 3);
        let mut counts = [0; 3];
        for value in values {
            counts[place_of_number(&slices, value)] += 1;
        }
        assert_eq!(counts, [30; 3]);
        // The same value throughout is one slice; what is missing is the rest.
        let slices = of_numbers([Some(2.0), Some(2.0), None].into_iter(), 4);
        assert_eq!(place_of_number(&slices, f64::NAN), slices.len() - 1);
        assert_ne!(place_of_number(&slices, 2.0), slices.len() - 1);
    }

    #[test]
    fn frequent_levels_come_first_and_seldom_ones_are_the_rest() {
        let text: Vec<String> = (0..14_usize)
            .flat_map(|level| std::iter::repeat_n(format!("l{level:02}"), 20 - level))
            .collect();
        let slices = of_levels(text.iter().map(|level| Some(level.as_str())));
        assert_eq!(slices.len(), MOST + 1);
        assert_eq!(slices[0].named("c"), "c = l00");
        assert_eq!(place_of_level(&slices, "l13"), MOST);
    }
}
