//! From SQL to conditions: names become columns, words and dates what the columns mean by them.

use super::RuleError;
use super::expression::{Comparison, Condition, Function, Operation, Term};
use super::time::{interval_s, moment};
use crate::format::{MomentFormat, Role};
use crate::table::{Column, Kind};
use population::diagnostic::nearest;
use regex_lite::Regex;
use sqlparser::ast::{
    BinaryOperator, CeilFloorKind, DateTimeField, Expr, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, UnaryOperator, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// A longer text is refused before it is parsed.
const MAX_BYTES: usize = 16 << 10;
/// Parentheses and operators within one another.
const MAX_DEPTH: usize = 40;

const LANGUAGE: &str = "write it as SQL does after WHERE: `age >= 18 and plan in ('basic', 'pro')`";
const FUNCTIONS: [&str; 14] = [
    "abs", "round", "floor", "ceil", "least", "greatest", "coalesce", "length", "year", "month",
    "day", "hour", "weekday", "extract",
];

pub(super) fn condition(text: &str, columns: &[Column]) -> Result<Condition, RuleError> {
    if text.len() > MAX_BYTES {
        return Err(RuleError::new(
            format!("a condition of {} bytes is too long", text.len()),
            format!("at most {MAX_BYTES} are read; make several of it"),
        ));
    }
    let said = |error: ParserError| {
        let reason = match error {
            ParserError::TokenizerError(reason) | ParserError::ParserError(reason) => reason,
            ParserError::RecursionLimitExceeded => {
                "it has too many parentheses in one another".to_owned()
            }
        };
        let mut letters = reason.chars();
        let reason: String = letters
            .next()
            .map(|first| first.to_lowercase().chain(letters).collect())
            .unwrap_or_default();
        RuleError::new(format!("`{text}` is no condition: {reason}"), LANGUAGE)
    };
    let mut parser = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(MAX_DEPTH)
        .try_with_sql(text)
        .map_err(said)?;
    let tree = parser.parse_expr().map_err(said)?;
    let rest = parser.peek_token();
    if rest.token != Token::EOF {
        return Err(RuleError::new(
            format!("`{text}` goes on after its end, with `{}`", rest.token),
            LANGUAGE,
        ));
    }
    Names { columns }.condition(&tree)
}

struct Names<'a> {
    columns: &'a [Column],
}

