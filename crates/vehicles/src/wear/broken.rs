//! What breaks, goes flat, is gone or no longer where it belongs.

use std::sync::Arc;

use damage::glass;
use damage::paint::Canvas;
use glam::{DVec3, Quat, Vec2, Vec3};
use population::stream::Stream;
use scene::Mesh;
use scene::annotation::DamageKind;
use vehicle::CarPart;

use super::{Wear, scaled};

fn unit(stream: &mut Stream) -> f32 {
    stream.uniform() as f32
}

impl Wear<'_> {
    /// A pane: laminated windscreens crack, tempered panes craze all over.
    pub(super) fn pane(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let is_pane = |part| {
            matches!(
                part,
                CarPart::Windscreen
                    | CarPart::RearWindow
                    | CarPart::LeftWindow
                    | CarPart::RightWindow
            )
        };
        let Some(spot) = self.pick(stream, 0.3, |part, _| is_pane(part)) else {
            return false;
        };
        let part = self.car.tags[spot.piece].part;
        let owner = self.next_id();
        let (canvas, cause, main) = if part == CarPart::Windscreen {
            let half = (0.1 + 0.75 * severity).min(0.85);
            let mut canvas = Canvas::new(spot.at, spot.normal, half, 1536);
            let spokes = glass::star(&mut canvas, owner, Vec2::ZERO, severity, stream);
            let longest = spokes.into_iter().max_by_key(Vec::len).unwrap_or_default();
            (canvas, "stone", longest)
        } else {
            let mut canvas = Canvas::new(spot.at, spot.normal, 1.25, 2048);
            let fine = 0.006 + 0.004 * unit(stream);
            // A light blow leaves the crumbs where they are.
            let gone = 0.5 * (severity - 0.35).max(0.0);
            glass::crumbs(&mut canvas, owner, Vec2::ZERO, [fine, gone], stream);
            (canvas, "blow", Vec::new())
        };
        self.marked(
            DamageKind::GlassShatter,
            cause,
            severity,
            &spot,
            canvas,
            &main,
            |other| other == part,
        )
    }

    /// The cover of a lamp.
    pub(super) fn lamp(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let is_lamp = |part| {
            matches!(
                part,
                CarPart::LeftHeadlamp
                    | CarPart::RightHeadlamp
                    | CarPart::LeftTailLamp
                    | CarPart::RightTailLamp
            )
        };
        let Some(spot) = self.pick(stream, 0.15, |part, _| is_lamp(part)) else {
            return false;
        };
        let part = self.car.tags[spot.piece].part;
        let owner = self.next_id();
        let mut canvas = Canvas::new(spot.at, spot.normal, 0.3, 1024);
        let _ = glass::star(
            &mut canvas,
            owner,
            Vec2::ZERO,
            0.35 + 0.5 * severity,
            stream,
        );
        if severity > 0.4 {
            let radius = 0.015 + 0.08 * (severity - 0.4);
            glass::hole(&mut canvas, owner, Vec2::ZERO, radius, stream);
        }
        self.marked(
            DamageKind::LampBroken,
            "blow",
            severity,
            &spot,
            canvas,
            &[],
            |other| other == part,
        )
    }

    /// A tyre without air; the car settles on that corner, as a whole.
    pub(super) fn flat(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let Some(spot) = self.pick(stream, 0.1, |part, _| part == CarPart::Tyre) else {
            return false;
        };
        let radius = self.car.frame.tyre_radius_m;
        let wall = radius - self.car.frame.rim_radius_m;
        let sunk = wall * (0.35 + 0.4 * severity);
        let half = 0.5 * self.car.frame.wheelbase_m;
        let (end, side) = (spot.at.z.signum(), spot.at.x.signum());
        // 1 at the corner, 0 at the three others.
        let track = 0.5 * self.car.frame.width_m - 0.12;
        let share = |at: Vec3| {
            let along = (0.5 + 0.5 * end * at.z / half).clamp(0.0, 1.2);
            let across = (0.5 + 0.5 * side * at.x / track).clamp(0.0, 1.1);
            along * across
        };
        let tyre = spot.piece;
        for (number, piece) in self.car.pieces.iter_mut().enumerate() {
            // Wheels that hold their air stay on the ground.
            let is_wheel = self.car.tags[number].part == CarPart::Tyre;
            if is_wheel && number != tyre {
                continue;
            }
            for (at, before) in piece.mesh.positions.iter_mut().zip(&mut piece.before) {
                let down = sunk * share(*at);
                at.y -= down;
                if number != tyre {
                    before.y -= down;
                }
            }
        }
        // What happened before has gone down with it.
        let settled = |at: &mut DVec3| at.y -= f64::from(sunk * share(at.as_vec3()));
        for damage in &mut self.damages {
            damage
                .reach
                .iter_mut()
                .for_each(|(centre, _)| settled(centre));
            if let Some(impact) = &mut damage.impact {
                settled(&mut impact.at);
            }
        }
        for (centre, _) in &mut self.taken {
            centre.y -= sunk * share(*centre);
        }
        let wheel_x = self.car.pieces[tyre]
            .mesh
            .positions
            .iter()
            .map(|at| at.x)
            .sum::<f32>()
            / self.car.pieces[tyre].mesh.positions.len() as f32;
        let mut most = 0.0_f32;
        let piece = &mut self.car.pieces[tyre];
        for (at, before) in piece.mesh.positions.iter_mut().zip(&piece.before) {
            // What was below the ground lies flat on it, and the walls bulge.
            let over = (0.035 - at.y).max(0.0);
            let bulge = (-((at.y - 0.03) / (0.8 * wall)).powi(2)).exp() * 0.45 * sunk;
            at.y = at.y.max(0.002);
            at.x += (at.x - wheel_x).signum() * (bulge + 0.3 * over);
            most = most.max(at.distance(*before));
        }
        self.car.tags[tyre].whole = self.next_id();
        let mut damage = self.blank(DamageKind::TireFlat, "puncture", severity, &spot);
        damage.depth_m = f64::from(most);
        damage.area_m2 = f64::from(damage::measure::area_m2(&self.car.pieces[tyre]));
        damage.reach = vec![(spot.at.as_dvec3(), f64::from(2.0 * radius))];
        self.add(damage, &spot, 0.0);
        true
    }

    /// A mirror or plate that is gone.
    pub(super) fn missing(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let goes = |part| {
            matches!(
                part,
                CarPart::LeftMirror
                    | CarPart::RightMirror
                    | CarPart::FrontPlate
                    | CarPart::RearPlate
            )
        };
        let Some(spot) = self.pick(stream, 0.02, |part, _| goes(part)) else {
            return false;
        };
        let part = self.car.tags[spot.piece].part;
        let mut damage = self.blank(DamageKind::MissingPart, "torn off", severity, &spot);
        damage.area_m2 = self.part_area_m2(part);
        damage.reach = vec![(spot.at.as_dvec3(), 0.3)];
        let side = spot.at.x.signum();
        let with_it = |other: CarPart, at: f32| {
            other == part || (other == CarPart::MirrorGlass && is_mirror(part) && at == side)
        };
        let gone: Vec<bool> = self
            .car
            .tags
            .iter()
            .zip(&self.car.pieces)
            .map(|(tag, piece)| {
                let at = piece.mesh.positions.first().map_or(0.0, |at| at.x.signum());
                with_it(tag.part, at)
            })
            .collect();
        let mut whole = Mesh::default();
        for (piece, _) in self.car.pieces.iter().zip(&gone).filter(|(_, gone)| **gone) {
            whole.append(&piece.mesh);
        }
        damage.gone = Some(Arc::new(whole));
        self.add(damage, &spot, 0.0);
        for (piece, _) in self
            .car
            .pieces
            .iter_mut()
            .zip(gone)
            .filter(|(_, gone)| *gone)
        {
            piece.mesh.triangles.clear();
            piece.mesh.parts.clear();
        }
        true
    }

    /// A bumper, bonnet, lid or mirror that hangs.
    pub(super) fn misaligned(&mut self, severity: f32, stream: &mut Stream) -> bool {
        let moves = |part| {
            matches!(
                part,
                CarPart::FrontBumper
                    | CarPart::RearBumper
                    | CarPart::Bonnet
                    | CarPart::Tailgate
                    | CarPart::LeftMirror
                    | CarPart::RightMirror
            )
        };
        let Some(spot) = self.pick(stream, 0.1, |part, _| moves(part)) else {
            return false;
        };
        let part = self.car.tags[spot.piece].part;
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for (tag, piece) in self.car.tags.iter().zip(&self.car.pieces) {
            if tag.part == part {
                for at in &piece.mesh.positions {
                    low = low.min(*at);
                    high = high.max(*at);
                }
            }
        }
        let middle = 0.5 * (low + high);
        let side = if unit(stream) < 0.5 { -1.0 } else { 1.0 };
        let turn = scaled(0.6, 5.0, severity).to_radians();
        let (axis, hinge) = match part {
            // Hangs from its other end.
            CarPart::FrontBumper | CarPart::RearBumper => {
                let end = if side > 0.0 { low.x } else { high.x };
                (Vec3::Z * -side, Vec3::new(end, high.y, middle.z))
            }
            // Stands open.
            CarPart::Bonnet => (Vec3::NEG_X, Vec3::new(middle.x, high.y, low.z)),
            CarPart::Tailgate => (Vec3::X, Vec3::new(middle.x, high.y, high.z)),
            _ => (
                Vec3::Y * -middle.x.signum() * middle.z.signum(),
                Vec3::new(
                    if middle.x > 0.0 { low.x } else { high.x },
                    middle.y,
                    middle.z,
                ),
            ),
        };
        let rotation = Quat::from_axis_angle(axis, turn * if is_mirror(part) { 5.0 } else { 1.0 });
        let glass_too = |other: CarPart, at: Vec3| {
            other == CarPart::MirrorGlass && is_mirror(part) && at.x.signum() == middle.x.signum()
        };
        let with_it = |other: CarPart, at: Vec3| match other {
            CarPart::RearWindow => part == CarPart::Tailgate,
            // Whatever is mounted on it.
            CarPart::FrontPlate | CarPart::RearPlate | CarPart::Handle => {
                at.cmpge(low - 0.03).all() && at.cmple(high + 0.03).all()
            }
            _ => false,
        };
        let mut most = 0.0_f32;
        let id = self.next_id();
        for (tag, piece) in self.car.tags.iter_mut().zip(&mut self.car.pieces) {
            let first = piece.mesh.positions.first().copied().unwrap_or(Vec3::ZERO);
            if tag.part != part && !glass_too(tag.part, first) && !with_it(tag.part, first) {
                continue;
            }
            for (at, normal) in piece.mesh.positions.iter_mut().zip(&mut piece.mesh.normals) {
                let to = hinge + rotation * (*at - hinge);
                most = most.max(to.distance(*at));
                *at = to;
                *normal = rotation * *normal;
            }
            tag.whole = id;
        }
        let mut damage = self.blank(DamageKind::Misaligned, "mounts", severity, &spot);
        damage.depth_m = f64::from(most);
        damage.area_m2 = self.part_area_m2(part);
        damage.reach = vec![(spot.at.as_dvec3(), f64::from((high - low).length()))];
        self.add(damage, &spot, 0.0);
        true
    }
}

fn is_mirror(part: CarPart) -> bool {
    matches!(part, CarPart::LeftMirror | CarPart::RightMirror)
}
