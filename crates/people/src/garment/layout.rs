//! How a garment of the pack lies in its picture: islands of texels, each with metric coordinates of its own, and what part of the body it covers.

use glam::{Vec2, Vec3};

use body::proxy::Proxy;
use body::region::Region;

/// A piece of cloth in the picture: texture coordinates become metres of cloth by a turn and a scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Island {
    /// Metres of cloth to the side and up the body, for one unit of u and of v.
    across: Vec2,
    up: Vec2,
    /// It covers trunk or arms.
    pub(crate) is_upper: bool,
}

impl Island {
    /// Metres on the cloth: across, and up along the body.
    pub(crate) fn metres(&self, uv: Vec2) -> Vec2 {
        Vec2::new(uv.dot(self.across), uv.dot(self.up))
    }

    /// Metres of cloth for one unit of u or v.
    pub(crate) fn metres_per_unit(&self) -> f32 {
        self.up.length()
    }
}

/// The triangles of a garment in its picture.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) islands: Vec<Island>,
    pub(crate) triangles: Vec<Triangle>,
}

/// A triangle: vertices of the item, texture vertices, and its island.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Triangle {
    pub(crate) vertices: [u32; 3],
    pub(crate) uv_vertices: [u32; 3],
    pub(crate) island: u32,
}

impl Layout {
    /// `fitted` are the item's places on the unshaped body, `regions` what each vertex goes with.
    pub(crate) fn new(item: &Proxy, fitted: &[Vec3], regions: &[Region]) -> Self {
        // Texture vertices that share a face share an island.
        let mut parent: Vec<u32> = (0..item.uvs.len() as u32).collect();
        for quad in &item.quads {
            let root = find(&mut parent, quad[4]);
            for &v in &quad[5..8] {
                let other = find(&mut parent, v);
                // The smaller number leads, whatever the order of faces.
                let (low, high) = (root.min(other), root.max(other));
                let low = find(&mut parent, low);
                parent[high as usize] = low;
            }
        }
        let mut number = vec![u32::MAX; item.uvs.len()];
        let mut count = 0;
        let mut triangles = Vec::new();
        for quad in &item.quads {
            let root = find(&mut parent, quad[4]) as usize;
            if number[root] == u32::MAX {
                number[root] = count;
                count += 1;
            }
            for [a, b, c] in [[0, 1, 2], [0, 2, 3]] {
                let vertices = [quad[a], quad[b], quad[c]];
                if vertices[0] == vertices[2] || vertices[1] == vertices[2] {
                    continue;
                }
                triangles.push(Triangle {
                    vertices,
                    uv_vertices: [quad[a + 4], quad[b + 4], quad[c + 4]],
                    island: number[root],
                });
            }
        }
        let islands = (0..count)
            .map(|island| {
                let own: Vec<&Triangle> = triangles.iter().filter(|t| t.island == island).collect();
                measure(&own, item, fitted, regions)
            })
            .collect();
        Self { islands, triangles }
    }
}

fn find(parent: &mut [u32], mut v: u32) -> u32 {
    while parent[v as usize] != v {
        parent[v as usize] = parent[parent[v as usize] as usize];
        v = parent[v as usize];
    }
    v
}

