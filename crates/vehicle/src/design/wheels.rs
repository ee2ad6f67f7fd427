//! Wheels by shape: round from the side, as low as the ground, not wider than high.

use glam::Vec2;
use scene::Mesh;

use super::names::Kind;
use super::{Evidence, Found, extent};
use crate::CarPart;

/// Of a wheel's radius, what belongs to the rim where nothing else is known.
pub(super) const RIM: f32 = 0.66;
/// Bins around a wheel's axle.
const BINS: usize = 12;

/// A wheel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wheel {
    /// Of the middle across, along.
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) z: f32,
    pub(super) radius: f32,
    half_width: f32,
}

impl Wheel {
    fn holds(&self, mesh: &Mesh) -> bool {
        let (low, high) = extent(mesh);
        let middle = 0.5 * (low + high);
        (middle.x - self.x).abs() < 1.6 * self.half_width + 0.3 * self.radius
            && Vec2::new(middle.y - self.y, middle.z - self.z).length() < 0.4 * self.radius
            && mesh
                .positions
                .iter()
                .all(|at| Vec2::new(at.y - self.y, at.z - self.z).length() < 1.06 * self.radius)
    }
}

/// Finds the wheels, in car axes before they stand on the ground, and marks their pieces.
pub(super) fn find(found: &mut [Found]) -> Vec<Wheel> {
    let (mut low, mut high) = (glam::Vec3::INFINITY, glam::Vec3::NEG_INFINITY);
    for one in found.iter().filter(|one| one.kind != Kind::LeaveOut) {
        let (l, h) = extent(&one.mesh);
        low = low.min(l);
        high = high.max(h);
    }
    let height = high.y - low.y;
    let mut wheels: Vec<Wheel> = Vec::new();
    let is_wheel = |kind: Kind| {
        matches!(
            kind,
            Kind::Wheel | Kind::Exact(CarPart::Tyre | CarPart::Rim)
        )
    };
    // Named ones first, then round ones; the largest first, so that rims fall to their tyres.
    let mut order: Vec<usize> = (0..found.len())
        .filter(|&k| is_wheel(found[k].kind) || found[k].kind == Kind::Unknown)
        .collect();
    let radius = |one: &Found| {
        let (l, h) = extent(&one.mesh);
        0.5 * (h.y - l.y).max(h.z - l.z)
    };
    order.sort_by(|&a, &b| {
        is_wheel(found[b].kind)
            .cmp(&is_wheel(found[a].kind))
            .then(radius(&found[b]).total_cmp(&radius(&found[a])))
            .then(a.cmp(&b))
    });
    for k in order {
        let one = &mut found[k];
        let named = is_wheel(one.kind);
        if wheels.iter().any(|wheel| wheel.holds(&one.mesh)) {
            if !named {
                (one.kind, one.by) = (Kind::Wheel, Evidence::Shape);
            }
            continue;
        }
        let (l, h) = extent(&one.mesh);
        let (middle, size) = (0.5 * (l + h), h - l);
        let wheel = Wheel {
            x: middle.x,
            y: middle.y,
            z: middle.z,
            radius: 0.5 * size.y.max(size.z),
            half_width: 0.5 * size.x,
        };
        let is_low = l.y - low.y < 0.12 * height && middle.y - low.y < 0.5 * height;
        let fits = (0.13..0.6).contains(&(wheel.radius / height)) && size.x < 1.7 * wheel.radius;
        let fits = fits && (0.88..1.14).contains(&(size.y / size.z.max(1e-6)));
        if (named && fits) || (is_low && fits && is_round(&one.mesh, &wheel)) {
            wheels.push(wheel);
            if !named {
                (one.kind, one.by) = (Kind::Wheel, Evidence::Shape);
            }
        }
    }
    wheels
}

/// Whether its outline from the side is a circle.
fn is_round(mesh: &Mesh, wheel: &Wheel) -> bool {
    let mut reach = [0.0_f32; BINS];
    for triangle in &mesh.triangles {
        for k in 0..3 {
            let [a, b] = [triangle[k], triangle[(k + 1) % 3]].map(|v| {
                let at = mesh.positions[v as usize];
                Vec2::new(at.y - wheel.y, at.z - wheel.z)
            });
            for step in 0..5 {
                let at = a.lerp(b, step as f32 / 4.0);
                let turn = at.y.atan2(at.x) / std::f32::consts::TAU + 0.5;
                let bin = ((turn * BINS as f32) as usize).min(BINS - 1);
                reach[bin] = reach[bin].max(at.length());
            }
        }
    }
    reach
        .iter()
        .all(|r| (0.85..1.06).contains(&(r / wheel.radius)))
}

/// Whether wheels stand one behind the other, as a motorcycle's.
pub(super) fn in_line(wheels: &[Wheel], width: f32) -> bool {
    let middle = wheels.iter().map(|wheel| wheel.x).sum::<f32>() / wheels.len().max(1) as f32;
    (2..=3).contains(&wheels.len())
        && wheels
            .iter()
            .all(|wheel| (wheel.x - middle).abs() < 0.1 * width)
}

/// Where the front and rear axles are, if there are wheels on both.
pub(super) fn axles(wheels: &[Wheel]) -> Option<[f32; 2]> {
    let front = wheels
        .iter()
        .map(|wheel| wheel.z)
        .fold(f32::NEG_INFINITY, f32::max);
    let rear = wheels
        .iter()
        .map(|wheel| wheel.z)
        .fold(f32::INFINITY, f32::min);
    let radius = wheels.iter().map(|wheel| wheel.radius).fold(0.0, f32::max);
    (front - rear > 2.5 * radius && radius > 0.0).then_some([front, rear])
}
