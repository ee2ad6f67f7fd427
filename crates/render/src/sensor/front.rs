//! What fog, specks and drops on the front of a lens do to the light that passes.
//!
//! They lie some centimetres before the lens, whose focus is far behind them: none has an edge in the picture, and each takes a share of the light of a disc rather than of a pixel. Sizes are shares of the
//! picture's height, so that the same lens is on pictures of all sizes.
use super::optics::{Exposed, blur};
use glam::{Vec2, Vec3};
use scene::camera::LensFront;
use scene::noise::{cloudy, hashed, smooth};

/// Standard deviations of the light that fogged glass scatters, as shares of the picture's height, and how much of it goes there: a little way off through the film's droplets, and a veil over everything.
const SCATTER: [(f64, f32); 3] = [(0.006, 0.4), (0.03, 0.3), (0.3, 0.3)];
/// How large a drop's picture is: distances in it are so many times shorter.
const SHRUNK: f32 = 5.0;

/// Drops first, then specks, then fog: the order in which light meets what dried on over what is still wet does not matter to anybody.
pub(super) fn pass(exposed: &mut Exposed, front: &LensFront) {
    if front.drops > 0.0 {
        drops(exposed, front);
    }
    if front.dirt > 0.0 {
        specks(exposed, front);
    }
    if front.fog > 0.0 {
        fog(exposed, front);
    }
}

/// A place of the picture as a share of its height, from its middle.
fn place(exposed: &Exposed, index: usize) -> Vec2 {
    let (x, y) = (index % exposed.width, index / exposed.width);
    let size = Vec2::new(exposed.width as f32, exposed.height as f32);
    (Vec2::new(x as f32, y as f32) + 0.5 - 0.5 * size) / size.y
}

/// The picture blurred by a Gaussian of that share of its height.
fn blurred(exposed: &Exposed, deviation: f64) -> Vec<[f32; 3]> {
    let mut out = vec![[0.0; 3]; exposed.pixels.len()];
    let deviation = deviation * exposed.height as f64;
    for channel in 0..3 {
        let mut plane: Vec<f64> = exposed
            .pixels
            .iter()
            .map(|pixel| f64::from(pixel[channel]))
            .collect();
        blur(&mut plane, exposed.width, exposed.height, deviation);
        for (pixel, value) in out.iter_mut().zip(plane) {
            pixel[channel] = value as f32;
        }
    }
    out
}

fn fog(exposed: &mut Exposed, front: &LensFront) {
    let layers = SCATTER.map(|(deviation, share)| (blurred(exposed, deviation), share));
    for index in 0..exposed.pixels.len() {
        let at = place(exposed, index);
        // Breath clears in patches.
        let patch = cloudy(Vec3::new(at.x, at.y, 0.5) * 2.2, front.seed ^ 0xf0);
        let share = (front.fog as f32 * (0.55 + 0.9 * patch)).clamp(0.0, 1.0);
        for channel in 0..3 {
            let scattered: f32 = layers
                .iter()
                .map(|(layer, part)| layer[index][channel] * part)
                .sum();
            let value = &mut exposed.pixels[index][channel];
            *value += (scattered - *value) * share;
        }
    }
}

/// What lies in the cells of a grid: where, how large, and a number of its own.
fn scattered(at: Vec2, cell: f32, share: f32, seed: u32) -> impl Iterator<Item = (Vec2, f32, f32)> {
    let base = (at / cell).floor();
    (-1..=1)
        .flat_map(|y| (-1..=1).map(move |x| Vec2::new(x as f32, y as f32)))
        .filter_map(move |step| {
            let own = base + step;
            let draw = |k: u32| hashed(own.extend(k as f32), seed);
            (draw(0) < share).then(|| {
                let centre = (own + Vec2::new(draw(1), draw(2))) * cell;
                (centre, cell * (0.12 + 0.36 * draw(3) * draw(3)), draw(4))
            })
        })
}

fn specks(exposed: &mut Exposed, front: &LensFront) {
    let veil = blurred(exposed, 0.1);
    for (index, glow) in veil.iter().enumerate() {
        let at = place(exposed, index);
        let mut passes = 1.0;
        for (cell, salt) in [(0.24, 1), (0.09, 2)] {
            let share = front.dirt as f32 * 0.7;
            for (centre, radius, own) in scattered(at, cell, share, front.seed ^ salt) {
                let away = at.distance(centre) / radius;
                passes *= 1.0 - (0.25 + 0.45 * own) * smooth(1.0, 0.55, away);
            }
        }
        let (pixel, blocked) = (&mut exposed.pixels[index], 1.0 - passes);
        for channel in 0..3 {
            pixel[channel] = pixel[channel] * passes + 0.3 * blocked * glow[channel];
        }
    }
}

