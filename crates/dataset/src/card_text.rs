//! The sentences of a card. Each says only what follows from the description; none praises.

use crate::description::Description;
use crate::table::Layout;

pub(crate) fn description(set: &Description, layout: &Layout) -> String {
    let folders: Vec<&str> = layout
        .artefacts
        .iter()
        .map(|(folder, _)| folder.as_str())
        .collect();
    let files = if folders.is_empty() {
        "a table without pictures".to_owned()
    } else {
        format!("one file each in {}", folders.join(", "))
    };
    format!(
        "{} synthetic samples of the stage `{}`, drawn from the recipe `{}` with seed {}: {files}, and one row each in rows.parquet.",
        set.samples, set.stage, set.name, set.seed
    )
}

pub(crate) fn citation(set: &Description) -> String {
    format!(
        "@misc{{populace-{}, title={{{}}}, note={{Made by Populace {} from recipe {} with seed {}}}}}",
        set.digest.get(..8).unwrap_or(&set.digest),
        set.name,
        set.engine,
        set.digest,
        set.seed
    )
}

pub(crate) fn collection(set: &Description) -> String {
    let stands_on = match set.ledger.len() {
        0 => "Nothing was collected.".to_owned(),
        files => format!(
            "It stands on {files} {} learned from scans or recordings of real people, which the ledger names; nothing else was collected.",
            if files == 1 { "file" } else { "files" }
        ),
    };
    let computed = format!(
        "{stands_on} Every sample was computed by Populace {} from the recipe in this card (digest {}) and seed {}.",
        set.engine, set.digest, set.seed
    );
    std::iter::once(&computed)
        .chain(&set.methods)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

pub(crate) fn biases(set: &Description) -> Vec<String> {
    let mut biases = vec![
        "Attributes are distributed as the recipe in this card declares, which need not be how they are distributed among real people. \
         What the recipe does not draw is absent."
            .to_owned(),
    ];
    if !set.packs.is_empty() {
        let packs: Vec<String> = set
            .packs
            .iter()
            .map(|pack| format!("{} {}", pack.name, pack.version))
            .collect();
        biases.push(format!(
            "Shapes, textures and light are built from the packs {}, and inherit what those favour or lack.",
            packs.join(", ")
        ));
    }
    if !set.sources.is_empty() {
        biases.push(format!(
            "Typical values follow published sources and the groups they measured: {}.",
            set.sources.join("; ")
        ));
    }
    biases
}

pub(crate) fn limitations(set: &Description, layout: &Layout) -> Vec<String> {
    let mut limitations = vec![
        "Synthetic samples are no evidence of how a model does on real data: measure that on real data.".to_owned(),
    ];
    if !layout.artefacts.is_empty() {
        limitations.push(format!(
            "Pictures are rendered by a model of the world (stage `{}`), not photographed; they differ from photographs in ways that a \
             learner may pick up.",
            set.stage
        ));
    }
    limitations
}

pub(crate) fn use_cases(set: &Description) -> Vec<String> {
    let allowed = set.consents.iter().map(|consent| {
        format!(
            "{} allowed, on {}: {} ({}).",
            consent.source, consent.date, consent.scope, consent.terms
        )
    });
    let mut uses = vec![
        format!("Training and testing of models on the labels of the stage `{}`, beside real data.", set.stage),
        "Studies that change one attribute at a time, because every other random choice can be held fixed.".to_owned(),
        "Not meant for identifying people or for inferring traits of a real person.".to_owned(),
    ];
    uses.extend(allowed);
    uses
}

pub(crate) fn maintenance(set: &Description) -> String {
    format!(
        "The data set does not change: recipe, seed and version {} give the same bytes again. A corrected version is a new data set with \
         another digest, seed or version. Whoever publishes it answers for releases.",
        set.engine
    )
}

pub(crate) fn annotation(set: &Description, layout: &Layout) -> Vec<String> {
    if layout.artefacts.is_empty() && layout.scalars.is_empty() {
        return vec!["There are no labels beside the drawn attributes.".to_owned()];
    }
    vec![format!(
        "Nobody annotated anything. The stage `{}` computed every label from the scene that also made the sample, in the same run.",
        set.stage
    )]
}
