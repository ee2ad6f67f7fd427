//! Gradients of sampled records, clipped, summed and noised: the steps of DP-SGD (Abadi et al. 2016).

use std::fmt;

use rayon::prelude::*;

use crate::account::Account;
use crate::error::PrivacyError;
use crate::mechanism::{noised_sum, places, sampled};
use crate::private::{Private, Records};
use crate::unit::Unit;

/// The clipping norm in units of the whole numbers that noise is added to: so fine that noise on them is, but for δ of the order 10⁻¹², normal noise
/// that was rounded.
const UNITS: f64 = 1_099_511_627_776.0;
/// A record's part is scaled to this much less than the clipping norm: more than rounding can add to it (see `PROOF.md`).
const ROOM: f64 = 1.0 - 1.0 / 262_144.0;
/// More records than this in one step are refused: [`ROOM`] was made for as many.
const MOST_SLOTS: usize = 65_536;
/// The share of δ that may go to steps that more records were sampled for than there is room.
const OVERFLOW: f64 = 1e-3;
/// Rows of a layer's gradient that one thread sums at a time.
const ROWS: usize = 32;

/// What steps are to read; fixed before the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The probability with which each record takes part in a step, above 0 and at most ½.
    pub rate: f64,
    /// How many steps.
    pub steps: u32,
    /// The greatest Euclidean length of what one record adds to a step's sum.
    pub clip: f64,
    /// How many numbers a step's sum has.
    pub parameters: usize,
    /// The share of the budget, as [`Tally::release`](crate::Tally::release) takes it, for the number of records, which says how many to make room for.
    pub share: f64,
    /// The share of the budget that this and all that went before may have cost, fixed before anything was read.
    pub before: f64,
}

/// What every slot of a batch adds to the gradient of one layer's weights: (its inputs and a one) ⊗ its errors.
///
/// With errors ∂loss ∕ ∂(pre-activation) that is the gradient of weights and bias of a fully connected layer (Goodfellow 2015). Row `i` of both must be made of slot `i` alone:
/// no normalisation over the batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Outer {
    /// slots × `width` numbers.
    pub inputs: Vec<f32>,
    /// How many inputs the layer has.
    pub width: usize,
    /// slots × outputs numbers.
    pub errors: Vec<f32>,
    /// How many outputs the layer has.
    pub outputs: usize,
}

/// Steps that read a Poisson sample of records each, and tell the noisy sum of their clipped gradients.
///
/// The whole price was paid when it was made. Steps that are not taken are paid for, too: stopping early tells as much as stopping late.
pub struct Descent<'a, R> {
    private: &'a Private<R>,
    plan: Plan,
    /// Standard deviation of the noise, in units.
    sigma: f64,
    /// [`Plan::rate`] × 2⁶⁴.
    threshold: u64,
    slots: usize,
    expected: f64,
    left: u32,
}

impl<R> fmt::Debug for Descent<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Descent({} steps left)", self.left)
    }
}

