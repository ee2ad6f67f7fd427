//! What one attribute alone does to a model: planted effects are found with their size, none is found where there is none, and answers that do not fit get a sentence.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use check::{Finding, Pairs, Section, Standing, printed_answers};
use parquet::arrow::ArrowWriter;
use population::stream::{Seed, Streams};
use tempfile::TempDir;

/// A data set of so many draws, each at the tones 2 and 9, as `make` lays it out, without pictures.
fn data_set(draws: u64) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = 0..2 * draws;
    let columns: [(&str, ArrayRef); 5] = [
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
                samples.clone().map(|s| if s % 2 == 0 { 2.0 } else { 9.0 }),
            )),
        ),
        (
            "sex",
            Arc::new(StringArray::from_iter_values(
                samples
                    .clone()
                    .map(|s| if s / 2 % 3 == 0 { "female" } else { "male" }),
            )),
        ),
        (
            "images_file",
            Arc::new(StringArray::from_iter_values(
                samples.map(|s| format!("images/{s:09}.png")),
            )),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let file = File::create(folder.path().join("rows.parquet")).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("written");
    fs::write(
        folder.path().join("recipe.yaml"),
        "populace: 1\nname: pairs\npair: {change: skin_tone, to: [2, 9]}\n",
    )
    .expect("written");
    folder
}

/// Answers whose draws differ a lot, and whose tones by an effect that depends on sex.
fn answers(draws: u64, seed: u64, effect: impl Fn(u64) -> f64) -> Vec<f64> {
    let mut stream = Streams::new(Seed(seed), 0).stream("answers");
    (0..draws)
        .flat_map(|draw| {
            let base = 0.5 + 0.2 * stream.normal();
            let noise = 0.01 * stream.normal();
            [base, base + effect(draw) + noise]
        })
        .collect()
}

fn judged(draws: u64, predictions: &[f64]) -> Section {
    let folder = data_set(draws);
    let pairs = Pairs::open(folder.path()).expect("pairs");
    pairs.judge(predictions, 0.5, &["sex".to_owned()])
}

fn find<'a>(section: &'a Section, id: &str) -> &'a Finding {
    let mut all = section.findings.iter();
    all.find(|finding| finding.id == id)
        .unwrap_or_else(|| panic!("{section:?}"))
}

#[test]
fn a_planted_effect_is_found_with_its_size_though_people_differ_far_more() {
    let section = judged(200, &answers(200, 1, |_| -0.05));
    let effect = find(&section, "pairs.effect");
    let number = effect.number().expect("computed");
    assert!((number.value - 0.05).abs() < 0.005, "{number:?}");
    let interval = number.interval.expect("an interval");
    assert!(interval.low < 0.05 && 0.05 < interval.high && interval.high - interval.low < 0.01);
    assert_eq!(effect.standing, Standing::Bad);
    assert!(
        effect.sentence.contains("from 2 to 9") && effect.sentence.contains("by -0.05"),
        "{}",
        effect.sentence
    );
    // Where every pair falls, so do its decisions.
    let flips = &find(&section, "pairs.flips").details[0].table.rows;
    assert_eq!(flips[0][1], "0");
    assert!(
        flips[1][1].parse::<u32>().expect("a count") > 5,
        "{flips:?}"
    );
    assert_eq!(section.standing, Standing::Bad);
}

#[test]
fn an_effect_on_one_group_only_is_found_there() {
    let section = judged(
        300,
        &answers(300, 2, |draw| if draw % 3 == 0 { 0.06 } else { 0.0 }),
    );
    let by_sex = find(&section, "pairs.effect.sex");
    assert_eq!(by_sex.standing, Standing::Bad, "{by_sex:?}");
    assert!(
        by_sex.sentence.ends_with("for female."),
        "{}",
        by_sex.sentence
    );
}

#[test]
fn no_effect_gives_no_alarm_and_intervals_cover_zero_as_often_as_they_say() {
    // Of 200 intervals of 95 % fewer than 180 cover the truth with probability 3e-4.
    let mut covered = 0;
    let folder = data_set(60);
    let pairs = Pairs::open(folder.path()).expect("pairs");
    for seed in 0..200 {
        let section = pairs.judge(&answers(60, seed, |_| 0.0), 0.5, &[]);
        let effect = find(&section, "pairs.effect");
        assert_eq!(effect.standing, Standing::Good, "{effect:?}");
        let interval = effect.number().and_then(|number| number.interval);
        covered += u32::from(interval.expect("an interval").low == 0.0);
    }
    assert!((180..=200).contains(&covered), "{covered}");
}

#[test]
fn predictions_are_read_by_order_by_sample_and_by_file() {
    let folder = data_set(3);
    let pairs = Pairs::open(folder.path()).expect("pairs");
    let path = folder.path().join("answers.csv");
    let read = |text: &str| {
        fs::write(&path, text).expect("written");
        pairs.predictions(&path).map_err(|error| error.to_string())
    };
    let expected = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5];
    assert_eq!(
        read("prediction\n0\n0.1\n0.2\n0.3\n0.4\n0.5\n").expect("read"),
        expected
    );
    assert_eq!(
        read("sample,model,prediction\n5,a,0.5\n0,a,0\n1,a,0.1\n3,a,0.3\n2,a,0.2\n4,a,0.4\n")
            .expect("read"),
        expected
    );
    assert_eq!(
        read("file,score\nimages/000000005.png,0.5\n000000000.png,0\n000000001.png,0.1\n000000003.png,0.3\n000000002.png,0.2\n000000004.png,0.4\n").expect("read"),
        expected
    );
    let shown = path.display();
    for (text, said) in [
        (
            "prediction\n1\n2\n",
            "has 2 predictions, and the data set 6 samples",
        ),
        (
            "prediction\n1\n2\n3\nNaN\n5\n6\n",
            "row 4: the prediction is no finite number",
        ),
        (
            "a,b\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n",
            "has the columns a, b, and none is called `prediction`",
        ),
        (
            "sample,p\n0,1\n0,1\n1,1\n2,1\n3,1\n4,1\n",
            "row 2: the sample was predicted before",
        ),
        (
            "sample,p\n0,1\n9,1\n1,1\n2,1\n3,1\n4,1\n",
            "row 2: the data set has no such sample",
        ),
    ] {
        assert_eq!(read(text).expect_err("refused"), format!("{shown} {said}"));
    }
}

#[test]
fn what_a_program_prints_is_counted_and_read() {
    assert_eq!(
        printed_answers("1\n0.5\nyes\nno\n\n", 4).expect("read"),
        [1.0, 0.5, 1.0, 0.0]
    );
    let said = |text: &str| printed_answers(text, 4).expect_err("refused").to_string();
    assert_eq!(
        said("1\n2\n"),
        "the command printed 2 lines, and there are 4 pictures"
    );
    assert_eq!(
        said("1\n2\nwhat\n4\n"),
        "line 3 of what the command printed is no finite number"
    );
}

#[test]
fn folders_without_pairs_and_too_few_pairs_say_so() {
    let said = |folder: &Path| Pairs::open(folder).expect_err("refused").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    assert!(said(folder.path()).ends_with("has no recipe.yaml that can be read"));
    fs::write(folder.path().join("recipe.yaml"), "name: none\n").expect("written");
    assert!(said(folder.path()).ends_with("holds no pairs: its recipe has no `pair:`"));
    let section = judged(10, &answers(10, 1, |_| 0.1));
    assert!(
        section.verdict[0].contains("there are 10 whole pairs, and a mean needs 30"),
        "{section:?}"
    );
    assert_eq!(section.standing, Standing::NotComputed);
}
