//! Linked tables learned under differential privacy: what comes through of owners, siblings and time, what never does, and which schemas are refused.
//!
//! Noise cannot be seeded, so these are statistical tests; margins are many standard deviations of what is looked at.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod joined;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use population::stream::{Seed, Streams};
use privacy::{Guarantee, Statement};
use tables::linked::{LinkedModel, LinkedPrivately, LinkedRequest, LinkedTerms, Schema};
use tables::model::Draw;
use tables::private::PrivateError;
use tables::{Cells, Table};
use tempfile::TempDir;

const SCHEMA: &str = "tables:
  shop: {data: shop.csv, key: code, public: true}
  client: {data: client.csv, key: id}
  sale: {data: sale.csv, key: number, references: {client: client, shop: shop}, order_by: day}
";
const CLIENTS: usize = 20_000;
/// A word that one client alone has, in each table.
const SECRETS: [&str; 2] = ["ZEBRA-CLIENT", "ZEBRA-SALE"];

fn day(day: usize) -> String {
    format!("2020-{:02}-{:02}", 1 + day / 28 % 12, 1 + day % 28)
}

/// Northern clients buy five times, the others once or twice, one in five never. Northern clients buy tools nine times in ten, the others toys; four of five sales are paid as the one before was.
fn write_tables(folder: &Path) {
    let mut client = "id,region,name\n".to_owned();
    let mut sale = "number,client,shop,day,kind,paid\n".to_owned();
    for row in 0..CLIENTS {
        let mut draw = Streams::new(Seed(7), row as u64).stream("clients");
        let mut below = |count: usize| (draw.uniform() * count as f64) as usize;
        let north = below(2) == 0;
        let secret = row == CLIENTS / 2;
        let (region, name) = (
            if north { "N" } else { "S" },
            if secret { SECRETS[0] } else { "anybody" },
        );
        let _ = writeln!(client, "C{row:05},{region},{name}");
        let count = match (below(5), north) {
            (0, _) => 0,
            (_, true) => 5,
            (_, false) => 1 + below(2),
        };
        let mut when = below(150);
        let mut paid = below(2);
        for place in 0..count {
            let tool = north == (below(10) > 0);
            let kind = match (secret, tool) {
                (true, _) => SECRETS[1],
                (_, true) => "tool",
                (_, false) => "toy",
            };
            if place > 0 && below(5) == 0 {
                paid = 1 - paid;
            }
            let shop = ["A", "B"][below(2)];
            let paid = ["cash", "card"][paid];
            let _ = writeln!(
                sale,
                "{row}{place},C{row:05},{shop},{},{kind},{paid}",
                day(when)
            );
            when += 1 + below(3);
        }
    }
    // Of nobody: must not be looked at.
    let _ = writeln!(sale, "x,C99999,A,2020-01-01,tool,cash");
    // Calls, of which each client has one or two; their last column is a category that nobody declared.
    let mut call = "client,minutes,topic\n".to_owned();
    for row in 0..CLIENTS + CLIENTS / 2 {
        let topic = ["price", "repair"][row % 3 / 2];
        let _ = writeln!(call, " C{:05} ,{},{topic}", row % CLIENTS, row % 17);
    }
    fs::write(folder.join("call.csv"), call).unwrap();
    fs::write(folder.join("client.csv"), client).unwrap();
    fs::write(folder.join("sale.csv"), sale).unwrap();
    fs::write(folder.join("shop.csv"), "code,town\nA,Ulm\nB,Bern\n").unwrap();
}

fn learned(schema: &str, terms: &LinkedTerms) -> Result<LinkedPrivately, PrivateError> {
    let folder = TempDir::new().unwrap();
    write_tables(folder.path());
    let schema = Schema::from_yaml(schema, "shop.yaml", folder.path()).unwrap();
    LinkedModel::learn_privately(&schema, terms, None, Seed(3))
}

const TERMS: LinkedTerms = LinkedTerms {
    epsilon: 8.0,
    delta: 1e-9,
    most_rows: 5,
    in_one_go: false,
};

fn made(model: &LinkedModel, rows: u64) -> Vec<Table> {
    let request = LinkedRequest::default();
    let mut making = model.make(&request, rows, Seed(1), Draw::Refined).unwrap();
    joined::all_parts(&mut making)
}

fn texts(table: &Table, column: &str) -> Vec<String> {
    let place = table.position(column).unwrap();
    match &table.cells[place] {
        Cells::Levels { codes, levels } => codes
            .iter()
            .map(|&code| levels.get(code as usize).cloned().unwrap_or_default())
            .collect(),
        _ => panic!("{column} is no category"),
    }
}

fn keys(table: &Table, column: &str) -> Vec<u64> {
    match &table.cells[table.position(column).unwrap()] {
        Cells::Keys { rows } => rows.clone(),
        _ => panic!("{column} is no key"),
    }
}

