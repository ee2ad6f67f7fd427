//! The node hierarchy, flattened: where every node is in the world, and which are drawn.
use glam::{DMat4, DQuat, DVec3};

use super::json::{Node, Root};
use crate::file::FileError;
use crate::file::error::quoted;

/// Nodes with their places.
#[derive(Debug)]
pub(super) struct Nodes {
    /// `world_from_node` of each node.
    pub(super) world: Vec<DMat4>,
    /// Nodes of the scene that is drawn, parents before children, in the file's order.
    pub(super) drawn: Vec<usize>,
}

/// How sentences name a node.
pub(super) fn name(root: &Root, index: usize) -> String {
    match root.nodes.get(index).map(|node| node.name.as_str()) {
        Some(name) if !name.is_empty() => format!("node {index} ({})", quoted(name)),
        _ => format!("node {index}"),
    }
}

impl Nodes {
    /// Follows the hierarchy without recursion, so that any depth will do.
    pub(super) fn new(root: &Root) -> Result<Self, FileError> {
        let count = root.nodes.len();
        let exists = |place: String, index: usize| {
            if index < count {
                Ok(index)
            } else {
                Err(FileError::new(
                    place,
                    format!("names node {index}, but there are {count}"),
                ))
            }
        };
        let mut parents: Vec<Option<usize>> = vec![None; count];
        for (index, node) in root.nodes.iter().enumerate() {
            for &child in node.children.iter() {
                let child = exists(name(root, index), child)?;
                if let Some(other) = parents[child].replace(index) {
                    return Err(FileError::new(
                        name(root, child),
                        format!(
                            "is a child of node {other} and of node {index}; a node has at most one parent"
                        ),
                    ));
                }
            }
        }
        // From the top down; what is never reached hangs in a circle.
        let mut world = vec![DMat4::IDENTITY; count];
        let mut reached = vec![false; count];
        let mut open: Vec<usize> = (0..count).filter(|&node| parents[node].is_none()).collect();
        while let Some(index) = open.pop() {
            reached[index] = true;
            let node = &root.nodes[index];
            let parent = parents[index].map_or(DMat4::IDENTITY, |parent| world[parent]);
            world[index] = parent * parent_from_node(node);
            if !world[index].is_finite() {
                return Err(FileError::new(
                    name(root, index),
                    "its place in the world is not finite",
                ));
            }
            open.extend(node.children.iter());
        }
        if let Some(index) = reached.iter().position(|&reached| !reached) {
            return Err(FileError::new(
                name(root, index),
                "is its own ancestor; nodes form a tree",
            ));
        }
        let mut drawn = Vec::new();
        let mut open: Vec<usize> = if root.scenes.is_empty() {
            (0..count).filter(|&node| parents[node].is_none()).collect()
        } else {
            let chosen = root.scene.unwrap_or(0);
            let scene = root.scenes.get(chosen).ok_or_else(|| {
                FileError::new(
                    "",
                    format!(
                        "scene {chosen} is to be shown, but there are {}",
                        root.scenes.len()
                    ),
                )
            })?;
            scene
                .nodes
                .iter()
                .map(|&node| exists(format!("scene {chosen}"), node))
                .collect::<Result<_, _>>()?
        };
        open.reverse();
        let mut seen = vec![false; count];
        while let Some(index) = open.pop() {
            // A node that a scene lists twice is there once.
            if !std::mem::replace(&mut seen[index], true) {
                drawn.push(index);
                open.extend(root.nodes[index].children.iter().rev());
            }
        }
        Ok(Self { world, drawn })
    }
}

fn parent_from_node(node: &Node) -> DMat4 {
    if let Some(matrix) = &node.matrix {
        return DMat4::from_cols_array(matrix);
    }
    let rotation = node.rotation.map_or(DQuat::IDENTITY, |r| {
        let written = DQuat::from_array(r);
        // Stored with few digits, or as zeros.
        if written.length_squared() > 0.0 && written.is_finite() {
            written.normalize()
        } else {
            DQuat::IDENTITY
        }
    });
    DMat4::from_scale_rotation_translation(
        node.scale.map_or(DVec3::ONE, DVec3::from_array),
        rotation,
        node.translation.map_or(DVec3::ZERO, DVec3::from_array),
    )
}
