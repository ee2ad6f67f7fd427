//! Strands: where rays meet them, what labels say of them, that light is not lost on them.
use crate::scenes::{camera, matte, plain, scene, uniform_sky};
use glam::{DVec3, Vec3};
use render::{RenderError, Tracer};
use scene::{Fibres, Material, MaterialId, Scene, fibre::Strands, material::Interior, mesh::Part};
use std::sync::Arc;

fn with_strands(strands: Strands, material: Material, mut scene: Scene) -> Scene {
    scene.fibres.push(Fibres {
        name: "hair".to_owned(),
        strands: Arc::new(strands),
        material: MaterialId(scene.materials.len() as u32),
        instance: 7,
        part: Part::Hair,
    });
    scene.materials.push(material);
    scene
}

/// One strand.
fn strand(points: Vec<Vec3>, radius_m: f32) -> Strands {
    Strands {
        radii_m: vec![radius_m; points.len()],
        first: vec![0, points.len() as u32],
        points,
        tints: vec![],
    }
}

fn upright(radius_m: f32) -> Strands {
    strand(
        (0..5)
            .map(|k| Vec3::new(0.0, 0.1 * k as f32 - 0.2, 0.0))
            .collect(),
        radius_m,
    )
}

/// The strand's curve by de Boor's recursion over its knots in double precision, `u` of `[0, 1]` from root to tip.
fn de_boor(points: &[Vec3], u: f64) -> DVec3 {
    let mut control: Vec<DVec3> = points.iter().map(|p| p.as_dvec3()).collect();
    for _ in 0..2 {
        control.insert(0, control[0]);
        control.push(control[control.len() - 1]);
    }
    let spans = control.len() - 3;
    let x = 3.0 + u.clamp(0.0, 1.0 - 1e-12) * spans as f64;
    let k = x.floor() as usize;
    let mut d: Vec<DVec3> = (0..4).map(|j| control[k - 3 + j]).collect();
    for r in 1..4 {
        for j in (r..4).rev() {
            let knot = (k - 3 + j) as f64;
            let alpha = (x - knot) / (4.0 - r as f64);
            d[j] = d[j - 1].lerp(d[j], alpha);
        }
    }
    d[3]
}

/// A curl of two turns.
fn curl() -> Vec<Vec3> {
    (0..24)
        .map(|k| {
            let turn = k as f32 * 0.55;
            Vec3::new(0.05 * turn.cos(), 0.008 * k as f32 - 0.1, 0.05 * turn.sin())
        })
        .collect()
}

#[test]
fn rays_meet_a_curl_where_a_dense_row_of_balls_lies() {
    const RADIUS: f32 = 0.002;
    let points = curl();
    let scene = with_strands(
        strand(points.clone(), RADIUS),
        matte(0.5),
        // Pixels fine enough that the radius alone says how finely the curve is cut.
        scene(vec![], None, vec![], camera(1.0, 4096)),
    );
    let tracer = Tracer::new(&scene).expect("sound");
    let balls: Vec<DVec3> = (0..=20_000)
        .map(|k| de_boor(&points, f64::from(k) / 20_000.0))
        .collect();
    let (mut met, mut missed) = (0, 0);
    for k in 0..2500 {
        let (row, column) = (k / 50, k % 50);
        let target = DVec3::new(
            0.0025 * f64::from(column) - 0.0625,
            0.005 * f64::from(row) - 0.13,
            0.0,
        );
        let origin = DVec3::new(0.03, 0.02, 0.6);
        let direction = (target - origin).normalize();
        let (mut nearest, mut along) = (f64::INFINITY, f64::INFINITY);
        for ball in &balls {
            let to = *ball - origin;
            let t = to.dot(direction);
            let across = (to - direction * t).length() / f64::from(RADIUS);
            nearest = nearest.min(across);
            if across < 0.4 {
                along = along.min(t);
            }
        }
        let hit = tracer.first_hit(origin, direction);
        // Segments stray by half a radius at most.
        if nearest < 0.49 {
            let hit = hit.expect("a ray through the strand's middle");
            met += 1;
            let near = balls
                .iter()
                .map(|ball| (*ball - hit.position).length())
                .fold(f64::INFINITY, f64::min);
            assert!(near < 1.6 * f64::from(RADIUS), "{near} m from the curve");
            if along.is_finite() {
                assert!(
                    hit.range_m < along + 0.001,
                    "a nearer turn was passed: {} for {along}",
                    hit.range_m
                );
            }
            let [from_root, _] = hit.barycentric;
            let there = de_boor(&points, f64::from(from_root));
            assert!((there - hit.position).length() < 2.0 * f64::from(RADIUS));
        } else if nearest > 1.51 {
            assert!(hit.is_none(), "{nearest} radii away");
            missed += 1;
        }
    }
    assert!(met > 60 && missed > 500, "{met} met, {missed} missed");
}

