//! How far long work is, on stderr: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dataset::Step;
use indicatif::{ProgressBar, ProgressStyle};

/// Between two lines where there is no terminal. Logs stay short, and a person who looks is not left wondering.
const BETWEEN_LINES: Duration = Duration::from_secs(20);

/// Receives progress of any kind and shows it.
#[derive(Debug)]
pub(crate) struct Meter {
    shown: Shown,
    state: Mutex<State>,
}

#[derive(Debug)]
enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines,
}

/// Of the phase in progress.
#[derive(Debug)]
struct State {
    phase: String,
    started: Instant,
    /// What was done when it started: kept samples of an earlier run must not count as speed.
    start: u64,
    line_due: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Samples,
    Bytes,
}

impl Meter {
    pub(crate) fn new(quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if io::stderr().is_terminal() {
            Shown::Bar(ProgressBar::no_length())
        } else {
            Shown::Lines
        };
        let now = now();
        let state = State {
            phase: String::new(),
            started: now,
            start: 0,
            line_due: now + BETWEEN_LINES,
        };
        Self {
            shown,
            state: Mutex::new(state),
        }
    }

    /// Prints a line of talk, above the bar if there is one.
    pub(crate) fn say(&self, line: &str) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.suspend(|| say(line)),
            Shown::Lines => say(line),
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }

    fn show(&self, phase: &str, done: u64, total: u64, unit: Unit) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now();
        let is_new = state.phase != phase;
        if is_new {
            // The first report already counts one piece done, or all that was there before.
            let start = if unit == Unit::Samples {
                done.saturating_sub(1)
            } else {
                done
            };
            *state = State {
                phase: phase.to_owned(),
                started: now,
                start,
                line_due: state.line_due,
            };
        }
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                if is_new {
                    bar.reset();
                    bar.set_style(style(unit, total));
                    bar.set_prefix(phase.to_owned());
                    bar.set_position(state.start);
                    bar.reset_eta();
                }
                bar.set_length(total.max(done));
                bar.set_position(done);
            }
            Shown::Lines => {
                if now >= state.line_due {
                    state.line_due = now + BETWEEN_LINES;
                    let seconds = (now - state.started).as_secs_f64();
                    say(&line(
                        phase,
                        done,
                        total,
                        unit,
                        done.saturating_sub(state.start),
                        seconds,
                    ));
                }
            }
        }
    }
}

/// `making samples: 12 of 64, 0.8/s, 1 min left`.
fn line(phase: &str, done: u64, total: u64, unit: Unit, since_start: u64, seconds: f64) -> String {
    let amount = |n: u64| match unit {
        Unit::Samples => n.to_string(),
        Unit::Bytes => bytes_in_words(n),
    };
    if total == 0 {
        return phase.to_owned();
    }
    let text = format!("{phase}: {} of {}", amount(done), amount(total));
    let rate = since_start as f64 / seconds;
    if rate.is_finite() && rate > 0.0 {
        let rate_in_words = match unit {
            Unit::Samples if rate >= 10.0 => format!("{rate:.0}"),
            Unit::Samples => format!("{rate:.2}"),
            Unit::Bytes => bytes_in_words(rate as u64),
        };
        let left = seconds_in_words(total.saturating_sub(done) as f64 / rate);
        return format!("{text}, {rate_in_words}/s, {left} left");
    }
    text
}

fn style(unit: Unit, total: u64) -> ProgressStyle {
    let template = match unit {
        _ if total == 0 => "{prefix}",
        Unit::Samples => "{prefix} {wide_bar} {human_pos}/{human_len}, {per_sec}, {eta} left",
        Unit::Bytes => {
            "{prefix} {wide_bar} {decimal_bytes}/{decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left"
        }
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl dataset::Progress for Meter {
    fn update(&self, step: Step, done: u64, total: u64, _bytes: u64) {
        let phase = match step {
            Step::Resuming => "looking what is there",
            Step::Making => "making samples",
            Step::Joining => "joining samples",
            Step::Tabulating => "writing rows",
            Step::Verifying => "comparing hashes",
        };
        self.show(phase, done, total, Unit::Samples);
    }
}

impl Meter {
    /// For work that this crate goes through itself.
    pub(crate) fn count(&self, phase: &str, done: u64, total: u64) {
        self.show(phase, done, total, Unit::Samples);
    }
}

/// A meter as installers of packs want it.
#[derive(Debug)]
pub(crate) struct PackMeter<'m>(pub(crate) &'m Meter);

impl scene::pack::Progress for PackMeter<'_> {
    fn report(&mut self, done_bytes: u64, total_bytes: u64, phase: &str) {
        self.0.show(phase, done_bytes, total_bytes, Unit::Bytes);
    }
}

fn say(line: &str) {
    // When stderr cannot be written there is nobody to tell.
    let _ = writeln!(io::stderr(), "{line}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "rate and time left are what a progress display is for; nothing else sees them"
)]
fn now() -> Instant {
    Instant::now()
}

/// `47.7 MB`, in powers of ten as disks are sold.
pub(crate) fn bytes_in_words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

fn seconds_in_words(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5999 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_amount_rate_and_time_left() {
        assert_eq!(
            line("making samples", 12, 64, Unit::Samples, 2, 4.0),
            "making samples: 12 of 64, 0.50/s, 2 min left"
        );
        let bytes = line(
            "downloading x",
            10_000_000,
            30_000_000,
            Unit::Bytes,
            10_000_000,
            5.0,
        );
        assert_eq!(
            bytes,
            "downloading x: 10.0 MB of 30.0 MB, 2.0 MB/s, 10 s left"
        );
    }

    #[test]
    fn nothing_is_promised_before_anything_is_known() {
        assert_eq!(
            line("making samples", 1, 64, Unit::Samples, 0, 3.0),
            "making samples: 1 of 64"
        );
        assert_eq!(line("waiting", 0, 0, Unit::Bytes, 0, 0.0), "waiting");
    }

    #[test]
    fn sizes_round_into_the_next_unit() {
        assert_eq!(
            [999, 1000, 999_949, 999_950, 47_711_600].map(bytes_in_words),
            ["999 bytes", "1.0 kB", "999.9 kB", "1.0 MB", "47.7 MB"]
        );
    }
}
