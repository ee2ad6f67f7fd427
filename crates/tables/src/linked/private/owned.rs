//! A table whose rows persons own: each row given its owner and the row before it.

use std::collections::BTreeMap;

use marginals::Conditional;
use marginals::fit::Measured;
use marginals::network::{self, Drawn};
use population::stream::{Purpose, Seed};
use privacy::{Account, Codes, Kin, Ledger, Private};

use super::super::context::{History, MOST_INHERITED, Teller};
use super::super::sequence::{Clock, ends};
use super::super::{Learned, learn::hidden};
use super::{COUNTS, Kept, OwnedTable, ROWS, Reading, TablePrivately, enough};
use crate::cells::Cell;
use crate::format::NumberFormat;
use crate::model::bins::{Binning, resolution};
use crate::model::forest::{Forest, MOST_DIGITS, Order};
use crate::model::{Model, Parts, Settings};
use crate::private::coding::Coding;
use crate::private::columns::{Columns, Finder};
use crate::private::forest::{Question, digits, first_digit, leaf};
use crate::private::records::Row;
use crate::private::{Counted, PrivateError, Read};
use crate::table::{Column, Kind};

type Pair<'a> = Kin<Row<'a>, Row<'a>>;

/// An attribute of owned rows: what it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    /// A column of the owner's table.
    Owner(u16),
    /// A column of the row before.
    Before(u16),
    /// A column of the row itself.
    Own(u16),
    /// Steps of time from the row before.
    Gap,
}

/// Time among the rows of a person.
struct Time {
    /// The column, and its place among a row's cells.
    column: u16,
    place: usize,
    read: Read,
    step: f64,
}

impl Time {
    fn of(&self, row: &Row<'_>) -> Option<f64> {
        self.read.number(row.cell(self.place))
    }

    /// Steps from the row before.
    fn gap(&self, pair: &Pair<'_>) -> Option<f64> {
        let gap = self.of(&pair.own)? - self.of(pair.before.as_ref()?)?;
        Some((gap / self.step).round())
    }
}

