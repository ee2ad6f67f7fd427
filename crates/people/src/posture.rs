//! How a person holds themselves: a named posture, made one's own by a seed, and the hands.
//!
//! Nobody stands like a doll: weight rests on one leg, arms hang beside hips of different breadth, hands are never quite the same. All of
//! that is drawn from `pose.seed`, so two samples with the same seed hold the same pose, whoever they are.

use glam::{Quat, Vec2, Vec3};
use motion::action::{Act, Base, Doing, Prop};
use motion::hand::{Gesture, HandPose, Shape};
use motion::{Clip, Frame, Joint, Side, Skeleton};
use places::cabin::Wheel;
use places::store::Taken;
use population::row::{Row, RowError};
use population::sequence::Moment;
use population::stream::{Seed, Stream, Streams};
use scene::annotation;

use crate::attributes::scanned::NONE;
use crate::driving;
use crate::error::StagingError;
use crate::sources::Sources;

/// Postures a recipe may ask for.
pub(crate) const POSTURES: &[(&str, &str)] = &[
    (
        "relaxed",
        "upright, arms a little away from the body, as the base mesh stands",
    ),
    ("standing", "weight on one leg, arms hanging"),
    ("walking", "some moment of a step"),
    ("sitting", "on a stool, hands on the thighs"),
    (
        "drinking",
        "a moment of drinking from a cup, see pose.moment",
    ),
    (
        "driving",
        "at the wheel of a car, see driver.activity; place.kind cabin builds the car",
    ),
    ("phoning", "a moment of a telephone call"),
    ("texting", "both hands on a telephone"),
    (
        "picking",
        "a moment of taking something from a shelf in front and looking at it; place.kind store builds the shelf",
    ),
    ("waving", "a moment of waving"),
    ("reaching", "a moment of reaching for something in front"),
    (
        "recorded",
        "a moment of the recorded motion that pose.clip names; needs motions among the recipe's sources",
    ),
    (
        "right_hand_raised",
        "the right hand before the shoulder, palm forward",
    ),
    (
        "left_hand_raised",
        "the left hand before the shoulder, palm forward",
    ),
    (
        "hands_raised",
        "both hands before the shoulders, palms forward",
    ),
    ("t_pose", "arms straight out to the sides"),
];

/// What a hand may do: gestures by name, and two ways of leaving it to chance.
pub(crate) fn hand_choices() -> Vec<(&'static str, &'static str)> {
    let free = [
        ("natural", "drawn as people hold their hands"),
        ("any_gesture", "one of the gestures"),
    ];
    let named = Gesture::ALL.map(|gesture| (gesture.name(), "gesture"));
    free.into_iter().chain(named).collect()
}

/// A pose, and what is held in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Held {
    /// The root lies where the person has got to.
    pub(crate) frame: Frame,
    /// What part of an action this is, on the sequence's clock.
    pub(crate) phase: Option<annotation::Phase>,
    /// In the pose's own space, as [`Skeleton::stand`] has it.
    pub(crate) prop: Option<Prop>,
    /// Whether the person sits.
    pub(crate) sits: bool,
    /// Whether arms and legs may be led apart without spoiling what is done.
    pub(crate) is_free: bool,
    /// The wheel that a driver's hands are at, in the pose's own space.
    pub(crate) wheel: Option<Wheel>,
    /// What is taken from a shelf, and where it stood, in the pose's own space.
    pub(crate) taken: Option<Taken>,
}

impl Held {
    /// A moment of an action that is repeated: so many seconds after the sequence began, when it had come as far as `began_s`.
    pub(crate) fn of(act: &Act, began_s: f32, time_s: f32) -> Self {
        let at_s = began_s + time_s;
        let phase = act.phase_at(at_s);
        // Not yet taken or put back, it would stand on a table that nobody has put there.
        let is_in_hand = phase
            .is_some_and(|phase| !matches!(phase.name, "reach" | "grasp" | "release" | "return"));
        Self {
            frame: act.repeated_at(at_s),
            prop: act.repeated_prop_at(at_s).filter(|_| is_in_hand),
            phase: phase.map(|phase| annotation::Phase {
                name: phase.name.to_owned(),
                from_s: f64::from(phase.from_s - began_s),
                to_s: f64::from(phase.to_s - began_s),
            }),
            ..Self::default()
        }
    }

