//! What a recipe may ask of clothes: fabrics and colours, above and below the waist.

use population::attribute::Attribute;
use population::row::{PartialRow, Value};
use population::stream::Stream;

use super::choices;
use super::typical::pick;

/// Fabrics that a recipe may name.
const FABRICS: &[(&str, &str)] = &[
    ("as_painted", "as the pack painted it, dyed"),
    ("plain", "woven in one colour"),
    ("knit", "ribs of stitches, in one colour"),
    ("denim", "worn twill, in one colour with white weft"),
    ("stripes", "stripes that run up and down"),
    ("bands", "stripes that run around"),
    ("checks", "stripes both ways"),
    ("dots", "a print of dots"),
];

/// Fabric, colours, size of the pattern.
pub(super) fn cloth() -> Vec<Attribute> {
    let mut attributes = upper();
    attributes.extend(lower());
    attributes
}

/// Of trousers and skirts.
fn lower() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "clothing.lower_fabric",
            choices(FABRICS),
            "what covers hips and legs, where it is a piece of its own; its pattern is as large as that above, and its second colour the same",
        )
        .typical(
            &["clothing"],
            lower_fabric,
            "by clothing: suits and overalls as painted, else mostly denim and plain",
        ),
        Attribute::number(
            "clothing.lower_hue_deg",
            0.0,
            360.0,
            "deg",
            "hue of a fabric's ground below the waist",
        )
        .typical(
            &["clothing.lower_fabric"],
            |row, stream| {
                let any = stream.range(0.0, 360.0);
                Value::Number(match row.category("clothing.lower_fabric") {
                    "denim" => 208.0 + any / 12.0,
                    _ => any,
                })
            },
            "any; denim blue",
        ),
        Attribute::number(
            "clothing.lower_saturation",
            0.0,
            1.0,
            "",
            "of that fabric's colour: 0 grey … 1 pure",
        )
        .typical(
            &["clothing.lower_fabric"],
            |row, stream| {
                let draw = stream.uniform();
                Value::Number(match row.category("clothing.lower_fabric") {
                    "denim" => 0.2 + 0.35 * draw,
                    _ => 0.4 * draw * draw,
                })
            },
            "muted",
        ),
        Attribute::number(
            "clothing.lower_lightness",
            0.0,
            1.0,
            "",
            "of that fabric's ground: 0 black … 1 white, 0.5 the pure hue",
        )
        .typical(
            &["clothing.lower_fabric"],
            |row, stream| {
                let draw = stream.uniform();
                Value::Number(match row.category("clothing.lower_fabric") {
                    "denim" => 0.12 + 0.4 * draw,
                    _ => 0.06 + 0.7 * draw * draw,
                })
            },
            "mostly dark",
        ),
    ]
}

fn lower_fabric(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let varied = [
        ("as_painted", 22.0),
        ("plain", 36.0),
        ("denim", 30.0),
        ("checks", 4.0),
        ("stripes", 4.0),
        ("knit", 4.0),
    ];
    let drawn = pick(stream, &varied);
    as_it_is(row, drawn)
}

/// Suits and overalls stay as painted. Drawn for everyone, so that other clothes change nothing else.
fn as_it_is(row: &PartialRow<'_>, drawn: Value) -> Value {
    match row.category("clothing") {
        "male_elegant01" | "male_work01" => Value::from("as_painted"),
        _ => drawn,
    }
}

fn upper() -> Vec<Attribute> {
    vec![
        Attribute::number(
            "clothing.hue_deg",
            0.0,
            360.0,
            "deg",
            "hue the clothes are dyed in, and of a fabric's ground",
        ),
        Attribute::number(
            "clothing.dye",
            0.0,
            1.0,
            "",
            "0 as the pack painted them … 1 one hue; for what has no other fabric",
        )
        .default_range(0.1, 0.8),
        Attribute::category(
            "clothing.fabric",
            choices(FABRICS),
            "what covers trunk and arms, and dresses whole; shoes stay as the pack painted them",
        )
        .typical(
            &["clothing"],
            fabric,
            "by clothing: suits and overalls as painted, else varied",
        ),
        Attribute::number(
            "clothing.saturation",
            0.0,
            1.0,
            "",
            "of a fabric's colours: 0 grey … 1 pure",
        )
        .default_range(0.0, 0.6),
        Attribute::number(
            "clothing.lightness",
            0.0,
            1.0,
            "",
            "of a fabric's ground: 0 black … 1 white, 0.5 the pure hue",
        )
        .default_range(0.1, 0.9),
        Attribute::number(
            "clothing.second_hue_deg",
            0.0,
            360.0,
            "deg",
            "hue of stripes, checks and dots",
        ),
        Attribute::number(
            "clothing.second_lightness",
            0.0,
            1.0,
            "",
            "lightness of stripes, checks and dots",
        )
        .typical(
            &["clothing.lightness"],
            |row, stream| {
                // Well apart from the ground, on the side where there is room.
                let ground = row.number("clothing.lightness");
                let apart = stream.range(0.3, 0.8);
                Value::Number(if ground < 0.5 {
                    ground + apart * (1.0 - ground)
                } else {
                    ground - apart * ground
                })
            },
            "well apart from the ground",
        ),
        Attribute::number(
            "clothing.pattern_mm",
            4.0,
            120.0,
            "mm",
            "from one stripe, check, dot or rib to the next",
        )
        .typical(
            &["clothing.fabric"],
            |row, stream| {
                let draw = stream.uniform();
                Value::Number(match row.category("clothing.fabric") {
                    "knit" => 6.0 + 6.0 * draw,
                    "dots" => 14.0 + 22.0 * draw,
                    _ => 10.0 + 50.0 * draw * draw,
                })
            },
            "by fabric, 6 to 60",
        ),
    ]
}

fn fabric(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let varied = [
        ("as_painted", 28.0),
        ("plain", 26.0),
        ("knit", 12.0),
        ("denim", 6.0),
        ("stripes", 8.0),
        ("bands", 8.0),
        ("checks", 8.0),
        ("dots", 4.0),
    ];
    let drawn = pick(stream, &varied);
    as_it_is(row, drawn)
}
