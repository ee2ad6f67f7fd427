//! From a scan to a person: find, fit from coarse to fine, follow the surface, say how well it went.

use body::BodyModel;
use glam::Vec3;

use crate::anatomy::{Anatomy, State};
use crate::coarse::{self, Found};
use crate::colour;
use crate::error::ScanError;
use crate::kind::Kind;
use crate::pairs::{self, Goal};
use crate::person::{self, Person};
use crate::read::Scan;
use crate::region::Region3d;
use crate::register::{self, Stage};
use crate::report::Report;
use crate::residual;
use crate::skeleton::Level;
use crate::surface::{Surface, quantile};
use crate::units::Unit;
use crate::variables::Region;
use privacy::{Consent, Ledger, Sealed};

/// Places of the scan that the last stage looks at.
const SAMPLES: usize = 30_000;

/// Root of the mean square of what is known of people beforehand, in standard deviations: people are below 1.4, a cube is at 2.7.
const STRANGEST: f32 = 2.0;

/// What is known beforehand.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What the scan shows.
    pub kind: Option<Kind>,
    /// The file's unit.
    pub unit: Option<Unit>,
    /// Places in the file's axes and unit of skin vertices of the base mesh.
    pub pins: Vec<(u32, Vec3)>,
}

/// A scan with a body laid into it.
#[derive(Debug)]
pub(crate) struct Laid<'m> {
    pub(crate) anatomy: Anatomy<'m>,
    pub(crate) kind: Kind,
    pub(crate) found: Found,
    /// The scan in metres, upright, facing +z.
    pub(crate) upright: Surface,
    pub(crate) state: State,
    /// Displacements of skin vertices in the rest pose, metres before scale.
    pub(crate) residual: Vec<Vec3>,
    /// Skin vertices with displacements, in the scan's place.
    pub(crate) posed: Vec<Vec3>,
    pub(crate) noise: f32,
    pub(crate) evidence: residual::Evidence,
    pub(crate) region: Region3d,
}

/// Hears what a fit is doing.
pub type Say<'s> = &'s dyn Fn(&str);

/// Fits the body model to a scan. The ledger is told, and travels in the person with the consent.
///
/// # Errors
/// [`ScanError`] where the scan shows no person, more than one, or cannot be read as a surface.
///
/// # Determinism
/// The same scan gives the same person, on any number of threads.
pub fn fit(
    model: &BodyModel,
    scan: &Sealed<Scan>,
    ledger: &mut Ledger,
    consent: &Consent,
    known: &Known,
    say: Say<'_>,
) -> Result<Person, ScanError> {
    let scan = scan.open(ledger, "the shape, pose and colours of a person");
    let whole = Surface::weld(&scan.positions, &scan.triangles);
    if whole.triangles.is_empty() {
        return Err(ScanError::new(
            "the scan has no triangle with an area",
            "export it again; every vertex lies in one place or on one line",
        ));
    }
    let triangles = whole.triangles.len() as u64;
    let surface = whole.thinned();
    one_thing(&surface)?;
    let laid = lay(model, &surface, known, say)?;
    let (mut report, doubt) = report(&laid);
    report.triangles = triangles;
    doubt.map_or(Ok(()), Err)?;
    say("baking colours");
    let raw = placed(surface, &laid.found);
    let skin = colour::bake(model, scan, &raw, &laid.posed, 0.008);
    let mut person = laid.person(consent.clone(), report, ledger.clone());
    person
        .measure(model)
        .map_err(|error| ScanError::new(error.to_string(), error.hint()))?;
    person.skin = skin;
    person.report.notes.extend(scan.notes.iter().cloned());
    Ok(person)
}

/// Refuses scans of several things of like size that stand apart.
fn one_thing(surface: &Surface) -> Result<(), ScanError> {
    let areas = surface.areas();
    let mut pieces: Vec<(f32, Vec<u32>)> = surface
        .pieces()
        .into_iter()
        .map(|list| (list.iter().map(|&t| areas[t as usize]).sum(), list))
        .collect();
    pieces.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((most, first)) = pieces.first() else {
        return Ok(());
    };
    let (low, high) = surface.bounds_of(first);
    let size = high - low;
    let others = pieces[1..].iter().filter(|(area, list)| {
        let (l, h) = surface.bounds_of(list);
        let own = h - l;
        // Their boxes share little: shells of one body lie inside each other.
        let shared = (high.min(h) - low.max(l)).max(Vec3::ZERO);
        let least = (size.x * size.y * size.z).min(own.x * own.y * own.z);
        *area > 0.3 * most
            && own.max_element() > 0.6 * size.max_element()
            && shared.x * shared.y * shared.z < 0.25 * least
    });
    match others.count() {
        0 => Ok(()),
        more => Err(ScanError::new(
            format!(
                "the scan shows {} separate things of like size, and one person is wanted",
                more + 1
            ),
            "cut them apart and learn each from a file of its own, with its own consent",
        )),
    }
}

