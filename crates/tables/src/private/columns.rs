//! What the columns of rows behind the door are: kinds, ranges and values, found with noise.

use marginals::Beliefs;
use marginals::fit::Measured;
use population::stream::{Purpose, Seed};
use privacy::{Account, Codes, Ledger, Private, Records};

use super::coding::{Coding, MOST_WORDS, Read, there};
use super::counts::shared_out;
use super::error::PrivateError;
use super::kinds::{self, Decided, Looks, by_storage, missing};
use super::numbers::{Fineness, Grid, intervals};
use super::records::text_of;
use super::{Counted, Lost, forest};
use crate::cells::Cell;
use crate::detect::Wanted;
use crate::format::{Decimals, NumberFormat, Pattern, Shape, TextFormat, TextLook};
use crate::layout::overrides::Declared;
use crate::model::bins::resolution;
use crate::model::{Model, Parts, Settings};
use crate::rule::Rule;
use crate::table::{Column, Kind, Storage};

/// Counts that the last count of a column's values costs: values are drawn by it, and it is not counted again.
const LAST: f64 = 4.0;
/// The fewest and the most classes of a column of numbers.
const CLASSES: (f64, f64) = (6.0, 24.0);
/// Drawn rows that stand for the model when rows are chosen to keep to it.
const DRAWN: u64 = 131_072;

/// What numbers are counted for.
const RANGES: &str = "ranges of numbers and how they lie";

/// A column of which nothing is known yet but what is public.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub name: &'a str,
    /// Its place among a record's cells.
    pub place: usize,
    pub storage: Storage,
    /// What the user says it is.
    pub wanted: Option<&'a Wanted>,
    pub declared: &'a Declared,
}

/// Columns as they were found.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub about: Vec<Column>,
    /// The place of each among a record's cells.
    pub places: Vec<usize>,
    /// None where nothing is learned of a column.
    pub codings: Vec<Option<Coding>>,
    /// Standard deviations of the counts of each column's codes; none where there are no counts.
    pub sds: Vec<Option<f64>>,
    pub lost: Vec<Lost>,
}

impl Columns {
    /// The columns that have something to tell apart.
    pub(crate) fn attributes(&self) -> Vec<u16> {
        let lively = |coding: &Option<Coding>| coding.as_ref().is_some_and(|c| c.classes() > 1);
        (0..self.codings.len())
            .filter(|&column| lively(&self.codings[column]))
            .map(|column| column as u16)
            .collect()
    }

    /// How many values the attribute of each of these columns has.
    pub(crate) fn sizes(&self, attributes: &[u16]) -> Vec<usize> {
        let codings = attributes.iter().filter_map(|&column| self.coding(column));
        codings.map(|(coding, _)| coding.values()).collect()
    }

    /// The coding of a column, and its place among a record's cells.
    pub(crate) fn coding(&self, column: u16) -> Option<(&Coding, usize)> {
        let column = usize::from(column);
        Some((self.codings[column].as_ref()?, self.places[column]))
    }

    /// What is known of these columns by themselves, of about so many rows.
    pub(crate) fn known(&self, attributes: &[u16], people: f64) -> Vec<Measured> {
        let known = attributes.iter().enumerate().filter_map(|(at, &column)| {
            let (coding, _) = self.coding(column)?;
            let (counts, sd) = coding.known(people, self.sds[usize::from(column)]?);
            Some(Measured {
                attributes: vec![at],
                counts,
                sd,
            })
        });
        known.collect()
    }

    /// Records as the values of these columns' attributes.
    pub(crate) fn coded<R: Records>(
        &self,
        attributes: &[u16],
        rows: &Private<R>,
        account: &mut Account,
        cell: impl for<'r> Fn(&'r R::Record<'_>, usize) -> Cell<'r> + Sync,
    ) -> Private<Codes> {
        let codings = attributes.iter().filter_map(|&column| self.coding(column));
        let codings: Vec<(&Coding, usize)> = codings.collect();
        rows.encoded(
            account,
            "rows as codes",
            codings.len(),
            |record, codes: &mut [u8]| {
                for ((coding, place), code) in codings.iter().zip(codes) {
                    *code = coding.value(cell(&record, *place));
                }
            },
        )
    }

