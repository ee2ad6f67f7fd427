//! Thirty-two vertices at a time, whatever the processor has for it: the same bits from each.
//!
//! Shapes are summed in whole numbers: a target's deltas are 16 bits, and so are the two halves of a weight ([`Weight`]), so that a processor multiplies and adds two
//! targets in one instruction, exactly and in any order. Skinning is in single precision, products and sums rounded apart.

/// Vertices whose shape is summed together.
pub(super) const TILE: usize = 32;

/// What a target does to one coordinate of a tile, 10⁻⁴ m, in the order of [`place`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Steps(pub(super) [i16; TILE]);

/// Where a vertex of a tile stands in [`Steps`]: so that the low and the high halves of all 64-bit words, which is how processors interleave two
/// registers, are its first and its last sixteen vertices.
pub(super) const fn place(vertex: usize) -> usize {
    let (half, lane) = (vertex / 16, vertex % 16);
    lane / 4 * 8 + half * 4 + lane % 4
}

/// Bits of each half of a weight behind the point.
const BITS: u32 = 13;

/// Steps of a target, metres.
const STEP_M: f32 = 1e-4;

/// Metres per unit of a sum with the high and the low halves of the weights.
pub(super) const UNITS_M: [f32; 2] = [
    STEP_M / (1 << BITS) as f32,
    STEP_M / (1 << (2 * BITS)) as f32,
];

/// A weight in whole numbers: `(high + low / 2¹³) / 2¹³`, to 2⁻²⁷; `low · 2¹⁶ + high`, as both are moved about together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Weight(u32);

impl Weight {
    pub(super) const ZERO: Self = Self(0);

    /// `None` for numbers that are not between −4 and 4.
    pub(super) fn new(weight: f32) -> Option<Self> {
        if weight.is_nan() {
            return None;
        }
        let scaled = f64::from(weight) * f64::from(1 << (2 * BITS));
        let scaled = (scaled + 0.5_f64.copysign(scaled)) as i64;
        let high = scaled.saturating_add(1 << (BITS - 1)) >> BITS;
        let low = scaled - (high << BITS);
        let (high, low): (i16, i16) = (high.try_into().ok()?, low.try_into().ok()?);
        Some(Self(u32::from(low as u16) << 16 | u32::from(high as u16)))
    }

    /// High and low.
    pub(super) fn halves(self) -> [i16; 2] {
        [self.0 as i16, (self.0 >> 16) as i16]
    }

    /// `first + second · 2¹⁶` of the high and of the low halves of two weights.
    #[inline(always)]
    pub(super) fn pairs(first: Self, second: Self) -> [i32; 2] {
        let (first, second) = (first.0, second.0);
        let high = first & 0xffff | second << 16;
        let low = first >> 16 | second & 0xffff_0000;
        [high as i32, low as i32]
    }
}

/// Sixteen numbers where a wide load finds them in one cache line.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Sixteen(pub(super) [f32; 16]);

impl Sixteen {
    pub(super) const ZERO: Self = Self([0.0; 16]);
}

/// Sums of one coordinate of a tile, and sixteen numbers of it.
pub(super) trait Lanes: Copy {
    /// With the high and with the low halves of the weights.
    type Sums: Copy;
    /// Whether the registers hold the sums of all three coordinates.
    const HOLDS_ALL: bool;

    fn nothing() -> Self::Sums;
    /// Adds two targets, weighted. The pairs are `first + second · 2¹⁶` of the weights' high and low halves.
    fn add(sums: &mut Self::Sums, targets: [&Steps; 2], high: i32, low: i32);
    /// Both halves of the tile, metres.
    fn metres(sums: Self::Sums) -> [Self; 2];

    fn splat(value: f32) -> Self;
    fn load(from: &Sixteen) -> Self;
    fn store(self, to: &mut Sixteen);
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// `x y z` of each of the sixteen.
    fn points(x: Self, y: Self, z: Self, to: &mut [f32; 48]);
}

/// What needs no special instruction, and the oracle of what does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain([f32; 16]);

impl Lanes for Plain {
    type Sums = [[i32; TILE]; 2];
    const HOLDS_ALL: bool = false;

    #[inline(always)]
    fn nothing() -> Self::Sums {
        [[0; TILE]; 2]
    }

    #[inline(always)]
    fn add(sums: &mut Self::Sums, [first, second]: [&Steps; 2], high: i32, low: i32) {
        for (sums, pair) in sums.iter_mut().zip([high, low]) {
            let (a, b) = (i32::from(pair as i16), pair >> 16);
            for ((sum, x), y) in sums.iter_mut().zip(first.0).zip(second.0) {
                *sum += i32::from(x) * a + i32::from(y) * b;
            }
        }
    }

    #[inline(always)]
    fn metres([high, low]: Self::Sums) -> [Self; 2] {
        let of = |vertex| {
            let at = place(vertex);
            high[at] as f32 * UNITS_M[0] + low[at] as f32 * UNITS_M[1]
        };
        [0, 16].map(|first| Self(std::array::from_fn(|lane| of(first + lane))))
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 16])
    }

    #[inline(always)]
    fn load(from: &Sixteen) -> Self {
        Self(from.0)
    }

    #[inline(always)]
    fn store(self, to: &mut Sixteen) {
        to.0 = self.0;
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * other.0[i]))
    }

    #[inline(always)]
    fn points(x: Self, y: Self, z: Self, to: &mut [f32; 48]) {
        interleave(&x.0, &y.0, &z.0, to);
    }
}

/// `x y z` of each.
#[inline(always)]
pub(super) fn interleave(x: &[f32; 16], y: &[f32; 16], z: &[f32; 16], to: &mut [f32; 48]) {
    for (((to, x), y), z) in to.as_chunks_mut::<3>().0.iter_mut().zip(x).zip(y).zip(z) {
        *to = [*x, *y, *z];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept_to_a_ten_millionth_and_refused_beyond_four() {
        for step in -3999..=3999 {
            let weight = step as f32 * 1.0003e-3;
            if weight.abs() < 3.999 {
                let [high, low] = Weight::new(weight).expect("within range").halves();
                let back = (f64::from(high) + f64::from(low) / 8192.0) / 8192.0;
                assert!((back - f64::from(weight)).abs() < 1e-8, "{weight}");
                assert!(low.abs() <= 4096);
            }
        }
        for weight in [4.01, -4.01, f32::NAN, f32::INFINITY, -1e30] {
            assert_eq!(Weight::new(weight), None, "{weight}");
        }
    }

    #[test]
    fn every_vertex_of_a_tile_has_a_place() {
        let mut places: Vec<usize> = (0..TILE).map(place).collect();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..TILE));
    }
}
