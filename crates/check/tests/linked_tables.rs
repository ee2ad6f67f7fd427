//! Between tables: planted faults are found, and fresh tables trigger nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use check::{
    Finding, Member, ReadTables, Section, Settings, Standing, judge_linked, real_tables,
    same_tables,
};
use population::stream::{Seed, Streams};
use privacy::Ledger;
use tables::SourceOptions;
use tables::linked::Schema;

const SCHEMA: &str = "tables:\n  owner: {data: owner.csv, key: id}\n  visit: {data: visit.csv, key: visit_id, references: {owner_id: owner}, order_by: day}\n";

/// What is done to tables.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Visits of owners that are not there.
    LostOwners,
    /// The same number of visits, dealt out evenly.
    EvenNumbers,
    /// Visits go to whoever comes.
    MixedOwners,
    /// Days of an owner's visits are dealt anew.
    MixedOrder,
    /// Reasons go to whatever visit comes.
    MixedReasons,
    /// What rich owners pay has nothing to do with anything.
    RichAtRandom,
}

/// 900 owners of two kinds, and their visits: rich ones have many and pay more, every visit is close to the one before, and its reason mostly the owner's own.
fn write(folder: &Path, seed: u64, fault: Fault) {
    let mut stream = Streams::new(Seed(seed), 0).stream("linked");
    let mut owners = String::from("id,kind,age\n");
    let mut visits: Vec<(u32, u32, f64)> = Vec::new();
    let mut reasons: Vec<u64> = Vec::new();
    for owner in 0..900_u32 {
        let rich = stream.uniform() < 0.4;
        let kind = if rich { "rich" } else { "plain" };
        let _ = writeln!(owners, "O-{owner:04},{kind},{}", 20 + stream.below(60));
        let count = if rich {
            3 + stream.below(8)
        } else {
            stream.below(4)
        };
        let mut paid = if rich { 200.0 } else { 50.0 };
        let mut day = 0;
        let own = stream.below(5);
        for _ in 0..count {
            day += 1 + stream.below(30) as u32;
            paid += 15.0 * stream.normal();
            visits.push((owner, day, paid));
            let other = stream.uniform() < 0.1;
            reasons.push(if other { stream.below(5) } else { own });
            if rich && fault == Fault::RichAtRandom {
                visits.last_mut().expect("pushed").2 = 400.0 * stream.uniform();
            }
        }
    }
    let count = visits.len();
    match fault {
        Fault::None | Fault::RichAtRandom => {}
        Fault::MixedReasons => {
            let dealt: Vec<u64> = (0..count)
                .map(|k| reasons[(k * 1_237 + 11) % count])
                .collect();
            reasons = dealt;
        }
        Fault::LostOwners => visits
            .iter_mut()
            .step_by(10)
            .for_each(|visit| visit.0 = 9_000),
        Fault::EvenNumbers => (0..count).for_each(|place| visits[place].0 = place as u32 % 900),
        Fault::MixedOwners | Fault::MixedOrder => {
            let owners: Vec<u32> = visits.iter().map(|visit| visit.0).collect();
            let paid: Vec<f64> = visits.iter().map(|visit| visit.2).collect();
            for place in 0..count {
                let other = (place * 1_237 + 11) % count;
                if fault == Fault::MixedOwners {
                    visits[place].0 = owners[other];
                } else {
                    visits[place].2 = paid[other];
                }
            }
        }
    }
    let mut text = String::from("visit_id,owner_id,day,paid,reason\n");
    for (number, (owner, day, paid)) in visits.iter().enumerate() {
        let reason = ["check", "pain", "advice", "paper", "other"][reasons[number] as usize];
        let _ = writeln!(text, "V-{number:05},O-{owner:04},{day},{paid:.2},{reason}");
    }
    fs::write(folder.join("owner.csv"), owners).expect("written");
    fs::write(folder.join("visit.csv"), text).expect("written");
}

fn members<'a>(read: &'a ReadTables, ledger: &mut Ledger) -> Vec<Member<'a>> {
    let open = |(table, keys): &'a (privacy::Sealed<_>, privacy::Sealed<_>)| Member {
        table: table.open(ledger, "test"),
        keys: keys.open(ledger, "test"),
    };
    read.tables.iter().map(open).collect()
}

