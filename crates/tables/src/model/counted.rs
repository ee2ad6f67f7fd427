//! What the values of a column come to, which is all that its codes are found from.

use crate::table::{Cells, MISSING_LEVEL};
use std::collections::HashMap;

/// The values of one column, counted.
#[derive(Debug)]
pub(crate) enum Counted {
    /// Numbers, ascending; how many rows have none, and how many each written code.
    Numbers {
        sorted: Vec<f64>,
        missing: u32,
        specials: Box<[u32; 256]>,
    },
    /// How many rows have each level, and how many none.
    Levels { people: Vec<u32>, missing: u32 },
    /// How many rows have an identifier or text, and how many none.
    Opaque { there: u32, missing: u32 },
}

impl Counted {
    /// Counts a column in memory.
    pub(crate) fn of(cells: &Cells) -> Self {
        let mut tally = Tally::for_cells(cells, Some(cells.len()));
        tally.add(cells);
        let mut counted = tally.finish();
        if let (Self::Levels { people, .. }, Cells::Levels { levels, .. }) = (&mut counted, cells) {
            people.resize(levels.len(), 0);
        }
        counted
    }

    /// With `levels` levels in another order: `place_of` has the new place of each.
    pub(crate) fn in_order(mut self, levels: usize, place_of: &[u32]) -> Self {
        if let Self::Levels { people, .. } = &mut self {
            let mut sorted = vec![0; levels];
            for (&count, &place) in people.iter().zip(place_of) {
                sorted[place as usize] = count;
            }
            *people = sorted;
        }
        self
    }
}

/// The values of one column, while they are counted. Parts of the rows may come in any number and any order.
#[derive(Debug)]
pub(crate) enum Tally {
    Numbers {
        numbers: Numbers,
        missing: u32,
        specials: Box<[u32; 256]>,
    },
    Levels {
        people: Vec<u32>,
        missing: u32,
    },
    Opaque {
        there: u32,
        missing: u32,
    },
}

/// The numbers of one column.
#[derive(Debug)]
pub(crate) enum Numbers {
    /// By their bits, how often each.
    Few(HashMap<u64, u32>),
    /// One by one.
    Many(Vec<f64>),
}

impl Tally {
    /// Of no rows, for cells like these; numbers are kept one by one where there is to be `room` for so many, and counted otherwise.
    pub(crate) fn for_cells(cells: &Cells, room: Option<usize>) -> Self {
        match cells {
            Cells::Numbers { .. } => Self::Numbers {
                numbers: room.map_or_else(
                    || Numbers::Few(HashMap::new()),
                    |room| Numbers::Many(Vec::with_capacity(room)),
                ),
                missing: 0,
                specials: Box::new([0; 256]),
            },
            Cells::Levels { .. } => Self::Levels {
                people: Vec::new(),
                missing: 0,
            },
            Cells::Opaque { .. } | Cells::Keys { .. } => Self::Opaque {
                there: 0,
                missing: 0,
            },
        }
    }

    /// Adds some rows; cells of another kind are none.
    pub(crate) fn add(&mut self, cells: &Cells) {
        match (self, cells) {
            (
                Self::Numbers {
                    numbers,
                    missing,
                    specials,
                },
                Cells::Numbers { values, special },
            ) => {
                let special = special.iter().copied().chain(std::iter::repeat(0));
                for (&value, special) in values.iter().zip(special) {
                    match numbers {
                        _ if value.is_nan() && special == 0 => *missing += 1,
                        _ if value.is_nan() => specials[usize::from(special)] += 1,
                        Numbers::Few(counts) => *counts.entry(value.to_bits()).or_default() += 1,
                        Numbers::Many(all) => all.push(value),
                    }
                }
            }
            (Self::Levels { people, missing }, Cells::Levels { codes, .. }) => {
                for &code in codes {
                    if code == MISSING_LEVEL {
                        *missing += 1;
                        continue;
                    }
                    let place = code as usize;
                    if place >= people.len() {
                        people.resize(place + 1, 0);
                    }
                    people[place] += 1;
                }
            }
            (Self::Opaque { there, missing }, cells) => {
                let here = (0..cells.len()).filter(|&row| cells.is_there(row)).count() as u32;
                *there += here;
                *missing += cells.len() as u32 - here;
            }
            (Self::Numbers { .. } | Self::Levels { .. }, _) => {}
        }
    }

    /// Closes the count.
    pub(crate) fn finish(self) -> Counted {
        match self {
            Self::Numbers {
                numbers,
                missing,
                specials,
            } => Counted::Numbers {
                sorted: numbers.sorted(),
                missing,
                specials,
            },
            Self::Levels { people, missing } => Counted::Levels { people, missing },
            Self::Opaque { there, missing } => Counted::Opaque { there, missing },
        }
    }
}

impl Numbers {
    fn sorted(self) -> Vec<f64> {
        match self {
            Self::Many(mut all) => {
                all.sort_unstable_by(f64::total_cmp);
                all
            }
            Self::Few(counts) => {
                let mut counts: Vec<(f64, u32)> = counts
                    .into_iter()
                    .map(|(bits, count)| (f64::from_bits(bits), count))
                    .collect();
                counts.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                let all = counts.iter().map(|&(_, count)| count as usize).sum();
                let mut sorted = Vec::with_capacity(all);
                for (value, count) in counts {
                    sorted.resize(sorted.len() + count as usize, value);
                }
                sorted
            }
        }
    }
}
