//! The GGX microfacet lobe and how much light it reflects in all.
//!
//! Distribution and height-correlated masking: Heitz 2014, "Understanding the Masking-Shadowing Function in Microfacet-Based BRDFs". Sampling of
//! visible normals: Dupuy & Benyoub 2023, "Sampling Visible GGX Normals with Spherical Caps". Fresnel: Schlick 1994, which is linear in its two
//! end values, so that two tables give the directional albedo of every colour.
//!
//! Lobes may be stretched: `alpha` is the width along x and along y (Burley 2012, "Physically-Based Shading at Disney").
use super::stretch::StretchTable;
use glam::{Vec2, Vec3A};
use std::{f32::consts::PI, sync::OnceLock};

/// Smoothest lobe, roughness 0.02.
pub(crate) const ALPHA_MIN: f32 = 0.0004;

/// `(1 − cos)^5`.
#[inline]
pub(crate) fn schlick(cosine: f32) -> f32 {
    let x = (1.0 - cosine).clamp(0.0, 1.0);
    let square = x * x;
    square * square * x
}

/// Reflectance of a dielectric seen head-on.
pub(crate) fn f0_of(ior: f32) -> f32 {
    let ratio = (ior - 1.0) / (ior + 1.0);
    ratio * ratio
}

/// Widths along x and y of a lobe of mean width `alpha`, stretched along x.
pub(crate) fn stretched(alpha: f32, anisotropy: f32) -> Vec2 {
    let aspect = (1.0 - 0.9 * anisotropy).sqrt();
    Vec2::new(alpha / aspect, alpha * aspect).max(Vec2::splat(ALPHA_MIN))
}

/// Smith's Λ of a direction on either side of the surface.
#[inline]
pub(crate) fn lambda(w: Vec3A, alpha: Vec2) -> f32 {
    let (x, y) = (alpha.x * w.x, alpha.y * w.y);
    0.5 * ((1.0 + (x * x + y * y) / (w.z * w.z)).sqrt() - 1.0)
}

/// Density of microfacet normals.
#[inline]
pub(crate) fn distribution(h: Vec3A, alpha: Vec2) -> f32 {
    // 1 − cos² from the sine: exact for the smoothest lobes.
    let (x, y) = (h.x * alpha.y, h.y * alpha.x);
    let squared = alpha.x * alpha.y;
    let d = (x * x + y * y) / squared + squared * h.z * h.z;
    squared / (PI * d * d)
}

/// Reflection without Fresnel, and its density; `o`, `i` above the horizon. Returns (value × cos, density, cosine between half vector and direction).
#[inline]
pub(crate) fn evaluate(o: Vec3A, i: Vec3A, alpha: Vec2) -> (f32, f32, f32) {
    let h = (o + i).normalize();
    let d = distribution(h, alpha);
    let (lambda_o, lambda_i) = (lambda(o, alpha), lambda(i, alpha));
    let common = d / (4.0 * o.z);
    (
        common / (1.0 + lambda_o + lambda_i),
        common / (1.0 + lambda_o),
        o.dot(h),
    )
}

/// A microfacet normal visible from `o`.
pub(crate) fn sample_normal(o: Vec3A, alpha: Vec2, u: [f32; 2]) -> Vec3A {
    let stretched = Vec3A::new(o.x * alpha.x, o.y * alpha.y, o.z).normalize();
    let (sin, cos) = (2.0 * PI * u[0]).sin_cos();
    let z = (1.0 - u[1]) * (1.0 + stretched.z) - stretched.z;
    let radius = (1.0 - z * z).max(0.0).sqrt();
    let h = Vec3A::new(radius * cos, radius * sin, z) + stretched;
    Vec3A::new(h.x * alpha.x, h.y * alpha.y, h.z.max(1e-9)).normalize()
}

/// A reflected direction and its value ÷ density without Fresnel (masking only); `None` below the horizon.
pub(crate) fn sample(o: Vec3A, alpha: Vec2, u: [f32; 2]) -> Option<Vec3A> {
    let h = sample_normal(o, alpha, u);
    let i = h * (2.0 * o.dot(h)) - o;
    (i.z > 1e-6).then_some(i)
}

/// Fractions of light a lobe reflects: `full` with Fresnel 1, `edge` with Fresnel `(1 − cos)^5`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Albedo {
    pub(crate) full: f32,
    pub(crate) edge: f32,
}

impl Albedo {
    #[inline]
    pub(crate) fn mix(self, other: Self, weight: f32) -> Self {
        Self {
            full: self.full + (other.full - self.full) * weight,
            edge: self.edge + (other.edge - self.edge) * weight,
        }
    }

    /// With Schlick's Fresnel between `f0` and `f90`: `∫ F D G₂ / (4 cos o cos i) cos i di`.
    #[inline]
    pub(crate) fn with(self, f0: f32, f90: f32) -> f32 {
        f0 * (self.full - self.edge) + f90 * self.edge
    }
}

/// A point of a set of `count` that covers the unit square evenly (Hammersley).
pub(crate) fn hammersley(k: u32, count: u32) -> [f32; 2] {
    [
        (k as f32 + 0.5) / count as f32,
        k.reverse_bits() as f32 / 4_294_967_296.0,
    ]
}

