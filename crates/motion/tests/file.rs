//! A clip written and read again is the same; what was cut or changed is refused.
mod support;

use motion::Clip;
use motion::file::{VERSION, sha256};
use support::mutate::{Dice, Kind, check, person};

fn clip() -> Clip {
    let mut clip = check(Kind::Bvh, &person()).expect("a person");
    clip.tags = vec!["gymnastics".into()];
    clip.source.sha256 = sha256(&person());
    clip
}

#[test]
fn a_clip_comes_back() {
    let clip = clip();
    let bytes = clip.to_bytes();
    let read = Clip::from_bytes(&bytes).expect("sound");
    assert!(
        read.to_bytes() == bytes,
        "written again, it is another file"
    );
    assert_eq!(
        (&read.name, &read.tags, read.fps),
        (&clip.name, &clip.tags, clip.fps)
    );
    assert_eq!(
        (&read.source, &read.contacts),
        (&clip.source, &clip.contacts)
    );
    for (a, b) in read.frames.iter().zip(&clip.frames) {
        assert_eq!(a.root, b.root);
        for (a, b) in a.turns.iter().zip(&b.turns) {
            assert!(a.abs_diff_eq(*b, 2e-5), "{a} {b}");
        }
    }
}

#[test]
fn what_is_not_as_it_was_written_is_refused() {
    let bytes = clip().to_bytes();
    let said = |bytes: &[u8]| Clip::from_bytes(bytes).expect_err("refused").to_string();
    for cut in 0..bytes.len() {
        said(&bytes[..cut]);
    }
    assert_eq!(said(b"HIERARCHY"), "this is not a motion");
    let length = bytes.len();
    assert_eq!(
        said(&bytes[..length - 1]),
        format!(
            "this motion has {} bytes where its header says {length}",
            length - 1
        )
    );
    let mut other = bytes.clone();
    other[24] = 9;
    assert_eq!(
        said(&other),
        format!("this motion is of version 9 of the format; this program reads version {VERSION}")
    );
    let mut dice = Dice::new(1);
    for _ in 0..300 {
        let mut changed = bytes.clone();
        let at = 68 + dice.below(bytes.len() - 68);
        changed[at] ^= 1 << dice.below(8);
        assert_eq!(
            said(&changed),
            "this motion is not as it was written: its SHA-256 does not match"
        );
    }
}

#[test]
fn a_sealed_lie_is_found_out() {
    use sha2::{Digest, Sha256};
    let bytes = clip().to_bytes();
    let mut dice = Dice::new(2);
    for _ in 0..2000 {
        let mut content = bytes[68..].to_vec();
        for _ in 0..=dice.below(3) {
            let at = dice.below(content.len());
            content[at] = dice.next() as u8;
        }
        let mut lie = bytes[..36].to_vec();
        lie.extend_from_slice(&Sha256::digest(&content));
        lie.extend_from_slice(&content);
        if let Ok(clip) = Clip::from_bytes(&lie) {
            let body = motion::Skeleton::reference();
            let frame = clip.planted_at(clip.seconds() / 2.0, &body);
            assert!(frame.turns.iter().all(|turn| turn.is_finite()));
        }
    }
}
