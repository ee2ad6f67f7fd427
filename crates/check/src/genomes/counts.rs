//! How often alleles are there alone and together: haplotypes turned to sites, and counted 64 at a time, jackknife group by jackknife group.

use super::haplotypes::Haplotypes;
use crate::statistics::GROUPS;

/// What is counted of each of the groups that a jackknife leaves out in turn.
pub(super) type ByGroup = [u32; GROUPS];

/// Alleles site by site.
#[derive(Debug)]
pub(super) struct Counts {
    /// How many sites.
    pub(super) sites: usize,
    /// Haplotypes of each group.
    pub(super) haplotypes: ByGroup,
    /// The words of each group begin and end here, within a site.
    words: [usize; GROUPS + 1],
    bits: Vec<u64>,
    ones: Vec<ByGroup>,
}

/// The haplotypes of each group, from one place up to another: twentieths, cut where a person ends.
pub(super) fn groups(of: &Haplotypes) -> [(usize, usize); GROUPS] {
    let end = |group: usize| {
        let at = group * of.count / GROUPS;
        let cut = at > 0 && at < of.count && of.person(at) == of.person(at - 1);
        at + usize::from(cut)
    };
    std::array::from_fn(|group| (end(group), end(group + 1)))
}

impl Counts {
    pub(super) fn new(of: &Haplotypes) -> Self {
        let groups = groups(of);
        let haplotypes = groups.map(|(from, to)| (to - from) as u32);
        let mut words = [0; GROUPS + 1];
        for group in 0..GROUPS {
            words[group + 1] = words[group] + (haplotypes[group] as usize).div_ceil(64);
        }
        let width = words[GROUPS];
        let mut bits = vec![0_u64; of.sites * width];
        for (group, &(from, to)) in groups.iter().enumerate() {
            for haplotype in from..to {
                let (word, bit) = (
                    words[group] + (haplotype - from) / 64,
                    (haplotype - from) % 64,
                );
                for (at, &own) in of.bits(haplotype).iter().enumerate() {
                    let mut left = own;
                    while left != 0 {
                        let site = at * 64 + left.trailing_zeros() as usize;
                        bits[site * width + word] |= 1 << bit;
                        left &= left - 1;
                    }
                }
            }
        }
        let mut counts = Self {
            sites: of.sites,
            haplotypes,
            words,
            bits,
            ones: Vec::new(),
        };
        counts.ones = (0..of.sites)
            .map(|site| counts.by_group(|word| counts.site(site)[word]))
            .collect();
        counts
    }

    fn site(&self, site: usize) -> &[u64] {
        &self.bits[site * self.words[GROUPS]..][..self.words[GROUPS]]
    }

    fn by_group(&self, word: impl Fn(usize) -> u64) -> ByGroup {
        std::array::from_fn(|group| {
            (self.words[group]..self.words[group + 1])
                .map(|at| word(at).count_ones())
                .sum()
        })
    }

    /// Haplotypes with the allele 1 at a site.
    pub(super) fn ones(&self, site: usize) -> &ByGroup {
        &self.ones[site]
    }

    /// Haplotypes with it at both sites.
    pub(super) fn both(&self, a: usize, b: usize) -> ByGroup {
        let (a, b) = (self.site(a), self.site(b));
        self.by_group(|word| a[word] & b[word])
    }

    /// Haplotypes with it at all three.
    pub(super) fn all(&self, a: usize, b: usize, c: usize) -> ByGroup {
        let (a, b, c) = (self.site(a), self.site(b), self.site(c));
        self.by_group(|word| a[word] & b[word] & c[word])
    }

    /// The share of haplotypes with the allele 1 at a site.
    pub(super) fn frequency(&self, site: usize, without: Option<usize>) -> f64 {
        total(self.ones(site), without) / total(&self.haplotypes, without)
    }
}

/// Over all groups, or all but one.
pub(super) fn total(counts: &ByGroup, without: Option<usize>) -> f64 {
    let all: u32 = counts.iter().sum();
    f64::from(all - without.map_or(0, |group| counts[group]))
}

/// Pearson's correlation; none where one side does not vary.
pub(super) fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let n = pairs.clone().count() as f64;
    let sums = pairs
        .clone()
        .fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
    let (x, y) = (sums.0 / n, sums.1 / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
        xy += (a - x) * (b - y);
    }
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}

#[cfg(test)]
mod tests {
    use population::stream::{Seed, Streams};

    use super::*;

    #[test]
    fn bits_are_counted_as_one_by_one() {
        let mut stream = Streams::new(Seed(3), 0).stream("test");
        let alleles: Vec<Vec<bool>> = (0..157)
            .map(|_| (0..70).map(|_| stream.uniform() < 0.4).collect())
            .collect();
        let haplotypes = Haplotypes::of_alleles(&alleles);
        let counts = Counts::new(&haplotypes);
        let sum = |counts: &ByGroup| counts.iter().sum::<u32>() as usize;
        let slow = |of: &[usize]| {
            let rows = alleles.iter();
            rows.filter(|row| of.iter().all(|&site| row[site])).count()
        };
        assert_eq!(sum(&counts.haplotypes), 157);
        for site in 0..70 {
            assert_eq!(sum(counts.ones(site)), slow(&[site]));
        }
        for (a, b, c) in [(0, 1, 2), (3, 64, 69), (63, 64, 65), (7, 7, 7)] {
            assert_eq!(sum(&counts.both(a, b)), slow(&[a, b]));
            assert_eq!(sum(&counts.all(a, b, c)), slow(&[a, b, c]));
        }
        for ((from, to), n) in groups(&haplotypes).into_iter().zip(counts.haplotypes) {
            assert_eq!((to - from) as u32, n);
            assert!(
                from == 0 || from == to || haplotypes.person(from) != haplotypes.person(from - 1)
            );
        }
        let direct = alleles[..8].iter().filter(|row| row[5]).count();
        assert_eq!(counts.ones(5)[0] as usize, direct, "the first of 20 groups");
    }
}
