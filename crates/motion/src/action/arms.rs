//! What arms, hands and heads do in each action.

use glam::{Quat, Vec3};

use super::hold;
use super::{Act, Doing, ease};
use crate::frame::Frame;
use crate::hand::{Gesture, HandPose};
use crate::joint::Side;
use crate::reach::{Goal, look_at, reach};
use crate::skeleton::Skeleton;

impl Act {
    pub(super) fn reaching(&self, frame: &mut Frame, side: Side, place_m: Vec3, time_s: f32) {
        let share = self.share(time_s);
        look_at(&self.body, frame, place_m);
        let head = *frame;
        lead(frame, &head, share);
        let goal = Goal {
            wrist_m: self.before(frame, side, place_m),
            hand: None,
            swivel: 0.2,
            lean: true,
        };
        blend_arm(&self.body, frame, side, &goal, share);
        fingers(frame, side, &Gesture::Point.pose(), share);
    }

    /// Where the wrist is when the fingertips touch a place.
    fn before(&self, frame: &Frame, side: Side, place_m: Vec3) -> Vec3 {
        let stance = self.body.stand(frame);
        let shoulder = stance.place(crate::Joint::UpperArm(side));
        let hand = self
            .body
            .tip(side, crate::Finger::Index)
            .distance(self.body.place(crate::Joint::Hand(side)));
        place_m - (place_m - shoulder).normalize_or(Vec3::Z) * hand
    }

    /// Beginnings of the seven phases of drinking, and their end.
    pub(super) fn drink_times(&self) -> [f32; 8] {
        let s = self.seconds;
        [0.04, 0.17, 0.22, 0.42, 0.62, 0.82, 0.87, 0.98].map(|t| t * s)
    }

    /// Where the cup is while nobody says otherwise: standing, lifted, or at the mouth.
    pub(super) fn cup_at(&self, ease_frame: &Frame, side: Side, time_s: f32) -> (Vec3, Quat) {
        let Doing::Drinking { cup_m, .. } = self.doing else {
            return (Vec3::ZERO, Quat::IDENTITY);
        };
        let times = self.drink_times();
        let up = ease((time_s - times[2]) / (times[3] - times[2]))
            .min(ease((times[5] - time_s) / (times[5] - times[4])));
        let tip = ease((time_s - times[3]) / (0.4 * (times[4] - times[3])))
            .min(ease((times[4] - time_s) / (0.4 * (times[4] - times[3]))));
        // The rim comes to the mouth, and the cup tips about it.
        let (mouth, forward) = hold::mouth(&self.body, ease_frame);
        let right = Vec3::Y.cross(forward).normalize_or(Vec3::X);
        let turn = Quat::from_axis_angle(right, -(0.15 * up + 0.75 * tip));
        let rim = turn * (Vec3::Y * 0.055 - forward * 0.036);
        let at_mouth = mouth + forward * 0.012 - rim;
        // A detour in front keeps it away from the chest and the table's edge.
        // Who leans back has the chest nearer to the way.
        let (ahead, aside) = match self.driving() {
            Some(_) => (0.1, 0.12),
            None => (0.06, 0.02),
        };
        let bow = forward * ahead + Vec3::X * side.sign() * aside;
        let place = cup_m.lerp(at_mouth, up) + bow * (4.0 * up * (1.0 - up));
        (place, Quat::IDENTITY.slerp(turn, up.min(1.0)))
    }

    pub(super) fn drinking(&self, frame: &mut Frame, ease_frame: &Frame, side: Side, time_s: f32) {
        let Some(hold) = self.holds.first() else {
            return;
        };
        let times = self.drink_times();
        let (place, turn) = self.cup_at(ease_frame, side, time_s);
        let near = ease((time_s - times[0]) / (times[1] - times[0]))
            .min(ease((times[7] - time_s) / (times[7] - times[6])));
        let closed = ease((time_s - times[1]) / (times[2] - times[1]))
            .min(ease((times[6] - time_s) / (times[6] - times[5])));
        let goal = hold.goal((place, turn));
        blend_arm(&self.body, frame, side, &goal, near);
        let open = hold.grasp.hand.lerp(&Gesture::Open.pose(), 0.5);
        let hand = open.lerp(&hold.grasp.hand, closed);
        fingers(frame, side, &hand, near);
    }

