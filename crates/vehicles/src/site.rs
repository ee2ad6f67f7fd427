//! Places that are built: a marked car park, a street with a kerb and houses, a workshop. What stands there is scenery: it has no labels, and nothing stands between the camera and the car.

use glam::{Mat3, Vec2, Vec3};
use photography::meter::Surroundings;
use population::row::{Row, RowError};
use population::stream::{Seed, Stream, Streams};
use scene::mesh::Part;
use scene::{Camera, Material, Mesh};
use vehicle::{CarPart, Fineness, Finish, Paint, Vehicle, catalogue};

use crate::attributes::COLOURS;
use crate::place::{Place, ground, joined, lamp, open, rectangle, room};

/// Width and length of a bay, metres.
const BAY_M: Vec2 = Vec2::new(2.6, 5.3);
/// Most other cars around.
const OTHERS: usize = 5;

fn unit(stream: &mut Stream) -> f32 {
    stream.uniform() as f32
}

fn streams(row: &Row) -> Result<Streams, RowError> {
    Ok(Streams::new(Seed(row.integer("place.seed")? as u64), 1))
}

fn matt(name: &str, colour: Vec3, roughness: f32) -> Material {
    Material {
        name: name.to_owned(),
        base_color: colour,
        roughness,
        ..Material::default()
    }
}

/// A box that stands on or above the ground.
fn block(low: Vec3, high: Vec3) -> Mesh {
    let (middle, size) = (0.5 * (low + high), high - low);
    let (x, y, z) = (Vec3::X * size.x, Vec3::Y * size.y, Vec3::Z * size.z);
    joined([
        rectangle(middle + 0.5 * y, z, x, 1.0),
        rectangle(middle - 0.5 * x, z, y, 1.0),
        rectangle(middle + 0.5 * x, y, z, 1.0),
        rectangle(middle - 0.5 * z, y, x, 1.0),
        rectangle(middle + 0.5 * z, x, y, 1.0),
    ])
}

/// A car's place and whether it faces −z.
type Spot = (Vec2, bool);

/// Other cars at some of the places, coarsely meshed, those alone that stand behind the car for the camera.
fn others(
    places: impl IntoIterator<Item = Spot>,
    camera: &Camera,
    stream: &mut Stream,
) -> Vec<(&'static str, Mesh, Material)> {
    let lens = camera.position.as_vec3();
    let towards = Vec2::new(lens.x, lens.z).normalize_or_zero();
    let models = catalogue();
    let mut things = Vec::new();
    let mut count = 0;
    for (at, turned) in places {
        let model = &models[stream.below(models.len() as u64) as usize];
        let is_there = unit(stream) < 0.6;
        let (_, hex, _) = COLOURS[stream.below(6) as usize];
        let aside = 0.12 * (unit(stream) - 0.5);
        let across = (at - towards * at.dot(towards)).length();
        let hides = at.dot(towards) > -0.35 * across - 0.6;
        if !is_there || hides || count == OTHERS {
            continue;
        }
        let fineness = Fineness::new(Fineness::COARSEST_M);
        let Ok(car) = Vehicle::with_fineness(&model.specification, fineness) else {
            continue;
        };
        count += 1;
        let Some(paint) = Paint::of_hex(hex, Finish::Solid) else {
            continue;
        };
        let turn = Mat3::from_rotation_y(aside + if turned { std::f32::consts::PI } else { 0.0 });
        let to = Vec3::new(at.x, 0.0, at.y);
        let mut kinds: Vec<CarPart> = car.parts.iter().map(|(part, _)| *part).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let own = car.parts.iter().filter(|(part, _)| *part == kind);
            let mut mesh = joined(own.map(|(_, mesh)| mesh.clone()));
            for at in &mut mesh.positions {
                *at = turn * *at + to;
            }
            for normal in &mut mesh.normals {
                *normal = turn * *normal;
            }
            mesh.parts.fill(Part::Background);
            things.push(("parked", mesh, kind.material(paint)));
        }
    }
    things
}

