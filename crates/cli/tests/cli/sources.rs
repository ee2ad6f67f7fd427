//! Recipes with files of the user's own: scanned people and recorded motions in pictures, and what is left when one is withdrawn.
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use dataset::Reader;
use label::annotations;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use privacy::{ConsentDraft, Ledger};
use scan::variables::{MACROS, Macros};
use scan::{Kind, Person};
use scene::pack::Store;
use tempfile::TempDir;

use crate::support::{copy_of, folder, json, packs, populace, run, succeed, tree};

/// A person whom nobody recorded; `crates/motion` writes and checks it.
const MOTION: &str = include_str!("../../../motion/tests/data/person.bvh");

const RECIPE: &str = "\
populace: 1
name: own
stage: people
count: 8
seed: 5
sources: {people: scans, motions: [clips/stroll.motion, clips/march.motion]}
population: {pose.posture: recorded, place.kind: open}
camera: {rig: full_body, width_px: 48, height_px: 64}
quality: {samples_per_pixel: 1}
labels: [boxes, landmarks, keypoints, camera, action]
";

/// A person that no scan was taken of: sliders, one local target, and a surface that lies elsewhere by half a millimetre times `k`.
fn person(k: u16, skin_vertices: usize) -> Person {
    let t = f32::from(k);
    let mut macros = Macros(MACROS.map(|(_, _, _, mean, _)| mean));
    macros.0[0] = 1.6 + 0.3 * t;
    macros.0[1] = 0.2 + 0.25 * t;
    macros.0[5] = 0.4 + 0.1 * t;
    let text = format!(
        r#"{{"source": "subject-{k}", "scope": "tests of {k}", "date": "2026-11-22", "terms": "made up"}}"#
    );
    let draft: ConsentDraft = serde_json::from_str(&text).expect("JSON");
    let mut ledger = Ledger::new();
    ledger.enter("scan made-up", "shape", privacy::Cost::NotPrivate);
    Person {
        kind: Kind::Body,
        macros,
        scale: 1.0 + 0.01 * t,
        weights: vec![("nose/nose-hump-incr".to_owned(), 0.2 * t)],
        expression: Vec::new(),
        pose: Vec::new(),
        residual: vec![[0, 0, 50 * k.cast_signed()]; skin_vertices],
        evidence: vec![255; skin_vertices],
        skin: None,
        report: scan::report::Report::default(),
        consent: draft.checked().expect("whole"),
        ledger,
    }
}

/// Three people, two motions, a recipe and its data set.
static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let made = folder();
    let path = made.path();
    for name in ["scans", "clips"] {
        fs::create_dir(path.join(name)).expect("a folder");
    }
    // The body model is converted when something is made for the first time.
    let model = scan::model::open(&Store::open(packs())).expect("the packs");
    for (k, name) in ["anna", "ben", "cleo"].into_iter().enumerate() {
        let file = path.join(format!("scans/{name}.person"));
        let mut person = person(k as u16, model.skin_vertices);
        person.measure(&model).expect("of this model");
        fs::write(file, person.write()).expect("written");
    }
    fs::write(path.join("person.bvh"), MOTION).expect("written");
    for (clip, tags) in [("stroll", "walk,slow"), ("march", "walk")] {
        let clip = format!("clips/{clip}.motion");
        succeed(populace(path).args([
            "learn",
            "person.bvh",
            "--as",
            "motion",
            "--tags",
            tags,
            "-o",
            &clip,
            "-q",
        ]));
    }
    fs::write(path.join("recipe.yaml"), RECIPE).expect("written");
    succeed(populace(path).args(["make", "recipe.yaml", "-o", "set", "-q"]));
    made
});

/// One column of a data set's rows.
fn column(set: &Path, name: &str) -> Vec<String> {
    let reader = Reader::open(set).expect("a data set");
    let samples = reader.samples().expect("rows");
    samples
        .map(|sample| {
            sample
                .expect("a row")
                .text(name)
                .expect("a column")
                .to_owned()
        })
        .collect()
}

