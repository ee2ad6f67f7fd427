//! The JSON of glTF 2.0, as far as it is read: names and shapes as the specification has them.
//!
//! Unknown members are skipped. Lists are bounded, so that a few bytes of text (`{}`) cannot become much memory.
#![expect(
    clippy::struct_field_names,
    reason = "members are called what the specification calls them"
)]
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use super::extras::{Extras, OfCamera, OfMaterial, OfNode, OfScene};

/// Most entries of one list.
const LONGEST: usize = 1 << 18;

/// A list of bounded length.
#[derive(Debug)]
pub(super) struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<List<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = entries.next_element()? {
                    if list.len() == LONGEST {
                        return Err(A::Error::custom(format!(
                            "a list of more than {LONGEST} entries"
                        )));
                    }
                    list.push(entry);
                }
                Ok(List(list))
            }
        }

        deserializer.deserialize_seq(Entries(PhantomData))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Root {
    pub(super) asset: Asset,
    pub(super) scene: Option<usize>,
    #[serde(default)]
    pub(super) scenes: List<SceneList>,
    #[serde(default)]
    pub(super) nodes: List<Node>,
    #[serde(default)]
    pub(super) meshes: List<Mesh>,
    #[serde(default)]
    pub(super) accessors: List<Accessor>,
    #[serde(default)]
    pub(super) buffer_views: List<BufferView>,
    #[serde(default)]
    pub(super) buffers: List<Buffer>,
    #[serde(default)]
    pub(super) materials: List<Material>,
    #[serde(default)]
    pub(super) textures: List<Texture>,
    #[serde(default)]
    pub(super) images: List<Image>,
    #[serde(default)]
    pub(super) samplers: List<Sampler>,
    #[serde(default)]
    pub(super) cameras: List<Camera>,
    #[serde(default)]
    pub(super) skins: List<Skin>,
    #[serde(default)]
    pub(super) extensions_required: List<String>,
    #[serde(default)]
    pub(super) extensions: RootExtensions,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asset {
    pub(super) version: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct RootExtensions {
    #[serde(rename = "KHR_lights_punctual", default)]
    pub(super) punctual: Punctual,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Punctual {
    #[serde(default)]
    pub(super) lights: List<Light>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Light {
    #[serde(default = "white")]
    pub(super) color: [f32; 3],
    #[serde(default = "one")]
    pub(super) intensity: f32,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) spot: Option<Spot>,
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spot {
    #[serde(default)]
    pub(super) inner_cone_angle: f32,
    #[serde(default = "eighth_turn")]
    pub(super) outer_cone_angle: f32,
}

#[derive(Debug, Deserialize)]
pub(super) struct SceneList {
    #[serde(default)]
    pub(super) nodes: List<usize>,
    #[serde(default)]
    pub(super) extras: Extras<Box<OfScene>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Node {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) children: List<usize>,
    pub(super) matrix: Option<Box<[f64; 16]>>,
    pub(super) translation: Option<[f64; 3]>,
    pub(super) rotation: Option<[f64; 4]>,
    pub(super) scale: Option<[f64; 3]>,
    pub(super) mesh: Option<usize>,
    pub(super) skin: Option<usize>,
    pub(super) camera: Option<usize>,
    #[serde(default)]
    pub(super) weights: List<f32>,
    #[serde(default)]
    pub(super) extensions: NodeExtensions,
    #[serde(default)]
    pub(super) extras: Extras<Box<OfNode>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct NodeExtensions {
    #[serde(rename = "KHR_lights_punctual")]
    pub(super) punctual: Option<LightOfNode>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LightOfNode {
    pub(super) light: usize,
}

#[derive(Debug, Deserialize)]
pub(super) struct Mesh {
    #[serde(default)]
    pub(super) name: String,
    pub(super) primitives: List<Primitive>,
    #[serde(default)]
    pub(super) weights: List<f32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Primitive {
    pub(super) attributes: BTreeMap<String, usize>,
    pub(super) indices: Option<usize>,
    pub(super) material: Option<usize>,
    #[serde(default = "triangles")]
    pub(super) mode: u32,
    #[serde(default)]
    pub(super) targets: List<BTreeMap<String, usize>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accessor {
    pub(super) buffer_view: Option<usize>,
    #[serde(default)]
    pub(super) byte_offset: usize,
    pub(super) component_type: u32,
    #[serde(default)]
    pub(super) normalized: bool,
    pub(super) count: usize,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) sparse: Option<Box<Sparse>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sparse {
    pub(super) count: usize,
    pub(super) indices: SparseIndices,
    pub(super) values: SparseValues,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SparseIndices {
    pub(super) buffer_view: usize,
    #[serde(default)]
    pub(super) byte_offset: usize,
    pub(super) component_type: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SparseValues {
    pub(super) buffer_view: usize,
    #[serde(default)]
    pub(super) byte_offset: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BufferView {
    pub(super) buffer: usize,
    #[serde(default)]
    pub(super) byte_offset: usize,
    pub(super) byte_length: usize,
    pub(super) byte_stride: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Buffer {
    pub(super) uri: Option<String>,
    pub(super) byte_length: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Image {
    pub(super) uri: Option<String>,
    pub(super) buffer_view: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Texture {
    pub(super) source: Option<usize>,
    pub(super) sampler: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sampler {
    #[serde(default = "repeat")]
    pub(super) wrap_s: u32,
    #[serde(default = "repeat")]
    pub(super) wrap_t: u32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Camera {
    #[serde(default)]
    pub(super) name: String,
    pub(super) perspective: Option<Perspective>,
    #[serde(default)]
    pub(super) extras: Extras<Box<OfCamera>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Perspective {
    pub(super) yfov: f64,
    pub(super) aspect_ratio: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Skin {
    pub(super) inverse_bind_matrices: Option<usize>,
    pub(super) joints: List<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Material {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) pbr_metallic_roughness: MetallicRoughness,
    pub(super) normal_texture: Option<TextureUse>,
    pub(super) emissive_texture: Option<TextureUse>,
    #[serde(default)]
    pub(super) emissive_factor: [f32; 3],
    #[serde(default)]
    pub(super) alpha_mode: AlphaMode,
    #[serde(default = "half")]
    pub(super) alpha_cutoff: f32,
    #[serde(default)]
    pub(super) extensions: MaterialExtensions,
    #[serde(default)]
    pub(super) extras: Extras<Box<OfMaterial>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum AlphaMode {
    #[default]
    Opaque,
    Mask,
    Blend,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MetallicRoughness {
    pub(super) base_color_factor: [f32; 4],
    pub(super) base_color_texture: Option<TextureUse>,
    pub(super) metallic_factor: f32,
    pub(super) roughness_factor: f32,
    pub(super) metallic_roughness_texture: Option<TextureUse>,
}

impl Default for MetallicRoughness {
    fn default() -> Self {
        Self {
            base_color_factor: [1.0; 4],
            base_color_texture: None,
            metallic_factor: 1.0,
            roughness_factor: 1.0,
            metallic_roughness_texture: None,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextureUse {
    pub(super) index: usize,
    #[serde(default)]
    pub(super) tex_coord: u32,
    /// Of normal textures.
    #[serde(default = "one")]
    pub(super) scale: f32,
    #[serde(default)]
    pub(super) extensions: TextureExtensions,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct TextureExtensions {
    #[serde(rename = "KHR_texture_transform")]
    pub(super) transform: Option<TextureTransform>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextureTransform {
    #[serde(default)]
    pub(super) offset: [f32; 2],
    #[serde(default)]
    pub(super) rotation: f32,
    #[serde(default = "unscaled")]
    pub(super) scale: [f32; 2],
    pub(super) tex_coord: Option<u32>,
}

impl TextureUse {
    /// A texture by its number, as it lies on the first coordinates.
    pub(super) fn plain(index: usize) -> Self {
        Self {
            index,
            tex_coord: 0,
            scale: 1.0,
            extensions: TextureExtensions::default(),
        }
    }
}

/// Extensions of materials; those that are not here have names only, see `material`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct MaterialExtensions {
    #[serde(rename = "KHR_materials_emissive_strength")]
    pub(super) emissive_strength: Option<EmissiveStrength>,
    #[serde(rename = "KHR_materials_unlit")]
    pub(super) unlit: Option<Unlit>,
    #[serde(rename = "KHR_materials_ior")]
    pub(super) ior: Option<Ior>,
    #[serde(rename = "KHR_materials_specular")]
    pub(super) specular: Option<Box<Specular>>,
    #[serde(rename = "KHR_materials_clearcoat")]
    pub(super) clearcoat: Option<Box<Clearcoat>>,
    #[serde(rename = "KHR_materials_sheen")]
    pub(super) sheen: Option<Box<Sheen>>,
    #[serde(rename = "KHR_materials_anisotropy")]
    pub(super) anisotropy: Option<Box<Anisotropy>>,
    #[serde(rename = "KHR_materials_transmission")]
    pub(super) transmission: Option<Box<Transmission>>,
    #[serde(rename = "KHR_materials_volume")]
    pub(super) volume: Option<Box<Volume>>,
    #[serde(flatten)]
    pub(super) others: Others,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmissiveStrength {
    #[serde(default = "one")]
    pub(super) emissive_strength: f32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Unlit {}

#[derive(Debug, Deserialize)]
pub(super) struct Ior {
    #[serde(default = "glass")]
    pub(super) ior: f32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Specular {
    #[serde(default = "one")]
    pub(super) specular_factor: f32,
    pub(super) specular_texture: Option<TextureUse>,
    #[serde(default = "white")]
    pub(super) specular_color_factor: [f32; 3],
    pub(super) specular_color_texture: Option<TextureUse>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Clearcoat {
    #[serde(default)]
    pub(super) clearcoat_factor: f32,
    pub(super) clearcoat_texture: Option<TextureUse>,
    #[serde(default)]
    pub(super) clearcoat_roughness_factor: f32,
    pub(super) clearcoat_roughness_texture: Option<TextureUse>,
    pub(super) clearcoat_normal_texture: Option<TextureUse>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sheen {
    #[serde(default)]
    pub(super) sheen_color_factor: [f32; 3],
    pub(super) sheen_color_texture: Option<TextureUse>,
    #[serde(default)]
    pub(super) sheen_roughness_factor: f32,
    pub(super) sheen_roughness_texture: Option<TextureUse>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Anisotropy {
    #[serde(default)]
    pub(super) anisotropy_strength: f32,
    #[serde(default)]
    pub(super) anisotropy_rotation: f32,
    pub(super) anisotropy_texture: Option<TextureUse>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transmission {
    #[serde(default)]
    pub(super) transmission_factor: f32,
    pub(super) transmission_texture: Option<TextureUse>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Volume {
    #[serde(default)]
    pub(super) thickness_factor: f32,
    pub(super) attenuation_distance: Option<f32>,
    #[serde(default = "white")]
    pub(super) attenuation_color: [f32; 3],
}

/// Names of members nobody asked for.
#[derive(Debug, Default)]
pub(super) struct Others(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Others {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members: BTreeMap<String, serde::de::IgnoredAny> = BTreeMap::deserialize(deserializer)?;
        Ok(Self(members.into_keys().collect()))
    }
}

fn one() -> f32 {
    1.0
}

fn half() -> f32 {
    0.5
}

fn glass() -> f32 {
    1.5
}

fn eighth_turn() -> f32 {
    std::f32::consts::FRAC_PI_4
}

fn white() -> [f32; 3] {
    [1.0; 3]
}

fn unscaled() -> [f32; 2] {
    [1.0; 2]
}

fn repeat() -> u32 {
    10497
}

fn triangles() -> u32 {
    4
}
