//! What may come of a condition, and of a term, with what is known of each column.

use super::domain::{Domain, Texts, Truth};
use super::expression::{Comparison, Condition, Function, Operation, Term};
use crate::format::{civil_from_days, days_from_civil};

const DAY_S: f64 = 86_400.0;

/// Numbers this close are equal: decimal fractions have no exact binary ones, and what is compared is what is written.
fn tolerance(a: f64, b: f64) -> f64 {
    1e-9 * a.abs().max(b.abs()).max(1.0)
}

impl Condition {
    /// Which of true, false and unknown are possible. Exact where each column has one value; otherwise never too little.
    pub(crate) fn truth<'a>(&'a self, known: &dyn Fn(usize) -> Domain<'a>) -> Truth {
        match self {
            Self::Constant(value) => Truth::of(*value),
            Self::Compare(how, a, b) => compare(*how, a.domain(known), b.domain(known)),
            Self::In(a, list) => {
                let a = a.domain(known);
                list.iter().fold(Truth::NO, |truth, term| {
                    truth.or(compare(Comparison::Equal, a, term.domain(known)))
                })
            }
            Self::IsNull(a) => {
                let a = a.domain(known);
                Truth {
                    yes: a.null,
                    no: a.has_number() || a.has_text(),
                    unknown: false,
                }
            }
            Self::Matches(a, pattern) => {
                let a = a.domain(known);
                let texts = match a.texts {
                    Texts::None => Truth::NOTHING,
                    Texts::One(text) => Truth::of(pattern.0.is_match(text)),
                    Texts::Any => Truth::EITHER,
                };
                // A number is matched as it is written in full.
                let numbers = if !a.has_number() {
                    Truth::NOTHING
                } else if a.low == a.high {
                    Truth::of(pattern.0.is_match(&a.low.to_string()))
                } else {
                    Truth::EITHER
                };
                Truth {
                    unknown: a.null,
                    ..texts.join(numbers)
                }
            }
            // A row by itself breaks nothing.
            Self::Unique(_) => Truth::of(true),
            Self::Seen(_, None) => Truth::EITHER,
            Self::Seen(columns, Some(seen)) => {
                let domains: Vec<Domain<'a>> =
                    columns.iter().map(|&column| known(column.into())).collect();
                let fits = |texts: &Vec<Option<String>>| {
                    let mut both = texts.iter().zip(&domains);
                    both.all(|(text, domain)| match (text, domain.texts) {
                        (None, _) => domain.null,
                        (Some(text), Texts::One(other)) => text == other,
                        (Some(_), texts) => texts == Texts::Any,
                    })
                };
                let yes = seen.iter().any(fits);
                let one = |domain: &Domain<'_>| match domain.texts {
                    Texts::None => true,
                    Texts::One(_) => !domain.null,
                    Texts::Any => false,
                };
                Truth {
                    yes,
                    no: !yes || !domains.iter().all(one),
                    unknown: false,
                }
            }
            Self::IsTrue(a) => {
                let a = a.truth(known);
                Truth {
                    yes: a.yes,
                    no: a.no || a.unknown,
                    unknown: false,
                }
            }
            Self::Not(a) => a.truth(known).not(),
            Self::All(parts) => parts
                .iter()
                .fold(Truth::YES, |truth, part| truth.and(part.truth(known))),
            Self::Any(parts) => parts
                .iter()
                .fold(Truth::NO, |truth, part| truth.or(part.truth(known))),
        }
    }
}

fn compare(how: Comparison, mut a: Domain<'_>, mut b: Domain<'_>) -> Truth {
    // A text is compared with a number as the number it writes.
    // Beside what may be either it stays a text, too.
    if a.has_number() && !b.has_number() && b.has_text() {
        b = beside(b, &a);
    } else if b.has_number() && !a.has_number() && a.has_text() {
        a = beside(a, &b);
    }
    let mut truth = Truth::NOTHING;
    truth.unknown = a.null || b.null;
    if a.has_number() && b.has_number() {
        truth = truth.join(compare_numbers(how, &a, &b));
    }
    match (a.texts, b.texts) {
        (Texts::None, _) | (_, Texts::None) => {}
        (Texts::One(a), Texts::One(b)) => {
            truth = truth.join(Truth::of(match how {
                Comparison::Equal => a == b,
                Comparison::Unequal => a != b,
                Comparison::Less => a < b,
                Comparison::AtMost => a <= b,
            }));
        }
        _ => truth = truth.join(Truth::EITHER),
    }
    // A code beside numbers is no number.
    let mixed = a.has_number() && b.has_text() || a.has_text() && b.has_number();
    truth.unknown |= mixed;
    truth
}

