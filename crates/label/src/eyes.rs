//! What gaze trackers see of an eye: ellipses of pupil, iris and limbus as the cornea bends them, glints of lamps on it, and both axes.
//!
//! Ellipses are found from the outside in: for points of each circle, the place on the cornea where the camera sees them (Snell's law), and an ellipse through
//! those places' pixels. A bent circle is no exact ellipse; what is left is a few hundredths of a pixel. Glints are where the cornea's normal halves the angle
//! between camera and lamp.

use glam::{DMat3, DVec2, DVec3};
use render::{Layers, Tracer};
use scene::annotation::{self, Person};
use scene::cornea::Cornea;
use scene::mesh::Part;
use scene::{Camera, Scene, write};
use serde::{Deserialize, Serialize};

use crate::annotations::{degrees, metres, px, unit};
use crate::layout;
use dataset::Artefact;

/// What gaze trackers see of one eye.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EyeLabel {
    /// Outline of the pupil as seen through the cornea, lids or not; `null` where it is not in front of the camera, or seen from so far aside that it is no
    /// ellipse within 1 %.
    pub pupil: Option<Ellipse>,
    /// Outer outline of the iris as seen through the cornea; the limbus hides some of it from the side.
    pub iris: Option<Ellipse>,
    /// The circle in which cornea and sclera meet: the outline of the iris in `eye_parsing`.
    pub limbus: Option<Ellipse>,
    /// Mirror images on the cornea, one for each lamp of a headset's ring.
    pub glints: Vec<Glint>,
    /// The line of sight, from the fovea through the pupil's centre: unit vector, world.
    pub visual_axis_world: [f64; 3],
    /// The same, camera space.
    pub visual_axis_camera: [f64; 3],
    /// The same, head axes.
    pub visual_axis_head: [f64; 3],
    /// Angle between the line of sight and the optical axis (angle kappa), degrees.
    pub kappa_deg: f64,
    /// The circles that the ellipses are outlines of, square to the optical axis: centre, world, m.
    pub pupil_world_m: [f64; 3],
    /// mm.
    pub pupil_radius_mm: f64,
    /// World, m.
    pub iris_world_m: [f64; 3],
    /// mm.
    pub iris_radius_mm: f64,
    /// World, m.
    pub limbus_world_m: [f64; 3],
    /// mm.
    pub limbus_radius_mm: f64,
    /// The surface that bends and mirrors.
    pub cornea: CorneaLabel,
}

/// An ellipse in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ellipse {
    /// Pixels.
    pub centre_px: [f64; 2],
    /// Half the longer axis, then half the shorter one, pixels.
    pub semi_axes_px: [f64; 2],
    /// From the picture's x axis towards its y axis (down) to the longer axis, degrees, `[0, 180)`.
    pub angle_deg: f64,
}

/// A lamp's mirror image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glint {
    /// Number of the lamp in its ring, from 0.
    pub led: u32,
    /// Where the lamp is, world, m.
    pub led_world_m: [f64; 3],
    /// Where it is seen; `null` where the cornea has no place that mirrors it to the camera.
    pub px: Option<[f64; 2]>,
    /// Neither lids nor lashes nor anything else lie between camera, cornea and lamp, and the place is inside the picture.
    pub visible: bool,
}

/// The front of an eye: `r² = 2R·s − (1 + Q)·s²` with the distance `r` from the axis and the depth `s` below the apex.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorneaLabel {
    /// World, m.
    pub apex_world_m: [f64; 3],
    /// The optical axis: unit vector out of the eye, world.
    pub axis_world: [f64; 3],
    /// Radius of curvature R at the apex, mm.
    pub curvature_mm: f64,
    /// Q.
    pub asphericity: f64,
    /// Distance from the axis at which it ends, mm.
    pub rim_mm: f64,
    /// Index of refraction behind it; 1 where the eye is so far away that it was drawn without bending.
    pub index: f64,
}

impl CorneaLabel {
    fn of(cornea: &Cornea) -> Self {
        Self {
            apex_world_m: cornea.apex.to_array().map(metres),
            axis_world: cornea.axis.to_array().map(unit),
            curvature_mm: degrees(cornea.curvature_m * 1e3),
            asphericity: unit(cornea.asphericity),
            rim_mm: degrees(cornea.rim_m * 1e3),
            index: unit(cornea.index),
        }
    }

