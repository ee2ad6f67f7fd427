//! Tables on the base mesh: which face is which part, and where the landmarks ride. Made by `data/make_tables.py`, documented in `docs/landmarks.md`.

use std::sync::LazyLock;

use glam::Vec3;
use scene::mesh::Part;
use serde::Deserialize;

/// Part of each skin face and whether it is on the face's front surface, in the order of the base mesh's faces.
pub static FACES: LazyLock<Vec<(Part, bool)>> =
    LazyLock::new(|| read_faces(include_str!("../data/face_parts.txt")).unwrap_or_default());

/// Landmarks and lids.
pub static LANDMARKS: LazyLock<Landmarks> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/landmarks68.json")).unwrap_or_default()
});

/// Vertices and weights of one point.
pub type Ride = Vec<(u32, f32)>;

/// The tables of `landmarks68.json`.
#[derive(Debug, Default, Deserialize)]
pub struct Landmarks {
    /// 68, iBUG order.
    pub points: Vec<Ride>,
    /// The lids of both eyes.
    pub eyes: LidTable,
}

/// Vertices of the lids' rims.
#[derive(Debug, Default, Deserialize)]
pub struct LidTable {
    /// Towards the temple.
    pub outer_corner: Sided,
    /// Towards the nose.
    pub inner_corner: Sided,
    /// Of the upper lid's rim.
    pub upper_middle: Sided,
    /// Of the lower lid's rim.
    pub lower_middle: Sided,
    /// Upper and lower lid vertices one above the other, from the outer to the inner corner.
    pub lid_pairs: SidedPairs,
}

/// Pairs of vertices by side.
#[derive(Debug, Default, Deserialize)]
pub struct SidedPairs {
    right: Vec<[u32; 2]>,
    left: Vec<[u32; 2]>,
}

impl SidedPairs {
    /// Person's right (0) or left (1).
    pub fn side(&self, side: usize) -> &[[u32; 2]] {
        if side == 0 { &self.right } else { &self.left }
    }
}

/// A vertex by side.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
pub struct Sided {
    right: u32,
    left: u32,
}

impl Sided {
    /// Person's right (0) or left (1).
    pub fn side(self, side: usize) -> u32 {
        if side == 0 { self.right } else { self.left }
    }
}

/// Weighted mean of points.
pub fn ride(points: &[Vec3], ride: &[(u32, f32)]) -> Vec3 {
    ride.iter()
        .map(|&(vertex, weight)| points[vertex as usize] * weight)
        .sum()
}

/// Lines `count part front`, run by run.
fn read_faces(text: &str) -> Option<Vec<(Part, bool)>> {
    let mut faces = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let mut words = line.split(' ');
        let count: usize = words.next()?.parse().ok()?;
        let part = part_by_number(words.next()?.parse().ok()?)?;
        faces.extend(std::iter::repeat_n((part, words.next()? == "1"), count));
    }
    Some(faces)
}

/// Parts that occur on the skin.
fn part_by_number(number: u8) -> Option<Part> {
    [
        Part::FaceSkin,
        Part::Nose,
        Part::RightEar,
        Part::LeftEar,
        Part::MouthInterior,
        Part::TopLip,
        Part::BottomLip,
        Part::Neck,
        Part::BodySkin,
        Part::Scalp,
    ]
    .into_iter()
    .find(|part| *part as u8 == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_are_whole() {
        let faces = read_faces(include_str!("../data/face_parts.txt"))
            .expect("face_parts.txt is malformed");
        assert_eq!(
            faces.len(),
            13_378,
            "the base mesh's skin has this many faces"
        );
        assert!(
            faces
                .iter()
                .filter(|(_, front)| *front)
                .all(|(part, _)| !matches!(
                    part,
                    Part::Neck | Part::BodySkin | Part::Scalp | Part::LeftEar | Part::RightEar
                ))
        );
        let landmarks: Landmarks = serde_json::from_str(include_str!("../data/landmarks68.json"))
            .expect("landmarks68.json is malformed");
        assert_eq!(landmarks.points.len(), 68);
        assert_eq!(
            [
                landmarks.eyes.lid_pairs.side(0).len(),
                landmarks.eyes.lid_pairs.side(1).len()
            ],
            [8, 8]
        );
        for point in &landmarks.points {
            assert!((point.iter().map(|(_, weight)| weight).sum::<f32>() - 1.0).abs() < 1e-3);
            assert!(point.iter().all(|(vertex, _)| *vertex < 13_380));
        }
    }
}
