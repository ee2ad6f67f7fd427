//! Pictures of scene files: what is drawn, what lies beside it, and what is said of files that cannot be drawn.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{folder, offline_populace, populace, run, succeed, whole};

/// A wall of two triangles, two metres wide, one metre before the camera's picture plane at the origin, and a triangle without area.
const WALL: [[f32; 3]; 7] = [
    [-1.0, -1.0, 0.0],
    [1.0, -1.0, 0.0],
    [1.0, 1.0, 0.0],
    [-1.0, 1.0, 0.0],
    [0.0, 0.0, 0.5],
    [0.0, 0.0, 0.5],
    [0.5, 0.0, 0.5],
];

/// `scene.gltf` and its numbers, after `change`.
fn scene_with(points: &[[f32; 3]], change: impl FnOnce(&mut Value)) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut numbers: Vec<u8> = points
        .iter()
        .flatten()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let places = numbers.len();
    numbers.extend([0, 1, 2, 0, 2, 3, 4, 5, 6]);
    let mut scene = json!({
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0, "name": "wall"}, {"camera": 0, "translation": [0, 0, 3]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"name": "paint", "pbrMetallicRoughness": {"metallicFactor": 0, "baseColorFactor": [0.5, 0.25, 0.125, 1]}}],
        "cameras": [{"type": "perspective", "perspective": {"yfov": 1.0, "aspectRatio": 1.0, "znear": 0.1}}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": points.len()},
            {"bufferView": 1, "componentType": 5121, "type": "SCALAR", "count": 9},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": places}, {"buffer": 0, "byteOffset": places, "byteLength": 9}],
        "buffers": [{"uri": "scene.bin", "byteLength": numbers.len()}],
    });
    change(&mut scene);
    fs::write(folder.path().join("scene.bin"), numbers).expect("written");
    fs::write(folder.path().join("scene.gltf"), scene.to_string()).expect("written");
    folder
}

fn channels(path: &Path) -> BTreeMap<String, Vec<f32>> {
    let bytes = fs::read(path).expect("the picture is there");
    let channels = scene::read::exr_channels(&bytes).expect("an EXR file");
    channels
        .into_iter()
        .map(|(name, raster)| (name, raster.samples))
        .collect()
}

#[test]
fn an_exr_holds_radiance_and_every_layer() {
    let folder = scene_with(&WALL, |_| ());
    succeed(offline_populace(folder.path()).args([
        "render",
        "scene.gltf",
        "-o",
        "out.exr",
        "--layers",
        "all",
        "--size",
        "32",
        "--samples",
        "4",
    ]));
    let planes = channels(&folder.path().join("out.exr"));
    let names: Vec<&str> = planes.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "B",
            "G",
            "R",
            "albedo.B",
            "albedo.G",
            "albedo.R",
            "depth.Z",
            "instances.ID",
            "normals.X",
            "normals.Y",
            "normals.Z",
            "objects.ID",
            "parts.ID",
            "uv.U",
            "uv.V",
        ]
    );
    for (name, plane) in &planes {
        assert!(plane.iter().all(|value| value.is_finite()), "{name}");
    }
    let centre = 16 * 32 + 16;
    let at = |name: &str, pixel: usize| planes[name][pixel];
    assert!((at("depth.Z", centre) - 3.0).abs() < 1e-5);
    assert_eq!(
        (
            at("normals.Z", centre),
            at("instances.ID", centre),
            at("objects.ID", centre)
        ),
        (-1.0, 1.0, 0.0)
    );
    assert_eq!(
        (at("albedo.R", centre), at("albedo.B", centre)),
        (0.5, 0.125)
    );
    assert!(at("R", centre) > 2.0 * at("B", centre) && at("B", centre) > 0.0);
    assert_eq!(
        (at("objects.ID", 0), at("depth.Z", 0)),
        (-1.0, 0.0),
        "nothing is in the corner"
    );
}

#[test]
fn layers_of_a_png_lie_beside_it_and_the_same_bytes_come_again() {
    let folder = scene_with(&WALL, |_| ());
    let draw = |out: &str| {
        succeed(offline_populace(folder.path()).args([
            "render",
            "scene.gltf",
            "-o",
            out,
            "--layers",
            "depth,parts,normals",
            "--size",
            "24",
            "--samples",
            "2",
            "--denoise",
            "none",
        ]));
    };
    draw("a.png");
    draw("b.png");
    for ending in ["png", "depth.exr", "parts.png", "normals.png"] {
        let read =
            |name: &str| fs::read(folder.path().join(format!("{name}.{ending}"))).expect("written");
        assert!(read("a") == read("b"), "{ending}");
    }
    assert!(!folder.path().join("a.uv.exr").exists());
}

