//! Tables that are larger than what is compared: a random sample of their rows, read without holding the others.

use std::collections::BTreeMap;

use population::stream::{Seed, Streams};
use privacy::{Ledger, Sealed, grouped};
use tables::{Cells, Layout, MISSING_LEVEL, Source, SourceError, Table};

/// Rows of a table that are held in memory, at most.
pub const MOST_ROWS: u64 = 500_000;

/// Reads a table: with a seed, and where it has more, [`MOST_ROWS`] of its rows, each as likely as any other; then also says so.
pub(super) fn sampled(
    source: &mut Source,
    layout: &Layout,
    called: &str,
    sample: Option<Seed>,
    ledger: &mut Ledger,
) -> Result<(Sealed<Table>, Option<String>), SourceError> {
    at_most(MOST_ROWS, source, layout, called, sample, ledger)
}

fn at_most(
    most: u64,
    source: &mut Source,
    layout: &Layout,
    called: &str,
    sample: Option<Seed>,
    ledger: &mut Ledger,
) -> Result<(Sealed<Table>, Option<String>), SourceError> {
    // They were counted when the columns were found out.
    let rows = source.about().rows.unwrap_or(0);
    let Some(seed) = sample.filter(|_| rows > most) else {
        return Ok((Table::read(source, layout, ledger)?, None));
    };
    let mut stream = Streams::new(seed, 0).stream(&format!("check/sample/{called}"));
    let (mut seen, mut kept) = (0_u64, 0_u64);
    let mut gathered: Vec<Gathered> = Vec::new();
    Table::read_in_parts(
        source,
        layout,
        ledger,
        "a sample of rows into memory",
        &mut |part| {
            // Selection sampling (Knuth, "Seminumerical algorithms", 3.4.2 S): a row is taken with the share of those that are wanted among those that are left.
            let mut chosen: Vec<usize> = Vec::new();
            for row in 0..part.rows {
                let (left, wanted) = (rows.saturating_sub(seen), most - kept);
                if stream.uniform() * (left as f64) < wanted as f64 {
                    chosen.push(row);
                    kept += 1;
                }
                seen += 1;
            }
            if gathered.is_empty() {
                gathered = part.cells.iter().map(Gathered::like).collect();
            }
            for (gathered, cells) in gathered.iter_mut().zip(&part.cells) {
                gathered.add(cells, &chosen);
            }
        },
    )?;
    let table = Table {
        columns: layout.table_columns(),
        cells: gathered.into_iter().map(Gathered::finish).collect(),
        rows: kept as usize,
    };
    let note = format!(
        "{} random rows of {} {called} rows are compared; what is told of all rows is at most {:.2} points from what all would give, with 95 % confidence, and rare copies are found in proportion to the share that was drawn",
        grouped(kept),
        grouped(rows),
        // Of a share the standard error is at most half over the root of n, and less where much of the table was drawn.
        100.0 * 1.96 * 0.5 * ((1.0 - kept as f64 / rows as f64) / kept as f64).sqrt()
    );
    Ok((Sealed::new(table, source.about().clone()), Some(note)))
}

/// Cells of the rows that were chosen so far.
enum Gathered {
    Numbers {
        values: Vec<f64>,
        special: Vec<u8>,
    },
    Levels {
        codes: Vec<u32>,
        places: BTreeMap<String, u32>,
    },
    Opaque(Vec<bool>),
    Keys(Vec<u64>),
}

impl Gathered {
    fn like(cells: &Cells) -> Self {
        match cells {
            Cells::Numbers { .. } => Self::Numbers {
                values: Vec::new(),
                special: Vec::new(),
            },
            Cells::Levels { .. } => Self::Levels {
                codes: Vec::new(),
                places: BTreeMap::new(),
            },
            Cells::Opaque { .. } => Self::Opaque(Vec::new()),
            Cells::Keys { .. } => Self::Keys(Vec::new()),
        }
    }

