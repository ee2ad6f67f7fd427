//! How well a person fits their scan, and what was in the scan besides the person.

use serde::{Deserialize, Serialize};

/// Figures of one fit. Distances are from evenly spread points of the scan to the fitted skin.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Symbol of the file's unit; empty where the scan fits none and its size was taken from its shape.
    pub unit: String,
    /// Triangles of the scan.
    pub triangles: u64,
    /// Extent of the fitted body in its rest pose, metres. For heads, faces and hands that of the likeliest body around them.
    pub height_m: f32,
    /// Body mass index of the fitted body, kg/m², at [`body::figure::DENSITY_KG_PER_M3`]; for heads, faces and hands that of the likeliest body.
    pub bmi_kg_m2: f32,
    /// Median distance of all points, mm.
    pub median_mm: f32,
    /// Nine tenths of all points are nearer, mm.
    pub p90_mm: f32,
    /// Median distance of the points that were followed, mm.
    pub followed_median_mm: f32,
    /// Share of points within reach of the followed surface: 3 standard deviations of the noise, at least 3 mm.
    pub followed: f32,
    /// Median distance before the smooth residual: how far sliders and targets alone go, mm.
    pub before_residual_median_mm: f32,
    /// Standard deviation of the scan's noise along its normal, mm.
    pub noise_mm: f32,
    /// Share of points held to be hair: off the skin, above the scalp.
    pub hair: f32,
    /// Share of points held to be clothes or other things: off the skin elsewhere.
    pub other: f32,
    /// Share of the body's skin, of what such a scan shows, that no scan surface backs: holes and what was out of sight.
    pub unseen: f32,
    /// What was tolerated or is doubtful, one sentence each.
    pub notes: Vec<String>,
}
