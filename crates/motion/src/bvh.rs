//! Biovision hierarchies (`.bvh`): a tree of joints, then one line of numbers a frame.
//!
//! The format has no owner; this follows what Meredith & Maddock 2001 ("Motion capture file formats explained") say and what exporters write:
//! a joint's turn is the product of its channels in the order of the file, and a joint with position channels is where they say, not at its
//! offset.

use glam::{EulerRot, Quat, Vec3};

use crate::error::MotionError;
use crate::take::{Format, MOST_FRAMES, MOST_JOINTS, Take, TakeJoint};
use crate::words::{Lines, number};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Channel {
    Move(usize),
    Turn(usize),
}

const EXPORT: &str = "export the clip again as BVH";

/// Reads a BVH file.
///
/// # Errors
/// One sentence with its line: no skeleton, no frames, a frame time of 0, a wrong number of values on a line, a value that is no number.
pub fn read(bytes: &[u8]) -> Result<Take, MotionError> {
    let mut lines = Lines::new(bytes);
    let (joints, channels) = hierarchy(&mut lines)?;
    let width: usize = channels.iter().map(Vec::len).sum();
    let (frames, fps) = header(&mut lines)?;
    let mut turns = Vec::new();
    let mut moves: Vec<(usize, Vec<Vec3>)> = channels
        .iter()
        .enumerate()
        .filter(|(_, channels)| channels.iter().any(|c| matches!(c, Channel::Move(_))))
        .map(|(joint, _)| (joint, Vec::new()))
        .collect();
    let mut found = 0;
    let mut row: Vec<f32> = Vec::with_capacity(width);
    while found < frames {
        let Some(line) = lines.next_line() else {
            return Err(MotionError::at(
                lines.line(),
                format!("the file ends after {found} of {frames} frames"),
                EXPORT,
            ));
        };
        row.clear();
        for word in line?.split_ascii_whitespace() {
            if row.len() == width {
                row.push(0.0);
                break;
            }
            let what = format!("value {}", row.len() + 1);
            row.push(number(word, lines.line(), &what)?);
        }
        if row.len() != width {
            let has = if row.len() > width {
                "more".to_owned()
            } else {
                row.len().to_string()
            };
            return Err(MotionError::at(
                lines.line(),
                format!("this frame has {has} values where the skeleton has {width} channels"),
                EXPORT,
            ));
        }
        let mut values = row.iter();
        let mut moving = moves.iter_mut();
        for (joint, channels) in joints.iter().zip(&channels) {
            let mut turn = Quat::IDENTITY;
            let mut place = joint.offset;
            let mut moved = false;
            for (channel, &value) in channels.iter().zip(values.by_ref()) {
                match channel {
                    Channel::Move(axis) => {
                        place[*axis] = value;
                        moved = true;
                    }
                    // A turn of many rounds is the turn that is left; degrees by f64, as 1e7° would lose its fraction.
                    Channel::Turn(axis) => turn *= about(*axis, value),
                }
            }
            turns.push(turn.normalize());
            if moved && let Some((_, places)) = moving.next() {
                places.push(place);
            }
        }
        found += 1;
    }
    Take {
        format: Format::Bvh,
        joints,
        fps,
        frames,
        metre_per_unit: None,
        turns,
        moves,
    }
    .checked()
}

/// A turn of so many degrees about x, y or z.
pub(crate) fn about(axis: usize, degrees: f32) -> Quat {
    let angle = (f64::from(degrees) % 360.0).to_radians() as f32;
    match axis {
        0 => Quat::from_euler(EulerRot::XYZ, angle, 0.0, 0.0),
        1 => Quat::from_euler(EulerRot::XYZ, 0.0, angle, 0.0),
        _ => Quat::from_euler(EulerRot::XYZ, 0.0, 0.0, angle),
    }
}

type Tree = (Vec<TakeJoint>, Vec<Vec<Channel>>);

