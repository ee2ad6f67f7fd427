//! The long and short axes of a cloud of points.

use glam::{Mat3, Vec3};

/// Middle and right-handed principal axes (longest first) of weighted points, by Jacobi's method.
pub(crate) fn principal(points: &[(Vec3, f32)]) -> (Vec3, Mat3) {
    let total: f64 = points.iter().map(|p| f64::from(p.1)).sum();
    let middle = points
        .iter()
        .map(|(p, w)| p.as_dvec3() * f64::from(*w))
        .sum::<glam::DVec3>()
        / total.max(1e-30);
    let mut a = [[0.0_f64; 3]; 3];
    for (p, w) in points {
        let d = (p.as_dvec3() - middle).to_array();
        for i in 0..3 {
            for j in 0..3 {
                a[i][j] += d[i] * d[j] * f64::from(*w) / total.max(1e-30);
            }
        }
    }
    let mut axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0_f64]];
    for _ in 0..30 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if a[p][q].abs() < 1e-30 {
                continue;
            }
            let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
            let (s, c) = angle.sin_cos();
            for k in 0..3 {
                let (x, y) = (a[k][p], a[k][q]);
                a[k][p] = c * x - s * y;
                a[k][q] = s * x + c * y;
            }
            for k in 0..3 {
                let (x, y) = (a[p][k], a[q][k]);
                a[p][k] = c * x - s * y;
                a[q][k] = s * x + c * y;
            }
            for axis in &mut axes {
                let (x, y) = (axis[p], axis[q]);
                axis[p] = c * x - s * y;
                axis[q] = s * x + c * y;
            }
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|&i, &j| a[j][j].total_cmp(&a[i][i]));
    let column = |k: usize| {
        Vec3::new(axes[0][k] as f32, axes[1][k] as f32, axes[2][k] as f32).normalize_or_zero()
    };
    let (x, y) = (column(order[0]), column(order[1]));
    (middle.as_vec3(), Mat3::from_cols(x, y, x.cross(y)))
}

#[cfg(test)]
mod tests {
    use glam::Quat;

    use super::*;

    #[test]
    fn principal_axes_of_a_turned_box_are_its_edges() {
        let turn = Mat3::from_quat(Quat::from_scaled_axis(Vec3::new(0.3, -1.0, 0.7)));
        let mut points = Vec::new();
        for k in 0..8_u8 {
            let sign = |bit: u8| if k & bit == 0 { -1.0 } else { 1.0 };
            let corner = Vec3::new(sign(1) * 3.0, sign(2), sign(4) * 2.0);
            points.push((turn * corner + Vec3::ONE, 1.0));
        }
        let (middle, axes) = principal(&points);
        assert!((middle - Vec3::ONE).length() < 1e-5);
        assert!((axes.x_axis.dot(turn.x_axis).abs() - 1.0).abs() < 1e-5);
        assert!((axes.y_axis.dot(turn.z_axis).abs() - 1.0).abs() < 1e-5);
        assert!((axes.determinant() - 1.0).abs() < 1e-5);
    }
}
