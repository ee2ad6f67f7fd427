//! When siblings happen: the first by itself or by its distance to a moment of its owner, each other by its gap to the one before, so that order cannot break.

use privacy::Ledger;
use serde::{Deserialize, Serialize};

use super::context::{Told, ToldColumn, none, told};
use crate::Kind;
use crate::format::NumberFormat;
use crate::format::moment::civil_from_days;
use crate::model::bins::{Bin, Binning, resolution};
use crate::model::forest::{Bits, State};
use crate::model::{Around, Binned, LearnError, Model, Scale, Settings};
use crate::table::{Cells, Column, Storage, Table};

/// How the moments of siblings are drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Clock {
    /// The column of the table.
    pub column: u16,
    /// What one step of a gap or distance is: seconds of a moment, else units of the number.
    pub step: f64,
    /// The owner's column that distances are from, and how its values become the column's.
    pub anchor: Option<Anchor>,
    /// First moments.
    pub start: Model,
    /// Distances of first moments from the owner's, in steps.
    pub distance: Option<Model>,
    /// Gaps to the sibling before, in steps.
    pub gap: Option<Model>,
    /// The least and greatest moment that is written.
    pub ends: (f64, f64),
}

/// A moment of the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Anchor {
    /// The owner's column.
    pub column: u16,
    /// Whether the owner's is a moment where the siblings' is a year.
    pub to_year: bool,
}

impl Anchor {
    /// The owner's moment as siblings have it.
    pub(crate) fn value(self, owner: f64) -> f64 {
        if self.to_year && owner.is_finite() {
            civil_from_days((owner / DAY).floor() as i64).0 as f64
        } else {
            owner
        }
    }
}

/// How many bins a moment tells.
pub(crate) const CLOCK_BINS: usize = 4;
const DAY: f64 = 86_400.0;
/// Firsts without an owner's moment are learned by themselves when there are so many; fewer stand with all firsts.
const ENOUGH: usize = 100;
/// Draws of a moment before one beyond the ends is put at the end.
const DRAWS: usize = 8;

/// What there is to learn moments from.
#[derive(Debug)]
pub(crate) struct Times<'a> {
    pub column: usize,
    /// What the column is.
    pub about: &'a Column,
    /// The moments, siblings together and in order; not a number where missing.
    pub values: &'a [f64],
    /// The first row of each family of siblings, and the end.
    pub starts: &'a [u32],
    /// The owner's columns that may be anchors, with the owner's moment of each row.
    pub owners: Vec<(Anchor, Vec<f64>)>,
    /// What is known of each row.
    pub context: &'a [ToldColumn],
    /// The least and greatest moment that may be written.
    pub ends: (f64, f64),
}

/// Whether numbers may be years.
pub(crate) fn are_years(kind: &Kind, values: &[f64]) -> bool {
    let Kind::Number(format) = kind else {
        return false;
    };
    let mut known = values.iter().filter(|value| !value.is_nan()).peekable();
    format.is_integer() && known.peek().is_some() && known.all(|v| (1000.0..3000.0).contains(v))
}

