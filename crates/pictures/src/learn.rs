//! Learning a population of pictures.

use neural::{Basis, Gan, GanError, Head, Moments, Terms};
use population::stream::Seed;
use privacy::{Account, PrivacyError, Unit};

use crate::error::PictureError;
use crate::model::PictureModel;
use crate::source::{Gallery, Opened};

/// Share of the budget for the number of pictures of each class, and again for how many a step reads.
const SHARE: f64 = 0.0005;
/// Pictures that a step reads, about, where there are enough.
const BATCH: f64 = 1_024.0;
/// The largest part of all pictures that a step reads.
const MOST_RATE: f64 = 0.125;
/// Steps of the discriminator.
const STEPS: u32 = 600;
/// What is told once, and matched: most of what a classifier learns from made pictures is there. Fewer features tell less, and more of them have more noise together.
const MOMENTS: Moments = Moments {
    features: 2_000,
    share: 0.3,
    steps: 1_500,
    rate: 2e-3,
    weight: 10.0,
};

/// What is promised, and how long it may take.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// ε, above 0.
    pub epsilon: f64,
    /// δ, far below one in all pictures, above 0.
    pub delta: f64,
    /// Steps of the discriminator; none for as many as serve 28 × 28 pixels well. More take longer, with more noise in each.
    pub steps: Option<u32>,
}

/// A model, and how it came to be.
#[derive(Debug)]
pub struct Learned {
    /// The model.
    pub model: PictureModel,
    /// About how many pictures there are.
    pub pictures: f64,
    /// Noise on each number of a step's sum, as a multiple of what one picture can add to it.
    pub noise_multiplier: f64,
    /// Pictures that a step read, about.
    pub pictures_a_step: f64,
    /// Steps of the discriminator.
    pub steps: u32,
}

/// Learns pictures under (ε, δ)-differential privacy, each picture protected by itself.
///
/// A generator never sees a picture. It matches means of random features of the pictures of each class, which are told once with noise (Harder, Adamczewski & Park 2021); then a discriminator judges it, too, which sees samples of pictures,
/// and the sum of their clipped gradients with noise is all that it learns from (DP-SGD with a generator: Xie et al. 2018; many steps of the discriminator for each of the generator: Bie, Kamath & Zhang 2023). What the steps
/// cost is worked out from privacy-loss distributions. Not reproducible, since noise is not. `progress` is told steps done and all steps, of the generator before and of the discriminator then.
///
/// # Errors
///
/// ε or δ that promise nothing; too few pictures.
pub fn learn(
    opened: Opened,
    promise: &Promise,
    seed: Seed,
    progress: impl FnMut(u32, u32),
) -> Result<Learned, PictureError> {
    let refused = |error: PrivacyError| PictureError::new(error.to_string(), error.hint());
    let Opened {
        mut gallery,
        width,
        height,
        classes,
        public,
    } = opened;
    let name = gallery.about().name.clone();
    let mut account =
        Account::open(&name, Unit::Row, promise.epsilon, promise.delta).map_err(refused)?;
    if account.is_pure() {
        return Err(refused(PrivacyError::StepsNeedDelta));
    }
    account.take_as_public(&name, &public);
    let private = gallery.behind(
        &mut account,
        "pictures as they are",
        |gallery: &mut Gallery| Ok::<_, PictureError>(gallery.clone()),
    )?;
    let counted = private
        .tally(classes.len(), |(_, class)| Some(usize::from(class)))
        .release(&mut account, "how many pictures each class has", SHARE)
        .map_err(refused)?;
    let shares: Vec<f64> = counted
        .counts
        .iter()
        .map(|&count| count.max(0) as f64)
        .collect();
    let pictures: f64 = shares.iter().sum();
    if promise.delta * pictures >= 1.0 {
        return Err(PictureError::new(
            format!(
                "δ is {}, and with about {pictures:.0} pictures it must be less than one in all of them",
                promise.delta
            ),
            "give a number far below 1 ÷ (number of pictures), such as 1e-6",
        ));
    }
    let least = (100.0 * counted.sd).max(1_000.0);
    if pictures < least {
        return Err(PictureError::new(
            format!(
                "there are about {pictures:.0} pictures, and with this ε at least {least:.0} are needed to learn anything but noise"
            ),
            "give more ε, or more pictures",
        ));
    }
    let steps = promise.steps.unwrap_or(STEPS);
    let gan = Gan {
        terms: Terms {
            rate: (BATCH / pictures).min(MOST_RATE),
            steps,
            per_generator_step: 2,
            clip: 1.0,
            share: SHARE,
            before: 2.0 * SHARE + MOMENTS.share,
            judging: vec![64, 64],
            making: vec![256, 256],
            latent: 64,
            batch: 1_024,
            rates: [1e-3, 1e-3],
            moments: Some(Moments {
                // As many for each of the discriminator, where it takes fewer than usual.
                steps: MOMENTS.steps.min(5 * steps / 2),
                ..MOMENTS
            }),
        },
        head: Head::Brightness(width * height),
        basis: Some(waves(width, height)),
        classes: shares.clone(),
        seed,
    };
    let write = |&(pixels, class): &(&[u8], u8), into: &mut [f32]| {
        for (number, &pixel) in into.iter_mut().zip(pixels) {
            *number = f32::from(pixel) / 127.5 - 1.0;
        }
        usize::from(class)
    };
    let trained =
        gan.train(&private, &mut account, write, progress)
            .map_err(|error| match error {
                GanError::Privacy(error) => refused(error),
                other => PictureError::new(other.to_string(), "this is a mistake of the program"),
            })?;
    if !trained.generator.is_consistent() {
        return Err(PictureError::new(
            "the network came to nothing: it was trained with too much noise",
            "give more ε, or more pictures",
        ));
    }
    let model = PictureModel {
        width,
        height,
        classes,
        shares,
        generator: trained.generator,
        ledger: account.into_ledger(),
    };
    Ok(Learned {
        model,
        pictures,
        noise_multiplier: trained.noise_multiplier,
        pictures_a_step: trained.records_a_step,
        steps,
    })
}

/// The longer waves of the cosine transform: of both directions' frequencies together at most half of what pixels can show.
///
/// Pictures have less of a wave the shorter it is, about in proportion to its length (Field 1987), and more of the shortest is noise; so those are neither judged nor made.
fn waves(width: usize, height: usize) -> Basis {
    let wave = |length: usize, frequency: usize| -> Vec<f32> {
        let scale = if frequency == 0 { 1.0 } else { 2.0 };
        let scale = f64::sqrt(scale / length as f64);
        let turn = std::f64::consts::PI * frequency as f64 / length as f64;
        (0..length)
            .map(|at| (scale * libm::cos(turn * (at as f64 + 0.5))) as f32)
            .collect()
    };
    let mut basis = Basis {
        features: 0,
        patterns: Vec::new(),
        usual: Vec::new(),
    };
    for down in 0..height {
        for across in 0..width {
            let (x, y) = (
                2.0 * across as f64 / width as f64,
                2.0 * down as f64 / height as f64,
            );
            if x * x + y * y > 1.0 {
                continue;
            }
            let (columns, rows) = (wave(width, across), wave(height, down));
            let pattern = rows.iter().flat_map(|y| columns.iter().map(move |x| x * y));
            basis.patterns.extend(pattern);
            basis.features += 1;
            // Of a picture whose pixels are ±1 the longest wave is at most the root of their number.
            let frequency = libm::hypot(across as f64, down as f64);
            let most = libm::sqrt((width * height) as f64);
            basis.usual.push((0.5 * most / (1.0 + frequency)) as f32);
        }
    }
    basis
}
