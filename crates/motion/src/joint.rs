//! The joints of a moving person, whatever the skeleton they were recorded on or are shown with.

use std::fmt;

/// A side of the body; the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The person's right.
    Right,
    /// The person's left.
    Left,
}

impl Side {
    /// Both, the right one first.
    pub const BOTH: [Self; 2] = [Self::Right, Self::Left];

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Right => Self::Left,
            Self::Left => Self::Right,
        }
    }

    /// +1 on the left, where x grows, −1 on the right.
    pub const fn sign(self) -> f32 {
        match self {
            Self::Right => -1.0,
            Self::Left => 1.0,
        }
    }

    /// `right` or `left`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Left => "left",
        }
    }

    /// The ending of the rig's bones: `R` or `L`.
    pub const fn letter(self) -> char {
        match self {
            Self::Right => 'R',
            Self::Left => 'L',
        }
    }
}

/// A finger, the thumb included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finger {
    /// Finger 1 of the rig.
    Thumb,
    /// Finger 2.
    Index,
    /// Finger 3.
    Middle,
    /// Finger 4.
    Ring,
    /// Finger 5.
    Little,
}

impl Finger {
    /// Thumb to little finger.
    pub const ALL: [Self; 5] = [
        Self::Thumb,
        Self::Index,
        Self::Middle,
        Self::Ring,
        Self::Little,
    ];

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Thumb => "thumb",
            Self::Index => "index",
            Self::Middle => "middle",
            Self::Ring => "ring",
            Self::Little => "little",
        }
    }

    /// Its number on the rig, from 1.
    pub const fn number(self) -> usize {
        self as usize + 1
    }
}

/// A joint that turns: the trunk's five, and eight and fifteen a side.
///
/// All of them at rest is *attention*: a person who stands upright, arms hanging straight down with the palms to the thighs, fingers
/// straight, feet flat and forward. Then every joint's axes are the world's: x to the person's left, y up, z forward. So bending an elbow is a
/// turn about −x whichever side it is on, raising an arm sideways one about ±z, and a motion does not depend on anybody's rest pose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Joint {
    /// The pelvis; it carries everything.
    Hips,
    /// The spine between pelvis and ribs.
    Abdomen,
    /// The ribs.
    Chest,
    /// The neck.
    Neck,
    /// The head.
    Head,
    /// Collar bone and shoulder blade.
    Clavicle(Side),
    /// From shoulder to elbow.
    UpperArm(Side),
    /// From elbow to wrist.
    LowerArm(Side),
    /// Wrist and palm.
    Hand(Side),
    /// From hip to knee.
    UpperLeg(Side),
    /// From knee to ankle.
    LowerLeg(Side),
    /// From ankle to ball.
    Foot(Side),
    /// All toes.
    Toes(Side),
    /// A finger's joint, 0 the one nearest to the wrist, to 2.
    Finger(Side, Finger, u8),
}

/// How many joints there are.
pub const JOINTS: usize = 51;
const SIDED: usize = 8;
const PER_SIDE: usize = SIDED + 15;

