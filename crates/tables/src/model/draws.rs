//! Rows of a model as a request wants them: under conditions, in other shares, at another temperature.
//!
//! A request becomes *strata*: groups of rows that share conditions, each with its share of the rows. A row's number decides its stratum, along the golden ratio's
//! sequence, so that the first `n` rows keep the shares to within a few rows for every `n`. In its stratum the row is the first candidate that
//! is accepted with a chance proportional to its weight ([`condition`](super::condition)); where that would take too many, one of a fixed number, chosen in
//! proportion to their weights.

pub use super::refusal::RequestError;
use super::{
    Draw, Model,
    condition::{Candidate, Conditions, Given, Scratch},
    distinct::{Distinct, InTurn},
    forest::Bits,
    refine,
    sample::Fixed,
    shares::{self, Achieved, Watched, Wish},
};
use crate::rule::Rule;
use crate::table::{Cells, Column, Kind, MISSING_LEVEL, Storage, Table};
use population::stream::{Purpose, Seed, Streams};
use std::ops::Range;
use std::sync::OnceLock;

/// Rows that one thread draws at a time.
const BLOCK: u64 = 1024;
/// Candidates that tell how hard a stratum is: at first, and at most.
const PILOT: u64 = 512;
const PILOT_MOST: u64 = 1 << 17;
/// Candidates that could come true which a pilot wants to see.
const SEEN: usize = 48;
/// The lowest share of candidates that are accepted one by one.
const ACCEPTED: f64 = 1.0 / 1024.0;
/// The most candidates of which one is chosen.
const CHOICE: usize = 4096;
/// Candidates after which a row takes the next that is possible at all.
const PATIENCE: u64 = 1 << 20;

/// Candidates for a row of which something is given before it is said to be impossible.
const WITH: usize = 32;

/// The golden ratio's fraction of 2⁶⁴: an odd number far from all small fractions.
pub(crate) const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// What must be true of every row, as in `WHERE`.
    pub given: Vec<Rule>,
    /// What must not be false of any row, as in `CHECK`. A rule `column = expression of other columns` computes the column.
    pub rules: Vec<Rule>,
    /// Which shares rows are to have otherwise.
    pub wishes: Vec<Wish>,
    /// Below 1, likely values become likelier still; above 1, rows become more various; `None` is the model's own, 1.
    pub temperature: Option<f64>,
    /// Rare patterns to add, each with a share of the rows; a column `pattern` says which row is of which.
    pub patterns: Vec<Pattern>,
}

/// Rows of a kind that the data has too few of: a fraud, a fault.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// What its rows are labelled with.
    pub name: String,
    /// The share of the rows, from 0 to 1; wishes hold for the others.
    pub share: f64,
    /// What must be true of its rows.
    pub given: Vec<Rule>,
}

/// The column of labels that patterns add.
const LABEL: &str = "pattern";

impl Request {
    /// Everything that either asks for; of two temperatures this one's.
    pub fn and(mut self, other: Self) -> Self {
        self.given.extend(other.given);
        self.rules.extend(other.rules);
        self.wishes.extend(other.wishes);
        self.patterns.extend(other.patterns);
        self.temperature = self.temperature.or(other.temperature);
        self
    }

    /// All conditions, save for rules.
    fn speaks(&self) -> impl Iterator<Item = &Rule> {
        let wished = self.wishes.iter().filter_map(|wish| match wish {
            Wish::Share { condition, .. } | Wish::Times { condition, .. } => Some(condition),
            Wish::Move { .. } | Wish::Parity { .. } => None,
        });
        let patterns = self.patterns.iter().flat_map(|pattern| &pattern.given);
        self.given.iter().chain(wished).chain(patterns)
    }

    /// Whether the population stays the learned one, save for rules.
    fn is_mild(&self) -> bool {
        self.given.is_empty()
            && self.wishes.is_empty()
            && self.patterns.is_empty()
            && self.heat() == 1.0
    }

    fn heat(&self) -> f64 {
        self.temperature.unwrap_or(1.0)
    }
}

/// A request, made ready for drawing.
#[derive(Debug)]
pub struct Draws<'m> {
    model: &'m Model,
    seed: Seed,
    how: Draw,
    /// Nothing is asked for: the model draws by itself.
    plain: bool,
    strata: Vec<Stratum<'m>>,
    /// Shares of the strata, cumulated.
    upto: Vec<f64>,
    /// Where the golden ratio's sequence begins.
    start: u64,
    /// The name of each pattern; the last strata are theirs.
    patterns: Vec<String>,
    watched: Vec<Watched>,
    /// What is to be true of every row, and what is not to be false.
    kept: (Vec<Rule>, Vec<Rule>),
    pub(super) distinct: Vec<Distinct>,
}

