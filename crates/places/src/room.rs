//! A furnished room: floor, walls with windows and a door, furniture along the walls, lamps under the ceiling.

use glam::{DVec3, Vec2, Vec3};
use population::stream::{Stream, Streams};
use scene::AreaLight;
use scene::light::Portal;

use crate::furniture::{self, Piece};
use crate::solid::Solid;
use crate::{Place, Setting, ceiling_lamp, surface};

/// Radiance of the ceiling that stands for late bounces: about a third of the lamps' light.
const FILL: f32 = 0.16;
/// Free floor around the person and the camera, metres.
const CLEAR_M: f32 = 0.8;

/// Walls in order: front (+z), left of the person (+x), back (−z), right (−x).
struct Walls {
    low: Vec2,
    high: Vec2,
    height: f32,
}

/// One wall seen from inside: where it begins, which way it runs (to the right of who looks at it), and where it looks.
struct Wall {
    from: Vec3,
    along: Vec3,
    inward: Vec3,
    length: f32,
}

impl Walls {
    /// Around the person and the camera, with room to spare that the seed decides.
    fn around(setting: &Setting, stream: &mut Stream) -> Self {
        let points = [setting.person, setting.camera].into_iter();
        let (least, most) = points.chain(setting.also.iter().copied()).fold(
            (Vec2::MAX, Vec2::MIN),
            |(least, most), p: DVec3| {
                let at = Vec2::new(p.x as f32, p.z as f32);
                (least.min(at), most.max(at))
            },
        );
        let mut spare = |least: f64, most: f64| stream.range(least, most) as f32;
        let low = least - Vec2::new(spare(1.0, 2.6), spare(1.1, 3.0));
        let high = most + Vec2::new(spare(1.0, 2.6), spare(0.9, 2.0));
        let height = spare(2.4, 3.1).max(setting.camera.y as f32 + 0.4);
        Self { low, high, height }
    }

    fn all(&self) -> [Wall; 4] {
        let (l, h) = (self.low, self.high);
        let wall = |from: Vec3, to: Vec3| Wall {
            from,
            along: (to - from).normalize(),
            inward: (to - from).cross(Vec3::Y).normalize(),
            length: (to - from).length(),
        };
        let corner = |x: f32, z: f32| Vec3::new(x, 0.0, z);
        [
            wall(corner(h.x, h.y), corner(l.x, h.y)),
            wall(corner(h.x, l.y), corner(h.x, h.y)),
            wall(corner(l.x, l.y), corner(h.x, l.y)),
            wall(corner(l.x, h.y), corner(l.x, l.y)),
        ]
    }
}

/// A rectangle in a wall: along it, and above the floor; metres.
#[derive(Clone, Copy)]
struct Opening {
    along: [f32; 2],
    up: [f32; 2],
}

pub(crate) fn build(setting: &Setting, streams: &Streams) -> Place {
    let mut stream = streams.stream("place/room/shell");
    let walls = Walls::around(setting, &mut stream);
    let sides = walls.all();
    let mut place = Place {
        enclosed: true,
        ..Place::default()
    };
    shell(&mut place, &walls, &sides, &mut stream);
    lamps(
        &mut place,
        setting,
        &walls,
        &mut streams.stream("place/room/lamps"),
    );
    furnish(&mut place, setting, &sides, streams);
    place
}

