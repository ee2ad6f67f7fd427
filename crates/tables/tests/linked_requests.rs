//! Conditions, rules, shares and patterns of linked tables, with SQLite as the oracle of what holds.
//!
//! Chances of a false alarm are those of correct code with another seed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use population::stream::{Seed, Streams};
use privacy::Ledger;
use rusqlite::Connection;
use rusqlite::types::Value;
use tables::linked::{
    KeptRule, LinkedModel, LinkedReport, LinkedRequest, LinkedSource, LinkedWish, Schema,
};
use tables::model::{Draw, Settings};
use tables::{Cells, MISSING_LEVEL, NO_ROW, Scenario, Table};

const SCHEMA: &str = "tables:
  account: {data: account.csv, key: id, columns: {id: {kind: identifier, pattern: 'A\\d{4}', unique: true}}}
  trans: {data: trans.csv, references: {account: account}, order_by: at}
";
const ACCOUNTS: usize = 1500;

/// Accounts of the north have twice as many rows as others, and are paid in more often. Amounts are tens in the south and hundreds in the north. The balance is that of the row
/// before plus what is paid in, less what is paid out; the first row pays in.
fn write_tables(folder: &Path) {
    let mut account = "id,region,opened,kind\n".to_owned();
    let mut trans = "account,at,type,channel,amount,balance\n".to_owned();
    for row in 0..ACCOUNTS {
        let mut draw = Streams::new(Seed(11), row as u64).stream("accounts");
        let mut below = |count: usize| (draw.uniform() * count as f64) as usize;
        let north = below(2) == 0;
        let opened = below(1000);
        let kind = ["basic", "plus", "gold"][(below(3) + below(2)) % 3];
        let region = if north { "N" } else { "S" };
        let _ = writeln!(account, "A{row:04},{region},{},{kind}", date(opened));
        let count = if north { 8 + below(12) } else { 4 + below(6) };
        let mut minute = (opened + below(5)) * 1440 + below(1440);
        let mut cents = 0_i64;
        for turn in 0..count {
            let base = if north { 20_000 } else { 3000 };
            let mut amount = (base + below(base)) as i64;
            let paid_in = turn == 0 || cents < amount || below(10) < if north { 6 } else { 5 };
            if !paid_in {
                amount = amount.min(cents);
            }
            cents += if paid_in { amount } else { -amount };
            let channel = ["card", "cash", "web"][below(3)];
            let _ = writeln!(
                trans,
                "A{row:04},{} {:02}:{:02}:00,{},{channel},{}.{:02},{}.{:02}",
                date(minute / 1440),
                minute / 60 % 24,
                minute % 60,
                if paid_in { "in" } else { "out" },
                amount / 100,
                amount % 100,
                cents / 100,
                cents % 100
            );
            minute += 600 + below(20_000);
        }
    }
    fs::write(folder.join("account.csv"), account).unwrap();
    fs::write(folder.join("trans.csv"), trans).unwrap();
}

/// Day number `day` since 2010, with months of 28 days.
fn date(day: usize) -> String {
    format!(
        "{}-{:02}-{:02}",
        2010 + day / 336,
        day / 28 % 12 + 1,
        day % 28 + 1
    )
}

fn learned() -> &'static (LinkedModel, Vec<KeptRule>) {
    static LEARNED: OnceLock<(LinkedModel, Vec<KeptRule>)> = OnceLock::new();
    LEARNED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        write_tables(folder.path());
        let schema = Schema::from_yaml(SCHEMA, "s.yaml", folder.path()).unwrap();
        let mut ledger = Ledger::new();
        let mut source = LinkedSource::open(schema, &mut ledger).unwrap();
        let rules = "rules: {trans: [amount <= 250]}";
        let settings = Settings::default();
        let rules = Some((rules, "r.yaml"));
        LinkedModel::learn_under(&mut source, &mut ledger, &settings, rules, true).unwrap()
    })
}

/// The same without rules.
fn plain() -> &'static LinkedModel {
    static LEARNED: OnceLock<LinkedModel> = OnceLock::new();
    LEARNED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        write_tables(folder.path());
        let schema = Schema::from_yaml(SCHEMA, "s.yaml", folder.path()).unwrap();
        let mut ledger = Ledger::new();
        let mut source = LinkedSource::open(schema, &mut ledger).unwrap();
        LinkedModel::learn(&mut source, &mut ledger, &Settings::default()).unwrap()
    })
}

