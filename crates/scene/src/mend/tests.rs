use std::sync::Arc;

use super::*;
use crate::MaterialId;

/// A box of 12 triangles around the origin, half a metre to each side along x.
fn cube() -> Vec<[Vec3; 3]> {
    let corner = |k: usize| {
        let sign = |bit: usize| if k & bit == 0 { -1.0 } else { 1.0 };
        Vec3::new(0.5 * sign(1), 0.3 * sign(2), 0.2 * sign(4))
    };
    let quads = [
        [0, 4, 6, 2],
        [1, 3, 7, 5],
        [0, 1, 5, 4],
        [2, 6, 7, 3],
        [0, 2, 3, 1],
        [4, 5, 7, 6],
    ];
    quads
        .iter()
        .flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]])
        .map(|t| t.map(corner))
        .collect()
}

/// As a file without normals is read: each triangle with corners of its own.
fn object(triangles: &[[Vec3; 3]]) -> Object {
    let positions: Vec<Vec3> = triangles.iter().flatten().copied().collect();
    let normals = triangles
        .iter()
        .flat_map(|[a, b, c]| [(*b - *a).cross(*c - *a).normalize_or(Vec3::Y); 3])
        .collect();
    Object {
        name: "thing".to_owned(),
        mesh: Arc::new(Mesh {
            normals,
            uvs: vec![Vec2::ZERO; positions.len()],
            triangles: (0..triangles.len() as u32)
                .map(|k| [3 * k, 3 * k + 1, 3 * k + 2])
                .collect(),
            parts: vec![Part::Background; triangles.len()],
            positions,
        }),
        material: MaterialId(0),
        instance: 1,
    }
}

/// Six times the volume that faces enclose.
fn volume(mended: &Mended) -> f32 {
    let mut sum = 0.0;
    for shell in &mended.shells {
        for triangle in &shell.mesh.triangles {
            let [a, b, c] = triangle.map(|v| shell.mesh.positions[v as usize]);
            sum += a.dot(b.cross(c));
        }
    }
    sum
}

const WHOLE: f32 = 6.0 * 1.0 * 0.6 * 0.4;

#[test]
fn a_sound_box_has_nothing_to_report() {
    let mended = mend(&[object(&cube())]).expect("it is sound");
    assert!(!mended.repairs.any(), "{:?}", mended.repairs);
    assert_eq!(
        (mended.repairs.open_rims, mended.repairs.branched_edges),
        (0, 0)
    );
    assert_eq!(mended.shells.len(), 1);
    assert!((volume(&mended) - WHOLE).abs() < 1e-4);
    // Sharp edges stay sharp: three normals at each of eight corners.
    assert_eq!(mended.shells[0].mesh.positions.len(), 24);
    assert!((mended.shells[0].seen - 1.0).abs() < 1e-6);
}

#[test]
fn planted_faults_are_told_by_kind_and_mended() {
    for flipped in [vec![3], vec![0, 5, 7], (0..12).collect::<Vec<_>>()] {
        let mut faces = cube();
        for &k in &flipped {
            faces[k].swap(0, 1);
        }
        // Two doubled, one of them the other way round, and one without area.
        faces.push(faces[2]);
        faces.push([faces[4][1], faces[4][0], faces[4][2]]);
        faces.push([faces[0][0], faces[0][1], faces[0][0]]);
        let mended = mend(&[object(&faces)]).expect("it can be mended");
        let repairs = mended.repairs;
        assert_eq!(repairs.flipped, flipped.len(), "{repairs:?}");
        assert_eq!((repairs.doubled, repairs.without_area), (2, 1));
        assert!((volume(&mended) - WHOLE).abs() < 1e-4);
        let again: Vec<Object> = mended
            .shells
            .iter()
            .map(|shell| Object {
                mesh: Arc::new(shell.mesh.clone()),
                ..object(&[])
            })
            .collect();
        assert!(!mend(&again).expect("it is sound now").repairs.any());
    }
}

#[test]
fn a_missing_triangle_is_put_back_and_a_missing_side_is_left() {
    let mut faces = cube();
    faces.remove(6);
    let mended = mend(&[object(&faces)]).expect("it can be mended");
    assert_eq!(
        (mended.repairs.closed_holes, mended.repairs.open_rims),
        (1, 0)
    );
    assert!((volume(&mended) - WHOLE).abs() < 1e-4);
    let mended = mend(&[object(&cube()[2..])]).expect("it can be mended");
    assert_eq!(
        (mended.repairs.closed_holes, mended.repairs.open_rims),
        (0, 1)
    );
    assert!(!mended.repairs.any());
}

#[test]
fn an_open_shell_shows_its_outside() {
    let inside_out: Vec<[Vec3; 3]> = cube()[2..].iter().map(|[a, b, c]| [*b, *a, *c]).collect();
    let mended = mend(&[object(&inside_out)]).expect("it can be mended");
    assert_eq!(mended.repairs.flipped, 10);
    for shell in &mended.shells {
        for (at, normal) in shell.mesh.positions.iter().zip(&shell.mesh.normals) {
            assert!(at.dot(*normal) > 0.0);
        }
    }
}

#[test]
fn objects_that_meet_leave_no_hole_between_them() {
    let faces = cube();
    let mended = mend(&[object(&faces[..4]), object(&faces[4..])]).expect("it is sound");
    assert_eq!(mended.repairs.open_rims, 0);
    assert_eq!(mended.shells.len(), 3);
    assert_eq!(mended.shells.iter().filter(|s| s.object == 0).count(), 2);
}

#[test]
fn what_is_nowhere_or_nothing_is_refused() {
    let mut faces = cube();
    faces[1][0].y = f32::NAN;
    let error = mend(&[object(&faces)]).expect_err("it is nowhere");
    assert!(matches!(error, MendError::NotFinite { .. }), "{error}");
    let line = [[Vec3::ZERO, Vec3::X, Vec3::X * 2.0]];
    assert_eq!(
        mend(&[object(&line)]).expect_err("a line"),
        MendError::Nothing
    );
    assert_eq!(mend(&[]).expect_err("nothing"), MendError::Nothing);
}
