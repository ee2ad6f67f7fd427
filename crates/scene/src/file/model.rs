//! What a scene file holds, and how it becomes a scene.
use std::sync::Arc;

use glam::{DVec2, DVec3, Quat, Vec3};

use crate::light::{Backdrop, Fog, PointLight, Sun};
use crate::texture::Texels;
use crate::{AreaLight, Camera, Environment, Fibres, Material, Object, Scene, Texture};

/// A scene file's content in world space; a [`Scene`] but for who looks at it.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// One per mesh, place and material; instances count from 1 in the file's order.
    pub objects: Vec<Object>,
    /// Shared by objects.
    pub materials: Vec<Material>,
    /// Strands; only files we wrote hold them.
    pub fibres: Vec<Fibres>,
    /// Only files we wrote hold them.
    pub area_lights: Vec<AreaLight>,
    /// Bulbs and spots.
    pub point_lights: Vec<PointLight>,
    /// Light from one direction.
    pub sun: Option<Sun>,
    /// Only files we wrote hold one.
    pub environment: Option<Environment>,
    /// Only files we wrote hold it.
    pub fog: Option<Fog>,
    /// In the file's order.
    pub viewpoints: Vec<Viewpoint>,
    /// What of the file is not honoured: one sentence each, no two alike, at most 20.
    pub notes: Vec<String>,
}

/// A camera of a file.
#[derive(Debug, Clone)]
pub struct Viewpoint {
    /// As the file has it; may be empty.
    pub name: String,
    /// At the size the file asks for; 1024 pixels on the longer side where it asks for none.
    pub camera: Camera,
    /// Whether the file says how bright the picture is to be shown ([`Camera::exposure_ev`]).
    pub exposed: bool,
}

/// How large a picture is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// As the viewpoint has it.
    AsStored,
    /// Pixels of the longer side, shape as the viewpoint has it.
    LongerSide(u32),
    /// Pixels; the height of what is seen stays, the width follows.
    Exactly {
        /// Columns.
        width_px: u32,
        /// Rows.
        height_px: u32,
    },
}

/// Pixels of the longer side where nobody asks for a size.
pub(crate) const LONGER_SIDE_PX: u32 = 1024;

/// Most notes a model keeps.
const NOTES: usize = 20;

impl Model {
    /// Makes a scene: seen from the first viewpoint, or from ahead, a little to the right and above, so that everything is in the picture; lit by
    /// `environment` where one is given, by the file's own lights where it has some, and by a soft dome where there is no light at all. Surfaces that glow do not
    /// count as light here: many things have a display on them.
    pub fn into_scene(mut self, extent: Extent, environment: Option<Environment>) -> Scene {
        let camera = match self.viewpoints.first() {
            Some(viewpoint) => viewpoint.camera.clone(),
            None => self.three_quarter_view(),
        };
        let lit = self.has_light();
        let environment = environment.or_else(|| self.environment.take());
        Scene {
            objects: self.objects,
            materials: self.materials,
            environment: environment.or_else(|| (!lit).then(dome)),
            fibres: self.fibres,
            area_lights: self.area_lights,
            point_lights: self.point_lights,
            sun: self.sun,
            fog: self.fog,
            ..Scene::new(resized(camera, extent))
        }
    }

    /// Whether the file itself holds light other than glowing surfaces.
    pub fn has_light(&self) -> bool {
        self.environment.is_some()
            || self.sun.is_some()
            || !self.area_lights.is_empty()
            || !self.point_lights.is_empty()
    }

