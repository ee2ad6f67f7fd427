//! A hierarchy over many lights, to choose one by about what it brings to a point without asking all of them (Conty Estevez & Kulla, "Importance Sampling of
//! Many Lights with Adaptive Tree Splitting", 2018; bounds as in pbrt-v4 §12.6.3).
use super::emitter::Extent;
use crate::settings::Threads;
use glam::{Quat, Vec3, Vec3A};
use std::f32::consts::PI;

/// Subtrees at least this large are built beside each other.
const APART: usize = 1 << 15;
/// Bins along the longest axis.
const BINS: usize = 16;
/// About as many lights of a large group say where it is split; the others follow.
const ASKED: usize = 1 << 12;
/// Subtrees that are looked at one by one before the choice goes down.
pub(super) const CUT: usize = 16;
const NONE: u32 = u32::MAX;

/// One subtree per light and per pair of subtrees, depth first.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Leaf of each light.
    leaves: Vec<u32>,
    /// Up to [`CUT`] nodes that together hold every light.
    pub(super) cut: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    low: Vec3,
    high: Vec3,
    axis: Vec3,
    power: f32,
    cos_spread: f32,
    cos_reach: f32,
    /// The second child; the first one follows. `NONE` for a leaf.
    second: u32,
    /// Of the parent, `NONE` at the top.
    parent: u32,
    /// Of a leaf.
    light: u32,
}

impl Tree {
    pub(super) fn new(extents: Vec<Extent>, threads: Threads) -> Self {
        let mut lights = extents;
        let count = lights.len();
        let blank = Node {
            low: Vec3::ZERO,
            high: Vec3::ZERO,
            axis: Vec3::Y,
            power: 0.0,
            cos_spread: 1.0,
            cos_reach: 1.0,
            second: NONE,
            parent: NONE,
            light: NONE,
        };
        let mut nodes = vec![blank; 2 * count - 1];
        let apart = match threads {
            Threads::Single => usize::MAX,
            Threads::Pool => APART,
        };
        build(apart, &mut lights, &mut nodes, [0, NONE]);
        drop(lights);
        let mut leaves = vec![0; count];
        for (index, node) in nodes.iter().enumerate() {
            if node.second == NONE {
                leaves[node.light as usize] = index as u32;
            }
        }
        let mut tree = Self {
            nodes,
            leaves,
            cut: Vec::new(),
        };
        tree.cut = tree.find_cut();
        tree
    }

    /// Splits the subtrees that shine over the largest space, until there are enough.
    fn find_cut(&self) -> Vec<u32> {
        let mut cut = vec![0_u32];
        while cut.len() < CUT {
            let spread = |index: u32| {
                let node = &self.nodes[index as usize];
                if node.second == NONE {
                    -1.0
                } else {
                    node.power * (node.high - node.low).length()
                }
            };
            let widest = (0..cut.len()).max_by(|&a, &b| spread(cut[a]).total_cmp(&spread(cut[b])));
            match widest {
                Some(at) if self.nodes[cut[at] as usize].second != NONE => {
                    let split = cut[at];
                    cut[at] = split + 1;
                    cut.push(self.nodes[split as usize].second);
                }
                _ => break,
            }
        }
        cut
    }

    pub(super) fn importance(&self, index: u32, point: Vec3A) -> f32 {
        self.nodes[index as usize].importance(point.into())
    }

    /// Goes down from a node by importance: the light, and the chance to get there; `u` chooses.
    pub(super) fn descend(&self, mut at: u32, point: Vec3A, mut u: f32) -> Option<(u32, f32)> {
        let point = Vec3::from(point);
        let mut chance = 1.0;
        loop {
            let node = &self.nodes[at as usize];
            if node.second == NONE {
                return Some((node.light, chance));
            }
            let first = self.share_of_first(at, point)?;
            if u < first {
                u /= first;
                chance *= first;
                at += 1;
            } else {
                u = (u - first) / (1.0 - first);
                chance *= 1.0 - first;
                at = node.second;
            }
        }
    }

    /// Chance of a node's first child; `None` where neither matters.
    fn share_of_first(&self, at: u32, point: Vec3) -> Option<f32> {
        let node = &self.nodes[at as usize];
        let first = self.nodes[at as usize + 1].importance(point);
        let second = self.nodes[node.second as usize].importance(point);
        let sum = first + second;
        (sum > 0.0).then(|| first / sum)
    }

    /// Which node of the cut holds a light, and the chance to get from there to the light.
    pub(super) fn chance(&self, light: u32, point: Vec3A) -> (usize, f32) {
        let point = Vec3::from(point);
        let mut at = self.leaves[light as usize];
        let mut chance = 1.0;
        loop {
            if let Some(place) = self.cut.iter().position(|&node| node == at) {
                return (place, chance);
            }
            let parent = self.nodes[at as usize].parent;
            if parent == NONE {
                return (0, 0.0);
            }
            let first = self.share_of_first(parent, point).unwrap_or(0.0);
            chance *= if at == parent + 1 { first } else { 1.0 - first };
            at = parent;
        }
    }

