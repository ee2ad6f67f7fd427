//! What a study found, as a page.

mod knobs;

use check::{
    About, Chart, Direction, Finding, Interval, Number, Panel, PanelPoint, Report, Section, Series,
    Standing, Table, Unit,
};
use population::stream::Seed;
use privacy::Ledger;

use crate::curve::extrapolated;
use crate::gain::Gain;
use crate::knob::difference;
use crate::plan::Plan;
use crate::study::{Comparison, Findings, Trial};
use crate::work::Scored;

/// The confidence of every interval that is told by itself.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// Makes the report of a study. `tables` is what was read; `ledger` how.
pub fn report(
    plan: &Plan,
    findings: &Findings,
    tables: Vec<check::TableAbout>,
    ledger: Ledger,
    version: &str,
) -> Report {
    let mut sections = vec![winner(plan, findings), knobs::section(plan, findings)];
    sections.extend(amount(plan, findings));
    sections.extend(groups(plan, findings));
    sections.extend(slices(plan, findings));
    let mut notes = findings.notes.clone();
    notes.push(format!("the search ended because {}", findings.ended));
    notes.push(format!(
        "{} data sets were trained on, and {} of these trainings failed; the search's half of the hold-out was looked at {} times, the other half {} times, all of them after the winner was chosen",
        findings.trainings.0, findings.trainings.1, findings.looks.0, findings.looks.1
    ));
    Report {
        about: About {
            question: format!("Which data makes the model best? {}", plan.name),
            version: version.to_owned(),
            tables,
            columns: plan.target.iter().chain(&plan.groups).cloned().collect(),
            notes,
            seed: plan.seed,
            statement: None,
            ledger,
        },
        sections,
        broken: Vec::new(),
    }
}

fn number(gain: &Gain, confidence: f64) -> Number {
    let (low, high) = gain.interval(confidence);
    Number {
        value: gain.value,
        interval: Some(Interval { low, high }),
        best_reachable: None,
        direction: Direction::Higher,
        unit: Unit::Plain,
        n: gain.n as u64,
    }
}

fn section(id: &str, title: &str, findings: Vec<Finding>) -> Section {
    let standing = [
        Standing::Bad,
        Standing::Attention,
        Standing::Good,
        Standing::Neutral,
    ]
    .into_iter()
    .find(|standing| findings.iter().any(|finding| finding.standing == *standing))
    .unwrap_or(Standing::NotComputed);
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        verdict: findings
            .iter()
            .map(|finding| finding.sentence.clone())
            .filter(|sentence| !sentence.is_empty())
            .collect(),
        standing,
        findings,
    }
}

fn winner(plan: &Plan, findings: &Findings) -> Section {
    let words = plan.metric.words();
    let (id, title) = ("trial.gain", "What the winner gains over the base");
    let gain = match (&findings.winner, &findings.comparison) {
        (Some(setting), Some(comparison)) => {
            let gain = &comparison.gain;
            let (low, high) = gain.interval(CONFIDENCE);
            let sure = gain.sure(CONFIDENCE);
            let mean = |all: &[crate::work::Scored]| {
                all.iter().map(crate::work::Scored::mean).sum::<f64>() / all.len().max(1) as f64
            };
            let (base, best) = (mean(&comparison.base), mean(&comparison.winner));
            let verdict = if sure {
                "the winner is better"
            } else if high < 0.0 {
                "the winner is worse than the base"
            } else {
                "that may be chance, so no gain is claimed"
            };
            let sentence = format!(
                "With {} the {words} on real data that the search never saw is {best:.4}, and with the base {base:.4}: a gain of {:+.4} (95 % interval {low:+.4} to {high:+.4}); {verdict}. The search itself had promised {:+.4}.",
                difference(setting),
                gain.value,
                comparison.promised
            );
            let mut table = Table::of(["", "base", "winner"]);
            for (draw, (base, winner)) in comparison.base.iter().zip(&comparison.winner).enumerate()
            {
                table.push([
                    format!("training {}", draw + 1),
                    format!("{:.4}", base.mean()),
                    format!("{:.4}", winner.mean()),
                ]);
            }
            table.push([
                "mean".to_owned(),
                format!("{base:.4}"),
                format!("{best:.4}"),
            ]);
            let of_holdout = (gain.error * gain.error - gain.of_training * gain.of_training)
                .max(0.0)
                .sqrt();
            table.push([
                "standard error of the gain: hold-out, training anew".to_owned(),
                format!("{of_holdout:.4}"),
                format!("{:.4}", gain.of_training),
            ]);
            let how = if gain.n == 1 {
                "Each training on a fresh draw (the learner gives one number for all of the hold-out, so who is in it is not part of the interval)"
            } else {
                "Each training on a fresh draw"
            };
            Finding::new(id, title, number(gain, CONFIDENCE), sentence)
                .standing(if sure {
                    Standing::Good
                } else {
                    Standing::Attention
                })
                .with(how, None, table)
        }
        (Some(_), None) => Finding::not_computed(
            id,
            title,
            "fewer than two trainings of the base or of the winner worked on the other half of the hold-out",
        ),
        (None, _) => Finding::not_computed(
            id,
            title,
            "no data set was better than the base on the search's half of the hold-out, so the other half was not looked at",
        ),
    };
    let mut all = vec![gain];
    all.extend(findings.comparison.as_ref().map(|own| field(plan, own)));
    all.push(leaderboard(plan, findings));
    let nothing = findings.winner.is_none();
    let mut section = section("winner", "Which data set is best?", all);
    if nothing {
        section.verdict.insert(
            0,
            "No data set was better than the base, so there is no winner.".to_owned(),
        );
    }
    section
}

