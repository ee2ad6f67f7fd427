//! What depends on where a texel lies and on no person: which texels belong to the body, and which of them a mesh shows.
use super::{Reference, Window};
use crate::face_map::Region;
use glam::{Vec2, Vec3};

/// Texels by which islands are shrunk before their paint is believed: two that [`Reference::positions`] adds, and two of the pack's.
const RIM: usize = 4;
/// Where hands and feet lie in the body's UV.
const HANDS_AND_FEET: Window = Window {
    low: Vec2::new(0.0, 0.0),
    high: Vec2::new(0.75, 0.21),
};

/// A whole skin texture at one size: what each texel is, before anybody has painted it. Build once for all skins of that size.
///
/// A layout of 512 × 512 texels takes 10 MB.
#[derive(Debug)]
pub struct SkinLayout {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Place on the reference body, metres.
    pub(super) positions: Vec<Option<Vec3>>,
    /// How far the painting can be believed: 0 on painted head hair, open eyes, edges of islands and under clothes.
    pub(super) believed: Vec<f32>,
    /// How far a texel counts towards the slow changes of colour: 0 on lips, nostrils, lids, palms.
    pub(super) even: Vec<f32>,
    /// 1 on islands, 0 beside them.
    pub(super) inside: Vec<f32>,
    /// Weight of [`Region::EyeSurround`] and [`Region::Lips`].
    pub(super) eyes_and_lips: Vec<[f32; 2]>,
    /// Texel indices tone is measured on.
    pub(super) face: Vec<u32>,
}

impl SkinLayout {
    /// Keeps palms out of the slow changes of colour; `weights` are those of the vertices of `reference`.
    pub(crate) fn with_palms(mut self, reference: &Reference, weights: &[f32]) -> Self {
        let palms = reference.weights(weights, Window::WHOLE, self.width, self.height);
        for (even, palm) in self.even.iter_mut().zip(palms) {
            *even *= 1.0 - palm;
        }
        self
    }

    /// Lays a texture of `width` × `height` texels out over the body.
    pub fn new(reference: &Reference, width: usize, height: usize) -> Self {
        let uv_at = |i: usize| {
            Vec2::new(
                (i % width) as f32 + 0.5,
                (height - 1 - i / width) as f32 + 0.5,
            ) / Vec2::new(width as f32, height as f32)
        };
        let all = 0..width * height;
        let positions = reference.positions(Window::WHOLE, width, height);
        let covered: Vec<bool> = positions.iter().map(Option::is_some).collect();
        let inner = shrunk(&covered, width, height, RIM);
        let believed = all
            .clone()
            .map(|i| {
                // Painters let islands end in a dark line; fingers and toes are too thin to lose theirs.
                if !inner[i] && !HANDS_AND_FEET.contains(uv_at(i)) {
                    return 0.0;
                }
                let hidden = [
                    Region::PaintedHair,
                    Region::LidMargin,
                    Region::Covered,
                    Region::Mucosa,
                ]
                .into_iter()
                .map(|r| r.weight(uv_at(i)))
                .fold(0.0, f32::max);
                // Any doubt counts as hair: a fading edge would leave a dark rim.
                (1.0 - 4.0 * hidden).max(0.0)
            })
            .collect();
        let even = all
            .clone()
            .map(|i| {
                [
                    Region::Lips,
                    Region::Nostril,
                    Region::EyeSurround,
                    Region::Palm,
                    Region::Mucosa,
                ]
                .into_iter()
                .fold(1.0, |rest, r| rest * (1.0 - r.weight(uv_at(i))))
            })
            .collect();
        Self {
            width,
            height,
            believed,
            even,
            inside: covered.iter().map(|c| f32::from(u8::from(*c))).collect(),
            eyes_and_lips: all
                .clone()
                .map(|i| [Region::EyeSurround, Region::Lips].map(|r| r.weight(uv_at(i))))
                .collect(),
            face: all
                .filter(|i| Region::Face.weight(uv_at(*i)) > 0.5)
                .map(|i| i as u32)
                .collect(),
            positions,
        }
    }
}

