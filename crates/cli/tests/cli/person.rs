//! Scans learned by the real binary.
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::support::{populace, run};

const CONSENT: &str = "source: subject-1\nscope: tests\ndate: 2026-11-22\nterms: made up\n";

/// A cube with its corner at a place, as OBJ; `first` is the number of its first vertex.
fn cube(at: [f64; 3], size: f64, first: usize) -> String {
    let mut text = String::new();
    for corner in 0..8_usize {
        let side = |axis: usize| at[axis] + size * f64::from(u8::from(corner & (1 << axis) != 0));
        writeln!(text, "v {} {} {}", side(0), side(1), side(2)).expect("to a string");
    }
    for [a, b, c, d] in [
        [0, 2, 3, 1],
        [4, 5, 7, 6],
        [0, 1, 5, 4],
        [2, 6, 7, 3],
        [0, 4, 6, 2],
        [1, 3, 7, 5],
    ] {
        let [a, b, c, d] = [a, b, c, d].map(|corner| first + corner);
        writeln!(text, "f {a} {b} {c}\nf {a} {c} {d}").expect("to a string");
    }
    text
}

#[test]
fn what_is_no_scan_of_a_person_gets_one_sentence_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let folder = folder.path();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    write("cube.obj", &cube([0.0; 3], 1.7, 1));
    write(
        "nan.obj",
        &cube([0.0; 3], 1.7, 1).replacen("v 0 0 0", "v nan 0 0", 1),
    );
    write(
        "two.obj",
        &(cube([0.0; 3], 1.7, 1) + &cube([5.0, 0.0, 0.0], 1.7, 9)),
    );
    write("points.obj", "v 0 0 0\nv 0 1 0\nv 1 0 0\n");
    write("empty.ply", "");
    write("consent.yaml", CONSENT);
    write("half.yaml", "source: subject-1\nscope: tests\n");
    write("blank.yaml", &CONSENT.replace("tests", "\"\""));
    let learned = |folder: &Path, scan: &str, consent: Option<&str>| {
        let mut command = populace(folder);
        command.args(["learn", scan, "--as", "person", "-o", "a.person", "-q"]);
        if let Some(consent) = consent {
            command.args(["--consent", consent]);
        }
        run(&mut command).shown(&[(folder, "[FOLDER]")])
    };
    let mut all = String::new();
    for (scan, consent) in [
        ("cube.obj", None),
        ("cube.obj", Some("half.yaml")),
        ("cube.obj", Some("blank.yaml")),
        ("cube.obj", Some("absent.yaml")),
        ("cube.obj", Some("consent.yaml")),
        ("two.obj", Some("consent.yaml")),
        ("nan.obj", Some("consent.yaml")),
        ("points.obj", Some("consent.yaml")),
        ("empty.ply", Some("consent.yaml")),
        ("absent.obj", Some("consent.yaml")),
    ] {
        let consent_named = consent.map_or_else(String::new, |file| format!(" --consent {file}"));
        write!(
            all,
            "$ learn {scan} --as person{consent_named}\n{}\n",
            learned(folder, scan, consent)
        )
        .expect("to a string");
    }
    insta::assert_snapshot!(all);
    assert!(
        !folder.join("a.person").exists(),
        "a scan that failed left a file"
    );
}
