//! Cars of a recipe's own files: coarse ones dent well, what they lack is absent, and what cannot be used is one sentence.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use population::{DeclaredPopulation, Population, Recipe, Row};
use scene::Scene;
use scene::annotation::DamageKind;
use scene::mesh::Part;
use vehicles::{Sources, VehicleStage, attributes};

/// A frustum of 12 triangles, in OBJ's words, from low and high x and z below and above.
fn frustum(name: &str, first: usize, y: [f32; 2], below: [f32; 4], above: [f32; 4]) -> String {
    let mut text = format!("o {name}\n");
    for (y, [x0, x1, z0, z1]) in [(y[0], below), (y[1], above)] {
        for (x, z) in [(x0, z0), (x0, z1), (x1, z1), (x1, z0)] {
            text.push_str(&format!("v {x} {y} {z}\n"));
        }
    }
    for face in [
        [4, 3, 2, 1],
        [5, 6, 7, 8],
        [1, 2, 6, 5],
        [2, 3, 7, 6],
        [3, 4, 8, 7],
        [4, 1, 5, 8],
    ] {
        let corners = face.map(|k: usize| (k + first).to_string());
        text.push_str(&format!("f {}\n", corners.join(" ")));
    }
    text
}

/// A wheel of 12 sides.
fn wheel(first: usize, x: f32, z: f32) -> String {
    let mut text = "o wheel\n".to_owned();
    for side in [-0.1, 0.1] {
        for k in 0..12 {
            let turn = std::f32::consts::TAU * k as f32 / 12.0;
            text.push_str(&format!(
                "v {} {} {}\n",
                x + side,
                0.31 + 0.31 * turn.sin(),
                z + 0.31 * turn.cos()
            ));
        }
    }
    for k in 0..12 {
        let next = (k + 1) % 12;
        let corners = [k, k + 12, next + 12, next].map(|v| (v + first + 1).to_string());
        text.push_str(&format!("f {}\n", corners.join(" ")));
    }
    for side in [0, 12] {
        let mut ring: Vec<String> = (0..12)
            .map(|k| (k + side + first + 1).to_string())
            .collect();
        if side == 12 {
            ring.reverse();
        }
        text.push_str(&format!("f {}\n", ring.join(" ")));
    }
    text
}

/// 200 triangles.
fn box_car() -> String {
    let mut text = frustum(
        "body",
        0,
        [0.22, 0.85],
        [-0.88, 0.88, -2.1, 2.2],
        [-0.88, 0.88, -2.1, 2.2],
    );
    text += &frustum(
        "cabin",
        8,
        [0.86, 1.45],
        [-0.8, 0.8, -1.7, 0.75],
        [-0.62, 0.62, -1.2, 0.0],
    );
    for (k, (x, z)) in [(0.79, 1.35), (-0.79, 1.35), (0.79, -1.3), (-0.79, -1.3)]
        .into_iter()
        .enumerate()
    {
        text += &wheel(16 + 24 * k, x, z);
    }
    text
}

fn recipe(changes: &str) -> String {
    format!(
        "populace: 1\nname: t\nstage: vehicles\ncount: 4\nseed: 21\nsources: {{vehicles: brick.obj}}\npopulation:\n  place.kind: studio\n{changes}camera: {{width_px: 64, height_px: 48}}\n"
    )
}

fn open(folder: &Path, text: &str) -> Result<Sources, String> {
    let requests = Recipe::sources_in(text.as_bytes(), "t.yaml").expect("no mistake");
    Sources::open(&requests, &[folder.to_owned()])
        .map_err(|error| format!("{error}; {}", error.hint()))
}

fn scenes(changes: &str) -> Vec<(Row, Scene)> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("brick.obj"), box_car()).expect("written");
    let text = recipe(changes);
    let sources = Arc::new(open(folder.path(), &text).expect("a car"));
    let schema = attributes::schema(Vec::new(), &sources);
    assert_eq!(schema.check(), Ok(()));
    let recipe = Recipe::parse(&text, "t.yaml", &schema).expect("no mistake");
    let seed = recipe.seed;
    let population = DeclaredPopulation::new(recipe, schema).expect("it can be drawn");
    let batch = population.rows(0..4, seed).expect("rows are drawn");
    let stage = VehicleStage::new("nowhere".into(), Vec::new(), sources);
    (0..4)
        .map(|k| {
            let row = Row::read(&batch, population.schema(), k).expect("a row");
            let scene = stage.scene(&row).expect("it can be staged");
            (row, scene)
        })
        .collect()
}

