//! `export rig`: the skeleton in the files stands where the labels say.

use std::fs;

use glam::{DAffine3, DQuat, DVec3};
use serde_json::Value;

use crate::support::{folder_with, json, populace, succeed};

const RAISED: &str = "\
populace: 1
name: raised
stage: people
count: 1
seed: 4
population:
  pose.posture: hands_raised
  hands.right: victory
labels: [hands, camera]
camera: {rig: full_body, width_px: 64, height_px: 64}
quality: {samples_per_pixel: 1, denoise: none}
";

fn vector(value: &Value) -> DVec3 {
    let number = |k: usize| value[k].as_f64().expect("a number");
    DVec3::new(number(0), number(1), number(2))
}

/// Where a joint goes, by the parameters alone.
fn place(parameters: &Value, name: &str) -> DVec3 {
    let joints = parameters["joints"].as_array().expect("joints");
    assert_eq!(joints.len(), 163);
    let index = joints.iter().position(|joint| joint["name"] == name);
    let mut chain = vec![index.expect("the joint is there")];
    while let Some(parent) = joints[chain[chain.len() - 1]]["parent"].as_u64() {
        chain.push(parent as usize);
    }
    let posed = chain.iter().rev().fold(DAffine3::IDENTITY, |above, joint| {
        let head = vector(&joints[*joint]["rest_m"]);
        let turn = &joints[*joint]["rotation_xyzw"];
        let w = turn[3].as_f64().expect("a number");
        let turn = DQuat::from_vec4(vector(turn).extend(w)).normalize();
        above
            * DAffine3::from_translation(head)
            * DAffine3::from_quat(turn)
            * DAffine3::from_translation(-head)
    });
    posed.transform_point3(vector(&joints[chain[0]]["rest_m"])) + vector(&parameters["offset_m"])
}

#[test]
fn the_rig_stands_where_the_labels_of_its_hands_are() {
    let folder = folder_with(RAISED);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-q", "-o", "set"]));
    let text = fs::read_to_string(folder.path().join("set/annotations/000000000.json"));
    let labels = json(&text.expect("annotations are read"));
    succeed(populace(folder.path()).args(["export", "rig", "set#0", "-q", "-o", "body.glb"]));
    let parameters = json(&fs::read_to_string(folder.path().join("body.json")).expect("written"));
    let hands = labels["people"][0]["hands"].as_array().expect("hands");
    assert_eq!(hands.len(), 2);
    for (hand, side) in hands.iter().zip(["R", "L"]) {
        let joints = hand["joints"].as_array().expect("joints");
        // The middle finger's knuckle is number 9, its second joint 10.
        for (number, bone) in [(9, "finger3-1"), (10, "finger3-2")] {
            let there = vector(&joints[number]["world_m"]);
            let here = place(&parameters, &format!("{bone}.{side}"));
            assert!(here.distance(there) < 2e-5, "{bone}.{side}: {here} {there}");
        }
    }

    // A reader of glTF takes the file, and finds a skin of as many joints.
    let glb = fs::read(folder.path().join("body.glb")).expect("written");
    let length = u32::from_le_bytes(glb[12..16].try_into().expect("four bytes")) as usize;
    let document: Value = serde_json::from_slice(&glb[20..20 + length]).expect("JSON");
    assert_eq!(
        document["skins"][0]["joints"].as_array().map(Vec::len),
        Some(163)
    );
    assert_eq!(document["meshes"][0]["extras"]["populace"], parameters);
    let scene = scene::file::open(&folder.path().join("body.glb")).expect("it is read");
    let triangles: usize = scene.objects.iter().map(|o| o.mesh.triangles.len()).sum();
    assert!(triangles > 20_000, "{triangles} triangles");
}
