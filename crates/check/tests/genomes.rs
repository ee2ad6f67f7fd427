//! Sets of haplotypes: planted faults are found by what is meant to find them, fresh people trigger nothing, and files that do not fit get a sentence.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use check::{
    Finding, Haplotypes, Outcome, Section, Settings, Site, Standing, judge_genomes, legend,
    same_sites,
};
use flate2::{Compression, write::GzEncoder};
use population::stream::{Seed, Stream, Streams};
use privacy::Ledger;

const SITES: usize = 300;
const PEOPLE: usize = 300;

type Haplotype = Vec<bool>;

/// A population of two groups: haplotypes are mosaics of a group's founders (Li & Stephens 2003), switched between every 25 sites on average, with an allele in a hundred changed.
struct Population {
    founders: [Vec<Haplotype>; 2],
}

impl Population {
    fn new(seed: u64) -> Self {
        let mut stream = Streams::new(Seed(seed), 0).stream("founders");
        let mut frequencies: Vec<[f64; 2]> = Vec::new();
        for _ in 0..SITES {
            let p = stream.range(0.05, 0.95);
            frequencies.push(std::array::from_fn(|_| {
                (p + 0.15 * stream.normal()).clamp(0.02, 0.98)
            }));
        }
        let mut founder = |group: usize| -> Haplotype {
            let sites = frequencies.iter();
            sites.map(|p| stream.uniform() < p[group]).collect()
        };
        Self {
            founders: std::array::from_fn(|group| (0..40).map(|_| founder(group)).collect()),
        }
    }

    fn haplotype(&self, group: usize, stream: &mut Stream) -> Haplotype {
        let founders = &self.founders[group];
        let mut copied = stream.below(founders.len() as u64) as usize;
        (0..SITES)
            .map(|site| {
                if stream.uniform() < 0.04 {
                    copied = stream.below(founders.len() as u64) as usize;
                }
                founders[copied][site] ^ (stream.uniform() < 0.01)
            })
            .collect()
    }

    /// Two haplotypes of each of so many people.
    fn people(&self, name: &str, seed: u64, count: usize) -> Vec<Haplotype> {
        let mut stream = Streams::new(Seed(seed), 0).stream(name);
        let mut all = Vec::new();
        for _ in 0..count {
            let group = usize::from(stream.uniform() < 0.35);
            all.push(self.haplotype(group, &mut stream));
            all.push(self.haplotype(group, &mut stream));
        }
        all
    }
}

fn hapt(tag: &str, haplotypes: &[Haplotype]) -> String {
    let mut text = String::new();
    for (at, alleles) in haplotypes.iter().enumerate() {
        let _ = write!(text, "{tag} P{}_{}", at / 2, ["A", "B"][at % 2]);
        for allele in alleles {
            text.push_str(if *allele { " 1" } else { " 0" });
        }
        text.push('\n');
    }
    text
}

fn judged_beside(
    train: &[Haplotype],
    made: &[Haplotype],
    fresh: Option<&[Haplotype]>,
    places: Option<&[Site]>,
) -> (Vec<Section>, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut ledger = Ledger::new();
    let written = |name: &str, haplotypes: &[Haplotype]| {
        let path = folder.path().join(format!("{name}.hapt"));
        fs::write(&path, hapt(name, haplotypes)).expect("written");
        path
    };
    let mut real = |name: &str, haplotypes: &[Haplotype]| {
        let path = written(name, haplotypes);
        Haplotypes::real(&path, name, Seed(0), &mut ledger).expect("read")
    };
    let train = real("training", train);
    let fresh = fresh.map(|fresh| real("hold-out", fresh));
    let made = Haplotypes::synthetic(&written("made", made), Seed(0)).expect("read");
    judge_genomes(&train, &made, fresh.as_ref(), places, &Settings::default())
}

/// What is said beside 300 training and 300 fresh people of seed 1.
fn judged(made: &[Haplotype]) -> Vec<Section> {
    let population = Population::new(1);
    let train = population.people("train", 1, PEOPLE);
    let fresh = population.people("fresh", 1, PEOPLE);
    judged_beside(&train, made, Some(&fresh), None).0
}

fn made() -> Vec<Haplotype> {
    Population::new(1).people("made", 1, PEOPLE)
}

fn find<'a>(sections: &'a [Section], id: &str) -> &'a Finding {
    let mut all = sections.iter().flat_map(|section| &section.findings);
    all.find(|finding| finding.id == id)
        .unwrap_or_else(|| panic!("no finding {id}"))
}

fn stands(sections: &[Section], id: &str) -> Standing {
    find(sections, id).standing
}

