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
pub const MACROS: [(&str, f32, f32, f32, f32); 8] = [
    ("age", 0.0, 3.0, 2.2, 0.6),
    ("masculinity", 0.0, 1.0, 0.5, 0.5),
    ("african", 0.0, 1.0, 0.33, 0.33),
    ("asian", 0.0, 1.0, 0.33, 0.33),
    ("muscle", 0.0, 1.0, 0.5, 0.25),
    ("weight", -0.15, 1.35, 0.5, 0.3),
    ("height", -1.0, 1.0, 0.0, 0.5),
    ("proportions", 0.0, 1.0, 0.5, 0.3),
];

const KNOT_YEARS: [f32; 4] = [1.0, 10.0, 25.0, 90.0];

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
        let list = body::sliders::targets(
            &self.phenotype(),
            f64::from(self.0[5]),
            f64::from(self.0[6]),
        );
        for (name, weight) in list {
            if let Some(target) = model.target(&name) {
                target.add(&mut positions, weight);
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

/// Region and the displacement in millimetres that one standard deviation makes at most.
fn region(name: &str) -> Option<(Region, f32)> {
    let folder = name.split('/').next()?;
    Some(match folder {
        "eyes" | "nose" | "mouth" | "ears" | "cheek" | "chin" | "forehead" | "eyebrows" => {
            (Region::Head, 2.5)
        }
        "head" | "neck" => (Region::Head, 5.0),
        "asym" if name.contains("trunk") || name.contains("breast") => (Region::Body, 5.0),
        "asym" => (Region::Head, 1.5),
        "torso" | "hip" | "stomach" | "buttocks" | "pelvis" | "legs" => (Region::Body, 15.0),
        "feet" => (Region::Body, 6.0),
        "arms" if name.contains("lowerarm") => (Region::Hand, 10.0),
        "arms" => (Region::Body, 12.0),
        "hands" => (Region::Hand, 4.0),
        "faceunits" if name.contains("eyeLook") || name.contains("tongue") => return None,
        "faceunits" => (Region::Expression, f32::MAX),
        _ => return None,
    })
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
                0.25
            } else {
                (millimetres * 1e-3 / reach).clamp(0.02, 0.5)
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
}
