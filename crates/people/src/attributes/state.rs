//! What a person is doing: expression, head, posture, hands, gaze.

use body::expression::NAMED_EXPRESSIONS;
use population::attribute::Attribute;

use super::{choices, typical};
use crate::posture::{POSTURES, hand_choices};

/// What the person is doing.
pub(super) fn state() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "expression",
            choices(
                &NAMED_EXPRESSIONS
                    .iter()
                    .map(|e| (e.name, e.meaning))
                    .collect::<Vec<_>>(),
            ),
            "named expression, built on ARKit's units",
        )
        .default_shares(&[
            ("neutral", 40.0),
            ("smile", 20.0),
            ("talking", 20.0),
            ("laugh", 5.0),
            ("surprise", 5.0),
            ("sadness", 5.0),
            ("anger", 5.0),
        ]),
        Attribute::number(
            "expression.intensity",
            0.0,
            1.0,
            "",
            "how strongly the named expression shows",
        )
        .default_range(0.5, 1.0),
        Attribute::number(
            "head.yaw_deg",
            -90.0,
            90.0,
            "deg",
            "turn of the head against the chest; positive to the person's left",
        )
        .default_normal(0.0, 15.0),
        Attribute::number(
            "head.pitch_deg",
            -45.0,
            45.0,
            "deg",
            "nod; positive looks down",
        )
        .default_normal(0.0, 7.0),
        Attribute::number(
            "head.roll_deg",
            -45.0,
            45.0,
            "deg",
            "tilt; positive towards the person's right shoulder",
        )
        .default_normal(0.0, 5.0),
        Attribute::category(
            "pose.posture",
            choices(POSTURES),
            "how the body is held; the head turns against it",
        )
        .typical(&["camera.rig"], typical::posture, "by rig"),
        Attribute::integer(
            "pose.seed",
            0,
            (1 << 53) - 1,
            "",
            "seed of how exactly the posture is held, hands included",
        ),
        Attribute::number(
            "pose.moment",
            0.0,
            1.0,
            "",
            "which moment of a posture that is an action: 0 its beginning, 1 its end",
        )
        .default_range(0.3, 0.7),
        Attribute::category(
            "hands.right",
            choices(&hand_choices()),
            "what the right hand does, except in the posture `relaxed` and in actions",
        )
        .typical(&["camera.rig"], typical::right_hand, "by rig"),
        Attribute::category(
            "hands.left",
            choices(&hand_choices()),
            "what the left hand does, except in the posture `relaxed` and in actions",
        )
        .default_constant("natural"),
        Attribute::category(
            "gaze.target",
            choices(&[
                ("camera", "both eyes look at the lens"),
                (
                    "direction",
                    "the eyes look along gaze.yaw_deg and gaze.pitch_deg",
                ),
            ]),
            "what the eyes look at",
        )
        .default_shares(&[("camera", 60.0), ("direction", 40.0)]),
        Attribute::number(
            "gaze.yaw_deg",
            -40.0,
            40.0,
            "deg",
            "gaze against the head; positive to the person's left",
        )
        .default_normal(0.0, 10.0),
        Attribute::number(
            "gaze.pitch_deg",
            -30.0,
            30.0,
            "deg",
            "gaze against the head; positive looks down",
        )
        .default_normal(0.0, 6.0),
        Attribute::number(
            "gaze.distance_m",
            0.2,
            100.0,
            "m",
            "where the two lines of sight meet, for gaze.target direction",
        )
        .default_constant(2.0),
        Attribute::number(
            "gaze.wander_deg",
            0.0,
            20.0,
            "deg",
            "how far the eyes jump about what they look at, in sequences: standard deviation",
        )
        .default_constant(2.0),
        Attribute::number(
            "head.sway_deg",
            0.0,
            20.0,
            "deg",
            "how far the head wanders about its pose, in sequences",
        )
        .default_constant(2.5),
        Attribute::number(
            "eyelids.blinks_per_min",
            0.0,
            60.0,
            "1/min",
            "how often the person blinks, in sequences",
        )
        .default_normal_within(16.0, 5.0, 4.0, 35.0),
        Attribute::number(
            "eyelids.blink_s",
            0.1,
            5.0,
            "s",
            "how long a blink takes in the mean, in sequences; of drowsy people, half a second and more",
        )
        .default_constant(0.3),
        Attribute::number("eyes.pupil_mm", 2.0, 8.0, "mm", "diameter of both pupils")
            .default_normal_within(3.8, 0.8, 2.0, 7.0),
        Attribute::number(
            "eyelids.closure",
            0.0,
            1.0,
            "",
            "0 as open as the expression has them, 1 shut",
        )
        .default_constant(0.0),
    ]
}
