//! The nearest of many points on the unshaped head.

use glam::{IVec3, Vec3};

/// Points in cells of a grid.
pub(crate) struct Nearest {
    low: Vec3,
    cell_m: f32,
    size: IVec3,
    cells: Vec<Vec<(u32, Vec3)>>,
}

impl Nearest {
    pub(crate) fn new(points: &[Vec3], cell_m: f32) -> Self {
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for point in points {
            low = low.min(*point);
            high = high.max(*point);
        }
        let size = if points.is_empty() {
            IVec3::ONE
        } else {
            ((high - low) / cell_m).as_ivec3() + 1
        };
        let mut grid = Self {
            low,
            cell_m,
            size,
            cells: vec![Vec::new(); (size.x * size.y * size.z) as usize],
        };
        for (k, point) in points.iter().enumerate() {
            let cell = grid.cell(*point);
            if let Some(index) = grid.index(cell) {
                grid.cells[index].push((k as u32, *point));
            }
        }
        grid
    }

    fn cell(&self, point: Vec3) -> IVec3 {
        ((point - self.low) / self.cell_m).floor().as_ivec3()
    }

    fn index(&self, cell: IVec3) -> Option<usize> {
        let inside = cell.cmpge(IVec3::ZERO).all() && cell.cmplt(self.size).all();
        inside.then(|| ((cell.z * self.size.y + cell.y) * self.size.x + cell.x) as usize)
    }

    /// The `N` nearest that are wanted, with their squared distances, nearest first; fewer where there are none within three cells.
    pub(crate) fn find<const N: usize>(
        &self,
        point: Vec3,
        wanted: impl Fn(u32) -> bool,
    ) -> ([(u32, f32); N], usize) {
        let middle = self.cell(point);
        let mut best = [(0_u32, f32::INFINITY); N];
        let mut count = 0;
        for ring in 1..=3_i32 {
            best = [(0, f32::INFINITY); N];
            count = 0;
            for z in -ring..=ring {
                for y in -ring..=ring {
                    for x in -ring..=ring {
                        let Some(cell) = self.index(middle + IVec3::new(x, y, z)) else {
                            continue;
                        };
                        for &(k, at) in &self.cells[cell] {
                            let d2 = at.distance_squared(point);
                            if d2 < best[N - 1].1 && wanted(k) {
                                let place = best.partition_point(|(_, d)| *d <= d2);
                                best.copy_within(place..N - 1, place + 1);
                                best[place] = (k, d2);
                                count = (count + 1).min(N);
                            }
                        }
                    }
                }
            }
            // Whatever lies in further rings is further than this.
            let sure = ring as f32 * self.cell_m;
            if count == N && best[N - 1].1 <= sure * sure {
                break;
            }
        }
        (best, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_a_look_at_every_point_finds() {
        let point = |k: u32| {
            let f = |step: f32| (k as f32 * step).fract() * 0.1;
            Vec3::new(f(0.754_877), f(0.569_84), f(0.324_717))
        };
        let points: Vec<Vec3> = (0..400).map(point).collect();
        let grid = Nearest::new(&points, 0.02);
        for k in 1000..1200 {
            let at = point(k);
            let (found, count) = grid.find::<3>(at, |k| k % 2 == 0);
            let mut all: Vec<(f32, u32)> = (0..400)
                .step_by(2)
                .map(|k| (points[k as usize].distance_squared(at), k))
                .collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert_eq!(count, 3);
            for (a, b) in found.iter().zip(&all) {
                assert_eq!(a.0, b.1);
            }
        }
    }
}
