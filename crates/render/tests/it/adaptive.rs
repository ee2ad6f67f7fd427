//! Sampling to a target error meets it, spends where it pays, and depends on nothing else.
use crate::{
    denoise::{lit_ball, relative_error},
    scenes::plain,
};
use render::{Settings, Target, Threads, Tracer};

fn until(relmse: f32, most_samples: u32) -> Settings {
    Settings {
        target: Some(Target {
            relmse,
            most_samples,
        }),
        ..plain(1, 6)
    }
}

/// The error is measured against 512 samples, whose own is below a tenth of the smallest target. Samples of a pixel are stratified against each other, so that
/// their mean is better than their scatter says: the error lies below the target, here by two thirds.
#[test]
fn the_target_is_met_and_not_by_an_order() {
    let scene = lit_ball();
    let tracer = Tracer::new(&scene).expect("sound");
    let truth = tracer.render(&plain(512, 6)).radiance;
    let error = |settings: &Settings| {
        // Over channels as over pixels: `relative_error` sums the three.
        relative_error(&tracer.render(settings).radiance, &truth) / 3.0
    };
    for target in [0.004, 0.001] {
        let found = error(&until(target, 4096));
        assert!(
            (0.1 * f64::from(target)..f64::from(target)).contains(&found),
            "{found} for a target of {target}"
        );
    }
}

#[test]
fn the_limit_holds_whatever_the_target() {
    let scene = lit_ball();
    let tracer = Tracer::new(&scene).expect("sound");
    let limited = tracer.render(&until(1e-9, 8));
    // With the limit at the first round's size nothing is added to it.
    assert_eq!(limited.radiance, tracer.render(&until(1.0, 8)).radiance);
}

#[test]
fn threads_do_not_change_it() {
    let scene = lit_ball();
    let tracer = Tracer::new(&scene).expect("sound");
    let pool = until(0.002, 256);
    let single = Settings {
        threads: Threads::Single,
        ..pool
    };
    assert_eq!(
        tracer.render(&pool).radiance,
        tracer.render(&single).radiance
    );
}
