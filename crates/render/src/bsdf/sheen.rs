//! Fuzz: fibres that stand on a surface and catch light at grazing angles.
//!
//! Estevez & Kulla 2017, "Production Friendly Microfacet Sheen BRDF": normals with density `(2 + 1/r) sin^(1/r) θ / 2π` and their fitted masking; sampled
//! evenly, as they advise. How much it reflects in all is tabulated.
use crate::sampling::luminance;
use glam::Vec3A;
use std::{
    f32::consts::{PI, TAU},
    sync::OnceLock,
};

/// Below this the lobe is a spike at the horizon.
const ROUGHNESS_MIN: f32 = 0.1;

/// Fuzz seen from one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fuzz {
    o: Vec3A,
    lambda_o: f32,
    roughness: f32,
    color: Vec3A,
    table: &'static SheenTable,
}

impl Fuzz {
    /// `o.z > 0`.
    pub(crate) fn new(sheen: &scene::material::Sheen, o: Vec3A) -> Self {
        let roughness = sheen.roughness.clamp(ROUGHNESS_MIN, 1.0);
        Self {
            o,
            lambda_o: lambda(o.z, roughness),
            roughness,
            color: Vec3A::from(sheen.color),
            table: SheenTable::get(),
        }
    }

    /// Fraction of light from (or to) a direction that the fuzz lets pass, whatever its colour.
    pub(crate) fn through(&self, cosine: f32) -> f32 {
        1.0 - self.color.max_element() * self.table.directional(cosine, self.roughness)
    }

    /// Fraction of light that the fuzz reflects, by luminance.
    pub(crate) fn reflects(&self) -> f32 {
        luminance(self.color) * self.table.directional(self.o.z, self.roughness)
    }

    /// Value × cosine, and density; `i.z > 0`.
    pub(crate) fn evaluate(&self, i: Vec3A) -> (Vec3A, f32) {
        let value = lobe(self.o, self.lambda_o, i, self.roughness);
        (self.color * value, 1.0 / TAU)
    }

    pub(crate) fn direction(u: [f32; 2]) -> Vec3A {
        let z = u[0];
        let radius = (1.0 - z * z).max(0.0).sqrt();
        let (sin, cos) = (TAU * u[1]).sin_cos();
        Vec3A::new(radius * cos, radius * sin, z)
    }
}

/// Value × cosine for white fuzz.
fn lobe(o: Vec3A, lambda_o: f32, i: Vec3A, roughness: f32) -> f32 {
    let h = (o + i).normalize_or(Vec3A::Z);
    let sine = (h.x * h.x + h.y * h.y).sqrt();
    let inverse = 1.0 / roughness;
    let distribution = (2.0 + inverse) * sine.powf(inverse) / TAU;
    distribution / ((1.0 + lambda_o + lambda(i.z, roughness)) * 4.0 * o.z)
}

/// The paper's fit of Λ.
fn lambda(cosine: f32, roughness: f32) -> f32 {
    let share = (1.0 - roughness) * (1.0 - roughness);
    let mix = |smooth: f32, rough: f32| rough + (smooth - rough) * share;
    let (a, b, c) = (
        mix(25.3245, 21.5473),
        mix(3.32435, 3.82987),
        mix(0.16801, 0.19823),
    );
    let (d, e) = (mix(-1.27393, -1.97760), mix(-4.85967, -4.32054));
    let l = |x: f32| a / (1.0 + b * x.powf(c)) + d * x + e;
    if cosine < 0.5 {
        l(cosine).exp()
    } else {
        (2.0 * l(0.5) - l(1.0 - cosine)).exp()
    }
}

const SIZE: usize = 24;

/// Directional albedo by roughness and cosine.
#[derive(Debug)]
struct SheenTable([[f32; SIZE]; SIZE]);

impl SheenTable {
    /// The table, computed when the first fuzz asks for it (some tens of milliseconds).
    fn get() -> &'static Self {
        static TABLE: OnceLock<SheenTable> = OnceLock::new();
        TABLE.get_or_init(|| {
            Self(std::array::from_fn(|row| {
                let share = row as f32 / (SIZE - 1) as f32;
                let roughness = ROUGHNESS_MIN + (1.0 - ROUGHNESS_MIN) * share;
                std::array::from_fn(|column| integrate(cosine_of(column), roughness))
            }))
        })
    }

    fn directional(&self, cosine: f32, roughness: f32) -> f32 {
        let between = |x: f32| {
            let at = x.clamp(0.0, 1.0) * (SIZE - 1) as f32;
            let below = (at as usize).min(SIZE - 2);
            (below, at - below as f32)
        };
        let (row, w) = between((roughness - ROUGHNESS_MIN) / (1.0 - ROUGHNESS_MIN));
        let (column, v) = between(cosine.max(0.0).sqrt());
        let at = |row: usize| self.0[row][column] * (1.0 - v) + self.0[row][column + 1] * v;
        at(row) * (1.0 - w) + at(row + 1) * w
    }
}

/// Denser towards the horizon, where fuzz is bright.
fn cosine_of(column: usize) -> f32 {
    let x = column as f32 / (SIZE - 1) as f32;
    (x * x).max(1e-4)
}

fn integrate(cosine: f32, roughness: f32) -> f32 {
    const RINGS: usize = 48;
    const TURNS: usize = 24;
    let o = Vec3A::new((1.0 - cosine * cosine).max(0.0).sqrt(), 0.0, cosine);
    let lambda_o = lambda(cosine, roughness);
    let mut sum = 0.0_f64;
    for ring in 0..RINGS {
        let z = (ring as f32 + 0.5) / RINGS as f32;
        let radius = (1.0 - z * z).sqrt();
        for turn in 0..TURNS {
            let (sin, cos) = (PI * (turn as f32 + 0.5) / TURNS as f32).sin_cos();
            let i = Vec3A::new(radius * cos, radius * sin, z);
            sum += f64::from(lobe(o, lambda_o, i, roughness));
        }
    }
    ((sum / (RINGS * TURNS) as f64) as f32 * TAU).min(1.0)
}
