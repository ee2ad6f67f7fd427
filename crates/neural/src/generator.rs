//! The generator while it is trained.

use burn::optim::Adam;
use burn::tensor::{Device, Tensor, TensorData};
use population::stream::Stream;

use crate::adam::Moved;
use crate::basis::Basis;
use crate::dense::{Dense, Layer};
use crate::discriminator::{Discriminator, Examples, numbers};
use crate::embedding::Target;
use crate::head::Head;
use crate::random::normals;

/// What keeps a variance of 0 from being divided by.
const LEAST_VARIANCE: f32 = 1e-5;
/// Examples that the finished network's mean and variance come from.
const SETTLING: usize = 4_096;
/// How much of a step's weights the moving average takes in.
const AVERAGED: f32 = 0.02;

/// A fully connected network with normalisation over the batch (Ioffe & Szegedy 2015) before each rectifier. It never sees a real record, so batches tell nothing.
pub(crate) struct Generator {
    hidden: Vec<(Moved<2>, Moved<1>, Moved<1>)>,
    last: (Moved<2>, Moved<1>),
    latent: usize,
    classes: usize,
    head: Head,
    /// features × numbers, where the last layer puts out amounts of patterns.
    synthesis: Option<(Vec<f32>, Tensor<2>)>,
    /// Moving averages of all weights, in the order of [`Generator::values`], which make better examples than any moment's.
    average: Vec<Vec<f32>>,
}

fn rectified(x: Tensor<2>) -> Tensor<2> {
    x.clamp_min(0.0)
}

/// Minus mean, by standard deviation, over the batch.
fn normalised(x: Tensor<2>) -> Tensor<2> {
    let centred = x.clone() - x.mean_dim(0);
    let variance = (centred.clone() * centred.clone()).mean_dim(0);
    centred / (variance + LEAST_VARIANCE).sqrt()
}

impl Generator {
    pub(crate) fn new(
        latent: usize,
        classes: usize,
        hidden: &[usize],
        head: Head,
        basis: Option<&Basis>,
        random: &mut Stream,
        device: &Device,
    ) -> Self {
        let mut inputs = latent + classes;
        let mut matrix = |outputs: usize| {
            let sd = (2.0 / inputs as f32).sqrt();
            let weights = TensorData::new(normals(random, inputs * outputs, sd), [inputs, outputs]);
            inputs = outputs;
            Moved::new(Tensor::from_data(weights, device))
        };
        let hidden = hidden
            .iter()
            .map(|&outputs| {
                (
                    matrix(outputs),
                    Moved::new(Tensor::ones([outputs], device)),
                    Moved::new(Tensor::zeros([outputs], device)),
                )
            })
            .collect();
        let width = basis.map_or(head.width(), |basis| basis.features);
        let last = (matrix(width), Moved::new(Tensor::zeros([width], device)));
        let synthesis = basis.map(|basis| {
            let numbers = basis.synthesis();
            let shape = [width, head.width()];
            let tensor = Tensor::from_data(TensorData::new(numbers.clone(), shape), device);
            (numbers, tensor)
        });
        let mut generator = Self {
            hidden,
            last,
            latent,
            classes,
            head,
            synthesis,
            average: Vec::new(),
        };
        generator.average = generator.values();
        generator
    }

    /// Inputs for a batch: normal numbers, then the class.
    pub(crate) fn inputs(&self, classes: &[usize], random: &mut Stream) -> Vec<f32> {
        let width = self.latent + self.classes;
        let mut inputs = vec![0.0; width * classes.len()];
        for (row, &class) in inputs.chunks_exact_mut(width).zip(classes) {
            for value in &mut row[..self.latent] {
                *value = random.normal() as f32;
            }
            row[self.latent + class] = 1.0;
        }
        inputs
    }

    /// A batch of made examples, without gradients.
    pub(crate) fn make(&self, inputs: Vec<f32>, device: &Device) -> Examples {
        let weights = |w: &Moved<2>| w.value.clone();
        let hidden: Vec<_> = self
            .hidden
            .iter()
            .map(|(w, gain, shift)| (weights(w), gain.value.clone(), shift.value.clone()))
            .collect();
        let last = (weights(&self.last.0), self.last.1.value.clone());
        self.forward(inputs, &hidden, last, device)
    }

