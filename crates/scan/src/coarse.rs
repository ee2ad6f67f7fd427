//! What a scan shows, where it is and how large: many guesses, a rigid fit of each, a soft fit of the best, and the one that explains most.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use glam::{Mat3, Quat, Vec3};
use rayon::prelude::*;

use crate::anatomy::{Anatomy, LOCALS, RIGID, State};
use crate::axes::principal;
use crate::kind::{self, Kind};
use crate::nearest::Nearest;
use crate::normal_equations::NormalEquations;
use crate::pairs::{self, Goal};
use crate::region::Region3d;
use crate::register::{self, Stage};
use crate::skeleton::Level;
use crate::surface::Surface;
use crate::units::Unit;

/// A body, head, face or hand in a usual pose, to lay scans against.
struct Template {
    kind: Kind,
    state: State,
    posed: Vec<Vec3>,
    normals: Vec<Vec3>,
    region: Region3d,
    tree: Nearest,
    face: Vec<Vec3>,
    middle: Vec3,
    size: f32,
    frame: Mat3,
}

/// Where a guess ended: `template = turn * scan * scale + shift`.
#[derive(Debug, Clone)]
struct Guess {
    template: usize,
    unit: Option<Unit>,
    turn: Mat3,
    scale: f32,
    shift: Vec3,
    /// Mean robust distance, 0 perfect, 1 nothing fits.
    score: f32,
    /// The scan's triangles run the other way round.
    inside_out: bool,
}

/// What was found, and a first fit of it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) unit: Option<Unit>,
    /// Metres from the file's units.
    pub(crate) metres: f32,
    /// World from file axes: the scan upright and facing +z.
    pub(crate) turn: Mat3,
    pub(crate) inside_out: bool,
    pub(crate) state: State,
    pub(crate) score: f32,
}

/// Finds the person. `kind` and `unit` narrow the search where they are known. `None` where no guess is plausible.
pub(crate) fn find(
    anatomy: &Anatomy<'_>,
    surface: &Surface,
    coarser: &Surface,
    kind: Option<Kind>,
    unit: Option<Unit>,
) -> Vec<Found> {
    let templates = templates(anatomy, kind);
    let samples = coarser.samples(150);
    let rest = coarser.nearest();
    let face: Vec<Vec3> = (0..coarser.triangles.len() as u32)
        .map(|t| coarser.calm_normal(t))
        .collect();
    let cloud = Cloud {
        surface: coarser,
        tree: &rest,
        face: &face,
        samples: &samples,
    };
    let starts = starts(&templates, surface, unit, kind);
    let mut guesses: Vec<Guess> = starts
        .into_par_iter()
        .map(|guess| cloud.icp(&templates, guess, 7, 0.22, 0.08))
        .collect();
    guesses.sort_by(|a, b| a.score.total_cmp(&b.score));
    let fine = coarser.samples(600);
    let cloud = Cloud {
        samples: &fine,
        ..cloud
    };
    // The best few of each template: what looks best from afar need not be it.
    let mut kept: Vec<Guess> = Vec::new();
    for (index, _) in templates.iter().enumerate() {
        let mut own = 0;
        for guess in guesses.iter().filter(|g| g.template == index) {
            let fresh = kept.iter().all(|k| k.template != index || !k.near(guess));
            if fresh {
                kept.push(guess.clone());
                own += 1;
            }
            if own == 4 {
                break;
            }
        }
    }
    let mut kept: Vec<Guess> = kept
        .into_par_iter()
        .map(|guess| cloud.icp(&templates, guess, 15, 0.1, 0.05))
        .collect();
    kept.sort_by(|a, b| a.score.total_cmp(&b.score));
    kept.truncate(10);
    let soft: Vec<Found> = kept
        .into_par_iter()
        .map(|guess| soften(anatomy, surface, &templates[guess.template], &guess))
        .collect();
    let mut soft = soft;
    soft.sort_by(|a, b| a.score.total_cmp(&b.score));
    soft
}

