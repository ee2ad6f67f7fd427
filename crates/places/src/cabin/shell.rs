//! The car's body from inside: roof, pillars, doors, floor, and the openings of its windows.

use glam::{Vec2, Vec3};
use scene::light::Portal;

use super::block;
use super::layout::Layout;
use super::trim::Trim;
use crate::Place;
use crate::loft::Ends;
use crate::solid::Solid;

/// How thick doors and roof are, metres.
const THICK_M: f32 = 0.05;

pub(super) fn add(place: &mut Place, at: &Layout, trim: &Trim) {
    roof(place, at, trim);
    doors(place, at, trim);
    pillars(place, at, trim);
    rest(place, at, trim);
    windows(place, at);
}

/// Half the roof's width at the door's and the far door's side, and its front and rear.
fn roof(place: &mut Place, at: &Layout, trim: &Trim) {
    let half = at.half_roof() + 0.03;
    let rear = at.c_pillar + 0.12;
    // Lower at the sides and at both ends, as roofs are.
    let mut rings: Vec<Vec<Vec3>> = Vec::new();
    for i in 0..=10 {
        let t = i as f32 / 10.0;
        let z = at.screen_top + 0.03 + (rear - at.screen_top - 0.03) * t;
        let end = (2.0 * t - 1.0).powi(4);
        let across = |j: i32| {
            let u = j as f32 / 12.0;
            let down = 0.035 * u.powi(4) + 0.025 * end;
            Vec3::new(at.middle + half * u, at.roof - down, z)
        };
        let below = (-12..=12).map(across);
        let above = (-12..=12).rev().map(across).map(|p| p + Vec3::Y * THICK_M);
        rings.push(below.chain(above).collect());
    }
    let skin = Solid::default().loft(&rings, Ends::Capped).finer(4.0);
    place.add("cabin/roof", skin, trim.lining.clone());

    // The frame above windscreen and doors.
    let side = |x: f32| {
        let front = Vec3::new(x, at.roof - 0.045, at.screen_top + 0.02);
        let back = Vec3::new(x, at.roof - 0.06, rear - 0.05);
        let middle = Vec3::new(x, at.roof - 0.03, 0.5 * (front.z + back.z));
        let path: Vec<Vec3> = (0..=8)
            .map(|i| {
                let t = i as f32 / 8.0;
                let (a, b) = (front.lerp(middle, t), middle.lerp(back, t));
                a.lerp(b, t)
            })
            .collect();
        Solid::default().pipe(&path, Vec2::new(0.035, 0.032), Vec3::Y, Ends::Capped)
    };
    let edge = at.half_roof();
    let header = [
        Vec3::new(at.middle - edge, at.roof - 0.035, at.screen_top + 0.015),
        Vec3::new(at.middle + edge, at.roof - 0.035, at.screen_top + 0.015),
    ];
    let frame = side(at.middle - edge)
        .and(side(at.middle + edge))
        .and(Solid::default().pipe(&header, Vec2::new(0.045, 0.03), Vec3::Y, Ends::Capped))
        .finer(4.0);
    place.add("cabin/frame", frame, trim.lining.clone());

    // Handles above the doors, visors folded up.
    let handle = |x: f32, z: f32, way: f32| {
        let y = at.roof - 0.075;
        let path: Vec<Vec3> = (0..=10)
            .map(|i| {
                let t = i as f32 / 10.0;
                let out = (std::f32::consts::PI * t).sin().max(0.0).powf(0.35);
                Vec3::new(x - way * 0.035 * out, y - 0.012 * out, z + 0.19 * (t - 0.5))
            })
            .collect();
        Solid::default().pipe(&path, Vec2::new(0.008, 0.011), Vec3::Y, Ends::Capped)
    };
    let mut handles = handle(at.middle - edge + 0.01, at.b_pillar + 0.38, -1.0);
    for (x, way) in [
        (at.middle - edge + 0.01, -1.0),
        (at.middle + edge - 0.01, 1.0),
    ] {
        handles = handles.and(handle(x, at.b_pillar - 0.45, way));
    }
    place.add("cabin/handles", handles, trim.panel.clone());
    for x in [0.0, 2.0 * at.middle] {
        let visor = Solid::default().pillow(
            Vec3::new(x + 0.02, at.roof - 0.05, at.screen_top - 0.065),
            [
                Vec3::X * 0.18,
                Vec3::new(0.0, -0.012, 0.07),
                Vec3::new(0.0, 0.011, 0.002),
            ],
            4.0,
        );
        place.add("cabin/visor", visor.finer(4.0), trim.lining.clone());
    }
}

