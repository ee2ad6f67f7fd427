//! Scenes as GLB files that other programs open.
//!
//! Meshes, materials with PNG textures, camera and punctual lights become what glTF has for them; rectangles that emit become glowing quads; strands become
//! lines through their control points, with a thickness (`_RADIUS`) and a tint (`_TINT`) at each. What glTF has no word for stands in `extras` under `populace`, the environment as
//! an OpenEXR picture in the binary chunk: our reader takes all of it back.
//!
//! The same scene gives the same bytes. Rounding: places, normals, thicknesses and factors as they are; v to 6·10⁻⁸; textures to eight bits, the environment to half precision.
mod baked;
mod buffers;
mod material;
mod pictures;

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::{DMat3, DMat4, Quat, Vec3};
use serde_json::{Map, Value, json};

use self::buffers::Buffers;
use self::pictures::Pictures;
use super::extras::{Measured, OfCamera, OfEnvironment, OfFog, OfLight, OfNode, OfScene};
use crate::camera::{Band, Distortion, Shutter};
use crate::light::{Backdrop, Beam, PointLight};
use crate::mesh::Part;
use crate::wrap::Wrapped;
use crate::{Camera, Environment, Fibres, Material, Mesh, Object, Scene};

/// A scene as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The GLB file.
    pub bytes: Vec<u8>,
    /// What of the scene the file cannot hold: one sentence each.
    pub losses: Vec<String>,
}

/// Writes a scene, which must be sound: the renderer takes it.
///
/// # Errors
/// The number of bytes when it passes 4 GiB, the most a GLB file can have.
pub fn glb(scene: &Scene) -> Result<Written, u64> {
    let mut writer = Writer::default();
    // Pictures are known by where they are in memory: all stay until the end.
    let flat: Vec<Material> = scene.materials.iter().map(baked::baked).collect();
    writer.materials(&flat);
    let films: Vec<(usize, Vec<Material>)> = films(&scene.materials);
    for (number, films) in &films {
        writer.films.insert(*number as u32, writer.materials.len());
        writer.materials(films);
    }
    if flat.iter().any(|material| material.worn.is_some()) {
        writer.losses.push("cracks in clear panes".to_owned());
    }
    if scene.materials.iter().any(|m| m.soiled.is_some()) {
        writer.losses.push("dirt, drops and snow".to_owned());
    }
    for object in &scene.objects {
        writer.object(scene, object);
    }
    for fibres in &scene.fibres {
        writer.fibres(fibres);
    }
    for (index, light) in scene.area_lights.iter().enumerate() {
        writer.area_light(index, light);
    }
    for light in &scene.point_lights {
        writer.point_light(light);
    }
    if let Some(sun) = &scene.sun {
        let extras = OfLight {
            angular_radius: Some(sun.angular_radius),
            ..OfLight::default()
        };
        writer.light(
            "sun",
            "directional",
            sun.irradiance,
            Vec3::ZERO,
            Some(-sun.direction),
            extras,
            None,
        );
    }
    writer.camera(&scene.camera);
    let environment = scene
        .environment
        .as_ref()
        .map(|environment| writer.environment(environment));
    let fog = scene.fog.map(|fog| OfFog {
        extinction_per_m: fog.extinction_per_m,
        albedo: fog.albedo.to_array(),
        forward: fog.forward,
        low: fog.bounds[0].to_array(),
        high: fog.bounds[1].to_array(),
    });
    if !scene.annotations.people.is_empty() {
        writer
            .losses
            .push("annotations of people (landmarks, joints, gaze)".to_owned());
    }
    writer.finish(&OfScene { environment, fog })
}

/// The films of materials that are wrapped, with these materials' numbers.
fn films(materials: &[Material]) -> Vec<(usize, Vec<Material>)> {
    let wrapped = materials.iter().enumerate();
    let wrapped = wrapped.filter_map(|(number, material)| {
        let films = material.wrapped.as_ref()?.films.iter();
        let worn = |film: &Material| Material {
            worn: material.worn.clone(),
            ..film.clone()
        };
        Some((
            number,
            films.map(|film| baked::baked(&worn(film))).collect(),
        ))
    });
    wrapped.collect()
}

