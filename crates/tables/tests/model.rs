//! A learned table: what its rows have in common with the real ones, and what they must never have.

mod common;

use common::{column, levels, numbers, sealed};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use tables::format::NumberFormat;
use tables::model::{Draw, LearnError, ModelError, Settings};
use tables::{Cells, Kind, Model, Table};

fn learn(table: Table) -> Result<Model, LearnError> {
    learn_with(table, 0)
}

fn learn_with(table: Table, seed: u64) -> Result<Model, LearnError> {
    Model::learn(
        &sealed("clients", table),
        &mut Ledger::new(),
        &Settings {
            seed,
            ..Settings::default()
        },
    )
}

/// Clients: a city decides its country; churn is the exclusive or of two habits, save for one in ten; income depends on age and has one
/// extreme value; some incomes are missing; three people live in a place that nobody else does.
fn clients(rows: usize) -> Table {
    let mut places: [Vec<u32>; 5] = Default::default();
    let (mut age, mut income) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let mut draw = Streams::new(Seed(11), row as u64).stream("clients");
        let hidden = row % (rows / 3) == 7;
        let city = if hidden {
            5
        } else {
            (draw.uniform() * 5.0) as u32
        };
        let (online, premium) = (draw.uniform() < 0.3, draw.uniform() < 0.5);
        let churn = (online != premium) != (draw.uniform() < 0.1);
        let country = [0, 1, 1, 2, 2, 0][city as usize];
        let cells = [city, country, online.into(), premium.into(), churn.into()];
        for (column, code) in places.iter_mut().zip(cells) {
            column.push(code);
        }
        let years = 18.0 + (draw.uniform() * 60.0).floor();
        age.push(years);
        let pay = 500.0 * (draw.normal() * 0.3 + years / 20.0).exp();
        income.push(if row == 40 {
            987_654_321.0
        } else if draw.uniform() < 0.05 {
            f64::NAN
        } else {
            (pay / 10.0).round() * 10.0
        });
    }
    let [city, country, online, premium, churn] = places;
    let cities = [
        "Aachen",
        "Calais",
        "Dijon",
        "Elche",
        "Elda",
        "Hidden Hamlet",
    ];
    Table {
        columns: vec![
            column("city", Kind::Category),
            column("country", Kind::Category),
            column("online", Kind::Category),
            column("premium", Kind::Category),
            column("churn", Kind::Category),
            column("age", Kind::Number(NumberFormat::with_decimals(0))),
            column("income", Kind::Number(NumberFormat::with_decimals(2))),
        ],
        cells: vec![
            levels(&cities, city),
            levels(
                &["de", "es", "fr"].map(|c| c),
                country.iter().map(|&c| [0, 2, 1][c as usize]).collect(),
            ),
            levels(&["no", "yes"], online),
            levels(&["no", "yes"], premium),
            levels(&["no", "yes"], churn),
            numbers(age),
            numbers(income),
        ],
        rows,
    }
}

fn learned(rows: usize) -> Model {
    learned_with(rows, 0)
}

fn learned_with(rows: usize, seed: u64) -> Model {
    learn_with(clients(rows), seed).expect("learned")
}

fn words(table: &Table, column: usize) -> Vec<Option<&str>> {
    match &table.cells[column] {
        Cells::Levels { codes, levels } => codes
            .iter()
            .map(|&code| levels.get(code as usize).map(String::as_str))
            .collect(),
        _ => panic!("no levels in column {column}"),
    }
}

fn values(table: &Table, column: usize) -> &[f64] {
    match &table.cells[column] {
        Cells::Numbers { values, .. } => values,
        _ => panic!("no numbers in column {column}"),
    }
}

/// Rows as text, so that missing numbers are equal too.
fn lines(table: &Table, rows: std::ops::Range<usize>) -> Vec<String> {
    rows.map(|row| {
        let cells = table.cells.iter().map(|cells| match cells {
            Cells::Numbers { values, .. } => format!("{}", values[row]),
            Cells::Levels { codes, .. } => format!("{}", codes[row]),
            Cells::Opaque { present } => format!("{}", present[row]),
            Cells::Keys { rows } => format!("{}", rows[row]),
        });
        cells.collect::<Vec<_>>().join(",")
    })
    .collect()
}

fn on_one_thread<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a pool").install(work)
}

