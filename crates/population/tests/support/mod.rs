//! A small stage's schema, with one attribute of every sort.

#![allow(dead_code, reason = "each test file uses its own part")]

use population::{Attribute, Choice, PartialRow, Recipe, Schema, Stream, Value};

/// Attributes such as a people stage has.
pub(crate) fn schema() -> Schema {
    let environments = [
        Choice::new("studio", "grey studio").tag("indoor"),
        Choice::new("lobby", "hotel lobby").tag("indoor"),
        Choice::new("park", "trees at noon").tag("outdoor"),
        Choice::new("night", "street lamps").tag("outdoor"),
    ];
    let attributes = vec![
        Attribute::number("age_years", 0.0, 100.0, "years", "age").default_range(18.0, 80.0),
        Attribute::category(
            "sex",
            [Choice::new("female", "female"), Choice::new("male", "male")],
            "sex",
        ),
        Attribute::mix(
            "ancestry",
            &["african", "asian", "european"],
            "shares of ancestry",
        ),
        Attribute::number("skin_tone", 1.0, 10.0, "", "Monk scale"),
        Attribute::number("height_cm", 50.0, 220.0, "cm", "stature").typical(
            &["age_years", "sex"],
            height,
            "by age and sex",
        ),
        Attribute::number("bmi_kg_m2", 12.0, 50.0, "kg/m²", "body mass index")
            .default_normal(26.0, 5.0),
        Attribute::category(
            "facial_hair",
            [
                Choice::new("none", "none"),
                Choice::new("stubble", "short"),
                Choice::new("beard", "long"),
            ],
            "hair on cheeks and chin",
        )
        .typical(&["sex", "age_years"], facial_hair, "adult men only"),
        Attribute::category(
            "eyewear",
            [
                Choice::new("none", "none"),
                Choice::new("glasses", "clear"),
                Choice::new("sunglasses", "dark"),
            ],
            "what is worn over the eyes",
        )
        .default_shares(&[("none", 70.0), ("glasses", 20.0), ("sunglasses", 10.0)]),
        Attribute::flag("mouth_covered", "a mask hides the mouth"),
        Attribute::number("head.yaw_deg", -90.0, 90.0, "deg", "turn of the head")
            .default_normal(0.0, 12.0),
        Attribute::number("gaze.pitch_deg", -45.0, 45.0, "deg", "lift of the gaze")
            .default_normal(0.0, 5.0),
        Attribute::integer("freckles", 0, 40, "", "number of freckles"),
        Attribute::category(
            "camera.rig",
            [
                Choice::new("portrait", "in front"),
                Choice::new("cabin/dashboard", "below the wheel"),
            ],
            "where the camera stands",
        )
        .default_constant("portrait"),
        Attribute::integer("camera.width_px", 64, 4096, "px", "width of the picture")
            .default_constant(512)
            .constant(),
        Attribute::number("camera.distance_m", 0.3, 5.0, "m", "from the face")
            .default_normal(1.0, 0.2),
        Attribute::category("light.environment", environments, "what lights the scene"),
        Attribute::integer(
            "quality.samples_per_pixel",
            1,
            4096,
            "",
            "light paths per pixel",
        )
        .default_constant(64)
        .constant(),
    ];
    let labels = ["boxes", "landmarks", "depth"]
        .map(|name| Choice::new(name, format!("{name} of the face")));
    Schema {
        stage: "people",
        attributes,
        labels: labels.to_vec(),
        sources: Vec::new(),
    }
}

fn height(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let adult = if row.category("sex") == "female" {
        164.0
    } else {
        177.0
    };
    let grown = (row.number("age_years") / 18.0).min(1.0);
    Value::Number(60.0 + (adult - 60.0) * grown + 6.0 * stream.normal())
}

fn facial_hair(row: &PartialRow<'_>, stream: &mut Stream) -> Value {
    let may = row.category("sex") == "male" && row.number("age_years") >= 16.0;
    Value::from(if may && stream.uniform() < 0.4 {
        "beard"
    } else {
        "none"
    })
}

/// A recipe that must be right.
pub(crate) fn parse(text: &str) -> Recipe {
    match Recipe::parse(text, "recipe.yaml", &schema()) {
        Ok(recipe) => recipe,
        Err(mistakes) => panic!("{}", render(&mistakes)),
    }
}

/// What a user sees.
pub(crate) fn render(mistakes: &[population::Diagnostic]) -> String {
    let shown: Vec<String> = mistakes
        .iter()
        .map(|mistake| format!("{mistake}\n\n"))
        .collect();
    shown.concat()
}

/// A recipe with everything in it.
pub(crate) const FULL: &str = "\
populace: 1
name: driver-alertness
stage: people
count: 2000
seed: 7

population:
  age_years: {range: [18, 85]}
  sex: [{value: female, percent: 50}, {value: male, percent: 50}]
  ancestry: {mix: [african, asian, european]}
  bmi_kg_m2: {normal: [26, 5], within: [16, 45]}
  height_cm: [{value: typical, percent: 90}, {value: {range: [150, 200]}, percent: 10}]
  eyewear: [{value: none}, {value: [{value: glasses}, {value: sunglasses}]}]
  head.yaw_deg: {normal: [0, 25], within: [-90, 90]}
  freckles: {range: [0, 12]}
  mouth_covered: false

given:
  - when: {age_years: {below: 16}}
    set: {facial_hair: none}
  - when: {ancestry.european: {above: 0.8}, sex: [female, male], eyewear: none}
    set: {freckles: {normal: [20, 5]}, mouth_covered: [{value: yes, percent: 10}, {value: no, percent: 90}]}

camera: {rig: cabin/dashboard, width_px: 640}
light: {environment: {any_of: indoor}}
labels: [landmarks, boxes]
grid: {gaze.pitch_deg: [-20, {range: [-5, 5]}, 20], camera.distance_m: [0.6, 1]}
pair: {change: skin_tone, to: [2, 9]}
";

/// Whether expectations are to be rewritten: `BLESS=1 cargo test -p populace-population`.
#[allow(
    clippy::disallowed_methods,
    reason = "a person asks for it by the environment"
)]
pub(crate) fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}
