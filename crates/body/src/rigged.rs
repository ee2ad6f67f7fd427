//! A body with its skeleton as files that other programs pose: a skinned glTF mesh, and the same parameters as JSON.
//!
//! Rest shape, joints and weights are the model's own rig, which any reader of glTF 2.0 can pose on; nothing of it is derived from SMPL or any other learned body.
//! What glTF cannot hold: skin turns linearly there, without the centres of rotation that keep volume here ([`crate::skinning`]), and four bones move a vertex at most.

use std::collections::BTreeMap;

use glam::{Mat4, Quat, Vec2, Vec3};
use serde_json::{Value, json};

use crate::BodyModel;
use crate::rig::Posed;

/// Bones that may move a vertex, in glTF's first set.
const MOST_BONES: usize = 4;

/// A body to be written.
#[derive(Debug)]
pub struct Rigged<'a> {
    /// The model that it is a body of.
    pub model: &'a BodyModel,
    /// `[19158]`, metres, unposed, with the expression that it wears.
    pub rest: &'a [Vec3],
    /// `[19158]`, metres, unposed, at rest: where the joints are.
    pub joints: &'a [Vec3],
    /// Its pose.
    pub posed: &'a Posed,
    /// Where the posed body was moved to, metres.
    pub offset: Vec3,
    /// What else is to be said of it, by name with unit: age, measures, weights of expression units.
    pub about: BTreeMap<String, f64>,
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// A GLB file: the unposed skin with its UVs, joints and weights, posed by its nodes' rotations; the parameters are in the mesh's extras.
    pub glb: Vec<u8>,
    /// The parameters: for each joint its name, parent, place at rest (metres) and rotation (quaternion x, y, z, w about the joint, after the parent's), where
    /// the body was moved to, and what there is to say about it. Numbers are rounded to micrometres and 10⁻⁶.
    pub json: String,
}

/// A bone as files hold it.
struct Joint<'a> {
    name: &'a str,
    parent: Option<usize>,
    /// At rest, metres.
    head: Vec3,
    /// About the joint, after the parent's, in the rest pose's axes.
    rotation: Quat,
}

