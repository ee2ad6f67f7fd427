use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use dataset::{MakePlan, State, Trust, verify_files};

use crate::toy::{Mishap, Toy, assert_same_tree, make_whole, plan, recipe, run, shard_plan};

const COUNT: u64 = 10;

/// A data set whose run was killed after `finished` samples, and the same one uninterrupted.
fn killed(finished: u64) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    make_whole(&whole, COUNT);
    run(
        &recipe(COUNT),
        &Toy::with(Mishap::FailsFrom(finished)),
        &plan(&killed, 1),
    )
    .unwrap_err();
    (folder, whole, killed)
}

fn journal(directory: &Path) -> PathBuf {
    directory.join(".populace/journal-00001-of-00001.jsonl")
}

/// Goes on with a run; returns how many samples were made.
fn resume(directory: &Path, trust: Trust) -> u64 {
    let stage = Toy::new();
    let report = run(
        &recipe(COUNT),
        &stage,
        &MakePlan {
            trust,
            ..plan(directory, 2)
        },
    )
    .unwrap();
    assert_eq!(report.state, State::Finished);
    assert_eq!(report.made, stage.performed());
    assert_eq!(report.made + report.kept, COUNT);
    report.made
}

#[test]
fn a_resumed_run_makes_only_what_lacks_and_ends_the_same() {
    for finished in [0, 1, 7] {
        let (_folder, whole, killed) = killed(finished);
        assert_eq!(resume(&killed, Trust::Size), COUNT - finished);
        assert_same_tree(&whole, &killed);
        assert_eq!(
            resume(&killed, Trust::Hash),
            0,
            "a finished data set is left alone"
        );
        assert_same_tree(&whole, &killed);
    }
}

#[test]
fn a_torn_last_line_costs_its_sample_only() {
    let (_folder, whole, killed) = killed(6);
    let path = journal(&killed);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 40]).unwrap();
    assert_eq!(resume(&killed, Trust::Size), COUNT - 5);
    assert_same_tree(&whole, &killed);
}

#[test]
fn a_torn_header_costs_all_samples_but_nothing_else() {
    let (_folder, whole, killed) = killed(6);
    let path = journal(&killed);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..20]).unwrap();
    // With no header the folder's files are somebody's, as far as one can tell.
    let error = run(&recipe(COUNT), &Toy::new(), &plan(&killed, 1)).unwrap_err();
    assert!(error.to_string().contains("holds no data set"), "{error}");
    for folder in ["images", "notes"] {
        fs::remove_dir_all(killed.join(folder)).unwrap();
    }
    fs::remove_file(killed.join("recipe.yaml")).unwrap();
    assert_eq!(resume(&killed, Trust::Size), COUNT);
    assert_same_tree(&whole, &killed);
}

#[test]
fn a_damaged_line_in_the_middle_costs_its_sample_only() {
    let (_folder, whole, killed) = killed(6);
    let path = journal(&killed);
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[3] = "{\"sample\": 2, \0";
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    assert_eq!(resume(&killed, Trust::Size), COUNT - 5);
    assert_same_tree(&whole, &killed);
}

#[test]
fn files_that_a_killed_run_left_half_written_disappear() {
    let (_folder, whole, killed) = killed(4);
    fs::write(killed.join("images/.000000004.png.partial"), b"half").unwrap();
    fs::write(killed.join(".rows.parquet.partial"), b"half").unwrap();
    // Written and renamed, but not yet in the journal.
    fs::write(killed.join("images/000000005.png"), b"whole, but of nobody").unwrap();
    assert_eq!(resume(&killed, Trust::Size), COUNT - 4);
    assert_same_tree(&whole, &killed);
}

#[test]
fn a_recorded_file_that_is_gone_or_shorter_is_made_again() {
    let (_folder, whole, killed) = killed(6);
    fs::remove_file(killed.join("images/000000001.png")).unwrap();
    fs::write(killed.join("notes/000000003.json"), b"{").unwrap();
    assert_eq!(resume(&killed, Trust::Size), COUNT - 4);
    assert_same_tree(&whole, &killed);
}

#[test]
fn only_hashing_finds_an_edit_of_the_same_length() {
    let (_folder, whole, killed) = killed(6);
    let path = killed.join("images/000000002.png");
    let mut bytes = fs::read(&path).unwrap();
    bytes[50] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(resume(&killed, Trust::Hash), COUNT - 5);
    assert_same_tree(&whole, &killed);
}

#[test]
fn a_crash_while_finishing_is_made_good() {
    let (_folder, whole, killed) = killed(COUNT - 1);
    let shard_journal = fs::read(journal(&killed)).unwrap();
    assert_eq!(resume(&killed, Trust::Size), 1);
    // The journal of the run is still there, the card not yet, the table from before.
    fs::write(journal(&killed), shard_journal).unwrap();
    fs::remove_file(killed.join("card.json")).unwrap();
    fs::write(killed.join("rows.parquet"), b"from before").unwrap();
    assert_eq!(resume(&killed, Trust::Size), 0);
    assert_same_tree(&whole, &killed);
}

