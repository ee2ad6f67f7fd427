//! What a network sees of a cached square: its middle, or, while it learns, a turned, scaled, shifted, mirrored part of it as another camera in other light would
//! have taken it, compressed and partly hidden.

use population::stream::Stream;

use crate::examples::{Examples, Kind, Truth, UNKNOWN, VIEW};
use crate::head::Target;

/// How much pictures are changed while a network learns from them.
#[derive(Debug, Clone, PartialEq)]
pub struct Augmentation {
    /// Standard deviation of turns, degrees.
    pub turn_deg: f64,
    /// Standard deviation of the logarithm of the scale.
    pub scale: f64,
    /// Standard deviation of shifts, as a share of the view's side.
    pub shift: f64,
    /// Whether half of them are mirrored; landmarks only where it is known which point is which in a mirror. Off where left and right are part of the
    /// truth.
    pub mirror: bool,
    /// How much tones and colours change: 1 is other light and another camera, 0 nothing.
    pub colour: f64,
    /// How often pictures are blurred, noisy or coarsely compressed: 1 is often, 0 never.
    pub camera: f64,
    /// Share of the pictures that something hides a rectangle of.
    pub erase: f64,
}

impl Augmentation {
    /// Nothing is changed.
    pub const NONE: Self = Self {
        turn_deg: 0.0,
        scale: 0.0,
        shift: 0.0,
        mirror: false,
        colour: 0.0,
        camera: 0.0,
        erase: 0.0,
    };

    /// What suits most pictures with such a truth. Those with segments or numbers are not mirrored: both often know left from right.
    pub fn of(kind: &Kind) -> Self {
        let usual = Self {
            turn_deg: 8.0,
            scale: 0.1,
            shift: 0.04,
            mirror: false,
            colour: 1.0,
            camera: 1.0,
            erase: 0.2,
        };
        match kind {
            Kind::Landmarks { mirror, .. } => Self {
                turn_deg: 14.0,
                scale: 0.12,
                shift: 0.05,
                mirror: mirror.is_some(),
                ..usual
            },
            Kind::Class(_) => Self {
                mirror: true,
                ..usual
            },
            Kind::Segments(_) | Kind::Numbers(_) => Self {
                turn_deg: 4.0,
                ..usual
            },
        }
    }
}

/// Which part of a cached square is seen: from the view's coordinates to the square's, both −1 to 1 from side to side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct View {
    /// By rows.
    turn: [[f64; 2]; 2],
    shift: [f64; 2],
    mirrored: bool,
}

impl View {
    /// The middle.
    pub(crate) const STILL: Self = Self {
        turn: [[VIEW, 0.0], [0.0, VIEW]],
        shift: [0.0; 2],
        mirrored: false,
    };

    /// The middle in a mirror.
    pub(crate) const MIRRORED: Self = Self {
        turn: [[-VIEW, 0.0], [0.0, VIEW]],
        shift: [0.0; 2],
        mirrored: true,
    };

    fn random(how: &Augmentation, random: &mut Stream) -> Self {
        let turn = random.normal() * how.turn_deg.to_radians();
        let scale = VIEW * libm::exp(random.normal() * how.scale);
        let shift = [random.normal(), random.normal()].map(|n| n * how.shift * 2.0 * VIEW);
        let mirrored = random.uniform() < 0.5 && how.mirror;
        let side = if mirrored { -1.0 } else { 1.0 };
        let (cos, sin) = (libm::cos(turn) * scale, libm::sin(turn) * scale);
        Self {
            turn: [[cos * side, -sin], [sin * side, cos]],
            shift,
            mirrored,
        }
    }

    fn to_square(self, at: [f64; 2]) -> [f64; 2] {
        let [x, y] = self.turn;
        [
            x[0] * at[0] + x[1] * at[1] + self.shift[0],
            y[0] * at[0] + y[1] * at[1] + self.shift[1],
        ]
    }

    /// Shares of the view to shares of the cached square.
    pub(crate) fn share_to_square(self, share: [f64; 2]) -> [f64; 2] {
        self.to_square(share.map(|s| 2.0 * s - 1.0))
            .map(|s| f64::midpoint(s, 1.0))
    }

    /// Shares of the cached square to shares of the view.
    fn share_from_square(self, share: [f64; 2]) -> [f64; 2] {
        let [[a, b], [c, d]] = self.turn;
        let away = [
            2.0 * share[0] - 1.0 - self.shift[0],
            2.0 * share[1] - 1.0 - self.shift[1],
        ];
        let whole = a * d - b * c;
        [
            (d * away[0] - b * away[1]) / whole,
            (a * away[1] - c * away[0]) / whole,
        ]
        .map(|s| f64::midpoint(s, 1.0))
    }
}

