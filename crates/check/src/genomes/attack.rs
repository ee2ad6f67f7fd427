//! Attacks on released haplotypes. What is counted are people, who have two haplotypes or one: training and fresh people can be exchanged for one another where nothing leaks, and then an attack says
//! as much of either; haplotypes of one generator are not independent of one another.
//!
//! Rows of the [`Ground`] are places in a [`Pool`], so that these attacks are made with the controls of all others.

use rayon::prelude::*;

use super::Sets;
use super::haplotypes::{Haplotypes, between};
use crate::attack::{Attack, Risk};
use crate::finding::{
    Chart, Detail, Interval, NEEDS_HOLDOUT, Series, Standing, Table, Unit, percent,
};
use crate::ground::{Attribute, Ground, Rows, Scale, Values};
use crate::statistics::{ALARM, binomial_at_least, exact};

/// So rarely is a fresh haplotype nearer to a training one than what is called a near copy.
const RARE: f64 = 0.005;
/// The fewest haplotypes of each set.
const FEWEST: usize = 100;

/// Haplotypes of all sets, with whose they are.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) sites: usize,
    words: usize,
    bits: Vec<u64>,
    hashes: Vec<u64>,
    people: Vec<u32>,
}

/// The nearest of several haplotypes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    /// Sites at which it differs.
    pub(super) distance: u32,
    person: u32,
}

impl Pool {
    /// Of the three sets, and the ground whose rows are places in it. Where nobody asks how `near` haplotypes are, their alleles are not kept, but that they are equal.
    pub(super) fn new(sets: &Sets<&Haplotypes>, near: bool) -> (Self, Ground) {
        let mut pool = Self {
            sites: sets.train.sites,
            words: sets.train.sites.div_ceil(64),
            bits: Vec::new(),
            hashes: Vec::new(),
            people: Vec::new(),
        };
        let mut take = |set: &Haplotypes| {
            let from = pool.people.len() as u32;
            let first = pool.people.last().map_or(0, |last| last + 1);
            for haplotype in 0..set.count {
                if near {
                    pool.bits.extend_from_slice(set.bits(haplotype));
                }
                pool.people.push(first + set.person(haplotype));
            }
            pool.hashes.extend(set.hashes());
            Rows {
                values: vec![Values::Codes((from..from + set.count as u32).collect())],
                count: set.count,
            }
        };
        let ground = Ground {
            columns: vec![Attribute {
                name: "haplotype".to_owned(),
                scale: Scale::Category { levels: Vec::new() },
            }],
            written: Vec::new(),
            train: take(sets.train),
            synthetic: take(sets.made),
            holdout: sets.fresh.map(take),
            notes: Vec::new(),
        };
        (pool, ground)
    }

    pub(super) fn bits(&self, place: u32) -> &[u64] {
        &self.bits[place as usize * self.words..][..self.words]
    }

    /// Haplotypes that differ from each other in no site.
    fn hash(&self, place: u32) -> u64 {
        self.hashes[place as usize]
    }

    /// Haplotypes of each person, one person after the other.
    pub(super) fn people<'a>(&'a self, rows: &'a Rows) -> impl Iterator<Item = &'a [u32]> {
        let codes = rows.values[0].codes();
        codes.chunk_by(|a, b| self.people[*a as usize] == self.people[*b as usize])
    }

    /// The haplotypes of the first people.
    pub(super) fn of_first(&self, rows: &Rows, people: usize) -> Vec<u32> {
        self.people(rows).take(people).flatten().copied().collect()
    }

    /// The `K` nearest of several haplotypes to each of others, the nearest first, of equally near ones the first.
    pub(super) fn nearest<const K: usize>(&self, from: &[u32], to: &[u32]) -> Vec<[Near; K]> {
        from.par_iter()
            .map(|&query| {
                let mut best = [Near {
                    distance: u32::MAX,
                    person: u32::MAX,
                }; K];
                for &candidate in to {
                    let distance = between(self.bits(query), self.bits(candidate));
                    if distance < best[K - 1].distance {
                        let at = best.partition_point(|near| near.distance <= distance);
                        best[at..].rotate_right(1);
                        best[at] = Near {
                            distance,
                            person: self.people[candidate as usize],
                        };
                    }
                }
                best
            })
            .collect()
    }
}

/// As many people of both, by their haplotypes.
struct Sides {
    members: Vec<u32>,
    strangers: Vec<u32>,
    people: usize,
}

