//! Something hard runs into a thing: sheets give way and keep their new shape, and what lies behind them is pushed along.

use glam::Vec3;

use crate::piece::{Piece, Substance};
use crate::sheet::Sheet;
use crate::striker::Striker;

/// An impact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impact {
    /// Where it touches first, metres.
    pub at: Vec3,
    /// Where it goes, unit, into the thing.
    pub way: Vec3,
    /// What hits.
    pub striker: Striker,
    /// What the sheets take up of its kinetic energy, J.
    pub energy_j: f32,
}

/// What an impact did.
#[derive(Debug, Clone, Default)]
pub struct Strike {
    /// Pieces that were moved, by growing number.
    pub pieces: Vec<usize>,
    /// How far the striker came, metres; the sheets spring back a little.
    pub pressed_m: f32,
    /// Plastic work, J.
    pub work_j: f32,
    /// The region that could move: a ball around [`Impact::at`], metres.
    pub radius_m: f32,
    /// Bent places where paint may crack: position as it is now, piece, and plastic strain of the outermost fibres.
    pub creases: Vec<(Vec3, usize, f32)>,
}

/// Strain of a sheet's outer fibres at which paint cracks.
const PAINT_CRACKS: f32 = 0.1;
/// Sweeps after each step of the striker; four times as many after it is gone.
const SWEEPS: usize = 14;
/// Of sheets of fewer nodes than this half as many: what happens at one node reaches the next in a sweep.
const FEW_NODES: usize = 1500;
/// Steps until an impact of ordinary depth is done, and at most.
const STEPS: f32 = 14.0;
const MOST_STEPS: usize = 42;
/// Most nodes of a simulation: what is struck wider is struck on a coarser mesh.
const MOST_NODES: f32 = 5000.0;

/// Runs `impact` into the pieces: those of steel and plastic are refined around it and deformed, those inside are pushed along. Panes and what is rigid stay.
///
/// A sheet under a membrane stress σt takes about `π·σt·δ²` to be pressed in by δ; the march of the striker is laid out by that and ended by the energy.
pub fn strike(pieces: &mut [Piece], impact: &Impact) -> Strike {
    let substance = nearest(pieces, impact.at).unwrap_or(Substance::Steel);
    let expected = (impact.energy_j / (std::f32::consts::PI * substance.membrane_n_per_m()))
        .sqrt()
        .clamp(3e-4, 0.3);
    let touch = impact.striker.reach_m(expected);
    let radius = (1.6 * touch + 9.0 * expected + 0.04).clamp(0.05, 0.75);
    let edge = (radius / 15.0)
        .max(radius * (3.6 / MOST_NODES).sqrt())
        .clamp(0.004, 0.022);
    let chosen: Vec<usize> = (0..pieces.len())
        .filter(|&k| {
            matches!(pieces[k].substance, Substance::Steel | Substance::Plastic)
                && pieces[k].reaches(impact.at, radius)
        })
        .collect();
    for &number in &chosen {
        pieces[number].refine(impact.at, radius, 1.4 * edge);
    }
    let mut sheet = Sheet::new(pieces, &chosen, impact.at, radius, edge);
    // What is sharper than the mesh is fine would slip between its nodes.
    let blunt = Impact {
        striker: impact.striker.no_sharper_than(1.2 * edge),
        ..*impact
    };
    let pressed_m = press(&mut sheet, &blunt, expected);
    let mut moves = sheet.moves();
    // A sheet follows what presses it, it does not overtake it.
    let most = 1.15 * pressed_m + 0.003;
    for by in &mut moves {
        *by = by.clamp_length_max(most);
    }
    let strains = sheet.creases(substance.thickness_m());
    let mut result = Strike {
        pressed_m,
        work_j: sheet.work_j,
        radius_m: radius,
        ..Strike::default()
    };
    let mut cracked = vec![false; moves.len()];
    for &number in &chosen {
        let piece = &mut pieces[number];
        let own = sheet.of_vertex.range((number, 0)..=(number, u32::MAX));
        let was = piece.face_normals(own.map(|((_, vertex), _)| *vertex));
        let mut any = false;
        for (&(_, vertex), &node) in sheet.of_vertex.range((number, 0)..=(number, u32::MAX)) {
            let by = moves[node as usize];
            piece.mesh.positions[vertex as usize] += by;
            any |= by.length_squared() > 1e-12;
            let strain = strains[node as usize];
            if strain > PAINT_CRACKS && !cracked[node as usize] {
                cracked[node as usize] = true;
                let at = piece.mesh.positions[vertex as usize];
                result.creases.push((at, number, strain));
            }
        }
        if any {
            result.pieces.push(number);
            piece.turn_normals(&was);
        }
    }
    push_along(
        pieces,
        &sheet.rest,
        &moves,
        impact.at,
        radius,
        &mut result.pieces,
    );
    result.pieces.sort_unstable();
    result
}

