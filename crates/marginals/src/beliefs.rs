//! Belief propagation on a junction tree: exact marginals of a product of small factors.

use rayon::prelude::*;

use crate::junction::JunctionTree;
use crate::layout::{cells, project, projection, union};

/// The marginals of a joint distribution on the cliques of a junction tree: all that there is to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Beliefs {
    tree: JunctionTree,
    sizes: Vec<usize>,
    /// For each clique the probability of each of its cells.
    cliques: Vec<Vec<f64>>,
}

/// How an attribute is distributed, given attributes drawn before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditional {
    /// What is drawn.
    pub attribute: usize,
    /// What was drawn before, ascending.
    pub given: Vec<usize>,
    /// Row-major by `given`, then the attribute: its shares, which sum to 1 for each cell of `given`; evenly where that cell has no probability.
    pub shares: Vec<f64>,
}

/// A junction tree made ready to be calibrated many times with other potentials.
#[derive(Debug)]
pub(crate) struct Propagation {
    tree: JunctionTree,
    sizes: Vec<usize>,
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    cells: usize,
    /// For each cell the cell of the separator to the parent, and for each of the parent's cells.
    up: Vec<u32>,
    down: Vec<u32>,
    separator: usize,
    /// Potentials that live here: which, and for each cell its cell in it.
    hosted: Vec<(usize, Vec<u32>)>,
}

impl Propagation {
    /// For potentials on these marginals.
    pub(crate) fn new(marginals: &[Vec<usize>], sizes: &[usize]) -> Self {
        let tree = JunctionTree::of(marginals, sizes);
        let mut nodes: Vec<Node> = (0..tree.cliques.len())
            .map(|clique| {
                let own = &tree.cliques[clique];
                let separator = tree.separator(clique);
                Node {
                    cells: cells(own, sizes),
                    up: projection(own, &separator, sizes),
                    down: tree.parents[clique].map_or_else(Vec::new, |p| {
                        projection(&tree.cliques[p], &separator, sizes)
                    }),
                    separator: cells(&separator, sizes),
                    hosted: Vec::new(),
                }
            })
            .collect();
        for (index, marginal) in marginals.iter().enumerate() {
            if let Some(host) = tree.host(marginal, sizes) {
                let map = projection(&tree.cliques[host], marginal, sizes);
                nodes[host].hosted.push((index, map));
            }
        }
        Self {
            tree,
            sizes: sizes.to_vec(),
            nodes,
        }
    }

    /// The distribution ∝ exp(Σ potentials), and the logarithm of what it was divided by. `potentials` are those of [`new`](Self::new), in its order.
    ///
    /// Hugin's scheme: messages up, then beliefs down. Each potential and message is scaled by its greatest value, so that only what is 10⁻³⁰⁸ of the
    /// likeliest vanishes.
    ///
    /// `beliefs` gets the probability of each cell of each clique; its memory is used again.
    pub(crate) fn calibrate(&self, potentials: &[Vec<f64>], beliefs: &mut Vec<Vec<f64>>) -> f64 {
        beliefs.resize(self.nodes.len(), Vec::new());
        let mut log_scale: f64 = self
            .nodes
            .par_iter()
            .zip(beliefs.par_iter_mut())
            .map(|(node, psi)| {
                psi.clear();
                psi.resize(node.cells, 0.0);
                for (index, map) in &node.hosted {
                    let potential = &potentials[*index];
                    for (psi, &cell) in psi.iter_mut().zip(map) {
                        *psi += potential[cell as usize];
                    }
                }
                let most = psi.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                for psi in psi {
                    *psi = (*psi - most).exp();
                }
                most
            })
            .collect::<Vec<f64>>()
            .iter()
            .sum();
        let mut messages: Vec<Vec<f64>> = vec![Vec::new(); self.nodes.len()];
        for child in (1..self.nodes.len()).rev() {
            let node = &self.nodes[child];
            let mut message = vec![0.0; node.separator];
            for (&value, &cell) in beliefs[child].iter().zip(&node.up) {
                message[cell as usize] += value;
            }
            let most = message.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
            for value in &mut message {
                *value /= most;
            }
            log_scale += most.ln();
            if let Some(parent) = self.tree.parents[child] {
                for (value, &cell) in beliefs[parent].iter_mut().zip(&node.down) {
                    *value *= message[cell as usize];
                }
            }
            messages[child] = message;
        }
        let total: f64 = beliefs[0].iter().sum::<f64>().max(f64::MIN_POSITIVE);
        for value in &mut beliefs[0] {
            *value /= total;
        }
        for child in 1..self.nodes.len() {
            let node = &self.nodes[child];
            let mut wanted = vec![0.0; node.separator];
            if let Some(parent) = self.tree.parents[child] {
                for (&value, &cell) in beliefs[parent].iter().zip(&node.down) {
                    wanted[cell as usize] += value;
                }
            }
            let mut sums = vec![0.0; node.separator];
            for (&value, &cell) in beliefs[child].iter().zip(&node.up) {
                sums[cell as usize] += value;
            }
            for (wanted, sum) in wanted.iter_mut().zip(&sums) {
                *wanted = if *sum > 0.0 { *wanted / sum } else { 0.0 };
            }
            for (value, &cell) in beliefs[child].iter_mut().zip(&node.up) {
                *value *= wanted[cell as usize];
            }
        }
        log_scale + total.ln()
    }

