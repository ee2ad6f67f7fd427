//! Outlines and glints of eyes against the laws of refraction and reflection, and against the mask.
//!
//! Labels were found by asking where the camera sees a point; here rays go out from the camera through the labelled pixels and must arrive.

use glam::{DVec2, DVec3};
use scene::Camera;
use scene::mesh::Part;

use super::Faults;
use super::files::{Loaded, Picture};
use super::masks::at;
use crate::annotations::{PersonLabels, rotation};
use crate::class;
use crate::eyes::{CLASSES, Ellipse, EyeLabel, class_of};

/// A bent circle is no exact ellipse: how far rays through the outline may miss the circle, as a share of its radius,
const OUTLINE_SHARE: f64 = 0.02;
/// and for circles of a few pixels, pixels.
const OUTLINE_PX: f64 = 0.5;
/// How far a mirrored ray may miss its lamp: pixels of the glint's own place.
const GLINT_PX: f64 = 0.05;
/// How far a boundary between iris and pupil in the mask may lie from the ellipse, pixels: half the diagonal of a pixel, and facets of the meshes,
const BOUNDARY_PX: f64 = 1.2;
/// more by this share of the limbus' longer half axis on painted eyes, whose masks follow coarse triangles,
const PAINTED_SHARE: f64 = 0.1;
/// for all but this share of its pixels.
const STRAY_SHARE: f64 = 0.03;
/// The line of sight lies this close to the optical axis (Atchison & Smith 2000: 4° to 8° in most eyes).
const MOST_KAPPA_DEG: f64 = 12.0;

pub(super) fn check(loaded: &Loaded, faults: &mut Faults) {
    if let Some(mask) = &loaded.eye_parsing {
        classes(loaded, mask, faults);
    }
    for person in &loaded.labels.people {
        let Some(eyes) = &person.eyes else { continue };
        for (side, eye) in ["right", "left"].into_iter().zip(eyes) {
            let who = format!("person {}, {side} eye", person.instance);
            axes(loaded, person, &who, eye, faults);
            if let Some(camera) = &loaded.camera {
                outlines(loaded, camera, &who, eye, faults);
                glints(loaded, camera, &who, eye, faults);
            }
        }
        agree_with_gaze(loaded, person, faults);
    }
    if let Some(mask) = &loaded.eye_parsing {
        boundaries(loaded, mask, faults);
    }
}

/// Classes exist, and follow from the parts where there are no lashes to look through.
fn classes(loaded: &Loaded, mask: &Picture<u8>, faults: &mut Faults) {
    let unknown = mask
        .pixels
        .iter()
        .enumerate()
        .filter(|(_, c)| usize::from(**c) >= CLASSES.len());
    faults.add_first(
        &mask.path,
        unknown.map(|(i, c)| {
            (
                format!("{} has class {c}", at(loaded, i)),
                "classes end at 3".into(),
            )
        }),
    );
    let Some(parts) = &loaded.parts else { return };
    let wrong = mask
        .pixels
        .iter()
        .zip(&parts.pixels)
        .enumerate()
        .filter_map(|(i, (found, number))| {
            let part = class::part(*number)?;
            let lash = matches!(part, Part::RightLashes | Part::LeftLashes);
            let expected = class_of(part);
            (!lash && *found != expected).then(|| {
                (
                    format!("{} has class {found}", at(loaded, i)),
                    format!("its part {number} makes it class {expected}"),
                )
            })
        });
    faults.add_first(&mask.path, wrong);
}

fn axes(loaded: &Loaded, person: &PersonLabels, who: &str, eye: &EyeLabel, faults: &mut Faults) {
    let (visual, optical) = (
        DVec3::from(eye.visual_axis_world),
        DVec3::from(eye.cornea.axis_world),
    );
    let angle = visual.angle_between(optical).to_degrees();
    // No number where an axis has no length.
    let sound = (visual.length() - 1.0).abs() < 1e-6
        && (angle - eye.kappa_deg).abs() < 1e-2
        && angle < MOST_KAPPA_DEG;
    if !sound {
        faults.add(
            &loaded.path,
            format!("{who}: the line of sight lies {angle:.2}° from the optical axis"),
            format!("`kappa_deg` is {}, at most {MOST_KAPPA_DEG}", eye.kappa_deg),
        );
    }
    let mut turned = |frame: &str, expected: DVec3, found: [f64; 3]| {
        if expected.distance(found.into()) > 1e-6 {
            faults.add(
                &loaded.path,
                format!("{who}: `visual_axis_{frame}` is {found:?}"),
                format!("the {frame} turns `visual_axis_world` elsewhere"),
            );
        }
    };
    if let Some(camera) = &loaded.camera {
        turned(
            "camera",
            camera.camera_from_world * visual,
            eye.visual_axis_camera,
        );
    }
    if let Some(head) = &person.head_pose {
        let from_world = rotation(head.world_from_head).transpose();
        turned("head", from_world * visual, eye.visual_axis_head);
    }
}

