//! Renders a scene that a JSON file describes, for comparison with other renderers (`benches/render`):
//! `cargo run --release -p populace-render --example reference -- SCENE.json OUT.npy [--samples 16] [--bounces 6] [--seed 1] [--repeats 1]
//! [--filter box|window] [--denoise none|own] [--clamp VALUE] [--threads 2] [--layers]`
//!
//! `OUT.npy` holds linear radiance, `[repeats, height, width, 3]` little-endian floats; repeats differ in their seeds alone. `--layers` also writes
//! `OUT.albedo.npy` and `OUT.normal.npy`. A line of JSON on stdout tells the processor time of each part, in seconds of user and system together.
//! Paths inside the scene are relative to it. Fields are those of `scene`'s vocabulary; what is absent has its default there.
#![expect(
    clippy::print_stdout,
    reason = "a bench's answer goes to whoever runs it"
)]
use glam::{DVec3, Quat, Vec2, Vec3};
use render::{Denoise, Filter, Settings, Threads, Tracer};
use scene::{
    AreaLight, Camera, Environment, Material, MaterialId, Mesh, Object, Scene, Texture,
    light::Backdrop,
    material::Interior,
    mesh::Part,
    read::{self, Meaning},
};
use serde::Deserialize;
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

type Anything<T> = Result<T, Box<dyn Error>>;

fn main() -> Anything<()> {
    let order = Order::parse(std::env::args().skip(1))?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(order.threads)
        .build_global()?;
    let started = processor_seconds();
    let scene = load(&order.scene)?;
    let loaded = processor_seconds();
    let tracer = Tracer::new(&scene)?;
    let built = processor_seconds();
    let (mut radiance, mut rendered) = (Vec::new(), Vec::new());
    let mut last = None;
    for repeat in 0..order.repeats {
        let before = processor_seconds();
        let frame = tracer.render(&Settings {
            seed: order.settings.seed + repeat,
            ..order.settings
        });
        rendered.push(processor_seconds() - before);
        radiance.extend_from_slice(&frame.radiance);
        last = Some(frame);
    }
    let frame = last.ok_or("--repeats must be at least 1")?;
    let size = [frame.height as usize, frame.width as usize];
    write_npy(
        &order.out,
        &[order.repeats as usize, size[0], size[1], 3],
        &radiance,
    )?;
    if order.layers {
        let beside = |name: &str| order.out.with_extension(format!("{name}.npy"));
        write_npy(
            &beside("albedo"),
            &[size[0], size[1], 3],
            &frame.layers.albedo,
        )?;
        write_npy(
            &beside("normal"),
            &[size[0], size[1], 3],
            &frame.layers.normal_world,
        )?;
    }
    println!(
        "{}",
        serde_json::json!({
            "load_s": loaded - started,
            "build_s": built - loaded,
            "render_s": rendered,
            "samples": order.settings.samples_per_pixel,
        })
    );
    Ok(())
}

/// What the command line asks for.
struct Order {
    scene: PathBuf,
    out: PathBuf,
    repeats: u64,
    threads: usize,
    layers: bool,
    settings: Settings,
}

impl Order {
    fn parse(mut words: impl Iterator<Item = String>) -> Anything<Self> {
        let usage = "usage: reference SCENE.json OUT.npy [OPTIONS]";
        let mut order = Self {
            scene: words.next().ok_or(usage)?.into(),
            out: words.next().ok_or(usage)?.into(),
            repeats: 1,
            threads: 2,
            layers: false,
            settings: Settings {
                max_bounces: 6,
                filter: Filter::Box,
                ..Settings::reference(16, 1)
            },
        };
        while let Some(option) = words.next() {
            if option == "--layers" {
                order.layers = true;
                continue;
            }
            let value = words
                .next()
                .ok_or_else(|| format!("{option} wants a value"))?;
            let settings = &mut order.settings;
            match (option.as_str(), value.as_str()) {
                ("--samples", n) => settings.samples_per_pixel = n.parse()?,
                ("--bounces", n) => settings.max_bounces = n.parse()?,
                ("--seed", n) => settings.seed = n.parse()?,
                ("--clamp", n) => settings.indirect_clamp = Some(n.parse()?),
                ("--repeats", n) => order.repeats = n.parse()?,
                ("--threads", n) => order.threads = n.parse()?,
                ("--filter", "box") => settings.filter = Filter::Box,
                ("--filter", "window") => settings.filter = Filter::BlackmanHarris,
                ("--denoise", "none") => settings.denoise = Denoise::None,
                ("--denoise", "own") => settings.denoise = Denoise::Own,
                _ => return Err(format!("unknown option {option} {value}").into()),
            }
        }
        if order.threads == 1 {
            order.settings.threads = Threads::Single;
        }
        Ok(order)
    }
}

