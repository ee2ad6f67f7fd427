//! Deterministic damage to small sound files. Shared by the test `fuzz` and the example of the same name.
use motion::names::Mapping;
use motion::retarget::retarget;
use motion::{Clip, acclaim, bvh};

use super::person::{MOTION_BUILDER, Zero, bvh as written, gymnastics};

/// A reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bvh,
    Asf,
    Amc,
    Map,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Bvh, Self::Asf, Self::Amc, Self::Map];

    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Bvh => "bvh",
            Self::Asf => "asf",
            Self::Amc => "amc",
            Self::Map => "yaml",
        }
    }
}

/// Permuted congruential numbers (O'Neill 2014, XSH-RR 64/32): the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x853c_49e6_748f_ea9b);
        dice.next();
        dice
    }

    pub(crate) fn next(&mut self) -> u32 {
        let state = self.0;
        self.0 = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let mixed = (((state >> 18) ^ state) >> 27) as u32;
        mixed.rotate_right((state >> 59) as u32)
    }

    /// From 0 to `count − 1`; 0 when there is nothing to choose from.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.next()) * count as u64) >> 32) as usize
    }
}

const ODD: [&str; 16] = [
    "0",
    "-1",
    "1",
    "3",
    "7",
    "65536",
    "4294967296",
    "-9223372036854775808",
    "1e7",
    "1e38",
    "1e39",
    "nan",
    "-inf",
    "1e-40",
    "{",
    "}",
];

/// Damages a file in one to four ways.
pub(crate) fn mutate(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        bytes = match dice.below(9) {
            0..5 => in_words(&bytes, dice),
            5 | 6 => in_lines(&bytes, dice),
            _ => in_bytes(bytes, dice),
        };
    }
    bytes
}

fn in_bytes(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let at = dice.below(bytes.len());
    match dice.below(4) {
        0 => bytes.truncate(at),
        1 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
        2 if !bytes.is_empty() => bytes[at] = [0, b'\n', b'\r', b'{', 0xff][dice.below(5)],
        _ => {
            let end = (at + 1 + dice.below(40)).min(bytes.len());
            bytes.drain(at..end);
        }
    }
    bytes
}

fn in_lines(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(3) {
        0 => lines.swap(a, b),
        1 => lines.insert(a, lines[b]),
        _ => {
            lines.remove(a);
        }
    }
    lines.join(&b'\n')
}

fn in_words(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let starts: Vec<usize> = (0..bytes.len())
        .filter(|&k| {
            !bytes[k].is_ascii_whitespace() && (k == 0 || bytes[k - 1].is_ascii_whitespace())
        })
        .collect();
    if starts.is_empty() {
        return bytes.to_vec();
    }
    let pick = |dice: &mut Dice| {
        let start = starts[dice.below(starts.len())];
        let length = bytes[start..].iter().position(u8::is_ascii_whitespace);
        start..length.map_or(bytes.len(), |length| start + length)
    };
    let word = pick(dice);
    let new = match dice.below(4) {
        0 => Vec::new(),
        1 => bytes[pick(dice)].to_vec(),
        _ => ODD[dice.below(ODD.len())].as_bytes().to_vec(),
    };
    [&bytes[..word.start], &new, &bytes[word.end..]].concat()
}

/// A small Acclaim skeleton.
pub(crate) const ASF: &str = "\
:version 1.10
:name test
:units
  mass 1.0
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name lfemur
    direction 0.34202 -0.939693 0
    length 7.5
    axis 0 0 20 XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
    id 2
    name ltibia
    direction 0.34202 -0.939693 0
    length 7.2
    axis 0 0 20 XYZ
    dof rx
  end
:hierarchy
  begin
    root lfemur
    lfemur ltibia
  end
";
pub(crate) const AMC: &str = "\
#!OML:ASF test
:FULLY-SPECIFIED
:DEGREES
1
root 1 2 3 0 90 0
lfemur 10 0 0
ltibia 20
2
root 1 2 4 0 90 0
lfemur 12 0 0
ltibia 25
";
pub(crate) const MAP: &str =
    "# whose is whose\nhips: Hips\nleft_upper_leg: LeftUpLeg\n\"head\": 'Head'\n";

/// Sound files to start from.
pub(crate) fn seeds(kind: Kind) -> Vec<Vec<u8>> {
    match kind {
        Kind::Bvh => vec![
            person(),
            b"HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation\nEnd Site\n{\nOFFSET 0 1 0\n}\n}\nMOTION\nFrames: 2\nFrame Time: 0.1\n0 1 0 0 0 0\n1 1 0 90 0 0\n".to_vec(),
        ],
        Kind::Asf => vec![ASF.into()],
        Kind::Amc => vec![AMC.into()],
        Kind::Map => vec![MAP.into(), b"{\"hips\": \"Hips\"}".to_vec()],
    }
}

pub(crate) fn person() -> Vec<u8> {
    let world = glam::Quat::IDENTITY;
    written(
        &MOTION_BUILDER,
        Zero::Upright(90.0),
        100.0,
        world,
        30.0,
        &gymnastics(3),
    )
    .into_bytes()
}

/// Reads, and does with it what is done with clips: nothing may panic, and nothing that is not finite may come out.
pub(crate) fn check(kind: Kind, bytes: &[u8]) -> Option<Clip> {
    let take = match kind {
        Kind::Bvh => bvh::read(bytes).ok()?,
        Kind::Asf => {
            let skeleton = acclaim::read_skeleton(bytes).ok()?;
            acclaim::read(AMC.as_bytes(), &skeleton, acclaim::CMU_FPS).ok()?
        }
        Kind::Amc => {
            let skeleton = acclaim::read_skeleton(ASF.as_bytes()).expect("sound");
            acclaim::read(bytes, &skeleton, acclaim::CMU_FPS).ok()?
        }
        Kind::Map => bvh::read(&person()).expect("sound"),
    };
    let mapping = match kind {
        Kind::Map => Mapping::from_map(&take, std::str::from_utf8(bytes).ok()?).ok()?,
        _ => Mapping::detect(&take).ok()?,
    };
    let clip = retarget(&take, &mapping, "damaged").ok()?.clip;
    let body = motion::Skeleton::reference();
    for i in 0..3 {
        let frame = clip.planted_at(i as f32 * clip.seconds() / 2.0, &body);
        assert!(frame.root.is_finite(), "hips are nowhere");
        assert!(
            frame.turns.iter().all(|turn| turn.is_finite()),
            "a joint has no turn"
        );
    }
    Some(clip)
}
