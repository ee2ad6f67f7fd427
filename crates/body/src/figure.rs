//! Height and BMI, solved for: the shape whose measured height and volume are the asked ones.
//!
//! With age, sex, muscle and proportions fixed, the body is bilinear in MakeHuman's weight and height sliders on each of their
//! segments, so nine combined meshes are summed once and every trial of the solver costs two or three vector sums.
//! The height slider's own range is narrow: what it cannot reach is made up by scaling the whole body evenly.
//!
//! MakeHuman's thinnest and heaviest shapes are those without muscle: with average muscle, its weight slider ends at a BMI of about 23.
//! Where it ends, muscle gives way, and then the slider goes on a little beyond its range; see `Build`.

use std::cell::OnceCell;

use glam::{DVec3, Vec3};

use crate::BodyModel;
use crate::phenotype::{Phenotype, WEIGHTS, weight_corners};

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

impl Figure {
    /// A body that has its shape already: `positions` in the rest pose, `[19158]`, metres, which was scaled by `scale` as a whole.
    pub fn measured(model: &BodyModel, positions: Vec<Vec3>, scale: f64) -> Self {
        let height_m = height_of(&positions[..model.skin_vertices]);
        let mass_kg = volume_of(&positions, &model.skin_triangles) * DENSITY_KG_PER_M3;
        Self {
            positions,
            height_cm: height_m * 100.0,
            mass_kg,
            bmi_kg_m2: mass_kg / (height_m * height_m),
            scale,
        }
    }
}

/// From the lightest to the heaviest build, see [`Build`]: beyond these, people stop looking like people.
const BUILDS: (f64, f64) = (-1.15, 2.75);

/// How much a body weighs for its height, as corners of the macro targets. `t` in `[0, 1]` is MakeHuman's weight slider at the asked muscle;
/// from there to −1 and 2 muscle fades, at the slider's end; beyond, the slider of a body without muscle leaves its range.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Build {
    /// Weights of the corners of the weight axis at the asked muscle.
    asked: [f64; 3],
    /// The same without muscle.
    slack: [f64; 3],
}

impl Build {
    fn at(t: f64) -> Self {
        let faded = if t < 0.0 { -t } else { t - 1.0 }.clamp(0.0, 1.0);
        let beyond = if t < -1.0 {
            t + 1.0
        } else if t > 2.0 {
            t - 1.0
        } else {
            t.clamp(0.0, 1.0)
        };
        let corners = weight_corners(beyond);
        Self {
            asked: corners.map(|w| w * (1.0 - faded)),
            slack: corners.map(|w| w * faded),
        }
    }

    /// Whether a body without muscle takes part.
    fn is_slack(&self) -> bool {
        self.slack != [0.0; 3]
    }
}

struct Basis<'a> {
    /// Base mesh, ancestry, local shape.
    fixed: Vec<Vec3>,
    asked: Corners,
    /// Summed at first need: few bodies are so thin or heavy.
    slack: OnceCell<Corners>,
    make_slack: Box<dyn Fn() -> Corners + 'a>,
    skin_vertices: usize,
}

/// Meshes along the weight axis at one muscle.
#[derive(Default)]
struct Corners {
    /// One per corner of the weight axis.
    weight: [Vec<Vec3>; 3],
    /// Per corner of the weight axis, displacement at full minimum and maximum height.
    height: [[Vec<Vec3>; 2]; 3],
}

