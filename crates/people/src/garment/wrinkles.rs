//! Wrinkles that follow the pose: where cloth is pressed together it buckles at right angles to the pressure.
//!
//! Six directions on the cloth are watched. Along each the posed cloth is compared with the cloth as it was fitted, and where it has become shorter, waves that run in
//! that direction are added to the relief: high where it is much shorter, none where it is stretched.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};

use super::layout::{Layout, raster};
use crate::skin::noise;
use body::proxy::Proxy;

/// Directions on the cloth, evenly over half a turn.
const DIRECTIONS: usize = 6;
/// Cloth that is shorter by this share only gives.
const SLACK: f32 = 0.03;
/// Cloth that is shorter by this share is as wrinkled as it gets.
const FULL: f32 = 0.20;
/// From one wrinkle to the next, metres.
const WAVE_M: f32 = 0.024;

/// How strongly cloth is wrinkled along each direction, on a grid over its picture.
pub(crate) struct Wrinkles {
    size: usize,
    weights: Vec<[f32; DIRECTIONS]>,
}

fn direction(k: usize) -> Vec2 {
    let (sin, cos) = (PI * k as f32 / DIRECTIONS as f32).sin_cos();
    Vec2::new(cos, sin)
}

impl Wrinkles {
    /// `fitted` and `posed` are the item's vertices before and after the skeleton moved.
    pub(crate) fn new(
        item: &Proxy,
        layout: &Layout,
        fitted: &[Vec3],
        posed: &[Vec3],
        size: usize,
    ) -> Self {
        let mut of_vertex = vec![([0.0f32; DIRECTIONS], 0.0f32); item.uvs.len()];
        for t in &layout.triangles {
            let Some(island) = layout.islands.get(t.island as usize) else {
                continue;
            };
            let [p, q, r] = t.uv_vertices.map(|v| island.metres(item.uvs[v as usize]));
            let sides = |at: &[Vec3]| {
                let [a, b, c] = t.vertices.map(|v| at[v as usize]);
                (b - a, c - a)
            };
            let pressed = pressed((q - p, r - p), sides(fitted), sides(posed));
            let area = (q - p).perp_dot(r - p).abs();
            for v in t.uv_vertices {
                let (sum, weight) = &mut of_vertex[v as usize];
                for (sum, share) in sum.iter_mut().zip(pressed) {
                    *sum += share * area;
                }
                *weight += area;
            }
        }
        for (sum, weight) in &mut of_vertex {
            for share in sum {
                *share /= weight.max(1e-12);
            }
        }
        let mut weights = vec![[0.0; DIRECTIONS]; size * size];
        // First beyond the edges, then exactly: seams have texels of their own.
        for margin in [2.0, 0.0] {
            for t in &layout.triangles {
                let corners = t.uv_vertices.map(|v| item.uvs[v as usize]);
                let of = t.uv_vertices.map(|v| of_vertex[v as usize].0);
                raster(corners, size, margin, |column, row, shares| {
                    let s = shares.clamp(Vec3::ZERO, Vec3::ONE);
                    weights[row * size + column] =
                        std::array::from_fn(|k| of[0][k] * s.x + of[1][k] * s.y + of[2][k] * s.z);
                });
            }
        }
        Self { size, weights }
    }

    /// Weights between the four nearest cells' middles.
    fn weights_at(&self, uv: Vec2) -> [f32; DIRECTIONS] {
        let (x, y) = (
            uv.x * self.size as f32 - 0.5,
            (1.0 - uv.y) * self.size as f32 - 0.5,
        );
        let cell = |at: f32| (at.max(0.0) as usize).min(self.size - 1);
        let (left, top) = (cell(x), cell(y));
        let (right, bottom) = ((left + 1).min(self.size - 1), (top + 1).min(self.size - 1));
        let (tx, ty) = (
            (x - left as f32).clamp(0.0, 1.0),
            (y - top as f32).clamp(0.0, 1.0),
        );
        let [a, b, c, d] = [(top, left), (top, right), (bottom, left), (bottom, right)]
            .map(|(row, column)| &self.weights[row * self.size + column]);
        std::array::from_fn(|k| {
            let upper = a[k] + (b[k] - a[k]) * tx;
            let lower = c[k] + (d[k] - c[k]) * tx;
            upper + (lower - upper) * ty
        })
    }

    /// Height at texture coordinates, `[0, 1]` of [`Wrinkles::RELIEF_M`]; `place` is the same in metres on the cloth.
    pub(crate) fn height(&self, uv: Vec2, place: Vec2) -> f32 {
        let weights = self.weights_at(uv);
        if weights.iter().all(|w| *w < 1e-3) {
            return 0.0;
        }
        // Wrinkles wander and end.
        let wander = noise::octaves((place * 14.0).extend(0.0), 2, 41) * 7.0;
        let broken = 0.35 + 0.65 * noise::value((place * 22.0).extend(0.0), 42);
        let mut height = 0.0;
        for (k, weight) in weights.into_iter().enumerate() {
            if weight > 0.0 {
                let phase = TAU * place.dot(direction(k)) / WAVE_M + wander + k as f32;
                // Narrow crests between broad hollows.
                height += weight * (0.5 + 0.5 * phase.cos()).powf(1.6) * broken;
            }
        }
        height.min(1.0)
    }

    /// How high a wrinkle is at most, metres.
    pub(crate) const RELIEF_M: f32 = 0.0085;
}

/// How much shorter a triangle's cloth has become along each direction, from 0 (not) to 1 (as much as counts). Sides are given in metres on the cloth, as fitted
/// and as posed.
fn pressed(cloth: (Vec2, Vec2), fitted: (Vec3, Vec3), posed: (Vec3, Vec3)) -> [f32; DIRECTIONS] {
    let area = cloth.0.perp_dot(cloth.1);
    if area.abs() < 1e-12 {
        return [0.0; DIRECTIONS];
    }
    std::array::from_fn(|k| {
        let d = direction(k);
        // d = a·side + b·side.
        let (a, b) = (d.perp_dot(cloth.1) / area, -d.perp_dot(cloth.0) / area);
        let length = |sides: (Vec3, Vec3)| (sides.0 * a + sides.1 * b).length();
        let shorter = 1.0 - length(posed) / length(fitted).max(1e-9);
        let share = ((shorter - SLACK) / (FULL - SLACK)).clamp(0.0, 1.0);
        // Directions beside the one of most pressure are pressed too; the square keeps them down.
        share * share
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cloth_buckles_along_what_presses_it_and_not_where_it_is_stretched() {
        let cloth = (Vec2::new(0.01, 0.0), Vec2::new(0.0, 0.01));
        let flat = (Vec3::X * 0.01, Vec3::Y * 0.01);
        assert_eq!(pressed(cloth, flat, flat), [0.0; DIRECTIONS]);
        // Six sevenths across, a tenth longer upwards.
        let shares = pressed(cloth, flat, (Vec3::X * 0.0085, Vec3::Y * 0.011));
        for beside in [1, DIRECTIONS - 1] {
            assert!(shares[0] > 4.0 * shares[beside], "{shares:?}");
        }
        assert_eq!(shares[DIRECTIONS / 2], 0.0);
        // Turning it in space changes nothing.
        let turned = (Vec3::Z * 0.0085, Vec3::X * 0.011);
        assert_eq!(pressed(cloth, flat, turned), shares);
    }
}
