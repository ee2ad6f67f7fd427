//! What people hold and sit on.

use body::BodyModel;
use body::region::Region;
use glam::{Affine3A, Quat, Vec3};
use motion::action::Prop;
use motion::hand::Shape;
use places::solid::Solid;
use places::surface;
use population::stream::{Seed, Stream, Streams};
use scene::{Material, Mesh};

use crate::person::Person;
use crate::stage::SceneBuilder;

/// Adds the cup or telephone of an action, and the stool under who sits.
pub(crate) fn add(builder: &mut SceneBuilder, model: &BodyModel, person: &Person, seed: u64) {
    let Some(held) = &person.held else {
        return;
    };
    let mut stream = Streams::new(Seed(seed), 0).stream("props");
    let mut channel = || stream.range(0.05, 0.7) as f32;
    let color = Vec3::new(channel(), channel(), channel());
    if let Some(prop) = &held.prop {
        let (name, mesh, material) = if held.taken.is_some() {
            product(
                prop,
                &mut Streams::new(Seed(seed), 0).stream("props/product"),
            )
        } else {
            thing(prop, color)
        };
        builder.scenery(name, mesh, material);
    }
    if held.sits {
        let under = seat(model, person);
        let (half, thick) = (0.19, 0.05);
        let top = under.y.max(0.1);
        let mut stool = Solid::default().cuboid(
            Vec3::new(-half, top - thick, -half),
            Vec3::new(half, top, half),
        );
        for (x, z) in [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)] {
            let foot = Vec3::new(x * (half - 0.04), 0.0, z * (half - 0.04));
            stool = stool.post(foot, top - thick, 0.018, 0.018);
        }
        let stool = stool.placed(0.0, Vec3::new(under.x, 0.0, under.z));
        builder.scenery(
            "stool",
            stool.mesh(),
            surface::glossy("stool", color * 0.6, 0.5),
        );
    }
}

/// The place under the hips where flesh meets what one sits on.
fn seat(model: &BodyModel, person: &Person) -> Vec3 {
    let lowest = model
        .quads
        .iter()
        .zip(&model.regions)
        .filter(|(_, region)| **region == Region::Trunk)
        .flat_map(|(quad, _)| quad[..4].iter().map(|&v| person.posed[v as usize].y))
        .fold(f32::MAX, f32::min);
    let hips = person.stance(model).joint("root").as_vec3();
    Vec3::new(hips.x, lowest, hips.z)
}

/// What is taken from a shelf, as a store sells it.
fn product(prop: &Prop, stream: &mut Stream) -> (&'static str, Mesh, Material) {
    let (size, is_round) = match prop.shape {
        Shape::Cylinder { radius_m, length_m } => {
            (Vec3::new(2.0 * radius_m, length_m, 2.0 * radius_m), true)
        }
        Shape::Sphere { radius_m } => (Vec3::splat(2.0 * radius_m), true),
        Shape::Box { size_m } => (size_m, false),
        Shape::Thin { thickness_m } => (Vec3::new(0.054, 0.086, thickness_m), false),
    };
    let (solid, material) = places::store::single(size, is_round, stream);
    let mut mesh = solid.mesh();
    place(&mut mesh, prop.turn, prop.place_m);
    ("product", mesh, material)
}

fn thing(prop: &Prop, color: Vec3) -> (&'static str, Mesh, Material) {
    let (name, solid, material) = match prop.shape {
        Shape::Cylinder { radius_m, length_m } => {
            let foot = Vec3::NEG_Y * (0.5 * length_m);
            let cup = Solid::default().post(foot, length_m, 0.85 * radius_m, radius_m);
            ("cup", cup, surface::glossy("cup", color, 0.2))
        }
        Shape::Box { size_m } => {
            let slab = Solid::default().cuboid(-0.5 * size_m, 0.5 * size_m);
            let black = Vec3::splat(0.02);
            ("telephone", slab, surface::glossy("telephone", black, 0.1))
        }
        Shape::Thin { thickness_m } => {
            let half = 0.5 * Vec3::new(thickness_m, 0.054, 0.086);
            let card = Solid::default().cuboid(-half, half);
            ("card", card, surface::glossy("card", color, 0.4))
        }
        Shape::Sphere { radius_m } => {
            let foot = Vec3::NEG_Y * radius_m;
            let ball = Solid::default().post(foot, 2.0 * radius_m, radius_m, radius_m);
            ("ball", ball, surface::matt("ball", color))
        }
    };
    let mut mesh = solid.mesh();
    place(&mut mesh, prop.turn, prop.place_m);
    (name, mesh, material)
}

fn place(mesh: &mut Mesh, turn: Quat, at: Vec3) {
    let to_world = Affine3A::from_rotation_translation(turn, at);
    for position in &mut mesh.positions {
        *position = to_world.transform_point3(*position);
    }
    for normal in &mut mesh.normals {
        *normal = turn * *normal;
    }
}
