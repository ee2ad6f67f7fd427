//! How a person holds themselves: a named posture, made one's own by a seed, and the hands.
//!
//! Nobody stands like a doll: weight rests on one leg, arms hang beside hips of different breadth, hands are never quite the same. All of
//! that is drawn from `pose.seed`, so two samples with the same seed hold the same pose, whoever they are.

use glam::Quat;
use motion::hand::{Gesture, HandPose};
use motion::{Frame, Joint, Side};
use population::row::{Row, RowError};
use population::stream::{Seed, Stream, Streams};

/// Postures a recipe may ask for.
pub(crate) const POSTURES: &[(&str, &str)] = &[
    (
        "relaxed",
        "upright, arms a little away from the body, as the base mesh stands",
    ),
    ("standing", "weight on one leg, arms hanging"),
    ("walking", "some moment of a step"),
    (
        "sitting",
        "thighs level, shins upright, hands on the thighs",
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

/// The frame of a row's posture; `None` is the base mesh's own.
///
/// `bmi_kg_m2` is the body's: arms hang further from heavy hips.
pub(crate) fn frame(row: &Row, bmi_kg_m2: f64) -> Result<Option<Frame>, RowError> {
    let streams = Streams::new(Seed(row.integer("pose.seed")?.unsigned_abs()), 0);
    let name = row.category("pose.posture")?;
    let mut frame = match name {
        "relaxed" => return Ok(None),
        "walking" => walking(&mut streams.stream("posture/walking")),
        "sitting" => sitting(&mut streams.stream("posture/sitting")),
        "t_pose" => spread(),
        _ => standing(&mut streams.stream("posture/standing")),
    };
    if !matches!(name, "t_pose" | "sitting") {
        keep_arms_off(&mut frame, bmi_kg_m2);
    }
    let raised = match name {
        "right_hand_raised" => &[Side::Right][..],
        "left_hand_raised" => &[Side::Left],
        "hands_raised" => &Side::BOTH,
        _ => &[],
    };
    for &side in raised {
        let mut stream = streams.stream(&format!("posture/raised/{}", side.letter()));
        raise(&mut frame, side, &mut stream);
    }
    for (side, attribute) in [(Side::Right, "hands.right"), (Side::Left, "hands.left")] {
        let mut stream = streams.stream(attribute);
        hand(row.category(attribute)?, &mut stream).apply(side, &mut frame);
    }
    Ok(Some(frame))
}

/// The pose of one hand, for bodies that stand as the base mesh does.
pub(crate) fn hand(name: &str, stream: &mut Stream) -> HandPose {
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

/// Contrapposto: the hips sink over the free leg, the chest leans back to keep the balance.
fn standing(stream: &mut Stream) -> Frame {
    let mut frame = Frame::default();
    let sway = some(stream, 2.5);
    let twist = some(stream, 4.0);
    turn(&mut frame, Joint::Hips, some(stream, 2.0), twist, sway);
    turn(
        &mut frame,
        Joint::Abdomen,
        some(stream, 2.0),
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

/// A moment of a step: legs swing like pendulums, knees give way in front and fold behind, arms go against the legs.
fn walking(stream: &mut Stream) -> Frame {
    let mut frame = standing(stream);
    let phase = stream.uniform() as f32 * std::f32::consts::TAU;
    let stride = (24.0 + some(stream, 4.0).to_degrees()).to_radians();
    turn(
        &mut frame,
        Joint::Hips,
        0.05,
        0.1 * phase.sin(),
        0.03 * phase.cos(),
    );
    for side in Side::BOTH {
        let phase = if side == Side::Right {
            phase
        } else {
            phase + std::f32::consts::PI
        };
        // Positive in front.
        let swing = stride * phase.sin();
        let lifted = (phase + 0.6).cos().max(0.0);
        let knee = 0.12 + 0.95 * lifted * lifted;
        turn(
            &mut frame,
            Joint::UpperLeg(side),
            -swing - 0.3 * lifted,
            0.0,
            0.02 * side.sign(),
        );
        turn(&mut frame, Joint::LowerLeg(side), knee, 0.0, 0.0);
        turn(
            &mut frame,
            Joint::Foot(side),
            (swing + 0.3 * lifted - knee).clamp(-0.35, 0.3),
            0.0,
            0.0,
        );
        let arm = frame.turn(Joint::UpperArm(side));
        frame.set(
            Joint::UpperArm(side),
            Quat::from_rotation_x(0.8 * swing) * arm,
        );
        let elbow = 0.3 + 0.35 * (-phase.sin()).max(0.0);
        turn(&mut frame, Joint::LowerArm(side), -elbow, 0.0, 0.0);
    }
    frame
}

/// On a chair as high as the knees.
fn sitting(stream: &mut Stream) -> Frame {
    let mut frame = Frame::default();
    let lean = some(stream, 6.0);
    turn(
        &mut frame,
        Joint::Hips,
        -0.12 + 0.3 * lean,
        some(stream, 3.0),
        0.0,
    );
    turn(
        &mut frame,
        Joint::Abdomen,
        0.1 + 0.4 * lean,
        0.0,
        some(stream, 2.0),
    );
    turn(
        &mut frame,
        Joint::Chest,
        0.06 + 0.4 * lean,
        some(stream, 4.0),
        some(stream, 2.0),
    );
    for side in Side::BOTH {
        let out = side.sign();
        let apart = 0.14 + some(stream, 4.0).abs();
        let raise = -1.45 + 0.3 * lean.abs();
        turn(&mut frame, Joint::UpperLeg(side), raise, out * apart, 0.0);
        turn(
            &mut frame,
            Joint::LowerLeg(side),
            1.5 + some(stream, 5.0),
            0.0,
            0.0,
        );
        turn(&mut frame, Joint::Foot(side), 0.06, 0.0, 0.0);
        turn(
            &mut frame,
            Joint::UpperArm(side),
            -0.3 + some(stream, 5.0),
            0.0,
            out * 0.16,
        );
        turn(
            &mut frame,
            Joint::LowerArm(side),
            -0.95 + some(stream, 6.0),
            0.0,
            -out * 0.1,
        );
        // Palms down, towards the thighs.
        turn(&mut frame, Joint::Hand(side), 0.0, out * 1.1, 0.0);
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

/// Arms beside heavy hips hang further out, and forearms come back in.
fn keep_arms_off(frame: &mut Frame, bmi_kg_m2: f64) {
    let more = ((bmi_kg_m2 - 23.0) * 1.1).clamp(0.0, 28.0).to_radians() as f32;
    for side in Side::BOTH {
        let out = side.sign();
        let upper = frame.turn(Joint::UpperArm(side));
        let lower = frame.turn(Joint::LowerArm(side));
        frame.set(
            Joint::UpperArm(side),
            Quat::from_rotation_z(out * more) * upper,
        );
        frame.set(
            Joint::LowerArm(side),
            Quat::from_rotation_z(-0.4 * out * more) * lower,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec3;
    use motion::Skeleton;

    fn row(posture: &str, seed: i64) -> Row {
        Row::new(0, 0)
            .with("pose.posture", posture)
            .with("pose.seed", seed)
            .with("hands.right", "natural")
            .with("hands.left", "fist")
    }

    #[test]
    fn in_every_posture_the_head_is_above_the_hips_and_knees_bend_forward() {
        let body = Skeleton::reference();
        for (name, _) in POSTURES.iter().filter(|(name, _)| *name != "relaxed") {
            for seed in 0..40 {
                let frame = frame(&row(name, seed), 24.0)
                    .expect("complete")
                    .expect("a frame");
                let stance = body.stand(&frame);
                let up = stance.place(Joint::Head) - stance.hips();
                assert!(up.y > 0.45, "{name} {seed}: head at {up}");
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
        let body = Skeleton::reference();
        for seed in 0..40 {
            let frame = frame(&row("hands_raised", seed), 24.0)
                .expect("complete")
                .expect("a frame");
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
        let of = |seed| frame(&row("standing", seed), 24.0).expect("complete");
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }
}
