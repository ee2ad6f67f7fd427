//! How well scans come back: persons who are known are scanned by arithmetic (another triangulation, 2 mm of noise, holes, hair, any
//! direction and unit), learned, and compared vertex by vertex in the rest pose; or real scans are learned and their figures printed.
//!
//! ```sh
//! cargo run --release -p populace-scan --example round_trip -- bodies 1 2 3
//! cargo run --release -p populace-scan --example round_trip -- heads 1 2 3
//! cargo run --release -p populace-scan --example round_trip -- bald 1 2 3
//! cargo run --release -p populace-scan --example round_trip -- real FILE…
//! ```
//!
//! `bald` are bodies without hair: what is below hair is not in a scan. With `-o FOLDER` as the last two words, a picture of each scan beside its
//! fit is written there.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
mod picture;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use body::phenotype::Phenotype;
use body::rig::Pose;
use body::{BodyModel, figure, identity::Identity};
use glam::{Mat3, Quat, Vec3};
use population::stream::{Seed, Stream, Streams};
use privacy::{Consent, Ledger};
use rustix::time::{ClockId, clock_gettime};
use scan::read::Scan;
use scan::{Known, Person};
use scene::mesh::Part;
use scene::pack::Store;

type Answer<T> = Result<T, Box<dyn Error>>;

/// CPU seconds of this process.
fn cpu_s() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

fn wall_s() -> f64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

fn main() -> Answer<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = None;
    if let Some(at) = arguments.iter().position(|a| a == "-o") {
        out = arguments.get(at + 1).map(PathBuf::from);
        arguments.truncate(at);
    }
    let model = scan::model::open(&Store::open(&scene::pack::default_directory()?))?;
    let (what, rest) = arguments
        .split_first()
        .ok_or("bodies, heads, bald or real?")?;
    if what == "real" {
        println!(
            "| scan | kind | unit | height cm | median mm | p90 mm | followed | followed median mm | before residual mm | CPU s | wall s |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|---|");
        for file in rest {
            real(&model, Path::new(file), out.as_deref())?;
        }
        return Ok(());
    }
    let shown = Shown {
        head: what == "heads",
        hair: what != "bald",
    };
    println!(
        "| person | found | vertex error median mm | p90 mm | in the scan's pose mm | height error mm | surface median mm | CPU s | wall s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for seed in rest {
        known(&model, seed.parse()?, shown, out.as_deref())?;
    }
    Ok(())
}

fn consent() -> Consent {
    let text = || "bench".to_owned();
    Consent {
        source: text(),
        scope: text(),
        date: "2026-11-22".to_owned(),
        terms: text(),
    }
}

fn real(model: &BodyModel, file: &Path, out: Option<&Path>) -> Answer<()> {
    let (cpu, wall) = (cpu_s(), wall_s());
    let scan = scan::read::open(file)?;
    let mut ledger = Ledger::new();
    let looked = scan.open(&mut ledger, "a picture beside the fit");
    let (positions, triangles) = (looked.positions.clone(), looked.triangles.clone());
    let name = format!(
        "{}/{}",
        file.parent()
            .and_then(Path::file_name)
            .unwrap_or_default()
            .display(),
        file.file_stem().unwrap_or_default().display()
    );
    match scan::fit(
        model,
        &scan,
        &mut ledger,
        &consent(),
        &Known::default(),
        &|_| (),
    ) {
        Ok(person) => {
            let r = &person.report;
            println!(
                "| {name} | {} | {} | {:.1} | {:.2} | {:.2} | {:.0} % | {:.2} | {:.2} | {:.1} | {:.1} |",
                person.kind.name(),
                r.unit,
                r.height_m * 100.0,
                r.median_mm,
                r.p90_mm,
                r.followed * 100.0,
                r.followed_median_mm,
                r.before_residual_median_mm,
                cpu_s() - cpu,
                wall_s() - wall
            );
            if let Some(out) = out {
                let metres = scan::Unit::from_symbol(&r.unit).map_or(1.0, scan::Unit::metres);
                let positions: Vec<Vec3> = positions.iter().map(|p| *p * metres).collect();
                let fitted = laid_on(model, &person, &positions)?;
                let at = out.join(name.replace('/', "_")).with_extension("png");
                let body = person.kind == scan::Kind::Body;
                draw(&at, model, (&positions, &triangles), &fitted, !body)?;
            }
        }
        Err(error) => println!("| {name} | {error} | | | | | | | | | |"),
    }
    Ok(())
}

