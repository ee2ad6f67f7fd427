//! What is wrong with a product: defects drawn from `defects.seed`, done one after the other by the crate `damage`, measured on the geometry that is pictured.

use std::sync::Arc;

use damage::indent::{Indent, indent};
use damage::measure::{Displaced, area_m2, displaced};
use damage::paint::{Canvas, FULL_UM};
use damage::{Piece, Substance, glass};
use glam::{Vec2, Vec3};
use population::row::{Row, RowError};
use population::stream::{Seed, Stream, Streams};
use scene::annotation::{self, Damage, DamageKind};
use scene::mesh::Part;

use crate::attributes::KINDS;
use crate::shape::Stuff;
use crate::stage::Thing;

/// Most tries to find a place for a defect.
const TRIES: u32 = 80;
/// Texels of a canvas' side.
const CANVAS_PX: u32 = 1024;
/// Depth at which a mark begins to show, µm.
const SHOWS_UM: f32 = 8.0;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    /// The part of the thing it belongs to.
    pub(crate) part: usize,
    pub(crate) stuff: Stuff,
    pub(crate) removable: bool,
    /// The mark whose canvas its texture coordinates are those of.
    pub(crate) canvas: Option<usize>,
}

/// A mark on a surface.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) canvas: Canvas,
    pub(crate) kind: DamageKind,
    /// What colours are multiplied with where a stain or deviation is strongest.
    pub(crate) shift: Vec3,
}

/// A thing with what is wrong with it.
pub(crate) struct Defects<'s> {
    pub(crate) thing: Thing<'s>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) damages: Vec<Damage>,
    /// Balls in which something has happened.
    taken: Vec<(Vec3, f32)>,
    /// From where it is looked at, if that is where defects are wanted.
    viewer: Option<Vec3>,
}

/// A place on the thing.
#[derive(Debug, Clone, Copy)]
struct Spot {
    piece: usize,
    at: Vec3,
    normal: Vec3,
}

/// What a part of this material is to what presses on it.
pub(crate) fn substance(stuff: Stuff, material: &str) -> Substance {
    match (stuff, material) {
        (Stuff::Own | Stuff::File(_), "metal_brushed" | "metal_polished") => Substance::Steel,
        (Stuff::Own | Stuff::File(_), "glass") => Substance::Glass,
        (Stuff::Hollow, _) => Substance::Inside,
        _ => Substance::Plastic,
    }
}

/// Lets the row's defects happen to a thing that is looked at from `viewer`.
pub(crate) fn happen<'s>(
    row: &Row,
    thing: Thing<'s>,
    viewer: Vec3,
) -> Result<Defects<'s>, RowError> {
    let side = row.category("defects.side")?;
    let mut defects = Defects {
        thing,
        marks: Vec::new(),
        damages: Vec::new(),
        taken: Vec::new(),
        viewer: (side == "camera").then_some(viewer),
    };
    if row.category("defects.shown")? == "no" {
        return Ok(defects);
    }
    let streams = Streams::new(Seed(row.integer("defects.seed")? as u64), 0);
    let mix = row.mix("defects.mix")?.to_vec();
    for number in 0..row.integer("defects.count")? {
        let mut stream = streams.stream(&format!("defect/{number}"));
        let severity = row.number("defects.severity")? + 0.08 * stream.normal();
        let severity = severity.clamp(0.0, 1.0) as f32;
        // What finds no place on this thing gives way to what does.
        for _ in 0..4 {
            let kind = draw(&mix, &mut stream);
            if defects.one(kind, severity, &mut stream) {
                break;
            }
        }
    }
    Ok(defects)
}

