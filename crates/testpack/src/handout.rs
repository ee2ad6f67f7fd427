//! Handing pictures over without anything that says what they are of.
//!
//! A pack says of every picture who is on it: in its rows, its recipes, its labels, in the order of its files, and in what PNG files carry besides pixels. What is handed out has none of that: the pictures of all cells in one folder,
//! in an order that follows from the secret's salt, with the chunks that pixels need and no others. With the secret, pack and order give the same folder again, so that nobody need trust that it was this one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::plan::TestpackError;

/// Chunks without which pixels would look otherwise; whatever else a file carries stays behind.
const NEEDED: [&[u8; 4]; 9] = [
    b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP",
];

/// Which picture of which cell stands at each place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order(Vec<(usize, usize)>);

impl Order {
    /// The order that a salt gives to cells with so many pictures each: by SHA-256 of salt, cell and picture, so that it tells nothing to whoever has no salt.
    pub fn new(salt: &str, pictures: &[usize]) -> Self {
        let mut keyed: Vec<([u8; 32], (usize, usize))> = pictures
            .iter()
            .enumerate()
            .flat_map(|(cell, &count)| (0..count).map(move |picture| (cell, picture)))
            .map(|(cell, picture)| {
                let text = format!("hand-out {salt} {cell} {picture}");
                (Sha256::digest(text).into(), (cell, picture))
            })
            .collect();
        keyed.sort_unstable();
        Self(keyed.into_iter().map(|(_, place)| place).collect())
    }

