//! A trained network: asked, judged, written and read.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::augment::{self, View};
use crate::convolution::BLOCK;
use crate::error::VisionError;
use crate::examples::{Examples, Kind, Landmarks, Truth, UNKNOWN, VIEW};
use crate::head;
use crate::lanes::{LANES, Volume};
use crate::layers::{Layers, Reading, Trace};
use crate::level::Level;
use crate::train::POINT_SCALE;

/// The version of the file format that this program reads and writes.
pub const VERSION: u32 = 1;
const NAME: &[u8; 24] = b"populace vision network\n";
const HEADER: usize = NAME.len() + 4 + 8 + 32;

/// A small convolutional network that tells one kind of truth from pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    pub(crate) kind: Kind,
    pub(crate) layers: Layers,
    /// Mean and standard deviation of each number.
    pub(crate) spread: Vec<[f64; 2]>,
}

/// What a network says of pictures, in their order.
#[derive(Debug, Clone, PartialEq)]
pub enum Answers {
    /// x and y of each point, in pixels of the pictures that the squares were cut from.
    Landmarks(Vec<Vec<[f64; 2]>>),
    /// Each class's probability.
    Class(Vec<Vec<f64>>),
    /// The class of each pixel of the cached square, row after row; [`UNKNOWN`] beyond what the network sees.
    Segments(Vec<Vec<u8>>),
    /// In the units of the examples.
    Numbers(Vec<Vec<f64>>),
}

/// What comes out of the layers for one picture.
enum Told {
    /// In shares of the cached square.
    Points(Vec<[f64; 2]>),
    Class(Vec<f64>),
    Segments(Vec<u8>),
    Numbers(Vec<f64>),
}

impl Told {
    /// Moves each point half the way to where it was seen in a mirror.
    fn meet(&mut self, mirrored: &Self, mirror: &[usize]) {
        if let (Self::Points(points), Self::Points(mirrored)) = (self, mirrored) {
            for (point, &other) in points.iter_mut().zip(mirror) {
                for (to, from) in point.iter_mut().zip(mirrored[other]) {
                    *to = f64::midpoint(*to, from);
                }
            }
        }
    }
}

/// Puts colours, `[side][side][3]`, into a lane of the first level's input, less their mean and over their spread: light and exposure are nothing to learn.
pub(crate) fn place(seen: &[f32], side: usize, lane: usize, input: &mut Volume) {
    let count = seen.len() as f32;
    let mean = seen.iter().sum::<f32>() / count;
    let square = seen.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / count;
    let scale = 1.0 / (square.sqrt() + 0.05);
    for y in 0..side {
        for x in 0..side {
            let part = ((y % 2) * 2 + x % 2) * 3;
            let from = &seen[(y * side + x) * 3..][..3];
            let to = &mut input.pixel_mut(y / 2, x / 2)[part..part + 3];
            for (to, from) in to.iter_mut().zip(from) {
                to.0[lane] = (from - mean) * scale;
            }
        }
    }
}

impl Network {
    /// What it tells.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Pixels of the side of what it sees.
    pub fn side(&self) -> usize {
        self.layers.side
    }

    /// How many numbers it has learned.
    pub fn parameters(&self) -> usize {
        self.layers.parameters()
    }

    /// What it says of pictures, whatever is true of them.
    ///
    /// # Errors
    /// Examples that contradict themselves.
    pub fn predict(&self, examples: &Examples) -> Result<Answers, VisionError> {
        examples.check()?;
        let told = self.told(examples, true);
        let mut answers = match self.kind {
            Kind::Landmarks { .. } => Answers::Landmarks(Vec::new()),
            Kind::Class(_) => Answers::Class(Vec::new()),
            Kind::Segments(_) => Answers::Segments(Vec::new()),
            Kind::Numbers(_) => Answers::Numbers(Vec::new()),
        };
        for (told, frame) in told.into_iter().zip(&examples.frames) {
            match (&mut answers, told) {
                (Answers::Landmarks(all), Told::Points(points)) => {
                    all.push(points.into_iter().map(|at| frame.to_picture(at)).collect());
                }
                (Answers::Class(all), Told::Class(shares)) => all.push(shares),
                (Answers::Segments(all), Told::Segments(classes)) => all.push(classes),
                (Answers::Numbers(all), Told::Numbers(numbers)) => all.push(numbers),
                _ => {}
            }
        }
        Ok(answers)
    }

