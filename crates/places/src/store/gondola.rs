//! A row of shelves: plinth, back, boards with price strips, and products in runs of their kind.

use glam::Vec3;
use population::stream::Stream;

use super::is_low;
use super::product::Assortment;
use crate::solid::Solid;
use crate::{Place, Setting, surface};

/// From a board's front edge to the shelf's back, metres.
pub(super) const DEEP_M: f32 = 0.42;
/// Thickness of a board.
const BOARD_M: f32 = 0.025;
/// One bay between two uprights.
const BAY_M: f32 = 1.0;
/// Free space between the person's sight and what is left out.
const VIEW_M: f32 = 0.16;

/// One side of a row.
pub(super) struct Gondola {
    /// The boards' front edges.
    edge: f32,
    /// From there to the back.
    deep: f32,
    /// −1 where it looks along −z.
    way: f32,
    ends: [f32; 2],
    /// Boards' upper sides, from the floor up.
    pub(super) levels: Vec<f32>,
    top: f32,
    /// Whether the person's own aisle is before it.
    is_near: bool,
}

/// What rows are made of, all of one kind together.
pub(super) struct Parts {
    frame: Solid,
    strips: Solid,
    pub(super) pieces: Vec<Solid>,
}

impl Parts {
    pub(super) fn new(assortment: &Assortment) -> Self {
        Self {
            frame: Solid::default(),
            strips: Solid::default(),
            pieces: assortment
                .products
                .iter()
                .map(|_| Solid::default())
                .collect(),
        }
    }

    pub(super) fn add(self, place: &mut Place, assortment: &Assortment, stream: &mut Stream) {
        let tone = if stream.uniform() < 0.7 {
            Vec3::splat(0.62)
        } else {
            Vec3::splat(0.05)
        };
        place.add(
            "store/shelves",
            self.frame,
            surface::glossy("shelves", tone, 0.45),
        );
        place.add(
            "store/price_strips",
            self.strips,
            surface::price_strip(stream),
        );
        for (solid, product) in self.pieces.into_iter().zip(&assortment.products) {
            place.add("store/products", solid, product.material.clone());
        }
    }
}

impl Gondola {
    pub(super) fn draw(
        setting: &Setting,
        [edge, deep]: [f32; 2],
        way: f32,
        ends: [f32; 2],
        is_near: bool,
        stream: &mut Stream,
    ) -> Self {
        let plinth = stream.range(0.1, 0.18) as f32;
        let mut top = stream.range(1.5, 2.1) as f32;
        let lens = setting.camera.as_vec3();
        // A camera under the ceiling looks over what is between it and the person.
        let person = setting.person.as_vec3() + Vec3::Y * 0.9;
        for z in [edge, edge - way * deep] {
            let share = (z - person.z) / (lens.z - person.z);
            if (0.0..1.0).contains(&share) && !is_low(lens.y) {
                top = top.min(person.y + (lens.y - person.y) * share - 0.1);
            }
        }
        let mut levels = vec![plinth];
        let taken = setting.taken.filter(|_| is_near && way < 0.0);
        if let Some(taken) = taken {
            // The board that the taken thing stands on, and others above and below it.
            let own = taken.place.y - taken.half[1];
            top = top.max(own + 0.42);
            let below = own - plinth;
            let count = (below / 0.36).floor().max(0.0) as u32;
            for i in 1..count {
                levels.push(plinth + below * i as f32 / count as f32);
            }
            levels.push(own);
            let mut next = own + 0.4;
            while next < top - 0.15 {
                levels.push(next);
                next += stream.range(0.34, 0.4) as f32;
            }
        } else {
            let mut next = plinth + stream.range(0.33, 0.4) as f32;
            while next < top - 0.15 {
                levels.push(next);
                next += stream.range(0.31, 0.4) as f32;
            }
        }
        Self {
            edge,
            deep,
            way,
            ends,
            levels,
            top: top.max(0.5),
            is_near,
        }
    }

