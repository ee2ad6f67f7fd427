//! Acclaim skeletons (`.asf`) and motions (`.amc`), as the CMU database has them.
//!
//! An Acclaim bone turns about its beginning in axes of its own: with C the turn of its `axis`, R the turn of its degrees of freedom and L its
//! parent's global turn, its global turn is L C R C⁻¹ (Lander 1998, "Working with motion capture file formats"). Here a bone becomes a joint at the
//! end of its parent's bone that turns by C R C⁻¹, so that both formats are the same [`Take`] from then on.

use std::collections::BTreeMap;

use glam::{Quat, Vec3};

use crate::bvh::about;
use crate::error::MotionError;
use crate::take::{Format, MOST_FRAMES, MOST_JOINTS, Take, TakeJoint};
use crate::words::{Lines, number};

const EXPORT: &str = "take the skeleton file that was recorded with the clip, of the same subject";
/// A short line can begin a frame of many bones, so that the file's size does not bound the memory: this does, to 256 MiB.
const MOST_TURNS: usize = 1 << 24;
/// An Acclaim motion does not say how many frames a second it has; CMU's have so many.
pub const CMU_FPS: f32 = 120.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freedom {
    Move(usize),
    Turn(usize),
    Length,
}

#[derive(Debug, Clone)]
struct Bone {
    name: String,
    /// From its beginning to its end.
    along: Vec3,
    axis: Quat,
    freedoms: Vec<Freedom>,
}

impl Bone {
    fn new(name: String) -> Self {
        Self {
            name,
            along: Vec3::ZERO,
            axis: Quat::IDENTITY,
            freedoms: Vec::new(),
        }
    }
}

/// An Acclaim skeleton.
#[derive(Debug, Clone)]
pub struct Skeleton {
    /// The root first, parents before children.
    bones: Vec<Bone>,
    parents: Vec<Option<usize>>,
    degrees: bool,
    metre_per_unit: Option<f32>,
}

/// Whether the bytes look like an Acclaim skeleton rather than a motion.
pub fn is_skeleton(bytes: &[u8]) -> bool {
    let mut lines = Lines::new(bytes);
    while let Some(Ok(line)) = lines.next_line() {
        if line.eq_ignore_ascii_case(":bonedata") {
            return true;
        }
    }
    false
}

/// Reads a skeleton (`.asf`).
///
/// # Errors
/// One sentence with its line: no bones, a bone without a name, a bone of the hierarchy that was never described.
pub fn read_skeleton(bytes: &[u8]) -> Result<Skeleton, MotionError> {
    let mut lines = Lines::new(bytes);
    let mut section = String::new();
    let mut degrees = true;
    let mut length = 1.0_f32;
    let mut bones = vec![Bone::new("root".to_owned())];
    let mut links: Vec<(usize, Vec<String>)> = Vec::new();
    let mut current: Option<(Bone, Vec3, f32)> = None;
    while let Some(line) = lines.next_line() {
        let (line, at) = (line?, lines.line());
        if line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix(':') {
            section = name
                .split_ascii_whitespace()
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            continue;
        }
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let rest = &words[1..];
        match (section.as_str(), words[0].to_ascii_lowercase().as_str()) {
            ("units", "length") => {
                length = number(rest.first().unwrap_or(&""), at, "the unit of length")?;
            }
            ("units", "angle") => degrees = !rest.first().is_some_and(|w| w.starts_with("rad")),
            ("root", "order") => bones[0].freedoms = freedoms(rest, at)?,
            // The root's `axis` names an order, its `orientation` the angles, which are 0 in every known file.
            ("root", "orientation") => bones[0].axis = axis(rest, "XYZ", degrees, at)?,
            ("bonedata", "begin") => current = Some((Bone::new(String::new()), Vec3::ZERO, 0.0)),
            ("bonedata", "end") => {
                if let Some((mut bone, direction, length)) = current.take() {
                    if bone.name.is_empty() {
                        return Err(MotionError::at(at, "this bone has no name", EXPORT));
                    }
                    if bones.len() == MOST_JOINTS {
                        return Err(MotionError::at(
                            at,
                            format!("this skeleton has more than {MOST_JOINTS} bones"),
                            EXPORT,
                        ));
                    }
                    bone.along = direction.normalize_or_zero() * length;
                    bones.push(bone);
                }
            }
            ("bonedata", word) => {
                let Some((bone, direction, length)) = &mut current else {
                    continue;
                };
                match word {
                    "name" => bone.name = rest.join(" "),
                    "direction" => *direction = vector(rest, at, "direction")?,
                    "length" => {
                        *length = number(rest.first().unwrap_or(&""), at, "the length")?;
                    }
                    "axis" => {
                        bone.axis = axis(rest, rest.get(3).copied().unwrap_or("XYZ"), degrees, at)?;
                    }
                    "dof" => bone.freedoms = freedoms(rest, at)?,
                    _ => {}
                }
            }
            ("hierarchy", "begin" | "end") => {}
            ("hierarchy", _) => links.push((at, words.iter().map(|w| (*w).to_owned()).collect())),
            _ => {}
        }
    }
    if bones.len() == 1 {
        return Err(MotionError::at(
            lines.line().max(1),
            "there is no skeleton: an ASF file has `:bonedata` with bones",
            EXPORT,
        ));
    }
    let (bones, parents) = ordered(&bones, &links)?;
    Ok(Skeleton {
        bones,
        parents,
        degrees,
        // CMU's files write `length 0.45` for inches times 0.45.
        metre_per_unit: (length > 0.0 && length != 1.0).then(|| 0.0254 / length),
    })
}

