//! Lids that slide over a cornea: where the bulge is they are lifted, where it was they sink back.
use glam::Vec3;

use super::form::Globe;

/// Lids are sculpted over an eye that looks straight ahead. Up to this far above the eye's surface, metres, they follow it wholly,
const FOLLOWS_M: f64 = 2.0e-3;
/// and from here on not at all.
const FREE_M: f64 = 9.0e-3;
/// What lies this far below the surface is no lid.
const DEEP_M: f64 = 2.5e-3;
/// The least that lids and lashes keep above the eye, metres: a film of tears, and what is lost between the corners of triangles.
const CLEARANCE_M: f64 = 0.06e-3;
/// What lies this little below the surface is pushed out of it.
const PIERCING_M: f64 = 0.9e-3;

/// Moves points that lie on an eyeball as its cornea's bulge does, and those that pierce it out of it.
pub(super) fn conform(globe: &Globe, points: &mut [Vec3]) {
    let form = &globe.form;
    let axis = globe.world_from_eye.z_axis;
    let reach = form.apex_z + FREE_M;
    for point in points {
        let from = point.as_dvec3() - globe.centre;
        let distance = from.length();
        if distance > reach || distance < form.sclera_radius - DEEP_M {
            continue;
        }
        let direction = from / distance;
        // Behind the eye nothing is a lid.
        if direction.dot(globe.straight_ahead) < 0.1 {
            continue;
        }
        let angle = |to: glam::DVec3| direction.dot(to).clamp(-1.0, 1.0).acos();
        let (now, sculpted) = (
            form.surface(angle(axis)),
            form.surface(angle(globe.straight_ahead)),
        );
        let above = distance - sculpted;
        let follows = 1.0 - smooth(FOLLOWS_M, FREE_M, above);
        let is_lid = smooth(-DEEP_M, -0.5 * DEEP_M, above);
        let mut moved = distance + (now - sculpted) * follows * is_lid;
        let least = now + CLEARANCE_M;
        if moved < least && moved > now - PIERCING_M {
            moved = least;
        }
        *point = (globe.centre + direction * moved).as_vec3();
    }
}

fn smooth(low: f64, high: f64, x: f64) -> f64 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::super::form::Form;
    use super::*;
    use glam::{DMat3, DVec3};

    fn looking(yaw_deg: f64) -> Globe {
        Globe {
            centre: DVec3::new(0.03, 1.6, 0.1),
            world_from_eye: DMat3::from_rotation_y(yaw_deg.to_radians()),
            straight_ahead: DVec3::Z,
            side: 1,
            kappa_deg: [5.0, 1.5],
            form: Form::new(12.5e-3, 5.9e-3, 2e-3, 7.8e-3),
        }
    }

    /// Lids as sculpted: a skin half a millimetre above an eye that looks straight ahead.
    fn lids(globe: &Globe) -> Vec<Vec3> {
        (-60..=60)
            .flat_map(|yaw| (-40..=40).map(move |pitch| (yaw, pitch)))
            .map(|(yaw, pitch)| {
                let direction = DMat3::from_rotation_y(f64::from(yaw).to_radians())
                    * DMat3::from_rotation_x(f64::from(pitch).to_radians())
                    * DVec3::Z;
                let angle = direction.z.acos();
                let out = globe.form.surface(angle) + 0.5e-3;
                (globe.centre + direction * out).as_vec3()
            })
            .collect()
    }

    #[test]
    fn lids_keep_their_distance_wherever_the_eye_looks() {
        for yaw in [-35.0, -20.0, 0.0, 15.0, 35.0] {
            let globe = looking(yaw);
            let mut points = lids(&globe);
            conform(&globe, &mut points);
            for point in &points {
                let from = point.as_dvec3() - globe.centre;
                let angle = from.normalize().dot(globe.world_from_eye.z_axis).acos();
                let above = from.length() - globe.form.surface(angle);
                assert!(
                    (0.05e-3..0.7e-3).contains(&above),
                    "{above} m above an eye turned by {yaw}"
                );
            }
        }
    }

    #[test]
    fn an_eye_that_looks_straight_ahead_and_what_is_far_from_it_move_nothing() {
        let globe = looking(0.0);
        let mut points = lids(&globe);
        let before = points.clone();
        conform(&globe, &mut points);
        assert!(
            points
                .iter()
                .zip(&before)
                .all(|(a, b)| a.distance(*b) < 1e-6)
        );
        let globe = looking(30.0);
        let far = globe.centre + DVec3::new(0.02, 0.03, 0.03);
        let mut points = vec![far.as_vec3()];
        conform(&globe, &mut points);
        assert_eq!(points[0], far.as_vec3());
    }
}