    /// The surface.
    pub fn to_cornea(&self) -> Cornea {
        Cornea {
            apex: self.apex_world_m.into(),
            axis: DVec3::from(self.axis_world).normalize_or(DVec3::Z),
            curvature_m: self.curvature_mm / 1e3,
            asphericity: self.asphericity,
            rim_m: self.rim_mm / 1e3,
            index: self.index,
        }
    }
}

/// Cosine between the optical axis and the way to the camera from which on there are outlines: 72°.
const LEAST_FACING: f64 = 0.3;
/// How far an outline may be off its ellipse, as a share of the shorter half axis: seen from far aside a cornea makes no ellipse of a circle.
const MOST_OFF: f64 = 0.01;
/// Points of a circle that an ellipse is put through.
const POINTS: u32 = 48;
/// Fewer that can be seen give no ellipse.
const LEAST_POINTS: usize = 12;
/// Rays between camera, cornea and lamp leave this much at either end.
const TOLERANCE_M: f64 = 2e-4;

impl Ellipse {
    /// The ellipse `A x² + B xy + C y² + D x + E y = 1` around the points' middle that fits them best; `None` where they lie on none.
    pub fn through(points: &[DVec2]) -> Option<Self> {
        if points.len() < LEAST_POINTS {
            return None;
        }
        let count = points.len() as f64;
        let middle = points.iter().sum::<DVec2>() / count;
        // In units of their own size the equations are well posed.
        let size = (points
            .iter()
            .map(|p| p.distance_squared(middle))
            .sum::<f64>()
            / count)
            .sqrt();
        if !(size > 0.0 && size.is_finite()) {
            return None;
        }
        let mut normal = [[0.0; 6]; 5];
        for point in points {
            let DVec2 { x, y } = (*point - middle) / size;
            let row = [x * x, x * y, y * y, x, y];
            for i in 0..5 {
                for j in 0..5 {
                    normal[i][j] += row[i] * row[j];
                }
                normal[i][5] += row[i];
            }
        }
        let [a, b, c, d, e] = solve(normal)?;
        let discriminant = 4.0 * a * c - b * b;
        if discriminant <= 0.0 {
            return None;
        }
        let centre = DVec2::new(b * e - 2.0 * c * d, b * d - 2.0 * a * e) / discriminant;
        // About its centre the conic is `A x² + B xy + C y² = level`.
        let level =
            1.0 + a * centre.x * centre.x + b * centre.x * centre.y + c * centre.y * centre.y;
        let (mean, half) = (
            0.5 * (a + c),
            (0.25 * (a - c) * (a - c) + 0.25 * b * b).sqrt(),
        );
        let (shorter, longer) = (
            (level / (mean + half)).sqrt(),
            (level / (mean - half)).sqrt(),
        );
        if !(shorter.is_finite() && longer.is_finite() && shorter > 0.0) {
            return None;
        }
        // The longer axis belongs to the smaller eigenvalue.
        let angle = 0.5 * (-b).atan2(c - a);
        let centre = centre * size + middle;
        Some(Self {
            centre_px: centre.to_array().map(px),
            semi_axes_px: [longer * size, shorter * size].map(px),
            angle_deg: degrees(angle.to_degrees().rem_euclid(180.0)).rem_euclid(180.0),
        })
    }

    /// A point of the outline; `turn` is no angle in the picture but the ellipse's own parameter, radians.
    pub fn point(&self, turn: f64) -> DVec2 {
        let along = DVec2::from_angle(self.angle_deg.to_radians());
        DVec2::from(self.centre_px)
            + along * (self.semi_axes_px[0] * turn.cos())
            + along.perp() * (self.semi_axes_px[1] * turn.sin())
    }

    /// How far a point lies outside of the outline, pixels, negative inside; to first order.
    pub fn outside_px(&self, point: DVec2) -> f64 {
        let along = DVec2::from_angle(self.angle_deg.to_radians());
        let from = point - DVec2::from(self.centre_px);
        let [a, b] = self.semi_axes_px;
        let (x, y) = (from.dot(along) / a, from.dot(along.perp()) / b);
        let value = x.hypot(y);
        let slope = DVec2::new(x / a, y / b).length() / value.max(1e-12);
        (value - 1.0) / slope.max(1e-12)
    }
}

