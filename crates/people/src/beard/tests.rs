use super::*;

const AXES: HeadAxes = HeadAxes {
    left: Vec3::X,
    up: Vec3::Y,
    forward: Vec3::Z,
};

/// The face's island as a flat sheet, life size: x to the left, y up, facing +z.
fn face() -> Mesh {
    let n = 60;
    let mut mesh = Mesh::default();
    for row in 0..=n {
        for column in 0..=n {
            let uv = Vec2::new(
                0.78 + 0.2 * row as f32 / n as f32,
                MID_V + 0.15 * (2.0 * column as f32 / n as f32 - 1.0),
            );
            mesh.uvs.push(uv);
            mesh.positions
                .push(Vec3::new(uv.y - MID_V, 0.9 - uv.x, 0.0));
            mesh.normals.push(Vec3::Z);
        }
    }
    for row in 0..n {
        for column in 0..n {
            let i = row * (n + 1) + column;
            mesh.triangles.push([i, i + n + 1, i + n + 2]);
            mesh.triangles.push([i, i + n + 2, i + 1]);
        }
    }
    mesh.parts = vec![Part::FaceSkin; mesh.triangles.len()];
    mesh
}

fn counter(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Roots are the first rings: u = 0.
fn roots(mesh: &Mesh) -> Vec<Vec3> {
    mesh.positions
        .iter()
        .zip(&mesh.uvs)
        .filter(|(_, uv)| uv.x == 0.0)
        .map(|(p, _)| *p)
        .collect()
}

#[test]
fn strands_stay_in_their_zone_above_the_skin_and_within_their_length() {
    for style in [
        BeardStyle::Moustache,
        BeardStyle::Goatee,
        BeardStyle::ShortBeard,
        BeardStyle::FullBeard,
    ] {
        let (_, longest) = style.length_m();
        let mesh = beard(&face(), &AXES, style, longest, 1.0, &mut counter(3));
        assert!(
            mesh.triangles.len() > 5000,
            "{style:?} has {} triangles",
            mesh.triangles.len()
        );
        assert_eq!(mesh.triangles.len(), mesh.parts.len());
        for (position, uv) in mesh.positions.iter().zip(&mesh.uvs) {
            assert!(
                position.is_finite() && position.z > -0.000_3 && position.z < longest * 1.2,
                "{style:?}: {position}"
            );
            assert!((0.0..=1.0).contains(&uv.x) && (0.0..1.0).contains(&uv.y));
        }
        for root in roots(&mesh) {
            let uv = Vec2::new(0.9 - root.y, root.x + MID_V);
            let near = style.zones().iter().any(|(zone, amount)| {
                *amount > 0.0
                    && (-2..=2).any(|k| {
                        zone.weight(uv + Vec2::new(k as f32 * 0.002, 0.0)) > 0.0
                            || zone.weight(uv + Vec2::new(0.0, k as f32 * 0.002)) > 0.0
                    })
            });
            assert!(near, "{style:?} grows at {uv}");
        }
    }
}

#[test]
fn no_style_grows_on_lips() {
    let mesh = beard(
        &face(),
        &AXES,
        BeardStyle::FullBeard,
        0.02,
        1.0,
        &mut counter(5),
    );
    for root in roots(&mesh) {
        let uv = Vec2::new(0.9 - root.y, root.x + MID_V);
        assert!(
            Region::Lips.weight(uv) < 0.95,
            "a strand on the lip at {uv}"
        );
    }
}

#[test]
fn beards_hang_and_moustaches_part_in_the_middle() {
    let mesh = beard(
        &face(),
        &AXES,
        BeardStyle::Moustache,
        0.01,
        1.0,
        &mut counter(7),
    );
    let tips: Vec<Vec3> = mesh
        .positions
        .iter()
        .zip(&mesh.uvs)
        .filter(|(_, uv)| uv.x == 1.0)
        .map(|(p, _)| *p)
        .collect();
    let starts: Vec<Vec3> = mesh
        .positions
        .iter()
        .zip(&mesh.uvs)
        .filter(|(_, uv)| uv.x == 0.0)
        .map(|(p, _)| *p)
        .step_by(3)
        .collect();
    assert_eq!(tips.len(), starts.len());
    let (mut down, mut out) = (0, 0);
    for (tip, start) in tips.iter().zip(&starts) {
        down += usize::from(tip.y < start.y);
        out += usize::from((tip.x - start.x) * start.x.signum() > 0.0);
    }
    assert!(
        down * 10 > tips.len() * 9 && out * 10 > tips.len() * 7,
        "{down} down and {out} outward of {}",
        tips.len()
    );
}

#[test]
fn density_and_draws_decide_everything() {
    let count = |density: f32| {
        beard(
            &face(),
            &AXES,
            BeardStyle::ShortBeard,
            0.005,
            density,
            &mut counter(9),
        )
        .triangles
        .len()
    };
    assert!(count(0.3) < count(0.6) && count(0.6) < count(1.0));
    assert_eq!(count(0.0), 0);
    let once = beard(
        &face(),
        &AXES,
        BeardStyle::Goatee,
        0.01,
        0.8,
        &mut counter(11),
    );
    let twice = beard(
        &face(),
        &AXES,
        BeardStyle::Goatee,
        0.01,
        0.8,
        &mut counter(11),
    );
    assert_eq!(once.positions, twice.positions);
    let other = beard(
        &face(),
        &AXES,
        BeardStyle::Goatee,
        0.01,
        0.8,
        &mut counter(12),
    );
    assert_ne!(once.positions, other.positions);
}

#[test]
fn styles_without_strands_are_in_the_skin_only() {
    let pigment = HairPigment {
        melanin: 0.8,
        redness: 0.2,
        grey: 0.0,
    };
    assert!(
        beard(
            &face(),
            &AXES,
            BeardStyle::Stubble,
            0.01,
            1.0,
            &mut counter(1)
        )
        .triangles
        .is_empty()
    );
    let rest = HairShadow {
        scalp: 0.4,
        ..HairShadow::default()
    };
    let stubble = shadow(BeardStyle::Stubble, 0.9, &pigment, &rest);
    assert!(stubble.cheek > 0.5 && stubble.scalp == 0.4);
    let none = shadow(BeardStyle::None, 0.9, &pigment, &rest);
    assert_eq!(none.cheek, 0.0);
}

#[test]
fn brows_are_two_and_follow_their_settings() {
    let grown = |thickness: f32, raise_m: f32| {
        brows(
            &face(),
            &AXES,
            &Brows {
                thickness,
                length_m: 0.007,
                raise_m,
            },
            &mut counter(13),
        )
    };
    let usual = grown(0.6, 0.0);
    let left = usual.parts.iter().filter(|p| **p == Part::LeftBrow).count();
    let right = usual
        .parts
        .iter()
        .filter(|p| **p == Part::RightBrow)
        .count();
    assert!(left > 500 && right > 500 && left + right == usual.parts.len());
    let height =
        |mesh: &Mesh| roots(mesh).iter().map(|p| p.y).sum::<f32>() / roots(mesh).len() as f32;
    assert!((height(&grown(0.6, 0.003)) - height(&usual) - 0.003).abs() < 0.001);
    assert!(grown(0.1, 0.0).triangles.len() < grown(1.0, 0.0).triangles.len() / 2);
}

#[test]
fn grey_hair_has_white_strands_among_dark_ones() {
    let Texels::Srgba8(texels) = strand_colours(
        &HairPigment {
            melanin: 0.9,
            redness: 0.2,
            grey: 0.4,
        },
        &mut counter(17),
    )
    .texels
    else {
        panic!("colour")
    };
    let white = texels.iter().filter(|t| t[0] > 120).count();
    assert!(
        (60..150).contains(&white),
        "{white} of 256 strands are white"
    );
}
