//! Places where cameras watch people: recipes that ask for them run, and their labels hold.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{folder, json, populace, run, succeed};

/// Makes a few small pictures of a recipe and returns what their annotations say; `verify` has found no fault.
fn made(directory: &Path, population: &str, camera: &str) -> Vec<Value> {
    let recipe = format!(
        "populace: 1\nname: places\nstage: people\ncount: 3\nseed: 9\npopulation:\n{population}\ncamera: {{{camera}, width_px: 240, height_px: 180}}\nquality: {{samples_per_pixel: 1, denoise: none}}\n"
    );
    fs::write(directory.join("places.yaml"), recipe).expect("it is written");
    let _ = fs::remove_dir_all(directory.join("set"));
    succeed(populace(directory).args(["make", "places.yaml", "-o", "set", "--threads", "2"]));
    let ran = run(populace(directory).args(["verify", "set", "--json"]));
    assert_eq!(json(&ran.stdout)["sound"], true, "{}", ran.stdout);
    (0..3)
        .map(|i| {
            let file = directory.join(format!("set/annotations/{i:09}.json"));
            json(&fs::read_to_string(file).expect("annotations"))
        })
        .collect()
}

#[test]
fn customers_in_stores_are_seen_and_their_labels_hold() {
    let folder = folder();
    for rig in ["ceiling", "shelf"] {
        let population = "  gaze.target: direction\n  pose.moment: {range: [0.1, 1]}";
        for sample in made(folder.path(), population, &format!("rig: store/{rig}")) {
            assert_eq!(sample["people"].as_array().map(Vec::len), Some(1), "{rig}");
        }
    }
}

#[test]
fn drivers_in_cabins_are_seen_by_every_mount_and_their_labels_hold() {
    let folder = folder();
    for rig in ["dashboard", "roof", "a_pillar"] {
        let population = "  gaze.target: direction\n  place.drive: [{value: left, percent: 50}, {value: right, percent: 50}]\n  head.yaw_deg: {range: [-10, 10]}\n  hair.style: {any_of: short}";
        for sample in made(folder.path(), population, &format!("rig: cabin/{rig}")) {
            let people = sample["people"].as_array().expect("people");
            assert_eq!(people.len(), 1, "{rig}");
            // Heads lean, and one's own hand or the wheel may be before a face; nothing else is.
            let landmarks = people[0]["contour_landmarks"].as_array().expect("points");
            let seen = landmarks.iter().filter(|point| point["visible"] == true);
            let seen = seen.count() as f64 / landmarks.len() as f64;
            assert!(seen > 0.5, "{rig}: {seen} of the face is seen");
        }
    }
}
