//! Rays per CPU-second: traces rays from files through triangles from a file (see `benches/render/rays.py`, which makes both and runs Embree beside).
//!
//! `rays TRIANGLES REPEATS NAME=RAYS…`; triangles are 9 little-endian `f32` each, rays 6 (origin, direction). Prints one JSON object a line.
#![expect(clippy::print_stdout, reason = "a bench talks")]
use glam::Vec3A;
use render::{
    Ray, Threads,
    bvh::{Bvh, Triangle},
};
use std::{error::Error, fs, hint::black_box, time::Instant};

fn floats(path: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    Ok(fs::read(path)?
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect())
}

/// Seconds this thread has spent on a processor; `None` where the system does not tell.
fn thread_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds * 1e-9)
}

#[expect(clippy::disallowed_methods, reason = "a bench needs a clock")]
/// Least seconds of processor time (of the clock, where there is no better) that some work of this thread takes.
fn fastest(repeats: u32, mut work: impl FnMut()) -> f64 {
    (0..repeats)
        .map(|_| {
            let (start, clock) = (thread_seconds(), Instant::now());
            work();
            match (start, thread_seconds()) {
                (Some(start), Some(end)) => end - start,
                _ => clock.elapsed().as_secs_f64(),
            }
        })
        .fold(f64::INFINITY, f64::min)
}

#[expect(clippy::disallowed_methods, reason = "a bench needs a clock")]
/// Least seconds of the clock that some work of all threads takes.
fn soonest(repeats: u32, mut work: impl FnMut()) -> f64 {
    (0..repeats)
        .map(|_| {
            let clock = Instant::now();
            work();
            clock.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [triangles, repeats, rays @ ..] = arguments.as_slice() else {
        return Err("usage: rays TRIANGLES REPEATS NAME=RAYS...".into());
    };
    let repeats = repeats.parse()?;
    let triangles: Vec<Triangle> = floats(triangles)?
        .chunks_exact(9)
        .zip(0..)
        .map(|(corners, id)| Triangle {
            corners: [0, 3, 6].map(|at| Vec3A::from_slice(&corners[at..])),
            id,
            flags: 0,
        })
        .collect();
    let build = |threads| {
        black_box(Bvh::new(black_box(&triangles), &[], threads));
    };
    let mut bvh = Bvh::new(&triangles, &[], Threads::Single);
    let corners = |id: u32| black_box(&triangles)[id as usize].corners;
    println!(
        r#"{{"triangles": {}, "build_ms": {:.2}, "build_cpu_ms": {:.2}, "refit_ms": {:.2}, "refit_cpu_ms": {:.2}}}"#,
        triangles.len(),
        1e3 * soonest(repeats, || build(Threads::Pool)),
        1e3 * fastest(repeats, || build(Threads::Single)),
        1e3 * soonest(repeats, || bvh.refit(corners, Threads::Pool)),
        1e3 * fastest(repeats, || bvh.refit(corners, Threads::Single)),
    );
    for file in rays {
        let (name, path) = file.split_once('=').ok_or("rays: NAME=FILE")?;
        let rays: Vec<Ray> = floats(path)?
            .chunks_exact(6)
            .map(|ray| Ray::new(Vec3A::from_slice(ray), Vec3A::from_slice(&ray[3..])))
            .collect();
        let mega = rays.len() as f64 * 1e-6;
        let mut hits = (0, 0);
        let closest = mega
            / fastest(repeats, || {
                hits.0 = rays
                    .iter()
                    .filter(|ray| bvh.closest(black_box(ray), |_| true).is_some())
                    .count();
            });
        let any = mega
            / fastest(repeats, || {
                hits.1 = rays
                    .iter()
                    .filter(|ray| bvh.occluded(black_box(ray)))
                    .count();
            });
        println!(
            r#"{{"rays": "{name}", "closest": {closest:.2}, "any": {any:.2}, "closest_hits": {}, "any_hits": {}}}"#,
            hits.0, hits.1
        );
    }
    Ok(())
}
