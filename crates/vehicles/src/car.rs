//! A row's car: its sheet, its paint, and its pieces before anything happened to them.

use std::sync::Arc;

use damage::{Piece, Substance};
use glam::{Quat, Vec3};
use population::row::Row;
use scene::material::ClearCoat;
use scene::wrap::{Pattern, Wrap, Wrapped};
use scene::{Material, Mesh};
use vehicle::{
    BodyStyle, CarPart, Design, Fineness, Finish, Frame, Paint, Specification, Vehicle, catalogue,
};

use crate::attributes::COLOURS;
use crate::error::StagingError;
use crate::sources::Sources;

/// Between vertices of the skin in close-ups, metres.
const CLOSE_M: f32 = 0.015;

/// Longest edge between vertices of cars of files, as far as four halvings lead, metres.
const EVEN_M: f32 = 0.09;

/// A car in pieces; `pieces` and `tags` go together.
#[derive(Debug)]
pub(crate) struct Car<'s> {
    /// The undamaged car's measures.
    pub(crate) frame: Frame,
    pub(crate) paint: Paint,
    /// Of the roof and the mirrors.
    roof: Paint,
    /// What is stuck on it.
    pub(crate) wrapped: Option<Arc<Wrapped>>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) tags: Vec<Tag>,
    /// Where it comes from, if it is the recipe's own.
    design: Option<&'s Design>,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) part: CarPart,
    /// What it looks like in its file, if it has one.
    pub(crate) look: usize,
    /// The canvas its texture coordinates are those of.
    pub(crate) canvas: Option<usize>,
    /// The damage that all of it is.
    pub(crate) whole: u8,
}

impl<'s> Car<'s> {
    /// The row's car.
    pub(crate) fn new(row: &Row, sources: &'s Sources) -> Result<Self, StagingError> {
        let design = sources.car(row.category("vehicle.model")?);
        let (frame, parts) = match design {
            Some(design) => own(row, design)?,
            None => built(row)?,
        };
        let (mut pieces, mut tags) = (Vec::new(), Vec::new());
        for (part, look, mesh) in parts {
            let mut piece = Piece::new(mesh, substance(part));
            if design.is_some() && piece.substance != Substance::Rigid {
                // Panels of a few triangles are struck and marked anywhere, not at their corners alone.
                piece.refine(Vec3::ZERO, f32::INFINITY, EVEN_M);
            }
            pieces.push(piece);
            tags.push(Tag {
                part,
                look,
                canvas: None,
                whole: 0,
            });
        }
        let paint = paint(row)?;
        Ok(Self {
            wrapped: wrapped(row, &frame)?,
            frame,
            paint,
            roof: roof(row, paint)?,
            pieces,
            tags,
            design,
        })
    }

    /// What a part is made of on this car.
    pub(crate) fn material(&self, part: CarPart, look: usize) -> Material {
        let paint = self.paint_of(part);
        match self.design {
            Some(design) => design.material(part, look, paint),
            None => part.material(paint),
        }
    }

    /// What a part is painted with.
    pub(crate) fn paint_of(&self, part: CarPart) -> Paint {
        match part {
            CarPart::Roof | CarPart::LeftMirror | CarPart::RightMirror => self.roof,
            _ => self.paint,
        }
    }
}

/// Measures and parts with the numbers of their looks.
type Parts = (Frame, Vec<(CarPart, usize, Mesh)>);

/// A car of the catalogue.
fn built(row: &Row) -> Result<Parts, StagingError> {
    let close = row.category("camera.rig")? == "close_up";
    let fineness = if close {
        Fineness::new(CLOSE_M)
    } else {
        Fineness::default()
    };
    let vehicle = Vehicle::with_fineness(&sheet(row)?, fineness)?;
    let frame = Frame::of(&vehicle);
    let parts = vehicle.parts.into_iter();
    Ok((frame, parts.map(|(part, mesh)| (part, 0, mesh)).collect()))
}

/// A car of a file, as long, wide and high as the row says.
fn own(row: &Row, design: &Design) -> Result<Parts, StagingError> {
    let by = factors(row)?;
    let mut frame = design.frame;
    (frame.low, frame.high) = (frame.low * by, frame.high * by);
    frame.wheelbase_m *= by.z;
    frame.width_m *= by.x;
    frame.height_m *= by.y;
    frame.tyre_radius_m *= by.y;
    frame.rim_radius_m *= by.y;
    let parts = design.parts.iter().map(|one| {
        let mut mesh = one.mesh.clone();
        for at in &mut mesh.positions {
            *at *= by;
        }
        for normal in &mut mesh.normals {
            *normal = (*normal / by).normalize_or(*normal);
        }
        (one.part, one.look, mesh)
    });
    Ok((frame, parts.collect()))
}

/// What a row multiplies width, height and length with.
fn factors(row: &Row) -> Result<Vec3, StagingError> {
    let factor = |name: &str| row.number(name).map(|value| value as f32);
    Ok(Vec3::new(
        factor("vehicle.width_factor")?,
        factor("vehicle.height_factor")?,
        factor("vehicle.length_factor")?,
    ))
}

