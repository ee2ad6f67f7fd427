//! What is known of a value and of a condition.

/// Every value that something may have: a range of numbers, texts, and missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Domain<'a> {
    /// The least and greatest number, in that order; none where the first is greater.
    pub low: f64,
    pub high: f64,
    pub texts: Texts<'a>,
    /// Whether it may be missing.
    pub null: bool,
}

/// The texts that something may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texts<'a> {
    None,
    One(&'a str),
    Any,
}

impl<'a> Domain<'a> {
    /// No value at all.
    pub(crate) const NOTHING: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        texts: Texts::None,
        null: false,
    };
    pub(crate) const NULL: Self = Self {
        null: true,
        ..Self::NOTHING
    };

    pub(crate) const ANYTHING: Domain<'static> = Domain {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        texts: Texts::Any,
        null: true,
    };

    pub(crate) const fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            ..Self::NOTHING
        }
    }

    pub(crate) const fn number(value: f64) -> Self {
        Self::between(value, value)
    }

    /// A number; missing where it is none.
    pub(crate) const fn of_number(value: f64) -> Self {
        if value.is_nan() {
            Self::NULL
        } else {
            Self::number(value)
        }
    }

    pub(crate) const fn text(text: &'a str) -> Self {
        Self {
            texts: Texts::One(text),
            ..Self::NOTHING
        }
    }

    /// The same, or missing.
    pub(crate) const fn or_null(self, null: bool) -> Self {
        Self {
            null: self.null || null,
            ..self
        }
    }

    pub(crate) fn has_number(&self) -> bool {
        self.low <= self.high
    }

    pub(crate) fn has_text(&self) -> bool {
        self.texts != Texts::None
    }

    /// Whether it is one number for sure.
    pub(crate) fn is_number(&self) -> bool {
        self.low == self.high && !self.has_text() && !self.null
    }

    /// Everything that either may be.
    pub(crate) fn join(self, other: Self) -> Self {
        let texts = match (self.texts, other.texts) {
            (Texts::None, texts) | (texts, Texts::None) => texts,
            (Texts::One(a), Texts::One(b)) if a == b => Texts::One(a),
            _ => Texts::Any,
        };
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            texts,
            null: self.null || other.null,
        }
    }

    /// The same with texts read as the numbers they write; other texts are missing.
    pub(crate) fn as_number(self) -> Self {
        match self.texts {
            Texts::None => self,
            Texts::Any => Self::between(f64::NEG_INFINITY, f64::INFINITY).or_null(true),
            Texts::One(text) => {
                let plain = Self {
                    texts: Texts::None,
                    ..self
                };
                match text.trim().parse::<f64>() {
                    Ok(value) if value.is_finite() => plain.join(Self::number(value)),
                    _ => plain.or_null(true),
                }
            }
        }
    }
}

/// What a condition may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Truth {
    pub yes: bool,
    pub no: bool,
    pub unknown: bool,
}

impl Truth {
    pub(crate) const NOTHING: Self = Self {
        yes: false,
        no: false,
        unknown: false,
    };
    pub(crate) const YES: Self = Self {
        yes: true,
        ..Self::NOTHING
    };
    pub(crate) const NO: Self = Self {
        no: true,
        ..Self::NOTHING
    };
    pub(crate) const EITHER: Self = Self {
        yes: true,
        no: true,
        unknown: false,
    };

    pub(crate) const fn of(value: bool) -> Self {
        if value { Self::YES } else { Self::NO }
    }

    pub(crate) fn join(self, other: Self) -> Self {
        Self {
            yes: self.yes || other.yes,
            no: self.no || other.no,
            unknown: self.unknown || other.unknown,
        }
    }

    pub(crate) fn not(self) -> Self {
        Self {
            yes: self.no,
            no: self.yes,
            ..self
        }
    }

    /// Kleene's conjunction of two that are independent.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            yes: self.yes && other.yes,
            no: self.no || other.no,
            unknown: self.unknown && (other.unknown || other.yes) || other.unknown && self.yes,
        }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}
