//! What a generator's numbers are made of.

use burn::tensor::{Device, Tensor, TensorData};

/// Patterns that examples are sums of, known to everybody: a network that sees and makes how much there is of each, instead of single numbers, has fewer weights to noise, and cannot make what is no sum of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// How many patterns.
    pub features: usize,
    /// features × numbers: each pattern, of length 1, and none like another.
    pub patterns: Vec<f32>,
    /// For each pattern, how much of it there usually is. Seen are multiples of that.
    pub usual: Vec<f32>,
}

impl Basis {
    fn numbers(&self) -> usize {
        self.patterns.len().checked_div(self.features).unwrap_or(0)
    }

    /// Whether there are as many numbers as an example has, and of every pattern's amount one.
    pub(crate) fn fits(&self, numbers: usize) -> bool {
        self.features > 0
            && self.patterns.len() == self.features * numbers
            && self.usual.len() == self.features
            && self.usual.iter().all(|&usual| usual > 0.0)
    }

    /// features × numbers: each row times numbers is a multiple of what is usual.
    pub(crate) fn analysis_by_feature(&self) -> Vec<f32> {
        let patterns = self.patterns.chunks_exact(self.numbers().max(1));
        let scaled = patterns
            .zip(&self.usual)
            .flat_map(|(pattern, &usual)| pattern.iter().map(move |v| v / usual));
        scaled.collect()
    }

    /// numbers × features: numbers times this are multiples of what is usual.
    pub(crate) fn analysis(&self, device: &Device) -> Tensor<2> {
        let shape = [self.features, self.numbers()];
        let by_feature = TensorData::new(self.analysis_by_feature(), shape);
        Tensor::from_data(by_feature, device).transpose()
    }

    /// features × numbers: multiples of what is usual times this are numbers.
    pub(crate) fn synthesis(&self) -> Vec<f32> {
        let patterns = self.patterns.chunks_exact(self.numbers().max(1));
        let scaled = patterns
            .zip(&self.usual)
            .flat_map(|(pattern, &usual)| pattern.iter().map(move |v| v * usual));
        scaled.collect()
    }
}
