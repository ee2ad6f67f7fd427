//! Masks, hats, scarves, headphones, earrings: labels hold under them, what they cover is labelled as hidden, and nothing else moves for them.

use std::fs;
use std::path::Path;

use label::layout;
use scene::mesh::Part;
use serde_json::Value;

use crate::support::{folder_with, json, populace, run, succeed};

/// Every kind once, each on another head.
const WORN: &str = "\
populace: 1
name: worn
stage: people
count: 12
seed: 3
population:
  age_years: {range: [4, 85]}
  eyewear: [{value: none, percent: 50}, {value: glasses, percent: 50}]
  head.yaw_deg: {range: [-40, 40]}
  earrings: hoops
  earrings.size_mm: 60
grid:
  headwear: [beanie, cap, hard_hat, head_scarf, bandana, none]
  facewear: [surgical_mask, ffp2_mask]
given:
  - when: {headwear: none}
    set: {headphones: over_ear}
camera: {width_px: 128, height_px: 128}
quality: {samples_per_pixel: 1, denoise: none}
";

#[test]
fn labels_of_people_with_things_on_their_heads_hold() {
    let folder = folder_with(WORN);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-q", "-o", "worn"]));
    let ran = run(populace(folder.path()).args(["verify", "worn", "--json"]));
    assert_eq!(json(&ran.stdout)["sound"], true, "{}", ran.stdout);
    let set = folder.path().join("worn");
    let mut seen = [0usize; 3];
    for sample in 0..12 {
        for part in parts(&set, sample) {
            match part {
                Part::Headwear => seen[0] += 1,
                Part::Facewear => seen[1] += 1,
                Part::Earring => seen[2] += 1,
                _ => {}
            }
        }
    }
    assert!(seen[0] > 2000 && seen[1] > 2000 && seen[2] > 0, "{seen:?}");
}

/// The same face without and with masks, from the front.
const MASKED: &str = "\
populace: 1
name: masked
stage: people
count: 1
seed: 29
population:
  age_years: 40
  eyewear: none
  facial_hair: none
  headwear: none
  headphones: none
  hair.style: bald
  expression: neutral
  head.yaw_deg: 0
  head.pitch_deg: 0
pair: {change: facewear, to: [none, surgical_mask]}
camera: {yaw_deg: 0, pitch_deg: 0, width_px: 96, height_px: 96}
quality: {samples_per_pixel: 1, denoise: none}
";

fn parts(set: &Path, sample: usize) -> Vec<Part> {
    let file = set.join(layout::PARTS).join(format!("{sample:09}.png"));
    let mask = scene::read::png_grey8(&fs::read(file).expect("a mask is read")).expect("a mask");
    let part = |number: &u8| label::class::part(*number).expect("a part");
    mask.samples.iter().map(part).collect()
}

fn annotations(set: &Path, sample: usize) -> Value {
    let file = set.join(format!("annotations/{sample:09}.json"));
    json(&fs::read_to_string(file).expect("annotations are read"))
}

#[test]
fn a_mask_hides_what_it_covers_and_moves_nothing() {
    let folder = folder_with(MASKED);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-q", "-o", "masked"]));
    let set = folder.path().join("masked");
    let [bare, masked] = [0, 1].map(|sample| parts(&set, sample));
    let changed = bare.iter().zip(&masked).filter(|(a, b)| a != b);
    assert!(changed.clone().all(|(_, now)| *now == Part::Facewear));
    assert!(changed.count() > 300, "the mask is hardly in the picture");
    let [bare, masked] = [0, 1].map(|sample| annotations(&set, sample));
    assert_eq!(bare["camera"], masked["camera"]);
    let [bare, masked] = [bare, masked].map(|annotations| annotations["people"][0].clone());
    for unmoved in ["head_pose", "gaze", "eyelids", "measured", "action"] {
        assert_eq!(bare[unmoved], masked[unmoved], "{unmoved}");
    }
    let points = |person: &Value| person["landmarks"].as_array().expect("landmarks").clone();
    for (landmark, (bare, masked)) in points(&bare).iter().zip(points(&masked)).enumerate() {
        assert_eq!(bare["world_m"], masked["world_m"], "landmark {landmark}");
        assert_eq!(bare["px"], masked["px"], "landmark {landmark}");
        // The tip of the nose, the mouth and the chin are under the mask, eyes and brows are not.
        match landmark {
            6..=10 | 30..=35 | 48..=59 => assert_eq!(masked["visible"], false, "{landmark}"),
            17..=26 | 36..=47 => assert_eq!(bare["visible"], masked["visible"], "{landmark}"),
            _ => {}
        }
    }
    assert!(
        points(&bare)[48..60]
            .iter()
            .any(|point| point["visible"] == true),
        "without the mask the mouth is seen"
    );
}
