//! Deterministic damage: small sound files, and many ways to break them. Shared by the test `fuzz` and the example of the same name.
use glam::Vec3;
use serde_json::{Value, json};

use super::{Buffers, TRIANGLE};

/// A reader, by the ending of the files it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Gltf,
    Obj,
    Ply,
    Ies,
    Picture,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Gltf, Self::Obj, Self::Ply, Self::Ies, Self::Picture];

    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Gltf => "gltf",
            Self::Obj => "obj",
            Self::Ply => "ply",
            Self::Ies => "ies",
            Self::Picture => "picture",
        }
    }
}

/// Permuted congruential numbers (O'Neill 2014, XSH-RR 64/32): the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x853c_49e6_748f_ea9b);
        dice.next();
        dice
    }

    pub(crate) fn next(&mut self) -> u32 {
        let state = self.0;
        self.0 = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let mixed = (((state >> 18) ^ state) >> 27) as u32;
        mixed.rotate_right((state >> 59) as u32)
    }

    /// From 0 to `count − 1`; 0 when there is nothing to choose from.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.next()) * count as u64) >> 32) as usize
    }
}

/// Numbers that readers trip over.
const ODD: [&str; 20] = [
    "0",
    "-1",
    "1",
    "2",
    "3",
    "255",
    "256",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "-9223372036854775808",
    "1e38",
    "1e39",
    "-1e308",
    "0.5",
    "nan",
    "1e-40",
];

/// Damages a file in one to four ways.
pub(crate) fn mutate(kind: Kind, seed: &[u8], others: &[&[u8]], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        bytes = match (kind, dice.below(8)) {
            (Kind::Gltf, 0..5) => {
                in_json(&bytes, dice).unwrap_or_else(|| in_bytes(bytes, others, dice))
            }
            (Kind::Obj | Kind::Ply | Kind::Ies, 0..4) => in_words(&bytes, dice),
            _ => in_bytes(bytes, others, dice),
        };
    }
    bytes
}

fn in_bytes(mut bytes: Vec<u8>, others: &[&[u8]], dice: &mut Dice) -> Vec<u8> {
    let at = dice.below(bytes.len());
    match dice.below(7) {
        0 => bytes.truncate(at),
        1 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
        2 if !bytes.is_empty() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)],
        3 => {
            // Four bytes at once, as counts and offsets are stored.
            let word = [0_u32, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, 0x7fc0_0000][dice.below(6)];
            for (byte, new) in bytes.iter_mut().skip(at).zip(word.to_le_bytes()) {
                *byte = new;
            }
        }
        4 => {
            let end = (at + 1 + dice.below(16)).min(bytes.len());
            bytes.drain(at..end);
        }
        5 => {
            let end = (at + 1 + dice.below(16)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            let to = dice.below(bytes.len() + 1);
            bytes.splice(to..to, piece);
        }
        _ => {
            // The end of another file.
            if let Some(other) = others.get(dice.below(others.len())) {
                bytes.truncate(at);
                bytes.extend_from_slice(&other[dice.below(other.len())..]);
            }
        }
    }
    bytes
}

/// Replaces, doubles or removes a word.
fn in_words(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let starts: Vec<usize> = (0..bytes.len())
        .filter(|&k| {
            !bytes[k].is_ascii_whitespace() && (k == 0 || bytes[k - 1].is_ascii_whitespace())
        })
        .collect();
    if starts.is_empty() {
        return bytes.to_vec();
    }
    let pick = |dice: &mut Dice| {
        let start = starts[dice.below(starts.len())];
        let length = bytes[start..].iter().position(u8::is_ascii_whitespace);
        start..length.map_or(bytes.len(), |length| start + length)
    };
    let word = pick(dice);
    let new = match dice.below(4) {
        0 => Vec::new(),
        1 => bytes[pick(dice)].to_vec(),
        _ => ODD[dice.below(ODD.len())].as_bytes().to_vec(),
    };
    [&bytes[..word.start], &new, &bytes[word.end..]].concat()
}

