//! What is claimed of a model, and what it takes to show that.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::power;

/// Version of the format.
const FORMAT: u32 = 1;
/// More cells would each need many pictures.
const MOST_CELLS: usize = 500;

/// Claims about a model, and how often a verdict may err.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What the report calls it.
    pub name: String,
    /// The recipe that pictures are made from.
    pub recipe: PathBuf,
    /// `NAME=VALUE` changes of it.
    pub set: Vec<String>,
    /// What is claimed, by name.
    pub claims: Vec<Claim>,
    /// The probability of any wrong verdict, of those that hold and of those that fail each.
    pub alpha: f64,
    /// The probability that a claim which is true as planned is found to hold, for each cell.
    pub power: f64,
    /// Its text.
    pub text: String,
}

/// One claim about a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// The attribute that changes between the pictures of a pair.
    pub change: String,
    /// From what, to what.
    pub to: [Value; 2],
    /// What is claimed.
    pub what: What,
    /// Attributes by whose values the claim is made for each group; for every combination of several.
    pub groups: BTreeMap<String, Vec<Value>>,
}

/// What is claimed of a model's answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// The change moves the mean answer by less than the margin, either way.
    Same {
        /// The margin.
        margin: f64,
        /// The standard deviation of differences within pairs that is planned with.
        spread: f64,
        /// A mean difference that is to be found out, beyond the margin.
        detect: Option<f64>,
    },
    /// The model tells the two apart: it answers below the threshold to the first and not below it to the second, and is wrong about either in less than a share of the pairs.
    Tells {
        /// The threshold.
        threshold: f64,
        /// The share.
        most: f64,
        /// The share that is planned with.
        expected: f64,
    },
}

/// A claim in one group, and how many pairs it is tried on.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The place of the claim in the plan.
    pub claim: usize,
    /// What is the same for all of the group: attribute and value.
    pub group: Vec<(String, Value)>,
    /// How many pairs.
    pub pairs: u64,
}

/// Why there is no pack, or no verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct TestpackError {
    message: String,
    hint: String,
}

