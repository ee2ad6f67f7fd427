//! What a generator's last layer means.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use serde::{Deserialize, Serialize};

/// What a generator's outputs mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Head {
    /// So many brightnesses from −1 (black) to 1 (white).
    Brightness(usize),
    /// Several choices, of so many alternatives each: probabilities that add up to 1 within each.
    Choices(Vec<usize>),
}

impl Head {
    /// How many numbers it has.
    pub fn width(&self) -> usize {
        match self {
            Self::Brightness(width) => *width,
            Self::Choices(alternatives) => alternatives.iter().sum(),
        }
    }

    /// Of a batch of last layers' outputs, with gradients.
    pub(crate) fn of(&self, last: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Brightness(_) => last.tanh(),
            Self::Choices(alternatives) => {
                let mut from = 0;
                let parts: Vec<Tensor<2>> = alternatives
                    .iter()
                    .map(|&count| {
                        let part = last.clone().narrow(1, from, count);
                        from += count;
                        softmax(part, 1)
                    })
                    .collect();
                Tensor::cat(parts, 1)
            }
        }
    }

    /// Of one last layer's outputs, in place, the same on every machine.
    pub(crate) fn finish(&self, last: &mut [f32]) {
        match self {
            Self::Brightness(_) => {
                for v in last.iter_mut() {
                    *v = libm::tanhf(*v);
                }
            }
            Self::Choices(alternatives) => {
                let mut rest = last;
                for &count in alternatives {
                    let (part, after) = rest.split_at_mut(count);
                    let most = part.iter().copied().fold(f32::MIN, f32::max);
                    for v in part.iter_mut() {
                        *v = libm::expf(*v - most);
                    }
                    let sum: f32 = part.iter().sum();
                    for v in part.iter_mut() {
                        *v /= sum;
                    }
                    rest = after;
                }
            }
        }
    }
}
