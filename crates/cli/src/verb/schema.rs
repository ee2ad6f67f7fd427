//! `schema`: what an editor wants to know about recipes.

use std::io::Write;

use crate::Verdict;
use crate::args::{SchemaArgs, StageName};
use crate::failure::Failure;

pub(crate) fn run(args: &SchemaArgs, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let schema = match args.stage {
        StageName::People => studio::schema(),
        StageName::Products => studio::schema_with(studio::PRODUCTS, &studio::Sources::default()),
        StageName::Vehicles => studio::schema_with(studio::VEHICLES, &studio::Sources::default()),
    };
    writeln!(out, "{:#}", population::schema::json_schema(&schema))?;
    Ok(Verdict::Yes)
}