impl Guess {
    fn near(&self, other: &Self) -> bool {
        let apart = Quat::from_mat3(&(self.turn * other.turn.transpose()));
        apart.to_scaled_axis().length() < 0.35
            && (self.scale / other.scale).ln().abs() < 0.15
            && self.unit == other.unit
    }
}

struct Cloud<'s> {
    surface: &'s Surface,
    tree: &'s Nearest,
    face: &'s [Vec3],
    samples: &'s [(Vec3, Vec3)],
}

impl Cloud<'_> {
    /// Turns, shifts and scales the scan towards the template; radii as shares of the template's size.
    fn icp(
        &self,
        templates: &[Template],
        mut guess: Guess,
        rounds: usize,
        from: f32,
        to: f32,
    ) -> Guess {
        let template = &templates[guess.template];
        let sign = if guess.inside_out { -1.0 } else { 1.0 };
        let start = guess.scale;
        for round in 0..=rounds {
            let along = round as f32 / rounds as f32;
            let radius = template.size * from * (to / from).powf(along.min(1.0));
            let mut equations = NormalEquations::new(7);
            let (mut cost, mut count) = ([0.0_f32; 2], [0.0_f32; 2]);
            let mut add = |way: usize, p: Vec3, q: Vec3, n: Vec3, trust: f32| {
                let square = (q - p).length_squared();
                let c = radius * radius;
                let w = (c / (c + square)).powi(2);
                cost[way] += trust * square / (c + square);
                count[way] += trust;
                let arm = p - template.middle;
                // Along the normal, and a little in all directions while far.
                for (direction, share) in [(n, 1.0), (Vec3::X, 0.1), (Vec3::Y, 0.1), (Vec3::Z, 0.1)]
                {
                    let t = arm.cross(direction);
                    let row = [
                        (0, t.x),
                        (1, t.y),
                        (2, t.z),
                        (3, direction.x),
                        (4, direction.y),
                        (5, direction.z),
                        (6, direction.dot(arm)),
                    ];
                    equations.add(&row, direction.dot(q - p), trust * w * share / c);
                }
            };
            for &(s, n) in self.samples {
                let p = guess.turn * s * guess.scale + guess.shift;
                let n = guess.turn * n * sign;
                let hit = template.tree.find(
                    &template.posed,
                    &template.region.triangles,
                    p,
                    2.0 * radius,
                    |t| template.face[t as usize].dot(n) > 0.2,
                );
                if let Some(hit) = hit {
                    let m = template.face[hit.triangle as usize];
                    let corners = template.region.triangles[hit.triangle as usize];
                    let out = m.dot(p - hit.point);
                    let trust = template.region.trust(corners, out, 0.0).max(0.1);
                    add(0, p, hit.point, m, trust);
                } else {
                    add(0, p, p + Vec3::X * template.size, Vec3::ZERO, 1.0);
                }
            }
            let back = guess.turn.transpose();
            let step = template.region.vertices.len().div_ceil(self.samples.len());
            for &v in template.region.vertices.iter().step_by(step) {
                let q = template.posed[v as usize];
                let m = template.normals[v as usize];
                let local = back * (q - guess.shift) / guess.scale;
                let n = back * m * sign;
                let reach = 2.0 * radius / guess.scale;
                let hit = self.tree.find(
                    &self.surface.positions,
                    &self.surface.triangles,
                    local,
                    reach,
                    |t| self.face[t as usize].dot(n) > 0.2,
                );
                if let Some(hit) = hit {
                    let p = guess.turn * hit.point * guess.scale + guess.shift;
                    let trust = template.region.trust([v; 3], m.dot(p - q), 0.0);
                    add(1, p, q, m, trust.max(0.1));
                } else {
                    add(1, q, q + Vec3::X * template.size, Vec3::ZERO, 1.0);
                }
            }
            guess.score = 0.6 * cost[0] / count[0].max(1.0) + 0.4 * cost[1] / count[1].max(1.0);
            if round == rounds {
                break;
            }
            // People differ in size by some tenths; without a unit by anything.
            let sd = if guess.unit.is_some() { 0.1 } else { 1.0 };
            let weight = self.samples.len() as f64 * 0.02 / (sd * sd);
            equations.add_single(6, f64::from((start / guess.scale).ln()), weight);
            for k in 0..6 {
                equations.add_single(k, 0.0, 1e-3);
            }
            let Some(x) = equations.solve(&[true; 7]) else {
                break;
            };
            let at = |i: usize| x[i] as f32;
            let turn = Vec3::new(at(0), at(1), at(2)).clamp_length_max(0.6);
            let turn = Mat3::from_quat(Quat::from_scaled_axis(turn));
            let grow = at(6).clamp(-0.2, 0.2).exp();
            guess.shift = template.middle
                + turn * (guess.shift - template.middle) * grow
                + Vec3::new(at(3), at(4), at(5));
            guess.turn = turn * guess.turn;
            guess.scale *= grow;
        }
        guess
    }
}

