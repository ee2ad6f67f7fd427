//! Junction trees: cliques of attributes, such that what two of them share is in every clique between them.

use crate::layout::{cells, contains, union};

/// A tree of cliques in which the attributes of every marginal asked for stand together somewhere, and every attribute stands in connected cliques (Lauritzen &
/// Spiegelhalter 1988). Parts of the attributes that nothing connects hang together by nothing: their separator is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JunctionTree {
    /// Attributes of each clique, ascending; parents before their children.
    pub cliques: Vec<Vec<usize>>,
    /// For each clique but the first, the clique above it.
    pub parents: Vec<Option<usize>>,
}

impl JunctionTree {
    /// A tree for these marginals, of attributes with so many values each.
    ///
    /// Triangulated by eliminating one attribute after the other, always the one whose clique has the fewest cells (min-weight, Kjærulff 1990); joined by the spanning tree of
    /// the largest separators. Deterministic.
    pub fn of(marginals: &[Vec<usize>], sizes: &[usize]) -> Self {
        let cliques = eliminated(marginals, sizes);
        let count = cliques.len();
        // Prim: the next clique is the one that shares most with the tree; of equals the first.
        let mut order = vec![0];
        let mut parents = vec![None];
        let mut inside = vec![false; count];
        inside[0] = true;
        let shared = |a: usize, b: usize| {
            let both = cliques[a]
                .iter()
                .filter(|x| cliques[b].binary_search(x).is_ok());
            both.count()
        };
        let mut best: Vec<(usize, usize)> = (0..count).map(|c| (shared(0, c), 0)).collect();
        while order.len() < count {
            let next = (0..count)
                .filter(|&c| !inside[c])
                .max_by_key(|&c| (best[c].0, std::cmp::Reverse(c)))
                .unwrap_or(0);
            let place = order.len();
            parents.push(Some(best[next].1));
            order.push(next);
            inside[next] = true;
            for clique in 0..count {
                let share = shared(next, clique);
                if !inside[clique] && share > best[clique].0 {
                    best[clique] = (share, place);
                }
            }
        }
        Self {
            cliques: order.into_iter().map(|c| cliques[c].clone()).collect(),
            parents,
        }
    }

    /// Cells of all cliques together; saturates.
    pub fn cells(&self, sizes: &[usize]) -> usize {
        self.cliques.iter().fold(0, |sum: usize, clique| {
            sum.saturating_add(cells(clique, sizes))
        })
    }

    /// What a clique shares with its parent, ascending; nothing for the first.
    pub fn separator(&self, clique: usize) -> Vec<usize> {
        let Some(parent) = self.parents[clique] else {
            return Vec::new();
        };
        let above = &self.cliques[parent];
        let own = self.cliques[clique].iter();
        own.filter(|a| above.binary_search(a).is_ok())
            .copied()
            .collect()
    }

    /// The smallest clique that holds all these attributes, if any does.
    pub(crate) fn host(&self, attributes: &[usize], sizes: &[usize]) -> Option<usize> {
        (0..self.cliques.len())
            .filter(|&c| contains(&self.cliques[c], attributes))
            .min_by_key(|&c| cells(&self.cliques[c], sizes))
    }

    /// The cells that a tree of these marginals would have, without making it.
    pub fn cells_of(marginals: &[Vec<usize>], sizes: &[usize]) -> usize {
        let cliques = eliminated(marginals, sizes);
        cliques.iter().fold(0, |sum: usize, clique| {
            sum.saturating_add(cells(clique, sizes))
        })
    }
}

/// The maximal cliques of a triangulation of the graph in which the attributes of each marginal are joined; at least one.
fn eliminated(marginals: &[Vec<usize>], sizes: &[usize]) -> Vec<Vec<usize>> {
    let count = sizes.len();
    let mut near = vec![vec![false; count]; count];
    for marginal in marginals {
        for &a in marginal {
            for &b in marginal {
                near[a][b] = a != b;
            }
        }
    }
    let logs: Vec<f64> = sizes
        .iter()
        .map(|&size| (size.max(1) as f64).ln())
        .collect();
    let mut left: Vec<usize> = (0..count).collect();
    let mut found: Vec<Vec<usize>> = Vec::new();
    while !left.is_empty() {
        let clique_of = |a: usize| -> Vec<usize> {
            let neighbours = left.iter().copied().filter(|&b| b != a && near[a][b]);
            let clique: Vec<usize> = neighbours.collect();
            union(&clique, &[a])
        };
        let weight = |a: usize| {
            let around = left.iter().filter(|&&b| b == a || near[a][b]);
            around.map(|&b| logs[b]).sum::<f64>()
        };
        let Some(next) = left
            .iter()
            .copied()
            .min_by(|&a, &b| weight(a).total_cmp(&weight(b)).then(a.cmp(&b)))
        else {
            break;
        };
        let clique = clique_of(next);
        for &a in &clique {
            for &b in &clique {
                if a != b {
                    near[a][b] = true;
                }
            }
        }
        left.retain(|&a| a != next);
        if !found.iter().any(|other| contains(other, &clique)) {
            found.push(clique);
        }
    }
    if found.is_empty() {
        found.push(Vec::new());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every attribute's cliques hang together, and every marginal has a host.
    fn is_junction_tree(tree: &JunctionTree, marginals: &[Vec<usize>], sizes: &[usize]) {
        for marginal in marginals {
            assert!(tree.host(marginal, sizes).is_some(), "{marginal:?}");
        }
        for attribute in 0..sizes.len() {
            let holders: Vec<usize> = (0..tree.cliques.len())
                .filter(|&c| tree.cliques[c].contains(&attribute))
                .collect();
            assert!(!holders.is_empty());
            // Connected: all holders but one have a parent that holds it.
            let roots = holders.iter().filter(|&&c| {
                tree.parents[c].is_none_or(|p| !tree.cliques[p].contains(&attribute))
            });
            assert_eq!(roots.count(), 1, "attribute {attribute} in {tree:?}");
        }
    }

    #[test]
    fn trees_of_random_marginals_have_the_running_intersection() {
        let mut state = 12345_u64;
        let mut next = move |below: usize| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            ((state >> 33) as usize) % below
        };
        for _ in 0..200 {
            let count = 1 + next(9);
            let sizes: Vec<usize> = (0..count).map(|_| 2 + next(5)).collect();
            let marginals: Vec<Vec<usize>> = (0..next(12))
                .map(|_| union(&[next(count), next(count)], &[next(count)]))
                .collect();
            let tree = JunctionTree::of(&marginals, &sizes);
            is_junction_tree(&tree, &marginals, &sizes);
            assert_eq!(
                tree.cells(&sizes),
                JunctionTree::cells_of(&marginals, &sizes)
            );
        }
    }

    #[test]
    fn a_chain_needs_no_more_than_its_pairs() {
        let marginals = vec![vec![0, 1], vec![1, 2], vec![2, 3]];
        let tree = JunctionTree::of(&marginals, &[2, 3, 4, 5]);
        assert_eq!(tree.cliques.len(), 3);
        assert_eq!(tree.cells(&[2, 3, 4, 5]), 6 + 12 + 20);
    }
}
