//! Grey pictures of scans beside fits: each triangle as bright as it faces a lamp beside the camera.

use std::error::Error;
use std::fs;
use std::path::Path;

use glam::{Quat, Vec2, Vec3};

/// A surface to draw, metres, y up.
pub(crate) struct Shape<'a> {
    pub(crate) positions: &'a [Vec3],
    pub(crate) triangles: &'a [[u32; 3]],
    /// Whether triangles are blended into each other; a scan's noise is to be seen.
    pub(crate) smooth: bool,
    /// Vertices that sportswear would cover: drawn flat.
    pub(crate) covered: &'a [bool],
}

/// Side of a panel's finest grid over its final one.
const FINER: usize = 2;

/// Draws each shape from the front and turned by each further angle, side by side, the shapes of one angle next to each other.
pub(crate) fn write(
    path: &Path,
    shapes: &[Shape<'_>],
    angles: &[f32],
    (low, high): (Vec3, Vec3),
    height_px: usize,
) -> Result<(), Box<dyn Error>> {
    let size = high - low;
    let middle = (low + high) * 0.5;
    // All angles have room for the widest.
    let width = size.x.max(size.z) * 1.04;
    let scale = height_px as f32 / (size.y * 1.04);
    let width_px = (width * scale) as usize;
    let panels = shapes.len() * angles.len();
    let mut pixels = vec![255_u8; panels * width_px * height_px];
    for (a, angle) in angles.iter().enumerate() {
        for (s, shape) in shapes.iter().enumerate() {
            let first = (a * shapes.len() + s) * width_px;
            let panel = panel(shape, *angle, middle, scale, (width_px, height_px));
            for row in 0..height_px {
                let from = &panel[row * width_px..(row + 1) * width_px];
                let at = row * panels * width_px + first;
                pixels[at..at + width_px].copy_from_slice(from);
            }
        }
    }
    let mut encoder = png::Encoder::new(
        fs::File::create(path)?,
        (panels * width_px) as u32,
        height_px as u32,
    );
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(())
}

fn panel(
    shape: &Shape<'_>,
    angle: f32,
    middle: Vec3,
    scale: f32,
    (width, height): (usize, usize),
) -> Vec<u8> {
    let (w, h) = (width * FINER, height * FINER);
    let scale = scale * FINER as f32;
    let turn = Quat::from_rotation_y(angle);
    let seen: Vec<Vec3> = shape
        .positions
        .iter()
        .map(|p| {
            let p = turn * (*p - middle) * scale;
            Vec3::new(p.x + w as f32 * 0.5, h as f32 * 0.5 - p.y, p.z)
        })
        .collect();
    let normals = body::subdivision::vertex_normals(shape.positions, shape.triangles);
    let lamp = Vec3::new(-0.35, 0.45, 0.82).normalize();
    let mut depth = vec![f32::MIN; w * h];
    let mut grey = vec![255.0_f32; w * h];
    for t in shape.triangles {
        let [a, b, c] = t.map(|v| seen[v as usize]);
        let area = (b - a).truncate().perp_dot((c - a).truncate());
        // Rows run downwards, so that what faces the camera runs clockwise.
        if area >= 0.0 {
            continue;
        }
        let covered = t.iter().all(|&v| shape.covered[v as usize]);
        let n = t.map(|v| turn * normals[v as usize]);
        let [p, q, r] = t.map(|v| shape.positions[v as usize]);
        let flat = turn * (q - p).cross(r - p).normalize_or_zero();
        let (low, high) = (a.min(b).min(c), a.max(b).max(c));
        let clamp = |x: f32, most: usize| x.clamp(0.0, most as f32) as usize;
        for y in clamp(low.y, h)..clamp(high.y + 1.0, h) {
            for x in clamp(low.x, w)..clamp(high.x + 1.0, w) {
                let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
                let wb = (at - a.truncate()).perp_dot((c - a).truncate()) / area;
                let wc = (b - a).truncate().perp_dot(at - a.truncate()) / area;
                let wa = 1.0 - wb - wc;
                if wa < 0.0 || wb < 0.0 || wc < 0.0 {
                    continue;
                }
                let z = a.z * wa + b.z * wb + c.z * wc;
                if z > depth[y * w + x] {
                    depth[y * w + x] = z;
                    let n = if shape.smooth {
                        (n[0] * wa + n[1] * wb + n[2] * wc).normalize_or_zero()
                    } else {
                        flat
                    };
                    grey[y * w + x] = if covered {
                        70.0
                    } else {
                        45.0 + 185.0 * n.dot(lamp).max(0.0)
                    };
                }
            }
        }
    }
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let sum: f32 = (0..FINER * FINER)
                .map(|k| grey[(y * FINER + k / FINER) * w + x * FINER + k % FINER])
                .sum();
            // Few levels: noise is seen as well, and the file is small.
            out.push((sum / (FINER * FINER) as f32 / 8.0).round().min(31.0) as u8 * 8 + 7);
        }
    }
    out
}