    fn forward(
        &self,
        inputs: Vec<f32>,
        hidden: &[(Tensor<2>, Tensor<1>, Tensor<1>)],
        last: (Tensor<2>, Tensor<1>),
        device: &Device,
    ) -> Examples {
        let width = self.latent + self.classes;
        let count = inputs.len() / width;
        let inputs = Tensor::<2>::from_data(TensorData::new(inputs, [count, width]), device);
        let classes = inputs.clone().narrow(1, self.latent, self.classes);
        let mut state = inputs;
        for (weights, gain, shift) in hidden {
            let sum = normalised(state.matmul(weights.clone()));
            state = rectified(sum * gain.clone().unsqueeze() + shift.clone().unsqueeze());
        }
        let amounts = state.matmul(last.0) + last.1.unsqueeze();
        let last = match &self.synthesis {
            Some((_, patterns)) => amounts.matmul(patterns.clone()),
            None => amounts,
        };
        Examples {
            numbers: self.head.of(last),
            classes,
        }
    }

    /// Moves so that the discriminator takes more of a batch for real, by the non-saturating loss (Goodfellow et al. 2014), and so that means of the batch, which has as many examples of each class, come nearer to a target with a weight.
    pub(crate) fn step(
        &mut self,
        discriminator: Option<&Discriminator>,
        target: Option<(&Target, f64)>,
        inputs: Vec<f32>,
        adam: &Adam,
        rate: f64,
        device: &Device,
    ) {
        let learned = |w: &Moved<2>| w.value.clone().autodiff().require_grad();
        let shifted = |b: &Moved<1>| b.value.clone().autodiff().require_grad();
        let hidden: Vec<_> = self
            .hidden
            .iter()
            .map(|(w, gain, shift)| (learned(w), shifted(gain), shifted(shift)))
            .collect();
        let last = (learned(&self.last.0), shifted(&self.last.1));
        let made = self.forward(inputs, &hidden, last.clone(), device);
        let judged = discriminator.map(|discriminator| {
            let scores = discriminator.scores(&made);
            // ln (1 + e^−s), without overflow.
            let doubt =
                scores.clone().neg().clamp_min(0.0) + (scores.abs().neg().exp() + 1.0).log();
            doubt.mean()
        });
        let off = target.map(|(target, weight)| {
            target.distance(made.numbers.clone(), made.classes.clone()) * weight
        });
        let Some(loss) = [judged, off].into_iter().flatten().reduce(|a, b| a + b) else {
            return;
        };
        let mut gradients = loss.backward();
        let mut move_by = |moved: &mut Moved<2>, tensor: &Tensor<2>| {
            if let Some(gradient) = tensor.grad_remove(&mut gradients) {
                moved.step(adam, rate, gradient);
            }
        };
        for ((moved, _, _), (tensor, _, _)) in self.hidden.iter_mut().zip(&hidden) {
            move_by(moved, tensor);
        }
        move_by(&mut self.last.0, &last.0);
        let mut move_by = |moved: &mut Moved<1>, tensor: &Tensor<1>| {
            if let Some(gradient) = tensor.grad_remove(&mut gradients) {
                moved.step(adam, rate, gradient);
            }
        };
        for ((_, gain, shift), (_, gain_of, shift_of)) in self.hidden.iter_mut().zip(&hidden) {
            move_by(gain, gain_of);
            move_by(shift, shift_of);
        }
        move_by(&mut self.last.1, &last.1);
        let values = self.values();
        for (average, values) in self.average.iter_mut().zip(values) {
            for (average, value) in average.iter_mut().zip(values) {
                *average += AVERAGED * (value - *average);
            }
        }
    }

