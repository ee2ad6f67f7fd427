//! Free text: kept out, and replaced by text of the same looks that says nothing.

use population::stream::Stream;
use serde::{Deserialize, Serialize};

/// What the texts of a column look like, without a word of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFormat {
    /// What they are.
    pub look: TextLook,
    /// Letters of the shortest, rounded down to one digit, so that no text's own length is kept.
    pub shortest: u32,
    /// Letters of the longest, rounded up to one digit.
    pub longest: u32,
}

/// What texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextLook {
    /// Words and sentences.
    Words,
    /// Few words with capitals: names of people, streets, firms.
    Names,
    /// `somebody@example.com`.
    Email,
    /// `https://…`.
    Link,
    /// `+49 30 1234567`.
    Phone,
}

/// Syllables of words that mean nothing in particular.
const SYLLABLES: [&str; 24] = [
    "ba", "den", "ro", "li", "mar", "ta", "so", "nel", "vi", "ka", "per", "no", "lu", "san", "di",
    "mo", "ren", "fa", "ti", "gor", "be", "lan", "su", "mi",
];

impl TextFormat {
    /// A text of the same looks, drawn from a stream. Domains are those that RFC 2606 keeps free; phone numbers those that no country uses.
    pub fn write(&self, stream: &mut Stream) -> String {
        let span = u64::from(self.longest.saturating_sub(self.shortest)) + 1;
        // The product of two draws: most texts of a column are nearer to the shortest than to the longest.
        let share = stream.uniform() * stream.uniform();
        let letters = self.shortest as usize + ((share * span as f64) as usize).min(20_000);
        match self.look {
            TextLook::Email => format!("{}.{}@example.com", word(stream, 2), word(stream, 2)),
            TextLook::Link => format!("https://example.com/{}", word(stream, 3)),
            TextLook::Phone => {
                let digits: String = (0..letters.clamp(7, 12))
                    .map(|_| char::from(b'0' + pick(stream, 10) as u8))
                    .collect();
                format!("+999 {digits}")
            }
            TextLook::Names => words(stream, letters, true),
            TextLook::Words => words(stream, letters, false),
        }
    }
}

fn pick(stream: &mut Stream, count: usize) -> usize {
    (stream.uniform() * count as f64) as usize
}

fn word(stream: &mut Stream, syllables: usize) -> String {
    (0..syllables)
        .map(|_| SYLLABLES[pick(stream, SYLLABLES.len())])
        .collect()
}

/// Words until there are so many letters.
fn words(stream: &mut Stream, letters: usize, capitals: bool) -> String {
    let mut text = String::new();
    while text.len() < letters.max(1) {
        if !text.is_empty() {
            text.push(' ');
        }
        let syllables = 1 + pick(stream, 3);
        let next = word(stream, syllables);
        if capitals || text.is_empty() {
            text.extend(next[..1].chars().map(|c| c.to_ascii_uppercase()));
            text.push_str(&next[1..]);
        } else {
            text.push_str(&next);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use population::Seed;
    use population::stream::Streams;

    #[test]
    fn texts_have_the_length_asked_for() {
        let format = TextFormat {
            look: TextLook::Words,
            shortest: 10,
            longest: 200,
        };
        let mut stream = Streams::new(Seed(1), 0).stream("text");
        let lengths: Vec<usize> = (0..500).map(|_| format.write(&mut stream).len()).collect();
        assert!(
            lengths.iter().all(|&length| (10..=210).contains(&length)),
            "{lengths:?}"
        );
        assert!(lengths.iter().any(|&length| length > 120));
    }

    #[test]
    fn addresses_belong_to_nobody() {
        let mut stream = Streams::new(Seed(1), 0).stream("text");
        let mut write = |look| {
            TextFormat {
                look,
                shortest: 5,
                longest: 20,
            }
            .write(&mut stream)
        };
        assert!(write(TextLook::Email).ends_with("@example.com"));
        assert!(write(TextLook::Link).starts_with("https://example.com/"));
        assert!(write(TextLook::Phone).starts_with("+999 "));
    }
}
