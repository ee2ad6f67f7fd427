//! Teachers that each learn from records of their own, and are heard by noisy votes only (PATE; Papernot et al. 2018).

use std::fmt;

use rayon::prelude::*;

use crate::account::{Account, Reading};
use crate::error::PrivacyError;
use crate::mechanism::{Mechanism, noised_counts, teams};
use crate::private::{Private, Records};
use crate::unit::Unit;

/// Teachers, each with the records that fell to it. What they have learned stays behind the door; only [`votes`](Self::votes) tells of it.
pub struct Teachers<'a, R, M> {
    private: &'a Private<R>,
    /// The places of each teacher's records, and the teacher.
    teams: Vec<(Vec<usize>, M)>,
}

/// The records that one teacher learns from.
pub struct Team<'a, R> {
    private: &'a Private<R>,
    records: &'a [usize],
}

impl<R> fmt::Debug for Team<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Team")
    }
}

impl<R: Records> Team<'_, R> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// One of them, by its place among them.
    pub fn record(&self, place: usize) -> R::Record<'_> {
        self.private.record(self.records[place])
    }
}

impl<R, M> fmt::Debug for Teachers<'_, R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Teachers({})", self.teams.len())
    }
}

impl<R: Records> Private<R> {
    /// Deals the records to teachers: each record to one, whichever it is, at random and without regard to the others.
    ///
    /// # Errors
    ///
    /// No random bits; a unit that is not one row, whose rows would fall to several.
    pub fn teachers<M>(
        &self,
        account: &mut Account,
        purpose: &str,
        teachers: Vec<M>,
    ) -> Result<Teachers<'_, R, M>, PrivacyError> {
        if self.unit() != Unit::Row {
            return Err(PrivacyError::StepsNeedRows);
        }
        if teachers.is_empty() {
            return Err(PrivacyError::NoCandidates);
        }
        account.keep(self.what(), purpose);
        let mut dealt = vec![Vec::new(); teachers.len()];
        for (record, team) in teams(self.looked_at(), teachers.len())?
            .into_iter()
            .enumerate()
        {
            dealt[team].push(record);
        }
        Ok(Teachers {
            private: self,
            teams: dealt.into_iter().zip(teachers).collect(),
        })
    }
}

impl<R: Records, M: Send + Sync> Teachers<'_, R, M> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.teams.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.teams.is_empty()
    }

    /// Lets each teacher learn from its records. A teacher sees no other's, so this costs nothing.
    pub fn learn(&mut self, learn: impl Fn(&mut M, &Team<'_, R>) + Sync) {
        let private = self.private;
        self.teams.par_iter_mut().for_each(|(records, teacher)| {
            learn(teacher, &Team { private, records });
        });
    }

    /// Asks the teachers so many questions and tells how many said yes to each, with noise.
    ///
    /// One record moves one teacher, who has one vote on each question: so the counts move by at most 1 each, by √questions in Euclidean length. `answers` says what one teacher makes of all
    /// questions.
    ///
    /// # Errors
    ///
    /// A budget that does not suffice; teachers that answer another number of questions.
    pub fn votes(
        &self,
        account: &mut Account,
        purpose: &str,
        share: f64,
        questions: usize,
        answers: impl Fn(&M) -> Vec<bool> + Sync,
    ) -> Result<Vec<i64>, PrivacyError> {
        let mechanism = account.counting();
        // Rounded up, above the rounding of the root.
        let sensitivity = match mechanism {
            Mechanism::DiscreteGaussian => (questions as f64).sqrt() * (1.0 + 1e-12),
            _ => questions as f64,
        };
        let scale = account.scale(share, 1) * sensitivity;
        let reading = Reading {
            mechanism,
            sensitivity,
            scale,
            delta: 0.0,
        };
        account.spend(self.private.what(), purpose, share, reading)?;
        let answers: Vec<Vec<bool>> = self
            .teams
            .par_iter()
            .map(|(_, teacher)| answers(teacher))
            .collect();
        if answers.iter().any(|of| of.len() != questions) {
            return Err(PrivacyError::Plan(
                "a teacher answered another number of questions than it was asked",
            ));
        }
        let counts: Vec<u64> = (0..questions)
            .map(|question| answers.iter().filter(|of| of[question]).count() as u64)
            .collect();
        noised_counts(&counts, mechanism, scale)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::statement::Statement;

    struct Numbers(usize);

    impl Records for Numbers {
        type Record<'a> = usize;
        fn len(&self) -> usize {
            self.0
        }
        fn record(&self, place: usize) -> usize {
            place
        }
    }

    #[test]
    fn each_record_teaches_one_teacher_and_votes_come_with_the_noise_that_was_paid_for() {
        let private = Private::new(Numbers(10_000), "numbers");
        let mut account = Account::open("numbers", Unit::Row, 4.0, 1e-6).unwrap();
        let count = 20;
        let mut teachers = private
            .teachers(&mut account, "lessons", vec![vec![0_u32; 10_000]; count])
            .unwrap();
        teachers
            .learn(|seen, team| (0..team.len()).for_each(|place| seen[team.record(place)] += 1));
        let taught = std::sync::Mutex::new(vec![0_u32; 10_000]);
        let questions = 400;
        let scale = account.scale(0.5, 1) * f64::from(questions as u32).sqrt();
        let votes = teachers
            .votes(&mut account, "votes", 0.5, questions, |seen| {
                let mut taught = taught.lock().unwrap();
                taught.iter_mut().zip(seen).for_each(|(sum, n)| *sum += n);
                // A team of 500, give or take six deviations of 22.
                let size: u32 = seen.iter().sum();
                assert!((size as i32 - 500).abs() < 140, "{size}");
                (0..questions).map(|question| question % 2 == 0).collect()
            })
            .unwrap();
        assert!(taught.into_inner().unwrap().iter().all(|&n| n == 1));
        // Half of the questions have all votes, half none; χ² of the noise within six deviations.
        let noise = votes.iter().enumerate().map(|(question, &votes)| {
            let votes = votes as f64 - if question % 2 == 0 { count as f64 } else { 0.0 };
            votes * votes / (scale * scale)
        });
        let square: f64 = noise.sum();
        let n = questions as f64;
        assert!((square - n).abs() < 6.0 * (2.0 * n).sqrt(), "{square}");
        let spent = Statement::of(account.ledger()).spent.unwrap();
        assert!(spent.epsilon > 2.0 && spent.epsilon <= 4.0, "{spent:?}");
        let more = teachers.votes(&mut account, "votes", 0.6, 1, |_| vec![true]);
        assert!(matches!(more, Err(PrivacyError::OverBudget { .. })));
        let short = teachers.votes(&mut account, "votes", 0.1, 2, |_| vec![true]);
        assert!(matches!(short, Err(PrivacyError::Plan(_))));
    }

    #[test]
    fn persons_with_several_rows_have_no_single_teacher() {
        let private = Private::new(Numbers(100), "numbers").of_persons(2, |n| Some(n / 2));
        let mut account = Account::open("numbers", private.unit(), 1.0, 1e-6).unwrap();
        let refused = private.teachers(&mut account, "lessons", vec![(); 3]).err();
        assert_eq!(refused, Some(PrivacyError::StepsNeedRows));
    }
}
