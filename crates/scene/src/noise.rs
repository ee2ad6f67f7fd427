//! Smooth noise by hashing: the same number at the same place, whoever asks.

use glam::Vec3;

/// 0 at `from`, 1 at `to`, smooth between; either may be the larger.
pub fn smooth(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Two octaves of [`noise`], `[0, 1]`.
pub fn cloudy(at: Vec3, seed: u32) -> f32 {
    0.65 * noise(at, seed) + 0.35 * noise(at * 2.7, seed ^ 0x55)
}

/// Smooth noise, `[0, 1]`, one bump a unit.
pub fn noise(at: Vec3, seed: u32) -> f32 {
    let cell = at.floor();
    let t = at - cell;
    let t = t * t * (Vec3::splat(3.0) - 2.0 * t);
    let corner = |x: f32, y: f32, z: f32| hashed(cell + Vec3::new(x, y, z), seed);
    let line = |y: f32, z: f32| corner(0.0, y, z) + (corner(1.0, y, z) - corner(0.0, y, z)) * t.x;
    let plane = |z: f32| line(0.0, z) + (line(1.0, z) - line(0.0, z)) * t.y;
    plane(0.0) + (plane(1.0) - plane(0.0)) * t.z
}

/// A number of a cell of a grid, `[0, 1)`.
pub fn hashed(at: Vec3, seed: u32) -> f32 {
    let [x, y, z] = at.floor().as_ivec3().to_array().map(|v| v as u32);
    let mut h = seed
        ^ x.wrapping_mul(0x9e37_79b1)
        ^ y.wrapping_mul(0x85eb_ca77).rotate_left(11)
        ^ z.wrapping_mul(0xc2b2_ae3d).rotate_left(21);
    // Wellons 2018, lowbias32.
    h ^= h >> 16;
    h = h.wrapping_mul(0x7feb_352d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x846c_a68b);
    h ^= h >> 16;
    (h >> 8) as f32 / (1 << 24) as f32
}
