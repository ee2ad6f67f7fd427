//! Dents: doors, poles, balls, bumpers, walls and hail.

use damage::measure::{Displaced, displaced};
use damage::paint::{Canvas, METAL_UM, PRIMER_UM};
use damage::{Impact, Strike, Striker, Substance, strike};
use glam::{Vec2, Vec3};
use population::stream::Stream;
use scene::annotation::{self, DamageKind};
use vehicle::CarPart;

use super::{Spot, Wear, scaled};
use crate::car::is_sheet;
use crate::error::StagingError;

/// What dents, by the recipe's word: share of all dents, least and most energy that the sheets take up, J, and the mass that moves, kg.
const CAUSES: [(&str, f64, f32, f32, f32); 5] = [
    ("door", 0.34, 1.5, 18.0, 8.0),
    ("ball", 0.16, 8.0, 110.0, 0.43),
    ("pole", 0.2, 40.0, 1400.0, 1400.0),
    ("bumper", 0.14, 120.0, 3500.0, 1400.0),
    ("parking", 0.16, 25.0, 600.0, 1400.0),
];

/// Whether a part can be dented.
fn gives_way(part: CarPart) -> bool {
    is_sheet(part) || matches!(part, CarPart::FrontBumper | CarPart::RearBumper)
}

impl Wear<'_> {
    pub(super) fn dent(
        &mut self,
        severity: f32,
        stream: &mut Stream,
    ) -> Result<bool, StagingError> {
        let asked = self.row.category("damage.cause")?;
        let cause = CAUSES
            .iter()
            .find(|(name, ..)| *name == asked)
            .unwrap_or_else(|| {
                let mut left = stream.uniform();
                CAUSES
                    .iter()
                    .find(|(_, share, ..)| {
                        left -= share;
                        left < 0.0
                    })
                    .unwrap_or(&CAUSES[0])
            });
        let &(name, _, least, most, mass_kg) = cause;
        // Poles and bumpers come along the ground, at the height of bumpers and doors.
        let level = matches!(name, "pole" | "bumper" | "parking");
        let Some(spot) = self.pick(stream, 0.35, |part, at| {
            gives_way(part) && !(level && (at.y > 1.0 || part == CarPart::Roof))
        }) else {
            return Ok(false);
        };
        let energy_j = scaled(least, most, severity);
        let unit = |stream: &mut Stream| stream.uniform() as f32;
        let striker = match name {
            "door" => Striker::Edge {
                half_height_m: 0.04 + 0.05 * unit(stream),
                radius_m: 0.004,
            },
            "ball" => Striker::Ball { radius_m: 0.11 },
            "pole" => Striker::Pole {
                radius_m: 0.04 + 0.08 * unit(stream),
            },
            "bumper" => Striker::Beam {
                radius_m: 0.12,
                half_width_m: 0.15 + 0.2 * unit(stream),
            },
            _ => Striker::Beam {
                radius_m: 0.05,
                half_width_m: 0.04 + 0.06 * unit(stream),
            },
        };
        let jitter = 0.25 * Vec3::new(unit(stream) - 0.5, unit(stream) - 0.5, unit(stream) - 0.5);
        let mut way = jitter - spot.normal;
        if level {
            way.y = 0.0;
        }
        let Some(way) = way
            .try_normalize()
            .filter(|way| way.dot(spot.normal) < -0.3)
        else {
            return Ok(false);
        };
        let impact = Impact {
            at: spot.at,
            way,
            striker,
            energy_j,
        };
        let done = strike(&mut self.car.pieces, &impact);
        let sum = self.dented(&done, spot.at);
        if sum.area_m2 < 1e-5 {
            // Plastic that came back leaves nothing to be seen.
            return Ok(false);
        }
        let mut damage = self.blank(DamageKind::Dent, name, severity, &spot);
        damage.depth_m = f64::from(sum.depth_m);
        damage.area_m2 = f64::from(sum.area_m2);
        damage.volume_m3 = f64::from(sum.volume_m3);
        damage.reach = vec![(spot.at.as_dvec3(), f64::from(done.radius_m))];
        damage.impact = Some(annotation::Impact {
            at: spot.at.as_dvec3(),
            way: way.as_dvec3(),
            energy_j: f64::from(energy_j),
            mass_kg: f64::from(mass_kg),
            speed_m_per_s: f64::from((2.0 * energy_j / mass_kg).sqrt()),
        });
        let scraped = name == "parking" || (name == "pole" && unit(stream) < 0.4);
        if scraped || !done.creases.is_empty() {
            damage.paint_depth_m = self.scraped(&done, &spot, damage.id, scraped, severity, stream);
        }
        self.add(damage, &spot, done.radius_m);
        Ok(true)
    }

    /// What a strike displaced, over all the pieces it moved that give way.
    fn dented(&self, done: &Strike, at: Vec3) -> Displaced {
        let mut sum = Displaced::default();
        for &number in &done.pieces {
            if matches!(
                self.substance(number),
                Substance::Steel | Substance::Plastic
            ) {
                let own = displaced(&self.car.pieces[number], at, done.radius_m);
                sum.depth_m = sum.depth_m.max(own.depth_m);
                sum.area_m2 += own.area_m2;
                sum.volume_m3 += own.volume_m3;
            }
        }
        sum
    }

    /// Paint that came off in a dent: flakes along its creases, and what scraped along it. Returns how deep, m.
    fn scraped(
        &mut self,
        done: &Strike,
        spot: &Spot,
        owner: u8,
        along: bool,
        severity: f32,
        stream: &mut Stream,
    ) -> f64 {
        let half = (0.55 * done.radius_m).clamp(0.06, 0.5);
        let mut canvas = Canvas::new(spot.at, spot.normal, half, 1024);
        let mut creases = done.creases.clone();
        creases.sort_by(|a, b| b.2.total_cmp(&a.2));
        for (at, _, strain) in creases.iter().take(40) {
            if stream.uniform() < 0.25 + 0.5 * f64::from(severity) {
                let radius = 0.0015 + 0.012 * (strain - 0.1).min(0.4) * stream.uniform() as f32;
                let depth = if *strain > 0.2 {
                    METAL_UM + 3.0
                } else {
                    PRIMER_UM + 10.0
                };
                canvas.chip(owner, canvas.place(*at), radius, depth, stream);
            }
        }
        if along {
            scuff(&mut canvas, owner, severity, stream);
        }
        if canvas.is_empty() {
            return 0.0;
        }
        let laid = self.lay(&canvas, gives_way);
        let marked = canvas.measure(&self.of(&laid), owner, damage::paint::CLEAR_UM);
        self.canvases.push(canvas);
        f64::from(marked.depth_um) * 1e-6
    }

    /// Hailstones from a slanting sky; each panel's dents are one damage.
    pub(super) fn hail(&mut self, count: i64, stream: &mut Stream) -> Result<(), StagingError> {
        let largest = self.row.number("damage.hail_mm")? as f32 * 1e-3;
        let wind = Vec3::new(
            0.5 * (stream.uniform() as f32 - 0.5),
            -1.0,
            0.5 * (stream.uniform() as f32 - 0.5),
        )
        .normalize();
        let (low, high) = (self.car.frame.low, self.car.frame.high);
        let mut stones: Vec<(CarPart, Spot, Strike, f32)> = Vec::new();
        for _ in 0..count {
            let to = Vec3::new(
                low.x + (high.x - low.x) * stream.uniform() as f32,
                0.6,
                low.z + (high.z - low.z) * stream.uniform() as f32,
            );
            // Few are large.
            let radius = 0.5 * largest * (0.45 + 0.55 * (stream.uniform() as f32).powi(2));
            let Some(spot) = self.met(to - wind * 4.0, wind) else {
                continue;
            };
            let part = self.car.tags[spot.piece].part;
            let squarely = -wind.dot(spot.normal);
            if !is_sheet(part) || squarely < 0.2 {
                continue;
            }
            // Ice of 900 kg/m³ at its terminal speed in air, drag coefficient 0.55.
            let mass = 900.0 * 4.0 / 3.0 * std::f32::consts::PI * radius.powi(3);
            let speed = (8.0 * radius * 900.0 * 9.81 / (3.0 * 1.2 * 0.55)).sqrt() * squarely;
            let energy_j = 0.5 * mass * speed * speed;
            let impact = Impact {
                at: spot.at,
                way: -spot.normal,
                striker: Striker::Ball { radius_m: radius },
                energy_j,
            };
            let done = strike(&mut self.car.pieces, &impact);
            stones.push((part, spot, done, energy_j));
        }
        let mut parts: Vec<CarPart> = stones.iter().map(|(part, ..)| *part).collect();
        parts.sort_unstable();
        parts.dedup();
        for part in parts {
            let own = || stones.iter().filter(|(of, ..)| *of == part);
            let Some((_, first, _, energy_j)) = own().max_by(|a, b| a.3.total_cmp(&b.3)) else {
                continue;
            };
            let mut sum = Displaced::default();
            for (tag, piece) in self.car.tags.iter().zip(&self.car.pieces) {
                if tag.part == part {
                    let all = displaced(piece, first.at, f32::INFINITY);
                    sum.depth_m = sum.depth_m.max(all.depth_m);
                    sum.area_m2 += all.area_m2;
                    sum.volume_m3 += all.volume_m3;
                }
            }
            if sum.area_m2 < 1e-5 {
                continue;
            }
            let mut damage = self.blank(DamageKind::Dent, "hail", 0.0, first);
            damage.severity = f64::from((largest / 0.06).min(1.0));
            damage.depth_m = f64::from(sum.depth_m);
            damage.area_m2 = f64::from(sum.area_m2);
            damage.volume_m3 = f64::from(sum.volume_m3);
            damage.reach = own()
                .map(|(_, spot, done, _)| (spot.at.as_dvec3(), f64::from(done.radius_m)))
                .collect();
            damage.impact = Some(annotation::Impact {
                at: first.at.as_dvec3(),
                way: -first.normal.as_dvec3(),
                energy_j: f64::from(*energy_j),
                mass_kg: 0.0,
                speed_m_per_s: 0.0,
            });
            self.add(damage, first, 0.0);
        }
        Ok(())
    }
}

