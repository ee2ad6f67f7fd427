//! Runs the binary and shows what came of it, without what differs between machines.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Four small pictures with every label.
pub(crate) const SMALL: &str = "\
populace: 1
name: small
stage: people
count: 4
seed: 5
camera: {width_px: 64, height_px: 64}
quality: {samples_per_pixel: 4, max_bounces: 3}
";

/// The binary in a folder, with the installed packs.
pub(crate) fn populace(folder: &Path) -> Command {
    let mut command = bare_populace(folder);
    command.env("POPULACE_PACKS", packs());
    command
}

/// The binary in a folder, with a store of packs that does not exist yet, and registries that nobody answers for.
pub(crate) fn offline_populace(folder: &Path) -> Command {
    let mut command = bare_populace(folder);
    command.env("POPULACE_PACKS", folder.join("packs"));
    for (name, value) in [
        ("PIP_CONFIG_FILE", "/dev/null"),
        ("PIP_INDEX_URL", "http://127.0.0.1:9/simple"),
        ("PIP_RETRIES", "0"),
        ("npm_config_registry", "http://127.0.0.1:9/"),
        ("npm_config_fetch_retries", "0"),
        ("npm_config_fetch_retry_mintimeout", "1"),
    ] {
        command.env(name, value);
    }
    command
        .env_remove("PIP_EXTRA_INDEX_URL")
        .env_remove("PIP_FIND_LINKS");
    command
}

fn bare_populace(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_populace"));
    // The width of help does not depend on who looks.
    command
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env_remove("RUST_BACKTRACE");
    command
}

/// A report that a run wrote, kept for `make pages`, which opens it in a browser.
pub(crate) fn page(folder: &Path, file: &str, name: &str) -> String {
    let page = fs::read_to_string(folder.join(file)).expect("a report");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&kept).expect("a folder in the target folder");
    fs::write(kept.join(format!("{name}.html")), &page).expect("written");
    page
}

/// The installed packs of this machine. Without them the tests say so, once each, and fail.
pub(crate) fn packs() -> &'static Path {
    static PACKS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let packs = PACKS.get_or_init(|| {
        let folder = scene::pack::default_directory().map_err(|error| error.to_string())?;
        match scene::pack::Store::open(&folder).require(&studio::PACKS) {
            Ok(_) => Ok(folder),
            Err(error) => Err(format!(
                "{error}; run `populace packs install` (`make test` does) and try again"
            )),
        }
    });
    match packs {
        Ok(folder) => folder,
        Err(sentence) => panic!("{sentence}"),
    }
}

/// What a command has printed, and how it ended.
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    Ran {
        stdout: text(stdout),
        stderr: text(stderr),
        code: status.code(),
    }
}

/// Runs a command that has to succeed; its stdout.
pub(crate) fn succeed(command: &mut Command) -> String {
    let ran = run(command);
    assert_eq!(
        ran.code,
        Some(0),
        "{command:?}\n{}\n{}",
        ran.stdout,
        ran.stderr
    );
    ran.stdout
}

impl Ran {
    /// Everything in one text for golden files. `folders` are replaced by their names; versions, and lines that depend on how fast the machine
    /// is, are taken out.
    pub(crate) fn shown(&self, folders: &[(&Path, &str)]) -> String {
        let mut text = format!(
            "exit code {}\n",
            self.code
                .map_or_else(|| "none".to_owned(), |code| code.to_string())
        );
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                text.extend(["---- ", name, " ----\n", stream]);
            }
        }
        filtered(&text, folders)
    }
}

fn filtered(text: &str, folders: &[(&Path, &str)]) -> String {
    let mut text = text.to_owned();
    for (folder, name) in folders {
        text = text.replace(&folder.display().to_string(), name);
    }
    text = text.replace(
        &format!("populace {}", env!("CARGO_PKG_VERSION")),
        "populace [VERSION]",
    );
    let is_progress = |line: &str| line.ends_with(" left") && line.contains("/s, ");
    let lines: Vec<&str> = text.lines().filter(|line| !is_progress(line)).collect();
    lines.join("\n") + "\n"
}

/// A fresh folder with the small recipe in it.
pub(crate) fn folder() -> TempDir {
    folder_with(SMALL)
}

/// A fresh folder with `recipe.yaml`.
pub(crate) fn folder_with(recipe: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("recipe.yaml"), recipe).expect("the recipe is written");
    folder
}

/// The small data set, made once with two threads. Not to be changed.
pub(crate) fn whole() -> &'static Path {
    static WHOLE: OnceLock<PathBuf> = OnceLock::new();
    WHOLE.get_or_init(|| shared("whole", &["--threads", "2"]))
}

/// The first half of the small data set: unfinished, so that its journal alone vouches for it. Not to be changed.
pub(crate) fn half() -> &'static Path {
    static HALF: OnceLock<PathBuf> = OnceLock::new();
    HALF.get_or_init(|| shared("half", &["--shard", "1/2"]))
}

/// Makes the small data set in a folder that this run of the tests shares.
fn shared(name: &str, options: &[&str]) -> PathBuf {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join("populace-cli");
    let directory = base.join(name);
    // Left over from an earlier run.
    if directory.exists() {
        fs::remove_dir_all(&directory).expect("the old data set is removed");
    }
    let folder = folder();
    succeed(
        populace(folder.path())
            .args(["make", "recipe.yaml", "-o"])
            .arg(&directory)
            .args(options),
    );
    directory
}

/// A copy of a data set, to be damaged.
pub(crate) fn copy_of(set: &Path) -> TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in tree(set) {
        let path = copy.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("folders are made");
        fs::write(path, bytes).expect("files are copied");
    }
    copy
}

/// Every file below a folder, hidden ones too, with its bytes.
pub(crate) fn tree(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is read") {
            let path = entry.expect("the entry is read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(directory)
                    .expect("below it")
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, fs::read(&path).expect("the file is read"));
            }
        }
    }
    files
}

/// Fails with the first file that differs, not with megabytes of bytes.
pub(crate) fn assert_same_tree(expected: &Path, found: &Path) {
    let (expected, found) = (tree(expected), tree(found));
    let names =
        |tree: &BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>().join("\n");
    assert_eq!(
        names(&expected),
        names(&found),
        "the folders have different files"
    );
    for (name, bytes) in &expected {
        assert!(bytes == &found[name], "{name} differs");
    }
}

pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
