//! Materials: metallic-roughness and the extensions that our surfaces have a place for.
use glam::Vec3;

use super::extras::{OfMaterial, OfNearInfrared};
use super::images::Images;
use super::json::{self, AlphaMode, Root, TextureTransform, TextureUse};
use crate::Material;
use crate::file::FileError;
use crate::file::error::quoted;
use crate::file::limits::Budget;
use crate::file::textures::{is_uniform, mean};
use crate::material::{Bump, ClearCoat, Interior, NearInfrared, NormalMap, Sheen};

/// Which texture coordinates all textures of a material use. Our meshes have one set; the transform goes into it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct UvUse {
    pub(super) set: u32,
    pub(super) transform: Option<TextureTransform>,
}

impl UvUse {
    fn of(texture: &TextureUse) -> Self {
        let transform = texture.extensions.transform;
        Self {
            set: transform
                .and_then(|t| t.tex_coord)
                .unwrap_or(texture.tex_coord),
            transform: transform
                .filter(|t| t.offset != [0.0; 2] || t.rotation != 0.0 || t.scale != [1.0; 2]),
        }
    }
}

/// A material as meshes without one have it (glTF 2.0, §3.9).
pub(super) fn default_material() -> Material {
    Material {
        name: "default".to_owned(),
        base_color: Vec3::ONE,
        metallic: 1.0,
        roughness: 1.0,
        ..Material::default()
    }
}

/// A converted material.
#[derive(Debug)]
pub(super) struct Converted {
    pub(super) material: Material,
    pub(super) uv_use: UvUse,
    /// Sentences about what is not honoured.
    pub(super) notes: Vec<String>,
}

/// Converts material `index`.
pub(super) fn convert(
    root: &Root,
    index: usize,
    images: &mut Images<'_>,
    budget: &mut Budget,
) -> Result<Converted, FileError> {
    let from = root.materials.get(index).ok_or_else(|| {
        FileError::new(
            "",
            format!(
                "material {index} is named, but there are {}",
                root.materials.len()
            ),
        )
    })?;
    let place = if from.name.is_empty() {
        format!("material {index}")
    } else {
        format!("material {index} ({})", quoted(&from.name))
    };
    let uv_use = textures_of(from).next().map(UvUse::of).unwrap_or_default();
    let mut converter = Converter {
        place,
        uv_use,
        images,
        budget,
        notes: Vec::new(),
    };
    let mut material = Material {
        name: from.name.clone(),
        alpha_threshold: 0.5,
        ..Material::default()
    };
    converter.base(from, &mut material)?;
    converter.relief(from, &mut material)?;
    converter.emission(from, &mut material)?;
    converter.layers(from, &mut material)?;
    converter.interior(from, &mut material)?;
    if let Some(extras) = &from.extras.0 {
        converter.restore(extras, &mut material)?;
    }
    for name in &from.extensions.others.0 {
        converter.note(format!("{} is not honoured", quoted(name)));
    }
    Ok(Converted {
        material,
        uv_use: converter.uv_use,
        notes: converter.notes,
    })
}

/// Textures whose coordinates count, the most visible first.
fn textures_of(from: &json::Material) -> impl Iterator<Item = &TextureUse> {
    let pbr = &from.pbr_metallic_roughness;
    [
        &pbr.base_color_texture,
        &from.normal_texture,
        &pbr.metallic_roughness_texture,
        &from.emissive_texture,
    ]
    .into_iter()
    .flatten()
}

struct Converter<'a, 'f> {
    place: String,
    uv_use: UvUse,
    images: &'a mut Images<'f>,
    budget: &'a mut Budget,
    notes: Vec<String>,
}

impl Converter<'_, '_> {
    fn note(&mut self, text: impl std::fmt::Display) {
        self.notes.push(format!("{}: {text}", self.place));
    }

    /// A number in its range; one outside is brought to the nearest end.
    fn within(&mut self, what: &str, value: f32, low: f32, high: f32) -> f32 {
        if (low..=high).contains(&value) {
            return value;
        }
        // JSON knows no NaN, but infinity arises from numbers too large.
        let taken = if value > high { high } else { low };
        self.note(format!(
            "{what} is {value}, taken as {taken}: it lies within {low} and {high}"
        ));
        taken
    }

    fn colour(&mut self, what: &str, [r, g, b]: [f32; 3], high: f32) -> Vec3 {
        Vec3::new(
            self.within(what, r, 0.0, high),
            self.within(what, g, 0.0, high),
            self.within(what, b, 0.0, high),
        )
    }