/// Learns a table that persons own for a share of the budget. `owners` are the columns of the persons' own table, and how many of them are cells of its rows.
pub(super) fn learn(
    table: &Reading<'_>,
    rows: Kept,
    owners: (&Columns, usize),
    account: &mut Account,
    share: f64,
    seed: Seed,
) -> Result<OwnedTable, PrivateError> {
    let before = account.left();
    let count = rows
        .tally(1, |_| Some(0))
        .release(account, "number of rows", share * ROWS)?;
    let people = count.counts[0] as f64;
    enough(people, count.sd)?;
    // Two columns more where there is time: first moments and gaps.
    let asked = table.source.schema().fields().len() + 2;
    let each = share * COLUMNS / (COUNTS * asked as f64);
    // Something is left for what goes together, however many counts numbers take.
    let least = before - MOST * share;
    let mut finder = Finder::new(account, &rows, people, each, |pair, place| {
        pair.own.cell(place)
    })
    .leaving(least);
    let columns = table.find(&mut finder, &[])?;
    let time = time(table, &columns)?;
    let (rows, moments) = match &time {
        None => (rows, None),
        Some(time) => {
            let rows = rows.in_order(|row| time.of(&row).unwrap_or(f64::NAN));
            let kind = &columns.about[usize::from(time.column)].kind;
            let firsts = rows.firsts();
            let mut finder = Finder::new(account, &firsts, people, each, |pair, place| {
                pair.own.cell(place)
            })
            .leaving(least);
            let first = finder.numbers(kind, |pair| time.of(&pair.own))?;
            let mut finder = Finder::new(account, &rows, people, each, |pair, place| {
                pair.own.cell(place)
            })
            .leaving(least);
            let gap = finder.numbers(&steps(), |pair| time.gap(&pair))?;
            (rows, Some((first, gap)))
        }
    };
    let gap = moments.as_ref().map(|(_, gap)| &gap.0);
    let gap = gap.filter(|gap| gap.classes() > 1);
    let network = Known {
        columns: &columns,
        owners: owners.0,
        seen: owners.1,
        time: time.as_ref(),
        gap,
    };
    let attributes = network.attributes();
    let sizes = network.sizes(&attributes);
    let coded = network.coded(&attributes, &rows, account);
    let drawn = network.drawn(&attributes);
    let singles = network.singles(&attributes, people);
    let share = (share - (before - account.left())).min(account.left());
    let found = network::learn(&coded, &sizes, &drawn, &singles, people, account, share)?;
    let name = |&at: &usize| network.name(attributes[at]);
    let counted = found.measured.iter().map(|m| Counted {
        columns: m.attributes.iter().map(name).collect(),
        cells: m.counts.len(),
        sd: m.sd,
    });
    let told = TablePrivately {
        name: table.name().to_owned(),
        rows: people,
        counted: counted.collect(),
        lost: columns.lost.clone(),
    };
    let context = network.context();
    let trees = |one: &Conditional, own: usize| {
        let questions: Vec<Question<'_>> = one
            .given
            .iter()
            .filter_map(|&given| network.question(attributes[given], own, sizes[given], &context))
            .collect();
        first_digit(&one.shares, sizes[one.attribute] - 1, &questions)
    };
    let clock = match (&time, &moments) {
        (Some(time), Some((first, (gap, _)))) => {
            let of_gap = found
                .conditionals
                .iter()
                .find(|one| attributes[one.attribute] == Of::Gap);
            let kind = &columns.about[usize::from(time.column)].kind;
            let bare = context.family + context.history;
            let shares = first.0.known(people, first.1).0;
            let start = leaf(&shares[..first.0.classes()]);
            let lasting = match of_gap {
                Some(one) => Some(trees(one, 1)),
                // All gaps are alike, or there is none.
                None => gap.is_there().then(|| leaf(&vec![1.0; gap.classes()])),
            };
            let lasting = lasting.map(|first| single(steps(), gap.clone(), first, bare, seed));
            Some(Clock {
                column: time.column,
                step: time.step,
                anchor: None,
                ends: columns.coding(time.column).map_or_else(
                    || (f64::NEG_INFINITY, f64::INFINITY),
                    |(coding, _)| ends(&coding.binning),
                ),
                start: single(kind.clone(), first.0.clone(), start, bare, seed),
                distance: None,
                gap: lasting,
            })
        }
        _ => None,
    };
    let own = columns.about.len();
    let mut order = Order {
        columns: Vec::new(),
        trees: Vec::new(),
    };
    for one in &found.conditionals {
        if let Of::Own(column) = attributes[one.attribute]
            && let Some((coding, _)) = columns.coding(column)
        {
            order.columns.push(column);
            order.trees.push(digits(trees(one, own), coding, own));
        }
    }
    let written: Vec<u16> = time.iter().map(|time| time.column).collect();
    for (column, coding) in columns.codings.iter().enumerate() {
        let column = column as u16;
        if let Some(coding) = coding
            && !order.columns.contains(&column)
            && !written.contains(&column)
        {
            let even = vec![1.0; coding.classes()];
            order.columns.push(column);
            order.trees.push(digits(leaf(&even), coding, own));
        }
    }
    let width = context.family + context.history + if clock.is_some() { CLOCK } else { 0 };
    let seen = columns.about.clone();
    let parts = Parts {
        columns: columns.about,
        codings: columns
            .codings
            .into_iter()
            .map(|coding| coding.map(Coding::into_parts))
            .collect(),
        forest: Forest::of(vec![order]),
        context: width as u16,
        written,
        rules: Vec::new(),
        rows: people.round().max(1.0) as u64,
        settings: settings(seed),
        ledger: Ledger::new(),
    };
    Ok(OwnedTable {
        columns: seen,
        learned: Learned {
            model: Model::of_parts(parts, 0, seed, &Purpose::new("table/private")),
            owned: Vec::new(),
            clock,
            matches: Vec::new(),
        },
        told,
    })
}

/// Share of a table's budget that its columns' looks, values and ranges may cost: more than of rows that stand alone, because each count has the noise of a person's rows.
const COLUMNS: f64 = 0.3;
/// The most that they cost: numbers that are cut often take more counts than others.
const MOST: f64 = 0.6;

/// Bins that a moment tells.
const CLOCK: usize = super::super::sequence::CLOCK_BINS;

fn settings(seed: Seed) -> Settings {
    Settings {
        seed: seed.0,
        ..Settings::default()
    }
}

/// What steps of time are.
fn steps() -> Kind {
    Kind::Number(NumberFormat::with_decimals(0))
}

