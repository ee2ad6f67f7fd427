//! What was found, in sentences, tables and pictures.

use check::{
    Chart, Direction, Finding, Interval, Number, Panel, PanelPoint, Section, Standing, Table, Unit,
};

use crate::combine::Both;
use crate::learned::Said;
use crate::metric::Metric;
use crate::profile::Profile;
use crate::spec::Within;
use crate::study::{Answer, Outcome, Told};
use crate::tilt::Overlap;
use crate::weigh::Estimate;
use crate::worst::Described;

fn unit(metric: Metric) -> Unit {
    if metric.is_share() {
        Unit::Share
    } else {
        Unit::Plain
    }
}

fn direction(metric: Metric) -> Direction {
    if metric.higher_is_better() {
        Direction::Higher
    } else {
        Direction::Lower
    }
}

pub(crate) fn written(metric: Metric, value: f64) -> String {
    if metric.is_share() {
        format!("{:.1}\u{a0}%", 100.0 * value)
    } else if value.abs() >= 1_000.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.4}")
    }
}

/// `81.2 % (79.0 to 83.1)`.
pub(crate) fn told(metric: Metric, estimate: &Estimate) -> String {
    format!(
        "{} ({} to {})",
        written(metric, estimate.value),
        written(metric, estimate.low),
        written(metric, estimate.high)
    )
}

fn number(metric: Metric, estimate: &Estimate, n: u64) -> Number {
    Number {
        value: estimate.value,
        interval: Some(Interval {
            low: estimate.low,
            high: estimate.high,
        }),
        best_reachable: None,
        direction: direction(metric),
        unit: unit(metric),
        n,
    }
}

/// A name as part of an id: letters, digits and `_`.
fn slug(name: &str) -> String {
    let letter = |c: char| {
        if c.is_alphanumeric() {
            c.to_lowercase().next().unwrap_or('_')
        } else {
            '_'
        }
    };
    name.chars().map(letter).collect()
}

fn standing_of(findings: &[Finding]) -> Standing {
    [
        Standing::Bad,
        Standing::Attention,
        Standing::Good,
        Standing::Neutral,
    ]
    .into_iter()
    .find(|standing| findings.iter().any(|finding| finding.standing == *standing))
    .unwrap_or(Standing::NotComputed)
}

/// Sections of a report: the populations that were asked for, the worst cases, and the attributes.
pub fn judge(answer: &Answer) -> Vec<Section> {
    let populations: Vec<Finding> = answer
        .populations
        .iter()
        .flat_map(|told| of_population(answer, told))
        .collect();
    let mut verdict: Vec<String> = answer
        .broken()
        .iter()
        .map(|(told, metric, bar)| {
            format!(
                "In `{}` the {} is surely {} the tolerance of {}.",
                told.name,
                metric.words(),
                if metric.higher_is_better() {
                    "below"
                } else {
                    "above"
                },
                written(*metric, *bar)
            )
        })
        .collect();
    verdict.extend(populations.iter().filter_map(|finding| {
        let said = &finding.sentence;
        (!said.is_empty()).then(|| said.clone())
    }));
    let mut sections = vec![Section {
        id: "populations".to_owned(),
        title: "How does the model do on the populations asked for?".to_owned(),
        verdict,
        standing: standing_of(&populations),
        findings: populations,
    }];
    if !answer.curve.is_empty() {
        let finding = of_curve(answer);
        sections.push(Section {
            id: "worst".to_owned(),
            title: "How bad can it get for a part of the population?".to_owned(),
            verdict: vec![finding.sentence.clone()],
            standing: finding.standing,
            findings: vec![finding],
        });
    }
    if !answer.profiles.is_empty() {
        let findings: Vec<Finding> = answer
            .profiles
            .iter()
            .map(|profile| of_profile(answer, profile))
            .collect();
        let verdict = findings
            .iter()
            .take(3)
            .map(|finding| finding.sentence.clone())
            .collect();
        sections.push(Section {
            id: "attributes".to_owned(),
            title: "What does each attribute do to it?".to_owned(),
            verdict,
            standing: standing_of(&findings),
            findings,
        });
    }
    sections
}

