//! Products and their defects: labels that agree, good twins, the MVTec tree, and meshes of the user's own.

use std::fs;

use label::layout;
use scene::read;

use crate::support::{assert_same_tree, folder_with, json, populace, run, succeed};

const PRODUCTS: &str = "\
populace: 1
name: things
stage: products
count: 10
seed: 6
pair: {change: defects.shown, to: [\"no\", \"yes\"]}
population:
  defects.count: {range: [1, 2]}
camera: {width_px: 96, height_px: 72}
quality: {samples_per_pixel: 1, denoise: none}
";

#[test]
fn products_are_the_same_on_any_number_of_threads_and_their_labels_agree() {
    let folder = folder_with(PRODUCTS);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "one", "--threads", "1"]));
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "two", "--threads", "2"]));
    let set = folder.path().join("one");
    assert_same_tree(&set, &folder.path().join("two"));
    let said = succeed(populace(folder.path()).args(["verify", "one"]));
    assert!(said.contains("no fault"), "{said}");
    succeed(populace(folder.path()).args(["regen", "one", "3"]));
    let (mut kinds, mut seen) = (std::collections::BTreeSet::new(), 0);
    for sample in 0..20 {
        let path =
            |folder: &str, ending: &str| set.join(folder).join(format!("{sample:09}.{ending}"));
        let text = fs::read_to_string(path(layout::ANNOTATIONS, "json")).expect("labels");
        let labels = json(&text);
        let defects = labels["products"][0]["damages"]
            .as_array()
            .expect("a list")
            .clone();
        let mask = read::png_grey8(&fs::read(path(layout::DAMAGE, "png")).expect("a mask"))
            .expect("a mask");
        let marked = mask.samples.iter().any(|id| *id > 0);
        // The first of each pair is the good twin.
        if sample % 2 == 0 {
            assert!(defects.is_empty() && !marked, "{text}");
        } else {
            seen += usize::from(marked);
            kinds.extend(defects.iter().map(|one| one["kind"].to_string()));
        }
    }
    assert!(seen >= 7, "defects are seen in {seen} of 10");
    assert!(kinds.len() >= 3, "{kinds:?}");

    succeed(populace(folder.path()).args(["export", "mvtec", "one", "-o", "tree"]));
    let tree = folder.path().join("tree");
    let (mut good, mut tested, mut truths) = (0, 0, 0);
    for class in fs::read_dir(&tree).expect("classes") {
        let class = class.expect("an entry").path();
        if !class.is_dir() {
            continue;
        }
        let count = |name: &str| fs::read_dir(class.join(name)).map_or(0, Iterator::count);
        good += count("train/good") + count("test/good");
        for kind in fs::read_dir(class.join("test")).expect("kinds") {
            let kind = kind
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned();
            if kind != "good" {
                tested += count(&format!("test/{kind}"));
                truths += count(&format!("ground_truth/{kind}"));
            }
        }
    }
    assert_eq!((good + tested, tested, truths), (20, seen, seen));
}

#[test]
fn meshes_of_the_users_own_get_defects_and_broken_ones_a_sentence() {
    let folder = folder_with(
        "populace: 1\nname: own\nstage: products\ncount: 3\nseed: 2\nsources: {products: brick.obj}\npopulation: {defects.count: 2, defects.mix: {mix: [scratch, dent, stain]}, product.material: plastic}\ncamera: {width_px: 96, height_px: 72}\nquality: {samples_per_pixel: 1, denoise: none}\n",
    );
    // A block in millimetres, one face turned over.
    let mut text = String::new();
    for k in 0..8 {
        let pick = |bit: usize, long: i32| if k & bit == 0 { 0 } else { long };
        text.push_str(&format!(
            "v {} {} {}\n",
            pick(1, 90),
            pick(2, 40),
            pick(4, 60)
        ));
    }
    for face in [
        "1 5 7 3", "2 4 8 6", "1 2 6 5", "3 7 8 4", "1 3 4 2", "6 8 7 5",
    ] {
        text.push_str(&format!("f {face}\n"));
    }
    fs::write(folder.path().join("brick.obj"), &text).expect("written");
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "set"]));
    let said = succeed(populace(folder.path()).args(["verify", "set"]));
    assert!(said.contains("no fault"), "{said}");
    let mut area = 0.0;
    for sample in 0..3 {
        let path = folder
            .path()
            .join(format!("set/annotations/{sample:09}.json"));
        let labels = json(&fs::read_to_string(path).expect("labels"));
        assert_eq!(labels["products"][0]["model"], "brick");
        for defect in labels["products"][0]["damages"].as_array().expect("a list") {
            area += defect["area_cm2"].as_f64().expect("a number");
        }
    }
    assert!(area > 0.1, "{area} cm²");
    fs::write(
        folder.path().join("brick.obj"),
        "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n",
    )
    .expect("written");
    let ran = run(populace(folder.path()).args(["make", "recipe.yaml", "-o", "none"]));
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("no triangle has an area"),
        "{}",
        ran.stderr
    );
}