fn shell(place: &mut Place, walls: &Walls, sides: &[Wall; 4], stream: &mut Stream) {
    let size = walls.high - walls.low;
    let corner = Vec3::new(walls.low.x, 0.0, walls.low.y);
    place.add(
        "room/floor",
        Solid::default().panel(corner, Vec3::Z * size.y, Vec3::X * size.x),
        surface::floor(stream),
    );
    let ceiling = Solid::default().panel(
        corner + Vec3::Y * walls.height,
        Vec3::X * size.x,
        Vec3::Z * size.y,
    );
    place.add(
        "room/ceiling",
        ceiling,
        surface::matt("ceiling", Vec3::splat(0.78)),
    );

    // A window on one side or the other, not behind the camera; sometimes on two.
    let window_sides = match stream.below(4) {
        0 => [true, false],
        1 => [false, true],
        2 => [true, true],
        _ => [false, false],
    };
    let behind = stream.uniform() < 0.4;
    let mut tone = |spread: f64| 1.0 - stream.range(0.0, spread) as f32;
    let paint_color = Vec3::new(tone(0.25), tone(0.25), tone(0.3)) * (0.45 + 0.35 * tone(1.0));
    let paint = surface::paint("wall", paint_color, stream);
    let mut board = Solid::default();
    let mut frames = Solid::default();
    let mut plaster = Solid::default();
    for (index, wall) in sides.iter().enumerate() {
        let has_window = match index {
            1 => window_sides[0],
            3 => window_sides[1],
            2 => behind,
            _ => false,
        } && wall.length > 2.0;
        let opening = has_window.then(|| window(wall, walls.height, stream));
        plaster = plaster.and(plastered(wall, walls.height, opening));
        if let Some(opening) = opening {
            frames = frames.and(frame(wall, opening));
            place.windows.push(portal(wall, opening));
        }
        board = board.and(
            Solid::default()
                .cuboid(
                    Vec3::new(0.0, 0.0, 0.0),
                    Vec3::new(wall.length, 0.09, 0.015),
                )
                .placed(yaw(wall), wall.from),
        );
    }
    place.add("room/walls", plaster, paint);
    place.add(
        "room/skirting",
        board,
        surface::glossy("skirting", Vec3::splat(0.7), 0.4),
    );
    place.add(
        "room/window_frames",
        frames,
        surface::glossy("frame", Vec3::splat(0.75), 0.3),
    );
}

/// Turns things built with x along and z out of a wall so that they stand at it.
fn yaw(wall: &Wall) -> f32 {
    // R_y(a)·x = (cos a, 0, −sin a).
    (-wall.along.z).atan2(wall.along.x)
}

fn window(wall: &Wall, height: f32, stream: &mut Stream) -> Opening {
    let width = (stream.range(0.9, 2.4) as f32).min(wall.length - 0.8);
    let from = 0.4 + stream.uniform() as f32 * (wall.length - 0.8 - width);
    let sill = stream.range(0.5, 1.0) as f32;
    let top = (sill + stream.range(1.1, 1.6) as f32).min(height - 0.2);
    Opening {
        along: [from, from + width],
        up: [sill, top],
    }
}

/// A wall of panels around its opening.
fn plastered(wall: &Wall, height: f32, opening: Option<Opening>) -> Solid {
    let piece = |along: [f32; 2], up: [f32; 2]| {
        Solid::default().panel(
            wall.from + wall.along * along[0] + Vec3::Y * up[0],
            wall.along * (along[1] - along[0]),
            Vec3::Y * (up[1] - up[0]),
        )
    };
    let Some(o) = opening else {
        return piece([0.0, wall.length], [0.0, height]);
    };
    piece([0.0, o.along[0]], [0.0, height])
        .and(piece([o.along[1], wall.length], [0.0, height]))
        .and(piece(o.along, [0.0, o.up[0]]))
        .and(piece(o.along, [o.up[1], height]))
        .and(reveal(wall, o))
}

/// The four sides of the wall's thickness around a window.
fn reveal(wall: &Wall, o: Opening) -> Solid {
    const DEEP_M: f32 = 0.12;
    let at = |along: f32, up: f32| wall.from + wall.along * along + Vec3::Y * up;
    let out = wall.inward * -DEEP_M;
    let (width, height) = (o.along[1] - o.along[0], o.up[1] - o.up[0]);
    Solid::default()
        .panel(at(o.along[0], o.up[0]), wall.along * width, out)
        .panel(at(o.along[0], o.up[1]), out, wall.along * width)
        .panel(at(o.along[0], o.up[0]), out, Vec3::Y * height)
        .panel(at(o.along[1], o.up[0]), Vec3::Y * height, out)
}