impl<R: Records> Private<R> {
    /// Plans steps on samples of the records and pays for them with all that is left of the budget.
    ///
    /// # Errors
    ///
    /// A plan out of its ranges; a pure budget; a unit that is not one row; a budget of which nothing is left.
    pub fn descent(
        &self,
        account: &mut Account,
        purpose: &str,
        plan: Plan,
    ) -> Result<Descent<'_, R>, PrivacyError> {
        if !(plan.rate > 0.0 && plan.rate <= 0.5) {
            return Err(PrivacyError::Plan(
                "a step reads each record with a probability above 0 and at most ½",
            ));
        }
        if plan.steps == 0 || !(plan.clip > 0.0 && plan.clip.is_finite()) {
            return Err(PrivacyError::Plan(
                "steps and the clipping norm must be above 0",
            ));
        }
        if self.unit() != Unit::Row {
            return Err(PrivacyError::StepsNeedRows);
        }
        if account.is_pure() {
            return Err(PrivacyError::StepsNeedDelta);
        }
        let counted =
            self.tally(1, |_| Some(0))
                .release(account, "the number of records", plan.share)?;
        let count = counted.counts.first().map_or(1.0, |&n| n.max(1) as f64);
        let promise = account.promise();
        let steps = f64::from(plan.steps);
        // Noise above 12 standard deviations has a probability below e⁻⁷².
        let most = count + 12.0 * counted.sd;
        let worth = 1.0 + promise.epsilon.exp();
        let overflow = OVERFLOW * promise.delta / (steps * worth);
        let slots = room(most, plan.rate, overflow);
        if slots > MOST_SLOTS {
            return Err(PrivacyError::Plan(
                "a step would read more than 65,536 records at once; lower the rate",
            ));
        }
        // σ is at least 0.1 × the clipping norm, or the promise is none worth making.
        let least = 0.1 * UNITS;
        let rounding = plan.parameters as f64 / (least * least);
        let delta = worth * (overflow + rounding + 6e-32);
        let multiplier = account.spend_rest(self.what(), purpose, &plan, delta)?;
        if multiplier < 0.1 {
            return Err(PrivacyError::Plan(
                "so many steps on so few records would hardly be noised; lower ε, or take more steps",
            ));
        }
        Ok(Descent {
            private: self,
            plan,
            sigma: multiplier * UNITS,
            // A little below the rate, which only tells less.
            threshold: (plan.rate * 18_446_744_073_709_551_616.0 * (1.0 - 1e-15)) as u64,
            slots,
            expected: plan.rate * count,
            left: plan.steps,
        })
    }
}

