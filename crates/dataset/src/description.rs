//! What a data set is: the facts that all its samples share, and the columns its rows have.

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field};
use population::{Kind, Population, Recipe, Schema};
use serde::{Deserialize, Serialize};

use crate::provenance::{ConsentUse, LedgerEntry, PackUse, Provenance};

/// The facts that all samples of a data set share. The same in each shard, in the journal and in the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The recipe's name.
    pub name: String,
    /// The stage's name: `people`.
    pub stage: String,
    /// Digest of the recipe, without its count: more of the same is the same recipe.
    pub digest: String,
    /// The seed all streams start from.
    pub seed: u64,
    /// How many samples the whole has.
    pub samples: u64,
    /// The recipe as run, all defaults written out.
    pub recipe: String,
    /// Version of the engine.
    pub engine: String,
    /// The packs that were read.
    pub packs: Vec<PackUse>,
    /// Published sources behind the attributes.
    pub sources: Vec<String>,
    /// How samples were computed where that is a choice, a sentence each.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Every read of real people's records.
    pub ledger: Vec<LedgerEntry>,
    /// What the real people whose scans were used allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentUse>,
}

impl Description {
    pub(crate) fn new(recipe: &Recipe, provenance: Provenance) -> Self {
        let Provenance {
            engine,
            packs,
            sources,
            methods,
            ledger,
            consents,
        } = provenance;
        Self {
            name: recipe.name.clone(),
            stage: recipe.stage.clone(),
            digest: recipe.digest(),
            seed: recipe.seed.0,
            samples: recipe.sample_count(),
            recipe: recipe.to_yaml(),
            engine,
            packs,
            sources,
            methods,
            ledger,
            consents,
        }
    }

    /// How the samples of `self` and `other` relate; sample `i` of one is sample `i` of the other only if they are [`Relation::Same`].
    pub(crate) fn relation(&self, other: &Self) -> Relation {
        if self.digest != other.digest || self.seed != other.seed {
            Relation::OtherSet
        } else if self.engine != other.engine || self.packs != other.packs {
            Relation::OtherVersion
        } else {
            Relation::Same
        }
    }

    /// As error messages name a data set.
    pub(crate) fn title(&self) -> String {
        let digest = self.digest.get(..8).unwrap_or(&self.digest);
        format!(
            "recipe `{}` (digest {digest}), seed {}",
            self.name, self.seed
        )
    }

    /// As error messages name what made it.
    pub(crate) fn makers(&self) -> String {
        let packs: Vec<String> = self
            .packs
            .iter()
            .map(|pack| format!("{} {}", pack.name, pack.version))
            .collect();
        if packs.is_empty() {
            format!("engine {}", self.engine)
        } else {
            format!("engine {} with {}", self.engine, packs.join(", "))
        }
    }
}

/// Whether the samples of two descriptions may stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// They may; the counts may differ.
    Same,
    /// Same recipe and seed, but another engine or pack, so the bytes may differ.
    OtherVersion,
    /// Different recipe or seed.
    OtherSet,
}

/// One column of `rows.parquet` that comes from the population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// As in the population's record batches.
    pub name: String,
    /// Type of its values.
    pub kind: ColumnKind,
    /// Unit, empty when there is none.
    pub unit: String,
    /// One sentence.
    pub meaning: String,
}

/// Type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Unsigned 64-bit: numbers of samples.
    Index,
    /// Signed 64-bit.
    Integer,
    /// 64-bit float.
    Number,
    /// UTF-8.
    Text,
    /// Yes or no.
    Flag,
}

impl ColumnKind {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            ColumnKind::Index => DataType::UInt64,
            ColumnKind::Integer => DataType::Int64,
            ColumnKind::Number => DataType::Float64,
            ColumnKind::Text => DataType::Utf8,
            ColumnKind::Flag => DataType::Boolean,
        }
    }

    fn of(data_type: &DataType) -> Option<Self> {
        [
            ColumnKind::Index,
            ColumnKind::Integer,
            ColumnKind::Number,
            ColumnKind::Text,
            ColumnKind::Flag,
        ]
        .into_iter()
        .find(|kind| kind.data_type() == *data_type)
    }

    /// With its article, for messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            ColumnKind::Index => "an index",
            ColumnKind::Integer => "an integer",
            ColumnKind::Number => "a number",
            ColumnKind::Text => "a text",
            ColumnKind::Flag => "a flag",
        }
    }
}

/// The columns of a population's batches with what its schema says about them; the name of a column that has a type no row may have.
pub(crate) fn columns(
    population: &dyn Population,
    batch: &RecordBatch,
) -> Result<Vec<Column>, String> {
    let schema = population.schema();
    batch
        .schema()
        .fields()
        .iter()
        .map(|field| column(schema, field))
        .collect()
}

fn column(schema: &Schema, field: &Field) -> Result<Column, String> {
    let name = field.name();
    let kind = ColumnKind::of(field.data_type()).ok_or_else(|| name.clone())?;
    let (unit, meaning) = match name.as_str() {
        "sample" => (
            "",
            "number of the sample, counted from 0; its file names carry it".to_owned(),
        ),
        "origin" => (
            "",
            "the draw it comes from; samples of one origin differ in the paired attribute only"
                .to_owned(),
        ),
        _ => about(schema, name),
    };
    Ok(Column {
        name: name.clone(),
        kind,
        unit: unit.to_owned(),
        meaning,
    })
}

fn about(schema: &Schema, name: &str) -> (&'static str, String) {
    for attribute in &schema.attributes {
        let component = name
            .strip_prefix(attribute.name)
            .and_then(|rest| rest.strip_prefix('.'));
        match &attribute.kind {
            Kind::Number { unit, .. } | Kind::Integer { unit, .. } if attribute.name == name => {
                return (*unit, attribute.meaning.to_owned());
            }
            Kind::Category { .. } if attribute.name == name => {
                return ("", attribute.meaning.to_owned());
            }
            Kind::Mix { components } => {
                if let Some(component) =
                    component.filter(|component| components.contains(component))
                {
                    return (
                        "",
                        format!("{}; share of {component}, 0 to 1", attribute.meaning),
                    );
                }
            }
            _ => {}
        }
    }
    ("", String::new())
}
