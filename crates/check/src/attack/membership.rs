//! Was this person in the training data?

use population::stream::Seed;

use super::{Attack, Risk, most_released, run};
use crate::finding::{
    Chart, Detail, Direction, Finding, Number, Outcome, Series, Standing, Table, Unit, percent,
};
use crate::ground::{Ground, Rows};
use crate::learner::Encoder;
use crate::neighbours::{Scaling, Space, nearest};
use crate::statistics::{ALARM, area, exact, lower_bound, upper_bound};

/// Targets of each kind, at most.
const TARGETS: usize = 4_000;
/// Rows that a classifier is trained on, of each kind.
const TRAINED: usize = 20_000;
/// False-positive rates at which attackers are compared.
const RATES: [f64; 2] = [0.01, 0.1];
/// Neighbours of a density estimate.
const NEIGHBOURS: usize = 5;

/// What attackers say of members and of strangers: the greater, the rather they believe that one was in.
pub(crate) struct Scores {
    /// The name of each, and what it says of as many members and strangers.
    pub(crate) attackers: Vec<(&'static str, Vec<f32>, Vec<f32>)>,
    /// How many of each.
    pub(crate) targets: usize,
}

/// How attackers come to their scores.
pub(crate) trait Scoring: Sync {
    /// What limits call the finding.
    fn id(&self) -> &'static str {
        "privacy.membership"
    }
    /// A few words.
    fn title(&self) -> &'static str {
        "Membership inference"
    }
    /// Who they are, and what they know.
    fn knowledge(&self) -> String;
    /// Scores members and strangers beside what is released; why that cannot be is lower case without a final period.
    fn scores(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: &Rows,
    ) -> Result<Scores, String>;
}

/// Scores every target by three attackers.
pub(crate) struct Membership {
    pub(crate) seed: Seed,
}

impl Scoring for Membership {
    fn knowledge(&self) -> String {
        "Somebody who knows a person's whole record, the synthetic rows, and a sample of people in general, and asks whether the person was in the training data. Three attackers try; the threshold of each is set on one half of the targets and judged on the other. Targets are training rows and as many fresh ones: an honest count needs a hold-out that was parted from the training data at random.".to_owned()
    }

    fn scores(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: &Rows,
    ) -> Result<Scores, String> {
        // Half of the strangers are who might have been in; the other half is what the attacker knows of people in general.
        let half = strangers.count / 2;
        let targets = half.min(members.count).min(TARGETS);
        if targets < 50 || released.count < 50 {
            return Err(format!(
                "it needs 50 training rows, 50 synthetic rows and 100 fresh rows, and there are {}, {} and {}",
                members.count, released.count, strangers.count
            ));
        }
        let (members, unknown) = (members.sample(targets), strangers.sample(targets));
        let known = strangers.part(half, half + most_released(ground));
        let released = released.sample(most_released(ground));
        let columns: Vec<usize> = (0..ground.columns.len()).collect();
        let space = Space::new(ground, &columns, Scaling::Rank, &[]);
        let same = released.count.min(known.count);
        let by_distance = |targets: &Rows| {
            let points = space.points(targets);
            let own = nearest::<NEIGHBOURS>(&points, &space.points(&released), false);
            let others = nearest::<NEIGHBOURS>(&points, &space.points(&known.sample(same)), false);
            let few = nearest::<NEIGHBOURS>(&points, &space.points(&released.sample(same)), false);
            let near: Vec<f32> = own.iter().map(|near| -near[0].distance).collect();
            let mean = |near: &[crate::neighbours::Near; NEIGHBOURS]| {
                near.iter()
                    .map(|near| near.distance)
                    .filter(|d| d.is_finite())
                    .sum::<f32>()
            };
            let ratio: Vec<f32> = few
                .iter()
                .zip(&others)
                .map(|(own, others)| (mean(others) + 1e-3) / (mean(own) + 1e-3))
                .collect();
            (near, ratio)
        };
        let (near_members, ratio_members) = by_distance(&members);
        let (near_strangers, ratio_strangers) = by_distance(&unknown);
        let (released, known) = (released.sample(TRAINED), known.sample(TRAINED));
        let encoder = Encoder::new(ground, &columns, &[&released, &known]);
        let both = encoder.encode(&released).joined(&encoder.encode(&known));
        let is_one: Vec<bool> = (0..both.rows).map(|row| row < released.count).collect();
        let classifier = encoder.learn(&both, &is_one, self.seed);
        let learned = |rows: &Rows| classifier.scores(&encoder.encode(rows));
        Ok(Scores {
            attackers: vec![
                ("nearest synthetic row", near_members, near_strangers),
                (
                    "density ratio of neighbours",
                    ratio_members,
                    ratio_strangers,
                ),
                (
                    "density ratio of a classifier (DOMIAS)",
                    learned(&members),
                    learned(&unknown),
                ),
            ],
            targets,
        })
    }
}

