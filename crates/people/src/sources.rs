//! The recipe's own files: people learned from scans and motions learned from recordings, opened and known by name.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use motion::clip::Clip;
use population::row::Value;
use population::source::Opened;
use population::{SourceError, SourceFile, SourceKind, SourceRequest};
use privacy::{Consent, Ledger};
use scan::Person;
use scan::local::Local;
use scan::prior::ShapePrior;

use crate::attributes::scanned::{ALIKE, NONE, within};
use crate::attributes::schema;
use crate::skin::Worn;

/// Files of a recipe.
#[derive(Debug, Default)]
pub struct Sources {
    scans: Vec<Scan>,
    prior: Option<ShapePrior>,
    clips: Vec<Recorded>,
    files: Vec<SourceFile>,
}

/// A person learned from a scan; without the person where they were withdrawn.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) file: SourceFile,
    person: Option<Person>,
    facts: Vec<(&'static str, Value)>,
}

/// A motion learned from a recording; without the clip where it was withdrawn.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) file: SourceFile,
    clip: Option<Clip>,
}

/// What was read of one real person, and what they allowed.
#[derive(Debug, Clone)]
pub struct RealSource<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// Of people: what they allowed. Motions come without.
    pub consent: Option<&'a Consent>,
    /// Every read of them.
    pub ledger: &'a Ledger,
}

impl Sources {
    /// Opens what a recipe names. A file is looked for in each of the folders in turn; a folder stands for all files in it with the right ending.
    ///
    /// # Errors
    /// [`SourceError`] for the first file that is missing, of another kind, another than the recipe was run with, or has another's name.
    pub fn open(requests: &[SourceRequest], folders: &[PathBuf]) -> Result<Self, SourceError> {
        let mut sources = Self::default();
        let limits = schema(Vec::new(), &sources);
        let mut taken: BTreeMap<(SourceKind, String), usize> = BTreeMap::new();
        let own = |request: &&SourceRequest| {
            matches!(request.kind, SourceKind::People | SourceKind::Motions)
        };
        for request in requests.iter().filter(own) {
            for file in request.open(folders)? {
                let name = file.source.name.clone();
                if [NONE, ALIKE].contains(&name.as_str()) {
                    let message =
                        format!("`{name}` is no name for a source: it means something else");
                    return Err(SourceError::new(
                        request,
                        message,
                        "give the file another name",
                    ));
                }
                if taken
                    .insert((request.kind, name.clone()), request.line)
                    .is_some()
                {
                    let message = format!(
                        "two of the recipe's {} are called `{name}`",
                        request.kind.key()
                    );
                    return Err(SourceError::new(
                        request,
                        message,
                        "give one of the files another name",
                    ));
                }
                sources.take(request, file, &limits)?;
            }
        }
        let persons: Vec<&Person> = sources
            .scans
            .iter()
            .filter_map(|scan| scan.person.as_ref())
            .collect();
        sources.prior = ShapePrior::new(&persons).ok();
        Ok(sources)
    }

    fn take(
        &mut self,
        request: &SourceRequest,
        Opened {
            source,
            path,
            bytes,
        }: Opened,
        limits: &population::Schema,
    ) -> Result<(), SourceError> {
        let wrong = |error: &dyn fmt::Display, hint: &str| {
            SourceError::new(request, format!("{}: {error}", path.display()), hint)
        };
        if request.kind == SourceKind::People {
            let person = bytes
                .map(|bytes| Person::read(&bytes))
                .transpose()
                .map_err(|error| wrong(&error, error.hint()))?;
            let facts = person
                .as_ref()
                .map_or_else(Vec::new, |person| facts(person, &source.sha256))
                .into_iter()
                .map(|(name, value)| (name, within(limits, name, value)))
                .collect();
            self.files.push(source.clone());
            self.scans.push(Scan {
                file: source,
                person,
                facts,
            });
        } else {
            let clip = bytes
                .map(|bytes| Clip::from_bytes(&bytes))
                .transpose()
                .map_err(|error| wrong(&error, error.hint()))?;
            let source = SourceFile {
                tags: clip.as_ref().map_or(source.tags, |clip| clip.tags.clone()),
                ..source
            };
            self.files.push(source.clone());
            self.clips.push(Recorded { file: source, clip });
        }
        Ok(())
    }

