//! The surfaces of an eyeball as meshes.
use glam::{DVec3, Vec2, Vec3};
use scene::mesh::{Mesh, Part};

use super::form::Globe;

/// Triangles around.
const SECTORS: u32 = 160;
/// How far back the sclera is drawn, radians from the axis: lids cover the rest.
pub(crate) const SCLERA_REACH: f64 = 2.0;

/// A ring of a surface of revolution: distance from the axis, height, its normal's two components, and a texture coordinate that runs outwards.
#[derive(Debug, Clone, Copy)]
struct Ring {
    r: f64,
    z: f64,
    normal: [f64; 2],
    v: f32,
}

/// How a surface of revolution is mapped to its texture.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mapping {
    /// u runs around, v outwards.
    Polar,
    /// The axis in the middle, v is the distance from it.
    Azimuthal,
}

/// A surface of revolution from its rings, inner ones first, seen from outside.
fn revolve(globe: &Globe, rings: &[Ring], mapping: Mapping, part: Part) -> Mesh {
    let mut mesh = Mesh::default();
    // The seam has both ends of the texture.
    for ring in rings {
        for k in 0..=SECTORS {
            let turn = f64::from(k) / f64::from(SECTORS);
            let (sine, cosine) = if k == SECTORS {
                (0.0, 1.0)
            } else {
                (turn * std::f64::consts::TAU).sin_cos()
            };
            let place = globe.place(DVec3::new(ring.r * cosine, ring.r * sine, ring.z));
            let [across, along] = ring.normal;
            let normal = globe.world_from_eye * DVec3::new(across * cosine, across * sine, along);
            mesh.positions.push(place.as_vec3());
            mesh.normals.push(normal.as_vec3().normalize_or(Vec3::Z));
            mesh.uvs.push(match mapping {
                Mapping::Polar => Vec2::new(turn as f32, ring.v),
                Mapping::Azimuthal => Vec2::new(cosine as f32, sine as f32) * (0.5 * ring.v) + 0.5,
            });
        }
    }
    let row = SECTORS + 1;
    for (k, pair) in rings.windows(2).enumerate() {
        let inner = k as u32 * row;
        for i in 0..SECTORS {
            let [a, b, c, d] = [
                inner + i,
                inner + i + 1,
                inner + row + i,
                inner + row + i + 1,
            ];
            if pair[0].r > 0.0 {
                mesh.triangles.push([a, d, b]);
            }
            mesh.triangles.push([a, c, d]);
        }
    }
    mesh.parts = vec![part; mesh.triangles.len()];
    mesh
}

/// Adds the normals of a profile by differences, outwards from the body's inside.
fn with_normals(profile: &[(f64, f64, f32)]) -> Vec<Ring> {
    let last = profile.len() - 1;
    (0..=last)
        .map(|k| {
            let (a, b) = (profile[k.saturating_sub(1)], profile[(k + 1).min(last)]);
            let (dr, dz) = (b.0 - a.0, b.1 - a.1);
            let length = dr.hypot(dz).max(1e-12);
            Ring {
                r: profile[k].0,
                z: profile[k].1,
                // A profile that runs outwards has its outside on the left.
                normal: if profile[k].0 == 0.0 {
                    [0.0, 1.0]
                } else {
                    [-dz / length, dr / length]
                },
                v: profile[k].2,
            }
        })
        .collect()
}

/// The white of the eye, from the limbus back.
pub(super) fn sclera(globe: &Globe) -> Mesh {
    const RINGS: u32 = 64;
    let form = &globe.form;
    let from = (form.limbus_radius / form.sclera_radius).min(1.0).asin();
    let rings: Vec<Ring> = (0..=RINGS)
        .map(|k| {
            let angle = from + (SCLERA_REACH - from) * f64::from(k) / f64::from(RINGS);
            let (sine, cosine) = angle.sin_cos();
            Ring {
                r: form.sclera_radius * sine,
                z: form.sclera_radius * cosine,
                normal: [sine, cosine],
                v: (angle / SCLERA_REACH) as f32,
            }
        })
        .collect();
    let part = [Part::RightEye, Part::LeftEye][globe.side];
    revolve(globe, &rings, Mapping::Azimuthal, part)
}

