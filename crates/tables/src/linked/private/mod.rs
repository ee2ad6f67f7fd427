//! Linked tables learned under differential privacy: persons, and what each of them owns.
//!
//! ```text
//! persons, with how many rows they own  ─► noisy counts ─► AIM ─────────────► the persons' model
//! rows beside their owner and the row before ─► noisy counts ─► a network for each table ─► models that ask about owner and history
//! ```
//!
//! One person is a row of one table with all that refers to it, of which so many rows of each table are looked at. Which tables those are is read from the schema and never from the data (`plan`). The models are those
//! that linked tables have anyway: rows that a person owns are drawn one after the other, given the person's and the one before (`owned`).
//!
//! *Privacy*: (ε, δ) for all tables together; `PROOF.md` in `privacy` and `marginals`.

mod owned;
mod plan;

use marginals::{aim, mst};
use population::stream::Seed;
use privacy::{Account, Ledger, Owned, Owner, Private, Unit};

use super::learn::agree_on_keys;
use super::read::{names, placed, read_public};
use super::schema::{Schema, SchemaTable};
use super::{Content, Learned, Link, LinkedModel, LinkedTable, Role};
use crate::cells::Cell;
use crate::detect::{Wanted, spelling};
use crate::format::{Pattern, Shape};
use crate::layout::document::Key;
use crate::layout::overrides::Declared;
use crate::layout::{Layout, LayoutError};
use crate::model::Settings;
use crate::private::coding::MOST_WORDS;
use crate::private::columns::{Asked, Columns, Finder};
use crate::private::records::{Row, Rows, text_of};
use crate::private::{
    COUNTS, Counted, Lost, MOST_ROUNDS, PrivateError, ROWS, columns_share, tells_persons_apart,
};
use crate::source::Source;
use crate::table::{Cells, Column, Kind, Storage};
use plan::Plan;

/// What is promised to persons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkedTerms {
    /// ε, above 0.
    pub epsilon: f64,
    /// δ, far below one in all persons; 0 for pure differential privacy.
    pub delta: f64,
    /// Rows of each table that are looked at of a person; at least 1.
    pub most_rows: u32,
    /// Whether the persons' columns are counted in one go ([`marginals::mst`]), and not round by round.
    pub in_one_go: bool,
}

/// A model of linked tables, and how it was learned.
#[derive(Debug)]
pub struct LinkedPrivately {
    /// The model.
    pub model: LinkedModel,
    /// Of each table that is not public: its name, about how many rows are looked at, what was counted together and what could not be found.
    pub tables: Vec<TablePrivately>,
}

/// How a table of a linked model was learned.
#[derive(Debug)]
pub struct TablePrivately {
    /// Its name.
    pub name: String,
    /// About how many of its rows are looked at.
    pub rows: f64,
    /// What was counted together, in turn.
    pub counted: Vec<Counted>,
    /// What could not be found.
    pub lost: Vec<Lost>,
}

/// Share of the budget that the persons' own table gets; the others, whose counts a person moves by more than one, share the rest evenly.
const OWN: f64 = 0.35;
/// A table of owned rows, behind the door.
type Kept = Private<Owned<Rows, Rows>>;

