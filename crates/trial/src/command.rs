//! A learner of the user's own: a command that reads a data set and says how well what it learned does on the hold-out.
//!
//! It is called with three further arguments: the folder of the data set, the hold-out, and the file that its answer goes to. In the folder are `set.json` (what knobs stand at, the seed, the target, and the
//! parts of the data set with their numbers of samples) and the parts. The answer is one loss for each sample of the hold-out, a line each, in its order, or one loss for all; lower is better. A command that
//! writes no answer may print one loss as its last line instead. What else it prints is shown where it fails.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::knob::Of;
use crate::pictures::Part;
use crate::plan::{Learner, Plan};
use crate::work::{Fault, Half, Task};

/// What is kept of what a command prints: its end.
const KEPT: usize = 16 << 10;
/// How often it is looked whether it has ended.
const STEP: Duration = Duration::from_millis(50);
/// A longer answer is none.
const MOST_BYTES: u64 = 256 << 20;

/// What a command answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// One loss for all samples.
    One(f64),
    /// One for each.
    Each(Vec<f64>),
}

/// What a command is told beside its arguments.
pub(crate) struct Told<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) task: &'a Task,
    pub(crate) seed: u64,
    pub(crate) target: Option<&'a str>,
    /// Each part.
    pub(crate) train: BTreeMap<String, Part>,
}

/// Makes an empty folder for a run.
pub(crate) fn room(place: &Path) -> Result<(), Fault> {
    let cannot = |error: std::io::Error| Fault::new(format!("{}: {error}", place.display()));
    if place.exists() {
        std::fs::remove_dir_all(place).map_err(cannot)?;
    }
    std::fs::create_dir_all(place).map_err(cannot)
}

/// Runs the plan's command on the data set in `place`. `samples` is how many the hold-out has, where that is known.
pub(crate) fn run(
    told: &Told<'_>,
    place: &Path,
    holdout: &Path,
    samples: Option<usize>,
) -> Result<Answer, Fault> {
    let Learner::Command {
        command,
        minutes,
        memory_gib,
    } = &told.plan.learner
    else {
        return Err(Fault::new("the plan names no command"));
    };
    let learner: BTreeMap<&str, &serde_json::Value> = told
        .plan
        .knobs
        .iter()
        .filter_map(|knob| match &knob.of {
            Of::Learner(name) => Some((name.as_str(), told.task.setting.get(&knob.name)?)),
            _ => None,
        })
        .collect();
    let parts: Vec<serde_json::Value> = told
        .train
        .iter()
        .map(|(name, part)| {
            let mut told = json!({"name": name, "path": part.folder, "samples": part.count});
            if let Some(only) = &part.only {
                told["only"] = json!(only);
            }
            told
        })
        .collect();
    let about = json!({
        "version": 1,
        "setting": told.task.setting,
        "learner": learner,
        "seed": told.seed,
        "target": told.target,
        "metric": told.plan.metric,
        "holdout": match told.task.half { Half::Search => "search", Half::Confirm => "confirm" },
        "parts": parts,
    });
    let written = serde_json::to_vec_pretty(&about).unwrap_or_default();
    let file = |error: std::io::Error| Fault::new(format!("{}: {error}", place.display()));
    std::fs::write(place.join("set.json"), written).map_err(file)?;
    let place = place.canonicalize().map_err(file)?;
    let holdout = holdout
        .canonicalize()
        .map_err(|error| Fault::new(format!("{}: {error}", holdout.display())))?;
    let answer = place.join("answer.txt");
    let arguments: Vec<&std::ffi::OsStr> = command
        .iter()
        .map(AsRef::as_ref)
        .chain([place.as_os_str(), holdout.as_os_str(), answer.as_os_str()])
        .collect();
    let mut child = spawn(&arguments, &told.plan.folder, *memory_gib)?;
    let heard: Vec<thread::JoinHandle<Vec<u8>>> = [
        child.stdout.take().map(listen),
        child.stderr.take().map(listen),
    ]
    .into_iter()
    .flatten()
    .collect();
    let status = wait(&mut child, *minutes);
    // Whatever it left running goes with it, and so do the other ends of its pipes.
    end(child.id());
    let said: Vec<String> = heard
        .into_iter()
        .map(|ear| String::from_utf8_lossy(&ear.join().unwrap_or_default()).into_owned())
        .collect();
    let last = |text: Option<&String>| {
        text.and_then(|text| text.lines().rev().find(|line| !line.trim().is_empty()))
            .map(|line| line.trim().chars().take(300).collect::<String>())
    };
    let status = match status {
        Ok(Some(status)) => status,
        Ok(None) => {
            let _ = child.wait();
            return Err(Fault::new(format!(
                "the command was ended after {minutes} minutes, which is its limit"
            )));
        }
        Err(error) => {
            return Err(Fault::new(format!(
                "the command cannot be watched: {error}"
            )));
        }
    };
    if !status.success() {
        return Err(Fault::new(format!(
            "the command {}{}",
            ending(status),
            last(said.get(1)).map_or_else(String::new, |line| format!(
                ", and its last words were: {line}"
            ))
        )));
    }
    if answer.is_file() {
        read(&answer, samples)
    } else {
        last(said.first())
            .and_then(|line| line.parse::<f64>().ok())
            .filter(|loss| loss.is_finite())
            .map(Answer::One)
            .ok_or_else(|| {
                Fault::new(
                    "the command wrote no answer, and the last line that it printed is no number",
                )
            })
    }
}

