//! A furnished room: floor, walls with windows and a door, furniture along the walls, lamps under the ceiling.

use glam::{DVec3, Vec2, Vec3};
use population::stream::{Stream, Streams};
use scene::light::Portal;
use scene::{AreaLight, Material};

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
        let points =
            [setting.person, setting.camera].map(|p: DVec3| Vec2::new(p.x as f32, p.z as f32));
        let mut spare = |least: f64, most: f64| stream.range(least, most) as f32;
        let low = points[0].min(points[1]) - Vec2::new(spare(1.0, 2.6), spare(1.1, 3.0));
        let high = points[0].max(points[1]) + Vec2::new(spare(1.0, 2.6), spare(0.9, 2.0));
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

/// A piece of furniture: how broad along the wall, how deep, and how it is built (x along, z out of the wall, on y = 0).
struct Piece {
    name: &'static str,
    width: f32,
    depth: f32,
    parts: Vec<(Solid, Material)>,
}

fn furnish(place: &mut Place, setting: &Setting, sides: &[Wall; 4], streams: &Streams) {
    for (index, wall) in sides.iter().enumerate() {
        let mut stream = streams.stream(&format!("place/room/wall{index}"));
        let mut at = 0.1 + stream.range(0.0, 0.6) as f32;
        while at < wall.length - 0.5 {
            let piece = match stream.below(6) {
                0 => sofa(&mut stream),
                1 => shelf(&mut stream),
                2 => cabinet(&mut stream),
                3 => table(&mut stream),
                4 => plant(&mut stream),
                _ => picture(&mut stream),
            };
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
    at.distance(from + way * t) > radius + CLEAR_M * (1.0 - 0.4 * t)
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

fn upright(low: [f32; 3], high: [f32; 3]) -> Solid {
    Solid::default().cuboid(Vec3::from(low), Vec3::from(high))
}

fn sofa(stream: &mut Stream) -> Piece {
    let width = stream.range(1.3, 2.3) as f32;
    let cloth = surface::cloth("sofa", stream);
    let seats = if width > 1.7 { 3 } else { 2 };
    let inner = width - 0.4;
    let mut solid = upright([0.0, 0.08, 0.05], [width, 0.3, 0.85])
        .and(upright([0.0, 0.08, 0.05], [0.2, 0.6, 0.85]))
        .and(upright([width - 0.2, 0.08, 0.05], [width, 0.6, 0.85]))
        .and(upright([0.2, 0.3, 0.05], [width - 0.2, 0.82, 0.25]));
    for seat in 0..seats {
        let from = 0.2 + inner * seat as f32 / seats as f32;
        let to = 0.2 + inner * (seat + 1) as f32 / seats as f32;
        solid = solid.and(upright([from + 0.01, 0.3, 0.25], [to - 0.01, 0.45, 0.86]));
    }
    Piece {
        name: "room/sofa",
        width,
        depth: 0.9,
        parts: vec![(solid, cloth)],
    }
}

fn shelf(stream: &mut Stream) -> Piece {
    let (width, height, depth) = (
        stream.range(0.6, 1.2) as f32,
        stream.range(1.2, 2.1) as f32,
        0.3,
    );
    let wood = surface::wood("shelf", stream);
    let mut boards = upright([0.0, 0.0, 0.0], [0.02, height, depth])
        .and(upright([width - 0.02, 0.0, 0.0], [width, height, depth]))
        .and(upright([0.02, 0.0, 0.0], [width - 0.02, height, 0.01]));
    let levels = (height / 0.36) as u32;
    let mut books: [Solid; 4] = std::array::from_fn(|_| Solid::default());
    for level in 0..=levels {
        let y = 0.05 + (height - 0.07) * level as f32 / levels as f32;
        boards = boards.and(upright([0.02, y, 0.01], [width - 0.02, y + 0.02, depth]));
        if level == levels {
            continue;
        }
        let mut x = 0.03;
        while x < width - 0.1 {
            let thick = stream.range(0.015, 0.05) as f32;
            let tall = stream.range(0.16, 0.28) as f32;
            let deep = stream.range(0.12, 0.22) as f32;
            if stream.uniform() < 0.85 {
                let book = upright(
                    [x, y + 0.02, 0.03],
                    [x + thick, y + 0.02 + tall, 0.03 + deep],
                );
                let which = stream.below(4) as usize;
                books[which] = std::mem::take(&mut books[which]).and(book);
            }
            x += thick + 0.002;
        }
    }
    let mut parts = vec![(boards, wood)];
    for solid in books {
        let mut channel = || stream.range(0.03, 0.5) as f32;
        let color = Vec3::new(channel(), channel(), channel());
        parts.push((solid, surface::glossy("book", color, 0.5)));
    }
    Piece {
        name: "room/shelf",
        width,
        depth,
        parts,
    }
}

fn cabinet(stream: &mut Stream) -> Piece {
    let (width, height, depth) = (
        stream.range(0.8, 1.8) as f32,
        stream.range(0.5, 1.0) as f32,
        0.42,
    );
    let wood = surface::wood("cabinet", stream);
    let doors = (width / 0.45) as u32;
    let mut fronts = Solid::default();
    let mut knobs = Solid::default();
    for door in 0..doors {
        let from = width * door as f32 / doors as f32;
        let to = width * (door + 1) as f32 / doors as f32;
        fronts = fronts.and(upright(
            [from + 0.005, 0.08, depth],
            [to - 0.005, height - 0.03, depth + 0.018],
        ));
        knobs = knobs.and(upright(
            [to - 0.06, height - 0.16, depth + 0.018],
            [to - 0.045, height - 0.06, depth + 0.04],
        ));
    }
    let body = upright([0.0, 0.06, 0.0], [width, height, depth]);
    let mut parts = vec![
        (body.and(fronts), wood),
        (knobs, surface::metal("knob", Vec3::splat(0.6), 0.3)),
    ];
    parts.push((
        vase(stream, Vec3::new(width * 0.3, height, 0.2)),
        surface::glossy("vase", tint(stream), 0.15),
    ));
    Piece {
        name: "room/cabinet",
        width,
        depth: depth + 0.03,
        parts,
    }
}

fn tint(stream: &mut Stream) -> Vec3 {
    let mut channel = || stream.range(0.05, 0.75) as f32;
    Vec3::new(channel(), channel(), channel())
}

fn vase(stream: &mut Stream, foot: Vec3) -> Solid {
    let height = stream.range(0.12, 0.35) as f32;
    let belly = stream.range(0.04, 0.1) as f32;
    Solid::default()
        .post(foot, 0.5 * height, 0.6 * belly, belly)
        .post(
            foot + Vec3::Y * 0.5 * height,
            0.5 * height,
            belly,
            0.45 * belly,
        )
}

fn table(stream: &mut Stream) -> Piece {
    let (width, height, depth) = (
        stream.range(0.9, 1.8) as f32,
        0.74,
        stream.range(0.6, 0.85) as f32,
    );
    let wood = surface::wood("table", stream);
    let mut solid = upright([0.0, height - 0.03, 0.05], [width, height, depth]);
    for x in [0.05, width - 0.1] {
        for z in [0.1, depth - 0.1] {
            solid = solid.and(upright([x, 0.0, z], [x + 0.05, height - 0.03, z + 0.05]));
        }
    }
    let mut parts = vec![(solid, wood)];
    if stream.uniform() < 0.6 {
        let x = stream.range(0.2, 0.6) as f32 * width;
        let screen = upright([x, height + 0.12, 0.2], [x + 0.5, height + 0.44, 0.22])
            .and(upright(
                [x + 0.15, height, 0.15],
                [x + 0.35, height + 0.015, 0.32],
            ))
            .and(upright(
                [x + 0.23, height, 0.19],
                [x + 0.27, height + 0.15, 0.2],
            ));
        parts.push((screen, surface::glossy("screen", Vec3::splat(0.015), 0.15)));
    } else {
        parts.push((
            vase(stream, Vec3::new(0.5 * width, height, 0.3)),
            surface::glossy("vase", tint(stream), 0.2),
        ));
    }
    Piece {
        name: "room/table",
        width,
        depth,
        parts,
    }
}

/// A pot with leaves on stems.
fn plant(stream: &mut Stream) -> Piece {
    let size = stream.range(0.3, 0.5) as f32;
    let foot = Vec3::new(0.5 * size, 0.0, 0.5 * size);
    let pot = Solid::default().post(foot, 0.32, 0.28 * size, 0.4 * size);
    let mut leaves = Solid::default();
    for _ in 0..40 {
        let (turn, lean) = (
            stream.uniform() as f32 * std::f32::consts::TAU,
            stream.range(0.1, 1.1) as f32,
        );
        let length = stream.range(0.3, 0.9) as f32;
        let way = Vec3::new(turn.sin() * lean.sin(), lean.cos(), turn.cos() * lean.sin());
        let side = way.cross(Vec3::Y).normalize_or(Vec3::X) * stream.range(0.02, 0.05) as f32;
        let from = foot + Vec3::Y * 0.3;
        // A leaf bends down towards its tip.
        let bend = |t: f32| from + way * (length * t) - Vec3::Y * (0.35 * length * t * t);
        let outline: Vec<Vec3> = (0..=5).map(|k| bend(k as f32 / 5.0) - side).collect();
        leaves = leaves.and(Solid::default().sweep(&outline, side * 2.0));
    }
    let green = Vec3::new(
        stream.range(0.03, 0.12) as f32,
        stream.range(0.12, 0.28) as f32,
        0.03,
    );
    Piece {
        name: "room/plant",
        width: size,
        depth: size,
        parts: vec![
            (pot, surface::glossy("pot", tint(stream), 0.4)),
            (leaves, surface::glossy("leaf", green, 0.45)),
        ],
    }
}

fn picture(stream: &mut Stream) -> Piece {
    let (width, height) = (stream.range(0.3, 1.1) as f32, stream.range(0.3, 0.9) as f32);
    let low = 1.5 - 0.5 * height;
    let frame = upright([0.0, low, 0.0], [width, low + height, 0.02]);
    let canvas = Solid::default().panel(
        Vec3::new(0.03, low + 0.03, 0.022),
        Vec3::X * (width - 0.06),
        Vec3::Y * (height - 0.06),
    );
    Piece {
        name: "room/picture",
        width,
        depth: 0.05,
        parts: vec![
            (frame, surface::wood("picture frame", stream)),
            (canvas, surface::painting(stream)),
        ],
    }
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
            camera: DVec3::new(3.2 * angle.sin(), 1.4, 3.2 * angle.cos()),
        };
        (setting, Place::build(&setting))
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