/// A data set in SQLite, moments in seconds, and what is reported of it.
fn made(
    model: &LinkedModel,
    request: &LinkedRequest,
    rows: u64,
) -> (Connection, Vec<LinkedReport>) {
    let mut making = model.make(request, rows, Seed(7), Draw::Plain).unwrap();
    let database = Connection::open_in_memory().unwrap();
    for (table, name) in model.names().iter().enumerate() {
        let columns = making.columns(table);
        let names: Vec<String> = columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        database
            .execute(
                &format!("create table {name} (nr integer, {})", names.join(", ")),
                [],
            )
            .unwrap();
    }
    let mut next = vec![0; model.names().len()];
    while let Some(part) = making.next_part().unwrap() {
        for ((name, table), next) in model.names().iter().zip(&part).zip(&mut next) {
            fill(&database, name, table, next);
        }
    }
    (database, making.report())
}

fn fill(database: &Connection, name: &str, table: &Table, next: &mut i64) {
    let marks = vec!["?"; table.columns.len() + 1].join(", ");
    let mut insert = database
        .prepare(&format!("insert into {name} values ({marks})"))
        .unwrap();
    for row in 0..table.rows {
        let mut values = vec![Value::Integer(*next)];
        *next += 1;
        values.extend(table.cells.iter().map(|cells| match cells {
            Cells::Numbers { values, .. } if values[row].is_nan() => Value::Null,
            Cells::Numbers { values, .. } => Value::Real(values[row]),
            Cells::Levels { codes, .. } if codes[row] == MISSING_LEVEL => Value::Null,
            Cells::Levels { codes, levels } => Value::Text(levels[codes[row] as usize].clone()),
            Cells::Opaque { .. } => Value::Null,
            Cells::Keys { rows } if rows[row] == NO_ROW => Value::Null,
            Cells::Keys { rows } => Value::Integer(rows[row] as i64),
        }));
        insert.execute(rusqlite::params_from_iter(values)).unwrap();
    }
}

fn number(database: &Connection, query: &str) -> f64 {
    let found: Option<f64> = database.query_row(query, [], |row| row.get(0)).unwrap();
    found.unwrap_or(f64::NAN)
}

fn given(model: &LinkedModel, texts: &[&str]) -> LinkedRequest {
    LinkedRequest {
        given: texts
            .iter()
            .map(|text| model.condition(text).unwrap())
            .collect(),
        ..LinkedRequest::default()
    }
}

const BOTH: &str = "from trans join account on trans.account = account.id";

#[test]
fn conditions_hold_for_every_row_of_the_table_they_speak_of() {
    let model = plain();
    let texts = [
        "account.region = 'S'",
        "amount between 40 and 55",
        "hour(trans.at) >= 12 and trans.at >= account.opened + interval '1 day'",
        "channel != previous(channel) or previous(channel) is null",
    ];
    let (database, _) = made(model, &given(model, &texts), 1000);
    assert_eq!(number(&database, "select count(*) from account"), 1000.0);
    assert_eq!(
        number(
            &database,
            "select count(*) from account where region is not 'S'"
        ),
        0.0
    );
    assert!(number(&database, "select count(*) from trans") > 2000.0);
    assert_eq!(
        number(
            &database,
            "select count(*) from trans where not ifnull(amount between 40 and 55, 0)"
        ),
        0.0
    );
    let late = format!(
        "select count(*) {BOTH} where not (trans.at % 86400 >= 43200 and trans.at >= account.opened + 86400)"
    );
    assert_eq!(number(&database, &late), 0.0);
    let same = "select count(*) from (select channel, lag(channel) over (partition by account order by nr) as before from trans) where channel = before";
    assert_eq!(number(&database, same), 0.0);
    // What no condition speaks of is as it was learned: the share of gold in the south. Sampling error 0.015 each; false alarm below 1e-4.
    let (free, _) = made(model, &LinkedRequest::default(), 2000);
    let gold = "select avg(kind = 'gold') from account where region = 'S'";
    assert!((number(&database, gold) - number(&free, gold)).abs() < 0.09);
}

