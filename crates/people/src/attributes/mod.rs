//! What a recipe may ask of a person: every attribute with unit, range, default and meaning, and the names of the labels.
//!
//! Age, sex, ancestry and skin tone are independent of each other on purpose: any combination can be asked for. What *usually* goes
//! with what (grey hair with age, beards with sex) is only a default, written as a `typical` draw in the module `typical`.

mod catalogue;
mod cloth;
mod driver;
mod growth;
mod hair;
pub(crate) mod scanned;
pub use scanned::ALIKE;
mod state;
mod typical;
mod worn;

use catalogue::FACIAL_HAIR;
pub(crate) use catalogue::{CLOTHES, EYE_COLOURS, HAIR_STYLES};
use population::attribute::{Attribute, Choice, Schema};

use crate::sources::Sources;
use body::expression::ACTION_UNITS;

/// Components of `ancestry`, in order.
pub const ANCESTRIES: &[&str] = &["african", "asian", "european"];

fn choices(list: &[(&'static str, &'static str)]) -> Vec<Choice> {
    list.iter()
        .map(|&(name, meaning)| Choice::new(name, meaning))
        .collect()
}

fn tagged<'a>(
    list: impl IntoIterator<Item = (&'a str, &'a [&'static str], String)>,
) -> Vec<Choice> {
    let build = |(name, tags, meaning): (&str, &[&'static str], String)| {
        tags.iter()
            .fold(Choice::new(name, meaning), |choice, tag| choice.tag(*tag))
    };
    list.into_iter().map(build).collect()
}

/// The schema of the `people` stage; `labels` come from the crate that makes them, scans and motions from the recipe's own files.
pub fn schema(labels: Vec<Choice>, sources: &Sources) -> Schema {
    let mut attributes = person();
    attributes.extend(scanned::scanned(sources));
    attributes.extend(state::state());
    attributes.extend(scanned::recorded(sources));
    attributes.extend(ACTION_UNITS.iter().map(|&(name, _)| {
        Attribute::number(
            name,
            0.0,
            1.0,
            "",
            "weight of this ARKit expression unit, added to the named expression",
        )
        .default_constant(0.0)
    }));
    attributes.extend(hair::hair());
    attributes.extend(dress());
    attributes.extend(cloth::cloth());
    attributes.extend(worn::worn());
    attributes.extend(staging());
    attributes.extend(population::sequence::attributes());
    attributes.extend(photography::attributes::camera());
    attributes.extend(driver::driver());
    let mut schema = Schema {
        stage: "people",
        attributes,
        labels,
        sources: sources.files().to_vec(),
    };
    scanned::follow(&mut schema);
    schema
}

/// Who the person is.
fn person() -> Vec<Attribute> {
    vec![
        Attribute::number(
            "age_years",
            1.0,
            90.0,
            "years",
            "age; body and face follow MakeHuman's baby, child, young and old shapes",
        )
        .default_range(18.0, 85.0),
        Attribute::category(
            "sex",
            choices(&[
                ("female", "body shaped by the female targets"),
                ("male", "body shaped by the male targets"),
            ]),
            "sex of the body",
        )
        .default_shares(&[("female", 50.0), ("male", 50.0)]),
        Attribute::number(
            "sex_typicality",
            0.0,
            1.0,
            "",
            "0 is half-way between the sexes, 1 is the pack's typical body of the given sex",
        )
        .default_range(0.7, 1.0),
        Attribute::mix(
            "ancestry",
            ANCESTRIES,
            "weights of the pack's three face and body shape ancestries; skin tone is separate",
        )
        .default_dirichlet(&[0.5, 0.5, 0.5]),
        Attribute::number("skin_tone", 1.0, 10.0, "Monk", "Monk skin tone, continuous").typical(
            &["ancestry"],
            typical::skin_tone,
            "by ancestry, wide",
        ),
        Attribute::number(
            "skin.oiliness",
            0.0,
            1.0,
            "",
            "shine of the skin, most on forehead, nose and chin: 0 dry, 1 oily",
        )
        .default_normal_within(0.35, 0.15, 0.0, 0.8),
        Attribute::number(
            "skin.sweat",
            0.0,
            1.0,
            "",
            "sweat: a wet film, and beads on the face; 0 dry, 1 dripping",
        )
        .default_constant(0.0),
        Attribute::number(
            "height_cm",
            60.0,
            220.0,
            "cm",
            "standing height without shoes; the body is solved to have it",
        )
        .typical(
            &["age_years", "sex"],
            growth::height_cm,
            "by age and sex, approximate growth references",
        ),
        Attribute::number(
            "bmi_kg_m2",
            12.0,
            50.0,
            "kg/m²",
            "body mass index; the body is solved to have it",
        )
        .typical(
            &["age_years"],
            growth::bmi_kg_m2,
            "by age, approximate references",
        ),
        Attribute::number("muscle", 0.0, 1.0, "", "muscularity, 0.5 average")
            .default_normal_within(0.5, 0.12, 0.1, 0.9),
        Attribute::number(
            "proportions",
            0.0,
            1.0,
            "",
            "0 uncommon, 0.5 plain, 1 ideal body proportions",
        )
        .default_normal_within(0.5, 0.12, 0.1, 0.9),
        Attribute::integer(
            "identity",
            0,
            (1 << 53) - 1,
            "",
            "seed of the face's own shape: the same number in another state is the same person",
        ),
        Attribute::number(
            "identity.distinctiveness",
            0.0,
            2.0,
            "",
            "how far the face may lie from the average; 1 natural, 0 the average face",
        )
        .default_constant(1.0),
        Attribute::category(
            "eyes.colour",
            choices(
                EYE_COLOURS
                    .iter()
                    .map(|&(name, ..)| (name, "colour of the iris"))
                    .collect::<Vec<_>>()
                    .as_slice(),
            ),
            "colour of both irises",
        )
        .typical(&["ancestry"], typical::eye_colour, "by ancestry"),
    ]
}

/// Glasses, clothes.
fn dress() -> Vec<Attribute> {
    let clothes = tagged(
        CLOTHES
            .iter()
            .map(|&(name, _, tags, meaning)| (name, tags, meaning.to_owned())),
    );
    vec![
        Attribute::category(
            "eyewear",
            choices(&[
                ("none", "no glasses"),
                ("glasses", "clear lenses"),
                ("sunglasses", "dark lenses"),
            ]),
            "glasses",
        )
        .default_shares(&[("none", 80.0), ("glasses", 15.0), ("sunglasses", 5.0)]),
        Attribute::category("clothing", clothes, "what the person wears").typical(
            &["sex"],
            typical::clothing,
            "by sex",
        ),
        Attribute::category(
            "shoes",
            std::iter::once(Choice::new("none", "bare feet")).chain(
                (1..=6).map(|i| {
                    Choice::new(format!("shoes{i:02}"), "the pack's shoes of this number")
                }),
            ),
            "what the person wears on the feet",
        )
        .default_shares(&[
            ("none", 4.0),
            ("shoes01", 16.0),
            ("shoes02", 16.0),
            ("shoes03", 16.0),
            ("shoes04", 16.0),
            ("shoes05", 16.0),
            ("shoes06", 16.0),
        ]),
    ]
}

/// Place, camera, light and quality.
fn staging() -> Vec<Attribute> {
    let mut all = setting();
    all.extend(photography::attributes::size());
    all.extend(stand());
    all.extend(photography::attributes::shot());
    all.extend(lamps());
    all.extend(photography::attributes::surroundings(
        "surroundings that light the person",
    ));
    all.push(backdrop());
    all.extend(photography::attributes::quality());
    all
}

/// What surrounds the person, and what the camera is mounted on.
fn setting() -> Vec<Attribute> {
    let rigs = [
        ("portrait", "in front of the face"),
        (
            "cabin/dashboard",
            "on the hood of the instruments behind the wheel, looking up at the driver; this and the next five are the mounts that makers of driver cameras name",
        ),
        (
            "cabin/steering_column",
            "on the steering column just behind the wheel, looking up over its rim",
        ),
        (
            "cabin/a_pillar",
            "on the pillar beside the windscreen, at the driver's door",
        ),
        (
            "cabin/centre_stack",
            "at the screen in the middle of the dashboard",
        ),
        ("cabin/mirror", "below the rear-view mirror"),
        (
            "cabin/roof",
            "in the overhead console, wide, looking down at the driver",
        ),
        (
            "store/shelf",
            "from within the shelf before a customer, at the height of the face",
        ),
        (
            "store/ceiling",
            "below a store's ceiling, wide, looking down along the aisle",
        ),
        ("full_body", "in front of the whole body"),
        ("hand", "close to the right hand"),
        (
            "headset/on_axis",
            "in a headset, straight before an eye; turns with the head",
        ),
        (
            "headset/off_axis",
            "in a headset, below an eye and towards the temple; turns with the head",
        ),
        (
            "headset/outward",
            "on the front of a headset or of glasses, looking down at the person's own hands; turns with the head",
        ),
    ];
    vec![
        Attribute::category(
            "place.kind",
            choices(&[
                ("open", "no walls and no floor, the environment all around"),
                ("studio", "a photographer's paper backdrop under a soft light"),
                ("room", "a furnished room, the environment outside its windows"),
                ("store", "an aisle between shelves full of products; the person faces a shelf and, in the posture picking, takes something that stands on it"),
                ("cabin", "a car around its driver, for the posture driving, the environment outside its windows, which have no panes; camera.rig says on what part of the car the camera is mounted"),
            ]),
            "what surrounds the person; all but the open have lamps of their own in place of light.rig's, in visible light",
        )
        .typical(&["camera.rig"], typical::place, "by rig"),
        Attribute::integer(
            "place.seed",
            0,
            (1 << 53) - 1,
            "",
            "seed of everything about the place that is not asked for",
        ),
        Attribute::integer(
            "crowd.count",
            0,
            15,
            "",
            "how many further people there are, drawn from the same recipe; place, light and camera are made for the first; none in cars and stores",
        )
        .default_constant(0),
        Attribute::number(
            "crowd.spread_m",
            0.8,
            10.0,
            "m",
            "how far from the first person the others stand at most, where they find room",
        )
        .default_constant(2.0),
        Attribute::category("camera.rig", choices(&rigs), "where the camera usually is")
            .default_constant("portrait")
            .constant(),
        Attribute::category(
            "camera.target",
            choices(&[
                ("head", "the middle of the head"),
                ("body", "the middle of the body"),
                ("right_hand", "the person's right hand"),
                ("left_hand", "the person's left hand"),
                ("right_eye", "the person's right eye"),
                ("left_eye", "the person's left eye"),
                ("ahead", "what the person has before them: the lens is 9 cm before the eyes and turns about itself"),
            ]),
            "what the camera is pointed at and what its distance is measured to",
        )
        .typical(&["camera.rig"], typical::camera_target, "by rig"),
    ]
}

/// Where the camera stands.
fn stand() -> Vec<Attribute> {
    vec![
        Attribute::number(
            "camera.distance_m",
            0.02,
            20.0,
            "m",
            "from the lens to what it is pointed at; an eye is meant by its centre, 17 mm behind the cornea",
        )
        .typical(&["camera.rig"], typical::camera_distance, "by rig"),
        Attribute::number(
            "camera.yaw_deg",
            -180.0,
            180.0,
            "deg",
            "where the camera stands around the chest's front; positive on the person's left",
        )
        .typical(
            &["camera.rig", "camera.target", "place.drive"],
            typical::camera_yaw,
            "by rig; in cabins towards the mount's place",
        ),
        Attribute::number(
            "camera.pitch_deg",
            -60.0,
            60.0,
            "deg",
            "how far above its target the camera stands; negative below",
        )
        .typical(&["camera.rig"], typical::camera_pitch, "by rig"),
        Attribute::number(
            "camera.roll_deg",
            -180.0,
            180.0,
            "deg",
            "turn of the camera about its axis",
        )
        .default_normal_within(0.0, 1.5, -6.0, 6.0),
        Attribute::number(
            "camera.vertical_fov_deg",
            1.0,
            120.0,
            "deg",
            "vertical field of view",
        )
        .typical(&["camera.rig"], typical::camera_fov, "by rig"),
    ]
}

/// Lamps besides the surroundings.
fn lamps() -> Vec<Attribute> {
    vec![
        Attribute::category(
            "light.rig",
            choices(&[
                ("environment", "the environment's light alone"),
                (
                    "three_point",
                    "the environment, dimmed, with key, fill and rim lights",
                ),
                (
                    "cabin/led_pair",
                    "the environment, dimmed, with two small lamps beside the camera",
                ),
                (
                    "headset/led_ring",
                    "a ring of diodes around a headset's eyepiece, 3 cm before the eye that camera.target names; foam keeps all but 1 % of the environment out",
                ),
            ]),
            "lamps",
        )
        .typical(&["camera.rig"], typical::light_rig, "environment, or a headset's ring"),
        Attribute::integer("light.leds", 1, 32, "", "diodes in a headset's ring")
            .default_constant(8),
        Attribute::number(
            "light.ring_radius_mm",
            5.0,
            60.0,
            "mm",
            "from the middle of a headset's ring to its diodes",
        )
        .default_constant(22.0),
    ]
}

fn backdrop() -> Attribute {
    Attribute::category(
        "light.backdrop",
        choices(&[
            ("environment", "the surroundings themselves"),
            ("grey", "a plain mid grey"),
        ]),
        "what is seen behind the person",
    )
    .default_constant("environment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_names_are_unique_and_carry_their_unit() {
        let schema = schema(Vec::new(), &Sources::default());
        let mut names: Vec<_> = schema.attributes.iter().map(|a| a.name).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(before, names.len());
        for attribute in &schema.attributes {
            if let population::attribute::Kind::Number {
                unit: unit @ ("deg" | "m" | "mm" | "cm" | "years" | "px"),
                ..
            } = &attribute.kind
            {
                assert!(
                    attribute.name.ends_with(&format!("_{unit}")),
                    "{} is in {unit}",
                    attribute.name
                );
            }
        }
    }
}
