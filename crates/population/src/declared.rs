//! A population declared by a recipe.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringBuilder, UInt64Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema as ArrowSchema};

use crate::attribute::{Attribute, Choice, Kind, Schema, Typical};
use crate::distribution::Distribution;
use crate::recipe::{Condition, Cycle, Recipe, Test, drawing_order};
use crate::row::{PartialRow, Row, Value};
use crate::sequence;
use crate::stream::{Purpose, Seed, Stream, Streams};

/// Where rows come from.
pub trait Population: Send + Sync {
    /// The attributes of its rows.
    fn schema(&self) -> &Schema;

    /// The rows with these indices: columns `sample` and `origin`, then one for each attribute in schema order.
    ///
    /// Numbers are `Float64`, integers `Int64`, categories `Utf8`; a mix has one `Float64` column per component, `ancestry.african`.
    ///
    /// # Determinism
    /// Pure: row `i` is the same in whatever range and on whatever thread it is asked for.
    ///
    /// # Errors
    /// [`PopulationError`].
    fn rows(&self, indices: Range<u64>, seed: Seed) -> Result<RecordBatch, PopulationError>;
}

/// The most rows of one call: ask for more in batches, so that memory does not grow with the number of samples.
pub const MAX_BATCH: u64 = 1 << 20;

/// The population of a recipe.
#[derive(Debug)]
pub struct DeclaredPopulation {
    recipe: Recipe,
    schema: Schema,
    columns: Arc<ArrowSchema>,
    /// In drawing order.
    plan: Vec<Step>,
    cells: u64,
}

/// How one attribute is drawn.
#[derive(Debug)]
struct Step {
    /// In the schema.
    position: usize,
    purpose: Purpose,
    source: Source,
    /// Where some of its choices are withdrawn: what chooses in their place.
    in_place: Option<Purpose>,
}

#[derive(Debug)]
enum Source {
    /// The attribute that `pair` changes: its first value, for all that depends on it.
    Changed,
    /// Level `(cell / stride) % levels` of an axis.
    Grid {
        levels: Vec<Distribution>,
        stride: u64,
    },
    /// The last of these whose conditions hold, otherwise `base`.
    Drawn {
        base: Distribution,
        given: Vec<(Vec<Check>, Distribution)>,
    },
}

/// A condition with its attribute's position.
#[derive(Debug)]
struct Check {
    position: usize,
    condition: Condition,
}

impl DeclaredPopulation {
    /// Prepares the drawing of a recipe that was checked against this schema.
    ///
    /// # Errors
    /// [`PopulationError::Schema`] where the schema contradicts itself or the recipe was changed behind its checks: a bug in a stage.
    pub fn new(recipe: Recipe, schema: Schema) -> Result<Self, PopulationError> {
        schema.check().map_err(PopulationError::Schema)?;
        let order = drawing_order(&schema, &recipe.draws, &recipe.given, &recipe.grid).map_err(
            |Cycle(cycle)| {
                PopulationError::Schema(format!(
                    "`{}` depends on itself",
                    schema.attributes[cycle[0]].name
                ))
            },
        )?;
        let mut plan = Vec::with_capacity(order.len());
        for position in order {
            let attribute = &schema.attributes[position];
            let source = source(&recipe, &schema, attribute)?;
            let withdrawn = matches!(&attribute.kind, Kind::Category { choices } if choices.iter().any(|choice| choice.withdrawn));
            plan.push(Step {
                position,
                purpose: Purpose::new(&format!("attribute/{}", attribute.name)),
                source,
                in_place: withdrawn
                    .then(|| Purpose::new(&format!("attribute/{}/in place", attribute.name))),
            });
        }
        let cells = recipe
            .grid
            .iter()
            .map(|axis| axis.levels.len() as u64)
            .product();
        Ok(Self {
            columns: Arc::new(columns(&schema)),
            recipe,
            schema,
            plan,
            cells,
        })
    }

    /// The recipe it draws.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The row of one draw as a sample of its own: of what `pair` changes, the first value.
    ///
    /// # Errors
    /// As [`Population::rows`].
    pub fn origin_row(&self, origin: u64, seed: Seed) -> Result<Row, PopulationError> {
        let values = self.origin(origin, seed)?;
        let named = self.schema.attributes.iter().zip(values);
        Ok(
            named.fold(Row::new(origin, origin), |row, (attribute, value)| {
                row.with(attribute.name, value)
            }),
        )
    }

