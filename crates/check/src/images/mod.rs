//! Sets of pictures: real, synthetic and fresh ones.
//!
//! [`Described`] is what is worked out of a folder: a point of a feature [`Space`] for each picture, numbers that people have words for, and a hash of its pixels. Features and numbers are
//! columns of a [`Ground`], so that what judges tables (classifiers, attacks with their controls, groups) judges pictures too; what only points have is here: distances (`distance`),
//! where pictures are (`manifold`), and near copies (`copies`).
//!
//! *Privacy.* No picture and no part of one is in a report.

mod copies;
mod distance;
mod labels;
mod looks;
mod manifold;
mod moments;
mod network;
mod picture;
pub(crate) mod read;
mod scattering;
mod score;
mod space;
mod vectors;

use std::path::Path;

use population::stream::Seed;
use tables::MISSING_LEVEL;

use crate::attack::{Closest, Identical, copies as rows, membership, run};
use crate::fairness;
use crate::fidelity::{embedding, shapes, two_sample};
use crate::finding::Finding;
use crate::ground::{Attribute as Column, Ground, Rows, Scale, Values, overlap};
use crate::report::{Section, Settings, section};
use copies::NearCopies;
use looks::LOOKS;
pub(crate) use network::Network;
use space::FixedSpace;
use vectors::Vectors;

pub use labels::columns;
pub(crate) use labels::{Attribute, Labels};
pub use network::environment;
pub use read::{Described, MOST, PicturesError, is_pictures};
pub use score::picture_scores;

/// Features that trees and attacks by rank look at; of more, as many random directions.
const COLUMNS: usize = 256;

/// What ONNX Runtime's library is called where nobody says where it is.
pub const LIBRARY: &str = if cfg!(target_os = "windows") {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// What pictures are measured in.
pub struct Space(Kind);

enum Kind {
    Fixed(FixedSpace),
    Network(Network),
}

impl std::fmt::Debug for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

impl Space {
    /// The one that is built in: two orders of a wavelet scattering, layout and colour.
    pub fn fixed() -> Self {
        Self(Kind::Fixed(FixedSpace::new()))
    }

    /// That of a network in an ONNX file, run by the library in another file; `library` is a name that the system finds where none is given.
    ///
    /// # Errors
    ///
    /// No library, no such model, or one that does not take a picture.
    pub fn of_model(model: &Path, library: Option<&Path>) -> Result<Self, PicturesError> {
        let library = library.unwrap_or(Path::new(LIBRARY));
        Network::open(model, library).map(|network| Self(Kind::Network(network)))
    }

    /// As sentences call it.
    pub fn name(&self) -> String {
        match &self.0 {
            Kind::Network(network) => network.name.clone(),
            Kind::Fixed(_) => "the built-in feature space".to_owned(),
        }
    }

    /// Features of a picture.
    pub(crate) fn width(&self) -> usize {
        match &self.0 {
            Kind::Fixed(_) => space::FEATURES,
            Kind::Network(network) => network.outputs(),
        }
    }

    fn place(&self, picture: &picture::Picture) -> Result<Vec<f32>, String> {
        match &self.0 {
            Kind::Fixed(space) => Ok(space.place(picture)),
            Kind::Network(network) => network.run(picture),
        }
    }

    fn names(&self) -> Vec<String> {
        match &self.0 {
            Kind::Fixed(_) => FixedSpace::names(),
            Kind::Network(network) => (1..=network.outputs())
                .map(|output| format!("output {output}"))
                .collect(),
        }
    }
}

/// Points of the three sets.
pub(crate) struct Sets {
    train: Vectors,
    made: Vectors,
    fresh: Option<Vectors>,
    /// As sentences call it.
    space: String,
}

impl Sets {
    /// As many pictures as each set has.
    fn same(&self) -> usize {
        let fresh = self.fresh.as_ref().map_or(usize::MAX, Vectors::count);
        self.train.count().min(self.made.count()).min(fresh)
    }
}

/// Real pictures by class or by an attribute of few values.
pub(crate) struct Group {
    id: String,
    title: String,
    names: Vec<String>,
    /// The place among `names` of each training picture whose features are known.
    train: Vec<u32>,
}

/// The three sets, the real one first.
struct Trio<'a> {
    train: &'a Described,
    made: &'a Described,
    fresh: Option<&'a Described>,
}

