//! Sixteen examples side by side, in one processor register where it is wide enough: the unit of all arithmetic here.
//!
//! An example never meets its neighbours but in sums over a batch, and those are taken in a fixed order. So vectors are always full, whatever the
//! size of a picture, and the bits of a result depend neither on the processor nor on threads.

/// Examples that are worked on together.
pub(crate) const LANES: usize = 16;

/// One number of each of [`LANES`] examples.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Lanes(pub(crate) [f32; LANES]);

impl Lanes {
    pub(crate) const ZERO: Self = Self([0.0; LANES]);

    /// The sum over the examples: halves onto halves, always in the same order.
    #[inline(always)]
    pub(crate) fn sum(&self) -> f32 {
        let mut sums = self.0;
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                sums[lane] += sums[lane + half];
            }
            half /= 2;
        }
        sums[0]
    }

    #[inline(always)]
    pub(crate) fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let mut out = Self::ZERO;
        for lane in 0..LANES {
            out.0[lane] = f(self.0[lane], other.0[lane]);
        }
        out
    }
}

/// Square pictures with some channels, of [`LANES`] examples: row after row, a pixel's channels together, with a frame of zeros one pixel wide all
/// around, so that a convolution asks for no border.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Volume {
    /// Pixels a side, without the frame.
    pub(crate) side: usize,
    pub(crate) channels: usize,
    /// `[side + 2][side + 2][channels]`.
    pub(crate) values: Vec<Lanes>,
}

impl Volume {
    pub(crate) fn new(side: usize, channels: usize) -> Self {
        Self {
            side,
            channels,
            values: vec![Lanes::ZERO; (side + 2) * (side + 2) * channels],
        }
    }

    /// From one row to the next, in numbers.
    #[inline(always)]
    pub(crate) fn row(&self) -> usize {
        (self.side + 2) * self.channels
    }

    /// Where a pixel's channels begin.
    #[inline(always)]
    pub(crate) fn at(&self, y: usize, x: usize) -> usize {
        (y + 1) * self.row() + (x + 1) * self.channels
    }

    /// A pixel's channels.
    #[inline(always)]
    pub(crate) fn pixel(&self, y: usize, x: usize) -> &[Lanes] {
        let at = self.at(y, x);
        &self.values[at..at + self.channels]
    }

    /// See [`Volume::pixel`].
    #[inline(always)]
    pub(crate) fn pixel_mut(&mut self, y: usize, x: usize) -> &mut [Lanes] {
        let at = self.at(y, x);
        &mut self.values[at..at + self.channels]
    }

    /// The numbers of a whole row, without the frame.
    #[inline(always)]
    pub(crate) fn line(&self, y: usize) -> &[Lanes] {
        let at = self.at(y, 0);
        &self.values[at..at + self.side * self.channels]
    }

    /// See [`Volume::line`].
    #[inline(always)]
    pub(crate) fn line_mut(&mut self, y: usize) -> &mut [Lanes] {
        let (at, count) = (self.at(y, 0), self.side * self.channels);
        &mut self.values[at..at + count]
    }

    /// All zeros again; the frame is never written.
    pub(crate) fn clear(&mut self) {
        self.values.fill(Lanes::ZERO);
    }
}
