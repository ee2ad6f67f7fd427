//! Cars of other programs: from a file's surfaces to parts in car axes, in metres.
//!
//! [`Design::read`] mends a [`Model`] (`scene::mend`), finds which way is up and ahead (`axes`) and how long a unit is, and says what each connected piece is: by names in several languages
//! (`names`), by shape (`wheels`), by place (`zones`, which cut a body that is one piece into panels). A [`PartMap`] corrects any of it. [`Report`] says what was found and how.
//!
//! # Determinism
//! A pure function of model and map.
mod axes;
mod map;
mod names;
mod slice;
mod wheels;
mod zones;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use glam::{Mat3, Vec3};
use scene::file::Model;
use scene::material::Interior;
use scene::mend::{self, MendError, Repairs, Shell};
use scene::{Camera, Material, MaterialId, Mesh, Object, Scene};

use crate::{BodyStyle, CarPart, Frame, Paint};
use axes::Cloud;
pub use axes::{Axis, Unit};
pub use map::{PartMap, PartMapError};
pub use names::Kind;
use wheels::Wheel;
use zones::Zones;

/// Less of a shell than this is seen from outside where it belongs to the inside.
const INSIDE: f32 = 0.02;

/// A car of a file.
#[derive(Debug, Clone)]
pub struct Design {
    /// In car axes, metres; one for each part and look.
    pub parts: Vec<DesignPart>,
    /// The file's materials.
    pub looks: Vec<Material>,
    /// Its measures.
    pub frame: Frame,
    /// What it resembles most.
    pub style: BodyStyle,
    /// What was found.
    pub report: Report,
}

/// A part of a car of a file.
#[derive(Debug, Clone)]
pub struct DesignPart {
    /// What it is.
    pub part: CarPart,
    /// Its surface.
    pub mesh: Mesh,
    /// Index into [`Design::looks`].
    pub look: usize,
}

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The part map says so.
    Map,
    /// A name in the file says so.
    Name,
    /// Its material is clear.
    Material,
    /// Its shape or place says so.
    Shape,
}

impl Evidence {
    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Name => "name",
            Self::Material => "material",
            Self::Shape => "shape",
        }
    }
}

/// A connected piece of the file.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The object it belongs to, as part maps name it.
    pub group: String,
    /// Its number among the object's pieces, from 1, the largest first.
    pub number: usize,
    /// What it was taken for.
    pub kind: Kind,
    /// Why.
    pub by: Evidence,
    /// Triangles.
    pub triangles: usize,
    /// Its middle in car axes, metres.
    pub middle: Vec3,
    /// Its size in car axes, metres.
    pub size: Vec3,
}

/// What was found in a file.
#[derive(Debug, Clone)]
pub struct Report {
    /// Length of the file's unit.
    pub unit: Unit,
    /// Axes of the file that point up and ahead, and how they were found.
    pub up: (Axis, Evidence),
    /// See `up`.
    pub ahead: (Axis, Evidence),
    /// Length, width and height, metres.
    pub size_m: [f32; 3],
    /// What was wrong with the mesh.
    pub repairs: Repairs,
    /// Every connected piece, in the file's order.
    pub pieces: Vec<Piece>,
    /// Wheels.
    pub wheels: usize,
    /// Surface of each part, m², in the order of parts.
    pub areas_m2: Vec<(CarPart, f32)>,
    /// What was not found and what follows from that: one sentence each.
    pub missing: Vec<String>,
}

/// Why a file is no car.
#[derive(Debug, Clone, PartialEq)]
pub enum DesignError {
    /// From mending.
    Mesh(MendError),
    /// One flat sheet.
    Flat,
    /// Length : width : height of no car.
    Proportions([f32; 3]),
    /// Wheels in one line.
    TwoWheels,
    /// The part map does not fit.
    Map(PartMapError),
}

impl DesignError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Mesh(_) => "export it again from the program that made it",
            Self::Flat => "a car has a length, a width and a height",
            Self::Proportions(_) => {
                "take out what is not the car (ground, lamps, cameras), or say what is up and ahead in a part map: `up: z`, `ahead: x`"
            }
            Self::TwoWheels => "cars with four wheels are staged",
            Self::Map(_) => "`--write-parts` writes a map that fits",
        }
    }
}

