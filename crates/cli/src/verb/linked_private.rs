//! `learn --epsilon` for linked tables: persons, and what each of them owns.

use std::io::Write;

use population::Seed;
use serde_json::json;
use tables::linked::{LinkedModel, LinkedTerms, Schema};

use super::learn::{can_be_written, write_whole};
use super::learn_private::{counted_as_json, lost_as_json, lost_in_words};
use super::request::text_of;
use crate::Verdict;
use crate::args::{LearnArgs, TableMechanism};
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};

pub(super) fn learn(
    schema: &Schema,
    args: &LearnArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let refuse = |what: &str, why: &str, hint: &str| {
        Err(Failure::new(format!(
            "{what} cannot go with linked tables and --epsilon: {why}"
        ))
        .with_hint(hint))
    };
    let asked = &args.privacy;
    if args.columns.is_some() || args.query.is_some() || args.table.is_some() {
        return refuse(
            "--columns, --table and --query",
            "they are about one table",
            "say it in the schema, under the table's name",
        );
    }
    if asked.person.is_some() {
        return refuse(
            "--person",
            "persons are the rows of the table that refers to no other",
            "leave it out",
        );
    }
    if asked.audit.is_some() {
        return refuse(
            "--audit",
            "nobody's rows would need owners",
            "audit the persons' own table by itself",
        );
    }
    let in_one_go = match asked.mechanism {
        TableMechanism::Aim => false,
        TableMechanism::Mst => true,
        TableMechanism::Gan | TableMechanism::PateGan => {
            return refuse(
                "a network",
                "it learns rows that stand alone",
                "leave --mechanism out",
            );
        }
    };
    let Some(most_rows) = asked.most_rows else {
        return Err(Failure::new(
            "linked tables under --epsilon need --most-rows: how many rows of a table are looked at of one person",
        )
        .with_hint("take about as many as most persons have, as far as everybody knows: noise grows with it, and what comes behind is not learned"));
    };
    let Some(path) = args.out.as_deref() else {
        return refuse(
            "no --out",
            "a budget is spent once",
            "say where the model is to be written",
        );
    };
    can_be_written(path)?;
    let terms = LinkedTerms {
        epsilon: asked.epsilon.unwrap_or_default(),
        delta: asked.delta,
        most_rows,
        in_one_go,
    };
    let rules = match &args.rules {
        Some(path) => Some((text_of(path)?, path.display().to_string())),
        None => None,
    };
    let rules = rules.as_ref().map(|(text, file)| (&text[..], &file[..]));
    meter.say("taken as known to everybody: the schema, and the names of all columns");
    let learned = LinkedModel::learn_privately(schema, &terms, rules, Seed(args.seed))?;
    let bytes = learned.model.to_bytes();
    write_whole(path, &bytes)?;
    for table in &learned.tables {
        for lost in &table.lost {
            meter.say(&format!("{}: {}", table.name, lost_in_words(lost)));
        }
        meter.say(&format!(
            "{}: about {:.0} rows, {} noisy counts of columns",
            table.name,
            table.rows,
            table.counted.len()
        ));
    }
    for line in learned.model.described() {
        meter.say(&line);
    }
    meter.say(&format!(
        "learned {} tables into {} ({})",
        learned.model.names().len(),
        path.display(),
        bytes_in_words(bytes.len() as u64)
    ));
    let ledger = learned.model.ledger();
    meter.say(&ledger.statement());
    if args.json {
        let tables: Vec<_> = learned
            .tables
            .iter()
            .map(|table| {
                let counted: Vec<_> = table.counted.iter().map(counted_as_json).collect();
                let lost: Vec<_> = table.lost.iter().map(lost_as_json).collect();
                json!({"table": table.name, "rows_about": table.rows.round(), "counted": counted, "not_found": lost})
            })
            .collect();
        let answer = json!({
            "model": path, "bytes": bytes.len(), "tables": tables, "links": learned.model.described(),
            "ledger": ledger.entries(), "statement": ledger.statement(),
        });
        writeln!(out, "{answer}")?;
    }
    Ok(Verdict::Yes)
}
