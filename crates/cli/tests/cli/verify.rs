//! Planted faults: `verify` finds each of them, and none in a clean data set.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{copy_of, half, json, populace, run, whole};

/// What `verify` says about a data set: whether it is sound, and its faults as (check, file, message).
fn verify(set: &Path) -> (bool, Vec<(String, String, String)>) {
    let ran = run(populace(set).args(["verify", ".", "--json"]));
    let answer = json(&ran.stdout);
    let sound = answer["sound"].as_bool().expect("a verdict");
    assert_eq!(ran.code, Some(i32::from(!sound)), "{}", ran.stderr);
    let text = |fault: &Value, key: &str| {
        fault[key]
            .as_str()
            .unwrap_or_else(|| panic!("no {key} in {fault}"))
            .to_owned()
    };
    let faults = answer["faults"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|fault| {
            (
                text(fault, "check"),
                text(fault, "file"),
                text(fault, "message"),
            )
        });
    (sound, faults.collect())
}

/// The only fault lies in `file`, and its message holds `words`.
fn assert_only(faults: &[(String, String, String)], check: &str, file: &str, words: &str) {
    assert!(
        matches!(faults, [only] if only.0 == check && only.1 == file && only.2.contains(words)),
        "expected one fault of {check} in {file} about `{words}`: {faults:#?}"
    );
}

/// Some fault of the labels lies in `file`.
fn assert_label_fault(faults: &[(String, String, String)], file: &str) {
    assert!(
        faults
            .iter()
            .any(|fault| fault.0 == "label" && fault.1 == file),
        "no label of {file} is at fault: {faults:#?}"
    );
}

