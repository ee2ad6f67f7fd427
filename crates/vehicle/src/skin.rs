//! The outer skin as one smooth body: what is inside the drawings of side, front and top at once.
//!
//! Drawing axes: x rearwards from the front bumper, y to the car's right, z up from the ground, metres.

use glam::{Vec2, Vec3};

use crate::curve::{Corner, Field, Outline, bump, corner, smooth_max, smooth_step};
use crate::jet::{Jet, Number};
use crate::specification::Specification;
use crate::style::{Back, Level, Proportions};
use crate::surface::{Body, Grid, planes};

/// Table steps of the drawings, metres.
const STEP: f32 = 0.02;
/// How far around outlines distances are tabulated.
const MARGIN: f32 = 0.12;

/// The skin of a car.
#[derive(Debug)]
pub(crate) struct Skin {
    pub(crate) sheet: Specification,
    pub(crate) look: Proportions,
    side: Field,
    front: Field,
    plan: Field,
    /// Foot and head of the windscreen and of the rear window at the middle, `(x, z)`.
    pub(crate) windscreen: [Vec2; 2],
    pub(crate) rear_window: [Vec2; 2],
    /// Front edge of the bonnet.
    pub(crate) nose: Vec2,
    /// Radius of the wheel arches.
    pub(crate) arch_m: f32,
    /// Of a pickup: where the bed begins, and how high its walls are.
    pub(crate) bed: Option<(f32, f32)>,
    /// Where the drawings are looked up: `x = from + stretch · x`, and how much wider. Rounded edges take a little of the drawn size away, and this gives it back.
    from_x: f32,
    stretch: Vec2,
}

impl Skin {
    pub(crate) fn new(sheet: &Specification) -> Self {
        let look = Proportions::of(sheet.style);
        let (windscreen, rear_window, nose, outline, bed) = side_view(sheet, &look);
        let mut skin = Self {
            sheet: *sheet,
            look,
            from_x: 0.0,
            stretch: Vec2::ONE,
            side: Field::new(&Outline::new(&outline), STEP, MARGIN),
            front: Field::new(&Outline::new(&front_view(sheet, &look)), STEP, MARGIN),
            plan: Field::new(&Outline::new(&top_view(sheet, &look)), STEP, MARGIN),
            windscreen,
            rear_window,
            nose,
            arch_m: sheet.tyre_radius_m() + look.arch_gap_m,
            bed,
        };
        // Measured, and drawn so much larger.
        let length = sheet.length_m;
        let heights = || (4..17).map(|k| 0.05 * k as f32);
        let reach = |from: f32, to: f32| {
            heights().map(move |z| (Vec3::new(from, 0.0, z), Vec3::new(to, 0.0, z)))
        };
        let front = reach(-0.1, 0.5 * length)
            .map(|(from, to)| skin.met(from, to).x)
            .fold(f32::INFINITY, f32::min);
        let rear = reach(length + 0.1, 0.5 * length)
            .map(|(from, to)| skin.met(from, to).x)
            .fold(f32::NEG_INFINITY, f32::max);
        let half = 0.5 * sheet.width_m;
        let widest = heights()
            .map(|z| {
                let at = |y: f32| Vec3::new(0.5 * length, y, z);
                skin.met(at(half + 0.2), at(0.0)).y
            })
            .fold(0.0, f32::max);
        skin.from_x = front;
        skin.stretch = Vec2::new((rear - front) / length, widest / half);
        skin
    }

    /// Cells for the skin above `floor_z`, about `cell` metres: closer around the lines at the shoulder, wider where doors and roof are flat.
    pub(crate) fn grid(&self, floor_z: f32, cell: f32) -> Grid {
        let sheet = &self.sheet;
        let (length, half, shoulder) = (sheet.length_m, 0.5 * sheet.width_m, sheet.shoulder_m);
        let [front, rear] = sheet.axles();
        let at_axle = self.arch_m + 0.06;
        let doors = front + at_axle..rear - at_axle;
        // The rims of a bed are round by less than a cell.
        let rim = if self.bed.is_some() {
            0.55 * cell
        } else {
            cell
        };
        Grid::halved(
            planes(-0.08, length + 0.08, |x| {
                if doors.contains(&x) {
                    1.5 * cell
                } else if x > length - 0.2 {
                    rim
                } else {
                    cell
                }
            }),
            planes(0.0, half + 0.08, |y| {
                if y < half - 0.4 {
                    1.6 * cell
                } else if y > half - 0.2 {
                    rim
                } else {
                    cell
                }
            }),
            planes(floor_z - 1.3 * cell, sheet.height_m + 0.08, |z| {
                if (shoulder - 0.17..shoulder + 0.05).contains(&z) {
                    0.55 * cell
                } else {
                    cell
                }
            }),
        )
    }