#[test]
fn what_rows_of_one_owner_never_were_they_are_when_asked_for() {
    // Branches of the south have no bad loan, so that no row of theirs meets the condition by what was learned.
    let folder = tempfile::tempdir().unwrap();
    let (mut branch, mut loan) = ("id,region\n".to_owned(), "branch,status\n".to_owned());
    for row in 0..200 {
        let south = row % 2 == 0;
        let _ = writeln!(
            branch,
            "B{row:03},{}",
            if south { "south" } else { "north" }
        );
        for turn in 0..20 {
            let bad = !south && (row / 2 + turn) % 4 == 0;
            let _ = writeln!(loan, "B{row:03},{}", if bad { "bad" } else { "good" });
        }
    }
    fs::write(folder.path().join("branch.csv"), branch).unwrap();
    fs::write(folder.path().join("loan.csv"), loan).unwrap();
    let schema = "tables:\n  branch: {data: branch.csv, key: id}\n  loan: {data: loan.csv, references: {branch: branch}}\n";
    let schema = Schema::from_yaml(schema, "s.yaml", folder.path()).unwrap();
    let mut ledger = Ledger::new();
    let mut source = LinkedSource::open(schema, &mut ledger).unwrap();
    let model = LinkedModel::learn(&mut source, &mut ledger, &Settings::default()).unwrap();
    let (plain, _) = made(&model, &LinkedRequest::default(), 100);
    let of_south = "from loan where status = 'bad' and branch in (select nr from branch where region = 'south')";
    assert!(number(&plain, &format!("select count(*) {of_south}")) < 1.0);
    let (asked, _) = made(&model, &given(&model, &["loan.status = 'bad'"]), 100);
    let wrong = number(&asked, "select count(*) from loan where status <> 'bad'");
    assert!(wrong < 1.0, "{wrong}");
    assert!(number(&asked, &format!("select count(*) {of_south}")) > 100.0);
    // As many as without the condition.
    assert!(number(&asked, "select count(*) from loan") > 1500.0);
}

#[test]
fn the_same_request_gives_the_same_rows_on_any_number_of_threads() {
    let model = plain();
    let request = given(model, &["trans.amount < 60", "account.kind <> 'gold'"]);
    let sum = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let (database, _) = made(model, &request, 300);
            let query = "select sum(amount * nr) + sum(at % 1000) from trans";
            number(&database, query).to_bits()
        })
    };
    assert_eq!(sum(1), sum(3));
}

#[test]
fn found_rules_and_running_sums_hold_in_every_made_row() {
    let (model, kept) = learned();
    let texts: Vec<&str> = kept.iter().map(|kept| kept.rule.text()).collect();
    assert!(texts.contains(&"at >= account.opened"), "{texts:?}");
    let sum = "balance = round(previous(balance) + case when type in ('in') then amount else -amount end, 2)";
    assert!(texts.contains(&sum), "{texts:?}");
    let given = kept.iter().find(|kept| !kept.found).unwrap();
    assert!(given.tally.broken > 1000 && given.tally.holds > 1000);
    // Rules travel with the model.
    let model = LinkedModel::from_bytes(&model.to_bytes()).unwrap();
    let (database, _) = made(&model, &LinkedRequest::default(), 3000);
    let rows = number(&database, "select count(*) from trans");
    assert!(rows > 25_000.0);
    assert_eq!(
        number(&database, "select count(*) from trans where amount > 250"),
        0.0
    );
    assert_eq!(
        number(
            &database,
            &format!("select count(*) {BOTH} where trans.at < account.opened")
        ),
        0.0
    );
    let sums = "select count(*) from (select balance, case type when 'in' then amount else -amount end as change,
        lag(balance) over (partition by account order by nr) as before from trans)
        where before is not null and abs(balance - round(before + change, 2)) > 1e-6";
    assert_eq!(number(&database, sums), 0.0);
    // Balances stay where they were, and the first is as it was learned.
    assert_eq!(
        number(&database, "select count(*) from trans where balance < 0"),
        0.0
    );
    let firsts =
        "select avg(balance) from trans where nr in (select min(nr) from trans group by account)";
    assert!((30.0..300.0).contains(&number(&database, firsts)));
}

