//! Frames that follow each other: flow and masks agree with what the next frame says, and planted faults are found.

mod common;

use common::{FACING, Made, Pose, files_of, scene};
use glam::{DVec2, DVec3};
use label::annotations;
use label::verify::{Fault, File, follow, verify};
use population::Row;
use scene::{Camera, Scene, read, write};

const SIZE: u32 = 160;
const STEP: DVec3 = DVec3::new(0.02, 0.01, 0.0);
const BEHIND_BOARD: Pose = Pose {
    wall: true,
    board: true,
    size_px: SIZE,
    ..FACING
};

fn row(frame: u32) -> Row {
    Row::new(17 + u64::from(frame), 8)
        .with("sequence.seconds", 1.0)
        .with("sequence.fps", 20.0)
        .with("sequence.time_s", f64::from(17 + frame) / 20.0)
}

/// The person moves by `step`, which is what the camera sees when it moves the other way.
fn moved(pose: Pose, step: DVec3) -> Scene {
    let scene = scene(pose);
    let camera = Camera {
        position: scene.camera.position - step,
        ..scene.camera.clone()
    };
    Scene { camera, ..scene }
}

fn frames(pose: Pose, step: DVec3) -> [Made; 2] {
    let next = moved(pose, step);
    [
        files_of(pose, scene(pose), &row(0), Some(&next)),
        files_of(pose, moved(pose, step), &row(1), Some(&next)),
    ]
}

fn with_flow(files: &[File], change: impl Fn(usize, [f32; 3]) -> [f32; 3]) -> Vec<File> {
    let mut files = files.to_vec();
    let file = files
        .iter_mut()
        .find(|f| f.folder == "flow")
        .expect("written");
    let [dx, dy, seen] = flow_of(std::slice::from_ref(file));
    let mut out = [Vec::new(), Vec::new(), Vec::new()];
    for i in 0..dx.len() {
        let changed = change(i, [dx[i], dy[i], seen[i]]);
        (0..3).for_each(|k| out[k].push(changed[k]));
    }
    file.bytes = write::exr_layers(
        SIZE,
        SIZE,
        &[("DX", &out[0]), ("DY", &out[1]), ("SEEN", &out[2])],
    );
    files
}

/// Right, down, seen.
fn flow_of(files: &[File]) -> [Vec<f32>; 3] {
    let file = files.iter().find(|f| f.folder == "flow").expect("written");
    ["DX", "DY", "SEEN"].map(|name| {
        read::exr_channel(&file.bytes, name)
            .expect("own file")
            .samples
    })
}

fn says(faults: &[Fault], what: &str) -> bool {
    faults.iter().any(|f| f.to_string().contains(what))
}

#[test]
fn flow_is_the_projection_of_what_moved_and_verify_finds_no_fault() {
    for pose in [FACING, BEHIND_BOARD] {
        let [here, there] = frames(pose, STEP);
        assert_eq!(verify(17, &here.files), []);
        assert_eq!(follow(17, &here.files, &there.files), []);
        let [dx, dy, seen] = flow_of(&here.files);
        let camera = &here.scene.camera;
        let mut checked = 0;
        for (i, depth) in here
            .layers
            .depth_m
            .iter()
            .enumerate()
            .filter(|(_, d)| **d > 0.0)
        {
            let pixel = DVec2::new(
                f64::from(i as u32 % SIZE) + 0.5,
                f64::from(i as u32 / SIZE) + 0.5,
            );
            let point = camera.at_depth(pixel, f64::from(*depth)).expect("in front");
            let (to, _) = there.scene.camera.project(point).expect("in front");
            let said = DVec2::new(f64::from(dx[i]), f64::from(dy[i]));
            assert!((to - pixel - said).length() < 0.01, "pixel {i}");
            checked += usize::from(seen[i] == 1.0);
        }
        assert!(checked > 5000, "{checked}");
    }
}

#[test]
fn what_goes_behind_a_board_is_not_seen_any_more() {
    let [here, there] = frames(BEHIND_BOARD, STEP * 12.0);
    let [_, _, seen] = flow_of(&here.files);
    let lost = seen
        .iter()
        .zip(&here.layers.instance)
        .filter(|(seen, instance)| **seen == 0.0 && **instance == 1)
        .count();
    // The camera goes a quarter of a metre to the side.
    assert!(lost > 100, "{lost}");
    let (share, later) = (
        here.labels.people[0].visible_share,
        there.labels.people[0].visible_share,
    );
    assert!(
        share.is_some_and(|share| (0.2..0.9).contains(&share)),
        "{share:?}"
    );
    assert_ne!(share, later);
}

#[test]
fn flow_that_is_shifted_or_stands_still_is_found() {
    let [here, there] = frames(FACING, STEP);
    let still = with_flow(&here.files, |_, [_, _, seen]| [0.0, 0.0, seen]);
    assert!(says(
        &follow(17, &still, &there.files),
        "the landmark moves by"
    ));
    let shifted = with_flow(&here.files, |_, [dx, dy, seen]| [dx + 5.0, dy, seen]);
    let faults = follow(17, &shifted, &there.files);
    assert!(says(&faults, "the landmark moves by"), "{faults:?}");
    assert!(says(&faults, "somebody else"), "{faults:?}");
    let broken = with_flow(&here.files, |i, flow| {
        if i == 9 { [f32::NAN, 0.0, 1.0] } else { flow }
    });
    assert!(says(&verify(17, &broken), "flow is finite"));
    // Frames of other sequences say nothing about each other.
    let mut other = there.files.clone();
    let file = other
        .iter_mut()
        .find(|f| f.folder == "annotations")
        .expect("written");
    let mut labels = annotations::read(&file.bytes).expect("own file");
    labels.moment = labels
        .moment
        .map(|m| annotations::Moment { sequence: 99, ..m });
    file.bytes = annotations::write(&labels).expect("finite");
    assert_eq!(follow(17, &shifted, &other), []);
}

#[test]
fn a_mask_that_lacks_somebody_and_a_wrong_share_are_found() {
    let [here, _] = frames(BEHIND_BOARD, STEP);
    let mut files = here.files.clone();
    let file = files
        .iter_mut()
        .find(|f| f.folder == "amodal")
        .expect("written");
    file.bytes = write::png_grey16(SIZE, SIZE, &vec![0; (SIZE * SIZE) as usize]);
    let faults = verify(17, &files);
    assert!(says(&faults, "lacks person 1"), "{faults:?}");
    assert!(says(&faults, "the masks have"), "{faults:?}");
}
