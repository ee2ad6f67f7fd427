//! What a camera for the near infrared sees of a scene.
//!
//! [`near_infrared`] turns a scene into one whose colours are all grey and mean reflectances and radiances around 850 to 940 nm; light then travels as always.
//! Surfaces say themselves what they reflect there ([`Material::near_infrared`]); where nothing is said, the red channel stands in, the nearest light there is:
//! of surroundings and lamps, too, so that a blue sky is dark. What a window or a lamp gives in the near infrared in watts is not in its picture; whoever
//! sets up the scene scales it.
use crate::{
    Material, Scene, Texture,
    camera::Band,
    light::{Backdrop, PointLight},
    material::{Interior, NearInfrared},
    texture::Texels,
};
use glam::Vec3;
use std::sync::Arc;

/// Rec. 709 luminance weights.
const LUMINANCE: Vec3 = Vec3::new(0.2126, 0.7152, 0.0722);
/// Light wanders further below skin than red does, by about this: what scatters and what absorbs both fall (Jacques 2013, "Optical properties of biological
/// tissues: a review", §3).
const WANDERS: f32 = 1.3;

/// The scene that a camera with [`Band::NearInfrared`] sees; the camera is given that band. Geometry, annotations and ids stay, so labels do.
pub fn near_infrared(scene: &Scene) -> Scene {
    let mut textures = Textures::default();
    let mut seen = scene.clone();
    seen.camera.band = Band::NearInfrared;
    for material in &mut seen.materials {
        convert(material, &mut textures);
    }
    if let Some(sky) = &mut seen.environment {
        let picture = &sky.radiance;
        let texels = (0..picture.height)
            .flat_map(|y| (0..picture.width).map(move |x| (x, y)))
            .map(|(x, y)| [picture.texel(x, y)[0]; 3])
            .collect();
        sky.radiance = Arc::new(Texture {
            width: picture.width,
            height: picture.height,
            texels: Texels::Rgb32(texels),
        });
        if let Backdrop::Colour(colour) = &mut sky.backdrop {
            *colour = Vec3::splat(colour.x);
        }
    }
    for lamp in &mut seen.area_lights {
        lamp.radiance = Vec3::splat(lamp.radiance.x);
    }
    for PointLight {
        intensity,
        near_infrared_intensity,
        ..
    } in &mut seen.point_lights
    {
        *intensity = Vec3::splat(*near_infrared_intensity);
    }
    if let Some(sun) = &mut seen.sun {
        sun.irradiance = Vec3::splat(sun.irradiance.x);
    }
    if let Some(fog) = &mut seen.fog {
        fog.albedo = Vec3::splat(fog.albedo.x);
    }
    for fibres in &mut seen.fibres {
        if !fibres.strands.tints.is_empty() {
            let mut strands = (*fibres.strands).clone();
            for tint in &mut strands.tints {
                *tint = Vec3::splat(tint.x);
            }
            fibres.strands = Arc::new(strands);
        }
    }
    seen
}

/// Whether a scene is what a near-infrared camera sees; else the name of the first material that has colours.
///
/// # Errors
/// That name.
pub fn check(scene: &Scene) -> Result<(), String> {
    let is_grey = |colour: Vec3| colour.x == colour.y && colour.y == colour.z;
    let coloured = scene.materials.iter().find(|material| {
        let textured = matches!(
            material.base_color_texture.as_deref(),
            Some(Texture {
                texels: Texels::Srgba8(_) | Texels::Rgb32(_),
                ..
            })
        );
        textured || !is_grey(material.base_color)
    });
    coloured.map_or(Ok(()), |material| Err(material.name.clone()))
}

fn convert(material: &mut Material, textures: &mut Textures) {
    let colour = material.base_color;
    let visible = material.base_color_texture.take();
    let painted = |textures: &mut Textures, of: Of| match &visible {
        Some(texture) => (Vec3::ONE, Some(textures.convert(texture, colour, of))),
        None => (Vec3::splat(of.value(colour)), None),
    };
    let said = matches!(material.near_infrared, Some(NearInfrared::Reflectance(_)));
    (material.base_color, material.base_color_texture) = match material.near_infrared.take() {
        Some(NearInfrared::Reflectance(value)) => (Vec3::splat(value), None),
        Some(NearInfrared::Painted(texture)) => (Vec3::ONE, Some(texture)),
        Some(NearInfrared::FromVisible { low, high }) => {
            painted(textures, Of::Luminance { low, high })
        }
        None => painted(textures, Of::Red),
    };
    let value = material.base_color.x;
    match &mut material.interior {
        Interior::Opaque | Interior::Hair { .. } | Interior::Fibre => {}
        // What is said of a clear sheet is what it lets through.
        Interior::ThinClear { tint } => {
            *tint = Vec3::splat(if said { value } else { tint.x });
        }
        Interior::SoftSkin { wrap } => *wrap = Vec3::splat(wrap.x * WANDERS),
        Interior::Skin { radius_m } | Interior::RandomWalk { radius_m } => {
            *radius_m = Vec3::splat(radius_m.x * WANDERS);
        }
        Interior::Glass { absorption_per_m } => {
            *absorption_per_m = Vec3::splat(absorption_per_m.x);
        }
    }
    if let Some(sheen) = &mut material.sheen {
        sheen.color = Vec3::splat(sheen.color.x);
    }
    if let Some(flakes) = &mut material.flakes {
        flakes.color = Vec3::splat(flakes.color.x);
    }
    if let Some(worn) = &mut material.worn {
        let mut layers = worn.layers.to_vec();
        for layer in &mut layers {
            convert(&mut layer.material, textures);
        }
        worn.layers = layers.into();
    }
    if let Some(wrapped) = material.wrapped.take() {
        let mut wrapped = (*wrapped).clone();
        let mut films = (*wrapped.films).clone();
        for film in &mut films {
            convert(film, textures);
        }
        wrapped.films = Arc::new(films);
        material.wrapped = Some(Arc::new(wrapped));
    }
    if let Some(soiled) = material.soiled.take() {
        let mut soiled = (*soiled).clone();
        let mut films = soiled.films.to_vec();
        for film in &mut films {
            convert(film, textures);
        }
        soiled.films = films.into();
        for one in [&mut soiled.mud, &mut soiled.snow] {
            let mut grey = (**one).clone();
            convert(&mut grey, textures);
            *one = Arc::new(grey);
        }
        material.soiled = Some(Arc::new(soiled));
    }
    material.emission = Vec3::splat(material.emission.x);
    if let Some(texture) = &material.emission_texture {
        material.emission_texture = Some(textures.convert(texture, Vec3::ONE, Of::Red));
    }
}