impl Sides {
    fn new(pool: &Pool, members: &Rows, strangers: &Rows) -> Self {
        let people = pool
            .people(members)
            .count()
            .min(pool.people(strangers).count());
        Self {
            members: pool.of_first(members, people),
            strangers: pool.of_first(strangers, people),
            people,
        }
    }
}

/// People on each side who were met, and whether more members than chance gives: of two who can be exchanged either is met first with probability one half.
fn met(members: &[u32], strangers: &[u32]) -> (u64, u64, bool) {
    let count = |people: &[u32]| {
        let mut people = people.to_vec();
        people.sort_unstable();
        people.dedup();
        people.len() as u64
    };
    let (a, b) = (count(members), count(strangers));
    (a, b, a > b && binomial_at_least(a, a + b, 0.5) < ALARM)
}

fn found_or_not(risk: &Risk) -> Standing {
    match risk.alarm {
        None => Standing::Neutral,
        Some(false) => Standing::Good,
        Some(true) => Standing::Bad,
    }
}

/// Released haplotypes that equal a member's.
pub(super) struct Identical<'a>(pub(super) &'a Pool);

impl Attack for Identical<'_> {
    fn id(&self) -> String {
        "privacy.identical".to_owned()
    }

    fn title(&self) -> String {
        "Identical haplotypes".to_owned()
    }

    fn knowledge(&self) -> String {
        "Somebody who holds a person's haplotype in full and looks for it among the synthetic ones."
            .to_owned()
    }

    fn make(
        &self,
        _ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let pool = self.0;
        let known = |places: &[u32]| -> Vec<(u64, u32)> {
            let mut known: Vec<(u64, u32)> = places
                .iter()
                .map(|&place| (pool.hash(place), pool.people[place as usize]))
                .collect();
            known.sort_unstable();
            known
        };
        let owners = |known: &[(u64, u32)], hash: u64| -> Vec<u32> {
            let from = known.partition_point(|(other, _)| *other < hash);
            let same = known[from..].iter().take_while(|(other, _)| *other == hash);
            same.map(|(_, person)| *person).collect()
        };
        let all = known(members.values[0].codes());
        let released = released.values[0].codes();
        let n = released.len() as u64;
        let again = released
            .iter()
            .filter(|&&place| !owners(&all, pool.hash(place)).is_empty());
        let again = again.count() as u64;
        let mut table = Table::of(["what was counted", "how many"]);
        table.push([
            "synthetic haplotypes that equal a training one".to_owned(),
            again.to_string(),
        ]);
        let (mut by_chance, mut alarm) = (0.0, None);
        if let Some(strangers) = strangers {
            let sides = Sides::new(pool, members, strangers);
            let (own, others) = (known(&sides.members), known(&sides.strangers));
            let of = |known: &[(u64, u32)]| -> Vec<u32> {
                let hits = released
                    .iter()
                    .flat_map(|&place| owners(known, pool.hash(place)));
                hits.collect()
            };
            let (a, b, more) = met(&of(&own), &of(&others));
            let chance = released
                .iter()
                .filter(|&&place| !owners(&others, pool.hash(place)).is_empty());
            by_chance = chance.count() as f64 / n.max(1) as f64;
            alarm = Some(more);
            table.push([
                format!(
                    "of {} training people those with such a haplotype",
                    sides.people
                ),
                a.to_string(),
            ]);
            table.push([
                "of as many fresh people those with a synthetic one".to_owned(),
                b.to_string(),
            ]);
        }
        let sentence = match alarm {
            Some(true) => format!(
                "{again} of {n} synthetic haplotypes equal a training person's at every site, those of more training than fresh people: they were copied."
            ),
            Some(false) => format!(
                "{again} of {n} synthetic haplotypes equal a training person's at every site; fresh people are met as well as chance gives."
            ),
            None => format!(
                "{again} of {n} synthetic haplotypes equal a training person's at every site."
            ),
        };
        Ok(Risk {
            value: again as f64 / n.max(1) as f64,
            interval: Some(exact(again, n.max(1))),
            independent: by_chance,
            unit: Unit::Share,
            n,
            alarm,
            sentence,
            details: vec![Detail {
                title: "What was counted".to_owned(),
                chart: None,
                table,
            }],
        })
    }

    fn standing(&self, risk: &Risk) -> Standing {
        found_or_not(risk)
    }
}