#[derive(Debug, Default)]
struct Writer<'s> {
    buffers: Buffers,
    pictures: Pictures,
    materials: Vec<Value>,
    meshes: Vec<Value>,
    nodes: Vec<Value>,
    lights: Vec<Value>,
    cameras: Vec<Value>,
    used: Vec<&'static str>,
    /// Attributes and indices of meshes that several objects share.
    shared: Vec<(&'s Arc<Mesh>, Value)>,
    /// Where the films of wrapped materials are among the materials.
    films: BTreeMap<u32, usize>,
    losses: Vec<String>,
}

impl<'s> Writer<'s> {
    fn materials(&mut self, materials: &[Material]) {
        for from in materials {
            let written =
                material::material(from, &mut self.pictures, &mut self.buffers, &mut self.used);
            self.materials.push(written);
        }
    }

    fn node(&mut self, name: &str, mut node: Value, extras: Option<&OfNode>) {
        node["name"] = json!(name);
        if let Some(extras) = extras {
            node["extras"] = json!({"populace": extras});
        }
        self.nodes.push(node);
    }

    fn mesh(&mut self, name: &str, primitive: &Value) -> usize {
        self.meshes
            .push(json!({"name": name, "primitives": [primitive]}));
        self.meshes.len() - 1
    }

    /// An object under film, in pieces: its triangles by what lies on their middles.
    fn wrapped(&mut self, object: &Object, wrapped: &Wrapped) {
        let first = self.films[&object.material.0];
        let whole = &*object.mesh;
        for (film, material) in [
            (None, object.material.0 as usize),
            (Some(false), first),
            (Some(true), first + 1),
        ] {
            let lies = |triangle: &[u32; 3]| {
                let mean =
                    |of: &[Vec3]| triangle.iter().map(|v| of[*v as usize]).sum::<Vec3>() / 3.0;
                wrapped
                    .wrap
                    .film(mean(&whole.positions), mean(&whole.normals))
                    == film
            };
            let mut mesh = Mesh::default();
            let mut numbers = BTreeMap::new();
            for (triangle, part) in whole.triangles.iter().zip(&whole.parts) {
                if !lies(triangle) {
                    continue;
                }
                let corners = triangle.map(|v| {
                    *numbers.entry(v).or_insert_with(|| {
                        let v = v as usize;
                        mesh.positions.push(whole.positions[v]);
                        mesh.normals.push(whole.normals[v]);
                        mesh.uvs.push(whole.uvs[v]);
                        mesh.positions.len() as u32 - 1
                    })
                });
                mesh.triangles.push(corners);
                mesh.parts.push(*part);
            }
            if !mesh.triangles.is_empty() {
                let primitive = self.primitive(&mesh);
                self.of_mesh(object, &mesh, primitive, material);
            }
        }
    }

    fn object(&mut self, scene: &'s Scene, object: &'s Object) {
        // A mesh without triangles is nothing that glTF could hold.
        if object.mesh.triangles.is_empty() {
            return;
        }
        let material = scene.materials.get(object.material.0 as usize);
        if let Some(wrapped) = material.and_then(|material| material.wrapped.as_ref()) {
            return self.wrapped(object, wrapped);
        }
        let known = self
            .shared
            .iter()
            .find(|(mesh, _)| Arc::ptr_eq(mesh, &object.mesh))
            .map(|(_, primitive)| primitive.clone());
        let primitive = known.unwrap_or_else(|| {
            let primitive = self.primitive(&object.mesh);
            self.shared.push((&object.mesh, primitive.clone()));
            primitive
        });
        self.of_mesh(object, &object.mesh, primitive, object.material.0 as usize);
    }

    /// Attributes and indices of a mesh.
    fn primitive(&mut self, mesh: &Mesh) -> Value {
        // glTF asks for unit normals; a mesh may have some that are none.
        let normals: Vec<Vec3> = mesh
            .normals
            .iter()
            .map(|n| n.normalize_or(Vec3::Y))
            .collect();
        json!({
            "attributes": {
                "POSITION": self.buffers.positions(&mesh.positions),
                "NORMAL": self.buffers.vectors(&normals),
                "TEXCOORD_0": self.buffers.uvs(&mesh.uvs),
            },
            "indices": self.buffers.indices(mesh.triangles.iter().flatten().copied(), mesh.positions.len()),
        })
    }

