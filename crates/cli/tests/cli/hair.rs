//! Hair that grows: every style is seen and labelled, hats press it, and neither camera nor pose changes which strand is which.

use std::fs;
use std::path::Path;

use label::layout;
use scene::mesh::Part;

use crate::support::{folder_with, json, populace, run, succeed};

/// Every style that grows, bare and under a cap, on other heads.
const STYLES: &str = "\
populace: 1
name: hair
stage: people
count: 28
seed: 3
population:
  age_years: {range: [4, 85]}
  facial_hair: none
  facewear: none
  headphones: none
  head.yaw_deg: {range: [-40, 40]}
  hair.balding: 0
  brows.style: grown
grid:
  hair.style: [buzz, crop, side_part, slick_back, short_curls, bob, fringe_bob, long_straight, wavy, curly, afro, ponytail, plait, bun]
  headwear: [none, cap]
camera: {width_px: 96, height_px: 96}
quality: {samples_per_pixel: 1, denoise: none}
";

fn parts(set: &Path, sample: usize) -> Vec<Part> {
    let file = set.join(layout::PARTS).join(format!("{sample:09}.png"));
    let mask = scene::read::png_grey8(&fs::read(file).expect("a mask is read")).expect("a mask");
    let part = |number: &u8| label::class::part(*number).expect("a part");
    mask.samples.iter().map(part).collect()
}

#[test]
fn every_style_is_labelled_hair_and_less_of_it_is_seen_under_a_cap() {
    let folder = folder_with(STYLES);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-q", "-o", "hair"]));
    let ran = run(populace(folder.path()).args(["verify", "hair", "--json"]));
    assert_eq!(json(&ran.stdout)["sound"], true, "{}", ran.stdout);
    let set = folder.path().join("hair");
    let (mut bare, mut covered) = (0, 0);
    for sample in 0..28 {
        let hair = parts(&set, sample)
            .iter()
            .filter(|part| **part == Part::Hair)
            .count();
        if sample % 2 == 0 {
            assert!(hair > 120, "sample {sample} shows {hair} pixels of hair");
            bare += hair;
        } else {
            covered += hair;
        }
    }
    assert!(
        2 * covered < bare,
        "{covered} pixels under caps, {bare} without"
    );
}

/// Long hair of somebody who turns the head and walks.
const MOVING: &str = "\
populace: 1
name: moving
stage: people
count: 1
seed: 8
sequence: {seconds: 0.3, fps: 10}
population:
  hair.style: wavy
  headwear: none
  head.sway_deg: 12
  pose.posture: walking
labels: [parts, flow]
camera: {rig: full_body, width_px: 64, height_px: 96}
quality: {samples_per_pixel: 1, denoise: none}
";

#[test]
fn strands_are_followed_from_frame_to_frame() {
    let folder = folder_with(MOVING);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-q", "-o", "moving"]));
    let ran = run(populace(folder.path()).args(["verify", "moving", "--json"]));
    assert_eq!(json(&ran.stdout)["sound"], true, "{}", ran.stdout);
    let set = folder.path().join("moving");
    let flow = fs::read(set.join(layout::FLOW).join(format!("{:09}.exr", 0))).expect("a flow");
    let seen = scene::read::exr_channel(&flow, layout::FLOW_CHANNELS[2]).expect("a layer");
    let parts = parts(&set, 0);
    let hair = parts
        .iter()
        .zip(&seen.samples)
        .filter(|(part, _)| **part == Part::Hair);
    let (mut all, mut followed) = (0, 0);
    for (_, seen) in hair {
        all += 1;
        followed += usize::from(*seen > 0.0);
    }
    assert!(
        all > 15 && 2 * followed > all,
        "{followed} of {all} are followed"
    );
}