pub(crate) fn lay<'m>(
    model: &'m BodyModel,
    surface: &Surface,
    known: &Known,
    say: Say<'_>,
) -> Result<Laid<'m>, ScanError> {
    let anatomy = Anatomy::new(model);
    say("looking for the person");
    let (surface, noise) = surface.clone().calmed();
    let small = surface.clone().at_most(30_000);
    let coarser = surface.clone().at_most(6_000);
    let found = coarse::find(&anatomy, &small, &coarser, known.kind, known.unit);
    let best = found
        .first()
        .map(|found| found.score)
        .ok_or_else(|| ScanError::size(&surface))?;
    // What looks alike from afar (left and right hands, a face on its side) is told apart closer up.
    let tried: Vec<Try> = distinct(&anatomy, found)
        .into_iter()
        .filter(|found| found.score < 1.35 * best + 0.02)
        .take(3)
        .map(|found| {
            say(&format!("trying a {}", found.kind.name()));
            Try::new(&anatomy, &surface, noise, found, &known.pins)
        })
        .collect();
    let Some(best) = tried.into_iter().min_by(|a, b| a.score.total_cmp(&b.score)) else {
        return Err(ScanError::size(&surface));
    };
    let (kind, upright, found) = (best.found.kind, best.upright, best.found);
    say(&format!("found a {}", kind.name()));
    let region = best.region;
    let noise = noise * found.metres;
    let posed = anatomy.shaped(&best.state, anatomy.rest(&best.state)).posed;
    let shorn = region.shorn(&upright, &posed, noise);
    let goal = Goal::new(shorn.as_ref().unwrap_or(&upright), SAMPLES, noise);
    let mut state = best.state;
    for stage in last_stages(&anatomy, &found, noise, &known.pins) {
        state = register::run(&anatomy, state, &goal, &region, &stage);
    }
    say("following the surface");
    let (residual, posed, evidence) = residual::follow(&anatomy, &state, &goal, &region, kind);
    Ok(Laid {
        anatomy,
        kind,
        found,
        upright,
        state,
        residual,
        posed,
        noise,
        evidence,
        region,
    })
}

/// Guesses that lay the body elsewhere than a better one does.
fn distinct(anatomy: &Anatomy<'_>, found: Vec<Found>) -> Vec<Found> {
    let mut kept: Vec<(Found, Vec<Vec3>)> = Vec::new();
    for found in found {
        let region = found.kind.region(anatomy.model);
        let back = found.turn.transpose();
        let shaped = anatomy.shaped(&found.state, anatomy.rest(&found.state));
        let places: Vec<Vec3> = shaped
            .posed
            .iter()
            .zip(region)
            .filter(|(_, inside)| *inside)
            .map(|(p, _)| back * *p / found.metres)
            .collect();
        let (low, high) = places
            .iter()
            .fold((Vec3::MAX, Vec3::MIN), |(l, h), p| (l.min(*p), h.max(*p)));
        let near = 0.03 * (high - low).max_element();
        let alike = kept.iter().any(|(other, others)| {
            other.kind == found.kind && {
                let mut apart: Vec<f32> = places
                    .iter()
                    .zip(others)
                    .map(|(a, b)| (*a - *b).length())
                    .collect();
                quantile(&mut apart, 0.95) < near
            }
        });
        if !alike {
            kept.push((found, places));
        }
    }
    kept.into_iter().map(|(found, _)| found).collect()
}

/// In metres, upright, facing +z, outside out.
fn placed(surface: Surface, found: &Found) -> Surface {
    let surface = if found.inside_out {
        surface.turned_inside_out()
    } else {
        surface
    };
    surface.moved(found.turn, found.metres)
}

/// A guess followed until it can be judged.
struct Try {
    found: Found,
    upright: Surface,
    state: State,
    region: Region3d,
    score: f32,
}

