//! PLY (Turk 1994): text and binary of either byte order; places, normals and texture coordinates of vertices, and faces.
//!
//! One object, grey and smooth unless the file has normals. Texture coordinates are `u, v`, `s, t` or `texture_u, texture_v`, v up; the picture is the one a
//! comment names (`comment TextureFile skin.png`, as MeshLab writes).
use std::sync::Arc;

use glam::{Vec2, Vec3};

use super::error::quoted;
use super::limits::Budget;
use super::surface::{Shading, Surface, triangulate};
use super::{Beside, FileError, Limits, Model, textures};
use crate::{Material, MaterialId, Object};

/// Longest header, bytes.
const HEADER: usize = 1 << 16;

/// Most corners of one polygon.
const CORNERS: usize = 1 << 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Text,
    Little,
    Big,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scalar {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Scalar {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "char" | "int8" => Self::I8,
            "uchar" | "uint8" => Self::U8,
            "short" | "int16" => Self::I16,
            "ushort" | "uint16" => Self::U16,
            "int" | "int32" => Self::I32,
            "uint" | "uint32" => Self::U32,
            "float" | "float32" => Self::F32,
            "double" | "float64" => Self::F64,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    fn number(self, little: [u8; 8]) -> f64 {
        let [a, b, c, d, ..] = little;
        match self {
            Self::I8 => f64::from(a as i8),
            Self::U8 => f64::from(a),
            Self::I16 => f64::from(i16::from_le_bytes([a, b])),
            Self::U16 => f64::from(u16::from_le_bytes([a, b])),
            Self::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Self::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Self::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Self::F64 => f64::from_le_bytes(little),
        }
    }
}

#[derive(Debug)]
struct Property {
    name: String,
    /// The type of a list's length; `None` for a single number.
    length: Option<Scalar>,
    scalar: Scalar,
}

#[derive(Debug)]
struct Element {
    name: String,
    count: usize,
    properties: Vec<Property>,
}

#[derive(Debug)]
struct Header {
    encoding: Encoding,
    elements: Vec<Element>,
    picture: Option<String>,
    /// Where the numbers start.
    bytes: usize,
}

fn header(bytes: &[u8]) -> Result<Header, FileError> {
    let start = &bytes[..bytes.len().min(HEADER)];
    let mut at = 0;
    let mut line = 0;
    let mut encoding = None;
    let mut elements: Vec<Element> = Vec::new();
    let mut picture = None;
    loop {
        let fault = |line: usize, found: String| FileError::new(format!("line {line}"), found);
        line += 1;
        let Some(length) = start[at..].iter().position(|&byte| byte == b'\n') else {
            return Err(FileError::new("", "its header has no end (`end_header`)")
                .with_hint("export or copy the file again"));
        };
        let text = String::from_utf8_lossy(start[at..at + length].trim_ascii());
        at += length + 1;
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        if line == 1 {
            if words != ["ply"] {
                return Err(FileError::new("", "does not start with `ply`"));
            }
            continue;
        }
        match words[..] {
            ["format", name, _] => {
                encoding = Some(match name {
                    "ascii" => Encoding::Text,
                    "binary_little_endian" => Encoding::Little,
                    "binary_big_endian" => Encoding::Big,
                    _ => {
                        return Err(fault(
                            line,
                            format!(
                                "format {} is none of `ascii`, `binary_little_endian` and `binary_big_endian`",
                                quoted(name)
                            ),
                        ));
                    }
                });
            }
            ["comment", "TextureFile", ..] => {
                picture = text
                    .split_once("TextureFile")
                    .map(|(_, name)| name.trim().to_owned());
            }
            ["comment" | "obj_info", ..] | [] => {}
            ["element", name, count] => elements.push(Element {
                name: name.to_owned(),
                count: count.parse().map_err(|_| {
                    fault(line, format!("{} is no number of elements", quoted(count)))
                })?,
                properties: Vec::new(),
            }),
            ["property", ref kind @ .., name] => {
                let (length, scalar) = match *kind {
                    [scalar] => (None, Scalar::from_name(scalar)),
                    ["list", length, scalar] => {
                        let length = Scalar::from_name(length)
                            .filter(|length| !matches!(length, Scalar::F32 | Scalar::F64));
                        (Some(length), Scalar::from_name(scalar))
                    }
                    _ => (None, None),
                };
                let element = elements
                    .last_mut()
                    .ok_or_else(|| fault(line, "a property before the first element".to_owned()))?;
                let (Some(scalar), None | Some(Some(_))) = (scalar, length) else {
                    return Err(fault(
                        line,
                        format!("{} is no property of a known type", quoted(&text)),
                    ));
                };
                element.properties.push(Property {
                    name: name.to_owned(),
                    length: length.flatten(),
                    scalar,
                });
            }
            ["end_header"] => break,
            _ => {
                return Err(fault(
                    line,
                    format!("{} belongs to no PLY header", quoted(&text)),
                ));
            }
        }
    }
    let encoding = encoding.ok_or_else(|| FileError::new("", "its header names no format"))?;
    Ok(Header {
        encoding,
        elements,
        picture,
        bytes: at,
    })
}

/// Numbers one after the other, of either encoding.
struct Numbers<'b> {
    encoding: Encoding,
    rest: &'b [u8],
}

