//! How a network learns: steps down the gradient on pictures that are changed each time, with a look at pictures it has not learned from now and then.

use population::stream::{Seed, Stream, Streams};
use rayon::prelude::*;

use crate::augment::{self, Augmentation};
use crate::error::VisionError;
use crate::examples::{Examples, Kind, Truth, UNKNOWN};
use crate::head::{self, Target};
use crate::lanes::LANES;
use crate::layers::{Back, Layers, MOST_OUTPUTS, Reading, Trace};
use crate::level::Level;
use crate::network::{Network, place};
use crate::optimiser::{self, Adam};
use crate::settings::{Points, Progress, Settings, Watch};

/// How often the validation pictures are looked at.
const LOOKS: usize = 20;

/// Fewest pictures to learn from.
const FEWEST: usize = 4;

/// How fast running statistics follow each group's.
const FOLLOW: f32 = 0.05;

/// A network, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// With the weights that did best on the validation pictures, or the last ones without any.
    pub network: Network,
    /// Steps that were taken.
    pub steps: usize,
    /// Why there were no more.
    pub ended: Ended,
    /// What was seen on the way.
    pub looks: Vec<Look>,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All steps were taken.
    Finished,
    /// The validation pictures were told no better for too long.
    NoImprovement,
    /// Whoever watched said so.
    Watch,
}

/// One look at the validation pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// After how many steps.
    pub step: usize,
    /// Their mean loss.
    pub loss: f64,
}

/// One group of examples and its room.
struct Group {
    trace: Trace,
    back: Back,
    cost: f64,
}

impl Network {
    /// Trains a network. The same examples and settings give the same bytes, on any number of threads and any processor.
    ///
    /// # Errors
    /// Examples that contradict themselves, settings out of range, fewer than four pictures to learn from, more than 2,048 names.
    pub fn train(
        examples: &Examples,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Trained, VisionError> {
        settings.check()?;
        examples.check()?;
        let outputs = 2 * examples.kind().names().len();
        if outputs > MOST_OUTPUTS {
            return Err(VisionError::new(
                format!(
                    "{} things to tell are more than {}",
                    outputs / 2,
                    MOST_OUTPUTS / 2
                ),
                "tell fewer",
            ));
        }
        let mut random = stream(settings.seed, 0, "vision/split");
        let mut order = shuffled(examples.len(), &mut random);
        order.retain(|&at| examples.is_known(at));
        let aside = (order.len() as f64 * settings.validation).round() as usize;
        let validation = examples.at(&order[..aside]);
        order.drain(..aside);
        order.sort_unstable();
        if order.len() < FEWEST {
            return Err(VisionError::new(
                format!(
                    "{} pictures are too few to learn from: {FEWEST} are the fewest",
                    order.len()
                ),
                "make more of them, or keep fewer for validation",
            ));
        }
        Training::new(examples, &order, &validation, settings).run(watch)
    }

    /// A network that knows nothing yet of what these examples are about.
    fn new(examples: &Examples, learned: &[usize], settings: &Settings) -> Self {
        let kind = examples.kind();
        let names = kind.names().len();
        let (reading, outputs) = match (&kind, settings.points) {
            (Kind::Landmarks { .. }, Points::Maps) => (Reading::Maps(2), names),
            (Kind::Landmarks { .. }, Points::Numbers) => (Reading::All, 2 * names),
            (Kind::Segments(_), _) => (Reading::Maps(3), names),
            (Kind::Class(_), _) => (Reading::Means, names),
            (Kind::Numbers(_), _) => (Reading::All, names),
        };
        let mut random = stream(settings.seed, 0, "vision/weights");
        let layers = Layers::new(settings.side, settings.width, reading, outputs, &mut random);
        let mut spread = Vec::new();
        if let Truth::Numbers { of, .. } = &examples.truth {
            for name in 0..names {
                spread.push(mean_and_sd(
                    learned.iter().map(|&at| f64::from(of[at * names + name])),
                ));
            }
        }
        Self {
            kind,
            layers,
            spread,
        }
    }
}

/// Of the finite ones; a standard deviation of 1 where there is none.
fn mean_and_sd(numbers: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let known = numbers.filter(|n| n.is_finite());
    let count = known.clone().count().max(1) as f64;
    let mean = known.clone().sum::<f64>() / count;
    let sd = (known.map(|n| (n - mean) * (n - mean)).sum::<f64>() / count).sqrt();
    [mean, if sd > 0.0 { sd } else { 1.0 }]
}

fn stream(seed: Seed, index: u64, purpose: &str) -> Stream {
    Streams::new(seed, index).stream(purpose)
}

/// The numbers below `count` in a random order.
fn shuffled(count: usize, random: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last, random.below(last as u64 + 1) as usize);
    }
    order
}

