//! Meshes: attributes, morph targets, skins, and from them surfaces in the world.
use std::collections::BTreeMap;

use glam::{DMat3, DMat4, DVec3, Vec2, Vec3};

use super::accessor::Accessors;
use super::json::{Node, Primitive, Root};
use super::material::UvUse;
use super::nodes::{self, Nodes};
use crate::file::FileError;
use crate::file::error::quoted;
use crate::file::limits::Budget;
use crate::file::surface::Surface;

/// What of a primitive becomes a surface.
#[derive(Debug)]
pub(super) enum Drawn {
    /// Triangles in world space.
    Surface(Surface),
    /// Points or lines.
    NoSurface,
}

/// Joint matrices of a skin: `world_from_mesh` for each joint.
pub(super) fn joint_matrices(
    root: &Root,
    accessors: &Accessors<'_>,
    nodes: &Nodes,
    index: usize,
    budget: &mut Budget,
) -> Result<Vec<DMat4>, FileError> {
    let place = format!("skin {index}");
    let skin = root.skins.get(index).ok_or_else(|| {
        FileError::new(
            &place,
            format!("is named, but there are {}", root.skins.len()),
        )
    })?;
    let inverse_binds = match skin.inverse_bind_matrices {
        Some(matrices) => accessors.numbers::<16>(matrices, budget)?,
        None => Vec::new(),
    };
    if skin.inverse_bind_matrices.is_some() && inverse_binds.len() < skin.joints.len() {
        return Err(FileError::new(
            place,
            format!(
                "has {} joints, but {} inverse bind matrices",
                skin.joints.len(),
                inverse_binds.len()
            ),
        ));
    }
    skin.joints
        .iter()
        .enumerate()
        .map(|(k, &joint)| {
            let world = nodes.world.get(joint).ok_or_else(|| {
                FileError::new(
                    &place,
                    format!("names node {joint}, but there are {}", nodes.world.len()),
                )
            })?;
            Ok(match inverse_binds.get(k) {
                Some(matrix) => *world * DMat4::from_cols_array(&matrix.map(f64::from)),
                None => *world,
            })
        })
        .collect()
}

/// The weights a mesh's morph targets have in a node.
pub(super) fn morph_weights<'r>(root: &'r Root, node: &'r Node, mesh: usize) -> &'r [f32] {
    if node.weights.is_empty() {
        root.meshes.get(mesh).map_or(&[], |mesh| &mesh.weights)
    } else {
        &node.weights
    }
}

/// Where a primitive's vertices go.
#[derive(Debug)]
pub(super) enum Placement<'a> {
    /// With their node.
    Rigid(DMat4),
    /// With joints.
    Skinned(&'a [DMat4]),
}

/// Reads a primitive, deforms it and puts it into the world.
pub(super) fn surface(
    place: &str,
    primitive: &Primitive,
    accessors: &Accessors<'_>,
    weights: &[f32],
    placement: &Placement<'_>,
    uv_use: &UvUse,
    budget: &mut Budget,
) -> Result<Drawn, FileError> {
    let fault = |found: String| FileError::new(place, found);
    if primitive.mode < 4 {
        return Ok(Drawn::NoSurface);
    }
    let Some(&position) = primitive.attributes.get("POSITION") else {
        return Ok(Drawn::NoSurface);
    };
    let count = accessors.count(position)?;
    let mut surface = Surface {
        positions: vectors(accessors.numbers(position, budget)?),
        ..Surface::default()
    };
    let fits = |name: &str, found: usize| {
        if found == count {
            Ok(())
        } else {
            Err(fault(format!(
                "has {count} positions, but {found} of {}",
                quoted(name)
            )))
        }
    };
    if let Some(&normal) = primitive.attributes.get("NORMAL") {
        fits("NORMAL", accessors.count(normal)?)?;
        surface.normals = vectors(accessors.numbers(normal, budget)?);
    }
    let set = format!("TEXCOORD_{}", uv_use.set);
    if let Some(&uv) = primitive.attributes.get(&set) {
        fits(&set, accessors.count(uv)?)?;
        surface.uvs = accessors
            .numbers::<2>(uv, budget)?
            .into_iter()
            .map(|uv| uv_use.apply(uv))
            .collect();
    }
    surface.triangles = triangles(place, primitive, accessors, count, budget)?;
    morph(place, primitive, accessors, weights, &mut surface, budget)?;
    match placement {
        Placement::Rigid(world_from_mesh) => place_rigidly(&mut surface, *world_from_mesh),
        Placement::Skinned(joints) => {
            let weights = skin_weights(place, &primitive.attributes, accessors, count, budget)?;
            place_by_joints(place, &mut surface, joints, &weights)?;
        }
    }
    if let Some(vertex) = surface
        .positions
        .iter()
        .position(|position| !position.is_finite())
    {
        return Err(fault(format!(
            "vertex {vertex} is at {}, which is not finite",
            surface.positions[vertex]
        ))
        .with_hint(
            "repair the mesh where it was made; a place that is no number cannot be drawn",
        ));
    }
    Ok(Drawn::Surface(surface))
}

