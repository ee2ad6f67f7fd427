//! What the arms show.

use check::{
    Chart, Direction, Finding, Interval, Number, Panel, PanelPoint, PlanePoint, Score, Section,
    Standing, Table, Unit, student_quantile,
};

use crate::arms::{Arm, Arms, Epsilon, Measure};

/// A group that keeps less than this of what a model trained on real data knows beyond guessing has collapsed.
const KEPT: f64 = 0.5;
/// Groups that have a picture of their own, the largest; the table has all.
const DRAWN: usize = 11;

/// A value with the reach of its 95 % interval.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    value: f64,
    reach: f64,
}

impl Estimate {
    /// The mean over repeats: the error of the test rows, which all repeats share, and that of the repeats, beside each other.
    fn of(arm: &Arm, measure: Measure, group: &str) -> Option<Self> {
        let found: Vec<(f64, f64)> = arm
            .repeats
            .iter()
            .filter_map(|scores| measure.of(scores.iter().find(|score| score.group == group)?))
            .collect();
        if found.is_empty() {
            return None;
        }
        let n = found.len() as f64;
        let value = found.iter().map(|found| found.0).sum::<f64>() / n;
        let of_rows = 1.959_964 * found.iter().map(|found| found.1).sum::<f64>() / n;
        let of_repeats = if found.len() > 1 {
            let squares: f64 = found.iter().map(|(v, _)| (v - value) * (v - value)).sum();
            student_quantile(0.975, n - 1.0) * (squares / (n - 1.0) / n).sqrt()
        } else {
            0.0
        };
        Some(Self {
            value,
            reach: libm::hypot(of_rows, of_repeats),
        })
    }

    fn written(self) -> String {
        format!("{:.3} ± {:.3}", self.value, self.reach)
    }
}

/// A group, how large it is, and what a model trained on real data reaches.
struct Group<'a> {
    name: &'a str,
    trained: u64,
    real: f64,
}

fn groups(arms: &Arms) -> Vec<Group<'_>> {
    let of = |score: &'_ Score| Some((score.trained, arms.measure.of(score)?.0));
    let mut groups: Vec<Group<'_>> = arms
        .real
        .iter()
        .skip(1)
        .filter_map(|score| {
            let (trained, real) = of(score)?;
            Some(Group {
                name: &score.group,
                trained,
                real,
            })
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.trained));
    groups
}

/// Usefulness at each ε, the gap between groups, what is not attained, and who loses first.
pub fn judge(arms: &Arms) -> Section {
    let groups = groups(arms);
    let findings = vec![
        usefulness(arms, &groups),
        gap(arms, &groups),
        attained(arms, &groups),
        first(arms, &groups),
    ];
    let standing = [Standing::Bad, Standing::Attention, Standing::Neutral]
        .into_iter()
        .find(|standing| findings.iter().any(|finding| finding.standing == *standing))
        .unwrap_or(Standing::NotComputed);
    let verdict = findings
        .iter()
        .filter(|finding| !finding.sentence.is_empty())
        .map(|finding| finding.sentence.clone())
        .collect();
    Section {
        id: "frontier".to_owned(),
        title: "What does privacy cost, and whom?".to_owned(),
        verdict,
        standing,
        findings,
    }
}

fn ticks(arms: &Arms) -> Vec<String> {
    arms.arms
        .iter()
        .map(|arm| arm.epsilon.to_string())
        .collect()
}

