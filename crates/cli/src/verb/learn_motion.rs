//! `learn --as motion`: from a recording to a clip that any body can do.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use motion::clip::Clip;
use motion::take::Format;
use motion::{MotionError, Recording};
use privacy::Ledger;
use serde_json::json;

use super::learn::{can_be_written, folder_of, write_whole};
use crate::Verdict;
use crate::args::LearnArgs;
use crate::failure::Failure;
use crate::progress::{Meter, bytes_in_words};

/// A longer file is no clip: two hours at 120 a second have less.
const MOST_BYTES: u64 = 1 << 30;
/// The tag that asks for a loop.
const LOOP: &str = "loop";

pub(super) fn learn(
    args: &LearnArgs,
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let path = Path::new(&args.data);
    let format = match path.extension().and_then(|e| e.to_str()) {
        Some(e) if e.eq_ignore_ascii_case("bvh") => Format::Bvh,
        Some(e) if e.eq_ignore_ascii_case("amc") => Format::Acclaim,
        _ => {
            return Err(
                Failure::new(format!("{} is not named as a motion is", path.display()))
                    .with_hint("give a .bvh file, or an .amc file with its skeleton"),
            );
        }
    };
    let Some(target) = args.out.as_deref() else {
        return Err(Failure::new("a motion has no columns to show")
            .with_hint("leave `--kinds` out, and say where the clip goes: `-o NAME.motion`"));
    };
    can_be_written(target)?;
    let bytes = read(path)?;
    let skeleton = match (&args.motion.skeleton, format) {
        (Some(skeleton), _) => Some(skeleton.clone()),
        (None, Format::Acclaim) => beside(path),
        (None, Format::Bvh) => None,
    };
    let skeleton_bytes = skeleton.as_deref().map(read).transpose()?;
    let map = match &args.motion.map {
        Some(map) => Some(String::from_utf8(read(map)?).map_err(|_| {
            Failure::new("it is not text")
                .with_hint("write lines such as `left_upper_leg: THEIR_NAME`")
                .in_file(map)
        })?),
        None => None,
    };
    let file = path.file_name().and_then(|n| n.to_str()).unwrap_or("clip");
    let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or("clip");
    let mut ledger = Ledger::new();
    let in_clip = |error: MotionError| Failure::from(error).in_file(path);
    let recording =
        Recording::read(file, &bytes, skeleton_bytes.as_deref(), format).map_err(in_clip)?;
    let made = recording
        .learn(name, map.as_deref(), &mut ledger)
        .map_err(in_clip)?;
    for note in &made.notes {
        meter.say(note);
    }
    let mut clip = made.clip;
    if args.motion.tags.iter().any(|tag| tag == LOOP) {
        clip = looped(&clip, meter)?;
    }
    clip.tags.clone_from(&args.motion.tags);
    let written = clip.to_bytes();
    write_whole(target, &written)?;
    let loops = if clip.looped { ", a loop" } else { "" };
    meter.say(&format!(
        "learned {:.1} s at {} frames a second{loops} from a skeleton of {} names (unit: {}) into {} ({})",
        clip.seconds(),
        clip.fps,
        clip.source.family,
        made.unit.name,
        target.display(),
        bytes_in_words(written.len() as u64)
    ));
    meter.say(&ledger.statement());
    if args.json {
        let answer = json!({
            "motion": target, "bytes": written.len(), "seconds": clip.seconds(), "fps": clip.fps, "frames": clip.frames.len(),
            "family": clip.source.family, "unit": made.unit.name, "leg_m": made.unit.leg_m, "contacts": clip.contacts.len(),
            "looped": clip.looped, "tags": clip.tags, "notes": made.notes, "sha256": clip.source.sha256,
            "ledger": clip.ledger.entries(), "statement": ledger.statement(),
        });
        writeln!(out, "{answer}")?;
    }
    Ok(Verdict::Yes)
}

fn looped(clip: &Clip, meter: &Meter) -> Result<Clip, Failure> {
    let Some((round, far_m)) = clip.looped() else {
        return Err(Failure::new("this clip is too short to make a loop of")
            .with_hint("leave the tag `loop` out, or give a longer clip"));
    };
    meter.say(&format!(
        "made a loop of {:.2} s of {:.2} s; its ends were {:.0} mm apart in the mean of the joints",
        round.seconds(),
        clip.seconds(),
        far_m * 1e3
    ));
    Ok(round)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{} cannot be read: {error}", path.display()))
            .with_hint("name a file that is there")
    };
    let length = fs::metadata(path).map_err(|error| cannot(&error))?.len();
    if length > MOST_BYTES {
        return Err(Failure::new(format!(
            "{} has {}, and a clip has at most 1 GiB",
            path.display(),
            bytes_in_words(length)
        ))
        .with_hint("cut the recording into clips"));
    }
    fs::read(path).map_err(|error| cannot(&error))
}

/// The skeleton in the clip's folder, where there is one and no other.
fn beside(path: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder_of(path)).ok()?;
    let mut skeletons = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("asf")));
    let found = skeletons.next()?;
    skeletons.next().is_none().then_some(found)
}
