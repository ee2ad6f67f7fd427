//! The part of the body's texture that is painted, with everything about it that no person changes.
use super::noise;
use crate::face_map::Region;
use glam::{Vec2, Vec3};
use scene::Mesh;
use std::ops::Range;

/// A rectangle of UV space, v up. Painted textures cover exactly this rectangle: [`Window::rescale`] the mesh's UVs to match.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Lower corner.
    pub low: Vec2,
    /// Upper corner.
    pub high: Vec2,
}

impl Window {
    /// All of UV space.
    pub const WHOLE: Self = Self {
        low: Vec2::new(0.0, 0.0),
        high: Vec2::new(1.0, 1.0),
    };
    /// The island of the head: face, ears, scalp and nape. The pack gives the face a hundredth of the texture; a head that is
    /// painted alone shows pores and lip edges at the same cost.
    pub const HEAD: Self = Self {
        low: Vec2::new(0.632, 0.147),
        high: Vec2::new(1.0, 0.823),
    };

    /// From the body's UV to this window's own, `[0, 1]` inside.
    pub fn rescale(&self, uv: Vec2) -> Vec2 {
        (uv - self.low) / (self.high - self.low)
    }

    /// Whether a UV lies inside or on the edge.
    pub fn contains(&self, uv: Vec2) -> bool {
        uv.cmpge(self.low).all() && uv.cmple(self.high).all()
    }
}

/// The body in its base shape and pose: gives each texel of a texture a place in space. The same for everyone.
///
/// The mesh is in metres, y up, and has the body's own UVs; its normals are not used.
pub struct Reference<'a>(pub &'a Mesh);

impl std::fmt::Debug for Reference<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reference({} triangles)", self.0.triangles.len())
    }
}

impl Reference<'_> {
    /// Reference position per texel, in metres; a rim of two texels around each island is filled by extension.
    pub(super) fn positions(
        &self,
        window: Window,
        width: usize,
        height: usize,
    ) -> Vec<Option<Vec3>> {
        let mesh = self.0;
        let mut out: Vec<Option<Vec3>> = vec![None; width * height];
        let scale = Vec2::new(width as f32, height as f32);
        for rim in [2.0f32, 0.0] {
            for triangle in &mesh.triangles {
                let corner = triangle.map(|i| {
                    let unit = window.rescale(mesh.uvs[i as usize]);
                    Vec2::new(unit.x, 1.0 - unit.y) * scale
                });
                let low = corner[0].min(corner[1]).min(corner[2]) - rim;
                let high = corner[0].max(corner[1]).max(corner[2]) + rim;
                if high.cmplt(Vec2::ZERO).any() || low.cmpgt(scale).any() {
                    continue;
                }
                let (ab, ac) = (corner[1] - corner[0], corner[2] - corner[0]);
                let area = ab.perp_dot(ac);
                if area.abs() < 1e-9 {
                    continue;
                }
                let point = triangle.map(|i| mesh.positions[i as usize]);
                // Barycentric slack worth `rim` texels: an edge's height over its opposite corner is area / length.
                let slack = [(corner[2] - corner[1]).length(), ac.length(), ab.length()]
                    .map(|edge| rim * edge / area.abs() + 1e-5);
                for y in low.y.max(0.0) as usize..=(high.y.max(0.0) as usize).min(height - 1) {
                    for x in low.x.max(0.0) as usize..=(high.x.max(0.0) as usize).min(width - 1) {
                        let p = Vec2::new(x as f32 + 0.5, y as f32 + 0.5) - corner[0];
                        let (b, c) = (p.perp_dot(ac) / area, ab.perp_dot(p) / area);
                        let a = 1.0 - b - c;
                        if a >= -slack[0] && b >= -slack[1] && c >= -slack[2] {
                            out[y * width + x] = Some(point[0] * a + point[1] * b + point[2] * c);
                        }
                    }
                }
            }
        }
        out
    }
}

impl Reference<'_> {
    /// Weights of its vertices, `[0, 1]`, per texel; 0 where no skin is.
    pub(super) fn weights(
        &self,
        weights: &[f32],
        window: Window,
        width: usize,
        height: usize,
    ) -> impl Iterator<Item = f32> + use<> {
        let weighed = Mesh {
            positions: weights.iter().map(|w| Vec3::splat(*w)).collect(),
            ..self.0.clone()
        };
        let found = Reference(&weighed).positions(window, width, height);
        found
            .into_iter()
            .map(|weight| weight.map_or(0.0, |weight| weight.x.clamp(0.0, 1.0)))
    }
}

