//! The Monk scale as reflectance.
//!
//! Monk's ten swatches are screen colours for comparing against photographs; the lightest (`#f6ede4`, L* 94) would need a skin that
//! reflects 85 % of light, while measured facial skin stays between about L* 25 and 75. So lightness follows the swatches' order and
//! spacing, squeezed into the measured range and made strictly falling (swatch 3 is as light as swatch 2), and chroma follows
//! measured skin under D65: redness nearly constant and peaking in brown skin, yellowness rising from fair to tan and falling
//! again as melanin takes all wavelengths (the banana-shaped skin locus; ranges as in the ISSA and NCS skin colour data).
use glam::Vec3;

/// CIE L*a*b* (D65, 2°) of mean facial skin at tones 1, 2, … 10.
const LAB: [[f64; 3]; 10] = [
    [77.0, 9.5, 12.5],
    [73.5, 10.5, 15.0],
    [70.0, 11.5, 17.5],
    [65.5, 12.0, 19.5],
    [58.5, 13.5, 21.5],
    [48.5, 14.5, 21.5],
    [40.5, 14.0, 19.0],
    [33.5, 12.5, 15.5],
    [27.5, 10.0, 11.5],
    [23.0, 8.0, 8.5],
];

/// The scale's ends.
pub const LIGHTEST: f64 = 1.0;
/// See [`LIGHTEST`].
pub const DARKEST: f64 = 10.0;

/// Mean facial albedo at a tone, linear Rec. 709. Continuous, and strictly darker as `monk` rises; outside `[1, 10]` the ends hold.
pub fn albedo(monk: f64) -> Vec3 {
    let [l, a, b] = lab(monk);
    linear_from_lab(l, a, b)
}

/// CIE L*a*b* at a tone; see [`albedo`].
pub fn lab(monk: f64) -> [f64; 3] {
    let t = monk.clamp(LIGHTEST, DARKEST) - 1.0;
    let i = (t.floor() as usize).min(LAB.len() - 2);
    let f = t - i as f64;
    std::array::from_fn(|channel| {
        let value = |k: usize| LAB[k][channel];
        // Fritsch–Butland slopes: harmonic means of neighbouring differences, so that no interval overshoots its ends.
        let slope = |k: usize| {
            if k == 0 || k == LAB.len() - 1 {
                return if k == 0 {
                    value(1) - value(0)
                } else {
                    value(k) - value(k - 1)
                };
            }
            let (before, after) = (value(k) - value(k - 1), value(k + 1) - value(k));
            if before * after <= 0.0 {
                0.0
            } else {
                2.0 * before * after / (before + after)
            }
        };
        let (h00, h10) = (
            (1.0 + 2.0 * f) * (1.0 - f) * (1.0 - f),
            f * (1.0 - f) * (1.0 - f),
        );
        let (h01, h11) = (f * f * (3.0 - 2.0 * f), f * f * (f - 1.0));
        h00 * value(i) + h10 * slope(i) + h01 * value(i + 1) + h11 * slope(i + 1)
    })
}

fn linear_from_lab(l: f64, a: f64, b: f64) -> Vec3 {
    let fy = (l + 16.0) / 116.0;
    let inverse = |f: f64| {
        if f > 6.0 / 29.0 {
            f * f * f
        } else {
            3.0 * (6.0f64 / 29.0).powi(2) * (f - 4.0 / 29.0)
        }
    };
    let (x, y, z) = (
        0.95047 * inverse(fy + a / 500.0),
        inverse(fy),
        1.08883 * inverse(fy - b / 200.0),
    );
    Vec3::new(
        (3.2404542 * x - 1.5371385 * y - 0.4985314 * z) as f32,
        (-0.9692660 * x + 1.8760108 * y + 0.0415560 * z) as f32,
        (0.0556434 * x - 0.2040259 * y + 1.0572252 * z) as f32,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: Vec3) -> f32 {
        c.dot(Vec3::new(0.2126, 0.7152, 0.0722))
    }

    #[test]
    fn luminance_falls_with_every_step_and_nothing_jumps() {
        let mut previous = albedo(1.0);
        for step in 1..=900 {
            let next = albedo(1.0 + f64::from(step) / 100.0);
            assert!(
                luminance(next) < luminance(previous),
                "tone {} is not darker",
                1.0 + f64::from(step) / 100.0
            );
            assert!((next - previous).abs().max_element() < 0.004);
            previous = next;
        }
    }

    #[test]
    fn skin_is_a_plausible_reflectance_red_over_green_over_blue() {
        for tenth in 10..=100 {
            let c = albedo(f64::from(tenth) / 10.0);
            assert!(
                c.x > c.y && c.y > c.z && c.z > 0.015 && c.x < 0.75,
                "tone {}: {c}",
                f64::from(tenth) / 10.0
            );
        }
    }

    #[test]
    fn lab_conversion_agrees_with_a_published_colour() {
        // X-Rite ColorChecker "light skin" (L* 65.7, a* 18.1, b* 17.8 under D50) is near sRGB (194, 150, 130); ours is the D65 formula,
        // so check grey instead, where all illuminants agree: L* 50 is 18.42 % reflectance.
        let grey = linear_from_lab(50.0, 0.0, 0.0);
        assert!(
            (grey - Vec3::splat(0.1842)).abs().max_element() < 2e-4,
            "{grey}"
        );
    }
}
