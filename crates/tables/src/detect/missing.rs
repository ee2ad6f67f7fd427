//! How missing values are spelled.

/// Texts that mean "no value" wherever they stand.
const SPELLINGS: [&str; 24] = [
    "", "NA", "N/A", "n/a", "na", "#N/A", "NaN", "nan", "NAN", "-nan", "NULL", "null", "Null", "?",
    "NaT", "\\N", "<NA>", "None", "none", "N.A.", ".", "-", "--", " ",
];

/// How many there are.
pub(crate) const COUNT: usize = SPELLINGS.len();

/// Those that are words or signs of their own in a column of words: there they are a category like any other.
const ONLY_AMONG_NUMBERS: [&str; 5] = ["None", "none", ".", "-", "--"];

/// The place of a text among the spellings.
pub(crate) fn spelling(text: &str) -> Option<usize> {
    if text.len() > 4 {
        return None;
    }
    SPELLINGS.iter().position(|known| *known == text)
}

/// The spelling at a place.
pub(crate) fn text(place: usize) -> &'static str {
    SPELLINGS[place]
}

/// Whether it means "no value" in a column of words too.
pub(crate) fn among_words(place: usize) -> bool {
    !ONLY_AMONG_NUMBERS.contains(&SPELLINGS[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_found_and_words_are_not() {
        assert_eq!(spelling("NA").map(text), Some("NA"));
        assert_eq!(spelling("").map(text), Some(""));
        assert_eq!(spelling("Nana"), None);
        assert_eq!(spelling("unknown"), None);
        assert!(spelling("none").is_some_and(|place| !among_words(place)));
    }
}
