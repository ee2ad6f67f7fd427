//! What a recipe may ask to be worn on head and face, and who usually wears what.

use population::attribute::Attribute;
use population::row::{PartialRow, Value};
use population::stream::Stream;

use super::choices;
use super::typical::pick;

/// Hats, masks, headphones, earrings.
pub(super) fn worn() -> Vec<Attribute> {
    let mut attributes = headwear();
    attributes.extend(facewear());
    attributes.extend(headphones());
    attributes.extend(earrings());
    attributes
}

fn headwear() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "headwear",
            choices(&[
                ("none", "nothing on the head"),
                ("fedora", "felt hat, dyed as the clothes are"),
                ("beanie", "knitted, with a folded rim"),
                ("cap", "cotton, with a brim"),
                ("hard_hat", "safety helmet"),
                (
                    "head_scarf",
                    "around head and neck, over all hair and the ears",
                ),
                ("bandana", "printed cloth tied at the back"),
            ]),
            "hat or scarf; the hair below is pressed under it",
        )
        .typical(
            &["sex", "age_years", "camera.rig"],
            typical_headwear,
            "one in fifteen, by age and sex; none under a headset",
        ),
        Attribute::number(
            "headwear.hue_deg",
            0.0,
            360.0,
            "deg",
            "hue of what is on the head",
        )
        .typical(
            &["headwear"],
            |row, stream| {
                let any = stream.range(0.0, 360.0);
                Value::Number(match row.category("headwear") {
                    // Yellow, orange, blue, red: what sites wear.
                    "hard_hat" => [48.0, 48.0, 24.0, 215.0, 2.0][(any / 72.0) as usize % 5],
                    _ => any,
                })
            },
            "any; helmets are yellow, orange, blue or red",
        ),
        Attribute::number(
            "headwear.saturation",
            0.0,
            1.0,
            "",
            "of that hue: 0 grey … 1 pure",
        )
        .typical(
            &["headwear"],
            |row, stream| {
                let draw = stream.uniform();
                Value::Number(match row.category("headwear") {
                    // A quarter of all helmets are white.
                    "hard_hat" => f64::from(u8::from(draw > 0.25)) * 0.9,
                    _ => 0.75 * draw * draw,
                })
            },
            "mostly muted; helmets white or bright",
        ),
        Attribute::number(
            "headwear.lightness",
            0.0,
            1.0,
            "",
            "0 black … 1 white, 0.5 the pure hue",
        )
        .typical(
            &["headwear", "headwear.saturation"],
            |row, stream| {
                let draw = stream.uniform();
                Value::Number(match row.category("headwear") {
                    "hard_hat" if row.number("headwear.saturation") < 0.1 => 0.9,
                    "hard_hat" => 0.45 + 0.1 * draw,
                    _ => 0.08 + 0.72 * draw,
                })
            },
            "any; helmets bright",
        ),
    ]
}

fn typical_headwear(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let female = row.category("sex") == "female";
    let age = row.number("age_years");
    let by = |female_share: f64, male_share: f64| if female { female_share } else { male_share };
    let adult = f64::from(u8::from(age >= 16.0));
    let child = f64::from(u8::from(age >= 2.0));
    let list = [
        ("none", 93.5),
        ("beanie", child * 1.8),
        ("cap", child * by(0.9, 2.4)),
        ("fedora", adult * by(0.2, 0.5)),
        ("hard_hat", adult * by(0.1, 0.6)),
        ("head_scarf", f64::from(u8::from(age >= 9.0)) * by(3.0, 0.0)),
        ("bandana", child * by(0.5, 0.4)),
    ];
    // Drawn for everyone, so that another camera changes nothing else.
    let drawn = pick(stream, &list);
    if row.category("camera.rig").starts_with("headset/") {
        Value::from("none")
    } else {
        drawn
    }
}

