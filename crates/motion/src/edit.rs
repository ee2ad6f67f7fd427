//! What can be done with clips: cut, mirror, hasten, loop, join. All of it is deterministic, and contacts go along.

use std::f32::consts::{PI, TAU};

use glam::{Quat, Vec3};

use crate::clip::{Clip, Contact};
use crate::joint::Joint;
use crate::skeleton::Skeleton;

/// Over so long the end of a loop is led back to its beginning, seconds; a fifth of the loop where that is shorter.
const LEAD_S: f32 = 0.3;
/// Moments that are compared with one another to find a loop: all pairs of them.
const COMPARED: usize = 240;
/// Ends that are farther apart by so much than the best are nearly as good, metres: what the lead over the last frames hides.
const NEARLY_M: f32 = 0.012;
/// A loop is no shorter, seconds.
const SHORTEST_LOOP_S: f32 = 0.4;

/// An angle within half a round of 0.
pub(crate) fn wrapped(angle: f32) -> f32 {
    (angle + PI).rem_euclid(TAU) - PI
}

fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl Clip {
    /// The same at another rate.
    pub fn resampled(&self, fps: f32) -> Self {
        let count = (self.seconds() * fps).round() as usize + 1;
        let mut clip = self.clone();
        // A looped clip's own frames, not those of the next round.
        let once = Self {
            looped: false,
            ..self.clone()
        };
        clip.frames = (0..count)
            .map(|i| once.frame_at((i as f32 / fps).min(self.seconds())))
            .collect();
        clip.fps = fps;
        clip
    }

    /// From one moment to another, both in seconds and within the clip, as a clip that begins at the origin.
    pub fn trimmed(&self, from_s: f32, to_s: f32) -> Self {
        let last = self.frames.len().saturating_sub(1);
        let first = ((from_s.max(0.0) * self.fps).round() as usize).min(last);
        let end = ((to_s.max(0.0) * self.fps).round() as usize).clamp(first, last);
        let begin_s = first as f32 / self.fps;
        let mut clip = Self {
            frames: self.frames[first..=end].to_vec(),
            looped: false,
            ..self.clone()
        };
        let length = clip.seconds();
        clip.contacts = self
            .contacts
            .iter()
            .filter(|c| c.to_s >= begin_s && c.from_s <= begin_s + length)
            .map(|c| Contact {
                from_s: (c.from_s - begin_s).max(0.0),
                to_s: (c.to_s - begin_s).min(length),
                ..*c
            })
            .collect();
        clip.at_origin()
    }

    /// Moved so that it begins above the origin, facing +z.
    pub(crate) fn at_origin(mut self) -> Self {
        if let Some(first) = self.frames.first() {
            let yaw = -first.yaw();
            let start = first.moved(yaw, Vec3::ZERO).root;
            self.shift(yaw, -Vec3::new(start.x, 0.0, start.z));
        }
        self
    }

    /// Turned about the upright axis through the origin, then moved on the floor, in hip heights.
    pub fn shift(&mut self, yaw: f32, by: Vec3) {
        for frame in &mut self.frames {
            *frame = frame.moved(yaw, by);
        }
        let turn = Quat::from_rotation_y(yaw);
        for contact in &mut self.contacts {
            contact.place = turn * contact.place + by;
        }
    }

    /// So many times as fast; steps stay as long as they are.
    ///
    /// A factor that is no positive number changes nothing.
    pub fn at_speed(&self, factor: f32) -> Self {
        let mut clip = self.clone();
        if factor.is_finite() && factor > 0.0 {
            clip.fps *= factor;
            for contact in &mut clip.contacts {
                contact.from_s /= factor;
                contact.to_s /= factor;
            }
        }
        clip
    }

    /// Left and right exchanged.
    pub fn mirrored(&self) -> Self {
        let mut clip = self.clone();
        for frame in &mut clip.frames {
            *frame = frame.mirrored();
        }
        for contact in &mut clip.contacts {
            contact.side = contact.side.other();
            contact.place.x = -contact.place.x;
        }
        clip
    }

    /// The part of the clip that goes best on with itself, made to do so, and how far its ends were apart: the mean distance of joints, metres.
    ///
    /// The longest of the parts that are nearly as good is taken. `None` where the clip is too short.
    pub fn looped(&self) -> Option<(Self, f32)> {
        let body = Skeleton::reference();
        let step = self.frames.len().div_ceil(COMPARED).max(1);
        let features: Vec<Vec<Vec3>> = (0..self.frames.len())
            .step_by(step)
            .map(|i| self.features(i, step, &body))
            .collect();
        let shortest = (SHORTEST_LOOP_S * self.fps / step as f32).ceil().max(1.0) as usize;
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for a in 0..features.len() {
            for b in a + shortest..features.len() {
                let both = features[a].iter().zip(&features[b]);
                let sum: f32 = both.map(|(p, q)| p.distance(*q)).sum();
                pairs.push((sum / features[a].len() as f32, a, b));
            }
        }
        let least = pairs.iter().map(|pair| pair.0).reduce(f32::min)?;
        let (far, a, b) = pairs
            .into_iter()
            .filter(|pair| pair.0 <= least + NEARLY_M)
            .min_by(|x, y| (y.2 - y.1).cmp(&(x.2 - x.1)).then(x.0.total_cmp(&y.0)))?;
        let mut clip = self.trimmed((a * step) as f32 / self.fps, (b * step) as f32 / self.fps);
        clip.lead_back();
        clip.looped = true;
        Some((clip, far))
    }

    /// Joints against the hips' place and facing, now and a moment later.
    fn features(&self, at: usize, step: usize, body: &Skeleton) -> Vec<Vec3> {
        let last = self.frames.len() - 1;
        let next = (at + step.max((self.fps / 15.0) as usize)).min(last);
        let joints: Vec<Joint> = Joint::all()
            .filter(|joint| !matches!(joint, Joint::Finger(..)))
            .collect();
        let here = &self.frames[at];
        let mut all = Vec::new();
        for frame in [here, &self.frames[next]] {
            let yaw = Quat::from_rotation_y(-here.yaw());
            let unit = body.hip_height_m();
            let from = Vec3::new(here.root.x, 0.0, here.root.z) * unit;
            let stance = body.stand(frame);
            all.extend(joints.iter().map(|j| yaw * (stance.place(*j) - from)));
        }
        all
    }

    /// Leads the last frames so that the very last is the first, moved on the floor.
    fn lead_back(&mut self) {
        let (Some(first), Some(last)) = (self.frames.first(), self.frames.last()) else {
            return;
        };
        let yaw = last.yaw() - first.yaw();
        let mut goal = first.moved(yaw, Vec3::ZERO);
        goal.root = Vec3::new(last.root.x, first.root.y, last.root.z);
        let last = *last;
        let lead = LEAD_S.min(self.seconds() / 5.0).max(1.0 / self.fps) * self.fps;
        let count = self.frames.len();
        for (i, frame) in self.frames.iter_mut().enumerate() {
            let share = smooth(1.0 - (count - 1 - i) as f32 / lead);
            if share > 0.0 {
                frame.root.y += (goal.root.y - last.root.y) * share;
                for (turn, (to, from)) in frame
                    .turns
                    .iter_mut()
                    .zip(goal.turns.iter().zip(&last.turns))
                {
                    let off = (from.inverse() * *to).normalize();
                    *turn = (*turn * Quat::IDENTITY.slerp(off, share)).normalize();
                }
            }
        }
    }

    /// This clip, then another one that begins where this one ends and faces as it does, crossing over within `blend_s` seconds (at most half of either).
    pub fn then(&self, next: &Self, blend_s: f32) -> Self {
        let mut next = next.resampled(self.fps);
        let blend_s = blend_s
            .max(0.0)
            .min(self.seconds() / 2.0)
            .min(next.seconds() / 2.0);
        let over = (blend_s * self.fps).round() as usize;
        let begin = self.frames.len().saturating_sub(over + 1);
        let (Some(here), Some(there)) = (self.frames.get(begin), next.frames.first()) else {
            return self.clone();
        };
        let yaw = here.yaw() - there.yaw();
        let turned = there.moved(yaw, Vec3::ZERO);
        let by = here.root - turned.root;
        next.shift(yaw, Vec3::new(by.x, 0.0, by.z));
        let mut clip = self.clone();
        clip.looped = false;
        let begin_s = begin as f32 / self.fps;
        for (i, frame) in next.frames.iter().enumerate() {
            match clip.frames.get_mut(begin + i) {
                Some(old) => *old = old.lerp(frame, smooth(i as f32 / over.max(1) as f32)),
                None => clip.frames.push(*frame),
            }
        }
        // Within the crossing nobody knows where feet stand: both are faded by contacts that end and begin at its middle.
        let middle = begin_s + blend_s / 2.0;
        clip.contacts.retain(|c| c.from_s < middle);
        for contact in &mut clip.contacts {
            contact.to_s = contact.to_s.min(middle);
        }
        let later = next.contacts.iter().map(|c| Contact {
            from_s: (c.from_s + begin_s).max(middle),
            to_s: c.to_s + begin_s,
            ..*c
        });
        clip.contacts.extend(later.filter(|c| c.to_s > middle));
        for tag in &next.tags {
            if !clip.tags.contains(tag) {
                clip.tags.push(tag.clone());
            }
        }
        clip.ledger.merge(&next.ledger);
        clip
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::{Sole, Source};
    use crate::frame::Frame;
    use crate::joint::Side;

    /// The largest turn or way between two frames.
    fn apart(a: &Frame, b: &Frame) -> f32 {
        let turns = a.turns.iter().zip(&b.turns);
        turns
            .map(|(a, b)| a.angle_between(*b))
            .fold(a.root.distance(b.root), f32::max)
    }

    /// Steps in place that turn a little, two a second, 30 frames a second.
    fn steps(seconds: f32) -> Clip {
        let frames = (0..=(seconds * 30.0) as usize)
            .map(|i| {
                let t = i as f32 / 30.0;
                let mut frame = Frame::default();
                let swing = (TAU * t).sin();
                for side in Side::BOTH {
                    let s = side.sign();
                    frame.set(
                        Joint::UpperLeg(side),
                        Quat::from_rotation_x(-0.3 - 0.3 * s * swing),
                    );
                    frame.set(
                        Joint::LowerLeg(side),
                        Quat::from_rotation_x(0.6 + 0.3 * s * swing),
                    );
                    frame.set(
                        Joint::UpperArm(side),
                        Quat::from_rotation_x(0.4 * s * swing),
                    );
                }
                frame.set(Joint::Hips, Quat::from_rotation_y(0.1 * t));
                frame.root = Vec3::new(0.1 * t, 0.95 + 0.01 * swing, t);
                frame
            })
            .collect();
        let contact = Contact {
            side: Side::Left,
            sole: Sole::Ball,
            from_s: 0.5,
            to_s: 0.9,
            place: Vec3::new(0.1, 0.0, 0.6),
        };
        Clip {
            name: "steps".into(),
            tags: vec!["walk".into()],
            fps: 30.0,
            frames,
            contacts: vec![contact],
            looped: false,
            source: Source::default(),
            ledger: privacy::Ledger::new(),
        }
    }

    #[test]
    fn rates_and_speeds_change_when_not_what() {
        let clip = steps(2.0);
        let fine = clip.resampled(90.0);
        assert_eq!(fine.frames.len(), 181);
        for i in 0..=20 {
            let t = i as f32 / 10.0;
            assert!(apart(&clip.frame_at(t), &fine.frame_at(t)) < 2e-3);
            assert!(apart(&clip.frame_at(t), &clip.at_speed(2.0).frame_at(t / 2.0)) < 2e-3);
        }
        assert!((clip.at_speed(2.0).contacts[0].to_s - 0.45).abs() < 1e-6);
        assert_eq!(clip.at_speed(f32::NAN), clip);
    }

    #[test]
    fn mirrored_twice_is_itself() {
        let clip = steps(1.0);
        assert_eq!(clip.mirrored().mirrored(), clip);
        assert_eq!(clip.mirrored().contacts[0].side, Side::Right);
    }

    #[test]
    fn a_part_begins_at_the_origin_with_its_contacts() {
        let part = steps(2.0).trimmed(0.6, 1.6);
        assert_eq!(part.frames.len(), 31);
        let first = part.frames[0];
        assert!(first.yaw().abs() < 1e-5 && first.root.x.abs() < 1e-5 && first.root.z.abs() < 1e-5);
        assert!(
            (part.contacts[0].from_s, part.contacts[0].to_s - 0.3)
                .0
                .abs()
                < 1e-5
        );
        // The foot stood at the hips' own z.
        assert!(
            part.contacts[0].place.z.abs() < 0.05,
            "{:?}",
            part.contacts[0]
        );
    }

    #[test]
    fn a_loop_goes_on_without_a_step() {
        let (round, far) = steps(3.3).looped().expect("long enough");
        assert!(far < 0.02, "{far}");
        let cycles = round.seconds();
        assert!(
            (cycles - cycles.round()).abs() < 0.1,
            "whole steps: {cycles}"
        );
        let length = round.seconds();
        let (before, after) = (round.frame_at(length - 1e-3), round.frame_at(length + 1e-3));
        assert!(apart(&before, &after) < 0.02);
        // Three rounds on, it has walked three rounds' way.
        let (yaw, by) = round.round();
        let mut there = round.frames[0];
        for _ in 0..3 {
            there = there.moved(yaw, by);
        }
        assert!(apart(&round.frame_at(3.0 * length + 1e-4), &there) < 0.02);
        assert!(there.root.z > 2.0);
    }

    #[test]
    fn joined_clips_go_on_where_the_first_one_ends() {
        let (walk, more) = (steps(1.0), steps(2.0).trimmed(0.25, 2.0));
        let both = walk.then(&more, 0.3);
        let length = walk.seconds() - 0.3 + more.seconds();
        assert!((both.seconds() - length).abs() < 0.05, "{}", both.seconds());
        for pair in both.frames.windows(2) {
            assert!(apart(&pair[0], &pair[1]) < 0.25, "a step between frames");
        }
        assert!(both.frames.last().is_some_and(|f| f.root.z > 2.0));
    }
}
