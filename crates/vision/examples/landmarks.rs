//! Trains the learner on landmarks and judges it on others: what `benches/trial/landmarks.py` runs.
//!
//! ```sh
//! landmarks TRAIN TEST [name=value …]
//! ```
//! TRAIN and TEST are folders of made data sets, or COCO files of key points beside their pictures in `img`. Settings: `side`, `width`, `steps`, `batch`, `rate`,
//! `seed`, `validation`, `points=numbers`, `cached` (the side of cached squares), `first` (train on so many, the first), `made=contour` (of a made set the points as annotators set them). Prints JSON.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench's program"
)]

use std::ops::ControlFlow;
use std::path::Path;

use vision::read::{self, Points as Made, Want};
use vision::{Examples, Network, Points, Progress, Settings, VisionError, Watch};

struct Talk;

impl Watch for Talk {
    fn step(&self, progress: &Progress) -> ControlFlow<()> {
        if progress.step.is_multiple_of(100) {
            let Progress { step, cost, .. } = progress;
            eprintln!(
                "{step} {cost:.3} {:.4}",
                progress.validation.unwrap_or(f64::NAN)
            );
        }
        ControlFlow::Continue(())
    }
}

fn examples(from: &str, made: Made, side: usize) -> Result<Examples, VisionError> {
    let path = Path::new(from);
    if path.is_dir() {
        return read::made(path, &Want::Landmarks(made), side);
    }
    read::coco(path, &path.with_file_name("img"), side)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(train), Some(test)) = (arguments.next(), arguments.next()) else {
        return Err("name what to train on and what to test on".into());
    };
    let (mut cached, mut first, mut made) = (96, usize::MAX, Made::Face);
    let mut changes = Vec::new();
    for argument in arguments {
        let (name, value) = argument.split_once('=').ok_or("settings are name=value")?;
        match (name, value) {
            ("cached", _) => cached = value.parse()?,
            ("first", _) => first = value.parse()?,
            ("made", "contour") => made = Made::FaceContour,
            _ => changes.push((name.to_owned(), value.to_owned())),
        }
    }
    let test = examples(&test, made, cached)?;
    let train = examples(&train, made, cached)?;
    let places: Vec<usize> = (0..train.len().min(first)).collect();
    let train = train.at(&places);
    let mut settings = Settings::of(&train.kind());
    for (name, value) in changes {
        match name.as_str() {
            "side" => settings.side = value.parse()?,
            "width" => settings.width = value.parse()?,
            "steps" => settings.steps = value.parse()?,
            "batch" => settings.batch = value.parse()?,
            "rate" => settings.rate = value.parse()?,
            "seed" => settings.seed.0 = value.parse()?,
            "validation" => settings.validation = value.parse()?,
            "points" if value == "numbers" => settings.points = Points::Numbers,
            _ => return Err(format!("no setting {name}={value}").into()),
        }
    }
    let trained = Network::train(&train, &settings, &Talk)?;
    let losses = trained.network.losses(&test)?;
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    println!(
        "{{\"train\": {}, \"test\": {}, \"steps\": {}, \"parameters\": {}, \"mean\": {mean}, \"losses\": {losses:?}}}",
        train.len(),
        test.len(),
        trained.steps,
        trained.network.parameters()
    );
    Ok(())
}
