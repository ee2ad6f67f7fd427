//! Which way of a file is up, which is ahead, and how long its unit is.

use glam::{Mat3, Vec3};
use scene::Mesh;

use super::names::{self, Kind};
use super::{DesignError, Evidence, PartMap};

/// Places that stand for a car's surface.
const SAMPLES: f32 = 6000.0;
/// Cells of the grid on which halves are compared.
const CELLS: usize = 24;

/// An axis of a file, with its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// 0 x, 1 y, 2 z.
    pub number: usize,
    /// Whether it is the axis' negative end.
    pub negative: bool,
}

impl Axis {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::new(0, false),
        Self::new(1, false),
        Self::new(2, false),
        Self::new(0, true),
        Self::new(1, true),
        Self::new(2, true),
    ];

    const fn new(number: usize, negative: bool) -> Self {
        Self { number, negative }
    }

    /// `x`, `-z`.
    pub fn name(self) -> &'static str {
        match (self.number, self.negative) {
            (0, false) => "x",
            (1, false) => "y",
            (2, false) => "z",
            (0, true) => "-x",
            (1, true) => "-y",
            _ => "-z",
        }
    }

    /// The axis of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|axis| axis.name() == name)
    }

    fn unit(self) -> Vec3 {
        Vec3::AXES[self.number] * if self.negative { -1.0 } else { 1.0 }
    }
}

/// How long a file's unit is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// A unit of this name.
    Named(&'static str, f32),
    /// A model of a car, one to so many: a unit is so many metres of the car.
    Model {
        /// One to this.
        scale: f32,
        /// Metres of the car in a unit of the file.
        metres: f32,
    },
}

/// Units in the order in which they are tried.
const UNITS: [(&str, f32); 5] = [
    ("m", 1.0),
    ("mm", 0.001),
    ("cm", 0.01),
    ("in", 0.0254),
    ("ft", 0.3048),
];

impl Unit {
    /// Metres.
    pub fn metres(self) -> f32 {
        match self {
            Self::Named(_, metres) | Self::Model { metres, .. } => metres,
        }
    }

    /// The unit of this name; a number is metres.
    pub fn named(word: &str) -> Option<Self> {
        if let Some((name, metres)) = UNITS.into_iter().find(|(name, _)| *name == word) {
            return Some(Self::Named(name, metres));
        }
        let metres: f32 = word.parse().ok()?;
        (metres.is_finite() && metres > 0.0).then_some(Self::Model { scale: 1.0, metres })
    }

    /// For people.
    pub fn in_words(self) -> String {
        match self {
            Self::Named(name, _) => match name {
                "m" => "metres",
                "mm" => "millimetres",
                "cm" => "centimetres",
                "in" => "inches",
                _ => "feet",
            }
            .to_owned(),
            Self::Model { scale, metres } => {
                format!("a model 1 : {scale:.0}, {metres:.4} m of the car a unit")
            }
        }
    }
}

/// Cars are so long, metres.
const LONG_M: std::ops::RangeInclusive<f32> = 2.5..=7.0;
/// What a model of another scale is taken to show, metres.
const TYPICAL_M: f32 = 4.4;

/// The unit in which a length is a car's.
pub(super) fn unit(length: f32) -> Unit {
    let fits = |(_, metres): &(&str, f32)| LONG_M.contains(&(length * metres));
    if let Some((name, metres)) = UNITS.into_iter().find(fits) {
        return Unit::Named(name, metres);
    }
    let metres = TYPICAL_M / length;
    // A car of half a metre in metres is a model; what is longer than a car in every unit is one too, of some other unit.
    Unit::Model {
        scale: if metres >= 1.0 { metres } else { 1.0 / metres },
        metres,
    }
}

/// Places all over a car's surface, evenly, with the number of the shell each is on.
pub(super) struct Cloud {
    at: Vec<(Vec3, usize)>,
    kinds: Vec<Kind>,
    low: Vec3,
    high: Vec3,
}