    /// A moment of a motion. It begins facing ahead, above the origin, wherever in the recording that is.
    fn recorded(row: &Row, clip: &Clip, body: &Skeleton, time_s: f64) -> Result<Self, RowError> {
        let speed = row.number("pose.clip_speed")? as f32;
        let lasts_s = Moment::of(row)?.map_or(0.0, |moment| moment.seconds) as f32 * speed;
        // What has an end begins early enough for the whole sequence.
        let room_s = if clip.looped {
            clip.seconds()
        } else {
            (clip.seconds() - lasts_s).max(0.0)
        };
        let began_s = row.number("pose.moment")? as f32 * room_s;
        let first = clip.frame_at(began_s);
        let (turn, to) = (-first.yaw(), first.root * Vec3::new(1.0, 0.0, 1.0));
        let at_s = began_s + time_s as f32 * speed;
        let played = clip
            .planted_at(at_s, body)
            .moved(0.0, -to)
            .moved(turn, Vec3::ZERO);
        let frame = if row.category("pose.clip_mirrored")? == "yes" {
            played.mirrored()
        } else {
            played
        };
        Ok(Self {
            frame,
            is_free: true,
            phase: Some(annotation::Phase {
                name: clip.name.clone(),
                from_s: f64::from(-began_s / speed),
                to_s: f64::from((clip.seconds() - began_s) / speed),
            }),
            ..Self::default()
        })
    }
}

/// How high a chair is to a person, in hip heights: knees at right angles.
const SEAT: f32 = 0.5;
/// How long an action takes of which a moment is shown, seconds.
pub(crate) const ACTION_S: f32 = 6.0;

/// How a row's body is held so many seconds after the sequence began; `None` is the base mesh's own stance.
pub(crate) fn held(
    row: &Row,
    sources: &Sources,
    body: &Skeleton,
    time_s: f64,
) -> Result<Option<Held>, StagingError> {
    let streams = Streams::new(Seed(row.integer("pose.seed")?.unsigned_abs()), 0);
    let name = row.category("pose.posture")?;
    let mut held = Held {
        is_free: true,
        ..Held::default()
    };
    match name {
        "driving" => return Ok(Some(driving::held(row, body, &streams, time_s)?)),
        "relaxed" => return Ok(None),
        "recorded" => {
            let clip = row.category("pose.clip")?;
            let clip = sources.clip(clip).ok_or_else(|| no_motion(clip))?;
            held = Held::recorded(row, clip, body, time_s)?;
        }
        "t_pose" => held.frame = spread(),
        _ => {
            if let Some((base, doing)) = action(name, body, &mut streams.stream("posture/action")) {
                let sits = matches!(base, Base::Seated { .. });
                let is_free = matches!(base, Base::Walking { .. });
                let act = Act::new(body, base, doing, ACTION_S, &streams);
                let began_s = row.number("pose.moment")? as f32 * ACTION_S;
                let taken = taken(&doing, row)?;
                held = Held {
                    sits,
                    is_free,
                    taken,
                    ..Held::of(&act, began_s, time_s as f32)
                };
                // What stands on a shelf is there before it is taken.
                if taken.is_some() {
                    held.prop = act.repeated_prop_at(began_s + time_s as f32);
                }
            } else {
                held.frame = standing(&mut streams.stream("posture/standing"), time_s as f32);
            }
        }
    }
    let raised = match name {
        "right_hand_raised" => &[Side::Right][..],
        "left_hand_raised" => &[Side::Left],
        "hands_raised" => &Side::BOTH,
        _ => &[],
    };
    for &side in raised {
        let mut stream = streams.stream(&format!("posture/raised/{}", side.letter()));
        raise(&mut held.frame, side, &mut stream);
    }
    // In an action the hands are busy.
    if held.is_free {
        for (side, attribute) in [(Side::Right, "hands.right"), (Side::Left, "hands.left")] {
            let mut stream = streams.stream(attribute);
            hand(row.category(attribute)?, &mut stream).apply(side, &mut held.frame);
        }
    }
    Ok(Some(held))
}

