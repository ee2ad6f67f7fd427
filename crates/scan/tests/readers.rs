//! Foreign bytes never panic: small sound files, changed in many ways, are read and cleaned, or refused with a sentence.
use std::fs;
use std::path::Path;

use population::stream::{Seed, Stream, Streams};
use privacy::Ledger;
use scan::read;
use scan::surface::Surface;

const OBJ: &str = "# made up\nv 0 0 0 1 0 0\nv 1 0 0 1 0.5 0.5\nv 1 1 0 0 0 0\nv 0 1 0.5 0 1 1\nvt 0 0\nvt 1 1\nvn 0 0 1\nf 1/1/1 2/2/1 3/1/1\nf 1 3 4\nf -1 -2 -3\n";
const OFF: &str = "COFF\n5 2 0\n0 0 0 255 0 0 255\n1 0 0 0 255 0 255\n1 1 0 0 0 255 255\n0 1 0 9 9 9 255\n0.5 0.5 1 1 2 3 255\n4 0 1 2 3\n3 0 1 4\n";
const PLY: &str = "ply\nformat ascii 1.0\ncomment made up\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nelement face 2\nproperty list uchar int vertex_indices\nend_header\n0 0 0 1 2 3\n1 0 0 2 3 4\n1 1 0 3 4 5\n0 1 1 4 5 6\n3 0 1 2\n3 0 2 3\n";

fn binary_ply() -> Vec<u8> {
    let mut bytes = b"ply\nformat binary_little_endian 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\nelement face 2\nproperty list uchar int vertex_indices\nend_header\n".to_vec();
    for place in [
        [0.0_f32, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [1.0, 1.0, 0.0],
        [0.0, 1.0, 1.0],
    ] {
        bytes.extend(place.iter().flat_map(|x| x.to_le_bytes()));
    }
    for corners in [[0_i32, 1, 2], [0, 2, 3]] {
        bytes.push(3);
        bytes.extend(corners.iter().flat_map(|v| v.to_le_bytes()));
    }
    bytes
}

/// What is done to a file: bytes changed, left out, doubled; numbers made huge, negative or none; the end cut off.
fn spoil(bytes: &[u8], r: &mut Stream) -> Vec<u8> {
    const NUMBERS: [&[u8]; 8] = [
        b"-1",
        b"4294967295",
        b"99999999999999999999",
        b"nan",
        b"inf",
        b"1e38",
        b"",
        b"0",
    ];
    let mut bytes = bytes.to_vec();
    for _ in 0..=r.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = r.below(bytes.len() as u64) as usize;
        match r.below(5) {
            0 => bytes[at] = r.below(256) as u8,
            1 => bytes[at] ^= 1 << r.below(8),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + 1 + r.below(12) as usize).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let word = |b: &u8| b.is_ascii_whitespace();
                let start = bytes[..at].iter().rposition(word).map_or(0, |p| p + 1);
                let end = bytes[at..]
                    .iter()
                    .position(word)
                    .map_or(bytes.len(), |p| at + p);
                let number = NUMBERS[r.below(8) as usize];
                bytes.splice(start..end.max(start), number.iter().copied());
            }
        }
    }
    bytes
}

/// Reads a file and does with it what a fit does before it looks for anybody.
fn read_and_clean(path: &Path) -> bool {
    match read::open(path) {
        Ok(sealed) => {
            let scan = sealed.open(&mut Ledger::new(), "a test");
            assert!(scan.positions.iter().all(|p| p.is_finite()));
            let count = scan.positions.len() as u32;
            assert!(scan.triangles.iter().flatten().all(|&v| v < count));
            let surface = Surface::weld(&scan.positions, &scan.triangles).thinned();
            if !surface.triangles.is_empty() {
                let (surface, noise) = surface.calmed();
                assert!(noise >= 0.0);
                let _ = (surface.pieces(), surface.samples(50), surface.volume());
                let _ = surface.at_most(1);
            }
            true
        }
        Err(error) => {
            let told = error.to_string();
            assert!(!told.is_empty() && !told.contains('\n'), "{told}");
            false
        }
    }
}

#[test]
fn foreign_bytes_are_read_or_refused_and_never_panic() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let binary = binary_ply();
    let files: [(&str, &[u8]); 4] = [
        ("a.obj", OBJ.as_bytes()),
        ("a.off", OFF.as_bytes()),
        ("a.ply", PLY.as_bytes()),
        ("b.ply", &binary),
    ];
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        if let Err(error) = read::open(&path) {
            panic!("{name} is sound: {error}");
        }
        let (mut read, mut refused) = (0, 0);
        for round in 0..400 {
            let mut r = Streams::new(Seed(round), 0).stream(name);
            fs::write(&path, spoil(bytes, &mut r)).expect("written");
            if read_and_clean(&path) {
                read += 1;
            } else {
                refused += 1;
            }
        }
        // Both happen, or the loop tests nothing.
        assert!(read > 10 && refused > 10, "{name}: {read} and {refused}");
    }
}

#[test]
fn colours_of_vertices_are_read_from_every_format_that_has_them() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (name, text) in [("a.obj", OBJ), ("a.off", OFF), ("a.ply", PLY)] {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        let sealed = read::open(&path).expect("sound");
        let scan = sealed.open(&mut Ledger::new(), "a test");
        let read::Paint::Vertices(colours) = &scan.paint else {
            panic!("{name} has colours");
        };
        assert_eq!(colours.len(), scan.positions.len(), "{name}");
        assert!(scan.notes.iter().all(|note| !note.contains("colours")));
    }
}
