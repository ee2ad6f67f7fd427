//! Recordings learned by the real binary.
use std::fs;
use std::path::Path;

use crate::support::{offline_populace, run};

/// A person whom nobody recorded; `crates/motion` writes and checks it.
const PERSON: &str = include_str!("../../../motion/tests/data/person.bvh");

fn learned(folder: &Path, arguments: &[&str]) -> String {
    run(offline_populace(folder).arg("learn").args(arguments)).shown(&[(folder, "[FOLDER]")])
}

#[test]
fn a_recording_becomes_a_motion_and_bad_ones_a_sentence() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    write("person.bvh", PERSON);
    write("still.bvh", &PERSON.replace("Frames: 3", "Frames: 0"));
    write("oar.bvh", &PERSON.replace("JOINT LeftLeg", "JOINT LeftOar"));
    write("notes.txt", "nothing");
    write("map.yaml", "left_lower_leg: LeftOar\n");
    let mut all = String::new();
    for arguments in [
        &[
            "person.bvh",
            "--as",
            "motion",
            "-o",
            "a.motion",
            "--tags",
            "gymnastics,short",
        ][..],
        &[
            "person.bvh",
            "--as",
            "motion",
            "-o",
            "a.motion",
            "--json",
            "-q",
        ],
        &["oar.bvh", "--as", "motion", "-o", "b.motion", "-q"],
        &[
            "oar.bvh", "--as", "motion", "-o", "b.motion", "-q", "--map", "map.yaml",
        ],
        &["still.bvh", "--as", "motion", "-o", "c.motion"],
        &[
            "person.bvh",
            "--as",
            "motion",
            "-o",
            "c.motion",
            "--tags",
            "loop",
        ],
        &[
            "person.bvh",
            "--as",
            "motion",
            "-o",
            "c.motion",
            "--skeleton",
            "person.bvh",
        ],
        &["notes.txt", "--as", "motion", "-o", "c.motion"],
        &["absent.bvh", "--as", "motion", "-o", "c.motion"],
    ] {
        all.push_str(&format!(
            "$ learn {}\n{}\n",
            arguments.join(" "),
            learned(folder, arguments)
        ));
    }
    insta::assert_snapshot!(all);
    assert!(folder.join("a.motion").is_file() && folder.join("b.motion").is_file());
    assert!(
        !folder.join("c.motion").exists(),
        "a clip that failed left a file"
    );
}