fn of_population(answer: &Answer, told_of: &Told) -> Vec<Finding> {
    let id = |metric: Metric| format!("shift.{}.{}", slug(&told_of.name), metric.name());
    match &told_of.outcome {
        Outcome::Beyond { why, hint } => {
            let mut finding = Finding::not_computed(
                id(answer.metrics[0]),
                format!("`{}`", told_of.name),
                format!("{why}; {hint}"),
            )
            .standing(Standing::Attention);
            finding.sentence = format!("Nothing is said of `{}`: {why}.", told_of.name);
            vec![finding]
        }
        Outcome::Worst {
            within,
            figure: (metric, estimate),
            rules,
            effective,
        } => {
            let how = match within {
                Within::Share(share) => {
                    format!("the worst {:.0} % of the population", 100.0 * share)
                }
                Within::Divergence(most) => {
                    format!("the worst population within a divergence of {most} nats")
                }
            };
            let sentence = format!(
                "In `{}`, {how}, the {} is {}{}.",
                told_of.name,
                metric.words(),
                told(*metric, estimate),
                who(rules)
            );
            vec![
                Finding::new(
                    id(*metric),
                    format!("`{}`: {}", told_of.name, metric.words()),
                    number(*metric, estimate, *effective as u64),
                    sentence,
                )
                .standing(stands(answer, *metric, estimate))
                .with("Who is in it", None, rules_table(*metric, rules)),
            ]
        }
        Outcome::Made {
            figures,
            pictures,
            why,
        } => figures
            .iter()
            .map(|(metric, figure)| {
                let sentence = format!(
                    "In `{}` the {} is {}, by {pictures} pictures that were made for it alone; those that were there say nothing of it: {why}.",
                    told_of.name,
                    metric.words(),
                    told(*metric, figure)
                );
                Finding::new(
                    id(*metric),
                    format!("`{}`: {}", told_of.name, metric.words()),
                    number(*metric, figure, *pictures as u64),
                    sentence,
                )
                .standing(stands(answer, *metric, figure))
            })
            .collect(),
        Outcome::Figures {
            overlap,
            few,
            figures,
        } => figures
            .iter()
            .map(|(metric, both)| {
                let place = answer.metrics.iter().position(|own| own == metric);
                let of_data = place.map(|place| answer.of_data[place]);
                let finding = of_figure(answer, told_of, *metric, both, of_data, overlap, *few);
                Finding {
                    id: id(*metric),
                    ..finding
                }
            })
            .collect(),
    }
}

fn stands(answer: &Answer, metric: Metric, estimate: &Estimate) -> Standing {
    let bar = answer.tolerance.iter().find(|(own, _)| *own == metric);
    match bar {
        None => Standing::Neutral,
        Some((_, bar)) if estimate.surely_breaks(metric, *bar) => Standing::Bad,
        Some((_, bar))
            if metric.breaks(estimate.low, *bar) || metric.breaks(estimate.high, *bar) =>
        {
            Standing::Attention
        }
        Some(_) => Standing::Good,
    }
}

fn of_figure(
    answer: &Answer,
    told_of: &Told,
    metric: Metric,
    both: &Both,
    of_data: Option<Estimate>,
    overlap: &Overlap,
    few: bool,
) -> Finding {
    let mut sentence = format!(
        "In `{}` the {} is {}",
        told_of.name,
        metric.words(),
        told(metric, &both.combined)
    );
    if let Some(own) = of_data {
        sentence.push_str(&format!(", in the data {}", written(metric, own.value)));
    }
    match (&both.agree, &both.learned) {
        (Some(true), _) => sentence.push_str("; the two routes agree"),
        (Some(false), Ok(learned)) => sentence.push_str(&format!(
            "; the two routes disagree: reweighting says {}, generation {}, and the interval holds both",
            told(metric, &both.reweighted),
            told(metric, learned)
        )),
        (_, Err(why)) => sentence.push_str(&format!("; by reweighting alone: {why}")),
        (None, Ok(_)) => {}
    }
    if few {
        sentence.push_str(&format!(
            "; {:.0} rows' worth carry it, too few to test on alone, so {:.0} % of the figure is the learned population's",
            overlap.effective,
            100.0 * both.leaning
        ));
    }
    sentence.push('.');
    let mut standing = stands(answer, metric, &both.combined);
    if (both.agree == Some(false) || few) && standing != Standing::Bad {
        standing = Standing::Attention;
    }
    let mut routes = Table::of([
        "route",
        "value",
        "95 % interval from",
        "to",
        "standard error",
    ]);
    let mut points = Vec::new();
    let mut ticks = Vec::new();
    let rows = [
        ("data", of_data),
        ("reweighting", Some(both.reweighted)),
        ("generation", both.learned.as_ref().ok().copied()),
        ("together", Some(both.combined)),
    ];
    for (name, estimate) in rows {
        let Some(estimate) = estimate else { continue };
        points.push(PanelPoint {
            tick: ticks.len(),
            value: estimate.value,
            low: estimate.low,
            high: estimate.high,
        });
        ticks.push(name.to_owned());
        routes.push([
            name.to_owned(),
            written(metric, estimate.value),
            written(metric, estimate.low),
            written(metric, estimate.high),
            format!("{:.4}", estimate.error),
        ]);
    }
    let bar = answer.tolerance.iter().find(|(own, _)| *own == metric);
    let chart = Chart::Panels {
        x: "route".to_owned(),
        range: range(&points, bar.map(|bar| bar.1)),
        ticks,
        panels: vec![Panel {
            name: metric.words().to_owned(),
            points,
            reference: bar.map(|bar| bar.1),
        }],
    };
    Finding::new(
        String::new(),
        format!("`{}`: {}", told_of.name, metric.words()),
        number(metric, &both.combined, overlap.rows as u64),
        sentence,
    )
    .standing(standing)
    .with(
        "The two routes (dashed: the tolerance, where there is one)",
        Some(chart),
        routes,
    )
    .with(
        "What carries the figure",
        None,
        diagnostics(metric, both, overlap),
    )
}

