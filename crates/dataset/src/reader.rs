//! Reading a data set: its description, its rows, and where its files are.
//!
//! A finished data set is read from `card.json` and `rows.parquet` alone, so it may have been copied without its hidden folder. An unfinished one
//! is read from its journals, and has the samples that are finished so far.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};

use crate::card::{CARD, Card};
use crate::catalogue::{Catalogue, Entries};
use crate::description::Description;
use crate::disk::{Action, DiskError};
use crate::error::ReadError;
use crate::journal::Entry;
use crate::table::{BATCH_ROWS, CONTENT, Layout, ROWS, Table, file_column};

/// An open data set.
#[derive(Debug)]
pub struct Reader {
    directory: PathBuf,
    description: Description,
    layout: Layout,
    rows: Rows,
}

/// Where rows come from.
#[derive(Debug)]
enum Rows {
    /// `rows.parquet`, all of them, in order.
    Table {
        file: File,
        metadata: ArrowReaderMetadata,
        samples: u64,
    },
    /// The journals of an unfinished run: the samples they have, in order. No table as long as there are none.
    Journal {
        catalogue: Catalogue,
        samples: Vec<u64>,
        table: Option<Table>,
    },
}

impl Reader {
    /// Opens the data set in a folder, finished or not.
    ///
    /// # Errors
    /// [`ReadError`] if the folder does not exist, is no data set, or its card or table is damaged.
    pub fn open(directory: &Path) -> Result<Self, ReadError> {
        if !directory.is_dir() {
            return Err(ReadError::NoFolder {
                directory: directory.to_owned(),
            });
        }
        match Card::read(directory)? {
            Some(card) => Self::finished(directory, card),
            None => Self::unfinished(directory),
        }
    }