fn value(sections: &[Section], id: &str) -> f64 {
    let finding = find(sections, id);
    finding
        .number()
        .unwrap_or_else(|| panic!("{finding:?}"))
        .value
}

/// Those that are not as fresh people are.
fn alarms(sections: &[Section]) -> Vec<&str> {
    let all = sections.iter().flat_map(|section| &section.findings);
    all.filter(|finding| matches!(finding.standing, Standing::Bad | Standing::Attention))
        .map(|finding| finding.id.as_str())
        .collect()
}

#[test]
fn fresh_people_trigger_nothing() {
    // 5 attacks a run at 0.1 % each, with as many negative controls, and the site test at 0.1 %; eight runs: a false alarm in 8 % of such tests at most, with seeds that are fixed.
    for seed in 0..8 {
        let population = Population::new(seed);
        let people = |name: &str| population.people(name, seed, PEOPLE);
        let (sections, notes) = judged_beside(
            &people("train"),
            &people("made"),
            Some(&people("fresh")),
            None,
        );
        assert_eq!(alarms(&sections), [""; 0], "seed {seed}");
        assert_eq!(notes, [""; 0]);
        for finding in sections.iter().flat_map(|section| &section.findings) {
            assert!(
                finding.number().is_some(),
                "seed {seed}: not computed: {finding:?}"
            );
            let controls = finding.controls.iter();
            for control in controls {
                assert_eq!(control.passed, Some(true), "seed {seed}: {finding:?}");
            }
        }
        assert!((value(&sections, "fidelity.aats") - 0.5).abs() < 0.06);
    }
}

#[test]
fn a_copy_of_the_training_people_is_total_leakage_and_nothing_crashes() {
    let sections = judged(&Population::new(1).people("train", 1, PEOPLE));
    for id in ["identical", "near_copies", "closest_record", "membership"] {
        assert_eq!(
            stands(&sections, &format!("privacy.{id}")),
            Standing::Bad,
            "{id}"
        );
    }
    assert_eq!(value(&sections, "privacy.identical"), 1.0);
    assert_eq!(value(&sections, "privacy.membership"), 1.0);
    assert_eq!(value(&sections, "fidelity.aats"), 0.0);
    assert_eq!(stands(&sections, "fidelity.aats"), Standing::Bad);
    // 37 strangers without a false alarm bound e^ε by some ten.
    assert!(value(&sections, "privacy.epsilon") > 2.0);
}

#[test]
fn one_percent_of_copied_haplotypes_is_found_and_a_few_changed_alleles_do_not_hide_them() {
    let train = Population::new(1).people("train", 1, PEOPLE);
    // Of a larger release, one in a hundred.
    let mut rows = Population::new(1).people("made", 1, 1_000);
    for copy in 0..20 {
        rows[copy * 3] = train[copy * 7].clone();
    }
    let sections = judged(&rows);
    assert_eq!(stands(&sections, "privacy.identical"), Standing::Bad);
    assert!((value(&sections, "privacy.identical") - 0.01).abs() < 1e-9);
    // The mean drowns them, which is why it proves nothing.
    assert_eq!(stands(&sections, "privacy.closest_record"), Standing::Good);
    for copy in 0..20 {
        for change in 0..5 {
            rows[copy * 3][(copy * 31 + change * 57) % SITES] ^= true;
        }
    }
    let sections = judged(&rows);
    assert_eq!(stands(&sections, "privacy.identical"), Standing::Good);
    assert_eq!(stands(&sections, "privacy.near_copies"), Standing::Bad);
}

#[test]
fn shuffled_sites_lose_their_linkage_and_keep_their_frequencies() {
    let mut rows = made();
    for site in 0..SITES {
        let column: Vec<bool> = rows.iter().map(|row| row[site]).collect();
        let step = [7, 11, 13, 17, 19, 23, 29, 31][site % 8];
        for (at, row) in rows.iter_mut().enumerate() {
            row[site] = column[(at * step + site * 41) % (2 * PEOPLE)];
        }
    }
    let sections = judged(&rows);
    for kept in ["frequencies", "worst_site", "lost_alleles"] {
        assert_eq!(
            stands(&sections, &format!("fidelity.{kept}")),
            Standing::Good,
            "{kept}"
        );
    }
    for lost in [
        "linkage",
        "linkage_pairs",
        "triples",
        "axes",
        "aats.truth",
        "distances.within",
    ] {
        assert_eq!(
            stands(&sections, &format!("fidelity.{lost}")),
            Standing::Bad,
            "{lost}"
        );
    }
    assert!(value(&sections, "fidelity.linkage_pairs").abs() < 0.2);
}

