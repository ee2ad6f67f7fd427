//! What an impact costs: CPU time of staging a car with one damage of each kind, beside the same car without it.
//!
//! ```sh
//! cargo run --release -p populace-vehicles --example impacts -- 40
//! ```
//!
//! The number is how many cars of each kind. Drawing, striking, springing back and measuring all count; pictures are not made.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
use std::{error::Error, sync::Arc};

use population::{DeclaredPopulation, Population, Recipe, Row};
use rustix::time::{ClockId, clock_gettime};
use scene::annotation::DamageKind;
use vehicles::{Sources, VehicleStage, attributes};

/// CPU seconds of the process since it started.
fn cpu_s() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

fn main() -> Result<(), Box<dyn Error>> {
    let count = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 40,
    };
    let stage = VehicleStage::new("nowhere".into(), Vec::new(), Arc::default());
    println!(
        "| kind | cars | with it, median s | most s | it alone, median s | most s | over 0.5 s |"
    );
    println!("|---|---|---|---|---|---|---|");
    for kind in DamageKind::ALL.into_iter().take(DamageKind::OF_VEHICLES) {
        let mut whole = Vec::new();
        let mut alone = Vec::new();
        for row in rows(kind.name(), count)? {
            let start = cpu_s();
            let scene = stage.scene(&row)?;
            let struck = cpu_s();
            stage.scene(&row.clone().with("damage.shown", "no"))?;
            let without = cpu_s() - struck;
            if scene.annotations.vehicles[0].damages.is_empty() {
                continue;
            }
            whole.push(struck - start);
            alone.push(struck - start - without);
        }
        for times in [&mut whole, &mut alone] {
            times.sort_by(f64::total_cmp);
        }
        let of = |times: &[f64], share: f64| {
            times
                .get(((times.len() as f64 - 1.0) * share).max(0.0) as usize)
                .copied()
                .unwrap_or(f64::NAN)
        };
        println!(
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {} |",
            kind.name(),
            whole.len(),
            of(&whole, 0.5),
            of(&whole, 1.0),
            of(&alone, 0.5),
            of(&alone, 1.0),
            alone.iter().filter(|time| **time > 0.5).count()
        );
    }
    Ok(())
}

/// Rows of cars with one damage of a kind each.
fn rows(kind: &str, count: u64) -> Result<Vec<Row>, Box<dyn Error>> {
    let schema = attributes::schema(Vec::new(), &Sources::default());
    let text = format!(
        "populace: 1\nname: impacts\nstage: vehicles\ncount: {count}\nseed: 5\npopulation:\n  place.kind: studio\n  damage.count: 1\n  damage.mix: {{mix: [{kind}]}}\n"
    );
    let recipe = Recipe::parse(&text, "impacts.yaml", &schema)
        .map_err(|faults| faults[0].message.clone())?;
    let seed = recipe.seed;
    let population = DeclaredPopulation::new(recipe, schema)?;
    let batch = population.rows(0..count, seed)?;
    let all = (0..count as usize).map(|row| Row::read(&batch, population.schema(), row));
    Ok(all.collect::<Result<Vec<_>, _>>()?)
}
