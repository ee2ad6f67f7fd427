//! Materials as metallic-roughness with extensions, and the rest in extras.
use glam::Vec3;
use serde_json::{Map, Value, json};

use super::super::extras::{OfFlakes, OfInterior, OfMaterial, OfNearInfrared};
use super::buffers::Buffers;
use super::pictures::Pictures;
use crate::Material;
use crate::material::{Interior, NearInfrared};

/// A material as JSON; names of extensions it uses are added to `used`.
pub(super) fn material(
    material: &Material,
    pictures: &mut Pictures,
    buffers: &mut Buffers,
    used: &mut Vec<&'static str>,
) -> Value {
    let mut extras = OfMaterial {
        alpha_threshold: material.alpha_threshold,
        interior: interior(&material.interior),
        clear_coat_ior: material.clear_coat.map(|coat| coat.ior),
        flakes: material.flakes.map(|flakes| OfFlakes {
            color: flakes.color.to_array(),
            coverage: flakes.coverage,
            size_m: flakes.size_m,
            roughness: flakes.roughness,
        }),
        bump: material
            .bump
            .as_ref()
            .map(|bump| (pictures.data(&bump.height, buffers), bump.scale_m)),
        near_infrared: material.near_infrared.as_ref().map(|band| match band {
            NearInfrared::Reflectance(value) => OfNearInfrared::Reflectance(*value),
            NearInfrared::FromVisible { low, high } => OfNearInfrared::FromVisible {
                low: *low,
                high: *high,
            },
            NearInfrared::Painted(texture) => {
                OfNearInfrared::Painted(pictures.data(texture, buffers))
            }
        }),
        base_color: None,
    };
    let mut extensions = Map::new();
    let mut extend = |name: &'static str, value: Value| {
        extensions.insert(name.to_owned(), value);
        if !used.contains(&name) {
            used.push(name);
        }
    };
    let mut base = material.base_color;
    match material.interior {
        Interior::ThinClear { tint } => {
            extras.base_color = Some(base.to_array());
            base = tint;
            extend(
                "KHR_materials_transmission",
                json!({"transmissionFactor": 1.0}),
            );
        }
        Interior::Glass { absorption_per_m } => {
            extras.base_color = Some(base.to_array());
            base = Vec3::ONE;
            extend(
                "KHR_materials_transmission",
                json!({"transmissionFactor": 1.0}),
            );
            extend("KHR_materials_volume", volume(absorption_per_m));
        }
        _ => {}
    }
    let is_clear = extras.base_color.is_some();
    let (roughness, strength) = stretched(material.roughness, material.anisotropy);
    let mut pbr = json!({
        "baseColorFactor": [base.x, base.y, base.z, material.opacity],
        "metallicFactor": material.metallic,
        "roughnessFactor": roughness,
    });
    let alpha = material.alpha.as_ref();
    let colour = material.base_color_texture.as_ref().filter(|_| !is_clear);
    let painted = match (colour, alpha) {
        (Some(colour), alpha) => Some(pictures.colour(colour, alpha, buffers)),
        (None, Some(alpha)) => Some(pictures.alpha(alpha, buffers)),
        (None, None) => None,
    };
    if let Some(index) = painted {
        pbr["baseColorTexture"] = json!({"index": index});
    }
    let (metallic, rough) = (&material.metallic_texture, &material.roughness_texture);
    if metallic.is_some() || rough.is_some() {
        let index = pictures.metallic_roughness(metallic.as_ref(), rough.as_ref(), buffers);
        pbr["metallicRoughnessTexture"] = json!({"index": index});
    }
    let mut written = json!({
        "name": material.name,
        "doubleSided": true,
        "pbrMetallicRoughness": pbr,
    });
    if alpha.is_some() || material.opacity < 1.0 {
        written["alphaMode"] = json!("BLEND");
    }
    if let Some(map) = &material.normal_map {
        written["normalTexture"] =
            json!({"index": pictures.data(&map.texture, buffers), "scale": map.scale});
    }
    let brightest = material.emission.max_element();
    if brightest > 0.0 {
        // Factors end at 1; strength goes on from there.
        let strength = brightest.max(1.0);
        written["emissiveFactor"] = json!((material.emission / strength).to_array());
        if strength > 1.0 {
            extend(
                "KHR_materials_emissive_strength",
                json!({"emissiveStrength": strength}),
            );
        }
        if let Some(texture) = &material.emission_texture {
            written["emissiveTexture"] = json!({"index": pictures.colour(texture, None, buffers)});
        }
    }
    if material.ior != 1.5 {
        extend("KHR_materials_ior", json!({"ior": material.ior}));
    }
    if material.specular != 1.0 {
        extend(
            "KHR_materials_specular",
            json!({"specularFactor": material.specular}),
        );
    }
    if let Some(coat) = material.clear_coat {
        let coat =
            json!({"clearcoatFactor": coat.weight, "clearcoatRoughnessFactor": coat.roughness});
        extend("KHR_materials_clearcoat", coat);
    }
    if let Some(sheen) = material.sheen {
        let sheen = json!({"sheenColorFactor": sheen.color.to_array(), "sheenRoughnessFactor": sheen.roughness});
        extend("KHR_materials_sheen", sheen);
    }
    if material.anisotropy > 0.0 {
        let anisotropy = json!({"anisotropyStrength": strength, "anisotropyRotation": material.anisotropy_rotation});
        extend("KHR_materials_anisotropy", anisotropy);
    }
    if !extensions.is_empty() {
        written["extensions"] = Value::Object(extensions);
    }
    written["extras"] = json!({"populace": extras});
    written
}

fn interior(interior: &Interior) -> Option<OfInterior> {
    Some(match *interior {
        Interior::Opaque | Interior::ThinClear { .. } | Interior::Glass { .. } => return None,
        Interior::SoftSkin { wrap } => OfInterior::SoftSkin {
            wrap: wrap.to_array(),
        },
        Interior::Skin { radius_m } => OfInterior::Skin {
            radius_m: radius_m.to_array(),
        },
        Interior::RandomWalk { radius_m } => OfInterior::RandomWalk {
            radius_m: radius_m.to_array(),
        },
        Interior::Hair {
            azimuthal_roughness,
            scale_tilt,
        } => OfInterior::Hair {
            azimuthal_roughness,
            scale_tilt,
        },
        Interior::Fibre => OfInterior::Fibre,
    })
}

/// Absorption as the colour of white light after the distance in which the most absorbed colour falls to 1/e. Thickness only says that the body is
/// solid; paths find out themselves how thick it is.
fn volume(absorption_per_m: Vec3) -> Value {
    let strongest = absorption_per_m.max_element();
    if strongest <= 0.0 {
        return json!({"thicknessFactor": 0.01});
    }
    let color = absorption_per_m
        .to_array()
        .map(|absorption| (-absorption / strongest).exp());
    json!({"thicknessFactor": 0.01, "attenuationDistance": 1.0 / strongest, "attenuationColor": color})
}

/// Roughness and strength of `KHR_materials_anisotropy`; the inverse of `material::stretched`.
fn stretched(roughness: f32, anisotropy: f32) -> (f32, f32) {
    if anisotropy <= 0.0 {
        return (roughness, 0.0);
    }
    let aspect = (1.0 - 0.9 * anisotropy).sqrt();
    let alpha = roughness * roughness;
    let (across, along) = (alpha * aspect, (alpha / aspect).min(1.0));
    let strength = ((along - across) / (1.0 - across).max(1e-6))
        .clamp(0.0, 1.0)
        .sqrt();
    (across.sqrt(), strength)
}
