//! A fitted person: numbers from which the body model makes their shape, and the file they travel in.
//!
//! The file is a line that names it, a version, a SHA-256, and the person in `postcard`'s format; what is cut, changed or of another version is
//! refused with a sentence.

use std::fmt;

use body::BodyModel;
use body::figure::Figure;
use glam::Vec3;
use privacy::{Consent, Ledger};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kind::Kind;
use crate::local::Local;
use crate::report::Report;
use crate::variables::{MACROS, Macros};

/// The version of the file format that this program reads and writes.
pub const VERSION: u32 = 2;
const NAME: &[u8; 24] = b"populace person\n\0\0\0\0\0\0\0\0";
const HEADER: usize = NAME.len() + 4 + 8 + 32;
/// Metres of one step of a stored displacement.
pub(crate) const STEP_M: f32 = 1e-5;

/// A person learned from a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// What the scan showed: the rest of the body is the likeliest one, not the person's.
    pub kind: Kind,
    /// Age, sex, ancestry, muscle, weight, height and proportions as the body model has them.
    pub macros: Macros,
    /// The body is this much larger than its sliders say.
    pub scale: f32,
    /// Local targets of the model and their weights, by name.
    pub weights: Vec<(String, f32)>,
    /// Face units while the scan was taken, by name; not of the person.
    pub expression: Vec<(String, f32)>,
    /// The pose of the scan: bones and their rotations as quaternions x, y, z, w, as [`body::rig::Pose`] takes them.
    pub pose: Vec<(String, [f32; 4])>,
    /// Displacement of each skin vertex in the rest pose, in steps of 10 µm before scaling.
    pub residual: Vec<[i16; 3]>,
    /// How well the scan backs each skin vertex, 0 to 255.
    pub evidence: Vec<u8>,
    /// The scan's colours on the body's texture layout.
    pub skin: Option<Skin>,
    /// How well it fits.
    pub report: Report,
    /// What the person allowed.
    pub consent: Consent,
    /// What was read of real data for it.
    pub ledger: Ledger,
}

/// Colours as two PNG files of the same size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skin {
    /// sRGB, light and shadow of the scanner's room included.
    pub colour_png: Vec<u8>,
    /// White where the scan had a colour, one channel.
    pub coverage_png: Vec<u8>,
}

/// Why a file is no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonError {
    /// It does not begin as a person's file does.
    NotAPerson,
    /// It is of this version.
    Version(u32),
    /// It has this many bytes and should have that many.
    Cut(u64, u64),
    /// Its content is not what was written.
    Changed,
    /// Its parts do not fit together, or not to the body model; which.
    Inconsistent(&'static str),
}

impl fmt::Display for PersonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPerson => f.write_str("this is not a person learned from a scan"),
            Self::Version(version) => write!(
                f,
                "this person is of version {version} of the format; this program reads version {VERSION}"
            ),
            Self::Cut(found, expected) => write!(
                f,
                "this person has {found} bytes where its header says {expected}"
            ),
            Self::Changed => {
                f.write_str("this person is not as it was written: its SHA-256 does not match")
            }
            Self::Inconsistent(part) => write!(f, "this person contradicts itself in its {part}"),
        }
    }
}

impl std::error::Error for PersonError {}

impl PersonError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAPerson => "name a file that `populace learn --as person` wrote",
            Self::Version(_) => "learn the scan again, or use the program that wrote the person",
            Self::Cut(..) | Self::Changed => "copy the file again, or learn the scan again",
            Self::Inconsistent(_) => "it was not written by this program; learn the scan again",
        }
    }
}

