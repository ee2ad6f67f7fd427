//! From linked tables to a linked model.

use privacy::Ledger;

use super::bridges::{Bridge, bridges, matched};
use super::context::{History, MOST_INHERITED, Teller, Told, ToldColumn};
use super::error::LinkedError;
use super::family::{Sorted, family_order, owners, sort};
use super::keep::{KeptRule, Rows};
use super::keys::NOBODY;
use super::matching::{Feature, Matching};
use super::read::LinkedSource;
use super::schema::Schema;
use super::sequence::{Anchor, Clock, Times, are_years, ends};
use super::summary::summaries;
use super::{Content, Learned, Link, LinkedModel, LinkedTable, Role};
use crate::format::NumberFormat;
use crate::model::{Around, Binned, LearnError, Model, Settings};
use crate::table::{Cells, Column, Kind, Storage, Table};

impl LinkedModel {
    /// Learns linked tables.
    ///
    /// A table's owner is the first of its references that is never empty, is not to a public table and closes no circle. Deterministic in tables, settings and
    /// seed, whatever the number of threads. *Privacy*: not private; the ledger is told.
    ///
    /// # Errors
    ///
    /// What a source says; a key that is missing or not unique; a reference to no row; tables that refer to each other in a circle of references that are
    /// never empty.
    pub fn learn(
        source: &mut LinkedSource,
        ledger: &mut Ledger,
        settings: &Settings,
    ) -> Result<Self, LinkedError> {
        Ok(Self::learn_under(source, ledger, settings, None, false)?.0)
    }

    /// Learns linked tables, and rules that made rows will keep to: those of a file (its text and its name), and those that all rows keep where they are to be found.
    /// A row of the data that breaks a rule is learned from as any other.
    ///
    /// # Errors
    ///
    /// As [`learn`](Self::learn), and what [`read_rules`](Self::read_rules) says.
    pub fn learn_under(
        source: &mut LinkedSource,
        ledger: &mut Ledger,
        settings: &Settings,
        rules: Option<(&str, &str)>,
        find: bool,
    ) -> Result<(Self, Vec<KeptRule>), LinkedError> {
        let read = source.read(ledger)?;
        let schema = &source.schema;
        let owners = owners(schema, &read)?;
        let order = family_order(&owners, schema);
        let purpose = "value ranges, levels, numbers of children and gaps; dependences between a row, its owner and its siblings; conditional counts";
        let opened: Vec<&Table> = read.iter().map(|t| t.table.open(ledger, purpose)).collect();
        let mut sorted: Vec<Option<Sorted<'_>>> = opened.iter().map(|_| None).collect();
        for &table in &order {
            let one = sort(table, schema, &opened, &read, &owners, &sorted)?;
            sorted[table] = Some(one);
        }
        let bridges = bridges(schema, &read, &owners, &sorted, settings)?;
        let mut learned: Vec<Option<Learned>> = opened.iter().map(|_| None).collect();
        let mut families: Vec<Vec<ToldColumn>> = opened.iter().map(|_| Vec::new()).collect();
        for &table in &order {
            let learner = Learner {
                schema,
                owners: &owners,
                sorted: &sorted,
                families: &families,
                bridges: &bridges,
                settings,
            };
            let (one, family) = learner
                .learn(table)
                .map_err(|error| LinkedError::Learn(schema.tables[table].name.clone(), error))?;
            learned[table] = Some(one);
            families[table] = family;
        }
        let mut tables = Vec::new();
        for (index, (table, learned)) in schema.tables.iter().zip(learned).enumerate() {
            let find = |name: &str| opened[index].position(name).unwrap_or_default() as u16;
            let role = |place: usize, target: usize| {
                let number = || matched(schema, &owners, index).position(|other| other == place);
                match owners[index] {
                    Some(owner) if owner == place => Role::Owner,
                    _ if schema.tables[target].public => Role::Public,
                    _ => Role::Match(number().unwrap_or_default() as u16),
                }
            };
            let references = table
                .references
                .iter()
                .enumerate()
                .map(|(place, reference)| Link {
                    column: find(&reference.column.text),
                    table: reference.table as u16,
                    role: role(place, reference.table),
                });
            tables.push(LinkedTable {
                name: table.name.clone(),
                columns: opened[index].columns.clone(),
                key: table.key.as_ref().map(|key| find(&key.text)),
                references: references.collect(),
                content: match learned {
                    Some(learned) => Content::Learned(Box::new(learned)),
                    None => Content::Public(opened[index].clone()),
                },
            });
        }
        agree_on_keys(&mut tables);
        let mut model = Self {
            tables,
            order: order.iter().map(|&table| table as u16).collect(),
            rules: Vec::new(),
            settings: *settings,
            ledger: Ledger::new(),
        };
        let given = match rules {
            Some((text, file)) => model.read_rules(text, file).map_err(LinkedError::Schema)?,
            None => Vec::new(),
        };
        if find || !given.is_empty() {
            let purpose = "rules that every row keeps, and how many rows break a rule";
            for table in &read {
                table.table.open(ledger, purpose);
            }
        }
        let rows = Rows {
            model: &model,
            sorted: &sorted,
        };
        let found = if find { rows.find() } else { Vec::new() };
        let found = found.into_iter().filter(|rule| !given.contains(rule));
        let all = given.iter().cloned().map(|rule| (rule, false));
        let kept: Vec<KeptRule> = all
            .chain(found.map(|rule| (rule, true)))
            .map(|(rule, found)| KeptRule {
                tally: rows.tally(&rule),
                rule,
                found,
            })
            .collect();
        let rules = kept
            .iter()
            .map(|kept| (kept.rule.table as u16, kept.rule.text().to_owned()));
        model.rules = rules.collect();
        model.ledger = ledger.clone();
        Ok((model, kept))
    }
}

