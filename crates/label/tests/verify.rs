//! No fault in a clean sample; each planted fault is found.

mod common;

use common::{FACING, Made, Pose, make, make_seen};
use label::annotations::{self, SampleLabels};
use label::verify::{Fault, File, verify};
use scene::camera::{Band, Camera, Distortion, Shutter};
use scene::{read, write};

const TURNED: Pose = Pose {
    yaw_deg: 35.0,
    pitch_deg: -10.0,
    gaze_yaw_deg: -15.0,
    ..FACING
};

fn clean() -> Made {
    make(TURNED)
}

/// Faults after one file of a clean sample was changed.
fn after(folder: &str, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Fault> {
    let mut files: Vec<File> = clean().files;
    let file = files
        .iter_mut()
        .find(|f| f.folder == folder)
        .expect("written");
    let changed = change(&file.bytes);
    assert_ne!(changed, file.bytes, "the fault was not planted");
    file.bytes = changed;
    verify(17, &files)
}

fn after_edit(edit: impl Fn(&mut SampleLabels)) -> Vec<Fault> {
    after("annotations", |bytes| {
        let mut labels = annotations::read(bytes).expect("own file");
        edit(&mut labels);
        annotations::write(&labels).expect("finite")
    })
}

#[track_caller]
fn found(faults: &[Fault], what: &str) {
    assert!(
        faults.iter().any(|f| f.to_string().contains(what)),
        "no fault says `{what}`: {faults:#?}"
    );
}

/// Moves a picture to the right.
fn shifted<T: Copy + Default>(pixels: &[T], width: usize, channels: usize, by: usize) -> Vec<T> {
    let row = width * channels;
    pixels
        .chunks(row)
        .flat_map(|r| {
            std::iter::repeat_n(T::default(), by * channels)
                .chain(r[..row - by * channels].iter().copied())
        })
        .collect()
}

#[test]
fn clean_samples_have_no_fault() {
    let poses = [
        FACING,
        TURNED,
        Pose {
            wall: true,
            ..TURNED
        },
        Pose {
            yaw_deg: -70.0,
            ..FACING
        },
        Pose {
            pitch_deg: 30.0,
            wall: true,
            ..FACING
        },
        Pose {
            yaw_deg: 160.0,
            ..FACING
        },
        Pose {
            board: true,
            wall: true,
            ..FACING
        },
        Pose {
            size_px: 320,
            ..TURNED
        },
        Pose {
            size_px: 64,
            ..TURNED
        },
    ];
    for pose in poses {
        let faults = verify(17, &make(pose).files);
        assert!(faults.is_empty(), "{pose:?}: {faults:#?}");
    }
}

#[test]
fn a_joint_that_moved_or_is_called_seen_through_a_wall_is_found() {
    let moved = after_edit(|l| {
        let points = l.people[0].keypoints.as_mut().expect("asked for");
        points[9].px = points[9].px.map(|[x, y]| [x + 1.0, y]);
    });
    found(&moved, "key point 9 is drawn at");
    let swapped = after_edit(|l| l.people[0].hands.as_mut().expect("asked for").reverse());
    found(&swapped, "differ from the joints of the hands");
    // Much nearer to the skin than it says: then the flesh in front of it is somebody else's.
    let deep = after_edit(|l| {
        let points = l.people[0].keypoints.as_mut().expect("asked for");
        let seen = points[..17]
            .iter_mut()
            .filter(|p| p.visible && p.inset_m.is_some());
        for point in seen {
            point.world_m[2] -= 0.08;
        }
    });
    found(&deep, "of flesh are allowed");
}

#[test]
fn a_landmark_moved_by_a_pixel_in_the_picture_is_found() {
    let faults = after_edit(|l| {
        let points = l.people[0].landmarks.as_mut().expect("asked for");
        points[30].px = points[30].px.map(|[x, y]| [x + 1.0, y]);
    });
    found(&faults, "landmark 30 is drawn at");
}

#[test]
fn a_landmark_moved_in_the_world_is_found() {
    let faults =
        after_edit(|l| l.people[0].landmarks.as_mut().expect("asked for")[8].world_m[1] += 0.002);
    found(&faults, "landmark 8 lies at");
}

#[test]
fn a_landmark_moved_off_the_surface_with_all_its_positions_is_found() {
    let camera = clean().scene.camera;
    let faults = after_edit(|l| {
        let person = &mut l.people[0];
        for points in [&mut person.landmarks, &mut person.contour_landmarks] {
            let point = &mut points.as_mut().expect("asked for")[66];
            let world = glam::DVec3::from(point.world_m) + glam::DVec3::new(0.0, 0.0, 0.012);
            point.world_m = world.to_array();
            point.camera_m = camera.to_camera(world).to_array();
            point.px = camera.project(world).map(|(px, _)| px.to_array());
        }
    });
    found(&faults, "landmark 66 is called visible at");
}

#[test]
fn left_and_right_swapped_are_found_in_points_eyes_and_masks() {
    let faults = after_edit(|l| {
        l.people[0]
            .landmarks
            .as_mut()
            .expect("asked for")
            .swap(36, 45);
    });
    found(&faults, "landmark 36 lies to the person's left of 45");
    let faults = after_edit(|l| {
        l.people[0]
            .landmarks
            .as_mut()
            .expect("asked for")
            .swap(68, 69);
    });
    found(&faults, "landmark 68 lies to the person's left of 69");
    let faults = after_edit(|l| l.people[0].gaze.as_mut().expect("asked for").swap(0, 1));
    found(&faults, "the right eye lies to the left of the left eye");
    let faults = after_edit(|l| l.people[0].eyelids.as_mut().expect("asked for").swap(0, 1));
    found(&faults, "the lids of the right eye lie at the other eye");
    // Parsing and parts swapped together, so that only the landmarks can tell.
    let mut files = make(FACING).files;
    for (folder, pairs) in [
        ("parsing", &[(3, 4)][..]),
        ("parts", &[(3, 4), (35, 36), (37, 38)][..]),
    ] {
        let file = files
            .iter_mut()
            .find(|f| f.folder == folder)
            .expect("written");
        let mut raster = read::png_grey8(&file.bytes).expect("own file");
        for pixel in &mut raster.samples {
            for (a, b) in pairs {
                *pixel = if pixel == a {
                    *b
                } else if pixel == b {
                    *a
                } else {
                    continue;
                };
                break;
            }
        }
        file.bytes = write::png_grey8(raster.width, raster.height, &raster.samples);
    }
    found(&verify(17, &files), "the right eye (class 3) is centred at");
}

#[test]
fn a_mask_shifted_by_two_pixels_is_found_whichever_it_is() {
    for folder in ["parsing", "parts"] {
        let faults = after(folder, |bytes| {
            let r = read::png_grey8(bytes).expect("own file");
            write::png_grey8(
                r.width,
                r.height,
                &shifted(&r.samples, r.width as usize, 1, 2),
            )
        });
        found(&faults, "its part");
    }
    let faults = after("instances", |bytes| {
        let r = read::png_grey16(bytes).expect("own file");
        write::png_grey16(
            r.width,
            r.height,
            &shifted(&r.samples, r.width as usize, 1, 2),
        )
    });
    found(&faults, "background and 0 go together");
    found(&faults, "the person box is");
    let faults = after("depth", |bytes| {
        let r = read::exr_channel(bytes, "Z").expect("own file");
        write::exr_layers(
            r.width,
            r.height,
            &[("Z", &shifted(&r.samples, r.width as usize, 1, 2))],
        )
    });
    found(&faults, "has no depth");
    let faults = after("normals", |bytes| {
        let r = read::png_rgb16(bytes).expect("own file");
        write::png_rgb16(
            r.width,
            r.height,
            &shifted(&r.samples, r.width as usize, 3, 2),
        )
    });
    found(&faults, "has no normal");
}

#[test]
fn all_masks_shifted_together_are_found_in_front_of_a_wall() {
    let mut files = make(Pose {
        wall: true,
        ..FACING
    })
    .files;
    for file in &mut files {
        match file.folder.as_str() {
            "parsing" | "parts" => {
                let r = read::png_grey8(&file.bytes).expect("own file");
                file.bytes = write::png_grey8(
                    r.width,
                    r.height,
                    &shifted(&r.samples, r.width as usize, 1, 2),
                );
            }
            "instances" => {
                let r = read::png_grey16(&file.bytes).expect("own file");
                file.bytes = write::png_grey16(
                    r.width,
                    r.height,
                    &shifted(&r.samples, r.width as usize, 1, 2),
                );
            }
            _ => {}
        }
    }
    let faults = verify(17, &files);
    found(&faults, "the face box is");
}

#[test]
fn normals_of_another_surface_are_found() {
    let faults = after("normals", |bytes| {
        let r = read::png_rgb16(bytes).expect("own file");
        let mirrored: Vec<u16> = r
            .samples
            .chunks_exact(3)
            .flat_map(|n| {
                if n == [0, 0, 0] {
                    [0; 3]
                } else {
                    [65535 - n[0], n[1], n[2]]
                }
            })
            .collect();
        write::png_rgb16(r.width, r.height, &mirrored)
    });
    found(&faults, "normals are a median");
}

#[test]
fn a_box_that_is_not_tight_is_found() {
    let faults = after_edit(|l| {
        l.people[0]
            .boxes
            .as_mut()
            .expect("asked for")
            .face
            .as_mut()
            .expect("seen")
            .0[2] += 1.0;
    });
    found(&faults, "the face box is");
    let faults = after_edit(|l| {
        l.people[0]
            .boxes
            .as_mut()
            .expect("asked for")
            .head_amodal
            .as_mut()
            .expect("there")
            .0[0] += 5.0;
    });
    found(&faults, "the amodal head box is");
}

#[test]
fn contour_points_off_the_silhouette_or_off_the_jaw_are_found() {
    let camera = clean().scene.camera;
    let place = move |point: &mut annotations::Landmark, world: glam::DVec3| {
        point.world_m = world.to_array();
        point.camera_m = camera.to_camera(world).to_array();
        point.px = camera.project(world).map(|(px, _)| px.to_array());
    };
    let faults = after_edit(|l| {
        let cheek = l.people[0].landmarks.as_ref().expect("asked for")[41];
        place(
            &mut l.people[0].contour_landmarks.as_mut().expect("asked for")[14],
            glam::DVec3::from(cheek.world_m) - glam::DVec3::Y * 0.018,
        );
    });
    found(&faults, "contour landmark 14 lies at");
    let faults = after_edit(|l| {
        l.people[0]
            .contour_landmarks
            .as_mut()
            .expect("asked for")
            .swap(20, 21);
    });
    found(&faults, "contour landmark 20 differs from landmark 20");
}

#[test]
fn visibility_flags_that_are_wrong_are_found() {
    let x_ray_hidden = after_edit(|l| {
        for point in l.people[0].landmarks.as_mut().expect("asked for") {
            point.visible = point.inside;
        }
    });
    found(&x_ray_hidden, "landmark 16 is called visible");
    let outside =
        after_edit(|l| l.people[0].landmarks.as_mut().expect("asked for")[30].inside = false);
    found(&outside, "landmark 30 is called outside the picture");
}

#[test]
fn angles_axes_and_lids_that_contradict_their_points_are_found() {
    let faults = after_edit(|l| l.people[0].head_pose.as_mut().expect("asked for").yaw_deg += 1.0);
    found(&faults, "yaw, pitch and roll of the head are");
    let faults = after_edit(|l| {
        l.people[0]
            .head_pose
            .as_mut()
            .expect("asked for")
            .camera_from_head[0][0] += 0.01;
    });
    found(&faults, "`camera_from_head` is no rotation");
    let faults =
        after_edit(|l| l.people[0].gaze.as_mut().expect("asked for")[0].pupil_world_m[0] += 0.002);
    found(&faults, "the optical axis is");
    let faults =
        after_edit(|l| l.people[0].gaze.as_mut().expect("asked for")[1].yaw_head_deg += 0.5);
    found(&faults, "yaw and pitch relative to the head are");
    let faults = after_edit(|l| l.people[0].eyelids.as_mut().expect("asked for")[1].opening = 0.0);
    found(&faults, "the opening is 0.000");
    let faults = after_edit(|l| l.people[0].eyelids.as_mut().expect("asked for")[0].gap_mm += 0.5);
    found(&faults, "`gap_mm` is");
    let faults = after_edit(|l| l.camera.as_mut().expect("asked for").focal_px[0] += 5.0);
    found(&faults, "its 3D position projects to");
}

#[test]
fn missing_damaged_and_foreign_files_are_found() {
    let mut files = clean().files;
    files.retain(|f| f.folder != "depth");
    found(
        &verify(17, &files),
        "sample 17, depth: no file, but `depth` is among the labels",
    );
    found(
        &after("parts", |bytes| bytes[..bytes.len() / 2].to_vec()),
        "the picture should open",
    );
    found(
        &after("images", |_| write::png_rgb8(2, 2, &[0; 12])),
        "2 × 2 pixels, but the annotations say 160 × 160",
    );
    found(
        &after("annotations", |bytes| bytes[..100].to_vec()),
        "no annotations file",
    );
    found(
        &verify(18, &clean().files),
        "labels of sample 17, but the file belongs to sample 18",
    );
}

#[test]
fn faults_name_sample_file_and_both_sides() {
    let faults = after_edit(|l| l.people[0].boxes.as_mut().expect("asked for").person = None);
    let text = faults.first().expect("a fault").to_string();
    assert!(text.starts_with("sample 17, annotations/000000017.json: person 1: the person box is absent, but the tight box of its pixels is ["), "{text}");
}

/// From 32 cm, with the head half a radian off the axis.
fn near_and_wide(camera: &mut Camera) {
    let size = f64::from(camera.width_px);
    camera.position.z -= 0.5;
    camera.camera_from_world = glam::DMat3::from_rotation_y(-0.35)
        * glam::DMat3::from_rotation_x(0.3)
        * camera.camera_from_world;
    camera.focal_px = glam::DVec2::splat(0.75 * size);
}

fn fisheye(camera: &mut Camera) {
    near_and_wide(camera);
    camera.distortion = Distortion::KannalaBrandt {
        coefficients: [-0.25, 0.03, 0.0, 0.0],
    };
}

fn barrel(camera: &mut Camera) {
    near_and_wide(camera);
    camera.distortion = Distortion::BrownConrady {
        radial: [-0.3, 0.1, -0.012, 0.0, 0.0, 0.0],
        tangential: [0.01, -0.008],
    };
}

/// Rows are read while the camera flies and turns: the picture is sheared by about a quarter of the face.
fn rolling(camera: &mut Camera) {
    camera.shutter = Shutter {
        exposure_s: 0.01,
        readout_s: 0.05,
        velocity_m_per_s: glam::DVec3::new(0.6, -0.4, 0.5),
        angular_velocity_rad_per_s: glam::DVec3::new(0.3, 0.8, 1.5),
    };
}

fn everything(camera: &mut Camera) {
    fisheye(camera);
    rolling(camera);
    camera.band = Band::NearInfrared;
}

const CAMERAS: [fn(&mut Camera); 4] = [fisheye, barrel, rolling, everything];

#[test]
fn samples_of_bending_lenses_and_rolling_shutters_have_no_fault() {
    let large = |pose: Pose| Pose {
        size_px: 320,
        ..pose
    };
    for camera in CAMERAS {
        for pose in [
            large(FACING),
            large(TURNED),
            large(Pose {
                yaw_deg: -60.0,
                wall: true,
                ..FACING
            }),
            large(Pose {
                board: true,
                pitch_deg: 25.0,
                ..FACING
            }),
        ] {
            let made = make_seen(pose, camera);
            let faults = verify(17, &made.files);
            assert!(faults.is_empty(), "{pose:?}: {faults:#?}");
            let person = &made.labels.people[0];
            let points = person.landmarks.as_ref().expect("asked for");
            assert!(
                points.iter().all(|p| p.inside),
                "the face is in the picture"
            );
            assert!(points.iter().filter(|p| p.visible).count() > 20);
            let label = made.labels.camera.as_ref().expect("asked for");
            assert_eq!(label.to_camera(320, 320), made.scene.camera);
        }
    }
}

#[test]
fn a_lens_or_shutter_that_the_camera_did_not_have_is_found() {
    for (camera, what) in [
        (fisheye as fn(&mut Camera), "its 3D position projects to"),
        (barrel, "its 3D position projects to"),
        (rolling, "its 3D position projects to"),
    ] {
        let made = make_seen(
            Pose {
                size_px: 320,
                ..TURNED
            },
            camera,
        );
        let mut files = made.files.clone();
        let file = files
            .iter_mut()
            .find(|f| f.folder == "annotations")
            .expect("written");
        let mut labels = annotations::read(&file.bytes).expect("own file");
        let label = labels.camera.as_mut().expect("asked for");
        (label.distortion, label.shutter) = (None, None);
        file.bytes = annotations::write(&labels).expect("finite");
        found(&verify(17, &files), what);

        // Every point as a lens without distortion would draw it, consistently: only the pixels can tell.
        let mut files = made.files.clone();
        let file = files
            .iter_mut()
            .find(|f| f.folder == "annotations")
            .expect("written");
        let straight = label_without_bend(&made);
        file.bytes = annotations::write(&straight).expect("finite");
        let faults = verify(17, &files);
        assert!(!faults.is_empty());
    }
}

/// Labels of the same scene as a plain pinhole would have them.
fn label_without_bend(made: &Made) -> SampleLabels {
    let mut labels = made.labels.clone();
    let label = labels.camera.as_mut().expect("asked for");
    (label.distortion, label.shutter) = (None, None);
    let camera = label.to_camera(320, 320);
    let person = &mut labels.people[0];
    for points in [&mut person.landmarks, &mut person.contour_landmarks] {
        for point in points.as_mut().expect("asked for") {
            point.px = camera
                .project(point.world_m.into())
                .map(|(px, _)| px.to_array());
            point.inside = point
                .px
                .is_some_and(|px| px.iter().all(|v| (0.0..320.0).contains(v)));
            point.visible &= point.inside;
        }
    }
    labels
}

#[test]
fn a_plain_camera_says_nothing_of_lens_shutter_and_band() {
    let text = String::from_utf8(
        clean()
            .files
            .iter()
            .find(|f| f.folder == "annotations")
            .expect("written")
            .bytes
            .clone(),
    )
    .expect("json");
    for word in ["distortion", "shutter", "band"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn moved_outlines_glints_axes_and_classes_of_eyes_are_found() {
    fn eye(labels: &mut SampleLabels) -> &mut label::eyes::EyeLabel {
        &mut labels.people[0].eyes.as_mut().expect("asked for")[1]
    }
    assert_eq!(verify(17, &clean().files), []);
    let faults = after_edit(|labels| {
        let pupil = eye(labels).pupil.as_mut().expect("in front");
        pupil.centre_px[0] += 3.0;
    });
    found(&faults, "rays through the outline of the pupil miss");
    let faults = after_edit(|labels| {
        let glint = &mut eye(labels).glints[0];
        glint.px.as_mut().expect("on the cornea")[1] += 1.0;
    });
    found(&faults, "does not mirror that lamp there");
    let faults = after_edit(|labels| eye(labels).glints[0].led = 4);
    found(&faults, "glints come in the order of their lamps");
    let faults = after_edit(|labels| eye(labels).visual_axis_world = [0.6, 0.0, 0.8]);
    found(&faults, "the line of sight lies");
    let faults = after_edit(|labels| {
        let pupil = &mut eye(labels).pupil_world_m;
        pupil[2] += 0.001;
    });
    found(&faults, "`eyes` and `gaze` of the left eye differ");
    let faults = after("eye_parsing", |bytes| {
        let mut mask = read::png_grey8(bytes).expect("own file");
        let pixel = mask.samples.iter_mut().find(|class| **class == 1);
        *pixel.expect("a sclera is seen") = 3;
        write::png_grey8(mask.width, mask.height, &mask.samples)
    });
    found(&faults, "makes it class 1");
}
