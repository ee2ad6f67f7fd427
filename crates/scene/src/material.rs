//! How a surface meets light.
use crate::Texture;
use glam::Vec3;
use std::sync::Arc;

/// Principled surface: Lambert diffuse under a GGX dielectric layer, or GGX metal; cut out by alpha.
#[derive(Debug, Clone)]
pub struct Material {
    /// For people who debug.
    pub name: String,
    /// Linear Rec. 709 reflectance in `[0, 1]`, multiplied with `base_color_texture` where there is one.
    pub base_color: Vec3,
    /// Colour from a texture; its alpha channel is ignored (see `alpha`).
    pub base_color_texture: Option<Arc<Texture>>,
    /// GGX alpha = roughness², `[0.02, 1]`.
    pub roughness: f32,
    /// Multiplies `roughness` by the first channel.
    pub roughness_texture: Option<Arc<Texture>>,
    /// 0 dielectric, 1 metal.
    pub metallic: f32,
    /// Index of refraction of the dielectric layer, e.g. 1.4 for skin, 1.376 for the cornea.
    pub ior: f32,
    /// Weight of the dielectric's specular lobe, `[0, 1]`.
    pub specular: f32,
    /// Cut-out: fourth channel of this texture, a fragment counts where alpha ≥ `alpha_threshold` for labels, and with probability alpha for light.
    pub alpha: Option<Arc<Texture>>,
    /// `[0, 1]`, for the label pass.
    pub alpha_threshold: f32,
    /// Tangent-space height map in metres per unit (first channel), scale 0 = none.
    pub bump: Option<Bump>,
    /// What happens to light that enters.
    pub interior: Interior,
    /// W·sr⁻¹·m⁻², linear Rec. 709; emitting meshes are lit surfaces but not sampled as lights.
    pub emission: Vec3,
}

/// Fine relief of a surface.
#[derive(Debug, Clone)]
pub struct Bump {
    /// Height in its first channel.
    pub height: Arc<Texture>,
    /// Height in metres of texture value 1.
    pub scale_m: f32,
}

/// What happens to light that enters a surface.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Interior {
    /// It leaves where it came in (Lambert).
    #[default]
    Opaque,
    /// A thin clear sheet (lens, cornea shell): what is not reflected goes straight on, multiplied by `tint`.
    ThinClear {
        /// Linear transmittance of one passage, `[0, 1]`.
        tint: Vec3,
    },
    /// Skin, as a softened terminator: Lambert whose shading wraps by this many radians per colour channel, energy conserving.
    /// A stand-in for diffusion at portrait distance; `render` documents the formula.
    SoftSkin {
        /// Radians per colour channel; red is widest.
        wrap: Vec3,
    },
    /// Skin by diffusion: light leaves a little away from where it entered, so that shadows end softly and red, and ears and nostrils glow.
    Skin {
        /// Diffuse mean free path per colour channel, metres: how far light typically wanders below the surface. Measured on skin
        /// (Jensen & Buhler 2002, ℓ_d of skin 1): red 3.7 mm, green 1.4 mm, blue 0.7 mm. 0 is [`Interior::Opaque`].
        radius_m: Vec3,
    },
    /// Hair strands and cards: light is scattered around a fibre that runs along the texture's v direction; `base_color` is how dense hair of
    /// that kind looks, `roughness` about 0.2 (glossy) to 0.6 (dull), `ior` 1.55.
    Fibre,
}

impl Default for Material {
    fn default() -> Self {
        Self {
            name: String::new(),
            base_color: Vec3::splat(0.5),
            base_color_texture: None,
            roughness: 0.5,
            roughness_texture: None,
            metallic: 0.0,
            ior: 1.5,
            specular: 1.0,
            alpha: None,
            alpha_threshold: 0.5,
            bump: None,
            interior: Interior::Opaque,
            emission: Vec3::ZERO,
        }
    }
}
