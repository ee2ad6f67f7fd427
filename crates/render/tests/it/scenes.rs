//! Small scenes whose answers are known.
use glam::{DVec3, Quat, Vec2, Vec3};
use render::{Denoise, Filter, Frame, Settings, Threads};
use scene::{
    AreaLight, Camera, Environment, Material, MaterialId, Mesh, Object, Scene, Texture,
    light::Backdrop, mesh::Part, texture::Texels,
};
use std::sync::Arc;

/// A sphere of `8·4^level` triangles around the origin with exact vertex normals and a longitude-latitude mapping.
pub(crate) fn sphere(radius: f32, level: u32) -> Mesh {
    let corners = [
        Vec3::X,
        Vec3::Y,
        Vec3::Z,
        Vec3::NEG_X,
        Vec3::NEG_Y,
        Vec3::NEG_Z,
    ];
    let mut faces: Vec<[Vec3; 3]> = [
        [0, 1, 2],
        [1, 3, 2],
        [3, 4, 2],
        [4, 0, 2],
        [1, 0, 5],
        [3, 1, 5],
        [4, 3, 5],
        [0, 4, 5],
    ]
    .map(|face| face.map(|corner: usize| corners[corner]))
    .to_vec();
    for _ in 0..level {
        faces = faces
            .iter()
            .flat_map(|&[a, b, c]| {
                let (ab, bc, ca) = (
                    (a + b).normalize(),
                    (b + c).normalize(),
                    (c + a).normalize(),
                );
                [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
            })
            .collect();
    }
    let mut mesh = Mesh::default();
    for face in faces {
        let first = mesh.positions.len() as u32;
        for corner in face {
            mesh.positions.push(corner * radius);
            mesh.normals.push(corner);
            mesh.uvs.push(Vec2::new(
                corner.x.atan2(corner.z) / std::f32::consts::TAU + 0.5,
                corner.y * 0.5 + 0.5,
            ));
        }
        mesh.triangles.push([first, first + 1, first + 2]);
        mesh.parts.push(Part::FaceSkin);
    }
    mesh
}

/// A rectangle `corner, corner + u, corner + u + v, corner + v`, seen from `u × v`, mapped to the unit square.
pub(crate) fn rectangle(corner: Vec3, u: Vec3, v: Vec3, part: Part) -> Mesh {
    Mesh {
        positions: vec![corner, corner + u, corner + u + v, corner + v],
        normals: vec![u.cross(v).normalize(); 4],
        uvs: vec![Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y],
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        parts: vec![part; 2],
    }
}

/// A wall facing +z at height `z`, `size` wide and high, around the axis.
pub(crate) fn wall(z: f32, size: f32, part: Part) -> Mesh {
    rectangle(
        Vec3::new(-0.5 * size, -0.5 * size, z),
        Vec3::X * size,
        Vec3::Y * size,
        part,
    )
}

/// Lambert and nothing else.
pub(crate) fn matte(colour: f32) -> Material {
    Material {
        base_color: Vec3::splat(colour),
        specular: 0.0,
        ..Material::default()
    }
}

pub(crate) fn uniform_sky(radiance: f32) -> Environment {
    Environment {
        radiance: Arc::new(Texture {
            width: 8,
            height: 4,
            texels: Texels::Rgb32(vec![[radiance; 3]; 32]),
        }),
        scale: 1.0,
        world_from_environment: Quat::IDENTITY,
        backdrop: Backdrop::Environment,
        portals: Vec::new(),
    }
}

/// Looks along −z from `distance_m` at the origin.
pub(crate) fn camera(distance_m: f64, size: u32) -> Camera {
    Camera::look_at(
        DVec3::new(0.0, 0.0, distance_m),
        DVec3::ZERO,
        DVec3::Y,
        0.6,
        size,
        size,
    )
}

/// One material per mesh.
pub(crate) fn scene(
    parts: Vec<(Mesh, Material)>,
    sky: Option<Environment>,
    area_lights: Vec<AreaLight>,
    camera: Camera,
) -> Scene {
    let (mut objects, mut materials) = (Vec::new(), Vec::new());
    for (index, (mesh, material)) in parts.into_iter().enumerate() {
        objects.push(Object {
            name: format!("thing {index}"),
            mesh: Arc::new(mesh),
            material: MaterialId(index as u32),
            instance: index as u16 + 1,
        });
        materials.push(material);
    }
    Scene {
        objects,
        materials,
        environment: sky,
        area_lights,
        ..Scene::new(camera)
    }
}

pub(crate) fn plain(samples: u32, bounces: u32) -> Settings {
    Settings {
        samples_per_pixel: samples,
        target: None,
        max_bounces: bounces,
        seed: 1,
        threads: Threads::Pool,
        denoise: Denoise::None,
        indirect_clamp: None,
        filter: Filter::BlackmanHarris,
    }
}

pub(crate) fn mean(radiance: &[[f32; 3]]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for pixel in radiance {
        for channel in 0..3 {
            sum[channel] += f64::from(pixel[channel]) / radiance.len() as f64;
        }
    }
    sum
}

/// The mean where the first thing of a scene covers a pixel's centre.
pub(crate) fn covered_mean(frame: &Frame) -> [f64; 3] {
    let covered: Vec<[f32; 3]> = frame
        .radiance
        .iter()
        .zip(&frame.layers.object)
        .filter(|(_, object)| **object == 0)
        .map(|(pixel, _)| *pixel)
        .collect();
    assert!(covered.len() > 150);
    mean(&covered)
}

/// A closed block of a size around the origin.
pub(crate) fn block(size: Vec3) -> Mesh {
    let half = 0.5 * size;
    let mut mesh = Mesh::default();
    for axis in 0..3 {
        for sign in [-1.0, 1.0] {
            let (mut out, mut u) = (Vec3::ZERO, Vec3::ZERO);
            out[axis] = sign;
            u[(axis + 1) % 3] = 1.0;
            let v = out.cross(u);
            let side = rectangle(
                (out - u - v) * half,
                2.0 * u * half,
                2.0 * v * half,
                Part::Clothing,
            );
            let first = mesh.positions.len() as u32;
            mesh.triangles.extend(
                side.triangles
                    .iter()
                    .map(|t| t.map(|corner| corner + first)),
            );
            mesh.positions.extend(side.positions);
            mesh.normals.extend(side.normals);
            mesh.uvs.extend(side.uvs);
            mesh.parts.extend(side.parts);
        }
    }
    mesh
}
