//! What our scenes hold and glTF has no word for: one member `populace` of `extras`, written by `write` and read back here.
//!
//! Other programs ignore it; some keep it. What contradicts the rest of the file (an edited mesh) is left out.
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use glam::Vec3;

use crate::material::{Flakes, Interior};

/// `extras` of any shape, in which only `populace` counts.
#[derive(Debug)]
pub(super) struct Extras<T>(pub(super) Option<T>);

impl<T> Default for Extras<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Extras<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ours<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Ours<T> {
            type Value = Extras<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("extras")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Extras<T>, A::Error> {
                let mut ours = None;
                while let Some(name) = members.next_key::<String>()? {
                    if name == "populace" {
                        ours = Some(members.next_value()?);
                    } else {
                        members.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Extras(ours))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Extras<T>, A::Error> {
                while entries.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Extras(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Extras<T>, E> {
                Ok(Extras(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Extras<T>, E> {
                Ok(Extras(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Extras<T>, E> {
                Ok(Extras(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Extras<T>, E> {
                Ok(Extras(None))
            }

            fn visit_str<E>(self, _: &str) -> Result<Extras<T>, E> {
                Ok(Extras(None))
            }

            fn visit_unit<E>(self) -> Result<Extras<T>, E> {
                Ok(Extras(None))
            }
        }

        deserializer.deserialize_any(Ours(PhantomData))
    }
}

/// Of a node: what its mesh or light is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OfNode {
    /// Person or thing, from 1; 0 is scenery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instance: Option<u16>,
    /// Runs of triangles (of strands: one run) of one part: its number (see `scene::mesh::Part`) and how many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<(u8, usize)>,
    /// The mesh is a quad that emits: whether the camera sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) area_light_visible: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) light: Option<OfLight>,
}

/// Of a node with a light.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OfLight {
    pub(super) radius_m: f32,
    pub(super) near_infrared_intensity: f32,
    /// Of the sun, radians.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) angular_radius: Option<f32>,
    /// Of a diode, radians.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) half_angle: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) measured: Option<Measured>,
}

/// A measured luminaire.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) vertical_deg: Vec<f32>,
    pub(super) horizontal_deg: Vec<f32>,
    pub(super) relative: Vec<f32>,
    /// Quaternion x, y, z, w.
    pub(super) world_from_light: [f32; 4],
}

/// Of a material.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OfMaterial {
    pub(super) alpha_threshold: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) interior: Option<OfInterior>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) clear_coat_ior: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flakes: Option<OfFlakes>,
    /// Texture index and metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bump: Option<(usize, f32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) near_infrared: Option<OfNearInfrared>,
    /// Of clear things, whose base colour in glTF is what they let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base_color: Option<[f32; 3]>,
}

/// What glTF would take for an opaque surface.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OfInterior {
    SoftSkin {
        wrap: [f32; 3],
    },
    Skin {
        radius_m: [f32; 3],
    },
    RandomWalk {
        radius_m: [f32; 3],
    },
    Hair {
        azimuthal_roughness: f32,
        scale_tilt: f32,
    },
    Fibre,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OfFlakes {
    pub(super) color: [f32; 3],
    pub(super) coverage: f32,
    pub(super) size_m: f32,
    pub(super) roughness: f32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OfNearInfrared {
    Reflectance(f32),
    FromVisible {
        low: f32,
        high: f32,
    },
    /// Texture index.
    Painted(usize),
}

impl From<&OfInterior> for Interior {
    fn from(from: &OfInterior) -> Self {
        match *from {
            OfInterior::SoftSkin { wrap } => Self::SoftSkin {
                wrap: Vec3::from_array(wrap),
            },
            OfInterior::Skin { radius_m } => Self::Skin {
                radius_m: Vec3::from_array(radius_m),
            },
            OfInterior::RandomWalk { radius_m } => Self::RandomWalk {
                radius_m: Vec3::from_array(radius_m),
            },
            OfInterior::Hair {
                azimuthal_roughness,
                scale_tilt,
            } => Self::Hair {
                azimuthal_roughness,
                scale_tilt,
            },
            OfInterior::Fibre => Self::Fibre,
        }
    }
}

impl From<&OfFlakes> for Flakes {
    fn from(from: &OfFlakes) -> Self {
        Self {
            color: Vec3::from_array(from.color),
            coverage: from.coverage,
            size_m: from.size_m,
            roughness: from.roughness,
        }
    }
}

/// Of a camera: everything but where it stands and looks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OfCamera {
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    pub(super) focal_px: [f64; 2],
    pub(super) principal_px: [f64; 2],
    pub(super) aperture_radius_m: f64,
    pub(super) focus_distance_m: f64,
    pub(super) exposure_ev: f64,
}

/// Of a scene.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OfScene {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<OfEnvironment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fog: Option<OfFog>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OfEnvironment {
    /// Buffer view with an OpenEXR picture, equirectangular.
    pub(super) buffer_view: usize,
    pub(super) scale: f32,
    /// Quaternion x, y, z, w.
    pub(super) world_from_environment: [f32; 4],
    /// Linear; without it the environment itself is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backdrop: Option<[f32; 3]>,
    /// Corner and two edges each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) portals: Vec<[[f32; 3]; 3]>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OfFog {
    pub(super) extinction_per_m: f32,
    pub(super) albedo: [f32; 3],
    pub(super) forward: f32,
    pub(super) low: [f32; 3],
    pub(super) high: [f32; 3],
}
