//! Random features whose means tell one distribution from another.

use burn::tensor::{Device, Tensor, TensorData};
use population::stream::Stream;

use crate::basis::Basis;
use crate::random::normals;

/// Random Fourier features of a Gaussian kernel (Rahimi & Recht 2007): of an example `x`, cos(w·x + b) ∕ √count for random w and b, so that it is never longer than 1. Two distributions
/// with the same means of enough of them are the same, as far as the kernel's width can tell (Gretton et al. 2012).
pub(crate) struct Embedding {
    numbers: usize,
    /// features × numbers, where features are sums of numbers.
    analysis: Option<Vec<f32>>,
    features: usize,
    /// features × count.
    weights: Vec<f32>,
    phases: Vec<f32>,
}

impl Embedding {
    pub(crate) fn new(
        numbers: usize,
        basis: Option<&Basis>,
        count: usize,
        random: &mut Stream,
    ) -> Self {
        let features = basis.map_or(numbers, |basis| basis.features);
        let whole = std::f64::consts::TAU;
        Self {
            numbers,
            analysis: basis.map(Basis::analysis_by_feature),
            features,
            // What is usual of each feature is 1, so that w·x is about 1.
            weights: normals(random, features * count, 1.0 / (features as f32).sqrt()),
            phases: (0..count)
                .map(|_| (whole * random.uniform()) as f32)
                .collect(),
        }
    }

    /// How many features there are.
    pub(crate) fn count(&self) -> usize {
        self.phases.len()
    }

    /// The features of one example.
    pub(crate) fn write(&self, example: &[f32], into: &mut [f32]) {
        into.copy_from_slice(&self.phases);
        let mut add = |feature: usize, value: f32| {
            let row = &self.weights[feature * into.len()..][..into.len()];
            into.iter_mut()
                .zip(row)
                .for_each(|(sum, w)| *sum += value * w);
        };
        match &self.analysis {
            Some(analysis) => {
                for (feature, row) in analysis.chunks_exact(self.numbers.max(1)).enumerate() {
                    add(feature, row.iter().zip(example).map(|(a, x)| a * x).sum());
                }
            }
            None => {
                for (feature, &value) in example.iter().enumerate() {
                    add(feature, value);
                }
            }
        }
        let scale = 1.0 / (into.len() as f32).sqrt();
        for sum in into.iter_mut() {
            *sum = scale * sum.cos();
        }
    }
}

/// The means of an embedding over the examples of each class, to be matched.
pub(crate) struct Target {
    analysis: Option<Tensor<2>>,
    weights: Tensor<2>,
    phases: Tensor<1>,
    /// classes × count.
    means: Tensor<2>,
    /// classes × 1.
    trust: Tensor<2>,
}

impl Target {
    /// `means` are those of each class, one after the other, and `trust` is how much each class counts.
    pub(crate) fn new(
        embedding: &Embedding,
        means: &[Vec<f64>],
        trust: &[f64],
        device: &Device,
    ) -> Self {
        let trust: Vec<f32> = trust.iter().map(|&v| v as f32).collect();
        let trust = TensorData::new(trust, [means.len(), 1]);
        let count = embedding.count();
        let numbers = means.iter().flatten().map(|&v| v as f32).collect();
        let analysis = embedding.analysis.as_ref().map(|analysis| {
            let shape = [embedding.features, embedding.numbers];
            Tensor::from_data(TensorData::new(analysis.clone(), shape), device).transpose()
        });
        let weights = TensorData::new(embedding.weights.clone(), [embedding.features, count]);
        let phases = TensorData::new(embedding.phases.clone(), [count]);
        Self {
            analysis,
            weights: Tensor::from_data(weights, device),
            phases: Tensor::from_data(phases, device),
            means: Tensor::from_data(
                TensorData::new::<f32, _>(numbers, [means.len(), count]),
                device,
            ),
            trust: Tensor::from_data(trust, device),
        }
    }

    /// Σ over classes of the squared distance of the means of a batch from these, times their trust, where the batch has as many examples of each class: an estimate of the squared maximum mean discrepancy, but for a constant.
    pub(crate) fn distance(&self, examples: Tensor<2>, classes: Tensor<2>) -> Tensor<1> {
        let [rows, count] = classes.dims();
        let seen = match &self.analysis {
            Some(analysis) => examples.matmul(analysis.clone()),
            None => examples,
        };
        let sums = seen.matmul(self.weights.clone()) + self.phases.clone().unsqueeze();
        let scale = (self.phases.dims()[0] as f32).sqrt();
        let each = count as f32 / rows as f32 / scale;
        let means = classes.transpose().matmul(sums.cos()) * each;
        let off = means - self.means.clone();
        ((off.clone() * off).sum_dim(1) * self.trust.clone()).sum()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::discriminator::numbers;
    use population::stream::{Seed, Streams};

    #[test]
    fn a_batch_is_as_far_from_its_target_as_its_examples_means_are() {
        let mut random = Streams::new(Seed(6), 0).stream("test");
        let basis = Basis {
            features: 3,
            patterns: normals(&mut random, 3 * 7, 0.5),
            usual: vec![1.0, 2.0, 0.5],
        };
        for basis in [None, Some(&basis)] {
            let embedding = Embedding::new(7, basis, 40, &mut random);
            let examples = normals(&mut random, 6 * 7, 1.0);
            let mut means = vec![vec![0.0; 40]; 2];
            let mut features = vec![0.0; 40];
            for (place, example) in examples.chunks_exact(7).enumerate() {
                embedding.write(example, &mut features);
                let length: f32 = features.iter().map(|v| v * v).sum();
                assert!(length <= 1.0 && length > 0.2, "{length}");
                for (mean, v) in means[place % 2].iter_mut().zip(&features) {
                    *mean += f64::from(*v) / 3.0;
                }
            }
            let device = Device::flex();
            let batch = Tensor::from_data(TensorData::new(examples, [6, 7]), &device);
            let classes: Vec<f32> = (0..12).map(|at| [1.0, 0.0, 0.0, 1.0][at % 4]).collect();
            let classes = Tensor::from_data(TensorData::new(classes, [6, 2]), &device);
            let none = Target::new(&embedding, &means, &[1.0, 0.5], &device);
            let none = numbers(none.distance(batch.clone(), classes.clone()))[0];
            assert!(none.abs() < 1e-9, "{none}");
            means[1][4] += 0.5;
            let some = Target::new(&embedding, &means, &[1.0, 0.5], &device);
            let some = numbers(some.distance(batch, classes))[0];
            assert!((some - 0.125).abs() < 1e-5, "{some}");
        }
    }
}
