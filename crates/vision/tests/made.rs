//! Examples from a data set on disk: points, words, numbers and layers stand where the stage put them.

use std::path::Path;

use dataset::{
    Artefact, MakePlan, Provenance, Quiet, Sample, Shard, Stage, StageError, Trust, make,
};
use label::annotations::{self, Attributes, Landmark, PersonLabels, SampleLabels};
use population::{Attribute, Choice, DeclaredPopulation, Recipe, Row, Schema, Streams};
use vision::read::{self, Layer, Points, Want};
use vision::{Examples, Truth, UNKNOWN, VisionError};

const SIZE: u32 = 60;

/// People of one bright point each, at the row's place.
struct Dots(Schema);

fn schema() -> Schema {
    Schema {
        stage: "dots",
        attributes: vec![
            Attribute::number("x_px", 20.0, 40.0, "px", "where the bright point is"),
            Attribute::category(
                "sex",
                [
                    Choice::new("female", "a woman"),
                    Choice::new("male", "a man"),
                ],
                "sex",
            ),
            Attribute::integer("age_years", 18, 80, "years", "age"),
        ],
        labels: label::kinds(),
        sources: Vec::new(),
    }
}

fn landmark(px: Option<[f64; 2]>) -> Landmark {
    Landmark {
        px,
        camera_m: [0.0; 3],
        world_m: [0.0; 3],
        visible: true,
        inside: true,
        inset_m: None,
    }
}

impl Stage for Dots {
    fn attributes(&self) -> &Schema {
        &self.0
    }

    fn perform(&self, row: &Row, _: &Streams) -> Result<Sample, StageError> {
        let x = row.number("x_px")?.floor();
        let at = |column: u32, line: u32| column == x as u32 && line == 30;
        let pixels = (0..SIZE).flat_map(|line| (0..SIZE).map(move |column| (column, line)));
        let picture: Vec<u8> = pixels
            .clone()
            .flat_map(|(column, line)| [if at(column, line) { 255 } else { 0 }; 3])
            .collect();
        let classes: Vec<u8> = pixels
            .map(|(column, line)| {
                if at(column, line) {
                    13
                } else {
                    u8::from(column < 30)
                }
            })
            .collect();
        // Point 0 is the bright one; the others lie on a ring about it.
        let points: Vec<Landmark> = (0..70)
            .map(|p| {
                let turn = f64::from(p) * 0.3;
                let away = if p == 0 { 0.0 } else { 12.0 };
                // One person in five lies partly behind the camera.
                let lost = p == 40 && row.index % 5 == 4;
                landmark((!lost).then_some([x + 0.5 + away * turn.cos(), 30.5 + away * turn.sin()]))
            })
            .collect();
        let labels = SampleLabels {
            version: annotations::VERSION,
            sample: row.index,
            origin: row.origin,
            width_px: SIZE,
            height_px: SIZE,
            labels: vec!["landmarks".to_owned()],
            attributes: Attributes::default(),
            moment: None,
            camera: None,
            people: vec![PersonLabels {
                instance: 1,
                boxes: None,
                landmarks: Some(points),
                contour_landmarks: None,
                keypoints: None,
                hands: None,
                head_pose: None,
                gaze: None,
                eyelids: None,
                visible_share: None,
                perclos: None,
                action: None,
                eyes: None,
                measured: Attributes::default(),
            }],
            vehicles: Vec::new(),
            products: Vec::new(),
        };
        let file = |folder, extension, bytes| Artefact {
            folder,
            extension,
            bytes,
        };
        Ok(Sample {
            artefacts: vec![
                file(
                    "images",
                    "png",
                    scene::write::png_rgb8(SIZE, SIZE, &picture),
                ),
                file(
                    "annotations",
                    "json",
                    annotations::write(&labels).map_err(|e| StageError::new(e.to_string()))?,
                ),
                file(
                    "parsing",
                    "png",
                    scene::write::png_grey8(SIZE, SIZE, &classes),
                ),
            ],
            scalars: Vec::new(),
        })
    }

    fn provenance(&self) -> Provenance {
        Provenance {
            engine: "0.1.0".to_owned(),
            ..Provenance::default()
        }
    }
}

fn made(directory: &Path) {
    let text = "populace: 1\nname: dots\nstage: dots\ncount: 20\nseed: 7\n";
    let recipe = Recipe::parse(text, "dots.yaml", &schema()).expect("a sound recipe");
    let population = DeclaredPopulation::new(recipe.clone(), schema()).expect("a sound recipe");
    let plan = MakePlan {
        directory: directory.to_owned(),
        threads: 1,
        shard: Shard::WHOLE,
        trust: Trust::Size,
    };
    make(&recipe, &population, &Dots(schema()), &plan, &Quiet).expect("made");
}

#[test]
fn a_data_set_tells_what_its_stage_put_there() {
    let folder = tempfile::tempdir().expect("a folder");
    made(folder.path());
    let read = |want: Want| -> Result<Examples, VisionError> {
        let examples = read::made(folder.path(), &want, 96)?;
        examples.check()?;
        Ok(examples)
    };
    let examples = read(Want::Landmarks(Points::Face)).expect("examples");
    let Truth::Landmarks(marks) = &examples.truth else {
        panic!("no landmarks");
    };
    // Four of twenty have a point that the picture does not.
    assert_eq!(
        (examples.len(), marks.names.len(), marks.measure),
        (16, 68, Some([36, 45]))
    );
    for picture in 0..examples.len() {
        let [x, y] = marks.of[picture * 68].map(|s| (s * 96.0) as usize);
        let bright = examples.pixels[((picture * 96 + y) * 96 + x) * 3];
        assert!(bright > 60, "{picture}: {bright}");
    }
    let Truth::Numbers { of: places, .. } =
        read(Want::Numbers(vec!["x_px".into(), "age_years".into()]))
            .expect("examples")
            .truth
    else {
        panic!("no numbers");
    };
    assert!(
        places
            .chunks(2)
            .all(|p| (20.0..=40.0).contains(&p[0]) && (18.0..=80.0).contains(&p[1]))
    );
    let Truth::Class { names, of } = read(Want::Class("sex".into())).expect("examples").truth
    else {
        panic!("no classes");
    };
    assert_eq!(names, ["female", "male"]);
    assert!(of.contains(&0) && of.contains(&1));
    let groups = vec![("left".to_owned(), vec![1]), ("hair".to_owned(), vec![13])];
    let examples = read(Want::Segments(Layer::Parsing, groups)).expect("examples");
    let Truth::Segments { of, .. } = &examples.truth else {
        panic!("no segments");
    };
    // The picture is the middle 64 of 96; column 70 is of class 0, which no group has.
    let row = &of[48 * 96..49 * 96];
    assert_eq!((row[10], row[20], row[70]), (UNKNOWN, 0, UNKNOWN));

    for (want, says) in [
        (
            Want::Landmarks(Points::RightHand),
            "no person has the points",
        ),
        (Want::Class("hat".into()), "hat"),
        (
            Want::Segments(Layer::EyeParsing, vec![("a".into(), vec![0])]),
            "eye_parsing",
        ),
    ] {
        let error = read(want).expect_err(says);
        assert!(error.to_string().contains(says), "{error}");
    }
}
