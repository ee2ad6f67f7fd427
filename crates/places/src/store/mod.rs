//! A store: aisles between gondola shelves full of products, under strips of light.
//!
//! The person stands in an aisle along x and faces the shelf on +z; what they take stands, or stood, on it. The camera hangs below the ceiling
//! or looks out of that shelf. `seed` decides shelves, products and lamps. Reading order: `build` here, then `gondola` and `product`.
//!
//! Invariants: products stand on boards and not in one another; what would stand between the camera and the person is left out.
mod gondola;
mod product;
#[cfg(test)]
mod tests;

use glam::Vec3;
use population::stream::{Stream, Streams};
use scene::{AreaLight, Material};

use crate::solid::Solid;
use crate::{Place, Setting, ceiling_lamp, surface};
use gondola::{DEEP_M, Gondola};
use product::{Assortment, Packing, Product};

/// A thing that the person takes, or took: it is not the store's, but has its place on the shelf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taken {
    /// Where its middle stands on the shelf, world, metres.
    pub place: Vec3,
    /// Half its larger side on the board, and half its height, metres.
    pub half: [f32; 2],
}

/// A product by itself, its middle at the origin: what somebody takes. `size` is width, height and depth, metres.
pub fn single(size: Vec3, is_round: bool, stream: &mut Stream) -> (Solid, Material) {
    let product = Product {
        packing: if is_round {
            Packing::Can
        } else {
            Packing::Carton
        },
        size,
        material: surface::label("label", stream),
    };
    let piece = product.piece(Vec3::NEG_Y * (0.5 * size.y), -1.0);
    (piece, product.material)
}

/// Shelves with their backs to one another are so deep together, metres.
const ROW_M: f32 = 0.92;

/// Where a row of shelves stands.
struct Layout {
    /// The front edges of the shelf before the person and of the one behind them.
    front: f32,
    back: f32,
    /// From end to end of the rows.
    ends: [f32; 2],
    /// How deep the shelf before the person is: a camera in it hangs before its back.
    deep: f32,
    aisle: f32,
    ceiling: f32,
}

impl Layout {
    fn new(setting: &Setting, stream: &mut Stream) -> Self {
        let mut range = |a: f64, b: f64| stream.range(a, b) as f32;
        let lens = setting.camera.as_vec3();
        let person = setting.person.as_vec3();
        let in_shelf = lens.z > person.z + 0.4 && is_low(lens.y);
        let aisle = range(1.7, 2.5);
        let own = range(0.42, 0.8);
        let front = match setting.taken {
            Some(taken) => taken.place.z - taken.half[0] - 0.02,
            None if in_shelf => lens.z + 0.04,
            None => person.z + own,
        };
        let lefter = lens.x.min(person.x) - range(2.0, 4.5);
        let righter = lens.x.max(person.x) + range(2.0, 4.5);
        // Whoever looks along the aisle or into it has room behind.
        let back = (front - aisle).min(person.z - 0.75);
        let back = if lens.z < person.z {
            back.min(lens.z - 0.3)
        } else {
            back
        };
        Self {
            front,
            back,
            ends: [lefter, righter],
            deep: if in_shelf {
                DEEP_M.max(lens.z - front + 0.1)
            } else {
                DEEP_M
            },
            aisle,
            ceiling: range(2.9, 3.6).max(lens.y + 0.12),
        }
    }
}

/// Whether a camera at this height hangs in a shelf, not under the ceiling.
fn is_low(height: f32) -> bool {
    height < 2.1
}

