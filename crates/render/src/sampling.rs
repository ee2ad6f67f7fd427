//! Points: low-discrepancy numbers for paths, hashes for coin flips, and maps from the unit square to directions.
use glam::{Vec2, Vec3A};
use std::f32::consts::PI;

/// A path's numbers: Owen-scrambled Sobol points (Burley 2020), four dimensions at a time, each set with its own scramble.
///
/// Sample `index` of a pixel is stratified against the pixel's other samples in every set of four; pixels are independent.
#[derive(Debug, Clone)]
pub(crate) struct Points {
    index: u32,
    pixel: u32,
    set: u32,
}

impl Points {
    pub(crate) fn new(seed: u64, pixel: u32, index: u32) -> Self {
        let pixel = mix(mix(mix(seed as u32) ^ (seed >> 32) as u32)
            .wrapping_add(pixel)
            .wrapping_mul(0x9e37_79b1));
        Self {
            index,
            pixel,
            set: 0,
        }
    }

    /// The next four numbers, each in `[0, 1)`.
    #[inline]
    pub(crate) fn next(&mut self) -> [f32; 4] {
        self.set += 1;
        sobol_burley::sample_4d(
            self.index,
            0,
            mix(self.pixel ^ self.set.wrapping_mul(0x85eb_ca6b)),
        )
    }

    /// Independent numbers that continue this path.
    pub(crate) fn dice(&self) -> Dice {
        Dice::new(self.key())
    }

    /// A number for coin flips along a path that need no stratification.
    pub(crate) fn key(&self) -> u32 {
        mix(self.pixel ^ mix(self.index.wrapping_mul(0x27d4_eb2f) ^ self.set))
    }
}

/// Independent numbers by hashing a counter, for walks too long to stratify.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u32);

impl Dice {
    pub(crate) fn new(key: u32) -> Self {
        Self(mix(key))
    }

    /// In `[0, 1)`.
    #[inline]
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9);
        unit(mix(mix(self.0) ^ 0x5bd1_e995))
    }
}

/// A bijective hash of 32 bits (Ettinger's `lowbias32`).
#[inline]
pub(crate) fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Hash bits to `[0, 1)`.
#[inline]
pub(crate) fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Unit square to unit disk, area-preserving (Shirley & Chiu 1997).
pub(crate) fn disk(u: [f32; 2]) -> Vec2 {
    let (x, y) = (2.0 * u[0] - 1.0, 2.0 * u[1] - 1.0);
    if x == 0.0 && y == 0.0 {
        return Vec2::ZERO;
    }
    let (radius, angle) = if x.abs() > y.abs() {
        (x, PI / 4.0 * (y / x))
    } else {
        (y, PI / 2.0 - PI / 4.0 * (x / y))
    };
    let (sin, cos) = angle.sin_cos();
    Vec2::new(radius * cos, radius * sin)
}

/// Direction around +z with density `cos θ / π`.
pub(crate) fn cosine_hemisphere(u: [f32; 2]) -> Vec3A {
    let d = disk(u);
    Vec3A::new(d.x, d.y, (1.0 - d.length_squared()).max(0.0).sqrt())
}

/// Right-handed unit axes with the third along a unit normal (Duff et al. 2017).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Basis {
    pub(crate) x: Vec3A,
    pub(crate) y: Vec3A,
    pub(crate) z: Vec3A,
}

impl Basis {
    pub(crate) fn around(z: Vec3A) -> Self {
        let sign = 1.0_f32.copysign(z.z);
        let a = -1.0 / (sign + z.z);
        let b = z.x * z.y * a;
        Self {
            x: Vec3A::new(1.0 + sign * z.x * z.x * a, sign * b, -sign * z.x),
            y: Vec3A::new(b, sign + z.y * z.y * a, -z.y),
            z,
        }
    }

    /// The x axis as near to a direction as the normal lets it; any where they are parallel.
    pub(crate) fn along(z: Vec3A, x: Vec3A) -> Self {
        let Some(x) = (x - z * z.dot(x)).try_normalize() else {
            return Self::around(z);
        };
        Self {
            x,
            y: z.cross(x),
            z,
        }
    }

    pub(crate) fn local(&self, world: Vec3A) -> Vec3A {
        Vec3A::new(self.x.dot(world), self.y.dot(world), self.z.dot(world))
    }

    pub(crate) fn world(&self, local: Vec3A) -> Vec3A {
        self.x * local.x + self.y * local.y + self.z * local.z
    }
}

/// Weight of a technique with density `a` that competes with one of density `b` (power heuristic, Veach 1997, §9.2.4).
#[inline]
pub(crate) fn power_heuristic(a: f32, b: f32) -> f32 {
    if a.is_infinite() || b == 0.0 {
        return 1.0;
    }
    // In ratios, so that squares of steep lobes do not overflow.
    let ratio = b / a;
    1.0 / (1.0 + ratio * ratio)
}

pub(crate) fn luminance(colour: Vec3A) -> f32 {
    colour.dot(Vec3A::new(0.2126, 0.7152, 0.0722))
}
