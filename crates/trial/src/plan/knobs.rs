//! Knobs of a plan's file, checked against its sources.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::file::wrong;
use super::{PlanError, Source, SourceKind};
use crate::knob::{Knob, Of, Reach, Setting};

const MOST_KNOBS: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KnobFile {
    of: String,
    source: Option<String>,
    values: Option<Vec<Value>>,
    from: Option<f64>,
    to: Option<f64>,
    #[serde(default)]
    scale: Scale,
    #[serde(default)]
    whole: bool,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Scale {
    #[default]
    Linear,
    Log,
}

pub(super) fn knobs(
    files: BTreeMap<String, KnobFile>,
    sources: &[Source],
) -> Result<Vec<Knob>, PlanError> {
    if files.is_empty() || files.len() > MOST_KNOBS {
        return Err(wrong(
            format!(
                "there are {} knobs, and a study turns 1 to {MOST_KNOBS}",
                files.len()
            ),
            "say what may differ between data sets: `knobs: {amount: {of: amount, values: [500, 1000]}}`",
        ));
    }
    let mut knobs: Vec<Knob> = Vec::new();
    for (name, file) in files {
        let place = format!("knob `{name}`");
        let knob = knob(name, file, sources).map_err(|error| error.at(&place))?;
        if let Some(other) = knobs
            .iter()
            .find(|other| other.of == knob.of && other.source == knob.source)
        {
            return Err(wrong(
                format!("knob `{}` turns the same", other.name),
                "leave out one of them",
            )
            .at(&place));
        }
        knobs.push(knob);
    }
    Ok(knobs)
}

fn knob(name: String, file: KnobFile, sources: &[Source]) -> Result<Knob, PlanError> {
    let of = Of::parse(&file.of)?;
    let has = |name: &str| sources.iter().any(|source| source.name == name);
    let named = || {
        let names: Vec<String> = sources.iter().map(|s| format!("`{}`", s.name)).collect();
        format!("the sources are {}", names.join(", "))
    };
    if let Some(source) = &file.source
        && !has(source)
    {
        return Err(wrong(format!("there is no source `{source}`"), named()));
    }
    if let Of::Weight(source) = &of
        && !has(source)
    {
        return Err(wrong(
            format!("there is no source `{source}` to weigh"),
            named(),
        ));
    }
    let kind = match &of {
        Of::Set(_) => Some(SourceKind::Recipe),
        Of::Share(_) | Of::Times(_) | Of::Move(_) | Of::Temperature | Of::Draw => {
            Some(SourceKind::Model)
        }
        Of::Amount | Of::Weight(_) | Of::Learner(_) => None,
    };
    let about = |source: &Source| file.source.as_ref().is_none_or(|own| *own == source.name);
    if let Some(kind) = kind
        && !sources
            .iter()
            .any(|source| source.kind == kind && about(source))
    {
        let what = if kind == SourceKind::Recipe {
            "a recipe"
        } else {
            "a model"
        };
        return Err(wrong(
            format!("it turns what {what} has, and none of the sources that it is about is one"),
            named(),
        ));
    }
    let reach = match (file.values, file.from, file.to) {
        (Some(values), None, None) if !values.is_empty() => Reach::Values(values),
        (None, Some(from), Some(to)) if from < to && from.is_finite() && to.is_finite() => {
            let log = file.scale == Scale::Log;
            if log && from <= 0.0 {
                return Err(wrong(
                    "`scale: log` begins at or below 0",
                    "let `from` be above 0",
                ));
            }
            Reach::Range {
                from,
                to,
                log,
                whole: file.whole || of == Of::Amount,
            }
        }
        _ => {
            return Err(wrong(
                "it does not say what it can be turned to",
                "write `values: [a, b]`, or `from:` and `to:` with two numbers, the lower first",
            ));
        }
    };
    let (least, most, what) = match &of {
        Of::Amount => (1.0, 1e9, "an amount is a whole number from 1"),
        Of::Weight(_) => (0.0, 1e9, "a weight is a number from 0"),
        Of::Share(_) => (0.0, 1.0, "a share is a number from 0 to 1"),
        Of::Times(_) => (0.0, 1e9, "times is a number from 0"),
        Of::Temperature => (1e-3, 1e3, "a temperature is a number above 0"),
        Of::Move(_) => (f64::MIN, f64::MAX, "a column moves by a number"),
        Of::Draw | Of::Set(_) | Of::Learner(_) => (f64::NAN, f64::NAN, ""),
    };
    if !what.is_empty() {
        let fits = |value: &f64| *value >= least && *value <= most;
        let all = match &reach {
            // `null` leaves it as the sources say.
            Reach::Values(values) => values
                .iter()
                .all(|value| value.is_null() || value.as_f64().as_ref().is_some_and(fits)),
            Reach::Range { from, to, .. } => fits(from) && fits(to),
        };
        if !all {
            return Err(wrong(
                format!("one of its values does not fit: {what}"),
                "change it",
            ));
        }
    }
    if of == Of::Draw
        && !matches!(&reach, Reach::Values(values) if values.iter().all(|value| value.is_null() || matches!(value.as_str(), Some("plain" | "refined"))))
    {
        return Err(wrong(
            "rows are drawn `plain` or `refined`",
            "write `values: [plain, refined]`",
        ));
    }
    Ok(Knob {
        name,
        of,
        source: file.source,
        reach,
    })
}

pub(super) fn base(base: BTreeMap<String, Value>, knobs: &[Knob]) -> Result<Setting, PlanError> {
    for (name, value) in &base {
        let knob = knobs
            .iter()
            .find(|knob| knob.name == *name)
            .ok_or_else(|| {
                wrong(
                    format!("`base` turns `{name}`, and there is no such knob"),
                    "name knobs of the plan",
                )
            })?;
        // A base may lie outside the range that is searched; it must be of its kind.
        let kind_fits = match &knob.reach {
            Reach::Range { .. } => value.is_number(),
            Reach::Values(values) => values.contains(value),
        };
        if !kind_fits {
            return Err(wrong(
                format!("`base` turns `{name}` to {value}, which it cannot be turned to"),
                "write one of its values",
            ));
        }
    }
    Ok(base)
}
