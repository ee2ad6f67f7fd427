//! A person's body with its skeleton, for other programs.

use std::collections::BTreeMap;

use population::row::Row;

use crate::error::StagingError;
use crate::stage::{PeopleStage, Somebody};
use body::measure::measure;
use body::rigged::{Files, Rigged};

impl PeopleStage {
    /// The body of a row's person with its skeleton, pose and expression, as files; see [`body::rigged`].
    ///
    /// # Errors
    /// As [`PeopleStage::scene`].
    pub fn rigged(&self, row: &Row) -> Result<Files, StagingError> {
        let Somebody { person, .. } = self.first(row)?;
        let figure = &person.figure;
        let mut about: BTreeMap<String, f64> = measure(&self.model, &figure.positions)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        about.extend(
            [
                ("age_years", row.number("age_years")?),
                ("height_cm", figure.height_cm),
                ("bmi_kg_m2", figure.bmi_kg_m2),
                ("mass_kg", figure.mass_kg),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        about.extend(
            person
                .units
                .active()
                .map(|(unit, weight)| (unit.replace("faceunits/", "action."), f64::from(weight))),
        );
        let rigged = Rigged {
            model: &self.model,
            rest: &person.rest,
            joints: &figure.positions,
            posed: &person.skeleton,
            offset: person.offset,
            about,
        };
        Ok(rigged.files())
    }
}
