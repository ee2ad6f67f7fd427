//! Lenses that bend and cameras that move: rays, ground truth and projection are one.
use crate::scenes::{camera, matte, plain, scene, sphere, wall};
use glam::{DVec2, DVec3, Vec3};
use render::{Frame, Tracer};
use scene::{
    Camera, Material,
    camera::{Distortion, Shutter},
    mesh::Part,
};

const BARREL: Distortion = Distortion::BrownConrady {
    radial: [-0.32, 0.11, -0.015, 0.0, 0.0, 0.0],
    tangential: [0.002, -0.003],
};
const FISHEYE: Distortion = Distortion::KannalaBrandt {
    coefficients: [-0.03, 0.006, -0.002, 0.0002],
};

/// Wide, off the middle, not square.
fn wide(distortion: Distortion) -> Camera {
    let mut view = camera(0.5, 64);
    view.focal_px = DVec2::new(80.0, 88.0);
    view.principal_px = DVec2::new(29.3, 34.1);
    view.distortion = distortion;
    view
}

#[test]
fn every_pixel_leads_back_to_its_own_centre_through_any_lens_and_shutter() {
    let moves = Shutter {
        exposure_s: 0.01,
        readout_s: 0.04,
        velocity_m_per_s: DVec3::new(0.5, 1.0, -0.7),
        angular_velocity_rad_per_s: DVec3::new(1.0, -1.5, 2.0),
    };
    for lens in [BARREL, FISHEYE] {
        for shutter in [Shutter::default(), moves] {
            let view = Camera {
                shutter,
                ..wide(lens)
            };
            let scene = scene(vec![(sphere(0.3, 5), matte(0.5))], None, vec![], view);
            let layers = Tracer::new(&scene).expect("sound").layers();
            let mesh = &scene.objects[0].mesh;
            let mut seen = 0;
            for (index, &object) in layers.object.iter().enumerate() {
                if object == u32::MAX {
                    continue;
                }
                seen += 1;
                let corners = mesh.triangles[layers.triangle[index] as usize]
                    .map(|corner| mesh.positions[corner as usize].as_dvec3());
                let [b1, b2] = layers.barycentric[index].map(f64::from);
                let point = corners[0] * (1.0 - b1 - b2) + corners[1] * b1 + corners[2] * b2;
                let shown = scene.camera.sighting(point).expect("in view");
                let centre = DVec2::new((index % 64) as f64 + 0.5, (index / 64) as f64 + 0.5);
                assert!(
                    (shown.pixel - centre).length() < 2e-3,
                    "{} against {centre}",
                    shown.pixel
                );
                let depth = f64::from(layers.depth_m[index]);
                assert!((shown.depth_m - depth).abs() < 1e-6);
                let back = scene.camera.at_depth(centre, depth).expect("in view");
                assert!((back - point).length() < 2e-5);
                let normal = Vec3::from(layers.normal_world[index]).as_dvec3();
                let turned = shown.pose.camera_from_world * normal;
                let stored = Vec3::from(layers.normal_camera[index]).as_dvec3();
                assert!((turned - stored).length() < 1e-4);
            }
            assert!(seen > 2000, "{seen}");
        }
    }
}

#[test]
fn a_fisheye_sees_what_stands_beside_and_behind_it_and_nothing_beyond_its_circle() {
    let mut view = Camera::look_at(DVec3::ZERO, DVec3::NEG_Z, DVec3::Y, 0.6, 65, 65);
    view.distortion = Distortion::KannalaBrandt {
        coefficients: [0.0; 4],
    };
    // The whole world fits into a circle of radius 10π < 32 px.
    view.focal_px = DVec2::splat(10.0);
    let mut around = sphere(1.0, 3);
    for triangle in &mut around.triangles {
        triangle.swap(1, 2);
    }
    let lamp = Material {
        emission: Vec3::splat(2.0),
        ..matte(0.0)
    };
    let scene = scene(vec![(around, lamp)], None, vec![], view);
    let frame = Tracer::new(&scene).expect("sound").render(&plain(4, 0));
    for (index, radiance) in frame.radiance.iter().enumerate() {
        let centre = DVec2::new((index % 65) as f64 + 0.5, (index / 65) as f64 + 0.5);
        let radius = (centre - 32.5).length();
        let expected = if radius < 30.0 { 2.0 } else { 0.0 };
        if !(30.0..33.0).contains(&radius) {
            assert!(
                (radiance[0] - expected).abs() < 1e-5,
                "{centre}: {radiance:?}"
            );
            assert_eq!(frame.layers.object[index] == 0, radius < 30.0);
            let behind = frame.layers.depth_m[index] < 0.0;
            assert_eq!(behind, radius > 5.0 * std::f64::consts::PI && radius < 30.0);
        }
    }
}

