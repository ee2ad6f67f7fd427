//! What is said of arms whose scores are known.

use check::{Outcome, Score, Standing};
use frontier::{Arm, Arms, Epsilon, Measure, judge};

fn scores(areas: [f64; 3]) -> Vec<Score> {
    ["", "many", "few"]
        .iter()
        .zip(areas)
        .zip([1_100, 1_000, 100])
        .map(|((group, area), rows)| Score {
            group: (*group).to_owned(),
            rows,
            trained: 2 * rows,
            right: rows * 4 / 5,
            area: Some((area, 0.01)),
        })
        .collect()
}

fn arms(at: &[(Epsilon, [f64; 3])]) -> Arms {
    Arms {
        question: "`churn` is its most frequent value".to_owned(),
        measure: Measure::Area,
        real: scores([0.9, 0.9, 0.88]),
        arms: at
            .iter()
            .map(|(epsilon, areas)| Arm {
                epsilon: *epsilon,
                repeats: vec![scores(*areas), scores(areas.map(|area| area - 0.002))],
                failed: None,
            })
            .collect(),
        tables: Vec::new(),
        notes: Vec::new(),
    }
}

#[test]
fn the_group_that_collapses_first_is_named_with_the_epsilon_and_infeasible_wishes_are_told() {
    let section = judge(&arms(&[
        (Epsilon::At(0.3), [0.75, 0.77, 0.52]),
        (Epsilon::At(3.0), [0.85, 0.87, 0.60]),
        (Epsilon::Unlimited, [0.89, 0.89, 0.86]),
    ]));
    let find = |id: &str| {
        let mut all = section.findings.iter();
        all.find(|finding| finding.id == id).expect("made")
    };
    let first = find("frontier.first");
    assert_eq!(first.standing, Standing::Bad);
    assert!(
        first.sentence.starts_with(
            "As ε falls, few (200 of training) lose first: at ε = 3 they keep less than half"
        ),
        "{}",
        first.sentence
    );
    // few keeps (0.519 − 0.5) of 0.38.
    assert_eq!(first.details[0].table.rows[1][2], "5 %");
    let gap = find("frontier.gap");
    assert_eq!(gap.standing, Standing::Bad);
    let number = gap.number().expect("computed");
    assert!((number.value - 0.27).abs() < 1e-9, "{number:?}");
    // 95 % of real data's usefulness is attained without a promise only, and no ε that was tried has a gap as small as real data's.
    let attained = &find("frontier.attained").details[0].table.rows;
    assert_eq!(
        attained[4][1..],
        ["not attained", "ε = ∞", "ε = ∞", "ε = ∞"]
    );
    assert_eq!(attained[0][4], "ε = 0.3");
    assert!(
        find("frontier.attained")
            .sentence
            .contains("attained by no ε that was tried")
    );
}

#[test]
fn where_nobody_loses_nobody_is_named_and_what_failed_says_why() {
    let mut all = arms(&[(Epsilon::At(10.0), [0.89, 0.89, 0.87])]);
    let section = judge(&all);
    assert!(
        section.findings[3]
            .sentence
            .starts_with("No group's area under the curve collapses")
    );
    assert_ne!(section.standing, Standing::Bad);
    all.arms[0].repeats.clear();
    all.arms[0].failed = Some("there are about 12 rows".to_owned());
    let section = judge(&all);
    assert_eq!(
        section.findings[0].outcome,
        Outcome::NotComputed {
            why: "there are about 12 rows".to_owned()
        }
    );
    assert_eq!(section.standing, Standing::NotComputed);
}

#[test]
fn promises_are_read_and_put_in_order() {
    assert_eq!("3".parse(), Ok(Epsilon::At(3.0)));
    assert_eq!("inf".parse(), Ok(Epsilon::Unlimited));
    assert!(Epsilon::At(10.0) < Epsilon::Unlimited);
    for text in ["0", "-1", "NaN", "x"] {
        assert!(text.parse::<Epsilon>().is_err(), "{text}");
    }
}