fn facewear() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "facewear",
            choices(&[
                ("none", "nothing before the mouth"),
                ("surgical_mask", "pleated fleece on ear loops"),
                ("ffp2_mask", "stiff, folded down the middle"),
                ("cloth_mask", "sewn cotton"),
            ]),
            "face mask; a beard below is pressed under it, glasses sit on it",
        )
        .typical(
            &["age_years", "camera.rig"],
            |row, stream| {
                let wears = f64::from(u8::from(row.number("age_years") >= 5.0));
                let drawn = pick(
                    stream,
                    &[
                        ("none", 96.0),
                        ("surgical_mask", 2.2 * wears),
                        ("ffp2_mask", 1.2 * wears),
                        ("cloth_mask", 0.6 * wears),
                    ],
                );
                if row.category("camera.rig").starts_with("headset/") {
                    Value::from("none")
                } else {
                    drawn
                }
            },
            "four in a hundred; none under a headset",
        ),
        Attribute::category(
            "facewear.position",
            choices(&[
                ("over_nose", "as it should be"),
                ("below_nose", "over the mouth, the nose free"),
                ("under_chin", "pulled down, nose and mouth free"),
            ]),
            "how a mask is worn",
        )
        .default_shares(&[
            ("over_nose", 80.0),
            ("below_nose", 11.0),
            ("under_chin", 9.0),
        ]),
        Attribute::category(
            "facewear.colour",
            choices(&[
                ("white", "white"),
                ("blue", "light blue"),
                ("green", "light green"),
                ("pink", "pink"),
                ("grey", "dark grey"),
                ("black", "black"),
            ]),
            "colour of a mask",
        )
        .typical(
            &["facewear"],
            |row, stream| {
                let list: &[(&str, f64)] = match row.category("facewear") {
                    "ffp2_mask" => &[("white", 75.0), ("black", 20.0), ("grey", 5.0)],
                    "cloth_mask" => &[
                        ("black", 40.0),
                        ("grey", 20.0),
                        ("white", 10.0),
                        ("blue", 15.0),
                        ("pink", 10.0),
                        ("green", 5.0),
                    ],
                    _ => &[
                        ("blue", 66.0),
                        ("white", 12.0),
                        ("black", 10.0),
                        ("green", 7.0),
                        ("pink", 5.0),
                    ],
                };
                pick(stream, list)
            },
            "by mask",
        ),
    ]
}

fn headphones() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "headphones",
            choices(&[
                ("none", "no headphones"),
                (
                    "over_ear",
                    "closed cups around the ears, a band over the head",
                ),
            ]),
            "headphones",
        )
        .typical(
            &["age_years", "headwear", "camera.rig"],
            |row, stream| {
                let over_ear = stream.uniform() < 0.03;
                let bare = row.category("headwear") == "none"
                    && row.number("age_years") >= 6.0
                    && !row.category("camera.rig").starts_with("headset/");
                Value::from(if over_ear && bare { "over_ear" } else { "none" })
            },
            "three in a hundred of those without a hat",
        ),
        Attribute::category(
            "headphones.colour",
            choices(&[
                ("black", "black"),
                ("white", "white"),
                ("silver", "grey"),
                ("blue", "dark blue"),
                ("red", "red"),
            ]),
            "colour of headphones; their cushions are black",
        )
        .default_shares(&[
            ("black", 60.0),
            ("white", 18.0),
            ("silver", 10.0),
            ("blue", 7.0),
            ("red", 5.0),
        ]),
    ]
}

fn earrings() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "earrings",
            choices(&[
                ("none", "none"),
                ("studs", "a small ball on each lobe"),
                ("hoops", "a ring through each lobe"),
            ]),
            "earrings, one in each ear; none show under a head scarf",
        )
        .typical(
            &["sex", "age_years"],
            |row, stream| {
                let child = row.number("age_years") < 12.0;
                let list: &[(&str, f64)] = match (row.category("sex"), child) {
                    ("female", false) => &[("none", 60.0), ("studs", 24.0), ("hoops", 16.0)],
                    ("female", true) => &[("none", 85.0), ("studs", 15.0)],
                    (_, false) => &[("none", 95.0), ("studs", 4.0), ("hoops", 1.0)],
                    (_, true) => &[("none", 100.0)],
                };
                pick(stream, list)
            },
            "two in five women, one in twenty men",
        ),
        Attribute::number(
            "earrings.size_mm",
            2.0,
            70.0,
            "mm",
            "diameter of a stud or a hoop",
        )
        .typical(
            &["earrings"],
            |row, stream| {
                let draw = stream.uniform();
                Value::Number(match row.category("earrings") {
                    "hoops" => 12.0 + 33.0 * draw * draw,
                    _ => 3.5 + 3.5 * draw,
                })
            },
            "studs 3.5 to 7, hoops 12 to 45",
        ),
        Attribute::category(
            "earrings.metal",
            choices(&[
                ("gold", "yellow gold"),
                ("silver", "silver"),
                ("rose_gold", "reddish gold"),
            ]),
            "what earrings are made of",
        )
        .default_shares(&[("gold", 50.0), ("silver", 40.0), ("rose_gold", 10.0)]),
    ]
}
