//! MTL: the classic keywords and the physically based ones that Blender, Clara.io and others write (`Pr`, `Pm`, `Ps`, `Pc`, `Pcr`, `aniso`, `norm`).
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use glam::Vec3;

use super::{lines, number};
use crate::file::error::quoted;
use crate::file::limits::Budget;
use crate::file::textures::{self, Derived, is_uniform};
use crate::file::{Beside, FileError, Model};
use crate::material::{Bump, ClearCoat, NormalMap, Sheen};
use crate::{Material, Texture};

/// Metres of relief of a grey bump map at `-bm 1`, where the format names no unit.
const BUMP_M: f32 = 0.01;

/// Materials defined so far, by name; a later definition replaces an earlier one for the faces below it.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) materials: Vec<Material>,
    by_name: BTreeMap<String, usize>,
    decoded: BTreeMap<String, Arc<Texture>>,
    derived: Derived<(String, Made)>,
}

/// What is made of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    Channel(usize),
    Linear,
}

impl Library {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Reads one MTL file.
    pub(super) fn add(
        &mut self,
        bytes: &[u8],
        beside: Beside<'_>,
        budget: &mut Budget,
        model: &mut Model,
    ) -> Result<(), FileError> {
        let mut draft: Option<Draft> = None;
        for (line, text) in lines(bytes) {
            let Some((keyword, rest)) = text.split_once(char::is_whitespace) else {
                continue;
            };
            let rest = rest.trim();
            if keyword == "newmtl" {
                self.keep(draft.take());
                draft = Some(Draft::new(rest));
                continue;
            }
            let Some(draft) = &mut draft else {
                continue;
            };
            if !draft.value(line, keyword, rest)? {
                self.map(line, keyword, rest, draft, (beside, budget, model))?;
            }
        }
        self.keep(draft);
        Ok(())
    }

    fn keep(&mut self, draft: Option<Draft>) {
        if let Some(draft) = draft {
            self.by_name
                .insert(draft.material.name.clone(), self.materials.len());
            self.materials.push(draft.finish());
        }
    }