/// What is nearest to a place.
fn nearest(pieces: &[Piece], at: Vec3) -> Option<Substance> {
    let mut best = (f32::INFINITY, None);
    for piece in pieces {
        for position in &piece.mesh.positions {
            let distance = position.distance_squared(at);
            if distance < best.0 {
                best = (distance, Some(piece.substance));
            }
        }
    }
    best.1
}

/// Moves the striker on until its energy is used up, takes it away, and lets the sheets spring back. Returns how far it came.
fn press(sheet: &mut Sheet, impact: &Impact, expected: f32) -> f32 {
    let push = |at: Vec3, depth: f32| {
        let (distance, out) = impact.striker.distance(at - impact.at, impact.way, depth);
        (distance < 0.0).then(|| at - out * distance)
    };
    // It begins where it touches nothing yet.
    let is_small = sheet.at.len() < FEW_NODES;
    let sweeps = if is_small { SWEEPS / 2 } else { SWEEPS };
    let step = expected / if is_small { 0.6 * STEPS } else { STEPS };
    let mut start = 0.0_f32;
    while start > -0.5 && sheet.at.iter().any(|at| push(*at, start).is_some()) {
        start -= step;
    }
    let mut depth = start;
    let mut pressed = 0.0;
    for _ in 0..MOST_STEPS {
        depth += step;
        // On the way to the first touch nothing gives way.
        while pressed == 0.0 && depth < 0.3 && !sheet.at.iter().any(|at| push(*at, depth).is_some())
        {
            depth += step;
        }
        pressed += step;
        sheet.settle(sweeps, &|at| push(at, depth));
        let stored = sheet.flow();
        if sheet.work_j + stored >= impact.energy_j {
            break;
        }
    }
    sheet.settle(4 * sweeps, &|_| None);
    pressed
}

/// How far a push reaches behind a sheet, metres.
const BEHIND_M: f32 = 0.06;

/// What lies behind a sheet goes with it, the less the further away.
fn push_along(
    pieces: &mut [Piece],
    rest: &[Vec3],
    moves: &[Vec3],
    centre: Vec3,
    radius: f32,
    moved: &mut Vec<usize>,
) {
    // A few hundred places are enough to say where it went.
    let stride = rest.len().div_ceil(600).max(1);
    let guides: Vec<(Vec3, Vec3)> = (0..rest.len())
        .step_by(stride)
        .filter(|&k| moves[k].length_squared() > 1e-8)
        .map(|k| (rest[k], moves[k]))
        .collect();
    if guides.is_empty() {
        return;
    }
    for (number, piece) in pieces.iter_mut().enumerate() {
        if piece.substance != Substance::Inside || !piece.reaches(centre, radius) {
            continue;
        }
        let mut any = false;
        for (vertex, at) in piece.mesh.positions.iter_mut().enumerate() {
            if at.distance_squared(centre) > radius * radius {
                continue;
            }
            let (mut sum, mut weight) = (Vec3::ZERO, 1e-3_f32);
            for (from, by) in &guides {
                let near = from.distance_squared(piece.before[vertex]) / (BEHIND_M * BEHIND_M);
                if near < 9.0 {
                    let w = 1.0 / (1.0 + near * near);
                    sum += *by * w;
                    weight += w;
                }
            }
            let by = sum / weight;
            if by.length_squared() > 1e-10 {
                *at += by;
                any = true;
            }
        }
        if any {
            moved.push(number);
        }
    }
}

#[cfg(test)]
mod tests;
