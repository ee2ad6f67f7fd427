//! How much a stretched GGX lobe reflects: its directional albedo depends on the azimuth, too.
use super::ggx::{ALPHA_MIN, Albedo, integrate, stretched};
use glam::Vec3A;
use std::{f32::consts::FRAC_PI_2, sync::OnceLock};

const ROUGHNESSES: usize = 16;
const ANISOTROPIES: usize = 6;
const AZIMUTHS: usize = 6;
const COSINES: usize = 16;
/// Samples per entry; with these the table is exact to a percent.
const POINTS: u32 = 128;

/// Directional albedo by roughness, anisotropy, azimuth and cosine, and its mean by the first two.
#[derive(Debug)]
pub(crate) struct StretchTable {
    /// `[roughness][anisotropy][cos² azimuth][√cosine]`.
    directional: Vec<Slice>,
    mean: Vec<Albedo>,
}

type Slice = [[Albedo; COSINES]; AZIMUTHS];

impl StretchTable {
    /// The table, computed when the first stretched lobe asks for it (some tens of milliseconds) and the same ever after.
    pub(crate) fn get() -> &'static Self {
        static TABLE: OnceLock<StretchTable> = OnceLock::new();
        TABLE.get_or_init(Self::compute)
    }

    fn compute() -> Self {
        let cells = ROUGHNESSES * ANISOTROPIES;
        let (mut directional, mut mean) = (Vec::with_capacity(cells), Vec::with_capacity(cells));
        for cell in 0..cells {
            let roughness = (cell / ANISOTROPIES) as f32 / (ROUGHNESSES - 1) as f32;
            let anisotropy = (cell % ANISOTROPIES) as f32 / (ANISOTROPIES - 1) as f32;
            let alpha = stretched((roughness * roughness).max(ALPHA_MIN), anisotropy);
            let slice: Slice = std::array::from_fn(|row| {
                let cos = (row as f32 / (AZIMUTHS - 1) as f32).sqrt();
                let sin = (1.0 - cos * cos).max(0.0).sqrt();
                std::array::from_fn(|column| {
                    let x = column as f32 / (COSINES - 1) as f32;
                    let z = (x * x).max(1e-4);
                    let sine = (1.0 - z * z).max(0.0).sqrt();
                    integrate(Vec3A::new(sine * cos, sine * sin, z), alpha, POINTS)
                })
            });
            mean.push(mean_of(&slice));
            directional.push(slice);
        }
        Self { directional, mean }
    }

    /// Fraction reflected of light from (or to) a direction above the surface.
    pub(crate) fn directional(&self, w: Vec3A, alpha: f32, anisotropy: f32) -> Albedo {
        blend(alpha, anisotropy, |cell| {
            look_up(&self.directional[cell], w)
        })
    }

    /// Fraction reflected of light that comes evenly from the whole hemisphere.
    pub(crate) fn mean(&self, alpha: f32, anisotropy: f32) -> Albedo {
        blend(alpha, anisotropy, |cell| self.mean[cell])
    }
}

/// Between the four cells around a roughness and an anisotropy.
fn blend(alpha: f32, anisotropy: f32, at: impl Fn(usize) -> Albedo) -> Albedo {
    let (row, v) = between(alpha.sqrt().min(1.0), ROUGHNESSES);
    let (column, w) = between(anisotropy, ANISOTROPIES);
    let cell = row * ANISOTROPIES + column;
    let low = at(cell).mix(at(cell + 1), w);
    let high = at(cell + ANISOTROPIES).mix(at(cell + ANISOTROPIES + 1), w);
    low.mix(high, v)
}

fn look_up(slice: &Slice, w: Vec3A) -> Albedo {
    let (x, y) = (w.x * w.x, w.y * w.y);
    let (row, v) = between(if x + y > 0.0 { x / (x + y) } else { 0.5 }, AZIMUTHS);
    let (column, along) = between(w.z.clamp(0.0, 1.0).sqrt(), COSINES);
    let at = |row: usize| slice[row][column].mix(slice[row][column + 1], along);
    at(row).mix(at(row + 1), v)
}

/// Entry below and weight of the one above for `x` in `[0, 1]`.
fn between(x: f32, count: usize) -> (usize, f32) {
    let at = x * (count - 1) as f32;
    let below = (at as usize).min(count - 2);
    (below, at - below as f32)
}

/// Cosine-weighted mean over a quarter of the hemisphere; the others are alike.
fn mean_of(slice: &Slice) -> Albedo {
    const STEPS: usize = 48;
    let (mut full, mut edge) = (0.0_f64, 0.0_f64);
    for turn in 0..STEPS {
        let (sin, cos) = ((turn as f32 + 0.5) / STEPS as f32 * FRAC_PI_2).sin_cos();
        for height in 0..STEPS {
            // cos = x², as the table is spaced: weight 2 cos d cos = 4 x³ dx.
            let x = (height as f32 + 0.5) / STEPS as f32;
            let z = x * x;
            let sine = (1.0 - z * z).sqrt();
            let albedo = look_up(slice, Vec3A::new(sine * cos, sine * sin, z));
            let weight = f64::from(4.0 * x * x * x);
            full += weight * f64::from(albedo.full);
            edge += weight * f64::from(albedo.edge);
        }
    }
    let count = (STEPS * STEPS) as f64;
    Albedo {
        full: (full / count) as f32,
        edge: (edge / count) as f32,
    }
}
