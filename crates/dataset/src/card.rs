//! `card.json`: what the data set is, for machines, as Croissant 1.1 (JSON-LD) with the responsible-AI fields and a block of our own.
//!
//! Everything in it is computed from what ran: the description, the columns, the hashes. It bears no date: the same run gives the same bytes.

use std::path::Path;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::card_text as text;
use crate::description::{ColumnKind, Description};
use crate::disk::{Action, DiskError, Written};
use crate::error::ReadError;
use crate::provenance::privacy_statement;
use crate::table::{CONTENT, Layout, ROWS, Table, file_column};

/// The card of a data set.
pub(crate) const CARD: &str = "card.json";

/// The recipe of a data set, as run.
pub(crate) const RECIPE: &str = "recipe.yaml";

const CROISSANT: &str = "http://mlcommons.org/croissant/1.1";

/// Version of the `populace` block.
const FORMAT: u32 = 1;

/// The `populace` block: all that is needed to make the data set again, and what may be said about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Block {
    format: u32,
    #[serde(flatten)]
    pub(crate) description: Description,
    /// Folder and extension, in column order.
    artefacts: Vec<ArtefactRecord>,
    scalars: Vec<ScalarRecord>,
    /// What the ledger lets us say about privacy.
    statement: String,
    /// Findings of checks that were run on the data set.
    checks: Vec<Check>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ArtefactRecord {
    folder: String,
    extension: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ScalarRecord {
    name: String,
    kind: ColumnKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Check {
    name: String,
    passed: bool,
}

impl Block {
    pub(crate) fn layout(&self) -> Layout {
        Layout {
            artefacts: self
                .artefacts
                .iter()
                .map(|it| (it.folder.clone(), it.extension.clone()))
                .collect(),
            scalars: self
                .scalars
                .iter()
                .map(|it| (it.name.clone(), it.kind))
                .collect(),
        }
    }
}

/// What is read back from a card.
#[derive(Debug, Deserialize)]
pub(crate) struct Card {
    pub(crate) populace: Block,
    distribution: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    #[serde(rename = "@id")]
    id: String,
    sha256: Option<String>,
}

impl Card {
    /// Reads the card of a folder; `None` if it has none.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>, ReadError> {
        let path = directory.join(CARD);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(|error| DiskError::new(Action::Read, &path, error))?,
        };
        match serde_json::from_slice::<Card>(&bytes) {
            Ok(card) if card.populace.format == FORMAT => Ok(Some(card)),
            Ok(card) => Err(ReadError::Damaged {
                file: path,
                reason: format!(
                    "its format is {}, this version reads {FORMAT}",
                    card.populace.format
                ),
            }),
            Err(error) => Err(ReadError::Damaged {
                file: path,
                reason: error.to_string(),
            }),
        }
    }

    /// The hash that the card states for one of its files.
    pub(crate) fn sha256(&self, id: &str) -> Option<&str> {
        self.distribution
            .iter()
            .find(|listed| listed.id == id)?
            .sha256
            .as_deref()
    }
}

/// The bytes of a card.
pub(crate) fn write(
    description: &Description,
    table: &Table,
    rows: &Written,
    recipe: &Written,
) -> Result<Vec<u8>, String> {
    let layout = &table.layout;
    let document = Document {
        context: Context,
        kind: "sc:Dataset",
        name: &description.name,
        description: text::description(description, layout),
        conforms_to: CROISSANT,
        version: is_semantic_version(&description.engine).then_some(description.engine.as_str()),
        license: licences(description),
        cite_as: text::citation(description),
        is_live: false,
        keywords: ["synthetic data", &description.stage],
        collection: text::collection(description),
        biases: text::biases(description),
        limitations: text::limitations(description, layout),
        personal: privacy_statement(&description.ledger),
        uses: text::use_cases(description),
        maintenance: text::maintenance(description),
        annotation: text::annotation(description, layout),
        distribution: distribution(layout, rows, recipe),
        record_set: [RecordSet {
            kind: "cr:RecordSet",
            id: "rows",
            name: "rows",
            description: "One record per sample.",
            key: Reference {
                id: "rows/sample".to_owned(),
            },
            field: fields(table),
        }],
        populace: Block {
            format: FORMAT,
            description: description.clone(),
            artefacts: layout
                .artefacts
                .iter()
                .map(|(folder, extension)| ArtefactRecord {
                    folder: folder.clone(),
                    extension: extension.clone(),
                })
                .collect(),
            scalars: layout
                .scalars
                .iter()
                .map(|(name, kind)| ScalarRecord {
                    name: name.clone(),
                    kind: *kind,
                })
                .collect(),
            statement: privacy_statement(&description.ledger),
            checks: Vec::new(),
        },
    };
    let mut bytes = serde_json::to_vec_pretty(&document).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "@context")]
    context: Context,
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
    description: String,
    #[serde(rename = "conformsTo")]
    conforms_to: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    license: Vec<String>,
    #[serde(rename = "citeAs")]
    cite_as: String,
    #[serde(rename = "isLiveDataset")]
    is_live: bool,
    keywords: [&'a str; 2],
    #[serde(rename = "rai:dataCollection")]
    collection: String,
    #[serde(rename = "rai:dataBiases")]
    biases: Vec<String>,
    #[serde(rename = "rai:dataLimitations")]
    limitations: Vec<String>,
    #[serde(rename = "rai:personalSensitiveInformation")]
    personal: String,
    #[serde(rename = "rai:dataUseCases")]
    uses: Vec<String>,
    #[serde(rename = "rai:dataReleaseMaintenancePlan")]
    maintenance: String,
    #[serde(rename = "rai:dataAnnotationProtocol")]
    annotation: Vec<String>,
    distribution: Vec<Resource>,
    #[serde(rename = "recordSet")]
    record_set: [RecordSet; 1],
    populace: Block,
}

