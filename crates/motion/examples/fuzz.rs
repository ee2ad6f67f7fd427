//! Damages motion files and reads them, for as long as you like: `cargo run --release -p populace-motion --example fuzz -- --minutes 60`.
//!
//! Options: `--minutes N` (default 1), `--seed S` (default 1; another one breaks other things). A file that makes a reader panic is written to `fuzz-found/` as
//! `panic-ROUND.ENDING`, one that takes more than a second as `slow-ROUND.ENDING`.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that talks and looks at the clock"
)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use support::mutate::{Dice, Kind, check, mutate, seeds};

fn number(name: &str) -> Option<u64> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1)?.parse().ok()
}

fn main() -> std::io::Result<()> {
    let minutes = number("--minutes").unwrap_or(1);
    let start = number("--seed").unwrap_or(1) << 40;
    let pools = Kind::ALL.map(|kind| (kind, seeds(kind)));
    let (mut round, mut panics, mut read) = (0_u64, 0_u64, 0_u64);
    let mut slowest = Duration::ZERO;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60 * minutes) {
        for (kind, pool) in &pools {
            round += 1;
            let mut dice = Dice::new(start + round);
            let broken = mutate(&pool[dice.below(pool.len())], &mut dice);
            let now = Instant::now();
            let fate = std::panic::catch_unwind(|| check(*kind, &broken).is_some());
            let took = now.elapsed();
            slowest = slowest.max(took);
            let what = match fate {
                Err(_) => "panic",
                Ok(_) if took > Duration::from_secs(1) => "slow",
                Ok(sound) => {
                    read += u64::from(sound);
                    continue;
                }
            };
            panics += u64::from(what == "panic");
            let folder = Path::new("fuzz-found");
            std::fs::create_dir_all(folder)?;
            std::fs::write(
                folder.join(format!("{what}-{round}.{}", kind.ending())),
                &broken,
            )?;
        }
    }
    println!("{round} files, {read} of them still clips; {panics} panics; slowest {slowest:?}");
    Ok(())
}
