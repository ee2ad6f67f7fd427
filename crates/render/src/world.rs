//! A scene as rays see it: what is nearest, and how much light comes through.
use crate::{
    bsdf::{ggx::Reflected, glass::refract, layered::Dielectric},
    bvh::Crossing,
    geometry::{CLEAR_MATERIAL, CUT_OUT, Geometry, Spot},
    lens::Lens,
    light::Lights,
    path::fog::Fog,
    ray::Ray,
    sampling::{mix, unit},
    shading::{self, Facing},
};
use glam::Vec3A;
use scene::{Material, Scene, material::Interior};

/// What paths need of a scene.
#[derive(Debug)]
pub(crate) struct World<'s> {
    pub(crate) scene: &'s Scene,
    pub(crate) geometry: Geometry<'s>,
    pub(crate) lights: Lights<'s>,
    pub(crate) lens: Lens,
    pub(crate) fog: Option<Fog>,
}

impl<'s> World<'s> {
    pub(crate) fn material(&self, object: u32) -> &'s Material {
        &self.scene.materials[self.geometry.thing(object).material.0 as usize]
    }

    /// Nearest surface that is not cut out. `key` decides half-transparent texels.
    pub(crate) fn nearest(&self, ray: &Ray, key: u32) -> Option<Crossing> {
        self.geometry.bvh.closest(ray, |crossing| {
            crossing.flags & CUT_OUT == 0
                || unit(mix(key ^ mix(crossing.id))) < self.geometry.coverage(crossing)
        })
    }

    /// Fraction of light that comes through along a ray, per channel.
    pub(crate) fn transmittance(&self, ray: &Ray) -> Vec3A {
        let mut through = Vec3A::ONE;
        self.geometry.bvh.visit(ray, |crossing, t_max| {
            let mut here = Vec3A::ZERO;
            if crossing.flags & CLEAR_MATERIAL != 0 {
                let spot = self.geometry.spot(crossing);
                let material = shading::shown(self.material(spot.object), &spot);
                let facing = shading::facing(&spot, material, -ray.direction, 0.0, None);
                here = sheet_tint(material)
                    * sheet_passes(material, &spot, facing.basis.z.dot(-ray.direction));
            }
            if crossing.flags & CUT_OUT != 0 {
                let coverage = self.geometry.coverage(crossing);
                here = Vec3A::splat(1.0 - coverage) + here * coverage;
            }
            through *= here;
            if through == Vec3A::ZERO { -1.0 } else { t_max }
        });
        through
    }
}

/// Where a camera's ray goes on behind a clear sheet: bent if the material bends the view, else straight. `None` where all of it is reflected (inside, beyond
/// the critical angle).
pub(crate) fn beyond_sheet(
    material: &Material,
    spot: &Spot,
    facing: &Facing,
    direction: Vec3A,
) -> Option<Vec3A> {
    if !material.bends_view {
        return Some(direction);
    }
    let enters = spot.face.dot(facing.face) > 0.0;
    let eta = if enters {
        material.ior
    } else {
        1.0 / material.ior
    };
    refract(-direction, facing.basis.z, eta)
}

/// Fraction of light that a clear sheet does not reflect.
pub(crate) fn sheet_passes(material: &Material, spot: &Spot, cosine: f32) -> f32 {
    let coat = shading::coat(material, spot.uv);
    Dielectric::new(Reflected::new(coat.alpha, 0.0), coat.f0, coat.specular).through_at(cosine)
}

/// What a clear sheet multiplies light by that goes through.
pub(crate) fn sheet_tint(material: &Material) -> Vec3A {
    match material.interior {
        Interior::ThinClear { tint } => Vec3A::from(tint),
        _ => Vec3A::ZERO,
    }
}
