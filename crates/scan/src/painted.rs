//! Colours of vertices in OBJ and PLY files, which the readers of scenes leave out.
//!
//! They are found by place: readers split and join vertices, but never move them. What is no colour is none; whether the file is sound is the
//! other readers' question.

use std::collections::BTreeMap;

use glam::Vec3;

/// One linear colour for each position; `None` where a position of the file has none.
pub(crate) fn colours(bytes: &[u8], is_ply: bool, positions: &[Vec3]) -> Option<Vec<Vec3>> {
    let list = if is_ply { ply(bytes) } else { obj(bytes) }?;
    let of: BTreeMap<[u32; 3], Vec3> = list.into_iter().map(|(p, c)| (key(p), c)).collect();
    positions
        .iter()
        .map(|&p| of.get(&key(p)).copied())
        .collect()
}

fn key(p: Vec3) -> [u32; 3] {
    // Adding 0 makes one of the two zeros.
    p.to_array().map(|x| (x + 0.0).to_bits())
}

/// From sRGB between 0 and 1.
fn linear(colour: [f32; 3]) -> Vec3 {
    let table = &scene::texture::LINEAR_FROM_SRGB8;
    Vec3::from_array(colour.map(|c| table[(c * 255.0).round().clamp(0.0, 255.0) as usize]))
}

/// `v x y z r g b`, as MeshLab and ZBrush write it; bytes where a number is above 1.
fn obj(bytes: &[u8]) -> Option<Vec<(Vec3, Vec3)>> {
    let mut list = Vec::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        let Some(rest) = line.trim_start().strip_prefix("v ") else {
            continue;
        };
        let numbers: Vec<f32> = rest
            .split_whitespace()
            .map_while(|word| word.parse().ok())
            .collect();
        let [x, y, z, r, g, b] = numbers[..] else {
            return None;
        };
        list.push((Vec3::new(x, y, z), [r, g, b]));
    }
    let most = list.iter().flat_map(|(_, c)| *c).fold(0.0, f32::max);
    let scale = if most > 1.0 { 255.0 } else { 1.0 };
    let list = list
        .into_iter()
        .map(|(p, c)| (p, linear(c.map(|c| c / scale))));
    Some(list.collect())
}

/// A column of the vertices: its size in bytes and how its bytes are a number, colours of whole numbers between 0 and 1.
#[derive(Clone, Copy)]
enum Column {
    Byte,
    Short,
    Whole,
    Single,
    Double,
}

impl Column {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "char" | "int8" | "uchar" | "uint8" => Self::Byte,
            "short" | "int16" | "ushort" | "uint16" => Self::Short,
            "int" | "int32" | "uint" | "uint32" => Self::Whole,
            "float" | "float32" => Self::Single,
            "double" | "float64" => Self::Double,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Short => 2,
            Self::Whole | Self::Single => 4,
            Self::Double => 8,
        }
    }

    /// What a number must be divided by to lie between 0 and 1.
    fn full(self) -> f32 {
        match self {
            Self::Byte => 255.0,
            Self::Short => 65535.0,
            Self::Whole | Self::Single | Self::Double => 1.0,
        }
    }

    fn number(self, bytes: &[u8], big: bool) -> Option<f32> {
        let mut bytes = bytes.to_vec();
        if big {
            bytes.reverse();
        }
        Some(match self {
            Self::Byte => f32::from(*bytes.first()?),
            Self::Short => f32::from(u16::from_le_bytes(bytes.try_into().ok()?)),
            Self::Whole => u32::from_le_bytes(bytes.try_into().ok()?) as f32,
            Self::Single => f32::from_le_bytes(bytes.try_into().ok()?),
            Self::Double => f64::from_le_bytes(bytes.try_into().ok()?) as f32,
        })
    }
}

