//! Terms: columns, numbers, texts, and what is calculated from them.

use super::super::RuleError;
use super::super::expression::{Function, Operation, Term};
use super::super::time::{interval_s, moment};
use super::{Names, Sort};
use crate::table::Kind;
use population::diagnostic::nearest;
use sqlparser::ast::{
    BinaryOperator, CeilFloorKind, DateTimeField, Expr, FunctionArg, FunctionArgExpr,
    FunctionArguments, UnaryOperator, Value,
};

const FUNCTIONS: [&str; 15] = [
    "abs", "round", "floor", "ceil", "least", "greatest", "coalesce", "length", "year", "month",
    "day", "hour", "weekday", "extract", "previous",
];

impl<'a> Names<'a> {
    pub(super) fn names_column(&self, tree: &Expr) -> bool {
        self.term(tree).is_ok_and(|term| {
            let mut columns = Vec::new();
            term.columns(&mut columns);
            !columns.is_empty()
        })
    }

    /// A term that stands beside one of this sort: words and dates mean what its column means by them.
    pub(super) fn beside(
        &self,
        tree: &Expr,
        sort: Sort<'a>,
        other: &Term,
    ) -> Result<Term, RuleError> {
        let word = match tree {
            Expr::Identifier(name) if self.find(name).is_none() => {
                let text = name.value.as_str();
                let meant = match sort {
                    Sort::Levels(_) => true,
                    Sort::Number | Sort::Moment(_) => self.is_code(other, text),
                    Sort::Unknown => false,
                };
                if !meant {
                    return Err(self.no_column(name));
                }
                Some(text)
            }
            Expr::TypedString(typed) => match &typed.value.value {
                Value::SingleQuotedString(text) => Some(text.as_str()),
                _ => None,
            },
            Expr::Value(value) => match (&value.value, sort) {
                (Value::SingleQuotedString(text), _) => Some(text.as_str()),
                // Levels are texts, also where they are digits.
                (Value::Number(digits, _), Sort::Levels(column))
                    if column.kind == Kind::Category =>
                {
                    Some(digits.as_str())
                }
                (Value::Boolean(value), Sort::Levels(column)) => {
                    if let Kind::Boolean { no, yes } = &column.kind {
                        Some(if *value { yes.as_str() } else { no.as_str() })
                    } else {
                        Some(if *value { "true" } else { "false" })
                    }
                }
                _ => None,
            },
            _ => None,
        };
        let Some(word) = word else {
            return self.term(tree);
        };
        match sort {
            Sort::Levels(_) | Sort::Unknown => Ok(Term::Text(word.to_owned())),
            _ if self.is_code(other, word) => Ok(Term::Text(word.to_owned())),
            Sort::Moment(format) => moment(word, format).map(Term::Number).ok_or_else(|| {
                RuleError::new(
                    format!("'{word}' is no moment"),
                    format!(
                        "write it as the column does, `{}`, or as 2024-03-07 or 2024-03-07 17:09:00",
                        format.pattern()
                    ),
                )
            }),
            Sort::Number => word
                .trim()
                .parse()
                .map(Term::Number)
                .map_err(|_| RuleError::new(
                    format!("'{word}' stands beside a number and is none"),
                    "write digits with a point for decimals, and no thousands or units",
                )),
        }
    }

    /// Whether a term is a column in which this text stands for something else than a number.
    fn is_code(&self, term: &Term, text: &str) -> bool {
        matches!(term, Term::Column(place)
            if self.columns[usize::from(*place)].codes.iter().any(|code| code == text))
    }

