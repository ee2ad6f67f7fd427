//! What a study has done so far, on disk: a line for each finished task, so that a killed study goes on where it was.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::plan::{Plan, PlanError};
use crate::work::{Fault, Scored, Task};

/// Version of the format.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize, PartialEq)]
struct Header {
    format: u32,
    version: String,
    plan: String,
}

/// A finished task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What was to be done.
    pub task: Task,
    /// What came of it.
    pub outcome: Result<Scored, Fault>,
    /// How long it took.
    pub seconds: f64,
}

/// The record of a study.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    done: BTreeMap<String, Entry>,
    order: Vec<String>,
}

impl Journal {
    /// Opens the record in a study's folder, or begins one. A last line that a killed run left unfinished is cut off.
    ///
    /// # Errors
    ///
    /// A folder that another plan's study is in, a record that is damaged, a disk that does not write.
    pub fn open(folder: &Path, plan: &Plan, version: &str) -> Result<Self, PlanError> {
        let path = folder.join("study.jsonl");
        let shown = path.display().to_string();
        let disk = |error: std::io::Error| {
            PlanError::new(
                format!("{shown} cannot be written: {error}"),
                "make room or choose another folder; what was finished is kept",
            )
        };
        std::fs::create_dir_all(folder).map_err(disk)?;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(disk)?;
        file.try_lock().map_err(|_| {
            PlanError::new(
                format!("a study is running in {}", folder.display()),
                "wait for it, or choose another folder with -o",
            )
        })?;
        let header = Header {
            format: FORMAT,
            version: version.to_owned(),
            plan: plan.digest.clone(),
        };
        let mut done = BTreeMap::new();
        let mut order = Vec::new();
        let mut whole = 0_u64;
        let mut reader = BufReader::new(&file);
        let mut line = String::new();
        let mut first = true;
        loop {
            line.clear();
            let read = reader.read_line(&mut line).map_err(disk)?;
            // A line counts with its end.
            if read == 0 || !line.ends_with('\n') {
                break;
            }
            let damaged = || {
                PlanError::new(
                    format!("{shown} is damaged after {} tasks", order.len()),
                    "take it away to begin the study anew",
                )
            };
            if first {
                let found: Header = serde_json::from_str(&line).map_err(|_| damaged())?;
                if found != header {
                    let what = if found.plan == header.plan {
                        "of another version of this program"
                    } else {
                        "of another plan, or of other files than it names now"
                    };
                    return Err(PlanError::new(
                        format!("{} holds a study {what}", folder.display()),
                        "choose another folder with -o",
                    ));
                }
                first = false;
            } else {
                let entry: Entry = serde_json::from_str(&line).map_err(|_| damaged())?;
                let key = entry.task.key();
                order.push(key.clone());
                done.insert(key, entry);
            }
            whole += read as u64;
        }
        drop(reader);
        let mut journal = Self {
            file,
            path,
            done,
            order,
        };
        journal.file.set_len(whole).map_err(disk)?;
        journal.file.seek(SeekFrom::End(0)).map_err(disk)?;
        if first {
            journal.line(&header)?;
        }
        Ok(journal)
    }

    fn line(&mut self, what: &impl Serialize) -> Result<(), PlanError> {
        let mut text = serde_json::to_string(what).unwrap_or_default();
        text.push('\n');
        // In one call, so that a kill leaves a whole line or the beginning of one.
        self.file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data())
            .map_err(|error| {
                PlanError::new(
                    format!("{} cannot be written: {error}", self.path.display()),
                    "make room and run the same command again; it goes on where it was",
                )
            })
    }

    /// Records a finished task.
    ///
    /// # Errors
    ///
    /// A disk that does not write.
    pub fn record(&mut self, entry: Entry) -> Result<(), PlanError> {
        self.line(&entry)?;
        let key = entry.task.key();
        self.order.push(key.clone());
        self.done.insert(key, entry);
        Ok(())
    }

    /// What came of a task; none where it was not done.
    pub fn get(&self, task: &Task) -> Option<&Entry> {
        self.done.get(&task.key())
    }

    /// Everything that was done, in the order in which it was finished.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().filter_map(|key| self.done.get(key))
    }

    /// Seconds that all tasks together took.
    pub fn seconds(&self) -> f64 {
        self.entries().map(|entry| entry.seconds).sum()
    }
}
