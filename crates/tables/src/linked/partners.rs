//! The pass before making that finds partners: everything is drawn once, and of the tables between which there are references beside the owners' the wishes are kept.

use super::LinkedModel;
use super::keys::NOBODY;
use super::make::Making;
use super::matching::{ANY, Matching, Offers, Wanted, Wants, elders, partners};
use super::subjects::{Member, Part};
use crate::model::Model;
use crate::model::bins::Bin;
use crate::model::draws::RequestError;

/// A reference beside the owner's while wishes are collected.
struct Search<'m> {
    table: usize,
    target: usize,
    matching: &'m Matching,
    /// For each feature, for each code of its hidden column, what is wanted: a bin, or 1 for agreement and 0 for none.
    wanted: Vec<Vec<u32>>,
    wants: Wants,
    offers: Offers,
}

impl<'m> Search<'m> {
    fn all(model: &'m LinkedModel) -> Vec<Self> {
        let mut found = Vec::new();
        for (table, about) in model.tables.iter().enumerate() {
            let Some(learned) = model.learned(table) else {
                continue;
            };
            for matching in &learned.matches {
                let mut links = about.references.iter();
                let Some(link) = links.find(|link| link.column == matching.column) else {
                    continue;
                };
                let wanted = matching.features.iter().map(|feature| {
                    let column = usize::from(feature.hidden);
                    words(&learned.model, column)
                        .map(|word| match (word, &feature.wanted) {
                            (None, _) => ANY,
                            (Some(word), Wanted::Bin(_)) => word.parse().unwrap_or(ANY),
                            (Some(word), Wanted::Same(..)) => u32::from(word == "yes"),
                        })
                        .collect()
                });
                found.push(Self {
                    table,
                    target: link.table.into(),
                    matching,
                    wanted: wanted.collect(),
                    wants: Wants::default(),
                    offers: Offers::default(),
                });
            }
        }
        found
    }

    /// Collects what rows of a part wish for.
    fn wish(
        &mut self,
        member: &Member<'_>,
        above: Option<(&Part, usize)>,
        part: &Part,
        first: u64,
    ) {
        let model = &member.learned.model;
        let width = model.columns().len();
        let column = usize::from(self.matching.column);
        for (row, codes) in part.codes.chunks(width).enumerate() {
            let bin = &model.binning(column).bins[codes[column] as usize];
            self.wants.present.push(*bin != Bin::Missing);
            let owner = part.owners.get(row).copied();
            self.wants
                .owners
                .push(owner.map_or(first + row as u64, |owner| first + u64::from(owner)));
            for (feature, wanted) in self.matching.features.iter().zip(&self.wanted) {
                let code = codes[usize::from(feature.hidden)];
                let wanted = wanted[code as usize];
                self.wants.features.push(match &feature.wanted {
                    Wanted::Bin(_) => wanted,
                    Wanted::Same(..) if wanted != 1 => ANY,
                    Wanted::Same(from_owner, place, table) => {
                        let place = usize::from(*place);
                        let code = match (from_owner, above, owner) {
                            (false, ..) => Some(codes[place]),
                            (true, Some((above, width)), Some(owner)) => {
                                Some(above.codes[owner as usize * width + place])
                            }
                            _ => None,
                        };
                        code.map_or(ANY, |code| table[code as usize])
                    }
                });
            }
        }
    }

    /// Collects what rows of a part have to offer.
    fn offer(&mut self, member: &Member<'_>, part: &Part) {
        let width = member.learned.model.columns().len();
        for (row, codes) in part.codes.chunks(width).enumerate() {
            let count = part.number(self.matching.counts.into(), row);
            self.offers.counts.push(count.max(0.0) as u32);
            for feature in &self.matching.features {
                let code = codes[usize::from(feature.target)];
                self.offers.features.push(match &feature.wanted {
                    Wanted::Bin(bins) => bins[code as usize].into(),
                    Wanted::Same(..) => code,
                });
            }
        }
    }
}

/// The level of each code of a column.
fn words(model: &Model, column: usize) -> impl Iterator<Item = Option<&str>> {
    let levels = model.levels(column);
    model.binning(column).bins.iter().map(move |bin| match bin {
        Bin::Level(level) => levels.get(*level as usize).map(String::as_str),
        _ => None,
    })
}

