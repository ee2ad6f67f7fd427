//! How a surface meets light.
use crate::{Texture, soil::Soiled, wrap::Wrapped};
use glam::Vec3;
use std::sync::Arc;

/// Principled surface: from inside out, a diffuse or clear interior, a GGX dielectric layer or metal, flakes, a clear coat, sheen; cut out by alpha.
///
/// Flakes, clear coat and sheen need [`Interior::Opaque`].
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
    /// Multiplies `metallic` by the first channel.
    pub metallic_texture: Option<Arc<Texture>>,
    /// Stretch of highlights along the tangent, `[0, 1]`: `aspect = √(1 − 0.9·anisotropy)`, `α_x = α/aspect`, `α_y = α·aspect` (Burley 2012).
    pub anisotropy: f32,
    /// Turns the tangent counter-clockwise from the direction of growing u, radians.
    pub anisotropy_rotation: f32,
    /// Index of refraction of the dielectric layer, e.g. 1.4 for skin, 1.376 for the cornea.
    pub ior: f32,
    /// Weight of the dielectric's specular lobe, `[0, 1]`.
    pub specular: f32,
    /// Cut-out: fourth channel of this texture, a fragment counts where alpha ≥ `alpha_threshold` for labels, and with probability alpha for light.
    pub alpha: Option<Arc<Texture>>,
    /// `[0, 1]`, for the label pass.
    pub alpha_threshold: f32,
    /// True opacity, `[0, 1]`: multiplies alpha for light; labels compare alpha alone with the threshold.
    pub opacity: f32,
    /// Tangent-space normals, and how strongly they bend.
    pub normal_map: Option<NormalMap>,
    /// Tangent-space height map in metres per unit (first channel), scale 0 = none.
    pub bump: Option<Bump>,
    /// What happens to light that enters.
    pub interior: Interior,
    /// A clear varnish over everything below.
    pub clear_coat: Option<ClearCoat>,
    /// Fuzz of cloth, seen at grazing angles.
    pub sheen: Option<Sheen>,
    /// Metal flakes below the clear coat.
    pub flakes: Option<Flakes>,
    /// W·sr⁻¹·m⁻², linear Rec. 709; multiplied with `emission_texture` where there is one.
    pub emission: Vec3,
    /// Colour of emission.
    pub emission_texture: Option<Arc<Texture>>,
    /// Only with [`Interior::ThinClear`]: the sheet is the front of a clear body that is looked into, such as a cornea, and what a camera sees behind it is bent
    /// as at the boundary of a body of index `ior` on the normals' inner side. Light on its way to what lies behind still goes straight, less what the
    /// sheet reflects: small lamps light an iris as well as a wide sky does, and caustics are left out. Ground truth is bent like the picture.
    pub bends_view: bool,
    /// What a camera in the near infrared sees (see [`Camera::band`](crate::camera::Camera::band)); `None` takes the red channel.
    pub near_infrared: Option<NearInfrared>,
    /// Film that is stuck on; needs [`Interior::Opaque`].
    pub wrapped: Option<Arc<Wrapped>>,
    /// What shows where the surface is scratched, chipped, cracked or rusted through.
    pub worn: Option<Worn>,
    /// What weather and roads left on the surface.
    pub soiled: Option<Arc<Soiled>>,
}

/// A surface laid open to what is below it, place by place.
#[derive(Debug, Clone)]
pub struct Worn {
    /// How deep, in its first channel, `[0, 1]`; 0 is untouched.
    pub depth: Arc<Texture>,
    /// From the top down, by growing `from`: a place shows the last one whose `from` its depth reaches, and the surface itself above the first.
    pub layers: Arc<[Layer]>,
}

/// What lies below a surface.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The least depth at which it shows, above 0.
    pub from: f32,
    /// How it meets light. It is not cut out, not worn itself and gives off no light; clear only below a surface that is clear itself.
    pub material: Material,
}

