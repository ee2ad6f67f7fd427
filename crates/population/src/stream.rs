//! Counter-based random streams, keyed by (seed, origin, purpose).
//!
//! Each random choice draws from its own stream, so that adding an eyelash draw does not reshuffle the hair, and any sample can be made again alone.
//! The generator is ChaCha with 8 rounds (Bernstein 2008): a block is a pure function of its key and counter, streams of neighbouring keys are
//! unrelated, and 64 bytes come at a time. All transforms are our own over the pure-Rust `libm`, so that bits do not change with the platform or a
//! library's next version. The bytes of every stream are a promise: tests pin them.
//!
//! Not for privacy noise, which must never be reproducible.

use sha2::{Digest, Sha256};

use crate::stream::normal::normal_quantile;

mod chacha;
#[expect(
    clippy::excessive_precision,
    reason = "the coefficients stand as the paper prints them"
)]
pub mod normal;

/// The number that a recipe fixes all of its draws with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

/// All streams of one origin; cheap to make and to copy.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    seed: Seed,
    origin: u64,
}

impl Streams {
    /// The streams of the sample or pair that `origin` numbers.
    pub fn new(seed: Seed, origin: u64) -> Self {
        Self { seed, origin }
    }

    /// The stream for one purpose, from its beginning. The same purpose always gives the same stream.
    ///
    /// By convention `attribute/NAME` belongs to the population; a stage names its own, e.g. `identity/shape`.
    pub fn stream(&self, purpose: &str) -> Stream {
        self.stream_for(&Purpose::new(purpose))
    }

    /// The same for a purpose that was hashed before: spares the hash where many samples ask for the same purpose.
    pub fn stream_for(&self, purpose: &Purpose) -> Stream {
        let mut key = [0; 8];
        key[0] = self.seed.0 as u32;
        key[1] = (self.seed.0 >> 32) as u32;
        key[2..].copy_from_slice(&purpose.0);
        Stream {
            key,
            origin: self.origin,
            block: 0,
            words: [0; 16],
            used: 16,
        }
    }
}

/// The name of a stream, hashed: the first 192 bits of its SHA-256, so that no two purposes ever meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose([u32; 6]);

impl Purpose {
    /// Hashes a name.
    pub fn new(name: &str) -> Self {
        let digest = Sha256::digest(name.as_bytes());
        let mut words = [0; 6];
        for (word, bytes) in words.iter_mut().zip(digest.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        Self(words)
    }
}

/// An endless sequence of random numbers.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 8],
    origin: u64,
    block: u64,
    words: [u32; 16],
    used: usize,
}

impl Stream {
    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        if self.used == 16 {
            self.words = chacha::block(&self.key, self.block, self.origin, 8);
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        let (low, high) = (self.words[self.used], self.words[self.used + 1]);
        self.used += 2;
        u64::from(low) | (u64::from(high) << 32)
    }

    /// Uniform in `[0, 1)`, a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * 2f64.powi(-53)
    }

    /// Uniform strictly between 0 and 1, an odd multiple of 2⁻⁵³: for logarithms and quantiles.
    fn uniform_open(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) * 2f64.powi(-52)
    }

    /// Uniform between `a` and `b`, never beyond either.
    pub fn range(&mut self, a: f64, b: f64) -> f64 {
        let t = self.uniform();
        // Rounding could otherwise carry the sum past the far end.
        (a * (1.0 - t) + b * t).clamp(a.min(b), a.max(b))
    }

    /// Standard normal by the inverse of its distribution function; one uniform per draw.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform_open())
    }

    /// Normal with this mean and standard deviation, cut to `[min, max]` by the inverse of its distribution function; one uniform per draw.
    ///
    /// Where the interval holds next to nothing of the normal (beyond 38 standard deviations) the nearer end is returned.
    pub fn normal_within(&mut self, mean: f64, sd: f64, min: f64, max: f64) -> f64 {
        let u = self.uniform_open();
        if sd <= 0.0 {
            return mean.clamp(min, max);
        }
        let (a, b) = ((min - mean) / sd, (max - mean) / sd);
        // In the upper tail 1 − tiny loses all digits: draw there by the mirrored lower tail.
        let z = if a > 0.0 {
            let (pa, pb) = (normal::normal_cdf(-a), normal::normal_cdf(-b));
            -normal_quantile(pa + (pb - pa) * u)
        } else {
            let (pa, pb) = (normal::normal_cdf(a), normal::normal_cdf(b));
            normal_quantile(pa + (pb - pa) * u)
        };
        (mean + sd * z.clamp(a, b)).clamp(min, max)
    }

    /// Uniform over the whole numbers below `n`, without bias (Lemire 2019); 0 where `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// Gamma with this shape (`> 0`) and scale 1.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        libm::exp(self.log_gamma_draw(shape))
    }

    /// The logarithm of a gamma draw, which a small shape does not underflow.
    ///
    /// Marsaglia & Tsang 2000, "A simple method for generating gamma variables", with their boost `G(a) = G(a+1) · U^(1/a)` below shape 1.
    fn log_gamma_draw(&mut self, shape: f64) -> f64 {
        let boost = if shape < 1.0 {
            libm::log(self.uniform_open()) / shape
        } else {
            0.0
        };
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            let u = self.uniform_open();
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return libm::log(d * v) + boost;
            }
        }
    }

    /// Weights that sum to 1, Dirichlet with these concentrations; a concentration of 0 gives weight 0.
    ///
    /// Without any positive concentration all weights are 0.
    pub fn dirichlet(&mut self, concentration: &[f64]) -> Vec<f64> {
        let logs: Vec<f64> = concentration
            .iter()
            .map(|&shape| {
                if shape > 0.0 {
                    self.log_gamma_draw(shape)
                } else {
                    f64::NEG_INFINITY
                }
            })
            .collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if largest == f64::NEG_INFINITY {
            return vec![0.0; concentration.len()];
        }
        let mut weights: Vec<f64> = logs.iter().map(|log| libm::exp(log - largest)).collect();
        let sum: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= sum;
        }
        weights
    }
}