/// A picture as a network sees it while it learns, and what it is to be told as: `cells` is the side of the head's maps.
pub(crate) fn moved(
    examples: &Examples,
    place: usize,
    side: usize,
    cells: usize,
    how: &Augmentation,
    random: &mut Stream,
) -> (Vec<f32>, Target) {
    let view = View::random(how, random);
    let mut seen = colours(examples, place, view, side);
    if how.colour > 0.0 {
        recolour(&mut seen, how.colour, random);
    }
    if random.uniform() < how.erase {
        erase(&mut seen, side, random);
    }
    if how.camera > 0.0 {
        retake(&mut seen, side, how.camera, random);
    }
    (seen, target(examples, place, view, side, cells))
}

/// Colours of what is seen, `[side][side][3]` from 0 to 1: bilinear; the outermost pixels go on for ever.
pub(crate) fn colours(examples: &Examples, place: usize, view: View, side: usize) -> Vec<f32> {
    let from = examples.side;
    let square = &examples.pixels[place * from * from * 3..(place + 1) * from * from * 3];
    let mut out = Vec::with_capacity(side * side * 3);
    let last = (from - 1) as f32;
    for y in 0..side {
        for x in 0..side {
            let share = [x, y].map(|c| (c as f64 + 0.5) / side as f64);
            let [u, v] = view
                .share_to_square(share)
                .map(|s| ((s * from as f64 - 0.5) as f32).clamp(0.0, last));
            let (left, top) = (u as usize, v as usize);
            let (across, down) = (u - left as f32, v - top as f32);
            let (right, bottom) = ((left + 1).min(from - 1), (top + 1).min(from - 1));
            let at = |y: usize, x: usize| &square[(y * from + x) * 3..][..3];
            let corners = [
                at(top, left),
                at(top, right),
                at(bottom, left),
                at(bottom, right),
            ];
            for c in 0..3 {
                let [a, b, d, e] = corners.map(|pixel| f32::from(pixel[c]));
                let (high, low) = (a + (b - a) * across, d + (e - d) * across);
                out.push((high + (low - high) * down) / 255.0);
            }
        }
    }
    out
}

/// What a picture is to be told as where it is seen so.
fn target(examples: &Examples, place: usize, view: View, side: usize, cells: usize) -> Target {
    match &examples.truth {
        Truth::Landmarks(marks) => {
            let count = marks.names.len();
            let of = &marks.of[place * count..(place + 1) * count];
            let told = |point: usize| {
                let named = match &marks.mirror {
                    Some(mirror) if view.mirrored => mirror[point],
                    _ => point,
                };
                let [x, y] = of[named];
                if x.is_finite() && y.is_finite() {
                    let at = view.share_from_square([f64::from(x), f64::from(y)]);
                    (at.map(|s| s as f32), true)
                } else {
                    ([0.0; 2], false)
                }
            };
            Target::Points((0..count).map(told).collect())
        }
        Truth::Class { of, .. } => Target::Class(of[place] as usize),
        Truth::Numbers { names, of } => {
            Target::Numbers(of[place * names.len()..(place + 1) * names.len()].to_vec())
        }
        Truth::Segments { names, .. } => {
            let classes = segments(examples, place, view, side);
            let mut shares = vec![0.0; cells * cells * names.len()];
            let fine = side / cells;
            let part = 1.0 / (fine * fine) as f32;
            for (at, &class) in classes.iter().enumerate() {
                if class != UNKNOWN {
                    let (y, x) = (at / side / fine, at % side / fine);
                    shares[(y * cells + x) * names.len() + usize::from(class)] += part;
                }
            }
            Target::Segments(shares)
        }
    }
}

/// The class of each pixel that is seen, row after row.
fn segments(examples: &Examples, place: usize, view: View, side: usize) -> Vec<u8> {
    let Truth::Segments { of, .. } = &examples.truth else {
        return Vec::new();
    };
    let from = examples.side;
    let mut out = Vec::with_capacity(side * side);
    for y in 0..side {
        for x in 0..side {
            let share = [x, y].map(|c| (c as f64 + 0.5) / side as f64);
            let at = view
                .share_to_square(share)
                .map(|s| (s * from as f64).floor());
            let inside = at.iter().all(|&c| c >= 0.0 && c < from as f64);
            out.push(if inside {
                of[(place * from + at[1] as usize) * from + at[0] as usize]
            } else {
                UNKNOWN
            });
        }
    }
    out
}