fn vectors(rows: Vec<[f32; 3]>) -> Vec<Vec3> {
    rows.into_iter().map(Vec3::from_array).collect()
}

/// Corners of triangles from lists, strips and fans.
fn triangles(
    place: &str,
    primitive: &Primitive,
    accessors: &Accessors<'_>,
    count: usize,
    budget: &mut Budget,
) -> Result<Vec<[u32; 3]>, FileError> {
    let corners: Vec<u32> = match primitive.indices {
        Some(indices) => accessors.indices(indices, budget)?,
        None => (0..count as u32).collect(),
    };
    if let Some(corner) = corners.iter().find(|&&corner| corner as usize >= count) {
        return Err(FileError::new(
            place,
            format!("a triangle names vertex {corner}, but there are {count}"),
        ));
    }
    let made = if primitive.mode == 4 {
        corners.len() / 3
    } else {
        corners.len().saturating_sub(2)
    };
    budget.triangles(place, made)?;
    match primitive.mode {
        4 => Ok(corners
            .chunks_exact(3)
            .map(|c| [c[0], c[1], c[2]])
            .collect()),
        // Every second one of a strip is wound the other way.
        5 => Ok(corners
            .windows(3)
            .enumerate()
            .map(|(k, c)| {
                if k % 2 == 0 {
                    [c[0], c[1], c[2]]
                } else {
                    [c[0], c[2], c[1]]
                }
            })
            .collect()),
        6 => Ok(corners
            .windows(2)
            .skip(1)
            .map(|c| [corners[0], c[0], c[1]])
            .collect()),
        mode => Err(FileError::new(
            place,
            format!("mode {mode} is none of 0 to 6"),
        )),
    }
}

fn morph(
    place: &str,
    primitive: &Primitive,
    accessors: &Accessors<'_>,
    weights: &[f32],
    surface: &mut Surface,
    budget: &mut Budget,
) -> Result<(), FileError> {
    for (target, &weight) in primitive.targets.iter().zip(weights) {
        if weight == 0.0 {
            continue;
        }
        let mut add = |name: &str, to: &mut [Vec3]| {
            let Some(&index) = target.get(name) else {
                return Ok(());
            };
            let moves = accessors.numbers::<3>(index, budget)?;
            if !to.is_empty() && moves.len() != to.len() {
                return Err(FileError::new(
                    place,
                    format!(
                        "has {} positions, but a morph target with {}",
                        to.len(),
                        moves.len()
                    ),
                ));
            }
            for (vector, by) in to.iter_mut().zip(moves) {
                *vector += weight * Vec3::from_array(by);
            }
            Ok(())
        };
        add("POSITION", &mut surface.positions)?;
        add("NORMAL", &mut surface.normals)?;
    }
    Ok(())
}

fn place_rigidly(surface: &mut Surface, world_from_mesh: DMat4) {
    if world_from_mesh == DMat4::IDENTITY {
        return;
    }
    let linear = DMat3::from_mat4(world_from_mesh);
    let cofactors = cofactors(linear);
    for position in &mut surface.positions {
        *position = world_from_mesh
            .transform_point3(position.as_dvec3())
            .as_vec3();
    }
    for normal in &mut surface.normals {
        *normal = direction(cofactors * normal.as_dvec3());
    }
    // A mirror turns triangles inside out; cofactors keep the normals' side of them.
    if linear.determinant() < 0.0 {
        for triangle in &mut surface.triangles {
            triangle.swap(1, 2);
        }
        for normal in &mut surface.normals {
            *normal = -*normal;
        }
    }
}

