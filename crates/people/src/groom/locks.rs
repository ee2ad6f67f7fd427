//! From guides to hair: locks between guides, strands in locks, curls, disorder, ends, and what follows a tie.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};
use population::stream::Stream;
use scene::fibre::Strands;

use super::guides::{POINTS, Scalp, Side, even, smooth};
use super::nearest::Nearest;
use super::roots::Root;
use super::style::{Comb, Curl, Tail};

/// Guides of a head.
pub(crate) const GUIDES: usize = 520;
/// Locks of straight hair and of curls.
const LOCKS: usize = 2_600;
const CURLS: usize = 900;
/// Points of tied hair up to the tie.
const TO_TIE: usize = 10;
/// Most points of a strand.
const MOST_POINTS: usize = 44;
/// How far a root lies below the skin, metres.
const ROOT_M: f32 = 0.0006;

/// A lock: hairs that lie and curl together.
struct Lock {
    root: Vec3,
    side: Side,
    path: [Vec3; POINTS],
    phase: f32,
    turn: f32,
    /// Which way it winds.
    hand: f32,
}

/// The middle line of tied hair behind the tie.
const TAIL_POINTS: usize = 24;

/// What is to grow.
pub(crate) struct Wanted<'a> {
    pub(crate) curl: Option<Curl>,
    /// Half the thickness at the root, metres.
    pub(crate) radius_m: f32,
    /// Roots of the guides, and the guides.
    pub(crate) guiding: &'a [Root],
    pub(crate) guides: Vec<[Vec3; POINTS]>,
    /// Where strands grow.
    pub(crate) accepted: &'a [Root],
    /// A root's place on the posed head, in its axes.
    pub(crate) place: &'a dyn Fn(&Root) -> Vec3,
}

/// Grows the strands in the head's axes; one stream, drawn from in the order of the roots.
pub(crate) fn grow(scalp: &Scalp<'_>, wanted: &Wanted<'_>, own: &mut Stream) -> Strands {
    let Wanted {
        curl,
        radius_m,
        guiding,
        guides,
        accepted,
        place,
    } = wanted;
    let style = scalp.style;
    let curl = curl.map(|curl| fitted(curl, scalp.length_m));
    let sides: Vec<Side> = guiding.iter().map(|root| scalp.side(root)).collect();
    let places: Vec<Vec3> = guiding.iter().map(|root| root.base).collect();
    let nearest_guides = Nearest::new(&places, 0.02);
    let count = if curl.is_some_and(|curl| curl.winds > 0.3) && style.comb != Comb::Out {
        CURLS
    } else {
        LOCKS
    };
    let locks: Vec<Lock> = accepted
        .iter()
        .take(count)
        .map(|root| {
            let side = scalp.side(root);
            let start = place(root);
            let (found, n) = nearest_guides.find::<4>(root.base, |k| {
                let other = sides[k as usize];
                // Behind the parting's end both sides lie alike.
                other == side
                    || (root.on_skull.z < -0.55 && other != Side::Fringe && side != Side::Fringe)
            });
            let mut path = [start; POINTS];
            let mut total = 0.0;
            for &(_, d2) in &found[..n] {
                total += 1.0 / (d2 + 1e-6);
            }
            for &(k, d2) in &found[..n] {
                let guide = &guides[k as usize];
                let weight = 1.0 / (d2 + 1e-6) / total;
                for (point, there) in path.iter_mut().zip(guide) {
                    *point += (*there - guide[0]) * weight;
                }
            }
            if let Some(tie) = scalp.tie() {
                // Whatever the guides' mean says, the tie is in one place.
                let off = tie - path[POINTS - 1];
                for (k, point) in path.iter_mut().enumerate() {
                    *point += off * smooth(0.0, 1.0, k as f32 / (POINTS - 1) as f32);
                }
            }
            let (phase, turn, hand) = (own.uniform(), own.uniform(), own.uniform());
            // Neighbours share a wave; curls are each lock's own.
            let alone = curl.map_or(0.0, |curl| 0.1 + 0.9 * curl.winds);
            Lock {
                root: start,
                side,
                path,
                phase: phase as f32 * TAU * alone,
                turn: 1.0 + 0.36 * alone * (turn as f32 - 0.5),
                hand: if hand < 0.5 && alone > 0.5 { -1.0 } else { 1.0 },
            }
        })
        .collect();
    let bases: Vec<Vec3> = accepted.iter().take(count).map(|root| root.base).collect();
    let nearest_locks = Nearest::new(&bases, 0.008);
    let tail = scalp.tie().map(|tie| tail_line(scalp, tie));
    let mut strands = Strands {
        first: vec![0],
        ..Strands::default()
    };
    let points = points_of(scalp, curl);
    for root in *accepted {
        let draws: [f32; 8] = std::array::from_fn(|_| own.uniform() as f32);
        let side = scalp.side(root);
        let (found, n) = nearest_locks.find::<1>(root.base, |k| locks[k as usize].side == side);
        let start = place(root);
        let (lock, offset) = if n == 1 {
            let lock = &locks[found[0].0 as usize];
            (lock, start - lock.root)
        } else {
            // A side with no lock of its own: none grows.
            continue;
        };
        let mut strand = Grower {
            scalp,
            curl,
            lock,
            offset,
            draws,
            start,
        };
        let first = strands.points.len();
        if let Some(tail) = &tail {
            strand.tied(tail, &mut strands.points);
        } else {
            strand.loose(points, &mut strands.points);
        }
        let n = strands.points.len() - first;
        let radius = radius_m * (0.85 + 0.3 * draws[7]);
        for k in 0..n {
            let t = k as f32 / (n - 1) as f32;
            strands.radii_m.push(radius * (1.0 - 0.6 * t * t * t));
        }
        strands.first.push(strands.points.len() as u32);
    }
    strands
}

