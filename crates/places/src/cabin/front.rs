//! What is before the driver: dashboard, wheel, console, mirror, and the camera's mount.

use std::f32::consts::TAU;

use glam::{Affine3A, Quat, Vec2, Vec3};
use population::stream::Stream;
use scene::AreaLight;

use super::layout::Layout;
use super::trim::Trim;
use super::{Mount, Setting, Wheel, block};
use crate::Place;
use crate::loft::Ends;
use crate::solid::Solid;

pub(super) fn add(
    place: &mut Place,
    setting: &Setting,
    at: &Layout,
    trim: &Trim,
    stream: &mut Stream,
) {
    dashboard(place, setting, at, trim, stream);
    wheel(place, at, trim, stream);
    console(place, setting, at, trim);
    mirror(place, at, trim);
    mount(place, setting, at, trim);
}

fn dashboard(place: &mut Place, setting: &Setting, at: &Layout, trim: &Trim, stream: &mut Stream) {
    let (left, right) = (at.door, at.far_door());
    // From under the windscreen over the top and down to the knees.
    let drop = stream.range(0.2, 0.26) as f32;
    let knees = setting
        .driver
        .knees
        .map(|k| k.y)
        .into_iter()
        .fold(0.0, f32::max)
        + 0.09;
    let low = (at.dash_top - drop).max(knees.min(at.dash_top - 0.12));
    let profile = [
        (at.screen_foot + 0.08, at.dash_top - 0.03),
        (at.screen_foot - 0.1, at.dash_top - 0.012),
        (at.dash + 0.14, at.dash_top),
        (at.dash + 0.05, at.dash_top - 0.006),
        (at.dash + 0.012, at.dash_top - 0.028),
        (at.dash, at.dash_top - 0.06),
        (at.dash + 0.02, at.dash_top - 0.11),
        (at.dash + 0.05, low),
        (at.dash + 0.14, low - 0.02),
        (at.screen_foot + 0.08, low - 0.02),
    ];
    let rings: Vec<Vec<Vec3>> = [left, right]
        .iter()
        .map(|&x| profile.iter().map(|&(z, y)| Vec3::new(x, y, z)).collect())
        .collect();
    place.add(
        "cabin/dashboard",
        Solid::default().loft(&rings, Ends::Capped),
        trim.dark.clone(),
    );
    let strip = block(
        [right + 0.02, at.dash_top - 0.1, at.dash - 0.004],
        [left - 0.02, at.dash_top - 0.075, at.dash + 0.02],
    );
    place.add("cabin/dashboard_strip", strip, trim.strip.clone());

    // The instruments behind the wheel, under a hood that keeps the sun off.
    let face = at.dash - 0.012;
    let hood: Vec<Vec3> = (0..=16)
        .map(|i| {
            let angle = std::f32::consts::PI * i as f32 / 16.0;
            let (sin, cos) = angle.sin_cos();
            let (x, y) = (cos.signum() * cos.abs().sqrt(), sin.max(0.0).sqrt());
            Vec3::new(0.18 * x, at.dash_top - 0.055 + 0.05 * y, face - 0.03)
        })
        .collect();
    let deep = Vec3::new(0.0, -0.02, 0.19);
    let mut shade = Solid::default();
    for pair in hood.windows(2) {
        shade =
            shade
                .panel(pair[0], pair[1] - pair[0], deep)
                .panel(pair[0], deep, pair[1] - pair[0]);
    }
    place.add("cabin/hood", shade, trim.dark.clone());
    let dials = block(
        [-0.165, at.dash_top - 0.17, face],
        [0.165, at.dash_top - 0.04, face + 0.01],
    );
    place.add("cabin/dials", dials, trim.black.clone());
    let middle = at.stack;
    let size = Vec2::new(0.125, 0.075);
    let screen = block(
        [middle.x - size.x, middle.y - size.y, middle.z - 0.006],
        [middle.x + size.x, middle.y + size.y, middle.z + 0.012],
    );
    let arm = block(
        [middle.x - 0.05, middle.y - 0.05, middle.z + 0.012],
        [
            middle.x + 0.05,
            middle.y + 0.05,
            (at.dash + 0.12).max(middle.z + 0.02),
        ],
    );
    place.add("cabin/screen", screen, trim.black.clone());
    place.add("cabin/screen_arm", arm, trim.dark.clone());

    // Both shine towards the driver; tints of displays.
    let head = setting.driver.eyes;
    let tint = [Vec3::new(0.8, 0.95, 1.2), Vec3::new(1.2, 0.95, 0.75)][stream.below(2) as usize];
    for (centre, half, share) in [
        (
            Vec3::new(0.0, at.dash_top - 0.105, face - 0.002),
            Vec2::new(0.14, 0.05),
            0.45,
        ),
        (middle - Vec3::Z * 0.008, size * 0.94, 0.55),
    ] {
        let away = head.distance(centre);
        let cosine = ((centre.z - head.z) / away).max(0.3);
        let area = 4.0 * half.x * half.y;
        place.lamps.push(AreaLight {
            corner: centre - Vec3::new(half.x, half.y, 0.0),
            // u × v looks back at the people.
            edge_u: Vec3::Y * 2.0 * half.y,
            edge_v: Vec3::X * 2.0 * half.x,
            radiance: tint * (share * away * away / (area * cosine)),
            visible: true,
        });
    }
}

