//! Where privacy losses are counted.

/// The most bins that a privacy-loss distribution has: 2²⁰, which are 8 MiB. A composition takes about thirty times that while it runs.
pub const MAX_BINS: usize = 1 << 20;

/// Losses beyond this are infinite if positive, and are raised to it if negative: e^50,000 protects nobody.
pub(super) const GREATEST_LOSS: f64 = 50_000.0;

/// The interval between neighbouring losses of a distribution: 0.0001 · 2ⁿ nats.
///
/// Grids are nested, so that a finer one becomes a coarser one without a gap. A finer grid gives smaller figures, never wrong ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grid {
    doublings: i32,
}

impl Grid {
    /// 0.0001 nats.
    pub const STANDARD: Self = Self { doublings: 0 };
    /// 0.0001 / 2²⁰ nats, below which the losses of single releases do not matter.
    pub const FINEST: Self = Self { doublings: -20 };

    /// The interval in nats.
    pub fn interval(self) -> f64 {
        libm::ldexp(1e-4, self.doublings)
    }

    /// The grid with intervals twice as long.
    pub fn coarser(self) -> Self {
        Self {
            doublings: self.doublings + 1,
        }
    }

    /// The coarsest grid that is at least as fine as the standard one and whose interval is at most `nats`, or the finest.
    pub fn at_most(nats: f64) -> Self {
        let mut grid = Self::STANDARD;
        while grid > Self::FINEST && grid.interval() > nats {
            grid.doublings -= 1;
        }
        grid
    }

    /// This grid, or the finest coarser one on which losses from `lowest` to `highest` fit.
    pub(super) fn holding(self, lowest: f64, highest: f64) -> Self {
        let mut grid = self;
        while (highest - lowest) / grid.interval() + 4.0 > MAX_BINS as f64 {
            grid = grid.coarser();
        }
        grid
    }
}

impl Default for Grid {
    fn default() -> Self {
        Self::STANDARD
    }
}