/// A text beside numbers: the number that it writes, and itself where the other may be a text as well.
fn beside<'a>(text: Domain<'a>, other: &Domain<'_>) -> Domain<'a> {
    if other.has_text() {
        text.as_number().join(text)
    } else {
        text.as_number()
    }
}

fn compare_numbers(how: Comparison, a: &Domain<'_>, b: &Domain<'_>) -> Truth {
    let within = tolerance(
        if a.low.is_finite() { a.low } else { a.high },
        if b.low.is_finite() { b.low } else { b.high },
    );
    let within = if within.is_finite() { within } else { 1e-9 };
    let points = a.low == a.high && b.low == b.high;
    let equal = if points {
        Truth::of((a.low - b.low).abs() <= within)
    } else if a.low > b.high + within || b.low > a.high + within {
        Truth::NO
    } else {
        Truth::EITHER
    };
    let less = if a.high < b.low - within {
        Truth::YES
    } else if a.low >= b.high - within {
        Truth::NO
    } else {
        Truth::EITHER
    };
    let at_most = if a.high <= b.low + within {
        Truth::YES
    } else if a.low > b.high + within {
        Truth::NO
    } else {
        Truth::EITHER
    };
    match how {
        Comparison::Equal => equal,
        Comparison::Unequal => equal.not(),
        Comparison::Less => less,
        Comparison::AtMost => at_most,
    }
}

impl Term {
    /// Every value it may have. Exact where each column has one value; otherwise never too little.
    pub(crate) fn domain<'a>(&'a self, known: &dyn Fn(usize) -> Domain<'a>) -> Domain<'a> {
        match self {
            Self::Null => Domain::NULL,
            Self::Number(value) => Domain::number(*value),
            Self::Text(text) => Domain::text(text),
            Self::Column(column) => known(usize::from(*column)),
            Self::Arithmetic(operation, a, b) => calculate(
                *operation,
                a.domain(known).as_number(),
                b.domain(known).as_number(),
            ),
            Self::Call(function, terms) => call(*function, terms, known),
            Self::Case(cases, rest) => {
                let mut found = Domain::NOTHING;
                for (condition, term) in cases {
                    let truth = condition.truth(known);
                    if truth.yes {
                        found = found.join(term.domain(known));
                    }
                    if !truth.no && !truth.unknown {
                        return found;
                    }
                }
                found.join(rest.domain(known))
            }
        }
    }
}

/// The least and greatest of some numbers, with `NaN` standing for every number.
fn hull(values: &[f64]) -> Domain<'static> {
    if values.iter().any(|value| value.is_nan()) {
        return Domain::between(f64::NEG_INFINITY, f64::INFINITY);
    }
    values.iter().fold(Domain::NOTHING, |hull, &value| {
        hull.join(Domain::number(value))
    })
}

fn calculate(operation: Operation, a: Domain<'_>, b: Domain<'_>) -> Domain<'static> {
    let null = a.null || b.null;
    if !a.has_number() || !b.has_number() {
        return Domain::NOTHING.or_null(null);
    }
    let numbers = match operation {
        Operation::Add => hull(&[a.low + b.low, a.high + b.high]),
        Operation::Subtract => hull(&[a.low - b.high, a.high - b.low]),
        Operation::Multiply => hull(&[
            a.low * b.low,
            a.low * b.high,
            a.high * b.low,
            a.high * b.high,
        ]),
        Operation::Divide if b.low > 0.0 || b.high < 0.0 => hull(&[
            a.low / b.low,
            a.low / b.high,
            a.high / b.low,
            a.high / b.high,
        ]),
        // Nothing is divided by zero.
        Operation::Divide if b.low == b.high => Domain::NULL,
        Operation::Divide => Domain::between(f64::NEG_INFINITY, f64::INFINITY).or_null(true),
        Operation::Remainder if b.low == b.high && b.low == 0.0 => Domain::NULL,
        Operation::Remainder if a.low == a.high && b.low == b.high => {
            let rest = a.low % b.low;
            // Of decimal fractions that divide evenly, hardly anything or almost all may be left.
            let near = (rest.abs() - b.low.abs()).abs().min(rest.abs()) <= tolerance(a.low, b.low);
            Domain::number(if near { 0.0 } else { rest })
        }
        Operation::Remainder => {
            let most = b.low.abs().max(b.high.abs());
            Domain::between(
                if a.low < 0.0 { -most } else { 0.0 },
                if a.high > 0.0 { most } else { 0.0 },
            )
            .or_null(b.low <= 0.0 && b.high >= 0.0)
        }
    };
    numbers.or_null(null)
}

