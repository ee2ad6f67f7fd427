//! From the bytes of a text file to UTF-8: byte-order marks, UTF-16, and the old western encoding.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

/// How a file writes its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8, of which ASCII is a part.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252, the superset of Latin-1 (ISO 8859-1) that programs mean by that name.
    Windows1252,
}

impl Encoding {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
            Encoding::Windows1252 => "Windows-1252 (Latin-1)",
        }
    }
}

/// Why bytes are no text.
#[derive(Debug)]
pub(crate) enum DecodeError {
    /// The file could not be read.
    Io(io::Error),
    /// The text has other bytes than its encoding allows, after so many lines.
    Mixed { line: u64 },
    /// A NUL byte, after so many lines.
    Nul { line: u64 },
}

/// 0x80…0x9f in Windows-1252; the five unassigned ones stay what Latin-1 makes of them.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Bytes asked of the file at once.
const CHUNK: usize = 1 << 16;

/// Reads a file as UTF-8 text, in pieces.
///
/// A byte-order mark decides. Without one, zeros in every other of the first bytes mean UTF-16; else a text is UTF-8 until a byte says otherwise. If
/// everything before that byte was ASCII the file is Windows-1252, and if not it mixes encodings, which is an error.
pub(crate) struct Decoder {
    input: Box<dyn Read>,
    encoding: Option<Encoding>,
    /// Whether letters beyond ASCII were seen, in the encoding that was settled on.
    beyond_ascii: bool,
    /// Bytes that were read but not decoded: the beginning of a letter.
    pending: Vec<u8>,
    lines: u64,
    ended: bool,
}

impl Decoder {
    pub(crate) fn new(input: Box<dyn Read>) -> Self {
        Self {
            input,
            encoding: None,
            beyond_ascii: false,
            pending: Vec::new(),
            lines: 0,
            ended: false,
        }
    }

    /// What was settled on so far.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    /// Appends the next piece of text; `false` once there is no more.
    pub(crate) fn read_into(&mut self, text: &mut Vec<u8>) -> Result<bool, DecodeError> {
        if self.ended {
            return Ok(false);
        }
        let start = self.pending.len();
        self.pending.resize(start + CHUNK, 0);
        let mut filled = start;
        // A pipe or an archive gives short pieces; the first one must be long enough to recognise the encoding by.
        while filled < start + CHUNK {
            match self.input.read(&mut self.pending[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DecodeError::Io(error)),
            }
        }
        self.pending.truncate(filled);
        if self.encoding.is_none() {
            let (encoding, skip) = recognise(&self.pending);
            self.pending.drain(..skip);
            self.encoding = Some(encoding);
        }
        let before = text.len();
        match self.encoding() {
            Encoding::Utf8 => self.utf8(text)?,
            Encoding::Windows1252 => self.windows(text)?,
            Encoding::Utf16Le => self.utf16(text, u16::from_le_bytes)?,
            Encoding::Utf16Be => self.utf16(text, u16::from_be_bytes)?,
        }
        if let Some(place) = text[before..].iter().position(|&byte| byte == 0) {
            let line = self.line_at(&text[before..before + place]);
            return Err(DecodeError::Nul { line });
        }
        self.lines += newlines(&text[before..]);
        Ok(true)
    }

    /// The line, counted from 1, that follows this much text of the present piece.
    fn line_at(&self, text: &[u8]) -> u64 {
        self.lines + newlines(text) + 1
    }

    fn utf8(&mut self, text: &mut Vec<u8>) -> Result<(), DecodeError> {
        let valid = match std::str::from_utf8(&self.pending) {
            Ok(_) => self.pending.len(),
            Err(error) => {
                let valid = error.valid_up_to();
                if error.error_len().is_some() || self.ended {
                    if self.beyond_ascii || !self.pending[..valid].is_ascii() {
                        return Err(DecodeError::Mixed {
                            line: self.line_at(&self.pending[..valid]),
                        });
                    }
                    self.encoding = Some(Encoding::Windows1252);
                    return self.windows(text);
                }
                valid
            }
        };
        self.beyond_ascii = self.beyond_ascii || !self.pending[..valid].is_ascii();
        text.extend_from_slice(&self.pending[..valid]);
        self.pending.drain(..valid);
        Ok(())
    }

