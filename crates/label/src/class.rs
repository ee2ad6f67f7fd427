//! From surface parts to the classes of `FaceSynthetics` face parsing.

use scene::mesh::Part;

/// Names of the `FaceSynthetics` classes, by id (Wood et al. 2021, `Fake It Till You Make It`, data set card).
pub const NAMES: [&str; 19] = [
    "background",
    "skin",
    "nose",
    "right_eye",
    "left_eye",
    "right_eyebrow",
    "left_eyebrow",
    "right_ear",
    "left_ear",
    "mouth_interior",
    "top_lip",
    "bottom_lip",
    "neck",
    "hair",
    "beard",
    "clothing",
    "glasses",
    "headwear",
    "facewear",
];

/// The part with this number, as `parts/*.png` stores it.
pub fn part(number: u8) -> Option<Part> {
    Part::from_number(number)
}

/// `FaceSynthetics` class of a part.
///
/// Skin of torso and limbs is neck (12), as in the original, which has no class for bare shoulders; teeth and tongue are mouth
/// interior (9); iris and pupil are eye; lashes are skin (1): the original renders them as hair without a class of their own; dark
/// lenses are glasses (16); the scalp is skin (1); earrings, which
/// the original lacks, are facewear (18). A clear lens takes the class behind it, which the renderer already looked up; a
/// lens that still arrives here (nothing behind it) is glasses.
pub const fn of(part: Part) -> u8 {
    match part {
        Part::FaceSkin | Part::Scalp | Part::RightLashes | Part::LeftLashes => 1,
        Part::Nose => 2,
        Part::RightEye | Part::RightIris | Part::RightPupil => 3,
        Part::LeftEye | Part::LeftIris | Part::LeftPupil => 4,
        Part::RightBrow => 5,
        Part::LeftBrow => 6,
        Part::RightEar => 7,
        Part::LeftEar => 8,
        Part::MouthInterior | Part::Teeth | Part::Tongue => 9,
        Part::TopLip => 10,
        Part::BottomLip => 11,
        Part::Neck
        | Part::BodySkin
        | Part::RightUpperArm
        | Part::LeftUpperArm
        | Part::RightForearm
        | Part::LeftForearm
        | Part::RightHand
        | Part::LeftHand
        | Part::RightThigh
        | Part::LeftThigh
        | Part::RightCalf
        | Part::LeftCalf
        | Part::RightFoot
        | Part::LeftFoot => 12,
        Part::Hair => 13,
        Part::Beard => 14,
        Part::Clothing => 15,
        Part::Glasses | Part::ClearLens | Part::DarkLens => 16,
        Part::Headwear => 17,
        Part::Facewear | Part::Earring => 18,
        // Background, and parts of vehicles.
        _ => 0,
    }
}

/// Whether the face box covers this part: parsing classes 1–11 and 14, without the scalp.
///
/// The scalp is left out so that a bald person's face box is that of a face, as under hair.
pub const fn in_face_box(part: Part) -> bool {
    !matches!(part, Part::Scalp) && matches!(of(part), 1..=11 | 14)
}

/// Whether the head box covers this part: the face, scalp, hair, glasses, headwear and facewear; not the neck.
pub const fn in_head_box(part: Part) -> bool {
    matches!(of(part), 1..=11 | 13 | 14 | 16..=18)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_first_block_are_their_own_class_and_numbers_come_back() {
        for one in Part::ALL {
            assert_eq!(part(one as u8), Some(one));
            if (one as u8) < 32 {
                assert_eq!(of(one), one as u8);
            }
            assert!(usize::from(of(one)) < NAMES.len());
        }
        assert_eq!(part(19), None);
    }
}