    /// How wrong it is about each picture. Landmarks: mean distance of the known points, in distances of the two that measure or, without them, in the
    /// longer side of the box around the known points. Classes: 0 or 1. Segments: one less the mean, over the classes that are there or told, of
    /// intersection over union on what the network sees. Numbers: mean absolute error over the known ones, in their units.
    ///
    /// # Errors
    /// Examples with another truth than the network tells, that contradict themselves, or with a picture that nothing is known of.
    pub fn losses(&self, examples: &Examples) -> Result<Vec<f64>, VisionError> {
        self.judged(examples, false, true)
    }

    /// The logarithm of the inverse of the true class's probability, in nats, for each picture.
    ///
    /// # Errors
    /// As [`Network::losses`], and where the truth is no class.
    pub fn log_losses(&self, examples: &Examples) -> Result<Vec<f64>, VisionError> {
        if let Kind::Class(_) = self.kind {
            return self.judged(examples, true, true);
        }
        Err(VisionError::new(
            format!("{} have no log loss", self.kind.word()),
            "ask for losses",
        ))
    }

    /// What validation goes by: losses, and of classes the log loss; nothing is looked at twice, which would take twice as long.
    pub(crate) fn costs(&self, examples: &Examples) -> Result<Vec<f64>, VisionError> {
        self.judged(examples, true, false)
    }

    fn judged(&self, examples: &Examples, log: bool, twice: bool) -> Result<Vec<f64>, VisionError> {
        examples.check()?;
        let (own, theirs) = (&self.kind, examples.kind());
        let same = match &theirs {
            // Points are told apart by their order: one list numbers them, another names them.
            Kind::Landmarks { names, .. } => names.len() == own.names().len(),
            other => other.names() == own.names(),
        };
        if own.word() != theirs.word() || !same {
            return Err(VisionError::new(
                format!(
                    "the network tells {} {}, but the examples have {} {}",
                    own.names().len(),
                    own.word(),
                    theirs.names().len(),
                    theirs.word()
                ),
                "judge it by examples with the truth it was trained on, under the same names in the same order",
            ));
        }
        if let Some(at) = (0..examples.len()).find(|&at| !examples.is_known(at)) {
            return Err(VisionError::new(
                format!(
                    "nothing is known of picture {at} of the examples, so nobody can be judged by it"
                ),
                "leave it out",
            ));
        }
        let loss = |(at, told): (usize, &Told)| match (told, &examples.truth) {
            (Told::Points(points), Truth::Landmarks(marks)) => away(points, marks, at),
            (Told::Class(shares), Truth::Class { of, .. }) => {
                let class = of[at] as usize;
                if log {
                    -libm::log(shares[class].max(1e-15))
                } else {
                    let most = shares.iter().copied().fold(0.0, f64::max);
                    f64::from(u8::from(shares[class] < most))
                }
            }
            (Told::Segments(told), Truth::Segments { names, of }) => {
                let square = told.len();
                1.0 - overlap(told, &of[at * square..(at + 1) * square], names.len())
            }
            (Told::Numbers(told), Truth::Numbers { names, of }) => {
                let known = told
                    .iter()
                    .zip(&of[at * names.len()..])
                    .map(|(told, &of)| (told - f64::from(of)).abs())
                    .filter(|loss| loss.is_finite());
                known.clone().sum::<f64>() / known.count().max(1) as f64
            }
            // The kinds were compared above.
            _ => f64::INFINITY,
        };
        Ok(self
            .told(examples, twice)
            .iter()
            .enumerate()
            .map(loss)
            .collect())
    }

    /// What it says of pictures, which depends on each one alone. Looking `twice`, the second time in a mirror, tells landmarks by the mean of both.
    fn told(&self, examples: &Examples, twice: bool) -> Vec<Told> {
        let level = Level::detect();
        let places: Vec<usize> = (0..examples.len()).collect();
        let groups: Vec<Vec<Told>> = places
            .par_chunks(LANES)
            .map_init(
                || {
                    let trace = self.layers.trace();
                    let room = trace.answers.clone();
                    (trace, room)
                },
                |(trace, room), places| {
                    let mut tell = |view| self.tell(level, examples, (places, view), trace, room);
                    let mut told = tell(View::STILL);
                    if let Kind::Landmarks {
                        mirror: Some(mirror),
                        ..
                    } = &self.kind
                        && twice
                    {
                        let mirrored = tell(View::MIRRORED);
                        for (told, mirrored) in told.iter_mut().zip(&mirrored) {
                            told.meet(mirrored, mirror);
                        }
                    }
                    told
                },
            )
            .collect();
        groups.into_iter().flatten().collect()
    }

