//! The file around the JSON: GLB chunks, buffers and where their bytes are.
use std::borrow::Cow;

use base64::Engine;

use super::json::Root;
use crate::file::error::quoted;
use crate::file::{Beside, FileError};

/// Longest JSON text: what it becomes in memory is at most some twenty times as much.
const JSON_LIMIT_BYTES: usize = 32 << 20;

/// JSON text and the binary chunk, if there is one.
pub(super) fn chunks(bytes: &[u8]) -> Result<(&[u8], Option<&[u8]>), FileError> {
    if !bytes.starts_with(b"glTF") {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        return Ok((text, None));
    }
    let broken =
        |found: String| FileError::new("", found).with_hint("export or copy the file again");
    let word = |at: usize| {
        bytes
            .get(at..at + 4)
            .and_then(|word| word.try_into().ok())
            .map(u32::from_le_bytes)
    };
    let (Some(version), Some(length)) = (word(4), word(8)) else {
        return Err(broken(format!(
            "a GLB file of {} bytes has no header",
            bytes.len()
        )));
    };
    if version != 2 {
        return Err(broken(format!(
            "is GLB version {version}; version 2 is read"
        )));
    }
    if length as usize > bytes.len() {
        return Err(broken(format!(
            "is cut off: its header says {length} bytes, there are {}",
            bytes.len()
        )));
    }
    let bytes = &bytes[..length as usize];
    let (mut json, mut binary) = (None, None);
    let mut at = 12;
    while at < bytes.len() {
        let (Some(size), Some(kind)) = (word(at), word(at + 4)) else {
            return Err(broken(format!("a chunk at byte {at} has no header")));
        };
        let data = bytes
            .get(at + 8..)
            .and_then(|rest| rest.get(..size as usize))
            .ok_or_else(|| {
                broken(format!(
                    "a chunk at byte {at} says {size} bytes, but the file ends after {}",
                    bytes.len().saturating_sub(at + 8)
                ))
            })?;
        match kind {
            0x4e4f_534a => {
                json.get_or_insert(data);
            }
            0x004e_4942 => {
                binary.get_or_insert(data);
            }
            // Other chunks are to be skipped.
            _ => {}
        }
        at += 8 + size as usize;
    }
    let json = json.ok_or_else(|| broken("has no JSON chunk".to_owned()))?;
    Ok((json, binary))
}

/// The JSON, if it is glTF 2.
pub(super) fn parse(text: &[u8]) -> Result<Root, FileError> {
    if text.len() > JSON_LIMIT_BYTES {
        return Err(FileError::new(
            "",
            format!(
                "its JSON has {} MiB, more than the {} MiB that are read",
                text.len() >> 20,
                JSON_LIMIT_BYTES >> 20
            ),
        )
        .with_hint("keep numbers in buffers, not in the JSON"));
    }
    let root: Root = serde_json::from_slice(text)
        .map_err(|error| FileError::new("", format!("is not glTF: {}", reason(&error))))?;
    let version = &root.asset.version;
    if version != "2" && !version.starts_with("2.") {
        return Err(FileError::new(
            "",
            format!("is glTF version {}; version 2.0 is read", quoted(version)),
        )
        .with_hint("export it again as glTF 2.0"));
    }
    Ok(root)
}

/// Bytes of all buffers, in their order.
pub(super) fn buffers<'f>(
    root: &Root,
    binary: Option<&'f [u8]>,
    beside: Beside<'f>,
) -> Result<Vec<Cow<'f, [u8]>>, FileError> {
    let mut left = crate::file::FILE_LIMIT_BYTES as usize;
    let mut buffers = Vec::new();
    for (index, buffer) in root.buffers.iter().enumerate() {
        let place = format!("buffer {index}");
        let bytes = match &buffer.uri {
            Some(uri) => resource(&place, uri, beside)?,
            None if index == 0 => binary.map(Cow::Borrowed).ok_or_else(|| {
                FileError::new(&place, "has no `uri`, and there is no binary chunk")
            })?,
            None => {
                return Err(FileError::new(
                    &place,
                    "has no `uri`; only the first may be the binary chunk",
                ));
            }
        };
        if bytes.len() < buffer.byte_length {
            return Err(FileError::new(
                &place,
                format!(
                    "is to have {} bytes, but there are {}",
                    buffer.byte_length,
                    bytes.len()
                ),
            )
            .with_hint("export or copy the file again"));
        }
        if let Cow::Owned(bytes) = &bytes {
            left = left.checked_sub(bytes.len()).ok_or_else(|| {
                FileError::new(
                    &place,
                    format!(
                        "buffers pass the {} MiB that a scene file may have",
                        crate::file::FILE_LIMIT_BYTES >> 20
                    ),
                )
            })?;
        }
        buffers.push(bytes);
    }
    Ok(buffers)
}

/// What a URI stands for: data written into it, or a file beside.
pub(super) fn resource<'f>(
    place: &str,
    uri: &str,
    beside: Beside<'f>,
) -> Result<Cow<'f, [u8]>, FileError> {
    let Some(data) = uri.strip_prefix("data:") else {
        return beside.read(place, &percent_decoded(uri));
    };
    let encoded = data
        .split_once(";base64,")
        .map(|(_, encoded)| encoded)
        .ok_or_else(|| FileError::new(place, "its data URI is not in base64"))?;
    // Some writers leave the padding out.
    base64::engine::general_purpose::STANDARD_NO_PAD
        .decode(encoded.trim_end_matches('='))
        .map(Cow::Owned)
        .map_err(|error| {
            FileError::new(
                place,
                format!("its data URI is not base64: {error}").to_lowercase(),
            )
        })
}

/// `%20` and the like; what is no escape stays as it is.
fn percent_decoded(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |offset: usize| {
            bytes
                .get(at + offset)
                .and_then(|&byte| (byte as char).to_digit(16))
        };
        if let (b'%', Some(high), Some(low)) = (bytes[at], digit(1), digit(2)) {
            decoded.push((high * 16 + low) as u8);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| uri.to_owned())
}

/// A parser's words, which may hold a whole string of the file: their beginning, and their end with line and column.
fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string().replace(char::is_control, "?");
    let (start, end) = (
        words.char_indices().nth(120),
        words.char_indices().nth_back(60),
    );
    match (start, end) {
        (Some((start, _)), Some((end, _))) if start < end => {
            format!("{} … {}", &words[..start], &words[end..])
        }
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_everything_else_stays() {
        assert_eq!(percent_decoded("a%20b%2"), "a b%2");
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%ff"), "%ff");
    }

    #[test]
    fn data_may_be_padded_or_not() {
        for uri in ["data:x;base64,AQI=", "data:;base64,AQI"] {
            let bytes = resource("buffer 0", uri, Beside::Memory(&[])).expect("data");
            assert_eq!(*bytes, [1, 2]);
        }
        let error = resource("buffer 0", "data:,ab", Beside::Memory(&[])).expect_err("plain");
        assert_eq!(error.to_string(), "buffer 0: its data URI is not in base64");
    }

    #[test]
    fn chunks_that_do_not_fit_are_told() {
        let mut file = b"glTF\x02\0\0\0\x1c\0\0\0\x08\0\0\0JSON{}      ".to_vec();
        assert_eq!(chunks(&file).expect("sound").0, b"{}      ");
        file[12] = 200;
        let error = chunks(&file).expect_err("too long");
        assert_eq!(
            error.to_string(),
            "a chunk at byte 12 says 200 bytes, but the file ends after 8"
        );
        assert!(chunks(b"glTF\x02\0").is_err());
    }
}
