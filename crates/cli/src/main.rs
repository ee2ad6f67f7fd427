//! The `populace` command: reads arguments, shows progress, puts answers on stdout and everything else on stderr.
//!
//! Reading order: [`args`] (the verbs and their options, from which the help is made), [`verb`] (one module a verb, each a thin call
//! into a library crate), [`failure`] (how errors look), [`progress`]. Nothing here decides anything about people, pictures or data sets.
//!
//! Exit codes: 0 fine; 1 ran, and the verdict is no; 2 could not run.

mod args;
mod failure;
mod progress;
mod recipe;
mod sample;
mod verb;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::args::{Cli, Verb};
use crate::failure::Failure;

/// What a verb that ran has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Exit code 0.
    Yes,
    /// Exit code 1.
    No,
}

impl Verdict {
    fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout, mistakes to stderr; when neither can be written there is nobody left to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let json = cli.verb.json();
    let mut out = io::stdout().lock();
    match run(cli, &mut out)
        .and_then(|verdict| out.flush().map(|()| verdict).map_err(Failure::from))
    {
        Ok(Verdict::Yes) | Err(Failure::ReaderGone) => ExitCode::SUCCESS,
        Ok(Verdict::No) => ExitCode::from(1),
        Err(failure) => {
            if json {
                // The message on stderr below is what counts; a reader that has gone misses nothing.
                let _ = writeln!(out, "{}", failure.to_json());
            }
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli, out: &mut dyn Write) -> Result<Verdict, Failure> {
    let quiet = cli.quiet;
    match cli.verb {
        Verb::Make(args) if verb::rows::is_model(&args.recipe) => {
            verb::rows::run(&args, None, quiet, out)
        }
        Verb::Make(args) if verb::pictures::is_model(&args.recipe) => {
            verb::pictures::make(&args, quiet, out)
        }
        Verb::Make(args) => match verb::rows::scenario(&args.recipe) {
            Some(scenario) => verb::rows::run(&args, Some(&scenario?), quiet, out),
            None => verb::make::run(&args, quiet, out),
        },
        Verb::Learn(args) => verb::learn::run(&args, quiet, out),
        Verb::Merge(args) => verb::merge::run(&args, quiet),
        Verb::Regen(args) => verb::regen::run(&args, quiet, out),
        Verb::Render(args) => verb::render::run(&args, quiet),
        Verb::Check(args) => verb::check::run(&args, quiet, out),
        Verb::Frontier(args) => verb::frontier::run(&args, quiet, out),
        Verb::Shift(args) => verb::shift::run(&args, quiet, out),
        Verb::Trial(args) => verb::trial::run(&args, quiet, out),
        Verb::Testpack(args) => verb::testpack::run(&args, quiet, out),
        Verb::Verify(args) => verb::verify::run(&args, quiet, out),
        Verb::View(args) => verb::view::run(&args),
        Verb::Export(args) => verb::export::run(&args, quiet, out),
        Verb::Withdraw(args) => verb::withdraw::run(&args, quiet, out),
        Verb::Statement(args) => verb::statement::run(&args, quiet, out),
        Verb::Vehicle(args) => verb::vehicle::run(&args, out),
        Verb::Schema(args) => verb::schema::run(&args, out),
        Verb::Packs(args) => verb::packs::run(&args, quiet, out),
    }
}