impl LinkedModel {
    /// Learns linked tables under differential privacy: persons, who are the rows of the one table that refers to no other, and the tables that refer to it. Rules of a file (its text and its name)
    /// hold on what is made, and are taken as known to everybody, as the schema is. Tables that the schema calls public are kept as they are.
    ///
    /// Not reproducible, because noise is not.
    ///
    /// # Errors
    ///
    /// A schema with other tables than these; ε or δ that promise nothing; too few rows; what sources say, without any value.
    pub fn learn_privately(
        schema: &Schema,
        terms: &LinkedTerms,
        rules: Option<(&str, &str)>,
        seed: Seed,
    ) -> Result<LinkedPrivately, PrivateError> {
        let plan = Plan::of(schema).map_err(PrivateError::Overrides)?;
        let mut sources = schema.opened().map_err(of_layout)?;
        for (table, source) in schema.tables.iter().zip(&sources) {
            let names = names(source).into_iter();
            let checked = table.overrides.check(names);
            checked.map_err(PrivateError::Overrides)?;
        }
        tell_apart(schema, &plan, &sources)?;
        let most_rows = terms.most_rows.max(1);
        let persons = &schema.tables[plan.root];
        let about = sources[plan.root].about().name.clone();
        let mut account = Account::open(
            &about,
            Unit::Owner { most_rows },
            terms.epsilon,
            terms.delta,
        )?;
        account.take_as_public(&about, "which table refers to which");
        let mut tables: Vec<Option<LinkedTable>> = schema.tables.iter().map(|_| None).collect();
        for &public in &plan.public {
            tables[public] = Some(kept(schema, public, &mut sources[public], &mut account)?);
        }
        let mut gathered = Vec::new();
        for index in std::iter::once(plan.root).chain(plan.children.iter().map(|c| c.0)) {
            account.take_as_public(
                &sources[index].about().name,
                "names, order and stored types of columns, and how the file is written",
            );
            if index != plan.root {
                account.cover(&sources[index].about().name);
            }
            gathered.push(sources[index].gather(&mut account)?);
        }
        let mut gathered = gathered.into_iter();
        let Some(rows) = gathered.next() else {
            return Err(PrivateError::NoColumns);
        };
        let Some(key) = &persons.key else {
            return Err(PrivateError::NoColumns);
        };
        let place = placed(&sources[plan.root], key).0;
        let mut rows = rows.persons(|row: Row<'_>| key_of(row, place));
        let mut owned: Vec<Kept> = Vec::new();
        for (&(child, reference), members) in plan.children.iter().zip(gathered) {
            let column = &schema.tables[child].references[reference].column;
            let place = placed(&sources[child], column).0;
            owned.push(rows.owning(members, most_rows, |row: Row<'_>| key_of(row, place)));
        }
        let rows = rows.into_private();

        let weight = if owned.is_empty() { 1.0 } else { OWN };
        let count =
            rows.tally(1, |_| Some(0))
                .release(&mut account, "number of persons", weight * ROWS)?;
        let people = count.counts[0] as f64;
        enough(people, count.sd).map_err(|error| error.in_table(&persons.name))?;
        if terms.delta * people >= 1.0 {
            return Err(PrivateError::GreatDelta {
                delta: terms.delta,
                about: people,
            });
        }
        // Columns of tables that are found after each.
        let widths = plan
            .children
            .iter()
            .map(|&(child, _)| names(&sources[child]).len());
        let widths: Vec<usize> = widths.collect();
        let table = Reading {
            schema,
            index: plan.root,
            source: &sources[plan.root],
            tables: &tables,
            later: widths.iter().sum(),
        };
        let width = names(&sources[plan.root]).len();
        let number = |owner: &Owner<'_, Row<'_>>, place: usize| match place.checked_sub(width) {
            Some(child) => i64::from(owner.number(child)),
            None => 0,
        };
        let columns = {
            let most = most_rows.to_string();
            let declared = Declared {
                values: None,
                range: Some(("0".to_owned(), most)),
            };
            let whole = Wanted::Number { decimals: Some(0) };
            let hidden: Vec<String> = plan
                .children
                .iter()
                .map(|&(child, _)| format!("rows of {}", schema.tables[child].name))
                .collect();
            let hidden = hidden.iter().enumerate().map(|(child, name)| Asked {
                name,
                place: width + child,
                storage: Storage::Integer {
                    bits: 32,
                    signed: true,
                },
                wanted: Some(&whole),
                declared: &declared,
            });
            let names = width + plan.children.len();
            let columns = weight * columns_share(&account, people);
            let share = columns / (COUNTS * names as f64);
            // Much is left for what goes together, however many counts numbers take.
            let least = account.left() - 2.0 * columns;
            let mut finder = Finder::new(&mut account, &rows, people, share, |owner, place| {
                if place < width {
                    owner.own.cell(place)
                } else {
                    Cell::Integer(number(owner, place))
                }
            })
            .leaving(least);
            let hidden: Vec<Asked<'_>> = hidden.collect();
            let found = table.find(&mut finder, &hidden);
            found.map_err(|error| error.in_table(&persons.name))?
        };

        let visible = columns.about.len() - plan.children.len();
        let mut learned = Vec::new();
        for (place, (kept, &(child, _))) in owned.into_iter().zip(&plan.children).enumerate() {
            let table = Reading {
                schema,
                index: child,
                source: &sources[child],
                tables: &tables,
                later: widths[place + 1..].iter().sum(),
            };
            let share = (1.0 - OWN) / plan.children.len() as f64;
            let one = owned::learn(&table, kept, (&columns, visible), &mut account, share, seed);
            learned.push(one.map_err(|error| error.in_table(table.name()))?);
        }

        let attributes = columns.attributes();
        let sizes = columns.sizes(&attributes);
        let coded = columns.coded(&attributes, &rows, &mut account, |owner, place| {
            if place < width {
                owner.own.cell(place)
            } else {
                Cell::Integer(number(owner, place))
            }
        });
        let known = columns.known(&attributes, people);
        let settings = aim::Settings::default();
        let joint = if terms.in_one_go || sizes.len() > MOST_ROUNDS {
            mst::learn(&coded, &sizes, &mut account, &known, &settings)?
        } else {
            aim::learn(&coded, &sizes, &mut account, &known, &settings)?
        };
        let counted = columns.counted(&attributes, &joint.measured);
        let mut columns = columns;
        let lost = std::mem::take(&mut columns.lost);
        let written = columns.about[..visible].to_vec();
        let model = columns.into_model(
            &joint.beliefs,
            &attributes,
            &[],
            people,
            seed,
            Ledger::new(),
        );
        let hidden = |place: usize| (visible + place) as u16;
        let owns = plan.children.iter().enumerate();
        let own = Learned {
            model,
            owned: owns
                .map(|(place, &(child, _))| (child as u16, hidden(place)))
                .collect(),
            clock: None,
            matches: Vec::new(),
        };
        tables[plan.root] = Some(table.linked(written, own));
        let mut told = vec![TablePrivately {
            name: persons.name.clone(),
            rows: people,
            counted,
            lost,
        }];
        for (one, &(child, _)) in learned.into_iter().zip(&plan.children) {
            let table = Reading {
                schema,
                index: child,
                source: &sources[child],
                tables: &tables,
                later: 0,
            };
            let made = table.linked(one.columns, one.learned);
            tables[child] = Some(made);
            told.push(one.told);
        }
        let mut tables: Vec<LinkedTable> = tables.into_iter().flatten().collect();
        agree_on_keys(&mut tables);
        let mut model = Self {
            tables,
            order: std::iter::once(plan.root)
                .chain(plan.children.iter().map(|c| c.0))
                .map(|table| table as u16)
                .collect(),
            rules: Vec::new(),
            settings: Settings {
                seed: seed.0,
                ..Settings::default()
            },
            ledger: Ledger::new(),
        };
        if let Some((text, file)) = rules {
            let given = model.read_rules(text, file);
            let given = given.map_err(PrivateError::Overrides)?;
            account.take_as_public(&about, "rules that made rows keep");
            let rules = given.iter();
            model.rules = rules
                .map(|rule| (rule.table as u16, rule.text().to_owned()))
                .collect();
        }
        model.ledger = account.into_ledger();
        Ok(LinkedPrivately {
            model,
            tables: told,
        })
    }
}

/// A table that is being learned.
#[derive(Clone, Copy)]
struct Reading<'a> {
    schema: &'a Schema,
    index: usize,
    source: &'a Source,
    /// Those that are done.
    tables: &'a [Option<LinkedTable>],
    /// Columns of the tables that come after this one.
    later: usize,
}

impl<'a> Reading<'a> {
    fn about(&self) -> &'a SchemaTable {
        &self.schema.tables[self.index]
    }

    fn name(&self) -> &'a str {
        &self.about().name
    }