impl TestpackError {
    /// With what to do about it.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for TestpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TestpackError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    testpack: u32,
    name: Option<String>,
    recipe: PathBuf,
    #[serde(default)]
    set: Vec<String>,
    claims: BTreeMap<String, ClaimFile>,
    #[serde(default)]
    errors: Errors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Errors {
    #[serde(default = "usual_alpha")]
    alpha: f64,
    #[serde(default = "usual_power")]
    power: f64,
}

impl Default for Errors {
    fn default() -> Self {
        Self {
            alpha: usual_alpha(),
            power: usual_power(),
        }
    }
}

fn usual_alpha() -> f64 {
    0.05
}

fn usual_power() -> f64 {
    0.9
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimFile {
    change: String,
    to: [Value; 2],
    same: Option<SameFile>,
    tells: Option<TellsFile>,
    #[serde(default)]
    groups: BTreeMap<String, Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SameFile {
    margin: f64,
    spread: f64,
    detect: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TellsFile {
    threshold: f64,
    most: f64,
    expected: f64,
}

impl Plan {
    /// Reads a plan's text; its paths are relative to `folder`.
    ///
    /// # Errors
    ///
    /// A text that is no plan, with the line; numbers that no test could be planned with; a recipe that is not there.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, TestpackError> {
        let file: File = serde_saphyr::from_str(text).map_err(|error| {
            let all = error.to_string();
            let line = all.lines().next().unwrap_or_default();
            TestpackError::new(
                line.trim_start_matches("error: ").to_owned(),
                "docs/testpack.md shows a plan with everything it may say",
            )
        })?;
        if file.testpack != FORMAT {
            return Err(TestpackError::new(
                format!(
                    "it says `testpack: {}`, and this program reads version {FORMAT}",
                    file.testpack
                ),
                format!("write `testpack: {FORMAT}`"),
            ));
        }
        let Errors { alpha, power } = file.errors;
        if !(alpha > 0.0 && alpha < 0.5 && (0.5..1.0).contains(&power)) {
            return Err(TestpackError::new(
                "`errors` has `alpha` outside 0 to 0.5 or `power` outside 0.5 to 1",
                "write `errors: {alpha: 0.05, power: 0.9}`",
            ));
        }
        let recipe = folder.join(&file.recipe);
        if !recipe.is_file() {
            return Err(TestpackError::new(
                format!("there is no recipe {}", recipe.display()),
                "paths in a plan are relative to its folder",
            ));
        }
        if file.claims.is_empty() {
            return Err(TestpackError::new(
                "nothing is claimed",
                "say what the model is to be: `claims:`",
            ));
        }
        let mut claims = Vec::new();
        for (name, claim) in file.claims {
            let said = |what: &str, hint: &str| {
                TestpackError::new(format!("claim `{name}`: {what}"), hint)
            };
            if claim.to[0] == claim.to[1] {
                return Err(said(
                    "it changes nothing",
                    "write `to: [a, b]` with two values",
                ));
            }
            let finite = |all: &[f64]| all.iter().all(|value| value.is_finite());
            let what = match (claim.same, claim.tells) {
                (Some(same), None) => {
                    let sound = finite(&[same.margin, same.spread])
                        && same.margin > 0.0
                        && same.spread > 0.0
                        && same
                            .detect
                            .is_none_or(|detect| detect > same.margin && detect.is_finite());
                    if !sound {
                        return Err(said(
                            "`same` needs a `margin` and a `spread` above 0, and a `detect` above the margin where there is one",
                            "write `same: {margin: 0.05, spread: 0.1, detect: 0.1}`",
                        ));
                    }
                    What::Same {
                        margin: same.margin,
                        spread: same.spread,
                        detect: same.detect,
                    }
                }
                (None, Some(tells)) => {
                    let sound = tells.threshold.is_finite()
                        && tells.most > 0.0
                        && tells.most < 1.0
                        && tells.expected >= 0.0
                        && tells.expected < tells.most;
                    if !sound {
                        return Err(said(
                            "`tells` needs a `threshold`, a share `most` between 0 and 1, and an `expected` share below it",
                            "write `tells: {threshold: 0.5, most: 0.1, expected: 0.03}`",
                        ));
                    }
                    What::Tells {
                        threshold: tells.threshold,
                        most: tells.most,
                        expected: tells.expected,
                    }
                }
                _ => {
                    return Err(said(
                        "it says neither or both of `same` and `tells`",
                        "say what is claimed: that answers are the `same`, or that the model `tells` the two apart",
                    ));
                }
            };
            if claim.groups.values().any(Vec::is_empty) || claim.groups.contains_key(&claim.change)
            {
                return Err(said(
                    "`groups` has an attribute without values, or the one that changes",
                    "write `groups: {sex: [female, male]}`",
                ));
            }
            claims.push(Claim {
                name,
                change: claim.change,
                to: claim.to,
                what,
                groups: claim.groups,
            });
        }
        Ok(Self {
            name: file.name.unwrap_or_else(|| "test pack".to_owned()),
            recipe,
            set: file.set,
            claims,
            alpha,
            power,
            text: text.to_owned(),
        })
    }
}

/// Every claim in every group, with as many pairs as the plan's error rates need: each level is that of Bonferroni over all cells, the strictest that Holm's procedure may ask for.
///
/// # Errors
///
/// More than 500 cells; a cell that would need more than a million pairs.
pub fn cells(plan: &Plan) -> Result<Vec<Cell>, TestpackError> {
    let mut cells = Vec::new();
    for (at, claim) in plan.claims.iter().enumerate() {
        let mut groups: Vec<Vec<(String, Value)>> = vec![Vec::new()];
        for (attribute, values) in &claim.groups {
            groups = groups
                .iter()
                .flat_map(|group| {
                    values.iter().map(|value| {
                        let mut group = group.clone();
                        group.push((attribute.clone(), value.clone()));
                        group
                    })
                })
                .collect();
            if groups.len() > MOST_CELLS {
                break;
            }
        }
        cells.extend(groups.into_iter().map(|group| Cell {
            claim: at,
            group,
            pairs: 0,
        }));
    }
    if cells.len() > MOST_CELLS {
        return Err(TestpackError::new(
            format!("the claims make more than {MOST_CELLS} cells"),
            "name fewer groups",
        ));
    }
    let level = plan.alpha / cells.len() as f64;
    for cell in &mut cells {
        let claim = &plan.claims[cell.claim];
        let needed = match claim.what {
            What::Same {
                margin,
                spread,
                detect,
            } => {
                let same = power::pairs(margin, spread, level, plan.power);
                let found = detect.map_or(Some(0), |effect| {
                    power::pairs_to_detect(effect, margin, spread, level, plan.power)
                });
                same.zip(found).map(|(same, found)| same.max(found))
            }
            What::Tells { most, expected, .. } => {
                power::pictures(most, expected, level, plan.power)
            }
        };
        cell.pairs = needed.filter(|&n| n <= power::MOST).ok_or_else(|| {
            TestpackError::new(
                format!(
                    "claim `{}` would need more than {} pairs in each group",
                    claim.name,
                    power::MOST
                ),
                "allow a wider margin, or plan with a smaller spread",
            )
        })?;
    }
    Ok(cells)
}

/// A group in words.
pub(crate) fn group_words(group: &[(String, Value)]) -> String {
    if group.is_empty() {
        return "everybody".to_owned();
    }
    let parts: Vec<String> = group
        .iter()
        .map(|(name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{name} = {value}")
        })
        .collect();
    parts.join(", ")
}
