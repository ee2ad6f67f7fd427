//! Larger sets of columns: the total variation distance of random k-way marginals.

use population::stream::{Seed, Streams};
use rayon::prelude::*;

use crate::bins::{Binned, bins_of};
use crate::finding::{Bar, Chart, Direction, Finding, Number, Table, percent};
use crate::ground::{Ground, Rows};

/// Sizes of sets.
const SIZES: [usize; 3] = [4, 5, 6];
/// Random sets of each size.
const SETS: usize = 60;

/// 1 − the total variation distance of the joint distribution of some columns, which has many more cells than rows: cells are sorted, not laid out.
fn agreement(first: &Binned, second: &Binned, columns: &[usize]) -> f64 {
    let cells = |binned: &Binned| -> Vec<u64> {
        let mut cells: Vec<u64> = (0..binned.rows)
            .map(|row| {
                columns.iter().fold(0, |cell, &column| {
                    cell * binned.counts[column] as u64 + u64::from(binned.columns[column][row])
                })
            })
            .collect();
        cells.sort_unstable();
        cells
    };
    let (first, second) = (cells(first), cells(second));
    let (n, m) = (first.len() as f64, second.len() as f64);
    let (mut a, mut b) = (0, 0);
    let mut shared = 0.0;
    while a < first.len() && b < second.len() {
        let cell = first[a].min(second[b]);
        let run = |cells: &[u64], from: usize| {
            cells[from..]
                .iter()
                .take_while(|&&other| other == cell)
                .count()
        };
        let (own, others) = (run(&first, a), run(&second, b));
        shared += (own as f64 / n).min(others as f64 / m);
        a += own;
        b += others;
    }
    shared
}

/// Random sets of each size, and their mean.
pub(super) fn finding(ground: &Ground, seed: Seed) -> Finding {
    let (id, title) = ("fidelity.marginals", "Larger sets of columns");
    let width = ground.columns.len();
    let sizes: Vec<usize> = SIZES.into_iter().filter(|&size| size <= width).collect();
    if sizes.is_empty() {
        return Finding::not_computed(
            id,
            title,
            format!(
                "the tables share {width} columns, and it needs {}",
                SIZES[0]
            ),
        );
    }
    // Both comparisons with as many rows on either side: the distance of large sets is mostly sampling.
    let fresh = ground.holdout.as_ref();
    let same = fresh.map_or(ground.synthetic.count, |fresh| {
        fresh.count.min(ground.synthetic.count)
    });
    let bins = bins_of(&ground.columns, &ground.train);
    let binned = |rows: &Rows| Binned::new(&bins, rows);
    let train = binned(&ground.train);
    let made = binned(&ground.synthetic.sample(same));
    let fresh = fresh.map(|fresh| binned(&fresh.sample(same)));
    let mut stream = Streams::new(seed, 0).stream("check/marginals");
    let sets: Vec<Vec<usize>> = sizes
        .iter()
        .flat_map(|&size| std::iter::repeat_n(size, SETS))
        .map(|size| {
            let mut set: Vec<usize> = (0..width).collect();
            while set.len() > size {
                set.swap_remove(stream.below(set.len() as u64) as usize);
            }
            set.sort_unstable();
            set
        })
        .collect();
    let values = |other: &Binned| -> Vec<f64> {
        sets.par_iter()
            .map(|set| agreement(&train, other, set))
            .collect()
    };
    let own = values(&made);
    let best = fresh.as_ref().map(values);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let value = mean(&own);
    let number = Number {
        // Over the random choice of sets, which is what varies most.
        interval: Some(crate::statistics::normal(value, spread(&own))),
        best_reachable: best.as_deref().map(mean),
        ..Number::share(value, Direction::Higher, sets.len() as u64)
    };
    let mut table = Table::of(["columns at a time", "agreement", "fresh rows"]);
    let mut bars = Vec::new();
    for (place, size) in sizes.iter().enumerate() {
        let part = place * SETS..(place + 1) * SETS;
        let (value, mark) = (
            mean(&own[part.clone()]),
            best.as_ref().map(|best| mean(&best[part])),
        );
        table.push([
            size.to_string(),
            percent(value),
            mark.map_or_else(|| "–".to_owned(), percent),
        ]);
        bars.push(Bar {
            label: format!("{size} columns"),
            value,
            mark,
        });
    }
    let sentence = format!(
        "Random sets of {} to {} columns agree to {}; with so many cells few rows of even two real tables meet, so only the comparison with fresh rows counts. The interval is over the choice of sets.",
        sizes[0],
        sizes[sizes.len() - 1],
        percent(value)
    );
    Finding::new(id, title, number, sentence)
        .standing(super::marginal::standing(&number))
        .with("By the size of the set", Some(Chart::Bars(bars)), table)
}

/// The standard error of a mean.
fn spread(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    (squares / (n - 1.0).max(1.0) / n).sqrt()
}
