//! Rows under conditions, rules, other shares, and rows that are known in part: each is what the model itself says, given what was asked.

mod common;

use std::collections::BTreeMap;

use common::{column, levels, numbers, sealed};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use tables::format::{MomentFormat, NumberFormat};
use tables::model::{Draw, Draws, Request, Settings, Wish};
use tables::{Cells, Kind, Model, Rule, Scenario, Table, find_rules};

const DAY_S: f64 = 86_400.0;

/// Orders: who is young churns more, and with the `pro` plan less; the total is price times pieces; what is due comes after what was ordered; one in
/// a thousand orders is fraud; the region decides the currency.
fn orders(rows: usize) -> Table {
    let mut codes: [Vec<u32>; 5] = Default::default();
    let mut values: [Vec<f64>; 6] = Default::default();
    for row in 0..rows {
        let mut draw = Streams::new(Seed(21), row as u64).stream("orders");
        let region = (draw.uniform() * 4.0) as u32;
        let pro = draw.uniform() < 0.3;
        let age = 18.0 + (draw.uniform() * 60.0).floor();
        let churn = draw.uniform()
            < if pro {
                0.05
            } else {
                0.1 + 0.4 * f64::from(age < 30.0)
            };
        let fraud = draw.uniform() < 0.01;
        for (column, code) in codes.iter_mut().zip([
            region,
            u32::from(region > 1),
            pro.into(),
            churn.into(),
            fraud.into(),
        ]) {
            column.push(code);
        }
        let price = (draw.uniform() * 9_000.0 + 100.0).round() / 100.0;
        let pieces = 1.0 + (draw.uniform() * 5.0).floor();
        let ordered = (19_000.0 + (draw.uniform() * 700.0).floor()) * DAY_S;
        let due = ordered + (draw.uniform() * 60.0).floor() * DAY_S;
        let total = (price * pieces * 100.0).round() / 100.0;
        for (column, value) in values
            .iter_mut()
            .zip([age, price, pieces, total, ordered, due])
        {
            column.push(value);
        }
    }
    let [region, currency, plan, churn, fraud] = codes;
    let [age, price, pieces, total, ordered, due] = values;
    let number = |decimals| Kind::Number(NumberFormat::with_decimals(decimals));
    let date = || Kind::Moment(MomentFormat::parse("%Y-%m-%d").expect("a pattern"));
    Table {
        columns: vec![
            column("region", Kind::Category),
            column("currency", Kind::Category),
            column("plan", Kind::Category),
            column("churn", Kind::Category),
            column("fraud", Kind::Category),
            column("age", number(0)),
            column("price", number(2)),
            column("pieces", number(0)),
            column("total", number(2)),
            column("ordered", date()),
            column("due", date()),
        ],
        cells: vec![
            levels(&["east", "north", "south", "west"], region),
            levels(&["EUR", "USD"], currency),
            levels(&["basic", "pro"], plan),
            levels(&["no", "yes"], churn),
            levels(&["no", "yes"], fraud),
            numbers(age),
            numbers(price),
            numbers(pieces),
            numbers(total),
            numbers(ordered),
            numbers(due),
        ],
        rows,
    }
}

fn learned(rules: &[&str]) -> Model {
    let table = orders(6_000);
    let rules: Vec<Rule> = rules
        .iter()
        .map(|rule| Rule::parse(rule, &table.columns).expect("a rule"))
        .collect();
    let settings = Settings::default();
    Model::learn_under(
        &sealed("orders", table),
        &mut Ledger::new(),
        &settings,
        &rules,
    )
    .expect("learned")
}

fn rule(model: &Model, text: &str) -> Rule {
    Rule::parse(text, model.columns()).expect("a condition")
}

fn given(model: &Model, texts: &[&str]) -> Request {
    Request {
        given: texts.iter().map(|text| rule(model, text)).collect(),
        ..Request::default()
    }
}

fn draws<'m>(model: &'m Model, request: &Request) -> Draws<'m> {
    model
        .draws(request, Seed(5), Draw::Plain)
        .expect("a request that can be met")
}

fn share(table: &Table, model: &Model, text: &str) -> f64 {
    let tally = rule(model, text).tally(table);
    tally.holds as f64 / tally.rows() as f64
}

