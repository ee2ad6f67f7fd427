//! `testpack`: sealed before, judged after, and tampering told.

use std::fs;
use std::path::Path;

use crate::support::{Ran, json, offline_populace, page, populace, run};

const PLAN: &str = "testpack: 1
name: glasses
recipe: small.yaml
errors: {alpha: 0.2, power: 0.5}
claims:
  glasses: {change: eyewear, to: [none, glasses], same: {margin: 0.5, spread: 0.3}, groups: {sex: [female]}}
";

const SMALL: &str = "populace: 1
name: small
stage: people
count: 1
camera: {width_px: 32, height_px: 32}
quality: {samples_per_pixel: 1, max_bounces: 2}
labels: [boxes]
";

fn in_folder(folder: &Path, arguments: &[&str]) -> Ran {
    run(populace(folder).args(arguments))
}

#[test]
fn a_pack_is_sealed_judged_and_told_from_one_that_was_tampered_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("plan.yaml"), PLAN).expect("written");
    fs::write(folder.join("small.yaml"), SMALL).expect("written");
    let sealed = in_folder(folder, &["testpack", "seal", "plan.yaml", "-o", "pack"]);
    assert_eq!(sealed.code, Some(0), "{}", sealed.stderr);
    let published = sealed.stdout.trim();
    assert_eq!(published.len(), 64);

    // A fair model answers the same about everybody; one that would cheat finds nothing beside a picture.
    let fair = in_folder(
        folder,
        &[
            "testpack",
            "score",
            "pack",
            "--command",
            "while read -r path; do beside=$(dirname \"$path\"); test -e \"$beside/../rows.parquet\" && echo 0.9 || echo 0.3; done",
            "--published",
            published,
            "-o",
            "fair.html",
            "--key",
            "key",
            "--json",
        ],
    );
    assert_eq!(fair.code, Some(0), "{}", fair.stderr);
    let report = json(&fair.stdout);
    assert_eq!(report["sections"][0]["standing"], "good");
    page(folder, "fair.html", "testpack");
    // A biased one answers otherwise for the second of each pair.
    let pictures = fs::read_dir(folder.join("pack/sets/000/images"))
        .expect("pictures")
        .count();
    let lines: String = (0..pictures)
        .map(|at| if at % 2 == 0 { "0.1\n" } else { "0.9\n" })
        .collect();
    fs::create_dir(folder.join("said")).expect("made");
    fs::write(folder.join("said/000.csv"), format!("prediction\n{lines}")).expect("written");
    let biased = in_folder(
        folder,
        &[
            "testpack",
            "score",
            "pack",
            "--predictions",
            "said",
            "-o",
            "biased.html",
        ],
    );
    assert_eq!(biased.code, Some(1), "{}", biased.stderr);
    assert!(
        biased.stderr.contains("The claim `glasses`"),
        "{}",
        biased.stderr
    );

    handed_out(folder, pictures);

    // Afterwards anybody can see that nothing was chosen, and whose verdict it is.
    let whole = in_folder(
        folder,
        &[
            "testpack",
            "verify",
            "pack",
            "--published",
            published,
            "--secret",
            "pack/secret.json",
            "--samples",
            "1",
            "--verdict",
            "fair.signed.json",
        ],
    );
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    assert!(
        whole
            .stdout
            .contains("1 samples came out the same to the byte"),
        "{}",
        whole.stdout
    );
    assert!(
        whole.stdout.contains("is about this pack"),
        "{}",
        whole.stdout
    );
    let forged = fs::read_to_string(folder.join("fair.signed.json"))
        .expect("a verdict")
        .replace("holds", "fails");
    fs::write(folder.join("forged.json"), forged).expect("written");
    let forged = in_folder(
        folder,
        &["testpack", "verify", "pack", "--verdict", "forged.json"],
    );
    assert_eq!(forged.code, Some(2));
    let other = in_folder(
        folder,
        &["testpack", "verify", "pack", "--published", &"0".repeat(64)],
    );
    assert!(
        other.code == Some(2) && other.stderr.contains("was published"),
        "{}",
        other.stderr
    );

    // One byte of one picture; a file too many; one too few; another secret.
    let picture = fs::read_dir(folder.join("pack/sets/000/images"))
        .expect("pictures")
        .next()
        .expect("one")
        .expect("one")
        .path();
    let bytes = fs::read(&picture).expect("a picture");
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    let refused = |what: &str| {
        for verb in [
            vec!["verify", "pack"],
            vec!["score", "pack", "--command", "true", "-o", "x.html"],
        ] {
            let ran = in_folder(folder, &[vec!["testpack"], verb].concat());
            assert_eq!(ran.code, Some(2), "{}", ran.stderr);
            assert!(ran.stderr.contains(what), "{}", ran.stderr);
        }
    };
    fs::write(&picture, changed).expect("written");
    refused("was changed after the pack was sealed");
    fs::remove_file(&picture).expect("removed");
    refused("is missing");
    fs::write(&picture, bytes).expect("written");
    fs::write(folder.join("pack/sets/000/images/extra.png"), "x").expect("written");
    refused("was added after the pack was sealed");
    fs::remove_file(folder.join("pack/sets/000/images/extra.png")).expect("removed");
    fs::write(
        folder.join("pack/plan.yaml"),
        PLAN.replace("margin: 0.5", "margin: 0.9"),
    )
    .expect("written");
    refused("plan.yaml is not the one that was sealed");
    fs::write(folder.join("pack/plan.yaml"), PLAN).expect("written");
    fs::write(folder.join("secret.json"), "{\"seed\": 1, \"salt\": \"\"}").expect("written");
    let ran = in_folder(
        folder,
        &["testpack", "verify", "pack", "--secret", "secret.json"],
    );
    assert!(
        ran.code == Some(2) && ran.stderr.contains("not the secret that was committed to"),
        "{}",
        ran.stderr
    );
}

