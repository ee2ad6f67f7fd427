//! Words and numbers of a text file, with the lines they are on.

use crate::error::MotionError;

/// The words of a text, one line at a time.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        // Some exporters begin with a byte order mark.
        Self {
            rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            line: 0,
        }
    }

    /// The number of the line that was given last, from 1.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// The next line that holds anything, without blanks around it; `Err` where it is no text.
    pub(crate) fn next_line(&mut self) -> Option<Result<&'a str, MotionError>> {
        while !self.rest.is_empty() {
            // Old Macintosh exporters end lines with a lone carriage return.
            let end = self.rest.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let (line, rest) = match end {
                Some(at) => {
                    let pair = self.rest[at..].starts_with(b"\r\n");
                    (&self.rest[..at], &self.rest[at + 1 + usize::from(pair)..])
                }
                None => (self.rest, &[][..]),
            };
            self.rest = rest;
            self.line += 1;
            let line = line.trim_ascii();
            if !line.is_empty() {
                return Some(std::str::from_utf8(line).map_err(|_| {
                    MotionError::at(self.line, "this is not text", "give a BVH or AMC file")
                }));
            }
        }
        None
    }
}

/// A finite number.
pub(crate) fn number(word: &str, line: usize, what: &str) -> Result<f32, MotionError> {
    let value: f32 = word.parse().map_err(|_| {
        MotionError::at(
            line,
            format!("{what} is no number"),
            "numbers look like 12.5 or -1e-3",
        )
    })?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(MotionError::at(
            line,
            format!("{what} is not a finite number"),
            "export the clip again, or cut the frame out",
        ))
    }
}
