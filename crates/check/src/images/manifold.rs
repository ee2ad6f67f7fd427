//! Where pictures are: whether synthetic ones look like real ones (precision, density), and whether all kinds of real ones are there (recall, coverage).

use super::vectors::Vectors;
use super::{Group, Sets};
use crate::finding::{
    Bar, Chart, Direction, Finding, Interval, NEEDS_HOLDOUT, Number, Standing, Table, Unit, percent,
};
use crate::statistics::{GROUPS, STUDENT_T, alarm_confidence, difference_at, exact};

/// Neighbours of precision and recall (Kynkäänniemi et al. 2019).
const NEAREST: usize = 3;
/// Neighbours of density and coverage (Naeem et al. 2020).
const NEIGHBOURS: usize = 5;
/// Pictures of each set, at most.
const MOST: usize = 4_000;
/// The fewest pictures.
const FEWEST: usize = 50;
/// Real pictures of a class or a group below which nothing is said of its coverage.
const SUPPORT: usize = 50;
/// The worst class may be as much further behind fresh pictures than the best.
const GATE: f64 = 0.05;

/// What balls of neighbours say of one set beside the real one.
struct Shape {
    precision: u64,
    recall: u64,
    /// Balls that each picture of the set is in.
    inside: Vec<u32>,
    /// Whether the ball of each real picture holds one of the set.
    covered: Vec<bool>,
    n: usize,
}

struct Real {
    points: Vectors,
    reach: [Vec<f32>; 2],
}

impl Real {
    fn shape(&self, other: &Vectors) -> Shape {
        let (near, _) = self.points.balls(&self.reach[0], other);
        let (inside, covered) = self.points.balls(&self.reach[1], other);
        let (within, _) = other.balls(&other.reach(NEAREST), &self.points);
        let some = |counts: &[u32]| counts.iter().filter(|count| **count > 0).count() as u64;
        Shape {
            precision: some(&near),
            recall: some(&within),
            inside,
            covered,
            n: other.count(),
        }
    }
}

/// All four, and coverage by class and group.
pub(super) fn findings(sets: &Sets, groups: &[Group]) -> Vec<Finding> {
    let same = sets.same().min(MOST);
    let names = [
        ("fidelity.precision", "Precision"),
        ("fidelity.recall", "Recall"),
        ("fidelity.density", "Density"),
        ("fidelity.coverage", "Coverage"),
    ];
    if same < FEWEST {
        let why = format!("it needs {FEWEST} pictures in each set, and there are {same}");
        let missing = names.map(|(id, title)| Finding::not_computed(id, title, why.clone()));
        return missing.into();
    }
    let points = sets.train.part(0, same);
    let real = Real {
        reach: [points.reach(NEAREST), points.reach(NEIGHBOURS)],
        points,
    };
    let made = real.shape(&sets.made.part(0, same));
    let fresh = sets
        .fresh
        .as_ref()
        .map(|fresh| real.shape(&fresh.part(0, same)));
    let covered = |shape: &Shape| shape.covered.iter().filter(|hit| **hit).count() as u64;
    let mut findings = vec![
        share(
            names[0],
            |shape| (shape.precision, shape.n as u64),
            &made,
            fresh.as_ref(),
            &format!(
                "of the synthetic pictures lie where real ones do: within reach of the {NEAREST} nearest neighbours of one. Low precision is pictures that could not be real."
            ),
        ),
        share(
            names[1],
            |shape| (shape.recall, same as u64),
            &made,
            fresh.as_ref(),
            "of the real pictures lie where synthetic ones do. Low recall is kinds of pictures that are never made: mode collapse.",
        ),
        density(names[2], &made, fresh.as_ref()),
        share(
            names[3],
            |shape| (covered(shape), same as u64),
            &made,
            fresh.as_ref(),
            &format!(
                "of the real pictures have a synthetic one nearer than their {NEIGHBOURS}th real neighbour. What is low here is missing, or too rare."
            ),
        ),
    ];
    findings.extend(
        groups
            .iter()
            .map(|group| of_groups(group, &made, fresh.as_ref(), same)),
    );
    findings
}

fn standing(sure: f64, best: Option<f64>) -> Standing {
    match best {
        None => Standing::Neutral,
        Some(best) if sure >= best - 0.02 => Standing::Good,
        Some(best) if sure >= best - 0.08 => Standing::Attention,
        Some(_) => Standing::Bad,
    }
}

fn share(
    (id, title): (&str, &str),
    counted: impl Fn(&Shape) -> (u64, u64),
    made: &Shape,
    fresh: Option<&Shape>,
    meaning: &str,
) -> Finding {
    let (k, n) = counted(made);
    let value = k as f64 / n as f64;
    let best = fresh.map(|fresh| {
        let (k, n) = counted(fresh);
        (k, n, k as f64 / n as f64)
    });
    let number = Number {
        interval: Some(exact(k, n)),
        best_reachable: best.map(|best| best.2),
        ..Number::share(value, Direction::Higher, n)
    };
    // Both shares are estimates: what is surely lost is the near end of their difference.
    let sure = best.map_or(value, |(l, m, best)| {
        best - difference_at(alarm_confidence(1), l, m, k, n).low.max(0.0)
    });
    Finding::new(id, title, number, format!("{} {meaning}", percent(value)))
        .standing(standing(sure, best.map(|best| best.2)))
}

