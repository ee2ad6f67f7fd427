//! Drawing a column among the codes that are not ruled out.

use std::sync::Arc;

use super::{
    bins::Binning,
    forest::{self, Bits, State},
    tree::Tree,
};

/// The codes of a column that are not ruled out.
#[derive(Debug, Clone)]
pub(super) struct Allowed {
    /// For each code, how many codes before it are allowed; then their number.
    upto: Vec<u32>,
    /// For each code, the share of its people who are allowed.
    pub shares: Vec<f32>,
}

impl Allowed {
    pub(super) fn of(shares: Vec<f32>) -> Self {
        let mut upto = Vec::with_capacity(shares.len() + 1);
        let mut count = 0;
        upto.push(0);
        for &share in &shares {
            count += u32::from(share > 0.0);
            upto.push(count);
        }
        Self { upto, shares }
    }

    /// One code alone.
    pub(super) fn only(code: u32, codes: usize) -> Self {
        let mut shares = vec![0.0; codes];
        if let Some(share) = shares.get_mut(code as usize) {
            *share = 1.0;
        }
        Self::of(shares)
    }

    fn any(&self, codes: (u32, u32)) -> bool {
        self.upto[codes.1 as usize] > self.upto[codes.0 as usize]
    }

    pub(super) fn any_at_all(&self) -> bool {
        self.upto.last().is_some_and(|&count| count > 0)
    }

    pub(super) fn and(&self, other: &[f32]) -> Self {
        let shares = self.shares.iter().zip(other);
        Self::of(shares.map(|(a, b)| a * b).collect())
    }
}

/// What is left of a column.
#[derive(Debug)]
pub(super) enum Left {
    Anything,
    Some(Arc<Allowed>),
    Nothing,
}

impl Left {
    pub(super) fn of(allowed: Arc<Allowed>) -> Self {
        if allowed.any_at_all() {
            Self::Some(allowed)
        } else {
            Self::Nothing
        }
    }
}

/// A column to draw.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawing<'m> {
    pub binning: &'m Binning,
    pub column: usize,
    /// Its trees.
    pub digits: &'m [Vec<Tree>],
    pub temperature: f64,
    /// Whether what never was in a leaf may be drawn where nothing else is allowed.
    pub lenient: bool,
}

/// The share of what never was in a leaf and is drawn nevertheless.
const UNSEEN: f64 = 1e-9;

impl Drawing<'_> {
    /// Draws any code.
    pub(super) fn freely(&self, bits: &mut Bits, state: &mut State) -> f64 {
        if self.temperature == 1.0 {
            forest::draw_column(self.binning, self.column, self.digits, bits, state);
            return 1.0;
        }
        let all = Allowed::of(vec![1.0; self.binning.bins.len()]);
        // Everything is allowed, so there is something to draw.
        self.among(&all, bits, state).unwrap_or(1.0)
    }

    /// Draws one of the allowed codes; returns the share that the model gives to all of them.
    pub(super) fn among(
        &self,
        allowed: &Allowed,
        bits: &mut Bits,
        state: &mut State,
    ) -> Option<f64> {
        let Self {
            binning,
            column,
            digits,
            temperature,
            lenient,
        } = *self;
        let columns = state.codes.len();
        let mut at = (0, binning.bins.len() as u32);
        let mut weight = 1.0;
        for (digit, trees) in digits.iter().enumerate() {
            let width = binning.width(digit, digits.len(), at);
            let tree = &trees[bits.below(trees.len())];
            let class = if width < 2 {
                0
            } else {
                let leaf = tree.leaf(|feature| state.bins[feature]);
                let open =
                    |class: usize| allowed.any(binning.narrow(digit, digits.len(), at, class));
                let (mut whole, mut left) = (0.0, 0.0);
                for (class, mass) in masses(tree, leaf, width, temperature).enumerate() {
                    whole += mass;
                    left += if open(class) { mass } else { 0.0 };
                }
                let chance = bits.uniform();
                let unseen = left <= 0.0;
                if unseen {
                    let all = (0..width).filter(|&class| open(class)).count();
                    if !lenient || all == 0 {
                        return None;
                    }
                    left = all as f64;
                    weight *= UNSEEN;
                } else {
                    weight *= left / whole;
                }
                let mut rest = chance * left;
                let mut chosen = None;
                for (class, mass) in masses(tree, leaf, width, temperature).enumerate() {
                    let mass = if unseen { 1.0 } else { mass };
                    if mass > 0.0 && open(class) {
                        chosen = Some(class);
                        rest -= mass;
                        if rest < 0.0 {
                            break;
                        }
                    }
                }
                chosen?
            };
            state.bins[columns + digit] = class as u8;
            at = binning.narrow(digit, digits.len(), at, class);
            if !allowed.any(at) {
                return None;
            }
        }
        state.codes[column] = at.0;
        state.bins[column] = binning.feature[at.0 as usize];
        Some(weight)
    }
}

/// How likely each of some classes is, in units of their own.
fn masses(tree: &Tree, leaf: usize, width: usize, temperature: f64) -> impl Iterator<Item = f64> {
    let shares = &tree.shares(leaf)[..width];
    let whole = shares[width - 1];
    let mut before = 0;
    shares.iter().map(move |&share| {
        let mass = if whole == 0 {
            1.0
        } else {
            f64::from(share - before)
        };
        before = share;
        if temperature == 1.0 || mass == 0.0 {
            mass
        } else {
            libm::pow(mass / f64::from(whole.max(1)), 1.0 / temperature)
        }
    })
}
