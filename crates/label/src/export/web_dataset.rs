//! `WebDataset`: tar files in which the files of one sample follow each other under one name up to the first dot.

use super::output::{Growing, Output};
use super::{ExportError, Item, Writer};
use crate::layout;

/// Samples in one tar file.
pub const SAMPLES_PER_SHARD: u64 = 1000;
/// Tar pads everything to blocks of this many bytes.
const BLOCK: usize = 512;

pub(super) struct WebDataset<'a> {
    output: &'a Output,
    /// Folder and extension of every file of a sample.
    files: Vec<(String, String)>,
    shard: Option<Growing>,
}

impl<'a> WebDataset<'a> {
    pub(super) fn create(output: &'a Output, files: Vec<(String, String)>) -> Self {
        Self {
            output,
            files,
            shard: None,
        }
    }

    fn close(&mut self) -> Result<(), ExportError> {
        let Some(mut shard) = self.shard.take() else {
            return Ok(());
        };
        // An archive ends with two empty blocks.
        shard.write(&[0; 2 * BLOCK])?;
        self.output.close(shard)
    }
}

impl Writer for WebDataset<'_> {
    fn sample(&mut self, item: &Item<'_>) -> Result<(), ExportError> {
        if item.position.is_multiple_of(SAMPLES_PER_SHARD) {
            self.close()?;
            self.shard = Some(
                self.output
                    .open(&format!("{:06}.tar", item.position / SAMPLES_PER_SHARD))?,
            );
        }
        for (folder, extension) in &self.files {
            let bytes = item.file(folder)?;
            let field = match folder.as_str() {
                layout::IMAGES | layout::ANNOTATIONS => extension.clone(),
                other => format!("{other}.{extension}"),
            };
            let name = format!("{:09}.{field}", item.labels.sample);
            let header = header(&name, bytes.len() as u64)
                .map_err(|e| ExportError::disk("write", std::path::Path::new(&name), e))?;
            let padding = bytes.len().next_multiple_of(BLOCK) - bytes.len();
            if let Some(shard) = &mut self.shard {
                shard.write(header.as_bytes())?;
                shard.write(&bytes)?;
                shard.write(&[0; BLOCK][..padding])?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.close()
    }
}

/// A header without time and owner, so that the bytes depend on the sample alone.
fn header(name: &str, size: u64) -> std::io::Result<tar::Header> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name)?;
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(header)
}
