//! How frequent alleles are: all sites together, the site that is furthest off, and alleles that are gone.

use super::Sets;
use super::counts::{Counts, correlation, total};
use crate::fidelity::marginal;
use crate::finding::{
    Chart, Direction, Finding, Interval, Number, Series, Standing, Table, Unit, percent,
};
use crate::ground::SHOWN_LEVEL;
use crate::statistics::{ALARM, GROUPS, difference_at, jackknife};

/// Sites named in a table.
const LISTED: usize = 20;
/// A site that is surely further off is to be looked at; one that is surely further off than the second is bad.
const OFF: [f64; 2] = [0.02, 0.06];

/// Pearson's correlation of frequencies over all sites.
pub(super) fn agreement(sets: &Sets<Counts>) -> Finding {
    let (id, title) = ("fidelity.frequencies", "Frequencies of alleles");
    let of = |counts: &Counts, without: Option<usize>| {
        let sites = 0..sets.train.sites;
        correlation(sites.map(|site| {
            (
                sets.train.frequency(site, without),
                counts.frequency(site, without),
            )
        }))
    };
    let Some(value) = of(&sets.made, None) else {
        return Finding::not_computed(
            id,
            title,
            "all sites are equally frequent in one of the sets, and a correlation needs them to differ",
        );
    };
    let without: Vec<f64> = (0..GROUPS)
        .map(|group| of(&sets.made, Some(group)).unwrap_or(0.0))
        .collect();
    let number = Number {
        value,
        interval: Some(jackknife(value, &without)),
        best_reachable: sets.fresh.as_ref().and_then(|fresh| of(fresh, None)),
        direction: Direction::Higher,
        unit: Unit::Plain,
        n: sets.train.sites as u64,
    };
    let mean = mean_difference(&sets.train, &sets.made);
    let mut table = Table::of(["", "correlation", "mean difference of frequencies"]);
    table.push(["synthetic".to_owned(), format!("{value:.4}"), percent(mean)]);
    if let (Some(fresh), Some(best)) = (&sets.fresh, number.best_reachable) {
        table.push([
            "fresh".to_owned(),
            format!("{best:.4}"),
            percent(mean_difference(&sets.train, fresh)),
        ]);
    }
    Finding::new(
        id,
        title,
        number,
        format!(
            "Over {} sites the frequencies of alleles in synthetic and training haplotypes correlate by {value:.4}; a site is off by {} on average.",
            sets.train.sites,
            percent(mean)
        ),
    )
    .standing(marginal::standing(&number))
    .with("All sites", Some(chart(sets)), table)
}

fn mean_difference(a: &Counts, b: &Counts) -> f64 {
    let differences =
        (0..a.sites).map(|site| (a.frequency(site, None) - b.frequency(site, None)).abs());
    differences.sum::<f64>() / a.sites as f64
}

/// How many sites have at most such a frequency of the rarer allele.
fn chart(sets: &Sets<Counts>) -> Chart {
    let series = sets.named().map(|(name, counts)| {
        let mut rarer: Vec<f64> = (0..counts.sites)
            .map(|site| counts.frequency(site, None))
            .map(|p| p.min(1.0 - p))
            .collect();
        rarer.sort_unstable_by(f64::total_cmp);
        Series {
            name: name.to_owned(),
            points: (0..=50)
                .map(|step| {
                    let reach = f64::from(step) / 100.0;
                    let upto = rarer.partition_point(|&p| p <= reach);
                    (reach, upto as f64 / rarer.len() as f64)
                })
                .collect(),
        }
    });
    Chart::Lines {
        x: "frequency of the rarer allele".to_owned(),
        y: "share of sites with at most that".to_owned(),
        series: series.collect(),
    }
}

