//! Tape, rod and calliper on a shaped body: the lengths and girths tailors and ergonomists take, after ISO 8559-1:2017.
//!
//! Everything is measured on the unposed body, which stands with its arms half raised and its feet apart, so that no limb touches another.
//! A girth is the convex hull of a plane section (a tape does not follow hollows). Levels come from the skeleton and the surface, not
//! from fixed vertices, so children and heavy bodies are measured where a person would measure them. The rest pose differs from the
//! standard's upright stance, so girths of torso and thigh may differ from a tape's by about a centimetre.

use glam::{Vec2, Vec3};

use crate::BodyModel;
use crate::region::Region;

/// Name and centimetres of each measurement, in a fixed order; bodies only, no clothes.
pub fn measure(model: &BodyModel, rest: &[Vec3]) -> Vec<(&'static str, f64)> {
    let tape = Tape::new(model, rest);
    let joint = |name: &str| model.rig.joint(name, rest).unwrap_or_default();
    let tail = |name: &str| model.rig.tail(name, rest).unwrap_or_default();
    let distance = |points: &[Vec3]| -> f32 {
        points
            .windows(2)
            .map(|pair| pair[0].distance(pair[1]))
            .sum()
    };
    let skin = &rest[..model.skin_vertices];
    let low = skin.iter().map(|p| p.y).fold(f32::MAX, f32::min);
    let high = skin.iter().map(|p| p.y).fold(f32::MIN, f32::max);

    let crotch = tape.crotch();
    let waist = joint("spine03").y;
    // The fold under the arm lies about one and a half radii below the joint.
    let shoulder = joint("upperarm01.R");
    let armpit = shoulder.y - 1.6 * nearest(skin, shoulder);
    let trunk = [Region::Trunk, Region::Thigh(0), Region::Thigh(1)];
    let level = |y: f32, regions: &[Region]| tape.girth(Vec3::new(0.0, y, 0.0), Vec3::Y, regions);
    let most = |from: f32, to: f32, regions: &[Region]| {
        (0..=24)
            .map(|i| level(from + (to - from) * i as f32 / 24.0, regions))
            .fold(0.0, f32::max)
    };
    // Along a limb, at shares of the way from one joint to another.
    let limb = |from: Vec3, to: Vec3, shares: [f32; 2], region: Region, widest: bool| {
        let girths = (0..=12).map(|i| {
            let share = shares[0] + (shares[1] - shares[0]) * i as f32 / 12.0;
            tape.girth(
                from.lerp(to, share),
                (to - from).normalize_or(Vec3::Y),
                &[region],
            )
        });
        if widest {
            girths.fold(0.0, f32::max)
        } else {
            girths.filter(|girth| *girth > 0.0).fold(f32::MAX, f32::min)
        }
    };
    let (elbow, wrist) = (joint("lowerarm01.R"), joint("wrist.R"));
    let (hip, knee, ankle) = (
        joint("upperleg01.R"),
        joint("lowerleg01.R"),
        joint("foot.R"),
    );
    let head = joint("head");
    let foot = tape.extent(Region::Foot(0));
    let brow = head.y + 0.62 * (high - head.y);
    let metres = [
        ("crotch_height_cm", crotch - low),
        ("waist_height_cm", waist - low),
        ("knee_height_cm", knee.y - low),
        (
            "head_girth_cm",
            most(brow - 0.02, brow + 0.04, &[Region::Head]),
        ),
        (
            "neck_girth_cm",
            limb(
                joint("neck01"),
                joint("neck03"),
                [0.3, 0.8],
                Region::Neck,
                false,
            ),
        ),
        (
            "chest_girth_cm",
            most(joint("spine02").y, armpit, &[Region::Trunk]),
        ),
        ("waist_girth_cm", level(waist, &[Region::Trunk])),
        ("hip_girth_cm", most(crotch + 0.01, waist, &trunk)),
        (
            "thigh_girth_cm",
            limb(hip, knee, [0.25, 0.5], Region::Thigh(0), true),
        ),
        (
            "calf_girth_cm",
            limb(knee, ankle, [0.15, 0.5], Region::Calf(0), true),
        ),
        (
            "ankle_girth_cm",
            limb(knee, ankle, [0.7, 0.95], Region::Calf(0), false),
        ),
        (
            "upper_arm_girth_cm",
            limb(shoulder, elbow, [0.4, 0.7], Region::UpperArm(0), true),
        ),
        (
            "wrist_girth_cm",
            limb(elbow, wrist, [0.8, 0.98], Region::Forearm(0), false),
        ),
        (
            "shoulder_breadth_cm",
            joint("upperarm01.L").distance(shoulder),
        ),
        ("arm_length_cm", distance(&[shoulder, elbow, wrist])),
        (
            "hand_length_cm",
            distance(&[
                wrist,
                joint("finger3-1.R"),
                joint("finger3-2.R"),
                joint("finger3-3.R"),
                tail("finger3-3.R"),
            ]),
        ),
        ("leg_length_cm", distance(&[hip, knee, ankle])),
        ("foot_length_cm", foot.z),
    ];
    metres
        .into_iter()
        .map(|(name, metres)| (name, f64::from(metres) * 100.0))
        .collect()
}

