//! Is it like the real table?

mod dependence;
pub(crate) mod embedding;
mod kway;
pub(crate) mod marginal;
pub(crate) mod shapes;
pub(crate) mod two_sample;
mod usefulness;

pub(crate) use shapes::ks_complement;

use population::stream::Seed;

use crate::finding::{Direction, Finding, Number, Standing, Table, percent};
use crate::ground::Ground;
use crate::report::Kept;

/// All measures of one table.
pub(crate) fn findings(
    ground: &Ground,
    targets: &[usize],
    rules: &[Kept],
    seed: Seed,
) -> Vec<Finding> {
    if ground.columns.is_empty() {
        return vec![Finding::not_computed(
            "fidelity.accuracy",
            "Accuracy",
            "there is no column to compare",
        )];
    }
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
    all.push(kway::finding(ground, seed));
    all.push(two_sample::finding(ground, seed));
    all.extend(dependence::findings(ground));
    all.push(usefulness::finding(ground, targets, seed));
    all.push(embedding::finding(ground, seed));
    all.push(rules_kept(rules));
    all
}

/// How many rows keep the rules.
pub(crate) fn rules_kept(rules: &[Kept]) -> Finding {
    let (id, title) = ("fidelity.rules", "Rules");
    if rules.is_empty() {
        return Finding::not_computed(id, title, "no rule was given; give --rules")
            .standing(Standing::Neutral);
    }
    let mut table = Table::of([
        "rule",
        "broken by synthetic rows",
        "by training rows",
        "by fresh rows",
    ]);
    let (mut broken, mut known, mut of_real, mut real) = (0, 0, 0, 0);
    for rule in rules {
        let share =
            |tally: &tables::Tally| format!("{} of {}", tally.broken, tally.broken + tally.holds);
        table.push([
            rule.text.clone(),
            share(&rule.synthetic),
            share(&rule.train),
            rule.holdout.as_ref().map_or_else(|| "–".to_owned(), share),
        ]);
        broken += rule.synthetic.broken;
        known += rule.synthetic.broken + rule.synthetic.holds;
        let fresh = rule.holdout.unwrap_or(rule.train);
        of_real += fresh.broken;
        real += fresh.broken + fresh.holds;
    }
    if known == 0 {
        return Finding::not_computed(
            id,
            title,
            "no synthetic row has the values that the rules speak of",
        );
    }
    let number = Number {
        interval: Some(crate::statistics::exact(known - broken, known)),
        best_reachable: (real > 0).then(|| 1.0 - of_real as f64 / real as f64),
        ..Number::share(1.0 - broken as f64 / known as f64, Direction::Higher, known)
    };
    let standing = if broken == 0 {
        Standing::Good
    } else if number
        .best_reachable
        .is_some_and(|best| number.value >= best - 0.001)
    {
        Standing::Attention
    } else {
        Standing::Bad
    };
    let sentence = format!(
        "The rules are kept in {} of the cases where they can be decided.",
        percent(number.value)
    );
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with("Each rule", None, table)
}
