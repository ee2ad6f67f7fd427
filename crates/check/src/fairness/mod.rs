//! Is it the same for all groups?
//!
//! Groups are the levels of a protected column (of a number, its quarters), and the combinations of two such columns. A group with too few rows gets no number.

mod group;
mod model;
mod score;

use crate::fidelity::marginal::{Accuracy, Pairing, sets};
use crate::finding::{
    Direction, Finding, Interval, NEEDS_HOLDOUT, Number, Standing, Table, Unit, percent,
};
use crate::ground::Ground;
use crate::statistics::{ALARM, alarm_confidence, difference, difference_at, exact, upper_bound};
use group::{Group, Partition};
use population::stream::Seed;
pub use score::{Score, scores};

/// Below so many rows of a group nothing is said of its share.
const FEWEST: u64 = 30;
/// Below so many rows of a group in any table nothing is said of how well its columns agree.
const SUPPORT: usize = 200;
/// The worst group may be as much worse off than the best.
const GATE: f64 = 0.03;

/// All measures, for each protected column and each pair of them.
pub(crate) fn findings(
    ground: &Ground,
    protect: &[usize],
    targets: &[usize],
    seed: Seed,
) -> Vec<Finding> {
    if protect.is_empty() {
        return vec![Finding::not_computed(
            "fairness.representation",
            "Groups",
            "no protected column was named; give --protect COLUMN",
        )];
    }
    let mut partitions: Vec<Partition> = protect
        .iter()
        .map(|&column| Partition::of(ground, &[column]))
        .collect();
    for (place, &a) in protect.iter().enumerate() {
        for &b in &protect[place + 1..] {
            partitions.push(Partition::of(ground, &[a, b]));
        }
    }
    let mut all = Vec::new();
    for partition in &partitions {
        all.push(representation(partition));
        all.push(fidelity(ground, partition, seed));
        if targets.is_empty() {
            all.push(Finding::not_computed(
                format!("fairness.labels.{}", partition.id),
                format!("Labels by {}", partition.title),
                "no column to predict was named; give --target COLUMN",
            ));
        }
        for &target in targets
            .iter()
            .filter(|target| !partition.columns.contains(target))
        {
            all.push(labels(ground, partition, target));
            all.push(model::finding(ground, partition, target, seed));
        }
    }
    all
}

/// Whether each group is there as often as it was.
fn representation(partition: &Partition) -> Finding {
    let id = format!("fairness.representation.{}", partition.id);
    let title = format!("Representation by {}", partition.title);
    let rows = |of: &dyn Fn(&Group) -> Option<&Vec<bool>>| {
        partition
            .groups
            .iter()
            .filter_map(of)
            .map(Vec::len)
            .max()
            .unwrap_or(0) as u64
    };
    let n = rows(&|group| Some(&group.train));
    let m = rows(&|group| Some(&group.synthetic));
    let fresh = rows(&|group| group.holdout.as_ref());
    let mut table = Table::of([
        "group",
        "training rows",
        "synthetic rows",
        "share in training",
        "share in synthetic (95 % interval)",
        "ratio",
        "ratio of fresh rows",
    ]);
    // All groups share the false alarms.
    let level = ALARM / partition.groups.len().max(1) as f64;
    let mut worst: Option<(f64, Number, &str)> = None;
    for group in &partition.groups {
        let count = |mask: &[bool]| mask.iter().filter(|one| **one).count() as u64;
        let (own, made) = (count(&group.train), count(&group.synthetic));
        let share = own as f64 / n.max(1) as f64;
        let bounds = exact(made, m.max(1));
        let ratio = made as f64 / m.max(1) as f64 / share;
        let best = group
            .holdout
            .as_ref()
            .map(|mask| count(mask) as f64 / fresh.max(1) as f64 / share);
        table.push([
            group.name.clone(),
            own.to_string(),
            made.to_string(),
            percent(share),
            format!(
                "{} ({} to {})",
                percent(made as f64 / m.max(1) as f64),
                percent(bounds.low),
                percent(bounds.high)
            ),
            if own < FEWEST {
                format!("not computed: fewer than {FEWEST} training rows")
            } else {
                format!("{ratio:.2}")
            },
            best.map_or_else(|| "–".to_owned(), |best| format!("{best:.2}")),
        ]);
        // What the ratio is at most for sure: a small group's could be anything.
        let most = upper_bound(made, m.max(1), level) / share;
        if own >= FEWEST && worst.as_ref().is_none_or(|(other, ..)| most < *other) {
            let number = Number {
                value: ratio,
                interval: Some(Interval {
                    low: bounds.low / share,
                    high: bounds.high / share,
                }),
                best_reachable: Some(best.unwrap_or(1.0).min(1.0)),
                direction: Direction::Higher,
                unit: Unit::Plain,
                n: made,
            };
            worst = Some((most, number, &group.name));
        }
    }
    let Some((most, number, name)) = worst else {
        return Finding::not_computed(id, title, format!("no group has {FEWEST} training rows"))
            .with("Groups", None, table);
    };
    let standing = if most < 0.8 {
        Standing::Bad
    } else if most < 0.95 {
        Standing::Attention
    } else {
        Standing::Good
    };
    let sentence = format!(
        "The group that most surely lost, {name}, is there {:.2} times as often as among the training rows.",
        number.value
    );
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with("Each group", None, table)
}

