//! A car's cabin around somebody who drives it.
//!
//! The car is built from its driver outwards: the seat is where the hips are, the wheel where the hands are, the roof above the hair, the door beyond the
//! shoulder. What is left open, such as the car's size, trim and colours, `seed` decides. Everything is built for a driver on the left and mirrored
//! for one on the right. Reading order: [`Setting`] and [`build`] here, `layout` (where things are), then `shell`, `front`, `seats`, `belt`.
//!
//! Windows are openings without a pane: glass would add noise and little to see. Invariants: the camera hangs on a part of the car; nothing but the wheel stands
//! between the camera and the face.
mod belt;
mod front;
mod layout;
mod seats;
mod shell;
#[cfg(test)]
mod tests;
mod trim;

use glam::{DVec3, Vec3};
use population::stream::{Seed, Streams};

use crate::Place;
use crate::solid::Solid;
use layout::Layout;
use trim::Trim;

/// Where the camera is mounted, as the industry names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// On the instrument cluster's hood, behind the wheel.
    Cluster,
    /// On the steering column, just behind the wheel.
    SteeringColumn,
    /// On the A-pillar, at the windscreen's side.
    APillar,
    /// At the centre stack's screen.
    CentreStack,
    /// Below the rear-view mirror.
    Mirror,
    /// In the overhead console of the roof.
    Roof,
    /// Nowhere in particular.
    Free,
}

/// A steering wheel where somebody's hands are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wheel {
    /// Its middle, world, metres.
    pub place: Vec3,
    /// To the middle of the rim, metres.
    pub radius_m: f32,
    /// How far it leans away from upright, radians.
    pub tilt: f32,
    /// How far it is turned to the driver's left, radians.
    pub turned: f32,
}

/// Who sits in the car; world, metres; the driver faces +z.
#[derive(Debug, Clone)]
pub struct Driver {
    /// The middle between the hip joints.
    pub hips: Vec3,
    /// Where the neck begins.
    pub neck: Vec3,
    /// The middle between the eyes.
    pub eyes: Vec3,
    /// Right, then left.
    pub knees: [Vec3; 2],
    /// The head's extent, hair and hat included.
    pub head: [Vec3; 2],
    /// Clothes and skin of trunk and thighs: what seat and belt touch.
    pub trunk: Vec<[Vec3; 3]>,
    /// What is steered with.
    pub wheel: Option<Wheel>,
    /// Whether the belt is worn.
    pub is_belted: bool,
}

/// Where everything has to fit.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Decides everything that is left open.
    pub seed: u64,
    /// Who drives.
    pub driver: Driver,
    /// Whether the driver sits on the car's left, as where traffic keeps to the right.
    pub steers_left: bool,
    /// The lens.
    pub camera: DVec3,
    /// What it is mounted on.
    pub mount: Mount,
}

/// Builds the cabin.
///
/// # Determinism
/// The same setting gives the same cabin, on any machine.
pub fn build(setting: &Setting) -> Place {
    if !setting.steers_left {
        return mirrored(build(&in_mirror(setting)));
    }
    let streams = Streams::new(Seed(setting.seed), 0);
    let layout = Layout::new(setting, &mut streams.stream("place/cabin/layout"));
    let trim = Trim::draw(&mut streams.stream("place/cabin/trim"));
    let mut place = Place {
        enclosed: true,
        by_daylight: true,
        ..Place::default()
    };
    shell::add(&mut place, &layout, &trim);
    front::add(
        &mut place,
        setting,
        &layout,
        &trim,
        &mut streams.stream("place/cabin/front"),
    );
    seats::add(
        &mut place,
        setting,
        &layout,
        &trim,
        &mut streams.stream("place/cabin/seats"),
    );
    let webbing = trim.webbing.clone();
    for (name, solid) in belt::add(&setting.driver, &layout) {
        place.add(name, solid, webbing.clone());
    }
    let face = setting.driver.eyes - Vec3::Y * 0.04;
    place
        .things
        .retain(|thing| !stands_in_the_way(thing, setting.camera.as_vec3(), face));
    place
}

