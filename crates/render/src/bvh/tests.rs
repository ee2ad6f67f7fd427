use super::*;
use crate::chi_square::Uniforms;

fn cloud(count: u32, size: f32) -> Vec<Triangle> {
    let mut uniforms = Uniforms::new(count);
    let mut point = |scale: f32| {
        let [x, y, z, _] = uniforms.next4();
        (Vec3A::new(x, y, z) - 0.5) * scale
    };
    (0..count)
        .map(|id| {
            let centre = point(1.0);
            Triangle {
                corners: [centre, centre + point(size), centre + point(size)],
                id,
                flags: id % 3,
            }
        })
        .collect()
}

fn twigs(count: u32) -> Vec<Segment> {
    let mut uniforms = Uniforms::new(count + 1);
    (0..count)
        .map(|k| {
            let [a, b, c, d] = uniforms.next4();
            let [e, f, g, h] = uniforms.next4();
            let start = Vec3A::new(a, b, c) - 0.5;
            Segment {
                ends: [start, start + (Vec3A::new(d, e, f) - 0.5) * 0.3],
                radii_m: [0.002 + 0.02 * g, 0.002 + 0.02 * h],
                id: 1_000_000 + k,
                flags: k % 2,
            }
        })
        .collect()
}

/// Rays from in and around the unit cube; some along an axis, where box sides are parallel to them, some short.
fn rays(count: u32) -> Vec<Ray> {
    let mut uniforms = Uniforms::new(77);
    (0..count)
        .map(|k| {
            let [a, b, c, d] = uniforms.next4();
            let [e, f, g, _] = uniforms.next4();
            let mut direction = Vec3A::new(d - 0.5, e - 0.5, f - 0.5).normalize();
            if k % 5 == 0 {
                direction = [Vec3A::X, Vec3A::NEG_Y, Vec3A::Z][(k / 5 % 3) as usize];
            }
            Ray {
                origin: (Vec3A::new(a, b, c) - 0.5) * 1.5,
                direction,
                t_max: if k % 2 == 0 { f32::INFINITY } else { g },
            }
        })
        .collect()
}

fn plain(bvh: &Bvh) -> Bvh {
    Bvh {
        nodes: bvh.nodes.clone(),
        blocks: bvh.blocks.clone(),
        curves: bvh.curves.clone(),
        level: Level::PLAIN,
    }
}

fn all(bvh: &Bvh, ray: &Ray) -> Vec<Crossing> {
    let mut all = Vec::new();
    bvh.visit(ray, |crossing, t_max| {
        all.push(*crossing);
        t_max
    });
    all
}

fn nearest(bvh: &Bvh, ray: &Ray) -> Option<Crossing> {
    bvh.closest(ray, |_| true)
}

/// Every triangle in a hierarchy of its own.
fn brute(triangles: &[Triangle], ray: &Ray) -> Vec<Crossing> {
    triangles
        .iter()
        .flat_map(|triangle| all(&Bvh::new(&[*triangle], &[], Threads::Single), ray))
        .collect()
}

fn agree(bvh: &Bvh, triangles: &[Triangle], count: u32) {
    let mut hits = 0;
    for ray in rays(count) {
        let mut expected = brute(triangles, &ray);
        let closest = expected
            .iter()
            .min_by(|a, b| a.t.total_cmp(&b.t).then(a.id.cmp(&b.id)));
        assert_eq!(nearest(bvh, &ray).as_ref(), closest, "{ray:?}");
        assert_eq!(bvh.occluded(&ray), closest.is_some(), "{ray:?}");
        hits += u32::from(closest.is_some());
        let mut found = all(bvh, &ray);
        found.sort_by_key(|crossing| crossing.id);
        expected.sort_by_key(|crossing| crossing.id);
        assert_eq!(found, expected, "{ray:?}");
    }
    assert!(hits > 0, "no ray hit");
}

#[test]
fn the_hierarchy_finds_what_testing_every_triangle_finds() {
    for (count, size) in [(1, 2.0), (7, 1.0), (9, 1.0), (500, 0.3), (3000, 0.1)] {
        let triangles = cloud(count, size);
        agree(&Bvh::new(&triangles, &[], Threads::Single), &triangles, 200);
    }
}

