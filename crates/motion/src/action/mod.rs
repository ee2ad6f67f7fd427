//! Everyday actions, made without a recording: standing, walking a path, sitting; reaching, drinking, taking things, telephoning, writing messages, typing, steering, driving, waving.
//!
//! An [`Act`] is what the legs do ([`Base`]) and what the hands do ([`Doing`]), on one body. It is a function of time: frames, named phases, and where what is
//! held is. Targets are metres in the act's own space: the floor is y = 0, the person begins above the origin and faces +z.
//!
//! Invariants: the same body, targets and seed give the same frames at any times asked for, in any order; feet stand where they stand; what cannot be
//! reached is said by [`Act::missed_m`].

mod arms;
mod base;
mod drive;
mod hold;
mod walk;

use glam::{Quat, Vec2, Vec3};
use population::Streams;

use crate::clip::{Clip, Source};
use crate::frame::Frame;
use crate::hand::{Gesture, Grasp, Shape};
use crate::joint::Side;
use crate::reach::beyond_limits;
use crate::skeleton::Skeleton;
use base::Sway;
pub use drive::{Driving, Wheel};
use hold::Hold;
use walk::Walk;

/// What hips and legs do.
#[derive(Debug, Clone, PartialEq)]
pub enum Base {
    /// Standing at ease.
    Standing,
    /// Sitting on a seat that is so high, feet on the floor where they reach it.
    Seated {
        /// From the floor to where one sits, metres.
        seat_m: f32,
    },
    /// Sitting in a car behind its wheel; hands that do nothing else hold it.
    Driving(Driving),
    /// Walking along points on the floor (x, z), metres, from the first; at least two, else standing.
    Walking {
        /// Where to go.
        path_m: Vec<Vec2>,
        /// Metres a second, `[0.3, 2.2]`.
        speed_m_per_s: f32,
    },
}

/// What hands do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doing {
    /// They hang, swing in walking, or lie on the thighs.
    Nothing,
    /// One hand goes to a place with its fingertips, stays, and comes back.
    Reaching {
        /// Whose.
        side: Side,
        /// Where, metres.
        place_m: Vec3,
    },
    /// A cup is taken from where it stands, drunk from, and put back.
    Drinking {
        /// Whose.
        side: Side,
        /// The middle of the cup, metres.
        cup_m: Vec3,
    },
    /// A thing is taken from where it stands, upright, and looked at before the chest.
    Taking {
        /// Whose.
        side: Side,
        /// The middle of the thing, metres.
        place_m: Vec3,
        /// What is taken.
        shape: Shape,
    },
    /// A telephone is held to the ear.
    Phoning {
        /// Whose.
        side: Side,
    },
    /// A telephone is held before the chest with both hands, thumbs on it, eyes too.
    Texting,
    /// A telephone is held before the chest with one hand and read, eyes on it.
    Reading {
        /// Whose.
        side: Side,
    },
    /// Both hands lie on a keyboard and write.
    Typing {
        /// The middle of the keyboard, metres.
        place_m: Vec3,
    },
    /// Both hands are on a wheel.
    Steering {
        /// The wheel's middle, metres.
        place_m: Vec3,
        /// To the middle of the rim, metres.
        radius_m: f32,
        /// How far the wheel leans away from upright, radians: 0 faces the driver, π/2 lies flat.
        tilt: f32,
    },
    /// A hand is raised and waves.
    Waving {
        /// Whose.
        side: Side,
    },
}

/// A part of an action with a name, for labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// Such as `lift`.
    pub name: &'static str,
    /// Its beginning, seconds.
    pub from_s: f32,
    /// Its end.
    pub to_s: f32,
}

/// What is held, and where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prop {
    /// Its shape.
    pub shape: Shape,
    /// Its middle, metres.
    pub place_m: Vec3,
    /// From its axes to the world; a cup's y is up.
    pub turn: Quat,
}

/// An action of one body.
#[derive(Debug, Clone)]
pub struct Act {
    body: Skeleton,
    base: Base,
    doing: Doing,
    seconds: f32,
    sway: Sway,
    walk: Option<Walk>,
    holds: Vec<Hold>,
    /// A driver's hands on the rim.
    rims: Vec<(Side, Hold)>,
}

