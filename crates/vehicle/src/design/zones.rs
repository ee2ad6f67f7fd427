//! Panels by place: a body that is one piece is cut along the lines where most cars have theirs, and each face belongs to the panel it lies in.

use std::collections::{BTreeMap, HashMap};

use glam::{Vec2, Vec3};
use scene::Mesh;

use super::names::Kind;
use super::slice::slice;
use super::wheels::{RIM, Wheel};
use super::{Found, extent};
use crate::{CarPart, Frame};

/// Bins of the silhouette from the side.
const BINS: usize = 48;

/// Lines that part the panels, car axes, metres.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zones {
    /// Foot of the side windows.
    shoulder: f32,
    /// Head of the windows.
    head: f32,
    /// Top of the sills and of the bumpers.
    sill: f32,
    bumper: f32,
    /// Foot of the windscreen and of the rear window.
    cowl: f32,
    deck: f32,
    /// Behind the front bumper, before the rear one.
    front: f32,
    rear: f32,
    /// Fore and rear edges of the doors, and the pillar between them.
    doors: [f32; 3],
    /// Whether some panes are known, so that nothing else is glass.
    has_glass: bool,
}

impl Zones {
    pub(super) fn new(found: &[Found], frame: &Frame) -> Self {
        let (low, high) = (frame.low.z, frame.high.z);
        let length = high - low;
        let height = frame.height_m;
        let top = silhouette(found, frame);
        let at = |z: f32| (((z - low) / length * BINS as f32) as usize).min(BINS - 1);
        let median = |from: f32, to: f32| {
            let mut own: Vec<f32> = top[at(from)..=at(to)].to_vec();
            own.sort_by(f32::total_cmp);
            own[own.len() / 2]
        };
        let bonnet = median(high - 0.24 * length, high - 0.08 * length);
        let shoulder = (1.02 * bonnet).clamp(0.52 * height, 0.7 * height);
        // The cabin: what rises above the shoulder around the highest place.
        let peak = (0..BINS)
            .max_by(|&a, &b| top[a].total_cmp(&top[b]))
            .unwrap_or(BINS / 2);
        let rises = |bin: &usize| top[*bin] > shoulder + 0.12 * (height - shoulder);
        let fore = (peak..BINS).take_while(rises).last().unwrap_or(peak);
        let aft = (0..=peak).rev().take_while(rises).last().unwrap_or(peak);
        let edge = |bin: usize| low + length * bin as f32 / BINS as f32;
        let (cowl, deck) = (edge(fore + 1), edge(aft));
        let [front_axle, rear_axle] = [0.5, -0.5].map(|end| end * frame.wheelbase_m);
        let radius = frame.tyre_radius_m;
        let door = (front_axle - 1.3 * radius).min(cowl);
        let back = rear_axle + 0.7 * radius;
        // Cabins too short for two rows have one door at each side.
        let two_rows = door - back > 1.45;
        Self {
            shoulder,
            head: height - 0.16 * (height - shoulder),
            sill: (0.17 * height).max(1.05 * radius * 0.6),
            bumper: 0.66 * shoulder,
            cowl,
            deck,
            front: (front_axle + 1.1 * radius).min(high - 0.06 * length),
            rear: (rear_axle - 1.1 * radius).max(low + 0.06 * length),
            doors: [
                door,
                if two_rows { 0.5 * (door + back) } else { back },
                back,
            ],
            has_glass: found.iter().any(|one| {
                let panes = [
                    CarPart::Windscreen,
                    CarPart::RearWindow,
                    CarPart::LeftWindow,
                    CarPart::RightWindow,
                ];
                one.kind == Kind::Glass || panes.map(Kind::Exact).contains(&one.kind)
            }),
        }
    }

