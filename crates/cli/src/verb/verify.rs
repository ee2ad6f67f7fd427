//! `verify`: files against hashes, then labels against geometry.

use std::fmt;
use std::io::Write;

use dataset::{Reader, SampleRecord};
use rayon::prelude::*;
use serde_json::json;

use crate::Verdict;
use crate::args::VerifyArgs;
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};
use crate::verb::make::samples;

/// Samples checked side by side; more would only take memory.
const BATCH: usize = 64;

/// What is wrong, whoever found it.
#[derive(Debug)]
enum Fault {
    File(dataset::Fault),
    Label(label::verify::Fault),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::File(fault) => fault.fmt(f),
            Fault::Label(fault) => write!(
                f,
                "{} of sample {}: {}, but {}",
                fault.file, fault.sample, fault.found, fault.expected
            ),
        }
    }
}

impl Fault {
    fn to_json(&self) -> serde_json::Value {
        let (check, file, sample) = match self {
            Fault::File(fault) => ("file", &fault.file, fault.sample),
            Fault::Label(fault) => ("label", &fault.file, Some(fault.sample)),
        };
        json!({"check": check, "file": file, "sample": sample, "message": self.to_string()})
    }
}

pub(crate) fn run(args: &VerifyArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    let report = dataset::verify_files(&args.dir, &meter)?;
    let mut faults: Vec<Fault> = report.faults.into_iter().map(Fault::File).collect();
    // A table that cannot be read is already among the faults; then there are no samples to go through.
    if let Ok(reader) = Reader::open(&args.dir) {
        faults.extend(labels(&reader, &meter)?.into_iter().map(Fault::Label));
    }
    meter.finish();
    if args.json {
        let answer = json!({
            "sound": faults.is_empty(), "finished": report.finished, "samples": report.samples, "files": report.files, "bytes": report.bytes,
            "faults": faults.iter().map(Fault::to_json).collect::<Vec<_>>(),
        });
        writeln!(out, "{answer}")?;
    } else {
        for fault in &faults {
            writeln!(out, "{fault}")?;
        }
        let state = if report.finished { "" } else { ", unfinished" };
        let found = match faults.len() {
            0 => "no fault".to_owned(),
            1 => "1 fault".to_owned(),
            n => format!("{n} faults"),
        };
        writeln!(
            out,
            "{}{state}, {} files, {}: {found}",
            samples(report.samples),
            report.files,
            bytes_in_words(report.bytes)
        )?;
    }
    Ok(Verdict::of(faults.is_empty()))
}

/// The faults of all samples, in order.
fn labels(reader: &Reader, meter: &Meter) -> Result<Vec<label::verify::Fault>, Failure> {
    let folders: Vec<&str> = reader.artefacts().map(|(folder, _)| folder).collect();
    let mut records = reader.samples()?.peekable();
    let (mut faults, mut done) = (Vec::new(), 0);
    while records.peek().is_some() {
        let batch: Vec<SampleRecord> = records.by_ref().take(BATCH).collect::<Result<_, _>>()?;
        // Frames are compared with those that follow them, over batches' ends too.
        let after = records.peek().and_then(|next| next.as_ref().ok());
        let found: Vec<_> = batch
            .par_iter()
            .enumerate()
            .map(|(i, record)| label::verify::record(record, batch.get(i + 1).or(after), &folders))
            .collect::<Result<_, _>>()?;
        faults.extend(found.into_iter().flat_map(|(faults, _bytes)| faults));
        done += batch.len() as u64;
        meter.count("comparing labels", done, reader.len());
    }
    Ok(faults)
}