    /// A box whose x and y are the world's and whose z is measured from the boards' front edge into the shelf.
    fn inside(&self, x: [f32; 2], y: [f32; 2], deep: [f32; 2]) -> Solid {
        let z = deep.map(|d| self.edge - self.way * d);
        Solid::default().cuboid(
            Vec3::new(x[0], y[0], z[0].min(z[1])),
            Vec3::new(x[1], y[1], z[0].max(z[1])),
        )
    }

    /// Builds the row and fills it.
    pub(super) fn fill(
        &self,
        parts: &mut Parts,
        setting: &Setting,
        assortment: &Assortment,
        stream: &mut Stream,
    ) {
        let [from, to] = self.ends;
        let mut frame = self
            .inside(
                [from, to],
                [0.0, self.levels[0] - BOARD_M],
                [0.03, self.deep + 0.04],
            )
            .and(self.inside([from, to], [0.0, self.top], [self.deep, self.deep + 0.04]));
        let mut strips = Solid::default();
        let bays = ((to - from) / BAY_M).ceil() as u32;
        let bay_m = (to - from) / bays as f32;
        for (i, &level) in self.levels.iter().enumerate() {
            let above = self
                .levels
                .get(i + 1)
                .map_or(self.top + 0.15, |next| next - BOARD_M);
            let mut has_board = vec![false; bays as usize];
            for bay in 0..bays {
                let low = from + (to - from) * bay as f32 / bays as f32;
                let high = from + (to - from) * (bay + 1) as f32 / bays as f32;
                let board = [
                    Vec3::new(
                        low,
                        level - BOARD_M,
                        self.edge.min(self.edge - self.way * self.deep),
                    ),
                    Vec3::new(high, level, self.edge.max(self.edge - self.way * self.deep)),
                ];
                let holds_taken = setting.taken.is_some_and(|taken| {
                    self.is_near
                        && self.way < 0.0
                        && (taken.place.y - taken.half[1] - level).abs() < 1e-3
                });
                if !holds_taken && is_in_view(setting, board) {
                    continue;
                }
                has_board[bay as usize] = true;
                frame = frame.and(self.inside(
                    [low + 0.003, high - 0.003],
                    [level - BOARD_M, level],
                    [0.0, self.deep],
                ));
                strips = strips.and(self.strip(low + 0.005, high - 0.005, level));
            }
            let is_carried = |x: f32| {
                let bay = ((x - from) / bay_m).max(0.0) as usize;
                has_board[bay.min(has_board.len() - 1)]
            };
            self.stock(
                parts,
                setting,
                assortment,
                [level, above],
                &is_carried,
                stream,
            );
        }
        for post in 0..=bays {
            let x = from + (to - from) * post as f32 / bays as f32;
            frame = frame.and(self.inside(
                [x - 0.02, x + 0.02],
                [0.0, self.top],
                [self.deep - 0.03, self.deep + 0.005],
            ));
        }
        parts.frame = std::mem::take(&mut parts.frame).and(frame);
        parts.strips = std::mem::take(&mut parts.strips).and(strips);
    }

    /// Paper tags before a board.
    fn strip(&self, low: f32, high: f32, level: f32) -> Solid {
        const HIGH_M: f32 = 0.04;
        let z = self.edge + self.way * 0.004;
        let y = level - BOARD_M - 0.006;
        let (a, b) = if self.way > 0.0 {
            (low, high)
        } else {
            (high, low)
        };
        let mut solid = Solid::default().card([
            Vec3::new(a, y, z),
            Vec3::new(b, y, z),
            Vec3::new(b, y + HIGH_M, z),
            Vec3::new(a, y + HIGH_M, z),
        ]);
        for uv in &mut solid.uvs {
            uv.x *= high - low;
            // A few rows of the strip's texture.
            uv.y *= 0.25;
        }
        solid
    }

