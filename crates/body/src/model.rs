//! The body model as the cache holds it: base mesh, faces, regions, rig, and by name the shape targets and the items fitted to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use glam::{Vec2, Vec3};

use crate::AssetError;
use crate::archive::Archive;
use crate::import::{self, AssetFolders};
use crate::proxy::Proxy;
use crate::region::Region;
use crate::rig::Rig;

/// Everything a body is computed from; shared by all threads, read only.
#[derive(Debug)]
pub struct BodyModel {
    archive: Archive,
    /// `[19158]`, metres: skin first, then helper geometry for eyes, teeth, tongue, hair and clothes, and the joint cubes.
    pub base: Vec<Vec3>,
    /// Texture coordinates of the skin.
    pub uvs: Vec<Vec2>,
    /// Skin faces: four vertices, then four texture vertices; a triangle repeats its last corner.
    pub quads: Vec<[u32; 8]>,
    /// The skeleton and its skinning weights.
    pub rig: Rig,
    /// The skin's vertices are the first of the base mesh: how many.
    pub skin_vertices: usize,
    /// Region of each of `quads`.
    pub regions: Vec<Region>,
    /// `quads` as triangles.
    pub skin_triangles: Vec<[u32; 3]>,
    /// Items that were asked for; at most those of the pack.
    proxies: Mutex<BTreeMap<String, Arc<Proxy>>>,
}

/// One shape target: `vertex, dx, dy, dz` in 10⁻⁴ m.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a>(&'a [[u8; 8]]);

impl<'a> Target<'a> {
    /// Adds `weight` times the target to `positions` (metres).
    pub fn add(self, positions: &mut [Vec3], weight: f32) {
        for (vertex, delta) in self.entries() {
            if let Some(position) = positions.get_mut(vertex) {
                *position += delta * weight;
            }
        }
    }

    /// Vertices it moves, with their full displacement in metres.
    pub fn entries(self) -> impl Iterator<Item = (usize, Vec3)> + use<'a> {
        self.steps()
            .map(|(vertex, steps)| (vertex, Vec3::from_array(steps.map(|s| f32::from(s) * 1e-4))))
    }

    /// The same as whole numbers, 10⁻⁴ m.
    pub(crate) fn steps(self) -> impl Iterator<Item = (usize, [i16; 3])> + use<'a> {
        self.0.iter().map(|e| {
            let step = |i: usize| i16::from_le_bytes([e[i], e[i + 1]]);
            (
                usize::from(u16::from_le_bytes([e[0], e[1]])),
                [step(2), step(4), step(6)],
            )
        })
    }
}

impl BodyModel {
    /// Opens the cache, converting the packs first when there is none (a second or two, once).
    ///
    /// # Errors
    /// [`AssetError`] naming the file that is missing or malformed.
    pub fn open(assets: &AssetFolders, cache: &Path) -> Result<Self, AssetError> {
        let archive = if let Ok(archive) = Archive::open(cache) {
            archive
        } else {
            import::build_cache(assets, cache)?;
            Archive::open(cache).map_err(|error| AssetError::io(cache, &error))?
        };
        let missing =
            || AssetError::malformed(archive.path(), "a section of the body model is missing");
        let base: Vec<Vec3> = archive
            .f32s("base/positions")
            .ok_or_else(missing)?
            .as_chunks::<3>()
            .0
            .iter()
            .map(|p| Vec3::from_array(*p))
            .collect();
        let uvs = archive
            .f32s("base/uvs")
            .ok_or_else(missing)?
            .as_chunks::<2>()
            .0
            .iter()
            .map(|p| Vec2::from_array(*p))
            .collect();
        let quads: Vec<[u32; 8]> = archive
            .u32s("base/quads")
            .ok_or_else(missing)?
            .as_chunks::<8>()
            .0
            .to_vec();
        let mut rig = Rig::read(&archive, base.len()).ok_or_else(missing)?;
        let skin_triangles: Vec<[u32; 3]> = quads
            .iter()
            .flat_map(|&[a, b, c, d, ..]| {
                std::iter::once([a, b, c]).chain((d != c).then_some([a, c, d]))
            })
            .collect();
        rig.find_centres(&base, &skin_triangles);
        let skin_vertices = quads
            .iter()
            .flat_map(|quad| &quad[..4])
            .max()
            .map_or(0, |&v| v as usize + 1);
        Ok(Self {
            archive,
            regions: Region::of_faces(&rig, &quads),
            base,
            uvs,
            quads,
            rig,
            skin_vertices,
            skin_triangles,
            proxies: Mutex::default(),
        })
    }

    /// The target of that name, e.g. `nose/nose-hump-incr`, `macrodetails/asian-male-old`, `faceunits/jawOpen`.
    pub fn target(&self, name: &str) -> Option<Target<'_>> {
        Some(Target(
            self.archive
                .bytes(&format!("target/{name}"))?
                .as_chunks::<8>()
                .0,
        ))
    }

    /// All target names, sorted.
    pub fn target_names(&self) -> impl Iterator<Item = &str> {
        self.archive
            .names()
            .filter_map(|name| name.strip_prefix("target/"))
    }

    /// A fitted item, e.g. `hair/short02`; read once and shared.
    pub fn proxy(&self, name: &str) -> Option<Arc<Proxy>> {
        let lock = || self.proxies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(name) {
            return Some(Arc::clone(found));
        }
        let read = Arc::new(Proxy::read(&self.archive, name, &self.base)?);
        Some(Arc::clone(lock().entry(name.to_owned()).or_insert(read)))
    }
}
