//! The few measures that staging asks of any car.

use glam::Vec3;

use crate::Vehicle;

/// Measures of a car in its axes, metres: built from a sheet, or found in a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Low corner of its box.
    pub low: Vec3,
    /// High corner.
    pub high: Vec3,
    /// Between the axles.
    pub wheelbase_m: f32,
    /// Of the tyres, outside.
    pub tyre_radius_m: f32,
    /// Where rubber begins.
    pub rim_radius_m: f32,
    /// Without mirrors where that is known.
    pub width_m: f32,
    /// Above the ground.
    pub height_m: f32,
}

impl Frame {
    /// Of a car built from a sheet.
    pub fn of(vehicle: &Vehicle) -> Self {
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for at in vehicle.parts.iter().flat_map(|(_, mesh)| &mesh.positions) {
            low = low.min(*at);
            high = high.max(*at);
        }
        let sheet = &vehicle.specification;
        Self {
            low,
            high,
            wheelbase_m: sheet.wheelbase_m,
            tyre_radius_m: sheet.tyre_radius_m(),
            rim_radius_m: 0.5 * sheet.rim_inch * 0.0254,
            width_m: sheet.width_m,
            height_m: sheet.height_m,
        }
    }
}
