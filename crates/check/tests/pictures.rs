//! Sets of pictures: planted faults are found by what is meant to find them, fresh pictures trigger nothing, and what does not fit gets a sentence.

use std::fs;
use std::path::{Path, PathBuf};

use check::{
    Described, Finding, Outcome, Section, Settings, Space, Standing, is_pictures, judge_pictures,
};
use population::stream::{Seed, Stream, Streams};
use privacy::Ledger;
use tempfile::TempDir;

const SIDE: usize = 28;
const COUNT: usize = 600;

/// A grey picture of one of four kinds, each of which varies: stripes across, stripes down, discs, and clouds.
#[derive(Clone)]
struct Drawn {
    class: u8,
    pixels: Vec<u8>,
}

fn drawn(stream: &mut Stream) -> Drawn {
    let class = stream.below(4) as u8;
    let (a, b, c) = (stream.uniform(), stream.uniform(), stream.uniform());
    let light = 0.3 + 0.6 * stream.uniform();
    let pixels = (0..SIDE * SIDE).map(|at| {
        let (x, y) = ((at % SIDE) as f64, (at / SIDE) as f64);
        let wave = |v: f64| 0.5 + 0.5 * (v * (0.4 + 0.6 * a) + 6.0 * b).sin();
        let value = match class {
            0 => wave(y + 0.3 * c * x),
            1 => wave(x - 0.3 * c * y),
            2 => {
                let (dx, dy) = (x - 8.0 - 12.0 * a, y - 8.0 - 12.0 * b);
                f64::from(u8::from(
                    dx * dx + dy * dy < (4.0 + 6.0 * c) * (4.0 + 6.0 * c),
                ))
            }
            _ => 0.5 + 0.25 * ((x * 0.2 * a).sin() + (y * 0.3 * b + c * 6.0).cos()),
        };
        let noise = 0.04 * stream.normal();
        ((value * light + noise).clamp(0.0, 1.0) * 255.0) as u8
    });
    Drawn {
        class,
        pixels: pixels.collect(),
    }
}

fn gallery(name: &str, seed: u64, count: usize) -> Vec<Drawn> {
    let mut stream = Streams::new(Seed(seed), 0).stream(name);
    (0..count).map(|_| drawn(&mut stream)).collect()
}

/// As an IDX file with its classes beside it.
fn idx(folder: &Path, name: &str, pictures: &[Drawn]) -> PathBuf {
    let count = (pictures.len() as u32).to_be_bytes();
    let side = (SIDE as u32).to_be_bytes();
    let mut images = [&[0, 0, 8, 3], &count[..], &side, &side].concat();
    let mut labels = [&[0, 0, 8, 1], &count[..]].concat();
    for picture in pictures {
        images.extend(&picture.pixels);
        labels.push(picture.class);
    }
    let path = folder.join(format!("{name}-images-idx3-ubyte"));
    fs::write(&path, images).expect("written");
    fs::write(folder.join(format!("{name}-labels-idx1-ubyte")), labels).expect("written");
    path
}

fn settings() -> Settings {
    Settings {
        protect: vec!["class".to_owned()],
        ..Settings::default()
    }
}

fn judged_beside(
    train: &[Drawn],
    made: &[Drawn],
    fresh: Option<&[Drawn]>,
) -> (Vec<Section>, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let space = Space::fixed();
    let mut ledger = Ledger::new();
    let mut real = |name: &str, pictures: &[Drawn]| {
        let path = idx(folder.path(), name, pictures);
        Described::real(&path, name, &space, Seed(0), &mut ledger).expect("read")
    };
    let train = real("training", train);
    let fresh = fresh.map(|fresh| real("hold-out", fresh));
    let path = idx(folder.path(), "made", made);
    let made = Described::synthetic(&path, &space, Seed(0)).expect("read");
    judge_pictures(&train, &made, fresh.as_ref(), &space, &settings())
}

/// What is said beside 600 training and 600 fresh pictures.
fn judged(made: &[Drawn]) -> Vec<Section> {
    let (train, fresh) = (gallery("train", 1, COUNT), gallery("fresh", 1, COUNT));
    judged_beside(&train, made, Some(&fresh)).0
}

fn find<'a>(sections: &'a [Section], id: &str) -> &'a Finding {
    let mut all = sections.iter().flat_map(|section| &section.findings);
    all.find(|finding| finding.id == id)
        .unwrap_or_else(|| panic!("no finding {id}"))
}

fn stands(sections: &[Section], id: &str) -> Standing {
    find(sections, id).standing
}

fn value(sections: &[Section], id: &str) -> f64 {
    let finding = find(sections, id);
    finding
        .number()
        .unwrap_or_else(|| panic!("{finding:?}"))
        .value
}

