//! A table learned without being in memory.
//!
//! What columns are is known; their values stream by again to be counted, and once more to be coded, one to three bytes each. From there on nothing else is
//! needed. The counts are exact, so the codes are those of the same table in memory.

use super::{
    Binned, LearnError, Model, Settings,
    bins::{Binning, Encoder, RARE, Rules},
    can_be_learned,
    coded::CodedColumn,
    counted::Tally,
};
use crate::layout::{Layout, LayoutColumn};
use crate::read::Reader;
use crate::rule::Rule;
use crate::source::{Source, SourceError};
use crate::table::{Cells, Column, MISSING_LEVEL};
use privacy::Ledger;
use rayon::prelude::*;

/// Different numbers of a column that are counted; of more, all numbers are put in order.
const FEW: u64 = 1 << 16;
/// Numbers that wait to be put in order at any time: half a gigabyte of them.
const WAITING: usize = 1 << 26;

/// Why a source cannot be learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamError {
    /// It cannot be read.
    Source(SourceError),
    /// It is no table that can be learned.
    Learn(LearnError),
}

impl From<SourceError> for StreamError {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<LearnError> for StreamError {
    fn from(error: LearnError) -> Self {
        Self::Learn(error)
    }
}

impl std::fmt::Display for StreamError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::Learn(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StreamError {}

impl Model {
    /// Learns a source whose layout is known as [`learn_under`](Self::learn_under) learns its table, without reading it into memory: all rows are read
    /// twice, and some columns of numbers once more where there are many long ones of mostly different values.
    ///
    /// The model is the same but for its ledger. Memory: one to three bytes a value, and half a gigabyte at most while values are counted; levels and the different
    /// values of columns that have few come on top.
    ///
    /// # Errors
    ///
    /// What the source says, also that it changed while it was read, and what [`learn`](Self::learn) says.
    pub fn learn_streamed(
        source: &mut Source,
        layout: &Layout,
        ledger: &mut Ledger,
        settings: &Settings,
        rules: &[Rule],
    ) -> Result<Self, StreamError> {
        let binned = Binned::streamed(source, layout, ledger, settings, WAITING)?;
        Ok(Self::of_binned(&binned, ledger, settings, rules))
    }
}

/// A column of the source on its way to codes.
struct Stage<'l> {
    about: &'l LayoutColumn,
    reader: Reader,
    /// For each column of the table that it becomes.
    binnings: Vec<Binning>,
}

impl Stage<'_> {
    /// Numbers that must wait to be put in order.
    fn waiting(&self, rows: usize) -> usize {
        let numeric = |column: &&Column| column.kind.is_numeric();
        let many = self.about.facts.different > FEW;
        match self.about.columns.iter().filter(numeric).count() {
            count if many => count * rows,
            _ => 0,
        }
    }
}

