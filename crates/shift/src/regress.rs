//! The mean loss given some columns, by boosted trees, each row foreseen by trees that did not see it.

use boost::{Booster, Feature, Growth};
use population::stream::{Seed, Streams};
use tables::{Cells, MISSING_LEVEL, Table};

/// Parts of the rows; each is foreseen by trees grown on the others.
pub(crate) const FOLDS: usize = 5;
/// Bins of a number beside those of codes and missing values.
const NUMBER_BINS: usize = 48;
/// Levels of a category that have a bin of their own.
const LEVELS: usize = 250;
const TREES: usize = 80;
const GROWTH: Growth = Growth {
    rate: 0.06,
    leaves: 8,
    depth: 4,
    least: 20,
    l2: 5.0,
    rows: 0.7,
    columns: 0.8,
};

/// A column as bins.
#[derive(Debug, Clone)]
pub(crate) struct Binned {
    pub(crate) bins: Vec<u8>,
    pub(crate) count: usize,
    pub(crate) ordered: bool,
    /// What stands in each bin.
    pub(crate) names: Vec<String>,
    /// Where numbers are cut; empty for categories.
    edges: Vec<f64>,
}

impl Binned {
    /// The rows of another table with this column in the same bins; codes and levels by their texts.
    pub(crate) fn like(&self, table: &Table, column: usize) -> Vec<u8> {
        let named = |text: &str, among: &[String]| among.iter().position(|name| name == text);
        match &table.cells[column] {
            Cells::Numbers { values, special } => {
                let codes = self.names.len() - self.edges.len() - 2;
                let own = &table.columns[column].codes;
                values
                    .iter()
                    .enumerate()
                    .map(|(row, value)| {
                        if !value.is_nan() {
                            return (codes + 1 + self.edges.partition_point(|e| e <= value)) as u8;
                        }
                        let code = usize::from(special.get(row).copied().unwrap_or(0));
                        let text = code.checked_sub(1).and_then(|code| own.get(code));
                        text.and_then(|text| named(text, &self.names[1..=codes]))
                            .map_or(0, |place| place as u8 + 1)
                    })
                    .collect()
            }
            Cells::Levels { codes, levels } => {
                let bin_of: Vec<u8> = levels
                    .iter()
                    .map(|level| named(level, &self.names[2..]).map_or(1, |place| place as u8 + 2))
                    .collect();
                codes
                    .iter()
                    .map(|&code| bin_of.get(code as usize).copied().unwrap_or(0))
                    .collect()
            }
            Cells::Opaque { .. } | Cells::Keys { .. } => vec![0; table.rows],
        }
    }
}

/// The bins of a column: numbers by quantiles, at most `most` of them; categories by level, the rare ones together. None of columns that name records, texts, and columns of one value.
pub(crate) fn binned(table: &Table, column: usize, most: usize) -> Option<Binned> {
    let kind = &table.columns[column].kind;
    match &table.cells[column] {
        Cells::Numbers { values, special } => {
            let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let mut edges: Vec<f64> = (1..most)
                .filter_map(|bin| sorted.get(bin * sorted.len() / most).copied())
                .filter(|edge| sorted.first().is_some_and(|first| edge > first))
                .collect();
            edges.dedup();
            let codes = table.columns[column].codes.len().min(100);
            let bins: Vec<u8> = values
                .iter()
                .enumerate()
                .map(|(row, value)| {
                    if value.is_nan() {
                        usize::from(special.get(row).copied().unwrap_or(0)).min(codes) as u8
                    } else {
                        (codes + 1 + edges.partition_point(|edge| edge <= value)) as u8
                    }
                })
                .collect();
            let mut names = vec!["missing".to_owned()];
            names.extend(table.columns[column].codes.iter().take(codes).cloned());
            let written = |value: f64| kind.write(value);
            let (first, last) = (sorted.first().copied()?, sorted.last().copied()?);
            for bin in 0..=edges.len() {
                let low = if bin == 0 { first } else { edges[bin - 1] };
                // The greatest value below the next edge.
                let high = edges.get(bin).map_or(last, |edge| {
                    let place = sorted.partition_point(|value| value < edge);
                    sorted[place.saturating_sub(1)]
                });
                names.push(if written(low) == written(high) {
                    written(low)
                } else {
                    format!("{} to {}", written(low), written(high))
                });
            }
            (first < last).then_some(Binned {
                bins,
                count: names.len(),
                ordered: true,
                names,
                edges,
            })
        }
        Cells::Levels { codes, levels } => {
            let mut counts = vec![0_usize; levels.len()];
            for &code in codes.iter().filter(|code| **code != MISSING_LEVEL) {
                counts[code as usize] += 1;
            }
            let mut order: Vec<usize> = (0..levels.len()).collect();
            order.sort_by_key(|&level| std::cmp::Reverse(counts[level]));
            // Levels that fewer rows have than are shown by name stand together.
            let kept: Vec<usize> = order
                .into_iter()
                .filter(|&level| counts[level] >= 10)
                .take(LEVELS.min(most.max(2) * 6))
                .collect();
            let mut bin_of = vec![1_u8; levels.len()];
            let mut names = vec!["missing".to_owned(), "other".to_owned()];
            for &level in &kept {
                bin_of[level] = names.len() as u8;
                names.push(levels[level].clone());
            }
            let bins: Vec<u8> = codes
                .iter()
                .map(|&code| bin_of.get(code as usize).copied().unwrap_or(0))
                .collect();
            let varied = bins.iter().any(|bin| *bin != bins[0]);
            varied.then_some(Binned {
                bins,
                count: names.len(),
                ordered: false,
                names,
                edges: Vec::new(),
            })
        }
        Cells::Opaque { .. } | Cells::Keys { .. } => None,
    }
}

