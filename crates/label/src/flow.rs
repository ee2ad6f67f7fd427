//! Optical flow: where the surface that each pixel shows is in the next frame.
//!
//! Both frames are staged from the same row at two moments, so their meshes have the same triangles: a pixel's point is carried along by its
//! triangle's corners, exactly, and projected by the next camera. Nothing is estimated from pictures.

use std::collections::BTreeMap;

use dataset::Artefact;
use glam::{DVec2, DVec3};
use render::{Layers, Tracer};
use scene::{Camera, Scene, write};

use crate::layout;

/// A point this near in front of another may be its own surface, m.
const TOLERANCE_M: f64 = 1e-3;
/// As far as anything can be, m: what moves with the surroundings.
const FAR_M: f64 = 1e7;

/// Flow from one frame to the next, per pixel, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// To the right, px; 0 where the surface is gone or behind the next camera.
    pub dx: Vec<f32>,
    /// Down, px.
    pub dy: Vec<f32>,
    /// 1 where the point lies in the next picture with nothing before it, else 0.
    pub seen: Vec<f32>,
}

/// Flow of a frame, whose `layers` are those of `scene`, to the frame of `next`, whose tracer is `tracer`.
///
/// Objects are found again by person, name and order; one that is not there any more, or has other triangles, has no flow and is not seen.
///
/// # Determinism
/// A pure function of its arguments.
pub fn flow(scene: &Scene, layers: &Layers, next: &Scene, tracer: &Tracer<'_>) -> Flow {
    let partner = partners(scene, next);
    let (width, count) = (scene.camera.width_px as usize, layers.object.len());
    let mut flow = Flow {
        dx: vec![0.0; count],
        dy: vec![0.0; count],
        seen: vec![0.0; count],
    };
    for index in 0..count {
        let pixel = DVec2::new((index % width) as f64 + 0.5, (index / width) as f64 + 0.5);
        let object = layers.object[index];
        let to = if object == u32::MAX {
            scene
                .camera
                .direction(pixel)
                .map(|direction| scene.camera.position + direction * FAR_M)
        } else {
            let triangle = layers.triangle[index] as usize;
            let [u, v] = layers.barycentric[index].map(f64::from);
            match scene.objects.len() {
                meshes if (object as usize) < meshes => {
                    partner[object as usize].and_then(|other| on_mesh(next, other, triangle, u, v))
                }
                // Strands keep their places: they are few pixels, and ride on skin that `partner` follows.
                meshes => on_strand(scene, next, object as usize - meshes, triangle, u),
            }
        };
        let Some((place, seen)) = to.and_then(|point| sighted(&next.camera, tracer, point, object))
        else {
            continue;
        };
        flow.dx[index] = (place.x - pixel.x) as f32;
        flow.dy[index] = (place.y - pixel.y) as f32;
        flow.seen[index] = f32::from(u8::from(seen));
    }
    flow
}

/// Where a camera has a point, and whether it sees it.
fn sighted(
    camera: &Camera,
    tracer: &Tracer<'_>,
    point: DVec3,
    object: u32,
) -> Option<(DVec2, bool)> {
    let (place, _) = camera.project(point)?;
    let size = DVec2::new(f64::from(camera.width_px), f64::from(camera.height_px));
    let inside = place.cmpge(DVec2::ZERO).all() && place.cmplt(size).all();
    let eye = camera.position;
    let clear = || {
        if object == u32::MAX {
            tracer.first_hit(eye, point - eye).is_none()
        } else {
            tracer.sees(eye, point, TOLERANCE_M)
        }
    };
    Some((place, inside && clear()))
}

/// For each object, the same one in the next scene.
fn partners(scene: &Scene, next: &Scene) -> Vec<Option<usize>> {
    let mut there: BTreeMap<(u16, &str), std::collections::VecDeque<usize>> = BTreeMap::new();
    for (index, object) in next.objects.iter().enumerate() {
        there
            .entry((object.instance, &object.name))
            .or_default()
            .push_back(index);
    }
    scene
        .objects
        .iter()
        .map(|object| {
            let other = there
                .get_mut(&(object.instance, object.name.as_str()))?
                .pop_front()?;
            let same = next.objects[other].mesh.triangles.len() == object.mesh.triangles.len();
            same.then_some(other)
        })
        .collect()
}

/// A point of a triangle, by the weights of its second and third corner.
fn on_mesh(scene: &Scene, object: usize, triangle: usize, u: f64, v: f64) -> Option<DVec3> {
    let mesh = &scene.objects.get(object)?.mesh;
    let [a, b, c] = mesh
        .triangles
        .get(triangle)?
        .map(|corner| mesh.positions[corner as usize].as_dvec3());
    Some(a + (b - a) * u + (c - a) * v)
}

/// A point of a strand, by how far it is from root to tip.
fn on_strand(
    scene: &Scene,
    next: &Scene,
    fibres: usize,
    strand: usize,
    along: f64,
) -> Option<DVec3> {
    let (here, there) = (scene.fibres.get(fibres)?, next.fibres.get(fibres)?);
    if here.name != there.name || here.strands.first != there.strands.first {
        return None;
    }
    let strands = &there.strands;
    let range = *strands.first.get(strand)? as usize..*strands.first.get(strand + 1)? as usize;
    let points = strands.points.get(range)?;
    let at = along * (points.len() - 1) as f64;
    let first = (at as usize).min(points.len().checked_sub(2)?);
    Some(
        points[first]
            .as_dvec3()
            .lerp(points[first + 1].as_dvec3(), at - first as f64),
    )
}

/// The file of a frame's flow.
pub fn flow_file(width: u32, height: u32, flow: &Flow) -> Artefact {
    let [dx, dy, seen] = layout::FLOW_CHANNELS;
    Artefact {
        folder: layout::FLOW,
        extension: "exr",
        bytes: write::exr_layers(
            width,
            height,
            &[(dx, &flow.dx), (dy, &flow.dy), (seen, &flow.seen)],
        ),
    }
}
