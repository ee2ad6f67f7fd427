//! VCF 4: phased genotypes of sites with two alleles.
//!
//! Read by hand, since of a record no more is wanted than where it lies and its genotypes (`GT`): a reader of the whole format brings many crates for one column. Alleles are counted as the file does: 0 is the
//! reference. Sites of more alleles, genotypes that are missing or not phased, and samples of other than one or two haplotypes are refused, with the line: a report on what is left would be on other data.

use super::haplotypes::Raw;
use super::legend::Site;
use super::read::{BESIDE, GenomesError, Lines, MOST_CELLS, MOST_HAPLOTYPES, MOST_SITES};

/// Bytes of a line: a genotype with its further fields, times all samples.
const MOST_LINE: usize = 256 << 20;
/// Columns before the samples.
const FIXED: usize = 9;
const HINT: &str = "give phased genotypes of sites with two alleles, as `bcftools view -m2 -M2 -g ^miss -p` writes them";

/// Reads a VCF.
pub(super) fn read(lines: &mut Lines) -> Result<Raw, GenomesError> {
    let mut samples = None;
    // Haplotypes that each sample has: all sites must agree.
    let mut ploidy: Vec<u8> = Vec::new();
    let mut columns: Vec<Vec<u64>> = Vec::new();
    let mut places = Vec::new();
    let mut count = 0;
    loop {
        // Whatever a genotype has beside its alleles may take up some room.
        let most = samples.map_or(MOST_LINE, |samples: usize| {
            (samples * 256 + (1 << 20)).min(MOST_LINE)
        });
        let found = {
            let Some(line) = lines.next(most + BESIDE)? else {
                break;
            };
            record(line.bytes, line.number, samples, &mut ploidy)
        };
        match found.map_err(|wrong| lines.fault(&wrong, HINT))? {
            Found::Nothing => {}
            Found::Samples(found) => samples = Some(found),
            Found::Site(site, bits) => {
                count = ploidy.iter().map(|&own| usize::from(own)).sum();
                places.push(site);
                columns.push(bits);
            }
        }
        if count > MOST_HAPLOTYPES || places.len() > MOST_SITES || count * places.len() > MOST_CELLS
        {
            return Err(lines.fault(
                &format!("there are more than {MOST_HAPLOTYPES} haplotypes, {MOST_SITES} sites or {MOST_CELLS} alleles"),
                "check a part of the haplotypes or sites",
            ));
        }
    }
    let words = places.len().div_ceil(64);
    let mut bits = vec![0_u64; count * words];
    for (site, column) in columns.iter().enumerate() {
        for (at, word) in column.iter().enumerate() {
            let mut left = *word;
            while left != 0 {
                let haplotype = at * 64 + left.trailing_zeros() as usize;
                bits[haplotype * words + site / 64] |= 1 << (site % 64);
                left &= left - 1;
            }
        }
    }
    let people = ploidy
        .iter()
        .enumerate()
        .flat_map(|(person, &own)| (0..own).map(move |_| person as u32));
    Ok(Raw {
        sites: places.len(),
        bits,
        people: people.collect(),
        places: Some(places),
    })
}

enum Found {
    /// A line about the file.
    Nothing,
    /// The head names so many samples.
    Samples(usize),
    /// A site, and the alleles of all haplotypes.
    Site(Site, Vec<u64>),
}

/// What a line says, or what is wrong with it.
fn record(
    bytes: &[u8],
    number: usize,
    samples: Option<usize>,
    ploidy: &mut Vec<u8>,
) -> Result<Found, String> {
    if bytes.starts_with(b"##") || bytes.is_empty() {
        return Ok(Found::Nothing);
    }
    let mut fields = bytes.split(|byte| *byte == b'\t');
    if bytes.starts_with(b"#CHROM") {
        let found = fields.count().saturating_sub(FIXED);
        if samples.is_some() || found == 0 {
            return Err(format!(
                "line {number}: the head names no samples, or is there again"
            ));
        }
        return Ok(Found::Samples(found));
    }
    let Some(samples) = samples else {
        return Err(format!("line {number} comes before the head `#CHROM`"));
    };
    let mut text = || {
        fields
            .next()
            .map(|field| String::from_utf8_lossy(field).into_owned())
    };
    let fixed: Vec<String> = std::iter::from_fn(&mut text).take(FIXED).collect();
    let [chromosome, position, id, reference, other, _, _, _, format] = &fixed[..] else {
        return Err(format!("line {number} has fewer than {FIXED} columns"));
    };
    let position = position
        .parse()
        .map_err(|_| format!("line {number}: the position is no number"))?;
    if other.contains(',') || other == "." {
        return Err(format!("line {number}: the site has not two alleles"));
    }
    if format != "GT" && !format.starts_with("GT:") {
        return Err(format!(
            "line {number} has no genotypes: its format does not begin with `GT`"
        ));
    }
    let first = ploidy.is_empty();
    let mut column = Vec::new();
    let mut haplotypes = 0;
    let mut seen = 0;
    for (sample, field) in fields.enumerate() {
        seen += 1;
        let genotype = field.split(|byte| *byte == b':').next().unwrap_or_default();
        let (own, alleles) = match genotype {
            [a @ (b'0' | b'1')] => (1, [*a, 0]),
            [a @ (b'0' | b'1'), b'|', b @ (b'0' | b'1')] => (2, [*a, *b]),
            _ => {
                return Err(format!(
                    "line {number}: the genotype of sample {} is not phased, or its alleles are neither 0 nor 1",
                    sample + 1
                ));
            }
        };
        if first {
            ploidy.push(own);
        } else if ploidy.get(sample) != Some(&own) {
            return Err(format!(
                "line {number}: sample {} has another number of haplotypes than at the first site, or the head does not name it",
                sample + 1
            ));
        }
        for &allele in &alleles[..usize::from(own)] {
            if haplotypes % 64 == 0 {
                column.push(0);
            }
            if allele == b'1' {
                column[haplotypes / 64] |= 1 << (haplotypes % 64);
            }
            haplotypes += 1;
        }
    }
    if seen != samples {
        return Err(format!(
            "line {number} has genotypes of {seen} samples, and the head names {samples}"
        ));
    }
    let name = if id == "." {
        format!("{chromosome}:{position}_{reference}_{other}")
    } else {
        id.clone()
    };
    // An insertion may be written out over megabytes.
    let cut = |text: &str| text.chars().take(64).collect();
    Ok(Found::Site(
        Site {
            name: cut(&name),
            chromosome: cut(chromosome),
            position,
        },
        column,
    ))
}
