//! Facts about built cars.

use std::collections::BTreeMap;

use glam::Vec3;

use super::*;

fn typical(style: BodyStyle) -> Vehicle {
    Vehicle::new(&Specification::typical(style)).expect("a car")
}

fn bounds<'v>(parts: impl Iterator<Item = &'v (CarPart, Mesh)>) -> (Vec3, Vec3) {
    parts
        .flat_map(|(_, mesh)| &mesh.positions)
        .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), at| {
            (low.min(*at), high.max(*at))
        })
}

const BESIDE: [CarPart; 3] = [
    CarPart::LeftMirror,
    CarPart::RightMirror,
    CarPart::MirrorGlass,
];

#[test]
fn cars_are_as_large_as_their_sheet_says() {
    for style in BodyStyle::ALL {
        let car = typical(style);
        let sheet = &car.specification;
        let body = |(part, _): &&(CarPart, Mesh)| {
            !BESIDE.contains(part)
                && !matches!(
                    part,
                    CarPart::Handle | CarPart::FrontPlate | CarPart::RearPlate
                )
        };
        let (low, high) = bounds(car.parts.iter().filter(body));
        let size = high - low;
        // The sheets' own: wheel arches stand out a little.
        assert!(
            (size.z - sheet.length_m).abs() < 0.015,
            "{style:?}: {size} m"
        );
        assert!((size.x - sheet.width_m).abs() < 0.03, "{style:?}: {size} m");
        assert!(
            (high.y - sheet.height_m).abs() < 0.015,
            "{style:?}: {high} m"
        );
        assert!(low.y.abs() < 1e-3, "{style:?} stands {} m high", low.y);
        let tyres = car.parts.iter().filter(|(part, _)| *part == CarPart::Tyre);
        let (rear, front) = bounds(tyres);
        let axles = front.z - rear.z - sheet.tyre_diameter_m;
        assert!(
            (axles - sheet.wheelbase_m).abs() < 0.003,
            "{style:?}: {axles} m"
        );
    }
}

#[test]
fn every_part_is_there_and_on_its_side() {
    for style in BodyStyle::ALL {
        let car = typical(style);
        let mut found: BTreeMap<CarPart, Vec3> = BTreeMap::new();
        for (part, mesh) in &car.parts {
            assert!(!mesh.triangles.is_empty());
            let middle = mesh.positions.iter().copied().sum::<Vec3>() / mesh.positions.len() as f32;
            found.insert(*part, middle);
        }
        for part in [
            CarPart::Bonnet,
            CarPart::Roof,
            CarPart::Tailgate,
            CarPart::Windscreen,
            CarPart::FrontBumper,
            CarPart::RearBumper,
            CarPart::LeftFrontDoor,
            CarPart::LeftWing,
            CarPart::LeftQuarter,
            CarPart::LeftSill,
            CarPart::LeftHeadlamp,
            CarPart::LeftTailLamp,
            CarPart::LeftMirror,
            CarPart::LeftWindow,
            CarPart::Grille,
            CarPart::FrontPlate,
            CarPart::RearPlate,
            CarPart::Interior,
        ] {
            assert!(found.contains_key(&part), "{style:?} has no {part:?}");
        }
        assert_eq!(
            found.contains_key(&CarPart::LeftRearDoor),
            car.specification.side_doors == 4
        );
        // A van has no rear window.
        assert_eq!(
            found.contains_key(&CarPart::RearWindow),
            style != BodyStyle::Van
        );
        for (part, middle) in &found {
            let name = part.name();
            assert!(
                !name.starts_with("left") || middle.x > 0.1,
                "{style:?} {part:?} at {middle}"
            );
            assert!(
                !name.starts_with("right") || middle.x < -0.1,
                "{style:?} {part:?} at {middle}"
            );
        }
        assert!(found[&CarPart::Bonnet].z > found[&CarPart::Tailgate].z);
    }
}

