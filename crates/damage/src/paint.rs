//! Paint laid open: scratches, scuffs, chips, cracks and rust, drawn to scale on a flat canvas that is projected onto the surface.
//!
//! A [`Canvas`] is a square seen along an axis. What is drawn on it is a depth in micrometres below the surface, and whose mark it is. [`Canvas::cut`] takes
//! the triangles it covers out of a piece and gives them the canvas' texture coordinates, so that a material with [`scene::material::Worn`] shows primer and metal there.
//! [`Canvas::measure`] gives areas and lengths on the surface itself, not on the canvas.

use std::sync::Arc;

use glam::{Vec2, Vec3};
use population::stream::Stream;
use scene::texture::Texels;
use scene::{Mesh, Texture};

use crate::piece::Piece;

/// What a depth of 1 in a canvas' texture means, µm.
pub const FULL_UM: f32 = 150.0;
/// Depths at which the layers of a car's paint end: 45 µm of clear coat, 15 of base coat, 50 of primer and electrocoat; then metal (Streitberger & Dössel 2008, "Automotive Paints and Coatings").
pub const CLEAR_UM: f32 = 8.0;
/// Where the base coat is gone and primer shows.
pub const PRIMER_UM: f32 = 60.0;
/// Where the primer is gone, too.
pub const METAL_UM: f32 = 110.0;

/// A square that marks are drawn on.
#[derive(Debug, Clone)]
pub struct Canvas {
    centre: Vec3,
    right: Vec3,
    up: Vec3,
    /// Towards who looks at the surface, unit.
    pub axis: Vec3,
    half_m: f32,
    px: u32,
    /// Depth, in [`FULL_UM`]/255, row by row from the top.
    depth: Vec<u8>,
    /// Whose mark a texel is; 0 nobody's.
    owner: Vec<u8>,
}

/// What marks of one owner are on the surface.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Marked {
    /// Surface laid open, m².
    pub area_m2: f32,
    /// Deepest place, µm.
    pub depth_um: f32,
}

/// Least share of a triangle's surface that a canvas sees of it.
const FACING: f32 = 0.25;

impl Canvas {
    /// A canvas of `px` × `px` texels over `2·half_m` metres around `centre`, seen along `-axis`.
    pub fn new(centre: Vec3, axis: Vec3, half_m: f32, px: u32) -> Self {
        let right = Vec3::Y.cross(axis).try_normalize().unwrap_or(Vec3::X);
        let count = (px * px) as usize;
        Self {
            centre,
            right,
            up: axis.cross(right),
            axis,
            half_m,
            px,
            depth: vec![0; count],
            owner: vec![0; count],
        }
    }

    /// A place on the canvas, metres from its middle, right and up.
    pub fn place(&self, at: Vec3) -> Vec2 {
        let from = at - self.centre;
        Vec2::new(from.dot(self.right), from.dot(self.up))
    }

    /// The place in space, on the plane through the canvas' centre.
    pub fn point(&self, place: Vec2) -> Vec3 {
        self.centre + self.right * place.x + self.up * place.y
    }

    /// Half of its side, metres.
    pub fn half_m(&self) -> f32 {
        self.half_m
    }

    /// Side of a texel, metres.
    pub fn texel_m(&self) -> f32 {
        2.0 * self.half_m / self.px as f32
    }

    fn uv(&self, at: Vec3) -> Vec2 {
        self.place(at) / (2.0 * self.half_m) + 0.5
    }

    /// Middle of a texel.
    fn texel_place(&self, x: u32, y: u32) -> Vec2 {
        let step = self.texel_m();
        Vec2::new(
            (x as f32 + 0.5) * step - self.half_m,
            self.half_m - (y as f32 + 0.5) * step,
        )
    }