fn stage(
    anatomy: &Anatomy<'_>,
    found: &Found,
    pins: &[(u32, Vec3)],
    (rounds, stride): (usize, usize),
    radius: (f32, f32),
    (level, locals, expression): (Level, bool, bool),
) -> Stage {
    Stage {
        rounds,
        stride,
        radius,
        cosine: if found.kind == Kind::Body { 0.5 } else { 0.1 },
        own_normals: found.kind != Kind::Body,
        free: register::free(anatomy, found.kind, level, locals, expression),
        scale_sd: if found.unit.is_some() { 0.06 } else { 3.0 },
        back: 1.0,
        soft: (0.7, 0.7),
        ages: false,
        patches: found.kind.patches(),
        pins: pins
            .iter()
            .map(|&(v, p)| (v, found.turn * p * found.metres, 1.0 / (0.004 * 0.004)))
            .collect(),
    }
}

/// With all freedom: first few places and little trust in them, then many.
fn last_stages(
    anatomy: &Anatomy<'_>,
    found: &Found,
    noise: f32,
    pins: &[(u32, Vec3)],
) -> [Stage; 2] {
    let body = found.kind == Kind::Body;
    let (start, middle, least): (f32, f32, f32) = if body {
        (0.02, 0.01, 0.004)
    } else {
        (0.01, 0.006, 0.002)
    };
    let end = (3.0 * noise).max(least);
    let middle = end.max(middle);
    let free = (Level::Fingers, true, !body);
    let first = stage(
        anatomy,
        found,
        pins,
        (8, 3),
        (start.max(middle), middle),
        free,
    );
    let last = stage(anatomy, found, pins, (12, 1), (middle, end), free);
    [
        first,
        Stage {
            back: 0.25,
            soft: (0.7, 0.0),
            ages: true,
            ..last
        },
    ]
}

impl Try {
    fn new(
        anatomy: &Anatomy<'_>,
        surface: &Surface,
        noise: f32,
        found: Found,
        pins: &[(u32, Vec3)],
    ) -> Self {
        let upright = placed(surface.clone(), &found);
        let noise = noise * found.metres;
        let goal = Goal::new(&upright, 4_000, noise);
        let region = Region3d::new(anatomy, found.kind);
        let stage = |rounds, radius, free| stage(anatomy, &found, pins, rounds, radius, free);
        let stages = if found.kind == Kind::Body {
            [
                stage((8, 2), (0.06, 0.03), (Level::Body, false, false)),
                stage((8, 2), (0.03, 0.015), (Level::Body, false, false)),
            ]
        } else {
            [
                stage((8, 3), (0.025, 0.012), (Level::Fingers, false, false)),
                stage((10, 2), (0.012, 0.006), (Level::Fingers, true, false)),
            ]
        };
        let mut state = register::run(anatomy, found.state.clone(), &goal, &region, &stages[0]);
        let posed = anatomy.shaped(&state, anatomy.rest(&state)).posed;
        let region = region.bald_or_not(&goal, &posed);
        let shorn = region.shorn(&upright, &posed, noise);
        let bare = shorn.as_ref().map(|shorn| Goal::new(shorn, 4_000, noise));
        let bare = bare.as_ref().unwrap_or(&goal);
        state = register::run(anatomy, state, bare, &region, &stages[1]);
        let shaped = anatomy.shaped(&state, anatomy.rest(&state));
        let reach = upright.longest() * 0.25;
        let off = pairs::distances(&goal, &region, &shaped.posed, 1, reach);
        let c = upright.longest() * 0.01;
        let cost = |d: f32| {
            if d.is_finite() {
                d * d / (c * c + d * d)
            } else {
                1.0
            }
        };
        let sum: f32 = off.of_scan.iter().map(|&d| cost(d)).sum();
        Self {
            score: sum / off.of_scan.len().max(1) as f32,
            found,
            upright,
            state,
            region,
        }
    }
}

impl Laid<'_> {
    fn person(&self, consent: Consent, report: Report, ledger: Ledger) -> Person {
        let anatomy = &self.anatomy;
        let (mut weights, mut expression) = (Vec::new(), Vec::new());
        for (variable, &weight) in anatomy.variables.iter().zip(&self.state.locals) {
            let name = if weight > 0.0 {
                &variable.positive
            } else {
                &variable.negative
            };
            if let Some(name) = name.as_ref().filter(|_| weight.abs() > 1e-4) {
                let list = if variable.region == Region::Expression {
                    &mut expression
                } else {
                    &mut weights
                };
                list.push((name.clone(), weight.abs().min(1.0)));
            }
        }
        Person {
            kind: self.kind,
            macros: self.state.macros,
            scale: self.state.scale,
            weights,
            expression,
            pose: anatomy
                .joints
                .iter()
                .zip(&self.state.turns)
                .map(|(joint, turn)| (joint.name.clone(), turn.to_array()))
                .collect(),
            residual: self.residual.iter().map(|&by| person::stored(by)).collect(),
            evidence: self
                .evidence
                .of_vertex
                .iter()
                .map(|e| (e.clamp(0.0, 1.0) * 255.0).round() as u8)
                .collect(),
            skin: None,
            report,
            consent,
            ledger,
        }
    }
}