#[derive(Serialize)]
struct Reference {
    #[serde(rename = "@id")]
    id: String,
}

#[derive(Serialize)]
struct Resource {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@id")]
    id: String,
    name: String,
    description: String,
    #[serde(rename = "encodingFormat")]
    encoding: &'static str,
    #[serde(rename = "contentUrl", skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
    #[serde(rename = "contentSize", skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    includes: Option<String>,
}

#[derive(Serialize)]
struct RecordSet {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@id")]
    id: &'static str,
    name: &'static str,
    description: &'static str,
    key: Reference,
    field: Vec<FieldRecord>,
}

#[derive(Serialize)]
struct FieldRecord {
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@id")]
    id: String,
    name: String,
    description: String,
    #[serde(rename = "dataType")]
    data_type: &'static str,
    source: Source,
}

#[derive(Serialize)]
struct Source {
    #[serde(rename = "fileObject")]
    file: Reference,
    extract: Extract,
}

#[derive(Serialize)]
struct Extract {
    column: String,
}

fn distribution(layout: &Layout, rows: &Written, recipe: &Written) -> Vec<Resource> {
    let file = |name: &'static str, description: &str, encoding, written: &Written| Resource {
        kind: "cr:FileObject",
        id: name.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        encoding,
        url: Some(name),
        size: Some(format!("{} B", written.bytes)),
        sha256: Some(written.sha256.clone()),
        includes: None,
    };
    let mut resources = vec![
        file(
            ROWS,
            "One row per sample: attributes, scalar labels, file names, content hash.",
            "application/x-parquet",
            rows,
        ),
        file(
            RECIPE,
            "The recipe as run, all defaults written out.",
            "application/yaml",
            recipe,
        ),
    ];
    resources.extend(layout.artefacts.iter().map(|(folder, extension)| Resource {
        kind: "cr:FileSet",
        id: folder.clone(),
        name: folder.clone(),
        description: format!("One file per sample, named by its number of nine digits: {folder}/000000000.{extension}."),
        encoding: encoding(extension),
        url: None,
        size: None,
        sha256: None,
        includes: Some(format!("{folder}/*.{extension}")),
    }));
    resources
}

fn fields(table: &Table) -> Vec<FieldRecord> {
    let field = |name: &str, description: String, kind: ColumnKind| FieldRecord {
        kind: "cr:Field",
        id: format!("rows/{name}"),
        name: name.to_owned(),
        description,
        data_type: match kind {
            ColumnKind::Index | ColumnKind::Integer => "sc:Integer",
            ColumnKind::Number => "sc:Float",
            ColumnKind::Text => "sc:Text",
            ColumnKind::Flag => "sc:Boolean",
        },
        source: Source {
            file: Reference {
                id: ROWS.to_owned(),
            },
            extract: Extract {
                column: name.to_owned(),
            },
        },
    };
    let attributes = table.columns.iter().map(|column| {
        let unit = if column.unit.is_empty() {
            String::new()
        } else {
            format!(" (unit: {})", column.unit)
        };
        field(
            &column.name,
            format!("{}{unit}", column.meaning),
            column.kind,
        )
    });
    let scalars = table.layout.scalars.iter().map(|(name, kind)| {
        field(
            name,
            "Scalar label, computed by the stage.".to_owned(),
            *kind,
        )
    });
    let files = table.layout.artefacts.iter().map(|(folder, _)| {
        field(
            &file_column(folder),
            format!("Path of the sample's file in {folder}."),
            ColumnKind::Text,
        )
    });
    let content =
        "SHA-256 of what sha256sum prints for the sample's files in the order of these columns."
            .to_owned();
    attributes
        .chain(scalars)
        .chain(files)
        .chain([field(CONTENT, content, ColumnKind::Text)])
        .collect()
}

