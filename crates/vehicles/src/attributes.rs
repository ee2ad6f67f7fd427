//! What a recipe may ask of a vehicle: every attribute with unit, range, default and meaning.
//!
//! The car, its paint, what happened to it, and the camera are independent of each other: any combination can be asked for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use glam::{DVec3, Vec3};
use population::attribute::{Attribute, Choice, Schema};
use population::row::{PartialRow, Value};
use population::stream::Stream;
use scene::annotation::DamageKind;
use vehicle::{BodyStyle, Finish, Specification, catalogue};

use crate::sources::Sources;

/// Kinds of damage in the order of `damage.mix`.
pub const KINDS: &[&str] = &[
    "dent",
    "scratch",
    "crack",
    "glass_shatter",
    "lamp_broken",
    "tire_flat",
    "rust",
    "chips",
    "missing_part",
    "misaligned",
];

/// Colours by name, as a screen shows them, with their share of new cars in percent (rounded from public colour reports of paint makers, from memory).
pub(crate) const COLOURS: &[(&str, &str, f64)] = &[
    ("white", "#e9eae8", 34.0),
    ("black", "#0e0f11", 21.0),
    ("grey", "#6d7276", 19.0),
    ("silver", "#b4b8bb", 9.0),
    ("blue", "#1c3f78", 8.0),
    ("red", "#9c1620", 5.0),
    ("green", "#2f4f3c", 1.5),
    ("brown", "#54402f", 1.0),
    ("beige", "#b9ab90", 0.7),
    ("orange", "#c8571b", 0.5),
    ("yellow", "#d8b21c", 0.3),
];

/// The tag of all cars that a recipe's files hold.
const OWN: &str = "own";

