//! A model as one file: a line of text that names it, a version, a SHA-256, and the model in `postcard`'s format.
//!
//! Reading refuses a file that was cut short, changed or written by another version, and a model whose parts do not fit together, with one
//! sentence; no bytes make it panic or take more memory than a small multiple of their number.

use super::{
    Model,
    bins::{Bin, Binning},
    computed,
    forest::{Forest, MOST_DIGITS},
    shape::Shape,
    tree::{MAX_CLASSES, Node, Tree},
};
use sha2::{Digest, Sha256};

/// The version of the file format that this program reads and writes.
pub const VERSION: u32 = 5;
const NAME: &[u8; 24] = b"populace table model\n\0\0\0";
/// The most bins of context that a row may be drawn with.
const MOST_CONTEXT: u16 = 4096;
const HEADER: usize = NAME.len() + 4 + 8 + 32;

/// Why a file is no model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelError {
    /// It does not begin as a model does.
    NotAModel,
    /// It is of this version.
    Version(u32),
    /// It has this many bytes and should have that many.
    Cut {
        /// Bytes that are there.
        found: u64,
        /// Bytes that its header promises.
        expected: u64,
    },
    /// Its content is not what was written.
    Changed,
    /// Its parts do not fit together; which.
    Inconsistent(&'static str),
}

impl std::fmt::Display for ModelError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAModel => f.write_str("this is not a table model"),
            Self::Version(version) => write!(
                f,
                "this model is of version {version} of the format; this program reads version {VERSION}"
            ),
            Self::Cut { found, expected } => {
                write!(
                    f,
                    "this model has {found} bytes where its header says {expected}"
                )
            }
            Self::Changed => {
                f.write_str("this model is not as it was written: its SHA-256 does not match")
            }
            Self::Inconsistent(part) => {
                write!(f, "this model contradicts itself in its {part}")
            }
        }
    }
}

impl std::error::Error for ModelError {}

impl ModelError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAModel => "name a file that `populace learn` wrote",
            Self::Version(_) => "learn the table again, or use the program that wrote the model",
            Self::Cut { .. } | Self::Changed => "copy the file again, or learn the table again",
            Self::Inconsistent(_) => "it was not written by this program; learn the table again",
        }
    }
}

impl Model {
    /// The bytes of the model's file; the same model gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        framed(NAME, &postcard::to_allocvec(self).unwrap_or_default())
    }

    /// Whether a file that begins with these bytes (24 or more) says that it is a model.
    pub fn recognises(start: &[u8]) -> bool {
        start.starts_with(NAME)
    }

    /// Reads a model from the bytes of its file.
    ///
    /// # Errors
    ///
    /// When they are no model, one of another version, cut short, changed, or inconsistent.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let content = unframed(NAME, bytes)?;
        let model: Self =
            postcard::from_bytes(content).map_err(|_| ModelError::Inconsistent("encoding"))?;
        model.check()?;
        Ok(model)
    }

    /// Whether the parts fit together, so that drawing rows can neither panic nor loop.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        let wrong = |part| Err(ModelError::Inconsistent(part));
        let columns = self.columns.len();
        if columns == 0
            || self.levels.len() != columns
            || self.binnings.len() != columns
            || self.dependences.len() != columns
            || self.written.len() != columns
            || self.context > MOST_CONTEXT
        {
            return wrong("columns");
        }
        for ((binning, levels), column) in self.binnings.iter().zip(&self.levels).zip(&self.columns)
        {
            if !binning_fits(binning, levels.len(), column.codes.len()) {
                return wrong("codes");
            }
        }
        let mut free = 0;
        for (dependence, &written) in self.dependences.iter().zip(&self.written) {
            let Some(dependence) = dependence else {
                free += usize::from(!written);
                continue;
            };
            if written {
                return wrong("dependences");
            }
            let on = usize::from(dependence.on);
            let own = self
                .dependences
                .iter()
                .position(|d| d.as_ref() == Some(dependence));
            let fits = on < columns
                && self.dependences[on].is_none()
                && !self.written[on]
                && dependence.codes.len() == self.binnings[on].bins.len()
                && own.is_some();
            if !fits {
                return wrong("dependences");
            }
        }
        for (column, dependence) in self.dependences.iter().enumerate() {
            let codes = self.binnings[column].bins.len() as u32;
            if let Some(dependence) = dependence
                && dependence.codes.iter().any(|&code| code >= codes)
            {
                return wrong("dependences");
            }
        }
        // What a rule computes is not drawn.
        let rules = self.rules();
        let computed = computed::computed(&rules, |_, _| true);
        if rules.len() != self.rules.len()
            || !computed
                .iter()
                .all(|(column, _)| self.written[usize::from(*column)])
        {
            return wrong("rules");
        }
        if !self.targets.fits(&self.binnings) {
            return wrong("counts");
        }
        if !self.odds.fits(&self.binnings) {
            return wrong("odds");
        }
        if self.forest.orders.is_empty() || !forest_fits(self, &self.forest, free) {
            return wrong("trees");
        }
        Ok(())
    }
}

