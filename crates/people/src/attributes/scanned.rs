//! Who and what comes from files of the user's own: scanned people and recorded motions.

use population::Distribution;
use population::attribute::{Attribute, Choice, Kind, Schema};
use population::row::Value;

use crate::sources::{Scan, Sources};

/// The choice of nobody and nothing.
pub(crate) const NONE: &str = "none";
/// The choice for the attribute `scan` of an identity drawn from what the scans have in common.
pub const ALIKE: &str = "like_the_scans";
/// The tag of all scanned people.
const SCANNED: &str = "scanned";
/// The tag of all recorded motions.
const RECORDED: &str = "recorded";

/// What a scan may know of a person. The rest is left to the recipe.
const KNOWN: [&str; 10] = [
    "age_years",
    "sex",
    "sex_typicality",
    "ancestry",
    "skin_tone",
    "height_cm",
    "bmi_kg_m2",
    "muscle",
    "proportions",
    "identity",
];

/// Whose body it is.
pub(super) fn scanned(sources: &Sources) -> Vec<Attribute> {
    let scans = || sources.scans().iter().map(choice);
    let nobody = |meaning: &str| Choice::new(NONE, meaning);
    let mut whose = vec![nobody("nobody's: drawn from the body model")];
    if sources.has_prior() {
        whose.push(Choice::new(
            ALIKE,
            "nobody's: local shape drawn, by identity, from what the scans have in common",
        ));
    }
    whose.extend(scans());
    let scan = Attribute::category(
        "scan",
        whose,
        "whose scanned body this is; the recipe's `sources` name the files, and what else a scan knows (age, sex, height …) follows it by default",
    );
    let with: Vec<Choice> = std::iter::once(nobody("with nobody"))
        .chain(scans().map(|choice| Choice {
            facts: Vec::new(),
            ..choice
        }))
        .collect();
    let scan = scan.named_by_sources();
    let scan = if sources.scans().is_empty() {
        scan.default_constant(NONE)
    } else {
        scan.default_any_of(SCANNED)
    };
    vec![
        scan,
        Attribute::category(
            "scan.mix_with",
            with,
            "another scanned person whose local shape is mixed in; nothing where `scan` names no person",
        )
        .named_by_sources()
        .default_constant(NONE),
        Attribute::number(
            "scan.mix",
            0.0,
            1.0,
            "",
            "share of the other's local shape: 0 none, 1 all of it",
        )
        .default_constant(0.5),
        Attribute::flag(
            "scan.colours",
            "the scan's own colours are worn, where it has some, brought to the tone of the skin; light and shadow of the scanner's room are in them",
        )
        .default_constant("yes"),
    ]
}

/// Which motion, and how it is played.
pub(super) fn recorded(sources: &Sources) -> Vec<Attribute> {
    let clips = sources.clips().iter().map(|clip| {
        let choice = Choice::new(&clip.file.name, clip.in_words()).tag(RECORDED);
        let choice = clip
            .file
            .tags
            .iter()
            .fold(choice, |choice, tag| choice.tag(tag.clone()));
        withdrawn_where(choice, clip.file.withdrawn)
    });
    let none = Choice::new(NONE, "no motion");
    let clip = Attribute::category(
        "pose.clip",
        std::iter::once(none).chain(clips),
        "the motion of the posture `recorded`; the recipe's `sources` name the files, whose tags are groups of choices",
    );
    let clip = clip.named_by_sources();
    let clip = if sources.clips().is_empty() {
        clip.default_constant(NONE)
    } else {
        clip.default_any_of(RECORDED)
    };
    vec![
        clip,
        Attribute::number(
            "pose.clip_speed",
            0.25,
            4.0,
            "",
            "how fast the motion is played; 1 as it was recorded",
        )
        .default_constant(1.0),
        Attribute::flag(
            "pose.clip_mirrored",
            "left and right of the motion are exchanged",
        ),
    ]
}

fn choice(scan: &Scan) -> Choice {
    let choice = Choice::new(&scan.file.name, scan.in_words()).tag(SCANNED);
    let mut choice = withdrawn_where(choice, scan.file.withdrawn);
    choice.facts = scan.facts().to_vec();
    choice
}

fn withdrawn_where(choice: Choice, withdrawn: bool) -> Choice {
    if withdrawn {
        choice.withdrawn()
    } else {
        choice
    }
}

/// Lets what a scan knows follow it; by default only where there are scans, so that recipes without any read as ever.
pub(super) fn follow(schema: &mut Schema) {
    let any = schema
        .sources
        .iter()
        .any(|file| file.kind == population::SourceKind::People);
    for attribute in &mut schema.attributes {
        if KNOWN.contains(&attribute.name) {
            attribute.follows = Some("scan");
            if any && !matches!(attribute.default, Distribution::Known { .. }) {
                *attribute = attribute.clone().default_known();
            }
        }
    }
}

/// A number moved into what an attribute of the stage can be.
pub(crate) fn within(schema: &Schema, name: &str, value: Value) -> Value {
    let limits = schema
        .attribute(name)
        .and_then(|attribute| match attribute.kind {
            Kind::Number { min, max, .. } => Some((min, max)),
            Kind::Integer { .. } | Kind::Category { .. } | Kind::Mix { .. } => None,
        });
    match (limits, value) {
        (Some((min, max)), Value::Number(x)) => Value::Number(x.clamp(min, max)),
        (_, value) => value,
    }
}
