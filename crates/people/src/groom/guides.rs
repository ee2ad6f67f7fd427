//! Guide curves: a few hundred hairs that find their way over the head and down, clear of skin and clothes; all others follow them.

use glam::Vec3;

use super::roots::Root;
use super::style::{Comb, Style};
use super::volume::Volume;

/// Points of a guide.
pub(crate) const POINTS: usize = 24;
/// The whorl from which hair grows away, from the skull's middle in its half extents: on the crown, a little to one side.
const WHORL: Vec3 = Vec3::new(0.15, 0.72, -0.62);
/// Hair beside a face hangs this far from its middle plane, metres, where it would else hang before the eyes.
const CURTAIN_M: f32 = 0.063;
/// And no further to the front than this, from the middle between the eyes.
const CURTAIN_Z_M: f32 = -0.032;
/// What of a strand's length goes over an adult's head before it hangs freely, metres.
const OVER_HEAD_M: f32 = 0.145;

/// The head that hair grows on, in its own axes (x to the person's left, y up, z forward, origin between the eyes), and what is asked for.
pub(crate) struct Scalp<'a> {
    pub(crate) volume: &'a Volume,
    pub(crate) skull: Vec3,
    /// Half extents of the skull.
    pub(crate) half: Vec3,
    pub(crate) brow_y: f32,
    /// Size against an adult's head.
    pub(crate) scale: f32,
    /// The opposite of gravity.
    pub(crate) upright: Vec3,
    pub(crate) style: &'a Style,
    pub(crate) length_m: f32,
    /// Where the parting lies, in the skull's half width, to the person's left.
    pub(crate) parting: f32,
}

/// Which hairs are combed alike; interpolation never mixes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
    Fringe,
}

