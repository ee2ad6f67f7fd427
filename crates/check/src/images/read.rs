//! Sets of pictures on disk, and what is worked out of each picture: pixels are forgotten at once.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use population::stream::Seed;
use privacy::{Ledger, RealData, Sealed};
use rayon::prelude::*;
use tables::SourceError;

use super::Space;
use super::labels::{Attribute, Labels, is_identity};
use super::looks::{LOOKS, Spectra};
use super::picture::Picture;
use super::vectors::Vectors;
use crate::ground::shuffled;

/// Pictures of a set whose features are worked out, at most: a random sample of more.
pub const MOST: usize = 5_000;
/// Numbers of all features of a set together, at most: 128 MiB.
const MOST_NUMBERS: usize = 32 << 20;
/// Files of one set, at most.
const MOST_FILES: usize = 10_000_000;

/// Why there is no set of pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct PicturesError {
    message: String,
    hint: String,
}

impl PicturesError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl std::fmt::Display for PicturesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PicturesError {}

impl From<SourceError> for PicturesError {
    fn from(error: SourceError) -> Self {
        let hint = error.hint().unwrap_or_default().to_owned();
        Self::new(error.to_string(), hint)
    }
}

/// Where the pixels of a picture are.
enum Pixels {
    File(PathBuf),
    /// Its place in the IDX file.
    Idx(usize),
}

/// A picture before it is read.
struct Entry {
    /// As notes call it.
    name: String,
    pixels: Pixels,
    class: Option<String>,
    /// The row of the labels.
    row: Option<usize>,
}

/// Pictures of an IDX file.
struct Idx {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

/// What was found in a folder.
struct Found {
    entries: Vec<Entry>,
    idx: Option<Idx>,
    labels: Labels,
}

/// What is known of a set of pictures, in a random order that the seed decides: the first are a random sample.
#[derive(Debug, Clone)]
pub struct Described {
    /// The name of its folder or file.
    pub name: String,
    /// Pictures that could be read.
    pub count: usize,
    /// What could not be read, a sentence each.
    pub notes: Vec<String>,
    /// A number that is the same where all pixels are.
    pub(super) pixels: Vec<u64>,
    /// Features of the first pictures, up to [`MOST`].
    pub(super) points: Vectors,
    pub(super) looks: Vec<[f64; LOOKS.len()]>,
    /// Class of every picture, where there are classes.
    pub(super) classes: Option<Vec<Option<String>>>,
    pub(super) attributes: BTreeMap<String, Attribute>,
    /// The size that most pictures have, in pixels.
    pub(super) size: (usize, usize),
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|end| {
        ["png", "jpg", "jpeg"]
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    })
}

