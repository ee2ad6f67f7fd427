//! How lenses bend straight lines, exactly in both directions.
use super::polynomial::Polynomial;
use glam::{DMat2, DVec2, DVec3};
use std::f64::consts::PI;

/// Tangent of the widest angle from the axis that a perspective lens is asked for (89.9°).
const WIDEST_TANGENT: f64 = 573.0;
/// Newton's steps; a handful is usual.
const MOST_STEPS: u32 = 100;

/// How the lens bends straight lines. Coefficients are OpenCV's, in its order.
///
/// A polynomial that grows from the middle outwards turns back somewhere; beyond that place no light of the lens falls, and both directions of the
/// mapping answer `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Distortion {
    /// Straight lines stay straight.
    #[default]
    None,
    /// Brown–Conrady, rational: `x' = x·(1 + k1 r² + k2 r⁴ + k3 r⁶)/(1 + k4 r² + k5 r⁴ + k6 r⁶) + 2 p1 x y + p2 (r² + 2x²)` and
    /// `y' = y·(…) + p1 (r² + 2y²) + 2 p2 x y` (OpenCV `calib3d`; OpenCV's list of eight is `k1, k2, p1, p2, k3, k4, k5, k6`).
    BrownConrady {
        /// `k1 … k6`.
        radial: [f64; 6],
        /// `p1, p2`.
        tangential: [f64; 2],
    },
    /// Kannala–Brandt fisheye: `r' = θ + k1 θ³ + k2 θ⁵ + k3 θ⁷ + k4 θ⁹`, θ the angle from the axis (OpenCV `fisheye`). Sees beyond 90° when the
    /// polynomial grows that far, unlike OpenCV's.
    KannalaBrandt {
        /// `k1 … k4`.
        coefficients: [f64; 4],
    },
}

impl Distortion {
    /// Where the lens draws a direction of camera space (any length), on a picture plane at focal length 1 with its origin on the axis.
    ///
    /// `None` where no light of the lens falls: at or behind the camera plane (fisheye: opposite to the axis), or beyond the place where the
    /// polynomial turns back.
    pub fn project(&self, camera: DVec3) -> Option<DVec2> {
        match self {
            Self::None => (camera.z > 0.0).then(|| camera.truncate() / camera.z),
            Self::BrownConrady { radial, tangential } => {
                if camera.z.is_nan() || camera.z <= 0.0 {
                    return None;
                }
                Brown::new(radial, tangential).project(camera.truncate() / camera.z)
            }
            Self::KannalaBrandt { coefficients } => Fisheye(*coefficients).project(camera),
        }
    }

    /// The inverse of [`Distortion::project`]: a direction of camera space, with z = 1 for perspective lenses and of unit length for a fisheye.
    ///
    /// Exact to about 1e-13; `None` where no light of the lens falls.
    pub fn unproject(&self, plane: DVec2) -> Option<DVec3> {
        match self {
            Self::None => Some(plane.extend(1.0)),
            Self::BrownConrady { radial, tangential } => {
                Some(Brown::new(radial, tangential).unproject(plane)?.extend(1.0))
            }
            Self::KannalaBrandt { coefficients } => Fisheye(*coefficients).unproject(plane),
        }
    }

    /// Every coefficient.
    pub fn coefficients(&self) -> Vec<f64> {
        match self {
            Self::None => Vec::new(),
            Self::BrownConrady { radial, tangential } => {
                radial.iter().chain(tangential).copied().collect()
            }
            Self::KannalaBrandt { coefficients } => coefficients.to_vec(),
        }
    }
}

/// Brown–Conrady's polynomials, in `s = r²`.
struct Brown<'a> {
    numerator: Polynomial<4>,
    denominator: Polynomial<4>,
    tangential: &'a [f64; 2],
}

impl<'a> Brown<'a> {
    fn new(&[k1, k2, k3, k4, k5, k6]: &[f64; 6], tangential: &'a [f64; 2]) -> Self {
        Self {
            numerator: Polynomial([1.0, k1, k2, k3]),
            denominator: Polynomial([1.0, k4, k5, k6]),
            tangential,
        }
    }

    /// Numerator of `d(r·N/D)/dr = (N + 2sN′)/D − 2sND′/D²`, which is positive where the radial mapping grows.
    fn growth(&self) -> Polynomial<7> {
        let (n, d) = (self.numerator.0, self.denominator.0);
        let mut growth = [0.0; 7];
        for i in 0..4 {
            for j in 0..4 {
                growth[i + j] += (1.0 + 2.0 * (i as f64 - j as f64)) * n[i] * d[j];
            }
        }
        Polynomial(growth)
    }

    fn factor(&self, s: f64) -> f64 {
        self.numerator.at(s) / self.denominator.at(s)
    }

