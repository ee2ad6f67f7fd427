//! A user's own network, run by ONNX Runtime: its answers in `check` are those of arithmetic. `make networks` fetches the library and runs these tests.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use parquet::arrow::ArrowWriter;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ran, json, offline_populace, run};

const SIDE: usize = 8;
/// What is taken out of pictures of three channels before a network sees them.
const MEANS: [f64; 3] = [0.485, 0.456, 0.406];
const DEVIATIONS: [f64; 3] = [0.229, 0.224, 0.225];

/// Fields of a protocol buffer (<https://protobuf.dev/programming-guides/encoding>): as much as an ONNX file needs.
#[derive(Default, Clone)]
struct Message(Vec<u8>);

impl Message {
    fn varint(mut self, mut value: u64) -> Self {
        while value > 127 {
            self.0.push(value as u8 | 128);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }

    fn number(self, field: u64, value: u64) -> Self {
        self.varint(field << 3).varint(value)
    }

    fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        let mut message = self.varint(field << 3 | 2).varint(bytes.len() as u64);
        message.0.extend(bytes);
        message
    }

    fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    fn message(self, field: u64, message: &Self) -> Self {
        self.bytes(field, &message.0)
    }
}

/// A `ValueInfoProto`: a tensor of floats.
fn value(name: &str, shape: &[usize]) -> Message {
    let dimensions = shape.iter().fold(Message::default(), |dimensions, &size| {
        dimensions.message(1, &Message::default().number(1, size as u64))
    });
    let tensor = Message::default().number(1, 1).message(2, &dimensions);
    Message::default()
        .text(1, name)
        .message(2, &Message::default().message(1, &tensor))
}

/// A `TensorProto` of floats.
fn tensor(name: &str, shape: &[usize], values: &[f32]) -> Message {
    let raw: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let dimensions = shape.iter().fold(Message::default(), |message, &size| {
        message.number(1, size as u64)
    });
    dimensions.number(2, 1).text(8, name).bytes(9, &raw)
}

/// A `NodeProto`.
fn node(operator: &str, inputs: &[&str], output: &str) -> Message {
    inputs
        .iter()
        .fold(Message::default(), |node, input| node.text(1, input))
        .text(2, output)
        .text(4, operator)
}

/// An ONNX file of a network without a bend: numbers of a picture of this shape, in order, times weights and a constant. Weights are row after row, as many outputs each.
fn linear(input: [usize; 4], weights: &[f32], constants: &[f32]) -> Vec<u8> {
    let (inputs, outputs) = (input.iter().product::<usize>(), constants.len());
    let graph = Message::default()
        .message(1, &node("Flatten", &["picture"], "flat"))
        .message(
            1,
            &node("Gemm", &["flat", "weights", "constants"], "answer"),
        )
        .text(2, "linear")
        .message(5, &tensor("weights", &[inputs, outputs], weights))
        .message(5, &tensor("constants", &[outputs], constants))
        .message(11, &value("picture", &input))
        .message(12, &value("answer", &[1, outputs]));
    let operators = Message::default().text(1, "").number(2, 13);
    Message::default()
        .number(1, 8)
        .message(7, &graph)
        .message(8, &operators)
        .0
}

/// The place of a sample in a network's input.
type Place = fn(row: usize, column: usize, channel: usize) -> usize;

/// Red of row 1 and column 5; half of green of row 6 and column 2, a quarter of blue of the first pixel, and an eighth: of colours from 0 to 1.
fn answers_of(input: [usize; 4], place: Place) -> Vec<u8> {
    let mut weights = vec![0.0; 3 * SIDE * SIDE * 2];
    for (row, column, channel, output, weight) in
        [(1, 5, 0, 0, 1.0), (6, 2, 1, 1, 0.5), (0, 0, 2, 1, 0.25)]
    {
        weights[place(row, column, channel) * 2 + output] = (weight * DEVIATIONS[channel]) as f32;
    }
    let constants = [MEANS[0], 0.5 * MEANS[1] + 0.25 * MEANS[2] + 0.125];
    linear(input, &weights, &constants.map(|value| value as f32))
}

fn channels_first() -> Vec<u8> {
    answers_of([1, 3, SIDE, SIDE], |row, column, channel| {
        (channel * SIDE + row) * SIDE + column
    })
}

fn channels_last() -> Vec<u8> {
    answers_of([1, SIDE, SIDE, 3], |row, column, channel| {
        (row * SIDE + column) * 3 + channel
    })
}