    /// A texture, unless it is laid out by other coordinates than the material's.
    fn usable<'t>(&mut self, what: &str, wanted: Option<&'t TextureUse>) -> Option<&'t TextureUse> {
        let wanted = wanted?;
        if UvUse::of(wanted) != self.uv_use {
            self.note(format!("its {what} texture lies otherwise on the surface than the first texture and is left out"));
            return None;
        }
        if self.images.wraps(wanted) != [super::REPEAT; 2] {
            self.note("its textures repeat outside of 0 to 1, though the file wants them clamped or mirrored");
        }
        Some(wanted)
    }

    /// A factor where our material has no texture: times the texture's mean.
    fn averaged(
        &mut self,
        what: &str,
        texture: Option<&TextureUse>,
        channel: usize,
    ) -> Result<f32, FileError> {
        let Some(texture) = self.usable(what, texture) else {
            return Ok(1.0);
        };
        let place = self.place.clone();
        let data = self.images.channel(&place, texture, channel, self.budget)?;
        if let [first, ..] = mean(&data)
            && !is_uniform(&data, 0, (first * 255.0).round() as u8)
        {
            self.note(format!("its {what} texture is taken as its mean"));
        }
        Ok(mean(&data)[0])
    }

    fn averaged_colour(
        &mut self,
        what: &str,
        texture: Option<&TextureUse>,
    ) -> Result<Vec3, FileError> {
        let Some(texture) = self.usable(what, texture) else {
            return Ok(Vec3::ONE);
        };
        let place = self.place.clone();
        let [r, g, b, _] = mean(&*self.images.colour(&place, texture, self.budget)?);
        self.note(format!("its {what} texture is taken as its mean"));
        Ok(Vec3::new(r, g, b))
    }

    /// Base colour, opacity, metal and roughness.
    fn base(&mut self, from: &json::Material, to: &mut Material) -> Result<(), FileError> {
        let pbr = &from.pbr_metallic_roughness;
        let place = self.place.clone();
        let [r, g, b, a] = pbr.base_color_factor;
        to.base_color = self.colour("base colour", [r, g, b], 1.0);
        let opacity = self.within("base alpha", a, 0.0, 1.0);
        let texture = pbr.base_color_texture.as_ref();
        let texture = self.usable("base colour", texture);
        if let Some(texture) = texture {
            to.base_color_texture = Some(self.images.colour(&place, texture, self.budget)?);
        }
        // A picture without transparency needs no cut-out.
        let painted = texture.filter(|_| {
            to.base_color_texture
                .as_ref()
                .is_some_and(|colour| !is_uniform(colour, 3, 255))
        });
        match (from.alpha_mode, painted) {
            (AlphaMode::Opaque, _) => {}
            (AlphaMode::Blend, painted) => {
                to.opacity = opacity;
                if painted.is_some() {
                    to.alpha.clone_from(&to.base_color_texture);
                }
            }
            (AlphaMode::Mask, Some(texture)) => {
                let cut = (opacity, from.alpha_cutoff);
                to.alpha = Some(self.images.cut_out(&place, texture, cut, self.budget)?);
            }
            (AlphaMode::Mask, None) => {
                to.opacity = if opacity >= from.alpha_cutoff {
                    1.0
                } else {
                    0.0
                };
            }
        }
        to.metallic = self.within("metallic", pbr.metallic_factor, 0.0, 1.0);
        to.roughness = self.within("roughness", pbr.roughness_factor, 0.0, 1.0);
        let both = pbr.metallic_roughness_texture.as_ref();
        if let Some(both) = self.usable("metallic-roughness", both) {
            let mut plane = |channel| {
                let plane = self.images.channel(&place, both, channel, self.budget)?;
                Ok(Some(plane).filter(|plane| !is_uniform(plane, 0, 255)))
            };
            to.roughness_texture = plane(1)?;
            to.metallic_texture = if to.metallic > 0.0 { plane(2)? } else { None };
        }
        Ok(())
    }

    fn relief(&mut self, from: &json::Material, to: &mut Material) -> Result<(), FileError> {
        if let Some(wanted) = self.usable("normal", from.normal_texture.as_ref()) {
            let place = self.place.clone();
            to.normal_map = Some(NormalMap {
                texture: self.images.linear(&place, wanted, self.budget)?,
                scale: self.within("normal scale", wanted.scale, -100.0, 100.0),
            });
        }
        Ok(())
    }

    fn emission(&mut self, from: &json::Material, to: &mut Material) -> Result<(), FileError> {
        let strength = from
            .extensions
            .emissive_strength
            .as_ref()
            .map_or(1.0, |extension| extension.emissive_strength);
        let strength = self.within("emissive strength", strength, 0.0, 1e9);
        to.emission = strength * self.colour("emission", from.emissive_factor, 1.0);
        if to.emission != Vec3::ZERO
            && let Some(wanted) = self.usable("emissive", from.emissive_texture.as_ref())
        {
            let place = self.place.clone();
            to.emission_texture = Some(self.images.colour(&place, wanted, self.budget)?);
        }
        if from.extensions.unlit.is_some() {
            // Looks as painted from everywhere: it glows in its colour and reflects nothing.
            to.emission = to.base_color;
            to.emission_texture = to.base_color_texture.take();
            to.base_color = Vec3::ZERO;
            to.metallic = 0.0;
            to.specular = 0.0;
        }
        Ok(())
    }

    /// What lies on top: specular, coat, sheen, stretched highlights.
    fn layers(&mut self, from: &json::Material, to: &mut Material) -> Result<(), FileError> {
        let extensions = &from.extensions;
        if let Some(ior) = &extensions.ior {
            to.ior = self.within("index of refraction", ior.ior, 1.0, 4.0);
        }
        if from.extensions.unlit.is_some() {
            return Ok(());
        }
        if let Some(specular) = &extensions.specular {
            let factor = self.within("specular", specular.specular_factor, 0.0, 1.0);
            to.specular =
                factor * self.averaged("specular", specular.specular_texture.as_ref(), 3)?;
            if specular.specular_color_factor != [1.0; 3]
                || specular.specular_color_texture.is_some()
            {
                self.note("the colour of its specular layer is not honoured");
            }
        }
        if let Some(coat) = &extensions.clearcoat {
            let weight = self.within("clear coat", coat.clearcoat_factor, 0.0, 1.0)
                * self.averaged("clear coat", coat.clearcoat_texture.as_ref(), 0)?;
            let roughness = self.within(
                "clear coat roughness",
                coat.clearcoat_roughness_factor,
                0.0,
                1.0,
            ) * self.averaged(
                "clear coat roughness",
                coat.clearcoat_roughness_texture.as_ref(),
                1,
            )?;
            if coat.clearcoat_normal_texture.is_some() {
                self.note("the relief of its clear coat is not honoured");
            }
            to.clear_coat = (weight > 0.0).then_some(ClearCoat {
                weight,
                roughness,
                ior: 1.5,
            });
        }
        if let Some(sheen) = &extensions.sheen {
            let color = self.colour("sheen", sheen.sheen_color_factor, 1.0)
                * self.averaged_colour("sheen", sheen.sheen_color_texture.as_ref())?;
            let roughness = self.within("sheen roughness", sheen.sheen_roughness_factor, 0.0, 1.0)
                * self.averaged("sheen roughness", sheen.sheen_roughness_texture.as_ref(), 3)?;
            to.sheen = (color != Vec3::ZERO).then_some(Sheen { color, roughness });
        }
        if let Some(anisotropy) = &extensions.anisotropy {
            if anisotropy.anisotropy_texture.is_some() {
                self.note("its anisotropy texture is not honoured");
            }
            let strength = self.within("anisotropy", anisotropy.anisotropy_strength, 0.0, 1.0);
            (to.roughness, to.anisotropy) = stretched(to.roughness, strength);
            to.anisotropy_rotation = anisotropy.anisotropy_rotation % std::f32::consts::TAU;
        }
        Ok(())
    }

    /// Glass and clear sheets.
    fn interior(&mut self, from: &json::Material, to: &mut Material) -> Result<(), FileError> {
        let Some(transmission) = &from.extensions.transmission else {
            return Ok(());
        };
        let share = self.within("transmission", transmission.transmission_factor, 0.0, 1.0)
            * self.averaged(
                "transmission",
                transmission.transmission_texture.as_ref(),
                0,
            )?;
        if share < 0.5 {
            if share > 0.0 {
                self.note(format!(
                    "lets {:.0} % of light through, taken as opaque",
                    share * 100.0
                ));
            }
            return Ok(());
        }
        if share < 1.0 {
            self.note(format!(
                "lets {:.0} % of light through, taken as clear",
                share * 100.0
            ));
        }
        let painted = to.base_color_texture.as_ref().map_or(Vec3::ONE, |texture| {
            let [r, g, b, _] = mean(texture);
            Vec3::new(r, g, b)
        });
        let tint = to.base_color * painted;
        if to.base_color_texture.is_some() {
            self.note("what it lets through is coloured by its texture's mean");
        }
        to.metallic = 0.0;
        if to.clear_coat.take().is_some() || to.sheen.take().is_some() {
            self.note("clear coat and sheen on something clear are not honoured");
        }
        let solid = from
            .extensions
            .volume
            .as_ref()
            .filter(|volume| volume.thickness_factor > 0.0);
        to.interior = match solid {
            None => Interior::ThinClear { tint },
            Some(volume) => {
                if tint.min_element() < 1.0 {
                    self.note("the colour of a solid clear body is that of its attenuation alone");
                }
                let color = self.colour("attenuation colour", volume.attenuation_color, 1.0);
                let distance_m = volume
                    .attenuation_distance
                    .filter(|distance| *distance > 0.0);
                // White light has this colour after this distance (KHR_materials_volume); nothing is quite black.
                let absorption = |share: f32, distance_m: f32| {
                    (-share.max(1e-6).ln() / distance_m).clamp(0.0, 1e9)
                };
                Interior::Glass {
                    absorption_per_m: distance_m.map_or(Vec3::ZERO, |distance_m| {
                        Vec3::from_array(
                            color.to_array().map(|share| absorption(share, distance_m)),
                        )
                    }),
                }
            }
        };
        Ok(())
    }
}