#[test]
fn a_row_is_the_same_in_any_range_and_on_any_number_of_threads() {
    let model = learned(3_000);
    for how in [Draw::Plain, Draw::Refined] {
        let whole = lines(
            &model
                .rows(0..9_000, Seed(3), how)
                .expect("the model has no rules"),
            0..9_000,
        );
        for range in [0..1_usize, 4_095..4_098, 8_000..8_500, 8_192..9_000] {
            let part = model
                .rows(range.start as u64..range.end as u64, Seed(3), how)
                .expect("the model has no rules");
            assert_eq!(lines(&part, 0..range.len()), whole[range]);
        }
        let alone = on_one_thread(|| {
            model
                .rows(0..9_000, Seed(3), how)
                .expect("the model has no rules")
        });
        assert_eq!(lines(&alone, 0..9_000), whole);
        let other = model
            .rows(0..9_000, Seed(4), how)
            .expect("the model has no rules");
        assert_ne!(lines(&other, 0..9_000), whole);
    }
}

#[test]
fn a_model_depends_on_the_table_and_its_settings_alone() {
    let bytes = learned(2_000).to_bytes();
    assert!(on_one_thread(|| learned(2_000)).to_bytes() == bytes);
    assert!(Model::from_bytes(&bytes).expect("a model").to_bytes() == bytes);
}

#[test]
fn what_few_people_share_is_not_in_the_model() {
    let model = learned(3_000);
    let bytes = model.to_bytes();
    assert!(!bytes.windows(6).any(|bytes| bytes == b"Hidden"));
    assert!(bytes.windows(6).any(|bytes| bytes == b"Aachen"));
    let protected = model.protected();
    let of = |name| protected.iter().find(|p| p.column == name).expect("listed");
    assert_eq!((of("city").levels, of("city").people), (1, 3));
    assert!(of("income").ends > 0);
    let rows = model
        .rows(0..20_000, Seed(0), Draw::Plain)
        .expect("the model has no rules");
    assert!(!words(&rows, 0).contains(&Some("Hidden Hamlet")));
    // The richest is written as the mean of the ten richest at most.
    assert!(
        values(&rows, 6)
            .iter()
            .all(|&value| value.is_nan() || value < 100_000_000.0)
    );
}

/// One person far out, one between two values that many share: neither may be written, whatever the others make of it.
#[test]
fn nobody_who_stands_alone_is_written() {
    let mut sums: Vec<f64> = (0..900).map(|row| f64::from(row % 3) * 500.0).collect();
    sums[7] = 777_777.0;
    sums[8] = 321.0;
    sums[9] = -123_456.0;
    let table = Table {
        columns: vec![column("sum", Kind::Number(NumberFormat::with_decimals(0)))],
        cells: vec![numbers(sums)],
        rows: 900,
    };
    let model = learn(table).expect("learned");
    let rows = model
        .rows(0..20_000, Seed(0), Draw::Plain)
        .expect("the model has no rules");
    for value in values(&rows, 0) {
        assert!([0.0, 500.0, 1000.0].contains(value), "{value}");
    }
    assert_eq!(model.protected()[0].ends, 3);
    let bytes = model.to_bytes();
    for secret in [777_777.0_f64, 321.0, -123_456.0] {
        let secret = secret.to_le_bytes();
        assert!(!bytes.windows(8).any(|bytes| bytes == secret));
    }
}

#[test]
fn what_follows_from_another_column_always_does() {
    let model = learned(3_000);
    assert_eq!(model.dependences(), [("country", "city")]);
    for how in [Draw::Plain, Draw::Refined] {
        let rows = model
            .rows(0..20_000, Seed(1), how)
            .expect("the model has no rules");
        for (city, country) in words(&rows, 0).into_iter().zip(words(&rows, 1)) {
            let expected = match city {
                Some("Aachen") => "de",
                Some("Calais" | "Dijon") => "fr",
                Some("Elche" | "Elda") => "es",
                other => panic!("{other:?}"),
            };
            assert_eq!(country, Some(expected));
        }
    }
}

#[test]
fn three_columns_together_are_as_in_the_table() {
    // Neither habit says anything about churn alone, so trees hardly find the two together; refinement does.
    let rows = learned(4_000)
        .rows(0..20_000, Seed(2), Draw::Refined)
        .expect("the model has no rules");
    let [online, premium, churn] = [2, 3, 4].map(|column| {
        let words = words(&rows, column).into_iter();
        words.map(|word| word == Some("yes")).collect::<Vec<_>>()
    });
    let agree = (0..rows.rows).filter(|&row| (online[row] != premium[row]) == churn[row]);
    let agree = agree.count() as f64 / 20_000.0;
    // 0.9 in truth. The 4,000 people learned from have a standard error of 0.005, the rows drawn of 0.002: four of both together are 0.022.
    assert!((agree - 0.9).abs() < 0.022, "{agree}");
    let share = online.iter().filter(|&&yes| yes).count() as f64 / 20_000.0;
    assert!((share - 0.3).abs() < 0.032, "{share}");
    let missing = 1.0 - age_and_income(&rows).len() as f64 / 20_000.0;
    assert!((missing - 0.05).abs() < 0.016, "{missing}");
}