/// Region weights an atlas holds per texel, `0..=255`.
pub(super) const REGIONS: [Region; 14] = [
    Region::Lips,
    Region::LidMargin,
    Region::EyeSurround,
    Region::Scalp,
    Region::Brow,
    Region::Moustache,
    Region::Chin,
    Region::Cheek,
    Region::UnderJaw,
    Region::Sideburn,
    Region::Oily,
    Region::Flush,
    Region::Palm,
    Region::Mucosa,
];

/// A window at a resolution: per texel which regions it belongs to and fine random structure laid out in space, so that it has
/// the same size everywhere on the body and runs on across UV seams. Build once, share between samples.
///
/// A 2048 × 2048 atlas takes about 80 MB and two seconds.
pub struct Atlas {
    pub(crate) window: Window,
    pub(super) width: usize,
    pub(super) height: usize,
    /// One map per entry of [`REGIONS`].
    regions: Vec<Vec<u8>>,
    /// Per region and row: the first texel that belongs to it and the one after the last.
    extents: Vec<Vec<[u32; 2]>>,
    /// Patches of a centimetre or two, mean 128.
    pub(super) mottle: Vec<i8>,
    /// Patches of a few millimetres.
    pub(super) speckle: Vec<i8>,
    /// Relief without age: pores, the skin's fine net, grooves of the lips; 255 is highest.
    pub(super) relief: Vec<u8>,
    /// Hair follicles: 0 bare skin, 255 the middle of a hair, growing at the density of a full beard.
    pub(super) follicles: Vec<u8>,
    /// Millimetres per texel along u and v, for each [`COARSE`] × [`COARSE`] block; zero where no skin is.
    pub(super) texel_mm: Vec<Vec2>,
}

/// Side of the blocks that share one scale.
pub(super) const COARSE: usize = 16;

impl std::fmt::Debug for Atlas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Atlas")
            .field("window", &self.window)
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl Atlas {
    /// Lays out `window` at `width` × `height` texels over the surface of `reference`.
    pub fn new(reference: &Reference, window: Window, width: usize, height: usize) -> Self {
        let positions = reference.positions(window, width, height);
        let uv_at = |x: usize, y: usize| {
            let unit = Vec2::new(
                (x as f32 + 0.5) / width as f32,
                1.0 - (y as f32 + 0.5) / height as f32,
            );
            window.low + unit * (window.high - window.low)
        };
        let mut regions = vec![vec![0; width * height]; REGIONS.len()];
        for (region, map) in REGIONS.iter().zip(&mut regions) {
            let (low, high) = region.bounds();
            let (low, high) = (
                window.rescale(low).clamp(Vec2::ZERO, Vec2::ONE),
                window.rescale(high).clamp(Vec2::ZERO, Vec2::ONE),
            );
            for y in ((1.0 - high.y) * height as f32) as usize
                ..(((1.0 - low.y) * height as f32).ceil() as usize).min(height)
            {
                for x in (low.x * width as f32) as usize
                    ..((high.x * width as f32).ceil() as usize).min(width)
                {
                    map[y * width + x] = (region.weight(uv_at(x, y)) * 255.0).round() as u8;
                }
            }
        }
        let region = |wanted: Region| {
            REGIONS
                .iter()
                .position(|r| *r == wanted)
                .map(|i| &regions[i])
        };
        let (lips, oily) = (region(Region::Lips), region(Region::Oily));

        let count = width * height;
        let (mut mottle, mut speckle, mut relief, mut follicles) = (
            vec![0i8; count],
            vec![0i8; count],
            vec![128u8; count],
            vec![0u8; count],
        );
        for (i, position) in positions.iter().enumerate() {
            let Some(metres) = position else { continue };
            let mm = *metres * 1000.0;
            mottle[i] = (noise::octaves(mm / 16.0, 2, 11) * 127.0) as i8;
            speckle[i] = (noise::octaves(mm / 3.2, 2, 23) * 127.0) as i8;
            let lip = lips.map_or(0.0, |map| f32::from(map[i]) / 255.0);
            let oil = oily.map_or(0.0, |map| f32::from(map[i]) / 255.0);
            relief[i] =
                ((0.5 + 0.5 * relief_at(mm, lip, oil)).clamp(0.0, 1.0) * 255.0).round() as u8;
            // About 80 hairs a square centimetre; a dot is drawn some 0.4 mm wide, wider than a hair and fainter.
            // Bent, or a lattice cut by a curved scalp shows as rings.
            let bend = Vec3::new(
                noise::value(mm / 1.9, 43),
                noise::value(mm / 1.9, 44),
                noise::value(mm / 1.9, 45),
            );
            let (distance, own) = noise::nearest_point(mm + 0.8 * bend, 41);
            let dot = (1.0 - distance / 0.42).clamp(0.0, 1.0);
            follicles[i] = (dot * (0.55 + 0.45 * own) * 255.0) as u8;
        }
        Self {
            window,
            width,
            height,
            extents: regions.iter().map(|map| extents(map, width)).collect(),
            regions,
            mottle,
            speckle,
            relief,
            follicles,
            texel_mm: texel_scale(&positions, width, height),
        }
    }

    /// With palms where `weights` of the vertices of `reference` say, beside those that regions have.
    pub(crate) fn with_palms(mut self, reference: &Reference, weights: &[f32]) -> Self {
        let Some(palm) = REGIONS.iter().position(|r| *r == Region::Palm) else {
            return self;
        };
        let found = reference.weights(weights, self.window, self.width, self.height);
        for (texel, weight) in self.regions[palm].iter_mut().zip(found) {
            *texel = (*texel).max((weight * 255.0).round() as u8);
        }
        self.extents[palm] = extents(&self.regions[palm], self.width);
        self
    }

    /// Which rectangle of UV space this is.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Texels across and down.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    pub(super) fn region(&self, wanted: Region) -> &[u8] {
        REGIONS
            .iter()
            .position(|r| *r == wanted)
            .map_or(&[], |i| &self.regions[i])
    }

    /// Where a region lies among the `texels` of one row, counted from their first, and its weights there; `None` where it does not.
    pub(super) fn region_within(
        &self,
        wanted: Region,
        texels: Range<usize>,
    ) -> Option<(Range<usize>, &[u8])> {
        let index = REGIONS.iter().position(|r| *r == wanted)?;
        let row = texels.start / self.width;
        let extent = self.extents[index][row].map(|x| row * self.width + x as usize);
        let (start, end) = (extent[0].max(texels.start), extent[1].min(texels.end));
        (start < end).then(|| {
            (
                start - texels.start..end - texels.start,
                &self.regions[index][start..end],
            )
        })
    }
}

