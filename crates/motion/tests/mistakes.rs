//! A bad file gets one sentence that says where and what.
mod support;

use motion::names::Mapping;
use motion::{acclaim, bvh};
use support::mutate::{AMC, ASF, person};

fn said(text: &str) -> String {
    match bvh::read(text.as_bytes()).and_then(|take| Mapping::detect(&take)) {
        Ok(_) => "fine".to_owned(),
        Err(error) => {
            assert!(!error.hint().is_empty());
            error.to_string()
        }
    }
}

#[test]
fn each_mistake_of_a_bvh_file_has_its_sentence() {
    let sound = String::from_utf8(person()).expect("text");
    assert_eq!(said(&sound), "fine");
    let lines = sound.lines().count();
    let change = |from: &str, to: &str| {
        assert!(sound.contains(from), "{from}");
        said(&sound.replacen(from, to, 1))
    };
    let motion = sound.lines().position(|l| l == "MOTION").expect("a motion") + 1;
    assert_eq!(
        change("Frames: 3", "Frames: 0"),
        format!("line {}: this clip has no frames", motion + 1)
    );
    assert_eq!(
        change("Frames: 3", "Frames: 4"),
        format!("line {lines}: the file ends after 3 of 4 frames")
    );
    assert_eq!(
        change("Frames: 3", "Frames: many"),
        format!("line {}: the number of frames is no number", motion + 1)
    );
    let time = format!("Frame Time: {}", 1.0_f32 / 30.0);
    assert_eq!(
        change(&time, "Frame Time: 0"),
        format!(
            "line {}: the frame time is not between 0.0001 and 10 seconds",
            motion + 2
        )
    );
    let last = sound.lines().last().expect("a line");
    let width = last.split_whitespace().count();
    let cut = sound.replace(
        last,
        last.rsplit_once(' ')
            .and_then(|(a, _)| a.rsplit_once(' '))
            .map_or("", |(a, _)| a),
    );
    assert_eq!(
        said(&cut),
        format!(
            "line {lines}: this frame has {} values where the skeleton has {width} channels",
            width - 1
        )
    );
    let mut words: Vec<&str> = last.split_whitespace().collect();
    words[4] = "nan";
    let nan = sound.replace(last, &words.join(" "));
    assert_eq!(
        said(&nan),
        format!("line {lines}: value 5 is not a finite number")
    );
    assert_eq!(
        said("MOTION\nFrames: 1\n"),
        "line 1: there is no skeleton: a BVH file begins with `HIERARCHY` and `ROOT`"
    );
    assert_eq!(
        said(""),
        "line 1: there is no skeleton: a BVH file begins with `HIERARCHY` and `ROOT`"
    );
    assert_eq!(
        change("JOINT LeftLeg", "JOINT LeftOar"),
        "the skeleton has no joint for left_lower_leg"
    );
    let without: String = sound
        .replace("JOINT Left", "JOINT Oar")
        .replace("JOINT Right", "JOINT Wing");
    assert_eq!(
        said(&without),
        "this is not a person as far as the names of its 22 joints tell"
    );
    assert_eq!(
        said(&sound.replacen("ROOT Hips", "ROOT Hips\n{\n}\nROOT Hips", 1)),
        "line 5: a second root stands where none can"
    );
}

#[test]
fn a_missing_joint_names_what_would_do() {
    let sound = String::from_utf8(person()).expect("text");
    let take =
        bvh::read(sound.replace("JOINT LeftLeg", "JOINT LeftOar").as_bytes()).expect("sound");
    let error = Mapping::detect(&take).expect_err("a leg is missing");
    assert_eq!(
        error.hint(),
        "names that would do are `left_leg`, `left_lowerleg`, `left_shin`, `left_tibia`, with the side before or behind; or say which it is with `--map FILE`: `left_lower_leg: THEIR_NAME`"
    );
}

#[test]
fn each_mistake_of_acclaim_files_has_its_sentence() {
    let skeleton = acclaim::read_skeleton(ASF.as_bytes()).expect("sound");
    let take = acclaim::read(AMC.as_bytes(), &skeleton, acclaim::CMU_FPS).expect("sound");
    assert_eq!((take.frames, take.joints.len()), (2, 3));
    assert_eq!(take.metre_per_unit, Some(0.0254 / 0.45));
    let amc = |from: &str, to: &str| {
        acclaim::read(AMC.replacen(from, to, 1).as_bytes(), &skeleton, 120.0)
            .expect_err("wrong")
            .to_string()
    };
    assert_eq!(
        amc("lfemur 10", "rfemur 10"),
        "line 6: this bone is not in the skeleton"
    );
    assert_eq!(
        amc("ltibia 25", "ltibia 25 3"),
        "line 11: `ltibia` has 2 values where the skeleton gives it 1 degrees of freedom"
    );
    assert_eq!(
        amc("lfemur 10 0", "lfemur inf 0"),
        "line 6: value 1 of `lfemur` is not a finite number"
    );
    assert_eq!(
        amc("1\nroot", "root"),
        "line 4: a frame begins with its number on a line of its own"
    );
    let asf = |from: &str, to: &str| {
        acclaim::read_skeleton(ASF.replacen(from, to, 1).as_bytes())
            .expect_err("wrong")
            .to_string()
    };
    assert_eq!(
        asf("lfemur ltibia\n", "lfemur ltail\n"),
        "line 35: the hierarchy names `ltail`, which is no bone of this skeleton"
    );
    assert_eq!(asf("name ltibia", "id 7"), "line 31: this bone has no name");
    let error = acclaim::read_skeleton(AMC.as_bytes()).expect_err("no skeleton");
    assert!(
        error.to_string().contains("there is no skeleton"),
        "{error}"
    );
}

#[test]
fn acclaim_bones_turn_about_their_own_axes() {
    // CMU's knees bend about x of axes turned by 20° about z: the shin of a leg that slants outward goes straight back.
    let skeleton = acclaim::read_skeleton(ASF.as_bytes()).expect("sound");
    let amc = "1\nroot 0 0 0 0 0 0\nlfemur 0 0 0\nltibia 90\n";
    let take = acclaim::read(amc.as_bytes(), &skeleton, 120.0).expect("sound");
    assert_eq!(take.joints[2].name, "ltibia");
    assert!((take.joints[2].offset.length() - 7.5).abs() < 1e-4);
    let end = take.joints[2].end.expect("the last bone ends");
    assert!((end.length() - 7.2).abs() < 1e-4);
    let shin = take.turn_of(0, 2) * end;
    assert!(shin.normalize().dot(glam::Vec3::NEG_Z) > 0.999, "{shin}");
}
