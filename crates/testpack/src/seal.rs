//! Making a pack, fixing every byte of it before anybody sees one, and finding out whether that still holds.
//!
//! ```text
//! PACK/plan.yaml         what is claimed
//! PACK/recipe.yaml       what pictures are made from
//! PACK/sets/NNN/         a data set of pairs for each cell
//! PACK/manifest.json     SHA-256 and length of every file of the sets
//! PACK/commitment.json   SHA-256 of plan, recipe, manifest and secret: published before, 400 bytes or so
//! PACK/secret.json       the seed; kept back until the verdict is there, then published
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::plan::{Cell, Plan, TestpackError, cells};

/// Makes pictures: whoever opens stages and packs of assets.
pub trait Stage: Sync {
    /// Makes the data set of a recipe's text with these `NAME=VALUE` changes, so many pairs and this seed, into a folder.
    ///
    /// # Errors
    ///
    /// Whatever hinders that, in one sentence.
    fn make(
        &self,
        recipe: &str,
        changes: &[String],
        pairs: u64,
        seed: u64,
        folder: &Path,
    ) -> Result<(), String>;

    /// Makes one sample of a data set again and says whether it is the same to the byte.
    ///
    /// # Errors
    ///
    /// A data set that cannot be read.
    fn again(&self, folder: &Path, sample: u64) -> Result<bool, String>;
}

/// What is published before anybody sees a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// Version of the format.
    pub testpack: u32,
    /// Version of the program that made it.
    pub version: String,
    /// The plan's name.
    pub name: String,
    /// SHA-256 of `plan.yaml`.
    pub plan_sha256: String,
    /// SHA-256 of `recipe.yaml`.
    pub recipe_sha256: String,
    /// SHA-256 of `manifest.json`.
    pub manifest_sha256: String,
    /// SHA-256 of `secret.json`, whose salt keeps anybody from guessing the seed.
    pub secret_sha256: String,
}

/// What is kept back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// What every random choice of the pictures starts from.
    pub seed: u64,
    /// 64 hexadecimal digits from the operating system.
    pub salt: String,
}

/// Every file of the sets, by its path in the pack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    files: BTreeMap<String, Listed>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    bytes: u64,
    sha256: String,
}

/// What a check of a pack found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The plan.
    pub plan: Plan,
    /// Its cells.
    pub cells: Vec<Cell>,
    /// What was published.
    pub commitment: Commitment,
    /// SHA-256 of the commitment's file: the number to compare with what was published.
    pub commitment_sha256: String,
    /// Files that were compared.
    pub files: u64,
}

impl Secret {
    /// From the operating system's randomness.
    ///
    /// # Errors
    ///
    /// A system that has none.
    pub fn new() -> Result<Self, TestpackError> {
        let drawn = || {
            privacy::sign::Signatory::new()
                .map(|key| key.to_hex())
                .map_err(|error| TestpackError::new(error.to_string(), "try again"))
        };
        let digits = drawn()?;
        let seed = u64::from_str_radix(&digits[..12], 16).unwrap_or_default();
        Ok(Self {
            seed,
            salt: drawn()?,
        })
    }

    /// The secret that a commitment is about.
    ///
    /// # Errors
    ///
    /// Another secret, or a file that is none.
    pub fn open(path: &Path, commitment: &Commitment) -> Result<Self, TestpackError> {
        if sha256_of(path)? != commitment.secret_sha256 {
            return Err(TestpackError::new(
                format!("{} is not the secret that was committed to", path.display()),
                "ask whoever sealed the pack for its secret.json",
            ));
        }
        secret_of(path)
    }
}

/// The folder of a cell.
pub fn folder_of(pack: &Path, cell: usize) -> PathBuf {
    pack.join("sets").join(format!("{cell:03}"))
}

/// The recipe's text and changes of a cell.
fn recipe_of(plan: &Plan, recipe: &str, cell: &Cell) -> (String, Vec<String>) {
    let claim = &plan.claims[cell.claim];
    let pair = serde_json::json!({"change": claim.change, "to": claim.to});
    let text = format!("{}\npair: {pair}\n", recipe.trim_end());
    let written = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let group = cell
        .group
        .iter()
        .map(|(name, value)| format!("{name}={}", written(value)));
    (text, plan.set.iter().cloned().chain(group).collect())
}