impl Clock {
    pub(crate) fn learn(times: &Times<'_>, settings: &Settings) -> Result<Self, LearnError> {
        let about = times.about;
        let step = match resolution(&about.kind) {
            step if step > 0.0 => step,
            _ => 1e-6,
        };
        let rows = times.values.len();
        let mut first = vec![false; rows];
        for pair in times.starts.windows(2) {
            if pair[0] < pair[1] {
                first[pair[0] as usize] = true;
            }
        }
        let firsts: Vec<u32> = (0..rows as u32)
            .filter(|&row| first[row as usize] && !times.values[row as usize].is_nan())
            .collect();
        let anchor = best_anchor(times, &firsts);
        let anchored = anchor.map(|place| &times.owners[place]);
        let of_owner = |row: u32| anchored.map_or(f64::NAN, |(_, owner)| owner[row as usize]);
        let (near, far): (Vec<u32>, Vec<u32>) = (0..rows as u32)
            .filter(|&row| first[row as usize])
            .partition(|&row| !of_owner(row).is_nan());
        let alone = if far.len() >= ENOUGH || near.is_empty() {
            far
        } else {
            near.iter().chain(&far).copied().collect()
        };
        let start = learn_one(
            about.kind.clone(),
            alone
                .iter()
                .map(|&row| times.values[row as usize])
                .collect(),
            &alone,
            times.context,
            settings,
        )?;
        let steps = |rows: &[u32], before: &dyn Fn(u32) -> f64| -> Vec<f64> {
            let gap = |&row: &u32| ((times.values[row as usize] - before(row)) / step).round();
            rows.iter().map(gap).collect()
        };
        let whole = || Kind::Number(NumberFormat::with_decimals(0));
        let distance = if near.is_empty() {
            None
        } else {
            let values = steps(&near, &of_owner);
            Some(learn_one(whole(), values, &near, times.context, settings)?)
        };
        let later: Vec<u32> = (0..rows as u32)
            .filter(|&row| !first[row as usize])
            .collect();
        let gap = if later.is_empty() {
            None
        } else {
            let values = steps(&later, &|row| times.values[row as usize - 1]);
            Some(learn_one(whole(), values, &later, times.context, settings)?)
        };
        Ok(Self {
            column: times.column as u16,
            step,
            anchor: anchored.map(|(anchor, _)| *anchor),
            start,
            distance,
            gap,
            ends: times.ends,
        })
    }

    /// What the bins are that [`tell`](Self::tell) appends.
    pub(crate) fn told(&self, time: Told) -> Vec<Told> {
        let few = |count| Told {
            count,
            ordered: true,
        };
        let gap = self
            .gap
            .as_ref()
            .map_or(few(256), |gap| told(gap.binning(0)));
        vec![time, gap, few(14), few(9)]
    }

    /// Appends what a row's moment tells of it: the moment's bin, the gap's, month and day of the week.
    pub(crate) fn tell(
        &self,
        kind: &Kind,
        value: f64,
        time: u8,
        gap: Option<u32>,
        bins: &mut Vec<u8>,
    ) {
        bins.push(time);
        bins.push(match (&self.gap, gap) {
            (Some(model), Some(code)) => {
                let binning = model.binning(0);
                let feature = binning.feature.get(code as usize).copied();
                feature.unwrap_or_else(|| none(binning))
            }
            (Some(model), None) => none(model.binning(0)),
            (None, _) => 0,
        });
        let dated = matches!(kind, Kind::Moment(format) if format.has_date());
        if dated && value.is_finite() {
            let day = (value / DAY).floor() as i64;
            bins.push(civil_from_days(day).1 as u8);
            bins.push((day + 4).rem_euclid(7) as u8);
        } else {
            bins.extend([13, 8]);
        }
    }

    /// Finds the codes of gaps, for learning.
    pub(crate) fn gap_scale(&self) -> Option<Scale> {
        self.gap.as_ref().map(|gap| Scale::new(gap.binning(0)))
    }
}

/// Room for drawing moments.
#[derive(Debug)]
pub(crate) struct Ticker<'m> {
    clock: &'m Clock,
    start: State,
    distance: Option<State>,
    gap: Option<State>,
}

impl<'m> Ticker<'m> {
    pub(crate) fn new(clock: &'m Clock) -> Self {
        Self {
            clock,
            start: clock.start.state(),
            distance: clock.distance.as_ref().map(Model::state),
            gap: clock.gap.as_ref().map(Model::state),
        }
    }

    /// The moment of the first sibling; `owner` is the owner's moment.
    pub(crate) fn first(&mut self, owner: f64, context: &[u8], bits: &mut Bits) -> f64 {
        let clock = self.clock;
        match (&clock.distance, &mut self.distance) {
            (Some(model), Some(state)) if !owner.is_nan() => {
                clock.inside(model, state, owner, context, bits).0
            }
            _ => {
                clock.start.draw_in(context, bits, &mut self.start);
                clock.start.number(self.start.codes[0], bits)
            }
        }
    }

