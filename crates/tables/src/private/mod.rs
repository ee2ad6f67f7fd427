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
pub(crate) mod coding;
pub(crate) mod columns;
mod counts;
mod error;
pub(crate) mod forest;
mod kinds;
mod network;
mod numbers;
pub(crate) mod records;

pub use audit::{Audit, Caught};
pub use error::PrivateError;

use std::borrow::Cow;

use marginals::{aim, mst};
use population::stream::Seed;
use privacy::{Account, PrivacyError, Private, Unit};

use crate::layout::Overrides;
use crate::model::Model;
use crate::rule::Rule;
use crate::source::Source;
use crate::table::{Column, Storage};
use audit::Canaries;
pub(crate) use coding::Read;
use columns::{Asked, Columns, Finder};
use network::Lesson;
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
pub(crate) const ROWS: f64 = 0.005;
/// The least and the most share of the budget that all columns' looks, values and ranges may cost, and counts that a column takes on average.
const COLUMNS: (f64, f64) = (0.10, 0.30);
pub(crate) const COUNTS: f64 = 4.0;
/// Rows for each standard deviation of a count that costs all of the budget from which on the least share is enough. Where there are fewer, columns by themselves are most of what can be told.
const CLEAR: f64 = 8_000.0;
/// The most columns that are learned round by round: beyond, so many pairs would be tried every time that one go has to do.
pub(crate) const MOST_ROUNDS: usize = 40;

/// Columns found under differential privacy, and the rows behind the door.
#[derive(Debug)]
pub struct Found {
    account: Account,
    rows: Private<Rows>,
    people: f64,
    columns: Columns,
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
        let mut columns = Columns::default();
        let share = columns_share(&account, people) / (COUNTS * names.len().max(1) as f64);
        let mut finder = Finder::new(&mut account, &rows, people, share, |row, place| {
            row.cell(place)
        });
        for (place, name) in names.iter().enumerate() {
            let asked = Asked {
                name,
                place,
                storage: storages[place],
                wanted: overrides.wanted(name),
                declared: overrides.declared(name),
            };
            finder.find(asked, names.len() - place, &mut columns)?;
        }
        if columns.about.is_empty() {
            return Err(PrivateError::NoColumns);
        }
        Ok(Self {
            account,
            rows,
            people,
            columns,
            terms: terms.clone(),
        })
    }

    /// The columns, in the order of the source.
    pub fn columns(&self) -> &[Column] {
        &self.columns.about
    }

    /// About how many rows there are.
    pub fn people(&self) -> f64 {
        self.people
    }

    /// What could not be found.
    pub fn lost(&self) -> &[Lost] {
        &self.columns.lost
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
            self.columns.codings[usize::from(column)] = None;
        }
        let attributes = self.columns.attributes();
        let sizes = self.columns.sizes(&attributes);
        let coded = self
            .columns
            .coded(&attributes, &self.rows, &mut self.account, |row, place| {
                row.cell(place)
            });
        let canaries = Canaries::new(self.terms.canaries, &sizes, seed)?;
        let coded = coded.with_canaries(&canaries.included());
        let known = self.columns.known(&attributes, self.people);
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
        // Where nothing was left to count together, there is the first count.
        let people = if learned.measured.is_empty() {
            self.people
        } else {
            learned.people
        };
        let counted = self.columns.counted(&attributes, &learned.measured);
        let lost = std::mem::take(&mut self.columns.lost);
        let ledger = self.account.into_ledger();
        let model =
            self.columns
                .into_model(&learned.beliefs, &attributes, rules, people, seed, ledger);
        Ok(Learned {
            model,
            people,
            counted,
            lost,
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

/// Share of the budget for finding out what columns of so many rows are.
pub(crate) fn columns_share(account: &Account, rows: f64) -> f64 {
    let signal = rows / account.sd(1.0, 1);
    (COLUMNS.0 * CLEAR / signal.max(1.0)).clamp(COLUMNS.0, COLUMNS.1)
}

/// Whether every two different values of a column stay different in memory.
pub(crate) fn tells_persons_apart(storage: Storage) -> bool {
    match storage {
        Storage::Text => true,
        Storage::Integer { bits, signed } => signed || bits < 64,
        _ => false,
    }
}
