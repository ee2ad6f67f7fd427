//! From boxes to a hierarchy: top-down, each cut where the surface area heuristic over binned centres is best
//! (Wald, "On fast Construction of SAH-based Bounding Volume Hierarchies", 2007), wide nodes filled by cutting the child of largest area again
//! (Wald, Benthin, Boulos, "Getting Rid of Packets", 2008).
//!
//! The top is cut serially into shares of a size that depends on nothing but the number of triangles; shares grow in parallel and are put
//! one behind the other. So threads decide nothing about the result.
use super::{
    node::{Bounds, LEAF, Node, WIDTH},
    walk::MAX_DEPTH,
};
use crate::settings::Threads;
use glam::Vec3A;
use rayon::prelude::*;

/// Most bins along an axis.
const BINS: usize = 32;
/// Below this depth, cuts go by the heuristic; beyond, into halves by number, which ends within the levels that are left.
const FREE_DEPTH: usize = MAX_DEPTH - 12;
/// Shares that the top is cut into, about.
const SHARES: usize = 32;

/// A box as the builder moves it about.
#[derive(Debug, Clone, Copy)]
struct Item {
    bounds: Bounds,
    /// Its number.
    index: u32,
}

impl Item {
    /// Twice the centre.
    #[inline(always)]
    fn centre(&self) -> Vec3A {
        self.bounds.low + self.bounds.high
    }
}

/// A run of items.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: usize,
    end: usize,
    bounds: Bounds,
    /// Of the (doubled) centres.
    centres: Bounds,
}

impl Run {
    fn new(items: &[Item], start: usize, end: usize) -> Self {
        let mut run = Self {
            start,
            end,
            bounds: Bounds::EMPTY,
            centres: Bounds::EMPTY,
        };
        for item in &items[start..end] {
            run.add(item);
        }
        run
    }

    #[inline(always)]
    fn add(&mut self, item: &Item) {
        let centre = item.centre();
        self.bounds = self.bounds.join(item.bounds);
        self.centres = self.centres.join(Bounds {
            low: centre,
            high: centre,
        });
    }

    fn len(&self) -> usize {
        self.end - self.start
    }
}

/// A hierarchy without its leaves' contents.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The first is the root; inner children are numbered from 0, leaves by `LEAF |` index into `leaves`.
    pub(super) nodes: Vec<Node>,
    pub(super) leaves: Vec<Leaf>,
}

/// Numbers of up to eight boxes, in order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    members: [u32; WIDTH],
    count: u32,
}

impl Leaf {
    pub(super) fn members(&self) -> &[u32] {
        &self.members[..self.count as usize]
    }
}

/// A run that is left for later, and where it hangs.
struct Share {
    run: Run,
    depth: usize,
    node: usize,
    lane: usize,
}

/// A hierarchy over `count` boxes.
pub(super) fn build(
    count: usize,
    bounds: impl Fn(usize) -> Bounds + Sync + Send,
    threads: Threads,
) -> Tree {
    let mut items: Vec<Item> = threads.map(count, |index| Item {
        bounds: bounds(index),
        index: index as u32,
    });
    let mut top = Tree {
        nodes: vec![Node::VACANT],
        leaves: Vec::new(),
    };
    if items.is_empty() {
        return top;
    }
    let whole = Run::new(&items, 0, items.len());
    let mut shares = Vec::new();
    let size = (items.len() / SHARES).max(4096);
    if whole.len() <= size {
        top.nodes.clear();
        top.grow(&mut items, whole, 0);
    } else {
        top.cut_top(&mut items, whole, size, &mut shares);
    }
    // In the order of their items, which is the order of cutting too.
    shares.sort_by_key(|share| share.run.start);
    let mut rest = &mut items[..];
    let mut passed = 0;
    let mut work = Vec::with_capacity(shares.len());
    for share in &shares {
        let (mine, others) = rest.split_at_mut(share.run.end - passed);
        let run = Run {
            start: 0,
            end: share.run.len(),
            ..share.run
        };
        work.push((&mut mine[share.run.start - passed..], run, share.depth));
        passed = share.run.end;
        rest = others;
    }
    let grow = |(items, run, depth): (&mut [Item], Run, usize)| {
        let mut piece = Tree::default();
        piece.grow(items, run, depth);
        piece
    };
    let pieces: Vec<Tree> = match threads {
        Threads::Single => work.into_iter().map(grow).collect(),
        Threads::Pool => work.into_par_iter().map(grow).collect(),
    };
    let Tree {
        mut nodes,
        mut leaves,
    } = top;
    nodes.reserve(pieces.iter().map(|piece| piece.nodes.len()).sum());
    leaves.reserve(pieces.iter().map(|piece| piece.leaves.len()).sum());
    for (share, mut piece) in shares.iter().zip(pieces) {
        let (first_node, first_leaf) = (nodes.len() as u32, leaves.len() as u32);
        let moved = |child: u32| {
            if child & LEAF == 0 {
                child + first_node
            } else {
                child + first_leaf
            }
        };
        for node in &mut piece.nodes {
            node.children = node.children.map(moved);
        }
        nodes[share.node].children[share.lane] = moved(0);
        nodes.append(&mut piece.nodes);
        leaves.append(&mut piece.leaves);
    }
    Tree { nodes, leaves }
}

impl Tree {
    /// Cuts the top of the tree until runs are small, and leaves those for later.
    fn cut_top(&mut self, items: &mut [Item], whole: Run, size: usize, shares: &mut Vec<Share>) {
        let mut todo = vec![(whole, 0_usize, 0_usize)];
        while let Some((run, node, depth)) = todo.pop() {
            let children = children(items, run, depth);
            for (lane, child) in children.iter().enumerate() {
                self.nodes[node].set(lane, &child.bounds, 0);
                if child.len() <= size {
                    shares.push(Share {
                        run: *child,
                        depth: depth + 1,
                        node,
                        lane,
                    });
                } else {
                    let index = self.nodes.len();
                    self.nodes.push(Node::VACANT);
                    self.nodes[node].children[lane] = index as u32;
                    todo.push((*child, index, depth + 1));
                }
            }
        }
    }

