//! Measured luminaires.
use glam::Vec3;

/// Relative intensities over vertical and horizontal angles, as an IES LM-63 file gives them (type C).
///
/// Horizontal angles that end at 90° or 180° are mirrored to the other quadrants, as LM-63 has it; one alone is turned all around. Below and above the
/// vertical angles it is dark.
#[derive(Debug, Clone, PartialEq)]
pub struct Photometry {
    /// Degrees from the nadir, ascending, within `0..=180`.
    pub vertical_deg: Vec<f32>,
    /// Degrees around, ascending, within `0..=360`, the first 0; one entry for a rotationally symmetric luminaire.
    pub horizontal_deg: Vec<f32>,
    /// `[horizontal × vertical]`, 1 is the greatest.
    pub relative: Vec<f32>,
}

impl Photometry {
    /// What makes it unusable, if anything.
    pub fn fault(&self) -> Option<String> {
        let angles = |name: &str, angles: &[f32], most: f32| {
            if angles.is_empty() {
                return Some(format!("it has no {name} angles"));
            }
            if let Some(angle) = angles.iter().find(|angle| !(0.0..=most).contains(*angle)) {
                return Some(format!(
                    "a {name} angle is {angle}°, not within 0° to {most}°"
                ));
            }
            angles
                .windows(2)
                .find(|pair| pair[1] <= pair[0])
                .map(|pair| format!("{name} angle {}° follows {}°", pair[1], pair[0]))
        };
        if let Some(found) = angles("vertical", &self.vertical_deg, 180.0)
            .or_else(|| angles("horizontal", &self.horizontal_deg, 360.0))
        {
            return Some(found);
        }
        if self.horizontal_deg[0] != 0.0 {
            return Some(format!(
                "its horizontal angles begin at {}°, not at 0°",
                self.horizontal_deg[0]
            ));
        }
        let wanted = self.vertical_deg.len() * self.horizontal_deg.len();
        if self.relative.len() != wanted {
            return Some(format!(
                "{} intensities for {} horizontal × {} vertical angles",
                self.relative.len(),
                self.horizontal_deg.len(),
                self.vertical_deg.len()
            ));
        }
        self.relative
            .iter()
            .find(|value| !(value.is_finite() && **value >= 0.0))
            .map(|value| format!("an intensity is {value}, not finite and at least 0"))
    }

    /// Intensity towards a unit direction in the luminaire's own axes (nadir −y, 0° along +x, 90° along +z), between the four nearest angles.
    ///
    /// # Panics
    /// When [`Photometry::fault`] finds something.
    pub fn towards(&self, direction: Vec3) -> f32 {
        let vertical = (-direction.y).clamp(-1.0, 1.0).acos().to_degrees();
        let horizontal = direction.z.atan2(direction.x).to_degrees();
        self.at(vertical, horizontal)
    }

    /// Intensity at angles in degrees.
    fn at(&self, vertical: f32, horizontal: f32) -> f32 {
        // A rounding error beyond the last angle is not outside.
        const SLACK: f32 = 1e-3;
        let (first, last) = (
            self.vertical_deg[0],
            self.vertical_deg[self.vertical_deg.len() - 1],
        );
        if vertical < first - SLACK || vertical > last + SLACK {
            return 0.0;
        }
        let around = horizontal.rem_euclid(360.0);
        let folded = match self.horizontal_deg[self.horizontal_deg.len() - 1] {
            last if last <= 90.0 => {
                let half = if around > 180.0 {
                    360.0 - around
                } else {
                    around
                };
                if half > 90.0 { 180.0 - half } else { half }
            }
            last if last <= 180.0 && around > 180.0 => 360.0 - around,
            _ => around,
        };
        let (low, high, weight) = between(&self.horizontal_deg, folded);
        let (below, above, along) = between(&self.vertical_deg, vertical);
        let rows = self.vertical_deg.len();
        let column = |column: usize| {
            let line = &self.relative[column * rows..(column + 1) * rows];
            line[below] + (line[above] - line[below]) * along
        };
        column(low) + (column(high) - column(low)) * weight
    }
}

/// The entries around a value and the weight of the second; the ends go on.
fn between(angles: &[f32], at: f32) -> (usize, usize, f32) {
    let above = angles.partition_point(|angle| *angle <= at);
    if above == 0 {
        return (0, 0, 0.0);
    }
    if above == angles.len() {
        return (above - 1, above - 1, 0.0);
    }
    let (low, high) = (angles[above - 1], angles[above]);
    (above - 1, above, (at - low) / (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quadrant() -> Photometry {
        Photometry {
            vertical_deg: vec![0.0, 90.0],
            horizontal_deg: vec![0.0, 90.0],
            relative: vec![1.0, 0.5, 1.0, 0.25],
        }
    }

    #[test]
    fn intensities_are_interpolated_and_mirrored() {
        let lamp = quadrant();
        assert_eq!(lamp.fault(), None);
        assert_eq!(lamp.towards(Vec3::NEG_Y), 1.0);
        for x in [Vec3::X, Vec3::NEG_X] {
            assert!((lamp.towards(x) - 0.5).abs() < 1e-5);
        }
        for z in [Vec3::Z, Vec3::NEG_Z] {
            assert!((lamp.towards(z) - 0.25).abs() < 1e-5);
        }
        let between = Vec3::new(1.0, 0.0, 1.0).normalize();
        assert!((lamp.towards(between) - 0.375).abs() < 1e-5);
        assert!((lamp.towards((between - Vec3::Y).normalize()) - lamp.at(45.0, 45.0)).abs() < 0.2);
        assert_eq!(lamp.towards(Vec3::Y), 0.0);
    }

    #[test]
    fn broken_tables_are_described() {
        let with = |edit: fn(&mut Photometry)| {
            let mut lamp = quadrant();
            edit(&mut lamp);
            lamp.fault().expect("refused")
        };
        for (found, expected) in [
            (
                with(|lamp| lamp.vertical_deg = vec![90.0, 0.0]),
                "vertical angle 0° follows 90°",
            ),
            (
                with(|lamp| lamp.horizontal_deg[1] = f32::NAN),
                "a horizontal angle is NaN°, not within 0° to 360°",
            ),
            (
                with(|lamp| lamp.relative.truncate(3)),
                "3 intensities for 2 horizontal × 2 vertical angles",
            ),
            (
                with(|lamp| lamp.relative[1] = -1.0),
                "an intensity is -1, not finite and at least 0",
            ),
            (
                with(|lamp| lamp.vertical_deg.clear()),
                "it has no vertical angles",
            ),
        ] {
            assert_eq!(found, expected);
        }
    }
}