/// The person in the scan's place, for scans that stand upright and face +z: turned and shifted until what was seen lies on the scan.
fn laid_on(model: &BodyModel, person: &Person, scan: &[Vec3]) -> Answer<Vec<Vec3>> {
    let mut fitted = posed(model, person)?;
    let seen: Vec<usize> = (0..fitted.len())
        .filter(|&v| person.evidence[v] > 200)
        .step_by(5)
        .collect();
    let bounds = |list: &mut dyn Iterator<Item = Vec3>| {
        list.fold((Vec3::MAX, Vec3::MIN), |(l, h), p| (l.min(p), h.max(p)))
    };
    let (low, high) = bounds(&mut scan.iter().copied());
    let (l, h) = bounds(&mut seen.iter().map(|&v| fitted[v]));
    let shift = (low + high - l - h) * 0.5;
    for p in &mut fitted {
        *p += shift;
    }
    for _ in 0..30 {
        let from: Vec<Vec3> = seen.iter().map(|&v| fitted[v]).collect();
        let to: Vec<Vec3> = from
            .iter()
            .map(|p| {
                let near = scan.iter().min_by(|a, b| {
                    (**a - *p)
                        .length_squared()
                        .total_cmp(&(**b - *p).length_squared())
                });
                near.copied().unwrap_or_default()
            })
            .collect();
        let place = place(&from, &to);
        for p in &mut fitted {
            *p = place.moved(*p);
        }
    }
    Ok(fitted)
}

/// The person in the scan's pose, without its place.
fn posed(model: &BodyModel, person: &Person) -> Answer<Vec<Vec3>> {
    let rest = person.shape(model)?;
    let mut pose = Pose::default();
    for (bone, q) in &person.pose {
        pose.rotate(bone, Quat::from_array(*q));
    }
    let posed = model.rig.pose(&rest, &pose);
    let mut skin = model.rig.skin_linearly(&posed, &rest);
    skin.truncate(model.skin_vertices);
    Ok(skin)
}

/// What of a person is scanned.
#[derive(Clone, Copy)]
struct Shown {
    /// The head alone.
    head: bool,
    hair: bool,
}

