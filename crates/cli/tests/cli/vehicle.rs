//! Cars from their measures: what is written is a scene that the program reads again.

use std::fs;

use crate::support::{
    assert_same_tree, folder_with, json, offline_populace, populace, run, succeed,
};

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

/// A box with a cabin and four blocks for wheels, in centimetres, z up, facing +x; one face of the body is turned over and one is there twice.
fn brick() -> String {
    let mut text = String::new();
    let mut count = 0;
    let mut add = |name: &str, low: [f32; 3], high: [f32; 3], inset: f32| {
        text.push_str(&format!("o {name}\n"));
        for (z, by) in [(low[2], 0.0), (high[2], inset)] {
            for (x, y) in [
                (low[0] + by, low[1] + by / 3.0),
                (high[0] - 2.0 * by, low[1] + by / 3.0),
                (high[0] - 2.0 * by, high[1] - by / 3.0),
                (low[0] + by, high[1] - by / 3.0),
            ] {
                text.push_str(&format!("v {x} {y} {z}\n"));
            }
        }
        let mut faces = vec![
            [4, 3, 2, 1],
            [5, 6, 7, 8],
            [1, 2, 6, 5],
            [2, 3, 7, 6],
            [3, 4, 8, 7],
            [4, 1, 5, 8],
        ];
        if name == "hull" {
            faces[1].swap(1, 3);
            faces.push(faces[2]);
        }
        for face in faces {
            let corners = face.map(|k: usize| (k + count).to_string());
            text.push_str(&format!("f {}\n", corners.join(" ")));
        }
        count += 8;
    };
    add("hull", [-210.0, -88.0, 22.0], [220.0, 88.0, 85.0], 0.0);
    add("top", [-170.0, -80.0, 86.0], [75.0, 80.0, 145.0], 30.0);
    for (x, y) in [
        (135.0, 80.0),
        (135.0, -80.0),
        (-130.0, 80.0),
        (-130.0, -80.0),
    ] {
        add(
            "wheel",
            [x - 30.0, y - 9.0, 0.0],
            [x + 30.0, y + 9.0, 60.0],
            0.0,
        );
    }
    text
}

#[test]
fn a_car_of_another_program_is_mended_told_about_and_staged() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("brick.obj"), brick()).expect("written");
    let command =
        |arguments: &str| run(offline_populace(folder.path()).args(arguments.split_whitespace()));
    let told = command("vehicle --from brick.obj -o brick.glb --write-parts map.yaml");
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    for line in [
        "4.300 × 1.780 × 1.450 m",
        "unit: centimetres",
        "up: z (by shape), ahead: x (by shape)",
        "mended: 2 doubled triangles taken out",
        "mended: 2 triangles turned over",
        "note: lamps were not found",
    ] {
        assert!(told.stdout.contains(line), "{line}: {}", told.stdout);
    }
    // What was written is sound, and of the same parts.
    let again = command("vehicle --from brick.glb --json");
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let report = json(&again.stdout);
    assert_eq!(report["repairs"]["flipped"], 0, "{report}");
    assert_eq!(report["repairs"]["doubled"], 0);
    assert_eq!(
        (&report["up"]["axis"], &report["ahead"]["axis"]),
        (&"y".into(), &"z".into())
    );
    let first = json(&command("vehicle --from brick.obj --parts map.yaml --json").stdout);
    let areas = |report: &serde_json::Value| -> Vec<(String, f64)> {
        let parts = report["areas_m2"].as_object().expect("an object");
        parts
            .iter()
            .map(|(name, area)| (name.clone(), area.as_f64().unwrap_or(0.0)))
            .collect()
    };
    for ((name, was), (other, is)) in areas(&first).iter().zip(&areas(&report)) {
        assert!(
            name == other && (was - is).abs() < 0.01,
            "{name} {was}, {other} {is}"
        );
    }
    // A corrected map is kept; one that does not fit is a sentence.
    let map = fs::read_to_string(folder.path().join("map.yaml")).expect("written");
    fs::write(
        folder.path().join("map.yaml"),
        map.replace("\"top\": body", "\"top\": glass"),
    )
    .expect("written");
    let glass = json(&command("vehicle --from brick.obj --parts map.yaml --json").stdout);
    let piece = glass["pieces"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["group"] == "top"));
    assert!(
        piece.is_some_and(|one| one["part"] == "glass" && one["by"] == "map"),
        "{glass}"
    );
    fs::write(folder.path().join("map.yaml"), "parts: {bottom: roof}\n").expect("written");
    let wrong = command("vehicle --from brick.obj --parts map.yaml -o other.glb");
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong
            .stderr
            .contains("the map names `bottom`, and the file has hull, top"),
        "{}",
        wrong.stderr
    );
    assert!(!folder.path().join("other.glb").exists());
}

#[test]
fn recipes_stage_cars_of_files_and_name_them_by_content() {
    let folder = folder_with(
        "populace: 1\nname: own\nstage: vehicles\ncount: 2\nseed: 5\nsources: {vehicles: brick.obj}\npopulation: {damage.count: 2, place.kind: studio}\ncamera: {width_px: 96, height_px: 64}\nquality: {samples_per_pixel: 1, denoise: none}\n",
    );
    fs::write(folder.path().join("brick.obj"), brick()).expect("written");
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "one", "--threads", "1"]));
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "two", "--threads", "2"]));
    let set = folder.path().join("one");
    assert_same_tree(&set, &folder.path().join("two"));
    let said = succeed(populace(folder.path()).args(["verify", "one"]));
    assert!(said.contains("no fault"), "{said}");
    succeed(populace(folder.path()).args(["regen", "one", "1"]));
    let recipe = fs::read_to_string(set.join("recipe.yaml")).expect("a recipe");
    assert!(
        recipe.contains("vehicles: [{file: brick.obj, sha256: \""),
        "{recipe}"
    );
    let card = fs::read_to_string(set.join("card.json")).expect("a card");
    assert!(card.contains("brick.obj, a mesh of the recipe's own with the SHA-256"));
    // Another file of that name is another recipe.
    fs::write(folder.path().join("brick.obj"), brick() + "\n").expect("written");
    let ran = run(populace(folder.path()).args(["regen", "one", "1"]));
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
    assert!(
        ran.stderr
            .contains("is not the file that the recipe was run with"),
        "{}",
        ran.stderr
    );
    // People stand on other files.
    let text = "populace: 1\nstage: people\ncount: 1\nsources: {vehicles: brick.obj}\n";
    fs::write(folder.path().join("people.yaml"), text).expect("written");
    let ran = run(populace(folder.path()).args(["make", "people.yaml", "-o", "three"]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("recipes of the stage `people` stand on no files of vehicles"),
        "{}",
        ran.stderr
    );
}
