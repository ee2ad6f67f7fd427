//! The second route: populations learned from the data, several of them, whose rows are drawn as the shift wants them and put to the user's model.
//!
//! Each member of the ensemble is learned from a bootstrap sample of the rows. What it says of a shift is its figure for the shifted population, less its figure for the population as it is, plus the
//! figure of the rows it was learned from: what the learned population gets wrong everywhere goes out by the difference (a control variate), and members are as far apart as samples of the data would be.
//! Where a model cannot be asked about new rows, its losses are learned as further columns instead.
//!
//! The idea is the synthetic test of van Breugel et al. 2023 (3S), which takes a member's figure as it is.

use population::stream::{Seed, Streams};
use privacy::{Ledger, RealData, Sealed};
use tables::model::{Draw, Request, Settings, Wish};
use tables::{Cells, Model, Rule, Table};

use crate::answers::{Ask, Task, category, shown};
use crate::error::ShiftError;
use crate::metric::{Judged, Metric};
use crate::target::Target;
use crate::tilt::Weights;

/// Effective rows of a member's pool from which on it is weighted instead of drawing others.
const ENOUGH: f64 = 1_000.0;
/// Classes of a loss that is learned as a column.
const LOSS_CLASSES: usize = 20;
/// Members that must answer.
const FEWEST_MEMBERS: usize = 3;

/// How a population is learned and drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ensemble {
    /// Populations that are learned.
    pub members: u32,
    /// Rows that are drawn of each, for each shift.
    pub draws: u64,
    /// What every random choice starts from.
    pub seed: Seed,
}

/// What a shift is about: rows, what is true, and how a model fares.
#[derive(Debug)]
pub struct Data<'a> {
    /// The rows that have a target and a prediction.
    pub table: &'a Table,
    /// The place of the target.
    pub target: usize,
    /// What is predicted.
    pub task: &'a Task,
    /// How the model fares in these rows.
    pub judged: &'a Judged,
    /// The probability from which on the answer is yes.
    pub threshold: f64,
}

/// A learned population, rows of it, and how the model fares in them.
struct Member {
    model: Model,
    /// How often each row of the data was in its sample.
    counts: Vec<f64>,
    pool: Drawn,
}

struct Drawn {
    table: Table,
    judged: Judged,
}

/// Learned populations.
pub struct Learned<'a> {
    members: Vec<Member>,
    ensemble: Ensemble,
    data: &'a Data<'a>,
    ask: Option<&'a Ask<'a>>,
    /// The mean loss of each class, for each metric whose losses are learned.
    classes: Vec<(Metric, Vec<f64>)>,
}

impl std::fmt::Debug for Learned<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Learned")
            .field("members", &self.members.len())
            .finish_non_exhaustive()
    }
}

/// What the members say of one population.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The figures of members for the shifted population, for the population as it is, and of their own sample's rows.
    pub members: Vec<[f64; 3]>,
}

impl Said {
    /// What the ensemble says, where the data's own figure is this.
    pub fn value(&self, of_data: f64) -> f64 {
        let moved: f64 = self.members.iter().map(|[s, u, _]| s - u).sum();
        of_data + moved / self.members.len() as f64
    }

    /// What each member says.
    pub fn each(&self) -> impl Iterator<Item = f64> {
        self.members.iter().map(|[s, u, own]| s - u + own)
    }

