//! Which joint of a file is which joint of a person.
//!
//! Limbs are known by name, of all the families that are around (CMU and its Acclaim files, Bandai-Namco, Xia, Mixamo, LaFAN1, Biovision, Poser
//! and Daz, Blender and Unreal names); the trunk is then what lies between them on the tree, whatever it is called.

use std::collections::BTreeMap;

use crate::error::MotionError;
use crate::joint::{Finger, Joint, Side};
use crate::map;
use crate::take::Take;

/// Which joints of a take are which of a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// By [`Joint::index`]; the trunk has hips, abdomen, chest and head.
    joints: Vec<Option<usize>>,
    /// Who names joints so, as far as that can be told.
    pub family: &'static str,
}

/// A joint of ours, the names that would do for it (without side, lower case, letters and digits only), and whether a person needs it.
type Row = (
    &'static str,
    fn(Side) -> Joint,
    &'static [&'static str],
    bool,
);

const LIMBS: [Row; 8] = [
    (
        "upper_leg",
        Joint::UpperLeg,
        &["upleg", "upperleg", "thigh", "femur", "hip", "legupper"],
        true,
    ),
    (
        "lower_leg",
        Joint::LowerLeg,
        &["leg", "lowerleg", "shin", "tibia", "calf", "knee", "lowleg"],
        true,
    ),
    ("foot", Joint::Foot, &["foot", "ankle"], true),
    (
        "toes",
        Joint::Toes,
        &["toebase", "toes", "toe", "ball", "toe1"],
        false,
    ),
    (
        "upper_arm",
        Joint::UpperArm,
        &["arm", "upperarm", "shldr", "humerus", "uparm", "shoulder"],
        true,
    ),
    (
        "lower_arm",
        Joint::LowerArm,
        &["forearm", "lowerarm", "elbow", "radius", "lowarm"],
        true,
    ),
    ("hand", Joint::Hand, &["hand", "wrist"], true),
    (
        "clavicle",
        Joint::Clavicle,
        &["clavicle", "collar", "collarbone", "shoulder", "inshldr"],
        false,
    ),
];
const HEAD: [&str; 2] = ["head", "skull"];
const FINGERS: [(Finger, &[&str]); 5] = [
    (Finger::Thumb, &["thumb"]),
    (Finger::Index, &["index", "pointer"]),
    (Finger::Middle, &["middle", "mid"]),
    (Finger::Ring, &["ring"]),
    (Finger::Little, &["pinky", "little", "pinkie"]),
];

/// A name without prefixes and signs, in lower case: `mixamorig:LeftUpLeg` is `leftupleg`.
fn plain(name: &str) -> String {
    let name = name.rsplit([':', '|']).next().unwrap_or(name);
    let lower: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    for prefix in ["mixamorig", "bip01", "valvebiped", "bone"] {
        if let Some(rest) = lower.strip_prefix(prefix).filter(|rest| rest.len() > 2) {
            return rest.to_owned();
        }
    }
    lower
}

/// All ways to read a name as one of a side: `lfemur`, `leftleg`, `upperlegl`.
fn sides(plain: &str) -> impl Iterator<Item = (Side, &str)> {
    let side = |side: Side| {
        let letter = &side.name()[..1];
        [
            plain.strip_prefix(side.name()),
            plain.strip_suffix(side.name()),
            plain.strip_prefix(letter),
            plain.strip_suffix(letter),
        ]
        .into_iter()
        .flatten()
        .map(move |rest| (side, rest))
    };
    Side::BOTH.into_iter().flat_map(side)
}

fn finger(base: &str) -> Option<(Finger, u8)> {
    let base = base.strip_prefix("hand").unwrap_or(base);
    let base = base.strip_prefix("finger").unwrap_or(base);
    FINGERS.iter().find_map(|(finger, names)| {
        names.iter().find_map(|name| {
            let number = base.strip_prefix(name)?;
            let number = number.strip_prefix('0').unwrap_or(number);
            let phalanx = number.parse::<u8>().ok().filter(|n| (1..=3).contains(n))? - 1;
            Some((*finger, phalanx))
        })
    })
}

impl Mapping {
    /// The joint of the take that is `joint`.
    pub fn of(&self, joint: Joint) -> Option<usize> {
        self.joints[joint.index()]
    }

    /// How many joints of a person were found.
    pub fn found(&self) -> usize {
        self.joints.iter().flatten().count()
    }