/// Changes a value of the JSON of a GLB file and puts the file together again.
fn in_json(bytes: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let size = u32::from_le_bytes(bytes.get(12..16)?.try_into().ok()?) as usize;
    let text = bytes.get(20..)?.get(..size)?;
    let binary = bytes.get(28 + size..).unwrap_or_default();
    let mut root: Value = serde_json::from_slice(text).ok()?;
    let mut pointers = Vec::new();
    paths(&root, String::new(), &mut pointers);
    let donor = root.pointer(&pointers[dice.below(pointers.len())])?.clone();
    let place = root.pointer_mut(&pointers[dice.below(pointers.len())])?;
    *place = match (dice.below(6), &*place) {
        (0, _) => donor,
        (1, _) => Value::Null,
        (2, Value::Array(list)) => {
            let mut list = list.clone();
            if let Some(entry) = list.get(dice.below(list.len())).cloned() {
                list.push(entry);
            }
            Value::Array(list)
        }
        (3, Value::Array(list)) => {
            let mut list = list.clone();
            list.truncate(dice.below(list.len() + 1));
            Value::Array(list)
        }
        (4, Value::Object(members)) => {
            let mut members = members.clone();
            if let Some(name) = members.keys().nth(dice.below(members.len())).cloned() {
                members.remove(&name);
            }
            Value::Object(members)
        }
        // Small numbers are the likeliest to name something.
        (5, _) => json!(dice.below(8)),
        _ => serde_json::from_str(ODD[dice.below(ODD.len())]).unwrap_or(json!("nan")),
    };
    Some(super::glb(&root, binary))
}

fn paths(value: &Value, here: String, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                paths(
                    member,
                    format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")),
                    out,
                );
            }
        }
        Value::Array(list) => {
            for (index, entry) in list.iter().enumerate() {
                paths(entry, format!("{here}/{index}"), out);
            }
        }
        _ => {}
    }
    out.push(here);
}

/// Sound files to start from.
pub(crate) fn seeds(kind: Kind) -> Vec<Vec<u8>> {
    match kind {
        Kind::Gltf => vec![rich_gltf(), skinned_gltf()],
        Kind::Obj => vec![
            b"mtllib m.mtl\no a\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv .5 .5 1\nvt 0 0\nvt 1 1\nvn 0 0 1\nusemtl m\nf 1/1/1 2/2/1 3/1/1 4/2/1\ns 1\ng b\nf -1 -2 \\\n -3\nf 1 2 5 3 4\n".to_vec(),
        ],
        Kind::Ply => vec![
            b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nproperty float s\nproperty float t\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0 0 0\n1 0 0 1 0\n0 1 0 0 1\n3 0 1 2\n".to_vec(),
            binary_ply(),
        ],
        Kind::Ies => vec![
            b"IESNA:LM-63-2002\r\nTILT=NONE\r\n1 1000 2.0 3 2 1 2 0.1 0.1 0\r\n0.5 1 20\r\n0 45 90\r\n0 90\r\n100, 50 0\r\n100 80 20\r\n".to_vec(),
            b"TILT=INCLUDE\n1\n2\n0 90\n1 0.9\n1 -1 1 1 5 1 1 0 0 0 1 1 1\n0\n90 135 180 225 270\n10 11 12 13 14\n".to_vec(),
            b"TILT=NONE\n1 1 1 2 3 1 1 0 0 0 1 1 1\n0 180\n0 120 240\n1 2 3 4 5 6\n".to_vec(),
        ],
        Kind::Picture => pictures(),
    }
}

/// Files that were interesting once.
pub(crate) fn corpus() -> Vec<(Kind, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let ending = path.extension()?.to_str()?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.ending() == ending)?;
        Some((kind, std::fs::read(path).expect("readable")))
    };
    paths.iter().filter_map(read).collect()
}

