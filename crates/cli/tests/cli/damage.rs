//! Recipes with cars: labels that agree, pairs before and after, exports, and what is refused.

use std::fs;
use std::path::Path;

use label::layout;
use scene::read;

use crate::support::{
    assert_same_tree, copy_of, folder, folder_with, json, populace, run, succeed,
};

/// Dents and rust close by, without noise removal, which would carry changes beyond what changed.
const PAIRS: &str = "\
populace: 1
name: pairs
stage: vehicles
count: 4
seed: 3
pair: {change: damage.shown, to: [\"no\", \"yes\"]}
population:
  damage.count: 1
  damage.mix: {mix: [dent, rust]}
  damage.severity: {range: [0.5, 0.9]}
camera: {rig: close_up, width_px: 160, height_px: 120}
quality: {samples_per_pixel: 1, denoise: none}
labels: [parts, instances, damage, depth, albedo, camera]
";

const CARS: &str = "\
populace: 1
name: cars
stage: vehicles
count: 4
seed: 8
population:
  damage.count: {range: [2, 4]}
camera: {width_px: 128, height_px: 96}
quality: {samples_per_pixel: 1}
";

fn bytes(set: &Path, folder: &str, sample: usize, ending: &str) -> Vec<u8> {
    fs::read(set.join(folder).join(format!("{sample:09}.{ending}"))).expect("the file is there")
}

#[test]
fn cars_are_the_same_on_any_number_of_threads_and_their_labels_agree() {
    let folder = folder_with(CARS);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "one", "--threads", "1"]));
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "two", "--threads", "2"]));
    let set = folder.path().join("one");
    assert_same_tree(&set, &folder.path().join("two"));
    let said = succeed(populace(folder.path()).args(["verify", "one"]));
    assert!(said.contains("no fault"), "{said}");
    succeed(populace(folder.path()).args(["regen", "one", "2"]));

    // A sheet of one picture, as large as it is, is coloured where the mask says and nowhere else.
    let sheet = |name: &str, overlay: &[&str]| {
        let base = [
            "view",
            "one",
            "--count",
            "1",
            "--columns",
            "1",
            "--tile",
            "128",
            "-o",
            name,
        ];
        succeed(populace(folder.path()).args(base).args(overlay));
        read::png_rgb8(&fs::read(folder.path().join(name)).expect("a sheet")).expect("PNG")
    };
    let (plain, coloured) = (
        sheet("plain.png", &[]),
        sheet("coloured.png", &["--overlay", "damage"]),
    );
    let mask = read::png_grey8(&bytes(&set, layout::DAMAGE, 0, "png")).expect("PNG");
    let margin = (plain.width - mask.width) / 2;
    let mut seen = 0;
    for (k, id) in mask.samples.iter().enumerate() {
        let (x, y) = (k as u32 % mask.width, k as u32 / mask.width);
        let at = (3 * ((y + margin) * plain.width + x + margin)) as usize;
        let changed = plain.samples[at..at + 3] != coloured.samples[at..at + 3];
        assert_eq!(changed, *id > 0, "{x} {y}");
        seen += usize::from(changed);
    }
    assert!(seen > 10, "{seen}");

    // A damage that is told to be elsewhere, and one that is not told, are found.
    let text = String::from_utf8(bytes(&set, layout::ANNOTATIONS, 0, "json")).expect("text");
    let labels = json(&text);
    let damages = labels["vehicles"][0]["damages"].as_array().expect("a list");
    assert!(!damages.is_empty());
    let broken = copy_of(&set);
    let path = broken.path().join(layout::DAMAGE).join("000000000.png");
    let mut mask = read::png_grey8(&fs::read(&path).expect("a mask")).expect("a mask");
    mask.samples[5] = 1;
    mask.samples[6] = 99;
    let written = scene::write::png_grey8(mask.width, mask.height, &mask.samples);
    fs::write(&path, written).expect("written");
    let ran = run(populace(broken.path()).args(["verify", "."]));
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    assert!(ran.stdout.contains("has damage 99"), "{}", ran.stdout);
    assert!(ran.stdout.contains("damage 1 has"), "{}", ran.stdout);
}

