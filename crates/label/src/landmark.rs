//! Landmarks of one person: x-ray points, pupils, contour points.

use glam::DVec3;
use render::Layers;
use scene::annotation::{Keypoint, Person, SurfacePoint};
use scene::mesh::Part;
use scene::{Camera, Scene};

use crate::annotations::{Hand, Landmark, metres, px, unit};
use crate::boxes;
use crate::contour;
use crate::sight::Sight;

/// Where the face stands among COCO-WholeBody's points.
pub(crate) const FACE: std::ops::Range<usize> = 23..91;
/// Joints of a hand.
pub(crate) const HAND: usize = 21;

/// Free edges, whose normal says little about who can see them: lids (36–47) and the inner lips (60–67).
const fn is_margin(index: usize) -> bool {
    matches!(index, 36..=47 | 60..=67)
}

/// 68 x-ray points, then right and left pupil.
pub(crate) fn x_ray(scene: &Scene, person: &Person, sight: &Sight<'_, '_>) -> Vec<Landmark> {
    let points = person
        .landmarks_68
        .iter()
        .enumerate()
        .map(|(i, p)| on_surface(&scene.camera, sight, i, p));
    let pupils = person.eyes.iter().zip([true, false]).map(|(eye, right)| {
        landmark(&scene.camera, eye.pupil, || {
            sight.of_pupil(eye.pupil, eye.optical_axis, right)
        })
    });
    points.chain(pupils).collect()
}

/// 68 points with the jaw on the contour.
pub(crate) fn contour(scene: &Scene, person: &Person, sight: &Sight<'_, '_>) -> Vec<Landmark> {
    let jaw = contour::jaw(scene, person)
        .into_iter()
        .enumerate()
        .map(|(i, c)| {
            if c.moved {
                // On the rim the surface is seen edge-on: only what lies in front can hide it.
                landmark(&scene.camera, c.point.position, || {
                    sight.of_surface(c.point.position, c.point.normal)
                })
            } else {
                on_surface(&scene.camera, sight, i, &c.point)
            }
        });
    let rest = person
        .landmarks_68
        .iter()
        .enumerate()
        .skip(contour::JAW.end);
    jaw.chain(rest.map(|(i, p)| on_surface(&scene.camera, sight, i, p)))
        .collect()
}

fn on_surface(
    camera: &Camera,
    sight: &Sight<'_, '_>,
    index: usize,
    point: &SurfacePoint,
) -> Landmark {
    let least = if is_margin(index) { -0.5 } else { 0.0 };
    landmark(camera, point.position, || {
        sight.facing(point.position, point.normal) > least
            && sight.of_surface(point.position, point.normal)
    })
}

/// COCO-WholeBody's 133 points; the face is that of [`contour`].
pub(crate) fn whole_body(scene: &Scene, person: &Person, sight: &Sight<'_, '_>) -> Vec<Landmark> {
    let mut points: Vec<Landmark> = person
        .keypoints
        .iter()
        .map(|p| joint(&scene.camera, p, sight))
        .collect();
    let hands = points.split_off(points.len().min(FACE.start));
    points.extend(contour(scene, person, sight));
    points.extend(hands);
    points
}

/// Joints and box of the right and the left hand.
pub(crate) fn hands(
    scene: &Scene,
    layers: &Layers,
    person: &Person,
    sight: &Sight<'_, '_>,
) -> [Hand; 2] {
    // Among the scene's key points the face is not there yet.
    let start = FACE.start;
    let sides = [
        (start + HAND..start + 2 * HAND, Part::RightHand),
        (start..start + HAND, Part::LeftHand),
    ];
    sides.map(|(range, part)| {
        let joints: Vec<Landmark> = person
            .keypoints
            .get(range)
            .unwrap_or_default()
            .iter()
            .map(|p| joint(&scene.camera, p, sight))
            .collect();
        let pixels = layers.instance.iter().zip(&layers.part);
        let seen = joints.iter().filter(|p| p.visible).count();
        Hand {
            r#box: boxes::tight(
                scene.camera.width_px as usize,
                pixels.map(|(instance, of)| *instance == person.instance && *of == part),
            ),
            visible_share: unit(seen as f64 / joints.len().max(1) as f64),
            joints,
        }
    })
}

fn joint(camera: &Camera, point: &Keypoint, sight: &Sight<'_, '_>) -> Landmark {
    Landmark {
        inset_m: Some(metres(point.inset_m)),
        ..landmark(camera, point.position, || {
            sight.of_joint(point.position, point.inset_m)
        })
    }
}

fn landmark(camera: &Camera, world: DVec3, seen: impl Fn() -> bool) -> Landmark {
    let at = camera.project(world).map(|(at, _)| [px(at.x), px(at.y)]);
    let inside = at.is_some_and(|[x, y]| {
        (0.0..f64::from(camera.width_px)).contains(&x)
            && (0.0..f64::from(camera.height_px)).contains(&y)
    });
    Landmark {
        px: at,
        camera_m: camera.to_camera(world).to_array().map(metres),
        world_m: world.to_array().map(metres),
        visible: inside && seen(),
        inside,
        inset_m: None,
    }
}
