//! Everything that was found, in the order in which it is read.

use population::stream::Seed;
use privacy::Ledger;
use serde::Serialize;

use crate::finding::{Finding, Outcome, Standing};
use crate::ground::Ground;
use crate::limits::Broken;
use crate::{attack, fairness, fidelity};

/// Rows of a table that fidelity is told of, at most: a random sample of more, whose intervals say what that costs.
pub const COMPARED: usize = 200_000;

/// What a user may ask for.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Columns whose groups fairness is about.
    pub protect: Vec<String>,
    /// Columns that an attacker is after; every column where none is named.
    pub secret: Vec<String>,
    /// Columns that a user's model is to predict; every column where none is named.
    pub target: Vec<String>,
    /// What random choices start from.
    pub seed: u64,
    /// Rules, and how many rows keep them.
    pub rules: Vec<Kept>,
    /// Shadow models that an attacker learns; none for no such attack.
    pub shadows: Option<u32>,
    /// ε that the card of the synthetic rows claims.
    pub claimed_epsilon: Option<f64>,
}

/// A rule, and how many rows of each table keep it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// As it was written.
    pub text: String,
    /// Among the training rows.
    pub train: tables::Tally,
    /// Among the synthetic rows.
    pub synthetic: tables::Tally,
    /// Among the hold-out.
    pub holdout: Option<tables::Tally>,
}

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableAbout {
    /// `training`, `synthetic`, `hold-out`.
    pub role: String,
    /// Its file's name.
    pub name: String,
    /// How many rows or pictures.
    pub rows: u64,
    /// `rows` or `pictures`.
    pub of: &'static str,
}

/// What the report is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct About {
    /// What it answers, as a question; the page's title.
    pub question: String,
    /// Version of the program.
    pub version: String,
    /// The tables.
    pub tables: Vec<TableAbout>,
    /// Columns that are compared.
    pub columns: Vec<String>,
    /// What could not be compared, a sentence each.
    pub notes: Vec<String>,
    /// The seed of random choices.
    pub seed: u64,
    /// What the card of the synthetic rows says about privacy; none where there is no card.
    pub statement: Option<String>,
    /// Every reading of real data for this report.
    pub ledger: Ledger,
}

/// Findings about one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// `fidelity`, `privacy`, `fairness`.
    pub id: String,
    /// The question.
    pub title: String,
    /// The answer in words, from the most important down.
    pub verdict: Vec<String>,
    /// How the section stands as a whole.
    pub standing: Standing,
    /// What it stands on.
    pub findings: Vec<Finding>,
}

/// A whole report. Holds counts and shares of real data: it is not private.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it is about.
    pub about: About,
    /// The questions.
    pub sections: Vec<Section>,
    /// Limits that are not kept.
    pub broken: Vec<Broken>,
}

impl Report {
    /// Every finding.
    pub fn findings(&self) -> Vec<&Finding> {
        self.sections
            .iter()
            .flat_map(|section| &section.findings)
            .collect()
    }

    /// The finding of this name.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings().into_iter().find(|finding| finding.id == id)
    }
}

/// Makes every measure on tables that were brought to common ground.
pub fn judge(ground: &Ground, settings: &Settings) -> Vec<Section> {
    let places = |names: &[String]| -> Vec<usize> {
        names
            .iter()
            .filter_map(|name| ground.position(name))
            .collect()
    };
    let seed = Seed(settings.seed);
    // Counts of triples and sorted columns cost as much for every row, and more rows hardly narrow their intervals.
    let tables = [
        Some(&ground.train),
        Some(&ground.synthetic),
        ground.holdout.as_ref(),
    ];
    let long = tables.iter().flatten().any(|rows| rows.count > COMPARED);
    let sampled = long.then(|| ground.sample(COMPARED));
    let mut privacy = attack::findings(
        ground,
        &places(&settings.secret),
        seed,
        settings.claimed_epsilon,
    );
    privacy.push(attack::shadows::finding(ground, settings.shadows, seed));
    vec![
        section(
            "fidelity",
            "Is it like the real table?",
            fidelity::findings(
                sampled.as_ref().unwrap_or(ground),
                &places(&settings.target),
                &settings.rules,
                seed,
            ),
        ),
        section(
            "privacy",
            "Does it tell about people in the training data?",
            privacy,
        ),
        section(
            "fairness",
            "Is it the same for all groups?",
            fairness::findings(
                ground,
                &places(&settings.protect),
                &places(&settings.target),
                seed,
            ),
        ),
    ]
}

pub(crate) fn section(id: &str, title: &str, findings: Vec<Finding>) -> Section {
    let of = |standing: Standing| -> Vec<&Finding> {
        findings
            .iter()
            .filter(|finding| finding.standing == standing)
            .collect()
    };
    let titles = |findings: &[&Finding]| {
        let names: Vec<String> = findings
            .iter()
            .map(|finding| lower_first(&finding.title))
            .collect();
        match names.split_last() {
            None => String::new(),
            Some((only, [])) => only.clone(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        }
    };
    let (bad, attention, good) = (
        of(Standing::Bad),
        of(Standing::Attention),
        of(Standing::Good),
    );
    let (unsure, missing) = (of(Standing::Inconclusive), of(Standing::NotComputed));
    let privacy = id.ends_with("privacy");
    let mut verdict = Vec::new();
    let standing = if !bad.is_empty() {
        verdict.push(if privacy {
            format!(
                "No: the synthetic rows tell about people in the training data. Found by {}.",
                titles(&bad)
            )
        } else {
            format!("No: bad in {}.", titles(&bad))
        });
        Standing::Bad
    } else if !attention.is_empty() {
        Standing::Attention
    } else if !good.is_empty() {
        verdict.push(if privacy {
            format!("Nothing was found by {}. Attacks can show a leak and never its absence: only a guarantee such as differential privacy promises it.", count(good.len(), "attack"))
        } else {
            format!("Yes: {} as good as fresh real rows.", count(good.len(), "measure"))
        });
        Standing::Good
    } else if !unsure.is_empty() {
        Standing::Inconclusive
    } else {
        Standing::Neutral
    };
    if !attention.is_empty() {
        verdict.push(format!("Look closer at {}.", titles(&attention)));
    }
    if !unsure.is_empty() {
        verdict.push(format!(
            "Nothing can be concluded from {}, because a control failed.",
            titles(&unsure)
        ));
    }
    if missing.len() == findings.len()
        && let Some(Outcome::NotComputed { why }) = missing.first().map(|finding| &finding.outcome)
    {
        verdict.push(format!("Nothing was computed: {why}."));
    } else if !missing.is_empty() {
        verdict.push(format!("Not computed: {}.", titles(&missing)));
    }
    if standing == Standing::Neutral && missing.is_empty() {
        verdict.push("There are numbers, and nothing to hold them against.".to_owned());
    }
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        verdict,
        standing,
        findings,
    }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

fn lower_first(text: &str) -> String {
    // An abbreviation stays one.
    if text.chars().nth(1).is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
