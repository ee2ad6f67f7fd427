//! The feature space of pictures: fixed, small, and made of nothing that was learned.
//!
//! | features | number | what is added and multiplied, so that each kind spreads by about one over photographs |
//! |---|---|---|
//! | brightness in 4 × 4 cells | 16 | 4 (x − 0.5) |
//! | first order of the scattering: 4 scales × 4 directions in 4 quarters | 64 | ln(x + 0.002) + 4 |
//! | second order: 6 pairs of scales × 16 of directions, over the whole picture | 96 | ln((x + 0.0005) / (x₁ + 0.002)) + 2, x₁ the first order |
//! | blue and red less brightness: in 4 quarters, and their spread | 10 | 10 x |
//!
//! Of the largest square in the middle, at 64 × 64 pixels. These are no Inception features: distances in this space say nothing beside published FIDs, and know no objects; they know layout,
//! textures, edges, their grouping, and colour.

use super::picture::Picture;
use super::scattering::{DIRECTIONS, SCALES, SIDE, Scattering, pairs};

/// Features of a picture.
pub(super) const FEATURES: usize = 16 + 64 + 96 + 10;

/// What features are worked out with.
pub(super) struct FixedSpace {
    scattering: Scattering,
}

impl FixedSpace {
    pub(super) fn new() -> Self {
        Self {
            scattering: Scattering::new(),
        }
    }

    /// Where a picture is, [`FEATURES`] numbers.
    pub(super) fn place(&self, picture: &Picture) -> Vec<f32> {
        let planes = picture
            .square()
            .planes()
            .map(|plane| plane.resampled(SIDE, SIDE));
        let mut features = Vec::with_capacity(FEATURES);
        features.extend(planes[0].cells(4).iter().map(|cell| 4.0 * (cell - 0.5)));
        let scattered = self.scattering.scatter(&planes[0]);
        for quarters in &scattered.first {
            features.extend(quarters.iter().map(|x| libm::logf(x + 0.002) + 4.0));
        }
        let mut second = scattered.second.iter();
        for (one, _) in pairs() {
            for direction in 0..DIRECTIONS {
                let first: f32 = scattered.first[one * DIRECTIONS + direction]
                    .iter()
                    .sum::<f32>()
                    / 4.0;
                for x in second.by_ref().take(DIRECTIONS) {
                    features.push(libm::logf((x + 0.0005) / (first + 0.002)) + 2.0);
                }
            }
        }
        for plane in &planes[1..] {
            features.extend(plane.cells(2).iter().map(|cell| 10.0 * cell));
            let n = plane.values.len() as f32;
            let mean = plane.values.iter().sum::<f32>() / n;
            let squares: f32 = plane.values.iter().map(|x| (x - mean) * (x - mean)).sum();
            features.push(10.0 * (squares / n).sqrt());
        }
        features
    }

    /// What each feature is, in words.
    pub(super) fn names() -> Vec<String> {
        const QUARTERS: [&str; 4] = ["upper left", "upper right", "lower left", "lower right"];
        // The direction in which brightness changes.
        const TURNS: [&str; 4] = ["across", "falling", "down", "rising"];
        let pixels = |scale: usize| format!("{:.0} px", 8.0 / 3.0 * f64::from(1 << scale));
        let mut names = Vec::with_capacity(FEATURES);
        for row in 1..=4 {
            names.extend((1..=4).map(|column| format!("brightness of cell {row}.{column}")));
        }
        for scale in 0..SCALES {
            for turn in TURNS {
                names.extend(
                    QUARTERS.map(|quarter| format!("waves of {} {turn}, {quarter}", pixels(scale))),
                );
            }
        }
        for (one, other) in pairs() {
            for from in TURNS {
                names.extend(TURNS.map(|to| {
                    format!(
                        "waves of {} {from} that come and go over {} {to}",
                        pixels(one),
                        pixels(other)
                    )
                }));
            }
        }
        for colour in ["blue", "red"] {
            names.extend(QUARTERS.map(|quarter| format!("{colour}, {quarter}")));
            names.push(format!("spread of {colour}"));
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(light: f32) -> Picture {
        let rgb = (0..90 * 70).flat_map(|at| {
            let (x, y) = ((at % 90) as f32, (at / 90) as f32);
            let wave = 0.5 + 0.3 * libm::sinf(x * 0.7 + y * 0.2) * libm::sinf(y * 0.13);
            [wave, wave * 0.8, wave * 0.5].map(|v| (v * light * 255.0) as u8)
        });
        Picture {
            width: 90,
            height: 70,
            rgb: rgb.collect(),
        }
    }

    #[test]
    fn every_feature_has_a_name_of_its_own_and_a_finite_value() {
        let mut names = FixedSpace::names();
        assert_eq!(names.len(), FEATURES);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FEATURES);
        let place = FixedSpace::new().place(&picture(1.0));
        assert_eq!(place.len(), FEATURES);
        assert!(place.iter().all(|value| value.is_finite()));
        let tiny = FixedSpace::new().place(&Picture::grey(1, 1, &[0]));
        assert!(tiny.len() == FEATURES && tiny.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn light_moves_brightness_and_leaves_how_waves_are_grouped() {
        let space = FixedSpace::new();
        let (bright, dim) = (space.place(&picture(1.0)), space.place(&picture(0.6)));
        let moved = |from: usize, to: usize| {
            let sum: f32 = (from..to).map(|at| (bright[at] - dim[at]).abs()).sum();
            sum / (to - from) as f32
        };
        assert!(moved(0, 16) > 0.5, "{}", moved(0, 16));
        assert!(moved(80, 176) < 0.2, "{}", moved(80, 176));
    }
}
