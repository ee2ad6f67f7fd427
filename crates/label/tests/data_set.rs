//! A data set of ellipsoid people on disk: verified, exported, looked at.

mod common;

use std::fs;
use std::path::Path;

use common::{FACING, Pose};
use dataset::{MakePlan, Provenance, Quiet, Reader, Sample, Shard, Stage, StageError, Trust, make};
use label::export::{ExportError, Format, Report, export};
use label::view::{Overlay, SheetOptions, ViewError, contact_sheet, picture};
use label::{LabelKind, LabelSet};
use population::{Attribute, Choice, DeclaredPopulation, Recipe, Row, Schema, Streams};
use render::Tracer;
use scene::read;
use serde_json::Value;

const SIZE_PX: u32 = 48;
const COUNT: u64 = 3;

struct People {
    schema: Schema,
    labels: LabelSet,
}

fn schema() -> Schema {
    Schema {
        stage: "toy_people",
        attributes: vec![
            Attribute::number(
                "head.yaw_deg",
                -40.0,
                40.0,
                "deg",
                "turns the head to its left",
            ),
            Attribute::integer("age_years", 18, 80, "years", "age"),
            Attribute::category(
                "sex",
                [
                    Choice::new("female", "a woman"),
                    Choice::new("male", "a man"),
                ],
                "sex",
            ),
            Attribute::mix("ancestry", &["african", "asian"], "ancestry of the face"),
        ],
        labels: label::kinds(),
        sources: Vec::new(),
    }
}

impl Stage for People {
    fn attributes(&self) -> &Schema {
        &self.schema
    }

    fn perform(&self, row: &Row, _: &Streams) -> Result<Sample, StageError> {
        let scene = common::scene(Pose {
            yaw_deg: row.number("head.yaw_deg")?,
            size_px: SIZE_PX,
            ..FACING
        });
        let tracer = Tracer::new(&scene).map_err(|e| StageError::new(e.to_string()))?;
        let layers = tracer.layers();
        let labels = label::annotate(&scene, &layers, &tracer, row, self.labels, None);
        let grey: Vec<u8> = layers
            .part
            .iter()
            .flat_map(|p| [(*p as u8) * 5 + 20; 3])
            .collect();
        let png = scene::write::png_rgb8(SIZE_PX, SIZE_PX, &grey);
        let mut artefacts =
            label::files(&labels, &layers, png).map_err(|e| StageError::new(e.to_string()))?;
        if self.labels.has(LabelKind::EyeParsing) {
            artefacts.push(label::eyes::parsing(&layers, &tracer, SIZE_PX, SIZE_PX));
        }
        Ok(Sample {
            artefacts,
            scalars: label::scalars(&labels, &layers),
        })
    }

    fn provenance(&self) -> Provenance {
        Provenance {
            engine: "0.1.0".to_owned(),
            ..Provenance::default()
        }
    }
}

fn made_with(directory: &Path, labels: LabelSet) -> Reader {
    let text = format!("populace: 1\nname: toys\nstage: toy_people\ncount: {COUNT}\nseed: 7\n");
    let recipe = Recipe::parse(&text, "toys.yaml", &schema()).expect("a sound recipe");
    let population = DeclaredPopulation::new(recipe.clone(), schema()).expect("a sound recipe");
    let plan = MakePlan {
        directory: directory.to_owned(),
        threads: 1,
        shard: Shard::WHOLE,
        trust: Trust::Size,
    };
    make(
        &recipe,
        &population,
        &People {
            schema: schema(),
            labels,
        },
        &plan,
        &Quiet,
    )
    .expect("made");
    Reader::open(directory).expect("a data set")
}

fn made(directory: &Path) -> Reader {
    made_with(directory, common::people().without(LabelKind::Amodal))
}

