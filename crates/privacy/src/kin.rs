//! Persons' own records, and records of other tables that refer to them.
//!
//! A person is a key. What is looked at of one person is the first record that has the key as its own, and of every other table the first so many that refer to it; a record is seen beside its owner's
//! and beside the one before it of the same person, and beside no other's. So adding or removing a person adds or removes one owner and at most so many records of each table, and changes nothing about the others.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use crate::private::{Private, Records};
use crate::unit::Unit;

/// No place.
const NOBODY: u32 = u32::MAX;

/// Persons by their keys, while it is found out what refers to them.
pub struct Persons<O, K> {
    owners: Arc<O>,
    what: String,
    /// The record of each person.
    records: Vec<u32>,
    places: HashMap<K, u32>,
    /// For each table that refers to them how many of its records each person has.
    numbers: Vec<Vec<u32>>,
}

impl<O, K> fmt::Debug for Persons<O, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Persons({})", self.what)
    }
}

impl<R: Records> Private<R> {
    /// Takes records as persons by the key that `key` gives: of each key the first record. One without a key, or with that of an earlier one, is not looked at.
    pub fn persons<K: Hash + Eq>(self, key: impl Fn(R::Record<'_>) -> Option<K>) -> Persons<R, K> {
        let mut places = HashMap::new();
        let mut kept = Vec::new();
        for index in 0..self.looked_at() {
            let Some(key) = key(self.record(index)) else {
                continue;
            };
            places.entry(key).or_insert_with(|| {
                kept.push(self.place(index) as u32);
                kept.len() as u32 - 1
            });
        }
        let (records, what) = self.into_records();
        Persons {
            owners: Arc::new(records),
            what,
            records: kept,
            places,
            numbers: Vec::new(),
        }
    }
}

impl<O: Records, K: Hash + Eq> Persons<O, K> {
    /// Records of a table that refer to persons by the key that `key` gives: of each person the first `most_rows`. What refers to nobody is not looked at.
    pub fn owning<M: Records>(
        &mut self,
        members: Private<M>,
        most_rows: u32,
        key: impl Fn(M::Record<'_>) -> Option<K>,
    ) -> Private<Owned<O, M>> {
        let most_rows = most_rows.max(1);
        let mut own: Vec<Vec<u32>> = vec![Vec::new(); self.records.len()];
        for index in 0..members.looked_at() {
            let person = key(members.record(index)).and_then(|key| self.places.get(&key));
            if let Some(&person) = person {
                let own = &mut own[person as usize];
                if own.len() < most_rows as usize {
                    own.push(members.place(index) as u32);
                }
            }
        }
        self.numbers
            .push(own.iter().map(|own| own.len() as u32).collect());
        let mut kin = Vec::new();
        for (own, &owner) in own.iter().zip(&self.records) {
            kin.extend(own.iter().map(|&own| (owner, own)));
        }
        let (members, what) = members.into_records();
        Private::of_unit(
            Owned {
                owners: Arc::clone(&self.owners),
                members: Arc::new(members),
                kin,
                persons: self.what.clone(),
            },
            &what,
            Unit::Person { most_rows },
        )
    }

    /// The persons' own records, each with the numbers of records of other tables that it has.
    pub fn into_private(self) -> Private<Owners<O>> {
        Private::of_unit(
            Owners {
                of: self.owners,
                records: self.records,
                numbers: self.numbers,
            },
            &self.what,
            Unit::Person { most_rows: 1 },
        )
    }
}

/// Persons' own records.
pub struct Owners<O> {
    of: Arc<O>,
    records: Vec<u32>,
    numbers: Vec<Vec<u32>>,
}

impl<O> fmt::Debug for Owners<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owners")
    }
}

/// A person's own record.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a, R> {
    /// The record.
    pub own: R,
    numbers: &'a [Vec<u32>],
    place: usize,
}

impl<R> Owner<'_, R> {
    /// How many records the person has of a table, by its place among those that refer to persons; at most as many as are looked at.
    pub fn number(&self, table: usize) -> u32 {
        self.numbers.get(table).map_or(0, |of| of[self.place])
    }
}

impl<O: Records> Records for Owners<O> {
    type Record<'a>
        = Owner<'a, O::Record<'a>>
    where
        Self: 'a;

    fn len(&self) -> usize {
        self.records.len()
    }

    fn record(&self, place: usize) -> Self::Record<'_> {
        Owner {
            own: self.of.record(self.records[place] as usize),
            numbers: &self.numbers,
            place,
        }
    }
}

/// Records that persons own; those of a person one after the other.
pub struct Owned<O, M> {
    owners: Arc<O>,
    members: Arc<M>,
    /// For each its owner's record and its own.
    kin: Vec<(u32, u32)>,
    /// What the owners' records are called.
    persons: String,
}

impl<O, M> fmt::Debug for Owned<O, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owned")
    }
}

/// A record, and those of the same person that it is seen beside.
#[derive(Debug, Clone, Copy)]
pub struct Kin<O, M> {
    /// The record.
    pub own: M,
    /// The one before it.
    pub before: Option<M>,
    /// The person's.
    pub owner: O,
}

impl<O: Records, M: Records> Records for Owned<O, M> {
    type Record<'a>
        = Kin<O::Record<'a>, M::Record<'a>>
    where
        Self: 'a;