/// Classes of a row in all columns but one: levels, and numbers by quarter of their range.
fn classes(table: &Table, column: usize) -> Vec<u32> {
    match &table.cells[column] {
        Cells::Levels { codes, .. } => codes.clone(),
        Cells::Numbers { values, .. } => {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let class = |value: &f64| ((value - low) / (high - low + 1e-9) * 6.0) as u32;
            values.iter().map(class).collect()
        }
        Cells::Opaque { .. } | Cells::Keys { .. } => vec![0; table.rows],
    }
}

/// How unlikely it is that two samples of classes come from one population: chi-square in standard deviations (Wilson and Hilferty).
fn unlikeness(a: &[u32], b: &[u32]) -> f64 {
    let mut counts: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for &class in a {
        counts.entry(class).or_default().0 += 1.0;
    }
    for &class in b {
        counts.entry(class).or_default().1 += 1.0;
    }
    let (na, nb) = (a.len() as f64, b.len() as f64);
    let kept: Vec<(f64, f64)> = counts
        .into_values()
        .filter(|(x, y)| x + y >= 10.0)
        .collect();
    let sum: f64 = kept
        .iter()
        .map(|(x, y)| (x * (nb / na).sqrt() - y * (na / nb).sqrt()).powi(2) / (x + y))
        .sum();
    let free = kept.len() as f64 - 1.0;
    if free < 1.0 {
        return 0.0;
    }
    let spread = 2.0 / (9.0 * free);
    ((sum / free).cbrt() - (1.0 - spread)) / spread.sqrt()
}

/// Rows of the model that meet a condition, by drawing freely and throwing the others away.
fn by_rejection(model: &Model, text: &str, rows: u64) -> Table {
    let mut table = model
        .rows(0..rows, Seed(77), Draw::Plain)
        .expect("the model has no rules");
    let condition = rule(model, text);
    let meets: Vec<bool> = (0..table.rows)
        .map(|row| {
            let one = picked(&table, &[row]);
            condition.tally(&one).holds == 1
        })
        .collect();
    let rows: Vec<usize> = (0..table.rows).filter(|&row| meets[row]).collect();
    table = picked(&table, &rows);
    table
}

fn picked(table: &Table, rows: &[usize]) -> Table {
    let cells = table.cells.iter().map(|cells| match cells {
        Cells::Numbers { values, .. } => numbers(rows.iter().map(|&row| values[row]).collect()),
        Cells::Levels { codes, levels } => Cells::Levels {
            codes: rows.iter().map(|&row| codes[row]).collect(),
            levels: levels.clone(),
        },
        Cells::Opaque { .. } | Cells::Keys { .. } => panic!("orders have no names"),
    });
    Table {
        columns: table.columns.clone(),
        cells: cells.collect(),
        rows: rows.len(),
    }
}

/// 44 tests at five standard deviations: false alarms below 1e-4.
#[test]
fn rows_under_a_condition_are_those_that_free_draws_would_keep() {
    let model = learned(&[]);
    for condition in [
        "churn = 'yes'",
        "age between 25 and 33 and plan = 'basic'",
        "due - ordered < interval '5 days'",
        "currency = 'USD' and (price > 80 or pieces >= 4)",
    ] {
        let kept = by_rejection(&model, condition, 60_000);
        assert!(kept.rows > 1_000, "{condition}: {}", kept.rows);
        let made = draws(&model, &given(&model, &[condition])).rows(0..6_000);
        assert_eq!(share(&made, &model, condition), 1.0, "{condition}");
        for column in 0..made.columns.len() {
            let both = [&made, &kept].map(|table| table.cells[column].clone());
            let both = both.map(|cells| Table {
                columns: Vec::new(),
                rows: cells.len(),
                cells: vec![cells],
            });
            let distance = match (&both[0].cells[0], &both[1].cells[0]) {
                (Cells::Numbers { .. }, Cells::Numbers { .. }) => {
                    // The same classes for both.
                    let joined: Vec<f64> = both
                        .iter()
                        .flat_map(|table| match &table.cells[0] {
                            Cells::Numbers { values, .. } => values.clone(),
                            _ => Vec::new(),
                        })
                        .collect();
                    let table = Table {
                        columns: Vec::new(),
                        rows: joined.len(),
                        cells: vec![numbers(joined)],
                    };
                    let found = classes(&table, 0);
                    unlikeness(&found[..made.rows], &found[made.rows..])
                }
                _ => unlikeness(&classes(&both[0], 0), &classes(&both[1], 0)),
            };
            let name = &made.columns[column].name;
            assert!(distance < 5.0, "{condition}: {name} is {distance:.1} away");
        }
    }
}

