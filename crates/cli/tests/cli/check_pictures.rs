//! `check` of pictures and of counterfactual pairs: files in, a report out, and what does not fit.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use crate::support::{Ran, json, offline_populace, page, run};

fn populace(folder: &Path, arguments: &[&str]) -> Ran {
    run(offline_populace(folder).args(arguments))
}

/// Pictures of two classes, 12 × 12, whose greys come from a linear congruence.
fn pictures(folder: &Path, name: &str, start: u32, count: usize) {
    let mut state = start;
    let mut dice = |sides: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % sides
    };
    for at in 0..count {
        let class = ["down", "across"][at % 2];
        let below = folder.join(name).join(class);
        fs::create_dir_all(&below).expect("a folder");
        let (light, phase) = (120 + dice(100), dice(6));
        let rgb: Vec<u8> = (0..144)
            .flat_map(|pixel| {
                let along = if at % 2 == 0 { pixel % 12 } else { pixel / 12 };
                let grey = if (along + phase) / 3 % 2 == 0 {
                    light
                } else {
                    30 + dice(40)
                };
                [grey as u8, (grey / 2) as u8, grey as u8]
            })
            .collect();
        let bytes = scene::write::png_rgb8(12, 12, &rgb);
        fs::write(below.join(format!("{at:04}.png")), bytes).expect("written");
    }
}

fn sets() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, start) in [("train", 1), ("fresh", 2), ("made", 3)] {
        pictures(folder.path(), name, start, 240);
    }
    folder
}

const CHECK: [&str; 7] = [
    "check",
    "made",
    "--real",
    "train",
    "--holdout",
    "fresh",
    "-oreport.html",
];