impl Making<'_> {
    /// Finds a partner for every row of every reference beside the owners', and how many rows tables have that are there for those who refer to them.
    pub(super) fn find_partners(&mut self) -> Result<(), RequestError> {
        let mut searches = Search::all(self.model);
        if searches.is_empty() {
            return Ok(());
        }
        let tables = self.model.names().len();
        self.partners = vec![Vec::new(); tables];
        for family in &mut self.families {
            for member in &mut family.members {
                member.kept = true;
            }
        }
        let first_root = self.model.first_root();
        for family in 0..self.families.len() {
            let root = self.families[family].members[0].table;
            // Whoever is there to be referred to is made until all who refer to somebody are served; the first table's number was asked for.
            let demands = searches.iter().filter(|search| {
                search.target == root && search.table != root && first_root != Some(root)
            });
            let demand = demands.map(|s| s.wants.present.iter().filter(|&&there| there).count());
            let demand = demand.max().filter(|&demand| demand > 0);
            self.collect(family, demand, &mut searches)?;
        }
        self.begin(0);
        for (number, search) in searches.iter().enumerate() {
            let Search {
                wants,
                offers,
                matching,
                ..
            } = search;
            let features = matching.features.len();
            let number = number as u64;
            let found = if search.table == search.target {
                let mut found = elders(wants, offers, features, self.seed, number);
                if matching.to_itself {
                    for (row, partner) in found.iter_mut().enumerate() {
                        if *partner == NOBODY {
                            *partner = row as u32;
                        }
                    }
                }
                found
            } else {
                partners(
                    wants,
                    offers,
                    features,
                    matching.distinct,
                    self.seed,
                    number,
                )
            };
            self.partners[search.table].push(found);
        }
        for family in &mut self.families {
            for member in &mut family.members {
                member.kept = false;
            }
        }
        Ok(())
    }

    /// Draws a family and keeps wishes and offers. With a demand it ends where so many references are offered, or where ten times as many rows as planned offer less.
    fn collect(
        &mut self,
        family: usize,
        demand: Option<usize>,
        searches: &mut [Search<'_>],
    ) -> Result<(), RequestError> {
        let planned = self.families[family].rows;
        self.begin(family);
        let mut firsts = vec![0_u64; self.families[family].members.len()];
        if demand.is_some() {
            self.families[family].rows = planned.saturating_mul(10).saturating_add(1000);
        }
        let mut offered = 0_u64;
        while self.at < self.families[family].rows {
            let start = self.at;
            let (parts, end) = self.draw()?;
            self.at = end;
            let members = &self.families[family].members;
            if let Some(demand) = demand {
                let counts = searches
                    .iter()
                    .filter(|search| search.target == members[0].table)
                    .map(|search| usize::from(search.matching.counts))
                    .next();
                let mut enough = None;
                for row in 0..parts[0].rows() as usize {
                    if offered >= demand as u64 {
                        enough = Some(start + row as u64);
                        break;
                    }
                    offered += counts.map_or(0.0, |c| parts[0].number(c, row)).max(0.0) as u64;
                }
                if let Some(rows) = enough {
                    // Drawn again up to here, since what belongs to later subjects is not to be kept.
                    self.families[family].rows = rows;
                    if rows > start {
                        self.at = start;
                        offered = 0;
                        continue;
                    }
                    break;
                }
            }
            for (place, member) in members.iter().enumerate() {
                let part = &parts[place];
                let above = member.owner.map(|(owner, ..)| {
                    (&parts[owner], members[owner].learned.model.columns().len())
                });
                let first = member
                    .owner
                    .map_or(firsts[place], |(owner, ..)| firsts[owner]);
                for search in searches.iter_mut() {
                    if search.table == member.table {
                        search.wish(member, above, part, first);
                    }
                    if search.target == member.table {
                        search.offer(member, part);
                    }
                }
            }
            for (first, part) in firsts.iter_mut().zip(&parts) {
                *first += u64::from(part.rows());
            }
        }
        Ok(())
    }
}