    /// The moment of a later sibling, and the code of its gap.
    pub(crate) fn next(
        &mut self,
        before: f64,
        context: &[u8],
        bits: &mut Bits,
    ) -> (f64, Option<u32>) {
        match (&self.clock.gap, &mut self.gap) {
            (Some(model), Some(state)) if !before.is_nan() => {
                let (value, code) = self.clock.inside(model, state, before, context, bits);
                (value.max(before), Some(code))
            }
            _ => (f64::NAN, None),
        }
    }
}

impl Clock {
    /// Draws steps from `base` until they end inside the column's ends.
    fn inside(
        &self,
        model: &Model,
        state: &mut State,
        base: f64,
        context: &[u8],
        bits: &mut Bits,
    ) -> (f64, u32) {
        let (low, high) = self.ends;
        let mut drawn = (f64::NAN, 0);
        for _ in 0..DRAWS {
            model.draw_in(context, bits, state);
            let code = state.codes[0];
            drawn = (base + model.number(code, bits) * self.step, code);
            if drawn.0.is_nan() || (low..=high).contains(&drawn.0) {
                return drawn;
            }
        }
        (drawn.0.clamp(low, high), drawn.1)
    }
}

/// A model of one column for some of the rows.
fn learn_one(
    kind: Kind,
    values: Vec<f64>,
    rows: &[u32],
    context: &[ToldColumn],
    settings: &Settings,
) -> Result<Model, LearnError> {
    let table = Table {
        rows: values.len(),
        columns: vec![Column {
            name: "step".to_owned(),
            kind,
            missing: None,
            codes: Vec::new(),
            storage: Storage::Text,
        }],
        cells: vec![Cells::Numbers {
            values,
            special: Vec::new(),
        }],
    };
    let taken: Vec<ToldColumn> = context.iter().map(|column| column.taken(rows)).collect();
    let around = Around {
        context: taken.iter().map(ToldColumn::feature).collect(),
        written: Vec::new(),
    };
    let binned = Binned::of(&table, settings)?;
    Ok(Model::grown(&binned, &around, &Ledger::new(), settings))
}

/// The owner's column that first moments are closest tied to: they spread less around it than by themselves, or are never before it (or never behind it).
fn best_anchor(times: &Times<'_>, firsts: &[u32]) -> Option<usize> {
    let spread = |values: &mut Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
        at(0.75) - at(0.25)
    };
    let mut best = None;
    for (place, (_, owner)) in times.owners.iter().enumerate() {
        let known: Vec<u32> = firsts
            .iter()
            .copied()
            .filter(|&row| !owner[row as usize].is_nan())
            .collect();
        if known.len() < ENOUGH || known.len() * 2 < firsts.len() {
            continue;
        }
        let mut own: Vec<f64> = known
            .iter()
            .map(|&row| times.values[row as usize])
            .collect();
        let mut apart: Vec<f64> = known
            .iter()
            .map(|&row| times.values[row as usize] - owner[row as usize])
            .collect();
        let ratio = spread(&mut apart) / spread(&mut own).max(1e-9);
        // Sorted by now.
        let one_sided = apart[0] >= 0.0 || apart[apart.len() - 1] <= 0.0;
        if (ratio < 0.8 || one_sided) && best.is_none_or(|(_, other)| ratio < other) {
            best = Some((place, ratio));
        }
    }
    best.map(|(place, _)| place)
}

/// The least and greatest number that a binning writes.
pub(crate) fn ends(binning: &Binning) -> (f64, f64) {
    let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
    for bin in &binning.bins {
        if let Bin::Numbers(shape) = bin {
            ends = (ends.0.min(shape.start()), ends.1.max(shape.end()));
        }
    }
    if ends.0 <= ends.1 {
        ends
    } else {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}