    /// Finds the joints by their names and by where they hang.
    ///
    /// # Errors
    /// Which joint is missing, and the names that would do; or that this is no person.
    pub fn detect(take: &Take) -> Result<Self, MotionError> {
        let found = by_name(take);
        let needed = |joint: &Joint| found.contains_key(&joint.index());
        let limbs: Vec<Joint> = required().collect();
        if limbs.iter().filter(|joint| needed(joint)).count() < 5 {
            return Err(MotionError::new(
                format!(
                    "this is not a person as far as the names of its {} joints tell",
                    take.joints.len()
                ),
                "if it is one, say which joint is which with `--map FILE`: a YAML file with lines such as `left_upper_leg: THEIR_NAME`",
            ));
        }
        Self::finish(take, found, family(take))
    }

    /// Reads which joint is which from a file, YAML or JSON: our names to theirs. Joints that the file does not name are found as by
    /// [`Mapping::detect`] where they can be.
    ///
    /// # Errors
    /// The line that is wrong; a name that is not ours or not theirs; a joint that is missing.
    pub fn from_map(take: &Take, text: &str) -> Result<Self, MotionError> {
        const FORM: &str =
            "write lines such as `left_upper_leg: THEIR_NAME`; docs/motion.md lists our names";
        let map = map::read(text)?;
        let mut found = by_name(take);
        for (ours, theirs) in &map {
            let Some(joint) = Joint::named(ours) else {
                return Err(MotionError::new(
                    format!("the map speaks of `{ours}`, which is no joint of a person"),
                    FORM,
                ));
            };
            let Some(index) = take.joints.iter().position(|j| j.name == *theirs) else {
                let names: Vec<&str> = take.joints.iter().map(|j| j.name.as_str()).collect();
                return Err(MotionError::new(
                    format!("the map says `{ours}` is `{theirs}`, which is not in the clip"),
                    format!("its joints are {}", shortened(&names)),
                ));
            };
            // What a name said of that joint no longer counts.
            found.retain(|_, known| *known != index);
            found.insert(joint.index(), index);
        }
        Self::finish(take, found, "a map")
    }

    /// Finds the trunk, and says what is missing.
    fn finish(
        take: &Take,
        mut found: BTreeMap<usize, usize>,
        family: &'static str,
    ) -> Result<Self, MotionError> {
        for joint in required() {
            if !found.contains_key(&joint.index()) {
                return Err(missing(joint));
            }
        }
        let at = |joint: Joint| found.get(&joint.index()).copied().unwrap_or(0);
        let above = |joint: usize| {
            let mut path = vec![joint];
            while let Some(parent) = path.last().and_then(|&j| take.joints[j].parent) {
                path.push(parent);
            }
            path
        };
        // The deepest joint that all of them hang on, themselves left out.
        let common = |joints: &[usize]| {
            let paths: Vec<Vec<usize>> = joints.iter().map(|&j| above(j)).collect();
            let first = paths[0].iter().skip(1);
            let mut shared = first.filter(|j| paths[1..].iter().all(|p| p[1..].contains(j)));
            shared.next().copied()
        };
        let [right, left] = Side::BOTH;
        let not_a_person = |what: &str| {
            MotionError::new(
                format!("this is not a person: {what}"),
                "a person's legs hang on the hips, arms and head on a chest above them; if the names mislead, use `--map FILE`",
            )
        };
        let hips = common(&[
            at(Joint::UpperLeg(right)),
            at(Joint::UpperLeg(left)),
            at(Joint::Head),
        ])
        .ok_or_else(|| not_a_person("its legs and head hang on no common joint"))?;
        let chest = common(&[at(Joint::UpperArm(right)), at(Joint::UpperArm(left))])
            .ok_or_else(|| not_a_person("its arms hang on no common joint"))?;
        let spine: Vec<usize> = above(chest)
            .into_iter()
            .take_while(|&j| j != hips)
            .collect();
        if chest == hips || !above(chest).contains(&hips) {
            return Err(not_a_person("no spine lies between its hips and its arms"));
        }
        for side in Side::BOTH {
            let chains = [
                [
                    Joint::UpperLeg(side),
                    Joint::LowerLeg(side),
                    Joint::Foot(side),
                ],
                [
                    Joint::UpperArm(side),
                    Joint::LowerArm(side),
                    Joint::Hand(side),
                ],
            ];
            for [a, b, c] in chains {
                if !above(at(b))[1..].contains(&at(a)) || !above(at(c))[1..].contains(&at(b)) {
                    return Err(not_a_person(&format!(
                        "its {a}, {b} and {c} do not hang on one another"
                    )));
                }
            }
        }
        found.entry(Joint::Hips.index()).or_insert(hips);
        found.entry(Joint::Chest.index()).or_insert(chest);
        if spine.len() >= 3 {
            let middle = spine[spine.len() / 2];
            found.entry(Joint::Abdomen.index()).or_insert(middle);
        }
        let mut joints = vec![None; crate::joint::JOINTS];
        for (ours, theirs) in found {
            joints[ours] = Some(theirs);
        }
        Ok(Self { joints, family })
    }
}

