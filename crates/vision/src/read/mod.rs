//! Examples from files: made data sets, and what users have of real pictures.
//!
//! | from | truth | pictures are cut |
//! |---|---|---|
//! | [`made`]: a data set of ours | landmarks | around the points |
//! | | a class or numbers from an attribute of its rows, segments from a layer of classes | whole |
//! | [`coco`]: a COCO file of key points | landmarks | around the points |
//! | [`classes`]: `CLASS/NAME.png` | a class | whole |
//! | [`masks`]: pictures, and PNGs of class numbers with the same names | segments | whole |
//! | [`listed`]: CSV with a column `file` | numbers or a class from its other columns | whole |
//!
//! Around the points: a square about the middle of the box around the known ones, 1.5 times as long as its longer side, is what a network sees; finding a
//! face is taken as given. Whole: the longer side fits. The outermost pixels go on beyond a picture's edge. Pictures are PNG and JPEG.
//!
//! Foreign bytes never panic; what is read is bounded: [`MOST_FILE_BYTES`] a file, [`MOST_EXAMPLES`] examples, and 4 GiB of pixels together.

mod coco;
mod cut;
mod folders;
mod list;
mod made;

use std::path::Path;

use rayon::prelude::*;

use crate::error::VisionError;
use crate::examples::{Examples, Frame, MOST_PIXELS};

pub use coco::coco;
pub use folders::{classes, masks};
pub use list::{Column, listed};
pub use made::{Attribute, Layer, Points, Want, attribute, made, made_where};

pub(crate) use cut::{Picture, Square};

/// Largest list or picture that is read, bytes.
pub const MOST_FILE_BYTES: u64 = 512 << 20;

/// Most examples of one set.
pub const MOST_EXAMPLES: usize = 2_000_000;

/// How much longer than the box around points the side of what a network sees is.
const ROOM: f64 = 1.5;

/// The bytes of a file.
fn bytes(path: &Path) -> Result<Vec<u8>, VisionError> {
    let fault = |why: String| {
        VisionError::new(
            format!("{}: {why}", path.display()),
            "name a file that is there and can be read",
        )
    };
    let about = std::fs::metadata(path).map_err(|e| fault(format!("cannot be read: {e}")))?;
    if about.len() > MOST_FILE_BYTES {
        return Err(fault(format!(
            "{} bytes are more than the {} MiB a file may have",
            about.len(),
            MOST_FILE_BYTES >> 20
        )));
    }
    std::fs::read(path).map_err(|e| fault(format!("cannot be read: {e}")))
}