impl Converter<'_, '_> {
    /// What our own files say beyond glTF. The renderer checks the numbers like any maker's.
    fn restore(&mut self, extras: &OfMaterial, to: &mut Material) -> Result<(), FileError> {
        to.alpha_threshold = extras.alpha_threshold;
        if let (Some(coat), Some(ior)) = (&mut to.clear_coat, extras.clear_coat_ior) {
            coat.ior = ior;
        }
        match (to.interior, &extras.interior) {
            (Interior::Opaque, Some(interior)) => to.interior = interior.into(),
            (Interior::ThinClear { .. } | Interior::Glass { .. }, _) => {
                if let Some(color) = extras.base_color {
                    to.base_color = Vec3::from_array(color);
                }
            }
            _ => {}
        }
        to.flakes = extras.flakes.as_ref().map(Into::into);
        let place = self.place.clone();
        to.near_infrared = match extras.near_infrared {
            None => None,
            Some(OfNearInfrared::Reflectance(value)) => Some(NearInfrared::Reflectance(value)),
            Some(OfNearInfrared::FromVisible { low, high }) => {
                Some(NearInfrared::FromVisible { low, high })
            }
            Some(OfNearInfrared::Painted(index)) => {
                let painted = TextureUse::plain(index);
                let painted = self.images.channel(&place, &painted, 0, self.budget)?;
                Some(NearInfrared::Painted(painted))
            }
        };
        if let Some((index, scale_m)) = extras.bump {
            let place = self.place.clone();
            let height = self
                .images
                .channel(&place, &TextureUse::plain(index), 0, self.budget)?;
            to.bump = Some(Bump { height, scale_m });
        }
        Ok(())
    }
}

