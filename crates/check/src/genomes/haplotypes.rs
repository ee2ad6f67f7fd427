//! Haplotypes as bits: what was read of a file, in a random order of people.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use population::stream::Seed;
use privacy::{Ledger, RealData, Sealed};
use rayon::prelude::*;

use super::legend::Site;
use super::read::{self, GenomesError};
use crate::ground::shuffled;

/// Haplotypes over the same biallelic sites, 64 alleles a word; people in a random order that the seed decides, the two haplotypes of one beside each other: the first are a random sample.
#[derive(Debug, Clone)]
pub struct Haplotypes {
    /// The file's name.
    pub name: String,
    /// How many haplotypes.
    pub count: usize,
    /// How many sites each has.
    pub sites: usize,
    /// Names and places of the sites, where the file says them (a VCF does).
    pub places: Option<Vec<Site>>,
    words: usize,
    bits: Vec<u64>,
    people: Vec<u32>,
}

/// Haplotypes in the order of a file.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) sites: usize,
    /// One after the other, each from a word's beginning; unused bits are 0.
    pub(super) bits: Vec<u64>,
    /// Whose each haplotype is, counted from 0 in the file's order: one or two beside each other are one person's.
    pub(super) people: Vec<u32>,
    pub(super) places: Option<Vec<Site>>,
}

impl Haplotypes {
    /// Reads real haplotypes from a `.hapt` or VCF file, packed by gzip or not: the reading is entered in the ledger.
    ///
    /// # Errors
    ///
    /// [`GenomesError`] names line and site of what is no table of alleles, and what is too large.
    pub fn real(
        path: &Path,
        called: &str,
        seed: Seed,
        ledger: &mut Ledger,
    ) -> Result<Self, GenomesError> {
        let raw = read::file(path)?;
        let about = RealData {
            name: format!("genomes {}", read::name_of(path)),
            rows: Some(raw.people.len() as u64),
            columns: raw.sites as u64,
            sha256: None,
        };
        Ok(Sealed::new(raw, about).read(
            ledger,
            "alleles, for comparison with synthetic haplotypes and attacks on them",
            |raw| Self::of(raw, &read::name_of(path), called, seed),
        ))
    }

    /// Reads synthetic haplotypes, which are nobody's.
    ///
    /// # Errors
    ///
    /// As [`Haplotypes::real`].
    pub fn synthetic(path: &Path, seed: Seed) -> Result<Self, GenomesError> {
        let raw = read::file(path)?;
        Ok(Self::of(&raw, &read::name_of(path), "synthetic", seed))
    }

    fn of(raw: &Raw, name: &str, called: &str, seed: Seed) -> Self {
        let words = raw.sites.div_ceil(64);
        let mut starts: Vec<usize> = (0..raw.people.len())
            .filter(|&at| at == 0 || raw.people[at] != raw.people[at - 1])
            .collect();
        let order = shuffled(starts.len(), seed, &format!("genomes/{called}"));
        starts.push(raw.people.len());
        let mut bits = Vec::with_capacity(raw.bits.len());
        let mut people = Vec::with_capacity(raw.people.len());
        for (person, &place) in order.iter().enumerate() {
            for at in starts[place as usize]..starts[place as usize + 1] {
                bits.extend_from_slice(&raw.bits[at * words..][..words]);
                people.push(person as u32);
            }
        }
        Self {
            name: name.to_owned(),
            count: people.len(),
            sites: raw.sites,
            places: raw.places.clone(),
            words,
            bits,
            people,
        }
    }

    /// The alleles of one haplotype.
    pub(super) fn bits(&self, haplotype: usize) -> &[u64] {
        &self.bits[haplotype * self.words..][..self.words]
    }

    /// Whether it has the allele that is written 1.
    pub(super) fn allele(&self, haplotype: usize, site: usize) -> bool {
        self.bits(haplotype)[site / 64] >> (site % 64) & 1 == 1
    }

    /// Whose a haplotype is; the numbers rise with the haplotypes.
    pub(super) fn person(&self, haplotype: usize) -> u32 {
        self.people[haplotype]
    }

    /// Sites at which two haplotypes differ.
    pub(super) fn distance(&self, haplotype: usize, other: &Self, of_other: usize) -> u32 {
        between(self.bits(haplotype), other.bits(of_other))
    }

    /// The first ones, cut at a person's end where that leaves any.
    pub(super) fn first(&self, most: usize) -> Self {
        let mut count = most.min(self.count);
        if count < self.count && count > 1 && self.people[count] == self.people[count - 1] {
            count -= 1;
        }
        Self {
            name: self.name.clone(),
            count,
            sites: self.sites,
            places: None,
            words: self.words,
            bits: self.bits[..count * self.words].to_vec(),
            people: self.people[..count].to_vec(),
        }
    }

    /// A number for each that is the same where all alleles are; of others with probability 2⁻⁶⁴.
    pub(super) fn hashes(&self) -> Vec<u64> {
        (0..self.count)
            .into_par_iter()
            .map(|haplotype| {
                let mut hasher = DefaultHasher::new();
                self.bits(haplotype).hash(&mut hasher);
                hasher.finish()
            })
            .collect()
    }

    /// Haplotypes made in a test: alleles, and two in a row are one person's.
    #[cfg(test)]
    pub(super) fn of_alleles(all: &[Vec<bool>]) -> Self {
        let sites = all.first().map_or(0, Vec::len);
        let words = sites.div_ceil(64);
        let mut bits = vec![0; all.len() * words];
        for (at, alleles) in all.iter().enumerate() {
            for (site, _) in alleles.iter().enumerate().filter(|(_, one)| **one) {
                bits[at * words + site / 64] |= 1 << (site % 64);
            }
        }
        Self {
            name: "test".to_owned(),
            count: all.len(),
            sites,
            places: None,
            words,
            bits,
            people: (0..all.len()).map(|at| at as u32 / 2).collect(),
        }
    }
}

/// Bits in which two rows of words differ.
pub(super) fn between(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}