/// The model's measures, as the row varies them.
fn sheet(row: &Row) -> Result<Specification, StagingError> {
    let name = row.category("vehicle.model")?;
    let style = BodyStyle::named(row.category("vehicle.style")?);
    let known = catalogue().into_iter().find(|model| model.name == name);
    let model = known.map(|model| model.specification);
    let mut sheet = match (model, style) {
        (Some(sheet), Some(style)) if sheet.style != style => {
            // Another body on the same floor.
            let typical = Specification::typical(style);
            Specification {
                length_m: sheet.length_m,
                width_m: sheet.width_m,
                wheelbase_m: sheet.wheelbase_m,
                front_overhang_m: sheet.front_overhang_m,
                ..typical
            }
        }
        (Some(sheet), _) => sheet,
        (None, style) => Specification::typical(style.unwrap_or(BodyStyle::Hatchback)),
    };
    let Vec3 {
        x: wide,
        y: high,
        z: long,
    } = factors(row)?;
    for length in [
        &mut sheet.length_m,
        &mut sheet.wheelbase_m,
        &mut sheet.front_overhang_m,
        &mut sheet.bonnet_m,
        &mut sheet.boot_m,
    ] {
        *length *= long;
    }
    sheet.width_m *= wide;
    sheet.height_m *= high;
    sheet.shoulder_m *= high;
    let most = (sheet.tyre_diameter_m - 0.07) / 0.0254;
    sheet.rim_inch =
        (sheet.rim_inch + row.integer("vehicle.rim_step_inch")? as f32).clamp(12.0, most);
    Ok(sheet)
}

/// The second colour of a car in two.
fn roof(row: &Row, paint: Paint) -> Result<Paint, StagingError> {
    let name = row.category("paint.two_tone")?;
    let known = COLOURS.iter().find(|(colour, ..)| *colour == name);
    Ok(known
        .and_then(|(_, hex, _)| Paint::of_hex(hex, paint.finish))
        .unwrap_or(paint))
}

/// Film in two colours: the row's, and what stands out from it.
fn wrapped(row: &Row, frame: &Frame) -> Result<Option<Arc<Wrapped>>, StagingError> {
    let Some(pattern) = Pattern::named(row.category("paint.wrap")?) else {
        return Ok(None);
    };
    let name = row.category("paint.wrap_colour")?;
    let known = COLOURS.iter().find(|(colour, ..)| *colour == name);
    let main = known
        .and_then(|(_, hex, _)| Paint::of_hex(hex, Finish::Solid))
        .map_or(Vec3::splat(0.5), |paint| paint.colour);
    let other = Vec3::splat(if main.element_sum() < 0.9 { 0.8 } else { 0.012 });
    let film = |name: &str, colour: Vec3| Material {
        name: name.to_owned(),
        base_color: colour,
        roughness: 0.5,
        // Cast vinyl is smooth, and less so than varnish.
        clear_coat: Some(ClearCoat {
            weight: 0.85,
            roughness: 0.09,
            ior: 1.5,
        }),
        ..Material::default()
    };
    Ok(Some(Arc::new(Wrapped {
        wrap: Wrap {
            pattern,
            height_m: frame.height_m,
            ends: [frame.low.z, frame.high.z],
            seed: row.integer("paint.wrap_seed")? as u32,
        },
        films: Arc::new([film("film", main), film("other film", other)]),
    })))
}

fn paint(row: &Row) -> Result<Paint, StagingError> {
    let name = row.category("paint.colour")?;
    let hex = COLOURS
        .iter()
        .find(|(colour, ..)| *colour == name)
        .map_or("#808080", |(_, hex, _)| hex);
    let finish_name = row.category("paint.finish")?;
    let finish = Finish::ALL
        .into_iter()
        .find(|finish| finish.name() == finish_name)
        .unwrap_or(Finish::Solid);
    let mut paint = Paint::of_hex(hex, finish).unwrap_or(Paint {
        colour: Vec3::splat(0.2),
        finish,
    });
    // The hue turns about the grey axis; shade is a power, so that neither black nor white leave their range.
    let hue = Quat::from_axis_angle(
        Vec3::ONE.normalize(),
        (row.number("paint.hue_deg")? as f32).to_radians(),
    );
    let shade = -row.number("paint.shade")? as f32;
    paint.colour = (hue * paint.colour)
        .clamp(Vec3::splat(0.002), Vec3::splat(0.92))
        .powf((0.6 * shade).exp());
    Ok(paint)
}

fn substance(part: CarPart) -> Substance {
    match part {
        CarPart::Windscreen
        | CarPart::RearWindow
        | CarPart::LeftWindow
        | CarPart::RightWindow
        | CarPart::LeftHeadlamp
        | CarPart::RightHeadlamp
        | CarPart::LeftTailLamp
        | CarPart::RightTailLamp
        | CarPart::MirrorGlass => Substance::Glass,
        CarPart::FrontBumper | CarPart::RearBumper | CarPart::LeftMirror | CarPart::RightMirror => {
            Substance::Plastic
        }
        CarPart::Tyre | CarPart::Rim | CarPart::Brake => Substance::Rigid,
        CarPart::LampInside
        | CarPart::Grille
        | CarPart::Handle
        | CarPart::FrontPlate
        | CarPart::RearPlate
        | CarPart::Underbody
        | CarPart::Interior => Substance::Inside,
        _ => Substance::Steel,
    }
}

/// Whether a part wears the car's paint.
pub(crate) fn is_painted(part: CarPart) -> bool {
    matches!(substance(part), Substance::Steel | Substance::Plastic)
}

/// Whether a part wears the car's paint over metal.
pub(crate) fn is_sheet(part: CarPart) -> bool {
    substance(part) == Substance::Steel
}