/// Rays through an outline, bent by the cornea, pass the rim of the circle it is the outline of.
fn outlines(loaded: &Loaded, camera: &Camera, who: &str, eye: &EyeLabel, faults: &mut Faults) {
    const RAYS: u32 = 16;
    let cornea = eye.cornea.to_cornea();
    let circles = [
        (
            "pupil",
            eye.pupil,
            eye.pupil_world_m,
            eye.pupil_radius_mm,
            true,
        ),
        ("iris", eye.iris, eye.iris_world_m, eye.iris_radius_mm, true),
        (
            "limbus",
            eye.limbus,
            eye.limbus_world_m,
            eye.limbus_radius_mm,
            false,
        ),
    ];
    for (name, ellipse, centre, radius_mm, bent) in circles {
        let Some(ellipse) = ellipse else { continue };
        let (centre, radius) = (DVec3::from(centre), radius_mm / 1e3);
        let slack = OUTLINE_SHARE.max(OUTLINE_PX / ellipse.semi_axes_px[1].max(1e-6));
        // How far outside of the circle a pixel's ray passes it; `None` where it passes by the cornea.
        let off = |pixel: DVec2| {
            let (origin, direction) = ray(camera, pixel)?;
            let (from, along) = if bent && cornea.index != 1.0 {
                cornea.bend(origin, direction)?
            } else {
                (origin, direction)
            };
            let t = (centre - from).dot(cornea.axis) / along.dot(cornea.axis);
            let off = (from + along * t).distance(centre) / radius - 1.0;
            off.is_finite().then_some(off)
        };
        let middle = DVec2::from(ellipse.centre_px);
        let mut worst = 0.0_f64;
        for k in 0..RAYS {
            let pixel = ellipse.point(std::f64::consts::TAU * f64::from(k) / f64::from(RAYS));
            let Some(here) = off(pixel) else { continue };
            // Where the view grazes the cornea a little in the picture is much on the iris: the rim is to be met within the slack in the picture.
            let inner = off(middle + (pixel - middle) * (1.0 - slack));
            let outer = off(middle + (pixel - middle) * (1.0 + slack));
            let is_met = inner.is_some_and(|off| off <= 0.0) && outer.is_none_or(|off| off >= 0.0);
            if !is_met {
                worst = worst.max(here.abs());
            }
        }
        if worst > slack {
            faults.add(
                &loaded.path,
                format!(
                    "{who}: rays through the outline of the {name} miss its circle by {:.1} % of its radius",
                    worst * 100.0
                ),
                format!("bent by the cornea they pass it within {:.1} %", slack * 100.0),
            );
        }
    }
}

/// A ray through a glint is mirrored to its lamp.
fn glints(loaded: &Loaded, camera: &Camera, who: &str, eye: &EyeLabel, faults: &mut Faults) {
    let cornea = eye.cornea.to_cornea();
    for (k, glint) in eye.glints.iter().enumerate() {
        if glint.led as usize != k {
            faults.add(
                &loaded.path,
                format!("{who}: glint {k} is that of lamp {}", glint.led),
                "glints come in the order of their lamps",
            );
        }
        let Some(px) = glint.px else {
            if glint.visible {
                faults.add(
                    &loaded.path,
                    format!("{who}: the glint of lamp {} is called visible", glint.led),
                    "it is nowhere",
                );
            }
            continue;
        };
        let mirrored = |pixel: DVec2| {
            let (origin, direction) = ray(camera, pixel)?;
            let place = cornea.meet(origin, direction)?;
            let normal = cornea.normal(place);
            let back = direction - normal * (2.0 * direction.dot(normal));
            let lamp = DVec3::from(glint.led_world_m) - place;
            Some((back.normalize_or_zero(), lamp.normalize_or_zero()))
        };
        let pixel = DVec2::from(px);
        let miss = |pixel: DVec2| mirrored(pixel).map(|(back, lamp)| back.distance(lamp));
        // What a pixel aside does to the mirrored ray is the measure.
        let (here, aside) = (miss(pixel), mirrored(pixel + DVec2::X).zip(mirrored(pixel)));
        let per_pixel = aside.map_or(0.0, |((a, _), (b, _))| a.distance(b));
        if here.is_none_or(|here| here > GLINT_PX * per_pixel) {
            faults.add(
                &loaded.path,
                format!(
                    "{who}: the glint of lamp {} lies at ({:.2}, {:.2}) px",
                    glint.led, px[0], px[1]
                ),
                "the cornea does not mirror that lamp there",
            );
        }
    }
}