/// Curls of short hair are no larger than it has room for.
fn fitted(curl: Curl, length_m: f32) -> Curl {
    let turn_m = curl.turn_m.min(0.7 * length_m);
    Curl {
        radius_m: curl.radius_m.min(0.11 * length_m),
        turn_m,
        ..curl
    }
}

/// Points of a loose strand: enough for its curls.
fn points_of(scalp: &Scalp<'_>, curl: Option<Curl>) -> usize {
    let long = (scalp.length_m / 0.04) as usize + 5;
    let curls = curl.map_or(0.0, |curl| 4.6 * scalp.length_m / curl.turn_m) as usize + 4;
    long.max(curls).min(MOST_POINTS)
}

/// One strand while it grows.
struct Grower<'a> {
    scalp: &'a Scalp<'a>,
    curl: Option<Curl>,
    lock: &'a Lock,
    /// From the lock's root.
    offset: Vec3,
    draws: [f32; 8],
    start: Vec3,
}

impl Grower<'_> {
    fn on_lock(&self, t: f32) -> Vec3 {
        along(&self.lock.path, t)
    }

    /// Where curls and disorder take a place, `s` metres from the root, of a line through it.
    fn curled(&self, s: f32, length: f32, line: Vec3, outward: Vec3) -> Vec3 {
        let style = self.scalp.style;
        let mut moved = Vec3::ZERO;
        let aside = line.cross(outward).normalize_or(Vec3::X);
        let above = aside.cross(line).normalize_or(Vec3::Y);
        if let Some(curl) = self.curl {
            let loose = 1.0 - style.clumping;
            let angle = self.lock.hand
                * (s / (curl.turn_m * self.lock.turn) * TAU
                    + self.lock.phase
                    + loose * 5.0 * (self.draws[4] - 0.5));
            let ramp = smooth(0.0, 1.2 * curl.turn_m, s);
            let radius = curl.radius_m * ramp * (0.8 + 0.4 * self.draws[5]);
            moved += aside * (angle.cos() * radius) + above * (angle.sin() * radius * curl.winds);
        }
        // Slow wander of its own.
        let t = s / length;
        let turn = self.draws[2] * TAU;
        let (a, b) = ((turn + 4.1 * t).sin(), (2.3 * turn + 5.7 * t).cos());
        moved + (aside * a + above * b) * (style.frizz_m * t * (0.3 + 1.2 * self.draws[6].powi(2)))
    }

    fn loose(&mut self, points: usize, out: &mut Vec<Vec3>) {
        let scalp = self.scalp;
        let style = scalp.style;
        let reach = 1.0 - style.layered * self.draws[0] * self.draws[0];
        let length = length_of(&self.lock.path) * reach;
        // Some lie deeper than others.
        let depth = style.volume_m * scalp.scale * (0.15 - 0.85 * self.draws[1]);
        let close = 1.0 - style.clumping;
        for k in 0..points {
            let t = k as f32 / (points - 1) as f32;
            let s = t * length;
            let middle = self.on_lock(t * reach);
            let line = self.on_lock((t * reach + 0.03).min(1.0)) - self.on_lock(t * reach - 0.03);
            let line = line.normalize_or(Vec3::NEG_Y);
            let outward = ((middle - scalp.skull) / scalp.half).normalize_or(Vec3::Y);
            let together = 1.0 - (1.0 - close) * smooth(0.0, 0.6, t);
            let mut at = middle + self.offset * together;
            at += outward * (depth * smooth(0.0, 0.03, s));
            at += self.curled(s, length, line, outward);
            out.push(self.kept_out(at, s));
        }
        if let Some(first) = out.len().checked_sub(points) {
            out[first] = self.root();
        }
    }

    /// A little below the skin, so that no root is seen.
    fn root(&self) -> Vec3 {
        let inward = (self.scalp.skull - self.start).normalize_or_zero();
        self.start + inward * ROOT_M
    }

    fn kept_out(&self, at: Vec3, s: f32) -> Vec3 {
        // Upright roots have room of their own.
        let margin = 0.0012 * smooth(0.0, 0.012, s) * (0.3 + self.draws[3]);
        self.scalp.volume.clear(at, margin)
    }

    fn tied(&mut self, tail: &[Vec3; TAIL_POINTS], out: &mut Vec<Vec3>) {
        let scalp = self.scalp;
        let style = scalp.style;
        let first = out.len();
        let depth = style.volume_m * scalp.scale * (0.1 - 0.8 * self.draws[1]);
        let way = length_of(&self.lock.path);
        let disc = Vec2::from_angle(self.draws[2] * TAU) * self.draws[4].sqrt();
        for k in 0..TO_TIE {
            let t = k as f32 / TO_TIE as f32;
            let middle = self.on_lock(t);
            let outward = ((middle - scalp.skull) / scalp.half).normalize_or(Vec3::Y);
            let at = middle + self.offset * (1.0 - t) + outward * (depth * smooth(0.0, 0.2, t));
            out.push(self.kept_out(at, t * way));
        }
        out[first] = self.root();
        let (a, b) = across(tail[1] - tail[0]);
        match style.tail {
            Tail::Loose => self.loose_tail(tail, disc, out),
            Tail::Plait => self.plait(tail, disc, out),
            Tail::Bun => {
                // Wound around a middle a little behind the tie.
                let axis = (tail[1] - tail[0]).normalize_or(Vec3::NEG_Z);
                let middle = tail[0] + axis * (0.016 * scalp.scale);
                let size = scalp.scale * (0.5 + 0.5 * (scalp.length_m / 0.4));
                let (wide, thick) = (0.020 * size, 0.013 * size);
                let begin = self.draws[5] * TAU;
                for k in 0..14 {
                    let turn = begin + (k as f32 + 0.5) / 14.0 * TAU * 1.15;
                    let ring = a * turn.cos() + b * turn.sin();
                    let twist = disc.rotate(Vec2::from_angle(1.3 * turn));
                    let at = middle + ring * (wide + thick * twist.x) + axis * (thick * twist.y);
                    out.push(scalp.volume.clear(at, 0.001));
                }
            }
        }
    }

    fn loose_tail(&self, tail: &[Vec3; TAIL_POINTS], disc: Vec2, out: &mut Vec<Vec3>) {
        let scalp = self.scalp;
        let length = length_of(tail);
        let points = self.curl.map_or(0.0, |curl| 4.0 * length / curl.turn_m) as usize;
        let points = points.clamp(16, MOST_POINTS);
        let reach = 1.0 - scalp.style.layered * self.draws[0] * self.draws[0];
        let (a, b) = across(tail[1] - tail[0]);
        for k in 0..points {
            let t = (k as f32 + 0.3) / points as f32 * reach;
            let middle = along(tail, t);
            let line = (along(tail, (t + 0.03).min(1.0)) - along(tail, t - 0.03))
                .normalize_or(Vec3::NEG_Y);
            let swell = 0.006 + 0.016 * smooth(0.0, 0.3, t) - 0.008 * smooth(0.5, 1.0, t);
            let mut at = middle + (a * disc.x + b * disc.y) * (swell * scalp.scale);
            at += self.curled(t * length, length, line, a);
            out.push(scalp.volume.clear(at, 0.001));
        }
    }

    fn plait(&self, tail: &[Vec3; TAIL_POINTS], disc: Vec2, out: &mut Vec<Vec3>) {
        let scalp = self.scalp;
        let length = length_of(tail);
        // A turn of a plait is about twice as long as it is wide.
        let (wide, turn) = (0.011 * scalp.scale, 0.055 * scalp.scale);
        let phase = (self.draws[5] * 3.0).floor() / 3.0 * TAU;
        let points = ((length / turn * 7.0) as usize).clamp(16, MOST_POINTS);
        let side = scalp
            .upright
            .cross(tail[0] - scalp.skull)
            .normalize_or(Vec3::X);
        for k in 0..points {
            let t = (k as f32 + 0.3) / points as f32;
            let middle = along(tail, t);
            let line = (along(tail, (t + 0.03).min(1.0)) - along(tail, t - 0.03))
                .normalize_or(Vec3::NEG_Y);
            let back = side.cross(line).normalize_or(Vec3::Z);
            let angle = t * length / turn * TAU + phase;
            // Below its end the plait is open.
            let end = smooth(0.86, 0.94, t);
            let thin = 1.0 - 0.35 * t;
            let strand = 0.0085 * scalp.scale * thin * (1.0 - 0.45 * end);
            let at = middle
                + side * (angle.sin() * wide * thin * (1.0 - end) + disc.x * strand)
                + back * ((2.0 * angle).sin() * 0.6 * wide * thin * (1.0 - end) + disc.y * strand);
            out.push(scalp.volume.clear(at, 0.001));
        }
    }
}

