//! Attacks on the rows that are released, each with its controls.
//!
//! An attack is a function of what is released, of members (rows that were learned from) and of strangers (real rows that were not). It is made three times: on
//! the synthetic rows; on the training rows themselves as if they were released, where it must succeed; and on fresh real rows, where it must not. An
//! attack that fails the first control is blind, one that fails the second cries wolf; either is called inconclusive, not good.

pub(crate) mod copies;
mod inference;
mod linkability;
pub(crate) mod membership;
mod outliers;
pub(crate) mod shadows;
mod singling_out;

use population::stream::Seed;

use crate::finding::{
    Control, Detail, Direction, Finding, Interval, NEEDS_HOLDOUT, Number, Outcome, Standing, Unit,
    percent,
};
use crate::ground::{Ground, Rows};

pub(crate) use copies::{Closest, Identical};
pub(crate) use inference::{Inference, Reconstruction, question};
pub(crate) use linkability::Linkability;
pub(crate) use outliers::Outliers;
pub(crate) use singling_out::SinglingOut;

/// Targets of an attack that costs much for each.
pub(crate) const TARGETS: usize = 2_000;
/// Cells of released rows that an attack looks through, at most: 100,000 rows of 15 columns; of more, rows are sampled.
const RELEASED_CELLS: usize = 1_500_000;

/// Released rows that an attack looks through, at most.
pub(crate) fn most_released(ground: &Ground) -> usize {
    (RELEASED_CELLS / ground.columns.len().max(1)).clamp(5_000, 100_000)
}

/// What an attack found.
#[derive(Debug)]
pub(crate) struct Risk {
    pub(crate) value: f64,
    pub(crate) interval: Option<Interval>,
    /// What it would be if nobody were in the released rows more than a stranger is.
    pub(crate) independent: f64,
    pub(crate) unit: Unit,
    pub(crate) n: u64,
    /// Whether members do worse than strangers, at the one-sided level [`crate::ALARM`]; none without strangers.
    pub(crate) alarm: Option<bool>,
    /// What that means, one sentence.
    pub(crate) sentence: String,
    pub(crate) details: Vec<Detail>,
}

