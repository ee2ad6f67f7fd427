use std::fs;
use std::path::Path;

use dataset::{ReadError, Reader};
use population::{Population, Row};

use crate::toy::{Mishap, Toy, make_whole, plan, population, recipe, run};

/// Compares every sample of a reader with the population and with what the toy stage computes.
fn check(directory: &Path, samples: u64) {
    let reader = Reader::open(directory).unwrap();
    let recipe = recipe(reader.description().samples);
    let population = population(&recipe);
    let mut seen = 0;
    for (index, record) in (0..).zip(reader.samples().unwrap()) {
        let record = record.unwrap();
        let batch = population.rows(index..index + 1, recipe.seed).unwrap();
        let row = Row::read(&batch, population.schema(), 0).unwrap();
        for record in [record, reader.sample(index).unwrap()] {
            assert_eq!(record.index().unwrap(), index);
            assert_eq!(record.origin().unwrap(), row.origin);
            let age = record.number("age_years").unwrap().unwrap();
            assert_eq!(age.to_bits(), row.number("age_years").unwrap().to_bits());
            assert_eq!(record.text("sex").unwrap(), row.category("sex").unwrap());
            assert_eq!(
                record.number("ancestry.asian").unwrap(),
                Some(row.mix("ancestry").unwrap()[1])
            );
            assert_eq!(record.integer("camera.width_px").unwrap(), 64);
            assert_eq!(
                record.number("brightness").unwrap().is_none(),
                index % 5 == 3
            );
            assert_eq!(record.flag("adult").unwrap(), age >= 18.0);
            assert_eq!(
                record.file("images").unwrap(),
                format!("images/{index:09}.png")
            );
            let picture = fs::read(record.path("images").unwrap()).unwrap();
            assert_eq!(
                record.integer("length_px").unwrap(),
                i64::try_from(picture.len()).unwrap()
            );
        }
        seen += 1;
    }
    assert_eq!((seen, reader.len()), (samples, samples));
}

#[test]
fn a_finished_data_set_reads_back_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 12);
    check(folder.path(), 12);
    let reader = Reader::open(folder.path()).unwrap();
    assert!(reader.is_finished());
    assert_eq!(
        reader.artefacts().collect::<Vec<_>>(),
        [("images", "png"), ("notes", "json")]
    );
    assert_eq!(
        reader.scalars().collect::<Vec<_>>(),
        ["brightness", "length_px", "word", "adult"]
    );
    assert!(matches!(
        reader.sample(12),
        Err(ReadError::NoSample {
            sample: 12,
            samples: 12
        })
    ));
}

#[test]
fn the_hidden_folder_is_not_needed_to_read() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 12);
    fs::remove_dir_all(folder.path().join(".populace")).unwrap();
    check(folder.path(), 12);
}

#[test]
fn an_unfinished_data_set_reads_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    run(
        &recipe(12),
        &Toy::with(Mishap::FailsFrom(7)),
        &plan(folder.path(), 1),
    )
    .unwrap_err();
    check(folder.path(), 7);
    let reader = Reader::open(folder.path()).unwrap();
    assert!(!reader.is_finished());
    assert_eq!(reader.description().samples, 12);
    assert!(matches!(reader.sample(7), Err(ReadError::NoSample { .. })));
}

#[test]
fn a_data_set_without_a_finished_sample_opens_empty() {
    let folder = tempfile::tempdir().unwrap();
    run(
        &recipe(12),
        &Toy::with(Mishap::FailsFrom(0)),
        &plan(folder.path(), 1),
    )
    .unwrap_err();
    let reader = Reader::open(folder.path()).unwrap();
    assert!(reader.is_empty());
    assert_eq!(reader.samples().unwrap().count(), 0);
}

#[test]
fn samples_are_found_in_every_row_group() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Toy {
        files: false,
        ..Toy::new()
    };
    let count = 8192 + 700;
    run(&recipe(count), &stage, &plan(folder.path(), 2)).unwrap();
    let reader = Reader::open(folder.path()).unwrap();
    for sample in [0, 1023, 8191, 8192, 8193, count - 1] {
        assert_eq!(reader.sample(sample).unwrap().index().unwrap(), sample);
    }
    assert_eq!(
        reader
            .samples()
            .unwrap()
            .map(|record| record.unwrap().index().unwrap())
            .sum::<u64>(),
        count * (count - 1) / 2
    );
    assert!(
        reader
            .batches()
            .unwrap()
            .all(|batch| batch.unwrap().num_rows() <= 1024)
    );
}

#[test]
fn an_unknown_column_or_a_wrong_type_is_named() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 1);
    let record = Reader::open(folder.path()).unwrap().sample(0).unwrap();
    assert_eq!(
        record.number("sex").unwrap_err().to_string(),
        "the rows have no column `sex` that is a number"
    );
    assert_eq!(
        record.path("depth").unwrap_err().to_string(),
        "the rows have no column `depth_file` that is a text"
    );
}

#[test]
fn folders_that_are_no_data_set_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let error = Reader::open(folder.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is not a data set: it has neither a card.json"),
        "{error}"
    );
    assert!(error.hint().is_some());
    let error = Reader::open(&folder.path().join("none")).unwrap_err();
    assert!(
        error.to_string().starts_with("there is no folder"),
        "{error}"
    );

    make_whole(folder.path(), 3);
    fs::write(
        folder.path().join("rows.parquet"),
        b"PAR1 but not really PAR1",
    )
    .unwrap();
    let error = Reader::open(folder.path()).unwrap_err();
    assert!(
        error.to_string().contains("rows.parquet is damaged"),
        "{error}"
    );
    fs::write(folder.path().join("card.json"), b"{").unwrap();
    let error = Reader::open(folder.path()).unwrap_err();
    assert!(
        error.to_string().contains("card.json is damaged"),
        "{error}"
    );
}