/// Whether columns agree as well within each group.
fn fidelity(ground: &Ground, partition: &Partition, seed: Seed) -> Finding {
    let id = format!("fairness.fidelity.{}", partition.id);
    let title = format!("Fidelity by {}", partition.title);
    let Some(holdout) = &ground.holdout else {
        return Finding::not_computed(id, title, NEEDS_HOLDOUT);
    };
    let sets = sets(ground.columns.len(), 2, seed);
    let mut table = Table::of([
        "group",
        "rows compared",
        "pairs agree",
        "of fresh rows",
        "behind fresh rows",
    ]);
    let mut behind: Vec<(f64, Accuracy, Accuracy, &str)> = Vec::new();
    for group in &partition.groups {
        let Some(mask) = &group.holdout else { continue };
        let (train, made, fresh) = (
            ground.train.those(&group.train),
            ground.synthetic.those(&group.synthetic),
            holdout.those(mask),
        );
        let same = made.count.min(fresh.count);
        if same < SUPPORT || train.count < SUPPORT {
            table.push([
                group.name.clone(),
                same.min(train.count).to_string(),
                format!("not computed: it needs {SUPPORT} rows in each table"),
                String::new(),
                String::new(),
            ]);
            continue;
        }
        let mean = |other| Accuracy::mean(&Pairing::new(ground, &train, other).accuracies(&sets));
        let (Some(own), Some(best)) = (mean(&made.sample(same)), mean(&fresh.sample(same))) else {
            continue;
        };
        let gap = best.value - own.value;
        table.push([
            group.name.clone(),
            same.to_string(),
            percent(own.value),
            percent(best.value),
            format!("{:+.2} points", gap * 100.0),
        ]);
        behind.push((gap, own, best, &group.name));
    }
    behind.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(least), Some(most)) = (behind.first(), behind.last()) else {
        return Finding::not_computed(
            id,
            title,
            format!("no group has {SUPPORT} rows in each table"),
        )
        .with("Each group", None, table);
    };
    if behind.len() < 2 {
        return Finding::not_computed(
            id,
            title,
            format!("one group only has {SUPPORT} rows in each table"),
        )
        .with("Each group", None, table);
    }
    let value = (most.0 - least.0).max(0.0);
    let errors = [&most.1, &most.2, &least.1, &least.2].map(|accuracy| {
        let interval = accuracy.interval();
        (interval.high - interval.low) / 2.0
    });
    let error = errors.iter().map(|error| error * error).sum::<f64>().sqrt();
    let number = Number {
        value,
        interval: Some(Interval {
            low: (value - error).max(0.0),
            high: value + error,
        }),
        best_reachable: Some(0.0),
        direction: Direction::Lower,
        unit: Unit::Share,
        n: behind.len() as u64,
    };
    let standing = if value - error <= GATE {
        Standing::Good
    } else if value - error <= 2.0 * GATE {
        Standing::Attention
    } else {
        Standing::Bad
    };
    let sentence = format!(
        "Measured against fresh rows of the same group, {} is worst off and {} best; they are {} apart, and {} are allowed.",
        most.3,
        least.3,
        percent(value),
        percent(GATE)
    );
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with("Each group", None, table)
}

