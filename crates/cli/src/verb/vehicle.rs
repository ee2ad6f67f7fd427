//! `vehicle`: a car from its measures, or out of another program's file.

mod design;

use std::fs;
use std::io::Write;
use std::path::Path;

use vehicle::{BodyStyle, Paint, Specification, Vehicle, catalogue};

use crate::Verdict;
use crate::args::VehicleArgs;
use crate::failure::Failure;
use crate::verb::render::write_file;

pub(crate) fn run(args: &VehicleArgs, out: &mut dyn Write) -> Result<Verdict, Failure> {
    if let Some(model) = &args.from {
        return design::run(model, args, out);
    }
    let (Some(name), Some(file)) = (&args.name, &args.out) else {
        return list(out);
    };
    let sheet = sheet(name)?;
    let car = Vehicle::new(&sheet).map_err(|error| Failure::new(error.to_string()))?;
    write_glb(&car.scene(paint(args)?), file)?;
    writeln!(
        out,
        "{}: {:.3} × {:.3} × {:.3} m, {} parts in {}",
        name,
        sheet.length_m,
        sheet.width_m,
        sheet.height_m,
        car.parts.len(),
        file.display()
    )?;
    Ok(Verdict::Yes)
}

/// The paint that is asked for.
fn paint(args: &VehicleArgs) -> Result<Paint, Failure> {
    Paint::of_hex(&args.colour, args.finish.into()).ok_or_else(|| {
        Failure::new(format!("--colour is `{}`, which is no colour", args.colour))
            .with_hint("write it as `#1d3a6e`: red, green and blue, two digits each")
    })
}

fn write_glb(scene: &scene::Scene, file: &Path) -> Result<(), Failure> {
    let written = scene::file::glb(scene).map_err(|bytes| {
        Failure::new(format!(
            "the car takes {bytes} bytes, more than the 4 GiB of a GLB file"
        ))
    })?;
    write_file(file, &written.bytes)
}

/// Of the catalogue, of a style, or of a file.
fn sheet(name: &str) -> Result<Specification, Failure> {
    if let Some(model) = catalogue().into_iter().find(|model| model.name == *name) {
        return Ok(model.specification);
    }
    if let Some(style) = BodyStyle::named(name) {
        return Ok(Specification::typical(style));
    }
    let path = Path::new(name);
    if path
        .extension()
        .is_none_or(|extension| extension != "yaml" && extension != "yml")
    {
        let styles: Vec<&str> = BodyStyle::ALL.iter().map(|style| style.name()).collect();
        return Err(Failure::new(format!(
            "`{name}` is no car of the catalogue, no style and no sheet"
        ))
        .with_hint(format!(
            "`populace vehicle --list` prints the catalogue; styles are {}; a sheet is a file that ends in .yaml",
            styles.join(", ")
        )));
    }
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("it cannot be read: {error}")).in_file(path))?;
    Specification::from_yaml(&text).map_err(|error| {
        Failure::new(error).in_file(path).with_hint(
            "a sheet has `style: suv` and below it measures such as `length_m: 4.5`; what is left out is typical of the style",
        )
    })
}

fn list(out: &mut dyn Write) -> Result<Verdict, Failure> {
    for model in catalogue() {
        let sheet = model.specification;
        writeln!(
            out,
            "{:<24} {:<10} {:.3} × {:.3} × {:.3} m",
            model.name,
            sheet.style.name(),
            sheet.length_m,
            sheet.width_m,
            sheet.height_m
        )?;
    }
    Ok(Verdict::Yes)
}
