//! `learn --as person`: from a scan to a person.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use privacy::{Consent, ConsentDraft, Ledger};
use scan::{Kind, Known, Person, Unit};
use scene::pack::Store;
use serde_json::json;

use super::learn::{can_be_written, write_whole};
use crate::Verdict;
use crate::args::{LearnArgs, ScanArgs, ScanKind};
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};

pub(super) fn learn(
    args: &LearnArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let Some(path) = &args.out else {
        return Err(
            Failure::new("a person is written to a file, and none is named")
                .with_hint("add `-o NAME.person`"),
        );
    };
    can_be_written(path)?;
    let consent = match &args.scan.consent {
        Some(file) => consent(file)?,
        None => {
            return Err(Failure::new("a scan of a person needs a consent record")
                .with_hint("add `--consent FILE`; docs/scans.md says what is in it"));
        }
    };
    let scan = scan::read::open(Path::new(&args.data))?;
    let known = known(&args.scan)?;
    let store = Store::open(&scene::pack::default_directory()?);
    let model = scan::model::open(&store)?;
    let mut ledger = Ledger::new();
    let say = |line: &str| meter.say(line);
    let person = scan::fit(&model, &scan, &mut ledger, &consent, &known, &say)?;
    let bytes = person.write();
    write_whole(path, &bytes)?;
    let report = &person.report;
    let unit = if report.unit.is_empty() {
        "an unknown unit"
    } else {
        &report.unit
    };
    meter.say(&format!(
        "a {} in {unit}: standing height {:.1} cm; the skin lies {:.2} mm from the scan in the middle, {:.2} mm where it was followed ({:.0} %)",
        person.kind.name(),
        report.height_m * 100.0,
        report.median_mm,
        report.followed_median_mm,
        report.followed * 100.0
    ));
    for note in &report.notes {
        meter.say(note);
    }
    meter.say(&format!(
        "learned {} into {} ({})",
        args.data,
        path.display(),
        bytes_in_words(bytes.len() as u64)
    ));
    meter.say(&ledger.statement());
    if args.json {
        writeln!(out, "{}", answer(path, bytes.len(), &person))?;
    }
    Ok(Verdict::Yes)
}

fn answer(path: &Path, bytes: usize, person: &Person) -> serde_json::Value {
    let phenotype = person.macros.phenotype();
    json!({
        "person": path,
        "bytes": bytes,
        "kind": person.kind,
        "report": person.report,
        "phenotype": {
            "age_years": phenotype.age_years,
            "masculinity": phenotype.masculinity,
            "ancestry": {
                "african": phenotype.ancestry[0],
                "asian": phenotype.ancestry[1],
                "european": phenotype.ancestry[2],
            },
            "muscle": phenotype.muscle,
            "proportions": phenotype.proportions,
        },
        "weights": person.weights.len(),
        "colours": person.skin.is_some(),
        "consent": person.consent,
        "ledger": person.ledger.entries(),
        "statement": person.ledger.statement(),
    })
}

fn consent(file: &Path) -> Result<Consent, Failure> {
    let text = text(file, "a consent record")?;
    let draft: ConsentDraft = serde_saphyr::from_str(&text).map_err(|_| {
        // The parser's own words could hold what the file says of a person.
        Failure::new(format!("{} is no consent record", file.display()))
            .with_hint("write four lines: `source: …`, `scope: …`, `date: 2026-11-22`, `terms: …`")
    })?;
    draft.checked().map_err(|wrong| {
        let sentences: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let hint = wrong.first().map_or("", |first| first.hint());
        Failure::new(format!("{}: {}", file.display(), sentences.join("; "))).with_hint(hint)
    })
}

fn text(file: &Path, what: &str) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", file.display()))
            .with_hint(format!("give {what}, a text file"))
    })
}

fn known(args: &ScanArgs) -> Result<Known, Failure> {
    let kind = args.shows.map(|kind| match kind {
        ScanKind::Body => Kind::Body,
        ScanKind::Head => Kind::Head,
        ScanKind::Face => Kind::Face,
        ScanKind::RightHand => Kind::RightHand,
        ScanKind::LeftHand => Kind::LeftHand,
    });
    let pins = match &args.landmarks {
        None => Vec::new(),
        Some(file) => {
            let names: BTreeMap<String, [f32; 3]> = serde_json::from_str(&text(file, "landmarks")?)
                .map_err(|error| {
                    Failure::new(format!("{}: {error}", file.display()))
                        .with_hint("write names and places: `{\"nose\": [0, 1.6, 0.1]}`")
                })?;
            scan::landmarks::pins(&names).map_err(|error| Failure::from(error).in_file(file))?
        }
    };
    Ok(Known {
        kind,
        unit: args.unit.as_deref().and_then(Unit::from_symbol),
        pins,
    })
}
