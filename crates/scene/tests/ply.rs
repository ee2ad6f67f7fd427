//! PLY in its three encodings, and what is said of broken ones.
use glam::{Vec2, Vec3};
use scene::file::{self, Beside, FileError, Format, Limits, Model};

fn read(bytes: &[u8]) -> Result<Model, FileError> {
    let picture = scene::write::png_rgb8(1, 1, &[200, 100, 50]);
    let files: [(&str, &[u8]); 1] = [("skin.png", &picture)];
    file::from_bytes(
        bytes,
        Format::Ply,
        Beside::Memory(&files),
        Limits::default(),
    )
}

const TEXT: &str = "ply
format ascii 1.0
comment TextureFile skin.png
element vertex 4
property float x
property double y
property float z
property list uchar int neighbours
property float s
property float t
element face 2
property uchar flags
property list uchar int vertex_indices
element edge 1
property int a
end_header
0 0 0 2 7 8 0 0
1 0 0 0 1 0
1 1 0 0 1 1
0 1 0 0 0 0.25
9 4 0 1 2 3
9 3 0 1 2
5
";

/// The same content with numbers of `width` bytes turned as the encoding has them.
fn binary(big: bool) -> Vec<u8> {
    let (header, _) = TEXT.split_once("end_header\n").expect("a header");
    let name = if big {
        "binary_big_endian"
    } else {
        "binary_little_endian"
    };
    let mut file = format!("{}end_header\n", header.replace("ascii", name)).into_bytes();
    let mut put = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if big {
            bytes.reverse();
        }
        file.extend(bytes);
    };
    let rows: [(f32, f64, &[i32], [f32; 2]); 4] = [
        (0.0, 0.0, &[7, 8], [0.0, 0.0]),
        (1.0, 0.0, &[], [1.0, 0.0]),
        (1.0, 1.0, &[], [1.0, 1.0]),
        (0.0, 1.0, &[], [0.0, 0.25]),
    ];
    for (x, y, neighbours, uv) in rows {
        put(&x.to_le_bytes());
        put(&y.to_le_bytes());
        put(&0.0_f32.to_le_bytes());
        put(&[neighbours.len() as u8]);
        for neighbour in neighbours {
            put(&neighbour.to_le_bytes());
        }
        for value in uv {
            put(&value.to_le_bytes());
        }
    }
    for face in [&[0_i32, 1, 2, 3][..], &[0, 1, 2]] {
        put(&[9]);
        put(&[face.len() as u8]);
        for corner in face {
            put(&corner.to_le_bytes());
        }
    }
    put(&5_i32.to_le_bytes());
    file
}

#[test]
fn the_three_encodings_say_the_same() {
    for bytes in [TEXT.as_bytes().to_vec(), binary(false), binary(true)] {
        let model = read(&bytes).expect("sound");
        let mesh = &model.objects[0].mesh;
        assert_eq!(
            mesh.positions,
            [Vec3::ZERO, Vec3::X, Vec3::new(1.0, 1.0, 0.0), Vec3::Y]
        );
        assert_eq!(mesh.triangles, [[0, 1, 2], [0, 2, 3], [0, 1, 2]]);
        assert_eq!(mesh.normals, [Vec3::Z; 4]);
        assert_eq!(mesh.uvs[3], Vec2::new(0.0, 0.25));
        assert!(model.materials[0].base_color_texture.is_some());
        assert_eq!(model.notes, ["elements `edge` are not drawn"]);
    }
}

#[test]
fn faults_are_told_with_their_place() {
    for (from, to, told) in [
        ("ply", "plx", "does not start with `ply`"),
        (
            "ascii",
            "utf8",
            "line 2: format `utf8` is none of `ascii`, `binary_little_endian` and `binary_big_endian`",
        ),
        (
            "property float x",
            "property quad x",
            "line 5: `property quad x` is no property of a known type",
        ),
        (
            "property float x",
            "property float q",
            "element `vertex`: has no x, y and z",
        ),
        (
            "vertex 4",
            "vertex four",
            "line 4: `four` is no number of elements",
        ),
        (
            "vertex 4",
            "vertex 99999999",
            "element `vertex`: 99999999 of at least 6 bytes do not fit into the 79 bytes there are",
        ),
        (
            "end_header",
            "the_end",
            "line 16: `the_end` belongs to no PLY header",
        ),
        (
            "9 3 0 1 2",
            "9 3 0 1 4",
            "face 1: 4 is not a whole number from 0 to 3, where it is to name one of 4 vertices",
        ),
        (
            "9 3 0 1 2",
            "9 3 0 -1 2",
            "face 1: -1 is not a whole number from 0 to 3, where it is to name one of 4 vertices",
        ),
        (
            "9 3 0 1 2",
            "9 -3 0 1 2",
            "face 1: -3 is not a whole number from 0 to 65536",
        ),
        (
            "1 1 0 0 1 1",
            "1 nan 0 0 1 1",
            "vertex 2: is at [1, NaN, 0], which is not finite",
        ),
        (
            "1 1 0 0 1 1",
            "1 one 0 0 1 1",
            "vertex 2: `one` is no number",
        ),
        (
            "\n5\n",
            "\n",
            "element `edge`: the file ends before its last number",
        ),
        (
            "skin.png",
            "skim.png",
            "comment TextureFile: `skim.png` is not there",
        ),
        (
            "element face 2",
            "element fish 2",
            "holds no surface to draw",
        ),
    ] {
        let text = TEXT.replacen(from, to, 1);
        assert_ne!(text, TEXT);
        assert_eq!(read(text.as_bytes()).expect_err(to).to_string(), told);
    }
}

#[test]
fn every_prefix_is_a_sentence_or_a_model() {
    for bytes in [TEXT.as_bytes().to_vec(), binary(false)] {
        for end in 0..bytes.len() {
            if let Err(error) = read(&bytes[..end]) {
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
}