    /// The marginals that the potentials are of, from calibrated beliefs.
    pub(crate) fn hosted(&self, beliefs: &[Vec<f64>], into: &mut [Vec<f64>]) {
        for (node, belief) in self.nodes.iter().zip(beliefs) {
            for (index, map) in &node.hosted {
                let sums = &mut into[*index];
                sums.fill(0.0);
                for (&value, &cell) in belief.iter().zip(map) {
                    sums[cell as usize] += value;
                }
            }
        }
    }

    pub(crate) fn into_beliefs(self, cliques: Vec<Vec<f64>>) -> Beliefs {
        Beliefs {
            tree: self.tree,
            sizes: self.sizes,
            cliques,
        }
    }
}

/// A function of some attributes.
#[derive(Debug, Clone)]
struct Factor {
    attributes: Vec<usize>,
    values: Vec<f64>,
}

impl Factor {
    /// The product of two, summed over all attributes but `keep`.
    fn times(&self, other: &Factor, keep: &[usize], sizes: &[usize]) -> Factor {
        let all = union(&self.attributes, &other.attributes);
        let attributes: Vec<usize> = all.iter().copied().filter(|a| keep.contains(a)).collect();
        let (a, b) = (
            projection(&all, &self.attributes, sizes),
            projection(&all, &other.attributes, sizes),
        );
        let to = projection(&all, &attributes, sizes);
        let mut values = vec![0.0; cells(&attributes, sizes)];
        for ((&a, &b), &to) in a.iter().zip(&b).zip(&to) {
            values[to as usize] += self.values[a as usize] * other.values[b as usize];
        }
        Factor { attributes, values }
    }
}

impl Beliefs {
    /// The junction tree.
    pub fn tree(&self) -> &JunctionTree {
        &self.tree
    }

    /// How many values each attribute has.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The probability of each cell of the marginal of these attributes, ascending; row-major. Exact, also where no clique holds them all.
    pub fn marginal(&self, attributes: &[usize]) -> Vec<f64> {
        if let Some(host) = self.tree.host(attributes, &self.sizes) {
            let own = &self.tree.cliques[host];
            return project(&self.cliques[host], own, attributes, &self.sizes);
        }
        let Some(start) =
            (0..self.tree.cliques.len()).find(|&c| self.tree.cliques[c].contains(&attributes[0]))
        else {
            return Vec::new();
        };
        let factor = self.collected(start, None, attributes);
        project(&factor.values, &factor.attributes, attributes, &self.sizes)
    }

    /// The distribution of the wanted attributes in the part of the tree at `clique` that lies away from `from`, given what `clique` and `from` share.
    fn collected(&self, clique: usize, from: Option<usize>, wanted: &[usize]) -> Factor {
        let own = &self.tree.cliques[clique];
        let separator: Vec<usize> = from.map_or_else(Vec::new, |from| {
            let shared = own.iter().filter(|a| self.tree.cliques[from].contains(a));
            shared.copied().collect()
        });
        let mut values = self.cliques[clique].clone();
        if from.is_some() {
            let below = project(&values, own, &separator, &self.sizes);
            for (value, cell) in values
                .iter_mut()
                .zip(projection(own, &separator, &self.sizes))
            {
                let below = below[cell as usize];
                *value = if below > 0.0 { *value / below } else { 0.0 };
            }
        }
        let mut factor = Factor {
            attributes: own.clone(),
            values,
        };
        let neighbours: Vec<usize> = (0..self.tree.cliques.len())
            .filter(|&other| Some(other) != from && self.joined(other, clique))
            .collect();
        let mut further: Vec<usize> = Vec::new();
        for &neighbour in &neighbours {
            // Only what no clique on the way here holds is worth the way there.
            let beyond: Vec<usize> = wanted
                .iter()
                .copied()
                .filter(|a| !own.contains(a) && self.lies_beyond(neighbour, clique, *a))
                .collect();
            if beyond.is_empty() {
                continue;
            }
            let part = self.collected(neighbour, Some(clique), &beyond);
            further.extend(&beyond);
            let keep: Vec<usize> = own.iter().chain(&further).chain(wanted).copied().collect();
            factor = factor.times(&part, &keep, &self.sizes);
        }
        let keep: Vec<usize> = factor
            .attributes
            .iter()
            .copied()
            .filter(|a| separator.contains(a) || wanted.contains(a) || further.contains(a))
            .collect();
        Factor {
            values: project(&factor.values, &factor.attributes, &keep, &self.sizes),
            attributes: keep,
        }
    }

    fn joined(&self, a: usize, b: usize) -> bool {
        self.tree.parents[a] == Some(b) || self.tree.parents[b] == Some(a)
    }