/// Scale by areas, direction by least squares of height over texture coordinates.
fn measure(own: &[&Triangle], item: &Proxy, fitted: &[Vec3], regions: &[Region]) -> Island {
    let (mut cloth, mut picture) = (0.0f64, 0.0f64);
    let mut points: Vec<(Vec2, f32)> = Vec::new();
    let (mut upper, mut all) = (0usize, 0usize);
    for t in own {
        let [a, b, c] = t.vertices.map(|v| fitted[v as usize]);
        let [p, q, r] = t.uv_vertices.map(|v| item.uvs[v as usize]);
        cloth += f64::from((b - a).cross(c - a).length());
        picture += f64::from((q - p).perp_dot(r - p).abs());
        points.extend([(p, a.y), (q, b.y), (r, c.y)]);
        for v in t.vertices {
            all += 1;
            upper += usize::from(matches!(
                regions[v as usize],
                Region::Trunk
                    | Region::Neck
                    | Region::Head
                    | Region::UpperArm(_)
                    | Region::Forearm(_)
                    | Region::Hand(_)
            ));
        }
    }
    let count = points.len().max(1) as f32;
    let mean = points.iter().map(|(uv, _)| *uv).sum::<Vec2>() / count;
    let mean_y = points.iter().map(|(_, y)| *y).sum::<f32>() / count;
    let (mut uu, mut uv, mut vv) = (0.0f32, 0.0f32, 0.0f32);
    let mut right = Vec2::ZERO;
    for (p, y) in &points {
        let d = *p - mean;
        uu += d.x * d.x;
        uv += d.x * d.y;
        vv += d.y * d.y;
        right += d * (*y - mean_y);
    }
    let determinant = uu * vv - uv * uv;
    let slope = Vec2::new(vv * right.x - uv * right.y, uu * right.y - uv * right.x);
    let direction = if determinant > 0.0 {
        slope.normalize_or(Vec2::Y)
    } else {
        Vec2::Y
    };
    let scale = (cloth / picture.max(1e-12)).sqrt() as f32;
    Island {
        across: direction.perp() * -scale,
        up: direction * scale,
        is_upper: 2 * upper > all,
    }
}

/// Calls `paint(column, row, share of each corner)` for every texel of a picture `size` wide and high whose centre lies within `margin` texels of a triangle.
pub(crate) fn raster(
    corners: [Vec2; 3],
    size: usize,
    margin: f32,
    mut paint: impl FnMut(usize, usize, Vec3),
) {
    let side = size as f32;
    // Rows count from the top, v from below.
    let [a, b, c] = corners.map(|uv| Vec2::new(uv.x * side, (1.0 - uv.y) * side));
    let area = (b - a).perp_dot(c - a);
    if area.abs() < 1e-6 {
        return;
    }
    let low = a.min(b).min(c) - margin;
    let high = a.max(b).max(c) + margin;
    let clamp = |x: f32| (x.max(0.0) as usize).min(size);
    // How much of a corner's share `margin` texels beyond the opposite edge cost.
    let slack = [(b - c).length(), (c - a).length(), (a - b).length()]
        .map(|edge| -margin * edge / area.abs() - 1e-6);
    for row in clamp(low.y.floor())..clamp(high.y.ceil()) {
        for column in clamp(low.x.floor())..clamp(high.x.ceil()) {
            let p = Vec2::new(column as f32 + 0.5, row as f32 + 0.5);
            let shares = Vec3::new(
                (b - p).perp_dot(c - p),
                (c - p).perp_dot(a - p),
                (a - p).perp_dot(b - p),
            ) / area;
            if shares.x >= slack[0] && shares.y >= slack[1] && shares.z >= slack[2] {
                paint(column, row, shares);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_triangles_of_a_square_paint_every_texel_within_and_the_margin_around() {
        let size = 32;
        let square = [
            [
                Vec2::new(0.25, 0.25),
                Vec2::new(0.75, 0.25),
                Vec2::new(0.75, 0.75),
            ],
            [
                Vec2::new(0.25, 0.25),
                Vec2::new(0.75, 0.75),
                Vec2::new(0.25, 0.75),
            ],
        ];
        let painted = |margin: f32| {
            let mut texels = vec![0; size * size];
            for corners in square {
                raster(corners, size, margin, |column, row, shares| {
                    assert!((shares.element_sum() - 1.0).abs() < 1e-4);
                    texels[row * size + column] += 1;
                });
            }
            texels.iter().filter(|count| **count > 0).count()
        };
        assert_eq!(painted(0.0), 16 * 16);
        // Two texels further on every side, but for the corners' rounding.
        let wide = painted(2.0);
        assert!((18 * 18..=24 * 24).contains(&wide), "{wide}");
        // Rows are counted from the top, v from below.
        let mut rows = Vec::new();
        let low = [Vec2::ZERO, Vec2::new(1.0, 0.0), Vec2::new(0.0, 0.2)];
        raster(low, size, 0.0, |_, row, _| rows.push(row));
        assert!(rows.iter().all(|row| *row >= 25) && !rows.is_empty());
    }
}
