//! The shape of an eyeball: its surfaces as functions of the distance from the optical axis.
use glam::{DMat3, DVec3};
use scene::cornea::Cornea;

/// Flattening of corneas towards their rim (Atchison & Smith 2000, §2.2.2).
const ASPHERICITY: f64 = -0.25;
/// Keratometric index: one boundary with the power of both surfaces of a cornea.
pub(crate) const INDEX: f64 = 1.3375;
/// From the cornea's front to the pupil: 0.55 mm of cornea and 3.05 mm of chamber.
const PUPIL_DEPTH_M: f64 = 3.6e-3;
/// How far the iris' root lies behind its inner rim, which rests on the lens.
const CONE_M: f64 = 0.35e-3;
/// Root of the iris against the limbus.
const ROOT_SHARE: f64 = 0.97;

/// Dimensions in metres, in eye axes: z out of the pupil, the centre of rotation at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Form {
    pub(crate) sclera_radius: f64,
    /// Distance of the limbus from the axis, and its height.
    pub(crate) limbus_radius: f64,
    pub(crate) limbus_z: f64,
    pub(crate) apex_z: f64,
    pub(crate) curvature: f64,
    pub(crate) pupil_radius: f64,
    pub(crate) pupil_z: f64,
    pub(crate) root_radius: f64,
    pub(crate) root_z: f64,
}

impl Form {
    /// An eyeball of a person's size; `curvature` is the cornea's radius at its apex.
    pub(crate) fn new(
        sclera_radius: f64,
        limbus_radius: f64,
        pupil_radius: f64,
        curvature: f64,
    ) -> Self {
        let limbus_z = (sclera_radius * sclera_radius - limbus_radius * limbus_radius)
            .max(0.0)
            .sqrt();
        let cornea = profile(curvature);
        let apex_z = limbus_z + cornea.depth(limbus_radius).unwrap_or(curvature);
        let pupil_z = apex_z - PUPIL_DEPTH_M;
        Self {
            sclera_radius,
            limbus_radius,
            limbus_z,
            apex_z,
            curvature,
            pupil_radius,
            pupil_z,
            root_radius: limbus_radius * ROOT_SHARE,
            root_z: pupil_z - CONE_M,
        }
    }

    /// Height of the cornea's front at a distance from the axis.
    pub(crate) fn cornea_z(&self, from_axis: f64) -> f64 {
        self.apex_z
            - profile(self.curvature)
                .depth(from_axis)
                .unwrap_or(self.curvature)
    }

    /// Height of the iris' front between its inner rim and its root, smooth but for the ridge of the collarette.
    pub(crate) fn iris_z(&self, from_axis: f64) -> f64 {
        let t = ((from_axis - self.pupil_radius) / (self.root_radius - self.pupil_radius))
            .clamp(0.0, 1.0);
        // The rim is rounded; the collarette, where the iris is thickest, lies a third of the way out.
        let rim = -0.10e-3 * (1.0 - t / 0.06).max(0.0).powi(2);
        let ridge = 0.13e-3 * (-((t - 0.3) / 0.12).powi(2)).exp();
        self.pupil_z + (self.root_z - self.pupil_z) * t + rim + ridge
    }

    /// The surface's distance from the centre in a direction at an angle (radians) from the axis: the cornea's or the sclera's, whichever is further out.
    pub(crate) fn surface(&self, angle: f64) -> f64 {
        let (sine, cosine) = angle.sin_cos();
        let cornea = profile(self.curvature);
        let origin = DVec3::new(sine, 0.0, cosine) * 0.1;
        let centre = DVec3::new(0.0, 0.0, -self.apex_z);
        // Seen from far outside towards the centre of rotation; the profile's apex is its origin.
        let met = (angle < 1.2)
            .then(|| cornea.meet(centre + origin, -origin))
            .flatten();
        let cornea = met.map_or(0.0, |point| (point - centre).length());
        cornea.max(self.sclera_radius)
    }
}

