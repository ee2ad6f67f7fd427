//! A distribution over a square, strung along Hilbert's curve: one number finds a place on the line, and numbers that lie evenly on a line fall
//! evenly over the square (Steigleder & McCool, "Generalized Stratified Sampling Using the Hilbert Curve", 2003).
//!
//! Square blocks of cells that are about equally likely, or unlikely altogether, are drawn as one: what is looked up for every sample stays in the cache however fine the
//! square is.

/// Blocks whose cells differ by less are merged: how much a merger may add to the second moment of an estimate, over that of the block.
const LOSS_IN_BLOCK: f64 = 0.04;
/// The same over that of the whole square.
const LOSS_IN_SQUARE: f64 = 2e-6;

/// Chances of `side × side` cells.
#[derive(Debug)]
pub(super) struct Curve {
    side: usize,
    /// Along the curve, and one after the last.
    blocks: Vec<Block>,
    /// The block that holds `g / guides`, so that the search begins near its end (Chen & Asau 1974); a power of two.
    start: Vec<u32>,
    /// Density over the square by cell, row-major.
    density: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    /// Chance of all blocks before it.
    below: f32,
    /// Column and row of its first cell, 12 bits each, and the binary logarithm of its side.
    place: u32,
}

impl Block {
    #[inline]
    fn corner(self) -> (usize, usize) {
        (
            (self.place & 0xfff) as usize,
            (self.place >> 12 & 0xfff) as usize,
        )
    }

    #[inline]
    fn side(self) -> usize {
        1 << (self.place >> 24)
    }
}

impl Curve {
    /// Largest `side`.
    const MOST: usize = 1 << 12;

    /// From weights of `side × side` cells, row-major; `side` is a power of two, at most [`Curve::MOST`]. `None` where all are zero.
    pub(super) fn new(weights: &[f32], side: usize) -> Option<Self> {
        let total: f64 = weights.iter().copied().map(f64::from).sum();
        debug_assert!(side.is_power_of_two() && side <= Self::MOST);
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let mut string = Stringing {
            weights,
            side,
            total,
            blocks: Vec::new(),
        };
        let length = side as i32;
        string.visit([0, 0], [length, 0], [0, length], side.trailing_zeros());
        let strung = string.blocks;
        let mut blocks = Vec::with_capacity(strung.len() + 1);
        let mut running = 0.0;
        for (place, weight) in &strung {
            blocks.push(Block {
                below: (running / total) as f32,
                place: *place,
            });
            running += weight;
        }
        blocks.push(Block {
            below: 1.0,
            place: 0,
        });
        let mut density = vec![0.0; side * side];
        for pair in blocks.windows(2) {
            let ((x, y), size) = (pair[0].corner(), pair[0].side());
            let here =
                (pair[1].below - pair[0].below) * ((side * side) as f32 / (size * size) as f32);
            for row in y..y + size {
                density[row * side + x..row * side + x + size].fill(here);
            }
        }
        let guides = strung.len().next_power_of_two();
        let mut block = 0;
        let start = (0..guides)
            .map(|guide| {
                while block + 1 < strung.len()
                    && blocks[block + 1].below <= guide as f32 / guides as f32
                {
                    block += 1;
                }
                block as u32
            })
            .collect();
        Some(Self {
            side,
            blocks,
            start,
            density,
        })
    }

    /// A place in the unit square, and the density there.
    #[inline]
    pub(super) fn sample(&self, u: [f32; 2]) -> ([f32; 2], f32) {
        let guides = self.start.len();
        let mut at = self.start[((u[0] * guides as f32) as usize).min(guides - 1)] as usize;
        while at + 2 < self.blocks.len() && self.blocks[at + 1].below <= u[0] {
            at += 1;
        }
        let (block, next) = (self.blocks[at], self.blocks[at + 1]);
        let share = next.below - block.below;
        let within = if share > 0.0 {
            ((u[0] - block.below) / share).clamp(0.0, 1.0 - f32::EPSILON)
        } else {
            0.5
        };
        let ((x, y), size) = (block.corner(), block.side() as f32 / self.side as f32);
        let unit = 1.0 / self.side as f32;
        (
            [
                x as f32 * unit + within * size,
                y as f32 * unit + u[1] * size,
            ],
            share / (size * size),
        )
    }

    /// Density at a place in the unit square.
    #[inline]
    pub(super) fn density(&self, x: f32, y: f32) -> f32 {
        let cell = |at: f32| ((at * self.side as f32) as usize).min(self.side - 1);
        self.density[cell(y) * self.side + cell(x)]
    }
}

/// Walks along the curve and merges what is alike.
struct Stringing<'w> {
    weights: &'w [f32],
    side: usize,
    total: f64,
    /// Place as in [`Block`], and weight.
    blocks: Vec<(u32, f64)>,
}