fn no_motion(name: &str) -> StagingError {
    let message = if name == NONE {
        "the posture `recorded` needs a motion, and the row has none".to_owned()
    } else {
        format!("the row asks for the motion `{name}`, which is not among the recipe's sources")
    };
    StagingError::Source(
        message,
        "name .motion files under `sources: {motions: […]}`; `populace learn CLIP.bvh --as motion` makes them",
    )
}

/// What a posture that is a moment of an action does.
fn action(name: &str, body: &Skeleton, stream: &mut Stream) -> Option<(Base, Doing)> {
    let side = if stream.uniform() < 0.8 {
        Side::Right
    } else {
        Side::Left
    };
    let reach = body.arm_m(side).0 + body.arm_m(side).1;
    let place_m = |low: f64, high: f64, stream: &mut Stream| {
        Vec3::new(
            side.sign() * stream.range(0.1, 0.5) as f32 * reach,
            body.hip_height_m() * stream.range(low, high) as f32,
            stream.range(0.55, 0.8) as f32 * reach,
        )
    };
    let doing = match name {
        "sitting" | "walking" => Doing::Nothing,
        "drinking" => Doing::Drinking {
            side,
            cup_m: place_m(1.05, 1.15, stream),
        },
        "phoning" => Doing::Phoning { side },
        "texting" => Doing::Texting,
        "picking" => on_shelf(body, side, reach, stream),
        "waving" => Doing::Waving { side },
        "reaching" => Doing::Reaching {
            side,
            place_m: place_m(0.9, 1.75, stream),
        },
        _ => return None,
    };
    let base = match name {
        "sitting" => Base::Seated {
            seat_m: SEAT * body.hip_height_m(),
        },
        // Straight on for ever: a walk does not end with its path.
        "walking" => Base::Walking {
            path_m: vec![Vec2::ZERO, Vec2::Y],
            speed_m_per_s: stream.range(0.8, 1.6) as f32 * body.hip_height_m() / 0.9,
        },
        _ => Base::Standing,
    };
    Some((base, doing))
}

/// Where a thing that is taken in a store stood.
fn taken(doing: &Doing, row: &Row) -> Result<Option<Taken>, RowError> {
    let Doing::Taking { place_m, shape, .. } = *doing else {
        return Ok(None);
    };
    let half = match shape {
        Shape::Cylinder { radius_m, length_m } => [radius_m, 0.5 * length_m],
        Shape::Sphere { radius_m } => [radius_m; 2],
        Shape::Box { size_m } => [0.5 * size_m.x.max(size_m.z), 0.5 * size_m.y],
        Shape::Thin { .. } => return Ok(None),
    };
    let is_store = row.category("place.kind")? == "store";
    Ok(is_store.then_some(Taken {
        place: place_m,
        half,
    }))
}

/// A place on a shelf that an arm reaches, the trunk helping, and a thing that a hand goes around.
fn on_shelf(body: &Skeleton, side: Side, reach: f32, stream: &mut Stream) -> Doing {
    let mut range = |a: f64, b: f64| stream.range(a, b) as f32;
    let up = body.hip_height_m() * range(0.95, 1.8);
    let off = up - 1.55 * body.hip_height_m();
    let far = 1.2 * reach;
    let ahead = (far * far - off * off).max(0.0).sqrt().max(0.8 * reach);
    let shape = if range(0.0, 1.0) < 0.6 {
        Shape::Cylinder {
            radius_m: range(0.03, 0.04),
            length_m: range(0.1, 0.22),
        }
    } else {
        Shape::Box {
            size_m: Vec3::new(range(0.035, 0.06), range(0.12, 0.2), range(0.08, 0.13)),
        }
    };
    Doing::Taking {
        side,
        place_m: Vec3::new(side.sign() * range(0.1, 0.45) * reach, up, ahead),
        shape,
    }
}