/// Age and the logarithm of income where there is one.
fn age_and_income(rows: &Table) -> Vec<(f64, f64)> {
    let pairs = values(rows, 5).iter().zip(values(rows, 6));
    let known = pairs.filter(|(_, income)| income.is_finite());
    known.map(|(&age, &income)| (age, income.ln())).collect()
}

#[test]
fn numbers_that_go_together_do_so_in_made_rows() {
    // One learning or another gives 0.898 to 0.917; the mean of three is what can be told from a worse model.
    let r = (0..3).map(|seed| {
        let rows = learned_with(4_000, seed)
            .rows(0..20_000, Seed(2), Draw::Refined)
            .expect("the model has no rules");
        correlation(&age_and_income(&rows))
    });
    let r = r.sum::<f64>() / 3.0;
    // In truth 0.945.
    assert!(r > 0.9, "{r}");
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - mx).powi(2);
        yy += (y - my).powi(2);
        xy += (x - mx) * (y - my);
    }
    xy / (xx * yy).sqrt()
}

#[test]
fn numbers_keep_their_rounding() {
    let rows = learned(4_000)
        .rows(0..5_000, Seed(6), Draw::Plain)
        .expect("the model has no rules");
    // Every income of the table is a multiple of 10; only ends of the column, which are means, need not be.
    let there: Vec<f64> = values(&rows, 6)
        .iter()
        .copied()
        .filter(|v| v.is_finite())
        .collect();
    let whole = there.iter().filter(|&&value| value % 10.0 == 0.0).count();
    assert!(whole * 100 > there.len() * 95, "{whole} of {}", there.len());
    let ages = values(&rows, 5);
    assert!(
        ages.iter()
            .all(|age| age.fract() == 0.0 && (18.0..78.0).contains(age))
    );
}

/// How far the shares of all pairs of categories are from the table's, summed.
fn distance(real: &Table, rows: &Table) -> f64 {
    let mut sum = 0.0;
    for a in 0..5 {
        for b in 0..a {
            let count = |table| {
                let mut counts = std::collections::BTreeMap::new();
                for (x, y) in words(table, a).into_iter().zip(words(table, b)) {
                    let pair = (x.map(str::to_owned), y.map(str::to_owned));
                    *counts.entry(pair).or_insert(0.0) += 1.0 / table.rows as f64;
                }
                counts
            };
            let (real, drawn) = (count(real), count(rows));
            for (pair, share) in &real {
                sum += (share - drawn.get(pair).copied().unwrap_or(0.0)).abs();
            }
        }
    }
    sum
}

#[test]
fn refined_rows_agree_better_than_plain_ones() {
    let (real, model) = (clients(4_000), learned(4_000));
    let plain = distance(
        &real,
        &model
            .rows(0..8_192, Seed(9), Draw::Plain)
            .expect("the model has no rules"),
    );
    let refined = distance(
        &real,
        &model
            .rows(0..8_192, Seed(9), Draw::Refined)
            .expect("the model has no rules"),
    );
    assert!(refined < 0.5 * plain, "{refined} {plain}");
}

#[test]
fn the_ledger_says_that_nothing_is_guaranteed() {
    let model = learned(600);
    let statement = model.ledger().statement();
    assert!(
        statement.starts_with("There is no privacy guarantee"),
        "{statement}"
    );
    assert!(statement.contains("table clients"), "{statement}");
}

