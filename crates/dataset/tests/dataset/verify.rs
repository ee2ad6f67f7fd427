use std::fs;
use std::path::Path;

use dataset::{Quiet, verify_files};

use crate::toy::{Mishap, Toy, make_whole, plan, recipe, run, shard_plan};

/// Every fault that is found after `damage` to a clean data set of 6 samples, as sentences.
fn check(damage: impl FnOnce(&Path)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 6);
    damage(folder.path());
    let report = verify_files(folder.path(), &Quiet).unwrap();
    report.faults.iter().map(ToString::to_string).collect()
}

fn edit(path: impl AsRef<Path>, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
}

#[test]
fn a_clean_data_set_has_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 6);
    let report = verify_files(folder.path(), &Quiet).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!(
        (report.samples, report.files, report.finished),
        (6, 12, true)
    );
}

#[test]
fn a_clean_unfinished_data_set_has_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    run(
        &recipe(6),
        &Toy::with(Mishap::FailsFrom(4)),
        &plan(folder.path(), 1),
    )
    .unwrap_err();
    let report = verify_files(folder.path(), &Quiet).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!((report.samples, report.finished), (4, false));
}

#[test]
fn a_missing_file_is_found() {
    let faults = check(|set| fs::remove_file(set.join("notes/000000003.json")).unwrap());
    assert_eq!(faults, ["notes/000000003.json of sample 3 is missing"]);
}

#[test]
fn a_missing_folder_is_found_for_every_sample() {
    let faults = check(|set| fs::remove_dir_all(set.join("notes")).unwrap());
    assert_eq!(faults.len(), 6, "{faults:?}");
}

#[test]
fn an_edited_byte_is_found() {
    let faults = check(|set| edit(set.join("images/000000005.png"), |bytes| bytes[20] ^= 0x80));
    assert_eq!(
        faults,
        ["images/000000005.png of sample 5 was changed after it was made"]
    );
}

#[test]
fn a_cut_file_is_found() {
    let faults = check(|set| edit(set.join("images/000000000.png"), |bytes| bytes.truncate(9)));
    assert!(
        faults[0].starts_with("images/000000000.png of sample 0 is cut off: 9 of "),
        "{faults:?}"
    );
    assert_eq!(faults.len(), 1);
}

#[test]
fn swapped_files_are_found() {
    let faults = check(|set| {
        let (one, other) = (
            set.join("images/000000001.png"),
            set.join("images/000000002.png"),
        );
        let (first, second) = (fs::read(&one).unwrap(), fs::read(&other).unwrap());
        fs::write(one, second).unwrap();
        fs::write(other, first).unwrap();
    });
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[test]
fn files_of_no_sample_are_found() {
    let faults = check(|set| {
        for name in [
            "000000006.png",
            "6.png",
            "000000001.jpg",
            "notes.txt",
            ".000000001.png.partial",
        ] {
            fs::write(set.join("images").join(name), b"").unwrap();
        }
    });
    let names = [
        ".000000001.png.partial",
        "000000001.jpg",
        "000000006.png",
        "6.png",
        "notes.txt",
    ];
    assert_eq!(
        faults,
        names.map(|name| format!("images/{name} belongs to no sample"))
    );
}

#[test]
fn an_edited_recipe_is_found() {
    let faults = check(|set| edit(set.join("recipe.yaml"), |bytes| bytes.extend(b"# mine\n")));
    assert_eq!(faults, ["recipe.yaml was changed after it was made"]);
    let faults = check(|set| fs::remove_file(set.join("recipe.yaml")).unwrap());
    assert_eq!(faults, ["recipe.yaml is missing"]);
}

#[test]
fn a_recipe_edited_in_both_places_is_found() {
    let faults = check(|set| {
        let yaml = fs::read_to_string(set.join("recipe.yaml")).unwrap();
        fs::write(set.join("recipe.yaml"), yaml.replace("seed: 7", "seed: 9")).unwrap();
        let card = fs::read_to_string(set.join("card.json")).unwrap();
        fs::write(set.join("card.json"), card.replace("seed: 7", "seed: 9")).unwrap();
    });
    assert!(
        faults[0].starts_with("card.json contradicts itself"),
        "{faults:?}"
    );
    assert!(
        faults
            .iter()
            .any(|fault| fault.starts_with("card.json contradicts the journal")),
        "{faults:?}"
    );
}

#[test]
fn an_edited_digest_is_found() {
    let faults = check(|set| {
        let card = fs::read_to_string(set.join("card.json")).unwrap();
        fs::write(
            set.join("card.json"),
            card.replace("\"digest\": \"", "\"digest\": \"f00"),
        )
        .unwrap();
    });
    assert!(
        faults[0].starts_with("card.json contradicts the journal"),
        "{faults:?}"
    );
}

#[test]
fn a_table_of_other_rows_is_found_and_located() {
    let faults = check(|set| {
        // Another seed, the same files and columns: only values differ.
        let other = tempfile::tempdir().unwrap();
        let recipe = crate::toy::recipe_with(6, 8, "");
        run(&recipe, &Toy::new(), &plan(other.path(), 1)).unwrap();
        fs::copy(other.path().join("rows.parquet"), set.join("rows.parquet")).unwrap();
    });
    assert_eq!(faults[0], "rows.parquet was changed after it was made");
    assert!(
        faults[1].starts_with("rows.parquet of sample 0 contradicts the journal"),
        "{faults:?}"
    );
    assert_eq!(faults.len(), 7, "{faults:?}");
}

#[test]
fn a_broken_table_does_not_hide_a_broken_file() {
    let faults = check(|set| {
        edit(set.join("rows.parquet"), |bytes| bytes.truncate(100));
        edit(set.join("images/000000005.png"), |bytes| bytes[20] ^= 0x80);
    });
    assert_eq!(faults[0], "rows.parquet was changed after it was made");
    assert!(
        faults[1].starts_with("rows.parquet cannot be read"),
        "{faults:?}"
    );
    assert_eq!(
        faults[2],
        "images/000000005.png of sample 5 was changed after it was made"
    );
    let faults = check(|set| fs::remove_file(set.join("rows.parquet")).unwrap());
    assert_eq!(faults, ["rows.parquet is missing"]);
}

#[test]
fn without_the_journal_the_sample_is_still_found() {
    let faults = check(|set| {
        fs::remove_dir_all(set.join(".populace")).unwrap();
        edit(set.join("images/000000005.png"), |bytes| bytes[20] ^= 0x80);
        fs::remove_file(set.join("images/000000001.png")).unwrap();
    });
    assert_eq!(faults[0], "images/000000001.png of sample 1 is missing");
    assert_eq!(
        faults[1],
        "images/000000005.png of sample 5 or another file of the sample was changed after it was made"
    );
    assert_eq!(faults.len(), 3, "{faults:?}");
}

#[test]
fn a_shard_is_checked_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    run(&recipe(6), &Toy::new(), &shard_plan(folder.path(), 1, 2)).unwrap();
    fs::write(
        folder.path().join("images/000000000.png"),
        b"of another shard",
    )
    .unwrap();
    edit(folder.path().join("notes/000000004.json"), |bytes| {
        bytes[0] = b'[';
    });
    let report = verify_files(folder.path(), &Quiet).unwrap();
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "notes/000000004.json of sample 4 was changed after it was made",
            "images/000000000.png belongs to no sample"
        ]
    );
}

#[test]
fn a_folder_that_is_no_data_set_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        verify_files(folder.path(), &Quiet)
            .unwrap_err()
            .to_string()
            .contains("is not a data set")
    );
}