#[test]
fn meshes_are_sound_and_face_outwards() {
    for style in [BodyStyle::Sedan, BodyStyle::Pickup, BodyStyle::Minibus] {
        let car = typical(style);
        for (part, mesh) in &car.parts {
            let (mut with, mut against) = (0.0, 0.0);
            for normal in &mesh.normals {
                assert!((normal.length() - 1.0).abs() < 1e-3, "{part:?}");
            }
            for triangle in &mesh.triangles {
                let [a, b, c] = triangle.map(|k| mesh.positions[k as usize]);
                let face = (b - a).cross(c - a);
                assert!(face.is_finite());
                let normal: Vec3 = triangle.iter().map(|&k| mesh.normals[k as usize]).sum();
                let area = face.length();
                if face.dot(normal) >= 0.0 {
                    with += area;
                } else {
                    against += area;
                }
            }
            // The inner side of the body is seen from both sides, and is not meant here.
            assert!(
                *part == CarPart::Underbody || against < 0.02 * with,
                "{style:?} {part:?}: {against} m² of {with} m² face inwards"
            );
        }
    }
}

#[test]
fn between_panels_there_is_a_gap_and_no_more() {
    let car = typical(BodyStyle::Sedan);
    let of = |part: CarPart| {
        &car.parts
            .iter()
            .find(|(p, _)| *p == part)
            .expect("a door")
            .1
    };
    let (front, rear) = (of(CarPart::LeftFrontDoor), of(CarPart::LeftRearDoor));
    // Along the line between the doors, at the height of a handle.
    let near = |mesh: &Mesh, last: bool| {
        let band = mesh
            .positions
            .iter()
            .filter(|at| (at.y - 0.75).abs() < 0.02 && at.x > 0.85);
        let ends = band.map(|at| at.z);
        if last {
            ends.fold(f32::INFINITY, f32::min)
        } else {
            ends.fold(f32::NEG_INFINITY, f32::max)
        }
    };
    let gap = near(front, true) - near(rear, false);
    assert!((0.0005..0.006).contains(&gap), "{} mm", gap * 1000.0);
}

#[test]
fn a_car_is_the_same_every_time_and_on_any_number_of_threads() {
    let sheet = Specification::typical(BodyStyle::Hatchback);
    let build = || {
        let car = Vehicle::new(&sheet).expect("a car");
        car.parts
            .iter()
            .map(|(part, mesh)| (*part, mesh.positions.clone(), mesh.triangles.clone()))
            .collect::<Vec<_>>()
    };
    let alone = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a pool")
        .install(build);
    assert!(alone == build());
}

#[test]
fn what_no_car_has_is_one_sentence() {
    let mut sheet = Specification::typical(BodyStyle::Suv);
    sheet.wheelbase_m = 4.4;
    let error = Vehicle::new(&sheet).expect_err("too long").to_string();
    assert!(
        error.starts_with("`wheelbase_m` is 4.4, and cars like this have"),
        "{error}"
    );
    sheet.wheelbase_m = f32::NAN;
    assert!(sheet.check().is_err());
    let read = Specification::from_yaml("style: van\nlength_m: 5.9\n").expect("a sheet");
    assert_eq!((read.style, read.length_m), (BodyStyle::Van, 5.9));
    for (text, said) in [
        ("style: tank\n", "tank"),
        ("style: van\nlenght_m: 5\n", "lenght_m"),
        ("style: van\nside_doors: 3\n", "`side_doors` is 3"),
        ("length_m: 4\n", "style"),
    ] {
        let error = Specification::from_yaml(text).expect_err(text);
        assert!(
            error.contains(said) && error.lines().count() == 1,
            "{error}"
        );
    }
}

#[test]
fn panels_are_shaded_as_they_lie() {
    // What glints on a car that should not: triangles that lie across the normals of their corners.
    for style in BodyStyle::ALL {
        let car = typical(style);
        for (part, mesh) in car.parts.iter().filter(|(part, _)| is_painted(*part)) {
            let (mut across, mut all) = (0.0, 0.0);
            for triangle in &mesh.triangles {
                let [a, b, c] = triangle.map(|k| mesh.positions[k as usize]);
                let face = 0.5 * (b - a).cross(c - a);
                let normal: Vec3 = triangle.iter().map(|&k| mesh.normals[k as usize]).sum();
                all += face.length();
                if face.angle_between(normal) > 35_f32.to_radians() {
                    across += face.length();
                    // At sharp corners of folds, where gaps meet.
                    assert!(
                        face.length() < 3e-4,
                        "{style:?} {part:?}: {} mm² at {}",
                        face.length() * 1e6,
                        (a + b + c) / 3.0
                    );
                }
            }
            assert!(
                across < 2e-3 * all,
                "{style:?} {part:?}: {across} m² of {all} m²"
            );
        }
    }
}

