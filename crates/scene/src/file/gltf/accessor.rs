//! Typed numbers in buffers.
use std::borrow::Cow;

use super::json::{Accessor, Root};
use crate::file::FileError;
use crate::file::limits::Budget;

/// The file's numbers.
#[derive(Debug)]
pub(super) struct Accessors<'f> {
    root: &'f Root,
    buffers: &'f [Cow<'f, [u8]>],
}

/// How one number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Component {
    fn from_code(place: &str, code: u32) -> Result<Self, FileError> {
        Ok(match code {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            5126 => Self::F32,
            _ => {
                return Err(FileError::new(
                    place,
                    format!("component type {code} is none of 5120 to 5123, 5125 and 5126"),
                ));
            }
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }

    /// As a number; `normalized` maps the range of integers to [0, 1] or [−1, 1] (glTF 2.0, §3.6.2.2).
    fn number(self, bytes: &[u8], normalized: bool) -> f32 {
        let [a, b] = [bytes[0], *bytes.get(1).unwrap_or(&0)];
        let four = || {
            [
                a,
                b,
                *bytes.get(2).unwrap_or(&0),
                *bytes.get(3).unwrap_or(&0),
            ]
        };
        let (value, largest) = match self {
            Self::I8 => (f32::from(a as i8), 127.0),
            Self::U8 => (f32::from(a), 255.0),
            Self::I16 => (f32::from(i16::from_le_bytes([a, b])), 32767.0),
            Self::U16 => (f32::from(u16::from_le_bytes([a, b])), 65535.0),
            Self::U32 => (u32::from_le_bytes(four()) as f32, u32::MAX as f32),
            Self::F32 => return f32::from_le_bytes(four()),
        };
        if normalized {
            (value / largest).max(-1.0)
        } else {
            value
        }
    }

    /// As an index; `None` for signed and broken numbers.
    fn index(self, bytes: &[u8]) -> Option<u32> {
        match (self, bytes) {
            (Self::U8, [a, ..]) => Some(u32::from(*a)),
            (Self::U16, [a, b, ..]) => Some(u32::from(u16::from_le_bytes([*a, *b]))),
            (Self::U32, [a, b, c, d, ..]) => Some(u32::from_le_bytes([*a, *b, *c, *d])),
            _ => None,
        }
    }
}

/// Equally spaced elements in a buffer.
#[derive(Debug, Clone, Copy)]
struct Rows<'f> {
    bytes: &'f [u8],
    stride: usize,
    size: usize,
}

impl<'f> Rows<'f> {
    fn get(&self, row: usize) -> &'f [u8] {
        let start = row * self.stride;
        &self.bytes[start..start + self.size]
    }
}

impl<'f> Accessors<'f> {
    pub(super) fn new(root: &'f Root, buffers: &'f [Cow<'f, [u8]>]) -> Self {
        Self { root, buffers }
    }

    /// How many elements an accessor has.
    pub(super) fn count(&self, index: usize) -> Result<usize, FileError> {
        Ok(self.accessor(index)?.1.count)
    }

    /// Bytes of a buffer view.
    pub(super) fn view(&self, place: &str, index: usize) -> Result<&'f [u8], FileError> {
        let missing = |what: &str, index: usize, count: usize| {
            FileError::new(
                place,
                format!("names {what} {index}, but there are {count}"),
            )
        };
        let views = &self.root.buffer_views;
        let view = views
            .get(index)
            .ok_or_else(|| missing("buffer view", index, views.len()))?;
        let buffer = self
            .buffers
            .get(view.buffer)
            .ok_or_else(|| missing("buffer", view.buffer, self.buffers.len()))?;
        buffer
            .get(view.byte_offset..)
            .and_then(|rest| rest.get(..view.byte_length))
            .ok_or_else(|| {
                FileError::new(
                    format!("buffer view {index}"),
                    format!(
                        "{} bytes from byte {} reach beyond its buffer of {}",
                        view.byte_length,
                        view.byte_offset,
                        buffer.len()
                    ),
                )
            })
    }

    fn accessor(&self, index: usize) -> Result<(String, &'f Accessor), FileError> {
        let accessors = &self.root.accessors;
        let accessor = accessors.get(index).ok_or_else(|| {
            FileError::new(
                "",
                format!(
                    "accessor {index} is named, but there are {}",
                    accessors.len()
                ),
            )
        })?;
        Ok((format!("accessor {index}"), accessor))
    }