    /// All weights: of each hidden layer matrix, gain and shift, then of the last matrix and bias.
    fn values(&self) -> Vec<Vec<f32>> {
        let mut values = Vec::new();
        for (weights, gain, shift) in &self.hidden {
            values.push(numbers(weights.value.clone()));
            values.push(numbers(gain.value.clone()));
            values.push(numbers(shift.value.clone()));
        }
        values.push(numbers(self.last.0.value.clone()));
        values.push(numbers(self.last.1.value.clone()));
        values
    }

    /// The finished network: averaged weights, with the normalisation's mean and variance, of examples that it makes itself, put into them.
    pub(crate) fn finished(&self, classes: &[usize], random: &mut Stream) -> Dense {
        let classes: Vec<usize> = classes.iter().copied().cycle().take(SETTLING).collect();
        let width = self.latent + self.classes;
        let mut batch: Vec<Vec<f32>> = self
            .inputs(&classes, random)
            .chunks_exact(width)
            .map(<[f32]>::to_vec)
            .collect();
        let mut layers = Vec::new();
        let (hidden, last) = self.average.split_at(3 * self.hidden.len());
        for layer in hidden.chunks_exact(3) {
            let (weights, gain, shift) = (&layer[0], &layer[1], &layer[2]);
            let outputs = gain.len();
            let mut folded = Layer {
                weights: weights.clone(),
                bias: vec![0.0; outputs],
            };
            let sums: Vec<Vec<f32>> = batch.iter().map(|state| folded.of(state)).collect();
            for output in 0..outputs {
                let count = sums.len() as f32;
                let mean = sums.iter().map(|sum| sum[output]).sum::<f32>() / count;
                let square = |sum: &Vec<f32>| (sum[output] - mean) * (sum[output] - mean);
                let variance = sums.iter().map(square).sum::<f32>() / count;
                let factor = gain[output] / (variance + LEAST_VARIANCE).sqrt();
                for row in folded.weights.chunks_exact_mut(outputs) {
                    row[output] *= factor;
                }
                folded.bias[output] = shift[output] - mean * factor;
            }
            for state in &mut batch {
                *state = folded.of(state);
                for v in state.iter_mut() {
                    *v = v.max(0.0);
                }
            }
            layers.push(folded);
        }
        if let [weights, bias] = last {
            let numbers = |amounts: &[f32]| match &self.synthesis {
                Some((patterns, _)) => {
                    let patterns = Layer {
                        weights: patterns.clone(),
                        bias: vec![0.0; self.head.width()],
                    };
                    let rows = amounts.chunks_exact(bias.len());
                    rows.flat_map(|row| patterns.of(row)).collect()
                }
                None => amounts.to_vec(),
            };
            layers.push(Layer {
                weights: numbers(weights),
                bias: numbers(bias),
            });
        }
        Dense {
            layers,
            latent: self.latent,
            classes: self.classes,
            head: self.head.clone(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    #[test]
    fn the_finished_network_makes_what_the_one_in_training_did() {
        let device = Device::flex();
        let mut random = Streams::new(Seed(5), 0).stream("test");
        let basis = Basis {
            features: 3,
            patterns: normals(&mut random, 3 * 7, 0.5),
            usual: vec![1.0, 2.0, 0.5],
        };
        for (head, basis) in [
            (Head::Brightness(7), Some(&basis)),
            (Head::Choices(vec![2, 5]), None),
        ] {
            let maker = Generator::new(4, 2, &[16, 12], head, basis, &mut random, &device);
            let classes: Vec<usize> = (0..4_096).map(|place| place % 2).collect();
            let finished = maker.finished(&classes, &mut random);
            assert!(finished.is_consistent());
            let inputs = maker.inputs(&classes, &mut random);
            let batch = numbers(maker.make(inputs.clone(), &device).numbers);
            // Both normalise by 4,096 examples, but by other ones: means differ by a sixtieth of a deviation or so.
            let mut worst = 0.0_f32;
            for (place, inputs) in inputs.chunks_exact(6).enumerate().take(200) {
                let made = finished.make(&inputs[..4], classes[place]);
                for (a, b) in made.iter().zip(&batch[place * 7..]) {
                    worst = worst.max((a - b).abs());
                }
            }
            assert!(worst < 0.25 && worst > 0.0, "{worst}");
        }
    }
}
