//! Marks on a canvas against what they were asked to be, measured on a surface that the canvas sees at a slant.

use damage::paint::{CLEAR_UM, Canvas, FULL_UM, METAL_UM};
use damage::{Piece, Substance, glass};
use glam::{Vec2, Vec3};
use population::stream::{Seed, Streams};
use scene::Mesh;
use scene::mesh::Part;

/// A plane of 1 m², turned by `slant` radians about the upright axis, in cells of 2 cm.
fn plane(slant: f32) -> Piece {
    let n = 50_u32;
    let (sine, cosine) = slant.sin_cos();
    let mut mesh = Mesh::default();
    for j in 0..=n {
        for i in 0..=n {
            let (x, y) = (i as f32 / n as f32 - 0.5, j as f32 / n as f32 - 0.5);
            mesh.positions.push(Vec3::new(x * cosine, y, -x * sine));
            mesh.normals.push(Vec3::new(sine, 0.0, cosine));
            mesh.uvs.push(Vec2::ZERO);
        }
    }
    for j in 0..n {
        for i in 0..n {
            let a = j * (n + 1) + i;
            mesh.triangles
                .extend([[a, a + 1, a + n + 2], [a, a + n + 2, a + n + 1]]);
        }
    }
    mesh.parts = vec![Part::Roof; mesh.triangles.len()];
    Piece::new(mesh, Substance::Steel)
}

#[test]
fn a_scratch_is_as_long_and_as_large_on_the_surface_as_it_is_told_to_be() {
    for slant in [0.0_f32, 0.4, 0.9] {
        let mut piece = plane(slant);
        let mut canvas = Canvas::new(Vec3::ZERO, Vec3::Z, 0.3, 2048);
        let path: Vec<Vec2> = (0..=20)
            .map(|k| Vec2::new(-0.2 + 0.02 * k as f32, 0.03 * (k as f32 * 0.5).sin()))
            .collect();
        let width = 4e-3;
        canvas.scratch(1, &path, width, METAL_UM);
        let cut = canvas.cut(&mut piece).expect("it lies on the plane");
        let length = canvas.length_m(&[&cut], &path);
        // On the plane itself: across the slant it is longer than the canvas sees it.
        let expected: f32 = path
            .windows(2)
            .map(|ends| {
                let by = ends[1] - ends[0];
                Vec2::new(by.x / slant.cos(), by.y).length()
            })
            .sum();
        assert!(
            (length / expected - 1.0).abs() < 0.01,
            "{length} and {expected}"
        );
        // Where it is deep enough to show: the round section, the ends that run out.
        let marked = canvas.measure(&[&cut], 1, CLEAR_UM);
        let seen: f32 = path.windows(2).map(|ends| ends[0].distance(ends[1])).sum();
        let least = 0.85 * seen * width / slant.cos();
        let most = 1.02 * seen * width / slant.cos();
        assert!(
            (least..most).contains(&marked.area_m2),
            "{least} {} {most}",
            marked.area_m2
        );
        assert!((marked.depth_um - METAL_UM).abs() < 1.0);
    }
}

#[test]
fn a_filled_square_has_its_area_within_a_percent_and_cutting_keeps_every_triangle() {
    for slant in [0.0_f32, 0.5, 1.0] {
        let whole = plane(slant);
        let mut piece = whole.clone();
        let mut canvas = Canvas::new(Vec3::new(0.0, 0.1, 0.0), Vec3::Z, 0.2, 1024);
        // One line as wide as it is long, without the ends that run out.
        let path: Vec<Vec2> = (0..=40)
            .map(|k| Vec2::new(-0.4 + 0.02 * k as f32, 0.0))
            .collect();
        canvas.scratch(3, &path, 0.1, FULL_UM);
        let cut = canvas.cut(&mut piece).expect("it lies on the plane");
        assert_eq!(
            cut.mesh.triangles.len() + piece.mesh.triangles.len(),
            whole.mesh.triangles.len()
        );
        let marked = canvas.measure(&[&cut], 3, CLEAR_UM);
        // The canvas' square that was cut, times the band; the band is as high as its section is deeper than the clear coat.
        let xs = cut.mesh.positions.iter().map(|at| at.x);
        let wide = xs.clone().fold(f32::MIN, f32::max) - xs.fold(f32::MAX, f32::min);
        let share = (1.0 - (CLEAR_UM / FULL_UM).powi(2)).sqrt();
        let expected = wide * 0.1 * share / slant.cos();
        assert!(
            (marked.area_m2 / expected - 1.0).abs() < 0.01,
            "{slant}: {} and {expected}",
            marked.area_m2
        );
        assert_eq!(canvas.measure(&[&cut], 4, CLEAR_UM).area_m2, 0.0);
    }
}

#[test]
fn a_harder_blow_cracks_more_glass() {
    let cracked = |severity: f32| {
        let mut piece = plane(0.0);
        let mut canvas = Canvas::new(Vec3::ZERO, Vec3::Z, 0.45, 1024);
        let mut stream = Streams::new(Seed(7), 0).stream("glass");
        let spokes = glass::star(&mut canvas, 1, Vec2::ZERO, severity, &mut stream);
        assert!(spokes.len() >= 4);
        let cut = canvas.cut(&mut piece).expect("it lies on the plane");
        canvas.measure(&[&cut], 1, CLEAR_UM).area_m2
    };
    let areas = [0.1, 0.4, 0.7].map(cracked);
    assert!(areas.is_sorted() && areas[0] > 0.0, "{areas:?}");
}
