//! Measured luminaires: IES LM-63 (1986 to 2019), photometry of type C.
use super::{ReadError, file};
use crate::file::error::quoted;
use crate::light::Photometry;
use std::path::Path;

/// A measured luminaire.
#[derive(Debug, Clone, PartialEq)]
pub struct Luminaire {
    /// Intensities relative to the greatest.
    pub profile: Photometry,
    /// The greatest one, candela, with the file's multiplier and ballast factor. Divided by 683 it is an intensity in the units of
    /// [`Daylight`](crate::light::Daylight).
    pub greatest_cd: f32,
}

/// Loads a luminaire from an IES file.
///
/// # Errors
/// [`ReadError`] naming the file: not there, broken off, of another photometric type than C, or with angles or intensities that make no sense.
pub fn ies(path: &Path) -> Result<Luminaire, ReadError> {
    let bytes = file(path)?;
    ies_from_bytes(&bytes).map_err(|error| error.in_file(path))
}

/// A luminaire from an IES file's bytes.
///
/// A table of `TILT=INCLUDE` is passed over. Luminaires that are symmetric about the plane from 90° to 270° are mirrored to the whole circle.
///
/// # Errors
/// [`ReadError`] without a file name.
pub fn ies_from_bytes(bytes: &[u8]) -> Result<Luminaire, ReadError> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let tilt = lines
        .find_map(|line| line.trim().strip_prefix("TILT="))
        .ok_or_else(|| damaged("it has no line that begins with TILT="))?;
    let mut numbers = Numbers {
        words: lines
            .flat_map(|line| line.split(|c: char| c.is_whitespace() || c == ','))
            .filter(|word| !word.is_empty()),
    };
    if tilt.trim() == "INCLUDE" {
        numbers.next("the lamp's geometry")?;
        let pairs = numbers.count("the number of tilts", bytes.len())?;
        for _ in 0..2 * pairs {
            numbers.next("a tilt")?;
        }
    }
    numbers.next("the number of lamps")?;
    numbers.next("the lamps' lumens")?;
    let multiplier = numbers.next("the multiplier")?;
    let rows = numbers.count("the number of vertical angles", bytes.len())?;
    let columns = numbers.count("the number of horizontal angles", bytes.len())?;
    if rows == 0 || columns == 0 || rows.saturating_mul(columns) > bytes.len() {
        return Err(damaged(format!(
            "{rows} × {columns} angles do not fit into {} bytes",
            bytes.len()
        )));
    }
    let kind = numbers.next("the photometric type")?;
    if kind != 1.0 {
        return Err(damaged(format!(
            "its photometric type is {kind}, where only 1 (type C) is read"
        )));
    }
    for what in ["the units", "the width", "the length", "the height"] {
        numbers.next(what)?;
    }
    let ballast = numbers.next("the ballast factor")?;
    numbers.next("the ballast-lamp factor")?;
    numbers.next("the watts")?;
    let vertical_deg = numbers.several(rows, "a vertical angle")?;
    let horizontal_deg = numbers.several(columns, "a horizontal angle")?;
    let candela = numbers.several(rows * columns, "an intensity")?;
    let greatest = candela.iter().copied().fold(0.0, f32::max);
    let scale = multiplier * ballast;
    if !(greatest > 0.0 && scale > 0.0 && (greatest * scale).is_finite()) {
        return Err(damaged("it gives no light"));
    }
    let relative: Vec<f32> = candela.iter().map(|value| value / greatest).collect();
    let (horizontal_deg, relative) = whole(&horizontal_deg, &relative, rows)?;
    let profile = Photometry {
        vertical_deg,
        horizontal_deg,
        relative,
    };
    profile
        .fault()
        .map_or(Ok(()), |found| Err(damaged(found)))?;
    Ok(Luminaire {
        profile,
        greatest_cd: greatest * scale,
    })
}

fn damaged(found: impl std::fmt::Display) -> ReadError {
    ReadError::damaged("IES", found)
}

struct Numbers<I> {
    words: I,
}

impl<'t, I: Iterator<Item = &'t str>> Numbers<I> {
    fn next(&mut self, what: &str) -> Result<f32, ReadError> {
        let word = self
            .words
            .next()
            .ok_or_else(|| damaged(format!("it breaks off before {what}")))?;
        word.parse::<f32>()
            .ok()
            .filter(|number| number.is_finite())
            .ok_or_else(|| {
                let shown = quoted(word);
                damaged(format!("{what} is {shown}, not a number"))
            })
    }

    /// A whole number that cannot be larger than the file.
    fn count(&mut self, what: &str, most: usize) -> Result<usize, ReadError> {
        let number = self.next(what)?;
        if number < 0.0 || number.fract() != 0.0 || f64::from(number) > most as f64 {
            return Err(damaged(format!("{what} is {number}")));
        }
        Ok(number as usize)
    }

    fn several(&mut self, count: usize, what: &str) -> Result<Vec<f32>, ReadError> {
        (0..count).map(|_| self.next(what)).collect()
    }
}

