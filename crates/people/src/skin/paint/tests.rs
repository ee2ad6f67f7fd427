use super::*;
use crate::skin::{Pigments, Reference, SkinError, SkinLayout, Window, linear_from_srgb};
use scene::Mesh;
use std::sync::Arc;

/// A sheet one metre across whose UVs are its coordinates: enough of a body for skins to be laid out on.
fn sheet() -> Mesh {
    let corners = [
        Vec2::new(0.0, 0.0),
        Vec2::new(1.0, 0.0),
        Vec2::new(1.0, 1.0),
        Vec2::new(0.0, 1.0),
    ];
    Mesh {
        positions: corners.iter().map(|c| Vec3::new(c.y, -c.x, 0.0)).collect(),
        normals: vec![Vec3::Z; 4],
        uvs: corners.to_vec(),
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        parts: vec![scene::mesh::Part::FaceSkin; 2],
    }
}

/// A skin of one ground colour with blotches, painted shade from left to right, and noise.
fn skin(ground: [f32; 3], blotch: f32) -> Texture {
    let size = 256u32;
    let texels = (0..size * size)
        .map(|i| {
            let (x, y) = ((i % size) as f32, (i / size) as f32);
            let shade = 0.85 + 0.3 * y / size as f32;
            let wave = 1.0 + blotch * (x * 0.9).sin() * (y * 0.7).cos();
            let c = [
                ground[0] * shade,
                ground[1] * shade * wave,
                ground[2] * shade * wave,
            ];
            [
                c[0].min(255.0) as u8,
                c[1].min(255.0) as u8,
                c[2].min(255.0) as u8,
                255,
            ]
        })
        .collect();
    Texture {
        width: size,
        height: size,
        texels: Texels::Srgba8(texels),
    }
}

