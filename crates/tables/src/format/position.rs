//! Geographic positions written as one text.

use serde::{Deserialize, Serialize};

/// What is around and between the two numbers of a position: `37.8, -122.2`, `(37.8;-122.2)`, `POINT(-122.2 37.8)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionFormat {
    /// Before the first number.
    pub before: String,
    /// Between the two.
    pub between: String,
    /// After the second.
    pub after: String,
    /// Whether the latitude comes first; not so in `POINT(…)`.
    pub latitude_first: bool,
}

impl PositionFormat {
    /// Joins two written numbers.
    pub fn join(&self, first: &str, second: &str) -> String {
        format!(
            "{}{first}{}{second}{}",
            self.before, self.between, self.after
        )
    }

    /// Takes a text apart into its two written numbers; `None` where it is not written so.
    pub fn split<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        text.strip_prefix(self.before.as_str())?
            .strip_suffix(self.after.as_str())?
            .split_once(self.between.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_comes_apart_again() {
        let point = PositionFormat {
            before: "POINT(".into(),
            between: " ".into(),
            after: ")".into(),
            latitude_first: false,
        };
        let text = point.join("-122.2", "37.8");
        assert_eq!(text, "POINT(-122.2 37.8)");
        assert_eq!(point.split(&text), Some(("-122.2", "37.8")));
        assert_eq!(point.split("-122.2 37.8"), None);
    }
}
