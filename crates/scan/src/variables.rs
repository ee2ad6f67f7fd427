//! What a fit may change of the body's shape: eight macro sliders, local targets in opposite pairs, and expression units.

use std::collections::BTreeMap;

use body::BodyModel;
use body::phenotype::Phenotype;
use glam::Vec3;
use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// Sliders of the whole body, in the order of the unknowns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Macros(pub [f32; 8]);

/// Names, lowest and highest value, mean and standard deviation of each slider before a scan was seen.
///
/// Age runs along MakeHuman's knots: 0 baby (1 year), 1 child (10), 2 young (25), 3 old (90). The third ancestry's weight is what the first two leave of 1.
/// Weight goes on where MakeHuman's slider ends, at 0 and 1, as [`body::figure`] has it: to −1 and 2 muscle fades, beyond, the slider of a body
/// without muscle leaves its range.
pub const MACROS: [(&str, f32, f32, f32, f32); 8] = [
    ("age", 0.0, 3.0, 2.2, 0.6),
    ("masculinity", 0.0, 1.0, 0.5, 0.5),
    ("african", 0.0, 1.0, 0.33, 0.33),
    ("asian", 0.0, 1.0, 0.33, 0.33),
    ("muscle", 0.0, 1.0, 0.5, 0.25),
    ("weight", -1.15, 2.75, 0.8, 0.8),
    ("height", -1.0, 1.0, 0.0, 0.5),
    ("proportions", 0.0, 1.0, 0.5, 0.3),
];

const KNOT_YEARS: [f32; 4] = [1.0, 10.0, 25.0, 90.0];

/// The slider of age.
pub(crate) const AGE: usize = 0;

/// Where a slider's shape bends: between these it is straight.
const KNOTS: [&[f32]; 8] = [
    &[0.0, 1.0, 2.0, 3.0],
    &[0.0, 1.0],
    &[0.0, 1.0],
    &[0.0, 1.0],
    &[0.0, 0.5, 1.0],
    &[-1.15, -1.0, 0.0, 0.5, 1.0, 2.0, 2.75],
    &[-1.0, 0.0, 1.0],
    &[0.0, 0.5, 1.0],
];

/// The straight stretch of a slider that a value lies on; at a knot the upper or the lower one.
pub(crate) fn stretch(slider: usize, value: f32, upper: bool) -> (f32, f32) {
    let knots = KNOTS[slider];
    let last = knots.len() - 2;
    let at = knots
        .windows(2)
        .position(|k| value < k[1] - 1e-4)
        .unwrap_or(last);
    let on_knot = (value - knots[at]).abs() < 1e-4;
    let at = if on_knot && !upper && at > 0 {
        at - 1
    } else {
        at
    };
    (knots[at], knots[at + 1])
}

impl Macros {
    /// The middle of what is expected of an adult.
    pub fn mean() -> Self {
        Self(MACROS.map(|(_, _, _, mean, _)| mean))
    }

    /// From years and sliders.
    pub fn of(phenotype: &Phenotype, weight: f64, height: f64) -> Self {
        let years = phenotype.age_years as f32;
        let segment = (1..3).find(|&i| years < KNOT_YEARS[i]).unwrap_or(3);
        let (a, b) = (KNOT_YEARS[segment - 1], KNOT_YEARS[segment]);
        let age = (segment - 1) as f32 + ((years - a) / (b - a)).clamp(0.0, 1.0);
        Self([
            age,
            phenotype.masculinity as f32,
            phenotype.ancestry[0] as f32,
            phenotype.ancestry[1] as f32,
            phenotype.muscle as f32,
            weight as f32,
            height as f32,
            phenotype.proportions as f32,
        ])
    }

    /// Years and the like, as the rest of the program says it.
    pub fn phenotype(&self) -> Phenotype {
        let [age, masculinity, african, asian, muscle, _, _, proportions] = self.0;
        let segment = (age.floor().clamp(0.0, 2.0)) as usize;
        let t = (age - segment as f32).clamp(0.0, 1.0);
        let years = KNOT_YEARS[segment] * (1.0 - t) + KNOT_YEARS[segment + 1] * t;
        let (african, asian) = (f64::from(african), f64::from(asian));
        Phenotype {
            age_years: f64::from(years),
            masculinity: f64::from(masculinity),
            ancestry: [african, asian, (1.0 - african - asian).max(0.0)],
            muscle: f64::from(muscle),
            proportions: f64::from(proportions),
        }
    }