    /// Low and high corner of everything there is; two equal corners at the origin when there is nothing.
    pub fn bounds(&self) -> (DVec3, DVec3) {
        let (mut low, mut high) = (DVec3::INFINITY, DVec3::NEG_INFINITY);
        // Vertices that no triangle uses are not seen.
        let used = self.objects.iter().flat_map(|object| {
            let mesh = &*object.mesh;
            mesh.triangles
                .iter()
                .flatten()
                .map(|&corner| mesh.positions[corner as usize])
        });
        let strands = self
            .fibres
            .iter()
            .flat_map(|fibres| fibres.strands.points.iter().copied());
        for point in used.chain(strands) {
            low = low.min(point.as_dvec3());
            high = high.max(point.as_dvec3());
        }
        if low.cmple(high).all() {
            (low, high)
        } else {
            (DVec3::ZERO, DVec3::ZERO)
        }
    }

    /// A square picture from 30° to the right and 20° above of what +z faces, 35° wide, with all corners of the bounding box inside a margin of 5 %.
    fn three_quarter_view(&self) -> Camera {
        let (low, high) = self.bounds();
        let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
        let (turn, lift) = (30_f64.to_radians(), 20_f64.to_radians());
        let towards = DVec3::new(turn.sin() * lift.cos(), lift.sin(), turn.cos() * lift.cos());
        let tangent = (0.5 * 35_f64.to_radians()).tan();
        let right = DVec3::Y.cross(towards).normalize();
        let up = towards.cross(right);
        // Each corner asks for a distance from which it is inside the frame.
        let distance = (0..8)
            .map(|k| {
                let sign = |bit: u32| if k & bit == 0 { -1.0 } else { 1.0 };
                let corner = half * DVec3::new(sign(1), sign(2), sign(4));
                let aside = corner.dot(right).abs().max(corner.dot(up).abs());
                corner.dot(towards) + aside / (0.95 * tangent)
            })
            .fold(0.0, f64::max);
        let distance = if distance > 0.0 { distance } else { 1.0 };
        Camera::look_at(
            centre + towards * distance,
            centre,
            DVec3::Y,
            35_f64.to_radians(),
            LONGER_SIDE_PX,
            LONGER_SIDE_PX,
        )
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.notes.len() <= NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(crate) fn tidy_notes(&mut self) {
        if self.notes.len() > NOTES {
            self.notes.truncate(NOTES - 1);
            self.notes.push("and more of this kind".to_owned());
        }
    }
}

/// The same view with other pixels. Where the shape changes, the height of what is seen stays.
fn resized(camera: Camera, extent: Extent) -> Camera {
    let (from_width, from_height) = (f64::from(camera.width_px), f64::from(camera.height_px));
    let (width_px, height_px) = match extent {
        Extent::AsStored => return camera,
        Extent::Exactly {
            width_px,
            height_px,
        } => (width_px, height_px),
        Extent::LongerSide(longer) => {
            let scale = f64::from(longer) / from_width.max(from_height);
            let side = |pixels: f64| (pixels * scale).round().max(1.0) as u32;
            (side(from_width), side(from_height))
        }
    };
    let scale = f64::from(height_px) / from_height;
    let off_centre = camera.principal_px - 0.5 * DVec2::new(from_width, from_height);
    Camera {
        width_px,
        height_px,
        focal_px: camera.focal_px * scale,
        principal_px: 0.5 * DVec2::new(f64::from(width_px), f64::from(height_px))
            + off_centre * scale,
        ..camera
    }
}

/// Light for files without any: a soft dome, white overhead and grey below, brighter from ahead on the left, before a plain grey backdrop.
fn dome() -> Environment {
    const WIDTH: u32 = 64;
    const HEIGHT: u32 = 32;
    let key = Vec3::new(-0.5, 0.6, 0.62).normalize();
    let mut texels = Vec::with_capacity((WIDTH * HEIGHT) as usize);
    for y in 0..HEIGHT {
        let elevation = (0.5 - (y as f32 + 0.5) / HEIGHT as f32) * std::f32::consts::PI;
        for x in 0..WIDTH {
            let azimuth = ((x as f32 + 0.5) / WIDTH as f32 - 0.5) * std::f32::consts::TAU;
            let direction = Vec3::new(
                azimuth.sin() * elevation.cos(),
                elevation.sin(),
                -azimuth.cos() * elevation.cos(),
            );
            let square = direction.dot(key).max(0.0).powi(2);
            let eighth = square * square * square * square;
            texels.push([0.45 + 0.25 * direction.y + 2.2 * eighth; 3]);
        }
    }
    Environment {
        radiance: Arc::new(Texture {
            width: WIDTH,
            height: HEIGHT,
            texels: Texels::Rgb32(texels),
        }),
        scale: 1.0,
        world_from_environment: Quat::IDENTITY,
        backdrop: Backdrop::Colour(Vec3::splat(0.35)),
        portals: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaterialId, Mesh};

    fn boxed(low: Vec3, high: Vec3) -> Model {
        let mesh = Mesh {
            positions: vec![low, high, Vec3::new(low.x, high.y, low.z)],
            triangles: vec![[0, 1, 2]],
            ..Mesh::default()
        };
        Model {
            objects: vec![Object {
                name: "box".to_owned(),
                mesh: Arc::new(mesh),
                material: MaterialId(0),
                instance: 1,
            }],
            ..Model::default()
        }
    }

    #[test]
    fn the_camera_of_a_file_without_one_sees_everything_and_fills_the_picture() {
        for (low, high) in [
            (Vec3::splat(-1.0), Vec3::splat(1.0)),
            (Vec3::new(100.0, 0.0, 0.0), Vec3::new(101.0, 0.01, 30.0)),
            (Vec3::new(0.0, -5.0, 0.0), Vec3::new(0.001, 5.0, 0.001)),
        ] {
            let scene = boxed(low, high).into_scene(Extent::LongerSide(200), None);
            let mut farthest = 0.0_f64;
            for k in 0..8 {
                let pick = |bit: u32, a: f32, b: f32| f64::from(if k & bit == 0 { a } else { b });
                let corner = DVec3::new(
                    pick(1, low.x, high.x),
                    pick(2, low.y, high.y),
                    pick(4, low.z, high.z),
                );
                let (pixel, _) = scene.camera.project(corner).expect("ahead");
                farthest = farthest.max((pixel - 100.0).abs().max_element());
            }
            assert!(
                (85.0..=96.0).contains(&farthest),
                "{farthest} for {low} {high}"
            );
        }
    }

    #[test]
    fn nothing_and_a_single_point_can_be_looked_at() {
        for model in [Model::default(), boxed(Vec3::ONE, Vec3::ONE)] {
            let camera = model.into_scene(Extent::AsStored, None).camera;
            assert!(camera.position.is_finite() && camera.focal_px.min_element() > 0.0);
        }
    }

    #[test]
    fn another_shape_keeps_the_height_of_what_is_seen() {
        let camera = Camera::look_at(DVec3::Z, DVec3::ZERO, DVec3::Y, 0.8, 300, 200);
        let above =
            |camera: &Camera, x: f64| camera.direction(DVec2::new(x, 0.0)).expect("a pinhole");
        let top = above(&camera, 150.0);
        let wide = resized(
            camera.clone(),
            Extent::Exactly {
                width_px: 900,
                height_px: 400,
            },
        );
        assert!((above(&wide, 450.0) - top).length() < 1e-12);
        let small = resized(camera.clone(), Extent::LongerSide(150));
        assert_eq!((small.width_px, small.height_px), (150, 100));
        assert!((above(&small, 75.0) - top).length() < 1e-12);
        assert_eq!(resized(camera.clone(), Extent::AsStored), camera);
    }

    #[test]
    fn only_a_dark_file_gets_the_dome() {
        let lit = Model {
            sun: Some(Sun {
                direction: Vec3::Y,
                irradiance: Vec3::ONE,
                angular_radius: 0.0,
            }),
            ..Model::default()
        };
        assert!(lit.into_scene(Extent::AsStored, None).environment.is_none());
        assert!(
            Model::default()
                .into_scene(Extent::AsStored, None)
                .environment
                .is_some()
        );
    }
}