    /// Lays open what `depth_um` says of each place within a box, where that is deeper than what is there.
    pub(crate) fn draw(
        &mut self,
        owner: u8,
        low: Vec2,
        high: Vec2,
        depth_um: impl Fn(Vec2) -> f32,
    ) {
        let step = self.texel_m();
        let column =
            |x: f32| (((x + self.half_m) / step) as i64).clamp(0, i64::from(self.px)) as u32;
        let row = |y: f32| (((self.half_m - y) / step) as i64).clamp(0, i64::from(self.px)) as u32;
        for y in row(high.y)..(row(low.y) + 1).min(self.px) {
            for x in column(low.x)..(column(high.x) + 1).min(self.px) {
                let depth = depth_um(self.texel_place(x, y));
                let byte = (depth / FULL_UM * 255.0).round().clamp(0.0, 255.0) as u8;
                let index = (y * self.px + x) as usize;
                if byte > self.depth[index] {
                    self.depth[index] = byte;
                    self.owner[index] = owner;
                }
            }
        }
    }

    /// A scratch along a line of places, `width_m` wide and as deep as `depth_um`, round in section and running out at both ends.
    pub fn scratch(&mut self, owner: u8, path: &[Vec2], width_m: f32, depth_um: f32) {
        let half = (0.5 * width_m).max(0.5 * self.texel_m());
        let whole: f32 = path.windows(2).map(|ends| ends[0].distance(ends[1])).sum();
        let mut passed = 0.0;
        for ends in path.windows(2) {
            let [from, to] = [ends[0], ends[1]];
            let along = to - from;
            let length = along.length();
            if length > 0.0 {
                let start = passed;
                self.draw(owner, from.min(to) - half, from.max(to) + half, |at| {
                    let t = ((at - from).dot(along) / (length * length)).clamp(0.0, 1.0);
                    let away = at.distance(from + along * t) / half;
                    let run = (start + t * length) / whole;
                    let end = (run.min(1.0 - run) * 12.0).min(1.0);
                    if away < 1.0 {
                        depth_um * end * (1.0 - away * away).sqrt()
                    } else {
                        0.0
                    }
                });
            }
            passed += length;
        }
    }

    /// A chip: an angular flake of paint gone, about `radius_m` wide.
    pub fn chip(
        &mut self,
        owner: u8,
        centre: Vec2,
        radius_m: f32,
        depth_um: f32,
        stream: &mut Stream,
    ) {
        let corners: Vec<f32> = (0..7)
            .map(|_| 0.6 + 0.6 * stream.uniform() as f32)
            .collect();
        let reach = Vec2::splat(1.3 * radius_m);
        self.draw(owner, centre - reach, centre + reach, |at| {
            let from = at - centre;
            let turn = (from.y.atan2(from.x) / std::f32::consts::TAU + 0.5) * 7.0;
            let (k, t) = ((turn as usize).min(6), turn.fract());
            let edge = radius_m * (corners[k] * (1.0 - t) + corners[(k + 1) % 7] * t);
            // Primer shows as a rim around metal.
            let inside = 1.0 - from.length() / edge;
            if inside <= 0.0 {
                0.0
            } else {
                (PRIMER_UM + 2.0 + (depth_um - PRIMER_UM) * (inside * 3.0).min(1.0)).min(depth_um)
            }
        });
    }

    /// Corrosion that spreads from `centre`: a patch with a ragged edge, deepest in the middle.
    pub fn rust(&mut self, owner: u8, centre: Vec2, radius_m: f32, stream: &mut Stream) {
        let seed = stream.next_u64();
        let reach = Vec2::splat(1.4 * radius_m);
        self.draw(owner, centre - reach, centre + reach, |at| {
            let away = at.distance(centre) / radius_m;
            let ragged = 0.55 * noise(at / (0.35 * radius_m), seed)
                + 0.3 * noise(at / (0.12 * radius_m), seed ^ 1)
                + 0.15 * noise(at / (0.04 * radius_m), seed ^ 2);
            let here = 1.15 - away - 0.9 * ragged;
            if here > 0.0 {
                FULL_UM.min(METAL_UM + 40.0 * here)
            } else {
                0.0
            }
        });
    }

