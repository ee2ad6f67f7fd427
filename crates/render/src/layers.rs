//! Ground truth: one ray through each pixel centre, never filtered.
use crate::{
    bvh::Crossing,
    geometry::{BENDS, Spot},
    ray::{Ray, offset_origin},
    settings::Threads,
    shading,
    world::{World, beyond_sheet},
};
use glam::{DVec2, DVec3};
use rayon::prelude::*;
use scene::mesh::Part;

/// What lies under each pixel's centre, row-major, `width × height` entries each.
///
/// From a pinhole at the camera's position (the aperture plays no part), at the middle of each row's exposure when the camera moves. Surfaces whose part is [`Part::ClearLens`] are looked through, and
/// sheets that bend the view ([`scene::Material::bends_view`]) bend these rays as they do the picture's; cut-outs count where alpha ≥ the material's threshold. Fibres count like objects, however thin. Area lights are never seen. Where nothing is hit, `object` is `u32::MAX` and everything else zero.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layers {
    /// Index into the scene's objects, then its fibres (the k-th has `objects.len() + k`); `u32::MAX` = none.
    pub object: Vec<u32>,
    /// Index into that object's triangles, or of the strand.
    pub triangle: Vec<u32>,
    /// Weights of the triangle's second and third corner; the first has the rest. On a strand: how far from root to tip, and around, `[0, 1]`.
    pub barycentric: Vec<[f32; 2]>,
    /// The object's instance id.
    pub instance: Vec<u16>,
    /// The triangle's part.
    pub part: Vec<Part>,
    /// Metres along the camera's axis (not along the ray); 0 = none; below 0 for what a fisheye sees behind itself.
    pub depth_m: Vec<f32>,
    /// Unit interpolated vertex normal without relief, world space, on the viewer's side.
    pub normal_world: Vec<[f32; 3]>,
    /// The same in camera space: x right, y down, z forward.
    pub normal_camera: Vec<[f32; 3]>,
    /// Linear base colour, texture included.
    pub albedo: Vec<[f32; 3]>,
    /// Texture coordinates, as interpolated (may lie outside 0…1).
    pub uv: Vec<[f32; 2]>,
    /// Which of the layers below a worn surface shows, from 1; 0 is the surface itself.
    pub worn: Vec<u8>,
}

/// What a ray meets, by the rules of [`Layers`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Index into the scene's objects, then its fibres (the k-th has `objects.len() + k`).
    pub object: u32,
    /// Index into that object's triangles, or of the strand.
    pub triangle: u32,
    /// Weights of the triangle's second and third corner. On a strand: how far from root to tip, and around, `[0, 1]`.
    pub barycentric: [f32; 2],
    /// The object's instance id.
    pub instance: u16,
    /// The triangle's part.
    pub part: Part,
    /// World, metres: on the triangle, from its corners in double precision.
    pub position: DVec3,
    /// Metres from the ray's origin to `position`.
    pub range_m: f64,
    /// Unit normal of the triangle by its winding, world.
    pub face_normal: DVec3,
}

/// Sheets that bend the view, one behind the other: two corneas in profile are four.
const MOST_BENDS: u32 = 8;

impl Layers {
    fn push(&mut self, pixel: &Pixel) {
        self.object.push(pixel.object);
        self.triangle.push(pixel.triangle);
        self.barycentric.push(pixel.barycentric);
        self.instance.push(pixel.instance);
        self.part.push(pixel.part);
        self.depth_m.push(pixel.depth_m);
        self.normal_world.push(pixel.normal_world);
        self.normal_camera.push(pixel.normal_camera);
        self.albedo.push(pixel.albedo);
        self.uv.push(pixel.uv);
        self.worn.push(pixel.worn);
    }
}

/// One entry of each layer.
#[derive(Debug, Clone, Copy)]
struct Pixel {
    object: u32,
    triangle: u32,
    barycentric: [f32; 2],
    instance: u16,
    part: Part,
    depth_m: f32,
    normal_world: [f32; 3],
    normal_camera: [f32; 3],
    albedo: [f32; 3],
    uv: [f32; 2],
    worn: u8,
}

const NOTHING: Pixel = Pixel {
    object: u32::MAX,
    triangle: 0,
    barycentric: [0.0; 2],
    instance: 0,
    part: Part::Background,
    depth_m: 0.0,
    normal_world: [0.0; 3],
    normal_camera: [0.0; 3],
    albedo: [0.0; 3],
    uv: [0.0; 2],
    worn: 0,
};