/// A fit of limbs and sliders from a rigid guess.
fn soften(anatomy: &Anatomy<'_>, surface: &Surface, template: &Template, guess: &Guess) -> Found {
    let metres = guess.unit.map_or(guess.scale, Unit::metres);
    // The scan upright in metres; the body is put where the guess has it.
    let mut upright = surface.clone();
    if guess.inside_out {
        upright = upright.turned_inside_out();
    }
    let upright = upright.moved(guess.turn, metres);
    let goal = Goal::new(&upright, 1500, 0.0);
    let grow = metres / guess.scale;
    let mut state = template.state.clone();
    state.scale = grow;
    state.shift = -guess.shift * grow;
    if guess.unit.is_some() {
        // Hair makes heads look large from afar.
        let size = grow.clamp(0.94, 1.06);
        let middle = (template.middle - guess.shift) * grow;
        state.shift = middle + (state.shift - middle) * (size / grow);
        state.scale = size;
    }
    let mut free = register::free(anatomy, template.kind, Level::Limbs, false, false);
    if matches!(template.kind, Kind::RightHand | Kind::LeftHand) {
        free = register::free(anatomy, template.kind, Level::Fingers, false, false);
    }
    let stride = template.region.vertices.len().div_ceil(1200).max(1);
    let region = Region3d {
        scalp: template.region.scalp.clone(),
        vertices: template
            .region
            .vertices
            .iter()
            .copied()
            .step_by(stride)
            .collect(),
        triangles: template.region.triangles.clone(),
        counts: vec![1.0; template.region.counts.len()],
    };
    let size = template.size;
    let longest = upright.longest();
    let scale_sd = if guess.unit.is_some() { 0.1 } else { 3.0 };
    let mut rigid = vec![false; free.len()];
    rigid[..RIGID].fill(true);
    let stage = |free: &[bool], rounds, from, to| Stage {
        rounds,
        stride: 1,
        radius: (size * from, size * to),
        cosine: 0.3,
        own_normals: template.kind != Kind::Body,
        free: free.to_vec(),
        scale_sd,
        back: 1.0,
        soft: (0.7, 0.7),
        ages: false,
        patches: template.kind.patches(),
        pins: Vec::new(),
    };
    let run = |state, region: &Region3d, stage: Stage| {
        register::run(anatomy, state, &goal, region, &stage)
    };
    let first = if template.kind == Kind::Head {
        // Hair hides a head's shape, but not its face.
        let face = Region3d::new(anatomy, Kind::Head).facing(anatomy);
        let few = face.vertices.iter().copied().step_by(4).collect();
        let face = Region3d {
            vertices: few,
            ..face
        };
        let mut still = rigid.clone();
        still[6] = false;
        state = run(state, &face, stage(&still, 6, 0.05, 0.03));
        state = run(state, &face, stage(&rigid, 6, 0.03, 0.015));
        // Then the neck, so that shoulders lie where they should before the radius shrinks.
        let mut posing = free.clone();
        posing[RIGID - 1..LOCALS].fill(false);
        state = run(state, &region, stage(&posing, 10, 0.12, 0.04));
        0.03
    } else {
        state = run(state, &region, stage(&rigid, 3, 0.08, 0.06));
        let mut shapeless = free.clone();
        shapeless[RIGID..LOCALS].fill(false);
        state = run(state, &region, stage(&shapeless, 12, 0.09, 0.05));
        0.05
    };
    state = run(state, &region, stage(&free, 10, first, 0.015));
    let shaped = anatomy.shaped(&state, anatomy.rest(&state));
    let found = pairs::distances(&goal, &region, &shaped.posed, 1, size);
    let cost = |d: f32| {
        let c = longest * 0.02;
        if d.is_finite() {
            d * d / (c * c + d * d)
        } else {
            1.0
        }
    };
    let scan: f32 =
        found.of_scan.iter().map(|&d| cost(d)).sum::<f32>() / found.of_scan.len().max(1) as f32;
    let body: f32 = found
        .of_body
        .iter()
        .map(|d| d.map_or(1.0, cost))
        .sum::<f32>()
        / found.of_body.len().max(1) as f32;
    Found {
        kind: template.kind,
        unit: guess.unit,
        metres,
        turn: guess.turn,
        inside_out: guess.inside_out,
        score: 0.75 * scan + 0.25 * body,
        state,
    }
}

