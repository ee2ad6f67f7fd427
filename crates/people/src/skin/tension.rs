//! Which lines an expression draws: the pull of a face's muscles on its skin.

/// Which muscles fold the skin along a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pull {
    /// The frontalis, which raises the brows.
    Forehead,
    /// The corrugators, which draw them together.
    Frown,
    Nose,
    /// The ring around the eye.
    Eye,
    /// What raises the cheek and the upper lip.
    Cheek,
    /// What draws the mouth's corners down.
    MouthDown,
    Chin,
    /// The ring around the mouth.
    Lips,
}

/// How strongly the muscles of a face fold its skin, `[0, 1]`; of the person's right and left half where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tension {
    forehead: [f32; 2],
    frown: [f32; 2],
    nose: [f32; 2],
    eye: [f32; 2],
    cheek: [f32; 2],
    mouth_down: [f32; 2],
    chin: f32,
    lips: f32,
}

impl Tension {
    /// Of weights of ARKit's units by name (`browInnerUp`, `eyeSquintLeft`), as the actions that draw the lines (Ekman & Friesen 1978, "Facial Action
    /// Coding System": 1, 2, 4, 6, 7, 9, 10, 12, 15, 17, 18).
    pub fn of(unit: &dyn Fn(&str) -> f32) -> Self {
        let sided = |parts: &[(&str, f32)]| {
            ["Right", "Left"].map(|side| {
                let sum = |(name, weight): &(&str, f32)| unit(&format!("{name}{side}")) * weight;
                parts.iter().map(sum).sum::<f32>().clamp(0.0, 1.0)
            })
        };
        let inner = unit("browInnerUp");
        Self {
            forehead: sided(&[("browOuterUp", 0.6)]).map(|outer| (outer + 0.6 * inner).min(1.0)),
            frown: sided(&[("browDown", 1.0)]),
            nose: sided(&[("noseSneer", 1.0)]),
            eye: sided(&[
                ("eyeSquint", 0.6),
                ("cheekSquint", 0.5),
                ("mouthSmile", 0.25),
            ]),
            cheek: sided(&[
                ("mouthSmile", 0.7),
                ("cheekSquint", 0.3),
                ("noseSneer", 0.5),
                ("mouthUpperUp", 0.4),
            ]),
            mouth_down: sided(&[("mouthFrown", 0.9), ("mouthStretch", 0.4)]),
            chin: (unit("mouthShrugLower") + 0.5 * unit("mouthPucker")).min(1.0),
            lips: (unit("mouthPucker") + 0.4 * unit("mouthFunnel")).min(1.0),
        }
    }

    /// On the person's left (1) or right (0).
    pub(super) fn along(&self, pull: Pull, side: usize) -> f32 {
        match pull {
            Pull::Forehead => self.forehead[side],
            Pull::Frown => self.frown[side],
            Pull::Nose => self.nose[side],
            Pull::Eye => self.eye[side],
            Pull::Cheek => self.cheek[side],
            Pull::MouthDown => self.mouth_down[side],
            Pull::Chin => self.chin,
            Pull::Lips => self.lips,
        }
    }
}

/// How much of a line's depth at 80 years a full pull gives at an age: thick young skin folds less sharply.
pub(super) fn folds(age_years: f32) -> f32 {
    0.75 + 1.35 * ((age_years - 5.0) / 40.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use body::expression::UnitWeights;

    fn tension(units: &[(&str, f32)]) -> Tension {
        let mut weights = UnitWeights::neutral();
        for (unit, weight) in units {
            weights.add(unit, *weight);
        }
        Tension::of(&|unit| weights.get(unit))
    }

    #[test]
    fn a_face_at_rest_has_no_tension_and_half_a_smile_folds_its_half() {
        assert_eq!(tension(&[]), Tension::default());
        let smile = tension(&[("mouthSmileLeft", 1.0)]);
        assert!(smile.along(Pull::Cheek, 1) > 0.5 && smile.along(Pull::Eye, 1) > 0.1);
        for pull in [
            Pull::Cheek,
            Pull::Eye,
            Pull::Forehead,
            Pull::Frown,
            Pull::Lips,
        ] {
            assert_eq!(smile.along(pull, 0), 0.0, "{pull:?}");
        }
    }

    #[test]
    fn raised_brows_fold_the_forehead_and_lowered_ones_what_is_between_them() {
        let raised = tension(&[("browInnerUp", 1.0), ("browOuterUp", 1.0)]);
        assert_eq!(
            [0, 1].map(|side| raised.along(Pull::Forehead, side)),
            [1.0; 2]
        );
        assert_eq!(raised.along(Pull::Frown, 0), 0.0);
        let lowered = tension(&[("browDown", 0.7)]);
        assert!((lowered.along(Pull::Frown, 1) - 0.7).abs() < 1e-6);
        assert!(folds(6.0) < 0.6 * folds(50.0));
    }
}
