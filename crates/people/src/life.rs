//! What living bodies do by themselves in a sequence: blink, look about, move the head, and the mouth while they talk.
//!
//! Everything is a function of `pose.seed` and the time, so frames can be made in any order. In single pictures nothing of it happens.

use std::f64::consts::TAU;

use glam::{DMat3, DVec3};
use population::row::{Row, RowError};
use population::sequence::Moment;
use population::stream::{Seed, Stream, Streams};

/// Lids count as closed beyond this: eyes four fifths shut (P80 of PERCLOS, Wierwille 1994).
const SHUT: f64 = 0.8;
/// What PERCLOS looks back on, seconds.
const MINUTE_S: f64 = 60.0;
/// Of a blink's length lids fall for this share and rise for twice of it (Evinger 1991: rising takes about twice as long).
const FALL: f64 = 0.22;

/// One moment of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Life {
    /// How far a blink has the lids closed, `0..=1`.
    pub(crate) closure: f32,
    /// Turns where the eyes look, in the head's axes.
    pub(crate) gaze: DMat3,
    /// Added to the head's yaw, pitch and roll, degrees.
    pub(crate) head_deg: [f64; 3],
    /// The named expression's strength against the row's.
    pub(crate) expression: f32,
    /// Weight of the open jaw that talking adds.
    pub(crate) jaw: f32,
    /// Share of the minute before in which the eyes were shut, `0..=1`; `None` in single pictures.
    pub(crate) perclos: Option<f64>,
}

impl Life {
    const STILL: Self = Self {
        closure: 0.0,
        gaze: DMat3::IDENTITY,
        head_deg: [0.0; 3],
        expression: 1.0,
        jaw: 0.0,
        perclos: None,
    };

    /// Whether time passes: not in single pictures.
    pub(crate) fn goes_on(&self) -> bool {
        self.perclos.is_some()
    }

    /// At the moment of a row.
    pub(crate) fn at(row: &Row, moment: Option<Moment>) -> Result<Self, RowError> {
        let Some(moment) = moment else {
            return Ok(Self::STILL);
        };
        let streams = Streams::new(Seed(row.integer("pose.seed")?.unsigned_abs()), 0);
        let time_s = moment.time_s;
        let blinks = Blinks {
            per_min: row.number("eyelids.blinks_per_min")?,
            length_s: row.number("eyelids.blink_s")?,
        };
        let droop = row.number("eyelids.closure")?;
        let train = blinks.between(&streams, time_s - MINUTE_S, time_s);
        let closure = closure_at(&train, time_s);
        let wander_deg = row.number("gaze.wander_deg")?;
        let [yaw, pitch] = glance(&streams, time_s).map(|spread| spread * wander_deg);
        let (sway_deg, talking) = (
            row.number("head.sway_deg")?,
            row.category("expression")? == "talking",
        );
        let waves = |name: &str| Waves::new(&mut streams.stream(name)).at(time_s);
        let speech = if talking {
            speech(&streams, time_s)
        } else {
            0.0
        };
        Ok(Self {
            closure: closure as f32,
            gaze: DMat3::from_rotation_y(yaw.to_radians())
                * DMat3::from_axis_angle(DVec3::X, pitch.to_radians()),
            head_deg: ["life/head/yaw", "life/head/pitch", "life/head/roll"]
                .map(|name| sway_deg * waves(name)),
            expression: if talking {
                0.6
            } else {
                1.0 - 0.15 * (0.5 + 0.5 * waves("life/expression")) as f32
            },
            jaw: (0.35 * speech) as f32,
            perclos: Some(shut_share(&train, time_s, droop)),
        })
    }
}

/// How often and how long somebody blinks.
struct Blinks {
    per_min: f64,
    length_s: f64,
}

/// One blink, seconds.
#[derive(Debug, Clone, Copy)]
struct Blink {
    from_s: f64,
    length_s: f64,
}

/// Blinks lie in slots of time, each slot with a stream of its own, so that a moment needs no history.
const SLOT_S: f64 = 10.0;

impl Blinks {
    /// All that touch an interval.
    fn between(&self, streams: &Streams, from_s: f64, to_s: f64) -> Vec<Blink> {
        let first = ((from_s - 4.0 * self.length_s) / SLOT_S).floor() as i64;
        let last = (to_s / SLOT_S).floor() as i64;
        let mut train: Vec<Blink> = (first..=last)
            .flat_map(|slot| self.slot(streams, slot))
            .collect();
        // The next one waits until the lids are up again.
        train.sort_by(|a, b| a.from_s.total_cmp(&b.from_s));
        let mut free_s = f64::MIN;
        train.retain(|blink| {
            let fits = blink.from_s >= free_s;
            if fits {
                free_s = blink.from_s + blink.length_s + 0.15;
            }
            fits
        });
        train
    }

    /// A Poisson process, slot by slot.
    fn slot(&self, streams: &Streams, slot: i64) -> Vec<Blink> {
        let mut stream = streams.stream(&format!("life/blinks/{slot}"));
        let per_s = self.per_min / 60.0;
        let mut train = Vec::new();
        if per_s <= 0.0 {
            return train;
        }
        let mut at_s = 0.0;
        loop {
            at_s -= (1.0 - stream.uniform()).ln() / per_s;
            if at_s >= SLOT_S {
                return train;
            }
            train.push(Blink {
                from_s: slot as f64 * SLOT_S + at_s,
                length_s: self.length_s * stream.range(0.7, 1.4),
            });
        }
    }
}

/// How far the lids are closed by blinks.
fn closure_at(train: &[Blink], time_s: f64) -> f64 {
    train
        .iter()
        .map(|blink| course((time_s - blink.from_s) / blink.length_s))
        .fold(0.0, f64::max)
}

