//! What happened to a car: damages drawn from `damage.seed`, done one after the other, and what is true of each.
//!
//! `dents` presses things into sheets, `marks` opens paint, `broken` breaks glass, lamps and tyres and takes parts away. Each looks for a place that fits ([`Wear::pick`]), does its work on the
//! pieces, and measures on them what it did.

mod broken;
mod dents;
mod marks;

use damage::paint::Canvas;
use damage::{Piece, Substance};
use glam::{DVec3, Vec3};
use population::row::Row;
use population::stream::{Seed, Stream, Streams};
use scene::annotation::{Damage, DamageKind};
use vehicle::CarPart;

use crate::attributes::{KINDS, kind};
use crate::car::{Car, Tag};
use crate::error::StagingError;
use crate::stand::Spot as Spotted;

/// Most tries to find a place for a damage.
const TRIES: u32 = 60;

/// A car to which things happen.
pub(crate) struct Wear<'r> {
    pub(crate) car: Car<'r>,
    pub(crate) canvases: Vec<Canvas>,
    pub(crate) damages: Vec<Damage>,
    /// Outward normals where damages are, in their order.
    pub(crate) normals: Vec<Vec3>,
    row: &'r Row,
    /// Balls in which something has happened: centre and radius, metres.
    taken: Vec<(Vec3, f32)>,
    /// From where the car is looked at, if that is where damages are wanted.
    viewer: Option<DVec3>,
}

/// A place on the car.
#[derive(Debug, Clone, Copy)]
struct Spot {
    piece: usize,
    at: Vec3,
    normal: Vec3,
}

/// Lets the row's damages happen to a car that is looked at from `viewer`.
pub(crate) fn happen<'r>(
    row: &'r Row,
    car: Car<'r>,
    viewer: Option<DVec3>,
) -> Result<Wear<'r>, StagingError> {
    let mut wear = Wear {
        car,
        canvases: Vec::new(),
        damages: Vec::new(),
        normals: Vec::new(),
        row,
        taken: Vec::new(),
        viewer,
    };
    if row.category("damage.shown")? == "no" {
        return Ok(wear);
    }
    let streams = Streams::new(Seed(row.integer("damage.seed")? as u64), 0);
    let hail = row.integer("damage.hail")?;
    if hail > 0 {
        wear.hail(hail, &mut streams.stream("hail"))?;
    }
    let mix = row.mix("damage.mix")?.to_vec();
    for number in 0..row.integer("damage.count")? {
        let mut stream = streams.stream(&format!("damage/{number}"));
        let severity = row.number("damage.severity")? + 0.08 * stream.normal();
        let severity = severity.clamp(0.0, 1.0) as f32;
        // What finds no place on this car gives way to what does.
        for _ in 0..4 {
            let chosen = draw(&mix, &mut stream);
            if wear.one(chosen, severity, &mut stream)? {
                break;
            }
        }
    }
    Ok(wear)
}

