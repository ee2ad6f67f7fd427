//! `packs`: the assets that people are made from, and their installation at first need.

use std::io::Write;
use std::path::Path;

use population::Recipe;
use scene::pack::{PackError, Source, State, Status, Store, default_directory};
use serde_json::json;

use crate::Verdict;
use crate::args::{PacksArgs, PacksVerb};
use crate::failure::Failure;
use crate::progress::{Meter, PackMeter, bytes_in_words};

pub(crate) fn run(args: &PacksArgs, quiet: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let store = open()?;
    let meter = Meter::new(quiet);
    let verdict = match &args.verb {
        PacksVerb::List { json } => list(&store, *json, out),
        PacksVerb::Install { names, from: None } => install(&store, names, &meter),
        PacksVerb::Install {
            names,
            from: Some(file),
        } => install_from(&store, names, file, &meter),
        PacksVerb::Verify { names } => verify(&store, names, &meter, out),
        PacksVerb::Remove { names } => remove(&store, names, &meter),
        PacksVerb::Path { name } => path(&store, name.as_deref(), out),
    };
    meter.finish();
    verdict
}

/// The store of packs of this machine.
pub(crate) fn open() -> Result<Store, Failure> {
    Ok(Store::open(&default_directory()?))
}

/// A store with everything a recipe needs; what is missing is installed, unless that is not wanted. The recipe then leaves nothing to the machine.
pub(crate) fn ready(
    recipe: &mut Recipe,
    may_install: bool,
    meter: &Meter,
) -> Result<Store, Failure> {
    let store = open()?;
    studio::settle(recipe, &store)?;
    let names = match store.require(&studio::packs(recipe)) {
        Ok(_) => return Ok(store),
        Err(PackError::Absent { names }) if may_install => names,
        Err(error) => return Err(error.into()),
    };
    let wanted: Vec<Status> = store
        .status()
        .into_iter()
        .filter(|pack| names.contains(&pack.name))
        .collect();
    install_announced(&store, &wanted, meter)?;
    Ok(store)
}

/// Installs from the registries, after saying what is fetched, how large it is and under which licence.
fn install_announced(store: &Store, packs: &[Status], meter: &Meter) -> Result<(), Failure> {
    let download = packs.iter().map(|pack| pack.archive_bytes).sum();
    let noun = if packs.len() == 1 { "pack" } else { "packs" };
    meter.say(&format!(
        "installing {} {noun} into {} ({} to download):",
        packs.len(),
        store.directory().display(),
        bytes_in_words(download)
    ));
    for pack in packs {
        meter.say(&format!(
            "  {} {}, {}, {}: {}",
            pack.name,
            pack.version,
            bytes_in_words(pack.archive_bytes),
            pack.licence,
            pack.about
        ));
    }
    for pack in packs {
        let installed = store.install(&pack.name, Source::Registry, &mut PackMeter(meter));
        meter.finish();
        installed?;
    }
    Ok(())
}

/// The named packs, or all but the optional ones that are not there.
fn chosen(store: &Store, names: &[String]) -> Result<Vec<Status>, Failure> {
    let all = store.status();
    if let Some(unknown) = names
        .iter()
        .find(|name| !all.iter().any(|pack| pack.name == **name))
    {
        let known = all.into_iter().map(|pack| pack.name).collect();
        return Err(PackError::Unknown {
            name: unknown.clone(),
            known,
        }
        .into());
    }
    Ok(all
        .into_iter()
        .filter(|pack| {
            names.contains(&pack.name)
                || names.is_empty() && !(pack.optional && pack.state == State::Absent)
        })
        .collect())
}

fn state_in_words(state: &State) -> String {
    match state {
        State::Installed => "installed".to_owned(),
        State::Absent => "not installed".to_owned(),
        State::Damaged(_) => "damaged".to_owned(),
    }
}

fn list(store: &Store, json: bool, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let packs = store.status();
    if json {
        let packs: Vec<_> = packs.iter().map(|pack| to_json(store, pack)).collect();
        writeln!(
            out,
            "{}",
            json!({"directory": store.directory(), "packs": packs})
        )?;
        return Ok(Verdict::Yes);
    }
    for pack in &packs {
        let sizes = format!(
            "{} to download, {} installed",
            bytes_in_words(pack.archive_bytes),
            bytes_in_words(pack.installed_bytes)
        );
        writeln!(
            out,
            "{} {}: {}",
            pack.name,
            pack.version,
            match pack.state {
                State::Absent if pack.optional => "optional, not installed".to_owned(),
                ref state => state_in_words(state),
            }
        )?;
        writeln!(out, "  {}; {sizes}", pack.about)?;
        writeln!(out, "  {}: {}", pack.licence, pack.licence_note)?;
        writeln!(out, "  {}", pack.homepage)?;
    }
    Ok(Verdict::Yes)
}

