//! What a measure has to say: a number with its bounds, or why there is none.

use serde::Serialize;

/// The answer of one measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What limits call it: `fidelity.accuracy`, `privacy.inference.income`.
    pub id: String,
    /// A few words.
    pub title: String,
    /// What came of it.
    pub outcome: Outcome,
    /// How it stands.
    pub standing: Standing,
    /// One sentence that says what the number means here.
    pub sentence: String,
    /// What whoever makes this attack is supposed to know; none for what is no attack.
    pub knowledge: Option<String>,
    /// The same attack where it must succeed, and where it must not.
    pub controls: Vec<Control>,
    /// Tables behind the number, with their pictures.
    pub details: Vec<Detail>,
}

/// A number, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was computed.
    Computed(Number),
    /// It was not.
    NotComputed {
        /// Why, and what would change that; lower case, no final period.
        why: String,
    },
}

/// A value between its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Number {
    /// The estimate.
    pub value: f64,
    /// Where the truth is with 95 % confidence; none where nothing was sampled.
    pub interval: Option<Interval>,
    /// The best that can be reached: what fresh real rows get by the same definition, or what independence would give.
    pub best_reachable: Option<f64>,
    /// Which way is better.
    pub direction: Direction,
    /// How it is written.
    pub unit: Unit,
    /// How many rows, attacks or cells it stands on.
    pub n: u64,
}

/// Both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Which way a number is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The more the better.
    Higher,
    /// The less the better.
    Lower,
    /// The nearer to the best reachable the better, from either side.
    Reference,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share of a whole, as percent.
    Share,
    /// As it is.
    Plain,
}

/// How a finding stands, in words that a report begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As good as fresh real rows, or an attack that found nothing.
    Good,
    /// Something to know about.
    Attention,
    /// Bad.
    Bad,
    /// The measure could not have told: a control failed.
    Inconclusive,
    /// There is no number.
    NotComputed,
    /// A number that decides nothing by itself.
    Neutral,
}

impl Standing {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Attention => "look closer",
            Self::Bad => "bad",
            Self::Inconclusive => "inconclusive",
            Self::NotComputed => "not computed",
            Self::Neutral => "for information",
        }
    }
}

/// The same attack on data whose answer is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Control {
    /// What it was made on.
    pub name: String,
    /// What must come of it.
    pub expected: String,
    /// What came of it; none where it could not be made.
    pub found: Option<Number>,
    /// Whether that is as expected; none where it could not be made.
    pub passed: Option<bool>,
    /// Why it could not be made; empty where it was.
    pub why_not: String,
}

/// A table, and a picture of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detail {
    /// What it shows.
    pub title: String,
    /// The picture; none where the table says all.
    pub chart: Option<Chart>,
    /// The data.
    pub table: Table,
}

/// Rows of text under headings.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Table {
    /// The headings.
    pub columns: Vec<String>,
    /// As long as `columns`, each.
    pub rows: Vec<Vec<String>>,
}

/// A picture of numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chart {
    /// A bar for each label from 0 to 1, with a mark where the reference is.
    Bars(Vec<Bar>),
    /// Curves through points.
    Lines {
        /// What the horizontal axis is.
        x: String,
        /// What the vertical axis is; 0 to 1.
        y: String,
        /// Each with its name.
        series: Vec<Series>,
    },
    /// Squares of values side by side, over the same labels.
    Maps {
        /// The labels of rows and columns; empty where both are mere positions.
        labels: Vec<String>,
        /// The least and the greatest value of the scale.
        scale: (f64, f64),
        /// Each with its name.
        maps: Vec<Map>,
    },
    /// Small pictures side by side, over the same places and the same range.
    Panels {
        /// What the places are.
        x: String,
        /// Their names.
        ticks: Vec<String>,
        /// The least and the greatest value of all scales.
        range: (f64, f64),
        /// Each with its name.
        panels: Vec<Panel>,
    },
    /// Points whose left and upper sides are better.
    Plane {
        /// What is worse to the right.
        x: String,
        /// What is better upwards.
        y: String,
        /// The points.
        points: Vec<PlanePoint>,
    },
}

/// Values at places that all panels share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Panel {
    /// What it is of.
    pub name: String,
    /// From left to right.
    pub points: Vec<PanelPoint>,
    /// Where a dashed line is drawn.
    pub reference: Option<f64>,
}