/// Samples of a picture whose every one is another.
fn picture(draw: usize, of: impl Fn(usize, usize, usize) -> Option<usize>) -> Vec<u8> {
    let mut rgb = Vec::new();
    for row in 0..SIDE {
        for column in 0..SIDE {
            for channel in 0..3 {
                let usual = (draw * 37 + row * 29 + column * 53 + channel * 71) % 200;
                rgb.push(of(row, column, channel).unwrap_or(usual) as u8);
            }
        }
    }
    rgb
}

fn write_picture(path: &Path, rgb: &[u8]) {
    fs::write(path, scene::write::png_rgb8(SIDE as u32, SIDE as u32, rgb)).expect("written");
}

const DRAWS: usize = 40;

/// What is read of the picture of a draw before and after the change: red, green, blue.
fn colours(draw: usize, after: bool) -> [usize; 3] {
    let after = usize::from(after);
    [
        40 + 3 * draw + after * (10 + draw % 11),
        60 + 2 * draw + after * 20 * (draw % 2),
        200 - draw - after * 8,
    ]
}

/// The two answers about it.
fn answers(draw: usize, after: bool) -> [f64; 2] {
    let [red, green, blue] = colours(draw, after).map(|value| value as f64 / 255.0);
    [red, 0.5 * green + 0.25 * blue + 0.125]
}

