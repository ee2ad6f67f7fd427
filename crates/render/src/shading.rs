//! From a spot on a surface and its material to something that scatters light.
use crate::{
    bsdf::{
        ggx::{ALPHA_MIN, f0_of},
        layered::Coat,
    },
    error::RenderError,
    geometry::Spot,
    sampling::Basis,
    texture::{self, colour_at, opaque_colour_at, value_at},
};
use glam::{Vec2, Vec3A};
use scene::{Material, Scene, Texture};
use std::sync::Arc;

/// The frame of a surface as shading sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facing {
    /// Geometric normal, on the viewer's side.
    pub(crate) face: Vec3A,
    /// Axes around the shading normal; the viewer is above its horizon.
    pub(crate) basis: Basis,
}

/// Colour of a material at a place.
pub(crate) fn base_colour(material: &Material, uv: Vec2) -> Vec3A {
    let colour = Vec3A::from(material.base_color);
    let Some(texture) = &material.base_color_texture else {
        return colour;
    };
    let painted = match &material.alpha {
        Some(alpha) if Arc::ptr_eq(alpha, texture) => opaque_colour_at(texture, uv),
        _ => colour_at(texture, uv),
    };
    (colour * painted).min(Vec3A::ONE)
}

/// Everything a layered surface needs from its material.
pub(crate) fn coat(material: &Material, uv: Vec2) -> Coat {
    let roughness = match &material.roughness_texture {
        Some(texture) => material.roughness * value_at(texture, uv),
        None => material.roughness,
    };
    Coat {
        base: base_colour(material, uv),
        alpha: (roughness * roughness).clamp(ALPHA_MIN, 1.0),
        metallic: material.metallic,
        f0: f0_of(material.ior),
        specular: material.specular,
    }
}

/// Turns a spot towards the viewer, with relief. `o` points to the viewer; `pixel_m` is the width of what one sample should see, metres.
pub(crate) fn facing(spot: &Spot, material: &Material, o: Vec3A, pixel_m: f32) -> Facing {
    let mut normal = spot.smooth;
    if let Some(bump) = &material.bump
        && bump.scale_m != 0.0
    {
        normal = relief(spot, &bump.height, bump.scale_m, normal, pixel_m);
    }
    // Both sides of a surface are surfaces.
    let (face, normal) = if spot.face.dot(o) < 0.0 {
        (-spot.face, -normal)
    } else {
        (spot.face, normal)
    };
    Facing {
        face,
        basis: Basis::around(towards(normal, o)),
    }
}

/// Bends a normal until the viewer is just above its horizon: interpolated and bumped normals at silhouettes would otherwise be black.
fn towards(normal: Vec3A, o: Vec3A) -> Vec3A {
    const LEAST: f32 = 0.02;
    let cosine = normal.dot(o);
    if cosine >= LEAST {
        return normal;
    }
    (normal + o * (LEAST - cosine)).normalize()
}

/// Bump mapping by the surface gradient (Mikkelsen 2010), heights differenced over a texel or over what the pixel sees, whichever is wider.
fn relief(spot: &Spot, height: &Texture, scale_m: f32, normal: Vec3A, pixel_m: f32) -> Vec3A {
    let (du_m, dv_m) = (spot.dp_du.length(), spot.dp_dv.length());
    if !(du_m > 0.0 && dv_m > 0.0) {
        return normal;
    }
    let step_u = (1.0 / height.width as f32).max(pixel_m / du_m).min(0.1);
    let step_v = (1.0 / height.height as f32).max(pixel_m / dv_m).min(0.1);
    let at = |u: f32, v: f32| value_at(height, spot.uv + Vec2::new(u, v));
    let dh_du = scale_m * (at(0.5 * step_u, 0.0) - at(-0.5 * step_u, 0.0)) / step_u;
    let dh_dv = scale_m * (at(0.0, 0.5 * step_v) - at(0.0, -0.5 * step_v)) / step_v;
    let (r1, r2) = (spot.dp_dv.cross(normal), normal.cross(spot.dp_du));
    let determinant = spot.dp_du.dot(r1);
    let gradient = (r1 * dh_du + r2 * dh_dv) * determinant.signum();
    (normal * determinant.abs() - gradient)
        .try_normalize()
        .unwrap_or(normal)
}

/// Refuses materials that would put NaN or energy from nowhere into the picture.
pub(crate) fn check_materials(scene: &Scene) -> Result<(), RenderError> {
    for material in &scene.materials {
        let fault = |found: String| {
            Err(RenderError::MaterialValue {
                material: material.name.clone(),
                found,
            })
        };
        let colour = material.base_color;
        if !(colour.is_finite() && colour.min_element() >= 0.0 && colour.max_element() <= 1.0)
            && material.base_color_texture.is_none()
        {
            return fault(format!("base colour is {colour}, not within 0 to 1"));
        }
        if !(colour.is_finite() && colour.min_element() >= 0.0) {
            return fault(format!(
                "base colour is {colour}, not finite and at least 0"
            ));
        }
        let unit = [
            ("roughness", material.roughness),
            ("metallic", material.metallic),
            ("specular", material.specular),
            ("alpha threshold", material.alpha_threshold),
        ];
        for (name, value) in unit {
            if !(0.0..=1.0).contains(&value) {
                return fault(format!("{name} is {value}, not within 0 to 1"));
            }
        }
        if !(1.0..=4.0).contains(&material.ior) {
            return fault(format!(
                "index of refraction is {}, not within 1 to 4",
                material.ior
            ));
        }
        if !(material.emission.is_finite() && material.emission.min_element() >= 0.0) {
            return fault(format!(
                "emission is {}, not finite and at least 0",
                material.emission
            ));
        }
        if let Some(bump) = &material.bump
            && !bump.scale_m.is_finite()
        {
            return fault(format!("bump scale is {} m, not finite", bump.scale_m));
        }
        let textures = [
            ("base colour", &material.base_color_texture),
            ("roughness", &material.roughness_texture),
            ("alpha", &material.alpha),
        ];
        let bump = material.bump.as_ref().map(|bump| &bump.height);
        let all = textures
            .iter()
            .filter_map(|(name, texture)| texture.as_ref().map(|texture| (*name, texture)))
            .chain(bump.map(|t| ("bump", t)));
        for (name, texture) in all {
            if let Some(found) = texture::fault(texture) {
                return Err(RenderError::Texture {
                    user: format!("material `{}`, {name}", material.name),
                    found,
                });
            }
        }
    }
    Ok(())
}