/// Released haplotypes that are nearer to a member's than those of other people ever are.
pub(super) struct NearCopies<'a>(pub(super) &'a Pool);

impl Attack for NearCopies<'_> {
    fn id(&self) -> String {
        "privacy.near_copies".to_owned()
    }

    fn title(&self) -> String {
        "Near copies".to_owned()
    }

    fn knowledge(&self) -> String {
        format!(
            "Somebody who looks for real haplotypes that were made again with a few alleles changed. A near copy is nearer to a training haplotype than all but {} of fresh ones are; people who are related by blood are as near.",
            percent(RARE)
        )
    }

    fn make(
        &self,
        _ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let pool = self.0;
        let sides = Sides::new(pool, members, strangers.ok_or(NEEDS_HOLDOUT)?);
        let released = released.values[0].codes();
        enough(&sides, released.len())?;
        let to_members = pool.nearest::<1>(released, &sides.members);
        let to_strangers = pool.nearest::<1>(released, &sides.strangers);
        // Both ways, so that neither side is favoured.
        let mut usual: Vec<u32> = pool
            .nearest::<1>(&sides.strangers, &sides.members)
            .iter()
            .chain(&pool.nearest::<1>(&sides.members, &sides.strangers))
            .map(|near| near[0].distance)
            .collect();
        usual.sort_unstable();
        let reach = usual[(usual.len() as f64 * RARE) as usize];
        let of = |near: &[[Near; 1]]| -> Vec<u32> {
            let within = near.iter().filter(|near| near[0].distance < reach);
            within.map(|near| near[0].person).collect()
        };
        let (own, others) = (of(&to_members), of(&to_strangers));
        let (a, b, alarm) = met(&own, &others);
        let (found, n) = (own.len() as u64, released.len() as u64);
        let quantiles = |all: &[[Near; 1]]| -> Vec<u32> {
            let mut all: Vec<u32> = all.iter().map(|near| near[0].distance).collect();
            all.sort_unstable();
            all
        };
        let mut table = Table::of([
            "sites that differ from the nearest",
            "least",
            "1 %",
            "5 %",
            "median",
        ]);
        let mut series = Vec::new();
        for (name, sorted) in [
            (
                "training haplotype, of synthetic ones",
                quantiles(&to_members),
            ),
            (
                "fresh haplotype, of synthetic ones",
                quantiles(&to_strangers),
            ),
            ("training and fresh haplotypes of one another", usual),
        ] {
            let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
            table.push([
                name.to_owned(),
                at(0.0).to_string(),
                at(0.01).to_string(),
                at(0.05).to_string(),
                at(0.5).to_string(),
            ]);
            series.push(Series {
                name: name.to_owned(),
                points: (0..=50)
                    .map(|step| f64::from(step) / 50.0)
                    .map(|share| (f64::from(at(share)), share))
                    .collect(),
            });
        }
        Ok(Risk {
            value: found as f64 / n as f64,
            interval: Some(exact(found, n)),
            independent: others.len() as f64 / n as f64,
            unit: Unit::Share,
            n,
            alarm: Some(alarm),
            sentence: format!(
                "{found} of {n} synthetic haplotypes differ in fewer than {reach} sites from a training one, nearer than people usually are: they are near {a} of {} training people, and others near {b} of as many fresh ones.",
                sides.people
            ),
            details: vec![Detail {
                title: "How near the nearest haplotypes are".to_owned(),
                chart: Some(Chart::Lines {
                    x: "sites that differ".to_owned(),
                    y: "share that is nearer".to_owned(),
                    series,
                }),
                table,
            }],
        })
    }

    fn standing(&self, risk: &Risk) -> Standing {
        found_or_not(risk)
    }
}

fn enough(sides: &Sides, released: usize) -> Result<(), String> {
    let least = sides.members.len().min(sides.strangers.len()).min(released);
    if least < FEWEST {
        return Err(format!(
            "it needs {FEWEST} haplotypes of each set, and there are {} training, {released} synthetic and {} fresh ones of as many people",
            sides.members.len(),
            sides.strangers.len()
        ));
    }
    Ok(())
}

/// Released haplotypes that are nearer to a member's than to any stranger's.
pub(super) struct Closest<'a>(pub(super) &'a Pool);