    /// Puts products on one board: runs of a kind, two deep, with gaps where some were sold.
    fn stock(
        &self,
        parts: &mut Parts,
        setting: &Setting,
        assortment: &Assortment,
        [level, above]: [f32; 2],
        is_carried: &dyn Fn(f32) -> bool,
        stream: &mut Stream,
    ) {
        let [from, to] = self.ends;
        let mut x = from + 0.03;
        while x < to - 0.08 {
            let which = stream.below(assortment.products.len() as u64) as usize;
            let product = &assortment.products[which];
            let facings = 2 + stream.below(5);
            let fill = stream.range(0.75, 1.0);
            let shift = stream.range(0.01, 0.05) as f32;
            let wide = product.size.x + 0.006;
            if product.size.y > above - level - 0.03 {
                // Too tall for this board: another kind gets the place.
                x += 0.01;
                continue;
            }
            for _ in 0..facings {
                let middle = x + 0.5 * wide;
                x += wide;
                if x > to - 0.03 {
                    break;
                }
                // From above one sees to the back of the highest board.
                let is_top = self.levels.last() == Some(&level);
                let rows = if !self.is_near {
                    1
                } else if is_top {
                    5
                } else {
                    2
                };
                let sold = usize::from(stream.uniform() >= fill);
                for row in sold..rows {
                    let deep = shift + (row as f32 + 0.5) * (product.size.z + 0.008);
                    if deep + 0.5 * product.size.z > self.deep - 0.01 {
                        break;
                    }
                    let foot = Vec3::new(middle, level + 0.0005, self.edge - self.way * deep);
                    let half = product.size * 0.5;
                    let bounds = [
                        foot - Vec3::new(half.x, 0.0, half.z),
                        foot + Vec3::new(half.x, product.size.y, half.z),
                    ];
                    let carried = is_carried(bounds[0].x) && is_carried(bounds[1].x);
                    if !carried || self.makes_way(setting, bounds) {
                        continue;
                    }
                    let piece = product.piece(foot, self.way);
                    parts.pieces[which] = std::mem::take(&mut parts.pieces[which]).and(piece);
                }
            }
            x += stream.range(0.0, 0.03) as f32;
        }
    }

    /// Whether a product would stand where the taken thing stood, where the hand comes in, or in the camera's way.
    fn makes_way(&self, setting: &Setting, [low, high]: [Vec3; 2]) -> bool {
        let at_taken = setting.taken.is_some_and(|taken| {
            let [wide, tall] = taken.half;
            let by = wide + 0.05;
            self.is_near
                && self.way < 0.0
                && low.x < taken.place.x + by
                && high.x > taken.place.x - by
                && low.y < taken.place.y + tall + 0.1
                && high.y > taken.place.y - tall - 0.02
                && low.z < taken.place.z + by
        });
        at_taken || is_in_view(setting, [low, high])
    }
}

/// Whether a box comes near the lines from the lens to the person's head, chest and, where it is in a shelf, to what the hands do.
fn is_in_view(setting: &Setting, [low, high]: [Vec3; 2]) -> bool {
    let lens = setting.camera.as_vec3();
    let person = setting.person.as_vec3();
    let grown = [low - Vec3::splat(VIEW_M), high + Vec3::splat(VIEW_M)];
    let head = setting.head.as_vec3();
    let mut goals = vec![head, Vec3::new(person.x, 0.75 * head.y, person.z)];
    goals.extend(
        setting
            .taken
            .map(|taken| taken.place - Vec3::Z * 0.15)
            .filter(|_| is_low(lens.y)),
    );
    goals.into_iter().any(|goal| crosses(lens, goal, grown))
}

/// Whether a segment crosses a box (slabs: Kay & Kajiya 1986).
fn crosses(from: Vec3, to: Vec3, [low, high]: [Vec3; 2]) -> bool {
    let way = to - from;
    let (mut first, mut last) = (0.0_f32, 1.0_f32);
    for axis in 0..3 {
        if way[axis].abs() < 1e-9 {
            if from[axis] < low[axis] || from[axis] > high[axis] {
                return false;
            }
            continue;
        }
        let (a, b) = (
            (low[axis] - from[axis]) / way[axis],
            (high[axis] - from[axis]) / way[axis],
        );
        first = first.max(a.min(b));
        last = last.min(a.max(b));
    }
    first <= last
}