fn call<'a>(
    function: Function,
    terms: &'a [Term],
    known: &dyn Fn(usize) -> Domain<'a>,
) -> Domain<'a> {
    let domains = || terms.iter().map(|term| term.domain(known));
    match function {
        Function::Coalesce => {
            let mut found = Domain::NOTHING;
            for domain in domains() {
                found = found.join(Domain {
                    null: false,
                    ..domain
                });
                if !domain.null {
                    return found;
                }
            }
            found.or_null(true)
        }
        // Missing ones are passed over.
        Function::Least | Function::Greatest => {
            let mut null = true;
            let mut found: Option<(Domain<'a>, bool)> = None;
            for domain in domains().map(Domain::as_number) {
                null &= domain.null;
                if !domain.has_number() {
                    continue;
                }
                found = Some(match found {
                    None => (domain, domain.null),
                    Some((one, maybe)) => {
                        let (mut low, mut high) = if function == Function::Least {
                            (one.low.min(domain.low), one.high.min(domain.high))
                        } else {
                            (one.low.max(domain.low), one.high.max(domain.high))
                        };
                        // Where one may be missing, the other stands alone.
                        if maybe {
                            (low, high) = (low.min(domain.low), high.max(domain.high));
                        }
                        if domain.null {
                            (low, high) = (low.min(one.low), high.max(one.high));
                        }
                        (Domain::between(low, high), maybe && domain.null)
                    }
                });
            }
            let numbers = found.map_or(Domain::NOTHING, |(numbers, _)| Domain {
                null: false,
                ..numbers
            });
            numbers.or_null(null)
        }
        Function::Length => {
            let Some(a) = domains().next() else {
                return Domain::NULL;
            };
            match a.texts {
                Texts::One(text) if !a.has_number() => {
                    Domain::number(text.chars().count() as f64).or_null(a.null)
                }
                Texts::None if !a.has_number() => Domain::NULL,
                _ => Domain::between(0.0, f64::INFINITY).or_null(a.null),
            }
        }
        _ => {
            let a = domains().next().map_or(Domain::NULL, Domain::as_number);
            if !a.has_number() {
                return Domain::NOTHING.or_null(a.null);
            }
            of_one(function, a.low, a.high).or_null(a.null)
        }
    }
}

/// A function of numbers between two.
fn of_one(function: Function, low: f64, high: f64) -> Domain<'static> {
    let rising = |f: &dyn Fn(f64) -> f64| Domain::between(f(low), f(high));
    match function {
        Function::Absolute if low <= 0.0 && high >= 0.0 => Domain::between(0.0, high.max(-low)),
        Function::Absolute => hull(&[low.abs(), high.abs()]),
        Function::Round(decimals) => rising(&|value| {
            let scale = libm::pow(10.0, f64::from(decimals));
            // A half that binary fractions miss by a hair is a half.
            let scaled = value * scale;
            let nudged = scaled + scaled.signum() * tolerance(scaled, 0.0);
            if scaled.is_finite() {
                nudged.round() / scale
            } else {
                value
            }
        }),
        Function::Floor => rising(&|value| (value + tolerance(value, 0.0)).floor()),
        Function::Ceil => rising(&|value| (value - tolerance(value, 0.0)).ceil()),
        Function::Year => rising(&|value| part(value).0),
        Function::Month if part(low).0 == part(high).0 => rising(&|value| part(value).1),
        Function::Month => Domain::between(1.0, 12.0),
        Function::Day if part(low).0 == part(high).0 && part(low).1 == part(high).1 => {
            rising(&|value| part(value).2)
        }
        Function::Day => Domain::between(1.0, 31.0),
        Function::Hour if day(low) == day(high) => {
            rising(&|value| (value.rem_euclid(DAY_S) / 3600.0).floor())
        }
        Function::Hour => Domain::between(0.0, 23.0),
        // The epoch was a Thursday.
        Function::Weekday if day(low) == day(high) => {
            Domain::number((day(low) + 3.0).rem_euclid(7.0) + 1.0)
        }
        Function::Weekday => Domain::between(1.0, 7.0),
        Function::Least | Function::Greatest | Function::Coalesce | Function::Length => {
            Domain::between(f64::NEG_INFINITY, f64::INFINITY)
        }
    }
}

fn day(seconds: f64) -> f64 {
    (seconds / DAY_S).floor()
}

/// Year, month and day of a moment; far beyond the calendar, its edge.
fn part(seconds: f64) -> (f64, f64, f64) {
    let edge = days_from_civil(200_000, 1, 1) as f64;
    let (year, month, date) = civil_from_days(day(seconds).clamp(-edge, edge) as i64);
    (year as f64, f64::from(month), f64::from(date))
}