/// Files that seeds name.
pub(crate) fn beside() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "m.mtl",
            b"newmtl m\nKd .1 .2 .3\nNs 10\nd .5\nmap_Kd -s 1 1 1 t.png\nmap_Bump -bm 2 t.png\n"
                .to_vec(),
        ),
        ("t.png", scene::write::png_rgb8(2, 2, &[9; 12])),
    ]
}

fn binary_ply() -> Vec<u8> {
    let mut file = b"ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nelement face 1\nproperty list uchar ushort vertex_index\nend_header\n".to_vec();
    file.extend(TRIANGLE.iter().flat_map(|value| value.to_le_bytes()));
    file.extend([3, 0, 0, 1, 0, 2, 0]);
    file
}

fn pictures() -> Vec<Vec<u8>> {
    let plane: Vec<f32> = (0..64).map(|i| i as f32 * 0.1).collect();
    let planes: [(&str, &[f32]); 3] = [("R", &plane), ("G", &plane), ("B", &plane)];
    let texels: Vec<[f32; 3]> = (0..64).map(|i| [i as f32; 3]).collect();
    vec![
        scene::write::png_rgb8(8, 8, &(0..192).collect::<Vec<u8>>()),
        scene::write::png_rgba8(4, 4, &(0..64).collect::<Vec<u8>>()),
        scene::write::png_grey16(8, 8, &[900; 64]),
        scene::write::jpeg_rgb8(16, 8, &(0..=255).cycle().take(384).collect::<Vec<u8>>(), 80).unwrap_or_default(),
        scene::write::exr_layers(8, 8, &planes),
        scene::write::exr_half_rgb(8, 8, &texels),
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 8\n\x02\x02\x00\x08\x88\x40\x88\x40\x88\x40\x88\x81\x02\x02\x00\x08\x88\x40\x88\x40\x88\x40\x88\x81".to_vec(),
    ]
}