/// The winner beside the middle of the leaderboard.
fn field(plan: &Plan, comparison: &Comparison) -> Finding {
    let (id, title) = ("trial.field", "The winner beside the middle of the field");
    let Some(field) = &comparison.field else {
        return Finding::not_computed(
            id,
            title,
            "fewer than three data sets worked, or the winner is the middle one, or its trainings failed on the other half",
        );
    };
    let (low, high) = field.gain.interval(CONFIDENCE);
    let mean = |all: &[Scored]| all.iter().map(Scored::mean).sum::<f64>() / all.len().max(1) as f64;
    let verdict = if field.gain.sure(CONFIDENCE) {
        "it paid to search"
    } else {
        "that may be chance"
    };
    let sentence = format!(
        "The data set in the middle of the leaderboard, {}, comes to a {} of {:.4} there, {:+.4} beside the winner's (95 % interval {low:+.4} to {high:+.4}): {verdict}.",
        difference(&field.setting),
        plan.metric.words(),
        mean(&field.middle),
        field.gain.value,
    );
    let mut table = Table::of(["", "middle", "winner"]);
    for (draw, (middle, winner)) in field.middle.iter().zip(&comparison.winner).enumerate() {
        table.push([
            format!("training {}", draw + 1),
            format!("{:.4}", middle.mean()),
            format!("{:.4}", winner.mean()),
        ]);
    }
    Finding::new(id, title, number(&field.gain, CONFIDENCE), sentence)
        .standing(if field.gain.sure(CONFIDENCE) {
            Standing::Good
        } else {
            Standing::Neutral
        })
        .with(
            "Each training on a fresh draw, on data that the search never saw",
            None,
            table,
        )
}