    /// The name of the picture at a place.
    pub fn name(place: usize) -> String {
        format!("{place:06}.png")
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Copies the pictures of all cells into a folder that is not there yet or is empty; returns their paths in order.
    ///
    /// # Errors
    ///
    /// A folder with something in it; a picture that is no PNG file; a disk that does not write.
    pub fn write(
        &self,
        pictures: &[Vec<PathBuf>],
        out: &Path,
    ) -> Result<Vec<PathBuf>, TestpackError> {
        let disk = |error: std::io::Error| {
            TestpackError::new(
                format!("{}: {error}", out.display()),
                "make room or choose another folder",
            )
        };
        std::fs::create_dir_all(out).map_err(disk)?;
        if std::fs::read_dir(out).map_err(disk)?.next().is_some() {
            return Err(TestpackError::new(
                format!("{} has something in it already", out.display()),
                "choose a new folder with -o, so that nothing but pictures is handed out",
            ));
        }
        self.0
            .iter()
            .enumerate()
            .map(|(place, &(cell, picture))| {
                let from = &pictures[cell][picture];
                let bytes = std::fs::read(from).map_err(|error| {
                    TestpackError::new(
                        format!("{} cannot be read: {error}", from.display()),
                        "ask for the pack again",
                    )
                })?;
                let bare = bare(&bytes).ok_or_else(|| {
                    TestpackError::new(
                        format!("{} is no whole PNG file", from.display()),
                        "ask for the pack again",
                    )
                })?;
                let to = out.join(Self::name(place));
                std::fs::write(&to, bare).map_err(disk)?;
                Ok(to)
            })
            .collect()
    }

    /// Answers in this order, by cell and picture.
    pub fn by_cell(&self, answers: &[f64], cells: usize) -> Vec<Vec<f64>> {
        let mut by_cell: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); cells];
        for (&(cell, picture), &answer) in self.0.iter().zip(answers) {
            by_cell[cell].insert(picture, answer);
        }
        by_cell
            .into_iter()
            .map(|cell| cell.into_values().collect())
            .collect()
    }

    /// Reads answers to what was handed out: CSV of a picture's name and a number, in any order, with or without a heading.
    ///
    /// # Errors
    ///
    /// Names that were not handed out or stand twice or are missing; what is no finite number.
    pub fn answers(&self, text: &str, shown: &str) -> Result<Vec<f64>, TestpackError> {
        let fault = |what: String| {
            TestpackError::new(
                format!("{shown} {what}"),
                "write the name of a picture, a comma and a number in each line, such as `000000.png,0.73`",
            )
        };
        let mut answers = vec![None; self.len()];
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let (name, number) = line
                .split_once(',')
                .ok_or_else(|| fault(format!("has no comma in line {}", at + 1)))?;
            let name = name.trim().trim_matches('"');
            let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
            let number: Option<f64> = number.trim().parse().ok();
            if at == 0 && number.is_none() && !name.bytes().any(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let number = number
                .filter(|number| number.is_finite())
                .ok_or_else(|| fault(format!("has no finite number in line {}", at + 1)))?;
            let place = name
                .strip_suffix(".png")
                .and_then(|digits| digits.parse::<usize>().ok())
                .filter(|&place| place < self.len() && Self::name(place) == name)
                .ok_or_else(|| {
                    fault(format!(
                        "names `{name}` in line {}, which was not handed out",
                        at + 1
                    ))
                })?;
            if answers[place].replace(number).is_some() {
                return Err(fault(format!("names {name} twice")));
            }
        }
        if let Some(place) = answers.iter().position(Option::is_none) {
            return Err(fault(format!(
                "has no answer for {}; {} pictures were handed out",
                Self::name(place),
                self.len()
            )));
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

/// A PNG file with what pixels need and nothing else; `None` where it is none, or is cut off.
fn bare(png: &[u8]) -> Option<Vec<u8>> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    let mut rest = png.strip_prefix(SIGNATURE)?;
    let mut bare = SIGNATURE.to_vec();
    loop {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?);
        // Length, name, data, checksum.
        let end = usize::try_from(length).ok()?.checked_add(12)?;
        let chunk = rest.get(..end)?;
        let name = chunk.get(4..8)?;
        if NEEDED.iter().any(|needed| needed[..] == *name) {
            bare.extend_from_slice(chunk);
        }
        if name == b"IEND" {
            return Some(bare);
        }
        rest = &rest[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
        let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
        chunk.extend_from_slice(&name);
        chunk.extend_from_slice(data);
        chunk.extend_from_slice(&[0; 4]);
        chunk
    }

    #[test]
    fn words_in_a_file_and_whatever_follows_its_end_stay_behind() {
        let start = b"\x89PNG\r\n\x1a\n".to_vec();
        let pixels = [chunk(*b"IHDR", &[1; 13]), chunk(*b"IDAT", &[2; 9])].concat();
        let words = chunk(*b"tEXt", b"seed\x0042");
        let full = [
            start.clone(),
            words.clone(),
            pixels.clone(),
            words,
            chunk(*b"IEND", &[]),
            b"trailer".to_vec(),
        ]
        .concat();
        assert_eq!(
            bare(&full).expect("a file"),
            [start, pixels, chunk(*b"IEND", &[])].concat()
        );
        for cut in 0..full.len() - b"trailer".len() {
            assert_eq!(bare(&full[..cut]), None, "{cut}");
        }
        let endless = [&full[..8], &[0xff; 8]].concat();
        assert_eq!(bare(&endless), None);
    }

    #[test]
    fn the_order_mixes_cells_and_answers_find_their_way_back() {
        let order = Order::new("salt", &[40, 60]);
        assert_eq!(order.len(), 100);
        assert_ne!(order, Order::new("pepper", &[40, 60]));
        let first = order.0[..50].iter().filter(|place| place.0 == 0).count();
        // Hypergeometric: 20 ± 2.5; outside 8 to 32 once in more than 10⁵ salts.
        assert!((8..=32).contains(&first), "{first}");
        let lines: Vec<String> = order
            .0
            .iter()
            .enumerate()
            .map(|(place, &(cell, picture))| {
                format!("{},{}", Order::name(place), 1000 * cell + picture)
            })
            .rev()
            .collect();
        let text = format!("file,prediction\n{}\n", lines.join("\n"));
        let answers = order.answers(&text, "answers.csv").expect("answers");
        let by_cell = order.by_cell(&answers, 2);
        assert_eq!(by_cell[0], (0..40).map(f64::from).collect::<Vec<_>>());
        assert_eq!(by_cell[1], (1000..1060).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn mistakes_in_answers_have_sentences() {
        let order = Order::new("salt", &[2]);
        for (text, said) in [
            ("000000.png,1\n", "no answer for 000001.png"),
            ("000000.png,1\n000000.png,2\n", "names 000000.png twice"),
            ("000002.png,1\n", "`000002.png` in line 1"),
            ("0.png,1\n", "was not handed out"),
            ("000000.png,nan\n", "no finite number in line 1"),
            ("000000.png,x\n", "no finite number in line 1"),
            ("000000.png 1\n", "no comma in line 1"),
        ] {
            let error = order.answers(text, "answers.csv").expect_err(text);
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
