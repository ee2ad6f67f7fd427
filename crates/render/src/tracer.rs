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
use std::ops::Range;

/// How many times the samples a pixel gets that the denoiser cannot help.
const MORE: u32 = 4;

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
        let quiet = self.quiet(&layers, settings.threads);
        let line = |y: u32| {
            (0..width)
                .map(|x| self.pixel(x, y, quiet[(y * width + x) as usize], settings, &limits))
                .collect::<Vec<_>>()
        };
        let lines: Vec<Vec<Gathered>> = match settings.threads {
            Threads::Single => (0..height).map(line).collect(),
            Threads::Pool => (0..height).into_par_iter().map(line).collect(),
        };
        let gathered: Vec<Gathered> = lines.into_iter().flatten().collect();
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

    /// Pixels around which nothing but backdrop was found, so that a quarter of the samples will do. Decided by geometry alone, so that no estimate is biased: what is
    /// thinner than pixels still shows, with a little more noise.
    fn quiet(&self, layers: &Layers, threads: Threads) -> Vec<bool> {
        const RADIUS: usize = 2;
        let (width, height) = self.world.lens.size();
        let (width, height) = (width as usize, height as usize);
        if self.world.lens.camera().aperture_radius_m > 0.0 {
            return vec![false; width * height];
        }
        // Hair too thin to be labelled is no backdrop.
        let one = |index: usize| {
            let centre = DVec2::new((index % width) as f64 + 0.5, (index / width) as f64 + 0.5);
            layers.object[index] == u32::MAX
                && !self.world.touches(&self.world.lens.centre_ray(centre))
        };
        let empty: Vec<bool> = match threads {
            Threads::Single => (0..width * height).map(one).collect(),
            Threads::Pool => (0..width * height)
                .into_par_iter()
                .with_min_len(width)
                .map(one)
                .collect(),
        };
        let near = |at: usize, size: usize| at.saturating_sub(RADIUS)..(at + RADIUS + 1).min(size);
        (0..width * height)
            .map(|index| {
                near(index / width, height)
                    .all(|y| near(index % width, width).all(|x| empty[y * width + x]))
            })
            .collect()
    }

    fn pixel(&self, x: u32, y: u32, quiet: bool, settings: &Settings, limits: &Limits) -> Gathered {
        let asked = settings.samples_per_pixel.clamp(1, 1 << 16);
        let count = if quiet { (asked / 4).max(1) } else { asked };
        let mut sum = Gathered::default();
        self.gather(&mut sum, (x, y), 0..count, settings, limits);
        if settings.denoise == Denoise::Own && !quiet && sum.wants_more(count) {
            let more = (count * MORE).min(1 << 16);
            self.gather(&mut sum, (x, y), count..more, settings, limits);
            return sum.finish(more);
        }
        sum.finish(count)
    }

    /// Adds some of a pixel's samples.
    fn gather(
        &self,
        sum: &mut Gathered,
        (x, y): (u32, u32),
        samples: Range<u32>,
        settings: &Settings,
        limits: &Limits,
    ) {
        let (width, _) = self.world.lens.size();
        for index in samples {
            let mut points = Points::new(settings.seed, y * width + x, index);
            let u = points.next();
            let place = DVec2::new(
                f64::from(x) + 0.5 + filter_offset(settings.filter, u[0]),
                f64::from(y) + 0.5 + filter_offset(settings.filter, u[1]),
            );
            let ray = self.world.lens.ray(place, [u[2], u[3]]);
            let mut first = First::default();
            let radiance = self.world.radiance(ray, &mut points, limits, &mut first);
            sum.add(index, radiance, &first);
        }
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