/// One row a data set, the best first; those that did not go on, and those that failed, after them.
fn leaderboard(plan: &Plan, findings: &Findings) -> Finding {
    let (id, title) = ("trial.leaderboard", "All data sets");
    let words = plan.metric.words();
    let mut table = Table {
        columns: ["rank", "data set", "samples"].map(str::to_owned).to_vec(),
        rows: Vec::new(),
    };
    let rungs = plan.search.rungs;
    for rung in 0..rungs.count {
        let share = rungs.share(rung);
        table.columns.push(if rung + 1 == rungs.count {
            format!("{words} on the search's half")
        } else {
            format!("with {:.0} % of the samples", share * 100.0)
        });
    }
    table.columns.push("beside the base".to_owned());
    let mut order: Vec<&Trial> = findings.trials.iter().collect();
    order.sort_by(|a, b| {
        let key = |trial: &Trial| (trial.fault.is_some(), std::cmp::Reverse(trial.losses.len()));
        key(a).cmp(&key(b)).then_with(|| {
            let last = |trial: &Trial| trial.losses.last().copied().unwrap_or(f64::INFINITY);
            last(a).total_cmp(&last(b))
        })
    });
    let base = findings.base.losses.last().copied().unwrap_or(f64::NAN);
    let row = |rank: String, what: String, trial: &Trial| {
        let mut row = vec![rank, what, trial.trained_on.to_string()];
        let pad = rungs.count as usize - trial.losses.len().min(rungs.count as usize);
        if let Some(why) = &trial.fault {
            row.push(format!("failed: {why}"));
        }
        row.extend(trial.losses.iter().map(|loss| format!("{loss:.4}")));
        row.resize(
            3 + rungs.count as usize,
            if pad > 0 {
                "–".to_owned()
            } else {
                String::new()
            },
        );
        row.push(match (trial.losses.last(), pad) {
            (Some(loss), 0) => format!("{:+.4}", loss - base),
            _ => String::new(),
        });
        row
    };
    let mut as_base = findings.base.clone();
    while as_base.losses.len() < rungs.count as usize {
        as_base.losses.insert(0, f64::NAN);
    }
    let mut line = row(
        "base".to_owned(),
        difference(&findings.base.setting),
        &as_base,
    );
    for cell in &mut line {
        if cell == "NaN" {
            "–".clone_into(cell);
        }
    }
    table.rows.push(line);
    for (rank, trial) in order.iter().enumerate() {
        let chosen = findings.winner.as_ref() == Some(&trial.setting);
        let rank = if chosen {
            format!("{} (winner)", rank + 1)
        } else {
            (rank + 1).to_string()
        };
        table
            .rows
            .push(row(rank, difference(&trial.setting), trial));
    }
    let whole: Vec<f64> = findings
        .trials
        .iter()
        .filter(|trial| trial.losses.len() == rungs.count as usize)
        .filter_map(|trial| trial.losses.last().copied())
        .collect();
    let failed = findings.trials.iter().filter(|t| t.fault.is_some()).count();
    if whole.is_empty() {
        return Finding::not_computed(id, title, "no data set was trained on to the end").with(
            "Each data set",
            None,
            table,
        );
    }
    let mut sorted = whole.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let best = sorted[0];
    let median = sorted[sorted.len() / 2];
    let number = Number {
        value: best,
        interval: None,
        best_reachable: None,
        direction: Direction::Lower,
        unit: Unit::Plain,
        n: whole.len() as u64,
    };
    let sentence = format!(
        "Of {} data sets {} were trained on whole and {failed} failed; on the search's half the least {words} is {best:.4}, the median {median:.4}, the base's {base:.4}.",
        findings.trials.len(),
        whole.len()
    );
    let found: Vec<(f64, f64)> = findings
        .trials
        .iter()
        .enumerate()
        .filter(|(_, trial)| trial.losses.len() == rungs.count as usize)
        .filter_map(|(at, trial)| Some((at as f64 + 1.0, *trial.losses.last()?)))
        .collect();
    let mut least = f64::INFINITY;
    let so_far: Vec<(f64, f64)> = found
        .iter()
        .map(|&(at, loss)| {
            least = least.min(loss);
            (at, least)
        })
        .collect();
    // Curves are drawn from 0 to 1.
    let chart = found
        .iter()
        .all(|(_, loss)| (0.0..=1.0).contains(loss))
        .then(|| Chart::Lines {
            x: "data set".to_owned(),
            y: words.to_owned(),
            series: vec![
                Series {
                    name: "each".to_owned(),
                    points: found.clone(),
                },
                Series {
                    name: "least so far".to_owned(),
                    points: so_far,
                },
            ],
        });
    Finding::new(id, title, number, sentence).with("Each data set", chart, table)
}

fn amount(plan: &Plan, findings: &Findings) -> Option<Section> {
    let (id, title) = ("trial.twice", "What twice the data would give");
    if findings.curve.is_empty() {
        return None;
    }
    let words = plan.metric.words();
    let mut table = Table::of(["samples", words]);
    for point in &findings.curve {
        table.push([
            format!("{:.0}", point.amount),
            format!("{:.4} ± {:.4}", point.loss, point.error),
        ]);
    }
    let finding = match extrapolated(&findings.curve, 2.0, Seed(plan.seed)) {
        None => Finding::not_computed(id, title, "a law needs three amounts").with(
            "Each amount",
            None,
            table,
        ),
        Some((law, value, (low, high))) => {
            let now = findings.curve.last().map_or(f64::NAN, |point| point.loss);
            table.push([
                "twice as many (the law's word)".to_owned(),
                format!("{value:.4} ({low:.4} to {high:.4})"),
            ]);
            let sentence = format!(
                "Twice the data would give a {words} of {value:.4} ({low:.4} to {high:.4}) where it is {now:.4} now, if the loss goes on as {:.4} + {:.3} · n^−{:.2}.",
                law.floor, law.factor, law.exponent
            );
            let ticks: Vec<String> = findings
                .curve
                .iter()
                .map(|point| format!("{:.0}", point.amount))
                .collect();
            let points: Vec<PanelPoint> = findings
                .curve
                .iter()
                .enumerate()
                .map(|(tick, point)| PanelPoint {
                    tick,
                    value: point.loss,
                    low: point.loss - 1.96 * point.error,
                    high: point.loss + 1.96 * point.error,
                })
                .collect();
            let bottom = points.iter().map(|p| p.low).fold(low, f64::min);
            let top = points.iter().map(|p| p.high).fold(high, f64::max);
            let number = Number {
                value,
                interval: Some(Interval { low, high }),
                best_reachable: None,
                direction: Direction::Lower,
                unit: Unit::Plain,
                n: findings.curve.len() as u64,
            };
            Finding::new(id, title, number, sentence)
                .standing(Standing::Neutral)
                .with(
                    "The learning curve, on the search's half (dashed: what the law gives for twice the data)",
                    Some(Chart::Panels {
                        x: "samples".to_owned(),
                        ticks,
                        range: (bottom, top),
                        panels: vec![Panel {
                            name: words.to_owned(),
                            points,
                            reference: Some(value),
                        }],
                    }),
                    table,
                )
        }
    };
    Some(section("amount", "Would more data help?", vec![finding]))
}

