//! One person: shaped, expressing, posed. Everything that depends on the row but not on clothes, camera or light.

use glam::{DMat3, DVec3, Quat, Vec3};
use motion::action::Prop;
use places::cabin::Wheel;
use places::store::Taken;
use population::row::{Row, RowError};
use population::sequence::{self, Moment};

use crate::bearing::{Bearing, Stood};
use crate::crowd::Station;
use crate::error::StagingError;
use crate::framing::Stance;
use crate::headset;
use crate::iris::HIGH_POLY_EYES;
use crate::life::Life;
use crate::posture::Held;
use crate::shape;
use crate::sources::Sources;
use body::BodyModel;
use body::expression::UnitWeights;
use body::figure::Figure;
use body::proxy::Proxy;
use body::rig::Posed;
use body::tables::LANDMARKS;

/// Helper vertices of both eyes: gaze turns them by the eye bones, never by expression units.
const EYE_HELPERS: std::ops::RangeInclusive<usize> = 14_598..=14_741;

/// What the eyes look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gaze {
    /// A point in the world, metres.
    Point(DVec3),
    /// Angles against the head, radians (yaw to the person's left, pitch down), meeting at a distance in metres.
    Direction {
        /// To the person's left.
        yaw: f64,
        /// Down.
        pitch: f64,
        /// Where both lines of sight meet.
        distance_m: f64,
    },
}

/// A person in pose: positions of the whole base mesh, and what fitted items need to follow.
#[derive(Debug, Clone)]
pub struct Person {
    /// Shaped and expressing, before the skeleton moves: items are fitted on this.
    pub rest: Vec<Vec3>,
    /// `[19158]`, world, metres; feet on y = 0.
    pub posed: Vec<Vec3>,
    /// The skeleton's transforms.
    pub skeleton: Posed,
    /// Added to every posed position: puts the feet on the floor and the neck over where the person stands.
    pub offset: Vec3,
    /// Height, mass.
    pub figure: Figure,
    /// Head frame: columns are the head's left, up and forward in the world.
    pub world_from_head: DMat3,
    /// Person's right, then left.
    pub eyes: [PosedEye; 2],
    /// Weights that were applied, blinks and gaze included.
    pub units: UnitWeights,
    /// The posture, with what is in the hands placed in the world.
    pub(crate) held: Option<Held>,
    /// What a camera is aimed at: skeleton and offset, half-way through a sequence.
    aim: (Posed, Vec3),
    /// Places on the floor between which the person moves, world, metres.
    pub(crate) way: Vec<DVec3>,
    /// What the body does by itself at this moment.
    pub(crate) life: Life,
}

/// One eyeball after gaze.
#[derive(Debug, Clone, Copy)]
pub struct PosedEye {
    /// Centre of rotation, world.
    pub centre: DVec3,
    /// Unit, world.
    pub axis: DVec3,
}

/// Side names as bones and units spell them: right, then left.
pub(crate) const SIDES: [(&str, &str); 2] = [("R", "Right"), ("L", "Left")];