#[test]
fn the_smallest_tables() {
    let empty = Table {
        columns: vec![column("a", Kind::Category)],
        cells: vec![levels(&[], Vec::new())],
        rows: 0,
    };
    assert_eq!(learn(empty).err(), Some(LearnError::NoRows));
    // One row: whoever it is, nothing of them is written.
    let one = Table {
        columns: vec![
            column("name", Kind::Category),
            column("age", Kind::Number(NumberFormat::with_decimals(0))),
        ],
        cells: vec![levels(&["Adalbert"], vec![0]), numbers(vec![36.0])],
        rows: 1,
    };
    let model = learn(one).expect("learned");
    assert!(
        !model
            .to_bytes()
            .windows(8)
            .any(|bytes| bytes == b"Adalbert")
    );
    let rows = model
        .rows(0..5, Seed(0), Draw::Refined)
        .expect("the model has no rules");
    assert_eq!(words(&rows, 0), [None; 5]);
    assert!(values(&rows, 1).iter().all(|value| value.is_nan()));
    // All missing, constant, and all alike but one.
    let table = Table {
        columns: vec![
            column("none", Kind::Number(NumberFormat::with_decimals(0))),
            column("always", Kind::Number(NumberFormat::with_decimals(1))),
            column("nearly", Kind::Category),
        ],
        cells: vec![
            numbers(vec![f64::NAN; 100]),
            numbers(vec![2.5; 100]),
            levels(
                &["x", "y"],
                (0..100).map(|row| u32::from(row == 3)).collect(),
            ),
        ],
        rows: 100,
    };
    let rows = learn(table)
        .expect("learned")
        .rows(0..100, Seed(0), Draw::Refined)
        .expect("the model has no rules");
    assert!(values(&rows, 0).iter().all(|value| value.is_nan()));
    assert!(values(&rows, 1).iter().all(|&value| value == 2.5));
    assert!(words(&rows, 2).iter().all(|&word| word == Some("x")));
}

#[test]
fn many_levels_come_back_in_their_shares() {
    // 5,000 levels need three digits; each has 12 people, so each is kept.
    let names: Vec<String> = (0..5_000)
        .map(|level| format!("level {level:05}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many: Vec<u32> = (0..60_000).map(|row| row % 5_000).collect();
    let half = many.iter().map(|level| level / 2_500).collect();
    let table = Table {
        columns: vec![
            column("many", Kind::Category),
            column("half", Kind::Category),
        ],
        cells: vec![levels(&names, many), levels(&["first", "second"], half)],
        rows: 60_000,
    };
    let model = learn(table).expect("learned");
    let rows = model
        .rows(0..50_000, Seed(0), Draw::Plain)
        .expect("the model has no rules");
    let mut counts = vec![0_u32; 5_000];
    let Cells::Levels { codes, .. } = &rows.cells[0] else {
        panic!("levels")
    };
    for &code in codes {
        counts[code as usize] += 1;
    }
    // Ten of each are wanted. A chi-square of 4,999 degrees has mean 4,999 and deviation 100; leaves that deviate by a tenth from an even share add
    // some 500. Beyond 7,000 something is lost or doubled.
    let chi: f64 = counts
        .iter()
        .map(|&c| (f64::from(c) - 10.0).powi(2) / 10.0)
        .sum();
    assert!(chi < 7_000.0, "{chi}");
    assert_eq!(model.dependences(), [("half", "many")]);
}

#[test]
fn broken_models_are_refused_with_a_sentence() {
    let bytes = learned(600).to_bytes();
    assert_eq!(Model::from_bytes(b"").err(), Some(ModelError::NotAModel));
    assert_eq!(
        Model::from_bytes(b"a,b\n1,2\n").err(),
        Some(ModelError::NotAModel)
    );
    for cut in [24, 30, 67, 68, 100, bytes.len() - 1] {
        let error = Model::from_bytes(&bytes[..cut]).err();
        assert!(matches!(error, Some(ModelError::Cut { found, .. }) if found == cut as u64));
    }
    let mut other = bytes.clone();
    other[24] = 9;
    assert_eq!(
        Model::from_bytes(&other).err(),
        Some(ModelError::Version(9))
    );
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    assert_eq!(Model::from_bytes(&changed).err(), Some(ModelError::Changed));
}

/// Whoever edits a model and mends its hash gets a refusal or rows, never a panic or a loop.
#[test]
fn edited_models_neither_panic_nor_loop() {
    use sha2::{Digest, Sha256};
    let bytes = learned(600).to_bytes();
    let mut read = 0;
    for round in 0..1_500 {
        let mut stream = Streams::new(Seed(21), round).stream("edits");
        let mut edited = bytes.clone();
        for _ in 0..=(stream.uniform() * 3.0) as usize {
            // Early bytes hold the structure; most others are shares of leaves.
            let reach = if stream.uniform() < 0.5 {
                3_000
            } else {
                usize::MAX
            };
            let reach = reach.min(edited.len() - 68) as f64;
            let place = 68 + (stream.uniform() * reach) as usize;
            edited[place] = (stream.uniform() * 256.0) as u8;
        }
        let hash = Sha256::digest(&edited[68..]);
        edited[36..68].copy_from_slice(&hash);
        if let Ok(model) = Model::from_bytes(&edited) {
            read += 1;
            let rows = model
                .rows(0..40, Seed(0), Draw::Plain)
                .expect("the model has no rules");
            assert_eq!(rows.rows, 40);
        }
    }
    assert!(
        read > 100,
        "only {read} edited models could be read, so little was tried"
    );
}
