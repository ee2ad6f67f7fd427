//! What lens and cover glass do to light on its way: colour fringes, fall-off towards the corners, veiling glare.
use glam::DVec2;
use scene::camera::{Camera, Sensor};

/// Exposed picture, row-major: linear Rec. 709, 1 is white.
pub(super) struct Exposed {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<[f32; 3]>,
}

/// Fringes, then fall-off, then glare: the first two belong to the lens, the last to what lies between it and the sensor.
pub(super) fn pass(exposed: &mut Exposed, camera: &Camera, sensor: &Sensor) {
    if sensor.chromatic_aberration != 0.0 {
        let strength = sensor.chromatic_aberration;
        magnify(exposed, 0, 1.0 + strength, camera.principal_px);
        magnify(exposed, 2, 1.0 - strength, camera.principal_px);
    }
    if sensor.vignetting < 1.0 {
        vignette(exposed, sensor.vignetting, camera.principal_px);
    }
    if sensor.bloom > 0.0 {
        bloom(exposed, sensor.bloom as f32);
    }
}

/// Draws a channel larger around the axis; at the edges its last pixels go on.
fn magnify(exposed: &mut Exposed, channel: usize, factor: f64, middle: DVec2) {
    let (width, height) = (exposed.width, exposed.height);
    let source: Vec<f32> = exposed.pixels.iter().map(|p| p[channel]).collect();
    let split = |at: f64, size: usize| {
        let at = (at - 0.5).clamp(0.0, size as f64 - 1.0);
        let low = at.floor();
        let low_index = low as usize;
        (low_index, (low_index + 1).min(size - 1), (at - low) as f32)
    };
    for y in 0..height {
        let (top, bottom, down) = split(middle.y + (y as f64 + 0.5 - middle.y) / factor, height);
        for x in 0..width {
            let (left, right, along) =
                split(middle.x + (x as f64 + 0.5 - middle.x) / factor, width);
            let row = |y: usize| {
                let (a, b) = (source[y * width + left], source[y * width + right]);
                a + (b - a) * along
            };
            let (upper, lower) = (row(top), row(bottom));
            exposed.pixels[y * width + x][channel] = upper + (lower - upper) * down;
        }
    }
}

/// `(1 + tan²θ)⁻²`, which is cos⁴, of an angle that makes it `corner` in the farthest corner.
fn vignette(exposed: &mut Exposed, corner: f64, middle: DVec2) {
    let size = DVec2::new(exposed.width as f64, exposed.height as f64);
    let farthest = middle.max(size - middle).length_squared();
    let tangent_squared = (1.0 / corner.sqrt() - 1.0) / farthest;
    for (index, pixel) in exposed.pixels.iter_mut().enumerate() {
        let (x, y) = (index % exposed.width, index / exposed.width);
        let off = DVec2::new(x as f64 + 0.5, y as f64 + 0.5) - middle;
        let rest = 1.0 + tangent_squared * off.length_squared();
        let share = (1.0 / (rest * rest)) as f32;
        *pixel = pixel.map(|c| c * share);
    }
}

/// Standard deviations of the glare, as shares of the picture's height: a bright window greys what lies next to it most and everything a little
/// (McCann & Rizzi 2011, "The Art and Science of HDR Imaging", §11).
const GLARE: [f64; 3] = [0.01, 0.05, 0.2];

/// Spreads a share of all light by a sum of Gaussians; no light is lost, the picture's edges mirror.
fn bloom(exposed: &mut Exposed, share: f32) {
    let (width, height) = (exposed.width, exposed.height);
    let each = share / GLARE.len() as f32;
    let mut plane = vec![0.0_f64; width * height];
    for channel in 0..3 {
        let source: Vec<f64> = exposed
            .pixels
            .iter()
            .map(|p| f64::from(p[channel]))
            .collect();
        for pixel in &mut exposed.pixels {
            pixel[channel] *= 1.0 - share;
        }
        for deviation in GLARE {
            plane.copy_from_slice(&source);
            blur(&mut plane, width, height, deviation * height as f64);
            for (pixel, glare) in exposed.pixels.iter_mut().zip(&plane) {
                pixel[channel] += *glare as f32 * each;
            }
        }
    }
}

/// Three boxes in each direction: within 3 % of a Gaussian (Wells 1986).
pub(super) fn blur(plane: &mut [f64], width: usize, height: usize, deviation: f64) {
    let radius = (0.5 * ((4.0 * deviation * deviation + 1.0).sqrt() - 1.0)).round() as usize;
    if radius == 0 {
        return;
    }
    let mut line = Line::default();
    for row in plane.chunks_exact_mut(width) {
        line.load(row.iter().copied());
        line.smooth(radius);
        row.copy_from_slice(&line.values);
    }
    for x in 0..width {
        line.load((0..height).map(|y| plane[y * width + x]));
        line.smooth(radius);
        for (y, value) in line.values.iter().enumerate() {
            plane[y * width + x] = *value;
        }
    }
}

