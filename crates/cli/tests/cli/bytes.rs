//! Same recipe, seed and version: same bytes, however the work was done.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::support::{assert_same_tree, copy_of, folder, json, populace, run, succeed, whole};

#[test]
fn one_thread_makes_what_two_make() {
    let folder = folder();
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "out", "--threads", "1"]));
    assert_same_tree(whole(), &folder.path().join("out"));
}

#[test]
fn four_shards_joined_are_the_whole() {
    let folder = folder();
    for shard in 1..=4 {
        succeed(populace(folder.path()).args([
            "make",
            "recipe.yaml",
            "-o",
            &format!("shard{shard}"),
            "--shard",
            &format!("{shard}/4"),
        ]));
    }
    succeed(
        populace(folder.path())
            .args(["merge", "shard3", "shard1", "shard4", "shard2", "-o", "out"]),
    );
    assert_same_tree(whole(), &folder.path().join("out"));
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    let folder = folder();
    let out = folder.path().join("out");
    let mut make = populace(folder.path());
    make.args([
        "make",
        "recipe.yaml",
        "-o",
        "out",
        "--threads",
        "1",
        "--json",
    ]);
    let mut killed = make
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    // The second sample's picture is there: the first one is in the journal, the second perhaps half done.
    wait_for(&out.join("images/000000001.png"));
    killed.kill().expect("the process is killed");
    let status = killed.wait().expect("the process has ended");
    assert!(
        !status.success() && !out.join("card.json").exists(),
        "it was too fast to be killed on the way: {status}"
    );

    let resumed = json(&succeed(make.stdout(Stdio::piped())));
    assert!(
        resumed["kept"].as_u64() >= Some(1) && resumed["made"].as_u64() >= Some(1),
        "{resumed}"
    );
    assert_same_tree(whole(), &out);
}

fn wait_for(file: &Path) {
    for _ in 0..30_000 {
        if file.exists() {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("{} was not made within five minutes", file.display());
}

#[test]
fn one_sample_made_again_alone_is_equal() {
    let folder = folder();
    let answer = succeed(
        populace(folder.path())
            .arg("regen")
            .arg(whole())
            .args(["2", "-o", "again", "--json"]),
    );
    let answer = json(&answer);
    assert_eq!(answer["equal"], true, "{answer}");
    assert_eq!(
        answer["artefacts"].as_array().map(Vec::len),
        Some(11),
        "{answer}"
    );
    for artefact in answer["artefacts"].as_array().expect("a list") {
        let file = artefact["file"].as_str().expect("a name");
        let read = |directory: &Path| fs::read(directory.join(file)).expect("the file is read");
        assert!(
            read(whole()) == read(&folder.path().join("again")),
            "{file}"
        );
    }
}

#[test]
fn regen_says_no_when_a_stored_file_is_another() {
    let set = copy_of(whole());
    fs::write(set.path().join("parts/000000001.png"), b"no picture").expect("the file is changed");
    let ran = run(populace(set.path()).args(["regen", ".", "1"]));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stdout
            .contains("parts/000000001.png: not what is stored\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("images/000000001.png: equal\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn render_draws_the_picture_of_the_data_set() {
    let folder = folder();
    succeed(populace(folder.path()).args(["render", "recipe.yaml#3", "-o", "three.png"]));
    let read = |path: &Path| fs::read(path).expect("the picture is read");
    assert!(read(&folder.path().join("three.png")) == read(&whole().join("images/000000003.png")));
}

#[test]
fn a_finished_data_set_is_left_alone() {
    let set = copy_of(whole());
    let folder = folder();
    let answer = succeed(
        populace(folder.path())
            .args(["make", "recipe.yaml", "--json", "-o"])
            .arg(set.path()),
    );
    let answer = json(&answer);
    assert_eq!(
        (
            answer["made"].as_u64(),
            answer["kept"].as_u64(),
            answer["finished"].as_bool()
        ),
        (Some(0), Some(4), Some(true)),
        "{answer}"
    );
    assert_same_tree(whole(), set.path());
}
