//! Rims of open edges: those of three or four edges in a shell that has more are holes, and closed.

use std::collections::BTreeMap;

use glam::Vec3;

use super::{Face, winding};

/// What was found at open edges.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rims {
    pub(super) closed: usize,
    pub(super) left: usize,
}

/// Faces a shell must have beside a hole, so that a lone panel is not covered on its other side.
const LEAST_FACES: usize = 8;

/// Closes small holes and counts what is left. `known` are the places of all faces, sorted.
pub(super) fn close(
    places: &[Vec3],
    faces: &mut Vec<Face>,
    known: &mut BTreeMap<[u32; 3], usize>,
) -> Rims {
    let group = winding::connected(faces);
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for one in &group {
        *sizes.entry(*one).or_default() += 1;
    }
    // A new face runs along an open edge the other way: from where the old one ends on it to where it begins.
    let mut onwards: BTreeMap<u32, Vec<(u32, usize)>> = BTreeMap::new();
    for ((low, high), beside) in winding::edges(faces) {
        if let [(face, forward)] = beside[..] {
            let (from, to) = if forward { (high, low) } else { (low, high) };
            onwards.entry(from).or_default().push((to, face));
        }
    }
    let mut rims = Rims::default();
    while let Some((&start, _)) = onwards.first_key_value() {
        let mut rim = Vec::new();
        let mut at = start;
        while let Some(ways) = onwards.get_mut(&at) {
            let Some((to, face)) = ways.pop() else { break };
            if ways.is_empty() {
                onwards.remove(&at);
            }
            rim.push((at, face));
            at = to;
            if at == start {
                break;
            }
        }
        let is_small = at == start
            && match rim.len() {
                3 => true,
                4 => {
                    let around: f32 = (0..4)
                        .map(|k| {
                            let [a, b] = [rim[k].0, rim[(k + 1) % 4].0];
                            places[a as usize].distance(places[b as usize])
                        })
                        .sum();
                    around < 0.1 * super::diagonal(places)
                }
                _ => false,
            };
        let has_more = rim
            .iter()
            .all(|(_, face)| sizes[&group[*face]] >= LEAST_FACES);
        if is_small && has_more && cover(faces, known, &rim) {
            rims.closed += 1;
        } else {
            rims.left += 1;
        }
    }
    rims
}

/// Covers a rim with a fan of faces; `false`, and nothing is done, where one of them is there already.
fn cover(
    faces: &mut Vec<Face>,
    known: &mut BTreeMap<[u32; 3], usize>,
    rim: &[(u32, usize)],
) -> bool {
    let object = faces[rim[0].1].object;
    // A vertex of the object at each place of the rim.
    let vertices: Option<Vec<u32>> = rim
        .iter()
        .map(|&(place, face)| {
            let own = &faces[face];
            let k = own.places.iter().position(|at| *at == place)?;
            (own.object == object).then(|| own.corners[k])
        })
        .collect();
    let Some(vertices) = vertices else {
        return false;
    };
    let fan: Vec<[usize; 3]> = (1..rim.len() - 1).map(|k| [0, k, k + 1]).collect();
    let sorted = |triangle: &[usize; 3]| {
        let mut key = triangle.map(|k| rim[k].0);
        key.sort_unstable();
        key
    };
    if fan
        .iter()
        .any(|triangle| known.contains_key(&sorted(triangle)))
    {
        return false;
    }
    for triangle in fan {
        known.insert(sorted(&triangle), faces.len());
        faces.push(Face {
            object,
            corners: triangle.map(|k| vertices[k]),
            places: triangle.map(|k| rim[k].0),
            flipped: false,
        });
    }
    true
}