    fn finished(directory: &Path, card: Card) -> Result<Self, ReadError> {
        let path = directory.join(ROWS);
        let file = File::open(&path).map_err(|error| DiskError::new(Action::Read, &path, error))?;
        let metadata =
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).map_err(|error| {
                ReadError::Damaged {
                    file: path.clone(),
                    reason: error.to_string(),
                }
            })?;
        let samples = metadata.metadata().file_metadata().num_rows();
        let layout = card.populace.layout();
        let description = card.populace.description;
        let samples = u64::try_from(samples).unwrap_or(0);
        if samples != description.samples {
            return Err(ReadError::Damaged {
                file: path,
                reason: format!(
                    "it has {samples} rows, but {CARD} speaks of {}",
                    description.samples
                ),
            });
        }
        let rows = Rows::Table {
            file,
            metadata,
            samples,
        };
        Ok(Self {
            directory: directory.to_owned(),
            description,
            layout,
            rows,
        })
    }

    fn unfinished(directory: &Path) -> Result<Self, ReadError> {
        let catalogue = Catalogue::read(directory)?;
        // Of several runs the one for the most samples says what the whole is going to be.
        let Some(source) = catalogue
            .journals()
            .iter()
            .max_by_key(|source| source.header.description.samples)
        else {
            return Err(ReadError::NotADataSet {
                directory: directory.to_owned(),
            });
        };
        let description = source.header.description.clone();
        let columns = source.header.columns.clone();
        let samples: Vec<u64> = catalogue.samples().collect();
        let first = match samples.first() {
            Some(&sample) => Entries::new().get(&catalogue, sample)?,
            None => None,
        };
        let layout = first.as_ref().map_or(
            Layout {
                artefacts: Vec::new(),
                scalars: Vec::new(),
            },
            Layout::of,
        );
        let table = first.map(|_| Table::new(columns, layout.clone()));
        let rows = Rows::Journal {
            catalogue,
            samples,
            table,
        };
        Ok(Self {
            directory: directory.to_owned(),
            description,
            layout,
            rows,
        })
    }

    /// The folder.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Recipe, seed, versions and sources.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// How many samples can be read; fewer than the description's as long as the data set is unfinished.
    pub fn len(&self) -> u64 {
        match &self.rows {
            Rows::Table { samples, .. } => *samples,
            Rows::Journal { samples, .. } => samples.len() as u64,
        }
    }

    /// Whether there is no sample yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all samples are there, with table and card.
    pub fn is_finished(&self) -> bool {
        matches!(self.rows, Rows::Table { .. })
    }

    /// Folders of artefacts with the extension of their files, in column order.
    pub fn artefacts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.layout
            .artefacts
            .iter()
            .map(|(folder, extension)| (folder.as_str(), extension.as_str()))
    }

    /// Names of the scalar labels, in column order.
    pub fn scalars(&self) -> impl Iterator<Item = &str> {
        self.layout.scalars.iter().map(|(name, _)| name.as_str())
    }

    /// All rows in sample order, as record batches of at most 1024.
    ///
    /// # Errors
    /// [`ReadError`] if the table cannot be read; each batch may fail as well.
    pub fn batches(&self) -> Result<Batches<'_>, ReadError> {
        Ok(Batches(match &self.rows {
            Rows::Table { file, metadata, .. } => Source::Table {
                reader: self.table_reader(file, metadata, None)?,
                path: self.directory.join(ROWS),
            },
            Rows::Journal {
                catalogue,
                samples,
                table,
            } => Source::Journal {
                catalogue,
                table: table.as_ref(),
                samples: samples.chunks(BATCH_ROWS as usize),
                entries: Entries::new(),
                directory: &self.directory,
            },
        }))
    }

    /// All samples in order.
    ///
    /// # Errors
    /// As [`Reader::batches`].
    pub fn samples(
        &self,
    ) -> Result<impl Iterator<Item = Result<SampleRecord, ReadError>> + use<'_>, ReadError> {
        let directory: Arc<Path> = self.directory.as_path().into();
        Ok(self.batches()?.flat_map(move |batch| {
            let directory = directory.clone();
            let (batch, failure) = match batch {
                Ok(batch) => (Some(batch), None),
                Err(error) => (None, Some(Err(error))),
            };
            let records = batch.into_iter().flat_map(move |batch| {
                let directory = directory.clone();
                (0..batch.num_rows()).map(move |row| {
                    Ok(SampleRecord {
                        batch: batch.clone(),
                        row,
                        directory: directory.clone(),
                    })
                })
            });
            records.chain(failure)
        }))
    }

    /// One sample by its number.
    ///
    /// # Errors
    /// [`ReadError::NoSample`] if it does not exist or is not finished; others if it cannot be read.
    pub fn sample(&self, sample: u64) -> Result<SampleRecord, ReadError> {
        let none = || ReadError::NoSample {
            sample,
            samples: self.description.samples,
        };
        let batch = match &self.rows {
            Rows::Table {
                file,
                metadata,
                samples,
            } => {
                if sample >= *samples {
                    return Err(none());
                }
                let mut reader = self.table_reader(file, metadata, Some(sample))?;
                let batch = reader.next().ok_or_else(none)?;
                batch.map_err(|error| ReadError::Damaged {
                    file: self.directory.join(ROWS),
                    reason: error.to_string(),
                })?
            }
            Rows::Journal {
                catalogue, table, ..
            } => {
                let (Some(table), Some(entry)) = (table, Entries::new().get(catalogue, sample)?)
                else {
                    return Err(none());
                };
                table
                    .batch(&[entry])
                    .map_err(|reason| journals_damaged(&self.directory, reason))?
            }
        };
        Ok(SampleRecord {
            batch,
            row: 0,
            directory: self.directory.as_path().into(),
        })
    }

    /// Rows of the table: all, or only one.
    fn table_reader(
        &self,
        file: &File,
        metadata: &ArrowReaderMetadata,
        only: Option<u64>,
    ) -> Result<ParquetRecordBatchReader, ReadError> {
        let path = self.directory.join(ROWS);
        let file = file
            .try_clone()
            .map_err(|error| DiskError::new(Action::Read, &path, error))?;
        let mut builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
                .with_batch_size(BATCH_ROWS as usize);
        if let Some(sample) = only {
            let mut first = 0;
            for (group, about) in metadata.metadata().row_groups().iter().enumerate() {
                let rows = u64::try_from(about.num_rows()).unwrap_or(0);
                if sample < first + rows {
                    builder = builder
                        .with_row_groups(vec![group])
                        .with_offset((sample - first) as usize)
                        .with_limit(1);
                    break;
                }
                first += rows;
            }
        }
        builder.build().map_err(|error| ReadError::Damaged {
            file: path,
            reason: error.to_string(),
        })
    }
}

fn journals_damaged(directory: &Path, reason: String) -> ReadError {
    ReadError::Damaged {
        file: directory.join(crate::journal::FOLDER),
        reason,
    }
}

/// Iterator over the rows of a data set; see [`Reader::batches`].
#[derive(Debug)]
pub struct Batches<'r>(Source<'r>);