/// Limbs, head and fingers, by name.
fn by_name(take: &Take) -> BTreeMap<usize, usize> {
    let names: Vec<String> = take.joints.iter().map(|j| plain(&j.name)).collect();
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    for side in Side::BOTH {
        for (_, joint, aliases, _) in LIMBS {
            let named = aliases.iter().find_map(|alias| {
                names
                    .iter()
                    .position(|name| sides(name).any(|(s, base)| s == side && base == *alias))
            });
            if let Some(index) = named {
                found.insert(joint(side).index(), index);
            }
        }
        // Biovision calls the upper arm `LeftShoulder`, others what is before it.
        let arm = found.get(&Joint::UpperArm(side).index()).copied();
        if arm == found.get(&Joint::Clavicle(side).index()).copied() {
            found.remove(&Joint::Clavicle(side).index());
        }
    }
    for (index, name) in names.iter().enumerate() {
        if HEAD.contains(&name.as_str()) {
            found.entry(Joint::Head.index()).or_insert(index);
        }
        for (side, base) in sides(name) {
            if let Some((finger, phalanx)) = finger(base) {
                let joint = Joint::Finger(side, finger, phalanx);
                found.entry(joint.index()).or_insert(index);
            }
        }
    }
    found
}

/// What a person cannot do without.
fn required() -> impl Iterator<Item = Joint> {
    let limbs = Side::BOTH.into_iter().flat_map(|side| {
        let needed = LIMBS.iter().filter(|row| row.3);
        needed.map(move |row| row.1(side))
    });
    std::iter::once(Joint::Head).chain(limbs)
}

fn missing(joint: Joint) -> MotionError {
    let name = joint.to_string();
    let would_do = LIMBS.iter().find_map(|(part, _, aliases, _)| {
        let side = name.strip_suffix(part)?.strip_suffix('_')?;
        let written = aliases.iter().take(4).map(|a| format!("`{side}_{a}`"));
        let written = written.collect::<Vec<_>>().join(", ");
        Some(format!(
            "names that would do are {written}, with the side before or behind"
        ))
    });
    let would_do = would_do.unwrap_or_else(|| "a name that would do is `Head`".to_owned());
    MotionError::new(
        format!("the skeleton has no joint for {name}"),
        format!("{would_do}; or say which it is with `--map FILE`: `{name}: THEIR_NAME`"),
    )
}

fn family(take: &Take) -> &'static str {
    let names: Vec<String> = take.joints.iter().map(|j| plain(&j.name)).collect();
    let has = |name: &str| names.iter().any(|n| n == name);
    let prefixed = |prefix: &str| take.joints.iter().any(|j| j.name.starts_with(prefix));
    if prefixed("mixamorig") {
        "Mixamo"
    } else if has("lfemur") && has("ltibia") {
        "Acclaim (CMU)"
    } else if has("lhipjoint") && has("leftupleg") {
        "CMU"
    } else if prefixed("joint_") && has("upperlegl") {
        "Bandai-Namco"
    } else if has("lshldr") {
        "Poser"
    } else if has("leftupleg") && has("lefttoe") {
        "LaFAN1"
    } else if has("leftcollar") && has("leftelbow") || has("lefthip") && has("leftknee") {
        "Biovision"
    } else if has("leftupleg") {
        "MotionBuilder"
    } else {
        "other names"
    }
}

pub(crate) fn shortened(names: &[&str]) -> String {
    let shown = names.iter().take(40).copied().collect::<Vec<_>>();
    let rest = names.len().saturating_sub(40);
    let list = shown.join(", ");
    if rest == 0 {
        list
    } else {
        format!("{list} and {rest} more")
    }
}
