//! Counterfactual pairs: the skin's tone moves, and nothing else does.

use std::fs;
use std::path::Path;

use dataset::Reader;
use label::layout;

use crate::support::{folder_with, populace, succeed};

/// Without noise removal, which would carry changes across the skin's edge.
const PAIRS: &str = "\
populace: 1
name: pairs
stage: people
count: 2
seed: 29
pair: {change: skin_tone, to: [2, 9]}
camera: {width_px: 96, height_px: 96}
quality: {samples_per_pixel: 16, denoise: none}
labels: [parts]
";

/// Columns that say which sample it is, not what is in it.
const IDENTITY: [&str; 5] = [
    "sample",
    "content_sha256",
    "images_file",
    "annotations_file",
    "parts_file",
];

/// What is compared, by the part of the picture it is in.
#[derive(Default)]
struct Share {
    pixels: usize,
    equal: usize,
    /// Sum of the absolute differences of the three channels, 0 to 255 each.
    difference: f64,
}

impl Share {
    fn mean_difference(&self) -> f64 {
        self.difference / (3 * self.pixels.max(1)) as f64
    }
}

fn picture(set: &Path, folder: &str, sample: usize) -> Vec<u8> {
    fs::read(set.join(folder).join(format!("{sample:09}.png"))).expect("the picture is read")
}

#[test]
fn only_the_skin_moves_between_the_two_pictures_of_a_pair() {
    let folder = folder_with(PAIRS);
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "pairs"]));
    let set = folder.path().join("pairs");
    let (mut background, mut clothing, mut skin) =
        (Share::default(), Share::default(), Share::default());
    for origin in 0..2 {
        let [a, b] = [2 * origin, 2 * origin + 1];
        let parts = scene::read::png_grey8(&picture(&set, layout::PARTS, a)).expect("a mask");
        // Where things are did not move at all.
        assert!(
            picture(&set, layout::PARTS, a) == picture(&set, layout::PARTS, b),
            "the masks of pair {origin} differ"
        );
        let [light, dark] = [a, b].map(|sample| {
            scene::read::png_rgb8(&picture(&set, layout::IMAGES, sample))
                .expect("a picture")
                .samples
        });
        let width = parts.width as usize;
        let at =
            |x: usize, y: usize| label::class::part(parts.samples[y * width + x]).expect("a part");
        for y in 2..width - 2 {
            for x in 2..width - 2 {
                // A pixel's light comes from a little around it, so only what has its like all around it is judged.
                let part = at(x, y);
                if (y - 2..=y + 2).any(|v| (x - 2..=x + 2).any(|u| at(u, v) != part)) {
                    continue;
                }
                let share = match part {
                    scene::mesh::Part::Background => &mut background,
                    scene::mesh::Part::Clothing => &mut clothing,
                    scene::mesh::Part::FaceSkin | scene::mesh::Part::Neck => &mut skin,
                    _ => continue,
                };
                let i = 3 * (y * width + x);
                let (one, other) = (&light[i..i + 3], &dark[i..i + 3]);
                share.pixels += 1;
                share.equal += usize::from(one == other);
                share.difference += one
                    .iter()
                    .zip(other)
                    .map(|(a, b)| f64::from(a.abs_diff(*b)))
                    .sum::<f64>();
            }
        }
    }
    assert!(
        background.pixels > 1000 && clothing.pixels > 300 && skin.pixels > 300,
        "the pictures do not show what is compared"
    );
    // Light that met no skin is the same bit for bit.
    assert_eq!(background.equal, background.pixels);
    // Clothes are lit by the face too; a step or so of 255 is what it changes.
    assert!(
        clothing.mean_difference() < 1.5,
        "{}",
        clothing.mean_difference()
    );
    assert!(skin.mean_difference() > 30.0, "{}", skin.mean_difference());
}

#[test]
fn the_two_rows_of_a_pair_differ_in_one_field() {
    // Rows alone would need a reader of their own; two tiny pictures are cheap.
    let folder = folder_with(
        &PAIRS
            .replace("96", "32")
            .replace("count: 2", "count: 1")
            .replace("16, denoise", "1, denoise"),
    );
    succeed(populace(folder.path()).args(["make", "recipe.yaml", "-o", "pairs"]));
    let reader = Reader::open(&folder.path().join("pairs")).expect("a data set");
    let rows = reader
        .batches()
        .expect("rows")
        .next()
        .expect("a batch")
        .expect("rows");
    assert_eq!(rows.num_rows(), 2);
    let schema = rows.schema();
    let differing: Vec<&str> = schema
        .fields()
        .iter()
        .zip(rows.columns())
        .filter(|(_, column)| column.slice(0, 1).to_data() != column.slice(1, 1).to_data())
        .map(|(field, _)| field.name().as_str())
        .filter(|name| !IDENTITY.contains(name))
        .collect();
    assert_eq!(differing, ["skin_tone"]);
}
