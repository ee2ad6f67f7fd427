//! Files of haplotypes: `.hapt` as Yelmen et al. (2021) publish theirs, and VCF (`vcf`), packed by gzip or not.
//!
//! A `.hapt` has a haplotype a line, parted by blanks: a group's tag, an id, and 0 or 1 for every site. Two lines in a row whose ids are the same but for `_A` and `_B` are one person's.
//!
//! *Hostile bytes.* Memory is bounded by [`MOST_CELLS`] bits and one line, whatever a packed file unpacks to; a line may be no longer than twice what its sites need.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::haplotypes::Raw;
use super::vcf;

/// Sites, at most.
pub(super) const MOST_SITES: usize = 1 << 20;
/// Alleles of one file, at most: 256 MiB of bits.
pub(super) const MOST_CELLS: usize = 1 << 31;
/// Haplotypes of one file, at most.
pub(super) const MOST_HAPLOTYPES: usize = 1 << 20;
/// Bytes of a line beside its alleles, at most.
pub(super) const BESIDE: usize = 4 << 10;

/// Why there are no haplotypes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenomesError {
    message: String,
    hint: String,
}

impl GenomesError {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl std::fmt::Display for GenomesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for GenomesError {}

/// Whether a place is called as files of haplotypes are: `.hapt` or `.vcf`, perhaps with `.gz` behind.
pub fn is_genomes(place: &Path) -> bool {
    kind(place).is_some()
}

#[derive(Clone, Copy)]
enum Kind {
    Hapt,
    Vcf,
}

fn kind(place: &Path) -> Option<Kind> {
    let name = name_of(place).to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let after = name.rsplit_once('.').map(|(_, after)| after);
    match after {
        Some("hapt") => Some(Kind::Hapt),
        Some("vcf") => Some(Kind::Vcf),
        _ => None,
    }
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Reads a file as what it is called.
pub(super) fn file(path: &Path) -> Result<Raw, GenomesError> {
    let Some(kind) = kind(path) else {
        return Err(GenomesError::new(
            format!("{} is called like no file of haplotypes", path.display()),
            "give a .hapt or .vcf file, packed by gzip or not",
        ));
    };
    let mut lines = Lines::open(path)?;
    let raw = match kind {
        Kind::Hapt => hapt(&mut lines)?,
        Kind::Vcf => vcf::read(&mut lines)?,
    };
    let (count, sites) = (raw.people.len(), raw.sites);
    if count < 2 || sites < 2 {
        return Err(lines.fault(
            &format!(
                "there are {count} haplotypes of {sites} sites, and two of each are the least"
            ),
            "give a file with more of them",
        ));
    }
    Ok(raw)
}

/// Lines of a file, one at a time.
pub(super) struct Lines {
    path: PathBuf,
    bytes: Box<dyn BufRead>,
    line: Vec<u8>,
    number: usize,
}

/// One of them.
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub(super) number: usize,
    /// Without its end.
    pub(super) bytes: &'a [u8],
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, GenomesError> {
        let cannot = |error: std::io::Error| {
            GenomesError::new(
                format!("{} cannot be read: {error}", path.display()),
                "give a file that is there",
            )
        };
        let mut bytes = BufReader::with_capacity(1 << 16, File::open(path).map_err(cannot)?);
        let packed = bytes.fill_buf().map_err(cannot)?.starts_with(&[0x1f, 0x8b]);
        Ok(Self {
            path: path.to_owned(),
            bytes: if packed {
                Box::new(BufReader::with_capacity(
                    1 << 16,
                    MultiGzDecoder::new(bytes),
                ))
            } else {
                Box::new(bytes)
            },
            line: Vec::new(),
            number: 0,
        })
    }

    #[cfg(test)]
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self {
            path: PathBuf::from("test"),
            bytes: Box::new(std::io::Cursor::new(bytes)),
            line: Vec::new(),
            number: 0,
        }
    }

    /// What is wrong with the file, in one sentence.
    pub(super) fn fault(&self, what: &str, hint: &str) -> GenomesError {
        GenomesError::new(format!("{}: {what}", self.path.display()), hint)
    }

    /// The next line of at most so many bytes; none at the end.
    pub(super) fn next(&mut self, most: usize) -> Result<Option<Line<'_>>, GenomesError> {
        self.line.clear();
        self.number += 1;
        let number = self.number;
        let mut limited = (&mut self.bytes).take(most as u64 + 2);
        let read = limited.read_until(b'\n', &mut self.line);
        if let Err(error) = read {
            return Err(self.fault(
                &format!("line {number} cannot be read: {error}"),
                "copy the file again",
            ));
        }
        if self.line.is_empty() {
            return Ok(None);
        }
        while matches!(self.line.last(), Some(b'\n' | b'\r')) {
            self.line.pop();
        }
        if self.line.len() > most {
            return Err(self.fault(
                &format!("line {number} is longer than {most} bytes"),
                "write a line for each haplotype (of a VCF for each site), with one blank between values",
            ));
        }
        Ok(Some(Line {
            number,
            bytes: &self.line,
        }))
    }
}