/// Solves for `height_cm` and `bmi_kg_m2`; `shape` adds local targets (identity) before anything is measured.
///
/// Where the builds end before the asked BMI, the nearest reachable body is returned and its measured values say so.
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

    let attempt = |t: f64| {
        let build = Build::at(t);
        let positions = basis.at(build, basis.slider_for_height(build, height_m));
        let scale = height_m / height_of(&positions[..model.skin_vertices]);
        let volume = volume_of(&positions, &model.skin_triangles) * scale.powi(3);
        (positions, scale, volume)
    };
    let (mut positions, scale, volume) = solve_for(goal_volume, BUILDS, attempt, |a| a.2);
    for position in &mut positions {
        *position *= scale as f32;
    }
    let mass_kg = volume * DENSITY_KG_PER_M3;
    let measured_m = height_of(&positions[..model.skin_vertices]);
    Figure {
        positions,
        height_cm: measured_m * 100.0,
        mass_kg,
        bmi_kg_m2: mass_kg / (measured_m * measured_m),
        scale,
    }
}

/// The attempt whose `measure`, which grows, is `goal` to a millionth, or the one at the end of the `range` that is nearest to it.
///
/// The Illinois method (Dowell & Jarratt 1971): as safe as bisection, as each step keeps the goal between its ends, in a third of the steps.
fn solve_for<T>(
    goal: f64,
    range: (f64, f64),
    attempt: impl Fn(f64) -> T,
    measure: impl Fn(&T) -> f64,
) -> T {
    let off = |made: &T| measure(made) / goal - 1.0;
    let (first, last) = (attempt(range.0), attempt(range.1));
    let (mut low, mut high) = ((range.0, off(&first)), (range.1, off(&last)));
    if low.1 >= 0.0 {
        return first;
    }
    if high.1 <= 0.0 {
        return last;
    }
    let mut made = first;
    let mut kept_high = None;
    for _ in 0..40 {
        let x = (low.0 * high.1 - high.0 * low.1) / (high.1 - low.1);
        made = attempt(x);
        let error = off(&made);
        if error.abs() < 1e-6 {
            break;
        }
        // An end that stays twice in a row pulls half as hard, or the other would only creep towards the goal.
        if error < 0.0 {
            low = (x, error);
            if kept_high == Some(true) {
                high.1 *= 0.5;
            }
            kept_high = Some(true);
        } else {
            high = (x, error);
            if kept_high == Some(false) {
                low.1 *= 0.5;
            }
            kept_high = Some(false);
        }
    }
    made
}

impl<'a> Basis<'a> {
    fn new(model: &'a BodyModel, phenotype: &Phenotype, shape: impl Fn(&mut [Vec3])) -> Self {
        let mut fixed = model.base.clone();
        for (name, weight) in phenotype.ancestry_targets() {
            add(model, &name, weight, &mut fixed);
        }
        shape(&mut fixed);
        let slack = Phenotype {
            muscle: 0.0,
            ..phenotype.clone()
        };
        Self {
            fixed,
            asked: Corners::new(model, phenotype),
            slack: OnceCell::new(),
            make_slack: Box::new(move || Corners::new(model, &slack)),
            skin_vertices: model.skin_vertices,
        }
    }

    fn slack(&self) -> &Corners {
        self.slack.get_or_init(&self.make_slack)
    }

    /// Each corner that takes part, with its weight.
    fn parts(&self, build: Build) -> impl Iterator<Item = (f32, &Corners, usize)> {
        let slack = build.is_slack().then(|| self.slack());
        let asked = build
            .asked
            .into_iter()
            .enumerate()
            .map(|(i, w)| (w as f32, Some(&self.asked), i));
        let slack = build
            .slack
            .into_iter()
            .enumerate()
            .map(move |(i, w)| (w as f32, slack, i));
        asked
            .chain(slack)
            .filter(|(w, ..)| *w != 0.0)
            .filter_map(|(w, corners, i)| Some((w, corners?, i)))
    }

    /// The body of a build and signed height slider (−1 shortest … 1 tallest).
    fn at(&self, build: Build, height: f64) -> Vec<Vec3> {
        let side = usize::from(height > 0.0);
        let tall = height.abs() as f32;
        let mut positions = self.fixed.clone();
        for (w, corners, corner) in self.parts(build) {
            for ((position, &by_weight), &by_height) in positions
                .iter_mut()
                .zip(&corners.weight[corner])
                .zip(&corners.height[corner][side])
            {
                *position += (by_weight + by_height * tall) * w;
            }
        }
        positions
    }

