//! The skin's geometry: which faces of the base mesh are kept, how finely they are refined, and where head and body part.
//!
//! All of it is the same for every person of a [`Refinement`], so it is worked out once and shared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use glam::{DVec2, DVec3, Vec3};
use scene::Camera;
use scene::mesh::Part;

use crate::complexion::Fineness;
use crate::person::{Person, SIDES};
use crate::skin::{Cover, Window};
use body::BodyModel;
use body::proxy::Proxy;
use body::region::Region;
use body::subdivision::{Subdivision, Surface};
use body::tables::FACES;

/// Which skin faces are kept and how often they are refined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refinement {
    extent: Extent,
    clothes: String,
    levels: u32,
    /// Of the textures it will wear.
    fineness: Fineness,
}

/// How much of the body the camera can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// What surrounds the eyes: for cameras in a headset.
    Eyes,
    /// Head, shoulders and chest.
    Bust,
    /// All of it.
    Whole,
}

impl Refinement {
    pub(crate) fn fineness(&self) -> Fineness {
        self.fineness
    }

    /// What a camera needs of a person in these clothes.
    pub(crate) fn of(
        camera: &Camera,
        person: &Person,
        model: &BodyModel,
        clothes: &Proxy,
        target: DVec3,
    ) -> Self {
        let fineness = Fineness::for_picture(camera.height_px);
        let levels = levels(camera, target);
        Self {
            extent: if levels == CLOSEST {
                Extent::Eyes
            } else {
                extent(camera, person, model)
            },
            clothes: clothes.name.clone(),
            levels,
            fineness,
        }
    }
}

/// Joints of limbs that may come into a picture of the head alone.
const LIMBS: [&str; 6] = [
    "lowerarm01",
    "wrist",
    "finger3-1",
    "finger3-3",
    "lowerleg01",
    "foot",
];

/// Whether the picture reaches below the chest, or a limb into the picture.
fn extent(camera: &Camera, person: &Person, model: &BodyModel) -> Extent {
    // All frames of a sequence have the same triangles: flow follows them.
    if person.life.goes_on() {
        return Extent::Whole;
    }
    let neck = person.stance(model).joint("neck01");
    let chest = DVec3::new(neck.x, person.figure.height_cm / 100.0 * 0.68, neck.z);
    let shows_chest = camera
        .project(chest)
        .is_some_and(|(pixel, _)| pixel.y < f64::from(camera.height_px));
    let size = DVec2::new(f64::from(camera.width_px), f64::from(camera.height_px));
    let stance = person.stance(model);
    // A limb is as thick as a fifth of a close picture.
    let shows = |bone: &str, side: &str| {
        let at = camera.project(stance.joint(&format!("{bone}.{side}")));
        at.is_some_and(|(pixel, _)| {
            let margin = size * 0.2;
            pixel.cmpgt(-margin).all() && pixel.cmplt(size + margin).all()
        })
    };
    let shows_limb = || {
        LIMBS
            .iter()
            .any(|bone| ["R", "L"].iter().any(|side| shows(bone, side)))
    };
    if shows_chest || shows_limb() {
        Extent::Whole
    } else {
        Extent::Bust
    }
}

/// One refinement unless what the camera is pointed at is so large in the picture that its outline would show corners: base-mesh edges are about
/// 8 mm on faces and hands.
fn levels(camera: &Camera, target: DVec3) -> u32 {
    let pixels_per_metre = camera.project(target).map_or(0.0, |(_, depth)| {
        DVec2::min_element(camera.focal_px) / depth
    });
    match pixels_per_metre * 0.004 {
        // So near that little but an eye is in the picture.
        20.0.. => CLOSEST,
        2.5.. => 2,
        _ => 1,
    }
}

/// Refinements of a face that a lens all but touches: edges of half a millimetre.
const CLOSEST: u32 = 4;
/// How far around an eye its surroundings reach, on the base mesh.
const AROUND_EYES: f32 = 0.075;

/// Skin with some faces left out, refined; remembers the original faces.
#[derive(Debug)]
pub(crate) struct SkinMesh {
    pub(crate) subdivision: Subdivision,
    /// Kept face → face of the base mesh.
    original: Vec<u32>,
    /// What each kept face is to labels.
    parts: Vec<Part>,
    /// What the head's own texture covers; texture coordinates are the window's.
    pub(crate) head: Surface,
    /// The rest, with the body's own texture coordinates.
    pub(crate) body: Surface,
    /// Texels that they show.
    pub(crate) head_cover: Cover,
    pub(crate) body_cover: Cover,
    /// Triangles of the head on the face's front.
    pub(crate) front: Vec<u32>,
}