/// Textures, extensions, morph targets, lights, a camera, and what only our own files hold.
fn rich_gltf() -> Vec<u8> {
    let mut buffers = Buffers::default();
    let position = buffers.floats("VEC3", 3, &TRIANGLE);
    let uv = buffers.floats("VEC2", 2, &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let radius = buffers.floats("SCALAR", 1, &[0.1; 3]);
    let indices = buffers.shorts("SCALAR", 1, &[0, 1, 2, 2, 1, 0]);
    let lines = buffers.shorts("SCALAR", 1, &[0, 1, 1, 2]);
    let picture = buffers.view(&scene::write::png_rgba8(2, 2, &[99; 16]));
    let sky = buffers.view(&scene::write::exr_half_rgb(2, 1, &[[1.0; 3]; 2]));
    let sparse = buffers.view(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    buffers.accessors[0]["sparse"] = json!({
        "count": 1,
        "indices": {"bufferView": indices, "componentType": 5123},
        "values": {"bufferView": sparse},
    });
    let texture = json!({"index": 0, "extensions": {"KHR_texture_transform": {"scale": [2, 2], "rotation": 0.5}}});
    buffers.glb(json!({
        "scene": 0,
        "scenes": [{"nodes": [0, 2, 3, 4, 5], "extras": {"populace": {
            "environment": {"buffer_view": sky, "scale": 1.0, "world_from_environment": [0, 0, 0, 1], "portals": [[[0, 0, 0], [1, 0, 0], [0, 1, 0]]]},
            "fog": {"extinction_per_m": 0.1, "albedo": [1, 1, 1], "forward": 0.0, "low": [0, 0, 0], "high": [1, 1, 1]},
        }}}],
        "nodes": [
            {"children": [1], "rotation": [0, 0.7, 0, 0.7], "scale": [1, 2, 1]},
            {"mesh": 0, "weights": [0.5], "extras": {"populace": {"instance": 3, "parts": [[2, 2]]}}},
            {"camera": 0, "translation": [0, 0, 3]},
            {"extensions": {"KHR_lights_punctual": {"light": 0}}, "extras": {"populace": {"light": {"radius_m": 0.1, "half_angle": 0.5}}}},
            {"mesh": 1, "extras": {"populace": {"parts": [[13, 1]]}}},
            {"mesh": 2, "extras": {"populace": {"area_light_visible": true}}},
        ],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": position, "TEXCOORD_0": uv}, "indices": indices, "material": 0, "targets": [{"POSITION": position}]}], "weights": [1.0]},
            {"primitives": [{"attributes": {"POSITION": position, "_RADIUS": radius}, "indices": lines, "mode": 1}]},
            {"primitives": [{"attributes": {"POSITION": position}, "material": 0}]},
        ],
        "materials": [{
            "pbrMetallicRoughness": {"baseColorTexture": texture, "metallicRoughnessTexture": texture},
            "normalTexture": texture, "emissiveFactor": [1, 1, 1], "alphaMode": "MASK", "alphaCutoff": 0.3,
            "extensions": {
                "KHR_materials_emissive_strength": {"emissiveStrength": 5},
                "KHR_materials_clearcoat": {"clearcoatFactor": 1, "clearcoatTexture": {"index": 0}},
                "KHR_materials_transmission": {"transmissionFactor": 0.7},
                "KHR_materials_volume": {"thicknessFactor": 1, "attenuationDistance": 2, "attenuationColor": [0.5, 1, 1]},
                "KHR_materials_anisotropy": {"anisotropyStrength": 0.5},
            },
            "extras": {"populace": {"alpha_threshold": 0.5, "interior": {"skin": {"radius_m": [1, 1, 1]}}, "bump": [0, 0.1]}},
        }],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"wrapS": 33071}],
        "images": [{"bufferView": picture}],
        "cameras": [{"type": "perspective", "perspective": {"yfov": 0.5, "aspectRatio": 1.5}, "extras": {"populace": {
            "width_px": 6, "height_px": 4, "focal_px": [7.8, 7.8], "principal_px": [3, 2], "aperture_radius_m": 0.0, "focus_distance_m": 1.0, "exposure_ev": 0.0,
        }}}],
        "extensions": {"KHR_lights_punctual": {"lights": [{"type": "spot", "color": [1, 1, 1], "intensity": 2, "spot": {"outerConeAngle": 0.5}}]}},
    }))
}

