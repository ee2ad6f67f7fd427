//! Rules between tables are counted as arithmetic counts them, and what is no rule gets a sentence.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use check::{
    Finding, Member, ReadTables, Settings, Standing, judge_linked, linked_rules, real_tables,
    same_tables,
};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use tables::SourceOptions;
use tables::linked::Schema;

const SCHEMA: &str = "tables:\n  branch: {data: branch.csv, key: id}\n  account: {data: account.csv, key: id, references: {branch_id: branch}}\n  entry: {data: entry.csv, key: id, references: {account_id: account}, order_by: day}\n";
const NAMES: [&str; 3] = ["branch", "account", "entry"];

/// An entry of an account: day, amount, balance.
#[derive(Debug, Clone, Copy)]
struct Entry {
    account: u64,
    day: u64,
    amount: i64,
    balance: i64,
}

/// 5 branches with a limit, 120 accounts with a day on which they were opened, and entries whose balance is the sum of all amounts so far, in a file that is in no order.
struct Bank {
    limits: Vec<i64>,
    accounts: Vec<(u64, u64)>,
    entries: Vec<Entry>,
}

fn bank(seed: u64) -> Bank {
    let mut stream = Streams::new(Seed(seed), 0).stream("bank");
    let limits: Vec<i64> = (0..5).map(|branch| 300 + 50 * branch).collect();
    let accounts: Vec<(u64, u64)> = (0..120)
        .map(|_| (stream.below(5), stream.below(400)))
        .collect();
    let mut entries = Vec::new();
    for (account, &(branch, opened)) in accounts.iter().enumerate() {
        let (mut day, mut balance) = (opened, 0);
        for _ in 0..stream.below(12) {
            day += 1 + stream.below(20);
            let amount = stream.below(limits[branch as usize] as u64 + 1) as i64;
            balance += amount;
            entries.push(Entry {
                account: account as u64,
                day,
                amount,
                balance,
            });
        }
    }
    for place in (1..entries.len()).rev() {
        entries.swap(place, stream.below(place as u64 + 1) as usize);
    }
    Bank {
        limits,
        accounts,
        entries,
    }
}

fn write(folder: &Path, bank: &Bank) {
    let mut texts = [
        "id,most\n".to_owned(),
        "id,branch_id,opened\n".to_owned(),
        "id,account_id,day,amount,balance\n".to_owned(),
    ];
    for (branch, most) in bank.limits.iter().enumerate() {
        let _ = writeln!(texts[0], "B-{branch:03},{most}");
    }
    for (account, (branch, opened)) in bank.accounts.iter().enumerate() {
        let _ = writeln!(texts[1], "A-{account:03},B-{branch:03},{opened}");
    }
    for (number, entry) in bank.entries.iter().enumerate() {
        let Entry {
            account,
            day,
            amount,
            balance,
        } = entry;
        let _ = writeln!(
            texts[2],
            "E-{number:04},A-{account:03},{day},{amount},{balance}"
        );
    }
    for (name, text) in NAMES.iter().zip(texts) {
        fs::write(folder.join(format!("{name}.csv")), text).expect("written");
    }
}

fn members<'a>(read: &'a ReadTables, ledger: &mut Ledger) -> Vec<Member<'a>> {
    let open = |(table, keys): &'a (privacy::Sealed<_>, privacy::Sealed<_>)| Member {
        table: table.open(ledger, "test"),
        keys: keys.open(ledger, "test"),
    };
    read.tables.iter().map(open).collect()
}

/// The findings about rules, or why there are no rules.
fn judged(made: &Bank, rules: &str) -> Result<Vec<Finding>, String> {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &bank(1));
    let mut ledger = Ledger::new();
    let schema = Schema::from_yaml(SCHEMA, "schema.yaml", folder.path()).expect("a schema");
    let real = real_tables(&schema, &mut ledger).expect("read");
    let below = folder.path().join("made");
    fs::create_dir(&below).expect("a folder");
    write(&below, made);
    let places = NAMES.map(|name| {
        let path = below.join(format!("{name}.csv"));
        (
            path.to_string_lossy().into_owned(),
            SourceOptions::default(),
        )
    });
    let made = same_tables(&real, &places, "made", &mut ledger).expect("read");
    let own = members(&real, &mut ledger);
    let rules = linked_rules(rules, &real.links, &own)
        .map_err(|error| format!("{error}; {}", error.hint()))?;
    let (sections, _) = judge_linked(
        &real.links,
        &own,
        &members(&made, &mut Ledger::new()),
        None,
        &rules,
        &Settings::default(),
    );
    let all = sections.into_iter().flat_map(|section| section.findings);
    Ok(all
        .filter(|finding| finding.title.starts_with("Rules of"))
        .collect())
}

