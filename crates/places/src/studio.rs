//! A photographer's studio: paper that runs down a wall and over the floor without a corner, under a large soft light.

use glam::Vec3;
use population::stream::Streams;

use crate::solid::Solid;
use crate::{Place, Setting, ceiling_lamp, surface};

/// How far behind the person the paper goes up, metres.
const BEHIND_M: f32 = 1.6;
/// Radius of the bend.
const BEND_M: f32 = 0.7;

pub(crate) fn build(setting: &Setting, streams: &Streams) -> Place {
    let mut stream = streams.stream("place/studio");
    let grey = stream.range(0.1, 0.8) as f32;
    let mut tint = || 1.0 + 0.25 * (stream.uniform() as f32 - 0.5);
    let color = (Vec3::splat(grey) * Vec3::new(tint(), tint(), tint())).min(Vec3::splat(0.85));
    let person = setting.person.as_vec3();
    let to_camera = {
        let away = (setting.camera - setting.person).as_vec3();
        Vec3::new(away.x, 0.0, away.z).normalize_or(Vec3::Z)
    };
    // Over the floor from behind the camera to the wall, around the bend, and up.
    let reach = (setting.camera - setting.person).as_vec3().length() + 1.5;
    let mut outline = vec![person + to_camera * reach];
    let centre = person - to_camera * BEHIND_M + Vec3::Y * BEND_M;
    for step in 0..=16 {
        let angle = std::f32::consts::FRAC_PI_2 * step as f32 / 16.0;
        outline
            .push(centre - to_camera * (BEND_M * angle.sin()) - Vec3::Y * (BEND_M * angle.cos()));
    }
    let top = 3.6;
    outline.push(centre - to_camera * BEND_M + Vec3::Y * (top - BEND_M));
    let across = to_camera.cross(Vec3::Y) * 7.0;
    for point in &mut outline {
        *point -= 0.5 * across;
    }
    let paper = Solid::default().sweep(&outline, across);
    let lamp = person + to_camera * 0.9 + Vec3::Y * 3.3;
    let mut place = Place {
        lamps: vec![ceiling_lamp(lamp, [1.8, 1.8], 0.9, person + Vec3::Y * 1.4)],
        ..Place::default()
    };
    place.add("studio/paper", paper, surface::matt("paper", color));
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use glam::DVec3;

    #[test]
    fn the_paper_faces_the_camera_wherever_that_is() {
        for step in 0..12 {
            let angle = f64::from(step) * 0.5;
            let camera = DVec3::new(3.0 * angle.sin(), 1.2, 3.0 * angle.cos());
            let place = Place::build(&Setting {
                kind: Kind::Studio,
                seed: 5,
                person: DVec3::ZERO,
                also: Vec::new(),
                camera,
                head: DVec3::Y * 1.6,
                taken: None,
            });
            let mesh = &place.things[0].mesh;
            for (p, n) in mesh.positions.iter().zip(&mesh.normals) {
                let (p, n) = (p.as_dvec3(), n.as_dvec3());
                assert!(
                    (camera + DVec3::Y - p).dot(n) > 0.0,
                    "{p} looks along {n}, away from {camera}"
                );
            }
        }
    }
}
