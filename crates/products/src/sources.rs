//! The recipe's own products: meshes of other programs, mended and known by name.

use std::collections::BTreeSet;
use std::path::PathBuf;

use glam::Vec3;
use population::{SourceError, SourceFile, SourceKind, SourceRequest};
use scene::Material;
use scene::file::{self, Beside, Format, Limits};
use scene::mend::{self, Repairs};
use scene::mesh::Part;

use crate::shape::{MODELS, ShapePart, Stuff};

/// Lengths that products have, metres: the unit of a file is the first of metres, millimetres, centimetres and inches that brings its largest extent here.
const LONG_M: std::ops::RangeInclusive<f32> = 0.02..=1.2;
/// What a product of no such unit is made as large as, metres.
const TYPICAL_M: f32 = 0.18;
/// A connected piece of less than this share of the surface can be missing.
const LOOSE: f32 = 0.35;

/// A product of a file.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    /// One for each connected piece, in metres, standing on y = 0 around the origin.
    pub(crate) parts: Vec<ShapePart>,
    /// The file's materials.
    pub(crate) looks: Vec<Material>,
    /// Largest extent, metres.
    pub(crate) long_m: f32,
    repairs: Repairs,
}

impl Own {
    /// One sentence for the schema and the card.
    pub(crate) fn in_words(&self) -> String {
        let repairs = self.repairs;
        let mut text = format!(
            "a mesh of the recipe's own, {:.3} m, {} triangles, {} connected pieces",
            self.long_m,
            repairs.triangles,
            self.parts.len()
        );
        for (count, what) in [
            (
                repairs.without_area + repairs.doubled,
                "triangles taken out",
            ),
            (repairs.flipped, "turned over"),
            (repairs.closed_holes, "holes closed"),
            (repairs.open_rims, "open rims left"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        text
    }
}

/// Products that a recipe names.
#[derive(Debug, Default)]
pub struct Sources {
    meshes: Vec<(SourceFile, Option<Own>)>,
}

impl Sources {
    /// Opens what a recipe names under `products`. Files must need no others: what they lead to would not be in the recipe's hashes.
    ///
    /// # Errors
    /// [`SourceError`] for the first file that is missing, holds no surface, or has another's name.
    pub fn open(requests: &[SourceRequest], folders: &[PathBuf]) -> Result<Self, SourceError> {
        let mut taken: BTreeSet<String> =
            MODELS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut meshes = Vec::new();
        for request in requests {
            if request.kind != SourceKind::Products {
                continue;
            }
            for opened in request.open(folders)? {
                let wrong = |error: &dyn std::fmt::Display| {
                    SourceError::new(
                        request,
                        format!("{}: {error}", opened.path.display()),
                        "products are read from .glb, .gltf, .obj and .ply files that need no other file",
                    )
                };
                if !taken.insert(opened.source.name.clone()) {
                    return Err(SourceError::new(
                        request,
                        format!("another product is called `{}`", opened.source.name),
                        "give the file another name",
                    ));
                }
                let own = match &opened.bytes {
                    Some(bytes) => {
                        let format = Format::of(&opened.path)
                            .ok_or_else(|| wrong(&"its ending is none of a mesh"))?;
                        let model =
                            file::from_bytes(bytes, format, Beside::Memory(&[]), Limits::default())
                                .map_err(|error| wrong(&error))?;
                        Some(own(&model).map_err(|error| wrong(&error))?)
                    }
                    None => None,
                };
                meshes.push((opened.source, own));
            }
        }
        Ok(Self { meshes })
    }

    /// All files, withdrawn ones among them, in the recipe's order.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.meshes.iter().map(|(file, _)| file)
    }

    pub(crate) fn meshes(&self) -> &[(SourceFile, Option<Own>)] {
        &self.meshes
    }

    /// The product of that name; `None` also where it was withdrawn.
    pub(crate) fn mesh(&self, name: &str) -> Option<&Own> {
        let found = self.meshes.iter().find(|(file, _)| file.name == name)?;
        found.1.as_ref()
    }
}

fn own(model: &file::Model) -> Result<Own, String> {
    let mended = mend::mend(&model.objects).map_err(|error| error.to_string())?;
    let all = || mended.shells.iter().flat_map(|shell| &shell.mesh.positions);
    let low = all().copied().fold(Vec3::INFINITY, Vec3::min);
    let high = all().copied().fold(Vec3::NEG_INFINITY, Vec3::max);
    let long = (high - low).max_element();
    let unit = [1.0, 1e-3, 1e-2, 0.0254]
        .into_iter()
        .find(|unit| LONG_M.contains(&(long * unit)))
        .unwrap_or(TYPICAL_M / long);
    let foot = Vec3::new(0.5 * (low.x + high.x), low.y, 0.5 * (low.z + high.z));
    let areas: Vec<f32> = mended
        .shells
        .iter()
        .map(|shell| {
            let mesh = &shell.mesh;
            mesh.triangles
                .iter()
                .map(|t| {
                    let [a, b, c] = t.map(|v| mesh.positions[v as usize]);
                    (b - a).cross(c - a).length()
                })
                .sum()
        })
        .collect();
    let whole: f32 = areas.iter().sum();
    let parts = mended.shells.into_iter().zip(areas).map(|(shell, area)| {
        let mut mesh = shell.mesh;
        for at in &mut mesh.positions {
            *at = (*at - foot) * unit;
        }
        mesh.parts = vec![Part::Product; mesh.triangles.len()];
        let look = model.objects[shell.object].material.0 as usize;
        ShapePart {
            mesh,
            stuff: Stuff::File(look),
            removable: area < LOOSE * whole,
        }
    });
    Ok(Own {
        parts: parts.collect(),
        looks: model.materials.clone(),
        long_m: long * unit,
        repairs: mended.repairs,
    })
}