/// In the plan's folder, in a group of its own, under a limit of memory where there is one. The shell that sets the limit becomes the command.
fn spawn(
    arguments: &[&std::ffi::OsStr],
    folder: &Path,
    memory_gib: Option<f64>,
) -> Result<Child, Fault> {
    let mut command = if let Some(gib) = memory_gib {
        let mut shell = Command::new("sh");
        let kib = (gib * 1024.0 * 1024.0) as u64;
        shell
            .arg("-c")
            .arg(format!("ulimit -v {kib} && exec \"$0\" \"$@\""));
        shell.args(arguments);
        shell
    } else {
        let mut own = Command::new(arguments[0]);
        own.args(&arguments[1..]);
        own
    };
    if folder.is_dir() {
        command.current_dir(folder);
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            Fault::new(format!(
                "the command `{}` cannot be run: {error}",
                arguments[0].to_string_lossy()
            ))
        })
}

/// Reads all and keeps the end.
fn listen(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = pipe.read(&mut buffer) {
            kept.extend_from_slice(&buffer[..read]);
            if kept.len() > 2 * KEPT {
                kept.drain(..kept.len() - KEPT);
            }
        }
        kept
    })
}

/// None after the limit, counted in naps, which are never shorter than they say.
fn wait(child: &mut Child, minutes: f64) -> std::io::Result<Option<ExitStatus>> {
    let mut naps = (minutes * 60.0 / STEP.as_secs_f64()).ceil() as u64;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if naps == 0 {
            return Ok(None);
        }
        naps -= 1;
        thread::sleep(STEP);
    }
}

/// Ends all of a command's group; nothing where nobody is left.
fn end(id: u32) {
    let _ = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -9 -{id}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with code {code}"),
        None => "was killed".to_owned(),
    }
}