    /// How high above the ground.
    pub(crate) fn level(&self, level: Level) -> f32 {
        match level {
            Level::Ground(z) => z,
            Level::Shoulder(by) => self.sheet.shoulder_m + by,
            Level::Roof(by) => self.sheet.height_m + by,
            Level::RearFoot(by) => self.rear_window[0].y + by,
            Level::RearHead(by) => self.rear_window[1].y + by,
            Level::BedWall(by) => self.bed.map_or(self.sheet.shoulder_m, |(_, wall)| wall) + by,
        }
    }

    /// Where a straight way from outside meets the skin.
    pub(crate) fn met(&self, from: Vec3, to: Vec3) -> Vec3 {
        let (mut out, mut inside) = (0.0_f32, 1.0_f32);
        for _ in 0..30 {
            let middle = 0.5 * (out + inside);
            if self.value(from.lerp(to, middle)) > 0.0 {
                out = middle;
            } else {
                inside = middle;
            }
        }
        from.lerp(to, out)
    }

    /// The place in the drawings.
    #[inline(always)]
    fn drawn<T: Number>(&self, [x, y, z]: [T; 3]) -> [T; 3] {
        [
            x * self.stretch.x + self.from_x,
            (y * self.stretch.y).abs(),
            z,
        ]
    }

    /// Signed distance in the front view; about how far a place is from the side's surface.
    pub(crate) fn side_distance(&self, at: Vec3) -> f32 {
        self.in_front_view(self.drawn(at.to_array()))
    }

    #[inline(always)]
    fn in_front_view<T: Number>(&self, [x, y, z]: [T; 3]) -> T {
        self.front.at(y + self.taper(x, z), z)
    }

    /// Signed distance in the side view, with the bow and crown of surfaces that run across.
    #[inline(always)]
    fn in_side_view<T: Number>(&self, [x, y, z]: [T; 3]) -> T {
        let share = y * (2.0 / self.sheet.width_m);
        let across = (share * share).at_most(1.3);
        let middle = 0.5 * self.sheet.length_m;
        let bow = smooth_step(middle - 0.7, middle + 0.7, x) * -2.0 + 1.0;
        let crown = across * smooth_step(0.5, 0.9, z) * 0.045;
        self.side.at(x - self.bow_m(z) * across * bow, z + crown)
    }

    /// How far surfaces that run across are bent towards the middle at the car's sides.
    #[inline(always)]
    fn bow_m<T: Number>(&self, z: T) -> T {
        (smooth_step(0.5, 1.1, z) * 0.4 + 0.6) * self.look.bow_m
    }

    /// How much narrower the cabin is towards its ends.
    #[inline(always)]
    fn taper<T: Number>(&self, x: T, z: T) -> T {
        let (front, back) = (self.windscreen[0].x, self.sheet.length_m);
        let t = (x - 0.5 * (front + back)) * (2.0 / (back - front));
        let above = smooth_step(self.sheet.shoulder_m, self.sheet.height_m, z);
        above * (t * t).at_most(1.5) * self.look.taper_m
    }

    /// How far the sheet is pushed out or in by character lines and wheel arches, metres.
    #[inline(always)]
    fn relief<T: Number>(&self, [x, _, z]: [T; 3]) -> T {
        let sheet = &self.sheet;
        // A line below the shoulder, rising to the rear: sharp above, fading below.
        let line = x * (0.02 / sheet.length_m) + (sheet.shoulder_m - 0.125);
        let below = line - z;
        let mut out = (smooth_step(-0.022, 0.022, -below) - 1.0)
            * smooth_step(0.16, 0.0, below.abs())
            * 0.007;
        // A hollow above the sill.
        let hollow = bump(0.24, z - (sheet.ground_clearance_m + 0.28));
        if hollow.value() > 0.0 {
            out = out - hollow * self.between_axles(x) * 0.012;
        }
        // Lips around the wheels.
        let fading = smooth_step(sheet.shoulder_m, sheet.shoulder_m - 0.2, z);
        for axle in sheet.axles() {
            let away = T::length(x - axle, z - sheet.tyre_radius_m()) - self.arch_m;
            out = out + bump(0.1, away) * fading * 0.016;
        }
        out
    }