/// A circle of the wheel's plane.
fn circle(wheel: &Wheel, radius: f32, lift: f32, count: usize) -> Vec<Vec3> {
    let plane = plane(wheel);
    (0..count)
        .map(|i| {
            let (sin, cos) = (TAU * i as f32 / count as f32).sin_cos();
            wheel.place + plane * Vec3::new(sin * radius, cos * radius, lift)
        })
        .collect()
}

/// From the wheel's own axes: x left, y up along it, z away from the driver.
fn plane(wheel: &Wheel) -> Quat {
    Quat::from_rotation_x(wheel.tilt) * Quat::from_rotation_z(-wheel.turned)
}

fn wheel(place: &mut Place, at: &Layout, trim: &Trim, stream: &mut Stream) {
    let wheel = &at.wheel;
    let own = Affine3A::from_rotation_translation(plane(wheel), wheel.place);
    let axis = plane(wheel) * Vec3::Z;
    let rim = Solid::default().pipe(
        &circle(wheel, wheel.radius_m, 0.0, 48),
        Vec2::splat(0.0155),
        axis,
        Ends::Joined,
    );
    // The hub is pushed in towards the column, as airbag covers are.
    let deep = stream.range(0.02, 0.045) as f32;
    let hub = Solid::default().pillow(
        Vec3::new(0.0, -0.01, deep),
        [Vec3::X * 0.085, Vec3::Y * 0.07, Vec3::Z * 0.032],
        3.0,
    );
    let mut spokes = Solid::default();
    let mut buttons = Solid::default();
    let downward: &[f32] = if stream.below(2) == 0 {
        &[0.0]
    } else {
        &[-0.35, 0.35]
    };
    let ways = [-TAU / 4.0, TAU / 4.0]
        .into_iter()
        .map(|a| a * 1.06)
        .chain(downward.iter().map(|a| TAU / 2.0 + a));
    for (i, angle) in ways.enumerate() {
        let out = Vec3::new(angle.sin(), angle.cos(), 0.0);
        let side = Vec3::new(angle.cos(), -angle.sin(), 0.0);
        let from = out * 0.06 + Vec3::Z * deep;
        let to = out * (wheel.radius_m - 0.004);
        let wide = if i < 2 { 0.026 } else { 0.016 };
        spokes = spokes.and(Solid::default().beam(
            [from, to],
            [
                [side * wide, side * wide * 0.7],
                [Vec3::Z * 0.011, Vec3::Z * 0.008],
            ],
        ));
        if i < 2 {
            let middle = from.lerp(to, 0.45) - Vec3::Z * 0.012;
            buttons = buttons.and(Solid::default().pillow(
                middle,
                [out * 0.026, side * 0.017, Vec3::Z * 0.006],
                4.0,
            ));
        }
    }
    // The column and its levers.
    let column = Solid::default().beam(
        [Vec3::new(0.0, 0.0, 0.05), Vec3::new(0.0, 0.0, 0.24)],
        [[Vec3::X * 0.05; 2], [Vec3::Y * 0.045; 2]],
    );
    let mut levers = Solid::default();
    for way in [-1.0, 1.0] {
        let path = [
            Vec3::new(way * 0.03, 0.0, 0.085),
            Vec3::new(way * 0.1, 0.012, 0.08),
            Vec3::new(way * 0.155, 0.02, 0.07),
        ];
        levers = levers.and(Solid::default().pipe(
            &path,
            Vec2::new(0.008, 0.006),
            Vec3::Y,
            Ends::Capped,
        ));
    }
    place.add(
        "cabin/wheel",
        rim.and(hub.and(spokes).moved(own)),
        trim.leather.clone(),
    );
    place.add("cabin/wheel", buttons.moved(own), trim.black.clone());
    // It does not turn.
    let still = Affine3A::from_rotation_translation(Quat::from_rotation_x(wheel.tilt), wheel.place);
    place.add(
        "cabin/column",
        column.and(levers).moved(still),
        trim.dark.clone(),
    );
}