/// Other tones, paler or stronger colours, another white.
fn recolour(seen: &mut [f32], strength: f64, random: &mut Stream) {
    let power = libm::exp(random.normal() * 0.35 * strength);
    let stronger = 1.0 + (random.range(0.1, 1.3) - 1.0) * strength;
    let gain = random.normal() * 0.3 * strength;
    let gains: [f32; 3] =
        std::array::from_fn(|_| libm::exp(gain + random.normal() * 0.12 * strength) as f32);
    let lift = (random.normal() * 0.05 * strength) as f32;
    let table: Vec<f32> = (0..=1023)
        .map(|step| libm::pow(f64::from(step) / 1023.0, power) as f32)
        .collect();
    let stronger = stronger as f32;
    for pixel in seen.as_chunks_mut::<3>().0 {
        let toned = pixel.map(|v| table[((v * 1023.0 + 0.5) as usize).min(1023)]);
        let grey = (toned[0] + toned[1] + toned[2]) / 3.0;
        for c in 0..3 {
            pixel[c] = ((grey + (toned[c] - grey) * stronger) * gains[c] + lift).clamp(0.0, 1.0);
        }
    }
}

/// A rectangle of one colour.
fn erase(seen: &mut [f32], side: usize, random: &mut Stream) {
    let mut span = || {
        let long = random.range(0.1, 0.4) * side as f64;
        let from = random.range(-0.1, 0.9) * side as f64;
        from.max(0.0) as usize..((from + long).max(0.0) as usize).min(side)
    };
    let (rows, columns) = (span(), span());
    let colour: [f32; 3] = std::array::from_fn(|_| random.uniform() as f32);
    for y in rows {
        for x in columns.clone() {
            seen[(y * side + x) * 3..][..3].copy_from_slice(&colour);
        }
    }
}

/// Blur, noise and compression.
fn retake(seen: &mut Vec<f32>, side: usize, strength: f64, random: &mut Stream) {
    if random.uniform() < 0.4 * strength {
        *seen = blurred(seen, side, random.range(0.2, 1.0) as f32);
        if random.uniform() < 0.4 {
            *seen = blurred(seen, side, random.range(0.2, 1.0) as f32);
        }
    }
    if random.uniform() < 0.6 * strength {
        let sd = (random.normal() * 0.03).abs() as f32;
        for value in seen.iter_mut() {
            // Four uniform numbers in one draw: near enough to normal for noise.
            let bits = random.next_u64();
            let sum: u32 = (0..4)
                .map(|part| u32::from((bits >> (16 * part)) as u16))
                .sum();
            let normal = (sum as f32 / 65_535.0 - 2.0) * 1.732;
            *value = (*value + normal * sd).clamp(0.0, 1.0);
        }
    }
    if random.uniform() < 0.2 * strength {
        compress(seen, side, random.range(0.01, 0.08) as f32);
    }
}

/// Part of the way to the mean of three by three pixels.
fn blurred(seen: &[f32], side: usize, part: f32) -> Vec<f32> {
    let mut out = Vec::with_capacity(seen.len());
    for y in 0..side {
        let rows = [y.saturating_sub(1), y, (y + 1).min(side - 1)];
        for x in 0..side {
            let columns = [x.saturating_sub(1), x, (x + 1).min(side - 1)];
            for c in 0..3 {
                let mut sum = 0.0;
                for row in rows {
                    for column in columns {
                        sum += seen[(row * side + column) * 3 + c];
                    }
                }
                let here = seen[(y * side + x) * 3 + c];
                out.push(here + (sum / 9.0 - here) * part);
            }
        }
    }
    out
}

/// Rounds waves in blocks of 8 × 8 pixels, fine ones more coarsely, as JPEG does.
fn compress(seen: &mut [f32], side: usize, step: f32) {
    const BLOCK: usize = 8;
    let waves: [[f32; BLOCK]; BLOCK] = std::array::from_fn(|u| {
        let scale = if u == 0 { 0.125_f64 } else { 0.25 }.sqrt();
        std::array::from_fn(|x| {
            let turn = std::f64::consts::PI * (2 * x + 1) as f64 * u as f64 / 16.0;
            (scale * libm::cos(turn)) as f32
        })
    });
    let mut block = [[0.0_f32; BLOCK]; BLOCK];
    for top in (0..side / BLOCK * BLOCK).step_by(BLOCK) {
        for left in (0..side / BLOCK * BLOCK).step_by(BLOCK) {
            for c in 0..3 {
                for (y, row) in block.iter_mut().enumerate() {
                    for (x, value) in row.iter_mut().enumerate() {
                        *value = seen[((top + y) * side + left + x) * 3 + c];
                    }
                }
                let mut there = turned(&turned(&block, &waves, false), &waves, false);
                for (u, row) in there.iter_mut().enumerate() {
                    for (v, value) in row.iter_mut().enumerate() {
                        let coarse = step * (1 + u + v) as f32;
                        *value = (*value / coarse).round() * coarse;
                    }
                }
                let back = turned(&turned(&there, &waves, true), &waves, true);
                for (y, row) in back.iter().enumerate() {
                    for (x, value) in row.iter().enumerate() {
                        seen[((top + y) * side + left + x) * 3 + c] = value.clamp(0.0, 1.0);
                    }
                }
            }
        }
    }
}