fn frame(wall: &Wall, o: Opening) -> Solid {
    const BAR_M: f32 = 0.05;
    let bar = |x: [f32; 2], y: [f32; 2]| {
        Solid::default().cuboid(Vec3::new(x[0], y[0], -0.1), Vec3::new(x[1], y[1], -0.06))
    };
    let middle = 0.5 * (o.along[0] + o.along[1]);
    bar([o.along[0], o.along[0] + BAR_M], o.up)
        .and(bar([o.along[1] - BAR_M, o.along[1]], o.up))
        .and(bar([middle - 0.5 * BAR_M, middle + 0.5 * BAR_M], o.up))
        .and(bar(o.along, [o.up[0], o.up[0] + BAR_M]))
        .and(bar(o.along, [o.up[1] - BAR_M, o.up[1]]))
        .placed(yaw(wall), wall.from)
}

fn portal(wall: &Wall, o: Opening) -> Portal {
    Portal {
        corner: wall.from + wall.along * o.along[0] + Vec3::Y * o.up[0] - wall.inward * 0.13,
        edge_u: wall.along * (o.along[1] - o.along[0]),
        edge_v: Vec3::Y * (o.up[1] - o.up[0]),
    }
}

/// One or two panels under the ceiling, a step before the person.
fn lamps(place: &mut Place, setting: &Setting, walls: &Walls, stream: &mut Stream) {
    let person = setting.person.as_vec3();
    let away = (setting.camera - setting.person).as_vec3();
    let away = Vec3::new(away.x, 0.0, away.z);
    let middle = person + away.normalize_or(Vec3::Z) * (stream.range(0.5, 1.3) as f32);
    let across = Vec3::Y.cross(away).normalize_or(Vec3::X);
    let count = 1 + stream.below(2);
    let size = stream.range(0.4, 1.2) as f32;
    for index in 0..count {
        let aside =
            (index as f32 - 0.5 * (count - 1) as f32) * 1.8 + stream.range(-0.4, 0.4) as f32;
        let at = middle + across * aside;
        let at = Vec3::new(
            at.x.clamp(walls.low.x + 0.7, walls.high.x - 0.7),
            walls.height - 0.03,
            at.z.clamp(walls.low.y + 0.7, walls.high.y - 0.7),
        );
        let chest = person + Vec3::Y * 1.4;
        place
            .lamps
            .push(ceiling_lamp(at, [size, 0.6], 0.9 / count as f32, chest));
    }
    // What light would reach dark corners after more bounces than anybody waits for.
    let size = walls.high - walls.low;
    place.lamps.push(AreaLight {
        corner: Vec3::new(walls.low.x, walls.height - 0.01, walls.low.y),
        edge_u: Vec3::X * size.x,
        edge_v: Vec3::Z * size.y,
        radiance: Vec3::splat(FILL),
        visible: false,
    });
}

fn furnish(place: &mut Place, setting: &Setting, sides: &[Wall; 4], streams: &Streams) {
    for (index, wall) in sides.iter().enumerate() {
        let mut stream = streams.stream(&format!("place/room/wall{index}"));
        let mut at = 0.1 + stream.range(0.0, 0.6) as f32;
        while at < wall.length - 0.5 {
            let piece = furniture::any(&mut stream);
            let middle = wall.from
                + wall.along * (at + 0.5 * piece.width)
                + wall.inward * (0.5 * piece.depth);
            let radius = 0.5 * piece.width.hypot(piece.depth);
            let fits = at + piece.width < wall.length - 0.1;
            let on_wall = piece.name == "room/picture";
            if fits
                && (on_wall || is_clear(setting, middle, radius))
                && !covers_window(place, wall, at, &piece)
            {
                let corner = wall.from + wall.along * at;
                for (solid, material) in piece.parts {
                    place.add(piece.name, solid.placed(yaw(wall), corner), material);
                }
            }
            at += piece.width + stream.range(0.1, 1.2) as f32;
        }
    }
}