    /// What was counted of these columns, in their names.
    pub(crate) fn counted(&self, attributes: &[u16], measured: &[Measured]) -> Vec<Counted> {
        let name = |&at: &usize| self.about[usize::from(attributes[at])].name.clone();
        let counted = measured.iter().map(|m| Counted {
            columns: m.attributes.iter().map(name).collect(),
            cells: m.counts.len(),
            sd: m.sd,
        });
        counted.collect()
    }

    /// The model whose rows are distributed as this says.
    pub(crate) fn into_model(
        self,
        beliefs: &Beliefs,
        attributes: &[u16],
        rules: &[Rule],
        people: f64,
        seed: Seed,
        ledger: Ledger,
    ) -> Model {
        let forest = forest::forest(beliefs, attributes, &self.codings);
        let codings = self.codings.into_iter();
        let parts = Parts {
            columns: self.about,
            codings: codings.map(|c| c.map(Coding::into_parts)).collect(),
            forest,
            context: 0,
            written: Vec::new(),
            rules: rules.to_vec(),
            rows: people.round().max(1.0) as u64,
            settings: Settings {
                seed: seed.0,
                ..Settings::default()
            },
            ledger,
        };
        Model::of_parts(parts, DRAWN, seed, &Purpose::new("table/private"))
    }

    /// Adds a column of which every row has a value that somebody else writes, such as a key.
    pub(crate) fn push_opaque(&mut self, asked: Asked<'_>, pattern: Pattern, people: f64) {
        self.about.push(Column {
            name: asked.name.to_owned(),
            kind: Kind::Identifier(pattern),
            missing: None,
            codes: Vec::new(),
            storage: asked.storage,
        });
        self.places.push(asked.place);
        self.codings.push(Some(Coding::of_all_there(people)));
        self.sds.push(None);
    }
}

/// Finds out what columns of records are, one after the other.
pub(crate) struct Finder<'a, R, F> {
    account: &'a mut Account,
    rows: &'a Private<R>,
    cell: F,
    people: f64,
    share: f64,
    least: f64,
}

impl<'a, R, F> Finder<'a, R, F>
where
    R: Records,
    F: for<'r> Fn(&'r R::Record<'_>, usize) -> Cell<'r> + Sync,
{
    /// Of about so many records. `cell` is the cell of a record at a place, and a count costs `share` of the budget; a column takes about four.
    pub(crate) fn new(
        account: &'a mut Account,
        rows: &'a Private<R>,
        people: f64,
        share: f64,
        cell: F,
    ) -> Self {
        Self {
            account,
            rows,
            cell,
            people,
            share,
            least: 0.0,
        }
    }

    /// Numbers are cut no further where less than this share of the budget would be left.
    pub(crate) fn leaving(mut self, least: f64) -> Self {
        self.least = least;
        self
    }

    /// About how many records there are.
    pub(crate) fn people(&self) -> f64 {
        self.people
    }
}