    #[inline(always)]
    fn between_axles<T: Number>(&self, x: T) -> T {
        let [front, rear] = self.sheet.axles();
        let reach = self.arch_m + 0.1;
        smooth_step(front + reach - 0.2, front + reach + 0.15, x)
            * smooth_step(rear - reach + 0.2, rear - reach - 0.15, x)
    }

    /// Radius of the edge between roof and sides, bonnet and wings. It may only change slowly: where it jumps, so does the skin.
    #[inline(always)]
    fn edge_m<T: Number>(&self, z: T) -> T {
        let (below, above) = (0.2, self.look.roof_edge_m);
        let shoulder = self.sheet.shoulder_m;
        smooth_step(shoulder - 0.15, shoulder + 0.15, z) * (above - below) + below
    }

    /// Below 0 inside, about the distance near the skin.
    #[inline(always)]
    fn signed<T: Number>(&self, at: [T; 3]) -> T {
        let drawn = self.drawn(at);
        let side = self.in_side_view(drawn);
        let plan = self.plan.at(drawn[0], drawn[1]);
        let ends = smooth_max(side, plan, T::constant(0.3));
        let flank = self.in_front_view(drawn);
        let edge = self.edge_m(at[2]);
        // Far inside the flanks their relief changes nothing.
        let body = if flank.value() - DEEPEST < ends.value() - edge.value() {
            ends
        } else {
            smooth_max(ends, flank - self.relief(at), edge)
        };
        match self.bed {
            None => body,
            Some((from, wall)) => {
                // The bed is hollow.
                let half = 0.5 * self.sheet.width_m - 0.13;
                let [x, y, z] = at;
                let walls = [
                    x - (self.sheet.length_m - 0.13),
                    y.abs() - half,
                    -z + (wall - 0.5),
                ];
                let inside = walls.into_iter().fold(-x + (from + 0.06), |a, b| {
                    smooth_max(a, b, T::constant(0.06))
                });
                smooth_max(body, -inside, T::constant(0.02))
            }
        }
    }
}

/// The deepest that [`Skin::relief`] can be.
const DEEPEST: f32 = -0.019;

impl Body for Skin {
    fn value(&self, at: Vec3) -> f32 {
        self.signed(at.to_array())
    }

    fn value_and_gradient(&self, at: Vec3) -> (f32, Vec3) {
        let jet = self.signed(Jet::place(at));
        (jet.value(), jet.slope())
    }
}

type Drawn = ([Vec2; 2], [Vec2; 2], Vec2, Vec<Corner>, Option<(f32, f32)>);

