//! What a data set stands on: engine, packs, sources, and the record of every read of real data.

use serde::{Deserialize, Serialize};

/// What every sample of a data set stands on. Goes into the card as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of the engine, e.g. `0.1.0`. Two versions may make different bytes, so samples of two versions are never mixed.
    pub engine: String,
    /// The packs that were read, in a fixed order.
    pub packs: Vec<PackUse>,
    /// Published sources of knowledge behind the attributes, as one would cite them: "WHO growth reference 2007".
    pub sources: Vec<String>,
    /// How samples were computed where that is a choice, a sentence each: "Noise was removed by …".
    pub methods: Vec<String>,
    /// Every read of real people's records. Empty when there was none; the card's privacy statement is made from this list.
    pub ledger: Vec<LedgerEntry>,
}

/// A pack as it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackUse {
    /// As `populace packs list` shows it.
    pub name: String,
    /// Of the pack.
    pub version: String,
    /// Of the archive, in hexadecimal.
    pub sha256: String,
    /// SPDX identifier where there is one: `CC0-1.0`.
    pub licence: String,
    /// Where it comes from, as a person would cite it.
    pub source: String,
}

/// One read of real people's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// What was read, by name, never by content.
    pub source: String,
    /// How many records.
    pub records: u64,
    /// What they were used for, and under which privacy guarantee.
    pub purpose: String,
}

/// The privacy statement that a ledger supports: no more and no less than what ran.
pub(crate) fn privacy_statement(ledger: &[LedgerEntry]) -> String {
    if ledger.is_empty() {
        return "No real person's record was read to make this data set (its ledger is empty). Nobody in it exists; \
                a likeness to a living person is chance."
            .to_owned();
    }
    let reads: Vec<String> = ledger
        .iter()
        .map(|read| {
            format!(
                "{} records of {} ({})",
                read.records, read.source, read.purpose
            )
        })
        .collect();
    format!(
        "Real people's records were read to make this data set: {}.",
        reads.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_with_a_read_never_claims_that_nothing_was_read() {
        let read = LedgerEntry {
            source: "clients.csv".into(),
            records: 12,
            purpose: "marginals, no guarantee".into(),
        };
        let statement = privacy_statement(&[read]);
        assert!(
            statement.contains("12 records of clients.csv"),
            "{statement}"
        );
        assert!(!statement.contains("No real"), "{statement}");
        assert!(privacy_statement(&[]).contains("No real person's record was read"));
    }
}
