//! A generator and the discriminator that judges it, trained under differential privacy.

use std::fmt;

use burn::tensor::Device;
use population::stream::{Seed, Stream, Streams};
use privacy::{Account, Outer, Plan, PrivacyError, Private, Records};

use crate::adam::adam;
use crate::basis::Basis;
use crate::dense::Dense;
use crate::discriminator::{Discriminator, Examples};
use crate::embedding::{Embedding, Target};
use crate::generator::Generator;
use crate::head::Head;

/// How a generator and its discriminator are trained.
///
/// The discriminator takes steps with large, noisy batches, and more of them than the generator takes (Bie, Kamath & Zhang 2023, arXiv 2302.02936): with noise in its gradients it needs them to keep up.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The probability with which a step reads a record.
    pub rate: f64,
    /// Steps of the discriminator, of which each is paid for.
    pub steps: u32,
    /// Steps of the discriminator for each of the generator, at least 1.
    pub per_generator_step: u32,
    /// The greatest length of a record's gradient.
    pub clip: f64,
    /// Share of the budget for the number of records.
    pub share: f64,
    /// Share of the budget that this and all that goes before may cost; see [`Plan::before`].
    pub before: f64,
    /// Widths of the discriminator's hidden layers. Every weight is noised, so they should be few.
    pub judging: Vec<usize>,
    /// Widths of the generator's hidden layers; these cost nothing.
    pub making: Vec<usize>,
    /// Normal numbers that an example is made from.
    pub latent: usize,
    /// Examples that a step of the generator makes.
    pub batch: usize,
    /// Adam's rates at the beginning, of discriminator and generator; they fall to a tenth.
    pub rates: [f64; 2],
    /// Means that the generator matches, too; they need to know about how many records of each class there are.
    pub moments: Option<Moments>,
}

/// Means of random features of the records of each class, told once with noise, which the generator matches: alone before the first step of the discriminator, and beside it from then on.
///
/// Means are the cheapest that can be told of many records, and matching them costs nothing however long it takes (Harder, Adamczewski & Park 2021, arXiv 2002.11603); the discriminator sees what they leave out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// How many features.
    pub features: usize,
    /// Share of the budget for their sums.
    pub share: f64,
    /// Steps of the generator that match them alone.
    pub steps: u32,
    /// Adam's rate in these; it falls to a tenth.
    pub rate: f64,
    /// How much the squared distance of the means counts beside the discriminator's judgement.
    pub weight: f64,
}

/// A generator under training.
#[derive(Debug)]
pub struct Gan {
    /// How it is trained.
    pub terms: Terms,
    /// What it makes.
    pub head: Head,
    /// What its numbers are sums of, where that is known.
    pub basis: Option<Basis>,
    /// How common each class is, in any unit, or about how many records of each there are; at least one class.
    pub classes: Vec<f64>,
    /// Where initial weights and what examples are made from come from. Privacy does not hang on it.
    pub seed: Seed,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The finished generator.
    pub generator: Dense,
    /// Noise on each number of a step's sum, as a multiple of the clipping norm.
    pub noise_multiplier: f64,
    /// Weights of the discriminator.
    pub parameters: usize,
    /// Records that a step read, about.
    pub records_a_step: f64,
}

/// Why nothing was trained.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum GanError {
    /// The budget, or the noise.
    Privacy(PrivacyError),
    /// Terms that no network can be made by.
    Terms(&'static str),
}

impl fmt::Display for GanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Privacy(error) => error.fmt(f),
            Self::Terms(wrong) => f.write_str(wrong),
        }
    }
}

impl std::error::Error for GanError {}

impl From<PrivacyError> for GanError {
    fn from(error: PrivacyError) -> Self {
        Self::Privacy(error)
    }
}

