//! What the renderer promises, by its public front door alone.
mod adaptive;
mod bad_input;
mod bending;
mod cameras;
mod crowds;
mod denoise;
mod fibres;
mod fog;
mod glass;
mod ground_truth;
mod light;
mod materials;
mod scenes;