/// Whether each group has a label as often as it had.
fn labels(ground: &Ground, partition: &Partition, target: usize) -> Finding {
    let name = &ground.columns[target].name;
    let id = format!("fairness.labels.{}.{name}", partition.id);
    let title = format!("`{name}` by {}", partition.title);
    let answers = |rows| crate::attack::question(ground, target, rows);
    let (Some((words, train)), Some((_, made))) =
        (answers(&ground.train), answers(&ground.synthetic))
    else {
        return Finding::not_computed(id, title, format!("`{name}` has one value only"));
    };
    let fresh = ground
        .holdout
        .as_ref()
        .and_then(answers)
        .map(|(_, fresh)| fresh);
    let counted = |mask: &[bool], yes: &[bool]| {
        let (mut k, mut n) = (0_u64, 0_u64);
        for (&inside, &one) in mask.iter().zip(yes) {
            n += u64::from(inside);
            k += u64::from(inside && one);
        }
        (k, n)
    };
    let mut table = Table::of([
        "group",
        "rows",
        "share in training",
        "share in synthetic",
        "difference (95 % interval)",
        "share of fresh rows",
    ]);
    let mut worst: Option<(f64, Number, &str)> = None;
    for group in &partition.groups {
        let ((k, n), (l, m)) = (
            counted(&group.train, &train),
            counted(&group.synthetic, &made),
        );
        if n.min(m) < FEWEST {
            table.push([
                group.name.clone(),
                n.min(m).to_string(),
                format!("not computed: it needs {FEWEST} rows in each table"),
                String::new(),
                String::new(),
                String::new(),
            ]);
            continue;
        }
        let (p, q) = (k as f64 / n as f64, l as f64 / m as f64);
        let bounds = difference(l, m, k, n);
        let best = group
            .holdout
            .as_ref()
            .zip(fresh.as_ref())
            .map(|(mask, fresh)| counted(mask, fresh));
        table.push([
            group.name.clone(),
            n.min(m).to_string(),
            percent(p),
            percent(q),
            format!(
                "{:+.1} points ({:+.1} to {:+.1})",
                (q - p) * 100.0,
                bounds.low * 100.0,
                bounds.high * 100.0
            ),
            best.filter(|best| best.1 > 0).map_or_else(
                || "–".to_owned(),
                |best| percent(best.0 as f64 / best.1 as f64),
            ),
        ]);
        let gap = (q - p).abs();
        let (low, high) = if q >= p {
            (bounds.low, bounds.high)
        } else {
            (-bounds.high, -bounds.low)
        };
        let told = Interval {
            low: low.max(0.0),
            high,
        };
        let bounds = difference_at(alarm_confidence(partition.groups.len()), l, m, k, n);
        let sure = if q >= p { bounds.low } else { -bounds.high }.max(0.0);
        if worst.as_ref().is_none_or(|(other, ..)| {
            sure > *other
                || sure == *other && gap > worst.as_ref().map_or(0.0, |worst| worst.1.value)
        }) {
            let number = Number {
                value: gap,
                interval: Some(told),
                best_reachable: best
                    .filter(|best| best.1 > 0)
                    .map(|best| (best.0 as f64 / best.1 as f64 - p).abs()),
                direction: Direction::Lower,
                unit: Unit::Share,
                n: n.min(m),
            };
            worst = Some((sure, number, &group.name));
        }
    }
    let Some((sure, number, group)) = worst else {
        return Finding::not_computed(
            id,
            title,
            format!("no group has {FEWEST} rows in each table"),
        )
        .with("Each group", None, table);
    };
    let standing = if sure > 0.05 {
        Standing::Bad
    } else if sure > 0.01 {
        Standing::Attention
    } else {
        Standing::Good
    };
    let sentence = format!(
        "How often {words} moved most for {group}: by {} of its rows.",
        percent(number.value)
    );
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with("Each group", None, table)
}