fn drops(exposed: &mut Exposed, front: &LensFront) {
    let (width, height) = (exposed.width, exposed.height);
    let seen = blurred(exposed, 0.02);
    let look = |at: Vec2| {
        // Mirrored at the picture's edges: what lies beyond them is not known.
        let fold = |v: f32, size: usize| {
            let turn = v.rem_euclid(2.0 * size as f32);
            let inside = if turn < size as f32 {
                turn
            } else {
                2.0 * size as f32 - turn
            };
            (inside as usize).min(size - 1)
        };
        let middle = 0.5 * Vec2::new(width as f32, height as f32);
        let pixel = at * height as f32 + middle;
        seen[fold(pixel.y, height) * width + fold(pixel.x, width)]
    };
    let before = exposed.pixels.clone();
    for (index, pixel) in before.iter().enumerate() {
        let at = place(exposed, index);
        let share = front.drops as f32 * 0.6;
        let all = [(0.3, 3), (0.13, 4)]
            .into_iter()
            .flat_map(|(cell, salt)| scattered(at, cell, share, front.seed ^ salt));
        // Drops that touch are one: the strongest is seen.
        let strongest = all
            .map(|(centre, radius, _)| {
                let from = at - centre;
                let away = from.length() / radius;
                (smooth(1.0, 0.7, away), centre, from, away)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((cover, centre, from, away)) = strongest.filter(|(cover, ..)| *cover > 0.0) else {
            continue;
        };
        let bent = look(centre - SHRUNK * from);
        // Towards its rim a drop sends light past the lens.
        let rim = 1.0 - 0.5 * away.min(1.0).powi(4);
        exposed.pixels[index] = std::array::from_fn(|channel| {
            pixel[channel] + (bent[channel] * rim - pixel[channel]) * cover
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left dark, right bright, with a lamp.
    fn scene(width: usize, height: usize) -> Exposed {
        let pixels = (0..width * height).map(|index| {
            let (x, y) = (index % width, index / width);
            let value = if x * 2 < width { 0.1 } else { 0.6 };
            if x == width / 4 && y == height / 2 {
                [50.0; 3]
            } else {
                [value, value, 0.8 * value]
            }
        });
        Exposed {
            width,
            height,
            pixels: pixels.collect(),
        }
    }

    fn front(fog: f64, dirt: f64, drops: f64) -> LensFront {
        LensFront {
            fog,
            dirt,
            drops,
            seed: 4,
        }
    }

    fn total(exposed: &Exposed) -> f64 {
        exposed.pixels.iter().map(|p| f64::from(p[1])).sum()
    }

    /// Mean step between neighbours of the middle rows.
    fn contrast(exposed: &Exposed) -> f32 {
        let row = exposed.height / 3 * exposed.width;
        let row = &exposed.pixels[row..row + exposed.width];
        row.windows(2)
            .map(|p| (p[0][1] - p[1][1]).abs())
            .fold(0.0, f32::max)
    }

    #[test]
    fn fog_takes_contrast_and_moves_light_without_making_any() {
        let clean = scene(96, 64);
        let mut last = contrast(&clean);
        for amount in [0.2, 0.5, 0.9] {
            let mut fogged = scene(96, 64);
            pass(&mut fogged, &front(amount, 0.0, 0.0));
            assert!(contrast(&fogged) < last, "{amount}");
            last = contrast(&fogged);
            // Patches weigh bright and dark places differently.
            assert!((total(&fogged) / total(&clean) - 1.0).abs() < 0.12);
        }
        assert!(last < 0.7 * contrast(&clean), "{last}");
    }

    #[test]
    fn specks_only_take_light_and_drops_change_some_places_only() {
        let clean = scene(96, 64);
        let mut dirty = scene(96, 64);
        pass(&mut dirty, &front(0.0, 1.0, 0.0));
        assert!((0.5..0.97).contains(&(total(&dirty) / total(&clean))));
        let mut wet = scene(96, 64);
        pass(&mut wet, &front(0.0, 0.0, 0.7));
        let changed = wet.pixels.iter().zip(&clean.pixels);
        let changed = changed.filter(|(a, b)| a != b).count() as f32 / (96.0 * 64.0);
        assert!((0.05..0.8).contains(&changed), "{changed}");
    }

    #[test]
    fn the_same_lens_is_on_pictures_of_all_sizes() {
        let mean = |width: usize, height: usize| {
            let mut dirty = scene(width, height);
            pass(&mut dirty, &front(0.0, 0.8, 0.0));
            // The top left quarter, where the scene is even.
            let clean = scene(width, height);
            let mut sum = 0.0;
            for y in 0..height / 4 {
                for x in 0..width / 4 {
                    let index = y * width + x;
                    sum += dirty.pixels[index][1] / clean.pixels[index][1];
                }
            }
            sum / (height / 4 * (width / 4)) as f32
        };
        assert!((mean(96, 64) - mean(288, 192)).abs() < 0.03);
    }
}