    /// All files, withdrawn ones among them, in the recipe's order.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Real people whose data was read.
    pub fn real(&self) -> impl Iterator<Item = RealSource<'_>> {
        let people = self.scans.iter().filter_map(|scan| {
            let person = scan.person.as_ref()?;
            Some(RealSource {
                file: &scan.file,
                consent: Some(&person.consent),
                ledger: &person.ledger,
            })
        });
        let clips = self.clips.iter().filter_map(|recorded| {
            let clip = recorded.clip.as_ref()?;
            Some(RealSource {
                file: &recorded.file,
                consent: None,
                ledger: &clip.ledger,
            })
        });
        people.chain(clips)
    }

    pub(crate) fn scans(&self) -> &[Scan] {
        &self.scans
    }

    pub(crate) fn clips(&self) -> &[Recorded] {
        &self.clips
    }

    /// Whether there are enough people to draw others like them.
    pub(crate) fn has_prior(&self) -> bool {
        self.prior.is_some()
    }

    /// The scanned person of that name; `None` also where they were withdrawn.
    pub(crate) fn person(&self, name: &str) -> Option<(&Person, &[(&'static str, Value)])> {
        let scan = self.scans.iter().find(|scan| scan.file.name == name)?;
        Some((scan.person.as_ref()?, &scan.facts))
    }

    /// The motion of that name; `None` also where it was withdrawn.
    pub(crate) fn clip(&self, name: &str) -> Option<&Clip> {
        let recorded = self.clips.iter().find(|clip| clip.file.name == name)?;
        recorded.clip.as_ref()
    }

    /// The local shape of a new identity like the scans'.
    pub(crate) fn alike(&self, identity: u64) -> Option<Local> {
        self.prior.as_ref().map(|prior| prior.draw(identity).into())
    }
}

impl Scan {
    pub(crate) fn facts(&self) -> &[(&'static str, Value)] {
        &self.facts
    }

    pub(crate) fn in_words(&self) -> String {
        self.person.as_ref().map_or_else(
            || "a scanned person, withdrawn".to_owned(),
            |person| format!("a {} learned from a scan", person.kind.name()),
        )
    }
}

impl Recorded {
    pub(crate) fn in_words(&self) -> String {
        self.clip.as_ref().map_or_else(
            || "a recorded motion, withdrawn".to_owned(),
            |clip| format!("a recorded motion of {:.1} s", clip.seconds()),
        )
    }
}

/// What a scan says of a person beyond their local shape.
fn facts(person: &Person, sha256: &str) -> Vec<(&'static str, Value)> {
    let phenotype = person.macros.phenotype();
    let is_male = phenotype.masculinity >= 0.5;
    // Moles, beard and the like are the person's own too.
    let identity = i64::from_str_radix(&sha256[..13.min(sha256.len())], 16).unwrap_or(0);
    let colours = person.skin.as_ref().and_then(|skin| skin.colours().ok());
    let tone = colours.and_then(|colours| Worn::tone(&colours));
    let mut facts = vec![
        ("age_years", Value::Number(phenotype.age_years)),
        ("sex", Value::from(if is_male { "male" } else { "female" })),
        (
            "sex_typicality",
            Value::Number((2.0 * phenotype.masculinity - 1.0).abs()),
        ),
        ("ancestry", Value::Mix(phenotype.ancestry.to_vec())),
        (
            "height_cm",
            Value::Number(100.0 * f64::from(person.report.height_m)),
        ),
        (
            "bmi_kg_m2",
            Value::Number(f64::from(person.report.bmi_kg_m2)),
        ),
        ("muscle", Value::Number(phenotype.muscle)),
        ("proportions", Value::Number(phenotype.proportions)),
        ("identity", Value::Integer(identity)),
    ];
    facts.extend(tone.map(|tone| ("skin_tone", Value::Number(tone))));
    facts
}