    /// Elements of `size` bytes each in a view, from an offset; every one lies inside.
    fn rows(
        &self,
        place: &str,
        view_index: usize,
        offset: usize,
        size: usize,
        count: usize,
    ) -> Result<Rows<'f>, FileError> {
        let view = self.view(place, view_index)?;
        let stride = self.root.buffer_views[view_index]
            .byte_stride
            .unwrap_or(size);
        let needed = count
            .checked_sub(1)
            .and_then(|last| last.checked_mul(stride))
            .and_then(|start| start.checked_add(size));
        let bytes = view.get(offset..);
        match (bytes, needed) {
            (_, None) if count == 0 => Ok(Rows { bytes: &[], stride, size }),
            (Some(bytes), Some(needed)) if needed <= bytes.len() => Ok(Rows { bytes, stride, size }),
            _ => Err(FileError::new(
                place,
                format!(
                    "{count} elements of {size} bytes every {stride} from byte {offset} reach beyond buffer view {view_index} of {}",
                    view.len()
                ),
            )
            .with_hint("export or copy the file again")),
        }
    }

    /// Rows of `N` numbers.
    pub(super) fn numbers<const N: usize>(
        &self,
        index: usize,
        budget: &mut Budget,
    ) -> Result<Vec<[f32; N]>, FileError> {
        let (place, accessor) = self.accessor(index)?;
        let width = width_of(&place, &accessor.kind)?;
        if width != N {
            return Err(FileError::new(
                place,
                format!("has {width} numbers an element where {N} are needed"),
            ));
        }
        let component = Component::from_code(&place, accessor.component_type)?;
        budget.decoded(&place, accessor.count, N)?;
        let row = |bytes: &[u8]| {
            std::array::from_fn(|k| {
                component.number(&bytes[k * component.size()..], accessor.normalized)
            })
        };
        let size = N * component.size();
        let mut values: Vec<[f32; N]> = match accessor.buffer_view {
            Some(view) => {
                let rows = self.rows(&place, view, accessor.byte_offset, size, accessor.count)?;
                (0..accessor.count).map(|k| row(rows.get(k))).collect()
            }
            None => vec![[0.0; N]; accessor.count],
        };
        for (k, bytes) in self.sparse(&place, accessor, size)? {
            values[k] = row(bytes);
        }
        Ok(values)
    }

    /// Single unsigned numbers, such as the corners of triangles.
    pub(super) fn indices(&self, index: usize, budget: &mut Budget) -> Result<Vec<u32>, FileError> {
        Ok(self
            .index_rows::<1>(index, budget)?
            .into_iter()
            .map(|[k]| k)
            .collect())
    }

    /// Rows of `N` unsigned numbers, such as the joints of a vertex.
    pub(super) fn index_rows<const N: usize>(
        &self,
        index: usize,
        budget: &mut Budget,
    ) -> Result<Vec<[u32; N]>, FileError> {
        let (place, accessor) = self.accessor(index)?;
        let width = width_of(&place, &accessor.kind)?;
        let component = Component::from_code(&place, accessor.component_type)?;
        if width != N || !matches!(component, Component::U8 | Component::U16 | Component::U32) {
            return Err(FileError::new(
                place,
                format!(
                    "is to hold rows of {N} unsigned integers, not {width} numbers of type {}",
                    accessor.component_type
                ),
            ));
        }
        budget.decoded(&place, accessor.count, N)?;
        let size = N * component.size();
        let row = |bytes: &[u8]| {
            std::array::from_fn(|k| {
                component
                    .index(&bytes[k * component.size()..])
                    .unwrap_or_default()
            })
        };
        let mut values: Vec<[u32; N]> = match accessor.buffer_view {
            Some(view) => {
                let rows = self.rows(&place, view, accessor.byte_offset, size, accessor.count)?;
                (0..accessor.count).map(|k| row(rows.get(k))).collect()
            }
            None => vec![[0; N]; accessor.count],
        };
        for (k, bytes) in self.sparse(&place, accessor, size)? {
            values[k] = row(bytes);
        }
        Ok(values)
    }

    /// Elements that replace others: which and by what.
    fn sparse(
        &self,
        place: &str,
        accessor: &Accessor,
        size: usize,
    ) -> Result<Vec<(usize, &'f [u8])>, FileError> {
        let Some(sparse) = &accessor.sparse else {
            return Ok(Vec::new());
        };
        if sparse.count > accessor.count {
            return Err(FileError::new(
                place,
                format!(
                    "replaces {} elements, but has {}",
                    sparse.count, accessor.count
                ),
            ));
        }
        let component = Component::from_code(place, sparse.indices.component_type)?;
        let indices = self.rows(
            place,
            sparse.indices.buffer_view,
            sparse.indices.byte_offset,
            component.size(),
            sparse.count,
        )?;
        let values = self.rows(
            place,
            sparse.values.buffer_view,
            sparse.values.byte_offset,
            size,
            sparse.count,
        )?;
        (0..sparse.count)
            .map(|k| {
                let target = component.index(indices.get(k)).map(|index| index as usize);
                target
                    .filter(|&target| target < accessor.count)
                    .map(|target| (target, values.get(k)))
                    .ok_or_else(|| {
                        FileError::new(
                            place,
                            format!(
                                "its sparse index {k} is none of its {} elements",
                                accessor.count
                            ),
                        )
                    })
            })
            .collect()
    }
}

fn width_of(place: &str, kind: &str) -> Result<usize, FileError> {
    match kind {
        "SCALAR" => Ok(1),
        "VEC2" => Ok(2),
        "VEC3" => Ok(3),
        "VEC4" | "MAT2" => Ok(4),
        "MAT3" => Ok(9),
        "MAT4" => Ok(16),
        _ => Err(FileError::new(
            place,
            format!(
                "type {} is none of SCALAR, VEC2 to VEC4 and MAT2 to MAT4",
                crate::file::error::quoted(kind)
            ),
        )),
    }
}
