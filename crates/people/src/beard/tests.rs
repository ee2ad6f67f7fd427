use super::*;
use scene::mesh::Part;

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

fn count(strands: &Strands) -> usize {
    strands.first.len() - 1
}

fn roots(strands: &Strands) -> Vec<Vec3> {
    strands.first[..count(strands)]
        .iter()
        .map(|first| strands.points[*first as usize])
        .collect()
}

fn tips(strands: &Strands) -> Vec<Vec3> {
    strands.first[1..]
        .iter()
        .map(|end| strands.points[*end as usize - 1])
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
        assert!(count(&mesh) > 500, "{style:?} has {} strands", count(&mesh));
        assert_eq!(mesh.points.len(), mesh.radii_m.len());
        for (position, radius_m) in mesh.points.iter().zip(&mesh.radii_m) {
            assert!(
                position.is_finite() && position.z > -0.000_3 && position.z < longest * 1.2,
                "{style:?}: {position}"
            );
            assert!((2e-5..6e-5).contains(radius_m));
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
    let (tips, starts) = (tips(&mesh), roots(&mesh));
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
    let grown = |density: f32| {
        count(&beard(
            &face(),
            &AXES,
            BeardStyle::ShortBeard,
            0.005,
            density,
            &mut counter(9),
        ))
    };
    assert!(grown(0.3) < grown(0.6) && grown(0.6) < grown(1.0));
    assert_eq!(grown(0.0), 0);
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
    assert_eq!(once.points, twice.points);
    let other = beard(
        &face(),
        &AXES,
        BeardStyle::Goatee,
        0.01,
        0.8,
        &mut counter(12),
    );
    assert_ne!(once.points, other.points);
}

#[test]
fn styles_without_strands_are_in_the_skin_only() {
    let pigment = HairPigment {
        melanin: 0.8,
        redness: 0.2,
        grey: 0.0,
    };
    let stubble = beard(
        &face(),
        &AXES,
        BeardStyle::Stubble,
        0.01,
        1.0,
        &mut counter(1),
    );
    assert_eq!(count(&stubble), 0);
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
fn brows_grow_on_their_own_side_and_follow_their_settings() {
    let grown = |thickness: f32, raise_m: f32, left: bool| {
        brow(
            &face(),
            &AXES,
            &Brows {
                thickness,
                length_m: 0.007,
                raise_m,
            },
            left,
            &mut counter(13),
        )
    };
    for left in [false, true] {
        let usual = grown(0.6, 0.0, left);
        assert!(count(&usual) > 80, "{} strands", count(&usual));
        for root in roots(&usual) {
            assert_eq!(root.x > 0.0, left, "{root}");
        }
        let height = |strands: &Strands| {
            roots(strands).iter().map(|p| p.y).sum::<f32>() / count(strands) as f32
        };
        let raised = height(&grown(0.6, 0.003, left)) - height(&usual);
        assert!((raised - 0.003).abs() < 0.001);
        assert!(count(&grown(0.1, 0.0, left)) < count(&grown(1.0, 0.0, left)) / 2);
    }
}

#[test]
fn grey_hair_has_white_strands_among_dark_ones() {
    let pigment = HairPigment {
        melanin: 0.9,
        redness: 0.2,
        grey: 0.4,
    };
    let colours = strand_colours(&pigment, 256, &mut counter(17));
    let white = colours.iter().filter(|colour| colour.x > 0.3).count();
    assert!(
        (60..150).contains(&white),
        "{white} of 256 strands are white"
    );
    assert!(colours.iter().all(|colour| colour.max_element() < 1.0));
}