#[test]
fn a_sample_of_a_recipe_has_the_layers_of_its_data_set() {
    let folder = folder();
    succeed(populace(folder.path()).args([
        "render",
        "recipe.yaml#3",
        "-o",
        "three.exr",
        "--layers",
        "depth",
    ]));
    let drawn = channels(&folder.path().join("three.exr"));
    let made = channels(&whole().join("depth/000000003.exr"));
    assert!(drawn["depth.Z"] == made["Z"]);
}

#[test]
fn light_of_a_file_is_metered_and_what_is_left_out_is_noted() {
    let folder = scene_with(&WALL, |scene| {
        scene["nodes"][1]["extensions"] = json!({"KHR_lights_punctual": {"light": 0}});
        scene["extensions"] =
            json!({"KHR_lights_punctual": {"lights": [{"type": "point", "intensity": 5000}]}});
        scene["materials"][0]["extensions"] = json!({"KHR_materials_iridescence": {}});
    });
    let ran = run(offline_populace(folder.path()).args([
        "render",
        "scene.gltf",
        "-o",
        "out.png",
        "--size",
        "16",
        "--samples",
        "4",
        "--denoise",
        "none",
    ]));
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(
        lines[0],
        "note: material 0 (`paint`): `KHR_materials_iridescence` is not honoured"
    );
    // 5000 W/sr from 3 m on a wall of about 0.3: some 40 W·sr⁻¹·m⁻², eight stops above middle grey.
    assert!(
        lines[1].starts_with("note: metered -") && lines[1].ends_with(" EV; --exposure sets it"),
        "{}",
        lines[1]
    );
    let stops: f64 = lines[1]["note: metered ".len()..]
        .split(' ')
        .next()
        .expect("a number")
        .parse()
        .expect("a number");
    assert!((-9.0..-6.0).contains(&stops), "{stops}");
}

/// Each case in turn with a heading, as one golden text; nothing may be written.
fn refused(cases: &[(&str, TempDir, &[&str])]) -> String {
    let shown = cases.iter().map(|(what, folder, arguments)| {
        let ran = run(offline_populace(folder.path())
            .arg("render")
            .args(*arguments)
            .args(["-o", "out.png"]));
        assert!(
            !folder.path().join("out.png").exists(),
            "{what}: something was written"
        );
        format!(
            "==== {what}\n{}\n",
            ran.shown(&[(folder.path(), "[FOLDER]")])
        )
    });
    shown.collect::<Vec<_>>().concat()
}

fn broken(change: impl FnOnce(&mut Value)) -> TempDir {
    scene_with(&WALL, change)
}

fn text(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join(name), text).expect("written");
    folder
}

#[test]
fn scene_files_that_cannot_be_drawn_are_told_with_their_place() {
    let mut nowhere = WALL;
    nowhere[2][1] = f32::NAN;
    let mut far = WALL;
    far[2][1] = 1e20;
    let scene = &["scene.gltf"][..];
    insta::assert_snapshot!(refused(&[
        ("no such file", broken(|_| ()), &["cube.glb"]),
        ("a folder", broken(|_| ()), &["."]),
        ("another format", broken(|_| ()), &["cube.fbx"]),
        (
            "broken JSON",
            text("scene.gltf", "{\"asset\": {\"version\": \"2.0\"},"),
            scene
        ),
        (
            "no glTF at all",
            text("scene.glb", "PK\u{3}\u{4}"),
            &["scene.glb"]
        ),
        (
            "a place that is no number",
            scene_with(&nowhere, |_| ()),
            scene
        ),
        ("a place beyond all bounds", scene_with(&far, |_| ()), scene),
        (
            "nodes in a circle",
            broken(|s| s["nodes"] = json!([{"mesh": 0}, {"children": [2]}, {"children": [1]}])),
            scene
        ),
        (
            "a camera that sees nothing",
            broken(|s| s["cameras"][0]["perspective"]["yfov"] = json!(0)),
            scene
        ),
        (
            "a camera flattened by its node",
            broken(|s| s["nodes"][1]["scale"] = json!([1, 1, 0])),
            scene
        ),
        (
            "a missing texture",
            broken(|s| {
                s["materials"][0]["normalTexture"] = json!({"index": 0});
                s["textures"] = json!([{"source": 0}]);
                s["images"] = json!([{"uri": "skin.png"}]);
            }),
            scene
        ),
        (
            "a texture elsewhere",
            broken(|s| {
                s["materials"][0]["normalTexture"] = json!({"index": 0});
                s["textures"] = json!([{"source": 0}]);
                s["images"] = json!([{"uri": "../secret.png"}]);
            }),
            scene
        ),
        (
            "a huge count",
            broken(|s| s["accessors"][0]["count"] = json!(4_000_000_000_u64)),
            scene
        ),
        (
            "an index too large",
            broken(|s| s["accessors"][1]["componentType"] = json!(5125)),
            scene
        ),
        (
            "compressed meshes",
            broken(|s| s["extensionsRequired"] = json!(["KHR_draco_mesh_compression"])),
            scene
        ),
        (
            "nothing to draw",
            text("scene.obj", "v 0 0 0\n"),
            &["scene.obj"]
        ),
        (
            "a bad line of OBJ",
            text("scene.obj", "v 0 0 0\nf 1 2 3\n"),
            &["scene.obj"]
        ),
        (
            "a PLY that is cut off",
            text("scene.ply", "ply\nformat ascii 1.0\nelement vertex 3\n"),
            &["scene.ply"]
        ),
    ]));
}