/// A cornea at the origin that looks along z.
fn profile(curvature: f64) -> Cornea {
    Cornea {
        apex: DVec3::ZERO,
        axis: DVec3::Z,
        curvature_m: curvature,
        asphericity: ASPHERICITY,
        rim_m: f64::INFINITY,
        index: INDEX,
    }
}

/// A form in the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Globe {
    /// Centre of rotation, world, metres.
    pub(crate) centre: DVec3,
    /// Columns: to the person's left, up, out of the pupil.
    pub(crate) world_from_eye: DMat3,
    /// Where the eye would look without turning, world.
    pub(crate) straight_ahead: DVec3,
    /// 0 right, 1 left.
    pub(crate) side: usize,
    /// How far the line of sight lies nasally of and above the optical axis.
    pub(crate) kappa_deg: [f64; 2],
    pub(crate) form: Form,
}

impl Globe {
    /// A point in eye axes, in the world.
    pub(crate) fn place(&self, point: DVec3) -> DVec3 {
        self.centre + self.world_from_eye * point
    }

    /// A point on the axis.
    pub(crate) fn on_axis(&self, z: f64) -> DVec3 {
        self.place(DVec3::Z * z)
    }

    /// The cornea, with an index of 1 where the eye is drawn without bending.
    pub(crate) fn cornea(&self, index: f64) -> Cornea {
        Cornea {
            apex: self.on_axis(self.form.apex_z),
            axis: self.world_from_eye.z_axis,
            curvature_m: self.form.curvature,
            asphericity: ASPHERICITY,
            rim_m: self.form.limbus_radius,
            index,
        }
    }

    /// The line of sight, world, unit: the fovea lies temporally of and below the optical axis (Guestrin & Eizenman 2006), so it leads nasally and up.
    pub(crate) fn visual_axis(&self) -> DVec3 {
        let [nasal, up] = self.kappa_deg.map(f64::to_radians);
        // The right eye's nose lies to the person's left, along +x.
        let nasal = if self.side == 0 { nasal } else { -nasal };
        self.world_from_eye * DVec3::new(nasal.sin() * up.cos(), up.sin(), nasal.cos() * up.cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: fn(f64) -> Form = |pupil| Form::new(12.0e-3, 5.9e-3, pupil, 7.8e-3);

    #[test]
    fn the_cornea_rises_where_the_sclera_ends() {
        let form = FORM(2e-3);
        assert!((form.cornea_z(form.limbus_radius) - form.limbus_z).abs() < 1e-12);
        let limbus = (form.limbus_radius / form.sclera_radius).asin();
        assert!((form.surface(limbus + 0.01) - form.sclera_radius).abs() < 1e-12);
        assert!((form.surface(0.0) - form.apex_z).abs() < 1e-9);
        // About a millimetre above the ball.
        let bulge = form.apex_z - form.sclera_radius;
        assert!((0.7e-3..1.4e-3).contains(&bulge), "{bulge}");
    }

    #[test]
    fn the_iris_lies_in_the_chamber_whatever_its_pupil() {
        for pupil in [1e-3, 2e-3, 4e-3] {
            let form = FORM(pupil);
            for k in 0..=100 {
                let r = pupil + (form.root_radius - pupil) * f64::from(k) / 100.0;
                let depth = form.cornea_z(r) - form.iris_z(r);
                assert!(depth > 0.5e-3, "{depth} at {r}");
            }
            assert!((form.apex_z - form.pupil_z - PUPIL_DEPTH_M).abs() < 1e-12);
        }
    }

    #[test]
    fn both_lines_of_sight_lean_to_the_nose_and_up() {
        let globe = |side| Globe {
            centre: DVec3::ZERO,
            world_from_eye: DMat3::IDENTITY,
            straight_ahead: DVec3::Z,
            side,
            kappa_deg: [5.0, 1.5],
            form: FORM(2e-3),
        };
        let [right, left] = [0, 1].map(|side| globe(side).visual_axis());
        assert!(right.x > 0.08 && left.x < -0.08 && right.y > 0.02 && left.y > 0.02);
        assert!((right.length() - 1.0).abs() < 1e-12);
    }
}
