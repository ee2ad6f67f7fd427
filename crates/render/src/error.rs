//! What a scene can have wrong so that it cannot be rendered.
use std::fmt;

/// Why a [`crate::Tracer`] could not be made. One sentence by `Display`, and what to do by [`RenderError::hint`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RenderError {
    /// An object's arrays do not fit together or hold numbers that are not finite.
    Mesh {
        /// Name of the object.
        object: String,
        /// Index of the object in the scene.
        index: usize,
        /// What was found.
        found: String,
    },
    /// Strands whose arrays do not fit together or hold numbers that are not finite or have no thickness.
    Fibres {
        /// Name of the tuft.
        fibres: String,
        /// Index of the tuft in the scene.
        index: usize,
        /// What was found.
        found: String,
    },
    /// More segments of fibres than 32-bit ids can number.
    TooManySegments {
        /// How many there are.
        found: usize,
    },
    /// An object names a material that the scene does not have.
    Material {
        /// Name of the object.
        object: String,
        /// The id it carries.
        id: u32,
        /// How many materials there are.
        available: usize,
    },
    /// A material holds a number outside its range.
    MaterialValue {
        /// Name of the material.
        material: String,
        /// What was found.
        found: String,
    },
    /// A texture is empty or shorter than its size says.
    Texture {
        /// Who uses it: ``material `skin`, base colour``.
        user: String,
        /// What was found.
        found: String,
    },
    /// The camera cannot look.
    Camera {
        /// What was found.
        found: String,
    },
    /// A light holds numbers that are not finite or are negative.
    Light {
        /// Which one: `environment`, `area light 2`.
        light: String,
        /// What was found.
        found: String,
    },
    /// More lights than a hierarchy is built for; a glowing mesh has as many as triangles.
    TooManyLights {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// More triangles than 32-bit ids can number.
    TooManyTriangles {
        /// How many there are.
        found: usize,
    },
}

impl RenderError {
    /// What the maker of the scene can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Mesh { .. } => {
                "give every vertex a finite position, a normal and a uv, and every triangle a part and valid indices"
            }
            Self::Fibres { .. } => {
                "give every strand at least two finite points with positive radii, and list where strands begin and the last one ends"
            }
            Self::TooManySegments { .. } => "use fewer strands, or fewer points on each",
            Self::Material { .. } => {
                "push the material into the scene before the object that uses it"
            }
            Self::MaterialValue { .. } => {
                "keep colours and weights finite and not negative, roughness within 0 to 1"
            }
            Self::Texture { .. } => {
                "load the texture again: it needs width × height texels, at least one"
            }
            Self::Camera { .. } => {
                "give the camera a size of at least 1 × 1 px, finite positive focal lengths and a rotation matrix"
            }
            Self::Light { .. } => {
                "keep all numbers finite and not negative, directions of unit length, angles in radians and tables in ascending order"
            }
            Self::TooManyLights { .. } => {
                "light with fewer, larger lights, or give glowing meshes fewer triangles"
            }
            Self::TooManyTriangles { .. } => "subdivide less",
        }
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mesh {
                object,
                index,
                found,
            } => write!(f, "object `{object}` (number {index}): {found}"),
            Self::Fibres {
                fibres,
                index,
                found,
            } => write!(f, "fibres `{fibres}` (number {index}): {found}"),
            Self::TooManySegments { found } => {
                write!(
                    f,
                    "the scene's fibres have {found} segments, more than {} can be numbered",
                    crate::bvh::MAX_TRIANGLES
                )
            }
            Self::Material {
                object,
                id,
                available,
            } => {
                write!(
                    f,
                    "object `{object}` uses material {id}, but the scene has {available}"
                )
            }
            Self::MaterialValue { material, found } => write!(f, "material `{material}`: {found}"),
            Self::Texture { user, found } => write!(f, "texture of {user}: {found}"),
            Self::Camera { found } => write!(f, "camera: {found}"),
            Self::Light { light, found } => write!(f, "{light}: {found}"),
            Self::TooManyLights { found, most } => {
                write!(f, "the scene has {found} lights, more than {most}")
            }
            Self::TooManyTriangles { found } => {
                write!(
                    f,
                    "the scene has {found} triangles, more than {} can be numbered",
                    crate::bvh::MAX_TRIANGLES
                )
            }
        }
    }
}

impl std::error::Error for RenderError {}
