use super::*;
use crate::measure::displaced;
use glam::Vec2;
use scene::Mesh;
use scene::mesh::Part;

/// A panel in the plane z = 0, `side` metres wide and bowed towards +z with radius `bow`, of cells of `cell` metres.
fn panel(side: f32, bow: f32, cell: f32) -> Piece {
    let n = (side / cell) as u32;
    let mut mesh = Mesh::default();
    for j in 0..=n {
        for i in 0..=n {
            let at = Vec2::new(i as f32, j as f32) * cell - 0.5 * side;
            let z = (bow * bow - at.length_squared()).sqrt() - bow;
            mesh.positions.push(at.extend(z));
            mesh.normals.push((at.extend(z + bow) / bow).normalize());
            mesh.uvs.push(at);
        }
    }
    for j in 0..n {
        for i in 0..n {
            let a = j * (n + 1) + i;
            let (b, c, d) = (a + 1, a + n + 2, a + n + 1);
            // Diagonals alternate, so that none is favoured.
            if (i + j) % 2 == 0 {
                mesh.triangles.extend([[a, b, c], [a, c, d]]);
            } else {
                mesh.triangles.extend([[a, b, d], [b, c, d]]);
            }
        }
    }
    mesh.parts = vec![Part::Background; mesh.triangles.len()];
    Piece::new(mesh, Substance::Steel)
}

fn struck(striker: Striker, energy_j: f32) -> (Piece, Strike) {
    let mut pieces = [panel(1.4, 2.5, 0.024)];
    let impact = Impact {
        at: Vec3::ZERO,
        way: Vec3::NEG_Z,
        striker,
        energy_j,
    };
    let strike = strike(&mut pieces, &impact);
    let [piece] = pieces;
    (piece, strike)
}

/// What everyday impacts do to a door-like panel: depth within `mm`.
#[test]
fn impacts_leave_dents_of_the_size_they_are_known_for() {
    let cases = [
        // Ice of 25 and 45 mm at terminal speed: 1 to 3 mm, a few more.
        (Striker::Ball { radius_m: 0.0125 }, 1.8, 0.5..4.0),
        (Striker::Ball { radius_m: 0.0225 }, 20.0, 1.0..8.0),
        (Striker::Ball { radius_m: 0.11 }, 60.0, 5.0..35.0),
        (
            Striker::Edge {
                half_height_m: 0.15,
                radius_m: 0.004,
            },
            8.0,
            1.0..12.0,
        ),
        (Striker::Pole { radius_m: 0.08 }, 400.0, 10.0..60.0),
        (
            Striker::Beam {
                radius_m: 0.15,
                half_width_m: 0.4,
            },
            1500.0,
            25.0..120.0,
        ),
    ];
    for (striker, energy_j, mm) in cases {
        let (piece, done) = struck(striker, energy_j);
        let depth = displaced(&piece, Vec3::ZERO, done.radius_m).depth_m * 1e3;
        assert!(
            mm.contains(&depth),
            "{striker:?} with {energy_j} J: {depth} mm"
        );
    }
}

#[test]
fn more_energy_never_dents_less() {
    for striker in [
        Striker::Ball { radius_m: 0.05 },
        Striker::Pole { radius_m: 0.06 },
    ] {
        let volumes = [5.0, 20.0, 80.0, 320.0].map(|energy_j| {
            let (piece, done) = struck(striker, energy_j);
            displaced(&piece, Vec3::ZERO, done.radius_m).volume_m3
        });
        assert!(volumes.is_sorted(), "{striker:?}: {volumes:?}");
        assert!(volumes[0] > 0.0);
    }
}

#[test]
fn nothing_moves_outside_the_region_and_no_triangle_is_lost() {
    let whole = panel(1.4, 2.5, 0.024);
    let area = crate::measure::area_m2(&whole);
    let (piece, done) = struck(Striker::Pole { radius_m: 0.08 }, 300.0);
    for vertex in 0..piece.before.len() {
        if piece.before[vertex].length() > done.radius_m {
            assert_eq!(piece.mesh.positions[vertex], piece.before[vertex]);
        }
        let normal = piece.mesh.normals[vertex];
        assert!((normal.length() - 1.0).abs() < 1e-4 && normal.is_finite());
    }
    // Refining moves nothing: the surface as it was is the same.
    assert!((crate::measure::area_m2(&piece) / area - 1.0).abs() < 1e-5);
    // Conforming: every inner edge has two triangles.
    let mut sides = std::collections::BTreeMap::new();
    for triangle in &piece.mesh.triangles {
        for k in 0..3 {
            let (a, b) = (triangle[k], triangle[(k + 1) % 3]);
            *sides.entry((a.min(b), a.max(b))).or_insert(0) += 1;
        }
    }
    let rim = |v: u32| piece.before[v as usize].truncate().abs().max_element() > 0.69;
    assert!(
        sides
            .iter()
            .all(|((a, b), count)| *count == 2 || (*count == 1 && rim(*a) && rim(*b)))
    );
}

/// The labels' figures against a slow measure of the same geometry: a million rays down on it before and after.
#[test]
fn depth_area_and_volume_are_those_of_the_geometry() {
    let (piece, done) = struck(Striker::Ball { radius_m: 0.11 }, 60.0);
    let told = displaced(&piece, Vec3::ZERO, done.radius_m);
    // A grid over the plane of the panel, each cell by the triangle of the old surface that it lies in.
    let step = 0.0007;
    let (mut area, mut volume, mut depth) = (0.0_f64, 0.0_f64, 0.0_f32);
    for triangle in &piece.mesh.triangles {
        let [a, b, c] = triangle.map(|v| piece.before[v as usize].truncate());
        let pressed = triangle.map(|v| {
            let v = v as usize;
            (piece.before[v] - piece.mesh.positions[v]).dot(piece.faced[v])
        });
        let old = triangle.map(|v| piece.before[v as usize]);
        let across = (old[1] - old[0]).cross(old[2] - old[0]);
        let (whole, slope) = ((b - a).perp_dot(c - a), across.length() / across.z);
        let (low, high) = (a.min(b).min(c) / step, a.max(b).max(c) / step);
        for j in low.y.ceil() as i32..=high.y.floor() as i32 {
            for i in low.x.ceil() as i32..=high.x.floor() as i32 {
                let at = Vec2::new(i as f32, j as f32) * step;
                let (u, v) = (
                    (at - a).perp_dot(c - a) / whole,
                    (b - a).perp_dot(at - a) / whole,
                );
                if u < 0.0 || v < 0.0 || u + v >= 1.0 {
                    continue;
                }
                let mix = |of: [f32; 3]| of[0] * (1.0 - u - v) + of[1] * u + of[2] * v;
                depth = depth.max(mix(pressed).abs());
                if mix(pressed.map(f32::abs)) > crate::measure::CHANGED_M {
                    let cell = f64::from(step * step * slope);
                    area += cell;
                    volume += cell * f64::from(mix(pressed));
                }
            }
        }
    }
    let close = |told: f32, found: f64| (f64::from(told) / found - 1.0).abs() < 0.01;
    assert!(close(told.area_m2, area), "{} and {area}", told.area_m2);
    assert!(
        close(told.volume_m3, volume),
        "{} and {volume}",
        told.volume_m3
    );
    assert!(
        (told.depth_m / depth - 1.0).abs() < 0.01,
        "{} and {depth}",
        told.depth_m
    );
}
