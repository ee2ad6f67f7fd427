//! What a stage builds and the renderer sees: meshes, materials, textures, lights, a camera — and the annotations that labels are made from.
//!
//! World: right-handed, metres, y up; a person faces +z. Camera: x right, y down, z forward (OpenCV). Image origin: outer corner of the
//! top-left pixel. Transforms are named `target_from_source`. Colour is linear Rec. 709. Left and right are the *person's*.
//!
//! Reading order: [`mesh`], [`material`], [`texture`], [`light`], [`camera`], [`annotation`], then [`mod@file`] for scenes of other
//! programs and [`pack`] for third-party assets.
//! Deliberately not here: how light travels (`render`), what a person is (`people`), what a label file looks like (`label`).
pub mod annotation;
pub mod band;
pub mod camera;
pub mod cornea;
pub mod fibre;
pub mod file;
pub mod light;
pub mod material;
pub mod mend;
pub mod mesh;
pub mod noise;
pub mod pack;
pub mod read;
pub mod soil;
pub mod texture;
pub mod wrap;
pub mod write;

use std::sync::Arc;

pub use camera::Camera;
pub use fibre::Fibres;
pub use light::{AreaLight, Environment};
pub use material::Material;
pub use mesh::Mesh;
pub use texture::Texture;

/// Index into [`Scene::materials`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaterialId(pub u32);

/// Everything the renderer sees, in world space.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Drawn in this order; an object's index here is its *object id*.
    pub objects: Vec<Object>,
    /// Shared by objects through [`MaterialId`].
    pub materials: Vec<Material>,
    /// Light from infinitely far away; black when absent.
    pub environment: Option<Environment>,
    /// Curves, drawn with the objects; the k-th one's object id is `objects.len() + k`.
    pub fibres: Vec<Fibres>,
    /// Rectangles that emit light.
    pub area_lights: Vec<AreaLight>,
    /// Bulbs, spots, luminaires, diodes.
    pub point_lights: Vec<light::PointLight>,
    /// Light from one direction.
    pub sun: Option<light::Sun>,
    /// What fills the air.
    pub fog: Option<light::Fog>,
    /// Who is looking.
    pub camera: Camera,
    /// What labels are made from.
    pub annotations: annotation::Annotations,
}

impl Scene {
    /// An empty, dark scene that somebody looks at.
    pub fn new(camera: Camera) -> Self {
        Self {
            objects: Vec::new(),
            materials: Vec::new(),
            environment: None,
            fibres: Vec::new(),
            area_lights: Vec::new(),
            point_lights: Vec::new(),
            sun: None,
            fog: None,
            camera,
            annotations: annotation::Annotations::default(),
        }
    }
}

/// A mesh with one material: a body, an eye, a hair style, a shirt.
#[derive(Debug, Clone)]
pub struct Object {
    /// For people who debug: `body`, `eye_right`, `hair/short02`.
    pub name: String,
    /// Geometry in world space.
    pub mesh: Arc<Mesh>,
    /// How it meets light.
    pub material: MaterialId,
    /// Which person or thing it belongs to: 1, 2, …; 0 is scenery.
    pub instance: u16,
}
