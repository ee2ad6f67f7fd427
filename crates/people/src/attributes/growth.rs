//! Typical heights and body mass indices by age and sex.
//!
//! Medians rounded from the WHO growth standards (2006, 2007) up to 18 and present-day adult averages beyond; spreads likewise.
//! They only make defaults plausible: a recipe that needs a real population gives its own distribution.

use population::row::{PartialRow, Value};
use population::stream::Stream;

/// Age in years, median height in cm of girls and of boys.
const HEIGHTS_CM: [(f64, f64, f64); 16] = [
    (1.0, 74.0, 75.7),
    (2.0, 86.0, 87.5),
    (3.0, 95.0, 96.0),
    (4.0, 102.5, 103.3),
    (5.0, 109.0, 110.0),
    (7.0, 121.0, 121.7),
    (9.0, 132.5, 132.6),
    (10.0, 138.6, 137.8),
    (11.0, 145.0, 143.1),
    (12.0, 151.2, 149.1),
    (13.0, 156.4, 156.0),
    (14.0, 159.8, 163.2),
    (15.0, 161.7, 169.0),
    (16.0, 162.5, 172.9),
    (18.0, 163.1, 176.1),
    (20.0, 163.3, 176.8),
];

/// Age in years, median BMI in kg/m², spread of its logarithm.
const BMIS: [(f64, f64, f64); 11] = [
    (1.0, 17.0, 0.08),
    (2.0, 16.2, 0.08),
    (5.0, 15.3, 0.09),
    (8.0, 15.8, 0.11),
    (10.0, 16.6, 0.12),
    (13.0, 18.5, 0.14),
    (16.0, 20.7, 0.15),
    (20.0, 22.6, 0.16),
    (35.0, 25.3, 0.18),
    (60.0, 26.8, 0.18),
    (90.0, 24.5, 0.17),
];

/// Piecewise linear in age, flat beyond the ends.
fn by_age(age_years: f64, knots: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut previous: Option<(f64, f64)> = None;
    for (age, value) in knots {
        match previous {
            _ if age_years > age => previous = Some((age, value)),
            Some((from, start)) => {
                return start + (value - start) * (age_years - from) / (age - from);
            }
            None => return value,
        }
    }
    previous.map_or(f64::NAN, |(_, value)| value)
}

pub(super) fn height_cm(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let age = row.number("age_years");
    let male = row.category("sex") == "male";
    let median = by_age(
        age,
        HEIGHTS_CM
            .iter()
            .map(|&(years, girl, boy)| (years, if male { boy } else { girl })),
    );
    // Spines shorten after 40 by about a millimetre a year.
    let shrinkage = 0.1 * (age - 40.0).max(0.0);
    let spread = median * 0.04;
    Value::Number(
        (median - shrinkage + spread * stream.normal_within(0.0, 1.0, -2.5, 2.5))
            .clamp(60.0, 220.0),
    )
}

pub(super) fn bmi_kg_m2(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let age = row.number("age_years");
    let median = by_age(age, BMIS.iter().map(|&(years, median, _)| (years, median)));
    let spread = by_age(age, BMIS.iter().map(|&(years, _, spread)| (years, spread)));
    // exp of a normal: BMI is skewed to the right at every age.
    Value::Number(
        (median * (spread * stream.normal_within(0.0, 1.0, -2.2, 2.8)).exp()).clamp(13.0, 45.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knots_are_hit_and_ends_are_flat() {
        let boys = |age| by_age(age, HEIGHTS_CM.iter().map(|&(years, _, boy)| (years, boy)));
        assert_eq!(boys(0.5), 75.7);
        assert_eq!(boys(10.0), 137.8);
        assert_eq!(boys(50.0), 176.8);
        assert!((boys(6.0) - f64::midpoint(110.0, 121.7)).abs() < 1e-9);
    }
}
