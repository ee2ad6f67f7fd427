//! Small scene files for tests, made here so that every byte is known.
#![allow(dead_code, reason = "each test that includes this uses a part of it")]
pub(crate) mod mutate;

use serde_json::{Value, json};

/// A GLB file from its JSON and binary chunk.
pub(crate) fn glb(json: &Value, binary: &[u8]) -> Vec<u8> {
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let mut binary = binary.to_vec();
    binary.resize(binary.len().next_multiple_of(4), 0);
    let mut file = b"glTF\x02\0\0\0".to_vec();
    let chunks = [(text, *b"JSON"), (binary, *b"BIN\0")];
    let length: usize = 12 + chunks.iter().map(|(data, _)| 8 + data.len()).sum::<usize>();
    file.extend((length as u32).to_le_bytes());
    for (data, kind) in chunks {
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(kind);
        file.extend(data);
    }
    file
}

/// Collects buffer views and accessors of a glTF file.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(crate) binary: Vec<u8>,
    pub(crate) views: Vec<Value>,
    pub(crate) accessors: Vec<Value>,
}

impl Buffers {
    pub(crate) fn view(&mut self, bytes: &[u8]) -> usize {
        self.binary.resize(self.binary.len().next_multiple_of(4), 0);
        self.views
            .push(json!({"buffer": 0, "byteOffset": self.binary.len(), "byteLength": bytes.len()}));
        self.binary.extend(bytes);
        self.views.len() - 1
    }

    pub(crate) fn floats(&mut self, kind: &str, width: usize, values: &[f32]) -> usize {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let view = self.view(&bytes);
        self.accessor(view, 5126, kind, values.len() / width)
    }

    pub(crate) fn shorts(&mut self, kind: &str, width: usize, values: &[u16]) -> usize {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let view = self.view(&bytes);
        self.accessor(view, 5123, kind, values.len() / width)
    }

    pub(crate) fn accessor(
        &mut self,
        view: usize,
        component: u32,
        kind: &str,
        count: usize,
    ) -> usize {
        self.accessors.push(
            json!({"bufferView": view, "componentType": component, "type": kind, "count": count}),
        );
        self.accessors.len() - 1
    }

    /// The file, with `rest` around the buffers.
    pub(crate) fn glb(&self, rest: Value) -> Vec<u8> {
        let Value::Object(mut root) = rest else {
            panic!("an object");
        };
        root.insert("asset".to_owned(), json!({"version": "2.0"}));
        root.insert(
            "buffers".to_owned(),
            json!([{"byteLength": self.binary.len()}]),
        );
        root.insert("bufferViews".to_owned(), json!(self.views));
        root.insert("accessors".to_owned(), json!(self.accessors));
        glb(&Value::Object(root), &self.binary)
    }
}

/// One triangle in the plane z = 0 with the right angle at the origin.
pub(crate) const TRIANGLE: [f32; 9] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
