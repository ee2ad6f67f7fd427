//! Which way faces turn: neighbours agree, and the outside is outside.

use std::collections::BTreeMap;

use glam::Vec3;

use super::Face;
use super::views::Seen;

/// Fewer pixels than this say nothing about which side of a shell is outside.
const FEW_PIXELS: u32 = 6;

/// An edge's faces, and whether each runs along it from the lower place to the higher.
pub(super) type Edges = BTreeMap<(u32, u32), Vec<(usize, bool)>>;

pub(super) fn edges(faces: &[Face]) -> Edges {
    let mut edges = Edges::new();
    for (number, face) in faces.iter().enumerate() {
        for k in 0..3 {
            let (from, to) = (face.places[k], face.places[(k + 1) % 3]);
            edges
                .entry((from.min(to), from.max(to)))
                .or_default()
                .push((number, from < to));
        }
    }
    edges
}

/// Turns faces over until neighbours run along their edge in opposite ways and each shell shows its outside. Returns the number of edges where more than two faces meet.
///
/// Of a closed shell the outside is where its volume is positive; of an open one what is seen from outside of everything more often than its other side. One of which nothing is seen keeps the way that most of its faces had.
pub(super) fn orient(places: &[Vec3], faces: &mut [Face], views: &[Seen]) -> usize {
    let edges = edges(faces);
    let mut neighbours: Vec<Vec<(usize, bool)>> = vec![Vec::new(); faces.len()];
    let mut is_open = vec![false; faces.len()];
    let mut branched = 0;
    for beside in edges.values() {
        match beside[..] {
            [(one, forward), (other, against)] => {
                neighbours[one].push((other, forward == against));
                neighbours[other].push((one, forward == against));
            }
            [(one, _)] => is_open[one] = true,
            _ => branched += 1,
        }
    }
    let mut turn: Vec<Option<bool>> = vec![None; faces.len()];
    for start in 0..faces.len() {
        if turn[start].is_some() {
            continue;
        }
        turn[start] = Some(false);
        let mut shell = vec![start];
        let mut next = 0;
        while next < shell.len() {
            let face = shell[next];
            next += 1;
            for &(other, differs) in &neighbours[face] {
                if turn[other].is_none() {
                    turn[other] = turn[face].map(|own| own != differs);
                    shell.push(other);
                }
            }
        }
        let turned = |face: usize| turn[face] == Some(true);
        let against = shell.iter().filter(|&&face| turned(face)).count();
        let (mut front, mut back, mut volume) = (0, 0, 0.0_f64);
        for &face in &shell {
            let Seen { front: f, back: b } = views[face];
            let (f, b) = if turned(face) { (b, f) } else { (f, b) };
            front += f;
            back += b;
            let [a, b, c] = faces[face]
                .places
                .map(|place| places[place as usize].as_dvec3());
            let sign = if turned(face) { -1.0 } else { 1.0 };
            volume += sign * a.dot(b.cross(c));
        }
        let is_closed = !shell.iter().any(|&face| is_open[face]);
        let inside_out = if is_closed && branched == 0 {
            volume < 0.0
        } else if front + back >= FEW_PIXELS {
            back > front
        } else {
            2 * against > shell.len()
        };
        for &face in &shell {
            if turned(face) != inside_out {
                faces[face].flip();
            }
        }
    }
    branched
}

/// The piece that a face was joined to (union–find, halving paths).
fn find(parent: &mut [usize], mut one: usize) -> usize {
    while parent[one] != one {
        parent[one] = parent[parent[one]];
        one = parent[one];
    }
    one
}

/// The number of the connected piece of each face: faces of one object that share a place are of one.
pub(super) fn connected(faces: &[Face]) -> Vec<u32> {
    let mut root: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    let mut parent: Vec<usize> = (0..faces.len()).collect();
    for (number, face) in faces.iter().enumerate() {
        for place in face.places {
            let first = *root.entry((face.object, place)).or_insert(number);
            let (a, b) = (find(&mut parent, first), find(&mut parent, number));
            parent[a.max(b)] = a.min(b);
        }
    }
    (0..faces.len())
        .map(|number| find(&mut parent, number) as u32)
        .collect()
}