/// A clear varnish: a second, smooth dielectric layer on top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClearCoat {
    /// Share of the surface that is coated, `[0, 1]`.
    pub weight: f32,
    /// GGX alpha = roughness².
    pub roughness: f32,
    /// Index of refraction, usually 1.5.
    pub ior: f32,
}

/// Microfibres standing on a surface (Estevez & Kulla 2017).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sheen {
    /// Linear Rec. 709, `[0, 1]`.
    pub color: Vec3,
    /// `[0, 1]`: 0.2 velvet, 0.6 cotton; below 0.1 as 0.1.
    pub roughness: f32,
}

/// Metal flakes in car paint: discrete mirrors, the same ones from every side. They are keyed by places in the world, and so belong to things at rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flakes {
    /// Reflectance of a flake at normal incidence, linear Rec. 709.
    pub color: Vec3,
    /// Share of the surface covered, `[0, 1]`.
    pub coverage: f32,
    /// Width of a flake, metres; about 50 µm.
    pub size_m: f32,
    /// Spread of the flakes' tilt as GGX roughness.
    pub roughness: f32,
}

/// Tangent-space normals: `2·rgb − 1`, x along growing u, y along growing v, z outwards (OpenGL, glTF).
#[derive(Debug, Clone)]
pub struct NormalMap {
    /// Read as linear data.
    pub texture: Arc<Texture>,
    /// Multiplies x and y; 1 as painted.
    pub scale: f32,
}

/// Reflectance around 850 to 940 nm; of a clear sheet, what it lets through. [`crate::band`] makes the scene of it.
#[derive(Debug, Clone)]
pub enum NearInfrared {
    /// One value for the whole surface.
    Reflectance(f32),
    /// A texture of its own, whose first channel counts; it replaces the visible colour.
    Painted(Arc<Texture>),
    /// `low + (high − low)·luminance` of the visible colour: texture stays, contrast falls. Skin of every tone is bright (0.5 to 0.65), because melanin hardly
    /// absorbs there.
    FromVisible {
        /// Where the visible colour is black.
        low: f32,
        /// Where the visible colour is white.
        high: f32,
    },
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
    /// Skin, wax, marble by a random walk below the surface of a closed mesh; `radius_m` as in [`Interior::Skin`], to which it is the slow reference. On broad
    /// surfaces they agree; on features as small as `radius_m` the walk is brighter (red on a ball of 1 cm: a sixth), and ears lit from behind
    /// let two to three times as much through.
    RandomWalk {
        /// Diffuse mean free path per colour channel, metres.
        radius_m: Vec3,
    },
    /// A solid body of glass or liquid with closed surface: light is refracted and absorbed on its way through. `ior` and `roughness` are the material's,
    /// `base_color`, `metallic` and `specular` play no part. Bodies lie apart or within each other. Direct light does not reach through: shadows of glass
    /// are filled by light found by scattering, so lamps behind it should be large.
    Glass {
        /// Absorption per metre and colour channel, m⁻¹ (Beer–Lambert).
        absorption_per_m: Vec3,
    },
    /// A single hair (Chiang et al. 2016); only for [`Fibres`](crate::fibre::Fibres). `base_color` is how dense hair of that kind looks, `roughness` the longitudinal one, `ior` 1.55.
    Hair {
        /// Azimuthal roughness, `[0, 1]`; 0.3 is usual.
        azimuthal_roughness: f32,
        /// Tilt of the cuticle's scales, radians; about 0.035 (2 degrees).
        scale_tilt: f32,
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
            metallic_texture: None,
            anisotropy: 0.0,
            anisotropy_rotation: 0.0,
            ior: 1.5,
            specular: 1.0,
            alpha: None,
            alpha_threshold: 0.5,
            opacity: 1.0,
            normal_map: None,
            bump: None,
            interior: Interior::Opaque,
            clear_coat: None,
            sheen: None,
            flakes: None,
            emission: Vec3::ZERO,
            emission_texture: None,
            bends_view: false,
            near_infrared: None,
            wrapped: None,
            worn: None,
            soiled: None,
        }
    }
}
