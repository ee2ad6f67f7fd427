//! ARKit's 52 expression units and the named expressions built on them.

/// Attribute name and the pack's target for each unit, in ARKit's order of regions.
pub const ACTION_UNITS: &[(&str, &str)] = &[
    ("action.browDownLeft", "faceunits/browDownLeft"),
    ("action.browDownRight", "faceunits/browDownRight"),
    ("action.browInnerUp", "faceunits/browInnerUp"),
    ("action.browOuterUpLeft", "faceunits/browOuterUpLeft"),
    ("action.browOuterUpRight", "faceunits/browOuterUpRight"),
    ("action.cheekPuff", "faceunits/cheekPuff"),
    ("action.cheekSquintLeft", "faceunits/cheekSquintLeft"),
    ("action.cheekSquintRight", "faceunits/cheekSquintRight"),
    ("action.eyeBlinkLeft", "faceunits/eyeBlinkLeft"),
    ("action.eyeBlinkRight", "faceunits/eyeBlinkRight"),
    ("action.eyeLookDownLeft", "faceunits/eyeLookDownLeft"),
    ("action.eyeLookDownRight", "faceunits/eyeLookDownRight"),
    ("action.eyeLookInLeft", "faceunits/eyeLookInLeft"),
    ("action.eyeLookInRight", "faceunits/eyeLookInRight"),
    ("action.eyeLookOutLeft", "faceunits/eyeLookOutLeft"),
    ("action.eyeLookOutRight", "faceunits/eyeLookOutRight"),
    ("action.eyeLookUpLeft", "faceunits/eyeLookUpLeft"),
    ("action.eyeLookUpRight", "faceunits/eyeLookUpRight"),
    ("action.eyeSquintLeft", "faceunits/eyeSquintLeft"),
    ("action.eyeSquintRight", "faceunits/eyeSquintRight"),
    ("action.eyeWideLeft", "faceunits/eyeWideLeft"),
    ("action.eyeWideRight", "faceunits/eyeWideRight"),
    ("action.jawForward", "faceunits/jawForward"),
    ("action.jawLeft", "faceunits/jawLeft"),
    ("action.jawOpen", "faceunits/jawOpen"),
    ("action.jawRight", "faceunits/jawRight"),
    ("action.mouthClose", "faceunits/mouthClose"),
    ("action.mouthDimpleLeft", "faceunits/mouthDimpleLeft"),
    ("action.mouthDimpleRight", "faceunits/mouthDimpleRight"),
    ("action.mouthFrownLeft", "faceunits/mouthFrownLeft"),
    ("action.mouthFrownRight", "faceunits/mouthFrownRight"),
    ("action.mouthFunnel", "faceunits/mouthFunnel"),
    ("action.mouthLeft", "faceunits/mouthLeft"),
    ("action.mouthLowerDownLeft", "faceunits/mouthLowerDownLeft"),
    (
        "action.mouthLowerDownRight",
        "faceunits/mouthLowerDownRight",
    ),
    ("action.mouthPressLeft", "faceunits/mouthPressLeft"),
    ("action.mouthPressRight", "faceunits/mouthPressRight"),
    ("action.mouthPucker", "faceunits/mouthPucker"),
    ("action.mouthRight", "faceunits/mouthRight"),
    ("action.mouthRollLower", "faceunits/mouthRollLower"),
    ("action.mouthRollUpper", "faceunits/mouthRollUpper"),
    ("action.mouthShrugLower", "faceunits/mouthShrugLower"),
    ("action.mouthShrugUpper", "faceunits/mouthShrugUpper"),
    ("action.mouthSmileLeft", "faceunits/mouthSmileLeft"),
    ("action.mouthSmileRight", "faceunits/mouthSmileRight"),
    ("action.mouthStretchLeft", "faceunits/mouthStretchLeft"),
    ("action.mouthStretchRight", "faceunits/mouthStretchRight"),
    ("action.mouthUpperUpLeft", "faceunits/mouthUpperUpLeft"),
    ("action.mouthUpperUpRight", "faceunits/mouthUpperUpRight"),
    ("action.noseSneerLeft", "faceunits/noseSneerLeft"),
    ("action.noseSneerRight", "faceunits/noseSneerRight"),
    ("action.tongueOut", "faceunits/tongueOut"),
];