pub(crate) fn build(setting: &Setting, streams: &Streams) -> Place {
    let layout = Layout::new(setting, &mut streams.stream("place/store/layout"));
    let mut place = Place {
        enclosed: true,
        ..Place::default()
    };
    hall(&mut place, &layout, &mut streams.stream("place/store/hall"));
    lamps(
        &mut place,
        setting,
        &layout,
        &mut streams.stream("place/store/lamps"),
    );
    let assortment = Assortment::draw(&mut streams.stream("place/store/assortment"));
    let mut stream = streams.stream("place/store/rows");
    // The aisle's own rows, and one more on either side.
    let beyond = layout.front + layout.deep + ROW_M - DEEP_M;
    let rows = [
        ([layout.front, layout.deep], -1.0, true),
        ([layout.back, DEEP_M], 1.0, true),
        ([beyond, DEEP_M], 1.0, false),
        ([layout.back - ROW_M, DEEP_M], -1.0, false),
        ([beyond + layout.aisle, DEEP_M], -1.0, false),
        ([layout.back - ROW_M - layout.aisle, DEEP_M], 1.0, false),
    ];
    let mut shelves = gondola::Parts::new(&assortment);
    for (edge, way, is_near) in rows {
        let row = Gondola::draw(setting, edge, way, layout.ends, is_near, &mut stream);
        row.fill(&mut shelves, setting, &assortment, &mut stream);
    }
    shelves.add(&mut place, &assortment, &mut stream);
    fridge(
        &mut place,
        &layout,
        setting,
        &assortment,
        &mut streams.stream("place/store/fridge"),
    );
    place
}

/// Floor, walls and ceiling.
fn hall(place: &mut Place, layout: &Layout, stream: &mut Stream) {
    let spare = 2.2;
    let low = Vec3::new(
        layout.ends[0] - spare,
        0.0,
        layout.back - 2.0 * ROW_M - layout.aisle - 1.0,
    );
    let high = Vec3::new(
        layout.ends[1] + spare,
        layout.ceiling,
        layout.front + 2.0 * ROW_M + layout.aisle + 1.0,
    );
    let size = high - low;
    let floor = Solid::default().panel(low, Vec3::Z * size.z, Vec3::X * size.x);
    place.add("store/floor", floor, surface::shop_floor(stream));
    let ceiling = Solid::default().panel(
        Vec3::new(low.x, high.y, low.z),
        Vec3::X * size.x,
        Vec3::Z * size.z,
    );
    place.add("store/ceiling", ceiling, surface::ceiling_tiles());
    let tone = stream.range(0.45, 0.75) as f32;
    let wall = surface::matt("wall", Vec3::new(tone, tone * 0.98, tone * 0.94));
    let up = Vec3::Y * size.y;
    let (x, z) = (Vec3::X * size.x, Vec3::Z * size.z);
    let walls = Solid::default()
        .panel(low, x, up)
        .panel(low + x + z, -x, up)
        .panel(low + z, -z, up)
        .panel(low + x, z, up);
    place.add("store/walls", walls, wall);
}

/// Strips of light along the aisles.
fn lamps(place: &mut Place, setting: &Setting, layout: &Layout, stream: &mut Stream) {
    let middle = 0.5 * (layout.front + layout.back);
    let person = setting.person.as_vec3();
    let count = 3 + stream.below(2);
    let first = person.x - stream.range(0.0, 1.5) as f32;
    let length = stream.range(1.2, 1.6) as f32;
    let mut fixtures = Solid::default();
    for i in 0..count {
        let step = i.div_ceil(2) as f32 * if i % 2 == 0 { 1.0 } else { -1.0 };
        let x = first + 2.1 * step;
        let at = Vec3::new(x, layout.ceiling - 0.07, middle);
        let share = 2.4 / count as f32;
        place.lamps.push(ceiling_lamp(
            at,
            [length, 0.14],
            share,
            Vec3::new(x, 1.4, person.z),
        ));
        fixtures = fixtures.and(Solid::default().cuboid(
            at + Vec3::new(-0.5 * length - 0.02, 0.004, -0.1),
            at + Vec3::new(0.5 * length + 0.02, 0.065, 0.1),
        ));
    }
    place.add(
        "store/lamp_cases",
        fixtures,
        surface::glossy("case", Vec3::splat(0.7), 0.5),
    );
    // What the many lamps of a hall send from everywhere.
    let (low, high) = (
        Vec3::new(
            layout.ends[0] - 2.0,
            layout.ceiling - 0.01,
            layout.back - 3.0,
        ),
        Vec3::new(
            layout.ends[1] + 2.0,
            layout.ceiling - 0.01,
            layout.front + 3.0,
        ),
    );
    place.lamps.push(AreaLight {
        corner: low,
        edge_u: Vec3::X * (high.x - low.x),
        edge_v: Vec3::Z * (high.z - low.z),
        radiance: Vec3::splat(0.62),
        visible: false,
    });
}

