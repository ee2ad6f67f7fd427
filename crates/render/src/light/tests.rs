use super::*;
use crate::chi_square::Uniforms;
use glam::DVec3;
use scene::{
    AreaLight, Camera,
    light::{Beam, PointLight},
};

/// Bulbs, spots and panels, some at the same place, some turned away.
fn crowd(count: usize) -> Scene {
    let mut uniforms = Uniforms::new(21);
    let mut place = || Vec3::from_array(std::array::from_fn(|_| uniforms.next() * 4.0 - 2.0));
    let mut scene = Scene::new(Camera::look_at(DVec3::Z, DVec3::ZERO, DVec3::Y, 0.5, 4, 4));
    for k in 0..count {
        let (position, axis) = (place(), place().normalize());
        if k % 3 == 0 {
            scene.area_lights.push(AreaLight {
                corner: position,
                edge_u: 0.2 * axis.any_orthonormal_vector(),
                edge_v: 0.1 * axis,
                radiance: Vec3::splat(1.0 + (k % 5) as f32),
                visible: true,
            });
        } else {
            scene.point_lights.push(PointLight {
                position: if k % 10 == 1 { Vec3::ONE } else { position },
                radius_m: 0.05 * (k % 2) as f32,
                intensity: Vec3::splat(0.1 * (k % 7) as f32),
                near_infrared_intensity: 1.0,
                beam: match k % 4 {
                    0 => Beam::Uniform,
                    1 => Beam::Diode {
                        axis,
                        half_angle: 0.4,
                    },
                    _ => Beam::Spot {
                        axis,
                        inner: 0.2,
                        outer: 0.9,
                    },
                },
            });
        }
    }
    scene
}

fn anywhere(uniforms: &mut Uniforms) -> Vec3A {
    Vec3A::from_array(std::array::from_fn(|_| uniforms.next() * 6.0 - 3.0))
}

#[test]
fn each_light_is_chosen_as_often_as_its_chance_says_and_none_that_matters_is_left_out() {
    for count in [12, 300] {
        let scene = crowd(count);
        let lights = Lights::new(&scene, Threads::Single).expect("sound");
        assert_eq!(lights.tree.is_some(), count > CUT);
        let mut uniforms = Uniforms::new(5);
        for _ in 0..50 {
            let prospect = lights.prospect(anywhere(&mut uniforms));
            let mut total = 0.0;
            for (index, emitter) in lights.emitters.iter().enumerate() {
                let chance = lights.chance(&prospect, index as u32);
                total += chance;
                if emitter.importance(prospect.point, &scene.point_lights) > 0.0 {
                    assert!(chance > 0.0, "light {index} at {}", prospect.point);
                }
            }
            assert!(prospect.sum == 0.0 || total < 1.0 + 1e-4);
            if let Some(tree) = &lights.tree {
                for &node in &tree.cut {
                    if let Some((light, down)) = tree.descend(node, prospect.point, uniforms.next())
                    {
                        let (group, up) = tree.chance(light, prospect.point);
                        assert_eq!(tree.cut[group], node);
                        assert!((up / down - 1.0).abs() < 1e-4, "{up} and {down}");
                    }
                }
            }
        }
    }
}

#[test]
fn light_of_many_is_the_sum_of_each_alone() {
    let scene = crowd(300);
    let lights = Lights::new(&scene, Threads::Single).expect("sound");
    let mut uniforms = Uniforms::new(6);
    for _ in 0..4 {
        let point = anywhere(&mut uniforms);
        let prospect = lights.prospect(point);
        let n = 100_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let u = [uniforms.next(), uniforms.next(), uniforms.next()];
            if let Some(aimed) = lights.aim(&prospect, u) {
                let value = f64::from(luminance(lights.radiance(&aimed)) / aimed.density);
                sum += value;
                squares += value * value;
            }
        }
        let mean = sum / f64::from(n);
        let error = ((squares / f64::from(n) - mean * mean) / f64::from(n)).sqrt();
        let each: f64 = lights
            .emitters
            .iter()
            .map(|emitter| {
                let tries = 4000;
                (0..tries)
                    .filter_map(|k| {
                        let u = [(k as f32 + 0.5) / tries as f32, uniforms.next()];
                        emitter.sample(point, u, &scene.point_lights)
                    })
                    .map(|mark| f64::from(luminance(mark.radiance) / mark.density))
                    .sum::<f64>()
                    / f64::from(tries)
            })
            .sum();
        assert!(
            (mean - each).abs() < 4.5 * error + 0.002 * each,
            "{mean} ± {error} against {each}"
        );
        assert!(error < 0.03 * each, "{error} of {each}");
    }
}

#[test]
fn a_ray_meets_the_same_panels_with_and_without_a_hierarchy() {
    let scene = crowd(300);
    let lights = Lights::new(&scene, Threads::Single).expect("sound");
    let mut uniforms = Uniforms::new(7);
    let mut hits = 0;
    for _ in 0..20_000 {
        let origin = anywhere(&mut uniforms);
        let direction = (anywhere(&mut uniforms) - origin).normalize();
        let mut found = Vec::new();
        lights.panels_along(origin, direction, 3.0, |index, _, t| found.push((index, t)));
        let mut expected: Vec<_> = (0..lights.emitters.len())
            .filter_map(|index| match &lights.emitters[index] {
                Emitter::Panel(panel) => panel
                    .hit(origin, direction)
                    .filter(|&t| t < 3.0)
                    .map(|t| (index as u32, t)),
                Emitter::Bulb(_) | Emitter::Glow(_) => None,
            })
            .collect();
        found.sort_by_key(|hit| hit.0);
        expected.sort_by_key(|hit| hit.0);
        assert_eq!(found, expected);
        hits += found.len();
    }
    assert!(hits > 50, "{hits}");
}

#[test]
fn the_sun_is_as_bright_as_its_irradiance_says() {
    for angular_radius in [0.0, 0.004_65, 0.3] {
        let sun = Sun::new(&scene::light::Sun {
            direction: Vec3::new(0.0, 0.6, 0.8),
            irradiance: Vec3::splat(5.0),
            angular_radius,
        });
        let mut uniforms = Uniforms::new(2);
        let n = 20_000;
        let mut sum = 0.0;
        for _ in 0..n {
            let mark = sun.sample([uniforms.next(), uniforms.next()]);
            let cosine = mark.direction.dot(Vec3A::new(0.0, 0.6, 0.8));
            sum += f64::from(luminance(mark.radiance) * cosine / mark.density) / f64::from(n);
            if angular_radius > 0.0
                && let Some((radiance, density)) = sun.meet(mark.direction)
            {
                assert_eq!(radiance, mark.radiance);
                assert!((density / mark.density - 1.0).abs() < 1e-3);
            }
        }
        assert!((sum - 5.0).abs() < 0.02, "{angular_radius}: {sum}");
    }
}