impl Person {
    /// Shapes, expresses and poses. `eyeballs` is the fitted eye item, whose pupils give the rest direction of sight.
    ///
    /// # Errors
    /// [`StagingError`] when the row lacks an attribute or asks for a source there is none of.
    pub(crate) fn new(
        model: &BodyModel,
        sources: &Sources,
        eyeballs: &Eyeballs,
        shoes: Option<&Proxy>,
        row: &Row,
        station: Station,
        gaze: &dyn Fn(&Stance<'_>) -> Result<Gaze, RowError>,
    ) -> Result<Self, StagingError> {
        let figure = shape::figure(model, row, sources)?;
        let moment = Moment::of(row)?;
        let time_s = row.number(sequence::TIME)?;
        let life = Life::at(row, moment)?;
        let bearing = Bearing::new(model, sources, &figure.positions, shoes, row, station);
        let Stood {
            held,
            mut pose,
            skeleton: before,
            mut offset,
            root_m,
        } = bearing.at(time_s, life.head_deg)?;
        // Cameras stay where they are while people move: what they are aimed at is where the person is half-way.
        let mut way = vec![station.place.as_dvec3()];
        let (aim, still) = match moment {
            Some(moment) => {
                let half_way = bearing.at(0.5 * moment.seconds, [0.0; 3])?;
                let gone = root_m - half_way.root_m;
                offset.x = half_way.offset.x + gone.x;
                offset.z = half_way.offset.z + gone.z;
                for end in [0.0, moment.seconds] {
                    let gone = bearing.root_at(end)? - half_way.root_m;
                    way.push((station.place + Vec3::new(gone.x, 0.0, gone.z)).as_dvec3());
                }
                (
                    (half_way.skeleton, half_way.offset),
                    half_way.offset - half_way.root_m,
                )
            }
            None => ((before.clone(), offset), offset - root_m),
        };
        // A headset's cameras go where the head goes.
        let aim = if headset::is_worn(row)? {
            (before.clone(), offset)
        } else {
            aim
        };
        let shaped = &figure.positions;
        let head = model.rig.frame(&before, "head").unwrap_or_default();
        let head_rotation = DMat3::from_cols_array(
            &glam::Mat3::from(head.matrix3)
                .to_cols_array()
                .map(f64::from),
        );
        let centres: [Vec3; 2] = SIDES.map(|(side, _)| {
            model
                .rig
                .joint(&format!("eye.{side}"), shaped)
                .unwrap_or_default()
        });
        let stance = Stance {
            model,
            shaped,
            skeleton: &before,
            offset,
        };
        let seen_from = stance.eyes();
        let between = (seen_from[0] + seen_from[1]) * 0.5;
        let target = gaze(&Stance {
            skeleton: &aim.0,
            offset: aim.1,
            ..stance
        })?;
        let rest_axes = eyeballs.rest_axes(shaped, centres);
        let mut eyes = [PosedEye {
            centre: DVec3::ZERO,
            axis: DVec3::Z,
        }; 2];
        let mut units = UnitWeights::neutral();
        units.add_named(
            row.category("expression")?,
            row.number("expression.intensity")? as f32 * life.expression,
        );
        if life.jaw > 0.0 {
            units.add("jawOpen", life.jaw);
        }
        for (name, unit) in body::expression::ACTION_UNITS {
            let weight = row.number(name)? as f32;
            if weight > 0.0 {
                units.add(unit.trim_start_matches("faceunits/"), weight);
            }
        }
        for (i, (side, long_side)) in SIDES.iter().enumerate() {
            let wanted = life.gaze
                * head_rotation.transpose()
                * wanted_direction(target, seen_from[i], between, head_rotation);
            let reached = within_reach(wanted);
            pose.rotate(
                &format!("eye.{side}"),
                Quat::from_rotation_arc(rest_axes[i], reached.as_vec3()),
            );
            eyes[i] = PosedEye {
                centre: seen_from[i],
                axis: (head_rotation * reached).normalize(),
            };
            add_lid_following(&mut units, long_side, reached);
        }
        let closure = row.number("eyelids.closure")? as f32;
        units.add("eyeBlink", closure.max(life.closure));
        units.limit_mouth_close();

        let mut rest = figure.positions.clone();
        let size = (figure.height_cm / 170.0).clamp(0.4, 1.2) as f32;
        apply_units(model, &units, face_scale(model, &figure, size), &mut rest);
        let skeleton = model.rig.pose(&figure.positions, &pose);
        let mut posed = model.rig.skin(&skeleton, &rest);
        for position in &mut posed {
            *position += offset;
        }
        Ok(Self {
            rest,
            posed,
            skeleton,
            offset,
            world_from_head: head_rotation,
            eyes,
            units,
            figure,
            held: held.map(|held| Held {
                prop: held.prop.map(|prop| Prop {
                    place_m: prop.place_m + offset,
                    ..prop
                }),
                wheel: held.wheel.map(|wheel| Wheel {
                    place: wheel.place + still,
                    ..wheel
                }),
                taken: held.taken.map(|taken| Taken {
                    place: taken.place + still,
                    ..taken
                }),
                ..held
            }),
            aim,
            way,
            life,
        })
    }

    /// How the body stands when a camera is aimed at it.
    pub(crate) fn aim<'a>(&'a self, model: &'a BodyModel) -> Stance<'a> {
        Stance {
            model,
            shaped: &self.figure.positions,
            skeleton: &self.aim.0,
            offset: self.aim.1,
        }
    }

    /// How the body stands.
    pub(crate) fn stance<'a>(&'a self, model: &'a BodyModel) -> Stance<'a> {
        Stance {
            model,
            shaped: &self.figure.positions,
            skeleton: &self.skeleton,
            offset: self.offset,
        }
    }

    /// Fits an item to the body and carries it along; world, metres.
    pub fn wear(&self, model: &BodyModel, item: &Proxy) -> Vec<Vec3> {
        let fitted = item.fit(&self.rest, &self.figure.positions);
        let mut posed = item.skin(&model.rig, &self.skeleton, &fitted);
        for position in &mut posed {
            *position += self.offset;
        }
        posed
    }
}

/// Expression units were sculpted on an adult head: displacements shrink and grow with the head they are applied to.
fn face_scale(model: &BodyModel, figure: &Figure, fallback: f32) -> f32 {
    let between = |positions: &[Vec3]| {
        let [right, left] =
            SIDES.map(|(side, _)| model.rig.joint(&format!("eye.{side}"), positions));
        Some((right? - left?).length())
    };
    match (between(&figure.positions), between(&model.base)) {
        (Some(now), Some(then)) if then > 1e-4 => now / then,
        _ => fallback,
    }
}

/// Adds the weighted units to a shaped face, blinks last and fitted to it.
fn apply_units(model: &BodyModel, units: &UnitWeights, scale: f32, rest: &mut [Vec3]) {
    for (name, weight) in units
        .active()
        .filter(|(name, _)| !name.contains("eyeBlink"))
    {
        let Some(target) = model.target(name) else {
            continue;
        };
        for (vertex, delta) in target.entries() {
            if !EYE_HELPERS.contains(&vertex)
                && let Some(position) = rest.get_mut(vertex)
            {
                *position += delta * (weight * scale);
            }
        }
    }
    for (side, (_, long_side)) in SIDES.iter().enumerate() {
        let closure = units.get(&format!("eyeBlink{long_side}"));
        if closure > 0.0 {
            close_lids(model, side, closure, scale, rest);
        }
    }
}

/// Closes one eye's lids by `closure`, `0..=1`, whatever the face's shape.
///
/// At weight 1 the sculpted blink overshoots most faces and falls short of some. Per pair of lid vertices one above the other, the
/// weight that makes them meet is `gap / (closing speed)`; between the pairs it is interpolated across the eye, so that a blink of
/// `closure` leaves `1 − closure` of the opening everywhere.
fn close_lids(model: &BodyModel, side: usize, closure: f32, scale: f32, rest: &mut [Vec3]) {
    let (_, long_side) = SIDES[side];
    let Some(target) = model.target(&format!("faceunits/eyeBlink{long_side}")) else {
        return;
    };
    let deltas: std::collections::BTreeMap<usize, Vec3> = target
        .entries()
        .map(|(vertex, delta)| (vertex, delta * scale))
        .collect();
    let across = |vertex: u32| model.base[vertex as usize].x.abs();
    let mut columns: Vec<(f32, f32)> = Vec::new();
    for &[upper, lower] in LANDMARKS.eyes.lid_pairs.side(side) {
        let speed = |vertex: u32| deltas.get(&(vertex as usize)).map_or(0.0, |delta| delta.y);
        let gap = rest[upper as usize].y - rest[lower as usize].y;
        let closing = speed(lower) - speed(upper);
        if closing > 1e-5 {
            columns.push((across(upper), (gap / closing).clamp(0.1, 1.3)));
        }
    }
    columns.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (vertex, delta) in deltas {
        let Some(x) = model.base.get(vertex).map(|p| p.x.abs()) else {
            continue;
        };
        if let Some(position) = rest.get_mut(vertex) {
            *position += delta * (closure * between(&columns, x));
        }
    }
}

/// Piecewise linear through `knots` (ascending), constant beyond the ends; 1 without any.
fn between(knots: &[(f32, f32)], x: f32) -> f32 {
    let after = knots.partition_point(|(at, _)| *at <= x);
    match (
        after.checked_sub(1).and_then(|i| knots.get(i)),
        knots.get(after),
    ) {
        (Some(&(x0, y0)), Some(&(x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        (Some(&(_, y)), None) | (None, Some(&(_, y))) => y,
        (None, None) => 1.0,
    }
}

/// Yaw to the person's left about y, then pitch down about x, then roll towards the person's right shoulder about z (intrinsic).
pub(crate) fn head_rotation(yaw_deg: f64, pitch_deg: f64, roll_deg: f64) -> Quat {
    let radians = |degrees: f64| degrees.to_radians() as f32;
    Quat::from_rotation_y(radians(yaw_deg))
        * Quat::from_rotation_x(radians(pitch_deg))
        * Quat::from_rotation_z(radians(roll_deg))
}

/// Unit direction in world space from an eye to what it looks at.
fn wanted_direction(gaze: Gaze, eye: DVec3, between: DVec3, world_from_head: DMat3) -> DVec3 {
    let target = match gaze {
        Gaze::Point(point) => point,
        Gaze::Direction {
            yaw,
            pitch,
            distance_m,
        } => {
            let in_head = DVec3::new(
                yaw.sin() * pitch.cos(),
                -pitch.sin(),
                yaw.cos() * pitch.cos(),
            );
            between + world_from_head * in_head * distance_m
        }
    };
    (target - eye).normalize_or(world_from_head.z_axis)
}

/// Eyes reach about 45° sideways, 30° up and 40° down; a target beyond is looked at as far as they go.
fn within_reach(in_head: DVec3) -> DVec3 {
    let yaw = in_head
        .x
        .atan2(in_head.z)
        .clamp(-45_f64.to_radians(), 45_f64.to_radians());
    let pitch = (-in_head.y)
        .asin()
        .clamp(-30_f64.to_radians(), 40_f64.to_radians());
    DVec3::new(
        yaw.sin() * pitch.cos(),
        -pitch.sin(),
        yaw.cos() * pitch.cos(),
    )
}

/// Lids and the skin around follow the eyeball: ARKit's eyeLook units reach their full weight at about 30°.
fn add_lid_following(units: &mut UnitWeights, side: &str, in_head: DVec3) {
    let full = 30_f64.to_radians();
    let yaw = in_head.x.atan2(in_head.z);
    let pitch = (-in_head.y).asin();
    let outward = if side == "Left" { yaw } else { -yaw };
    let share = |angle: f64| (angle / full).clamp(0.0, 1.0) as f32;
    units.add(&format!("eyeLookDown{side}"), share(pitch));
    units.add(&format!("eyeLookUp{side}"), share(-pitch));
    units.add(&format!("eyeLookOut{side}"), share(outward));
    units.add(&format!("eyeLookIn{side}"), share(-outward));
}

/// The pack's detailed eyes: which of their vertices are which.
#[derive(Debug, Clone)]
pub struct Eyeballs {
    /// The item itself: balls with iris and cornea shells of both eyes.
    pub item: std::sync::Arc<Proxy>,
    /// Innermost iris vertices (the pupil's middle), right then left.
    pupils: [Vec<u32>; 2],
    /// Vertices of the iris with their distance from its middle in texture units.
    irises: [Vec<(u32, f32)>; 2],
    /// Vertices of the white.
    whites: [Vec<u32>; 2],
}

/// Beyond this u and below this v the texture is clear: the cornea's shell.
pub(crate) const CORNEA_UV: (f32, f32) = (0.87, 0.13);

impl Eyeballs {
    /// Finds the pupils by their place in the texture.
    pub fn new(item: std::sync::Arc<Proxy>) -> Self {
        let within = |low: f32, high: f32| {
            HIGH_POLY_EYES.centres.map(|middle| {
                let mut found: Vec<(u32, f32)> = Vec::new();
                for quad in &item.quads {
                    for i in 0..4 {
                        let uv = item.uvs[quad[4 + i] as usize];
                        let radius = (uv - middle).length();
                        if (low..high).contains(&radius)
                            && found.iter().all(|(vertex, _)| *vertex != quad[i])
                        {
                            found.push((quad[i], radius));
                        }
                    }
                }
                found
            })
        };
        let pupils = within(0.0, HIGH_POLY_EYES.pupil_radius * 0.7)
            .map(|list| list.into_iter().map(|(vertex, _)| vertex).collect());
        let irises = within(
            0.5 * HIGH_POLY_EYES.iris_radius,
            1.1 * HIGH_POLY_EYES.iris_radius,
        );
        let whites = within(
            1.3 * HIGH_POLY_EYES.iris_radius,
            2.2 * HIGH_POLY_EYES.iris_radius,
        )
        .map(|list| list.into_iter().map(|(vertex, _)| vertex).collect());
        Self {
            item,
            pupils,
            irises,
            whites,
        }
    }

    /// Radii of the irises in metres, right then left: the texture's circles on these positions.
    pub fn iris_radii(&self, positions: &[Vec3]) -> [f64; 2] {
        let middles = self.pupils(positions);
        [0, 1].map(|side| {
            let list = &self.irises[side];
            let sum: f32 = list
                .iter()
                .map(|&(vertex, radius)| {
                    (positions[vertex as usize] - middles[side]).length() / radius
                })
                .sum();
            let metres_per_unit = sum / (list.len() as f32).max(1.0);
            f64::from(metres_per_unit * HIGH_POLY_EYES.iris_radius)
        })
    }

    /// Radii of the balls in metres, right then left: how far the white lies from these centres.
    pub(crate) fn ball_radii(&self, positions: &[Vec3], centres: [DVec3; 2]) -> [f64; 2] {
        [0, 1].map(|side| {
            let list = &self.whites[side];
            let from = |&vertex: &u32| {
                positions[vertex as usize]
                    .as_dvec3()
                    .distance(centres[side])
            };
            list.iter().map(from).sum::<f64>() / (list.len() as f64).max(1.0)
        })
    }

    /// Mean of the pupil's vertices among the item's positions, right then left.
    pub fn pupils(&self, positions: &[Vec3]) -> [Vec3; 2] {
        [0, 1].map(|side| {
            let list = &self.pupils[side];
            list.iter().map(|&v| positions[v as usize]).sum::<Vec3>() / (list.len() as f32).max(1.0)
        })
    }

    fn rest_axes(&self, shaped: &[Vec3], centres: [Vec3; 2]) -> [Vec3; 2] {
        let pupils = self.pupils(&self.item.fit(shaped, shaped));
        [0, 1].map(|i| (pupils[i] - centres[i]).try_normalize().unwrap_or(Vec3::Z))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_turned_left_looks_towards_plus_x_and_a_nod_looks_down() {
        let left = head_rotation(30.0, 0.0, 0.0) * Vec3::Z;
        assert!(left.x > 0.49 && left.y.abs() < 1e-6);
        let down = head_rotation(0.0, 20.0, 0.0) * Vec3::Z;
        assert!(down.y < -0.3);
        // Tilting towards the right shoulder takes the top of the head towards −x... of the person: its right.
        let tilt = head_rotation(0.0, 0.0, 20.0) * Vec3::Y;
        assert!(tilt.x < -0.3);
    }

    #[test]
    fn lines_between_knots_pass_through_them() {
        let knots = [(1.0, 2.0), (2.0, 4.0), (4.0, 0.0)];
        assert_eq!(
            [0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 9.0].map(|x| between(&knots, x)),
            [2.0, 2.0, 3.0, 4.0, 2.0, 0.0, 0.0]
        );
        assert_eq!(between(&[], 1.0), 1.0);
    }

    #[test]
    fn gaze_beyond_reach_stops_at_the_limit_and_within_reach_is_kept() {
        let ahead = DVec3::new(0.2, -0.1, 1.0).normalize();
        assert!((within_reach(ahead) - ahead).length() < 1e-12);
        let behind = within_reach(DVec3::new(1.0, 0.0, -0.2).normalize());
        assert!((behind.x.atan2(behind.z).to_degrees() - 45.0).abs() < 1e-9);
    }
}
