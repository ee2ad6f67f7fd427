use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::toy::{make_whole, recipe};

fn card(directory: &Path) -> Value {
    make_whole(directory, 5);
    serde_json::from_slice(&fs::read(directory.join("card.json")).unwrap()).unwrap()
}

#[test]
fn the_card_is_croissant_with_the_responsible_ai_fields() {
    let folder = tempfile::tempdir().unwrap();
    let card = card(folder.path());
    assert_eq!(card["conformsTo"], "http://mlcommons.org/croissant/1.1");
    assert_eq!(card["@type"], "sc:Dataset");
    assert_eq!(
        card["license"],
        serde_json::json!(["https://spdx.org/licenses/CC0-1.0.html"])
    );
    for field in [
        "dataCollection",
        "dataBiases",
        "dataLimitations",
        "personalSensitiveInformation",
        "dataUseCases",
        "dataReleaseMaintenancePlan",
        "dataAnnotationProtocol",
    ] {
        let text = &card[format!("rai:{field}")];
        assert!(
            text.as_str()
                .or(text[0].as_str())
                .is_some_and(|text| text.len() > 40),
            "{field}: {text}"
        );
    }
    assert!(!card.to_string().contains("date"), "the card bears no date");
}

#[test]
fn the_cards_hashes_are_those_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let card = card(folder.path());
    for resource in card["distribution"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["@type"] == "cr:FileObject")
    {
        let bytes = fs::read(folder.path().join(resource["contentUrl"].as_str().unwrap())).unwrap();
        let hash = format!("{:x}", Sha256::digest(&bytes));
        assert_eq!(resource["sha256"], hash.as_str());
        assert_eq!(resource["contentSize"], format!("{} B", bytes.len()));
    }
    let sets: Vec<&Value> = card["distribution"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["@type"] == "cr:FileSet")
        .collect();
    assert_eq!(sets.len(), 2);
    assert_eq!(sets[0]["includes"], "images/*.png");
}

#[test]
fn every_column_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let card = card(folder.path());
    let fields = card["recordSet"][0]["field"].as_array().unwrap();
    let names: Vec<&str> = fields
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 14);
    assert_eq!(names.last(), Some(&"content_sha256"));
    assert!(
        fields
            .iter()
            .all(|field| !field["description"].as_str().unwrap().is_empty())
    );
    let age = fields
        .iter()
        .find(|field| field["name"] == "age_years")
        .unwrap();
    assert_eq!(
        (age["dataType"].as_str(), age["description"].as_str()),
        (Some("sc:Float"), Some("age (unit: years)"))
    );
    let share = fields
        .iter()
        .find(|field| field["name"] == "ancestry.asian")
        .unwrap();
    assert_eq!(
        share["description"],
        "ancestry of the face; share of asian, 0 to 1"
    );
}

#[test]
fn the_block_tells_how_to_make_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let card = card(folder.path());
    let block = &card["populace"];
    let recipe = recipe(5);
    assert_eq!(block["recipe"], recipe.to_yaml());
    assert_eq!(
        block["recipe"],
        fs::read_to_string(folder.path().join("recipe.yaml")).unwrap()
    );
    assert_eq!(
        (&block["digest"], &block["seed"]),
        (&recipe.digest().into(), &7.into())
    );
    assert_eq!(
        (&block["samples"], &block["engine"]),
        (&5.into(), &"0.1.0".into())
    );
    assert_eq!(block["packs"][0]["licence"], "CC0-1.0");
    assert_eq!(block["ledger"], serde_json::json!([]));
    assert_eq!(block["statement"], card["rai:personalSensitiveInformation"]);
}