fn read(path: &Path, samples: Option<usize>) -> Result<Answer, Fault> {
    let unfit = |what: String| Fault::new(format!("the command's answer {what}"));
    let length = std::fs::metadata(path).map_or(0, |about| about.len());
    if length > MOST_BYTES {
        return Err(unfit("has more than 256 MiB".to_owned()));
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| unfit(format!("cannot be read: {error}")))?;
    let mut losses = Vec::new();
    for (line, text) in text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .enumerate()
    {
        let loss = text.parse::<f64>().ok().filter(|loss| loss.is_finite());
        losses.push(loss.ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            unfit(format!(
                "has in line {} `{shown}`, which is no finite number",
                line + 1
            ))
        })?);
    }
    match losses[..] {
        [one] => Ok(Answer::One(one)),
        [] => Err(unfit(
            "is empty: a loss for each sample of the hold-out is wanted, or one for all".to_owned(),
        )),
        _ if samples.is_none_or(|samples| samples == losses.len()) => Ok(Answer::Each(losses)),
        _ => Err(unfit(format!(
            "has {} numbers, and the hold-out {} samples: one for each is wanted, or one for all",
            losses.len(),
            samples.unwrap_or_default()
        ))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::knob::Setting;

    fn ask(script: &str, minutes: f64, memory: Option<f64>) -> Result<Answer, Fault> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rows.csv"), "x,y\n1,2\n").unwrap();
        let text = format!(
            "trial: 1\nsources: {{a: {{table: rows.csv}}}}\namount: 3\nknobs: {{k: {{of: learner rate, values: [1, 2]}}}}\nholdout: rows.csv\nlearner: {{command: [sh, -c, {}], minutes: {minutes}{}}}\n",
            serde_json::to_string(script).unwrap(),
            memory.map_or_else(String::new, |gib| format!(", memory_gib: {gib}")),
        );
        let plan = Plan::parse(&text, folder.path()).unwrap();
        let task = Task {
            setting: Setting::from([("k".to_owned(), 2.into())]),
            share: 1.0,
            repeat: 0,
            half: Half::Search,
            slices: None,
        };
        let place = folder.path().join("run");
        room(&place).unwrap();
        let told = Told {
            plan: &plan,
            task: &task,
            seed: 1,
            target: Some("y"),
            train: BTreeMap::from([(
                "train".to_owned(),
                Part {
                    folder: "train.csv".into(),
                    count: 3,
                    only: None,
                },
            )]),
        };
        run(&told, &place, &folder.path().join("rows.csv"), Some(2))
    }

    #[test]
    fn answers_come_by_file_or_by_the_last_line() {
        assert_eq!(
            ask("echo hello; echo 0.25", 1.0, None),
            Ok(Answer::One(0.25))
        );
        assert_eq!(
            ask("printf '1\\n0\\n' > \"$2\"", 1.0, None),
            Ok(Answer::Each(vec![1.0, 0.0]))
        );
        // It is told of its knob, and finds the hold-out.
        let script = "grep -q '\"rate\": 2' \"$0/set.json\" && wc -l < \"$1\"";
        assert_eq!(ask(script, 1.0, None), Ok(Answer::One(2.0)));
    }

    #[test]
    fn every_way_to_fail_is_told_and_ends() {
        for (script, said) in [
            (
                "echo bad luck >&2; exit 3",
                "ended with code 3, and its last words were: bad luck",
            ),
            ("kill -9 $$", "was killed"),
            ("echo nonsense", "is no number"),
            ("echo inf", "is no number"),
            (
                "printf '1\\n2\\n3\\n' > \"$2\"",
                "has 3 numbers, and the hold-out 2 samples",
            ),
            ("echo one > \"$2\"", "has in line 1 `one`"),
            (": > \"$2\"", "is empty"),
        ] {
            let fault = ask(script, 1.0, None).unwrap_err();
            assert!(fault.why.contains(said), "{script}: {fault}");
        }
        // It hangs, and so does what it began.
        let fault = ask("sleep 1000 & sleep 1000", 0.01, None).unwrap_err();
        assert!(fault.why.contains("which is its limit"), "{fault}");
        // It eats memory.
        let greedy = "python3 -c 'x = bytearray(1 << 30); print(0)'";
        assert!(ask(greedy, 1.0, Some(0.25)).is_err());
        assert_eq!(ask(greedy, 1.0, None), Ok(Answer::One(0.0)));
        // It prints without end, and what it printed is not kept.
        let fault = ask("yes | head -c 50000000 >&2; exit 1", 1.0, None).unwrap_err();
        assert!(fault.why.len() < 1000, "{}", fault.why.len());
    }
}
