//! `check` of haplotypes: files in, a report out, and what does not fit.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Ran, json, offline_populace, page, run};

const SITES: u32 = 120;

fn populace(folder: &Path, arguments: &str) -> Ran {
    run(offline_populace(folder).args(arguments.split_whitespace()))
}

/// Haplotypes of 150 people as mosaics of 24 founders, which are the same from every start, by a linear congruence.
fn people(start: u32) -> String {
    let mut text = String::new();
    let mut state = start;
    let mut dice = |sides: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % sides
    };
    let founder = |founder: u32, site: u32| {
        let mixed = (founder * 7_919 + site * 104_729 + 11).wrapping_mul(2_654_435_761);
        (mixed >> 13) % 100 < 20 + site % 60
    };
    for haplotype in 0..300 {
        let _ = write!(text, "G P{}_{}", haplotype / 2, ["A", "B"][haplotype % 2]);
        let mut copied = dice(24);
        for site in 0..SITES {
            if dice(15) == 0 {
                copied = dice(24);
            }
            let allele = founder(copied, site) ^ (dice(50) == 0);
            text.push_str(if allele { " 1" } else { " 0" });
        }
        text.push('\n');
    }
    text
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, start) in [("train", 1), ("fresh", 2), ("made", 3)] {
        let path = folder.path().join(format!("{name}.hapt"));
        fs::write(path, people(start)).expect("written");
    }
    let mut legend = String::from("id position a0 a1\n");
    for site in 0..SITES {
        let _ = writeln!(legend, "15:{0}_A_C {0} A C", 27_000_000 + site * 700);
    }
    fs::write(folder.path().join("sites.legend"), legend).expect("written");
    folder
}

const CHECK: &str =
    "check made.hapt --real train.hapt --holdout fresh.hapt --legend sites.legend -o report.html";

#[test]
fn haplotypes_get_a_report_that_names_no_person() {
    let folder = folder();
    let ran = populace(folder.path(), &format!("{CHECK} --json"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let sections = report["sections"].as_array().expect("sections");
    assert_eq!(sections.len(), 2);
    for finding in sections
        .iter()
        .filter_map(|section| section["findings"].as_array())
        .flatten()
    {
        assert!(
            finding["standing"] == "good",
            "{}: {} {}",
            finding["id"],
            finding["standing"],
            finding["sentence"]
        );
    }
    let page = page(folder.path(), "report.html", "genomes");
    for absent in [
        "http:",
        "https:",
        "url(",
        "synthetic rows",
        "training rows",
        "fresh rows",
        "in every column",
        "P17",
    ] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("15:27") && page.contains("distance in bases"));
    let ledger = report["about"]["ledger"].to_string();
    assert!(
        ledger.contains("genomes train.hapt") && ledger.contains("genomes fresh.hapt"),
        "{ledger}"
    );
    assert!(!ledger.contains("made.hapt"), "{ledger}");
}

#[test]
fn copied_haplotypes_break_a_limit() {
    let folder = folder();
    fs::write(
        folder.path().join("limits.yaml"),
        "limits: {privacy.identical: {at_most: 0}, fidelity.aats: {at_least: 0.4, at_most: 0.6}}\n",
    )
    .expect("written");
    let ran = populace(
        folder.path(),
        &CHECK
            .replace("made.hapt", "train.hapt")
            .replace("-o", "--limits limits.yaml -o"),
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    for broken in ["`privacy.identical` is 100.0", "`fidelity.aats` is 0.00"] {
        assert!(ran.stderr.contains(broken), "{}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_checked_of_genomes_gets_one_sentence_and_leaves_nothing() {
    let folder = folder();
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    write("short.hapt", "G P1_A 0 1 1\nG P1_B 1 1 0\n");
    write("bad.hapt", "G P1_A 0 1 1\nG P1_B 1 2 0\n");
    write(
        "sites.vcf",
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n1\t5\t.\tA\tC\t.\t.\t.\tGT\t0|1\n1\t7\t.\tA\tC\t.\t.\t.\tGT\t0|1\n",
    );
    write("table.csv", "town,age\nAalen,3\nCelle,5\n");
    let mut said = String::new();
    for arguments in [
        "check missing.hapt --real train.hapt -o report.html",
        "check short.hapt --real train.hapt -o report.html",
        "check bad.hapt --real train.hapt -o report.html",
        "check table.csv --real train.hapt -o report.html",
        "check made.hapt --real train.hapt --protect sex -o report.html",
        "check made.hapt --real train.hapt --shadows 8 -o report.html",
        "check made.hapt --real train.hapt --legend train.hapt -o report.html",
        "check short.hapt --real short.hapt --legend sites.legend -o report.html",
        "check sites.vcf --real sites.vcf --legend sites.legend -o report.html",
        "check table.csv --real table.csv --legend sites.legend -o report.html",
    ] {
        let ran = populace(folder.path(), &format!("{arguments} -q"));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        let _ = writeln!(said, "$ populace {arguments}\n{}", ran.stderr);
        assert!(!folder.path().join("report.html").exists(), "{arguments}");
    }
    insta::assert_snapshot!(said);
}