/// Rows under the same conditions.
#[derive(Debug)]
pub(super) struct Stratum<'m> {
    pub conditions: Conditions<'m>,
    /// What the pilot found: how rows are found, and the mean weight of candidates.
    pilot: OnceLock<(Way, f64)>,
}

/// How a stratum's rows are found among candidates.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Each with the chance weight ÷ bound.
    Accept { bound: f64 },
    /// One of so many, in proportion to their weights.
    Choose { candidates: usize },
    /// No candidate could come true.
    Never,
}

impl<'m> Stratum<'m> {
    pub(super) fn new(conditions: Conditions<'m>) -> Self {
        Self {
            conditions,
            pilot: OnceLock::new(),
        }
    }

    fn way(&self) -> Way {
        self.pilot.get_or_init(|| self.fly()).0
    }

    /// Whether any candidate of the pilot could come true.
    pub(super) fn is_possible(&self) -> bool {
        !matches!(self.way(), Way::Never)
    }

    /// How likely a free draw keeps to the conditions.
    pub(super) fn likelihood(&self) -> f64 {
        self.pilot.get_or_init(|| self.fly()).1
    }

    /// Draws candidates until it is clear how rows are to be found.
    fn fly(&self) -> (Way, f64) {
        let purpose = Purpose::new("table/pilot");
        let mut scratch = self.conditions.scratch();
        let mut weights = Vec::new();
        let mut drawn = 0;
        while drawn < PILOT_MOST && (drawn < PILOT || weights.len() < SEEN) {
            let mut bits = Bits::new(Streams::new(Seed(0), drawn).stream_for(&purpose));
            if let Some(candidate) = self.candidate(&mut bits, &mut scratch) {
                weights.push(candidate.weight);
            }
            drawn += 1;
        }
        let sum: f64 = weights.iter().sum();
        let mean = sum / drawn as f64;
        let Some(most) = weights
            .iter()
            .copied()
            .reduce(f64::max)
            .filter(|&w| w > 0.0)
        else {
            return (Way::Never, 0.0);
        };
        // A little more than was seen: what is heavier still is accepted too seldom.
        let bound = (1.25 * most).min(1.0);
        let way = if mean / bound >= ACCEPTED {
            Way::Accept { bound }
        } else {
            let possible = weights.len() as f64 / drawn as f64;
            Way::Choose {
                candidates: ((64.0 / possible) as usize).clamp(256, CHOICE),
            }
        };
        (way, mean)
    }

    fn candidate(&self, bits: &mut Bits, scratch: &mut Scratch<'m>) -> Option<Candidate> {
        let orders = &self.conditions.model().forest.orders;
        let order = &orders[bits.below(orders.len())];
        self.conditions.candidate(order, None, bits, scratch)
    }

    /// The row that these random numbers lead to; none where no candidate comes true.
    pub(super) fn row(&self, bits: &mut Bits, scratch: &mut Scratch<'m>) -> Option<Candidate> {
        match self.way() {
            Way::Never => None,
            Way::Accept { bound } => (0..PATIENCE)
                .find_map(|_| {
                    let candidate = self.candidate(bits, scratch);
                    let chance = bits.uniform();
                    candidate.filter(|candidate| chance * bound < candidate.weight)
                })
                .or_else(|| (0..PATIENCE).find_map(|_| self.candidate(bits, scratch))),
            Way::Choose { candidates } => {
                let mut kept = None;
                let mut sum = 0.0;
                for tried in 0..PATIENCE {
                    if let Some(candidate) = self.candidate(bits, scratch) {
                        sum += candidate.weight;
                        // Of those so far, each is kept in proportion to its weight (Chao 1982).
                        if bits.uniform() * sum < candidate.weight {
                            kept = Some(candidate);
                        }
                    }
                    if tried >= candidates as u64 && kept.is_some() {
                        break;
                    }
                }
                kept
            }
        }
    }
}

