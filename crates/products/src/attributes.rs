//! What a recipe may ask of a product: every attribute with unit, range, default and meaning.
//!
//! Thing, material, defects, place and camera are independent of each other: any combination can be asked for.

use population::attribute::{Attribute, Choice, Schema};
use population::row::{PartialRow, Value};
use population::stream::Stream;

use crate::look::{COLOURS, MATERIALS};
use crate::shape::MODELS;
use crate::sources::Sources;

/// Kinds of defects in the order of `defects.mix`.
pub const KINDS: &[&str] = &[
    "scratch",
    "dent",
    "stain",
    "crack",
    "missing_part",
    "colour_deviation",
];

/// The tag of all meshes that a recipe's files hold.
const OWN: &str = "own";

/// The schema of the `products` stage; `labels` come from the crate that makes them, `sources` are the recipe's own meshes, which become choices of `product.model`.
pub fn schema(labels: Vec<Choice>, sources: &Sources) -> Schema {
    let mut attributes = product(sources);
    attributes.extend(defects());
    attributes.extend(staging());
    Schema {
        stage: "products",
        attributes,
        labels,
        sources: sources.files().cloned().collect(),
    }
}

fn choices(list: &[(&'static str, &'static str)]) -> Vec<Choice> {
    list.iter()
        .map(|&(name, meaning)| Choice::new(name, meaning))
        .collect()
}

/// What it is.
fn product(sources: &Sources) -> Vec<Attribute> {
    let own = sources.meshes().iter().map(|(file, mesh)| {
        let meaning = mesh.as_ref().map_or_else(
            || "a mesh of the recipe's own, withdrawn".to_owned(),
            crate::sources::Own::in_words,
        );
        let choice = Choice::new(&file.name, meaning).tag(OWN);
        if file.withdrawn {
            choice.withdrawn()
        } else {
            choice
        }
    });
    let models: Vec<Choice> = choices(&MODELS).into_iter().chain(own).collect();
    let model = Attribute::category(
        "product.model",
        models,
        "what the product is; files under the recipe's `sources` are products too, by default any of them",
    )
    .named_by_sources();
    let model = if sources.meshes().is_empty() {
        model
    } else {
        model.default_any_of(OWN)
    };
    let colours: Vec<(&str, &str)> = COLOURS
        .iter()
        .map(|&(name, _)| (name, "colour of plastic, fabric, glass and labels"))
        .collect();
    vec![
        model,
        Attribute::category(
            "product.material",
            choices(&MATERIALS),
            "what it is made of",
        )
        .default_shares(&[
            ("plastic", 30.0),
            ("metal_brushed", 20.0),
            ("metal_polished", 15.0),
            ("wood", 15.0),
            ("fabric", 10.0),
            ("glass", 10.0),
        ]),
        Attribute::category(
            "product.colour",
            choices(&colours),
            "colour of plastic, fabric and glass",
        ),
        Attribute::number(
            "product.shade",
            -1.0,
            1.0,
            "",
            "darker to lighter than usual",
        )
        .default_normal_within(0.0, 0.15, -0.5, 0.5),
        Attribute::number(
            "product.size_factor",
            0.5,
            2.0,
            "",
            "multiplies all lengths",
        )
        .default_normal_within(1.0, 0.03, 0.9, 1.1),
        Attribute::number(
            "product.turn_deg",
            -180.0,
            180.0,
            "deg",
            "how it is turned about the upright axis",
        ),
        Attribute::integer(
            "product.seed",
            0,
            (1 << 53) - 1,
            "",
            "seed of grain and weave",
        ),
    ]
}

