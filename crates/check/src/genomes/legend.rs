//! Where sites lie: legends as IMPUTE has them, and what a VCF says.

use std::path::Path;

use super::read::{GenomesError, Lines, MOST_SITES};

/// A site: what it is called, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its name, as the file has it.
    pub name: String,
    /// Which chromosome; empty where nobody says, and then all sites lie on one.
    pub chromosome: String,
    /// Bases from the chromosome's beginning.
    pub position: u64,
}

/// Reads a legend: a head `id position a0 a1` and a line for each site, parted by blanks; of an id `15:27379578_C_A` what is before the colon is the chromosome.
///
/// # Errors
///
/// A file that cannot be read or is no such legend, with the line.
pub fn legend(path: &Path) -> Result<Vec<Site>, GenomesError> {
    let mut lines = Lines::open(path)?;
    let hint =
        "a legend begins with `id position a0 a1` and has a line for each site, parted by blanks";
    let mut sites = Vec::new();
    let mut place = None;
    while let Some(line) = lines.next(64 << 10)? {
        let number = line.number;
        let text = String::from_utf8_lossy(line.bytes);
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let Some(at) = place else {
            let head = words.iter().position(|word| *word == "position");
            place = Some(
                head.filter(|_| words.first() == Some(&"id"))
                    .ok_or_else(|| lines.fault("line 1 is no head of a legend", hint))?,
            );
            continue;
        };
        if words.is_empty() {
            continue;
        }
        let position = words.get(at).and_then(|word| word.parse().ok());
        let Some(position) = position else {
            return Err(lines.fault(&format!("line {number} has no position"), hint));
        };
        if sites.len() == MOST_SITES {
            return Err(lines.fault(
                &format!("there are more than {MOST_SITES} sites"),
                "check a part of them",
            ));
        }
        let name: String = words[0].chars().take(64).collect();
        let chromosome = name.split_once(':').map_or("", |(before, _)| before);
        sites.push(Site {
            chromosome: chromosome.to_owned(),
            name,
            position,
        });
    }
    if sites.is_empty() {
        return Err(lines.fault("there is no site in it", hint));
    }
    Ok(sites)
}