impl World<'_> {
    pub(crate) fn layers(&self, threads: Threads) -> Layers {
        let (width, height) = self.lens.size();
        let line = |y: u32| (0..width).map(|x| self.pixel(x, y)).collect::<Vec<_>>();
        let lines: Vec<Vec<Pixel>> = match threads {
            Threads::Single => (0..height).map(line).collect(),
            Threads::Pool => (0..height).into_par_iter().map(line).collect(),
        };
        let mut layers = Layers::default();
        for pixel in lines.iter().flatten() {
            layers.push(pixel);
        }
        layers
    }

    fn pixel(&self, x: u32, y: u32) -> Pixel {
        let centre = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
        let Some(ray) = self.lens.centre_ray(centre) else {
            return NOTHING;
        };
        let Some((crossing, ray)) = self.seen(ray, |_| true) else {
            return NOTHING;
        };
        let pose = self.lens.camera().pose_of_row(centre.y);
        let spot = self.geometry.spot(&crossing);
        let object = self.geometry.thing(spot.object);
        let whole = &self.scene.materials[object.material.0 as usize];
        let material = shading::shown(whole, &spot);
        let normal = if spot.face.dot(ray.direction) > 0.0 {
            -spot.smooth
        } else {
            spot.smooth
        };
        let (position, _) = self.geometry.exact(&crossing);
        let normal_world = glam::Vec3::from(normal);
        Pixel {
            object: spot.object,
            triangle: spot.triangle,
            barycentric: place(&spot, &crossing),
            instance: object.instance,
            part: spot.part,
            depth_m: pose.to_camera(position).z as f32,
            normal_world: normal_world.to_array(),
            normal_camera: (pose.camera_from_world * normal_world.as_dvec3())
                .as_vec3()
                .to_array(),
            albedo: (shading::base_colour(material, spot.uv) * spot.tint).to_array(),
            uv: spot.uv.to_array(),
            worn: shading::layer_shown(whole, spot.uv) as u8,
        }
    }

    /// The part under a pixel's centre behind all parts that `passes`.
    pub(crate) fn part_behind(
        &self,
        x: u32,
        y: u32,
        passes: impl Fn(Part) -> bool,
    ) -> Option<Part> {
        let centre = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
        let ray = self.lens.centre_ray(centre)?;
        let (crossing, _) = self.seen(ray, |crossing| !passes(self.geometry.part(crossing)))?;
        Some(self.geometry.part(&crossing))
    }

    /// Whether an instance would be seen under a pixel's centre if nothing else were there.
    pub(crate) fn alone(&self, x: u32, y: u32, instance: u16) -> bool {
        let centre = DVec2::new(f64::from(x) + 0.5, f64::from(y) + 0.5);
        let whose = |crossing: &Crossing| {
            let (object, _) = self.geometry.source(crossing.id);
            self.geometry.thing(object).instance == instance
        };
        self.lens
            .centre_ray(centre)
            .is_some_and(|ray| self.seen(ray, whose).is_some())
    }

    /// Nearest surface that counts for labels behind whatever bends the view, and the last leg of the ray that meets it.
    /// What is not `there` is looked through.
    fn seen(&self, mut ray: Ray, there: impl Fn(&Crossing) -> bool) -> Option<(Crossing, Ray)> {
        for _ in 0..MOST_BENDS {
            let crossing = self.geometry.bvh.closest(&ray, |crossing| {
                let counts = crossing.flags == 0
                    || crossing.flags & BENDS != 0
                    || self.geometry.counts_for_labels(crossing);
                counts && there(crossing)
            })?;
            if crossing.flags & BENDS == 0 {
                return Some((crossing, ray));
            }
            let spot = self.geometry.spot(&crossing);
            let material = self.material(spot.object);
            let facing = shading::facing(&spot, material, -ray.direction, 0.0, None);
            let direction = beyond_sheet(material, &spot, &facing, ray.direction)?;
            ray = Ray::new(offset_origin(spot.position, -facing.face), direction);
        }
        None
    }

    /// Nearest surface that counts for labels on a straight line, behind the parts that `passes`.
    pub(crate) fn labelled(&self, ray: &Ray, passes: impl Fn(Part) -> bool) -> Option<Crossing> {
        self.geometry.bvh.closest(ray, |crossing| {
            let counts = crossing.flags == 0 || self.geometry.counts_for_labels(crossing);
            counts && !passes(self.geometry.part(crossing))
        })
    }

    /// Whether any surface at all lies on a ray, opaque or not.
    pub(crate) fn touches(&self, ray: &Ray) -> bool {
        self.geometry.bvh.occluded(ray)
    }

    /// Whether any surface that counts for labels lies on a ray.
    pub(crate) fn blocked(&self, ray: &Ray) -> bool {
        let mut blocked = false;
        self.geometry.bvh.visit(ray, |crossing, t_max| {
            if crossing.flags != 0 && !self.geometry.counts_for_labels(crossing) {
                return t_max;
            }
            blocked = true;
            -1.0
        });
        blocked
    }

    pub(crate) fn hit(&self, crossing: &Crossing, origin: DVec3) -> Hit {
        let spot = self.geometry.spot(crossing);
        let (position, face_normal) = self.geometry.exact(crossing);
        Hit {
            object: spot.object,
            triangle: spot.triangle,
            barycentric: place(&spot, crossing),
            instance: self.geometry.thing(spot.object).instance,
            part: spot.part,
            position,
            range_m: (position - origin).length(),
            face_normal,
        }
    }
}

/// Weights of corners, or the place along and around a strand.
fn place(spot: &Spot, crossing: &Crossing) -> [f32; 2] {
    if spot.radius_m > 0.0 {
        [spot.uv.y, spot.uv.x]
    } else {
        crossing.barycentric
    }
}