/// Asphalt with marked bays, other cars in some of them, lamp poles and a wall at the end.
pub(crate) fn car_park(
    row: &Row,
    surroundings: &Surroundings,
    camera: &Camera,
) -> Result<Place, RowError> {
    let mut place = open(row, surroundings, camera)?;
    let streams = streams(row)?;
    let mut lines = Vec::new();
    // Bays lie tail to tail, then across a lane from the next.
    for (middle, rows) in [(-0.5 * BAY_M.y, 2.0), (11.5 + 0.5 * BAY_M.y, 2.0)] {
        for k in -6..=6 {
            let x = (k as f32 - 0.5) * BAY_M.x;
            let at = Vec3::new(x, 0.003, middle);
            lines.push(rectangle(
                at,
                Vec3::X * 0.1,
                Vec3::NEG_Z * (rows * BAY_M.y),
                1.0,
            ));
        }
        let at = Vec3::new(-0.5 * BAY_M.x, 0.003, middle);
        lines.push(rectangle(
            at,
            Vec3::X * (12.0 * BAY_M.x),
            Vec3::NEG_Z * 0.1,
            1.0,
        ));
    }
    place.things.push((
        "lines",
        joined(lines),
        matt("road paint", Vec3::splat(0.6), 0.8),
    ));
    let lens = camera.position.as_vec3();
    let poles = [-15.0_f32, 15.0].map(|x| {
        let foot = Vec3::new(x, 0.0, -5.4);
        let pole = block(
            foot - Vec3::new(0.07, 0.0, 0.07),
            foot + Vec3::new(0.07, 7.0, 0.07),
        );
        let head = block(
            foot + Vec3::new(-0.6, 7.0, -0.12),
            foot + Vec3::new(0.6, 7.1, 0.12),
        );
        joined([pole, head])
    });
    let steel = Material {
        metallic: 1.0,
        ..matt("steel", Vec3::splat(0.45), 0.45)
    };
    place.things.push(("poles", joined(poles), steel));
    let back = (lens.z - 3.0).min(-21.0);
    let wall = block(
        Vec3::new(-40.0, 0.0, back - 0.3),
        Vec3::new(40.0, 2.4, back),
    );
    place.things.push((
        "wall",
        wall,
        matt("concrete", Vec3::new(0.36, 0.35, 0.33), 0.9),
    ));
    let mut spots: Vec<Spot> = Vec::new();
    for k in [1, -1, 2, -2, 3, -3, 0, 4, -4] {
        let x = k as f32 * BAY_M.x;
        if k != 0 {
            spots.push((Vec2::new(x, 0.0), k % 2 == 0));
        }
        spots.push((Vec2::new(x, -BAY_M.y), k % 3 == 0));
        spots.push((Vec2::new(x, 11.5), k % 2 != 0));
    }
    let parked = others(spots, camera, &mut streams.stream("car park"));
    place.things.extend(parked);
    Ok(place)
}