struct Tape<'a> {
    rest: &'a [Vec3],
    /// Corners of each region's faces.
    regions: Vec<(Region, Vec<[u32; 4]>)>,
}

impl<'a> Tape<'a> {
    fn new(model: &BodyModel, rest: &'a [Vec3]) -> Self {
        let mut regions: Vec<(Region, Vec<[u32; 4]>)> = Vec::new();
        for (region, quad) in model.regions.iter().zip(&model.quads) {
            let corners = [quad[0], quad[1], quad[2], quad[3]];
            match regions.iter_mut().find(|(of, _)| of == region) {
                Some((_, faces)) => faces.push(corners),
                None => regions.push((*region, vec![corners])),
            }
        }
        Self { rest, regions }
    }

    fn faces<'b>(&'b self, regions: &'b [Region]) -> impl Iterator<Item = &'b [u32; 4]> {
        self.regions
            .iter()
            .filter(|(of, _)| regions.contains(of))
            .flat_map(|(_, faces)| faces)
    }

    fn points<'b>(&'b self, regions: &'b [Region]) -> impl Iterator<Item = Vec3> {
        self.faces(regions)
            .flat_map(|quad| quad.map(|vertex| self.rest[vertex as usize]))
    }

    /// Perimeter of the hull of a plane's section with these regions, metres; 0 where it meets none.
    fn girth(&self, point: Vec3, normal: Vec3, regions: &[Region]) -> f32 {
        let (u, v) = normal.any_orthonormal_pair();
        let mut section = Vec::new();
        for quad in self.faces(regions) {
            for i in 0..4 {
                let ends =
                    [quad[i], quad[(i + 1) % 4]].map(|vertex| self.rest[vertex as usize] - point);
                let heights = ends.map(|end| end.dot(normal));
                if (heights[0] < 0.0) != (heights[1] < 0.0) {
                    let at = ends[0].lerp(ends[1], heights[0] / (heights[0] - heights[1]));
                    section.push(Vec2::new(at.dot(u), at.dot(v)));
                }
            }
        }
        hull_perimeter(section)
    }

    /// Lowest place of the trunk near the middle.
    fn crotch(&self) -> f32 {
        self.points(&[Region::Trunk])
            .filter(|p| p.x.abs() < 0.01)
            .map(|p| p.y)
            .fold(f32::MAX, f32::min)
    }

    fn extent(&self, region: Region) -> Vec3 {
        let (low, high) = self
            .points(&[region])
            .fold((Vec3::MAX, Vec3::MIN), |(low, high), p| {
                (low.min(p), high.max(p))
            });
        high - low
    }
}

fn nearest(skin: &[Vec3], at: Vec3) -> f32 {
    skin.iter()
        .map(|p| p.distance_squared(at))
        .fold(f32::MAX, f32::min)
        .sqrt()
}

/// Perimeter of the convex hull (monotone chain, Andrew 1979).
fn hull_perimeter(mut points: Vec<Vec2>) -> f32 {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let half = |points: &mut dyn Iterator<Item = &Vec2>| {
        let mut chain: Vec<Vec2> = Vec::new();
        for &point in points {
            while let [.., a, b] = chain[..]
                && (b - a).perp_dot(point - a) <= 0.0
            {
                chain.pop();
            }
            chain.push(point);
        }
        chain
            .windows(2)
            .map(|pair| pair[0].distance(pair[1]))
            .sum::<f32>()
    };
    half(&mut points.iter()) + half(&mut points.iter().rev())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_goes_around_corners_and_over_hollows() {
        let square = [
            (0.0, 0.0),
            (1.0, 0.0),
            (1.0, 1.0),
            (0.0, 1.0),
            (0.5, 0.4),
            (0.5, 0.0),
        ];
        let points = square.map(|(x, y)| Vec2::new(x, y)).to_vec();
        assert!((hull_perimeter(points) - 4.0).abs() < 1e-6);
        assert_eq!(hull_perimeter(Vec::new()), 0.0);
    }
}