fn extents(map: &[u8], width: usize) -> Vec<[u32; 2]> {
    map.chunks_exact(width)
        .map(|row| {
            let first = row.iter().position(|w| *w != 0).unwrap_or(0);
            let end = row.iter().rposition(|w| *w != 0).map_or(0, |last| last + 1);
            [first as u32, end as u32]
        })
        .collect()
}

/// Height in `[-1, 1]` at a place: pores 0.9 mm apart, deeper where skin is oily, over a finer net; on lips grooves that run from edge to edge.
fn relief_at(mm: Vec3, lip: f32, oil: f32) -> f32 {
    let (distance, own) = noise::nearest_point(mm / 1.0, 31);
    let pore = -(1.0 - distance / 0.42).clamp(0.0, 1.0).powi(2)
        * (0.35 + 0.65 * own)
        * (0.55 + 0.45 * oil);
    let net = noise::octaves(mm / 0.7, 2, 37) * 0.35;
    let skin = 0.15 + pore + net;
    if lip <= 0.0 {
        return skin;
    }
    let bent = mm.x + 0.6 * noise::value(mm / 4.0, 53);
    let groove = noise::octaves(Vec3::new(bent / 1.1, mm.y / 9.0, 0.0), 2, 59);
    let lips = 0.9 * (groove.abs() * 2.0 - 0.6) + 0.2 * net;
    skin + (lips - skin) * lip
}

fn texel_scale(positions: &[Option<Vec3>], width: usize, height: usize) -> Vec<Vec2> {
    let (columns, rows) = (width.div_ceil(COARSE), height.div_ceil(COARSE));
    let mut out = vec![Vec2::ZERO; columns * rows];
    for (block, scale) in out.iter_mut().enumerate() {
        let x = (block % columns * COARSE + COARSE / 2).min(width - 2);
        let y = (block / columns * COARSE + COARSE / 2).min(height - 2);
        if let (Some(here), Some(right), Some(below)) = (
            positions[y * width + x],
            positions[y * width + x + 1],
            positions[(y + 1) * width + x],
        ) {
            *scale = 1000.0 * Vec2::new(here.distance(right), here.distance(below));
        }
    }
    out
}