impl SkinMesh {
    fn new(model: &BodyModel, refinement: &Refinement, clothes: &Proxy) -> Self {
        let hidden = hidden_by(model, clothes);
        // Below the chest, on the base mesh (decimetres above its origin at the hips).
        let floor = if refinement.extent == Extent::Whole {
            f32::MIN
        } else {
            0.25
        };
        let eyes = SIDES.map(|(side, _)| model.rig.joint(&format!("eye.{side}"), &model.base));
        let is_around_eyes = |v: u32| {
            let near = |eye: &Vec3| model.base[v as usize].distance(*eye) < AROUND_EYES;
            eyes.iter().flatten().any(near)
        };
        let keep = |quad: &[u32; 8]| {
            quad[..4].iter().any(|&v| !hidden[v as usize])
                && quad[..4].iter().all(|&v| model.base[v as usize].y > floor)
                && (refinement.extent != Extent::Eyes
                    || quad[..4].iter().any(|&v| is_around_eyes(v)))
        };
        let (mut quads, mut original) = (Vec::new(), Vec::new());
        for (index, quad) in model.quads.iter().enumerate().filter(|(_, q)| keep(q)) {
            quads.push(*quad);
            original.push(index as u32);
        }
        let subdivision = Subdivision::new(&quads, &model.uvs, model.base.len(), refinement.levels);
        let all = &subdivision.surface;
        let window = Window::HEAD;
        // The window is a rectangle, and part of the left arm lies in it too.
        let of_head = |face: u32| {
            matches!(
                model.regions.get(original[face as usize] as usize),
                Some(Region::Head | Region::Neck | Region::Trunk)
            )
        };
        let in_head: Vec<bool> = all
            .triangles
            .iter()
            .zip(&all.face_of_triangle)
            .map(|(t, &face)| {
                of_head(face) && t.iter().all(|&v| window.contains(all.uvs[v as usize]))
            })
            .collect();
        let mut head = all.only(|triangle| in_head[triangle]);
        for uv in &mut head.uvs {
            *uv = window.rescale(*uv);
        }
        let body = all.only(|triangle| !in_head[triangle]);
        let is_front = |face: u32| {
            FACES
                .get(original[face as usize] as usize)
                .is_some_and(|(_, front)| *front)
        };
        let front = head
            .face_of_triangle
            .iter()
            .enumerate()
            .filter(|(_, face)| is_front(**face))
            .map(|(triangle, _)| triangle as u32)
            .collect();
        let cover = |surface: &Surface, (width, height): (usize, usize)| {
            Cover::of(&surface.uvs, &surface.triangles, width, height)
        };
        let [head_texels, body_texels] = refinement.fineness.texels();
        Self {
            head_cover: cover(&head, head_texels),
            body_cover: cover(&body, body_texels),
            subdivision,
            parts: original
                .iter()
                .map(|face| part(model, *face as usize))
                .collect(),
            original,
            head,
            body,
            front,
        }
    }

    /// The body's surface without what lies under one more item. Shoes are left out of the [`Refinement`], or there would be a mesh for each
    /// of their combinations with clothes.
    pub(crate) fn body_under(&self, model: &BodyModel, item: &Proxy) -> Surface {
        let hidden = hidden_by(model, item);
        let under = |face: u32| {
            model.quads[self.original[face as usize] as usize][..4]
                .iter()
                .all(|&v| hidden[v as usize])
        };
        self.body
            .only(|triangle| !under(self.body.face_of_triangle[triangle]))
    }

    /// What a kept face is to labels.
    pub(crate) fn part(&self, face: u32) -> Part {
        self.parts[face as usize]
    }
}

/// Which vertices of the base mesh an item hides.
fn hidden_by(model: &BodyModel, item: &Proxy) -> Vec<bool> {
    let mut hidden = vec![false; model.base.len()];
    for &vertex in &item.hides {
        if let Some(flag) = hidden.get_mut(vertex as usize) {
            *flag = true;
        }
    }
    hidden
}

/// Part of a face of the base mesh: the table's, and below the neck the limb's.
fn part(model: &BodyModel, face: usize) -> Part {
    let of_table = FACES.get(face).map_or(Part::BodySkin, |(part, _)| *part);
    if of_table != Part::BodySkin {
        return of_table;
    }
    let sided = |side: usize, parts: [Part; 2]| parts[side];
    match model.regions.get(face) {
        Some(&Region::UpperArm(side)) => sided(side, [Part::RightUpperArm, Part::LeftUpperArm]),
        Some(&Region::Forearm(side)) => sided(side, [Part::RightForearm, Part::LeftForearm]),
        Some(&Region::Hand(side)) => sided(side, [Part::RightHand, Part::LeftHand]),
        Some(&Region::Thigh(side)) => sided(side, [Part::RightThigh, Part::LeftThigh]),
        Some(&Region::Calf(side)) => sided(side, [Part::RightCalf, Part::LeftCalf]),
        Some(&Region::Foot(side)) => sided(side, [Part::RightFoot, Part::LeftFoot]),
        _ => Part::BodySkin,
    }
}

/// Skins by refinement: at most one for each garment, extent and level.
#[derive(Debug, Default)]
pub(crate) struct SkinMeshes(Mutex<BTreeMap<Refinement, Arc<SkinMesh>>>);

impl SkinMeshes {
    pub(crate) fn get(
        &self,
        model: &BodyModel,
        refinement: &Refinement,
        clothes: &Proxy,
    ) -> Arc<SkinMesh> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mesh) = lock().get(refinement) {
            return Arc::clone(mesh);
        }
        // Made outside the lock: two threads may do it twice, but nobody waits.
        let mesh = Arc::new(SkinMesh::new(model, refinement, clothes));
        Arc::clone(lock().entry(refinement.clone()).or_insert(mesh))
    }
}
