//! Surfaces of implicit bodies: where a smooth function is zero, as a mesh whose normals are the function's own.

use glam::Vec3;
use rayon::prelude::*;

use crate::shell::Shell;

/// A body: negative inside.
pub(crate) trait Body: Sync {
    fn value(&self, at: Vec3) -> f32;

    fn value_and_gradient(&self, at: Vec3) -> (f32, Vec3) {
        const H: f32 = 1.5e-3;
        let slope = |axis: Vec3| self.value(at + axis * H) - self.value(at - axis * H);
        let slopes = Vec3::new(slope(Vec3::X), slope(Vec3::Y), slope(Vec3::Z));
        (self.value(at), slopes / (2.0 * H))
    }
}

impl<F: Fn(Vec3) -> f32 + Sync> Body for F {
    fn value(&self, at: Vec3) -> f32 {
        self(at)
    }
}

/// Corners of cells in a block, which is passed over as one where its middle is far from the surface.
const BLOCK: usize = 8;
/// How much faster than distance a body's function may change.
const STEEPEST: f32 = 1.6;

/// Where a body is looked at: cells of a box, cut by planes across each axis.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    planes: [Vec<f32>; 3],
    /// Whether the body is its own mirror image across y = 0, where the first plane lies; the grid then has one half of it.
    halved: bool,
}

/// Planes from `low` to past `high`, each as far from the one before as `step` says there.
pub(crate) fn planes(low: f32, high: f32, step: impl Fn(f32) -> f32) -> Vec<f32> {
    let mut planes = vec![low];
    let mut at = low;
    while at < high {
        at += step(at);
        planes.push(at);
    }
    planes
}

impl Grid {
    /// Cells of one size, metres.
    pub(crate) fn even(low: Vec3, high: Vec3, step: f32) -> Self {
        let axis = |k: usize| planes(low[k], high[k], |_| step);
        Self {
            planes: [axis(0), axis(1), axis(2)],
            halved: false,
        }
    }

    /// For a body that is the same to the left and right of y = 0. The planes across y begin there.
    pub(crate) fn halved(x: Vec<f32>, y: Vec<f32>, z: Vec<f32>) -> Self {
        Self {
            planes: [x, y, z],
            halved: true,
        }
    }

    fn size(&self) -> [usize; 3] {
        [0, 1, 2].map(|k| self.planes[k].len())
    }

    fn place(&self, corner: [usize; 3]) -> Vec3 {
        Vec3::new(
            self.planes[0][corner[0]],
            self.planes[1][corner[1]],
            self.planes[2][corner[2]],
        )
    }

    /// Sides of the largest cell.
    fn largest(&self) -> Vec3 {
        let widest = |k: usize| {
            let pairs = self.planes[k].windows(2);
            pairs.map(|pair| pair[1] - pair[0]).fold(0.0, f32::max)
        };
        Vec3::new(widest(0), widest(1), widest(2))
    }
}

/// A body's values at the corners of a grid's cells.
struct Sampled<'g> {
    grid: &'g Grid,
    size: [usize; 3],
    /// x fastest. Far from the surface only the sign is right.
    values: Vec<f32>,
    /// Blocks that may have surface in cells which begin there; x fastest.
    near: Vec<bool>,
}

impl<'g> Sampled<'g> {
    fn new(body: &impl Body, grid: &'g Grid) -> Self {
        let size = grid.size();
        let layer = size[0] * size[1];
        let blocks = size.map(|n| n.div_ceil(BLOCK));
        let mut values = vec![0.0; layer * size[2]];
        let mut near = vec![false; blocks[0] * blocks[1] * blocks[2]];
        let cell = grid.largest().length();
        values
            .par_chunks_mut(layer * BLOCK)
            .zip(near.par_chunks_mut(blocks[0] * blocks[1]))
            .enumerate()
            .for_each(|(k, (slab, near))| {
                let mut slab = Slab {
                    grid,
                    size,
                    cell,
                    first: k * BLOCK,
                    values: slab,
                };
                for (number, near) in near.iter_mut().enumerate() {
                    let low = [number % blocks[0], number / blocks[0], k].map(|b| b * BLOCK);
                    *near = slab.sample(body, low, BLOCK);
                }
            });
        Self {
            grid,
            size,
            values,
            near,
        }
    }