/// A data set of pairs, the networks that know it, and their answers as a file.
fn pairs() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let set = folder.path().join("pairs");
    fs::create_dir_all(set.join("images")).expect("a folder");
    let samples = 0..2 * DRAWS as u64;
    let file = |sample: u64| format!("images/{sample:09}.png");
    let columns: [(&str, ArrayRef); 4] = [
        (
            "sample",
            Arc::new(UInt64Array::from_iter_values(samples.clone())),
        ),
        (
            "origin",
            Arc::new(UInt64Array::from_iter_values(
                samples.clone().map(|s| s / 2),
            )),
        ),
        (
            "skin_tone",
            Arc::new(Float64Array::from_iter_values(
                samples.clone().map(|s| 2.0 + 7.0 * (s % 2) as f64),
            )),
        ),
        (
            "images_file",
            Arc::new(StringArray::from_iter_values(samples.clone().map(file))),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let rows = File::create(set.join("rows.parquet")).expect("a file");
    let mut writer = ArrowWriter::try_new(rows, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("written");
    let recipe = "name: pairs\npair: {change: skin_tone, to: [2, 9]}\n";
    fs::write(set.join("recipe.yaml"), recipe).expect("written");
    let mut predictions = ["prediction\n".to_owned(), "prediction\n".to_owned()];
    for sample in samples {
        let (draw, after) = (sample as usize / 2, sample % 2 == 1);
        let [red, green, blue] = colours(draw, after);
        let rgb = picture(draw, |row, column, channel| match (row, column, channel) {
            (1, 5, 0) => Some(red),
            (6, 2, 1) => Some(green),
            (0, 0, 2) => Some(blue),
            _ => None,
        });
        write_picture(&set.join(file(sample)), &rgb);
        for (text, answer) in predictions.iter_mut().zip(answers(draw, after)) {
            text.push_str(&format!("{answer}\n"));
        }
    }
    for (name, bytes) in [
        ("first.onnx", channels_first()),
        ("last.onnx", channels_last()),
        ("first.csv", predictions[0].clone().into_bytes()),
        ("second.csv", predictions[1].clone().into_bytes()),
    ] {
        fs::write(folder.path().join(name), bytes).expect("written");
    }
    folder
}

fn check(folder: &Path, arguments: &str) -> Ran {
    let arguments = arguments.split_whitespace();
    run(offline_populace(folder).arg("check").args(arguments).args([
        "-o",
        "report.html",
        "-q",
        "--json",
    ]))
}

fn findings(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report = json(&ran.stdout);
    let all = report["sections"][0]["findings"].as_array();
    all.expect("findings").clone()
}

fn number(finding: &Value) -> f64 {
    finding["outcome"]["computed"]["value"]
        .as_f64()
        .expect("a number")
}

#[test]
#[ignore = "needs the library of ONNX Runtime, which `make networks` fetches"]
fn the_effect_of_an_attribute_on_a_network_is_that_of_arithmetic() {
    let folder = pairs();
    for (output, table) in [(1, "first.csv"), (2, "second.csv")] {
        let draws =
            || (0..DRAWS).map(|draw| [false, true].map(|after| answers(draw, after)[output - 1]));
        let effect = draws().map(|[before, after]| after - before).sum::<f64>() / DRAWS as f64;
        let threshold = draws().map(|[before, _]| before).sum::<f64>() / DRAWS as f64;
        let turned =
            draws().filter(|[before, after]| (*before >= threshold) != (*after >= threshold));
        let turned = turned.count() as f64 / DRAWS as f64;
        assert!(effect > 0.005 && turned > 0.0, "nothing would be tested");
        let from_file = findings(&check(
            folder.path(),
            &format!("pairs --pairs --predictions {table} --threshold {threshold}"),
        ));
        for model in ["first.onnx", "last.onnx"] {
            let found = findings(&check(
                folder.path(),
                &format!("pairs --pairs --model {model} --output {output} --threshold {threshold}"),
            ));
            assert_eq!(found.len(), from_file.len());
            assert!(
                (number(&found[0]) - effect.abs()).abs() < 1e-6,
                "{model}: {}",
                found[0]
            );
            assert!(
                (number(&found[1]) - turned).abs() < 1e-9,
                "{model}: {}",
                found[1]
            );
            for (found, from_file) in found.iter().zip(&from_file) {
                assert_eq!(found["id"], from_file["id"]);
                assert_eq!(found["standing"], from_file["standing"], "{}", found["id"]);
                assert!(
                    (number(found) - number(from_file)).abs() < 1e-6,
                    "{}",
                    found["id"]
                );
            }
        }
    }
}

#[test]
#[ignore = "needs the library of ONNX Runtime, which `make networks` fetches"]
fn a_network_of_one_channel_sees_grey_and_one_of_several_answers_must_be_told_which() {
    let folder = pairs();
    let mut weights = vec![0.0; SIDE * SIDE];
    weights[SIDE + 5] = 2.0;
    let grey = linear([1, 1, SIDE, SIDE], &weights, &[0.25]);
    fs::write(folder.path().join("grey.onnx"), grey).expect("written");
    for draw in 0..DRAWS {
        for after in [false, true] {
            let [grey, ..] = colours(draw, after);
            let rgb = picture(draw, |row, column, _| {
                Some(if (row, column) == (1, 5) { grey } else { 7 })
            });
            let file = format!("pairs/images/{:09}.png", 2 * draw + usize::from(after));
            write_picture(&folder.path().join(file), &rgb);
        }
    }
    let found = findings(&check(folder.path(), "pairs --pairs --model grey.onnx"));
    let moved: usize = (0..DRAWS).map(|draw| 10 + draw % 11).sum();
    let effect = 2.0 * moved as f64 / DRAWS as f64 / 255.0;
    assert!((number(&found[0]) - effect).abs() < 1e-6, "{}", found[0]);
    for (arguments, said) in [
        (
            "first.onnx",
            "first.onnx has 2 outputs, and it is not said which one is meant",
        ),
        (
            "first.onnx --output 3",
            "first.onnx has 2 outputs, and 3 was asked for",
        ),
        ("first.csv", "first.csv is no ONNX model that can be run"),
    ] {
        let ran = check(folder.path(), &format!("pairs --pairs --model {arguments}"));
        assert_eq!(ran.code, Some(2), "{arguments}");
        assert!(
            ran.stderr.contains(said) || ran.stdout.contains(said),
            "{}{}",
            ran.stderr,
            ran.stdout
        );
    }
}

#[test]
#[ignore = "needs the library of ONNX Runtime, which `make networks` fetches"]
fn pictures_are_as_far_apart_as_a_networks_answers() {
    // The synthetic pictures are the real ones with 20 more red where the network looks: the Fréchet distance is the square of what that moves the middle.
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("net.onnx"), channels_first()).expect("written");
    for (name, more) in [("train", 0), ("made", 20)] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
        for draw in 0..120 {
            let rgb = picture(draw, |row, column, channel| {
                ((row, column, channel) == (1, 5, 0)).then_some((draw * 91) % 220 + more)
            });
            write_picture(&folder.path().join(format!("{name}/{draw:03}.png")), &rgb);
        }
    }
    let ran = check(folder.path(), "made --real train --features net.onnx");
    let found = findings(&ran);
    let frechet = found
        .iter()
        .find(|finding| finding["id"] == "fidelity.frechet")
        .expect("a distance");
    let expected = (20.0_f64 / 255.0).powi(2);
    assert!((number(frechet) - expected).abs() < 1e-5, "{frechet}");
    assert!(
        frechet["sentence"]
            .as_str()
            .is_some_and(|text| text.contains("the space of net.onnx")),
        "{frechet}"
    );
    assert_eq!(
        json(&ran.stdout)["about"]["notes"].as_array().map(Vec::len),
        Some(0)
    );
}

