//! Sums of vectors, one of each record, by group.

use rayon::prelude::*;

use crate::account::{Account, Reading};
use crate::error::PrivacyError;
use crate::mechanism::{Mechanism, noised_sum};
use crate::private::{Private, Records};

/// The length 1 in units of the whole numbers that noise is added to.
const UNITS: f64 = 1_073_741_824.0;
/// A vector is scaled to this much less than length 1: more than double precision can be wrong about its length.
const ROOM: f64 = 1.0 - 1.0 / 262_144.0;
/// Records that one thread adds up at a time.
const BLOCK: usize = 256;

/// Noisy sums of vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct NoisySums {
    /// The sum of each group, one after the other.
    pub sums: Vec<Vec<f64>>,
    /// Standard deviation of the noise on each number.
    pub sd: f64,
}

impl<R: Records> Private<R> {
    /// Tells the sum of a vector of `width` numbers of each record, by group, with noise, for a share of the budget.
    ///
    /// `write` puts a record's numbers in place and says which of so many groups it belongs to; of a group that there is not, and where a number is not finite, the record adds nothing. What is longer than 1 is scaled to length 1. Numbers
    /// become whole multiples of 2⁻³⁰, towards 0, and are summed exactly, so one row moves all sums together by a length of at most 1, and neither order nor threads change them.
    ///
    /// # Errors
    ///
    /// A pure budget: the length that bounds these sums is Euclidean. A budget that does not suffice.
    pub fn sums(
        &self,
        account: &mut Account,
        purpose: &str,
        share: f64,
        (groups, width): (usize, usize),
        write: impl Fn(R::Record<'_>, &mut [f32]) -> usize + Sync,
    ) -> Result<NoisySums, PrivacyError> {
        if account.is_pure() {
            return Err(PrivacyError::StepsNeedDelta);
        }
        let most = self.unit().most_rows();
        let scale = account.scale(share, most);
        let reading = Reading {
            mechanism: Mechanism::DiscreteGaussian,
            sensitivity: f64::from(most),
            scale,
            delta: 0.0,
        };
        account.spend(self.what(), purpose, share, reading)?;
        let rows = self.looked_at();
        let block = |start: usize| {
            let mut sums = vec![0_i64; groups * width];
            let mut vector = vec![0.0; width];
            for index in start..rows.min(start + BLOCK) {
                vector.fill(0.0);
                let group = write(self.record(index), &mut vector);
                if let Some(sum) = sums.chunks_exact_mut(width.max(1)).nth(group) {
                    add(&vector, sum);
                }
            }
            sums
        };
        let both = |mut a: Vec<i64>, b: Vec<i64>| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        };
        let sums = (0..rows)
            .into_par_iter()
            .step_by(BLOCK)
            .map(block)
            .reduce(|| vec![0; groups * width], both);
        let noisy = noised_sum(&sums, scale * UNITS)?;
        let sums = noisy.chunks_exact(width.max(1));
        Ok(NoisySums {
            sums: sums
                .map(|sum| sum.iter().map(|&v| v as f64 / UNITS).collect())
                .collect(),
            sd: scale,
        })
    }
}

/// Adds a vector of length at most 1 in whole units; nothing where it is no vector of numbers.
fn add(vector: &[f32], sum: &mut [i64]) {
    let squares = vector.iter().map(|&v| f64::from(v) * f64::from(v));
    let length = squares.sum::<f64>().sqrt();
    if !length.is_finite() {
        return;
    }
    let factor = ROOM * UNITS / length.max(1.0);
    for (sum, &v) in sum.iter_mut().zip(vector) {
        *sum += (f64::from(v) * factor) as i64;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::statement::{Guarantee, Statement};
    use crate::unit::Unit;
    use proptest::prelude::*;

    struct Vectors(Vec<[f32; 3]>);

    impl Records for Vectors {
        type Record<'a> = [f32; 3];
        fn len(&self) -> usize {
            self.0.len()
        }
        fn record(&self, place: usize) -> [f32; 3] {
            self.0[place]
        }
    }

    proptest! {
        #[test]
        fn no_vector_adds_more_than_length_one(vector in prop::collection::vec(prop::num::f32::ANY, 1..9)) {
            let mut sum = vec![0_i64; vector.len()];
            add(&vector, &mut sum);
            let squares: i128 = sum.iter().map(|&v| i128::from(v) * i128::from(v)).sum();
            prop_assert!(squares <= 1 << 60);
            // What is short stays as it is, but for the room.
            let length: f64 = vector.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
            if length <= 1.0 {
                for (&v, &sum) in vector.iter().zip(&sum) {
                    prop_assert!((f64::from(v) - sum as f64 / UNITS).abs() <= 5e-6);
                }
            }
        }
    }

    #[test]
    fn sums_are_those_of_their_groups_with_the_noise_that_was_paid_for() {
        let vectors: Vec<[f32; 3]> = (0..3_000)
            .map(|place| [0.5, if place % 2 == 0 { 0.25 } else { -0.25 }, 1e9])
            .collect();
        let vectors = Private::new(Vectors(vectors), "test");
        let mut account = Account::open("test", Unit::Row, 1.0, 1e-6).unwrap();
        let found = vectors
            .sums(&mut account, "sums", 1.0, (2, 400), |vector, into| {
                into[..2].copy_from_slice(&vector[..2]);
                // Far too long, of a third group that there is not.
                if vector[1] < 0.0 { 7 } else { 1 }
            })
            .unwrap();
        let noise: Vec<f64> = found.sums[0]
            .iter()
            .chain(&found.sums[1][2..])
            .copied()
            .collect();
        let count = noise.len() as f64;
        let variance = noise.iter().map(|v| v * v).sum::<f64>() / count;
        // The sum of squares is chi-square: within 5 standard deviations, one run in a million is not.
        let off = (variance / (found.sd * found.sd) - 1.0).abs();
        assert!(off < 5.0 * (2.0 / count).sqrt(), "{variance} {}", found.sd);
        assert!((found.sums[1][0] - 750.0).abs() < 6.0 * found.sd + 0.01);
        assert!((found.sums[1][1] - 375.0).abs() < 6.0 * found.sd + 0.01);
        let statement = Statement::of(account.ledger());
        assert_eq!(
            statement.guarantee,
            Guarantee::Differential,
            "{statement:#?}"
        );
        let spent = statement.spent.unwrap().epsilon;
        assert!(spent <= 1.0 && spent > 0.95, "{spent}");
    }

    #[test]
    fn a_pure_budget_has_no_such_sums() {
        let vectors = Private::new(Vectors(vec![[0.0; 3]; 9]), "test");
        let mut account = Account::open("test", Unit::Row, 1.0, 0.0).unwrap();
        let refused = vectors.sums(&mut account, "sums", 0.5, (1, 3), |_, _| 0);
        assert_eq!(refused, Err(PrivacyError::StepsNeedDelta));
        assert!((account.left() - 1.0).abs() < 1e-12);
    }
}
