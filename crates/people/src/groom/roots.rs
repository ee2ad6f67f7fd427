//! Where hair may grow on a head: places on the base mesh, the same for everybody and every pose, so that a strand keeps its number from frame to frame
//! and from picture to picture.

use glam::{Vec2, Vec3};
use scene::mesh::Part;

use crate::face_map::Region;
use body::BodyModel;
use body::tables::FACES;

/// Places that are laid out; the densest head with the closest camera takes most of them.
const COUNT: usize = 100_000;
/// The golden ratio's fraction, and those of the plastic number: additive sequences of low discrepancy (Roberts 2018, "The unreasonable effectiveness of
/// quasirandom sequences"). Any first part of the list is as even as the whole.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
const PLASTIC: [f64; 2] = [0.754_877_666_246_692_7, 0.569_840_290_998_053_2];

/// A place where a hair may grow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root {
    /// Base-mesh vertices around it with their weights.
    pub(crate) corners: [u32; 4],
    pub(crate) weights: [f32; 4],
    /// On the unshaped body, metres.
    pub(crate) base: Vec3,
    /// From the middle of the unshaped skull in its half extents: x to the person's left, y up, z forward.
    pub(crate) on_skull: Vec3,
    pub(crate) uv: Vec2,
    /// Its own draw from `[0, 1)`: sparser hair loses the high ones first.
    pub(crate) draw: f32,
}

/// All of them, in an order of which any first part is even.
#[derive(Debug)]
pub(crate) struct Roots(pub(crate) Vec<Root>);

impl Roots {
    pub(crate) fn new(model: &BodyModel, ears: [u32; 2]) -> Self {
        let at = |v: u32| model.base.get(v as usize).copied().unwrap_or_default();
        let mut quads: Vec<([u32; 4], [Vec2; 4], Vec3)> = model
            .quads
            .iter()
            .zip(FACES.iter())
            .filter(|(_, (part, _))| matches!(part, Part::Scalp | Part::FaceSkin | Part::Neck))
            .map(|(quad, _)| {
                let corners = [quad[0], quad[1], quad[2], quad[3]];
                let uvs = [4, 5, 6, 7].map(|k| model.uvs[quad[k] as usize]);
                let middle = corners.into_iter().map(at).sum::<Vec3>() * 0.25;
                (corners, uvs, middle)
            })
            .filter(|(_, uvs, _)| uvs.iter().any(|uv| Region::Scalp.weight(*uv) > 0.02))
            .collect();
        // Along a curve that fills space, neighbours in the list are neighbours on the head.
        quads.sort_by_key(|(corners, _, middle)| (morton(*middle), corners[0]));
        let skull = Skull::of(&quads, ears.map(at));
        let mut total = 0.0_f64;
        let ends: Vec<f64> = quads
            .iter()
            .map(|(corners, ..)| {
                let [a, b, c, d] = corners.map(at);
                total += f64::from((c - a).cross(d - b).length()) * 0.5;
                total
            })
            .collect();
        let roots = (0..COUNT)
            .map(|k| {
                let k = k as f64 + 1.0;
                let along = (k * GOLDEN).fract() * total;
                let quad = ends
                    .partition_point(|end| *end <= along)
                    .min(quads.len() - 1);
                let [s, t] = PLASTIC.map(|step| (k * step).fract() as f32);
                let (corners, uvs, _) = &quads[quad];
                let weights = [(1.0 - s) * (1.0 - t), s * (1.0 - t), s * t, (1.0 - s) * t];
                let base = (0..4).map(|c| at(corners[c]) * weights[c]).sum::<Vec3>();
                Root {
                    corners: *corners,
                    weights,
                    base,
                    on_skull: (base - skull.middle) / skull.half,
                    uv: (0..4).map(|c| uvs[c] * weights[c]).sum::<Vec2>(),
                    draw: ((k * 0.414_213_562_373_095).fract()) as f32,
                }
            })
            .collect();
        Self(roots)
    }
}

/// The unshaped skull.
struct Skull {
    middle: Vec3,
    half: Vec3,
}

impl Skull {
    fn of(quads: &[([u32; 4], [Vec2; 4], Vec3)], ears: [Vec3; 2]) -> Self {
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        let root_y = 0.5 * (ears[0].y + ears[1].y);
        for (_, _, middle) in quads.iter().filter(|(_, _, middle)| middle.y > root_y) {
            low = low.min(*middle);
            high = high.max(*middle);
        }
        let y = root_y + 0.2 * (high.y - root_y);
        let middle = Vec3::new(0.0, y, 0.5 * (low.z + high.z));
        Self {
            middle,
            half: Vec3::new(high.x, high.y - y, 0.5 * (high.z - low.z)),
        }
    }
}

/// Bits of three coordinates in turn, in steps of 4 mm.
fn morton(place: Vec3) -> u64 {
    let steps = ((place + 2.0) * 250.0).max(Vec3::ZERO).as_u64vec3();
    (0..12).fold(0, |code, bit| {
        code | (steps.x >> bit & 1) << (3 * bit)
            | (steps.y >> bit & 1) << (3 * bit + 1)
            | (steps.z >> bit & 1) << (3 * bit + 2)
    })
}
