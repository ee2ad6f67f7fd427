//! A stage that is quick, deterministic, and fails when it is told to; and folders compared file by file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use dataset::{
    Artefact, MakeError, MakePlan, MakeReport, PackUse, Provenance, Quiet, Sample, Scalar, Shard,
    Stage, StageError, Trust, make,
};
use population::{Attribute, Choice, DeclaredPopulation, Recipe, Row, Schema, Streams};

/// What the toy stage does besides its work.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Mishap {
    #[default]
    None,
    /// Returns an error from this sample on.
    FailsFrom(u64),
    PanicsAt(u64),
    /// Leaves out a file there.
    ForgetsFileAt(u64),
}

pub(crate) struct Toy {
    pub(crate) schema: Schema,
    pub(crate) mishap: Mishap,
    pub(crate) engine: &'static str,
    /// Whether there are files beside the scalars.
    pub(crate) files: bool,
    /// How often it was asked.
    pub(crate) performed: AtomicU64,
}

impl Toy {
    pub(crate) fn new() -> Self {
        Self {
            schema: schema(),
            mishap: Mishap::None,
            engine: "0.1.0",
            files: true,
            performed: AtomicU64::new(0),
        }
    }

    pub(crate) fn with(mishap: Mishap) -> Self {
        Self {
            mishap,
            ..Self::new()
        }
    }

    pub(crate) fn performed(&self) -> u64 {
        self.performed.load(Ordering::SeqCst)
    }
}

fn schema() -> Schema {
    Schema {
        stage: "toy",
        attributes: vec![
            Attribute::number("age_years", 0.0, 100.0, "years", "age"),
            Attribute::category(
                "sex",
                [
                    Choice::new("female", "a woman"),
                    Choice::new("male", "a man"),
                ],
                "sex",
            ),
            Attribute::mix("ancestry", &["african", "asian"], "ancestry of the face"),
            Attribute::integer("camera.width_px", 1, 4096, "px", "width of the picture")
                .default_constant(64)
                .constant(),
        ],
        labels: Vec::new(),
        sources: Vec::new(),
    }
}

impl Stage for Toy {
    fn attributes(&self) -> &Schema {
        &self.schema
    }

    fn perform(&self, row: &Row, streams: &Streams) -> Result<Sample, StageError> {
        self.performed.fetch_add(1, Ordering::SeqCst);
        match self.mishap {
            Mishap::FailsFrom(sample) if row.index >= sample => {
                return Err(StageError::new("the toy broke").with_hint("mend it"));
            }
            Mishap::PanicsAt(sample) if row.index == sample => panic!("the toy fell"),
            _ => {}
        }
        let mut stream = streams.stream("picture");
        let length = 100 + stream.below(400);
        let picture: Vec<u8> = (0..length).map(|_| stream.next_u64() as u8).collect();
        let age = row.number("age_years")?;
        let mut artefacts = Vec::new();
        if self.files {
            let note = format!("{{\"sample\": {}, \"age_years\": {age}}}\n", row.index);
            artefacts.push(Artefact {
                folder: "images",
                extension: "png",
                bytes: picture,
            });
            artefacts.push(Artefact {
                folder: "notes",
                extension: "json",
                bytes: note.into_bytes(),
            });
        }
        if self.mishap == Mishap::ForgetsFileAt(row.index) {
            artefacts.pop();
        }
        let brightness = if row.index % 5 == 3 {
            f64::NAN
        } else {
            stream.normal()
        };
        let scalars = vec![
            ("brightness".to_owned(), Scalar::Number(brightness)),
            (
                "length_px".to_owned(),
                Scalar::Integer(length.cast_signed()),
            ),
            (
                "word".to_owned(),
                Scalar::Text(format!("a \"{}\"", row.category("sex")?)),
            ),
            ("adult".to_owned(), Scalar::Flag(age >= 18.0)),
        ];
        Ok(Sample { artefacts, scalars })
    }

    fn provenance(&self) -> Provenance {
        Provenance {
            engine: self.engine.to_owned(),
            packs: vec![PackUse {
                name: "bricks".to_owned(),
                version: "1.2.0".to_owned(),
                sha256: "00".repeat(32),
                licence: "CC0-1.0".to_owned(),
                source: "the toy box".to_owned(),
            }],
            sources: vec!["a growth reference".to_owned()],
            methods: Vec::new(),
            ledger: Vec::new(),
            consents: Vec::new(),
        }
    }
}

pub(crate) fn recipe_with(count: u64, seed: u64, extra: &str) -> Recipe {
    let text =
        format!("populace: 1\nname: toys\nstage: toy\ncount: {count}\nseed: {seed}\n{extra}");
    Recipe::parse(&text, "toys.yaml", &schema()).unwrap()
}

pub(crate) fn recipe(count: u64) -> Recipe {
    recipe_with(count, 7, "")
}

pub(crate) fn population(recipe: &Recipe) -> DeclaredPopulation {
    DeclaredPopulation::new(recipe.clone(), schema()).unwrap()
}

pub(crate) fn plan(directory: &Path, threads: usize) -> MakePlan {
    let directory = directory.to_owned();
    MakePlan {
        directory,
        threads,
        shard: Shard::WHOLE,
        trust: Trust::Size,
    }
}

pub(crate) fn shard_plan(directory: &Path, index: u32, of: u32) -> MakePlan {
    MakePlan {
        shard: Shard::new(index, of).unwrap(),
        ..plan(directory, 2)
    }
}

/// Makes `recipe` with a stage and a plan.
pub(crate) fn run(recipe: &Recipe, stage: &Toy, plan: &MakePlan) -> Result<MakeReport, MakeError> {
    make(recipe, &population(recipe), stage, plan, &Quiet)
}

/// An uninterrupted whole data set.
pub(crate) fn make_whole(directory: &Path, count: u64) {
    run(&recipe(count), &Toy::new(), &plan(directory, 2)).unwrap();
}

/// Every file below a folder, hidden ones too, with its bytes.
pub(crate) fn tree(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(directory)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Fails with the first file that differs, not with megabytes of bytes.
pub(crate) fn assert_same_tree(expected: &Path, found: &Path) {
    let (expected, found) = (tree(expected), tree(found));
    let names =
        |tree: &BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>().join("\n");
    assert_eq!(
        names(&expected),
        names(&found),
        "the folders have different files"
    );
    for (name, bytes) in &expected {
        assert!(bytes == &found[name], "{name} differs");
    }
}