fn console(place: &mut Place, setting: &Setting, at: &Layout, trim: &Trim) {
    let hips = setting.driver.hips;
    let seat = at.half_hips + 0.07;
    let half = (-at.middle - seat).clamp(0.07, 0.13);
    let (low, high) = (at.middle - half, at.middle + half);
    let top = at.under + 0.05;
    let tunnel = block([low, 0.0, hips.z - 0.25], [high, top, at.dash + 0.1]);
    place.add("cabin/console", tunnel, trim.panel.clone());
    let rest = Solid::default().pillow(
        Vec3::new(at.middle, top + 0.07, hips.z - 0.02),
        [Vec3::X * half * 0.95, Vec3::Y * 0.065, Vec3::Z * 0.17],
        4.0,
    );
    place.add("cabin/arm_rest", rest.finer(4.0), trim.seat.clone());
    let knob = Vec3::new(at.middle, top + 0.12, hips.z + 0.36);
    let lever = Solid::default()
        .pipe(
            &[knob - Vec3::new(0.0, 0.13, -0.02), knob],
            Vec2::splat(0.009),
            Vec3::Z,
            Ends::Capped,
        )
        .pillow(
            knob,
            [Vec3::X * 0.022, Vec3::Y * 0.032, Vec3::Z * 0.026],
            3.0,
        );
    place.add("cabin/gear_lever", lever, trim.leather.clone());
    // Below the screen: vents and switches in a dark panel.
    let stack = block(
        [at.middle - 0.14, at.stack.y - 0.24, at.dash - 0.01],
        [at.middle + 0.14, at.stack.y - 0.09, at.dash + 0.1],
    );
    place.add("cabin/stack", stack, trim.black.clone());
}

fn mirror(place: &mut Place, at: &Layout, trim: &Trim) {
    // It looks at the driver's eyes by half.
    let turn = Quat::from_rotation_y(0.28);
    let own = Affine3A::from_rotation_translation(turn, at.mirror);
    let case = Solid::default().pillow(
        Vec3::Z * 0.008,
        [Vec3::X * 0.12, Vec3::Y * 0.034, Vec3::Z * 0.017],
        4.0,
    );
    let glass = Solid::default().panel(
        Vec3::new(-0.108, -0.026, -0.0095),
        Vec3::Y * 0.052,
        Vec3::X * 0.216,
    );
    let stalk = Solid::default().pipe(
        &[
            at.mirror + Vec3::Z * 0.015,
            Vec3::new(
                at.mirror.x,
                at.roof - 0.02,
                at.screen_top.max(at.mirror.z) + 0.04,
            ),
        ],
        Vec2::splat(0.011),
        Vec3::Y,
        Ends::Capped,
    );
    place.add(
        "cabin/mirror",
        case.moved(own).and(stalk),
        trim.dark.clone(),
    );
    place.add("cabin/mirror_glass", glass.moved(own), trim.mirror.clone());
}

/// A small housing behind the lens, and what carries it.
fn mount(place: &mut Place, setting: &Setting, at: &Layout, trim: &Trim) {
    let lens = setting.camera.as_vec3();
    let towards = (setting.driver.eyes - lens).normalize_or(Vec3::NEG_Z);
    // The housing lies behind the lens' plane.
    let middle = lens - towards * 0.022;
    let carried_by = match setting.mount {
        Mount::Free => return,
        Mount::Cluster => Vec3::new(lens.x, at.dash_top - 0.01, lens.z + 0.02),
        Mount::SteeringColumn => at.wheel.place + plane(&at.wheel) * Vec3::new(0.0, 0.04, 0.16),
        Mount::APillar => middle + Vec3::new(0.02, 0.0, 0.015),
        Mount::CentreStack => Vec3::new(at.stack.x, at.stack.y + 0.06, at.stack.z + 0.01),
        Mount::Mirror => at.mirror + Vec3::Z * 0.015,
        Mount::Roof => Vec3::new(lens.x, at.roof + 0.01, lens.z + 0.02),
    };
    let side = towards.cross(Vec3::Y).normalize_or(Vec3::X);
    let up = side.cross(towards);
    let housing = Solid::default()
        .pillow(middle, [side * 0.022, up * 0.013, towards * 0.016], 4.0)
        .pipe(
            &[middle - towards * 0.006, carried_by],
            Vec2::splat(0.009),
            Vec3::X,
            Ends::Capped,
        );
    place.add("cabin/camera", housing, trim.black.clone());
}
