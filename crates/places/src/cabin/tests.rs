use glam::Vec3;

use super::*;
use crate::Thing;

/// A torso and thighs of pillows, leaning back, and a wheel before them.
fn setting(seed: u64, mount: Mount, steers_left: bool) -> Setting {
    let stout = 0.02 * (seed % 5) as f32;
    let hips = Vec3::new(0.0, 0.31, -0.16);
    let neck = Vec3::new(0.0, 0.79, -0.02 - 0.1);
    let back = (neck - hips).normalize();
    let ahead = Vec3::new(0.0, -back.z, back.y);
    let middle = (neck + hips) * 0.5;
    let body = Solid::default()
        .pillow(
            middle,
            [
                Vec3::X * (0.19 + stout),
                back * 0.32,
                ahead * (0.12 + stout),
            ],
            2.5,
        )
        .pillow(
            hips + Vec3::new(-0.09, 0.03, 0.2),
            [Vec3::X * 0.085, Vec3::Y * 0.085, Vec3::Z * 0.26],
            3.0,
        )
        .pillow(
            hips + Vec3::new(0.09, 0.03, 0.2),
            [Vec3::X * 0.085, Vec3::Y * 0.085, Vec3::Z * 0.26],
            3.0,
        )
        .mesh();
    let eyes = neck + Vec3::new(0.0, 0.19, 0.1);
    let out = if steers_left { 1.0 } else { -1.0 };
    let lens = eyes
        + match mount {
            Mount::Cluster | Mount::Free => Vec3::new(-0.08 * out, -0.17, 0.8),
            Mount::SteeringColumn => Vec3::new(0.0, -0.27, 0.6),
            Mount::APillar => Vec3::new(0.37 * out, -0.08, 0.6),
            Mount::CentreStack => Vec3::new(-0.38 * out, -0.28, 0.68),
            Mount::Mirror => Vec3::new(-0.34 * out, 0.11, 0.54),
            Mount::Roof => Vec3::new(-0.26 * out, 0.25, 0.41),
        };
    Setting {
        seed,
        driver: Driver {
            hips,
            neck,
            eyes,
            knees: [Vec3::new(-0.12, 0.42, 0.25), Vec3::new(0.12, 0.42, 0.25)],
            head: [
                eyes + Vec3::new(-0.09, -0.14, -0.18),
                eyes + Vec3::new(0.09, 0.13, 0.03),
            ],
            trunk: body
                .triangles
                .iter()
                .map(|t| t.map(|v| body.positions[v as usize]))
                .collect(),
            wheel: Some(Wheel {
                place: Vec3::new(0.0, 0.62, 0.36),
                radius_m: 0.185,
                tilt: 0.45,
                turned: 0.04,
            }),
            is_belted: true,
        },
        steers_left,
        camera: lens.as_dvec3(),
        mount,
    }
}

const MOUNTS: [Mount; 6] = [
    Mount::Cluster,
    Mount::SteeringColumn,
    Mount::APillar,
    Mount::CentreStack,
    Mount::Mirror,
    Mount::Roof,
];

/// Every mount, both sides, some seeds.
fn all() -> Vec<(Setting, Place)> {
    let mut all = Vec::new();
    for mount in MOUNTS {
        for seed in 0..4 {
            let setting = setting(seed, mount, seed % 2 == 0);
            let place = build(&setting);
            all.push((setting, place));
        }
    }
    all
}

fn named<'a>(place: &'a Place, name: &'a str) -> impl Iterator<Item = &'a Thing> {
    place.things.iter().filter(move |thing| thing.name == name)
}

/// The nearest place of a thing's surface along a way, metres.
fn hit(thing: &Thing, from: Vec3, way: Vec3) -> Option<f32> {
    thing
        .mesh
        .triangles
        .iter()
        .filter_map(|t| met(from, way, t.map(|v| thing.mesh.positions[v as usize])))
        .min_by(f32::total_cmp)
}