/// Names of what is in a folder, in order; without hidden ones.
fn entries(folder: &Path) -> Result<Vec<String>, VisionError> {
    let fault = |e: std::io::Error| {
        VisionError::new(
            format!("{}: cannot be listed: {e}", folder.display()),
            "name a folder that is there and can be read",
        )
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let name = entry.map_err(fault)?.file_name();
        let Ok(name) = name.into_string() else {
            return Err(VisionError::new(
                format!("{}: it holds a name that is not UTF-8", folder.display()),
                "rename the file",
            ));
        };
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether a file is named like a picture that can be read.
fn is_picture(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|e| e.to_str());
    ending.is_some_and(|e| {
        ["png", "jpg", "jpeg"]
            .iter()
            .any(|known| e.eq_ignore_ascii_case(known))
    })
}

/// Nothing when so many examples with squares of so many pixels a side are no more than can be held.
fn bounded(count: usize, side: usize, from: &Path) -> Result<(), VisionError> {
    if count == 0 {
        return Err(VisionError::new(
            format!("{} holds no examples", from.display()),
            "see `vision::read` for the layouts that are read",
        ));
    }
    let square = side.checked_mul(side).filter(|&s| s > 0 && side <= 1024);
    let Some(square) = square else {
        return Err(VisionError::new(
            format!("a cached side of {side} pixels is not between 1 and 1024"),
            "96 pixels suit a network that sees 64",
        ));
    };
    if count > MOST_EXAMPLES || count > MOST_PIXELS / square {
        return Err(VisionError::new(
            format!(
                "{} holds {count} examples, more than fit in memory with {side} × {side} pixels each",
                from.display()
            ),
            "take fewer of them, or a smaller side",
        ));
    }
    Ok(())
}

/// Pixels and frames of squares, one after the other, and what came with each.
type Cut<T> = (Vec<u8>, Vec<Frame>, Vec<T>);

/// Cuts squares out of pictures, on all threads; each comes with what else is worked out of it.
fn cut_all<S: Sync, T: Send>(
    of: &[S],
    work: impl Fn(&S) -> Result<(Square, T), VisionError> + Sync + Send,
) -> Result<Cut<T>, VisionError> {
    let done: Result<Vec<(Square, T)>, VisionError> = {
        // The first fault in order, not in time.
        let all: Vec<_> = of.par_iter().map(work).collect();
        all.into_iter().collect()
    };
    let done = done?;
    let mut pixels =
        Vec::with_capacity(done.first().map_or(0, |(s, _)| s.pixels.len()) * done.len());
    let (mut frames, mut others) = (Vec::new(), Vec::new());
    for (square, other) in done {
        pixels.extend_from_slice(&square.pixels);
        frames.push(square.frame);
        others.push(other);
    }
    Ok((pixels, frames, others))
}

/// The square around points, of which one at least is known: centre and the side of the cached square.
fn around(points: &[[f32; 2]]) -> Option<Frame> {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in points.iter().filter(|p| p.iter().all(|c| c.is_finite())) {
        for axis in 0..2 {
            low[axis] = low[axis].min(f64::from(point[axis]));
            high[axis] = high[axis].max(f64::from(point[axis]));
        }
    }
    let longer = (high[0] - low[0]).max(high[1] - low[1]);
    (longer > 0.0).then(|| {
        Frame::about(
            [
                f64::midpoint(low[0], high[0]),
                f64::midpoint(low[1], high[1]),
            ],
            longer * ROOM,
        )
    })
}

/// Which point is which in a mirror, by names that say left and right, or for iBUG's 68 points by their number.
fn mirror_of(names: &[String]) -> Option<Vec<usize>> {
    let partner = |name: &String| {
        let other = if name.contains("left") {
            name.replace("left", "right")
        } else {
            name.replace("right", "left")
        };
        names.iter().position(|n| *n == other)
    };
    let by_name: Option<Vec<usize>> = names.iter().map(partner).collect();
    match by_name {
        Some(of) if of.iter().enumerate().any(|(at, &to)| at != to) => Some(of),
        _ if names.len() == 68 => Some(crate::examples::mirrored_face()),
        _ => None,
    }
}

/// The points whose distance errors are told in: the outer corners of the eyes where there are iBUG's 68 points.
fn measure_of(names: &[String]) -> Option<[usize; 2]> {
    (names.len() == 68).then_some([36, 45])
}

/// Points in a picture's pixels as shares of a square.
fn in_shares(points: &[[f32; 2]], frame: Frame) -> Vec<[f32; 2]> {
    points
        .iter()
        .map(|p| frame.from_picture(p.map(f64::from)).map(|c| c as f32))
        .collect()
}

impl Examples {
    /// The same with its classes numbered as another set has them.
    ///
    /// # Errors
    /// A class that is there and not among the names.
    pub fn with_classes(mut self, names: &[String]) -> Result<Self, VisionError> {
        use crate::examples::{Truth, UNKNOWN};
        let place = |own: &[String], used: &[bool]| -> Result<Vec<usize>, VisionError> {
            let of = |(name, used): (&String, &bool)| match names.iter().position(|n| n == name) {
                Some(at) => Ok(at),
                None if !used => Ok(0),
                None => Err(VisionError::new(
                    format!("class `{name}` is not among {}", names.join(", ")),
                    "give both sets the same classes",
                )),
            };
            own.iter().zip(used).map(of).collect()
        };
        match &mut self.truth {
            Truth::Class { names: own, of } => {
                let mut used = vec![false; own.len()];
                for &class in of.iter() {
                    used[class as usize] = true;
                }
                let to = place(own, &used)?;
                for class in of.iter_mut() {
                    *class = to[*class as usize] as u32;
                }
                *own = names.to_vec();
            }
            Truth::Segments { names: own, of } => {
                let mut used = vec![false; own.len()];
                for &class in of.iter().filter(|&&class| class != UNKNOWN) {
                    used[usize::from(class)] = true;
                }
                let to = place(own, &used)?;
                for class in of.iter_mut().filter(|class| **class != UNKNOWN) {
                    *class = to[usize::from(*class)] as u8;
                }
                *own = names.to_vec();
            }
            Truth::Landmarks(_) | Truth::Numbers { .. } => {}
        }
        Ok(self)
    }
}
