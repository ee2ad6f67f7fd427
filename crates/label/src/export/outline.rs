//! Polygons around the pixels of a mask.

/// The outlines of a mask (by row-major index): closed polygons along pixels' edges, the mask on their right hand (y runs down), holes too, corners only.
///
/// Regions that touch at a corner alone are told apart.
pub(super) fn outlines(
    width: usize,
    height: usize,
    set: impl Fn(usize) -> bool,
) -> Vec<Vec<[u32; 2]>> {
    let inside = |x: i64, y: i64| {
        (0..width as i64).contains(&x)
            && (0..height as i64).contains(&y)
            && set(y as usize * width + x as usize)
    };
    // An outline runs right along the tops of pixels; each such edge is walked once.
    let mut walked = vec![false; width * height];
    let mut all = Vec::new();
    for start in 0..width * height {
        let (x0, y0) = ((start % width) as i64, (start / width) as i64);
        if walked[start] || !inside(x0, y0) || inside(x0, y0 - 1) {
            continue;
        }
        let (mut x, mut y, mut dx, mut dy) = (x0, y0, 1_i64, 0_i64);
        let mut polygon = Vec::new();
        loop {
            if (dx, dy) == (1, 0) {
                walked[(y * width as i64 + x) as usize] = true;
            }
            (x, y) = (x + dx, y + dy);
            // The pixels ahead on either hand of the way.
            let (left, right) = match (dx, dy) {
                (1, 0) => (inside(x, y - 1), inside(x, y)),
                (0, 1) => (inside(x, y), inside(x - 1, y)),
                (-1, 0) => (inside(x - 1, y), inside(x - 1, y - 1)),
                _ => (inside(x - 1, y - 1), inside(x, y - 1)),
            };
            let turned = match (left, right) {
                // At a corner where two pixels touch, it stays with its own.
                (_, false) => (-dy, dx),
                (false, true) => (dx, dy),
                (true, true) => (dy, -dx),
            };
            if turned != (dx, dy) {
                polygon.push([x as u32, y as u32]);
                (dx, dy) = turned;
            }
            if (x, y, dx, dy) == (x0, y0, 1, 0) {
                break;
            }
        }
        all.push(polygon);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice the area, positive to the right hand.
    fn doubled(polygon: &[[u32; 2]]) -> i64 {
        let n = polygon.len();
        (0..n)
            .map(|k| {
                let ([x0, y0], [x1, y1]) = (polygon[k], polygon[(k + 1) % n]);
                i64::from(x0) * i64::from(y1) - i64::from(x1) * i64::from(y0)
            })
            .sum()
    }

    #[test]
    fn a_pixel_has_four_corners() {
        assert_eq!(
            outlines(3, 3, |i| i == 4),
            [vec![[2, 1], [2, 2], [1, 2], [1, 1]]]
        );
    }

    #[test]
    fn areas_add_up_to_the_pixels_whatever_the_mask() {
        // A fixed pseudo-random walk over masks of every density.
        let mut state = 12345_u64;
        for round in 0..200 {
            let mut bits = Vec::new();
            for _ in 0..7 * 9 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                bits.push((state >> 33) % 200 < round);
            }
            let area: i64 = outlines(7, 9, |i| bits[i]).iter().map(|p| doubled(p)).sum();
            assert_eq!(area, 2 * bits.iter().filter(|b| **b).count() as i64);
        }
    }
}
