//! Folders of pictures: one for each class, or pictures beside masks.

use std::path::Path;

use super::cut::{cut_mask, mask};
use super::{Picture, bounded, cut_all, entries, is_picture};
use crate::error::VisionError;
use crate::examples::{Examples, Truth, UNKNOWN};

/// Classes from `CLASS/NAME.png` or `.jpg`: each folder is a class, in the order of their names.
///
/// # Errors
/// Fewer than two folders with pictures, pictures that cannot be read.
pub fn classes(folder: &Path, side: usize) -> Result<Examples, VisionError> {
    let (mut names, mut found) = (Vec::new(), Vec::new());
    for name in entries(folder)? {
        let inside = folder.join(&name);
        if !inside.is_dir() {
            continue;
        }
        let class = names.len() as u32;
        let before = found.len();
        for file in entries(&inside)?.into_iter().filter(|f| is_picture(f)) {
            found.push((inside.join(file), class));
        }
        if found.len() > before {
            names.push(name);
        }
    }
    if names.len() < 2 {
        return Err(VisionError::new(
            format!(
                "{} holds fewer than two folders with pictures",
                folder.display()
            ),
            "lay pictures out as CLASS/NAME.png or .jpg",
        ));
    }
    bounded(found.len(), side, folder)?;
    let (pixels, frames, of) = cut_all(&found, |(path, class)| {
        let picture = Picture::open(path)?;
        Ok((picture.cut(picture.whole(), side), *class))
    })?;
    Ok(Examples {
        side,
        pixels,
        frames,
        truth: Truth::Class { names, of },
    })
}

/// Segments from pictures and masks with the same names in two folders. A mask's samples are class numbers: places in `names`, in each of which the first
/// is the class's name and the others the samples that are of it. Samples that none has are unknown.
///
/// # Errors
/// A sample of two classes, a picture without a mask or of another size, masks of colours, files that cannot be read.
pub fn masks(
    pictures: &Path,
    masks: &Path,
    groups: &[(String, Vec<u8>)],
    side: usize,
) -> Result<Examples, VisionError> {
    let table = table(groups)?;
    let found: Vec<String> = entries(pictures)?
        .into_iter()
        .filter(|f| is_picture(f))
        .collect();
    bounded(found.len(), side, pictures)?;
    segments(
        &found,
        |name| {
            let beside = masks.join(Path::new(name).with_extension("png"));
            Ok((pictures.join(name), beside))
        },
        groups,
        &table,
        side,
    )
}

/// The class of each sample of a mask.
pub(super) fn table(groups: &[(String, Vec<u8>)]) -> Result<[u8; 256], VisionError> {
    const HINT: &str = "give each class a name and the samples that are of it";
    if groups.is_empty() || groups.len() >= usize::from(UNKNOWN) {
        return Err(VisionError::new(
            format!(
                "{} classes of segments are not between 1 and 254",
                groups.len()
            ),
            HINT,
        ));
    }
    let mut table = [UNKNOWN; 256];
    for (class, (name, samples)) in groups.iter().enumerate() {
        for &sample in samples {
            let to = &mut table[usize::from(sample)];
            if *to != UNKNOWN {
                return Err(VisionError::new(
                    format!(
                        "sample {sample} of the masks is of `{}` and of `{name}`",
                        groups[usize::from(*to)].0
                    ),
                    HINT,
                ));
            }
            *to = class as u8;
        }
    }
    Ok(table)
}

/// Examples of segments: `files` names a picture's file and its mask's.
pub(super) fn segments<S: Sync>(
    of: &[S],
    files: impl Fn(&S) -> Result<(std::path::PathBuf, std::path::PathBuf), VisionError> + Sync + Send,
    groups: &[(String, Vec<u8>)],
    table: &[u8; 256],
    side: usize,
) -> Result<Examples, VisionError> {
    let (pixels, frames, of) = cut_all(of, |one| {
        let (picture_path, mask_path) = files(one)?;
        let picture = Picture::open(&picture_path)?;
        let mask = mask(&mask_path)?;
        if (mask.width as usize, mask.height as usize) != picture.size() {
            let (width, height) = picture.size();
            return Err(VisionError::new(
                format!(
                    "{}: {} × {} pixels are not the {width} × {height} of its picture",
                    mask_path.display(),
                    mask.width,
                    mask.height
                ),
                "save masks as large as their pictures",
            ));
        }
        let frame = picture.whole();
        let classes: Vec<u8> = cut_mask(&mask, frame, side)
            .into_iter()
            .map(|sample| table[usize::from(sample)])
            .collect();
        Ok((picture.cut(frame, side), classes))
    })?;
    Ok(Examples {
        side,
        pixels,
        frames,
        truth: Truth::Segments {
            names: groups.iter().map(|(name, _)| name.clone()).collect(),
            of: of.concat(),
        },
    })
}