    /// Adds a piece's faces to the parts that they belong to.
    pub(super) fn sort(
        &self,
        one: &Found,
        frame: &Frame,
        wheels: &[Wheel],
        parts: &mut BTreeMap<(CarPart, usize), Mesh>,
    ) {
        let mut add = Sorter::new(one.look, parts);
        match one.kind {
            Kind::LeaveOut => {}
            Kind::Unknown | Kind::Body => {
                let mut mesh = one.mesh.clone();
                for z in [self.cowl, self.deck, self.front, self.rear]
                    .into_iter()
                    .chain(self.doors)
                {
                    mesh = slice(&mesh, 2, z);
                }
                for y in [self.shoulder, self.head, self.sill, self.bumper] {
                    mesh = slice(&mesh, 1, y);
                }
                add.faces(&mesh, |at, normal, _| Some(self.panel(at, normal, frame)));
            }
            Kind::Wheel => add.faces(&one.mesh, |at, _, corners| {
                let middle = wheels.iter().min_by(|a, b| {
                    let away = |w: &Wheel| at.distance(Vec3::new(w.x, w.y, w.z));
                    away(a).total_cmp(&away(b))
                });
                let Some(wheel) = middle else {
                    return Some(CarPart::Tyre);
                };
                let reach = corners
                    .map(|c| Vec2::new(c.y - wheel.y, c.z - wheel.z).length())
                    .into_iter()
                    .fold(0.0, f32::max);
                let is_rim = reach < RIM * wheel.radius * 1.08;
                Some(if is_rim { CarPart::Rim } else { CarPart::Tyre })
            }),
            Kind::Door => {
                let (low, high) = extent(&one.mesh);
                let middle = 0.5 * (low + high);
                let is_front = middle.z > self.doors[1];
                let part = match (is_front, middle.x > 0.0) {
                    (true, true) => CarPart::LeftFrontDoor,
                    (true, false) => CarPart::RightFrontDoor,
                    (false, true) => CarPart::LeftRearDoor,
                    (false, false) => CarPart::RightRearDoor,
                };
                add.faces(&one.mesh, |_, _, _| Some(part));
            }
            kind => add.faces(&one.mesh, |at, normal, _| kind.resolved(at, normal, frame)),
        }
    }

    /// The panel of a face of a body.
    fn panel(&self, at: Vec3, normal: Vec3, frame: &Frame) -> CarPart {
        let side = |on_left: CarPart, on_right: CarPart| {
            if at.x > 0.0 { on_left } else { on_right }
        };
        if normal.y < -0.6 && at.y < 0.4 * frame.height_m {
            return CarPart::Underbody;
        }
        // The silhouette tells where windows begin to a few centimetres.
        let near = 0.06 * (frame.high.z - frame.low.z);
        let in_cabin = at.z < self.cowl + near && at.z > self.deck - near;
        let is_flat = normal.y > 0.93 && !(self.deck + near..self.cowl - near).contains(&at.z);
        if at.y > self.shoulder && in_cabin && !(is_flat && at.y < self.head) {
            return self.above_shoulder(at, normal, &side);
        }
        let is_up = normal.y > 0.55;
        if at.z > self.front && at.y < self.bumper {
            return CarPart::FrontBumper;
        }
        if at.z < self.rear && at.y < self.bumper {
            return CarPart::RearBumper;
        }
        if at.z > self.front && normal.z > 0.6 && !is_up {
            return CarPart::FrontBumper;
        }
        if at.z >= self.cowl - 0.02 && is_up {
            return CarPart::Bonnet;
        }
        if at.z <= self.deck + 0.02 && (is_up || normal.z < -0.6) {
            return CarPart::Tailgate;
        }
        let [door, pillar, back] = self.doors;
        if at.y < self.sill && (back..door).contains(&at.z) {
            side(CarPart::LeftSill, CarPart::RightSill)
        } else if at.z > door {
            side(CarPart::LeftWing, CarPart::RightWing)
        } else if at.z < back {
            side(CarPart::LeftQuarter, CarPart::RightQuarter)
        } else if at.z > pillar {
            side(CarPart::LeftFrontDoor, CarPart::RightFrontDoor)
        } else {
            side(CarPart::LeftRearDoor, CarPart::RightRearDoor)
        }
    }