/// A cold cabinet across the aisle's end, lit from inside.
fn fridge(
    place: &mut Place,
    layout: &Layout,
    setting: &Setting,
    assortment: &Assortment,
    stream: &mut Stream,
) {
    let at_left = stream.below(2) == 0;
    let (x, way) = if at_left {
        (layout.ends[0] - 1.9, 1.0)
    } else {
        (layout.ends[1] + 1.9, -1.0)
    };
    let lens = setting.camera.as_vec3();
    if (lens.x - x).abs() < 1.2 {
        return;
    }
    let (z0, z1) = (layout.back - 0.4, layout.front + 0.4);
    let high = 2.0;
    let span = |x0: f32, x1: f32, y: [f32; 2], z: [f32; 2]| {
        let (a, b) = (x + way * x0, x + way * x1);
        Solid::default().cuboid(
            Vec3::new(a.min(b), y[0], z[0]),
            Vec3::new(a.max(b), y[1], z[1]),
        )
    };
    let case = span(-0.12, 0.6, [0.0, 0.18], [z0, z1])
        .and(span(-0.12, 0.65, [high, high + 0.22], [z0, z1]))
        .and(span(-0.12, -0.06, [0.18, high], [z0, z1]))
        .and(span(-0.06, 0.6, [0.18, high], [z0, z0 + 0.05]))
        .and(span(-0.06, 0.6, [0.18, high], [z1 - 0.05, z1]));
    let mut frames = Solid::default();
    let doors = ((z1 - z0) / 0.75).round().max(1.0) as u32;
    for i in 0..=doors {
        let z = z0 + (z1 - z0) * i as f32 / doors as f32;
        frames = frames.and(span(0.57, 0.62, [0.18, high], [z - 0.03, z + 0.03]));
    }
    let cold: Vec<&Product> = assortment
        .products
        .iter()
        .filter(|p| matches!(p.packing, Packing::Bottle | Packing::Can) && p.size.y < 0.38)
        .collect();
    let mut drinks: Vec<Solid> = cold.iter().map(|_| Solid::default()).collect();
    for i in 0..4 {
        let y = 0.2 + 0.42 * i as f32;
        let mut z = z0 + 0.12;
        while z < z1 - 0.12 && !cold.is_empty() {
            let which = stream.below(cold.len() as u64) as usize;
            for _ in 0..4 + stream.below(5) {
                if z < z1 - 0.12 {
                    let foot = Vec3::new(x + way * 0.42, y + 0.016, z);
                    let bottle = cold[which].piece(foot, 1.0);
                    drinks[which] = std::mem::take(&mut drinks[which]).and(bottle);
                }
                z += cold[which].size.x + 0.01;
            }
            z += 0.02;
        }
        frames = frames.and(span(-0.05, 0.5, [y, y + 0.015], [z0 + 0.05, z1 - 0.05]));
    }
    place.add(
        "store/fridge",
        case,
        surface::glossy("fridge", Vec3::splat(0.72), 0.35),
    );
    place.add(
        "store/fridge_frames",
        frames,
        surface::metal("frame", Vec3::splat(0.5), 0.35),
    );
    for (solid, product) in drinks.into_iter().zip(cold) {
        place.add("store/drinks", solid, product.material.clone());
    }
    let corner = Vec3::new(x + way * 0.5, high - 0.02, z0 + 0.1);
    let (u, v) = (Vec3::X * 0.05, Vec3::Z * (z1 - z0 - 0.2));
    place.lamps.push(AreaLight {
        corner,
        edge_u: u,
        edge_v: v,
        radiance: Vec3::new(1.6, 1.8, 2.0),
        visible: true,
    });
}