/// The schema of the `vehicles` stage; `labels` come from the crate that makes them, `sources` are the recipe's own cars, which become choices of `vehicle.model`.
pub fn schema(labels: Vec<Choice>, sources: &Sources) -> Schema {
    let mut attributes = vehicle(sources);
    attributes.extend(paint());
    attributes.extend(damage());
    attributes.extend(staging());
    Schema {
        stage: "vehicles",
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

/// Which car.
fn vehicle(sources: &Sources) -> Vec<Attribute> {
    let own = sources.cars().iter().map(|(file, design)| {
        let [length, width, height] = design.as_ref().map_or([0.0; 3], |car| car.report.size_m);
        let meaning =
            format!("a car of the recipe's own, {length:.2} × {width:.2} × {height:.2} m");
        let style = design
            .as_ref()
            .map_or(BodyStyle::Hatchback, |car| car.style)
            .name();
        let choice = Choice::new(&file.name, meaning)
            .tag(OWN)
            .fact("vehicle.style", style);
        if file.withdrawn {
            choice.withdrawn()
        } else {
            choice
        }
    });
    let models = catalogue().into_iter().map(|model| {
        let style = model.specification.style.name();
        Choice::new(model.name, format!("a {style} of these public dimensions"))
            .tag(style)
            .fact("vehicle.style", style)
    });
    let models: Vec<Choice> = models.chain(own).collect();
    let model = Attribute::category(
        "vehicle.model",
        models,
        "whose dimensions the car has; styles are tags, as in {any_of: suv}. Files under the recipe's `sources` are cars too, by default any of them",
    )
    .named_by_sources();
    let model = if sources.cars().is_empty() {
        model
    } else {
        model.default_any_of(OWN)
    };
    let styles = BodyStyle::ALL.map(|style| Choice::new(style.name(), "a body of this style"));
    let factor = |name, of| {
        Attribute::number(name, 0.85, 1.2, "", of).default_normal_within(1.0, 0.015, 0.95, 1.05)
    };
    vec![
        model,
        Attribute::category(
            "vehicle.style",
            styles,
            "the body's style: the model's own unless the recipe says another",
        )
        .follows("vehicle.model")
        .default_known(),
        factor(
            "vehicle.length_factor",
            "multiplies length, wheelbase and overhangs: a car that is like the model and is not one",
        ),
        factor("vehicle.width_factor", "multiplies the width"),
        factor("vehicle.height_factor", "multiplies height and shoulder"),
        Attribute::integer(
            "vehicle.rim_step_inch",
            -2,
            2,
            "inch",
            "larger or smaller rims in the same tyres",
        )
        .default_constant(0),
    ]
}

fn paint() -> Vec<Attribute> {
    let shares: Vec<(&str, f64)> = COLOURS
        .iter()
        .map(|&(name, _, share)| (name, share))
        .collect();
    let finishes =
        Finish::ALL.map(|finish| Choice::new(finish.name(), "how the paint is built up"));
    vec![
        Attribute::category(
            "paint.colour",
            COLOURS
                .iter()
                .map(|&(name, ..)| Choice::new(name, "the paint's colour"))
                .collect::<Vec<_>>(),
            "the paint's colour; paint.shade and paint.hue_deg vary it",
        )
        .default_shares(&shares),
        Attribute::number(
            "paint.shade",
            -1.0,
            1.0,
            "",
            "darker to lighter than the colour's usual",
        )
        .default_normal_within(0.0, 0.2, -0.6, 0.6),
        Attribute::number(
            "paint.hue_deg",
            -30.0,
            30.0,
            "deg",
            "turn of the colour's hue",
        )
        .default_normal_within(0.0, 3.0, -8.0, 8.0),
        Attribute::category("paint.finish", finishes, "how the paint is built up").default_shares(
            &[
                ("solid", 40.0),
                ("metallic", 42.0),
                ("pearl", 15.0),
                ("matt", 3.0),
            ],
        ),
    ]
}

/// What happened to the car.
fn damage() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "damage.shown",
            choices(&[
                ("yes", "as it happened"),
                ("no", "the same car before: pair it to have both"),
            ]),
            "whether the damage is there; nothing else depends on it",
        )
        .default_constant("yes"),
        Attribute::integer("damage.count", 0, 8, "", "how many damages the car has")
            .default_range(0.0, 3.0),
        Attribute::mix(
            "damage.mix",
            KINDS,
            "how likely each damage is a dent, scratch, crack …",
        )
        .default_constant(Value::Mix(vec![
            0.30, 0.30, 0.08, 0.08, 0.07, 0.03, 0.04, 0.05, 0.02, 0.03,
        ])),
        Attribute::category(
            "damage.cause",
            choices(&[
                ("any", "whatever fits the damage"),
                ("door", "the edge of another car's door"),
                ("pole", "a pole or bollard"),
                ("ball", "a ball"),
                ("bumper", "another car's bumper"),
                ("parking", "scraping along a wall or another car"),
                ("keys", "a sharp point drawn along"),
            ]),
            "what causes dents and scratches; the other kinds of damage have causes of their own",
        )
        .default_constant("any"),
        Attribute::number(
            "damage.severity",
            0.0,
            1.0,
            "",
            "of each damage, between the least and the most that its cause does; each varies around it",
        )
        .default_normal_within(0.4, 0.22, 0.02, 1.0),
        Attribute::category(
            "damage.side",
            choices(&[
                ("any", "anywhere"),
                ("camera", "where the camera looks at"),
                ("front", "the front"),
                ("rear", "the rear"),
                ("left", "the driver's left"),
                ("right", "the driver's right"),
            ]),
            "on which side of the car damages are",
        )
        .typical(&["camera.rig"], typical_side, "camera, or any in close-ups"),
        Attribute::integer("damage.hail", 0, 200, "", "hailstones that hit the car")
            .default_constant(0),
        Attribute::number("damage.hail_mm", 10.0, 60.0, "mm", "largest hailstones' diameter")
            .default_range(18.0, 40.0),
        Attribute::integer(
            "damage.seed",
            0,
            (1 << 53) - 1,
            "",
            "seed of everything about the damages that is not asked for",
        ),
    ]
}

