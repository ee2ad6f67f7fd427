//! `view`: a contact sheet of a data set, or a picture of linked tables.

use dataset::Reader;
use label::view::{Overlay, SheetOptions, contact_sheet};
use label::{annotations, layout};

use crate::Verdict;
use crate::args::ViewArgs;
use crate::failure::Failure;
use crate::verb::learn::write_whole;
use crate::verb::linked;
use crate::verb::render::write_file;

pub(crate) fn run(args: &ViewArgs) -> Result<Verdict, Failure> {
    if let Some(svg) = linked::picture(&args.dir)? {
        if args
            .out
            .extension()
            .is_none_or(|end| !end.eq_ignore_ascii_case("svg"))
        {
            return Err(Failure::new(format!(
                "{} is no SVG file, and linked tables are drawn as one",
                args.out.display()
            ))
            .with_hint("name it `.svg`"));
        }
        write_whole(&args.out, svg.as_bytes())?;
        return Ok(Verdict::Yes);
    }
    let reader = Reader::open(&args.dir)?;
    check_labels(&reader, &args.overlay)?;
    let options = SheetOptions {
        first: args.first,
        count: args.count as usize,
        columns: args.columns as usize,
        tile_px: args.tile as usize,
        overlays: args.overlay.clone(),
    };
    write_file(&args.out, &contact_sheet(&reader, &options)?)?;
    Ok(Verdict::Yes)
}

/// Labels that were not made would be left out in silence: says which they are, all at once.
fn check_labels(reader: &Reader, overlays: &[Overlay]) -> Result<(), Failure> {
    let Some(first) = reader.samples()?.next() else {
        return Ok(());
    };
    let path = first?.path(layout::ANNOTATIONS)?;
    let cannot = |reason: String| {
        Failure::new(format!("{}: {reason}", path.display()))
            .with_hint("`populace verify` lists everything that is wrong")
    };
    let bytes = std::fs::read(&path).map_err(|error| cannot(error.to_string()))?;
    let made = annotations::read(&bytes)
        .map_err(|error| cannot(error.to_string()))?
        .labels;
    let quoted = |names: &mut dyn Iterator<Item = &str>| {
        names
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let missing = quoted(
        &mut overlays
            .iter()
            .map(|overlay| overlay.name())
            .filter(|name| !made.iter().any(|one| one == name)),
    );
    if missing.is_empty() {
        return Ok(());
    }
    let have = quoted(&mut made.iter().map(String::as_str));
    Err(Failure::new(format!(
        "the data set was made without the labels {missing}"
    ))
    .with_hint(format!("it has {have}")))
}
