//! `export`: a data set in another format.

use std::io::Write;

use dataset::Reader;
use label::export::{Report, export};
use serde_json::json;

use crate::Verdict;
use crate::args::ExportArgs;
use crate::failure::Failure;
use crate::progress::Meter;

pub(crate) fn run(args: &ExportArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let reader = Reader::open(&args.dir)?;
    let meter = Meter::new(quiet);
    let exported = export(&reader, args.format, &args.out, &meter);
    meter.finish();
    let report = exported?;
    if args.json {
        writeln!(out, "{}", to_json(&report))?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(Verdict::Yes)
}

fn to_json(report: &Report) -> serde_json::Value {
    let losses: Vec<_> = report
        .losses
        .iter()
        .map(|loss| json!({"what": loss.what, "why": loss.why}))
        .collect();
    json!({
        "format": report.format, "samples": report.samples, "files": report.files, "bytes": report.bytes, "losses": losses, "notes": report.notes,
    })
}