/// From a place to a triangle (Ericson 2005, "Real-time collision detection", §5.1.5).
fn to_triangle(p: Vec3, [a, b, c]: [Vec3; 3]) -> f32 {
    let normal = (b - a).cross(c - a).normalize_or_zero();
    let inside = [(a, b), (b, c), (c, a)]
        .iter()
        .all(|(from, to)| (*to - *from).cross(p - *from).dot(normal) >= 0.0);
    if inside && normal != Vec3::ZERO {
        return (p - a).dot(normal).abs();
    }
    [(a, b), (b, c), (c, a)]
        .iter()
        .map(|(from, to)| {
            let way = *to - *from;
            let t = (p - *from).dot(way) / way.length_squared().max(1e-12);
            p.distance(*from + way * t.clamp(0.0, 1.0))
        })
        .fold(f32::INFINITY, f32::min)
}

#[test]
fn meshes_are_whole_and_all_parts_of_a_car_are_there() {
    for (setting, place) in all() {
        for name in [
            "roof",
            "frame",
            "pillars",
            "doors",
            "floor",
            "dashboard",
            "wheel",
            "seats",
            "belt",
            "camera",
            "mirror",
            "screen",
        ] {
            let name = format!("cabin/{name}");
            assert!(
                named(&place, &name).count() > 0,
                "{:?} {}: no {name}",
                setting.mount,
                setting.seed
            );
        }
        for thing in &place.things {
            let mesh = &thing.mesh;
            assert!(
                mesh.positions
                    .iter()
                    .all(|p| p.is_finite() && p.length() < 5.0),
                "{}",
                thing.name
            );
            assert!(
                mesh.normals.iter().all(|n| (n.length() - 1.0).abs() < 1e-3),
                "{}",
                thing.name
            );
            assert!(
                mesh.triangles
                    .iter()
                    .flatten()
                    .all(|v| (*v as usize) < mesh.positions.len())
            );
        }
    }
}

#[test]
fn nothing_but_the_wheel_stands_between_the_camera_and_the_face() {
    for (setting, place) in all() {
        let (lens, eyes) = (setting.camera.as_vec3(), setting.driver.eyes);
        for aside in [-0.06, 0.0, 0.06] {
            for up in [-0.1, 0.0, 0.08] {
                let to = eyes + Vec3::new(aside, up, 0.0) - lens;
                for thing in place.things.iter().filter(|t| t.name != "cabin/wheel") {
                    let at = hit(thing, lens, to);
                    assert!(
                        at.is_none_or(|share| share > 0.9),
                        "{:?} {}: {} at {at:?}",
                        setting.mount,
                        setting.seed,
                        thing.name
                    );
                }
            }
        }
    }
}

#[test]
fn the_camera_is_on_its_part_of_the_car() {
    for (setting, place) in all() {
        let lens = setting.camera.as_vec3();
        let away = |name: &str| {
            named(&place, name)
                .flat_map(|thing| &thing.mesh.positions)
                .map(|p| p.distance(lens))
                .fold(f32::INFINITY, f32::min)
        };
        let part = match setting.mount {
            Mount::Cluster => "cabin/dashboard",
            Mount::SteeringColumn => "cabin/column",
            Mount::APillar => "cabin/pillars",
            Mount::CentreStack => "cabin/screen",
            Mount::Mirror => "cabin/mirror",
            Mount::Roof | Mount::Free => "cabin/roof",
        };
        // Its housing is behind the lens and reaches the part.
        let housing = away("cabin/camera");
        assert!(
            (0.004..0.03).contains(&housing),
            "{:?}: {housing}",
            setting.mount
        );
        let carried = named(&place, "cabin/camera").any(|thing| {
            thing.mesh.positions.iter().any(|p| {
                named(&place, part).any(|part| {
                    let mesh = &part.mesh;
                    let corners = |t: &[u32; 3]| t.map(|v| mesh.positions[v as usize]);
                    mesh.triangles
                        .iter()
                        .any(|t| to_triangle(*p, corners(t)) < 0.02)
                })
            })
        });
        assert!(
            carried,
            "{:?} {}: nothing carries it",
            setting.mount, setting.seed
        );
        assert!(
            away("cabin/wheel") > 0.03,
            "{:?}: the wheel is at the lens",
            setting.mount
        );
    }
}

