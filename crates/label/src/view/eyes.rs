//! Eyes as gaze trackers see them, drawn over a picture.

use glam::DVec3;

use super::canvas::Canvas;
use super::overlay::{arrow, solid};
use crate::annotations::{PersonLabels, SampleLabels};
use crate::eyes::Ellipse;

const PUPIL: [u8; 3] = [255, 220, 40];
const IRIS: [u8; 3] = [60, 230, 230];
const LIMBUS: [u8; 3] = [70, 120, 255];
const GLINT: [u8; 3] = [60, 255, 90];
const HIDDEN: [u8; 3] = [255, 60, 50];
const OPTICAL: [u8; 3] = [255, 80, 220];
const VISUAL: [u8; 3] = [255, 255, 255];

/// Both eyes of a person; axes are 1 cm long.
pub(super) fn draw(
    canvas: &mut Canvas,
    person: &PersonLabels,
    labels: &SampleLabels,
    at: &impl Fn([f64; 2]) -> [f64; 2],
    pen: f64,
) {
    const LENGTH_M: f64 = 0.01;
    for eye in person.eyes.iter().flatten() {
        for (ellipse, srgb) in [(eye.limbus, LIMBUS), (eye.iris, IRIS), (eye.pupil, PUPIL)] {
            if let Some(ellipse) = ellipse {
                outline(canvas, &ellipse, at, 0.5 * pen, srgb);
            }
        }
        for glint in &eye.glints {
            if let Some([x, y]) = glint.px {
                let srgb = if glint.visible { GLINT } else { HIDDEN };
                // A cross leaves the glint itself to be seen.
                for [dx, dy] in [[1.0, 0.0], [0.0, 1.0]] {
                    for way in [-1.0, 1.0] {
                        let from = at([x, y]);
                        let arm = |length: f64| {
                            [
                                from[0] + way * dx * length * pen,
                                from[1] + way * dy * length * pen,
                            ]
                        };
                        canvas.line(arm(1.2), arm(2.6), 0.5 * pen, solid(srgb));
                    }
                }
            }
        }
        let pupil = DVec3::from(eye.pupil_world_m);
        for (axis, srgb) in [
            (eye.cornea.axis_world, OPTICAL),
            (eye.visual_axis_world, VISUAL),
        ] {
            let tip = pupil + DVec3::from(axis) * LENGTH_M;
            arrow(canvas, labels, [pupil, tip], at, 0.6 * pen, srgb);
        }
    }
}

fn outline(
    canvas: &mut Canvas,
    ellipse: &Ellipse,
    at: &impl Fn([f64; 2]) -> [f64; 2],
    pen: f64,
    srgb: [u8; 3],
) {
    const PIECES: u32 = 96;
    let point = |k: u32| {
        let turn = std::f64::consts::TAU * f64::from(k) / f64::from(PIECES);
        at(ellipse.point(turn).to_array())
    };
    for k in 0..PIECES {
        canvas.line(point(k), point(k + 1), pen, solid(srgb));
    }
}