    /// Finds out what the table's columns are, and then what else is asked; keys and references to persons are written by whoever makes rows.
    fn find<R, F>(
        &self,
        finder: &mut Finder<'_, R, F>,
        hidden: &[Asked<'_>],
    ) -> Result<Columns, PrivateError>
    where
        R: privacy::Records,
        F: for<'r> Fn(&'r R::Record<'_>, usize) -> Cell<'r> + Sync,
    {
        let fields = self.source.schema().fields();
        let about = self.about();
        let mut found = Columns::default();
        let all = fields.len() + hidden.len() + self.later;
        for (place, field) in fields.iter().enumerate() {
            let name = field.name();
            let mut asked = Asked {
                name,
                place,
                storage: crate::cells::storage(field.data_type()),
                wanted: about.overrides.wanted(name),
                declared: about.overrides.declared(name),
            };
            let mut references = about.references.iter();
            let reference = references.find(|reference| reference.column.text == *name);
            let of_public = reference.map(|reference| &self.tables[reference.table]);
            match of_public {
                Some(Some(public)) => {
                    let declared = Declared {
                        values: keys_of(public),
                        range: None,
                    };
                    asked.wanted = Some(&Wanted::Category);
                    asked.declared = &declared;
                    finder.find(asked, all - place, &mut found)?;
                }
                None if about.key.as_ref().is_none_or(|key| key.text != *name) => {
                    finder.find(asked, all - place, &mut found)?;
                }
                _ => found.push_opaque(asked, self.pattern(name), finder.people()),
            }
        }
        for (place, asked) in hidden.iter().enumerate() {
            finder.find(*asked, hidden.len() - place + self.later, &mut found)?;
        }
        Ok(found)
    }

    /// How a key is written: as the user says, else as numbers from 1.
    fn pattern(&self, column: &str) -> Pattern {
        match self.about().overrides.wanted(column) {
            Some(Wanted::Identifier {
                pattern: Some(runs),
                unique,
            }) => Pattern {
                shape: Shape::Runs(runs.clone()),
                unique: unique.unwrap_or(true),
            },
            _ => Pattern {
                shape: Shape::Sequence { first: 1, width: 1 },
                unique: true,
            },
        }
    }

    /// The table of the model.
    fn linked(&self, columns: Vec<Column>, learned: Learned) -> LinkedTable {
        let about = self.about();
        let place = |name: &str| {
            let place = columns.iter().position(|column| column.name == name);
            place.unwrap_or_default() as u16
        };
        let references = about.references.iter().map(|reference| Link {
            column: place(&reference.column.text),
            table: reference.table as u16,
            role: if self.schema.tables[reference.table].public {
                Role::Public
            } else {
                Role::Owner
            },
        });
        LinkedTable {
            name: about.name.clone(),
            key: about.key.as_ref().map(|key| place(&key.text)),
            references: references.collect(),
            content: Content::Learned(Box::new(learned)),
            columns,
        }
    }
}

/// A public table as it is.
fn kept(
    schema: &Schema,
    index: usize,
    source: &mut Source,
    account: &mut Account,
) -> Result<LinkedTable, PrivateError> {
    let about = &schema.tables[index];
    account.take_as_public(&source.about().name, "all of a table that is no secret");
    // What is no secret is no reading of real data; the account has it as public.
    let mut aside = Ledger::new();
    let layout = Layout::detect(source, &about.overrides, &mut aside).map_err(of_layout)?;
    let table = read_public(source, &layout, &mut aside)?;
    let table = table.open(&mut aside, "a public table").clone();
    Ok(LinkedTable {
        name: about.name.clone(),
        key: about
            .key
            .as_ref()
            .map(|key| table.position(&key.text).unwrap_or_default() as u16),
        columns: table.columns.clone(),
        references: Vec::new(),
        content: Content::Public(table),
    })
}

/// The keys of a public table as they are written, where they may be the values of a category.
fn keys_of(table: &LinkedTable) -> Option<Vec<String>> {
    let Content::Public(rows) = &table.content else {
        return None;
    };
    let column = usize::from(table.key?);
    let keys: Vec<String> = match (&rows.cells[column], &rows.columns[column].kind) {
        (Cells::Levels { levels, .. }, _) => levels.clone(),
        (Cells::Numbers { values, .. }, Kind::Number(format)) => {
            values.iter().map(|&value| format.write(value)).collect()
        }
        _ => return None,
    };
    (keys.len() <= MOST_WORDS).then_some(keys)
}

/// The key in a column, without blanks around it; whole numbers are one key however they are stored. None where there is nothing, or what stands for nothing.
fn key_of(row: Row<'_>, place: usize) -> Option<String> {
    let text = text_of(row.cell(place))?;
    let text = text.trim();
    let is_whole = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_suffix(".0").filter(is_whole).unwrap_or(text);
    (!text.is_empty() && spelling(text).is_none()).then(|| text.to_owned())
}

/// Checks that keys and references to persons tell different values apart, and that no two tables are called the same: the ledger could not tell their readings apart.
fn tell_apart(schema: &Schema, plan: &Plan, sources: &[Source]) -> Result<(), PrivateError> {
    let storage = |table: usize, column: &Key| {
        let place = placed(&sources[table], column).0;
        let field = sources[table].schema().field(place).clone();
        crate::cells::storage(field.data_type())
    };
    if let Some(key) = &schema.tables[plan.root].key
        && !tells_persons_apart(storage(plan.root, key))
    {
        return Err(
            PrivateError::PersonKind(key.text.clone()).in_table(&schema.tables[plan.root].name)
        );
    }
    for &(child, reference) in &plan.children {
        let about = &schema.tables[child];
        let column = &about.references[reference].column;
        let storage = storage(child, column);
        // Fractions are stored as they are, and whole ones are how keys look in a column with gaps.
        if !tells_persons_apart(storage) && !matches!(storage, Storage::Float { .. }) {
            return Err(PrivateError::PersonKind(column.text.clone()).in_table(&about.name));
        }
    }
    for (index, table) in schema.tables.iter().enumerate() {
        let name = |source: &Source| source.about().name.clone();
        let own = name(&sources[index]);
        if sources[..index].iter().any(|other| name(other) == own) {
            let message = format!(
                "`{}` and a table before it are both called {own}",
                table.name
            );
            let hint = "give their files different names: the ledger tells tables apart by them";
            let mistake = schema.text.mistake(table.place, message, hint);
            return Err(PrivateError::Overrides(vec![mistake]));
        }
    }
    Ok(())
}

/// Whether so many rows, by a noisy count, are enough.
fn enough(about: f64, sd: f64) -> Result<(), PrivateError> {
    let least = 10.0 * sd;
    if about < least {
        return Err(PrivateError::FewRows { about, least });
    }
    Ok(())
}

fn of_layout(error: LayoutError) -> PrivateError {
    match error {
        LayoutError::Source(error) => PrivateError::Source(error),
        LayoutError::Overrides(mistakes) => PrivateError::Overrides(mistakes),
    }
}

/// What was learned of a table that persons own.
struct OwnedTable {
    columns: Vec<Column>,
    learned: Learned,
    told: TablePrivately,
}
