//! Cloth around the head: a head scarf that leaves the face free and lies on the shoulders, and a bandana.
//!
//! The scarf is a surface around the line from the neck to the middle of the skull: for each azimuth a profile runs from the crown down the head, over the neck, onto
//! shoulders and chest, taut over all of them, and never steeper inwards than cloth falls. The face looks out between two rows of the grid.

use std::f32::consts::{FRAC_PI_2, TAU};

use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::mesh::Part;

use super::head::Head;
use super::obstacle::Obstacle;
use super::sheet::{Edges, Sheet, taut};

/// Columns around, the last on the first; odd, so that one is in front.
const COLUMNS: usize = 121;
/// Rows of rays: a quarter of a turn from the crown, then steps down the axis.
const DOME_ROWS: usize = 26;
const AXIS_ROWS: usize = 76;
const ROWS: usize = DOME_ROWS + AXIS_ROWS;
/// Rows of the cloth above the face's opening, and below it.
const ABOVE: usize = 40;
const BELOW: usize = 56;
/// Cloth falls inwards at most so steeply: metres per metre down.
const INWARDS: f32 = 0.95;
/// Sweeps of the relaxation: enough to round what lies below, not to hide the neck.
const SLACK: usize = 26;
/// From skin to cloth, metres: an under-scarf and what glasses need.
const CLEARANCE_M: f32 = 0.0060;
/// How far around the face its opening goes, radians.
const OPENING: f32 = 1.12;

/// What makes one scarf differ from another, each in `[0, 1)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drape {
    pub(crate) forehead: f32,
    pub(crate) length: f32,
    pub(crate) folds: [f32; 6],
}

/// Frame of the axis: where the skull is, down, forward and left.
struct Axis {
    skull: Vec3,
    down: Vec3,
    forward: Vec3,
    left: Vec3,
}

impl Axis {
    fn new(head: &Head) -> Self {
        let down = (head.neck - head.skull).normalize_or(Vec3::NEG_Y);
        let forward = (Vec3::Z - down * down.z).normalize_or(Vec3::Z);
        Self {
            skull: head.skull,
            down,
            forward,
            left: forward.cross(down),
        }
    }

    fn out(&self, azimuth: f32) -> Vec3 {
        self.forward * azimuth.cos() + self.left * azimuth.sin()
    }
}

fn azimuth(column: usize) -> f32 {
    (column % (COLUMNS - 1)) as f32 / (COLUMNS - 1) as f32 * TAU
}

/// As an angle from the front, `[−π, π]`.
fn from_front(azimuth: f32) -> f32 {
    (azimuth + std::f32::consts::PI).rem_euclid(TAU) - std::f32::consts::PI
}

