//! The skin cut into panels, glass and lamps, by lines drawn in the side, front and top view.
//!
//! Each region is a function that is negative inside. Regions are cut off one after the other; what is left between them is a gap as wide as the region's, and edges
//! are folded inwards, so that a gap is a real one: dark, with two lit lips.

use glam::{Vec2, Vec3};

use crate::curve::{Field, Outline, corner, smooth_max, smooth_min};
use crate::part::CarPart;
use crate::shell::Shell;
use crate::skin::Skin;
use crate::style::{Back, LastDoor};

/// Half of the gap between panels, between glass and frame, metres.
const PANEL_GAP: f32 = 0.0022;
const GLASS_GAP: f32 = 0.003;
/// How far panels are folded in, and the radius of the fold.
const FOLD: f32 = 0.022;
const LIP: f32 = 0.0015;

/// Height of the dark strip below the sills, metres.
const SILL_TRIM_M: f32 = 0.04;

/// A piece of the car with its surface.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) part: CarPart,
    pub(crate) shell: Shell,
}

/// Where lines run.
pub(crate) struct Lines<'s> {
    skin: &'s Skin,
    /// Daylight openings of the sides, `(x, z)`.
    daylight: Field,
    /// Between the doors, and behind the last: x at the shoulder.
    pub(crate) pillars: [f32; 2],
    /// Front edge of the front door.
    hinge_x: f32,
    /// Front end of the side windows' foot.
    opening_x: f32,
    belt_z: f32,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(skin: &'s Skin) -> Self {
        let sheet = &skin.sheet;
        let look = &skin.look;
        let belt_z = sheet.shoulder_m + 0.05;
        let head_z = sheet.height_m - look.window_head_drop_m;
        let [foot, head] = skin.windscreen;
        let along = (head - foot).normalize();
        // The opening's front runs beside the windscreen, behind the pillar.
        let on_pillar = |z: f32| foot.x + (z - foot.y) * along.x / along.y + look.front_pillar_m;
        let [rear_foot, rear_top] = skin.rear_window;
        let lean = (rear_top - rear_foot).normalize();
        let on_rear = |z: f32, off: f32| rear_foot.x + (z - rear_foot.y) * lean.x / lean.y - off;
        let off = look.rear_pillar_m;
        let [_, rear_axle] = sheet.axles();
        let (back_low, back_high) = match look.cab_windows_m {
            Some(end) => (sheet.front_overhang_m + end, sheet.front_overhang_m + end),
            None => (
                on_rear(belt_z + 0.03, off).min(sheet.length_m - 0.28),
                on_rear(head_z, off * 0.8),
            ),
        };
        let daylight = Field::new(
            &Outline::new(&[
                corner(on_pillar(belt_z) + 0.06, belt_z, 0.06),
                corner(on_pillar(head_z), head_z, 0.14).crowned(0.015),
                corner(back_high, head_z - look.window_head_fall_m, 0.14),
                corner(back_low, belt_z + 0.03, 0.07),
            ]),
            0.02,
            0.2,
        );
        let opening_x = on_pillar(belt_z) + 0.06;
        let hinge_x = sheet.front_overhang_m + skin.arch_m + look.hinge_m;
        let last = match (look.last_door, skin.bed) {
            (LastDoor::BeforeBed(by), Some((from, _))) => from - by,
            (LastDoor::BeforeArch(by), _) => rear_axle - skin.arch_m - by,
            (LastDoor::OverArch(by) | LastDoor::BeforeBed(by), _) => rear_axle - by,
        };
        let two = sheet.side_doors < 4;
        let middle = if two {
            last
        } else {
            hinge_x + 0.52 * (last - hinge_x)
        };
        Self {
            skin,
            daylight,
            pillars: [middle, last],
            hinge_x,
            opening_x,
            belt_z,
        }
    }

    /// Where the outside mirrors are.
    pub(crate) fn mirror_x(&self) -> f32 {
        self.opening_x + 0.1
    }

    /// Only the sides: the cabin's flanks.
    fn beside(&self, at: Vec3) -> f32 {
        0.5 * self.skin.sheet.width_m * 0.55 - at.y.abs()
    }

    fn daylight(&self, at: Vec3) -> f32 {
        self.daylight.at(at.x, at.z).max(self.beside(at))
    }

    fn windscreen(&self, at: Vec3) -> f32 {
        let [foot, head] = self.skin.windscreen;
        all(&[
            foot.y + 0.035 - at.z - 0.03 * (at.y / 0.7).powi(2),
            at.z - (head.y - 0.03),
            self.skin.side_distance(at) + 0.062,
            at.x - (head.x + 0.25),
        ])
    }

    fn rear_window(&self, at: Vec3) -> f32 {
        let Some(window) = self.skin.look.rear_window else {
            return f32::INFINITY;
        };
        let [_, top] = self.skin.rear_window;
        let from = 0.5 * (self.skin.windscreen[1].x + top.x) + 0.4;
        all(&[
            self.skin.level(window.low) - at.z,
            at.z - self.skin.level(window.high),
            self.skin.side_distance(at) + window.inset_m,
            from - at.x,
        ])
    }

    fn headlamp(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let half = 0.5 * sheet.width_m;
        // Thin towards the middle, rising along the wing.
        let inner = half * 0.50;
        let t = ((at.y.abs() - inner) / (half - inner)).clamp(0.0, 1.2) + at.x * 0.9;
        let middle = self.skin.nose.y - self.skin.look.headlamp_drop_m + 0.05 * t;
        let height = 0.045 + 0.03 * t.min(1.0);
        all(&[
            (at.z - middle).abs() - height,
            inner - at.y.abs(),
            at.x - 0.5 - 0.25 * (at.z - middle),
        ])
    }

    fn tail_lamp(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let half = 0.5 * sheet.width_m;
        let lamp = &self.skin.look.tail_lamp;
        let inner = half * lamp.inner_share - lamp.inner_less_m;
        let (low, high) = (self.skin.level(lamp.low), self.skin.level(lamp.high));
        all(&[
            low + 0.05 * (half - at.y.abs()) - at.z,
            at.z - high,
            inner - at.y.abs(),
            sheet.length_m - lamp.along_m - 0.3 * (at.z - low) - at.x,
        ])
    }

    fn grille(&self, at: Vec3) -> f32 {
        let half = 0.5 * self.skin.sheet.width_m;
        let top = self.skin.nose.y - 0.045;
        all(&[
            at.y.abs() - half * 0.44 + 0.25 * (top - at.z),
            at.z - top,
            top - self.skin.look.grille_m - at.z,
            at.x - 0.3,
        ])
    }

    fn intake(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let low = sheet.ground_clearance_m + 0.07;
        all(&[
            at.y.abs() - 0.5 * sheet.width_m * 0.6 - 0.4 * (low + 0.12 - at.z),
            at.z - low - 0.13,
            low - at.z,
            at.x - 0.3,
        ])
    }

    fn bonnet(&self, at: Vec3) -> f32 {
        let half = 0.5 * self.skin.sheet.width_m;
        let foot = self.skin.windscreen[0];
        let nose = self.skin.nose;
        let t = (at.x / foot.x).clamp(0.0, 1.0);
        all(&[
            at.y.abs() - (half - 0.27 + 0.15 * t),
            at.x - (foot.x - 0.05 + 0.10 * (at.y / half).powi(2)),
            nose.y - 0.03 - at.z + 0.04 * (at.y / half).powi(2),
        ])
    }

    /// The dark strip between bonnet and windscreen, where wipers turn and air is drawn in.
    fn cowl(&self, at: Vec3) -> f32 {
        let half = 0.5 * self.skin.sheet.width_m;
        let [foot, head] = self.skin.windscreen;
        all(&[
            foot.x - 0.06 + 0.10 * (at.y / half).powi(2) - at.x,
            at.x - head.x,
            at.z - foot.y - 0.05,
            self.skin.side_distance(at) + 0.055,
        ])
    }

    fn tailgate(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let half = 0.5 * sheet.width_m;
        let [foot, top] = self.skin.rear_window;
        let low = self.skin.look.tailgate_z_m;
        match self.skin.look.back {
            Back::Boot => all(&[at.y.abs() - (half - 0.20), foot.x + 0.04 - at.x, low - at.z]),
            Back::Bed => all(&[
                at.y.abs() - (half - 0.12),
                sheet.length_m - 0.25 - at.x,
                low - at.z,
            ]),
            Back::Wall => all(&[
                at.y.abs() - (half - 0.12),
                sheet.length_m - 0.4 - at.x,
                low - at.z,
                at.z - sheet.height_m + 0.14,
            ]),
            Back::Hatch => all(&[
                self.skin.side_distance(at) + 0.075,
                top.x - 0.06 - at.x,
                low - at.z,
            ]),
        }
    }

    fn bumper(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let [front, rear] = sheet.axles();
        let reach = self.skin.arch_m * 0.86;
        let ahead = all(&[at.x - (front - reach), at.z - (self.skin.nose.y - 0.02)]);
        let behind = all(&[rear + reach - at.x, at.z - self.skin.look.bumper_z_m]);
        ahead.min(behind)
    }

    /// Doors of one side, the first and the second together.
    fn doors(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let lower = all(&[
            self.hinge_x - at.x + 0.10 * (at.z - 0.7).max(0.0),
            at.x - self.pillars[1],
            sheet.ground_clearance_m + 0.12 - at.z,
            at.z - self.belt_z - 0.02,
        ]);
        // Frames of the windows, as far as the last door goes.
        let frame = (self.daylight.at(at.x, at.z) - 0.042)
            .max(at.x - self.pillars[1] - 0.12)
            .max(self.belt_z - 0.06 - at.z);
        let wheel = self.clear_of_rear_wheel(at);
        smooth_min(lower, frame, 0.03)
            .max(wheel)
            .max(self.beside(at))
    }

    fn clear_of_rear_wheel(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let centre = Vec2::new(sheet.axles()[1], sheet.tyre_radius_m());
        self.skin.arch_m + 0.055 - Vec2::new(at.x, at.z).distance(centre)
    }

    fn sill(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let [front, rear] = sheet.axles();
        all(&[
            front - at.x,
            at.x - rear,
            at.z - sheet.ground_clearance_m - 0.12,
        ])
        .max(self.beside(at))
    }

    fn roof(&self, at: Vec3) -> f32 {
        let [_, head] = self.skin.windscreen;
        let back = self.skin.rear_window[1];
        let rail = self.skin.side_distance(at) + 0.075;
        all(&[rail, head.y - 0.035 - at.z, at.x - back.x - 0.05])
    }

    /// Inside the wheel arches.
    pub(crate) fn arches(&self, at: Vec3) -> f32 {
        let sheet = &self.skin.sheet;
        let outside = 0.5 * sheet.width_m - 0.42 - at.y.abs();
        sheet
            .axles()
            .into_iter()
            .map(|axle| {
                let centre = Vec2::new(axle, sheet.tyre_radius_m());
                (Vec2::new(at.x, at.z).distance(centre) - self.skin.arch_m).max(outside)
            })
            .fold(f32::INFINITY, f32::min)
    }

    /// Where the sides end below, and the floor begins.
    pub(crate) fn floor_z(&self) -> f32 {
        self.skin.sheet.ground_clearance_m + 0.035
    }

    /// Glass of any window: what the inner shell leaves open.
    pub(crate) fn glass(&self, at: Vec3) -> f32 {
        self.windscreen(at)
            .min(self.rear_window(at))
            .min(self.daylight(at))
    }

    /// Cuts the skin.
    pub(crate) fn cut(&self, skin: &Shell) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut add = |part: CarPart, shell: Shell| {
            if !shell.is_empty() {
                pieces.push(Piece { part, shell });
            }
        };
        let sheet = &self.skin.sheet;
        let by_side = |shell: &Shell| shell.split(&|at| at.y, 0.0);
        let (_, rest) = skin.split(&|at| self.arches(at), 0.0);
        let (_, rest) = rest.split(&|at| at.z - self.floor_z(), 0.0);
        let glass = |shell: Shell| shell.offset(-0.004).flanged(0.006, LIP);
        let panel = |shell: Shell| shell.flanged(FOLD, LIP);
        let (screen, rest) = rest.split(&|at| self.windscreen(at), GLASS_GAP);
        add(CarPart::Windscreen, glass(screen));
        let (rear, rest) = rest.split(&|at| self.rear_window(at), GLASS_GAP);
        add(CarPart::RearWindow, glass(rear));
        let (windows, rest) = rest.split(&|at| self.daylight(at), GLASS_GAP);
        // Pillars of the doors stand before the glass.
        let [b, c] = self.pillars;
        let mut rest_of_panes = windows;
        let (mut panes, mut bars) = (Shell::default(), Shell::default());
        let posts: &[f32] = if sheet.side_doors < 4 {
            &[b]
        } else {
            &[b, c + 0.04]
        };
        for &post in posts {
            let behind = |at: Vec3| at.x - post - 0.12 * (at.z - self.belt_z);
            let (pane, others) = rest_of_panes.split(&|at| behind(at) + 0.03, 0.0015);
            let (bar, others) = others.split(&|at| behind(at) - 0.03, 0.0015);
            panes.append(&pane);
            bars.append(&bar);
            rest_of_panes = others;
        }
        panes.append(&rest_of_panes);
        let (left, right) = by_side(&panes);
        add(CarPart::LeftWindow, glass(left));
        add(CarPart::RightWindow, glass(right));
        add(CarPart::Underbody, bars.offset(-0.001).flanged(0.01, LIP));
        let (lamps, rest) = rest.split(&|at| self.headlamp(at), PANEL_GAP);
        let (left, right) = by_side(&lamps);
        add(CarPart::LampInside, left.clone().offset(-0.045));
        add(CarPart::LampInside, right.clone().offset(-0.045));
        add(CarPart::LeftHeadlamp, left.flanged(0.05, LIP));
        add(CarPart::RightHeadlamp, right.flanged(0.05, LIP));
        let (lamps, rest) = rest.split(&|at| self.tail_lamp(at), PANEL_GAP);
        let (left, right) = by_side(&lamps);
        add(CarPart::LeftTailLamp, left.flanged(0.03, LIP));
        add(CarPart::RightTailLamp, right.flanged(0.03, LIP));
        let (grille, rest) = rest.split(&|at| self.grille(at).min(self.intake(at)), PANEL_GAP);
        add(CarPart::Underbody, grille.clone().offset(-0.035));
        add(
            CarPart::Grille,
            bars_of(grille).offset(-0.012).flanged(0.02, LIP),
        );
        let (bumpers, rest) = rest.split(&|at| self.bumper(at), PANEL_GAP);
        let (front, rear) = bumpers.split(&|at| at.x - 0.5 * sheet.length_m, 0.0);
        add(CarPart::FrontBumper, panel(front));
        add(CarPart::RearBumper, panel(rear));
        let (bonnet, rest) = rest.split(&|at| self.bonnet(at), PANEL_GAP);
        add(CarPart::Bonnet, panel(bonnet));
        let (cowl, rest) = rest.split(&|at| self.cowl(at), PANEL_GAP);
        add(CarPart::Underbody, panel(cowl.offset(-0.003)));
        let (tailgate, rest) = rest.split(&|at| self.tailgate(at), PANEL_GAP);
        add(CarPart::Tailgate, panel(tailgate));
        let (sills, rest) = rest.split(&|at| self.sill(at), PANEL_GAP);
        let (trim, sills) = sills.split(&|at| at.z - self.floor_z() - SILL_TRIM_M, 0.0);
        add(CarPart::Underbody, trim.offset(-0.002));
        let (left, right) = by_side(&sills);
        add(CarPart::LeftSill, panel(left));
        add(CarPart::RightSill, panel(right));
        let (doors, rest) = rest.split(&|at| self.doors(at), PANEL_GAP);
        let (left, right) = by_side(&doors);
        let between = |at: Vec3| at.x - b - 0.12 * (at.z - self.belt_z).max(0.0);
        for (side, parts) in [
            (left, [CarPart::LeftFrontDoor, CarPart::LeftRearDoor]),
            (right, [CarPart::RightFrontDoor, CarPart::RightRearDoor]),
        ] {
            if sheet.side_doors < 4 {
                add(parts[0], panel(side));
            } else {
                let (front, rear) = side.split(&between, PANEL_GAP);
                add(parts[0], panel(front));
                add(parts[1], panel(rear));
            }
        }
        let (roof, rest) = rest.split(&|at| self.roof(at), 0.0015);
        add(CarPart::Roof, panel(roof));
        // Wings end at the front door; pillars and quarters are one behind them.
        let (wings, quarters) = rest.split(
            &|at| all(&[at.x - self.hinge_x - 0.35, at.z - self.belt_z + 0.02]),
            0.001,
        );
        let (left, right) = by_side(&wings);
        add(CarPart::LeftWing, panel(left));
        add(CarPart::RightWing, panel(right));
        let (left, right) = by_side(&quarters);
        add(CarPart::LeftQuarter, panel(left));
        add(CarPart::RightQuarter, panel(right));
        pieces
    }
}

/// Level bars of a grille, 16 mm high, one every 42 mm from the ground.
fn bars_of(grille: Shell) -> Shell {
    const EVERY: f32 = 0.042;
    let (low, high) = grille
        .positions
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), at| {
            (low.min(at.z), high.max(at.z))
        });
    let mut bars = Shell::default();
    let mut rest = grille;
    if low < high {
        for k in (low / EVERY) as u32..=(high / EVERY) as u32 {
            let middle = EVERY * (k as f32 + 0.5);
            let (_, above) = rest.split(&|at| at.z - middle + 0.008, 0.0);
            let (bar, above) = above.split(&|at| at.z - middle - 0.008, 0.0);
            bars.append(&bar);
            rest = above;
        }
    }
    bars
}

/// Inside of all, with corners rounded where two lines are within 30 mm of each other.
fn all(lines: &[f32]) -> f32 {
    lines
        .iter()
        .copied()
        .reduce(|a, b| smooth_max(a, b, 0.03))
        .unwrap_or(f32::INFINITY)
}