/// One attack.
pub(crate) trait Attack: Sync {
    fn id(&self) -> String;
    fn title(&self) -> String;
    /// Who makes it, and what they know.
    fn knowledge(&self) -> String;
    /// Makes it; why it cannot be made is lower case without a final period.
    fn make(
        &self,
        ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String>;
    /// How sure an alarm is to matter: a proof of a leak, or a hint.
    fn standing(&self, risk: &Risk) -> Standing {
        match risk.alarm {
            None => Standing::Neutral,
            Some(false) => Standing::Good,
            Some(true) if risk.value - risk.independent < 0.05 => Standing::Attention,
            Some(true) => Standing::Bad,
        }
    }
}

/// Makes an attack and its controls.
pub(crate) fn run(attack: &dyn Attack, ground: &Ground) -> Finding {
    let (id, title) = (attack.id(), attack.title());
    let holdout = ground.holdout.as_ref();
    let risk = match attack.make(ground, &ground.synthetic, &ground.train, holdout) {
        Ok(risk) => risk,
        Err(why) => {
            let mut finding = Finding::not_computed(id, title, why);
            finding.knowledge = Some(attack.knowledge());
            return finding;
        }
    };
    let positive = made(
        "all is leaked: the training rows themselves as if they were the synthetic ones",
        "an alarm",
        attack.make(ground, &ground.train, &ground.train, holdout),
        true,
    );
    let negative = match holdout {
        None => unmade(
            "nothing is leaked: fresh real rows as if they were the synthetic ones",
            "no alarm",
            NEEDS_HOLDOUT,
        ),
        Some(holdout) => {
            let half = holdout.count / 2;
            made(
                "nothing is leaked: fresh real rows as if they were the synthetic ones",
                "no alarm",
                attack.make(
                    ground,
                    &holdout.part(0, half),
                    &ground.train,
                    Some(&holdout.part(half, holdout.count)),
                ),
                false,
            )
        }
    };
    let controls = vec![positive, negative];
    let failed = controls.iter().any(|control| control.passed == Some(false));
    let standing = if failed {
        Standing::Inconclusive
    } else {
        attack.standing(&risk)
    };
    let mut finding = Finding::new(id, title, number(&risk), risk.sentence).standing(standing);
    finding.knowledge = Some(attack.knowledge());
    finding.controls = controls;
    finding.details = risk.details;
    finding
}

fn number(risk: &Risk) -> Number {
    Number {
        value: risk.value,
        interval: risk.interval,
        best_reachable: Some(risk.independent),
        direction: Direction::Lower,
        unit: risk.unit,
        n: risk.n,
    }
}

fn made(name: &str, expected: &str, risk: Result<Risk, String>, alarm: bool) -> Control {
    match risk {
        Err(why) => unmade(name, expected, &why),
        Ok(risk) => match risk.alarm {
            None => Control {
                found: Some(number(&risk)),
                ..unmade(name, expected, NEEDS_HOLDOUT)
            },
            Some(found) => Control {
                found: Some(number(&risk)),
                passed: Some(found == alarm),
                why_not: String::new(),
                ..unmade(name, expected, "")
            },
        },
    }
}

fn unmade(name: &str, expected: &str, why: &str) -> Control {
    Control {
        name: name.to_owned(),
        expected: expected.to_owned(),
        found: None,
        passed: None,
        why_not: why.to_owned(),
    }
}

/// All attacks that can be made on one table. `secrets` are columns; where none is named every column is one in turn.
pub(crate) fn findings(
    ground: &Ground,
    secrets: &[usize],
    seed: Seed,
    claimed: Option<f64>,
) -> Vec<Finding> {
    let every: Vec<usize> = (0..ground.columns.len()).collect();
    let secrets = if secrets.is_empty() { &every } else { secrets };
    let mut attacks: Vec<Box<dyn Attack>> = vec![
        Box::new(Identical),
        Box::new(Closest),
        Box::new(SinglingOut { columns: 1, seed }),
        Box::new(SinglingOut { columns: 3, seed }),
        Box::new(Linkability { seed }),
    ];
    for &secret in secrets {
        attacks.push(Box::new(Inference {
            secret,
            name: ground.columns[secret].name.clone(),
            among: secrets.len(),
            seed,
        }));
    }
    for &secret in secrets {
        attacks.push(Box::new(Reconstruction {
            secret,
            name: ground.columns[secret].name.clone(),
            among: secrets.len(),
            seed,
        }));
    }
    attacks.push(Box::new(Outliers));
    let mut findings: Vec<Finding> = attacks
        .iter()
        .map(|attack| run(attack.as_ref(), ground))
        .collect();
    findings = worst_of(findings, "privacy.inference", "Inference of a secret value");
    findings = worst_of(
        findings,
        "privacy.reconstruction",
        "Reconstruction of a secret column",
    );
    findings.insert(1, copies::repeated(ground));
    findings.extend(membership::findings(
        &membership::Membership { seed },
        ground,
        claimed,
    ));
    findings
}

/// Puts the worst of several findings of one kind in their place, and the others into its table.
fn worst_of(mut findings: Vec<Finding>, kind: &str, title: &str) -> Vec<Finding> {
    let of_kind: Vec<usize> = (0..findings.len())
        .filter(|&place| findings[place].id.starts_with(kind))
        .collect();
    let (Some(&first), true) = (of_kind.first(), of_kind.len() > 1) else {
        return findings;
    };
    let value = |finding: &Finding| {
        finding.number().map_or(f64::NEG_INFINITY, |number| {
            number.value - number.best_reachable.unwrap_or(0.0)
        })
    };
    let alarmed =
        |finding: &Finding| matches!(finding.standing, Standing::Bad | Standing::Attention);
    let mut worst = first;
    for &place in &of_kind {
        let (one, best) = (&findings[place], &findings[worst]);
        if (alarmed(one), value(one)) > (alarmed(best), value(best)) {
            worst = place;
        }
    }
    let mut table = crate::finding::Table::of(["secret", "risk", "95 % interval", "stands"]);
    for &place in &of_kind {
        let finding = &findings[place];
        let secret = finding.id.rsplit('.').next().unwrap_or_default().to_owned();
        let (risk, interval) = match &finding.outcome {
            Outcome::Computed(number) => (
                number.written(),
                number.interval.map_or_else(String::new, |interval| {
                    format!("{} to {}", percent(interval.low), percent(interval.high))
                }),
            ),
            Outcome::NotComputed { why } => (format!("not computed: {why}"), String::new()),
        };
        table.push([secret, risk, interval, finding.standing.word().to_owned()]);
    }
    let mut kept = findings[worst].clone();
    let secret = kept.id.rsplit('.').next().unwrap_or_default().to_owned();
    kept.title = format!("{title}: the worst of {}, `{secret}`", of_kind.len());
    kind.clone_into(&mut kept.id);
    kept.details.insert(
        0,
        Detail {
            title: "Every column as the secret".to_owned(),
            chart: None,
            table,
        },
    );
    let last = of_kind.last().copied().unwrap_or(first);
    findings.splice(first..=last, [kept]);
    findings
}
