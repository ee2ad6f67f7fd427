//! CSV files that name pictures and say something of each.

use std::path::Path;

use super::{Picture, bounded, bytes, cut_all};
use crate::error::VisionError;
use crate::examples::{Examples, Truth};

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// A class: the words of a column.
    Class(String),
    /// Numbers of some columns; an empty field is unknown.
    Numbers(Vec<String>),
}

/// Numbers or a class from a CSV file with a header, whose column `file` names pictures from the folder `images`.
///
/// # Errors
/// A column that is not there, a line with another number of fields, a field that is no number, pictures that cannot be read.
pub fn listed(
    file: &Path,
    images: &Path,
    column: &Column,
    side: usize,
) -> Result<Examples, VisionError> {
    const HINT: &str = "write a header with `file` and the columns that are asked for, and a line for each picture";
    let fault = |what: String| VisionError::new(format!("{}: {what}", file.display()), HINT);
    let text = String::from_utf8(bytes(file)?).map_err(|_| fault("it is not UTF-8".to_owned()))?;
    let rows = rows(&text).map_err(fault)?;
    let Some((header, rows)) = rows.split_first() else {
        return Err(fault("it is empty".to_owned()));
    };
    let place = |name: &str| {
        header
            .iter()
            .position(|h| h == name)
            .ok_or_else(|| fault(format!("it has no column `{name}`")))
    };
    let name = place("file")?;
    let columns: Vec<usize> = match column {
        Column::Class(class) => vec![place(class)?],
        Column::Numbers(names) => names.iter().map(|n| place(n)).collect::<Result<_, _>>()?,
    };
    if let Some(line) = rows.iter().position(|row| row.len() != header.len()) {
        return Err(fault(format!(
            "row {} has {} fields, the header {}",
            line + 1,
            rows[line].len(),
            header.len()
        )));
    }
    bounded(rows.len(), side, file)?;
    let truth = match column {
        Column::Class(_) => {
            let words: Vec<String> = rows.iter().map(|row| row[columns[0]].clone()).collect();
            of_words(&words)
        }
        Column::Numbers(names) => {
            let mut of = Vec::new();
            for (line, row) in rows.iter().enumerate() {
                for (&at, name) in columns.iter().zip(names) {
                    let field = row[at].trim();
                    of.push(match field.parse::<f32>() {
                        Ok(number) if number.is_finite() => number,
                        _ if field.is_empty() => f32::NAN,
                        _ => {
                            return Err(fault(format!("row {}: `{name}` is no number", line + 1)));
                        }
                    });
                }
            }
            Truth::Numbers {
                names: names.clone(),
                of,
            }
        }
    };
    let (pixels, frames, _) = cut_all(rows, |row| {
        let picture = Picture::open(&images.join(&row[name]))?;
        Ok((picture.cut(picture.whole(), side), ()))
    })?;
    Ok(Examples {
        side,
        pixels,
        frames,
        truth,
    })
}

/// Classes from each picture's word, in the order of the words.
pub(super) fn of_words(words: &[String]) -> Truth {
    let mut names = words.to_vec();
    names.sort_unstable();
    names.dedup();
    let place = |word: &String| names.binary_search(word).unwrap_or_default() as u32;
    Truth::Class {
        of: words.iter().map(place).collect(),
        names,
    }
}

/// Fields of each line (RFC 4180): quotes around a field, doubled within it.
fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                let row = std::mem::take(&mut row);
                if row.len() > 1 || !row[0].is_empty() {
                    rows.push(row);
                }
            }
            other => field.push(other),
        }
    }
    if quoted {
        return Err("a quote is never closed".to_owned());
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn quotes_hold_commas_lines_and_quotes() {
        let read = rows("\u{feff}file,what\r\n\"a,\"\"b\"\"\n.png\",1\n\nc,2").expect("rows");
        assert_eq!(
            read,
            [
                vec!["file", "what"],
                vec!["a,\"b\"\n.png", "1"],
                vec!["c", "2"]
            ]
        );
        assert!(rows("a,\"b").is_err());
    }
}