/// The lowest score that counts as a yes, so that at most this share of strangers gets one.
fn threshold(strangers: &[f32], rate: f64) -> f32 {
    let mut sorted = strangers.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let allowed = (strangers.len() as f64 * rate) as usize;
    // The first score that must be a no; above it all are yes.
    sorted.get(allowed).copied().unwrap_or(f32::NEG_INFINITY)
}

fn above(scores: &[f32], threshold: f32) -> u64 {
    scores.iter().filter(|score| **score > threshold).count() as u64
}

/// Holds what attackers say against who was in.
pub(crate) struct Recognition<'a>(pub(crate) &'a dyn Scoring);

impl Attack for Recognition<'_> {
    fn id(&self) -> String {
        self.0.id().to_owned()
    }

    fn title(&self) -> String {
        self.0.title().to_owned()
    }

    fn knowledge(&self) -> String {
        self.0.knowledge()
    }

    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let strangers = strangers.ok_or(crate::finding::NEEDS_HOLDOUT)?;
        let scores = self.0.scores(ground, released, members, strangers)?;
        let half = scores.targets / 2;
        let judged = (scores.targets - half) as u64;
        let attackers = scores.attackers.len() as f64;
        let mut table = Table::of([
            "attacker",
            "area under the curve",
            "found at 1 % false alarms",
            "found at 10 % false alarms",
        ]);
        let mut series = Vec::new();
        let mut alarm = false;
        let mut worst: Option<(u64, u64)> = None;
        for (name, of_members, of_strangers) in &scores.attackers {
            let (auc, error) = area(of_members, of_strangers);
            let mut cells = Vec::new();
            for rate in RATES {
                let cut = threshold(&of_strangers[..half], rate);
                let (hits, false_alarms) = (
                    above(&of_members[half..], cut),
                    above(&of_strangers[half..], cut),
                );
                let bounds = exact(hits, judged);
                cells.push(format!(
                    "{} ({} to {}), strangers {}",
                    percent(hits as f64 / judged as f64),
                    percent(bounds.low),
                    percent(bounds.high),
                    percent(false_alarms as f64 / judged as f64)
                ));
                // Each of the attackers and rates has its share of the false alarms, on both sides of the comparison.
                let share = ALARM / attackers / RATES.len() as f64 / 2.0;
                alarm |=
                    lower_bound(hits, judged, share) > upper_bound(false_alarms, judged, share);
                if rate == RATES[0] && worst.is_none_or(|(other, _)| hits > other) {
                    worst = Some((hits, false_alarms));
                }
            }
            alarm |= auc - 3.6 * error > 0.5;
            let [low, high] = [cells.remove(0), cells.remove(0)];
            table.push([
                (*name).to_owned(),
                format!("{auc:.3} ± {:.3}", 1.96 * error),
                low,
                high,
            ]);
            let points = (0..=40).map(|step| {
                // Evenly spaced in the root, so that low rates are seen.
                let rate = f64::from(step * step) / 1600.0;
                let cut = threshold(of_strangers, rate);
                (rate, above(of_members, cut) as f64 / scores.targets as f64)
            });
            series.push(Series {
                name: (*name).to_owned(),
                points: points.collect(),
            });
        }
        let (hits, _) = worst.ok_or("no attacker tried")?;
        Ok(Risk {
            value: hits as f64 / judged as f64,
            interval: Some(exact(hits, judged)),
            independent: RATES[0],
            unit: Unit::Share,
            n: judged,
            alarm: Some(alarm),
            sentence: format!(
                "At one false alarm in a hundred the best of these attackers recognises {} of the people in the training data; one in a hundred is what guessing gives.",
                percent(hits as f64 / judged as f64)
            ),
            details: vec![Detail {
                title: "The attackers".to_owned(),
                chart: Some(Chart::Lines {
                    x: "strangers called members".to_owned(),
                    y: "members found".to_owned(),
                    series,
                }),
                table,
            }],
        })
    }
}

