//! Defaults that depend on other attributes. Plausible, not census data: a recipe overrides any of them.

use population::row::{PartialRow, Value};
use population::stream::Stream;

pub(super) fn ancestry(row: &PartialRow<'_>) -> [f64; 3] {
    let mix = row.mix("ancestry");
    std::array::from_fn(|i| mix.get(i).copied().unwrap_or(0.0))
}

pub(super) fn blend(weights: [f64; 3], values: [f64; 3]) -> f64 {
    weights.iter().zip(values).map(|(w, v)| w * v).sum()
}

/// One name of a list by weight; weights need not sum to anything in particular.
pub(super) fn pick(stream: &mut Stream, list: &[(&str, f64)]) -> Value {
    let total: f64 = list.iter().map(|(_, weight)| weight).sum();
    let mut left = stream.uniform() * total;
    let mut chosen = list.first().map_or("", |(name, _)| *name);
    for &(name, weight) in list {
        if weight > 0.0 {
            chosen = name;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
    }
    Value::from(chosen)
}

pub(super) fn skin_tone(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    Value::Number(stream.normal_within(blend(ancestry(row), [8.0, 4.2, 2.8]), 1.1, 1.0, 10.0))
}

pub(super) fn eye_colour(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let european = ancestry(row)[2];
    // Light irises are recessive: the share falls faster than the ancestry's weight.
    let light = 0.6 * european * european;
    let hazel = 0.04 + 0.16 * european;
    let brown = 1.0 - light - hazel;
    let dark = brown * (0.75 - 0.6 * european);
    pick(
        stream,
        &[
            ("dark_brown", dark),
            ("brown", brown - dark),
            ("light_brown", hazel),
            ("green", light * 0.2),
            ("blue_green", light * 0.1),
            ("blue", light * 0.25),
            ("light_blue", light * 0.15),
            ("deep_blue", light * 0.1),
            ("grey", light * 0.15),
            ("ice", light * 0.05),
        ],
    )
}

pub(super) fn clothing(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    if row.category("sex") == "male" {
        pick(
            stream,
            &[
                ("male_casual01", 1.0),
                ("male_casual02", 1.0),
                ("male_casual03", 1.0),
                ("male_casual04", 1.0),
                ("male_casual05", 1.0),
                ("male_casual06", 1.0),
                ("male_elegant01", 1.0),
                ("male_work01", 0.6),
            ],
        )
    } else {
        pick(
            stream,
            &[
                ("female_casual01", 1.2),
                ("female_casual02", 1.0),
                ("female_elegant01", 1.0),
                ("female_sport01", 0.7),
            ],
        )
    }
}

pub(super) fn place(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let list: &[(&str, f64)] = match row.category("camera.rig") {
        "full_body" => &[("room", 75.0), ("studio", 25.0)],
        "headset/outward" => &[("room", 100.0)],
        rig if rig.starts_with("cabin/") => &[("cabin", 100.0)],
        rig if rig.starts_with("store/") => &[("store", 100.0)],
        _ => &[("open", 100.0)],
    };
    pick(stream, list)
}

pub(super) fn posture(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let list: &[(&str, f64)] = match row.category("camera.rig") {
        "full_body" => &[
            ("standing", 45.0),
            ("walking", 30.0),
            ("hands_raised", 5.0),
            ("sitting", 8.0),
            ("drinking", 3.0),
            ("phoning", 3.0),
            ("texting", 3.0),
            ("waving", 3.0),
        ],
        "hand" => &[("right_hand_raised", 100.0)],
        "headset/outward" => &[
            ("texting", 25.0),
            ("drinking", 20.0),
            ("reaching", 25.0),
            ("hands_raised", 30.0),
        ],
        rig if rig.starts_with("cabin/") => &[("driving", 100.0)],
        rig if rig.starts_with("store/") => &[
            ("picking", 65.0),
            ("standing", 25.0),
            ("phoning", 5.0),
            ("texting", 5.0),
        ],
        _ => &[("relaxed", 100.0)],
    };
    pick(stream, list)
}

pub(super) fn driver_hand(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let inboard = if row.category("place.drive") == "right" {
        "left"
    } else {
        "right"
    };
    let either = if stream.uniform() < 0.5 {
        "right"
    } else {
        "left"
    };
    Value::from(match row.category("driver.activity") {
        "phoning" | "texting" | "one_handed" => either,
        _ => inboard,
    })
}

pub(super) fn right_hand(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let list: &[(&str, f64)] = match row.category("camera.rig") {
        "hand" | "headset/outward" => &[("any_gesture", 60.0), ("natural", 40.0)],
        _ => &[("natural", 100.0)],
    };
    pick(stream, list)
}

pub(super) fn camera_target(row: &PartialRow<'_>, _: &mut Stream) -> Value {
    Value::from(match row.category("camera.rig") {
        "full_body" | "store/ceiling" => "body",
        "hand" => "right_hand",
        "headset/on_axis" | "headset/off_axis" => "right_eye",
        "headset/outward" => "ahead",
        _ => "head",
    })
}

pub(super) fn light_rig(row: &PartialRow<'_>, _: &mut Stream) -> Value {
    Value::from(match row.category("camera.rig") {
        "headset/on_axis" | "headset/off_axis" => "headset/led_ring",
        _ => "environment",
    })
}

pub(super) fn camera_distance(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let (low, high) = match row.category("camera.rig") {
        "cabin/dashboard" => (0.74, 0.94),
        "cabin/steering_column" => (0.6, 0.68),
        "cabin/a_pillar" => (0.62, 0.8),
        "cabin/centre_stack" => (0.7, 0.88),
        "cabin/mirror" => (0.56, 0.72),
        "cabin/roof" => (0.5, 0.62),
        "store/shelf" => (0.62, 0.9),
        "store/ceiling" => (2.4, 3.3),
        "full_body" => (2.8, 4.2),
        "hand" => (0.45, 0.7),
        // From the centre of the eye: 35 to 50 mm before the cornea.
        "headset/on_axis" | "headset/off_axis" => (0.052, 0.067),
        // An arm's work.
        "headset/outward" => (0.38, 0.5),
        _ => (0.8, 1.25),
    };
    Value::Number(stream.range(low, high))
}

pub(super) fn camera_yaw(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let z = stream.normal_within(0.0, 1.0, -2.5, 2.5);
    // Towards the car's middle, which is on the right of who sits on the left.
    let inboard = if row.category("place.drive") == "right" {
        1.0
    } else {
        -1.0
    };
    Value::Number(match row.category("camera.rig") {
        "cabin/dashboard" => inboard * (6.0 + 3.0 * z),
        "cabin/steering_column" => 2.0 * z,
        "cabin/a_pillar" => inboard * (-31.0 + 2.5 * z),
        "cabin/centre_stack" => inboard * (30.0 + 3.0 * z),
        "cabin/mirror" => inboard * (32.0 + 3.0 * z),
        "cabin/roof" => inboard * (33.0 + 4.0 * z),
        "store/shelf" => 12.0 * z,
        // Along the aisle, from either end.
        "store/ceiling" => (68.0 + 12.0 * z.abs()).copysign(z),
        "full_body" | "hand" => 40.0 * z,
        "headset/on_axis" => 1.5 * z,
        // The lens looks where the face does.
        "headset/outward" => (180.0 - 4.0 * z.abs()).copysign(z),
        // The temple is on the right eye's right.
        "headset/off_axis" if row.category("camera.target") == "left_eye" => 26.0 + 2.0 * z,
        "headset/off_axis" => -26.0 - 2.0 * z,
        _ => 8.0 * z,
    })
}

pub(super) fn camera_pitch(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let z = stream.normal_within(0.0, 1.0, -2.5, 2.5);
    Value::Number(match row.category("camera.rig") {
        "cabin/dashboard" => -11.0 + 1.5 * z,
        "cabin/steering_column" => -23.0 + 1.5 * z,
        "cabin/a_pillar" => -4.0 + 3.0 * z,
        "cabin/centre_stack" => -19.0 + 2.5 * z,
        "cabin/mirror" => 12.0 + 2.5 * z,
        "cabin/roof" => 29.0 + 3.0 * z,
        "store/shelf" => 2.0 + 5.0 * z,
        "store/ceiling" => 42.0 + 4.0 * z,
        "full_body" => 4.0 + 8.0 * z,
        "hand" => 10.0 + 18.0 * z,
        "headset/on_axis" => 1.5 * z,
        "headset/off_axis" => -24.0 + 2.0 * z,
        "headset/outward" => 34.0 + 6.0 * z,
        _ => 3.0 * z,
    })
}

pub(super) fn camera_fov(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let z = stream.normal_within(0.0, 1.0, -2.5, 2.5);
    Value::Number(match row.category("camera.rig") {
        "cabin/roof" => 75.0 + 4.0 * z,
        rig if rig.starts_with("cabin/") => 39.0 + 3.0 * z,
        "store/shelf" => 58.0 + 3.0 * z,
        "store/ceiling" => 62.0 + 4.0 * z,
        "full_body" => 40.0 + 2.0 * z,
        "hand" => 32.0 + 2.0 * z,
        "headset/on_axis" | "headset/off_axis" => 46.0 + 2.0 * z,
        "headset/outward" => 90.0 + 4.0 * z,
        _ => 20.0 + 1.0 * z,
    })
}
