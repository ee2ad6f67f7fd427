//! Height and BMI, solved for: the shape whose measured height and volume are the asked ones.
//!
//! With age, sex, muscle and proportions fixed, the body is bilinear in MakeHuman's weight and height sliders on each of their
//! segments, so nine combined meshes are summed once and every trial of the solver costs two or three vector sums.
//! The height slider's own range is narrow: what it cannot reach is made up by scaling the whole body evenly.

use glam::{DVec3, Vec3};

use super::BodyModel;
use super::phenotype::{Phenotype, WEIGHTS, on_line};

/// Mean density of a living body with air in the lungs, kg/m³ (rounded from Krzywicki & Chinn 1967's 1.06 g/cm³ without air and ~4 l of air).
pub const DENSITY_KG_PER_M3: f64 = 1000.0;

/// A shaped body in its rest pose, feet wherever the mesh has them.
#[derive(Debug, Clone)]
pub struct Figure {
    /// `[19158]`, metres.
    pub positions: Vec<Vec3>,
    /// Measured on `positions`: lowest to highest skin vertex.
    pub height_cm: f64,
    /// Volume inside the skin × [`DENSITY_KG_PER_M3`].
    pub mass_kg: f64,
    /// From the two above.
    pub bmi_kg_m2: f64,
    /// The body was scaled by this after the sliders ran out.
    pub scale: f64,
}

/// How far the weight slider may leave MakeHuman's own range: light and heavy bodies just outside it still look like people.
const WEIGHT_SLIDER: (f64, f64) = (-0.15, 1.35);

struct Basis {
    /// Base mesh, ancestry, local shape.
    fixed: Vec<Vec3>,
    /// One per corner of the weight axis.
    weight: [Vec<Vec3>; 3],
    /// Per corner of the weight axis, displacement at full minimum and maximum height.
    height: [[Vec<Vec3>; 2]; 3],
}

/// Solves for `height_cm` and `bmi_kg_m2`; `shape` adds local targets (identity) before anything is measured.
///
/// Where the weight slider ends before the asked BMI, the nearest reachable body is returned and its measured values say so.
///
/// # Determinism
/// Fixed iteration counts and summation order; the same input gives the same bits.
pub fn solve(
    model: &BodyModel,
    phenotype: &Phenotype,
    shape: impl Fn(&mut [Vec3]),
    height_cm: f64,
    bmi_kg_m2: f64,
) -> Figure {
    let basis = Basis::new(model, phenotype, shape);
    let height_m = height_cm / 100.0;
    let goal_volume = bmi_kg_m2 * height_m * height_m / DENSITY_KG_PER_M3;
    let triangles = skin_triangles(model);
    let skin = skin_vertex_count(model);

    let attempt = |weight: f64| {
        let positions = basis.at_height(weight, height_m, skin);
        let scale = height_m / height_of(&positions[..skin]);
        let volume = volume_of(&positions, &triangles) * scale.powi(3);
        (positions, scale, volume)
    };
    // Volume grows with the slider: bisect. 18 halvings of 1.5 leave 6e-6 of the slider, below 0.001 BMI.
    let (mut low, mut high) = WEIGHT_SLIDER;
    for _ in 0..18 {
        let middle = 0.5 * (low + high);
        if attempt(middle).2 < goal_volume {
            low = middle;
        } else {
            high = middle;
        }
    }
    let (mut positions, scale, volume) = attempt(0.5 * (low + high));
    for position in &mut positions {
        *position *= scale as f32;
    }
    let mass_kg = volume * DENSITY_KG_PER_M3;
    let measured_m = height_of(&positions[..skin]);
    Figure {
        positions,
        height_cm: measured_m * 100.0,
        mass_kg,
        bmi_kg_m2: mass_kg / (measured_m * measured_m),
        scale,
    }
}

impl Basis {
    fn new(model: &BodyModel, phenotype: &Phenotype, shape: impl Fn(&mut [Vec3])) -> Self {
        let mut fixed = model.base.clone();
        for (name, weight) in phenotype.ancestry_targets() {
            add(model, &name, weight, &mut fixed);
        }
        shape(&mut fixed);
        let zero = || vec![Vec3::ZERO; model.base.len()];
        let mut basis = Self {
            fixed,
            weight: std::array::from_fn(|_| zero()),
            height: std::array::from_fn(|_| std::array::from_fn(|_| zero())),
        };
        let (proportion, proportion_weight) = phenotype.proportion();
        for (corner, weight_name) in WEIGHTS.iter().enumerate() {
            for (name, weight) in phenotype.build_corners(weight_name) {
                add(
                    model,
                    &format!("macrodetails/universal-{name}"),
                    weight,
                    &mut basis.weight[corner],
                );
                add(
                    model,
                    &format!("macrodetails/proportions/{name}-{proportion}"),
                    weight * proportion_weight,
                    &mut basis.weight[corner],
                );
                add(
                    model,
                    &format!("macrodetails/height/{name}-minheight"),
                    weight,
                    &mut basis.height[corner][0],
                );
                add(
                    model,
                    &format!("macrodetails/height/{name}-maxheight"),
                    weight,
                    &mut basis.height[corner][1],
                );
            }
        }
        basis
    }

