//! No bytes make a reader panic or a clip that is not finite: damaged files by the thousand.
//!
//! `cargo run --release -p populace-motion --example fuzz -- --minutes 60` goes on for as long as you like.
mod support;

use support::mutate::{Dice, Kind, check, mutate, person, seeds};

/// Damaged files of each kind; a few seconds' worth.
const ROUNDS: u64 = 3_000;

#[test]
fn damaged_files_are_read_or_refused() {
    for kind in Kind::ALL {
        let seeds = seeds(kind);
        let mut read = 0;
        for round in 0..ROUNDS {
            let mut dice = Dice::new(round);
            let seed = &seeds[dice.below(seeds.len())];
            read += u32::from(check(kind, &mutate(seed, &mut dice)).is_some());
        }
        // An Acclaim leg is no person.
        let person = matches!(kind, Kind::Bvh | Kind::Map);
        assert_eq!(
            read > 50,
            person,
            "{kind:?}: {read} of {ROUNDS} went through"
        );
    }
}

#[test]
fn the_person_of_other_tests_is_as_written() {
    let there = check(Kind::Bvh, include_bytes!("data/person.bvh")).expect("a person");
    let here = check(Kind::Bvh, &person()).expect("a person");
    for (a, b) in there.frames.iter().zip(&here.frames) {
        let turns = a.turns.iter().zip(&b.turns);
        assert!(turns.fold(true, |same, (a, b)| same && a.abs_diff_eq(*b, 1e-4)));
    }
}

#[test]
fn long_promises_take_no_memory() {
    let text = "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 0\n}\nMOTION\nFrames: 500000\nFrame Time: 0.1\n";
    let error = motion::bvh::read(text.as_bytes()).expect_err("there are no frames");
    assert_eq!(
        error.to_string(),
        "line 9: the file ends after 0 of 500000 frames"
    );
    let deep = "ROOT a {\n".to_owned() + &"JOINT b {\n".repeat(100_000);
    let error = motion::bvh::read(format!("HIERARCHY\n{deep}").as_bytes()).expect_err("too deep");
    assert!(
        error.to_string().contains("more than 1024 joints"),
        "{error}"
    );
}