    /// Base mesh and macro targets, `[19158]`, metres.
    pub fn positions(&self, model: &BodyModel) -> Vec<Vec3> {
        let mut positions = model.base.clone();
        let [.., weight, height, _] = self.0.map(f64::from);
        let faded = (-weight).max(weight - 1.0).clamp(0.0, 1.0);
        let slider = if weight < -1.0 {
            weight + 1.0
        } else if weight > 2.0 {
            weight - 1.0
        } else {
            weight.clamp(0.0, 1.0)
        };
        let asked = self.phenotype();
        let slack = Phenotype {
            muscle: 0.0,
            ..asked.clone()
        };
        for (phenotype, share) in [(asked, 1.0 - faded), (slack, faded)] {
            if share == 0.0 {
                continue;
            }
            for (name, weight) in body::sliders::targets(&phenotype, slider, height) {
                if let Some(target) = model.target(&name) {
                    target.add(&mut positions, weight * share as f32);
                }
            }
        }
        positions
    }

    /// Back into what is allowed.
    pub fn clamp(&mut self) {
        for (value, (_, low, high, ..)) in self.0.iter_mut().zip(MACROS) {
            *value = value.clamp(low, high);
        }
        let sum = self.0[2] + self.0[3];
        if sum > 1.0 {
            self.0[2] /= sum;
            self.0[3] /= sum;
        }
    }
}

/// One local degree of freedom: a pair of opposite targets, or one target.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Without the ending that says the direction: `nose/nose-hump`.
    pub name: String,
    /// Applied with the weight where it is positive.
    pub positive: Option<String>,
    /// Applied with the weight's size where it is negative.
    pub negative: Option<String>,
    /// Lowest and highest weight.
    pub range: (f32, f32),
    /// Standard deviation before a scan was seen; the mean is 0.
    pub sd: f32,
    /// Which part of the body it shapes.
    pub region: Region,
}

/// Where a variable shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// Head and neck.
    Head,
    /// Torso, legs, feet, upper arms.
    Body,
    /// Hands and lower arms.
    Hand,
    /// A face unit: passing, not of the person.
    Expression,
}

impl Region {
    /// Whether a scan of that kind says anything about it.
    pub fn shows_in(self, kind: Kind) -> bool {
        match self {
            Self::Head => matches!(kind, Kind::Body | Kind::Head | Kind::Face),
            Self::Expression => matches!(kind, Kind::Head | Kind::Face),
            Self::Body => kind == Kind::Body,
            Self::Hand => matches!(kind, Kind::Body | Kind::RightHand | Kind::LeftHand),
        }
    }
}

const OPPOSITES: [(&str, &str); 7] = [
    ("-decr", "-incr"),
    ("-down", "-up"),
    ("-in", "-out"),
    ("-backward", "-forward"),
    ("-concave", "-convex"),
    ("-compress", "-uncompress"),
    ("-l", "-r"),
];

/// Region and the displacement in millimetres that one standard deviation makes at most: faces and heads as [`body::identity`] draws them, bodies
/// as the sliders leave them over.
fn region(name: &str) -> Option<(Region, f32)> {
    let folder = name.split('/').next()?;
    Some(match folder {
        "eyes" => (Region::Head, 0.8),
        "nose" | "eyebrows" => (Region::Head, 1.2),
        "cheek" | "chin" => (Region::Head, 1.4),
        "ears" => (Region::Head, 2.0),
        "forehead" => (Region::Head, 2.2),
        "head" if name.contains("scale") => (Region::Head, 3.5),
        "mouth" | "head" => (Region::Head, 1.0),
        "neck" => (Region::Head, 2.5),
        "asym" if name.contains("trunk") || name.contains("breast") => (Region::Body, 2.0),
        "asym" => (Region::Head, 0.6),
        "torso" | "hip" | "stomach" | "buttocks" | "pelvis" | "legs" => (Region::Body, 5.0),
        "feet" => (Region::Body, 3.0),
        "arms" if name.contains("lowerarm") => (Region::Hand, 4.0),
        "arms" => (Region::Body, 4.0),
        "hands" => (Region::Hand, 3.0),
        "faceunits" if name.contains("eyeLook") || name.contains("tongue") => return None,
        "faceunits" => (Region::Expression, f32::MAX),
        _ => return None,
    })
}

/// Pairs of variables that do the same to either side.
pub(crate) fn mirrored(variables: &[Variable]) -> Vec<(usize, usize)> {
    let right_of = |name: &str| name.replacen("/l-", "/r-", 1);
    variables
        .iter()
        .enumerate()
        .filter(|(_, left)| left.name.contains("/l-"))
        .filter_map(|(l, left)| {
            let name = right_of(&left.name);
            let r = variables.iter().position(|right| right.name == name)?;
            Some((l, r))
        })
        .collect()
}

