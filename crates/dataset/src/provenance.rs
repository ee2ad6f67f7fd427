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
    /// What the real people whose scans were used allowed.
    pub consents: Vec<ConsentUse>,
}

/// What a real person allowed to be done with what was read of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentUse {
    /// Name of the file that was read.
    pub file: String,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    /// Who it is about, by a key that means nothing outside the owner's records. Withdrawal goes by it.
    pub source: String,
    /// What may be done.
    pub scope: String,
    /// The day it was given: `2026-11-22`.
    pub date: String,
    /// Under which terms, or where they are.
    pub terms: String,
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
            let records = if read.records == 1 {
                "record"
            } else {
                "records"
            };
            format!(
                "{} {records} of {} ({})",
                read.records, read.source, read.purpose
            )
        })
        .collect();
    format!(
        "There is no privacy guarantee: real people's records were read to make this data set, and who knows them may know them in it. Read were {}.",
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