/// A blink from 0 to 1 of its length: down, shut, up more slowly.
fn course(t: f64) -> f64 {
    let smooth = |t: f64| {
        let t = t.clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    };
    if (0.0..1.0).contains(&t) {
        smooth(t / FALL).min(smooth((1.0 - t) / (2.0 * FALL)))
    } else {
        0.0
    }
}

/// Share of the last minute with the lids beyond [`SHUT`], drooping lids counted in.
fn shut_share(train: &[Blink], time_s: f64, droop: f64) -> f64 {
    if droop >= SHUT {
        return 1.0;
    }
    // Where the course crosses: solved once, it is the same for every blink.
    let crossing = {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if middle * middle * (3.0 - 2.0 * middle) < SHUT {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    };
    let (down, up) = (FALL * crossing, 1.0 - 2.0 * FALL * crossing);
    let shut: f64 = train
        .iter()
        .map(|blink| {
            let from = (blink.from_s + down * blink.length_s).max(time_s - MINUTE_S);
            let to = (blink.from_s + up * blink.length_s).min(time_s);
            (to - from).max(0.0)
        })
        .sum();
    shut / MINUTE_S
}

/// Where eyes are in units of their spread, yaw and pitch: still for a while, then elsewhere at once (fixations of a quarter to three quarters
/// of a second, saccades that take 40 ms).
fn glance(streams: &Streams, time_s: f64) -> [f64; 2] {
    const FIXATION_S: f64 = 0.5;
    const SACCADE_S: f64 = 0.04;
    let index = (time_s / FIXATION_S).floor() as i64;
    let fixation = |index: i64| {
        let mut stream = streams.stream(&format!("life/glance/{index}"));
        let from_s = (index as f64 + stream.range(0.0, 0.5)) * FIXATION_S;
        let mut some = || stream.normal_within(0.0, 1.0, -2.0, 2.0);
        (from_s, [some(), 0.6 * some()])
    };
    let (now, before) = (fixation(index), fixation(index - 1));
    let (from, to, began) = if time_s >= now.0 {
        (before.1, now.1, now.0)
    } else {
        (fixation(index - 2).1, before.1, before.0)
    };
    let t = ((time_s - began) / SACCADE_S).clamp(0.0, 1.0);
    [0, 1].map(|k| from[k] + (to[k] - from[k]) * t)
}

/// How far the jaw is open while somebody talks: syllables, four to five a second, and pauses between phrases.
fn speech(streams: &Streams, time_s: f64) -> f64 {
    let waves = |name: &str| Waves::new(&mut streams.stream(name));
    let phrase = (0.6 + 1.2 * waves("life/speech/phrase").at(time_s)).clamp(0.0, 1.0);
    let stress = 0.7 + 0.3 * waves("life/speech/stress").at(1.7 * time_s);
    let syllable =
        0.5 + 0.5 * (TAU * 4.5 * time_s + 1.5 * waves("life/speech/beat").at(time_s)).sin();
    phrase * stress * syllable
}

/// A slow wandering between about −1 and 1: three sines of unrelated periods.
struct Waves([(f64, f64); 3]);

impl Waves {
    fn new(stream: &mut Stream) -> Self {
        Self([0.09, 0.21, 0.47].map(|hertz| {
            let own = hertz * stream.range(0.8, 1.25);
            (TAU * own, stream.range(0.0, TAU))
        }))
    }

    fn at(&self, time_s: f64) -> f64 {
        let weights = [0.5, 0.32, 0.18];
        self.0
            .iter()
            .zip(weights)
            .map(|((speed, phase), weight)| weight * (speed * time_s + phase).sin())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams() -> Streams {
        Streams::new(Seed(5), 0)
    }

    #[test]
    fn blinks_come_as_often_as_asked_and_perclos_is_what_counting_frames_finds() {
        let blinks = Blinks {
            per_min: 15.0,
            length_s: 0.3,
        };
        // 400 minutes: the count has a standard deviation of 1.3 % at most.
        let train = blinks.between(&streams(), 0.0, 24_000.0);
        let per_min = train.len() as f64 / 400.0;
        assert!((per_min - 15.0).abs() < 2.5, "{per_min}");
        let train = blinks.between(&streams(), 940.0, 1000.0);
        let frames = 60_000;
        let shut = (0..frames)
            .filter(|i| closure_at(&train, 940.0 + f64::from(*i) / 1000.0) > SHUT)
            .count();
        let counted = shut as f64 / f64::from(frames);
        let exact = shut_share(&train, 1000.0, 0.0);
        assert!((counted - exact).abs() < 1e-3, "{counted} {exact}");
        assert!(exact > 0.01);
        assert_eq!(shut_share(&train, 1000.0, 0.9), 1.0);
    }

    #[test]
    fn a_moment_does_not_depend_on_where_one_begins_to_look() {
        let blinks = Blinks {
            per_min: 40.0,
            length_s: 0.4,
        };
        let long = blinks.between(&streams(), -200.0, 300.0);
        for step in 0..2000 {
            let time_s = 200.0 + 0.05 * f64::from(step);
            let short = blinks.between(&streams(), time_s - MINUTE_S, time_s);
            assert!((closure_at(&long, time_s) - closure_at(&short, time_s)).abs() < 1e-12);
        }
    }

    #[test]
    fn eyes_rest_between_jumps() {
        let mut still = 0;
        for step in 0..1000 {
            let time_s = 3.0 + 0.01 * f64::from(step);
            let (a, b) = (
                glance(&streams(), time_s),
                glance(&streams(), time_s + 0.01),
            );
            still += u32::from(a == b);
        }
        assert!(still > 800, "{still}");
    }
}