    /// Whether the part of the tree at `clique` that lies away from `from` holds an attribute.
    fn lies_beyond(&self, clique: usize, from: usize, attribute: usize) -> bool {
        self.tree.cliques[clique].contains(&attribute)
            || (0..self.tree.cliques.len())
                .filter(|&other| other != from && self.joined(other, clique))
                .any(|other| self.lies_beyond(other, clique, attribute))
    }

    /// The joint distribution as one attribute after the other, each given few of those before.
    pub fn conditionals(&self) -> Vec<Conditional> {
        let mut drawn = vec![false; self.sizes.len()];
        let mut all = Vec::new();
        for (clique, own) in self.tree.cliques.iter().enumerate() {
            let mut given = self.tree.separator(clique);
            for &attribute in own {
                if std::mem::replace(&mut drawn[attribute], true) {
                    continue;
                }
                let both = union(&given, &[attribute]);
                let joint = project(&self.cliques[clique], own, &both, &self.sizes);
                all.push(conditional(&joint, &both, &given, attribute, &self.sizes));
                given = both;
            }
        }
        all
    }
}

fn conditional(
    joint: &[f64],
    both: &[usize],
    given: &[usize],
    attribute: usize,
    sizes: &[usize],
) -> Conditional {
    let size = sizes[attribute];
    let to = projection(both, given, sizes);
    let own = projection(both, &[attribute], sizes);
    let mut shares = vec![0.0; joint.len()];
    for ((&value, &cell), &class) in joint.iter().zip(&to).zip(&own) {
        shares[cell as usize * size + class as usize] += value;
    }
    for row in shares.chunks_mut(size.max(1)) {
        let sum: f64 = row.iter().sum();
        let even = 1.0 / row.len() as f64;
        for share in row {
            *share = if sum > 0.0 { *share / sum } else { even };
        }
    }
    Conditional {
        attribute,
        given: given.to_vec(),
        shares,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All attributes at once, slowly.
    fn brute(
        marginals: &[Vec<usize>],
        potentials: &[Vec<f64>],
        sizes: &[usize],
    ) -> (Vec<f64>, f64) {
        let all: Vec<usize> = (0..sizes.len()).collect();
        let mut joint = vec![0.0; cells(&all, sizes)];
        for (marginal, potential) in marginals.iter().zip(potentials) {
            for (value, cell) in joint.iter_mut().zip(projection(&all, marginal, sizes)) {
                *value += potential[cell as usize];
            }
        }
        let z: f64 = joint.iter().map(|v| v.exp()).sum();
        (joint.iter().map(|v| v.exp() / z).collect(), z.ln())
    }

    #[test]
    fn marginals_conditionals_and_the_constant_agree_with_brute_force() {
        let mut state = 7_u64;
        let mut next = move || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as f64 / 2147483648.0
        };
        for round in 0..60 {
            let count = 2 + round % 5;
            let sizes: Vec<usize> = (0..count).map(|_| 2 + (next() * 3.0) as usize).collect();
            let pick = |u: f64| ((u * count as f64) as usize).min(count - 1);
            let marginals: Vec<Vec<usize>> = (0..=round % 6)
                .map(|_| union(&[pick(next())], &[pick(next())]))
                .collect();
            let potentials: Vec<Vec<f64>> = marginals
                .iter()
                .map(|m| (0..cells(m, &sizes)).map(|_| 4.0 * next() - 2.0).collect())
                .collect();
            let (joint, log_z) = brute(&marginals, &potentials, &sizes);
            let tree = Propagation::new(&marginals, &sizes);
            let mut cliques = Vec::new();
            let found = tree.calibrate(&potentials, &mut cliques);
            // Attributes that no potential names have one factor of their size each.
            assert!((found - log_z).abs() < 1e-9, "{found} {log_z}");
            let beliefs = tree.into_beliefs(cliques);
            let all: Vec<usize> = (0..count).collect();
            for a in 0..count {
                for b in a..count {
                    for c in b..count {
                        let wanted = union(&[a, b], &[c]);
                        let slow = project(&joint, &all, &wanted, &sizes);
                        let fast = beliefs.marginal(&wanted);
                        assert_eq!(slow.len(), fast.len());
                        for (slow, fast) in slow.iter().zip(&fast) {
                            assert!((slow - fast).abs() < 1e-12, "{wanted:?}: {slow} {fast}");
                        }
                    }
                }
            }
            // The chain of conditionals multiplies to the joint distribution.
            let conditionals = beliefs.conditionals();
            assert_eq!(conditionals.len(), count);
            for (cell, &wanted) in joint.iter().enumerate() {
                let mut rest = cell;
                let mut values = vec![0; count];
                for a in (0..count).rev() {
                    values[a] = rest % sizes[a];
                    rest /= sizes[a];
                }
                let product: f64 = conditionals
                    .iter()
                    .map(|c| {
                        let at = c.given.iter().fold(0, |at, &g| at * sizes[g] + values[g]);
                        c.shares[at * sizes[c.attribute] + values[c.attribute]]
                    })
                    .product();
                assert!((product - wanted).abs() < 1e-12);
            }
        }
    }
}