/// Makes a pack into a folder, or goes on with one whose making was interrupted; `tell` hears a sentence for each cell. Returns the commitment's SHA-256, to be published.
///
/// # Errors
///
/// A folder with another pack, a recipe that cannot be made, a disk that does not write.
pub fn seal(
    plan: &Plan,
    pack: &Path,
    version: &str,
    stage: &dyn Stage,
    tell: &dyn Fn(&str),
) -> Result<String, TestpackError> {
    let cells = cells(plan)?;
    let recipe = text_of(&plan.recipe)?;
    let disk = |error: &dyn std::fmt::Display| {
        TestpackError::new(
            format!("{}: {error}", pack.display()),
            "make room or choose another folder",
        )
    };
    if pack.join("commitment.json").exists() {
        return Err(TestpackError::new(
            format!("{} holds a pack that is sealed", pack.display()),
            "choose another folder with -o",
        ));
    }
    std::fs::create_dir_all(pack).map_err(|error| disk(&error))?;
    for (name, text) in [("plan.yaml", &plan.text), ("recipe.yaml", &recipe)] {
        let path = pack.join(name);
        if path.exists() && text_of(&path)? != *text {
            return Err(TestpackError::new(
                format!("{} holds the beginning of another pack", pack.display()),
                "choose another folder with -o",
            ));
        }
        std::fs::write(&path, text).map_err(|error| disk(&error))?;
    }
    // An interrupted making goes on under the same secret.
    let path = pack.join("secret.json");
    let secret = if path.exists() {
        secret_of(&path)?
    } else {
        let secret = Secret::new()?;
        write_json(&path, &secret)?;
        secret
    };
    for (at, cell) in cells.iter().enumerate() {
        let claim = &plan.claims[cell.claim];
        tell(&format!(
            "{} of {}: {}, {}: {} pairs",
            at + 1,
            cells.len(),
            claim.name,
            crate::plan::group_words(&cell.group),
            cell.pairs
        ));
        let (text, changes) = recipe_of(plan, &recipe, cell);
        // Cells have people of their own: their verdicts are independent.
        stage
            .make(
                &text,
                &changes,
                cell.pairs,
                secret.seed.wrapping_add(at as u64),
                &folder_of(pack, at),
            )
            .map_err(|why| {
                TestpackError::new(
                    format!("claim `{}`: {why}", claim.name),
                    "`populace make` says more of a recipe's mistakes",
                )
            })?;
    }
    let manifest = manifest_of(pack)?;
    write_json(&pack.join("manifest.json"), &manifest)?;
    let commitment = Commitment {
        testpack: 1,
        version: version.to_owned(),
        name: plan.name.clone(),
        plan_sha256: sha256_of(&pack.join("plan.yaml"))?,
        recipe_sha256: sha256_of(&pack.join("recipe.yaml"))?,
        manifest_sha256: sha256_of(&pack.join("manifest.json"))?,
        secret_sha256: sha256_of(&path)?,
    };
    write_json(&pack.join("commitment.json"), &commitment)?;
    sha256_of(&pack.join("commitment.json"))
}

/// Whether a pack is what its commitment says, to the last byte. `published` is the commitment's SHA-256 where one was published.
///
/// # Errors
///
/// What differs, in one sentence that names the file.
pub fn verify(pack: &Path, published: Option<&str>) -> Result<Verified, TestpackError> {
    let broken = |what: String| {
        TestpackError::new(
            what,
            "this is not the pack that was sealed: ask for it again",
        )
    };
    let commitment_sha256 = sha256_of(&pack.join("commitment.json"))?;
    if let Some(published) = published
        && published.to_ascii_lowercase() != commitment_sha256
    {
        return Err(broken(format!(
            "the commitment has the SHA-256 {commitment_sha256}, and {published} was published"
        )));
    }
    let commitment: Commitment = serde_json::from_str(&text_of(&pack.join("commitment.json"))?)
        .map_err(|error| broken(format!("commitment.json is none: {error}")))?;
    for (name, expected) in [
        ("plan.yaml", &commitment.plan_sha256),
        ("recipe.yaml", &commitment.recipe_sha256),
        ("manifest.json", &commitment.manifest_sha256),
    ] {
        if sha256_of(&pack.join(name))? != *expected {
            return Err(broken(format!("{name} is not the one that was sealed")));
        }
    }
    let manifest: Manifest = serde_json::from_str(&text_of(&pack.join("manifest.json"))?)
        .map_err(|error| broken(format!("manifest.json is none: {error}")))?;
    let there = manifest_of(pack)?;
    for (name, listed) in &manifest.files {
        match there.files.get(name) {
            None => return Err(broken(format!("{name} is missing"))),
            Some(found) if found != listed => {
                return Err(broken(format!(
                    "{name} was changed after the pack was sealed"
                )));
            }
            Some(_) => {}
        }
    }
    if let Some(name) = there
        .files
        .keys()
        .find(|name| !manifest.files.contains_key(*name))
    {
        return Err(broken(format!(
            "{name} was added after the pack was sealed"
        )));
    }
    let text = text_of(&pack.join("plan.yaml"))?;
    let mut plan = Plan::parse(&with_recipe(&text), pack)?;
    plan.text = text;
    let cells = cells(&plan)?;
    Ok(Verified {
        cells,
        plan,
        commitment,
        commitment_sha256,
        files: manifest.files.len() as u64,
    })
}