impl Trio<'_> {
    fn each(&self) -> impl Iterator<Item = &Described> {
        [self.train, self.made].into_iter().chain(self.fresh)
    }

    /// Rows made of each set, as a [`Ground`].
    fn ground(&self, columns: Vec<Column>, rows: impl Fn(&Described) -> Rows) -> Ground {
        Ground {
            columns,
            written: Vec::new(),
            train: rows(self.train),
            synthetic: rows(self.made),
            holdout: self.fresh.map(rows),
            notes: Vec::new(),
        }
    }

    /// Hashes of all pixels: equal where pictures are.
    fn pixels(&self) -> Ground {
        let mut all: Vec<u64> = self.each().flat_map(|set| set.pixels.clone()).collect();
        all.sort_unstable();
        all.dedup();
        let columns = vec![Column {
            name: "pixels".to_owned(),
            scale: Scale::Category { levels: Vec::new() },
        }];
        self.ground(columns, |set| {
            let places = set.pixels.iter();
            let codes = places.map(|hash| all.binary_search(hash).unwrap_or(0) as u32);
            Rows {
                values: vec![Values::Codes(codes.collect())],
                count: set.pixels.len(),
            }
        })
    }

    /// Features as columns.
    fn features(&self, space: &Space, seed: Seed) -> Ground {
        let width = space.width();
        if width <= COLUMNS {
            let columns = space.names().into_iter().map(number).collect();
            return self.ground(columns, |set| of_points(&set.points));
        }
        let directions = directions(width, seed);
        let columns = (1..=COLUMNS).map(|at| number(format!("direction {at}")));
        self.ground(columns.collect(), |set| {
            of_points(&projected(&set.points, &directions))
        })
    }

    /// What people have words for, classes and shared attributes, as columns.
    fn looks(&self) -> Ground {
        let mut columns: Vec<Column> = LOOKS
            .iter()
            .map(|name| number((*name).to_owned()))
            .collect();
        let classes = self.each().all(|set| set.classes.is_some());
        let mut words: Vec<(String, Vec<String>)> = Vec::new();
        let union = |of: &dyn Fn(&Described) -> Vec<String>| {
            let mut levels: Vec<String> = self.each().flat_map(of).collect();
            levels.sort_unstable();
            levels.dedup();
            levels
        };
        if classes {
            let of = |set: &Described| set.classes.iter().flatten().flatten().cloned().collect();
            words.push(("class".to_owned(), union(&of)));
        }
        let mut numbers = Vec::new();
        for (name, attribute) in &self.train.attributes {
            let alike = self.each().all(|set| {
                set.attributes.get(name).is_some_and(|other| {
                    std::mem::discriminant(other) == std::mem::discriminant(attribute)
                })
            });
            if !alike {
                continue;
            }
            match attribute {
                Attribute::Numbers(_) => numbers.push(name.clone()),
                Attribute::Words(_) => {
                    let of = |set: &Described| match set.attributes.get(name) {
                        Some(Attribute::Words(words)) => words.iter().flatten().cloned().collect(),
                        _ => Vec::new(),
                    };
                    words.push((name.clone(), union(&of)));
                }
            }
        }
        columns.extend(numbers.iter().cloned().map(number));
        columns.extend(words.iter().map(|(name, levels)| Column {
            name: name.clone(),
            scale: Scale::Category {
                levels: levels.clone(),
            },
        }));
        self.ground(columns, |set| {
            let count = set.looks.len();
            let numeric = |values: Vec<f64>| Values::Numbers {
                values,
                special: Vec::new(),
            };
            let mut values: Vec<Values> = (0..LOOKS.len())
                .map(|at| numeric(set.looks.iter().map(|looks| looks[at]).collect()))
                .collect();
            for name in &numbers {
                if let Some(Attribute::Numbers(all)) = set.attributes.get(name) {
                    values.push(numeric(all[..count].to_vec()));
                }
            }
            for (name, levels) in &words {
                let own = match set.attributes.get(name) {
                    Some(Attribute::Words(words)) => words,
                    _ => set.classes.as_ref().map_or(&[][..], |classes| classes),
                };
                let codes = own.iter().take(count).map(|word| {
                    word.as_ref()
                        .and_then(|word| levels.binary_search(word).ok())
                        .map_or(MISSING_LEVEL, |at| at as u32)
                });
                values.push(Values::Codes(codes.collect()));
            }
            Rows { values, count }
        })
    }
}