impl Model {
    /// Makes a request ready. Deterministic in model and request; a second or so where shares are asked for.
    ///
    /// # Errors
    ///
    /// Conditions that the model never meets, shares that contradict one another, and wishes about what the model does not have.
    pub fn draws(
        &self,
        request: &Request,
        seed: Seed,
        how: Draw,
    ) -> Result<Draws<'_>, RequestError> {
        let heat = request.heat();
        if !(0.01..=100.0).contains(&heat) {
            return Err(RequestError::new(
                format!("a temperature of {heat} cannot be drawn at"),
                "it lies between 0.01 and 100; 1 is the model's own",
            ));
        }
        let (unique, rules): (Vec<Rule>, Vec<Rule>) = self
            .rules()
            .into_iter()
            .chain(request.rules.iter().cloned())
            .partition(Rule::compares_rows);
        if let Some(rule) = request.speaks().find(|rule| rule.compares_rows()) {
            return Err(RequestError::new(
                format!(
                    "`{}` is about all rows, and a condition is about one",
                    rule.text()
                ),
                "give it as a rule, in the file of --rules or under `rules:`",
            ));
        }
        for rule in request.speaks().chain(&rules) {
            if rule.condition().unseen().is_some() {
                return Err(RequestError::new(
                    format!(
                        "what goes together by `{}` is not in the model",
                        rule.text()
                    ),
                    "it is learned with the table: `populace learn --rules`",
                ));
            }
        }
        let watched = shares::watched(self, request)?;
        let alone = Stratum::new(Conditions::new(
            self,
            &request.given,
            &rules,
            &watched,
            heat,
        ));
        for rule in &request.given {
            self.knows(rule)?;
        }
        let asked = !request.given.is_empty() || !rules.is_empty();
        if asked && !alone.is_possible() {
            return Err(self.never(&request.given, &rules));
        }
        let (mut strata, mut upto, shares) = if request.wishes.is_empty() {
            (vec![alone], vec![1.0], Vec::new())
        } else {
            let plan = shares::plan(self, request, &rules, &watched, heat)?;
            (plan.strata, plan.upto, plan.watched)
        };
        let mut rest = 1.0;
        for pattern in &request.patterns {
            rest -= pattern.share;
            if !(pattern.share > 0.0 && rest >= 0.0) {
                return Err(RequestError::new(
                    format!(
                        "the pattern `{}` cannot have {:.1} % of the rows",
                        pattern.name,
                        100.0 * pattern.share
                    ),
                    "shares of patterns are above 0 and add up to at most 1",
                ));
            }
            if self.columns.iter().any(|column| column.name == LABEL) {
                return Err(RequestError::new(
                    format!(
                        "there is a column `{LABEL}` already, where patterns write their names"
                    ),
                    "learn the table with another name for it",
                ));
            }
            for rule in &pattern.given {
                self.knows(rule)?;
            }
            let stratum = Stratum::new(Conditions::new(
                self,
                &pattern.given,
                &rules,
                &watched,
                heat,
            ));
            if !stratum.is_possible() {
                return Err(self.never(&pattern.given, &rules));
            }
            strata.push(stratum);
        }
        for upto in &mut upto {
            *upto *= rest;
        }
        let mut sum = rest;
        for pattern in &request.patterns {
            sum += pattern.share;
            upto.push(sum);
        }
        Ok(Draws {
            model: self,
            seed,
            // Counts of the whole population are no aim for a part of it.
            how: if request.is_mild() { how } else { Draw::Plain },
            plain: rules.is_empty() && request.is_mild(),
            strata,
            upto,
            start: Streams::new(seed, 0).stream("table/strata").next_u64(),
            patterns: request
                .patterns
                .iter()
                .map(|pattern| pattern.name.clone())
                .collect(),
            watched: shares,
            kept: (request.given.clone(), rules),
            distinct: unique
                .iter()
                .filter_map(|rule| Distinct::new(self, rule))
                .collect(),
        })
    }

    /// Which of several conditions is it that never comes true.
    fn never(&self, given: &[Rule], rules: &[Rule]) -> RequestError {
        let alone = |rule: &Rule, strict: bool| {
            let one = std::slice::from_ref(rule);
            let (given, rules) = if strict {
                (one, &[][..])
            } else {
                (&[][..], one)
            };
            Stratum::new(Conditions::new(self, given, rules, &[], 1.0)).is_possible()
        };
        let which = given
            .iter()
            .find(|rule| !alone(rule, true))
            .or_else(|| rules.iter().find(|rule| !alone(rule, false)));
        let hint = "the model makes no value that the data never had; loosen the condition";
        if let Some(rule) = which {
            let text = rule.text();
            return RequestError::new(
                format!(
                    "`{text}` came true in none of {PILOT_MOST} rows that were drawn to meet it"
                ),
                hint,
            );
        }
        let all = given.iter().chain(rules);
        let all: Vec<String> = all.map(|rule| format!("`{}`", rule.text())).collect();
        RequestError::new(
            format!(
                "{} came true together in none of {PILOT_MOST} rows that were drawn to meet them",
                all.join(" and ")
            ),
            hint,
        )
    }
}