    /// A node with an object's mesh, or a part of it.
    fn of_mesh(&mut self, object: &Object, whole: &Mesh, mut primitive: Value, material: usize) {
        primitive["material"] = json!(material);
        let mesh = self.mesh(&object.name, &primitive);
        let extras = OfNode {
            instance: Some(object.instance),
            parts: runs(&whole.parts),
            ..OfNode::default()
        };
        self.node(&object.name, json!({"mesh": mesh}), Some(&extras));
    }

    fn fibres(&mut self, fibres: &Fibres) {
        let strands = &*fibres.strands;
        if strands.points.is_empty() {
            return;
        }
        let mut attributes = json!({
            "POSITION": self.buffers.positions(&strands.points),
            "_RADIUS": self.buffers.scalars(&strands.radii_m),
        });
        let spans = || strands.first.windows(2).map(|span| span[0]..span[1]);
        if !strands.tints.is_empty() {
            let tints: Vec<Vec3> = spans()
                .zip(&strands.tints)
                .flat_map(|(span, &tint)| span.map(move |_| tint))
                .collect();
            attributes["_TINT"] = json!(self.buffers.vectors(&tints));
        }
        let pairs = spans().flat_map(|span| {
            let last = span.end.saturating_sub(1);
            (span.start..last).flat_map(|point| [point, point + 1])
        });
        let primitive = json!({
            "attributes": attributes,
            "indices": self.buffers.indices(pairs, strands.points.len()),
            "mode": 1,
            "material": fibres.material.0,
        });
        let mesh = self.mesh(&fibres.name, &primitive);
        let extras = OfNode {
            instance: Some(fibres.instance),
            parts: vec![(fibres.part as u8, spans().count())],
            ..OfNode::default()
        };
        self.node(&fibres.name, json!({"mesh": mesh}), Some(&extras));
    }

    /// A quad at the light's corner, so that its edges are written as they are.
    fn area_light(&mut self, index: usize, light: &crate::AreaLight) {
        let name = format!("area_light_{index}");
        let glow = Material {
            name: name.clone(),
            base_color: Vec3::ZERO,
            specular: 0.0,
            emission: light.radiance,
            ..Material::default()
        };
        self.materials(&[glow]);
        // Light leaves the front only.
        let own = self.materials.len() - 1;
        self.materials[own]["doubleSided"] = json!(false);
        let (u, v) = (light.edge_u, light.edge_v);
        let positions = [Vec3::ZERO, u, u + v, v];
        let normal = u.cross(v).normalize_or(Vec3::Y);
        let primitive = json!({
            "attributes": {
                "POSITION": self.buffers.positions(&positions),
                "NORMAL": self.buffers.vectors(&[normal; 4]),
            },
            "indices": self.buffers.indices([0, 1, 2, 0, 2, 3].into_iter(), 4),
            "material": own,
        });
        let mesh = self.mesh(&name, &primitive);
        let extras = OfNode {
            area_light_visible: Some(light.visible),
            ..OfNode::default()
        };
        let node = json!({"mesh": mesh, "translation": light.corner.to_array()});
        self.node(&name, node, Some(&extras));
    }

    fn point_light(&mut self, light: &PointLight) {
        let mut extras = OfLight {
            radius_m: light.radius_m,
            near_infrared_intensity: light.near_infrared_intensity,
            ..OfLight::default()
        };
        let (kind, axis, cone) = match &light.beam {
            Beam::Uniform => ("point", None, None),
            Beam::Spot { axis, inner, outer } => ("spot", Some(*axis), Some((*inner, *outer))),
            Beam::Diode { axis, half_angle } => {
                extras.half_angle = Some(*half_angle);
                // Dark where the cosine's power is below a hundredth, as near as a cone comes to it.
                let outer = (2.0 * half_angle).min(std::f32::consts::FRAC_PI_2);
                ("spot", Some(*axis), Some((0.0, outer)))
            }
            Beam::Measured {
                profile,
                world_from_light,
            } => {
                extras.measured = Some(Measured {
                    vertical_deg: profile.vertical_deg.clone(),
                    horizontal_deg: profile.horizontal_deg.clone(),
                    relative: profile.relative.clone(),
                    world_from_light: world_from_light.to_array(),
                });
                ("point", None, None)
            }
        };
        self.light(
            "light",
            kind,
            light.intensity,
            light.position,
            axis,
            extras,
            cone,
        );
    }