/// The pose of one hand by its name in a recipe.
fn hand(name: &str, stream: &mut Stream) -> HandPose {
    match (name, Gesture::named(name)) {
        (_, Some(gesture)) => {
            // Nobody makes a sign twice the same.
            let own = HandPose::natural(stream);
            gesture.pose().lerp(&own, 0.1).limited()
        }
        ("any_gesture", None) => {
            let which = stream.below(Gesture::ALL.len() as u64) as usize;
            let own = HandPose::natural(stream);
            Gesture::ALL[which].pose().lerp(&own, 0.1).limited()
        }
        _ => HandPose::natural(stream),
    }
}

/// A draw in units of its spread, never far out.
fn some(stream: &mut Stream, spread_deg: f64) -> f32 {
    (stream.normal_within(0.0, 1.0, -2.0, 2.0) * spread_deg).to_radians() as f32
}

/// Turns about a joint's own axes, degrees already radians: first x (forward is −), then z (to the left is +), then y.
fn turn(frame: &mut Frame, joint: Joint, x: f32, y: f32, z: f32) {
    frame.set(
        joint,
        Quat::from_rotation_y(y) * Quat::from_rotation_z(z) * Quat::from_rotation_x(x),
    );
}

/// Contrapposto: the hips sink over the free leg, the chest leans back to keep the balance. With time, weight shifts a little and breath goes.
fn standing(stream: &mut Stream, time_s: f32) -> Frame {
    let mut frame = Frame::default();
    let sway = some(stream, 2.5) + 0.008 * (0.9 * time_s).sin();
    let twist = some(stream, 4.0) + 0.015 * (0.37 * time_s).sin();
    let breath = 0.012 * (std::f32::consts::TAU * 0.25 * time_s).sin();
    turn(&mut frame, Joint::Hips, some(stream, 2.0), twist, sway);
    turn(
        &mut frame,
        Joint::Abdomen,
        some(stream, 2.0) + breath,
        -0.5 * twist,
        -0.7 * sway,
    );
    turn(
        &mut frame,
        Joint::Chest,
        some(stream, 3.0),
        -0.5 * twist,
        -0.5 * sway,
    );
    for side in Side::BOTH {
        let out = side.sign();
        let stance = 0.035 + some(stream, 2.5).abs();
        // The leg on the sunken side bends and steps aside.
        let free = (-sway * out).max(0.0) * 3.0 + some(stream, 2.0).abs();
        turn(
            &mut frame,
            Joint::UpperLeg(side),
            -free,
            out * some(stream, 6.0).abs(),
            out * stance - sway,
        );
        turn(&mut frame, Joint::LowerLeg(side), 2.0 * free, 0.0, 0.0);
        turn(&mut frame, Joint::Foot(side), -free, 0.0, -out * stance);
        let bend = 0.2 + some(stream, 8.0).abs();
        turn(
            &mut frame,
            Joint::UpperArm(side),
            0.05 + some(stream, 6.0),
            out * some(stream, 10.0),
            out * (0.1 + some(stream, 3.0).abs()),
        );
        turn(&mut frame, Joint::LowerArm(side), -bend, 0.0, 0.0);
        turn(
            &mut frame,
            Joint::Hand(side),
            some(stream, 8.0),
            some(stream, 12.0),
            some(stream, 5.0),
        );
        turn(
            &mut frame,
            Joint::Clavicle(side),
            0.0,
            0.0,
            out * some(stream, 2.0),
        );
    }
    frame
}

