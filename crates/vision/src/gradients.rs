//! Gradients against finite differences, and every level of instructions against the others.

use population::stream::{Seed, Stream, Streams};

use crate::convolution::Convolution;
use crate::head::{self, Target};
use crate::lanes::{LANES, Volume};
use crate::layers::{Layers, Reading};
use crate::level::Level;

fn random() -> Stream {
    Streams::new(Seed(3), 0).stream("test")
}

fn filled(side: usize, channels: usize, random: &mut Stream) -> Volume {
    let mut volume = Volume::new(side, channels);
    for y in 0..side {
        for lanes in volume.line_mut(y) {
            lanes.0 = std::array::from_fn(|_| random.normal() as f32);
        }
    }
    volume
}

/// What some answers cost in the mean, with the gradients of all that is learned.
fn cost(layers: &Layers, input: &Volume, targets: &[Target], names: usize) -> (f64, Vec<Vec<f32>>) {
    let level = Level::detect();
    let mut trace = layers.trace();
    let mut back = layers.back(&trace);
    trace.input = input.clone();
    layers.forward(level, &mut trace, true);
    let balance: Vec<f32> = (0..names).map(|c| 1.0 + c as f32 / 4.0).collect();
    let cost = head::judge(
        level,
        &trace.answers,
        targets,
        names,
        &balance,
        1.0 / LANES as f32,
        &mut back.answers,
    );
    layers.backward(level, &layers.turned(), &trace, &mut back);
    (cost, back.gradients)
}

type Draw<'a> = &'a dyn Fn(&mut Stream) -> Target;

#[test]
fn gradients_are_those_of_finite_differences() {
    let mut random = random();
    let (side, names) = (32, 3);
    let points = |random: &mut Stream| {
        Target::Points(
            (0..names)
                .map(|p| ([random.uniform() as f32, 0.4], p != 1))
                .collect(),
        )
    };
    let segments = |random: &mut Stream| {
        let cells = side / 2;
        Target::Segments(
            (0..cells * cells * names)
                .map(|_| random.uniform() as f32)
                .collect(),
        )
    };
    let numbers = |random: &mut Stream| {
        Target::Numbers(
            (0..names)
                .map(|n| {
                    if n == 1 {
                        f32::NAN
                    } else {
                        random.normal() as f32
                    }
                })
                .collect(),
        )
    };
    let class = |random: &mut Stream| Target::Class(random.below(names as u64) as usize);
    let kinds: [(Reading, Draw<'_>); 4] = [
        (Reading::Maps(2), &points),
        (Reading::Maps(3), &segments),
        (Reading::All, &numbers),
        (Reading::Means, &class),
    ];
    for (reading, draw) in kinds {
        let mut layers = Layers::new(side, 4, reading, names, &mut random);
        // Away from where nothing has been learned yet.
        for (values, _) in layers.learned() {
            for value in values.iter_mut() {
                *value += random.normal() as f32 * 0.05;
            }
        }
        let input = filled(side / 2, crate::layers::STEM, &mut random);
        let mut targets: Vec<Target> = (0..LANES).map(|_| draw(&mut random)).collect();
        targets[5] = Target::None;
        let (_, gradients) = cost(&layers, &input, &targets, names);
        for (at, gradient) in gradients.iter().enumerate() {
            // Along a random direction near its own, where differences are larger than rounding.
            let direction: Vec<f32> = gradient
                .iter()
                .map(|g| g * (1.0 + 0.5 * random.normal() as f32))
                .collect();
            let slope: f64 = gradient
                .iter()
                .zip(&direction)
                .map(|(g, d)| f64::from(g * d))
                .sum();
            let length = direction
                .iter()
                .map(|d| f64::from(d * d))
                .sum::<f64>()
                .sqrt();
            if length < 1e-6 {
                continue;
            }
            // Kinks of rectification and maxima lie everywhere: one of three steps must fit.
            let differences = [3e-4, 1e-3, 3e-3].map(|step: f64| {
                let moved = |sign: f64| {
                    let mut layers = layers.clone();
                    let values = layers.learned().remove(at).0;
                    for (value, d) in values.iter_mut().zip(&direction) {
                        *value += (sign * step / length) as f32 * d;
                    }
                    cost(&layers, &input, &targets, names).0
                };
                (moved(1.0) - moved(-1.0)) / (2.0 * step) * length
            });
            let error = differences
                .map(|difference| (difference - slope).abs() / slope.abs())
                .into_iter()
                .fold(f64::INFINITY, f64::min);
            assert!(
                error < 0.05,
                "{reading:?}, {at}: {differences:?} against {slope}"
            );
        }
    }
}

#[test]
fn every_level_of_instructions_gives_the_same_bits() {
    let mut random = random();
    for (side, inputs, outputs, kernel) in
        [(7, 12, 8, 3), (4, 8, 12, 1), (1, 16, 4, 1), (6, 4, 4, 3)]
    {
        let convolution = Convolution::new(inputs, outputs, kernel, 1.0, &mut random);
        let (input, errors) = (
            filled(side, inputs, &mut random),
            filled(side, outputs, &mut random),
        );
        let all: Vec<_> = Level::all()
            .into_iter()
            .map(|level| {
                let mut output = errors.clone();
                convolution.forward(level, &input, &mut output, true);
                let mut gradient = vec![0.0; convolution.weights.len()];
                convolution.gradient(level, &input, &errors, &mut gradient);
                let maps = head::locate(level, &errors, &mut Volume::new(side, outputs));
                (output, gradient, maps)
            })
            .collect();
        assert!(
            all.windows(2).all(|two| two[0] == two[1]),
            "{side} {inputs} {outputs}"
        );
    }
}

#[test]
fn a_convolution_is_the_sum_that_defines_it() {
    let mut random = random();
    let (side, inputs, outputs) = (5, 8, 4);
    let convolution = Convolution::new(inputs, outputs, 3, 1.0, &mut random);
    let input = filled(side, inputs, &mut random);
    let mut output = Volume::new(side, outputs);
    convolution.forward(Level::detect(), &input, &mut output, false);
    for y in 0..side {
        for x in 0..side {
            for to in 0..outputs {
                let mut sum = 0.0;
                for cell in 0..9 {
                    let (v, u) = (y + cell / 3, x + cell % 3);
                    if (1..=side).contains(&v) && (1..=side).contains(&u) {
                        for from in 0..inputs {
                            let weight = convolution.weights[(cell * inputs + from) * 4 + to];
                            sum +=
                                f64::from(weight) * f64::from(input.pixel(v - 1, u - 1)[from].0[3]);
                        }
                    }
                }
                let found = f64::from(output.pixel(y, x)[to].0[3]);
                assert!((found - sum).abs() < 1e-4, "{found} {sum}");
            }
        }
    }
}

#[test]
fn powers_of_e_are_right() {
    let mut worst = 0.0_f64;
    for step in 0..20_000 {
        let x = -(step as f32) * 0.0043;
        let lanes = crate::lanes::Lanes([x; LANES]);
        let found = f64::from(head::exponential(&lanes).0[7]);
        worst = worst.max((found / libm::exp(f64::from(x)) - 1.0).abs());
    }
    assert!(worst < 3e-7, "{worst}");
}
