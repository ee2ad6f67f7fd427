//! Cars of other programs: what was found in a file, as text and as JSON, and the car that became of it.

use std::fs;
use std::io::Write;
use std::path::Path;

use scene::file::FileError;
use serde_json::{Value, json};
use vehicle::Design;
use vehicle::design::{Evidence, PartMap, Report};

use super::{paint, write_glb};
use crate::Verdict;
use crate::args::VehicleArgs;
use crate::failure::Failure;
use crate::verb::render::write_file;

pub(super) fn run(
    model: &Path,
    args: &VehicleArgs,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let paint = paint(args)?;
    let map = match &args.parts {
        Some(file) => read_map(file)?,
        None => PartMap::default(),
    };
    let read = scene::file::open(model).map_err(|error| unread(&error))?;
    let design = Design::read(&read, &map).map_err(|error| {
        Failure::new(error.to_string())
            .in_file(model)
            .with_hint(error.hint())
    })?;
    if let Some(file) = &args.write_parts {
        let head = format!(
            "# What was found in {}. Correct it and give it back: populace vehicle --from … --parts {}\n",
            model.file_name().unwrap_or_default().to_string_lossy(),
            file.file_name().unwrap_or_default().to_string_lossy()
        );
        write_file(file, (head + &design.map_yaml()).as_bytes())?;
    }
    if let Some(file) = &args.out {
        write_glb(&design.scene(paint), file)?;
    }
    if args.json {
        writeln!(out, "{}", as_json(&design, &read.notes))?;
    } else {
        out.write_all(in_words(&design, &read.notes).as_bytes())?;
    }
    Ok(Verdict::Yes)
}

fn unread(error: &FileError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error.hint() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

fn read_map(file: &Path) -> Result<PartMap, Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("it cannot be read: {error}")).in_file(file))?;
    PartMap::from_yaml(&text).map_err(|error| {
        Failure::new(error.to_string())
            .in_file(file)
            .with_hint("`--write-parts` writes a map to start from")
    })
}

/// What was mended: number and words.
fn mended(report: &Report) -> [(usize, &'static str); 5] {
    let repairs = report.repairs;
    [
        (repairs.without_area, "triangles without area taken out"),
        (repairs.doubled, "doubled triangles taken out"),
        (repairs.flipped, "triangles turned over"),
        (repairs.turned_normals, "normals turned outward"),
        (repairs.closed_holes, "small holes closed"),
    ]
}

fn in_words(design: &Design, notes: &[String]) -> String {
    let report = &design.report;
    let [length, width, height] = report.size_m;
    let by = |evidence: Evidence| match evidence {
        Evidence::Map => "as the map says",
        Evidence::Name => "by names",
        Evidence::Material => "by material",
        Evidence::Shape => "by shape",
    };
    let mut text = format!(
        "{length:.3} × {width:.3} × {height:.3} m, most like a {}\nunit: {}\nup: {} ({}), ahead: {} ({})\n",
        design.style.name(),
        report.unit.in_words(),
        report.up.0.name(),
        by(report.up.1),
        report.ahead.0.name(),
        by(report.ahead.1),
    );
    text.push_str(&format!("triangles: {}\n", report.repairs.triangles));
    for (count, what) in mended(report) {
        if count > 0 {
            text.push_str(&format!("mended: {count} {what}\n"));
        }
    }
    if !report.repairs.any() {
        text.push_str("mended: nothing, the mesh is sound\n");
    }
    for (count, what) in [
        (
            report.repairs.open_rims,
            "open rims (holes, or edges of open sheets)",
        ),
        (
            report.repairs.branched_edges,
            "edges where more than two triangles meet",
        ),
    ] {
        if count > 0 {
            text.push_str(&format!("left: {count} {what}\n"));
        }
    }
    let counted = |wanted: Evidence| report.pieces.iter().filter(|one| one.by == wanted).count();
    text.push_str(&format!(
        "pieces: {} ({} told by name, {} by material, {} by shape, {} by the map), {} wheels\n",
        report.pieces.len(),
        counted(Evidence::Name),
        counted(Evidence::Material),
        counted(Evidence::Shape),
        counted(Evidence::Map),
        report.wheels,
    ));
    let parts: Vec<String> = report
        .areas_m2
        .iter()
        .map(|(part, area)| format!("{} {area:.2}", part.name()))
        .collect();
    text.push_str(&format!("parts, m²: {}\n", parts.join(", ")));
    for sentence in report.missing.iter().chain(notes) {
        text.push_str(&format!("note: {sentence}\n"));
    }
    text
}

fn as_json(design: &Design, notes: &[String]) -> Value {
    let report = &design.report;
    let repairs = report.repairs;
    let axis = |(axis, by): (vehicle::design::Axis, Evidence)| json!({"axis": axis.name(), "by": by.name()});
    let pieces: Vec<Value> = report
        .pieces
        .iter()
        .map(|one| {
            json!({
                "group": one.group, "number": one.number, "part": one.kind.name(), "by": one.by.name(), "triangles": one.triangles,
                "middle_m": one.middle.to_array(), "size_m": one.size.to_array(),
            })
        })
        .collect();
    let parts: serde_json::Map<String, Value> = report
        .areas_m2
        .iter()
        .map(|(part, area)| (part.name(), json!(area)))
        .collect();
    json!({
        "unit_m": report.unit.metres(), "unit": report.unit.in_words(), "up": axis(report.up), "ahead": axis(report.ahead),
        "size_m": report.size_m, "style": design.style.name(), "wheels": report.wheels,
        "repairs": {
            "triangles": repairs.triangles, "without_area": repairs.without_area, "doubled": repairs.doubled, "flipped": repairs.flipped,
            "turned_normals": repairs.turned_normals, "closed_holes": repairs.closed_holes, "open_rims": repairs.open_rims,
            "branched_edges": repairs.branched_edges,
        },
        "pieces": pieces, "areas_m2": parts, "missing": report.missing, "notes": notes,
    })
}
