//! Meshes of other programs put in order: doubled vertices welded, faces without area or said twice taken out, windings made consistent and outward, small holes
//! closed, the rest counted.
//!
//! [`mend`] takes the objects of a [`Model`](crate::file::Model) and returns connected [`Shell`]s, with [`Repairs`] that say what was wrong. A sound mesh comes back as it was, with nothing to report.
//! Places are one where they lie within two millionths of the whole's diagonal, across objects: a body that is cut by material has no holes there.
//!
//! # Determinism
//! A pure function of the objects.
mod holes;
mod views;
mod winding;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use glam::{Vec2, Vec3};

use crate::Object;
use crate::mesh::{Mesh, Part};

/// Places nearer to each other than this share of the diagonal are one.
const WELD: f32 = 2e-6;
/// Faces that turn by less are shaded as one surface where a file has no normals of its own: the cosine of 40°.
const CREASE: f32 = 0.766;

/// What was wrong with a mesh, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repairs {
    /// Triangles as read.
    pub triangles: usize,
    /// Taken out: two corners at one place, or all three on a line.
    pub without_area: usize,
    /// Taken out: the same three places as another triangle.
    pub doubled: usize,
    /// Turned over, so that neighbours agree and the outside is outside.
    pub flipped: usize,
    /// Corners whose normal pointed into the surface.
    pub turned_normals: usize,
    /// Holes of three or four edges that were closed.
    pub closed_holes: usize,
    /// Rims that are left: holes, or edges of open sheets.
    pub open_rims: usize,
    /// Edges where more than two triangles meet.
    pub branched_edges: usize,
}

impl Repairs {
    /// Whether anything was changed. Open rims and branched edges are left as they are.
    pub fn any(&self) -> bool {
        self.without_area + self.doubled + self.flipped + self.turned_normals + self.closed_holes
            > 0
    }
}

/// Connected triangles of one object.
#[derive(Debug, Clone)]
pub struct Shell {
    /// Index into the objects that were mended.
    pub object: usize,
    /// Vertices are shared where position, normal and texture coordinates agree.
    pub mesh: Mesh,
    /// Share of its surface that is seen from outside of everything, `[0, 1]`.
    pub seen: f32,
}

/// A mesh in order.
#[derive(Debug, Clone)]
pub struct Mended {
    /// By object, the largest first.
    pub shells: Vec<Shell>,
    /// What was done.
    pub repairs: Repairs,
}

/// Why a mesh cannot be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MendError {
    /// A vertex is nowhere.
    NotFinite {
        /// The object's name.
        object: String,
    },
    /// No triangle has an area.
    Nothing,
}

impl fmt::Display for MendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { object } => {
                write!(f, "`{object}` has a vertex whose place is no finite number")
            }
            Self::Nothing => f.write_str("no triangle has an area"),
        }
    }
}

impl std::error::Error for MendError {}

/// A triangle while it is mended.
#[derive(Debug, Clone, Copy)]
struct Face {
    object: usize,
    /// Vertices of the object's mesh.
    corners: [u32; 3],
    /// Welded places of the corners.
    places: [u32; 3],
    /// Whether the order of its corners is another than in the file.
    flipped: bool,
}

impl Face {
    fn flip(&mut self) {
        self.corners.swap(1, 2);
        self.places.swap(1, 2);
        self.flipped = !self.flipped;
    }
}

