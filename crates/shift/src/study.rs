//! Everything that is asked of one table and one model.

use population::stream::Seed;
use privacy::{Ledger, RealData};
use tables::Table;

use crate::answers::Ask;
use crate::combine::{Both, controls, of_pictures, together};
use crate::error::ShiftError;
use crate::learned::{Data, Ensemble, Learned};
use crate::made::{Made, Renders, made};
use crate::metric::Metric;
use crate::profile::{Profile, profile};
use crate::regress::{binned, foreseen};
use crate::spec::{Asked, Change, Spec, What, Within, Worst};
use crate::target::{FEWEST, Target};
use crate::tilt::{Overlap, Weights};
use crate::weigh::{Estimate, reweighed};
use crate::worst::{Described, SHARES, Search, refused};

/// Effective rows below which nothing is said.
pub(crate) const FEWEST_EFFECTIVE: f64 = 20.0;
/// Effective rows below which reweighting alone says little, so that the learned population is leaned on.
pub(crate) const FEW_EFFECTIVE: f64 = 50.0;
/// Pareto's k from which on weights say nothing.
pub(crate) const HEAVIEST_TAIL: f64 = 0.7;
/// Columns whose curves are drawn where none are named.
const MOST_PROFILES: usize = 24;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question<'a> {
    /// The populations.
    pub spec: &'a Spec,
    /// By what the model is judged; worst cases and curves by the first.
    pub metrics: &'a [Metric],
    /// How populations are learned; none for reweighting alone.
    pub ensemble: Option<Ensemble>,
    /// What random choices start from.
    pub seed: Seed,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// By what the model is judged.
    pub metrics: Vec<Metric>,
    /// How it fares in the data as they are, by each metric.
    pub of_data: Vec<Estimate>,
    /// Each population that was asked for.
    pub populations: Vec<Told>,
    /// The worst part of each share, over the attributes; empty where the first metric is no average.
    pub curve: Vec<(f64, Estimate)>,
    /// Who is in the worst fifth.
    pub curve_rules: Vec<Described>,
    /// Against each attribute, from the one that matters most.
    pub profiles: Vec<Profile>,
    /// What must be attained.
    pub tolerance: Vec<(Metric, f64)>,
    /// What could not be done, a sentence each.
    pub notes: Vec<String>,
}

/// A population that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a population.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Both routes' figures.
    Figures {
        /// How much of the data carries it.
        overlap: Overlap,
        /// Whether so few rows do that the learned population is leaned on.
        few: bool,
        /// For each metric that can be told.
        figures: Vec<(Metric, Both)>,
    },
    /// The worst case of a kind.
    Worst {
        /// How near it is.
        within: Within,
        /// The metric and its value.
        figure: (Metric, Estimate),
        /// Who is in it.
        rules: Vec<Described>,
        /// Effective rows.
        effective: f64,
    },
    /// Pictures that were made for it, where those that are there say too little.
    Made {
        /// Each metric's figure.
        figures: Vec<(Metric, Estimate)>,
        /// How many pictures.
        pictures: usize,
        /// Why the ones that are there are too few.
        why: String,
    },
    /// It lies beyond what the data can tell.
    Beyond {
        /// Why, naming the part of it.
        why: String,
        /// What to do.
        hint: String,
    },
}

impl Told {
    /// The figure by a metric that holds; none where nothing is said.
    pub fn figure(&self, metric: Metric) -> Option<&Estimate> {
        match &self.outcome {
            Outcome::Figures { figures, .. } => {
                let found = figures.iter().find(|(own, _)| *own == metric);
                found.map(|(_, both)| &both.combined)
            }
            Outcome::Worst { figure, .. } => Some(&figure.1).filter(|_| figure.0 == metric),
            Outcome::Made { figures, .. } => {
                let found = figures.iter().find(|(own, _)| *own == metric);
                found.map(|(_, figure)| figure)
            }
            Outcome::Beyond { .. } => None,
        }
    }
}

impl Answer {
    /// Populations in which a tolerance is surely broken.
    pub fn broken(&self) -> Vec<(&Told, Metric, f64)> {
        let mut broken = Vec::new();
        for told in &self.populations {
            for &(metric, bar) in &self.tolerance {
                if told
                    .figure(metric)
                    .is_some_and(|f| f.surely_breaks(metric, bar))
                {
                    broken.push((told, metric, bar));
                }
            }
        }
        broken
    }
}

