//! The model cut into tiles of [`TILE`] vertices, and bodies that pass over them.

use std::ops::Range;

use glam::{Affine3A, Vec3};

use super::lanes::{Lanes, Sixteen, Steps, TILE, Weight, place};
use super::level::{Level, Task};
use super::{BatchError, TargetId};
use crate::{BodyModel, Target};

/// A tile is skinned by halves.
const HALVES: usize = TILE / 16;

/// A target that moves more than this share of the tiles counts as moving all of them, with nothing where it does nothing.
const WIDE_SHARE: f32 = 0.6;

/// Tiles over which a body passes before the next one comes: their blocks stay in the second cache, its weights and bones in the first.
const NEAR: usize = 4;

/// The block that moves nothing.
const NOTHING: u32 = 0;

/// What one target does to one tile: `x`, `y`, `z`.
type Block = [Steps; 3];

#[derive(Debug, Clone)]
struct Tile {
    /// `x`, `y`, `z` of each half on the unshaped mesh, metres.
    base: [[Sixteen; HALVES]; 3],
    /// The block of each wide target.
    wide: Vec<u32>,
    /// The other targets that move it, and their blocks.
    local: Vec<(u16, u32)>,
    /// Bones and their weights on each half.
    bones: [Vec<(u32, Sixteen)>; HALVES],
}

/// Two targets, or blocks, and the pairs of their weights' halves.
#[derive(Debug, Clone, Copy, Default)]
struct Two {
    numbers: [u32; 2],
    high: i32,
    low: i32,
}

impl Two {
    #[inline(always)]
    fn new([a, b]: [(u32, Weight); 2]) -> Self {
        let [high, low] = Weight::pairs(a.1, b.1);
        Self {
            numbers: [a.0, b.0],
            high,
            low,
        }
    }
}

#[derive(Debug)]
pub(super) struct Tiles {
    all: Vec<Tile>,
    blocks: Vec<Block>,
    /// Numbers of the targets that move many tiles.
    wide: Vec<u16>,
    /// The most steps that each target moves anything along an axis.
    farthest: Vec<i64>,
    most_local: usize,
}

/// A body that passes over the tiles.
#[derive(Debug, Clone)]
pub(super) struct Passing {
    /// By target.
    weights: Vec<Weight>,
    /// Its wide targets, two by two.
    wide: Vec<Two>,
    /// Rows `r₀ r₁ r₂ t` of each bone's transform; the last one is of what no bone moves.
    bones: Vec<[[f32; 4]; 3]>,
}