/// Figures of a fit; and the refusal where they say that this is no person.
fn report(laid: &Laid<'_>) -> (Report, Option<ScanError>) {
    let goal = Goal::new(&laid.upright, 12_000, laid.noise);
    let region = &laid.region;
    let longest = laid.upright.longest();
    let reach = longest * 0.25;
    let shaped = laid
        .anatomy
        .shaped(&laid.state, laid.anatomy.rest(&laid.state));
    let before = pairs::distances(&goal, region, &shaped.posed, 1, reach).of_scan;
    let after = pairs::distances(&goal, region, &laid.posed, 1, reach).of_scan;
    let mm = |metres: f32| {
        if metres.is_finite() {
            metres * 1e3
        } else {
            1e3 * reach
        }
    };
    let at = |values: &[f32], share: f64| mm(quantile(&mut values.to_vec(), share));
    let near = (3.0 * laid.noise).max(0.003);
    let followed: Vec<f32> = after.iter().copied().filter(|&d| d <= near).collect();
    let count = after.len().max(1) as f32;
    let tree = crate::nearest::Nearest::new(&laid.posed, &region.triangles);
    let off = goal.samples.iter().zip(&after).filter(|(_, d)| **d > near);
    let hair = off
        .filter(|((p, _), _)| {
            tree.find(&laid.posed, &region.triangles, *p, reach, |_| true)
                .is_some_and(|hit| {
                    let corners = region.triangles[hit.triangle as usize];
                    corners.iter().all(|&v| region.scalp[v as usize])
                })
        })
        .count() as f32
        / count;
    let share = followed.len() as f32 / count;
    let unseen = region
        .vertices
        .iter()
        .filter(|&&v| region.counts[v as usize] > 0.5 && laid.evidence.of_vertex[v as usize] < 0.05)
        .count() as f32
        / region
            .vertices
            .iter()
            .filter(|&&v| region.counts[v as usize] > 0.5)
            .count()
            .max(1) as f32;
    let mut report = Report {
        unit: laid.found.unit.map_or("", Unit::symbol).to_owned(),
        median_mm: at(&after, 0.5),
        p90_mm: at(&after, 0.9),
        followed_median_mm: at(&followed, 0.5),
        followed: share,
        before_residual_median_mm: at(&before, 0.5),
        noise_mm: laid.noise * 1e3,
        hair,
        other: (1.0 - share - hair).max(0.0),
        unseen,
        ..Report::default()
    };
    let mut note = |when: bool, text: String| {
        if when {
            report.notes.push(text);
        }
    };
    note(
        laid.found.unit.is_none(),
        "no unit of length gives a plausible size; the size was taken from the shape".to_owned(),
    );
    let percent = |share: f32| (share * 100.0).round();
    note(
        hair > 0.02,
        format!("{} % of the scan was held to be hair", percent(hair)),
    );
    let other = report.other;
    let mut note = |when: bool, text: String| {
        if when {
            report.notes.push(text);
        }
    };
    note(
        other > 0.03,
        format!(
            "{} % of the scan was held to be clothes or other things",
            percent(other)
        ),
    );
    note(
        unseen > 0.05,
        format!(
            "{} % of the {} is not in the scan and was taken from the likeliest person",
            percent(unseen),
            laid.kind.name()
        ),
    );
    note(
        laid.found.inside_out,
        "the scan's triangles run clockwise and were turned".to_owned(),
    );
    let far = before.iter().filter(|&&d| d > 0.035 * longest).count() as f32 / count;
    let kind = laid.kind.name();
    let free = register::free(
        &laid.anatomy,
        laid.kind,
        Level::Body,
        true,
        laid.kind != Kind::Body,
    );
    let doubt = if register::strangeness(&laid.anatomy, &laid.state, &free) > STRANGEST {
        Some(format!("a {kind} of a shape that people do not have"))
    } else if report.before_residual_median_mm > 16.0 * longest || far > 0.35 {
        Some(format!(
            "a {kind} that is off by {:.0} mm in the middle, and {} % of the scan is far from it",
            report.before_residual_median_mm,
            percent(far)
        ))
    } else {
        None
    };
    let doubt = doubt.map(|nearest| {
        ScanError::new(
            format!("no person was found in the scan: what comes nearest is {nearest}"),
            "is it one body, head, face or hand? `--kind`, `--unit` and `--landmarks` help where it is",
        )
    });
    (report, doubt)
}
