//! Adam on bare tensors, for gradients that come from elsewhere.

use burn::optim::{Adam, AdamConfig, AdamState, Optimizer};
use burn::tensor::Tensor;

/// A tensor that Adam moves (Kingma & Ba 2015), without gradients of its own.
pub(crate) struct Moved<const D: usize> {
    pub(crate) value: Tensor<D>,
    state: Option<AdamState<D>>,
}

impl<const D: usize> Moved<D> {
    pub(crate) fn new(value: Tensor<D>) -> Self {
        Self { value, state: None }
    }

    pub(crate) fn step(&mut self, adam: &Adam, rate: f64, gradient: Tensor<D>) {
        let (value, state) = adam.step(rate, self.value.clone(), gradient, self.state.take());
        (self.value, self.state) = (value, state);
    }
}

/// Adam as generative adversarial networks want it: little memory of where the other one was (Radford, Metz & Chintala 2016).
pub(crate) fn adam() -> Adam {
    AdamConfig::new()
        .with_beta_1(0.5)
        .with_beta_2(0.99)
        .with_epsilon(1e-8)
        .build()
}