/// `mask` without a border of `radius` texels; beyond the texture's edges counts as set.
fn shrunk(mask: &[bool], width: usize, height: usize, radius: usize) -> Vec<bool> {
    let span = |at: usize, size: usize| at.saturating_sub(radius)..=(at + radius).min(size - 1);
    let across: Vec<bool> = (0..mask.len())
        .map(|i| span(i % width, width).all(|x| mask[i / width * width + x]))
        .collect();
    (0..mask.len())
        .map(|i| span(i / width, height).all(|y| across[y * width + i % width]))
        .collect()
}

/// Texels of a texture that a mesh can show, row by row. The others hold plain skin: nobody sees them.
#[derive(Debug)]
pub struct Cover {
    /// Row `y` is `spans[starts[y]..starts[y + 1]]`.
    starts: Vec<u32>,
    /// First texel and the one after the last.
    spans: Vec<[u32; 2]>,
}

/// Texels beyond a triangle that lookups around it may reach: its neighbours, and those over which a pixel differences heights.
const REACH: f32 = 6.0;

impl Cover {
    /// Everything.
    pub fn whole(width: usize, height: usize) -> Self {
        Self::from_mask(&vec![true; width * height], width)
    }

    /// What the triangles over `uvs` (v up, `[0, 1]` the whole texture) show.
    pub fn of(uvs: &[Vec2], triangles: &[[u32; 3]], width: usize, height: usize) -> Self {
        let mut mask = vec![false; width * height];
        let size = Vec2::new(width as f32, height as f32);
        for triangle in triangles {
            let corners = triangle.map(|v| {
                let uv = uvs[v as usize];
                Vec2::new(uv.x, 1.0 - uv.y) * size
            });
            let [a, b, c] = corners;
            let low = (a.min(b).min(c) - REACH).clamp(Vec2::ZERO, size - 1.0);
            let high = (a.max(b).max(c) + REACH).clamp(Vec2::ZERO, size - 1.0);
            for y in low.y as usize..=high.y as usize {
                mask[y * width + low.x as usize..=y * width + high.x as usize].fill(true);
            }
        }
        Self::from_mask(&mask, width)
    }

    fn from_mask(mask: &[bool], width: usize) -> Self {
        let (mut starts, mut spans) = (vec![0], Vec::new());
        for row in mask.chunks_exact(width) {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] {
                    spans.push([x as u32, (x + run.len()) as u32]);
                }
                x += run.len();
            }
            starts.push(spans.len() as u32);
        }
        Self { starts, spans }
    }

    /// The shown texels of a row, from left to right.
    pub(super) fn row(&self, y: usize) -> impl Iterator<Item = std::ops::Range<usize>> + use<'_> {
        self.spans[self.starts[y] as usize..self.starts[y + 1] as usize]
            .iter()
            .map(|span| span[0] as usize..span[1] as usize)
    }

    /// From the first column shown in any row to the one after the last.
    pub(super) fn columns(&self) -> std::ops::Range<usize> {
        let first = self.spans.iter().map(|span| span[0]).min().unwrap_or(0);
        let end = self.spans.iter().map(|span| span[1]).max().unwrap_or(0);
        first as usize..end as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_holds_its_triangles_with_their_surroundings_and_little_else() {
        let uvs = [
            Vec2::new(0.25, 0.5),
            Vec2::new(0.5, 0.5),
            Vec2::new(0.25, 0.75),
        ];
        let cover = Cover::of(&uvs, &[[0, 1, 2]], 64, 64);
        let shown = |x: usize, y: usize| cover.row(y).any(|span| span.contains(&x));
        assert!(shown(20, 28) && shown(16 - 5, 20) && shown(36, 32));
        assert!(!shown(4, 28) && !shown(45, 28) && !shown(20, 4) && !shown(20, 45));
        assert_eq!(cover.columns(), 10..39);
        let whole = Cover::whole(5, 3);
        assert!((0..3).all(|y| whole.row(y).eq(std::iter::once(0..5))));
    }
}