    /// Takes the triangles that face the canvas and lie on it out of a piece, as a piece of their own with the canvas' texture coordinates; `None` where there are none.
    pub fn cut(&self, piece: &mut Piece) -> Option<Piece> {
        let mesh = &piece.mesh;
        let on_canvas: Vec<bool> = mesh
            .positions
            .iter()
            .map(|at| {
                let from = *at - self.centre;
                self.place(*at).abs().max_element() < 0.985 * self.half_m
                    && from.dot(self.axis).abs() < 1.2 * self.half_m
            })
            .collect();
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for (triangle, part) in mesh.triangles.iter().zip(&mesh.parts) {
            let [a, b, c] = triangle.map(|v| mesh.positions[v as usize]);
            let normal = (b - a).cross(c - a).normalize_or_zero();
            let is_on =
                normal.dot(self.axis) > FACING && triangle.iter().all(|v| on_canvas[*v as usize]);
            (if is_on { &mut taken } else { &mut left }).push((*triangle, *part));
        }
        if taken.is_empty() {
            return None;
        }
        let mut numbers = vec![u32::MAX; mesh.positions.len()];
        let mut cut = Mesh::default();
        let (mut before, mut faced, mut own_uvs) = (Vec::new(), Vec::new(), Vec::new());
        for (triangle, part) in taken {
            let triangle = triangle.map(|v| {
                let number = &mut numbers[v as usize];
                if *number == u32::MAX {
                    *number = cut.positions.len() as u32;
                    cut.positions.push(mesh.positions[v as usize]);
                    cut.normals.push(mesh.normals[v as usize]);
                    cut.uvs.push(self.uv(mesh.positions[v as usize]));
                    before.push(piece.before[v as usize]);
                    faced.push(piece.faced[v as usize]);
                    own_uvs.push(piece.own_uvs[v as usize]);
                }
                *number
            });
            cut.triangles.push(triangle);
            cut.parts.push(part);
        }
        (piece.mesh.triangles, piece.mesh.parts) = left.into_iter().unzip();
        Some(Piece {
            mesh: cut,
            before,
            faced,
            own_uvs,
            substance: piece.substance,
        })
    }

    /// A picture that lies on pieces by their own coordinates, as it looks on the canvas that cut them out. Texels beside them take the colour of their neighbours.
    pub fn carried(&self, pieces: &[&Piece], picture: &Texture) -> Texture {
        let side = self.px as usize;
        let mut texels = vec![[0.0_f32; 3]; side * side];
        let mut known = vec![false; side * side];
        for piece in pieces {
            for triangle in &piece.mesh.triangles {
                // In texels, y down.
                let [a, b, c] = triangle.map(|v| {
                    let uv = piece.mesh.uvs[v as usize];
                    Vec2::new(uv.x, 1.0 - uv.y) * side as f32
                });
                let own = triangle.map(|v| piece.own_uvs[v as usize]);
                let whole = (b - a).perp_dot(c - a);
                if whole == 0.0 {
                    continue;
                }
                let low = a.min(b).min(c).max(Vec2::ZERO);
                let high = a.max(b).max(c).min(Vec2::splat(side as f32 - 1.0));
                for y in low.y as usize..=high.y as usize {
                    for x in low.x as usize..=high.x as usize {
                        let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
                        let (u, v) = (
                            (at - a).perp_dot(c - a) / whole,
                            (b - a).perp_dot(at - a) / whole,
                        );
                        if u < -1e-4 || v < -1e-4 || u + v > 1.0001 {
                            continue;
                        }
                        let uv = own[0] * (1.0 - u - v) + own[1] * u + own[2] * v;
                        let [r, g, b, _] = picture.sample_linear(uv.x, uv.y);
                        texels[y * side + x] = [r, g, b];
                        known[y * side + x] = true;
                    }
                }
            }
        }
        spread(side, &mut texels, &mut known);
        Texture {
            width: self.px,
            height: self.px,
            texels: Texels::Rgb32(texels),
        }
    }

