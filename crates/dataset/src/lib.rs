//! Samples on disk: how they are written, resumed, divided, joined, described, read and verified.
//!
//! ```text
//! DIR/
//!   card.json          Croissant 1.1 with a `populace` block: recipe, seed, versions, packs, ledger, statement
//!   recipe.yaml        as run
//!   rows.parquet       one row per sample
//!   images/ depth/ …   000000017.png, …
//!   .populace/         the journal: sizes and hashes of every file
//! ```
//!
//! Reading order: [`Stage`] turns a row into a [`Sample`]; [`make`] writes the samples of a [`Shard`] and finishes the directory when it is whole;
//! [`merge`] joins shards from several directories; [`forget`] gives samples up that a changed recipe makes anew; [`Reader`] is for everyone who reads; [`verify_files`] and [`regen`] are for those who doubt.
//!
//! What holds throughout: a file is there whole or not at all; a sample counts once it is in the journal, and by then its files are on the
//! disk; what is written depends on recipe, seed and version only; memory does not grow with the number of samples, but for 16 bytes each of index.
//! This crate knows nothing about pictures, prints nothing, and never looks at a clock.

mod card;
mod card_text;
mod catalogue;
mod description;
mod disk;
mod error;
mod finish;
mod forget;
mod journal;
mod make;
mod merge;
mod progress;
mod provenance;
mod reader;
mod regen;
mod sample;
mod shard;
mod table;
mod verify;

pub use catalogue::Trust;
pub use description::{Column, ColumnKind, Description};
pub use disk::{Action, DiskError};
pub use error::{MakeError, ReadError};
pub use forget::{Forgotten, forget};
pub use make::{MakePlan, MakeReport, State, make};
pub use merge::{MergeReport, in_words, merge};
pub use progress::{Progress, Quiet, Step};
pub use provenance::{ConsentUse, LedgerEntry, PackUse, Provenance};
pub use reader::{Batches, Reader, SampleRecord};
pub use regen::{RegenReport, Remade, Stored, regen};
pub use sample::{Artefact, Sample, Scalar, Stage, StageError};
pub use shard::{Shard, ShardError};
pub use table::{RowsReport, rows_only};
pub use verify::{Fault, FaultKind, VerifyReport, verify_files};