/// References are written as the keys that they name.
pub(super) fn agree_on_keys(tables: &mut [LinkedTable]) {
    let keys: Vec<Option<Column>> = tables
        .iter()
        .map(|table| table.key.map(|key| table.columns[usize::from(key)].clone()))
        .collect();
    for table in tables {
        for link in &table.references {
            let column = &mut table.columns[usize::from(link.column)];
            if let (Some(key), true) = (&keys[usize::from(link.table)], link.role != Role::Public) {
                column.kind = key.kind.clone();
                column.storage = key.storage;
            }
        }
    }
}

/// Learns one table after the other.
struct Learner<'a> {
    schema: &'a Schema,
    owners: &'a [Option<usize>],
    sorted: &'a [Option<Sorted<'a>>],
    /// What each table tells the tables that it owns, row by row.
    families: &'a [Vec<ToldColumn>],
    bridges: &'a [Bridge],
    settings: &'a Settings,
}

impl Learner<'_> {
    /// What was learned of a table, and what its rows tell those that they own.
    fn learn(&self, index: usize) -> Result<(Learned, Vec<ToldColumn>), LearnError> {
        let Some(sorted) = &self.sorted[index] else {
            return Err(LearnError::NoRows);
        };
        let settings = Settings {
            // No two tables' trees share their random choices.
            seed: self.settings.seed.wrapping_add((index as u64) << 32),
            orders: self.orders(index),
            ..*self.settings
        };
        let mut table = Table {
            columns: sorted.table.columns.clone(),
            cells: sorted
                .table
                .cells
                .iter()
                .map(|cells| cells.taken(&sorted.order))
                .collect(),
            rows: sorted.table.rows,
        };
        let mut owned = Vec::new();
        for (child, owner) in self.owners.iter().enumerate() {
            let above = owner.map(|owner| self.schema.tables[child].references[owner].table);
            if let (true, Some(children)) = (above == Some(index), &self.sorted[child]) {
                owned.push((child as u16, table.columns.len() as u16));
                let name = format!("rows of {}", self.schema.tables[child].name);
                push_counts(&mut table, name, &children.owners);
            }
        }
        self.push_references(index, &mut table);
        self.push_summaries(&owned, &mut table);
        let matches = self.push_wanted(index, &mut table);
        let binned = Binned::of(&table, &settings)?;
        let tellers = Teller::all(&binned.binnings);
        let mut written = Vec::new();
        let mut context = Vec::new();
        let mut clock = None;
        let mut inherited = Vec::new();
        if let Some(owner) = self.owners[index] {
            let above = self.schema.tables[index].references[owner].table;
            inherited = self.families[above]
                .iter()
                .take(MOST_INHERITED)
                .map(|column| column.taken(&sorted.owners))
                .collect();
            context.clone_from(&inherited);
            let starts = starts(&sorted.owners);
            context.extend(histories(&binned, &tellers, &starts));
            if let Some(column) = sorted.clock
                && let Cells::Numbers { values, .. } = &table.cells[column]
            {
                written.push(column);
                let times = Times {
                    column,
                    about: &table.columns[column],
                    values,
                    starts: &starts,
                    owners: self.anchors(above, &table.columns[column], values, sorted),
                    context: &context,
                    ends: ends(&binned.binnings[column]),
                };
                let found = Clock::learn(&times, &settings)?;
                let told = tick(&found, &binned, &times);
                context.extend(told);
                clock = Some(found);
            }
        }
        let around = Around {
            context: context.iter().map(ToldColumn::feature).collect(),
            written,
        };
        let model = Model::grown(&binned, &around, &Ledger::new(), &settings);
        let mut family: Vec<ToldColumn> = tellers
            .iter()
            .map(|teller| ToldColumn {
                told: teller.told,
                bins: binned.coded.columns[teller.column].bins().to_vec(),
            })
            .collect();
        family.append(&mut inherited);
        Ok((
            Learned {
                model,
                owned,
                clock,
                matches,
            },
            family,
        ))
    }

    /// Orders of the columns: half of them where rows know so much beforehand that their order matters less.
    fn orders(&self, index: usize) -> u32 {
        match self.owners[index] {
            Some(_) => self.settings.orders.div_ceil(2),
            None => self.settings.orders,
        }
    }

    /// Appends how often each row is referred to by references beside the owners'.
    fn push_references(&self, index: usize, table: &mut Table) {
        for bridge in self.bridges.iter().filter(|bridge| bridge.target == index) {
            let about = &self.schema.tables[bridge.table];
            let column = &self.sorted[bridge.table].as_ref().map_or("", |sorted| {
                sorted.table.columns[bridge.column].name.as_str()
            });
            push_counts(
                table,
                format!("references by {column} of {}", about.name),
                &bridge.links,
            );
        }
    }

    /// Appends what the children of each row have in common.
    fn push_summaries(&self, owned: &[(u16, u16)], table: &mut Table) {
        for &(child, _) in owned {
            let name = &self.schema.tables[usize::from(child)].name;
            let Some(children) = &self.sorted[usize::from(child)] else {
                continue;
            };
            let found = summaries(
                children.table,
                &children.order,
                &children.owners,
                children.clock,
                table.rows,
            );
            for (column, kind, cells) in found {
                table
                    .columns
                    .push(hidden(format!("{column} of {name}"), kind));
                table.cells.push(cells);
            }
        }
    }

    /// Appends what the rows of a table are to know of those that they refer to, and makes their cells fit.
    fn push_wanted(&self, index: usize, table: &mut Table) -> Vec<Matching> {
        let mut found = Vec::new();
        for bridge in self.bridges.iter().filter(|bridge| bridge.table == index) {
            // A row that refers to itself refers to nobody.
            table.cells[bridge.column] = Cells::Opaque {
                present: bridge.links.iter().map(|&link| link != NOBODY).collect(),
            };
            let features = bridge.drafted.iter().map(|drafted| {
                table
                    .columns
                    .push(hidden(drafted.name.clone(), Kind::Category));
                table.cells.push(drafted.cells.clone());
                Feature {
                    hidden: table.columns.len() as u16 - 1,
                    target: drafted.target,
                    wanted: drafted.wanted.clone(),
                }
            });
            found.push(Matching {
                column: bridge.column as u16,
                counts: self.counts_of(bridge),
                features: features.collect(),
                distinct: bridge.distinct,
                to_itself: bridge.to_itself,
            });
        }
        found
    }

    /// The hidden column of a reference's target that counts it.
    fn counts_of(&self, bridge: &Bridge) -> u16 {
        let Some(target) = &self.sorted[bridge.target] else {
            return 0;
        };
        let owned = (0..self.owners.len()).filter(|&child| {
            let owner = self.owners[child];
            owner.is_some_and(|o| self.schema.tables[child].references[o].table == bridge.target)
        });
        let mut others = self
            .bridges
            .iter()
            .filter(|other| other.target == bridge.target);
        let before = others
            .position(|other| std::ptr::eq(other, bridge))
            .unwrap_or_default();
        (target.table.columns.len() + owned.count() + before) as u16
    }

    /// Columns of the owner that the moments of siblings may be tied to, with the owner's moment of each row.
    fn anchors(
        &self,
        above: usize,
        about: &Column,
        values: &[f64],
        sorted: &Sorted<'_>,
    ) -> Vec<(Anchor, Vec<f64>)> {
        let Some(owner) = &self.sorted[above] else {
            return Vec::new();
        };
        let years = are_years(&about.kind, values);
        let mut found = Vec::new();
        for (column, other) in owner.table.columns.iter().enumerate() {
            let Cells::Numbers { values, .. } = &owner.table.cells[column] else {
                continue;
            };
            let dated = matches!(&other.kind, Kind::Moment(format) if format.has_date());
            let fits = match &about.kind {
                Kind::Moment(_) => dated,
                _ => years && (dated || are_years(&other.kind, values)),
            };
            if fits {
                let anchor = Anchor {
                    column: column as u16,
                    to_year: dated && years,
                };
                let of_row =
                    |&place: &u32| anchor.value(values[owner.order[place as usize] as usize]);
                found.push((anchor, sorted.owners.iter().map(of_row).collect()));
            }
        }
        found
    }
}

