//! Depth and normals describe one surface, and it is there exactly where the masks say so.

use glam::{DVec2, DVec3};

use super::Faults;
use super::files::{Loaded, Picture};
use super::masks::at;
use crate::layout;

/// Largest median angle between stored normals and those of the depth map. Stored normals are smooth, the depth map is of flat
/// triangles a few pixels wide: on a face the median is a few degrees.
const MEDIAN_ANGLE_DEG: f64 = 12.0;
/// Fewer pixels than this say nothing about a median.
const LEAST_PIXELS: usize = 100;

pub(super) fn check(loaded: &Loaded, faults: &mut Faults) {
    if let Some(depth) = &loaded.depth {
        depth_is_where_something_is(loaded, depth, faults);
        if let Some(normals) = &loaded.normals {
            normals_are_where_depth_is(loaded, normals, depth, faults);
            normals_follow_depth(loaded, normals, depth, faults);
        }
    }
    if let Some(normals) = &loaded.normals {
        let lengths = normals.pixels.iter().enumerate().filter_map(|(i, n)| {
            let length = DVec3::from(layout::decode_normal(*n)?).length();
            Some((i, length)).filter(|(_, length)| (length - 1.0).abs() > 2e-4)
        });
        faults.add_first(
            &normals.path,
            lengths.map(|(i, l)| {
                (
                    format!("{} has a normal of length {l:.4}", at(loaded, i)),
                    "normals have unit length".into(),
                )
            }),
        );
    }
}

fn depth_is_where_something_is(loaded: &Loaded, depth: &Picture<f32>, faults: &mut Faults) {
    let bad = depth
        .pixels
        .iter()
        .enumerate()
        .filter(|(i, d)| !(d.is_finite() && (**d >= 0.0 || sees_behind(loaded, *i))));
    faults.add_first(
        &depth.path,
        bad.map(|(i, d)| {
            (
                format!("{} has depth {d}", at(loaded, i)),
                "depth is a finite number of at least 0".into(),
            )
        }),
    );
    if let Some(instances) = &loaded.instances {
        let both = depth.pixels.iter().zip(&instances.pixels).enumerate();
        let empty = both
            .filter(|(_, (d, id))| **d == 0.0 && **id != 0)
            .map(|(i, (_, id))| {
                (
                    format!("{} has no depth", at(loaded, i)),
                    format!("instance {id} is there"),
                )
            });
        faults.add_first(&depth.path, empty);
        outline(loaded, depth, &instances.pixels, faults);
    }
}

/// Whether a pixel looks backwards, as the outer ones of a fisheye do: what is there has a depth below 0.
fn sees_behind(loaded: &Loaded, index: usize) -> bool {
    let (x, y) = (index % loaded.width(), index / loaded.width());
    let centre = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
    loaded
        .camera
        .as_ref()
        .and_then(|camera| camera.camera_direction(centre))
        .is_some_and(|direction| direction.z <= 0.0)
}

/// Scenery that is level with a person's pixel beside it continues the person's surface: the mask ends too early there. Scenery may
/// touch people in places (a seat, a strap); a mask that is off by pixels does so along half of its outline.
fn outline(loaded: &Loaded, depth: &Picture<f32>, instances: &[u16], faults: &mut Faults) {
    const LEVEL_M: f32 = 0.004;
    let (mut ends, mut level) = (0, 0);
    for row in 0..loaded.height() {
        for i in row * loaded.width()..((row + 1) * loaded.width()).saturating_sub(1) {
            if (instances[i] == 0) != (instances[i + 1] == 0) {
                ends += 1;
                let both = depth.pixels[i] > 0.0 && depth.pixels[i + 1] > 0.0;
                level +=
                    usize::from(both && (depth.pixels[i] - depth.pixels[i + 1]).abs() < LEVEL_M);
            }
        }
    }
    if level > 10 && level * 2 > ends {
        faults.add(
            &depth.path,
            format!(
                "{level} of {ends} ends of a person's rows are level with the scenery beside them"
            ),
            "a person's outline is a step in depth",
        );
    }
}

fn normals_are_where_depth_is(
    loaded: &Loaded,
    normals: &Picture<[u16; 3]>,
    depth: &Picture<f32>,
    faults: &mut Faults,
) {
    let both = normals.pixels.iter().zip(&depth.pixels).enumerate();
    let wrong = both
        .filter(|(_, (n, d))| (**n == [0; 3]) != (**d == 0.0))
        .map(|(i, (_, d))| {
            let found = if *d == 0.0 { "a normal" } else { "no normal" };
            (
                format!("{} has {found}", at(loaded, i)),
                format!("its depth is {d} m"),
            )
        });
    faults.add_first(&normals.path, wrong);
}

fn normals_follow_depth(
    loaded: &Loaded,
    normals: &Picture<[u16; 3]>,
    depth: &Picture<f32>,
    faults: &mut Faults,
) {
    let Some(camera) = &loaded.camera else {
        return;
    };
    let (width, height) = (loaded.width(), loaded.height());
    let point = |x: usize, y: usize| {
        let z = f64::from(depth.pixels[y * width + x]);
        let px = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
        (z != 0.0).then(|| camera.at_depth(px, z))?
    };
    let mut angles = Vec::new();
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let i = y * width + x;
            let (Some(centre), Some(stored)) =
                (point(x, y), layout::decode_normal(normals.pixels[i]))
            else {
                continue;
            };
            // Across an edge of people, parts or depth there is no one surface.
            let next = [i - 1, i + 1, i - width, i + width];
            let same_part = loaded
                .parts
                .as_ref()
                .is_none_or(|p| next.iter().all(|n| p.pixels[*n] == p.pixels[i]));
            let pose = camera.pose_of_row(y as f64 + 0.5);
            let to_lens = pose.position - centre;
            let step = 3.0 * to_lens.length() / camera.focal_px.x;
            if !same_part
                || next
                    .iter()
                    .any(|n| (depth.pixels[*n] - depth.pixels[i]).abs() > step as f32)
            {
                continue;
            }
            let (Some(l), Some(r), Some(u), Some(d)) = (
                point(x - 1, y),
                point(x + 1, y),
                point(x, y - 1),
                point(x, y + 1),
            ) else {
                continue;
            };
            // x right, y down: this order points back to the camera.
            let derived = (d - u).cross(r - l).normalize_or_zero();
            angles.push(
                derived
                    .dot(pose.to_world_direction(stored.into()))
                    .clamp(-1.0, 1.0)
                    .acos()
                    .to_degrees(),
            );
        }
    }
    angles.sort_by(f64::total_cmp);
    if angles.len() >= LEAST_PIXELS {
        let median = angles[angles.len() / 2];
        if median > MEDIAN_ANGLE_DEG {
            faults.add(
                &normals.path,
                format!("normals are a median {median:.1}° from those of the depth map"),
                format!("at most {MEDIAN_ANGLE_DEG}° is the roundness of triangles"),
            );
        }
    }
}
