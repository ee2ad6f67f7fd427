//! Colours from a mosaic.

/// Which colour a pixel of an RGGB mosaic sees: 0 red, 1 green, 2 blue.
pub(super) const fn colour_at(x: usize, y: usize) -> usize {
    (x & 1) + (y & 1)
}

/// Interpolates the colours a mosaic lacks: bilinear, corrected by the curvature of the colour that is there (Malvar, He & Cutler 2004,
/// "High-Quality Linear Interpolation for Demosaicing of Bayer-Patterned Color Images"). Beyond the edges the mosaic is mirrored about its last pixels,
/// which keeps the pattern.
pub(super) fn demosaic(mosaic: &[f32], width: usize, height: usize) -> Vec<[f32; 3]> {
    let mirrored = |at: isize, size: usize| {
        let last = size as isize - 1;
        if last == 0 {
            return 0;
        }
        let folded = at.rem_euclid(2 * last);
        folded.min(2 * last - folded) as usize
    };
    let mut picture = Vec::with_capacity(mosaic.len());
    for y in 0..height {
        for x in 0..width {
            let at = |dx: isize, dy: isize| {
                mosaic[mirrored(y as isize + dy, height) * width + mirrored(x as isize + dx, width)]
            };
            let here = at(0, 0);
            let beside = at(-1, 0) + at(1, 0);
            let above = at(0, -1) + at(0, 1);
            let corners = at(-1, -1) + at(1, -1) + at(-1, 1) + at(1, 1);
            let far_beside = at(-2, 0) + at(2, 0);
            let far_above = at(0, -2) + at(0, 2);
            // The four filters of their figure 2.
            let green = 0.5 * here + 0.25 * (beside + above) - 0.125 * (far_beside + far_above);
            let along_row =
                0.625 * here + 0.5 * beside - 0.125 * (corners + far_beside) + 0.0625 * far_above;
            let along_column =
                0.625 * here + 0.5 * above - 0.125 * (corners + far_above) + 0.0625 * far_beside;
            let across = 0.75 * here + 0.25 * corners - 0.1875 * (far_beside + far_above);
            picture.push(match (y & 1, x & 1) {
                (0, 0) => [here, green, across],
                (0, _) => [along_row, here, along_column],
                (_, 0) => [along_column, here, along_row],
                (_, _) => [across, green, here],
            });
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mosaic_of(
        width: usize,
        height: usize,
        colour: impl Fn(usize, usize) -> [f32; 3],
    ) -> Vec<f32> {
        (0..width * height)
            .map(|i| colour(i % width, i / width)[colour_at(i % width, i / width)])
            .collect()
    }

    #[test]
    fn flat_colours_come_back_and_grey_stays_grey() {
        for colour in [[0.3; 3], [0.9, 0.2, 0.05], [0.0, 1.0, 0.5]] {
            for (width, height) in [(8, 6), (7, 5), (2, 2)] {
                let picture = demosaic(&mosaic_of(width, height, |_, _| colour), width, height);
                for pixel in picture {
                    for (found, expected) in pixel.iter().zip(colour) {
                        assert!((found - expected).abs() < 1e-6, "{pixel:?} {colour:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_grey_slope_comes_back_exactly_in_the_middle() {
        let slope = |x: usize, y: usize| [0.1 + 0.02 * x as f32 + 0.03 * y as f32; 3];
        let picture = demosaic(&mosaic_of(16, 12, slope), 16, 12);
        for y in 2..10 {
            for x in 2..14 {
                for channel in picture[y * 16 + x] {
                    assert!((channel - slope(x, y)[0]).abs() < 1e-5, "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn an_edge_of_grey_keeps_more_of_its_sharpness_than_by_bilinear_interpolation() {
        let edge = |x: usize, _: usize| [if x < 8 { 0.2 } else { 0.8 }; 3];
        let picture = demosaic(&mosaic_of(16, 12, edge), 16, 12);
        let error = (2..14)
            .flat_map(|x| (4..6).map(move |y| (x, y)))
            .map(|(x, y)| (picture[y * 16 + x][1] - edge(x, y)[1]).abs())
            .fold(0.0, f32::max);
        // Bilinear green is off by a quarter of the step, 0.15.
        assert!(error < 0.08, "{error}");
    }
}