fn vector(words: &[&str], at: usize, what: &str) -> Result<Vec3, MotionError> {
    let mut vector = Vec3::ZERO;
    for axis in 0..3 {
        let word = words.get(axis).unwrap_or(&"");
        vector[axis] = number(word, at, &format!("value {} of the {what}", axis + 1))?;
    }
    Ok(vector)
}

/// `XYZ` turns about x first, then about y, then about z, all fixed.
fn axis(words: &[&str], order: &str, degrees: bool, at: usize) -> Result<Quat, MotionError> {
    let angles = vector(words, at, "axis")?;
    let mut turn = Quat::IDENTITY;
    for (value, letter) in angles.to_array().into_iter().zip(order.bytes()) {
        let about_axis = match letter.to_ascii_lowercase() {
            b'x' => 0,
            b'y' => 1,
            _ => 2,
        };
        turn = turned(about_axis, value, degrees) * turn;
    }
    Ok(turn)
}

fn turned(axis: usize, value: f32, degrees: bool) -> Quat {
    about(axis, if degrees { value } else { value.to_degrees() })
}

fn freedoms(words: &[&str], at: usize) -> Result<Vec<Freedom>, MotionError> {
    let of = |word: &&str| {
        Some(match word.to_ascii_lowercase().as_str() {
            "tx" => Freedom::Move(0),
            "ty" => Freedom::Move(1),
            "tz" => Freedom::Move(2),
            "rx" => Freedom::Turn(0),
            "ry" => Freedom::Turn(1),
            "rz" => Freedom::Turn(2),
            "l" => Freedom::Length,
            _ => return None,
        })
    };
    let list: Option<Vec<Freedom>> = words.iter().take(8).map(of).collect();
    list.filter(|list| list.len() <= 7).ok_or_else(|| {
        MotionError::at(
            at,
            "a degree of freedom is one of tx, ty, tz, rx, ry, rz and l",
            EXPORT,
        )
    })
}

/// Bones parents first; each line of the hierarchy is a parent and its children.
fn ordered(
    bones: &[Bone],
    links: &[(usize, Vec<String>)],
) -> Result<(Vec<Bone>, Vec<Option<usize>>), MotionError> {
    let by_name: BTreeMap<&str, usize> = bones
        .iter()
        .enumerate()
        .map(|(i, bone)| (bone.name.as_str(), i))
        .collect();
    let mut parent: Vec<Option<usize>> = vec![None; bones.len()];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); bones.len()];
    for (at, names) in links {
        let of = |name: &String| {
            by_name.get(name.as_str()).copied().ok_or_else(|| {
                MotionError::at(
                    *at,
                    format!("the hierarchy names `{name}`, which is no bone of this skeleton"),
                    EXPORT,
                )
            })
        };
        let Some((first, rest)) = names.split_first() else {
            continue;
        };
        let above = of(first)?;
        for name in rest {
            let child = of(name)?;
            if child == 0 || parent[child].is_some() {
                return Err(MotionError::at(
                    *at,
                    format!("the hierarchy hangs `{name}` on two bones"),
                    EXPORT,
                ));
            }
            parent[child] = Some(above);
            children[above].push(child);
        }
    }
    let mut order = vec![0];
    let mut next = 0;
    while next < order.len() {
        // A bone has one parent, and the root none: no bone comes twice.
        order.extend(&children[order[next]]);
        next += 1;
    }
    let mut place = vec![0; bones.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new;
    }
    let parents = order.iter().map(|&old| parent[old].map(|p| place[p]));
    let parents = parents.collect();
    Ok((
        order.iter().map(|&old| bones[old].clone()).collect(),
        parents,
    ))
}