impl Numbers<'_> {
    fn next(&mut self, scalar: Scalar) -> Result<f64, String> {
        let cut_off = || "the file ends before its last number".to_owned();
        if self.encoding == Encoding::Text {
            self.rest = self.rest.trim_ascii_start();
            let end = self
                .rest
                .iter()
                .position(u8::is_ascii_whitespace)
                .unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            if word.is_empty() {
                return Err(cut_off());
            }
            return std::str::from_utf8(word)
                .ok()
                .and_then(|word| word.parse().ok())
                .ok_or_else(|| format!("{} is no number", quoted(&String::from_utf8_lossy(word))));
        }
        let (word, rest) = self
            .rest
            .split_at_checked(scalar.size())
            .ok_or_else(cut_off)?;
        self.rest = rest;
        let mut little = [0; 8];
        little[..word.len()].copy_from_slice(word);
        if self.encoding == Encoding::Big {
            little[..word.len()].reverse();
        }
        Ok(scalar.number(little))
    }

    /// A whole number from 0 to `most`.
    fn index(&mut self, scalar: Scalar, most: usize) -> Result<usize, String> {
        let value = self.next(scalar)?;
        if value >= 0.0 && value <= most as f64 && value.fract() == 0.0 {
            Ok(value as usize)
        } else {
            Err(format!("{value} is not a whole number from 0 to {most}"))
        }
    }
}

/// Reads a PLY file.
pub(super) fn read(bytes: &[u8], beside: Beside<'_>, limits: Limits) -> Result<Model, FileError> {
    let header = header(bytes)?;
    let mut numbers = Numbers {
        encoding: header.encoding,
        rest: &bytes[header.bytes..],
    };
    let mut budget = Budget::new(limits);
    let mut model = Model::default();
    let mut surface = Surface::default();
    for element in &header.elements {
        check_size(element, &numbers)?;
        match element.name.as_str() {
            "vertex" => vertices(element, &mut numbers, &mut surface, &mut model, &mut budget)?,
            "face" => faces(element, &mut numbers, &mut surface, &mut budget)?,
            _ => {
                skip(element, &mut numbers, &mut budget)?;
                if element.count > 0 {
                    model.note(format!("elements {} are not drawn", quoted(&element.name)));
                }
            }
        }
    }
    if surface.triangles.is_empty() {
        return Ok(model);
    }
    let mut material = Material {
        name: "default".to_owned(),
        base_color: Vec3::splat(0.6),
        ..Material::default()
    };
    if let (Some(picture), false) = (&header.picture, surface.uvs.is_empty()) {
        let bytes = beside.read("comment TextureFile", picture)?;
        material.base_color = Vec3::ONE;
        material.base_color_texture =
            Some(textures::decode(&quoted(picture), &bytes, &mut budget)?);
    }
    model.materials.push(material);
    model.objects.push(Object {
        name: String::new(),
        mesh: Arc::new(surface.finish(Shading::Smooth)),
        material: MaterialId(0),
        instance: 1,
    });
    Ok(model)
}

/// Refuses more elements than the bytes that are left could hold: no property takes less than a byte.
fn check_size(element: &Element, numbers: &Numbers<'_>) -> Result<(), FileError> {
    let smallest: usize = element
        .properties
        .iter()
        .map(|property| match (numbers.encoding, property.length) {
            (Encoding::Text, _) => 1,
            (_, Some(length)) => length.size(),
            (_, None) => property.scalar.size(),
        })
        .sum();
    let left = numbers.rest.len();
    if smallest > 0 && element.count > left / smallest {
        return Err(FileError::new(
            format!("element {}", quoted(&element.name)),
            format!(
                "{} of at least {smallest} bytes do not fit into the {left} bytes there are",
                element.count
            ),
        )
        .with_hint("export or copy the file again"));
    }
    Ok(())
}

