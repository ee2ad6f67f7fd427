//! The discriminator: the only network that sees real records.

use burn::optim::Adam;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};
use population::stream::Stream;
use privacy::Outer;

use crate::adam::Moved;
use crate::basis::Basis;
use crate::random::normals;

/// How steep rectified outputs are below 0.
const LEAK: f32 = 0.2;

/// A fully connected network that says of an example and its class how real it looks: one score for each class, of which the example's own counts.
pub(crate) struct Discriminator {
    layers: Vec<(Moved<2>, Moved<1>)>,
    /// What an example's numbers are multiplied by before they are judged; see [`Basis::analysis`].
    view: Option<Tensor<2>>,
}

/// A batch of examples: numbers, and the class of each as zeros and a one.
#[derive(Clone)]
pub(crate) struct Examples {
    pub(crate) numbers: Tensor<2>,
    pub(crate) classes: Tensor<2>,
}

impl Examples {
    /// `rows` are the numbers of an example and then its class as zeros and a one.
    pub(crate) fn new(rows: Vec<f32>, width: usize, classes: usize, device: &Device) -> Self {
        let count = rows.len() / (width + classes).max(1);
        let rows = Tensor::from_data(TensorData::new(rows, [count, width + classes]), device);
        Self {
            classes: rows.clone().narrow(1, width, classes),
            numbers: rows.narrow(1, 0, width),
        }
    }
}

fn leaky(x: Tensor<2>) -> Tensor<2> {
    x.clone().clamp_min(0.0) * (1.0 - LEAK) + x * LEAK
}

/// The slope of [`leaky`] where its output is `h`: signs are the same.
fn slope(h: Tensor<2>) -> Tensor<2> {
    h.greater_elem(0.0).float() * (1.0 - LEAK) + LEAK
}

impl Discriminator {
    pub(crate) fn new(
        width: usize,
        basis: Option<&Basis>,
        classes: usize,
        hidden: &[usize],
        random: &mut Stream,
        device: &Device,
    ) -> Self {
        let view = basis.map(|basis| basis.analysis(device));
        let mut inputs = basis.map_or(width, |basis| basis.features) + classes;
        let mut layers = Vec::new();
        for (place, &outputs) in hidden.iter().chain(&[classes]).enumerate() {
            // He et al. 2015; the last layer begins nearly undecided.
            let last = place == hidden.len();
            let sd = (2.0 / inputs as f32).sqrt() * if last { 0.1 } else { 1.0 };
            let weights = TensorData::new(normals(random, inputs * outputs, sd), [inputs, outputs]);
            layers.push((
                Moved::new(Tensor::from_data(weights, device)),
                Moved::new(Tensor::zeros([outputs], device)),
            ));
            inputs = outputs;
        }
        Self { layers, view }
    }

    /// Weights and biases.
    pub(crate) fn parameters(&self) -> usize {
        let of = |(weights, bias): &(Moved<2>, Moved<1>)| {
            weights.value.shape().num_elements() + bias.value.shape().num_elements()
        };
        self.layers.iter().map(of).sum()
    }

    /// What goes into each layer, and all classes' scores.
    fn forward(&self, examples: &Examples) -> (Vec<Tensor<2>>, Tensor<2>) {
        let mut layers = Vec::with_capacity(self.layers.len());
        let numbers = examples.numbers.clone();
        let seen = match &self.view {
            Some(view) => numbers.matmul(view.clone()),
            None => numbers,
        };
        let mut state = Tensor::cat(vec![seen, examples.classes.clone()], 1);
        for (place, (weights, bias)) in self.layers.iter().enumerate() {
            layers.push(state.clone());
            let sum = state.matmul(weights.value.clone()) + bias.value.clone().unsqueeze();
            state = if place + 1 < self.layers.len() {
                leaky(sum)
            } else {
                sum
            };
        }
        (layers, state)
    }

    /// How real examples look, as log odds, one for each; with gradients if the examples have some.
    pub(crate) fn scores(&self, examples: &Examples) -> Tensor<2> {
        let (_, scores) = self.forward(examples);
        (scores * examples.classes.clone()).sum_dim(1)
    }

    /// What each example adds to the gradient of every layer, for the cross-entropy of telling real from made.
    ///
    /// Backpropagation by hand, row by row: row `i` is made of example `i` alone.
    pub(crate) fn parts(&self, examples: &Examples, real: bool) -> Vec<Outer> {
        let count = examples.classes.dims()[0];
        self.parts_as(examples, &vec![real; count])
    }

    /// The same where each example is said to be real or made.
    pub(crate) fn parts_as(&self, examples: &Examples, real: &[bool]) -> Vec<Outer> {
        let (layers, scores) = self.forward(examples);
        let score = (scores * examples.classes.clone()).sum_dim(1);
        let target: Vec<f32> = real.iter().map(|&real| f32::from(u8::from(real))).collect();
        let target = TensorData::new(target, [real.len(), 1]);
        let target = Tensor::from_data(target, &score.device());
        let mut errors = examples.classes.clone() * (sigmoid(score) - target);
        let mut parts = Vec::with_capacity(self.layers.len());
        for (place, inputs) in layers.into_iter().enumerate().rev() {
            let below = if place > 0 {
                let weights = self.layers[place].0.value.clone().transpose();
                Some(errors.clone().matmul(weights) * slope(inputs.clone()))
            } else {
                None
            };
            parts.push(Outer {
                width: inputs.dims()[1],
                outputs: errors.dims()[1],
                inputs: numbers(inputs),
                errors: numbers(errors.clone()),
            });
            if let Some(below) = below {
                errors = below;
            }
        }
        parts.reverse();
        parts
    }

