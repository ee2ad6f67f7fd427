//! What a product stands on and what lights it: a conveyor belt or a turntable, soft lights, bars or a ring, in a dim hall that polished things mirror.

use std::sync::Arc;

use damage::paint::hashed;
use glam::{Quat, Vec2, Vec3};
use population::row::{Row, RowError};
use scene::light::Backdrop;
use scene::mesh::Part;
use scene::texture::Texels;
use scene::{AreaLight, Environment, Material, Mesh, Texture};

use crate::solid;

/// A place with its light.
pub(crate) struct Bench {
    /// Name, shape and look.
    pub(crate) things: Vec<(&'static str, Mesh, Material)>,
    pub(crate) lights: Vec<AreaLight>,
    pub(crate) surroundings: Environment,
    /// Stops to add to the camera's exposure.
    pub(crate) metered_ev: f64,
}

/// Radiance that a mid-toned surface (albedo 0.35) is exposed to, before the view transform.
const KEY: f32 = 0.3;

/// The row's place.
pub(crate) fn bench(row: &Row) -> Result<Bench, RowError> {
    let things = match row.category("place.kind")? {
        "turntable" => turntable(),
        _ => belt(row.integer("place.seed")? as u64),
    };
    let lights = lights(row.category("light.kind")?);
    // What an upright mean of the product's surfaces gets: half up, half towards the camera.
    let irradiance: f32 = [Vec3::Y, Vec3::Z]
        .into_iter()
        .map(|normal| {
            0.5 * lights
                .iter()
                .map(|light| irradiance(light, normal))
                .sum::<f32>()
        })
        .sum::<f32>()
        + HALL;
    Ok(Bench {
        things,
        lights,
        surroundings: surroundings(),
        metered_ev: f64::from((KEY * std::f32::consts::PI / (0.35 * irradiance.max(1e-5))).log2()),
    })
}

/// Irradiance of a rectangle of light on a surface a little above the origin: 16 places of it.
fn irradiance(light: &AreaLight, normal: Vec3) -> f32 {
    let out = light.edge_u.cross(light.edge_v);
    let (area, facing) = (out.length() / 16.0, out.normalize_or(Vec3::NEG_Y));
    let places = (0..16).map(|k| {
        let (s, t) = ((k % 4) as f32, (k / 4) as f32);
        light.corner + light.edge_u * ((s + 0.5) / 4.0) + light.edge_v * ((t + 0.5) / 4.0)
    });
    places
        .map(|at| {
            let from = at - 0.05 * Vec3::Y;
            let way = from.normalize_or(Vec3::Y);
            let cosines = normal.dot(way).max(0.0) * facing.dot(-way).max(0.0);
            light.radiance.x * cosines * area / from.length_squared()
        })
        .sum()
}

/// A rectangle of light around `middle` that shines towards `at`.
fn lamp(middle: Vec3, at: Vec3, width: f32, height: f32, radiance: f32) -> AreaLight {
    let ahead = (at - middle).normalize_or(Vec3::NEG_Y);
    let u = Vec3::Y.cross(ahead).try_normalize().unwrap_or(Vec3::X);
    // Its front is where u × v points.
    let v = ahead.cross(u);
    let (edge_u, edge_v) = (u * width, v * height);
    AreaLight {
        corner: middle - 0.5 * (edge_u + edge_v),
        edge_u,
        edge_v,
        radiance: Vec3::splat(radiance),
        visible: true,
    }
}

fn lights(kind: &str) -> Vec<AreaLight> {
    let target = 0.05 * Vec3::Y;
    match kind {
        "bars" => [-1.0_f32, 1.0]
            .into_iter()
            .map(|side| lamp(Vec3::new(0.42 * side, 0.2, 0.0), target, 0.7, 0.05, 60.0))
            .chain([lamp(Vec3::new(0.0, 0.85, 0.1), target, 0.5, 0.5, 1.2)])
            .collect(),
        "ring" => (0..8)
            .map(|k| {
                let turn = std::f32::consts::TAU * k as f32 / 8.0;
                let middle = Vec3::new(0.2 * turn.cos(), 0.55, 0.2 * turn.sin());
                lamp(middle, target, 0.15, 0.035, 40.0)
            })
            .collect(),
        _ => vec![
            lamp(Vec3::new(0.0, 0.8, 0.0), target, 0.9, 0.9, 3.0),
            lamp(Vec3::new(-0.7, 0.4, 0.25), target, 0.6, 0.5, 3.0),
            lamp(Vec3::new(0.7, 0.4, 0.25), target, 0.6, 0.5, 3.0),
        ],
    }
}

fn plain(name: &str, colour: Vec3, roughness: f32) -> Material {
    Material {
        name: name.to_owned(),
        base_color: colour,
        roughness,
        ..Material::default()
    }
}

/// A level rectangle around the origin that faces up.
fn level(y: f32, half_x: f32, half_z: f32, tile_m: f32) -> Mesh {
    let corner = |x: f32, z: f32| Vec3::new(x * half_x, y, z * half_z);
    Mesh {
        positions: vec![
            corner(-1.0, 1.0),
            corner(1.0, 1.0),
            corner(1.0, -1.0),
            corner(-1.0, -1.0),
        ],
        normals: vec![Vec3::Y; 4],
        uvs: [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
            .map(|(u, v)| Vec2::new(u * 2.0 * half_x, v * 2.0 * half_z) / tile_m)
            .to_vec(),
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        parts: vec![Part::Background; 2],
    }
}

fn scenery(mut mesh: Mesh) -> Mesh {
    mesh.parts = vec![Part::Background; mesh.triangles.len()];
    mesh
}

/// A rubber belt that runs along x between aluminium rails.
fn belt(seed: u64) -> Vec<(&'static str, Mesh, Material)> {
    const PX: u32 = 512;
    let texels = (0..PX * PX).map(|k| {
        let (x, y) = (i64::from(k % PX), i64::from(k / PX));
        let rib = if (x / 4 + y / 4) % 2 == 0 { 1.0 } else { 0.86 };
        let worn = 0.85 + 0.3 * hashed(x / 64, y / 2, seed) * hashed(x / 9, y, seed ^ 1);
        let level = 0.034 * rib * worn * (0.9 + 0.2 * hashed(x, y, seed ^ 2));
        [level, level, 1.05 * level]
    });
    let rubber = Material {
        base_color_texture: Some(Arc::new(Texture {
            width: PX,
            height: PX,
            texels: Texels::Rgb32(texels.collect()),
        })),
        ..plain("belt", Vec3::ONE, 0.8)
    };
    let rail = Material {
        metallic: 1.0,
        ..plain("rail", Vec3::splat(0.6), 0.4)
    };
    let mut rails = solid::block(
        Vec3::new(0.0, 0.005, -0.21),
        Vec3::new(2.4, 0.05, 0.03),
        0.003,
    );
    rails.append(&solid::block(
        Vec3::new(0.0, 0.005, 0.21),
        Vec3::new(2.4, 0.05, 0.03),
        0.003,
    ));
    vec![
        ("belt", level(-0.0002, 1.2, 0.2, 0.25), rubber),
        ("rails", scenery(rails), rail),
        (
            "floor",
            level(-0.6, 3.0, 3.0, 1.0),
            plain("floor", Vec3::splat(0.16), 0.7),
        ),
    ]
}

/// A white disc on a grey table.
fn turntable() -> Vec<(&'static str, Mesh, Material)> {
    let disc = solid::turned(
        &[
            (0.0, -0.02),
            (0.2, -0.02),
            (0.2, -0.0012),
            (0.199, -0.0002),
            (0.0, -0.0002),
        ]
        .map(Vec2::from),
    );
    vec![
        ("disc", scenery(disc), plain("disc", Vec3::splat(0.62), 0.6)),
        (
            "table",
            level(-0.02, 3.0, 3.0, 1.0),
            plain("table", Vec3::splat(0.3), 0.6),
        ),
    ]
}

/// A dim hall, brighter above, with darker posts all around, so that polished things have something to mirror.
fn surroundings() -> Environment {
    const WIDTH: u32 = 64;
    const HEIGHT: u32 = 32;
    let texels = (0..WIDTH * HEIGHT).map(|k| {
        let (x, y) = (k % WIDTH, k / WIDTH);
        let up = 1.0 - 2.0 * (y as f32 + 0.5) / HEIGHT as f32;
        let wall = if x % 8 < 2 { 0.14 } else { 0.34 };
        [if up > 0.55 {
            0.62
        } else if up < -0.1 {
            0.12
        } else {
            wall
        }; 3]
    });
    Environment {
        radiance: Arc::new(Texture {
            width: WIDTH,
            height: HEIGHT,
            texels: Texels::Rgb32(texels.collect()),
        }),
        scale: 1.0,
        world_from_environment: Quat::IDENTITY,
        backdrop: Backdrop::Environment,
        portals: Vec::new(),
    }
}

/// Irradiance of the hall on what faces up or the camera, about.
const HALL: f32 = 1.1;