/// Weights of classes among segments: rare ones count more, by the root of how rare they are.
fn balance(examples: &Examples, learned: &[usize]) -> Vec<f32> {
    let Truth::Segments { names, of } = &examples.truth else {
        return vec![1.0; examples.kind().names().len()];
    };
    let square = examples.side * examples.side;
    let mut counts = vec![0_u64; names.len()];
    for &at in learned {
        for &class in &of[at * square..(at + 1) * square] {
            if class != UNKNOWN {
                counts[usize::from(class)] += 1;
            }
        }
    }
    let mut seen: Vec<u64> = counts.iter().copied().filter(|&c| c > 0).collect();
    seen.sort_unstable();
    let usual = seen.get(seen.len() / 2).copied().unwrap_or(1) as f64;
    let weight = |&count: &u64| (usual / (count as f64).max(1.0)).sqrt().clamp(0.3, 4.0) as f32;
    counts.iter().map(weight).collect()
}

struct Training<'a> {
    examples: &'a Examples,
    learned: &'a [usize],
    validation: &'a Examples,
    settings: &'a Settings,
    level: Level,
    network: Network,
    balance: Vec<f32>,
    order: Vec<usize>,
    round: usize,
}

impl<'a> Training<'a> {
    fn new(
        examples: &'a Examples,
        learned: &'a [usize],
        validation: &'a Examples,
        settings: &'a Settings,
    ) -> Self {
        Self {
            examples,
            learned,
            validation,
            settings,
            level: Level::detect(),
            network: Network::new(examples, learned, settings),
            balance: balance(examples, learned),
            order: Vec::new(),
            round: 0,
        }
    }

    fn run(mut self, watch: &dyn Watch) -> Result<Trained, VisionError> {
        let Settings {
            steps,
            batch,
            rate,
            patience,
            ..
        } = *self.settings;
        let mut groups: Vec<Group> = (0..batch / LANES)
            .map(|_| {
                let trace = self.network.layers.trace();
                let back = self.network.layers.back(&trace);
                Group {
                    trace,
                    back,
                    cost: 0.0,
                }
            })
            .collect();
        let mut adam = Adam::new(groups[0].back.gradients.iter().map(Vec::len));
        let mut looks: Vec<Look> = Vec::new();
        let mut best: Option<(f64, Layers)> = None;
        let mut since = 0;
        let (mut taken, mut ended) = (0, Ended::Finished);
        while taken < steps {
            let cost = self.step(
                &mut groups,
                &mut adam,
                taken,
                optimiser::rate(taken, steps, rate),
            );
            taken += 1;
            let due = taken == steps || taken * LOOKS / steps > (taken - 1) * LOOKS / steps;
            let mut progress = Progress {
                step: taken,
                steps,
                cost,
                validation: None,
            };
            if due {
                self.look(taken, &mut looks, &mut best, &mut since)?;
            }
            progress.validation = looks.last().map(|look| look.loss);
            if watch.step(&progress).is_break() {
                if looks.last().is_none_or(|look| look.step < taken) {
                    self.look(taken, &mut looks, &mut best, &mut since)?;
                }
                if taken < steps {
                    ended = Ended::Watch;
                }
                break;
            }
            if since > patience {
                ended = Ended::NoImprovement;
                break;
            }
        }
        if let Some((_, layers)) = best {
            self.network.layers = layers;
        }
        Ok(Trained {
            network: self.network,
            steps: taken,
            ended,
            looks,
        })
    }

