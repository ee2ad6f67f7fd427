//! Disks that are full and folders that cannot be written to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::{assert_same_tree, folder, populace, run, succeed, whole};

/// A file system of its own, unmounted at the end.
struct Mount<'p>(&'p Path);

impl<'p> Mount<'p> {
    /// `None` where this user may not mount.
    fn new(at: &'p Path, options: &[&str]) -> Option<Self> {
        fs::create_dir_all(at).expect("a folder");
        let mounted = Command::new("mount")
            .args(options)
            .arg(at)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(at))
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        // Lazily: nothing of ours is open any more, and a test must not hang on it.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_stops_with_a_sentence_and_a_data_set_that_goes_on() {
    let folder = folder();
    let disk = folder.path().join("disk");
    let make = || {
        run(populace(folder.path()).args([
            "make",
            "recipe.yaml",
            "-o",
            "disk/out",
            "--threads",
            "1",
        ]))
    };
    let Some(_mount) = Mount::new(&disk, &["-t", "tmpfs", "-o", "size=220k", "none"]) else {
        return too_small_a_quota();
    };
    let full = make();
    assert_eq!(full.code, Some(2), "{}", full.stderr);
    assert!(
        full.stderr.contains(": the disk is full (") && full.stderr.contains("finished sample"),
        "{}",
        full.stderr
    );
    assert!(
        full.stderr
            .ends_with("\nhint: free space and run the same command again\n"),
        "{}",
        full.stderr
    );
    // What is there is whole.
    let verified = succeed(populace(folder.path()).args(["verify", "disk/out"]));
    assert!(
        verified.contains(", unfinished, ") && verified.ends_with(": no fault\n"),
        "{verified}"
    );
    succeed(populace(folder.path()).args(["view", "disk/out", "-o", "sheet.png"]));

    let grown = Command::new("mount")
        .args(["-o", "remount,size=8m"])
        .arg(&disk)
        .status()
        .expect("mount starts");
    assert!(grown.success());
    assert_eq!(make().code, Some(0));
    assert_same_tree(whole(), &disk.join("out"));
}

/// Where nothing may be mounted, the kernel's limit on the size of files stands in for the disk.
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the test's output should know what was tested"
)]
fn too_small_a_quota() {
    eprintln!(
        "this user may not mount a small disk; tested with a limit on the size of files instead"
    );
    let folder = folder();
    let make = format!(
        "trap '' XFSZ; ulimit -f 24; exec {} make recipe.yaml -o out --threads 1",
        env!("CARGO_BIN_EXE_populace")
    );
    let limited = run(Command::new("bash")
        .args(["-c", &make])
        .current_dir(folder.path())
        .env("POPULACE_PACKS", crate::support::packs()));
    assert_eq!(limited.code, Some(2), "{}", limited.stderr);
    assert!(
        limited.stderr.starts_with("error: cannot write out/"),
        "{}",
        limited.stderr
    );
    assert!(!folder.path().join("out/card.json").exists());
    assert_eq!(
        run(populace(folder.path()).args(["make", "recipe.yaml", "-o", "out", "--threads", "1"]))
            .code,
        Some(0)
    );
    assert_same_tree(whole(), &folder.path().join("out"));
}

#[test]
fn a_full_disk_leaves_no_half_table() {
    let folder = folder();
    let disk = folder.path().join("disk");
    let Some(_mount) = Mount::new(&disk, &["-t", "tmpfs", "-o", "size=64k", "none"]) else {
        return too_small_a_quota();
    };
    let ran = run(populace(folder.path()).args([
        "make",
        "recipe.yaml",
        "--dry-rows",
        "--count",
        "5000",
        "-o",
        "disk",
    ]));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr
            .starts_with("error: cannot write disk/rows.parquet: the disk is full ("),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .ends_with(" left)\nhint: free space and run the same command again\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        fs::read_dir(&disk).expect("the folder is read").count(),
        0,
        "something was left"
    );
}

#[test]
fn folders_that_cannot_be_written_to_are_named() {
    let folder = folder();
    fs::write(folder.path().join("file"), b"").expect("a file");
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    fs::write(folder.path().join("mine/letter.txt"), b"dear").expect("a file");
    let mut text = String::new();
    for out in ["file/out", "file", "mine"] {
        text.push_str(
            &run(populace(folder.path()).args(["make", "recipe.yaml", "-o", out])).shown(&[]),
        );
    }
    text.push_str(
        &run(populace(folder.path()).args(["make", "recipe.yaml", "--dry-rows", "-o", "file/out"]))
            .shown(&[]),
    );
    insta::assert_snapshot!(text);
    assert_eq!(
        fs::read(folder.path().join("mine/letter.txt")).expect("the letter"),
        b"dear"
    );
    assert_eq!(
        fs::read_dir(folder.path().join("mine"))
            .expect("the folder is read")
            .count(),
        1
    );
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the test's output should know what was tested"
)]
fn a_disk_that_is_read_only_is_named() {
    let folder = folder();
    let disk = folder.path().join("disk");
    let Some(_mount) = Mount::new(&disk, &["-t", "tmpfs", "-o", "ro", "none"]) else {
        eprintln!("this user may not mount a read-only disk; permissions stand in for it");
        fs::set_permissions(&disk, fs::Permissions::from_mode(0o555)).expect("permissions are set");
        let ran = run(populace(folder.path()).args(["make", "recipe.yaml", "-o", "disk/out"]));
        assert_eq!(ran.code, Some(2));
        assert!(
            ran.stderr.contains("disk/out: permission denied")
                && ran
                    .stderr
                    .contains("hint: choose a folder that you may write to"),
            "{}",
            ran.stderr
        );
        return;
    };
    insta::assert_snapshot!(
        run(populace(folder.path()).args(["make", "recipe.yaml", "-o", "disk/out"])).shown(&[])
    );
}