impl Cloud {
    /// Of shells; what is left out counts for nothing.
    pub(super) fn of<'m>(shells: impl Iterator<Item = (&'m Mesh, Kind)>) -> Self {
        let shells: Vec<(&Mesh, Kind)> = shells.collect();
        let corners = |mesh: &Mesh, t: &[u32; 3]| t.map(|v| mesh.positions[v as usize]);
        let area = |[a, b, c]: [Vec3; 3]| 0.5 * (b - a).cross(c - a).length();
        let drawn = || {
            shells
                .iter()
                .enumerate()
                .filter(|(_, (_, kind))| *kind != Kind::LeaveOut)
        };
        let whole: f32 = drawn()
            .flat_map(|(_, (mesh, _))| mesh.triangles.iter().map(|t| area(corners(mesh, t))))
            .sum();
        let mut at = Vec::new();
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        let mut owed = 0.0;
        for (number, (mesh, _)) in drawn() {
            for triangle in &mesh.triangles {
                let [a, b, c] = corners(mesh, triangle);
                for corner in [a, b, c] {
                    low = low.min(corner);
                    high = high.max(corner);
                }
                owed += SAMPLES * area([a, b, c]) / whole.max(f32::MIN_POSITIVE);
                while owed >= 1.0 {
                    owed -= 1.0;
                    // The additive recurrence of Roberts (2018), folded into the triangle.
                    let k = at.len() as f32;
                    let (mut u, mut v) = ((0.754_877_7 * k).fract(), (0.569_840_3 * k).fract());
                    if u + v > 1.0 {
                        (u, v) = (1.0 - u, 1.0 - v);
                    }
                    at.push((a + (b - a) * u + (c - a) * v, number));
                }
            }
        }
        Self {
            at,
            kinds: shells.iter().map(|(_, kind)| *kind).collect(),
            low,
            high,
        }
    }

    /// Share of the surface that lies mirrored in the half across an axis, too.
    fn symmetry(&self, axis: usize) -> f32 {
        let size = (self.high - self.low).max(Vec3::splat(f32::MIN_POSITIVE));
        let mut full = vec![false; CELLS * CELLS * CELLS];
        let cell = |at: Vec3, mirrored: bool| {
            let mut k = ((at - self.low) / size * CELLS as f32)
                .to_array()
                .map(|x| (x as usize).min(CELLS - 1));
            if mirrored {
                k[axis] = CELLS - 1 - k[axis];
            }
            (k[0] * CELLS + k[1]) * CELLS + k[2]
        };
        for (at, _) in &self.at {
            full[cell(*at, false)] = true;
        }
        let met = self.at.iter().filter(|(at, _)| full[cell(*at, true)]);
        met.count() as f32 / self.at.len().max(1) as f32
    }
}

/// How a file lies.
pub(super) struct Axes {
    pub(super) car_from_file: Mat3,
    /// Middle of its box, in the file.
    pub(super) middle: Vec3,
    /// Length, width, height, in the file's unit.
    pub(super) size: [f32; 3],
    pub(super) up: (Axis, Evidence),
    pub(super) ahead: (Axis, Evidence),
}

/// Finds how a car lies in its file.
pub(super) fn find(cloud: &Cloud, names: &[&str], map: &PartMap) -> Result<Axes, DesignError> {
    let size = cloud.high - cloud.low;
    if cloud.at.is_empty() || size.min_element() < 0.04 * size.max_element() {
        return Err(DesignError::Flat);
    }
    let symmetry = [0, 1, 2].map(|axis| cloud.symmetry(axis));
    let mut best: Option<(f32, Axis, Axis)> = None;
    for up in Axis::ALL {
        for ahead in Axis::ALL {
            let wanted = |asked: Option<Axis>, axis: Axis| asked.is_none_or(|own| own == axis);
            if up.number == ahead.number || !wanted(map.up, up) || !wanted(map.ahead, ahead) {
                continue;
            }
            let score = stands(cloud, &symmetry, up, ahead) + heads(cloud, names, up, ahead).0;
            if best.is_none_or(|(most, ..)| score > most) {
                best = Some((score, up, ahead));
            }
        }
    }
    let Some((_, up, ahead)) = best else {
        return Err(DesignError::Flat);
    };
    let aside = 3 - up.number - ahead.number;
    let proportions = [size[ahead.number], size[aside], size[up.number]];
    let (long, high) = (
        proportions[0] / proportions[1],
        proportions[2] / proportions[1],
    );
    if !(1.15..=4.5).contains(&long) || !(0.3..=1.9).contains(&high) {
        return Err(DesignError::Proportions(proportions));
    }
    let (y, z) = (up.unit(), ahead.unit());
    let by = |asked: Option<Axis>, named: bool| match (asked, named) {
        (Some(_), _) => Evidence::Map,
        (None, true) => Evidence::Name,
        (None, false) => Evidence::Shape,
    };
    let named = heads(cloud, names, up, ahead).1;
    Ok(Axes {
        car_from_file: Mat3::from_cols(y.cross(z), y, z).transpose(),
        middle: 0.5 * (cloud.low + cloud.high),
        size: proportions,
        up: (up, by(map.up, false)),
        ahead: (ahead, by(map.ahead, named)),
    })
}

/// Mean of a measure over places; 0 over none.
fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / count as f32 }
}