/// Where tied hair hangs behind the tie, clear of neck and back.
fn tail_line(scalp: &Scalp<'_>, tie: Vec3) -> [Vec3; TAIL_POINTS] {
    let mut direction = ((tie - scalp.skull) / scalp.half).normalize_or(Vec3::NEG_Z);
    let step = 0.006;
    let mut at = tie;
    let mut path = vec![at];
    let room = 0.016 * scalp.scale;
    while (path.len() as f32) * step < scalp.length_m {
        direction = (direction * 0.82 - scalp.upright * 0.18).normalize_or(Vec3::NEG_Y);
        let s = path.len() as f32 * step;
        let next = scalp
            .volume
            .clear(at + direction * step, room * smooth(0.0, 0.03, s));
        direction = (next - at).normalize_or(direction);
        at = next;
        path.push(at);
    }
    even(&path)
}

/// Two directions at right angles to a line.
fn across(line: Vec3) -> (Vec3, Vec3) {
    line.normalize_or(Vec3::NEG_Z).any_orthonormal_pair()
}

/// A place on a line of points, `t` from its beginning 0 to its end 1.
fn along<const N: usize>(line: &[Vec3; N], t: f32) -> Vec3 {
    let at = t.clamp(0.0, 1.0) * (N - 1) as f32;
    let first = (at as usize).min(N - 2);
    line[first].lerp(line[first + 1], at - first as f32)
}

fn length_of<const N: usize>(line: &[Vec3; N]) -> f32 {
    line.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
}
