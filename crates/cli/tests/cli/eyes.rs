//! Eyes from inside a headset: pictures whose labels hold, and a cornea that shifts what lies behind it.

use std::fs;

use label::annotations;

use crate::support::{folder_with, json, populace, run, succeed};

/// One right eye that looks to the side, without lids in its way.
const EYES: &str = "\
populace: 1
name: eyes
stage: people
count: 3
seed: 5
population:
  age_years: {range: [20, 50]}
  eyewear: none
  hair.style: bald
  expression: surprise
  expression.intensity: 0.6
  eyes.pupil_mm: 3
  gaze.target: direction
  gaze.yaw_deg: -18
  gaze.pitch_deg: {range: [-4, 4]}
camera: {rig: headset/on_axis, wavelength: near_infrared, width_px: 200, height_px: 240}
light: {illuminator_w_per_sr: 0.01}
labels: [parts, gaze, eyes, eye_parsing, camera]
quality: {samples_per_pixel: 1, denoise: none}
";

fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[test]
fn labels_of_near_eyes_hold_and_follow_the_cornea() {
    let folder = folder_with(EYES);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-q", "-o", "eyes"]));
    let ran = run(populace(folder.path()).args(["verify", "eyes", "--json"]));
    assert_eq!(json(&ran.stdout)["sound"], true, "{}", ran.stdout);
    let set = folder.path().join("eyes");
    let mut glints = 0;
    for sample in 0..3 {
        let read = |name: String| fs::read(set.join(name)).expect("a file of the sample");
        let labels =
            annotations::read(&read(format!("annotations/{sample:09}.json"))).expect("annotations");
        let mask =
            scene::read::png_grey8(&read(format!("eye_parsing/{sample:09}.png"))).expect("a mask");
        let [right, _] = labels.people[0].eyes.as_ref().expect("eyes");
        let ellipse = right.pupil.expect("it is in front of the camera");
        let (mut sum, mut count) = ([0.0; 2], 0.0);
        for (i, class) in mask.samples.iter().enumerate() {
            if *class == 3 {
                sum[0] += (i % 200) as f64 + 0.5;
                sum[1] += (i / 200) as f64 + 0.5;
                count += 1.0;
            }
        }
        let area = std::f64::consts::PI * ellipse.semi_axes_px[0] * ellipse.semi_axes_px[1];
        assert!(
            (count / area - 1.0).abs() < 0.05,
            "sample {sample}: {count} pixels in an ellipse of {area:.0}"
        );
        let (centre, middle) = (ellipse.centre_px, sum.map(|s| s / count));
        assert!(apart(centre, middle) < 0.5, "{centre:?} {middle:?}");
        // Without a cornea the pupil would be seen elsewhere, and smaller.
        let camera = labels
            .camera
            .as_ref()
            .expect("a camera")
            .to_camera(200, 240);
        let (straight, _) = camera
            .project(right.pupil_world_m.into())
            .expect("in front of the camera");
        assert!(
            apart(centre, straight.into()) > 1.0,
            "{centre:?} {straight}"
        );
        glints += right.glints.iter().filter(|glint| glint.visible).count();
    }
    assert!(glints >= 9, "{glints} of 24 glints are seen");
}

#[test]
fn a_distant_eye_is_not_bent() {
    let far = EYES
        .replace("headset/on_axis", "portrait")
        .replace("illuminator_w_per_sr: 0.01", "illuminator_w_per_sr: 1")
        .replace("count: 3", "count: 1");
    let folder = folder_with(&far);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-q", "-o", "eyes"]));
    let text = fs::read(folder.path().join("eyes/annotations/000000000.json")).expect("a file");
    let labels = annotations::read(&text).expect("annotations");
    for eye in labels.people[0].eyes.as_ref().expect("eyes") {
        assert_eq!(eye.cornea.index, 1.0);
        assert!(eye.glints.is_empty());
        let camera = labels
            .camera
            .as_ref()
            .expect("a camera")
            .to_camera(200, 240);
        let (straight, _) = camera.project(eye.pupil_world_m.into()).expect("in front");
        let ellipse = eye.pupil.expect("in front");
        assert!(apart(ellipse.centre_px, straight.into()) < 0.05);
    }
}
