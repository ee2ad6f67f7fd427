//! Head pose, gaze and lids follow from the points and rotations they belong to.

use glam::{DMat3, DVec3};

use super::Faults;
use super::files::Loaded;
use crate::annotations::{Eyelids, Gaze, HeadPose, PersonLabels, rotation};
use crate::pose;

/// Rounding of stored angles and rotations.
const ANGLE_TOLERANCE_DEG: f64 = 0.01;
/// The pupil of a modelled eye is a little off the axis through the centre of rotation.
const AXIS_TOLERANCE_DEG: f64 = 3.0;
/// Two positions that should be one.
const SAME_M: f64 = 2e-6;

pub(super) fn check(loaded: &Loaded, faults: &mut Faults) {
    for person in &loaded.labels.people {
        if let Some(head) = &person.head_pose {
            head_pose(loaded, person, head, faults);
        }
        for (eye, side) in ["right", "left"].into_iter().enumerate() {
            if let Some(gaze) = person.gaze.map(|g| g[eye]) {
                self::gaze(loaded, person, side, &gaze, faults);
            }
            if let Some(lids) = person.eyelids.map(|e| e[eye]) {
                self::lids(loaded, person, side, &lids, faults);
            }
        }
        both_eyes(loaded, person, faults);
    }
}

fn is_rotation(m: DMat3) -> bool {
    let off = m.transpose() * m - DMat3::IDENTITY;
    off.to_cols_array().iter().all(|v| v.abs() < 1e-6) && (m.determinant() - 1.0).abs() < 1e-6
}

/// Largest difference of the entries.
fn off_by(a: DMat3, b: DMat3) -> f64 {
    (a - b)
        .to_cols_array()
        .iter()
        .fold(0.0, |most, v| v.abs().max(most))
}

fn head_pose(loaded: &Loaded, person: &PersonLabels, head: &HeadPose, faults: &mut Faults) {
    let who = format!("person {}", person.instance);
    let (camera_from_head, world_from_head) = (
        rotation(head.camera_from_head),
        rotation(head.world_from_head),
    );
    for (name, m) in [
        ("camera_from_head", camera_from_head),
        ("world_from_head", world_from_head),
    ] {
        if !is_rotation(m) {
            faults.add(
                &loaded.path,
                format!("{who}: `{name}` is no rotation"),
                "its rows should be orthonormal and right-handed",
            );
        }
    }
    if let Some(camera) = &loaded.camera {
        if off_by(camera.camera_from_world * world_from_head, camera_from_head) > 1e-6 {
            faults.add(
                &loaded.path,
                format!("{who}: `camera_from_head` differs from `world_from_head`"),
                "the camera should turn one into the other",
            );
        }
        if camera
            .to_camera(head.origin_world_m.into())
            .distance(head.translation_m.into())
            > SAME_M
        {
            faults.add(
                &loaded.path,
                format!("{who}: `translation_m` is {:?}", head.translation_m),
                "the head's world position seen from the camera lies elsewhere",
            );
        }
    }
    angles(
        loaded,
        &format!("{who}: yaw, pitch and roll of the head"),
        &[head.yaw_deg, head.pitch_deg, head.roll_deg],
        &pose::yaw_pitch_roll_deg(camera_from_head),
        faults,
    );
    if let Some(points) = &person.landmarks
        && let (Some(bridge), Some(chin), Some(tip)) =
            (points.get(27), points.get(8), points.get(30))
    {
        let to_head = |world: [f64; 3]| {
            world_from_head.transpose() * (DVec3::from(world) - DVec3::from(head.origin_world_m))
        };
        let (bridge, chin, tip) = (
            to_head(bridge.world_m),
            to_head(chin.world_m),
            to_head(tip.world_m),
        );
        if chin.y >= bridge.y || tip.z <= chin.z.min(0.0) {
            faults.add(&loaded.path, format!("{who}: in the head's frame the chin lies at {chin:.3} m, the nose at {tip:.3} m"), "the chin is below the nose's bridge and the nose in front");
        }
    }
    if let Some([right, left]) = person.gaze {
        let middle = (DVec3::from(right.centre_world_m) + DVec3::from(left.centre_world_m)) * 0.5;
        let off = middle.distance(head.origin_world_m.into());
        if off > 1e-3 {
            faults.add(
                &loaded.path,
                format!("{who}: the head's origin is {:.1} mm off", off * 1e3),
                "it is the midpoint of the eye centres",
            );
        }
    }
}

fn gaze(loaded: &Loaded, person: &PersonLabels, side: &str, gaze: &Gaze, faults: &mut Faults) {
    let who = format!("person {}, {side} eye", person.instance);
    let (world, in_camera, in_head) = (
        DVec3::from(gaze.axis_world),
        DVec3::from(gaze.axis_camera),
        DVec3::from(gaze.axis_head),
    );
    if (world.length() - 1.0).abs() > 1e-6 {
        faults.add(
            &loaded.path,
            format!("{who}: the axis has length {}", world.length()),
            "axes are unit vectors",
        );
    }
    if let Some(camera) = &loaded.camera {
        if (camera.camera_from_world * world).distance(in_camera) > 1e-6 {
            faults.add(
                &loaded.path,
                format!("{who}: `axis_camera` is {:?}", gaze.axis_camera),
                "the camera turns `axis_world` elsewhere",
            );
        }
        if camera
            .to_camera(gaze.centre_world_m.into())
            .distance(gaze.centre_camera_m.into())
            > SAME_M
        {
            faults.add(
                &loaded.path,
                format!("{who}: `centre_camera_m` is {:?}", gaze.centre_camera_m),
                "its world position seen from the camera lies elsewhere",
            );
        }
    }
    if let Some(head) = &person.head_pose
        && (rotation(head.world_from_head).transpose() * world).distance(in_head) > 1e-6
    {
        faults.add(
            &loaded.path,
            format!("{who}: `axis_head` is {:?}", gaze.axis_head),
            "the head turns `axis_world` elsewhere",
        );
    }
    let out = DVec3::from(gaze.pupil_world_m) - DVec3::from(gaze.centre_world_m);
    let angle = out.angle_between(world).to_degrees();
    // No number when the pupil is the centre.
    if angle.is_nan() || angle > AXIS_TOLERANCE_DEG {
        faults.add(
            &loaded.path,
            format!("{who}: the optical axis is {angle:.1}° off"),
            "it points from the eye's centre to the pupil",
        );
    }
    let name = |frame: &str| format!("{who}: yaw and pitch relative to the {frame}");
    angles(
        loaded,
        &name("camera"),
        &[gaze.yaw_camera_deg, gaze.pitch_camera_deg],
        &pose::camera_yaw_pitch_deg(in_camera),
        faults,
    );
    angles(
        loaded,
        &name("head"),
        &[gaze.yaw_head_deg, gaze.pitch_head_deg],
        &pose::yaw_pitch_deg(in_head),
        faults,
    );
}