impl Draws<'_> {
    /// Rows one after the other, so that values which are to be there once (`unique(a, b)`) are.
    pub fn in_turn(&self) -> InTurn<'_, '_> {
        InTurn::new(self)
    }

    /// Draws rows. Row `i` depends on model, request, seed and `i` alone, so that rules about several rows are not looked at: [`in_turn`](Self::in_turn) does.
    pub fn rows(&self, indices: Range<u64>) -> Table {
        if self.plain {
            return self.model.draw(indices, self.seed, self.how);
        }
        let size = match self.how {
            Draw::Plain => BLOCK,
            Draw::Refined => refine::BLOCK as u64,
        };
        let mut table = self
            .model
            .in_blocks(indices.clone(), size, |block, wanted| {
                let drawn = match self.how {
                    Draw::Plain => self.draw(wanted.clone(), &Purpose::new("table/wanted")),
                    Draw::Refined => self.refined(block, wanted.clone()),
                };
                self.model
                    .write(wanted, &drawn.codes, &drawn.fixed, self.seed)
            });
        if !self.patterns.is_empty() {
            let first = self.strata.len() - self.patterns.len();
            table.columns = self.columns();
            let mut levels = self.patterns.clone();
            levels.sort_unstable();
            levels.dedup();
            let code = |index| match self.stratum(index).checked_sub(first) {
                Some(which) => levels.partition_point(|level| *level < self.patterns[which]) as u32,
                None => MISSING_LEVEL,
            };
            table.cells.push(Cells::Levels {
                codes: indices.map(code).collect(),
                levels,
            });
        }
        table
    }

    /// The columns of the rows: the model's, and one of labels where there are patterns.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = self.model.columns.clone();
        if !self.patterns.is_empty() {
            columns.push(Column {
                name: LABEL.to_owned(),
                kind: Kind::Category,
                missing: None,
                codes: Vec::new(),
                storage: Storage::Text,
            });
        }
        columns
    }

    fn draw(&self, indices: Range<u64>, purpose: &Purpose) -> Drawn {
        let mut scratches: Vec<Option<Scratch<'_>>> = self.strata.iter().map(|_| None).collect();
        let mut drawn = Drawn::new(&self.strata[0].conditions);
        for index in indices {
            let which = self.stratum(index);
            let stratum = &self.strata[which];
            let scratch = scratches[which].get_or_insert_with(|| stratum.conditions.scratch());
            let mut bits = Bits::new(Streams::new(self.seed, index).stream_for(purpose));
            // A stratum without possible rows gets no share, so there is one.
            let row = stratum.row(&mut bits, scratch);
            drawn.push(&row.unwrap_or_else(|| stratum.conditions.nobody()));
        }
        drawn
    }

    /// The stratum of a row: its place in the golden ratio's sequence.
    fn stratum(&self, index: u64) -> usize {
        if self.strata.len() == 1 {
            return 0;
        }
        let place = index.wrapping_mul(GOLDEN).wrapping_add(self.start);
        let place = place as f64 / 18_446_744_073_709_551_616.0;
        self.upto
            .partition_point(|&upto| upto <= place)
            .min(self.strata.len() - 1)
    }

    /// Rows that are drawn in one go where all of a block are wanted.
    pub(crate) fn block_rows(&self) -> u64 {
        Model::block_rows(self.how)
    }

    /// Some rows of a block, before they are written.
    pub(crate) fn of_block(&self, block: u64, wanted: Range<u64>) -> Drawn {
        match self.how {
            _ if self.plain => Drawn {
                codes: self.model.codes_of(block, wanted, self.seed, self.how),
                fixed: Vec::new(),
            },
            Draw::Plain => self.draw(wanted, &Purpose::new("table/wanted")),
            Draw::Refined => self.refined(block, wanted),
        }
    }

    /// A row in another way than it was drawn at first: the stratum stays.
    pub(crate) fn again(&self, index: u64, attempt: u32) -> Drawn {
        let purpose = Purpose::new(&format!("table/again/{attempt}"));
        self.draw(index..index + 1, &purpose)
    }

    fn refined(&self, block: u64, wanted: Range<u64>) -> Drawn {
        let size = refine::BLOCK as u64;
        let columns = self.model.columns.len();
        let drawn = self.model.pool_rows();
        let rows = block * drawn..(block + 1) * drawn;
        let mut pool = self.draw(rows, &Purpose::new("table/pool"));
        if let Some(likely) = self.model.likely(&pool.codes, self.seed, block) {
            pool = pool.chosen(&likely, columns);
        }
        let kept = self.model.targets.choose(&pool.codes, self.seed, block);
        let (first, last) = (wanted.start - block * size, wanted.end - block * size);
        pool.chosen(&kept[first as usize..last as usize], columns)
    }

    /// A row with some codes and numbers that are given; none where what else is wanted of it leaves none.
    pub(super) fn with(
        &self,
        index: u64,
        attempt: u64,
        codes: &[Option<u32>],
        values: &[f64],
    ) -> Option<Drawn> {
        let conditions = &self.strata[self.stratum(index)].conditions;
        let present = vec![false; codes.len()];
        let given = Given {
            codes,
            values,
            present: &present,
        };
        let purpose = Purpose::new(&format!("table/with/{attempt}"));
        let mut bits = Bits::new(Streams::new(self.seed, index).stream_for(&purpose));
        let mut scratch = conditions.scratch();
        let orders = &self.model.forest.orders;
        let candidate = (0..WITH).find_map(|_| {
            let order = &orders[bits.below(orders.len())];
            conditions.candidate(order, Some(given), &mut bits, &mut scratch)
        })?;
        let mut drawn = Drawn::new(conditions);
        drawn.push(&candidate);
        Some(drawn)
    }

    /// Whether a row is one that was asked for, and breaks no rule about rows by themselves.
    pub(super) fn keeps(&self, table: &Table, row: usize) -> bool {
        let (given, rules) = &self.kept;
        given.iter().all(|rule| rule.of_row(table, row).yes)
            && !rules.iter().any(|rule| rule.of_row(table, row).no)
    }

    pub(super) fn model(&self) -> &Model {
        self.model
    }

    pub(super) fn seed(&self) -> Seed {
        self.seed
    }

    /// How rows are drawn: requests that change the population are drawn plainly.
    pub fn how(&self) -> Draw {
        self.how
    }

    /// Begins to count what was asked for in the rows that are made.
    pub fn achieved(&self) -> Achieved {
        let label = (!self.patterns.is_empty()).then_some(self.model.columns.len());
        Achieved::new(self.watched.clone(), label)
    }
}