/// How much less haplotypes of one person tell than those of two: one and the mean correlation of both, over all sites.
pub(super) fn design(of: &super::Haplotypes) -> f64 {
    let pairs: Vec<usize> = (1..of.count)
        .filter(|&at| of.person(at) == of.person(at - 1))
        .collect();
    if pairs.is_empty() {
        return 1.0;
    }
    let (mut together, mut alone) = (0.0, 0.0);
    for site in 0..of.sites {
        let (mut ones, mut both) = (0.0, 0.0);
        for &at in &pairs {
            let (a, b) = (of.allele(at - 1, site), of.allele(at, site));
            ones += f64::from(u8::from(a)) + f64::from(u8::from(b));
            both += f64::from(u8::from(a && b));
        }
        let n = pairs.len() as f64;
        let p = ones / (2.0 * n);
        together += both / n - p * p;
        alone += p * (1.0 - p);
    }
    if alone > 0.0 {
        1.0 + (together / alone).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

/// The site that is furthest off. Of two haplotypes of one person that are alike (`designs`) less is counted.
pub(super) fn worst(
    sets: &Sets<Counts>,
    designs: [f64; 2],
    names: &dyn Fn(usize) -> String,
) -> Finding {
    let (id, title) = ("fidelity.worst_site", "The site that is furthest off");
    let sites = sets.train.sites;
    // All sites together cry wolf as rarely as one attack.
    let confidence = 1.0 - ALARM / sites as f64;
    let beside = |confidence: f64, site: usize| -> Interval {
        let weighed = |counts: &Counts, design: f64| {
            let scaled = |count: f64| (count / design).round() as u64;
            let n = scaled(total(&counts.haplotypes, None));
            (scaled(total(counts.ones(site), None)).min(n), n)
        };
        let (k1, n1) = weighed(&sets.made, designs[1]);
        let (k2, n2) = weighed(&sets.train, designs[0]);
        difference_at(confidence, k1, n1, k2, n2)
    };
    let sure = |interval: Interval| interval.low.max(-interval.high).max(0.0);
    let gap = |counts: &Counts, site: usize| {
        counts.frequency(site, None) - sets.train.frequency(site, None)
    };
    let mut order: Vec<usize> = (0..sites).collect();
    order.sort_by(|&a, &b| {
        let size = |site| gap(&sets.made, site).abs();
        size(b).total_cmp(&size(a)).then(a.cmp(&b))
    });
    let value = gap(&sets.made, order[0]).abs();
    let certain = |least: f64| {
        let sites = 0..sites;
        sites
            .filter(|&site| sure(beside(confidence, site)) > least)
            .count()
    };
    let (off, far) = (certain(OFF[0]), certain(OFF[1]));
    let interval = beside(confidence, order[0]);
    let number = Number {
        value,
        interval: Some(Interval {
            low: sure(interval),
            high: interval.low.abs().max(interval.high.abs()).min(1.0),
        }),
        best_reachable: sets.fresh.as_ref().map(|fresh| {
            let sites = 0..sites;
            sites.map(|site| gap(fresh, site).abs()).fold(0.0, f64::max)
        }),
        direction: Direction::Lower,
        unit: Unit::Share,
        n: sites as u64,
    };
    let standing = if far > 0 {
        Standing::Bad
    } else if off > 0 {
        Standing::Attention
    } else {
        Standing::Good
    };
    let mut table = Table::of(["site", "training", "synthetic", "fresh", "surely off by"]);
    for &site in order.iter().take(LISTED) {
        let fresh = sets.fresh.as_ref();
        table.push([
            names(site),
            percent(sets.train.frequency(site, None)),
            percent(sets.made.frequency(site, None)),
            fresh.map_or_else(
                || "–".to_owned(),
                |fresh| percent(fresh.frequency(site, None)),
            ),
            percent(sure(beside(confidence, site))),
        ]);
    }
    Finding::new(
        id,
        title,
        number,
        format!(
            "At {} the frequency is {} where training haplotypes have {}. {off} of {sites} sites are surely off by more than {}, {far} by more than {}; the interval holds for all sites together.",
            names(order[0]),
            percent(sets.made.frequency(order[0], None)),
            percent(sets.train.frequency(order[0], None)),
            percent(OFF[0]),
            percent(OFF[1])
        ),
    )
    .standing(standing)
    .with("The sites that are furthest off", None, table)
}

/// Alleles of training haplotypes that no synthetic one has.
pub(super) fn lost(sets: &Sets<Counts>, names: &dyn Fn(usize) -> String) -> Finding {
    let (id, title) = ("fidelity.lost_alleles", "Alleles that are gone");
    let rarer = |counts: &Counts, site: usize| {
        let (ones, all) = (
            total(counts.ones(site), None),
            total(&counts.haplotypes, None),
        );
        ones.min(all - ones)
    };
    let vary: Vec<usize> = (0..sets.train.sites)
        .filter(|&site| rarer(&sets.train, site) > 0.0)
        .collect();
    if vary.is_empty() {
        return Finding::not_computed(id, title, "no site varies among training haplotypes");
    }
    let gone = |counts: &Counts| -> Vec<usize> {
        let sites = vary.iter().copied();
        sites.filter(|&site| rarer(counts, site) == 0.0).collect()
    };
    let mut lost = gone(&sets.made);
    let share = |count: usize| count as f64 / vary.len() as f64;
    let best = sets.fresh.as_ref().map(|fresh| share(gone(fresh).len()));
    let number = Number {
        best_reachable: best,
        ..Number::share(share(lost.len()), Direction::Lower, vary.len() as u64)
    };
    let standing = match best {
        None => Standing::Neutral,
        Some(best) if number.value <= best + 0.02 => Standing::Good,
        Some(best) if number.value <= best + 0.06 => Standing::Attention,
        Some(_) => Standing::Bad,
    };
    lost.sort_by(|&a, &b| {
        let frequent = |site| rarer(&sets.train, site);
        frequent(b).total_cmp(&frequent(a)).then(a.cmp(&b))
    });
    let n = total(&sets.train.haplotypes, None);
    let mut table = Table::of([
        "site",
        "frequency of the lost allele among training haplotypes",
    ]);
    // Where few have an allele, that it exists could point at somebody.
    let shown = lost
        .iter()
        .filter(|&&site| rarer(&sets.train, site) >= SHOWN_LEVEL as f64);
    for &site in shown.take(LISTED) {
        table.push([names(site), percent(rarer(&sets.train, site) / n)]);
    }
    if table.rows.is_empty() {
        table.push(["none that ten or more have".to_owned(), String::new()]);
    }
    Finding::new(
        id,
        title,
        number,
        format!(
            "{} of the {} sites that vary among training haplotypes do not vary among as many synthetic ones: there one allele is gone. Sites are linked, so their share has no interval.",
            lost.len(),
            vary.len()
        ),
    )
    .standing(standing)
    .with("The most frequent of the lost alleles", None, table)
}
