//! When feet stand: a heel or a ball that is low and slow, with hysteresis.

use glam::Vec3;

use crate::clip::{Contact, Sole};
use crate::joint::Side;

/// A part is put down when it is slower than the first and goes when it is faster than the second, hip heights a second.
const SLOW: (f32, f32) = (0.22, 0.4);
/// The same of its height above where it stands, hip heights.
const LOW: (f32, f32) = (0.022, 0.034);
/// What stands lower than this stands on the floor, hip heights: markers move on feet.
const NOISE: f32 = 0.065;
/// Higher up it stands, on a step or a slope, only if it is slower than this for longer than that, hip heights a second and seconds.
const STEP: (f32, f32) = (0.08, 0.2);
/// The highest step there is, hip heights.
const STEP_HEIGHT: f32 = 0.4;
/// A shorter contact is none, seconds.
const SHORTEST_S: f32 = 0.05;
/// A gap that is shorter joins two, seconds.
const GAP_S: f32 = 0.05;

/// The path of one part of a foot, in hip heights, the ground it stands on at y = 0 when it stands.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) side: Side,
    pub(crate) sole: Sole,
    pub(crate) places: Vec<Vec3>,
}

/// The height at which a joint of the foot is while it stands: what most of its slow frames have, low ones counting more.
pub(crate) fn standing_height(places: &[Vec3], fps: f32) -> f32 {
    let speeds = speeds(places, fps);
    let mut slow: Vec<f32> = places
        .iter()
        .zip(&speeds)
        .filter(|(_, speed)| **speed < SLOW.1)
        .map(|(place, _)| place.y)
        .collect();
    if slow.len() < 3 {
        slow = places.iter().map(|place| place.y).collect();
    }
    slow.sort_by(f32::total_cmp);
    // The lowest tenth is standing, whatever else slow feet do.
    slow.get(slow.len() / 10).copied().unwrap_or(0.0)
}

/// Central differences over about 1/30 s: single frames of a fast recording are all noise.
fn speeds(places: &[Vec3], fps: f32) -> Vec<f32> {
    let reach = ((fps / 60.0).round() as usize).max(1);
    (0..places.len())
        .map(|i| {
            let (a, b) = (i.saturating_sub(reach), (i + reach).min(places.len() - 1));
            if a == b {
                0.0
            } else {
                places[a].distance(places[b]) * fps / (b - a) as f32
            }
        })
        .collect()
}

/// Finds when the part stands, and where.
pub(crate) fn find(path: &Path, fps: f32) -> Vec<Contact> {
    let speeds = speeds(&path.places, fps);
    let low = |limits: (f32, f32), y: f32, on: bool| y < if on { limits.1 } else { limits.0 };
    let mut on = false;
    let mut stands: Vec<bool> = Vec::with_capacity(speeds.len());
    for (place, &speed) in path.places.iter().zip(&speeds) {
        on = low(LOW, place.y, on) && low(SLOW, speed, on);
        stands.push(on);
    }
    // Steps: still for long, above the floor.
    let long = (STEP.1 * fps) as usize;
    let still = |i: usize| speeds[i] < STEP.0 && path.places[i].y < STEP_HEIGHT;
    let mut i = 0;
    while i < stands.len() {
        let end = (i..stands.len())
            .find(|&j| !still(j))
            .unwrap_or(stands.len());
        if end - i > long {
            stands[i..end].fill(true);
        }
        i = end.max(i + 1);
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (i, &on) in stands.iter().enumerate() {
        if !on {
            continue;
        }
        match runs.last_mut() {
            Some((_, last))
                if (i - *last) as f32 <= GAP_S * fps + 1.0 && same_place(path, *last, i) =>
            {
                *last = i;
            }
            _ => runs.push((i, i)),
        }
    }
    runs.into_iter()
        .filter(|(a, b)| (b - a) as f32 >= SHORTEST_S * fps)
        .map(|(a, b)| {
            let places = &path.places[a..=b];
            let mut place = places.iter().sum::<Vec3>() / places.len() as f32;
            // Half a hand's breadth is noise of the markers; a step is higher.
            if place.y < NOISE {
                place.y = 0.0;
            }
            Contact {
                side: path.side,
                sole: path.sole,
                from_s: a as f32 / fps,
                to_s: b as f32 / fps,
                place,
            }
        })
        .collect()
}

/// Whether a short gap lies between two moments of one standing, not between two steps.
fn same_place(path: &Path, a: usize, b: usize) -> bool {
    path.places[a].distance(path.places[b]) < 0.04
}

/// The middle of the values, or 0 of none.
pub(crate) fn median(values: &mut [f32]) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