fn staging() -> Vec<Attribute> {
    let mut all = vec![
        Attribute::category(
            "place.kind",
            choices(&[
                ("open", "asphalt, the environment all around"),
                ("studio", "a white hall under a large soft light"),
                ("gate", "a dark hall with arches of light strips to drive through: dents bend their reflections"),
                ("zebra", "stripes of light all around, for judging surfaces by their reflections"),
                ("car_park", "asphalt with marked bays and a few other cars; the environment all around"),
                ("street", "a kerb, houses on both sides, other cars before and behind; the environment above"),
                ("workshop", "a hall of concrete under strips of light"),
            ]),
            "what surrounds the car",
        )
        .typical(&["camera.rig"], typical_place, "by rig"),
        Attribute::integer("place.seed", 0, (1 << 53) - 1, "", "seed of the ground's texture"),
        Attribute::category(
            "camera.rig",
            choices(&[
                ("walkaround", "a telephone held by somebody who walks around the car, the whole car in the picture"),
                ("close_up", "the same, close to the first damage (or the middle of a side without one)"),
                ("gate", "wide, beside the car in a gate of light strips"),
            ]),
            "where the camera usually is",
        )
        .default_constant("walkaround")
        .constant(),
    ];
    all.extend(photography::attributes::size());
    all.extend([
        Attribute::number(
            "camera.distance_m",
            0.2,
            40.0,
            "m",
            "from the lens to what it is pointed at",
        )
        .typical(
            &[
                "camera.rig",
                "camera.vertical_fov_deg",
                "camera.width_px",
                "camera.height_px",
                "camera.yaw_deg",
                "camera.pitch_deg",
                "camera.roll_deg",
                "camera.offset_x",
                "camera.offset_y",
                "vehicle.model",
                "vehicle.style",
                "vehicle.length_factor",
                "vehicle.width_factor",
                "vehicle.height_factor",
            ],
            typical_distance,
            "by rig; far enough for the whole car",
        ),
        Attribute::number(
            "camera.yaw_deg",
            -180.0,
            180.0,
            "deg",
            "where the camera stands around the car's front, positive on the driver's left; of a close_up around the surface's normal",
        )
        .typical(&["camera.rig"], typical_yaw, "any, or before the surface in close-ups"),
        Attribute::number(
            "camera.pitch_deg",
            -30.0,
            80.0,
            "deg",
            "how far above its target the camera stands",
        )
        .typical(&["camera.rig"], typical_pitch, "by rig"),
        Attribute::number("camera.roll_deg", -45.0, 45.0, "deg", "turn of the camera about its axis")
            .default_normal_within(0.0, 1.5, -6.0, 6.0),
        Attribute::number(
            "camera.vertical_fov_deg",
            5.0,
            110.0,
            "deg",
            "vertical field of view",
        )
        .typical(&["camera.rig"], typical_fov, "by rig"),
    ]);
    all.extend(photography::attributes::shot());
    all.extend(photography::attributes::camera());
    all.extend(photography::attributes::surroundings(
        "surroundings that light the car",
    ));
    all.extend(photography::attributes::quality());
    all.extend(crate::weather::attributes());
    all.push(
        Attribute::number(
            "light.night",
            0.0,
            1.0,
            "",
            "takes the surroundings' light away, and gives as much from a flash beside the lens",
        )
        .default_constant(0.0),
    );
    let second = [Choice::new("none", "one colour all over")].into_iter();
    let named = COLOURS
        .iter()
        .map(|&(name, ..)| Choice::new(name, "this colour, the rest as paint.colour says"));
    all.push(
        Attribute::category(
            "paint.two_tone",
            second.chain(named).collect::<Vec<_>>(),
            "another colour of roof, pillars beside the windscreen and mirrors",
        )
        .default_constant("none"),
    );
    let patterns = [
        ("none", "paint alone"),
        ("stripes", "two along the middle, from bumper to bumper"),
        ("band", "along both sides"),
        ("chequers", "rows of squares along both sides"),
        (
            "livery",
            "of a firm that does not exist: a field over the tail, an emblem, signs that spell nothing",
        ),
        ("camouflage", "whirls all over, as on prototypes"),
    ];
    all.extend([
        Attribute::category(
            "paint.wrap",
            patterns.map(|(name, of)| Choice::new(name, of)).to_vec(),
            "vinyl film on the paint; no damage, and in no mask",
        )
        .default_constant("none"),
        Attribute::category(
            "paint.wrap_colour",
            COLOURS
                .iter()
                .map(|&(name, ..)| Choice::new(name, "the film's main colour"))
                .collect::<Vec<_>>(),
            "colour of the film; its other colour is white or black, whichever stands out",
        ),
        Attribute::integer(
            "paint.wrap_seed",
            0,
            (1 << 32) - 1,
            "",
            "seed of widths, heights and signs of the film",
        ),
    ]);
    all
}

fn rig<'r>(row: &PartialRow<'r>) -> &'r str {
    row.category("camera.rig")
}

fn typical_place(row: &PartialRow<'_>, _: &mut Stream) -> Value {
    Value::from(match rig(row) {
        "gate" => "gate",
        _ => "open",
    })
}

fn typical_side(row: &PartialRow<'_>, _: &mut Stream) -> Value {
    Value::from(match rig(row) {
        "close_up" => "any",
        _ => "camera",
    })
}

fn typical_yaw(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let most = match rig(row) {
        "close_up" => 50.0,
        _ => 180.0,
    };
    Value::Number(stream.range(-most, most))
}