    /// Something that spread and dried around `centre`: a ragged patch that is strongest at its rim, where what was dissolved is left (Deegan et al. 1997, "Capillary flow as the cause of ring stains").
    pub fn stain(&mut self, owner: u8, centre: Vec2, radius_m: f32, stream: &mut Stream) {
        let seed = stream.next_u64();
        let inside = 0.35 + 0.3 * stream.uniform() as f32;
        let reach = Vec2::splat(1.5 * radius_m);
        let fine = 0.6 * self.texel_m();
        self.draw(owner, centre - reach, centre + reach, |at| {
            let from = at - centre;
            let ragged = 0.6 * noise(at / (0.5 * radius_m), seed)
                + 0.28 * noise(at / (0.17 * radius_m), seed ^ 1)
                + 0.12 * noise(at / (0.05 * radius_m), seed ^ 2);
            // 0 at the rim, growing inwards, in radii.
            let here = 1.2 - from.length() / radius_m - 0.55 * ragged;
            if here <= 0.0 {
                return 0.0;
            }
            let rim = (-here / 0.05).exp();
            let patchy = 0.75 + 0.5 * noise(at / (0.3 * radius_m), seed ^ 3);
            let grain = 0.94 + 0.12 * hashed((at.x / fine) as i64, (at.y / fine) as i64, seed);
            FULL_UM * ((inside * patchy + (1.0 - inside) * rim) * grain).clamp(0.07, 1.0)
        });
    }

    /// A patch around `centre` that fades out without an edge; between steps of its strength texels are mixed at random.
    pub fn fade(&mut self, owner: u8, centre: Vec2, radius_m: f32, stream: &mut Stream) {
        let seed = stream.next_u64();
        let reach = Vec2::splat(1.4 * radius_m);
        let texel = self.texel_m();
        self.draw(owner, centre - reach, centre + reach, |at| {
            let uneven = noise(at / (0.7 * radius_m), seed) - 0.5;
            let away = at.distance(centre) / radius_m + 0.5 * uneven;
            let share = (1.25 - away).clamp(0.0, 1.0);
            let share = share * share * (3.0 - 2.0 * share);
            let mixed = hashed(
                (at.x / texel).floor() as i64,
                (at.y / texel).floor() as i64,
                seed ^ 1,
            ) - 0.5;
            let strength = share + 0.17 * mixed * f32::from(u8::from(share > 0.02));
            if strength > 0.07 {
                FULL_UM * strength.min(1.0)
            } else {
                0.0
            }
        });
    }

    /// What the marks of `owner` are on the surface of pieces that were cut by this canvas; `from_um` is where a mark begins to show.
    pub fn measure(&self, pieces: &[&Piece], owner: u8, from_um: f32) -> Marked {
        let least = (from_um / FULL_UM * 255.0).ceil() as u8;
        let step = f64::from(self.texel_m());
        let mut area = 0.0;
        let mut deepest = 0;
        for piece in pieces {
            for triangle in &piece.mesh.triangles {
                let corners = triangle.map(|v| piece.mesh.positions[v as usize]);
                let flat = corners.map(|at| self.place(at));
                let seen = (flat[1] - flat[0]).perp_dot(flat[2] - flat[0]);
                let real = (corners[1] - corners[0])
                    .cross(corners[2] - corners[0])
                    .length();
                if seen.abs() < 1e-12 {
                    continue;
                }
                let texels = self.texels_in(flat, owner, least, &mut deepest);
                area += texels as f64 * step * step * f64::from(real / seen.abs());
            }
        }
        Marked {
            area_m2: area as f32,
            depth_um: f32::from(deepest) / 255.0 * FULL_UM,
        }
    }

    /// How many texels of an owner have their middle in a triangle.
    fn texels_in(&self, corners: [Vec2; 3], owner: u8, least: u8, deepest: &mut u8) -> usize {
        let step = self.texel_m();
        let low = corners[0].min(corners[1]).min(corners[2]);
        let high = corners[0].max(corners[1]).max(corners[2]);
        let first = |x: f32| ((x + self.half_m) / step - 0.5).floor().max(0.0) as u32;
        let (left, right) = (first(low.x), (first(high.x) + 2).min(self.px));
        let (top, bottom) = (first(-high.y), (first(-low.y) + 2).min(self.px));
        let turn = (corners[1] - corners[0])
            .perp_dot(corners[2] - corners[0])
            .signum();
        let mut count = 0;
        for y in top..bottom {
            for x in left..right {
                let index = (y * self.px + x) as usize;
                if self.owner[index] != owner || self.depth[index] < least {
                    continue;
                }
                let at = self.texel_place(x, y);
                let inside = (0..3).all(|k| {
                    let (a, b) = (corners[k], corners[(k + 1) % 3]);
                    let side = (b - a).perp_dot(at - a) * turn;
                    // A texel on an edge belongs to one of its triangles.
                    side > 0.0 || (side == 0.0 && (a.x, a.y) < (b.x, b.y))
                });
                if inside {
                    count += 1;
                    *deepest = (*deepest).max(self.depth[index]);
                }
            }
        }
        count
    }