#[test]
fn plain_and_wide_instructions_give_the_same_bits_in_the_same_order() {
    let bvh = Bvh::new(&cloud(5000, 0.6), &[], Threads::Single);
    let plain = plain(&bvh);
    let mut crossings = 0;
    for ray in rays(2000) {
        let (wide, narrow) = (all(&bvh, &ray), all(&plain, &ray));
        assert_eq!(wide, narrow);
        crossings += wide.len();
        assert_eq!(nearest(&bvh, &ray), nearest(&plain, &ray));
        assert_eq!(bvh.occluded(&ray), plain.occluded(&ray));
    }
    assert!(crossings > 10_000, "{crossings} crossings");
}

#[test]
fn segments_too() {
    let (triangles, segments) = (cloud(1000, 0.2), twigs(3000));
    let bvh = Bvh::new(&triangles, &segments, Threads::Single);
    let plain = plain(&bvh);
    let mut entries = 0;
    for ray in rays(500) {
        let found = all(&bvh, &ray);
        assert_eq!(found, all(&plain, &ray));
        entries += found.iter().filter(|c| c.id >= 1_000_000).count();
        let mut expected = brute(&triangles, &ray);
        for segment in &segments {
            expected.extend(all(&Bvh::new(&[], &[*segment], Threads::Single), &ray));
        }
        let closest = expected
            .iter()
            .min_by(|a, b| a.t.total_cmp(&b.t).then(a.id.cmp(&b.id)));
        assert_eq!(nearest(&bvh, &ray).as_ref(), closest);
        assert_eq!(nearest(&plain, &ray).as_ref(), closest);
        assert_eq!(bvh.occluded(&ray), closest.is_some());
        assert_eq!(found.len(), expected.len());
    }
    assert!(entries > 500, "{entries} entries");
}

#[test]
fn a_place_around_a_ring_keeps_its_direction() {
    for k in 0..360 {
        let (y, x) = (k as f32).to_radians().sin_cos();
        let place = Around::of(3.0 * x, 3.0 * y);
        assert!((0.0..1.0).contains(&place));
        assert!((place - k as f32 / 360.0).abs() < 0.02);
        let [a, b] = Around::direction(place);
        assert!((a - x).abs() + (b - y).abs() < 1e-5);
    }
    assert_eq!(Around::of(0.0, 0.0), 0.0);
}

#[test]
fn a_refitted_hierarchy_finds_what_a_new_one_finds() {
    let (before, segments) = (cloud(6000, 0.1), twigs(200));
    let mut after = before.clone();
    for (k, triangle) in after.iter_mut().enumerate() {
        let shift = 0.1 * Vec3A::new((k as f32).sin(), (k as f32 * 0.7).cos(), 0.3);
        triangle.corners = triangle.corners.map(|corner| corner * 1.2 + shift);
    }
    for threads in [Threads::Single, Threads::Pool] {
        let mut bvh = Bvh::new(&before, &segments, threads);
        bvh.refit(|id| after[id as usize].corners, threads);
        let new = Bvh::new(&after, &segments, threads);
        for ray in rays(1000) {
            assert_eq!(nearest(&bvh, &ray), nearest(&new, &ray));
            let sorted = |bvh| {
                let mut all = all(bvh, &ray);
                all.sort_by_key(|crossing| crossing.id);
                all
            };
            assert_eq!(sorted(&bvh), sorted(&new));
        }
    }
}

#[test]
fn threads_do_not_change_the_hierarchy() {
    let triangles = cloud(30_000, 0.02);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(5).build();
    let many = pool
        .expect("threads can be started")
        .install(|| Bvh::new(&triangles, &[], Threads::Pool));
    let one = Bvh::new(&triangles, &[], Threads::Single);
    for ray in rays(500) {
        assert_eq!(all(&many, &ray), all(&one, &ray));
    }
}

#[test]
fn coincident_triangles_are_all_found_and_the_first_is_nearest() {
    let mut triangles = vec![cloud(1, 1.0)[0]; 20_000];
    for (id, triangle) in (0..).zip(&mut triangles) {
        triangle.id = id;
    }
    let [a, b, c] = triangles[0].corners;
    let centre = (a + b + c) / 3.0;
    let bvh = Bvh::new(&triangles, &[], Threads::Single);
    let origin = centre + (b - a).cross(c - a).normalize();
    let ray = Ray::new(origin, centre - origin);
    assert_eq!(all(&bvh, &ray).len(), 20_000);
    assert_eq!(nearest(&bvh, &ray).map(|crossing| crossing.id), Some(0));
}

