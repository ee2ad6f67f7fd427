//! Pictures with classes at several ε.

use std::fs;
use std::path::{Path, PathBuf};

use check::{Described, PicturesError, Score, Space, TableAbout, picture_scores};
use pictures::{PictureError, Promise};
use population::stream::{Seed, Streams};
use privacy::{Ledger, Records};

use crate::arms::{Arm, Arms, Epsilon, FrontierError, Measure, Study};

/// The share of the pictures that is put aside for testing.
const TESTED: f64 = 0.2;
/// Pictures that are made of each model: as many as have features worked out.
const MADE: u64 = check::MOST_PICTURES as u64;

fn of_pictures_error(error: &PictureError) -> FrontierError {
    FrontierError::new(error.to_string(), error.hint())
}

fn of_described(error: &PicturesError) -> FrontierError {
    FrontierError::new(error.to_string(), error.hint())
}

fn on_disk(error: &std::io::Error) -> FrontierError {
    FrontierError::new(
        format!("there is no room for pictures in between: {error}"),
        "make room for temporary files",
    )
}

/// Learns pictures at each ε, makes new ones, and lets the five nearest of them in the built-in feature space say the class of real pictures that nothing was learned from. Groups are classes.
/// `progress` is told what comes next.
///
/// # Errors
///
/// A folder that is no set of pictures with classes, or has more than ten; no ε; a disk that is full. What fails at one ε is told there.
pub fn of_pictures(
    place: &Path,
    study: &Study,
    ledger: &mut Ledger,
    mut progress: impl FnMut(&str),
) -> Result<Arms, FrontierError> {
    if study.epsilons.contains(&Epsilon::Unlimited) {
        return Err(FrontierError::new(
            "pictures are learned under differential privacy only, so there is no ε = ∞",
            "leave `inf` out of --epsilon; the real pictures themselves stand beside",
        ));
    }
    let folder = tempfile::tempdir().map_err(|error| on_disk(&error))?;
    let opened = pictures::open(place).map_err(|error| of_pictures_error(&error))?;
    let (width, height, classes) = (opened.width, opened.height, opened.classes.clone());
    if classes.len() > 10 {
        return Err(FrontierError::new(
            format!(
                "{} has {} classes, and ten are the most here",
                place.display(),
                classes.len()
            ),
            "take some of the classes",
        ));
    }
    let seed = Seed(study.seed);
    let gallery = opened.gallery.open(
        ledger,
        "random split into pictures to learn from and to test on",
    );
    let mut order: Vec<usize> = (0..gallery.len()).collect();
    let mut stream = Streams::new(seed, 0).stream("frontier/split");
    for place in (1..order.len()).rev() {
        order.swap(place, stream.below(place as u64 + 1) as usize);
    }
    let tested = (order.len() as f64 * TESTED) as usize;
    let size = [height, width];
    let part = |name: &str, places: &[usize]| {
        let records = places.iter().map(|&place| gallery.record(place));
        let path = folder.path().join(name);
        idx(&path, size, records).map_err(|error| on_disk(&error))?;
        Ok::<_, FrontierError>(path)
    };
    let learn = part("learn", &order[tested..])?;
    let test = part("test", &order[..tested])?;
    let space = Space::fixed();
    let mut described = |folder: &Path, called: &str| {
        Described::real(&images(folder), called, &space, seed, ledger)
            .map_err(|error| of_described(&error))
    };
    let (train, fresh) = (
        described(&learn, "training")?,
        described(&test, "hold-out")?,
    );
    let name = place
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let tables = [("training", &train), ("hold-out", &fresh)].map(|(role, set)| TableAbout {
        role: role.to_owned(),
        name: name.clone(),
        rows: set.count as u64,
        of: "pictures",
    });
    progress("the real pictures themselves");
    // Classes have numbers in between.
    let counted = |class: usize| {
        let places = order[tested..].iter();
        places
            .filter(|&&place| usize::from(gallery.record(place).1) == class)
            .count() as u64
    };
    let numbers: Vec<u64> = (0..classes.len()).map(counted).collect();
    let named = |scores: Vec<Score>| -> Vec<Score> {
        let name = |mut score: Score| {
            if let Ok(class) = score.group.parse::<usize>() {
                score.trained = numbers.get(class).copied().unwrap_or(0);
                score.group = classes.get(class).cloned().unwrap_or_default();
            } else {
                score.trained = numbers.iter().sum();
            }
            score
        };
        scores.into_iter().map(name).collect()
    };
    let real = named(picture_scores(&train, &fresh));
    let mut arms = Vec::new();
    for &epsilon in &study.epsilons {
        let mut arm = Arm {
            epsilon,
            repeats: Vec::new(),
            failed: None,
        };
        let Epsilon::At(value) = epsilon else {
            continue;
        };
        for repeat in 0..study.repeats {
            let which = format!("ε = {epsilon}, {} of {}", repeat + 1, study.repeats);
            progress(&which);
            let seed = Seed(study.seed.wrapping_add(1 + u64::from(repeat)));
            let once = || -> Result<Vec<Score>, String> {
                let opened = pictures::open(&learn).map_err(|error| error.to_string())?;
                let promise = Promise {
                    epsilon: value,
                    delta: study.delta,
                    steps: study.steps,
                };
                let learned = pictures::learn(opened, &promise, seed, |_, _| ())
                    .map_err(|error| error.to_string())?;
                let made = folder
                    .path()
                    .join(format!("made-{}", arms.len() * 1_000 + repeat as usize));
                learned
                    .model
                    .write(&made, seed, MADE, &[], |_| ())
                    .map_err(|error| error.to_string())?;
                let described =
                    Described::synthetic(&made, &space, seed).map_err(|error| error.to_string());
                // What cannot be removed goes with its folder at the end.
                let _ = fs::remove_dir_all(&made);
                Ok(named(picture_scores(&described?, &fresh)))
            };
            match once() {
                Ok(scores) => arm.repeats.push(scores),
                Err(why) => arm.failed = Some(why),
            }
        }
        arms.push(arm);
    }
    Ok(Arms {
        question: "which class a picture has".to_owned(),
        measure: Measure::Right {
            classes: classes.len(),
        },
        real,
        arms,
        tables: tables.into(),
        notes: train.notes.iter().chain(&fresh.notes).cloned().collect(),
    })
}

fn images(folder: &Path) -> PathBuf {
    folder.join("train-images-idx3-ubyte")
}

/// Writes pictures and classes as IDX files, which both readers know.
fn idx<'a>(
    folder: &Path,
    size: [usize; 2],
    records: impl Iterator<Item = (&'a [u8], u8)>,
) -> std::io::Result<()> {
    let (mut pixels, mut classes) = (Vec::new(), Vec::new());
    for (picture, class) in records {
        pixels.extend_from_slice(picture);
        classes.push(class);
    }
    let count = (classes.len() as u32).to_be_bytes();
    let [height, width] = size.map(|side| (side as u32).to_be_bytes());
    let mut file = [[0, 0, 8, 3], count, height, width].concat();
    file.append(&mut pixels);
    fs::create_dir_all(folder)?;
    fs::write(images(folder), file)?;
    let mut file = [[0, 0, 8, 1], count].concat();
    file.append(&mut classes);
    fs::write(folder.join("train-labels-idx1-ubyte"), file)
}
