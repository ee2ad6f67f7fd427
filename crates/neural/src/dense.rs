//! A finished network as plain numbers.

use serde::{Deserialize, Serialize};

use crate::head::Head;

/// More numbers and classes go into no network.
const MOST_INPUTS: usize = 1 << 16;

/// One fully connected layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// inputs × outputs numbers, an input's after the other.
    pub weights: Vec<f32>,
    /// One for each output.
    pub bias: Vec<f32>,
}

/// A generator: fully connected layers with rectified outputs but the last, whose outputs the head reads.
///
/// Summed in a fixed order with no wide instructions, so the same numbers come out on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// From the first to the last.
    pub layers: Vec<Layer>,
    /// How many normal numbers an output is made from.
    pub latent: usize,
    /// How many classes can be asked for.
    pub classes: usize,
    /// What comes out.
    pub head: Head,
}

impl Layer {
    /// Its outputs.
    pub(crate) fn of(&self, inputs: &[f32]) -> Vec<f32> {
        let mut outputs = self.bias.clone();
        for (&input, weights) in inputs
            .iter()
            .zip(self.weights.chunks_exact(outputs.len().max(1)))
        {
            if input != 0.0 {
                outputs
                    .iter_mut()
                    .zip(weights)
                    .for_each(|(output, weight)| *output += input * weight);
            }
        }
        outputs
    }
}

impl Dense {
    /// Whether the layers fit each other, what goes in and what comes out.
    pub fn is_consistent(&self) -> bool {
        // Numbers from a file may be anything.
        let Some(mut width) = self
            .latent
            .checked_add(self.classes)
            .filter(|&width| width <= MOST_INPUTS)
        else {
            return false;
        };
        for layer in &self.layers {
            let outputs = layer.bias.len();
            let numbers = layer.weights.iter().chain(&layer.bias);
            if outputs == 0
                || Some(layer.weights.len()) != width.checked_mul(outputs)
                || !numbers.into_iter().all(|v| v.is_finite())
            {
                return false;
            }
            width = outputs;
        }
        !self.layers.is_empty() && self.classes > 0 && width == self.head.width()
    }

    /// What the generator makes of `latent` normal numbers, as one of a class: as many numbers as the head has.
    ///
    /// A class that there is not is as none.
    pub fn make(&self, latent: &[f32], class: usize) -> Vec<f32> {
        let mut state = latent.to_vec();
        state.resize(self.latent, 0.0);
        state.extend((0..self.classes).map(|other| f32::from(u8::from(other == class))));
        let last = self.layers.len().saturating_sub(1);
        for (place, layer) in self.layers.iter().enumerate() {
            state = layer.of(&state);
            if place < last {
                for v in &mut state {
                    *v = v.max(0.0);
                }
            }
        }
        self.head.finish(&mut state);
        state
    }
}
