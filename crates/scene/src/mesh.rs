//! Triangle meshes.
use glam::{Vec2, Vec3};

/// Indexed triangles with per-vertex normals and texture coordinates, and a part per triangle.
#[derive(Debug, Clone, Default)]
pub struct Mesh {
    /// `[n]`, metres, world space.
    pub positions: Vec<Vec3>,
    /// `[n]`, unit length, smooth shading normals.
    pub normals: Vec<Vec3>,
    /// `[n]`, v runs *up* (OBJ, MakeHuman): texel row = `(1 - v) * height`. May lie outside `[0, 1]`: textures repeat.
    pub uvs: Vec<Vec2>,
    /// `[m]`, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// `[m]`, what each triangle is; see [`Part`].
    pub parts: Vec<Part>,
}

/// What a surface is, as labels know it. The first block carries the FaceSynthetics parsing ids (Wood et al. 2021) as its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Part {
    /// Nothing of interest.
    #[default]
    Background = 0,
    /// Face and scalp skin, without the parts below.
    FaceSkin = 1,
    Nose = 2,
    RightEye = 3,
    LeftEye = 4,
    RightBrow = 5,
    LeftBrow = 6,
    RightEar = 7,
    LeftEar = 8,
    MouthInterior = 9,
    TopLip = 10,
    BottomLip = 11,
    Neck = 12,
    Hair = 13,
    Beard = 14,
    Clothing = 15,
    Glasses = 16,
    Headwear = 17,
    Facewear = 18,
    // Parts FaceSynthetics has no id of its own for; `label` maps them to one.
    /// Skin of torso and limbs (FaceSynthetics: neck).
    BodySkin = 32,
    /// Upper or lower teeth (FaceSynthetics: mouth interior).
    Teeth = 33,
    Tongue = 34,
    RightIris = 35,
    LeftIris = 36,
    RightPupil = 37,
    LeftPupil = 38,
    /// Lashes take the class of the eye behind or the skin behind: alpha cards too thin to label (FaceSynthetics: skin).
    RightLashes = 39,
    LeftLashes = 40,
    /// See-through lens: takes the class behind it.
    ClearLens = 41,
    /// Opaque lens of sunglasses (FaceSynthetics: glasses).
    DarkLens = 42,
    /// Scalp skin above the hairline and behind the ears (FaceSynthetics: skin).
    Scalp = 43,
}
