//! The workspace's map: which crate may know which. A new arrow is drawn here first, on purpose, and in ARCHITECTURE.md.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Who knows whom, from top to bottom; a crate may only know crates below it. Each absence is a decision: `people` and `render` meet in
/// `scene` and nowhere else, `render` does not know what a person or a data set is, `scene` and `population` know nobody.
const ARROWS: [(&str, &[&str]); 29] = [
    (
        "cli",
        &[
            "check",
            "dataset",
            "frontier",
            "label",
            "motion",
            "pictures",
            "population",
            "privacy",
            "scan",
            "scene",
            "shift",
            "studio",
            "tables",
            "testpack",
            "trial",
            "vehicle",
        ],
    ),
    ("testpack", &["check", "population", "privacy"]),
    (
        "trial",
        &["check", "population", "privacy", "tables", "vision"],
    ),
    (
        "studio",
        &[
            "dataset",
            "label",
            "people",
            "population",
            "products",
            "render",
            "scene",
            "vehicles",
        ],
    ),
    ("vision", &["dataset", "label", "population", "scene"]),
    ("label", &["dataset", "population", "render", "scene"]),
    (
        "people",
        &[
            "body",
            "motion",
            "photography",
            "places",
            "population",
            "privacy",
            "scan",
            "scene",
        ],
    ),
    ("places", &["population", "scene"]),
    (
        "vehicles",
        &["damage", "photography", "population", "scene", "vehicle"],
    ),
    (
        "products",
        &["damage", "photography", "population", "scene"],
    ),
    ("vehicle", &["scene"]),
    ("damage", &["population", "scene"]),
    ("photography", &["population", "scene"]),
    ("motion", &["body", "population", "privacy", "scene"]),
    ("scan", &["body", "population", "privacy", "scene"]),
    ("body", &["population", "scene"]),
    (
        "shift",
        &["boost", "check", "population", "privacy", "tables"],
    ),
    (
        "frontier",
        &["check", "pictures", "population", "privacy", "tables"],
    ),
    (
        "check",
        &[
            "boost",
            "pictures",
            "population",
            "privacy",
            "scene",
            "tables",
        ],
    ),
    (
        "tables",
        &["boost", "marginals", "neural", "population", "privacy"],
    ),
    ("marginals", &["privacy"]),
    ("pictures", &["neural", "population", "privacy"]),
    ("neural", &["population", "privacy"]),
    ("boost", &["population"]),
    ("render", &["scene"]),
    ("dataset", &["population"]),
    ("scene", &[]),
    ("privacy", &[]),
    ("population", &[]),
];

/// Crates that only a shell may use: argument parsing, progress bars, diagnostics in colour.
const SHELL_ONLY: [&str; 4] = ["anyhow", "clap", "indicatif", "miette"];
const SHELLS: [&str; 1] = ["cli"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Each member's dependencies of every kind, tests included, by package name; `populace-` is left out of names.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs, it runs this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let name = |value: &serde_json::Value| {
        let name = value["name"].as_str().expect("a name");
        name.strip_prefix("populace-").unwrap_or(name).to_owned()
    };
    let list = |value: &serde_json::Value| value.as_array().expect("a list").clone();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            (
                name(package),
                list(&package["dependencies"]).iter().map(name).collect(),
            )
        })
        .collect()
}

#[test]
fn every_arrow_is_drawn_and_every_drawn_arrow_is_used() {
    let drawn: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(crate_name, known)| (*crate_name, known.iter().copied().collect()))
        .collect();
    let found = dependencies();
    let members: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        members,
        drawn.keys().copied().collect(),
        "crates of the workspace (left) and of the map (right)"
    );
    let mut complaints = Vec::new();
    for (crate_name, known) in &found {
        let known: BTreeSet<&str> = known
            .iter()
            .map(String::as_str)
            .filter(|name| members.contains(name))
            .collect();
        let allowed = &drawn[crate_name.as_str()];
        complaints.extend(
            known
                .difference(allowed)
                .map(|other| format!("{crate_name} → {other} is not drawn")),
        );
        complaints.extend(
            allowed
                .difference(&known)
                .map(|other| format!("{crate_name} → {other} is drawn, and nobody uses it")),
        );
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn arrows_only_point_downward() {
    for (place, (crate_name, known)) in ARROWS.iter().enumerate() {
        for other in *known {
            let below = ARROWS
                .iter()
                .position(|(name, _)| name == other)
                .expect("on the map");
            assert!(below > place, "{crate_name} → {other} points upward");
        }
    }
}

#[test]
fn only_shells_talk_to_terminals() {
    for (crate_name, known) in dependencies() {
        for shell_crate in SHELL_ONLY {
            assert!(
                SHELLS.contains(&crate_name.as_str()) || !known.contains(shell_crate),
                "{crate_name} uses {shell_crate}, which belongs to the shells"
            );
        }
    }
}

#[test]
fn every_crate_follows_the_workspaces_lints() {
    for (crate_name, _) in ARROWS {
        let manifest = root().join("crates").join(crate_name).join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).expect("readable");
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} sets lints of its own",
            manifest.display()
        );
    }
}
