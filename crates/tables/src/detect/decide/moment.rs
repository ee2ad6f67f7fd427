//! Columns of dates and times.

use crate::detect::decide::seen::Seen;
use crate::detect::decide::{CODE_SEEN, CODES, Decision, NEARLY_ALL};
use crate::detect::distinct::{Value, Values};
use crate::detect::moment;
use crate::detect::summary::STEPS_S;
use crate::format::{MomentFormat, Zone};
use crate::table::{Kind, Storage};

/// A column of moments, if it is one: in the pattern `asked` for, else in the one that most values follow.
pub(super) fn moment(seen: &Seen, asked: Option<&MomentFormat>, forced: bool) -> Option<Decision> {
    if seen.moments > 0 {
        return Some(stored_moment(seen));
    }
    let (spelling, mut missing, other_spellings) = seen.spelling(false);
    let (format, share, doubtful, several_zones) = if let Some(format) = asked {
        (format.clone(), share(&seen.values, format), false, false)
    } else {
        let found = moment::find(&seen.values)?;
        (
            found.format,
            found.share,
            found.doubtful,
            found.several_zones,
        )
    };
    let mut codes: Vec<String> = seen
        .values
        .kept
        .iter()
        .filter(|value| value.count >= CODE_SEEN && format.read(&value.text).is_none())
        .map(|value| value.text.to_string())
        .chain(
            other_spellings
                .iter()
                .filter(|(_, count)| *count >= CODE_SEEN)
                .map(|(text, _)| (*text).to_owned()),
        )
        .collect();
    codes.sort();
    codes.truncate(254);
    let rest = seen
        .values
        .without(|text| codes.iter().any(|code| code == text));
    let clean = self::share(&rest, &format);
    if (clean < NEARLY_ALL || codes.len() > CODES || share < 0.2) && !(forced && share > 0.0) {
        return None;
    }
    let all: u64 = rest.kept.iter().map(|value| value.count).sum();
    let strays: Vec<&Value> = rest
        .kept
        .iter()
        .filter(|value| format.read(&value.text).is_none())
        .collect();
    let stray: u64 = strays.iter().map(|value| value.count).sum();
    let mut facts = seen.facts(missing);
    if stray > 0 {
        // Of a sample, where the column has more values than are kept.
        let share = stray as f64 / all as f64 * 100.0;
        missing += stray;
        facts.notes.push(format!(
            "{share:.2} % of the values are no date or time of this pattern and are read as missing"
        ));
    }
    facts.missing = missing;
    if doubtful {
        facts
            .notes
            .push("day and month could be the other way round; give the pattern if so".to_owned());
    }
    if several_zones {
        facts
            .notes
            .push("several distances to UTC; the most frequent one is written".to_owned());
    }
    let format = coarser(format.clone(), &rest, &format);
    Some(Decision {
        columns: vec![seen.column(Kind::Moment(format), spelling, codes)],
        facts,
    })
}

/// Whole days, hours or minutes, where the pattern could write more.
fn coarser(format: MomentFormat, values: &Values, read: &MomentFormat) -> MomentFormat {
    let offset = match read.zone() {
        Zone::Wall => 0.0,
        Zone::Offset(seconds) => f64::from(seconds),
    };
    let moments: Vec<f64> = values
        .kept
        .iter()
        .filter_map(|value| read.read(&value.text))
        .map(|value| value + offset)
        .collect();
    let step = STEPS_S.into_iter().find(|step| {
        *step > format.step_s()
            && moments.len() >= 100
            && moments
                .iter()
                .all(|moment| ((moment / step).round() * step - moment).abs() < 1e-6)
    });
    match step {
        Some(step) => format.with_step_s(step),
        None => format,
    }
}

fn share(values: &Values, format: &MomentFormat) -> f64 {
    let all: u64 = values.kept.iter().map(|value| value.count).sum();
    let read: u64 = values
        .kept
        .iter()
        .filter(|value| format.read(&value.text).is_some())
        .map(|value| value.count)
        .sum();
    read as f64 / all.max(1) as f64
}

/// A column stored as dates or timestamps, in the form of ISO 8601.
fn stored_moment(seen: &Seen) -> Decision {
    let pattern = match seen.storage {
        Storage::Date => "%Y-%m-%d",
        Storage::Timestamp { utc: true, .. } if seen.steps[3] => "%Y-%m-%dT%H:%M:%SZ",
        Storage::Timestamp { utc: true, .. } => "%Y-%m-%dT%H:%M:%S%fZ",
        Storage::Timestamp { utc: false, .. } if seen.steps[3] => "%Y-%m-%d %H:%M:%S",
        Storage::Timestamp { utc: false, .. } => "%Y-%m-%d %H:%M:%S%f",
        _ if seen.steps[3] => "%H:%M:%S",
        _ => "%H:%M:%S%f",
    };
    let step = STEPS_S
        .into_iter()
        .zip(seen.steps)
        .find(|(_, all)| *all)
        .map(|(step, _)| step);
    // The patterns above are right.
    let format = MomentFormat::parse(pattern).map(|format| match step {
        Some(step) if step > format.step_s() => format.with_step_s(step),
        _ => format,
    });
    let kind = format.map_or(Kind::Category, Kind::Moment);
    Decision {
        columns: vec![seen.column(kind, None, Vec::new())],
        facts: seen.facts(seen.nulls),
    }
}