    /// Calls `visit` with each light whose box a ray touches before `t_max`.
    pub(super) fn along(
        &self,
        origin: Vec3A,
        direction: Vec3A,
        t_max: f32,
        visit: &mut dyn FnMut(u32),
    ) {
        let (origin, inverse) = (Vec3::from(origin), Vec3::from(direction.recip()));
        let mut waiting = vec![0_u32];
        while let Some(at) = waiting.pop() {
            let node = &self.nodes[at as usize];
            // Flat boxes get a little thickness against rounding.
            let slack = Vec3::splat(1e-5) + node.low.abs().max(node.high.abs()) * 1e-6;
            let a = (node.low - slack - origin) * inverse;
            let b = (node.high + slack - origin) * inverse;
            // `min` and `max` of numbers ignore NaN from 0 × ∞.
            let near = a.x.min(b.x).max(a.y.min(b.y)).max(a.z.min(b.z)).max(0.0);
            let far = a.x.max(b.x).min(a.y.max(b.y)).min(a.z.max(b.z)).min(t_max);
            if near > far {
                continue;
            }
            if node.second == NONE {
                visit(node.light);
            } else {
                waiting.push(node.second);
                waiting.push(at + 1);
            }
        }
    }
}

impl Node {
    /// At least the share of light that may reach a point: power × the best cosine ÷ distance².
    #[inline]
    fn importance(&self, point: Vec3) -> f32 {
        let centre = 0.5 * (self.low + self.high);
        let radius_squared = 0.25 * (self.high - self.low).length_squared();
        let to = point - centre;
        let squared = to.length_squared();
        // Inside of its ball a light may lie anywhere.
        if squared <= radius_squared {
            return self.power / radius_squared.max(1e-12);
        }
        let distance = squared.sqrt();
        let sin_seen_squared = radius_squared / squared;
        let sin_seen = sin_seen_squared.sqrt();
        let cos_seen = (1.0 - sin_seen_squared).max(0.0).sqrt();
        let cos_off = (self.axis.dot(to) / distance).clamp(-1.0, 1.0);
        let sine = |cosine: f32| (1.0 - cosine * cosine).max(0.0).sqrt();
        let (cos_less, sin_less) = less(
            (cos_off, sine(cos_off)),
            (self.cos_spread, sine(self.cos_spread)),
        );
        let (cosine, _) = less((cos_less, sin_less), (cos_seen, sin_seen));
        // Rounding must not take away light that is there.
        if cosine <= self.cos_reach - 1e-5 {
            return 0.0;
        }
        self.power * cosine.max(1e-3) / squared
    }
}

/// Cosine and sine of the difference of two angles in `[0, π]`, at least zero.
#[inline]
fn less(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
    if a.0 > b.0 {
        return (1.0, 0.0);
    }
    (a.0 * b.0 + a.1 * b.1, a.1 * b.0 - a.0 * b.1)
}

/// Box, cone and power of several lights.
#[derive(Debug, Clone, Copy)]
struct Sum {
    low: Vec3,
    high: Vec3,
    axis: Vec3,
    spread: f32,
    reach: f32,
    power: f32,
}

impl Sum {
    fn of(extent: &Extent) -> Self {
        Self {
            low: extent.low,
            high: extent.high,
            axis: extent.axis,
            spread: extent.spread,
            reach: extent.reach,
            power: extent.power,
        }
    }

    #[inline]
    fn with(&self, other: &Self) -> Self {
        let (axis, spread) = union((self.axis, self.spread), (other.axis, other.spread));
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            axis,
            spread,
            reach: self.reach.max(other.reach),
            power: self.power + other.power,
        }
    }

    /// Power × solid angle that may be lit × surface of the box, as one length.
    fn cost(&self) -> f32 {
        // Most groups of many lights shine all round.
        let lit = if self.spread >= PI {
            4.0 * PI
        } else {
            let end = (self.spread + self.reach).min(PI);
            let (sine, cosine) = self.spread.sin_cos();
            2.0 * PI * (1.0 - cosine)
                + 0.5
                    * PI
                    * (2.0 * end * sine
                        - (self.spread - 2.0 * end).cos()
                        - 2.0 * self.spread * sine
                        + cosine)
        };
        self.power * lit.max(0.0) * (self.high - self.low).length_squared()
    }
}