fn number(name: String) -> Column {
    Column {
        name,
        scale: Scale::Number { codes: 0 },
    }
}

fn of_points(points: &Vectors) -> Rows {
    let count = points.count();
    let column = |at: usize| Values::Numbers {
        values: (0..count)
            .map(|place| f64::from(points.point(place)[at]))
            .collect(),
        special: Vec::new(),
    };
    Rows {
        values: (0..points.width).map(column).collect(),
        count,
    }
}

/// [`COLUMNS`] random directions, which keep distances (Johnson & Lindenstrauss 1984).
fn directions(width: usize, seed: Seed) -> Vec<Vec<f32>> {
    let mut stream = population::stream::Streams::new(seed, 0).stream("check/pictures/directions");
    let scale = 1.0 / (COLUMNS as f64).sqrt();
    (0..COLUMNS)
        .map(|_| {
            (0..width)
                .map(|_| (stream.normal() * scale) as f32)
                .collect()
        })
        .collect()
}

fn projected(points: &Vectors, directions: &[Vec<f32>]) -> Vectors {
    use rayon::prelude::*;
    let values = (0..points.count()).into_par_iter().flat_map_iter(|place| {
        let point = points.point(place);
        directions
            .iter()
            .map(move |direction| point.iter().zip(direction).map(|(a, b)| a * b).sum::<f32>())
    });
    Vectors {
        values: values.collect(),
        width: directions.len(),
    }
}

/// Names of what groups can be made of: `class`, and attributes that all sets have.
pub fn picture_attributes(
    train: &Described,
    made: &Described,
    fresh: Option<&Described>,
) -> Vec<String> {
    let trio = Trio { train, made, fresh };
    let columns = trio.looks().columns.into_iter().skip(LOOKS.len());
    columns.map(|column| column.name).collect()
}