#[test]
fn folders_of_pictures_get_a_report_and_no_picture_is_in_it() {
    let folder = sets();
    let ran = populace(folder.path(), &[&CHECK[..], &["--json"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let sections = report["sections"].as_array().expect("sections");
    assert_eq!(sections.len(), 3);
    for section in sections {
        for finding in section["findings"].as_array().expect("findings") {
            assert!(
                finding["standing"] != "bad" && finding["standing"] != "attention",
                "{}: {}",
                finding["id"],
                finding["sentence"]
            );
        }
    }
    let page = page(folder.path(), "report.html", "pictures");
    for absent in [
        "<img",
        "http:",
        "https:",
        "url(",
        "synthetic rows",
        "training rows",
        "fresh rows",
    ] {
        assert!(!page.contains(absent), "{absent}");
    }
    let ledger = report["about"]["ledger"].to_string();
    assert!(
        ledger.contains("pictures train") && ledger.contains("pictures fresh"),
        "{ledger}"
    );
    assert!(!ledger.contains("pictures made"), "{ledger}");
}

#[test]
fn a_copied_set_of_pictures_breaks_a_limit_and_a_damaged_one_is_told() {
    let folder = sets();
    fs::write(
        folder.path().join("train/down/9999.png"),
        b"\x89PNG\r\n\x1a\ndamaged",
    )
    .expect("written");
    fs::write(
        folder.path().join("limits.yaml"),
        "limits: {privacy.near_copies: {at_most: 0.02}}\n",
    )
    .expect("written");
    let ran = populace(
        folder.path(),
        &[
            "check",
            "train",
            "--real",
            "train",
            "--holdout",
            "fresh",
            "--limits",
            "limits.yaml",
            "-o",
            "report.html",
        ],
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("a limit is broken: `privacy.near_copies` is 100.0"),
        "{}",
        ran.stderr
    );
    let page = page(folder.path(), "report.html", "damaged-pictures");
    assert!(page.contains(
        "1 of 241 training pictures cannot be read and are left out; <code>down/9999.png</code>"
    ));
}

#[test]
fn a_network_that_cannot_be_run_costs_its_space_and_not_the_report() {
    let folder = sets();
    fs::write(folder.path().join("no.onnx"), "no model").expect("written");
    for (model, why) in [
        (
            "no.onnx",
            "the library of ONNX Runtime, and it cannot be opened",
        ),
        ("gone.onnx", "gone.onnx cannot be read"),
    ] {
        let network = ["--features", model, "--onnxruntime", "nowhere.so", "--json"];
        let ran = populace(folder.path(), &[&CHECK[..], &network].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
        let report = json(&ran.stdout);
        let note = report["about"]["notes"][0].as_str().expect("a note");
        assert!(
            note.contains(why) && note.ends_with("the built-in feature space is used instead"),
            "{note}"
        );
    }
}

/// Forty draws at two tones each, whose pictures are files of 100 and of 160 bytes or so.
fn pairs() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let set = folder.path().join("pairs");
    fs::create_dir_all(set.join("images")).expect("a folder");
    let samples = 0..80_u64;
    let file = |sample: u64| format!("images/{sample:09}.png");
    let columns: [(&str, ArrayRef); 4] = [
        (
            "sample",
            Arc::new(UInt64Array::from_iter_values(samples.clone())),
        ),
        (
            "origin",
            Arc::new(UInt64Array::from_iter_values(
                samples.clone().map(|s| s / 2),
            )),
        ),
        (
            "skin_tone",
            Arc::new(Float64Array::from_iter_values(
                samples.clone().map(|s| 2.0 + 7.0 * (s % 2) as f64),
            )),
        ),
        (
            "images_file",
            Arc::new(StringArray::from_iter_values(samples.clone().map(file))),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let rows = File::create(set.join("rows.parquet")).expect("a file");
    let mut writer = ArrowWriter::try_new(rows, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("written");
    fs::write(
        set.join("recipe.yaml"),
        "name: pairs\npair: {change: skin_tone, to: [2, 9]}\n",
    )
    .expect("written");
    for sample in samples {
        let bytes = vec![0; 100 + (sample / 2 % 7) as usize + 60 * (sample % 2) as usize];
        fs::write(set.join(file(sample)), bytes).expect("written");
    }
    folder
}

#[test]
fn a_program_is_asked_about_every_picture_of_the_pairs() {
    let folder = pairs();
    let ran = populace(
        folder.path(),
        &[
            "check",
            "pairs",
            "--pairs",
            "--command",
            "while read f; do wc -c < \"$f\"; done",
            "--threshold",
            "130",
            "-o",
            "report.html",
            "--json",
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("moves the answer by +60.0000 on average"),
        "{}",
        ran.stderr
    );
    let report = json(&ran.stdout);
    let findings = report["sections"][0]["findings"]
        .as_array()
        .expect("findings");
    assert_eq!(findings[0]["outcome"]["computed"]["value"], 60.0);
    assert_eq!(findings[1]["outcome"]["computed"]["value"], 1.0);
    let page = page(folder.path(), "report.html", "pairs");
    assert!(page.contains("What does <code>skin_tone</code> do to a model?"));
    assert!(!page.contains("It is not private"), "nothing real was read");
}

#[test]
fn what_cannot_be_checked_of_pictures_and_pairs_gets_one_sentence_and_leaves_nothing() {
    let folder = pairs();
    pictures(folder.path(), "train", 1, 8);
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("short.csv", "prediction\n0.5\n");
    write("no.onnx", "no model");
    let mut said = String::new();
    for arguments in [
        "check empty --real train",
        "check train --real train --target class",
        "check train --real train --protect age",
        "check short.csv --real short.csv --features no.onnx",
        "check pairs --pairs",
        "check pairs --pairs --real train --predictions short.csv",
        "check pairs --pairs --predictions short.csv",
        "check pairs --pairs --protect age --predictions short.csv",
        "check pairs --pairs --model no.onnx --onnxruntime nowhere.so",
        "check pairs --pairs --command false",
        "check pairs --pairs --command true",
        "check train --pairs --predictions short.csv",
        "check train",
    ] {
        let mut command: Vec<&str> = arguments.split_whitespace().collect();
        command.extend(["-o", "report.html", "-q"]);
        let ran = populace(folder.path(), &command);
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        let _ = writeln!(said, "$ populace {arguments}\n{}", ran.stderr);
        assert!(!folder.path().join("report.html").exists(), "{arguments}");
    }
    insta::assert_snapshot!(said);
}
