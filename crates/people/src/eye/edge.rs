//! The edges of the lids.
use body::tables::LANDMARKS;
use glam::{DVec3, Vec3};

/// The rims of one eye's lids, each a smooth curve from the outer to the inner corner.
pub(super) struct Edges {
    upper: Vec<DVec3>,
    lower: Vec<DVec3>,
}

impl Edges {
    /// From the skin's points, whose first ones are the base mesh's vertices; `side` 0 is right.
    pub(super) fn new(side: usize, points: &[Vec3]) -> Option<Self> {
        let lids = &LANDMARKS.eyes;
        let place = |vertex: u32| points.get(vertex as usize).map(|point| point.as_dvec3());
        let rim = |row: usize| {
            std::iter::once(lids.outer_corner.side(side))
                .chain(lids.lid_pairs.side(side).iter().map(|pair| pair[row]))
                .chain([lids.inner_corner.side(side)])
                .map(place)
                .collect::<Option<Vec<DVec3>>>()
        };
        Some(Self {
            upper: rim(0)?,
            lower: rim(1)?,
        })
    }

    #[cfg(test)]
    pub(super) fn of(upper: Vec<DVec3>, lower: Vec<DVec3>) -> Self {
        Self { upper, lower }
    }

    /// A place on the upper lid's rim; `t` runs from 0 at the outer corner to 1 at the inner one.
    pub(super) fn upper(&self, t: f64) -> DVec3 {
        along(&self.upper, t)
    }

    /// A place on the lower lid's rim.
    pub(super) fn lower(&self, t: f64) -> DVec3 {
        along(&self.lower, t)
    }
}

/// Catmull & Rom 1974: a curve through all points, with their neighbours' slopes.
fn along(points: &[DVec3], t: f64) -> DVec3 {
    let last = points.len() - 1;
    let at = t.clamp(0.0, 1.0) * last as f64;
    let k = (at as usize).min(last - 1);
    let f = at - k as f64;
    let [a, b, c, d] = [k.saturating_sub(1), k, k + 1, (k + 2).min(last)].map(|i| points[i]);
    let (from, to) = ((c - a) * 0.5, (d - b) * 0.5);
    let (f2, f3) = (f * f, f * f * f);
    b * (2.0 * f3 - 3.0 * f2 + 1.0)
        + from * (f3 - 2.0 * f2 + f)
        + c * (3.0 * f2 - 2.0 * f3)
        + to * (f3 - f2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_pass_through_their_points_without_corners() {
        let points: Vec<DVec3> = (0..10)
            .map(|k| DVec3::new(f64::from(k), (f64::from(k) * 0.7).sin(), 0.0))
            .collect();
        for (k, point) in points.iter().enumerate() {
            assert!(along(&points, k as f64 / 9.0).distance(*point) < 1e-9);
        }
        let step = |t: f64| along(&points, t + 1e-4) - along(&points, t);
        for k in 1..9 {
            let here = f64::from(k) / 9.0;
            assert!(step(here - 1.5e-4).angle_between(step(here + 0.5e-4)) < 0.02);
        }
    }
}
