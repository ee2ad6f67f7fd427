//! Examples from files: what is read is what was written, and faults are told in a sentence.

use std::path::Path;

use vision::read::{self, Column};
use vision::{Truth, UNKNOWN};

const SIDE: usize = 24;

/// A picture whose red is its column and whose green is its row.
fn slope(path: &Path, width: usize, height: usize) {
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|at| [(at % width) as u8, (at / width) as u8, 77])
        .collect();
    png(path, width, height, png::ColorType::Rgb, &pixels, None);
}

fn png(
    path: &Path,
    width: usize,
    height: usize,
    colour: png::ColorType,
    pixels: &[u8],
    palette: Option<&[u8]>,
) {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(colour);
    if let Some(palette) = palette {
        encoder.set_palette(palette.to_vec());
    }
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(pixels).expect("pixels");
    writer.finish().expect("an end");
    std::fs::write(path, bytes).expect("a file");
}

#[test]
fn coco_key_points_are_cut_around_and_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    slope(&folder.path().join("a.png"), 200, 120);
    let list = folder.path().join("list.json");
    let json = r#"{"images": [{"id": 7, "file_name": "a.png"}],
        "annotations": [
            {"image_id": 7, "category_id": 1, "keypoints": [60, 50, 2, 100, 50, 1, 0, 0, 0]},
            {"image_id": 7, "category_id": 1, "keypoints": [0, 0, 0, 0, 0, 0, 0, 0, 0]}],
        "categories": [{"id": 1, "keypoints": ["left_eye", "right_eye", "nose"]}]}"#;
    std::fs::write(&list, json).expect("a file");
    let examples = read::coco(&list, folder.path(), SIDE).expect("examples");
    examples.check().expect("whole");
    // One annotation has no known point. The seen square is 1.5 × 40 pixels about (80, 50); the cached one is 90.
    assert_eq!(examples.len(), 1);
    let frame = examples.frames[0];
    assert_eq!((frame.left, frame.top, frame.side), (35.0, 5.0, 90.0));
    let Truth::Landmarks(marks) = &examples.truth else {
        panic!("no landmarks");
    };
    assert_eq!(marks.mirror, Some(vec![1, 0, 2]));
    let back = frame.to_picture(marks.of[1].map(f64::from));
    assert!((back[0] - 100.0).abs() < 1e-4 && (back[1] - 50.0).abs() < 1e-4);
    assert!(marks.of[2][0].is_nan());
    // Each pixel of the square is the mean of what it covers: on a slope, the value at its middle, which is half a pixel less than the place.
    for (y, x) in [(0, 0), (5, 17), (23, 23)] {
        let pixel = &examples.pixels[(y * SIDE + x) * 3..][..3];
        let share = [x, y].map(|c| (c as f64 + 0.5) / SIDE as f64);
        let [u, v] = frame.to_picture(share);
        assert!((f64::from(pixel[0]) + 0.5 - u).abs() < 0.6, "{pixel:?} {u}");
        assert!((f64::from(pixel[1]) + 0.5 - v).abs() < 0.6, "{pixel:?} {v}");
        assert_eq!(pixel[2], 77);
    }

    for (wrong, says) in [
        (
            json.replace(
                "\"image_id\": 7, \"category_id\": 1, \"keypoints\": [60",
                "\"image_id\": 8, \"keypoints\": [60",
            ),
            "is of no picture",
        ),
        (json.replace(", \"nose\"", ""), "names 2 key points"),
        (
            json.replace("100, 50, 1, 0, 0, 0", "100, 50, 1, 0"),
            "no triples",
        ),
        (json.replace("a.png", "b.png"), "b.png: cannot be read"),
        (
            json.replace("60, 50, 2, 100, 50, 1", "60, 50, 0, 100, 50, 0"),
            "holds no examples",
        ),
        (json[..90].to_owned(), "no COCO file"),
    ] {
        std::fs::write(&list, wrong).expect("a file");
        let error = read::coco(&list, folder.path(), SIDE).expect_err(says);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn folders_are_classes() {
    let folder = tempfile::tempdir().expect("a folder");
    for (class, name) in [("cat", "x.png"), ("ant", "y.png"), ("ant", "z.png")] {
        let inside = folder.path().join(class);
        std::fs::create_dir_all(&inside).expect("a folder");
        slope(&inside.join(name), 30, 20);
        std::fs::write(inside.join("notes.txt"), "no picture").expect("a file");
    }
    let examples = read::classes(folder.path(), SIDE).expect("examples");
    let Truth::Class { names, of } = &examples.truth else {
        panic!("no classes");
    };
    assert_eq!(
        (names.as_slice(), of.as_slice()),
        (
            ["ant".to_owned(), "cat".to_owned()].as_slice(),
            [0, 0, 1].as_slice()
        )
    );
    let other = ["bee", "cat", "ant"].map(str::to_owned);
    let again = examples
        .clone()
        .with_classes(&other)
        .expect("the same classes");
    assert!(matches!(&again.truth, Truth::Class { of, .. } if *of == [2, 2, 1]));
    let error = examples.with_classes(&other[..2]).expect_err("no ant");
    assert!(error.to_string().contains("`ant`"), "{error}");
    std::fs::remove_dir_all(folder.path().join("cat")).expect("removed");
    let error = read::classes(folder.path(), SIDE).expect_err("one class");
    assert!(
        error.to_string().contains("fewer than two folders"),
        "{error}"
    );
}

#[test]
fn masks_are_read_as_their_samples_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let [pictures, masks] = ["img", "mask"].map(|name| folder.path().join(name));
    for place in [&pictures, &masks] {
        std::fs::create_dir(place).expect("a folder");
    }
    let samples: Vec<u8> = (0..24 * 24)
        .map(|at| if at % 24 < 12 { 1 } else { 3 })
        .collect();
    slope(&pictures.join("a.png"), 24, 24);
    slope(&pictures.join("b.png"), 24, 24);
    png(
        &masks.join("a.png"),
        24,
        24,
        png::ColorType::Grayscale,
        &samples,
        None,
    );
    // A palette whose colours say nothing of the classes.
    png(
        &masks.join("b.png"),
        24,
        24,
        png::ColorType::Indexed,
        &samples,
        Some(&[9; 12]),
    );
    let groups = [
        ("ground".to_owned(), vec![0, 1]),
        ("thing".to_owned(), vec![2]),
    ];
    let read = |groups: &[(String, Vec<u8>)]| read::masks(&pictures, &masks, groups, 36);
    let examples = read(&groups).expect("examples");
    examples.check().expect("whole");
    let Truth::Segments { of, .. } = &examples.truth else {
        panic!("no segments");
    };
    // The cached square is as fine as the picture and six pixels wider on each side.
    for picture in 0..2 {
        let row = &of[(picture * 36 + 20) * 36..][..36];
        assert_eq!(row[5], UNKNOWN, "beyond the picture");
        assert_eq!((row[6], row[17]), (0, 0));
        assert_eq!(row[18], UNKNOWN, "sample 3 is of no class");
    }
    let twice = [("a".to_owned(), vec![1]), ("b".to_owned(), vec![1])];
    let error = read(&twice).expect_err("a sample of two classes");
    assert!(error.to_string().contains("of `a` and of `b`"), "{error}");
    let colours: Vec<u8> = (0..24 * 24 * 3).map(|at| at as u8).collect();
    png(
        &masks.join("b.png"),
        24,
        24,
        png::ColorType::Rgb,
        &colours,
        None,
    );
    let error = read(&groups).expect_err("colours");
    assert!(error.to_string().contains("no class numbers"), "{error}");
    png(
        &masks.join("b.png"),
        12,
        48,
        png::ColorType::Grayscale,
        &samples,
        None,
    );
    let error = read(&groups).expect_err("another size");
    assert!(
        error
            .to_string()
            .contains("12 × 48 pixels are not the 24 × 24"),
        "{error}"
    );
    std::fs::write(masks.join("b.png"), b"\x89PNG\r\n\x1a\nbroken").expect("a file");
    let error = read(&groups).expect_err("damage");
    assert!(error.to_string().contains("damaged PNG"), "{error}");
}

