//! Scenes of rows in a place that needs no pack: damages are where they are told to be, and taking them away moves nothing else.

use std::sync::Arc;

use population::{DeclaredPopulation, Population, Recipe, Row};
use scene::Scene;
use scene::annotation::DamageKind;
use vehicles::{Sources, VehicleStage, attributes};

fn rows(changes: &str, count: u64) -> Vec<Row> {
    rows_seen(changes, "", count)
}

/// The same, and how the camera stands.
fn rows_seen(changes: &str, camera: &str, count: u64) -> Vec<Row> {
    let schema = attributes::schema(Vec::new(), &Sources::default());
    let text = format!(
        "populace: 1\nname: t\nstage: vehicles\ncount: {count}\nseed: 21\npopulation:\n  place.kind: studio\n{changes}camera: {{width_px: 64, height_px: 48{camera}}}\n"
    );
    let recipe = Recipe::parse(&text, "t.yaml", &schema).expect("no mistake");
    let seed = recipe.seed;
    let population = DeclaredPopulation::new(recipe, schema).expect("it can be drawn");
    let batch = population.rows(0..count, seed).expect("rows are drawn");
    (0..count as usize)
        .map(|row| Row::read(&batch, population.schema(), row).expect("a row"))
        .collect()
}

fn scene(row: &Row) -> Scene {
    let stage = VehicleStage::new("nowhere".into(), Vec::new(), Arc::default());
    stage.scene(row).expect("it can be staged")
}

#[test]
fn each_kind_of_damage_happens_and_is_measured() {
    for kind in DamageKind::ALL.into_iter().take(DamageKind::OF_VEHICLES) {
        let changes = format!(
            "  damage.count: 1\n  damage.side: any\n  damage.mix: {{mix: [{}]}}\n  damage.severity: 0.6\n",
            kind.name()
        );
        let (mut happened, mut told) = (0, 0);
        for row in rows(&changes, 4) {
            let scene = scene(&row);
            let vehicle = &scene.annotations.vehicles[0];
            happened += vehicle.damages.len();
            for damage in &vehicle.damages {
                assert_eq!(damage.kind, kind);
                assert!(damage.area_m2 > 0.0 && damage.area_m2 < 4.0, "{damage:?}");
                assert!(
                    damage.part_share > 0.0 && damage.part_share < 1.5,
                    "{damage:?}"
                );
                let shape = matches!(
                    kind,
                    DamageKind::Dent | DamageKind::TireFlat | DamageKind::Misaligned
                );
                assert_eq!(shape, damage.depth_m > 0.0, "{damage:?}");
                assert!(damage.depth_m < 0.4, "{damage:?}");
                told += usize::from(damage.impact.is_some());
                for (centre, radius) in &damage.reach {
                    assert!(centre.is_finite() && *radius > 0.0);
                    assert!(
                        centre.cmpge(vehicle.low - 0.01).all()
                            && centre.cmple(vehicle.high + 0.01).all()
                    );
                }
            }
        }
        assert!(happened >= 3, "{kind:?} happened {happened} times of 4");
        assert_eq!(told > 0, kind == DamageKind::Dent);
    }
}

#[test]
fn without_its_damage_the_same_car_stands_in_the_same_place() {
    let rigs = ["walkaround", "close_up", "gate", "close_up"];
    let changes = "  damage.count: 2\n  damage.mix: {mix: [dent, scratch, chips]}\n";
    for (row, rig) in rows(changes, 4).into_iter().zip(rigs) {
        let row = row.with("camera.rig", rig);
        let after = scene(&row);
        let before = scene(&row.clone().with("damage.shown", "no"));
        assert!(before.annotations.vehicles[0].damages.is_empty());
        assert!(before.annotations.vehicles[0].surfaces.is_empty());
        assert_eq!(before.camera, after.camera);
        assert!(!after.annotations.vehicles[0].damages.is_empty());
        // What is of one material has, before and after, one surface: nothing is lost where paint is opened.
        let area = |scene: &Scene| {
            let car = scene.objects.iter().filter(|object| object.instance == 1);
            car.map(|object| object.mesh.triangles.len()).sum::<usize>()
        };
        assert!(area(&after) >= area(&before));
    }
}

#[test]
fn scenes_are_pure_in_the_row() {
    for row in rows("  damage.count: 3\n", 2) {
        let [one, other] = [scene(&row), scene(&row)];
        for (a, b) in one.objects.iter().zip(&other.objects) {
            assert_eq!(a.mesh.positions, b.mesh.positions, "{}", a.name);
            assert_eq!(a.mesh.triangles, b.mesh.triangles, "{}", a.name);
        }
    }
}

/// No authority's pattern can be on a plate: plates are one colour, with nothing on them.
#[test]
fn plates_are_blank() {
    let mut plates = 0;
    for row in rows("  damage.count: 3\n", 8) {
        let scene = scene(&row);
        for object in &scene.objects {
            if object.name.ends_with("_plate") {
                let material = &scene.materials[object.material.0 as usize];
                assert!(material.base_color_texture.is_none() && material.alpha.is_none());
                assert!(material.bump.is_none() && material.normal_map.is_none());
                assert!(material.emission_texture.is_none());
                // Flat, too: a box's corners, nothing embossed.
                assert!(object.mesh.triangles.len() < 200);
                plates += 1;
            }
        }
    }
    assert!(plates >= 12, "{plates}");
}

