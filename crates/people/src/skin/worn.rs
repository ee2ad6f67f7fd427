//! A scanned person's own colours over painted skin.

use glam::{Vec2, Vec3};
use scan::colours::Colours;
use scene::Texture;
use scene::texture::{LINEAR_FROM_SRGB8, Texels};

use super::atlas::{Reference, Window};
use super::{srgb8_of, tone};

/// Texels of a side at which edges are softened: of 4 to 8 mm on a body, finer on a face.
const SOFT: usize = 256;
/// How far an edge fades, in those texels.
const FADE: usize = 3;
/// Nothing on a face reflects more.
const MOST: f32 = 0.9;

/// The colours of a scan, to be worn at any tone.
#[derive(Debug)]
pub(crate) struct Worn {
    colours: Colours,
    /// Linear mean over what the scan covers.
    mean: Vec3,
    /// How much of the scan shows, `[SOFT²]`, fading towards where the scan has nothing.
    share: Vec<f32>,
}

impl Worn {
    /// Of a scan's colours; `None` where it covers nothing. `reference` says where skin is in the texture.
    pub(crate) fn new(colours: Colours, reference: &Reference<'_>) -> Option<Self> {
        let mean = mean(&colours)?;
        let skin = reference.positions(Window::WHOLE, SOFT, SOFT);
        let is_skin: Vec<f32> = skin
            .iter()
            .map(|p| f32::from(u8::from(p.is_some())))
            .collect();
        let covered: Vec<f32> = (0..SOFT * SOFT)
            .map(|i| is_skin[i] * covered_share(&colours, i % SOFT, i / SOFT))
            .collect();
        // What lies beyond the edge of an island of the texture is no edge of the scan.
        let (all, part) = (blurred(&is_skin), blurred(&covered));
        let share = all
            .iter()
            .zip(part)
            .map(|(all, part)| {
                if *all > 0.0 {
                    (2.0 * part / all - 1.0).clamp(0.0, 1.0)
                } else {
                    0.0
                }
            })
            .collect();
        Some(Self {
            colours,
            mean,
            share,
        })
    }

    /// Monk tone whose lightness the scan's mean has.
    ///
    /// It is the light of the scanner's room that says how light skin is, so this is a guess.
    pub(crate) fn tone(colours: &Colours) -> Option<f64> {
        let light = luminance(mean(colours)?);
        let steps = (0..=90).map(|step| 1.0 + 0.1 * f64::from(step));
        let off = |monk: &f64| (luminance(tone::albedo(*monk)) - light).abs();
        steps.min_by(|a, b| off(a).total_cmp(&off(b)))
    }

    /// Puts the colours over `painted`, the texture of `window`, brought to the mean of skin of that tone: the scan's pattern, the row's tone.
    pub(crate) fn over(&self, painted: &mut Texture, window: Window, monk: f64) {
        let gain = tone::albedo(monk) / self.mean.max(Vec3::splat(1e-3));
        let (width, height) = (painted.width as usize, painted.height as usize);
        let Texels::Srgba8(texels) = &mut painted.texels else {
            return;
        };
        for y in 0..height {
            for x in 0..width {
                let unit = Vec2::new(
                    (x as f32 + 0.5) / width as f32,
                    1.0 - (y as f32 + 0.5) / height as f32,
                );
                let uv = window.low + unit * (window.high - window.low);
                let share = self.share_at(uv);
                if share <= 0.0 {
                    continue;
                }
                let texel = &mut texels[y * width + x];
                let own = self.colour_at(uv) * gain;
                let under = linear([texel[0], texel[1], texel[2]]);
                let [r, g, b] = under
                    .lerp(own, share)
                    .min(Vec3::splat(MOST))
                    .to_array()
                    .map(srgb8_of);
                *texel = [r, g, b, texel[3]];
            }
        }
    }

    fn share_at(&self, uv: Vec2) -> f32 {
        bilinear(uv, SOFT, |x, y| self.share[y * SOFT + x])
    }

    fn colour_at(&self, uv: Vec2) -> Vec3 {
        let side = self.colours.side;
        // Texels without a colour are black: only those with one are averaged.
        let (mut sum, mut weight) = (Vec3::ZERO, 0.0);
        for (x, y, w) in corners(uv, side) {
            let at = y * side + x;
            if self.colours.covered[at] {
                sum += linear(self.colours.rgb[at]) * w;
                weight += w;
            }
        }
        if weight > 0.0 {
            sum / weight
        } else {
            self.mean
        }
    }
}