    fn tell(
        &self,
        level: Level,
        examples: &Examples,
        (places, view): (&[usize], View),
        trace: &mut Trace,
        room: &mut Volume,
    ) -> Vec<Told> {
        let side = self.layers.side;
        for (lane, &at) in places.iter().enumerate() {
            place(
                &augment::colours(examples, at, view, side),
                side,
                lane,
                &mut trace.input,
            );
        }
        self.layers.forward(level, trace, false);
        let names = self.kind.names().len();
        let lanes = 0..places.len();
        match &self.kind {
            Kind::Landmarks { .. } if self.layers.reading == Reading::All => {
                let answers = trace.answers.pixel(0, 0);
                let point = |point: usize, lane: usize| {
                    let share = [2 * point, 2 * point + 1]
                        .map(|at| f64::from(answers[at].0[lane] / POINT_SCALE + 0.5));
                    view.share_to_square(share)
                };
                lanes
                    .map(|lane| Told::Points((0..names).map(|p| point(p, lane)).collect()))
                    .collect()
            }
            Kind::Landmarks { .. } => {
                let found = head::locate(level, &trace.answers, room);
                let point = |point: usize, lane: usize| {
                    let share = [0, 1].map(|axis| f64::from(found[point][axis].0[lane]));
                    view.share_to_square(share)
                };
                lanes
                    .map(|lane| Told::Points((0..names).map(|p| point(p, lane)).collect()))
                    .collect()
            }
            Kind::Class(_) => {
                head::shares(level, &trace.answers, names, room);
                let shares = room.pixel(0, 0);
                let of = |lane: usize| (0..names).map(|c| f64::from(shares[c].0[lane])).collect();
                lanes.map(|lane| Told::Class(of(lane))).collect()
            }
            Kind::Segments(_) => lanes
                .map(|lane| Told::Segments(painted(&trace.answers, lane, names, examples.side)))
                .collect(),
            Kind::Numbers(_) => {
                let answers = trace.answers.pixel(0, 0);
                let number = |name: usize, lane: usize| {
                    let [mean, sd] = self.spread[name];
                    f64::from(answers[name].0[lane]) * sd + mean
                };
                lanes
                    .map(|lane| Told::Numbers((0..names).map(|n| number(n, lane)).collect()))
                    .collect()
            }
        }
    }
}

/// Mean distance of known points, see [`Network::losses`].
fn away(points: &[[f64; 2]], marks: &Landmarks, at: usize) -> f64 {
    let truth = &marks.of[at * points.len()..(at + 1) * points.len()];
    let truth: Vec<[f64; 2]> = truth.iter().map(|p| p.map(f64::from)).collect();
    let known = |p: &[f64; 2]| p.iter().all(|c| c.is_finite());
    let between = |a: [f64; 2], b: [f64; 2]| libm::hypot(a[0] - b[0], a[1] - b[1]);
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    let (mut sum, mut count) = (0.0, 0.0);
    for (told, of) in points.iter().zip(&truth).filter(|(_, of)| known(of)) {
        sum += between(*told, *of);
        count += 1.0;
        for axis in 0..2 {
            low[axis] = low[axis].min(of[axis]);
            high[axis] = high[axis].max(of[axis]);
        }
    }
    let whole = (high[0] - low[0]).max(high[1] - low[1]);
    let size = match marks.measure {
        Some([a, b]) if known(&truth[a]) && known(&truth[b]) => between(truth[a], truth[b]),
        _ => whole,
    };
    // A single point has no box: the square's own side measures then.
    let size = if size > 0.0 { size } else { 1.0 };
    sum / f64::max(count, 1.0) / size
}

/// Mean intersection over union of the classes that are in either, where both know.
fn overlap(told: &[u8], truth: &[u8], classes: usize) -> f64 {
    let mut both = vec![0_u64; classes];
    let mut either = vec![0_u64; classes];
    for (&told, &truth) in told.iter().zip(truth) {
        if told == UNKNOWN || truth == UNKNOWN {
            continue;
        }
        let (told, truth) = (usize::from(told), usize::from(truth));
        either[told] += 1;
        if told == truth {
            both[told] += 1;
        } else {
            either[truth] += 1;
        }
    }
    let there = (0..classes).filter(|&c| either[c] > 0);
    let count = there.clone().count().max(1) as f64;
    there
        .map(|c| both[c] as f64 / either[c] as f64)
        .sum::<f64>()
        / count
}