    fn index(&self, [x, y, z]: [usize; 3]) -> usize {
        (z * self.size[1] + y) * self.size[0] + x
    }

    fn value(&self, corner: [usize; 3]) -> f32 {
        self.values[self.index(corner)]
    }

    /// Every cell near the surface, by its lowest corner, block after block.
    fn cells(&self) -> impl Iterator<Item = [usize; 3]> + '_ {
        let blocks = self.size.map(|n| n.div_ceil(BLOCK));
        let near = self.near.iter().enumerate().filter(|(_, near)| **near);
        near.flat_map(move |(number, _)| {
            let low = [
                number % blocks[0],
                number / blocks[0] % blocks[1],
                number / (blocks[0] * blocks[1]),
            ];
            let range =
                move |k: usize| low[k] * BLOCK..((low[k] + 1) * BLOCK).min(self.size[k] - 1);
            range(2).flat_map(move |z| range(1).flat_map(move |y| range(0).map(move |x| [x, y, z])))
        })
    }
}

/// Layers of a grid that are sampled together.
struct Slab<'a> {
    grid: &'a Grid,
    size: [usize; 3],
    /// Diagonal of the largest cell.
    cell: f32,
    /// Number of the first layer.
    first: usize,
    values: &'a mut [f32],
}

impl Slab<'_> {
    /// Fills a block of `side` corners each way; whether the surface may be within a cell of them.
    fn sample(&mut self, body: &impl Body, low: [usize; 3], side: usize) -> bool {
        let high = [0, 1, 2].map(|k| (low[k] + side).min(self.size[k]));
        let (from, to) = (
            self.grid.place(low),
            self.grid.place(high.map(|corner| corner - 1)),
        );
        let middle = 0.5 * (from + to);
        let value = body.value(middle);
        let far = value.abs() > STEEPEST * (0.5 * (to - from).length() + self.cell);
        if !far && side > 2 {
            for z in (low[2]..high[2]).step_by(side / 2) {
                for y in (low[1]..high[1]).step_by(side / 2) {
                    for x in (low[0]..high[0]).step_by(side / 2) {
                        self.sample(body, [x, y, z], side / 2);
                    }
                }
            }
            return true;
        }
        for z in low[2]..high[2] {
            for y in low[1]..high[1] {
                let row = ((z - self.first) * self.size[1] + y) * self.size[0];
                for x in low[0]..high[0] {
                    self.values[row + x] = if far {
                        value
                    } else {
                        body.value(self.grid.place([x, y, z]))
                    };
                }
            }
        }
        !far
    }
}

