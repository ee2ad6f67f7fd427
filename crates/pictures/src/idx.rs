//! IDX, the format of MNIST and its relatives: a magic number, the dimensions as big-endian numbers, then the bytes.

use std::io::Read;

use flate2::read::GzDecoder;

/// More than this is no data set of small pictures: 4 GiB.
const MOST: u64 = 1 << 32;

/// Bytes in up to three dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idx {
    /// One to three sizes, the slowest first.
    pub dimensions: Vec<usize>,
    /// As many as all sizes together.
    pub bytes: Vec<u8>,
}

/// Reads a file's bytes, compressed or not. The error says what is wrong with it, and nothing of what it says.
///
/// # Errors
///
/// Half a sentence that follows the file's name.
pub fn read(file: &[u8]) -> Result<Idx, &'static str> {
    let mut inflated = Vec::new();
    let file = if file.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(file)
            .take(MOST)
            .read_to_end(&mut inflated)
            .map_err(|_| "is damaged where it is compressed")?;
        &inflated
    } else {
        file
    };
    let (magic, rest) = file
        .split_first_chunk::<4>()
        .ok_or("is too short for an IDX file")?;
    let [0, 0, kind, count] = *magic else {
        return Err("does not begin as an IDX file does");
    };
    if kind != 8 {
        return Err("holds other numbers than bytes");
    }
    if count == 0 || count > 3 {
        return Err("has neither one, two nor three dimensions");
    }
    let (sizes, bytes) = rest
        .split_at_checked(4 * usize::from(count))
        .ok_or("is cut off in its dimensions")?;
    let dimensions: Vec<usize> = sizes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|size| u32::from_be_bytes(*size) as usize)
        .collect();
    let whole = dimensions
        .iter()
        .try_fold(1_usize, |a, &b| a.checked_mul(b));
    if whole != Some(bytes.len()) {
        return Err("has not as many bytes as its dimensions say");
    }
    Ok(Idx {
        dimensions,
        bytes: bytes.to_vec(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
        let mut file = vec![0, 0, 8, dimensions.len() as u8];
        for size in dimensions {
            file.extend_from_slice(&size.to_be_bytes());
        }
        file.extend_from_slice(bytes);
        file
    }

    #[test]
    fn a_file_is_read_compressed_or_not() {
        let plain = file(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&plain).unwrap();
        let wanted = Idx {
            dimensions: vec![2, 1, 3],
            bytes: vec![1, 2, 3, 4, 5, 6],
        };
        assert_eq!(read(&plain), Ok(wanted.clone()));
        assert_eq!(read(&packed.finish().unwrap()), Ok(wanted));
    }

    #[test]
    fn every_cut_and_every_changed_byte_of_the_header_is_refused_or_read_but_never_panics() {
        let whole = file(&[4, 2, 2], &[7; 16]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        for place in 0..16 {
            for value in 0..=255 {
                let mut changed = whole.clone();
                changed[place] = value;
                let unchanged = changed == whole;
                assert_eq!(read(&changed).is_ok(), unchanged, "byte {place} = {value}");
            }
        }
    }
}
