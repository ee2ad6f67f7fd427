//! Conditions and terms as trees.

use std::sync::Arc;

use regex_lite::Regex;

/// Something that is true, false or unknown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Constant(bool),
    Compare(Comparison, Term, Term),
    In(Term, Vec<Term>),
    IsNull(Term),
    /// `LIKE` and regular expressions.
    Matches(Term, Pattern),
    /// These columns go together as they do in the data; the texts that do, once they are known.
    Seen(Vec<u16>, Option<Arc<Seen>>),
    /// No two rows have the same values of these columns.
    Unique(Vec<u16>),
    /// Neither false nor unknown.
    IsTrue(Box<Condition>),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// Texts of several columns that go together; `None` is missing.
pub(crate) type Seen = Vec<Vec<Option<String>>>;

/// A regular expression.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(pub Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
}

/// Something that has a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Term {
    Null,
    /// Numbers; moments in seconds.
    Number(f64),
    Text(String),
    Column(u16),
    Arithmetic(Operation, Box<Term>, Box<Term>),
    Call(Function, Vec<Term>),
    /// The term of the first condition that is true, else the last.
    Case(Vec<(Condition, Term)>, Box<Term>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// The remainder with the sign of the dividend.
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Absolute,
    /// To so many decimals, half away from zero.
    Round(i32),
    Floor,
    Ceil,
    Least,
    Greatest,
    Coalesce,
    Length,
    Year,
    Month,
    Day,
    Hour,
    /// Monday is 1.
    Weekday,
}

impl Condition {
    /// The columns it speaks of, with repetitions.
    pub(crate) fn columns(&self, found: &mut Vec<u16>) {
        match self {
            Self::Constant(_) => {}
            Self::Compare(_, a, b) => {
                a.columns(found);
                b.columns(found);
            }
            Self::In(a, list) => {
                a.columns(found);
                for term in list {
                    term.columns(found);
                }
            }
            Self::IsNull(a) | Self::Matches(a, _) => a.columns(found),
            Self::Seen(columns, _) | Self::Unique(columns) => found.extend(columns),
            Self::IsTrue(a) | Self::Not(a) => a.columns(found),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.columns(found);
                }
            }
        }
    }

    /// The columns that are compared with a text for equality, with the text.
    pub(crate) fn equals<'a>(&'a self, found: &mut Vec<(u16, &'a str)>) {
        match self {
            Self::Compare(Comparison::Equal | Comparison::Unequal, a, b) => match (a, b) {
                (Term::Column(column), Term::Text(text))
                | (Term::Text(text), Term::Column(column)) => found.push((*column, text)),
                _ => {}
            },
            Self::In(Term::Column(column), list) => {
                for term in list {
                    if let Term::Text(text) = term {
                        found.push((*column, text));
                    }
                }
            }
            Self::IsTrue(a) | Self::Not(a) => a.equals(found),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.equals(found);
                }
            }
            Self::Constant(_)
            | Self::Seen(..)
            | Self::Unique(_)
            | Self::Compare(..)
            | Self::In(..)
            | Self::IsNull(_)
            | Self::Matches(..) => {}
        }
    }

    /// Columns that are to go together as in the data, where it is not known how.
    pub(crate) fn unseen(&self) -> Option<&[u16]> {
        match self {
            Self::Seen(columns, None) => Some(columns),
            Self::IsTrue(a) | Self::Not(a) => a.unseen(),
            Self::All(parts) | Self::Any(parts) => parts.iter().find_map(Self::unseen),
            _ => None,
        }
    }

    /// Whether some part of it is about several rows.
    pub(crate) fn compares_rows(&self) -> bool {
        match self {
            Self::Unique(_) => true,
            Self::IsTrue(a) | Self::Not(a) => a.compares_rows(),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::compares_rows),
            _ => false,
        }
    }

    /// The same where it is known what goes together.
    pub(crate) fn with_seen(&self, seen: &dyn Fn(&[u16]) -> Option<Arc<Seen>>) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.with_seen(seen)).collect();
        match self {
            Self::Seen(columns, None) => Self::Seen(columns.clone(), seen(columns)),
            Self::IsTrue(a) => Self::IsTrue(Box::new(a.with_seen(seen))),
            Self::Not(a) => Self::Not(Box::new(a.with_seen(seen))),
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
            other => other.clone(),
        }
    }

    /// True where this one is not true.
    pub(crate) fn otherwise(self) -> Self {
        Self::Not(Box::new(Self::IsTrue(Box::new(self))))
    }
}

impl Term {
    /// Whether it speaks of a column from this place on.
    pub(crate) fn reaches(&self, place: usize) -> bool {
        let mut columns = Vec::new();
        self.columns(&mut columns);
        columns.iter().any(|&column| usize::from(column) >= place)
    }

    pub(crate) fn columns(&self, found: &mut Vec<u16>) {
        match self {
            Self::Null | Self::Number(_) | Self::Text(_) => {}
            Self::Column(column) => found.push(*column),
            Self::Arithmetic(_, a, b) => {
                a.columns(found);
                b.columns(found);
            }
            Self::Call(_, terms) => terms.iter().for_each(|term| term.columns(found)),
            Self::Case(cases, rest) => {
                for (condition, term) in cases {
                    condition.columns(found);
                    term.columns(found);
                }
                rest.columns(found);
            }
        }
    }
}