/// The product with the waves (or with their transpose, which is the way back), transposed.
fn turned<const N: usize>(of: &[[f32; N]; N], waves: &[[f32; N]; N], back: bool) -> [[f32; N]; N] {
    std::array::from_fn(|u| {
        std::array::from_fn(|row| {
            (0..N)
                .map(|x| of[row][x] * if back { waves[x][u] } else { waves[u][x] })
                .sum()
        })
    })
}

#[cfg(test)]
mod tests {
    use population::stream::{Seed, Streams};

    use super::*;
    use crate::examples::{Frame, Landmarks, mirrored_face};

    /// A red dot and a blue one, which change places in a mirror.
    fn dots() -> Examples {
        let side = 96;
        let mut pixels = vec![120; side * side * 3];
        let places = [[35, 40], [62, 57]];
        for (place, colour) in places.iter().zip([[255, 0, 0], [0, 0, 255]]) {
            for y in place[1] - 3..=place[1] + 3 {
                for x in place[0] - 3..=place[0] + 3 {
                    pixels[(y * side + x) * 3..][..3].copy_from_slice(&colour);
                }
            }
        }
        Examples {
            side,
            pixels,
            frames: vec![Frame {
                left: 0.0,
                top: 0.0,
                side: 96.0,
            }],
            truth: Truth::Landmarks(Landmarks {
                names: vec!["right".into(), "left".into()],
                of: places
                    .map(|p| p.map(|c| (c as f32 + 0.5) / side as f32))
                    .to_vec(),
                mirror: Some(vec![1, 0]),
                measure: None,
            }),
        }
    }

    #[test]
    fn truth_moves_with_the_picture_and_sides_change_in_a_mirror() {
        let examples = dots();
        let how = Augmentation {
            colour: 0.0,
            camera: 0.0,
            erase: 0.0,
            ..Augmentation::of(&examples.kind())
        };
        let mut mirrored = 0;
        for index in 0..400 {
            let mut random = Streams::new(Seed(2), index).stream("test");
            let (seen, target) = moved(&examples, 0, 64, 16, &how, &mut random);
            let Target::Points(points) = target else {
                panic!("no points");
            };
            let red: Vec<bool> = points
                .iter()
                .map(|(at, _)| {
                    let [x, y] = at.map(|s| ((s * 64.0) as usize).min(63));
                    let pixel = &seen[(y * 64 + x) * 3..][..3];
                    assert!(
                        (pixel[0] - pixel[2]).abs() > 0.9,
                        "{index}: no dot at {at:?}"
                    );
                    pixel[0] > pixel[2]
                })
                .collect();
            assert_ne!(red[0], red[1]);
            mirrored += usize::from(!red[0]);
        }
        // Half of them: beyond 150 and 250 of 400 is rarer than 1 in a million (binomial).
        assert!((150..250).contains(&mirrored), "{mirrored}");
    }

    #[test]
    fn a_face_mirrored_twice_is_itself() {
        let mirror = mirrored_face();
        assert!((0..68).all(|p| mirror[mirror[p]] == p));
        // Chin, bridge and tip of the nose, and the middles of both lips stay.
        let still: Vec<usize> = (0..68).filter(|&p| mirror[p] == p).collect();
        assert_eq!(still, [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]);
        assert_eq!(
            [mirror[0], mirror[17], mirror[36], mirror[41], mirror[48]],
            [16, 26, 45, 46, 54]
        );
    }

    #[test]
    fn nothing_changes_where_nothing_is_asked_for() {
        let examples = dots();
        let mut random = Streams::new(Seed(2), 0).stream("test");
        let (seen, _) = moved(&examples, 0, 64, 16, &Augmentation::NONE, &mut random);
        assert_eq!(seen, colours(&examples, 0, View::STILL, 64));
        // The middle two thirds, pixel by pixel.
        let from = &examples.pixels[((16 + 20) * 96 + 16 + 18) * 3..][..3];
        let to: Vec<u8> = seen[(20 * 64 + 18) * 3..][..3]
            .iter()
            .map(|v| (v * 255.0).round() as u8)
            .collect();
        assert_eq!(from, to);
    }

    #[test]
    fn waves_come_back_and_compression_loses_the_fine_ones() {
        let side = 16;
        let random = &mut Streams::new(Seed(4), 0).stream("test");
        let noise: Vec<f32> = (0..side * side * 3)
            .map(|_| random.range(0.2, 0.8) as f32)
            .collect();
        let lost = |step: f32| {
            let mut seen = noise.clone();
            compress(&mut seen, side, step);
            seen.iter()
                .zip(&noise)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max)
        };
        assert!(lost(1e-6) < 1e-4);
        assert!(lost(0.05) > 0.1);
    }
}