/// All local variables of a model, by name.
pub fn variables(model: &BodyModel) -> Vec<Variable> {
    let mut pairs: BTreeMap<String, [Option<String>; 2]> = BTreeMap::new();
    for name in model.target_names() {
        if region(name).is_none() {
            continue;
        }
        let ending = OPPOSITES.iter().find_map(|(down, up)| {
            let plain = |end: &str| name.strip_suffix(end).map(str::to_owned);
            // `-compress` also ends `-uncompress`' sibling's name: the longer ending is tried first.
            plain(up)
                .map(|stem| (stem, 0))
                .or_else(|| plain(down).map(|stem| (stem, 1)))
        });
        let (stem, side) = if name.starts_with("faceunits/") {
            (name.to_owned(), 0)
        } else {
            ending.unwrap_or((name.to_owned(), 0))
        };
        pairs.entry(stem).or_default()[side] = Some(name.to_owned());
    }
    pairs
        .into_iter()
        .filter_map(|(name, [positive, negative])| {
            let (region, millimetres) = region(&name)?;
            let reach = [&positive, &negative]
                .into_iter()
                .flatten()
                .filter_map(|target| model.target(target))
                .flat_map(|target| target.entries().map(|(_, delta)| delta.length()))
                .fold(0.0_f32, f32::max);
            if reach == 0.0 {
                return None;
            }
            let sd = if region == Region::Expression {
                0.15
            } else {
                (millimetres * 1e-3 / reach).clamp(0.02, 0.35)
            };
            let range = (
                if negative.is_some() { -1.0 } else { 0.0 },
                if positive.is_some() { 1.0 } else { 0.0 },
            );
            Some(Variable {
                name,
                positive,
                negative,
                range,
                sd,
                region,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_and_sliders_come_back() {
        for years in [1.0, 6.0, 10.0, 24.0, 25.0, 61.0, 90.0] {
            let phenotype = Phenotype {
                age_years: years,
                masculinity: 0.25,
                ancestry: [0.5, 0.25, 0.25],
                muscle: 0.5,
                proportions: 0.75,
            };
            let back = Macros::of(&phenotype, 0.4, -0.3).phenotype();
            assert!((back.age_years - years).abs() < 1e-4);
            assert_eq!(back.ancestry, phenotype.ancestry);
            assert_eq!(back.proportions, 0.75);
        }
    }

    #[test]
    fn clamping_keeps_ancestries_a_mixture() {
        let mut macros = Macros([9.0, -1.0, 1.0, 1.0, 0.5, 0.5, 3.0, 0.5]);
        macros.clamp();
        assert_eq!(macros.0, [3.0, 0.0, 0.5, 0.5, 0.5, 0.5, 1.0, 0.5]);
        let sum: f64 = macros.phenotype().ancestry.iter().sum();
        assert!((sum - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_face_says_nothing_about_legs() {
        assert!(!Region::Body.shows_in(Kind::Face));
        assert!(Region::Expression.shows_in(Kind::Face));
        assert!(Region::Hand.shows_in(Kind::Body));
    }

    #[test]
    fn a_knot_belongs_to_the_stretch_that_is_asked_for() {
        assert_eq!(stretch(AGE, 2.0, true), (2.0, 3.0));
        assert_eq!(stretch(AGE, 2.0, false), (1.0, 2.0));
        assert_eq!(stretch(AGE, 2.3, false), (2.0, 3.0));
        assert_eq!(stretch(AGE, 0.0, false), (0.0, 1.0));
        assert_eq!(stretch(AGE, 3.0, true), (2.0, 3.0));
        for (slider, (name, low, high, ..)) in MACROS.into_iter().enumerate() {
            assert_eq!(stretch(slider, low, false).0, low, "{name}");
            assert_eq!(stretch(slider, high, true).1, high, "{name}");
        }
    }

    #[test]
    fn left_and_right_go_together_by_name() {
        let one = |name: &str| Variable {
            name: name.to_owned(),
            positive: None,
            negative: None,
            range: (-1.0, 1.0),
            sd: 0.1,
            region: Region::Head,
        };
        let list = [
            one("ears/r-ear-lobe"),
            one("nose/nose-hump"),
            one("ears/l-ear-lobe"),
            one("legs/l-leg"),
        ];
        assert_eq!(mirrored(&list), [(2, 0)]);
    }
}