    /// All attributes of one origin, in schema order; what `pair` changes has its first value.
    fn origin(&self, origin: u64, seed: Seed) -> Result<Vec<Value>, PopulationError> {
        let streams = Streams::new(seed, origin);
        let cell = origin % self.cells.max(1);
        // Overwritten before anything reads it: the order of the plan sees to that.
        let mut values = vec![Value::Integer(0); self.schema.attributes.len()];
        for step in &self.plan {
            let attribute = &self.schema.attributes[step.position];
            let distribution = match &step.source {
                Source::Changed => {
                    if let Some(first) = self.recipe.pair.as_ref().and_then(|pair| pair.to.first())
                    {
                        values[step.position] = first.clone();
                    }
                    continue;
                }
                Source::Grid { levels, stride } => {
                    &levels[((cell / stride) % levels.len() as u64) as usize]
                }
                Source::Drawn { base, given } => given
                    .iter()
                    .rfind(|(checks, _)| {
                        checks
                            .iter()
                            .all(|check| holds(&check.condition, &values[check.position]))
                    })
                    .map_or(base, |(_, distribution)| distribution),
            };
            let mut stream = streams.stream_for(&step.purpose);
            let known = self.schema.fact(attribute, &values);
            let mut typical = |typical: &Typical, stream: &mut Stream| {
                let readable: Vec<(&'static str, &Value)> = typical
                    .depends_on
                    .iter()
                    .filter_map(|&name| Some((name, values.get(self.schema.position(name)?)?)))
                    .collect();
                (typical.draw)(&PartialRow::new(&readable), stream)
            };
            let mut drawn = distribution.draw(attribute, &mut stream, known.as_ref(), &mut typical);
            if let Some(purpose) = &step.in_place {
                drawn = in_place(attribute, drawn, &mut streams.stream_for(purpose));
            }
            if distribution.is_ever_typical() && !attribute.kind.admits(&drawn) {
                return Err(PopulationError::Typical {
                    attribute: attribute.name,
                });
            }
            values[step.position] = drawn;
        }
        Ok(values)
    }
}

impl Population for DeclaredPopulation {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn rows(&self, indices: Range<u64>, seed: Seed) -> Result<RecordBatch, PopulationError> {
        let asked = indices.end.saturating_sub(indices.start);
        if asked > MAX_BATCH {
            return Err(PopulationError::BatchTooLarge { asked });
        }
        let (variants, frames) = (self.recipe.variants(), self.recipe.frames());
        let clock = self.schema.position(sequence::TIME);
        let changed = self
            .recipe
            .pair
            .as_ref()
            .and_then(|pair| self.schema.position(&pair.change));
        let capacity = asked as usize;
        let mut samples = UInt64Builder::with_capacity(capacity);
        let mut origins = UInt64Builder::with_capacity(capacity);
        let mut columns: Vec<Column> = self
            .schema
            .attributes
            .iter()
            .map(|attribute| Column::new(&attribute.kind, capacity))
            .collect();
        let mut current: Option<(u64, Vec<Value>)> = None;
        for index in indices {
            // The frames of a variant lie side by side.
            let (origin, variant, frame) = (
                index / frames / variants,
                index / frames % variants,
                index % frames,
            );
            let moment = sequence::time_s(&self.recipe, frame).map(Value::Number);
            let values = match current.take() {
                Some((of, values)) if of == origin => values,
                _ => self.origin(origin, seed)?,
            };
            samples.append_value(index);
            origins.append_value(origin);
            for (position, (column, value)) in columns.iter_mut().zip(&values).enumerate() {
                let variant = self
                    .recipe
                    .pair
                    .as_ref()
                    .and_then(|pair| pair.to.get(variant as usize));
                let value = match (variant, &moment) {
                    (Some(variant), _) if changed == Some(position) => variant,
                    (_, Some(moment)) if clock == Some(position) => moment,
                    _ => value,
                };
                if !column.push(value) {
                    return Err(PopulationError::Schema(format!(
                        "a value of `{}` is of another kind than the attribute",
                        self.schema.attributes[position].name
                    )));
                }
            }
            current = Some((origin, values));
        }
        let mut arrays: Vec<ArrayRef> =
            vec![Arc::new(samples.finish()), Arc::new(origins.finish())];
        for column in columns {
            column.finish(&mut arrays);
        }
        RecordBatch::try_new(Arc::clone(&self.columns), arrays).map_err(PopulationError::Arrow)
    }
}

/// Another choice in place of a withdrawn one: with all of its tags, or else with one of them, or else the first of all.
fn in_place(attribute: &Attribute, drawn: Value, stream: &mut Stream) -> Value {
    let (Kind::Category { choices }, Value::Category(name)) = (&attribute.kind, &drawn) else {
        return drawn;
    };
    let Some(gone) = choices.iter().find(|c| c.withdrawn && c.name == *name) else {
        return drawn;
    };
    let left = || choices.iter().filter(|choice| !choice.withdrawn);
    let mut alike: Vec<&Choice> = left()
        .filter(|c| gone.tags.iter().all(|tag| c.is_tagged(tag)))
        .collect();
    if alike.is_empty() || gone.tags.is_empty() {
        alike = left()
            .filter(|c| gone.tags.iter().any(|tag| c.is_tagged(tag)))
            .collect();
    }
    let chosen = match alike.len() as u64 {
        0 => left().next(),
        some => alike.get(stream.below(some) as usize).copied(),
    };
    chosen.map_or(drawn, |choice| Value::Category(choice.name.clone()))
}

fn source(
    recipe: &Recipe,
    schema: &Schema,
    attribute: &Attribute,
) -> Result<Source, PopulationError> {
    let checked = |distribution: &Distribution| {
        distribution
            .check(attribute)
            .map(|()| distribution.clone())
            .map_err(PopulationError::Schema)
    };
    if let Some(pair) = recipe
        .pair
        .as_ref()
        .filter(|pair| pair.change == attribute.name)
    {
        let fits = !pair.to.is_empty() && pair.to.iter().all(|value| attribute.kind.admits(value));
        return if fits {
            Ok(Source::Changed)
        } else {
            Err(PopulationError::Schema(format!(
                "`pair` has values that do not fit `{}`",
                attribute.name
            )))
        };
    }
    if let Some(axis) = recipe
        .grid
        .iter()
        .position(|axis| axis.attribute == attribute.name)
    {
        let levels = recipe.grid[axis]
            .levels
            .iter()
            .map(checked)
            .collect::<Result<Vec<_>, _>>()?;
        let stride = recipe.grid[axis + 1..]
            .iter()
            .map(|axis| axis.levels.len() as u64)
            .product();
        return Ok(Source::Grid { levels, stride });
    }
    let base = recipe
        .draws
        .iter()
        .find(|draw| draw.attribute == attribute.name)
        .map_or_else(
            || checked(&attribute.default),
            |draw| checked(&draw.distribution),
        )?;
    let mut given = Vec::new();
    for one in &recipe.given {
        for draw in one
            .set
            .iter()
            .filter(|draw| draw.attribute == attribute.name)
        {
            let checks = one.when.iter().map(|condition| {
                let position = schema.position(&condition.attribute);
                let missing = || {
                    PopulationError::Schema(format!(
                        "there is no attribute `{}`",
                        condition.attribute
                    ))
                };
                Ok(Check {
                    position: position.ok_or_else(missing)?,
                    condition: condition.clone(),
                })
            });
            given.push((
                checks.collect::<Result<Vec<_>, _>>()?,
                checked(&draw.distribution)?,
            ));
        }
    }
    Ok(Source::Drawn { base, given })
}

fn holds(condition: &Condition, value: &Value) -> bool {
    let number = match (value, condition.component) {
        (Value::Number(number), _) => Some(*number),
        (Value::Integer(whole), _) => Some(*whole as f64),
        (Value::Mix(weights), Some(component)) => weights.get(component).copied(),
        (Value::Category(_) | Value::Mix(_), _) => None,
    };
    match &condition.test {
        // A weight of a mix is compared as the number it is.
        Test::OneOf(values) if condition.component.is_some() => values.iter().any(
            |one| matches!((one, number), (Value::Number(one), Some(number)) if *one == number),
        ),
        Test::OneOf(values) => values.contains(value),
        Test::Below(limit) => number.is_some_and(|number| number < *limit),
        Test::Above(limit) => number.is_some_and(|number| number > *limit),
        Test::Within { min, max } => number.is_some_and(|number| (*min..=*max).contains(&number)),
    }
}

fn columns(schema: &Schema) -> ArrowSchema {
    let mut fields = vec![
        Field::new("sample", DataType::UInt64, false),
        Field::new("origin", DataType::UInt64, false),
    ];
    for attribute in &schema.attributes {
        match &attribute.kind {
            Kind::Number { .. } => {
                fields.push(Field::new(attribute.name, DataType::Float64, false));
            }
            Kind::Integer { .. } => fields.push(Field::new(attribute.name, DataType::Int64, false)),
            Kind::Category { .. } => fields.push(Field::new(attribute.name, DataType::Utf8, false)),
            Kind::Mix { components } => {
                let names = components
                    .iter()
                    .map(|component| format!("{}.{component}", attribute.name));
                fields.extend(names.map(|name| Field::new(name, DataType::Float64, false)));
            }
        }
    }
    ArrowSchema::new(fields)
}

/// The column or columns of one attribute while they fill.
enum Column {
    Number(Float64Builder),
    Integer(Int64Builder),
    Category(StringBuilder),
    Mix(Vec<Float64Builder>),
}

impl Column {
    fn new(kind: &Kind, capacity: usize) -> Self {
        match kind {
            Kind::Number { .. } => Column::Number(Float64Builder::with_capacity(capacity)),
            Kind::Integer { .. } => Column::Integer(Int64Builder::with_capacity(capacity)),
            Kind::Category { .. } => {
                Column::Category(StringBuilder::with_capacity(capacity, capacity * 8))
            }
            Kind::Mix { components } => Column::Mix(
                components
                    .iter()
                    .map(|_| Float64Builder::with_capacity(capacity))
                    .collect(),
            ),
        }
    }

