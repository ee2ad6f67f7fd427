//! Moments and spans of time in conditions.

use crate::format::MomentFormat;

/// A moment as the column or as ISO 8601 writes it, in seconds.
pub(super) fn moment(text: &str, format: &MomentFormat) -> Option<f64> {
    if let Some(value) = format.read(text) {
        return Some(value);
    }
    let text = text.trim();
    for pattern in [
        "%Y-%m-%d",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%H:%M:%S",
        "%H:%M",
    ] {
        let iso = MomentFormat::parse(pattern).ok()?.with_zone(format.zone());
        if let Some(value) = iso.read(text) {
            return Some(value);
        }
    }
    None
}

/// `3 days`, or `3` and `DAY`, in seconds.
pub(super) fn interval_s(text: &str, unit: Option<&str>) -> Option<f64> {
    let (count, unit) = match unit {
        Some(unit) => (text.trim(), unit),
        None => text.trim().split_once(char::is_whitespace)?,
    };
    let unit = unit.trim().to_ascii_lowercase();
    let seconds = match unit.strip_suffix('s').unwrap_or(&unit) {
        "second" => 1.0,
        "minute" => 60.0,
        "hour" => 3600.0,
        "day" => 86_400.0,
        "week" => 604_800.0,
        _ => return None,
    };
    let count: f64 = count.parse().ok()?;
    count.is_finite().then_some(count * seconds)
}
