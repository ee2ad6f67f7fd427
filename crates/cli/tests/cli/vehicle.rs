//! Cars from their measures: what is written is a scene that the program reads again.

use std::fs;

use crate::support::{offline_populace, run};

#[test]
fn a_car_of_the_catalogue_is_written_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let command =
        |arguments: &str| run(offline_populace(folder.path()).args(arguments.split_whitespace()));
    let list = command("vehicle --list");
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    assert!(list.stdout.lines().count() >= 40);
    let line = list
        .stdout
        .lines()
        .find(|line| line.starts_with("volkswagen-golf "));
    assert!(line.is_some_and(|line| line.contains("4.284 × 1.789 × 1.456 m")));
    let ran = command("vehicle volkswagen-golf --colour #1d3a6e --finish metallic -o golf.glb");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let written = fs::read(folder.path().join("golf.glb")).expect("written");
    assert!(
        command("vehicle volkswagen-golf --colour #1d3a6e --finish metallic -o again.glb").code
            == Some(0)
    );
    assert!(written == fs::read(folder.path().join("again.glb")).expect("written"));
    let text = String::from_utf8_lossy(&written[..written.len().min(60_000)]).into_owned();
    assert!(text.contains("left_front_door") && text.contains("windscreen"));
    let ran = command("render golf.glb --samples 1 -o golf.png -q");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn what_is_no_car_is_one_sentence_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("long.yaml"), "style: suv\nlength_m: 9\n").expect("written");
    fs::write(folder.path().join("odd.yaml"), "style: boat\n").expect("written");
    for (arguments, said) in [
        (
            "vehicle golf -o car.glb",
            "`golf` is no car of the catalogue, no style and no sheet",
        ),
        (
            "vehicle long.yaml -o car.glb",
            "long.yaml: `length_m` is 9, and cars like this have 3.00 to 7.50",
        ),
        ("vehicle odd.yaml -o car.glb", "boat"),
        (
            "vehicle none.yaml -o car.glb",
            "none.yaml: it cannot be read",
        ),
        (
            "vehicle suv --colour red -o car.glb",
            "--colour is `red`, which is no colour",
        ),
    ] {
        let ran = run(offline_populace(folder.path()).args(arguments.split_whitespace()));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{arguments}: {}", ran.stderr);
        assert!(!folder.path().join("car.glb").exists(), "{arguments}");
    }
}