/// Where surface or material are others than before is what the mask of damages shows, and nothing else has moved.
#[test]
fn before_and_after_differ_where_the_mask_says() {
    let folder = folder_with(PAIRS);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "pairs"]));
    let set = folder.path().join("pairs");
    let (mut inside, mut changed_inside, mut all, mut unexplained) = (0, 0, 0, 0);
    for pair in 0..4 {
        let [before, after] = [2 * pair, 2 * pair + 1];
        let grey = |folder, sample| {
            read::png_grey8(&bytes(&set, folder, sample, "png"))
                .expect("a mask")
                .samples
        };
        let depth = |sample| {
            read::exr_channel(
                &bytes(&set, layout::DEPTH, sample, "exr"),
                layout::DEPTH_CHANNEL,
            )
            .expect("depths")
            .samples
        };
        let albedo = |sample| {
            read::png_rgb8(&bytes(&set, layout::ALBEDO, sample, "png"))
                .expect("colours")
                .samples
        };
        assert!(grey(layout::DAMAGE, before).iter().all(|id| *id == 0));
        let mask = grey(layout::DAMAGE, after);
        let (near, far) = (depth(before), depth(after));
        let (old, new) = (albedo(before), albedo(after));
        let (width, height) = (160_usize, 120_usize);
        for y in 1..height - 1 {
            for x in 1..width - 1 {
                let i = y * width + x;
                let shifted = (near[i] - far[i]).abs();
                let recoloured = old[3 * i..3 * i + 3] != new[3 * i..3 * i + 3];
                // At a silhouette a dent moves what is seen; thin marks are seen beside the centres of their pixels.
                let around =
                    (y - 1..=y + 1).any(|v| (x - 1..=x + 1).any(|u| mask[v * width + u] > 0));
                all += 1;
                unexplained += usize::from(!around && (shifted > 2e-3 || recoloured));
                // The rims of marks lie in pixels whose centres are as they were.
                let deep =
                    (y - 1..=y + 1).all(|v| (x - 1..=x + 1).all(|u| mask[v * width + u] > 0));
                inside += usize::from(deep);
                changed_inside += usize::from(deep && (shifted > 5e-5 || recoloured));
            }
        }
        // What no damage can have touched: the sky.
        let (one, other) = (
            bytes(&set, layout::IMAGES, before, "png"),
            bytes(&set, layout::IMAGES, after, "png"),
        );
        let [one, other] = [one, other].map(|b| read::png_rgb8(&b).expect("a picture").samples);
        let sky = (0..near.len()).filter(|i| near[*i] == 0.0 && far[*i] == 0.0);
        for i in sky {
            assert_eq!(
                one[3 * i..3 * i + 3],
                other[3 * i..3 * i + 3],
                "pair {pair}, pixel {i}"
            );
        }
    }
    assert!(inside > 100, "{inside} pixels are damaged");
    assert!(
        unexplained * 1000 <= all,
        "{unexplained} of {all} pixels changed outside of the masks"
    );
    // Ragged marks have holes narrower than a pixel.
    assert!(
        changed_inside * 100 >= inside * 95,
        "{changed_inside} of {inside} pixels within the masks changed"
    );
}

#[test]
fn exports_hold_damages_boxes_and_defects() {
    let folder = folder_with(CARS);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "set"]));
    for format in ["cardd", "yolo-seg", "kitti", "mvtec"] {
        succeed(populace(folder.path()).args(["export", format, "set", "-o", format]));
    }
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).expect("written");
    let damages = json(&read("cardd/annotations/damages.json"));
    assert_eq!(damages["images"].as_array().map(Vec::len), Some(4));
    let names: Vec<&str> = damages["categories"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|category| category["name"].as_str())
        .take(6)
        .collect();
    // The words and the order of CarDD.
    let expected = [
        "dent",
        "scratch",
        "crack",
        "glass shatter",
        "lamp broken",
        "tire flat",
    ];
    assert_eq!(names, expected);
    for one in damages["annotations"].as_array().expect("a list") {
        let counts = one["segmentation"]["counts"].as_array().expect("runs");
        let sum: u64 = counts.iter().filter_map(serde_json::Value::as_u64).sum();
        assert_eq!(sum, 128 * 96);
        let set: u64 = counts
            .iter()
            .skip(1)
            .step_by(2)
            .filter_map(serde_json::Value::as_u64)
            .sum();
        assert_eq!(one["area"].as_u64(), Some(set));
    }
    let parts = json(&read("cardd/annotations/parts.json"));
    assert!(
        parts["annotations"]
            .as_array()
            .is_some_and(|all| all.len() > 20)
    );
    let line = read("kitti/training/label_2/000000.txt");
    let fields: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(fields.len(), 15, "{line}");
    let number = |k: usize| fields[k].parse::<f64>().expect("a number");
    // Height, width and length of a car.
    assert!(
        (1.1..3.0).contains(&number(8))
            && (1.5..2.6).contains(&number(9))
            && (3.0..7.5).contains(&number(10))
    );
    let defects = folder.path().join("mvtec/car/ground_truth");
    assert!(fs::read_dir(defects).expect("folders").count() > 0);
    // Formats of people say so, and write nothing.
    let ran = run(populace(folder.path()).args(["export", "coco", "set", "-o", "people"]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("the format `coco` is for people"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_no_car_can_have_is_one_sentence() {
    let folder = folder();
    for (text, said) in [
        ("population: {damage.kind: dent}\n", "`damage.kind`"),
        ("population: {vehicle.model: trabant}\n", "trabant"),
        ("population: {damage.count: 40}\n", "40"),
        ("labels: [landmarks]\n", "landmarks"),
        ("sources: {people: [ada.person]}\n", "people"),
    ] {
        let recipe = format!("populace: 1\nstage: vehicles\ncount: 1\n{text}");
        fs::write(folder.path().join("recipe.yaml"), recipe).expect("written");
        let ran = run(populace(folder.path()).args(["make", "recipe.yaml", "-o", "set"]));
        assert_eq!(ran.code, Some(2), "{text}");
        assert!(ran.stderr.contains(said), "{text}: {}", ran.stderr);
        assert!(!folder.path().join("set").exists(), "{text}");
    }
}