/// The cup that is drunk from.
const CUP: Shape = Shape::Cylinder {
    radius_m: 0.036,
    length_m: 0.11,
};
/// A telephone.
const PHONE: Shape = Shape::Box {
    size_m: Vec3::new(0.009, 0.15, 0.072),
};
/// A wheel's rim, as far as one hand knows it.
const RIM: Shape = Shape::Cylinder {
    radius_m: 0.015,
    length_m: 0.12,
};

impl Act {
    /// Prepares an action of so many seconds (at least 1); `streams` decide what nobody asks for: how one sways, how long one drinks.
    pub fn new(body: &Skeleton, base: Base, doing: Doing, seconds: f32, streams: &Streams) -> Self {
        let walk = match &base {
            Base::Walking {
                path_m,
                speed_m_per_s,
            } => Walk::new(body, path_m, *speed_m_per_s),
            Base::Standing | Base::Seated { .. } | Base::Driving(_) => None,
        };
        let mut act = Self {
            body: body.clone(),
            base,
            doing,
            seconds: walk.as_ref().map_or(seconds.max(1.0), Walk::seconds),
            sway: Sway::new(streams),
            walk,
            holds: Vec::new(),
            rims: Vec::new(),
        };
        act.rims = act.rim_holds();
        act.holds = act.prepare();
        act
    }

    /// How long it takes.
    pub fn seconds(&self) -> f32 {
        self.seconds
    }

    /// Hips and legs, and arms that nobody uses.
    fn at_ease(&self, time_s: f32) -> Frame {
        match (&self.walk, &self.base) {
            (Some(walk), _) => walk.frame(&self.body, time_s, &self.sway),
            (None, Base::Seated { seat_m }) => {
                base::seated(&self.body, *seat_m, time_s, &self.sway)
            }
            (None, Base::Driving(driver)) => self.at_wheel(driver, time_s),
            (None, Base::Standing | Base::Walking { .. }) => {
                base::standing(&self.body, time_s, &self.sway)
            }
        }
    }

    fn prepare(&self) -> Vec<Hold> {
        let (body, ease) = (&self.body, self.at_ease(self.seconds * 0.5));
        let upright = |place_m: Vec3| (place_m, Quat::IDENTITY);
        match self.doing {
            Doing::Nothing
            | Doing::Reaching { .. }
            | Doing::Waving { .. }
            | Doing::Typing { .. } => Vec::new(),
            Doing::Drinking { side, cup_m } => {
                let grasp = Grasp::around(body, side, CUP);
                // A cup in a car stands low: what counts is how it is held on its way to the mouth.
                let place_m = match self.base {
                    Base::Driving(_) => {
                        let (mouth, forward) = hold::mouth(body, &ease);
                        cup_m.lerp(mouth + forward * 0.1, 0.75)
                    }
                    Base::Standing | Base::Seated { .. } | Base::Walking { .. } => cup_m,
                };
                vec![Hold::new(body, &ease, side, grasp, upright(place_m))]
            }
            Doing::Taking {
                side,
                place_m,
                shape,
            } => {
                let grasp = Grasp::around(body, side, shape);
                vec![Hold::new(body, &ease, side, grasp, upright(place_m))]
            }
            Doing::Phoning { side } | Doing::Reading { side } => {
                let grasp = Grasp::around(body, side, PHONE);
                vec![Hold::fixed(grasp)]
            }
            Doing::Texting => Side::BOTH
                .map(|side| Hold::fixed(hold::cradle(body, side)))
                .to_vec(),
            Doing::Steering { .. } => Side::BOTH
                .into_iter()
                .map(|side| {
                    let grasp = Grasp::around(body, side, RIM);
                    let (place, turn) = self.rim(side, 0.0);
                    Hold::new(body, &ease, side, grasp, (place, turn))
                })
                .collect(),
        }
    }

    /// Where a hand holds the wheel when it is turned by an angle.
    fn rim(&self, side: Side, turned: f32) -> (Vec3, Quat) {
        let Doing::Steering {
            place_m,
            radius_m,
            tilt,
        } = self.doing
        else {
            return (Vec3::ZERO, Quat::IDENTITY);
        };
        let wheel = Wheel {
            place_m,
            radius_m,
            tilt,
        };
        // A quarter to three, a little above.
        wheel.rim(
            side.sign() * (90_f32 - 8.0).to_radians() + turned,
            -side.sign(),
        )
    }

    /// The frame at a time; before the beginning the first, after the end the last. Hips in this body's hip heights, as clips have them.
    pub fn frame_at(&self, time_s: f32) -> Frame {
        let time_s = time_s.clamp(0.0, self.seconds);
        self.frame(time_s, time_s)
    }

