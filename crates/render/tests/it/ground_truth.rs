//! Layers and ray questions against geometry.
use crate::scenes::{camera, matte, plain, rectangle, scene, sphere, uniform_sky, wall};
use glam::{DVec2, DVec3, Vec3};
use render::Tracer;
use scene::{Material, Texture, material::Interior, mesh::Part, texture::Texels};
use std::sync::Arc;

#[test]
fn every_pixel_leads_back_to_its_own_centre() {
    let mut view = camera(1.0, 64);
    view.principal_px = DVec2::new(29.3, 34.1);
    view.focal_px.y *= 1.1;
    let scene = scene(vec![(sphere(0.2, 4), matte(0.5))], None, vec![], view);
    let layers = Tracer::new(&scene).expect("sound").layers();
    let mesh = &scene.objects[0].mesh;
    let mut seen = 0;
    for (index, &object) in layers.object.iter().enumerate() {
        if object == u32::MAX {
            assert_eq!(layers.depth_m[index], 0.0);
            continue;
        }
        seen += 1;
        let corners = mesh.triangles[layers.triangle[index] as usize]
            .map(|corner| mesh.positions[corner as usize].as_dvec3());
        let [b1, b2] = layers.barycentric[index].map(f64::from);
        let point = corners[0] * (1.0 - b1 - b2) + corners[1] * b1 + corners[2] * b2;
        let (pixel, depth) = scene.camera.project(point).expect("in front");
        let centre = DVec2::new((index % 64) as f64 + 0.5, (index / 64) as f64 + 0.5);
        assert!((pixel - centre).length() < 1e-3, "{pixel} against {centre}");
        assert!((depth - f64::from(layers.depth_m[index])).abs() < 1e-6);
        // The other way round, by camera and depth alone.
        let direction = scene.camera.direction(centre).expect("a pinhole");
        let back = scene.camera.position + direction * f64::from(layers.depth_m[index]);
        assert!((back - point).length() < 1e-5);
        let normal = Vec3::from(layers.normal_world[index]);
        assert!(normal.dot(point.as_vec3().normalize()) > 0.999);
        let turned = scene.camera.camera_from_world * normal.as_dvec3();
        assert!((turned.as_vec3() - Vec3::from(layers.normal_camera[index])).length() < 1e-5);
        assert!(
            layers.normal_camera[index][2] < 0.05,
            "visible surfaces face the camera"
        );
        assert_eq!(
            (layers.instance[index], layers.part[index]),
            (1, Part::FaceSkin)
        );
    }
    assert!(seen > 800);
}

#[test]
fn depth_is_along_the_axis() {
    let scene = scene(
        vec![(wall(0.0, 3.0, Part::Clothing), matte(0.5))],
        None,
        vec![],
        camera(1.5, 16),
    );
    let layers = Tracer::new(&scene).expect("sound").layers();
    assert!(
        layers
            .depth_m
            .iter()
            .all(|depth| (depth - 1.5).abs() < 1e-6)
    );
}

#[test]
fn closed_meshes_hold_every_ray() {
    for (name, mesh) in [("sphere", sphere(0.37, 4)), ("cube", cube(9))] {
        let corners: Vec<Vec3> = mesh.positions.clone();
        let triangles = mesh.triangles.clone();
        let scene = scene(vec![(mesh, matte(0.5))], None, vec![], camera(1.0, 4));
        let tracer = Tracer::new(&scene).expect("sound");
        let origin = DVec3::new(0.013, -0.021, 0.017);
        let mut state = 1_u64;
        let mut uniform = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        for _ in 0..100_000 {
            let direction = DVec3::new(uniform(), uniform(), uniform());
            assert!(
                tracer.first_hit(origin, direction).is_some(),
                "{name}: {direction} leaves"
            );
        }
        // Straight at vertices and at points on edges, from inside and from outside.
        for triangle in &triangles {
            let [a, b, c] = triangle.map(|corner| corners[corner as usize].as_dvec3());
            for target in [a, b, c, (a + b) * 0.5, a * 0.3 + c * 0.7] {
                assert!(
                    tracer.first_hit(origin, target - origin).is_some(),
                    "{name}: leaves at {target}"
                );
                let outside = target * 3.0;
                assert!(
                    tracer.first_hit(outside, origin - outside).is_some(),
                    "{name}: enters at {target}"
                );
            }
        }
    }
}

