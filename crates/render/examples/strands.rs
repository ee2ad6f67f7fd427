//! A furry ball: how much memory and time many strands and triangles take.
//! `cargo run --release -p populace-render --example strands -- STRANDS LEVEL SIZE SAMPLES [OUT.png]`; the ball has `8·4^LEVEL` triangles (level 8: 524,288).
#![expect(clippy::print_stdout, reason = "a bench talks")]
use glam::{DVec3, Quat, Vec2, Vec3};
use render::{Denoise, Settings, Threads, Tracer, view};
use scene::{
    Camera, Environment, Fibres, Material, MaterialId, Mesh, Object, Scene, Texture,
    fibre::Strands, light::Backdrop, material::Interior, mesh::Part, texture::Texels,
};
use std::{error::Error, fs, sync::Arc, time::Instant};

fn ball(level: u32) -> Mesh {
    let side = 1_usize << level;
    let mut mesh = Mesh::default();
    // The faces of an octahedron, each a triangular grid pushed out onto the ball.
    for octant in 0..8 {
        let sign = |bit: i32| if octant >> bit & 1 == 0 { 1.0 } else { -1.0 };
        let first = mesh.positions.len();
        let at = |row: usize, column: usize| (first + row * (row + 1) / 2 + column) as u32;
        for row in 0..=side {
            for column in 0..=row {
                let (x, y) = ((row - column) as f32, column as f32);
                let place = Vec3::new(sign(0) * x, sign(1) * y, sign(2) * (side - row) as f32);
                mesh.normals.push(place.normalize());
                mesh.positions.push(place.normalize() * 0.1);
                mesh.uvs.push(Vec2::ZERO);
                if row > 0 && column < row {
                    mesh.triangles.push([
                        at(row - 1, column),
                        at(row, column),
                        at(row, column + 1),
                    ]);
                    if column + 1 < row {
                        mesh.triangles.push([
                            at(row - 1, column),
                            at(row, column + 1),
                            at(row - 1, column + 1),
                        ]);
                    }
                }
            }
        }
    }
    mesh.parts = vec![Part::FaceSkin; mesh.triangles.len()];
    mesh
}

/// Strands on a spiral around the ball, 20 points each, waved and hanging.
fn fur(count: u32) -> Strands {
    let mut strands = Strands {
        first: vec![0],
        ..Strands::default()
    };
    for k in 0..count {
        let height = 1.0 - 2.0 * (k as f32 + 0.5) / count as f32;
        let turn = k as f32 * 2.399_963_2;
        let ring = (1.0 - height * height).sqrt();
        let out = Vec3::new(ring * turn.cos(), height, ring * turn.sin());
        let side = out.any_orthonormal_vector();
        for step in 0..20 {
            let along = step as f32 * 0.004;
            let wave = 0.002 * (step as f32 * 0.6 + turn).sin() * step as f32 / 20.0;
            strands
                .points
                .push(out * (0.1 + along) + side * wave + Vec3::NEG_Y * (6.0 * along * along));
            strands.radii_m.push(4e-5 * (1.0 - step as f32 / 30.0));
        }
        strands.first.push(strands.points.len() as u32);
    }
    strands
}

#[expect(clippy::disallowed_methods, reason = "a bench needs a clock")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, level, size, samples, out @ ..] = arguments.as_slice() else {
        return Err("usage: strands STRANDS LEVEL SIZE SAMPLES [OUT.png]".into());
    };
    let (size, samples) = (size.parse()?, samples.parse()?);
    let camera = Camera::look_at(
        DVec3::new(0.0, 0.05, 0.8),
        DVec3::ZERO,
        DVec3::Y,
        0.5,
        size,
        size,
    );
    let mut scene = Scene::new(camera);
    scene.materials = vec![
        Material::default(),
        Material {
            base_color: Vec3::new(0.35, 0.2, 0.1),
            roughness: 0.3,
            ior: 1.55,
            interior: Interior::Hair {
                azimuthal_roughness: 0.3,
                scale_tilt: 0.035,
            },
            ..Material::default()
        },
    ];
    scene.objects.push(Object {
        name: "ball".to_owned(),
        mesh: Arc::new(ball(level.parse()?)),
        material: MaterialId(0),
        instance: 1,
    });
    scene.fibres.push(Fibres {
        name: "fur".to_owned(),
        strands: Arc::new(fur(count.parse()?)),
        material: MaterialId(1),
        instance: 1,
        part: Part::Hair,
    });
    scene.environment = Some(Environment {
        radiance: Arc::new(Texture {
            width: 2,
            height: 2,
            texels: Texels::Rgb32(vec![[2.0; 3], [1.0; 3], [0.2; 3], [0.1; 3]]),
        }),
        scale: 1.0,
        world_from_environment: Quat::IDENTITY,
        backdrop: Backdrop::Environment,
        portals: Vec::new(),
    });
    let start = Instant::now();
    let tracer = Tracer::new(&scene)?;
    let prepared = start.elapsed().as_secs_f64();
    let frame = tracer.render(&Settings {
        denoise: Denoise::None,
        threads: Threads::Pool,
        ..Settings::portrait(samples, 1)
    });
    println!(
        "{} triangles, {} points of strands: prepared in {prepared:.2} s, rendered in {:.2} s",
        scene.objects[0].mesh.triangles.len(),
        scene.fibres[0].strands.points.len(),
        start.elapsed().as_secs_f64() - prepared
    );
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmHWM")) {
        println!("{line}");
    }
    if let [out] = out {
        let pixels = view::to_srgb8(&frame.radiance, 0.0, view::View::Plain);
        fs::write(
            out,
            scene::write::png_rgb8(frame.width, frame.height, &pixels),
        )?;
    }
    Ok(())
}
