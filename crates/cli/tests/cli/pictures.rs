//! `learn --as pictures`: from a folder to a stated model to pictures.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::private::without_noise;
use crate::support::{Ran, offline_populace, run};

/// 5,000 pictures of 6 × 6 whose class is which half is lit, as MNIST writes them.
fn gallery(folder: &Path) {
    let header = |sizes: &[u32]| -> Vec<u8> {
        let sizes_of = sizes.iter().flat_map(|size| size.to_be_bytes());
        [0, 0, 8, sizes.len() as u8]
            .into_iter()
            .chain(sizes_of)
            .collect()
    };
    let (mut images, mut labels) = (header(&[5_000, 6, 6]), header(&[5_000]));
    for n in 0..5_000_u32 {
        labels.push((n % 2) as u8);
        images.extend((0..36).map(|place| {
            if (place < 18) == (n % 2 == 0) {
                220
            } else {
                10
            }
        }));
    }
    fs::create_dir_all(folder.join("lamps")).expect("a folder");
    fs::write(folder.join("lamps/train-images-idx3-ubyte"), images).expect("written");
    fs::write(folder.join("lamps/train-labels-idx1-ubyte"), labels).expect("written");
}

fn populace(folder: &Path, words: &str) -> Ran {
    run(offline_populace(folder).args(words.split(' ')))
}

#[test]
fn pictures_are_learned_stated_and_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    gallery(at);
    let fine = |words: &str| {
        let ran = populace(at, words);
        assert_eq!(ran.code, Some(0), "{words}: {}", ran.stderr);
        ran
    };
    let learned =
        fine("learn lamps --as pictures --epsilon 8 --delta 1e-6 --steps 20 -o l.model --json");
    let learned: Value = serde_json::from_str(&learned.stdout).expect("JSON");
    assert_eq!(learned["steps"], 20);
    assert!(
        learned["noise_multiplier"].as_f64() > Some(0.3),
        "{learned}"
    );
    let statement: Value =
        serde_json::from_str(&fine("statement l.model --json").stdout).expect("JSON");
    assert_eq!(statement["guarantee"], "differential");
    let epsilon = statement["spent"]["epsilon"].as_f64();
    assert!(epsilon <= Some(8.0) && epsilon > Some(7.0), "{statement}");
    let readings = statement["readings"].as_array().expect("readings");
    let sampled = readings.iter().find_map(|reading| reading["rate"].as_f64());
    assert!(sampled > Some(0.1), "{statement}");
    let once = |reading: &Value| reading["purpose"] == "means of random features";
    assert!(readings.iter().any(once), "{statement}");
    assert!(
        fine("statement l.model")
            .stdout
            .contains("12.50 % of the records")
    );
    fine("make l.model --count 12 --seed 3 -o a -q");
    fine("make l.model --count 12 --seed 3 -o b -q");
    let list = fs::read_to_string(at.join("a/labels.csv")).expect("a list");
    assert_eq!(list.lines().count(), 13);
    for line in list.lines().skip(1) {
        let file = line.split(',').next().expect("a file");
        let bytes = |folder: &str| fs::read(at.join(folder).join(file)).expect("a picture");
        assert_eq!(bytes("a"), bytes("b"), "{file}");
    }
    let of_card = fine("statement a");
    assert!(
        of_card.stdout.contains("differentially private"),
        "{}",
        of_card.stdout
    );
}

#[test]
fn mistakes_about_pictures_are_one_sentence_and_leave_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    gallery(at);
    fs::create_dir(at.join("empty")).expect("a folder");
    let tries = [
        "learn lamps --as pictures -o l.model",
        "learn lamps --as pictures --epsilon 0 -o l.model",
        "learn lamps --as pictures --epsilon 5 --delta 0 -o l.model",
        "learn lamps --as pictures --epsilon 5 --delta 0.01 -o l.model",
        "learn lamps --as pictures --epsilon 5 --person name -o l.model",
        "learn empty --as pictures --epsilon 5 -o l.model",
        "learn nowhere --as pictures --epsilon 5 -o l.model",
        "learn walk.bvh --as motion --epsilon 5 -o l.model",
    ];
    let mut told = String::new();
    for words in tries {
        let ran = populace(at, &format!("{words} -q"));
        assert_eq!(ran.code, Some(2), "{words}: {}", ran.stderr);
        assert!(!at.join("l.model").exists(), "{words}");
        let _ = writeln!(told, "$ {words}\n{}", without_noise(&ran.stderr));
    }
    insta::assert_snapshot!(told);
}
