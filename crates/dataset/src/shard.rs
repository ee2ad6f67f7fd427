//! The part of a data set that one run makes.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// One of `of` contiguous parts of a data set. Parts differ in size by at most one sample, and together they are the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    of: u32,
}

impl Shard {
    /// The only part of an undivided data set.
    pub const WHOLE: Shard = Shard { index: 0, of: 1 };

    /// Part `index`, counted from 0, of `of`.
    ///
    /// # Errors
    /// [`ShardError`] unless `index < of`.
    pub fn new(index: u32, of: u32) -> Result<Self, ShardError> {
        if index < of {
            Ok(Self { index, of })
        } else {
            Err(ShardError {
                written: format!("{}/{of}", index + 1),
            })
        }
    }

    /// Which part, counted from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Its samples, out of `samples`.
    pub fn range(self, samples: u64) -> Range<u64> {
        let bound =
            |part: u32| (u128::from(samples) * u128::from(part) / u128::from(self.of)) as u64;
        bound(self.index)..bound(self.index + 1)
    }
}

/// As people write it, counted from 1: `3/16`.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

/// Reads what [`Shard`]'s `Display` writes: `1/16` is the first part, `16/16` the last.
impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(written: &str) -> Result<Self, ShardError> {
        let error = || ShardError {
            written: written.to_owned(),
        };
        let (part, of) = written.split_once('/').ok_or_else(error)?;
        let part: u32 = part.trim().parse().map_err(|_| error())?;
        let of: u32 = of.trim().parse().map_err(|_| error())?;
        let index = part.checked_sub(1).ok_or_else(error)?;
        Self::new(index, of).map_err(|_| error())
    }
}

/// A shard that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardError {
    written: String,
}

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a shard: write i/n with i from 1 to n, for example 3/16",
            self.written
        )
    }
}

impl std::error::Error for ShardError {}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_parts_cover_the_whole_once() {
        for (samples, of) in [(0, 1), (1, 4), (7, 3), (64, 4), (u64::MAX, 16)] {
            let mut next = 0;
            for index in 0..of {
                let range = Shard::new(index, of).unwrap().range(samples);
                assert_eq!(range.start, next, "shard {index} of {of}");
                assert!(range.end - range.start <= samples / u64::from(of) + 1);
                next = range.end;
            }
            assert_eq!(next, samples);
        }
    }

    #[test]
    fn a_shard_is_written_from_one() {
        assert_eq!("3/16".parse(), Shard::new(2, 16));
        assert_eq!(Shard::new(2, 16).unwrap().to_string(), "3/16");
        for wrong in ["0/4", "5/4", "1/0", "1", "a/b", "-1/3", "1/2/3"] {
            let message = wrong.parse::<Shard>().unwrap_err().to_string();
            assert!(
                message.contains(wrong) && message.contains("3/16"),
                "{message}"
            );
        }
    }
}
