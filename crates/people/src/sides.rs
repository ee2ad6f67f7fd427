//! Meshes of the pack taken apart: by a flag, and by the side of the face.

use glam::DVec3;
use scene::mesh::{Mesh, Part};

use crate::person::Person;
use crate::stage::between_eyes;

/// The triangles whose flag is `side` as a mesh of their own.
pub(crate) fn split(mesh: &Mesh, flags: &[bool], side: bool) -> Mesh {
    let mut new_index = vec![u32::MAX; mesh.positions.len()];
    let mut out = Mesh::default();
    for (index, triangle) in mesh
        .triangles
        .iter()
        .enumerate()
        .filter(|(index, _)| flags[*index] == side)
    {
        let corners = triangle.map(|v| {
            let v = v as usize;
            if new_index[v] == u32::MAX {
                new_index[v] = out.positions.len() as u32;
                out.positions.push(mesh.positions[v]);
                out.normals.push(mesh.normals[v]);
                out.uvs.push(mesh.uvs[v]);
            }
            new_index[v]
        });
        out.triangles.push(corners);
        out.parts.push(mesh.parts[index]);
    }
    out
}

/// Brows and lashes come as one item for both sides: name each triangle's side by where it lies.
pub(crate) fn by_side(mesh: Mesh, person: &Person, part: Part) -> Mesh {
    let (right, left) = match part {
        Part::RightLashes | Part::LeftLashes => (Part::RightLashes, Part::LeftLashes),
        _ => (Part::RightBrow, Part::LeftBrow),
    };
    let origin = between_eyes(person);
    let towards_left = person.world_from_head.x_axis;
    let parts = mesh
        .triangles
        .iter()
        .map(|t| {
            let middle = t
                .iter()
                .map(|&v| mesh.positions[v as usize].as_dvec3())
                .sum::<DVec3>()
                / 3.0;
            if (middle - origin).dot(towards_left) < 0.0 {
                right
            } else {
                left
            }
        })
        .collect();
    Mesh { parts, ..mesh }
}