/// Membership inference, and what ε it refutes.
pub(crate) fn findings(
    attack: &dyn Scoring,
    ground: &Ground,
    claimed: Option<f64>,
) -> Vec<Finding> {
    vec![
        run(&Recognition(attack), ground),
        epsilon(attack, ground, claimed),
    ]
}

/// The largest lower bound on ε that some attacker and threshold prove, with 95 % confidence over all of them.
///
/// Any test of membership obeys TPR ≤ e^ε FPR + δ under (ε, δ)-differential privacy, and the same of the complements (Kairouz et al. 2015). Attacker and threshold are
/// chosen on one half of the targets and the bound is computed on the other, with one-sided Clopper–Pearson bounds of 97.5 % each (Jagielski et al. 2020). δ is taken as 0.
fn epsilon(attack: &dyn Scoring, ground: &Ground, claimed: Option<f64>) -> Finding {
    let (id, title) = ("privacy.epsilon", "ε that the attacks prove");
    let bound = |released: &Rows, strangers: &Rows| -> Result<(f64, u64), String> {
        let scores = attack.scores(ground, released, &ground.train, strangers)?;
        let half = scores.targets / 2;
        let ratio = |members: &[f32], strangers: &[f32], cut: f32, alpha: f64| {
            let (n, m) = (members.len() as u64, strangers.len() as u64);
            let (hits, alarms) = (above(members, cut), above(strangers, cut));
            let yes = lower_bound(hits, n, alpha) / upper_bound(alarms, m, alpha);
            let no = lower_bound(m - alarms, m, alpha) / upper_bound(n - hits, n, alpha);
            libm::log(yes.max(no).max(1.0))
        };
        let mut best: Option<(f64, usize, f32)> = None;
        for (place, (_, members, strangers)) in scores.attackers.iter().enumerate() {
            for rate in [
                0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99,
            ] {
                let cut = threshold(&strangers[..half], rate);
                let found = ratio(&members[..half], &strangers[..half], cut, 0.025);
                if best.is_none_or(|(other, ..)| found > other) {
                    best = Some((found, place, cut));
                }
            }
        }
        let (_, place, cut) = best.ok_or("no attacker tried")?;
        let (_, members, strangers) = &scores.attackers[place];
        Ok((
            ratio(&members[half..], &strangers[half..], cut, 0.025),
            (scores.targets - half) as u64,
        ))
    };
    let Some(holdout) = &ground.holdout else {
        return Finding::not_computed(id, title, crate::finding::NEEDS_HOLDOUT);
    };
    match bound(&ground.synthetic, holdout) {
        Err(why) => Finding::not_computed(id, title, why),
        Ok((epsilon, n)) => {
            let most = bound(&ground.train, holdout).map(|(most, _)| most);
            let (standing, mut sentence) = match claimed {
                Some(claimed) if epsilon > claimed => (
                    Standing::Bad,
                    format!("With 95 % confidence ε is at least {epsilon:.3}, and the card claims {claimed}: the claim is refuted."),
                ),
                Some(claimed) => (
                    Standing::Good,
                    format!("With 95 % confidence ε is at least {epsilon:.3}, below the {claimed} that the card claims; a bound from below does not prove the claim."),
                ),
                None if epsilon > 0.0 => (
                    Standing::Attention,
                    format!("Whoever claims differential privacy for these rows claims an ε of at least {epsilon:.3}, with 95 % confidence. The card claims none."),
                ),
                None => (
                    Standing::Good,
                    "The attacks prove no ε above 0, and the card claims none; a bound from below proves no privacy.".to_owned(),
                ),
            };
            if let Ok(most) = most {
                sentence.push_str(&format!(" Were the training rows released as they are, the same attacks and as many targets would prove {most:.2}: more they could not show."));
            }
            let mut table = Table::of(["", "ε"]);
            table.push(["proved from below".to_owned(), format!("{epsilon:.4}")]);
            table.push([
                "claimed by the card".to_owned(),
                claimed.map_or_else(|| "nothing".to_owned(), |claimed| claimed.to_string()),
            ]);
            let mut finding = Finding::new(
                id,
                title,
                Number {
                    value: epsilon,
                    interval: None,
                    best_reachable: Some(0.0),
                    direction: Direction::Lower,
                    unit: Unit::Plain,
                    n,
                },
                sentence,
            )
            .standing(standing)
            .with("Beside the claim", None, table);
            finding.knowledge = Some(attack.knowledge());
            debug_assert!(matches!(finding.outcome, Outcome::Computed(_)));
            finding
        }
    }
}