    /// Beginnings of the four phases of taking, and their end.
    pub(super) fn take_times(&self) -> [f32; 5] {
        [0.03, 0.3, 0.38, 0.65, 1.0].map(|t| t * self.seconds)
    }

    /// Where a thing that is taken is while a hand leads it.
    fn taken_at(&self, ease_frame: &Frame, side: Side, place_m: Vec3, time_s: f32) -> Vec3 {
        let times = self.take_times();
        let carried = ease((time_s - times[2]) / (times[3] - times[2]));
        let stance = self.body.stand(ease_frame);
        let neck = stance.place(crate::Joint::Neck);
        let scale = self.body.hip_height_m() / 0.9;
        let before = neck + Vec3::new(side.sign() * 0.12, -0.2, 0.33) * scale;
        // First out, then near: shelves have boards above.
        let out = place_m.lerp(before, carried);
        let bow = Vec3::Z * 0.05 * (4.0 * carried * (1.0 - carried));
        out + bow
    }

    pub(super) fn taking(
        &self,
        frame: &mut Frame,
        ease_frame: &Frame,
        side: Side,
        place_m: Vec3,
        time_s: f32,
    ) {
        let Some(hold) = self.holds.first() else {
            return;
        };
        let times = self.take_times();
        let at = self.taken_at(ease_frame, side, place_m, time_s);
        look_at(&self.body, frame, at);
        let near = ease((time_s - times[0]) / (times[1] - times[0]));
        let closed = ease((time_s - times[1]) / (times[2] - times[1]));
        blend_arm(
            &self.body,
            frame,
            side,
            &hold.goal((at, Quat::IDENTITY)),
            near,
        );
        let open = hold.grasp.hand.lerp(&Gesture::Open.pose(), 0.5);
        fingers(frame, side, &open.lerp(&hold.grasp.hand, closed), near);
    }

    pub(super) fn phoning(&self, frame: &mut Frame, side: Side, time_s: f32) {
        let Some(hold) = self.holds.first() else {
            return;
        };
        let share = self.share(time_s);
        let stance_head = hold::ear(&self.body, frame, side);
        let goal = hold.at_ear(stance_head);
        blend_arm(&self.body, frame, side, &goal, share);
        // Heads lean a little towards what they hear.
        let tilt = Quat::from_rotation_z(-side.sign() * 0.1 * share);
        frame.set(crate::Joint::Head, frame.turn(crate::Joint::Head) * tilt);
        hold.grasp.hand.apply(side, frame);
    }

    /// Where the telephone's screen is when both hands hold it.
    pub(super) fn screen(&self, frame: &Frame, time_s: f32) -> (Vec3, Quat) {
        let stance = self.body.stand(frame);
        let chest = frame.world()[crate::Joint::Chest.index()];
        let forward = chest * Vec3::Z;
        let flat = Vec3::new(forward.x, 0.0, forward.z).normalize_or(Vec3::Z);
        let neck = stance.place(crate::Joint::Neck);
        let scale = self.body.hip_height_m() / 0.9;
        let drift = Vec3::Y * 0.006 * (1.3 * time_s + self.sway.phase).sin();
        let place = neck + flat * 0.30 * scale - Vec3::Y * 0.24 * scale + drift;
        // Thin side x towards the face, long side y up and away.
        let face = (neck + Vec3::Y * 0.16 * scale - place).normalize_or(Vec3::Y);
        (place, crate::turning::axes(Vec3::Y - face * face.y, face))
    }

