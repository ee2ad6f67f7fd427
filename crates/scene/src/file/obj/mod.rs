//! Wavefront OBJ: `v`, `vt`, `vn`, `f`, `o`, `g`, `s`, `usemtl`, `mtllib`; polygons of any length, indices from either end.
//!
//! An object of ours is what one object or group of the file has of one material. Without `vn`, faces with `s off` (the default) are flat, others smooth. Lines,
//! points and free-form curves are noted and left out; a fourth number of `v` and colours behind it too.
mod mtl;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use glam::{Vec2, Vec3};

use self::mtl::Library;
use super::error::quoted;
use super::limits::Budget;
use super::surface::{Shading, Surface, triangulate};
use super::{Beside, FileError, Limits, Model};
use crate::{Material, MaterialId, Object};

/// Most corners of one polygon.
const CORNERS: usize = 1 << 16;

/// Reads an OBJ file and the MTL files it names.
pub(super) fn read(bytes: &[u8], beside: Beside<'_>, limits: Limits) -> Result<Model, FileError> {
    let mut reader = Reader {
        beside,
        budget: Budget::new(limits),
        limits,
        model: Model::default(),
        library: Library::default(),
        positions: Vec::new(),
        uvs: Vec::new(),
        normals: Vec::new(),
        groups: Vec::new(),
        made: 0,
        by_key: BTreeMap::new(),
        name: String::new(),
        material: None,
        smooth: false,
        current: None,
    };
    for (line, text) in lines(bytes) {
        reader.line(line, &text)?;
    }
    reader.finish()
}

/// Lines with their numbers from 1, joined where they end in a backslash, without comments.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let mut raw = bytes.split(|&byte| byte == b'\n').enumerate();
    std::iter::from_fn(move || {
        let (number, first) = raw.next()?;
        let mut text = plain(first);
        while let Some(open) = text.strip_suffix('\\') {
            let mut joined = open.to_owned();
            joined.push(' ');
            if let Some((_, next)) = raw.next() {
                joined.push_str(&plain(next));
            }
            text = Cow::Owned(joined);
        }
        Some((number + 1, text))
    })
}

fn plain(line: &[u8]) -> Cow<'_, str> {
    let end = line
        .iter()
        .position(|&byte| byte == b'#')
        .unwrap_or(line.len());
    String::from_utf8_lossy(line[..end].trim_ascii())
}

/// A number that must be finite.
fn number(line: usize, what: &str, word: Option<&str>) -> Result<f32, FileError> {
    let place = format!("line {line}");
    let Some(word) = word else {
        return Err(FileError::new(place, format!("{what} is missing")));
    };
    word.parse()
        .ok()
        .filter(|value: &f32| value.is_finite())
        .ok_or_else(|| {
            FileError::new(
                place,
                format!("{what} is {}, not a finite number", quoted(word)),
            )
        })
}

/// One corner: position, uv and normal, counted from 0.
type Corner = (u32, Option<u32>, Option<u32>);

#[derive(Debug)]
struct Group {
    name: String,
    material: Option<usize>,
    shading: Shading,
    surface: Surface,
    /// Whether all corners so far had normals and uvs.
    has_normals: bool,
    vertices: HashMap<Corner, u32>,
}

struct Reader<'b> {
    beside: Beside<'b>,
    budget: Budget,
    limits: Limits,
    model: Model,
    library: Library,
    positions: Vec<Vec3>,
    uvs: Vec<Vec2>,
    normals: Vec<Vec3>,
    groups: Vec<Group>,
    /// Vertices of all groups so far.
    made: usize,
    by_key: BTreeMap<(String, Option<usize>, bool), usize>,
    name: String,
    material: Option<usize>,
    smooth: bool,
    /// Group that faces go to; `None` after a change.
    current: Option<usize>,
}