/// Roughness and anisotropy of ours from `KHR_materials_anisotropy`: there `α_t = α + (1 − α)·strength²` along the tangent and `α_b = α` across; here
/// `α/aspect` and `α·aspect` with `aspect² = 1 − 0.9·anisotropy`. The same two numbers come out where `α_b ≥ 0.1·α_t`, the most ours can stretch.
pub(super) fn stretched(roughness: f32, strength: f32) -> (f32, f32) {
    let across = (roughness * roughness).max(1e-4);
    let along = across + (1.0 - across) * strength * strength;
    let anisotropy = ((1.0 - across / along) / 0.9).clamp(0.0, 1.0);
    ((across * along).sqrt().sqrt().min(1.0), anisotropy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretched_highlights_keep_both_of_their_widths() {
        for (roughness, strength) in [(0.5_f32, 0.3_f32), (0.8, 0.6), (0.4, 0.0), (1.0, 1.0)] {
            let (ours, anisotropy) = stretched(roughness, strength);
            let aspect = (1.0 - 0.9 * anisotropy).sqrt();
            let across = roughness * roughness;
            let along = across + (1.0 - across) * strength * strength;
            assert!((ours * ours * aspect - across).abs() < 1e-5);
            assert!((ours * ours / aspect - along).abs() < 1e-5);
        }
    }
}
