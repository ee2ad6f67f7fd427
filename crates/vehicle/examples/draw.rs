//! Writes a car as glTF, for `populace render`: a typical one of a style, or one of the catalogue.
//!
//! `cargo run --release -p populace-vehicle --example draw -- suv|volkswagen-golf car.glb [DEGREES HEIGHT_M DISTANCE_M] [RED GREEN BLUE solid|metallic|pearl|matt]`

use glam::{DVec3, Vec3};
use scene::{Camera, Material, MaterialId, Object, Scene};
use vehicle::{BodyStyle, Finish, Paint, Specification, Vehicle, catalogue};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments
        .first()
        .ok_or("name a style or a car of the catalogue")?;
    let sheet = BodyStyle::named(name)
        .map(Specification::typical)
        .or_else(|| {
            let model = catalogue().into_iter().find(|model| model.name == *name);
            model.map(|model| model.specification)
        })
        .ok_or_else(|| format!("`{name}` is neither a style nor in the catalogue"))?;
    let path = arguments.get(1).ok_or("name a .glb file")?;
    let number = |k: usize, other: f64| {
        arguments
            .get(k)
            .and_then(|a| a.parse().ok())
            .unwrap_or(other)
    };
    let car = Vehicle::new(&sheet)?;
    let (azimuth, height, distance) =
        (number(2, 35.0).to_radians(), number(3, 1.3), number(4, 7.0));
    let eye = DVec3::new(distance * azimuth.sin(), height, distance * azimuth.cos());
    let paint = Paint {
        colour: Vec3::new(
            number(5, 0.35) as f32,
            number(6, 0.02) as f32,
            number(7, 0.02) as f32,
        ),
        finish: arguments
            .get(8)
            .and_then(|name| Finish::ALL.into_iter().find(|finish| finish.name() == name))
            .unwrap_or(Finish::Solid),
    };
    let camera = Camera::look_at(eye, DVec3::new(0.0, 0.65, 0.0), DVec3::Y, 0.42, 900, 560);
    let mut scene = Scene::new(camera);
    (scene.objects, scene.materials) = car.objects(paint, 1, 0);
    // The ground.
    let mut ground = scene::Mesh::default();
    for (x, z) in [(-12.0, -12.0), (-12.0, 12.0), (12.0, 12.0), (12.0, -12.0)] {
        ground.positions.push(Vec3::new(x, 0.0, z));
        ground.normals.push(Vec3::Y);
        ground.uvs.push(glam::Vec2::new(x, z));
    }
    ground.triangles = vec![[0, 1, 2], [0, 2, 3]];
    ground.parts = vec![scene::mesh::Part::Background; 2];
    scene.materials.push(Material {
        base_color: Vec3::splat(0.22),
        roughness: 0.9,
        ..Material::default()
    });
    scene.objects.push(Object {
        name: "ground".to_owned(),
        mesh: ground.into(),
        material: MaterialId(scene.materials.len() as u32 - 1),
        instance: 0,
    });
    let written = scene::file::glb(&scene).map_err(|size| format!("{size} bytes are too many"))?;
    std::fs::write(path, written.bytes)?;
    Ok(())
}
