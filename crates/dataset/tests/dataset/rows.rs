use std::fs::{self, File};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use dataset::{MakeError, Quiet, rows_only};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use population::{DeclaredPopulation, Population, PopulationError, Schema, Seed};

use crate::toy::{make_whole, population, recipe};

/// A population that remembers how much was asked of it at once, and fails from some row on.
struct Watched {
    population: DeclaredPopulation,
    largest: AtomicU64,
    fails_from: u64,
}

impl Population for Watched {
    fn schema(&self) -> &Schema {
        self.population.schema()
    }

    fn rows(&self, indices: Range<u64>, seed: Seed) -> Result<RecordBatch, PopulationError> {
        self.largest
            .fetch_max(indices.end - indices.start, Ordering::Relaxed);
        if indices.end > self.fails_from {
            return Err(PopulationError::BatchTooLarge { asked: 0 });
        }
        self.population.rows(indices, seed)
    }
}

#[test]
fn a_hundred_thousand_rows_pass_in_small_batches() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/rows.parquet");
    let recipe = recipe(100_000);
    let watched = Watched {
        population: population(&recipe),
        largest: AtomicU64::new(0),
        fails_from: u64::MAX,
    };
    let report = rows_only(&recipe, &watched, &path, &Quiet).unwrap();
    assert_eq!(
        (report.rows, report.bytes),
        (100_000, fs::metadata(&path).unwrap().len())
    );
    assert!(watched.largest.load(Ordering::Relaxed) <= 1024);

    let table = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    assert_eq!(table.metadata().file_metadata().num_rows(), 100_000);
    assert!(
        table
            .metadata()
            .row_groups()
            .iter()
            .all(|group| group.num_rows() <= 8192)
    );
    let created_by = table.metadata().file_metadata().created_by().unwrap();
    assert_eq!(created_by, concat!("populace ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_failure_leaves_no_file_and_spares_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    fs::write(&path, b"old").unwrap();
    let recipe = recipe(5000);
    let watched = Watched {
        population: population(&recipe),
        largest: AtomicU64::new(0),
        fails_from: 3000,
    };
    let error = rows_only(&recipe, &watched, &path, &Quiet).unwrap_err();
    assert!(
        matches!(error, MakeError::Population { sample: 2048, .. }),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_table_of_a_data_set_starts_with_the_rows_of_the_population() {
    let folder = tempfile::tempdir().unwrap();
    make_whole(folder.path(), 9);
    let table = ParquetRecordBatchReaderBuilder::try_new(
        File::open(folder.path().join("rows.parquet")).unwrap(),
    )
    .unwrap()
    .build()
    .unwrap()
    .next()
    .unwrap()
    .unwrap();
    let recipe = recipe(9);
    let drawn = population(&recipe).rows(0..9, recipe.seed).unwrap();
    for (at, field) in drawn.schema().fields().iter().enumerate() {
        assert_eq!(table.schema().field(at).name(), field.name());
        assert_eq!(table.column(at), drawn.column(at), "{}", field.name());
    }
    let names: Vec<String> = table
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let rest = [
        "brightness",
        "length_px",
        "word",
        "adult",
        "images_file",
        "notes_file",
        "content_sha256",
    ];
    assert_eq!(names[drawn.num_columns()..], rest);
}
