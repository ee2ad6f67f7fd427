//! Furniture: built with x along the wall, z out of it, standing on y = 0.

use glam::Vec3;
use population::stream::Stream;
use scene::Material;

use crate::solid::Solid;
use crate::surface;

/// A piece of furniture.
pub(crate) struct Piece {
    /// Such as `room/sofa`.
    pub(crate) name: &'static str,
    /// Metres along the wall.
    pub(crate) width: f32,
    /// Metres out of it.
    pub(crate) depth: f32,
    pub(crate) parts: Vec<(Solid, Material)>,
}

/// Any piece.
pub(crate) fn any(stream: &mut Stream) -> Piece {
    match stream.below(6) {
        0 => sofa(stream),
        1 => shelf(stream),
        2 => cabinet(stream),
        3 => table(stream),
        4 => plant(stream),
        _ => picture(stream),
    }
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