/// A kind by the weights of the mix.
fn draw(mix: &[f64], stream: &mut Stream) -> DamageKind {
    let mut left = stream.uniform() * mix.iter().sum::<f64>();
    let mut chosen = DamageKind::Dent;
    for (name, weight) in KINDS.iter().zip(mix) {
        if *weight > 0.0 {
            chosen = kind(name).unwrap_or(chosen);
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
    }
    chosen
}

impl Wear<'_> {
    /// Lets one damage happen; `false` where the car has no place for it.
    fn one(
        &mut self,
        kind: DamageKind,
        severity: f32,
        stream: &mut Stream,
    ) -> Result<bool, StagingError> {
        Ok(match kind {
            DamageKind::Dent => self.dent(severity, stream)?,
            DamageKind::Scratch => self.scratch(severity, stream)?,
            DamageKind::Crack => self.crack(severity, stream),
            DamageKind::Chips => self.chips(severity, stream),
            DamageKind::Rust => self.rust(severity, stream),
            DamageKind::GlassShatter => self.pane(severity, stream),
            DamageKind::LampBroken => self.lamp(severity, stream),
            DamageKind::TireFlat => self.flat(severity, stream),
            DamageKind::MissingPart => self.missing(severity, stream),
            DamageKind::Misaligned => self.misaligned(severity, stream),
            // Products have these.
            DamageKind::Stain | DamageKind::ColourDeviation => false,
        })
    }

    /// Where the first damage is, and the surface's normal there.
    pub(crate) fn first(&self) -> Option<Spotted> {
        let (damage, normal) = self.damages.first().zip(self.normals.first())?;
        Some((damage.reach.first()?.0, normal.as_dvec3()))
    }

    /// The id of the next damage.
    fn next_id(&self) -> u8 {
        u8::try_from(self.damages.len() + 1).unwrap_or(u8::MAX)
    }

    /// A place on a part that `fits`, on the side where damages are wanted, that is seen from outside, at least `apart_m` from what has happened.
    fn pick(
        &self,
        stream: &mut Stream,
        apart_m: f32,
        fits: impl Fn(CarPart, Vec3) -> bool,
    ) -> Option<Spot> {
        let whole: Vec<usize> = (0..self.car.pieces.len())
            .filter(|&k| self.car.tags[k].canvas.is_none() && self.car.tags[k].whole == 0)
            // No place is too high or too low yet.
            .filter(|&k| fits(self.car.tags[k].part, Vec3::splat(f32::NAN)))
            .collect();
        let count: u64 = whole
            .iter()
            .map(|&k| self.car.pieces[k].mesh.positions.len() as u64)
            .sum();
        if count == 0 {
            return None;
        }
        let side = self.row.category("damage.side").unwrap_or("any");
        for _ in 0..TRIES {
            let mut left = stream.below(count);
            let piece = *whole.iter().find(|&&k| {
                let own = self.car.pieces[k].mesh.positions.len() as u64;
                let here = left < own;
                left -= if here { 0 } else { own };
                here
            })?;
            let mesh = &self.car.pieces[piece].mesh;
            let (at, normal) = (mesh.positions[left as usize], mesh.normals[left as usize]);
            let faces = match side {
                "front" => normal.z > 0.6,
                "rear" => normal.z < -0.6,
                "left" => normal.x > 0.6,
                "right" => normal.x < -0.6,
                "camera" => self.viewer.is_none_or(|viewer| {
                    let way = (viewer.as_vec3() - at).normalize_or_zero();
                    normal.dot(way) > 0.3 && self.is_open(at, way)
                }),
                _ => true,
            };
            if faces
                && at.y > 0.12
                && normal.y > -0.5
                && fits(self.car.tags[piece].part, at)
                && self.is_free(at, apart_m)
                && self.is_open(at, normal)
            {
                return Some(Spot { piece, at, normal });
            }
        }
        None
    }

    /// Whether a ball is apart from all that has happened.
    fn is_free(&self, at: Vec3, apart_m: f32) -> bool {
        self.taken
            .iter()
            .all(|(centre, radius)| centre.distance(at) > radius + apart_m)
    }

    /// Whether nothing of the car lies before a place of its surface.
    fn is_open(&self, at: Vec3, way: Vec3) -> bool {
        let start = at + way * 0.02;
        meets(&self.car.pieces, start, way).is_none()
    }

    /// Where a ray meets the car.
    fn met(&self, origin: Vec3, way: Vec3) -> Option<Spot> {
        meets(&self.car.pieces, origin, way)
    }

    /// Takes the triangles under a canvas out of the pieces that `fits`, as pieces of their own; their numbers.
    fn lay(&mut self, canvas: &Canvas, fits: impl Fn(CarPart) -> bool) -> Vec<usize> {
        let number = self.canvases.len();
        let mut laid = Vec::new();
        for k in 0..self.car.pieces.len() {
            let tag = self.car.tags[k];
            if tag.canvas.is_some() || !fits(tag.part) {
                continue;
            }
            if let Some(cut) = canvas.cut(&mut self.car.pieces[k]) {
                laid.push(self.car.pieces.len());
                self.car.pieces.push(cut);
                self.car.tags.push(Tag {
                    canvas: Some(number),
                    ..tag
                });
            }
        }
        laid
    }

    fn of(&self, numbers: &[usize]) -> Vec<&Piece> {
        numbers.iter().map(|k| &self.car.pieces[*k]).collect()
    }

    /// Surface of a part as it was, m².
    fn part_area_m2(&self, part: CarPart) -> f64 {
        let tags = self.car.tags.iter().zip(&self.car.pieces);
        let own = tags.filter(|(tag, _)| tag.part == part);
        own.map(|(_, piece)| f64::from(damage::measure::area_m2(piece)))
            .sum()
    }

    fn substance(&self, piece: usize) -> Substance {
        self.car.pieces[piece].substance
    }

    /// A damage that is nothing yet, at a place.
    fn blank(&self, kind: DamageKind, cause: &'static str, severity: f32, spot: &Spot) -> Damage {
        Damage {
            id: self.next_id(),
            kind,
            cause,
            part: self.car.tags[spot.piece].part.label(),
            severity: f64::from(severity),
            depth_m: 0.0,
            area_m2: 0.0,
            part_share: 0.0,
            volume_m3: 0.0,
            length_m: 0.0,
            width_m: 0.0,
            paint_depth_m: 0.0,
            impact: None,
            reach: Vec::new(),
            gone: None,
        }
    }

    /// Adds a damage that happened within a ball.
    fn add(&mut self, mut damage: Damage, spot: &Spot, radius_m: f32) {
        let part = self.car.tags[spot.piece].part;
        damage.part_share = damage.area_m2 / self.part_area_m2(part).max(1e-6);
        self.damages.push(damage);
        self.normals.push(spot.normal);
        self.taken.push((spot.at, radius_m));
    }
}

/// The first place of some pieces that a ray meets.
fn meets(pieces: &[Piece], origin: Vec3, way: Vec3) -> Option<Spot> {
    let mut best: Option<(f32, Spot)> = None;
    for (number, piece) in pieces.iter().enumerate() {
        let mesh = &piece.mesh;
        for triangle in &mesh.triangles {
            let [a, b, c] = triangle.map(|v| mesh.positions[v as usize]);
            let (ab, ac) = (b - a, c - a);
            // Möller & Trumbore 1997.
            let across = way.cross(ac);
            let determinant = ab.dot(across);
            if determinant.abs() < 1e-12 {
                continue;
            }
            let from = origin - a;
            let u = from.dot(across) / determinant;
            if !(0.0..=1.0).contains(&u) {
                continue;
            }
            let along = from.cross(ab);
            let v = way.dot(along) / determinant;
            let t = ac.dot(along) / determinant;
            if v >= 0.0 && u + v <= 1.0 && t > 0.0 && best.is_none_or(|(nearest, _)| t < nearest) {
                let [na, nb, nc] = triangle.map(|v| mesh.normals[v as usize]);
                let normal = na * (1.0 - u - v) + nb * u + nc * v;
                best = Some((
                    t,
                    Spot {
                        piece: number,
                        at: origin + way * t,
                        normal: normal.normalize_or(-way),
                    },
                ));
            }
        }
    }
    best.map(|(_, spot)| spot)
}

/// A number between two, by severity, on a logarithmic scale.
fn scaled(least: f32, most: f32, severity: f32) -> f32 {
    least * (most / least).powf(severity)
}