    /// Height is piecewise linear in its slider up to which vertex is highest: two secant steps are enough.
    fn slider_for_height(&self, build: Build, height_m: f64) -> f64 {
        let measure = |slider: f64| self.height(build, slider);
        let plain = measure(0.0);
        let side = if height_m < plain { -1.0 } else { 1.0 };
        let end = measure(side);
        if (end - plain).abs() < 1e-6 {
            return 0.0;
        }
        let slider = ((height_m - plain) / (end - plain)).clamp(0.0, 1.0) * side;
        let reached = measure(slider);
        if slider != 0.0 && (reached - plain).abs() > 1e-6 {
            (slider * (height_m - plain) / (reached - plain)).clamp(-1.0, 1.0)
        } else {
            slider
        }
    }

    /// [`height_of`] the skin of [`Basis::at`], to the bit.
    fn height(&self, build: Build, height: f64) -> f64 {
        const LANES: usize = 16;
        let side = usize::from(height > 0.0);
        let tall = height.abs() as f32;
        let parts: Vec<_> = self.parts(build).collect();
        let (mut low, mut high) = ([f32::MAX; LANES], [f32::MIN; LANES]);
        for start in (0..self.skin_vertices).step_by(LANES) {
            let range = start..(start + LANES).min(self.skin_vertices);
            let mut y = [0.0; LANES];
            let y = &mut y[..range.len()];
            for (y, position) in y.iter_mut().zip(&self.fixed[range.clone()]) {
                *y = position.y;
            }
            for &(w, corners, corner) in &parts {
                for ((y, by_weight), by_height) in y
                    .iter_mut()
                    .zip(&corners.weight[corner][range.clone()])
                    .zip(&corners.height[corner][side][range.clone()])
                {
                    *y += (by_weight.y + by_height.y * tall) * w;
                }
            }
            for ((y, low), high) in y.iter().zip(&mut low).zip(&mut high) {
                *low = if *y < *low { *y } else { *low };
                *high = if *y > *high { *y } else { *high };
            }
        }
        let low = low.into_iter().fold(f32::MAX, f32::min);
        let high = high.into_iter().fold(f32::MIN, f32::max);
        f64::from(high - low)
    }
}