impl Stringing<'_> {
    /// Strings the block that two sides span from a corner, `2^level` cells wide; sums of its cells' weights and their squares.
    fn visit(&mut self, [x, y]: [i32; 2], a: [i32; 2], b: [i32; 2], level: u32) -> (f64, f64) {
        let corner = || {
            let column = x + a[0].min(0) + b[0].min(0);
            let row = y + a[1].min(0) + b[1].min(0);
            (column as u32, row as u32)
        };
        if level == 0 {
            let (column, row) = corner();
            let weight = f64::from(self.weights[row as usize * self.side + column as usize]);
            self.blocks.push((column | row << 12, weight));
            return (weight, weight * weight);
        }
        let first = self.blocks.len();
        let (ha, hb) = (a.map(|v| v / 2), b.map(|v| v / 2));
        let back = |v: [i32; 2]| v.map(|v| -v);
        let quarters = [
            self.visit([x, y], hb, ha, level - 1),
            self.visit([x + ha[0], y + ha[1]], ha, hb, level - 1),
            self.visit([x + ha[0] + hb[0], y + ha[1] + hb[1]], ha, hb, level - 1),
            self.visit(
                [x + ha[0] + b[0], y + ha[1] + b[1]],
                back(hb),
                back(ha),
                level - 1,
            ),
        ];
        let sum: f64 = quarters.iter().map(|quarter| quarter.0).sum();
        let squares: f64 = quarters.iter().map(|quarter| quarter.1).sum();
        if self.blocks.len() == first + 4 {
            // Σ w²/q with the cells equally likely, less that with q = w.
            let cells = f64::from(1_u32 << (2 * level));
            let loss = (cells * squares / sum.max(f64::MIN_POSITIVE) - sum).max(0.0);
            if loss <= (LOSS_IN_BLOCK * sum).max(LOSS_IN_SQUARE * self.total) {
                let (column, row) = corner();
                self.blocks.truncate(first);
                self.blocks.push((column | row << 12 | level << 24, sum));
            }
        }
        (sum, squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chi_square::{Uniforms, statistic_p};

    #[test]
    fn the_line_never_jumps() {
        let weights: Vec<f32> = (0..256).map(|k| ((k * 37) % 101) as f32).collect();
        let curve = Curve::new(&weights, 16).expect("lit");
        let places: Vec<_> = curve.blocks[..curve.blocks.len() - 1]
            .iter()
            .map(|block| {
                let ((x, y), half) = (block.corner(), 0.5 * block.side() as f32);
                (x as f32 + half, y as f32 + half, half)
            })
            .collect();
        for pair in places.windows(2) {
            let across = (pair[0].0 - pair[1].0)
                .abs()
                .max((pair[0].1 - pair[1].1).abs());
            assert!(across <= pair[0].2 + pair[1].2);
        }
        let area: f32 = places.iter().map(|place| 4.0 * place.2 * place.2).sum();
        assert_eq!(area, 256.0);
    }

    #[test]
    fn cells_are_drawn_as_often_as_their_weights_say() {
        let side = 16;
        let weights: Vec<f32> = (0..side * side)
            .map(|k| if k == 77 { 300.0 } else { (k % 7) as f32 })
            .collect();
        let curve = Curve::new(&weights, side).expect("lit");
        let mut uniforms = Uniforms::new(12);
        let count = 200_000;
        let (mut observed, mut strays) = (vec![0.0; side * side], 0);
        for _ in 0..count {
            let ([x, y], density) = curve.sample([uniforms.next(), uniforms.next()]);
            strays += usize::from((density / curve.density(x, y) - 1.0).abs() > 1e-5);
            observed[(y * side as f32) as usize * side + (x * side as f32) as usize] += 1.0;
        }
        assert!(strays < 5, "{strays} rounded into a neighbour");
        let sum: f32 = weights.iter().sum();
        let expected: Vec<f64> = weights
            .iter()
            .map(|weight| f64::from(weight / sum) * f64::from(count))
            .collect();
        // α = 1e-5.
        let p = statistic_p(&observed, &expected);
        assert!(p > 1e-5, "p = {p}");
        assert!(Curve::new(&[0.0; 4], 2).is_none());
    }

    #[test]
    fn even_light_is_one_block_and_a_lamp_keeps_its_own() {
        let mut weights = vec![1.0; 64 * 64];
        assert_eq!(Curve::new(&weights, 64).expect("lit").blocks.len(), 2);
        weights[1000] = 1e4;
        let curve = Curve::new(&weights, 64).expect("lit");
        assert!(curve.blocks.len() < 40, "{}", curve.blocks.len());
        let at = |k: usize| (k as f32 + 0.5) / 64.0;
        let expected = 1e4 * 4096.0 / (1e4 + 4095.0);
        assert!((curve.density(at(1000 % 64), at(1000 / 64)) / expected - 1.0).abs() < 1e-3);
    }
}