/// Length, width with mirrors, and height of the row's car, metres; of a car of the recipe's own those of a large one of its style.
fn size(row: &PartialRow<'_>) -> DVec3 {
    static CATALOGUE: LazyLock<BTreeMap<String, (BodyStyle, DVec3)>> = LazyLock::new(|| {
        let models = catalogue().into_iter().map(|model| {
            let sheet = model.specification;
            let size = Vec3::new(sheet.length_m, sheet.width_m, sheet.height_m);
            (model.name, (sheet.style, size.as_dvec3()))
        });
        models.collect()
    });
    let style = row.category("vehicle.style");
    let known = CATALOGUE.get(row.category("vehicle.model"));
    let typical = || {
        let style = BodyStyle::named(style).unwrap_or(BodyStyle::Hatchback);
        let sheet = Specification::typical(style);
        Vec3::new(sheet.length_m, sheet.width_m, sheet.height_m).as_dvec3()
    };
    let size = match known {
        Some((own, size)) if own.name() == style => *size,
        // Another body on the same floor.
        Some((_, size)) => DVec3::new(size.x, size.y, typical().z),
        None => 1.1 * typical(),
    };
    let factor = |name| row.number(name);
    size * DVec3::new(
        factor("vehicle.length_factor"),
        factor("vehicle.width_factor"),
        factor("vehicle.height_factor"),
    ) + DVec3::new(0.06, MIRRORS_M, 0.04)
}

/// How much wider mirrors make a car, metres.
const MIRRORS_M: f64 = 0.3;

/// The whole car with some room around it, from any side.
fn typical_distance(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let room = stream.range(1.03, 1.25);
    Value::Number(match rig(row) {
        "close_up" => stream.range(0.7, 1.8),
        "gate" => stream.range(2.6, 3.4),
        _ => fits(row) * room,
    })
}

/// From the car's middle to where its box just fits into the picture.
fn fits(row: &PartialRow<'_>) -> f64 {
    let upright = (0.5 * row.number("camera.vertical_fov_deg").to_radians()).tan();
    let aspect =
        row.integer("camera.width_px") as f64 / (row.integer("camera.height_px") as f64).max(1.0);
    let half = 0.5 * size(row);
    let radians = |name| row.number(name).to_radians();
    let (yaw, pitch, roll) = (
        radians("camera.yaw_deg"),
        radians("camera.pitch_deg"),
        radians("camera.roll_deg"),
    );
    let out = DVec3::new(
        yaw.sin() * pitch.cos(),
        pitch.sin(),
        yaw.cos() * pitch.cos(),
    );
    let side = DVec3::new(yaw.cos(), 0.0, -yaw.sin());
    let up = out.cross(side);
    let (across, along) = (
        side * roll.cos() + up * roll.sin(),
        up * roll.cos() - side * roll.sin(),
    );
    // What the target is shifted by is lost at one edge.
    let left_over = |name, half: f64| (half - 2.0 * row.number(name).abs()).max(0.1 * half);
    let (wide, high) = (
        upright * left_over("camera.offset_x", aspect),
        upright * left_over("camera.offset_y", 1.0),
    );
    let corners = (0..8).map(|corner| {
        let sign = |bit: i32| if corner & bit == 0 { -1.0 } else { 1.0 };
        // The camera is pointed a little below the middle.
        let low = 0.1 * half.z;
        DVec3::new(
            sign(1) * half.y,
            sign(2).mul_add(half.z, low),
            sign(4) * half.x,
        )
    });
    // What is nearer than the middle looks larger.
    let needed = corners
        .map(|at| at.dot(out) + (at.dot(across).abs() / wide).max(at.dot(along).abs() / high));
    needed.fold(0.0, f64::max)
}

fn typical_pitch(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    Value::Number(match rig(row) {
        "close_up" => stream.range(0.0, 25.0),
        "gate" => stream.range(5.0, 35.0),
        _ => stream.range(3.0, 14.0),
    })
}

fn typical_fov(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    Value::Number(match rig(row) {
        "gate" => stream.range(60.0, 80.0),
        _ => stream.range(38.0, 56.0),
    })
}

/// The kind of damage of this name.
pub(crate) fn kind(name: &str) -> Option<DamageKind> {
    DamageKind::ALL.into_iter().find(|kind| kind.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_keeps_its_own_rules() {
        assert_eq!(schema(Vec::new(), &Sources::default()).check(), Ok(()));
        assert_eq!(KINDS.len(), DamageKind::OF_VEHICLES);
        for (name, of) in KINDS.iter().zip(DamageKind::ALL) {
            assert_eq!(kind(name), Some(of));
        }
    }
}
