//! Earrings: studs on the lobes, hoops through them.

use std::f32::consts::TAU;

use glam::Vec3;
use scene::Mesh;
use scene::mesh::Part;

use super::hat::{append, ball};
use super::head::{Ear, Head};
use super::obstacle::Obstacle;

/// What hangs from an ear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    Stud,
    Hoop,
}

/// Both earrings in the head's axes, `size_mm` across.
pub(crate) fn build(head: &Head, skin: &Obstacle, make: Make, size_mm: f32) -> Mesh {
    let mut out = Mesh::default();
    for (ear, sign) in head.ears.iter().zip([-1.0f32, 1.0]) {
        match make {
            Make::Stud => stud(skin, ear, sign, head.scale, size_mm, &mut out),
            Make::Hoop => hoop(head, skin, ear, sign, size_mm, &mut out),
        }
    }
    out
}

/// Where a lobe is pierced, on its outer side.
fn hole(skin: &Obstacle, ear: &Ear, sign: f32, s: f32) -> Vec3 {
    let at = Vec3::new(0.0, ear.lobe.y + 0.0065 * s, ear.lobe.z + 0.001 * s);
    let x = skin
        .outermost(at, Vec3::X * sign, 0.16)
        .unwrap_or(ear.lobe.x.abs());
    Vec3::new(sign * x, at.y, at.z)
}

fn stud(skin: &Obstacle, ear: &Ear, sign: f32, s: f32, size_mm: f32, out: &mut Mesh) {
    let radius = 0.0005 * size_mm;
    let at = hole(skin, ear, sign, s) + Vec3::X * (sign * 0.5 * radius);
    append(
        out,
        &ball(at, Vec3::new(0.75, 1.0, 1.0) * radius, Part::Earring),
    );
}

/// A ring that hangs from the hole; the wider, the more it turns along the cheek, and it swings out until it clears neck and jaw.
fn hoop(head: &Head, skin: &Obstacle, ear: &Ear, sign: f32, size_mm: f32, out: &mut Mesh) {
    const AROUND: usize = 64;
    let radius = 0.0005 * size_mm;
    let wire = 0.0007 + 0.000_012 * size_mm;
    let hole = hole(skin, ear, sign, head.scale) - Vec3::X * (sign * 0.0015);
    let turn = (0.9 - 0.018 * size_mm).clamp(0.2, 0.75);
    let along = Vec3::new(sign * turn.sin(), 0.0, turn.cos());
    let down = -head.upright();
    let ring = |swing: f32| -> Vec<Vec3> {
        let outward = Vec3::X * sign;
        let hang = (down + outward * swing.tan()).normalize_or(down);
        let centre = hole + hang * radius;
        (0..AROUND)
            .map(|k| {
                let (sin, cos) = (k as f32 / AROUND as f32 * TAU).sin_cos();
                centre + along * (radius * sin) - hang * (radius * cos)
            })
            .collect()
    };
    let is_clear = |points: &[Vec3]| {
        points.iter().skip(10).take(AROUND - 20).all(|p| {
            let from = Vec3::new(0.0, p.y, p.z);
            skin.outermost(from, Vec3::X * sign, 0.16)
                .is_none_or(|x| p.x * sign > x + wire)
        })
    };
    let mut path = ring(0.0);
    for step in 1..=12 {
        if is_clear(&path) {
            break;
        }
        path = ring(step as f32 * 0.05);
    }
    let across = vec![Vec3::X * sign; path.len()];
    let section = crate::eyewear::sweep::Section {
        across: wire,
        deep: wire,
    };
    crate::eyewear::sweep::tube(&path, &across, section, true, out);
    out.parts.resize(out.triangles.len(), Part::Earring);
}
