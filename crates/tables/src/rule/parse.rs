//! From SQL to conditions: names become columns, words and dates what the columns mean by them.

mod name;
mod term;

use super::expression::{Comparison, Condition, Pattern, Term};
use super::{RuleError, Scope};
use crate::format::MomentFormat;
use crate::table::{Column, Kind};
use regex_lite::Regex;
use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
use term::no_value;

/// A longer text is refused before it is parsed.
const MAX_BYTES: usize = 16 << 10;
/// Parentheses and operators within one another.
const MAX_DEPTH: usize = 40;

const LANGUAGE: &str = "write it as SQL does after WHERE: `age >= 18 and plan in ('basic', 'pro')`";

pub(super) fn condition(text: &str, scope: Scope<'_>) -> Result<Condition, RuleError> {
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
    Names {
        columns: scope.columns,
        scope,
    }
    .condition(&tree)
}

struct Names<'a> {
    columns: &'a [Column],
    scope: Scope<'a>,
}

/// How a term's values are to be understood.
#[derive(Clone, Copy)]
enum Sort<'a> {
    Number,
    Moment(&'a MomentFormat),
    Levels(&'a Column),
    Unknown,
}

impl Names<'_> {
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
            Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("only_seen") => {
                self.seen(tree, call)
            }
            Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("unique") => {
                let wrong = || {
                    RuleError::new(
                        format!("`{tree}` does not name columns whose values could be there once"),
                        "write `unique(a, b)`; identifiers are unique or not by their kind",
                    )
                };
                let columns = self.named(call).ok_or_else(wrong)??;
                let fits = columns.iter().all(|&column| {
                    let kind = &self.columns[usize::from(column)].kind;
                    !matches!(kind, Kind::Identifier(_) | Kind::Text(_))
                });
                if columns.is_empty() || !fits {
                    return Err(wrong());
                }
                Ok(Condition::Unique(columns))
            }
            _ => Err(no_condition(tree)),
        }
    }

    /// `only_seen(city, region)`
    fn seen(&self, tree: &Expr, call: &Function) -> Result<Condition, RuleError> {
        let wrong = || {
            RuleError::new(
                format!("`{tree}` does not name two or more categories"),
                "write `only_seen(city, region)`; numbers and moments have no fixed combinations",
            )
        };
        let columns = self.named(call).ok_or_else(wrong)??;
        let fits = columns.iter().all(|&column| {
            let kind = &self.columns[usize::from(column)].kind;
            matches!(kind, Kind::Category | Kind::Boolean { .. })
        });
        if columns.len() < 2 || !fits {
            return Err(wrong());
        }
        Ok(Condition::Seen(columns, None))
    }

    /// The columns that a call names, each once; none where it names something else.
    fn named(&self, call: &Function) -> Option<Result<Vec<u16>, RuleError>> {
        let FunctionArguments::List(list) = &call.args else {
            return None;
        };
        let mut columns = Vec::new();
        for argument in &list.args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) = argument else {
                return None;
            };
            match self.term(argument) {
                Ok(Term::Column(column)) if !columns.contains(&column) => columns.push(column),
                Ok(_) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(columns))
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
        Ok(Condition::Matches(term, Pattern(regex)))
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