    /// How long a path is on the surface of cut pieces: its places carried onto the triangles, those that miss them left out.
    pub fn length_m(&self, pieces: &[&Piece], path: &[Vec2]) -> f32 {
        let mut length = 0.0;
        let mut last: Option<Vec3> = None;
        for ends in path.windows(2) {
            let steps = (ends[0].distance(ends[1]) / 0.002).ceil().max(1.0);
            for k in 0..=steps as u32 {
                let at = self.lifted(pieces, ends[0].lerp(ends[1], k as f32 / steps));
                if let (Some(from), Some(to)) = (last, at) {
                    length += from.distance(to);
                }
                last = at;
            }
        }
        length
    }

    fn lifted(&self, pieces: &[&Piece], place: Vec2) -> Option<Vec3> {
        pieces.iter().find_map(|piece| {
            piece.mesh.triangles.iter().find_map(|triangle| {
                let corners = triangle.map(|v| piece.mesh.positions[v as usize]);
                let [a, b, c] = corners.map(|at| self.place(at));
                let whole = (b - a).perp_dot(c - a);
                let (u, v) = (
                    (place - a).perp_dot(c - a) / whole,
                    (b - a).perp_dot(place - a) / whole,
                );
                (u >= 0.0 && v >= 0.0 && u + v <= 1.0).then(|| {
                    corners[0] + (corners[1] - corners[0]) * u + (corners[2] - corners[0]) * v
                })
            })
        })
    }

    /// Whether anything is drawn on it.
    pub fn is_empty(&self) -> bool {
        self.owner.iter().all(|owner| *owner == 0)
    }

    /// Depth as a texture: 1 is [`FULL_UM`].
    pub fn texture(&self) -> Arc<Texture> {
        Arc::new(Texture {
            width: self.px,
            height: self.px,
            texels: Texels::Linear8(self.depth.clone()),
        })
    }

    /// Whose mark each texel is, row by row from the top, `px` × `px`.
    pub fn owners(&self) -> (u32, Arc<[u8]>) {
        (self.px, self.owner.as_slice().into())
    }
}

/// Gives texels that nothing is known of the mean of their neighbours, some steps outwards.
fn spread(side: usize, texels: &mut [[f32; 3]], known: &mut [bool]) {
    for _ in 0..4 {
        let mut found = Vec::new();
        for y in 0..side {
            for x in 0..side {
                if known[y * side + x] {
                    continue;
                }
                let (mut sum, mut count) = ([0.0_f32; 3], 0.0_f32);
                for (nx, ny) in [
                    (x.wrapping_sub(1), y),
                    (x + 1, y),
                    (x, y.wrapping_sub(1)),
                    (x, y + 1),
                ] {
                    if nx < side && ny < side && known[ny * side + nx] {
                        for (sum, own) in sum.iter_mut().zip(texels[ny * side + nx]) {
                            *sum += own;
                        }
                        count += 1.0;
                    }
                }
                if count > 0.0 {
                    found.push((y * side + x, sum.map(|s| s / count)));
                }
            }
        }
        for (index, texel) in found {
            texels[index] = texel;
            known[index] = true;
        }
    }
}

/// Smooth noise, `[0, 1]`, one bump a unit.
pub(crate) fn noise(at: Vec2, seed: u64) -> f32 {
    let cell = at.floor();
    let t = at - cell;
    let t = t * t * (Vec2::splat(3.0) - 2.0 * t);
    let corner = |dx: i64, dy: i64| hashed(cell.x as i64 + dx, cell.y as i64 + dy, seed);
    let upper = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * t.x;
    let lower = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * t.x;
    upper + (lower - upper) * t.y
}

/// A number of a cell, `[0, 1)` (splitmix64).
pub fn hashed(x: i64, y: i64, seed: u64) -> f32 {
    let mut z = seed
        .wrapping_add((x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add((y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 40) as f32 / (1_u64 << 24) as f32
}