    /// The frame at any time of somebody who does it again and again, walks on, and never stops breathing.
    pub fn repeated_at(&self, time_s: f32) -> Frame {
        self.frame(time_s, self.within(time_s))
    }

    /// How far a repeated action has come: what has no beginning and no end just goes on.
    fn within(&self, time_s: f32) -> f32 {
        match self.doing {
            Doing::Nothing | Doing::Texting | Doing::Typing { .. } | Doing::Steering { .. } => {
                time_s
            }
            Doing::Reaching { .. }
            | Doing::Drinking { .. }
            | Doing::Phoning { .. }
            | Doing::Reading { .. }
            | Doing::Taking { .. }
            | Doing::Waving { .. } => time_s.rem_euclid(self.seconds),
        }
    }

    /// Hips, legs and breath at one time, what the hands do at another.
    fn frame(&self, ease_s: f32, time_s: f32) -> Frame {
        let mut frame = self.at_ease(ease_s);
        if self.driving().is_none() {
            for side in Side::BOTH {
                Gesture::Relaxed.pose().apply(side, &mut frame);
            }
        }
        let ease = frame;
        match self.doing {
            Doing::Nothing => {}
            Doing::Reaching { side, place_m } => self.reaching(&mut frame, side, place_m, time_s),
            Doing::Drinking { side, .. } => self.drinking(&mut frame, &ease, side, time_s),
            Doing::Taking { side, place_m, .. } => {
                self.taking(&mut frame, &ease, side, place_m, time_s);
            }
            Doing::Phoning { side } => self.phoning(&mut frame, side, time_s),
            Doing::Texting => self.texting(&mut frame, time_s),
            Doing::Reading { side } => self.reading(&mut frame, side, time_s),
            Doing::Typing { place_m } => self.typing(&mut frame, place_m, time_s),
            Doing::Steering { place_m, .. } => self.steering(&mut frame, place_m, time_s),
            Doing::Waving { side } => self.waving(&mut frame, side, time_s),
        }
        frame
    }

    /// Times of an action that goes up, stays and comes back, seconds: up, stay from, stay to, down.
    fn arc(&self) -> [f32; 4] {
        let move_s = (self.seconds * 0.25).min(1.3);
        let idle = (self.seconds * 0.08).min(0.5);
        [
            idle,
            idle + move_s,
            self.seconds - idle - move_s,
            self.seconds - idle,
        ]
    }

    /// 0 at rest, 1 while it stays.
    fn share(&self, time_s: f32) -> f32 {
        let [a, b, c, d] = self.arc();
        ease((time_s - a) / (b - a)).min(ease((d - time_s) / (d - c)))
    }

    /// What happens when, in order of time.
    pub fn phases(&self) -> Vec<Phase> {
        let [a, b, c, d] = self.arc();
        let whole = |name| {
            vec![Phase {
                name,
                from_s: 0.0,
                to_s: self.seconds,
            }]
        };
        let parts = |names: [&'static str; 3]| {
            names
                .into_iter()
                .zip([(a, b), (b, c), (c, d)])
                .map(|(name, (from_s, to_s))| Phase { name, from_s, to_s })
                .collect()
        };
        match self.doing {
            Doing::Nothing => whole(match self.base {
                Base::Standing => "stand",
                Base::Seated { .. } => "sit",
                Base::Driving(_) => "drive",
                Base::Walking { .. } => "walk",
            }),
            Doing::Reaching { .. } => parts(["reach", "touch", "return"]),
            Doing::Drinking { .. } => one_by_one(
                &[
                    "reach", "grasp", "lift", "drink", "lower", "release", "return",
                ],
                &self.drink_times(),
            ),
            Doing::Taking { .. } => {
                one_by_one(&["reach", "grasp", "take", "look"], &self.take_times())
            }
            Doing::Phoning { .. } => parts(["lift", "phone", "lower"]),
            Doing::Texting => whole("text"),
            Doing::Reading { .. } => parts(["lift", "read", "lower"]),
            Doing::Typing { .. } => whole("type"),
            Doing::Steering { .. } => whole("steer"),
            Doing::Waving { .. } => parts(["raise", "wave", "lower"]),
        }
    }