impl Person {
    /// The bytes of the person's file; the same person gives the same bytes.
    pub fn write(&self) -> Vec<u8> {
        // Plain data without maps or borrowed parts: encoding it cannot fail.
        let content = postcard::to_allocvec(self).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER + content.len());
        bytes.extend_from_slice(NAME);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&Sha256::digest(&content));
        bytes.extend_from_slice(&content);
        bytes
    }

    /// Whether a file that begins with these bytes (24 or more) says that it is a person.
    pub fn recognises(start: &[u8]) -> bool {
        start.starts_with(NAME)
    }

    /// Reads a person from the bytes of its file.
    ///
    /// # Errors
    /// [`PersonError`] when they are no person, one of another version, cut short, changed, or inconsistent.
    pub fn read(bytes: &[u8]) -> Result<Self, PersonError> {
        if !Self::recognises(bytes) {
            return Err(PersonError::NotAPerson);
        }
        let found = bytes.len() as u64;
        let Some((header, content)) = bytes.split_at_checked(HEADER) else {
            return Err(PersonError::Cut(found, HEADER as u64));
        };
        let rest = &header[NAME.len()..];
        let (version, rest) = rest
            .split_first_chunk::<4>()
            .ok_or(PersonError::NotAPerson)?;
        let (length, digest) = rest
            .split_first_chunk::<8>()
            .ok_or(PersonError::NotAPerson)?;
        let (version, length) = (u32::from_le_bytes(*version), u64::from_le_bytes(*length));
        if version != VERSION {
            return Err(PersonError::Version(version));
        }
        if content.len() as u64 != length {
            return Err(PersonError::Cut(
                found,
                length.saturating_add(HEADER as u64),
            ));
        }
        if Sha256::digest(content)[..] != *digest {
            return Err(PersonError::Changed);
        }
        let person: Self =
            postcard::from_bytes(content).map_err(|_| PersonError::Inconsistent("encoding"))?;
        person.check()?;
        Ok(person)
    }

    fn check(&self) -> Result<(), PersonError> {
        let wrong = |part| Err(PersonError::Inconsistent(part));
        let within = self
            .macros
            .0
            .iter()
            .zip(MACROS)
            .all(|(value, (_, low, high, ..))| (low..=high).contains(value));
        if !within || !(0.2..5.0).contains(&self.scale) {
            return wrong("sliders");
        }
        let sound = |list: &[(String, f32)]| list.iter().all(|(_, w)| (0.0..=1.0).contains(w));
        if !sound(&self.weights) || !sound(&self.expression) {
            return wrong("weights");
        }
        if self
            .pose
            .iter()
            .flat_map(|(_, q)| q)
            .any(|x| !x.is_finite())
        {
            return wrong("pose");
        }
        if self.residual.len() != self.evidence.len() || self.residual.len() > 1 << 16 {
            return wrong("skin");
        }
        Ok(())
    }

    /// The person in the rest pose: positions of the whole base mesh, metres, where [`body::figure::Figure`] has them. Helper geometry and joint
    /// cubes follow the skin, so that eyes, clothes and the rig still fit. Standing height is the extent of the skin along y.
    ///
    /// # Errors
    /// [`PersonError::Inconsistent`] where the model is another one than the person was fitted with.
    pub fn shape(&self, model: &BodyModel) -> Result<Vec<Vec3>, PersonError> {
        let mut positions = self.macros.positions(model);
        Local::of(self).apply(model, &mut positions)?;
        for position in &mut positions {
            *position *= self.scale;
        }
        Ok(positions)
    }

    /// Writes height and body mass index of the shaped body into the report.
    ///
    /// # Errors
    /// As [`Person::shape`].
    pub fn measure(&mut self, model: &BodyModel) -> Result<(), PersonError> {
        let shape = self.shape(model)?;
        let figure = Figure::measured(model, shape, f64::from(self.scale));
        self.report.height_m = (figure.height_cm * 0.01) as f32;
        self.report.bmi_kg_m2 = figure.bmi_kg_m2 as f32;
        Ok(())
    }

    /// Extent of the skin along y, metres, of what [`Person::shape`] gives.
    pub fn standing_height_m(model: &BodyModel, shape: &[Vec3]) -> f32 {
        let (low, high) = shape[..model.skin_vertices.min(shape.len())]
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), p| {
                (low.min(p.y), high.max(p.y))
            });
        (high - low).max(0.0)
    }
}

/// A displacement as the file holds it.
pub(crate) fn stored(by: Vec3) -> [i16; 3] {
    (by / STEP_M)
        .round()
        .to_array()
        .map(|x| x.clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use privacy::ConsentDraft;

    pub(crate) fn person(seed: u16) -> Person {
        let json = r#"{"source": "s-1", "scope": "tests", "date": "2026-11-22", "terms": "none"}"#;
        let draft: ConsentDraft = serde_json::from_str(json).expect("JSON");
        let t = f32::from(seed);
        Person {
            kind: Kind::Head,
            macros: Macros([2.0 + t * 0.01, 0.3, 0.2, 0.1, 0.5, 0.5, 0.0, 0.5]),
            scale: 1.0 + t * 0.001,
            weights: vec![
                ("nose/nose-hump-incr".to_owned(), (0.1 + t * 0.03).min(1.0)),
                ("head/head-oval".to_owned(), (t * 0.05).min(1.0)),
            ],
            expression: vec![("faceunits/jawOpen".to_owned(), 0.2)],
            pose: vec![("head".to_owned(), [0.0, 0.0, 0.0, 1.0])],
            residual: vec![[1, -2, 3]; 5],
            evidence: vec![255; 5],
            skin: None,
            report: Report::default(),
            consent: draft.checked().expect("whole"),
            ledger: Ledger::new(),
        }
    }

    #[test]
    fn a_person_comes_back_from_its_file() {
        let person = person(3);
        assert_eq!(Person::read(&person.write()).as_ref(), Ok(&person));
    }

    #[test]
    fn no_cut_and_no_changed_byte_passes() {
        let bytes = person(1).write();
        for end in 0..bytes.len() {
            assert!(Person::read(&bytes[..end]).is_err(), "cut at {end}");
        }
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 0x11;
            assert!(Person::read(&changed).is_err(), "changed at {place}");
        }
    }

    #[test]
    fn a_person_out_of_range_is_refused_though_its_hash_is_right() {
        for spoil in [
            |p: &mut Person| p.scale = f32::NAN,
            |p: &mut Person| p.macros.0[0] = 7.0,
            |p: &mut Person| p.weights[0].1 = 9.0,
            |p: &mut Person| p.pose[0].1[0] = f32::INFINITY,
            |p: &mut Person| p.evidence.clear(),
        ] {
            let mut person = person(0);
            spoil(&mut person);
            assert!(matches!(
                Person::read(&person.write()),
                Err(PersonError::Inconsistent(_))
            ));
        }
    }
}
