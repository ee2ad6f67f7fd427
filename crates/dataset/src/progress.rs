//! How long work reports where it stands, without knowing terminals.

/// What the work is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Looking which samples of an interrupted run can be kept.
    Resuming,
    /// Making samples.
    Making,
    /// Joining the files of shards.
    Joining,
    /// Writing `rows.parquet`.
    Tabulating,
    /// Comparing files with their hashes.
    Verifying,
}

/// Receives progress. Called from the thread that started the work, about once per sample, so it should return soon.
pub trait Progress: Sync {
    /// `done` of `total` samples of this step are finished, `bytes` were written or read for them so far.
    fn update(&self, step: Step, done: u64, total: u64, bytes: u64);

    /// Asked after each sample; `true` stops the work, keeping what is finished.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Reports nothing and never cancels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn update(&self, _step: Step, _done: u64, _total: u64, _bytes: u64) {}
}