impl Tiles {
    pub(super) fn new(model: &BodyModel, targets: &[Target<'_>], vertices: &[u32]) -> Self {
        let count = vertices.len().div_ceil(TILE);
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); model.base.len()];
        for (&v, at) in vertices.iter().zip(0..) {
            places[v as usize].push(at);
        }
        let farthest = targets
            .iter()
            .map(|target| {
                let most = |steps: [i16; 3]| steps.map(|s| i64::from(s).abs()).into_iter().max();
                target
                    .steps()
                    .filter_map(|(_, s)| most(s))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        // By tile: targets and what they do.
        let mut found: Vec<Vec<(u16, Block)>> = vec![Vec::new(); count];
        for (target, number) in targets.iter().zip(0_u16..) {
            for (vertex, delta) in target.steps() {
                for &at in places.get(vertex).map_or(&[][..], Vec::as_slice) {
                    let (tile, lane) = (at as usize / TILE, place(at as usize % TILE));
                    let list = &mut found[tile];
                    if list.last().is_none_or(|(last, _)| *last != number) {
                        list.push((number, [Steps([0; TILE]); 3]));
                    }
                    if let Some((_, block)) = list.last_mut() {
                        for (steps, delta) in block.iter_mut().zip(delta) {
                            let to = &mut steps.0[lane];
                            *to = to.saturating_add(delta);
                        }
                    }
                }
            }
        }
        let mut moved = vec![0_usize; targets.len()];
        for (target, _) in found.iter().flatten() {
            moved[usize::from(*target)] += 1;
        }
        let wide: Vec<u16> = (0_u16..)
            .zip(&moved)
            .filter(|(_, tiles)| **tiles as f32 > WIDE_SHARE * count as f32)
            .map(|(target, _)| target)
            .collect();
        let mut blocks = Vec::with_capacity(1 + found.iter().map(Vec::len).sum::<usize>());
        blocks.push([Steps([0; TILE]); 3]);
        let tiles = found
            .iter()
            .zip(vertices.chunks(TILE))
            .map(|(list, vertices)| {
                let mut tile = Tile::new(model, vertices, wide.len());
                for &(target, block) in list {
                    match wide.binary_search(&target) {
                        Ok(at) => tile.wide[at] = blocks.len() as u32,
                        Err(_) => tile.local.push((target, blocks.len() as u32)),
                    }
                    blocks.push(block);
                }
                tile
            })
            .collect::<Vec<Tile>>();
        let most_local = tiles.iter().map(|tile| tile.local.len()).max().unwrap_or(0);
        Self {
            all: tiles,
            blocks,
            wide,
            farthest,
            most_local,
        }
    }

    /// Weights by target.
    pub(super) fn weights(&self, list: &[(TargetId, f32)]) -> Vec<f32> {
        let mut weights = vec![0.0; self.farthest.len()];
        for &(TargetId(target), weight) in list {
            weights[usize::from(target)] += weight;
        }
        weights
    }

    /// # Errors
    /// [`BatchError`] for weights beyond the range of the sums.
    pub(super) fn passing(
        &self,
        weights: &[f32],
        bones: &[Affine3A],
    ) -> Result<Passing, BatchError> {
        // What the sums of the high and of the low halves may come to, were everything to add up.
        let mut most = [0_i64; 2];
        let mut found = Vec::with_capacity(weights.len());
        for (&weight, &farthest) in weights.iter().zip(&self.farthest) {
            if weight == 0.0 {
                found.push(Weight::ZERO);
                continue;
            }
            let weight = Weight::new(weight).ok_or(BatchError::Weight)?;
            for (most, half) in most.iter_mut().zip(weight.halves()) {
                *most += farthest * i64::from(half).abs();
            }
            found.push(weight);
        }
        if most.into_iter().any(|most| most > i64::from(i32::MAX)) {
            return Err(BatchError::Weight);
        }
        let wide: Vec<(u32, Weight)> = (0..)
            .zip(&self.wide)
            .map(|(place, &target)| (place, found[usize::from(target)]))
            .filter(|(_, weight)| *weight != Weight::ZERO)
            .collect();
        let wide = wide
            .chunks(2)
            .map(|two| Two::new([two[0], two.get(1).copied().unwrap_or_default()]))
            .collect();
        let rows = |bone: &Affine3A| {
            let (m, t) = (bone.matrix3.transpose(), bone.translation.to_array());
            let row = |axis: usize| {
                let [a, b, c] = m.col(axis).to_array();
                [a, b, c, t[axis]]
            };
            std::array::from_fn(row)
        };
        Ok(Passing {
            weights: found,
            wide,
            bones: bones.iter().map(rows).collect(),
        })
    }

    /// Shapes and skins some tiles of all bodies; `out` has for each body the part that these tiles cover.
    pub(super) fn pass(
        &self,
        level: Level,
        tiles: Range<usize>,
        bodies: &[&Passing],
        out: &mut [&mut [Vec3]],
    ) {
        // One more than there can be, so that what does not count has a place to be overwritten, and one that makes the last pair whole.
        let mut chosen = vec![(NOTHING, Weight::ZERO); self.most_local + 2];
        // Targets that no body of the batch has are not asked for again and again.
        let mut asked = vec![false; self.farthest.len()];
        for body in bodies {
            for (asked, weight) in asked.iter_mut().zip(&body.weights) {
                *asked |= *weight != Weight::ZERO;
            }
        }
        let asked = |tile: &Tile| {
            let local = tile.local.iter().copied();
            local
                .filter(|(target, _)| asked[usize::from(*target)])
                .collect()
        };
        let tiles = self.all.get(tiles.start..tiles.end.min(self.all.len()));
        for (at, tiles) in tiles.unwrap_or_default().chunks(NEAR).enumerate() {
            let local: Vec<Vec<(u16, u32)>> = tiles.iter().map(asked).collect();
            level.run(Pass {
                tiles,
                local: &local,
                blocks: &self.blocks,
                bodies,
                chosen: &mut chosen,
                out,
                first: at * NEAR * TILE,
            });
        }
    }
}

impl Tile {
    fn new(model: &BodyModel, vertices: &[u32], wide: usize) -> Self {
        let mut tile = Self {
            base: [[Sixteen::ZERO; HALVES]; 3],
            wide: vec![NOTHING; wide],
            local: Vec::new(),
            bones: Default::default(),
        };
        let no_bone = [(model.rig.bone_count() as u32, 1.0)];
        for (place, &v) in vertices.iter().enumerate() {
            let (half, lane) = (place / 16, place % 16);
            for (axis, value) in model.base[v as usize].to_array().into_iter().enumerate() {
                tile.base[axis][half].0[lane] = value;
            }
            let mut influences = model.rig.influences(v);
            if influences.is_empty() {
                influences = &no_bone;
            }
            for &(bone, weight) in influences {
                let bones = &mut tile.bones[half];
                let at = bones
                    .binary_search_by_key(&bone, |(b, _)| *b)
                    .unwrap_or_else(|at| {
                        bones.insert(at, (bone, Sixteen::ZERO));
                        at
                    });
                bones[at].1.0[lane] += weight;
            }
        }
        tile
    }
}

/// All bodies of a batch over some tiles.
struct Pass<'a, 'b> {
    tiles: &'a [Tile],
    /// Of each tile's local targets, those that some body has.
    local: &'a [Vec<(u16, u32)>],
    blocks: &'a [Block],
    bodies: &'a [&'a Passing],
    /// The local blocks of the body at hand; longer than they can be.
    chosen: &'a mut [(u32, Weight)],
    out: &'a mut [&'b mut [Vec3]],
    /// Where in `out` the first tile begins.
    first: usize,
}

