//! What a labelled picture costs and how far it is from the truth: CPU time of each phase, and the error against
//! a picture of many samples.
//!
//! ```sh
//! cargo run --release -p populace-studio --example cost -- RECIPE --samples 0,1,2,3 --set camera.width_px=256 … [--reference FOLDER]
//! ```
//!
//! With `--reference`, every picture is compared with one that is not denoised, which is made the first time and kept in FOLDER.
//! Relative error is `mean((x − r)² / (r² + 0.01))` over linear radiance at the camera's exposure.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
use population::{DeclaredPopulation, Overrides, Population, Recipe, Row, Streams};
use render::{Denoise, Frame, Settings, Threads, Tracer, view};
use rustix::time::{ClockId, clock_gettime};
use scene::pack::Store;
use std::{error::Error, fs, path::Path, path::PathBuf};
use studio::{Sources, Studio};

/// Samples per pixel of the truth.
const REFERENCE_SAMPLES: u32 = 256;

struct Asked {
    recipe: String,
    samples: Vec<u64>,
    set: Vec<String>,
    reference: Option<PathBuf>,
    /// Where to put the pictures.
    out: Option<PathBuf>,
}

fn asked() -> Result<Asked, Box<dyn Error>> {
    let mut asked = Asked {
        recipe: "recipes/faces.yaml".to_owned(),
        samples: vec![0, 1, 2, 3],
        set: Vec::new(),
        reference: None,
        out: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or(format!("{argument} lacks its value"))
        };
        match argument.as_str() {
            "--samples" => {
                asked.samples = value()?
                    .split(',')
                    .map(str::parse)
                    .collect::<Result<Vec<u64>, _>>()?;
            }
            "--set" => asked.set.push(value()?),
            "--reference" => asked.reference = Some(PathBuf::from(value()?)),
            "--out" => asked.out = Some(PathBuf::from(value()?)),
            _ => asked.recipe = argument,
        }
    }
    Ok(asked)
}

/// CPU milliseconds of the process since it started.
fn cpu_ms() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 * 1e-6
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = asked()?;
    let schema = studio::schema();
    let overrides = Overrides {
        set: asked.set.clone(),
        ..Overrides::default()
    };
    let mut recipe = Recipe::parse(&fs::read_to_string(&asked.recipe)?, &asked.recipe, &schema)
        .and_then(|recipe| recipe.overridden(&overrides))
        .map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(|fault| fault.message.clone()).collect();
            lines.join("\n")
        })?;
    let store = Store::open(&scene::pack::default_directory()?);
    studio::settle(&mut recipe, &store).map_err(|_| "the recipe cannot be settled")?;
    let studio = Studio::open(&store, &recipe, &Sources::default())?;
    let seed = recipe.seed;
    let population = DeclaredPopulation::new(recipe, schema)?;
    println!("sample    stage  prepare   render  denoise    files total ms    relMSE");
    let (mut totals, mut errors) = (Vec::new(), Vec::new());
    // The first picture also starts threads and fills tables: it is made twice, and counts the second time.
    let first = asked.samples.first().copied();
    for (turn, index) in first.into_iter().chain(asked.samples.clone()).enumerate() {
        let batch = population.rows(index..index + 1, seed)?;
        let row = Row::read(&batch, population.schema(), 0)?;
        let streams = Streams::new(seed, row.origin);
        // What many samples share is read and laid out at first need: a data set pays it once.
        studio.scene(&row, &streams)?;
        let start = cpu_ms();
        let scene = studio.scene(&row, &streams)?;
        let staged = cpu_ms();
        let tracer = Tracer::new(&scene)?;
        let prepared = cpu_ms();
        let settings = studio::settings(&row, &streams)?;
        let mut frame = tracer.render(&settings);
        let traced = cpu_ms();
        if settings.denoise == Denoise::Later {
            studio.denoise(&mut frame)?;
        }
        let rendered = cpu_ms();
        let sample = studio.finish(&row, &streams, &scene, &tracer, &frame)?;
        let finished = cpu_ms();
        if turn == 0 {
            continue;
        }
        let parts = [
            staged - start,
            prepared - staged,
            traced - prepared,
            rendered - traced,
            finished - rendered,
        ];
        let whole = finished - start;
        let error = match &asked.reference {
            Some(folder) => {
                let truth = reference(folder, index, &tracer, &settings)?;
                let exposure = scene.camera.exposure_ev.exp2();
                relative_error(&frame.radiance, &truth, exposure)
            }
            None => f64::NAN,
        };
        println!(
            "{index:6} {:8.0} {:8.0} {:8.0} {:8.0} {:8.0} {whole:8.0}   {error:.5}",
            parts[0], parts[1], parts[2], parts[3], parts[4]
        );
        totals.push(whole);
        errors.push(error);
        if let Some(folder) = &asked.out {
            fs::create_dir_all(folder)?;
            if let Some(picture) = sample.artefacts.iter().find(|a| a.folder == "images") {
                fs::write(folder.join(format!("{index}.png")), &picture.bytes)?;
            }
        }
    }
    let count = totals.len() as f64;
    println!(
        "  mean {:54.0}   {:.5}",
        totals.iter().sum::<f64>() / count,
        errors.iter().sum::<f64>() / count
    );
    Ok(())
}

/// The truth: read, or made and kept.
fn reference(
    folder: &Path,
    index: u64,
    tracer: &Tracer<'_>,
    settings: &Settings,
) -> Result<Vec<[f32; 3]>, Box<dyn Error>> {
    let path = folder.join(format!("{index}.f32"));
    if let Ok(bytes) = fs::read(&path) {
        let numbers: Vec<f32> = bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        return Ok(numbers
            .chunks_exact(3)
            .map(|c| [c[0], c[1], c[2]])
            .collect());
    }
    let Frame {
        radiance,
        width,
        height,
        ..
    } = tracer.render(&Settings {
        samples_per_pixel: REFERENCE_SAMPLES,
        seed: settings.seed ^ 0x5eed,
        threads: Threads::Pool,
        denoise: Denoise::None,
        ..*settings
    });
    fs::create_dir_all(folder)?;
    let bytes: Vec<u8> = radiance
        .iter()
        .flatten()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    fs::write(&path, bytes)?;
    let picture = view::to_srgb8(&radiance, 0.0, view::View::Plain);
    fs::write(
        folder.join(format!("{index}.png")),
        scene::write::png_rgb8(width, height, &picture),
    )?;
    Ok(radiance)
}

fn relative_error(picture: &[[f32; 3]], truth: &[[f32; 3]], exposure: f64) -> f64 {
    let sum: f64 = picture
        .iter()
        .flatten()
        .zip(truth.iter().flatten())
        .map(|(&x, &r)| {
            let (x, r) = (f64::from(x) * exposure, f64::from(r) * exposure);
            (x - r).powi(2) / (r * r + 0.01)
        })
        .sum();
    sum / (3 * truth.len()) as f64
}
