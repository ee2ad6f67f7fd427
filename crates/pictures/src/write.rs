//! Pictures on disk: a folder for each class, as image loaders read them, and a list of all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use population::stream::Seed;
use rayon::prelude::*;

use crate::error::PictureError;
use crate::model::PictureModel;

/// Pictures that are made before they are written.
const BATCH: u64 = 4_096;

impl PictureModel {
    /// Writes pictures 0 to `count` of a seed as `CLASS/000000000.png` into a folder that is not there yet, and `labels.csv` beside them (columns `file`, `class`). It is there whole or not at all.
    /// `progress` is told how many are written.
    ///
    /// # Errors
    ///
    /// The folder is there already, or the disk is full or cannot be written to.
    pub fn write(
        &self,
        folder: &Path,
        seed: Seed,
        count: u64,
        extra: &[(&str, &[u8])],
        mut progress: impl FnMut(u64),
    ) -> Result<(), PictureError> {
        if folder.exists() {
            return Err(PictureError::new(
                format!("{} is there already", folder.display()),
                "choose another folder, or delete it",
            ));
        }
        let mut name = folder.file_name().unwrap_or_default().to_os_string();
        name.push(".part");
        let part = folder.with_file_name(name);
        let made = self.write_into(&part, seed, count, extra, &mut progress);
        let made = made
            .and_then(|()| fs::rename(&part, folder).map_err(|error| (folder.to_owned(), error)));
        made.map_err(|(path, error)| {
            // What is half there is of no use to anybody; if it cannot be removed either, the first error says more.
            if error.kind() != std::io::ErrorKind::AlreadyExists {
                let _ = fs::remove_dir_all(&part);
            }
            PictureError::new(
                format!("{} cannot be written: {error}", path.display()),
                "make room, or choose another place",
            )
        })
    }

    fn write_into(
        &self,
        part: &Path,
        seed: Seed,
        count: u64,
        extra: &[(&str, &[u8])],
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), (PathBuf, std::io::Error)> {
        let at = |path: PathBuf| move |error| (path, error);
        // What lies there may be somebody's.
        fs::create_dir(part).map_err(at(part.to_owned()))?;
        for class in self.classes() {
            let path = part.join(class);
            fs::create_dir_all(&path).map_err(at(path.clone()))?;
        }
        let list = part.join("labels.csv");
        let mut labels = fs::File::create(&list)
            .map(std::io::BufWriter::new)
            .map_err(at(list.clone()))?;
        writeln!(labels, "file,class").map_err(at(list.clone()))?;
        let mut done = 0;
        while done < count {
            let end = count.min(done + BATCH);
            let files: Vec<(usize, String, Vec<u8>)> = (done..end)
                .into_par_iter()
                .map(|index| {
                    let (class, pixels) = self.picture(seed, index);
                    let file = format!("{}/{index:09}.png", self.classes()[class]);
                    (class, file, self.png(&pixels))
                })
                .collect();
            for (class, file, bytes) in files {
                let path = part.join(&file);
                fs::write(&path, bytes).map_err(at(path))?;
                writeln!(labels, "{file},{}", self.classes()[class]).map_err(at(list.clone()))?;
            }
            done = end;
            progress(done);
        }
        labels.flush().map_err(at(list))?;
        for (name, bytes) in extra {
            let path = part.join(name);
            fs::write(&path, bytes).map_err(at(path))?;
        }
        Ok(())
    }
}