    pub(super) fn texting(&self, frame: &mut Frame, time_s: f32) {
        let (place, turn) = self.screen(frame, time_s);
        look_at(&self.body, frame, place);
        for (side, hold) in Side::BOTH.into_iter().zip(&self.holds) {
            let goal = hold::at_screen(&self.body, side, (place, turn));
            reach(&self.body, frame, side, &goal);
            let mut hand = hold.grasp.hand;
            // Thumbs take turns.
            let beat = (9.0 * time_s + self.sway.phase + side.sign())
                .sin()
                .max(0.0);
            hand.thumb.mcp += 0.25 * beat;
            hand.thumb.ip += 0.2 * beat;
            hand.limited().apply(side, frame);
        }
    }

    /// A telephone in one hand, below the chin and to its own side.
    pub(super) fn reading(&self, frame: &mut Frame, side: Side, time_s: f32) {
        let Some(hold) = self.holds.first() else {
            return;
        };
        let share = self.share(time_s);
        let (place, turn) = self.sheet(frame, side, time_s);
        let mut looking = *frame;
        look_at(&self.body, &mut looking, place);
        // Who drives looks down with the eyes as much as with the head.
        for joint in [crate::Joint::Neck, crate::Joint::Head] {
            let turn = frame.turn(joint).slerp(looking.turn(joint), 0.6 * share);
            frame.set(joint, turn);
        }
        let goal = hold.goal((place, turn));
        blend_arm(&self.body, frame, side, &goal, share);
        fingers(frame, side, &hold.grasp.hand, share);
    }

    /// Where a telephone is that is read with one hand.
    fn sheet(&self, frame: &Frame, side: Side, time_s: f32) -> (Vec3, Quat) {
        let stance = self.body.stand(frame);
        let neck = stance.place(crate::Joint::Neck);
        let scale = self.body.hip_height_m() / 0.9;
        let drift = Vec3::Y * 0.006 * (1.3 * time_s + self.sway.phase).sin();
        let out = Vec3::X * side.sign();
        let place = neck + (Vec3::new(0.0, -0.2, 0.30) + out * 0.16) * scale + drift;
        let face = (neck + Vec3::Y * 0.16 * scale - place).normalize_or(Vec3::Y);
        // The screen looks at the face and leans out, as wrists like it; fingers hold it from behind.
        let up = Vec3::Y + out * 0.7;
        (
            place,
            crate::turning::axes(up - face * face.dot(up), face * -side.sign()),
        )
    }

    pub(super) fn typing(&self, frame: &mut Frame, place_m: Vec3, time_s: f32) {
        look_at(&self.body, frame, place_m + Vec3::new(0.0, 0.3, 0.25));
        for side in Side::BOTH {
            let goal = hold::at_keys(&self.body, frame, side, place_m);
            reach(&self.body, frame, side, &goal);
            let mut hand = Gesture::Relaxed.pose();
            for (i, digit) in hand.digits.iter_mut().enumerate() {
                let beat = (7.0 + 1.3 * i as f32) * time_s + self.sway.phase + 2.0 * i as f32;
                digit.mcp += 0.15 + 0.15 * (beat + side.sign()).sin();
                digit.pip += 0.25;
            }
            hand.limited().apply(side, frame);
        }
    }

    pub(super) fn steering(&self, frame: &mut Frame, place_m: Vec3, time_s: f32) {
        look_at(&self.body, frame, place_m + Vec3::new(0.0, 0.3, 6.0));
        // Small corrections, as on a straight road.
        let turned = self.wheel_turn(time_s);
        for (side, hold) in Side::BOTH.into_iter().zip(&self.holds) {
            let goal = hold.goal(self.rim(side, turned));
            reach(&self.body, frame, side, &goal);
            hold.grasp.hand.apply(side, frame);
        }
    }

    pub(super) fn waving(&self, frame: &mut Frame, side: Side, time_s: f32) {
        let share = self.share(time_s);
        let swing = 0.35 * (9.0 * time_s + self.sway.phase).sin();
        let goal = hold::beside_head(&self.body, frame, side, swing);
        blend_arm(&self.body, frame, side, &goal, share);
        fingers(frame, side, &Gesture::Open.pose(), share);
    }