fn density((id, title): (&str, &str), made: &Shape, fresh: Option<&Shape>) -> Finding {
    let of = |shape: &Shape| -> (f64, f64) {
        let per = |from: usize, to: usize| {
            let sum: u64 = shape.inside[from..to].iter().map(|&c| u64::from(c)).sum();
            sum as f64 / ((to - from) * NEIGHBOURS) as f64
        };
        let n = shape.n;
        let value = per(0, n);
        let groups = (0..GROUPS).map(|g| per(g * n / GROUPS, (g + 1) * n / GROUPS));
        let squares: f64 = groups.map(|x| (x - value) * (x - value)).sum();
        (value, (squares / (GROUPS * (GROUPS - 1)) as f64).sqrt())
    };
    let (value, error) = of(made);
    let best = fresh.map(of);
    let number = Number {
        value,
        interval: Some(Interval {
            low: (value - STUDENT_T * error).max(0.0),
            high: value + STUDENT_T * error,
        }),
        best_reachable: best.map(|best| best.0),
        direction: Direction::Higher,
        unit: Unit::Plain,
        n: made.n as u64,
    };
    let sure = value + 3.3 * libm::hypot(error, best.map_or(0.0, |best| best.1));
    let sentence = format!(
        "A synthetic picture is within reach of {value:.2} times as many real ones as a real picture's neighbours would make it; above 1 where synthetic pictures crowd where real ones are thickest."
    );
    Finding::new(id, title, number, sentence).standing(standing(sure, best.map(|best| best.0)))
}

/// How far each class or group is behind fresh pictures in coverage.
fn of_groups(group: &Group, made: &Shape, fresh: Option<&Shape>, same: usize) -> Finding {
    let id = format!("fairness.coverage.{}", group.id);
    let title = format!("Coverage by {}", group.title);
    let Some(fresh) = fresh else {
        return Finding::not_computed(id, title, NEEDS_HOLDOUT);
    };
    let mut table = Table::of([
        "group",
        "real pictures",
        "covered (95 % interval)",
        "by fresh pictures",
        "behind fresh pictures",
    ]);
    let mut bars = Vec::new();
    let mut behind: Vec<(f64, f64, f64, &str)> = Vec::new();
    let confidence = alarm_confidence(group.names.len());
    for (code, name) in group.names.iter().enumerate() {
        let members: Vec<usize> = (0..same)
            .filter(|&place| group.train[place] as usize == code)
            .collect();
        if members.is_empty() {
            continue;
        }
        let n = members.len() as u64;
        if members.len() < SUPPORT {
            table.push([
                name.clone(),
                n.to_string(),
                format!("not computed: it needs {SUPPORT} real pictures"),
                String::new(),
                String::new(),
            ]);
            continue;
        }
        let hits = |shape: &Shape| members.iter().filter(|&&at| shape.covered[at]).count() as u64;
        let (k, l) = (hits(made), hits(fresh));
        let (own, best) = (k as f64 / n as f64, l as f64 / n as f64);
        let bounds = exact(k, n);
        table.push([
            name.clone(),
            n.to_string(),
            format!(
                "{} ({} to {})",
                percent(own),
                percent(bounds.low),
                percent(bounds.high)
            ),
            percent(best),
            format!("{:+.1} points", (best - own) * 100.0),
        ]);
        bars.push(Bar {
            label: name.clone(),
            value: own,
            mark: Some(best),
        });
        let sure = difference_at(confidence, l, n, k, n);
        behind.push((best - own, sure.low, sure.high, name));
    }
    behind.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(least), Some(most)) = (behind.first(), behind.last()) else {
        return Finding::not_computed(id, title, format!("no group has {SUPPORT} real pictures"))
            .with("Each group", None, table);
    };
    if behind.len() < 2 {
        return Finding::not_computed(
            id,
            title,
            format!("one group only has {SUPPORT} real pictures"),
        )
        .with("Each group", None, table);
    }
    let value = (most.0 - least.0).max(0.0);
    // The group that lost most for sure, beside the one that lost least at most.
    let worst_for_sure = behind.iter().map(|g| g.1).fold(f64::NEG_INFINITY, f64::max);
    let sure = (worst_for_sure - least.2.max(0.0)).max(0.0);
    let (low, high) = (
        (most.1 - least.2).clamp(0.0, 1.0),
        (most.2 - least.1).clamp(0.0, 1.0),
    );
    let number = Number {
        interval: Some(Interval { low, high }),
        best_reachable: Some(0.0),
        ..Number::share(value, Direction::Lower, behind.len() as u64)
    };
    let standing = if sure <= 0.0 || value <= GATE {
        Standing::Good
    } else if sure <= GATE {
        Standing::Attention
    } else {
        Standing::Bad
    };
    let sentence = format!(
        "Beside fresh pictures of the same group, {} is covered worst and {} best; they are {} apart, and {} are allowed.",
        most.3,
        least.3,
        percent(value),
        percent(GATE)
    );
    Finding::new(id, title, number, sentence)
        .standing(standing)
        .with("Each group", Some(Chart::Bars(bars)), table)
}