#[test]
fn a_straight_strand_is_a_cylinder() {
    const RADIUS: f64 = 0.01;
    let scene = with_strands(
        upright(RADIUS as f32),
        matte(0.5),
        scene(vec![], None, vec![], camera(1.0, 4)),
    );
    let tracer = Tracer::new(&scene).expect("sound");
    for k in -19..=19 {
        let beside = f64::from(k) * 0.05;
        // Level, and steeply from above: the section is an ellipse along the ray.
        for slope in [0.0, -0.7] {
            let direction = DVec3::new(0.0, slope, -1.0).normalize();
            let depth = RADIUS * (1.0 - beside * beside).sqrt();
            let entry = DVec3::new(beside * RADIUS, 0.03, depth);
            let origin = entry - direction * 0.5;
            let hit = tracer
                .first_hit(origin, direction)
                .expect("within the width");
            assert!((hit.position - entry).length() < 2e-6, "{hit:?} at {entry}");
            assert!((hit.range_m - 0.5).abs() < 2e-6);
            let outwards = DVec3::new(beside, 0.0, depth / RADIUS);
            assert!((hit.face_normal - outwards).length() < 1e-3);
        }
    }
    for beside in [-1.01, 1.01] {
        let origin = DVec3::new(beside * RADIUS, 0.0, 1.0);
        assert!(tracer.first_hit(origin, DVec3::NEG_Z).is_none());
    }
    let inside = DVec3::new(0.001, 0.0, 0.0);
    for direction in [DVec3::X, DVec3::NEG_Z, DVec3::new(0.3, 1.0, 0.1)] {
        assert!(
            tracer.first_hit(inside, direction).is_none(),
            "only entries count"
        );
    }
}

#[test]
fn labels_know_the_strand() {
    let mut two = upright(0.01);
    let other: Vec<Vec3> = two.points.iter().map(|p| *p + Vec3::X * 0.1).collect();
    two.points.extend(other);
    two.radii_m = vec![0.01; 10];
    two.first.push(10);
    two.tints = vec![Vec3::ONE, Vec3::new(0.5, 0.25, 0.0)];
    let wall = crate::scenes::wall(-0.2, 0.5, Part::FaceSkin);
    let scene = with_strands(
        two,
        matte(0.8),
        scene(vec![(wall, matte(0.5))], None, vec![], camera(1.0, 64)),
    );
    let tracer = Tracer::new(&scene).expect("sound");
    let layers = tracer.layers();
    let mut seen = [0; 2];
    for pixel in 0..64 * 64 {
        if layers.object[pixel] != 1 {
            continue;
        }
        let strand = layers.triangle[pixel] as usize;
        seen[strand] += 1;
        assert_eq!(layers.part[pixel], Part::Hair);
        assert_eq!(layers.instance[pixel], 7);
        assert!((layers.depth_m[pixel] - 1.0).abs() < 0.0101);
        // Row 0 is on top, and so is the tip.
        let height = 0.2 - (pixel / 64) as f32 / 64.0 * 0.62;
        let from_root = layers.barycentric[pixel][0];
        if (0.3..0.7).contains(&from_root) {
            assert!(
                (from_root - 0.5 - height / 0.6).abs() < 0.2,
                "{from_root} at {height}"
            );
        }
        let colour = [[0.8, 0.8, 0.8], [0.4, 0.2, 0.0]][strand];
        for channel in 0..3 {
            assert!((layers.albedo[pixel][channel] - colour[channel]).abs() < 1e-6);
        }
    }
    assert!(seen[0] > 50 && seen[1] > 50, "{seen:?}");
    let (front, behind) = (DVec3::new(0.0, 0.0, 1.0), DVec3::new(0.0, 0.0, -0.1));
    assert!(!tracer.sees(front, behind, 1e-4));
    let beside = DVec3::X * 0.05;
    assert!(tracer.sees(front + beside, behind + beside, 1e-4));
}

#[test]
fn a_white_strand_is_lost_in_white_light() {
    let hair = Interior::Hair {
        azimuthal_roughness: 0.3,
        scale_tilt: 0.035,
    };
    for interior in [Interior::Fibre, Interior::Opaque, hair] {
        let white = Material {
            interior,
            ior: 1.55,
            roughness: 0.4,
            specular: 0.0,
            base_color: Vec3::ONE,
            ..Material::default()
        };
        let scene = with_strands(
            upright(0.05),
            white,
            scene(vec![], Some(uniform_sky(1.0)), vec![], camera(1.0, 16)),
        );
        let tracer = Tracer::new(&scene).expect("sound");
        let frame = tracer.render(&plain(1024, 64));
        let strand: Vec<f32> = frame
            .radiance
            .iter()
            .zip(&frame.layers.object)
            .filter(|(_, object)| **object == 0)
            .map(|(radiance, _)| radiance[1])
            .collect();
        assert!(strand.len() > 20);
        let mean = strand.iter().sum::<f32>() / strand.len() as f32;
        assert!((mean - 1.0).abs() < 0.015, "{interior:?}: {mean}");
    }
}