/// Normals move with the matrix of cofactors, the inverse transposed but for its scale; it exists for flattening matrices, too.
fn cofactors(m: DMat3) -> DMat3 {
    DMat3::from_cols(
        m.y_axis.cross(m.z_axis),
        m.z_axis.cross(m.x_axis),
        m.x_axis.cross(m.y_axis),
    )
}

fn direction(vector: DVec3) -> Vec3 {
    vector.normalize_or_zero().as_vec3()
}

/// Up to eight joints of a vertex with their weights, which sum to 1.
type Influences = Vec<[(u32, f32); 8]>;

fn skin_weights(
    place: &str,
    attributes: &BTreeMap<String, usize>,
    accessors: &Accessors<'_>,
    count: usize,
    budget: &mut Budget,
) -> Result<Influences, FileError> {
    let mut influences: Influences = vec![[(0, 0.0); 8]; count];
    for set in 0..2 {
        let names = [format!("JOINTS_{set}"), format!("WEIGHTS_{set}")];
        let [Some(&joints), Some(&weights)] =
            [&names[0], &names[1]].map(|name| attributes.get(name))
        else {
            continue;
        };
        let joints = accessors.index_rows::<4>(joints, budget)?;
        let weights = accessors.numbers::<4>(weights, budget)?;
        if joints.len() != count || weights.len() != count {
            return Err(FileError::new(
                place,
                format!(
                    "has {count} positions, but {} joints and {} weights",
                    joints.len(),
                    weights.len()
                ),
            ));
        }
        for (vertex, influence) in influences.iter_mut().enumerate() {
            for k in 0..4 {
                influence[4 * set + k] = (joints[vertex][k], weights[vertex][k]);
            }
        }
    }
    for influence in &mut influences {
        let sum: f32 = influence.iter().map(|(_, weight)| weight).sum();
        if sum > 0.0 && sum.is_finite() {
            for (_, weight) in influence {
                *weight /= sum;
            }
        } else {
            // Bound to nothing: the first joint carries it.
            influence[0].1 = 1.0;
        }
    }
    Ok(influences)
}

fn place_by_joints(
    place: &str,
    surface: &mut Surface,
    joints: &[DMat4],
    influences: &[[(u32, f32); 8]],
) -> Result<(), FileError> {
    for (vertex, influence) in influences.iter().enumerate() {
        let mut blended = DMat4::ZERO;
        for &(joint, weight) in influence.iter().filter(|(_, weight)| *weight != 0.0) {
            let matrix = joints.get(joint as usize).ok_or_else(|| {
                FileError::new(
                    place,
                    format!(
                        "vertex {vertex} hangs on joint {joint}, but its skin has {}",
                        joints.len()
                    ),
                )
            })?;
            blended += *matrix * f64::from(weight);
        }
        let position = &mut surface.positions[vertex];
        *position = blended.transform_point3(position.as_dvec3()).as_vec3();
        if let Some(normal) = surface.normals.get_mut(vertex) {
            let linear = DMat3::from_mat4(blended);
            *normal =
                direction(cofactors(linear) * normal.as_dvec3() * linear.determinant().signum());
        }
    }
    Ok(())
}

/// How sentences name a primitive of a node's mesh.
pub(super) fn name(root: &Root, node: usize, mesh: usize, primitive: usize) -> String {
    let label = match root.meshes.get(mesh).map(|mesh| mesh.name.as_str()) {
        Some(name) if !name.is_empty() => format!("mesh {mesh} ({})", quoted(name)),
        _ => format!("mesh {mesh} of {}", nodes::name(root, node)),
    };
    format!("{label}, primitive {primitive}")
}

/// Texture coordinates turned by `KHR_texture_transform` and with v up.
impl UvUse {
    fn apply(&self, [u, v]: [f32; 2]) -> Vec2 {
        let Some(transform) = &self.transform else {
            return Vec2::new(u, 1.0 - v);
        };
        let (sin, cos) = transform.rotation.sin_cos();
        let (u, v) = (u * transform.scale[0], v * transform.scale[1]);
        Vec2::new(
            cos * u + sin * v + transform.offset[0],
            1.0 - (cos * v - sin * u + transform.offset[1]),
        )
    }
}