#[test]
fn one_site_that_moved_is_found_and_named() {
    let mut rows = made();
    let at = |rows: &[Haplotype], site: usize| rows.iter().filter(|row| row[site]).count();
    let site = (0..SITES)
        .find(|&site| (100..200).contains(&at(&rows, site)))
        .expect("a site");
    for row in rows.iter_mut().step_by(3) {
        row[site] = true;
    }
    let sections = judged(&rows);
    let finding = find(&sections, "fidelity.worst_site");
    assert_eq!(finding.standing, Standing::Bad, "{finding:?}");
    let name = format!("site {}", site + 1);
    assert_eq!(finding.details[0].table.rows[0][0], name);
    assert!(finding.sentence.contains(&name));
    assert_eq!(stands(&sections, "fidelity.frequencies"), Standing::Good);
}

#[test]
fn alleles_that_are_gone_are_counted() {
    let mut rows = made();
    for row in &mut rows {
        row[..30].fill(false);
    }
    let sections = judged(&rows);
    assert_eq!(stands(&sections, "fidelity.lost_alleles"), Standing::Bad);
    assert!((value(&sections, "fidelity.lost_alleles") - 0.1).abs() < 0.01);
}

#[test]
fn half_of_the_people_repeated_are_found() {
    let mut rows = made();
    let half = rows.len() / 2;
    let (first, second) = rows.split_at_mut(half);
    second.clone_from_slice(first);
    let sections = judged(&rows);
    assert_eq!(stands(&sections, "privacy.repeated"), Standing::Bad);
    assert!((value(&sections, "privacy.repeated") - 0.5).abs() < 1e-9);
    let sentence = &find(&sections, "privacy.repeated").sentence;
    assert!(
        sentence.contains("Of 600 synthetic haplotypes 300 are different"),
        "{sentence}"
    );
    assert_eq!(stands(&sections, "fidelity.aats.synthetic"), Standing::Bad);
    assert_eq!(stands(&sections, "privacy.identical"), Standing::Good);
}

#[test]
fn a_group_that_is_missing_is_found_along_the_axes() {
    let population = Population::new(1);
    let mut stream = Streams::new(Seed(3), 0).stream("one group");
    let rows: Vec<Haplotype> = (0..2 * PEOPLE)
        .map(|_| population.haplotype(0, &mut stream))
        .collect();
    let sections = judged(&rows);
    let axes = find(&sections, "fidelity.axes");
    assert_eq!(axes.standing, Standing::Bad, "{axes:?}");
    // A third of the people is gone, and with it a third of the densities that lay on one another.
    let overlap = find(&sections, "fidelity.embedding");
    let (value, best) = overlap
        .number()
        .and_then(|n| Some((n.value, n.best_reachable?)))
        .expect("a number");
    assert!(value < 0.85 * best, "{overlap:?}");
}

#[test]
fn without_a_hold_out_what_needs_one_says_so_and_the_rest_is_made() {
    let population = Population::new(1);
    let train = population.people("train", 1, 60);
    let (sections, _) = judged_beside(&train, &population.people("made", 1, 60), None, None);
    for id in [
        "privacy.membership",
        "privacy.near_copies",
        "privacy.closest_record",
        "privacy.epsilon",
    ] {
        let Outcome::NotComputed { why } = &find(&sections, id).outcome else {
            panic!("{id} was computed");
        };
        assert!(why.contains("give --holdout"), "{id}: {why}");
    }
    assert!(value(&sections, "fidelity.frequencies") > 0.9);
    assert_eq!(alarms(&sections), [""; 0]);
}

#[test]
fn a_handful_of_haplotypes_and_sites_that_do_not_vary_are_no_reason_to_fail() {
    let same: Vec<Haplotype> = vec![vec![true, false]; 2];
    let (sections, _) = judged_beside(&same, &same, Some(&same), None);
    let few = Population::new(1).people("few", 1, 3);
    let (others, _) = judged_beside(&few, &few[..2], Some(&few[2..]), None);
    for finding in sections
        .iter()
        .chain(&others)
        .flat_map(|section| &section.findings)
    {
        if let Some(number) = finding.number() {
            assert!(number.value.is_finite(), "{finding:?}");
        }
    }
}

#[test]
fn findings_do_not_depend_on_the_number_of_threads() {
    let (population, rows) = (Population::new(2), made());
    let train = population.people("train", 2, 100);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        let fresh = population.people("fresh", 2, 100);
        pool.install(|| {
            let (sections, _) = judged_beside(&train, &rows, Some(&fresh), None);
            serde_json::to_string(&sections).expect("JSON")
        })
    };
    assert!(on(1) == on(3));
}

