//! What hair must stay out of: head, neck, shoulders and clothes as a field of signed distances around the head.

use glam::{Vec3, Vec3A};

/// Extent of the field in the head's axes for an adult, metres, and its cells' side.
const LOW_M: Vec3 = Vec3::new(-0.26, -0.56, -0.30);
const HIGH_M: Vec3 = Vec3::new(0.26, 0.24, 0.20);
const CELL_M: f32 = 0.0075;
/// How far from a point of a surface it is still felt, in cells.
const REACH: i32 = 3;

/// Signed distance, positive outside, as moving least squares of points with normals (Kolluri 2008, "Provably good moving least squares"); far
/// from every surface, inside and outside alike, all is free.
pub(crate) struct Volume {
    low: Vec3A,
    /// 1 / side of a cell, metres.
    per_metre: f32,
    size: [usize; 3],
    distance: Vec<f32>,
}

impl Volume {
    /// Of points with unit normals in the head's axes, of a head of `scale`.
    pub(crate) fn new(points: impl Iterator<Item = (Vec3, Vec3)>, scale: f32) -> Self {
        let cell = CELL_M * scale;
        let low = LOW_M * scale;
        let size = ((HIGH_M - LOW_M) / CELL_M)
            .to_array()
            .map(|n| n as usize + 2);
        let count = size[0] * size[1] * size[2];
        let (mut sum, mut weight) = (vec![0.0_f32; count], vec![0.0_f32; count]);
        let reach = REACH as f32 * cell;
        for (point, normal) in points {
            let at = (point - low) / cell;
            if at.cmplt(Vec3::ZERO).any() {
                continue;
            }
            let middle = at.to_array().map(|c| c.round() as i32);
            let range = |axis: usize| {
                (middle[axis] - REACH).max(0)..(middle[axis] + REACH + 1).min(size[axis] as i32)
            };
            for z in range(2) {
                for y in range(1) {
                    for x in range(0) {
                        let away = low + Vec3::new(x as f32, y as f32, z as f32) * cell - point;
                        let d2 = away.length_squared();
                        let left = 1.0 - d2 / (reach * reach);
                        if left > 0.0 {
                            let index = (z as usize * size[1] + y as usize) * size[0] + x as usize;
                            let w = left * left / (d2 + 0.1 * cell * cell);
                            sum[index] += w * away.dot(normal);
                            weight[index] += w;
                        }
                    }
                }
            }
        }
        let distance = sum
            .iter()
            .zip(&weight)
            .map(|(sum, weight)| if *weight > 0.0 { sum / weight } else { reach })
            .collect();
        Self {
            low: low.into(),
            per_metre: 1.0 / cell,
            size,
            distance,
        }
    }

    /// Distance at a place and the direction in which it grows (not of unit length); `None` beyond the field.
    pub(crate) fn at(&self, place: Vec3) -> Option<(f32, Vec3)> {
        let at = (Vec3A::from(place) - self.low) * self.per_metre;
        let [nx, ny, nz] = self.size;
        if at.cmplt(Vec3A::ZERO).any()
            || at.x >= (nx - 1) as f32
            || at.y >= (ny - 1) as f32
            || at.z >= (nz - 1) as f32
        {
            return None;
        }
        let floor = at.floor();
        let t = at - floor;
        let (x, y, z) = (floor.x as usize, floor.y as usize, floor.z as usize);
        let first = (z * ny + y) * nx + x;
        let d = |dx: usize, dy: usize, dz: usize| self.distance[first + (dz * ny + dy) * nx + dx];
        let lerp = |a: f32, b: f32, t: f32| a + (b - a) * t;
        let (c00, c10) = (
            lerp(d(0, 0, 0), d(1, 0, 0), t.x),
            lerp(d(0, 1, 0), d(1, 1, 0), t.x),
        );
        let (c01, c11) = (
            lerp(d(0, 0, 1), d(1, 0, 1), t.x),
            lerp(d(0, 1, 1), d(1, 1, 1), t.x),
        );
        let (c0, c1) = (lerp(c00, c10, t.y), lerp(c01, c11, t.y));
        let value = lerp(c0, c1, t.z);
        let slope_x = lerp(
            lerp(d(1, 0, 0) - d(0, 0, 0), d(1, 1, 0) - d(0, 1, 0), t.y),
            lerp(d(1, 0, 1) - d(0, 0, 1), d(1, 1, 1) - d(0, 1, 1), t.y),
            t.z,
        );
        let slope_y = lerp(c10 - c00, c11 - c01, t.z);
        let slope = Vec3::new(slope_x, slope_y, c1 - c0) * self.per_metre;
        Some((value, slope))
    }

    /// The place, moved out until it is `margin_m` clear of every surface.
    pub(crate) fn clear(&self, mut place: Vec3, margin_m: f32) -> Vec3 {
        // Twice: the way out of a curved surface is no straight line.
        for _ in 0..2 {
            match self.at(place) {
                Some((distance, slope)) if distance < margin_m => {
                    place += slope.normalize_or_zero() * (margin_m - distance);
                }
                _ => break,
            }
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ball_of_points_has_a_balls_distances_and_lets_nothing_in() {
        let radius = 0.09;
        let points = (0..6000).map(|k| {
            let y = 1.0 - 2.0 * (k as f32 + 0.5) / 6000.0;
            let turn = k as f32 * 2.399_963;
            let flat = (1.0 - y * y).sqrt();
            let out = Vec3::new(flat * turn.cos(), y, flat * turn.sin());
            (out * radius, out)
        });
        let volume = Volume::new(points, 1.0);
        for k in 0..400 {
            let turn = k as f32 * 2.4;
            let out = Vec3::new(turn.cos(), (k as f32 * 0.37).sin(), turn.sin()).normalize();
            for away in [-0.006, 0.0, 0.007] {
                let (found, slope) = volume.at(out * (radius + away)).expect("near");
                assert!((found - away).abs() < 7e-4, "{away}: {found}");
                assert!(slope.normalize().dot(out) > 0.97);
            }
            let cleared = volume.clear(out * (radius - 0.008), 0.003);
            assert!(
                (cleared.length() - radius - 0.003).abs() < 8e-4,
                "{}",
                cleared.length()
            );
        }
        assert_eq!(volume.clear(Vec3::splat(0.15), 0.01), Vec3::splat(0.15));
    }
}
