//! Is it like the real table?

mod marginal;
mod shapes;
mod two_sample;

use population::stream::Seed;

use crate::finding::Finding;
use crate::ground::Ground;

/// All measures of one table.
pub(crate) fn findings(ground: &Ground, seed: Seed) -> Vec<Finding> {
    if ground.train.count < 2 || ground.synthetic.count < 2 {
        let least = ground.train.count.min(ground.synthetic.count);
        return vec![Finding::not_computed(
            "fidelity.accuracy",
            "Accuracy",
            format!("a table has {least} rows, and a comparison needs two"),
        )];
    }
    let mut all = marginal::findings(ground, seed);
    all.extend(shapes::findings(ground));
    all.push(two_sample::finding(ground, seed));
    all
}
