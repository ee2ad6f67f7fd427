//! COCO's run lengths of a mask.

use serde::Serialize;

/// A binary mask as COCO's uncompressed run lengths: column by column, numbers of clear and set pixels in turn, clear first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunLength {
    /// `[clear, set, clear, …]`, summing to `height · width`.
    pub counts: Vec<u32>,
    /// `[height, width]`.
    pub size: [u32; 2],
}

impl RunLength {
    /// Encodes the pixels for which `set` (by row-major index) is true.
    pub fn encode(width: u32, height: u32, set: impl Fn(usize) -> bool) -> Self {
        let (mut counts, mut run, mut value) = (Vec::new(), 0, false);
        for x in 0..width as usize {
            for y in 0..height as usize {
                if set(y * width as usize + x) != value {
                    counts.push(run);
                    run = 0;
                    value = !value;
                }
                run += 1;
            }
        }
        counts.push(run);
        Self {
            counts,
            size: [height, width],
        }
    }

    /// Number of set pixels.
    pub fn area(&self) -> u64 {
        self.counts
            .iter()
            .skip(1)
            .step_by(2)
            .map(|c| u64::from(*c))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_go_down_columns_and_begin_with_clear_pixels() {
        // Set: (1, 0), (1, 1), (2, 0) of 3 × 2, and the first pixel of 1 × 1.
        let mask = [false, true, true, false, true, false];
        let runs = RunLength::encode(3, 2, |i| mask[i]);
        assert_eq!(
            (runs.counts.as_slice(), runs.size, runs.area()),
            (&[2, 3, 1][..], [2, 3], 3)
        );
        assert_eq!(RunLength::encode(1, 1, |_| true).counts, [0, 1]);
    }
}
