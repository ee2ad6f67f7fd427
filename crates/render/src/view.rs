//! From linear radiance to bytes on a screen.

/// How radiance is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// sRGB transfer function, clipped at 1.
    Plain,
    /// The filmic curve of [`filmic`], then sRGB: highlights roll off instead of clipping, bright colours lose saturation as film does.
    Filmic,
}

/// Linear Rec. 709 radiance to interleaved sRGB bytes, `3 × pixels`.
///
/// Multiplies by `2^exposure_ev` first. Negative values become 0, NaN becomes 0, infinity 255.
pub fn to_srgb8(radiance: &[[f32; 3]], exposure_ev: f64, view: View) -> Vec<u8> {
    let scale = exposure_ev.exp2() as f32;
    let mut bytes = Vec::with_capacity(radiance.len() * 3);
    for pixel in radiance {
        let exposed = pixel.map(|channel| channel * scale);
        let shown = match view {
            View::Plain => exposed,
            View::Filmic => filmic(exposed),
        };
        bytes.extend(shown.map(encode));
    }
    bytes
}

/// Hill's fit of the ACES reference rendering for sRGB displays (S. Hill, "BakingLab", 2016), scaled so that middle grey 0.18 stays where it is.
///
/// Colours first move towards each other (the matrix widens the primaries), then each channel follows a rational S-curve; the inverse matrix leads back. A skin highlight
/// turns pale instead of orange.
pub fn filmic(colour: [f32; 3]) -> [f32; 3] {
    const IN: [[f32; 3]; 3] = [
        [0.59719, 0.35458, 0.04823],
        [0.07600, 0.90834, 0.01566],
        [0.02840, 0.13383, 0.83777],
    ];
    const OUT: [[f32; 3]; 3] = [
        [1.60475, -0.53108, -0.07367],
        [-0.10208, 1.10813, -0.00605],
        [-0.00327, -0.07276, 1.07602],
    ];
    /// Brings 0.18 back to 0.18.
    const EXPOSE: f32 = 1.4619;
    let apply = |matrix: &[[f32; 3]; 3], v: [f32; 3]| {
        matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
    };
    let wide = apply(
        &IN,
        colour.map(|c| if c > 0.0 { (c * EXPOSE).min(1e4) } else { 0.0 }),
    );
    let curved = wide.map(|v| {
        (v * (v + 0.024_578_6) - 0.000_090_537) / (v * (0.983_729 * v + 0.432_951) + 0.238_081)
    });
    apply(&OUT, curved)
}

/// Linear to sRGB byte (IEC 61966-2-1), rounded to nearest.
fn encode(linear: f32) -> u8 {
    let x = if linear > 0.0 { linear.min(1.0) } else { 0.0 };
    let encoded = if x <= 0.003_130_8 {
        12.92 * x
    } else {
        1.055 * x.powf(1.0 / 2.4) - 0.055
    };
    (encoded * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_view_matches_the_standard_at_known_values() {
        let bytes = to_srgb8(
            &[
                [0.0, 0.215_860_5, 1.0],
                [7.0, -1.0, f32::NAN],
                [0.002, f32::INFINITY, 0.5],
            ],
            0.0,
            View::Plain,
        );
        assert_eq!(bytes, [0, 128, 255, 255, 0, 0, 7, 255, 188]);
    }

    #[test]
    fn one_stop_doubles_the_light() {
        assert_eq!(
            to_srgb8(&[[0.1; 3]], 1.0, View::Filmic),
            to_srgb8(&[[0.2; 3]], 0.0, View::Filmic)
        );
    }

    #[test]
    fn filmic_keeps_middle_grey_and_order_and_does_not_clip_early() {
        let grey = filmic([0.18; 3]);
        assert!((grey[1] - 0.18).abs() < 0.002, "{grey:?}");
        let mut last = -1.0;
        for step in 0..60 {
            let value = filmic([0.001 * 1.25_f32.powi(step); 3])[1];
            assert!(value > last);
            last = value;
        }
        assert!(filmic([2.0; 3])[1] < 0.95);
        assert!(filmic([f32::INFINITY; 3]).iter().all(|c| c.is_finite()));
    }
}
