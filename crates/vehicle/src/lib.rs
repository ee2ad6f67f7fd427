//! Road vehicles built from a specification sheet: panels with gaps, glass, lamps, wheels.
//!
//! [`Specification`] is a car on one sheet; [`Vehicle::new`] builds it. The outer skin is one smooth body (the places that lie inside the drawings of side,
//! front and top at once), meshed and cut into panels by lines drawn in those views, as a designer would.
//!
//! Car axes: metres, right-handed, y up, the car faces +z, its middle and the ground between the axles are the origin; x is the driver's *left*. Left and right are the driver's.
//! [`design`] takes cars of other programs instead: what their files hold becomes the same parts in the same axes.
//!
//! Bytes depend on the specification, or on the file, alone. Deliberately not here: paint, damage, rows and recipes.

mod catalogue;
mod curve;
pub mod design;
mod details;
mod fineness;
mod finish;
mod frame;
mod inside;
mod jet;
mod panels;
mod part;
mod shell;
mod skin;
mod solid;
mod specification;
mod style;
mod surface;
mod wheel;

use std::sync::Arc;

use glam::{DVec3, Vec3};
use scene::{Camera, MaterialId, Mesh, Object, Scene};

pub use catalogue::{Model, catalogue};
pub use design::Design;
pub use fineness::Fineness;
pub use finish::{Finish, Paint};
pub use frame::Frame;
use panels::{Lines, Piece};
pub use part::CarPart;
use shell::Shell;
use skin::Skin;
pub use specification::{BodyStyle, Specification, SpecificationError};
use wheel::Wheel;

/// A built car.
#[derive(Debug, Clone)]
pub struct Vehicle {
    /// What it was built from.
    pub specification: Specification,
    /// Its parts, each a mesh in car axes. A part may be there several times.
    pub parts: Vec<(CarPart, Mesh)>,
}

impl Vehicle {
    /// Builds a car, meshed as finely as pictures of a whole car need.
    ///
    /// # Errors
    /// [`SpecificationError`] when no car has such measures.
    pub fn new(sheet: &Specification) -> Result<Self, SpecificationError> {
        Self::with_fineness(sheet, Fineness::default())
    }

    /// Builds a car, meshed so finely.
    ///
    /// # Errors
    /// [`SpecificationError`] when no car has such measures.
    pub fn with_fineness(
        sheet: &Specification,
        fineness: Fineness,
    ) -> Result<Self, SpecificationError> {
        sheet.check()?;
        let skin = Skin::new(sheet);
        let lines = Lines::new(&skin);
        let outer = surface::surface(&skin, &skin.grid(lines.floor_z(), fineness.cell_m()));
        let mut pieces = lines.cut(&outer);
        pieces.extend(inside::pieces(&skin, &lines, fineness.inner_m()));
        pieces.extend(details::pieces(&skin, &lines));
        pieces.extend(wheels(sheet, fineness));
        let parts = pieces
            .into_iter()
            .map(|Piece { part, shell }| (part, placed(sheet, part, shell)))
            .collect();
        Ok(Self {
            specification: *sheet,
            parts,
        })
    }
}

impl Vehicle {
    /// The parts as things of a scene, in car axes, with what they are made of: one material for each kind of part, numbered from `first`.
    pub fn objects(
        &self,
        paint: Paint,
        instance: u16,
        first: u32,
    ) -> (Vec<Object>, Vec<scene::Material>) {
        let mut kinds: Vec<CarPart> = self.parts.iter().map(|(part, _)| *part).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let number = |part: CarPart| kinds.iter().take_while(|kind| **kind != part).count() as u32;
        let objects = self.parts.iter().map(|(part, mesh)| Object {
            name: part.name(),
            mesh: Arc::new(mesh.clone()),
            material: MaterialId(first + number(*part)),
            instance,
        });
        (
            objects.collect(),
            kinds.iter().map(|kind| kind.material(paint)).collect(),
        )
    }

    /// The car alone, seen by somebody who stands before it, to its left. Without light.
    pub fn scene(&self, paint: Paint) -> Scene {
        let sheet = &self.specification;
        let away = 1.45 * f64::from(sheet.length_m);
        let camera = Camera::look_at(
            DVec3::new(0.6 * away, 1.55, 0.8 * away),
            DVec3::new(0.0, 0.45 * f64::from(sheet.height_m), 0.0),
            DVec3::Y,
            0.5,
            960,
            600,
        );
        let (objects, materials) = self.objects(paint, 1, 0);
        Scene {
            objects,
            materials,
            ..Scene::new(camera)
        }
    }
}

/// From drawing axes (x rearwards, y to the right, z up) to car axes.
fn placed(sheet: &Specification, part: CarPart, shell: Shell) -> Mesh {
    let middle = sheet.front_overhang_m + 0.5 * sheet.wheelbase_m;
    let count = shell.triangles.len();
    Mesh {
        uvs: shell
            .positions
            .iter()
            .map(|at| glam::Vec2::new(at.x, at.z))
            .collect(),
        positions: shell
            .positions
            .iter()
            .map(|at| Vec3::new(-at.y, at.z, middle - at.x))
            .collect(),
        normals: shell
            .normals
            .iter()
            .map(|n| Vec3::new(-n.y, n.z, -n.x))
            .collect(),
        triangles: shell.triangles,
        parts: vec![part.label(); count],
    }
}

fn wheels(sheet: &Specification, fineness: Fineness) -> Vec<Piece> {
    let radius = sheet.tyre_radius_m();
    let wheel = Wheel::new(
        radius,
        sheet.tyre_width_m,
        sheet.rim_inch * 0.0254 * 0.5 + 0.004,
        5,
        fineness.around_wheel(),
    );
    let out = 0.5 * sheet.width_m - 0.5 * sheet.tyre_width_m - 0.028;
    let mut pieces = Vec::new();
    for axle in sheet.axles() {
        for side in [-1.0, 1.0] {
            for (part, shell) in [
                (CarPart::Tyre, &wheel.tyre),
                (CarPart::Rim, &wheel.rim),
                (CarPart::Brake, &wheel.brake),
            ] {
                // Turned about the upright axis for the other side.
                let turn = |v: Vec3| Vec3::new(-side * v.x, -side * v.y, v.z);
                let centre = Vec3::new(axle, side * out, radius);
                pieces.push(Piece {
                    part,
                    shell: shell.placed(turn, centre),
                });
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests;