/// A glowing half plane x > 0 at z = 0, seen from 1 m; 100 px per metre and radian.
fn glowing_half(shutter: Shutter) -> (Frame, Camera) {
    let mut half = wall(0.0, 4.0, Part::Clothing);
    for position in &mut half.positions {
        position.x = position.x.max(0.0);
    }
    let lamp = Material {
        emission: Vec3::ONE,
        ..matte(0.0)
    };
    let mut view = camera(1.0, 64);
    view.focal_px = DVec2::splat(100.0);
    view.shutter = shutter;
    let scene = scene(vec![(half, lamp)], None, vec![], view.clone());
    let frame = Tracer::new(&scene).expect("sound").render(&plain(256, 0));
    (frame, view)
}

#[test]
fn a_moving_camera_smears_an_edge_over_its_way() {
    // 4 m/s for 50 ms at 100 px/m: 20 px, evenly.
    let (frame, _) = glowing_half(Shutter {
        exposure_s: 0.05,
        velocity_m_per_s: DVec3::X * 4.0,
        ..Shutter::default()
    });
    for row in [3, 30, 60] {
        for x in 0..64 {
            // The edge is at 32 at mid exposure.
            let expected = ((f64::from(x as u32) + 0.5 - 32.0) / 20.0 + 0.5).clamp(0.0, 1.0);
            let found = f64::from(frame.radiance[row * 64 + x][1]);
            assert!(
                (found - expected).abs() < 0.03,
                "row {row}, {x}: {found} {expected}"
            );
            // The mask is that of the middle of the exposure.
            assert_eq!(frame.layers.object[row * 64 + x] == 0, x >= 32);
        }
    }
}

#[test]
fn a_rolling_shutter_slants_picture_and_masks_alike() {
    // Turning left about the vertical at 1 rad/s while rows are read for 0.2 s: the edge wanders to the right by about 20 px.
    let (frame, view) = glowing_half(Shutter {
        readout_s: 0.2,
        angular_velocity_rad_per_s: DVec3::Y,
        ..Shutter::default()
    });
    let mut ends = Vec::new();
    for row in 0..64 {
        let edge = (0..64)
            .position(|x| frame.layers.object[row * 64 + x] == 0)
            .expect("the edge is in view");
        ends.push(edge);
        for x in 0..64 {
            let expected = if x >= edge { 1.0 } else { 0.0 };
            let found = frame.radiance[row * 64 + x][1];
            // Filtered over two pixels around an edge that is anywhere in one.
            if x + 2 < edge || x > edge + 1 {
                assert!((found - expected).abs() < 1e-6, "row {row}, {x}: {found}");
            }
        }
        let time = 0.2 * (row as f64 / 63.0 - 0.5);
        let at = 32.0 + 100.0 * time.tan();
        assert!((edge as f64 - at).abs() <= 1.0, "row {row}: {edge} {at}");
        let y = DVec3::Y * (31.5 - row as f64) / 100.0;
        let (pixel, _) = view.project(y).expect("in front");
        assert!((pixel.x - at).abs() < 0.5 && (pixel.y - row as f64 - 0.5).abs() < 0.2);
    }
    assert!(ends[63] - ends[0] >= 19);
}
