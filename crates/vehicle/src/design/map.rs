//! What a user says about a file: unit, axes, and what each piece is.

use std::collections::BTreeMap;
use std::fmt;

use scene::mend::Shell;
use serde::Deserialize;

use super::axes::{Axis, Unit};
use super::names::Kind;
use super::{Design, Evidence};
use crate::BodyStyle;

/// Corrections of what is found in a file; empty where everything is to be found.
#[derive(Debug, Clone, Default)]
pub struct PartMap {
    /// Length of the file's unit.
    pub unit: Option<Unit>,
    /// The file's axis that points up.
    pub up: Option<Axis>,
    /// The file's axis that points ahead.
    pub ahead: Option<Axis>,
    /// What it resembles most.
    pub style: Option<BodyStyle>,
    /// By object, or `object:number` for one of its connected pieces.
    parts: BTreeMap<String, Kind>,
}

/// Why a part map cannot be used: one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartMapError(String);

impl fmt::Display for PartMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PartMapError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    unit: Option<Length>,
    up: Option<String>,
    ahead: Option<String>,
    style: Option<String>,
    #[serde(default)]
    parts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Length {
    Metres(f32),
    Word(String),
}

impl PartMap {
    /// Reads a map.
    ///
    /// # Errors
    /// [`PartMapError`]: one sentence on the first mistake.
    pub fn from_yaml(text: &str) -> Result<Self, PartMapError> {
        let written: Written = serde_saphyr::from_str(text).map_err(|error| {
            let error = error.to_string();
            let line = error.lines().next().unwrap_or_default();
            PartMapError(line.strip_prefix("error: ").unwrap_or(line).to_owned())
        })?;
        let axis = |key: &str, word: Option<String>| {
            word.map(|word| {
                Axis::named(&word).ok_or_else(|| {
                    PartMapError(format!(
                        "`{key}` is `{word}`, and axes are x, y, z, -x, -y and -z"
                    ))
                })
            })
            .transpose()
        };
        let unit = written.unit.map(|length| match length {
            Length::Metres(metres) => metres.to_string(),
            Length::Word(word) => word,
        });
        let unit = unit.map(|word| {
            Unit::named(&word).ok_or_else(|| {
                PartMapError(format!(
                    "`unit` is `{word}`, and units are m, cm, mm, in, ft or a number of metres"
                ))
            })
        });
        let style = written.style.map(|word| {
            BodyStyle::named(&word).ok_or_else(|| {
                let all: Vec<&str> = BodyStyle::ALL.iter().map(|style| style.name()).collect();
                PartMapError(format!(
                    "`style` is `{word}`, and styles are {}",
                    all.join(", ")
                ))
            })
        });
        let parts = written.parts.into_iter().map(|(group, word)| {
            let kind = Kind::named(&word).ok_or_else(|| {
                PartMapError(format!(
                    "`{group}` is said to be `{word}`, and parts are {}",
                    Kind::words().join(", ")
                ))
            });
            Ok((group, kind?))
        });
        let map = Self {
            unit: unit.transpose()?,
            up: axis("up", written.up)?,
            ahead: axis("ahead", written.ahead)?,
            style: style.transpose()?,
            parts: parts.collect::<Result<_, _>>()?,
        };
        match (map.up, map.ahead) {
            (Some(up), Some(ahead)) if up.number == ahead.number => Err(PartMapError(
                "`up` and `ahead` are the same axis".to_owned(),
            )),
            _ => Ok(map),
        }
    }

    /// What a piece is said to be.
    pub(super) fn kind(&self, group: &str, number: usize) -> Option<Kind> {
        self.parts
            .get(&format!("{group}:{number}"))
            .or_else(|| self.parts.get(group))
            .copied()
    }

    /// Whether every line is about something in the file.
    pub(super) fn check(&self, groups: &[String], shells: &[Shell]) -> Result<(), PartMapError> {
        for name in self.parts.keys() {
            let piece = name.rsplit_once(':').and_then(|(group, number)| {
                let object = groups.iter().position(|own| own == group)?;
                let number: usize = number.parse().ok()?;
                let count = shells.iter().filter(|shell| shell.object == object).count();
                (1..=count).contains(&number).then_some(())
            });
            if piece.is_none() && !groups.contains(name) {
                let known: Vec<&str> = groups.iter().take(8).map(String::as_str).collect();
                let more = if groups.len() > 8 { " …" } else { "" };
                return Err(PartMapError(format!(
                    "the map names `{name}`, and the file has {}{more}",
                    known.join(", ")
                )));
            }
        }
        Ok(())
    }
}

impl Design {
    /// What was found as a part map that can be edited: read with the same file it finds the same.
    pub fn map_yaml(&self) -> String {
        let report = &self.report;
        let unit = match report.unit {
            Unit::Named(name, _) => name.to_owned(),
            Unit::Model { metres, .. } => metres.to_string(),
        };
        let mut text = format!(
            "unit: {unit}\nup: {}\nahead: {}\nstyle: {}\n# Parts are: {}.\n# `body` is cut into panels by place, `wheel` into tyre and rim; `keep` looks as in the file, `leave_out` is not drawn.\nparts:\n",
            quoted(report.up.0.name()),
            quoted(report.ahead.0.name()),
            self.style.name(),
            Kind::words().join(", "),
        );
        let mut groups: Vec<&str> = Vec::new();
        for piece in &report.pieces {
            if groups.last() != Some(&piece.group.as_str()) {
                groups.push(&piece.group);
            }
        }
        for group in groups {
            let own = || {
                report
                    .pieces
                    .iter()
                    .filter(move |piece| piece.group == group)
            };
            let Some(first) = own().next() else { continue };
            if own().all(|piece| piece.kind == first.kind) {
                text.push_str(&format!("  {}: {}\n", quoted(group), first.kind.name()));
                continue;
            }
            for piece in own() {
                let by = if piece.by == Evidence::Shape {
                    " by its shape"
                } else {
                    ""
                };
                text.push_str(&format!(
                    "  {}: {} # at {:.2} {:.2} {:.2} m, {:.2} × {:.2} × {:.2} m{by}\n",
                    quoted(&format!("{group}:{}", piece.number)),
                    piece.kind.name(),
                    piece.middle.x,
                    piece.middle.y,
                    piece.middle.z,
                    piece.size.x,
                    piece.size.y,
                    piece.size.z,
                ));
            }
        }
        text
    }
}

/// A word that YAML takes for text.
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '\\' => {
                text.push('\\');
                text.push(letter);
            }
            letter if letter.is_control() => {
                text.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => text.push(letter),
        }
    }
    text.push('"');
    text
}
