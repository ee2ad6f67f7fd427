//! From a folder to a model to pictures.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use pictures::{Learned, PictureModel, Promise, learn, open};
use population::stream::Seed;
use privacy::{Guarantee, Statement};
use tempfile::TempDir;

fn idx(dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dimensions.len() as u8];
    for size in dimensions {
        file.extend(size.to_be_bytes());
    }
    file.extend(bytes);
    file
}

/// 6,000 pictures of 8 × 8: of class 0 the left half is lit, of class 1 the right one, each at a strength of its own.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (mut pixels, mut classes) = (Vec::new(), Vec::new());
    for n in 0..6_000_u32 {
        let class = n % 2;
        let light = 155 + (n.wrapping_mul(2_654_435_761) >> 16) % 100;
        for place in 0..64 {
            let lit = (place % 8 < 4) == (class == 0);
            pixels.push(if lit { light as u8 } else { 0 });
        }
        classes.push(class as u8);
    }
    fs::write(
        folder.path().join("train-images-idx3-ubyte"),
        idx(&[6_000, 8, 8], &pixels),
    )
    .unwrap();
    fs::write(
        folder.path().join("train-labels-idx1-ubyte"),
        idx(&[6_000], &classes),
    )
    .unwrap();
    folder
}

fn learned(folder: &Path, steps: u32) -> Learned {
    let promise = Promise {
        epsilon: 10.0,
        delta: 1e-6,
        steps: Some(steps),
    };
    learn(open(folder).unwrap(), &promise, Seed(0), |_, _| ()).unwrap()
}

#[test]
fn pictures_are_learned_made_and_kept() {
    let folder = folder();
    let Learned {
        model, pictures, ..
    } = learned(folder.path(), 120);
    assert!((pictures - 6_000.0).abs() < 600.0, "{pictures}");
    let statement = Statement::of(model.ledger());
    assert_eq!(
        statement.guarantee,
        Guarantee::Differential,
        "{}",
        statement.summary
    );
    assert!(
        statement.summary.contains("training a discriminator"),
        "{}",
        statement.summary
    );
    // Class 0 is brighter on the left, class 1 on the right.
    let mut left_minus_right = [0.0; 2];
    let mut counts = [0; 10];
    for index in 0..400 {
        let (class, pixels) = model.picture(Seed(3), index);
        assert_eq!(pixels.len(), 64);
        counts[class] += 1;
        if class < 2 {
            for (place, &pixel) in pixels.iter().enumerate() {
                let sign = if place % 8 < 4 { 1.0 } else { -1.0 };
                left_minus_right[class] += sign * f64::from(pixel);
            }
        }
    }
    assert!(counts[0] > 140 && counts[1] > 140, "{counts:?}");
    assert!(
        left_minus_right[0] > 0.0 && left_minus_right[1] < 0.0,
        "{left_minus_right:?}"
    );
    // The file.
    let bytes = model.to_bytes();
    let again = PictureModel::from_bytes(&bytes).unwrap();
    assert_eq!(again, model);
    assert_eq!(again.picture(Seed(3), 17), model.picture(Seed(3), 17));
    assert_ne!(again.picture(Seed(4), 17), model.picture(Seed(3), 17));
    for length in [0, 10, 24, 40, 68, bytes.len() - 1] {
        assert!(
            PictureModel::from_bytes(&bytes[..length]).is_err(),
            "{length}"
        );
    }
    for place in (0..bytes.len()).step_by(997) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert!(PictureModel::from_bytes(&changed).is_err(), "{place}");
    }
    // On disk, whole or not at all.
    let out = folder.path().join("made");
    model
        .write(&out, Seed(0), 30, &[("card.json", b"{}")], |_| ())
        .unwrap();
    let list = fs::read_to_string(out.join("labels.csv")).unwrap();
    assert_eq!(list.lines().count(), 31);
    for line in list.lines().skip(1) {
        let (file, class) = line.split_once(',').unwrap();
        assert!(
            file.starts_with(&format!("{class}/")) && out.join(file).is_file(),
            "{line}"
        );
    }
    assert!(
        model
            .write(&out, Seed(0), 30, &[], |_| ())
            .unwrap_err()
            .to_string()
            .contains("there already")
    );
    // What was made can be learned again: a folder for each class.
    let opened = open(&out).unwrap();
    assert_eq!(
        (opened.width, opened.height, opened.classes.len()),
        (8, 8, 10)
    );
}

#[test]
fn mistakes_get_one_sentence_each() {
    let folder = folder();
    let promise = |epsilon, delta| Promise {
        epsilon,
        delta,
        steps: Some(1),
    };
    let said = |epsilon, delta| {
        learn(
            open(folder.path()).unwrap(),
            &promise(epsilon, delta),
            Seed(0),
            |_, _| (),
        )
        .unwrap_err()
        .to_string()
    };
    assert!(said(0.0, 1e-6).contains("ε is 0"));
    assert!(said(1.0, 0.0).contains("pure differential privacy"));
    assert!(said(1.0, 0.1).contains("less than one in all of them"));
    // So small a δ that no noisy count reaches the other sentence.
    assert!(said(0.001, 1e-15).contains("at least"));
    let elsewhere = tempfile::tempdir().unwrap();
    let wrong = || open(elsewhere.path()).unwrap_err().to_string();
    assert!(wrong().contains("neither IDX files nor"), "{}", wrong());
    let images = elsewhere.path().join("a-images-idx3-ubyte");
    fs::write(&images, idx(&[2, 8, 8], &[0; 128])).unwrap();
    assert!(wrong().contains("no classes"), "{}", wrong());
    let labels = elsewhere.path().join("a-labels-idx1-ubyte");
    fs::write(&labels, idx(&[3], &[0; 3])).unwrap();
    assert!(wrong().contains("not as many pictures"), "{}", wrong());
    fs::write(&images, idx(&[3, 80, 80], &vec![0; 19_200])).unwrap();
    assert!(wrong().contains("80 × 80"), "{}", wrong());
    fs::write(&images, b"hello").unwrap();
    assert!(
        wrong().contains("does not begin as an IDX file"),
        "{}",
        wrong()
    );
}