impl Corners {
    fn new(model: &BodyModel, phenotype: &Phenotype) -> Self {
        let zero = || vec![Vec3::ZERO; model.base.len()];
        let mut made = Self {
            weight: std::array::from_fn(|_| zero()),
            height: std::array::from_fn(|_| std::array::from_fn(|_| zero())),
        };
        let (proportion, proportion_weight) = phenotype.proportion();
        for (corner, weight_name) in WEIGHTS.iter().enumerate() {
            for (name, weight) in phenotype.build_corners(weight_name) {
                let put = |target: String, weight: f32, to: &mut Vec<Vec3>| {
                    add(model, &target, weight, to);
                };
                put(
                    format!("macrodetails/universal-{name}"),
                    weight,
                    &mut made.weight[corner],
                );
                put(
                    format!("macrodetails/proportions/{name}-{proportion}"),
                    weight * proportion_weight,
                    &mut made.weight[corner],
                );
                let [short, tall] = &mut made.height[corner];
                put(
                    format!("macrodetails/height/{name}-minheight"),
                    weight,
                    short,
                );
                put(
                    format!("macrodetails/height/{name}-maxheight"),
                    weight,
                    tall,
                );
            }
        }
        made
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

/// Extent along y, metres.
fn height_of(skin: &[Vec3]) -> f64 {
    let (low, high) = skin.iter().fold((f32::MAX, f32::MIN), |(low, high), p| {
        (low.min(p.y), high.max(p.y))
    });
    f64::from(high - low)
}

/// Volume inside a closed mesh, m³: sum of signed tetrahedra (divergence theorem), relative to a point inside to keep small holes harmless.
fn volume_of(positions: &[Vec3], triangles: &[[u32; 3]]) -> f64 {
    let inside = positions
        .first()
        .map_or(DVec3::ZERO, |p| DVec3::new(0.0, f64::from(p.y), 0.0));
    let at = |i: u32| positions[i as usize].as_dvec3() - inside;
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
        let triangles = [[0_u32, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
        assert!((volume_of(&positions, &triangles) - 1.0 / 6.0).abs() < 1e-9);
    }

    #[test]
    fn solving_finds_the_goal_in_few_steps_or_the_nearest_end() {
        let steps = std::cell::Cell::new(0);
        let cube = |x: f64| {
            steps.set(steps.get() + 1);
            (x, (1.0 + x).powi(3))
        };
        for goal in [0.7, 1.0, 2.0, 5.0, 12.0] {
            steps.set(0);
            let (x, _) = solve_for(goal, (-0.15, 1.35), cube, |made| made.1);
            assert!((x - (goal.cbrt() - 1.0)).abs() < 1e-5, "{goal}: {x}");
            assert!(steps.get() <= 10, "{goal} took {} steps", steps.get());
        }
        assert_eq!(solve_for(0.1, (-0.15, 1.35), cube, |made| made.1).0, -0.15);
        assert_eq!(solve_for(99.0, (-0.15, 1.35), cube, |made| made.1).0, 1.35);
    }

    #[test]
    fn heights_measured_on_y_alone_are_those_of_the_whole_body() {
        // Any numbers will do; the bits must agree, or the solver would miss what it measured.
        let wavy = |seed: f32, n: usize| -> Vec<Vec3> {
            (0..n)
                .map(|i| Vec3::new(0.0, (seed + i as f32 * 0.37).sin(), 0.0))
                .collect()
        };
        let corners = |seed: f32, n: usize| Corners {
            weight: [seed, seed + 1.0, seed + 2.0].map(|seed| wavy(seed, n)),
            height: [4.0, 5.0, 6.0].map(|more| [wavy(seed + more, n), wavy(seed + more + 0.5, n)]),
        };
        for n in [5, 16, 37] {
            let basis = Basis {
                fixed: wavy(0.5, n),
                asked: corners(1.0, n),
                slack: OnceCell::new(),
                make_slack: Box::new(move || corners(11.0, n)),
                skin_vertices: n,
            };
            for (t, height) in [(0.2, 0.3), (0.7, -0.9), (-0.4, 0.0), (1.2, 1.0), (2.5, 0.4)] {
                let build = Build::at(t);
                assert_eq!(
                    basis.height(build, height),
                    height_of(&basis.at(build, height))
                );
            }
        }
    }

    #[test]
    fn builds_are_continuous_and_their_weights_sum_to_one() {
        let corners = |t: f64| {
            let build = Build::at(t);
            [build.asked, build.slack].concat()
        };
        let mut before = corners(BUILDS.0);
        for step in 1..=3900 {
            let now = corners(BUILDS.0 + f64::from(step) * 1e-3);
            assert!((now.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let jump = now
                .iter()
                .zip(&before)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(jump < 5e-3, "a jump of {jump} at {step}");
            before = now;
        }
        assert_eq!(Build::at(0.5).asked, [0.0, 1.0, 0.0]);
        assert_eq!(Build::at(2.0).slack, [0.0, 0.0, 1.0]);
        assert!(!Build::at(1.0).is_slack());
    }

    #[test]
    fn the_weight_axis_continues_linearly_beyond_its_ends() {
        for slider in [-0.15, 0.0, 0.3, 0.5, 0.8, 1.0, 1.35] {
            assert!((weight_corners(slider).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(weight_corners(1.0), [0.0, 0.0, 1.0]);
        assert_eq!(weight_corners(1.25), [0.0, -0.5, 1.5]);
    }
}