/// What a rough body leaves that slides along: many lines side by side, some of them deep.
pub(super) fn scuff(canvas: &mut Canvas, owner: u8, severity: f32, stream: &mut Stream) {
    let unit = |stream: &mut Stream| stream.uniform() as f32;
    let half = canvas.half_m();
    let band = half * (0.1 + 0.3 * unit(stream));
    let length = half * (0.6 + 1.1 * unit(stream));
    let tilt = 0.25 * (unit(stream) - 0.5);
    let along = Vec2::new(1.0, tilt).normalize();
    let count = (20.0 + 90.0 * severity) as usize;
    for _ in 0..count {
        let start = Vec2::new(
            -0.5 * length + 0.35 * length * unit(stream),
            band * (unit(stream) - 0.5) * 1.6,
        );
        let reach = length * (0.3 + 0.6 * unit(stream));
        let bow = 0.01 * (unit(stream) - 0.5);
        let path: Vec<Vec2> = (0..=6)
            .map(|k| {
                let t = k as f32 / 6.0;
                start + along * (reach * t) + Vec2::new(0.0, bow * (4.0 * t * (1.0 - t)))
            })
            .collect();
        let deep = unit(stream);
        let depth = if deep < 0.25 * severity {
            METAL_UM + 4.0
        } else if deep < 0.6 {
            PRIMER_UM + 15.0 * unit(stream)
        } else {
            12.0 + 30.0 * unit(stream)
        };
        canvas.scratch(
            owner,
            &path,
            4e-4 + 2.2e-3 * unit(stream) * unit(stream),
            depth,
        );
    }
}
