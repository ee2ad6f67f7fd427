//! The judges: how real, how private and how fair a synthetic table, set of pictures or set of haplotypes is.
//!
//! [`real`] and [`same_columns`] read tables, [`Ground`] brings them to common ground, [`judge`] makes a [`Report`] of [`Finding`]s, [`Limits`] say which of them a release may not break, and
//! [`page`](Report::page) writes them as one self-contained HTML file.
//!
//! | question | module | source of the definitions |
//! |---|---|---|
//! | is it like the real table? | `fidelity` | `mostlyai-qa`, `sdmetrics`, classifier two-sample tests (Lopez-Paz & Oquab 2017), train-synthetic-test-real (Esteban et al. 2017) |
//! | does it tell about people in the training data? | `attack` | `anonymeter` (Giomi et al. 2023), DOMIAS (van Breugel et al. 2023), Jagielski et al. 2020 |
//! | is it the same for all groups? | `fairness` | Hardt et al. 2016, Chouldechova 2017 |
//!
//! *Invariants:* every number has a direction, its number of rows, and either an interval or a reason why it has none; what cannot be computed says why; every attack is also made where it
//! must succeed and where it must not. Findings depend on the tables and the seed, not on threads. *Privacy:* a report is a reading of real data and is not private: it
//! stands in the ledger, and the page says so. Levels of categories that fewer than ten training rows have are not named. *Absences:* it makes no data, knows no argument parsing and no clock.

mod attack;
mod bins;
mod fairness;
mod fidelity;
mod finding;
mod genomes;
mod ground;
mod images;
mod learner;
mod limits;
mod linked;
mod neighbours;
mod page;
mod pairs;
mod predictor;
mod read;
mod report;
mod statistics;

pub use fairness::{Score, scores};
pub use finding::{
    Bar, Chart, Control, Detail, Direction, Finding, Interval, Map, Number, Outcome, Panel,
    PanelPoint, PlanePoint, Series, Standing, Table, Unit,
};
pub use genomes::{GenomesError, Haplotypes, Site, is_genomes, judge_genomes, legend, same_sites};
pub use ground::{Attribute, Ground, Rows, Scale, Values};
pub use images::{
    Described, LIBRARY as ONNX_LIBRARY, MOST as MOST_PICTURES, PicturesError, Space,
    columns as texts_of, environment as onnx_environment, is_pictures, judge_pictures,
    picture_attributes, picture_scores,
};
pub use limits::{Broken, Limit, Limits, LimitsError};
pub use linked::{
    LinkedRule, Links, Member, ReadTables, RulesError, folder_of_tables, judge_linked,
    linked_rules, real_tables, same_tables,
};
pub use pairs::{Pairs, printed_answers};
pub use predictor::{Answers, answers};
pub use read::{MOST_ROWS, ReadError, Real, Wanted, aligned, real, same_columns};
pub use report::{About, COMPARED, Kept, Report, Section, Settings, TableAbout, judge};
pub use statistics::{ALARM, binomial_at_least, exact, student_quantile, student_tail};
