//! What a recipe may ask of hair, brows and lashes, and who usually has what.

use population::attribute::{Attribute, Choice};
use population::row::{PartialRow, Value};
use population::stream::Stream;

use super::typical::{ancestry, blend, pick};
use super::{FACIAL_HAIR, HAIR_STYLES, choices, tagged};
use crate::groom::style::{STYLES, named};

/// Hair of head and face.
pub(super) fn hair() -> Vec<Attribute> {
    let mut attributes = head();
    attributes.extend(grooming());
    attributes.extend(face());
    attributes
}

fn head() -> Vec<Attribute> {
    let cards = HAIR_STYLES
        .iter()
        .map(|&(name, _, tags, meaning)| (name, tags, meaning.to_owned()));
    let strands = STYLES
        .iter()
        .map(|style| (style.name, style.tags, style.meaning.to_owned()));
    vec![
        Attribute::category(
            "hair.style",
            tagged(strands.chain(cards)),
            "hair on the head; styles tagged `strands` are grown hair by hair, those tagged `cards` are the pack's painted sheets, which take a third to two thirds of the time",
        )
        .typical(
            &["sex", "age_years", "ancestry"],
            style,
            "by sex, age and ancestry",
        ),
        Attribute::number("hair.melanin", 0.0, 1.0, "", "0 white-blond … 1 black").typical(
            &["ancestry"],
            melanin,
            "by ancestry",
        ),
        Attribute::number("hair.redness", 0.0, 1.0, "", "share of red pigment").typical(
            &["ancestry"],
            redness,
            "mostly low",
        ),
        Attribute::number(
            "hair.greyness",
            0.0,
            1.0,
            "",
            "share of hairs without pigment",
        )
        .typical(&["age_years"], greyness, "by age"),
    ]
}

/// What only hair that grows has.
fn grooming() -> Vec<Attribute> {
    vec![
        Attribute::number(
            "hair.length_cm",
            0.3,
            70.0,
            "cm",
            "length of grown hair on top of the head as it lies; of tied hair, behind the tie",
        )
        .typical(&["hair.style"], length_cm, "by style"),
        Attribute::number(
            "hair.curl",
            0.0,
            1.0,
            "",
            "curl of grown hair: 0 straight, 0.3 waves, 0.6 curls, 1 tight coils",
        )
        .typical(&["hair.style", "ancestry"], curl, "by style and ancestry"),
        Attribute::number(
            "hair.density",
            0.0,
            1.0,
            "",
            "how thickly grown hair grows: 0 thin, 1 thick",
        )
        .typical(&["age_years"], density, "thinner with age"),
        Attribute::category(
            "hair.parting",
            choices(&[
                ("middle", "in the middle"),
                ("left", "over the person's left eye"),
                ("right", "over the person's right eye"),
            ]),
            "where grown hair is parted, in styles that are",
        )
        .typical(&["hair.style"], parting, "short hair at a side, mostly the left"),
        Attribute::number(
            "hair.hairline",
            0.0,
            1.0,
            "",
            "height of the hairline of grown hair: 0 low, 0.5 usual, 1 high with bays at the temples",
        )
        .default_normal_within(0.45, 0.15, 0.0, 1.0),
        Attribute::number(
            "hair.balding",
            0.0,
            1.0,
            "",
            "loss of grown hair after a man's pattern: 0 none, 0.4 bays and a thin crown, 1 a wreath",
        )
        .typical(&["sex", "age_years"], balding, "none but for men, by age"),
    ]
}

fn face() -> Vec<Attribute> {
    let brows = (1..=12)
        .map(|i| {
            Choice::new(
                format!("brow{i:02}"),
                "the pack's painted eyebrow of this number",
            )
            .tag("cards")
        })
        .chain(std::iter::once(
            Choice::new("grown", "grown hair by hair").tag("strands"),
        ));
    vec![
        Attribute::category("facial_hair", choices(FACIAL_HAIR), "beard").typical(
            &["sex", "age_years"],
            facial_hair,
            "none for women and children, mixed for men",
        ),
        Attribute::number(
            "facial_hair.density",
            0.0,
            1.0,
            "",
            "how thickly the beard grows",
        )
        .default_range(0.5, 1.0),
        Attribute::category("brows.style", brows, "eyebrows").typical(
            &["sex"],
            |_, stream| {
                let number = 1 + stream.below(24);
                if number > 12 {
                    Value::from("grown")
                } else {
                    Value::from(format!("brow{number:02}"))
                }
            },
            "half grown, half painted",
        ),
        Attribute::number(
            "brows.thickness",
            0.0,
            1.0,
            "",
            "of grown brows: 0 hardly any, 1 bushy",
        )
        .typical(
            &["sex"],
            |row, stream| {
                let male = row.category("sex") == "male";
                Value::Number(stream.normal_within(if male { 0.7 } else { 0.45 }, 0.17, 0.1, 1.0))
            },
            "thicker for men",
        ),
        Attribute::category(
            "lashes.style",
            (1..=4)
                .map(|i| Choice::new(format!("lash{i:02}"), "the pack's eyelashes of this number")),
            "eyelashes",
        ),
    ]
}