    /// Distorted place and its derivative.
    fn bend(&self, at: DVec2) -> (DVec2, DMat2) {
        let DVec2 { x, y } = at;
        let s = at.length_squared();
        let ([_, n1, n2, n3], [_, d1, d2, d3]) = (self.numerator.0, self.denominator.0);
        let [p1, p2] = *self.tangential;
        let denominator = self.denominator.at(s);
        let f = self.numerator.at(s) / denominator;
        let slope = (Polynomial([n1, 2.0 * n2, 3.0 * n3]).at(s)
            - f * Polynomial([d1, 2.0 * d2, 3.0 * d3]).at(s))
            / denominator;
        let place = at * f
            + DVec2::new(
                2.0 * p1 * x * y + p2 * (s + 2.0 * x * x),
                p1 * (s + 2.0 * y * y) + 2.0 * p2 * x * y,
            );
        let across = 2.0 * x * y * slope + 2.0 * (p1 * x + p2 * y);
        let derivative = DMat2::from_cols(
            DVec2::new(
                f + 2.0 * x * x * slope + 2.0 * p1 * y + 6.0 * p2 * x,
                across,
            ),
            DVec2::new(
                across,
                f + 2.0 * y * y * slope + 6.0 * p1 * y + 2.0 * p2 * x,
            ),
        );
        (place, derivative)
    }

    fn grows_until(&self, s: f64) -> bool {
        self.denominator.is_positive_until(s) && self.growth().is_positive_until(s)
    }

    fn project(&self, at: DVec2) -> Option<DVec2> {
        // NaN fails the first comparison.
        let inside = at.length() < WIDEST_TANGENT && self.grows_until(at.length_squared());
        let (place, derivative) = self.bend(at);
        (inside && derivative.determinant() > 0.0).then_some(place)
    }

    fn unproject(&self, place: DVec2) -> Option<DVec2> {
        let distance = place.length();
        if !distance.is_finite() {
            return None;
        }
        let (radius, exact) = self.radius(distance);
        if *self.tangential == [0.0; 2] {
            return exact.then(|| {
                place
                    * if distance > 0.0 {
                        radius / distance
                    } else {
                        1.0
                    }
            });
        }
        let mut at = place
            * if distance > 0.0 {
                radius / distance
            } else {
                1.0
            };
        let (mut shown, mut derivative) = self.bend(at);
        for _ in 0..MOST_STEPS {
            let off = shown - place;
            if off.length() <= 4.0 * f64::EPSILON * (1.0 + distance) {
                break;
            }
            let step = derivative.inverse() * off;
            let mut share = 1.0;
            let mut best = None;
            // A whole step may leap over the fold; half of it less so.
            while share > 1e-6 {
                let next = at - step * share;
                let (there, slope) = self.bend(next);
                if (there - place).length() < off.length() {
                    best = Some((next, there, slope));
                    break;
                }
                share *= 0.5;
            }
            let Some((next, there, slope)) = best else {
                break;
            };
            (at, shown, derivative) = (next, there, slope);
        }
        ((shown - place).length() <= 1e-13 * (1.0 + distance) && self.project(at).is_some())
            .then_some(at)
    }

    /// The radius that the radial part alone moves to `distance`, and whether there is one; else the largest radius it may be asked for.
    fn radius(&self, distance: f64) -> (f64, bool) {
        let growth = self.growth();
        let moved = |r: f64| r * self.factor(r * r);
        let mut high = (1.25 * distance).clamp(1e-3, WIDEST_TANGENT);
        loop {
            let s = high * high;
            if !self.grows_until(s) {
                let fold = growth
                    .first_root(s)
                    .into_iter()
                    .chain(self.denominator.first_root(s))
                    .fold(s, f64::min)
                    .sqrt();
                // Just inside, where it still grows.
                high = fold * (1.0 - 1e-12);
                break;
            }
            if moved(high) >= distance || high >= WIDEST_TANGENT {
                break;
            }
            high = (2.0 * high).min(WIDEST_TANGENT);
        }
        if moved(high) < distance {
            return (high, false);
        }
        let slope = |r: f64| {
            let d = self.denominator.at(r * r);
            growth.at(r * r) / (d * d)
        };
        (solve(distance, high, moved, slope), true)
    }
}

/// Kannala–Brandt's `k1 … k4`.
struct Fisheye([f64; 4]);

impl Fisheye {
    fn radius(&self, angle: f64) -> f64 {
        let [k1, k2, k3, k4] = self.0;
        angle * Polynomial([1.0, k1, k2, k3, k4]).at(angle * angle)
    }

    /// `d r'/dθ` in `s = θ²`.
    fn growth(&self) -> Polynomial<5> {
        let [k1, k2, k3, k4] = self.0;
        Polynomial([1.0, 3.0 * k1, 5.0 * k2, 7.0 * k3, 9.0 * k4])
    }

