//! Intervals of a column of numbers, found with noise: the range by a count of orders of magnitude, then finer wherever many are.
//!
//! Numbers become whole ones: multiples of the column's smallest step, or, where it has none, the upper half of their bits, whose order is that of the numbers. A row has
//! one number, so each count's sensitivity is one. An interval with more people than one in `parts` is cut in eight, all such intervals by one count a level, until they
//! are small or single values (as PrivTree does, Zhang, Xiao & Xie 2016). Neighbours whose counts differ by noise alone then become one: a value that many share ends up alone, and a long tail stays one interval.

use privacy::{Account, PrivacyError, Private, Records};

use super::counts::{pieces, shared_out};
use super::kinds::THERE;

/// Children of an interval, as a power of two.
const CUT: u32 = 3;
/// An interval is cut when it has people of so many standard deviations of the noise: one that holds nobody is cut once in 700 times, which costs little.
const STANDS_OUT: f64 = 3.0;
/// What a piece of even density must explain to stand alone, in squared standard deviations of the noise. Before the last count: the noise itself, since what is joined then is not told apart again. After it: Akaike's
/// price of the two things that a piece says, where it ends and how dense it is.
const BEFORE: f64 = 1.0;
const AFTER: f64 = 4.0;
/// Levels of cutting: 2⁶² in steps of eight.
const LEVELS: usize = 21;
/// So many values are counted one by one.
const FEW: i64 = 128;
/// Bits of a whole number that orders of magnitude are told up to.
const BITS: u32 = 62;

/// How numbers become whole ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Grid {
    /// Multiples of a step.
    Step(f64),
    /// The upper half of the bits.
    Bits,
}

impl Grid {
    /// Of a column with this smallest step; 0 for none.
    pub(crate) fn of(resolution: f64) -> Self {
        if resolution > 0.0 {
            Self::Step(resolution)
        } else {
            Self::Bits
        }
    }

    /// The whole number of a number.
    pub(crate) fn place(self, value: f64) -> i64 {
        match self {
            // Casting holds at the ends of the range.
            Self::Step(step) => (value / step).round() as i64,
            Self::Bits => {
                let bits = value.to_bits() as i64;
                (if bits < 0 {
                    i64::MIN.wrapping_sub(bits)
                } else {
                    bits
                }) >> 32
            }
        }
    }

    /// The number of a whole number, or the bound below it.
    pub(crate) fn value(self, place: i64) -> f64 {
        match self {
            Self::Step(step) => place as f64 * step,
            Self::Bits => {
                let bits = place << 32;
                f64::from_bits(if bits < 0 {
                    i64::MIN.wrapping_sub(bits)
                } else {
                    bits
                } as u64)
            }
        }
    }

    /// Orders of magnitude, ascending and without gaps: each is an interval `[start, start + 2ⁿ)`.
    fn magnitudes(self) -> Vec<Interval> {
        match self {
            Self::Step(_) => {
                let above = (0..BITS).map(|bits| Interval::new(1 << bits, bits));
                let below = (0..BITS)
                    .rev()
                    .map(|bits| Interval::new(1 - (2 << bits), bits));
                below.chain([Interval::new(0, 0)]).chain(above).collect()
            }
            Self::Bits => {
                // The sign and the eleven bits of the exponent are left of these twenty; all exponents from 2⁻⁶⁴ to 2²⁰⁰.
                let exponents = 1023 - 64..1023 + 200_i64;
                let above = exponents.clone().map(|e| Interval::new(e << 20, 20));
                let below = exponents.rev().map(|e| Interval::new(-((e + 1) << 20), 20));
                let tiny = Interval {
                    start: -((1023 - 64) << 20),
                    length: ((1023 - 64) << 20) * 2,
                    people: 0.0,
                    counts: 1.0,
                };
                below.chain([tiny]).chain(above).collect()
            }
        }
    }
}

/// An interval of whole numbers and about how many people are in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Interval {
    pub(crate) start: i64,
    pub(crate) length: i64,
    pub(crate) people: f64,
    /// How many noisy counts that stands for.
    pub(crate) counts: f64,
}

impl Interval {
    fn new(start: i64, bits: u32) -> Self {
        Self {
            start,
            length: 1 << bits,
            people: 0.0,
            counts: 1.0,
        }
    }

    pub(crate) fn end(&self) -> i64 {
        self.start + self.length
    }
}

/// The interval of ascending ones without gaps that a whole number is in; beyond the ends, the end.
pub(crate) fn find(intervals: &[Interval], place: i64) -> usize {
    let at = intervals.partition_point(|interval| interval.end() <= place);
    at.min(intervals.len().saturating_sub(1))
}

