//! Places where cameras watch people, built from a few numbers: a photographer's backdrop, a furnished room, a store, a car's cabin.
//!
//! [`Place::build`] takes who stands where and where the camera is, and returns what surrounds them: objects, lamps, and the windows through
//! which the sky shines; [`cabin::build`] builds a car around its driver. Reading order: [`solid`] and [`loft`] (shapes), [`surface`] (materials), then the
//! places, one file or folder each.
//!
//! Invariants: a place is a pure function of its settings; the camera and the person are inside it with room to spare, and nothing stands
//! between them. Deliberately not here: people, cameras, exposure.
pub mod cabin;
mod furniture;
pub mod loft;
mod room;
pub mod solid;
pub mod store;
mod studio;
pub mod surface;

use glam::{DVec3, Vec3};
use population::stream::{Seed, Streams};
use scene::light::Portal;
use scene::{AreaLight, Material, Mesh};

/// What kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A seamless paper backdrop that runs from the wall over the floor.
    Studio,
    /// A furnished room with windows.
    Room,
    /// An aisle between the shelves of a store; the person faces the shelf on +z.
    Store,
}

/// Where everything has to fit.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What kind of place.
    pub kind: Kind,
    /// Decides everything that is left open.
    pub seed: u64,
    /// Where the person stands on the floor, y = 0; metres.
    pub person: DVec3,
    /// Further places on the floor where people come: the ends of their ways, and other people's.
    pub also: Vec<DVec3>,
    /// The camera.
    pub camera: DVec3,
    /// The middle of the person's head.
    pub head: DVec3,
    /// What the person takes from a store's shelf.
    pub taken: Option<store::Taken>,
}

/// A thing of the place.
#[derive(Debug, Clone)]
pub struct Thing {
    /// What it is, e.g. `room/sofa`.
    pub name: &'static str,
    /// World, metres.
    pub mesh: Mesh,
    /// Its look.
    pub material: Material,
}

/// All that surrounds a person.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// What stands around.
    pub things: Vec<Thing>,
    /// Lamps. Their radiance is relative: together they give about 1 W/m² at head height above the person, reflections included.
    pub lamps: Vec<AreaLight>,
    /// Where the sky shines in; empty where the place is open.
    pub windows: Vec<Portal>,
    /// Whether walls keep the surroundings out but for the windows.
    pub enclosed: bool,
    /// Whether what comes in through the windows is its light, and lamps only glow: as in a car.
    pub by_daylight: bool,
}

impl Place {
    /// Builds a place.
    ///
    /// # Determinism
    /// The same setting gives the same place, on any machine.
    pub fn build(setting: &Setting) -> Self {
        let streams = Streams::new(Seed(setting.seed), 0);
        match setting.kind {
            Kind::Studio => studio::build(setting, &streams),
            Kind::Room => room::build(setting, &streams),
            Kind::Store => store::build(setting, &streams),
        }
    }

    fn add(&mut self, name: &'static str, solid: solid::Solid, material: Material) {
        if !solid.is_empty() {
            self.things.push(Thing {
                name,
                mesh: solid.mesh(),
                material,
            });
        }
    }
}

/// A rectangle that shines downwards, centred at a place, with the radiance that gives `irradiance` to a surface at `target` that faces it.
pub(crate) fn ceiling_lamp(
    centre: Vec3,
    size: [f32; 2],
    irradiance: f32,
    target: Vec3,
) -> AreaLight {
    let way = centre - target;
    let distance = way.length().max(0.5);
    let cosine = (way.y / distance).max(0.2);
    AreaLight {
        corner: centre - Vec3::new(0.5 * size[0], 0.0, 0.5 * size[1]),
        // u × v points down.
        edge_u: Vec3::X * size[0],
        edge_v: Vec3::Z * size[1],
        radiance: Vec3::splat(irradiance * distance * distance / (size[0] * size[1] * cosine)),
        visible: true,
    }
}