/// What a grey is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Of {
    Red,
    Luminance { low: f32, high: f32 },
}

impl Of {
    fn value(self, colour: Vec3) -> f32 {
        match self {
            Self::Red => colour.x,
            Self::Luminance { low, high } => low + (high - low) * colour.dot(LUMINANCE),
        }
    }
}

/// Converted textures, so that what is shared stays shared.
#[derive(Default)]
struct Textures(Vec<(*const Texture, Vec3, Of, Arc<Texture>)>);

impl Textures {
    fn convert(&mut self, texture: &Arc<Texture>, colour: Vec3, of: Of) -> Arc<Texture> {
        let key = (Arc::as_ptr(texture), colour, of);
        if let Some((.., done)) = self.0.iter().find(|(p, c, o, _)| (*p, *c, *o) == key) {
            return Arc::clone(done);
        }
        let texels = (0..texture.height)
            .flat_map(|y| (0..texture.width).map(move |x| (x, y)))
            .map(|(x, y)| {
                let [r, g, b, _] = texture.texel(x, y);
                (of.value(Vec3::new(r, g, b) * colour).clamp(0.0, 1.0) * 255.0 + 0.5) as u8
            })
            .collect();
        let done = Arc::new(Texture {
            width: texture.width,
            height: texture.height,
            texels: Texels::Linear8(texels),
        });
        self.0.push((key.0, key.1, key.2, Arc::clone(&done)));
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AreaLight, Camera};
    use glam::DVec3;

    fn scene() -> Scene {
        let camera = Camera::look_at(DVec3::Z, DVec3::ZERO, DVec3::Y, 0.5, 8, 8);
        let picture = Arc::new(Texture {
            width: 2,
            height: 1,
            texels: Texels::Srgba8(vec![[255, 0, 0, 0], [0, 0, 0, 255]]),
        });
        let material = |near_infrared: Option<NearInfrared>| Material {
            base_color_texture: Some(Arc::clone(&picture)),
            alpha: Some(Arc::clone(&picture)),
            base_color: Vec3::new(0.5, 1.0, 1.0),
            near_infrared,
            ..Material::default()
        };
        Scene {
            materials: vec![
                material(None),
                material(Some(NearInfrared::FromVisible {
                    low: 0.4,
                    high: 0.9,
                })),
                material(Some(NearInfrared::Reflectance(0.6))),
                material(None),
            ],
            area_lights: vec![AreaLight {
                corner: Vec3::ZERO,
                edge_u: Vec3::X,
                edge_v: Vec3::Y,
                radiance: Vec3::new(3.0, 2.0, 1.0),
                visible: false,
            }],
            ..Scene::new(camera)
        }
    }

    #[test]
    fn surfaces_become_what_they_say_they_reflect_or_their_red() {
        let seen = near_infrared(&scene());
        let first = |index: usize| {
            let material = &seen.materials[index];
            let texel = material
                .base_color_texture
                .as_ref()
                .map_or(1.0, |texture| texture.texel(0, 0)[0]);
            material.base_color.x * texel
        };
        assert!((first(0) - 0.5).abs() < 0.003);
        assert!((first(1) - (0.4 + 0.5 * 0.5 * 0.2126)).abs() < 0.003);
        assert_eq!(first(2), 0.6);
        // Cut-outs stay, shared textures stay shared.
        assert!(seen.materials[1].alpha.as_ref().expect("kept").texel(1, 0)[3] > 0.99);
        let texture = |index: usize| seen.materials[index].base_color_texture.clone();
        assert!(Arc::ptr_eq(
            &texture(0).expect("kept"),
            &texture(3).expect("kept")
        ));
        assert_eq!(seen.area_lights[0].radiance, Vec3::splat(3.0));
        assert_eq!(seen.camera.band, Band::NearInfrared);
    }

    #[test]
    fn a_scene_for_the_eye_is_told_from_one_for_near_infrared() {
        assert!(check(&scene()).is_err());
        assert_eq!(check(&near_infrared(&scene())), Ok(()));
    }
}
