//! What nodes show: surfaces, and of files we wrote also strands and rectangles of light.
use std::sync::Arc;

use glam::{DMat3, DVec3, Vec3};

use super::accessor::Accessors;
use super::extras::OfNode;
use super::json::{Node, Primitive, Root};
use super::material::UvUse;
use super::mesh::{self, Drawn, Placement};
use super::nodes::{self, Nodes};
use crate::fibre::Strands;
use crate::file::limits::Budget;
use crate::file::surface::Shading;
use crate::file::{FileError, Model};
use crate::mesh::Part;
use crate::{AreaLight, Fibres, MaterialId, Object};

/// Where everything that nodes need is.
pub(super) struct Source<'a> {
    pub(super) root: &'a Root,
    pub(super) accessors: &'a Accessors<'a>,
    pub(super) nodes: &'a Nodes,
    /// How each material lies on surfaces; one more than the file has.
    pub(super) uv_uses: &'a [UvUse],
}

/// Puts what all drawn nodes show into the model.
pub(super) fn objects(
    source: &Source<'_>,
    model: &mut Model,
    budget: &mut Budget,
) -> Result<(), FileError> {
    let Source { root, nodes, .. } = *source;
    let mut placed = 0_u32;
    for &index in &nodes.drawn {
        let node = &root.nodes[index];
        let Some(mesh_index) = node.mesh else {
            continue;
        };
        if mesh_index >= root.meshes.len() {
            return Err(FileError::new(
                nodes::name(root, index),
                format!(
                    "names mesh {mesh_index}, but there are {}",
                    root.meshes.len()
                ),
            ));
        }
        let unsaid = OfNode::default();
        let extras = node.extras.0.as_deref().unwrap_or(&unsaid);
        let light = extras
            .area_light_visible
            .map(|visible| area_light(source, index, visible, model, budget));
        if let Some(light) = light.transpose()?.flatten() {
            model.area_lights.push(light);
            continue;
        }
        // Past the last number that labels can hold, things are scenery.
        placed += 1;
        let instance = extras
            .instance
            .unwrap_or(u16::try_from(placed).unwrap_or(0));
        shown(
            source,
            (index, node, mesh_index),
            (instance, extras),
            model,
            budget,
        )?;
    }
    Ok(())
}

/// All primitives of one node's mesh.
fn shown(
    source: &Source<'_>,
    (index, node, mesh_index): (usize, &Node, usize),
    (instance, extras): (u16, &OfNode),
    model: &mut Model,
    budget: &mut Budget,
) -> Result<(), FileError> {
    let Source {
        root,
        accessors,
        nodes,
        uv_uses,
    } = *source;
    let mesh = &root.meshes[mesh_index];
    let joints = match node.skin {
        Some(skin) => Some(mesh::joint_matrices(root, accessors, nodes, skin, budget)?),
        None => None,
    };
    let placement = match &joints {
        Some(joints) => Placement::Skinned(joints),
        None => Placement::Rigid(nodes.world[index]),
    };
    let weights = mesh::morph_weights(root, node, mesh_index);
    let name = if node.name.is_empty() {
        &mesh.name
    } else {
        &node.name
    };
    for (k, primitive) in mesh.primitives.iter().enumerate() {
        let place = mesh::name(root, index, mesh_index, k);
        let material = primitive.material.unwrap_or(root.materials.len());
        let uv_use = uv_uses.get(material).ok_or_else(|| {
            FileError::new(
                &place,
                format!(
                    "names material {material}, but there are {}",
                    root.materials.len()
                ),
            )
        })?;
        let drawn = mesh::surface(
            &place, primitive, accessors, weights, &placement, uv_use, budget,
        )?;
        let Drawn::Surface(surface) = drawn else {
            let strands = strands(&place, source, index, primitive, budget)?;
            match strands {
                Some(strands) => model.fibres.push(Fibres {
                    name: name.clone(),
                    strands: Arc::new(strands),
                    material: MaterialId(material as u32),
                    instance,
                    part: extras
                        .parts
                        .first()
                        .and_then(|&(number, _)| Part::from_number(number))
                        .unwrap_or_default(),
                }),
                None => model.note(format!("{place}: points and lines are not drawn")),
            }
            continue;
        };
        if surface.triangles.is_empty() {
            continue;
        }
        if primitive.attributes.contains_key("COLOR_0") {
            model.note("colours of vertices are not honoured");
        }
        budget.vertices(&place, surface.finished_vertices(Shading::Flat))?;
        let mut mesh = surface.finish(Shading::Flat);
        if let Some(parts) = parts(&extras.parts, mesh.triangles.len()) {
            mesh.parts = parts;
        }
        model.objects.push(Object {
            name: name.clone(),
            mesh: Arc::new(mesh),
            material: MaterialId(material as u32),
            instance,
        });
    }
    Ok(())
}