/// The cornea's front. It runs on a little below the sclera, so that no ray slips in between.
pub(super) fn cornea(globe: &Globe) -> Mesh {
    const RINGS: u32 = 80;
    const UNDER: f64 = 1.02;
    let form = &globe.form;
    let cornea = globe.cornea(1.0);
    let rings: Vec<Ring> = (0..=RINGS)
        .map(|k| {
            let t = f64::from(k) / f64::from(RINGS);
            let r = form.limbus_radius * UNDER * t;
            let z = form.cornea_z(r);
            // Exact: what is seen behind depends on the normals alone.
            let place = globe.place(DVec3::new(r, 0.0, z));
            let normal = globe.world_from_eye.transpose() * cornea.normal(place);
            Ring {
                r,
                z,
                normal: [normal.x, normal.z],
                v: t as f32,
            }
        })
        .collect();
    revolve(globe, &rings, Mapping::Azimuthal, Part::ClearLens)
}

/// The iris from its inner rim to its root, and the wall of the chamber up to the limbus; v runs from 0 at the rim to 1 at the root.
pub(super) fn iris(globe: &Globe) -> Mesh {
    const RINGS: u32 = 72;
    let form = &globe.form;
    let mut profile: Vec<(f64, f64, f32)> = (0..=RINGS)
        .map(|k| {
            let t = f64::from(k) / f64::from(RINGS);
            let r = form.pupil_radius + (form.root_radius - form.pupil_radius) * t;
            // Textures repeat: the very ends are not sampled across.
            (r, form.iris_z(r), 0.002 + 0.99 * t as f32)
        })
        .collect();
    // The chamber's angle; its upper end is the limbus.
    profile.push((form.limbus_radius * 0.995, form.root_z + 0.1e-3, 0.994));
    profile.push((form.limbus_radius, form.limbus_z, 0.996));
    let part = [Part::RightIris, Part::LeftIris][globe.side];
    revolve(globe, &with_normals(&profile), Mapping::Polar, part)
}

/// What is seen in the pupil: a dark bowl whose rim is the iris' inner one.
pub(super) fn pupil(globe: &Globe) -> Mesh {
    const RINGS: u32 = 8;
    const BOWL_M: f64 = 0.8e-3;
    let form = &globe.form;
    let profile: Vec<(f64, f64, f32)> = (0..=RINGS)
        .map(|k| {
            let t = f64::from(k) / f64::from(RINGS);
            let r = form.pupil_radius * t;
            (
                r,
                form.iris_z(form.pupil_radius) - BOWL_M * (1.0 - t * t),
                t as f32,
            )
        })
        .collect();
    let part = [Part::RightPupil, Part::LeftPupil][globe.side];
    revolve(globe, &with_normals(&profile), Mapping::Azimuthal, part)
}

#[cfg(test)]
mod tests {
    use super::super::form::Form;
    use super::*;
    use glam::DMat3;

    fn globe() -> Globe {
        Globe {
            centre: DVec3::new(-0.03, 1.6, 0.05),
            world_from_eye: DMat3::from_rotation_y(0.3),
            straight_ahead: DVec3::Z,
            side: 0,
            kappa_deg: [5.0, 1.5],
            form: Form::new(12.0e-3, 5.9e-3, 2e-3, 7.8e-3),
        }
    }

    #[test]
    fn every_surface_is_wound_and_shaded_outwards() {
        let globe = globe();
        for (name, mesh) in [
            ("sclera", sclera(&globe)),
            ("cornea", cornea(&globe)),
            ("iris", iris(&globe)),
            ("pupil", pupil(&globe)),
        ] {
            for triangle in &mesh.triangles {
                let [a, b, c] = triangle.map(|v| mesh.positions[v as usize]);
                let face = (b - a).cross(c - a);
                let shading = mesh.normals[triangle[0] as usize];
                // A chamber's wall meets the iris in an edge, where one normal stands for both.
                let least = if name == "iris" { -0.6 } else { 0.0 };
                assert!(
                    face.normalize_or_zero().dot(shading) >= least,
                    "{name}: {face} against {shading}"
                );
            }
            let forward = mesh
                .normals
                .iter()
                .map(|n| n.dot(globe.world_from_eye.z_axis.as_vec3()))
                .sum::<f32>();
            assert!(forward > 0.0, "{name}");
        }
    }

    #[test]
    fn the_pupil_ends_where_the_iris_begins() {
        let globe = globe();
        let (iris, pupil) = (iris(&globe), pupil(&globe));
        let rim = pupil.positions.len() - (SECTORS as usize + 1);
        for k in 0..=SECTORS as usize {
            assert!(iris.positions[k].distance(pupil.positions[rim + k]) < 1e-6);
        }
    }
}
