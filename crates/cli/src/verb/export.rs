//! `export`: a data set in another format, or the scene of a sample as a scene file.

use std::io::Write;
use std::path::Path;

use dataset::Reader;
use label::export::{Report, export};
use serde_json::json;

use crate::args::{ExportArgs, ExportFormat, OverrideArgs};
use crate::failure::Failure;
use crate::progress::Meter;
use crate::verb::render::write_file;
use crate::verb::video;
use crate::{Verdict, recipe, sample};

pub(crate) fn run(args: &ExportArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let meter = Meter::new(quiet);
    let format = match args.format {
        ExportFormat::Labels(format) => format,
        ExportFormat::Gltf => return gltf(args, &meter, out),
        ExportFormat::Rig => return rig(args, &meter, out),
        ExportFormat::Video => return video::run(args, out),
    };
    let reader = Reader::open(Path::new(&args.source))?;
    let exported = export(&reader, format, &args.out, &meter);
    meter.finish();
    let report = exported?;
    if args.json {
        writeln!(out, "{}", to_json(&report))?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(Verdict::Yes)
}

/// The one sample that is to be written to a GLB file, and its number.
fn one(args: &ExportArgs, meter: &Meter) -> Result<(sample::Staged, u64), Failure> {
    if args.out.extension().is_none_or(|ending| ending != "glb") {
        return Err(
            Failure::new(format!("{} is no name of a scene file", args.out.display()))
                .with_hint("scenes are written as .glb"),
        );
    }
    let (source, number) = sample::split(&args.source)?;
    let path = Path::new(source);
    let recipe = if path.is_dir() {
        recipe::of_set(path, &args.sources)?
    } else {
        recipe::load(path, &OverrideArgs::default())?
    };
    Ok((sample::stage(recipe, source, number, true, meter)?, number))
}

/// The body of a sample with its skeleton: a GLB file, and JSON beside it.
fn rig(args: &ExportArgs, meter: &Meter, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let (staged, number) = one(args, meter)?;
    let files = staged.studio.rigged(&staged.row)?;
    write_file(&args.out, &files.glb)?;
    let beside = args.out.with_extension("json");
    write_file(&beside, files.json.as_bytes())?;
    let losses = [
        "skinning about centres of rotation: glTF blends linearly, by four bones at most",
        "what the person wears: export gltf has it",
    ];
    if args.json {
        let bytes = files.glb.len() + files.json.len();
        let answer =
            json!({"format": "rig", "samples": 1, "files": 2, "bytes": bytes, "losses": losses});
        writeln!(out, "{answer}")?;
    } else {
        writeln!(
            out,
            "rig: sample {number} in {} and {}",
            args.out.display(),
            beside.display()
        )?;
        for loss in losses {
            writeln!(out, "  left behind: {loss}")?;
        }
    }
    Ok(Verdict::Yes)
}

/// The scene of a sample as a GLB file.
fn gltf(args: &ExportArgs, meter: &Meter, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let (staged, number) = one(args, meter)?;
    let scene = staged.studio.scene(&staged.row, &staged.streams)?;
    let written = scene::file::glb(&scene).map_err(|bytes| {
        Failure::new(format!(
            "the scene takes {bytes} bytes, more than the 4 GiB of a GLB file"
        ))
    })?;
    write_file(&args.out, &written.bytes)?;
    let bytes = written.bytes.len();
    if args.json {
        let answer = json!({"format": "gltf", "samples": 1, "files": 1, "bytes": bytes, "losses": written.losses});
        writeln!(out, "{answer}")?;
    } else {
        writeln!(out, "gltf: sample {number} in {}", args.out.display())?;
        for loss in &written.losses {
            writeln!(out, "  left behind: {loss}")?;
        }
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