fn pillars(place: &mut Place, at: &Layout, trim: &Trim) {
    // One thing each: what a camera's view needs to be free of goes alone.
    let mut add = |beam: Solid| place.add("cabin/pillars", beam.finer(4.0), trim.lining.clone());
    for near in [true, false] {
        let own = |p: Vec3| if near { p } else { at.across(p) };
        let [foot, top] = at.a_pillar;
        let along = top - foot;
        let out = Vec3::new(0.045, 0.0, 0.02);
        let deep = out.cross(along).normalize_or(Vec3::Z) * 0.04;
        let ends = [own(foot - along * 0.12), own(top + along * 0.04)];
        let turn = |v: Vec3| if near { v } else { Vec3::new(-v.x, v.y, v.z) };
        add(Solid::default().beam(
            ends,
            [[turn(out), turn(out * 0.8)], [turn(deep), turn(deep)]],
        ));
        let b = Vec3::new(at.door + 0.015, 0.0, at.b_pillar + 0.02);
        let b_top = Vec3::new(
            at.door - at.drawn_in + 0.02,
            at.roof - 0.03,
            at.b_pillar - 0.05,
        );
        let sill = Vec3::new(at.door + 0.01, at.sill, at.b_pillar);
        let thick = [Vec3::X * 0.04, Vec3::X * 0.028];
        let lower = [[thick[0]; 2], [Vec3::Z * 0.11, Vec3::Z * 0.075]];
        let upper = [thick, [Vec3::Z * 0.075, Vec3::Z * 0.055]];
        let turned = |pair: [[Vec3; 2]; 2]| pair.map(|p| p.map(turn));
        add(Solid::default().beam([own(b), own(sill)], turned(lower)));
        add(Solid::default().beam([own(sill), own(b_top)], turned(upper)));
        let c = Vec3::new(at.door - 0.02, at.sill - 0.05, at.c_pillar - 0.18);
        let c_top = Vec3::new(at.door - at.drawn_in, at.roof - 0.05, at.c_pillar + 0.06);
        let wide = [Vec3::Z * 0.19, Vec3::Z * 0.1];
        add(Solid::default().beam([own(c), own(c_top)], turned([[Vec3::X * 0.05; 2], wide])));
    }
}

fn doors(place: &mut Place, at: &Layout, trim: &Trim) {
    let (front, rear) = (at.screen_foot + 0.1, at.rear() - 0.05);
    let mut upper = Solid::default();
    let mut lower = Solid::default();
    let mut strips = Solid::default();
    for (inner, outer) in [
        (at.door, at.door + THICK_M),
        (at.far_door(), at.far_door() - THICK_M),
    ] {
        let span = |x: [f32; 2], y: [f32; 2], z: [f32; 2]| {
            block(
                [x[0].min(x[1]), y[0], z[0].min(z[1])],
                [x[0].max(x[1]), y[1], z[0].max(z[1])],
            )
        };
        let way = if inner < outer { -1.0 } else { 1.0 };
        let rest = at.under + 0.14;
        lower = lower.and(span([inner, outer], [0.0, at.sill - 0.12], [rear, front]));
        // The ledge below the window, rounded towards the people.
        let ledge = [
            Vec3::new(inner, at.sill - 0.05, rear),
            Vec3::new(inner, at.sill - 0.05, front),
        ];
        upper =
            upper.and(Solid::default().pipe(&ledge, Vec2::new(0.045, 0.08), Vec3::Y, Ends::Capped));
        // Arm rests: a front and a rear one.
        for (from, to) in [
            (at.b_pillar + 0.12, at.dash - 0.12),
            (at.c_pillar + 0.25, at.b_pillar - 0.2),
        ] {
            let (middle, half) = (0.5 * (from + to), 0.5 * (to - from).abs());
            lower = lower.and(Solid::default().pillow(
                Vec3::new(inner + way * 0.02, rest, middle),
                [Vec3::X * 0.05, Vec3::Y * 0.035, Vec3::Z * half],
                4.0,
            ));
            strips = strips.and(span(
                [inner, inner + way * 0.012],
                [rest + 0.1, rest + 0.13],
                [middle - 0.8 * half, middle + 0.85 * half],
            ));
        }
    }
    place.add("cabin/doors", lower, trim.panel.clone());
    place.add("cabin/door_ledges", upper, trim.dark.clone());
    place.add("cabin/door_strips", strips, trim.strip.clone());
}

/// Floor, bulkhead, the shelf behind the rear seats.
fn rest(place: &mut Place, at: &Layout, trim: &Trim) {
    let (front, rear) = (at.screen_foot + 0.1, at.rear() - 0.05);
    let (left, right) = (at.door + 0.04, at.far_door() - 0.04);
    let floor = block([right, -0.04, rear], [left, -0.005, front]).and(block(
        [right, -0.04, front],
        [left, at.dash_top, front + 0.04],
    ));
    place.add("cabin/floor", floor.finer(4.0), trim.carpet.clone());
    let shelf = block(
        [right, 0.3, rear],
        [left, at.sill - 0.07, at.c_pillar - 0.12],
    );
    place.add("cabin/shelf", shelf.finer(4.0), trim.carpet.clone());
}

fn windows(place: &mut Place, at: &Layout) {
    let [foot, top] = at.a_pillar;
    let mut open = |corner: Vec3, edge_v: Vec3, edge_u: Vec3| {
        place.windows.push(Portal {
            corner,
            edge_u,
            edge_v,
        });
    };
    let (left, right) = (at.door, at.far_door());
    let width = Vec3::X * (right - left);
    // Sides are named so that their cross product looks in.
    open(
        Vec3::new(left, at.dash_top, at.screen_foot),
        Vec3::new(0.0, at.roof - at.dash_top, at.screen_top - at.screen_foot),
        width,
    );
    open(
        Vec3::new(left, at.sill - 0.07, at.rear()),
        width,
        Vec3::new(
            0.0,
            at.roof - at.sill + 0.04,
            at.c_pillar + 0.12 - at.rear(),
        ),
    );
    let high = at.roof - at.sill - 0.05;
    let up = |way: f32| Vec3::new(-way * at.drawn_in, high, 0.0);
    for (z0, z1) in [
        (at.b_pillar, 0.5 * (foot.z + top.z) + 0.12),
        (at.c_pillar - 0.05, at.b_pillar),
    ] {
        let along = Vec3::Z * (z1 - z0);
        open(Vec3::new(left, at.sill + 0.02, z0), up(1.0), along);
        open(Vec3::new(right, at.sill + 0.02, z0), along, up(-1.0));
    }
}