impl Rigged<'_> {
    fn skeleton(&self) -> Vec<Joint<'_>> {
        let rig = &self.model.rig;
        rig.names()
            .into_iter()
            .enumerate()
            .map(|(bone, name)| {
                let parent = rig.parent(bone);
                let above = parent.map_or(Quat::IDENTITY, |parent| self.posed.turns[parent]);
                Joint {
                    name,
                    parent,
                    head: rig.joint(name, self.joints).unwrap_or_default(),
                    rotation: (above.inverse() * self.posed.turns[bone]).normalize(),
                }
            })
            .collect()
    }

    /// Both files; the same body gives the same bytes.
    pub fn files(&self) -> Files {
        let parameters = self.parameters();
        Files {
            glb: self.glb(&parameters),
            json: format!("{parameters:#}\n"),
        }
    }

    fn parameters(&self) -> Value {
        let round = |x: f32| (f64::from(x) * 1e6).round() / 1e6;
        let joints: Vec<Value> = self
            .skeleton()
            .iter()
            .map(|joint| {
                json!({
                    "name": joint.name,
                    "parent": joint.parent,
                    "rest_m": joint.head.to_array().map(round),
                    "rotation_xyzw": joint.rotation.to_array().map(round),
                })
            })
            .collect();
        json!({
            "rig": "MakeHuman default, 163 bones",
            "axes": "right-handed, y up, the unposed body faces +z",
            "offset_m": self.offset.to_array().map(round),
            "joints": joints,
            "about": self.about,
        })
    }

    fn glb(&self, parameters: &Value) -> Vec<u8> {
        let skin = Skin::of(self);
        let skeleton = self.skeleton();
        let mut buffer = Buffer::default();
        let bind: Vec<f32> = skeleton
            .iter()
            .flat_map(|joint| Mat4::from_translation(-joint.head).to_cols_array())
            .collect();
        let (low, high) = skin
            .positions
            .iter()
            .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| {
                (low.min(*p), high.max(*p))
            });
        let flat = |list: &[Vec3]| list.iter().flat_map(Vec3::to_array).collect::<Vec<f32>>();
        let count = skin.positions.len();
        let positions = buffer.floats(&flat(&skin.positions), "VEC3", count);
        buffer.accessors[positions]["min"] = json!(low.to_array());
        buffer.accessors[positions]["max"] = json!(high.to_array());
        let normals = buffer.floats(&flat(&skin.normals), "VEC3", count);
        let uvs: Vec<f32> = skin.uvs.iter().flat_map(|uv| [uv.x, 1.0 - uv.y]).collect();
        let uvs = buffer.floats(&uvs, "VEC2", count);
        let joints = buffer.shorts(&skin.bones, count);
        let weights = buffer.floats(skin.weights.as_flattened(), "VEC4", count);
        let indices = buffer.indices(skin.triangles.as_flattened());
        let bind = buffer.floats(&bind, "MAT4", skeleton.len());

        // Node k is joint k; then the mesh and what holds all.
        let mut nodes: Vec<Value> = skeleton
            .iter()
            .map(|joint| {
                let above = joint
                    .parent
                    .map_or(Vec3::ZERO, |parent| skeleton[parent].head);
                json!({
                    "name": joint.name,
                    "translation": (joint.head - above).to_array(),
                    "rotation": joint.rotation.to_array(),
                })
            })
            .collect();
        let mut roots = Vec::new();
        let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (bone, joint) in skeleton.iter().enumerate() {
            match joint.parent {
                Some(parent) => children.entry(parent).or_default().push(bone),
                None => roots.push(bone),
            }
        }
        for (parent, list) in children {
            nodes[parent]["children"] = json!(list);
        }
        let mesh = nodes.len();
        nodes.push(json!({"name": "skin", "mesh": 0, "skin": 0}));
        roots.push(mesh);
        nodes.push(
            json!({"name": "body", "translation": self.offset.to_array(), "children": roots}),
        );
        let document = json!({
            "asset": {"version": "2.0", "generator": concat!("populace ", env!("CARGO_PKG_VERSION"))},
            "scene": 0,
            "scenes": [{"nodes": [mesh + 1]}],
            "nodes": nodes,
            "meshes": [{
                "name": "skin",
                "primitives": [{
                    "attributes": {
                        "POSITION": positions, "NORMAL": normals, "TEXCOORD_0": uvs, "JOINTS_0": joints, "WEIGHTS_0": weights,
                    },
                    "indices": indices,
                }],
                "extras": {"populace": parameters},
            }],
            "skins": [{"joints": (0..skeleton.len()).collect::<Vec<_>>(), "inverseBindMatrices": bind}],
            "accessors": buffer.accessors,
            "bufferViews": buffer.views,
            "buffers": [{"byteLength": buffer.bytes.len()}],
        });
        container(&document, &buffer.bytes)
    }
}

/// The skin as glTF wants it: a vertex for each pair of place and UV.
struct Skin {
    positions: Vec<Vec3>,
    normals: Vec<Vec3>,
    uvs: Vec<Vec2>,
    bones: Vec<[u16; MOST_BONES]>,
    weights: Vec<[f32; MOST_BONES]>,
    triangles: Vec<[u32; 3]>,
}