/// One part a triangle, where the runs fit the mesh: one that was edited has other triangles.
fn parts(runs: &[(u8, usize)], triangles: usize) -> Option<Vec<Part>> {
    let mut parts = Vec::with_capacity(triangles);
    for &(number, count) in runs {
        if count > triangles - parts.len() {
            return None;
        }
        parts.resize(parts.len() + count, Part::from_number(number)?);
    }
    (parts.len() == triangles).then_some(parts)
}

/// Lines with a thickness: strands from root to tip.
fn strands(
    place: &str,
    source: &Source<'_>,
    node: usize,
    primitive: &Primitive,
    budget: &mut Budget,
) -> Result<Option<Strands>, FileError> {
    let accessors = source.accessors;
    let attribute = |name: &str| primitive.attributes.get(name).copied();
    let (Some(position), Some(radius), Some(indices), 1) = (
        attribute("POSITION"),
        attribute("_RADIUS"),
        primitive.indices,
        primitive.mode,
    ) else {
        return Ok(None);
    };
    let positions = accessors.numbers::<3>(position, budget)?;
    let radii = accessors.numbers::<1>(radius, budget)?;
    let tints = match attribute("_TINT") {
        Some(tint) => accessors.numbers::<3>(tint, budget)?,
        None => Vec::new(),
    };
    let count = positions.len();
    if radii.len() != count || !(tints.is_empty() || tints.len() == count) {
        return Err(FileError::new(
            place,
            format!(
                "has {count} positions, but {} radii and {} tints",
                radii.len(),
                tints.len()
            ),
        ));
    }
    let corners = accessors.indices(indices, budget)?;
    if let Some(corner) = corners.iter().find(|&&corner| corner as usize >= count) {
        return Err(FileError::new(
            place,
            format!("a line names vertex {corner}, but there are {count}"),
        ));
    }
    budget.vertices(place, corners.len())?;
    let world = source.nodes.world[node];
    let scale = DMat3::from_mat4(world).determinant().abs().cbrt();
    let mut strands = Strands::default();
    let mut end = None;
    let put = |strands: &mut Strands, vertex: u32| {
        let vertex = vertex as usize;
        let point = world.transform_point3(Vec3::from_array(positions[vertex]).as_dvec3());
        strands.points.push(point.as_vec3());
        strands
            .radii_m
            .push((f64::from(radii[vertex][0]) * scale) as f32);
    };
    for line in corners.chunks_exact(2) {
        // A line that starts where the last one ended goes on with its strand.
        if end != Some(line[0]) {
            strands.first.push(strands.points.len() as u32);
            if let Some(&tint) = tints.get(line[0] as usize) {
                strands.tints.push(Vec3::from_array(tint));
            }
            put(&mut strands, line[0]);
        }
        put(&mut strands, line[1]);
        end = Some(line[1]);
    }
    strands.first.push(strands.points.len() as u32);
    if let Some(point) = strands.points.iter().position(|point| !point.is_finite()) {
        return Err(FileError::new(
            place,
            format!(
                "point {point} is at {}, which is not finite",
                strands.points[point]
            ),
        ));
    }
    Ok((!strands.points.is_empty()).then_some(strands))
}

/// The rectangle of light a quad of ours stands for.
fn area_light(
    source: &Source<'_>,
    node: usize,
    visible: bool,
    model: &Model,
    budget: &mut Budget,
) -> Result<Option<AreaLight>, FileError> {
    let root = source.root;
    let mesh = root.nodes[node].mesh.and_then(|mesh| root.meshes.get(mesh));
    let Some(primitive) = mesh.and_then(|mesh| mesh.primitives.first()) else {
        return Ok(None);
    };
    let Some(&position) = primitive.attributes.get("POSITION") else {
        return Ok(None);
    };
    let emission = primitive
        .material
        .and_then(|material| model.materials.get(material))
        .map(|material| material.emission);
    let corners = source.accessors.numbers::<3>(position, budget)?;
    let (Some(radiance), [a, b, _, d]) = (emission, &corners[..]) else {
        return Ok(None);
    };
    let world = source.nodes.world[node];
    let [a, b, d] = [a, b, d].map(|corner| Vec3::from_array(*corner).as_dvec3());
    let edge = |to: DVec3| world.transform_vector3(to - a).as_vec3();
    Ok(Some(AreaLight {
        corner: world.transform_point3(a).as_vec3(),
        edge_u: edge(b),
        edge_v: edge(d),
        radiance,
        visible,
    }))
}