impl Joint {
    /// All joints, parents before children.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..JOINTS).map(Self::at)
    }

    /// The joint of a number below [`JOINTS`]; numbers beyond wrap.
    pub fn at(index: usize) -> Self {
        match index % JOINTS {
            0 => Self::Hips,
            1 => Self::Abdomen,
            2 => Self::Chest,
            3 => Self::Neck,
            4 => Self::Head,
            more => {
                let side = Side::BOTH[(more - 5) / PER_SIDE];
                match (more - 5) % PER_SIDE {
                    0 => Self::Clavicle(side),
                    1 => Self::UpperArm(side),
                    2 => Self::LowerArm(side),
                    3 => Self::Hand(side),
                    4 => Self::UpperLeg(side),
                    5 => Self::LowerLeg(side),
                    6 => Self::Foot(side),
                    7 => Self::Toes(side),
                    finger => Self::Finger(
                        side,
                        Finger::ALL[(finger - SIDED) / 3],
                        ((finger - SIDED) % 3) as u8,
                    ),
                }
            }
        }
    }

    /// Its number, below [`JOINTS`].
    pub const fn index(self) -> usize {
        let (side, part) = match self {
            Self::Hips => return 0,
            Self::Abdomen => return 1,
            Self::Chest => return 2,
            Self::Neck => return 3,
            Self::Head => return 4,
            Self::Clavicle(side) => (side, 0),
            Self::UpperArm(side) => (side, 1),
            Self::LowerArm(side) => (side, 2),
            Self::Hand(side) => (side, 3),
            Self::UpperLeg(side) => (side, 4),
            Self::LowerLeg(side) => (side, 5),
            Self::Foot(side) => (side, 6),
            Self::Toes(side) => (side, 7),
            Self::Finger(side, finger, phalanx) => {
                (side, SIDED + 3 * finger as usize + (phalanx % 3) as usize)
            }
        };
        5 + side as usize * PER_SIDE + part
    }

    /// What it turns with.
    pub const fn parent(self) -> Option<Self> {
        Some(match self {
            Self::Hips => return None,
            Self::Abdomen | Self::UpperLeg(_) => Self::Hips,
            Self::Chest => Self::Abdomen,
            Self::Neck | Self::Clavicle(_) => Self::Chest,
            Self::Head => Self::Neck,
            Self::UpperArm(side) => Self::Clavicle(side),
            Self::LowerArm(side) => Self::UpperArm(side),
            Self::Hand(side) => Self::LowerArm(side),
            Self::LowerLeg(side) => Self::UpperLeg(side),
            Self::Foot(side) => Self::LowerLeg(side),
            Self::Toes(side) => Self::Foot(side),
            Self::Finger(side, _, 0) => Self::Hand(side),
            Self::Finger(side, finger, phalanx) => Self::Finger(side, finger, phalanx - 1),
        })
    }

    /// The same joint of the other side.
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Clavicle(side) => Self::Clavicle(side.other()),
            Self::UpperArm(side) => Self::UpperArm(side.other()),
            Self::LowerArm(side) => Self::LowerArm(side.other()),
            Self::Hand(side) => Self::Hand(side.other()),
            Self::UpperLeg(side) => Self::UpperLeg(side.other()),
            Self::LowerLeg(side) => Self::LowerLeg(side.other()),
            Self::Foot(side) => Self::Foot(side.other()),
            Self::Toes(side) => Self::Toes(side.other()),
            Self::Finger(side, finger, phalanx) => Self::Finger(side.other(), finger, phalanx),
            center => center,
        }
    }

    /// The joint of that name, as [`fmt::Display`] writes it: `left_upper_arm`, `right_index_2`.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|joint| joint.to_string() == name)
    }
}

impl fmt::Display for Joint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (side, part) = match self {
            Self::Hips => return f.write_str("hips"),
            Self::Abdomen => return f.write_str("abdomen"),
            Self::Chest => return f.write_str("chest"),
            Self::Neck => return f.write_str("neck"),
            Self::Head => return f.write_str("head"),
            Self::Clavicle(side) => (side, "clavicle"),
            Self::UpperArm(side) => (side, "upper_arm"),
            Self::LowerArm(side) => (side, "lower_arm"),
            Self::Hand(side) => (side, "hand"),
            Self::UpperLeg(side) => (side, "upper_leg"),
            Self::LowerLeg(side) => (side, "lower_leg"),
            Self::Foot(side) => (side, "foot"),
            Self::Toes(side) => (side, "toes"),
            Self::Finger(side, finger, phalanx) => {
                return write!(f, "{}_{}_{}", side.name(), finger.name(), phalanx + 1);
            }
        };
        write!(f, "{}_{part}", side.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_one_to_one_and_parents_come_first() {
        for (index, joint) in Joint::all().enumerate() {
            assert_eq!(joint.index(), index, "{joint}");
            assert_eq!(Joint::named(&joint.to_string()), Some(joint));
            assert_eq!(joint.mirrored().mirrored(), joint);
            if let Some(parent) = joint.parent() {
                assert!(parent.index() < index, "{joint}");
            }
        }
        assert_eq!(Joint::named("left_little_3").map(Joint::index), Some(50));
        assert_eq!(Joint::named("tail"), None);
    }
}