/// The likeliest class of each pixel of a cached square; between cells in straight lines.
fn painted(answers: &Volume, lane: usize, classes: usize, side: usize) -> Vec<u8> {
    let cells = answers.side as f64;
    let mut out = Vec::with_capacity(side * side);
    let share = |pixel: usize| ((pixel as f64 + 0.5) / side as f64 - 0.5) / VIEW + 0.5;
    let corner = |share: f64| {
        let at = (share * cells - 0.5).clamp(0.0, cells - 1.0);
        (
            at as usize,
            (at as usize + 1).min(answers.side - 1),
            (at - at.floor()) as f32,
        )
    };
    for y in 0..side {
        for x in 0..side {
            let (across, down) = (share(x), share(y));
            if !(0.0..1.0).contains(&across) || !(0.0..1.0).contains(&down) {
                out.push(UNKNOWN);
                continue;
            }
            let ((left, right, u), (top, bottom, v)) = (corner(across), corner(down));
            let value = |class: usize| {
                let [a, b, c, d] = [(top, left), (top, right), (bottom, left), (bottom, right)]
                    .map(|(y, x)| answers.pixel(y, x)[class].0[lane]);
                let (high, low) = (a + (b - a) * u, c + (d - c) * u);
                high + (low - high) * v
            };
            let mut best = (0, value(0));
            for class in 1..classes {
                let value = value(class);
                if value > best.1 {
                    best = (class, value);
                }
            }
            out.push(best.0 as u8);
        }
    }
    out
}

impl Network {
    /// The bytes of the network's file.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Only a writer that is full can fail here, and a vector is none.
        let content = postcard::to_allocvec(self).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER + content.len());
        bytes.extend_from_slice(NAME);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&Sha256::digest(&content));
        bytes.extend_from_slice(&content);
        bytes
    }

    /// Reads a network from the bytes of its file.
    ///
    /// # Errors
    /// When they are no network, one of another version, cut short, changed, or inconsistent.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VisionError> {
        const AGAIN: &str = "copy the file again, or train the network again";
        if !bytes.starts_with(NAME) {
            return Err(VisionError::new(
                "this is no network for pictures",
                "name a file that this program wrote one to",
            ));
        }
        let Some((header, content)) = bytes.split_at_checked(HEADER) else {
            return Err(VisionError::new("this network is cut short", AGAIN));
        };
        if header[24..28] != VERSION.to_le_bytes() {
            return Err(VisionError::new(
                format!(
                    "this network is of another version of the format; this program reads version {VERSION}"
                ),
                "train it again, or use the program that wrote it",
            ));
        }
        if header[28..36] != (content.len() as u64).to_le_bytes() {
            return Err(VisionError::new(
                "this network has another length than its header says",
                AGAIN,
            ));
        }
        if Sha256::digest(content)[..] != header[36..68] {
            return Err(VisionError::new(
                "this network is not as it was written: its SHA-256 does not match",
                AGAIN,
            ));
        }
        postcard::from_bytes(content)
            .ok()
            .filter(Self::is_consistent)
            .ok_or_else(|| {
                VisionError::new(
                    "this network contradicts itself",
                    "it was not written by this program; train it again",
                )
            })
    }

    fn is_consistent(&self) -> bool {
        let names = self.kind.names().len();
        let outputs = match (&self.kind, self.layers.reading) {
            (Kind::Landmarks { .. }, Reading::Maps(2))
            | (Kind::Segments(_), Reading::Maps(3))
            | (Kind::Class(_), Reading::Means)
            | (Kind::Numbers(_), Reading::All) => names,
            (Kind::Landmarks { .. }, Reading::All) => 2 * names,
            _ => return false,
        };
        let spread = if let Kind::Numbers(_) = self.kind {
            names
        } else {
            0
        };
        names > 0
            && self.layers.is_consistent(outputs.next_multiple_of(BLOCK))
            && self.spread.len() == spread
            && self.spread.iter().flatten().all(|n| n.is_finite())
            && match &self.kind {
                Kind::Landmarks {
                    mirror, measure, ..
                } => {
                    mirror
                        .as_ref()
                        .is_none_or(|m| m.len() == names && m.iter().all(|&p| p < names))
                        && measure.is_none_or(|two| two.iter().all(|&p| p < names))
                }
                Kind::Segments(_) => names < usize::from(UNKNOWN),
                Kind::Class(_) | Kind::Numbers(_) => true,
            }
    }
}