    /// Where wrists are wanted while the action is in full course.
    pub(super) fn wanted(&self, time_s: f32) -> Vec<(Side, Vec3)> {
        let mut wanted = self.wanted_by_doing(time_s);
        wanted.extend(self.wanted_on_rim(time_s));
        wanted
    }

    fn wanted_by_doing(&self, time_s: f32) -> Vec<(Side, Vec3)> {
        let ease_frame = self.at_ease(time_s);
        let [_, b, c, _] = self.arc();
        let staying = (b..=c).contains(&time_s);
        match self.doing {
            Doing::Reaching { side, place_m } if staying => {
                vec![(side, self.before(&self.frame_at(time_s), side, place_m))]
            }
            Doing::Phoning { side } if staying => {
                let ear = hold::ear(&self.body, &ease_frame, side);
                self.holds
                    .iter()
                    .map(|h| (side, h.at_ear(ear).wrist_m))
                    .collect()
            }
            Doing::Waving { side } if staying => {
                let swing = 0.35 * (9.0 * time_s + self.sway.phase).sin();
                vec![(
                    side,
                    hold::beside_head(&self.body, &ease_frame, side, swing).wrist_m,
                )]
            }
            Doing::Reading { side } if staying => {
                let at = self.sheet(&ease_frame, side, time_s);
                let holds = self.holds.iter();
                holds.map(|h| (side, h.goal(at).wrist_m)).collect()
            }
            Doing::Nothing
            | Doing::Reaching { .. }
            | Doing::Phoning { .. }
            | Doing::Reading { .. }
            | Doing::Waving { .. } => Vec::new(),
            Doing::Drinking { side, .. } => {
                let times = self.drink_times();
                if !(times[1]..times[6]).contains(&time_s) {
                    return Vec::new();
                }
                let at = self.cup_at(&ease_frame, side, time_s);
                self.holds
                    .iter()
                    .map(|h| (side, h.goal(at).wrist_m))
                    .collect()
            }
            Doing::Taking { side, place_m, .. } => {
                if time_s < self.take_times()[1] {
                    return Vec::new();
                }
                let at = self.taken_at(&ease_frame, side, place_m, time_s);
                let holds = self.holds.iter();
                holds
                    .map(|h| (side, h.goal((at, Quat::IDENTITY)).wrist_m))
                    .collect()
            }
            Doing::Texting => Side::BOTH
                .map(|side| {
                    let at = self.screen(&ease_frame, time_s);
                    (side, hold::at_screen(&self.body, side, at).wrist_m)
                })
                .to_vec(),
            Doing::Typing { place_m } => Side::BOTH
                .map(|side| {
                    (
                        side,
                        hold::at_keys(&self.body, &ease_frame, side, place_m).wrist_m,
                    )
                })
                .to_vec(),
            Doing::Steering { .. } => {
                let turned = self.wheel_turn(time_s);
                let holds = Side::BOTH.into_iter().zip(&self.holds);
                holds
                    .map(|(side, hold)| (side, hold.goal(self.rim(side, turned)).wrist_m))
                    .collect()
            }
        }
    }
}

/// Part of the way from an arm at ease to a goal: joints are led over, so that no limit is met on the way.
fn blend_arm(body: &Skeleton, frame: &mut Frame, side: Side, goal: &Goal, share: f32) {
    if share > 0.0 {
        let before = *frame;
        reach(body, frame, side, goal);
        *frame = before.lerp(frame, share);
    }
}

/// Part of the way from a head at ease to `looking`.
fn lead(frame: &mut Frame, looking: &Frame, share: f32) {
    for joint in [crate::Joint::Neck, crate::Joint::Head] {
        let turn = Quat::IDENTITY.slerp(looking.turn(joint), 0.4 + 0.6 * share);
        frame.set(joint, turn);
    }
}

/// Between two hands' poses.
fn fingers(frame: &mut Frame, side: Side, to: &HandPose, share: f32) {
    Gesture::Relaxed.pose().lerp(to, share).apply(side, frame);
}