/// The scarf in the head's axes. `body` holds skin, clothes and what else lies below the scarf.
pub(crate) fn build(head: &Head, body: &Obstacle, drape: &Drape) -> Mesh {
    let s = head.scale;
    let axis = Axis::new(head);
    let to_neck = (head.neck - head.skull).length();
    let step = (to_neck + 0.13 * s) / AXIS_ROWS as f32;
    let ray = |row: usize, column: usize| {
        let out = axis.out(azimuth(column));
        if row < DOME_ROWS {
            let polar = FRAC_PI_2 * row as f32 / (DOME_ROWS - 1) as f32;
            (axis.skull, out * polar.sin() - axis.down * polar.cos())
        } else {
            let depth = step * (row + 1 - DOME_ROWS) as f32;
            (axis.skull + axis.down * depth, out)
        }
    };
    let mut heights = vec![0.0f32; ROWS * COLUMNS];
    for column in 0..COLUMNS {
        let mut last = head.half.y;
        for row in 0..ROWS {
            let (origin, direction) = ray(row, column);
            let depth = step * (row + 1).saturating_sub(DOME_ROWS) as f32;
            // Arms are not what a scarf lies on.
            let reach = if depth > to_neck { 0.24 * s } else { 0.16 * s };
            let least = if row < DOME_ROWS {
                0.0
            } else {
                last - INWARDS * step
            };
            let met = body.outermost(origin, direction, reach);
            last = met
                .map_or(least, |r| (r + CLEARANCE_M).max(least))
                .max(0.03 * s);
            heights[row * COLUMNS + column] = last;
        }
    }
    let radius = taut(&heights, ROWS, COLUMNS, Edges::Cap, SLACK);
    let profile = |column: usize| -> Vec<Vec3> {
        (0..ROWS)
            .map(|row| {
                let (origin, direction) = ray(row, column);
                origin + direction * radius[row * COLUMNS + column]
            })
            .collect()
    };
    let forehead = head.crown_y - head.brow_y;
    let top_y = head.brow_y + (0.34 + 0.2 * drape.forehead) * forehead;
    let chin_y = head.point(8).y - 0.005 * s;
    let middle_y = 0.5 * (head.point(30).y + head.point(33).y);
    let cloth_rows = ABOVE + BELOW;
    let mut points = vec![Vec3::ZERO; cloth_rows * COLUMNS];
    let mut uvs = vec![Vec2::ZERO; cloth_rows * COLUMNS];
    for column in 0..COLUMNS {
        let a = from_front(azimuth(column));
        let line = Line::new(profile(column));
        let open = (1.0 - (a / OPENING).powi(2)).max(0.0).powf(0.55);
        let upper = line.at_height(middle_y + (top_y - middle_y) * open);
        let lower = line.at_height(middle_y - (middle_y - chin_y) * open) + 0.004;
        let neck = line.at_depth(|p| (p - axis.skull).dot(axis.down), 0.86 * to_neck);
        // Longest on the chest, shorter on the shoulders.
        let hangs = s
            * (0.055
                + 0.05 * drape.length
                + 0.055 * a.cos().max(0.0).powi(2)
                + 0.03 * (-a.cos()).max(0.0));
        let hem = (neck.max(lower + 0.01) + hangs).min(line.length());
        for row in 0..cloth_rows {
            let along = if row < ABOVE {
                upper * row as f32 / (ABOVE - 1) as f32
            } else {
                lower + (hem - lower) * (row - ABOVE) as f32 / (BELOW - 1) as f32
            };
            let place = line.at(along);
            let below = (row as f32 - ABOVE as f32).max(0.0) / (BELOW - 1) as f32;
            let fold = folds(drape, a, below, s);
            let out = axis.out(azimuth(column));
            points[row * COLUMNS + column] = place + (out * 0.8 + Vec3::Y * 0.2) * fold;
            uvs[row * COLUMNS + column] = Vec2::new(
                (column as f32 / (COLUMNS - 1) as f32) * 150.0,
                -along / 0.004,
            );
        }
    }
    let sheet = Sheet {
        rows: cloth_rows,
        columns: COLUMNS,
        is_round: true,
        has_pole: true,
        points,
        uvs,
    };
    sheet.mesh(0.0012, axis.skull, Part::Headwear, |row, column| {
        let a = from_front((column as f32 + 0.5) / (COLUMNS - 1) as f32 * TAU);
        row + 1 != ABOVE || a.abs() > OPENING
    })
}

/// How far folds stand out, metres: slanting waves that begin below the chin and grow towards the hem.
fn folds(drape: &Drape, a: f32, below: f32, s: f32) -> f32 {
    let [p, q, r, tilt, ..] = drape.folds.map(|draw| draw * TAU);
    let slant = below * (2.0 + 0.4 * tilt);
    let ridge = |phase: f32| phase.sin().max(0.0).powf(1.4);
    // Whole waves around, so that the ends meet.
    let wave = 0.5 * ridge(5.0 * a + slant + p)
        + 0.35 * ridge(9.0 * a - 1.6 * slant + q)
        + 0.25 * ridge(14.0 * a + slant + r);
    let grown = (below * 3.0).min(1.0);
    s * wave * 0.021 * grown
}

/// A polyline by its length.
struct Line {
    points: Vec<Vec3>,
    /// Length up to each point.
    along: Vec<f32>,
}

impl Line {
    fn new(points: Vec<Vec3>) -> Self {
        let mut along = Vec::with_capacity(points.len());
        let mut sum = 0.0;
        for (k, p) in points.iter().enumerate() {
            if let Some(before) = k.checked_sub(1).and_then(|k| points.get(k)) {
                sum += before.distance(*p);
            }
            along.push(sum);
        }
        Self { points, along }
    }

    fn length(&self) -> f32 {
        self.along.last().copied().unwrap_or(0.0)
    }

    fn at(&self, along: f32) -> Vec3 {
        let after = self
            .along
            .partition_point(|l| *l < along)
            .clamp(1, self.points.len() - 1);
        let (from, to) = (self.along[after - 1], self.along[after]);
        let t = ((along - from) / (to - from).max(1e-9)).clamp(0.0, 1.0);
        self.points[after - 1].lerp(self.points[after], t)
    }

    /// Length up to where the line first comes down to `y`.
    fn at_height(&self, y: f32) -> f32 {
        self.at_depth(|p| -p.y, -y)
    }

    /// Length up to where `depth` first reaches `wanted`.
    fn at_depth(&self, depth: impl Fn(Vec3) -> f32, wanted: f32) -> f32 {
        let mut before = (f32::NEG_INFINITY, 0.0);
        for (p, along) in self.points.iter().zip(&self.along) {
            let now = depth(*p);
            if now >= wanted {
                let t = if before.0.is_finite() {
                    (wanted - before.0) / (now - before.0).max(1e-9)
                } else {
                    1.0
                };
                return before.1 + (along - before.1) * t;
            }
            before = (now, *along);
        }
        self.length()
    }
}
