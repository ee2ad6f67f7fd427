//! A scan's colours on the body's texture layout.
//!
//! Each texel of the skin asks for the nearest point of the scan that looks the same way and takes its colour. Light and shadow of the room
//! the scan was taken in stay in it: nothing is delit.

use std::io;

use body::BodyModel;
use glam::{Vec2, Vec3};
use rayon::prelude::*;

use crate::nearest::Nearest;
use crate::person::Skin;
use crate::read::{Paint, Scan};
use crate::surface::Surface;

/// Side of the pictures, pixels.
pub(crate) const SIZE_PX: u32 = 1024;

/// Bakes the colours; `None` where the scan has none. `surface` is the scan where `posed`, the fitted skin, lies on it, with its triangles'
/// [`Surface::source`].
pub(crate) fn bake(
    model: &BodyModel,
    scan: &Scan,
    surface: &Surface,
    posed: &[Vec3],
    reach: f32,
) -> Option<Skin> {
    if matches!(scan.paint, Paint::None) || surface.source.len() != surface.triangles.len() {
        return None;
    }
    let tree = surface.nearest();
    let faces: Vec<Vec3> = (0..surface.triangles.len() as u32)
        .map(|t| surface.face_normal(t))
        .collect();
    let normals = body::subdivision::vertex_normals(posed, &model.skin_triangles);
    let size = SIZE_PX as usize;
    // Which skin triangle covers a texel: rows are independent.
    let triangles = uv_triangles(model);
    let rows: Vec<Vec<Option<[u8; 3]>>> = (0..size)
        .into_par_iter()
        .map(|row| {
            let mut line = vec![None; size];
            let v = 1.0 - (row as f32 + 0.5) / size as f32;
            for (corners, uv) in &triangles {
                let (low, high) = (uv[0].min(uv[1]).min(uv[2]), uv[0].max(uv[1]).max(uv[2]));
                // A texel over an edge, so that seams are covered.
                let edge = 1.0 / size as f32;
                if v < low.y - edge || v > high.y + edge {
                    continue;
                }
                let from = ((low.x - edge) * size as f32).max(0.0) as usize;
                let to = (((high.x + edge) * size as f32) as usize).min(size - 1);
                for (column, texel) in line.iter_mut().enumerate().take(to + 1).skip(from) {
                    let u = (column as f32 + 0.5) / size as f32;
                    let Some(w) = weights(Vec2::new(u, v), uv) else {
                        continue;
                    };
                    if texel.is_some() && w.iter().any(|&w| w < 0.0) {
                        continue;
                    }
                    let blend = |of: &[Vec3]| -> Vec3 {
                        corners
                            .iter()
                            .zip(w)
                            .map(|(&c, w)| of[c as usize] * w)
                            .sum()
                    };
                    let (p, n) = (blend(posed), blend(&normals));
                    if let Some(colour) = colour(scan, surface, &tree, &faces, p, n, reach) {
                        *texel = Some(colour.to_array().map(byte));
                    }
                }
            }
            line
        })
        .collect();
    let mut colours = Vec::with_capacity(size * size * 3);
    let mut coverage = Vec::with_capacity(size * size);
    for texel in rows.into_iter().flatten() {
        colours.extend_from_slice(&texel.unwrap_or_default());
        coverage.push(if texel.is_some() { 255 } else { 0 });
    }
    Some(Skin {
        colour_png: png(&colours, png::ColorType::Rgb).ok()?,
        coverage_png: png(&coverage, png::ColorType::Grayscale).ok()?,
    })
}

fn uv_triangles(model: &BodyModel) -> Vec<([u32; 3], [Vec2; 3])> {
    model
        .quads
        .iter()
        .flat_map(|&[a, b, c, d, ta, tb, tc, td]| {
            let uv = |t: u32| model.uvs.get(t as usize).copied().unwrap_or_default();
            let second = (d != c).then(|| ([a, c, d], [uv(ta), uv(tc), uv(td)]));
            std::iter::once(([a, b, c], [uv(ta), uv(tb), uv(tc)])).chain(second)
        })
        .collect()
}

/// Corner weights of a point, a little outside allowed; `None` farther out.
fn weights(p: Vec2, [a, b, c]: &[Vec2; 3]) -> Option<[f32; 3]> {
    let area = (b - a).perp_dot(c - a);
    if area.abs() < 1e-12 {
        return None;
    }
    let w1 = (p - a).perp_dot(c - a) / area;
    let w2 = (b - a).perp_dot(p - a) / area;
    let w = [1.0 - w1 - w2, w1, w2];
    let slack = (1.0 / SIZE_PX as f32).powi(2) / area.abs();
    let slack = slack.sqrt().clamp(0.0, 0.5);
    w.iter().all(|&w| w >= -slack).then_some(w)
}

fn colour(
    scan: &Scan,
    surface: &Surface,
    tree: &Nearest,
    faces: &[Vec3],
    p: Vec3,
    n: Vec3,
    reach: f32,
) -> Option<Vec3> {
    let hit = tree.find(&surface.positions, &surface.triangles, p, reach, |t| {
        faces[t as usize].dot(n) > 0.3
    })?;
    let source = surface.source[hit.triangle as usize] as usize;
    let corners = scan.triangles.get(source)?;
    // Turning a surface inside out swaps its last two corners; the file's triangle does not know.
    let [a, b, c] = if surface.swapped {
        [hit.weights[0], hit.weights[2], hit.weights[1]]
    } else {
        hit.weights
    };
    match &scan.paint {
        Paint::None => None,
        Paint::Vertices(colours) => {
            let at = |k: usize| colours.get(corners[k] as usize).copied();
            Some(at(0)? * a + at(1)? * b + at(2)? * c)
        }
        Paint::Pictures {
            uvs,
            of_triangle,
            pictures,
        } => {
            let picture = pictures.get(*of_triangle.get(source)? as usize)?.as_ref()?;
            let at = |k: usize| uvs.get(corners[k] as usize).copied();
            let uv = at(0)? * a + at(1)? * b + at(2)? * c;
            let [r, g, b, _] = picture.sample_linear(uv.x, uv.y);
            Some(Vec3::new(r, g, b))
        }
    }
}

/// The sRGB byte whose linear value is nearest.
fn byte(linear: f32) -> u8 {
    let table = &scene::texture::LINEAR_FROM_SRGB8;
    let above = table.partition_point(|&value| value < linear).min(255);
    let below = above.saturating_sub(1);
    if linear - table[below] < table[above] - linear {
        below as u8
    } else {
        above as u8
    }
}

fn png(bytes: &[u8], colour: png::ColorType) -> Result<Vec<u8>, io::Error> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, SIZE_PX, SIZE_PX);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(bytes).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back_from_its_linear_value() {
        for (index, &linear) in scene::texture::LINEAR_FROM_SRGB8.iter().enumerate() {
            assert_eq!(usize::from(byte(linear)), index);
        }
        assert_eq!((byte(-1.0), byte(9.0)), (0, 255));
    }

    #[test]
    fn corner_weights_sum_to_one_inside_and_are_none_far_outside() {
        let uv = [Vec2::ZERO, Vec2::X, Vec2::Y];
        let w = weights(Vec2::new(0.25, 0.5), &uv).expect("inside");
        assert_eq!(w, [0.25, 0.25, 0.5]);
        assert!(weights(Vec2::new(0.7, 0.7), &uv).is_none());
    }
}
