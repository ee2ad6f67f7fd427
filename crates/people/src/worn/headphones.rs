//! Over-ear headphones: two cups with cushions, a band over the crown, arms between them.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};
use scene::Mesh;
use scene::mesh::Part;

use super::hat::append;
use super::head::{Ear, Head};
use super::obstacle::Obstacle;
use super::sheet::{Sheet, cord};

/// Shell and band, and the cushions, in the head's axes.
pub(crate) struct Headphones {
    pub(crate) shell: Mesh,
    pub(crate) cushions: Mesh,
}

/// Power of the superellipse that a band is.
const ARCH: f32 = 2.5;
/// Points along the band and across it.
const ALONG: usize = 61;
const ACROSS: usize = 9;

/// `below` holds what the band lies on; `hair_m` is the room that pressed hair needs under it.
pub(crate) fn build(head: &Head, below: &Obstacle, hair_m: f32) -> Headphones {
    let s = head.scale.max(0.8);
    let mut shell = Mesh::default();
    let mut cushions = Mesh::default();
    let mut tops = [Vec3::ZERO; 2];
    for (side, sign) in [(0usize, -1.0f32), (1, 1.0)] {
        let ear = head.ears[side];
        let (cushion, cup, top) = cup(&ear, sign, s);
        append(&mut cushions, &cushion);
        append(&mut shell, &cup);
        tops[side] = top;
    }
    let centre = Vec3::new(
        0.5 * (tops[0].x + tops[1].x),
        0.5 * (tops[0].y + tops[1].y),
        0.5 * (tops[0].z + tops[1].z),
    );
    let half_width = 0.5 * (tops[1].x - tops[0].x);
    // The band leans a little forward on its way up.
    let up = Vec3::new(0.0, 1.0, 0.06).normalize_or(Vec3::Y);
    let ray = |t: f32| {
        let angle = PI * t;
        Vec3::X * -angle.cos() + up * angle.sin()
    };
    // The lowest arch that clears the head everywhere.
    let mut rise = 0.8 * half_width;
    for k in 0..ALONG {
        for lean in [-0.014, 0.0, 0.014f32] {
            let t = k as f32 / (ALONG - 1) as f32;
            let sin = (PI * t).sin();
            if sin < 0.5 {
                continue;
            }
            let origin = centre + Vec3::Z * lean;
            if let Some(r) = below.outermost(origin, ray(t), 0.3) {
                let p = ray(t) * (r + 0.005 + hair_m);
                // |x / w|ⁿ + |y / rise|ⁿ = 1 through this point.
                let x = (p.x / half_width).abs().min(0.97);
                rise = rise.max(p.dot(up) / (1.0 - x.powf(ARCH)).powf(1.0 / ARCH));
            }
        }
    }
    let width = 0.013 * s;
    let mut points = Vec::new();
    let mut uvs = Vec::new();
    for k in 0..ALONG {
        let t = k as f32 / (ALONG - 1) as f32;
        let angle = PI * t;
        let round = |c: f32| c.signum() * c.abs().powf(2.0 / ARCH);
        let middle = centre - Vec3::X * (half_width * round(angle.cos()))
            + up * (rise * round(angle.sin().max(0.0)));
        // Narrow at the arms, wide and padded on the crown.
        let wide = width * (0.55 + 0.55 * angle.sin());
        for j in 0..ACROSS {
            let u = 2.0 * j as f32 / (ACROSS - 1) as f32 - 1.0;
            let crest = 0.002 * (1.0 - u * u);
            let out = (middle - centre).normalize_or(Vec3::Y);
            points.push(middle + Vec3::Z * (u * wide) + out * crest);
            uvs.push(Vec2::new(t * 40.0, u * 4.0));
        }
    }
    let band = Sheet {
        rows: ALONG,
        columns: ACROSS,
        is_round: false,
        has_pole: false,
        points,
        uvs,
    };
    append(
        &mut shell,
        &band.mesh(0.0045, centre, Part::Headwear, |_, _| true),
    );
    Headphones { shell, cushions }
}

