//! Files of a recipe's own, for whichever stage it names.

use std::path::PathBuf;
use std::sync::Arc;

use population::{SourceError, SourceFile, SourceKind, SourceRequest};

/// Files of a recipe, opened by the stage that reads their kind.
#[derive(Debug, Default)]
pub struct Sources {
    pub(crate) people: Arc<people::Sources>,
    pub(crate) vehicles: Arc<vehicles::Sources>,
    pub(crate) products: Arc<products::Sources>,
}

/// The kinds of files that recipes of a stage stand on.
fn kinds(stage: &str) -> &'static [SourceKind] {
    match stage {
        crate::VEHICLES => &[SourceKind::Vehicles],
        crate::PRODUCTS => &[SourceKind::Products],
        _ => &[SourceKind::People, SourceKind::Motions],
    }
}

impl Sources {
    /// Opens what a recipe of a stage names. A file is looked for in each of the folders in turn; a folder stands for all files in it with a right ending.
    ///
    /// # Errors
    /// [`SourceError`] for the first file that is missing, of no use to the stage, or another than the recipe was run with.
    pub fn open(
        stage: &str,
        requests: &[SourceRequest],
        folders: &[PathBuf],
    ) -> Result<Self, SourceError> {
        let own = kinds(stage);
        if let Some(other) = requests.iter().find(|request| !own.contains(&request.kind)) {
            let keys: Vec<&str> = own.iter().map(|kind| kind.key()).collect();
            return Err(SourceError::new(
                other,
                format!(
                    "recipes of the stage `{stage}` stand on no files of {}",
                    other.kind.key()
                ),
                format!("its sources are {}", keys.join(" and ")),
            ));
        }
        Ok(Self {
            people: Arc::new(people::Sources::open(requests, folders)?),
            vehicles: Arc::new(vehicles::Sources::open(requests, folders)?),
            products: Arc::new(products::Sources::open(requests, folders)?),
        })
    }

    /// Those of the stage of people.
    pub fn people(&self) -> &people::Sources {
        &self.people
    }

    /// Meshes of the user's own: what they are and which bytes they have, for the card.
    pub(crate) fn meshes(&self) -> Vec<String> {
        let line = |file: &SourceFile| {
            format!(
                "{}, a mesh of the recipe's own with the SHA-256 {}",
                file.file, file.sha256
            )
        };
        let all = self.vehicles.files().chain(self.products.files());
        all.map(line).collect()
    }
}