fn hierarchy(lines: &mut Lines<'_>) -> Result<Tree, MotionError> {
    let no_skeleton = |line| {
        MotionError::at(
            line,
            "there is no skeleton: a BVH file begins with `HIERARCHY` and `ROOT`",
            "give a BVH file with a skeleton, or an AMC file",
        )
    };
    let mut joints: Vec<TakeJoint> = Vec::new();
    let mut channels: Vec<Vec<Channel>> = Vec::new();
    // Open braces: a joint, or none for an end site.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut next: Option<Option<usize>> = None;
    match lines.next_line() {
        Some(line) if line.clone()?.eq_ignore_ascii_case("HIERARCHY") => {}
        _ => return Err(no_skeleton(lines.line().max(1))),
    }
    while let Some(line) = lines.next_line() {
        let (line, at) = (line?, lines.line());
        let mut words = line.split_ascii_whitespace();
        let word = words.next().unwrap_or_default();
        match word.to_ascii_uppercase().as_str() {
            "ROOT" | "JOINT" => {
                let root = word.eq_ignore_ascii_case("ROOT");
                let parent = open.last().copied();
                if root != parent.is_none() || (root && !joints.is_empty()) {
                    let found = if root { "a second root" } else { "a joint" };
                    return Err(MotionError::at(
                        at,
                        format!("{found} stands where none can"),
                        "one person and one root are wanted; cut a file of several people into clips of one",
                    ));
                }
                let Some(parent) = parent.map_or(Some(None), |p| p.map(Some)) else {
                    return Err(MotionError::at(at, "a joint hangs on an end site", EXPORT));
                };
                if joints.len() == MOST_JOINTS {
                    return Err(MotionError::at(
                        at,
                        format!("this skeleton has more than {MOST_JOINTS} joints"),
                        "export the body without its clothes and accessories",
                    ));
                }
                let mut name = String::new();
                for word in words {
                    if word == "{" {
                        break;
                    }
                    if !name.is_empty() {
                        name.push(' ');
                    }
                    name.push_str(word);
                }
                joints.push(TakeJoint {
                    name,
                    parent,
                    offset: Vec3::ZERO,
                    end: None,
                });
                channels.push(Vec::new());
                next = Some(Some(joints.len() - 1));
                if line.ends_with('{') {
                    open.extend(next.take());
                }
            }
            "END" => {
                if !matches!(open.last(), Some(Some(_))) {
                    return Err(MotionError::at(at, "an end site hangs on no joint", EXPORT));
                }
                next = Some(None);
                if line.ends_with('{') {
                    open.extend(next.take());
                }
            }
            "{" => match next.take() {
                Some(what) => open.push(what),
                None => return Err(MotionError::at(at, "a brace opens nothing", EXPORT)),
            },
            "}" => {
                if open.pop().is_none() {
                    return Err(MotionError::at(at, "a brace closes nothing", EXPORT));
                }
            }
            "OFFSET" => {
                let mut offset = Vec3::ZERO;
                for axis in 0..3 {
                    let word = words.next().unwrap_or_default();
                    offset[axis] = number(word, at, &format!("value {} of the offset", axis + 1))?;
                }
                match open.last() {
                    Some(Some(joint)) => joints[*joint].offset = offset,
                    Some(None) => {
                        if let Some(Some(parent)) = open.iter().rev().nth(1) {
                            joints[*parent].end = Some(offset);
                        }
                    }
                    None => {
                        return Err(MotionError::at(at, "an offset belongs to no joint", EXPORT));
                    }
                }
            }
            "CHANNELS" => {
                let Some(Some(joint)) = open.last() else {
                    return Err(MotionError::at(at, "channels belong to no joint", EXPORT));
                };
                channels[*joint] = channels_of(words, at)?;
            }
            "MOTION" => {
                if !open.is_empty() || next.is_some() {
                    return Err(MotionError::at(
                        at,
                        "the motion begins before the skeleton's braces are closed",
                        EXPORT,
                    ));
                }
                if joints.is_empty() {
                    return Err(no_skeleton(at));
                }
                return Ok((joints, channels));
            }
            _ => {
                return Err(MotionError::at(
                    at,
                    "this word has no place in a skeleton; joints, offsets, channels and braces have",
                    EXPORT,
                ));
            }
        }
    }
    Err(MotionError::at(
        lines.line(),
        "the file ends before its motion begins",
        EXPORT,
    ))
}

fn channels_of<'a>(
    mut words: impl Iterator<Item = &'a str>,
    at: usize,
) -> Result<Vec<Channel>, MotionError> {
    let count = words.next().and_then(|word| word.parse::<usize>().ok());
    let channels: Option<Vec<Channel>> = words
        .take(7)
        .map(|word| {
            let axis = match word.as_bytes().first()?.to_ascii_lowercase() {
                b'x' => 0,
                b'y' => 1,
                b'z' => 2,
                _ => return None,
            };
            match word.get(1..)?.to_ascii_lowercase().as_str() {
                "position" => Some(Channel::Move(axis)),
                "rotation" => Some(Channel::Turn(axis)),
                _ => None,
            }
        })
        .collect();
    match channels {
        Some(channels) if Some(channels.len()) == count && channels.len() <= 6 => Ok(channels),
        _ => Err(MotionError::at(
            at,
            "these are no channels: their number, then names such as Xposition and Zrotation, at most six",
            EXPORT,
        )),
    }
}

/// Frames and frames a second.
fn header(lines: &mut Lines<'_>) -> Result<(usize, f32), MotionError> {
    let mut value_of = |name: &str, meaning: &str| {
        let line = lines.next_line().transpose()?.unwrap_or_default();
        let at = lines.line();
        let value = line
            .get(..name.len())
            .filter(|start| start.eq_ignore_ascii_case(name))
            .and_then(|_| line[name.len()..].trim_start().strip_prefix(':'));
        match value {
            Some(value) => Ok((number(value.trim(), at, meaning)?, at)),
            None => Err(MotionError::at(
                at,
                format!("`{name}:` is wanted here"),
                EXPORT,
            )),
        }
    };
    let (frames, at) = value_of("Frames", "the number of frames")?;
    if frames == 0.0 {
        return Err(MotionError::at(
            at,
            "this clip has no frames",
            "record or export it again; at least one frame is wanted",
        ));
    }
    if frames < 0.0 || frames.fract() != 0.0 || frames > MOST_FRAMES as f32 {
        return Err(MotionError::at(
            at,
            format!("the number of frames is a whole one from 1 to {MOST_FRAMES}"),
            "cut the recording into clips",
        ));
    }
    let (time, at) = value_of("Frame Time", "the frame time")?;
    if !(1e-4..=10.0).contains(&time) {
        return Err(MotionError::at(
            at,
            "the frame time is not between 0.0001 and 10 seconds",
            "write the seconds between two frames: 0.00833333 for 120 frames a second",
        ));
    }
    // Frame times are written with few digits: 0.033333 means 30 frames a second.
    let fps = 1.0 / time;
    let whole = fps.round();
    let fps = if (fps - whole).abs() < 2e-3 * whole {
        whole
    } else {
        fps
    };
    Ok((frames as usize, fps))
}