/// A model of one column.
fn single(
    kind: Kind,
    coding: Coding,
    first: crate::model::tree::Tree,
    context: usize,
    seed: Seed,
) -> Model {
    let trees = digits(first, &coding, 1);
    let parts = Parts {
        columns: vec![hidden("step".to_owned(), kind)],
        codings: vec![Some(coding.into_parts())],
        forest: Forest::of(vec![Order {
            columns: vec![0],
            trees: vec![trees],
        }]),
        context: context as u16,
        written: Vec::new(),
        rules: Vec::new(),
        rows: 1,
        settings: settings(seed),
        ledger: Ledger::new(),
    };
    Model::of_parts(parts, 0, seed, &Purpose::new("table/private"))
}

/// The column in whose order a person's rows are: the one that the schema names, else the first of dates.
fn time(table: &Reading<'_>, columns: &Columns) -> Result<Option<Time>, PrivateError> {
    let dated = |column: &Column| matches!(&column.kind, Kind::Moment(format) if format.has_date());
    let named = table.about().order_by.as_ref();
    let column = match named {
        None => columns.about.iter().position(dated),
        Some(named) => columns.about.iter().position(|c| c.name == named.text),
    };
    let found = column.and_then(|column| {
        let kind = &columns.about[column].kind;
        let (coding, place) = columns.coding(column as u16)?;
        let step = resolution(kind);
        (coding.classes() > 0).then_some(Time {
            column: column as u16,
            place,
            read: Read::of(kind)?,
            step: if step > 0.0 { step } else { 1e-6 },
        })
    });
    match (found, named) {
        (None, Some(named)) => {
            let message = format!(
                "`{}` is no order: by noisy counts it holds neither numbers nor moments",
                named.text
            );
            let hint = "say under `columns:` what it is, with its range";
            let mistake = table.schema.text.mistake(named.place, message, hint);
            Err(PrivateError::Overrides(vec![mistake]))
        }
        (found, _) => Ok(found),
    }
}

/// What is known of owned rows before they are counted together.
struct Known<'a> {
    columns: &'a Columns,
    owners: &'a Columns,
    /// Columns of the owner's that are cells of its row.
    seen: usize,
    time: Option<&'a Time>,
    gap: Option<&'a Coding>,
}

/// Where the bins are that a row is drawn with.
struct Context {
    /// The owner's bins: the place of each column among those that owners hand on.
    of_owner: BTreeMap<u16, usize>,
    family: usize,
    /// Of each column that later siblings are told of, where the row before has its bin.
    of_before: BTreeMap<u16, usize>,
    history: usize,
}

