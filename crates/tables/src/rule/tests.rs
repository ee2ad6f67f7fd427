//! SQLite as the oracle of what conditions mean, and points in boxes as that of what may come of them.

use population::stream::{Seed, Stream, Streams};
use rusqlite::types::Value;

use super::{Domain, Rule, Truth};
use crate::format::{MomentFormat, NumberFormat};
use crate::table::{Column, Kind, Storage};

fn columns() -> Vec<Column> {
    let column = |name: &str, kind: Kind| Column {
        name: name.to_owned(),
        kind,
        missing: None,
        codes: Vec::new(),
        storage: Storage::Text,
    };
    let number = || Kind::Number(NumberFormat::with_decimals(2));
    let date = MomentFormat::parse("%d.%m.%Y").expect("a pattern");
    vec![
        column("a", number()),
        column("b", number()),
        column("c", number()),
        column("t", Kind::Category),
        column("since", Kind::Moment(date)),
        column(
            "member",
            Kind::Boolean {
                no: "N".to_owned(),
                yes: "Y".to_owned(),
            },
        ),
    ]
}

const TEXTS: [&str; 4] = ["ab", "abc", "b", "xyz"];

fn one<'t>(stream: &mut Stream, texts: &[&'t str]) -> &'t str {
    texts[(stream.uniform() * texts.len() as f64) as usize]
}

/// A random term of numbers.
fn term(stream: &mut Stream, depth: u32) -> String {
    if depth == 0 || stream.uniform() < 0.3 {
        return if stream.uniform() < 0.3 {
            format!("{:.1}", stream.uniform() * 20.0 - 10.0)
        } else {
            one(stream, &["a", "b", "c"]).to_owned()
        };
    }
    let (x, y) = (term(stream, depth - 1), term(stream, depth - 1));
    match (stream.uniform() * 9.0) as u32 {
        0 => format!("({x} + {y})"),
        1 => format!("({x} - {y})"),
        2 => format!("({x} * {y})"),
        3 => format!("({x} / {y})"),
        4 => format!("abs({x})"),
        5 => format!("round({x}, 1)"),
        6 => format!("coalesce({x}, {y})"),
        7 => format!("(case when {x} < {y} then {x} when {y} > 2 then 1 else {y} end)"),
        _ => format!("(- {x})"),
    }
}

/// A random condition.
fn condition(stream: &mut Stream, depth: u32) -> String {
    if depth > 0 && stream.uniform() < 0.6 {
        let x = condition(stream, depth - 1);
        let y = condition(stream, depth - 1);
        return match (stream.uniform() * 3.0) as u32 {
            0 => format!("({x} and {y})"),
            1 => format!("({x} or {y})"),
            _ => format!("(not {x})"),
        };
    }
    let (x, y, z) = (term(stream, 2), term(stream, 2), term(stream, 1));
    let text = one(stream, &TEXTS);
    match (stream.uniform() * 9.0) as u32 {
        0 => format!("({x} < {y})"),
        1 => format!("({x} <= {y})"),
        2 => format!("({x} = {y})"),
        3 => format!("({x} <> {y})"),
        4 => format!("({x} between {y} and {z})"),
        5 => format!("({x} in ({y}, {z}))"),
        6 => format!("({x} is null)"),
        7 => format!(
            "(t like '{}')",
            one(stream, &["a%", "%b%", "_", "ab_", text])
        ),
        _ => format!("(t not in ('{text}', 'b'))"),
    }
}

/// A value of one decimal, or none.
fn number(stream: &mut Stream) -> Option<f64> {
    (stream.uniform() > 0.15).then(|| (stream.uniform() * 40.0 - 20.0).round() / 2.0)
}

#[test]
fn conditions_mean_what_they_mean_in_sqlite() {
    let database = rusqlite::Connection::open_in_memory().expect("a database");
    let columns = columns();
    let mut decided = [0; 3];
    for case in 0..3_000 {
        let mut stream = Streams::new(Seed(4), case).stream("oracle");
        let text = condition(&mut stream, 3);
        let rule = Rule::parse(&text, &columns).unwrap_or_else(|error| panic!("{text}: {error}"));
        let values = [(); 3].map(|()| number(&mut stream));
        let word = (stream.uniform() > 0.15).then(|| one(&mut stream, &TEXTS));
        let known = |column: usize| match column {
            3 => word.map_or(Domain::NULL, Domain::text),
            _ => values[column].map_or(Domain::NULL, Domain::number),
        };
        let ours = rule.truth(&known);
        let real = |value: Option<f64>| value.map_or(Value::Null, Value::Real);
        let query = format!("select {text} from (select ?1 as a, ?2 as b, ?3 as c, ?4 as t)");
        let theirs: Option<bool> = database
            .query_row(
                &query,
                rusqlite::params![
                    real(values[0]),
                    real(values[1]),
                    real(values[2]),
                    word.map_or(Value::Null, |word| Value::Text(word.to_owned()))
                ],
                |row| row.get(0),
            )
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let unknown = Truth {
            unknown: true,
            ..Truth::NOTHING
        };
        assert_eq!(
            ours,
            theirs.map_or(unknown, Truth::of),
            "{text} at {values:?} {word:?}"
        );
        decided[theirs.map_or(2, usize::from)] += 1;
    }
    assert!(decided.iter().all(|&count| count > 300), "{decided:?}");
}