/// User and system time of this process.
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SceneFile {
    camera: CameraFile,
    #[serde(default)]
    objects: Vec<ObjectFile>,
    #[serde(default)]
    materials: Vec<MaterialFile>,
    environment: Option<EnvironmentFile>,
    #[serde(default)]
    area_lights: Vec<AreaLightFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CameraFile {
    eye: [f64; 3],
    target: [f64; 3],
    up: [f64; 3],
    /// Of the picture's height.
    fov_deg: f64,
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectFile {
    ply: PathBuf,
    material: u32,
    /// Facets keep their own normals: corners are no longer shared.
    #[serde(default)]
    flat: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MaterialFile {
    base_color: [f32; 3],
    base_color_texture: Option<PathBuf>,
    alpha: Option<PathBuf>,
    roughness: f32,
    metallic: f32,
    ior: f32,
    specular: f32,
    emission: [f32; 3],
    interior: InteriorFile,
}

impl Default for MaterialFile {
    fn default() -> Self {
        let usual = Material::default();
        Self {
            base_color: usual.base_color.to_array(),
            base_color_texture: None,
            alpha: None,
            roughness: usual.roughness,
            metallic: usual.metallic,
            ior: usual.ior,
            specular: usual.specular,
            emission: usual.emission.to_array(),
            interior: InteriorFile::Opaque,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum InteriorFile {
    Opaque,
    ThinClear { tint: [f32; 3] },
    Skin { radius_m: [f32; 3] },
    Fibre,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentFile {
    file: PathBuf,
    #[serde(default = "one")]
    scale: f32,
    /// Around the vertical axis.
    #[serde(default)]
    turn_deg: f32,
    backdrop: Option<[f32; 3]>,
}

fn one() -> f32 {
    1.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaLightFile {
    corner: [f32; 3],
    edge_u: [f32; 3],
    edge_v: [f32; 3],
    radiance: [f32; 3],
    visible: bool,
}

fn load(file: &Path) -> Anything<Scene> {
    let text = fs::read_to_string(file)?;
    let described: SceneFile = serde_json::from_str(&text)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let camera = described.camera;
    let mut scene = Scene::new(Camera::look_at(
        DVec3::from(camera.eye),
        DVec3::from(camera.target),
        DVec3::from(camera.up),
        camera.fov_deg.to_radians(),
        camera.width,
        camera.height,
    ));
    for object in described.objects {
        let mesh = ply(&fs::read(folder.join(&object.ply))?)?;
        scene.objects.push(Object {
            name: object.ply.display().to_string(),
            mesh: Arc::new(if object.flat { facets(&mesh) } else { mesh }),
            material: MaterialId(object.material),
            instance: 1,
        });
    }
    for material in described.materials {
        scene.materials.push(material.into_material(folder)?);
    }
    if let Some(sky) = described.environment {
        scene.environment = Some(Environment {
            radiance: Arc::new(read::texture(&folder.join(sky.file), Meaning::Colour)?),
            scale: sky.scale,
            world_from_environment: Quat::from_rotation_y(sky.turn_deg.to_radians()),
            backdrop: sky.backdrop.map_or(Backdrop::Environment, |colour| {
                Backdrop::Colour(Vec3::from(colour))
            }),
            portals: Vec::new(),
        });
    }
    scene.area_lights = described
        .area_lights
        .iter()
        .map(|light| AreaLight {
            corner: Vec3::from(light.corner),
            edge_u: Vec3::from(light.edge_u),
            edge_v: Vec3::from(light.edge_v),
            radiance: Vec3::from(light.radiance),
            visible: light.visible,
        })
        .collect();
    Ok(scene)
}

impl MaterialFile {
    fn into_material(self, folder: &Path) -> Anything<Material> {
        let picture = |name: Option<PathBuf>, meaning| -> Anything<Option<Arc<Texture>>> {
            let read = |name| read::texture(&folder.join(name), meaning).map(Arc::new);
            Ok(name.map(read).transpose()?)
        };
        Ok(Material {
            base_color: Vec3::from(self.base_color),
            base_color_texture: picture(self.base_color_texture, Meaning::Colour)?,
            alpha: picture(self.alpha, Meaning::Data)?,
            roughness: self.roughness,
            metallic: self.metallic,
            ior: self.ior,
            specular: self.specular,
            emission: Vec3::from(self.emission),
            interior: match self.interior {
                InteriorFile::Opaque => Interior::Opaque,
                InteriorFile::ThinClear { tint } => Interior::ThinClear {
                    tint: Vec3::from(tint),
                },
                InteriorFile::Skin { radius_m } => Interior::Skin {
                    radius_m: Vec3::from(radius_m),
                },
                InteriorFile::Fibre => Interior::Fibre,
            },
            ..Material::default()
        })
    }
}

/// A mesh whose corners are its facets' own, with the facets' normals.
fn facets(mesh: &Mesh) -> Mesh {
    let mut flat = Mesh {
        parts: mesh.parts.clone(),
        ..Mesh::default()
    };
    for corners in &mesh.triangles {
        let corners = corners.map(|corner| corner as usize);
        let [a, b, c] = corners.map(|corner| mesh.positions[corner]);
        let normal = (b - a).cross(c - a).normalize_or(Vec3::Y);
        let first = flat.positions.len() as u32;
        for corner in corners {
            flat.positions.push(mesh.positions[corner]);
            flat.normals.push(normal);
            flat.uvs.push(mesh.uvs[corner]);
        }
        flat.triangles.push([first, first + 1, first + 2]);
    }
    flat
}

/// Binary PLY as the bench writes it: eight floats a vertex (position, normal, texture coordinates), triangles as a byte and three integers.
fn ply(bytes: &[u8]) -> Anything<Mesh> {
    const END: &[u8] = b"end_header\n";
    let at = bytes
        .windows(END.len())
        .position(|window| window == END)
        .ok_or("no end of the PLY header")?;
    let (header, body) = (std::str::from_utf8(&bytes[..at])?, &bytes[at + END.len()..]);
    let count = |element: &str| -> Anything<usize> {
        let found = header
            .lines()
            .find_map(|line| line.strip_prefix(element))
            .ok_or_else(|| format!("no `{element}` in the PLY header"))?;
        Ok(found.trim().parse()?)
    };
    let (vertices, triangles) = (count("element vertex ")?, count("element face ")?);
    if body.len() != vertices * 32 + triangles * 13 {
        return Err("not eight floats a vertex and three corners a face".into());
    }
    let (points, faces) = body.split_at(vertices * 32);
    let four = |bytes: &[u8]| [bytes[0], bytes[1], bytes[2], bytes[3]];
    let mut mesh = Mesh::default();
    for point in points.chunks_exact(32) {
        let value = |index: usize| f32::from_le_bytes(four(&point[4 * index..]));
        mesh.positions.push(Vec3::new(value(0), value(1), value(2)));
        mesh.normals.push(Vec3::new(value(3), value(4), value(5)));
        mesh.uvs.push(Vec2::new(value(6), value(7)));
    }
    for face in faces.chunks_exact(13) {
        let corner = |index: usize| u32::from_le_bytes(four(&face[1 + 4 * index..]));
        mesh.triangles.push([corner(0), corner(1), corner(2)]);
        mesh.parts.push(Part::BodySkin);
    }
    Ok(mesh)
}

/// NumPy's format, version 1.0.
fn write_npy(file: &Path, shape: &[usize], values: &[[f32; 3]]) -> Anything<()> {
    let shape: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({},), }}",
        shape.join(", ")
    );
    // The header with its ten bytes of preamble ends in a line break at a multiple of 64.
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(header.len())?.to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(
        values
            .iter()
            .flatten()
            .flat_map(|value| value.to_le_bytes()),
    );
    fs::write(file, bytes)?;
    Ok(())
}
