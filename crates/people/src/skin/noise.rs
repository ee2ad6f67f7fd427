//! Lattice noise in space, the same on every machine: integer hashes, no tables.
use glam::{IVec3, Vec3};

/// 32 well-mixed bits from a lattice cell and a layer number (the finaliser of `lowbias32`, Wellons 2018, over a linear mix).
pub(crate) fn hash(cell: IVec3, layer: u32) -> u32 {
    let mut h = (cell.x as u32)
        .wrapping_mul(0x9e37_79b1)
        .wrapping_add((cell.y as u32).wrapping_mul(0x85eb_ca77))
        .wrapping_add((cell.z as u32).wrapping_mul(0xc2b2_ae3d))
        .wrapping_add(layer.wrapping_mul(0x27d4_eb2f));
    h ^= h >> 16;
    h = h.wrapping_mul(0x7feb_352d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x846c_a68b);
    h ^ (h >> 16)
}

fn unit(h: u32) -> f32 {
    (h >> 8) as f32 / 16_777_216.0
}

/// Smooth noise with lattice spacing 1, in `[-1, 1]`, mean 0.
pub(crate) fn value(point: Vec3, layer: u32) -> f32 {
    let floor = point.floor();
    let cell = floor.as_ivec3();
    let f = point - floor;
    let w = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    let corner = |x: i32, y: i32, z: i32| unit(hash(cell + IVec3::new(x, y, z), layer)) * 2.0 - 1.0;
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let face = |z: i32| {
        mix(
            mix(corner(0, 0, z), corner(1, 0, z), w.x),
            mix(corner(0, 1, z), corner(1, 1, z), w.x),
            w.y,
        )
    };
    mix(face(0), face(1), w.z)
}

/// Octaves of [`value`], each half as large and twice as fine; about `[-1, 1]`.
pub(crate) fn octaves(point: Vec3, count: u32, layer: u32) -> f32 {
    let mut sum = 0.0;
    let mut weight = 0.0;
    for octave in 0..count {
        let scale = (1u32 << octave) as f32;
        sum += value(point * scale, layer.wrapping_add(octave * 101)) / scale;
        weight += 1.0 / scale;
    }
    sum / weight
}

/// Distance to the nearest of points scattered about one per lattice cell, and that point's own random number in `[0, 1)`.
/// Points keep to the middle half of their cells, so the eight cells around `point` hold the nearest one.
pub(crate) fn nearest_point(point: Vec3, layer: u32) -> (f32, f32) {
    let base = (point - 0.5).floor().as_ivec3();
    let mut best = (f32::INFINITY, 0.0);
    for corner in 0..8 {
        let cell = base + IVec3::new(corner & 1, (corner >> 1) & 1, corner >> 2);
        let h = hash(cell, layer);
        let jitter = Vec3::new(
            (h & 1023) as f32,
            ((h >> 10) & 1023) as f32,
            ((h >> 20) & 1023) as f32,
        ) / 1023.0;
        let distance = (cell.as_vec3() + 0.25 + 0.5 * jitter - point).length_squared();
        if distance < best.0 {
            best = (distance, unit(h.wrapping_mul(0x9e37_79b1) ^ (h >> 13)));
        }
    }
    (best.0.sqrt(), best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_centred_bounded_and_continuous() {
        let mut sum = 0.0;
        let mut previous = value(Vec3::new(0.0, 0.3, 0.7), 1);
        for i in 1..40_000 {
            let next = value(Vec3::new(i as f32 * 0.01, 0.3, 0.7), 1);
            assert!(next.abs() <= 1.0 && (next - previous).abs() < 0.05);
            previous = next;
            sum += next;
        }
        assert!((sum / 40_000.0).abs() < 0.05, "mean {}", sum / 40_000.0);
    }

    #[test]
    fn the_nearest_scattered_point_is_the_nearest_of_a_wider_search() {
        for i in 0..2000 {
            let point = Vec3::new(i as f32 * 0.37, i as f32 * 0.11, i as f32 * 0.53);
            let mut slow = f32::INFINITY;
            let base = point.floor().as_ivec3();
            for x in -2..=2 {
                for y in -2..=2 {
                    for z in -2..=2 {
                        let cell = base + IVec3::new(x, y, z);
                        let h = hash(cell, 9);
                        let jitter = Vec3::new(
                            (h & 1023) as f32,
                            ((h >> 10) & 1023) as f32,
                            ((h >> 20) & 1023) as f32,
                        ) / 1023.0;
                        slow = slow.min((cell.as_vec3() + 0.25 + 0.5 * jitter - point).length());
                    }
                }
            }
            // The eight cells miss a nearer point only when all their own are far; the relief does not show so rare a crease.
            assert!(nearest_point(point, 9).0 - slow < 0.12);
        }
    }
}
