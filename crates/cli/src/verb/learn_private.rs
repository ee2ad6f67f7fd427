//! `learn --epsilon`: from a real table to a model under differential privacy.

use std::io::Write;
use std::path::Path;

use population::stream::Seed;
use serde_json::json;
use tables::linked::Schema;
use tables::private::{Caught, Counted, Found, Learned, Lost, Mechanism, Terms};
use tables::{Source, SourceOptions};

use super::learn::{can_be_written, overrides, write_whole};
use super::{linked, linked_private, request};
use crate::Verdict;
use crate::args::{LearnArgs, TableMechanism};
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};

pub(super) fn learn(
    args: &LearnArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let refuse = |what: &str, why: &str, hint: &str| {
        Err(Failure::new(format!("{what} cannot go with --epsilon: {why}")).with_hint(hint))
    };
    if args.kinds {
        return refuse(
            "--kinds",
            "it shows what the rows themselves say",
            "declare the columns in a file for --columns",
        );
    }
    if args.find_rules {
        return refuse(
            "--find-rules",
            "a rule found in the rows tells about them",
            "write the rules that everybody knows into a file for --rules",
        );
    }
    let counts = matches!(
        args.privacy.mechanism,
        TableMechanism::Aim | TableMechanism::Mst
    );
    if counts && args.privacy.steps.is_some() {
        return Err(Failure::new(
            "--steps says how long a network is trained, and --mechanism aim and mst count rows instead",
        )
        .with_hint("leave it out, or ask for --mechanism gan or pate-gan"));
    }
    if Schema::is_named(&args.data) {
        let schema = linked::schema(Path::new(&args.data))?;
        return linked_private::learn(&schema, args, meter, out);
    }
    if let Some(schema) = linked::found(args)? {
        return linked_private::learn(&schema, args, meter, out);
    }
    if args.privacy.most_rows.is_some() && args.privacy.person.is_none() {
        return Err(Failure::new(
            "--most-rows says how many rows of a person are looked at, and nothing says whose a row is",
        )
        .with_hint("give the column that does as --person"));
    }
    let Some(path) = &args.out else {
        return refuse(
            "no --out",
            "a budget is spent once",
            "say where the model is to be written",
        );
    };
    let overrides = overrides(args)?;
    can_be_written(path)?;
    let options = SourceOptions {
        table: args.table.clone(),
        query: args.query.clone(),
        ..SourceOptions::default()
    };
    let terms = Terms {
        epsilon: args.privacy.epsilon.unwrap_or_default(),
        delta: args.privacy.delta,
        person: args
            .privacy
            .person
            .clone()
            .map(|column| (column, args.privacy.most_rows.unwrap_or(1))),
        mechanism: match args.privacy.mechanism {
            TableMechanism::Aim => Mechanism::Aim,
            TableMechanism::Mst => Mechanism::Mst,
            TableMechanism::Gan => Mechanism::Network(args.privacy.steps),
            TableMechanism::PateGan => Mechanism::Teachers(args.privacy.steps),
        },
        canaries: args.privacy.audit.unwrap_or(0) as usize,
    };
    let mut source = Source::open(&args.data, &options)?;
    for note in source.notes() {
        meter.say(note);
    }
    let names = source.schema().fields().iter();
    let names: Vec<String> = names.map(|field| format!("`{}`", field.name())).collect();
    meter.say(&format!(
        "taken as known to everybody: the names of the columns, {}",
        names.join(", ")
    ));
    let found = Found::of(&mut source, &overrides, &terms)?;
    let rules = match &args.rules {
        Some(rules) => request::rules(rules, found.columns())?,
        None => Vec::new(),
    };
    let learned = found.learn(&rules, Seed(args.seed))?;
    let bytes = learned.model.to_bytes();
    write_whole(path, &bytes)?;
    say(meter, &learned, path, bytes.len() as u64);
    if args.json {
        let counted: Vec<_> = learned.counted.iter().map(counted_as_json).collect();
        let lost: Vec<_> = learned.lost.iter().map(lost_as_json).collect();
        let answer = json!({
            "model": path, "bytes": bytes.len(), "rows_about": learned.people.round(), "counted": counted, "not_found": lost,
            "audit": learned.audit, "ledger": learned.model.ledger().entries(), "statement": learned.model.ledger().statement(),
        });
        writeln!(out, "{answer}")?;
    }
    match &learned.audit {
        Some(audit) if audit.refutes() || !audit.controls_hold() => Ok(Verdict::No),
        _ => Ok(Verdict::Yes),
    }
}

pub(super) fn counted_as_json(counted: &Counted) -> serde_json::Value {
    json!({
        "columns": counted.columns, "cells": counted.cells, "noise_sd": counted.sd, "off_by_at_most_95_percent": counted.off_by_at_most(),
    })
}

pub(super) fn lost_as_json(lost: &Lost) -> serde_json::Value {
    json!({"column": lost.column, "rows_about": lost.rows.round()})
}

/// What of a column could not be found.
pub(super) fn lost_in_words(lost: &Lost) -> String {
    format!(
        "`{}`: about {:.0} rows have values that too few others share to be told of; declare the column's values to have them",
        lost.column, lost.rows
    )
}

fn say(meter: &Meter, learned: &Learned, path: &Path, bytes: u64) {
    for lost in &learned.lost {
        meter.say(&lost_in_words(lost));
    }
    meter.say(&format!(
        "learned about {:.0} rows of {} columns into {} ({}): {} noisy counts of columns",
        learned.people,
        learned.model.columns().len(),
        path.display(),
        bytes_in_words(bytes),
        learned.counted.len()
    ));
    meter.say(&learned.model.ledger().statement());
    if let Some(audit) = &learned.audit {
        let line = |who: &str, caught: &Caught| {
            meter.say(&format!(
                "  {who}: {} of {} guesses right, so ε is at least {:.2}",
                caught.right, audit.guesses, caught.epsilon_at_least
            ));
        };
        meter.say(&format!(
            "audit: {} rows that are nobody's were slipped in or not, by a coin each; with 95 % confidence",
            audit.canaries
        ));
        line(
            &format!("this model, which claims ε = {}", audit.claimed),
            &audit.model,
        );
        line(
            "a model that copies its rows (must be caught)",
            &audit.copying,
        );
        line(
            "coins that were never used (must not be guessed)",
            &audit.unseen,
        );
    }
}
