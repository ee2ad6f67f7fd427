//! How the loss falls with the amount of data: a power law (Hestness et al. 2017).

use population::stream::{Seed, Streams};

/// `loss = floor + factor · amount^(−exponent)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// What no amount goes below.
    pub floor: f64,
    /// At one sample, above the floor.
    pub factor: f64,
    /// How fast it falls.
    pub exponent: f64,
}

/// A mean loss at an amount, and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Samples that were trained on.
    pub amount: f64,
    /// Mean loss.
    pub loss: f64,
    /// Its standard error.
    pub error: f64,
}

impl PowerLaw {
    /// The loss that it predicts.
    pub fn at(&self, amount: f64) -> f64 {
        self.floor + self.factor * libm::pow(amount, -self.exponent)
    }

    /// The law nearest to the points in squares, with floor and factor at or above 0; none under three points.
    pub fn fit(points: &[CurvePoint]) -> Option<Self> {
        if points.len() < 3 {
            return None;
        }
        let mut best: Option<(f64, Self)> = None;
        for step in 1..=100 {
            let exponent = f64::from(step) * 0.02;
            let x: Vec<f64> = points
                .iter()
                .map(|p| libm::pow(p.amount, -exponent))
                .collect();
            let law = |floor: f64, factor: f64| Self {
                floor,
                factor,
                exponent,
            };
            let n = points.len() as f64;
            let (mean_x, mean_y) = (
                x.iter().sum::<f64>() / n,
                points.iter().map(|p| p.loss).sum::<f64>() / n,
            );
            let spread: f64 = x.iter().map(|x| (x - mean_x) * (x - mean_x)).sum();
            let joint: f64 = x
                .iter()
                .zip(points)
                .map(|(x, p)| (x - mean_x) * (p.loss - mean_y))
                .sum();
            let factor = if spread > 0.0 { joint / spread } else { 0.0 };
            let floor = mean_y - factor * mean_x;
            // Where the best line leaves the quadrant, the best within is on one of its sides.
            let along: f64 = x.iter().zip(points).map(|(x, p)| x * p.loss).sum::<f64>()
                / x.iter().map(|x| x * x).sum::<f64>();
            let mut candidates = vec![law(mean_y.max(0.0), 0.0), law(0.0, along.max(0.0))];
            if floor >= 0.0 && factor >= 0.0 {
                candidates = vec![law(floor, factor)];
            }
            for law in candidates {
                let off: f64 = points
                    .iter()
                    .map(|p| (law.at(p.amount) - p.loss) * (law.at(p.amount) - p.loss))
                    .sum();
                if best.is_none_or(|(least, _)| off < least) {
                    best = Some((off, law));
                }
            }
        }
        best.map(|(_, law)| law)
    }
}

/// What so many times the greatest amount would give, with a 95 % interval from points drawn anew around what was found, and the law.
pub fn extrapolated(
    points: &[CurvePoint],
    times: f64,
    seed: Seed,
) -> Option<(PowerLaw, f64, (f64, f64))> {
    const DRAWS: u64 = 400;
    let law = PowerLaw::fit(points)?;
    let amount = points.iter().map(|p| p.amount).fold(0.0, f64::max) * times;
    let mut all: Vec<f64> = (0..DRAWS)
        .filter_map(|draw| {
            let mut stream = Streams::new(seed, draw).stream("trial/curve");
            let drawn: Vec<CurvePoint> = points
                .iter()
                .map(|p| CurvePoint {
                    loss: (p.loss + p.error * stream.normal()).max(0.0),
                    ..*p
                })
                .collect();
            Some(PowerLaw::fit(&drawn)?.at(amount))
        })
        .collect();
    all.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize];
    Some((law, law.at(amount), (at(0.025), at(0.975))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_found_again_and_carries_on() {
        let truth = PowerLaw {
            floor: 0.1,
            factor: 3.0,
            exponent: 0.5,
        };
        let points: Vec<CurvePoint> = [250.0, 500.0, 1000.0, 2000.0]
            .map(|amount| CurvePoint {
                amount,
                loss: truth.at(amount),
                error: 0.001,
            })
            .to_vec();
        let (law, double, (low, high)) = extrapolated(&points, 2.0, Seed(1)).unwrap();
        assert!((law.exponent - 0.5).abs() < 0.021, "{law:?}");
        assert!((double - truth.at(4000.0)).abs() < 1e-3);
        assert!(low < truth.at(4000.0) && truth.at(4000.0) < high);
        // Where more data does not help, none is promised.
        let flat = [1.0, 2.0, 4.0].map(|amount| CurvePoint {
            amount,
            loss: 0.3,
            error: 0.0,
        });
        assert!((PowerLaw::fit(&flat).unwrap().at(1e6) - 0.3).abs() < 1e-9);
        let rising = [1.0, 2.0, 4.0].map(|amount| CurvePoint {
            amount,
            loss: 0.3 + amount / 100.0,
            error: 0.0,
        });
        assert!(PowerLaw::fit(&rising).unwrap().factor < 1e-9);
    }
}
