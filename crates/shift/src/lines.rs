//! What was found, as lines for a terminal.

use crate::judge::{told, written};
use crate::metric::Metric;
use crate::study::{Answer, Outcome};
use crate::weigh::Estimate;

/// The answer as lines of a table for a terminal.
pub fn lines(answer: &Answer) -> Vec<String> {
    let mut rows: Vec<[String; 6]> = vec![
        [
            "population",
            "metric",
            "reweighting",
            "generation",
            "together",
            "effective rows",
        ]
        .map(str::to_owned),
    ];
    let plain = |metric: Metric, estimate: &Estimate| told(metric, estimate).replace('\u{a0}', " ");
    for (&metric, estimate) in answer.metrics.iter().zip(&answer.of_data) {
        rows.push([
            "(the data)".to_owned(),
            metric.name().to_owned(),
            plain(metric, estimate),
            String::new(),
            plain(metric, estimate),
            format!("{:.0}", estimate.freedom + 1.0),
        ]);
    }
    let mut refused = Vec::new();
    for told_of in &answer.populations {
        match &told_of.outcome {
            Outcome::Figures {
                overlap, figures, ..
            } => {
                for (metric, both) in figures {
                    let learned = both
                        .learned
                        .as_ref()
                        .map_or_else(|_| "–".to_owned(), |learned| plain(*metric, learned));
                    let mut together = plain(*metric, &both.combined);
                    if both.agree == Some(false) {
                        together.push_str(" the two routes disagree");
                    }
                    rows.push([
                        told_of.name.clone(),
                        metric.name().to_owned(),
                        plain(*metric, &both.reweighted),
                        learned,
                        together,
                        format!("{:.0}", overlap.effective),
                    ]);
                }
            }
            Outcome::Worst {
                figure: (metric, estimate),
                effective,
                ..
            } => rows.push([
                told_of.name.clone(),
                metric.name().to_owned(),
                plain(*metric, estimate),
                String::new(),
                plain(*metric, estimate),
                format!("{effective:.0}"),
            ]),
            Outcome::Made { figures, .. } => {
                for (metric, figure) in figures {
                    rows.push([
                        told_of.name.clone(),
                        metric.name().to_owned(),
                        "–".to_owned(),
                        plain(*metric, figure),
                        plain(*metric, figure),
                        "–".to_owned(),
                    ]);
                }
            }
            Outcome::Beyond { why, .. } => refused.push(format!("{}: {why}", told_of.name)),
        }
    }
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
            }
            line.trim_end().to_owned()
        })
        .collect();
    lines.extend(refused);
    for (told_of, metric, bar) in answer.broken() {
        lines.push(format!(
            "{}: the {} is surely {} the tolerance of {}",
            told_of.name,
            metric.words(),
            if metric.higher_is_better() {
                "below"
            } else {
                "above"
            },
            written(metric, bar).replace('\u{a0}', " ")
        ));
    }
    lines
}
