//! Genomes: haplotypes over biallelic sites, real, synthetic and fresh ones.
//!
//! | question | file | source of the definitions |
//! |---|---|---|
//! | are alleles as frequent, and still there? | `frequencies` | Yelmen et al. 2021 (PLOS Genetics 17, e1009303) |
//! | what have sites to do with each other, by distance? | `linkage`, `triples` | Hill & Robertson 1968, Yelmen et al. 2021 |
//! | do populations lie where they did? | `axes` | Yelmen et al. 2021 |
//! | how far are haplotypes apart? | `distances` | AATS by Yale et al. 2020, both halves as Yelmen et al. 2021 |
//! | can people be found in it? | `attack`, `membership` | Homer et al. 2008, Sankararaman et al. 2009, Yale et al. 2020 |
//!
//! Of every set as many haplotypes are looked at, whole people in a random order; intervals leave whole people out. Haplotypes are bits, 64 sites a word, and distances are counted by word.
//!
//! *Privacy.* No haplotype, and no name of a person, is in a report. Sites are named as files name them.

mod attack;
mod axes;
mod counts;
mod distances;
mod frequencies;
mod haplotypes;
mod legend;
mod linkage;
mod membership;
mod read;
mod triples;
mod vcf;

use population::stream::Seed;

use crate::attack::{copies, membership as recognised, run};
use crate::fidelity::two_sample;
use crate::finding::{Finding, Table};
use crate::ground::{Attribute, Ground, Rows, Scale, Values, overlap, shuffled};
use crate::report::{Section, Settings, section};
use attack::{Closest, Identical, NearCopies, Pool};
use counts::Counts;
use distances::Distances;
use membership::Membership;

pub use haplotypes::Haplotypes;
pub use legend::{Site, legend};
pub use read::{GenomesError, is_genomes};

/// Haplotypes of a set that are compared with all of another, at most; fewer where sites are so many that words to be compared exceed the second number.
const COMPARED: usize = 5_000;
const WORDS: f64 = 4e9;
/// Sites that a classifier sees, at most.
const CLASSIFIED: usize = 500;

/// Something of each of the three sets.
#[derive(Debug)]
struct Sets<T> {
    train: T,
    made: T,
    fresh: Option<T>,
}

impl<T> Sets<T> {
    fn map<'a, U>(&'a self, of: impl Fn(&'a T) -> U) -> Sets<U> {
        Sets {
            train: of(&self.train),
            made: of(&self.made),
            fresh: self.fresh.as_ref().map(of),
        }
    }

    /// With what charts and tables call them.
    fn named(&self) -> impl Iterator<Item = (&'static str, &T)> {
        [
            ("training", Some(&self.train)),
            ("synthetic", Some(&self.made)),
            ("fresh", self.fresh.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, of)| Some((name, of?)))
    }
}

/// Whether sets have the same sites, as far as their files say: as many, and the same names where all have names.
///
/// # Errors
///
/// What differs.
pub fn same_sites(
    train: &Haplotypes,
    other: &Haplotypes,
    places: Option<&[Site]>,
) -> Result<(), GenomesError> {
    if train.sites != other.sites {
        return Err(GenomesError::new(
            format!(
                "{} has {} sites, and {} has {}",
                other.name, other.sites, train.name, train.sites
            ),
            "give files over the same sites, in the same order",
        ));
    }
    if let (Some(own), Some(others)) = (&train.places, &other.places)
        && let Some(at) = (0..own.len()).find(|&at| {
            (&own[at].chromosome, own[at].position) != (&others[at].chromosome, others[at].position)
        })
    {
        return Err(GenomesError::new(
            format!(
                "site {} of {} lies elsewhere than that of {}",
                at + 1,
                other.name,
                train.name
            ),
            "give files over the same sites, in the same order",
        ));
    }
    if let Some(places) = places
        && places.len() != train.sites
    {
        return Err(GenomesError::new(
            format!(
                "the legend has {} sites, and {} has {}",
                places.len(),
                train.name,
                train.sites
            ),
            "give the legend of these sites",
        ));
    }
    Ok(())
}