#[test]
fn people_have_their_scans_bodies_and_the_card_what_they_allowed() {
    let set = MADE.path().join("set");
    let answer = json(&succeed(
        populace(MADE.path()).args(["verify", "set", "--json"]),
    ));
    assert_eq!(answer["faults"], serde_json::json!([]));
    let scans = column(&set, "scan");
    assert!(
        scans.iter().collect::<BTreeSet<_>>().len() >= 2,
        "{scans:?}"
    );
    for (i, scan) in scans.iter().enumerate() {
        let text = fs::read(set.join(format!("annotations/{i:09}.json"))).expect("labels");
        let labels = annotations::read(&text).expect("own file");
        let bytes = fs::read(MADE.path().join(format!("scans/{scan}.person"))).expect("a scan");
        let person = Person::read(&bytes).expect("own file");
        let found = serde_json::to_value(&labels.people[0].measured).expect("JSON")["height_cm"]
            .as_f64()
            .expect("a number");
        let height_cm = 100.0 * f64::from(person.report.height_m);
        assert!((found - height_cm).abs() < 0.01, "{scan}: {found}");
        let action = labels.people[0].action.clone().expect("asked for");
        assert_eq!(action.phase.expect("a motion").name, "person");
    }
    let card: serde_json::Value =
        serde_json::from_slice(&fs::read(set.join("card.json")).expect("a card")).expect("JSON");
    let consents = card["populace"]["consents"].as_array().expect("a list");
    assert_eq!(consents.len(), 3);
    assert_eq!(consents[1]["source"], "subject-1");
    let statement = card["rai:personalSensitiveInformation"]
        .as_str()
        .expect("text");
    assert!(
        statement.starts_with("There is no privacy guarantee"),
        "{statement}"
    );
    assert!(
        statement.contains("ben.person, a scan of subject-1"),
        "{statement}"
    );
}

#[test]
fn a_hundred_thousand_rows_are_all_different_and_one_is_made_alone() {
    let folder = copy_of(MADE.path());
    succeed(populace(folder.path()).args([
        "make",
        "recipe.yaml",
        "--dry-rows",
        "--count",
        "100000",
        "-o",
        "rows",
        "-q",
    ]));
    let counted = rows_of(&folder.path().join("rows/rows.parquet"));
    assert_eq!(counted, (100_000, 100_000));
    succeed(populace(folder.path()).args(["render", "recipe.yaml#7", "-o", "seventh.png", "-q"]));
    let seventh = json(&succeed(populace(folder.path()).args([
        "regen",
        "set",
        "7",
        "--json",
        "--sources",
        "scans",
        "--sources",
        "clips",
    ])));
    assert_eq!(seventh["equal"], true);
    let lost = run(populace(folder.path()).args(["regen", "set", "7"]));
    assert_eq!(lost.code, Some(2));
    assert!(
        lost.stderr.contains("`--sources FOLDER` names"),
        "{}",
        lost.stderr
    );
}

/// Rows of a table, and how many of them differ in person, motion or moment.
fn rows_of(file: &Path) -> (usize, usize) {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Float64Type;
    let file = fs::File::open(file).expect("a table");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let reader = builder.build().expect("its rows");
    let mut seen = BTreeSet::new();
    let mut rows = 0;
    for batch in reader {
        let batch = batch.expect("a batch");
        let text = |name: &str| {
            batch
                .column_by_name(name)
                .expect("there")
                .as_string::<i32>()
                .clone()
        };
        let (scan, clip) = (text("scan"), text("pose.clip"));
        let moment = batch.column_by_name("pose.moment").expect("there");
        let moment = moment.as_primitive::<Float64Type>();
        rows += batch.num_rows();
        for i in 0..batch.num_rows() {
            seen.insert((
                scan.value(i).to_owned(),
                clip.value(i).to_owned(),
                moment.value(i).to_bits(),
            ));
        }
    }
    (rows, seen.len())
}

