//! Adam with decoupled decay of weights (Loshchilov & Hutter 2019), and how fast it goes.

/// How much of the past counts, for gradients and their squares.
const MEMORY: [f32; 2] = [0.9, 0.99];

/// What decays, per unit of rate.
const DECAY: f32 = 0.02;

/// The share of steps in which the rate rises.
const WARM_UP: f64 = 0.1;

/// Running means of gradients and of their squares.
#[derive(Debug)]
pub(crate) struct Adam {
    means: Vec<[Vec<f32>; 2]>,
    steps: i32,
}

impl Adam {
    pub(crate) fn new(sizes: impl Iterator<Item = usize>) -> Self {
        Self {
            means: sizes.map(|n| [vec![0.0; n], vec![0.0; n]]).collect(),
            steps: 0,
        }
    }

    /// Moves what is learned against its gradients; weights that decay are marked.
    pub(crate) fn step(
        &mut self,
        learned: Vec<(&mut Vec<f32>, bool)>,
        gradients: &[Vec<f32>],
        rate: f32,
    ) {
        self.steps += 1;
        let [first, second] =
            MEMORY.map(|m| 1.0 - libm::pow(f64::from(m), f64::from(self.steps)) as f32);
        for (((values, decays), gradient), [mean, square]) in
            learned.into_iter().zip(gradients).zip(&mut self.means)
        {
            let keep = if decays { 1.0 - rate * DECAY } else { 1.0 };
            for (((value, &slope), mean), square) in
                values.iter_mut().zip(gradient).zip(mean).zip(square)
            {
                *mean += (slope - *mean) * (1.0 - MEMORY[0]);
                *square += (slope * slope - *square) * (1.0 - MEMORY[1]);
                let pace = *mean / first / ((*square / second).sqrt() + 1e-8);
                *value = *value * keep - rate * pace;
            }
        }
    }
}

/// The rate at a step: up in a straight line, then down along half a cosine.
pub(crate) fn rate(step: usize, steps: usize, greatest: f64) -> f64 {
    let warm = (steps as f64 * WARM_UP).max(1.0);
    let at = step as f64 + 0.5;
    if at < warm {
        return greatest * at / warm;
    }
    let along = (at - warm) / (steps as f64 - warm).max(1.0);
    greatest * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * along.min(1.0))).max(1e-3)
}
