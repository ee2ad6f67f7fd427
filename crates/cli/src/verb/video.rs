//! `export video`: each sequence of a data set as a film, by the `ffmpeg` of this machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dataset::Reader;
use serde_json::json;

use crate::Verdict;
use crate::args::ExportArgs;
use crate::failure::Failure;

/// One film.
struct Film {
    sequence: u64,
    fps: f64,
    first: PathBuf,
    /// Sample of its first frame.
    start: u64,
    frames: u64,
}

pub(crate) fn run(args: &ExportArgs, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let reader = Reader::open(Path::new(&args.source))?;
    let films = films(&reader)?;
    if args.out.exists() && std::fs::read_dir(&args.out).is_ok_and(|mut all| all.next().is_some()) {
        return Err(Failure::new(format!("{} is not empty", args.out.display()))
            .with_hint("films are written into a folder of their own"));
    }
    for film in &films {
        write(film, &args.out)?;
    }
    if args.json {
        let answer = json!({"format": "video", "samples": films.iter().map(|film| film.frames).sum::<u64>(), "files": films.len()});
        writeln!(out, "{answer}")?;
    } else {
        writeln!(
            out,
            "video: {} films in {}",
            films.len(),
            args.out.display()
        )?;
    }
    Ok(Verdict::Yes)
}

/// The sequences of a data set, from its rows alone.
fn films(reader: &Reader) -> Result<Vec<Film>, Failure> {
    let mut films: Vec<Film> = Vec::new();
    for record in reader.samples()? {
        let record = record?;
        let number = |name: &str| record.number(name).ok().flatten().unwrap_or(0.0);
        let (seconds, fps) = (number("sequence.seconds"), number("sequence.fps"));
        let frames = (seconds * fps).round() as u64;
        if frames < 2 {
            return Err(Failure::new(format!(
                "{} holds single pictures, no sequences",
                reader.directory().display()
            ))
            .with_hint("sequences come from a recipe with `sequence: {seconds: 4, fps: 10}`"));
        }
        let sample = record.index()?;
        match films.last_mut() {
            Some(film) if film.sequence == sample / frames => film.frames += 1,
            _ => films.push(Film {
                sequence: sample / frames,
                fps,
                first: record.path(label::layout::IMAGES)?,
                start: sample,
                frames: 1,
            }),
        }
    }
    Ok(films)
}

fn write(film: &Film, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    let name = folder.join(format!("populace-{:06}.mp4", film.sequence));
    // A film is there whole or not at all.
    let unfinished = folder.join(format!(".populace-{:06}.unfinished.mp4", film.sequence));
    let pattern = film.first.with_file_name("%09d.png");
    let run = Command::new("ffmpeg")
        .args([
            "-loglevel",
            "error",
            "-y",
            "-framerate",
            &film.fps.to_string(),
        ])
        .args(["-start_number", &film.start.to_string(), "-i"])
        .arg(&pattern)
        .args(["-frames:v", &film.frames.to_string()])
        // Players want even sizes and this way of keeping colours.
        .args([
            "-vf",
            "pad=ceil(iw/2)*2:ceil(ih/2)*2",
            "-pix_fmt",
            "yuv420p",
        ])
        .arg(&unfinished)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output();
    let run = run.map_err(|error| {
        Failure::new(format!("`ffmpeg` cannot be run: {error}")).with_hint(
            "install it (`apt-get install ffmpeg`), or use the pictures themselves: frames of a sequence lie side by side in images/",
        )
    })?;
    if !run.status.success() {
        let said = String::from_utf8_lossy(&run.stderr);
        return Err(Failure::new(format!(
            "`ffmpeg` did not make {}: {}",
            name.display(),
            said.lines().next().unwrap_or("it gave no reason")
        )));
    }
    std::fs::rename(&unfinished, &name)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", name.display())))
}
