//! Small facts about turns.

use glam::{Mat3, Quat, Vec3};

/// Axes with y exactly along `up` and x as near to `near_x` as that allows; where they are parallel, any x.
pub(crate) fn axes(up: Vec3, near_x: Vec3) -> Quat {
    let y = up.normalize_or(Vec3::Y);
    let x = (near_x - y * near_x.dot(y)).normalize_or(y.any_orthonormal_vector());
    Quat::from_mat3(&Mat3::from_cols(x, y, x.cross(y)))
}

/// Axes with y exactly along `up` and z as near to `near_z` as that allows.
pub(crate) fn axes_forward(up: Vec3, near_z: Vec3) -> Quat {
    axes(up, up.cross(near_z))
}

/// The part of `turn` about `axis` (unit), and what is left: `turn = swing · twist`.
pub(crate) fn swing_twist(turn: Quat, axis: Vec3) -> (Quat, Quat) {
    let along = Vec3::new(turn.x, turn.y, turn.z).dot(axis);
    let v = axis * along;
    let twist = Quat::from_xyzw(v.x, v.y, v.z, turn.w);
    let twist = if twist.length_squared() < 1e-12 {
        Quat::IDENTITY
    } else {
        twist.normalize()
    };
    ((turn * twist.inverse()).normalize(), twist)
}

/// A share of a turn, the shorter way round.
pub(crate) fn part(turn: Quat, share: f32) -> Quat {
    Quat::IDENTITY.slerp(turn, share)
}

/// The angle of a turn, in `[0, π]`.
pub(crate) fn angle(turn: Quat) -> f32 {
    2.0 * turn.w.abs().min(1.0).acos()
}

/// The mean of turns that lie near one another, weights at least 0: chordal, signs aligned with the first.
pub(crate) fn mean(turns: impl IntoIterator<Item = (Quat, f32)>) -> Quat {
    let mut sum = Quat::from_xyzw(0.0, 0.0, 0.0, 0.0);
    let mut first: Option<Quat> = None;
    for (turn, weight) in turns {
        let like = *first.get_or_insert(turn);
        let sign = if turn.dot(like) < 0.0 {
            -weight
        } else {
            weight
        };
        sum += turn * sign;
    }
    if sum.length_squared() < 1e-12 {
        first.unwrap_or(Quat::IDENTITY)
    } else {
        sum.normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_its_swing_after_its_twist() {
        let turn = Quat::from_euler(glam::EulerRot::YXZ, 0.7, -1.1, 2.0);
        let axis = Vec3::new(0.2, -0.9, 0.4).normalize();
        let (swing, twist) = swing_twist(turn, axis);
        assert!((swing * twist).angle_between(turn) < 1e-3);
        assert!((twist * axis - axis).length() < 1e-5);
        assert!((swing * axis - turn * axis).length() < 1e-5);
    }

    #[test]
    fn axes_keep_what_they_are_asked_for() {
        let made = axes(Vec3::new(1.0, 2.0, 0.5), Vec3::X);
        assert!((made * Vec3::Y - Vec3::new(1.0, 2.0, 0.5).normalize()).length() < 1e-5);
        assert!((made * Vec3::X).dot(Vec3::X) > 0.0);
        let made = axes_forward(Vec3::Y, Vec3::new(1.0, 5.0, 1.0));
        assert!((made * Vec3::Z - Vec3::new(1.0, 0.0, 1.0).normalize()).length() < 1e-5);
    }
}