/// Each triangle half as large and as far out as the one before: every cut by area splits one off, the deepest tree there is.
#[test]
fn shrinking_triangles_do_not_overflow_the_stack() {
    let triangles: Vec<Triangle> = (0..4000_u32)
        .map(|id| {
            let size = 2.0_f32.powi(-(id as i32 % 100)) * 1e3;
            Triangle {
                corners: [
                    Vec3A::new(size, size, 0.0),
                    Vec3A::new(2.0 * size, size, 0.0),
                    Vec3A::new(size, 2.0 * size, 0.0),
                ],
                id,
                flags: 0,
            }
        })
        .collect();
    let bvh = Bvh::new(&triangles, &[], Threads::Single);
    let ray = Ray::new(Vec3A::new(1300.0, 1300.0, -1.0), Vec3A::Z);
    assert_eq!(all(&bvh, &ray).len(), 40);
}

#[test]
fn an_empty_hierarchy_is_hit_by_nothing() {
    let bvh = Bvh::new(&[], &[], Threads::Pool);
    let ray = Ray::new(Vec3A::ZERO, Vec3A::X);
    assert_eq!(nearest(&bvh, &ray), None);
    assert!(!bvh.occluded(&ray));
}

#[test]
fn a_crossing_lies_on_ray_and_triangle() {
    for triangle in cloud(300, 0.5) {
        let [a, b, c] = triangle.corners;
        let target = a * 0.2 + b * 0.5 + c * 0.3;
        let origin = Vec3A::new(0.3, 2.0, -0.4);
        let ray = Ray::new(origin, (target - origin).normalize());
        // Seen edge-on, a place on the plane is ill defined.
        if (b - a).cross(c - a).normalize().dot(ray.direction).abs() < 0.1 {
            continue;
        }
        let bvh = Bvh::new(&[triangle], &[], Threads::Single);
        let crossing = nearest(&bvh, &ray).expect("aimed at the inside");
        let [b1, b2] = crossing.barycentric;
        assert!(
            (a * (1.0 - b1 - b2) + b * b1 + c * b2 - target).length() < 1e-4,
            "{b1} {b2}"
        );
        assert!((ray.origin + ray.direction * crossing.t - target).length() < 1e-4);
    }
}

/// A closed sphere seen from inside, at several sizes and places: no ray escapes, not even at corners, where it is aimed.
#[test]
fn no_ray_passes_between_triangles_that_share_corners() {
    const ROWS: usize = 24;
    const COLUMNS: usize = 40;
    for (radius, shift) in [(1.0, 0.0), (1e-3, 0.3), (0.1, 50.0), (1000.0, -300.0)] {
        let centre = Vec3A::new(shift, 0.5 * shift, -shift);
        let corner = |row: usize, column: usize| {
            let (polar, azimuth) = (
                std::f32::consts::PI * row as f32 / ROWS as f32,
                std::f32::consts::TAU * (column % COLUMNS) as f32 / COLUMNS as f32,
            );
            let ring = if row == ROWS { 0.0 } else { polar.sin() };
            centre + radius * Vec3A::new(ring * azimuth.cos(), polar.cos(), ring * azimuth.sin())
        };
        let mut triangles = Vec::new();
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let [a, b, c, d] = [(0, 0), (1, 0), (1, 1), (0, 1)]
                    .map(|(down, right)| corner(row + down, column + right));
                for corners in [[a, b, c], [a, c, d]] {
                    triangles.push(Triangle {
                        corners,
                        id: triangles.len() as u32,
                        flags: 0,
                    });
                }
            }
        }
        let bvh = Bvh::new(&triangles, &[], Threads::Single);
        let mut uniforms = Uniforms::new(5);
        for _ in 0..200 {
            let [x, y, z, s] = uniforms.next4();
            let origin = centre + (Vec3A::new(x, y, z) - 0.5) * (1.1 * radius);
            let triangle = &triangles[(s * triangles.len() as f32) as usize];
            let [a, b, c] = triangle.corners;
            for target in [a, b, c, (a + b) * 0.5, b.lerp(c, 0.37), (a + b + c) / 3.0] {
                let ray = Ray::new(origin, (target - origin).normalize());
                assert!(nearest(&bvh, &ray).is_some(), "{ray:?}");
            }
        }
    }
}
