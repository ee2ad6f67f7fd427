//! Marks in the paint: scratches, cracks, chips and rust.

use damage::paint::{CLEAR_UM, Canvas, FULL_UM, METAL_UM, PRIMER_UM};
use glam::{Vec2, Vec3};
use population::stream::Stream;
use scene::annotation::DamageKind;
use vehicle::CarPart;

use super::dents::scuff;
use super::{Spot, Wear, scaled};
use crate::car::is_sheet;
use crate::error::StagingError;

/// Whether a part is painted.
fn is_painted(part: CarPart) -> bool {
    is_sheet(part) || matches!(part, CarPart::FrontBumper | CarPart::RearBumper)
}

fn unit(stream: &mut Stream) -> f32 {
    stream.uniform() as f32
}

/// A line from `from` that wanders around a direction.
fn wander(from: Vec2, angle: f32, length: f32, unrest: f32, stream: &mut Stream) -> Vec<Vec2> {
    let steps = (length / 0.03).ceil().clamp(4.0, 60.0) as usize;
    let mut path = vec![from];
    let (mut at, mut turn) = (from, angle);
    for _ in 0..steps {
        turn += unrest * (unit(stream) - 0.5) - 0.1 * (turn - angle);
        at += Vec2::from_angle(turn) * (length / steps as f32);
        path.push(at);
    }
    path
}

