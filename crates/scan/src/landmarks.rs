//! Names of points that a user may give to help a fit.

use std::collections::BTreeMap;

use glam::Vec3;

use crate::error::ScanError;

/// iBUG's 68 points by number, `ibug-1` to `ibug-68` (x-ray contour), and names of some of them. Right and left are the person's.
const NAMES: [(&str, usize); 8] = [
    ("chin", 9),
    ("nose", 31),
    ("right_eye_outer", 37),
    ("right_eye_inner", 40),
    ("left_eye_inner", 43),
    ("left_eye_outer", 46),
    ("right_mouth_corner", 49),
    ("left_mouth_corner", 55),
];

/// The skin vertex nearest to each named point, with its place.
///
/// # Errors
/// [`ScanError`] with the first name there is no point of, or place that is not finite.
pub fn pins(names: &BTreeMap<String, [f32; 3]>) -> Result<Vec<(u32, Vec3)>, ScanError> {
    let hint = "points are chin, nose, right_eye_outer, right_eye_inner, left_eye_inner, left_eye_outer, right_mouth_corner, left_mouth_corner and ibug-1 to ibug-68";
    names
        .iter()
        .map(|(name, place)| {
            let number = NAMES
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, number)| *number)
                .or_else(|| name.strip_prefix("ibug-")?.parse().ok());
            let ride = number
                .and_then(|number: usize| {
                    body::tables::LANDMARKS.points.get(number.checked_sub(1)?)
                })
                .ok_or_else(|| {
                    let shown: String = name.chars().take(40).collect();
                    ScanError::new(format!("there is no landmark `{shown}`"), hint)
                })?;
            let vertex = ride
                .iter()
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .map_or(0, |&(vertex, _)| vertex);
            let place = Vec3::from_array(*place);
            if place.is_finite() {
                Ok((vertex, place))
            } else {
                Err(ScanError::new(
                    format!("the place of landmark `{name}` is not finite"),
                    hint,
                ))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_become_vertices_and_others_are_told() {
        let one = |name: &str| pins(&BTreeMap::from([(name.to_owned(), [0.0, 1.0, 2.0])]));
        assert_eq!(one("nose"), one("ibug-31"));
        assert_eq!(one("nose").expect("known")[0].1, Vec3::new(0.0, 1.0, 2.0));
        for wrong in ["elbow", "ibug-0", "ibug-69"] {
            assert!(one(wrong).is_err(), "{wrong}");
        }
    }
}