impl Known<'_> {
    fn context(&self) -> Context {
        let binnings = |columns: &Columns| -> Vec<Binning> {
            let codings = columns.codings.iter();
            codings
                .map(|coding| {
                    let nothing = Binning::nothing;
                    coding.as_ref().map_or_else(nothing, |c| c.binning.clone())
                })
                .collect()
        };
        let owners = Teller::all(&binnings(self.owners));
        let own = Teller::all(&binnings(self.columns));
        let mut of_before = BTreeMap::new();
        // The place among siblings and the number that follow come first.
        let mut at = 2;
        for teller in &own {
            of_before.insert(teller.column as u16, at);
            at += if teller.told.ordered { 3 } else { 2 };
        }
        debug_assert_eq!(at, History::told(&own).len());
        Context {
            family: owners.len().min(MOST_INHERITED),
            of_owner: owners
                .iter()
                .take(MOST_INHERITED)
                .enumerate()
                .map(|(place, teller)| (teller.column as u16, place))
                .collect(),
            of_before,
            history: at,
        }
    }

    fn attributes(&self) -> Vec<Of> {
        let context = self.context();
        let owners = self.owners.attributes().into_iter();
        // How many rows a person owns is no cell of the person's row, so owned rows are not seen beside it.
        let owners = owners.filter(|column| {
            usize::from(*column) < self.seen && context.of_owner.contains_key(column)
        });
        let own = self.columns.attributes();
        let before = own.iter().filter(|c| context.of_before.contains_key(c));
        let mut all: Vec<Of> = owners.map(Of::Owner).collect();
        all.extend(before.map(|&column| Of::Before(column)));
        all.extend(self.gap.map(|_| Of::Gap));
        all.extend(own.iter().map(|&column| Of::Own(column)));
        all
    }

    fn coding(&self, of: Of) -> Option<&Coding> {
        match of {
            Of::Owner(column) => self.owners.coding(column).map(|(coding, _)| coding),
            Of::Before(column) | Of::Own(column) => {
                self.columns.coding(column).map(|(coding, _)| coding)
            }
            Of::Gap => self.gap,
        }
    }

    fn sizes(&self, attributes: &[Of]) -> Vec<usize> {
        let codings = attributes.iter().filter_map(|&of| self.coding(of));
        codings.map(Coding::values).collect()
    }

    fn name(&self, of: Of) -> String {
        let column = |columns: &Columns, column: u16| {
            let column = &columns.about[usize::from(column)];
            column.name.clone()
        };
        match of {
            Of::Owner(at) => format!("{} of the owner", column(self.owners, at)),
            Of::Before(at) => format!("{} of the row before", column(self.columns, at)),
            Of::Own(at) => column(self.columns, at),
            Of::Gap => "time since the row before".to_owned(),
        }
    }

    fn coded(&self, attributes: &[Of], rows: &Kept, account: &mut Account) -> Private<Codes> {
        let value = |of: Of, pair: &Pair<'_>| -> u8 {
            let Some(coding) = self.coding(of) else {
                return 0;
            };
            let nothing = coding.classes() as u8;
            let at = |columns: &Columns, column: u16, row: &Row<'_>| {
                coding.value(row.cell(columns.places[usize::from(column)]))
            };
            match of {
                Of::Owner(column) => at(self.owners, column, &pair.owner),
                Of::Own(column) => at(self.columns, column, &pair.own),
                Of::Before(column) => {
                    let before = pair.before.as_ref();
                    before.map_or(nothing, |row| at(self.columns, column, row))
                }
                Of::Gap => {
                    let gap = self.time.and_then(|time| time.gap(pair));
                    gap.map_or(nothing, |gap| coding.value(Cell::Number(gap)))
                }
            }
        };
        rows.encoded(
            account,
            "rows as codes",
            attributes.len(),
            |pair: Pair<'_>, codes: &mut [u8]| {
                for (&of, code) in attributes.iter().zip(codes) {
                    *code = value(of, &pair);
                }
            },
        )
    }

    /// What is drawn, in turn: the gap first, since time comes before all else.
    fn drawn(&self, attributes: &[Of]) -> Vec<Drawn> {
        let time = self.time.map(|time| Of::Own(time.column));
        let mut known: Vec<usize> = Vec::new();
        let mut drawn = Vec::new();
        for (attribute, &of) in attributes.iter().enumerate() {
            if matches!(of, Of::Owner(_) | Of::Before(_)) {
                known.push(attribute);
            }
        }
        let gap = attributes.iter().position(|&of| of == Of::Gap);
        if let Some(attribute) = gap {
            drawn.push(Drawn {
                attribute,
                known: known.clone(),
            });
            known.push(attribute);
        }
        let is_time = |of: &Of| Some(*of) == time;
        known.extend(attributes.iter().position(is_time));
        for (attribute, of) in attributes.iter().enumerate() {
            if matches!(of, Of::Own(_)) && !is_time(of) {
                drawn.push(Drawn {
                    attribute,
                    known: known.clone(),
                });
                known.push(attribute);
            }
        }
        drawn
    }

    /// The counts of the table's own columns by themselves.
    fn singles(&self, attributes: &[Of], people: f64) -> Vec<Measured> {
        let own = attributes.iter().enumerate();
        let own = own.filter_map(|(attribute, &of)| {
            let Of::Own(column) = of else { return None };
            let (coding, _) = self.columns.coding(column)?;
            let (counts, sd) = coding.known(people, self.columns.sds[usize::from(column)]?);
            Some(Measured {
                attributes: vec![attribute],
                counts,
                sd,
            })
        });
        own.collect()
    }

    /// How a tree asks about an attribute: of a row with so many columns of its own.
    fn question(
        &self,
        of: Of,
        columns: usize,
        values: usize,
        context: &Context,
    ) -> Option<Question<'_>> {
        let coding = self.coding(of)?;
        let behind = |place: usize| (columns + MOST_DIGITS + place) as u16;
        let clock = context.family + context.history;
        let (feature, classes) = match of {
            Of::Owner(column) => (behind(*context.of_owner.get(&column)?), coding.classes()),
            Of::Before(column) => {
                let place = context.family + context.of_before.get(&column)?;
                (behind(place), values)
            }
            Of::Gap => (behind(clock + 1), values),
            Of::Own(column) if self.time.is_some_and(|time| time.column == column) => {
                (behind(clock), coding.classes())
            }
            Of::Own(column) => (column, coding.classes()),
        };
        Some(Question {
            feature,
            groups: &coding.binning.groups,
            classes,
            values,
        })
    }
}