impl Reader<'_> {
    fn line(&mut self, line: usize, text: &str) -> Result<(), FileError> {
        let mut words = text.split_ascii_whitespace();
        let Some(keyword) = words.next() else {
            return Ok(());
        };
        let rest = || text[keyword.len()..].trim();
        match keyword {
            "v" => {
                let mut next = |what| number(line, what, words.next());
                let position = Vec3::new(next("x")?, next("y")?, next("z")?);
                if words.count() >= 3 {
                    self.model.note("colours of vertices are not honoured");
                }
                self.room(line, self.positions.len())?;
                self.positions.push(position);
            }
            "vt" => {
                let u = number(line, "u", words.next())?;
                let v = words
                    .next()
                    .map_or(Ok(0.0), |word| number(line, "v", Some(word)))?;
                self.room(line, self.uvs.len())?;
                self.uvs.push(Vec2::new(u, v));
            }
            "vn" => {
                let mut next = |what| number(line, what, words.next());
                let normal = Vec3::new(next("x")?, next("y")?, next("z")?);
                self.room(line, self.normals.len())?;
                self.normals.push(normal);
            }
            "f" => self.face(line, words)?,
            "o" | "g" => {
                rest().clone_into(&mut self.name);
                self.current = None;
            }
            "s" => {
                self.smooth = !matches!(rest(), "off" | "0" | "");
                self.current = None;
            }
            "usemtl" => {
                let name = rest();
                self.material = Some(self.library.find(name).ok_or_else(|| {
                    FileError::new(
                        format!("line {line}"),
                        format!("uses material {}, which no MTL file named above defines", quoted(name)),
                    )
                    .with_hint("put the MTL file beside the OBJ file and name it by `mtllib`, or take the `usemtl` lines out")
                })?);
                self.current = None;
            }
            "mtllib" => {
                // Names with blanks are common, several names a line are rare: the whole rest first.
                let place = format!("line {line}");
                let names = rest();
                let whole = self.beside.read(&place, names);
                let files = match whole {
                    Ok(bytes) => vec![(names, bytes)],
                    Err(error) => {
                        let parts: Vec<&str> = names.split_ascii_whitespace().collect();
                        if parts.len() < 2 {
                            return Err(error);
                        }
                        parts
                            .into_iter()
                            .map(|name| Ok((name, self.beside.read(&place, name)?)))
                            .collect::<Result<_, FileError>>()?
                    }
                };
                for (name, bytes) in files {
                    self.library
                        .add(&bytes, self.beside, &mut self.budget, &mut self.model)
                        .map_err(|error| error.in_file(std::path::Path::new(name)))?;
                }
            }
            "l" | "p" | "curv" | "curv2" | "surf" => {
                self.model
                    .note("points, lines and free-form curves and surfaces are not drawn");
            }
            // Anything else says how to display or how curves go on.
            _ => {}
        }
        Ok(())
    }

    fn room(&self, line: usize, count: usize) -> Result<(), FileError> {
        let limit = self.limits.vertices;
        if count < limit {
            return Ok(());
        }
        Err(FileError::new(
            format!("line {line}"),
            format!("vertices pass the {limit} that a scene file may have"),
        ))
    }

    fn face<'w>(
        &mut self,
        line: usize,
        words: impl Iterator<Item = &'w str>,
    ) -> Result<(), FileError> {
        let place = format!("line {line}");
        let mut corners: Vec<Corner> = Vec::new();
        for word in words {
            if corners.len() == CORNERS {
                return Err(FileError::new(
                    place,
                    format!("a face of more than {CORNERS} corners"),
                ));
            }
            let mut parts = word.split('/');
            let counts = [self.positions.len(), self.uvs.len(), self.normals.len()];
            let mut next = |kind: usize| {
                let part = parts.next().filter(|part| !part.is_empty());
                part.map(|part| index(part, counts[kind])).transpose()
            };
            let corner = next(0)
                .and_then(|position| Ok((position, next(1)?, next(2)?)))
                .ok()
                .and_then(|(position, uv, normal)| Some((position?, uv, normal)));
            corners.push(corner.ok_or_else(|| {
                FileError::new(
                    &place,
                    format!(
                        "corner {} is none: there are {} positions, {} uvs and {} normals so far",
                        quoted(word),
                        counts[0],
                        counts[1],
                        counts[2]
                    ),
                )
            })?);
        }
        if corners.len() < 3 {
            return Err(FileError::new(
                place,
                format!("a face of {} corners; it has at least 3", corners.len()),
            ));
        }
        let group = self.group();
        let places: Vec<Vec3> = corners
            .iter()
            .map(|corner| self.positions[corner.0 as usize])
            .collect();
        let mut made = Vec::with_capacity(corners.len() - 2);
        triangulate(&places, &mut made);
        self.budget.triangles(&place, made.len())?;
        self.budget.decoded(&place, corners.len(), 8)?;
        self.room(line, self.made)?;
        let group = &mut self.groups[group];
        let before = group.surface.positions.len();
        let mut vertices = Vec::with_capacity(corners.len());
        for corner in corners {
            let vertex = *group.vertices.entry(corner).or_insert_with(|| {
                let surface = &mut group.surface;
                surface.positions.push(self.positions[corner.0 as usize]);
                surface
                    .uvs
                    .push(corner.1.map_or(Vec2::ZERO, |uv| self.uvs[uv as usize]));
                group.has_normals &= corner.2.is_some();
                // A missing normal is made later when others are there.
                surface.normals.push(
                    corner
                        .2
                        .map_or(Vec3::ZERO, |normal| self.normals[normal as usize]),
                );
                surface.positions.len() as u32 - 1
            });
            vertices.push(vertex);
        }
        self.made += group.surface.positions.len() - before;
        group.surface.triangles.extend(
            made.iter()
                .map(|triangle| triangle.map(|corner| vertices[corner])),
        );
        Ok(())
    }

    /// The group that faces go to now.
    fn group(&mut self) -> usize {
        if let Some(current) = self.current {
            return current;
        }
        let key = (self.name.clone(), self.material, self.smooth);
        let next = self.groups.len();
        let group = *self.by_key.entry(key).or_insert(next);
        if group == next {
            self.groups.push(Group {
                name: self.name.clone(),
                material: self.material,
                shading: if self.smooth {
                    Shading::Smooth
                } else {
                    Shading::Flat
                },
                surface: Surface::default(),
                has_normals: true,
                vertices: HashMap::new(),
            });
        }
        self.current = Some(group);
        group
    }

    fn finish(mut self) -> Result<Model, FileError> {
        let plain = self.library.materials.len() as u32;
        self.model.materials = self.library.materials;
        self.model.materials.push(Material {
            name: "default".to_owned(),
            base_color: Vec3::splat(0.6),
            ..Material::default()
        });
        // One instance per name, in the order of first faces.
        let mut instances: BTreeMap<String, u32> = BTreeMap::new();
        for group in self.groups {
            let next = instances.len() as u32 + 1;
            let instance = *instances.entry(group.name.clone()).or_insert(next);
            let mut surface = group.surface;
            if !group.has_normals && surface.normals.iter().all(|normal| *normal == Vec3::ZERO) {
                surface.normals.clear();
            }
            self.budget
                .vertices("", surface.finished_vertices(group.shading))?;
            self.model.objects.push(Object {
                name: group.name,
                mesh: Arc::new(surface.finish(group.shading)),
                material: MaterialId(group.material.map_or(plain, |material| material as u32)),
                instance: u16::try_from(instance).unwrap_or(0),
            });
        }
        Ok(self.model)
    }
}