    /// The body at a weight slider (½ average) and signed height slider (−1 shortest … 1 tallest).
    fn at(&self, weight: f64, height: f64) -> Vec<Vec3> {
        let corners = extended_corners(weight);
        let side = usize::from(height > 0.0);
        let tall = height.abs() as f32;
        let mut positions = self.fixed.clone();
        for (corner, &w) in corners.iter().enumerate() {
            if w != 0.0 {
                let w = w as f32;
                for ((position, &by_weight), &by_height) in positions
                    .iter_mut()
                    .zip(&self.weight[corner])
                    .zip(&self.height[corner][side])
                {
                    *position += (by_weight + by_height * tall) * w;
                }
            }
        }
        positions
    }

    /// Height is piecewise linear in its slider up to which vertex is highest: two secant steps are enough.
    fn at_height(&self, weight: f64, height_m: f64, skin: usize) -> Vec<Vec3> {
        let measure = |slider: f64| height_of(&self.at(weight, slider)[..skin]);
        let plain = measure(0.0);
        let side = if height_m < plain { -1.0 } else { 1.0 };
        let end = measure(side);
        if (end - plain).abs() < 1e-6 {
            return self.at(weight, 0.0);
        }
        let mut slider = ((height_m - plain) / (end - plain)).clamp(0.0, 1.0) * side;
        let reached = measure(slider);
        if slider != 0.0 && (reached - plain).abs() > 1e-6 {
            slider = (slider * (height_m - plain) / (reached - plain)).clamp(-1.0, 1.0);
        }
        self.at(weight, slider)
    }
}

/// Corner weights of the weight slider, continued linearly a little beyond both ends.
fn extended_corners(slider: f64) -> [f64; 3] {
    if slider < 0.0 {
        [1.0 - 2.0 * slider, 2.0 * slider, 0.0]
    } else if slider > 1.0 {
        [0.0, 2.0 - 2.0 * slider, 2.0 * slider - 1.0]
    } else {
        on_line(slider, [0.0, 0.5, 1.0])
    }
}

fn add(model: &BodyModel, name: &str, weight: f32, positions: &mut [Vec3]) {
    // Some corners have no target of their own (a baby's proportions): they mean "no change".
    if weight != 0.0
        && let Some(target) = model.target(name)
    {
        target.add(positions, weight);
    }
}

fn skin_vertex_count(model: &BodyModel) -> usize {
    model
        .quads
        .iter()
        .flat_map(|q| &q[..4])
        .max()
        .map_or(0, |&v| v as usize + 1)
}

fn skin_triangles(model: &BodyModel) -> Vec<[usize; 3]> {
    let mut triangles = Vec::with_capacity(model.quads.len() * 2);
    for quad in &model.quads {
        let [a, b, c, d] = [quad[0], quad[1], quad[2], quad[3]].map(|v| v as usize);
        triangles.push([a, b, c]);
        if d != c {
            triangles.push([a, c, d]);
        }
    }
    triangles
}

/// Extent along y, metres.
fn height_of(skin: &[Vec3]) -> f64 {
    let (low, high) = skin.iter().fold((f32::MAX, f32::MIN), |(low, high), p| {
        (low.min(p.y), high.max(p.y))
    });
    f64::from(high - low)
}

/// Volume inside a closed mesh, m³: sum of signed tetrahedra (divergence theorem), relative to a point inside to keep small holes harmless.
fn volume_of(positions: &[Vec3], triangles: &[[usize; 3]]) -> f64 {
    let inside = positions
        .first()
        .map_or(DVec3::ZERO, |p| DVec3::new(0.0, f64::from(p.y), 0.0));
    let at = |i: usize| positions[i].as_dvec3() - inside;
    triangles
        .iter()
        .map(|&[a, b, c]| at(a).dot(at(b).cross(at(c))))
        .sum::<f64>()
        / 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tetrahedron_has_a_sixth_of_its_box() {
        let positions = [Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::Z];
        let triangles = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
        assert!((volume_of(&positions, &triangles) - 1.0 / 6.0).abs() < 1e-9);
    }

    #[test]
    fn the_weight_axis_continues_linearly_beyond_its_ends() {
        for slider in [-0.15, 0.0, 0.3, 0.5, 0.8, 1.0, 1.35] {
            assert!((extended_corners(slider).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(extended_corners(1.0), [0.0, 0.0, 1.0]);
        assert_eq!(extended_corners(1.25), [0.0, -0.5, 1.5]);
    }
}