    /// Grows a whole tree, depth first; its root is the next node.
    fn grow(&mut self, items: &mut [Item], run: Run, depth: usize) -> u32 {
        let index = self.nodes.len();
        self.nodes.push(Node::VACANT);
        for (lane, child) in children(items, run, depth).iter().enumerate() {
            let reference = if is_leaf(child) {
                let mut leaf = Leaf {
                    members: [0; WIDTH],
                    count: child.len() as u32,
                };
                for (member, item) in leaf.members.iter_mut().zip(&items[child.start..child.end]) {
                    *member = item.index;
                }
                leaf.members[..child.len()].sort_unstable();
                self.leaves.push(leaf);
                LEAF | (self.leaves.len() - 1) as u32
            } else {
                self.grow(items, *child, depth + 1)
            };
            self.nodes[index].set(lane, &child.bounds, reference);
        }
        index as u32
    }
}

fn is_leaf(run: &Run) -> bool {
    run.len() <= WIDTH
}

/// Cuts a run into at most eight.
fn children(items: &mut [Item], run: Run, depth: usize) -> Vec<Run> {
    let mut children = Vec::with_capacity(WIDTH);
    children.push(run);
    while children.len() < WIDTH {
        let largest = (0..children.len())
            .filter(|&k| !is_leaf(&children[k]))
            .max_by(|&a, &b| {
                let size = |k: usize| {
                    if depth < FREE_DEPTH {
                        children[k].bounds.area()
                    } else {
                        children[k].len() as f32
                    }
                };
                size(a).total_cmp(&size(b))
            });
        let Some(k) = largest else { break };
        let (left, right) = cut(items, children[k], depth);
        children[k] = left;
        children.push(right);
    }
    children
}

/// Cuts a run of at least two in two.
fn cut(items: &mut [Item], run: Run, depth: usize) -> (Run, Run) {
    if depth < FREE_DEPTH
        && let Some(parts) = cut_by_area(items, run)
    {
        return parts;
    }
    let middle = run.start + run.len() / 2;
    let size = run.centres.high - run.centres.low;
    let axis = size.max_position();
    let slice = &mut items[run.start..run.end];
    slice.select_nth_unstable_by(middle - run.start, |a, b| {
        a.centre()[axis]
            .total_cmp(&b.centre()[axis])
            .then(a.index.cmp(&b.index))
    });
    (
        Run::new(items, run.start, middle),
        Run::new(items, middle, run.end),
    )
}

#[derive(Clone, Copy)]
struct Bin {
    bounds: Bounds,
    count: u32,
}

/// The cut of least expected cost; `None` if all centres lie in one place.
fn cut_by_area(items: &mut [Item], run: Run) -> Option<(Run, Run)> {
    const EMPTY: Bin = Bin {
        bounds: Bounds::EMPTY,
        count: 0,
    };
    let size = run.centres.high - run.centres.low;
    let count = BINS.min(4 + run.len() / 8);
    // A hair less than the number of bins, so that the last centre lies in the last bin.
    let scale = Vec3A::select(
        size.cmpgt(Vec3A::splat(1e-30)),
        Vec3A::splat(count as f32 * 0.999) / size,
        Vec3A::ZERO,
    );
    if scale == Vec3A::ZERO {
        return None;
    }
    let place = |item: &Item| ((item.centre() - run.centres.low) * scale).as_uvec3();
    let mut bins = [[EMPTY; BINS]; 3];
    for item in &items[run.start..run.end] {
        let at = place(item);
        for axis in 0..3 {
            let bin = &mut bins[axis][(at[axis] as usize).min(BINS - 1)];
            bin.bounds = bin.bounds.join(item.bounds);
            bin.count += 1;
        }
    }
    let blocks = |count: u32| count.div_ceil(WIDTH as u32) as f32;
    // (cost, axis, first bin of the right side)
    let mut best = (f32::INFINITY, 0, 0);
    for axis in 0..3 {
        if scale[axis] == 0.0 {
            continue;
        }
        let mut costs = [0.0; BINS];
        let mut side = EMPTY;
        for at in (1..count).rev() {
            side.bounds = side.bounds.join(bins[axis][at].bounds);
            side.count += bins[axis][at].count;
            costs[at] = if side.count == 0 {
                f32::INFINITY
            } else {
                side.bounds.area() * blocks(side.count)
            };
        }
        side = EMPTY;
        for at in 1..count {
            side.bounds = side.bounds.join(bins[axis][at - 1].bounds);
            side.count += bins[axis][at - 1].count;
            if side.count == 0 {
                continue;
            }
            let cost = costs[at] + side.bounds.area() * blocks(side.count);
            if cost < best.0 {
                best = (cost, axis, at);
            }
        }
    }
    let (cost, axis, at) = best;
    if cost == f32::INFINITY {
        return None;
    }
    let is_left = |item: &Item| (place(item)[axis] as usize) < at;
    let mut left = Run {
        start: run.start,
        end: run.start,
        bounds: Bounds::EMPTY,
        centres: Bounds::EMPTY,
    };
    let mut right = Run {
        start: run.end,
        end: run.end,
        ..left
    };
    while left.end < right.start {
        let item = items[left.end];
        if is_left(&item) {
            left.add(&item);
            left.end += 1;
        } else {
            right.add(&item);
            right.start -= 1;
            items.swap(left.end, right.start);
        }
    }
    Some((left, right))
}