    /// The part of a repeated action at a time, with its own beginning and end; `None` between parts.
    pub fn phase_at(&self, time_s: f32) -> Option<Phase> {
        let within = self.within(time_s);
        let since = time_s - within;
        let phases = self.phases();
        let endless = phases.len() == 1;
        phases
            .into_iter()
            .find(|phase| endless || (phase.from_s..phase.to_s).contains(&within))
            .map(|phase| Phase {
                from_s: phase.from_s + since,
                to_s: phase.to_s + since,
                ..phase
            })
    }

    /// What is held at a time, and where; a cup also while it stands.
    pub fn prop_at(&self, time_s: f32) -> Option<Prop> {
        let time_s = time_s.clamp(0.0, self.seconds);
        self.prop(time_s, time_s)
    }

    /// As [`Act::prop_at`], of a repeated action.
    pub fn repeated_prop_at(&self, time_s: f32) -> Option<Prop> {
        self.prop(time_s, self.within(time_s))
    }

    fn prop(&self, ease_s: f32, time_s: f32) -> Option<Prop> {
        let hold = self.holds.first()?;
        match self.doing {
            Doing::Drinking { side, .. } => {
                let frame = self.frame(ease_s, time_s);
                let (place_m, turn) = self.cup_at(&self.at_ease(ease_s), side, time_s);
                let held = (self.drink_times()[2]..self.drink_times()[5]).contains(&time_s);
                let (place_m, turn) = if held {
                    hold.grasp.held(&self.body, side, &frame)
                } else {
                    (place_m, turn)
                };
                Some(Prop {
                    shape: CUP,
                    place_m,
                    turn,
                })
            }
            Doing::Taking {
                side,
                place_m,
                shape,
            } => {
                let (place_m, turn) = if time_s < self.take_times()[2] {
                    (place_m, Quat::IDENTITY)
                } else {
                    hold.grasp
                        .held(&self.body, side, &self.frame(ease_s, time_s))
                };
                Some(Prop {
                    shape,
                    place_m,
                    turn,
                })
            }
            Doing::Phoning { side } | Doing::Reading { side } => {
                let (place_m, turn) =
                    hold.grasp
                        .held(&self.body, side, &self.frame(ease_s, time_s));
                Some(Prop {
                    shape: PHONE,
                    place_m,
                    turn,
                })
            }
            Doing::Texting => {
                let (place_m, turn) = self.screen(&self.at_ease(ease_s), time_s);
                Some(Prop {
                    shape: PHONE,
                    place_m,
                    turn,
                })
            }
            Doing::Nothing
            | Doing::Reaching { .. }
            | Doing::Typing { .. }
            | Doing::Steering { .. }
            | Doing::Waving { .. } => None,
        }
    }

    /// The farthest that a hand is from where the action wants it, metres, over the whole of it; and the worst angle beyond joints' limits, radians.
    pub fn missed_m(&self) -> (f32, f32) {
        let mut worst = (0.0_f32, 0.0_f32);
        for i in 0..=40 {
            let time_s = self.seconds * i as f32 / 40.0;
            let frame = self.frame_at(time_s);
            worst.1 = worst.1.max(beyond_limits(&frame));
            for (side, wrist) in self.wanted(time_s) {
                let stance = self.body.stand(&frame);
                let off = stance.place(crate::Joint::Hand(side)).distance(wrist);
                worst.0 = worst.0.max(off);
            }
        }
        worst
    }

    /// The action as a clip of this body's proportions.
    pub fn clip(&self, fps: f32) -> Clip {
        let count = (self.seconds * fps).round() as usize + 1;
        Clip {
            name: self.phases().first().map_or("act", |p| p.name).to_owned(),
            tags: Vec::new(),
            fps,
            frames: (0..count).map(|i| self.frame_at(i as f32 / fps)).collect(),
            contacts: self
                .walk
                .as_ref()
                .map_or_else(Vec::new, |walk| walk.contacts(&self.body)),
            looped: false,
            source: Source::default(),
            ledger: privacy::Ledger::new(),
        }
    }
}

/// Phases that follow each other, from each of the times to the next, seconds.
fn one_by_one(names: &[&'static str], times: &[f32]) -> Vec<Phase> {
    names
        .iter()
        .zip(times.windows(2))
        .map(|(name, pair)| Phase {
            name,
            from_s: pair[0],
            to_s: pair[1],
        })
        .collect()
}

/// From 0 to 1 with no jerk at either end (Flash & Hogan 1985's minimum-jerk course of reaching hands).
fn ease(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * t * (10.0 + t * (6.0 * t - 15.0))
}

#[cfg(test)]
mod tests;