fn counter() -> impl FnMut() -> f64 {
    let mut state = 0u64;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn texels(texture: &Texture) -> &[[u8; 4]] {
    let Texels::Srgba8(texels) = &texture.texels else {
        panic!("skin is colour")
    };
    texels
}

fn face_mean(atlas: &Atlas, texture: &Texture) -> Vec3 {
    let (mut sum, mut count) = (Vec3::ZERO, 0.0);
    for (i, texel) in texels(texture).iter().enumerate() {
        let uv = Vec2::new(
            source_u(atlas, i % atlas.width),
            1.0 - source_row(atlas, i / atlas.width),
        );
        if Region::Face.weight(uv) > 0.5 {
            sum += Vec3::new(
                f32::from(texel[0]),
                f32::from(texel[1]),
                f32::from(texel[2]),
            )
            .map(|c| linear_from_srgb(c / 255.0));
            count += 1.0;
        }
    }
    sum / count
}

fn blend(reference: &Reference, skins: &[(&Texture, f32)]) -> Result<Blend, SkinError> {
    let skins = skins
        .iter()
        .map(|(skin, weight)| {
            let (width, height) = (skin.width as usize, skin.height as usize);
            let layout = Arc::new(SkinLayout::new(reference, width, height));
            let pigments = Pigments::new(&layout, &Arc::new((*skin).clone()))?;
            Ok((Arc::new(pigments), *weight))
        })
        .collect::<Result<_, _>>()?;
    Blend::new(skins)
}

/// Paints every texel.
fn paint(
    atlas: &Atlas,
    skins: &Blend,
    complexion: &Complexion,
    hair: &HairShadow,
    uniform: &mut dyn FnMut() -> f64,
) -> Texture {
    let (width, height) = atlas.size();
    let cover = Cover::whole(width, height);
    super::paint(atlas, &cover, skins, complexion, hair, uniform)
}

fn plain(tone: f64) -> Complexion {
    Complexion {
        tone,
        moles: 0,
        under_eye: 0.0,
        flush: 1.0 / 3.0,
        unevenness: 0.0,
        ..Complexion::default()
    }
}

#[test]
fn every_skin_at_every_tone_has_the_tones_mean_albedo_and_darkens_with_it() {
    let mesh = sheet();
    let reference = Reference(&mesh);
    let atlas = Atlas::new(&reference, Window::HEAD, 192, 192);
    for (ground, blotch) in [
        ([225.0, 180.0, 160.0], 0.1),
        ([95.0, 60.0, 48.0], 0.2),
        ([210.0, 160.0, 110.0], 0.0),
    ] {
        let pigments = blend(&reference, &[(&skin(ground, blotch), 1.0)]).expect("a skin");
        let mut previous = f32::INFINITY;
        for half in 2..=20 {
            let tone = f64::from(half) / 2.0;
            let mean = face_mean(
                &atlas,
                &paint(
                    &atlas,
                    &pigments,
                    &plain(tone),
                    &HairShadow::default(),
                    &mut counter(),
                ),
            );
            let wanted = super::tone::albedo(tone);
            assert!(
                ((mean - wanted) / wanted).abs().max_element() < 0.04,
                "skin {ground:?} at tone {tone}: {mean} instead of {wanted}"
            );
            assert!(
                mean.element_sum() < previous,
                "skin {ground:?} is no darker at tone {tone}"
            );
            previous = mean.element_sum();
        }
    }
}

#[test]
fn a_small_step_in_tone_is_a_small_step_in_every_texel() {
    let mesh = sheet();
    let reference = Reference(&mesh);
    let atlas = Atlas::new(&reference, Window::HEAD, 96, 96);
    let pigments = blend(&reference, &[(&skin([220.0, 175.0, 150.0], 0.15), 1.0)]).expect("a skin");
    let at = |tone: f64| {
        paint(
            &atlas,
            &pigments,
            &Complexion {
                freckles: 0.5,
                ..plain(tone)
            },
            &HairShadow::default(),
            &mut counter(),
        )
    };
    for tone in [1.0, 2.99, 5.0, 7.49, 9.9] {
        let (a, b) = (at(tone), at(tone + 0.02));
        let largest = texels(&a)
            .iter()
            .zip(texels(&b))
            .flat_map(|(a, b)| (0..3).map(|c| a[c].abs_diff(b[c])))
            .max();
        assert!(
            largest <= Some(3),
            "tone {tone} jumps by {largest:?} of 255"
        );
    }
}

#[test]
fn what_is_no_skin_keeps_its_colour_at_every_tone() {
    let mesh = sheet();
    let reference = Reference(&mesh);
    let atlas = Atlas::new(&reference, Window::WHOLE, 128, 128);
    let pigments = blend(&reference, &[(&skin([200.0, 90.0, 90.0], 0.1), 1.0)]).expect("a skin");
    let at = |tone: f64| {
        paint(
            &atlas,
            &pigments,
            &plain(tone),
            &HairShadow::default(),
            &mut counter(),
        )
    };
    let (light, dark) = (at(1.0), at(10.0));
    // The lining of the mouth, at UV (0.84, 0.07).
    let i = 119 * 128 + 107;
    assert_eq!(texels(&light)[i], texels(&dark)[i]);
    assert_ne!(
        texels(&light)[64 * 128 + 40],
        texels(&dark)[64 * 128 + 40],
        "the torso did not change with tone"
    );
}

#[test]
fn lips_stay_redder_and_palms_lighter_than_the_skin_around_them() {
    let mesh = sheet();
    let reference = Reference(&mesh);
    // A palm of ten centimetres.
    let mut hand = sheet();
    for uv in &mut hand.uvs {
        *uv = Vec2::new(0.415, 0.15) + 0.1 * (*uv - 0.5);
    }
    let atlas =
        Atlas::new(&reference, Window::WHOLE, 512, 512).with_palms(&Reference(&hand), &[1.0; 4]);
    let pigments = blend(&reference, &[(&skin([180.0, 130.0, 105.0], 0.0), 1.0)]).expect("a skin");
    for tone in [1.0, 4.0, 7.0, 10.0] {
        let texture = paint(
            &atlas,
            &pigments,
            &plain(tone),
            &HairShadow::default(),
            &mut counter(),
        );
        let at = |u: f32, v: f32| {
            let texel = texels(&texture)[((1.0 - v) * 512.0) as usize * 512 + (u * 512.0) as usize];
            Vec3::new(
                f32::from(texel[0]),
                f32::from(texel[1]),
                f32::from(texel[2]),
            )
            .map(|c| linear_from_srgb(c / 255.0))
        };
        let (lip, cheek, palm) = (at(0.905, 0.483), at(0.86, 0.54), at(0.415, 0.15));
        assert!(
            lip.x / lip.y > 1.08 * cheek.x / cheek.y,
            "tone {tone}: lips {lip}, cheek {cheek}"
        );
        if tone > 5.0 {
            assert!(
                palm.element_sum() > 1.3 * cheek.element_sum(),
                "tone {tone}: palm {palm}, cheek {cheek}"
            );
        }
    }
}

#[test]
fn hair_in_the_skin_shows_where_it_grows_only() {
    let mesh = sheet();
    let reference = Reference(&mesh);
    let atlas = Atlas::new(&reference, Window::HEAD, 256, 256);
    let pigments = blend(&reference, &[(&skin([225.0, 180.0, 160.0], 0.1), 1.0)]).expect("a skin");
    let bare = paint(
        &atlas,
        &pigments,
        &plain(3.0),
        &HairShadow::default(),
        &mut counter(),
    );
    let shadow = HairShadow {
        moustache: 0.8,
        colour: Vec3::splat(0.02),
        ..HairShadow::default()
    };
    let grown = paint(&atlas, &pigments, &plain(3.0), &shadow, &mut counter());
    let mut darker = 0;
    for (i, (a, b)) in texels(&bare).iter().zip(texels(&grown)).enumerate() {
        if atlas.region(Region::Moustache)[i] == 0 {
            assert_eq!(a, b, "texel {i} lies outside the moustache");
        } else {
            darker += usize::from(b[1] < a[1]);
        }
    }
    assert!(darker > 50);
}

#[test]
fn the_same_draws_give_the_same_skin() {
    let mesh = sheet();
    let reference = Reference(&mesh);
    let atlas = Atlas::new(&reference, Window::HEAD, 64, 64);
    let pigments = blend(
        &reference,
        &[
            (&skin([225.0, 180.0, 160.0], 0.1), 2.0),
            (&skin([95.0, 60.0, 48.0], 0.1), 1.0),
        ],
    )
    .expect("a skin");
    let make = || {
        paint(
            &atlas,
            &pigments,
            &Complexion {
                freckles: 0.7,
                ..Complexion::default()
            },
            &HairShadow::default(),
            &mut counter(),
        )
    };
    assert_eq!(texels(&make()), texels(&make()));
}

#[test]
fn skins_that_cannot_be_blended_are_refused() {
    let mesh = sheet();
    let reference = Reference(&mesh);
    let a = skin([225.0, 180.0, 160.0], 0.1);
    let half = Texture {
        width: 128,
        height: 128,
        texels: Texels::Srgba8(texels(&a)[..128 * 128].to_vec()),
    };
    let small = Texture {
        width: 1,
        height: 1,
        texels: Texels::Srgba8(vec![[0; 4]]),
    };
    let grey = Texture {
        width: 1,
        height: 1,
        texels: Texels::Linear8(vec![0]),
    };
    assert_eq!(
        blend(&reference, &[]).expect_err("refused"),
        SkinError::NoTexture
    );
    assert_eq!(
        blend(&reference, &[(&a, 0.0)]).expect_err("refused"),
        SkinError::Weights
    );
    assert_eq!(
        blend(&reference, &[(&a, f32::NAN)]).expect_err("refused"),
        SkinError::Weights
    );
    assert_eq!(
        blend(&reference, &[(&grey, 1.0)]).expect_err("refused"),
        SkinError::NotColour
    );
    assert_eq!(
        blend(&reference, &[(&a, 1.0), (&half, 1.0)]).expect_err("refused"),
        SkinError::Sizes {
            first: (256, 256),
            other: (128, 128)
        }
    );
    assert_eq!(
        blend(&reference, &[(&small, 1.0)]).expect_err("refused"),
        SkinError::TooSmall {
            width: 1,
            height: 1
        }
    );
}
