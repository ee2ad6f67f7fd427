//! A table learned under differential privacy.
//!
//! ```text
//! rows (sealed) ─► look of cells ─► kinds ─► ranges, values ─► codes (sealed) ─► counts of columns together ─► graphical model ─► trees
//!                  noisy count              noisy counts                        noisy counts, chosen by noisy scores
//! ```
//!
//! Everything that is told of the rows is a count of them with noise, or a choice between counts, and is paid for from one [`Account`]: how many rows there are, what the columns are, which
//! values and ranges they have, and what goes with what. What is declared in the columns file is taken as known to everybody and costs nothing. Column names, their order
//! and how the file is written are taken as known too. What comes out is an ordinary [`Model`], which answers every request that models answer.
//!
//! *Privacy*: (ε, δ) for all of it together, by the composition of `privacy`'s mechanisms; `PROOF.md` in `privacy` and `marginals`. Errors of the source (a
//! damaged file) and the time that learning takes are not covered, and the statement says so.

mod audit;
mod coding;
mod error;
mod forest;
mod kinds;
mod network;
mod numbers;
mod records;

pub use audit::{Audit, Caught};
pub use error::PrivateError;

use std::borrow::Cow;

use marginals::fit::Measured;
use marginals::{aim, mst};
use population::stream::{Purpose, Seed};
use privacy::{Account, Codes, PrivacyError, Private, Unit};

use crate::detect::Wanted;
use crate::format::{Decimals, NumberFormat, Pattern, Shape, TextFormat, TextLook};
use crate::layout::Overrides;
use crate::layout::overrides::Declared;
use crate::model::{Model, Settings};
use crate::rule::Rule;
use crate::source::Source;
use crate::table::{Column, Kind, Storage};
use audit::Canaries;
pub(crate) use coding::Read;
use coding::{Coding, MOST_WORDS, there};
use kinds::{Decided, Looks, by_storage, missing};
use network::Lesson;
use numbers::{Fineness, Grid, intervals};
use records::Row;
pub(crate) use records::Rows;

/// What is promised, and to whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// ε, above 0.
    pub epsilon: f64,
    /// δ, far below one in all rows; 0 for pure differential privacy.
    pub delta: f64,
    /// The column that says whose row it is, and how many rows of a person are looked at; without it each row is protected by itself.
    pub person: Option<(String, u32)>,
    /// How it is found out what goes with what.
    pub mechanism: Mechanism,
    /// Rows that are nobody's to slip in, half of them, and to ask the model for; 0 for no audit.
    pub canaries: usize,
}

/// How it is found out what goes with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mechanism {
    /// Round after round, what the model is most wrong about ([`marginals::aim`]). Beyond 40 columns, [`Mechanism::Mst`].
    #[default]
    Aim,
    /// A tree of pairs in one go ([`marginals::mst`]): fast, and less good.
    Mst,
    /// A generative network, in so many steps or as many as serve most tables: slow, and less good, but not bound to counts of few columns.
    Network(Option<u32>),
    /// The same, whose judge learns from noisy votes of teachers (PATE-GAN), in so many rounds.
    Teachers(Option<u32>),
}

/// Share of the budget that the number of rows costs.
const ROWS: f64 = 0.005;
/// Share of the budget that all columns' looks, values and ranges may cost, and counts that a column takes on average.
const COLUMNS: f64 = 0.10;
const COUNTS: f64 = 4.0;
/// Counts that the last count of a column's values costs: values are drawn by it, and it is not counted again.
const LAST: f64 = 4.0;
/// The most columns that are learned round by round: beyond, so many pairs would be tried every time that one go has to do.
const MOST_ROUNDS: usize = 40;
/// The fewest and the most classes of a column of numbers.
const CLASSES: (f64, f64) = (6.0, 24.0);
/// Drawn rows that stand for the model when rows are chosen to keep to it.
const DRAWN: u64 = 131_072;

/// Columns found under differential privacy, and the rows behind the door.
#[derive(Debug)]
pub struct Found {
    account: Account,
    rows: Private<Rows>,
    people: f64,
    columns: Vec<Column>,
    /// The source's column of each.
    places: Vec<usize>,
    codings: Vec<Option<Coding>>,
    /// Standard deviations of the counts of each column's codes; none where there are no counts.
    sds: Vec<Option<f64>>,
    lost: Vec<Lost>,
    terms: Terms,
}