/// Gaussian elimination with pivots; the last column is the right side.
fn solve(mut rows: [[f64; 6]; 5]) -> Option<[f64; 5]> {
    for k in 0..5 {
        let pivot = (k..5).max_by(|i, j| rows[*i][k].abs().total_cmp(&rows[*j][k].abs()))?;
        rows.swap(k, pivot);
        if rows[k][k].abs() < 1e-12 {
            return None;
        }
        for i in 0..5 {
            if i != k {
                let factor = rows[i][k] / rows[k][k];
                for j in k..6 {
                    rows[i][j] -= factor * rows[k][j];
                }
            }
        }
    }
    Some(std::array::from_fn(|k| rows[k][5] / rows[k][k]))
}

/// The label of one eye.
pub(crate) fn of(
    scene: &Scene,
    tracer: &Tracer<'_>,
    person: &Person,
    eye: &annotation::Eye,
) -> EyeLabel {
    let camera = &scene.camera;
    let lens = camera
        .sighting(eye.centre)
        .map_or(camera.position, |seen| seen.pose.position);
    let outline =
        |centre: DVec3, radius: f64, bent: bool| outline(camera, lens, eye, centre, radius, bent);
    let visual = eye.visual_axis.normalize_or_zero();
    let in_frame = |frame: DMat3| (frame * visual).to_array().map(unit);
    let millimetres = |m: f64| degrees(m * 1e3);
    EyeLabel {
        pupil: outline(eye.pupil, eye.pupil_radius_m, true),
        iris: outline(eye.iris, eye.iris_radius_m, true),
        limbus: outline(eye.limbus, eye.limbus_radius_m, false),
        glints: scene
            .annotations
            .diodes
            .iter()
            .enumerate()
            .map(|(led, lamp)| glint(camera, lens, tracer, eye, led as u32, *lamp))
            .collect(),
        visual_axis_world: visual.to_array().map(unit),
        visual_axis_camera: in_frame(camera.camera_from_world),
        visual_axis_head: in_frame(person.head.world_from_head.transpose()),
        kappa_deg: degrees(visual.angle_between(eye.optical_axis).to_degrees()),
        pupil_world_m: eye.pupil.to_array().map(metres),
        pupil_radius_mm: millimetres(eye.pupil_radius_m),
        iris_world_m: eye.iris.to_array().map(metres),
        iris_radius_mm: millimetres(eye.iris_radius_m),
        limbus_world_m: eye.limbus.to_array().map(metres),
        limbus_radius_mm: millimetres(eye.limbus_radius_m),
        cornea: CorneaLabel::of(&eye.cornea),
    }
}

fn outline(
    camera: &Camera,
    lens: DVec3,
    eye: &annotation::Eye,
    centre: DVec3,
    radius: f64,
    bent: bool,
) -> Option<Ellipse> {
    // From the side, limbus and nose hide it, and the cornea bends it into anything but an ellipse.
    if (lens - centre).normalize_or_zero().dot(eye.optical_axis) < LEAST_FACING {
        return None;
    }
    let x = eye.optical_axis.any_orthonormal_vector();
    let y = eye.optical_axis.cross(x);
    let points: Vec<DVec2> = (0..POINTS)
        .filter_map(|k| {
            let turn = std::f64::consts::TAU * f64::from(k) / f64::from(POINTS);
            let point = centre + (x * turn.cos() + y * turn.sin()) * radius;
            let seen = if bent && eye.cornea.index != 1.0 {
                eye.cornea.seen_at(lens, point)?
            } else {
                point
            };
            camera.project(seen).map(|(pixel, _)| pixel)
        })
        .collect();
    // Without all of them it would be the ellipse of a part.
    let ellipse = (points.len() == POINTS as usize)
        .then(|| Ellipse::through(&points))
        .flatten()?;
    let most = MOST_OFF * ellipse.semi_axes_px[1];
    let off = |point: &DVec2| ellipse.outside_px(*point).abs() > most;
    (!points.iter().any(off)).then_some(ellipse)
}

