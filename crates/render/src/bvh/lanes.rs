//! Eight numbers that move together, as the traversal needs them.
//!
//! Every implementation gives the same bits: one IEEE rounding for each operation, none fused, and the minimum and maximum of x86 (the second operand
//! where one is not a number).

/// Eight numbers.
pub(super) trait Lanes: Copy {
    /// Eight answers.
    type Mask: Copy;

    fn splat(value: f32) -> Self;
    fn load(from: &Eight) -> Self;
    fn array(self) -> Eight;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn over(self, other: Self) -> Self;
    /// `if self < other { self } else { other }`
    fn min(self, other: Self) -> Self;
    /// `if self > other { self } else { other }`
    fn max(self, other: Self) -> Self;
    fn root(self) -> Self;
    fn at_most(self, other: Self) -> Self::Mask;
    fn below(self, other: Self) -> Self::Mask;
    fn differs(self, other: Self) -> Self::Mask;
    fn and(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn or(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// The first where the mask says yes, the second elsewhere.
    fn choose(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// One bit a lane.
    fn bits(mask: Self::Mask) -> u32;
}

/// Eight numbers in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(32))]
pub(super) struct Eight(pub(super) [f32; 8]);

/// Something that can be done on any kind of lanes.
pub(super) trait Task {
    type Output;

    /// To be inlined always, so that it is compiled with the caller's instructions.
    fn run<L: Lanes>(self) -> Self::Output;
}

/// Lanes in plain Rust.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain([f32; 8]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }

    #[inline(always)]
    fn ask(self, other: Self, f: impl Fn(&f32, &f32) -> bool) -> u32 {
        (0..8).fold(0, |bits, lane| {
            bits | (u32::from(f(&self.0[lane], &other.0[lane])) << lane)
        })
    }
}

impl Lanes for Plain {
    type Mask = u32;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    fn load(from: &Eight) -> Self {
        Self(from.0)
    }

    #[inline(always)]
    fn array(self) -> Eight {
        Eight(self.0)
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn root(self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].sqrt()))
    }

    #[inline(always)]
    fn at_most(self, other: Self) -> u32 {
        self.ask(other, f32::le)
    }

    #[inline(always)]
    fn below(self, other: Self) -> u32 {
        self.ask(other, f32::lt)
    }

    #[inline(always)]
    fn differs(self, other: Self) -> u32 {
        self.ask(other, f32::ne)
    }

    #[inline(always)]
    fn and(a: u32, b: u32) -> u32 {
        a & b
    }

    #[inline(always)]
    fn or(a: u32, b: u32) -> u32 {
        a | b
    }

    #[inline(always)]
    fn choose(mask: u32, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|lane| {
            if mask >> lane & 1 == 1 {
                yes.0[lane]
            } else {
                no.0[lane]
            }
        }))
    }

    #[inline(always)]
    fn bits(mask: u32) -> u32 {
        mask
    }
}
