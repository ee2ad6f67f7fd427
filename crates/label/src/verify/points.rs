//! Landmarks: projection, visibility, sides, and the contour.

use glam::{DVec2, DVec3};
use scene::Camera;
use scene::mesh::Part;

use super::Faults;
use super::files::Loaded;
use crate::annotations::{Landmark, PersonLabels, rotation};
use crate::class;
use crate::landmark::{FACE, HAND};
use crate::sight::joint_tolerance_m;

/// Rounding of positions (0.1 µm) seen through the longest lens is below this.
const PIXEL_TOLERANCE: f64 = 0.02;
/// Points ride on the base mesh, the picture shows it smoothed; brows, lashes and hair lie on it.
const DEPTH_TOLERANCE_M: f64 = 0.004;
/// Radius of curvature of the flattest places of a face.
const FACE_RADIUS_M: f64 = 0.3;
/// A contour point has the end of the face within this many pixels.
const RIM_PX: usize = 3;
/// Landmarks of the two sides that mirror each other: the person's right, then left.
const MIRRORED: [(usize, usize); 30] = [
    (0, 16),
    (1, 15),
    (2, 14),
    (3, 13),
    (4, 12),
    (5, 11),
    (6, 10),
    (7, 9),
    (17, 26),
    (18, 25),
    (19, 24),
    (20, 23),
    (21, 22),
    (31, 35),
    (32, 34),
    (36, 45),
    (37, 44),
    (38, 43),
    (39, 42),
    (40, 47),
    (41, 46),
    (48, 54),
    (49, 53),
    (50, 52),
    (59, 55),
    (58, 56),
    (60, 64),
    (61, 63),
    (67, 65),
    (68, 69),
];

/// How messages call a point.
#[derive(Debug, Clone, Copy)]
struct Name {
    set: &'static str,
    index: usize,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.set, self.index)
    }
}

pub(super) fn check(loaded: &Loaded, faults: &mut Faults) {
    for person in &loaded.labels.people {
        let sets = [
            ("landmark", &person.landmarks, false),
            ("contour landmark", &person.contour_landmarks, true),
        ];
        for (name, points, contour) in sets {
            for (i, point) in points.iter().flatten().enumerate() {
                projection(
                    loaded,
                    Name {
                        set: name,
                        index: i,
                    },
                    point,
                    faults,
                );
                let rim = contour
                    && person
                        .landmarks
                        .as_ref()
                        .is_none_or(|x| x.get(i).is_none_or(|x| x.world_m != point.world_m));
                sight(
                    loaded,
                    person,
                    Name {
                        set: name,
                        index: i,
                    },
                    point,
                    rim,
                    faults,
                );
                if rim && point.visible && person.landmarks.is_some() {
                    silhouette(loaded, person, i, point, faults);
                }
            }
        }
        joints(loaded, person, faults);
        agreement(loaded, person, faults);
        sides(loaded, person, faults);
        eyes_of_the_masks(loaded, person, faults);
    }
}

