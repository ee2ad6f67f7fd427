//! Skins of 512 texels stretched smoothly to the size of an atlas, row by row as they are needed.
use super::paint::{source_row, source_u};
use super::{Atlas, Blend, Cover};
use glam::{Mat3, Vec3, Vec3A};
use std::ops::Range;

/// Four neighbouring source texels and their weights: Mitchell–Netravali (1/3, 1/3), which neither rings at lips nor shows texels.
#[derive(Debug, Clone, Copy)]
struct Taps {
    /// The first of the four; edges repeat, so it may lie one or two before the source.
    first: isize,
    weight: [f32; 4],
}

impl Taps {
    fn new(position: f32) -> Self {
        let centre = position - 0.5;
        let floor = centre.floor();
        let kernel = |x: f32| {
            let x = x.abs();
            if x < 1.0 {
                (7.0 * x * x * x - 12.0 * x * x + 16.0 / 3.0) / 6.0
            } else {
                (-7.0 / 3.0 * x * x * x + 12.0 * x * x - 20.0 * x + 32.0 / 3.0) / 6.0
            }
        };
        Self {
            first: floor as isize - 1,
            weight: std::array::from_fn(|k| kernel(centre - floor + 1.0 - k as f32)),
        }
    }

    fn nth(&self, k: usize, size: usize) -> usize {
        (self.first + k as isize).clamp(0, size as isize - 1) as usize
    }
}

/// The optical density of a blend of skins at an atlas' texels.
pub(super) struct Enlarged<'a> {
    atlas: &'a Atlas,
    skins: &'a Blend,
    density_of_excess: Mat3,
    /// Columns of the atlas that are needed.
    columns: Range<usize>,
    /// One per needed column; indices count from `source.start`.
    taps: Vec<Taps>,
    /// Columns of the source that are needed.
    source: Range<usize>,
    /// Source rows already stretched to the needed columns; the four that a target row needs are shared with its neighbours.
    rows: Vec<(usize, [Vec<f32>; 3])>,
    excess: [Vec<f32>; 3],
    density: Vec<Vec3A>,
}

/// The four stretched source rows around a row of the atlas.
pub(super) struct Lines<'a> {
    rows: [&'a [Vec<f32>; 3]; 4],
    weight: [f32; 4],
    /// The column of the atlas where they begin.
    start: usize,
}

impl<'a> Enlarged<'a> {
    pub(super) fn new(
        atlas: &'a Atlas,
        cover: &Cover,
        skins: &'a Blend,
        density_of_excess: Mat3,
    ) -> Self {
        let (width, _) = skins.size();
        let columns = cover.columns();
        let mut taps: Vec<Taps> = columns
            .clone()
            .map(|x| Taps::new(source_u(atlas, x) * width as f32))
            .collect();
        let source = match (taps.first(), taps.last()) {
            (Some(first), Some(last)) => first.nth(0, width)..last.nth(3, width) + 1,
            _ => 0..0,
        };
        for tap in &mut taps {
            tap.first -= source.start as isize;
        }
        Self {
            atlas,
            skins,
            density_of_excess,
            excess: std::array::from_fn(|_| vec![0.0; source.len()]),
            density: vec![Vec3A::ZERO; source.len()],
            rows: vec![
                (
                    usize::MAX,
                    std::array::from_fn(|_| vec![0.0; columns.len()])
                );
                8
            ],
            columns,
            taps,
            source,
        }
    }

    /// What row `y` of the atlas is made of.
    pub(super) fn rows(&mut self, y: usize) -> Lines<'_> {
        let (_, height) = self.skins.size();
        let taps = Taps::new(source_row(self.atlas, y) * height as f32);
        let wanted: [usize; 4] = std::array::from_fn(|k| taps.nth(k, height));
        for row in wanted {
            if self.rows[row % 8].0 != row {
                self.stretch(row);
            }
        }
        Lines {
            rows: wanted.map(|row| &self.rows[row % 8].1),
            weight: taps.weight,
            start: self.columns.start,
        }
    }

    fn stretch(&mut self, row: usize) {
        let (width, _) = self.skins.size();
        self.skins
            .excess_row(row * width + self.source.start, &mut self.excess);
        let [melanin, haemoglobin, shade] = &self.excess;
        let excess = melanin.iter().zip(haemoglobin).zip(shade);
        for (density, ((m, h), s)) in self.density.iter_mut().zip(excess) {
            *density = Vec3A::from(self.density_of_excess * Vec3::new(*m, *h, *s));
        }
        let (number, [red, green, blue]) = &mut self.rows[row % 8];
        *number = row;
        let channels = red.iter_mut().zip(green).zip(blue);
        for (tap, ((r, g), b)) in self.taps.iter().zip(channels) {
            let at = |k: usize| self.density[tap.nth(k, self.density.len())] * tap.weight[k];
            [*r, *g, *b] = (at(0) + at(1) + at(2) + at(3)).to_array();
        }
    }
}

impl Lines<'_> {
    /// The densities of the atlas' columns in `span`.
    pub(super) fn blend(&self, span: Range<usize>, out: &mut [Vec<f32>; 3]) {
        let span = span.start - self.start..span.end - self.start;
        let w = self.weight;
        for (channel, out) in out.iter_mut().enumerate() {
            let [a, b, c, d] = self.rows.map(|row| &row[channel][span.clone()]);
            for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *out = a * w[0] + b * w[1] + c * w[2] + d * w[3];
            }
        }
    }
}