#[test]
fn the_seat_is_under_the_hips_and_behind_the_back_and_the_roof_above_the_head() {
    for (setting, place) in all() {
        let driver = &setting.driver;
        let nearest = |name: &str, from: Vec3, way: Vec3| {
            named(&place, name)
                .filter_map(|thing| hit(thing, from, way))
                .min_by(f32::total_cmp)
                .unwrap_or(f32::INFINITY)
        };
        let down = nearest("cabin/seats", driver.hips, Vec3::NEG_Y);
        assert!(
            (0.02..0.16).contains(&down),
            "{}: seat {down} below",
            setting.seed
        );
        let behind = nearest(
            "cabin/seats",
            driver.hips.lerp(driver.neck, 0.6),
            Vec3::NEG_Z,
        );
        assert!(
            (0.05..0.3).contains(&behind),
            "{}: back {behind}",
            setting.seed
        );
        let above = nearest("cabin/roof", driver.eyes, Vec3::Y);
        assert!(
            (0.15..0.6).contains(&above),
            "{}: roof {above}",
            setting.seed
        );
        let head = nearest("cabin/seats", driver.eyes, Vec3::NEG_Z);
        assert!(
            (0.15..0.4).contains(&head),
            "{}: head rest {head}",
            setting.seed
        );
    }
}

#[test]
fn the_belt_lies_on_the_body_and_not_in_it() {
    for (setting, place) in all() {
        let driver = &setting.driver;
        let body = Thing {
            name: "body",
            mesh: scene::Mesh {
                positions: driver.trunk.iter().flatten().copied().collect(),
                triangles: (0..driver.trunk.len() as u32)
                    .map(|i| [3 * i, 3 * i + 1, 3 * i + 2])
                    .collect(),
                ..scene::Mesh::default()
            },
            material: scene::Material::default(),
        };
        let inside = |p: Vec3| {
            // A ray out of a closed body crosses it an odd number of times for each of the pillows it is in.
            let way = Vec3::new(0.13, 0.31, 0.9);
            let crossings = driver.trunk.iter().filter(|t| met(p, way, **t).is_some());
            crossings.count() % 2 == 1
        };
        let mut near = 0;
        for p in named(&place, "cabin/belt").flat_map(|thing| &thing.mesh.positions) {
            if driver.hips.distance(*p) > 0.75 {
                continue;
            }
            // Buckles are pressed into hips; over the chest nothing is.
            let chest = p.y > driver.hips.y + 0.14 && p.z > driver.hips.z;
            assert!(
                !(chest && inside(*p)),
                "{}: {p} is in the chest",
                setting.seed
            );
            let back = hit(&body, *p, Vec3::NEG_Z);
            near += usize::from(back.is_some_and(|away| away < 0.02));
        }
        assert!(
            near > 30,
            "{}: only {near} places lie on the body",
            setting.seed
        );
    }
}

#[test]
fn the_same_setting_is_the_same_car_and_the_other_side_its_mirror_image() {
    let left = build(&setting(3, Mount::Mirror, true));
    let again = build(&setting(3, Mount::Mirror, true));
    let right = build(&setting(3, Mount::Mirror, false));
    assert_eq!(left.things.len(), right.things.len());
    for ((a, b), c) in left.things.iter().zip(&again.things).zip(&right.things) {
        assert!(a.mesh.positions == b.mesh.positions && a.name == b.name);
        if a.name != "cabin/wheel" {
            let off = a.mesh.positions.iter().zip(&c.mesh.positions);
            let worst = off
                .map(|(p, q)| (flip(*p) - *q).length())
                .fold(0.0, f32::max);
            assert!(worst < 1e-3, "{}: {worst}", a.name);
        }
    }
    for (place, middle_of_car) in [(&left, -0.3), (&right, 0.3)] {
        for window in &place.windows {
            let middle = window.corner + 0.5 * (window.edge_u + window.edge_v);
            let inward = window.edge_u.cross(window.edge_v);
            let inside = Vec3::new(middle_of_car, 0.8, -0.2);
            assert!((inside - middle).dot(inward) > 0.0, "a window looks out");
        }
        for lamp in &place.lamps {
            assert!(
                lamp.edge_u.cross(lamp.edge_v).z < 0.0,
                "a display looks away"
            );
        }
    }
    let other = build(&setting(4, Mount::Mirror, true));
    assert!(left.things[0].mesh.positions != other.things[0].mesh.positions);
}