/// A named expression as weights of units at full intensity.
#[derive(Debug, Clone, Copy)]
pub struct NamedExpression {
    /// As a recipe writes it.
    pub name: &'static str,
    /// One sentence for the schema.
    pub meaning: &'static str,
    /// ARKit unit and weight; `Sides` stands for both sides.
    units: &'static [(&'static str, f32)],
}

/// In the spirit of Ekman & Friesen's action units (FACS 1978), in ARKit's vocabulary. A unit without side means both sides.
pub const NAMED_EXPRESSIONS: &[NamedExpression] = &[
    NamedExpression {
        name: "neutral",
        meaning: "a face at rest",
        units: &[],
    },
    NamedExpression {
        name: "smile",
        meaning: "closed or slightly open friendly smile",
        units: &[
            ("mouthSmile", 0.75),
            ("cheekSquint", 0.45),
            ("mouthDimple", 0.2),
            ("eyeSquint", 0.25),
        ],
    },
    NamedExpression {
        name: "laugh",
        meaning: "open smile with teeth",
        units: &[
            ("mouthSmile", 0.85),
            ("jawOpen", 0.28),
            ("mouthUpperUp", 0.35),
            ("cheekSquint", 0.7),
            ("eyeSquint", 0.45),
            ("browInnerUp", 0.15),
        ],
    },
    NamedExpression {
        name: "surprise",
        meaning: "raised brows, wide eyes, dropped jaw",
        units: &[
            ("browInnerUp", 0.9),
            ("browOuterUp", 0.9),
            ("eyeWide", 0.8),
            ("jawOpen", 0.4),
            ("mouthFunnel", 0.15),
        ],
    },
    NamedExpression {
        name: "anger",
        meaning: "lowered brows, hard lids, pressed lips",
        units: &[
            ("browDown", 0.9),
            ("eyeSquint", 0.4),
            ("noseSneer", 0.35),
            ("mouthPress", 0.6),
            ("mouthFrown", 0.3),
            ("eyeWide", 0.2),
        ],
    },
    NamedExpression {
        name: "disgust",
        meaning: "wrinkled nose, raised upper lip",
        units: &[
            ("noseSneer", 0.9),
            ("mouthUpperUp", 0.55),
            ("browDown", 0.5),
            ("cheekSquint", 0.5),
            ("eyeSquint", 0.4),
            ("mouthFrown", 0.35),
        ],
    },
    NamedExpression {
        name: "fear",
        meaning: "raised and drawn brows, wide eyes, stretched mouth",
        units: &[
            ("browInnerUp", 0.9),
            ("browDown", 0.25),
            ("eyeWide", 0.9),
            ("mouthStretch", 0.7),
            ("jawOpen", 0.15),
            ("mouthFrown", 0.3),
        ],
    },
    NamedExpression {
        name: "sadness",
        meaning: "inner brows up, mouth corners down",
        units: &[
            ("browInnerUp", 0.9),
            ("mouthFrown", 0.75),
            ("mouthShrugLower", 0.4),
            ("eyeSquint", 0.2),
        ],
    },
    NamedExpression {
        name: "contempt",
        meaning: "one mouth corner tightened",
        units: &[
            ("mouthDimpleLeft", 0.8),
            ("mouthSmileLeft", 0.4),
            ("eyeSquintLeft", 0.2),
            ("browOuterUpRight", 0.2),
        ],
    },
    NamedExpression {
        name: "talking",
        meaning: "mouth part open in mid-syllable",
        units: &[
            ("jawOpen", 0.18),
            ("mouthFunnel", 0.2),
            ("mouthLowerDown", 0.35),
            ("mouthUpperUp", 0.15),
            ("browInnerUp", 0.1),
        ],
    },
    NamedExpression {
        name: "yawn",
        meaning: "wide open mouth, narrowed eyes",
        units: &[
            ("jawOpen", 0.95),
            ("mouthStretch", 0.2),
            ("eyeSquint", 0.6),
            ("eyeBlink", 0.45),
            ("browInnerUp", 0.3),
            ("noseSneer", 0.2),
        ],
    },
    NamedExpression {
        name: "eyes_closed",
        meaning: "both lids shut",
        units: &[("eyeBlink", 1.0)],
    },
    NamedExpression {
        name: "squint",
        meaning: "narrowed eyes",
        units: &[
            ("eyeSquint", 0.9),
            ("cheekSquint", 0.6),
            ("browDown", 0.4),
            ("eyeBlink", 0.2),
        ],
    },
    NamedExpression {
        name: "wink",
        meaning: "the left lid shut, a half smile",
        units: &[
            ("eyeBlinkLeft", 1.0),
            ("cheekSquintLeft", 0.6),
            ("mouthSmileLeft", 0.5),
            ("mouthSmileRight", 0.2),
        ],
    },
];