    /// A keyword that names a picture.
    fn map(
        &mut self,
        line: usize,
        keyword: &str,
        rest: &str,
        draft: &mut Draft,
        (beside, budget, model): (Beside<'_>, &mut Budget, &mut Model),
    ) -> Result<(), FileError> {
        let lower = keyword.to_ascii_lowercase();
        if !matches!(
            lower.as_str(),
            "map_kd" | "map_ke" | "map_d" | "map_pr" | "map_pm" | "map_bump" | "bump" | "norm"
        ) {
            if lower.starts_with("map_") || matches!(lower.as_str(), "disp" | "refl" | "decal") {
                model.note(format!("{} of MTL files is not honoured", quoted(keyword)));
            }
            return Ok(());
        }
        let place = format!("line {line}");
        let (file, multiplier, moved) = options(line, rest)?;
        if moved {
            model.note("shifts and scales of MTL textures are not honoured");
        }
        let picture = self.picture(&place, file, beside, budget)?;
        let mut made = |made: Made| {
            self.derived
                .get((file.to_owned(), made), &place, budget, || match made {
                    Made::Channel(channel) => textures::channel(&picture, channel),
                    Made::Linear => textures::linear(&picture),
                })
        };
        let material = &mut draft.material;
        match lower.as_str() {
            "map_kd" => material.base_color_texture = Some(picture),
            "map_ke" => material.emission_texture = Some(picture),
            "map_pr" => material.roughness_texture = Some(made(Made::Channel(0))?),
            "map_pm" => material.metallic_texture = Some(made(Made::Channel(0))?),
            // Opacity is in the alpha channel where there is one, in the grey value otherwise.
            "map_d" => {
                let channel = if is_uniform(&picture, 3, 255) { 0 } else { 3 };
                material.alpha = Some(made(Made::Channel(channel))?);
            }
            _ if lower == "norm" || is_normal_map(&picture) => {
                material.normal_map = Some(NormalMap {
                    texture: made(Made::Linear)?,
                    scale: multiplier,
                });
            }
            _ => {
                material.bump = Some(Bump {
                    height: made(Made::Channel(0))?,
                    scale_m: multiplier * BUMP_M,
                });
            }
        }
        Ok(())
    }

    fn picture(
        &mut self,
        place: &str,
        file: &str,
        beside: Beside<'_>,
        budget: &mut Budget,
    ) -> Result<Arc<Texture>, FileError> {
        if let Some(texture) = self.decoded.get(file) {
            return Ok(Arc::clone(texture));
        }
        let bytes: Cow<'_, [u8]> = beside.read(place, file)?;
        let texture = textures::decode(&format!("{place}, {}", quoted(file)), &bytes, budget)?;
        self.decoded.insert(file.to_owned(), Arc::clone(&texture));
        Ok(texture)
    }
}

/// Many programs write normal maps as `map_Bump`: pictures that are blue in the mean and not grey.
fn is_normal_map(picture: &Texture) -> bool {
    let [r, g, b, _] = textures::mean(picture);
    b > 0.5 && b > 1.5 * r && b > 1.5 * g
}

/// `-bm 0.5 -s 1 1 1 file name.png` into file, multiplier and whether the picture is shifted or scaled.
fn options(line: usize, rest: &str) -> Result<(&str, f32, bool), FileError> {
    let (mut rest, mut multiplier, mut moved) = (rest, 1.0, false);
    while let Some(option) = rest.strip_prefix('-') {
        let (name, after) = option
            .split_once(char::is_whitespace)
            .unwrap_or((option, ""));
        rest = after.trim_start();
        let numbers = match name {
            "o" | "s" | "t" => 3,
            "mm" => 2,
            "bm" | "boost" | "texres" => 1,
            "blendu" | "blendv" | "clamp" | "cc" | "imfchan" | "type" => {
                rest = rest
                    .split_once(char::is_whitespace)
                    .map_or("", |(_, after)| after.trim_start());
                continue;
            }
            _ => {
                return Err(FileError::new(
                    format!("line {line}"),
                    format!("option {} is not one of MTL's", quoted(name)),
                ));
            }
        };
        for k in 0..numbers {
            let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let Ok(value) = word.parse::<f32>() else {
                // One or two numbers may stand for three.
                break;
            };
            if name == "bm" {
                multiplier = number(line, "the bump multiplier", Some(word))?;
            }
            let neutral = if name == "s" { 1.0 } else { 0.0 };
            moved |= matches!(name, "o" | "s" | "t") && value != neutral && k < 3;
            rest = after.trim_start();
        }
    }
    if rest.is_empty() {
        return Err(FileError::new(format!("line {line}"), "names no picture"));
    }
    Ok((rest, multiplier, moved))
}

/// A material on its way.
#[derive(Debug)]
struct Draft {
    material: Material,
    /// `Ns`, for where there is no `Pr`.
    shininess: Option<f32>,
    roughness: Option<f32>,
    specular: Option<f32>,
    illumination: Option<f32>,
    coat_roughness: f32,
    coat: f32,
    sheen: f32,
}

impl Draft {
    fn new(name: &str) -> Self {
        Self {
            material: Material {
                name: name.to_owned(),
                base_color: Vec3::splat(0.6),
                ..Material::default()
            },
            shininess: None,
            roughness: None,
            specular: None,
            illumination: None,
            coat_roughness: 0.03,
            coat: 0.0,
            sheen: 0.0,
        }
    }

