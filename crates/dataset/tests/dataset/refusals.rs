use std::fs;

use dataset::MakeError;

use crate::toy::{Toy, make_whole, plan, recipe, recipe_with, run, shard_plan, tree};

#[test]
fn another_data_set_in_the_folder_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 3);
    let before = tree(folder.path());
    for other in [
        recipe_with(3, 8, ""),
        recipe_with(3, 7, "population: {age_years: 30}\n"),
    ] {
        let error = run(&other, &Toy::new(), &plan(folder.path(), 1)).unwrap_err();
        assert!(matches!(error, MakeError::OtherSet { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("holds another data set: recipe `toys` (digest "),
            "{error}"
        );
        assert_eq!(
            error.hint().as_deref(),
            Some("choose another folder, or delete this one")
        );
    }
    // The card alone says so as well.
    fs::remove_dir_all(folder.path().join(".populace")).unwrap();
    let error = run(&recipe_with(3, 8, ""), &Toy::new(), &plan(folder.path(), 1)).unwrap_err();
    assert!(matches!(error, MakeError::OtherSet { .. }), "{error}");
    let mut after = before.clone();
    after.remove(".populace/journal.jsonl");
    assert!(tree(folder.path()) == after);
}

#[test]
fn a_folder_with_other_files_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), b"mine").unwrap();
    let error = run(&recipe(3), &Toy::new(), &plan(folder.path(), 1)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is not empty and holds no data set (it has `thesis.tex`)"),
        "{error}"
    );
    assert_eq!(tree(folder.path()).len(), 1);
}

#[test]
fn a_foreign_card_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("card.json"),
        b"{\"name\": \"something else\"}",
    )
    .unwrap();
    let error = run(&recipe(3), &Toy::new(), &plan(folder.path(), 1)).unwrap_err();
    assert!(matches!(error, MakeError::Foreign { .. }), "{error}");
}

#[test]
fn what_systems_put_everywhere_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".DS_Store"), b"").unwrap();
    fs::create_dir(folder.path().join("lost+found")).unwrap();
    make_whole(folder.path(), 1);
}

#[test]
fn fewer_samples_than_there_are_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 3);
    let error = run(&recipe(2), &Toy::new(), &plan(folder.path(), 1)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("was made for 3 samples of this data set, but 2 are asked for"),
        "{error}"
    );
}

#[test]
fn shards_of_two_versions_are_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    run(&recipe(4), &Toy::new(), &shard_plan(folder.path(), 0, 2)).unwrap();
    let newer = Toy {
        engine: "0.2.0",
        ..Toy::new()
    };
    let error = run(&recipe(4), &newer, &shard_plan(folder.path(), 1, 2)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("made by engine 0.1.0 with bricks 1.2.0; this is engine 0.2.0"),
        "{error}"
    );
}

#[test]
fn two_runs_of_one_shard_do_not_get_in_each_others_way() {
    let folder = tempfile::tempdir().unwrap();
    run(&recipe(4), &Toy::new(), &shard_plan(folder.path(), 0, 2)).unwrap();
    fs::remove_file(folder.path().join("images/000000001.png")).unwrap();
    let journal = folder.path().join(".populace/journal-00001-of-00002.jsonl");
    let other = fs::OpenOptions::new().write(true).open(journal).unwrap();
    other.lock().unwrap();
    let error = run(&recipe(4), &Toy::new(), &shard_plan(folder.path(), 0, 2)).unwrap_err();
    assert!(matches!(error, MakeError::Busy { .. }), "{error}");
    other.unlock().unwrap();
    assert_eq!(
        run(&recipe(4), &Toy::new(), &shard_plan(folder.path(), 0, 2))
            .unwrap()
            .made,
        1
    );
}

#[test]
fn a_path_through_a_file_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    for directory in [file.clone(), file.join("below")] {
        let error = run(&recipe(3), &Toy::new(), &plan(&directory, 1)).unwrap_err();
        let expected = format!(
            "cannot create the folder {}: a part of the path is a file, not a folder",
            directory.display()
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[cfg(unix)]
#[test]
fn an_unwritable_folder_is_one_sentence() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // The super-user may write everywhere but where there is nothing to write to.
    let may = fs::write(folder.path().join("probe"), b"").is_ok();
    let directory = if may {
        "/proc/populace".into()
    } else {
        folder.path().join("set")
    };
    let error = run(&recipe(3), &Toy::new(), &plan(&directory, 1)).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with(&format!("cannot create the folder {}", directory.display())),
        "{message}"
    );
    assert!(!message.contains("os error"), "{message}");
}