#[test]
fn what_a_point_of_a_box_decides_is_possible_for_the_box() {
    let columns = columns();
    let mut ruled_out = 0;
    for case in 0..2_000 {
        let mut stream = Streams::new(Seed(5), case).stream("boxes");
        let text = condition(&mut stream, 2);
        let rule = Rule::parse(&text, &columns).expect("a condition");
        let bounds = [(); 3].map(|()| {
            let low = stream.uniform() * 20.0 - 10.0;
            let null = stream.uniform() < 0.2;
            (low, low + stream.uniform() * stream.uniform() * 8.0, null)
        });
        let any = stream.uniform() < 0.5;
        let word = one(&mut stream, &TEXTS);
        let of_box = rule.truth(&|column| match column {
            3 if any => TEXTS
                .iter()
                .fold(Domain::NOTHING, |all, text| all.join(Domain::text(text))),
            3 => Domain::text(word),
            _ => {
                let (low, high, null) = bounds[column];
                Domain::between(low, high).or_null(null)
            }
        });
        ruled_out += u32::from(!(of_box.yes && of_box.no));
        for _ in 0..40 {
            let point = bounds.map(|(low, high, null)| {
                let inside = low + stream.uniform() * (high - low);
                (!null || stream.uniform() > 0.3).then_some(inside)
            });
            let word = if any { one(&mut stream, &TEXTS) } else { word };
            let of_point = rule.truth(&|column| match column {
                3 => Domain::text(word),
                _ => point[column].map_or(Domain::NULL, Domain::number),
            });
            assert_eq!(of_box.join(of_point), of_box, "{text} at {point:?} {word}");
        }
    }
    assert!(ruled_out > 500, "{ruled_out}");
}

fn says(text: &str) -> String {
    match Rule::parse(text, &columns()) {
        Ok(rule) => panic!("{} was read", rule.text()),
        Err(error) => format!("{error}; {}", error.hint()),
    }
}

#[test]
fn what_is_no_condition_is_said_with_what_to_do() {
    for (text, wanted) in [
        ("a >", "`a >` is no condition"),
        ("a > 1 b", "`a > 1 b` goes on after its end, with `b`"),
        ("aa > 1", "`aa` is no column; did you mean `a`?"),
        ("membr", "`membr` is no column; did you mean `member`?"),
        (
            "t",
            "`t` is no condition: it is a column of more than yes and no; say what it has to be: `t = …`",
        ),
        ("a = 'x'", "'x' stands beside a number and is none"),
        ("a = xyz", "`xyz` is no column"),
        (
            "since > '2024-13-01'",
            "'2024-13-01' is no moment; write it as the column does, `%d.%m.%Y`",
        ),
        (
            "roundd(a) = 1",
            "there is no function `roundd`; did you mean `round`?",
        ),
        ("round(a, b) = 1", "does not say to how many decimals"),
        ("year(a) = 2020", "asks what is no moment"),
        (
            "a ~ 'x'",
            "`a` is a number or a moment, and patterns are for texts",
        ),
        ("t ~ '('", "is no regular expression"),
        ("a + 1", "is neither true nor false"),
        ("(select 1) = 1", "is not understood"),
        ("1e999 > a", "is no number that can be calculated with"),
    ] {
        let found = says(text);
        assert!(found.contains(wanted), "{text}: {found}");
    }
    let deep = format!("{}a > 1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(says(&deep).contains("too many parentheses"));
    assert!(says(&"a = 1 or ".repeat(100_000)).contains("too long"));
}

#[test]
fn words_dates_and_truths_mean_what_the_column_means_by_them() {
    let columns = columns();
    let day = |text: &str| {
        let Kind::Moment(format) = &columns[4].kind else {
            panic!("a moment");
        };
        format.read(text).expect("a date")
    };
    let at = |text: &str, since: f64, member: &str| {
        let rule = Rule::parse(text, &columns).unwrap_or_else(|error| panic!("{text}: {error}"));
        let truth = rule.truth(&|column| match column {
            3 => Domain::text("abc"),
            4 => Domain::number(since),
            5 => Domain::text(member),
            _ => Domain::number(2.5),
        });
        assert!(truth.yes != truth.no && !truth.unknown, "{text}");
        truth.yes
    };
    let march = day("07.03.2024");
    for (text, holds) in [
        ("since = '2024-03-07'", true),
        ("since = '07.03.2024'", true),
        ("since < date '2024-03-07'", false),
        (
            "year(since) = 2024 and month(since) = 3 and day(since) = 7",
            true,
        ),
        ("extract(year from since) = 2024", true),
        ("weekday(since) = 4", true),
        ("since + interval '3 days' > '2024-03-09'", true),
        ("since - '2024-03-01' = interval '6 days'", true),
        ("member", true),
        ("not member", false),
        ("member = true", true),
        ("member = N", false),
        ("t = abc", true),
        ("T = 'abc'", true),
        ("t ~ '^a.c$'", true),
        ("t ~* 'ABC'", true),
        ("t ilike 'AB%'", true),
        ("length(t) = 3", true),
        ("least(a, 1) = 1 and greatest(a, 1) = 2.5", true),
        ("round(a * 1.1, 2) = 2.75", true),
        ("0.1 + 0.2 = 0.3", true),
        ("5 % 2 = 1", true),
    ] {
        assert_eq!(at(text, march, "Y"), holds, "{text}");
    }
}