/// Damages a copy of the whole; the hash finds it in any case, and so do the labels.
fn planted(file: &str, damage: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<(String, String, String)> {
    let set = copy_of(whole());
    change(&set.path().join(file), damage);
    let (sound, faults) = verify(set.path());
    assert!(
        !sound
            && faults
                .iter()
                .any(|fault| fault.0 == "file" && fault.1 == file),
        "{faults:#?}"
    );
    faults
}

/// Damages a copy of an unfinished data set and writes the new hashes into its journal, as a careful forger would.
fn forged(file: &str, damage: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<(String, String, String)> {
    let set = copy_of(half());
    change(&set.path().join(file), damage);
    forge_journal(set.path());
    let (sound, faults) = verify(set.path());
    assert!(!sound, "the forgery was not found");
    assert!(
        faults.iter().all(|fault| fault.0 == "label"),
        "the journal was not forged well: {faults:#?}"
    );
    faults
}

fn change(path: &Path, damage: impl FnOnce(&[u8]) -> Vec<u8>) {
    let damaged = damage(&fs::read(path).expect("the file is there"));
    fs::write(path, damaged).expect("the file is changed");
}

fn sha256(bytes: &[u8]) -> String {
    let bytes = Sha256::digest(bytes);
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

fn forge_journal(set: &Path) {
    let folder = set.join(".populace");
    let journal = fs::read_dir(&folder)
        .expect("journals")
        .next()
        .expect("one")
        .expect("an entry")
        .path();
    let text = fs::read_to_string(&journal).expect("text");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for line in &mut lines[1..] {
        let mut entry = json(line);
        let mut listing = String::new();
        for file in entry["files"].as_array_mut().expect("files") {
            let name = file["file"].as_str().expect("a name").to_owned();
            let bytes = fs::read(set.join(&name)).expect("the file is there");
            file["sha256"] = json!(sha256(&bytes));
            file["bytes"] = json!(bytes.len());
            listing.extend([&sha256(&bytes), "  ", &name, "\n"]);
        }
        entry["content_sha256"] = json!(sha256(listing.as_bytes()));
        *line = entry.to_string();
    }
    fs::write(journal, lines.join("\n") + "\n").expect("the journal is forged");
}

/// Changes the JSON of a sample's labels.
fn labels(change: impl FnOnce(&mut Value)) -> impl FnOnce(&[u8]) -> Vec<u8> {
    move |bytes| {
        let mut labels = serde_json::from_slice(bytes).expect("JSON");
        change(&mut labels);
        let mut bytes = serde_json::to_vec(&labels).expect("JSON");
        bytes.push(b'\n');
        bytes
    }
}

fn move_landmark(labels: &mut Value) {
    let x = &mut labels["people"][0]["landmarks"][33]["px"][0];
    *x = json!(x.as_f64().expect("a number") + 3.0);
}

/// The eyes' points change sides, whole.
fn swap_eyes(labels: &mut Value) {
    let points = labels["people"][0]["landmarks"]
        .as_array_mut()
        .expect("points");
    for (right, left) in [
        (36, 45),
        (37, 44),
        (38, 43),
        (39, 42),
        (40, 47),
        (41, 46),
        (68, 69),
    ] {
        points.swap(right, left);
    }
}

fn shift_mask(png: &[u8]) -> Vec<u8> {
    let mask = scene::read::png_grey8(png).expect("a mask");
    let width = mask.width as usize;
    let shifted: Vec<u8> = mask
        .samples
        .chunks(width)
        .flat_map(|row| [&row[width - 3..], &row[..width - 3]].concat())
        .collect();
    scene::write::png_grey8(mask.width, mask.height, &shifted)
}

fn swap_eye_classes(png: &[u8]) -> Vec<u8> {
    let mask = scene::read::png_grey8(png).expect("a mask");
    let swapped: Vec<u8> = mask
        .samples
        .iter()
        .map(|class| match class {
            3 => 4,
            4 => 3,
            other => *other,
        })
        .collect();
    scene::write::png_grey8(mask.width, mask.height, &swapped)
}

#[test]
fn a_clean_data_set_has_no_fault() {
    let ran = run(populace(whole()).args(["verify", "."]));
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.starts_with("4 samples, 44 files, ") && ran.stdout.ends_with(": no fault\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(verify(whole()), (true, Vec::new()));
}

#[test]
fn a_clean_unfinished_data_set_has_no_fault() {
    assert_eq!(verify(half()), (true, Vec::new()));
    // The forger's tool alone plants nothing.
    let set = copy_of(half());
    forge_journal(set.path());
    assert_eq!(verify(set.path()), (true, Vec::new()));
}

#[test]
fn a_moved_landmark_is_found() {
    let file = "annotations/000000001.json";
    assert_label_fault(&planted(file, labels(move_landmark)), file);
    assert_label_fault(&forged(file, labels(move_landmark)), file);
}

#[test]
fn swapped_sides_are_found() {
    let file = "annotations/000000000.json";
    assert_label_fault(&planted(file, labels(swap_eyes)), file);
    assert_label_fault(&forged(file, labels(swap_eyes)), file);
    assert!(!forged("parsing/000000000.png", swap_eye_classes).is_empty());
}

#[test]
fn a_shifted_mask_is_found() {
    for file in ["parsing/000000001.png", "parts/000000001.png"] {
        assert!(!planted(file, shift_mask).is_empty());
        assert!(!forged(file, shift_mask).is_empty());
    }
}

#[test]
fn an_edited_pixel_is_found() {
    let edit = |png: &[u8]| {
        let mut picture = scene::read::png_rgb8(png).expect("a picture");
        picture.samples[100] ^= 1;
        scene::write::png_rgb8(picture.width, picture.height, &picture.samples)
    };
    assert_only(
        &planted("images/000000002.png", edit),
        "file",
        "images/000000002.png",
        "was changed after it was made",
    );
}

#[test]
fn a_missing_file_is_found() {
    let set = copy_of(whole());
    fs::remove_file(set.path().join("depth/000000003.exr")).expect("the file is removed");
    let faults = verify(set.path()).1;
    let first = faults.first().expect("a fault");
    assert_eq!(
        (first.0.as_str(), first.1.as_str()),
        ("file", "depth/000000003.exr"),
        "{faults:#?}"
    );
    assert!(
        first.2.ends_with("is missing")
            && faults.iter().all(|fault| fault.2.contains("of sample 3")),
        "{faults:#?}"
    );
}

#[test]
fn a_cut_file_and_an_edited_row_are_found_and_listed() {
    let set = copy_of(whole());
    change(&set.path().join("normals/000000000.png"), |bytes| {
        bytes[..1000].to_vec()
    });
    change(&set.path().join("recipe.yaml"), |bytes| {
        [bytes, &b"# mine\n"[..]].concat()
    });
    let ran = run(populace(set.path()).args(["verify", "."]));
    assert_eq!(ran.code, Some(1));
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "recipe.yaml was changed after it was made");
    assert!(
        lines[1].starts_with("normals/000000000.png of sample 0 is cut off: 1000 of "),
        "{lines:#?}"
    );
    assert!(
        lines.last().is_some_and(|line| line.ends_with(" faults")),
        "{lines:#?}"
    );
}

#[test]
fn a_folder_that_is_no_data_set_is_an_error_not_a_verdict() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    insta::assert_snapshot!(
        run(populace(folder.path()).args(["verify", "."])).shown(&[])
            + &run(populace(folder.path()).args(["verify", "nowhere"])).shown(&[])
    );
}