#[derive(Debug)]
enum Source<'r> {
    Table {
        reader: ParquetRecordBatchReader,
        path: PathBuf,
    },
    Journal {
        catalogue: &'r Catalogue,
        table: Option<&'r Table>,
        samples: std::slice::Chunks<'r, u64>,
        entries: Entries,
        directory: &'r Path,
    },
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Source::Table { reader, path } => {
                let batch = reader.next()?;
                Some(batch.map_err(|error| ReadError::Damaged {
                    file: path.clone(),
                    reason: error.to_string(),
                }))
            }
            Source::Journal {
                catalogue,
                table,
                samples,
                entries,
                directory,
            } => {
                let table = (*table)?;
                let chunk: Result<Vec<Entry>, ReadError> = samples
                    .next()?
                    .iter()
                    .map(|&sample| {
                        entries.get(catalogue, sample)?.ok_or_else(|| {
                            journals_damaged(
                                directory,
                                format!("the line of sample {sample} is gone"),
                            )
                        })
                    })
                    .collect();
                Some(chunk.and_then(|chunk| {
                    table
                        .batch(&chunk)
                        .map_err(|reason| journals_damaged(directory, reason))
                }))
            }
        }
    }
}

/// One sample of a data set: its row, and where its files are.
#[derive(Debug, Clone)]
pub struct SampleRecord {
    batch: RecordBatch,
    row: usize,
    directory: Arc<Path>,
}

impl SampleRecord {
    /// Its number.
    ///
    /// # Errors
    /// [`ReadError::NoColumn`] if the rows have no such column of that type; likewise for all below.
    pub fn index(&self) -> Result<u64, ReadError> {
        self.unsigned("sample")
    }

    /// The draw it comes from.
    ///
    /// # Errors
    /// As [`SampleRecord::index`].
    pub fn origin(&self) -> Result<u64, ReadError> {
        self.unsigned("origin")
    }

    /// Names and types of all columns: attributes, scalars, files, content hash.
    pub fn schema(&self) -> SchemaRef {
        self.batch.schema()
    }

    /// A real number; `None` where a scalar label is missing.
    ///
    /// # Errors
    /// As [`SampleRecord::index`].
    pub fn number(&self, name: &str) -> Result<Option<f64>, ReadError> {
        let column = self.column(name, "a number")?;
        let column = column
            .as_primitive_opt::<Float64Type>()
            .ok_or_else(|| no_column(name, "a number"))?;
        Ok(column.is_valid(self.row).then(|| column.value(self.row)))
    }

    /// A whole number.
    ///
    /// # Errors
    /// As [`SampleRecord::index`].
    pub fn integer(&self, name: &str) -> Result<i64, ReadError> {
        let column = self.column(name, "an integer")?;
        Ok(column
            .as_primitive_opt::<Int64Type>()
            .ok_or_else(|| no_column(name, "an integer"))?
            .value(self.row))
    }

    /// A word: a category or a text.
    ///
    /// # Errors
    /// As [`SampleRecord::index`].
    pub fn text(&self, name: &str) -> Result<&str, ReadError> {
        let column = self.column(name, "a text")?;
        Ok(column
            .as_string_opt::<i32>()
            .ok_or_else(|| no_column(name, "a text"))?
            .value(self.row))
    }

    /// Yes or no, of a scalar label.
    ///
    /// # Errors
    /// As [`SampleRecord::index`].
    pub fn flag(&self, name: &str) -> Result<bool, ReadError> {
        let column = self.column(name, "a flag")?;
        Ok(column
            .as_boolean_opt()
            .ok_or_else(|| no_column(name, "a flag"))?
            .value(self.row))
    }

    /// Its file in a folder, relative to the data set: `images/000000017.png`.
    ///
    /// # Errors
    /// As [`SampleRecord::index`].
    pub fn file(&self, folder: &str) -> Result<&str, ReadError> {
        self.text(&file_column(folder))
    }

    /// Path of its file in a folder.
    ///
    /// # Errors
    /// As [`SampleRecord::index`].
    pub fn path(&self, folder: &str) -> Result<PathBuf, ReadError> {
        Ok(self.directory.join(self.file(folder)?))
    }

    /// Hash over all its files: SHA-256 of what `sha256sum` prints for them, in column order.
    ///
    /// # Errors
    /// As [`SampleRecord::index`].
    pub fn content_sha256(&self) -> Result<&str, ReadError> {
        self.text(CONTENT)
    }

    pub(crate) fn unsigned(&self, name: &str) -> Result<u64, ReadError> {
        let column = self.column(name, "an index")?;
        Ok(column
            .as_primitive_opt::<UInt64Type>()
            .ok_or_else(|| no_column(name, "an index"))?
            .value(self.row))
    }

    fn column(&self, name: &str, expected: &'static str) -> Result<&ArrayRef, ReadError> {
        self.batch
            .column_by_name(name)
            .ok_or_else(|| no_column(name, expected))
    }
}

fn no_column(name: &str, expected: &'static str) -> ReadError {
    ReadError::NoColumn {
        name: name.to_owned(),
        expected,
    }
}