    fn add(&mut self, cells: &Cells, chosen: &[usize]) {
        match (self, cells) {
            (
                Self::Numbers { values, special },
                Cells::Numbers {
                    values: own,
                    special: codes,
                },
            ) => {
                values.extend(chosen.iter().map(|&row| own[row]));
                special.extend(chosen.iter().filter_map(|&row| codes.get(row)));
            }
            (
                Self::Levels { codes, places },
                Cells::Levels {
                    codes: own, levels, ..
                },
            ) => {
                let mut known: Vec<Option<u32>> = vec![None; levels.len()];
                codes.extend(chosen.iter().map(|&row| match own[row] {
                    MISSING_LEVEL => MISSING_LEVEL,
                    code => *known[code as usize].get_or_insert_with(|| {
                        let next = places.len() as u32;
                        *places.entry(levels[code as usize].clone()).or_insert(next)
                    }),
                }));
            }
            (Self::Opaque(present), Cells::Opaque { present: own }) => {
                present.extend(chosen.iter().map(|&row| own[row]));
            }
            (Self::Keys(rows), Cells::Keys { rows: own }) => {
                rows.extend(chosen.iter().map(|&row| own[row]));
            }
            // Parts of one table are alike.
            _ => {}
        }
    }

    fn finish(self) -> Cells {
        match self {
            Self::Numbers { values, special } => Cells::Numbers { values, special },
            Self::Levels { mut codes, places } => {
                // Levels stand in order of text.
                let mut sorted = vec![0; places.len()];
                for (place, &code) in places.values().enumerate() {
                    sorted[code as usize] = place as u32;
                }
                for code in codes.iter_mut().filter(|code| **code != MISSING_LEVEL) {
                    *code = sorted[*code as usize];
                }
                Cells::Levels {
                    codes,
                    levels: places.into_keys().collect(),
                }
            }
            Self::Opaque(present) => Cells::Opaque { present },
            Self::Keys(rows) => Cells::Keys { rows },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use tables::{Overrides, SourceOptions};

    #[test]
    fn a_sample_has_as_many_rows_as_asked_for_each_as_likely_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.csv");
        let mut text = String::from("number,twice,word\n");
        for row in 0..20_000 {
            let word = ["a", "b", "c", ""][row % 4];
            text.push_str(&format!("{row},{},{word}\n", 2 * row));
        }
        std::fs::write(&path, text).unwrap();
        let read = |seed, most| {
            let mut source =
                Source::open(&path.to_string_lossy(), &SourceOptions::default()).unwrap();
            let mut ledger = Ledger::new();
            let overrides =
                Overrides::from_yaml("columns: {number: number, word: category}", "").unwrap();
            let layout = Layout::detect(&mut source, &overrides, &mut ledger).unwrap();
            let (table, note) =
                at_most(most, &mut source, &layout, "training", seed, &mut ledger).unwrap();
            (table.open(&mut ledger, "test").clone(), note)
        };
        let (table, note) = read(Some(Seed(1)), 5_000);
        assert_eq!(table.rows, 5_000);
        assert!(
            note.unwrap()
                .starts_with("5,000 random rows of 20,000 training rows are compared")
        );
        let Cells::Numbers { values, .. } = &table.cells[0] else {
            panic!("numbers")
        };
        // The mean of 5,000 of the numbers 0 to 19,999 has a standard error of 71: five of them, 6e-7.
        let mean = values.iter().sum::<f64>() / 5_000.0;
        assert!((mean - 9_999.5).abs() < 355.0, "{mean}");
        let Cells::Numbers { values: twice, .. } = &table.cells[1] else {
            panic!("numbers")
        };
        let Cells::Levels { codes, levels } = &table.cells[2] else {
            panic!("levels")
        };
        for row in 0..5_000 {
            assert_eq!(twice[row], 2.0 * values[row]);
            let word = levels.get(codes[row] as usize).map_or("", String::as_str);
            assert_eq!(word, ["a", "b", "c", ""][values[row] as usize % 4]);
        }
        assert_eq!(levels, &["a", "b", "c"]);
        assert_ne!(read(Some(Seed(2)), 5_000).0, table);
        let (all, note) = read(Some(Seed(1)), 20_000);
        assert!(all.rows == 20_000 && note.is_none());
        assert_eq!(read(None, 5_000).0.rows, 20_000);
    }
}
