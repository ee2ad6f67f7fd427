//! Which materials are refused, and why.
use crate::{error::RenderError, texture};
use glam::Vec3;
use scene::{Material, Scene, Texture, material::Interior};
use std::sync::Arc;

/// Refuses materials that would put NaN or energy from nowhere into the picture.
pub(crate) fn check_materials(scene: &Scene) -> Result<(), RenderError> {
    for material in &scene.materials {
        if let Some(found) = base(material)
            .or_else(|| interior(material))
            .or_else(|| on_top(material))
            .or_else(|| below(material))
            .or_else(|| film(material))
            .or_else(|| over(material))
        {
            return Err(RenderError::MaterialValue {
                material: material.name.clone(),
                found,
            });
        }
        for (name, texture) in textures(material) {
            if let Some(found) = texture::fault(texture) {
                return Err(RenderError::Texture {
                    user: format!("material `{}`, {name}", material.name),
                    found,
                });
            }
        }
    }
    for object in &scene.objects {
        let material = scene.materials.get(object.material.0 as usize);
        if let Some(hair) =
            material.filter(|material| matches!(material.interior, Interior::Hair { .. }))
        {
            return Err(RenderError::MaterialValue {
                material: hair.name.clone(),
                found: format!(
                    "its interior is that of a hair, but object `{}` is a mesh and not made of fibres",
                    object.name
                ),
            });
        }
    }
    Ok(())
}

/// Layers below a surface are plain: what they are asked for is a colour where something is worn through.
fn below(material: &Material) -> Option<String> {
    let worn = material.worn.as_ref()?;
    if let Some(found) = texture::fault(&worn.depth) {
        return Some(format!("its worn depth: {found}"));
    }
    let mut from = 0.0;
    for layer in worn.layers.iter() {
        let below = &layer.material;
        if !(layer.from > from && layer.from.is_finite()) {
            return Some(format!(
                "a layer below it shows from depth {}, which is not above {from}",
                layer.from
            ));
        }
        from = layer.from;
        // A hole in a pane is a layer that lets all light through.
        let is_clear = |of: &Material| matches!(of.interior, Interior::ThinClear { .. });
        let plain = (below.interior == Interior::Opaque || is_clear(below) && is_clear(material))
            && below.alpha.is_none()
            && below.opacity >= 1.0
            && below.worn.is_none()
            && below.emission == Vec3::ZERO
            && textures(below).next().is_none();
        if !plain {
            return Some(format!(
                "the layer `{}` below it is clear, cut out, textured, worn itself or gives off light",
                below.name
            ));
        }
        if let Some(found) = base(below)
            .or_else(|| interior(below))
            .or_else(|| on_top(below))
        {
            return Some(format!("the layer `{}` below it: {found}", below.name));
        }
    }
    None
}

/// Film is plain and lies on what is not clear.
fn film(material: &Material) -> Option<String> {
    let wrapped = material.wrapped.as_ref()?;
    if material.interior != Interior::Opaque {
        return Some("film lies on an interior that is not opaque".to_owned());
    }
    for film in wrapped.films.iter() {
        let plain = film.interior == Interior::Opaque
            && film.alpha.is_none()
            && film.worn.is_none()
            && film.wrapped.is_none()
            && film.emission == Vec3::ZERO
            && textures(film).next().is_none();
        if !plain {
            return Some(format!(
                "the film `{}` on it is clear, cut out, textured, worn itself or gives off light",
                film.name
            ));
        }
        if let Some(found) = base(film).or_else(|| on_top(film)) {
            return Some(format!("the film `{}` on it: {found}", film.name));
        }
    }
    None
}

/// What lies on a surface is plain, too, except that a film may be thin and keep the surface's own pictures.
fn over(material: &Material) -> Option<String> {
    let soiled = material.soiled.as_ref()?;
    let soil = &soiled.soil;
    let amounts = [
        ("dust", soil.dust),
        ("mud", soil.mud),
        ("rain", soil.rain),
        ("snow", soil.snow),
    ];
    if let Some(found) = beyond_unit(&amounts) {
        return Some(found);
    }
    let all = soiled.films.iter().chain([&*soiled.mud, &*soiled.snow]);
    for over in all {
        let plain = over.interior == Interior::Opaque
            && over.worn.is_none()
            && over.soiled.is_none()
            && over.emission == Vec3::ZERO;
        if !plain {
            return Some(format!(
                "`{}` on it is clear, worn or soiled itself or gives off light",
                over.name
            ));
        }
        if let Some(found) = base(over).or_else(|| on_top(over)) {
            return Some(format!("`{}` on it: {found}", over.name));
        }
        for (name, texture) in textures(over) {
            if let Some(found) = texture::fault(texture) {
                return Some(format!("{name} of `{}` on it: {found}", over.name));
            }
        }
    }
    None
}

fn textures(material: &Material) -> impl Iterator<Item = (&'static str, &Arc<Texture>)> {
    [
        ("base colour", material.base_color_texture.as_ref()),
        ("roughness", material.roughness_texture.as_ref()),
        ("metallic", material.metallic_texture.as_ref()),
        ("alpha", material.alpha.as_ref()),
        (
            "normal map",
            material.normal_map.as_ref().map(|map| &map.texture),
        ),
        ("bump", material.bump.as_ref().map(|bump| &bump.height)),
        ("emission", material.emission_texture.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, texture)| texture.map(|texture| (name, texture)))
}

