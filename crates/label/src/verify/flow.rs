//! Optical flow against the next frame: what it says of a point is what the next frame's own labels say of it.

use glam::DVec2;

use super::Faults;
use super::files::Loaded;
use super::masks::at;
use crate::annotations::Landmark;

/// Flow is exact for its pixel's centre; a landmark lies up to half a pixel beside it, on a surface that turns.
const LANDMARK_PX: f64 = 1.5;
/// And where things move fast, neighbouring pixels differ.
const LANDMARK_SHARE: f64 = 0.15;
/// Outlines are jagged: a seen point near one may land on the pixel beside its own.
const STRAY_SHARE: f64 = 0.01;
/// Fewer pixels than this say nothing about shares.
const LEAST_PIXELS: usize = 100;

/// What can be told from one frame alone.
pub(super) fn check(loaded: &Loaded, faults: &mut Faults) {
    let Some(flow) = &loaded.flow else {
        return;
    };
    let size = DVec2::new(loaded.width() as f64, loaded.height() as f64);
    let bad = flow
        .pixels
        .iter()
        .enumerate()
        .filter_map(|(i, [dx, dy, seen])| {
            let to = target(loaded, i, [*dx, *dy]);
            let found = if !(dx.is_finite() && dy.is_finite() && (*seen == 0.0 || *seen == 1.0)) {
                format!("{} has flow {dx}, {dy}, seen {seen}", at(loaded, i))
            } else if *seen == 1.0
                && !(to.cmpge(DVec2::splat(-1e-3)).all() && to.cmple(size + 1e-3).all())
            {
                format!(
                    "{} is seen in the next picture, but outside of it",
                    at(loaded, i)
                )
            } else {
                return None;
            };
            Some((
                found,
                "flow is finite, and what is seen is in the picture".to_owned(),
            ))
        });
    faults.add_first(&flow.path, bad);
}

/// Compares a frame's flow with the labels of the next one.
pub(super) fn follow(loaded: &Loaded, next: &Loaded, faults: &mut Faults) {
    let Some(flow) = &loaded.flow else {
        return;
    };
    if (loaded.width(), loaded.height()) != (next.width(), next.height()) {
        return faults.add(
            &flow.path,
            "the next frame has another size",
            "frames of a sequence are alike",
        );
    }
    if let (Some(here), Some(there)) = (&loaded.instances, &next.instances) {
        let (mut seen, mut stray) = (0, 0);
        for (i, [dx, dy, is_seen]) in flow.pixels.iter().enumerate() {
            if *is_seen == 1.0 {
                seen += 1;
                let to = target(loaded, i, [*dx, *dy]);
                stray += usize::from(!near(next, to, |j| there.pixels[j] == here.pixels[i]));
            }
        }
        if seen >= LEAST_PIXELS && stray as f64 > STRAY_SHARE * seen as f64 {
            faults.add(
                &flow.path,
                format!("{stray} of {seen} pixels end where the next frame has somebody else"),
                "flow carries people to themselves",
            );
        }
    }
    for (person, later) in loaded.labels.people.iter().zip(&next.labels.people) {
        if person.instance != later.instance {
            continue;
        }
        let points = person
            .landmarks
            .iter()
            .flatten()
            .zip(later.landmarks.iter().flatten());
        // The pupils' two are below the surface that flow is of.
        let wrong = points.take(68).enumerate().filter_map(|(number, pair)| {
            let (moved, said) = moved(loaded, &flow.pixels, pair)?;
            Some((
                format!("flow at landmark {number} is {:.2}, {:.2}", said.x, said.y),
                format!("the landmark moves by {:.2}, {:.2}", moved.x, moved.y),
            ))
        });
        let wrong: Vec<_> = wrong.collect();
        if wrong.len() > 6 {
            faults.add_first(&flow.path, wrong.into_iter());
        }
    }
}

/// Where flow takes the centre of a pixel.
fn target(loaded: &Loaded, index: usize, [dx, dy]: [f32; 2]) -> DVec2 {
    let (x, y) = (index % loaded.width(), index / loaded.width());
    DVec2::new(
        x as f64 + 0.5 + f64::from(dx),
        y as f64 + 0.5 + f64::from(dy),
    )
}

/// Whether something holds of a place's pixel or of one beside it.
fn near(next: &Loaded, place: DVec2, holds: impl Fn(usize) -> bool) -> bool {
    let (width, height) = (next.width() as i64, next.height() as i64);
    let (x, y) = (place.x.floor() as i64, place.y.floor() as i64);
    (-1..=1).any(|dy| {
        (-1..=1).any(|dx| {
            let (x, y) = (x + dx, y + dy);
            (0..width).contains(&x) && (0..height).contains(&y) && holds((y * width + x) as usize)
        })
    })
}

/// How far a landmark moves by its own labels, and by the flow of its pixel, where no pixel beside it agrees either: one at an outline may
/// show what is behind. `None` where they agree, or the landmark is not seen in both frames.
fn moved(
    loaded: &Loaded,
    flow: &[[f32; 3]],
    (here, there): (&Landmark, &Landmark),
) -> Option<(DVec2, DVec2)> {
    if !(here.visible && there.visible) {
        return None;
    }
    let (from, to) = (here.px?, DVec2::from(there.px?));
    let moved = to - DVec2::from(from);
    let allowed = LANDMARK_PX + LANDMARK_SHARE * moved.length();
    let of = |index: usize| {
        flow.get(index)
            .map(|[dx, dy, _]| DVec2::new(f64::from(*dx), f64::from(*dy)))
    };
    let agrees = loaded
        .around(from, 1)
        .filter_map(of)
        .any(|said| (moved - said).length() <= allowed);
    let said = loaded.around(from, 0).find_map(of)?;
    (!agrees).then_some((moved, said))
}