/// Cushion, cup, and where the band ends above the cup.
fn cup(ear: &Ear, sign: f32, s: f32) -> (Mesh, Mesh, Vec3) {
    // Around the whole ear: cushions are made for large ones.
    let half = Vec2::new(
        (ear.half.z + 0.010).max(0.034 * s),
        (ear.half.y + 0.008).max(0.041 * s),
    );
    let inner = ear.root.x.abs().min(ear.middle.x.abs()) - 0.004;
    let outer = ear.middle.x.abs() + ear.half.x + 0.004;
    let depth = (outer - inner).max(0.018);
    let middle = Vec3::new(0.0, ear.middle.y, ear.middle.z);
    // Profiles: share of the outline, distance from the head's middle.
    let soft = [
        (0.55, inner + 0.35 * depth),
        (0.60, inner + 0.08 * depth),
        (0.72, inner - 0.02 * depth),
        (0.88, inner),
        (0.98, inner + 0.18 * depth),
        (1.02, inner + 0.5 * depth),
        (1.0, inner + 0.82 * depth),
        (0.93, inner + 0.98 * depth),
    ];
    let hard = [
        (0.55, inner + 0.5 * depth),
        (0.90, inner + 0.92 * depth),
        (0.97, inner + 0.96 * depth),
        (0.98, inner + 1.05 * depth),
        (0.94, inner + 1.05 * depth + 0.010 * s),
        (0.80, inner + 1.05 * depth + 0.015 * s),
        (0.55, inner + 1.05 * depth + 0.017 * s),
        (0.50, inner + 1.05 * depth + 0.0155 * s),
        (0.25, inner + 1.05 * depth + 0.0165 * s),
        (0.0, inner + 1.05 * depth + 0.017 * s),
    ];
    let cushion = turned(&soft, middle, half, sign);
    let mut shell = turned(&hard, middle, half, sign);
    // An arm from the cup's outside up to the band.
    let side = sign * (inner + 1.05 * depth + 0.009 * s);
    let foot = Vec3::new(side, ear.middle.y + 0.35 * half.y, ear.middle.z);
    let top = Vec3::new(side, ear.middle.y + half.y + 0.022 * s, ear.middle.z);
    let bow = [
        foot,
        foot.lerp(top, 0.35) + Vec3::X * (sign * 0.004),
        foot.lerp(top, 0.7) + Vec3::X * (sign * 0.002),
        top,
        top + Vec3::new(-sign * 0.001, 0.012 * s, 0.0),
    ];
    cord(
        &crate::eyewear::curve(&bow),
        0.0038 * s,
        Vec3::Z,
        Part::Headwear,
        &mut shell,
    );
    (cushion, shell, top)
}

/// A profile turned about the side-to-side axis through `middle`, over a rounded rectangle.
fn turned(profile: &[(f32, f32)], middle: Vec3, half: Vec2, sign: f32) -> Mesh {
    const AROUND: usize = 49;
    let line: Vec<Vec3> = profile
        .iter()
        .map(|(r, x)| Vec3::new(*r, *x, 0.0))
        .collect();
    let fine = crate::eyewear::curve(&line);
    let mut points = Vec::new();
    let mut uvs = Vec::new();
    for p in &fine {
        for k in 0..AROUND {
            let (sin, cos) = ((k % (AROUND - 1)) as f32 / (AROUND - 1) as f32 * TAU).sin_cos();
            let corner = |c: f32| c.signum() * c.abs().powf(2.0 / 2.4);
            points.push(Vec3::new(
                sign * p.y,
                middle.y + corner(sin) * half.y * p.x,
                middle.z + corner(cos) * half.x * p.x,
            ));
            uvs.push(Vec2::new(k as f32, p.x * 10.0));
        }
    }
    let sheet = Sheet {
        rows: fine.len(),
        columns: AROUND,
        is_round: true,
        has_pole: false,
        points,
        uvs,
    };
    // Lathed bodies are shells: what lies below is towards their own ring's middle.
    let x = profile.iter().map(|(_, x)| *x).sum::<f32>() / profile.len() as f32;
    sheet.mesh(
        0.0008,
        Vec3::new(sign * (x - 0.002), middle.y, middle.z),
        Part::Headwear,
        |_, _| true,
    )
}