/// Weights of all 52 units, in the order of [`ACTION_UNITS`], each in `[0, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitWeights(Vec<f32>);

impl UnitWeights {
    /// All at rest.
    pub fn neutral() -> Self {
        Self(vec![0.0; ACTION_UNITS.len()])
    }

    /// Adds `weight` to a unit; a name without side means both sides; unknown names are ignored by design of the callers' constants
    /// (a test checks every constant).
    pub fn add(&mut self, unit: &str, weight: f32) {
        for (value, (_, target)) in self.0.iter_mut().zip(ACTION_UNITS) {
            if matches_unit(target, unit) {
                *value = (*value + weight).clamp(0.0, 1.0);
            }
        }
    }

    /// Adds a named expression at `intensity`.
    pub fn add_named(&mut self, name: &str, intensity: f32) {
        if let Some(expression) = NAMED_EXPRESSIONS.iter().find(|e| e.name == name) {
            for &(unit, weight) in expression.units {
                self.add(unit, weight * intensity);
            }
        }
    }

    /// `mouthClose` was sculpted to undo `jawOpen`'s parted lips and tears the lips without it: never more than the jaw is open.
    pub fn limit_mouth_close(&mut self) {
        let limit = self.get("jawOpen");
        for (value, (_, target)) in self.0.iter_mut().zip(ACTION_UNITS) {
            if matches_unit(target, "mouthClose") {
                *value = value.min(limit);
            }
        }
    }

    /// Current weight of one unit with its side.
    pub fn get(&self, unit: &str) -> f32 {
        ACTION_UNITS
            .iter()
            .position(|(_, target)| matches_unit(target, unit))
            .map_or(0.0, |at| self.0[at])
    }

    /// Units that show, with the pack's target names.
    pub fn active(&self) -> impl Iterator<Item = (&'static str, f32)> {
        ACTION_UNITS
            .iter()
            .zip(&self.0)
            .filter(|(_, weight)| **weight > 0.0)
            .map(|(&(_, target), &weight)| (target, weight))
    }
}

fn matches_unit(target: &str, unit: &str) -> bool {
    let Some(side) = target
        .strip_prefix("faceunits/")
        .and_then(|name| name.strip_prefix(unit))
    else {
        return false;
    };
    matches!(side, "" | "Left" | "Right")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_every_expression_exists() {
        assert_eq!(ACTION_UNITS.len(), 52);
        for expression in NAMED_EXPRESSIONS {
            for (unit, weight) in expression.units {
                assert!(
                    ACTION_UNITS
                        .iter()
                        .any(|(_, target)| matches_unit(target, unit)),
                    "{}: {unit}",
                    expression.name
                );
                assert!((0.0..=1.0).contains(weight));
            }
        }
    }

    #[test]
    fn a_unit_without_side_moves_both_and_one_with_side_only_its_own() {
        let mut weights = UnitWeights::neutral();
        weights.add("eyeBlink", 0.5);
        weights.add("eyeBlinkLeft", 0.7);
        assert_eq!(
            (weights.get("eyeBlinkLeft"), weights.get("eyeBlinkRight")),
            (1.0, 0.5)
        );
        // `cheek` has sided units (`cheekSquintLeft`) whose names go on before the side: no match.
        weights.add("cheek", 1.0);
        assert_eq!(weights.active().count(), 2);
    }
}
