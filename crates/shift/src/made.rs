//! The second route for pictures: the population that is asked for is drawn from the recipe and its pictures are made, so that a user's model can be asked about them.
//!
//! A recipe's population is known: it can be drawn from for ever, and each of its rows can be made into a picture by itself. So rows are drawn, weighted as the shift wants them, and some are taken by
//! systematic sampling with probabilities proportional to weight (Madow 1949); the model's losses on their pictures are the figure.

use population::stream::{Seed, Streams};
use tables::Table;

use crate::error::ShiftError;
use crate::metric::Metric;
use crate::spec::Change;
use crate::study::too_thin;
use crate::target::Target;
use crate::tilt::Weights;
use crate::weigh::Estimate;

/// Whoever makes pictures of a recipe's rows and asks the model about them.
pub trait Renders: Sync {
    /// Rows to choose from, other ones than the data's, in the same columns.
    fn pool(&self) -> &Table;

    /// How many pictures a population is worth.
    fn pictures(&self) -> usize;

    /// The model's loss on the picture of each of these rows of the pool, in their order.
    ///
    /// # Errors
    ///
    /// Pictures that cannot be made, a model that does not answer.
    fn losses(&self, rows: &[u32]) -> Result<Vec<f64>, ShiftError>;
}

/// Losses of pictures that were made for a population.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    losses: Vec<f64>,
    /// How often each was drawn.
    times: Vec<f64>,
}

/// Makes pictures for a population. The inner error says why there are none: the recipe draws too few such rows.
pub(crate) fn made(
    renders: &dyn Renders,
    changes: &[Change],
    seed: Seed,
) -> Result<Result<Made, ShiftError>, ShiftError> {
    let pool = renders.pool();
    let (rows, times) = match chosen(pool, changes, renders.pictures(), seed) {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let losses = renders.losses(&rows)?;
    Ok(Ok(Made { losses, times }))
}

/// Rows of the pool in rising order, and how often each was drawn.
fn chosen(
    pool: &Table,
    changes: &[Change],
    pictures: usize,
    seed: Seed,
) -> Result<(Vec<u32>, Vec<f64>), ShiftError> {
    let target = Target::new(changes, pool)?;
    let weights = Weights::tilted(&target.moments(pool)).map_err(|place| {
        ShiftError::new(
            format!(
                "beyond support: {} cannot be had from rows of the recipe together with what else is asked for",
                target.told(place)
            ),
            "ask for less of it, or change the recipe",
        )
    })?;
    if let Some(why) = too_thin(&weights.overlap()) {
        return Err(ShiftError::new(
            why,
            "ask for a smaller shift, or change the recipe",
        ));
    }
    let mut order: Vec<u32> = (0..pool.rows as u32).collect();
    let mut stream = Streams::new(seed, 0).stream("shift/pictures");
    for place in (1..order.len()).rev() {
        order.swap(place, stream.below(place as u64 + 1) as usize);
    }
    let total: f64 = weights.values.iter().sum();
    let step = total / pictures as f64;
    let mut next = stream.uniform() * step;
    let mut sum = 0.0;
    let mut found: Vec<(u32, f64)> = Vec::new();
    for row in order {
        sum += weights.values[row as usize];
        let mut times = 0.0;
        while next < sum {
            times += 1.0;
            next += step;
        }
        if times > 0.0 {
            found.push((row, times));
        }
    }
    found.sort_unstable_by_key(|(row, _)| *row);
    Ok(found.into_iter().unzip())
}

impl Made {
    /// How many pictures.
    pub(crate) fn pictures(&self) -> usize {
        self.losses.len()
    }

    /// The mean of the losses, with an error that counts a picture once however often it was drawn.
    pub(crate) fn figure(&self, metric: Metric) -> Estimate {
        let all: f64 = self.times.iter().sum();
        let pairs = || self.times.iter().zip(&self.losses);
        let mean = pairs().map(|(times, loss)| times * loss).sum::<f64>() / all;
        let squares: f64 = pairs()
            .map(|(times, loss)| times * times * (loss - mean) * (loss - mean))
            .sum();
        let count = self.losses.len() as f64;
        let error = (squares * count / (count - 1.0).max(1.0)).sqrt() / all;
        Estimate::new(metric, metric.of_mean_loss(mean), error, count - 1.0)
    }
}