#[test]
fn owners_siblings_and_time_come_through_and_nobodys_secret_does() {
    let found = learned(SCHEMA, &TERMS).unwrap();
    let statement = Statement::of(found.model.ledger());
    assert_eq!(
        statement.guarantee,
        Guarantee::Differential,
        "{statement:#?}"
    );
    assert_eq!(statement.promises.len(), 1);
    assert!(statement.spent.unwrap().epsilon <= 8.0);
    assert!(statement.summary.contains("at most 5 of each table"));
    let bytes = found.model.to_bytes();
    let model = LinkedModel::from_bytes(&bytes).unwrap();
    for secret in SECRETS {
        let there = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!there, "{secret}");
    }

    let tables = made(&model, CLIENTS as u64);
    let (client, sale) = (&tables[1], &tables[2]);
    assert!(client.rows.abs_diff(CLIENTS) <= 400, "{}", client.rows);
    let (owners, region) = (keys(sale, "client"), texts(client, "region"));
    let mut counts = vec![0; client.rows];
    for &owner in &owners {
        counts[owner as usize] += 1;
    }
    assert!(counts.iter().all(|&count| count <= 5));
    let mean = |wanted: &str| {
        let of = counts.iter().zip(&region).filter(|(_, r)| *r == wanted);
        let (sum, rows) = of.fold((0, 0), |(s, n), (count, _)| (s + count, n + 1));
        f64::from(sum) / f64::from(rows)
    };
    assert!((mean("N") - 4.0).abs() < 0.3, "{}", mean("N"));
    assert!((mean("S") - 1.2).abs() < 0.3, "{}", mean("S"));
    let kind = texts(sale, "kind");
    let tools = |wanted: &str| {
        let of = kind.iter().zip(&owners);
        let of = of.filter(|(_, owner)| region[**owner as usize] == wanted);
        let of: Vec<bool> = of.map(|(kind, _)| kind == "tool").collect();
        of.iter().filter(|tool| **tool).count() as f64 / of.len() as f64
    };
    assert!((tools("N") - 0.9).abs() < 0.06, "{}", tools("N"));
    assert!((tools("S") - 0.1).abs() < 0.06, "{}", tools("S"));
    let paid = texts(sale, "paid");
    let Cells::Numbers { values: days, .. } = &sale.cells[sale.position("day").unwrap()] else {
        panic!("days are moments");
    };
    let (mut same, mut pairs) = (0.0, 0.0);
    for row in 1..sale.rows {
        if owners[row] == owners[row - 1] {
            assert!(days[row] >= days[row - 1], "row {row}");
            let gap = (days[row] - days[row - 1]) / 86_400.0;
            // Gaps are 1 to 3 days, and more where a month of the made calendar ends.
            assert!(gap <= 40.0, "{gap}");
            pairs += 1.0;
            same += f64::from(u8::from(paid[row] == paid[row - 1]));
        }
    }
    let same = same / pairs;
    assert!((same - 0.8).abs() < 0.06, "{same}");
    let shops = texts(sale, "shop");
    assert!(shops.iter().all(|shop| shop == "A" || shop == "B"));
}

#[test]
fn several_tables_share_the_budget_and_what_it_may_find() {
    let schema = format!("{SCHEMA}  call: {{data: call.csv, references: {{client: client}}}}\n");
    let found = learned(&schema, &TERMS).unwrap();
    let statement = Statement::of(found.model.ledger());
    assert_eq!(
        statement.guarantee,
        Guarantee::Differential,
        "{statement:#?}"
    );
    let spent = statement.spent.unwrap();
    assert!(
        spent.epsilon <= 8.0 && spent.delta_of_discovery < 1.001e-10,
        "{spent:?}"
    );
    let tables = made(&found.model, 2_000);
    let topics = texts(&tables[3], "topic");
    let repairs = topics.iter().filter(|topic| *topic == "repair").count();
    let share = repairs as f64 / topics.len() as f64;
    assert!((share - 1.0 / 3.0).abs() < 0.06, "{share}");
    // Blanks around a key are no part of it.
    assert!(tables[3].rows > 2_000, "{}", tables[3].rows);
}

#[test]
fn only_persons_and_what_they_own_are_learned() {
    let refused = |schema: &str| match learned(schema, &TERMS) {
        Err(PrivateError::Overrides(mistakes)) => {
            let lines = mistakes
                .iter()
                .map(|mistake| format!("{}:{} {}", mistake.line, mistake.column, mistake.message));
            lines.collect::<Vec<_>>().join("\n")
        }
        other => panic!("{other:?}"),
    };
    let two = refused(
        "tables:\n  client: {data: client.csv, key: id}\n  shop: {data: shop.csv, key: code}\n",
    );
    assert!(two.starts_with("3:"), "{two}");
    assert!(
        two.contains("`client` and `shop` refer to no other table"),
        "{two}"
    );
    let both = refused(&SCHEMA.replace(", public: true", ""));
    assert!(both.contains("a row is one person's"), "{both}");
    let far = refused(
        "tables:\n  shop: {data: shop.csv, key: code}\n  client: {data: client.csv, key: id, references: {region: shop}}\n  sale: {data: sale.csv, references: {client: client}}\n",
    );
    assert!(
        far.contains("belong to rows of `client`, not to `shop`"),
        "{far}"
    );
    let nameless = refused(
        "tables:\n  shop: {data: shop.csv, key: code, public: true}\n  sale: {data: sale.csv, references: {shop: shop}}\n",
    );
    assert!(nameless.contains("nothing tells them apart"), "{nameless}");
    let twice = refused(&SCHEMA.replace("order_by: day", "order_by: shop"));
    assert!(twice.contains("cannot be in order of `shop`"), "{twice}");
    let few = LinkedTerms {
        epsilon: 1e-4,
        ..TERMS
    };
    let error = learned(SCHEMA, &few).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("table `client`: by a noisy count"), "{said}");
    assert!(error.hint().is_some());
    let none = LinkedTerms {
        epsilon: f64::NAN,
        ..TERMS
    };
    assert!(
        learned(SCHEMA, &none)
            .unwrap_err()
            .to_string()
            .contains("ε")
    );
}