/// A draw within what a style usually has; `other` for styles that do not grow.
fn usual(
    row: &PartialRow<'_>,
    stream: &mut Stream,
    of: fn(&crate::groom::style::Style) -> [f64; 2],
    other: f64,
) -> f64 {
    let draw = stream.uniform();
    named(row.category("hair.style")).map_or(other, |style| {
        let [low, high] = of(style);
        low + (high - low) * draw
    })
}

fn length_cm(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    Value::Number(usual(row, stream, |style| style.length_cm, 10.0))
}

fn curl(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let drawn = usual(row, stream, |style| style.curl, 0.0);
    // Short hair shows its own curl whatever the cut; longer styles are named after theirs.
    let own = blend(ancestry(row), [0.9, 0.05, 0.18]);
    let is_short = named(row.category("hair.style"))
        .is_some_and(|style| style.tags.contains(&"short") && !style.tags.contains(&"curly"));
    Value::Number(if is_short {
        drawn.max(0.9 * own)
    } else {
        drawn
    })
}

fn density(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let age = row.number("age_years");
    Value::Number(stream.normal_within(0.8 - 0.006 * (age - 40.0).max(0.0), 0.12, 0.2, 1.0))
}

fn parting(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let short =
        named(row.category("hair.style")).is_some_and(|style| style.tags.contains(&"short"));
    let middle = if short { 0.0 } else { 55.0 };
    pick(
        stream,
        &[("middle", middle), ("left", 28.0), ("right", 17.0)],
    )
}

fn balding(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let draw = stream.uniform();
    let age = row.number("age_years");
    // Half of men show some loss at 50 (Norwood 1975).
    let grown = ((age - 22.0) / 70.0).clamp(0.0, 1.0);
    let man = f64::from(u8::from(row.category("sex") == "male"));
    Value::Number(man * (1.6 * grown * draw * draw).min(0.9))
}

fn melanin(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let weights = ancestry(row);
    let spread = blend(weights, [0.05, 0.07, 0.22]);
    // The fairest hair is blond; without pigment it would be old.
    Value::Number(stream.normal_within(blend(weights, [0.95, 0.9, 0.6]), spread, 0.15, 1.0))
}

fn redness(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let european = ancestry(row)[2];
    let red = stream.uniform() < 0.05 * european;
    let plain = stream.range(0.0, 0.2);
    Value::Number(if red { 0.6 + 2.0 * plain } else { plain })
}

fn greyness(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let age = row.number("age_years");
    // Half grey at about 55, give or take nine years.
    let turning = stream.normal_within(55.0, 9.0, 30.0, 85.0);
    Value::Number(1.0 / (1.0 + (-(age - turning) / 5.0).exp()) * f64::from(u8::from(age > 22.0)))
}

fn style(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let african = ancestry(row)[0];
    let age = row.number("age_years");
    // Tightly curled hair does not fall.
    let falls = 1.0 - 0.8 * african;
    if row.category("sex") == "male" {
        let bald = if age < 25.0 {
            0.02
        } else {
            (0.04 + (age - 25.0) * 0.004).min(0.25)
        };
        pick(
            stream,
            &[
                ("bald", bald),
                ("buzz", 0.12 + 0.15 * african),
                ("crop", 0.24),
                ("side_part", 0.22 * falls),
                ("slick_back", 0.12 * falls),
                ("short_curls", 0.06 + 0.25 * african),
                ("afro", 0.15 * african),
                ("wavy", 0.02 * falls),
                ("ponytail", 0.02 * falls),
                ("short01", 0.04),
                ("short02", 0.05),
                ("short03", 0.04),
                ("short04", 0.05),
                ("afro01", 0.04 * african),
            ],
        )
    } else {
        let long = if age > 60.0 { 0.45 } else { 1.0 };
        pick(
            stream,
            &[
                ("long_straight", 0.16 * long * falls),
                ("wavy", 0.16 * long * falls),
                ("bob", 0.12 * falls),
                ("fringe_bob", 0.08 * falls),
                ("curly", 0.07 + 0.25 * african),
                ("afro", 0.25 * african),
                ("ponytail", 0.13),
                ("plait", 0.07 * long),
                ("bun", 0.08),
                ("crop", 0.04),
                ("side_part", 0.05),
                ("short_curls", 0.03 + 0.05 * african),
                // The pack's bobs hang over an eye: rarer than in life, where hair is tucked behind an ear.
                ("bob01", 0.02),
                ("bob02", 0.015),
                ("long01", 0.05 * long),
                ("braid01", 0.03 * long),
                ("ponytail01", 0.05),
                ("short01", 0.02),
                ("short03", 0.025),
                ("afro01", 0.06 * african),
            ],
        )
    }
}

fn facial_hair(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    // The draw is made for everyone, so that changing the sex changes nothing else in the stream.
    let grown = pick(
        stream,
        &[
            ("none", 45.0),
            ("stubble", 22.0),
            ("short_beard", 12.0),
            ("full_beard", 8.0),
            ("goatee", 6.0),
            ("moustache", 7.0),
        ],
    );
    if row.category("sex") == "male" && row.number("age_years") >= 18.0 {
        grown
    } else {
        Value::from("none")
    }
}