#[test]
fn shares_of_owners_and_of_their_rows_come_out_as_asked_for() {
    let model = plain();
    let out = model.condition("type = 'out'").unwrap();
    let web = model.condition("channel = 'web'").unwrap();
    let north = model.condition("region = 'N'").unwrap();
    let request = LinkedRequest {
        wishes: vec![
            LinkedWish::share(north, 0.2),
            LinkedWish::share(out, 0.65),
            LinkedWish::times(web, 0.5),
        ],
        ..LinkedRequest::default()
    };
    let (database, report) = made(model, &request, 4000);
    let share = |what: &str| number(&database, &format!("select avg({what}) from trans"));
    assert!((number(&database, "select avg(region = 'N') from account") - 0.2).abs() < 0.002);
    // Some 38,000 rows, of 4,000 owners: three times the binomial error of 0.0025, and as much of the tilts'; false alarm below 1e-3.
    assert!(
        (share("type = 'out'") - 0.65).abs() < 0.015,
        "{}",
        share("type = 'out'")
    );
    assert!(
        (share("channel = 'web'") - 1.0 / 6.0).abs() < 0.012,
        "{}",
        share("channel = 'web'")
    );
    let lines: Vec<_> = report
        .iter()
        .map(|line| (line.table.as_str(), line.share.what.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            ("account", "region = 'N'"),
            ("trans", "type = 'out'"),
            ("trans", "channel = 'web'")
        ]
    );
    assert!((report[1].share.achieved - share("type = 'out'")).abs() < 1e-9);
    // Within a cell nothing changes: amounts of northern payments out. Sampling errors 0.5 and 0.4; false alarm below 1e-4.
    let (free, _) = made(model, &LinkedRequest::default(), 3000);
    let amounts = format!("select avg(amount) {BOTH} where region = 'N' and type = 'in'");
    let (was, is) = (number(&free, &amounts), number(&database, &amounts));
    assert!((was - is).abs() < 8.0, "{was} {is}");
}

#[test]
fn moves_and_parity_reach_the_rows_of_owners() {
    let model = plain();
    let request = LinkedRequest {
        wishes: vec![
            model.wish_to_move("trans.amount", 20.0).unwrap(),
            model
                .wish_to_be_fair("trans.channel", "trans.type")
                .unwrap(),
        ],
        ..LinkedRequest::default()
    };
    let (database, _) = made(model, &request, 1500);
    let (free, _) = made(model, &LinkedRequest::default(), 1500);
    let mean = "select avg(amount) from trans";
    let moved = number(&database, mean) - number(&free, mean);
    // As fine as a 32nd of the values, and none beyond the ends; the sampling error is 1.5.
    assert!((10.0..25.0).contains(&moved), "{moved}");
    let card = |kind: &str| {
        number(
            &database,
            &format!("select avg(channel = 'card') from trans where type = '{kind}'"),
        )
    };
    assert!((card("in") - card("out")).abs() < 0.03);
}