#[test]
fn withdrawing_a_person_remakes_their_samples_and_no_others() {
    let folder = copy_of(MADE.path());
    let path = folder.path();
    let before = column(&path.join("set"), "scan");
    let theirs: Vec<usize> = (0..before.len()).filter(|&i| before[i] == "ben").collect();
    assert!(
        !theirs.is_empty() && theirs.len() < before.len(),
        "{before:?}"
    );
    let files = tree(&path.join("set"));
    let listed = json(&succeed(populace(path).args([
        "withdraw",
        "subject-1",
        "set",
        "--json",
        "--sources",
        "scans",
        "--sources",
        "clips",
    ])));
    assert_eq!(
        listed["data_sets"][0]["dependants"],
        serde_json::json!(theirs)
    );
    assert_eq!(listed["data_sets"][0]["made_again"], false);
    assert_eq!(tree(&path.join("set")), files, "listing changes nothing");

    // Once withdrawn, the file itself is needed no more.
    fs::remove_file(path.join("scans/ben.person")).expect("there");
    let told = succeed(populace(path).args([
        "withdraw",
        "ben.person",
        "set",
        "--apply",
        "-q",
        "--sources",
        "scans",
        "--sources",
        "clips",
    ]));
    assert!(told.contains("were made again without"), "{told}");
    assert!(told.contains("models that were trained on them"), "{told}");
    let set = path.join("set");
    let after = column(&set, "scan");
    assert!(!after.contains(&"ben".to_owned()), "{after:?}");
    let made = tree(&set);
    for (name, bytes) in &files {
        let Some(number) = name
            .strip_prefix("images/")
            .and_then(|n| n.strip_suffix(".png"))
        else {
            continue;
        };
        let number: usize = number.parse().expect("a number");
        assert_eq!(made[name] == *bytes, !theirs.contains(&number), "{name}");
    }
    let card = String::from_utf8(made["card.json"].clone()).expect("text");
    assert!(!card.contains("subject-1"), "the card still speaks of them");
    let answer = json(&succeed(populace(path).args(["verify", "set", "--json"])));
    assert_eq!(answer["faults"], serde_json::json!([]));
    let again = json(&succeed(populace(path).args([
        "regen",
        "set",
        "0",
        "--json",
        "--sources",
        "scans",
        "--sources",
        "clips",
    ])));
    assert_eq!(again["equal"], true);
    // As a run leaves it that was killed while it made samples again.
    for file in ["card.json", "rows.parquet"] {
        fs::remove_file(set.join(file)).expect("there");
    }
    fs::remove_file(set.join(format!("images/{:09}.png", theirs[0]))).expect("there");
    succeed(populace(path).args([
        "withdraw",
        "ben",
        "set",
        "--apply",
        "-q",
        "--sources",
        "scans",
        "--sources",
        "clips",
    ]));
    assert_eq!(tree(&set), made, "a second run ends what the first began");
    let nothing = succeed(populace(path).args(["withdraw", "ben", "set"]));
    assert_eq!(nothing, "set: nothing in it comes from this source\n");
}

#[test]
fn a_recipe_whose_files_cannot_be_used_gets_one_sentence() {
    let folder = copy_of(MADE.path());
    let path = folder.path();
    fs::copy(path.join("scans/anna.person"), path.join("anna.person")).expect("copied");
    fs::create_dir(path.join("empty")).expect("a folder");
    fs::write(path.join("broken.motion"), "nothing").expect("written");
    let mut all = String::new();
    let sha = "0".repeat(64);
    for sources in [
        "{people: absent.person}",
        "{people: empty}",
        "{people: [scans, anna.person]}",
        "{motions: broken.motion}",
        "{people: clips/march.motion}",
        &format!("{{people: {{file: anna.person, sha256: \"{sha}\"}}}}"),
        "{persons: anna.person}",
    ] {
        let recipe = RECIPE.replace(
            "{people: scans, motions: [clips/stroll.motion, clips/march.motion]}",
            sources,
        );
        fs::write(path.join("bad.yaml"), recipe).expect("written");
        let ran = run(populace(path).args(["make", "bad.yaml", "-o", "bad", "-q"]));
        all.push_str(&format!(
            "sources: {sources}\n{}\n",
            ran.shown(&[(path, "[FOLDER]")])
        ));
    }
    // A recorded posture without motions is only seen when the first person is to take it.
    let recipe = RECIPE.replace(", motions: [clips/stroll.motion, clips/march.motion]", "");
    fs::write(path.join("bad.yaml"), recipe).expect("written");
    let ran = run(populace(path).args(["make", "bad.yaml", "-o", "bad", "-q"]));
    all.push_str(&format!(
        "no motions\n{}\n",
        ran.shown(&[(path, "[FOLDER]")])
    ));
    insta::assert_snapshot!(all);
}