fn is_painted(part: CarPart) -> bool {
    let name = part.name();
    [
        "bonnet", "bumper", "wing", "door", "quarter", "sill", "roof", "tailgate",
    ]
    .iter()
    .any(|kind| name.ends_with(kind))
}

#[test]
fn the_skin_has_no_step_at_the_shoulder() {
    // Up the flank, from place to place: a step is many times farther than the way up.
    for style in BodyStyle::ALL {
        let sheet = Specification::typical(style);
        let skin = Skin::new(&sheet);
        let at = |z: f32| {
            let x = sheet.front_overhang_m + 0.5 * sheet.wheelbase_m;
            skin.met(Vec3::new(x, sheet.width_m, z), Vec3::new(x, 0.0, z))
        };
        for k in 0..200 {
            let z = sheet.shoulder_m - 0.1 + 0.001 * k as f32;
            let way = at(z).distance(at(z + 0.001));
            assert!(way < 0.003, "{style:?}: {way} m at {z} m");
        }
    }
}

#[test]
fn gradients_are_the_functions_own() {
    use crate::surface::Body;
    for style in [BodyStyle::Sedan, BodyStyle::Pickup] {
        let sheet = Specification::typical(style);
        let skin = Skin::new(&sheet);
        let plain = |at: Vec3| skin.value(at);
        for k in 0..400 {
            let share = |by: f32| (k as f32 * by).fract();
            let from = Vec3::new(
                share(0.618) * sheet.length_m,
                (share(0.414) - 0.5) * 2.0 * sheet.width_m,
                0.2 + share(0.732) * sheet.height_m,
            );
            let inside = Vec3::new(0.5 * sheet.length_m, 0.0, 0.5);
            let at = skin.met(from, inside);
            let ((value, slope), (same, by_steps)) =
                (skin.value_and_gradient(at), plain.value_and_gradient(at));
            assert_eq!(value, same);
            assert!(
                (slope - by_steps).length() < 0.02,
                "{style:?} at {at}: {slope}, by steps {by_steps}"
            );
        }
    }
}

#[test]
fn finer_cars_are_the_same_cars() {
    let sheet = Specification::typical(BodyStyle::Sedan);
    let build = |cell_m| Vehicle::with_fineness(&sheet, Fineness::new(cell_m)).expect("a car");
    let count =
        |car: &Vehicle| -> usize { car.parts.iter().map(|(_, mesh)| mesh.triangles.len()).sum() };
    let area = |car: &Vehicle, part: CarPart| -> f32 {
        let meshes = car.parts.iter().filter(|(p, _)| *p == part);
        meshes
            .flat_map(|(_, mesh)| {
                mesh.triangles.iter().map(|t| {
                    let [a, b, c] = t.map(|k| mesh.positions[k as usize]);
                    0.5 * (b - a).cross(c - a).length()
                })
            })
            .sum()
    };
    let (fine, usual, coarse) = (
        build(0.012),
        Vehicle::new(&sheet).expect("a car"),
        build(0.04),
    );
    assert!(count(&fine) > 2 * count(&usual) && count(&usual) > 3 * count(&coarse) / 2);
    assert!(count(&usual) < 185_000, "{}", count(&usual));
    for part in [
        CarPart::Bonnet,
        CarPart::Roof,
        CarPart::LeftFrontDoor,
        CarPart::Windscreen,
    ] {
        let (a, b, c) = (area(&fine, part), area(&usual, part), area(&coarse, part));
        assert!(
            (b / a - 1.0).abs() < 0.02 && (c / a - 1.0).abs() < 0.05,
            "{part:?}: {a} {b} {c}"
        );
    }
    assert_eq!(Fineness::new(1e-3).cell_m(), Fineness::FINEST_M);
    assert_eq!(Fineness::new(f32::NAN), Fineness::default());
}

#[test]
fn wipers_lie_on_the_windscreen() {
    for model in catalogue() {
        let skin = Skin::new(&model.specification);
        let lines = Lines::new(&skin);
        let wipers = details::wipers(&skin);
        let body = &skin as &dyn surface::Body;
        let mut over_glass = 0;
        for at in &wipers.positions {
            let out = body.value(*at);
            assert!(
                (-0.006..0.03).contains(&out),
                "{}: {out} m at {at}",
                model.name
            );
            over_glass += usize::from(lines.glass(*at) < 0.0);
        }
        assert!(
            over_glass * 2 > wipers.positions.len(),
            "{}: {over_glass} of {}",
            model.name,
            wipers.positions.len()
        );
    }
}
