use std::fs;
use std::path::{Path, PathBuf};

use dataset::{MakeError, Quiet, merge};

use crate::toy::{Toy, assert_same_tree, make_whole, plan, recipe, recipe_with, run, shard_plan};

const COUNT: u64 = 11;

fn shards(folder: &Path, of: u32) -> Vec<PathBuf> {
    (0..of)
        .map(|index| {
            let directory = folder.join(format!("shard-{index}"));
            run(
                &recipe(COUNT),
                &Toy::new(),
                &shard_plan(&directory, index, of),
            )
            .unwrap();
            directory
        })
        .collect()
}

#[test]
fn joined_shards_are_the_whole_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, joined) = (folder.path().join("whole"), folder.path().join("joined"));
    make_whole(&whole, COUNT);
    let mut shards = shards(folder.path(), 4);
    shards.reverse();
    let report = merge(&shards, &joined, &Quiet).unwrap();
    assert_eq!((report.samples, report.copied), (COUNT, COUNT));
    assert_same_tree(&whole, &joined);
    assert_eq!(
        merge(&shards, &joined, &Quiet).unwrap().copied,
        0,
        "again changes nothing"
    );
    assert_same_tree(&whole, &joined);
}

#[test]
fn a_shard_without_samples_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, joined) = (folder.path().join("whole"), folder.path().join("joined"));
    make_whole(&whole, COUNT);
    let shards = shards(folder.path(), COUNT as u32 + 2);
    merge(&shards, &joined, &Quiet).unwrap();
    assert_same_tree(&whole, &joined);
}

#[test]
fn an_interrupted_join_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, joined) = (folder.path().join("whole"), folder.path().join("joined"));
    make_whole(&whole, COUNT);
    let shards = shards(folder.path(), 2);
    let lacking = shards[1].join("images/000000008.png");
    let bytes = fs::read(&lacking).unwrap();
    fs::remove_file(&lacking).unwrap();
    let error = merge(&shards, &joined, &Quiet).unwrap_err();
    assert!(
        matches!(error, MakeError::Changed { sample: 8, .. }),
        "{error}"
    );
    fs::write(&lacking, bytes).unwrap();
    assert_eq!(merge(&shards, &joined, &Quiet).unwrap().copied, COUNT - 8);
    assert_same_tree(&whole, &joined);
}

#[test]
fn an_edited_file_is_not_joined() {
    let folder = tempfile::tempdir().unwrap();
    let shards = shards(folder.path(), 2);
    let path = shards[0].join("images/000000002.png");
    let mut bytes = fs::read(&path).unwrap();
    bytes[3] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = merge(&shards, &folder.path().join("joined"), &Quiet).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} of sample 2 was changed after it was made",
            path.display()
        )
    );
    assert!(!folder.path().join("joined/images/000000002.png").exists());
}

#[test]
fn missing_shards_are_named_by_their_samples() {
    let folder = tempfile::tempdir().unwrap();
    let mut shards = shards(folder.path(), 4);
    shards.remove(1);
    let out = folder.path().join("joined");
    let error = merge(&shards, &out, &Quiet).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the shards do not make up the whole: no folder has samples 2–4"
    );
    assert!(!out.exists(), "nothing is begun");
}

#[test]
fn shards_of_two_data_sets_are_not_joined() {
    let folder = tempfile::tempdir().unwrap();
    let mut shards = shards(folder.path(), 2);
    let other = folder.path().join("other");
    run(&recipe_with(COUNT, 8, ""), &Toy::new(), &plan(&other, 1)).unwrap();
    shards.push(other);
    let error = merge(&shards, &folder.path().join("joined"), &Quiet).unwrap_err();
    assert!(matches!(error, MakeError::Mixed { .. }), "{error}");
}

#[test]
fn a_folder_that_is_no_shard_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (directory, words) in [
        (empty, "is not a data set"),
        (folder.path().join("none"), "there is no folder"),
    ] {
        let error = merge(&[directory], &folder.path().join("joined"), &Quiet).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}