/// Reads lines of tag, id and alleles.
pub(super) fn hapt(lines: &mut Lines) -> Result<Raw, GenomesError> {
    const HINT: &str = "a .hapt file has a haplotype a line: a group's tag, an id, and 0 or 1 for every site, parted by blanks";
    let mut raw = Raw {
        sites: 0,
        bits: Vec::new(),
        people: Vec::new(),
        places: None,
    };
    let mut before: Option<(Vec<u8>, u8)> = None;
    let mut empty = None;
    let mut alleles = Vec::new();
    loop {
        let most = if raw.people.is_empty() {
            4 * MOST_SITES
        } else {
            4 * raw.sites
        };
        let (number, wrong) = {
            let Some(line) = lines.next(most + BESIDE)? else {
                break;
            };
            let number = line.number;
            let mut words = line
                .bytes
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty());
            let tag = words.next();
            let id = words.next();
            let wrong = if let Some(empty) = empty {
                Some(format!("line {empty} is empty"))
            } else if tag.is_none() {
                empty = Some(number);
                continue;
            } else if raw.people.len() == MOST_HAPLOTYPES {
                Some(format!("there are more than {MOST_HAPLOTYPES} haplotypes"))
            } else {
                alleles.clear();
                unpacked(words, &mut alleles).map(|site| {
                    format!("line {number}: the allele of site {site} is neither 0 nor 1")
                })
            };
            if wrong.is_none() {
                let id = id.unwrap_or_default();
                let (stem, half) = match id {
                    [stem @ .., b'_', half @ (b'A' | b'B')] => (stem, *half),
                    _ => (id, 0),
                };
                // Two halves in a row of the same stem are one person's; nothing else is.
                let again = half == b'B'
                    && before
                        .as_ref()
                        .is_some_and(|last| last.0 == stem && last.1 == b'A');
                let last = raw.people.last().copied();
                raw.people.push(match last {
                    None => 0,
                    Some(person) => person + u32::from(!again),
                });
                before = Some((stem.to_vec(), half));
            }
            (number, wrong)
        };
        if let Some(wrong) = wrong {
            return Err(lines.fault(&wrong, HINT));
        }
        if raw.people.len() == 1 {
            raw.sites = alleles.len();
            if raw.sites > MOST_SITES {
                return Err(lines.fault(
                    &format!("there are more than {MOST_SITES} sites"),
                    "check a part of them",
                ));
            }
        } else if alleles.len() != raw.sites {
            return Err(lines.fault(
                &format!(
                    "line {number} has {} sites, and line 1 has {}",
                    alleles.len(),
                    raw.sites
                ),
                HINT,
            ));
        }
        if raw.people.len() * raw.sites > MOST_CELLS {
            return Err(lines.fault(
                &format!("there are more than {MOST_CELLS} alleles"),
                "check a part of the haplotypes or sites",
            ));
        }
        raw.bits.extend(alleles.chunks(64).map(|alleles| {
            let bits = alleles.iter().enumerate();
            bits.fold(0, |word, (at, one)| word | u64::from(*one) << at)
        }));
    }
    Ok(raw)
}