/// How finely a column is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fineness {
    /// Share of the budget that each count costs, and the last one, of all intervals.
    pub(crate) share: f64,
    pub(crate) last: f64,
    /// How many classes the intervals are to make, about.
    pub(crate) classes: f64,
    /// About how many people there are, with a number and without, where that is known.
    pub(crate) people: Option<f64>,
    /// No interval is cut further that has fewer than one in so many of the people.
    pub(crate) parts: f64,
    /// The share of the budget that is to be left when all is counted.
    pub(crate) least: f64,
}

/// Finds intervals, with a last count of all of them whose standard deviation is told too; none where the column has too few numbers to see. `range` are the first and last number where they were declared.
pub(crate) fn intervals<R: Records>(
    rows: &Private<R>,
    account: &mut Account,
    purpose: &str,
    number: impl Fn(R::Record<'_>) -> Option<f64> + Sync,
    grid: Grid,
    range: Option<(f64, f64)>,
    fineness: Fineness,
) -> Result<(Vec<Interval>, f64), PrivacyError> {
    let most = rows.unit().most_rows();
    let sd = account.sd(fineness.share, most);
    let count = |account: &mut Account, intervals: &mut [Interval], cut: &[usize]| {
        // Which of the intervals that are counted each is.
        let mut among = vec![usize::MAX; intervals.len()];
        for (place, &interval) in cut.iter().enumerate() {
            among[interval] = place;
        }
        let tally = rows.tally(cut.len(), |row| {
            let place = grid.place(number(row)?);
            Some(among[find(intervals, place)])
        });
        let noisy = tally.release(account, purpose, fineness.share)?;
        for (&interval, &people) in cut.iter().zip(&noisy.counts) {
            intervals[interval].people = people as f64;
        }
        Ok::<(), PrivacyError>(())
    };
    let mut found = if let Some((first, last)) = range {
        let end = 1 << (BITS - 1);
        let place = |value| grid.place(value).clamp(-end, end);
        let (first, last) = (place(first), place(last));
        let length = last.saturating_sub(first).saturating_add(1).max(1);
        vec![Interval {
            start: first,
            length,
            people: f64::INFINITY,
            counts: 1.0,
        }]
    } else {
        let mut all = grid.magnitudes();
        let places: Vec<usize> = (0..all.len()).collect();
        count(account, &mut all, &places)?;
        let is_there = |interval: &Interval| interval.people > THERE * sd;
        let Some(first) = all.iter().position(is_there) else {
            return Ok((Vec::new(), sd));
        };
        let last = all.iter().rposition(is_there).unwrap_or(first);
        all[first..=last].to_vec()
    };
    let length: i64 = found.iter().map(|interval| interval.length).sum();
    let few = matches!(grid, Grid::Step(_)) && length <= FEW;
    if few {
        // So few values are counted one by one at once.
        let (start, end) = (found[0].start, found[found.len() - 1].end());
        found = (start..end).map(|start| Interval::new(start, 0)).collect();
    }
    for _ in 0..if few { 0 } else { LEVELS } {
        let known: f64 = found.iter().map(|i| i.people.max(0.0)).sum();
        let least = if known.is_finite() {
            (known / fineness.parts).max(STANDS_OUT * sd)
        } else {
            0.0
        };
        let mut next = Vec::with_capacity(found.len() * 2);
        let mut cut = Vec::new();
        for interval in &found {
            if interval.people > least && interval.length > 1 {
                let pieces = (1 << CUT).min(interval.length);
                for piece in 0..pieces {
                    let at = |piece: i64| {
                        interval.start
                            + (i128::from(interval.length) * i128::from(piece) / i128::from(pieces))
                                as i64
                    };
                    cut.push(next.len());
                    next.push(Interval {
                        start: at(piece),
                        length: at(piece + 1) - at(piece),
                        people: 0.0,
                        counts: 1.0,
                    });
                }
            } else {
                next.push(*interval);
            }
        }
        if cut.is_empty() {
            break;
        }
        // What is left over after rounding is better spent on counting columns together.
        if account.left() - fineness.least < 2.0 * (fineness.share + fineness.last) {
            break;
        }
        count(account, &mut next, &cut)?;
        found = next;
    }
    if !few {
        found = pieces(&found, sd, BEFORE);
    }
    // One count more, of those without a number, so that all of them come to everybody.
    let tally = rows.tally(found.len() + 1, |row| {
        Some(match number(row) {
            Some(number) => find(&found, grid.place(number)),
            None => found.len(),
        })
    });
    let noisy = tally.release(account, purpose, fineness.last)?;
    for (interval, &people) in found.iter_mut().zip(&noisy.counts) {
        interval.people = people as f64;
        interval.counts = 1.0;
    }
    let mut parts = trimmed(&pieces(&found, noisy.sd, AFTER), noisy.sd).to_vec();
    let others = noisy.counts[found.len()] as f64;
    let mut all: Vec<(f64, f64)> = parts.iter().map(|i| (i.people, i.counts)).collect();
    all.push((others, 1.0));
    let told: f64 = all.iter().map(|(people, _)| people).sum();
    let people = fineness.people.unwrap_or(told);
    for (interval, people) in parts.iter_mut().zip(shared_out(&all, people)) {
        interval.people = people;
    }
    Ok((cut(&parts, people / (2.5 * fineness.classes)), noisy.sd))
}

/// Cuts pieces of more than so many people evenly: where a column lies evenly, others may still go with where in it one is.
fn cut(pieces: &[Interval], most: f64) -> Vec<Interval> {
    let cut = pieces.iter().flat_map(|piece| {
        let parts = ((piece.people / most.max(1.0)).ceil() as i64).clamp(1, piece.length);
        let at = move |part: i64| {
            piece.start + (i128::from(piece.length) * i128::from(part) / i128::from(parts)) as i64
        };
        (0..parts).map(move |part| {
            let length = at(part + 1) - at(part);
            let share = length as f64 / piece.length as f64;
            Interval {
                start: at(part),
                length,
                people: piece.people * share,
                counts: piece.counts * share,
            }
        })
    });
    cut.collect()
}

/// Without the ends where noise may be all there is; who is beyond counts as the nearest that is kept. An end begins where all up to it are more than noise makes of none.
fn trimmed(intervals: &[Interval], sd: f64) -> &[Interval] {
    let end = |inward: Vec<&Interval>| -> usize {
        let (mut people, mut counts) = (0.0_f64, 0.0_f64);
        let begins = inward.iter().position(|interval| {
            people += interval.people;
            counts += interval.counts;
            people > STANDS_OUT * sd * counts.sqrt()
        });
        begins.unwrap_or(0)
    };
    let first = end(intervals.iter().collect());
    let behind = end(intervals.iter().rev().collect());
    intervals
        .get(first..intervals.len() - behind)
        .filter(|kept| !kept.is_empty())
        .unwrap_or(intervals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_keep_order_and_come_back() {
        for grid in [Grid::Step(0.01), Grid::Bits] {
            let values = [-1e9, -3.25, -0.01, 0.0, 0.01, 0.5, 3.25, 1e9];
            let places: Vec<i64> = values.iter().map(|&v| grid.place(v)).collect();
            assert!(
                places.windows(2).all(|pair| pair[0] < pair[1]),
                "{places:?}"
            );
            for (&value, &place) in values.iter().zip(&places) {
                assert!(
                    (grid.value(place) - value).abs() <= 1e-5 * value.abs() + 1e-9,
                    "{grid:?} {value}"
                );
            }
        }
    }

    #[test]
    fn ends_of_noise_are_left_off_and_small_intervals_are_not() {
        let of = |people: &[f64]| -> Vec<Interval> {
            let interval = |(start, &people): (usize, &f64)| Interval {
                people,
                ..Interval::new(start as i64, 0)
            };
            people.iter().enumerate().map(interval).collect()
        };
        let kept = |people: &[f64]| -> Vec<f64> {
            let all = of(people);
            trimmed(&all, 10.0)
                .iter()
                .map(|interval| interval.people)
                .collect()
        };
        assert_eq!(
            kept(&[5.0, -9.0, 100.0, 3.0, 90.0, -4.0, 8.0]),
            [100.0, 3.0, 90.0]
        );
        // Each of them may be noise; the first three together are not.
        assert_eq!(kept(&[20.0; 9]), [20.0; 5]);
        assert_eq!(kept(&[1.0, -1.0]), [1.0, -1.0]);
        // What stands for a hundred counts has ten times the noise of one.
        let mut all = of(&[50.0, 500.0]);
        all[0].counts = 100.0;
        assert_eq!(trimmed(&all, 10.0).len(), 1);
    }

    #[test]
    fn great_pieces_are_cut_evenly() {
        let piece = |start, length, people| Interval {
            start,
            length,
            people,
            counts: length as f64,
        };
        let found = cut(
            &[piece(0, 1, 900.0), piece(1, 10, 250.0), piece(11, 5, 90.0)],
            100.0,
        );
        assert_eq!(
            found,
            [
                piece(0, 1, 900.0),
                piece(1, 3, 75.0),
                piece(4, 3, 75.0),
                piece(7, 4, 100.0),
                piece(11, 5, 90.0)
            ]
        );
    }

    #[test]
    fn magnitudes_have_neither_gaps_nor_overlaps() {
        for grid in [Grid::Step(1.0), Grid::Bits] {
            let all = grid.magnitudes();
            assert!(
                all.windows(2).all(|pair| pair[0].end() == pair[1].start),
                "{grid:?}"
            );
            for value in [0.0, 1.0, -1.0, 17.0, -90000.0, 1e300, -1e300] {
                let interval = all[find(&all, grid.place(value))];
                if value.abs() < 1e15 {
                    assert!(
                        interval.start <= grid.place(value) && grid.place(value) < interval.end()
                    );
                }
            }
        }
    }
}