impl Skin {
    fn of(body: &Rigged<'_>) -> Self {
        let model = body.model;
        let mut smooth = vec![Vec3::ZERO; body.rest.len()];
        for quad in &model.quads {
            let [a, b, c, d] = [0, 1, 2, 3].map(|k| body.rest[quad[k] as usize]);
            for v in &quad[..4] {
                smooth[*v as usize] += (c - a).cross(d - b);
            }
        }
        let mut skin = Self {
            positions: Vec::new(),
            normals: Vec::new(),
            uvs: Vec::new(),
            bones: Vec::new(),
            weights: Vec::new(),
            triangles: Vec::new(),
        };
        let mut number: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for quad in &model.quads {
            let corners = [0, 1, 2, 3].map(|k| {
                let (vertex, uv) = (quad[k], quad[k + 4]);
                *number.entry((vertex, uv)).or_insert_with(|| {
                    skin.positions.push(body.rest[vertex as usize]);
                    skin.normals
                        .push(smooth[vertex as usize].normalize_or(Vec3::Z));
                    skin.uvs.push(model.uvs[uv as usize]);
                    let (bones, weights) = strongest(model.rig.influences(vertex));
                    skin.bones.push(bones);
                    skin.weights.push(weights);
                    skin.positions.len() as u32 - 1
                })
            });
            for [a, b, c] in [[0, 1, 2], [0, 2, 3]] {
                if corners[a] != corners[c] && corners[b] != corners[c] {
                    skin.triangles.push([corners[a], corners[b], corners[c]]);
                }
            }
        }
        skin
    }
}

/// The four bones that move a vertex most, their weights summing to 1.
fn strongest(influences: &[(u32, f32)]) -> ([u16; MOST_BONES], [f32; MOST_BONES]) {
    let mut sorted = influences.to_vec();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    sorted.truncate(MOST_BONES);
    let total: f32 = sorted.iter().map(|(_, weight)| weight).sum();
    let (mut bones, mut weights) = ([0; MOST_BONES], [0.0; MOST_BONES]);
    for (k, (bone, weight)) in sorted.iter().enumerate() {
        bones[k] = *bone as u16;
        weights[k] = weight / total;
    }
    if sorted.is_empty() {
        weights[0] = 1.0;
    }
    (bones, weights)
}

/// The binary chunk and what describes it.
#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
}

impl Buffer {
    fn add(
        &mut self,
        bytes: impl Iterator<Item = u8>,
        component: u32,
        kind: &str,
        count: usize,
    ) -> usize {
        let start = self.bytes.len();
        self.bytes.extend(bytes);
        self.views.push(
            json!({"buffer": 0, "byteOffset": start, "byteLength": self.bytes.len() - start}),
        );
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
        self.accessors.push(json!({
            "bufferView": self.views.len() - 1, "componentType": component, "type": kind, "count": count,
        }));
        self.accessors.len() - 1
    }

    fn floats(&mut self, values: &[f32], kind: &str, count: usize) -> usize {
        self.add(
            values.iter().flat_map(|v| v.to_le_bytes()),
            5126,
            kind,
            count,
        )
    }

    fn shorts(&mut self, values: &[[u16; MOST_BONES]], count: usize) -> usize {
        let bytes = values.iter().flatten().flat_map(|v| v.to_le_bytes());
        self.add(bytes, 5123, "VEC4", count)
    }

    fn indices(&mut self, values: &[u32]) -> usize {
        self.add(
            values.iter().flat_map(|v| v.to_le_bytes()),
            5125,
            "SCALAR",
            values.len(),
        )
    }
}

/// A GLB file of a document and its binary chunk (glTF 2.0, §4.4).
fn container(document: &Value, binary: &[u8]) -> Vec<u8> {
    let mut text = document.to_string().into_bytes();
    while !text.len().is_multiple_of(4) {
        text.push(b' ');
    }
    let total = 12 + 8 + text.len() + 8 + binary.len();
    let mut out = Vec::with_capacity(total);
    out.extend(b"glTF");
    for word in [2, total as u32, text.len() as u32] {
        out.extend(word.to_le_bytes());
    }
    out.extend(b"JSON");
    out.extend(text);
    out.extend((binary.len() as u32).to_le_bytes());
    out.extend(b"BIN\0");
    out.extend(binary);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_four_bones_are_kept_and_share_all() {
        let (bones, weights) = strongest(&[(7, 0.1), (3, 0.4), (9, 0.05), (1, 0.25), (2, 0.2)]);
        assert_eq!(bones, [3, 1, 2, 7]);
        assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((weights[0] - 0.4 / 0.95).abs() < 1e-6);
        assert_eq!(strongest(&[]).1, [1.0, 0.0, 0.0, 0.0]);
    }
}