/// The plan of a pack, whose recipe lies beside it whatever it was called.
fn with_recipe(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for line in &mut lines {
        if line.starts_with("recipe:") {
            "recipe: recipe.yaml".clone_into(line);
        }
    }
    lines.join("\n")
}

/// Whether a secret is the one that was committed to, and the sets follow from it: `samples` of each set are made again.
///
/// # Errors
///
/// Another secret, or a sample that comes out otherwise.
pub fn reveal(
    pack: &Path,
    verified: &Verified,
    secret: &Path,
    samples: u64,
    stage: &dyn Stage,
) -> Result<u64, TestpackError> {
    let secret = Secret::open(secret, &verified.commitment)?;
    let mut made = 0;
    for (at, cell) in verified.cells.iter().enumerate() {
        let folder = folder_of(pack, at);
        let recipe = text_of(&folder.join("recipe.yaml"))?;
        let seed = secret.seed.wrapping_add(at as u64);
        if !recipe
            .lines()
            .any(|line| line.trim() == format!("seed: {seed}"))
        {
            return Err(TestpackError::new(
                format!("the set of cell {at} was not made from the secret's seed"),
                "this is not what the plan says: do not trust the pack",
            ));
        }
        for which in 0..samples.min(2 * cell.pairs) {
            // Spread over the set.
            let sample = which * (2 * cell.pairs) / samples.max(1);
            let same = stage.again(&folder, sample).map_err(|why| {
                TestpackError::new(why, "the same version of the program is needed")
            })?;
            if !same {
                return Err(TestpackError::new(
                    format!("sample {sample} of cell {at} is not what plan and seed give"),
                    "this is not what the plan says: do not trust the pack",
                ));
            }
            made += 1;
        }
    }
    Ok(made)
}

fn manifest_of(pack: &Path) -> Result<Manifest, TestpackError> {
    let mut manifest = Manifest::default();
    let mut folders = vec![pack.join("sets")];
    while let Some(folder) = folders.pop() {
        let unread = |error: std::io::Error| {
            TestpackError::new(
                format!("{}: {error}", folder.display()),
                "name the folder of a pack",
            )
        };
        for entry in std::fs::read_dir(&folder).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(pack).unwrap_or(&path);
                let name = name.to_string_lossy().replace('\\', "/");
                let bytes = path.metadata().map_err(unread)?.len();
                let sha256 = sha256_of(&path)?;
                manifest.files.insert(name, Listed { bytes, sha256 });
            }
        }
    }
    Ok(manifest)
}

fn text_of(path: &Path) -> Result<String, TestpackError> {
    std::fs::read_to_string(path).map_err(|error| {
        TestpackError::new(
            format!("{} cannot be read: {error}", path.display()),
            "name the folder of a pack that `populace testpack seal` made",
        )
    })
}

fn secret_of(path: &Path) -> Result<Secret, TestpackError> {
    serde_json::from_str(&text_of(path)?).map_err(|error| {
        TestpackError::new(
            format!("{} holds no secret: {error}", path.display()),
            "name a secret.json",
        )
    })
}

/// Under another name first, so that a pack is never sealed by half a file.
fn write_json(path: &Path, what: &impl Serialize) -> Result<(), TestpackError> {
    let mut text = serde_json::to_string_pretty(what).unwrap_or_default();
    text.push('\n');
    let part = path.with_extension("part");
    std::fs::write(&part, text)
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|error| {
            TestpackError::new(
                format!("{} cannot be written: {error}", path.display()),
                "make room",
            )
        })
}

fn sha256_of(path: &Path) -> Result<String, TestpackError> {
    let unread = |error: std::io::Error| {
        TestpackError::new(
            format!("{} cannot be read: {error}", path.display()),
            "name the folder of a pack that `populace testpack seal` made",
        )
    };
    let mut file = File::open(path).map_err(unread)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(unread)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