/// A value with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PanelPoint {
    /// Its place among the ticks.
    pub tick: usize,
    /// The value.
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A point of a plane on which left and up are better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanePoint {
    /// What it is.
    pub label: String,
    /// To the right: worse.
    pub x: f64,
    /// Upwards: better.
    pub y: f64,
    /// Whether it counts as attained; otherwise it is there for comparison.
    pub known: bool,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// From 0 to 1.
    pub value: f64,
    /// The reference, from 0 to 1.
    pub mark: Option<f64>,
}

/// One curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// What it is of.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// One square of values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Map {
    /// What it is of.
    pub name: String,
    /// Row after row; none where there is no value.
    pub values: Vec<Vec<Option<f64>>>,
}

impl Table {
    /// A table without rows.
    pub fn of<const N: usize>(columns: [&str; N]) -> Self {
        Self {
            columns: columns.map(str::to_owned).to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "rows are written where they are pushed"
    )]
    pub fn push<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.to_vec());
    }
}

impl Number {
    /// A share that is better when greater.
    pub fn share(value: f64, direction: Direction, n: u64) -> Self {
        Self {
            value,
            interval: None,
            best_reachable: None,
            direction,
            unit: Unit::Share,
            n,
        }
    }

    /// The value as it is written.
    pub fn written(&self) -> String {
        self.unit.write(self.value)
    }
}

impl Unit {
    /// A number of this unit.
    pub fn write(self, value: f64) -> String {
        match self {
            Self::Share => percent(value),
            Self::Plain => format!("{value:.3}"),
        }
    }
}

/// A share as percent, with as many decimals as its size bears.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent != 0.0 && percent.abs() < 0.095 {
        format!("{percent:.3}\u{a0}%")
    } else if percent.abs() < 9.95 {
        format!("{percent:.2}\u{a0}%")
    } else {
        format!("{percent:.1}\u{a0}%")
    }
}

impl Finding {
    /// A number that decides nothing yet.
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        number: Number,
        sentence: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            outcome: Outcome::Computed(number),
            standing: Standing::Neutral,
            sentence: sentence.into(),
            knowledge: None,
            controls: Vec::new(),
            details: Vec::new(),
        }
    }

    /// No number, and why.
    pub fn not_computed(
        id: impl Into<String>,
        title: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        let why = why.into();
        Self {
            id: id.into(),
            title: title.into(),
            outcome: Outcome::NotComputed { why },
            standing: Standing::NotComputed,
            sentence: String::new(),
            knowledge: None,
            controls: Vec::new(),
            details: Vec::new(),
        }
    }

    /// The same, standing so.
    pub fn standing(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// The same with a table behind it.
    pub fn with(mut self, title: impl Into<String>, chart: Option<Chart>, table: Table) -> Self {
        self.details.push(Detail {
            title: title.into(),
            chart,
            table,
        });
        self
    }

    /// The same said in other words: those of pictures or genomes where a measure of tables speaks of rows.
    pub(crate) fn worded(mut self, words: &dyn Fn(&str) -> String) -> Self {
        self.sentence = words(&self.sentence);
        self.title = words(&self.title);
        self.knowledge = self.knowledge.as_deref().map(words);
        if let Outcome::NotComputed { why } = &mut self.outcome {
            *why = words(why);
        }
        for control in &mut self.controls {
            control.name = words(&control.name);
            control.why_not = words(&control.why_not);
        }
        for detail in &mut self.details {
            detail.title = words(&detail.title);
            let table = &mut detail.table;
            for text in table
                .columns
                .iter_mut()
                .chain(table.rows.iter_mut().flatten())
            {
                *text = words(text);
            }
            if let Some(Chart::Lines { x, y, series }) = &mut detail.chart {
                *x = words(x);
                *y = words(y);
                for series in series {
                    series.name = words(&series.name);
                }
            }
        }
        self
    }

    /// The number, if there is one.
    pub fn number(&self) -> Option<&Number> {
        match &self.outcome {
            Outcome::Computed(number) => Some(number),
            Outcome::NotComputed { .. } => None,
        }
    }
}

/// Why a number that needs fresh real rows is missing.
pub(crate) const NEEDS_HOLDOUT: &str =
    "it needs real rows that the synthetic ones were not learned from; give --holdout";