/// Judges synthetic pictures. Of `settings` it uses `protect`, `seed` and `claimed_epsilon`; classes are always a group. Also returns what could not be compared.
pub fn judge_pictures(
    train: &Described,
    made: &Described,
    fresh: Option<&Described>,
    space: &Space,
    settings: &Settings,
) -> (Vec<Section>, Vec<String>) {
    let seed = Seed(settings.seed);
    let trio = Trio { train, made, fresh };
    let mut notes: Vec<String> = trio.each().flat_map(|set| set.notes.clone()).collect();
    for set in trio.each().skip(1) {
        if set.size != train.size {
            notes.push(format!(
                "{} has pictures of {} × {} pixels and the training set of {} × {}: sharpness, noise and the slope of the spectrum are per pixel, and move with the size alone",
                set.name, set.size.0, set.size.1, train.size.0, train.size.1
            ));
        }
    }
    let pixels = trio.pixels();
    notes.extend(
        fresh
            .is_some()
            .then(|| {
                let holdout = pixels.holdout.as_ref()?;
                overlap(&pixels.columns, &pixels.train, holdout)
            })
            .flatten(),
    );
    let looks = trio.looks();
    let features = trio.features(space, seed);
    let sets = Sets {
        train: train.points.clone(),
        made: made.points.clone(),
        fresh: fresh.map(|fresh| fresh.points.clone()),
        space: space.name(),
    };
    let protect = groups(&looks, &settings.protect);
    let (covered, mut fidelity): (Vec<Finding>, Vec<Finding>) = manifold::findings(&sets, &protect)
        .into_iter()
        .partition(|finding| finding.id.starts_with("fairness"));
    fidelity.insert(0, distance::frechet_distance(&sets));
    fidelity.insert(1, distance::kernel_distance(&sets));
    fidelity.push(two_sample::finding(&features, seed));
    let mut shapes = shapes::findings(&looks).into_iter().take(1);
    if let Some(mut shapes) = shapes.next() {
        "Colour, sharpness, noise and frequency".clone_into(&mut shapes.title);
        fidelity.push(shapes);
    }
    fidelity.push(embedding::finding(&features, seed));
    let copies = NearCopies {
        space: space.name(),
    };
    let mut privacy = vec![
        run(&Identical, &pixels),
        rows::repeated(&pixels),
        run(&copies, &features),
        run(&Closest, &features),
    ];
    privacy.extend(membership::findings(
        &membership::Membership { seed },
        &features,
        settings.claimed_epsilon,
    ));
    let mut fair = if protect.is_empty() {
        vec![Finding::not_computed(
            "fairness.representation",
            "Classes and groups",
            "the sets share no classes; lay pictures out as CLASS/NAME.png, or give labels.csv with a column `file`, and --protect COLUMN",
        )]
    } else {
        let columns: Vec<usize> = protect
            .iter()
            .filter_map(|group| looks.position(&group.id))
            .collect();
        fairness::findings(&looks, &columns, &[], seed)
            .into_iter()
            .filter(|finding| !finding.id.starts_with("fairness.labels"))
            .collect()
    };
    fair.extend(covered);
    let told = |findings: Vec<Finding>| {
        let findings = findings.into_iter();
        findings
            .map(|finding| finding.worded(&in_pictures))
            .collect()
    };
    let sections = vec![
        section(
            "fidelity",
            "Are they like the real pictures?",
            told(fidelity),
        ),
        section(
            "privacy",
            "Do they show pictures of the training data?",
            told(privacy),
        ),
        section("fairness", "Is it the same for all groups?", told(fair)),
    ];
    let sections = sections.into_iter().map(|mut section| {
        for sentence in &mut section.verdict {
            *sentence = in_pictures(sentence);
        }
        section
    });
    (sections.collect(), notes)
}

/// Groups by class, and by each attribute that was named.
fn groups(looks: &Ground, names: &[String]) -> Vec<Group> {
    let mut wanted: Vec<&str> = vec!["class"];
    wanted.extend(
        names
            .iter()
            .map(String::as_str)
            .filter(|name| *name != "class"),
    );
    let of = |name: &&str| {
        let column = looks.position(name)?;
        let Scale::Category { levels } = &looks.columns[column].scale else {
            return None;
        };
        let shown = looks.shown(column);
        Some(Group {
            id: (*name).to_owned(),
            title: format!("`{name}`"),
            names: levels
                .iter()
                .zip(shown)
                .map(|(level, shown)| {
                    if shown {
                        level.clone()
                    } else {
                        "a rare one".to_owned()
                    }
                })
                .collect(),
            train: looks.train.values[column].codes().to_vec(),
        })
    };
    wanted.iter().filter_map(of).collect()
}

/// What measures of tables say of rows, said of pictures.
fn in_pictures(text: &str) -> String {
    text.replace("tables", "sets")
        .replace("Which columns", "Which features")
        .replace(
            "shapes of single columns",
            "distributions of each picture's looks, one by one,",
        )
        .replace("Each column", "Each of them")
        .replace("rows", "pictures")
        .replace("row ", "picture ")
        .replace("row,", "picture,")
        .replace("row.", "picture.")
        .replace("a person's whole record", "a picture")
        .replace("people in general", "such pictures in general")
        .replace("the person was", "it was")
        .replace("the people in the training data", "the training pictures")
        .replace("people in the training data", "training pictures")
}