/// The smallest cone that holds two.
fn union((a, spread_a): (Vec3, f32), (b, spread_b): (Vec3, f32)) -> (Vec3, f32) {
    let (a, spread_a, b, spread_b) = if spread_a >= spread_b {
        (a, spread_a, b, spread_b)
    } else {
        (b, spread_b, a, spread_a)
    };
    if spread_a >= PI {
        return (a, PI);
    }
    let between = a.dot(b).clamp(-1.0, 1.0).acos();
    if (between + spread_b).min(PI) <= spread_a {
        return (a, spread_a);
    }
    let spread = 0.5 * (spread_a + between + spread_b);
    // A little wider, for rounding.
    let spread = (spread + 1e-4).min(PI);
    let turn = a.cross(b);
    if spread >= PI || turn.length_squared() < 1e-12 {
        return (a, PI);
    }
    let axis = Quat::from_axis_angle(turn.normalize(), spread - spread_a) * a;
    (axis.normalize_or(a), spread)
}

/// Fills `nodes` (2·n − 1 of them) for some lights, which it sorts; the numbers of the first node and of its
/// parent come last. Subtrees of `apart` lights are built beside each other.
fn build(
    apart: usize,
    lights: &mut [Extent],
    nodes: &mut [Node],
    [first, parent]: [u32; 2],
) -> Sum {
    if let [light] = lights {
        let sum = Sum::of(light);
        write(&mut nodes[0], &sum, NONE, parent);
        nodes[0].light = light.index;
        return sum;
    }
    let middle = split(lights);
    let (left, right) = lights.split_at_mut(middle);
    let (node, rest) = nodes.split_at_mut(1);
    let (before, after) = rest.split_at_mut(2 * middle - 1);
    let second = first + 2 * middle as u32;
    let (a, b) = if left.len() + right.len() >= apart {
        rayon::join(
            || build(apart, left, before, [first + 1, first]),
            || build(apart, right, after, [second, first]),
        )
    } else {
        (
            build(apart, left, before, [first + 1, first]),
            build(apart, right, after, [second, first]),
        )
    };
    let sum = a.with(&b);
    write(&mut node[0], &sum, second, parent);
    sum
}

fn write(node: &mut Node, sum: &Sum, second: u32, parent: u32) {
    *node = Node {
        low: sum.low,
        high: sum.high,
        axis: sum.axis,
        power: sum.power,
        cos_spread: sum.spread.cos(),
        cos_reach: sum.reach.cos(),
        second,
        parent,
        light: NONE,
    };
}

/// Sorts lights into two halves and says where the second begins.
fn split(lights: &mut [Extent]) -> usize {
    let step = (lights.len() / ASKED).max(1);
    let around = |lights: &[Extent], step| {
        lights.iter().step_by(step).map(Extent::middle).fold(
            (Vec3::INFINITY, Vec3::NEG_INFINITY),
            |(low, high), middle| (low.min(middle), high.max(middle)),
        )
    };
    let (mut low, mut high) = around(lights, step);
    if low == high {
        (low, high) = around(lights, 1);
    }
    let size = high - low;
    let axis = size.max_position();
    let half = lights.len() / 2;
    // Without this, many lights at one place would be split one by one, and the tree be as deep as there are lights.
    if size[axis] <= 0.0 {
        return half;
    }
    // Every second node of a tree holds two lights, and there is one way to split them.
    if let [a, b] = lights {
        if a.middle()[axis] > b.middle()[axis] {
            std::mem::swap(a, b);
        }
        return half;
    }
    let bin = |light: &Extent| {
        let share = (light.middle()[axis] - low[axis]) / size[axis];
        ((share * BINS as f32) as usize).min(BINS - 1)
    };
    let mut bins: [Option<Sum>; BINS] = [None; BINS];
    for light in lights.iter().step_by(step) {
        let one = Sum::of(light);
        let slot = &mut bins[bin(light)];
        *slot = Some(slot.map_or(one, |sum| sum.with(&one)));
    }
    let join = |a: Option<Sum>, b: Option<Sum>| match (a, b) {
        (Some(a), Some(b)) => Some(a.with(&b)),
        (a, b) => a.or(b),
    };
    let mut after = [None; BINS];
    for at in (0..BINS - 1).rev() {
        after[at] = join(after[at + 1], bins[at + 1]);
    }
    let (mut before, mut best) = (None, (f32::INFINITY, 0));
    for at in 0..BINS - 1 {
        // After an empty bin the halves are the same again.
        if bins[at].is_none() {
            continue;
        }
        before = join(before, bins[at]);
        if let (Some(a), Some(b)) = (&before, &after[at]) {
            let cost = a.cost() + b.cost();
            if cost < best.0 {
                best = (cost, at);
            }
        }
    }
    if best.0.is_finite() {
        let mut count = 0;
        for at in 0..lights.len() {
            if bin(&lights[at]) <= best.1 {
                lights.swap(count, at);
                count += 1;
            }
        }
        // Lopsided splits make deep trees; powers of nothing decide nothing.
        let least = (lights.len() / 64).max(1);
        if (least..=lights.len() - least).contains(&count) {
            return count;
        }
    }
    lights.select_nth_unstable_by(half, |a, b| {
        let order = a.middle()[axis].total_cmp(&b.middle()[axis]);
        order.then(a.index.cmp(&b.index))
    });
    half
}
