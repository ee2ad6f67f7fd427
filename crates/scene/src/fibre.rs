//! Strands: hair of heads, faces and brows, one curve each.
use crate::{MaterialId, mesh::Part};
use glam::Vec3;
use std::sync::Arc;

/// A tuft of strands of one material, each a uniform cubic B-spline whose end points are repeated until it passes through them.
#[derive(Debug, Clone)]
pub struct Fibres {
    /// For people who debug: `hair/strands`.
    pub name: String,
    /// Geometry in world space.
    pub strands: Arc<Strands>,
    /// How it meets light; its interior is usually [`Interior::Hair`](crate::material::Interior::Hair).
    pub material: MaterialId,
    /// Which person or thing it belongs to: 1, 2, …; 0 is scenery.
    pub instance: u16,
    /// What it is to labels.
    pub part: Part,
}

/// Control points of many strands.
#[derive(Debug, Clone, Default)]
pub struct Strands {
    /// `[n]`, metres, root to tip, strand after strand.
    pub points: Vec<Vec3>,
    /// `[n]`, metres, half of the thickness; a human hair is 30 to 50 µm.
    pub radii_m: Vec<f32>,
    /// `[m + 1]`: strand `k` has points `first[k]..first[k + 1]`, at least two.
    pub first: Vec<u32>,
    /// `[m]`, linear Rec. 709, multiplies the material's base colour; empty: 1.
    pub tints: Vec<Vec3>,
}