fn known(model: &BodyModel, seed: u64, shown: Shown, out: Option<&Path>) -> Answer<()> {
    let head = shown.head;
    let streams = Streams::new(Seed(seed), 0);
    let mut r = streams.stream("person");
    let figure = person(model, &mut r, seed);
    let mut pose = Pose::default();
    let turn =
        |x: f64, y: f64, z: f64| Quat::from_scaled_axis(Vec3::new(x as f32, y as f32, z as f32));
    for (side, k) in [(".L", 1.0), (".R", -1.0)] {
        let arm = turn(
            r.range(-0.3, 0.5),
            r.range(-0.2, 0.2),
            k * r.range(-0.5, 0.6),
        );
        pose.rotate(&format!("upperarm01{side}"), arm);
        let elbow = turn(-r.range(0.0, 0.6), -k * r.range(0.0, 0.6), 0.0);
        pose.rotate(&format!("lowerarm01{side}"), elbow);
        let hip = turn(r.range(-0.4, 0.3), 0.0, k * r.range(0.0, 0.2));
        pose.rotate(&format!("upperleg01{side}"), hip);
        pose.rotate(
            &format!("lowerleg01{side}"),
            turn(r.range(0.0, 0.5), 0.0, 0.0),
        );
        let side = side.trim_start_matches('.');
        let at = |bone: String| model.rig.joint(&bone, &figure).unwrap_or_default();
        let wrist = at(format!("wrist.{side}"));
        let (index, little) = (
            at(format!("finger2-1.{side}")) - wrist,
            at(format!("finger5-1.{side}")) - wrist,
        );
        let palm = little.cross(index) * k as f32;
        for digit in 1..=5 {
            // Fingers bend about their hinges, towards the palm.
            let along =
                at(format!("finger{digit}-3.{side}")) - at(format!("finger{digit}-1.{side}"));
            let hinge = along.cross(palm).normalize_or_zero();
            for part in 1..=3 {
                let bend = Quat::from_axis_angle(hinge, r.range(-0.1, 0.4) as f32);
                pose.rotate(&format!("finger{digit}-{part}.{side}"), bend);
            }
        }
    }
    pose.rotate(
        "spine03",
        turn(r.range(-0.1, 0.2), r.range(-0.2, 0.2), r.range(-0.1, 0.1)),
    );
    pose.rotate(
        "head",
        turn(r.range(-0.2, 0.2), r.range(-0.3, 0.3), r.range(-0.1, 0.1)),
    );
    let posed = model.rig.pose(&figure, &pose);
    let skin = model.rig.skin_linearly(&posed, &figure);
    let middle = model
        .rig
        .joints(&posed)
        .find(|(name, _)| *name == "head")
        .map_or(Vec3::ZERO, |(_, place)| place);
    let seen: Vec<bool> = (0..model.skin_vertices)
        .map(|v| !head || (skin[v] - middle).length() < 0.24)
        .collect();
    let (surface, scan) = synthesised(model, &skin, &seen, shown, &mut r, seed);
    let triangles = scan.triangles.clone();
    let (cpu, wall) = (cpu_s(), wall_s());
    let sealed = scan::read::seal(scan, "known");
    let mut ledger = Ledger::new();
    let person = scan::fit(
        model,
        &sealed,
        &mut ledger,
        &consent(),
        &Known::default(),
        &|_| (),
    )?;
    let (cpu, wall) = (cpu_s() - cpu, wall_s() - wall);
    let shape = person.shape(model)?;
    let part: Vec<usize> = (0..model.skin_vertices)
        .filter(|&v| seen[v] && (!head || figure[v].y > neck(model, &figure)))
        .collect();
    let of = |list: &[Vec3]| -> Vec<Vec3> { part.iter().map(|&v| list[v]).collect() };
    let at_rest = errors_mm(&of(&shape), &of(&figure));
    let fitted = self::posed(model, &person)?;
    let in_pose = errors_mm(&of(&fitted), &of(&skin));
    let at = |errors: &[f32], share: f64| errors[((errors.len() - 1) as f64 * share) as usize];
    let truth = Person::standing_height_m(model, &figure);
    println!(
        "| {} {seed} | {} in {} | {:.2} | {:.2} | {:.2} | {} | {:.2} | {cpu:.1} | {wall:.1} |",
        if head { "head" } else { "body" },
        person.kind.name(),
        person.report.unit,
        at(&at_rest, 0.5),
        at(&at_rest, 0.9),
        at(&in_pose, 0.5),
        if head {
            "–".to_owned()
        } else {
            format!("{:+.1}", (person.report.height_m - truth) * 1e3)
        },
        person.report.median_mm
    );
    if let Some(out) = out {
        let place = place(&of(&fitted), &of(&skin));
        let fitted: Vec<Vec3> = fitted.iter().map(|&p| place.moved(p)).collect();
        let name = format!("{}_{seed}.png", if head { "head" } else { "body" });
        draw(
            &out.join(name),
            model,
            (&surface, &triangles),
            &fitted,
            head,
        )?;
    }
    Ok(())
}

/// A scan beside its fit, where the fit lies on the scan.
fn draw(
    path: &Path,
    model: &BodyModel,
    (positions, triangles): (&[Vec3], &[[u32; 3]]),
    fitted: &[Vec3],
    head: bool,
) -> Answer<()> {
    let bounds = triangles
        .iter()
        .flatten()
        .map(|&v| positions[v as usize])
        .fold((Vec3::MAX, Vec3::MIN), |(l, h), p| (l.min(p), h.max(p)));
    // What a fitted body has beyond the scan is not compared.
    let (low, high) = (bounds.0 - 0.02, bounds.1 + 0.02);
    let inside = |v: &u32| {
        let p = fitted[*v as usize];
        p.cmpge(low).all() && p.cmple(high).all()
    };
    let skin: Vec<[u32; 3]> = model
        .skin_triangles
        .iter()
        .copied()
        .filter(|t| t.iter().all(inside))
        .collect();
    let covered = covered(model);
    let tree = scan::nearest::Nearest::new(fitted, &model.skin_triangles);
    let scan_covered: Vec<bool> = positions
        .iter()
        .map(|&p| {
            let hit = tree.find(fitted, &model.skin_triangles, p, 0.1, |_| true);
            hit.is_some_and(|hit| {
                let corners = model.skin_triangles[hit.triangle as usize];
                !head && corners.iter().any(|&v| covered[v as usize])
            })
        })
        .collect();
    let skin_covered: Vec<bool> = covered.iter().map(|covered| *covered && !head).collect();
    let shapes = [
        picture::Shape {
            positions,
            triangles,
            smooth: false,
            covered: &scan_covered,
        },
        picture::Shape {
            positions: fitted,
            triangles: &skin,
            smooth: true,
            covered: &skin_covered,
        },
    ];
    let (angles, height_px) = if head {
        ([0.0, -0.8], 300)
    } else {
        ([0.0, -1.2], 420)
    };
    picture::write(path, &shapes, &angles, (low, high), height_px)
}