/// Poses people are scanned in, as angles about the joints' own axes.
fn templates(anatomy: &Anatomy<'_>, only: Option<Kind>) -> Vec<Template> {
    let mut list = Vec::new();
    let wanted = |kind: Kind| only.is_none_or(|only| only == kind);
    let mut add = |kind: Kind, age: f32, angles: &[(&str, Vec3)], front: bool| {
        if !wanted(kind) {
            return;
        }
        let mut state = anatomy.start();
        state.macros.0[0] = age;
        for (name, turn) in angles {
            for (number, joint) in anatomy.joints.iter().enumerate() {
                let side = if joint.name.split('.').nth(1) == Some("L") {
                    1.0
                } else {
                    -1.0
                };
                if joint.name.split('.').next() == Some(*name) {
                    // World axes; turns about y and z are mirrored on the right.
                    let mirrored = Vec3::new(turn.x, turn.y * side, turn.z * side);
                    state.turns[number] = Quat::from_scaled_axis(mirrored);
                }
            }
        }
        let shaped = anatomy.shaped(&state, anatomy.rest(&state));
        let region = if front {
            Region3d::of(anatomy, &kind::front_of_face(anatomy.model))
        } else {
            Region3d::new(anatomy, kind)
        };
        list.push(Template::new(kind, state, shaped.posed, region));
    };
    let z = |angle: f32| Vec3::new(0.0, 0.0, angle);
    // Arms half down as the mesh has them, straight out, hanging, forwards and apart.
    add(Kind::Body, 2.2, &[], false);
    add(Kind::Body, 2.2, &[("upperarm01", z(0.75))], false);
    add(Kind::Body, 2.2, &[("upperarm01", z(-0.55))], false);
    add(
        Kind::Body,
        2.2,
        &[
            ("upperarm01", Vec3::new(0.5, 0.0, 0.3)),
            ("upperleg01", z(0.3)),
        ],
        false,
    );
    add(Kind::Body, 0.9, &[("upperarm01", z(-0.3))], false);
    add(Kind::Head, 2.2, &[], false);
    add(Kind::Face, 2.2, &[], true);
    add(Kind::RightHand, 2.2, &[], false);
    add(Kind::LeftHand, 2.2, &[], false);
    list
}

impl Template {
    fn new(kind: Kind, state: State, posed: Vec<Vec3>, region: Region3d) -> Self {
        let tree = Nearest::new(&posed, &region.triangles);
        let normals = body::subdivision::vertex_normals(&posed, &region.triangles);
        let face = region
            .triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|v| posed[v as usize]);
                (b - a).cross(c - a).normalize_or_zero()
            })
            .collect();
        let points: Vec<(Vec3, f32)> = region
            .triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|v| posed[v as usize]);
                ((a + b + c) / 3.0, (b - a).cross(c - a).length())
            })
            .collect();
        let (middle, frame) = principal(&points);
        let (low, high) = region
            .vertices
            .iter()
            .map(|&v| posed[v as usize])
            .fold((Vec3::MAX, Vec3::MIN), |(l, h), p| (l.min(p), h.max(p)));
        Self {
            kind,
            state,
            posed,
            normals,
            region,
            tree,
            face,
            middle,
            size: (high - low).max_element(),
            frame,
        }
    }
}

