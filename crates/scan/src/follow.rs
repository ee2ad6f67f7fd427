//! Helper geometry and joints follow the skin around them.

use glam::Vec3;
use rayon::prelude::*;

/// How far around a helper vertex the skin moves it, metres: wide enough that an eyeball moves as a whole.
const REACH_M: f32 = 0.02;

/// Adds `by` to the skin, the first `skin` positions, and its mean around them to all others.
pub(crate) fn displace(positions: &mut [Vec3], by: &[Vec3], skin: usize) {
    let rest: Vec<Vec3> = positions[..skin].to_vec();
    // Sorted along y, so that only neighbours are looked at.
    let mut order: Vec<u32> = (0..skin as u32).collect();
    order.sort_unstable_by(|&a, &b| {
        rest[a as usize]
            .y
            .total_cmp(&rest[b as usize].y)
            .then(a.cmp(&b))
    });
    let moved: Vec<Vec3> = positions[skin..]
        .par_iter()
        .map(|&p| mean_around(p, &rest, by, &order))
        .collect();
    for (p, d) in positions[..skin].iter_mut().zip(by) {
        *p += *d;
    }
    for (p, d) in positions[skin..].iter_mut().zip(moved) {
        *p += d;
    }
}

/// Gaussian mean over the skin within three widths; the width grows for what lies deep inside.
fn mean_around(p: Vec3, rest: &[Vec3], by: &[Vec3], order: &[u32]) -> Vec3 {
    let mut width = REACH_M;
    loop {
        let reach = 3.0 * width;
        let start = order.partition_point(|&v| rest[v as usize].y < p.y - reach);
        let (mut sum, mut total) = (Vec3::ZERO, 0.0_f32);
        for &v in &order[start..] {
            let q = rest[v as usize];
            if q.y > p.y + reach {
                break;
            }
            let square = (q - p).length_squared();
            if square < reach * reach {
                let w = (-square / (2.0 * width * width)).exp();
                sum += by[v as usize] * w;
                total += w;
            }
        }
        if total > 0.05 {
            return sum / total;
        }
        if width > 0.3 {
            return Vec3::ZERO;
        }
        width *= 1.6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_inside_moves_with_the_skin_around_and_far_things_stay() {
        let ring: Vec<Vec3> = (0..12_u8)
            .map(|k| {
                let a = f32::from(k) * std::f32::consts::FRAC_PI_6;
                Vec3::new(a.cos(), a.sin(), 0.0) * 0.015
            })
            .collect();
        let mut positions = ring.clone();
        positions.extend([Vec3::ZERO, Vec3::new(0.002, 0.001, 0.0), Vec3::Y * 5.0]);
        let by = vec![Vec3::new(0.01, 0.0, 0.002); ring.len()];
        let before = positions.clone();
        displace(&mut positions, &by, ring.len());
        for v in 0..14 {
            assert!((positions[v] - before[v] - by[0]).length() < 1e-6, "{v}");
        }
        assert_eq!(positions[14], before[14]);
    }
}