/// Houses along x = `front`, which face the street.
fn houses(front: f32, stream: &mut Stream) -> [(&'static str, Mesh, Material); 3] {
    let inwards = -front.signum();
    let face = |at: Vec3, wide: f32, high: f32| {
        rectangle(at, Vec3::Y * high, Vec3::Z * (wide * inwards), 1.0)
    };
    let (mut walls, mut panes, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    let mut z = -34.0;
    while z < 34.0 {
        let wide = 9.0 + 6.0 * unit(stream);
        let storeys = 2 + stream.below(3);
        let high = 1.0 + 3.1 * storeys as f32;
        let back = 0.3 * unit(stream);
        let x = front - back * inwards;
        let (low, up) = (x.min(x - 8.0 * inwards), x.max(x - 8.0 * inwards));
        walls.push(block(Vec3::new(low, 0.0, z), Vec3::new(up, high, z + wide)));
        let windows = (wide / 2.6) as u32;
        let apart = wide / windows as f32;
        for storey in 0..storeys {
            for k in 0..windows {
                let is_door = storey == 0 && k == windows / 2;
                let y = if is_door {
                    1.1
                } else {
                    1.9 + 3.0 * storey as f32
                };
                let (w, h) = if is_door { (1.1, 2.2) } else { (1.15, 1.5) };
                let at = Vec3::new(x, y, z + (k as f32 + 0.5) * apart);
                frames.push(face(at + Vec3::X * (0.02 * inwards), w + 0.22, h + 0.22));
                panes.push(face(at + Vec3::X * (0.035 * inwards), w, h));
            }
        }
        z += wide + if unit(stream) < 0.2 { 2.5 } else { 0.0 };
    }
    let plaster = [
        Vec3::new(0.46, 0.40, 0.31),
        Vec3::new(0.36, 0.20, 0.14),
        Vec3::new(0.5, 0.49, 0.46),
        Vec3::new(0.30, 0.31, 0.32),
    ][stream.below(4) as usize];
    [
        ("houses", joined(walls), matt("plaster", plaster, 0.9)),
        (
            "frames",
            joined(frames),
            matt("frames", Vec3::splat(0.6), 0.6),
        ),
        (
            "panes",
            joined(panes),
            matt("panes", Vec3::splat(0.015), 0.05),
        ),
    ]
}

/// A car at the kerb: pavement and houses at its right, more across the street, others before and behind it.
pub(crate) fn street(
    row: &Row,
    surroundings: &Surroundings,
    camera: &Camera,
) -> Result<Place, RowError> {
    let mut place = open(row, surroundings, camera)?;
    let mut stream = streams(row)?.stream("street");
    let lens = camera.position.as_vec3();
    // Houses stand behind the camera, too.
    let right = (-4.3_f32).min(lens.x - 1.5);
    let left = 11.5_f32.max(lens.x + 1.5);
    let kerb = -1.32;
    let far = left - 2.6;
    place.things.push((
        "pavement",
        joined([
            block(
                Vec3::new(right, 0.0, -40.0),
                Vec3::new(kerb - 0.12, 0.12, 40.0),
            ),
            block(
                Vec3::new(far + 0.12, 0.0, -40.0),
                Vec3::new(left, 0.12, 40.0),
            ),
        ]),
        matt("pavement", Vec3::new(0.27, 0.265, 0.255), 0.9),
    ));
    place.things.push((
        "kerb",
        joined([
            block(
                Vec3::new(kerb - 0.12, 0.0, -40.0),
                Vec3::new(kerb, 0.125, 40.0),
            ),
            block(
                Vec3::new(far, 0.0, -40.0),
                Vec3::new(far + 0.12, 0.125, 40.0),
            ),
        ]),
        matt("kerb", Vec3::new(0.40, 0.395, 0.385), 0.85),
    ));
    let lane = 0.5 * (kerb + far);
    let dashes = (-6..=6).map(|k| {
        let at = Vec3::new(lane + 0.6, 0.003, 6.0 * k as f32);
        rectangle(at, Vec3::X * 0.12, Vec3::NEG_Z * 3.0, 1.0)
    });
    place.things.push((
        "lines",
        joined(dashes),
        matt("road paint", Vec3::splat(0.55), 0.8),
    ));
    place.things.extend(houses(right, &mut stream));
    place.things.extend(houses(left, &mut stream));
    let across = far - 1.2;
    let spots = [
        (Vec2::new(0.0, 6.2), false),
        (Vec2::new(0.0, -6.3), false),
        (Vec2::new(across, 2.1), true),
        (Vec2::new(across, -4.4), true),
        (Vec2::new(0.0, -12.2), false),
        (Vec2::new(0.0, 12.3), false),
        (Vec2::new(across, 9.0), true),
        (Vec2::new(across, -11.0), true),
    ];
    place.things.extend(others(spots, camera, &mut stream));
    Ok(place)
}

/// A hall of concrete under strips of light, with cabinets along its walls.
pub(crate) fn workshop(row: &Row, camera: &Camera) -> Result<Place, RowError> {
    let mut stream = streams(row)?.stream("workshop");
    let lens = camera.position.as_vec3().abs() + 1.2;
    let half = Vec3::new(5.5, 4.4, 7.5).max(lens);
    let mut lamps = Vec::new();
    for k in -1..=1 {
        for side in [-1.0, 1.0] {
            let at = Vec3::new(1.9 * side, 4.15, 3.6 * k as f32);
            lamps.push(lamp(at, Vec3::X * 0.28, Vec3::Z * 2.4, 40.0, true));
        }
    }
    let (_, floor, mut concrete) = ground(stream.next_u64() >> 11, Vec3::new(0.31, 0.305, 0.295));
    concrete.roughness = 0.45;
    "floor".clone_into(&mut concrete.name);
    let walls = room(Vec3::new(-half.x, -0.01, -half.z), half);
    let dado = room(
        Vec3::new(-half.x + 0.02, -0.3, -half.z + 0.02),
        Vec3::new(half.x - 0.02, 1.3, half.z - 0.02),
    );
    // Its lid would be a second ceiling.
    let dado = Mesh {
        triangles: dado.triangles[2..].to_vec(),
        parts: dado.parts[2..].to_vec(),
        ..dado
    };
    let shade = [
        Vec3::new(0.10, 0.16, 0.27),
        Vec3::new(0.24, 0.25, 0.26),
        Vec3::new(0.30, 0.06, 0.05),
        Vec3::new(0.09, 0.2, 0.14),
    ];
    let chosen = stream.below(4) as usize;
    let mut things = vec![
        ("floor", floor, concrete),
        ("hall", walls, matt("hall", Vec3::splat(0.5), 0.85)),
        ("dado", dado, matt("dado", shade[chosen], 0.6)),
    ];
    let mut cabinets = Vec::new();
    for side in [-1.0_f32, 1.0] {
        let mut z = -half.z + 0.6;
        while z < half.z - 1.5 {
            let (wide, high) = (
                0.7 + 0.9 * unit(&mut stream),
                0.85 + 1.0 * unit(&mut stream).powi(2),
            );
            let x = side * (half.x - 0.3);
            if unit(&mut stream) < 0.6 {
                let low = Vec3::new(x - 0.25, 0.0, z);
                cabinets.push(block(low, Vec3::new(x + 0.25, high, z + wide)));
            }
            z += wide + 0.15;
        }
    }
    things.push((
        "cabinets",
        joined(cabinets),
        matt("cabinets", shade[(chosen + 2) % 4], 0.35),
    ));
    Ok(Place {
        things,
        environment: None,
        area_lights: lamps,
        metered_ev: crate::place::exposed(9.0),
    })
}