/// Reads a motion (`.amc`) of a skeleton, at so many frames a second (the format does not say; see [`CMU_FPS`]).
///
/// # Errors
/// One sentence with its line: no frames, a bone the skeleton does not have, a wrong number of values, a value that is no number.
pub fn read(bytes: &[u8], skeleton: &Skeleton, fps: f32) -> Result<Take, MotionError> {
    let by_name: BTreeMap<&str, usize> = skeleton
        .bones
        .iter()
        .enumerate()
        .map(|(i, bone)| (bone.name.as_str(), i))
        .collect();
    let count = skeleton.bones.len();
    let (mut turns, mut places): (Vec<Quat>, Vec<Vec3>) = (Vec::new(), Vec::new());
    let mut degrees = skeleton.degrees;
    let mut frames = 0;
    let mut lines = Lines::new(bytes);
    while let Some(line) = lines.next_line() {
        let (line, at) = (line?, lines.line());
        if line.starts_with('#') {
            continue;
        }
        if let Some(word) = line.strip_prefix(':') {
            match word.to_ascii_uppercase().as_str() {
                "DEGREES" => degrees = true,
                "RADIANS" => degrees = false,
                _ => {}
            }
            continue;
        }
        let mut words = line.split_ascii_whitespace();
        let name = words.next().unwrap_or_default();
        if name.bytes().all(|b| b.is_ascii_digit()) {
            if frames == MOST_FRAMES || turns.len() >= MOST_TURNS {
                return Err(MotionError::at(
                    at,
                    format!("this clip has more than {frames} frames, which is too long"),
                    "cut the recording into clips",
                ));
            }
            frames += 1;
            turns.resize(frames * count, Quat::IDENTITY);
            places.push(Vec3::ZERO);
            continue;
        }
        if frames == 0 {
            return Err(MotionError::at(
                at,
                "a frame begins with its number on a line of its own",
                "give an AMC file",
            ));
        }
        let Some(&joint) = by_name.get(name) else {
            return Err(MotionError::at(
                at,
                "this bone is not in the skeleton",
                EXPORT,
            ));
        };
        let bone = &skeleton.bones[joint];
        let mut turn = Quat::IDENTITY;
        let mut found = 0;
        for word in words {
            if let Some(freedom) = bone.freedoms.get(found) {
                let value = number(word, at, &format!("value {} of `{name}`", found + 1))?;
                match freedom {
                    Freedom::Move(axis) => {
                        if joint == 0 {
                            places[frames - 1][*axis] = value;
                        }
                    }
                    Freedom::Turn(axis) => turn = turned(*axis, value, degrees) * turn,
                    Freedom::Length => {}
                }
            }
            found += 1;
        }
        if found != bone.freedoms.len() {
            return Err(MotionError::at(
                at,
                format!(
                    "`{name}` has {found} values where the skeleton gives it {} degrees of freedom",
                    bone.freedoms.len()
                ),
                EXPORT,
            ));
        }
        turns[(frames - 1) * count + joint] = (bone.axis * turn * bone.axis.inverse()).normalize();
    }
    if frames == 0 {
        return Err(MotionError::new(
            "this clip has no frames",
            "record or export it again; at least one frame is wanted",
        ));
    }
    let joints = skeleton
        .bones
        .iter()
        .zip(&skeleton.parents)
        .enumerate()
        .map(|(i, (bone, &parent))| TakeJoint {
            name: bone.name.clone(),
            parent,
            offset: parent.map_or(Vec3::ZERO, |p| skeleton.bones[p].along),
            end: (!skeleton.parents.contains(&Some(i))).then_some(bone.along),
        })
        .collect();
    Take {
        format: Format::Acclaim,
        joints,
        fps,
        frames,
        metre_per_unit: skeleton.metre_per_unit,
        turns,
        moves: vec![(0, places)],
    }
    .checked()
}