impl Binned {
    /// Finds the codes of every column of a source. At most `waiting` numbers wait to be put in order, or those of one column.
    fn streamed(
        source: &mut Source,
        layout: &Layout,
        ledger: &mut Ledger,
        settings: &Settings,
        waiting: usize,
    ) -> Result<Self, StreamError> {
        let columns = layout.table_columns();
        let counted = layout.columns.iter().map(|column| column.facts.rows);
        let rows = counted.max().unwrap_or(0) as usize;
        can_be_learned(rows, columns.len())?;
        let rules = Rules::of(settings);
        let mut stages: Vec<(usize, Stage<'_>)> = layout
            .columns
            .iter()
            .enumerate()
            .filter_map(|(place, about)| {
                let reader = Reader::new(&about.columns)?;
                let binnings = Vec::new();
                Some((
                    place,
                    Stage {
                        about,
                        reader,
                        binnings,
                    },
                ))
            })
            .collect();
        while stages.iter().any(|(_, stage)| stage.binnings.is_empty()) {
            // As many columns as may wait together; those that need not wait go with the first.
            let mut left = waiting;
            let mut first = true;
            let mut now: Vec<&mut (usize, Stage<'_>)> = Vec::new();
            for stage in stages.iter_mut().filter(|(_, s)| s.binnings.is_empty()) {
                let wants = stage.1.waiting(rows);
                if wants == 0 || wants <= left || first {
                    first &= wants == 0;
                    left = left.saturating_sub(wants);
                    now.push(stage);
                }
            }
            count(source, ledger, rows, &rules, &mut now)?;
        }
        let mut coding: Vec<Coding> = stages
            .iter()
            .map(|(_, stage)| Coding::new(stage, rows))
            .collect();
        let places: Vec<usize> = stages.iter().map(|(place, _)| *place).collect();
        source.scan_some(ledger, "codes of all values", &places, &mut |batch| {
            coding.par_iter_mut().zip(&mut stages).zip(batch).for_each(
                |((coding, (_, stage)), column)| {
                    coding.add(&stage.reader.part(column));
                },
            );
        })?;
        let levels: Vec<Vec<String>> = stages
            .iter()
            .flat_map(|(_, stage)| stage.binnings.iter().map(|_| stage.reader.levels().0))
            .collect();
        let binnings = stages.into_iter().flat_map(|(_, stage)| stage.binnings);
        let coded = coding.into_iter().flat_map(|coding| coding.columns);
        Ok(Self::assembled(
            &columns,
            binnings.collect(),
            levels.iter().map(|levels| &levels[..]).collect(),
            coded.collect(),
        ))
    }
}

/// Reads the values of some columns and finds their codes.
fn count(
    source: &mut Source,
    ledger: &mut Ledger,
    rows: usize,
    rules: &Rules,
    stages: &mut [&mut (usize, Stage<'_>)],
) -> Result<(), SourceError> {
    let places: Vec<usize> = stages.iter().map(|stage| stage.0).collect();
    let mut tallies: Vec<Vec<Tally>> = stages.iter().map(|_| Vec::new()).collect();
    let purpose = "value ranges, levels and the shape of columns";
    source.scan_some(ledger, purpose, &places, &mut |batch| {
        tallies
            .par_iter_mut()
            .zip(&mut *stages)
            .zip(batch)
            .for_each(|((tallies, stage), column)| {
                let room = (stage.1.waiting(rows) > 0).then_some(rows);
                for (place, cells) in stage.1.reader.part(column).iter().enumerate() {
                    if tallies.len() == place {
                        tallies.push(Tally::for_cells(cells, room));
                    }
                    tallies[place].add(cells);
                }
            });
    })?;
    // One column after the other: each may be long.
    for (stage, tallies) in stages.iter_mut().zip(tallies) {
        let stage = &mut stage.1;
        let (levels, place_of) = stage.reader.levels();
        for (tally, column) in tallies.into_iter().zip(&stage.about.columns) {
            let counted = tally.finish().in_order(levels.len(), &place_of);
            let binning = Binning::of(&counted, &column.kind, rules);
            stage.binnings.push(binning);
        }
    }
    Ok(())
}

/// Turns the cells of a column of the source into codes.
struct Coding {
    encoders: Vec<Encoder>,
    /// For each level, in the order in which they were met, its code.
    levels: Vec<u32>,
    columns: Vec<CodedColumn>,
}

impl Coding {
    fn new(stage: &Stage<'_>, rows: usize) -> Self {
        let binnings = || stage.binnings.iter();
        let encoders: Vec<Encoder> = binnings().map(Binning::encoder).collect();
        let (_, place_of) = stage.reader.levels();
        let levels = encoders.first().map_or_else(Vec::new, |encoder| {
            place_of.iter().map(|&place| encoder.level(place)).collect()
        });
        Self {
            encoders,
            levels,
            columns: binnings().map(|b| CodedColumn::new(b, rows)).collect(),
        }
    }

    fn add(&mut self, cells: &[Cells]) {
        for ((cells, column), encoder) in cells.iter().zip(&mut self.columns).zip(&self.encoders) {
            let levels = &self.levels;
            column.extend(cells, encoder, |level| match level {
                MISSING_LEVEL => encoder.level(level),
                // A level that was not there before has no code.
                level => levels.get(level as usize).copied().unwrap_or(RARE),
            });
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::layout::Overrides;
    use crate::source::SourceOptions;
    use crate::table::Table;
    use std::path::Path;

    /// Rows of every kind of column: few and many different numbers, written codes, levels in no order, missing values, moments, positions, an identifier.
    fn lines(rows: usize) -> Vec<String> {
        let line = |row: usize| {
            let dice = |sides: usize, salt: usize| {
                let mixed = (row * 31 + salt + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                (mixed >> 33) % sides
            };
            let pay = match dice(20, 1) {
                0 => String::new(),
                1 => "refused".to_owned(),
                _ => format!("{}.{:02}", dice(90_000, 2), dice(100, 3)),
            };
            let job = ["nurse", "clerk", "NA", "cook"][dice(4, 4)];
            let town = format!("town {}", dice(dice(300, 5) + 1, 6));
            format!(
                "C-{},{},{pay},{job},{town},{:02}.{:02}.{},\"{}.{}5, -{}.{}5\",{}",
                100_000 + row * 37,
                20 + dice(60, 7),
                1 + dice(28, 8),
                1 + dice(12, 9),
                1990 + dice(30, 10),
                dice(80, 11),
                dice(1000, 12),
                dice(170, 13),
                dice(1000, 14),
                ["yes", "no"][dice(2, 15)],
            )
        };
        (0..rows).map(line).collect()
    }

    /// A folder with the lines in files of these numbers of lines.
    fn folder(lines: &[String], sizes: &[usize]) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().unwrap();
        let mut rest = lines;
        let mut number = 0;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(sizes[number % sizes.len()].min(rest.len()));
            let text = format!(
                "id,age,pay,job,town,since,place,churn\n{}\n",
                part.join("\n")
            );
            std::fs::write(folder.path().join(format!("{number:04}.csv")), text).unwrap();
            (rest, number) = (after, number + 1);
        }
        folder
    }

    fn opened(folder: &Path) -> (Source, Layout, Ledger) {
        let options = SourceOptions::default();
        let mut source = Source::open(folder.to_str().unwrap(), &options).unwrap();
        let mut ledger = Ledger::new();
        let layout = Layout::detect(&mut source, &Overrides::none(), &mut ledger).unwrap();
        (source, layout, ledger)
    }

    fn in_memory(folder: &Path) -> Binned {
        let (mut source, layout, mut ledger) = opened(folder);
        let table = Table::read(&mut source, &layout, &mut ledger).unwrap();
        Binned::of(table.open(&mut ledger, "a test"), &Settings::default()).unwrap()
    }

    /// Streamed as if every column of numbers had many different ones where `all_wait`; and how often the values were read.
    fn streamed(folder: &Path, waiting: usize, all_wait: bool) -> (Binned, u64) {
        let (mut source, mut layout, mut ledger) = opened(folder);
        if all_wait {
            for column in &mut layout.columns {
                column.facts.different += FEW;
            }
        }
        let settings = Settings::default();
        let binned = Binned::streamed(&mut source, &layout, &mut ledger, &settings, waiting);
        let reads = ledger.entries().iter();
        let counting = reads.filter(|entry| entry.purpose.starts_with("value ranges"));
        (binned.unwrap(), counting.map(|entry| entry.times).sum())
    }

    /// The name of the first part in which they differ.
    fn difference(a: &Binned, b: &Binned) -> Option<String> {
        if a.columns != b.columns || a.levels != b.levels || a.coded.rows != b.coded.rows {
            return Some("columns or levels".to_owned());
        }
        let names = a.columns.iter().map(|column| &column.name).enumerate();
        let differs = |&(place, _): &(usize, &String)| {
            a.binnings[place] != b.binnings[place]
                || a.coded.columns[place].codes() != b.coded.columns[place].codes()
        };
        names.clone().find(differs).map(|(_, name)| name.clone())
    }

    #[test]
    fn streamed_columns_have_the_codes_of_those_in_memory() {
        let lines = lines(9_000);
        let one = folder(&lines, &[9_000]);
        let known = in_memory(one.path());
        assert!(known.binnings.iter().any(|b| b.digits().len() == 2));
        // All numbers counted; all put in order at once; one column after the other.
        for (waiting, all_wait, reads) in [(WAITING, false, 1), (WAITING, true, 1), (1, true, 4)] {
            let (found, times) = streamed(one.path(), waiting, all_wait);
            assert_eq!(difference(&known, &found), None, "{waiting} {all_wait}");
            assert_eq!(times, reads);
        }
    }

    #[test]
    fn codes_do_not_depend_on_where_batches_end() {
        let lines = lines(3_000);
        let known = streamed(folder(&lines, &[3_000]).path(), WAITING, false).0;
        let many = folder(&lines, &[1, 700, 64, 999]);
        let found = streamed(many.path(), 5_000, true).0;
        assert_eq!(difference(&known, &found), None);
    }

    /// Whether the comparison would see a fault.
    #[test]
    fn one_other_value_is_seen() {
        let mut lines = lines(3_000);
        let known = in_memory(folder(&lines, &[3_000]).path());
        let place = lines.iter().position(|line| line.ends_with("yes")).unwrap();
        let changed = lines[place].replace("yes", "no");
        lines[place] = changed;
        let found = streamed(folder(&lines, &[3_000]).path(), WAITING, false).0;
        assert_eq!(difference(&known, &found), Some("churn".to_owned()));
    }

    #[test]
    fn rows_that_come_while_it_is_read_are_told() {
        let mut lines = lines(2_000);
        let place = folder(&lines, &[2_000]);
        let (mut source, layout, mut ledger) = opened(place.path());
        lines.push(lines[0].clone());
        let more = folder(&lines, &[2_001]);
        std::fs::copy(more.path().join("0000.csv"), place.path().join("0000.csv")).unwrap();
        let settings = Settings::default();
        let error = Model::learn_streamed(&mut source, &layout, &mut ledger, &settings, &[]);
        let told = error.unwrap_err().to_string();
        assert!(told.ends_with("it changes while it is read"), "{told}");
    }

    #[test]
    fn rules_are_counted_part_by_part_as_in_memory() {
        let place = folder(&lines(3_000), &[3_000, 1]);
        let (mut source, layout, mut ledger) = opened(place.path());
        let columns = layout.table_columns();
        let rule = Rule::parse("pay >= 20000 or job = 'nurse'", &columns).unwrap();
        let table = Table::read(&mut source, &layout, &mut ledger).unwrap();
        let whole = rule.tally(table.open(&mut ledger, "a test"));
        let mut sum = crate::Tally::default();
        let add = &mut |part: &Table| sum.add(rule.tally(part));
        Table::read_in_parts(&mut source, &layout, &mut ledger, "a test", add).unwrap();
        assert_eq!(sum, whole);
        assert!(whole.broken > 300 && whole.unknown > 10, "{whole:?}");
    }
}