/// Content behind the header of a file.
pub(crate) fn framed(name: &[u8; 24], content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + content.len());
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&Sha256::digest(content));
    bytes.extend_from_slice(content);
    bytes
}

/// The content of a file that is whole, unchanged, of this name and of this version.
pub(crate) fn unframed<'b>(name: &[u8; 24], bytes: &'b [u8]) -> Result<&'b [u8], ModelError> {
    if !bytes.starts_with(name) {
        return Err(ModelError::NotAModel);
    }
    let cut = |expected: u64| ModelError::Cut {
        found: bytes.len() as u64,
        expected,
    };
    let Some((header, content)) = bytes.split_at_checked(HEADER) else {
        return Err(cut(HEADER as u64));
    };
    let mut number = [0; 4];
    number.copy_from_slice(&header[24..28]);
    let version = u32::from_le_bytes(number);
    if version != VERSION {
        return Err(ModelError::Version(version));
    }
    let mut number = [0; 8];
    number.copy_from_slice(&header[28..36]);
    let length = u64::from_le_bytes(number);
    if content.len() as u64 != length {
        return Err(cut(length.saturating_add(HEADER as u64)));
    }
    if Sha256::digest(content)[..] != header[36..68] {
        return Err(ModelError::Changed);
    }
    Ok(content)
}

fn binning_fits(binning: &Binning, levels: usize, codes: usize) -> bool {
    let count = binning.bins.len();
    let groups = &binning.groups;
    count > 0
        && groups.len() >= 2
        && groups.len() <= MAX_CLASSES + 1
        && groups[0] == 0
        && groups[groups.len() - 1] as usize == count
        && groups
            .windows(2)
            .all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 64 * 64)
        && binning.steps.len() == groups.len() - 1
        && binning.feature.len() == count
        && binning.people.len() == count
        && binning
            .steps
            .iter()
            .flatten()
            .all(|(step, share)| step.is_finite() && *step > 0.0 && share.is_finite())
        && binning.bins.iter().all(|bin| match bin {
            Bin::Missing => true,
            Bin::Special(name) => (1..=codes).contains(&usize::from(*name)),
            Bin::Level(level) => (*level as usize) < levels.max(1),
            Bin::Numbers(shape) => shape_fits(shape),
        })
}

fn shape_fits(shape: &Shape) -> bool {
    let ascending = shape.shared.windows(2).all(|pair| pair[0].1 < pair[1].1);
    let shared = shape.shared.last().map_or(0, |&(_, people)| people);
    let finite = shape.shared.iter().all(|(value, _)| value.is_finite())
        && shape.knots.iter().all(|knot| knot.is_finite())
        && shape.knots.windows(2).all(|pair| pair[0] <= pair[1]);
    ascending
        && finite
        && shared <= shape.people
        && shape.people > 0
        && (shape.knots.len() >= 2 || shared == shape.people)
}

fn forest_fits(model: &Model, forest: &Forest, free: usize) -> bool {
    let columns = model.columns.len();
    let features = columns + MOST_DIGITS + usize::from(model.context);
    forest.orders.iter().all(|order| {
        let mut seen = vec![false; columns];
        let distinct = order.columns.iter().all(|&column| {
            let column = usize::from(column);
            column < columns
                && model.dependences[column].is_none()
                && !model.written[column]
                && !std::mem::replace(&mut seen[column], true)
        });
        distinct
            && order.columns.len() == free
            && order.trees.len() == free
            && order
                .columns
                .iter()
                .zip(&order.trees)
                .all(|(&column, digits)| {
                    let sizes = model.binnings[usize::from(column)].digits();
                    digits.len() == sizes.len()
                        && digits.iter().zip(&sizes).all(|(trees, &classes)| {
                            !trees.is_empty()
                                && trees.iter().all(|tree| tree_fits(tree, classes, features))
                        })
                })
    })
}

fn tree_fits(tree: &Tree, classes: usize, features: usize) -> bool {
    let nodes = tree.nodes.len();
    let leaves = tree.cumulated.len() / classes.max(1);
    // Children come after their parents, so every way down ends.
    let below = |at: usize, left: u32| left as usize > at && (left as usize) < nodes - 1;
    tree.classes == classes
        && nodes > 0
        && tree.cumulated.len() == leaves * classes
        && tree.cumulated.chunks(classes).all(|leaf| {
            leaf.windows(2).all(|pair| pair[0] <= pair[1]) && leaf[classes - 1] == u32::MAX
        })
        && tree.nodes.iter().enumerate().all(|(at, node)| match *node {
            Node::Leaf(leaf) => (leaf as usize) < leaves,
            Node::Ordered { feature, left, .. } => {
                usize::from(feature) < features && below(at, left)
            }
            Node::Levels { feature, set, left } => {
                usize::from(feature) < features
                    && (set as usize) < tree.sets.len()
                    && below(at, left)
            }
        })
}