#[test]
fn a_row_under_conditions_is_the_same_in_any_range_and_on_any_number_of_threads() {
    let model = learned(&["total = round(price * pieces, 2)", "due >= ordered"]);
    let mut request = given(&model, &["age < 60"]);
    request.wishes = vec![Wish::Share {
        condition: rule(&model, "churn = 'yes'"),
        share: 0.5,
    }];
    let draws = draws(&model, &request);
    let whole = draws.rows(0..3_000);
    for range in [0..1_u64, 1_000..1_050, 2_047..3_000] {
        let part = draws.rows(range.clone());
        let rows: Vec<usize> = (range.start as usize..range.end as usize).collect();
        assert_eq!(part.cells, picked(&whole, &rows).cells);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let alone = pool.expect("a pool").install(|| draws.rows(0..3_000));
    assert_eq!(alone.cells, whole.cells);
}

#[test]
fn no_row_breaks_a_rule_refined_or_not() {
    let rules = [
        "total = round(price * pieces, 2)",
        "due >= ordered",
        "not (plan = 'pro' and age < 21)",
        "region in ('east', 'west') or price <= 70",
        "price * pieces < 400",
    ];
    // Learned with the model, and given when rows are made.
    let model = learned(&rules);
    let bytes = model.to_bytes();
    let model = Model::from_bytes(&bytes).expect("as it was written");
    let free = learned(&[]);
    let late = Request {
        rules: rules.iter().map(|text| rule(&free, text)).collect(),
        ..Request::default()
    };
    for how in [Draw::Plain, Draw::Refined] {
        let early = model
            .rows(0..12_000, Seed(1), how)
            .expect("rules that hold");
        let late = free
            .draws(&late, Seed(1), how)
            .expect("rules that hold")
            .rows(0..12_000);
        for text in rules {
            assert_eq!(rule(&model, text).tally(&early).broken, 0, "{text}");
            assert_eq!(rule(&free, text).tally(&late).broken, 0, "{text}");
        }
        // What the rules leave free stays as it was.
        assert!((share(&early, &model, "churn = 'yes'") - 0.141).abs() < 0.03);
    }
    let without = free
        .rows(0..12_000, Seed(1), Draw::Plain)
        .expect("no rules");
    assert!(
        rule(&free, rules[0]).tally(&without).broken > 1_000,
        "the rule is no tautology"
    );
}

#[test]
fn requested_shares_come_out_within_a_row_in_a_thousand() {
    let model = learned(&[]);
    let wish = |text: &str, share: f64| Wish::Share {
        condition: rule(&model, text),
        share,
    };
    let request = Request {
        wishes: vec![
            wish("churn = 'yes'", 0.5),
            wish("region = 'north'", 0.4),
            wish("region = 'south'", 0.1),
            Wish::Times {
                condition: rule(&model, "fraud = 'yes'"),
                factor: 10.0,
            },
        ],
        ..Request::default()
    };
    let draws = draws(&model, &request);
    let rows = draws.rows(0..10_000);
    let mut achieved = draws.achieved();
    achieved.count(&rows);
    let report = achieved.report();
    assert_eq!(report.len(), 4);
    for line in &report {
        assert!((line.achieved - line.requested).abs() < 2e-3, "{line:?}");
        assert!((line.achieved - share(&rows, &model, &line.what)).abs() < 1e-12);
    }
    assert!((report[3].requested - 10.0 * report[3].learned).abs() < 1e-12);
    // Within the changed groups the rest is as it was learned: 20 tests at five standard deviations.
    for group in [
        "churn = 'yes' and plan = 'basic'",
        "churn = 'no' and plan = 'basic'",
    ] {
        let kept = by_rejection(&model, group, 60_000);
        let condition = rule(&model, group);
        let of_group: Vec<usize> = (0..rows.rows)
            .filter(|&row| condition.tally(&picked(&rows, &[row])).holds == 1)
            .collect();
        let made = picked(&rows, &of_group);
        for text in [
            "age < 30",
            "price > 50",
            "pieces >= 4",
            "due - ordered > interval '30 days'",
        ] {
            let (a, b) = (share(&made, &model, text), share(&kept, &model, text));
            let spread = (b * (1.0 - b) * (1.0 / made.rows as f64 + 1.0 / kept.rows as f64)).sqrt();
            assert!((a - b).abs() < 5.0 * spread, "{group}: {text} {a} {b}");
        }
    }
}

#[test]
fn parity_and_moves_do_what_they_say() {
    let model = learned(&[]);
    let fair = Request {
        wishes: vec![Wish::Parity {
            target: "churn".to_owned(),
            group: "plan".to_owned(),
        }],
        ..Request::default()
    };
    let rows = draws(&model, &fair).rows(0..20_000);
    let churn_of = |plan: &str| {
        let both = share(&rows, &model, &format!("plan = '{plan}' and churn = 'yes'"));
        both / share(&rows, &model, &format!("plan = '{plan}'"))
    };
    assert!((churn_of("pro") - churn_of("basic")).abs() < 5e-3);
    let before = model
        .rows(0..20_000, Seed(0), Draw::Plain)
        .expect("no rules");
    for plan in ["pro", "basic"] {
        let text = format!("plan = '{plan}'");
        assert!((share(&rows, &model, &text) - share(&before, &model, &text)).abs() < 0.02);
    }
    let moved = Request {
        wishes: vec![Wish::Move {
            column: "age".to_owned(),
            by: 4.0,
        }],
        ..Request::default()
    };
    let rows = draws(&model, &moved).rows(0..20_000);
    for age in [30, 40, 50, 60] {
        let (now, then) = (format!("age <= {age}"), format!("age <= {}", age - 4));
        let (now, then) = (share(&rows, &model, &now), share(&before, &model, &then));
        assert!((now - then).abs() < 0.03, "{age}: {now} {then}");
    }
}

#[test]
fn a_low_temperature_makes_likely_values_likelier() {
    let model = learned(&[]);
    let at = |temperature: f64| {
        let request = Request {
            temperature: Some(temperature),
            ..Request::default()
        };
        share(
            &draws(&model, &request).rows(0..8_000),
            &model,
            "churn = 'yes'",
        )
    };
    let (cold, normal, hot) = (at(0.3), at(1.0), at(3.0));
    assert!(
        cold < normal - 0.03 && normal < hot - 0.03,
        "{cold} {normal} {hot}"
    );
}

#[test]
fn known_cells_are_kept_and_empty_ones_follow_from_them() {
    let model = learned(&[]);
    // Other orders than those that were learned from.
    let mut partial = picked(&orders(16_000), &(6_000..16_000).collect::<Vec<_>>());
    let truth = partial.clone();
    for cells in [3, 5, 1] {
        match &mut partial.cells[cells] {
            Cells::Levels { codes, .. } => codes.iter_mut().for_each(|code| *code = u32::MAX),
            Cells::Numbers { values, .. } => {
                values
                    .iter_mut()
                    .step_by(2)
                    .for_each(|value| *value = f64::NAN);
            }
            Cells::Opaque { .. } | Cells::Keys { .. } => {}
        }
    }
    let mut ledger = Ledger::new();
    let (made, filled) = model.complete(&sealed("orders", partial.clone()), &mut ledger, Seed(3));
    assert_eq!(
        filled
            .iter()
            .map(|f| (f.column.as_str(), f.cells))
            .collect::<Vec<_>>(),
        [("currency", 10_000), ("churn", 10_000), ("age", 5_000)]
    );
    assert!(ledger.statement().contains("kept"));
    for column in [0, 2, 4, 6, 7, 8, 9, 10] {
        assert_eq!(made.cells[column], truth.cells[column], "{column}");
    }
    // The region decides the currency, so it comes out as it was.
    assert_eq!(made.cells[1], truth.cells[1]);
    // Churn depends on plan and age, known in half of the rows; 4 tests at five standard deviations and a tenth for the model's own error.
    for (group, rate) in [
        ("plan = 'pro'", 0.05),
        ("plan = 'basic' and age < 30", 0.5),
        ("plan = 'basic' and age >= 34", 0.1),
    ] {
        let rows = share(&made, &model, group);
        let found = share(&made, &model, &format!("{group} and churn = 'yes'")) / rows;
        let spread = (rate * (1.0 - rate) / (rows * 10_000.0)).sqrt();
        assert!(
            (found - rate).abs() < 5.0 * spread + 0.1 * rate,
            "{group}: {found}"
        );
    }
    let (Cells::Numbers { values: made, .. }, Cells::Numbers { values: known, .. }) =
        (&made.cells[5], &partial.cells[5])
    else {
        panic!("ages are numbers");
    };
    for (made, known) in made.iter().zip(known) {
        assert!(!made.is_nan() && (known.is_nan() || known == made));
    }
}

#[test]
fn what_cannot_be_met_is_said() {
    let model = learned(&[]);
    let failure = |request: &Request| {
        let error = model
            .draws(request, Seed(0), Draw::Plain)
            .expect_err("cannot be met");
        format!("{error}; {}", error.hint())
    };
    assert_eq!(
        failure(&given(&model, &["region = 'nort'"])),
        "`region` is never 'nort' in the model; did you mean 'north'?"
    );
    assert!(failure(&given(&model, &["age > 200"])).starts_with("`age > 200` came true in none"));
    assert!(
        failure(&given(&model, &["age < 30", "age > 40"]))
            .starts_with("`age < 30` and `age > 40` came true together")
    );
    let wish = |condition: &str, share: f64| Request {
        wishes: vec![
            Wish::Share {
                condition: rule(&model, "age < 30"),
                share: 0.6,
            },
            Wish::Share {
                condition: rule(&model, condition),
                share,
            },
        ],
        ..Request::default()
    };
    assert!(failure(&wish("age > 50", 0.7)).contains("contradict one another"));
    assert!(failure(&wish("age > 50", 1.7)).contains("a share of 1.7"));
    let moved = Request {
        wishes: vec![Wish::Move {
            column: "age".to_owned(),
            by: 100.0,
        }],
        ..Request::default()
    };
    assert!(failure(&moved).contains("beyond every value that was learned"));
}

#[test]
fn rules_that_hold_are_found_and_those_that_do_not_are_not() {
    let mut table = orders(3_000);
    // What a member has, nobody else has; one column is the sum of three others, of which the last may be missing.
    let mut extra: [Vec<f64>; 4] = Default::default();
    for row in 0..table.rows {
        let mut draw = Streams::new(Seed(8), row as u64).stream("extra");
        let [base, tax, tip] = [0.0; 3].map(|_| (draw.uniform() * 5_000.0).round() / 100.0);
        let tip = if draw.uniform() < 0.2 { f64::NAN } else { tip };
        let all = ((base + tax + tip) * 100.0).round() / 100.0;
        for (column, value) in extra.iter_mut().zip([base, tax, tip, all]) {
            column.push(value);
        }
    }
    for (name, values) in ["base", "tax", "tip", "Paid in all"].into_iter().zip(extra) {
        table
            .columns
            .push(column(name, Kind::Number(NumberFormat::with_decimals(2))));
        table.cells.push(numbers(values));
    }
    let mut ledger = Ledger::new();
    let found = find_rules(&sealed("orders", table.clone()), &mut ledger);
    let texts: Vec<&str> = found.iter().map(|found| found.rule.text()).collect();
    for wanted in [
        "total = round(price * pieces, 2)",
        "\"Paid in all\" = round(base + tax + tip, 2)",
        "ordered <= due",
        "tip is not null or \"Paid in all\" is null",
        "price <= total",
    ] {
        assert!(texts.contains(&wanted), "{wanted} is not in {texts:?}");
    }
    for text in &texts {
        let rule = Rule::parse(text, &table.columns).expect("a rule");
        assert_eq!(rule.tally(&table).broken, 0, "{text}");
        assert!(
            !text.contains("region") && !text.contains("fraud"),
            "{text}"
        );
    }
    assert!(ledger.statement().contains("rules that every row keeps"));
    // Columns that have nothing to do with one another keep no rule, in twenty tables.
    for case in 0..20 {
        let mut independent = orders(400);
        independent.columns.truncate(8);
        independent.cells.truncate(8);
        for column in [6, 7] {
            let values = (0..400).map(|row| {
                let mut draw =
                    Streams::new(Seed(case + 100 * column as u64), row).stream("independent");
                (draw.uniform() * 100.0 * column as f64).round() / 100.0
            });
            independent.cells[column] = numbers(values.collect());
        }
        independent.cells[5] = independent.cells[6].clone();
        if let Cells::Numbers { values, .. } = &mut independent.cells[5] {
            values.rotate_left(17);
        }
        assert_eq!(
            find_rules(&sealed("orders", independent), &mut Ledger::new()),
            []
        );
    }
}

const SCENARIO: &str = "\
model: orders.model
rows: 5_000
scenario:
  rules: [due >= ordered]
  share:
    \"churn = 'yes'\": 40%
  times: {\"fraud = 'yes'\": 3}
  patterns:
  - name: card testing
    share: 2%
    given: [price < 5, pieces = 1, region = 'west']
  - name: bust out
    share: 1%
    given: price * pieces > 400
";

#[test]
fn a_scenario_changes_the_population_and_labels_what_it_adds() {
    let model = learned(&[]);
    let scenario = Scenario::from_yaml(SCENARIO, "more.yaml")
        .expect("a scenario")
        .expect("no mistakes");
    assert_eq!(
        (scenario.model.as_str(), scenario.rows),
        ("orders.model", Some(5_000))
    );
    let request = scenario.request(model.columns()).expect("no mistakes");
    let draws = draws(&model, &request);
    let rows = draws.rows(0..5_000);
    let label = rows.columns.len() - 1;
    assert_eq!(rows.columns[label].name, "pattern");
    let Cells::Levels { codes, levels } = &rows.cells[label] else {
        panic!("labels are levels");
    };
    assert_eq!(levels, &["bust out", "card testing"]);
    let of =
        |code: u32| -> Vec<usize> { (0..rows.rows).filter(|&row| codes[row] == code).collect() };
    let (bust, testing, others) = (of(0), of(1), of(u32::MAX));
    assert!(bust.len().abs_diff(50) <= 2 && testing.len().abs_diff(100) <= 2);
    for (which, text) in [
        (&testing, "price < 5 and pieces = 1 and region = 'west'"),
        (&bust, "price * pieces > 400"),
    ] {
        assert_eq!(share(&picked(&rows, which), &model, text), 1.0, "{text}");
    }
    let others = picked(&rows, &others);
    let mut achieved = draws.achieved();
    achieved.count(&rows);
    assert_eq!(achieved.report()[0].rows, others.rows as u64);
    assert!((share(&others, &model, "churn = 'yes'") - 0.4).abs() < 2e-3);
    assert_eq!(rule(&model, "due >= ordered").tally(&rows).broken, 0);
}

#[test]
fn mistakes_of_a_scenario_are_told_with_their_places() {
    let model = learned(&[]);
    let said = |text: &str| {
        let mistakes = match Scenario::from_yaml(text, "s.yaml").expect("a scenario") {
            Err(mistakes) => mistakes,
            Ok(scenario) => scenario.request(model.columns()).expect_err("mistakes"),
        };
        let lines = mistakes.iter().map(|mistake| {
            let hint = mistake.hint.as_deref().unwrap_or_default();
            format!(
                "{}:{} {}; {hint}",
                mistake.line, mistake.column, mistake.message
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        said("model: a.model\nrow: 5\nscenario: {shares: {}}\n"),
        "2:1 `row` has no meaning here; did you mean `rows`?\n3:12 `shares` has no meaning here; did you mean `share`?"
    );
    assert_eq!(
        said(
            "model: a.model\nscenario:\n  given: [agee > 3]\n  share: {\"fraud = yes\": lots}\n  patterns:\n  - {name: x, share: 1%}\n"
        ),
        "3:11 `agee` is no column; did you mean `age`?\n4:26 this is no number; write `0.3` or `30%`\n6:5 this pattern has no `given`; each has `name`, `share` and `given`"
    );
    assert!(Scenario::from_yaml("population: {}\n", "recipe.yaml").is_none());
}