    /// False where the value is of another kind.
    fn push(&mut self, value: &Value) -> bool {
        match (self, value) {
            (Column::Number(builder), Value::Number(number)) => builder.append_value(*number),
            (Column::Integer(builder), Value::Integer(whole)) => builder.append_value(*whole),
            (Column::Category(builder), Value::Category(name)) => builder.append_value(name),
            (Column::Mix(builders), Value::Mix(weights)) if builders.len() == weights.len() => {
                for (builder, weight) in builders.iter_mut().zip(weights) {
                    builder.append_value(*weight);
                }
            }
            _ => return false,
        }
        true
    }

    fn finish(self, arrays: &mut Vec<ArrayRef>) {
        match self {
            Column::Number(mut builder) => arrays.push(Arc::new(builder.finish())),
            Column::Integer(mut builder) => arrays.push(Arc::new(builder.finish())),
            Column::Category(mut builder) => arrays.push(Arc::new(builder.finish())),
            Column::Mix(builders) => {
                for mut builder in builders {
                    arrays.push(Arc::new(builder.finish()));
                }
            }
        }
    }
}

/// Why rows cannot be drawn.
#[derive(Debug)]
pub enum PopulationError {
    /// The schema contradicts itself, or a recipe was changed behind its checks: a bug in a stage, in one sentence.
    Schema(String),
    /// The attribute's typical draw gave something that is not a value of it: a bug in a stage.
    Typical {
        /// Its name.
        attribute: &'static str,
    },
    /// More than [`MAX_BATCH`] rows in one call.
    BatchTooLarge {
        /// How many.
        asked: u64,
    },
    /// The columns do not make a batch.
    Arrow(ArrowError),
}

impl fmt::Display for PopulationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PopulationError::Schema(sentence) => {
                write!(f, "the population's schema is wrong: {sentence}")
            }
            PopulationError::Typical { attribute } => {
                write!(
                    f,
                    "the typical draw of `{attribute}` gave something that is not a value of it"
                )
            }
            PopulationError::BatchTooLarge { asked } => {
                write!(
                    f,
                    "{asked} rows were asked for at once; ask for at most {MAX_BATCH}"
                )
            }
            PopulationError::Arrow(error) => {
                write!(f, "the rows do not make a record batch: {error}")
            }
        }
    }
}

impl std::error::Error for PopulationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PopulationError::Arrow(error) => Some(error),
            PopulationError::Schema(_)
            | PopulationError::Typical { .. }
            | PopulationError::BatchTooLarge { .. } => None,
        }
    }
}