fn usefulness(arms: &Arms, groups: &[Group<'_>]) -> Finding {
    let (id, title) = ("frontier.usefulness", "Usefulness at each ε");
    let measure = arms.measure;
    let Some(real) = arms.real.first().and_then(|score| measure.of(score)) else {
        return Finding::not_computed(id, title, "too few rows are tested on");
    };
    let panel = |name: String, group: &str, reference: f64| Panel {
        name,
        points: arms
            .arms
            .iter()
            .enumerate()
            .filter_map(|(tick, arm)| {
                let found = Estimate::of(arm, measure, group)?;
                Some(PanelPoint {
                    tick,
                    value: found.value,
                    low: (found.value - found.reach).max(0.0),
                    high: (found.value + found.reach).min(1.0),
                })
            })
            .collect(),
        reference: Some(reference),
    };
    let mut panels = vec![panel("everybody".to_owned(), "", real.0)];
    panels.extend(groups.iter().take(DRAWN).map(|group| {
        panel(
            format!("{} ({})", group.name, privacy::grouped(group.trained)),
            group.name,
            group.real,
        )
    }));
    let mut table = Table {
        columns: ["group", "training", "tested", "trained on real data"]
            .map(str::to_owned)
            .to_vec(),
        rows: Vec::new(),
    };
    table
        .columns
        .extend(arms.arms.iter().map(|arm| format!("ε = {}", arm.epsilon)));
    for score in &arms.real {
        let mut row = vec![
            if score.group.is_empty() {
                "everybody".to_owned()
            } else {
                score.group.clone()
            },
            score.trained.to_string(),
            score.rows.to_string(),
        ];
        match measure.of(score) {
            None => {
                row.push("not computed: too few of either answer to test on".to_owned());
                row.resize(table.columns.len(), String::new());
            }
            Some((value, error)) => {
                row.push(format!("{value:.3} ± {:.3}", 1.96 * error));
                for arm in &arms.arms {
                    row.push(Estimate::of(arm, measure, &score.group).map_or_else(
                        || {
                            let why = arm.failed.clone();
                            format!(
                                "not computed: {}",
                                why.unwrap_or_else(|| "too few rows".to_owned())
                            )
                        },
                        Estimate::written,
                    ));
                }
            }
        }
        table.rows.push(row);
    }
    let strongest = arms
        .arms
        .iter()
        .find_map(|arm| Some((arm.epsilon, Estimate::of(arm, measure, "")?)));
    let Some((epsilon, overall)) = strongest else {
        let why = arms.arms.iter().find_map(|arm| arm.failed.clone());
        return Finding::not_computed(
            id,
            title,
            why.unwrap_or_else(|| "no model could be learned".to_owned()),
        )
        .with("Each group", None, table);
    };
    let mut shares = Table {
        columns: vec!["group".to_owned()],
        rows: Vec::new(),
    };
    shares
        .columns
        .extend(arms.arms.iter().map(|arm| format!("ε = {}", arm.epsilon)));
    for score in &arms.real {
        if measure.of(score).is_none() {
            continue;
        }
        let mut row = vec![if score.group.is_empty() {
            "everybody".to_owned()
        } else {
            score.group.clone()
        }];
        for arm in &arms.arms {
            let found = arm.repeats.iter().filter_map(|scores| {
                let score = scores.iter().find(|other| other.group == score.group)?;
                Some(score.right as f64 / score.rows.max(1) as f64)
            });
            let found: Vec<f64> = found.collect();
            row.push(if found.is_empty() {
                "–".to_owned()
            } else {
                format!(
                    "{:.1} %",
                    found.iter().sum::<f64>() / found.len() as f64 * 100.0
                )
            });
        }
        shares.rows.push(row);
    }
    let number = Number {
        value: overall.value,
        interval: Some(Interval {
            low: (overall.value - overall.reach).max(0.0),
            high: (overall.value + overall.reach).min(1.0),
        }),
        best_reachable: Some(real.0),
        direction: Direction::Higher,
        unit: Unit::Plain,
        n: arms.real.first().map_or(0, |score| score.rows),
    };
    let sentence = format!(
        "Asked {}, a classifier trained on data made at ε = {epsilon} reaches {} ({}) on fresh real data; trained on real data {:.3}, and guessing {:.2}.",
        if arms.question.starts_with("which") {
            arms.question.clone()
        } else {
            format!("whether {}", arms.question)
        },
        overall.written(),
        measure.words(),
        real.0,
        measure.chance()
    );
    let low = panels
        .iter()
        .flat_map(|panel| &panel.points)
        .map(|point| point.low)
        .fold(measure.chance(), f64::min);
    Finding::new(id, title, number, sentence)
        .with(
            format!(
                "{} by group (dashed: trained on real data)",
                upper(measure.words())
            ),
            Some(Chart::Panels {
                x: "ε, the less the more private".to_owned(),
                ticks: ticks(arms),
                range: ((low * 10.0).floor() / 10.0, 1.0),
                panels,
            }),
            table,
        )
        .with(
            "Share of right answers, which is high in a group where one answer is rare",
            None,
            shares,
        )
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Overall, and how far groups are apart, at one ε.
fn point(arm: &Arm, arms: &Arms, groups: &[Group<'_>]) -> Option<(Estimate, f64, f64)> {
    let overall = Estimate::of(arm, arms.measure, "")?;
    let found: Vec<Estimate> = groups
        .iter()
        .filter_map(|group| Estimate::of(arm, arms.measure, group.name))
        .collect();
    let best = found.iter().max_by(|a, b| a.value.total_cmp(&b.value))?;
    let worst = found.iter().min_by(|a, b| a.value.total_cmp(&b.value))?;
    Some((
        overall,
        best.value - worst.value,
        libm::hypot(best.reach, worst.reach),
    ))
}

fn of_real(arms: &Arms, groups: &[Group<'_>]) -> Option<(f64, f64)> {
    let overall = arms.measure.of(arms.real.first()?)?.0;
    let best = groups
        .iter()
        .map(|group| group.real)
        .fold(f64::MIN, f64::max);
    let worst = groups
        .iter()
        .map(|group| group.real)
        .fold(f64::MAX, f64::min);
    (groups.len() > 1).then_some((overall, best - worst))
}

fn gap(arms: &Arms, groups: &[Group<'_>]) -> Finding {
    let (id, title) = ("frontier.gap", "Gap between groups");
    let Some((real, real_gap)) = of_real(arms, groups) else {
        return Finding::not_computed(
            id,
            title,
            "fewer than two groups have enough rows of either answer to test on",
        );
    };
    let mut table = Table::of([
        "ε",
        "usefulness overall",
        "gap between the best and the worst group",
    ]);
    let mut points = vec![PlanePoint {
        label: "real data".to_owned(),
        x: real_gap,
        y: real,
        known: false,
    }];
    let mut told = Vec::new();
    for arm in &arms.arms {
        if let Some((overall, gap, reach)) = point(arm, arms, groups) {
            table.push([
                arm.epsilon.to_string(),
                overall.written(),
                format!("{gap:.3} ± {reach:.3}"),
            ]);
            points.push(PlanePoint {
                label: format!("ε = {}", arm.epsilon),
                x: gap,
                y: overall.value,
                known: true,
            });
            told.push((arm.epsilon, gap, reach));
        }
    }
    table.push([
        "real data".to_owned(),
        format!("{real:.3}"),
        format!("{real_gap:.3}"),
    ]);
    let Some(&(epsilon, gap, reach)) = told.iter().max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return Finding::not_computed(id, title, "no model could be learned");
    };
    let number = Number {
        value: gap,
        interval: Some(Interval {
            low: (gap - reach).max(0.0),
            high: gap + reach,
        }),
        best_reachable: Some(real_gap),
        direction: Direction::Lower,
        unit: Unit::Plain,
        n: groups.len() as u64,
    };
    let standing = if gap - reach > real_gap + 0.05 {
        Standing::Bad
    } else if gap - reach > real_gap {
        Standing::Attention
    } else {
        Standing::Neutral
    };
    let sentence = format!(
        "The best and the worst of {} groups are furthest apart at ε = {epsilon}: by {gap:.3} ± {reach:.3}, and by {real_gap:.3} where the classifier is trained on real data.",
        groups.len()
    );
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with(
            "Usefulness beside the gap",
            Some(Chart::Plane {
                x: "gap between groups".to_owned(),
                y: format!("{} overall", arms.measure.words()),
                points,
            }),
            table,
        )
}

/// The strongest promise that attains each usefulness at each gap.
fn attained(arms: &Arms, groups: &[Group<'_>]) -> Finding {
    let (id, title) = ("frontier.attained", "What is attained, and what is not");
    let Some((real, real_gap)) = of_real(arms, groups) else {
        return Finding::not_computed(
            id,
            title,
            "fewer than two groups have enough rows of either answer to test on",
        );
    };
    let found: Vec<(Epsilon, f64, f64)> = arms
        .arms
        .iter()
        .filter_map(|arm| {
            let (overall, gap, _) = point(arm, arms, groups)?;
            Some((arm.epsilon, overall.value, gap))
        })
        .collect();
    if found.is_empty() {
        return Finding::not_computed(id, title, "no model could be learned");
    }
    let chance = arms.measure.chance();
    let shares = [0.5, 0.7, 0.8, 0.9, 0.95];
    let gaps = [
        (real_gap, "at most that of real data"),
        (real_gap + 0.05, "at most 0.05 more"),
        (real_gap + 0.1, "at most 0.1 more"),
        (f64::INFINITY, "any"),
    ];
    let mut table = Table::of([
        "usefulness of at least",
        "gap at most that of real data",
        "at most 0.05 more",
        "at most 0.1 more",
        "any gap",
    ]);
    let mut attained = 0_u64;
    let mut none: Option<String> = None;
    for share in shares {
        let least = chance + share * (real - chance);
        let cells = gaps.map(|(most, words)| {
            // The strongest promise comes first.
            let hit = found
                .iter()
                .find(|(_, overall, gap)| *overall >= least && *gap <= most);
            if let Some((epsilon, ..)) = hit {
                attained += 1;
                return format!("ε = {epsilon}");
            }
            none.get_or_insert_with(|| {
                format!(
                    "{least:.3} overall ({:.0} % of what real data give beyond guessing) with a gap of {words}",
                    share * 100.0
                )
            });
            "not attained".to_owned()
        });
        let [a, b, c, d] = cells;
        table.push([
            format!(
                "{least:.3} ({:.0} % of real data's, beyond guessing)",
                share * 100.0
            ),
            a,
            b,
            c,
            d,
        ]);
    }
    let n = (shares.len() * gaps.len()) as u64;
    let number = Number {
        best_reachable: Some(1.0),
        ..Number::share(attained as f64 / n as f64, Direction::Higher, n)
    };
    let sentence = match none {
        None => format!(
            "All {n} pairs of usefulness and gap that were looked at are attained by some ε that was tried."
        ),
        Some(first) => format!(
            "{} of {n} pairs of usefulness and gap are attained by no ε that was tried: from {first} on.",
            n - attained
        ),
    };
    Finding::new(id, title, number, sentence).with(
        "The strongest promise that attains both",
        None,
        table,
    )
}

/// How much of what real data give beyond guessing is kept.
fn kept(value: f64, real: f64, chance: f64) -> f64 {
    (value - chance) / (real - chance).max(1e-9)
}

fn first(arms: &Arms, groups: &[Group<'_>]) -> Finding {
    let (id, title) = ("frontier.first", "Who loses first");
    let chance = arms.measure.chance();
    // A group about which real data say hardly anything has nothing to lose.
    let told: Vec<&Group<'_>> = groups.iter().filter(|g| g.real > chance + 0.05).collect();
    if told.len() < 2 {
        return Finding::not_computed(
            id,
            title,
            "fewer than two groups have enough rows of either answer to test on, and something to lose",
        );
    }
    let mut table = Table {
        columns: ["group", "training"].map(str::to_owned).to_vec(),
        rows: Vec::new(),
    };
    table.columns.extend(
        arms.arms
            .iter()
            .map(|arm| format!("kept at ε = {}", arm.epsilon)),
    );
    table.columns.push("collapses at".to_owned());
    // Collapsed for sure: the upper end of the interval, too, keeps less than half.
    let mut collapsed: Vec<(usize, Epsilon, &Group<'_>)> = Vec::new();
    for group in &told {
        let mut row = vec![group.name.to_owned(), group.trained.to_string()];
        let mut weakest: Option<(usize, Epsilon)> = None;
        for (place, arm) in arms.arms.iter().enumerate() {
            let found = Estimate::of(arm, arms.measure, group.name);
            row.push(found.map_or_else(
                || "–".to_owned(),
                |found| format!("{:.0} %", 100.0 * kept(found.value, group.real, chance)),
            ));
            if found.is_some_and(|f| kept(f.value + f.reach, group.real, chance) < KEPT) {
                weakest = Some((place, arm.epsilon));
            }
        }
        row.push(weakest.map_or_else(
            || "none".to_owned(),
            |(_, epsilon)| format!("ε = {epsilon}"),
        ));
        table.rows.push(row);
        if let Some((place, epsilon)) = weakest {
            collapsed.push((place, epsilon, group));
        }
    }
    let strongest = arms.arms.iter().find(|arm| !arm.repeats.is_empty());
    let Some(strongest) = strongest else {
        return Finding::not_computed(id, title, "no model could be learned");
    };
    let share = |group: &Group<'_>| {
        Estimate::of(strongest, arms.measure, group.name)
            .map(|found| kept(found.value, group.real, chance))
    };
    let (largest, smallest) = (told[0], told[told.len() - 1]);
    let at = collapsed.iter().map(|(place, ..)| *place).max();
    let mut sentence = match at {
        None => format!(
            "No group's {} collapses at any ε that was tried.",
            arms.measure.words()
        ),
        Some(at) => {
            let mut names: Vec<String> = collapsed
                .iter()
                .filter(|(place, ..)| *place == at)
                .map(|(.., group)| {
                    format!(
                        "{} ({} of training)",
                        group.name,
                        privacy::grouped(group.trained)
                    )
                })
                .collect();
            let all = names.len();
            names.truncate(4);
            format!(
                "As ε falls, {}{} lose first: at ε = {} they keep less than half of what real data say about them.",
                names.join(", "),
                if all > 4 {
                    format!(" and {} others", all - 4)
                } else {
                    String::new()
                },
                arms.arms[at].epsilon
            )
        }
    };
    if let (Some(small), Some(large)) = (share(smallest), share(largest)) {
        sentence.push_str(&format!(
            " At ε = {} the smallest group, {} ({}), keeps {:.0} %, and the largest, {} ({}), {:.0} %.",
            strongest.epsilon,
            smallest.name,
            privacy::grouped(smallest.trained),
            100.0 * small,
            largest.name,
            privacy::grouped(largest.trained),
            100.0 * large
        ));
    }
    let worst = told
        .iter()
        .filter_map(|group| Some((share(group)?, *group)))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    let Some((worst, loser)) = worst else {
        return Finding::not_computed(id, title, "no model could be used for any group");
    };
    sentence.push_str(&format!(
        " Least is kept for {} ({}): {:.0} %.",
        loser.name,
        privacy::grouped(loser.trained),
        100.0 * worst
    ));
    let number = Number {
        best_reachable: Some(1.0),
        ..Number::share(worst, Direction::Higher, told.len() as u64)
    };
    let standing = if at.is_some() {
        Standing::Bad
    } else {
        Standing::Neutral
    };
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with(
            "What each group keeps of what real data give beyond guessing",
            None,
            table,
        )
}