    /// A keyword with numbers; false when it is another one.
    fn value(&mut self, line: usize, keyword: &str, rest: &str) -> Result<bool, FileError> {
        let mut words = rest.split_ascii_whitespace();
        let mut one = |low: f32, high: f32| {
            number(line, keyword, words.next()).map(|value| value.clamp(low, high))
        };
        match keyword {
            "Kd" => self.material.base_color = colour(line, keyword, rest, 1.0)?,
            "Ke" => self.material.emission = colour(line, keyword, rest, 1e9)?,
            "Ks" => self.specular = Some(colour(line, keyword, rest, 1.0)?.max_element()),
            "Ns" => self.shininess = Some(one(0.0, 1e6)?),
            "Ni" => {
                // Exporters write 1 where nobody thought of it; a surface of that index would have no highlight.
                let index = one(1.0, 4.0)?;
                self.material.ior = if index > 1.0 { index } else { 1.5 };
            }
            "d" => self.material.opacity = one(0.0, 1.0)?,
            "Tr" => self.material.opacity = 1.0 - one(0.0, 1.0)?,
            "illum" => self.illumination = Some(one(0.0, 10.0)?),
            "Pr" => self.roughness = Some(one(0.0, 1.0)?),
            "Pm" => self.material.metallic = one(0.0, 1.0)?,
            "Pc" => self.coat = one(0.0, 1.0)?,
            "Pcr" => self.coat_roughness = one(0.0, 1.0)?,
            "Ps" => self.sheen = one(0.0, 1.0)?,
            "aniso" => self.material.anisotropy = one(0.0, 1.0)?,
            "anisor" => {
                self.material.anisotropy_rotation = one(-10.0, 10.0)? * std::f32::consts::TAU;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self) -> Material {
        let mut material = self.material;
        // The width of a Blinn–Phong lobe of exponent n is that of a microfacet lobe with α² = 2/(n + 2) (Walter et al. 2007, §5.1).
        let from_shininess = self.shininess.map(|n| (2.0 / (n + 2.0)).sqrt().sqrt());
        material.roughness = self.roughness.or(from_shininess).unwrap_or(0.7);
        if self.roughness.is_none() && self.shininess.is_some() {
            material.specular = self.specular.unwrap_or(1.0);
        }
        if self.illumination.is_some_and(|model| model < 2.0) && self.roughness.is_none() {
            material.specular = 0.0;
        }
        material.clear_coat = (self.coat > 0.0).then_some(ClearCoat {
            weight: self.coat,
            roughness: self.coat_roughness,
            ior: 1.5,
        });
        material.sheen = (self.sheen > 0.0).then_some(Sheen {
            color: Vec3::splat(self.sheen),
            roughness: 0.5,
        });
        if material.emission_texture.is_some() && material.emission == Vec3::ZERO {
            material.emission = Vec3::ONE;
        }
        // Pictures colour what `Kd` would make black.
        if material.base_color_texture.is_some() && material.base_color == Vec3::ZERO {
            material.base_color = Vec3::ONE;
        }
        material
    }
}

/// Three numbers, or one for all.
fn colour(line: usize, keyword: &str, rest: &str, high: f32) -> Result<Vec3, FileError> {
    let mut words = rest.split_ascii_whitespace();
    let red = number(line, keyword, words.next())?;
    let mut next = || {
        words
            .next()
            .map_or(Ok(red), |word| number(line, keyword, Some(word)))
    };
    Ok(Vec3::new(red, next()?, next()?).clamp(Vec3::ZERO, Vec3::splat(high)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Limits;

    fn material(text: &str) -> Result<Material, FileError> {
        let png = crate::write::png_rgb8(1, 1, &[10, 20, 30]);
        let blue = crate::write::png_rgb8(1, 1, &[128, 128, 255]);
        let files: [(&str, &[u8]); 2] = [("a b.png", &png), ("n.png", &blue)];
        let mut library = Library::default();
        let mut budget = Budget::new(Limits::default());
        library.add(
            text.as_bytes(),
            Beside::Memory(&files),
            &mut budget,
            &mut Model::default(),
        )?;
        Ok(library.materials.swap_remove(0))
    }

    #[test]
    fn classic_and_physical_keywords() {
        let found = material("newmtl m\nKd 0.1 0.2 0.3\nNs 6\nKs 0.5 0.5 0.5\nTr 0.25\nNi 1.33")
            .expect("sound");
        assert_eq!(found.base_color, Vec3::new(0.1, 0.2, 0.3));
        assert!((found.roughness.powi(4) - 0.25).abs() < 1e-6);
        assert_eq!(
            (found.specular, found.opacity, found.ior),
            (0.5, 0.75, 1.33)
        );
        let found = material("newmtl m\nPr 0.3\nPm 1\nNs 900\nPc 0.5\nillum 1").expect("sound");
        assert_eq!(
            (found.roughness, found.metallic, found.specular),
            (0.3, 1.0, 1.0)
        );
        assert_eq!(found.clear_coat.map(|coat| coat.weight), Some(0.5));
    }

    #[test]
    fn pictures_with_options_and_blanks_in_their_names() {
        let found = material("newmtl m\nmap_Kd -s 1 1 1 -o 0 0 a b.png\nmap_Bump -bm 2 a b.png")
            .expect("sound");
        assert!(found.base_color_texture.is_some());
        assert_eq!(found.bump.map(|bump| bump.scale_m), Some(0.02));
        let found = material("newmtl m\nmap_bump -bm 0.5 n.png").expect("sound");
        assert_eq!(found.normal_map.map(|map| map.scale), Some(0.5));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, told) in [
            (
                "newmtl m\nKd red",
                "line 2: Kd is `red`, not a finite number",
            ),
            ("newmtl m\nmap_Kd -s 2 2 2", "line 2: names no picture"),
            (
                "newmtl m\nmap_Kd -q x.png",
                "line 2: option `q` is not one of MTL's",
            ),
            ("newmtl m\nmap_Kd x.png", "line 2: `x.png` is not there"),
        ] {
            assert_eq!(material(text).expect_err(text).to_string(), told);
        }
    }
}