#[test]
fn hail_falls_on_what_faces_the_sky() {
    let row = &rows(
        "  damage.count: 0\n  damage.hail: 25\n  damage.hail_mm: 40\n",
        1,
    )[0];
    let scene = scene(row);
    let damages = &scene.annotations.vehicles[0].damages;
    assert!(damages.len() >= 2, "roof and bonnet at least");
    for damage in damages {
        assert_eq!((damage.kind, damage.cause), (DamageKind::Dent, "hail"));
        assert!(
            damage.depth_m > 3e-4 && damage.depth_m < 0.02,
            "{}",
            damage.depth_m
        );
    }
}

/// From wherever the camera looks, all of the car is in the picture.
#[test]
fn whole_cars_are_whole_from_every_side() {
    let mut count = 0;
    for (number, row) in rows("  damage.count: 0\n", 36).into_iter().enumerate() {
        let vehicle = scene(&row).annotations.vehicles.remove(0);
        let yaw = -180.0 + 10.0 * number as f64;
        // The row's own distance, and that of the next azimuth: drawn anew for the yaw.
        let yaw = format!(", yaw_deg: {yaw}");
        let turned = &rows_seen("  damage.count: 0\n", &yaw, 36)[number];
        assert_eq!(
            turned.category("vehicle.model"),
            row.category("vehicle.model")
        );
        for row in [&row, turned] {
            let camera = scene(row).camera;
            for corner in 0..8 {
                let pick =
                    |bit: i32, low: f64, high: f64| if corner & bit == 0 { low } else { high };
                let at = glam::DVec3::new(
                    pick(1, vehicle.low.x, vehicle.high.x),
                    pick(2, vehicle.low.y, vehicle.high.y),
                    pick(4, vehicle.low.z, vehicle.high.z),
                );
                let (pixel, depth) = camera.project(at).expect("in front");
                assert!(
                    depth > 0.0
                        && pixel.cmpge(glam::DVec2::ZERO).all()
                        && pixel.x <= 64.0
                        && pixel.y <= 48.0,
                    "{:?} from {:?}: {at} at {pixel}",
                    row.category("vehicle.model"),
                    row.number("camera.yaw_deg"),
                );
                count += 1;
            }
        }
    }
    assert_eq!(count, 36 * 2 * 8);
}

/// Film on the paint changes what is pictured, and nothing that is told of the damage.
#[test]
fn film_is_no_damage() {
    let damage = "  damage.count: 2\n  damage.side: any\n";
    let plain = rows(damage, 5);
    for pattern in scene::wrap::Pattern::ALL {
        let wrapped = rows(&format!("{damage}  paint.wrap: {}\n", pattern.name()), 5);
        for (plain, wrapped) in plain.iter().zip(&wrapped) {
            let (plain, wrapped) = (scene(plain), scene(wrapped));
            let told = |scene: &Scene| format!("{:?}", scene.annotations.vehicles);
            assert_eq!(told(&plain), told(&wrapped));
            let under = |scene: &Scene| {
                let all = scene.materials.iter();
                all.filter(|m| m.wrapped.is_some()).count()
            };
            assert_eq!(under(&plain), 0);
            assert!(under(&wrapped) > 8, "{}", pattern.name());
        }
    }
}

/// A pane that is hit hard has a hole that lets everything through, a cracked one has none; both are damaged all over the mark.
#[test]
fn hard_blows_leave_holes_in_panes() {
    let mut holes = [0, 0];
    for (count, severity) in holes.iter_mut().zip([0.2, 0.9]) {
        let asked = format!(
            "  damage.count: 1\n  damage.side: any\n  damage.severity: {severity}\n  damage.mix: [{{value: {{glass_shatter: 1}}, percent: 60}}, {{value: {{lamp_broken: 1}}, percent: 40}}]\n"
        );
        for row in rows(&asked, 12) {
            let scene = scene(&row);
            for worn in scene.materials.iter().filter_map(|m| m.worn.as_ref()) {
                let Some(hole) = worn.layers.iter().find(|l| l.material.name == "hole") else {
                    continue;
                };
                let texture = &worn.depth;
                let places = (0..texture.width * texture.height)
                    .map(|k| texture.texel(k % texture.width, k / texture.width)[0]);
                *count += usize::from(places.filter(|depth| *depth >= hole.from).count() > 50);
            }
        }
    }
    assert_eq!(holes[0], 0);
    assert!(holes[1] >= 4, "{holes:?}");
}

/// Dirt and weather change what is pictured, and nothing that is told of the damage.
#[test]
fn weather_is_no_damage() {
    let weather =
        "  weather.dust: 0.7\n  weather.mud: 0.8\n  weather.rain: 0.5\n  weather.snow: 0.5\n";
    let damage = "  damage.count: 2\n  damage.side: any\n";
    let clean = rows(damage, 6);
    let dirty = rows(&format!("{damage}{weather}"), 6);
    let mut damages = 0;
    for (clean, dirty) in clean.iter().zip(&dirty) {
        let (clean, dirty) = (scene(clean), scene(dirty));
        let told = |scene: &Scene| format!("{:?}", scene.annotations.vehicles);
        assert_eq!(told(&clean), told(&dirty));
        assert_eq!(clean.camera, dirty.camera);
        for (before, after) in clean.objects.iter().zip(&dirty.objects) {
            assert_eq!(before.mesh.positions, after.mesh.positions);
        }
        let soiled = |scene: &Scene| {
            scene
                .materials
                .iter()
                .filter(|m| m.soiled.is_some())
                .count()
        };
        assert_eq!(soiled(&clean), 0);
        assert!(soiled(&dirty) > 10);
        damages += clean.annotations.vehicles[0].damages.len();
    }
    assert!(damages > 4);
}