    fn windows(&mut self, text: &mut Vec<u8>) -> Result<(), DecodeError> {
        // The end of a piece may cut a sequence; it is looked at with the next.
        let end = if self.ended {
            self.pending.len()
        } else {
            self.pending.len().saturating_sub(1)
        };
        for place in 0..end {
            let byte = self.pending[place];
            match byte {
                0..0x80 => text.push(byte),
                // `Ã` or `Â` before a sign: two bytes that are one letter in UTF-8 and next to never meet in Windows-1252.
                0xc2 | 0xc3
                    if self
                        .pending
                        .get(place + 1)
                        .is_some_and(|next| (0x80..0xc0).contains(next)) =>
                {
                    return Err(DecodeError::Mixed {
                        line: self.line_at(&self.pending[..place]),
                    });
                }
                _ => {
                    let letter = match byte {
                        0x80..0xa0 => WINDOWS[usize::from(byte - 0x80)],
                        _ => char::from(byte),
                    };
                    text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        self.pending.drain(..end);
        Ok(())
    }

    fn utf16(&mut self, text: &mut Vec<u8>, word: fn([u8; 2]) -> u16) -> Result<(), DecodeError> {
        let mut end = self.pending.len() & !1;
        let words = |bytes: &[u8]| -> Vec<u16> {
            bytes
                .chunks_exact(2)
                .map(|pair| word([pair[0], pair[1]]))
                .collect()
        };
        let mut units = words(&self.pending[..end]);
        // The first half of a pair waits for the second.
        if !self.ended
            && units
                .last()
                .is_some_and(|unit| (0xd800..0xdc00).contains(unit))
        {
            units.pop();
            end -= 2;
        }
        let mut decoded = String::with_capacity(units.len());
        for letter in char::decode_utf16(units) {
            match letter {
                Ok(letter) => decoded.push(letter),
                Err(_) => {
                    return Err(DecodeError::Mixed {
                        line: self.line_at(decoded.as_bytes()),
                    });
                }
            }
        }
        if self.ended && end < self.pending.len() {
            return Err(DecodeError::Mixed {
                line: self.line_at(decoded.as_bytes()),
            });
        }
        text.extend_from_slice(decoded.as_bytes());
        self.pending.drain(..end);
        Ok(())
    }
}

fn newlines(text: &[u8]) -> u64 {
    // Summed in bytes per block, so that the compiler can count many at once.
    text.chunks(255)
        .map(|block| {
            u64::from(
                block
                    .iter()
                    .map(|&byte| u8::from(byte == b'\n'))
                    .sum::<u8>(),
            )
        })
        .sum()
}

/// The encoding that the first bytes tell, and how many of them are its mark.
fn recognise(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => return (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => return (Encoding::Utf16Le, 2),
        [0xfe, 0xff, ..] => return (Encoding::Utf16Be, 2),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    // Mostly western letters: nearly every other byte is zero. A binary file has zeros anywhere.
    let many = head.len() / 2 * 7 / 10;
    if head.len() >= 4 && odd > many && even == 0 {
        (Encoding::Utf16Le, 0)
    } else if head.len() >= 4 && even > many && odd == 0 {
        (Encoding::Utf16Be, 0)
    } else {
        (Encoding::Utf8, 0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<(String, Encoding), DecodeError> {
        let mut decoder = Decoder::new(Box::new(io::Cursor::new(bytes.to_vec())));
        let mut text = Vec::new();
        while decoder.read_into(&mut text)? {}
        Ok((String::from_utf8(text).unwrap(), decoder.encoding()))
    }

    #[test]
    fn encodings_are_recognised() {
        let text = "name,city\nJosé,Zürich €\n";
        let (read, encoding) = decode(text.as_bytes()).unwrap();
        assert_eq!((read.as_str(), encoding), (text, Encoding::Utf8));
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        assert_eq!(decode(&marked).unwrap().0, text);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(
            decode(&[b"\xff\xfe", &little[..]].concat()).unwrap(),
            (text.into(), Encoding::Utf16Le)
        );
        assert_eq!(
            decode(&[b"\xfe\xff", &big[..]].concat()).unwrap(),
            (text.into(), Encoding::Utf16Be)
        );
        assert_eq!(decode(&big).unwrap(), (text.into(), Encoding::Utf16Be));
        let old = b"name,city\nJos\xe9,Z\xfcrich \x80\n";
        assert_eq!(decode(old).unwrap(), (text.into(), Encoding::Windows1252));
    }

    #[test]
    fn an_old_letter_after_a_long_ascii_beginning_is_still_read() {
        let mut bytes = b"abc\n".repeat(200_000);
        bytes.extend_from_slice(b"\xe9t\xe9\n");
        let (text, encoding) = decode(&bytes).unwrap();
        assert!(text.ends_with("été\n"));
        assert_eq!(encoding, Encoding::Windows1252);
    }

    #[test]
    fn mixed_encodings_and_zero_bytes_name_their_line() {
        let line = |bytes: &[u8]| match decode(bytes) {
            Err(DecodeError::Mixed { line }) => ("mixed", line),
            Err(DecodeError::Nul { line }) => ("nul", line),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            line(
                "a\nb\né\n"
                    .bytes()
                    .chain(*b"x\n\xe9\n")
                    .collect::<Vec<_>>()
                    .as_slice()
            ),
            ("mixed", 5)
        );
        assert_eq!(line(b"a\n\xe9\n\xc3\xa9\n"), ("mixed", 3));
        assert_eq!(line(b"a,b,c,d\n1,2,\0,4\n"), ("nul", 2));
        assert_eq!(line(b"\xff\xfea\0\n\0\x00\xd8b\0"), ("mixed", 2));
    }

    #[test]
    fn letters_cut_by_the_end_of_a_piece_are_whole() {
        for shift in 0..4 {
            let text = format!("{}{}", "x".repeat(CHUNK - 2 + shift), "€é😀".repeat(3));
            assert_eq!(decode(text.as_bytes()).unwrap().0, text);
            let wide: Vec<u8> = "\u{feff}"
                .encode_utf16()
                .chain(text.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect();
            assert_eq!(decode(&wide).unwrap().0, text);
        }
    }
}
