//! Damages files and reads them, for as long as you like: `cargo run --release -p populace-scene --example fuzz -- --minutes 60`.
//!
//! Options: `--minutes N` (default 1), `--seed S` (default 1; another one breaks other things), `--out DIR` (default `fuzz-found`). An input that makes a reader panic
//! is written to DIR as `panic-ROUND.ENDING`, one that takes more than a second as `slow-ROUND.ENDING`, and one that takes more than a minute as `hangs.ENDING`
//! (which ends the program); one whose message was not seen before as `MESSAGE.ENDING`, and it becomes a seed itself, as the files in `crates/scene/tests/corpus` are.
//! What teaches something belongs there: ordinary tests replay it.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that talks and looks at the clock"
)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use support::mutate::{Dice, Kind, check, corpus, mutate, seeds};

/// Most inputs of one kind that are kept to start from.
const KEPT: usize = 4_000;
const SLOW: Duration = Duration::from_secs(1);
const HANGS: Duration = Duration::from_secs(60);

/// What is being read, since when.
type Asked = Arc<Mutex<Option<(Instant, Kind, Vec<u8>)>>>;

fn option(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1)
}

fn main() -> std::io::Result<()> {
    let number = |name: &str| option(name).and_then(|value| value.parse::<u64>().ok());
    let minutes = number("--minutes").unwrap_or(1);
    let start = number("--seed").unwrap_or(1) << 40;
    let out = PathBuf::from(option("--out").unwrap_or_else(|| "fuzz-found".to_owned()));
    std::fs::create_dir_all(&out)?;
    let mut pools: Vec<(Kind, Vec<Vec<u8>>)> = Kind::ALL.map(|kind| (kind, seeds(kind))).into();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (kind, bytes) in corpus() {
        known.insert(message(kind, &bytes));
        for (of, pool) in &mut pools {
            if *of == kind {
                pool.push(bytes.clone());
            }
        }
    }
    let (mut round, mut panics) = (0_u64, 0_u64);
    let mut slowest = Duration::ZERO;
    let asked = Asked::default();
    watch(&asked, &out);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60 * minutes) {
        for (kind, pool) in &mut pools {
            round += 1;
            let mut dice = Dice::new(start + round);
            let broken = {
                let seed = &pool[dice.below(pool.len())];
                let others = [pool[dice.below(pool.len())].as_slice()];
                mutate(*kind, seed, &others, &mut dice)
            };
            if broken.len() > 1 << 16 {
                continue;
            }
            let now = Instant::now();
            *asked.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((now, *kind, broken.clone()));
            let fate = std::panic::catch_unwind(|| check(*kind, &broken));
            let took = now.elapsed();
            slowest = slowest.max(took);
            let name = |what: &str| out.join(format!("{what}-{round}.{}", kind.ending()));
            if took > SLOW {
                std::fs::write(name("slow"), &broken)?;
            }
            if fate.is_err() {
                panics += 1;
                std::fs::write(name("panic"), &broken)?;
            } else {
                let said = message(*kind, &broken);
                if known.contains(&said) {
                    continue;
                }
                if broken.len() < 4096 {
                    let words: Vec<&str> = said.split_whitespace().skip(1).collect();
                    std::fs::write(
                        out.join(format!("{}.{}", words.join("-"), kind.ending())),
                        &broken,
                    )?;
                }
                if pool.len() < KEPT {
                    pool.push(broken);
                }
                known.insert(said);
            }
        }
    }
    println!(
        "{round} inputs, {} kinds of answer, {panics} panics, slowest {} ms",
        known.len(),
        slowest.as_millis()
    );
    Ok(())
}

/// Ends the program where a reader does not come back, and leaves the input behind.
fn watch(asked: &Asked, out: &Path) {
    let (asked, out) = (Arc::clone(asked), out.to_owned());
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(SLOW);
            if let Some((since, kind, bytes)) =
                &*asked.lock().unwrap_or_else(PoisonError::into_inner)
                && since.elapsed() > HANGS
            {
                println!("a reader hangs");
                let written = std::fs::write(out.join(format!("hangs.{}", kind.ending())), bytes);
                drop(written);
                std::process::abort();
            }
        }
    });
}

/// What a reader says of an input, without its numbers and names: how answers are told apart.
fn message(kind: Kind, bytes: &[u8]) -> String {
    let said = support::mutate::answer(kind, bytes);
    let unquoted = said.split('`').step_by(2);
    let plain = unquoted
        .filter_map(|piece| piece.split('"').next())
        .flat_map(str::chars)
        .filter(|c| c.is_ascii_alphabetic() || *c == ' ');
    format!("{kind:?} {}", plain.take(90).collect::<String>())
}
