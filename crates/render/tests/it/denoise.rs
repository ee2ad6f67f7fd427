//! The denoiser removes noise and nothing else.
use crate::scenes::{camera, matte, plain, scene, sphere, uniform_sky, wall};
use glam::Vec3;
use render::{Denoise, Settings, Tracer};
use scene::{AreaLight, Material, Scene, Texture, mesh::Part, texture::Texels};
use std::sync::Arc;

fn own(settings: Settings) -> Settings {
    Settings {
        denoise: Denoise::Own,
        ..settings
    }
}

pub(crate) fn relative_error(picture: &[[f32; 3]], truth: &[[f32; 3]]) -> f64 {
    picture
        .iter()
        .flatten()
        .zip(truth.iter().flatten())
        .map(|(a, b)| f64::from((a - b) * (a - b) / (b * b + 0.01)))
        .sum::<f64>()
        / picture.len() as f64
}

pub(crate) fn lit_ball() -> Scene {
    let panel = AreaLight {
        corner: Vec3::new(-0.8, 0.3, 0.4),
        edge_u: Vec3::new(0.0, 0.4, 0.0),
        edge_v: Vec3::new(0.4, 0.0, 0.3),
        radiance: Vec3::splat(8.0),
        visible: false,
    };
    let other = AreaLight {
        edge_u: panel.edge_v,
        edge_v: panel.edge_u,
        ..panel
    };
    scene(
        vec![
            (
                sphere(0.25, 5),
                Material {
                    base_color: Vec3::new(0.7, 0.4, 0.3),
                    ..Material::default()
                },
            ),
            (wall(-0.3, 4.0, Part::Clothing), matte(0.4)),
        ],
        Some(uniform_sky(0.3)),
        vec![panel, other],
        camera(1.0, 96),
    )
}

#[test]
fn it_brings_few_samples_close_to_many() {
    let scene = lit_ball();
    let tracer = Tracer::new(&scene).expect("sound");
    let truth = tracer.render(&plain(512, 6)).radiance;
    let raw = relative_error(
        &tracer
            .render(&Settings {
                seed: 2,
                ..plain(8, 6)
            })
            .radiance,
        &truth,
    );
    let clean = relative_error(
        &tracer
            .render(&own(Settings {
                seed: 2,
                ..plain(8, 6)
            }))
            .radiance,
        &truth,
    );
    assert!(clean < 0.25 * raw, "{raw} before, {clean} after");
}

#[test]
fn it_keeps_texture_and_backdrop_exactly() {
    // A fine checker lit evenly: all contrast is albedo.
    let texels = (0..64 * 64)
        .map(|index| {
            if (index % 64 + index / 64) % 2 == 0 {
                200
            } else {
                60
            }
        })
        .collect();
    let checker = Arc::new(Texture {
        width: 64,
        height: 64,
        texels: Texels::Linear8(texels),
    });
    let painted = Material {
        base_color: Vec3::ONE,
        base_color_texture: Some(checker),
        ..matte(1.0)
    };
    let scene = scene(
        vec![(wall(0.0, 0.4, Part::Clothing), painted)],
        Some(uniform_sky(1.0)),
        vec![],
        camera(1.0, 64),
    );
    let tracer = Tracer::new(&scene).expect("sound");
    let truth = tracer.render(&plain(256, 1));
    let clean = tracer.render(&own(plain(16, 1)));
    for (index, (a, b)) in clean.radiance.iter().zip(&truth.radiance).enumerate() {
        assert!(
            (a[0] - b[0]).abs() < 0.12,
            "pixel {index}: {} against {}",
            a[0],
            b[0]
        );
    }
    assert_eq!(clean.radiance[0], [1.0; 3]);
}

#[test]
fn a_corner_does_not_know_what_happens_far_away() {
    let mut near = lit_ball();
    near.camera = camera(1.0, 160);
    let mut far = near.clone();
    // One bounce: the wall does not learn of the ball's colour from light.
    far.materials[0].base_color = Vec3::new(0.0, 1.0, 0.0);
    let settings = own(plain(2, 1));
    let (a, b) = (
        Tracer::new(&near).expect("sound").render(&settings),
        Tracer::new(&far).expect("sound").render(&settings),
    );
    // The wall's corner lies more than 62 pixels from the ball.
    for y in 0..4 {
        for x in 0..4 {
            assert_eq!(a.layers.object[y * 160 + x], 1);
        }
    }
    let corner = |frame: &render::Frame| frame.radiance[0];
    let difference = (corner(&a)[0] - corner(&b)[0]).abs();
    assert!(difference <= 1e-6, "{difference}");
}