/// The silhouette from the side, from the chin over the roof to the tail and back below.
fn side_view(sheet: &Specification, look: &Proportions) -> Drawn {
    let Specification {
        length_m: length,
        height_m: height,
        ground_clearance_m: low,
        bonnet_m,
        boot_m,
        shoulder_m: shoulder,
        ..
    } = *sheet;
    let slope = |degrees: f32| degrees.to_radians().tan();
    let cowl = Vec2::new(bonnet_m, shoulder + look.cowl_rise_m);
    let roof_front = height - look.header_drop_m;
    let header = Vec2::new(
        cowl.x + (roof_front - cowl.y) / slope(sheet.windscreen_deg),
        roof_front,
    );
    let nose = Vec2::new(look.nose_x_m, shoulder - look.nose_drop_m);
    let tail_x = length - boot_m;
    let foot = Vec2::new(tail_x, shoulder + look.rear_foot_rise_m);
    let roof_back = height - look.roof_end_drop_m;
    let top = Vec2::new(
        foot.x - (roof_back - foot.y) / slope(sheet.rear_window_deg),
        roof_back,
    );
    let mut corners = vec![
        corner(0.22, low, 0.1),
        corner(0.05, low + 0.1, 0.1),
        corner(0.0, 0.55 * nose.y, 0.16).crowned(0.015),
        corner(nose.x, nose.y, look.nose_round_m).crowned(look.bonnet_crown_m),
        corner(cowl.x, cowl.y, 0.12).crowned(0.02),
        corner(header.x, header.y, look.header_round_m).crowned(height - roof_front + 0.02),
        corner(top.x, top.y, look.roof_end_round_m).crowned(0.02),
    ];
    let mut bed = None;
    match look.back {
        Back::Boot => corners.extend([
            corner(foot.x, foot.y, 0.14).crowned(0.015),
            corner(length - 0.05, foot.y - 0.015, 0.07),
            corner(length - 0.03, foot.y - 0.2, 0.12),
        ]),
        Back::Hatch => corners.extend([
            corner(foot.x, foot.y, 0.12),
            corner(length - 0.03, shoulder - 0.12, 0.1),
        ]),
        Back::Wall => {
            corners.push(corner(length - 0.02, shoulder, 0.3));
        }
        Back::Bed => {
            let wall = shoulder - 0.02;
            bed = Some((tail_x + 0.04, wall));
            corners.extend([
                corner(foot.x, wall, 0.04),
                corner(length - 0.03, wall, 0.05),
                corner(length - 0.03, wall - 0.3, 0.1),
            ]);
        }
    }
    corners.extend([
        corner(length, 0.56, 0.1),
        corner(length - 0.02, low + 0.22, 0.1),
        corner(length - 0.3, low + 0.02, 0.15),
    ]);
    let fixed = fitted(corners, Vec2::new(0.0, low), Vec2::new(length, height));
    // Marks of the drawing as it was fitted.
    let mark = |k: usize| fixed[k].at;
    ([mark(4), mark(5)], [mark(7), mark(6)], mark(3), fixed, bed)
}

/// The silhouette from the front: sills drawn in, the sides fullest below the shoulder, a ledge, and the cabin leaning in.
fn front_view(sheet: &Specification, look: &Proportions) -> Vec<Corner> {
    let (half, low, shoulder, height) = (
        0.5 * sheet.width_m,
        sheet.ground_clearance_m,
        sheet.shoulder_m,
        sheet.height_m,
    );
    let (lean, ledge) = (look.lean, look.ledge_m);
    let above = height + 0.25;
    let right = [
        corner(half - 0.16, low - 0.12, 0.04),
        corner(half - 0.055, low + 0.1, 0.08),
        corner(half, 0.55 * shoulder + 0.1, 0.22),
        corner(half - 0.012, shoulder - 0.09, 0.1),
        corner(half - 0.03, shoulder - 0.005, 0.035),
        corner(half - 0.03 - ledge, shoulder + 0.035, 0.035),
        corner(half - 0.03 - ledge - lean * (above - shoulder), above, 0.05),
    ];
    let left = right.iter().rev().map(|c| Corner {
        at: Vec2::new(-c.at.x, c.at.y),
        ..*c
    });
    let all: Vec<Corner> = right.into_iter().chain(left).collect();
    fitted(all, Vec2::new(-half, low - 0.12), Vec2::new(half, above))
}

/// The silhouette from above.
fn top_view(sheet: &Specification, look: &Proportions) -> Vec<Corner> {
    let (half, length) = (0.5 * sheet.width_m + 0.02, sheet.length_m);
    let [front, back] = look.corners_m;
    let right = [
        corner(-0.02, 0.3 * half, 0.2),
        corner(0.5 * front, half - 0.28, 0.25),
        corner(2.4 * front, half - 0.045, 0.3),
        corner(1.1, half, 0.5),
        corner(length - 1.1, half, 0.5),
        corner(length - 1.8 * back, half - 0.05, 0.25),
        corner(length - 0.2 * back, half - 0.3, 0.2),
        corner(length + 0.02, 0.3 * half, 0.2),
    ];
    let left = right.iter().rev().map(|c| Corner {
        at: Vec2::new(c.at.x, -c.at.y),
        ..*c
    });
    let all: Vec<Corner> = right.into_iter().chain(left).collect();
    fitted(all, Vec2::new(-0.01, -half), Vec2::new(length + 0.01, half))
}

/// The corners scaled so that the curve, which stays inside them, just reaches the box.
fn fitted(corners: Vec<Corner>, low: Vec2, high: Vec2) -> Vec<Corner> {
    let mut corners = corners;
    for _ in 0..3 {
        let (from, to) = Outline::new(&corners).bounds();
        let scale = (high - low) / (to - from);
        for corner in &mut corners {
            corner.at = low + (corner.at - from) * scale;
        }
    }
    corners
}
