//! glTF 2.0, text and binary (Khronos specification 2.0.1).
//!
//! Reading order: `container` (chunks and buffers), `json` (names of things), `accessor` (numbers), `nodes` (places), `mesh`, `objects`, `images`, `material`, `lights`, `surroundings`; then `write`,
//! the way back, and `extras`, what only the two of them know.
//!
//! glTF's world is ours: right-handed, metres, y up. Its v runs down, ours up; its cameras look along −z, ours along +z with y down. Light is photometric there
//! (candela, nit, lux); each such unit is taken as one of ours (W·sr⁻¹ and so on), since a common factor is what exposure is for.
mod accessor;
mod container;
mod extras;
mod images;
mod json;
mod lights;
mod material;
mod mesh;
mod nodes;
mod objects;
mod surroundings;
pub(super) mod write;

use self::accessor::Accessors;
use self::images::Images;
use self::json::Root;
use self::material::UvUse;
use self::nodes::Nodes;
use self::objects::Source;
use super::error::quoted;
use super::limits::Budget;
use super::{Beside, FileError, Limits, Model};

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
    let source = Source {
        root: &root,
        accessors: &accessors,
        nodes: &nodes,
        uv_uses: &uv_uses,
    };
    objects::objects(&source, &mut model, &mut budget)?;
    lights::lights(&root, &nodes, &mut model)?;
    lights::viewpoints(&root, &nodes, &mut model)?;
    surroundings::surroundings(&root, &accessors, &mut model, &mut budget)?;
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