#[test]
fn lists_name_pictures_and_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    slope(&folder.path().join("a.png"), 30, 20);
    let list = folder.path().join("list.csv");
    let read = |text: &str, column: &Column| {
        std::fs::write(&list, text).expect("a file");
        read::listed(&list, folder.path(), column, SIDE)
    };
    let ages = Column::Numbers(vec!["age".to_owned()]);
    let examples = read("age,file\n31.5,a.png\n,a.png\n", &ages).expect("examples");
    let Truth::Numbers { of, .. } = &examples.truth else {
        panic!("no numbers");
    };
    assert!(of[0] == 31.5 && of[1].is_nan());
    let sexes = Column::Class("sex".to_owned());
    let examples = read("file,sex\na.png,f\na.png,m\na.png,f\n", &sexes).expect("examples");
    assert!(matches!(&examples.truth, Truth::Class { of, .. } if *of == [0, 1, 0]));
    for (text, says) in [
        ("file,sex\na.png,f\n", "no column `age`"),
        ("file,age\na.png\n", "row 1 has 1 fields"),
        ("file,age\na.png,old\n", "`age` is no number"),
        ("file,age\n", "holds no examples"),
        ("", "is empty"),
        ("file,age\n\"a.png,3\n", "never closed"),
    ] {
        let error = read(text, &ages).expect_err(says);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn what_is_no_data_set_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let want = read::Want::Class("age".to_owned());
    let error = read::made(folder.path(), &want, SIDE).expect_err("no data set");
    assert!(error.to_string().contains("not a data set"), "{error}");
}
