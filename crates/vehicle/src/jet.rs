//! Numbers that may carry their slope, so that one formula gives a function's value or its value and gradient at once (forward-mode differentiation).

use std::ops::{Add, Mul, Neg, Sub};

use glam::{Vec3, Vec3A};

/// What formulas of a body are written in: `f32` for the value alone, [`Jet`] for the gradient too.
pub(crate) trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + Add<f32, Output = Self>
    + Sub<f32, Output = Self>
    + Mul<f32, Output = Self>
{
    /// A value that changes with each of `parts` at the rate beside it.
    fn of<const N: usize>(value: f32, parts: [(Self, f32); N]) -> Self;

    fn value(self) -> f32;

    fn constant(value: f32) -> Self {
        Self::of(value, [])
    }

    fn abs(self) -> Self {
        if self.value() < 0.0 { -self } else { self }
    }

    fn at_most(self, most: f32) -> Self {
        if self.value() > most {
            Self::constant(most)
        } else {
            self
        }
    }

    /// Distance from the origin of a plane.
    fn length(x: Self, y: Self) -> Self {
        let length = (x.value() * x.value() + y.value() * y.value()).sqrt();
        let share = 1.0 / length.max(1e-9);
        Self::of(length, [(x, x.value() * share), (y, y.value() * share)])
    }
}

impl Number for f32 {
    #[inline(always)]
    fn of<const N: usize>(value: f32, _: [(Self, f32); N]) -> Self {
        value
    }

    #[inline(always)]
    fn value(self) -> f32 {
        self
    }
}

/// A value and its gradient.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jet {
    value: f32,
    slope: Vec3A,
}

impl Jet {
    /// The coordinates of a place.
    pub(crate) fn place(at: Vec3) -> [Self; 3] {
        let axis = |value, slope| Self { value, slope };
        [
            axis(at.x, Vec3A::X),
            axis(at.y, Vec3A::Y),
            axis(at.z, Vec3A::Z),
        ]
    }

    pub(crate) fn slope(self) -> Vec3 {
        self.slope.into()
    }
}

impl Number for Jet {
    #[inline(always)]
    fn of<const N: usize>(value: f32, parts: [(Self, f32); N]) -> Self {
        let slope = parts
            .into_iter()
            .fold(Vec3A::ZERO, |sum, (part, rate)| sum + part.slope * rate);
        Self { value, slope }
    }

    #[inline(always)]
    fn value(self) -> f32 {
        self.value
    }
}

impl Add for Jet {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            slope: self.slope + other.slope,
        }
    }
}

impl Sub for Jet {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self {
            value: self.value - other.value,
            slope: self.slope - other.slope,
        }
    }
}

impl Mul for Jet {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            slope: self.slope * other.value + other.slope * self.value,
        }
    }
}

impl Neg for Jet {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self {
            value: -self.value,
            slope: -self.slope,
        }
    }
}

impl Add<f32> for Jet {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: f32) -> Self {
        Self {
            value: self.value + other,
            ..self
        }
    }
}

impl Sub<f32> for Jet {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: f32) -> Self {
        Self {
            value: self.value - other,
            ..self
        }
    }
}

impl Mul<f32> for Jet {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: f32) -> Self {
        Self {
            value: self.value * other,
            slope: self.slope * other,
        }
    }
}