fn diagnostics(metric: Metric, both: &Both, overlap: &Overlap) -> Table {
    let mut table = Table::of(["what", "value", "meaning"]);
    table.push([
        "rows with weight".to_owned(),
        overlap.rows.to_string(),
        "rows of the data that belong to the population".to_owned(),
    ]);
    table.push([
        "effective rows".to_owned(),
        format!("{:.0}", overlap.effective),
        "as many equally weighted rows would say as much (Kish); nothing is said below 20"
            .to_owned(),
    ]);
    table.push([
        "largest share of one row".to_owned(),
        format!("{:.3} %", 100.0 * overlap.largest),
        "of all weight".to_owned(),
    ]);
    table.push([
        "tail of the weights".to_owned(),
        overlap
            .tail
            .map_or_else(|| "ends".to_owned(), |tail| format!("k = {tail:.2}")),
        "Pareto's k; nothing is said from 0.7 on".to_owned(),
    ]);
    if let Ok(learned) = &both.learned {
        table.push([
            "routes apart".to_owned(),
            format!("{:.4}", learned.value - both.reweighted.value),
            format!(
                "with a standard error of {:.4}",
                libm::hypot(learned.error, both.reweighted.error)
            ),
        ]);
        if let Some((mean, spread)) = both.said.as_ref().map(Said::plain) {
            table.push([
                "members' own figures".to_owned(),
                format!("{mean:.4} ± {spread:.4}"),
                "mean and standard deviation of what the learned populations give as they are, without the data's own figure: the synthetic test of van Breugel et al. 2023"
                    .to_owned(),
            ]);
        }
        table.push([
            "leaning".to_owned(),
            format!("{:.0} %", 100.0 * both.leaning),
            "the part of the figure that is the second route's".to_owned(),
        ]);
    }
    match both.controls {
        Some(controls) => table.push([
            "learned population's error".to_owned(),
            written(metric, controls.bias().sqrt()),
            format!(
                "root mean square on {} groups of the data with about as many effective rows, where it can be tested",
                controls.groups
            ),
        ]),
        None if both.said.is_some() => table.push([
            "learned population's error".to_owned(),
            "not known".to_owned(),
            "too few groups of the data are of this size; it is taken to be as large as reweighting can tell"
                .to_owned(),
        ]),
        None => {}
    }
    table
}

fn range(points: &[PanelPoint], bar: Option<f64>) -> (f64, f64) {
    let values = points.iter().flat_map(|p| [p.low, p.high]).chain(bar);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let margin = 0.05 * (high - low).max(1e-6);
    (low - margin, high + margin)
}

fn who(rules: &[Described]) -> String {
    rules.first().map_or_else(String::new, |rule| {
        format!("; above all of those with {}", rule.rule)
    })
}

fn rules_table(metric: Metric, rules: &[Described]) -> Table {
    let mut table = Table::of([
        "those with",
        "share of all rows",
        "of them among the worst",
        metric.words(),
    ]);
    for rule in rules {
        table.push([
            rule.rule.clone(),
            format!("{:.1} %", 100.0 * rule.share),
            format!("{:.0} %", 100.0 * rule.worst),
            written(metric, rule.value),
        ]);
    }
    if rules.is_empty() {
        table.push([
            "no few rules describe them".to_owned(),
            String::new(),
            String::new(),
            String::new(),
        ]);
    }
    table
}