#[test]
fn options_that_do_not_fit_are_told() {
    let scene = |options: &'static [&'static str]| ("scene.gltf", broken(|_| ()), options);
    insta::assert_snapshot!(refused(&[
        scene(&["scene.gltf", "--count", "3"]),
        scene(&["scene.gltf", "--set", "age_years=3"]),
        scene(&["scene.gltf", "--layers", "depth,shadow"]),
        scene(&["scene.gltf", "--size", "100000"]),
        scene(&["scene.gltf", "--env", "sky.hdr"]),
        scene(&["scene.gltf", "--env", "scene.bin"]),
        scene(&["scene.gltf", "--exposure", "nan"]),
        (
            "recipe.yaml",
            folder(),
            &["recipe.yaml", "--env", "sky.hdr"]
        ),
    ]));
    let folder = scene_with(&WALL, |_| ());
    let ran = run(offline_populace(folder.path()).args(["render", "scene.gltf", "-o", "out.jpg"]));
    assert_eq!(
        ran.stderr,
        "error: out.jpg is no name of a picture\nhint: pictures are written as .png or .exr\n"
    );
}

#[test]
fn odd_but_sound_scenes_are_drawn() {
    let every: [(&str, TempDir); 4] = [
        (
            "only triangles without area",
            scene_with(&[[0.5; 3]; 7], |_| ()),
        ),
        (
            "normals that are none",
            broken(|s| s["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = json!(2)),
        ),
        (
            "a camera inside the wall",
            broken(|s| s["nodes"][1]["translation"] = json!([0, 0, 0])),
        ),
        ("no camera", broken(|s| s["nodes"] = json!([{"mesh": 0}]))),
    ];
    for (what, folder) in every {
        if what.starts_with("normals") {
            let path = folder.path().join("scene.gltf");
            let mut scene: Value =
                serde_json::from_slice(&fs::read(&path).expect("there")).expect("JSON");
            let accessors = scene["accessors"].as_array_mut().expect("a list");
            accessors.push(json!({"componentType": 5126, "type": "VEC3", "count": 7}));
            fs::write(&path, scene.to_string()).expect("written");
        }
        succeed(offline_populace(folder.path()).args([
            "render",
            "scene.gltf",
            "-o",
            "out.exr",
            "--layers",
            "all",
            "--size",
            "16",
            "--samples",
            "4",
        ]));
        for (name, plane) in channels(&folder.path().join("out.exr")) {
            assert!(
                plane.iter().all(|value| value.is_finite()),
                "{what}: {name}"
            );
        }
    }
}

#[test]
fn a_sample_is_opened_elsewhere_and_looks_as_it_did() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let told = succeed(populace(folder.path()).args([
        "export",
        "gltf",
        "recipe.yaml#3",
        "-o",
        "three.glb",
    ]));
    assert_eq!(
        told,
        "gltf: sample 3 in three.glb\n  left behind: annotations of people (landmarks, joints, gaze)\n"
    );
    let of_set = format!("{}#3", whole().display());
    succeed(populace(folder.path()).args(["export", "gltf", &of_set, "-o", "again.glb"]));
    let read = |name: &str| fs::read(at(name)).expect("written");
    assert!(
        read("three.glb") == read("again.glb"),
        "the recipe and its data set tell different scenes"
    );
    // The same camera, surfaces and parts, so that the label pass is the same to the last pixel; light is the same but for noise.
    let layers = [
        "--layers",
        "depth,parts,instances",
        "--samples",
        "64",
        "--denoise",
        "none",
    ];
    succeed(
        populace(folder.path())
            .args(["render", "three.glb", "-o", "file.exr"])
            .args(layers),
    );
    succeed(
        populace(folder.path())
            .args(["render", "recipe.yaml#3", "-o", "recipe.exr"])
            .args(layers),
    );
    let (file, recipe) = (channels(&at("file.exr")), channels(&at("recipe.exr")));
    for name in ["depth.Z", "parts.ID", "instances.ID"] {
        let off = file[name]
            .iter()
            .zip(&recipe[name])
            .filter(|(a, b)| (**a - **b).abs() > 1e-5)
            .count();
        assert!(off <= 4, "{name}: {off} pixels differ");
    }
    let mean = |planes: &BTreeMap<String, Vec<f32>>| {
        planes["G"].iter().sum::<f32>() / planes["G"].len() as f32
    };
    let ratio = mean(&file) / mean(&recipe);
    assert!(
        (ratio - 1.0).abs() < 0.03,
        "light differs by a factor of {ratio}"
    );
}