/// Appends the number of children of each row.
fn push_counts(table: &mut Table, name: String, owners: &[u32]) {
    let mut counts = vec![0.0; table.rows];
    for &owner in owners {
        if owner != NOBODY {
            counts[owner as usize] += 1.0;
        }
    }
    table
        .columns
        .push(hidden(name, Kind::Number(NumberFormat::with_decimals(0))));
    table.cells.push(Cells::Numbers {
        values: counts,
        special: Vec::new(),
    });
}

/// A column that is learned and never written.
pub(super) fn hidden(name: String, kind: Kind) -> Column {
    Column {
        name,
        kind,
        missing: None,
        codes: Vec::new(),
        storage: Storage::Text,
    }
}

/// Where each family of siblings starts, then the end.
fn starts(owners: &[u32]) -> Vec<u32> {
    let mut starts = vec![0];
    for (row, pair) in owners.windows(2).enumerate() {
        if pair[0] != pair[1] {
            starts.push(row as u32 + 1);
        }
    }
    starts.push(owners.len() as u32);
    starts
}

/// What each row knows of its place and of the siblings before it.
fn histories(binned: &Binned, tellers: &[Teller], starts: &[u32]) -> Vec<ToldColumn> {
    let told = History::told(tellers);
    let rows = binned.coded.rows;
    let mut columns = empty(&told, rows);
    let mut history = History::new(tellers);
    let mut bins = Vec::with_capacity(told.len());
    for family in starts.windows(2) {
        history.start();
        for row in family[0]..family[1] {
            bins.clear();
            history.write(family[1] - row - 1, &mut bins);
            push(&mut columns, &bins);
            history.add(|column| binned.coded.columns[column].bins()[row as usize]);
        }
    }
    columns
}