#[test]
fn a_legend_gives_distances_in_bases() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sites.legend");
    let mut text = String::from("id position a0 a1\n");
    for site in 0..SITES {
        let _ = writeln!(
            text,
            "{}:{}_A_C {} A C",
            1 + site / 150,
            1_000 * site,
            1_000 * site
        );
    }
    fs::write(&path, &text).expect("written");
    let places = legend(&path).expect("a legend");
    assert_eq!(
        (places.len(), places[200].chromosome.as_str()),
        (SITES, "2")
    );
    let population = Population::new(1);
    let train = population.people("train", 1, 60);
    let made = population.people("made", 1, 60);
    let (sections, _) = judged_beside(&train, &made, None, Some(&places));
    let table = &find(&sections, "fidelity.linkage").details[0].table;
    assert!(table.rows[0][0].contains("kb"), "{table:?}");
    assert!(
        find(&sections, "fidelity.worst_site")
            .sentence
            .contains("_A_C")
    );
    for (bad, said) in [
        (
            text.replacen("id position", "name place", 1),
            "line 1 is no head of a legend",
        ),
        (text.replacen("5000", "far", 2), "line 7 has no position"),
        ("id position a0 a1\n".to_owned(), "there is no site in it"),
    ] {
        fs::write(&path, bad).expect("written");
        let error = legend(&path).expect_err("refused").to_string();
        assert!(error.ends_with(said), "{error}");
    }
}

fn packed(path: &Path, write: impl Fn(&mut GzEncoder<File>)) {
    let file = File::create(path).expect("a file");
    let mut packed = GzEncoder::new(file, Compression::fast());
    write(&mut packed);
    packed.finish().expect("written");
}

#[test]
fn packed_files_are_read_and_bombs_are_refused_without_unpacking_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("made.hapt.gz");
    let text = hapt("AG", &Population::new(1).people("made", 1, 5));
    packed(&path, |to| to.write_all(text.as_bytes()).expect("written"));
    let read = |path: &Path| Haplotypes::synthetic(path, Seed(0));
    let whole = read(&path).expect("read");
    assert_eq!((whole.count, whole.sites), (10, SITES));
    let bytes = fs::read(&path).expect("read");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");
    let error = read(&path).expect_err("cut").to_string();
    assert!(error.contains("cannot be read"), "{error}");
    // 256 MiB of one byte, in a few hundred KiB.
    for (byte, said) in [
        (b' ', "line 1 is longer than"),
        (b'0', "line 1 is longer than"),
        (b'\n', "line 1 is empty"),
    ] {
        packed(&path, |to| {
            let block = vec![byte; 1 << 20];
            for _ in 0..256 {
                to.write_all(&block).expect("written");
            }
        });
        let error = read(&path).expect_err("a bomb").to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn other_sites_get_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        Haplotypes::synthetic(&path, Seed(0))
    };
    let a = read("a.hapt", "R 1 0 1 1\nR 2 1 0 1\n").expect("read");
    let b = read("b.hapt", "R 1 0 1\nR 2 1 0\n").expect("read");
    let said = |result: Result<(), check::GenomesError>| result.expect_err("refused").to_string();
    assert_eq!(
        said(same_sites(&a, &b, None)),
        "b.hapt has 2 sites, and a.hapt has 3"
    );
    let head = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n";
    let site = |position: u32| format!("1\t{position}\t.\tA\tC\t.\t.\t.\tGT\t0|1\n");
    let c = read("c.vcf", &[head, &site(5), &site(9)].concat()).expect("read");
    let d = read("d.vcf", &[head, &site(5), &site(8)].concat()).expect("read");
    assert_eq!(
        said(same_sites(&c, &d, None)),
        "site 2 of d.vcf lies elsewhere than that of c.vcf"
    );
    assert!(same_sites(&c, &c, None).is_ok() && same_sites(&b, &d, None).is_ok());
    let places = c.places.as_deref();
    assert_eq!(
        said(same_sites(&a, &a, places)),
        "the legend has 2 sites, and a.hapt has 3"
    );
    for (name, text, why) in [
        ("e.hapt", "", "there are 0 haplotypes of 0 sites"),
        ("e.hapt", "R 1 0 1\n", "there are 1 haplotypes of 2 sites"),
        (
            "e.hapt",
            "R 1 0\nR 2 1\n",
            "there are 2 haplotypes of 1 sites",
        ),
        ("e.vcf", head, "there are 0 haplotypes of 0 sites"),
        ("e.txt", "R 1 0 1\n", "called like no file of haplotypes"),
    ] {
        let error = read(name, text).expect_err("refused").to_string();
        assert!(error.contains(why), "{error}");
    }
}
