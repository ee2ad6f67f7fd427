//! Sequences and several people: frames agree with each other, any of them can be made again alone, and exchange formats have them in order.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use dataset::Reader;
use label::annotations::{self, SampleLabels};
use tempfile::TempDir;

use crate::support::{folder_with, json, populace, run, succeed};

/// Two people of three frames each, one of whom walks.
const RECIPE: &str = "\
populace: 1
name: passing
stage: people
count: 2
seed: 31
population: {pose.posture: walking, place.kind: room, crowd.count: 1, pose.moment: 0.2}
sequence: {seconds: 0.6, fps: 5}
camera: {rig: full_body, width_px: 96, height_px: 96, distance_m: 4, yaw_deg: 90}
quality: {samples_per_pixel: 1}
labels: [boxes, instances, depth, camera, landmarks, keypoints, action, flow, amodal, eyelids]
";

static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = folder_with(RECIPE);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "set"]));
    folder
});

fn labels(set: &Path, sample: u64) -> SampleLabels {
    let file = set.join(format!("annotations/{sample:09}.json"));
    annotations::read(&fs::read(file).expect("annotations")).expect("own file")
}

#[test]
fn people_keep_who_they_are_and_walk_and_verify_finds_no_fault() {
    let folder = MADE.path();
    let answer = json(&succeed(populace(folder).args(["verify", "set", "--json"])));
    assert_eq!(answer["samples"], 6);
    assert_eq!(answer["faults"], serde_json::json!([]));
    let set = folder.join("set");
    let all: Vec<SampleLabels> = (0..6).map(|sample| labels(&set, sample)).collect();
    for (i, frame) in all.iter().enumerate() {
        let moment = frame.moment.expect("a sequence");
        assert_eq!(
            (moment.sequence, moment.frame, moment.frames),
            (i as u64 / 3, i as u64 % 3, 3)
        );
        assert_eq!(
            frame.people.iter().map(|p| p.instance).collect::<Vec<_>>(),
            [1, 2]
        );
        let first = &all[i / 3 * 3];
        assert_eq!(frame.camera, first.camera, "the camera stands still");
        for (one, before) in frame.people.iter().zip(&first.people) {
            assert_eq!(one.measured, before.measured, "bodies stay the same");
            assert_eq!(
                one.action.as_ref().map(|a| a.name.as_str()),
                Some("walking")
            );
            // Hips: halfway between points 11 and 12.
            let hips = |p: &annotations::PersonLabels| {
                p.keypoints
                    .as_ref()
                    .map(|k| between(&k[11].world_m, &k[12].world_m))
                    .expect("asked for")
            };
            let (here, there) = (hips(one), hips(before));
            let gone = (here[0] - there[0]).hypot(here[2] - there[2]);
            let seconds = moment.time_s;
            assert!(
                gone >= 0.5 * seconds && gone <= 2.0 * seconds,
                "{gone} m in {seconds} s"
            );
        }
    }
    // Two draws are two pairs of people.
    assert_ne!(all[0].people[0].measured, all[3].people[0].measured);
    assert_ne!(all[0].people[0].measured, all[0].people[1].measured);
}

fn between(a: &[f64; 3], b: &[f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|k| 0.5 * (a[k] + b[k]))
}

#[test]
fn a_frame_is_made_again_alone_byte_for_byte() {
    let folder = folder_with("");
    let set = MADE.path().join("set");
    let answer = succeed(
        populace(folder.path())
            .arg("regen")
            .arg(&set)
            .args(["4", "-o", "again", "--json"]),
    );
    assert_eq!(json(&answer)["equal"], true, "{answer}");
}

#[test]
fn mot_has_a_folder_a_sequence_with_frames_from_one() {
    let folder = folder_with("");
    let set = MADE.path().join("set");
    succeed(
        populace(folder.path())
            .arg("export")
            .arg("mot")
            .arg(&set)
            .args(["-o", "mot"]),
    );
    for sequence in 0..2 {
        let one = folder.path().join(format!("mot/populace-{sequence:06}"));
        let about = fs::read_to_string(one.join("seqinfo.ini")).expect("written");
        assert!(
            about.contains("frameRate=5\nseqLength=3\nimWidth=96\n"),
            "{about}"
        );
        let boxes = fs::read_to_string(one.join("gt/gt.txt")).expect("written");
        let mut seen = [0; 3];
        for line in boxes.lines() {
            let fields: Vec<f64> = line
                .split(',')
                .map(|f| f.parse().expect("a number"))
                .collect();
            assert_eq!(fields.len(), 9, "{line}");
            assert!(
                (1.0..=3.0).contains(&fields[0]) && (1.0..=2.0).contains(&fields[1]),
                "{line}"
            );
            assert!((0.0..=1.0).contains(&fields[8]), "{line}");
            seen[fields[0] as usize - 1] += 1;
        }
        assert!(seen.iter().all(|count| *count >= 1), "{boxes}");
        for frame in 1..=3 {
            assert!(one.join(format!("img1/{frame:06}.png")).is_file());
        }
    }
    let rows = Reader::open(&set).expect("own set");
    assert_eq!(rows.len(), 6);
}

#[test]
fn films_need_ffmpeg_and_sequences() {
    let folder = folder_with("");
    let set = MADE.path().join("set");
    // A path without any program.
    let ran = run(populace(folder.path())
        .env("PATH", folder.path())
        .arg("export")
        .arg("video")
        .arg(&set)
        .args(["-o", "films"]));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`ffmpeg` cannot be run") && ran.stderr.contains("hint: install it"),
        "{}",
        ran.stderr
    );
    let still = crate::support::whole();
    let ran = run(populace(folder.path())
        .arg("export")
        .arg("video")
        .arg(still)
        .args(["-o", "films"]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("single pictures, no sequences"),
        "{}",
        ran.stderr
    );
}
