//! A graphical model as the trees that rows are drawn from.
//!
//! The attribute of each column is the first digit of its code. Its tree asks for the first digits of the columns it is conditional on, one after the other, and so ends in one leaf for each
//! combination; a second digit asks for the first alone. What has no code is never drawn, so its class is left out and the others share its place.

use std::collections::VecDeque;

use marginals::Beliefs;

use super::coding::Coding;
use crate::model::forest::{Forest, Order};
use crate::model::tree::{Node, Tree, cumulate};

/// Trees for all columns. `attributes` are the columns of the attributes; columns without one are always drawn from their first class.
pub(crate) fn forest(beliefs: &Beliefs, attributes: &[u16], codings: &[Option<Coding>]) -> Forest {
    let mut order = Order {
        columns: Vec::new(),
        trees: Vec::new(),
    };
    let sizes = beliefs.sizes();
    for conditional in beliefs.conditionals() {
        let column = attributes[conditional.attribute];
        if let Some(coding) = &codings[usize::from(column)] {
            let questions: Vec<Question<'_>> = conditional
                .given
                .iter()
                .filter_map(|&given| {
                    let feature = attributes[given];
                    let coding = codings[usize::from(feature)].as_ref()?;
                    Some(Question {
                        feature,
                        groups: &coding.binning.groups,
                        classes: coding.classes(),
                        values: sizes[given],
                    })
                })
                .collect();
            let classes = sizes[conditional.attribute] - 1;
            let first = first_digit(&conditional.shares, classes, &questions);
            order.columns.push(column);
            order.trees.push(digits(first, coding, codings.len()));
        }
    }
    for (column, coding) in codings.iter().enumerate() {
        if let Some(coding) = coding
            && !order.columns.contains(&(column as u16))
        {
            let shares = vec![1.0; coding.classes()];
            order.columns.push(column as u16);
            order
                .trees
                .push(digits(leaf(&shares), coding, codings.len()));
        }
    }
    Forest::of(vec![order])
}

/// What a tree may ask about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// Where its bin is.
    pub feature: u16,
    /// The first code of each class, then the number of codes; a bin is a code, or what is behind all codes.
    pub groups: &'a [u32],
    /// Classes that are told apart; what is behind all codes may be one of its own.
    pub classes: usize,
    /// Values that shares are given for, which are at least as many.
    pub values: usize,
}

/// The trees of a column's digits.
pub(crate) fn digits(first: Tree, coding: &Coding, columns: usize) -> Vec<Vec<Tree>> {
    let sizes = coding.binning.digits();
    let mut trees = vec![vec![first]];
    if let Some(&widest) = sizes.get(1) {
        trees.push(vec![second_digit(coding, widest, columns)]);
    }
    trees
}

pub(crate) fn leaf(shares: &[f64]) -> Tree {
    Tree {
        nodes: vec![Node::Leaf(0)],
        sets: Vec::new(),
        classes: shares.len(),
        cumulated: cumulate(shares).collect(),
    }
}

/// A range of classes of one of the questions, still to be told apart.
struct Open {
    node: usize,
    question: usize,
    classes: (usize, usize),
    cell: usize,
}

/// The tree of a first digit of so many classes, and one value without a code, by its shares for each combination of what is asked.
pub(crate) fn first_digit(shares: &[f64], classes: usize, questions: &[Question<'_>]) -> Tree {
    let all = shares;
    let mut nodes = vec![Node::Leaf(0)];
    let mut cumulated = Vec::new();
    let mut leaves = 0;
    let mut open = VecDeque::from([Open {
        node: 0,
        question: 0,
        classes: (0, questions.first().map_or(1, |q| q.classes)),
        cell: 0,
    }]);
    while let Some(mut at) = open.pop_front() {
        while at.classes.1 - at.classes.0 == 1 && at.question < questions.len() {
            at.cell = at.cell * questions[at.question].values + at.classes.0;
            at.question += 1;
            at.classes = (0, questions.get(at.question).map_or(1, |q| q.classes));
        }
        if at.question == questions.len() {
            nodes[at.node] = Node::Leaf(leaves);
            leaves += 1;
            let shares = &all[at.cell * (classes + 1)..][..classes];
            let known = shares.iter().any(|&share| share > 0.0);
            if known {
                cumulated.extend(cumulate(shares));
            } else {
                cumulated.extend(cumulate(&vec![1.0; classes]));
            }
            continue;
        }
        let Question {
            feature, groups, ..
        } = questions[at.question];
        let middle = usize::midpoint(at.classes.0, at.classes.1);
        let left = nodes.len();
        // Codes are bins to trees, and those of a class lie side by side.
        nodes[at.node] = Node::Ordered {
            feature,
            last: (groups[middle] - 1) as u8,
            left: left as u32,
        };
        nodes.extend([Node::Leaf(0); 2]);
        for (side, classes) in [(at.classes.0, middle), (middle, at.classes.1)]
            .into_iter()
            .enumerate()
        {
            open.push_back(Open {
                node: left + side,
                classes,
                ..at
            });
        }
    }
    Tree {
        nodes,
        sets: Vec::new(),
        classes,
        cumulated,
    }
}

fn second_digit(coding: &Coding, widest: usize, columns: usize) -> Tree {
    let fine = coding.fine();
    let mut nodes = vec![Node::Leaf(0)];
    let mut cumulated = Vec::new();
    let mut open = VecDeque::from([(0, 0, fine.len())]);
    while let Some((node, first, end)) = open.pop_front() {
        if end - first == 1 {
            nodes[node] = Node::Leaf((cumulated.len() / widest) as u32);
            let mut shares = fine[first].clone();
            shares.resize(widest, 0.0);
            cumulated.extend(cumulate(&shares));
            continue;
        }
        let middle = usize::midpoint(first, end);
        let left = nodes.len();
        // The digits of the column that is being drawn come behind all columns.
        nodes[node] = Node::Ordered {
            feature: columns as u16,
            last: (middle - 1) as u8,
            left: left as u32,
        };
        nodes.extend([Node::Leaf(0); 2]);
        open.push_back((left, first, middle));
        open.push_back((left + 1, middle, end));
    }
    Tree {
        nodes,
        sets: Vec::new(),
        classes: widest,
        cumulated,
    }
}