/// Alleles of a line, or the first site (from 1) that has none.
fn unpacked<'a>(words: impl Iterator<Item = &'a [u8]>, alleles: &mut Vec<bool>) -> Option<usize> {
    for word in words {
        alleles.push(match word {
            b"0" => false,
            b"1" => true,
            _ => return Some(alleles.len() + 1),
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use population::stream::{Seed, Streams};

    use super::*;

    const HAPT: &str = "Real HG1_A 0 1 1 0\nReal HG1_B 1 1 0 0\nReal HG2_B 0 0 0 1\nReal HG2_A 0 1 0 1\nAG AG3 1 1 1 1\n";
    const VCF: &str = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tHG1\tHG2\n1\t10\trs1\tA\tC\t.\tPASS\t.\tGT\t0|1\t0\n1\t30\t.\tA\tCT\t.\tPASS\t.\tGT:DP\t1|1:7\t0:3\n2\t5\t.\tG\tT\t.\tPASS\t.\tGT\t1|0\t1\n";

    type Reader = fn(&mut Lines) -> Result<Raw, GenomesError>;

    fn read(text: &[u8], what: Reader) -> Result<Raw, String> {
        what(&mut Lines::of(text.to_vec())).map_err(|error| error.to_string())
    }

    #[test]
    fn both_formats_say_what_is_written_and_whose_it_is() {
        let raw = read(HAPT.as_bytes(), hapt).expect("read");
        assert_eq!((raw.sites, &raw.bits[..]), (4, &[6, 3, 8, 10, 15][..]));
        assert_eq!(
            raw.people,
            [0, 0, 1, 2, 3],
            "only A and then B are one person's"
        );
        let raw = read(VCF.as_bytes(), vcf::read).expect("read");
        assert_eq!((raw.sites, &raw.bits[..]), (3, &[6, 3, 4][..]));
        assert_eq!(raw.people, [0, 0, 1]);
        let places = raw.places.expect("places");
        assert_eq!(
            (
                places[0].name.as_str(),
                places[2].chromosome.as_str(),
                places[1].position
            ),
            ("rs1", "2", 30)
        );
        assert_eq!(places[1].name, "1:30_A_CT");
    }

    #[test]
    fn what_does_not_fit_is_named_by_line_and_never_by_content() {
        let hapt_of = |from: &str, to: &str| {
            read(HAPT.replacen(from, to, 1).as_bytes(), hapt).expect_err("refused")
        };
        for (from, to, said) in [
            (
                "B 1 1 0 0",
                "B 1 1 0 9",
                "test: line 2: the allele of site 4 is neither 0 nor 1",
            ),
            (
                "B 1 1 0 0",
                "B 1 10 0",
                "test: line 2: the allele of site 2 is neither 0 nor 1",
            ),
            (
                "B 1 1 0 0",
                "B 1 1 0",
                "test: line 2 has 3 sites, and line 1 has 4",
            ),
            (
                "B 1 1 0 0",
                "B 1 1 0 0 1",
                "test: line 2 has 5 sites, and line 1 has 4",
            ),
            ("\nReal HG2_B", "\n\nReal HG2_B", "test: line 3 is empty"),
        ] {
            assert_eq!(hapt_of(from, to), said);
        }
        let vcf_of = |from: &str, to: &str| {
            read(VCF.replacen(from, to, 1).as_bytes(), vcf::read).expect_err("refused")
        };
        for (from, to, said) in [
            (
                "0|1",
                "0/1",
                "test: line 3: the genotype of sample 1 is not phased, or its alleles are neither 0 nor 1",
            ),
            (
                "0|1",
                ".|1",
                "test: line 3: the genotype of sample 1 is not phased, or its alleles are neither 0 nor 1",
            ),
            (
                "1|1:7",
                "1:7",
                "test: line 4: sample 1 has another number of haplotypes than at the first site, or the head does not name it",
            ),
            (
                "\t0\n",
                "\n",
                "test: line 3 has genotypes of 1 samples, and the head names 2",
            ),
            ("CT", "C,T", "test: line 4: the site has not two alleles"),
            (
                "GT:DP",
                "DP:GT",
                "test: line 4 has no genotypes: its format does not begin with `GT`",
            ),
            ("30", "here", "test: line 4: the position is no number"),
            (
                "#CHROM",
                "CHROM",
                "test: line 2 comes before the head `#CHROM`",
            ),
        ] {
            assert_eq!(vcf_of(from, to), said);
        }
    }

    #[test]
    fn damaged_files_are_read_or_refused_and_what_is_read_is_whole() {
        let mut stream = Streams::new(Seed(9), 0).stream("damage");
        let parts: [&[u8]; 9] = [
            b"\n", b"0|1", b"\t", b" ", b"1", b"\xff", b"#CHROM", b"_A", b"\r\n",
        ];
        let mut read_at_all = 0;
        for round in 0..20_000 {
            let (seed, what): (&str, Reader) = if round % 2 == 0 {
                (HAPT, hapt)
            } else {
                (VCF, vcf::read)
            };
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..=stream.below(3) {
                let at = stream.below(bytes.len() as u64 + 1) as usize;
                match stream.below(4) {
                    0 => bytes.truncate(at),
                    1 => {
                        let part = parts[stream.below(parts.len() as u64) as usize];
                        bytes.splice(at..at, part.iter().copied());
                    }
                    2 => {
                        let end = (at + stream.below(40) as usize).min(bytes.len());
                        bytes.drain(at..end);
                    }
                    _ => {
                        if let Some(byte) = bytes.get_mut(at) {
                            *byte = stream.below(256) as u8;
                        }
                    }
                }
            }
            match read(&bytes, what) {
                Ok(raw) => {
                    read_at_all += 1;
                    let words = raw.sites.div_ceil(64);
                    assert_eq!(raw.bits.len(), raw.people.len() * words);
                    // Whatever lies behind the last site is 0, or distances would count it.
                    let beyond = raw.sites % 64;
                    if beyond > 0 {
                        assert!(
                            raw.bits
                                .chunks(words)
                                .all(|row| row[words - 1] >> beyond == 0)
                        );
                    }
                    assert!(raw.people.windows(2).all(|two| two[1] - two[0] <= 1));
                    assert!(raw.places.is_none_or(|places| places.len() == raw.sites));
                }
                Err(said) => assert!(
                    said.starts_with("test: ") && !said.contains('\n') && said.len() < 300,
                    "{said}"
                ),
            }
        }
        assert!(read_at_all > 1_000, "{read_at_all} of 20,000");
    }
}