/// Codes of rows, one row after the other, and values that are decided already.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub codes: Vec<u32>,
    pub fixed: Vec<Fixed>,
}

impl Drawn {
    pub(super) fn new(conditions: &Conditions<'_>) -> Self {
        let written = conditions.written().iter();
        Self {
            codes: Vec::new(),
            fixed: written
                .map(|&column| Fixed {
                    column: usize::from(column),
                    computed: conditions.computes(column),
                    values: Vec::new(),
                })
                .collect(),
        }
    }

    pub(super) fn push(&mut self, row: &Candidate) {
        self.codes.extend_from_slice(&row.codes);
        for (fixed, &value) in self.fixed.iter_mut().zip(&row.values) {
            fixed.values.push(value);
        }
    }

    /// The decided values of these rows.
    pub(crate) fn fixed_of(&self, rows: Range<usize>) -> Vec<Fixed> {
        let fixed = self.fixed.iter();
        fixed
            .map(|fixed| Fixed {
                values: fixed.values[rows.clone()].to_vec(),
                ..*fixed
            })
            .collect()
    }

    fn chosen(&self, rows: &[u32], columns: usize) -> Self {
        Self {
            codes: rows
                .iter()
                .flat_map(|&row| &self.codes[row as usize * columns..][..columns])
                .copied()
                .collect(),
            fixed: self
                .fixed
                .iter()
                .map(|fixed| Fixed {
                    values: rows.iter().map(|&row| fixed.values[row as usize]).collect(),
                    ..*fixed
                })
                .collect(),
        }
    }
}
