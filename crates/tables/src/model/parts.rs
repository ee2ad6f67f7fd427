//! A model put together from parts that were learned elsewhere.

use super::{
    Model, Settings,
    bins::Binning,
    coded::{Coded, CodedColumn},
    computed::computed,
    forest::Forest,
    odds::Odds,
    refine::Targets,
};
use crate::rule::Rule;
use crate::table::Column;
use population::stream::{Purpose, Seed};
use privacy::Ledger;

/// What a model is made of.
pub(crate) struct Parts {
    pub columns: Vec<Column>,
    /// For each column its codes, and its levels in order of text; none where a rule computes it.
    pub codings: Vec<Option<(Binning, Vec<String>)>>,
    /// With one digit's trees for each digit of each column that has codes.
    pub forest: Forest,
    /// Bins that are known of a row before it is drawn.
    pub context: u16,
    /// Columns that have codes and are written by whoever draws rows.
    pub written: Vec<u16>,
    pub rules: Vec<Rule>,
    pub rows: u64,
    pub settings: Settings,
    pub ledger: Ledger,
}

/// The columns that rules compute.
pub(crate) fn computed_columns(rules: &[Rule]) -> Vec<u16> {
    computed(rules, |_, _| true)
        .into_iter()
        .map(|(column, _)| column)
        .collect()
}

impl Model {
    /// Puts a model together. Rows are chosen so that counts of blocks are those of `drawn` rows of the model itself, which keeps the chance of drawing small.
    pub(crate) fn of_parts(parts: Parts, drawn: u64, seed: Seed, purpose: &Purpose) -> Self {
        let mut written: Vec<bool> = parts.codings.iter().map(Option::is_none).collect();
        for &column in &parts.written {
            written[usize::from(column)] = true;
        }
        let (binnings, levels): (Vec<Binning>, Vec<Vec<String>>) = parts
            .codings
            .into_iter()
            .map(|coding| coding.unwrap_or_else(|| (Binning::nothing(), Vec::new())))
            .unzip();
        let columns = parts.columns.len();
        let mut model = Self {
            columns: parts.columns,
            levels,
            binnings,
            dependences: vec![None; columns],
            written,
            context: parts.context,
            forest: parts.forest,
            targets: Targets::none(columns),
            odds: Odds::default(),
            rules: parts
                .rules
                .iter()
                .map(|rule| rule.text().to_owned())
                .collect(),
            seen: Vec::new(),
            rows: parts.rows,
            settings: parts.settings,
            ledger: parts.ledger,
        };
        // Rows with something around them are drawn one after the other, never chosen in blocks.
        let alone = model.context == 0;
        let codes = if alone {
            model.codes(0..drawn, seed, purpose)
        } else {
            Vec::new()
        };
        let coded = model.binnings.iter().enumerate().map(|(column, binning)| {
            let codes = codes.iter().skip(column).step_by(columns).copied();
            CodedColumn::of_codes(binning, codes)
        });
        let coded = Coded::new(coded.collect());
        let steered: Vec<u16> = (0..columns as u16)
            .filter(|&column| alone && !model.written[usize::from(column)])
            .collect();
        model.targets = Targets::count(&model.binnings, &coded, &steered, 1, seed);
        model
    }
}
