//! Renders a scene that a JSON file describes, for comparison with other renderers (`benches/render`):
//! `cargo run --release -p populace-render --example reference -- SCENE.json OUT.npy [--samples 16] [--bounces 6] [--seed 1] [--repeats 1]
//! [--filter box|window] [--denoise none|own|LIBRARY] [--target ERROR] [--clamp VALUE] [--threads 2] [--layers]`
//!
//! `OUT.npy` holds linear radiance, `[repeats, height, width, 3]` little-endian floats; repeats differ in their seeds alone. `--layers` also writes
//! `OUT.albedo.npy` and `OUT.normal.npy`. `LIBRARY` is Open Image Denoise's; `--target` goes on to that relative error, `--samples` being the most. A line of JSON on stdout tells the processor time of each part, in seconds of user and system together.
//! The scene's format is `description`'s.
#![expect(
    clippy::print_stdout,
    reason = "a bench's answer goes to whoever runs it"
)]
mod description;

use render::{
    Denoise, Filter, Settings, Target, Threads, Tracer,
    oidn::{Denoiser, Quality},
};
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

type Anything<T> = Result<T, Box<dyn Error>>;

fn main() -> Anything<()> {
    let order = Order::parse(std::env::args().skip(1))?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(order.threads)
        .build_global()?;
    let started = processor_seconds();
    let scene = description::load(&order.scene)?;
    let loaded = processor_seconds();
    let tracer = Tracer::new(&scene)?;
    let built = processor_seconds();
    let oidn = order.oidn.as_deref().map(Denoiser::open).transpose()?;
    let (mut radiance, mut rendered, mut denoised) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for repeat in 0..order.repeats {
        let before = processor_seconds();
        let mut frame = tracer.render(&Settings {
            seed: order.settings.seed + repeat,
            ..order.settings
        });
        let after = processor_seconds();
        if let Some(oidn) = &oidn {
            oidn.denoise(&mut frame, Quality::Fast)?;
        }
        rendered.push(after - before);
        denoised.push(processor_seconds() - after);
        radiance.extend_from_slice(&frame.radiance);
        last = Some(frame);
    }
    let frame = last.ok_or("--repeats must be at least 1")?;
    let size = [frame.height as usize, frame.width as usize];
    write_npy(
        &order.out,
        &[order.repeats as usize, size[0], size[1], 3],
        &radiance,
    )?;
    if order.layers {
        let beside = |name: &str| order.out.with_extension(format!("{name}.npy"));
        write_npy(
            &beside("albedo"),
            &[size[0], size[1], 3],
            &frame.layers.albedo,
        )?;
        write_npy(
            &beside("normal"),
            &[size[0], size[1], 3],
            &frame.layers.normal_world,
        )?;
    }
    println!(
        "{}",
        serde_json::json!({
            "load_s": loaded - started,
            "build_s": built - loaded,
            "render_s": rendered,
            "denoise_s": denoised,
            "samples": order.settings.samples_per_pixel,
        })
    );
    Ok(())
}

/// What the command line asks for.
struct Order {
    scene: PathBuf,
    out: PathBuf,
    repeats: u64,
    threads: usize,
    layers: bool,
    oidn: Option<PathBuf>,
    settings: Settings,
}

impl Order {
    fn parse(mut words: impl Iterator<Item = String>) -> Anything<Self> {
        let usage = "usage: reference SCENE.json OUT.npy [OPTIONS]";
        let mut order = Self {
            scene: words.next().ok_or(usage)?.into(),
            out: words.next().ok_or(usage)?.into(),
            repeats: 1,
            threads: 2,
            layers: false,
            oidn: None,
            settings: Settings {
                max_bounces: 6,
                filter: Filter::Box,
                ..Settings::reference(16, 1)
            },
        };
        while let Some(option) = words.next() {
            if option == "--layers" {
                order.layers = true;
                continue;
            }
            let value = words
                .next()
                .ok_or_else(|| format!("{option} wants a value"))?;
            let settings = &mut order.settings;
            match (option.as_str(), value.as_str()) {
                ("--samples", n) => settings.samples_per_pixel = n.parse()?,
                ("--bounces", n) => settings.max_bounces = n.parse()?,
                ("--seed", n) => settings.seed = n.parse()?,
                ("--clamp", n) => settings.indirect_clamp = Some(n.parse()?),
                ("--repeats", n) => order.repeats = n.parse()?,
                ("--threads", n) => order.threads = n.parse()?,
                ("--filter", "box") => settings.filter = Filter::Box,
                ("--filter", "window") => settings.filter = Filter::BlackmanHarris,
                ("--denoise", "none") => settings.denoise = Denoise::None,
                ("--denoise", "own") => settings.denoise = Denoise::Own,
                ("--denoise", library) => {
                    settings.denoise = Denoise::Later;
                    order.oidn = Some(library.into());
                }
                ("--target", error) => {
                    settings.target = Some(Target {
                        relmse: error.parse()?,
                        most_samples: 1,
                    });
                }
                _ => return Err(format!("unknown option {option} {value}").into()),
            }
        }
        if let Some(target) = &mut order.settings.target {
            target.most_samples = order.settings.samples_per_pixel;
        }
        if order.threads == 1 {
            order.settings.threads = Threads::Single;
        }
        Ok(order)
    }
}

/// User and system time of this process.
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// NumPy's format, version 1.0.
fn write_npy(file: &Path, shape: &[usize], values: &[[f32; 3]]) -> Anything<()> {
    let shape: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({},), }}",
        shape.join(", ")
    );
    // The header with its ten bytes of preamble ends in a line break at a multiple of 64.
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(header.len())?.to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(
        values
            .iter()
            .flatten()
            .flat_map(|value| value.to_le_bytes()),
    );
    fs::write(file, bytes)?;
    Ok(())
}
