//! What a data set says of the real people whose scans and motions it was made with.

use dataset::{ConsentUse, LedgerEntry};
use people::Sources;
use population::SourceKind;

/// One entry for each file.
pub(crate) fn ledger(sources: &Sources) -> Vec<LedgerEntry> {
    sources
        .real()
        .map(|real| {
            let what = match real.file.kind {
                SourceKind::People => "a scan of",
                _ => "a recording of",
            };
            let whom = real.consent.map_or("a person", |consent| &consent.source);
            let purposes: Vec<&str> = real
                .ledger
                .entries()
                .iter()
                .map(|entry| entry.purpose.as_str())
                .collect();
            LedgerEntry {
                source: format!("{}, {what} {whom}", real.file.file),
                records: 1,
                purpose: format!("for {}; nothing is guaranteed", purposes.join(" and ")),
            }
        })
        .collect()
}

/// What each scanned person allowed.
pub(crate) fn consents(sources: &Sources) -> Vec<ConsentUse> {
    sources
        .real()
        .filter_map(|real| {
            let consent = real.consent?.clone();
            Some(ConsentUse {
                file: real.file.file.clone(),
                sha256: real.file.sha256.clone(),
                source: consent.source,
                scope: consent.scope,
                date: consent.date,
                terms: consent.terms,
            })
        })
        .collect()
}
