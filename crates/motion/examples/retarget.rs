//! Recordings onto the reference body, measured: `cargo run --release -p populace-motion --example retarget -- FOLDER… [--sheet DIR]`.
//!
//! Every BVH and AMC file below the folders (Acclaim skeletons beside their clips) is retargeted. Said of each: how far limbs point from where the
//! recorded ones do, in degrees, before feet are planted and after; how far feet slide in a contact, in millimetres, before and after; what unit was
//! found. `--sheet DIR` draws each as stick figures, from the front and from the left, eight moments a row.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#[path = "support/sheet.rs"]
mod sheet;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use glam::Vec3;
use motion::clip::{Clip, Sole};
use motion::names::Mapping;
use motion::retarget::{self, Limbs};
use motion::take::Take;
use motion::{Joint, Side, Skeleton, acclaim, bvh};

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "bvh" || e == "amc") {
            found.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Take, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    if path.extension().is_some_and(|e| e == "bvh") {
        return Ok(bvh::read(&bytes)?);
    }
    let folder = path.parent().ok_or("no folder")?;
    let mut skeletons = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let skeleton = skeletons
        .find(|p| p.extension().is_some_and(|e| e == "asf"))
        .ok_or("no skeleton beside the clip")?;
    let skeleton = acclaim::read_skeleton(&fs::read(skeleton)?)?;
    Ok(acclaim::read(&bytes, &skeleton, acclaim::CMU_FPS)?)
}

/// The farthest that standing heels and balls move from where they stand, in the mean over contacts and at most, mm.
fn slide(clip: &Clip, body: &Skeleton, planted: bool) -> (f32, f32) {
    let unit = body.hip_height_m();
    let mut all = Vec::new();
    for contact in &clip.contacts {
        let mut far: f32 = 0.0;
        let (first, last) = (
            (contact.from_s * clip.fps).round() as usize,
            (contact.to_s * clip.fps).round() as usize,
        );
        for frame in first..=last.min(clip.frames.len() - 1) {
            let at = frame as f32 / clip.fps;
            let shown = if planted {
                clip.planted_at(at, body)
            } else {
                clip.frame_at(at)
            };
            let stance = body.stand(&shown);
            let foot = Joint::Foot(contact.side);
            let turn = stance.turn(foot) * body.rest(foot);
            let offset = match contact.sole {
                Sole::Heel => body.heel_m(contact.side),
                Sole::Ball => body.ball_m(contact.side),
            };
            let off = stance.place(foot) + turn * offset - contact.place * unit;
            far = far.max(Vec3::new(off.x, 0.0, off.z).length());
        }
        all.push(far * 1e3);
    }
    let mean = all.iter().sum::<f32>() / all.len().max(1) as f32;
    (mean, all.into_iter().fold(0.0, f32::max))
}

/// The deepest that a heel or ball is below the floor, mm.
fn sunk(clip: &Clip, body: &Skeleton) -> f32 {
    let mut deepest: f32 = 0.0;
    for frame in 0..clip.frames.len() {
        let stance = body.stand(&clip.planted_at(frame as f32 / clip.fps, body));
        for side in Side::BOTH {
            let foot = Joint::Foot(side);
            let turn = stance.turn(foot) * body.rest(foot);
            for offset in [body.heel_m(side), body.ball_m(side)] {
                deepest = deepest.max(-(stance.place(foot) + turn * offset).y * 1e3);
            }
        }
    }
    deepest
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let sheet_at = arguments.iter().position(|a| a == "--sheet");
    let sheets = sheet_at
        .and_then(|at| arguments.get(at + 1))
        .map(PathBuf::from);
    let mut found = Vec::new();
    for folder in &arguments[..sheet_at.unwrap_or(arguments.len())] {
        files(Path::new(folder), &mut found)?;
    }
    found.sort();
    let body = Skeleton::reference();
    println!(
        "clip | family | unit | legs m | frames | fps | direction ° before, after | contacts | slide mm before (mean, most) | after | sunk mm"
    );
    let mut sums = [0.0_f32; 4];
    for path in &found {
        let take = read(path)?;
        let mapping = Mapping::detect(&take)?;
        let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or("clip");
        let made = retarget::retarget(&take, &mapping, name)?;
        let limbs = Limbs::of(&take, &mapping)?;
        let clip = &made.clip;
        let before = limbs.direction_error_deg(&body, |frame| clip.frames[frame]);
        let after = limbs.direction_error_deg(&body, |frame| {
            clip.planted_at(frame as f32 / clip.fps, &body)
        });
        let (free, free_most) = slide(clip, &body, false);
        let (held, held_most) = slide(clip, &body, true);
        println!(
            "{name} | {} | {} | {:.2} | {} | {:.0} | {before:.2}, {after:.2} | {} | {free:.0}, {free_most:.0} | {held:.1}, {held_most:.1} | {:.1}",
            mapping.family,
            made.unit.name,
            made.unit.leg_m,
            clip.frames.len(),
            clip.fps,
            clip.contacts.len(),
            sunk(clip, &body)
        );
        for (sum, value) in sums.iter_mut().zip([before, after, free, held]) {
            *sum += value / found.len() as f32;
        }
        if let Some(folder) = &sheets {
            fs::create_dir_all(folder)?;
            let moments: Vec<f32> = (0..8).map(|i| clip.seconds() * i as f32 / 7.0).collect();
            let frames = moments.iter().map(|t| clip.planted_at(*t, &body));
            sheet::draw(&folder.join(format!("{name}.png")), &body, frames)?;
        }
    }
    println!(
        "mean: direction {:.2}° → {:.2}°, slide {:.1} → {:.1} mm",
        sums[0], sums[1], sums[2], sums[3]
    );
    Ok(())
}