#[test]
fn fresh_pictures_trigger_nothing() {
    // About ten alarms at 0.1 % each a run, and four runs: a false alarm in 4 % of such tests, with seeds that are fixed.
    for seed in 0..4 {
        let of = |name: &str| gallery(name, seed, COUNT);
        let (sections, _) = judged_beside(&of("train"), &of("made"), Some(&of("fresh")));
        for finding in sections.iter().flat_map(|section| &section.findings) {
            assert!(
                !matches!(finding.standing, Standing::Bad | Standing::Attention),
                "seed {seed}: {} {}",
                finding.id,
                finding.sentence
            );
            let silent = finding.controls.last().and_then(|control| control.passed);
            assert!(silent != Some(false), "seed {seed}: {finding:?}");
        }
    }
}

#[test]
fn a_copy_of_the_training_pictures_is_total_leakage() {
    let sections = judged(&gallery("train", 1, COUNT));
    for id in ["identical", "near_copies", "closest_record", "membership"] {
        let id = format!("privacy.{id}");
        assert_eq!(
            stands(&sections, &id),
            Standing::Bad,
            "{:?}",
            find(&sections, &id)
        );
    }
    assert!((value(&sections, "privacy.identical") - 1.0).abs() < 1e-12);
    assert!(value(&sections, "privacy.membership") > 0.9);
    assert!(value(&sections, "privacy.epsilon") > 3.0);
}

#[test]
fn a_few_copies_with_other_light_and_noise_are_near_copies_and_not_identical() {
    let mut made = gallery("made", 1, COUNT);
    let mut stream = Streams::new(Seed(1), 0).stream("noise");
    for (copy, original) in made.iter_mut().zip(&gallery("train", 1, 30)) {
        *copy = original.clone();
        for pixel in &mut copy.pixels {
            let changed = f64::from(*pixel) * 0.97 + 2.0 * stream.normal();
            *pixel = changed.clamp(0.0, 255.0) as u8;
        }
    }
    let sections = judged(&made);
    assert_eq!(stands(&sections, "privacy.identical"), Standing::Good);
    assert_eq!(
        stands(&sections, "privacy.near_copies"),
        Standing::Bad,
        "{:?}",
        find(&sections, "privacy.near_copies")
    );
}

#[test]
fn mode_collapse_is_found_by_recall_and_coverage_and_not_by_precision() {
    // Of each class one picture, with noise: sharp, real and always the same.
    let few = gallery("made", 1, 12);
    let mut stream = Streams::new(Seed(1), 0).stream("noise");
    let made: Vec<Drawn> = (0..COUNT)
        .map(|at| {
            let mut picture = few[at % few.len()].clone();
            for pixel in &mut picture.pixels {
                *pixel = (f64::from(*pixel) + 4.0 * stream.normal()).clamp(0.0, 255.0) as u8;
            }
            picture
        })
        .collect();
    let sections = judged(&made);
    for id in ["fidelity.recall", "fidelity.coverage", "fidelity.kernel"] {
        assert_eq!(
            stands(&sections, id),
            Standing::Bad,
            "{:?}",
            find(&sections, id)
        );
    }
    assert!(value(&sections, "fidelity.recall") < 0.3);
    assert!(value(&sections, "fidelity.precision") > 0.6);
}

#[test]
fn a_class_that_is_never_made_is_found_and_named() {
    let made: Vec<Drawn> = gallery("made", 1, COUNT + 250)
        .into_iter()
        .filter(|picture| picture.class != 2)
        .take(COUNT)
        .collect();
    let sections = judged(&made);
    let finding = find(&sections, "fairness.coverage.class");
    assert_eq!(finding.standing, Standing::Bad, "{finding:?}");
    assert!(
        finding.sentence.contains("2 is covered worst"),
        "{}",
        finding.sentence
    );
    let finding = find(&sections, "fairness.representation.class");
    assert_eq!(finding.standing, Standing::Bad, "{finding:?}");
    assert_eq!(stands(&sections, "privacy.near_copies"), Standing::Good);
}

#[test]
fn blurred_pictures_are_told_apart_by_their_sharpness() {
    let mut made = gallery("made", 1, COUNT);
    for picture in &mut made {
        let of = picture.pixels.clone();
        for (at, pixel) in picture.pixels.iter_mut().enumerate() {
            let (x, y) = (at % SIDE, at / SIDE);
            let near = |x: usize, y: usize| u32::from(of[y.min(SIDE - 1) * SIDE + x.min(SIDE - 1)]);
            *pixel =
                ((near(x, y) + near(x + 1, y) + near(x, y + 1) + near(x + 1, y + 1)) / 4) as u8;
        }
    }
    let sections = judged(&made);
    assert_eq!(stands(&sections, "fidelity.two_sample"), Standing::Bad);
    let shapes = find(&sections, "fidelity.column_shapes");
    let row = shapes.details[0]
        .table
        .rows
        .iter()
        .find(|row| row[0] == "noise");
    let score: f64 = row.expect("noise")[2]
        .replace("\u{a0}%", "")
        .parse()
        .expect("a number");
    assert!(score < 40.0, "{score}");
}

#[test]
fn findings_do_not_depend_on_the_number_of_threads() {
    let made = gallery("made", 1, 260);
    let (train, fresh) = (gallery("train", 1, 260), gallery("fresh", 1, 260));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        pool.install(|| {
            serde_json::to_string(&judged_beside(&train, &made, Some(&fresh))).expect("JSON")
        })
    };
    assert!(on(1) == on(3));
}

