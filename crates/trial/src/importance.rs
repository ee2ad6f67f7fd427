//! Which knob the results depend on, among settings that were chosen without a look at results.

use population::stream::{Seed, Streams};

/// What a knob has to do with the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Importance {
    /// The share of the variance of losses that goes with it.
    pub share: f64,
    /// The probability of one of all knobs standing out so much where none matters (Westfall & Young 1993, smallest p).
    pub p: f64,
}

const SHUFFLES: usize = 999;

/// Of each knob: `places[i][k]` is where knob `k` stood in setting `i`, `levels[k]` how many values it has (none for a range), `losses[i]` what came of it. Empty under six settings.
pub(crate) fn importances(
    places: &[Vec<f64>],
    levels: &[Option<usize>],
    losses: &[f64],
    seed: Seed,
) -> Vec<Importance> {
    let n = losses.len();
    if n < 6 {
        return Vec::new();
    }
    let designs: Vec<Vec<usize>> = levels
        .iter()
        .enumerate()
        .map(|(knob, levels)| {
            // Ranges are cut into as many parts as leave four settings in each, at most four.
            let parts = levels.unwrap_or((n / 4).clamp(2, 4));
            places
                .iter()
                .map(|place| ((place[knob] * parts as f64) as usize).min(parts - 1))
                .collect()
        })
        .collect();
    let found: Vec<f64> = designs
        .iter()
        .map(|groups| explained(groups, losses))
        .collect();
    let mut stream = Streams::new(seed, 0).stream("trial/importance");
    let mut shuffled = losses.to_vec();
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(SHUFFLES); levels.len()];
    for _ in 0..SHUFFLES {
        for place in (1..n).rev() {
            shuffled.swap(place, stream.below(place as u64 + 1) as usize);
        }
        for (groups, drawn) in designs.iter().zip(&mut drawn) {
            drawn.push(explained(groups, &shuffled));
        }
    }
    // Each knob on its own scale: the share of shuffles that reach as far, the found value counted among them.
    let own = |knob: usize, value: f64| {
        let reach = drawn[knob].iter().filter(|&&d| d >= value - 1e-12).count();
        (reach + 1) as f64 / (SHUFFLES + 1) as f64
    };
    let sorted: Vec<Vec<f64>> = drawn
        .iter()
        .map(|drawn| {
            let mut sorted = drawn.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted
        })
        .collect();
    let least: Vec<f64> = (0..SHUFFLES)
        .map(|shuffle| {
            (0..levels.len())
                .map(|knob| {
                    let below = sorted[knob].partition_point(|&d| d < drawn[knob][shuffle] - 1e-12);
                    (SHUFFLES - below) as f64 / SHUFFLES as f64
                })
                .fold(1.0, f64::min)
        })
        .collect();
    found
        .iter()
        .enumerate()
        .map(|(knob, &share)| {
            let p = own(knob, share);
            let smaller = least.iter().filter(|&&least| least <= p).count();
            Importance {
                share,
                p: ((smaller + 1) as f64 / (SHUFFLES + 1) as f64).max(p),
            }
        })
        .collect()
}

/// The share of the variance that lies between groups.
fn explained(groups: &[usize], losses: &[f64]) -> f64 {
    let n = losses.len() as f64;
    let mean = losses.iter().sum::<f64>() / n;
    let total: f64 = losses.iter().map(|l| (l - mean) * (l - mean)).sum();
    if total <= 0.0 {
        return 0.0;
    }
    let count = groups.iter().max().map_or(0, |most| most + 1);
    let mut sums = vec![(0.0, 0.0); count];
    for (&group, &loss) in groups.iter().zip(losses) {
        sums[group].0 += loss - mean;
        sums[group].1 += 1.0;
    }
    let between: f64 = sums
        .iter()
        .filter(|(_, count)| *count > 0.0)
        .map(|(sum, count)| sum * sum / count)
        .sum();
    between / total
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 60 draws without any effect the smallest p is below 0.05 in about 3; more than 10 would come up once in 2,000 such tests.
    #[test]
    fn where_nothing_matters_nothing_is_found_more_often_than_stated() {
        let mut alarms = 0;
        let mut found = 0;
        for draw in 0..60 {
            let mut stream = Streams::new(Seed(draw), 0).stream("test");
            let places: Vec<Vec<f64>> = (0..24)
                .map(|_| (0..5).map(|_| stream.uniform()).collect())
                .collect();
            let levels = [None, Some(2), Some(3), None, None];
            let noise: Vec<f64> = (0..24).map(|_| stream.normal()).collect();
            let all = importances(&places, &levels, &noise, Seed(7));
            alarms += u32::from(all.iter().any(|one| one.p < 0.05));
            let planted: Vec<f64> = noise
                .iter()
                .zip(&places)
                .map(|(noise, place)| 0.5 * noise + 3.0 * place[3])
                .collect();
            let all = importances(&places, &levels, &planted, Seed(7));
            found += u32::from(all[3].p < 0.05 && all.iter().all(|one| one.share <= all[3].share));
        }
        assert!(alarms <= 10, "{alarms}");
        assert!(found >= 55, "{found}");
    }
}