fn exported(format: Format, check: impl Fn(&Path, &Report, &Reader)) {
    let folder = tempfile::tempdir().expect("a folder");
    let reader = made(&folder.path().join("made"));
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let report = export(&reader, format, &one, &Quiet).expect("exported");
    export(&reader, format, &two, &Quiet).expect("exported again");
    assert_eq!(
        tree(&one),
        tree(&two),
        "the same data set gives the same bytes"
    );
    assert_eq!(
        (report.samples, report.files),
        (COUNT, tree(&one).len() as u64)
    );
    check(&one, &report, &reader);
}

fn tree(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
    {
        let name = entry
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if entry.is_dir() {
            all.extend(
                tree(&entry)
                    .into_iter()
                    .map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else {
            all.push((name, fs::read(&entry).expect("a file")));
        }
    }
    all.sort();
    all
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

fn lost(report: &Report) -> Vec<&str> {
    report.losses.iter().map(|loss| loss.what).collect()
}

#[test]
fn a_data_set_as_made_has_no_fault_and_an_edited_one_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let reader = made(folder.path());
    let faults = |reader: &Reader| {
        let mut all = Vec::new();
        let samples =
            label::verify::data_set(reader, &Quiet, &mut |fault| all.push(fault.to_string()))
                .expect("readable");
        assert_eq!(samples, COUNT);
        all
    };
    assert_eq!(faults(&reader), [""; 0]);

    fs::copy(
        folder.path().join("parts/000000000.png"),
        folder.path().join("parts/000000001.png"),
    )
    .expect("copied");
    let annotations = folder.path().join("annotations/000000002.json");
    let text = fs::read_to_string(&annotations).expect("text");
    fs::write(
        &annotations,
        text.replacen("\"age_years\":", "\"age_years\":1", 1),
    )
    .expect("written");
    fs::remove_file(folder.path().join("depth/000000000.exr")).expect("removed");
    let all = faults(&reader);
    for start in [
        "sample 0, depth: no file",
        "sample 1, parsing/000000001.png: ",
        "sample 2, annotations/000000002.json: attribute `age_years`",
    ] {
        assert!(
            all.iter().any(|fault| fault.starts_with(start)),
            "no fault starts with `{start}`: {all:#?}"
        );
    }
}

#[test]
fn coco_has_boxes_masks_and_key_points() {
    exported(Format::Coco, |directory, report, reader| {
        let all = json(&directory.join("annotations/person_keypoints.json"));
        assert_eq!(all["images"].as_array().map(Vec::len), Some(3));
        assert_eq!(
            all["categories"][0]["keypoints"].as_array().map(Vec::len),
            Some(17)
        );
        for (i, annotation) in all["annotations"]
            .as_array()
            .expect("a list")
            .iter()
            .enumerate()
        {
            assert_eq!(
                (annotation["id"].as_u64(), annotation["image_id"].as_u64()),
                (Some(i as u64 + 1), Some(i as u64))
            );
            let record = reader.sample(i as u64).expect("a sample");
            let mask = read::png_grey16(
                &fs::read(record.path("instances").expect("a column")).expect("a file"),
            )
            .expect("PNG");
            let counts: Vec<u64> = annotation["segmentation"]["counts"]
                .as_array()
                .expect("runs")
                .iter()
                .filter_map(Value::as_u64)
                .collect();
            let mut decoded = Vec::new();
            for (run, value) in counts.iter().zip([false, true].into_iter().cycle()) {
                decoded.extend(std::iter::repeat_n(value, *run as usize));
            }
            let n = SIZE_PX as usize;
            assert!(
                (0..n * n).all(|k| decoded[k] == (mask.samples[(k % n) * n + k / n] == 1)),
                "columns of the mask"
            );
            assert_eq!(
                annotation["area"].as_f64(),
                Some(decoded.iter().filter(|set| **set).count() as f64)
            );
            let points: Vec<f64> = annotation["keypoints"]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(Value::as_f64)
                .collect();
            assert_eq!((points.len(), points[2]), (51, 2.0));
            // The left eye comes first, and lies on the picture's right.
            assert!(points[3] > points[6]);
            assert!(points[15..].iter().skip(2).step_by(3).all(|v| *v > 0.0));
        }
        assert!(
            lost(report).contains(&"depth")
                && lost(report).contains(&"attributes")
                && !lost(report).contains(&"instances")
        );
    });
}

#[test]
fn whole_body_has_all_its_fields_and_the_contour() {
    exported(Format::WholeBody, |directory, _, reader| {
        let all = json(&directory.join("annotations/wholebody.json"));
        let one = &all["annotations"][1];
        let lengths = [
            "keypoints",
            "face_kpts",
            "lefthand_kpts",
            "righthand_kpts",
            "foot_kpts",
        ]
        .map(|k| one[k].as_array().map_or(0, Vec::len) / 3);
        assert_eq!(lengths, [17, 68, 21, 21, 6]);
        assert_eq!(
            [
                &one["face_valid"],
                &one["lefthand_valid"],
                &one["foot_valid"]
            ]
            .map(Value::as_bool),
            [Some(true), Some(false), Some(true)]
        );
        let path = reader
            .sample(1)
            .expect("a sample")
            .path("annotations")
            .expect("a column");
        let labels = label::annotations::read(&fs::read(path).expect("a file")).expect("own file");
        let contour = labels.people[0]
            .contour_landmarks
            .as_ref()
            .expect("asked for");
        let visible = contour
            .iter()
            .position(|p| p.visible)
            .expect("a visible point");
        assert_eq!(
            one["face_kpts"][3 * visible].as_f64(),
            contour[visible].px.map(|px| px[0])
        );
        assert_eq!(one["face_kpts"][3 * visible + 2].as_f64(), Some(2.0));
    });
}

#[test]
fn imagefolder_metadata_lies_in_the_split_and_begins_with_the_file_name() {
    exported(Format::ImageFolder, |directory, report, _| {
        let text = fs::read_to_string(directory.join("train/metadata.jsonl")).expect("text");
        assert_eq!(text.lines().count(), 3);
        for (i, line) in text.lines().enumerate() {
            assert!(
                line.starts_with(&format!("{{\"file_name\":\"{i:09}.png\",")),
                "{line}"
            );
            let row: Value = serde_json::from_str(line).expect("JSON");
            assert!(
                directory
                    .join("train")
                    .join(row["file_name"].as_str().expect("a name"))
                    .is_file()
            );
            assert_eq!(row["objects"]["categories"], serde_json::json!([0, 1, 2]));
            assert_eq!(row["objects"]["bbox"].as_array().map(Vec::len), Some(3));
            assert!(row["head.yaw_deg"].is_f64() && row["sex"].is_string());
            assert_eq!(row["landmarks"][0]["px"].as_array().map(Vec::len), Some(70));
        }
        assert!(lost(report).contains(&"depth") && !lost(report).contains(&"landmarks"));
    });
}

#[test]
fn webdataset_keeps_every_file_and_the_files_of_a_sample_together() {
    exported(Format::WebDataset, |directory, report, reader| {
        let mut archive =
            tar::Archive::new(fs::File::open(directory.join("000000.tar")).expect("a shard"));
        let mut names = Vec::new();
        for entry in archive.entries().expect("an archive") {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a name").to_string_lossy().into_owned();
            let (key, field) = name.split_once('.').expect("a field");
            let folder = match field {
                "png" => "images",
                "json" => "annotations",
                other => other.split_once('.').expect("an extension").0,
            };
            let record = reader
                .sample(key.parse().expect("a number"))
                .expect("a sample");
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).expect("readable");
            assert!(
                bytes == fs::read(record.path(folder).expect("a column")).expect("a file"),
                "{name}"
            );
            assert_eq!(entry.header().mtime().ok(), Some(0));
            names.push(key.to_owned());
        }
        let files = reader.artefacts().count();
        assert_eq!(names.len(), files * COUNT as usize);
        assert!(
            names
                .chunks(files)
                .all(|sample| sample.iter().all(|key| *key == sample[0]))
        );
        assert_eq!(report.losses, []);
    });
}

#[test]
fn facesynthetics_has_seventy_rows_and_the_classes() {
    exported(Format::FaceSynthetics, |directory, report, reader| {
        let text = fs::read_to_string(directory.join("000002_ldmks.txt")).expect("text");
        let rows: Vec<Vec<f64>> = text
            .lines()
            .map(|l| l.split(' ').map(|v| v.parse().expect("a number")).collect())
            .collect();
        assert!(rows.len() == 70 && rows.iter().all(|r| r.len() == 2));
        assert!(rows[68][0] < rows[69][0], "the right pupil comes first");
        let path = reader
            .sample(2)
            .expect("a sample")
            .path("parsing")
            .expect("a column");
        assert_eq!(
            fs::read(directory.join("000002_seg.png")).expect("a file"),
            fs::read(path).expect("a file")
        );
        assert!(directory.join("000002.png").is_file());
        assert!(lost(report).contains(&"contour_landmarks"));
    });
}

#[test]
fn an_export_names_what_it_needs_and_never_writes_into_a_full_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = folder.path().join("made");
    let reader = made_with(&made, common::people().without(LabelKind::Landmarks));
    let error = export(
        &reader,
        Format::FaceSynthetics,
        &folder.path().join("out"),
        &Quiet,
    )
    .expect_err("no landmarks");
    assert_eq!(
        error.to_string(),
        "the data set was made without `landmarks`, which facesynthetics needs"
    );
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("labels: [landmarks]"))
    );
    assert!(matches!(
        export(&reader, Format::Coco, &made, &Quiet),
        Err(ExportError::NotEmpty { .. })
    ));
}

