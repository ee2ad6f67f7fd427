//! What a command line wants of a model's rows.

use std::fs;
use std::path::Path;

use tables::model::{Request, ShareReport, Wish};
use tables::{Column, Rule};

use crate::args::ModelArgs;
use crate::failure::Failure;

/// The request of these arguments, about these columns.
pub(super) fn of(args: &ModelArgs, columns: &[Column]) -> Result<Request, Failure> {
    let rule = |text: &str| Rule::parse(text, columns).map_err(Failure::from);
    let mut wishes = Vec::new();
    for text in &args.share {
        let (condition, share) = parted(text, "--share \"churn = 'yes': 30%\"")?;
        let share = number(share, text)?;
        wishes.push(Wish::Share {
            condition: rule(condition)?,
            share,
        });
    }
    for text in &args.times {
        let (condition, factor) = parted(text, "--times \"fraud = 'yes': 5\"")?;
        wishes.push(Wish::Times {
            condition: rule(condition)?,
            factor: number(factor, text)?,
        });
    }
    for text in &args.moved {
        let (column, by) = parted(text, "--move \"age: +5\"")?;
        wishes.push(Wish::Move {
            column: column.to_owned(),
            by: number(by, text)?,
        });
    }
    for text in &args.fair {
        let (target, group) = text.rsplit_once(" by ").ok_or_else(|| {
            Failure::new(format!("`{text}` does not say between which groups"))
                .with_hint("write `--fair \"income by sex\"`")
        })?;
        wishes.push(Wish::Parity {
            target: target.trim().to_owned(),
            group: group.trim().to_owned(),
        });
    }
    let given: Result<Vec<Rule>, Failure> = args.given.iter().map(|text| rule(text)).collect();
    Ok(Request {
        given: given?,
        rules: match &args.rules {
            Some(path) => rules(path, columns)?,
            None => Vec::new(),
        },
        wishes,
        temperature: args.temperature,
        patterns: Vec::new(),
    })
}

/// The rules of a file.
pub(super) fn rules(path: &Path, columns: &[Column]) -> Result<Vec<Rule>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", path.display()))
            .with_hint("give a YAML file with `rules: [age >= 18]`")
    })?;
    Ok(tables::read_rules(
        &text,
        &path.display().to_string(),
        columns,
    )?)
}

fn parted<'t>(text: &'t str, example: &str) -> Result<(&'t str, &'t str), Failure> {
    let (before, after) = text.rsplit_once(':').ok_or_else(|| {
        Failure::new(format!("`{text}` has no `:` before its number"))
            .with_hint(format!("write `{example}`"))
    })?;
    Ok((before.trim(), after.trim()))
}

/// A number, also in per cent.
fn number(written: &str, whole: &str) -> Result<f64, Failure> {
    let (digits, scale) = match written.strip_suffix('%') {
        Some(digits) => (digits.trim(), 0.01),
        None => (written, 1.0),
    };
    digits
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .map(|value| value * scale)
        .ok_or_else(|| {
            Failure::new(format!("`{written}` in `{whole}` is no number"))
                .with_hint("write it with a point for decimals, or in per cent: `0.3`, `30%`")
        })
}

/// A table of shares for people.
pub(super) fn shares_in_words(report: &[ShareReport]) -> Vec<String> {
    let width = report.iter().map(|line| line.what.chars().count()).max();
    let width = width.unwrap_or(0).max("share of rows".len());
    let per_cent = |share: f64| {
        if share.is_nan() {
            "–".to_owned()
        } else {
            format!("{:.2} %", 100.0 * share)
        }
    };
    let mut lines = vec![format!(
        "{:width$}  {:>9}  {:>9}  {:>9}",
        "share of rows", "learned", "requested", "achieved"
    )];
    lines.extend(report.iter().map(|line| {
        format!(
            "{:width$}  {:>9}  {:>9}  {:>9}",
            line.what,
            per_cent(line.learned),
            per_cent(line.requested),
            per_cent(line.achieved)
        )
    }));
    lines
}
