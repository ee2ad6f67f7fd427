//! From a spot on a surface and its material to something that scatters light.
mod check;

pub(crate) use check::check_materials;

use crate::{
    bsdf::{
        Lobe,
        flakes::Flake,
        ggx::{ALPHA_MIN, f0_of},
        hair::{Hair, Strand},
        layered::{Coat, Layered},
        stack::Stack,
    },
    geometry::Spot,
    sampling::Basis,
    texture::{colour_at, opaque_colour_at, value_at},
};
use glam::{Vec2, Vec3, Vec3A};
use scene::{
    Material, Texture,
    material::{Interior, NormalMap},
};
use std::sync::Arc;

/// The frame of a surface as shading sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facing {
    /// Geometric normal, on the viewer's side.
    pub(crate) face: Vec3A,
    /// Axes around the shading normal; the viewer is above its horizon.
    pub(crate) basis: Basis,
}

/// What a surface shows at a spot: the layer it is laid open to, or the film on it, or itself.
fn bare<'m>(material: &'m Material, spot: &Spot) -> &'m Material {
    match (&material.worn, layer_shown(material, spot.uv)) {
        (Some(worn), shown @ 1..) => &worn.layers[shown - 1].material,
        _ => material
            .wrapped
            .as_ref()
            .and_then(|wrapped| wrapped.over(spot.position.into(), spot.smooth.into()))
            .unwrap_or(material),
    }
}

/// What shows at a spot: what lies on the surface, or what it is laid open to, or itself.
pub(crate) fn shown<'m>(material: &'m Material, spot: &Spot) -> &'m Material {
    let bare = bare(material, spot);
    let Some(soiled) = &material.soiled else {
        return bare;
    };
    let whole = std::ptr::eq(bare, material) && material.interior == Interior::Opaque;
    soiled
        .over(whole, spot.position.into(), spot.smooth.into())
        .unwrap_or(bare)
}

/// Number of the layer that shows, from 1; 0 is the surface itself.
pub(crate) fn layer_shown(material: &Material, uv: Vec2) -> usize {
    let Some(worn) = &material.worn else {
        return 0;
    };
    let depth = value_at(&worn.depth, uv);
    worn.layers
        .iter()
        .take_while(|layer| depth >= layer.from)
        .count()
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
        anisotropy: material.anisotropy,
        metallic: match &material.metallic_texture {
            Some(texture) => material.metallic * value_at(texture, uv),
            None => material.metallic,
        },
        f0: f0_of(material.ior),
        specular: material.specular,
    }
}

/// How a surface scatters that light does not pass; `o` in its frame.
pub(crate) fn lobe(material: &Material, coat: &Coat, spot: &Spot, o: Vec3A) -> Lobe {
    let paint = Layered::new(coat, o);
    let flake = material
        .flakes
        .as_ref()
        .and_then(|flakes| Flake::at(flakes, spot.position, spot.object, o));
    if flake.is_none() && material.clear_coat.is_none() && material.sheen.is_none() {
        return Lobe::Layered(paint);
    }
    Lobe::Stack(Box::new(Stack::new(
        paint,
        flake,
        material.clear_coat.as_ref(),
        material.sheen.as_ref(),
        o,
    )))
}

/// Direction of hair: where the texture's v runs, or any tangent where it runs nowhere.
pub(crate) fn strand(spot: &Spot) -> Vec3A {
    spot.dp_dv
        .try_normalize()
        .unwrap_or_else(|| Basis::around(spot.face).x)
}

/// A single hair seen from `o` (world), and the frame along it; `None` where the material is none.
pub(crate) fn hair(material: &Material, spot: &Spot, o: Vec3A) -> Option<(Basis, Hair)> {
    let Interior::Hair {
        azimuthal_roughness,
        scale_tilt,
    } = material.interior
    else {
        return None;
    };
    let along = strand(spot);
    let basis = Basis::around(along);
    let across = (o - along * o.dot(along)).normalize_or(spot.face);
    let surface = coat(material, spot.uv);
    let hair = Hair::new(
        basis.local(o),
        spot.face.dot(across.cross(along)),
        &Strand {
            colour: surface.base * spot.tint,
            roughness: [surface.alpha.sqrt(), azimuthal_roughness],
            tilt: scale_tilt,
            ior: material.ior,
        },
    );
    Some((basis, hair))
}