/// 2D is the projection of 3D, camera space is the world seen from the camera, `inside` and `visible` follow.
fn projection(loaded: &Loaded, name: Name, point: &Landmark, faults: &mut Faults) {
    let Some(camera) = &loaded.camera else {
        return;
    };
    let world = DVec3::from(point.world_m);
    let derived = camera.to_camera(world);
    let off_m = derived.distance(point.camera_m.into());
    if off_m > 1e-6 * (1.0 + derived.length()) {
        faults.add(
            &loaded.path,
            format!("{name} lies at {:?} m in camera space", point.camera_m),
            format!(
                "its world position and the camera put it {:.2} mm away",
                off_m * 1e3
            ),
        );
    }
    let expected = camera.project(world).map(|(px, _)| px);
    let agrees = match (point.px, expected) {
        (Some(found), Some(expected)) => {
            // Far outside the picture, near the plane of the lens, rounding moves a point by more.
            let far = (expected - camera.principal_px).length() + camera.focal_px.max_element();
            let rounding = 2e-7 * far / derived.z.abs().max(1e-6);
            expected.distance(found.into()) <= PIXEL_TOLERANCE.max(rounding)
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !agrees {
        let show = |px: Option<[f64; 2]>| {
            px.map_or("nowhere".to_owned(), |[x, y]| {
                format!("({x:.2}, {y:.2}) px")
            })
        };
        faults.add(
            &loaded.path,
            format!("{name} is drawn at {}", show(point.px)),
            format!(
                "its 3D position projects to {}",
                show(expected.map(|e| e.to_array()))
            ),
        );
    }
    let size = [f64::from(camera.width_px), f64::from(camera.height_px)];
    let inside = point
        .px
        .is_some_and(|px| (0..2).all(|a| (0.0..size[a]).contains(&px[a])));
    if inside != point.inside {
        let word = |inside| if inside { "inside" } else { "outside" };
        let (found, expected) = (word(point.inside), word(inside));
        faults.add(
            &loaded.path,
            format!("{name} is called {found} the picture"),
            format!("it lies {expected}"),
        );
    }
    if point.visible && !inside {
        faults.add(
            &loaded.path,
            format!("{name} is called visible"),
            "it lies outside the picture",
        );
    }
}

/// A visible point's pixel carries its person at its depth; nothing is hidden by what lies behind it.
fn sight(
    loaded: &Loaded,
    person: &PersonLabels,
    name: Name,
    point: &Landmark,
    rim: bool,
    faults: &mut Faults,
) {
    let Some(px) = point.px.filter(|_| point.inside) else {
        return;
    };
    let near: Vec<usize> = loaded.around(px, 1).collect();
    if let Some(instances) = &loaded.instances
        && point.visible
        && !near.iter().any(|i| instances.pixels[*i] == person.instance)
    {
        faults.add(
            &loaded.path,
            format!(
                "{name} is called visible at ({:.1}, {:.1}) px",
                px[0], px[1]
            ),
            format!("no pixel there belongs to instance {}", person.instance),
        );
    }
    let Some(depth) = &loaded.depth else {
        return;
    };
    // On thin hair the map shows the hair, through which a point counts as seen.
    let is_thin = |i: &usize| {
        let part = loaded
            .parts
            .as_ref()
            .and_then(|p| class::part(p.pixels[*i]));
        matches!(part, Some(Part::RightLashes | Part::LeftLashes))
    };
    // Along the axis of the camera at the moment its row saw the point.
    let seen = loaded
        .camera
        .as_ref()
        .and_then(|camera| camera.sighting(point.world_m.into()));
    let z = seen.map_or(point.camera_m[2], |seen| seen.depth_m);
    let own = |i: &&usize| {
        loaded
            .instances
            .as_ref()
            .is_none_or(|all| all.pixels[**i] == person.instance)
    };
    let depths = |of: &mut dyn Iterator<Item = &usize>| {
        let depths = of.map(|i| f64::from(depth.pixels[*i])).filter(|d| *d > 0.0);
        depths.fold((0, f64::INFINITY, f64::NEG_INFINITY), |(n, l, h), d| {
            (n + 1, l.min(d), h.max(d))
        })
    };
    if point.visible {
        let (count, low, high) = depths(&mut near.iter().filter(own));
        let behind = depth_tolerance_m(name.index);
        // At an outline and where a surface is seen at a slant, it falls away between a pixel and the next: within the first pixel of
        // a ball of radius R by √(2·R·pixel).
        let footprint = loaded.camera.as_ref().map_or(0.0, |camera| {
            pixel_angle(camera, px.into()) * DVec3::from(point.camera_m).length()
        });
        let level = count == near.len() && high - low < 4.0 * footprint;
        let slope = if level {
            0.0
        } else {
            (high - low).max((2.0 * FACE_RADIUS_M * footprint).sqrt())
        };
        // Where the person ends, a sliver narrower than a pixel may show a place far behind the surface beside it.
        let outline = count < near.len();
        // Within a pixel a surface may also sink deeper than at the centres around it: between lips, under the jaw.
        let sink = slope.max(0.5 * (high - low));
        let not_behind = outline || z <= high + behind + sink;
        let agrees = count > 0 && low - DEPTH_TOLERANCE_M - slope <= z && not_behind;
        if !agrees && !near.iter().any(is_thin) {
            faults.add(
                &loaded.path,
                format!("{name} is called visible at {z:.4} m"),
                format!("the depth map has {low:.4} to {high:.4} m there"),
            );
        }
    } else if !rim {
        let (count, low, _) = depths(&mut near.iter());
        if count == near.len() && low > z + 0.01 {
            faults.add(
                &loaded.path,
                format!("{name} is called hidden at {z:.4} m"),
                format!("nothing lies in front of it: the depth map begins at {low:.4} m there"),
            );
        }
    }
}

/// Joints: projection, and depth where they are seen. The face's points among them are those of the contour.
fn joints(loaded: &Loaded, person: &PersonLabels, faults: &mut Faults) {
    let body = person.keypoints.iter().flatten().enumerate();
    let body = body.map(|(i, p)| ("key point", i, p));
    let hands = person.hands.iter().flatten().zip(["right", "left"]);
    let hands = hands.flat_map(|(hand, side)| {
        let set = if side == "right" {
            "right hand's joint"
        } else {
            "left hand's joint"
        };
        hand.joints
            .iter()
            .enumerate()
            .map(move |(i, p)| (set, i, p))
    });
    for (set, index, point) in body.chain(hands) {
        let name = Name { set, index };
        projection(loaded, name, point, faults);
        flesh(loaded, person, name, point, faults);
    }
    if let (Some(points), Some(contour)) = (&person.keypoints, &person.contour_landmarks)
        && points.get(FACE) != Some(contour)
    {
        faults.add(
            &loaded.path,
            "key points 23 to 90 differ from the contour landmarks",
            "both are the face as annotators mark it",
        );
    }
    if let (Some(points), Some([right, left])) = (&person.keypoints, &person.hands) {
        let at = |start: usize| points.get(start..start + HAND);
        if at(FACE.end) != Some(&left.joints) || at(FACE.end + HAND) != Some(&right.joints) {
            faults.add(
                &loaded.path,
                "key points 91 to 132 differ from the joints of the hands",
                "they are the left hand's and then the right hand's",
            );
        }
    }
}

/// A joint that is seen has its own flesh in front of it, and no more of it than there is; one that is hidden has something in front.
fn flesh(
    loaded: &Loaded,
    person: &PersonLabels,
    name: Name,
    point: &Landmark,
    faults: &mut Faults,
) {
    let (Some(px), Some(inset), Some(depth)) = (
        point.px.filter(|_| point.inside),
        point.inset_m,
        &loaded.depth,
    ) else {
        return;
    };
    let near: Vec<usize> = loaded.around(px, 1).collect();
    let z = loaded
        .camera
        .as_ref()
        .and_then(|camera| camera.sighting(point.world_m.into()))
        .map_or(point.camera_m[2], |seen| seen.depth_m);
    // A ray's range grows faster than its depth off the axis; a pixel beside the point may show another limb, and what slants comes nearer
    // by as much as a pixel is wide.
    let pixel_m = loaded
        .camera
        .as_ref()
        .map_or(0.0, |camera| z.abs() / camera.focal_px.min_element());
    let allowed = joint_tolerance_m(inset) + pixel_m;
    let front = near
        .iter()
        .map(|i| f64::from(depth.pixels[*i]))
        .filter(|d| *d > 0.0)
        .fold(f64::NEG_INFINITY, f64::max);
    if point.visible && front > 0.0 && front < z - allowed - DEPTH_TOLERANCE_M {
        faults.add(
            &loaded.path,
            format!(
                "{name} of instance {} is called visible at {z:.3} m",
                person.instance
            ),
            format!(
                "the depth map ends at {front:.3} m there, {allowed:.3} m of flesh are allowed"
            ),
        );
    }
    let all_behind = near.iter().all(|i| {
        let d = f64::from(depth.pixels[*i]);
        d == 0.0 || d > z + DEPTH_TOLERANCE_M
    });
    if !point.visible && all_behind {
        faults.add(
            &loaded.path,
            format!(
                "{name} of instance {} is called hidden at {z:.3} m",
                person.instance
            ),
            "nothing lies in front of it",
        );
    }
}

/// Largest angle between the directions of a place in the picture and of places one pixel away.
fn pixel_angle(camera: &Camera, px: DVec2) -> f64 {
    let direction = |at: DVec2| Some(camera.camera_direction(at)?.normalize_or_zero());
    let Some(here) = direction(px) else {
        return 0.0;
    };
    [DVec2::X, DVec2::Y]
        .iter()
        .filter_map(|step| direction(px + step).or_else(|| direction(px - step)))
        .map(|there| there.distance(here))
        .fold(0.0, f64::max)
}

/// How far behind the surface of the depth map a visible landmark may lie.
const fn depth_tolerance_m(index: usize) -> f64 {
    match index {
        // Lid margins and inner lips lie in folds finer than a pixel; the iris plane some millimetres behind the cornea.
        36..=47 | 60..=69 => 2.0 * DEPTH_TOLERANCE_M,
        _ => DEPTH_TOLERANCE_M,
    }
}

/// A jaw point that left the x-ray point lies where the face ends in the picture.
fn silhouette(
    loaded: &Loaded,
    person: &PersonLabels,
    index: usize,
    point: &Landmark,
    faults: &mut Faults,
) {
    let (Some(px), Some(depth), Some(instances)) = (point.px, &loaded.depth, &loaded.instances)
    else {
        return;
    };
    // Behind the rim something else begins, or the same person further away.
    let z = loaded
        .camera
        .as_ref()
        .and_then(|camera| camera.project(point.world_m.into()))
        .map_or(point.camera_m[2], |(_, depth)| depth);
    let behind = z + 0.006;
    let ends = |i: usize| {
        let d = f64::from(depth.pixels[i]);
        instances.pixels[i] != person.instance || d == 0.0 || d > behind || !face_skin(loaded, i)
    };
    let near_edge = (0..2).any(|axis| {
        let end = [loaded.width(), loaded.height()][axis] as f64;
        !(RIM_PX as f64..=end - RIM_PX as f64).contains(&px[axis])
    });
    if !near_edge && !loaded.around(px, RIM_PX).any(ends) {
        faults.add(
            &loaded.path,
            format!(
                "contour landmark {index} lies at ({:.1}, {:.1}) px",
                px[0], px[1]
            ),
            format!("the face goes on for {RIM_PX} pixels in all directions"),
        );
    }
}

fn face_skin(loaded: &Loaded, i: usize) -> bool {
    loaded
        .parsing
        .as_ref()
        .is_none_or(|p| matches!(p.pixels[i], 1..=6 | 9..=11))
}

/// Only jaw points of the contour may differ from the x-ray points; pupils are those of the gaze.
fn agreement(loaded: &Loaded, person: &PersonLabels, faults: &mut Faults) {
    if let (Some(x_ray), Some(contour)) = (&person.landmarks, &person.contour_landmarks) {
        let differing = (17..68).filter(|i| x_ray.get(*i) != contour.get(*i));
        faults.add_first(
            &loaded.path,
            differing.map(|i| {
                (
                    format!("contour landmark {i} differs from landmark {i}"),
                    "only the jaw, 0 to 16, may".into(),
                )
            }),
        );
    }
    if let (Some(points), Some(gaze)) = (&person.landmarks, &person.gaze) {
        let pupils = points.iter().skip(68).zip(gaze).enumerate();
        let differing = pupils.filter(|(_, (p, g))| p.world_m != g.pupil_world_m);
        faults.add_first(
            &loaded.path,
            differing.map(|(i, _)| {
                (
                    format!("landmark {} is not the pupil of its eye's gaze", 68 + i),
                    "both are one point".into(),
                )
            }),
        );
    }
}

/// Left stays left: of each mirrored pair, the right one lies on the head's right.
fn sides(loaded: &Loaded, person: &PersonLabels, faults: &mut Faults) {
    let Some(pose) = person.head_pose else {
        return;
    };
    let head_from_world = rotation(pose.world_from_head).transpose();
    for (name, points) in [
        ("landmark", &person.landmarks),
        ("contour landmark", &person.contour_landmarks),
    ] {
        let Some(points) = points else {
            continue;
        };
        let to_the_left = |i: usize| {
            points
                .get(i)
                .map(|p| (head_from_world * DVec3::from(p.world_m)).x)
        };
        let swapped = MIRRORED.into_iter().filter(|(right, left)| {
            // On a contour both jaw points of a pair may lie on one side.
            (name == "landmark" || *right >= 17)
                && matches!((to_the_left(*right), to_the_left(*left)), (Some(right), Some(left)) if right >= left)
        });
        faults.add_first(
            &loaded.path,
            swapped.map(|(right, left)| {
                (
                    format!("{name} {right} lies to the person's left of {left}"),
                    format!("{right} is on the right side of the face"),
                )
            }),
        );
    }
}

/// The right eye of the masks lies at the right eye's landmarks.
fn eyes_of_the_masks(loaded: &Loaded, person: &PersonLabels, faults: &mut Faults) {
    let (Some(points), Some(parsing), Some(instances)) =
        (&person.landmarks, &loaded.parsing, &loaded.instances)
    else {
        return;
    };
    // Class, name, its landmarks, those of the other side.
    let features: [(u8, &str, std::ops::Range<usize>, std::ops::Range<usize>); 4] = [
        (3, "right eye", 36..42, 42..48),
        (4, "left eye", 42..48, 36..42),
        (5, "right brow", 17..22, 22..27),
        (6, "left brow", 22..27, 17..22),
    ];
    for (id, name, own, other) in features {
        let mine = |i: &usize| parsing.pixels[*i] == id && instances.pixels[*i] == person.instance;
        let (mut sum, mut count) = ([0.0; 2], 0);
        for i in (0..parsing.pixels.len()).filter(mine) {
            sum[0] += (i % loaded.width()) as f64 + 0.5;
            sum[1] += (i / loaded.width()) as f64 + 0.5;
            count += 1;
        }
        let (Some(own), Some(other)) = (mean_px(points, own), mean_px(points, other)) else {
            continue;
        };
        // A handful of pixels at the edge of a turned face says little.
        if count < 8 {
            continue;
        }
        let centre = sum.map(|s| s / f64::from(count));
        let distance = |to: [f64; 2]| (centre[0] - to[0]).hypot(centre[1] - to[1]);
        if distance(own) > distance(other) {
            faults.add(
                &parsing.path,
                format!("the {name} (class {id}) is centred at ({:.1}, {:.1}) px", centre[0], centre[1]),
                format!("its landmarks lie around ({:.1}, {:.1}) px, those of the other side are nearer", own[0], own[1]),
            );
        }
    }
}

fn mean_px(points: &[Landmark], range: std::ops::Range<usize>) -> Option<[f64; 2]> {
    let count = range.len() as f64;
    let px: Vec<[f64; 2]> = points
        .get(range)?
        .iter()
        .map(|p| p.px)
        .collect::<Option<_>>()?;
    Some([0, 1].map(|axis| px.iter().map(|p| p[axis]).sum::<f64>() / count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_landmark_off_the_middle_has_one_mirror() {
        let mut all: Vec<usize> = MIRRORED.iter().flat_map(|(r, l)| [*r, *l]).collect();
        // On the middle: chin, bridge and tip of the nose, mouth.
        all.extend([8, 27, 28, 29, 30, 33, 51, 57, 62, 66]);
        all.sort_unstable();
        assert_eq!(all, (0..70).collect::<Vec<_>>());
    }
}
