//! Renders a folder of OBJ files and pictures as one portrait, for looking at:
//! `cargo run --release -p populace-render --example portrait -- FOLDER OUT.png [SAMPLES] [SIZE] [none|own] [MORE…]`
//!
//! The folder holds `body`, `eyes`, `hair`, `eyelashes`, `eyebrows` as `.obj`, `skin.png`, `eye.png`, `hair.png`, `eyelashes.png`, `eyebrows.png` and
//! `env.exr`. `MORE` are words: `opaque` (no diffusion), `walk` (random walk below the skin), `panel` (a rectangle of light), `thin` (a lens), `filmic`, `back` (light from behind),
//! `close` (longer lens), `direct` (one bounce), `again` (another seed), `raw` (also writes the radiance as little-endian floats).
use glam::{DVec3, Quat, Vec2, Vec3};
use render::{Denoise, Settings, Threads, Tracer, view};
use scene::{
    AreaLight, Camera, Environment, Material, MaterialId, Mesh, Object, Scene, Texture,
    light::Backdrop,
    material::Interior,
    mesh::Part,
    read::{self, Meaning},
};
use std::{error::Error, fs, path::Path, sync::Arc};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out, rest @ ..] = arguments.as_slice() else {
        return Err("usage: portrait FOLDER OUT.png [SAMPLES] [SIZE] [none|own] [MORE…]".into());
    };
    let number = |index: usize, otherwise: u32| {
        rest.get(index)
            .and_then(|text| text.parse().ok())
            .unwrap_or(otherwise)
    };
    let (samples, size) = (number(0, 16), number(1, 512));
    let has = |word: &str| rest.iter().any(|text| text == word);
    let scene = portrait(Path::new(folder), size, &has)?;
    let settings = Settings {
        threads: Threads::Pool,
        denoise: if has("own") {
            Denoise::Own
        } else {
            Denoise::None
        },
        ..Settings::portrait(samples, if has("again") { 2 } else { 1 })
    };
    let settings = if has("direct") {
        Settings {
            max_bounces: 1,
            ..settings
        }
    } else {
        settings
    };
    let tracer = Tracer::new(&scene)?;
    let frame = tracer.render(&settings);
    if has("raw") {
        let bytes: Vec<u8> = frame
            .radiance
            .iter()
            .flatten()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        fs::write(Path::new(out).with_extension("f32"), bytes)?;
    }
    let look = if has("filmic") {
        view::View::Filmic
    } else {
        view::View::Plain
    };
    let bytes = view::to_srgb8(&frame.radiance, scene.camera.exposure_ev, look);
    fs::write(
        out,
        scene::write::png_rgb8(frame.width, frame.height, &bytes),
    )?;
    Ok(())
}

fn portrait(folder: &Path, size: u32, has: &dyn Fn(&str) -> bool) -> Result<Scene, Box<dyn Error>> {
    let picture = |name: &str| -> Result<Arc<Texture>, Box<dyn Error>> {
        Ok(Arc::new(read::texture(
            &folder.join(name),
            Meaning::Colour,
        )?))
    };
    let (skin, hair) = if has("opaque") {
        (Interior::Opaque, Interior::Opaque)
    } else {
        let radius_m = Vec3::new(3.7e-3, 1.4e-3, 0.7e-3);
        let skin = if has("walk") {
            Interior::RandomWalk { radius_m }
        } else {
            Interior::Skin { radius_m }
        };
        (skin, Interior::Fibre)
    };
    let materials = vec![
        Material {
            base_color: Vec3::ONE,
            base_color_texture: Some(picture("skin.png")?),
            roughness: 0.45,
            ior: 1.4,
            interior: skin,
            ..named("skin")
        },
        Material {
            base_color: Vec3::ONE,
            base_color_texture: Some(picture("eye.png")?),
            roughness: 0.08,
            ior: 1.376,
            ..named("eye")
        },
        fibre("hair", picture("hair.png")?, hair),
        fibre("eyelashes", picture("eyelashes.png")?, hair),
        fibre("eyebrows", picture("eyebrows.png")?, hair),
    ];
    let parts = [
        ("body", Part::FaceSkin),
        ("eyes", Part::RightEye),
        ("hair", Part::Hair),
        ("eyelashes", Part::RightLashes),
        ("eyebrows", Part::RightBrow),
    ];
    let mut objects = Vec::new();
    for (index, (name, part)) in parts.into_iter().enumerate() {
        objects.push(Object {
            name: name.to_owned(),
            mesh: Arc::new(obj(
                &fs::read_to_string(folder.join(format!("{name}.obj")))?,
                part,
            )),
            material: MaterialId(index as u32),
            instance: 1,
        });
    }
    let eyes = &objects[1].mesh.positions;
    let middle = eyes.iter().sum::<Vec3>() / eyes.len() as f32;
    let (y, z) = (f64::from(middle.y), f64::from(middle.z));
    let mut camera = Camera::look_at(
        DVec3::new(0.22, y + 0.03, z + 0.95),
        DVec3::new(0.0, y - 0.02, z),
        DVec3::Y,
        20_f64.to_radians(),
        size,
        size,
    );
    if has("close") {
        camera.focal_px *= 3.0;
    }
    if has("thin") {
        camera.aperture_radius_m = 0.01;
        camera.focus_distance_m = 0.92;
    }
    let side = if has("back") { -1.0 } else { 1.0 };
    let panel = AreaLight {
        corner: Vec3::new(-0.9, middle.y + 0.2, middle.z + side * 0.6),
        edge_u: Vec3::new(0.3, 0.0, side * 0.3),
        edge_v: Vec3::new(0.0, 0.4, 0.0),
        radiance: Vec3::splat(if has("panel") || has("back") {
            30.0
        } else {
            0.0
        }),
        visible: false,
    };
    Ok(Scene {
        objects,
        materials,
        environment: Some(Environment {
            radiance: Arc::new(read::texture(&folder.join("env.exr"), Meaning::Colour)?),
            scale: 1.0,
            world_from_environment: Quat::IDENTITY,
            backdrop: Backdrop::Environment,
            portals: Vec::new(),
        }),
        area_lights: vec![panel],
        ..Scene::new(camera)
    })
}

fn named(name: &str) -> Material {
    Material {
        name: name.to_owned(),
        ..Material::default()
    }
}

fn fibre(name: &str, texture: Arc<Texture>, interior: Interior) -> Material {
    Material {
        base_color: Vec3::ONE,
        base_color_texture: Some(texture.clone()),
        alpha: Some(texture),
        roughness: 0.4,
        ior: 1.55,
        interior,
        ..named(name)
    }
}

/// Triangles whose three indices per corner agree, as the reference scene builder writes them.
fn obj(text: &str, part: Part) -> Mesh {
    let mut mesh = Mesh::default();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let kind = words.next().unwrap_or("");
        let numbers: Vec<f32> = words
            .map(|word| word.split('/').next().unwrap_or("").parse().unwrap_or(0.0))
            .collect();
        match (kind, numbers.as_slice()) {
            ("v", &[x, y, z]) => mesh.positions.push(Vec3::new(x, y, z)),
            ("vn", &[x, y, z]) => mesh.normals.push(Vec3::new(x, y, z)),
            ("vt", &[u, v]) => mesh.uvs.push(Vec2::new(u, v)),
            ("f", &[a, b, c]) => {
                mesh.triangles
                    .push([a, b, c].map(|corner| corner as u32 - 1));
                mesh.parts.push(part);
            }
            _ => {}
        }
    }
    mesh
}
