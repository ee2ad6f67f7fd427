//! Where settings come from.

use population::stream::{Seed, Streams};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::knob::Setting;
use crate::plan::{Method, Plan};

/// The most often a setting that was there before is drawn before all count as tried.
const PATIENCE: u32 = 500;
/// One proposal in so many is by chance, so that nothing is shut out (Falkner et al. 2018 take a third).
const BY_CHANCE: f64 = 0.2;
/// The part of earlier settings that count as good.
const GOOD: f64 = 0.2;

/// A setting, and where it lies in the space of all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) setting: Setting,
    /// A place in `[0, 1)` for each knob of the plan.
    pub(crate) places: Vec<f64>,
    /// Whether it was chosen without a look at results.
    pub(crate) blind: bool,
}

/// Draws settings one after the other. What it draws depends on plan, earlier draws and the results that it was shown.
#[derive(Debug)]
pub(crate) struct Proposer<'p> {
    plan: &'p Plan,
    drawn: Vec<Setting>,
    /// Points of the sequence that were used, those that were there before included.
    next: u32,
}

impl<'p> Proposer<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            drawn: vec![plan.base.clone()],
            next: 0,
        }
    }

    /// Settings that are tried before results are looked at.
    pub(crate) fn blind(&self) -> u32 {
        match self.plan.search.method {
            Method::Random | Method::Sobol => self.plan.budget.trials,
            Method::Model => {
                let knobs = self.plan.knobs.len() as u32;
                (2 * knobs + 6).min(self.plan.budget.trials)
            }
        }
    }

    /// The next setting that was not drawn before; none where there are no more. `seen` is what earlier ones came to, the lower the better.
    pub(crate) fn next(&mut self, seen: &[(&Point, f64)]) -> Option<Point> {
        for _ in 0..PATIENCE {
            let number = self.next;
            self.next += 1;
            let blind = number < self.blind() || seen.len() < 4;
            let places = if blind {
                self.blindly(number)
            } else {
                self.guided(number, seen)
                    .unwrap_or_else(|| self.blindly(number))
            };
            let setting = self.setting(&places);
            if !self.drawn.contains(&setting) {
                self.drawn.push(setting.clone());
                return Some(Point {
                    setting,
                    places,
                    blind,
                });
            }
        }
        None
    }

    fn blindly(&self, number: u32) -> Vec<f64> {
        let seed = Streams::new(Seed(self.plan.seed), 0)
            .stream("trial/search")
            .next_u64();
        let knobs = 0..self.plan.knobs.len() as u32;
        if self.plan.search.method == Method::Random {
            let mut stream =
                Streams::new(Seed(self.plan.seed), number.into()).stream("trial/random");
            return knobs.map(|_| stream.uniform()).collect();
        }
        knobs
            .map(|knob| f64::from(sobol_burley::sample(number, knob, seed as u32)))
            .collect()
    }

    /// Each knob by itself, as TPE has it.
    fn guided(&self, number: u32, seen: &[(&Point, f64)]) -> Option<Vec<f64>> {
        let mut stream = Streams::new(Seed(self.plan.seed), number.into()).stream("trial/model");
        if stream.uniform() < BY_CHANCE {
            return None;
        }
        let mut random = StdRng::seed_from_u64(stream.next_u64());
        let mut places = Vec::new();
        for (at, knob) in self.plan.knobs.iter().enumerate() {
            let (estimator, width) = match knob.reach.count() {
                Some(count) => (tpe::histogram_estimator(), count as f64),
                None => (tpe::parzen_estimator(), 1.0),
            };
            let range = tpe::range(0.0, width).ok()?;
            let mut model = tpe::TpeOptimizerBuilder::new()
                .gamma(GOOD)
                .build(estimator, range)
                .ok()?;
            for (point, loss) in seen {
                let place = point.places[at] * width;
                let place = if knob.reach.count().is_some() {
                    place.floor()
                } else {
                    place
                };
                model.tell(place, *loss).ok()?;
            }
            let place = model.ask(&mut random).ok()?;
            places.push(if knob.reach.count().is_some() {
                (place.floor() + 0.5) / width
            } else {
                place.clamp(0.0, 1.0 - 1e-9)
            });
        }
        Some(places)
    }

    /// What knobs stand at in a place; `null` in a list of values leaves a knob as the sources say.
    fn setting(&self, places: &[f64]) -> Setting {
        let mut setting = Setting::new();
        for (knob, &place) in self.plan.knobs.iter().zip(places) {
            let value = knob.reach.at(place);
            if value != Value::Null {
                setting.insert(knob.name.clone(), value);
            }
        }
        setting
    }
}