/// The mean of a loss given these columns, for each row by trees that were grown on other rows; the mean of the others where no column says anything.
pub(crate) fn foreseen(table: &Table, columns: &[usize], losses: &[f64], seed: Seed) -> Vec<f64> {
    let all: Vec<Binned> = columns
        .iter()
        .filter_map(|&column| binned(table, column, NUMBER_BINS))
        .collect();
    let fold_of = folds(table.rows, seed);
    let mut foreseen = vec![0.0; table.rows];
    for fold in 0..FOLDS {
        let (mut learned, mut asked) = (Vec::new(), Vec::new());
        for row in 0..table.rows {
            if fold_of[row] == fold {
                asked.push(row);
            } else {
                learned.push(row);
            }
        }
        let n = learned.len().max(1) as f64;
        let mean = learned.iter().map(|&row| losses[row]).sum::<f64>() / n;
        // In units of their spread, so that the trees' penalties mean the same for any loss.
        let spread = learned
            .iter()
            .map(|&row| (losses[row] - mean) * (losses[row] - mean));
        let spread = (spread.sum::<f64>() / n).sqrt().max(1e-300);
        let columns: Vec<Vec<u8>> = all
            .iter()
            .map(|binned| learned.iter().map(|&row| binned.bins[row]).collect())
            .collect();
        let features: Vec<Feature<'_>> = all
            .iter()
            .zip(&columns)
            .map(|(binned, bins)| Feature {
                bins,
                count: binned.count,
                ordered: binned.ordered,
            })
            .collect();
        let targets: Vec<f32> = learned
            .iter()
            .map(|&row| ((losses[row] - mean) / spread) as f32)
            .collect();
        let mut booster = Booster::default();
        let mut scores = vec![0.0; targets.len()];
        let seed = Seed(seed.0.wrapping_add(fold as u64));
        booster.regress(&features, &targets, &mut scores, &GROWTH, TREES, seed);
        let rows: Vec<u8> = asked
            .iter()
            .flat_map(|&row| all.iter().map(move |binned| binned.bins[row]))
            .collect();
        let mut said = vec![0.0; asked.len()];
        if !all.is_empty() {
            booster.add_scores(&rows, all.len(), &mut said);
        }
        for (&row, said) in asked.iter().zip(said) {
            foreseen[row] = mean + spread * f64::from(said);
        }
    }
    foreseen
}

/// The part of each row: equal parts, at random.
pub(crate) fn folds(rows: usize, seed: Seed) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    let mut stream = Streams::new(seed, 0).stream("shift/folds");
    for place in (1..rows).rev() {
        order.swap(place, stream.below(place as u64 + 1) as usize);
    }
    let mut fold_of = vec![0; rows];
    for (place, &row) in order.iter().enumerate() {
        fold_of[row] = place % FOLDS;
    }
    fold_of
}