/// Whether a thing is out of the way between camera and person.
fn is_clear(setting: &Setting, middle: Vec3, radius: f32) -> bool {
    let flat = |p: DVec3| Vec2::new(p.x as f32, p.z as f32);
    let (from, to) = (flat(setting.person), flat(setting.camera));
    let at = Vec2::new(middle.x, middle.z);
    let way = to - from;
    let t = ((at - from).dot(way) / way.length_squared().max(1e-6)).clamp(0.0, 1.0);
    let walked = setting.also.iter().all(|place| {
        // Whoever comes there comes from the middle, or stands there.
        let way = flat(*place) - from;
        let t = ((at - from).dot(way) / way.length_squared().max(1e-6)).clamp(0.0, 1.0);
        at.distance(from + way * t) > radius + 0.6 * CLEAR_M
    });
    walked && at.distance(from + way * t) > radius + CLEAR_M * (1.0 - 0.4 * t)
}

/// Tall pieces and pictures do not stand before windows.
fn covers_window(place: &Place, wall: &Wall, at: f32, piece: &Piece) -> bool {
    let is_low = !matches!(piece.name, "room/shelf" | "room/picture");
    !is_low
        && place.windows.iter().any(|window| {
            let on_this_wall = (window.corner - wall.from).dot(wall.inward).abs() < 0.3;
            let from = (window.corner - wall.from).dot(wall.along);
            on_this_wall && at < from + window.edge_u.length() && from < at + piece.width
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn room(seed: u64) -> (Setting, Place) {
        let angle = seed as f64 * 0.7;
        let setting = Setting {
            kind: Kind::Room,
            seed,
            person: DVec3::ZERO,
            also: Vec::new(),
            camera: DVec3::new(3.2 * angle.sin(), 1.4, 3.2 * angle.cos()),
            head: DVec3::Y * 1.6,
            taken: None,
        };
        let place = Place::build(&setting);
        (setting, place)
    }

    #[test]
    fn nothing_stands_between_camera_and_person() {
        for seed in 0..60 {
            let (setting, place) = room(seed);
            let things = place.things.iter().filter(|t| {
                !matches!(
                    t.name,
                    "room/floor" | "room/ceiling" | "room/walls" | "room/skirting"
                )
            });
            for thing in things {
                for p in &thing.mesh.positions {
                    let flat = |p: DVec3| Vec2::new(p.x as f32, p.z as f32);
                    let (from, to) = (flat(setting.person), flat(setting.camera));
                    let at = Vec2::new(p.x, p.z);
                    let t =
                        ((at - from).dot(to - from) / (to - from).length_squared()).clamp(0.0, 1.0);
                    let away = at.distance(from + (to - from) * t);
                    assert!(
                        away > 0.3,
                        "seed {seed}: {} comes within {away} m",
                        thing.name
                    );
                }
            }
        }
    }

    #[test]
    fn walls_look_inwards_and_windows_are_openings_in_them() {
        for seed in 0..60 {
            let (setting, place) = room(seed);
            let walls = place
                .things
                .iter()
                .find(|t| t.name == "room/walls")
                .expect("walls");
            let inside = setting.person.as_vec3() + Vec3::Y * 1.2;
            // The sides of a window's hole look across it; everything else looks into the room.
            let holes = 16 * place.windows.len();
            let looks_in = |(p, n): (&Vec3, &Vec3)| (inside - *p).dot(*n) > 0.0;
            let facing = walls
                .mesh
                .positions
                .iter()
                .zip(&walls.mesh.normals)
                .filter(|pn| looks_in(*pn));
            assert!(
                facing.count() + holes >= walls.mesh.positions.len(),
                "seed {seed}"
            );
            for window in &place.windows {
                let normal = window.edge_u.cross(window.edge_v);
                let middle = window.corner + 0.5 * (window.edge_u + window.edge_v);
                assert!(
                    (inside - middle).dot(normal) > 0.0,
                    "seed {seed}: a window looks out"
                );
            }
        }
    }
}
