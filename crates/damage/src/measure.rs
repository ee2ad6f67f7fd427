//! Depths, areas and volumes, measured on the geometry as it is.

use glam::Vec3;

use crate::piece::Piece;

/// A surface counts as changed where it lies further than this from where it was, along the normal that it had, metres.
pub const CHANGED_M: f32 = 5e-4;

/// How a piece's surface differs from what it was.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Displaced {
    /// Deepest place along the normal that the surface had there, metres; of a bulge, how far it stands out.
    pub depth_m: f32,
    /// Surface, as it was, that is moved by more than [`CHANGED_M`], m². Displacements are linear on triangles, and the area is exact for that.
    pub area_m2: f32,
    /// What lies between where that surface was and where it is, along the normal it had, m³: positive inwards.
    pub volume_m3: f32,
}

/// Measures the part of a piece that lies (lay) within `radius_m` of `centre`.
pub fn displaced(piece: &Piece, centre: Vec3, radius_m: f32) -> Displaced {
    let mut sum = Displaced::default();
    let (mut area, mut volume) = (0.0_f64, 0.0_f64);
    for triangle in &piece.mesh.triangles {
        let before = triangle.map(|v| piece.before[v as usize]);
        if !before
            .iter()
            .any(|at| at.distance_squared(centre) < radius_m * radius_m)
        {
            continue;
        }
        let heights = triangle.map(|v| piece.pressed_m(v as usize));
        let far = heights.map(f32::abs);
        let most = far.iter().copied().fold(0.0, f32::max);
        sum.depth_m = sum.depth_m.max(most);
        if most <= CHANGED_M {
            continue;
        }
        let across = (before[1] - before[0]).cross(before[2] - before[0]);
        let whole = 0.5 * f64::from(across.length());
        let (share, mean) = above(far, heights, CHANGED_M);
        area += whole * f64::from(share);
        volume += whole * f64::from(share) * f64::from(mean);
    }
    sum.area_m2 = area as f32;
    sum.volume_m3 = volume as f32;
    sum
}

/// Surface of a piece as it was, m².
pub fn area_m2(piece: &Piece) -> f32 {
    let areas = piece.mesh.triangles.iter().map(|triangle| {
        let [a, b, c] = triangle.map(|v| piece.before[v as usize]);
        0.5 * f64::from((b - a).cross(c - a).length())
    });
    areas.sum::<f64>() as f32
}

/// The share of a triangle where a linear function is above `limit`, and the mean of another one there.
fn above(values: [f32; 3], others: [f32; 3], limit: f32) -> (f32, f32) {
    let over = values.map(|value| value > limit);
    let mean = (others[0] + others[1] + others[2]) / 3.0;
    // The corner that is alone on its side.
    let alone = match over {
        [true, true, true] => return (1.0, mean),
        [false, false, false] => return (0.0, 0.0),
        [a, b, c] if b == c && a != b => 0,
        [a, b, c] if a == c && b != a => 1,
        _ => 2,
    };
    let (next, last) = ((alone + 1) % 3, (alone + 2) % 3);
    let cut = |to: usize| (limit - values[alone]) / (values[to] - values[alone]);
    let (s, t) = (cut(next), cut(last));
    let share = s * t;
    let at = |to: usize, share: f32| others[alone] + share * (others[to] - others[alone]);
    let corner = (others[alone] + at(next, s) + at(last, t)) / 3.0;
    if over[alone] {
        (share, corner)
    } else {
        let rest = 1.0 - share;
        (rest, (mean - share * corner) / rest.max(1e-9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_above_a_limit_is_that_of_many_points() {
        let (values, others) = ([0.1, 0.9, 0.4], [1.0, -2.0, 5.0]);
        for limit in [0.05, 0.2, 0.5, 0.85, 0.95] {
            let (mut count, mut hits, mut sum) = (0.0, 0.0, 0.0);
            let n = 600;
            for i in 0..n {
                for j in 0..n - i {
                    let (u, v) = ((i as f32 + 0.33) / n as f32, (j as f32 + 0.33) / n as f32);
                    let mix = |of: [f32; 3]| of[0] * (1.0 - u - v) + of[1] * u + of[2] * v;
                    count += 1.0;
                    if mix(values) > limit {
                        hits += 1.0;
                        sum += mix(others);
                    }
                }
            }
            let (share, mean) = above(values, others, limit);
            assert!((share - hits / count).abs() < 0.005, "{limit}");
            if hits > 0.0 {
                assert!((mean - sum / hits).abs() < 0.02, "{limit}");
            }
        }
    }
}