/// How much like a car it is to have `up` above.
fn stands(cloud: &Cloud, symmetry: &[f32; 3], up: Axis, ahead: Axis) -> f32 {
    let size = cloud.high - cloud.low;
    let aside = 3 - up.number - ahead.number;
    let (length, width, height) = (size[ahead.number], size[aside], size[up.number]);
    let middle = 0.5 * (cloud.low + cloud.high);
    let sign = if up.negative { -1.0 } else { 1.0 };
    // 0 on the ground, 1 at the roof.
    let level = |at: Vec3| 0.5 + sign * (at - middle)[up.number] / height;
    let from_middle = |axis: usize, above: bool| {
        let own = cloud.at.iter().filter(move |(at, _)| {
            (level(*at) > 0.66) == above && (0.2..0.95).contains(&level(*at))
        });
        mean(own.map(move |(at, _)| (at - middle)[axis].abs() / size[axis]))
    };
    let plausible = |value: f32, low: f32, high: f32| {
        // 0 inside, falling by the ratio to the nearer end outside.
        -(value / high).max(low / value).max(1.0).ln()
    };
    // A cabin is narrower and shorter than what carries it.
    let tapers = from_middle(aside, false) - from_middle(aside, true)
        + from_middle(ahead.number, false)
        - from_middle(ahead.number, true);
    let kinds = |wanted: fn(Kind) -> bool| {
        let own = cloud
            .at
            .iter()
            .filter(move |(_, n)| wanted(cloud.kinds[*n]));
        let levels: Vec<f32> = own.map(|(at, _)| level(*at)).collect();
        (!levels.is_empty()).then(|| mean(levels.into_iter()) - 0.5)
    };
    let glass = kinds(|kind| {
        use crate::CarPart::{Roof, Windscreen};
        matches!(kind, Kind::Glass | Kind::Exact(Windscreen | Roof))
    });
    let wheels = kinds(|kind| {
        use crate::CarPart::{Rim, Tyre, Underbody};
        matches!(kind, Kind::Wheel | Kind::Exact(Tyre | Rim | Underbody))
    });
    3.0 * symmetry[aside] - 1.5 * symmetry[up.number] - 0.5 * symmetry[ahead.number]
        + 3.0 * plausible(length / width, 1.6, 3.2)
        + 3.0 * plausible(height / width, 0.45, 1.2)
        + 8.0 * tapers
        + 6.0 * glass.unwrap_or(0.0)
        - 6.0 * wheels.unwrap_or(0.0)
        // Where nothing else decides: most files have y up, most others z.
        + if up.negative { 0.0 } else { [0.0, 0.25, 0.2][up.number] }
}

/// How much like a car it is to have `ahead` in front, and whether names say so.
fn heads(cloud: &Cloud, names: &[&str], up: Axis, ahead: Axis) -> (f32, bool) {
    let size = cloud.high - cloud.low;
    let middle = 0.5 * (cloud.low + cloud.high);
    let sign = |axis: Axis| if axis.negative { -1.0 } else { 1.0 };
    let along = |at: Vec3| sign(ahead) * (at - middle)[ahead.number] / size[ahead.number];
    let level = |at: Vec3| 0.5 + sign(up) * (at - middle)[up.number] / size[up.number];
    let (mut said, mut any) = (0.0, false);
    let ends: Vec<i32> = names.iter().map(|name| names::end(name)).collect();
    let kinds: Vec<i32> = cloud
        .kinds
        .iter()
        .map(|kind| {
            use crate::CarPart::{Bonnet, RearWindow, Tailgate, Windscreen};
            match kind {
                Kind::Exact(Bonnet | Windscreen) => 1,
                Kind::Exact(Tailgate | RearWindow) => -1,
                _ => 0,
            }
        })
        .collect();
    for list in [&ends, &kinds] {
        let at = |end: i32| {
            let own = cloud.at.iter().filter(move |(_, n)| list[*n] == end);
            let all: Vec<f32> = own.map(|(at, _)| along(*at)).collect();
            (!all.is_empty()).then(|| mean(all.into_iter()))
        };
        if let (Some(front), Some(rear)) = (at(1), at(-1)) {
            said += 4.0 * (front - rear);
            any = true;
        }
    }
    // The roof lies behind the middle, and the bonnet is lower than what is at the other end.
    let roof = mean(
        cloud
            .at
            .iter()
            .filter(|(at, _)| level(*at) > 0.8)
            .map(|(at, _)| along(*at)),
    );
    let top = |from: f32, to: f32| {
        let own = cloud.at.iter().map(|(at, _)| *at);
        let mut levels: Vec<f32> = own
            .filter(|at| (from..to).contains(&along(*at)))
            .map(level)
            .collect();
        levels.sort_by(f32::total_cmp);
        levels.get(levels.len() * 9 / 10).copied().unwrap_or(0.0)
    };
    let lower = top(-0.42, -0.25) - top(0.25, 0.42);
    (said - 3.0 * roof + 1.5 * lower, any)
}
