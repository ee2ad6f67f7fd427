//! Where on the body a face of the skin belongs.

use scene::mesh::Part;

use crate::rig::Rig;
use crate::tables::FACES;

/// Where a face of the skin belongs; sides: 0 the person's right, 1 left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// Face, scalp and ears.
    Head,
    /// Between head and collar bones.
    Neck,
    /// Shoulders to crotch.
    Trunk,
    /// Shoulder to elbow.
    UpperArm(usize),
    /// Elbow to wrist.
    Forearm(usize),
    /// Wrist to fingertips.
    Hand(usize),
    /// Hip to knee.
    Thigh(usize),
    /// Knee to ankle.
    Calf(usize),
    /// Ankle to toes.
    Foot(usize),
}

impl Region {
    /// The region that a bone moves, by the bone's name.
    pub fn of_bone(name: &str) -> Self {
        let side = usize::from(name.strip_suffix(".L").is_some());
        let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        if starts(&["spine", "root", "pelvis", "breast", "clavicle", "shoulder"]) {
            Self::Trunk
        } else if starts(&["upperarm"]) {
            Self::UpperArm(side)
        } else if starts(&["lowerarm"]) {
            Self::Forearm(side)
        } else if starts(&["wrist", "metacarpal", "finger"]) {
            Self::Hand(side)
        } else if starts(&["upperleg"]) {
            Self::Thigh(side)
        } else if starts(&["lowerleg"]) {
            Self::Calf(side)
        } else if starts(&["foot", "toe"]) {
            Self::Foot(side)
        } else if starts(&["neck"]) {
            Self::Neck
        } else {
            Self::Head
        }
    }

    /// The region of each skin face: that of the bone which moves its corners most, except on head and neck, whose borders are drawn in
    /// the table of parts.
    pub fn of_faces(rig: &Rig, quads: &[[u32; 8]]) -> Vec<Self> {
        let bones: Vec<Self> = rig.names().into_iter().map(Self::of_bone).collect();
        let part_of = |face: usize| FACES.get(face).map_or(Part::BodySkin, |(part, _)| *part);
        quads
            .iter()
            .enumerate()
            .map(|(face, quad)| match part_of(face) {
                Part::BodySkin => {
                    let mut sums: Vec<(Self, f32)> = Vec::new();
                    for &vertex in &quad[..4] {
                        for &(bone, weight) in rig.influences(vertex) {
                            let region = bones[bone as usize];
                            match sums.iter_mut().find(|(of, _)| *of == region) {
                                Some((_, sum)) => *sum += weight,
                                None => sums.push((region, weight)),
                            }
                        }
                    }
                    // Head and neck move what lies around them, but are not there.
                    sums.iter()
                        .filter(|(of, _)| !matches!(of, Self::Head | Self::Neck))
                        .fold((Self::Trunk, 0.0_f32), |best, &(of, sum)| {
                            if sum > best.1 { (of, sum) } else { best }
                        })
                        .0
                }
                Part::Neck => Self::Neck,
                _ => Self::Head,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bones_belong_to_their_region_and_side() {
        assert_eq!(Region::of_bone("finger3-2.L"), Region::Hand(1));
        assert_eq!(Region::of_bone("upperleg02.R"), Region::Thigh(0));
        assert_eq!(Region::of_bone("jaw"), Region::Head);
        assert_eq!(Region::of_bone("spine05"), Region::Trunk);
    }
}