/// Judges synthetic haplotypes beside real ones of the same sites ([`same_sites`]). Of `settings` it uses `seed` and `claimed_epsilon`. Where sites lie is in `places`, or in
/// the training file; without either distances are counted in sites. Also returns what could not be compared.
pub fn judge_genomes(
    train: &Haplotypes,
    made: &Haplotypes,
    fresh: Option<&Haplotypes>,
    places: Option<&[Site]>,
    settings: &Settings,
) -> (Vec<Section>, Vec<String>) {
    let seed = Seed(settings.seed);
    let whole = Sets { train, made, fresh };
    let places = places.or(train.places.as_deref());
    let names = |site: usize| {
        places.map_or_else(
            || format!("site {}", site + 1),
            |places| places[site].name.clone(),
        )
    };
    let mut notes = Vec::new();
    let most = COMPARED.min((WORDS / train.sites.div_ceil(64) as f64).sqrt() as usize);
    let counts = whole.map(|set| set.count);
    let same = [
        Some(train.count),
        Some(made.count),
        fresh.map(|set| set.count),
    ]
    .into_iter()
    .flatten()
    .fold(most, usize::min);
    if let Some((name, _)) = counts.named().find(|(_, count)| **count > same) {
        notes.push(format!(
            "as many haplotypes of each set are compared: {same} random ones, where there are more (as of the {name} ones); identical ones were looked for among all"
        ));
    }
    let sets = whole.map(|set| set.first(same));
    let turned = sets.map(Counts::new);
    let distances = Distances::new(&sets);
    let mut fidelity = vec![
        frequencies::agreement(&turned),
        frequencies::worst(
            &turned,
            [&sets.train, &sets.made].map(frequencies::design),
            &names,
        ),
        frequencies::lost(&turned, &names),
    ];
    fidelity.extend(linkage::of_pairs(&turned, places, seed));
    fidelity.push(triples::finding(&turned, seed));
    fidelity.extend(axes::findings(&sets, seed));
    fidelity.extend(distances.adversarial());
    fidelity.extend(distances.pairwise(train.sites));
    fidelity.push(two_sample::finding(&columns(&sets, &names, seed), seed));
    let all = equal(&whole);
    notes.extend(
        all.holdout
            .as_ref()
            .and_then(|holdout| overlap(&all.columns, &all.train, holdout)),
    );
    let (everybody, of_everybody) = Pool::new(&whole, false);
    let near = whole.map(|set| set.first(most));
    let (pool, ground) = Pool::new(&near.map(|set| set), true);
    let mut privacy = vec![
        run(&Identical(&everybody), &of_everybody),
        different(copies::repeated(&all), &all),
        run(&NearCopies(&pool), &ground),
        run(&Closest(&pool), &ground),
    ];
    privacy.extend(recognised::findings(
        &Membership(&pool),
        &ground,
        settings.claimed_epsilon,
    ));
    let told = |findings: Vec<Finding>| {
        let findings = findings.into_iter();
        findings
            .map(|finding| finding.worded(&in_genomes))
            .collect()
    };
    let mut sections = vec![
        section(
            "fidelity",
            "Are they like the real genomes?",
            told(fidelity),
        ),
        section(
            "privacy",
            "Do they tell about people in the training data?",
            told(privacy),
        ),
    ];
    for sentence in sections.iter_mut().flat_map(|section| &mut section.verdict) {
        *sentence = in_genomes(sentence);
    }
    (
        sections,
        notes.iter().map(|note| in_genomes(note)).collect(),
    )
}

/// One column whose values are the same where all alleles are.
fn equal(sets: &Sets<&Haplotypes>) -> Ground {
    let hashes = sets.map(|set| set.hashes());
    let mut all: Vec<u64> = hashes
        .named()
        .flat_map(|(_, hashes)| hashes.clone())
        .collect();
    all.sort_unstable();
    all.dedup();
    let rows = |hashes: &Vec<u64>| Rows {
        values: vec![Values::Codes(
            hashes
                .iter()
                .map(|hash| all.binary_search(hash).unwrap_or(0) as u32)
                .collect(),
        )],
        count: hashes.len(),
    };
    Ground {
        columns: vec![Attribute {
            name: "haplotype".to_owned(),
            scale: Scale::Category { levels: Vec::new() },
        }],
        written: Vec::new(),
        train: rows(&hashes.train),
        synthetic: rows(&hashes.made),
        holdout: hashes.fresh.as_ref().map(rows),
        notes: Vec::new(),
    }
}

/// Says beside how many are repeated how many are different.
fn different(mut finding: Finding, all: &Ground) -> Finding {
    let same = all.train.count.min(all.synthetic.count);
    let count = |rows: &Rows| {
        let mut codes = rows.sample(same).values[0].codes().to_vec();
        codes.sort_unstable();
        codes.dedup();
        codes.len()
    };
    let (made, real) = (count(&all.synthetic), count(&all.train));
    finding.sentence.push_str(&format!(
        " Of {same} synthetic rows {made} are different; of as many training rows {real}."
    ));
    let mut table = Table::of(["different ones of as many", "how many"]);
    table.push(["synthetic".to_owned(), made.to_string()]);
    table.push(["training".to_owned(), real.to_string()]);
    finding.with("How many are different", None, table)
}

/// Some sites as columns, for what judges tables.
fn columns(sets: &Sets<Haplotypes>, names: &dyn Fn(usize) -> String, seed: Seed) -> Ground {
    let mut chosen = shuffled(sets.train.sites, seed, "genomes/sites");
    chosen.truncate(CLASSIFIED);
    chosen.sort_unstable();
    let rows = |set: &Haplotypes| Rows {
        values: chosen
            .iter()
            .map(|&site| {
                let alleles = (0..set.count).map(|at| u32::from(set.allele(at, site as usize)));
                Values::Codes(alleles.collect())
            })
            .collect(),
        count: set.count,
    };
    let columns = chosen.iter().map(|&site| Attribute {
        name: names(site as usize),
        scale: Scale::Category {
            levels: vec!["0".to_owned(), "1".to_owned()],
        },
    });
    Ground {
        columns: columns.collect(),
        written: Vec::new(),
        train: rows(&sets.train),
        synthetic: rows(&sets.made),
        holdout: sets.fresh.as_ref().map(rows),
        notes: Vec::new(),
    }
}

/// What measures of tables say of rows, said of haplotypes.
fn in_genomes(text: &str) -> String {
    text.replace("Both tables", "Both sets")
        .replace("tables", "sets")
        .replace("a table has", "a set has")
        .replace("in a table", "in a set")
        .replace("columns", "sites")
        .replace("column", "site")
        .replace("in every site", "at every site")
        .replace("rows", "haplotypes")
        .replace("row ", "haplotype ")
        .replace("row,", "haplotype,")
        .replace("row.", "haplotype.")
}