/// Puts objects in order.
///
/// # Errors
/// [`MendError`] where a vertex is not finite, or nothing is left.
pub fn mend(objects: &[Object]) -> Result<Mended, MendError> {
    let mut repairs = Repairs::default();
    let (places, of_vertex) = weld(objects)?;
    let least_area = 1e-12 * diagonal(&places).powi(2);
    let mut faces = Vec::new();
    let mut known = BTreeMap::new();
    for (object, (one, own)) in objects.iter().zip(&of_vertex).enumerate() {
        repairs.triangles += one.mesh.triangles.len();
        for &corners in &one.mesh.triangles {
            let at = corners.map(|corner| own[corner as usize]);
            let [a, b, c] = at.map(|place| places[place as usize]);
            if at[0] == at[1]
                || at[1] == at[2]
                || at[2] == at[0]
                || (b - a).cross(c - a).length() <= least_area
            {
                repairs.without_area += 1;
                continue;
            }
            let mut key = at;
            key.sort_unstable();
            if known.insert(key, faces.len()).is_some() {
                repairs.doubled += 1;
                continue;
            }
            faces.push(Face {
                object,
                corners,
                places: at,
                flipped: false,
            });
        }
    }
    if faces.is_empty() {
        return Err(MendError::Nothing);
    }
    let views = views::seen(&places, &faces);
    repairs.branched_edges = winding::orient(&places, &mut faces, &views);
    repairs.flipped = faces.iter().filter(|face| face.flipped).count();
    let seen: Vec<bool> = views
        .iter()
        .map(|view| view.front + view.back > 0)
        .collect();
    let found = holes::close(&places, &mut faces, &mut known);
    (repairs.closed_holes, repairs.open_rims) = (found.closed, found.left);
    let normals = normals(objects, &places, &faces, &mut repairs.turned_normals);
    let shells = shells(objects, &places, &faces, &normals, &seen);
    Ok(Mended { shells, repairs })
}

fn diagonal(places: &[Vec3]) -> f32 {
    let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for at in places {
        low = low.min(*at);
        high = high.max(*at);
    }
    (high - low).length()
}

/// Different places, and for each object the place of each vertex.
fn weld(objects: &[Object]) -> Result<(Vec<Vec3>, Vec<Vec<u32>>), MendError> {
    for object in objects {
        // Vertices that no triangle uses are nobody's fault.
        let used = object.mesh.triangles.iter().flatten();
        let mut at = used.map(|&corner| object.mesh.positions[corner as usize]);
        if !at.all(Vec3::is_finite) {
            return Err(MendError::NotFinite {
                object: object.name.clone(),
            });
        }
    }
    let all: Vec<Vec3> = objects
        .iter()
        .flat_map(|object| object.mesh.positions.iter().copied())
        .filter(|at| at.is_finite())
        .collect();
    let cell = (WELD * diagonal(&all)).max(f32::MIN_POSITIVE);
    let low = all.iter().copied().fold(Vec3::INFINITY, Vec3::min);
    let mut cells: HashMap<[i64; 3], u32> = HashMap::new();
    let mut places = Vec::new();
    let of_vertex = objects
        .iter()
        .map(|object| {
            let numbers = object.mesh.positions.iter().map(|&at| {
                let key = ((at - low) / cell).to_array().map(|x| x.round() as i64);
                let near = (-1..=1)
                    .flat_map(|x| (-1..=1).flat_map(move |y| (-1..=1).map(move |z| [x, y, z])));
                let found = near
                    .map(|by: [i64; 3]| [key[0] + by[0], key[1] + by[1], key[2] + by[2]])
                    .filter_map(|key| cells.get(&key).copied())
                    .find(|&place| Vec3::distance(places[place as usize], at) <= cell);
                found.unwrap_or_else(|| {
                    let number = places.len() as u32;
                    places.push(at);
                    cells.insert(key, number);
                    number
                })
            });
            numbers.collect()
        })
        .collect();
    Ok((places, of_vertex))
}

/// A face's normal, unit.
fn facing(places: &[Vec3], face: &Face) -> Vec3 {
    let [a, b, c] = face.places.map(|place| places[place as usize]);
    (b - a).cross(c - a).normalize_or(Vec3::Y)
}