impl fmt::Display for DesignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mesh(error) => error.fmt(f),
            Self::Flat => f.write_str("it is one flat sheet, not a car"),
            Self::Proportions([length, width, height]) => write!(
                f,
                "its proportions are no car's: length : width : height are {:.2} : 1 : {:.2}, and cars have 1.15 to 4.5 : 1 : 0.3 to 1.9",
                length / width,
                height / width
            ),
            Self::TwoWheels => f.write_str("its wheels stand in one line: it is no car"),
            Self::Map(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DesignError {}

/// A shell with what was found about it.
struct Found {
    group: String,
    number: usize,
    /// Index of its material.
    look: usize,
    mesh: Mesh,
    seen: f32,
    kind: Kind,
    by: Evidence,
}

impl Design {
    /// Makes a car of a file's content.
    ///
    /// # Errors
    /// [`DesignError`]: the file shows no car, or the map does not fit it.
    pub fn read(model: &Model, map: &PartMap) -> Result<Self, DesignError> {
        let mended = mend::mend(&model.objects).map_err(DesignError::Mesh)?;
        let groups = groups(model);
        map.check(&groups, &mended.shells)
            .map_err(DesignError::Map)?;
        let mut found = named(model, mended.shells, &groups, map);
        let cloud = Cloud::of(found.iter().map(|one| (&one.mesh, one.kind)));
        let names: Vec<&str> = found.iter().map(|one| one.group.as_str()).collect();
        let axes = axes::find(&cloud, &names, map)?;
        let unit = map.unit.unwrap_or_else(|| axes::unit(axes.size[0]));
        for one in &mut found {
            place(
                &mut one.mesh,
                axes.car_from_file,
                unit.metres(),
                axes.middle,
            );
        }
        let mut found_wheels = wheels::find(&mut found);
        if wheels::in_line(&found_wheels, axes.size[1] * unit.metres()) {
            return Err(DesignError::TwoWheels);
        }
        let frame = settle(&mut found, &mut found_wheels);
        let pieces = pieces(&mut found, &frame);
        let zones = Zones::new(&found, &frame);
        let mut parts: BTreeMap<(CarPart, usize), Mesh> = BTreeMap::new();
        for one in &found {
            zones.sort(one, &frame, &found_wheels, &mut parts);
        }
        let parts: Vec<DesignPart> = parts
            .into_iter()
            .map(|((part, look), mut mesh)| {
                mesh.parts = vec![part.label(); mesh.triangles.len()];
                DesignPart { part, mesh, look }
            })
            .collect();
        let report = Report {
            unit,
            up: axes.up,
            ahead: axes.ahead,
            size_m: [
                frame.high.z - frame.low.z,
                frame.high.x - frame.low.x,
                frame.high.y,
            ],
            repairs: mended.repairs,
            pieces,
            wheels: found_wheels.len(),
            areas_m2: areas(&parts),
            missing: missing(&parts, found_wheels.len()),
        };
        Ok(Self {
            style: map.style.unwrap_or_else(|| style(report.size_m)),
            parts,
            looks: model.materials.clone(),
            frame,
            report,
        })
    }

    /// What a part is made of on a car of this paint: paint on sheets and bumpers, rubber, metal and glass where they belong, and the file's own look elsewhere.
    pub fn material(&self, part: CarPart, look: usize, paint: Paint) -> Material {
        let own = self.looks.get(look);
        let is_clear = own.is_some_and(is_clear);
        let usual = part.material(paint);
        match part {
            CarPart::Windscreen
            | CarPart::RearWindow
            | CarPart::LeftWindow
            | CarPart::RightWindow
                if !is_clear =>
            {
                // What is not clear in the file has no inside to look at.
                Material {
                    base_color: Vec3::splat(0.012),
                    roughness: 0.02,
                    interior: Interior::Opaque,
                    ..usual
                }
            }
            CarPart::LeftHeadlamp | CarPart::RightHeadlamp if !is_clear => Material {
                base_color: Vec3::splat(0.62),
                roughness: 0.12,
                interior: Interior::Opaque,
                ..usual
            },
            CarPart::Grille | CarPart::LampInside | CarPart::Underbody | CarPart::Interior => {
                let mut material = own.cloned().unwrap_or(usual);
                material.name = part.name();
                material
            }
            _ => usual,
        }
    }

    /// Its parts as things of a scene, in car axes.
    pub fn scene(&self, paint: Paint) -> Scene {
        let size = self.frame.high - self.frame.low;
        let away = 1.45 * f64::from(size.z);
        let camera = Camera::look_at(
            glam::DVec3::new(0.6 * away, 1.1 * f64::from(size.y), 0.8 * away),
            glam::DVec3::new(0.0, 0.45 * f64::from(size.y), 0.0),
            glam::DVec3::Y,
            0.5,
            960,
            600,
        );
        let mut scene = Scene::new(camera);
        for one in &self.parts {
            let material = self.material(one.part, one.look, paint);
            scene.materials.push(material);
            scene.objects.push(Object {
                name: one.part.name(),
                mesh: Arc::new(one.mesh.clone()),
                material: MaterialId(scene.materials.len() as u32 - 1),
                instance: 1,
            });
        }
        scene
    }
}

/// Whether one looks through it.
fn is_clear(material: &Material) -> bool {
    material.opacity < 0.9 || !matches!(material.interior, Interior::Opaque)
}

/// What part maps call each object: its name, with its material's where several have that name, with a number where that is not enough.
fn groups(model: &Model) -> Vec<String> {
    let base = |object: &Object| {
        let name = object.name.trim();
        if name.is_empty() {
            "object".to_owned()
        } else {
            name.to_owned()
        }
    };
    let count = |all: &[String], one: &str| all.iter().filter(|name| *name == one).count();
    let mut names: Vec<String> = model.objects.iter().map(base).collect();
    let plain = names.clone();
    for (name, object) in names.iter_mut().zip(&model.objects) {
        if count(&plain, name) > 1
            && let Some(material) = model.materials.get(object.material.0 as usize)
            && !material.name.is_empty()
        {
            *name = format!("{name}/{}", material.name);
        }
    }
    let with_material = names.clone();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, own) in names.iter_mut().zip(&with_material) {
        let number = seen.entry(own).or_default();
        *number += 1;
        if count(&with_material, own) > 1 {
            *name = format!("{own}#{number}");
        }
    }
    names
}