impl Task for Pass<'_, '_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        for (body, out) in self.bodies.iter().zip(self.out.iter_mut()) {
            let out = out[self.first..].chunks_mut(TILE);
            for ((tile, local), out) in self.tiles.iter().zip(self.local).zip(out) {
                let count = choose(local, &body.weights, self.chosen);
                let local = self.chosen[..count].as_chunks::<2>().0;
                let shaped = shape::<L>(tile, self.blocks, &body.wide, local);
                for (half, out) in out.chunks_mut(16).enumerate() {
                    let rest = [shaped[0][half], shaped[1][half], shaped[2][half]];
                    skin::<L>(&tile.bones[half], &body.bones, rest, out);
                }
            }
        }
    }
}

/// The tile's local blocks that count, into `chosen`; how many, made even. Written without branches: which ones count is anyone's guess.
#[inline(always)]
fn choose(local: &[(u16, u32)], weights: &[Weight], chosen: &mut [(u32, Weight)]) -> usize {
    let mut count = 0;
    for &(target, block) in local {
        let weight = weights[usize::from(target)];
        chosen[count] = (block, weight);
        count += usize::from(weight != Weight::ZERO);
    }
    chosen[count] = (NOTHING, Weight::ZERO);
    count.next_multiple_of(2)
}

/// `base + Σ wᵢ dᵢ`, by axis and half.
#[inline(always)]
fn shape<L: Lanes>(
    tile: &Tile,
    blocks: &[Block],
    wide: &[Two],
    local: &[[(u32, Weight); 2]],
) -> [[L; HALVES]; 3] {
    let mut sums = [L::nothing(); 3];
    if L::HOLDS_ALL {
        sum::<L, 3>(&mut sums, 0, tile, blocks, wide, local);
    } else {
        for axis in 0..3 {
            let mut one = [L::nothing()];
            sum::<L, 1>(&mut one, axis, tile, blocks, wide, local);
            sums[axis] = one[0];
        }
    }
    let mut shaped = [[L::splat(0.0); HALVES]; 3];
    for axis in 0..3 {
        let moved = L::metres(sums[axis]);
        for half in 0..HALVES {
            shaped[axis][half] = L::load(&tile.base[axis][half]).plus(moved[half]);
        }
    }
    shaped
}

/// `Σ wᵢ dᵢ` of `AXES` axes from the `first` on.
#[inline(always)]
fn sum<L: Lanes, const AXES: usize>(
    sums: &mut [L::Sums; AXES],
    first: usize,
    tile: &Tile,
    blocks: &[Block],
    wide: &[Two],
    local: &[[(u32, Weight); 2]],
) {
    for two in wide {
        let [a, b] = two.numbers;
        let a = &blocks[tile.wide[a as usize] as usize];
        let b = &blocks[tile.wide[b as usize] as usize];
        for axis in 0..AXES {
            let steps = [&a[first + axis], &b[first + axis]];
            L::add(&mut sums[axis], steps, two.high, two.low);
        }
    }
    for two in local {
        let two = Two::new(*two);
        let [a, b] = two.numbers;
        let (a, b) = (&blocks[a as usize], &blocks[b as usize]);
        for axis in 0..AXES {
            let steps = [&a[first + axis], &b[first + axis]];
            L::add(&mut sums[axis], steps, two.high, two.low);
        }
    }
}

/// `Σ bₖ (Rₖ v + tₖ)` of up to sixteen vertices.
#[inline(always)]
fn skin<L: Lanes>(
    influences: &[(u32, Sixteen)],
    bones: &[[[f32; 4]; 3]],
    rest: [L; 3],
    out: &mut [Vec3],
) {
    let mut posed = [L::splat(0.0); 3];
    for (bone, weights) in influences {
        let rows = &bones[*bone as usize];
        let weights = L::load(weights);
        for (to, row) in posed.iter_mut().zip(rows) {
            let moved = rest[0]
                .times(L::splat(row[0]))
                .plus(rest[1].times(L::splat(row[1])))
                .plus(rest[2].times(L::splat(row[2])))
                .plus(L::splat(row[3]));
            *to = to.plus(moved.times(weights));
        }
    }
    let mut points = [0.0; 48];
    let [x, y, z] = posed;
    L::points(x, y, z, &mut points);
    for (to, point) in out.iter_mut().zip(points.as_chunks::<3>().0) {
        *to = Vec3::from_array(*point);
    }
}