fn of_curve(answer: &Answer) -> Finding {
    let metric = answer.metrics[0];
    let bar = answer
        .tolerance
        .iter()
        .find(|(own, _)| *own == metric)
        .map(|bar| bar.1);
    let mut table = Table::of([
        "part of the population",
        "value",
        "95 % interval from",
        "to",
    ]);
    let mut points = Vec::new();
    for (tick, (share, estimate)) in answer.curve.iter().enumerate() {
        table.push([
            format!("worst {:.0} %", 100.0 * share),
            written(metric, estimate.value),
            written(metric, estimate.low),
            written(metric, estimate.high),
        ]);
        points.push(PanelPoint {
            tick,
            value: estimate.value,
            low: estimate.low,
            high: estimate.high,
        });
    }
    let (share, estimate) = answer
        .curve
        .iter()
        .find(|(share, _)| (share - 0.2).abs() < 1e-9)
        .unwrap_or(&answer.curve[0]);
    let mut sentence = format!(
        "In the worst {:.0} % of the population, by the attributes alone, the {} is {}{}.",
        100.0 * share,
        metric.words(),
        told(metric, estimate),
        who(&answer.curve_rules)
    );
    if let Some(bar) = bar {
        let safe = answer
            .curve
            .iter()
            .find(|(_, estimate)| !metric.breaks(estimate.value, bar));
        sentence.push_str(&match safe {
            Some((share, _)) => format!(
                " The tolerance of {} is kept in every part of at least {:.0} %.",
                written(metric, bar),
                100.0 * share
            ),
            None => format!(
                " The tolerance of {} is kept in no part.",
                written(metric, bar)
            ),
        });
    }
    let chart = Chart::Panels {
        x: "part of the population, in %".to_owned(),
        ticks: answer
            .curve
            .iter()
            .map(|(share, _)| format!("{:.0}", 100.0 * share))
            .collect(),
        range: range(&points, bar),
        panels: vec![Panel {
            name: format!("{} of the worst part", metric.words()),
            points,
            reference: bar,
        }],
    };
    let rows = answer.curve.len() as u64;
    Finding::new(
        format!("shift.worst_part.{}", metric.name()),
        "The worst part of each size",
        number(metric, estimate, rows),
        sentence,
    )
    .with(
        "Worst-case sub-populations: the part whose expected loss, given the attributes, is highest (dashed: the tolerance)",
        Some(chart),
        table,
    )
    .with("Who is in the worst fifth", None, rules_table(metric, &answer.curve_rules))
}

fn of_profile(answer: &Answer, profile: &Profile) -> Finding {
    let metric = answer.metrics[0];
    let bar = answer
        .tolerance
        .iter()
        .find(|(own, _)| *own == metric)
        .map(|bar| bar.1);
    let worse = |a: &Estimate, b: &Estimate| {
        if metric.higher_is_better() {
            a.value.total_cmp(&b.value)
        } else {
            b.value.total_cmp(&a.value)
        }
    };
    let mut table = Table::of(["level", "rows", "value", "95 % interval from", "to"]);
    let (mut points, mut ticks) = (Vec::new(), Vec::new());
    for (name, rows, estimate) in &profile.levels {
        points.push(PanelPoint {
            tick: ticks.len(),
            value: estimate.value,
            low: estimate.low,
            high: estimate.high,
        });
        ticks.push(name.clone());
        table.push([
            name.clone(),
            rows.to_string(),
            written(metric, estimate.value),
            written(metric, estimate.low),
            written(metric, estimate.high),
        ]);
    }
    let worst = profile.levels.iter().min_by(|a, b| worse(&a.2, &b.2));
    let best = profile.levels.iter().max_by(|a, b| worse(&a.2, &b.2));
    let (Some(worst), Some(best)) = (worst, best) else {
        return Finding::not_computed(
            format!("shift.attribute.{}", slug(&profile.column)),
            format!("`{}`", profile.column),
            "no level has enough rows",
        );
    };
    let mut sentence = format!(
        "By `{}` the {} goes from {} at {} to {} at {}",
        profile.column,
        metric.words(),
        told(metric, &worst.2),
        worst.0,
        told(metric, &best.2),
        best.0
    );
    if let Some(crossing) = &profile.crossing {
        sentence.push_str(&format!(
            "; the tolerance is {}",
            crossing.trim_start_matches("the tolerance is ")
        ));
    }
    sentence.push('.');
    let standing = if bar.is_some_and(|bar| worst.2.surely_breaks(metric, bar)) {
        Standing::Attention
    } else {
        Standing::Neutral
    };
    let chart = Chart::Panels {
        x: profile.column.clone(),
        ticks,
        range: range(&points, bar),
        panels: vec![Panel {
            name: metric.words().to_owned(),
            points,
            reference: bar,
        }],
    };
    let rows: usize = profile.levels.iter().map(|level| level.1).sum();
    let mut finding = Finding::new(
        format!("shift.attribute.{}", slug(&profile.column)),
        format!("`{}`", profile.column),
        number(metric, &worst.2, rows as u64),
        sentence,
    )
    .standing(standing)
    .with("By level (dashed: the tolerance)", Some(chart), table);
    if !profile.moved.is_empty() {
        let mut table = Table::of(["mean", "value", "95 % interval from", "to"]);
        for (mean, estimate) in &profile.moved {
            table.push([
                format!("{mean:.4}"),
                written(metric, estimate.value),
                written(metric, estimate.low),
                written(metric, estimate.high),
            ]);
        }
        finding = finding.with(
            "As its mean is moved by exponential tilting, as far as the data carry it",
            None,
            table,
        );
    }
    finding
}