fn glint(
    camera: &Camera,
    lens: DVec3,
    tracer: &Tracer<'_>,
    eye: &annotation::Eye,
    led: u32,
    lamp: DVec3,
) -> Glint {
    let place = eye.cornea.mirrors_at(lens, lamp);
    let pixel = place
        .and_then(|place| camera.project(place))
        .map(|(pixel, _)| pixel);
    let inside = pixel.is_some_and(|pixel| {
        pixel.cmpge(DVec2::ZERO).all()
            && pixel.x < f64::from(camera.width_px)
            && pixel.y < f64::from(camera.height_px)
    });
    let visible = inside
        && place.is_some_and(|place| {
            tracer.sees(lens, place, TOLERANCE_M) && tracer.sees(place, lamp, TOLERANCE_M)
        });
    Glint {
        led,
        led_world_m: lamp.to_array().map(metres),
        px: pixel.map(|pixel| pixel.to_array().map(px)),
        visible,
    }
}

/// Names of the classes of `eye_parsing`, by number: OpenEDS' (Garbin et al. 2019).
pub const CLASSES: [&str; 4] = ["background", "sclera", "iris", "pupil"];

/// OpenEDS class of a part.
pub const fn class_of(part: Part) -> u8 {
    match part {
        Part::RightEye | Part::LeftEye => 1,
        Part::RightIris | Part::LeftIris => 2,
        Part::RightPupil | Part::LeftPupil => 3,
        _ => 0,
    }
}

const fn is_lash(part: Part) -> bool {
    matches!(part, Part::RightLashes | Part::LeftLashes)
}

/// The picture of `eye_parsing`: the class of every pixel as the cornea bends it. Lashes are looked through, as annotators do.
pub fn parsing(layers: &Layers, tracer: &Tracer<'_>, width: u32, height: u32) -> Artefact {
    let classes: Vec<u8> = layers
        .part
        .iter()
        .enumerate()
        .map(|(index, part)| {
            if is_lash(*part) {
                let (x, y) = (index as u32 % width, index as u32 / width);
                tracer.part_behind(x, y, is_lash).map_or(0, class_of)
            } else {
                class_of(*part)
            }
        })
        .collect();
    Artefact {
        folder: layout::EYE_PARSING,
        extension: "png",
        bytes: write::png_grey8(width, height, &classes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ellipse_is_found_from_its_points() {
        for truth in [
            Ellipse {
                centre_px: [200.0, 310.5],
                semi_axes_px: [60.0, 42.0],
                angle_deg: 25.0,
            },
            Ellipse {
                centre_px: [-30.0, 4.0],
                semi_axes_px: [8.0, 7.5],
                angle_deg: 171.0,
            },
            Ellipse {
                centre_px: [1000.0, 2000.0],
                semi_axes_px: [300.0, 30.0],
                angle_deg: 90.0,
            },
        ] {
            // Half of the outline, as beside a nose, is enough.
            let points: Vec<DVec2> = (0..24).map(|k| truth.point(f64::from(k) * 0.13)).collect();
            let found = Ellipse::through(&points).expect("an ellipse");
            for (a, b) in [
                (found.centre_px[0], truth.centre_px[0]),
                (found.centre_px[1], truth.centre_px[1]),
                (found.semi_axes_px[0], truth.semi_axes_px[0]),
                (found.semi_axes_px[1], truth.semi_axes_px[1]),
                (found.angle_deg, truth.angle_deg),
            ] {
                assert!((a - b).abs() < 2e-3, "{found:?} against {truth:?}");
            }
            assert!(found.outside_px(truth.point(4.0)).abs() < 1e-2);
        }
    }

    #[test]
    fn points_on_a_line_or_too_few_give_no_ellipse() {
        let line: Vec<DVec2> = (0..30)
            .map(|k| DVec2::new(f64::from(k), 2.0 * f64::from(k)))
            .collect();
        assert_eq!(Ellipse::through(&line), None);
        assert_eq!(Ellipse::through(&line[..5]), None);
    }

    #[test]
    fn outside_is_measured_in_pixels() {
        let one = Ellipse {
            centre_px: [50.0, 50.0],
            semi_axes_px: [20.0, 10.0],
            angle_deg: 0.0,
        };
        assert!((one.outside_px(DVec2::new(71.0, 50.0)) - 1.0).abs() < 1e-9);
        assert!((one.outside_px(DVec2::new(50.0, 39.0)) - 1.0).abs() < 1e-9);
        assert!(one.outside_px(DVec2::new(50.0, 42.0)) < -1.9);
    }
}
