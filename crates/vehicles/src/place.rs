//! What surrounds the car, and its light: open ground, a white hall, a gate of light strips, and stripes for judging surfaces; [`night`] turns the day off and a flash on.

use std::sync::Arc;

use damage::paint::hashed;
use glam::{Quat, Vec2, Vec3};
use photography::meter::{LUMINANCE, Surroundings, white_balance};
use population::row::{Row, RowError};
use scene::light::{Backdrop, Beam, PointLight};
use scene::mesh::Part;
use scene::texture::Texels;
use scene::{AreaLight, Camera, Environment, Material, Mesh, Texture};

/// A place with its light.
pub(crate) struct Place {
    /// Name, shape and look.
    pub(crate) things: Vec<(&'static str, Mesh, Material)>,
    pub(crate) environment: Option<Environment>,
    pub(crate) area_lights: Vec<AreaLight>,
    /// Stops to add to the camera's exposure.
    pub(crate) metered_ev: f64,
}

/// Radiance that a mid-toned surface (albedo 0.35) is exposed to, before the view transform.
const KEY: f32 = 0.23;
/// Side of the ground, and of its texture's tile, metres.
const GROUND_M: f32 = 120.0;
const TILE_M: f32 = 2.6;
/// Texels of a tile's side.
const TILE_PX: u32 = 1024;

/// Stops that bring `irradiance` on a mid-toned surface to the key.
pub(crate) fn exposed(irradiance: f32) -> f64 {
    f64::from((KEY * std::f32::consts::PI / (0.35 * irradiance.max(1e-5))).log2())
}

/// Asphalt under an environment of the pack.
pub(crate) fn open(
    row: &Row,
    surroundings: &Surroundings,
    camera: &Camera,
) -> Result<Place, RowError> {
    let rotation = Quat::from_rotation_y((row.number("light.rotation_deg")? as f32).to_radians());
    let towards = camera.position.as_vec3().normalize_or(Vec3::Z);
    // A car shows its top and the side that is looked at.
    let light = 0.5
        * (surroundings.irradiance(rotation, Vec3::Y) + surroundings.irradiance(rotation, towards));
    let balance = white_balance(light);
    Ok(Place {
        things: vec![ground(row.integer("place.seed")? as u64, Vec3::splat(0.17))],
        environment: Some(Environment {
            radiance: Arc::new(surroundings.balanced(balance)),
            scale: 1.0,
            world_from_environment: rotation,
            backdrop: Backdrop::Environment,
            portals: Vec::new(),
        }),
        area_lights: Vec::new(),
        metered_ev: exposed((light * balance).dot(LUMINANCE)),
    })
}

/// Takes light away from a place and gives as much back from a flash beside the lens, by the row's `light.night`: 1 leaves half a percent of the day.
pub(crate) fn night(
    row: &Row,
    place: &mut Place,
    camera: &Camera,
) -> Result<Option<PointLight>, RowError> {
    let night = row.number("light.night")? as f32;
    if night <= 0.0 {
        return Ok(None);
    }
    let left = (-7.5 * night).exp2();
    if let Some(environment) = &mut place.environment {
        environment.scale *= left;
    }
    for lamp in &mut place.area_lights {
        lamp.radiance *= left;
    }
    for (.., material) in &mut place.things {
        material.emission *= left;
    }
    // The day that was metered, at the nearest of what is looked at.
    let day = KEY * std::f32::consts::PI / (0.35 * (place.metered_ev as f32).exp2());
    let near = match row.category("camera.rig")? {
        "close_up" => 0.0,
        _ => 1.6,
    };
    let away = (row.number("camera.distance_m")? as f32 - near).max(0.4);
    let intensity = day * (1.0 - left) * away * away;
    let upwards = -camera.camera_from_world.row(1).as_vec3();
    Ok(Some(PointLight {
        position: camera.position.as_vec3() + 0.05 * upwards,
        radius_m: 0.012,
        intensity: Vec3::splat(intensity),
        near_infrared_intensity: intensity,
        beam: Beam::Uniform,
    }))
}

/// A rectangle of light around `middle`; its front is `edge_u × edge_v`.
pub(crate) fn lamp(
    middle: Vec3,
    edge_u: Vec3,
    edge_v: Vec3,
    radiance: f32,
    visible: bool,
) -> AreaLight {
    AreaLight {
        corner: middle - 0.5 * (edge_u + edge_v),
        edge_u,
        edge_v,
        radiance: Vec3::splat(radiance),
        visible,
    }
}

/// A white hall under a large soft light, two more at the sides.
pub(crate) fn studio(camera: &Camera) -> Place {
    // Down is Z × X turned: the front of a lamp that hangs.
    let above = lamp(
        Vec3::new(0.0, 4.2, 0.0),
        Vec3::X * 3.6,
        Vec3::Z * 7.5,
        9.0,
        true,
    );
    let beside = |side: f32| {
        let middle = Vec3::new(6.3 * side, 1.6, 0.0);
        lamp(middle, Vec3::Y * 1.2, Vec3::Z * (-9.0 * side), 3.5, true)
    };
    let white = Material {
        name: "hall".to_owned(),
        base_color: Vec3::splat(0.72),
        roughness: 0.7,
        ..Material::default()
    };
    let floor = Material {
        name: "floor".to_owned(),
        base_color: Vec3::splat(0.5),
        roughness: 0.35,
        ..Material::default()
    };
    Place {
        things: vec![
            ("hall", hall(camera, Vec3::new(8.0, 5.0, 11.0)), white),
            (
                "floor",
                rectangle(Vec3::ZERO, Vec3::X * 60.0, Vec3::NEG_Z * 60.0, 1.0),
                floor,
            ),
        ],
        environment: None,
        area_lights: vec![above, beside(-1.0), beside(1.0)],
        metered_ev: exposed(6.0),
    }
}

/// Something that shines, seen from its front: many strips are found faster as surfaces than as lamps.
fn glowing(name: &'static str, strips: Vec<Mesh>, radiance: f32) -> (&'static str, Mesh, Material) {
    let material = Material {
        name: name.to_owned(),
        base_color: Vec3::ZERO,
        specular: 0.0,
        emission: Vec3::splat(radiance),
        ..Material::default()
    };
    (name, joined(strips), material)
}

/// Arches of light strips around the car, as of inspection gates.
pub(crate) fn gate(row: &Row, camera: &Camera) -> Result<Place, RowError> {
    let (half, height, width) = (2.4, 2.9, 0.07);
    let mut strips = Vec::new();
    for k in -4..=4 {
        let z = 0.75 * k as f32;
        let above = Vec3::new(0.0, height, z);
        strips.push(rectangle(
            above,
            Vec3::X * (1.6 * half),
            Vec3::Z * width,
            1.0,
        ));
        for side in [-1.0_f32, 1.0] {
            let beside = Vec3::new(side * half, 1.3, z);
            strips.push(rectangle(
                beside,
                Vec3::Y * 2.2,
                Vec3::Z * (-side * width),
                1.0,
            ));
        }
    }
    let dark = Material {
        name: "hall".to_owned(),
        base_color: Vec3::splat(0.12),
        roughness: 0.8,
        ..Material::default()
    };
    Ok(Place {
        things: vec![
            ground(row.integer("place.seed")? as u64, Vec3::splat(0.12)),
            ("hall", hall(camera, Vec3::new(5.5, 4.0, 9.0)), dark),
            glowing("strips", strips, 60.0),
        ],
        environment: None,
        area_lights: Vec::new(),
        metered_ev: exposed(9.0),
    })
}

/// Stripes of light along the car on half a cylinder around it, with as much dark between them.
pub(crate) fn zebra() -> Place {
    const STRIPES: u32 = 26;
    const RADIUS: f32 = 15.0;
    let strips = (0..STRIPES)
        .map(|k| {
            let angle = std::f32::consts::PI * (k as f32 + 0.5) / STRIPES as f32;
            let out = Vec3::new(angle.cos(), angle.sin(), 0.0);
            let along = Vec3::new(-out.y, out.x, 0.0);
            let width = 0.5 * std::f32::consts::PI * RADIUS / STRIPES as f32;
            rectangle(out * RADIUS, Vec3::Z * 90.0, along * width, 1.0)
        })
        .collect();
    let floor = Material {
        name: "floor".to_owned(),
        base_color: Vec3::splat(0.05),
        roughness: 0.9,
        ..Material::default()
    };
    Place {
        things: vec![
            (
                "floor",
                rectangle(Vec3::ZERO, Vec3::X * 40.0, Vec3::NEG_Z * 90.0, 1.0),
                floor,
            ),
            glowing("stripes", strips, 10.0),
        ],
        environment: None,
        area_lights: Vec::new(),
        metered_ev: exposed(14.0),
    }
}

/// A rectangle around `middle` whose front is `edge_u × edge_v`; its texture repeats every `tile_m`.
pub(crate) fn rectangle(middle: Vec3, edge_u: Vec3, edge_v: Vec3, tile_m: f32) -> Mesh {
    let corner = middle - 0.5 * (edge_u + edge_v);
    let normal = edge_u.cross(edge_v).normalize();
    let tiles = Vec2::new(edge_u.length(), edge_v.length()) / tile_m;
    Mesh {
        positions: vec![
            corner,
            corner + edge_u,
            corner + edge_u + edge_v,
            corner + edge_v,
        ],
        normals: vec![normal; 4],
        uvs: vec![
            Vec2::ZERO,
            Vec2::new(tiles.x, 0.0),
            tiles,
            Vec2::new(0.0, tiles.y),
        ],
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        parts: vec![Part::Background; 2],
    }
}

/// A hall around the car that reaches at least to `half` (its height in y), and beyond the camera.
fn hall(camera: &Camera, half: Vec3) -> Mesh {
    let lens = camera.position.as_vec3().abs() + 1.0;
    let high = half.max(lens);
    room(Vec3::new(-high.x, -0.01, -high.z), high)
}

/// A box seen from within, without its floor.
pub(crate) fn room(low: Vec3, high: Vec3) -> Mesh {
    let (middle, size) = (0.5 * (low + high), high - low);
    let (x, y, z) = (Vec3::X * size.x, Vec3::Y * size.y, Vec3::Z * size.z);
    let walls = [
        rectangle(middle + 0.5 * y, x, z, 1.0),
        rectangle(middle - 0.5 * x, y, z, 1.0),
        rectangle(middle + 0.5 * x, z, y, 1.0),
        rectangle(middle - 0.5 * z, x, y, 1.0),
        rectangle(middle + 0.5 * z, y, x, 1.0),
    ];
    joined(walls)
}

/// Several meshes as one.
pub(crate) fn joined(meshes: impl IntoIterator<Item = Mesh>) -> Mesh {
    let mut whole = Mesh::default();
    for mesh in meshes {
        let first = whole.positions.len() as u32;
        whole.positions.extend(mesh.positions);
        whole.normals.extend(mesh.normals);
        whole.uvs.extend(mesh.uvs);
        whole
            .triangles
            .extend(mesh.triangles.iter().map(|t| t.map(|v| v + first)));
        whole.parts.extend(mesh.parts);
    }
    whole
}

/// Asphalt: stones in bitumen, with patches where it is worn.
pub(crate) fn ground(seed: u64, albedo: Vec3) -> (&'static str, Mesh, Material) {
    let side = TILE_PX as i64;
    // Noise that repeats with the tile.
    let bumps = |x: f32, y: f32, cells: i64, salt: u64| {
        let scale = cells as f32 / side as f32;
        let (x, y) = (x * scale, y * scale);
        let (x0, y0) = (x.floor(), y.floor());
        let (tx, ty) = (x - x0, y - y0);
        let corner = |dx: i64, dy: i64| {
            let wrap = |v: i64| v.rem_euclid(cells);
            hashed(wrap(x0 as i64 + dx), wrap(y0 as i64 + dy), seed ^ salt)
        };
        let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
        let mix = |a: f32, b: f32, t: f32| a + (b - a) * smooth(t);
        mix(
            mix(corner(0, 0), corner(1, 0), tx),
            mix(corner(0, 1), corner(1, 1), tx),
            ty,
        )
    };
    let texels = (0..TILE_PX * TILE_PX).map(|index| {
        let (x, y) = ((index % TILE_PX) as f32, (index / TILE_PX) as f32);
        let stone = hashed(x as i64 / 2, y as i64 / 2, seed ^ 9);
        let grain = bumps(x, y, 330, 1) * 0.5 + stone * stone * 0.45;
        let worn = bumps(x, y, 5, 3) * 0.6 + bumps(x, y, 17, 4) * 0.4;
        let level = 0.62 + 0.5 * (grain - 0.4) + 0.28 * (worn - 0.5);
        let byte = |channel: f32| {
            let linear = (channel * level * 1.6).clamp(0.0, 1.0);
            (linear.powf(1.0 / 2.2) * 255.0).round() as u8
        };
        [byte(albedo.x), byte(albedo.y), byte(albedo.z * 0.97), 255]
    });
    let material = Material {
        name: "ground".to_owned(),
        base_color: Vec3::ONE,
        base_color_texture: Some(Arc::new(Texture {
            width: TILE_PX,
            height: TILE_PX,
            texels: Texels::Srgba8(texels.collect()),
        })),
        roughness: 0.85,
        specular: 0.6,
        ..Material::default()
    };
    let mesh = rectangle(
        Vec3::ZERO,
        Vec3::X * GROUND_M,
        Vec3::NEG_Z * GROUND_M,
        TILE_M,
    );
    ("ground", mesh, material)
}
