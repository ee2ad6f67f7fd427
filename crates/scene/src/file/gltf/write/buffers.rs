//! The binary chunk: numbers and pictures one after the other.
use glam::{Vec2, Vec3};
use serde_json::{Value, json};

/// Code of 32-bit floats.
const FLOAT: u32 = 5126;

/// What a buffer view is for, as glTF numbers it.
#[derive(Debug, Clone, Copy)]
enum Target {
    Vertices = 34962,
    Indices = 34963,
}

/// Buffer views and accessors on their way.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) binary: Vec<u8>,
    pub(super) views: Vec<Value>,
    pub(super) accessors: Vec<Value>,
}

impl Buffers {
    /// Bytes of a picture.
    pub(super) fn picture(&mut self, bytes: &[u8]) -> usize {
        self.view(bytes, None)
    }

    fn view(&mut self, bytes: &[u8], target: Option<Target>) -> usize {
        self.binary.resize(self.binary.len().next_multiple_of(4), 0);
        let mut view = json!({
            "buffer": 0,
            "byteOffset": self.binary.len(),
            "byteLength": bytes.len(),
        });
        if let Some(target) = target {
            view["target"] = json!(target as u32);
        }
        self.views.push(view);
        self.binary.extend_from_slice(bytes);
        self.views.len() - 1
    }

    fn floats<const N: usize>(
        &mut self,
        kind: &str,
        rows: impl Iterator<Item = [f32; N]>,
    ) -> usize {
        let mut bytes = Vec::new();
        let mut count = 0_usize;
        for row in rows {
            count += 1;
            for value in row {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        let view = self.view(&bytes, Some(Target::Vertices));
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "type": kind, "count": count,
        }))
    }

    fn accessor(&mut self, accessor: Value) -> usize {
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    /// Places, with their bounds as the format asks.
    pub(super) fn positions(&mut self, positions: &[Vec3]) -> usize {
        let index = self.vectors(positions);
        let low = positions.iter().copied().fold(Vec3::INFINITY, Vec3::min);
        let high = positions
            .iter()
            .copied()
            .fold(Vec3::NEG_INFINITY, Vec3::max);
        self.accessors[index]["min"] = json!(low.to_array());
        self.accessors[index]["max"] = json!(high.to_array());
        index
    }

    pub(super) fn vectors(&mut self, vectors: &[Vec3]) -> usize {
        self.floats("VEC3", vectors.iter().map(Vec3::to_array))
    }

    /// glTF's v runs down.
    pub(super) fn uvs(&mut self, uvs: &[Vec2]) -> usize {
        self.floats("VEC2", uvs.iter().map(|uv| [uv.x, 1.0 - uv.y]))
    }

    pub(super) fn scalars(&mut self, scalars: &[f32]) -> usize {
        self.floats("SCALAR", scalars.iter().map(|&scalar| [scalar]))
    }

    /// Numbers of vertices, of which there are `vertices`: as narrow as they fit.
    pub(super) fn indices(&mut self, indices: impl Iterator<Item = u32>, vertices: usize) -> usize {
        // The largest number of each width is no vertex to glTF.
        let narrow = u16::try_from(vertices).is_ok();
        let mut bytes = Vec::new();
        let mut count = 0_usize;
        for index in indices {
            count += 1;
            if narrow {
                bytes.extend_from_slice(&(index as u16).to_le_bytes());
            } else {
                bytes.extend_from_slice(&index.to_le_bytes());
            }
        }
        let view = self.view(&bytes, Some(Target::Indices));
        let component = if narrow { 5123 } else { 5125 };
        self.accessor(json!({
            "bufferView": view, "componentType": component, "type": "SCALAR", "count": count,
        }))
    }
}
