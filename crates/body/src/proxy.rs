//! Items fitted to the body: eyes, teeth, hair, brows, lashes, clothes.
//!
//! MakeHuman fits an item vertex by vertex: `Σ wᵢ·base[rᵢ] + scale ⊙ offset`, where the offset was modelled on the unshaped base
//! mesh and grows with the head or body. Fitted on the *rest* pose and then skinned with the weights of the vertices it rides on, so that
//! long offsets (hair) turn with the head.

use std::sync::OnceLock;

use glam::{Vec2, Vec3};

use crate::archive::Archive;
use crate::region::Region;
use crate::rig::{Posed, Rig};
use crate::subdivision::Subdivision;

/// One item of the pack, with all about it that no person changes.
#[derive(Debug)]
pub struct Proxy {
    /// Item name, e.g. `hair/short02`.
    pub name: String,
    references: Vec<[u32; 3]>,
    weights: Vec<[f32; 3]>,
    offsets: Vec<Vec3>,
    /// Texture coordinates.
    pub uvs: Vec<Vec2>,
    /// Four vertices, then four texture vertices.
    pub quads: Vec<[u32; 8]>,
    /// Skin vertices the item covers: faces made of these alone are removed.
    pub hides: Vec<u32>,
    /// Extent of the referenced vertices on the unshaped base mesh, metres per axis.
    reference_extent: Vec3,
    plain: OnceLock<Subdivision>,
    refined: OnceLock<Subdivision>,
}

impl Proxy {
    pub(crate) fn read(archive: &Archive, name: &str, base: &[Vec3]) -> Option<Self> {
        let section = |part: &str| format!("proxy/{name}/{part}");
        let references = archive
            .u32s(&section("references"))?
            .as_chunks::<3>()
            .0
            .to_vec();
        if references
            .iter()
            .flatten()
            .any(|&v| v as usize >= base.len())
        {
            return None;
        }
        let threes = |part: &str| {
            archive
                .f32s(&section(part))
                .map(|values| values.as_chunks::<3>().0.to_vec())
        };
        let reference_extent = extent(&references, base);
        Some(Self {
            name: name.to_owned(),
            references,
            weights: threes("weights")?,
            offsets: threes("offsets")?
                .into_iter()
                .map(Vec3::from_array)
                .collect(),
            uvs: archive
                .f32s(&section("uvs"))?
                .as_chunks::<2>()
                .0
                .iter()
                .map(|uv| Vec2::from_array(*uv))
                .collect(),
            quads: archive.u32s(&section("quads"))?.as_chunks::<8>().0.to_vec(),
            hides: archive.u32s(&section("delete"))?,
            reference_extent,
            plain: OnceLock::new(),
            refined: OnceLock::new(),
        })
    }

    /// Its faces as they are.
    pub fn plain(&self) -> &Subdivision {
        self.plain.get_or_init(|| self.subdivision(0))
    }

    /// Its faces refined once.
    pub fn refined(&self) -> &Subdivision {
        self.refined.get_or_init(|| self.subdivision(1))
    }

    fn subdivision(&self, levels: u32) -> Subdivision {
        Subdivision::new(&self.quads, &self.uvs, self.references.len(), levels)
    }

    /// Positions on a body in rest pose, metres. `rest` may wear an expression; offsets are scaled by the size of the `neutral` body, or an
    /// open jaw would blow up the gums.
    pub fn fit(&self, rest: &[Vec3], neutral: &[Vec3]) -> Vec<Vec3> {
        let now = extent(&self.references, neutral);
        let scale = Vec3::select(
            self.reference_extent.cmpgt(Vec3::splat(1e-4)),
            now / self.reference_extent,
            Vec3::ONE,
        );
        self.references
            .iter()
            .zip(&self.weights)
            .zip(&self.offsets)
            .map(|((r, w), &offset)| {
                (0..3).map(|i| rest[r[i] as usize] * w[i]).sum::<Vec3>() + offset * scale
            })
            .collect()
    }

    /// Which part of the body each vertex goes with: that of the bone which moves it most.
    pub fn regions(&self, rig: &Rig) -> Vec<Region> {
        let of_bone: Vec<Region> = rig.names().into_iter().map(Region::of_bone).collect();
        let of_vertex = |(riding, weights): (&[u32; 3], &[f32; 3])| {
            let mut shares: Vec<(u32, f32)> = Vec::new();
            for (&v, w) in riding.iter().zip(weights) {
                for &(bone, share) in rig.influences(v) {
                    let share = share * w.abs();
                    match shares.iter_mut().find(|(b, _)| *b == bone) {
                        Some((_, sum)) => *sum += share,
                        None => shares.push((bone, share)),
                    }
                }
            }
            let most = shares.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
            most.map_or(Region::Trunk, |(bone, _)| of_bone[bone as usize])
        };
        self.references
            .iter()
            .zip(&self.weights)
            .map(of_vertex)
            .collect()
    }

    /// Carries fitted positions along with the skeleton.
    pub fn skin(&self, rig: &Rig, posed: &Posed, fitted: &[Vec3]) -> Vec<Vec3> {
        let mut influences: Vec<(u32, f32)> = Vec::new();
        self.references
            .iter()
            .zip(&self.weights)
            .zip(fitted)
            .map(|((r, w), &position)| {
                influences.clear();
                // A weight far from the vertex's triangle may be negative: bones want none below zero.
                let total: f32 = w.iter().map(|w| w.abs()).sum();
                for i in 0..3 {
                    influences.extend(
                        rig.influences(r[i])
                            .iter()
                            .map(|&(bone, weight)| (bone, weight * w[i].abs() / total.max(1e-6))),
                    );
                }
                let sum: f32 = influences.iter().map(|(_, weight)| weight).sum();
                if sum <= 1e-6 {
                    return position;
                }
                for influence in &mut influences {
                    influence.1 /= sum;
                }
                let mut centre = (Vec3::ZERO, 0.0);
                for i in 0..3 {
                    if let Some(of) = rig.centre(posed, r[i]) {
                        centre.0 += of * w[i].abs();
                        centre.1 += w[i].abs();
                    }
                }
                let centre = (centre.1 > 1e-6).then(|| centre.0 / centre.1);
                posed.carry(&influences, centre, position)
            })
            .collect()
    }
}

fn extent(references: &[[u32; 3]], positions: &[Vec3]) -> Vec3 {
    let (low, high) =
        references
            .iter()
            .flatten()
            .fold((Vec3::MAX, Vec3::MIN), |(low, high), &v| {
                (
                    low.min(positions[v as usize]),
                    high.max(positions[v as usize]),
                )
            });
    if references.is_empty() {
        Vec3::ZERO
    } else {
        high - low
    }
}
