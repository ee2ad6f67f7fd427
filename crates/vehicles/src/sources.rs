//! The recipe's own cars: files of other programs, opened and known by name.

use std::collections::BTreeSet;
use std::path::PathBuf;

use population::source::Opened;
use population::{SourceError, SourceFile, SourceKind, SourceRequest};
use scene::file::{self, Beside, Format, Limits};
use vehicle::design::PartMap;
use vehicle::{Design, catalogue};

/// Cars that a recipe names.
#[derive(Debug, Default)]
pub struct Sources {
    cars: Vec<(SourceFile, Option<Design>)>,
}

impl Sources {
    /// Opens what a recipe names under `vehicles`. Files must need no others: what they lead to would not be in the recipe's hashes.
    ///
    /// # Errors
    /// [`SourceError`] for the first file that is missing, no car, or has another's name.
    pub fn open(requests: &[SourceRequest], folders: &[PathBuf]) -> Result<Self, SourceError> {
        let mut taken: BTreeSet<String> = catalogue()
            .into_iter()
            .map(|model| model.name.clone())
            .collect();
        let mut cars = Vec::new();
        for request in requests {
            if request.kind != SourceKind::Vehicles {
                continue;
            }
            for opened in request.open(folders)? {
                if !taken.insert(opened.source.name.clone()) {
                    return Err(SourceError::new(
                        request,
                        format!("another car is called `{}`", opened.source.name),
                        "give the file another name",
                    ));
                }
                let design = car(request, &opened)?;
                cars.push((opened.source, design));
            }
        }
        Ok(Self { cars })
    }

    /// All files, withdrawn ones among them, in the recipe's order.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.cars.iter().map(|(file, _)| file)
    }

    pub(crate) fn cars(&self) -> &[(SourceFile, Option<Design>)] {
        &self.cars
    }

    /// The car of that name; `None` also where it was withdrawn.
    pub(crate) fn car(&self, name: &str) -> Option<&Design> {
        let found = self.cars.iter().find(|(file, _)| file.name == name)?;
        found.1.as_ref()
    }
}

/// The car in a file.
fn car(request: &SourceRequest, opened: &Opened) -> Result<Option<Design>, SourceError> {
    let (path, Some(bytes)) = (&opened.path, &opened.bytes) else {
        return Ok(None);
    };
    let wrong = |error: &dyn std::fmt::Display, hint: &str| {
        SourceError::new(request, format!("{}: {error}", path.display()), hint)
    };
    let alone = "a file that leads to others, or whose parts are to be corrected, is made one first: `populace vehicle --from CAR.obj --parts MAP.yaml -o CAR.glb`";
    let format = Format::of(path)
        .ok_or_else(|| wrong(&"its ending is none of .glb, .gltf, .obj and .ply", alone))?;
    let model = file::from_bytes(bytes, format, Beside::Memory(&[]), Limits::default())
        .map_err(|error| wrong(&error, alone))?;
    Design::read(&model, &PartMap::default())
        .map(Some)
        .map_err(|error| wrong(&error, error.hint()))
}