fn is_colour(colour: Vec3) -> bool {
    colour.is_finite() && colour.min_element() >= 0.0 && colour.max_element() <= 1.0
}

/// The first of some values that is not within 0 to 1.
fn beyond_unit(values: &[(&str, f32)]) -> Option<String> {
    values
        .iter()
        .find(|(_, value)| !(0.0..=1.0).contains(value))
        .map(|(name, value)| format!("{name} is {value}, not within 0 to 1"))
}

/// The first of some lengths per channel that is not finite or negative.
fn not_positive(name: &str, value: Vec3) -> Option<String> {
    (!(value.is_finite() && value.min_element() >= 0.0))
        .then(|| format!("{name} is {value}, not finite and at least 0"))
}

fn refraction(name: &str, ior: f32) -> Option<String> {
    (!(1.0..=4.0).contains(&ior)).then(|| format!("{name} is {ior}, not within 1 to 4"))
}

fn not_finite(name: &str, value: f32) -> Option<String> {
    (!value.is_finite()).then(|| format!("{name} is {value}, not finite"))
}

fn base(material: &Material) -> Option<String> {
    let colour = material.base_color;
    if material.base_color_texture.is_none() && !is_colour(colour) {
        return Some(format!("base colour is {colour}, not within 0 to 1"));
    }
    not_positive("base colour", colour)
        .or_else(|| {
            beyond_unit(&[
                ("roughness", material.roughness),
                ("metallic", material.metallic),
                ("anisotropy", material.anisotropy),
                ("specular", material.specular),
                ("alpha threshold", material.alpha_threshold),
                ("opacity", material.opacity),
            ])
        })
        .or_else(|| not_finite("anisotropy rotation", material.anisotropy_rotation))
        .or_else(|| refraction("index of refraction", material.ior))
        .or_else(|| not_positive("emission", material.emission))
        .or_else(|| {
            let map = material.normal_map.as_ref()?;
            not_finite("normal map scale", map.scale)
        })
        .or_else(|| {
            let bump = material.bump.as_ref()?;
            (!bump.scale_m.is_finite())
                .then(|| format!("bump scale is {} m, not finite", bump.scale_m))
        })
}

fn interior(material: &Material) -> Option<String> {
    if material.bends_view && !matches!(material.interior, Interior::ThinClear { .. }) {
        return Some("it bends the view, but is no clear sheet".to_owned());
    }
    match material.interior {
        Interior::Opaque | Interior::Fibre => None,
        Interior::ThinClear { tint } => {
            (!is_colour(tint)).then(|| format!("tint is {tint}, not within 0 to 1"))
        }
        Interior::SoftSkin { wrap } => not_positive("wrap", wrap),
        Interior::Skin { radius_m } | Interior::RandomWalk { radius_m } => {
            not_positive("diffuse mean free path", radius_m)
        }
        Interior::Glass { absorption_per_m } => {
            not_positive("absorption per metre", absorption_per_m)
        }
        Interior::Hair {
            azimuthal_roughness,
            scale_tilt,
        } => beyond_unit(&[("azimuthal roughness", azimuthal_roughness)]).or_else(|| {
            (!(-0.5..=0.5).contains(&scale_tilt))
                .then(|| format!("tilt of scales is {scale_tilt} radians, not within -0.5 to 0.5"))
        }),
    }
}

fn on_top(material: &Material) -> Option<String> {
    let has_any =
        material.clear_coat.is_some() || material.sheen.is_some() || material.flakes.is_some();
    if has_any && material.interior != Interior::Opaque {
        return Some(
            "a clear coat, sheen or flakes lie on an interior that is not opaque".to_owned(),
        );
    }
    let coat = material.clear_coat.as_ref().and_then(|coat| {
        beyond_unit(&[
            ("clear coat weight", coat.weight),
            ("clear coat roughness", coat.roughness),
        ])
        .or_else(|| refraction("clear coat's index of refraction", coat.ior))
    });
    let sheen = material.sheen.as_ref().and_then(|sheen| {
        (!is_colour(sheen.color))
            .then(|| format!("sheen colour is {}, not within 0 to 1", sheen.color))
            .or_else(|| beyond_unit(&[("sheen roughness", sheen.roughness)]))
    });
    let flakes = material.flakes.as_ref().and_then(|flakes| {
        (!is_colour(flakes.color))
            .then(|| format!("flake colour is {}, not within 0 to 1", flakes.color))
            .or_else(|| {
                beyond_unit(&[
                    ("flake coverage", flakes.coverage),
                    ("flake roughness", flakes.roughness),
                ])
            })
            .or_else(|| {
                (!(1e-6..=0.1).contains(&flakes.size_m))
                    .then(|| format!("flake size is {} m, not within 1e-6 to 0.1", flakes.size_m))
            })
    });
    coat.or(sheen).or(flakes)
}
