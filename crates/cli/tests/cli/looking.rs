//! Contact sheets and exports.

use std::fs;

use crate::support::{folder, folder_with, json, populace, run, succeed, tree, whole};

#[test]
fn a_contact_sheet_has_its_size_and_labels_show_on_it() {
    let folder = folder();
    let sheet = |name: &str, overlay: &[&str]| {
        succeed(
            populace(folder.path())
                .arg("view")
                .arg(whole())
                .args(["-o", name, "--columns", "2", "--tile", "96"])
                .args(overlay),
        );
        scene::read::png_rgb8(&fs::read(folder.path().join(name)).expect("the sheet"))
            .expect("a picture")
    };
    let plain = sheet("plain.png", &[]);
    assert_eq!(
        (plain.width, plain.height),
        (3 * 4 + 2 * 96, 3 * 4 + 2 * 96)
    );
    for overlay in [
        "landmarks",
        "contour",
        "boxes",
        "parsing",
        "gaze",
        "head_pose",
    ] {
        let drawn = sheet("drawn.png", &["--overlay", overlay]);
        let changed = plain
            .samples
            .iter()
            .zip(&drawn.samples)
            .filter(|(a, b)| a != b)
            .count();
        assert!(changed > 100, "{overlay} changed {changed} bytes");
    }
}

#[test]
fn labels_that_were_not_made_are_named() {
    let folder = folder_with(&format!(
        "{}labels: [boxes]\ncount: 1\n",
        crate::support::SMALL.replace("count: 4\n", "")
    ));
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "out"]));
    let view = run(populace(folder.path()).args([
        "view",
        "out",
        "-o",
        "sheet.png",
        "--overlay",
        "landmarks,boxes,parsing",
    ]));
    let export =
        run(populace(folder.path()).args(["export", "facesynthetics", "out", "-o", "exported"]));
    insta::assert_snapshot!(view.shown(&[]) + &export.shown(&[]));
    assert!(!folder.path().join("sheet.png").exists());
}

#[test]
fn every_format_is_written_and_says_what_it_could_not_hold() {
    let folder = folder();
    let expected = [
        ("coco", "annotations/person_keypoints.json"),
        ("wholebody", "annotations/wholebody.json"),
        ("imagefolder", "train/metadata.jsonl"),
        ("webdataset", "000000.tar"),
        ("facesynthetics", "000003_ldmks.txt"),
    ];
    for (format, file) in expected {
        let answer = json(&succeed(
            populace(folder.path())
                .args(["export", format])
                .arg(whole())
                .args(["-o", format, "--json"]),
        ));
        assert_eq!(
            (answer["format"].as_str(), answer["samples"].as_u64()),
            (Some(format), Some(4)),
            "{answer}"
        );
        let files = tree(&folder.path().join(format));
        assert!(files.contains_key(file), "{format}: {:?}", files.keys());
        assert_eq!(
            answer["files"].as_u64(),
            Some(files.len() as u64),
            "{format}: {:?}",
            files.keys()
        );
    }
    insta::assert_snapshot!(
        run(populace(folder.path())
            .args(["export", "coco"])
            .arg(whole())
            .args(["-o", "again"]))
        .shown(&[])
    );
    // Nothing is written over.
    insta::assert_snapshot!(
        "a_folder_with_files_is_no_target",
        run(populace(folder.path())
            .args(["export", "coco"])
            .arg(whole())
            .args(["-o", "again"]))
        .shown(&[])
    );
}