#[test]
fn a_contact_sheet_shows_each_sample_once_and_overlays_change_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let reader = made(folder.path());
    let options = SheetOptions {
        columns: 2,
        tile_px: 24,
        ..SheetOptions::default()
    };
    let sheet = contact_sheet(&reader, &options).expect("a sheet");
    let raster = read::png_rgb8(&sheet).expect("PNG");
    assert_eq!((raster.width, raster.height), (2 * 28 + 4, 2 * 28 + 4));
    assert_eq!(sheet, contact_sheet(&reader, &options).expect("a sheet"));
    // The fourth place is paper.
    let last = (raster.samples.len() / 3 - 10 - 10 * raster.width as usize) * 3;
    assert_eq!(raster.samples[last..last + 3], [24; 3]);
    // People have no damage.
    let of_people = Overlay::ALL.into_iter().filter(|o| *o != Overlay::Damage);
    for overlay in of_people {
        let drawn = contact_sheet(
            &reader,
            &SheetOptions {
                overlays: vec![overlay],
                ..options.clone()
            },
        )
        .expect("a sheet");
        assert_ne!(drawn, sheet, "{}", overlay.name());
    }
    let own = fs::read(
        reader
            .sample(0)
            .expect("a sample")
            .path("images")
            .expect("a column"),
    )
    .expect("a file");
    assert_eq!(picture(&reader, 0, &[]).expect("a picture"), own);
}

#[test]
fn a_sheet_of_nothing_or_of_too_much_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let reader = made(folder.path());
    let refused = |options: SheetOptions| contact_sheet(&reader, &options).expect_err("no sheet");
    let empty = refused(SheetOptions {
        first: 99,
        ..SheetOptions::default()
    });
    assert_eq!(empty.to_string(), "the data set has no sample 99 or later");
    assert!(matches!(
        refused(SheetOptions {
            tile_px: 1 << 20,
            ..SheetOptions::default()
        }),
        ViewError::Size { .. }
    ));
}