const RULES: &str = "rules:\n  - balance = previous(balance) + amount\n  - entry.day >= account.opened\n  - entry.amount <= branch.most\n  - most >= 300\n";

fn counts(finding: &Finding) -> Vec<(String, String)> {
    let rows = &finding.details[0].table.rows;
    rows.iter()
        .map(|row| (row[1].clone(), row[2].clone()))
        .collect()
}

#[test]
fn what_every_row_keeps_is_kept_of_owners_of_their_owners_and_of_the_row_before() {
    let made = bank(2);
    let found = judged(&made, RULES).expect("rules");
    let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, ["links.branch.rules", "links.entry.rules"]);
    for finding in &found {
        assert_eq!(finding.standing, Standing::Good, "{finding:?}");
    }
    // The first entry of an account has none before it, so nothing is known of it.
    let mut owners: Vec<u64> = made.entries.iter().map(|entry| entry.account).collect();
    owners.sort_unstable();
    owners.dedup();
    let (all, later) = (made.entries.len(), made.entries.len() - owners.len());
    let found: Vec<String> = counts(&found[1])
        .into_iter()
        .map(|(made, _)| made)
        .collect();
    assert_eq!(
        found,
        [
            format!("0 of {later}"),
            format!("0 of {all}"),
            format!("0 of {all}")
        ]
    );
}

#[test]
fn broken_rows_are_counted_exactly() {
    let mut made = bank(3);
    let mut stream = Streams::new(Seed(5), 0).stream("faults");
    for entry in &mut made.entries {
        match stream.below(20) {
            0 => entry.balance += 7,
            1 => entry.amount += 600,
            2 => entry.day = 0,
            _ => {}
        }
    }
    // By hand: entries of each account by day (equal days in the order of the file), each beside the one before.
    let mut of_account: BTreeMap<u64, Vec<Entry>> = BTreeMap::new();
    for entry in &made.entries {
        of_account.entry(entry.account).or_default().push(*entry);
    }
    let (mut sums, mut early, mut large) = (0, 0, 0);
    for (account, entries) in &mut of_account {
        entries.sort_by_key(|entry| entry.day);
        let (branch, opened) = made.accounts[*account as usize];
        for two in entries.windows(2) {
            sums += u64::from(two[1].balance != two[0].balance + two[1].amount);
        }
        for entry in entries {
            early += u64::from(entry.day < opened);
            large += u64::from(entry.amount > made.limits[branch as usize]);
        }
    }
    assert!(
        sums > 10 && early > 10 && large > 10,
        "nothing would be tested"
    );
    let found = judged(&made, RULES).expect("rules");
    let entry = &found[1];
    assert_eq!(entry.standing, Standing::Bad, "{entry:?}");
    let all = made.entries.len();
    let later = all - of_account.len();
    let counted: Vec<String> = counts(entry).into_iter().map(|(made, _)| made).collect();
    assert_eq!(
        counted,
        [
            format!("{sums} of {later}"),
            format!("{early} of {all}"),
            format!("{large} of {all}")
        ]
    );
    assert!(
        counts(entry)
            .iter()
            .all(|(_, real)| real.starts_with("0 of "))
    );
    assert_eq!(
        found[0].standing,
        Standing::Good,
        "what is of another table stays kept"
    );
}

#[test]
fn rules_below_their_table_are_those_of_that_table() {
    let made = bank(2);
    let found = judged(
        &made,
        "rules: {entry: [amount >= 0, day >= account.opened], account: opened >= 0}",
    )
    .expect("rules");
    let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, ["links.account.rules", "links.entry.rules"]);
    assert_eq!(judged(&made, "rules: []").expect("none").len(), 0);
}

#[test]
fn what_is_no_rule_gets_a_sentence() {
    let made = bank(2);
    for (rules, said) in [
        ("rule: [a > 1]", "the rules cannot be read: "),
        ("rules: [3]", "one of the rules is no text"),
        (
            "rules: {visit: [day > 1]}",
            "there are rules for `visit`, which is no table; these are: branch, account, entry",
        ),
        ("rules: [entry.days > 1]", "in the rule `entry.days > 1`, "),
        (
            "rules: {branch: [previous(most) > 1]}",
            "`previous` asks for the row before",
        ),
        ("rules: [id = 'x']", "id"),
    ] {
        let error = judged(&made, rules).expect_err("refused");
        assert!(error.contains(said), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