/// A kind by the weights of the mix.
fn draw(mix: &[f64], stream: &mut Stream) -> DamageKind {
    let mut left = stream.uniform() * mix.iter().sum::<f64>();
    let mut chosen = DamageKind::Scratch;
    for (name, weight) in KINDS.iter().zip(mix) {
        if *weight > 0.0 {
            let named = DamageKind::ALL
                .into_iter()
                .find(|kind| kind.name() == *name);
            chosen = named.unwrap_or(chosen);
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
    }
    chosen
}

fn unit(stream: &mut Stream) -> f32 {
    stream.uniform() as f32
}

/// A number between two, by severity, on a logarithmic scale.
fn scaled(least: f32, most: f32, severity: f32) -> f32 {
    least * (most / least).powf(severity)
}

/// A line from `from` that wanders around a direction.
fn wander(from: Vec2, angle: f32, length: f32, unrest: f32, stream: &mut Stream) -> Vec<Vec2> {
    let mut path = vec![from];
    let (mut at, mut turn) = (from, angle);
    for _ in 0..24 {
        turn += unrest * (unit(stream) - 0.5) - 0.1 * (turn - angle);
        at += Vec2::from_angle(turn) * (length / 24.0);
        path.push(at);
    }
    path
}

impl Defects<'_> {
    /// Lets one defect happen; `false` where the thing has no place for it.
    fn one(&mut self, kind: DamageKind, severity: f32, stream: &mut Stream) -> bool {
        match kind {
            DamageKind::Dent => self.dent(severity, stream),
            DamageKind::Stain => self.stain(severity, stream),
            DamageKind::Crack => self.crack(severity, stream),
            DamageKind::MissingPart => self.missing(severity, stream),
            DamageKind::ColourDeviation => self.deviation(severity, stream),
            _ => self.scratch(severity, stream),
        }
    }

    /// The id of the next defect.
    fn next_id(&self) -> u8 {
        u8::try_from(self.damages.len() + 1).unwrap_or(u8::MAX)
    }

    /// The material of a piece, as `look` knows it.
    fn stuff(&self, piece: usize) -> &str {
        self.thing.stuff_name(self.thing.tags[piece].stuff)
    }

    /// A place on a piece that `fits`, where defects are wanted, that is seen from outside, at least `apart_m` from what has happened; each place as likely as its surface is large.
    fn pick(
        &self,
        stream: &mut Stream,
        apart_m: f32,
        fits: impl Fn(usize) -> bool,
    ) -> Option<Spot> {
        let tags = &self.thing.tags;
        let whole: Vec<usize> = (0..tags.len())
            .filter(|&k| tags[k].canvas.is_none() && tags[k].stuff != Stuff::Hollow && fits(k))
            .collect();
        let pieces = &self.thing.pieces;
        let mut sums = Vec::new();
        let mut total = 0.0_f64;
        for &k in &whole {
            for (number, triangle) in pieces[k].mesh.triangles.iter().enumerate() {
                let [a, b, c] = triangle.map(|v| pieces[k].mesh.positions[v as usize]);
                total += f64::from((b - a).cross(c - a).length());
                sums.push((total, k, number));
            }
        }
        for _ in 0..TRIES {
            let left = stream.uniform() * total;
            let (mut u, mut v) = (unit(stream), unit(stream));
            if u + v > 1.0 {
                (u, v) = (1.0 - u, 1.0 - v);
            }
            let found = sums.partition_point(|(sum, ..)| *sum <= left);
            let &(_, piece, number) = sums.get(found)?;
            let mesh = &pieces[piece].mesh;
            let [a, b, c] = mesh.triangles[number].map(|v| mesh.positions[v as usize]);
            let [na, nb, nc] = mesh.triangles[number].map(|v| mesh.normals[v as usize]);
            let spot = Spot {
                piece,
                at: a + (b - a) * u + (c - a) * v,
                normal: (na + (nb - na) * u + (nc - na) * v).normalize_or(na),
            };
            let is_free = self
                .taken
                .iter()
                .all(|(centre, radius)| centre.distance(spot.at) > radius + apart_m);
            let way = self.viewer.map_or(spot.normal, |viewer| {
                (viewer - spot.at).normalize_or(spot.normal)
            });
            if is_free
                && spot.normal.dot(way) > 0.35
                && spot.normal.y > -0.3
                && self.is_open(spot.at, way)
            {
                return Some(spot);
            }
        }
        None
    }

    /// Whether nothing of the thing lies before a place of its surface.
    fn is_open(&self, at: Vec3, way: Vec3) -> bool {
        let origin = at + way * (0.004 * self.thing.long_m);
        self.thing.pieces.iter().all(|piece| {
            let mesh = &piece.mesh;
            mesh.triangles.iter().all(|triangle| {
                let [a, b, c] = triangle.map(|v| mesh.positions[v as usize]);
                // Möller & Trumbore 1997.
                let (ab, ac) = (b - a, c - a);
                let across = way.cross(ac);
                let determinant = ab.dot(across);
                if determinant.abs() < 1e-14 {
                    return true;
                }
                let from = origin - a;
                let u = from.dot(across) / determinant;
                let along = from.cross(ab);
                let v = way.dot(along) / determinant;
                !(u >= 0.0 && v >= 0.0 && u + v <= 1.0 && ac.dot(along) / determinant > 0.0)
            })
        })
    }

    /// A defect that is nothing yet, at a place.
    fn blank(
        &self,
        kind: DamageKind,
        cause: &'static str,
        severity: f32,
        at: Vec3,
        reach_m: f32,
    ) -> Damage {
        Damage {
            id: self.next_id(),
            kind,
            cause,
            part: Part::Product,
            severity: f64::from(severity),
            depth_m: 0.0,
            area_m2: 0.0,
            part_share: 0.0,
            volume_m3: 0.0,
            length_m: 0.0,
            width_m: 0.0,
            paint_depth_m: 0.0,
            impact: None,
            reach: vec![(at.as_dvec3(), f64::from(reach_m))],
            gone: None,
        }
    }

    /// Surface of a part of the thing, m².
    fn part_area_m2(&self, part: usize) -> f64 {
        let own = self
            .thing
            .tags
            .iter()
            .zip(&self.thing.pieces)
            .filter(|(tag, _)| tag.part == part);
        own.map(|(_, piece)| f64::from(area_m2(piece))).sum()
    }

    fn add(&mut self, mut damage: Damage, spot: &Spot, radius_m: f32) {
        let part = self.thing.tags[spot.piece].part;
        damage.part_share = damage.area_m2 / self.part_area_m2(part).max(1e-9);
        self.damages.push(damage);
        self.taken.push((spot.at, radius_m));
    }

    /// Lays a canvas on the part it was drawn for and measures what is on it; `false` where it covers nothing.
    fn marked(&mut self, mut damage: Damage, spot: &Spot, mark: Mark, main: &[Vec2]) -> bool {
        let number = self.marks.len();
        let part = self.thing.tags[spot.piece].part;
        let half = mark.canvas.half_m();
        let mut laid = Vec::new();
        for k in 0..self.thing.pieces.len() {
            let tag = self.thing.tags[k];
            if tag.canvas.is_some() || tag.part != part {
                continue;
            }
            self.thing.pieces[k].refine(spot.at, 2.0 * half, 0.25 * half);
            if let Some(cut) = mark.canvas.cut(&mut self.thing.pieces[k]) {
                laid.push(self.thing.pieces.len());
                self.thing.pieces.push(cut);
                self.thing.tags.push(Tag {
                    canvas: Some(number),
                    ..tag
                });
            }
        }
        let pieces: Vec<&Piece> = laid.iter().map(|k| &self.thing.pieces[*k]).collect();
        let found = mark.canvas.measure(&pieces, damage.id, SHOWS_UM);
        damage.area_m2 = f64::from(found.area_m2);
        if !main.is_empty() {
            damage.length_m = f64::from(mark.canvas.length_m(&pieces, main));
            damage.width_m = damage.area_m2 / damage.length_m.max(1e-5);
            damage.paint_depth_m = f64::from(found.depth_um) * 1e-6;
        }
        self.marks.push(mark);
        if damage.area_m2 <= 0.0 {
            return false;
        }
        self.add(damage, spot, 1.1 * half);
        true
    }

    /// One line, or a few side by side.
    fn scratch(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let size = self.thing.long_m;
        let length = size * scaled(0.06, 0.5, severity) * (0.75 + 0.5 * unit(stream));
        let half = 0.62 * length;
        let Some(spot) = self.pick(stream, 0.6 * half, |_| true) else {
            return false;
        };
        let mut canvas = Canvas::new(spot.at, spot.normal, half, CANVAS_PX);
        let id = self.next_id();
        let angle = std::f32::consts::TAU * unit(stream);
        let start = -0.5 * length * Vec2::from_angle(angle);
        let mut main = Vec::new();
        for k in 0..=stream.below(1 + (3.0 * severity) as u64) {
            let beside = 0.05 * length * k as f32 * (unit(stream) - 0.3);
            let from = start + beside * Vec2::from_angle(angle).perp();
            let own = length
                * if k == 0 {
                    1.0
                } else {
                    0.3 + 0.5 * unit(stream)
                };
            let path = wander(from, angle, own, 0.12, stream);
            let width = size * scaled(0.0022, 0.008, severity) * (0.6 + 0.6 * unit(stream));
            canvas.scratch(id, &path, width, FULL_UM * (0.45 + 0.5 * severity));
            if k == 0 {
                main = path;
            }
        }
        let damage = self.blank(
            DamageKind::Scratch,
            "sharp edge",
            severity,
            spot.at,
            1.5 * half,
        );
        let mark = Mark {
            canvas,
            kind: DamageKind::Scratch,
            shift: Vec3::ONE,
        };
        self.marked(damage, &spot, mark, &main)
    }

    /// A blow with something round: metal, wood and plastic keep it.
    fn dent(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let size = self.thing.long_m;
        let radius = size * (0.05 + 0.07 * unit(stream));
        let gives_way = |stuff: &str| !matches!(stuff, "glass" | "fabric");
        let Some(spot) = self.pick(stream, radius, |k| gives_way(self.stuff(k))) else {
            return false;
        };
        let stuff = self.stuff(spot.piece);
        let thin = stuff != "wood" && unit(stream) < 0.6;
        let depth = (size * scaled(0.006, 0.03, severity))
            .max(9e-4)
            .min(0.8 * radius);
        let blow = Indent {
            at: spot.at,
            way: -spot.normal,
            radius_m: radius,
            depth_m: depth,
            flank: if thin { 1.8 + unit(stream) } else { 0.0 },
        };
        let reach = blow.reach_m();
        let moved = indent(&mut self.thing.pieces, &blow, (reach / 14.0).max(4e-4));
        let mut sum = Displaced::default();
        for number in moved {
            let own = displaced(&self.thing.pieces[number], spot.at, reach);
            sum.depth_m = sum.depth_m.max(own.depth_m);
            sum.area_m2 += own.area_m2;
            sum.volume_m3 += own.volume_m3;
        }
        if sum.area_m2 <= 0.0 {
            return false;
        }
        let mut damage = self.blank(DamageKind::Dent, "blow", severity, spot.at, reach);
        damage.depth_m = f64::from(sum.depth_m);
        damage.area_m2 = f64::from(sum.area_m2);
        damage.volume_m3 = f64::from(sum.volume_m3);
        damage.impact = Some(annotation::Impact {
            at: spot.at.as_dvec3(),
            way: -spot.normal.as_dvec3(),
            energy_j: 0.0,
            mass_kg: 0.0,
            speed_m_per_s: 0.0,
        });
        self.add(damage, &spot, reach);
        true
    }

    /// Something that dried: darker at its rim, as coffee is.
    fn stain(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let radius = self.thing.long_m * scaled(0.04, 0.14, severity) * (0.8 + 0.4 * unit(stream));
        let half = 1.7 * radius;
        let Some(spot) = self.pick(stream, radius, |k| self.stuff(k) != "glass") else {
            return false;
        };
        let mut canvas = Canvas::new(spot.at, spot.normal, half, CANVAS_PX);
        let id = self.next_id();
        canvas.stain(id, Vec2::ZERO, radius, stream);
        for _ in 0..stream.below(3) {
            let away = radius * (1.05 + 0.3 * unit(stream));
            let at = away * Vec2::from_angle(std::f32::consts::TAU * unit(stream));
            canvas.stain(id, at, radius * (0.08 + 0.12 * unit(stream)), stream);
        }
        // Oil, coffee, rust water.
        let kinds = [
            ("oil", Vec3::new(0.22, 0.2, 0.17)),
            ("coffee", Vec3::new(0.36, 0.2, 0.1)),
            ("rust water", Vec3::new(0.62, 0.26, 0.09)),
        ];
        let (cause, shift) = kinds[stream.below(kinds.len() as u64) as usize];
        let strength = 0.5 + 0.5 * severity;
        let damage = self.blank(DamageKind::Stain, cause, severity, spot.at, 1.5 * half);
        let mark = Mark {
            canvas,
            kind: DamageKind::Stain,
            shift: Vec3::ONE.lerp(shift, strength),
        };
        self.marked(damage, &spot, mark, &[])
    }

    /// A gap that forks; a star in glass.
    fn crack(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let size = self.thing.long_m;
        let length = size * scaled(0.1, 0.45, severity) * (0.8 + 0.4 * unit(stream));
        let Some(spot) = self.pick(stream, 0.4 * length, |_| true) else {
            return false;
        };
        let is_glass = self.stuff(spot.piece) == "glass";
        let half = 0.7 * length;
        let mut canvas = Canvas::new(spot.at, spot.normal, half, CANVAS_PX);
        let id = self.next_id();
        let angle = std::f32::consts::TAU * unit(stream);
        let width = size * scaled(0.002, 0.007, severity);
        let main = if is_glass {
            glass::star_of(
                &mut canvas,
                id,
                Vec2::ZERO,
                severity,
                0.5 * length,
                width,
                stream,
            )
            .into_iter()
            .max_by_key(Vec::len)
            .unwrap_or_default()
        } else {
            let start = -0.5 * length * Vec2::from_angle(angle);
            let main = wander(start, angle, length, 1.1, stream);
            canvas.scratch(id, &main, width, FULL_UM);
            for _ in 0..(1.0 + 3.0 * severity) as usize {
                let from = main[stream.below(main.len() as u64) as usize];
                let side = angle + if unit(stream) < 0.5 { 0.8 } else { -0.8 };
                let fork = wander(
                    from,
                    side,
                    (0.15 + 0.2 * unit(stream)) * length,
                    1.1,
                    stream,
                );
                canvas.scratch(id, &fork, 0.6 * width, 0.8 * FULL_UM);
            }
            main
        };
        let cause = if self.stuff(spot.piece) == "fabric" {
            "tear"
        } else {
            "stress"
        };
        let damage = self.blank(DamageKind::Crack, cause, severity, spot.at, 1.5 * half);
        let mark = Mark {
            canvas,
            kind: DamageKind::Crack,
            shift: Vec3::ONE,
        };
        self.marked(damage, &spot, mark, &main)
    }

    /// A patch that came out in another shade.
    fn deviation(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let radius = self.thing.long_m * (0.12 + 0.16 * unit(stream));
        let Some(spot) = self.pick(stream, 0.5 * radius, |k| self.stuff(k) != "glass") else {
            return false;
        };
        let mut canvas = Canvas::new(spot.at, spot.normal, 1.5 * radius, CANVAS_PX);
        let id = self.next_id();
        canvas.fade(id, Vec2::ZERO, radius, stream);
        let strength = scaled(0.15, 0.6, severity);
        let hues = [
            ("heat", Vec3::new(0.85, 0.62, 0.3)),
            ("bleached", Vec3::new(1.6, 1.6, 1.55)),
            ("uneven dye", Vec3::new(0.5, 0.55, 0.75)),
        ];
        let (cause, shift) = hues[stream.below(hues.len() as u64) as usize];
        let damage = self.blank(
            DamageKind::ColourDeviation,
            cause,
            severity,
            spot.at,
            2.0 * radius,
        );
        let mark = Mark {
            canvas,
            kind: DamageKind::ColourDeviation,
            shift: Vec3::ONE.lerp(shift, strength),
        };
        self.marked(damage, &spot, mark, &[])
    }

    /// A part that is not there.
    fn missing(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let tags = &self.thing.tags;
        // One that is damaged itself stays.
        let is_marked = |part: usize| {
            tags.iter()
                .any(|tag| tag.part == part && tag.canvas.is_some())
        };
        let Some(spot) = self.pick(stream, 0.0, |k| {
            tags[k].removable && !is_marked(tags[k].part)
        }) else {
            return false;
        };
        let part = self.thing.tags[spot.piece].part;
        let mut damage = self.blank(
            DamageKind::MissingPart,
            "not mounted",
            severity,
            spot.at,
            0.2 * self.thing.long_m,
        );
        damage.area_m2 = self.part_area_m2(part);
        damage.gone = Some(Arc::new(self.thing.pieces[spot.piece].mesh.clone()));
        self.add(damage, &spot, 0.0);
        let piece = &mut self.thing.pieces[spot.piece];
        piece.mesh.triangles.clear();
        piece.mesh.parts.clear();
        true
    }
}
