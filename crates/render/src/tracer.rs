//! The front door: a prepared scene, frames and questions to it.
use crate::{
    denoise::{Gathered, denoise},
    error::RenderError,
    film::Film,
    geometry::Geometry,
    layers::{Hit, Layers},
    lens::{Lens, narrow},
    light::Lights,
    path::{Estimator, Limits, fog::Fog},
    ray::Ray,
    settings::{Denoise, Settings, Threads},
    shading,
    world::World,
};
use glam::{DVec3, Vec3A};
use scene::{Scene, camera::Band, mesh::Part};

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
    /// What a denoiser may look at; with [`Denoise::Later`] only.
    pub guides: Option<Guides>,
}

/// First surfaces as a denoiser likes them: filtered over the pixel like radiance, with hardly any noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Guides {
    /// Reflectance of what is seen, row-major; the backdrop's own colour, at most 1, where nothing is.
    pub albedo: Vec<[f32; 3]>,
    /// World-space normals towards the viewer, zero where nothing is seen; shorter than 1 where several surfaces meet.
    pub normal: Vec<[f32; 3]>,
}

impl<'s> Tracer<'s> {
    /// Checks a scene and builds its ray hierarchy.
    ///
    /// # Errors
    /// [`RenderError`] for the first thing that cannot be rendered: arrays that do not fit, numbers that are not finite, a camera that cannot look.
    /// Triangles without area are fine; nothing hits them.
    pub fn new(scene: &'s Scene) -> Result<Self, RenderError> {
        Self::prepare(scene, Threads::Pool)
    }

    /// [`Tracer::new`], with a say in who builds the hierarchy; it is the same. Makers of many pictures, one a thread, want [`Threads::Single`]: on a pool,
    /// a waiting thread would start on another picture.
    ///
    /// # Errors
    /// As of [`Tracer::new`].
    pub fn prepare(scene: &'s Scene, threads: Threads) -> Result<Self, RenderError> {
        let lens = Lens::new(&scene.camera)?;
        if scene.camera.band == Band::NearInfrared {
            scene::band::check(scene).map_err(|material| RenderError::Camera {
                found: format!(
                    "it sees near infrared, but material `{material}` has colours (scene::band::near_infrared takes them)"
                ),
            })?;
        }
        shading::check_materials(scene)?;
        let geometry = Geometry::new(scene, &lens, threads)?;
        let lights = Lights::new(scene, threads)?;
        let fog = scene.fog.as_ref().map(Fog::new).transpose()?.flatten();
        Ok(Self {
            world: World {
                scene,
                geometry,
                lights,
                lens,
                fog,
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
        let gathered = Film::new(&self.world, settings, limits, &layers).expose();
        let radiance: Vec<Vec3A> = match settings.denoise {
            Denoise::None | Denoise::Later => gathered.iter().map(Gathered::mean).collect(),
            Denoise::Own => denoise(&gathered, width as usize, settings.threads),
        };
        Frame {
            width,
            height,
            radiance: radiance.iter().map(Vec3A::to_array).collect(),
            layers,
            guides: (settings.denoise == Denoise::Later).then(|| Guides {
                albedo: gathered
                    .iter()
                    .map(|g| g.guide_albedo().to_array())
                    .collect(),
                normal: gathered
                    .iter()
                    .map(|g| g.guide_normal().to_array())
                    .collect(),
            }),
        }
    }

    #[cfg(test)]
    pub(crate) fn world(&self) -> &World<'s> {
        &self.world
    }

    /// Ground truth alone, on the current rayon pool.
    pub fn layers(&self) -> Layers {
        self.layers_on(Threads::Pool)
    }

    /// Ground truth alone, on so many threads.
    pub fn layers_on(&self, threads: Threads) -> Layers {
        self.world.layers(threads)
    }

    /// The part under a pixel's centre by the rules of [`Layers`], looking through those that `passes`; `None` where nothing is met.
    pub fn part_behind(&self, x: u32, y: u32, passes: impl Fn(Part) -> bool) -> Option<Part> {
        self.world.part_behind(x, y, passes)
    }

    /// Whether the things of one instance would be seen under a pixel's centre if nothing else were in the scene, by the rules of [`Layers`].
    pub fn alone(&self, x: u32, y: u32, instance: u16) -> bool {
        self.world.alone(x, y, instance)
    }

    /// What a ray meets first by the rules of [`Layers`]. World space; `direction` need not have unit length.
    ///
    /// `None` when nothing is met, and for a zero or non-finite direction.
    pub fn first_hit(&self, origin: DVec3, direction: DVec3) -> Option<Hit> {
        self.first_hit_behind(origin, direction, |_| false)
    }

    /// [`Tracer::first_hit`], looking through the parts that `passes`.
    pub fn first_hit_behind(
        &self,
        origin: DVec3,
        direction: DVec3,
        passes: impl Fn(Part) -> bool,
    ) -> Option<Hit> {
        let direction = direction.try_normalize()?;
        if !origin.is_finite() {
            return None;
        }
        let ray = Ray::new(narrow(origin), narrow(direction));
        let crossing = self.world.labelled(&ray, passes)?;
        Some(self.world.hit(&crossing, origin))
    }

    /// Whether nothing that counts for [`Layers`] lies between two points of the world, leaving `tolerance_m` at either end.
    ///
    /// Surfaces nearer than the tolerance to an end do not block: points on a surface see away from it. Points nearer than twice the tolerance see
    /// each other.
    pub fn sees(&self, from: DVec3, to: DVec3, tolerance_m: f64) -> bool {
        let between = to - from;
        let length = between.length();
        if length.is_nan() || length <= 2.0 * tolerance_m {
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