fn encoding(extension: &str) -> &'static str {
    match extension {
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "exr" => "image/x-exr",
        "json" => "application/json",
        "txt" => "text/plain",
        "csv" => "text/csv",
        _ => "application/octet-stream",
    }
}

/// The licences that bind a user of the data set: those of the packs in its pictures.
fn licences(description: &Description) -> Vec<String> {
    let mut licences: Vec<String> = Vec::new();
    for pack in &description.packs {
        let is_spdx = pack
            .licence
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+'));
        let licence = if is_spdx {
            format!("https://spdx.org/licenses/{}.html", pack.licence)
        } else {
            pack.licence.clone()
        };
        if !licences.contains(&licence) {
            licences.push(licence);
        }
    }
    licences
}

fn is_semantic_version(version: &str) -> bool {
    let parts: Vec<&str> = version.split('.').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The JSON-LD context of Croissant 1.1, with a term for our block.
struct Context;

enum Term {
    Iri(&'static str),
    Json(&'static str),
    Vocabulary(&'static str),
    Language,
}

const CONTEXT: &[(&str, Term)] = &[
    ("@language", Term::Iri("en")),
    ("@vocab", Term::Iri("https://schema.org/")),
    ("arrayShape", Term::Iri("cr:arrayShape")),
    ("citeAs", Term::Iri("cr:citeAs")),
    ("column", Term::Iri("cr:column")),
    ("conformsTo", Term::Iri("dct:conformsTo")),
    ("containedIn", Term::Iri("cr:containedIn")),
    ("cr", Term::Iri("http://mlcommons.org/croissant/")),
    ("rai", Term::Iri("http://mlcommons.org/croissant/RAI/")),
    ("data", Term::Json("cr:data")),
    ("dataType", Term::Vocabulary("cr:dataType")),
    ("dct", Term::Iri("http://purl.org/dc/terms/")),
    ("description", Term::Language),
    ("equivalentProperty", Term::Iri("cr:equivalentProperty")),
    ("examples", Term::Json("cr:examples")),
    ("extract", Term::Iri("cr:extract")),
    ("field", Term::Iri("cr:field")),
    ("fileProperty", Term::Iri("cr:fileProperty")),
    ("fileObject", Term::Iri("cr:fileObject")),
    ("fileSet", Term::Iri("cr:fileSet")),
    ("format", Term::Iri("cr:format")),
    ("includes", Term::Iri("cr:includes")),
    ("isArray", Term::Iri("cr:isArray")),
    ("isLiveDataset", Term::Iri("cr:isLiveDataset")),
    ("jsonPath", Term::Iri("cr:jsonPath")),
    ("key", Term::Iri("cr:key")),
    ("md5", Term::Iri("cr:md5")),
    ("name", Term::Language),
    ("parentField", Term::Iri("cr:parentField")),
    ("path", Term::Iri("cr:path")),
    ("populace", Term::Json("urn:populace:card")),
    ("recordSet", Term::Iri("cr:recordSet")),
    ("references", Term::Iri("cr:references")),
    ("regex", Term::Iri("cr:regex")),
    ("repeated", Term::Iri("cr:repeated")),
    ("replace", Term::Iri("cr:replace")),
    ("samplingRate", Term::Iri("cr:samplingRate")),
    ("sc", Term::Iri("https://schema.org/")),
    ("separator", Term::Iri("cr:separator")),
    ("source", Term::Iri("cr:source")),
    ("subField", Term::Iri("cr:subField")),
    ("transform", Term::Iri("cr:transform")),
];

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(CONTEXT.len()))?;
        for (name, term) in CONTEXT {
            map.serialize_entry(name, term)?;
        }
        map.end()
    }
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (id, kind) = match self {
            Term::Iri(iri) => return serializer.serialize_str(iri),
            Term::Json(id) => (id, "@json"),
            Term::Vocabulary(id) => (id, "@vocab"),
            Term::Language => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("@container", "@language")?;
                return map.end();
            }
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("@id", id)?;
        map.serialize_entry("@type", kind)?;
        map.end()
    }
}