fn linear(rgb: [u8; 3]) -> Vec3 {
    Vec3::from_array(rgb.map(|c| LINEAR_FROM_SRGB8[usize::from(c)]))
}

fn luminance(colour: Vec3) -> f32 {
    colour.dot(Vec3::new(0.2126, 0.7152, 0.0722))
}

fn mean(colours: &Colours) -> Option<Vec3> {
    let covered = colours
        .rgb
        .iter()
        .zip(&colours.covered)
        .filter(|(_, c)| **c);
    let (sum, count) = covered.fold((Vec3::ZERO, 0_u32), |(sum, n), (rgb, _)| {
        (sum + linear(*rgb), n + 1)
    });
    (count > 0).then(|| sum / count as f32)
}

/// The share of the scan's texels in one coarse texel that have a colour.
fn covered_share(colours: &Colours, x: usize, y: usize) -> f32 {
    let range = |k: usize| {
        let from = k * colours.side / SOFT;
        from..((k + 1) * colours.side / SOFT)
            .max(from + 1)
            .min(colours.side)
    };
    let (mut covered, mut all) = (0_u32, 0_u32);
    for row in range(y) {
        for column in range(x) {
            covered += u32::from(colours.covered[row * colours.side + column]);
            all += 1;
        }
    }
    // Islands end within texels: any colour counts.
    if all == 0 {
        0.0
    } else {
        (2.0 * covered as f32 / all as f32).min(1.0)
    }
}

/// Sums over squares of `2 FADE + 1` texels.
fn blurred(map: &[f32]) -> Vec<f32> {
    // Along rows, each of which becomes a column; twice, and all lies as it did.
    let once = |map: &[f32]| -> Vec<f32> {
        (0..SOFT * SOFT)
            .map(|i| {
                let (x, y) = (i / SOFT, i % SOFT);
                let row = &map[y * SOFT..][..SOFT];
                row[x.saturating_sub(FADE)..=(x + FADE).min(SOFT - 1)]
                    .iter()
                    .sum()
            })
            .collect()
    };
    once(&once(map))
}

/// The four texels around a place, v up, with their weights.
fn corners(uv: Vec2, side: usize) -> [(usize, usize, f32); 4] {
    let last = (side - 1) as f32;
    let place = Vec2::new(uv.x, 1.0 - uv.y) * side as f32 - 0.5;
    let place = place.clamp(Vec2::ZERO, Vec2::splat(last));
    let (low, t) = (place.floor(), place - place.floor());
    let (x, y) = (low.x as usize, low.y as usize);
    let (right, below) = ((x + 1).min(side - 1), (y + 1).min(side - 1));
    [
        (x, y, (1.0 - t.x) * (1.0 - t.y)),
        (right, y, t.x * (1.0 - t.y)),
        (x, below, (1.0 - t.x) * t.y),
        (right, below, t.x * t.y),
    ]
}

fn bilinear(uv: Vec2, side: usize, at: impl Fn(usize, usize) -> f32) -> f32 {
    corners(uv, side)
        .into_iter()
        .map(|(x, y, w)| at(x, y) * w)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_is_the_same_along_both_axes_and_keeps_its_place() {
        let mut map = vec![0.0; SOFT * SOFT];
        map[40 * SOFT + 90] = 1.0;
        let blurred = blurred(&map);
        for y in 30_usize..50 {
            for x in 80_usize..100 {
                let near = y.abs_diff(40) <= FADE && x.abs_diff(90) <= FADE;
                assert_eq!(blurred[y * SOFT + x], f32::from(u8::from(near)), "{x} {y}");
            }
        }
    }

    #[test]
    fn a_tone_is_found_again_from_its_own_albedo() {
        for monk in [1.0, 3.5, 6.0, 10.0] {
            let rgb = tone::albedo(monk).to_array().map(srgb8_of);
            let colours = Colours {
                side: 2,
                rgb: vec![rgb; 4],
                covered: vec![true; 4],
            };
            let found = Worn::tone(&colours).expect("covered");
            assert!((found - monk).abs() < 0.16, "{monk}: {found}");
        }
        let none = Colours {
            side: 1,
            rgb: vec![[9; 3]],
            covered: vec![false],
        };
        assert_eq!(Worn::tone(&none), None);
    }
}