/// A body's surface in a grid, by surface nets (Gibson 1998, "Constrained elastic surface nets"), each vertex then moved onto the surface by Newton's method.
/// It is open where the body reaches out of the grid. The body's function must not change by more than [`STEEPEST`] times the way.
pub(crate) fn surface(body: &impl Body, grid: &Grid) -> Shell {
    let sampled = Sampled::new(body, grid);
    let mut numbers = vec![u32::MAX; sampled.values.len()];
    let mut starts = Vec::new();
    for cell in sampled.cells() {
        if let Some(start) = crossing(&sampled, cell) {
            numbers[sampled.index(cell)] = starts.len() as u32;
            starts.push(start);
        }
    }
    let count = starts.len() as u32;
    let mut shell = settled(body, &starts, 0.35 * grid.largest().length());
    if grid.halved {
        shell.positions.extend_from_within(..);
        shell.normals.extend_from_within(..);
        for images in [&mut shell.positions, &mut shell.normals] {
            for image in images.iter_mut().skip(starts.len()) {
                image.y = -image.y;
            }
        }
        shell.on_rim.resize(2 * starts.len(), false);
    }
    // A square around each edge that crosses.
    for cell in sampled.cells() {
        let here = sampled.value(cell) < 0.0;
        for axis in 0..3 {
            let mut far = cell;
            far[axis] += 1;
            let (i, j) = ((axis + 1) % 3, (axis + 2) % 3);
            if here == (sampled.value(far) < 0.0) {
                continue;
            }
            // Edges in the mirror have two of their cells behind it.
            let across = grid.halved && axis != 1 && cell[1] == 0;
            let vertex = |di: usize, dj: usize| {
                let mut c = cell;
                let behind = across && [(i, di), (j, dj)].contains(&(1, 1));
                for (k, back) in [(i, di), (j, dj)] {
                    if k == 1 && across {
                        continue;
                    }
                    c[k] = c[k].checked_sub(back)?;
                }
                let number = numbers[sampled.index(c)];
                (number != u32::MAX).then_some(if behind { number + count } else { number })
            };
            let (Some(a), Some(b), Some(c), Some(d)) =
                (vertex(1, 1), vertex(0, 1), vertex(0, 0), vertex(1, 0))
            else {
                continue;
            };
            let [b, d] = if here { [b, d] } else { [d, b] };
            let at = |k: u32| shell.positions[k as usize];
            // The shorter diagonal folds less.
            let two = if at(a).distance_squared(at(c)) <= at(b).distance_squared(at(d)) {
                [[a, b, c], [a, c, d]]
            } else {
                [[a, b, d], [b, c, d]]
            };
            shell.triangles.extend(two);
            if grid.halved && !across {
                let images = two.map(|[a, b, c]| [a + count, c + count, b + count]);
                shell.triangles.extend(images);
            }
        }
    }
    shell
}

/// The mean of where a cell's edges cross the surface; none where the cell lies on one side of it.
fn crossing(sampled: &Sampled<'_>, cell: [usize; 3]) -> Option<Vec3> {
    let corners = [0, 1, 2, 3, 4, 5, 6, 7_usize].map(|c| {
        let [x, y, z] = cell;
        sampled.value([x + (c & 1), y + (c >> 1 & 1), z + (c >> 2)])
    });
    let inside = corners.iter().filter(|value| **value < 0.0).count();
    if inside == 0 || inside == 8 {
        return None;
    }
    let (mut sum, mut count) = (Vec3::ZERO, 0.0);
    for (a, b) in EDGES {
        let (va, vb) = (corners[a], corners[b]);
        if (va < 0.0) != (vb < 0.0) {
            sum += offset(a).lerp(offset(b), va / (va - vb));
            count += 1.0;
        }
    }
    let (low, high) = (
        sampled.grid.place(cell),
        sampled.grid.place(cell.map(|c| c + 1)),
    );
    Some(low + sum / count * (high - low))
}

/// Vertices moved onto the surface, none by more than `most` metres a step, with its normals.
fn settled(body: &impl Body, starts: &[Vec3], most: f32) -> Shell {
    let settled: Vec<(Vec3, Vec3)> = starts
        .par_iter()
        .with_min_len(256)
        .map(|&start| {
            let mut at = start;
            let (mut value, mut slope) = body.value_and_gradient(at);
            // The slope changes little on so short a way, and is the dear part.
            for turn in 0..4 {
                let step = slope * (value / slope.length_squared().max(1e-6));
                at -= step.clamp_length_max(most);
                if turn < 2 {
                    value = body.value(at);
                } else if turn == 2 {
                    (value, slope) = body.value_and_gradient(at);
                }
            }
            (at, slope.normalize_or(Vec3::Z))
        })
        .collect();
    let (positions, normals): (Vec<Vec3>, Vec<Vec3>) = settled.into_iter().unzip();
    Shell {
        on_rim: vec![false; positions.len()],
        positions,
        normals,
        triangles: Vec::new(),
    }
}

fn offset(corner: usize) -> Vec3 {
    Vec3::new(
        (corner & 1) as f32,
        (corner >> 1 & 1) as f32,
        (corner >> 2 & 1) as f32,
    )
}

const EDGES: [(usize, usize); 12] = [
    (0, 1),
    (2, 3),
    (4, 5),
    (6, 7),
    (0, 2),
    (1, 3),
    (4, 6),
    (5, 7),
    (0, 4),
    (1, 5),
    (2, 6),
    (3, 7),
];
