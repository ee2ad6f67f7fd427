//! Folders of pictures: IDX files as MNIST has them, or a folder of PNGs for each class.

use std::fs;
use std::path::{Path, PathBuf};

use privacy::{RealData, Records, Sealed};

use crate::error::PictureError;
use crate::idx::{self, Idx};
use crate::model::is_folder;

/// The most pixels that a picture may have: 64 × 64.
pub const MOST_PIXELS: usize = 4_096;
/// The most classes.
const MOST_CLASSES: usize = 256;

/// Pictures of one size, each with its class.
#[derive(Clone)]
pub struct Gallery {
    pixels: Vec<u8>,
    classes: Vec<u8>,
    each: usize,
}

impl std::fmt::Debug for Gallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gallery")
    }
}

impl Records for Gallery {
    /// Brightnesses, row after row from the top, and the class.
    type Record<'a> = (&'a [u8], u8);

    fn len(&self) -> usize {
        self.classes.len()
    }

    fn record(&self, place: usize) -> (&[u8], u8) {
        (
            &self.pixels[place * self.each..][..self.each],
            self.classes[place],
        )
    }
}

impl Gallery {
    /// Pictures of `each` pixels; those without a class are left out.
    pub fn new(pixels: Vec<u8>, classes: Vec<u8>, each: usize) -> Self {
        Self {
            pixels,
            classes,
            each,
        }
    }
}

/// A folder of pictures, with what is known of it without looking at one.
#[derive(Debug)]
pub struct Opened {
    /// The pictures.
    pub gallery: Sealed<Gallery>,
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// What was taken as known to everybody, in words.
    pub public: String,
}

