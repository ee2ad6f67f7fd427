//! What parts are made of: paint and everything else.

use glam::Vec3;
use scene::Material;
use scene::material::{ClearCoat, Flakes, Interior};

use crate::part::CarPart;

/// How a paint is built up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finish {
    /// Pigment under a clear coat.
    Solid,
    /// Pigment and aluminium flakes under a clear coat.
    Metallic,
    /// Pigment and bright mica under a clear coat.
    Pearl,
    /// Pigment under a coat that scatters.
    Matt,
}

impl Finish {
    /// Every finish.
    pub const ALL: [Self; 4] = [Self::Solid, Self::Metallic, Self::Pearl, Self::Matt];

    /// As recipes write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solid => "solid",
            Self::Metallic => "metallic",
            Self::Pearl => "pearl",
            Self::Matt => "matt",
        }
    }
}

/// A car's paint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paint {
    /// Linear Rec. 709 reflectance of the pigment, `[0, 1]`.
    pub colour: Vec3,
    /// How it is built up.
    pub finish: Finish,
}

impl Paint {
    /// `#rrggbb` as a screen shows it (sRGB); `None` where the text is none.
    pub fn of_hex(text: &str, finish: Finish) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let bytes = u32::from_str_radix(digits, 16).ok()?;
        let linear = |shift: u32| {
            let value = (bytes >> shift & 255) as f32 / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        Some(Self {
            colour: Vec3::new(linear(16), linear(8), linear(0)),
            finish,
        })
    }

    fn material(self) -> Material {
        let flakes = |color: Vec3, coverage: f32, roughness: f32| Flakes {
            color,
            coverage,
            size_m: 6e-5,
            roughness,
        };
        let coat = |roughness: f32| ClearCoat {
            weight: 1.0,
            roughness,
            ior: 1.5,
        };
        let base = Material {
            base_color: self.colour,
            roughness: 0.45,
            clear_coat: Some(coat(0.02)),
            ..Material::default()
        };
        match self.finish {
            Finish::Solid => base,
            Finish::Metallic => Material {
                flakes: Some(flakes(self.colour.lerp(Vec3::splat(0.8), 0.35), 0.5, 0.18)),
                ..base
            },
            Finish::Pearl => Material {
                flakes: Some(flakes(self.colour.lerp(Vec3::ONE, 0.7), 0.22, 0.1)),
                ..base
            },
            Finish::Matt => Material {
                clear_coat: Some(coat(0.4)),
                ..base
            },
        }
    }
}

impl CarPart {
    /// What the part is made of, on a car of this paint.
    pub fn material(self, paint: Paint) -> Material {
        let plain = |colour: [f32; 3], roughness: f32| Material {
            base_color: Vec3::from(colour),
            roughness,
            ..Material::default()
        };
        let metal = |grey: f32, roughness: f32| Material {
            metallic: 1.0,
            ..plain([grey, grey, grey * 1.02], roughness)
        };
        let sheet = |tint: Vec3| Material {
            roughness: 0.0,
            interior: Interior::ThinClear { tint },
            ..Material::default()
        };
        let mut material = match self {
            // Both faces and the tint of green glass.
            Self::Windscreen | Self::LeftWindow | Self::RightWindow | Self::RearWindow => {
                sheet(Vec3::new(0.68, 0.74, 0.70))
            }
            Self::LeftHeadlamp | Self::RightHeadlamp => sheet(Vec3::splat(0.93)),
            Self::LeftTailLamp | Self::RightTailLamp => plain([0.32, 0.006, 0.008], 0.08),
            Self::LampInside => metal(0.75, 0.22),
            Self::MirrorGlass => metal(0.85, 0.0),
            Self::Grille => plain([0.02, 0.02, 0.02], 0.25),
            Self::Underbody => plain([0.014, 0.014, 0.015], 0.7),
            Self::Interior => plain([0.05, 0.047, 0.045], 0.8),
            Self::Tyre => plain([0.022, 0.022, 0.023], 0.75),
            Self::Rim => metal(0.62, 0.3),
            Self::Brake => metal(0.3, 0.4),
            Self::FrontPlate | Self::RearPlate => plain([0.8, 0.8, 0.78], 0.35),
            _ => paint.material(),
        };
        material.name = self.name();
        material
    }
}