fn spread() -> Frame {
    let mut frame = Frame::default();
    for side in Side::BOTH {
        turn(
            &mut frame,
            Joint::UpperArm(side),
            0.0,
            0.0,
            side.sign() * std::f32::consts::FRAC_PI_2,
        );
    }
    frame
}

/// A hand before its shoulder, the palm where the person looks, somewhat turned.
fn raise(frame: &mut Frame, side: Side, stream: &mut Stream) {
    let out = side.sign();
    let (forward, aside) = (0.6 + some(stream, 10.0), 0.35 + some(stream, 9.0));
    turn(frame, Joint::UpperArm(side), -forward, 0.0, out * aside);
    turn(
        frame,
        Joint::LowerArm(side),
        -(2.15 + some(stream, 9.0)),
        0.0,
        0.0,
    );
    // At attention the palm looks at the thigh; with the forearm up, a quarter turn about it makes the palm look ahead.
    let pronation = -1.3 + some(stream, 22.0);
    turn(
        frame,
        Joint::Hand(side),
        some(stream, 14.0),
        out * pronation,
        some(stream, 8.0),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(posture: &str, seed: i64) -> Row {
        Row::new(0, 0)
            .with("pose.posture", posture)
            .with("pose.seed", seed)
            .with("pose.moment", 0.5)
            .with("hands.right", "natural")
            .with("hands.left", "fist")
            .with("height_cm", 172.0)
            .with("bmi_kg_m2", 24.0)
            .with("driver.activity", "phoning")
            .with("driver.hand", "left")
            .with("place.kind", "open")
            .with("camera.target", "head")
    }

    #[test]
    fn in_every_posture_the_head_is_above_the_hips_and_knees_bend_forward() {
        let (body, none) = (Skeleton::reference(), Sources::default());
        for (name, _) in POSTURES
            .iter()
            .filter(|(name, _)| !["relaxed", "recorded"].contains(name))
        {
            for seed in 0..40 {
                let frame = held(&row(name, seed), &none, &body, 0.0)
                    .expect("complete")
                    .expect("held")
                    .frame;
                let stance = body.stand(&frame);
                let up = stance.place(Joint::Head) - stance.hips();
                // Drivers lean back.
                let least = if *name == "driving" { 0.4 } else { 0.45 };
                assert!(up.y > least, "{name} {seed}: head at {up}");
                for side in Side::BOTH {
                    let [hip, knee, ankle] = [
                        Joint::UpperLeg(side),
                        Joint::LowerLeg(side),
                        Joint::Foot(side),
                    ]
                    .map(|joint| stance.place(joint));
                    let straight = hip.lerp(
                        ankle,
                        (knee - hip).length() / ((knee - hip).length() + (ankle - knee).length()),
                    );
                    assert!(
                        (knee - straight).dot(Vec3::Z) > -0.02,
                        "{name} {seed}: a knee bends backwards"
                    );
                    assert!(ankle.y < knee.y, "{name} {seed}");
                }
            }
        }
    }

    #[test]
    fn a_raised_hand_is_at_the_shoulder_with_its_palm_forward() {
        let (body, none) = (Skeleton::reference(), Sources::default());
        for seed in 0..40 {
            let frame = held(&row("hands_raised", seed), &none, &body, 0.0)
                .expect("complete")
                .expect("held")
                .frame;
            let stance = body.stand(&frame);
            for side in Side::BOTH {
                let hand = stance.place(Joint::Hand(side)) - stance.place(Joint::UpperArm(side));
                assert!(hand.z > 0.1 && hand.y > -0.15, "{seed}: {hand}");
                let palm = frame.world()[Joint::Hand(side).index()] * (Vec3::X * -side.sign());
                assert!(palm.z > 0.2, "{seed}: the palm looks along {palm}");
            }
        }
    }

    #[test]
    fn the_same_seed_holds_the_same_pose_and_another_does_not() {
        let none = Sources::default();
        let of = |seed| {
            held(&row("standing", seed), &none, &Skeleton::reference(), 0.0).expect("complete")
        };
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }
}