/// Shells with what map, names and materials say.
fn named(model: &Model, shells: Vec<Shell>, groups: &[String], map: &PartMap) -> Vec<Found> {
    let mut numbers = vec![0; groups.len()];
    shells
        .into_iter()
        .map(|shell| {
            numbers[shell.object] += 1;
            let number = numbers[shell.object];
            let look = model.objects[shell.object].material.0 as usize;
            let group = &groups[shell.object];
            let material = model.materials.get(look);
            let by_material = || {
                let material = material?;
                let clear = is_clear(material).then_some((Kind::Glass, Evidence::Material));
                clear.or_else(|| Some((names::kind(&material.name)?, Evidence::Name)))
            };
            let (kind, by) = map
                .kind(group, number)
                .map(|kind| (kind, Evidence::Map))
                .or_else(|| Some((names::kind(group)?, Evidence::Name)))
                .or_else(by_material)
                .unwrap_or((Kind::Unknown, Evidence::Shape));
            Found {
                group: group.clone(),
                number,
                look,
                mesh: shell.mesh,
                seen: shell.seen,
                kind,
                by,
            }
        })
        .collect()
}

/// Into car axes and metres; `middle` is where the origin was, in the file's units.
fn place(mesh: &mut Mesh, car_from_file: Mat3, scale: f32, middle: Vec3) {
    for at in &mut mesh.positions {
        *at = car_from_file * (*at - middle) * scale;
    }
    for normal in &mut mesh.normals {
        *normal = (car_from_file * *normal).normalize_or(Vec3::Y);
    }
}

/// Puts the car on the ground, the middle between its axles at the origin. Returns its measures.
fn settle(found: &mut [Found], wheels: &mut [Wheel]) -> Frame {
    let bounds = |found: &[Found]| {
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        let drawn = found.iter().filter(|one| one.kind != Kind::LeaveOut);
        for at in drawn.flat_map(|one| &one.mesh.positions) {
            low = low.min(*at);
            high = high.max(*at);
        }
        (low, high)
    };
    let (low, high) = bounds(found);
    let length = high.z - low.z;
    let axles = wheels::axles(wheels);
    // Most cars' wheelbase is three fifths of their length, their tyres' radius a fourteenth.
    let [front, rear] = axles.unwrap_or({
        let middle = 0.5 * (low.z + high.z);
        [middle + 0.3 * length, middle - 0.3 * length]
    });
    let by = Vec3::new(-0.5 * (low.x + high.x), -low.y, -0.5 * (front + rear));
    for at in found.iter_mut().flat_map(|one| &mut one.mesh.positions) {
        *at += by;
    }
    for wheel in wheels.iter_mut() {
        (wheel.x, wheel.y, wheel.z) = (wheel.x + by.x, wheel.y + by.y, wheel.z + by.z);
    }
    let (low, high) = (low + by, high + by);
    let radius = wheels.iter().map(|wheel| wheel.radius).fold(0.0, f32::max);
    let tyre_radius_m = if radius > 0.0 { radius } else { length / 14.0 };
    Frame {
        low,
        high,
        wheelbase_m: front - rear,
        tyre_radius_m,
        rim_radius_m: wheels::RIM * tyre_radius_m,
        width_m: high.x - low.x,
        height_m: high.y,
    }
}

