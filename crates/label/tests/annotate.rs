//! Labels of a person of ellipsoids against what geometry says.

mod common;

use common::{FACING, Pose, SKULL, make};
use glam::DVec3;
use label::annotations::Landmark;

fn points(made: &common::Made) -> (&[Landmark], &[Landmark]) {
    let person = &made.labels.people[0];
    (
        person.landmarks.as_deref().expect("asked for"),
        person.contour_landmarks.as_deref().expect("asked for"),
    )
}

#[test]
fn a_face_that_faces_the_camera_shows_all_its_points_and_both_pupils() {
    let made = make(FACING);
    let (x_ray, contour) = points(&made);
    assert_eq!((x_ray.len(), contour.len()), (70, 68));
    let hidden: Vec<usize> = (0..70).filter(|i| !x_ray[*i].visible).collect();
    assert_eq!(hidden, [0_usize; 0], "hidden landmarks");
    let pose = made.labels.people[0].head_pose.expect("asked for");
    assert!(
        pose.yaw_deg.abs() + pose.pitch_deg.abs() + pose.roll_deg.abs() < 1e-3,
        "{pose:?}"
    );
    // The person's right eye is on the picture's left.
    let (right, left) = (
        x_ray[68].px.expect("in front"),
        x_ray[69].px.expect("in front"),
    );
    assert!(right[0] < 80.0 && left[0] > 80.0);
}

#[test]
fn the_contour_of_a_face_that_faces_the_camera_stays_at_the_jaw_line() {
    let made = make(FACING);
    let (x_ray, contour) = points(&made);
    for i in 0..17 {
        let (a, b) = (
            DVec3::from(x_ray[i].world_m),
            DVec3::from(contour[i].world_m),
        );
        assert!(
            a.distance(b) < 0.004,
            "jaw point {i} moved {} m",
            a.distance(b)
        );
    }
}

#[test]
fn the_contour_of_a_turned_face_follows_the_far_cheek_and_keeps_the_near_jaw_line() {
    for yaw_deg in [30.0, 45.0, -40.0] {
        let made = make(Pose { yaw_deg, ..FACING });
        let (x_ray, contour) = points(&made);
        // Turned to the left: the left side is far.
        let far: Vec<usize> = if yaw_deg > 0.0 {
            (12..17).collect()
        } else {
            (0..5).collect()
        };
        let person = &made.scene.annotations.people[0];
        for i in 0..17 {
            let mirrored = 16 - i;
            if far.contains(&i) {
                let world = DVec3::from(contour[i].world_m);
                let head = person.head.world_from_head.transpose() * (world - person.head.origin);
                let normal = ((head - SKULL.0) / (SKULL.1 * SKULL.1)).normalize();
                let view = person.head.world_from_head.transpose()
                    * (made.scene.camera.position - world).normalize();
                assert!(
                    normal.dot(view).abs() < 0.06,
                    "{yaw_deg}°: point {i} is not on the rim: {}",
                    normal.dot(view)
                );
                assert!(
                    contour[i].visible,
                    "{yaw_deg}°: contour point {i} is hidden"
                );
                assert!(!x_ray[i].visible, "{yaw_deg}°: x-ray point {i} is visible");
                let outwards = (contour[i].px.expect("in front")[0]
                    - x_ray[i].px.expect("in front")[0])
                    * yaw_deg.signum();
                assert!(
                    outwards > 0.5,
                    "{yaw_deg}°: point {i} moved by {outwards} px"
                );
            }
            if far.contains(&mirrored) {
                assert_eq!(contour[i], x_ray[i], "{yaw_deg}°: near point {i}");
            }
        }
    }
}

#[test]
fn what_lies_in_front_hides_points_and_pixels_but_not_amodal_boxes() {
    let free = make(FACING);
    let made = make(Pose {
        board: true,
        ..FACING
    });
    let (x_ray, _) = points(&made);
    assert!(!x_ray[45].visible && x_ray[45].inside && !x_ray[69].visible);
    assert!(x_ray[36].visible && x_ray[68].visible);
    let (whole, half) = (
        free.labels.people[0].boxes.expect("asked for"),
        made.labels.people[0].boxes.expect("asked for"),
    );
    assert_eq!(whole.face_amodal, half.face_amodal);
    let (whole, half) = (whole.face.expect("seen"), half.face.expect("seen"));
    assert!(half.area() < 0.7 * whole.area());
}

#[test]
fn an_eye_that_looks_left_has_its_axis_and_pupil_there() {
    let made = make(Pose {
        gaze_yaw_deg: 20.0,
        yaw_deg: 10.0,
        ..FACING
    });
    let gaze = made.labels.people[0].gaze.expect("asked for");
    for eye in gaze {
        assert!(
            (eye.yaw_head_deg - 20.0).abs() < 1e-3 && (eye.yaw_camera_deg - 30.0).abs() < 1e-3,
            "{eye:?}"
        );
    }
}

#[test]
fn scalars_have_the_same_names_for_every_sample() {
    let names = |pose| {
        let made = make(pose);
        label::scalars(&made.labels, &made.layers)
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(FACING),
        names(Pose {
            yaw_deg: 180.0,
            ..FACING
        })
    );
}

#[test]
fn the_same_scene_gives_the_same_files() {
    let bytes = || {
        make(Pose {
            yaw_deg: 20.0,
            size_px: 48,
            ..FACING
        })
        .files
        .into_iter()
        .map(|f| f.bytes)
        .collect::<Vec<_>>()
    };
    assert_eq!(bytes(), bytes());
}