#[test]
fn a_coarse_car_is_dented_as_finely_as_a_fine_one() {
    let changes = "  damage.count: 1\n  damage.mix: {mix: [dent]}\n  damage.cause: ball\n  damage.severity: 0.8\n";
    for (row, scene) in scenes(changes) {
        assert_eq!(row.category("vehicle.model").expect("a model"), "brick");
        let vehicle = &scene.annotations.vehicles[0];
        let [dent] = &vehicle.damages[..] else {
            panic!("one dent, not {:?}", vehicle.damages);
        };
        // Bumpers spring back; sheets keep what a ball of this energy does.
        let springs = matches!(dent.part, Part::FrontBumper | Part::RearBumper);
        let least = if springs { 5e-4 } else { 1e-3 };
        assert!(
            (least..0.1).contains(&dent.depth_m),
            "{} m in {:?}",
            dent.depth_m,
            dent.part
        );
        assert!(dent.area_m2 > 4e-4, "{}", dent.area_m2);
        // Where it was struck, triangles are small enough to show it: the panels have a few of half a metre.
        let (centre, _) = dent.reach[0];
        let near = scene
            .objects
            .iter()
            .filter(|object| object.instance == 1)
            .flat_map(|object| &object.mesh.positions);
        let count = near
            .filter(|at| at.as_dvec3().distance(centre) < 0.05)
            .count();
        assert!(count > 20, "{count} vertices within 5 cm");
    }
}

#[test]
fn each_kind_of_damage_that_it_has_parts_for_happens() {
    for (kind, happens) in [
        (DamageKind::Scratch, true),
        (DamageKind::Chips, true),
        (DamageKind::Rust, true),
        (DamageKind::Crack, true),
        (DamageKind::GlassShatter, true),
        (DamageKind::TireFlat, true),
        (DamageKind::LampBroken, false),
        (DamageKind::MissingPart, false),
    ] {
        let changes = format!(
            "  damage.count: 1\n  damage.side: any\n  damage.mix: {{mix: [{}]}}\n",
            kind.name()
        );
        let happened: usize = scenes(&changes)
            .iter()
            .map(|(_, scene)| scene.annotations.vehicles[0].damages.len())
            .sum();
        assert_eq!(
            happened > 0,
            happens,
            "{kind:?} happened {happened} times of 4"
        );
    }
}

#[test]
fn what_it_lacks_is_absent_and_its_size_is_its_own() {
    for (row, scene) in scenes("  damage.count: 0\n") {
        let vehicle = &scene.annotations.vehicles[0];
        let absent = vehicle
            .keypoints
            .iter()
            .filter(|point| point.is_none())
            .count();
        // Four lamps, two mirrors, two plates.
        assert_eq!(absent, 8);
        let long = row.number("vehicle.length_factor").expect("a factor");
        assert!((vehicle.high.z - vehicle.low.z - 4.3 * long).abs() < 1e-3);
    }
}

#[test]
fn what_cannot_be_used_is_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("brick.obj");
    for (content, said) in [
        (
            format!("mtllib look.mtl\n{}", box_car()),
            "populace vehicle --from",
        ),
        ("v 0 0 0\n".to_owned(), "holds no surface to draw"),
        (
            frustum(
                "x",
                0,
                [0.0, 0.01],
                [0.0, 1.0, 0.0, 4.0],
                [0.0, 1.0, 0.0, 4.0],
            ),
            "one flat sheet, not a car",
        ),
    ] {
        fs::write(&path, content).expect("written");
        let error = open(folder.path(), &recipe("")).expect_err("it cannot be used");
        assert!(error.contains(said) && !error.contains('\n'), "{error}");
    }
    fs::rename(&path, folder.path().join("volkswagen-golf.obj")).expect("moved");
    fs::write(folder.path().join("volkswagen-golf.obj"), box_car()).expect("written");
    let error = open(
        folder.path(),
        &recipe("").replace("brick", "volkswagen-golf"),
    )
    .expect_err("taken");
    assert!(
        error.contains("another car is called `volkswagen-golf`"),
        "{error}"
    );
}