const SCENARIO: &str = "model: bank.model
scenario:
  patterns:
  - name: card testing
    table: trans
    share: 10%
    given: [\"account.kind <> 'gold'\"]
    steps:
    - {count: 3..6, gap: 1 min..5 min, given: [amount < 32, \"type = 'out'\", \"channel = 'card'\"]}
    - {gap: 1 min..1 h, given: [amount > 60, \"type = 'out'\"]}
  - name: takeover
    table: trans
    share: 5%
    steps:
    - {gap: 1 h..2 d, given: [\"channel <> previous(channel)\"]}
";

fn scenario(text: &str) -> Result<LinkedRequest, String> {
    let scenario = Scenario::from_yaml(text, "s.yaml").unwrap().unwrap();
    scenario.linked_request(plain()).map_err(|mistakes| {
        let mut texts = mistakes.iter().map(|mistake| format!("{mistake}"));
        texts.next().unwrap()
    })
}

#[test]
fn patterns_are_sequences_with_labels_on_rows_and_owners() {
    let (database, report) = made(plain(), &scenario(SCENARIO).unwrap(), 2000);
    let count = |of: &str| number(&database, &format!("select count(*) from {of}"));
    let gold = count("account where kind = 'gold'") / 2000.0;
    let testing = count("account where pattern = 'card testing'") / 2000.0;
    // 10 % of those who may have it; binomial error 0.007, less by the golden ratio.
    assert!((testing - 0.1 * (1.0 - gold)).abs() < 0.015, "{testing}");
    assert_eq!(
        count("account where pattern = 'card testing' and kind = 'gold'"),
        0.0
    );
    assert!((count("account where pattern = 'takeover'") / 2000.0 - 0.05).abs() < 0.002);
    // Every labelled owner has its rows, together, in order, in time, and as the steps say.
    let runs = "(select account, count(*) as n, max(nr) - min(nr) + 1 as width, max(at) - min(at) as long,
        sum(amount < 32 and type = 'out' and channel = 'card') as tiny, sum(amount > 60 and type = 'out') as large
        from trans where pattern = 'card testing' group by account)";
    assert_eq!(
        count(&format!(
            "{runs} where n <> width or n not between 4 and 7 or tiny <> n - 1 or large <> 1"
        )),
        0.0
    );
    assert_eq!(count(&format!("{runs} where long > 6 * 300 + 3600")), 0.0);
    assert_eq!(count(runs), testing * 2000.0);
    let gaps = "(select pattern, channel, at - lag(at) over w as gap, lag(channel) over w as before, amount
        from trans window w as (partition by account order by nr))";
    assert_eq!(
        count(&format!(
            "{gaps} where pattern = 'card testing' and gap is not null and amount < 32 and gap not between 60 and 300"
        )),
        0.0
    );
    assert_eq!(
        count(&format!(
            "{gaps} where pattern = 'takeover' and (channel = before or gap not between 3600 and 172800)"
        )),
        0.0
    );
    assert_eq!(count(&format!("{gaps} where gap < 0")), 0.0);
    let all = count("trans where pattern is not null");
    assert!(all > 0.0 && all < 0.2 * count("trans"));
    let what: Vec<&str> = report.iter().map(|line| line.share.what.as_str()).collect();
    assert!(what.contains(&"with the pattern card testing"), "{what:?}");
}

#[test]
fn what_cannot_be_is_refused_in_one_sentence() {
    let model = plain();
    for (text, message) in [
        ("loan.amount > 3", "`loan.amount` is no column"),
        (
            "account = 'A0001'",
            "`account` of `trans` names rows, and names are made up",
        ),
        (
            "account.id = 'A0001'",
            "`id` of `account` names rows, and names are made up",
        ),
        (
            "previous(trans.amount + 1) > 3",
            "`previous` takes a column of the table itself",
        ),
        (
            "previous(account.kind, 1) = 3",
            "there is no function `previous`",
        ),
        ("1 < 2", "`1 < 2` speaks of no column"),
    ] {
        assert_eq!(
            model.condition(text).unwrap_err().to_string(),
            message,
            "{text}"
        );
    }
    let never = |texts: &[&str]| match model.make(&given(model, texts), 10, Seed(1), Draw::Plain) {
        Err(error) => error.to_string(),
        Ok(mut making) => making.next_part().unwrap_err().to_string(),
    };
    assert_eq!(
        never(&["trans.amount < 1 and account.kind = 'gold'"]),
        "`trans.amount < 1 and account.kind = 'gold'` can be true for no first row of an owner in `trans`"
    );
    assert_eq!(
        never(&["channel = 'fax'"]),
        "`channel` is never 'fax' in the model"
    );
    let share = model.condition("amount > 10").unwrap();
    let clock = model.condition("hour(at) < 6").unwrap();
    for (wish, message) in [
        (
            LinkedWish::share(share, 1.5),
            "a share of 1.5 was asked for `amount > 10`",
        ),
        (
            LinkedWish::share(clock, 0.5),
            "the moments of `trans` follow from one another, and have no shares of their own",
        ),
    ] {
        let request = LinkedRequest {
            wishes: vec![wish],
            ..LinkedRequest::default()
        };
        let error = model.make(&request, 10, Seed(1), Draw::Plain).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    for (change, message) in [
        (("3..6", "6..3"), "`count` is a number of rows"),
        (
            ("1 min..5 min", "1..5"),
            "`gap` is the time since the row before",
        ),
        (("table: trans", "table: tran"), "`tran` is no table"),
        (("gap:", "gaps:"), "`gaps` has no meaning here"),
        (("account.kind <> 'gold'", "amount > 3"), ""),
    ] {
        let found = scenario(&SCENARIO.replace(change.0, change.1));
        if message.is_empty() {
            let error = model
                .make(&found.unwrap(), 10, Seed(1), Draw::Plain)
                .unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("is to say which rows of `account`"),
                "{error}"
            );
        } else {
            assert!(found.unwrap_err().contains(message), "{message}");
        }
    }
}
