//! What goes with what, learned by a network instead of by counts: a generator of rows whose discriminator is trained by DP-SGD, or by votes of teachers (`neural`).
//!
//! A generator cannot be asked for what goes with a given value, and a model must. So rows are drawn from the generator, which are nobody's, and the joint distribution of those is counted
//! as precisely as a graphical model can hold it. It is there for who wants to compare: counts (AIM) are the better way to learn a table of few columns.

use marginals::aim::{self, Learned, Settings};
use marginals::mst;
use neural::{Dense, Gan, GanError, Head, Terms, Votes};
use population::stream::{Purpose, Seed, Streams};
use privacy::{Account, Codes, PrivacyError, Private, Unit};

/// Rows that a step reads, about, and the largest part of all rows.
const BATCH: f64 = 512.0;
const MOST_RATE: f64 = 0.1;
/// Steps of the discriminator.
const STEPS: u32 = 2_000;
/// Rows that a teacher should have, and the most teachers.
const ROWS_OF_A_TEACHER: f64 = 250.0;
const MOST_TEACHERS: f64 = 64.0;
/// Rounds of votes, and what is asked in each.
const ROUNDS: u32 = 60;
const QUESTIONS: usize = 32;
/// Share of the budget for the number of rows, once more.
const SHARE: f64 = 0.005;
/// Share of the budget that columns, values and ranges may have cost, and that is not left for training.
const BEFORE: f64 = 0.4;
/// Rows that are drawn from the generator.
const DRAWN: u64 = 65_536;
/// ε at which counts of made rows are as good as exact. They are nobody's, so it is part of no promise.
const PRECISE: f64 = 10_000.0;

/// How the discriminator learns of rows, and in how many steps or rounds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lesson {
    /// From noisy sums of their gradients.
    Gradients(Option<u32>),
    /// From noisy votes of teachers.
    Votes(Option<u32>),
}

/// Learns the joint distribution of coded rows with all that is left of the budget. `sizes` is the number of values of each attribute.
pub(super) fn learn(
    coded: &Private<Codes>,
    sizes: &[usize],
    account: &mut Account,
    people: f64,
    lesson: Lesson,
    seed: Seed,
) -> Result<Learned, PrivacyError> {
    let steps = match lesson {
        Lesson::Gradients(steps) => steps,
        Lesson::Votes(_) => None,
    };
    let gan = Gan {
        terms: Terms {
            rate: (BATCH / people.max(1.0)).min(MOST_RATE),
            steps: steps.unwrap_or(STEPS),
            per_generator_step: 2,
            clip: 1.0,
            share: SHARE,
            before: BEFORE,
            judging: vec![64, 64],
            making: vec![128, 128],
            latent: 64,
            batch: 512,
            rates: [1e-3, 1e-3],
            moments: None,
        },
        head: Head::Choices(sizes.to_vec()),
        basis: None,
        classes: vec![1.0],
        seed,
    };
    let firsts: Vec<usize> = sizes
        .iter()
        .scan(0, |sum, &size| {
            let first = *sum;
            *sum += size;
            Some(first)
        })
        .collect();
    let write = |codes: &&[u8], numbers: &mut [f32]| {
        for (first, &code) in firsts.iter().zip(*codes) {
            if let Some(one) = numbers.get_mut(first + usize::from(code)) {
                *one = 1.0;
            }
        }
        0
    };
    let wrong = |error| match error {
        GanError::Privacy(error) => error,
        // The terms above make a network of any table with a column.
        _ => PrivacyError::NoCandidates,
    };
    let generator: Dense = match lesson {
        Lesson::Gradients(_) => {
            gan.train(coded, account, write, |_, _| ())
                .map_err(wrong)?
                .generator
        }
        Lesson::Votes(rounds) => {
            let votes = Votes {
                teachers: (people / ROWS_OF_A_TEACHER).clamp(2.0, MOST_TEACHERS) as usize,
                rounds: rounds.unwrap_or(ROUNDS),
                questions: QUESTIONS,
            };
            gan.train_by_votes(votes, coded, account, write, |_, _| ())
                .map_err(wrong)?
        }
    };
    if !generator.is_consistent() {
        return Err(PrivacyError::Plan(
            "the network came to nothing: it was trained with too much noise",
        ));
    }
    let purpose = Purpose::new("table/network");
    let mut codes = Vec::with_capacity(DRAWN as usize * sizes.len());
    for row in 0..DRAWN {
        let mut stream = Streams::new(seed, row).stream_for(&purpose);
        let latent: Vec<f32> = (0..generator.latent)
            .map(|_| stream.normal() as f32)
            .collect();
        let shares = generator.make(&latent, 0);
        for (&first, &size) in firsts.iter().zip(sizes) {
            let mut at = stream.uniform() as f32;
            let drawn = shares[first..first + size].iter().position(|share| {
                at -= share;
                at < 0.0
            });
            codes.push(drawn.unwrap_or(size - 1) as u8);
        }
    }
    let made = Private::new(Codes::new(codes, sizes.len()), "made rows");
    let mut nobodys = Account::open("made rows", Unit::Row, PRECISE, 1e-9)?;
    let settings = Settings::default();
    let learned = if sizes.len() <= super::MOST_ROUNDS {
        aim::learn(&made, sizes, &mut nobodys, &[], &settings)?
    } else {
        mst::learn(&made, sizes, &mut nobodys, &[], &settings)?
    };
    Ok(Learned {
        people,
        measured: Vec::new(),
        ..learned
    })
}