/// What is wrong with it.
fn defects() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "defects.shown",
            choices(&[
                ("yes", "as it is"),
                ("no", "the same product without: pair it to have both"),
            ]),
            "whether defects are there; nothing else depends on it",
        )
        .default_constant("yes"),
        Attribute::integer(
            "defects.count",
            0,
            8,
            "",
            "how many defects the product has",
        )
        .default_range(0.0, 2.0),
        Attribute::mix(
            "defects.mix",
            KINDS,
            "how likely each defect is a scratch, dent, stain …",
        )
        .default_constant(Value::Mix(vec![0.25, 0.15, 0.2, 0.15, 0.1, 0.15])),
        Attribute::number(
            "defects.severity",
            0.0,
            1.0,
            "",
            "of each defect, from hardly visible to glaring; each varies around it",
        )
        .default_normal_within(0.45, 0.2, 0.02, 1.0),
        Attribute::category(
            "defects.side",
            choices(&[
                ("camera", "where the camera looks at"),
                ("any", "anywhere on it"),
            ]),
            "where defects are",
        )
        .default_constant("camera"),
        Attribute::integer(
            "defects.seed",
            0,
            (1 << 53) - 1,
            "",
            "seed of everything about the defects that is not asked for",
        ),
    ]
}

fn staging() -> Vec<Attribute> {
    let mut all = vec![
        Attribute::category(
            "place.kind",
            choices(&[
                ("belt", "a dark conveyor belt between rails"),
                ("turntable", "a white disc before a grey backdrop"),
            ]),
            "what it stands on",
        )
        .default_constant("belt"),
        Attribute::integer(
            "place.seed",
            0,
            (1 << 53) - 1,
            "",
            "seed of the belt's wear",
        ),
        Attribute::category(
            "light.kind",
            choices(&[
                (
                    "dome",
                    "large soft lights all around: colours are even, highlights wide",
                ),
                (
                    "bars",
                    "two bars of light at the sides: relief casts shadows",
                ),
                ("ring", "a ring around the lens' axis, above"),
            ]),
            "industrial lights",
        )
        .default_constant("dome"),
        Attribute::category(
            "camera.rig",
            choices(&[(
                "bench",
                "fixed before the product, the whole of it in the picture",
            )]),
            "where the camera usually is",
        )
        .default_constant("bench")
        .constant(),
    ];
    all.extend(photography::attributes::size());
    all.extend([
        Attribute::number(
            "camera.distance_m",
            0.05,
            5.0,
            "m",
            "from the lens to the product's middle",
        )
        .typical(
            &[
                "camera.vertical_fov_deg",
                "product.size_factor",
                "camera.width_px",
                "camera.height_px",
            ],
            typical_distance,
            "far enough for the whole product; larger ones of your own are made to fit",
        ),
        Attribute::number(
            "camera.yaw_deg",
            -180.0,
            180.0,
            "deg",
            "where the camera stands around the product, positive to its left",
        )
        .default_normal_within(0.0, 6.0, -20.0, 20.0),
        Attribute::number(
            "camera.pitch_deg",
            -10.0,
            89.0,
            "deg",
            "how far above its target the camera stands",
        )
        .default_normal_within(38.0, 6.0, 20.0, 60.0),
        Attribute::number(
            "camera.roll_deg",
            -45.0,
            45.0,
            "deg",
            "turn of the camera about its axis",
        )
        .default_normal_within(0.0, 0.5, -2.0, 2.0),
        Attribute::number(
            "camera.vertical_fov_deg",
            5.0,
            110.0,
            "deg",
            "vertical field of view",
        )
        .default_constant(26.0),
    ]);
    all.extend(photography::attributes::shot());
    all.extend(photography::attributes::camera());
    all.extend(photography::attributes::quality());
    all
}

/// The whole of the largest product that ships, with some room.
fn typical_distance(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let upright = (0.5 * row.number("camera.vertical_fov_deg").to_radians()).tan();
    let aspect =
        row.integer("camera.width_px") as f64 / (row.integer("camera.height_px") as f64).max(1.0);
    let room = stream.range(1.05, 1.2);
    Value::Number(
        0.5 * LARGEST_M * row.number("product.size_factor") * room / (upright * aspect.min(1.0)),
    )
}

/// What a picture of a product shows at its usual distance, metres: products of the recipe's own are framed as if they were as large.
pub(crate) const LARGEST_M: f64 = 0.2;

#[cfg(test)]
mod tests {
    use super::*;
    use scene::annotation::DamageKind;

    #[test]
    fn the_schema_keeps_its_own_rules() {
        assert_eq!(schema(Vec::new(), &Sources::default()).check(), Ok(()));
        for name in KINDS {
            assert!(
                DamageKind::ALL.iter().any(|kind| kind.name() == *name),
                "{name}"
            );
        }
    }
}