/// Skin vertices below a top and shorts: nobody is shown undressed.
fn covered(model: &BodyModel) -> Vec<bool> {
    let joint = |name: &str| model.rig.joint(name, &model.base).unwrap_or_default();
    let (hip, arm) = (joint("upperleg01.L").y, joint("upperarm01.L"));
    model.base[..model.skin_vertices]
        .iter()
        .map(|p| {
            let top = (arm.y - 0.28..arm.y - 0.02).contains(&p.y) && p.x.abs() < arm.x;
            let shorts = (hip - 0.16..hip + 0.12).contains(&p.y) && p.x.abs() < 0.25;
            top || shorts
        })
        .collect()
}

/// A turn and a shift.
struct Place {
    turn: Quat,
    from: Vec3,
    to: Vec3,
}

impl Place {
    fn moved(&self, p: Vec3) -> Vec3 {
        self.turn * (p - self.from) + self.to
    }
}

/// Lays points on others, one by one, by least squares.
fn place(found: &[Vec3], truth: &[Vec3]) -> Place {
    let mean = |list: &[Vec3]| list.iter().sum::<Vec3>() / list.len() as f32;
    let (from, to) = (mean(found), mean(truth));
    let mut turn = Quat::IDENTITY;
    for _ in 0..20 {
        let (mut inertia, mut moment) = (Mat3::ZERO, Vec3::ZERO);
        for (a, b) in found.iter().zip(truth) {
            let (p, q) = (turn * (*a - from), *b - to);
            inertia += Mat3::from_diagonal(Vec3::splat(p.length_squared()))
                - Mat3::from_cols(p * p.x, p * p.y, p * p.z);
            moment += p.cross(q);
        }
        turn = Quat::from_scaled_axis(inertia.inverse() * moment) * turn;
    }
    Place { turn, from, to }
}

/// Distances between vertices, sorted, where one shape lies on the other by a turn and a shift: where a person stood is not of the person.
fn errors_mm(found: &[Vec3], truth: &[Vec3]) -> Vec<f32> {
    let place = place(found, truth);
    let mut errors: Vec<f32> = found
        .iter()
        .zip(truth)
        .map(|(a, b)| (place.moved(*a) - *b).length() * 1e3)
        .collect();
    errors.sort_by(f32::total_cmp);
    errors
}

fn neck(model: &BodyModel, rest: &[Vec3]) -> f32 {
    model.rig.joint("neck02", rest).map_or(0.0, |joint| joint.y)
}

fn person(model: &BodyModel, r: &mut Stream, seed: u64) -> Vec<Vec3> {
    let age_years = r.range(18.0, 80.0);
    let masculinity = r.uniform().round();
    let (a, b) = (r.uniform(), r.uniform());
    let phenotype = Phenotype {
        age_years,
        masculinity,
        ancestry: [a.min(b), (a - b).abs(), 1.0 - a.max(b)],
        muscle: r.range(0.3, 0.8),
        proportions: r.range(0.3, 0.8),
    };
    let height = if masculinity > 0.5 {
        r.range(165.0, 190.0)
    } else {
        r.range(152.0, 178.0)
    };
    let identity = Identity::draw(seed as i64 + 100, 1.0);
    let shape = |positions: &mut [Vec3]| identity.apply(model, positions);
    let bmi = r.range(19.0, 32.0);
    figure::solve(model, &phenotype, shape, height, bmi).positions
}