/// `red, green, blue` of vertices, where they are the file's first element and have no lists.
fn ply(bytes: &[u8]) -> Option<Vec<(Vec3, Vec3)>> {
    let end = b"end_header";
    let at = bytes
        .windows(end.len())
        .take(1 << 16)
        .position(|w| w == end)?;
    let head = std::str::from_utf8(&bytes[..at]).ok()?;
    let newline = bytes[at..].iter().position(|&b| b == b'\n')?;
    let body = &bytes[at + newline + 1..];
    let (mut format, mut count, mut columns) = ("", 0_usize, Vec::new());
    let mut elements = 0;
    for line in head.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["format", name, _] => format = name,
            ["element", name, number] => {
                elements += 1;
                if elements == 1 {
                    count = (name == "vertex").then(|| number.parse().ok())??;
                }
            }
            ["property", kind, name] if elements == 1 => {
                columns.push((Column::from_name(kind)?, name));
            }
            ["property", ..] if elements == 1 => return None,
            _ => {}
        }
    }
    let find = |names: [&str; 2]| columns.iter().position(|(_, name)| names.contains(name));
    let place = [find(["x", "x"])?, find(["y", "y"])?, find(["z", "z"])?];
    let paint = [
        find(["red", "diffuse_red"])?,
        find(["green", "diffuse_green"])?,
        find(["blue", "diffuse_blue"])?,
    ];
    let vertex = |numbers: &[f32]| {
        let p = Vec3::from_array(place.map(|k| numbers[k]));
        (p, linear(paint.map(|k| numbers[k] / columns[k].0.full())))
    };
    if format == "ascii" {
        let text = String::from_utf8_lossy(body);
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        return (0..count)
            .map(|_| {
                let numbers: Vec<f32> = lines
                    .next()?
                    .split_whitespace()
                    .map_while(|word| word.parse().ok())
                    .collect();
                (numbers.len() >= columns.len()).then(|| vertex(&numbers))
            })
            .collect();
    }
    let size: usize = columns.iter().map(|(column, _)| column.size()).sum();
    let big = format == "binary_big_endian";
    if body.len() / size.max(1) < count {
        return None;
    }
    body.chunks_exact(size)
        .take(count)
        .map(|mut record| {
            let numbers: Option<Vec<f32>> = columns
                .iter()
                .map(|(column, _)| {
                    let (own, rest) = record.split_at_checked(column.size())?;
                    record = rest;
                    column.number(own, big)
                })
                .collect();
            numbers.map(|numbers| vertex(&numbers))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [Vec3; 2] = [Vec3::ZERO, Vec3::new(1.0, 0.5, -2.0)];

    #[test]
    fn red_and_blue_come_back_from_every_format() {
        let header = |format: &str| {
            format!(
                "ply\nformat {format} 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nelement face 0\nproperty list uchar int vertex_indices\nend_header\n"
            )
        };
        let paint = [[255_u8, 0, 0], [0, 0, 255]];
        let binary = |big: bool| {
            let name = if big {
                "binary_big_endian"
            } else {
                "binary_little_endian"
            };
            let mut bytes = header(name).into_bytes();
            for (p, c) in PLACES.iter().zip(paint) {
                for x in p.to_array() {
                    bytes.extend(if big {
                        x.to_be_bytes()
                    } else {
                        x.to_le_bytes()
                    });
                }
                bytes.extend(c);
            }
            bytes
        };
        let text = header("ascii") + "0 0 0 255 0 0\n1 0.5 -2 0 0 255\n";
        let files = [
            (text.into_bytes(), true),
            (binary(false), true),
            (binary(true), true),
            (b"v 0 0 0 1 0 0\nv 1 0.5 -2 0 0 1\n".to_vec(), false),
            (
                b"# bytes\nv 0 0 0 255 0 0\nv 1 0.5 -2 0 0 255\n".to_vec(),
                false,
            ),
        ];
        // Readers may have split a vertex and turned their order.
        let asked = [PLACES[1], PLACES[0], PLACES[1]];
        for (number, (bytes, is_ply)) in files.iter().enumerate() {
            let found = colours(bytes, *is_ply, &asked);
            assert_eq!(found, Some(vec![Vec3::Z, Vec3::X, Vec3::Z]), "{number}");
        }
    }

    #[test]
    fn files_without_colours_or_cut_short_have_none() {
        assert_eq!(colours(b"v 0 0 0\nv 1 0.5 -2\n", false, &PLACES), None);
        assert_eq!(colours(b"v 0 0 0 1 0 0\n", false, &PLACES), None);
        assert_eq!(
            colours(b"ply\nformat ascii 1.0\nend_header\n", true, &PLACES),
            None
        );
        assert_eq!(colours(b"", true, &PLACES), None);
    }
}
