//! What goes with what: maps of correlation and of mutual information, side by side.

use rayon::prelude::*;

use super::shapes::correlation;
use crate::bins::{Binned, bins_of};
use crate::finding::{Chart, Direction, Finding, Map, Number, Standing, Table, Unit};
use crate::ground::{Ground, Rows};

/// Wider tables are told in numbers and not drawn.
const DRAWN: usize = 40;

/// Mutual information of two binned columns over the smaller entropy: 0 for independent ones, 1 where one follows from the other. Corrected for what chance alone gives (Miller 1955).
fn shared_information(binned: &Binned, a: usize, b: usize) -> f64 {
    let (of_a, of_b) = (binned.counts[a], binned.counts[b]);
    let mut joint = vec![0.0_f64; of_a * of_b];
    for (&x, &y) in binned.columns[a].iter().zip(&binned.columns[b]) {
        joint[usize::from(x) * of_b + usize::from(y)] += 1.0;
    }
    let n = binned.rows as f64;
    let mut first = vec![0.0; of_a];
    let mut second = vec![0.0; of_b];
    for x in 0..of_a {
        for y in 0..of_b {
            first[x] += joint[x * of_b + y];
            second[y] += joint[x * of_b + y];
        }
    }
    let entropy = |counts: &[f64]| -> f64 {
        let parts = counts.iter().filter(|count| **count > 0.0);
        parts.map(|count| -count / n * libm::log(count / n)).sum()
    };
    let filled = |counts: &[f64]| counts.iter().filter(|count| **count > 0.0).count() as f64;
    let least = entropy(&first).min(entropy(&second));
    if least <= 1e-12 {
        return 0.0;
    }
    let information = entropy(&first) + entropy(&second) - entropy(&joint);
    let chance = (filled(&first) - 1.0) * (filled(&second) - 1.0) / (2.0 * n);
    ((information - chance) / least).clamp(0.0, 1.0)
}

/// All pairs as a symmetric square; none on the diagonal and where there is no value.
fn square(
    columns: usize,
    of: impl Fn(usize, usize) -> Option<f64> + Sync,
) -> Vec<Vec<Option<f64>>> {
    let pairs: Vec<(usize, usize)> = (0..columns)
        .flat_map(|a| (a + 1..columns).map(move |b| (a, b)))
        .collect();
    let values: Vec<Option<f64>> = pairs.par_iter().map(|&(a, b)| of(a, b)).collect();
    let mut square = vec![vec![None; columns]; columns];
    for (&(a, b), value) in pairs.iter().zip(values) {
        square[a][b] = value;
        square[b][a] = value;
    }
    square
}

/// The mean absolute difference of two squares, over pairs that both have; none where there is no pair.
fn distance(first: &[Vec<Option<f64>>], second: &[Vec<Option<f64>>]) -> Option<(f64, u64)> {
    let mut sum = 0.0;
    let mut count = 0;
    for (a, (one, other)) in first.iter().zip(second).enumerate() {
        for (one, other) in one.iter().zip(other).skip(a + 1) {
            if let (Some(one), Some(other)) = (one, other) {
                sum += (one - other).abs();
                count += 1;
            }
        }
    }
    (count > 0).then(|| (sum / count as f64, count))
}

/// Correlations of numbers, and mutual information of everything.
pub(super) fn findings(ground: &Ground) -> Vec<Finding> {
    let numbers: Vec<usize> = (0..ground.columns.len())
        .filter(|&column| ground.columns[column].is_number())
        .collect();
    let correlations = |rows: &Rows| {
        square(numbers.len(), |a, b| {
            correlation(
                rows.values[numbers[a]].numbers(),
                rows.values[numbers[b]].numbers(),
            )
        })
    };
    let bins = bins_of(&ground.columns, &ground.train);
    let information = |rows: &Rows| {
        let binned = Binned::new(&bins, rows);
        square(ground.columns.len(), |a, b| {
            Some(shared_information(&binned, a, b))
        })
    };
    let names = |columns: &[usize]| -> Vec<String> {
        columns
            .iter()
            .map(|&column| ground.columns[column].name.clone())
            .collect()
    };
    let every: Vec<usize> = (0..ground.columns.len()).collect();
    vec![
        finding(
            ground,
            "fidelity.correlation",
            "Correlation of numbers",
            "Pearson's correlations",
            (-1.0, 1.0),
            &names(&numbers),
            &correlations,
        ),
        finding(
            ground,
            "fidelity.information",
            "Mutual information of all columns",
            "Shares of mutual information",
            (0.0, 1.0),
            &names(&every),
            &information,
        ),
    ]
}

fn finding(
    ground: &Ground,
    id: &str,
    title: &str,
    what: &str,
    scale: (f64, f64),
    labels: &[String],
    of: &dyn Fn(&Rows) -> Vec<Vec<Option<f64>>>,
) -> Finding {
    let (real, made) = (of(&ground.train), of(&ground.synthetic));
    let Some((value, n)) = distance(&real, &made) else {
        return Finding::not_computed(id, title, "there are fewer than two such columns that vary");
    };
    let best = ground
        .holdout
        .as_ref()
        .and_then(|holdout| distance(&real, &of(holdout)))
        .map(|(best, _)| best);
    let standing = match best {
        None => Standing::Neutral,
        Some(best) if value <= best + 0.02 => Standing::Good,
        Some(best) if value <= best + 0.06 => Standing::Attention,
        Some(_) => Standing::Bad,
    };
    let number = Number {
        value,
        interval: None,
        best_reachable: best,
        direction: Direction::Lower,
        unit: Unit::Plain,
        n,
    };
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for a in 0..labels.len() {
        for b in a + 1..labels.len() {
            if let (Some(one), Some(other)) = (real[a][b], made[a][b]) {
                pairs.push(((one - other).abs(), a, b));
            }
        }
    }
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut table = Table::of(["columns", "training", "synthetic", "difference"]);
    let written =
        |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    for &(gap, a, b) in pairs.iter().take(DRAWN) {
        table.push([
            format!("{} × {}", labels[a], labels[b]),
            written(real[a][b]),
            written(made[a][b]),
            format!("{gap:.3}"),
        ]);
    }
    let between: Vec<Vec<Option<f64>>> = real
        .iter()
        .zip(&made)
        .map(|(one, other)| {
            one.iter()
                .zip(other)
                .map(|(one, other)| Some((*other)? - (*one)?))
                .collect()
        })
        .collect();
    let chart = (labels.len() <= DRAWN).then(|| Chart::Maps {
        labels: labels.to_vec(),
        scale,
        maps: [
            ("training", real),
            ("synthetic", made),
            ("synthetic less training", between),
        ]
        .into_iter()
        .map(|(name, values)| Map {
            name: name.to_owned(),
            values,
        })
        .collect(),
    });
    let sentence = format!(
        "{what} differ by {value:.3} on average over {n} pairs; most for {}.",
        pairs
            .first()
            .map_or_else(String::new, |&(gap, a, b)| format!(
                "`{}` and `{}` ({gap:.3})",
                labels[a], labels[b]
            ))
    );
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with(
            "Maps, and the pairs that differ most (blue above zero, orange below)",
            chart,
            table,
        )
}