/// Every triangle in four, holes, hair 3 cm thick on the scalp, noise of 2 mm in each direction, some direction and unit; the surface first where
/// the body is, then as a file has it.
fn synthesised(
    model: &BodyModel,
    skin: &[Vec3],
    seen: &[bool],
    Shown { head, hair }: Shown,
    r: &mut Stream,
    seed: u64,
) -> (Vec<Vec3>, Scan) {
    let whole = &skin[..model.skin_vertices];
    // No scanner sees the inside of a mouth.
    let mut hidden = vec![false; whole.len()];
    for (quad, (part, _)) in model.quads.iter().zip(body::tables::FACES.iter()) {
        if *part == Part::MouthInterior {
            quad[..4].iter().for_each(|&v| hidden[v as usize] = true);
        }
    }
    let triangles: Vec<[u32; 3]> = model
        .skin_triangles
        .iter()
        .copied()
        .filter(|t| t.iter().all(|&v| seen[v as usize]) && !t.iter().any(|&v| hidden[v as usize]))
        .collect();
    let (positions, mut triangles) = split(whole, &triangles);
    let radius = if head { 0.02 } else { 0.06 };
    for _ in 0..6 {
        let corner = triangles[r.below(triangles.len() as u64) as usize][0];
        let hole = positions[corner as usize];
        triangles.retain(|t| (positions[t[0] as usize] - hole).length() > radius);
    }
    let normals = body::subdivision::vertex_normals(&positions, &triangles);
    let mut scalp = vec![false; whole.len()];
    for (quad, (part, _)) in model.quads.iter().zip(body::tables::FACES.iter()) {
        if *part == Part::Scalp {
            quad[..4].iter().for_each(|&v| scalp[v as usize] = true);
        }
    }
    let hairline: Vec<Vec3> = model
        .skin_triangles
        .iter()
        .filter(|t| t.iter().any(|&v| scalp[v as usize]) && !t.iter().all(|&v| scalp[v as usize]))
        .map(|t| whole[t[0] as usize])
        .collect();
    let hairy = |p: Vec3| {
        let nearest = (0..whole.len()).min_by(|&a, &b| {
            (whole[a] - p)
                .length_squared()
                .total_cmp(&(whole[b] - p).length_squared())
        });
        nearest.is_some_and(|v| scalp[v])
    };
    let top = scalp
        .iter()
        .zip(whole)
        .filter(|(s, _)| **s)
        .map(|(_, p)| *p);
    let (low, high) = top.fold((Vec3::MAX, Vec3::MIN), |(l, h), p| (l.min(p), h.max(p)));
    let turn = Quat::from_scaled_axis(spread(r) * 1.2);
    let shift = spread(r);
    let unit = [1.0, 100.0, 1000.0][(seed % 3) as usize];
    let surface: Vec<Vec3> = positions
        .iter()
        .zip(&normals)
        .map(|(&p, &n)| {
            let near = p.cmpge(low - 0.01).all() && p.cmple(high + 0.01).all();
            let thick = if hair && near && hairy(p) {
                let inside = hairline
                    .iter()
                    .map(|q| (*q - p).length())
                    .fold(1.0, f32::min);
                (inside / 0.03).min(1.0) * 0.03
            } else {
                0.0
            };
            p + n * thick + spread(r) * 0.002
        })
        .collect();
    let positions = surface.iter().map(|&p| (turn * p + shift) * unit).collect();
    let scan = Scan {
        positions,
        triangles,
        ..Scan::default()
    };
    (surface, scan)
}

fn spread(r: &mut Stream) -> Vec3 {
    Vec3::new(r.normal() as f32, r.normal() as f32, r.normal() as f32)
}

fn split(positions: &[Vec3], triangles: &[[u32; 3]]) -> (Vec<Vec3>, Vec<[u32; 3]>) {
    let mut middles: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    let (mut points, mut list) = (positions.to_vec(), Vec::new());
    for &[a, b, c] in triangles {
        let mut middle = |x: u32, y: u32| {
            *middles.entry((x.min(y), x.max(y))).or_insert_with(|| {
                points.push((points[x as usize] + points[y as usize]) * 0.5);
                points.len() as u32 - 1
            })
        };
        let (ab, bc, ca) = (middle(a, b), middle(b, c), middle(c, a));
        list.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
    }
    (points, list)
}