/// Normals of the faces' corners: the file's where it has some, else those of the faces around each place that turn by less than a crease.
fn normals(
    objects: &[Object],
    places: &[Vec3],
    faces: &[Face],
    turned: &mut usize,
) -> Vec<[Vec3; 3]> {
    let own: Vec<Vec3> = faces.iter().map(|face| facing(places, face)).collect();
    // Readers give files without normals one for each triangle.
    let mut is_flat = vec![true; objects.len()];
    for face in faces {
        let mesh = &objects[face.object].mesh;
        let [a, b, c] = face.corners.map(|corner| mesh.normals[corner as usize]);
        is_flat[face.object] &= a.dot(b) > 0.99999 && a.dot(c) > 0.99999;
    }
    let mut around: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (number, face) in faces.iter().enumerate() {
        for place in face.places {
            around.entry(place).or_default().push(number);
        }
    }
    let weight = |number: usize| {
        let [a, b, c] = faces[number].places.map(|place| places[place as usize]);
        (b - a).cross(c - a).length()
    };
    let creased = |number: usize, place: u32| {
        let near = around.get(&place).into_iter().flatten();
        let sum: Vec3 = near
            .filter(|&&other| {
                faces[other].object == faces[number].object && own[other].dot(own[number]) > CREASE
            })
            .map(|&other| own[other] * weight(other))
            .sum();
        sum.normalize_or(own[number])
    };
    faces
        .iter()
        .enumerate()
        .map(|(number, face)| {
            let mesh = &objects[face.object].mesh;
            std::array::from_fn(|k| {
                if is_flat[face.object] {
                    return creased(number, face.places[k]);
                }
                let given = mesh.normals[face.corners[k] as usize];
                let against = given.dot(own[number]);
                if against < -0.25 {
                    *turned += usize::from(!face.flipped);
                    -given
                } else if given.length_squared() < 0.5 {
                    own[number]
                } else {
                    given
                }
            })
        })
        .collect()
}

/// Connected faces of each object, with vertices shared where all of a vertex agrees.
fn shells(
    objects: &[Object],
    places: &[Vec3],
    faces: &[Face],
    normals: &[[Vec3; 3]],
    seen: &[bool],
) -> Vec<Shell> {
    let group = winding::connected(faces);
    let mut by_group: BTreeMap<(usize, u32), Vec<usize>> = BTreeMap::new();
    for (number, face) in faces.iter().enumerate() {
        by_group
            .entry((face.object, group[number]))
            .or_default()
            .push(number);
    }
    let mut shells: Vec<(f32, Shell)> = by_group
        .into_iter()
        .map(|((object, _), own)| {
            let from = &objects[object].mesh;
            let mut mesh = Mesh::default();
            let mut numbers: HashMap<(u32, [u32; 5]), u32> = HashMap::new();
            let (mut area, mut outside) = (0.0_f32, 0.0_f32);
            for number in own {
                let face = &faces[number];
                let triangle = std::array::from_fn(|k| {
                    let normal = normals[number][k];
                    let uv: Vec2 = from.uvs[face.corners[k] as usize];
                    let bits = [normal.x, normal.y, normal.z, uv.x, uv.y].map(f32::to_bits);
                    *numbers.entry((face.places[k], bits)).or_insert_with(|| {
                        mesh.positions.push(places[face.places[k] as usize]);
                        mesh.normals.push(normal);
                        mesh.uvs.push(uv);
                        mesh.positions.len() as u32 - 1
                    })
                });
                mesh.triangles.push(triangle);
                mesh.parts.push(Part::Background);
                let [a, b, c] = face.places.map(|place| places[place as usize]);
                let one = 0.5 * (b - a).cross(c - a).length();
                area += one;
                outside += if seen.get(number).copied().unwrap_or(true) {
                    one
                } else {
                    0.0
                };
            }
            let seen = outside / area.max(f32::MIN_POSITIVE);
            (area, Shell { object, mesh, seen })
        })
        .collect();
    shells.sort_by(|a, b| a.1.object.cmp(&b.1.object).then(b.0.total_cmp(&a.0)));
    shells.into_iter().map(|(_, shell)| shell).collect()
}

#[cfg(test)]
mod tests;
