//! The meniscus of tears along the lower lid: a hollow film, whose long thin mirror image of every lamp makes an eye look wet.
use glam::{DVec3, Vec2, Vec3};
use scene::mesh::{Mesh, Part};

use super::edge::Edges;
use super::form::Globe;

/// How high the film climbs on both lid and eye, metres (Mainstone, Bruce & Golding 1996: 0.2 to 0.4 mm).
const HEIGHT_M: f64 = 0.34e-3;
/// Lids further apart than this have a film of full height; shut ones have none.
const OPEN_M: f64 = 2.0e-3;
/// Columns along the lid, and rows from eye to lid.
const COLUMNS: usize = 120;
const ROWS: usize = 7;

/// The film of one eye.
pub(super) fn along_lower_lid(globe: &Globe, edges: &Edges) -> Mesh {
    let mut mesh = Mesh::default();
    for k in 0..=COLUMNS {
        let t = k as f64 / COLUMNS as f64;
        let (lower, upper) = (edges.lower(t), edges.upper(t));
        let direction = (lower - globe.centre).normalize_or_zero();
        let opening = upper - lower;
        let along = (opening - direction * opening.dot(direction)).normalize_or_zero();
        let height = HEIGHT_M * (opening.length() / OPEN_M).min(1.0);
        for row in 0..ROWS {
            // A quarter of a circle, hollow towards the outside: flat on the eye first, then up the lid.
            let turn = row as f64 / (ROWS - 1) as f64 * std::f64::consts::FRAC_PI_2;
            let (on_eye, up) = (height * (1.0 - turn.sin()), height * (1.0 - turn.cos()));
            let out =
                (direction + along * (on_eye / globe.form.sclera_radius)).normalize_or(direction);
            let place = globe.centre + out * (surface(globe, out) + 0.02e-3 + up);
            let normal = along * turn.sin() + out * turn.cos();
            mesh.positions.push(place.as_vec3());
            mesh.normals.push(normal.as_vec3().normalize_or(Vec3::Z));
            mesh.uvs
                .push(Vec2::new(t as f32, row as f32 / (ROWS - 1) as f32));
        }
    }
    for k in 0..COLUMNS as u32 {
        for row in 0..ROWS as u32 - 1 {
            let a = k * ROWS as u32 + row;
            let (b, c, d) = (a + 1, a + ROWS as u32, a + ROWS as u32 + 1);
            mesh.triangles.push([a, b, d]);
            mesh.triangles.push([a, d, c]);
        }
    }
    // Wound as the normals look, whichever way the lid runs.
    for triangle in &mut mesh.triangles {
        let [a, b, c] = triangle.map(|v| mesh.positions[v as usize]);
        if (b - a).cross(c - a).dot(mesh.normals[triangle[0] as usize]) < 0.0 {
            triangle.swap(1, 2);
        }
    }
    mesh.parts = vec![Part::ClearLens; mesh.triangles.len()];
    mesh
}

fn surface(globe: &Globe, direction: DVec3) -> f64 {
    let cosine = direction.dot(globe.world_from_eye.z_axis);
    globe.form.surface(cosine.clamp(-1.0, 1.0).acos())
}