#[test]
fn the_smoothest_hair_makes_no_infinite_pixel() {
    let hair = Material {
        interior: Interior::Hair {
            azimuthal_roughness: 0.0,
            scale_tilt: 0.0,
        },
        ior: 1.55,
        roughness: 0.0,
        base_color: Vec3::new(0.6, 0.35, 0.2),
        ..Material::default()
    };
    let mut scene = scene(vec![], Some(uniform_sky(1.0)), vec![], camera(1.0, 24));
    for k in 0..20 {
        let (x, z) = ((k % 5) as f32, (k / 5) as f32);
        let aside = Vec3::new(0.05 * x - 0.1, 0.0, 0.05 * z - 0.1);
        let mut strand = upright(0.015);
        strand.points.iter_mut().for_each(|point| *point += aside);
        scene = with_strands(strand, hair.clone(), scene);
    }
    let frame = Tracer::new(&scene).expect("sound").render(&plain(64, 20));
    let most = frame.radiance.iter().flatten().copied().fold(0.0, f32::max);
    assert!(
        frame
            .radiance
            .iter()
            .flatten()
            .all(|value| value.is_finite())
    );
    assert!(most < 2.0, "{most} under a sky of 1");
}

#[test]
fn thin_strands_cast_shadows_in_proportion_to_their_width() {
    // A picket fence of strands, a quarter of the light stopped, before a wall lit head-on by a far small panel.
    let mut fence = Strands {
        first: vec![0],
        ..Strands::default()
    };
    for k in -60..=60 {
        for y in [-0.4, 0.0, 0.4] {
            fence.points.push(Vec3::new(0.0008 * k as f32, y, 0.1));
            fence.radii_m.push(0.0001);
        }
        fence.first.push(fence.points.len() as u32);
    }
    let wall = crate::scenes::wall(0.0, 1.0, Part::FaceSkin);
    let light = scene::AreaLight {
        corner: Vec3::new(-0.05, -0.05, 20.0),
        edge_u: Vec3::Y * 0.1,
        edge_v: Vec3::X * 0.1,
        radiance: Vec3::splat(10_000.0),
        visible: false,
    };
    // From between fence and wall.
    let camera = scene::Camera::look_at(
        DVec3::new(0.0, 0.0, 0.05),
        DVec3::ZERO,
        DVec3::Y,
        0.6,
        16,
        16,
    );
    let bare = scene_with_wall(wall, light, camera);
    let fenced = with_strands(fence, matte(0.0), bare.clone());
    let mean = |scene: &Scene| {
        let frame = Tracer::new(scene).expect("sound").render(&plain(512, 1));
        frame.radiance.iter().map(|r| r[1]).sum::<f32>() / 256.0
    };
    let share = mean(&fenced) / mean(&bare);
    assert!((share - 0.75).abs() < 0.02, "{share} of the light passes");
}

fn scene_with_wall(mesh: scene::Mesh, light: scene::AreaLight, camera: scene::Camera) -> Scene {
    scene(vec![(mesh, matte(0.5))], None, vec![light], camera)
}

#[test]
fn broken_strands_are_refused_by_name() {
    type Change = dyn Fn(&mut Strands);
    let refused = |change: &Change| {
        let mut strands = upright(0.001);
        change(&mut strands);
        let scene = with_strands(
            strands,
            matte(0.5),
            scene(vec![], None, vec![], camera(1.0, 4)),
        );
        let error = Tracer::new(&scene).expect_err("refused");
        assert!(matches!(error, RenderError::Fibres { .. }));
        assert!(!error.hint().is_empty());
        error.to_string()
    };
    let cases: [(&Change, &str); 9] = [
        (
            &|s| s.points[2].y = f32::NAN,
            "fibres `hair` (number 0): point 2 is at ",
        ),
        (&|s| s.points[0].x = 1e9, "not at finite coordinates below"),
        (&|s| s.radii_m[1] = 0.0, "the radius of point 1 is 0 m"),
        (
            &|s| s.radii_m[4] = f32::NAN,
            "the radius of point 4 is NaN m",
        ),
        (&|s| s.radii_m.truncate(3), "5 points, but 3 radii"),
        (
            &|s| s.first[1] = 4,
            "strands have points 0 to 4, but there are 5",
        ),
        (
            &|s| s.first = vec![0, 4, 5],
            "strand 1 has points 4 to 5, not two or more",
        ),
        (
            &|s| s.first = vec![0, 9, 5],
            "strand 1 has points 9 to 5, not two or more",
        ),
        (&|s| s.tints = vec![Vec3::ONE; 2], "1 strands, but 2 tints"),
    ];
    for (change, expected) in cases {
        let found = refused(change);
        assert!(found.contains(expected), "{found:?} for {expected:?}");
    }
}

#[test]
fn odd_strands_give_a_picture() {
    let stuck = strand(vec![Vec3::new(0.01, 0.0, 0.0); 4], 0.001);
    let bare = || scene(vec![], Some(uniform_sky(1.0)), vec![], camera(1.0, 8));
    for strands in [Strands::default(), stuck, upright(1e-30), upright(1.0)] {
        let scene = with_strands(strands, matte(0.5), bare());
        let frame = Tracer::new(&scene).expect("sound").render(&plain(4, 3));
        assert!(frame.radiance.iter().flatten().all(|v| v.is_finite()));
    }
}
