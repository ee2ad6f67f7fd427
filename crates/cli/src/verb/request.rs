//! What a command line wants of a model's rows.

use std::fs;
use std::path::Path;

use tables::linked::{LinkedModel, LinkedRequest, LinkedRule, LinkedWish};
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
        let (target, group) = groups(text)?;
        wishes.push(Wish::Parity {
            target: target.to_owned(),
            group: group.to_owned(),
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

/// The request of these arguments, about the tables of a linked model.
pub(super) fn of_linked(args: &ModelArgs, model: &LinkedModel) -> Result<LinkedRequest, Failure> {
    let mut request = LinkedRequest {
        temperature: args.temperature,
        ..LinkedRequest::default()
    };
    for text in &args.share {
        let (condition, share) = parted(text, "--share \"client.gender = 'F': 30%\"")?;
        let share = number(share, text)?;
        let condition = model.condition(condition)?;
        request.wishes.push(LinkedWish::share(condition, share));
    }
    for text in &args.times {
        let (condition, factor) = parted(text, "--times \"loan.status = 'D': 5\"")?;
        let factor = number(factor, text)?;
        let condition = model.condition(condition)?;
        request.wishes.push(LinkedWish::times(condition, factor));
    }
    for text in &args.moved {
        let (column, by) = parted(text, "--move \"loan.amount: +5\"")?;
        request
            .wishes
            .push(model.wish_to_move(column, number(by, text)?)?);
    }
    for text in &args.fair {
        let (target, group) = groups(text)?;
        request.wishes.push(model.wish_to_be_fair(target, group)?);
    }
    for text in &args.given {
        request.given.push(model.condition(text)?);
    }
    if let Some(path) = &args.rules {
        request.rules = linked_rules(path, model)?;
    }
    Ok(request)
}

/// The rules of a file about several tables.
pub(super) fn linked_rules(path: &Path, model: &LinkedModel) -> Result<Vec<LinkedRule>, Failure> {
    Ok(model.read_rules(&text_of(path)?, &path.display().to_string())?)
}

fn groups(text: &str) -> Result<(&str, &str), Failure> {
    let (target, group) = text.rsplit_once(" by ").ok_or_else(|| {
        Failure::new(format!("`{text}` does not say between which groups"))
            .with_hint("write `--fair \"income by sex\"`")
    })?;
    Ok((target.trim(), group.trim()))
}

pub(super) fn text_of(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", path.display()))
            .with_hint("give a YAML file with `rules: [age >= 18]`")
    })
}

/// The rules of a file.
pub(super) fn rules(path: &Path, columns: &[Column]) -> Result<Vec<Rule>, Failure> {
    let text = text_of(path)?;
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