/// `3` is the third from the start, `-1` the last so far.
fn index(word: &str, count: usize) -> Result<u32, ()> {
    let written: i64 = word.parse().map_err(|_| ())?;
    let counted = if written < 0 {
        written + count as i64
    } else {
        written - 1
    };
    u32::try_from(counted)
        .ok()
        .filter(|&index| (index as usize) < count && written != 0)
        .ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(text: &str) -> Result<Model, FileError> {
        read(text.as_bytes(), Beside::Memory(&[]), Limits::default())
    }

    #[test]
    fn indices_count_from_either_end() {
        assert_eq!(index("1", 3), Ok(0));
        assert_eq!(index("-1", 3), Ok(2));
        for none in ["0", "4", "-4", "x", "99999999999999999999"] {
            assert_eq!(index(none, 3), Err(()), "{none}");
        }
    }

    #[test]
    fn polygons_groups_and_joined_lines() {
        let model = model(
            "o quad # two triangles\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf -4 -3 \\\n -2 -1\ng other\ns 1\nf 1 2 3\n",
        )
        .expect("sound");
        assert_eq!(model.objects.len(), 2);
        assert_eq!(model.objects[0].mesh.triangles.len(), 2);
        assert_eq!(model.objects[0].mesh.normals[0], Vec3::Z);
        assert_eq!(model.objects[0].mesh.positions.len(), 6, "flat");
        assert_eq!(model.objects[1].mesh.positions.len(), 3, "smooth");
        assert_eq!(
            (model.objects[0].instance, model.objects[1].instance),
            (1, 2)
        );
    }

    #[test]
    fn seams_make_vertices_and_v_runs_up() {
        let model = model(
            "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0.25\nvt 1 0\nvn 0 0 1\nf 1/1/1 2/2/1 3/1/1\nf 1/2/1 3/1/1 2/2/1",
        )
        .expect("sound");
        let mesh = &model.objects[0].mesh;
        assert_eq!(mesh.positions.len(), 4);
        assert_eq!(mesh.uvs[0], Vec2::new(0.0, 0.25));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, told) in [
            ("v 0 0", "line 1: z is missing"),
            ("v 0 nan 0", "line 1: y is `nan`, not a finite number"),
            ("\n\nv 0 x 0", "line 3: y is `x`, not a finite number"),
            (
                "v 0 0 0\nf 1 1",
                "line 2: a face of 2 corners; it has at least 3",
            ),
            (
                "v 0 0 0\nf 1 2 1",
                "line 2: corner `2` is none: there are 1 positions, 0 uvs and 0 normals so far",
            ),
            (
                "usemtl skin",
                "line 1: uses material `skin`, which no MTL file named above defines",
            ),
            ("mtllib a.mtl", "line 1: `a.mtl` is not there"),
        ] {
            assert_eq!(model(text).expect_err(text).to_string(), told);
        }
    }
}