impl<R: Records> Descent<'_, R> {
    /// How many records a step reads, about: the rate × the noisy number of records.
    pub fn expected(&self) -> f64 {
        self.expected
    }

    /// The standard deviation of the noise on each number of a step's sum.
    pub fn sd(&self) -> f64 {
        self.sigma / UNITS * self.plan.clip
    }

    /// Steps that were paid for and not taken.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// The noisy sum of the clipped gradients of a fresh sample: for each layer (width + 1) × outputs numbers, the bias last. None once all steps are taken.
    ///
    /// `parts` gets slots, most of them with a record, and says what each adds to each layer; what an empty slot adds is left out, as is what is no number. It must make row `i` of slot `i` alone, which
    /// nobody checks here.
    ///
    /// # Errors
    ///
    /// No random bits. Parts whose shapes do not fit [`Plan::parameters`].
    pub fn step(
        &mut self,
        parts: impl Fn(&[Option<R::Record<'_>>]) -> Vec<Outer>,
    ) -> Result<Option<Vec<Vec<f64>>>, PrivacyError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let taken = sampled(self.private.looked_at(), self.threshold)?;
        // A record's slot says nothing of which others there are, and another record's slot does not move when one is taken away.
        let slots = places(self.slots, self.slots)?;
        let mut batch: Vec<Option<R::Record<'_>>> = Vec::new();
        batch.resize_with(self.slots, || None);
        for (&record, &slot) in taken.iter().zip(&slots) {
            batch[slot] = Some(self.private.record(record));
        }
        let parts = parts(&batch);
        let numbers = parts.iter().map(Outer::parameters).sum::<usize>();
        let fits = |part: &Outer| {
            part.inputs.len() == self.slots * part.width
                && part.errors.len() == self.slots * part.outputs
        };
        if numbers != self.plan.parameters || !parts.iter().all(fits) {
            return Err(PrivacyError::Plan(
                "the gradient has another shape than was planned",
            ));
        }
        let there: Vec<bool> = batch.iter().map(Option::is_some).collect();
        let factors = factors(&parts, &there, self.plan.clip);
        let unit = UNITS / self.plan.clip;
        parts
            .iter()
            .map(|part| {
                let sum = summed(part, &factors);
                let whole: Vec<i64> = sum.iter().map(|v| (v * unit).round() as i64).collect();
                let noisy = noised_sum(&whole, self.sigma)?;
                Ok(noisy.into_iter().map(|v| v as f64 / unit).collect())
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

impl Outer {
    /// Weights and biases of the layer.
    pub fn parameters(&self) -> usize {
        (self.width + 1) * self.outputs
    }

    /// The sum of clipped gradients of examples that nobody owns, without noise: for each layer as [`Descent::step`] returns it.
    pub fn clipped_sum(parts: &[Self], clip: f64) -> Vec<Vec<f64>> {
        let slots = parts
            .first()
            .map_or(0, |part| part.errors.len() / part.outputs.max(1));
        let factors = factors(parts, &vec![true; slots], clip);
        parts.iter().map(|part| summed(part, &factors)).collect()
    }

    /// The squared length of what a slot adds: |a ⊗ e|² = |a|² |e|².
    fn squared(&self, slot: usize) -> f64 {
        let squares =
            |row: &[f32]| -> f64 { row.iter().map(|&v| f64::from(v) * f64::from(v)).sum() };
        let inputs = squares(&self.inputs[slot * self.width..][..self.width]);
        let errors = squares(&self.errors[slot * self.outputs..][..self.outputs]);
        (inputs + 1.0) * errors
    }
}

/// What each slot's part is multiplied by, so that none is longer than `clip`; 0 where there is no record, or no number.
fn factors(parts: &[Outer], there: &[bool], clip: f64) -> Vec<f64> {
    let factor = |(slot, &there): (usize, &bool)| {
        let length = parts
            .iter()
            .map(|part| part.squared(slot))
            .sum::<f64>()
            .sqrt();
        if there && length.is_finite() {
            ROOM * (clip / length.max(f64::MIN_POSITIVE)).min(1.0)
        } else {
            0.0
        }
    };
    there.par_iter().enumerate().map(factor).collect()
}

/// Σ factor × (inputs, 1) ⊗ errors over all slots, (width + 1) × outputs numbers.
fn summed(part: &Outer, factors: &[f64]) -> Vec<f64> {
    let outputs = part.outputs;
    let mut sum = vec![0.0; part.parameters()];
    sum.par_chunks_mut((ROWS * outputs).max(1))
        .enumerate()
        .for_each(|(chunk, sum)| {
            let from = chunk * ROWS;
            let mut errors = vec![0.0; outputs];
            for (slot, &factor) in factors.iter().enumerate() {
                // 0 × infinity is no number, so what is left out is not multiplied.
                if factor == 0.0 {
                    continue;
                }
                let row = &part.errors[slot * outputs..][..outputs];
                errors
                    .iter_mut()
                    .zip(row)
                    .for_each(|(error, &of)| *error = factor * f64::from(of));
                let inputs = &part.inputs[slot * part.width..][..part.width];
                for (place, sum) in sum.chunks_exact_mut(outputs).enumerate() {
                    let input = inputs.get(from + place).map_or(1.0, |&v| f64::from(v));
                    if input != 0.0 {
                        sum.iter_mut()
                            .zip(&errors)
                            .for_each(|(sum, error)| *sum += input * error);
                    }
                }
            }
        });
    sum
}

/// The least number of slots that a Poisson sample of `most` records passes with probability at most `overflow`: by Chernoff's bound,
/// P(more than k) ≤ exp(−most · KL(k ∕ most ‖ rate)).
fn room(most: f64, rate: f64, overflow: f64) -> usize {
    let passes = |slots: f64| {
        let share = slots / most;
        if share >= 1.0 {
            return false;
        }
        let divergence =
            share * (share / rate).ln() + (1.0 - share) * ((1.0 - share) / (1.0 - rate)).ln();
        share <= rate || -most * divergence > overflow.ln()
    };
    let mut slots = (most * rate).ceil();
    while passes(slots) {
        slots += (slots / 64.0).ceil();
    }
    // Products of matrices are fastest in whole blocks.
    (slots as usize).next_multiple_of(64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::ledger::{Cost, Ledger};
    use crate::statement::{Guarantee, Statement};

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

    fn plan(parameters: usize, steps: u32) -> Plan {
        Plan {
            rate: 0.1,
            steps,
            clip: 2.0,
            parameters,
            share: 0.01,
            before: 0.06,
        }
    }

    /// Numbers that look random and are the same every time.
    fn wild(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state as f32 / u32::MAX as f32 - 0.5) * 8.0
        };
        (0..count).map(|_| next()).collect()
    }

    fn parts(slots: usize, seed: u32) -> Vec<Outer> {
        [(37, 5), (5, 3)]
            .into_iter()
            .map(|(width, outputs)| Outer {
                inputs: wild(slots * width, seed + outputs as u32),
                width,
                errors: wild(slots * outputs, seed + 100 + outputs as u32),
                outputs,
            })
            .collect()
    }

    fn difference(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
        let squares = a.iter().zip(b).flat_map(|(a, b)| a.iter().zip(b));
        squares.map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
    }

    fn sums(parts: &[Outer], there: &[bool], clip: f64) -> Vec<Vec<f64>> {
        let factors = factors(parts, there, clip);
        parts.iter().map(|part| summed(part, &factors)).collect()
    }

    #[test]
    fn the_sum_is_that_of_each_records_gradient_written_out_and_clipped() {
        let (slots, clip) = (9, 3.0);
        let parts = parts(slots, 1);
        let there: Vec<bool> = (0..slots).map(|slot| slot != 4).collect();
        let fast = sums(&parts, &there, clip);
        let mut slow: Vec<Vec<f64>> = parts.iter().map(|p| vec![0.0; p.parameters()]).collect();
        for slot in (0..slots).filter(|&slot| there[slot]) {
            let written: Vec<Vec<f64>> = parts
                .iter()
                .map(|part| {
                    let errors = &part.errors[slot * part.outputs..][..part.outputs];
                    let inputs = part.inputs[slot * part.width..][..part.width].iter();
                    let inputs = inputs.copied().chain([1.0]);
                    inputs
                        .flat_map(|a| errors.iter().map(move |e| f64::from(a) * f64::from(*e)))
                        .collect()
                })
                .collect();
            let length = written.iter().flatten().map(|v| v * v).sum::<f64>().sqrt();
            let factor = (clip / length).min(1.0);
            for (sum, written) in slow.iter_mut().zip(written) {
                sum.iter_mut()
                    .zip(written)
                    .for_each(|(s, v)| *s += factor * v);
            }
        }
        // The clipping norm is kept with a little room, which is all the difference.
        assert!(difference(&fast, &slow) <= slots as f64 * clip / 200_000.0);
    }

    #[test]
    fn one_record_more_moves_the_sum_by_at_most_the_clipping_norm_and_without_clipping_by_more() {
        let slots = 16;
        for seed in 0..50 {
            let parts = parts(slots, seed);
            let all = vec![true; slots];
            for slot in 0..slots {
                let mut without = all.clone();
                without[slot] = false;
                for clip in [0.01, 1.0, 30.0] {
                    let moved =
                        difference(&sums(&parts, &all, clip), &sums(&parts, &without, clip));
                    assert!(moved <= clip * (1.0 - 1e-6), "{moved} of {clip}");
                }
            }
            // The same search finds a clip that was forgotten.
            let unclipped = |there: &[bool]| -> Vec<Vec<f64>> {
                let factors: Vec<f64> = there.iter().map(|&t| f64::from(u8::from(t))).collect();
                parts.iter().map(|part| summed(part, &factors)).collect()
            };
            let mut without = all.clone();
            without[3] = false;
            assert!(difference(&unclipped(&all), &unclipped(&without)) > 1.0);
        }
    }

    #[test]
    fn gradients_that_are_no_numbers_are_left_out() {
        let mut parts = parts(4, 3);
        parts[0].errors[0] = f32::NAN;
        parts[1].inputs[5] = f32::INFINITY;
        let clean = sums(&parts, &[false, false, true, true], 1.0);
        assert_eq!(sums(&parts, &[true; 4], 1.0), clean);
        assert!(clean.iter().flatten().all(|v| v.is_finite()));
    }

    #[test]
    fn a_record_is_in_a_slot_as_often_as_the_rate_says_whatever_others_are() {
        let (count, steps) = (400, 500_u32);
        let private = Private::new(Numbers(count), "numbers");
        let mut account = Account::open("numbers", Unit::Row, 10.0, 1e-5).unwrap();
        let mut descent = private
            .descent(&mut account, "a test", plan(4, steps))
            .unwrap();
        let (mut taken, mut both, mut first) = (vec![0_u32; count], 0, vec![0_u32; 2]);
        let seen = std::cell::RefCell::new(Vec::new());
        while let Some(sum) = descent
            .step(|batch| {
                seen.replace(batch.to_vec());
                let slots = batch.len();
                vec![Outer {
                    inputs: vec![0.0; slots],
                    width: 1,
                    errors: vec![0.0; 2 * slots],
                    outputs: 2,
                }]
            })
            .unwrap()
        {
            assert_eq!(sum[0].len(), 4);
            let batch = seen.borrow();
            let there: Vec<usize> = batch.iter().flatten().copied().collect();
            for &record in &there {
                taken[record] += 1;
            }
            both += u32::from(there.contains(&0) && there.contains(&1));
            if let Some(slot) = batch.iter().position(|record| *record == Some(0)) {
                first[usize::from(slot >= batch.len() / 2)] += 1;
            }
        }
        assert_eq!(descent.left(), 0);
        // 400 binomial counts of 500 × 0.1: χ² with 400 degrees has mean 400 and deviation 28; six deviations, once in 10⁸.
        let (mean, variance) = (50.0, 45.0);
        let chi: f64 = taken
            .iter()
            .map(|&n| (f64::from(n) - mean).powi(2) / variance)
            .sum();
        assert!((chi - 400.0).abs() < 6.0 * 28.3, "{chi}");
        // Together 500 × 0.01 = 5 times; more than 23 once in 10⁹.
        assert!(both <= 23, "{both}");
        // Left or right half of the slots, as coins fall: six deviations.
        let n = f64::from(first[0] + first[1]);
        assert!(
            (f64::from(first[0]) - n / 2.0).abs() < 3.0 * n.sqrt() + 1.0,
            "{first:?}"
        );
    }

    #[test]
    fn the_noise_is_as_large_as_the_ledger_says() {
        let private = Private::new(Numbers(2_000), "numbers");
        let mut account = Account::open("numbers", Unit::Row, 3.0, 1e-6).unwrap();
        let outputs = 4_000;
        let mut descent = private
            .descent(&mut account, "a test", plan(2 * outputs, 20))
            .unwrap();
        let sd = descent.sd();
        let nothing = |batch: &[Option<usize>]| {
            vec![Outer {
                inputs: vec![0.0; batch.len()],
                width: 1,
                errors: vec![0.0; outputs * batch.len()],
                outputs,
            }]
        };
        let noise = descent.step(nothing).unwrap().unwrap().remove(0);
        let n = noise.len() as f64;
        let square = noise.iter().map(|v| v * v).sum::<f64>() / (sd * sd);
        // χ² with n degrees: six deviations.
        assert!(
            (square - n).abs() < 6.0 * (2.0 * n).sqrt(),
            "{square} of {n}"
        );
        // A normal variable is within one deviation 68.27 times in 100; six deviations of that count.
        let within = noise.iter().filter(|v| v.abs() < sd).count() as f64;
        assert!(
            (within - 0.6827 * n).abs() < 6.0 * (n * 0.6827 * 0.3173).sqrt(),
            "{within}"
        );
        let entry = account.ledger().entries().last().unwrap();
        let Cost::Noised(noised) = entry.cost else {
            panic!("{entry:?}")
        };
        assert_eq!((noised.sensitivity, entry.times), (2.0, 20));
        assert!((noised.scale / sd - 1.0).abs() < 1e-12);
    }

    fn spent_ledger() -> Ledger {
        let private = Private::new(Numbers(1_000), "numbers");
        let mut account = Account::open("numbers", Unit::Row, 2.0, 1e-6).unwrap();
        private
            .tally(2, |n| Some(n % 2))
            .release(&mut account, "parity", 0.05)
            .unwrap();
        private
            .descent(&mut account, "training", plan(10, 300))
            .unwrap();
        assert!(account.left() <= 0.0);
        let more = private
            .tally(2, |n| Some(n % 2))
            .release(&mut account, "parity", 0.05);
        assert!(
            matches!(more, Err(PrivacyError::OverBudget { .. })),
            "{more:?}"
        );
        account.into_ledger()
    }

    #[test]
    fn all_of_the_budget_is_spent_and_none_beyond_and_a_ledger_that_was_changed_promises_nothing() {
        let ledger = spent_ledger();
        let statement = Statement::of(&ledger);
        assert_eq!(
            statement.guarantee,
            Guarantee::Differential,
            "{statement:#?}"
        );
        let spent = statement.spent.unwrap();
        assert!(spent.epsilon <= 2.0 && spent.epsilon > 1.7, "{spent:?}");
        assert_eq!((spent.delta, spent.rho), (1e-6, None));
        let text = serde_json::to_string(&ledger).unwrap();
        let scale = match ledger.entries().last().unwrap().cost {
            Cost::Noised(noised) => noised.scale,
            _ => panic!("the last entry is noised"),
        };
        let planted = [
            (
                format!("\"scale\":{scale}"),
                format!("\"scale\":{}", scale * 0.9),
            ),
            ("\"rate\":0.1".to_owned(), "\"rate\":0.12".to_owned()),
            ("\"times\":300".to_owned(), "\"times\":400".to_owned()),
            (
                "\"sensitivity\":2.0".to_owned(),
                "\"sensitivity\":2.3".to_owned(),
            ),
        ];
        for (is, becomes) in planted {
            assert_eq!(text.matches(&is).count(), 1, "{is} in {text}");
            let changed: Ledger = serde_json::from_str(&text.replace(&is, &becomes)).unwrap();
            let statement = Statement::of(&changed);
            assert_eq!(
                statement.guarantee,
                Guarantee::None,
                "{is}: {:?}",
                statement.spent
            );
            assert!(
                statement
                    .summary
                    .starts_with("There is no privacy guarantee"),
                "{}",
                statement.summary
            );
        }
    }

    #[test]
    fn plans_that_cannot_be_are_refused_before_anything_is_spent() {
        let private = Private::new(Numbers(1_000), "numbers");
        let open = |delta| Account::open("numbers", Unit::Row, 1.0, delta).unwrap();
        for wrong in [
            Plan {
                rate: 0.0,
                ..plan(4, 3)
            },
            Plan {
                rate: 0.6,
                ..plan(4, 3)
            },
            Plan {
                rate: f64::NAN,
                ..plan(4, 3)
            },
            Plan {
                clip: 0.0,
                ..plan(4, 3)
            },
            plan(4, 0),
        ] {
            let mut account = open(1e-6);
            let refused = private.descent(&mut account, "a test", wrong);
            assert!(matches!(refused, Err(PrivacyError::Plan(_))), "{refused:?}");
            assert_eq!(account.left(), 1.0);
        }
        let refused = private.descent(&mut open(0.0), "a test", plan(4, 3)).err();
        assert_eq!(refused, Some(PrivacyError::StepsNeedDelta));
        let persons = Private::new(Numbers(1_000), "numbers").of_persons(2, |n| Some(n / 2));
        let refused = persons.descent(&mut open(1e-6), "a test", plan(4, 3)).err();
        assert_eq!(refused, Some(PrivacyError::StepsNeedRows));
        let mut account = open(1e-6);
        let mut descent = private.descent(&mut account, "a test", plan(4, 3)).unwrap();
        assert!(matches!(
            descent.step(|_| Vec::new()),
            Err(PrivacyError::Plan(_))
        ));
    }

    #[test]
    fn there_is_room_for_all_samples_but_with_the_stated_probability() {
        // The binomial's tail, summed up.
        let tail = |n: u64, p: f64, above: usize| -> f64 {
            let mut mass = (n as f64 * (1.0 - p).ln()).exp();
            let mut sum = 0.0;
            for k in 0..=n {
                if k as usize > above {
                    sum += mass;
                }
                mass *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
            }
            sum
        };
        for (n, p, chance) in [(500, 0.1, 1e-6), (2_000, 0.02, 1e-12), (900, 0.5, 1e-9)] {
            let slots = room(n as f64, p, chance);
            assert!(tail(n, p, slots) <= chance, "{n} {p}: {slots}");
            assert!(slots.is_multiple_of(64) && (slots as f64) < 3.0 * n as f64 * p + 128.0);
        }
    }
}