fn angles(loaded: &Loaded, what: &str, found: &[f64], expected: &[f64], faults: &mut Faults) {
    // 359.999° and 0.001° are neighbours.
    let off = |(a, b): (&f64, &f64)| (a - b + 180.0).rem_euclid(360.0) - 180.0;
    if found
        .iter()
        .zip(expected)
        .any(|pair| off(pair).abs() > ANGLE_TOLERANCE_DEG)
    {
        let show = |all: &[f64]| {
            all.iter()
                .map(|a| format!("{a:.2}°"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        faults.add(
            &loaded.path,
            format!("{what} are {}", show(found)),
            format!("the rotation has {}", show(expected)),
        );
    }
}

fn lids(loaded: &Loaded, person: &PersonLabels, side: &str, lids: &Eyelids, faults: &mut Faults) {
    let who = format!("person {}, {side} eye", person.instance);
    let distance_mm = |a: [f64; 3], b: [f64; 3]| DVec3::from(a).distance(b.into()) * 1e3;
    let pairs = [
        (
            "gap_mm",
            lids.gap_mm,
            distance_mm(lids.upper_world_m, lids.lower_world_m),
        ),
        (
            "width_mm",
            lids.width_mm,
            distance_mm(lids.inner_corner_world_m, lids.outer_corner_world_m),
        ),
    ];
    for (name, found, expected) in pairs {
        if (found - expected).abs() > 2e-3 {
            faults.add(
                &loaded.path,
                format!("{who}: `{name}` is {found:.3}"),
                format!("its points are {expected:.3} mm apart"),
            );
        }
    }
    if !(0.0..=3.0).contains(&lids.opening) {
        faults.add(
            &loaded.path,
            format!("{who}: the opening is {}", lids.opening),
            "0 is closed, 1 as open as in the neutral face",
        );
    }
    // A closed eye has no gap, an open one has: margins have some thickness, and eyes differ in height.
    if lids.opening < 0.05 && lids.gap_mm > 3.0 || lids.opening > 0.5 && lids.gap_mm < 1.0 {
        faults.add(
            &loaded.path,
            format!("{who}: the opening is {:.3}", lids.opening),
            format!("its lids are {:.2} mm apart", lids.gap_mm),
        );
    }
    if !(0.0 < lids.pupil_radius_mm && lids.pupil_radius_mm < lids.iris_radius_mm) {
        faults.add(
            &loaded.path,
            format!("{who}: the pupil's radius is {} mm", lids.pupil_radius_mm),
            format!("it lies within an iris of {} mm", lids.iris_radius_mm),
        );
    }
}

/// The right eye's labels belong to the right eye, and one face's eyes are alike.
fn both_eyes(loaded: &Loaded, person: &PersonLabels, faults: &mut Faults) {
    let who = format!("person {}", person.instance);
    if let (Some(head), Some([right, left])) = (&person.head_pose, &person.gaze) {
        let head_from_world = rotation(head.world_from_head).transpose();
        let across = head_from_world
            * (DVec3::from(left.centre_world_m) - DVec3::from(right.centre_world_m));
        if across.x <= 0.0 {
            faults.add(
                &loaded.path,
                format!("{who}: the right eye lies to the left of the left eye"),
                "the right eye comes first",
            );
        }
    }
    if let (Some(gaze), Some(lids)) = (&person.gaze, &person.eyelids) {
        for (own, side) in ["right", "left"].into_iter().enumerate() {
            let corner = DVec3::from(lids[own].outer_corner_world_m);
            let to = |eye: usize| corner.distance(gaze[eye].centre_world_m.into());
            if to(own) > to(1 - own) {
                faults.add(
                    &loaded.path,
                    format!("{who}: the lids of the {side} eye lie at the other eye"),
                    "the right eye comes first",
                );
            }
        }
    }
    if let Some([right, left]) = &person.eyelids {
        // Gap at the opening of the neutral face; says nothing for nearly closed eyes.
        let whole = |e: &Eyelids| e.gap_mm / e.opening;
        if right.opening > 0.4 && left.opening > 0.4 {
            let ratio = whole(right) / whole(left);
            if !(0.5..=2.0).contains(&ratio) {
                faults.add(
                    &loaded.path,
                    format!(
                        "{who}: openings {:.2} and {:.2}",
                        right.opening, left.opening
                    ),
                    format!(
                        "the lids are {:.2} and {:.2} mm apart",
                        right.gap_mm, left.gap_mm
                    ),
                );
            }
        }
    }
}
