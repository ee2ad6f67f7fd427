//! Answers questions about compositions: cases as JSON lines on standard input, answers as JSON lines on standard output.
//!
//! ```sh
//! echo '{"parts": [{"event": "gaussian", "sensitivity": 1, "sigma": 2, "times": 50}], "delta": 1e-6}' |
//!     cargo run --release -p populace-privacy --example accountant
//! ```
//!
//! Events are `gaussian`, `discrete_gaussian` (`sensitivity`, `sigma`), `laplace`, `discrete_laplace` (`sensitivity`, `scale`), `pure`, `bounded_range`
//! (`epsilon`), `event` (`epsilon`, `delta`) and `subsampled_gaussian` (`sensitivity`, `sigma`, `rate`); `interval` sets the grid, `epsilon` asks for δ.

use std::error::Error;
use std::io::{BufRead, Write};

use privacy::accounting::{Event, Grid, PrivacyLoss, Risk};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&serde_json::from_str(&line?)?)?;
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn answer(case: &Value) -> Result<Value, Box<dyn Error>> {
    let parts = case["parts"].as_array().ok_or("a case needs `parts`")?;
    let interval = case["interval"].as_f64();
    let mut losses = Vec::new();
    for part in parts {
        let event = event(part)?;
        let grid = interval.map_or_else(|| event.grid(), Grid::at_most);
        let times = u32::try_from(part["times"].as_u64().unwrap_or(1))?;
        losses.push((PrivacyLoss::on(&event, grid)?, times));
    }
    let parts: Vec<_> = losses.iter().map(|(loss, times)| (loss, *times)).collect();
    let all = PrivacyLoss::composed(&parts);
    let risk = Risk::of_loss(&all);
    let epsilon = number(case, "delta").map(|delta| all.epsilon(delta));
    let delta = number(case, "epsilon").map(|epsilon| all.delta(epsilon));
    Ok(json!({
        "epsilon": epsilon.ok().transpose()?,
        "delta": delta.ok().transpose()?,
        "advantage": risk.advantage,
        "true_positive_rate_at_1_percent": risk.true_positive_rate_at_1_percent,
        "true_positive_rate_at_10_percent": risk.true_positive_rate_at_10_percent,
        "interval": all.grid().interval(),
    }))
}

fn number(value: &Value, name: &str) -> Result<f64, String> {
    value[name]
        .as_f64()
        .ok_or_else(|| format!("`{name}` is missing or no number"))
}

fn whole(value: &Value, name: &str) -> Result<u64, String> {
    value[name]
        .as_u64()
        .ok_or_else(|| format!("`{name}` is missing or no whole number"))
}

fn event(part: &Value) -> Result<Event, String> {
    let at = |name| number(part, name);
    Ok(match part["event"].as_str().unwrap_or_default() {
        "gaussian" => Event::Gaussian {
            sensitivity: at("sensitivity")?,
            sigma: at("sigma")?,
        },
        "discrete_gaussian" => Event::DiscreteGaussian {
            sensitivity: whole(part, "sensitivity")?,
            sigma: at("sigma")?,
        },
        "laplace" => Event::Laplace {
            sensitivity: at("sensitivity")?,
            scale: at("scale")?,
        },
        "discrete_laplace" => Event::DiscreteLaplace {
            sensitivity: whole(part, "sensitivity")?,
            scale: at("scale")?,
        },
        "pure" => Event::Pure {
            epsilon: at("epsilon")?,
        },
        "bounded_range" => Event::BoundedRange {
            epsilon: at("epsilon")?,
        },
        "event" => Event::EpsilonDelta {
            epsilon: at("epsilon")?,
            delta: at("delta")?,
        },
        "subsampled_gaussian" => Event::SubsampledGaussian {
            sensitivity: at("sensitivity")?,
            sigma: at("sigma")?,
            rate: at("rate")?,
        },
        other => return Err(format!("`{other}` is no event")),
    })
}