/// What a lobe reflects of light from `o`, by `points` samples.
pub(crate) fn integrate(o: Vec3A, alpha: Vec2, points: u32) -> Albedo {
    let (mut full, mut edge) = (0.0_f64, 0.0_f64);
    for k in 0..points {
        if let Some(i) = sample(o, alpha, hammersley(k, points)) {
            let (value, density, cosine) = evaluate(o, i, alpha);
            full += f64::from(value / density);
            edge += f64::from(value / density * schlick(cosine));
        }
    }
    Albedo {
        full: (full / f64::from(points)) as f32,
        edge: (edge / f64::from(points)) as f32,
    }
}

const COSINES: usize = 32;
const ROUGHNESSES: usize = 32;

/// Directional albedo by cosine and roughness, and its cosine-weighted mean by roughness.
#[derive(Debug)]
pub(crate) struct AlbedoTable {
    /// `[roughness][sqrt cosine]`.
    directional: Vec<[Albedo; COSINES]>,
    mean: Vec<Albedo>,
}

impl AlbedoTable {
    /// The table, computed on first use (some milliseconds) and the same ever after.
    pub(crate) fn get() -> &'static Self {
        static TABLE: OnceLock<AlbedoTable> = OnceLock::new();
        TABLE.get_or_init(Self::compute)
    }

    fn compute() -> Self {
        let mut directional = vec![
            [Albedo {
                full: 0.0,
                edge: 0.0
            }; COSINES];
            ROUGHNESSES
        ];
        let mut mean = Vec::with_capacity(ROUGHNESSES);
        for (row, entries) in directional.iter_mut().enumerate() {
            let roughness = row as f32 / (ROUGHNESSES - 1) as f32;
            let alpha = (roughness * roughness).max(ALPHA_MIN);
            for (column, entry) in entries.iter_mut().enumerate() {
                let x = column as f32 / (COSINES - 1) as f32;
                let z = (x * x).max(1e-4);
                let o = Vec3A::new((1.0 - z * z).sqrt(), 0.0, z);
                *entry = integrate(o, Vec2::splat(alpha), 256);
            }
            // ∫ 2 cos E d cos with cos = x²: trapezoids in x, fine enough to be exact for the interpolated table.
            let table = |x: f32, pick: fn(&Albedo) -> f32| {
                let at = x * (COSINES - 1) as f32;
                let low = (at as usize).min(COSINES - 2);
                let w = at - low as f32;
                pick(&entries[low]) * (1.0 - w) + pick(&entries[low + 1]) * w
            };
            let average = |pick: fn(&Albedo) -> f32| {
                const STEPS: usize = 1024;
                let sum: f64 = (0..STEPS)
                    .map(|k| {
                        let x = (k as f32 + 0.5) / STEPS as f32;
                        f64::from(4.0 * x * x * x * table(x, pick))
                    })
                    .sum();
                (sum / STEPS as f64) as f32
            };
            mean.push(Albedo {
                full: average(|a| a.full),
                edge: average(|a| a.edge),
            });
        }
        Self { directional, mean }
    }
}

/// How much one lobe reflects of light from every direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reflected {
    table: &'static AlbedoTable,
    row: usize,
    /// Weight of the row above.
    w: f32,
    stretch: Option<Stretch>,
}

/// Where a stretched lobe lies in its own table.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    table: &'static StretchTable,
    alpha: f32,
    anisotropy: f32,
}

impl Reflected {
    /// Of a lobe of mean width `alpha`, stretched along x.
    #[inline]
    pub(crate) fn new(alpha: f32, anisotropy: f32) -> Self {
        let at = alpha.sqrt().min(1.0) * (ROUGHNESSES - 1) as f32;
        let row = (at as usize).min(ROUGHNESSES - 2);
        Self {
            table: AlbedoTable::get(),
            row,
            w: at - row as f32,
            stretch: (anisotropy > 0.0).then(|| Stretch {
                table: StretchTable::get(),
                alpha,
                anisotropy,
            }),
        }
    }

    /// Fraction reflected of light from (or to) a direction above the surface.
    #[inline]
    pub(crate) fn of(&self, w: Vec3A) -> Albedo {
        match &self.stretch {
            None => self.at(w.z),
            Some(stretch) => stretch
                .table
                .directional(w, stretch.alpha, stretch.anisotropy),
        }
    }

    /// The same by the cosine alone; a stretched lobe's is that of a round lobe as wide on average.
    #[inline]
    pub(crate) fn at(&self, cosine: f32) -> Albedo {
        let at = cosine.clamp(0.0, 1.0).sqrt() * (COSINES - 1) as f32;
        let column = (at as usize).min(COSINES - 2);
        let v = at - column as f32;
        let directional = &self.table.directional;
        let (a, b) = (&directional[self.row], &directional[self.row + 1]);
        let low = a[column].mix(a[column + 1], v);
        let high = b[column].mix(b[column + 1], v);
        low.mix(high, self.w)
    }

    /// Fraction reflected of light that comes evenly from the whole hemisphere.
    #[inline]
    pub(crate) fn mean(&self) -> Albedo {
        match &self.stretch {
            None => self.table.mean[self.row].mix(self.table.mean[self.row + 1], self.w),
            Some(stretch) => stretch.table.mean(stretch.alpha, stretch.anisotropy),
        }
    }
}