    /// The standard deviation between members.
    pub fn spread(&self) -> f64 {
        let all: Vec<f64> = self.each().collect();
        let n = all.len() as f64;
        let mean = all.iter().sum::<f64>() / n;
        (all.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt()
    }

    /// Mean and standard deviation of the members' own figures for the shifted population: the synthetic test as it was published.
    pub fn plain(&self) -> (f64, f64) {
        let n = self.members.len() as f64;
        let mean = self.members.iter().map(|[s, ..]| s).sum::<f64>() / n;
        let squares: f64 = self
            .members
            .iter()
            .map(|[s, ..]| (s - mean) * (s - mean))
            .sum();
        (mean, (squares / (n - 1.0).max(1.0)).sqrt())
    }
}

impl<'a> Learned<'a> {
    /// Learns the members. `ask` is put to rows that are drawn; without it losses are learned as columns.
    ///
    /// # Errors
    ///
    /// A table that cannot be learned, rules that are never met, a model that does not answer.
    pub fn new(
        data: &'a Data<'a>,
        ask: Option<&'a Ask<'a>>,
        about: &RealData,
        ensemble: Ensemble,
        ledger: &mut Ledger,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, ShiftError> {
        let (with_losses, classes) = if ask.is_some() {
            (None, Vec::new())
        } else {
            let (table, classes) = losses_beside(data);
            (Some(table), classes)
        };
        let whole = with_losses.as_ref().unwrap_or(data.table);
        let mut learned = Self {
            members: Vec::new(),
            ensemble,
            data,
            ask,
            classes,
        };
        let rows = data.table.rows;
        for member in 0..ensemble.members {
            progress(&format!(
                "learned population {} of {}",
                member + 1,
                ensemble.members
            ));
            let seed = Seed(ensemble.seed.0.wrapping_add(1 + u64::from(member)));
            let mut stream = Streams::new(seed, 0).stream("shift/bootstrap");
            let mut sample: Vec<u32> = (0..rows)
                .map(|_| stream.below(rows as u64) as u32)
                .collect();
            sample.sort_unstable();
            let mut counts = vec![0.0; rows];
            for &row in &sample {
                counts[row as usize] += 1.0;
            }
            let sealed = Sealed::new(whole.taken(&sample), about.clone());
            let settings = Settings {
                seed: seed.0,
                ..Settings::default()
            };
            let model = Model::learn(&sealed, ledger, &settings)
                .map_err(|error| ShiftError::new(error.to_string(), "see `populace learn`"))?;
            let table = model
                .rows(0..ensemble.draws, seed, Draw::Refined)
                .map_err(|error| ShiftError::new(error.to_string(), error.hint()))?;
            let judged = learned.judge(&table)?;
            learned.members.push(Member {
                model,
                counts,
                pool: Drawn { table, judged },
            });
        }
        Ok(learned)
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nothing was learned.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How the model fares in drawn rows.
    fn judge(&self, table: &Table) -> Result<Judged, ShiftError> {
        let data = self.data;
        let own = data.table.columns.len();
        if let Some(ask) = self.ask {
            let said = ask(&shown(table, data.target, own))?;
            let (answers, rows) = data
                .task
                .answers(table, data.target, &said, data.threshold)?;
            if rows.len() == table.rows {
                let metrics: Vec<Metric> = data.judged.losses.iter().map(|l| l.0).collect();
                return Ok(data.task.judged(answers, &metrics));
            }
            return Err(ShiftError::new(
                format!(
                    "the model gave no answer to {} of {} drawn rows",
                    table.rows - rows.len(),
                    table.rows
                ),
                "a model that leaves rows out cannot be asked about new ones; give --predictions instead",
            ));
        }
        let losses = self
            .classes
            .iter()
            .enumerate()
            .map(|(place, (metric, means))| {
                let losses = match &table.cells[own + place] {
                    Cells::Levels { codes, levels } => codes
                        .iter()
                        .map(|&code| {
                            levels
                                .get(code as usize)
                                .and_then(|level| level.parse::<usize>().ok())
                                .and_then(|class| means.get(class))
                                .copied()
                                .unwrap_or(means[0])
                        })
                        .collect(),
                    _ => vec![means[0]; table.rows],
                };
                (*metric, losses)
            });
        Ok(Judged {
            losses: losses.collect(),
            answers: None,
        })
    }

    /// What the members say of a population, by each of the metrics; none for a metric that cannot be told of drawn rows.
    ///
    /// # Errors
    ///
    /// Fewer than three members that have such rows at all.
    pub fn say(
        &self,
        target: &Target,
        metrics: &[Metric],
    ) -> Result<Vec<Option<Said>>, ShiftError> {
        let mut said: Vec<Vec<Option<[f64; 3]>>> = vec![Vec::new(); metrics.len()];
        let mut why = None;
        let mut members = 0;
        for (number, member) in self.members.iter().enumerate() {
            let (drawn, weights) = match self.rows_of(number, member, target) {
                Ok(found) => found,
                Err(error) => {
                    why = Some(error);
                    continue;
                }
            };
            members += 1;
            let shifted = drawn.as_ref().unwrap_or(&member.pool);
            let equal = vec![1.0; member.pool.table.rows];
            for (said, &metric) in said.iter_mut().zip(metrics) {
                let value = |judged: &Judged, weights: &[f64]| {
                    judged.evaluate(metric, weights).map(|found| found.value)
                };
                said.push(
                    value(&shifted.judged, &weights.values)
                        .zip(value(&member.pool.judged, &equal))
                        .zip(value(self.data.judged, &member.counts))
                        .map(|((shifted, as_is), own)| [shifted, as_is, own]),
                );
            }
        }
        if members < FEWEST_MEMBERS.min(self.members.len()) || members == 0 {
            return Err(why.unwrap_or_else(|| {
                ShiftError::new("no population was learned", "learn at least one")
            }));
        }
        Ok(said
            .into_iter()
            .map(|said| {
                let members: Option<Vec<[f64; 3]>> = said.into_iter().collect();
                members.map(|members| Said { members })
            })
            .collect())
    }

    /// Rows of a member that carry the population, and their weights: those of its pool, or others that are drawn for it.
    fn rows_of(
        &self,
        number: usize,
        member: &Member,
        target: &Target,
    ) -> Result<(Option<Drawn>, Weights), ShiftError> {
        let columns = member.model.columns();
        let target = target.for_columns(columns)?;
        let cannot = |_| {
            ShiftError::new(
                "a learned population has no rows with these shares and means",
                "ask for less of it",
            )
        };
        let moments = target.moments(&member.pool.table);
        if moments.inside.iter().filter(|inside| **inside).count() as f64 >= ENOUGH
            && let Ok(weights) = Weights::tilted(&moments)
            && weights.overlap().effective >= ENOUGH
        {
            return Ok((None, weights));
        }
        let mut request = Request {
            given: target.only().to_vec(),
            ..Request::default()
        };
        let shares = target.shares();
        for (rule, share) in &shares {
            // What is as good as all or none is a condition.
            if *share < 1e-6 {
                let text = format!("not ({})", rule.text());
                let not = Rule::parse(&text, columns)
                    .map_err(|error| ShiftError::new(error.to_string(), error.hint()))?;
                request.given.push(not);
            } else if *share > 1.0 - 1e-6 {
                request.given.push((*rule).clone());
            } else {
                request.wishes.push(Wish::Share {
                    condition: (*rule).clone(),
                    share: *share,
                });
            }
        }
        let seed = Seed(self.ensemble.seed.0.wrapping_add(1 + number as u64));
        let table = member
            .model
            .draws(&request, seed, Draw::Refined)
            .map_err(|error| ShiftError::new(error.to_string(), error.hint()))?
            .rows(0..self.ensemble.draws);
        let mut moments = target.moments(&table);
        // Rows were drawn under these conditions: none is outside, whatever is unknown of it.
        moments.inside.fill(true);
        let weights = Weights::tilted(&moments).map_err(cannot)?;
        let judged = self.judge(&table)?;
        Ok((Some(Drawn { table, judged }), weights))
    }

    /// For each member: the figures for a group of its pool, for its pool, and for the group in its own sample; none where a group is too small there.
    pub(crate) fn of_group(
        &self,
        metric: Metric,
        in_table: &dyn Fn(&Table) -> Vec<bool>,
        in_data: &[bool],
        fewest: usize,
    ) -> Option<Vec<[f64; 4]>> {
        let found = self.members.iter().map(|member| {
            let pool = in_table(&member.pool.table);
            if pool.iter().filter(|inside| **inside).count() < fewest {
                return None;
            }
            let one = |inside: &bool| f64::from(u8::from(*inside));
            let weights: Vec<f64> = pool.iter().map(one).collect();
            let own: Vec<f64> = member
                .counts
                .iter()
                .zip(in_data)
                .map(|(count, inside)| count * one(inside))
                .collect();
            let value = |judged: &Judged, weights: &[f64]| {
                judged.evaluate(metric, weights).map(|found| found.value)
            };
            Some([
                value(&member.pool.judged, &weights)?,
                value(&member.pool.judged, &vec![1.0; weights.len()])?,
                value(self.data.judged, &member.counts)?,
                value(self.data.judged, &own)?,
            ])
        });
        found.collect()
    }
}

/// The data with a column for each metric's losses, as classes, and the mean loss of each class.
fn losses_beside(data: &Data<'_>) -> (Table, Vec<(Metric, Vec<f64>)>) {
    let mut table = data.table.clone();
    let mut classes = Vec::new();
    for (metric, losses) in &data.judged.losses {
        let mut sorted = losses.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut edges: Vec<f64> = (1..LOSS_CLASSES)
            .filter_map(|class| sorted.get(class * sorted.len() / LOSS_CLASSES).copied())
            .collect();
        // Of a loss with two values, one class for each.
        edges.extend(sorted.last().copied());
        edges.dedup();
        edges.retain(|edge| sorted.first().is_some_and(|first| edge > first));
        let class_of: Vec<usize> = losses
            .iter()
            .map(|loss| edges.partition_point(|edge| edge <= loss))
            .collect();
        let mut sums = vec![(0.0, 0.0); edges.len() + 1];
        for (&class, loss) in class_of.iter().zip(losses) {
            sums[class].0 += loss;
            sums[class].1 += 1.0;
        }
        let overall = losses.iter().sum::<f64>() / losses.len().max(1) as f64;
        classes.push((
            *metric,
            sums.iter()
                .map(|(sum, n)| if *n > 0.0 { sum / n } else { overall })
                .collect(),
        ));
        let names: Vec<String> = (0..=edges.len())
            .map(|class| format!("{class:02}"))
            .collect();
        table
            .columns
            .push(category(&format!("loss: {}", metric.name())));
        table.cells.push(Cells::Levels {
            codes: class_of.iter().map(|&class| class as u32).collect(),
            levels: names,
        });
    }
    (table, classes)
}