    fn len(&self) -> usize {
        self.kin.len()
    }

    fn record(&self, place: usize) -> Self::Record<'_> {
        let (owner, own) = self.kin[place];
        let before = place.checked_sub(1).map_or((NOBODY, 0), |b| self.kin[b]);
        Kin {
            own: self.members.record(own as usize),
            before: (before.0 == owner).then(|| self.members.record(before.1 as usize)),
            owner: self.owners.record(owner as usize),
        }
    }
}

impl<O: Records, M: Records> Private<Owned<O, M>> {
    /// Puts the records of each person in order of a number; those that are not a number come last, and equals stay as they are.
    #[must_use]
    pub fn in_order(self, of: impl Fn(M::Record<'_>) -> f64) -> Self {
        let unit = self.unit();
        let (mut owned, what) = self.into_records();
        let of = |&(_, own): &(u32, u32)| match of(owned.members.record(own as usize)) {
            value if value.is_nan() => f64::NAN,
            value => value,
        };
        for same in owned.kin.chunk_by_mut(|a, b| a.0 == b.0) {
            same.sort_by(|a, b| of(a).total_cmp(&of(b)));
        }
        Self::of_unit(owned, &what, unit)
    }

    /// The first record of each person: one of a person, as the person's own is, and called as those are.
    pub fn firsts(&self) -> Self {
        let all = self.records();
        let first = all.kin.chunk_by(|a, b| a.0 == b.0).map(|same| same[0]);
        let owned = Owned {
            owners: Arc::clone(&all.owners),
            members: Arc::clone(&all.members),
            kin: first.collect(),
            persons: all.persons.clone(),
        };
        Self::of_unit(owned, &all.persons, Unit::Person { most_rows: 1 })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::private::Codes;
    use proptest::prelude::*;

    /// All that records say: for each owner its key and numbers; for each other record owner, own and before, by persons.
    type Seen = (Vec<(u8, u32)>, Vec<Vec<(u8, u8, Option<u8>)>>, Vec<u8>);

    /// Owners are (key, something), members (key, time).
    fn seen(owners: &[[u8; 2]], members: &[[u8; 2]], most: u32) -> Seen {
        let of = |records: &[[u8; 2]]| Private::new(Codes::new(records.concat(), 2), "test");
        let key = |record: &[u8]| (record[0] > 0).then_some(record[0]);
        let mut persons = of(owners).persons(key);
        let owned = persons.owning(of(members), most, key);
        let owned = owned.in_order(|record| f64::from(record[1]));
        let firsts = owned.firsts();
        let firsts = (0..firsts.looked_at()).map(|place| firsts.record(place).own[1]);
        let firsts = firsts.collect();
        let kin: Vec<_> = (0..owned.looked_at())
            .map(|place| owned.record(place))
            .map(|kin| (kin.owner[1], kin.own[1], kin.before.map(|b| b[1])))
            .collect();
        assert_eq!(owned.unit().most_rows(), most);
        let owners = persons.into_private();
        let owners: Vec<_> = (0..owners.looked_at())
            .map(|place| owners.record(place))
            .map(|owner| (owner.own[0], owner.number(0)))
            .collect();
        let mut kin = &kin[..];
        let mut by_person = Vec::new();
        for &(_, number) in &owners {
            let (own, rest) = kin.split_at(number as usize);
            by_person.push(own.to_vec());
            kin = rest;
        }
        assert!(kin.is_empty());
        (owners, by_person, firsts)
    }

    proptest! {
        #[test]
        fn a_person_takes_away_what_is_hers_and_nothing_else(
            owners in prop::collection::vec((0_u8..6, any::<u8>()), 0..9),
            members in prop::collection::vec((0_u8..6, any::<u8>()), 0..30),
            most in 1_u32..5,
            person in 1_u8..6,
        ) {
            let arrays = |pairs: Vec<(u8, u8)>| -> Vec<[u8; 2]> {
                pairs.into_iter().map(<[u8; 2]>::from).collect()
            };
            let (owners, members) = (arrays(owners), arrays(members));
            let whole = seen(&owners, &members, most);
            let without = |records: &[[u8; 2]]| -> Vec<[u8; 2]> {
                let others = records.iter().filter(|r| r[0] != person);
                others.copied().collect()
            };
            let less = seen(&without(&owners), &without(&members), most);
            let mut expected = whole;
            if let Some(place) = expected.0.iter().position(|(key, _)| *key == person) {
                let lost = expected.1.remove(place);
                prop_assert!(lost.len() <= most as usize);
                if !lost.is_empty() {
                    let before = expected.1[..place].iter().filter(|own| !own.is_empty());
                    expected.2.remove(before.count());
                }
                expected.0.remove(place);
            }
            prop_assert_eq!(less, expected);
        }
    }

    #[test]
    fn records_are_in_order_beside_the_one_before() {
        let (owners, kin, firsts) = seen(
            &[[1, 11], [2, 22], [2, 33]],
            &[[2, 9], [1, 5], [2, 3], [4, 1], [2, 1]],
            2,
        );
        assert_eq!(owners, [(1, 1), (2, 2)]);
        // Of the second person's three the first two of the file are looked at.
        assert_eq!(
            kin,
            [vec![(11, 5, None)], vec![(22, 3, None), (22, 9, Some(3))]]
        );
        assert_eq!(firsts, [5, 3]);
    }
}
