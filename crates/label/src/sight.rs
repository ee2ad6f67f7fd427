//! What a camera sees of a point: a ray from the lens to it, through what hides nothing.

use glam::DVec3;
use render::Tracer;
use scene::Camera;
use scene::mesh::Part;

/// A hit this much in front of the point is the point's own surface: points ride on the base mesh, the picture shows it subdivided.
const TOLERANCE_M: f64 = 1.5e-3;
/// How far a ray's target is lifted off its surface, so that a slanted surface does not hide its own points.
const LIFT_M: f64 = 0.5e-3;

/// Rays of one camera in one scene.
#[derive(Debug)]
pub(crate) struct Sight<'a, 's> {
    pub(crate) tracer: &'a Tracer<'s>,
    pub(crate) camera: &'a Camera,
}

impl Sight<'_, '_> {
    /// Whether a place on a surface can be seen, its own surface aside.
    pub(crate) fn of_surface(&self, position: DVec3, normal: DVec3) -> bool {
        self.reaches(position + normal * LIFT_M, TOLERANCE_M, is_hair_thin)
    }

    /// Whether the pupil of an eye can be seen: lids, frames and hair hide it; its own cornea, iris and sclera do not, so an eye must
    /// also be turned to the camera.
    pub(crate) fn of_pupil(&self, pupil: DVec3, axis: DVec3, right: bool) -> bool {
        // Beyond about 81° the limbus covers the pupil.
        const LEAST_FACING: f64 = 0.15;
        let facing = (self.eye(pupil) - pupil).normalize_or_zero().dot(axis) > LEAST_FACING;
        let passes = if right {
            is_thin_or_right_eye
        } else {
            is_thin_or_left_eye
        };
        facing && self.reaches(pupil, TOLERANCE_M, passes)
    }

    /// Whether a joint can be seen `inset_m` below its skin: what lies in front is no further from it than its own flesh and clothes.
    pub(crate) fn of_joint(&self, position: DVec3, inset_m: f64) -> bool {
        self.reaches(position, joint_tolerance_m(inset_m), is_hair_thin)
    }

    /// Cosine between a surface's normal and the direction to the camera.
    pub(crate) fn facing(&self, position: DVec3, normal: DVec3) -> f64 {
        normal.dot((self.eye(position) - position).normalize_or_zero())
    }

    /// Where the lens is when it sees a point, or at the middle of the exposure when it never does.
    fn eye(&self, point: DVec3) -> DVec3 {
        self.camera
            .sighting(point)
            .map_or(self.camera.position, |seen| seen.pose.position)
    }

    fn reaches(&self, target: DVec3, tolerance_m: f64, passes: fn(Part) -> bool) -> bool {
        let eye = self.eye(target);
        let to_target = target - eye;
        let distance = to_target.length();
        let direction = to_target / distance;
        if !direction.is_finite() {
            return false;
        }
        self.tracer
            .first_hit_behind(eye, direction, passes)
            .is_none_or(|hit| hit.range_m >= distance - tolerance_m)
    }
}

/// How far in front of a joint the surface may lie through which it is seen: limbs are up to twice as thick towards the camera as at
/// their thinnest, and cloth lies over them.
pub(crate) fn joint_tolerance_m(inset_m: f64) -> f64 {
    2.0 * inset_m + 0.012
}

/// Brows and lashes: a place under them counts as seen, as an annotator would mark it.
const fn is_hair_thin(part: Part) -> bool {
    matches!(
        part,
        Part::RightLashes | Part::LeftLashes | Part::RightBrow | Part::LeftBrow
    )
}

const fn is_thin_or_right_eye(part: Part) -> bool {
    is_hair_thin(part) || matches!(part, Part::RightEye | Part::RightIris | Part::RightPupil)
}

const fn is_thin_or_left_eye(part: Part) -> bool {
    is_hair_thin(part) || matches!(part, Part::LeftEye | Part::LeftIris | Part::LeftPupil)
}