fn is_idx(path: &Path) -> bool {
    name_of(path).contains("images-idx3-ubyte")
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, PicturesError> {
    let cannot = |error: std::io::Error| {
        PicturesError::new(
            format!("{} cannot be read: {error}", folder.display()),
            "name a folder of pictures",
        )
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        paths.push(entry.map_err(cannot)?.path());
        if paths.len() > MOST_FILES {
            return Err(PicturesError::new(
                format!("{} holds more than {MOST_FILES} files", folder.display()),
                "check a part of it",
            ));
        }
    }
    paths.sort();
    Ok(paths)
}

/// Whether a place is a set of pictures: an IDX file of them, or a folder with one, with pictures, with folders of pictures, or with a render set's `images`.
pub fn is_pictures(place: &Path) -> bool {
    if place.is_file() {
        return is_idx(place);
    }
    let Ok(paths) = listed(place) else {
        return false;
    };
    paths.iter().any(|path| {
        is_idx(path)
            || path.is_file() && is_picture(path)
            || path.is_dir()
                && listed(path).is_ok_and(|below| below.iter().any(|path| is_picture(path)))
    })
}

impl Found {
    fn of(place: &Path, ledger: &mut Ledger) -> Result<Self, PicturesError> {
        if place.is_file() {
            return Self::idx(place);
        }
        let paths = listed(place)?;
        // `train` before `t10k`, where both are there.
        let mut idx: Vec<&PathBuf> = paths.iter().filter(|path| is_idx(path)).collect();
        idx.sort_by_key(|path| !name_of(path).starts_with("train"));
        if let Some(first) = idx.first() {
            return Self::idx(first);
        }
        let mut labels = Labels::default();
        for name in ["rows.parquet", "labels.csv", "metadata.csv"] {
            let path = place.join(name);
            if path.is_file()
                && let Some(read) = Labels::read(&path, ledger)?
            {
                labels = read;
                break;
            }
        }
        let row_of: BTreeMap<&str, usize> = labels
            .files
            .iter()
            .enumerate()
            .map(|(row, file)| (file.as_str(), row))
            .collect();
        // Where a table names the pictures' folders, other folders beside them (masks, depth) are none.
        let named = |folder: &str| {
            row_of.is_empty() || labels.files.iter().any(|file| file.starts_with(folder))
        };
        let mut entries = Vec::new();
        let mut take = |path: PathBuf, below: &str, class: Option<&str>| {
            let name = format!("{below}{}", name_of(&path));
            entries.push(Entry {
                row: row_of.get(name.as_str()).copied(),
                name,
                pixels: Pixels::File(path),
                class: class.map(str::to_owned),
            });
        };
        let folders: Vec<&PathBuf> = paths
            .iter()
            .filter(|path| path.is_dir() && !name_of(path).starts_with('.'))
            .filter(|path| named(&format!("{}/", name_of(path))))
            .collect();
        // One folder is where the pictures are, several are classes.
        let classes = folders.len() > 1;
        for folder in folders {
            let name = name_of(folder);
            for path in listed(folder)?.into_iter().filter(|path| is_picture(path)) {
                take(path, &format!("{name}/"), classes.then_some(name.as_str()));
            }
        }
        for path in paths
            .iter()
            .filter(|path| path.is_file() && is_picture(path))
        {
            take(path.clone(), "", None);
        }
        Ok(Self {
            entries,
            idx: None,
            labels,
        })
    }

    /// An IDX file of pictures, and that of their classes beside it.
    fn idx(images: &Path) -> Result<Self, PicturesError> {
        const AGAIN: &str = "copy the file again";
        let load = |path: &Path| {
            let shown = path.display();
            let bytes = fs::read(path).map_err(|error| {
                PicturesError::new(format!("{shown} cannot be read: {error}"), AGAIN)
            })?;
            pictures::idx::read(&bytes)
                .map_err(|wrong| PicturesError::new(format!("{shown} {wrong}"), AGAIN))
        };
        let read = load(images)?;
        let shown = images.display();
        let [count, height, width] = read.dimensions[..] else {
            return Err(PicturesError::new(
                format!("{shown} has other dimensions than pictures have"),
                AGAIN,
            ));
        };
        if width * height == 0 {
            return Err(PicturesError::new(
                format!("{shown} has pictures without pixels"),
                AGAIN,
            ));
        }
        let labels = images
            .with_file_name(name_of(images).replace("images-idx3-ubyte", "labels-idx1-ubyte"));
        let classes = if labels.is_file() {
            let classes = load(&labels)?;
            if classes.dimensions != [count] {
                return Err(PicturesError::new(
                    format!(
                        "{} has not as many classes as {shown} has pictures",
                        labels.display()
                    ),
                    AGAIN,
                ));
            }
            Some(classes.bytes)
        } else {
            None
        };
        let entries = (0..count).map(|place| Entry {
            name: format!("picture {place}"),
            pixels: Pixels::Idx(place),
            class: classes.as_ref().map(|classes| classes[place].to_string()),
            row: None,
        });
        Ok(Self {
            entries: entries.collect(),
            idx: Some(Idx {
                width,
                height,
                bytes: read.bytes,
            }),
            labels: Labels::default(),
        })
    }

    fn picture(&self, entry: &Entry) -> Result<Picture, String> {
        match (&entry.pixels, &self.idx) {
            (Pixels::File(path), _) => {
                let bytes = fs::read(path).map_err(|error| error.to_string())?;
                Picture::decode(&bytes)
            }
            (Pixels::Idx(place), Some(idx)) => {
                let each = idx.width * idx.height;
                Ok(Picture::grey(
                    idx.width,
                    idx.height,
                    &idx.bytes[place * each..][..each],
                ))
            }
            (Pixels::Idx(_), None) => Err("its file is gone".to_owned()),
        }
    }
}

/// What is worked out of one picture.
struct Worked {
    hash: u64,
    size: (usize, usize),
    features: Option<(Vec<f32>, [f64; LOOKS.len()])>,
}

impl Described {
    /// Reads a set of real pictures: the reading is entered in the ledger. `called` is what notes call it: `training`, `hold-out`.
    ///
    /// # Errors
    ///
    /// A place without a picture that can be read; damaged tables beside the pictures; a feature space that fails.
    pub fn real(
        place: &Path,
        called: &str,
        space: &Space,
        seed: Seed,
        ledger: &mut Ledger,
    ) -> Result<Self, PicturesError> {
        let found = Found::of(place, ledger)?;
        let about = RealData {
            name: format!("pictures {}", name_of(place)),
            rows: Some(found.entries.len() as u64),
            columns: 1,
            sha256: None,
        };
        Sealed::new(found, about).read(
            ledger,
            "features, for comparison with synthetic pictures and attacks on them",
            |found| Self::of(found, place, called, space, seed),
        )
    }

    /// Reads a set of synthetic pictures, which show nobody.
    ///
    /// # Errors
    ///
    /// As [`Described::real`].
    pub fn synthetic(place: &Path, space: &Space, seed: Seed) -> Result<Self, PicturesError> {
        let found = Found::of(place, &mut Ledger::new())?;
        Self::of(&found, place, "synthetic", space, seed)
    }

    fn of(
        found: &Found,
        place: &Path,
        called: &str,
        space: &Space,
        seed: Seed,
    ) -> Result<Self, PicturesError> {
        let shown = place.display();
        if found.entries.is_empty() {
            return Err(PicturesError::new(
                format!("{shown} holds no pictures"),
                "lay them out as CLASS/NAME.png or .jpg, in one folder, or as MNIST has them",
            ));
        }
        let order = shuffled(found.entries.len(), seed, &format!("pictures/{called}"));
        let most = MOST.min(MOST_NUMBERS / space.width().max(1));
        let spectra = Spectra::new();
        let work = |(at, &entry): (usize, &u32)| -> Result<Worked, String> {
            let entry = &found.entries[entry as usize];
            let named = |why: String| format!("`{}`: {why}", entry.name);
            let picture = found.picture(entry).map_err(named)?;
            let mut hasher = DefaultHasher::new();
            (picture.width, picture.height, &picture.rgb).hash(&mut hasher);
            let features = if at < most {
                let place = space.place(&picture).map_err(named)?;
                Some((place, spectra.looks(&picture)))
            } else {
                None
            };
            Ok(Worked {
                hash: hasher.finish(),
                size: (picture.width, picture.height),
                features,
            })
        };
        let worked: Vec<Result<Worked, String>> = order.par_iter().enumerate().map(work).collect();
        let mut described = Self {
            name: name_of(place),
            count: 0,
            notes: Vec::new(),
            pixels: Vec::new(),
            points: Vectors {
                values: Vec::new(),
                width: space.width(),
            },
            looks: Vec::new(),
            classes: None,
            attributes: BTreeMap::new(),
            size: (0, 0),
        };
        let (mut kept, mut failed, mut sizes) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (worked, &entry) in worked.into_iter().zip(&order) {
            match worked {
                Err(why) => failed.push(why),
                Ok(worked) => {
                    described.pixels.push(worked.hash);
                    *sizes.entry(worked.size).or_insert(0_usize) += 1;
                    if let Some((features, looks)) = worked.features {
                        described.points.values.extend(features);
                        described.looks.push(looks);
                    }
                    kept.push(entry as usize);
                }
            }
        }
        described.count = kept.len();
        if kept.is_empty() {
            let first = failed.first().cloned().unwrap_or_default();
            return Err(PicturesError::new(
                format!(
                    "none of the {} pictures in {shown} can be read; {first}",
                    failed.len()
                ),
                "save them again as 8-bit PNG or JPEG",
            ));
        }
        if !failed.is_empty() {
            failed.sort_unstable();
            described.notes.push(format!(
                "{} of {} {called} pictures cannot be read and are left out; {}{}",
                failed.len(),
                found.entries.len(),
                failed[0],
                if failed.len() > 1 { ", and others" } else { "" }
            ));
        }
        if described.count > most {
            described.notes.push(format!(
                "features were worked out of {most} random {called} pictures of {}; identical ones were looked for among all",
                described.count
            ));
        }
        described.size = sizes
            .into_iter()
            .max_by_key(|&(_, count)| count)
            .map_or((0, 0), |(size, _)| size);
        described.labels(found, &kept);
        Ok(described)
    }

    /// Classes and attributes of the pictures that were kept.
    fn labels(&mut self, found: &Found, kept: &[usize]) {
        let rows: Vec<Option<usize>> = kept.iter().map(|&at| found.entries[at].row).collect();
        if rows.iter().any(Option::is_some) {
            for (name, attribute) in &found.labels.attributes {
                if is_identity(name) {
                    continue;
                }
                let taken = match attribute {
                    Attribute::Numbers(values) => Attribute::Numbers(
                        rows.iter()
                            .map(|row| {
                                row.and_then(|row| values.get(row))
                                    .copied()
                                    .unwrap_or(f64::NAN)
                            })
                            .collect(),
                    ),
                    Attribute::Words(words) => Attribute::Words(
                        rows.iter()
                            .map(|row| row.and_then(|row| words.get(row)).cloned().flatten())
                            .collect(),
                    ),
                };
                self.attributes.insert(name.clone(), taken);
            }
        }
        let of_folders: Vec<Option<String>> = kept
            .iter()
            .map(|&at| found.entries[at].class.clone())
            .collect();
        let named = ["class", "label"]
            .iter()
            .find_map(|name| match self.attributes.get(*name) {
                Some(Attribute::Words(_)) => Some(*name),
                _ => None,
            });
        self.classes = match named.and_then(|name| self.attributes.remove(name)) {
            Some(Attribute::Words(words)) => Some(words),
            _ => of_folders.iter().any(Option::is_some).then_some(of_folders),
        };
    }
}
