//! How the time of a picture grows with the number of lights:
//! `cargo run --release -p populace-render --example many_lights -- [LIGHTS…]`
//!
//! Bulbs float in a slab above a floor. Prints seconds to prepare and to render 256 × 256 pixels with 16 samples, and the relative noise.
use glam::{DVec3, Vec2, Vec3};
use render::{Settings, Tracer};
use scene::{
    Camera, Material, MaterialId, Mesh, Object, Scene,
    light::{Beam, PointLight},
    mesh::Part,
};
use std::{error::Error, sync::Arc, time::Instant};

#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement, run by hand"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let counts: Vec<u32> = std::env::args()
        .skip(1)
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    for count in if counts.is_empty() {
        vec![10, 1000, 100_000, 10_000_000]
    } else {
        counts
    } {
        let scene = room(count);
        let start = Instant::now();
        let tracer = Tracer::new(&scene)?;
        let prepared = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let picture = |seed| {
            let settings = Settings {
                max_bounces: 2,
                ..Settings::reference(16, seed)
            };
            tracer.render(&settings).radiance
        };
        let a = picture(1);
        let rendered = start.elapsed().as_secs_f64();
        let b = picture(2);
        let (mut noise, mut mean) = (0.0, 0.0);
        for (a, b) in a.iter().zip(&b) {
            noise += 0.5 * f64::from(a[1] - b[1]).powi(2);
            mean += f64::from(a[1]);
        }
        let pixels = f64::from(256 * 256);
        println!(
            "{count:>9} lights: {prepared:.2} s to prepare, {rendered:.2} s to render, noise {:.3}",
            (noise / pixels).sqrt() / (mean / pixels)
        );
    }
    Ok(())
}

fn room(count: u32) -> Scene {
    let (u, v) = (Vec3::Z * 20.0, Vec3::X * 20.0);
    let corner = -0.5 * (u + v);
    let mut scene = Scene::new(Camera::look_at(
        DVec3::new(0.0, 4.0, 9.0),
        DVec3::ZERO,
        DVec3::Y,
        0.9,
        256,
        256,
    ));
    scene.materials.push(Material::default());
    scene.objects.push(Object {
        name: "floor".to_owned(),
        mesh: Arc::new(Mesh {
            positions: vec![corner, corner + u, corner + u + v, corner + v],
            normals: vec![Vec3::Y; 4],
            uvs: vec![Vec2::ZERO; 4],
            triangles: vec![[0, 1, 2], [0, 2, 3]],
            parts: vec![Part::Clothing; 2],
        }),
        material: MaterialId(0),
        instance: 0,
    });
    let fraction = |k: u32, step: f64| (f64::from(k) * step).fract() as f32;
    scene.point_lights = (0..count)
        .map(|k| PointLight {
            position: Vec3::new(
                20.0 * fraction(k, 0.819_172_513) - 10.0,
                0.3 + 2.0 * fraction(k, 0.671_043_607),
                20.0 * fraction(k, 0.549_700_478) - 10.0,
            ),
            radius_m: 0.0,
            intensity: Vec3::splat(100.0 / count as f32),
            near_infrared_intensity: 0.0,
            beam: Beam::Uniform,
        })
        .collect();
    scene
}