/// A ray of the camera: where it starts and its unit direction, world.
fn ray(camera: &Camera, pixel: DVec2) -> Option<(DVec3, DVec3)> {
    let pose = camera.pose_of_row(pixel.y);
    let direction = pose.to_world_direction(camera.camera_direction(pixel)?);
    Some((pose.position, direction.normalize_or_zero()))
}

/// Where iris and pupil meet in the mask is the outline of a pupil.
fn boundaries(loaded: &Loaded, mask: &Picture<u8>, faults: &mut Faults) {
    let outlines: Vec<(Ellipse, f64)> = loaded
        .labels
        .people
        .iter()
        .flat_map(|person| person.eyes.iter().flatten())
        .filter_map(|eye| {
            let painted = match eye.limbus {
                Some(limbus) if eye.cornea.index == 1.0 => limbus.semi_axes_px[0],
                _ => 0.0,
            };
            Some((eye.pupil?, BOUNDARY_PX + PAINTED_SHARE * painted))
        })
        .collect();
    // An eye without an outline may show its pupil, too: from the side.
    let eyes = loaded
        .labels
        .people
        .iter()
        .flat_map(|person| person.eyes.iter().flatten());
    if outlines.is_empty() || outlines.len() < eyes.count() {
        return;
    }
    let width = loaded.width();
    let (mut count, mut stray, mut worst) = (0_usize, 0_usize, 0.0_f64);
    let mut meet = |from: usize, to: usize| {
        let pair = [mask.pixels[from], mask.pixels[to]];
        if pair == [2, 3] || pair == [3, 2] {
            let middle = |i: usize| DVec2::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5);
            let edge = (middle(from) + middle(to)) * 0.5;
            let off = outlines
                .iter()
                .map(|(ellipse, allowed)| ellipse.outside_px(edge).abs() / allowed)
                .fold(f64::INFINITY, f64::min);
            count += 1;
            stray += usize::from(off > 1.0);
            worst = worst.max(off);
        }
    };
    for y in 0..loaded.height() {
        for x in 0..width {
            let here = y * width + x;
            if x + 1 < width {
                meet(here, here + 1);
            }
            if y + 1 < loaded.height() {
                meet(here, here + width);
            }
        }
    }
    if stray as f64 > (STRAY_SHARE * count as f64).max(1.0) {
        faults.add(
            &mask.path,
            format!("{stray} of {count} places where iris and pupil meet are off the pupil's ellipse, by up to {worst:.1} times what is allowed"),
            format!("the mask is what the ellipse outlines, within {BOUNDARY_PX} px (more on painted eyes)"),
        );
    }
}

/// The optical axis is that of the gaze, the pupil the same.
fn agree_with_gaze(loaded: &Loaded, person: &PersonLabels, faults: &mut Faults) {
    let (Some(eyes), Some(gaze)) = (&person.eyes, &person.gaze) else {
        return;
    };
    for (side, (eye, gaze)) in ["right", "left"].into_iter().zip(eyes.iter().zip(gaze)) {
        let axis = DVec3::from(gaze.axis_world).distance(eye.cornea.axis_world.into());
        let pupil = DVec3::from(gaze.pupil_world_m).distance(eye.pupil_world_m.into());
        if axis > 1e-6 || pupil > 1e-6 {
            faults.add(
                &loaded.path,
                format!(
                    "person {}: `eyes` and `gaze` of the {side} eye differ",
                    person.instance
                ),
                "both have the same optical axis and pupil",
            );
        }
    }
}