    pub(super) fn sort(&self, term: &Term) -> Sort<'a> {
        match term {
            Term::Number(_) => Sort::Number,
            Term::Null | Term::Text(_) => Sort::Unknown,
            Term::Column(place) => {
                let column = &self.columns[usize::from(*place)];
                match &column.kind {
                    Kind::Number(_) | Kind::Position(_) => Sort::Number,
                    Kind::Moment(format) => Sort::Moment(format),
                    _ => Sort::Levels(column),
                }
            }
            Term::Arithmetic(_, a, b) => match (self.sort(a), self.sort(b)) {
                // The distance of two moments is a number of seconds.
                (Sort::Moment(_), Sort::Moment(_)) => Sort::Number,
                (Sort::Moment(format), _) | (_, Sort::Moment(format)) => Sort::Moment(format),
                _ => Sort::Number,
            },
            Term::Call(function, terms) => match function {
                Function::Least | Function::Greatest | Function::Coalesce => {
                    terms.first().map_or(Sort::Unknown, |term| self.sort(term))
                }
                _ => Sort::Number,
            },
            Term::Case(cases, rest) => {
                let terms = cases.iter().map(|(_, term)| term);
                let mut sorts = terms.chain([&**rest]).map(|term| self.sort(term));
                sorts
                    .find(|sort| !matches!(sort, Sort::Unknown))
                    .unwrap_or(Sort::Unknown)
            }
        }
    }

    pub(super) fn term(&self, tree: &Expr) -> Result<Term, RuleError> {
        match tree {
            Expr::Nested(inner) => self.term(inner),
            Expr::Identifier(name) => self.column(name).map(Term::Column),
            Expr::CompoundIdentifier(names) => self.parts(names),
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) => digits
                    .parse()
                    .ok()
                    .filter(|value: &f64| value.is_finite())
                    .map(Term::Number)
                    .ok_or_else(|| {
                        RuleError::new(
                            format!("`{digits}` is no number that can be calculated with"),
                            "numbers go up to 1e308",
                        )
                    }),
                Value::SingleQuotedString(text) => Ok(Term::Text(text.clone())),
                Value::Null => Ok(Term::Null),
                _ => Err(no_value(tree)),
            },
            Expr::UnaryOp { op, expr } => match op {
                UnaryOperator::Plus => self.term(expr),
                UnaryOperator::Minus => Ok(match self.term(expr)? {
                    Term::Number(value) => Term::Number(-value),
                    other => arithmetic(Operation::Subtract, Term::Number(0.0), other),
                }),
                _ => Err(no_value(tree)),
            },
            Expr::BinaryOp { left, op, right } => {
                let operation = match op {
                    BinaryOperator::Plus => Operation::Add,
                    BinaryOperator::Minus => Operation::Subtract,
                    BinaryOperator::Multiply => Operation::Multiply,
                    BinaryOperator::Divide => Operation::Divide,
                    BinaryOperator::Modulo => Operation::Remainder,
                    _ => return Err(no_value(tree)),
                };
                let (mut a, mut b) = (self.term(left)?, self.term(right)?);
                // `due - '2024-01-01'`
                let read = |term: &Term, other: &Term| match (term, self.sort(other)) {
                    (Term::Text(text), Sort::Moment(format)) => {
                        Some(moment(text, format).ok_or_else(|| no_value(tree)))
                    }
                    _ => None,
                };
                if let Some(value) = read(&a, &b) {
                    a = Term::Number(value?);
                } else if let Some(value) = read(&b, &a) {
                    b = Term::Number(value?);
                }
                Ok(arithmetic(operation, a, b))
            }
            Expr::Interval(interval) => {
                let text = match interval.value.as_ref() {
                    Expr::Value(value) => match &value.value {
                        Value::SingleQuotedString(text) | Value::Number(text, _) => text.clone(),
                        _ => return Err(no_value(tree)),
                    },
                    _ => return Err(no_value(tree)),
                };
                let unit = interval.leading_field.as_ref().map(ToString::to_string);
                interval_s(&text, unit.as_deref())
                    .map(Term::Number)
                    .ok_or_else(|| {
                        RuleError::new(
                            format!("`{tree}` is no interval"),
                            "write `INTERVAL '3 days'`; there are seconds, minutes, hours, days and weeks",
                        )
                    })
            }
            Expr::Extract { field, expr, .. } => {
                let function = match field {
                    DateTimeField::Year => Function::Year,
                    DateTimeField::Month => Function::Month,
                    DateTimeField::Day => Function::Day,
                    DateTimeField::Hour => Function::Hour,
                    _ => return Err(no_value(tree)),
                };
                self.of_moment(function, vec![self.term(expr)?], tree)
            }
            Expr::Ceil {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => Ok(Term::Call(Function::Ceil, vec![self.term(expr)?])),
            Expr::Floor {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => Ok(Term::Call(Function::Floor, vec![self.term(expr)?])),
            Expr::Function(call) => {
                let FunctionArguments::List(list) = &call.args else {
                    return Err(no_value(tree));
                };
                let arguments: Result<Vec<&Expr>, _> = list
                    .args
                    .iter()
                    .map(|argument| match argument {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) => Ok(argument),
                        _ => Err(no_value(tree)),
                    })
                    .collect();
                self.call(&call.name.to_string(), &arguments?, tree)
            }
            Expr::Case {
                operand: None,
                conditions,
                else_result,
                ..
            } => {
                let cases: Result<Vec<_>, _> = conditions
                    .iter()
                    .map(|when| Ok((self.condition(&when.condition)?, self.term(&when.result)?)))
                    .collect();
                let rest = else_result.as_ref();
                let rest = rest.map_or(Ok(Term::Null), |rest| self.term(rest))?;
                Ok(Term::Case(cases?, Box::new(rest)))
            }
            _ => Err(no_value(tree)),
        }
    }

    fn call(&self, name: &str, arguments: &[&Expr], tree: &Expr) -> Result<Term, RuleError> {
        let name = name.to_ascii_lowercase();
        if let ("previous", [of]) = (name.as_str(), arguments) {
            return self.previous(&self.term(of)?);
        }
        let function = match name.as_str() {
            "abs" => Function::Absolute,
            "round" => Function::Round(0),
            "floor" => Function::Floor,
            "ceil" | "ceiling" => Function::Ceil,
            "least" => Function::Least,
            "greatest" => Function::Greatest,
            "coalesce" => Function::Coalesce,
            "length" | "char_length" => Function::Length,
            "year" => Function::Year,
            "month" => Function::Month,
            "day" => Function::Day,
            "hour" => Function::Hour,
            "weekday" => Function::Weekday,
            _ => {
                let hint = nearest(&name, FUNCTIONS).map_or_else(
                    || format!("there are {}", FUNCTIONS.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(RuleError::new(
                    format!("there is no function `{name}`"),
                    hint,
                ));
            }
        };
        let count_of = |few: &str| {
            RuleError::new(
                format!("`{tree}` has {} arguments", arguments.len()),
                format!("`{name}` takes {few}"),
            )
        };
        let terms = |trees: &[&Expr]| -> Result<Vec<Term>, RuleError> {
            trees.iter().map(|tree| self.term(tree)).collect()
        };
        match function {
            Function::Round(_) => match arguments {
                [_] => Ok(Term::Call(function, terms(arguments)?)),
                [of, decimals] => match self.term(decimals)? {
                    Term::Number(decimals) if decimals.fract() == 0.0 && decimals.abs() <= 15.0 => {
                        Ok(Term::Call(Function::Round(decimals as i32), terms(&[of])?))
                    }
                    _ => Err(RuleError::new(
                        format!("`{tree}` does not say to how many decimals"),
                        "the second argument of `round` is a whole number from -15 to 15",
                    )),
                },
                _ => Err(count_of("one or two")),
            },
            Function::Least | Function::Greatest | Function::Coalesce => {
                if arguments.len() < 2 {
                    return Err(count_of("two or more"));
                }
                Ok(Term::Call(function, terms(arguments)?))
            }
            _ if arguments.len() != 1 => Err(count_of("one")),
            Function::Year
            | Function::Month
            | Function::Day
            | Function::Hour
            | Function::Weekday => self.of_moment(function, terms(arguments)?, tree),
            _ => Ok(Term::Call(function, terms(arguments)?)),
        }
    }

    fn of_moment(
        &self,
        function: Function,
        terms: Vec<Term>,
        tree: &Expr,
    ) -> Result<Term, RuleError> {
        if matches!(
            terms.first().map(|term| self.sort(term)),
            Some(Sort::Moment(_))
        ) {
            return Ok(Term::Call(function, terms));
        }
        Err(RuleError::new(
            format!("`{tree}` asks what is no moment"),
            "give it a column of dates; a columns file says which are: `columns: {since: moment}`",
        ))
    }
}

fn arithmetic(operation: Operation, a: Term, b: Term) -> Term {
    Term::Arithmetic(operation, Box::new(a), Box::new(b))
}

pub(super) fn no_value(tree: &Expr) -> RuleError {
    RuleError::new(
        format!("`{tree}` is not understood"),
        format!(
            "values are columns, numbers, texts in single quotes, + - * / %, and {}",
            FUNCTIONS.join(", ")
        ),
    )
}
