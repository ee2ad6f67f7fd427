//! A row's car: its sheet, its paint, and its pieces before anything happened to them.

use damage::{Piece, Substance};
use glam::{Quat, Vec3};
use population::row::Row;
use scene::Material;
use vehicle::{BodyStyle, CarPart, Fineness, Finish, Paint, Specification, Vehicle, catalogue};

use crate::attributes::COLOURS;
use crate::error::StagingError;

/// Between vertices of the skin in close-ups, metres.
const CLOSE_M: f32 = 0.015;

/// A car in pieces; `pieces` and `tags` go together.
#[derive(Debug)]
pub(crate) struct Car {
    pub(crate) sheet: Specification,
    pub(crate) paint: Paint,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) tags: Vec<Tag>,
    /// The undamaged car's box, metres.
    pub(crate) low: Vec3,
    pub(crate) high: Vec3,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) part: CarPart,
    /// The canvas its texture coordinates are those of.
    pub(crate) canvas: Option<usize>,
    /// The damage that all of it is.
    pub(crate) whole: u8,
}

impl Car {
    pub(crate) fn new(row: &Row) -> Result<Self, StagingError> {
        let sheet = sheet(row)?;
        let close = row.category("camera.rig")? == "close_up";
        let fineness = if close {
            Fineness::new(CLOSE_M)
        } else {
            Fineness::default()
        };
        let vehicle = Vehicle::with_fineness(&sheet, fineness)?;
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        let (mut pieces, mut tags) = (Vec::new(), Vec::new());
        for (part, mesh) in vehicle.parts {
            for at in &mesh.positions {
                low = low.min(*at);
                high = high.max(*at);
            }
            pieces.push(Piece::new(mesh, substance(part)));
            tags.push(Tag {
                part,
                canvas: None,
                whole: 0,
            });
        }
        Ok(Self {
            sheet,
            paint: paint(row)?,
            pieces,
            tags,
            low,
            high,
        })
    }

    /// What a part is made of on this car.
    pub(crate) fn material(&self, part: CarPart) -> Material {
        part.material(self.paint)
    }
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
    let factor = |name: &str| row.number(name).map(|value| value as f32);
    let (long, wide, high) = (
        factor("vehicle.length_factor")?,
        factor("vehicle.width_factor")?,
        factor("vehicle.height_factor")?,
    );
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

/// Whether a part wears the car's paint over metal.
pub(crate) fn is_sheet(part: CarPart) -> bool {
    substance(part) == Substance::Steel
}