pub(crate) fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl Scalp<'_> {
    /// To which side a hair is combed.
    pub(crate) fn side(&self, root: &Root) -> Side {
        let n = root.on_skull;
        if self.style.comb != Comb::Parted {
            return Side::Left;
        }
        if self.style.fringe && n.z > 0.36 && n.y > 0.2 && n.x.abs() < 0.74 {
            Side::Fringe
        } else if n.x > self.parting {
            Side::Left
        } else {
            Side::Right
        }
    }

    /// How long a hair is at a root, metres.
    fn length(&self, root: &Root, side: Side) -> f32 {
        let n = root.on_skull;
        let style = self.style;
        if side == Side::Fringe {
            return 0.13 * self.scale;
        }
        let top = smooth(0.1, 0.6, n.y);
        let nape = smooth(-0.1, -0.7, n.y) * smooth(0.3, -0.2, n.z);
        let below = style.sides + (style.nape - style.sides) * nape;
        self.length_m * (below + (1.0 - below) * top)
    }

    /// Below this height along gravity nothing of a hair is left: straight cuts.
    fn cut(&self, side: Side) -> Option<f32> {
        let level = |place: Vec3| place.dot(self.upright);
        match side {
            Side::Fringe => Some(level(Vec3::new(0.0, self.brow_y - 0.001, 0.08))),
            _ if self.style.comb == Comb::Parted && self.length_m > OVER_HEAD_M => {
                Some(level(self.skull) - (self.length_m - OVER_HEAD_M * self.scale))
            }
            _ => None,
        }
    }

    /// From the skull's middle in its half extents.
    fn on_skull(&self, place: Vec3) -> Vec3 {
        ((place - self.skull) / self.half).normalize_or(Vec3::Y)
    }

    /// Along the head from a place on it (in the skull's half extents, of unit length) towards a direction.
    fn towards(&self, place: Vec3, direction: Vec3) -> Vec3 {
        ((direction - place * direction.dot(place)) * self.half).normalize_or_zero()
    }

    /// The way hair is combed at a place.
    fn comb(&self, at: Vec3, side: Side) -> Vec3 {
        let place = self.on_skull(at);
        let down = self.towards(place, Vec3::NEG_Y);
        if side == Side::Fringe {
            return self.towards(place, Vec3::new(0.35 * place.x, -0.3, 1.0));
        }
        match self.style.comb {
            Comb::Whorl => -self.towards(place, WHORL),
            Comb::Forward => {
                let top = smooth(0.15, 0.7, place.y);
                let forward = self.towards(place, Vec3::new(0.25 * place.x, 0.2, 1.0));
                (forward * top + (down + 0.25 * forward) * (1.0 - top)).normalize_or(down)
            }
            Comb::Back => {
                // To the back, then down: not all to one place.
                let back = self.towards(place, Vec3::new(0.6 * place.x, 0.1, -1.0));
                let top = smooth(-0.1, 0.5, place.y);
                let past = smooth(0.0, -0.7, place.z);
                (back * (1.0 - past) + down * (0.15 + 0.6 * (1.0 - top) + past)).normalize_or(down)
            }
            Comb::Parted => {
                let sign = if side == Side::Left { 1.0 } else { -1.0 };
                let across = sign * (0.12 + 0.88 * smooth(-0.85, 0.0, place.z));
                self.towards(place, Vec3::new(across, -0.9, -0.45))
            }
            Comb::Out => (place * self.half).normalize_or(Vec3::Y),
            Comb::Tied(tie) => {
                let straight = self.skull + tie * self.half - at;
                let near = smooth(0.07, 0.025, straight.length());
                let along = self.towards(place, tie);
                along.lerp(straight.normalize_or(along), near)
            }
        }
    }

    /// How far from the skin a hair lies once it has left it, metres: those of the crown over those below.
    fn room(&self, root: &Root) -> f32 {
        if self.side(root) == Side::Fringe {
            return 0.004 * self.scale;
        }
        let layer = smooth(-0.6, 1.0, root.on_skull.y);
        // Beside the parting hair lies flat.
        let parted = if self.style.comb == Comb::Parted && root.on_skull.z > -0.5 {
            0.25 + 0.75 * smooth(0.0, 0.35, (root.on_skull.x - self.parting).abs())
        } else {
            1.0
        };
        self.style.volume_m * self.scale * layer * parted
    }

    /// Where tied hair comes together.
    pub(crate) fn tie(&self) -> Option<Vec3> {
        match self.style.comb {
            Comb::Tied(tie) => Some(self.skull + tie * self.half),
            _ => None,
        }
    }

    /// A guide from a root at `start`: [`POINTS`] points, evenly apart.
    pub(crate) fn guide(&self, root: &Root, start: Vec3) -> [Vec3; POINTS] {
        let side = self.side(root);
        let style = self.style;
        let tie = self.tie();
        // Tied hair is as long as its way.
        let length = if tie.is_some() {
            0.5
        } else {
            self.length(root, side)
        };
        let step = (length / POINTS as f32).clamp(0.0006, 0.006);
        let steps = (length / step).round() as usize;
        let out = |at: Vec3| {
            self.volume
                .at(at)
                .map_or(Vec3::ZERO, |(_, slope)| slope.normalize_or_zero())
        };
        let cut = self.cut(side);
        let hold = if side == Side::Fringe {
            0.03
        } else {
            style.hold_m
        } * self.scale;
        let room = self.room(root);
        // A parting has no walls.
        let rise_m = if style.comb == Comb::Parted {
            0.09
        } else {
            0.035
        } * self.scale;
        let mut at = start;
        let lift = style.lift;
        let mut direction =
            (out(at) * lift + self.comb(at, side) * (1.0 - 0.7 * lift)).normalize_or(Vec3::Y);
        let mut path = vec![at];
        for k in 0..steps {
            let s = (k as f32 + 1.0) * step;
            let hang = if style.comb == Comb::Out || tie.is_some() {
                0.0
            } else {
                smooth(0.25 * hold, 1.4 * hold, s)
            };
            let rise = lift * (-s / (0.12 * length).clamp(0.004, 0.03)).exp();
            let target = self.comb(at, side) * (1.0 - hang) - self.upright * hang + out(at) * rise;
            let stiff = (-step / 0.012_f32).exp();
            direction = (direction * stiff + target * (1.0 - stiff)).normalize_or(direction);
            let margin = 0.0008 + room * smooth(0.0, rise_m, s);
            let mut next = self.volume.clear(at + direction * step, margin);
            if side != Side::Fringe && tie.is_none() && style.comb != Comb::Forward {
                next = self.beside_the_face(next, root);
            }
            direction = (next - at).normalize_or(direction);
            at = next;
            path.push(at);
            if cut.is_some_and(|cut| at.dot(self.upright) < cut) {
                break;
            }
            if tie.is_some_and(|tie| at.distance(tie) < 0.012) {
                break;
            }
        }
        if let Some(tie) = tie {
            path.push(tie);
        }
        even(&path)
    }

    /// Nothing hangs before eyes, nose and mouth: what would is led aside, then back behind the corner of the eye.
    fn beside_the_face(&self, mut at: Vec3, root: &Root) -> Vec3 {
        let low = smooth(0.06, 0.02, at.y / self.scale);
        let within = low * smooth(-0.075, -0.045, at.z / self.scale);
        let least = CURTAIN_M * self.scale * within;
        if at.x.abs() < least {
            let sign = if root.on_skull.x > self.parting {
                1.0
            } else {
                -1.0
            };
            at.x = sign * least;
        }
        let foremost = (CURTAIN_Z_M + 0.12 * (1.0 - low)) * self.scale;
        at.z = at.z.min(foremost);
        at
    }
}

/// A path by points evenly apart along it.
pub(crate) fn even<const N: usize>(path: &[Vec3]) -> [Vec3; N] {
    let mut along = vec![0.0_f32];
    for pair in path.windows(2) {
        along.push(along[along.len() - 1] + pair[0].distance(pair[1]));
    }
    let total = along[along.len() - 1];
    let mut piece = 0;
    std::array::from_fn(|k| {
        let at = total * k as f32 / (N - 1) as f32;
        while piece + 2 < along.len() && along[piece + 1] < at {
            piece += 1;
        }
        let (Some(a), Some(b)) = (path.get(piece), path.get(piece + 1)) else {
            return path.first().copied().unwrap_or_default();
        };
        let width = along[piece + 1] - along[piece];
        a.lerp(*b, ((at - along[piece]) / width.max(1e-9)).clamp(0.0, 1.0))
    })
}