/// What of a column could not be found.
#[derive(Debug, Clone, PartialEq)]
pub struct Lost {
    /// The column.
    pub column: String,
    /// About how many rows have a value that too few others have to be told of.
    pub rows: f64,
}

impl Found {
    /// Reads a source and finds out what its columns are.
    ///
    /// # Errors
    ///
    /// The source's; ε or δ that promise nothing; too few rows; words on columns that do not exist.
    pub fn of(
        source: &mut Source,
        overrides: &Overrides,
        terms: &Terms,
    ) -> Result<Self, PrivateError> {
        let names: Vec<String> = source
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        overrides
            .check(names.iter().map(String::as_str))
            .map_err(PrivateError::Overrides)?;
        let storages: Vec<Storage> = source
            .schema()
            .fields()
            .iter()
            .map(|field| crate::cells::storage(field.data_type()))
            .collect();
        let person = match &terms.person {
            None => None,
            Some((name, most_rows)) => {
                let place = names.iter().position(|n| n == name);
                Some((
                    place.ok_or_else(|| PrivateError::NoPerson(name.clone()))?,
                    *most_rows,
                ))
            }
        };
        if let Some((place, _)) = person
            && !tells_persons_apart(storages[place])
        {
            return Err(PrivateError::PersonKind(names[place].clone()));
        }
        let network = matches!(
            terms.mechanism,
            Mechanism::Network(_) | Mechanism::Teachers(_)
        );
        if network && person.is_some() {
            return Err(PrivacyError::StepsNeedRows.into());
        }
        if matches!(terms.mechanism, Mechanism::Network(_)) && terms.delta == 0.0 {
            return Err(PrivacyError::StepsNeedDelta.into());
        }
        let unit = person.map_or(Unit::Row, |(_, most_rows)| Unit::Person { most_rows });
        let mut account = Account::open(&source.about().name, unit, terms.epsilon, terms.delta)?;
        account.take_as_public(
            &source.about().name,
            "names, order and stored types of columns, and how the file is written",
        );
        let mut rows = source.gather(&mut account)?;
        if let Some((place, most_rows)) = person {
            rows = rows.of_persons(most_rows, |row: Row<'_>| {
                row.person(place).map(Cow::into_owned)
            });
        }
        let count = rows
            .tally(1, |_| Some(0))
            .release(&mut account, "number of rows", ROWS)?;
        let people = count.counts[0] as f64;
        let least = 10.0 * count.sd;
        if people < least {
            return Err(PrivateError::FewRows {
                about: people,
                least,
            });
        }
        if terms.delta * people >= 1.0 {
            return Err(PrivateError::GreatDelta {
                delta: terms.delta,
                about: people,
            });
        }
        let mut found = Self {
            account,
            rows,
            people,
            columns: Vec::new(),
            places: Vec::new(),
            codings: Vec::new(),
            sds: Vec::new(),
            lost: Vec::new(),
            terms: terms.clone(),
        };
        let share = COLUMNS / (COUNTS * names.len().max(1) as f64);
        for (place, name) in names.iter().enumerate() {
            let left = names.len() - place;
            found.find(place, name, storages[place], overrides, share, left)?;
        }
        if found.columns.is_empty() {
            return Err(PrivateError::NoColumns);
        }
        Ok(found)
    }

    /// The columns, in the order of the source.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// About how many rows there are.
    pub fn people(&self) -> f64 {
        self.people
    }

    /// What could not be found.
    pub fn lost(&self) -> &[Lost] {
        &self.lost
    }

    fn find(
        &mut self,
        place: usize,
        name: &str,
        storage: Storage,
        overrides: &Overrides,
        share: f64,
        left: usize,
    ) -> Result<(), PrivateError> {
        let wanted = overrides.wanted(name);
        if matches!(wanted, Some(Wanted::LeaveOut)) {
            return Ok(());
        }
        let declared = overrides.declared(name);
        let looks = Looks::new();
        let known = wanted.and_then(kind_wanted).or_else(|| by_storage(storage));
        // Counting the looks also tells how a missing value is written, and how many there are.
        let counts = self
            .rows
            .tally(looks.count(), |row: Row<'_>| {
                Some(looks.of(row.cell(place)))
            })
            .release(&mut self.account, "what the columns are", share)?;
        let decided = looks.decide(&counts.counts, counts.sd);
        let missing_people = there(
            missing(&counts.counts, decided.missing.as_deref()),
            counts.sd,
        );
        let signal = self.people / self.account.sd(1.0, self.rows.unit().most_rows());
        let parts = (signal.sqrt() / 4.0).round().clamp(CLASSES.0, CLASSES.1);
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
                let resolution = crate::model::bins::resolution(&kind);
                let range = declared.range(&read);
                if range.is_none() && declared.range.is_some() {
                    return Err(PrivateError::Range(name.to_owned()));
                }
                if range.is_some() {
                    self.account
                        .take_as_public(self.rows.what(), &format!("declared range of `{name}`"));
                }
                let fineness = Fineness {
                    share,
                    last: LAST * share,
                    classes: parts,
                    parts: 3.0 * parts,
                };
                let grid = Grid::of(resolution);
                let number = |row: Row<'_>| read.number(row.cell(place));
                let (intervals, noise) = intervals(
                    &self.rows,
                    &mut self.account,
                    "ranges of numbers and how they lie",
                    number,
                    grid,
                    range,
                    fineness,
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
                let mut words = self.words(
                    place,
                    name,
                    storage,
                    declared,
                    missing.as_deref(),
                    share,
                    left,
                )?;
                sd = Some(self.account.sd(LAST * share, self.rows.unit().most_rows()));
                // Those that most have stay, where there are more than a column can have.
                words.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                words.truncate(MOST_WORDS);
                let told: f64 = words.iter().map(|(_, people)| people).sum();
                let lost = self.people - told - missing_people;
                let noise = kinds::THERE * counts.sd * (words.len() as f64 + 1.0).sqrt();
                if !words.is_empty() && lost > noise.max(0.01 * self.people) {
                    self.lost.push(Lost {
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
        self.columns.push(Column {
            name: name.to_owned(),
            kind,
            missing,
            codes: Vec::new(),
            storage,
        });
        self.places.push(place);
        self.codings.push(coding);
        self.sds.push(sd);
        Ok(())
    }

    /// The values of a category, with about how many people have each.
    #[allow(
        clippy::too_many_arguments,
        reason = "one call, and each says something else about the column"
    )]
    fn words(
        &mut self,
        place: usize,
        name: &str,
        storage: Storage,
        declared: &Declared,
        missing: Option<&str>,
        share: f64,
        left: usize,
    ) -> Result<Vec<(String, f64)>, PrivateError> {
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
            let counts = self
                .rows
                .tally(values.len(), |row: Row<'_>| {
                    let text = row.text(place)?;
                    values.iter().position(|value| value.as_str() == text)
                })
                .release(
                    &mut self.account,
                    "how many rows have each declared value",
                    LAST * share,
                )?;
            let people = counts.counts.iter().map(|&count| count.max(1) as f64);
            return Ok(values.into_iter().zip(people).collect());
        }
        if self.account.is_pure() {
            return Err(PrivateError::Undeclared(name.to_owned()));
        }
        let delta = self.account.discovery_left() / left as f64;
        let found = self.rows.discover(
            &mut self.account,
            "values that many rows share",
            LAST * share,
            delta,
            |row| {
                row.text(place)
                    .filter(|text| Some(text.as_ref()) != missing)
            },
        )?;
        Ok(found
            .found
            .into_iter()
            .map(|(text, count)| (text, count as f64))
            .collect())
    }

    /// Learns what goes with what from all that is left of the budget. Rules hold on what is made, and are taken as known to everybody.
    ///
    /// # Errors
    ///
    /// Noise that cannot be had.
    pub fn learn(mut self, rules: &[Rule], seed: Seed) -> Result<Learned, PrivateError> {
        let computed = crate::model::computed_columns(rules);
        if !rules.is_empty() {
            self.account
                .take_as_public(self.rows.what(), "rules that made rows keep");
        }
        for &column in &computed {
            self.codings[usize::from(column)] = None;
        }
        let attributes: Vec<u16> = (0..self.codings.len())
            .filter(|&column| {
                self.codings[column]
                    .as_ref()
                    .is_some_and(|coding| coding.classes() > 1)
            })
            .map(|column| column as u16)
            .collect();
        let sizes: Vec<usize> = attributes
            .iter()
            .filter_map(|&column| self.codings[usize::from(column)].as_ref())
            .map(Coding::values)
            .collect();
        let coded: Private<Codes> = {
            let codings: Vec<(&Coding, usize)> = attributes
                .iter()
                .filter_map(|&column| {
                    let column = usize::from(column);
                    Some((self.codings[column].as_ref()?, self.places[column]))
                })
                .collect();
            self.rows.encoded(
                &mut self.account,
                "rows as codes",
                codings.len(),
                |row: Row<'_>, codes: &mut [u8]| {
                    for ((coding, place), code) in codings.iter().zip(codes) {
                        *code = coding.value(row.cell(*place));
                    }
                },
            )
        };
        let canaries = Canaries::new(self.terms.canaries, &sizes, seed)?;
        let coded = coded.with_canaries(&canaries.included());
        let known: Vec<Measured> = attributes
            .iter()
            .enumerate()
            .filter_map(|(attribute, &column)| {
                let column = usize::from(column);
                let (counts, sd) = self.codings[column]
                    .as_ref()?
                    .known(self.people, self.sds[column]?);
                Some(Measured {
                    attributes: vec![attribute],
                    counts,
                    sd,
                })
            })
            .collect();
        let settings = aim::Settings::default();
        let learned = match self.terms.mechanism {
            // Without a column that has codes there is nothing to learn together, whatever the way.
            _ if sizes.is_empty() => {
                aim::learn(&coded, &sizes, &mut self.account, &known, &settings)?
            }
            Mechanism::Aim if sizes.len() <= MOST_ROUNDS => {
                aim::learn(&coded, &sizes, &mut self.account, &known, &settings)?
            }
            Mechanism::Aim | Mechanism::Mst => {
                mst::learn(&coded, &sizes, &mut self.account, &known, &settings)?
            }
            Mechanism::Network(steps) => {
                let lesson = Lesson::Gradients(steps);
                network::learn(&coded, &sizes, &mut self.account, self.people, lesson, seed)?
            }
            Mechanism::Teachers(rounds) => {
                let lesson = Lesson::Votes(rounds);
                network::learn(&coded, &sizes, &mut self.account, self.people, lesson, seed)?
            }
        };
        let audit = canaries.ask(&learned.beliefs, self.terms.epsilon, self.terms.delta);
        let forest = forest::forest(&learned.beliefs, &attributes, &self.codings);
        // Where nothing was left to count together, there is the first count.
        let people = if learned.measured.is_empty() {
            self.people
        } else {
            learned.people
        };
        let counted = learned.measured.iter().map(|m| Counted {
            columns: m
                .attributes
                .iter()
                .map(|&a| self.columns[usize::from(attributes[a])].name.clone())
                .collect(),
            cells: m.counts.len(),
            sd: m.sd,
        });
        let counted = counted.collect();
        let parts = crate::model::Parts {
            columns: self.columns,
            codings: self
                .codings
                .into_iter()
                .map(|coding| coding.map(Coding::into_parts))
                .collect(),
            forest,
            rules: rules.to_vec(),
            rows: people.round().max(1.0) as u64,
            settings: Settings {
                seed: seed.0,
                ..Settings::default()
            },
            ledger: self.account.into_ledger(),
        };
        let model = Model::of_parts(parts, DRAWN, seed, &Purpose::new("table/private"));
        Ok(Learned {
            model,
            people,
            counted,
            lost: self.lost,
            audit,
        })
    }
}