/// A `ValueInfoProto`: a tensor of floats with any number of rows.
fn rows_of(name: &str, width: usize) -> Message {
    let dimensions = Message::default()
        .message(1, &Message::default())
        .message(1, &Message::default().number(1, width as u64));
    let tensor = Message::default().number(1, 1).message(2, &dimensions);
    Message::default()
        .text(1, name)
        .message(2, &Message::default().message(1, &tensor))
}

/// The probability 1 / (1 + exp(−(age / 20 − spend / 50 − 1))), of a matrix of both columns or of each by its name.
fn probability(matrix: bool) -> Vec<u8> {
    let graph = Message::default().text(2, "clients");
    let graph = if matrix {
        graph
            .message(1, &node("Gemm", &["rows", "weights", "constant"], "odds"))
            .message(5, &tensor("weights", &[2, 1], &[0.05, -0.02]))
            .message(5, &tensor("constant", &[1], &[-1.0]))
            .message(11, &rows_of("rows", 2))
    } else {
        graph
            .message(1, &node("Mul", &["spend", "less"], "b"))
            .message(1, &node("Mul", &["age", "more"], "a"))
            .message(1, &node("Add", &["a", "b"], "both"))
            .message(1, &node("Add", &["both", "constant"], "odds"))
            .message(5, &tensor("less", &[1], &[-0.02]))
            .message(5, &tensor("more", &[1], &[0.05]))
            .message(5, &tensor("constant", &[1], &[-1.0]))
            .message(11, &rows_of("spend", 1))
            .message(11, &rows_of("age", 1))
    };
    let graph = graph
        .message(1, &node("Sigmoid", &["odds"], "answer"))
        .message(12, &rows_of("answer", 1));
    let operators = Message::default().text(1, "").number(2, 13);
    Message::default()
        .number(1, 8)
        .message(7, &graph)
        .message(8, &operators)
        .0
}

#[test]
#[ignore = "needs the library of ONNX Runtime, which `make networks` fetches"]
fn a_model_of_tables_answers_as_arithmetic_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut rows, mut said) = (
        "age,town,spend,churn\n".to_owned(),
        "prediction\n".to_owned(),
    );
    for row in 0..600_u32 {
        let (age, spend) = (18 + row * 7 % 60, row * 13 % 100);
        let churn = if (row * row) % 7 < 3 { "yes" } else { "no" };
        let town = ["Aalen", "Celle"][row as usize % 2];
        rows.push_str(&format!("{age},{town},{spend},{churn}\n"));
        let odds = 0.05 * f64::from(age) - 0.02 * f64::from(spend) - 1.0;
        said.push_str(&format!("{:.7}\n", 1.0 / (1.0 + (-odds).exp())));
    }
    let write =
        |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("written");
    write("rows.csv", rows.as_bytes());
    write("said.csv", said.as_bytes());
    write("matrix.onnx", &probability(true));
    write("named.onnx", &probability(false));
    write(
        "shift.yaml",
        b"shift: 1\npopulations: {older: {move: {age: 5}}}\n",
    );
    let table = |model: &str| {
        let arguments = format!(
            "shift --data rows.csv --target churn --to shift.yaml -o s.html --members 0 --metric brier --metric auc {model}"
        );
        let ran = run(offline_populace(folder.path()).args(arguments.split_whitespace()));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    let known = table("--predictions said.csv");
    assert_eq!(table("--model matrix.onnx"), known);
    assert_eq!(table("--model named.onnx"), known);
    // A network of pictures has no input that is a column.
    write("picture.onnx", &channels_first());
    let ran = run(offline_populace(folder.path()).args(
        "shift --data rows.csv --target churn --to shift.yaml -o s.html --model picture.onnx"
            .split_whitespace(),
    ));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .starts_with("cells separated by commas, UTF-8\nerror: picture.onnx: "),
        "{}",
        ran.stderr
    );
}
