use glam::DVec3;
use population::stream::{Seed, Streams};

use super::*;
use crate::Kind;

/// A person who takes something, or not, before a camera under the ceiling or in the shelf.
fn setting(seed: u64) -> Setting {
    let angle = (65.0 + seed as f64).to_radians() * if seed.is_multiple_of(2) { 1.0 } else { -1.0 };
    let camera = if seed.is_multiple_of(3) {
        DVec3::new(0.1, 1.58, 0.7 + 0.05 * (seed % 7) as f64)
    } else {
        DVec3::new(2.2 * angle.sin(), 2.8, 2.2 * angle.cos())
    };
    Setting {
        kind: Kind::Store,
        seed,
        person: DVec3::ZERO,
        also: Vec::new(),
        camera,
        head: DVec3::new(0.0, 1.6, 0.09),
        taken: (!seed.is_multiple_of(4)).then_some(Taken {
            place: Vec3::new(-0.2, 0.9 + 0.05 * (seed % 13) as f32, 0.58),
            half: [0.036, 0.07],
        }),
    }
}

#[test]
fn products_stand_on_boards_and_not_in_one_another() {
    for seed in 0..8 {
        let setting = setting(seed);
        let streams = Streams::new(Seed(seed), 0);
        let assortment = Assortment::draw(&mut streams.stream("place/store/assortment"));
        let mut parts = gondola::Parts::new(&assortment);
        let mut stream = streams.stream("place/store/rows");
        let row = Gondola::draw(
            &setting,
            [0.56, DEEP_M],
            -1.0,
            [-3.0, 3.0],
            true,
            &mut stream,
        );
        row.fill(&mut parts, &setting, &assortment, &mut stream);
        let mut standing: Vec<[Vec3; 2]> = Vec::new();
        for (solid, product) in parts.pieces.iter().zip(&assortment.products) {
            let vertices = product.piece(Vec3::ZERO, -1.0).positions.len();
            for piece in solid.positions.chunks(vertices) {
                let low = piece.iter().copied().fold(Vec3::MAX, Vec3::min);
                let high = piece.iter().copied().fold(Vec3::MIN, Vec3::max);
                standing.push([low, high]);
            }
        }
        assert!(
            standing.len() > 150,
            "seed {seed}: only {} products",
            standing.len()
        );
        if let Some(taken) = setting.taken {
            let [wide, tall] = taken.half;
            let half = Vec3::new(wide, tall, wide);
            standing.push([taken.place - half, taken.place + half]);
        }
        for (i, [low, high]) in standing.iter().enumerate() {
            for (other_low, other_high) in standing[..i].iter().map(|[a, b]| (a, b)) {
                let apart = high.cmplt(*other_low + 1e-4) | other_high.cmplt(*low + 1e-4);
                assert!(
                    apart.any(),
                    "seed {seed}: two stand in one another at {low}"
                );
            }
            let on_board = row.levels.iter().any(|level| (low.y - level).abs() < 1e-3);
            assert!(on_board, "seed {seed}: one hangs at {low}");
        }
    }
}

#[test]
fn nothing_stands_between_the_camera_and_the_person_and_all_is_whole() {
    for seed in 0..12 {
        let setting = setting(seed);
        let place = Place::build(&setting);
        let lens = setting.camera.as_vec3();
        for name in [
            "shelves",
            "products",
            "price_strips",
            "floor",
            "ceiling",
            "walls",
        ] {
            let found = place
                .things
                .iter()
                .any(|thing| thing.name == format!("store/{name}"));
            assert!(found, "seed {seed}: no {name}");
        }
        for goal in [setting.head.as_vec3(), Vec3::new(0.0, 1.2, 0.0)] {
            for thing in &place.things {
                let mesh = &thing.mesh;
                assert!(mesh.positions.iter().all(|p| p.is_finite()));
                assert!(
                    mesh.normals.iter().all(|n| (n.length() - 1.0).abs() < 1e-3),
                    "{}",
                    thing.name
                );
                let blocked = mesh.triangles.iter().any(|t| {
                    let corners = t.map(|v| mesh.positions[v as usize]);
                    crate::cabin::met(lens, goal - lens, corners).is_some_and(|share| share < 0.95)
                });
                assert!(!blocked, "seed {seed}: {} is in the way", thing.name);
            }
        }
    }
}

#[test]
fn the_same_seed_is_the_same_store() {
    let (one, two) = (Place::build(&setting(5)), Place::build(&setting(5)));
    assert_eq!(one.things.len(), two.things.len());
    for (a, b) in one.things.iter().zip(&two.things) {
        assert!(a.mesh.positions == b.mesh.positions && a.mesh.uvs == b.mesh.uvs);
    }
    let other = Place::build(&setting(6));
    assert!(one.things[0].mesh.positions != other.things[0].mesh.positions);
}