fn to_json(store: &Store, pack: &Status) -> serde_json::Value {
    let defects: Vec<String> = match &pack.state {
        State::Damaged(defects) => defects.iter().map(ToString::to_string).collect(),
        State::Installed | State::Absent => Vec::new(),
    };
    json!({
        "name": pack.name, "version": pack.version, "state": state_in_words(&pack.state), "optional": pack.optional, "defects": defects, "archive_bytes": pack.archive_bytes,
        "installed_bytes": pack.installed_bytes, "licence": pack.licence, "licence_note": pack.licence_note, "about": pack.about,
        "homepage": pack.homepage, "folder": store.path(&pack.name, ""),
    })
}

fn install(store: &Store, names: &[String], meter: &Meter) -> Result<Verdict, Failure> {
    let packs = chosen(store, names)?;
    let (there, absent): (Vec<Status>, Vec<Status>) = packs
        .into_iter()
        .partition(|pack| pack.state == State::Installed);
    // Reads what is there, and installs it anew where it was changed.
    for pack in &there {
        let installed = store.install(&pack.name, Source::Registry, &mut PackMeter(meter));
        meter.finish();
        if installed?.already {
            meter.say(&format!("{} {} is installed", pack.name, pack.version));
        } else {
            meter.say(&format!(
                "{} {} was damaged and is installed anew",
                pack.name, pack.version
            ));
        }
    }
    if !absent.is_empty() {
        install_announced(store, &absent, meter)?;
        meter.say(&format!(
            "installed {}",
            absent
                .iter()
                .map(|pack| pack.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    Ok(Verdict::Yes)
}

/// An archive says by its name which pack it is, unless one is named.
fn install_from(
    store: &Store,
    names: &[String],
    file: &Path,
    meter: &Meter,
) -> Result<Verdict, Failure> {
    if !file.is_file() {
        return Err(Failure::new(format!("there is no file {}", file.display())));
    }
    let name = match names {
        [name] => name.clone(),
        [] => {
            let archive = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let packs = store.catalogue().packs();
            packs
                .iter()
                .find(|pack| pack.archive == archive)
                .map(|pack| pack.name.clone())
                .ok_or_else(|| {
                    let archives: Vec<&str> =
                        packs.iter().map(|pack| pack.archive.as_str()).collect();
                    Failure::new(format!(
                        "{} is not named as the archive of a pack: {}",
                        file.display(),
                        archives.join(", ")
                    ))
                    .with_hint("say which pack it is: `populace packs install NAME --from FILE`")
                })?
        }
        _ => {
            return Err(
                Failure::new("one archive holds one pack, but several are named")
                    .with_hint("call it once for each"),
            );
        }
    };
    let installed = store.install(&name, Source::File(file), &mut PackMeter(meter))?;
    meter.finish();
    meter.say(&format!(
        "{name} {} {}",
        installed.identity.version,
        if installed.already {
            "is installed"
        } else {
            "installed"
        }
    ));
    Ok(Verdict::Yes)
}

fn verify(
    store: &Store,
    names: &[String],
    meter: &Meter,
    out: &mut dyn Write,
) -> Result<Verdict, Failure> {
    let mut sound = true;
    for pack in chosen(store, names)? {
        let verified = match store.verify(&pack.name, &mut PackMeter(meter)) {
            Err(PackError::Absent { .. }) => {
                sound = false;
                writeln!(out, "{} {}: not installed", pack.name, pack.version)?;
                continue;
            }
            other => other?,
        };
        meter.finish();
        sound &= verified.defects.is_empty();
        for defect in &verified.defects {
            writeln!(out, "{} {}: {defect}", pack.name, pack.version)?;
        }
        if verified.defects.is_empty() {
            writeln!(
                out,
                "{} {}: {} files, {}, as installed",
                pack.name,
                pack.version,
                verified.files,
                bytes_in_words(verified.bytes)
            )?;
        }
    }
    Ok(Verdict::of(sound))
}

fn remove(store: &Store, names: &[String], meter: &Meter) -> Result<Verdict, Failure> {
    for pack in chosen(store, names)? {
        store.remove(&pack.name)?;
        let done = if pack.state == State::Absent {
            "was not installed"
        } else {
            "removed"
        };
        meter.say(&format!("{} {done}", pack.name));
    }
    Ok(Verdict::Yes)
}

fn path(store: &Store, name: Option<&str>, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let folder = match name {
        None => store.directory().to_owned(),
        Some(name) => {
            chosen(store, &[name.to_owned()])?;
            store.path(name, "")
        }
    };
    writeln!(out, "{}", folder.display())?;
    Ok(Verdict::Yes)
}
