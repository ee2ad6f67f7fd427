//! Many clips, found by their tags.

use std::fs;
use std::path::{Path, PathBuf};

use population::Stream;
use privacy::Ledger;

use crate::clip::Clip;
use crate::error::MotionError;
use crate::frame::Frame;
use crate::skeleton::Skeleton;

const LEARN: &str =
    "write clips into it: `populace learn CLIP.bvh --as motion -o FOLDER/NAME.motion`";

/// Clips in the order of their files' names.
#[derive(Debug, Clone, Default)]
pub struct Library {
    clips: Vec<Clip>,
}

/// A moment of a clip, drawn at random.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Which clip.
    pub clip: &'a Clip,
    /// When in it, seconds.
    pub time_s: f32,
    /// Whether left and right are exchanged.
    pub mirrored: bool,
}

impl Library {
    /// Clips that are at hand.
    pub fn new(clips: Vec<Clip>) -> Self {
        Self { clips }
    }

    /// Reads all `.motion` files of a folder, not of those in it.
    ///
    /// # Errors
    /// The folder or the file that cannot be read and why; a folder without any.
    pub fn open(folder: &Path) -> Result<Self, MotionError> {
        let cannot = |path: &Path, error: &std::io::Error| {
            MotionError::new(format!("{} cannot be read: {error}", path.display()), LEARN)
        };
        let entries = fs::read_dir(folder).map_err(|error| cannot(folder, &error))?;
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| cannot(folder, &error))?.path();
            if path.extension().is_some_and(|e| e == "motion") {
                paths.push(path);
            }
        }
        paths.sort();
        if paths.is_empty() {
            return Err(MotionError::new(
                format!("{} holds no motions", folder.display()),
                LEARN,
            ));
        }
        let clips = paths.iter().map(|path| {
            let bytes = fs::read(path).map_err(|error| cannot(path, &error))?;
            Clip::from_bytes(&bytes).map_err(|error| {
                MotionError::new(format!("{}: {error}", path.display()), error.hint())
            })
        });
        Ok(Self {
            clips: clips.collect::<Result<_, _>>()?,
        })
    }

    /// All clips.
    pub fn clips(&self) -> &[Clip] {
        &self.clips
    }

    /// Those that have all of the tags.
    pub fn tagged<'a>(&'a self, tags: &'a [&str]) -> impl Iterator<Item = &'a Clip> {
        self.clips
            .iter()
            .filter(move |clip| tags.iter().all(|tag| clip.tags.iter().any(|t| t == tag)))
    }

    /// All tags, sorted, each once: what a message may offer.
    pub fn tags(&self) -> Vec<&str> {
        let tags = self.clips.iter().flat_map(|clip| &clip.tags);
        let mut all: Vec<&str> = tags.map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Draws a moment of the clips that have all of the tags, each second of each clip as likely as any other; `None` where no clip has them.
    ///
    /// # Determinism
    /// Always takes the same number of draws from the stream.
    pub fn draw<'a>(&'a self, tags: &[&str], stream: &mut Stream) -> Option<Moment<'a>> {
        let (at, mirrored) = (stream.uniform(), stream.uniform() < 0.5);
        let having: Vec<&Clip> = self
            .clips
            .iter()
            .filter(|clip| tags.iter().all(|tag| clip.tags.iter().any(|t| t == tag)))
            .collect();
        // A clip of one frame counts as one frame's time.
        let length = |clip: &Clip| f64::from(clip.seconds() + 1.0 / clip.fps);
        let whole: f64 = having.iter().map(|clip| length(clip)).sum();
        let mut left = at * whole;
        for clip in &having {
            if left < length(clip) {
                return Some(Moment {
                    clip,
                    time_s: (left as f32).min(clip.seconds()),
                    mirrored,
                });
            }
            left -= length(clip);
        }
        having.last().map(|clip| Moment {
            clip,
            time_s: clip.seconds(),
            mirrored,
        })
    }

    /// What was read of real people for all of the clips.
    pub fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::new();
        for clip in &self.clips {
            ledger.merge(&clip.ledger);
        }
        ledger
    }
}

impl Moment<'_> {
    /// The frame on one body, its feet where they stand, so many seconds later. Mirrored bodies are taken for the bodies they are: both sides alike.
    pub fn frame(&self, body: &Skeleton, later_s: f32) -> Frame {
        let frame = self.clip.planted_at(self.time_s + later_s, body);
        if self.mirrored {
            frame.mirrored()
        } else {
            frame
        }
    }
}

#[cfg(test)]
mod tests {
    use population::{Seed, Streams};

    use super::*;
    use crate::clip::Source;

    fn clip(name: &str, tags: &[&str], frames: usize) -> Clip {
        let mut ledger = Ledger::new();
        ledger.enter(name, "joint angles", privacy::Cost::NotPrivate);
        Clip {
            name: name.to_owned(),
            tags: tags.iter().map(|t| (*t).to_owned()).collect(),
            fps: 10.0,
            frames: vec![Frame::default(); frames],
            contacts: Vec::new(),
            looped: false,
            source: Source::default(),
            ledger,
        }
    }

    #[test]
    fn long_clips_are_drawn_as_often_as_they_are_long() {
        let library = Library::new(vec![
            clip("a", &["walk", "slow"], 30),
            clip("b", &["walk"], 10),
            clip("c", &["run"], 100),
        ]);
        assert_eq!(library.tags(), ["run", "slow", "walk"]);
        assert_eq!(library.tagged(&["walk"]).count(), 2);
        assert_eq!(library.ledger().entries().len(), 3);
        let mut stream = Streams::new(Seed(4), 0).stream("clip");
        let mut counts = [0_u32; 2];
        let mut mirrored = 0_u32;
        for _ in 0..4000 {
            let moment = library.draw(&["walk"], &mut stream).expect("two have it");
            counts[usize::from(moment.clip.name == "b")] += 1;
            mirrored += u32::from(moment.mirrored);
            assert!(moment.time_s <= moment.clip.seconds());
        }
        // Three to one, and half: six standard deviations of 27 and 32.
        assert!(counts[0].abs_diff(3000) < 165, "{counts:?}");
        assert!(mirrored.abs_diff(2000) < 190, "{mirrored}");
        assert!(library.draw(&["swim"], &mut stream).is_none());
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_names_and_bad_ones_are_told() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let folder = folder.path();
        let said = || Library::open(folder).expect_err("refused").to_string();
        assert!(said().ends_with("holds no motions"));
        for (file, name) in [("2.motion", "second"), ("1.motion", "first")] {
            fs::write(folder.join(file), clip(name, &[], 2).to_bytes()).expect("written");
        }
        fs::write(folder.join("notes.txt"), "nothing").expect("written");
        let library = Library::open(folder).expect("sound");
        let names: Vec<&str> = library.clips().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["first", "second"]);
        fs::write(folder.join("3.motion"), "nothing").expect("written");
        assert!(said().ends_with("3.motion: this is not a motion"));
        assert!(Library::open(&folder.join("absent")).is_err());
    }
}
