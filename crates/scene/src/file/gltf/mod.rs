//! glTF 2.0, text and binary (Khronos specification 2.0.1).
//!
//! Reading order: `container` (chunks and buffers), `json` (names of things), `accessor` (numbers), `nodes` (places), `mesh`, `images`, `material`, `lights`.
//!
//! glTF's world is ours: right-handed, metres, y up. Its v runs down, ours up; its cameras look along −z, ours along +z with y down. Light is photometric there
//! (candela, nit, lux); each such unit is taken as one of ours (W·sr⁻¹ and so on), since a common factor is what exposure is for.
mod accessor;
mod container;
mod images;
mod json;
mod lights;
mod material;
mod mesh;
mod nodes;

use std::sync::Arc;

use self::accessor::Accessors;
use self::images::Images;
use self::json::Root;
use self::material::UvUse;
use self::mesh::{Drawn, Placement};
use self::nodes::Nodes;
use super::error::quoted;
use super::limits::Budget;
use super::surface::Shading;
use super::{Beside, FileError, Limits, Model};
use crate::{MaterialId, Object};

/// Code of the sampler's wrapping mode that our textures have.
const REPEAT: u32 = 10497;

/// Extensions a file may require of us.
const KNOWN: [&str; 14] = [
    "KHR_lights_punctual",
    "KHR_materials_anisotropy",
    "KHR_materials_clearcoat",
    "KHR_materials_emissive_strength",
    "KHR_materials_ior",
    "KHR_materials_sheen",
    "KHR_materials_specular",
    "KHR_materials_transmission",
    "KHR_materials_unlit",
    "KHR_materials_variants",
    "KHR_materials_volume",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_xmp_json_ld",
];

/// Reads a glTF file.
pub(super) fn read(bytes: &[u8], beside: Beside<'_>, limits: Limits) -> Result<Model, FileError> {
    let (text, binary) = container::chunks(bytes)?;
    let root = container::parse(text)?;
    check_extensions(&root)?;
    let buffers = container::buffers(&root, binary, beside)?;
    let accessors = Accessors::new(&root, &buffers);
    let nodes = Nodes::new(&root)?;
    let mut budget = Budget::new(limits);
    let mut model = Model::default();
    let uv_uses = materials(&root, &accessors, beside, &mut model, &mut budget)?;
    objects(&root, &accessors, &nodes, &uv_uses, &mut model, &mut budget)?;
    lights::lights(&root, &nodes, &mut model)?;
    lights::viewpoints(&root, &nodes, &mut model)?;
    Ok(model)
}

fn check_extensions(root: &Root) -> Result<(), FileError> {
    let Some(unknown) = root
        .extensions_required
        .iter()
        .find(|name| !KNOWN.contains(&name.as_str()))
    else {
        return Ok(());
    };
    let hint = match unknown.as_str() {
        "KHR_draco_mesh_compression" | "EXT_meshopt_compression" | "KHR_meshopt_compression" => {
            "export without compression of meshes"
        }
        "KHR_texture_basisu" | "EXT_texture_webp" | "EXT_texture_avif" | "MSFT_texture_dds" => {
            "export with PNG or JPEG textures"
        }
        "KHR_materials_pbrSpecularGlossiness" => "export with metallic-roughness materials",
        _ => "docs/scene-files.md lists the extensions that are honoured",
    };
    Err(FileError::new(
        "",
        format!(
            "requires the extension {}, which is not known here",
            quoted(unknown)
        ),
    )
    .with_hint(hint))
}

/// Converts all materials, a default one last; returns how each lies on surfaces.
fn materials(
    root: &Root,
    accessors: &Accessors<'_>,
    beside: Beside<'_>,
    model: &mut Model,
    budget: &mut Budget,
) -> Result<Vec<UvUse>, FileError> {
    let mut images = Images::new(root, accessors, beside);
    let mut uv_uses = Vec::with_capacity(root.materials.len() + 1);
    for index in 0..root.materials.len() {
        let converted = material::convert(root, index, &mut images, budget)?;
        for note in converted.notes {
            model.note(note);
        }
        model.materials.push(converted.material);
        uv_uses.push(converted.uv_use);
    }
    model.materials.push(material::default_material());
    uv_uses.push(UvUse::default());
    Ok(uv_uses)
}

fn objects(
    root: &Root,
    accessors: &Accessors<'_>,
    nodes: &Nodes,
    uv_uses: &[UvUse],
    model: &mut Model,
    budget: &mut Budget,
) -> Result<(), FileError> {
    let mut placed = 0_u32;
    for &index in &nodes.drawn {
        let node = &root.nodes[index];
        let Some(mesh_index) = node.mesh else {
            continue;
        };
        let mesh = root.meshes.get(mesh_index).ok_or_else(|| {
            FileError::new(
                nodes::name(root, index),
                format!(
                    "names mesh {mesh_index}, but there are {}",
                    root.meshes.len()
                ),
            )
        })?;
        // Past the last number that labels can hold, things are scenery.
        placed += 1;
        let instance = u16::try_from(placed).unwrap_or(0);
        let joints = match node.skin {
            Some(skin) => Some(mesh::joint_matrices(root, accessors, nodes, skin, budget)?),
            None => None,
        };
        let weights = mesh::morph_weights(root, node, mesh_index);
        for (k, primitive) in mesh.primitives.iter().enumerate() {
            let place = mesh::name(root, index, mesh_index, k);
            let material = primitive.material.unwrap_or(root.materials.len());
            let uv_use = uv_uses.get(material).ok_or_else(|| {
                FileError::new(
                    &place,
                    format!(
                        "names material {material}, but there are {}",
                        root.materials.len()
                    ),
                )
            })?;
            let placement = match &joints {
                Some(joints) => Placement::Skinned(joints),
                None => Placement::Rigid(nodes.world[index]),
            };
            let drawn = mesh::surface(
                &place, primitive, accessors, weights, &placement, uv_use, budget,
            )?;
            let Drawn::Surface(surface) = drawn else {
                model.note(format!("{place}: points and lines are not drawn"));
                continue;
            };
            if surface.triangles.is_empty() {
                continue;
            }
            if primitive.attributes.contains_key("COLOR_0") {
                model.note("colours of vertices are not honoured");
            }
            budget.vertices(&place, surface.finished_vertices(Shading::Flat))?;
            let name = if node.name.is_empty() {
                &mesh.name
            } else {
                &node.name
            };
            model.objects.push(Object {
                name: name.clone(),
                mesh: Arc::new(surface.finish(Shading::Flat)),
                material: MaterialId(material as u32),
                instance,
            });
        }
    }
    Ok(())
}
