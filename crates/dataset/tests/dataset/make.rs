use dataset::{Progress, State, Step};

use crate::toy::{
    Mishap, Toy, assert_same_tree, make_whole, plan, population, recipe, run, shard_plan, tree,
};

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    for threads in [0, 1, 2, 5] {
        let directory = folder.path().join(threads.to_string());
        let report = run(&recipe(13), &Toy::new(), &plan(&directory, threads)).unwrap();
        assert_eq!(
            (report.made, report.kept, report.state),
            (13, 0, State::Finished)
        );
        assert_same_tree(&folder.path().join("0"), &directory);
    }
}

#[test]
fn a_data_set_has_the_documented_files_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 2);
    let names: Vec<String> = tree(folder.path()).into_keys().collect();
    let expected = [
        ".populace/journal.jsonl",
        "card.json",
        "images/000000000.png",
        "images/000000001.png",
        "notes/000000000.json",
        "notes/000000001.json",
        "recipe.yaml",
        "rows.parquet",
    ];
    assert_eq!(names, expected);
}

#[test]
fn shards_in_one_folder_end_in_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, shared) = (folder.path().join("whole"), folder.path().join("shared"));
    make_whole(&whole, 11);
    for (index, missing) in [(2, 8), (0, 6), (3, 3), (1, 0)] {
        let report = run(&recipe(11), &Toy::new(), &shard_plan(&shared, index, 4)).unwrap();
        let state = if missing == 0 {
            State::Finished
        } else {
            State::Waiting { missing }
        };
        assert_eq!(report.state, state, "after shard {index}");
    }
    assert_same_tree(&whole, &shared);
}

#[test]
fn shards_may_run_at_the_same_time_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, shared) = (folder.path().join("whole"), folder.path().join("shared"));
    make_whole(&whole, 24);
    std::thread::scope(|scope| {
        for index in 0..4 {
            let plan = shard_plan(&shared, index, 4);
            scope.spawn(move || run(&recipe(24), &Toy::new(), &plan).unwrap());
        }
    });
    assert_same_tree(&whole, &shared);
}

#[test]
fn more_shards_than_samples_are_fine() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, shared) = (folder.path().join("whole"), folder.path().join("shared"));
    make_whole(&whole, 2);
    for index in 0..5 {
        run(&recipe(2), &Toy::new(), &shard_plan(&shared, index, 5)).unwrap();
    }
    assert_same_tree(&whole, &shared);
}

#[test]
fn an_error_of_the_stage_names_its_sample_and_keeps_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let error = run(
        &recipe(9),
        &Toy::with(Mishap::FailsFrom(4)),
        &plan(folder.path(), 1),
    )
    .unwrap_err();
    assert_eq!(error.sample(), Some(4));
    assert_eq!(
        error.to_string(),
        "cannot make sample 4: the toy broke; the 4 finished samples are kept"
    );
    assert_eq!(error.hint().as_deref(), Some("mend it"));
}

#[test]
fn a_panic_of_the_stage_names_its_sample_and_keeps_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let error = run(
        &recipe(9),
        &Toy::with(Mishap::PanicsAt(6)),
        &plan(folder.path(), 1),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the program failed at sample 6: the toy fell; the 6 finished samples are kept"
    );
}

#[test]
fn a_sample_unlike_the_others_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let error = run(
        &recipe(9),
        &Toy::with(Mishap::ForgetsFileAt(2)),
        &plan(folder.path(), 1),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "sample 2 is laid out unlike the others: it lacks a file `notes/*.json`"
    );
}

#[test]
fn a_sample_unlike_those_of_an_earlier_run_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Toy {
        files: false,
        ..Toy::new()
    };
    run(&recipe(4), &stage, &shard_plan(folder.path(), 0, 2)).unwrap();
    let error = run(&recipe(4), &Toy::new(), &shard_plan(folder.path(), 1, 2)).unwrap_err();
    assert!(
        error.to_string().contains("which the others lack"),
        "{error}"
    );
}

#[test]
fn cancelling_keeps_what_is_finished() {
    struct Impatient;
    impl Progress for Impatient {
        fn update(&self, _: Step, _: u64, _: u64, _: u64) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let recipe = recipe(9);
    let error = dataset::make(
        &recipe,
        &population(&recipe),
        &Toy::new(),
        &plan(folder.path(), 1),
        &Impatient,
    )
    .unwrap_err();
    assert!(
        error.to_string().starts_with("stopped on request; the"),
        "{error}"
    );
    let report = run(&recipe, &Toy::new(), &plan(folder.path(), 1)).unwrap();
    assert!(report.kept >= 1);
    let whole = tempfile::tempdir().unwrap();
    make_whole(whole.path(), 9);
    assert_same_tree(whole.path(), folder.path());
}

#[test]
fn progress_counts_every_sample_once() {
    use std::sync::Mutex;
    struct Log(Mutex<Vec<(u64, u64)>>);
    impl Progress for Log {
        fn update(&self, step: Step, done: u64, total: u64, _: u64) {
            if step == Step::Making {
                self.0.lock().unwrap().push((done, total));
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let recipe = recipe(5);
    let log = Log(Mutex::new(Vec::new()));
    dataset::make(
        &recipe,
        &population(&recipe),
        &Toy::new(),
        &plan(folder.path(), 2),
        &log,
    )
    .unwrap();
    assert_eq!(
        *log.0.lock().unwrap(),
        [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    );
}