    fn project(&self, camera: DVec3) -> Option<DVec2> {
        let across = camera.truncate();
        let sideways = across.length();
        let angle = sideways.atan2(camera.z);
        if sideways == 0.0 {
            return (camera.z > 0.0).then_some(DVec2::ZERO);
        }
        (angle < PI && self.growth().is_positive_until(angle * angle))
            .then(|| across * (self.radius(angle) / sideways))
    }

    fn unproject(&self, plane: DVec2) -> Option<DVec3> {
        let distance = plane.length();
        if distance == 0.0 {
            return Some(DVec3::Z);
        }
        let growth = self.growth();
        let widest = growth
            .first_root(PI * PI)
            .map_or(PI, |s| s.sqrt() * (1.0 - 1e-12));
        let reach = self.radius(widest);
        if distance.is_nan() || reach.is_nan() || distance >= reach {
            return None;
        }
        let angle = solve(distance, widest, |t| self.radius(t), |t| growth.at(t * t));
        let (sin, cos) = angle.sin_cos();
        Some((plane * (sin / distance)).extend(cos))
    }
}

/// The `x` in `[0, high]` where a growing function with `f(0) = 0` has a value: Newton's iteration, kept within a shrinking bracket.
fn solve(value: f64, mut high: f64, f: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> f64 {
    let mut low = 0.0;
    let mut x = value.min(high);
    for _ in 0..MOST_STEPS {
        let off = f(x) - value;
        if off == 0.0 {
            break;
        }
        if off > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - off / slope(x);
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if (next - x).abs() <= f64::EPSILON * x {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Directions, and where OpenCV 4.11 draws them with focal length 1 and no offset.
    type Table = [([f64; 3], [f64; 2]); 5];

    fn agrees(lens: Distortion, table: &Table) {
        for (direction, expected) in table {
            let found = lens.project(DVec3::from(*direction)).expect("seen");
            assert!(
                (found - DVec2::from(*expected)).length() < 1e-14,
                "{found} against {expected:?}"
            );
        }
    }

    #[test]
    fn places_are_those_of_opencv() {
        // `cv2.projectPoints` with (k1, k2, p1, p2, k3, k4, k5, k6).
        agrees(
            Distortion::BrownConrady {
                radial: [-0.28, 0.09, -0.012, 0.0, 0.0, 0.0],
                tangential: [0.0011, -0.0007],
            },
            &[
                ([0.0, 0.0, 1.0], [0.0, 0.0]),
                (
                    [0.1, -0.2, 1.0],
                    [0.098_529_350_000_000_02, -0.197_073_700_000_000_02],
                ),
                (
                    [-0.45, 0.3, 1.1],
                    [-0.384_132_332_708_465, 0.256_241_320_979_197],
                ),
                (
                    [0.6, 0.55, 1.0],
                    [0.510_065_604_687_5, 0.468_713_991_796_875_06],
                ),
                ([-0.9, -0.2, 1.0], [-0.739_022_950_000_000_1, -0.163_160_1]),
            ],
        );
        agrees(
            Distortion::BrownConrady {
                radial: [0.12, -0.05, 0.01, 0.4, -0.06, 0.02],
                tangential: [-0.002, 0.003],
            },
            &[
                ([0.0, 0.0, 1.0], [0.0, 0.0]),
                (
                    [0.1, -0.2, 1.0],
                    [0.098_919_581_238_463_44, -0.197_639_162_476_926_9],
                ),
                (
                    [-0.45, 0.3, 1.1],
                    [-0.381_758_289_584_585_6, 0.254_505_526_389_723_9],
                ),
                (
                    [0.6, 0.55, 1.0],
                    [0.514_106_817_996_390_1, 0.468_117_708_163_357_6],
                ),
                (
                    [-0.9, -0.2, 1.0],
                    [-0.730_410_366_138_055_3, -0.164_580_081_364_012_3],
                ),
            ],
        );
        // `cv2.fisheye.projectPoints`.
        agrees(
            Distortion::KannalaBrandt {
                coefficients: [-0.02, 0.004, -0.0012, 0.0001],
            },
            &[
                ([0.0, 0.0, 1.0], [0.0, 0.0]),
                (
                    [0.1, -0.2, 1.0],
                    [0.098_287_299_674_289_6, -0.196_574_599_348_579_2],
                ),
                (
                    [-0.45, 0.3, 1.1],
                    [-0.378_686_648_901_788_94, 0.252_457_765_934_525_96],
                ),
                (
                    [0.6, 0.55, 1.0],
                    [0.499_290_542_063_577_9, 0.457_682_996_891_613_1],
                ),
                (
                    [-0.9, -0.2, 1.0],
                    [-0.719_762_962_459_511_5, -0.159_947_324_991_002_6],
                ),
            ],
        );
        agrees(
            Distortion::KannalaBrandt {
                coefficients: [0.08, -0.03, 0.01, -0.002],
            },
            &[
                ([0.0, 0.0, 1.0], [0.0, 0.0]),
                (
                    [0.1, -0.2, 1.0],
                    [0.098_755_704_310_273_64, -0.197_511_408_620_547_25],
                ),
                (
                    [-0.45, 0.3, 1.1],
                    [-0.386_099_494_672_097_4, 0.257_399_663_114_731_6],
                ),
                (
                    [0.6, 0.55, 1.0],
                    [0.519_589_314_019_245_2, 0.476_290_204_517_641_54],
                ),
                (
                    [-0.9, -0.2, 1.0],
                    [-0.753_735_297_999_805_9, -0.167_496_732_888_845_76],
                ),
            ],
        );
    }

    /// Lenses from gentle to strong, each with the radius on the picture plane up to which it must see.
    const LENSES: [(Distortion, f64); 7] = [
        (
            Distortion::BrownConrady {
                radial: [-0.28, 0.09, -0.012, 0.0, 0.0, 0.0],
                tangential: [0.0011, -0.0007],
            },
            0.62,
        ),
        (
            Distortion::BrownConrady {
                radial: [0.35, 0.2, 0.0, 0.0, 0.0, 0.0],
                tangential: [0.0, 0.0],
            },
            2.0,
        ),
        (
            Distortion::BrownConrady {
                radial: [0.12, -0.05, 0.01, 0.4, -0.06, 0.02],
                tangential: [-0.02, 0.03],
            },
            0.7,
        ),
        (
            Distortion::BrownConrady {
                radial: [0.0; 6],
                tangential: [0.01, -0.02],
            },
            1.5,
        ),
        (
            Distortion::KannalaBrandt {
                coefficients: [0.0; 4],
            },
            3.1,
        ),
        (
            Distortion::KannalaBrandt {
                coefficients: [-0.02, 0.004, -0.0012, 0.0001],
            },
            1.6,
        ),
        (
            Distortion::KannalaBrandt {
                coefficients: [0.3, 0.1, 0.02, 0.001],
            },
            20.0,
        ),
    ];

    #[test]
    fn there_and_back_is_the_same_place() {
        let mut seen_behind = 0;
        for (lens, reach) in LENSES {
            for step in 0..4000 {
                let angle = f64::from(step) * 2.399_963;
                let place = DVec2::from_angle(angle) * (reach * (f64::from(step) / 4000.0).sqrt());
                let direction = lens
                    .unproject(place)
                    .unwrap_or_else(|| panic!("{lens:?} sees nothing at {place}"));
                let back = lens.project(direction).expect("seen");
                assert!(
                    (back - place).length() < 1e-12 * (1.0 + place.length()),
                    "{lens:?}: {place} came back as {back}"
                );
                // Length does not matter.
                let far = lens.project(direction * 37.5).expect("seen");
                assert!((far - place).length() < 1e-12 * (1.0 + place.length()));
                seen_behind += u32::from(direction.z < -0.5);
            }
        }
        assert!(seen_behind > 500, "fisheyes see behind themselves");
    }

    #[test]
    fn beyond_the_fold_there_is_nothing() {
        // r − r³/3 turns back at r = 1, at ⅔.
        let folds = Distortion::BrownConrady {
            radial: [-1.0 / 3.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            tangential: [0.0; 2],
        };
        assert!(folds.project(DVec3::new(0.999, 0.0, 1.0)).is_some());
        // Without the rule this would be drawn at 0.66, in the middle of the picture's other content.
        assert_eq!(folds.project(DVec3::new(1.1, 0.0, 1.0)), None);
        assert!(folds.unproject(DVec2::new(0.0, 0.666)).is_some());
        assert_eq!(folds.unproject(DVec2::new(0.0, 0.667)), None);
        // θ − θ³/3 alike, in angles.
        let folds = Distortion::KannalaBrandt {
            coefficients: [-1.0 / 3.0, 0.0, 0.0, 0.0],
        };
        let at = |angle: f64| folds.project(DVec3::new(angle.sin(), 0.0, angle.cos()));
        assert!(at(0.999).is_some() && at(1.001).is_none() && at(3.0).is_none());
        assert_eq!(folds.unproject(DVec2::new(0.5, 0.45)), None);
    }

    #[test]
    fn behind_a_perspective_lens_and_opposite_to_a_fisheye_there_is_nothing() {
        for (lens, _) in LENSES.iter().chain(&[(Distortion::None, 1.0)]) {
            assert_eq!(lens.project(DVec3::NEG_Z), None);
            assert_eq!(lens.project(DVec3::ZERO), None);
            assert_eq!(lens.project(DVec3::splat(f64::NAN)), None);
            assert_eq!(lens.project(DVec3::Z), Some(DVec2::ZERO));
        }
    }
}