/// Whoever brings rows that the data does not have.
enum Second<'a> {
    Nobody,
    Learned(Learned<'a>),
    Made(&'a dyn Renders),
}

/// Answers everything that is asked.
///
/// # Errors
///
/// Data with fewer than 100 rows, a metric that the answers do not allow, a model that does not answer. What lies beyond the data is no error.
pub fn answer(
    data: &Data<'_>,
    question: &Question<'_>,
    ask: Option<&Ask<'_>>,
    about: &RealData,
    ledger: &mut Ledger,
    progress: &mut dyn FnMut(&str),
) -> Result<Answer, ShiftError> {
    enough(data)?;
    let changed = |asked: &Asked| matches!(asked.what, What::Changed(_));
    let second = match question.ensemble {
        Some(ensemble) if question.spec.populations.iter().any(changed) => {
            Second::Learned(Learned::new(data, ask, about, ensemble, ledger, progress)?)
        }
        _ => Second::Nobody,
    };
    told(data, question, &second, progress)
}

/// The same of pictures that were made: `data` are rows of the recipe's with the losses of their pictures, and `renders` makes others. Without it pictures are reweighted alone.
///
/// # Errors
///
/// As [`answer`]; pictures that cannot be made or are not judged.
pub fn answer_of_pictures(
    data: &Data<'_>,
    question: &Question<'_>,
    renders: Option<&dyn Renders>,
    progress: &mut dyn FnMut(&str),
) -> Result<Answer, ShiftError> {
    enough(data)?;
    let second = renders.map_or(Second::Nobody, Second::Made);
    told(data, question, &second, progress)
}

fn enough(data: &Data<'_>) -> Result<(), ShiftError> {
    if data.table.rows < 100 {
        return Err(ShiftError::new(
            format!(
                "{} rows have a target and a prediction, and at least 100 are needed",
                data.table.rows
            ),
            "give more rows",
        ));
    }
    Ok(())
}

fn told(
    data: &Data<'_>,
    question: &Question<'_>,
    second: &Second<'_>,
    progress: &mut dyn FnMut(&str),
) -> Result<Answer, ShiftError> {
    let table = data.table;
    let equal = Weights::equal(table.rows);
    let of_data: Vec<Estimate> = question
        .metrics
        .iter()
        .map(|&metric| {
            reweighed(data.judged, metric, &equal, None, None).ok_or_else(|| {
                ShiftError::new(
                    format!("the {} cannot be told of these rows", metric.words()),
                    "of an area, both classes must be there",
                )
            })
        })
        .collect::<Result<_, _>>()?;
    let mut notes = Vec::new();
    let columns: Vec<usize> = (0..table.columns.len())
        .filter(|&column| column != data.target)
        .collect();
    let first = question.metrics[0];
    // For weights so heavy that they are cut.
    let regressed: Vec<Option<Vec<f64>>> = question
        .metrics
        .iter()
        .map(|&metric| {
            let losses = data.judged.losses(metric)?;
            Some(foreseen(table, &columns, losses, question.seed))
        })
        .collect();
    let mut populations = Vec::new();
    for asked in &question.spec.populations {
        progress(&asked.name);
        let outcome = match &asked.what {
            What::Changed(changes) => shifted(
                data, question, changes, &of_data, &regressed, second, &columns,
            )?,
            What::Worst(worst) => worst_case(data, first, worst, &columns, question.seed),
        };
        populations.push(Told {
            name: asked.name.clone(),
            outcome,
        });
    }
    progress("worst cases and attributes");
    let attributes = question.spec.attributes.clone();
    let search = Search::new(
        table,
        data.judged,
        first,
        attributes.as_ref().unwrap_or(&columns),
        &[],
        question.seed,
    );
    let (mut curve, mut curve_rules) = (Vec::new(), Vec::new());
    if let Some(search) = search {
        for share in SHARES {
            if share * table.rows as f64 >= FEW_EFFECTIVE {
                let found = search.within(Within::Share(share));
                if (share - 0.2).abs() < 1e-9 {
                    curve_rules = search.described(&found);
                }
                curve.push((share, found.estimate));
            }
        }
    } else {
        notes.push(format!(
            "worst cases are of means of losses, and the {} is none",
            first.words()
        ));
    }
    let bar = question
        .spec
        .tolerance
        .iter()
        .find(|(metric, _)| *metric == first);
    let mut profiles: Vec<Profile> = attributes
        .as_ref()
        .unwrap_or(&columns)
        .iter()
        .filter_map(|&column| profile(table, data.judged, first, column, bar.map(|bar| bar.1)))
        .collect();
    profiles.sort_by(|a, b| b.reach.total_cmp(&a.reach).then(a.column.cmp(&b.column)));
    if attributes.is_none() && profiles.len() > MOST_PROFILES {
        notes.push(format!(
            "of {} attributes the {MOST_PROFILES} that matter most are shown; name others with `attributes:`",
            profiles.len()
        ));
        profiles.truncate(MOST_PROFILES);
    }
    Ok(Answer {
        metrics: question.metrics.to_vec(),
        of_data,
        populations,
        curve,
        curve_rules,
        profiles,
        tolerance: question.spec.tolerance.clone(),
        notes,
    })
}

fn beyond(error: ShiftError) -> Result<Outcome, ShiftError> {
    match error {
        ShiftError::Sentence { message, hint } => Ok(Outcome::Beyond { why: message, hint }),
        mistakes @ ShiftError::Mistakes(_) => Err(mistakes),
    }
}

/// What the data's own rows say of a population.
struct Direct {
    target: Target,
    overlap: Overlap,
    /// By each metric that can be told.
    figures: Vec<Option<Estimate>>,
}

/// Weighs the data's rows; what lies beyond them is why and what to do.
fn reweight(
    data: &Data<'_>,
    question: &Question<'_>,
    changes: &[Change],
    regressed: &[Option<Vec<f64>>],
    columns: &[usize],
) -> Result<Direct, ShiftError> {
    let target = Target::new(changes, data.table)?;
    let moments = target.moments(data.table);
    let weights = Weights::tilted(&moments).map_err(|place| {
        ShiftError::new(
            format!(
                "beyond support: {} cannot be had from the data's rows together with what else is asked for",
                target.told(place)
            ),
            "ask for less of it",
        )
    })?;
    let overlap = weights.overlap();
    if let Some(why) = too_thin(&overlap) {
        let part = thin(data.table, &weights, columns);
        return Err(ShiftError::new(
            format!("{why}{part}"),
            "ask for a smaller shift, or collect rows of that kind",
        ));
    }
    let figures = question.metrics.iter().zip(regressed);
    let figures = figures.map(|(&metric, regressed)| {
        let regressed = regressed.as_deref();
        reweighed(data.judged, metric, &weights, Some(&moments), regressed)
    });
    Ok(Direct {
        figures: figures.collect(),
        target,
        overlap,
    })
}

/// Why weights say nothing; none where they do.
pub(crate) fn too_thin(overlap: &Overlap) -> Option<String> {
    let heavy = overlap.tail.is_some_and(|tail| tail >= HEAVIEST_TAIL);
    if heavy {
        return Some(format!(
            "beyond support: the tail of the weights has k = {:.2}, where {HEAVIEST_TAIL} is the most under which a mean settles",
            overlap.tail.unwrap_or(0.0)
        ));
    }
    (overlap.effective < FEWEST_EFFECTIVE).then(|| {
        format!(
            "beyond support: {} rows carry the population asked for as well as {:.0} would, where {FEWEST_EFFECTIVE} are needed",
            overlap.rows, overlap.effective
        )
    })
}

fn shifted(
    data: &Data<'_>,
    question: &Question<'_>,
    changes: &[Change],
    of_data: &[Estimate],
    regressed: &[Option<Vec<f64>>],
    second: &Second<'_>,
    columns: &[usize],
) -> Result<Outcome, ShiftError> {
    let direct = reweight(data, question, changes, regressed, columns);
    if let Second::Made(renders) = second {
        let made = made(*renders, changes, question.seed)?;
        return Ok(beside(question.metrics, direct, made));
    }
    let Direct {
        target,
        overlap,
        figures: direct,
    } = match direct {
        Ok(direct) => direct,
        Err(error) => return beyond(error),
    };
    let learned = match second {
        Second::Learned(learned) => Some(learned),
        Second::Nobody | Second::Made(_) => None,
    };
    let said = learned.map(|learned| learned.say(&target, question.metrics));
    let mut figures = Vec::new();
    for (place, &metric) in question.metrics.iter().enumerate() {
        let Some(direct) = direct[place] else {
            continue;
        };
        let said = match &said {
            None => Err("no population was learned".to_owned()),
            Some(Err(error)) => Err(error.to_string()),
            Some(Ok(said)) => said[place].clone().ok_or_else(|| {
                format!(
                    "the {} of drawn rows cannot be told from losses; give the model itself",
                    metric.words()
                )
            }),
        };
        let tested = learned.filter(|_| said.is_ok()).and_then(|learned| {
            controls(
                data,
                metric,
                learned,
                columns,
                &target.columns(),
                overlap.effective,
                question.seed,
            )
        });
        figures.push((
            metric,
            together(metric, of_data[place].value, direct, said, tested),
        ));
    }
    Ok(Outcome::Figures {
        overlap,
        few: overlap.effective < FEW_EFFECTIVE,
        figures,
    })
}

/// Pictures that are there and pictures that were made for a population.
fn beside(
    metrics: &[Metric],
    direct: Result<Direct, ShiftError>,
    made: Result<Made, ShiftError>,
) -> Outcome {
    let sentence = |error: ShiftError| match error {
        ShiftError::Sentence { message, hint } => (message, hint),
        mistakes @ ShiftError::Mistakes(_) => (mistakes.to_string(), String::new()),
    };
    match (direct, made) {
        (Ok(direct), made) => {
            let made = made.map_err(|error| sentence(error).0);
            let figures = metrics.iter().zip(&direct.figures);
            let figures = figures.filter_map(|(&metric, figure)| {
                let other = made
                    .as_ref()
                    .map(|made| made.figure(metric))
                    .map_err(Clone::clone);
                Some((metric, of_pictures(metric, (*figure)?, other)))
            });
            Outcome::Figures {
                figures: figures.collect(),
                few: made.is_err() && direct.overlap.effective < FEW_EFFECTIVE,
                overlap: direct.overlap,
            }
        }
        (Err(why), Ok(made)) => Outcome::Made {
            figures: metrics
                .iter()
                .map(|&metric| (metric, made.figure(metric)))
                .collect(),
            pictures: made.pictures(),
            why: sentence(why).0,
        },
        (Err(_), Err(error)) => {
            let (why, hint) = sentence(error);
            Outcome::Beyond { why, hint }
        }
    }
}

/// The part of a population that the fewest rows carry, in words.
fn thin(table: &Table, weights: &Weights, columns: &[usize]) -> String {
    let total: f64 = weights.values.iter().sum();
    let mut worst: Option<(f64, String)> = None;
    for &column in columns {
        let Some(bins) = binned(table, column, 32) else {
            continue;
        };
        let mut mass = vec![(0.0, 0_usize); bins.count];
        for (&bin, weight) in bins.bins.iter().zip(&weights.values) {
            mass[usize::from(bin)].0 += weight / total;
            mass[usize::from(bin)].1 += 1;
        }
        for (bin, (mass, rows)) in mass.into_iter().enumerate() {
            let ratio = mass * table.rows as f64 / rows.max(1) as f64;
            if mass > 0.2 && worst.as_ref().is_none_or(|(other, _)| ratio > *other) {
                worst = Some((
                    ratio,
                    format!(
                        ": {:.0} % of it is where `{}` is {}, and {rows} of {} rows are there",
                        100.0 * mass,
                        table.columns[column].name,
                        bins.names[bin],
                        table.rows
                    ),
                ));
            }
        }
    }
    worst.map_or_else(String::new, |(_, text)| text)
}

fn worst_case(
    data: &Data<'_>,
    metric: Metric,
    worst: &Worst,
    columns: &[usize],
    seed: Seed,
) -> Outcome {
    if let Some(why) = refused(worst, data.table.rows) {
        return Outcome::Beyond {
            why,
            hint: "ask for a larger part".to_owned(),
        };
    }
    let attributes: Vec<usize> = if worst.attributes.is_empty() {
        columns
            .iter()
            .copied()
            .filter(|column| !worst.fixed.contains(column))
            .collect()
    } else {
        worst.attributes.clone()
    };
    let search = Search::new(
        data.table,
        data.judged,
        metric,
        &attributes,
        &worst.fixed,
        seed,
    );
    let Some(search) = search else {
        return Outcome::Beyond {
            why: format!(
                "worst cases are of means of losses, and the {} is none",
                metric.words()
            ),
            hint: "put another --metric first".to_owned(),
        };
    };
    let found = search.within(worst.within);
    let weights = Weights {
        values: found.weights.clone(),
    };
    let effective = weights.overlap().effective;
    if effective < FEWEST as f64 {
        return Outcome::Beyond {
            why: format!(
                "beyond support: {effective:.0} rows' worth carry the worst population, where {FEWEST} are needed"
            ),
            hint: "ask for a smaller distance".to_owned(),
        };
    }
    Outcome::Worst {
        within: worst.within,
        figure: (metric, found.estimate),
        rules: search.described(&found),
        effective,
    }
}