fn vertices(
    element: &Element,
    numbers: &mut Numbers<'_>,
    surface: &mut Surface,
    model: &mut Model,
    budget: &mut Budget,
) -> Result<(), FileError> {
    let column = |names: &[&str]| {
        element.properties.iter().position(|property| {
            property.length.is_none() && names.contains(&property.name.as_str())
        })
    };
    let place = [column(&["x"]), column(&["y"]), column(&["z"])];
    let normal = [column(&["nx"]), column(&["ny"]), column(&["nz"])];
    let uv = [
        column(&["u", "s", "texture_u", "texture_s"]),
        column(&["v", "t", "texture_v", "texture_t"]),
    ];
    let [Some(x), Some(y), Some(z)] = place else {
        return Err(FileError::new("element `vertex`", "has no x, y and z"));
    };
    if column(&["red", "r", "diffuse_red"]).is_some() {
        model.note("colours of vertices are not honoured");
    }
    budget.vertices("element `vertex`", element.count)?;
    budget.decoded("element `vertex`", element.count, element.properties.len())?;
    let mut row = vec![0.0_f64; element.properties.len()];
    for vertex in 0..element.count {
        let fault = |found: String| FileError::new(format!("vertex {vertex}"), found);
        for (value, property) in row.iter_mut().zip(&element.properties) {
            *value = one(property, numbers, budget).map_err(fault)?;
        }
        let position = Vec3::new(row[x] as f32, row[y] as f32, row[z] as f32);
        if !position.is_finite() {
            return Err(
                fault(format!("is at {position}, which is not finite")).with_hint(
                    "repair the mesh where it was made; a place that is no number cannot be drawn",
                ),
            );
        }
        surface.positions.push(position);
        if let [Some(x), Some(y), Some(z)] = normal {
            surface
                .normals
                .push(Vec3::new(row[x] as f32, row[y] as f32, row[z] as f32));
        }
        if let [Some(u), Some(v)] = uv {
            surface.uvs.push(Vec2::new(row[u] as f32, row[v] as f32));
        }
    }
    Ok(())
}

/// A property's number; a list is skipped and gives 0.
fn one(property: &Property, numbers: &mut Numbers<'_>, budget: &mut Budget) -> Result<f64, String> {
    let Some(length) = property.length else {
        return numbers.next(property.scalar);
    };
    let length = numbers.index(length, numbers.rest.len())?;
    budget
        .decoded("", length, 1)
        .map_err(|error| error.to_string())?;
    for _ in 0..length {
        numbers.next(property.scalar)?;
    }
    Ok(0.0)
}

fn faces(
    element: &Element,
    numbers: &mut Numbers<'_>,
    surface: &mut Surface,
    budget: &mut Budget,
) -> Result<(), FileError> {
    let is_corners = |property: &Property| {
        property.length.is_some()
            && matches!(property.name.as_str(), "vertex_indices" | "vertex_index")
    };
    if element.count > 0 && !element.properties.iter().any(is_corners) {
        return Err(FileError::new(
            "element `face`",
            "has no list `vertex_indices`",
        ));
    }
    let count = surface.positions.len();
    let mut corners: Vec<usize> = Vec::new();
    let mut places: Vec<Vec3> = Vec::new();
    let mut made = Vec::new();
    for face in 0..element.count {
        let fault = |found: String| FileError::new(format!("face {face}"), found);
        for property in &element.properties {
            if !is_corners(property) {
                one(property, numbers, budget).map_err(fault)?;
                continue;
            }
            let length = property
                .length
                .map_or(Ok(0), |length| numbers.index(length, CORNERS));
            let length = length.map_err(fault)?;
            corners.clear();
            for _ in 0..length {
                let corner = numbers.index(property.scalar, count.saturating_sub(1));
                corners.push(corner.map_err(|found| {
                    fault(format!(
                        "{found}, where it is to name one of {count} vertices"
                    ))
                })?);
            }
            if count == 0 && length > 0 {
                return Err(fault("stands before the vertices it names".to_owned()));
            }
            places.clear();
            places.extend(corners.iter().map(|&corner| surface.positions[corner]));
            made.clear();
            triangulate(&places, &mut made);
            budget.triangles("element `face`", made.len())?;
            surface.triangles.extend(
                made.iter()
                    .map(|triangle| triangle.map(|corner| corners[corner] as u32)),
            );
        }
    }
    Ok(())
}

fn skip(
    element: &Element,
    numbers: &mut Numbers<'_>,
    budget: &mut Budget,
) -> Result<(), FileError> {
    // Elements without properties take no bytes: their number means nothing.
    if element.properties.is_empty() {
        return Ok(());
    }
    for _ in 0..element.count {
        for property in &element.properties {
            one(property, numbers, budget).map_err(|found| {
                FileError::new(format!("element {}", quoted(&element.name)), found)
            })?;
        }
    }
    Ok(())
}