    #[expect(clippy::too_many_arguments, reason = "a light has that many sides")]
    fn light(
        &mut self,
        name: &str,
        kind: &str,
        strength: Vec3,
        position: Vec3,
        axis: Option<Vec3>,
        extras: OfLight,
        cone: Option<(f32, f32)>,
    ) {
        if !self.used.contains(&"KHR_lights_punctual") {
            self.used.push("KHR_lights_punctual");
        }
        // Colours end at 1.
        let intensity = strength.max_element().max(f32::MIN_POSITIVE);
        let mut light = json!({
            "name": name,
            "type": kind,
            "color": (strength / intensity).to_array(),
            "intensity": intensity,
        });
        if let Some((inner, outer)) = cone {
            light["spot"] = json!({"innerConeAngle": inner, "outerConeAngle": outer});
        }
        self.lights.push(light);
        let turn = axis.map_or(Quat::IDENTITY, |axis| {
            Quat::from_rotation_arc(Vec3::NEG_Z, axis.normalize_or(Vec3::NEG_Z))
        });
        let node = json!({
            "translation": position.to_array(),
            "rotation": turn.normalize().to_array(),
            "extensions": {"KHR_lights_punctual": {"light": self.lights.len() - 1}},
        });
        let extras = OfNode {
            light: Some(extras),
            ..OfNode::default()
        };
        self.node(name, node, Some(&extras));
    }

    fn camera(&mut self, camera: &Camera) {
        let (width, height) = (f64::from(camera.width_px), f64::from(camera.height_px));
        let extras = OfCamera {
            width_px: camera.width_px,
            height_px: camera.height_px,
            focal_px: camera.focal_px.to_array(),
            principal_px: camera.principal_px.to_array(),
            aperture_radius_m: camera.aperture_radius_m,
            focus_distance_m: camera.focus_distance_m,
            exposure_ev: camera.exposure_ev,
        };
        if camera.distortion != Distortion::None {
            self.losses.push("the camera's lens distortion".to_owned());
        }
        if camera.shutter != Shutter::default() {
            self.losses
                .push("the camera's shutter and motion".to_owned());
        }
        if camera.band != Band::Visible {
            self.losses
                .push("the camera's near-infrared band".to_owned());
        }
        if !camera.front.is_clean() {
            self.losses.push("what is on the camera's lens".to_owned());
        }
        if camera.sensor.is_some() {
            self.losses.push("the camera's sensor".to_owned());
        }
        self.cameras.push(json!({
            "name": "camera",
            "type": "perspective",
            "perspective": {
                "yfov": 2.0 * (0.5 * height / camera.focal_px.y).atan(),
                "aspectRatio": width * camera.focal_px.y / (height * camera.focal_px.x),
                "znear": 0.01,
            },
            "extras": {"populace": extras},
        }));
        // glTF's cameras look along −z with y up.
        let world_from_camera = camera.camera_from_world.transpose()
            * DMat3::from_diagonal(glam::DVec3::new(1.0, -1.0, -1.0));
        let mut matrix = DMat4::from_mat3(world_from_camera);
        matrix.w_axis = camera.position.extend(1.0);
        let node = json!({"camera": self.cameras.len() - 1, "matrix": matrix.to_cols_array()});
        self.node("camera", node, None);
    }