/// A cube of `n × n` squares per side; corners of neighbouring sides coincide but are not shared.
fn cube(n: u32) -> scene::Mesh {
    let mut all = scene::Mesh::default();
    let sides = [
        (Vec3::X, Vec3::Y),
        (Vec3::Y, Vec3::X),
        (Vec3::Y, Vec3::Z),
        (Vec3::Z, Vec3::Y),
        (Vec3::Z, Vec3::X),
        (Vec3::X, Vec3::Z),
    ];
    for (u, v) in sides {
        let normal = u.cross(v);
        for i in 0..n {
            for j in 0..n {
                // The same expression for the same corner on every side, so that coordinates agree bit for bit.
                let at = |i: u32, j: u32| {
                    (i as f32 / n as f32 - 0.5) * 0.7 * u
                        + (j as f32 / n as f32 - 0.5) * 0.7 * v
                        + normal * 0.35
                };
                let corner = at(i, j);
                let piece = rectangle(
                    corner,
                    at(i + 1, j) - corner,
                    at(i, j + 1) - corner,
                    Part::FaceSkin,
                );
                let first = all.positions.len() as u32;
                all.positions
                    .extend([corner, at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)]);
                all.normals.extend(piece.normals);
                all.uvs.extend(piece.uvs);
                all.triangles.extend(
                    piece
                        .triangles
                        .iter()
                        .map(|triangle| triangle.map(|index| index + first)),
                );
                all.parts.extend(piece.parts);
            }
        }
    }
    all
}

#[test]
fn labels_look_through_lenses_and_count_hair_by_its_threshold() {
    let card = |alpha: u8| Material {
        alpha: Some(Arc::new(Texture {
            width: 1,
            height: 1,
            texels: Texels::Linear8(vec![alpha]),
        })),
        alpha_threshold: 0.5,
        ..matte(0.2)
    };
    let lens = Material {
        interior: Interior::ThinClear { tint: Vec3::ONE },
        ..Material::default()
    };
    let parts = vec![
        (wall(0.0, 1.0, Part::FaceSkin), matte(0.5)),
        (wall(0.1, 1.0, Part::Hair), card(120)),
        (wall(0.2, 1.0, Part::ClearLens), lens),
    ];
    let thin = scene(parts.clone(), None, vec![], camera(1.0, 8));
    let tracer = Tracer::new(&thin).expect("sound");
    assert!(
        tracer
            .layers()
            .part
            .iter()
            .all(|part| *part == Part::FaceSkin)
    );
    assert!(tracer.sees(thin.camera.position, DVec3::ZERO, 1e-4));
    let mut dense = parts;
    dense[1].1 = card(130);
    let thick = scene(dense, None, vec![], camera(1.0, 8));
    let tracer = Tracer::new(&thick).expect("sound");
    assert!(tracer.layers().part.iter().all(|part| *part == Part::Hair));
    assert!(!tracer.sees(thick.camera.position, DVec3::ZERO, 1e-4));
    let hit = tracer
        .first_hit(thick.camera.position, DVec3::NEG_Z)
        .expect("hair");
    assert_eq!((hit.object, hit.instance, hit.part), (1, 2, Part::Hair));
    assert!((hit.range_m - 0.9).abs() < 1e-6 && hit.face_normal.abs_diff_eq(DVec3::Z, 1e-9));
}

#[test]
fn sight_ends_at_the_tolerance() {
    let scene = scene(
        vec![(wall(0.0, 1.0, Part::FaceSkin), matte(0.5))],
        None,
        vec![],
        camera(1.0, 4),
    );
    let tracer = Tracer::new(&scene).expect("sound");
    let front = DVec3::new(0.1, 0.1, 1.0);
    assert!(
        tracer.sees(front, DVec3::new(0.1, 0.1, 0.0), 1e-4),
        "a point on the wall"
    );
    assert!(
        tracer.sees(front, DVec3::new(0.1, 0.1, -0.0009), 1e-3),
        "a point within the tolerance behind it"
    );
    assert!(
        !tracer.sees(front, DVec3::new(0.1, 0.1, -0.01), 1e-3),
        "a point behind it"
    );
    assert!(
        tracer.sees(DVec3::new(0.1, 0.1, 0.0), front, 1e-4),
        "from the wall"
    );
    assert!(tracer.first_hit(front, DVec3::ZERO).is_none());
    assert!(tracer.first_hit(DVec3::NAN, DVec3::Z).is_none());
}

#[test]
fn layers_do_not_depend_on_lens_samples_or_noise() {
    let mut wide = camera(1.0, 24);
    wide.aperture_radius_m = 0.02;
    let with = scene(
        vec![(sphere(0.2, 3), matte(0.5))],
        Some(uniform_sky(1.0)),
        vec![],
        wide,
    );
    let without = scene(
        vec![(sphere(0.2, 3), matte(0.5))],
        Some(uniform_sky(1.0)),
        vec![],
        camera(1.0, 24),
    );
    let a = Tracer::new(&with).expect("sound").render(&plain(4, 2));
    let b = Tracer::new(&without).expect("sound").render(&plain(1, 1));
    assert_eq!(a.layers, b.layers);
}