/// How a term's values are to be understood.
#[derive(Clone, Copy)]
enum Sort<'a> {
    Number,
    Moment(&'a MomentFormat),
    Levels(&'a Column),
    Unknown,
}

impl<'a> Names<'a> {
    fn condition(&self, tree: &Expr) -> Result<Condition, RuleError> {
        let all = |a: &Expr, b: &Expr| Ok(vec![self.condition(a)?, self.condition(b)?]);
        match tree {
            Expr::Nested(inner) => self.condition(inner),
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::And => Ok(Condition::All(all(left, right)?)),
                BinaryOperator::Or => Ok(Condition::Any(all(left, right)?)),
                BinaryOperator::Eq => self.compare(Comparison::Equal, left, right),
                BinaryOperator::NotEq => self.compare(Comparison::Unequal, left, right),
                BinaryOperator::Lt => self.compare(Comparison::Less, left, right),
                BinaryOperator::LtEq => self.compare(Comparison::AtMost, left, right),
                BinaryOperator::Gt => self.compare(Comparison::Less, right, left),
                BinaryOperator::GtEq => self.compare(Comparison::AtMost, right, left),
                BinaryOperator::PGRegexMatch => self.matches(left, right, false),
                BinaryOperator::PGRegexIMatch => self.matches(left, right, true),
                BinaryOperator::PGRegexNotMatch => Ok(not(self.matches(left, right, false)?)),
                BinaryOperator::PGRegexNotIMatch => Ok(not(self.matches(left, right, true)?)),
                _ => Err(no_condition(tree)),
            },
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => Ok(not(self.condition(expr)?)),
            Expr::IsNull(a) => Ok(Condition::IsNull(self.term(a)?)),
            Expr::IsNotNull(a) => Ok(not(Condition::IsNull(self.term(a)?))),
            Expr::IsTrue(a) => Ok(is_true(self.condition(a)?)),
            Expr::IsNotTrue(a) => Ok(not(is_true(self.condition(a)?))),
            Expr::IsFalse(a) => Ok(is_true(not(self.condition(a)?))),
            Expr::IsNotFalse(a) => Ok(not(is_true(not(self.condition(a)?)))),
            Expr::InList {
                expr,
                list,
                negated,
            } => {
                let left = self.term(expr)?;
                let sort = self.sort(&left);
                let list: Result<Vec<Term>, _> = list
                    .iter()
                    .map(|item| self.beside(item, sort, &left))
                    .collect();
                Ok(negate(*negated, Condition::In(left, list?)))
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => Ok(negate(
                *negated,
                Condition::All(vec![
                    self.compare(Comparison::AtMost, low, expr)?,
                    self.compare(Comparison::AtMost, expr, high)?,
                ]),
            )),
            Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => Ok(negate(*negated, self.like(expr, pattern, false)?)),
            Expr::ILike {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => Ok(negate(*negated, self.like(expr, pattern, true)?)),
            Expr::Value(value) => match &value.value {
                Value::Boolean(value) => Ok(Condition::Constant(*value)),
                _ => Err(no_condition(tree)),
            },
            // A column of yes and no is a condition by itself.
            Expr::Identifier(name) => {
                let place = self.column(name)?;
                match &self.columns[usize::from(place)].kind {
                    Kind::Boolean { yes, .. } => Ok(Condition::Compare(
                        Comparison::Equal,
                        Term::Column(place),
                        Term::Text(yes.clone()),
                    )),
                    _ => Err(RuleError::new(
                        format!(
                            "`{}` is no condition: it is a column of more than yes and no",
                            name.value
                        ),
                        format!("say what it has to be: `{} = …`", name.value),
                    )),
                }
            }
            _ => Err(no_condition(tree)),
        }
    }

    fn compare(&self, how: Comparison, left: &Expr, right: &Expr) -> Result<Condition, RuleError> {
        // The side that names a column says how the other is to be read.
        let (a, b) = if self.names_column(left) || !self.names_column(right) {
            let a = self.term(left)?;
            let b = self.beside(right, self.sort(&a), &a)?;
            (a, b)
        } else {
            let b = self.term(right)?;
            let a = self.beside(left, self.sort(&b), &b)?;
            (a, b)
        };
        for (one, other) in [(&a, &b), (&b, &a)] {
            let moment = matches!(self.sort(one), Sort::Moment(_));
            if moment && matches!(self.sort(other), Sort::Levels(_)) {
                return Err(RuleError::new(
                    "a moment is compared with a column of texts",
                    "say in a columns file that the other is a moment, too",
                ));
            }
        }
        Ok(Condition::Compare(how, a, b))
    }

    fn names_column(&self, tree: &Expr) -> bool {
        self.term(tree).is_ok_and(|term| {
            let mut columns = Vec::new();
            term.columns(&mut columns);
            !columns.is_empty()
        })
    }

    /// A term that stands beside one of this sort: words and dates mean what its column means by them.
    fn beside(&self, tree: &Expr, sort: Sort<'a>, other: &Term) -> Result<Term, RuleError> {
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

    fn sort(&self, term: &Term) -> Sort<'a> {
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
        }
    }

    fn term(&self, tree: &Expr) -> Result<Term, RuleError> {
        match tree {
            Expr::Nested(inner) => self.term(inner),
            Expr::Identifier(name) => self.column(name).map(Term::Column),
            Expr::CompoundIdentifier(names) => self.half(names),
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
            _ => Err(no_value(tree)),
        }
    }

    fn call(&self, name: &str, arguments: &[&Expr], tree: &Expr) -> Result<Term, RuleError> {
        let name = name.to_ascii_lowercase();
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

    fn like(&self, left: &Expr, right: &Expr, any_case: bool) -> Result<Condition, RuleError> {
        let Expr::Value(value) = right else {
            return Err(no_value(right));
        };
        let Value::SingleQuotedString(pattern) = &value.value else {
            return Err(no_value(right));
        };
        let mut text = String::from(if any_case { "(?is)^" } else { "(?s)^" });
        for letter in pattern.chars() {
            match letter {
                '%' => text.push_str(".*"),
                '_' => text.push('.'),
                letter => text.push_str(&regex_lite::escape(letter.encode_utf8(&mut [0; 4]))),
            }
        }
        text.push('$');
        self.pattern(left, &text, pattern)
    }

    fn matches(&self, left: &Expr, right: &Expr, any_case: bool) -> Result<Condition, RuleError> {
        let Expr::Value(value) = right else {
            return Err(no_value(right));
        };
        let Value::SingleQuotedString(pattern) = &value.value else {
            return Err(no_value(right));
        };
        let text = if any_case {
            format!("(?i){pattern}")
        } else {
            pattern.clone()
        };
        self.pattern(left, &text, pattern)
    }

    fn pattern(&self, left: &Expr, text: &str, shown: &str) -> Result<Condition, RuleError> {
        let regex = Regex::new(text).map_err(|error| {
            RuleError::new(
                format!("'{shown}' is no regular expression: {error}"),
                "parentheses and brackets are closed, and special signs stand behind a backslash",
            )
        })?;
        let term = self.term(left)?;
        if matches!(self.sort(&term), Sort::Number | Sort::Moment(_)) {
            return Err(RuleError::new(
                format!("`{left}` is a number or a moment, and patterns are for texts"),
                "compare it with numbers, or make it a category in a columns file",
            ));
        }
        Ok(Condition::Matches(term, regex))
    }

    fn find(&self, name: &Ident) -> Option<u16> {
        let exact = self
            .columns
            .iter()
            .position(|column| column.name == name.value);
        let place = exact.or_else(|| {
            let folded = name.value.to_lowercase();
            let mut alike = (0..self.columns.len())
                .filter(|&place| self.columns[place].name.to_lowercase() == folded);
            let first = alike.next();
            first.filter(|_| alike.next().is_none())
        })?;
        u16::try_from(place).ok()
    }

    fn column(&self, name: &Ident) -> Result<u16, RuleError> {
        let place = self.find(name).ok_or_else(|| self.no_column(name))?;
        let column = &self.columns[usize::from(place)];
        if matches!(column.kind, Kind::Position(_)) {
            return Err(RuleError::new(
                format!("`{}` is a position of two numbers", column.name),
                format!("ask for `{0}.latitude` or `{0}.longitude`", column.name),
            ));
        }
        Ok(place)
    }

    fn half(&self, names: &[Ident]) -> Result<Term, RuleError> {
        if let [position, half] = names {
            let role = match half.value.to_ascii_lowercase().as_str() {
                "latitude" => Some(Role::Latitude),
                "longitude" => Some(Role::Longitude),
                _ => None,
            };
            let found = self.columns.iter().position(|column| {
                matches!(&column.kind, Kind::Position(part)
                    if column.name == position.value && Some(part.number.role) == role)
            });
            if let Some(place) = found {
                return Ok(Term::Column(place as u16));
            }
        }
        let name: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
        let name = name.join(".");
        // A column may well have a point in its name.
        self.column(&Ident::new(name)).map(Term::Column)
    }

    fn no_column(&self, name: &Ident) -> RuleError {
        let names = || self.columns.iter().map(|column| column.name.as_str());
        let hint = nearest(&name.value, names()).map_or_else(
            || {
                let some: Vec<&str> = names().take(12).collect();
                let more = if self.columns.len() > some.len() { " …" } else { "" };
                format!(
                    "columns are {}{more}; texts stand in single quotes, and names with other signs than letters, digits and _ in double ones",
                    some.join(", ")
                )
            },
            |near| format!("did you mean `{near}`?"),
        );
        RuleError::new(format!("`{}` is no column", name.value), hint)
    }
}

fn no_condition(tree: &Expr) -> RuleError {
    RuleError::new(
        format!("`{tree}` is neither true nor false"),
        "conditions are made of = <> < <= > >= BETWEEN IN LIKE ~ IS NULL, joined by AND, OR and NOT",
    )
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

fn is_true(condition: Condition) -> Condition {
    Condition::IsTrue(Box::new(condition))
}

fn negate(negated: bool, condition: Condition) -> Condition {
    if negated { not(condition) } else { condition }
}

fn arithmetic(operation: Operation, a: Term, b: Term) -> Term {
    Term::Arithmetic(operation, Box::new(a), Box::new(b))
}

fn no_value(tree: &Expr) -> RuleError {
    RuleError::new(
        format!("`{tree}` is not understood"),
        format!(
            "values are columns, numbers, texts in single quotes, + - * / %, and {}",
            FUNCTIONS.join(", ")
        ),
    )
}