    /// Looks at the validation pictures, if there are some, and keeps the weights if they are the best so far.
    fn look(
        &self,
        step: usize,
        looks: &mut Vec<Look>,
        best: &mut Option<(f64, Layers)>,
        since: &mut usize,
    ) -> Result<(), VisionError> {
        if self.validation.is_empty() {
            return Ok(());
        }
        let losses = self.network.costs(self.validation)?;
        let loss = losses.iter().sum::<f64>() / losses.len() as f64;
        looks.push(Look { step, loss });
        if best.as_ref().is_none_or(|(least, _)| loss < *least) {
            *best = Some((loss, self.network.layers.clone()));
            *since = 0;
        } else {
            *since += 1;
        }
        Ok(())
    }

    /// The picture in a slot of the endless row of pictures: all of them in one order, then all in another.
    fn picture(&mut self, slot: usize) -> usize {
        let count = self.learned.len();
        let round = slot / count;
        if self.order.is_empty() || round != self.round {
            let mut random = stream(self.settings.seed, round as u64, "vision/order");
            self.order = shuffled(count, &mut random);
            self.round = round;
        }
        self.learned[self.order[slot % count]]
    }

    /// One step; what its pictures cost in the mean.
    fn step(&mut self, groups: &mut [Group], adam: &mut Adam, step: usize, rate: f64) -> f64 {
        let batch = self.settings.batch;
        let slots: Vec<usize> = (step * batch..(step + 1) * batch).collect();
        let pictures: Vec<usize> = slots.iter().map(|&slot| self.picture(slot)).collect();
        let turned = self.network.layers.turned();
        let (examples, settings, level) = (self.examples, self.settings, self.level);
        let (network, balance) = (&self.network, &self.balance);
        let work = groups
            .par_iter_mut()
            .zip(pictures.par_chunks(LANES))
            .zip(slots.par_chunks(LANES));
        work.for_each(|((group, pictures), slots)| {
            let Group { trace, back, cost } = group;
            let cells = trace.answers.side;
            let mut targets = Vec::with_capacity(LANES);
            for (lane, (&picture, &slot)) in pictures.iter().zip(slots).enumerate() {
                let mut random = stream(settings.seed, slot as u64, "vision/augmentation");
                let how: &Augmentation = &settings.augmentation;
                let (seen, target) =
                    augment::moved(examples, picture, settings.side, cells, how, &mut random);
                place(&seen, settings.side, lane, &mut trace.input);
                targets.push(network.standardised(target));
            }
            network.layers.forward(level, trace, true);
            let weight = 1.0 / batch as f32;
            let names = network.outputs();
            *cost = head::judge(
                level,
                &trace.answers,
                &targets,
                names,
                balance,
                weight,
                &mut back.answers,
            );
            network.layers.backward(level, &turned, trace, back);
        });
        let (first, others) = groups.split_at_mut(1);
        let Group { trace, back, cost } = &mut first[0];
        let mut cost = *cost;
        for other in others.iter() {
            cost += other.cost;
            for (sum, part) in back.gradients.iter_mut().zip(&other.back.gradients) {
                for (sum, part) in sum.iter_mut().zip(part) {
                    *sum += part;
                }
            }
        }
        adam.step(self.network.layers.learned(), &back.gradients, rate as f32);
        self.network.layers.follow(trace, FOLLOW);
        for other in others {
            self.network.layers.follow(&other.trace, FOLLOW);
        }
        cost
    }
}

impl Network {
    /// How many of the last layer's outputs mean something.
    pub(crate) fn outputs(&self) -> usize {
        self.kind.names().len()
    }

    /// A target as the layers know it: numbers less their mean, in standard deviations; points as numbers where they are told so.
    pub(crate) fn standardised(&self, target: Target) -> Target {
        match target {
            Target::Numbers(mut numbers) => {
                for (number, [mean, sd]) in numbers.iter_mut().zip(&self.spread) {
                    *number = ((f64::from(*number) - mean) / sd) as f32;
                }
                Target::Numbers(numbers)
            }
            Target::Points(points) if self.layers.reading == Reading::All => Target::Numbers(
                points
                    .into_iter()
                    .flat_map(|(at, known)| {
                        at.map(|s| {
                            if known {
                                (s - 0.5) * POINT_SCALE
                            } else {
                                f32::NAN
                            }
                        })
                    })
                    .collect(),
            ),
            other => other,
        }
    }
}

/// Points that are told as numbers: units of a share of the view's side.
pub(crate) const POINT_SCALE: f32 = 4.0;