fn starts(
    templates: &[Template],
    surface: &Surface,
    unit: Option<Unit>,
    kind: Option<Kind>,
) -> Vec<Guess> {
    let areas = surface.areas();
    let points: Vec<(Vec3, f32)> = surface
        .triangles
        .iter()
        .zip(&areas)
        .map(|(t, &area)| {
            let [a, b, c] = t.map(|v| surface.positions[v as usize]);
            ((a + b + c) / 3.0, area)
        })
        .collect();
    let (middle, frame) = principal(&points);
    let longest = surface.longest();
    // Closed surfaces say which side is out by their volume; open ones are tried both ways.
    let volume = surface.volume();
    let rims = surface.rim.iter().filter(|&&rim| rim).count();
    let closed = rims * 50 < surface.positions.len();
    let sides: &[bool] = match (closed, volume >= 0.0) {
        (true, true) => &[false],
        (true, false) => &[true],
        (false, _) => &[false, true],
    };
    let kinds_of = |template: &Template| -> Vec<(Option<Unit>, f32)> {
        let (low, high) = template.kind.plausible_m();
        let fits = |u: &Unit| (low..=high).contains(&(longest * u.metres()));
        let known: Vec<Unit> = match unit {
            Some(unit) => vec![unit],
            None => Unit::COMMON.into_iter().filter(fits).collect(),
        };
        known.into_iter().map(|u| (Some(u), u.metres())).collect()
    };
    let any_known = templates.iter().any(|t| !kinds_of(t).is_empty());
    let mut list = Vec::new();
    for (index, template) in templates.iter().enumerate() {
        let mut scales = kinds_of(template);
        let rare = scales.is_empty() && (!any_known || kind.is_some());
        if rare {
            let (low, high) = template.kind.plausible_m();
            let fits = |u: &Unit| (low..=high).contains(&(longest * u.metres()));
            scales = Unit::RARE
                .into_iter()
                .filter(fits)
                .map(|u| (Some(u), u.metres()))
                .collect();
            if scales.is_empty() {
                scales.push((None, template.size / longest));
            }
        }
        for (unit, scale) in scales {
            for turn in turns(template, frame) {
                for &inside_out in sides {
                    list.push(Guess {
                        template: index,
                        unit,
                        turn,
                        scale,
                        shift: template.middle - turn * middle * scale,
                        score: 1.0,
                        inside_out,
                    });
                }
            }
        }
    }
    list
}

/// Directions to try: each axis up, every eighth of a turn about it; and the scan's long axes along the template's.
fn turns(template: &Template, frame: Mat3) -> Vec<Mat3> {
    let ups = [
        Quat::IDENTITY,
        Quat::from_rotation_x(-FRAC_PI_2),
        Quat::from_rotation_x(FRAC_PI_2),
        Quat::from_rotation_x(PI),
        Quat::from_rotation_z(FRAC_PI_2),
        Quat::from_rotation_z(-FRAC_PI_2),
    ];
    let mut list = Vec::new();
    for up in ups {
        for eighth in 0..8_u8 {
            let about = Quat::from_rotation_y(f32::from(eighth) / 8.0 * TAU);
            list.push(Mat3::from_quat(about * up));
        }
    }
    // The 24 turns of a cube between the two frames.
    for up in ups {
        for quarter in 0..4_u8 {
            let about = Quat::from_rotation_y(f32::from(quarter) / 4.0 * TAU);
            let cube = Mat3::from_quat(about * up);
            list.push(template.frame * cube * frame.transpose());
        }
    }
    list
}