impl Gan {
    /// Trains with all that is left of the budget.
    ///
    /// `write` puts a record's numbers, as many as the head has, in place and says which class it is; a record that it says another class of than there are counts as none. `progress` is told steps done and all steps, those that match means counted.
    ///
    /// Not reproducible, because the noise is not. Memory: a step's batch, some ten times over.
    ///
    /// # Errors
    ///
    /// A budget that does not suffice; terms that make no network.
    pub fn train<R: Records>(
        &self,
        records: &Private<R>,
        account: &mut Account,
        write: impl for<'r> Fn(&R::Record<'r>, &mut [f32]) -> usize + Sync,
        mut progress: impl FnMut(u32, u32),
    ) -> Result<Trained, GanError> {
        let terms = &self.terms;
        let (width, count) = (self.head.width(), self.classes.len());
        if count == 0 || width == 0 || terms.latent == 0 || terms.batch < 2 {
            return Err(GanError::Terms(
                "a generator needs a class, a width, a latent number and a batch of two",
            ));
        }
        let basis = self.basis.as_ref();
        if basis.is_some_and(|basis| !basis.fits(width)) {
            return Err(GanError::Terms(
                "the patterns have not as many numbers as an example has",
            ));
        }
        let device = Device::flex();
        let mut random = Streams::new(self.seed, 0).stream("neural/gan");
        let mut judge =
            Discriminator::new(width, basis, count, &terms.judging, &mut random, &device);
        let mut maker = Generator::new(
            terms.latent,
            count,
            &terms.making,
            self.head.clone(),
            basis,
            &mut random,
            &device,
        );
        let adam = adam();
        let before = terms.moments.map_or(0, |moments| moments.steps);
        let all = before + terms.steps;
        let target = match &terms.moments {
            None => None,
            Some(moments) => {
                let embedding = Embedding::new(width, basis, moments.features, &mut random);
                let (means, trust) = self.means(records, account, moments, &embedding, &write)?;
                let target = Target::new(&embedding, &means, &trust, &device);
                for step in 0..moments.steps {
                    let falling = 1.0 - 0.9 * f64::from(step) / f64::from(moments.steps);
                    let inputs = maker.inputs(&self.in_turn(), &mut random);
                    let alone = Some((&target, 1.0));
                    maker.step(None, alone, inputs, &adam, moments.rate * falling, &device);
                    progress(step + 1, all);
                }
                Some((target, moments.weight))
            }
        };
        let target = target.as_ref().map(|(target, weight)| (target, *weight));
        let plan = Plan {
            rate: terms.rate,
            steps: terms.steps,
            clip: terms.clip,
            parameters: judge.parameters(),
            share: terms.share,
            before: terms.before,
        };
        let mut descent = records.descent(account, "training a discriminator", plan)?;
        let (multiplier, expected) = (descent.sd() / terms.clip, descent.expected());
        let made_a_step = (expected.round() as usize).max(2);
        let shares = Shares::new(&self.classes);
        let row = width + count;
        for step in 0..terms.steps {
            let real = descent.step(|batch| {
                let mut rows = vec![0.0; row * batch.len()];
                for (row, record) in rows.chunks_exact_mut(row).zip(batch) {
                    if let Some(record) = record {
                        let class = write(record, &mut row[..width]);
                        if let Some(one) = row[width..].get_mut(class) {
                            *one = 1.0;
                        }
                    }
                }
                judge.parts(&Examples::new(rows, width, count, &device), true)
            })?;
            let Some(mut gradient) = real else { break };
            let classes: Vec<usize> = (0..made_a_step).map(|_| shares.draw(&mut random)).collect();
            let inputs = maker.inputs(&classes, &mut random);
            let made = judge.parts(&maker.make(inputs, &device), false);
            let made = Outer::clipped_sum(&made, terms.clip);
            for (gradient, made) in gradient.iter_mut().zip(made) {
                for (sum, made) in gradient.iter_mut().zip(made) {
                    *sum = (*sum + made) / expected;
                }
            }
            let falling = 1.0 - 0.9 * f64::from(step) / f64::from(terms.steps);
            judge.step(&adam, terms.rates[0] * falling, gradient);
            if (step + 1) % terms.per_generator_step.max(1) == 0 {
                let classes = match target {
                    Some(_) => self.in_turn(),
                    None => (0..terms.batch).map(|_| shares.draw(&mut random)).collect(),
                };
                let inputs = maker.inputs(&classes, &mut random);
                let rate = terms.rates[1] * falling;
                maker.step(Some(&judge), target, inputs, &adam, rate, &device);
            }
            progress(before + step + 1, all);
        }
        let classes: Vec<usize> = (0..4_096).map(|_| shares.draw(&mut random)).collect();
        Ok(Trained {
            generator: maker.finished(&classes, &mut random),
            noise_multiplier: multiplier,
            parameters: plan.parameters,
            records_a_step: expected,
        })
    }
}

impl Gan {
    /// Classes of a batch that has as many examples of each.
    fn in_turn(&self) -> Vec<usize> {
        let classes = self.classes.len();
        let each = self.terms.batch.div_ceil(classes);
        (0..each * classes).map(|place| place % classes).collect()
    }

    /// The noisy means of an embedding over the records of each class, and how far they are to be trusted: the share of what is no noise in their squared length (James & Stein), were the features of a class all the same.
    fn means<R: Records>(
        &self,
        records: &Private<R>,
        account: &mut Account,
        moments: &Moments,
        embedding: &Embedding,
        write: &(impl for<'r> Fn(&R::Record<'r>, &mut [f32]) -> usize + Sync),
    ) -> Result<(Vec<Vec<f64>>, Vec<f64>), PrivacyError> {
        let width = self.head.width();
        let shape = (self.classes.len(), embedding.count());
        let purpose = "means of random features";
        let found = records.sums(account, purpose, moments.share, shape, |record, into| {
            let mut example = vec![0.0; width];
            let class = write(&record, &mut example);
            embedding.write(&example, into);
            class
        })?;
        let noise = embedding.count() as f64 * found.sd * found.sd;
        let trust = self.classes.iter().map(|&people| {
            let signal = people.max(0.0) * people.max(0.0);
            signal / (signal + noise).max(f64::MIN_POSITIVE)
        });
        let means = found.sums.iter().zip(&self.classes);
        let means = means.map(|(sum, &people)| sum.iter().map(|v| v / people.max(1.0)).collect());
        Ok((means.collect(), trust.collect()))
    }
}

/// Classes as common as they are.
pub(crate) struct Shares(Vec<f64>);

impl Shares {
    pub(crate) fn new(weights: &[f64]) -> Self {
        let mut sum = 0.0;
        let ends = weights.iter().map(|weight| {
            sum += weight.max(0.0);
            sum
        });
        Self(ends.collect())
    }

    pub(crate) fn draw(&self, random: &mut Stream) -> usize {
        let all = self.0.last().copied().unwrap_or(0.0);
        if all <= 0.0 {
            return random.below(self.0.len() as u64) as usize;
        }
        let at = random.uniform() * all;
        self.0
            .partition_point(|&end| end <= at)
            .min(self.0.len() - 1)
    }
}