/// One row or column, with room for its sums.
#[derive(Default)]
struct Line {
    values: Vec<f64>,
    sums: Vec<f64>,
}

impl Line {
    fn load(&mut self, values: impl Iterator<Item = f64>) {
        self.values.clear();
        self.values.extend(values);
    }

    fn smooth(&mut self, radius: usize) {
        for _ in 0..3 {
            self.average(radius);
        }
    }

    /// Mean of each value and `radius` neighbours to either side. The line is mirrored beyond its ends as often as need be, so that its sum stays.
    fn average(&mut self, radius: usize) {
        let length = self.values.len();
        self.sums.clear();
        self.sums.push(0.0);
        let mut sum = 0.0;
        for k in 0..length + 2 * radius {
            // Position k − radius, folded into [0, 2·length), then mirrored.
            let folded = (k + 2 * length * radius.div_ceil(2 * length) - radius) % (2 * length);
            sum += self.values[folded.min(2 * length - 1 - folded)];
            self.sums.push(sum);
        }
        let count = (2 * radius + 1) as f64;
        for (k, value) in self.values.iter_mut().enumerate() {
            *value = (self.sums[k + 2 * radius + 1] - self.sums[k]) / count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(width: usize, height: usize, value: f32) -> Exposed {
        Exposed {
            width,
            height,
            pixels: vec![[value; 3]; width * height],
        }
    }

    fn total(exposed: &Exposed, channel: usize) -> f64 {
        exposed.pixels.iter().map(|p| f64::from(p[channel])).sum()
    }

    #[test]
    fn glare_moves_light_and_keeps_its_sum_even_in_a_corner() {
        for (x, y) in [(20, 15), (0, 0), (47, 31)] {
            let mut exposed = flat(48, 32, 0.0);
            exposed.pixels[y * 48 + x] = [100.0, 10.0, 1000.0];
            bloom(&mut exposed, 0.2);
            for (channel, light) in [100.0, 10.0, 1000.0].into_iter().enumerate() {
                assert!((total(&exposed, channel) / light - 1.0).abs() < 1e-5);
            }
            let lamp = exposed.pixels[y * 48 + x][0];
            assert!((80.0..95.0).contains(&lamp), "{lamp}");
            let beside = exposed.pixels[y * 48 + if x > 24 { x - 12 } else { x + 12 }][0];
            assert!(beside > 0.002, "it reaches far: {beside}");
        }
        let mut even = flat(7, 5, 0.5);
        bloom(&mut even, 0.3);
        assert!(even.pixels.iter().flatten().all(|c| (c - 0.5).abs() < 1e-6));
    }

    #[test]
    fn light_falls_off_like_the_fourth_power_of_the_cosine() {
        let mut exposed = flat(64, 48, 1.0);
        vignette(&mut exposed, 0.36, DVec2::new(32.0, 24.0));
        // tan²θ in the corner is 1/√0.36 − 1 = ⅔.
        let at = |x: usize, y: usize| f64::from(exposed.pixels[y * 64 + x][1]);
        let expected = |x: f64, y: f64| {
            let tangent_squared = 2.0 / 3.0 * ((x - 32.0).powi(2) + (y - 24.0).powi(2))
                / (32.0_f64.powi(2) + 24.0_f64.powi(2));
            tangent_squared.sqrt().atan().cos().powi(4)
        };
        for (x, y) in [(0, 0), (63, 47), (32, 24), (10, 40)] {
            let wanted = expected(x as f64 + 0.5, y as f64 + 0.5);
            assert!((at(x, y) - wanted).abs() < 1e-6, "{x} {y}");
        }
        assert!((at(0, 0) - 0.36).abs() < 0.02 && at(32, 24) > 0.999);
    }

    #[test]
    fn red_is_drawn_larger_and_blue_smaller_around_the_axis() {
        let (width, middle) = (201, DVec2::new(100.5, 50.5));
        let mut exposed = flat(width, 101, 0.0);
        // A ring of dots 80 px from the axis.
        for x in [20, 180] {
            exposed.pixels[50 * width + x] = [1.0; 3];
        }
        magnify(&mut exposed, 0, 1.05, middle);
        magnify(&mut exposed, 2, 0.95, middle);
        let centre = |channel: usize| {
            let row = &exposed.pixels[50 * width..51 * width];
            let (sum, moment) = (101..width).fold((0.0, 0.0), |(s, m), x| {
                let value = f64::from(row[x][channel]);
                (s + value, m + value * (x as f64 - 100.0))
            });
            moment / sum
        };
        for (channel, expected) in [84.0, 80.0, 76.0].into_iter().enumerate() {
            assert!(
                (centre(channel) - expected).abs() < 0.5,
                "{channel}: {}",
                centre(channel)
            );
        }
    }
}