impl Wear<'_> {
    /// Keys drawn along, branches, or a wall that was scraped along.
    pub(super) fn scratch(
        &mut self,
        severity: f32,
        stream: &mut Stream,
    ) -> Result<bool, StagingError> {
        let asked = self.row.category("damage.cause")?;
        let cause = match (asked, stream.uniform()) {
            ("keys", _) | ("any", ..0.5) => "keys",
            ("parking", _) | ("any", 0.5..0.75) => "parking",
            _ => "branches",
        };
        let length = scaled(0.06, 1.1, severity) * (0.7 + 0.6 * unit(stream));
        let half = (0.62 * length).clamp(0.08, 0.6);
        let Some(spot) = self.pick(stream, half, |part, at| {
            is_painted(part) && !(cause == "parking" && at.y > 0.9)
        }) else {
            return Ok(false);
        };
        let px = if half > 0.35 { 1536 } else { 1024 };
        let mut canvas = Canvas::new(spot.at, spot.normal, half, px);
        let owner = self.next_id();
        let slope = 0.5 * (unit(stream) - 0.5);
        let angle = if unit(stream) < 0.5 {
            slope
        } else {
            std::f32::consts::PI + slope
        };
        let start = -0.5 * length * Vec2::from_angle(angle);
        let mut main = Vec::new();
        match cause {
            "parking" => {
                scuff(&mut canvas, owner, severity, stream);
                main = vec![Vec2::new(-0.5 * length, 0.0), Vec2::new(0.5 * length, 0.0)];
            }
            "keys" => {
                let lines = 1 + stream.below(1 + (2.5 * severity) as u64);
                for k in 0..lines {
                    let beside = Vec2::new(0.0, 0.02 * k as f32 * (unit(stream) - 0.3));
                    let own = length * (0.6 + 0.4 * unit(stream));
                    let path = wander(start + beside, angle, own, 0.18, stream);
                    let depth = scaled(30.0, 125.0, (severity + 0.3 * unit(stream)).min(1.0));
                    let width = 6e-4 + 2.0e-3 * severity * unit(stream);
                    // Never as deep as rust shows.
                    canvas.scratch(owner, &path, width, depth.min(METAL_UM + 4.0));
                    if k == 0 {
                        main = path;
                    }
                }
            }
            _ => {
                for _ in 0..4 + (14.0 * severity) as usize {
                    let beside = Vec2::new(
                        0.1 * (unit(stream) - 0.5),
                        0.3 * half * (unit(stream) - 0.5),
                    );
                    let own = length * (0.3 + 0.6 * unit(stream));
                    let path = wander(start + beside, angle, own, 0.3, stream);
                    canvas.scratch(owner, &path, 5e-4, 10.0 + 25.0 * unit(stream));
                    if main.is_empty() {
                        main = path;
                    }
                }
            }
        }
        Ok(self.marked(
            DamageKind::Scratch,
            cause,
            severity,
            &spot,
            canvas,
            &main,
            is_painted,
        ))
    }

    /// A gap in a bumper's plastic.
    pub(super) fn crack(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let is_bumper = |part| matches!(part, CarPart::FrontBumper | CarPart::RearBumper);
        let length = scaled(0.06, 0.5, severity);
        let Some(spot) = self.pick(stream, length, |part, _| is_bumper(part)) else {
            return false;
        };
        let mut canvas = Canvas::new(spot.at, spot.normal, (0.7 * length).max(0.08), 1024);
        let owner = self.next_id();
        let angle = std::f32::consts::TAU * unit(stream);
        let start = -0.5 * length * Vec2::from_angle(angle);
        let main = wander(start, angle, length, 0.9, stream);
        canvas.scratch(owner, &main, 1.5e-3 + 4e-3 * severity, FULL_UM);
        for _ in 0..(3.0 * severity + unit(stream)) as usize {
            let from = main[stream.below(main.len() as u64) as usize];
            let side = angle + if unit(stream) < 0.5 { 0.9 } else { -0.9 };
            let fork = wander(from, side, 0.35 * length, 0.9, stream);
            canvas.scratch(owner, &fork, 1.2e-3 + 2e-3 * severity, FULL_UM);
        }
        self.marked(
            DamageKind::Crack,
            "bending",
            severity,
            &spot,
            canvas,
            &main,
            is_bumper,
        )
    }

    /// What stones leave on the front.
    pub(super) fn chips(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let half = 0.42;
        let Some(spot) = self.pick(stream, half, |part, _| {
            matches!(part, CarPart::Bonnet | CarPart::FrontBumper)
        }) else {
            return false;
        };
        let mut canvas = Canvas::new(spot.at, spot.normal, half, 1536);
        let owner = self.next_id();
        for _ in 0..scaled(6.0, 110.0, severity) as usize {
            let at = Vec2::new(unit(stream) - 0.5, unit(stream) - 0.5) * 1.8 * half;
            let radius = 5e-4 + 2.6e-3 * unit(stream).powi(3) * (0.5 + severity);
            let depth = if unit(stream) < 0.5 {
                METAL_UM + 3.0
            } else {
                PRIMER_UM + 8.0
            };
            canvas.chip(owner, at, radius, depth, stream);
        }
        self.marked(
            DamageKind::Chips,
            "stones",
            severity,
            &spot,
            canvas,
            &[],
            is_painted,
        )
    }

    /// Corrosion, low and at the edges of wheel arches.
    pub(super) fn rust(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let low = 0.55 * self.car.frame.height_m;
        let half = 0.5 * self.car.frame.wheelbase_m;
        let reach = self.car.frame.tyre_radius_m + 0.2;
        let near_wheel = move |at: Vec3| {
            [half, -half]
                .iter()
                .any(|z| Vec2::new(at.z - z, at.y - reach + 0.2).length() < reach)
        };
        let size = scaled(0.012, 0.16, severity);
        let half = (1.6 * size).clamp(0.05, 0.4);
        let Some(spot) = self.pick(stream, half, |part, at| {
            is_sheet(part) && !(at.y > low || (at.y > 0.45 && !near_wheel(at)))
        }) else {
            return false;
        };
        let mut canvas = Canvas::new(spot.at, spot.normal, half, 1024);
        let owner = self.next_id();
        for k in 0..=stream.below(3) {
            let away = if k == 0 { 0.0 } else { 0.7 * half };
            let at = away * Vec2::from_angle(std::f32::consts::TAU * unit(stream));
            let own = if k == 0 {
                size
            } else {
                size * (0.15 + 0.4 * unit(stream))
            };
            canvas.rust(owner, at, own, stream);
        }
        self.marked(
            DamageKind::Rust,
            "corrosion",
            severity,
            &spot,
            canvas,
            &[],
            is_sheet,
        )
    }

    /// Lays a canvas and measures what is on it; `false` where it covers nothing.
    #[expect(clippy::too_many_arguments, reason = "what a mark is, said once")]
    pub(super) fn marked(
        &mut self,
        kind: DamageKind,
        cause: &'static str,
        severity: f32,
        spot: &Spot,
        canvas: Canvas,
        main: &[Vec2],
        fits: impl Fn(CarPart) -> bool,
    ) -> bool {
        let laid = self.lay(&canvas, fits);
        let mut damage = self.blank(kind, cause, severity, spot);
        let pieces = self.of(&laid);
        let marked = canvas.measure(&pieces, damage.id, CLEAR_UM);
        damage.area_m2 = f64::from(marked.area_m2);
        damage.paint_depth_m = f64::from(marked.depth_um) * 1e-6;
        if !main.is_empty() {
            damage.length_m = f64::from(canvas.length_m(&pieces, main));
            damage.width_m = damage.area_m2 / damage.length_m.max(1e-4);
        }
        damage.reach = vec![(spot.at.as_dvec3(), f64::from(1.5 * canvas.half_m()))];
        let radius = 1.1 * canvas.half_m();
        self.canvases.push(canvas);
        if marked.area_m2 <= 0.0 {
            return false;
        }
        self.add(damage, spot, radius);
        true
    }
}
