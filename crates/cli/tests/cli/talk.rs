//! Help, version, usage mistakes, and readers that go away.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use crate::support::{offline_populace, run};

fn shown(arguments: &[&str]) -> String {
    run(offline_populace(Path::new(".")).args(arguments)).shown(&[])
}

#[test]
fn help_lists_the_verbs_in_groups() {
    insta::assert_snapshot!(shown(&["--help"]));
}

#[test]
fn help_of_make_lists_its_options() {
    insta::assert_snapshot!(shown(&["make", "--help"]));
}

#[test]
fn the_version_is_printed() {
    assert_eq!(
        shown(&["--version"]),
        "exit code 0\n---- stdout ----\npopulace [VERSION]\n"
    );
}

#[test]
fn mistakes_in_the_command_line_are_told() {
    let text = [
        &["maek"][..],
        &["make", "faces.yaml"],
        &["make", "a.yaml", "-o", "b", "--shard", "5/4"],
        &["view", "a", "-o", "b.png", "--overlay", "boxs"],
    ]
    .map(shown)
    .concat();
    insta::assert_snapshot!(text);
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let mut child = offline_populace(Path::new("."))
        .arg("schema")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut first = [0; 1];
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_exact(&mut first)
        .expect("the first byte");
    let mut said = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut said)
        .expect("text");
    let status = child.wait().expect("it ends");
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}