#[test]
fn a_killed_shard_is_resumed_by_whatever_shard_covers_its_samples() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    make_whole(&whole, COUNT);
    run(
        &recipe(COUNT),
        &Toy::with(Mishap::FailsFrom(7)),
        &shard_plan(&killed, 1, 2),
    )
    .unwrap_err();
    assert_eq!(resume(&killed, Trust::Size), COUNT - 2);
    assert_same_tree(&whole, &killed);
}

#[test]
fn more_of_the_same_is_added_to_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, grown) = (folder.path().join("whole"), folder.path().join("grown"));
    make_whole(&whole, COUNT);
    make_whole(&grown, 4);
    assert_eq!(resume(&grown, Trust::Size), COUNT - 4);
    assert_same_tree(&whole, &grown);
}

#[test]
fn more_of_the_same_is_added_to_an_interrupted_run() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, grown) = (folder.path().join("whole"), folder.path().join("grown"));
    make_whole(&whole, COUNT);
    run(
        &recipe(6),
        &Toy::with(Mishap::FailsFrom(3)),
        &plan(&grown, 1),
    )
    .unwrap_err();
    assert_eq!(resume(&grown, Trust::Size), COUNT - 3);
    assert_same_tree(&whole, &grown);
}

#[test]
fn samples_of_another_engine_are_made_again() {
    let (_folder, whole, killed) = killed(6);
    let newer = Toy {
        engine: "0.2.0",
        ..Toy::new()
    };
    let report = run(&recipe(COUNT), &newer, &plan(&killed, 2)).unwrap();
    assert_eq!((report.made, report.discarded), (COUNT, 6));
    let report = run(&recipe(COUNT), &Toy::new(), &plan(&killed, 2)).unwrap();
    assert_eq!(
        (report.made, report.discarded),
        (COUNT, COUNT),
        "and of a finished data set too"
    );
    assert_same_tree(&whole, &killed);
}

#[test]
fn a_copy_without_the_hidden_folder_is_made_again_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, copied) = (folder.path().join("whole"), folder.path().join("copied"));
    make_whole(&whole, COUNT);
    make_whole(&copied, COUNT);
    fs::remove_dir_all(copied.join(".populace")).unwrap();
    assert_eq!(resume(&copied, Trust::Size), COUNT);
    assert_same_tree(&whole, &copied);
}

/// `/dev/full` fails every write as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_the_finished_samples_and_a_data_set_that_opens() {
    let (_folder, whole, killed) = killed(3);
    let trap = killed.join("images/.000000005.png.partial");
    std::os::unix::fs::symlink("/dev/full", &trap).unwrap();
    let error = run(&recipe(COUNT), &Toy::new(), &plan(&killed, 1)).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("images/000000005.png: the disk is full ("),
        "{message}"
    );
    assert!(
        message.ends_with(" left); the 5 finished samples are kept"),
        "{message}"
    );
    assert_eq!(
        error.hint().as_deref(),
        Some("free space and run the same command again")
    );

    let reader = dataset::Reader::open(&killed).unwrap();
    assert_eq!((reader.len(), reader.is_finished()), (5, false));
    assert_eq!(verify_files(&killed, &dataset::Quiet).unwrap().faults, []);
    assert_eq!(resume(&killed, Trust::Size), COUNT - 5);
    assert_same_tree(&whole, &killed);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_at_the_end_keeps_all_samples() {
    let (_folder, whole, killed) = killed(9);
    std::os::unix::fs::symlink("/dev/full", killed.join(".rows.parquet.partial")).unwrap();
    let error = run(&recipe(COUNT), &Toy::new(), &plan(&killed, 1)).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("rows.parquet: the disk is full"),
        "{message}"
    );
    assert!(
        message.ends_with("; the 10 finished samples are kept"),
        "{message}"
    );
    assert_eq!(dataset::Reader::open(&killed).unwrap().len(), COUNT);
    assert_eq!(resume(&killed, Trust::Size), 0);
    assert_same_tree(&whole, &killed);
}

#[test]
fn a_line_is_appended_behind_the_torn_one_not_to_it() {
    let (_folder, whole, killed) = killed(5);
    let mut file = OpenOptions::new()
        .append(true)
        .open(journal(&killed))
        .unwrap();
    file.write_all(b"{\"sample\":5,\"files\":[").unwrap();
    drop(file);
    run(
        &recipe(COUNT),
        &Toy::with(Mishap::FailsFrom(7)),
        &plan(&killed, 1),
    )
    .unwrap_err();
    assert_eq!(resume(&killed, Trust::Size), COUNT - 7);
    assert_same_tree(&whole, &killed);
}
