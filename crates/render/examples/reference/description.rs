//! Scenes as `benches/render` describes them: JSON whose fields are those of `scene`'s vocabulary, absent ones having their default there. Files are
//! named relative to it; meshes are PLY, strands little-endian floats (x, y, z, radius), equally many points a strand.
use glam::{DVec3, Quat, Vec3};
use scene::{
    AreaLight, Camera, Environment, Fibres, Material, MaterialId, Mesh, Object, Scene, Texture,
    fibre::Strands,
    file,
    light::{Backdrop, Beam, Fog, PointLight, Sun},
    material::Interior,
    mesh::Part,
    read::{self, Meaning},
};
use serde::Deserialize;
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

type Anything<T> = Result<T, Box<dyn Error>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SceneFile {
    camera: CameraFile,
    #[serde(default)]
    objects: Vec<ObjectFile>,
    #[serde(default)]
    materials: Vec<MaterialFile>,
    environment: Option<EnvironmentFile>,
    #[serde(default)]
    area_lights: Vec<AreaLightFile>,
    #[serde(default)]
    point_lights: Vec<PointLightFile>,
    sun: Option<SunFile>,
    fog: Option<FogFile>,
    #[serde(default)]
    fibres: Vec<FibresFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CameraFile {
    eye: [f64; 3],
    target: [f64; 3],
    up: [f64; 3],
    /// Of the picture's height.
    fov_deg: f64,
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectFile {
    ply: PathBuf,
    material: u32,
    /// Facets keep their own normals: corners are no longer shared.
    #[serde(default)]
    flat: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MaterialFile {
    base_color: [f32; 3],
    base_color_texture: Option<PathBuf>,
    alpha: Option<PathBuf>,
    roughness: f32,
    metallic: f32,
    ior: f32,
    specular: f32,
    emission: [f32; 3],
    interior: InteriorFile,
}

impl Default for MaterialFile {
    fn default() -> Self {
        let usual = Material::default();
        Self {
            base_color: usual.base_color.to_array(),
            base_color_texture: None,
            alpha: None,
            roughness: usual.roughness,
            metallic: usual.metallic,
            ior: usual.ior,
            specular: usual.specular,
            emission: usual.emission.to_array(),
            interior: InteriorFile::Opaque,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum InteriorFile {
    Opaque,
    ThinClear {
        tint: [f32; 3],
    },
    Skin {
        radius_m: [f32; 3],
    },
    RandomWalk {
        radius_m: [f32; 3],
    },
    Glass {
        absorption_per_m: [f32; 3],
    },
    Hair {
        azimuthal_roughness: f32,
        scale_tilt: f32,
    },
    Fibre,
}

impl InteriorFile {
    fn interior(&self) -> Interior {
        match *self {
            Self::Opaque => Interior::Opaque,
            Self::ThinClear { tint } => Interior::ThinClear {
                tint: Vec3::from(tint),
            },
            Self::Skin { radius_m } => Interior::Skin {
                radius_m: Vec3::from(radius_m),
            },
            Self::RandomWalk { radius_m } => Interior::RandomWalk {
                radius_m: Vec3::from(radius_m),
            },
            Self::Glass { absorption_per_m } => Interior::Glass {
                absorption_per_m: Vec3::from(absorption_per_m),
            },
            Self::Hair {
                azimuthal_roughness,
                scale_tilt,
            } => Interior::Hair {
                azimuthal_roughness,
                scale_tilt,
            },
            Self::Fibre => Interior::Fibre,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentFile {
    file: PathBuf,
    #[serde(default = "one")]
    scale: f32,
    /// Around the vertical axis.
    #[serde(default)]
    turn_deg: f32,
    backdrop: Option<[f32; 3]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointLightFile {
    position: [f32; 3],
    #[serde(default)]
    radius_m: f32,
    intensity: [f32; 3],
    spot: Option<SpotFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpotFile {
    axis: [f32; 3],
    inner: f32,
    outer: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SunFile {
    direction: [f32; 3],
    irradiance: [f32; 3],
    angular_radius: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FogFile {
    extinction_per_m: f32,
    albedo: [f32; 3],
    forward: f32,
    bounds: [[f32; 3]; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FibresFile {
    file: PathBuf,
    points_per_strand: usize,
    material: u32,
}

fn one() -> f32 {
    1.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaLightFile {
    corner: [f32; 3],
    edge_u: [f32; 3],
    edge_v: [f32; 3],
    radiance: [f32; 3],
    visible: bool,
}

/// Reads a scene and the files it names.
pub(crate) fn load(file: &Path) -> Anything<Scene> {
    let text = fs::read_to_string(file)?;
    let described: SceneFile = serde_json::from_str(&text)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let camera = described.camera;
    let mut scene = Scene::new(Camera::look_at(
        DVec3::from(camera.eye),
        DVec3::from(camera.target),
        DVec3::from(camera.up),
        camera.fov_deg.to_radians(),
        camera.width,
        camera.height,
    ));
    for object in described.objects {
        let model = file::open(&folder.join(&object.ply))?;
        let [Object { mesh, .. }] = model.objects.as_slice() else {
            return Err(format!("{} is not one mesh", object.ply.display()).into());
        };
        scene.objects.push(Object {
            name: object.ply.display().to_string(),
            mesh: if object.flat {
                Arc::new(facets(mesh))
            } else {
                Arc::clone(mesh)
            },
            material: MaterialId(object.material),
            instance: 1,
        });
    }
    for material in described.materials {
        scene.materials.push(material.into_material(folder)?);
    }
    if let Some(sky) = described.environment {
        scene.environment = Some(Environment {
            radiance: Arc::new(read::texture(&folder.join(sky.file), Meaning::Colour)?),
            scale: sky.scale,
            world_from_environment: Quat::from_rotation_y(sky.turn_deg.to_radians()),
            backdrop: sky.backdrop.map_or(Backdrop::Environment, |colour| {
                Backdrop::Colour(Vec3::from(colour))
            }),
            portals: Vec::new(),
        });
    }
    scene.area_lights = described
        .area_lights
        .iter()
        .map(|light| AreaLight {
            corner: Vec3::from(light.corner),
            edge_u: Vec3::from(light.edge_u),
            edge_v: Vec3::from(light.edge_v),
            radiance: Vec3::from(light.radiance),
            visible: light.visible,
        })
        .collect();
    scene.point_lights = described
        .point_lights
        .iter()
        .map(|light| PointLight {
            position: Vec3::from(light.position),
            radius_m: light.radius_m,
            intensity: Vec3::from(light.intensity),
            near_infrared_intensity: 0.0,
            beam: light
                .spot
                .as_ref()
                .map_or(Beam::Uniform, |spot| Beam::Spot {
                    axis: Vec3::from(spot.axis),
                    inner: spot.inner,
                    outer: spot.outer,
                }),
        })
        .collect();
    scene.sun = described.sun.map(|sun| Sun {
        direction: Vec3::from(sun.direction),
        irradiance: Vec3::from(sun.irradiance),
        angular_radius: sun.angular_radius,
    });
    scene.fog = described.fog.map(|fog| Fog {
        extinction_per_m: fog.extinction_per_m,
        albedo: Vec3::from(fog.albedo),
        forward: fog.forward,
        bounds: fog.bounds.map(Vec3::from),
    });
    for tuft in described.fibres {
        scene.fibres.push(Fibres {
            name: tuft.file.display().to_string(),
            strands: Arc::new(strands(
                &fs::read(folder.join(&tuft.file))?,
                tuft.points_per_strand,
            )),
            material: MaterialId(tuft.material),
            instance: 1,
            part: Part::Hair,
        });
    }
    Ok(scene)
}

fn strands(bytes: &[u8], points_per_strand: usize) -> Strands {
    let mut strands = Strands::default();
    let numbers: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    for point in numbers.chunks_exact(4) {
        strands.points.push(Vec3::new(point[0], point[1], point[2]));
        strands.radii_m.push(point[3]);
    }
    strands.first = (0..=strands.points.len())
        .step_by(points_per_strand.max(1))
        .map(|first| first as u32)
        .collect();
    strands
}

impl MaterialFile {
    fn into_material(self, folder: &Path) -> Anything<Material> {
        let picture = |name: Option<PathBuf>, meaning| -> Anything<Option<Arc<Texture>>> {
            let read = |name| read::texture(&folder.join(name), meaning).map(Arc::new);
            Ok(name.map(read).transpose()?)
        };
        Ok(Material {
            base_color: Vec3::from(self.base_color),
            base_color_texture: picture(self.base_color_texture, Meaning::Colour)?,
            alpha: picture(self.alpha, Meaning::Data)?,
            roughness: self.roughness,
            metallic: self.metallic,
            ior: self.ior,
            specular: self.specular,
            emission: Vec3::from(self.emission),
            interior: self.interior.interior(),
            ..Material::default()
        })
    }
}

/// A mesh whose corners are its facets' own, with the facets' normals.
fn facets(mesh: &Mesh) -> Mesh {
    let mut flat = Mesh {
        parts: mesh.parts.clone(),
        ..Mesh::default()
    };
    for corners in &mesh.triangles {
        let corners = corners.map(|corner| corner as usize);
        let [a, b, c] = corners.map(|corner| mesh.positions[corner]);
        let normal = (b - a).cross(c - a).normalize_or(Vec3::Y);
        let first = flat.positions.len() as u32;
        for corner in corners {
            flat.positions.push(mesh.positions[corner]);
            flat.normals.push(normal);
            flat.uvs.push(mesh.uvs[corner]);
        }
        flat.triangles.push([first, first + 1, first + 2]);
    }
    flat
}