/// Reads a folder: `*images-idx3-ubyte` beside `*labels-idx1-ubyte` (those that begin with `train` first; `.gz` too), or folders of PNGs named after their classes.
///
/// # Errors
///
/// No such files; pictures of several sizes, or too large; files that are damaged.
pub fn open(folder: &Path) -> Result<Opened, PictureError> {
    let shown = folder.display();
    let mut names: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| {
            PictureError::new(
                format!("{shown} cannot be read: {error}"),
                "name a folder of pictures",
            )
        })?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    names.sort();
    let of = |part: &str| {
        let fits = |path: &&PathBuf| name(path).contains(part);
        let mut found: Vec<&PathBuf> = names.iter().filter(fits).collect();
        found.sort_by_key(|path| !name(path).starts_with("train"));
        found.first().copied()
    };
    match (of("images-idx3-ubyte"), of("labels-idx1-ubyte")) {
        (Some(images), Some(labels)) => of_idx(folder, images, labels),
        (Some(_), None) => Err(PictureError::new(
            format!(
                "{shown} has pictures (…images-idx3-ubyte) but no classes (…labels-idx1-ubyte)"
            ),
            "put both files there",
        )),
        _ => {
            let folders: Vec<PathBuf> = names.into_iter().filter(|path| path.is_dir()).collect();
            of_folders(folder, &folders)
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn sealed(folder: &Path, gallery: Gallery) -> Sealed<Gallery> {
    let about = RealData {
        name: format!("pictures {}", name(folder)),
        rows: None,
        columns: gallery.each as u64 + 1,
        sha256: None,
    };
    Sealed::new(gallery, about)
}

fn sizes(shown: &str, width: usize, height: usize) -> Result<(), PictureError> {
    let pixels = width.saturating_mul(height);
    if pixels == 0 || pixels > MOST_PIXELS {
        return Err(PictureError::new(
            format!(
                "{shown} has pictures of {width} × {height} pixels, and at most {MOST_PIXELS} in all are learned"
            ),
            "make them smaller, such as 28 × 28",
        ));
    }
    Ok(())
}

fn of_idx(folder: &Path, images: &Path, labels: &Path) -> Result<Opened, PictureError> {
    const AGAIN: &str = "copy the file again";
    let load = |path: &Path| -> Result<Idx, PictureError> {
        let shown = path.display();
        let bytes = fs::read(path).map_err(|error| {
            PictureError::new(format!("{shown} cannot be read: {error}"), AGAIN)
        })?;
        idx::read(&bytes).map_err(|wrong| PictureError::new(format!("{shown} {wrong}"), AGAIN))
    };
    let (pictures, labels_of) = (load(images)?, load(labels)?);
    let shown = images.display().to_string();
    let ([count, height, width], [others]) = (&pictures.dimensions[..], &labels_of.dimensions[..])
    else {
        return Err(PictureError::new(
            format!("{shown} or its classes have other dimensions than pictures and classes have"),
            AGAIN,
        ));
    };
    if count != others {
        return Err(PictureError::new(
            format!("{shown} has not as many pictures as there are classes beside it"),
            AGAIN,
        ));
    }
    sizes(&shown, *width, *height)?;
    // Ten classes by the format's custom; what is named otherwise is of none, and left out of every count.
    let classes: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    Ok(Opened {
        gallery: sealed(
            folder,
            Gallery::new(pictures.bytes, labels_of.bytes, width * height),
        ),
        width: *width,
        height: *height,
        public: format!("that pictures have {width} × {height} pixels and classes 0 to 9"),
        classes,
    })
}

fn of_folders(folder: &Path, folders: &[PathBuf]) -> Result<Opened, PictureError> {
    let shown = folder.display();
    if folders.is_empty() || folders.len() > MOST_CLASSES {
        return Err(PictureError::new(
            format!(
                "{shown} has neither IDX files nor 1 to {MOST_CLASSES} folders of PNGs, one for each class"
            ),
            "lay pictures out as CLASS/NAME.png, or as MNIST has them",
        ));
    }
    let (mut pixels, mut classes, mut size) = (Vec::new(), Vec::new(), None);
    for (class, path) in folders.iter().enumerate() {
        let cannot = |error: std::io::Error| {
            PictureError::new(
                format!("{} cannot be read: {error}", path.display()),
                "look at the folder",
            )
        };
        let mut files: Vec<PathBuf> = fs::read_dir(path)
            .map_err(cannot)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|end| end.eq_ignore_ascii_case("png"))
            })
            .collect();
        files.sort();
        for file in files {
            let picture = grey(&file)?;
            let shape = (picture.1, picture.2);
            sizes(&file.display().to_string(), shape.0, shape.1)?;
            if *size.get_or_insert(shape) != shape {
                return Err(PictureError::new(
                    format!(
                        "{} has {} × {} pixels and pictures before it had others",
                        file.display(),
                        shape.0,
                        shape.1
                    ),
                    "make all pictures the same size",
                ));
            }
            pixels.extend_from_slice(&picture.0);
            classes.push(class as u8);
        }
    }
    let Some((width, height)) = size else {
        return Err(PictureError::new(
            format!("the folders in {shown} hold no PNG"),
            "lay pictures out as CLASS/NAME.png",
        ));
    };
    let names: Vec<String> = folders.iter().map(|path| name(path)).collect();
    if let Some(name) = names.iter().find(|name| !is_folder(name)) {
        return Err(PictureError::new(
            format!("a class cannot be called `{name}`, because a list of files could not name it"),
            "rename the folder without commas, quotes and backslashes",
        ));
    }
    Ok(Opened {
        gallery: sealed(folder, Gallery::new(pixels, classes, width * height)),
        width,
        height,
        public: format!(
            "that pictures have {width} × {height} pixels, and the names of {} classes",
            names.len()
        ),
        classes: names,
    })
}

/// A PNG's brightnesses, width and height; colours by Rec. 709.
fn grey(path: &Path) -> Result<(Vec<u8>, usize, usize), PictureError> {
    let shown = path.display();
    let damaged = || {
        PictureError::new(
            format!("{shown} is no PNG that can be read"),
            "save it again as an 8-bit PNG",
        )
    };
    let file = fs::File::open(path).map_err(|error| {
        PictureError::new(
            format!("{shown} cannot be read: {error}"),
            "look at the file",
        )
    })?;
    let mut decoder = png::Decoder::new(std::io::BufReader::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| damaged())?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    sizes(&shown.to_string(), width, height)?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or_else(damaged)?];
    let info = reader.next_frame(&mut bytes).map_err(|_| damaged())?;
    let channels = info.color_type.samples();
    let luma = |p: &[u8]| match p {
        [r, g, b, ..] => {
            (0.2126 * f32::from(*r) + 0.7152 * f32::from(*g) + 0.0722 * f32::from(*b)).round() as u8
        }
        [v, ..] => *v,
        [] => 0,
    };
    let pixels = bytes
        .chunks_exact(channels)
        .take(width * height)
        .map(luma)
        .collect();
    Ok((pixels, width, height))
}
