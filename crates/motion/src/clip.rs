//! A motion of nobody in particular: frames at an even rate, and when feet stand.

use body::BodyModel;
use body::rig::Pose;
use glam::{Quat, Vec3};
use privacy::Ledger;
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::joint::Side;
use crate::plant;
use crate::skeleton::Skeleton;

/// Which part of a foot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sole {
    /// The heel.
    Heel,
    /// The ball and the toes.
    Ball,
}

/// A time in which a part of a foot stands still.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    /// Whose foot.
    pub side: Side,
    /// Which part.
    pub sole: Sole,
    /// Its first moment, seconds.
    pub from_s: f32,
    /// Its last.
    pub to_s: f32,
    /// Where, in hip heights, as [`Frame::root`] is; y is the ground's height there.
    pub place: Vec3,
}

/// Where a clip came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Source {
    /// The file's name, without folders; empty for a motion that was made.
    pub file: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Whose names its joints had.
    pub family: String,
    /// What one of its units was taken for, as a word: `centimetre`.
    pub unit: String,
}

/// A motion that any body can do.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// A name for it, such as the file's.
    pub name: String,
    /// Words to find it by: `walk`, `loop`.
    pub tags: Vec<String>,
    /// Frames a second, positive.
    pub fps: f32,
    /// At least one; the first faces +z, its hips above the origin.
    pub frames: Vec<Frame>,
    /// When feet stand, by time of beginning.
    pub contacts: Vec<Contact>,
    /// Whether its last frame goes on with its first.
    pub looped: bool,
    /// Where it came from.
    pub source: Source,
    /// What was read of real people for it.
    pub ledger: Ledger,
}

impl Clip {
    /// From its first frame to its last, seconds.
    pub fn seconds(&self) -> f32 {
        (self.frames.len().saturating_sub(1)) as f32 / self.fps
    }

    /// The frame at a time; before the beginning the first, after the end the last, but a looped clip goes on round after round.
    pub fn frame_at(&self, time_s: f32) -> Frame {
        let (within, rounds) = self.within(time_s);
        self.after_rounds(&self.unrolled(within), rounds)
    }

    /// Between the two frames around a time.
    fn unrolled(&self, time_s: f32) -> Frame {
        let at = (time_s * self.fps).max(0.0);
        let last = self.frames.len().saturating_sub(1);
        let first = (at as usize).min(last);
        let next = (first + 1).min(last);
        let Some((a, b)) = self.frames.get(first).zip(self.frames.get(next)) else {
            return Frame::default();
        };
        a.lerp(b, (at - first as f32).clamp(0.0, 1.0))
    }

    /// A time within the clip, and how many rounds lie before it.
    fn within(&self, time_s: f32) -> (f32, u32) {
        let length = self.seconds();
        if self.looped && length > 0.0 && time_s.is_finite() && time_s > 0.0 {
            // A round that would last for days is the last one there is.
            let rounds = (time_s / length).floor().min(1e5);
            (time_s - rounds * length, rounds as u32)
        } else {
            (time_s, 0)
        }
    }

    /// How one round moves whoever walks it: a turn about the upright axis, then a step on the floor.
    pub fn round(&self) -> (f32, Vec3) {
        let (Some(first), Some(last)) = (self.frames.first(), self.frames.last()) else {
            return (0.0, Vec3::ZERO);
        };
        if !self.looped {
            return (0.0, Vec3::ZERO);
        }
        let yaw = crate::edit::wrapped(last.yaw() - first.yaw());
        let by = last.root - first.moved(yaw, Vec3::ZERO).root;
        (yaw, Vec3::new(by.x, 0.0, by.z))
    }

    /// Contacts with those of the rounds before and after, which feet are led towards at the ends.
    fn around(&self) -> Vec<Contact> {
        let (yaw, by) = self.round();
        let turn = Quat::from_rotation_y(yaw);
        let length = self.seconds();
        let moved = |contact: &Contact, rounds: f32, place: Vec3| Contact {
            from_s: contact.from_s + rounds * length,
            to_s: contact.to_s + rounds * length,
            place,
            ..*contact
        };
        let before = self
            .contacts
            .iter()
            .map(|c| moved(c, -1.0, turn.inverse() * (c.place - by)));
        let after = self
            .contacts
            .iter()
            .map(|c| moved(c, 1.0, turn * c.place + by));
        before
            .chain(self.contacts.iter().copied())
            .chain(after)
            .collect()
    }

    fn after_rounds(&self, frame: &Frame, rounds: u32) -> Frame {
        if rounds == 0 {
            return *frame;
        }
        let (yaw, by) = self.round();
        (0..rounds).fold(*frame, |frame, _| frame.moved(yaw, by))
    }

    /// The frame at a time on one body: legs bent so that standing feet stay where they stand, and none is below the floor.
    ///
    /// `rest` are all vertices of the shaped, unposed body. The pose is for [`body::rig::Rig::pose`]; the posed vertices are then moved by the
    /// offset, metres: the floor is at y = 0 and the clip begins above the origin, facing +z.
    pub fn pose_at(&self, time_s: f32, model: &BodyModel, rest: &[Vec3]) -> (Pose, Vec3) {
        let body = Skeleton::of(model, rest);
        body.pose(&self.planted_at(time_s, &body))
    }

    /// The frame of [`Clip::pose_at`]: for those who pose one body many times, or turn more joints before they do.
    pub fn planted_at(&self, time_s: f32, body: &Skeleton) -> Frame {
        let (within, rounds) = self.within(time_s);
        let mut frame = self.unrolled(within);
        if self.looped {
            plant::plant(&mut frame, body, &self.around(), within);
        } else {
            plant::plant(&mut frame, body, &self.contacts, within);
        }
        self.after_rounds(&frame, rounds)
    }
}