/// Horizontal angles that begin at 0 and end where [`Photometry`] can go on.
fn whole(angles: &[f32], relative: &[f32], rows: usize) -> Result<(Vec<f32>, Vec<f32>), ReadError> {
    let (first, last) = (angles[0], angles[angles.len() - 1]);
    let column = |index: usize| &relative[index * rows..(index + 1) * rows];
    let mut columns: Vec<(f32, usize)> = angles.iter().copied().zip(0..).collect();
    if first == 90.0 && last == 270.0 {
        let mirrored: Vec<_> = columns
            .iter()
            .filter(|(angle, _)| *angle != 90.0 && *angle != 270.0)
            .map(|&(angle, index)| ((180.0 - angle).rem_euclid(360.0), index))
            .collect();
        columns.extend(mirrored);
        columns.sort_by(|a, b| a.0.total_cmp(&b.0));
    } else if first != 0.0 || !(last > 180.0 || [0.0, 90.0, 180.0].contains(&last)) {
        return Err(damaged(format!(
            "its horizontal angles run from {first}° to {last}°, not from 0° to 0°, 90°, 180° or 360°, or from 90° to 270°"
        )));
    }
    let (from, to) = (columns[0], columns[columns.len() - 1].0);
    // A circle is closed where its last column was left out.
    if from.0 == 0.0 && to > 180.0 && to < 360.0 {
        columns.push((360.0, from.1));
    }
    Ok((
        columns.iter().map(|(angle, _)| *angle).collect(),
        columns
            .iter()
            .flat_map(|(_, index)| column(*index).iter().copied())
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec3;

    const LAMP: &str = "IESNA:LM-63-2002\r\n[TEST] made up\r\nTILT=NONE\r\n1 1000 2.0 3 2 1 2 0.1 0.1 0\r\n0.5 1 20\r\n0 45 90\r\n0 90\r\n\
        100, 50 0\r\n100 80 20\r\n";

    #[test]
    fn a_luminaire_is_read_with_its_multipliers() {
        let lamp = ies_from_bytes(LAMP.as_bytes()).expect("sound");
        assert_eq!(lamp.greatest_cd, 100.0);
        assert_eq!(lamp.profile.vertical_deg, [0.0, 45.0, 90.0]);
        assert_eq!(lamp.profile.relative, [1.0, 0.5, 0.0, 1.0, 0.8, 0.2]);
        assert!((lamp.profile.towards(Vec3::Z) - 0.2).abs() < 1e-5);
        let tilted = LAMP.replace("TILT=NONE", "TILT=INCLUDE\n1\n2\n0 90\n1 0.9");
        assert_eq!(ies_from_bytes(tilted.as_bytes()).expect("sound"), lamp);
    }

    #[test]
    fn circles_are_completed() {
        let with = |angles: &str, count: usize| {
            let values = (0..count)
                .map(|k| format!("{}", 10 + k))
                .collect::<Vec<_>>()
                .join(" ");
            let text =
                format!("TILT=NONE\n1 1 1 1 {count} 1 1 0 0 0 1 1 1\n0\n{angles}\n{values}\n");
            ies_from_bytes(text.as_bytes())
        };
        let half = with("90 135 180 225 270", 5).expect("sound").profile;
        assert_eq!(
            half.horizontal_deg,
            [0.0, 45.0, 90.0, 135.0, 180.0, 225.0, 270.0, 315.0, 360.0]
        );
        let of = |k: f32| (10.0 + k) / 14.0;
        assert_eq!(
            half.relative,
            [2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 3.0, 2.0].map(of)
        );
        let open = with("0 120 240", 3).expect("sound").profile;
        assert_eq!(open.horizontal_deg, [0.0, 120.0, 240.0, 360.0]);
        assert_eq!(open.relative[0], open.relative[3]);
        let error = with("0 120", 2).expect_err("refused").to_string();
        assert!(error.contains("run from 0° to 120°"), "{error}");
    }

    #[test]
    fn broken_files_are_described() {
        for (from, to, expected) in [
            (
                "TILT=NONE",
                "",
                "damaged IES file: it has no line that begins with TILT=",
            ),
            (
                "100 80 20",
                "100",
                "damaged IES file: it breaks off before an intensity",
            ),
            (
                "1000 2.0",
                "1000 two",
                "damaged IES file: the multiplier is `two`, not a number",
            ),
            (
                "3 2 1 2",
                "3 2 3 2",
                "damaged IES file: its photometric type is 3, where only 1 (type C) is read",
            ),
            (
                "3 2 1 2",
                "3000 20 1 2",
                "damaged IES file: the number of vertical angles is 3000",
            ),
            (
                "0 45 90",
                "0 90 45",
                "damaged IES file: vertical angle 45° follows 90°",
            ),
            (
                "100 80",
                "-100 80",
                "damaged IES file: an intensity is -1, not finite and at least 0",
            ),
        ] {
            let text = LAMP.replacen(from, to, 1);
            assert_eq!(
                ies_from_bytes(text.as_bytes()).expect_err(to).to_string(),
                expected
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            at in 0..LAMP.len(),
            noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40),
        ) {
            let mut bytes = LAMP.as_bytes().to_vec();
            let end = (at + noise.len()).min(bytes.len());
            bytes.splice(at..end, noise);
            if let Ok(lamp) = ies_from_bytes(&bytes) {
                proptest::prop_assert_eq!(lamp.profile.fault(), None);
                proptest::prop_assert!(lamp.profile.towards(Vec3::X).is_finite());
            }
            let _ = ies_from_bytes(&bytes[at..]);
        }
    }
}
