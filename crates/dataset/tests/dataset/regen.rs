use std::fs;

use dataset::{MakeError, ReadError, Stored, regen};

use crate::toy::{Toy, make_whole, plan, recipe_with, run};

#[test]
fn a_sample_made_again_alone_is_equal() {
    let folder = tempfile::tempdir().unwrap();
    let (set, out) = (folder.path().join("set"), folder.path().join("out"));
    let pairs = recipe_with(4, 3, "pair: {change: sex, to: [female, male]}\n");
    run(&pairs, &Toy::new(), &plan(&set, 2)).unwrap();
    for sample in [0, 5, 7] {
        let report = regen(&set, &Toy::new(), sample, &out).unwrap();
        assert!(report.is_equal(), "{report:?}");
        for artefact in &report.artefacts {
            assert!(
                fs::read(out.join(&artefact.file)).unwrap()
                    == fs::read(set.join(&artefact.file)).unwrap()
            );
        }
    }
}

#[test]
fn an_edited_and_a_missing_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (set, out) = (folder.path().join("set"), folder.path().join("out"));
    make_whole(&set, 3);
    fs::write(set.join("images/000000001.png"), b"edited").unwrap();
    fs::remove_file(set.join("notes/000000001.json")).unwrap();
    let report = regen(&set, &Toy::new(), 1, &out).unwrap();
    let found: Vec<_> = report
        .artefacts
        .iter()
        .map(|it| (it.file.as_str(), it.stored))
        .collect();
    assert_eq!(
        found,
        [
            ("images/000000001.png", Stored::Different),
            ("notes/000000001.json", Stored::Missing)
        ]
    );
}

#[test]
fn a_sample_that_does_not_exist_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 3);
    let error = regen(folder.path(), &Toy::new(), 3, &folder.path().join("out")).unwrap_err();
    assert!(
        matches!(
            error,
            MakeError::Read(ReadError::NoSample {
                sample: 3,
                samples: 3
            })
        ),
        "{error}"
    );
}

#[test]
fn an_edited_recipe_is_not_taken_for_the_data_sets() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 3);
    fs::write(
        folder.path().join("recipe.yaml"),
        recipe_with(3, 8, "").to_yaml(),
    )
    .unwrap();
    let error = regen(folder.path(), &Toy::new(), 1, &folder.path().join("out")).unwrap_err();
    assert!(
        error.to_string().ends_with("not what its recipe.yaml says"),
        "{error}"
    );
    fs::write(
        folder.path().join("recipe.yaml"),
        "populace: 1\nstage: toy\nsize: 3\n",
    )
    .unwrap();
    let error = regen(folder.path(), &Toy::new(), 1, &folder.path().join("out")).unwrap_err();
    assert!(error.to_string().contains("recipe.yaml:3:"), "{error}");
}