fn skinned_gltf() -> Vec<u8> {
    let mut buffers = Buffers::default();
    let position = buffers.floats("VEC3", 3, &TRIANGLE);
    let joints = buffers.shorts("VEC4", 4, &[0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]);
    let weights = buffers.floats(
        "VEC4",
        4,
        &[0.5, 0.5, 0., 0., 1., 0., 0., 0., 1., 1., 0., 0.],
    );
    let mut identity = [0.0_f32; 32];
    for k in 0..4 {
        identity[5 * k] = 1.0;
        identity[16 + 5 * k] = 1.0;
    }
    let binds = buffers.floats("MAT4", 16, &identity);
    buffers.glb(json!({
        "nodes": [{"mesh": 0, "skin": 0}, {"children": [2], "translation": [0, 0, 1]}, {"matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 3, 1]}],
        "skins": [{"joints": [1, 2], "inverseBindMatrices": binds}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": position, "JOINTS_0": joints, "WEIGHTS_0": weights}, "mode": 5}]}],
    }))
}

/// Lets the reader of a kind at some bytes. Whatever it makes of them must be sound: this panics where it is not.
pub(crate) fn check(kind: Kind, bytes: &[u8]) {
    use scene::file::{self, Beside, Extent, Format};
    use scene::read::{self, Meaning};
    let format = match kind {
        Kind::Gltf => Format::Gltf,
        Kind::Obj => Format::Obj,
        Kind::Ply => Format::Ply,
        Kind::Ies => {
            match read::ies_from_bytes(bytes) {
                Ok(lamp) => {
                    assert!(lamp.greatest_cd.is_finite() && lamp.greatest_cd > 0.0);
                    for direction in [Vec3::X, Vec3::NEG_Y, Vec3::Z, Vec3::new(0.6, 0.0, -0.8)] {
                        let share = lamp.profile.towards(direction);
                        assert!((0.0..=1.0).contains(&share), "{share}");
                    }
                }
                Err(error) => sentence(&error.to_string()),
            }
            return;
        }
        Kind::Picture => {
            for meaning in [Meaning::Colour, Meaning::Data] {
                match read::texture_from_bytes(bytes, meaning) {
                    Ok(texture) => {
                        let sampled = texture.sample_linear(0.3, 0.7);
                        assert!(sampled.iter().all(|value| value.is_finite()));
                    }
                    Err(error) => sentence(&error.to_string()),
                }
            }
            drop(read::exr_channels(bytes));
            drop(read::jpeg_rgb8(bytes));
            drop(read::png_grey16(bytes));
            return;
        }
    };
    let files = beside();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (*name, &bytes[..]))
        .collect();
    match file::from_bytes(bytes, format, Beside::Memory(&files), small_limits()) {
        Err(error) => sentence(&error.to_string()),
        Ok(model) => {
            assert!(model.notes.len() <= 20);
            for note in &model.notes {
                sentence(note);
            }
            let scene = model.into_scene(Extent::LongerSide(16), None);
            for object in &scene.objects {
                let mesh = &*object.mesh;
                let count = mesh.positions.len();
                assert!(mesh.normals.len() == count && mesh.uvs.len() == count);
                assert_eq!(mesh.parts.len(), mesh.triangles.len());
                assert!(
                    mesh.triangles
                        .iter()
                        .flatten()
                        .all(|&corner| (corner as usize) < count)
                );
                assert!(
                    mesh.positions
                        .iter()
                        .chain(&mesh.normals)
                        .all(|vector| vector.is_finite())
                );
                assert!((object.material.0 as usize) < scene.materials.len());
            }
            for fibres in &scene.fibres {
                let strands = &*fibres.strands;
                assert_eq!(
                    strands.first.last().map(|&last| last as usize),
                    Some(strands.points.len())
                );
                assert!(strands.first.windows(2).all(|span| span[0] + 2 <= span[1]));
            }
            // What was read can be written.
            assert!(file::glb(&scene).is_ok());
        }
    }
}

/// Small, so that memory and time show whether they hold.
fn small_limits() -> scene::file::Limits {
    scene::file::Limits {
        vertices: 1 << 16,
        triangles: 1 << 16,
        texture_bytes: 1 << 24,
        decoded: 1 << 20,
    }
}

/// What the reader of a kind says of some bytes: a sentence, or what it noted and found.
pub(crate) fn answer(kind: Kind, bytes: &[u8]) -> String {
    use scene::file::{self, Beside, Format};
    let format = match kind {
        Kind::Gltf => Format::Gltf,
        Kind::Obj => Format::Obj,
        Kind::Ply => Format::Ply,
        Kind::Ies => {
            return match scene::read::ies_from_bytes(bytes) {
                Ok(_) => "read".to_owned(),
                Err(error) => error.to_string(),
            };
        }
        Kind::Picture => {
            return match scene::read::texture_from_bytes(bytes, scene::read::Meaning::Colour) {
                Ok(_) => "read".to_owned(),
                Err(error) => error.to_string(),
            };
        }
    };
    let files = beside();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (*name, &bytes[..]))
        .collect();
    match file::from_bytes(bytes, format, Beside::Memory(&files), small_limits()) {
        Ok(model) => format!("read {:?} {}", model.notes, model.objects.len().min(3)),
        Err(error) => error.to_string(),
    }
}

/// A message is one sentence: short, on one line, without a final stop.
fn sentence(text: &str) {
    assert!(
        text.len() < 1000 && !text.contains('\n') && !text.ends_with('.'),
        "{text}"
    );
}