/// What each row's moment tells.
fn tick(clock: &Clock, binned: &Binned, times: &Times<'_>) -> Vec<ToldColumn> {
    let feature = binned.coded.columns[times.column].bins();
    let binning = &binned.binnings[times.column];
    let told = clock.told(super::context::told(binning));
    let mut columns = empty(&told, times.values.len());
    let mut bins = Vec::with_capacity(told.len());
    let scale = clock.gap_scale();
    for family in times.starts.windows(2) {
        for row in family[0] as usize..family[1] as usize {
            let gap = (row > family[0] as usize)
                .then(|| times.values[row] - times.values[row - 1])
                .zip(scale.as_ref())
                .filter(|(gap, _)| !gap.is_nan())
                .map(|(gap, scale)| scale.code((gap / clock.step).round()));
            bins.clear();
            clock.tell(
                &times.about.kind,
                times.values[row],
                feature[row],
                gap,
                &mut bins,
            );
            push(&mut columns, &bins);
        }
    }
    columns
}

fn empty(told: &[Told], rows: usize) -> Vec<ToldColumn> {
    told.iter()
        .map(|&told| ToldColumn {
            told,
            bins: Vec::with_capacity(rows),
        })
        .collect()
}

fn push(columns: &mut [ToldColumn], bins: &[u8]) {
    for (column, &bin) in columns.iter_mut().zip(bins) {
        column.bins.push(bin);
    }
}