/// A model learned privately, and how.
#[derive(Debug)]
pub struct Learned {
    /// The model.
    pub model: Model,
    /// About how many rows there are.
    pub people: f64,
    /// What was counted together, in turn.
    pub counted: Vec<Counted>,
    /// What could not be found.
    pub lost: Vec<Lost>,
    /// What the audit found, where there was one.
    pub audit: Option<Audit>,
}

/// Columns that were counted together.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Their names.
    pub columns: Vec<String>,
    /// How many cells the count has.
    pub cells: usize,
    /// Standard deviation of the noise of each.
    pub sd: f64,
}

impl Counted {
    /// No cell's count is off by more than this many rows, with a probability of 95 %: by the union over all cells of the tails of Gaussian or Laplace noise, whichever are longer.
    pub fn off_by_at_most(&self) -> f64 {
        let chances = self.cells as f64 / 0.05;
        let gaussian = (2.0 * (2.0 * chances).ln()).sqrt();
        let laplace = chances.ln() / std::f64::consts::SQRT_2;
        self.sd * gaussian.max(laplace)
    }
}

/// Whether every two different values of a column stay different in memory.
fn tells_persons_apart(storage: Storage) -> bool {
    match storage {
        Storage::Text => true,
        Storage::Integer { bits, signed } => signed || bits < 64,
        _ => false,
    }
}

/// Numbers with as many decimals as it takes.
fn all_decimals() -> Kind {
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
