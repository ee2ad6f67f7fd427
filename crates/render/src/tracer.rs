//! The front door: a prepared scene, frames and questions to it.
use crate::{
    denoise::{Gathered, denoise},
    error::RenderError,
    geometry::Geometry,
    layers::{Hit, Layers},
    lens::{Lens, filter_offset, narrow},
    light::Lights,
    path::{Estimator, First, Limits},
    ray::Ray,
    sampling::Points,
    settings::{Denoise, Settings, Threads},
    shading,
    world::World,
};
use glam::{DVec2, DVec3, Vec3A};
use rayon::prelude::*;
use scene::Scene;

/// A scene prepared for rays. Cheap to ask, safe to share between threads; the scene stays borrowed.
#[derive(Debug)]
pub struct Tracer<'s> {
    world: World<'s>,
}

/// A rendered picture with its ground truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Linear Rec. 709, row-major, filtered over the pixel; the camera's exposure is *not* applied (see [`crate::view`]).
    pub radiance: Vec<[f32; 3]>,
    /// Ground truth of the same camera.
    pub layers: Layers,
}

impl<'s> Tracer<'s> {
    /// Checks a scene and builds its ray hierarchy.
    ///
    /// # Errors
    /// [`RenderError`] for the first thing that cannot be rendered: arrays that do not fit, numbers that are not finite, a camera that cannot look.
    /// Triangles without area are fine; nothing hits them.
    pub fn new(scene: &'s Scene) -> Result<Self, RenderError> {
        let lens = Lens::new(&scene.camera)?;
        shading::check_materials(scene)?;
        let lights = Lights::new(scene)?;
        let geometry = Geometry::new(scene)?;
        Ok(Self {
            world: World {
                scene,
                geometry,
                lights,
                lens,
            },
        })
    }

    /// Renders the scene's camera view with its ground truth.
    ///
    /// # Determinism
    /// The same scene and settings give the same bytes on the same build and processor family, whatever the number of threads.
    pub fn render(&self, settings: &Settings) -> Frame {
        let (width, height) = self.world.lens.size();
        let layers = self.world.layers(settings.threads);
        let limits = Limits {
            max_bounces: settings.max_bounces,
            indirect_clamp: settings.indirect_clamp,
            estimator: Estimator::Both,
        };
        let line = |y: u32| {
            (0..width)
                .map(|x| self.pixel(x, y, settings, &limits))
                .collect::<Vec<_>>()
        };
        let lines: Vec<Vec<Gathered>> = match settings.threads {
            Threads::Single => (0..height).map(line).collect(),
            Threads::Pool => (0..height).into_par_iter().map(line).collect(),
        };
        let gathered: Vec<Gathered> = lines.into_iter().flatten().collect();
        let radiance: Vec<Vec3A> = match settings.denoise {
            Denoise::None => gathered.iter().map(Gathered::mean).collect(),
            Denoise::Own => denoise(&gathered, width as usize, settings.threads),
        };
        Frame {
            width,
            height,
            radiance: radiance.iter().map(Vec3A::to_array).collect(),
            layers,
        }
    }

    fn pixel(&self, x: u32, y: u32, settings: &Settings, limits: &Limits) -> Gathered {
        let (width, _) = self.world.lens.size();
        let count = settings.samples_per_pixel.clamp(1, 1 << 16);
        let mut sum = Gathered::default();
        for index in 0..count {
            let mut points = Points::new(settings.seed, y * width + x, index);
            let u = points.next();
            let place = DVec2::new(
                f64::from(x) + 0.5 + filter_offset(u[0]),
                f64::from(y) + 0.5 + filter_offset(u[1]),
            );
            let ray = self.world.lens.ray(place, [u[2], u[3]]);
            let mut first = First::default();
            let radiance = self.world.radiance(ray, &mut points, limits, &mut first);
            sum.add(index, radiance, &first);
        }
        sum.finish(count)
    }

    #[cfg(test)]
    pub(crate) fn world(&self) -> &World<'s> {
        &self.world
    }

    /// Ground truth alone, on the current rayon pool.
    pub fn layers(&self) -> Layers {
        self.world.layers(Threads::Pool)
    }

    /// What a ray meets first by the rules of [`Layers`]. World space; `direction` need not have unit length.
    ///
    /// `None` when nothing is met, and for a zero or non-finite direction.
    pub fn first_hit(&self, origin: DVec3, direction: DVec3) -> Option<Hit> {
        let direction = direction.try_normalize()?;
        if !origin.is_finite() {
            return None;
        }
        let crossing = self
            .world
            .labelled(&Ray::new(narrow(origin), narrow(direction)))?;
        Some(self.world.hit(&crossing, origin))
    }

    /// Whether nothing that counts for [`Layers`] lies between two points of the world, leaving `tolerance_m` at either end.
    ///
    /// Surfaces nearer than the tolerance to an end do not block: points on a surface see away from it. Points nearer than twice the tolerance see
    /// each other.
    pub fn sees(&self, from: DVec3, to: DVec3, tolerance_m: f64) -> bool {
        let between = to - from;
        let length = between.length();
        if !(length > 2.0 * tolerance_m) {
            return true;
        }
        let direction = between / length;
        let ray = Ray {
            origin: narrow(from + direction * tolerance_m),
            direction: narrow(direction),
            t_max: (length - 2.0 * tolerance_m) as f32,
        };
        !self.world.blocked(&ray)
    }
}
