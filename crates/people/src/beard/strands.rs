//! Strands of hair growing out of skin, one curve each.
use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::fibre::Strands;

/// Directions of a head in the world, unit length, at right angles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadAxes {
    /// To the person's left.
    pub left: Vec3,
    /// To the crown.
    pub up: Vec3,
    /// Where the face looks.
    pub forward: Vec3,
}

/// Where, how long and which way strands grow.
pub struct Growth<'a> {
    /// Expected growth at a UV of the body, `[0, 1]`; 0 is bare. Strands near an edge are shorter.
    pub density: &'a dyn Fn(Vec2) -> f32,
    /// The way strands lie at a UV and skin normal (any length, world space); only what is tangential counts.
    pub comb: &'a dyn Fn(Vec2, Vec3) -> Vec3,
    /// How many strands where density is 1, per square centimetre of skin.
    pub per_cm2: f32,
    /// Most strands in all; a larger face has no more.
    pub max_strands: usize,
    /// Length of a full-grown strand in metres.
    pub length_m: f32,
    /// Radius at the root in metres. Thinner than a pixel becomes noise, so draw hair (0.03–0.06 mm) somewhat thicker.
    pub radius_m: f32,
    /// How far strands stand off the skin where they leave it: 0 lying, 1 upright.
    pub lift: f32,
    /// How much of the lift is left at the tip, `[0, 1]`.
    pub tip_lift: f32,
    /// Disorder of directions, `[0, 1]`.
    pub disorder: f32,
    /// How strongly neighbouring tips are drawn together, `[0, 1]`.
    pub clumping: f32,
    /// Straight pieces per strand, 1 to 6.
    pub segments: usize,
}

impl std::fmt::Debug for Growth<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Growth")
            .field("per_cm2", &self.per_cm2)
            .field("length_m", &self.length_m)
            .finish_non_exhaustive()
    }
}

/// Width of a clump in metres, at the roots.
const CLUMP_M: f32 = 0.0028;

/// Grows strands on `skin`: the posed body or a part of it in the world, with unit normals and the body's own UVs.
///
/// The strands have no tints; [`super::strand_colours`] gives them. `uniform` draws from `[0, 1)`; the same draws give the same strands.
pub fn grow(skin: &Mesh, growth: &Growth, uniform: &mut dyn FnMut() -> f64) -> Strands {
    let mut ends = Vec::new();
    let mut rooted = Vec::new();
    let mut total = 0.0f64;
    // Triangles share their corners.
    let densities: Vec<f32> = skin.uvs.iter().map(|uv| (growth.density)(*uv)).collect();
    for triangle in &skin.triangles {
        let corners = triangle.map(|vertex| vertex as usize);
        let middle = corners.map(|v| skin.uvs[v]).into_iter().sum::<Vec2>() / 3.0;
        let mean =
            ((growth.density)(middle) + corners.map(|v| densities[v]).iter().sum::<f32>()) / 4.0;
        if mean <= 0.0 {
            continue;
        }
        let [a, b, c] = corners.map(|v| skin.positions[v]);
        let area_cm2 = 0.5e4 * (b - a).cross(c - a).length();
        total += f64::from(area_cm2 * mean * growth.per_cm2);
        ends.push(total);
        rooted.push(*triangle);
    }
    let count = (total.round() as usize).min(growth.max_strands);
    let mut out = Strands {
        first: vec![0],
        ..Strands::default()
    };
    for k in 0..count {
        // Stratified over the area: an even beard, not a random one with bald dots.
        let target = (k as f64 + uniform()) / count as f64 * total;
        let triangle = rooted[ends
            .partition_point(|end| *end <= target)
            .min(rooted.len() - 1)];
        let draws: [f32; 8] = std::array::from_fn(|_| uniform() as f32);
        strand(skin, triangle, growth, &draws, &mut out);
    }
    out
}

fn strand(skin: &Mesh, triangle: [u32; 3], growth: &Growth, draws: &[f32; 8], out: &mut Strands) {
    let fold = draws[0].sqrt();
    let weights = [1.0 - fold, fold * (1.0 - draws[1]), fold * draws[1]];
    let blend3 = |values: &[Vec3]| {
        (0..3)
            .map(|c| values[triangle[c] as usize] * weights[c])
            .sum::<Vec3>()
    };
    let root = blend3(&skin.positions);
    let normal = blend3(&skin.normals).normalize_or(Vec3::Y);
    let uv: Vec2 = (0..3)
        .map(|c| skin.uvs[triangle[c] as usize] * weights[c])
        .sum();

    // Edges of a beard are ragged: ask for growth a little beside the root.
    let beside = uv + 0.0035 * Vec2::new(draws[2] - 0.5, draws[3] - 0.5);
    let density = (growth.density)(beside).min(2.0 * (growth.density)(uv));
    if density <= 0.02 {
        return;
    }
    let along =
        |v: Vec3| (v - normal * v.dot(normal)).normalize_or(normal.any_orthonormal_vector());
    let combed = along((growth.comb)(uv, normal));
    let side = normal.cross(combed);
    let stray = |draw: f32| (draw - 0.5) * 2.0 * growth.disorder;
    let lie = combed + side * stray(draws[4]);

    // Tips lean towards the middle of the clump their root stands in.
    let cell = ((root / CLUMP_M).floor() + 0.5) * CLUMP_M;
    let lean =
        along(cell - root) * ((cell - root).length() / growth.length_m).min(1.0) * growth.clumping;

    let length = growth.length_m * (0.65 + 0.45 * draws[5]) * (0.3 + 0.7 * density.min(1.0));
    let step = length / growth.segments as f32;
    let lift = growth.lift * (0.8 + 0.4 * draws[6]);
    let mut point = root - normal * growth.radius_m;
    let ring = |k: usize| growth.radius_m * (1.0 - 0.45 * k as f32 / growth.segments as f32);
    out.points.push(point);
    out.radii_m.push(ring(0));
    for segment in 0..growth.segments {
        let t = segment as f32 / growth.segments.max(2).saturating_sub(1) as f32;
        let rise = lift * (1.0 + (growth.tip_lift - 1.0) * t.min(1.0));
        let direction = (normal * rise
            + (lie + lean * t + side * stray(draws[7]) * t) * (1.0 - 0.7 * rise))
            .normalize_or(normal);
        point += direction * step;
        out.points.push(point);
        // Hair keeps its width nearly to the tip.
        out.radii_m.push(ring(segment + 1));
    }
    out.first.push(out.points.len() as u32);
}