    fn above_shoulder(
        &self,
        at: Vec3,
        normal: Vec3,
        side: &dyn Fn(CarPart, CarPart) -> CarPart,
    ) -> CarPart {
        let back = self.doors[2];
        if self.has_glass || normal.y > 0.955 || at.y > self.head {
            return CarPart::Roof;
        }
        if normal.x.abs() > 0.6 {
            // A pillar behind the last door carries the roof.
            return if at.z < back {
                side(CarPart::LeftQuarter, CarPart::RightQuarter)
            } else {
                side(CarPart::LeftWindow, CarPart::RightWindow)
            };
        }
        match normal.z {
            0.15.. => CarPart::Windscreen,
            ..-0.15 => CarPart::RearWindow,
            _ => CarPart::Roof,
        }
    }
}

/// How high the body is at each place along the car, near its middle, metres.
fn silhouette(found: &[Found], frame: &Frame) -> [f32; BINS] {
    let length = frame.high.z - frame.low.z;
    let mut top = [0.0_f32; BINS];
    let shapes = found.iter().filter(|one| {
        !matches!(
            one.kind,
            Kind::LeaveOut | Kind::Wheel | Kind::Inside | Kind::Mirror
        )
    });
    for one in shapes {
        for triangle in &one.mesh.triangles {
            let corners = triangle.map(|v| one.mesh.positions[v as usize]);
            let span = corners.map(|c| (c.z - frame.low.z) / length * BINS as f32);
            let first = span.iter().copied().fold(f32::INFINITY, f32::min).max(0.0);
            let last = span.iter().copied().fold(0.0, f32::max);
            for bin in first as usize..=(last as usize).min(BINS - 1) {
                let z = frame.low.z + length * (bin as f32 + 0.5) / BINS as f32;
                // Where the triangle's edges pass the bin's middle.
                for k in 0..3 {
                    let (a, b) = (corners[k], corners[(k + 1) % 3]);
                    if (a.z - z) * (b.z - z) <= 0.0 && a.z != b.z {
                        let at = a.lerp(b, (z - a.z) / (b.z - a.z));
                        if at.x.abs() < 0.32 * frame.width_m {
                            top[bin] = top[bin].max(at.y);
                        }
                    }
                }
            }
        }
    }
    top
}

/// Puts faces of one look into the meshes of parts.
struct Sorter<'p> {
    look: usize,
    parts: &'p mut BTreeMap<(CarPart, usize), Mesh>,
}

impl<'p> Sorter<'p> {
    fn new(look: usize, parts: &'p mut BTreeMap<(CarPart, usize), Mesh>) -> Self {
        Self { look, parts }
    }

    /// Adds faces by their middle, their normal and their corners.
    fn faces(&mut self, mesh: &Mesh, part: impl Fn(Vec3, Vec3, [Vec3; 3]) -> Option<CarPart>) {
        let mut numbers: HashMap<(CarPart, u32), u32> = HashMap::new();
        for triangle in &mesh.triangles {
            let corners = triangle.map(|v| mesh.positions[v as usize]);
            let [a, b, c] = corners;
            let normal = (b - a).cross(c - a).normalize_or(Vec3::Y);
            let Some(part) = part((a + b + c) / 3.0, normal, corners) else {
                continue;
            };
            let to = self.parts.entry((part, self.look)).or_default();
            let triangle = triangle.map(|v| {
                *numbers.entry((part, v)).or_insert_with(|| {
                    let v = v as usize;
                    to.positions.push(mesh.positions[v]);
                    to.normals.push(mesh.normals[v]);
                    to.uvs.push(mesh.uvs[v]);
                    to.positions.len() as u32 - 1
                })
            });
            to.triangles.push(triangle);
        }
    }
}