impl<R, F> Finder<'_, R, F>
where
    R: Records,
    F: for<'r> Fn(&'r R::Record<'_>, usize) -> Cell<'r> + Sync,
{
    /// Finds out what a column is. `left` columns are still to come, this one counted.
    pub(crate) fn find(
        &mut self,
        asked: Asked<'_>,
        left: usize,
        found: &mut Columns,
    ) -> Result<(), PrivateError> {
        let Asked {
            name,
            place,
            storage,
            wanted,
            declared,
        } = asked;
        if matches!(wanted, Some(Wanted::LeaveOut)) {
            return Ok(());
        }
        let (share, most) = (self.share, self.rows.unit().most_rows());
        let cell = &self.cell;
        let looks = Looks::new();
        let known = wanted.and_then(kind_wanted).or_else(|| by_storage(storage));
        // Counting the looks also tells how a missing value is written, and how many there are.
        let counts = self
            .rows
            .tally(looks.count(), |record| Some(looks.of(cell(&record, place))))
            .release(self.account, "what the columns are", share)?;
        let decided = looks.decide(&counts.counts, counts.sd);
        let missing_people = there(
            missing(&counts.counts, decided.missing.as_deref()),
            counts.sd,
        );
        let parts = self.parts();
        let Decided {
            kind: seen,
            missing,
        } = decided;
        let mut kind = match (known, wanted) {
            (Some(known), _) => known,
            (None, Some(Wanted::Number { .. })) if !matches!(seen, Kind::Number(_)) => {
                all_decimals()
            }
            (None, _) => seen,
        };
        let mut sd = None;
        let coding = match &kind {
            Kind::Number(_) | Kind::Moment(_) => {
                let Some(read) = Read::of(&kind) else {
                    return Ok(());
                };
                let grid = Grid::of(resolution(&kind));
                let range = declared.range(&read);
                if range.is_none() && declared.range.is_some() {
                    return Err(PrivateError::Range(name.to_owned()));
                }
                if range.is_some() {
                    self.account
                        .take_as_public(self.rows.what(), &format!("declared range of `{name}`"));
                }
                let number = |record: R::Record<'_>| read.number(cell(&record, place));
                let (intervals, noise) = intervals(
                    self.rows,
                    self.account,
                    RANGES,
                    number,
                    grid,
                    range,
                    self.fineness(parts, Some(self.people)),
                )?;
                sd = Some(noise);
                Coding::of_numbers(
                    &kind,
                    grid,
                    intervals,
                    missing.clone(),
                    missing_people,
                    parts,
                )
            }
            Kind::Boolean { .. } | Kind::Category => {
                let mut words = self.words(asked, missing.as_deref(), left)?;
                sd = Some(self.account.sd(LAST * share, most));
                // Those that most have stay, where there are more than a column can have.
                words.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                words.truncate(MOST_WORDS);
                let told: f64 = words.iter().map(|(_, people)| people).sum();
                let lost = self.people - told - missing_people;
                let noise = kinds::THERE * counts.sd * (words.len() as f64 + 1.0).sqrt();
                if !words.is_empty() && lost > noise.max(0.01 * self.people) {
                    found.lost.push(Lost {
                        column: name.to_owned(),
                        rows: lost.max(0.0),
                    });
                }
                if words.is_empty() && matches!(kind, Kind::Category) {
                    // No text is shared by enough rows: these are names of things, or prose.
                    kind = Kind::Text(TextFormat {
                        look: TextLook::Words,
                        shortest: 4,
                        longest: 20,
                    });
                    Some(Coding::of_presence(
                        missing.clone(),
                        self.people - missing_people,
                        missing_people,
                    ))
                } else {
                    Some(Coding::of_words(words, missing.clone(), missing_people))
                }
            }
            Kind::Identifier(_) | Kind::Text(_) | Kind::Position(_) => Some(Coding::of_presence(
                missing.clone(),
                self.people - missing_people,
                missing_people,
            )),
        };
        found.about.push(Column {
            name: name.to_owned(),
            kind,
            missing,
            codes: Vec::new(),
            storage,
        });
        found.places.push(place);
        found.codings.push(coding);
        found.sds.push(sd);
        Ok(())
    }

    /// How many classes a column of numbers is to have.
    fn parts(&self) -> f64 {
        let most = self.rows.unit().most_rows();
        let signal = self.people / self.account.sd(1.0, most);
        (signal.sqrt() / 4.0).round().clamp(CLASSES.0, CLASSES.1)
    }

    fn fineness(&self, parts: f64, people: Option<f64>) -> Fineness {
        Fineness {
            share: self.share,
            last: LAST * self.share,
            classes: parts,
            people,
            parts: 3.0 * parts,
            least: self.least,
        }
    }

    /// Codes of numbers that are no column of the table and that only some of the records may have, and the noise on how many records each has. What is no number has none.
    pub(crate) fn numbers(
        &mut self,
        kind: &Kind,
        number: impl Fn(R::Record<'_>) -> Option<f64> + Sync,
    ) -> Result<(Coding, f64), PrivateError> {
        let (grid, parts) = (Grid::of(resolution(kind)), self.parts());
        let (intervals, sd) = intervals(
            self.rows,
            self.account,
            RANGES,
            number,
            grid,
            None,
            self.fineness(parts, None),
        )?;
        let coding = Coding::of_numbers(kind, grid, intervals, None, 0.0, parts);
        Ok((coding.ok_or(PrivateError::NoColumns)?, sd))
    }

    /// The values of a category, with about how many people have each.
    fn words(
        &mut self,
        asked: Asked<'_>,
        missing: Option<&str>,
        left: usize,
    ) -> Result<Vec<(String, f64)>, PrivateError> {
        let Asked {
            name,
            place,
            storage,
            declared,
            ..
        } = asked;
        let (share, cell) = (self.share, &self.cell);
        let declared = match (&declared.values, storage) {
            (None, Storage::Boolean) => Some(vec!["false".to_owned(), "true".to_owned()]),
            (values, _) => values.clone(),
        };
        if let Some(values) = declared {
            if values.len() > MOST_WORDS {
                return Err(PrivateError::ManyValues(name.to_owned(), values.len()));
            }
            self.account
                .take_as_public(self.rows.what(), &format!("declared values of `{name}`"));
            // One count more, of those with none of the values, so that all of them come to everybody.
            let counts = self
                .rows
                .tally(values.len() + 1, |record| {
                    let text = text_of(cell(&record, place));
                    let value =
                        text.and_then(|text| values.iter().position(|value| *value == text));
                    Some(value.unwrap_or(values.len()))
                })
                .release(
                    self.account,
                    "how many rows have each declared value",
                    LAST * share,
                )?;
            let counts = counts.counts.iter().map(|&count| (count as f64, 1.0));
            let people = shared_out(&counts.collect::<Vec<_>>(), self.people);
            let people = people.into_iter().map(|people| people.max(1.0));
            return Ok(values.into_iter().zip(people).collect());
        }
        if self.account.is_pure() {
            return Err(PrivateError::Undeclared(name.to_owned()));
        }
        let delta = self.account.discovery_left() / left as f64;
        let found = self.rows.discover(
            self.account,
            "values that many rows share",
            LAST * share,
            delta,
            |record| text_of(cell(record, place)).filter(|text| Some(text.as_ref()) != missing),
        )?;
        Ok(found
            .found
            .into_iter()
            .map(|(text, count)| (text, count as f64))
            .collect())
    }
}

/// Numbers with as many decimals as it takes.
pub(crate) fn all_decimals() -> Kind {
    Kind::Number(NumberFormat {
        decimals: Decimals::Shortest { fewest: 0 },
        ..NumberFormat::default()
    })
}

/// The kind that the user asks for, with what is known to everybody where the user does not say.
fn kind_wanted(wanted: &Wanted) -> Option<Kind> {
    Some(match wanted {
        Wanted::Number {
            decimals: Some(decimals),
        } => Kind::Number(NumberFormat::with_decimals(*decimals)),
        Wanted::Moment {
            pattern: Some(pattern),
        } => Kind::Moment(pattern.clone()),
        Wanted::Category | Wanted::Boolean => Kind::Category,
        Wanted::Identifier { pattern, unique } => Kind::Identifier(Pattern {
            shape: pattern
                .clone()
                .map_or(Shape::Sequence { first: 1, width: 1 }, Shape::Runs),
            unique: unique.unwrap_or(true),
        }),
        Wanted::Text => Kind::Text(TextFormat {
            look: TextLook::Words,
            shortest: 4,
            longest: 60,
        }),
        // What the data says, or nothing at all.
        Wanted::Number { decimals: None }
        | Wanted::Moment { pattern: None }
        | Wanted::Position
        | Wanted::LeaveOut => return None,
    })
}