    /// Moves against a gradient: for each layer inputs × outputs numbers, then the bias.
    pub(crate) fn step(&mut self, adam: &Adam, rate: f64, gradient: Vec<Vec<f64>>) {
        for ((weights, bias), gradient) in self.layers.iter_mut().zip(gradient) {
            let [inputs, outputs] = weights.value.dims();
            let device = weights.value.device();
            let mut numbers: Vec<f32> = gradient.iter().map(|&v| v as f32).collect();
            let of_bias = numbers.split_off(inputs * outputs);
            let of_weights = TensorData::new(numbers, [inputs, outputs]);
            weights.step(adam, rate, Tensor::from_data(of_weights, &device));
            let of_bias = TensorData::new(of_bias, [outputs]);
            bias.step(adam, rate, Tensor::from_data(of_bias, &device));
        }
    }
}

/// A tensor's numbers, row after row.
pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use population::stream::{Seed, Streams};

    const WIDTH: usize = 6;
    const CLASSES: usize = 3;

    fn rows(count: usize, random: &mut Stream) -> Vec<f32> {
        let mut rows = Vec::new();
        for place in 0..count {
            rows.extend(normals(random, WIDTH, 1.0));
            rows.extend((0..CLASSES).map(|class| f32::from(u8::from(class == place % CLASSES))));
        }
        rows
    }

    fn judge(random: &mut Stream, basis: Option<&Basis>) -> Discriminator {
        Discriminator::new(WIDTH, basis, CLASSES, &[7, 5], random, &Device::flex())
    }

    fn bits(parts: &[Outer], slot: usize) -> Vec<u32> {
        let of = |part: &Outer| -> Vec<f32> {
            let inputs = &part.inputs[slot * part.width..][..part.width];
            let errors = &part.errors[slot * part.outputs..][..part.outputs];
            [inputs, errors].concat()
        };
        parts.iter().flat_map(of).map(f32::to_bits).collect()
    }

    #[test]
    fn a_records_part_does_not_hang_on_the_others() {
        let mut random = Streams::new(Seed(3), 0).stream("test");
        let judge = judge(&mut random, None);
        let slots = 130;
        let rows = rows(slots, &mut random);
        let device = Device::flex();
        let parts =
            |rows: Vec<f32>| judge.parts(&Examples::new(rows, WIDTH, CLASSES, &device), true);
        let whole = parts(rows.clone());
        for slot in [0, 1, 63, 64, 129] {
            // All others empty, or something else.
            for other in [0.0, 1e6] {
                let mut alone = vec![other; rows.len()];
                let at = slot * (WIDTH + CLASSES);
                alone[at..at + WIDTH + CLASSES].copy_from_slice(&rows[at..at + WIDTH + CLASSES]);
                assert_eq!(bits(&parts(alone), slot), bits(&whole, slot), "slot {slot}");
            }
        }
    }

    #[test]
    fn parts_are_the_gradient_that_differences_show() {
        let mut random = Streams::new(Seed(4), 0).stream("test");
        let patterns = normals(&mut random, 4 * WIDTH, 0.5);
        let basis = Basis {
            features: 4,
            patterns,
            usual: vec![1.0, 0.5, 2.0, 1.0],
        };
        for basis in [None, Some(&basis)] {
            let mut judge = judge(&mut random, basis);
            let examples = Examples::new(rows(9, &mut random), WIDTH, CLASSES, &Device::flex());
            for real in [true, false] {
                // Without clipping.
                let sums = Outer::clipped_sum(&judge.parts(&examples, real), 1e9);
                let (mut tried, mut off) = (0, 0);
                for layer in 0..3 {
                    let [inputs, outputs] = judge.layers[layer].0.value.dims();
                    for (place, sum) in sums[layer].iter().enumerate().step_by(5) {
                        let mut loss = |by: f32| {
                            let (weights, bias) = &mut judge.layers[layer];
                            let kept = (weights.value.clone(), bias.value.clone());
                            if place < inputs * outputs {
                                let mut moved = numbers(kept.0.clone());
                                moved[place] += by;
                                let data = TensorData::new(moved, [inputs, outputs]);
                                weights.value = Tensor::from_data(data, &Device::flex());
                            } else {
                                let mut moved = numbers(kept.1.clone());
                                moved[place - inputs * outputs] += by;
                                let data = TensorData::new(moved, [outputs]);
                                bias.value = Tensor::from_data(data, &Device::flex());
                            }
                            let scores = numbers(judge.scores(&examples));
                            let (weights, bias) = &mut judge.layers[layer];
                            (weights.value, bias.value) = kept;
                            let sign = if real { -1.0 } else { 1.0 };
                            let each = scores.iter().map(|s| (sign * f64::from(*s)).exp().ln_1p());
                            each.sum::<f64>()
                        };
                        let step = 1e-2;
                        let slope = (loss(step) - loss(-step)) / (2.0 * f64::from(step));
                        let room = 1e-3 + 0.02 * sum.abs();
                        tried += 1;
                        off += u32::from((slope - sum).abs() >= room);
                    }
                }
                // Where a step takes a pre-activation past 0 the slope is another on its other side.
                assert!(tried > 15 && off <= tried / 8, "{off} of {tried}");
            }
        }
    }
}
