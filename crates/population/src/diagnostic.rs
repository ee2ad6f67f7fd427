//! A user's mistake: what is wrong, where in their own text, and what to do.

use std::fmt;

/// One mistake in a recipe, ready to be shown by a command line, a server or Python alike.
///
/// ```text
/// error: `head.yaw_rad` is not an attribute of stage `people`
///   --> faces.yaml:14:3
///    |
/// 14 |   head.yaw_rad: 0.3
///    |   ^^^^^^^^^^^^
/// hint: write `head.yaw_deg`; 1 rad is 57.29578 deg
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name as the user gave it; `--set` for a value from the command line.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// How many characters on that line are meant, at least 1.
    pub length: usize,
    /// The line itself.
    pub source: String,
    /// One sentence in lower case without a final period: what was found, what is allowed.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Longer lines are shown in part, so that a hostile file cannot flood a terminal.
const SHOWN_COLUMNS: usize = 120;

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "error: {}", self.message)?;
        writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
        let before = self.column.saturating_sub(1);
        let start = if before > SHOWN_COLUMNS * 3 / 4 {
            before - SHOWN_COLUMNS / 2
        } else {
            0
        };
        // One column per character: tabs and control characters would move the carets.
        let shown: String = self
            .source
            .chars()
            .skip(start)
            .take(SHOWN_COLUMNS)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let shown = shown.trim_end();
        let carets = self
            .length
            .clamp(1, (SHOWN_COLUMNS - (before - start)).max(1));
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {shown}")?;
        write!(
            f,
            "{margin} | {}{}",
            " ".repeat(before - start),
            "^".repeat(carets)
        )?;
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// Where in a text, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1.
    pub(crate) column: usize,
    /// Characters on the first line; `usize::MAX` means to its end.
    pub(crate) length: usize,
}

impl Span {
    /// The text's first character.
    pub(crate) const START: Span = Span {
        line: 1,
        column: 1,
        length: 1,
    };
}

/// After so many mistakes the rest is only counted.
const SHOWN_MISTAKES: usize = 50;

/// Collects the mistakes of one text.
#[derive(Debug)]
pub(crate) struct Mistakes<'t> {
    file: &'t str,
    lines: Vec<&'t str>,
    found: Vec<Diagnostic>,
    beyond: usize,
}

impl<'t> Mistakes<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            lines: lines(text),
            found: Vec::new(),
            beyond: 0,
        }
    }

    /// Records a mistake; `hint` may be empty.
    pub(crate) fn add(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        if self.found.len() == SHOWN_MISTAKES {
            self.beyond += 1;
            return;
        }
        let source = self
            .lines
            .get(span.line.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        let rest = source
            .chars()
            .count()
            .saturating_sub(span.column.saturating_sub(1));
        let hint = hint.into();
        self.found.push(Diagnostic {
            file: self.file.to_owned(),
            line: span.line,
            column: span.column,
            length: span.length.min(rest).max(1),
            source: source.to_owned(),
            message: message.into(),
            hint: (!hint.is_empty()).then_some(hint),
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many so far, those beyond the shown ones included.
    pub(crate) fn count(&self) -> usize {
        self.found.len() + self.beyond
    }

    /// Whether further mistakes are only counted, so that working out a hint for them would be wasted.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= SHOWN_MISTAKES
    }

    /// All mistakes in the order of the text.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by_key(|mistake| (mistake.line, mistake.column));
        if self.beyond > 0
            && let Some(last) = self.found.last_mut()
        {
            let more = format!("{} more mistakes are not shown", self.beyond);
            last.hint = Some(
                last.hint
                    .take()
                    .map_or(more.clone(), |hint| format!("{hint}; {more}")),
            );
        }
        self.found
    }
}

/// Lines by YAML's breaks: `\n`, `\r\n` and a lone `\r`.
fn lines(text: &str) -> Vec<&str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
        .collect()
}

/// The name nearest to `written` among `names`, if near enough to be what was meant: at most a third of the letters differ, and at most 4 (Levenshtein), case and the
/// choice between `-`, ` ` and `_` aside. `None` for texts of more than 64 letters.
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // A long text is no typo of a name, and the table below is quadratic.
    if written.chars().count() > 64 {
        return None;
    }
    let folded = fold(written);
    names
        .into_iter()
        .map(|name| (distance(&folded, &fold(name)), name))
        .filter(|&(distance, name)| {
            distance
                <= name
                    .chars()
                    .count()
                    .max(written.chars().count())
                    .div_ceil(3)
                    .min(4)
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// Case and the choice between `-`, ` ` and `_` are never what a name is about.
fn fold(name: &str) -> Vec<char> {
    name.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == '-' || c == ' ' { '_' } else { c })
        .collect()
}

/// Edits between two words: insertion, deletion, substitution, swap of neighbours (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut best = (last[j] + usize::from(a[i] != b[j]))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// `a`, `b` or `c`, each in back quotes.
pub(crate) fn list_names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// A number as a recipe writes it: the shortest text that reads back as the same bits, whole numbers without a point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain(pub(crate) f64);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            write!(f, "{:.0}", self.0)
        } else {
            write!(f, "{:?}", self.0)
        }
    }
}

/// A text of the user's, cut to what a sentence can hold.
pub(crate) fn excerpt(text: &str) -> String {
    let clean: String = text
        .chars()
        .take(41)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if clean.chars().count() > 40 {
        clean.chars().take(40).chain(['…']).collect()
    } else {
        clean
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits_and_swaps() {
        let d = |a: &str, b: &str| distance(&fold(a), &fold(b));
        assert_eq!(d("", "abc"), 3);
        assert_eq!(d("kitten", "sitting"), 3);
        assert_eq!(d("widht", "width"), 1);
        assert_eq!(d("Skin-Tone", "skin_tone"), 0);
    }

    #[test]
    fn nearest_prefers_the_least_edits_and_gives_up_on_strangers() {
        let names = ["glasses", "sunglasses", "none"];
        assert_eq!(nearest("glases", names), Some("glasses"));
        assert_eq!(nearest("sunglases", names), Some("sunglasses"));
        assert_eq!(nearest("umbrella", names), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
    }

    #[test]
    fn a_long_line_is_shown_around_the_mistake() {
        let text = format!("{}wrong{}", "a".repeat(5000), "b".repeat(5000));
        let mut mistakes = Mistakes::new("f.yaml", &text);
        mistakes.add(
            Span {
                line: 1,
                column: 5001,
                length: 5,
            },
            "no",
            "",
        );
        let shown = mistakes.into_diagnostics()[0].to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(
            lines.iter().all(|line| line.chars().count() < 140),
            "{shown}"
        );
        let caret = lines[4].find('^').unwrap();
        assert_eq!(&lines[3][caret..caret + 5], "wrong");
    }
}
