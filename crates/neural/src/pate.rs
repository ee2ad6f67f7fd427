//! PATE-GAN (Jordon, Yoon & van der Schaar 2019), with its budget counted.
//!
//! Teachers tell real from made, each by records of its own; a student learns from noisy votes of theirs on made examples, and the generator from the student. Every vote costs the same, sure
//! or not, and all votes of all rounds are counted together. (Published implementations count less than they spend: Ganev, Annamalai & De Cristofaro 2024.)

use burn::tensor::Device;
use population::stream::Streams;
use privacy::{Account, Outer, Private, Records};

use crate::adam::adam;
use crate::dense::Dense;
use crate::discriminator::{Discriminator, Examples, numbers};
use crate::gan::{Gan, GanError, Shares};
use crate::generator::Generator;

/// Real examples that a teacher looks at in a round, at most.
const LESSON: usize = 64;
/// Steps of a teacher in a round.
const LESSONS: usize = 4;
/// Steps of the student in a round, and of the generator.
const HOMEWORK: usize = 8;
/// Longer gradients are shortened, against overflow; no privacy hangs on it.
const CLIP: f64 = 1e9;

/// Who teaches, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Votes {
    /// Teachers, among whom records are dealt out: many for a clear vote beside the noise, each with enough records to learn from.
    pub teachers: usize,
    /// Rounds of teaching, voting and making.
    pub rounds: u32,
    /// Made examples that are voted on in a round.
    pub questions: usize,
}

impl Gan {
    /// Trains by votes of teachers with all that is left of the budget. [`Terms`](crate::Terms) give the networks' widths, the latent numbers and the rates; no gradient of a record is released, so
    /// nothing is clipped or sampled. `write` as for [`Gan::train`].
    ///
    /// # Errors
    ///
    /// A budget that does not suffice; terms that make no network.
    pub fn train_by_votes<R: Records>(
        &self,
        votes: Votes,
        records: &Private<R>,
        account: &mut Account,
        write: impl for<'r> Fn(&R::Record<'r>, &mut [f32]) -> usize + Sync,
        mut progress: impl FnMut(u32, u32),
    ) -> Result<Dense, GanError> {
        let terms = &self.terms;
        let (width, count) = (self.head.width(), self.classes.len());
        if count == 0 || width == 0 || terms.latent == 0 || votes.questions < 2 || votes.rounds == 0
        {
            return Err(GanError::Terms(
                "votes need a class, a width, a latent number, a round and two questions",
            ));
        }
        let basis = self.basis.as_ref();
        if basis.is_some_and(|basis| !basis.fits(width)) {
            return Err(GanError::Terms(
                "the patterns have not as many numbers as an example has",
            ));
        }
        let device = Device::flex();
        let streams = Streams::new(self.seed, 0);
        let mut random = streams.stream("neural/pate");
        let mut judge =
            || Discriminator::new(width, basis, count, &terms.judging, &mut random, &device);
        let teachers: Vec<Discriminator> = (0..votes.teachers).map(|_| judge()).collect();
        let mut student = judge();
        let mut maker = Generator::new(
            terms.latent,
            count,
            &terms.making,
            self.head.clone(),
            basis,
            &mut random,
            &device,
        );
        let mut teachers = records.teachers(account, "teachers' lessons", teachers)?;
        let share = account.left() / f64::from(votes.rounds);
        let shares = Shares::new(&self.classes);
        let adam = adam();
        let row = width + count;
        let half = teachers.len() as f64 / 2.0;
        for round in 0..votes.rounds {
            let falling = 1.0 - 0.9 * f64::from(round) / f64::from(votes.rounds);
            let mut make = |maker: &Generator, many: usize| {
                let classes: Vec<usize> = (0..many).map(|_| shares.draw(&mut random)).collect();
                maker.make(maker.inputs(&classes, &mut random), &device)
            };
            let made = make(&maker, LESSON);
            let start = round as usize * LESSONS * LESSON;
            teachers.learn(|teacher, team| {
                let many = team.len();
                // A teacher that no record fell to knows nothing, and votes as it was made.
                if many == 0 {
                    return;
                }
                for lesson in 0..LESSONS {
                    let places = LESSON.min(many);
                    let mut rows = vec![0.0; row * places];
                    for (place, row) in rows.chunks_exact_mut(row).enumerate() {
                        let record = team.record((start + lesson * LESSON + place) % many);
                        let class = write(&record, &mut row[..width]);
                        if let Some(one) = row[width..].get_mut(class) {
                            *one = 1.0;
                        }
                    }
                    let real = Examples::new(rows, width, count, &device);
                    step(
                        teacher,
                        &adam,
                        terms.rates[0] * falling,
                        &[(&real, true), (&made, false)],
                    );
                }
            });
            let asked = make(&maker, votes.questions);
            let yes = teachers.votes(
                account,
                "teachers' votes",
                share,
                votes.questions,
                |teacher| {
                    let scores = numbers(teacher.scores(&asked));
                    scores.into_iter().map(|score| score > 0.0).collect()
                },
            )?;
            let real: Vec<bool> = yes.iter().map(|&yes| yes as f64 > half).collect();
            for _ in 0..HOMEWORK {
                let mut gradient = Outer::clipped_sum(&student.parts_as(&asked, &real), CLIP);
                let each = 1.0 / votes.questions as f64;
                gradient.iter_mut().flatten().for_each(|sum| *sum *= each);
                student.step(&adam, terms.rates[0] * falling, gradient);
                let classes: Vec<usize> =
                    (0..terms.batch).map(|_| shares.draw(&mut random)).collect();
                let inputs = maker.inputs(&classes, &mut random);
                let rate = terms.rates[1] * falling;
                maker.step(Some(&student), None, inputs, &adam, rate, &device);
            }
            progress(round + 1, votes.rounds);
        }
        let classes: Vec<usize> = (0..4_096).map(|_| shares.draw(&mut random)).collect();
        Ok(maker.finished(&classes, &mut random))
    }
}

/// One step on real and made examples, the mean of each.
fn step(
    judge: &mut Discriminator,
    adam: &burn::optim::Adam,
    rate: f64,
    batches: &[(&Examples, bool)],
) {
    let mut gradient: Vec<Vec<f64>> = Vec::new();
    for &(examples, real) in batches {
        let each = 1.0 / (examples.numbers.dims()[0].max(1) as f64);
        let sums = Outer::clipped_sum(&judge.parts(examples, real), CLIP);
        if gradient.is_empty() {
            gradient = sums.iter().map(|sum| vec![0.0; sum.len()]).collect();
        }
        for (gradient, sum) in gradient.iter_mut().flatten().zip(sums.iter().flatten()) {
            *gradient += each * sum;
        }
    }
    judge.step(adam, rate, gradient);
}