/// What may be before the face: the wheel, as in life.
fn stands_in_the_way(thing: &crate::Thing, lens: Vec3, face: Vec3) -> bool {
    if matches!(thing.name, "cabin/wheel" | "cabin/belt") {
        return false;
    }
    let side = (face - lens).cross(Vec3::Y).normalize_or(Vec3::X);
    let up = side.cross(face - lens).normalize_or(Vec3::Y);
    let seen = [
        (0.0, 0.0),
        (0.08, 0.0),
        (-0.08, 0.0),
        (0.0, 0.1),
        (0.0, -0.09),
    ];
    seen.iter().any(|(x, y)| {
        let to = face + side * *x + up * *y - lens;
        // As far as the face's skin, which is before the middle of what is aimed at.
        thing.mesh.triangles.iter().any(|t| {
            let corners = t.map(|v| thing.mesh.positions[v as usize]);
            met(lens, to, corners).is_some_and(|share| share < 0.93)
        })
    })
}

/// Where a ray meets a triangle, as a share of the way (Möller & Trumbore 1997).
pub(crate) fn met(from: Vec3, way: Vec3, [a, b, c]: [Vec3; 3]) -> Option<f32> {
    let (e1, e2) = (b - a, c - a);
    let p = way.cross(e2);
    let determinant = e1.dot(p);
    if determinant.abs() < 1e-12 {
        return None;
    }
    let s = from - a;
    let u = s.dot(p) / determinant;
    let q = s.cross(e1);
    let v = way.dot(q) / determinant;
    let t = e2.dot(q) / determinant;
    (u >= 0.0 && v >= 0.0 && u + v <= 1.0 && t > 0.0).then_some(t)
}

fn flip(p: Vec3) -> Vec3 {
    Vec3::new(-p.x, p.y, p.z)
}

fn in_mirror(setting: &Setting) -> Setting {
    let driver = &setting.driver;
    let [right, left] = driver.knees.map(flip);
    let [low, high] = driver.head;
    Setting {
        driver: Driver {
            hips: flip(driver.hips),
            neck: flip(driver.neck),
            eyes: flip(driver.eyes),
            knees: [left, right],
            head: [
                Vec3::new(-high.x, low.y, low.z),
                Vec3::new(-low.x, high.y, high.z),
            ],
            trunk: driver
                .trunk
                .iter()
                .map(|[a, b, c]| [flip(*a), flip(*c), flip(*b)])
                .collect(),
            wheel: driver.wheel.map(|wheel| Wheel {
                place: flip(wheel.place),
                turned: -wheel.turned,
                ..wheel
            }),
            is_belted: driver.is_belted,
        },
        steers_left: true,
        camera: DVec3::new(-setting.camera.x, setting.camera.y, setting.camera.z),
        ..setting.clone()
    }
}

/// Left and right exchanged at the plane x = 0.
fn mirrored(mut place: Place) -> Place {
    for thing in &mut place.things {
        for v in thing
            .mesh
            .positions
            .iter_mut()
            .chain(&mut thing.mesh.normals)
        {
            v.x = -v.x;
        }
        for t in &mut thing.mesh.triangles {
            t.swap(1, 2);
        }
    }
    for lamp in &mut place.lamps {
        // The other order of sides keeps the front where it was.
        (lamp.corner, lamp.edge_u, lamp.edge_v) =
            (flip(lamp.corner), flip(lamp.edge_v), flip(lamp.edge_u));
    }
    for window in &mut place.windows {
        (window.corner, window.edge_u, window.edge_v) = (
            flip(window.corner),
            flip(window.edge_v),
            flip(window.edge_u),
        );
    }
    place
}

/// A box with soft edges.
fn block(low: [f32; 3], high: [f32; 3]) -> Solid {
    Solid::default().cuboid(Vec3::from(low), Vec3::from(high))
}