    fn environment(&mut self, environment: &Environment) -> OfEnvironment {
        let radiance = &environment.radiance;
        let texels: Vec<[f32; 3]> = (0..radiance.width * radiance.height)
            .map(|k| {
                let [r, g, b, _] = radiance.texel(k % radiance.width, k / radiance.width);
                [r, g, b]
            })
            .collect();
        let picture = crate::write::exr_half_rgb(radiance.width, radiance.height, &texels);
        OfEnvironment {
            buffer_view: self.buffers.picture(&picture),
            scale: environment.scale,
            world_from_environment: environment.world_from_environment.to_array(),
            backdrop: match environment.backdrop {
                Backdrop::Environment => None,
                Backdrop::Colour(colour) => Some(colour.to_array()),
            },
            portals: environment
                .portals
                .iter()
                .map(|portal| [portal.corner, portal.edge_u, portal.edge_v].map(|v| v.to_array()))
                .collect(),
        }
    }

    fn finish(mut self, scene: &OfScene) -> Result<Written, u64> {
        if self.pictures.rounded {
            self.losses
                .push("precision of textures beyond 8 bits".to_owned());
        }
        let mut root = Map::new();
        let nodes: Vec<usize> = (0..self.nodes.len()).collect();
        let mut put = |name: &str, list: Vec<Value>| {
            // Empty lists are not allowed.
            if !list.is_empty() {
                root.insert(name.to_owned(), Value::Array(list));
            }
        };
        put(
            "scenes",
            vec![json!({"nodes": nodes, "extras": {"populace": scene}})],
        );
        put("nodes", self.nodes);
        put("meshes", self.meshes);
        put("materials", self.materials);
        if !self.pictures.textures.is_empty() {
            put(
                "samplers",
                vec![json!({"wrapS": super::REPEAT, "wrapT": super::REPEAT})],
            );
        }
        put("textures", self.pictures.textures);
        put("images", self.pictures.images);
        put("cameras", self.cameras);
        put("accessors", self.buffers.accessors);
        put("bufferViews", self.buffers.views);
        self.buffers
            .binary
            .resize(self.buffers.binary.len().next_multiple_of(4), 0);
        if !self.buffers.binary.is_empty() {
            put(
                "buffers",
                vec![json!({"byteLength": self.buffers.binary.len()})],
            );
        }
        put(
            "extensionsUsed",
            self.used.into_iter().map(Value::from).collect(),
        );
        if !self.lights.is_empty() {
            let lights = json!({"KHR_lights_punctual": {"lights": self.lights}});
            root.insert("extensions".to_owned(), lights);
        }
        root.insert("scene".to_owned(), json!(0));
        let generator = concat!("populace ", env!("CARGO_PKG_VERSION"));
        root.insert(
            "asset".to_owned(),
            json!({"version": "2.0", "generator": generator}),
        );
        Ok(Written {
            bytes: container(&Value::Object(root), &self.buffers.binary)?,
            losses: self.losses,
        })
    }
}

/// Runs of triangles of one part.
fn runs(parts: &[Part]) -> Vec<(u8, usize)> {
    let mut runs: Vec<(u8, usize)> = Vec::new();
    for &part in parts {
        match runs.last_mut() {
            Some((last, count)) if *last == part as u8 => *count += 1,
            _ => runs.push((part as u8, 1)),
        }
    }
    runs
}

/// GLB: header, JSON chunk, binary chunk.
fn container(json: &Value, binary: &[u8]) -> Result<Vec<u8>, u64> {
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let chunks: &[(&[u8], &[u8; 4])] = if binary.is_empty() {
        &[(&text, b"JSON")]
    } else {
        &[(&text, b"JSON"), (binary, b"BIN\0")]
    };
    let length: usize = 12 + chunks.iter().map(|(data, _)| 8 + data.len()).sum::<usize>();
    let stated = u32::try_from(length).map_err(|_| length as u64)?;
    let mut file = Vec::with_capacity(length);
    file.extend_from_slice(b"glTF\x02\0\0\0");
    file.extend_from_slice(&stated.to_le_bytes());
    for (data, kind) in chunks {
        file.extend_from_slice(&(data.len() as u32).to_le_bytes());
        file.extend_from_slice(*kind);
        file.extend_from_slice(data);
    }
    Ok(file)
}
