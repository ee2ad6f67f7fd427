//! The points that COCO-WholeBody annotates on a body (Jin et al. 2020, "Whole-Body Human Pose Estimation in the Wild"), without the
//! face's 68: 17 of COCO, 6 of the feet, 21 of each hand.
//!
//! Joints lie inside the body, where annotators put them by eye; nose, eyes, ears and heels lie on it. Each comes with the distance to
//! the skin around it, so that whether it can be seen can be asked of the surface in front of it.

use glam::Vec3;
use scene::mesh::Part;

use crate::BodyModel;
use crate::rig::Posed;
use crate::tables::{FACES, LANDMARKS, ride};

/// Where a point sits on the model.
#[derive(Debug, Clone)]
enum Place {
    /// The head of a bone.
    Head(String),
    /// The end of a bone.
    Tail(String),
    /// On the skin: vertices and weights.
    Skin(Vec<(u32, f32)>),
}

/// One point of one body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keypoint {
    /// Metres, as the posed body.
    pub position: Vec3,
    /// From the point to the nearest skin of the unposed body, metres; 0 on the skin.
    pub inset_m: f32,
}

/// Where all the points sit; found once per model.
#[derive(Debug, Clone)]
pub struct Keypoints {
    places: Vec<Place>,
}

impl Keypoints {
    /// Finds the places on the base mesh.
    pub fn new(model: &BodyModel) -> Self {
        let skin = |vertex: u32| Place::Skin(vec![(vertex, 1.0)]);
        let mut places = vec![Place::Skin(
            LANDMARKS.points.get(30).cloned().unwrap_or_default(),
        )];
        let both = |make: &dyn Fn(usize) -> Place| [make(1), make(0)];
        let bone = |name: &str, side: usize| format!("{name}.{}", ["R", "L"][side]);
        places.extend(both(&|side| Place::Head(bone("eye", side))));
        places.extend(both(&|side| {
            Place::Skin(middle_of_part(model, [Part::RightEar, Part::LeftEar][side]))
        }));
        for name in [
            "upperarm01",
            "lowerarm01",
            "wrist",
            "upperleg01",
            "lowerleg01",
            "foot",
        ] {
            places.extend(both(&|side| Place::Head(bone(name, side))));
        }
        for side in [1, 0] {
            places.push(Place::Tail(bone("toe1-2", side)));
            places.push(Place::Tail(bone("toe5-3", side)));
            places.push(skin(heel(model, &bone("foot", side))));
        }
        for side in [1, 0] {
            places.push(Place::Head(bone("wrist", side)));
            for finger in 1..=5 {
                for joint in 1..=3 {
                    places.push(Place::Head(bone(&format!("finger{finger}-{joint}"), side)));
                }
                places.push(Place::Tail(bone(&format!("finger{finger}-3"), side)));
            }
        }
        Self { places }
    }

    /// The points of a body: `rest` shaped and unposed, `posed` the same after skinning and `offset`.
    pub fn of(
        &self,
        model: &BodyModel,
        rest: &[Vec3],
        skeleton: &Posed,
        posed: &[Vec3],
        offset: Vec3,
    ) -> Vec<Keypoint> {
        let skin = rest.get(..model.skin_vertices).unwrap_or(rest);
        let inside = |name: &str, at: Option<Vec3>| {
            let (at, frame) = (at?, model.rig.frame(skeleton, name)?);
            let nearest = skin
                .iter()
                .map(|p| p.distance_squared(at))
                .fold(f32::MAX, f32::min);
            Some(Keypoint {
                position: frame.transform_point3(at) + offset,
                inset_m: nearest.sqrt(),
            })
        };
        let nowhere = Keypoint {
            position: Vec3::ZERO,
            inset_m: 0.0,
        };
        self.places
            .iter()
            .map(|place| match place {
                Place::Head(name) => inside(name, model.rig.joint(name, rest)).unwrap_or(nowhere),
                Place::Tail(name) => inside(name, model.rig.tail(name, rest)).unwrap_or(nowhere),
                Place::Skin(points) => Keypoint {
                    position: ride(posed, points),
                    inset_m: 0.0,
                },
            })
            .collect()
    }
}

/// All vertices of a part in equal shares: their mean is its middle.
fn middle_of_part(model: &BodyModel, part: Part) -> Vec<(u32, f32)> {
    let mut vertices: Vec<u32> = model
        .quads
        .iter()
        .zip(FACES.iter())
        .filter(|(_, (of, _))| *of == part)
        .flat_map(|(quad, _)| quad[..4].to_vec())
        .collect();
    vertices.sort_unstable();
    vertices.dedup();
    let weight = 1.0 / (vertices.len() as f32).max(1.0);
    vertices.into_iter().map(|v| (v, weight)).collect()
}

/// The skin vertex of a foot that lies farthest back.
fn heel(model: &BodyModel, foot: &str) -> u32 {
    let names = model.rig.names();
    let of_foot = |v: &u32| {
        model
            .rig
            .influences(*v)
            .iter()
            .any(|&(bone, weight)| weight > 0.5 && names.get(bone as usize) == Some(&foot))
    };
    (0..model.skin_vertices as u32)
        .filter(of_foot)
        .min_by(|a, b| {
            model.base[*a as usize]
                .z
                .total_cmp(&model.base[*b as usize].z)
        })
        .unwrap_or(0)
}
