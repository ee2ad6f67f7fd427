//! Geomview's OFF, with or without colours: text of counts, vertices and polygons.

use glam::Vec3;

use crate::error::ScanError;
use crate::read::{Paint, Scan};

/// Most vertices and polygons a file may promise.
const MOST: usize = 1 << 24;

/// Reads a file's bytes.
///
/// # Errors
/// [`ScanError`] with the line and what is wrong there.
pub(crate) fn read(bytes: &[u8]) -> Result<Scan, ScanError> {
    let hint = "export it again as OFF in text, or as PLY";
    let wrong = |line: usize, what: &str| ScanError::new(format!("line {line}: {what}"), hint);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| ScanError::new("is not an OFF file in text", hint))?;
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line.split('#').next().unwrap_or("").trim()))
        .filter(|(_, line)| !line.is_empty());
    let (number, head) = lines
        .next()
        .ok_or_else(|| ScanError::new("is empty", hint))?;
    let (mark, rest) = head.split_at(head.find(char::is_whitespace).unwrap_or(head.len()));
    if !matches!(mark, "OFF" | "COFF" | "NOFF" | "CNOFF" | "STOFF" | "STCOFF") {
        return Err(wrong(number, "an OFF file begins with `OFF` or `COFF`"));
    }
    let (normals, painted) = (
        mark.contains('N'),
        mark.starts_with('C') || mark == "STCOFF",
    );
    let (number, counts) = if rest.trim().is_empty() {
        lines
            .next()
            .ok_or_else(|| wrong(number, "the counts are missing"))?
    } else {
        (number, rest.trim())
    };
    let counts: Vec<usize> = counts
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [vertices, polygons, ..] = counts[..] else {
        return Err(wrong(
            number,
            "the counts of vertices and polygons are missing",
        ));
    };
    // A vertex takes at least six bytes and a polygon eight: counts beyond the file are no reason to take memory.
    if vertices > MOST || polygons > MOST || vertices * 6 + polygons * 8 > bytes.len() + 16 {
        return Err(wrong(number, "promises more than the file holds"));
    }
    let (mut positions, mut colours) = (Vec::with_capacity(vertices), Vec::new());
    for _ in 0..vertices {
        let (number, line) = lines
            .next()
            .ok_or_else(|| ScanError::new("ends before its last vertex", hint))?;
        let numbers: Vec<f32> = line
            .split_whitespace()
            .map_while(|word| word.parse().ok())
            .collect();
        let [x, y, z, ..] = numbers[..] else {
            return Err(wrong(number, "a vertex has three numbers"));
        };
        let place = Vec3::new(x, y, z);
        if !place.is_finite() {
            return Err(wrong(number, "a coordinate is not a finite number"));
        }
        positions.push(place);
        let skip = if normals { 6 } else { 3 };
        if painted && let [r, g, b, ..] = numbers[skip.min(numbers.len())..] {
            let scale = if r.max(g).max(b) > 1.0 { 255.0 } else { 1.0 };
            let linear = |c: f32| {
                let byte = (c / scale * 255.0).clamp(0.0, 255.0) as usize;
                scene::texture::LINEAR_FROM_SRGB8[byte]
            };
            colours.push(Vec3::new(linear(r), linear(g), linear(b)));
        }
    }
    let mut triangles = Vec::with_capacity(polygons);
    for _ in 0..polygons {
        let (number, line) = lines
            .next()
            .ok_or_else(|| ScanError::new("ends before its last polygon", hint))?;
        let mut words = line.split_whitespace();
        let corners: usize = words
            .next()
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| wrong(number, "a polygon begins with its number of corners"))?;
        let list: Vec<u32> = words
            .take(corners)
            .map_while(|word| word.parse().ok())
            .collect();
        if list.len() != corners {
            return Err(wrong(number, "a polygon has fewer corners than it says"));
        }
        if list.iter().any(|&v| v as usize >= vertices) {
            return Err(wrong(
                number,
                "a polygon names a vertex that the file does not have",
            ));
        }
        for k in 1..corners.saturating_sub(1) {
            triangles.push([list[0], list[k], list[k + 1]]);
        }
    }
    let paint = if colours.len() == positions.len() && !colours.is_empty() {
        Paint::Vertices(colours)
    } else {
        Paint::None
    };
    Ok(Scan {
        positions,
        triangles,
        paint,
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = "COFF # a square\n4 1 0\n0 0 0 255 0 0 255\n1 0 0 255 0 0 255\n1 1 0 0 0 255 255\n0 1 0 0 0 255 255\n4 0 1 2 3\n";

    #[test]
    fn a_square_is_two_triangles_with_colours() {
        let scan = read(SQUARE.as_bytes()).expect("sound");
        assert_eq!(scan.triangles, [[0, 1, 2], [0, 2, 3]]);
        let Paint::Vertices(colours) = scan.paint else {
            panic!("colours are there");
        };
        assert_eq!(colours[0], Vec3::X);
    }

    #[test]
    fn every_cut_and_every_changed_number_gets_a_sentence_or_a_scan() {
        for end in 0..SQUARE.len() {
            let _ = read(&SQUARE.as_bytes()[..end]);
        }
        for (from, to, told) in [
            ("4 1 0", "99999999 1 0", "more than the file holds"),
            ("1 1 0", "1 nan 0", "not a finite number"),
            ("4 0 1 2 3", "4 0 1 2 9", "does not have"),
            ("4 0 1 2 3", "9 0 1 2 3", "fewer corners"),
            ("COFF", "PLY", "begins with"),
        ] {
            let error = read(SQUARE.replace(from, to).as_bytes()).expect_err(told);
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
