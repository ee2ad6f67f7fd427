//! No bytes make a reader panic, loop, or take more than its limits: damaged files by the thousand, and every one that was ever interesting.
//!
//! `cargo run --release -p populace-scene --example fuzz -- --minutes 60` goes on for as long as you like; what it finds belongs into `corpus/`.
mod support;

use support::mutate::{Dice, Kind, check, corpus, mutate, seeds};

/// Damaged files of each kind; a few seconds' worth.
const ROUNDS: u64 = 3_000;

#[test]
fn damaged_files_are_read_or_refused() {
    for kind in Kind::ALL {
        let seeds = seeds(kind);
        let all: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        for round in 0..ROUNDS {
            let mut dice = Dice::new(round);
            let seed = all[dice.below(all.len())];
            check(kind, &mutate(kind, seed, &all, &mut dice));
        }
    }
}

#[test]
fn the_seeds_are_sound() {
    use scene::file::{self, Beside, Format, Limits};
    let files = support::mutate::beside();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (*name, &bytes[..]))
        .collect();
    for (kind, format) in [
        (Kind::Gltf, Format::Gltf),
        (Kind::Obj, Format::Obj),
        (Kind::Ply, Format::Ply),
    ] {
        for seed in seeds(kind) {
            file::from_bytes(&seed, format, Beside::Memory(&files), Limits::default())
                .expect("sound");
        }
    }
    for lamp in seeds(Kind::Ies) {
        scene::read::ies_from_bytes(&lamp).expect("sound");
    }
    for picture in seeds(Kind::Picture) {
        scene::read::texture_from_bytes(&picture, scene::read::Meaning::Colour)
            .or_else(|_| scene::read::texture_from_bytes(&picture, scene::read::Meaning::Data))
            .expect("sound");
    }
}

#[test]
fn the_corpus_is_read_or_refused() {
    let files = corpus();
    for (kind, bytes) in &files {
        check(*kind, bytes);
    }
    for kind in Kind::ALL {
        let count = files.iter().filter(|(of, _)| *of == kind).count();
        assert!(count >= 10, "only {count} files of {kind:?} in the corpus");
    }
}

#[test]
fn the_same_seed_breaks_a_file_the_same_way() {
    let seed = seeds(Kind::Gltf).swap_remove(0);
    let broken = |round: u64| mutate(Kind::Gltf, &seed, &[&seed], &mut Dice::new(round));
    assert_eq!(broken(7), broken(7));
    assert_ne!(broken(7), broken(8));
}