fn why(sections: &[Section], id: &str) -> String {
    match &find(sections, id).outcome {
        Outcome::NotComputed { why } => why.clone(),
        Outcome::Computed(number) => panic!("{id} was computed: {number:?}"),
    }
}

#[test]
fn few_pictures_and_no_hold_out_say_what_is_missing() {
    let of = |name: &str| gallery(name, 1, 120);
    let (sections, _) = judged_beside(&of("train"), &of("made"), None);
    assert!(
        why(&sections, "fidelity.frechet").contains("covariances of 186 features need more than")
    );
    assert!(why(&sections, "privacy.near_copies").contains("give --holdout"));
    assert!(value(&sections, "fidelity.coverage") > 0.5);
    let few = |name: &str| gallery(name, 1, 3);
    let (sections, _) = judged_beside(&few("train"), &few("made"), Some(&few("fresh")));
    assert!(why(&sections, "fidelity.precision").contains("it needs 50 pictures"));
    assert!(why(&sections, "privacy.membership").contains("it needs 50 training pictures"));
}

#[test]
fn a_hold_out_that_overlaps_the_training_pictures_is_told() {
    let train = gallery("train", 1, 150);
    let mut fresh = gallery("fresh", 1, 150);
    fresh[..50].clone_from_slice(&train[..50]);
    let (_, notes) = judged_beside(&train, &gallery("made", 1, 150), Some(&fresh));
    assert!(
        notes.iter().any(|note| note.contains("50 of 150 hold-out")),
        "{notes:?}"
    );
}

/// A folder of PNGs by class, and `labels.csv` with where each was taken.
fn folders(pictures: &[Drawn]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut labels = String::from("file,camera\n");
    for (at, picture) in pictures.iter().enumerate() {
        let class = ["across", "down", "discs", "clouds"][usize::from(picture.class)];
        fs::create_dir_all(folder.path().join(class)).expect("a folder");
        let rgb: Vec<u8> = picture.pixels.iter().flat_map(|&v| [v, v / 2, v]).collect();
        let bytes = scene::write::png_rgb8(SIDE as u32, SIDE as u32, &rgb);
        let file = format!("{class}/{at:03}.png");
        fs::write(folder.path().join(&file), bytes).expect("written");
        labels.push_str(&format!("{file},{}\n", ["old", "new"][at % 2]));
    }
    fs::write(folder.path().join("labels.csv"), labels).expect("written");
    folder
}

#[test]
fn folders_of_pictures_have_classes_and_what_is_known_beside_them_and_damaged_ones_are_told() {
    let [train, made, fresh] =
        ["train", "made", "fresh"].map(|name| folders(&gallery(name, 1, 160)));
    fs::write(
        made.path().join("discs/zzz.png"),
        b"\x89PNG\r\n\x1a\nno more",
    )
    .expect("written");
    assert!(is_pictures(train.path()) && !is_pictures(&train.path().join("labels.csv")));
    let space = Space::fixed();
    let mut ledger = Ledger::new();
    let mut real = |folder: &TempDir| {
        Described::real(folder.path(), "training", &space, Seed(0), &mut ledger).expect("read")
    };
    let (own, other) = (real(&train), real(&fresh));
    let synthetic = Described::synthetic(made.path(), &space, Seed(0)).expect("read");
    assert_eq!(
        check::picture_attributes(&own, &synthetic, Some(&other)),
        ["class", "camera"]
    );
    let settings = Settings {
        protect: vec!["camera".to_owned()],
        ..Settings::default()
    };
    let (sections, notes) = judge_pictures(&own, &synthetic, Some(&other), &space, &settings);
    assert!(
        notes.iter().any(|note| note.starts_with(
            "1 of 161 synthetic pictures cannot be read and are left out; `discs/zzz.png`:"
        )),
        "{notes:?}"
    );
    let cameras = find(&sections, "fairness.coverage.camera");
    assert_eq!(cameras.details[0].table.rows.len(), 2, "{cameras:?}");
    assert_eq!(
        find(&sections, "fairness.representation.class").details[0]
            .table
            .rows
            .len(),
        4
    );
    let ledger = serde_json::to_string(&ledger).expect("JSON");
    assert!(ledger.contains("features, for comparison"), "{ledger}");
}

#[test]
fn sets_that_cannot_be_read_get_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let space = Space::fixed();
    let said = |path: &Path| {
        Described::synthetic(path, &space, Seed(0))
            .expect_err("refused")
            .to_string()
    };
    assert!(said(folder.path()).ends_with("holds no pictures"));
    fs::write(folder.path().join("a.jpg"), b"no picture").expect("written");
    assert!(said(folder.path()).contains("none of the 1 pictures in"));
    let idx = folder.path().join("x-images-idx3-ubyte");
    fs::write(&idx, [0, 0, 8, 3, 0, 0, 0, 9]).expect("written");
    assert!(
        said(&idx).contains("is cut off in its dimensions"),
        "{}",
        said(&idx)
    );
    assert!(said(&folder.path().join("nowhere")).contains("cannot be read"));
}