/// Slope of the drop of water that lies at a spot of a surface, if one does.
pub(crate) fn wet(material: &Material, spot: &Spot) -> Option<Vec3> {
    let soiled = material.soiled.as_ref()?;
    soiled.soil.drop(spot.position.into(), spot.smooth.into())
}

/// Light that a surface gives off.
pub(crate) fn emission(material: &Material, uv: Vec2) -> Vec3A {
    let emission = Vec3A::from(material.emission);
    match &material.emission_texture {
        Some(texture) if emission != Vec3A::ZERO => emission * colour_at(texture, uv),
        _ => emission,
    }
}

/// Emission averaged over its whole texture.
pub(crate) fn mean_emission(material: &Material) -> Vec3A {
    let emission = Vec3A::from(material.emission);
    let Some(texture) = material
        .emission_texture
        .as_ref()
        .filter(|_| emission != Vec3A::ZERO)
    else {
        return emission;
    };
    let mut mean = glam::DVec3::ZERO;
    for y in 0..texture.height {
        for x in 0..texture.width {
            let [r, g, b, _] = texture.texel(x, y);
            mean += glam::DVec3::new(r.into(), g.into(), b.into());
        }
    }
    mean /= f64::from(texture.width) * f64::from(texture.height);
    emission * Vec3A::from(mean.as_vec3())
}

/// Turns a spot towards the viewer, with relief. `o` points to the viewer; `pixel_m` is the width of what one sample should see, metres; `wet` the slope of water on it.
pub(crate) fn facing(
    spot: &Spot,
    material: &Material,
    o: Vec3A,
    pixel_m: f32,
    wet: Option<Vec3>,
) -> Facing {
    let mut normal = spot.smooth;
    if let Some(map) = &material.normal_map {
        normal = mapped(spot, map, normal);
    }
    if let Some(bump) = &material.bump
        && bump.scale_m != 0.0
    {
        normal = relief(spot, &bump.height, bump.scale_m, normal, pixel_m);
    }
    if let Some(slope) = wet {
        normal = (normal + Vec3A::from(slope)).normalize_or(normal);
    }
    // Both sides of a surface are surfaces.
    let (face, normal) = if spot.face.dot(o) < 0.0 {
        (-spot.face, -normal)
    } else {
        (spot.face, normal)
    };
    let normal = towards(normal, o);
    Facing {
        face,
        basis: if material.anisotropy > 0.0 {
            Basis::along(normal, grain(spot, material.anisotropy_rotation))
        } else {
            Basis::around(normal)
        },
    }
}

/// The direction highlights are stretched along: that of growing u, turned about the outer normal.
fn grain(spot: &Spot, rotation: f32) -> Vec3A {
    let u = Basis::along(spot.smooth, spot.dp_du);
    let (sin, cos) = rotation.sin_cos();
    u.x * cos + u.y * sin
}

/// A normal from a map: x along growing u, y along growing v, both made square with the smooth normal.
fn mapped(spot: &Spot, map: &NormalMap, normal: Vec3A) -> Vec3A {
    let painted = colour_at(&map.texture, spot.uv) * 2.0 - Vec3A::ONE;
    let frame = Basis::along(normal, spot.dp_du);
    // Mirrored texture coordinates: v runs the other way round.
    let hand = 1.0_f32.copysign(frame.y.dot(spot.dp_dv));
    if spot.dp_du == Vec3A::ZERO {
        return normal;
    }
    (frame.x * (painted.x * map.scale)
        + frame.y * (painted.y * map.scale * hand)
        + normal * painted.z.max(1e-3))
    .try_normalize()
    .unwrap_or(normal)
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
