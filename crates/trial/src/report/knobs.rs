//! Which knob paid.

use check::{Chart, Direction, Finding, Number, Panel, PanelPoint, Section, Standing, Table};

use super::{CONFIDENCE, number};
use crate::gain::Gain;
use crate::knob::written;
use crate::plan::Plan;
use crate::study::Findings;

pub(super) fn section(plan: &Plan, findings: &Findings) -> Section {
    let mut all = Vec::new();
    let (id, title) = ("trial.knobs", "Each knob of the winner turned back");
    if findings.ablations.is_empty() {
        all.push(Finding::not_computed(
            id,
            title,
            if findings.winner.is_some() {
                "the winner's knobs stand as the base's do, or time was up"
            } else {
                "there is no winner"
            },
        ));
    } else {
        // Each of them might have stood out by chance.
        let confidence = 1.0 - (1.0 - CONFIDENCE) / findings.ablations.len() as f64;
        let mut table = Table::of(["knob", "base", "winner", "worth (corrected interval)", ""]);
        let winner = findings.winner.clone().unwrap_or_default();
        let value = |setting: &crate::knob::Setting, name: &str| {
            setting
                .get(name)
                .map_or_else(|| "as the sources say".to_owned(), written)
        };
        let mut paid: Vec<(&str, Gain)> = Vec::new();
        let mut points = Vec::new();
        let mut ticks = Vec::new();
        for ablation in &findings.ablations {
            let (told, sure) = match &ablation.gain {
                None => ("not computed: training failed".to_owned(), ""),
                Some(gain) => {
                    let (low, high) = gain.interval(confidence);
                    points.push(PanelPoint {
                        tick: ticks.len(),
                        value: gain.value,
                        low,
                        high,
                    });
                    ticks.push(ablation.knob.clone());
                    if gain.sure(confidence) {
                        paid.push((&ablation.knob, *gain));
                    }
                    (
                        format!("{:+.4} ({low:+.4} to {high:+.4})", gain.value),
                        if gain.sure(confidence) {
                            "pays"
                        } else if high < 0.0 {
                            "costs"
                        } else {
                            "may be nothing"
                        },
                    )
                }
            };
            table.push([
                ablation.knob.clone(),
                value(&plan.base, &ablation.knob),
                value(&winner, &ablation.knob),
                told,
                sure.to_owned(),
            ]);
        }
        paid.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
        let names: Vec<String> = paid
            .iter()
            .map(|(name, gain)| format!("`{name}` ({:+.4})", gain.value))
            .collect();
        let sentence = if names.is_empty() {
            "No knob of the winner surely pays by itself.".to_owned()
        } else {
            format!("What pays is {}.", names.join(", "))
        };
        let low = points.iter().map(|p| p.low).fold(0.0, f64::min);
        let high = points.iter().map(|p| p.high).fold(0.0, f64::max);
        let chart = (!points.is_empty()).then(|| Chart::Panels {
            x: "knob".to_owned(),
            ticks,
            range: (low, high),
            panels: vec![Panel {
                name: "worth".to_owned(),
                points,
                reference: Some(0.0),
            }],
        });
        let best = paid.first().map(|(_, gain)| *gain).or_else(|| {
            let gains = findings.ablations.iter().filter_map(|a| a.gain);
            gains.max_by(|a, b| a.value.total_cmp(&b.value))
        });
        all.push(match best {
            Some(gain) => Finding::new(id, title, number(&gain, confidence), sentence)
                .standing(Standing::Neutral)
                .with(
                    "How much the loss rises without it, on the search's half",
                    chart,
                    table,
                ),
            None => Finding::not_computed(id, title, "no training without a knob worked").with(
                "Each knob",
                None,
                table,
            ),
        });
    }
    let (id, title) = (
        "trial.importance",
        "What losses go with, over the whole space",
    );
    if findings.importances.is_empty() {
        all.push(Finding::not_computed(
            id,
            title,
            "fewer than six data sets were chosen without a look at results",
        ));
    } else {
        let mut table = Table::of(["knob", "turns", "share of the variance", "p, corrected"]);
        let mut order: Vec<(usize, crate::importance::Importance)> =
            findings.importances.iter().copied().enumerate().collect();
        order.sort_by(|a, b| {
            a.1.p
                .total_cmp(&b.1.p)
                .then(b.1.share.total_cmp(&a.1.share))
        });
        for (at, one) in &order {
            if let Some(knob) = plan.knobs.get(*at) {
                table.push([
                    knob.name.clone(),
                    knob.of.to_string(),
                    format!("{:.0} %", one.share * 100.0),
                    format!("{:.3}", one.p),
                ]);
            }
        }
        let first = order
            .first()
            .and_then(|(at, one)| Some((plan.knobs.get(*at)?, one)));
        let blind = findings
            .trials
            .iter()
            .filter(|t| t.blind && !t.losses.is_empty())
            .count();
        let sentence = match first {
            Some((knob, one)) if one.p < 0.05 => format!(
                "Among {blind} data sets chosen without a look at results, losses go with `{}` most: {:.0} % of their variance (p = {:.3}, corrected for the number of knobs).",
                knob.name,
                one.share * 100.0,
                one.p
            ),
            _ => format!(
                "Among {blind} data sets chosen without a look at results, losses go with no knob more than chance would have it."
            ),
        };
        let share = first.map_or(0.0, |(_, one)| one.share);
        all.push(
            Finding::new(
                id,
                title,
                Number::share(share, Direction::Higher, blind as u64),
                sentence,
            )
            .standing(Standing::Neutral)
            .with("Each knob", None, table),
        );
    }
    super::section("knobs", "Which knob paid?", all)
}