impl Attack for Closest<'_> {
    fn id(&self) -> String {
        "privacy.closest_record".to_owned()
    }

    fn title(&self) -> String {
        "Distance to the closest haplotype".to_owned()
    }

    fn knowledge(&self) -> String {
        "Somebody who compares every synthetic haplotype with real ones. It finds copying in bulk and cannot prove privacy: single copies drown in a mean.".to_owned()
    }

    fn make(
        &self,
        _ground: &Ground,
        released: &Rows,
        members: &Rows,
        strangers: Option<&Rows>,
    ) -> Result<Risk, String> {
        let pool = self.0;
        let sides = Sides::new(pool, members, strangers.ok_or(NEEDS_HOLDOUT)?);
        let released = released.values[0].codes();
        enough(&sides, released.len())?;
        let to_members = pool.nearest::<1>(released, &sides.members);
        let to_strangers = pool.nearest::<1>(released, &sides.strangers);
        let place = |side: &[u32]| side.first().map_or(0, |&first| pool.people[first as usize]);
        let (first, other) = (place(&sides.members), place(&sides.strangers));
        // Released haplotypes are each somebody's nearest: a few people are that of many.
        let mut owed = vec![0.0_f64; sides.people];
        let mut sum = 0.0;
        for (own, stranger) in to_members.iter().zip(&to_strangers) {
            let (own, stranger) = (own[0], stranger[0]);
            let share = match own.distance.cmp(&stranger.distance) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 0.0,
            };
            sum += share;
            owed[(own.person - first) as usize] += share;
            owed[(stranger.person - other) as usize] -= 1.0 - share;
        }
        let n = released.len() as f64;
        // A member and a stranger in random order can be exchanged where nothing leaks, and then each difference turns its sign: Hoeffding (1963) bounds their sum for
        // any number of people.
        let squares: f64 = owed.iter().map(|d| d * d).sum();
        let excess: f64 = owed.iter().sum();
        let limit = (2.0 * libm::log(1.0 / ALARM) * squares).sqrt();
        let alarm = excess > limit;
        let value = sum / n;
        let error = 1.96 * squares.sqrt() / (2.0 * n);
        let mut table = Table::of(["what was counted", "how many"]);
        table.push([
            "synthetic haplotypes less those nearer to fresh ones".to_owned(),
            format!("{excess:.1}"),
        ]);
        table.push([
            "what chance exceeds once in a thousand at most".to_owned(),
            format!("{limit:.1}"),
        ]);
        let most = owed.iter().copied().fold(0.0, f64::max);
        table.push([
            "most often the nearest is one training person, of so many more than one fresh person"
                .to_owned(),
            format!("{most:.1}"),
        ]);
        Ok(Risk {
            value,
            interval: Some(Interval {
                low: (value - error).clamp(0.0, 1.0),
                high: (value + error).clamp(0.0, 1.0),
            }),
            independent: 0.5,
            unit: Unit::Share,
            n: released.len() as u64,
            alarm: Some(alarm),
            sentence: format!(
                "{} of the synthetic haplotypes are nearer to one of {} training people than to any of as many fresh ones; half is what independence gives. This number finds copying and cannot prove its absence.",
                percent(value),
                sides.people
            ),
            details: vec![Detail {
                title: "What was counted, person by person".to_owned(),
                chart: None,
                table,
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use population::stream::{Seed, Streams};

    use super::*;

    #[test]
    fn the_nearest_are_those_of_all_distances_and_people_are_parted() {
        let mut stream = Streams::new(Seed(4), 0).stream("test");
        let mut drawn = |count: usize| -> Haplotypes {
            let rows: Vec<Vec<bool>> = (0..count)
                .map(|_| (0..100).map(|_| stream.uniform() < 0.5).collect())
                .collect();
            Haplotypes::of_alleles(&rows)
        };
        let sets = Sets {
            train: drawn(30),
            made: drawn(21),
            fresh: Some(drawn(10)),
        };
        let (pool, ground) = Pool::new(&sets.map(|set| set), true);
        let people: Vec<usize> = pool.people(&ground.synthetic).map(<[u32]>::len).collect();
        assert_eq!(people, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
        assert_eq!(pool.people[30], 15, "people of another set are others");
        let (made, train) = (
            ground.synthetic.values[0].codes(),
            ground.train.values[0].codes(),
        );
        for (at, near) in pool.nearest::<3>(made, train).iter().enumerate() {
            let mut all: Vec<u32> = (0..30)
                .map(|other| sets.made.distance(at, &sets.train, other))
                .collect();
            all.sort_unstable();
            assert_eq!(near.map(|near| near.distance)[..], all[..3]);
        }
    }
}