fn judged(fault: Fault, seed: u64) -> Vec<Section> {
    let [real, made, fresh] = [0, 1, 2].map(|part| {
        let folder = tempfile::tempdir().expect("a folder");
        write(
            folder.path(),
            10 * seed + part,
            if part == 1 { fault } else { Fault::None },
        );
        folder
    });
    let mut ledger = Ledger::new();
    let schema = Schema::from_yaml(SCHEMA, "schema.yaml", real.path()).expect("a schema");
    let own = real_tables(&schema, &mut ledger).expect("read");
    let mut other = |folder: &Path| {
        let places = ["owner", "visit"].map(|name| {
            let path = folder.join(format!("{name}.csv"));
            (
                path.to_string_lossy().into_owned(),
                SourceOptions::default(),
            )
        });
        same_tables(&own, &places, "other", &mut ledger).expect("read")
    };
    let (made, fresh) = (other(made.path()), other(fresh.path()));
    let mut unread = Ledger::new();
    let fresh = members(&fresh, &mut unread);
    judge_linked(
        &own.links,
        &members(&own, &mut Ledger::new()),
        &members(&made, &mut Ledger::new()),
        Some(&fresh),
        &[],
        &Settings {
            protect: vec!["kind".to_owned()],
            ..Settings::default()
        },
    )
    .0
}

fn stands(sections: &[Section], id: &str) -> (Standing, String) {
    let finding: &Finding = sections
        .iter()
        .flat_map(|section| &section.findings)
        .find(|finding| finding.id == id)
        .expect(id);
    (finding.standing, format!("{finding:?}"))
}

const KEYS: &str = "links.visit.keys";
const NUMBERS: &str = "links.visit.owner_id.numbers";
const PAIRS: &str = "links.visit.owner_id.pairs";
const ORDER: &str = "links.visit.order";
const VARIETY: &str = "links.visit.variety";
const GROUPS: &str = "visit.fairness.fidelity.owner.kind";

/// Whether exactly these are found, and the others as good as fresh tables.
fn finds(fault: Fault, wanted: &[&str], spared: &[&str]) {
    let sections = judged(fault, 1);
    for id in wanted {
        let (standing, text) = stands(&sections, id);
        assert!(
            matches!(standing, Standing::Bad | Standing::Attention),
            "{id}: {text}"
        );
    }
    for id in spared {
        let (standing, text) = stands(&sections, id);
        assert_eq!(standing, Standing::Good, "{id}: {text}");
    }
}

#[test]
fn fresh_tables_trigger_nothing() {
    for seed in 1..4 {
        let sections = judged(Fault::None, seed);
        assert_eq!(
            sections
                .iter()
                .map(|section| section.id.as_str())
                .collect::<Vec<_>>(),
            [
                "links",
                "owner.fidelity",
                "owner.privacy",
                "owner.fairness",
                "visit.fidelity",
                "visit.fairness"
            ]
        );
        for id in [
            KEYS,
            NUMBERS,
            PAIRS,
            ORDER,
            VARIETY,
            GROUPS,
            "links.owner.keys",
            "owner.fairness.representation.kind",
            "visit.fairness.representation.owner.kind",
        ] {
            let (standing, text) = stands(&sections, id);
            assert_eq!(standing, Standing::Good, "seed {seed}, {id}: {text}");
        }
    }
}

#[test]
fn references_that_lead_nowhere_are_found() {
    finds(Fault::LostOwners, &[KEYS], &[]);
}

#[test]
fn other_numbers_of_rows_are_found() {
    finds(Fault::EvenNumbers, &[NUMBERS], &[KEYS]);
}

#[test]
fn rows_that_have_nothing_to_do_with_their_owners_are_found() {
    finds(Fault::MixedOwners, &[PAIRS], &[KEYS, NUMBERS]);
}

#[test]
fn rows_that_do_not_follow_from_the_ones_before_are_found() {
    finds(Fault::MixedOrder, &[ORDER], &[KEYS, NUMBERS]);
}

#[test]
fn owners_whose_rows_are_too_various_are_found() {
    finds(Fault::MixedReasons, &[VARIETY], &[KEYS, NUMBERS]);
}

#[test]
fn a_group_of_owners_whose_rows_are_wrong_is_found() {
    finds(
        Fault::RichAtRandom,
        &[GROUPS],
        &[
            KEYS,
            NUMBERS,
            VARIETY,
            "visit.fairness.representation.owner.kind",
        ],
    );
}