/// Lists the pieces, after deciding by shape what nothing else said.
fn pieces(found: &mut [Found], frame: &Frame) -> Vec<Piece> {
    let length = frame.high.z - frame.low.z;
    found
        .iter_mut()
        .map(|one| {
            let (low, high) = extent(&one.mesh);
            let (middle, size) = (0.5 * (low + high), high - low);
            if one.kind == Kind::Unknown {
                one.by = Evidence::Shape;
                let sticks_out = middle.x.abs() > 0.42 * frame.width_m
                    && size.max_element() < 0.09 * length
                    && (0.5..0.85).contains(&(middle.y / frame.height_m))
                    && middle.z > -0.1 * length;
                one.kind = if one.seen < INSIDE {
                    Kind::Inside
                } else if sticks_out {
                    Kind::Mirror
                } else {
                    Kind::Body
                };
            }
            Piece {
                group: one.group.clone(),
                number: one.number,
                kind: one.kind,
                by: one.by,
                triangles: one.mesh.triangles.len(),
                middle,
                size,
            }
        })
        .collect()
}

fn extent(mesh: &Mesh) -> (Vec3, Vec3) {
    let all = mesh.positions.iter().copied();
    (
        all.clone().fold(Vec3::INFINITY, Vec3::min),
        all.fold(Vec3::NEG_INFINITY, Vec3::max),
    )
}

fn areas(parts: &[DesignPart]) -> Vec<(CarPart, f32)> {
    let mut sums: BTreeMap<CarPart, f32> = BTreeMap::new();
    for one in parts {
        let mesh = &one.mesh;
        let area: f32 = mesh
            .triangles
            .iter()
            .map(|triangle| {
                let [a, b, c] = triangle.map(|v| mesh.positions[v as usize]);
                0.5 * (b - a).cross(c - a).length()
            })
            .sum();
        *sums.entry(one.part).or_default() += area;
    }
    sums.into_iter().collect()
}

/// What cannot be done with this car.
fn missing(parts: &[DesignPart], wheels: usize) -> Vec<String> {
    let has = |wanted: &[CarPart]| parts.iter().any(|one| wanted.contains(&one.part));
    let mut missing = Vec::new();
    if wheels < 4 {
        missing.push(format!(
            "{wheels} of 4 wheels were found: axles are where most cars have them, and no tyre goes flat that is not there"
        ));
    }
    for (what, wanted, follows) in [
        (
            "glass",
            &[
                CarPart::Windscreen,
                CarPart::RearWindow,
                CarPart::LeftWindow,
                CarPart::RightWindow,
            ][..],
            "no pane breaks",
        ),
        (
            "lamps",
            &[
                CarPart::LeftHeadlamp,
                CarPart::RightHeadlamp,
                CarPart::LeftTailLamp,
                CarPart::RightTailLamp,
            ],
            "no lamp breaks, and their key points are absent",
        ),
        (
            "mirrors",
            &[CarPart::LeftMirror, CarPart::RightMirror],
            "their key points are absent",
        ),
        (
            "plates",
            &[CarPart::FrontPlate, CarPart::RearPlate],
            "their key points are absent",
        ),
    ] {
        if !has(wanted) {
            missing.push(format!("{what} were not found: {follows}"));
        }
    }
    missing
}

/// What a car of this length, width and height is most like.
fn style([length, _, height]: [f32; 3]) -> BodyStyle {
    match (length, height) {
        (_, 1.85..) => BodyStyle::Van,
        (_, 1.58..) => BodyStyle::Suv,
        (4.4.., 1.38..) => BodyStyle::Sedan,
        (_, 1.38..) => BodyStyle::Hatchback,
        _ => BodyStyle::Coupe,
    }
}

#[cfg(test)]
mod tests;