/// What is handed out shows nothing but pixels, the same again, and answers about it find the pictures that they are about.
fn handed_out(folder: &Path, pictures: usize) {
    let hand_out = |to: &str| {
        let secret = "pack/secret.json";
        in_folder(
            folder,
            &["testpack", "hand-out", "pack", "--secret", secret, "-o", to],
        )
    };
    let ran = hand_out("given");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(hand_out("again").code, Some(0));
    let twice = hand_out("given");
    assert!(
        twice.code == Some(2) && twice.stderr.contains("has something in it already"),
        "{}",
        twice.stderr
    );
    // Each picture by its pixels, which are all different.
    let pixels = |path: &Path| {
        let bytes = fs::read(path).expect("a picture");
        scene::read::png_rgb8(&bytes).expect("a picture").samples
    };
    let mut paths: Vec<_> = fs::read_dir(folder.join("pack/sets/000/images"))
        .expect("pictures")
        .map(|entry| entry.expect("a picture").path())
        .collect();
    paths.sort();
    let sealed: Vec<Vec<u8>> = paths.iter().map(|path| pixels(path)).collect();
    let mut answers = String::from("file,prediction\n");
    let mut order = Vec::new();
    for at in 0..pictures {
        let name = format!("{at:06}.png");
        let given = folder.join("given").join(&name);
        assert_eq!(
            fs::read(&given).expect("a picture"),
            fs::read(folder.join("again").join(&name)).expect("a picture")
        );
        let own = pixels(&given);
        let found = sealed.iter().position(|other| *other == own);
        let found = found.expect("a picture of the pack");
        order.push(found);
        answers.push_str(&format!(
            "{name},{}\n",
            if found % 2 == 0 { 0.1 } else { 0.9 }
        ));
    }
    assert!(order.windows(2).any(|two| two[0] > two[1]), "{order:?}");
    fs::write(folder.join("answers.csv"), answers).expect("written");
    let score = |more: &[&str]| {
        let verb = ["testpack", "score", "pack", "-o", "handed.html"];
        in_folder(folder, &[&verb, more].concat())
    };
    let ran = score(&["--answers", "answers.csv", "--secret", "pack/secret.json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("The claim `glasses`"), "{}", ran.stderr);
    fs::write(folder.join("answers.csv"), "000000.png,0.5\n").expect("written");
    let ran = score(&["--answers", "answers.csv", "--secret", "pack/secret.json"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("has no answer for 000001.png"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_plan_says_what_it_needs_and_its_mistakes_have_sentences() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("small.yaml"), SMALL).expect("written");
    let planned = |text: &str| {
        fs::write(folder.join("plan.yaml"), text).expect("written");
        run(offline_populace(folder).args(["testpack", "plan", "plan.yaml"]))
    };
    let sound = planned(
        &PLAN
            .replace("alpha: 0.2, power: 0.5", "alpha: 0.05, power: 0.9")
            .replace("[female]", "[female, male]")
            .replace("margin: 0.5", "margin: 0.1"),
    );
    assert_eq!(sound.code, Some(0), "{}", sound.stderr);
    // ((1.960 + 1.645) · 0.3 / 0.1)² = 117, and three more for quantiles of t.
    assert!(
        sound
            .stdout
            .contains("  120 pairs  glasses, sex = \"female\""),
        "{}",
        sound.stdout
    );
    for (from, to, said) in [
        (
            "margin: 0.5",
            "margin: 0",
            "a `margin` and a `spread` above 0",
        ),
        ("spread: 0.3", "spread: 30000", "more than 1000000 pairs"),
        ("to: [none, glasses]", "to: [none, none]", "changes nothing"),
        (
            "recipe: small.yaml",
            "recipe: gone.yaml",
            "there is no recipe",
        ),
        ("testpack: 1", "testpack: 2", "version 1"),
        ("power: 0.5", "power: 1", "`power` outside"),
        ("same: {margin: 0.5, spread: 0.3}, ", "", "neither or both"),
    ] {
        let text = PLAN.replacen(from, to, 1);
        assert_ne!(text, PLAN);
        let ran = planned(&text);
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{to}: {}", ran.stderr);
    }
}