fn groups(plan: &Plan, findings: &Findings) -> Option<Section> {
    if findings.groups.is_empty() {
        return None;
    }
    let (id, title) = ("trial.groups", "Group by group");
    let words = plan.metric.words();
    let mut table = Table::of([
        "group",
        "real samples",
        "base",
        "winner",
        "gain (95 % interval)",
    ]);
    let mut worst: Option<&crate::study::GroupLoss> = None;
    // Without a winner the other half was not looked at.
    let compared = findings.comparison.is_some();
    let loss = |group: &crate::study::GroupLoss| {
        if compared {
            group.winner.unwrap_or(f64::MIN)
        } else {
            group.search_loss
        }
    };
    for group in &findings.groups {
        let told =
            |loss: Option<f64>| loss.map_or_else(|| "–".to_owned(), |loss| format!("{loss:.4}"));
        let gain = group.gain.map_or_else(
            || "not computed: too few real samples".to_owned(),
            |gain| {
                let (low, high) = gain.interval(CONFIDENCE);
                format!("{:+.4} ({low:+.4} to {high:+.4})", gain.value)
            },
        );
        if compared {
            table.push([
                group.name.clone(),
                group.n.to_string(),
                told(group.base),
                told(group.winner),
                gain,
            ]);
        } else {
            table.push([
                group.name.clone(),
                group.searched.to_string(),
                told(Some(group.search_loss)),
                String::new(),
                String::new(),
            ]);
        }
        let enough = if compared {
            group.gain.is_some()
        } else {
            group.searched >= 25
        };
        if enough && worst.is_none_or(|worst| loss(group) > loss(worst)) {
            worst = Some(group);
        }
    }
    let finding = match worst {
        None => Finding::not_computed(
            id,
            title,
            "no group has enough real samples, or nothing won",
        )
        .with("Each group", None, table),
        Some(worst) => {
            let value = loss(worst);
            let n = if compared { worst.n } else { worst.searched };
            let number = Number {
                value,
                interval: None,
                best_reachable: None,
                direction: Direction::Lower,
                unit: Unit::Plain,
                n,
            };
            let sentence = format!(
                "{} serves those with {} worst: a {words} of {value:.4} on {n} real samples.",
                if findings.winner.is_some() {
                    "The winner"
                } else {
                    "The base"
                },
                worst.name
            );
            Finding::new(id, title, number, sentence)
                .standing(Standing::Neutral)
                .with(
                    if compared {
                        "Each group, on the half that the search never saw"
                    } else {
                        "Each group, on the search's half"
                    },
                    None,
                    table,
                )
        }
    };
    Some(section("groups", "Whom does it serve?", vec![finding]))
}

fn slices(plan: &Plan, findings: &Findings) -> Option<Section> {
    let best = findings.slices.first()?;
    let words = plan.metric.words();
    let mut table = Table::of(["training data", "worth"]);
    for slice in &findings.slices {
        table.push([
            slice.name.clone(),
            format!("{:+.4} ± {:.4}", slice.value, slice.error),
        ]);
    }
    let number = Number {
        value: best.value,
        interval: Some(Interval {
            low: best.value - 1.96 * best.error,
            high: best.value + 1.96 * best.error,
        }),
        best_reachable: None,
        direction: Direction::Higher,
        unit: Unit::Plain,
        n: findings.slices.len() as u64,
    };
    let sentence = format!(
        "Of the training data the part with {} is worth most: with it the {words} is {:.4} lower on average over the other parts that are there.",
        best.name, best.value
    );
    let finding = Finding::new("trial.slices", "What each part of the training data is worth", number, sentence)
        .standing(Standing::Neutral)
        .with("Mean marginal worth, as Shapley weighs sizes, the empty set aside; larger parts bring more samples, too", None, table);
    Some(section(
        "slices",
        "Which part of the data paid?",
        vec![finding],
    ))
}
